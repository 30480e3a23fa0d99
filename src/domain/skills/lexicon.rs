//! The skills of one company by number.

use super::{
    Resolved, SkillId, exactly, fold,
    taxonomy::{Taxonomy, taxonomy},
};
use std::collections::{HashMap, HashSet};

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
    /// How the company writes its own skills, and those it names beside them.
    names: HashMap<Number, Box<str>>,
    /// What the company said is near, both ways: before what the taxonomy says. Empty for most companies, and then it
    /// costs nothing to ask.
    related: HashMap<Number, Vec<(Number, f32)>>,
}

/// What a company says of a skill of its own.
#[derive(Clone, Copy, Debug)]
pub struct Own<'a> {
    pub name: &'a str,
    pub aliases: &'a [String],
    /// Skills of any origin that are near to it.
    pub related: &'a [String],
}

/// What the company calls related is as near as what the taxonomy calls so.
const RELATED: f32 = 0.35;

impl Lexicon {
    /// Learns what the company itself calls its skills, in place of what it said before. What was read before by other
    /// names must be read again.
    pub fn learn<'a>(&mut self, own: impl IntoIterator<Item = Own<'a>>) {
        self.typed.clear();
        self.aliases.clear();
        self.names.clear();
        self.related.clear();
        let own: Vec<_> = own.into_iter().collect();
        let names: HashSet<String> = own.iter().map(|own| fold(own.name)).collect();
        for Own { name, aliases, .. } in &own {
            let number = self.number(name);
            self.names.insert(number, name.trim().into());
            for alias in *aliases {
                let folded = fold(alias);
                if !folded.is_empty() && !names.contains(&folded) {
                    self.aliases.entry(folded.into()).or_insert(number);
                }
            }
        }
        // Only now, as a related skill may be called by any name.
        self.typed.clear();
        for Own { name, related, .. } in own {
            let number = self.number(name);
            for other in related.iter().filter(|other| !fold(other).is_empty()) {
                let there = self.number(other);
                self.names.entry(there).or_insert_with(|| other.trim().into());
                self.relate(number, there);
            }
        }
        self.typed.clear();
    }

    fn relate(&mut self, one: Number, other: Number) {
        if one == other {
            return;
        }
        let known = in_taxonomy(one).iter().find(|(skill, _)| Number::from(skill.0) == other);
        let nearness = known.map_or(RELATED, |(_, nearness)| nearness.max(RELATED));
        for (from, to) in [(one, other), (other, one)] {
            let related = self.related.entry(from).or_default();
            if related.iter().all(|(there, _)| *there != to) {
                related.push((to, nearness));
            }
        }
    }

    /// What is near to a skill: all that the company said, then at most so many that the taxonomy knows, nearest first. What
    /// both know comes twice, the larger nearness first.
    pub fn near(&self, number: Number, most: usize) -> impl Iterator<Item = (Number, f32)> + '_ {
        let known = in_taxonomy(number).iter().take(most).map(|(skill, nearness)| (skill.0.into(), *nearness));
        self.related.get(&number).into_iter().flatten().copied().chain(known)
    }

    /// How a skill is called that is in the taxonomy, or that the company said something of.
    #[must_use]
    pub fn name(&self, number: Number) -> Option<&str> {
        let known = skill_of(number).map(|skill| &*taxonomy().skill(skill).name);
        known.or_else(|| self.names.get(&number).map(|name| &**name))
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
    pub fn all(&self, texts: &[impl AsRef<str>]) -> Vec<Number> {
        let mut numbers: Vec<Number> = texts.iter().filter_map(|text| self.get(text.as_ref())).collect();
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

/// What is near to a skill in the taxonomy, nearest first.
fn in_taxonomy(number: Number) -> &'static [(SkillId, f32)] {
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
        Resolved::Ambiguous(_) | Resolved::Unknown => Err(fold(text)),
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
        assert_eq!(lexicon.all(&["Acme billing gateway", "rust", "Rust"]), [rust, ours]);
    }

    #[test]
    fn a_companys_own_names_come_before_what_everybody_knows_and_can_be_taken_back() {
        let mut lexicon = Lexicon::default();
        let ours = lexicon.number("Hydra gateway");
        let aliases = ["HGW".to_owned(), "Rust".to_owned(), "Atlas".to_owned()];
        let own = |name, aliases| Own { name, aliases, related: &[] };
        lexicon.learn([own("Hydra gateway", &aliases), own("Atlas", &[])]);
        assert_eq!((lexicon.get("hgw"), lexicon.number("Rust"), lexicon.own("hgw")), (Some(ours), ours, Some(ours)));
        assert_ne!(lexicon.get("atlas"), Some(ours), "a name is never another one's alias");
        lexicon.learn([]);
        assert_eq!(lexicon.get("hgw"), None);
        assert_ne!(lexicon.get("Rust"), Some(ours));
    }

    /// What is near to a skill by its name, without what the taxonomy says.
    fn related(lexicon: &Lexicon, text: &str) -> Vec<(String, f32)> {
        let near = lexicon.near(lexicon.get(text).unwrap(), 0);
        near.map(|(other, nearness)| (lexicon.name(other).unwrap().to_owned(), nearness)).collect()
    }

    #[test]
    fn what_a_company_calls_related_is_near_in_both_directions_by_any_name_until_it_says_otherwise() {
        let texts = |list: &str| list.split(';').map(str::to_owned).collect::<Vec<_>>();
        let (hydra, atlas) = (texts("k8s;mapping;Hydra gateways;Sabrage"), texts("Atlas;mapping"));
        let mut lexicon = Lexicon::default();
        lexicon.learn([
            Own { name: "Atlas maps", aliases: &atlas, related: &[] },
            Own { name: "Hydra gateway", aliases: &[], related: &hydra },
        ]);
        let near = |name: &str| (name.to_owned(), RELATED);
        assert_eq!(related(&lexicon, "Hydra gateway"), [near("Kubernetes"), near("Atlas maps"), near("Sabrage")]);
        for other in ["Kubernetes", "atlas", "sabrage"] {
            assert_eq!(related(&lexicon, other), [near("Hydra gateway")], "{other}");
        }
        let known = lexicon.near(lexicon.get("Kubernetes").unwrap(), usize::MAX);
        assert_eq!(known.count(), 1 + taxonomy().near(skill_of(lexicon.get("Kubernetes").unwrap()).unwrap()).len());
        lexicon.learn([Own { name: "Hydra gateway", aliases: &[], related: &[] }]);
        assert!(related(&lexicon, "Kubernetes").is_empty() && related(&lexicon, "Hydra gateway").is_empty());
    }

    #[test]
    fn two_skills_that_everybody_knows_are_as_near_as_whoever_says_more() {
        let (id, near) = taxonomy()
            .skills()
            .find_map(|(id, _)| {
                Some((id, taxonomy().near(id))).filter(|(_, near)| near.iter().any(|it| it.1 < RELATED))
            })
            .unwrap();
        let name = |id: SkillId| taxonomy().skill(id).name.to_string();
        let (nearest, farthest) = (near[0], near[near.len() - 1]);
        let (mine, related) = (name(id), [name(farthest.0), name(nearest.0)]);
        let mut lexicon = Lexicon::default();
        lexicon.learn([Own { name: &mine, aliases: &[], related: &related }]);
        let weight = |from: SkillId, to: SkillId| {
            let mut near = lexicon.near(from.0.into(), usize::MAX);
            near.find(|(other, _)| *other == Number::from(to.0)).unwrap().1
        };
        for (from, to) in [(id, farthest.0), (farthest.0, id)] {
            assert!((weight(from, to) - RELATED).abs() < 1e-6, "{} {}", name(from), name(to));
        }
        assert!((weight(id, nearest.0) - nearest.1.max(RELATED)).abs() < 1e-6);
    }
}
