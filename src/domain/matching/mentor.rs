//! People to learn from: for a wish, a skill or a role. Only those who offered it, with room left, and never somebody of
//! the asker's own reporting line.

use super::{
    index::{Index, Number},
    kin::{Weighed, kin},
    leaning::{self, Evidence},
    openings::work,
    profile::next_to,
    rank::exact,
    role::meaning,
    why::title_of,
};
use crate::domain::{
    id::PersonId,
    person::Person,
    scatter,
    skills::{self, Lexicon, OccupationId, fold_title, taxonomy},
    word::Word,
};
use std::cmp::Reverse;

/// Somebody who offered to help others.
#[derive(Clone, Copy, Debug)]
pub struct Guide<'a> {
    pub person: &'a Person,
    /// For so many more people.
    pub room: u32,
    /// How many asked lately: who is asked much comes later among equals.
    pub asked: u32,
}

/// Whom to learn from, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Teacher {
    pub person: PersonId,
    /// In millionths; orders, and is shown to nobody.
    pub score: i64,
    pub reasons: Vec<TeacherReason>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TeacherReason {
    /// Skills asked for that they have.
    Knows(Vec<String>),
    /// Something they have that is next to what is asked for.
    KnowsNear(String, String),
    /// They do the work that is asked for.
    Does(String),
    /// They do work like it.
    DoesLike(String),
}

impl TeacherReason {
    #[must_use]
    pub fn sentence(&self) -> String {
        match self {
            TeacherReason::Knows(skills) => format!("Knows {}.", skills.join(", ")),
            TeacherReason::KnowsNear(has, asked) => format!("Knows {has}, which is close to {asked}."),
            TeacherReason::Does(work) => format!("Does this work: {work}."),
            TeacherReason::DoesLike(work) => format!("Does work like it: {work}."),
        }
    }
}

/// What having the skills counts, and what doing the work.
const SKILLS: f32 = 0.5;
const WORK: f32 = 1.0;
const NEXT_TO: f32 = 0.6;
/// What each request of late takes from the place among those who are about as good.
const ASKED: f32 = 0.03;
/// From which likeness on it is the same work.
const SAME: f32 = 0.95;
/// Less likeness is no reason.
const LIKE: f32 = 0.2;

/// What somebody wants to learn, or to become.
struct Sought {
    skills: Vec<Number>,
    /// By occupation, how much it is what is sought; the best has 1.
    work: Vec<f32>,
}

impl Index {
    /// People to learn from for what a person wants to learn and to become: what they say, else what it points to.
    /// `is_in_line`: whether somebody leads the person or is led by them.
    #[must_use]
    pub fn mentors_for(
        &self,
        person: &Person,
        guides: &[Guide<'_>],
        is_in_line: &dyn Fn(PersonId) -> bool,
        seed: u64,
    ) -> Vec<Teacher> {
        let (have, want) = (self.lexicon.all(&person.have), self.lexicon.all(&person.want));
        let evidence = Evidence { title: &person.title, wished: &person.wished_role, have: &have, want: &want };
        let targets = leaning::targets(&evidence, &leaning::own(&evidence));
        let sought = Sought { skills: want, work: spread(&targets) };
        self.teachers(&sought, guides, |guide| guide != person.id && !is_in_line(guide), seed)
    }

    /// People who know a skill or do a kind of work, by the words of whoever asks.
    #[must_use]
    pub fn experts(&self, text: &str, guides: &[Guide<'_>], asker: PersonId, seed: u64) -> Vec<Teacher> {
        let named: Vec<Number> = self.lexicon.get(text).into_iter().collect();
        let skills = if named.is_empty() { self.lexicon.all(&skills::split(text)) } else { named };
        let title = taxonomy().title(&fold_title(text));
        let work = if title.is_empty() && skills.is_empty() { spread(&meaning(text)) } else { spread(title) };
        self.teachers(&Sought { skills, work }, guides, |guide| guide != asker, seed)
    }

    fn teachers(
        &self,
        sought: &Sought,
        guides: &[Guide<'_>],
        may: impl Fn(PersonId) -> bool,
        seed: u64,
    ) -> Vec<Teacher> {
        let mut found: Vec<_> = guides
            .iter()
            .filter(|guide| guide.room > 0 && guide.person.is_active && may(guide.person.id))
            .filter_map(|guide| {
                let have = self.lexicon.all(&guide.person.have);
                let work = does(guide.person, &have);
                let score = SKILLS * known(&self.lexicon, sought, &have) + WORK * done(sought, &work);
                (score > 0.0).then(|| {
                    let asked = f32::from(u16::try_from(guide.asked).unwrap_or(u16::MAX)).ln_1p();
                    let turn = scatter(seed, guide.person.id.0.cast_unsigned());
                    ((exact(score - ASKED * asked), turn, guide.person.id), exact(score), guide.person, have, work)
                })
            })
            .collect();
        found.sort_unstable_by_key(|(order, ..)| *order);
        let teacher = |(_, Reverse(score), person, have, work): (_, _, &Person, Vec<Number>, Weighed)| Teacher {
            person: person.id,
            score,
            reasons: reasons(person, sought, self, &have, &work),
        };
        found.into_iter().map(teacher).collect()
    }
}

/// The work somebody does, by their title and skills.
fn does(person: &Person, have: &[Number]) -> Weighed {
    let is_known = !taxonomy().title(&fold_title(&person.title)).is_empty();
    work(&meaning(&person.title), is_known, have.iter().copied())
}

/// The share of the skills that somebody has, or has something next to.
fn known(lexicon: &Lexicon, sought: &Sought, have: &[Number]) -> f32 {
    let sum: f32 = sought.skills.iter().map(|skill| kin().rarity(*skill)).sum();
    let has = |skill: Number| match have.binary_search(&skill) {
        Ok(_) => 1.0,
        Err(_) => next_to(lexicon, have, skill).map_or(0.0, |(_, nearness)| NEXT_TO * nearness),
    };
    sought.skills.iter().map(|skill| kin().rarity(*skill) * has(*skill)).sum::<f32>() / sum.max(f32::MIN_POSITIVE)
}

fn done(sought: &Sought, work: &[(OccupationId, f32)]) -> f32 {
    work.iter().map(|(it, weight)| weight * sought.work[usize::from(it.0)]).sum()
}

/// By occupation, how much it is or is like one of these; the best has 1.
fn spread(targets: &[(OccupationId, f32)]) -> Vec<f32> {
    let best = targets.iter().map(|(_, weight)| *weight).fold(0.0, f32::max);
    let mut all = vec![0.0_f32; kin().occupations()];
    for (target, weight) in targets {
        for (other, alike) in taxonomy().similar(*target) {
            let known = &mut all[usize::from(other.0)];
            *known = known.max(weight / best * alike);
        }
    }
    all
}

fn reasons(person: &Person, sought: &Sought, index: &Index, have: &[Number], work: &Weighed) -> Vec<TeacherReason> {
    let mut reasons = Vec::new();
    let is_sought = |name: &&Word| index.lexicon.get(name).is_some_and(|it| sought.skills.contains(&it));
    let knows: Vec<String> = person.have.iter().filter(is_sought).map(|name| name.trim().to_owned()).collect();
    if !knows.is_empty() {
        reasons.push(TeacherReason::Knows(knows));
    }
    for skill in sought.skills.iter().filter(|skill| have.binary_search(skill).is_err()) {
        let near = next_to(&index.lexicon, have, *skill);
        let near = near.and_then(|(had, _)| Some((index.written(had)?, index.written(*skill)?)));
        reasons.extend(near.map(|(had, sought)| TeacherReason::KnowsNear(had, sought)));
    }
    if let Some((best, weight)) = work.first() {
        let like = sought.work[usize::from(best.0)] * weight;
        if sought.work[usize::from(best.0)] >= SAME {
            reasons.push(TeacherReason::Does(title_of(*best)));
        } else if like >= LIKE {
            reasons.push(TeacherReason::DoesLike(title_of(*best)));
        }
    }
    reasons
}
