//! The skills of one company by number.

use super::{
    Resolved, SkillId, canonical, exactly, fold,
    taxonomy::{Taxonomy, taxonomy},
};
use std::collections::HashMap;

/// A skill. Those of the taxonomy have the number of their [`SkillId`], those nobody knows come after them.
pub type Number = u32;

/// Numbers for every text that people and posts use as a skill. What nobody knows stays as it is typed, and two who type
/// it alike mean the same.
#[derive(Debug, Default)]
pub struct Lexicon {
    /// By the text as typed, so that reading it again costs a look.
    typed: HashMap<Box<str>, Number>,
    unknown: HashMap<Box<str>, Number>,
    /// The company's own other names of a skill, folded: they come before what everybody knows.
    aliases: HashMap<Box<str>, Number>,
}

impl Lexicon {
    /// Learns what the company itself calls its skills: of each the name, and its other names. What was read before by
    /// other names must be read again.
    pub fn learn<'a>(&mut self, own: impl IntoIterator<Item = (&'a str, &'a [String])>) {
        self.typed.clear();
        self.aliases.clear();
        let own: Vec<_> = own.into_iter().collect();
        for (name, aliases) in &own {
            let number = self.number(name);
            for alias in aliases.iter() {
                let folded = fold(alias);
                let is_a_name = own.iter().any(|(other, _)| fold(other) == folded);
                if !folded.is_empty() && !is_a_name {
                    self.aliases.entry(folded.into()).or_insert(number);
                }
            }
        }
        self.typed.clear();
    }

    /// The number of this skill. A text that says nothing has one too, which nobody is ever found by.
    pub fn number(&mut self, text: &str) -> Number {
        if let Some(known) = self.typed.get(text) {
            return *known;
        }
        if !self.aliases.is_empty()
            && let Some(alias) = self.aliases.get(&*fold(text)).copied()
        {
            self.typed.insert(text.into(), alias);
            return alias;
        }
        let number = match known(text) {
            Ok(skill) => skill,
            Err(key) => {
                let next = first_unknown() + Number::try_from(self.unknown.len()).unwrap_or(Number::MAX / 2);
                *self.unknown.entry(key.into()).or_insert(next)
            }
        };
        if !fold(text).is_empty() {
            self.typed.insert(text.into(), number);
        }
        number
    }

    /// The number of this skill, where it has one already.
    #[must_use]
    pub fn get(&self, text: &str) -> Option<Number> {
        if let Some(known) = self.typed.get(text) {
            return Some(*known);
        }
        if !self.aliases.is_empty()
            && let Some(alias) = self.aliases.get(&*fold(text))
        {
            return Some(*alias);
        }
        match known(text) {
            Ok(skill) => Some(skill),
            Err(key) if key.is_empty() => None,
            Err(key) => self.unknown.get(&*key).copied(),
        }
    }

    /// The number of a skill that is not in the taxonomy, by its folded text.
    #[must_use]
    pub fn own(&self, folded: &str) -> Option<Number> {
        self.aliases.get(folded).or_else(|| self.unknown.get(folded)).copied()
    }

    /// The numbers of these texts, each once, in order.
    #[must_use]
    pub fn all(&self, texts: &[String]) -> Vec<Number> {
        let mut numbers: Vec<Number> = texts.iter().filter_map(|text| self.get(text)).collect();
        numbers.sort_unstable();
        numbers.dedup();
        numbers
    }
}

/// The skill of the taxonomy that has this number.
#[must_use]
pub fn skill_of(number: Number) -> Option<SkillId> {
    u16::try_from(number).ok().filter(|_| number < first_unknown()).map(SkillId)
}

/// What is next to a skill in the taxonomy, nearest first.
#[must_use]
pub fn near(number: Number) -> &'static [(SkillId, f32)] {
    skill_of(number).map_or(&[], |skill| taxonomy().near(skill))
}

fn first_unknown() -> Number {
    let skills: &Taxonomy = taxonomy();
    Number::try_from(skills.skills().len()).unwrap_or(Number::MAX / 2)
}

/// The number of a skill of the taxonomy, or the key of one that is not in it. A text that means several is a key too, and
/// so is one that is only like a name: whoever types it is asked, and here nothing is guessed.
fn known(text: &str) -> Result<Number, String> {
    match exactly(taxonomy(), text) {
        Resolved::Known(skill) => Ok(Number::from(skill.0)),
        Resolved::Ambiguous(_) => Err(fold(text)),
        Resolved::Unknown => Err(canonical(text)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_has_the_taxonomys_number_and_what_is_not_gets_one_of_its_own() {
        let mut lexicon = Lexicon::default();
        let rust = lexicon.number("Rust");
        assert_eq!(skill_of(rust).map(|skill| &*taxonomy().skill(skill).name), Some("Rust"));
        let ours = lexicon.number("Acme billing gateway");
        assert_eq!(skill_of(ours), None);
        assert_eq!(lexicon.number("acme  billing gateways"), ours);
        assert_eq!((lexicon.get("ACME billing gateway"), lexicon.get("another of ours")), (Some(ours), None));
        let nothing = lexicon.number(" , ");
        assert!(nothing != ours && lexicon.get(" , ").is_none(), "nobody has it");
        assert_eq!(lexicon.all(&["Acme billing gateway".into(), "rust".into(), "Rust".into()]), [rust, ours]);
    }

    #[test]
    fn a_companys_own_names_come_before_what_everybody_knows_and_can_be_taken_back() {
        let mut lexicon = Lexicon::default();
        let ours = lexicon.number("Hydra gateway");
        let (aliases, none) = (["HGW".to_owned(), "Rust".to_owned(), "Atlas".to_owned()], []);
        lexicon.learn([("Hydra gateway", aliases.as_slice()), ("Atlas", none.as_slice())]);
        assert_eq!((lexicon.get("hgw"), lexicon.number("Rust"), lexicon.own("hgw")), (Some(ours), ours, Some(ours)));
        assert_ne!(lexicon.get("atlas"), Some(ours), "a name is never another one's alias");
        lexicon.learn([]);
        assert_eq!(lexicon.get("hgw"), None);
        assert_ne!(lexicon.get("Rust"), Some(ours));
    }
}
