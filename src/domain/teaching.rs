//! What one can learn here, and from whom: the open posts that teach a skill, and the people who offer to help with it.

use super::{
    id::{OpportunityId, PersonId},
    opportunity::Opportunity,
    own_skills::OwnSkills,
    person::Person,
    skills::{Resolved, SkillId, exactly, fold, resolve, taxonomy},
};
use std::collections::{BTreeMap, BTreeSet};

/// A skill, whatever it was called: one that everybody knows, or the folded text of one that only people here know.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SkillKey {
    Known(SkillId),
    Own(String),
}

impl SkillKey {
    /// Of a text that is stored: nothing is guessed. `None` where it says nothing.
    #[must_use]
    pub fn of(text: &str, own: &OwnSkills) -> Option<SkillKey> {
        let text = match own.named(text).as_slice() {
            [one] => &one.name,
            _ => text,
        };
        let own = |key: String| (!key.is_empty()).then_some(SkillKey::Own(key));
        match exactly(taxonomy(), text) {
            Resolved::Known(skill) => Some(SkillKey::Known(skill)),
            Resolved::Ambiguous(_) | Resolved::Unknown => own(fold(text)),
        }
    }

    /// The same of a text that somebody typed to ask about, which may have slips.
    #[must_use]
    pub fn meant_by(text: &str, own: &OwnSkills) -> Option<SkillKey> {
        match resolve(text) {
            Resolved::Known(skill) if own.named(text).is_empty() => Some(SkillKey::Known(skill)),
            _ => SkillKey::of(text, own),
        }
    }
}

/// Kept up to date with the company, so that asking costs a look.
#[derive(Debug, Default)]
pub struct Teaching {
    posts: BTreeMap<SkillKey, BTreeSet<OpportunityId>>,
    of_post: BTreeMap<OpportunityId, Vec<SkillKey>>,
    helpers: BTreeMap<SkillKey, BTreeSet<PersonId>>,
    of_helper: BTreeMap<PersonId, Vec<SkillKey>>,
}

impl Teaching {
    pub fn upsert_post(&mut self, post: &Opportunity, own: &OwnSkills) {
        let taught: &[String] = if post.is_open() && post.seats > 0 { &post.teaches } else { &[] };
        replace(&mut self.posts, &mut self.of_post, post.id, keys(taught, own));
    }

    pub fn upsert_person(&mut self, person: &Person, own: &OwnSkills) {
        let offered = person.mentoring.as_ref().filter(|_| person.is_active).map_or(&[][..], |offer| &offer.skills);
        replace(&mut self.helpers, &mut self.of_helper, person.id, keys(offered, own));
    }

    /// The open posts that teach it, in the order of their ids.
    pub fn posts(&self, skill: &SkillKey) -> impl Iterator<Item = OpportunityId> + '_ {
        self.posts.get(skill).into_iter().flatten().copied()
    }

    /// The people who offer to help with it, in the order of their ids.
    pub fn helpers(&self, skill: &SkillKey) -> impl Iterator<Item = PersonId> + '_ {
        self.helpers.get(skill).into_iter().flatten().copied()
    }

    /// Everybody who offers to help, in the order of their ids.
    pub fn all_helpers(&self) -> impl Iterator<Item = PersonId> + '_ {
        self.of_helper.keys().copied()
    }
}

fn keys(names: &[String], own: &OwnSkills) -> Vec<SkillKey> {
    names.iter().filter_map(|name| SkillKey::of(name, own)).collect()
}

fn replace<T: Ord + Copy>(
    by_skill: &mut BTreeMap<SkillKey, BTreeSet<T>>,
    of: &mut BTreeMap<T, Vec<SkillKey>>,
    thing: T,
    keys: Vec<SkillKey>,
) {
    for old in of.remove(&thing).unwrap_or_default() {
        if let Some(things) = by_skill.get_mut(&old) {
            things.remove(&thing);
            if things.is_empty() {
                by_skill.remove(&old);
            }
        }
    }
    for key in &keys {
        by_skill.entry(key.clone()).or_default().insert(thing);
    }
    if !keys.is_empty() {
        of.insert(thing, keys);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{mentoring::Mentoring, opportunity::State};

    #[test]
    fn what_is_closed_or_taken_back_teaches_nobody() {
        let own = OwnSkills::default();
        let key = |text: &str| SkillKey::of(text, &own).unwrap();
        let mut teaching = Teaching::default();
        let mut post = Opportunity::exporter();
        teaching.upsert_post(&post, &own);
        assert_eq!(teaching.posts(&key("grafana")).collect::<Vec<_>>(), [post.id]);
        post.state = State::Closed { at: post.created_at };
        teaching.upsert_post(&post, &own);
        assert_eq!(teaching.posts(&key("grafana")).count(), 0);

        let skills = vec!["k8s".into(), "Hydra gateway".into()];
        let offer = Mentoring { skills, capacity: 1, ways: Vec::new(), note: String::new() };
        let mut mia = Person { id: PersonId(7), mentoring: Some(offer.into()), ..Person::unknown() };
        teaching.upsert_person(&mia, &own);
        for text in ["Kubernetes", "hydra gateways"] {
            assert_eq!(teaching.helpers(&key(text)).collect::<Vec<_>>(), [mia.id], "{text}");
        }
        mia.is_active = false;
        teaching.upsert_person(&mia, &own);
        assert_eq!(teaching.all_helpers().count(), 0);
    }

    #[test]
    fn a_companys_own_name_and_its_aliases_are_one_skill() {
        let mut own = OwnSkills::default();
        own.upsert(crate::domain::own_skills::OwnSkill {
            name: "Hydra gateway".into(),
            aliases: vec!["HGW".into()],
            related: Vec::new(),
            is_skill: true,
        });
        assert_eq!(SkillKey::of("hgw", &own), SkillKey::of("Hydra gateways", &own));
        assert_eq!(SkillKey::of(" ,", &own), None);
    }
}
