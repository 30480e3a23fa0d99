//! Which kinds of work a person leans to: by what they do, and by what they wish for.
//!
//! Every part of it only grows with what is known of the person: one skill more never makes any work less likely.

use super::{
    index::Number,
    kin::{Weighed, kin, next},
    openings::by_skills,
    role::meaning,
};
use crate::domain::skills::{OccupationId, taxonomy};

/// A reading of a title this much less likely than the best is left out.
const UNLIKELY: f32 = 0.01;
/// How likely a reading is says little about which one is meant: among those that are left, skills know better. This is the
/// power of its weight.
const READING: f32 = 0.2;
/// What a title counts that no skill speaks for; the rest comes with skills.
const BARE_TITLE: f32 = 0.25;
/// The same for a title that is wished for: what one wants to learn says less about it.
const BARE_WISH: f32 = 0.5;
/// So much of the evidence that is possible is half of the way to being sure.
const HALF_SURE: f32 = 0.5;
/// Who has no title known to us is taken by their skills alone, and that counts half.
const NO_TITLE: f32 = 0.5;
/// What one may be wishing for, guessed from the roles next to one's own and what one wants to learn.
const GUESS: f32 = 2.0;
/// What is less than this is nothing.
const TOO_LITTLE: f32 = 0.03;

/// How much each occupation is to a person.
#[derive(Clone, Debug, Default)]
pub(super) struct Leaning {
    /// The person's own occupations, by title and skills.
    pub own: Weighed,
    /// By occupation: work like their own; empty where nobody looked.
    pub role: Vec<f32>,
    /// By occupation: work on the way to what they wish for; empty where they wish for nothing.
    pub wish: Vec<f32>,
}

/// What is known of a person's work and wishes.
pub(super) struct Evidence<'a> {
    pub title: &'a str,
    pub wished: &'a str,
    pub have: &'a [Number],
    pub want: &'a [Number],
}

impl Leaning {
    pub fn of(it: &Evidence<'_>) -> Leaning {
        let title = meaning(it.title);
        let skills = by_skills(it.have.iter().copied());
        let own = supported(&title, &skills, BARE_TITLE);
        let mut role = vec![0.0; skills.len()];
        if own.is_empty() {
            role.iter_mut().zip(&skills).for_each(|(role, sum)| *role = NO_TITLE * sure(*sum));
        }
        for (occupation, weight) in own.iter().filter(|it| may_count(it)) {
            raise(&mut role, kin().like(*occupation), *weight);
        }
        let targets = targets(it, &own);
        let mut wish = if targets.is_empty() { Vec::new() } else { vec![0.0; skills.len()] };
        for (occupation, weight) in targets.iter().filter(|it| may_count(it)) {
            raise(&mut wish, taxonomy().similar(*occupation), *weight);
        }
        role.iter_mut().chain(&mut wish).filter(|it| **it < TOO_LITTLE).for_each(|it| *it = 0.0);
        Leaning { own, role, wish }
    }

    /// The occupation of the person's own that is the reason for leaning to another one.
    pub fn own_like(&self, other: OccupationId) -> Option<OccupationId> {
        let like = self.own.iter().map(|(own, weight)| (*own, weight * kin().alike(*own, other)));
        let like = like.filter(|(_, weight)| *weight > 0.0);
        like.max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0))).map(|(own, _)| own)
    }

    /// Every occupation that the person leans to, with how much it is like theirs and like what they wish for.
    pub fn all(&self) -> impl Iterator<Item = (OccupationId, (f32, f32))> {
        let both = (0..).map(OccupationId).zip(&self.role).map(|(it, role)| (it, (*role, self.wish(it))));
        both.filter(|(_, (role, wish))| *role > 0.0 || *wish > 0.0)
    }

    pub fn role(&self, occupation: OccupationId) -> f32 {
        self.role.get(usize::from(occupation.0)).copied().unwrap_or_default()
    }

    pub fn wish(&self, occupation: OccupationId) -> f32 {
        self.wish.get(usize::from(occupation.0)).copied().unwrap_or_default()
    }
}

/// No likeness is more than this.
const ITSELF: f32 = 1.35;

/// Whether it can come to anything that is kept.
fn may_count((_, weight): &(OccupationId, f32)) -> bool {
    weight * ITSELF >= TOO_LITTLE
}

/// What the person wishes to become, as occupations: as they say; else as a guess from the roles that are next to their
/// own, by what they want to learn.
pub(super) fn targets(it: &Evidence<'_>, own: &Weighed) -> Weighed {
    let wished = meaning(it.wished);
    if it.want.is_empty() && wished.is_empty() {
        return Vec::new();
    }
    let skills = by_skills(it.want.iter().copied());
    if !wished.is_empty() {
        return supported(&wished, &skills, BARE_WISH);
    }
    let mut near = vec![0.0_f32; skills.len()];
    for (own, weight) in own {
        for (next, place) in next(*own) {
            let near = &mut near[usize::from(next.0)];
            *near = near.max(weight * place);
        }
    }
    if own.is_empty() {
        near.fill(NO_TITLE);
    }
    let guess = |near: f32, sum: f32| GUESS * near * sure(sum).powi(2);
    let guesses = (0..).map(OccupationId).zip(near.iter().zip(&skills).map(|(near, sum)| guess(*near, *sum)));
    guesses.filter(|(_, weight)| *weight > 0.0).collect()
}

/// The person's own occupations, by title and skills.
pub(super) fn own(it: &Evidence<'_>) -> Weighed {
    supported(&meaning(it.title), &by_skills(it.have.iter().copied()), BARE_TITLE)
}

/// What a title may mean, as far as skills support it.
fn supported(title: &[(OccupationId, f32)], skills: &[f32], bare: f32) -> Weighed {
    let best = title.first().map_or(1.0, |(_, weight)| *weight);
    let likely = title.iter().map(|(it, weight)| (*it, weight / best)).filter(|(_, share)| *share >= UNLIKELY);
    let support = |it: OccupationId| bare + (1.0 - bare) * sure(skills[usize::from(it.0)]);
    likely.map(|(it, share)| (it, share.powf(READING) * support(it))).collect()
}

/// From 0 to 1: how sure so much evidence makes.
fn sure(evidence: f32) -> f32 {
    evidence / (evidence + HALF_SURE)
}

fn raise(all: &mut [f32], like: &[(OccupationId, f32)], weight: f32) {
    for (occupation, alike) in like {
        let known = &mut all[usize::from(occupation.0)];
        *known = known.max(weight * alike);
    }
}
