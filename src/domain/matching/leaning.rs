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

/// A few kinds of work, where only leaning to these is asked about.
pub(super) struct Towards {
    work: Vec<OccupationId>,
    /// Whoever wishes for one of these leans there.
    from: Vec<OccupationId>,
    /// By occupation, the most that somebody of it can lean to the work as like their own, by a wish for it, and by what
    /// may be next for them.
    role: Vec<f32>,
    wish: Vec<f32>,
    next: Vec<f32>,
}

impl Towards {
    pub fn these(work: impl IntoIterator<Item = OccupationId>) -> Towards {
        let work: Vec<OccupationId> = work.into_iter().collect();
        let of_work = |like: &[(OccupationId, f32)]| {
            like.iter().filter(|(it, _)| work.contains(it)).map(|(_, alike)| *alike).fold(0.0, f32::max)
        };
        let all = || taxonomy().occupations().map(|(it, _)| it);
        let role = all().map(|it| of_work(kin().like(it))).collect();
        let wish: Vec<f32> = all().map(|it| of_work(taxonomy().similar(it))).collect();
        let led = |(next, place): (OccupationId, f32)| GUESS * place * wish[usize::from(next.0)];
        let next = all().map(|it| next(it).map(led).fold(0.0, f32::max)).collect();
        let from = all().filter(|it| wish[usize::from(it.0)] > 0.0).collect();
        Towards { work, from, role, wish, next }
    }

    fn is_led_to_from(&self, own: OccupationId) -> bool {
        self.role[usize::from(own.0)] > 0.0 || self.next[usize::from(own.0)] > 0.0
    }

    /// False where somebody surely leans to the work less than so much by what they do, and less than so much by what they
    /// wish for. Looks at their titles, and is sure of little where there is none.
    pub fn may_lean(&self, it: &Evidence<'_>, role: f32, wish: f32) -> bool {
        let most = |title: &[(OccupationId, f32)], by: &[f32]| {
            likely(title).map(|(it, weight)| weight * by[usize::from(it.0)]).fold(0.0, f32::max)
        };
        let (title, wished) = (meaning(it.title), meaning(it.wished));
        let by_role = match title.is_empty() {
            true => self.work.iter().map(|to| by_skills_alone(kin().says(it.have, *to))).fold(0.0, f32::max),
            false => most(&title, &self.role),
        };
        let by_wish = match (wished.is_empty(), title.is_empty()) {
            (false, _) => most(&wished, &self.wish),
            (true, _) if it.want.is_empty() => 0.0,
            (true, true) => f32::MAX,
            (true, false) => most(&title, &self.next),
        };
        by_role >= role || by_wish >= wish
    }
}

/// How much somebody without a title leans to work that their skills say so much for.
fn by_skills_alone(sum: f32) -> f32 {
    NO_TITLE * sure(sum)
}

impl Leaning {
    pub fn of(it: &Evidence<'_>) -> Leaning {
        Leaning::looked_at(it, None)
    }

    /// As [`Leaning::of`] for the work that is asked about; what it says of other work means nothing. Costs a part of it.
    pub fn towards(it: &Evidence<'_>, towards: &Towards) -> Leaning {
        Leaning::looked_at(it, Some(towards))
    }

    fn looked_at(it: &Evidence<'_>, towards: Option<&Towards>) -> Leaning {
        let title = meaning(it.title);
        let matters = |own: OccupationId| towards.is_none_or(|towards| towards.is_led_to_from(own));
        let own = supported(&title, it.have, BARE_TITLE, matters);
        let mut role = vec![0.0; kin().occupations()];
        match towards {
            _ if !title.is_empty() => {
                for (occupation, weight) in own.iter().filter(|it| may_count(it)) {
                    raise(&mut role, kin().like(*occupation), *weight);
                }
            }
            None => {
                let skills = by_skills(it.have.iter().copied());
                role.iter_mut().zip(skills).for_each(|(role, sum)| *role = by_skills_alone(sum));
            }
            Some(Towards { work, .. }) => {
                work.iter().for_each(|to| role[usize::from(to.0)] = by_skills_alone(kin().says(it.have, *to)));
            }
        }
        let targets = targets_among(it, &own, towards);
        let mut wish = if targets.is_empty() { Vec::new() } else { vec![0.0; role.len()] };
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
    targets_among(it, own, None)
}

/// The same; of those that do not lead to the work that is asked about, some or all are left out.
fn targets_among(it: &Evidence<'_>, own: &Weighed, towards: Option<&Towards>) -> Weighed {
    let wished = meaning(it.wished);
    if it.want.is_empty() && wished.is_empty() {
        return Vec::new();
    }
    if !wished.is_empty() {
        let matters = |wished: OccupationId| towards.is_none_or(|towards| towards.wish[usize::from(wished.0)] > 0.0);
        return supported(&wished, it.want, BARE_WISH, matters);
    }
    let mut near = vec![0.0_f32; kin().occupations()];
    for (own, weight) in own {
        for (next, place) in next(*own) {
            let near = &mut near[usize::from(next.0)];
            *near = near.max(weight * place);
        }
    }
    if meaning(it.title).is_empty() {
        near.fill(NO_TITLE);
    }
    let guess = |near: f32, sum: f32| GUESS * near * sure(sum).powi(2);
    let is_next = |(_, weight): &(OccupationId, f32)| *weight > 0.0;
    match towards {
        None => {
            let both = near.into_iter().zip(by_skills(it.want.iter().copied()));
            (0..).map(OccupationId).zip(both.map(|(near, sum)| guess(near, sum))).filter(is_next).collect()
        }
        Some(Towards { from, .. }) => {
            let near = from.iter().map(|it| (*it, near[usize::from(it.0)])).filter(is_next);
            near.map(|(role, near)| (role, guess(near, kin().says(it.want, role)))).filter(is_next).collect()
        }
    }
}

/// The person's own occupations, by title and skills.
pub(super) fn own(it: &Evidence<'_>) -> Weighed {
    supported(&meaning(it.title), it.have, BARE_TITLE, |_| true)
}

/// What a title may mean, as far as skills support it, of what `matters`.
fn supported(
    title: &[(OccupationId, f32)],
    skills: &[Number],
    bare: f32,
    matters: impl Fn(OccupationId) -> bool,
) -> Weighed {
    let support = |it: OccupationId| bare + (1.0 - bare) * sure(kin().says(skills, it));
    likely(title).filter(|(it, _)| matters(*it)).map(|(it, weight)| (it, weight * support(it))).collect()
}

/// What a title is likely to mean, the best with 1.
fn likely(title: &[(OccupationId, f32)]) -> impl Iterator<Item = (OccupationId, f32)> {
    let best = title.first().map_or(1.0, |(_, weight)| *weight);
    let likely = title.iter().map(move |(it, weight)| (*it, weight / best)).filter(|(_, share)| *share >= UNLIKELY);
    likely.map(|(it, share)| (it, share.powf(READING)))
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
