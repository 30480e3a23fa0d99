//! Roles one could grow into from here: what one brings, what is missing, and what in the company teaches it.

use super::{
    company::Company,
    id::{OpportunityId, PersonId},
    matching::{Ask, hidden_by},
    person::Person,
    skills::{OccupationId, SkillId, taxonomy},
    teaching::SkillKey,
    word::Word,
};
use chrono::NaiveDate;
use std::{collections::BTreeSet, sync::LazyLock};

/// How far away a role is, by the preparation it needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// About as much preparation: another kind of work.
    Sideways,
    Up,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    pub role: OccupationId,
    pub step: Step,
    /// Skills the role uses that the person has.
    pub brings: Vec<String>,
    /// What it uses beside that: what can be learnt here first, then what sets the role apart.
    pub gap: Vec<Gap>,
}

/// A skill that is missing, and where it can be learnt here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    pub skill: String,
    pub posts: Vec<OpportunityId>,
    pub helpers: Vec<PersonId>,
}

/// So many roles are considered.
const CONSIDERED: usize = 24;
const MOST_NAMED: usize = 5;
/// So many posts and people are named beside a skill.
const SOURCES: usize = 3;
/// A competence is named from this importance on.
const IMPORTANT: f32 = 3.5;

impl Company {
    /// The roles that follow from this one at the same or the next level of preparation, nearest first.
    #[must_use]
    pub fn paths(&self, me: &Person, from: OccupationId, today: NaiveDate) -> Vec<Path> {
        let zone = taxonomy().occupation(from).zone;
        let near = taxonomy().next_roles(from).iter().take(CONSIDERED).map(|(role, _)| *role);
        let steps = near.filter_map(|role| match taxonomy().occupation(role).zone {
            there if there == zone => Some((role, Step::Sideways)),
            there if there == zone + 1 => Some((role, Step::Up)),
            _ => None,
        });
        steps.map(|(role, step)| self.path(me, role, step, today)).collect()
    }

    /// What it takes to get into one role.
    #[must_use]
    pub fn path(&self, me: &Person, role: OccupationId, step: Step, today: NaiveDate) -> Path {
        let keys = me.have.iter().filter_map(|skill| Some((SkillKey::of(skill, &self.own_skills)?, skill)));
        let have: Vec<(SkillKey, &Word)> = keys.collect();
        let (mut brings, mut gap) = (Vec::new(), Vec::new());
        for (skill, worth) in asked(role) {
            let key = SkillKey::Known(skill);
            if let Some((_, name)) = have.iter().find(|(had, _)| *had == key) {
                brings.push((worth, name.to_string()));
                continue;
            }
            let open = self.teaching.posts(&key).filter(|post| self.is_for(me, *post, today));
            let posts: Vec<OpportunityId> = open.take(SOURCES).collect();
            let others = self.teaching.helpers(&key).filter(|helper| *helper != me.id);
            let helpers: Vec<PersonId> = others.take(SOURCES).collect();
            let is_taught = !posts.is_empty() || !helpers.is_empty();
            gap.push((is_taught, worth, Gap { skill: taxonomy().skill(skill).name.to_string(), posts, helpers }));
        }
        brings.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        gap.sort_by(|a, b| b.0.cmp(&a.0).then(b.1.total_cmp(&a.1)).then_with(|| a.2.skill.cmp(&b.2.skill)));
        Path {
            role,
            step,
            brings: brings.into_iter().map(|(_, name)| name).take(MOST_NAMED).collect(),
            gap: gap.into_iter().map(|(.., gap)| gap).take(MOST_NAMED).collect(),
        }
    }

    /// Whether this post is one that the person could still join.
    fn is_for(&self, me: &Person, post: OpportunityId, today: NaiveDate) -> bool {
        self.opportunity(post).is_some_and(|post| hidden_by(&Ask::new(me, today, 0), post).is_none())
    }
}

/// The skills a role uses, with how much each sets it apart from other roles.
fn asked(role: OccupationId) -> Vec<(SkillId, f32)> {
    let occupation = taxonomy().occupation(role);
    let mut seen = BTreeSet::new();
    let used = occupation.skills.iter().map(|(skill, demand)| (*skill, *demand));
    let takes = occupation.competences.iter().filter(|(_, importance)| *importance >= IMPORTANT);
    let takes = takes.map(|(skill, importance)| (*skill, importance / 2.0));
    used.chain(takes)
        .filter(|(skill, _)| seen.insert(*skill))
        .map(|(skill, weight)| (skill, weight * rarity(skill)))
        .collect()
}

/// What few roles use says more about one.
fn rarity(skill: SkillId) -> f32 {
    static USES: LazyLock<Vec<u16>> = LazyLock::new(|| {
        let mut uses = vec![0_u16; taxonomy().skills().len()];
        for (_, occupation) in taxonomy().occupations() {
            let all = occupation.skills.iter().chain(&occupation.competences).map(|(skill, _)| *skill);
            for skill in all.collect::<BTreeSet<_>>() {
                uses[usize::from(skill.0)] += 1;
            }
        }
        uses
    });
    let roles = f32::from(u16::try_from(taxonomy().occupations().len()).unwrap_or(u16::MAX));
    (roles / f32::from(USES[usize::from(skill.0)].max(1))).ln()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Instant, mentoring::Mentoring, opportunity::Opportunity, skills::occupations_of};

    fn analyst() -> OccupationId {
        occupations_of("Data analyst", 1)[0].0
    }

    fn person(id: i64, have: &[&str]) -> Person {
        let have = crate::domain::word::words(have);
        Person { id: PersonId(id), have, ..Person::unknown() }
    }

    #[test]
    fn every_step_is_sideways_or_one_level_up() {
        let company = Company::default();
        let zone = taxonomy().occupation(analyst()).zone;
        let paths = company.paths(&person(1, &[]), analyst(), NaiveDate::MIN);
        assert!(paths.len() >= 3, "{paths:?}");
        for path in paths {
            let there = taxonomy().occupation(path.role).zone;
            assert_eq!(there - zone, u8::from(path.step == Step::Up));
            assert!(path.brings.is_empty() && path.gap.len() == MOST_NAMED, "{path:?}");
        }
    }

    #[test]
    fn what_can_be_learnt_here_comes_first_with_who_teaches_it() {
        let mut company = Company::default();
        let role = analyst();
        let usual = company.path(&person(1, &[]), role, Step::Sideways, NaiveDate::MIN);
        let last = asked(role).into_iter().min_by(|a, b| a.1.total_cmp(&b.1)).unwrap().0;
        let name = taxonomy().skill(last).name.to_string();
        assert!(usual.gap.iter().all(|gap| gap.skill != name));
        let post = Opportunity { teaches: vec![name.clone()], ..Opportunity::unknown(Instant::UNIX_EPOCH) };
        company.upsert_opportunity(post.clone());
        let offer = Mentoring { skills: vec![name.clone()], capacity: 1, ways: Vec::new(), note: String::new() };
        company.upsert_person(Person { mentoring: Some(offer.into()), ..person(2, &[]) });
        let path = company.path(&person(1, &[]), role, Step::Sideways, NaiveDate::MIN);
        assert_eq!(path.gap[0], Gap { skill: name.clone(), posts: vec![post.id], helpers: vec![PersonId(2)] });
        let had = company.path(&person(1, &[&name]), role, Step::Sideways, NaiveDate::MIN);
        assert_eq!(had.brings, std::slice::from_ref(&name));
        assert!(had.gap.iter().all(|gap| gap.skill != name));
        let own = company.path(&person(2, &[]), role, Step::Sideways, NaiveDate::MIN);
        assert_eq!(own.gap[0].helpers, [], "nobody helps themselves");
    }
}
