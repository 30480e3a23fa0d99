//! Skills that only this company has, beside those that everybody knows; and words that are none.

use super::skills::{canonical, fold};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnSkill {
    pub name: String,
    /// Other names of the same skill.
    pub aliases: Vec<String>,
    /// Skills, of any origin, that are near to it.
    pub related: Vec<String>,
    /// False for a word that an editor said is no skill: it stays where people wrote it and is offered to nobody.
    pub is_skill: bool,
}

impl OwnSkill {
    /// What tells it apart: the folded name.
    #[must_use]
    pub fn key(&self) -> String {
        fold(&self.name)
    }
}

/// All of them, found by any of their names.
#[derive(Debug, Default)]
pub struct OwnSkills {
    skills: BTreeMap<String, OwnSkill>,
    /// By the key of a name or an alias: the keys of the skills called so.
    names: BTreeMap<String, BTreeSet<String>>,
}

impl OwnSkills {
    /// Puts in a skill as it is now, in place of what was known of it.
    pub fn upsert(&mut self, skill: OwnSkill) {
        let key = skill.key();
        if let Some(old) = self.skills.remove(&key) {
            for name in names(&old) {
                if let Some(keys) = self.names.get_mut(&name) {
                    keys.remove(&key);
                }
            }
        }
        for name in names(&skill) {
            self.names.entry(name).or_default().insert(key.clone());
        }
        self.skills.insert(key, skill);
    }

    /// The skills that this text names exactly, by name or alias. A name beats an alias of another.
    #[must_use]
    pub fn named(&self, text: &str) -> Vec<&OwnSkill> {
        if let Some(own) = self.skills.get(&fold(text)).filter(|skill| skill.is_skill) {
            return vec![own];
        }
        let keys = self.names.get(&canonical(text)).into_iter().flatten();
        keys.filter_map(|key| self.skills.get(key)).filter(|skill| skill.is_skill).collect()
    }

    /// Skills of which a name or a word in it begins with this, in the order of their keys.
    pub fn beginning_with(&self, typed: &str) -> impl Iterator<Item = &OwnSkill> {
        let start = fold(typed);
        let begins = move |name: &String| {
            let name = fold(name);
            !start.is_empty()
                && name
                    .split(' ')
                    .enumerate()
                    .any(|(at, word)| word.starts_with(&start) || (at == 0 && name.starts_with(&start)))
        };
        self.all().filter(move |skill| skill.aliases.iter().chain([&skill.name]).any(&begins))
    }

    /// An editor said that this is no skill.
    #[must_use]
    pub fn is_refused(&self, text: &str) -> bool {
        self.skills.get(&fold(text)).is_some_and(|skill| !skill.is_skill)
    }

    #[must_use]
    pub fn get(&self, name: &str) -> Option<&OwnSkill> {
        self.skills.get(&fold(name))
    }

    /// The skills among them, in the order of their keys.
    pub fn all(&self) -> impl Iterator<Item = &OwnSkill> {
        self.skills.values().filter(|skill| skill.is_skill)
    }
}

fn names(skill: &OwnSkill) -> BTreeSet<String> {
    let all = skill.aliases.iter().chain([&skill.name]);
    all.map(|name| canonical(name)).filter(|key| !key.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn skill(name: &str, aliases: &[&str]) -> OwnSkill {
        let aliases = aliases.iter().map(|alias| (*alias).to_owned()).collect();
        OwnSkill { name: name.into(), aliases, related: Vec::new(), is_skill: true }
    }

    fn named(all: &OwnSkills, text: &str) -> Vec<String> {
        all.named(text).into_iter().map(|skill| skill.name.clone()).collect()
    }

    #[test]
    fn a_skill_is_found_by_every_name_and_by_the_newest_ones_only() {
        let mut all = OwnSkills::default();
        all.upsert(skill("Hydra gateway", &["hydra", "HGW"]));
        for text in ["hydra gateways", "Hydra", "hgw"] {
            assert_eq!(named(&all, text), ["Hydra gateway"], "{text}");
        }
        all.upsert(skill("Hydra Gateway", &["the gateway"]));
        assert_eq!(named(&all, "HGW"), [""; 0]);
        assert_eq!(named(&all, "the gateway"), ["Hydra Gateway"]);
        assert_eq!(all.all().count(), 1);
    }

    #[test]
    fn a_name_beats_another_ones_alias_and_two_aliases_are_a_question() {
        let mut all = OwnSkills::default();
        all.upsert(skill("Atlas", &["maps"]));
        all.upsert(skill("Atlas planning", &["atlas", "maps"]));
        assert_eq!(named(&all, "atlas"), ["Atlas"]);
        assert_eq!(named(&all, "Maps"), ["Atlas", "Atlas planning"]);
    }

    #[test]
    fn a_word_that_is_no_skill_is_known_as_such_and_names_nothing() {
        let mut all = OwnSkills::default();
        all.upsert(OwnSkill { is_skill: false, ..skill("Being nice", &[]) });
        assert!(all.is_refused("being nice"));
        assert_eq!(named(&all, "being nice"), [""; 0]);
        assert_eq!(all.all().count(), 0);
    }
}
