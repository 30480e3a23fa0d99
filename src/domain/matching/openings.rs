//! What the posts ask for, in the numbers that matching reckons with. Kept up to date post by post; what is said of one
//! post never depends on another.

use super::{
    index::{Number, Posting, Slot, at, insert_posting, push},
    kin::{Weighed, kin},
    role::Titled,
};
use crate::domain::{opportunity::Opportunity, skills::OccupationId};

/// What a post asks for and offers.
#[derive(Debug, Default)]
pub(super) struct Asks {
    /// Each of its skills once, in its order: needed, helpful, taught.
    pub skills: Box<[Asked]>,
    /// The kinds of work it is, best first; their weights make 1.
    pub work: Box<[(OccupationId, f32)]>,
    /// Whether its title holds one that everybody knows.
    pub is_named: bool,
    /// So many skills are needed.
    pub needed: usize,
}

/// A skill of a post, and its share in what the post asks for and in what one can learn there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Asked {
    pub skill: Number,
    pub part: Part,
    /// Taught there, whether or not it is needed too.
    pub is_taught: bool,
    pub fit: f32,
    pub learn: f32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Needed,
    Helpful,
    Taught,
}

/// A helpful skill counts half of a needed one; what the team teaches counts twice for who wants to learn it.
const HELPFUL: f32 = 0.5;
const TAUGHT: f32 = 2.0;
/// The skills decide among what a title may mean, for the best few.
const KINDS_OF_WORK: usize = 2;
/// How much the skills decide.
const BY_SKILLS: f32 = 16.0;
/// What the skills say for an occupation, compared with the one they say most for, so that a title read as it by likeness
/// is believed.
const SPOKEN_FOR: f32 = 0.3;

/// Where a skill is asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asking {
    pub slot: Slot,
    pub fit: f32,
    pub learn: f32,
}

/// By slot what each post asks for, and where each skill and each kind of work stands in the open ones.
#[derive(Debug, Default)]
pub(super) struct Openings {
    asks: Vec<Asks>,
    skilled: Vec<Vec<Asking>>,
    working: Vec<Vec<Posting>>,
}

impl Openings {
    pub fn asks(&self, slot: Slot) -> &Asks {
        &self.asks[slot as usize]
    }

    pub fn asking(&self, skill: Number) -> &[Asking] {
        self.skilled.get(skill as usize).map_or(&[], Vec::as_slice)
    }

    /// Every skill that a post asks for has a smaller number.
    pub fn skills(&self) -> usize {
        self.skilled.len()
    }

    pub fn working(&self, occupation: OccupationId) -> &[Posting] {
        self.working.get(usize::from(occupation.0)).map_or(&[], Vec::as_slice)
    }

    pub fn put_in(&mut self, slot: Slot, asks: Asks, is_open: bool) {
        if is_open {
            for Asked { skill, fit, learn, .. } in &asks.skills {
                let list = at(&mut self.skilled, *skill);
                let place = list.partition_point(|other| other.slot < slot);
                list.insert(place, Asking { slot, fit: *fit, learn: *learn });
            }
            for (occupation, impact) in &asks.work {
                insert_posting(at(&mut self.working, occupation.0.into()), Posting { slot, impact: *impact });
            }
        }
        match self.asks.get_mut(slot as usize) {
            Some(known) => *known = asks,
            None => push(&mut self.asks, asks),
        }
    }

    pub fn take_out(&mut self, slot: Slot) {
        let Some(asks) = self.asks.get_mut(slot as usize).map(std::mem::take) else { return };
        for Asked { skill, .. } in &asks.skills {
            remove(at(&mut self.skilled, *skill), slot, |asking| asking.slot);
        }
        for (occupation, _) in &asks.work {
            remove(at(&mut self.working, occupation.0.into()), slot, |posting| posting.slot);
        }
    }
}

fn remove<T>(list: &mut Vec<T>, slot: Slot, slot_of: impl Fn(&T) -> Slot) {
    if let Ok(place) = list.binary_search_by_key(&slot, slot_of) {
        list.remove(place);
    }
}

/// The numbers of a post's skills, by what they are to it.
pub(super) struct Parts<'a> {
    pub needs: &'a [Number],
    pub nice: &'a [Number],
    pub teaches: &'a [Number],
}

impl<'a> Parts<'a> {
    /// `numbers`: those of [`Opportunity::skills`].
    pub fn of(post: &Opportunity, numbers: &'a [Number]) -> Parts<'a> {
        let (needs, others) = numbers.split_at(post.needs.len());
        let (nice, teaches) = others.split_at(post.nice.len());
        Parts { needs, nice, teaches }
    }
}

impl Asks {
    pub fn of(Parts { needs, nice, teaches }: Parts<'_>, title: &str) -> Asks {
        let parts = [(needs, Part::Needed), (nice, Part::Helpful), (teaches, Part::Taught)];
        let mut skills: Vec<Asked> = Vec::new();
        for (skill, part) in parts.iter().flat_map(|(numbers, part)| numbers.iter().map(move |skill| (*skill, *part))) {
            let rarity = kin().rarity(skill);
            let (fit, learn) = match part {
                Part::Needed => (rarity, rarity),
                Part::Helpful => (rarity * HELPFUL, rarity * HELPFUL),
                Part::Taught => (0.0, rarity * TAUGHT),
            };
            match skills.iter_mut().find(|other| other.skill == skill) {
                Some(other) => {
                    other.learn = other.learn.max(learn);
                    other.is_taught |= part == Part::Taught;
                }
                None => skills.push(Asked { skill, part, is_taught: part == Part::Taught, fit, learn }),
            }
        }
        let (fit, learn) = skills.iter().fold((0.0, 0.0), |sum, it| (sum.0 + it.fit, sum.1 + it.learn));
        for it in &mut skills {
            it.fit /= f32::max(fit, f32::MIN_POSITIVE);
            it.learn /= f32::max(learn, f32::MIN_POSITIVE);
        }
        let needed = skills.iter().filter(|it| it.part == Part::Needed).count();
        let asked = skills.iter().filter(|it| it.fit > 0.0).map(|it| it.skill);
        let title = Titled::of(title);
        let work = work(&title.candidates, title.is_known, asked);
        Asks { skills: skills.into(), work: work.into(), is_named: title.is_known, needed }
    }
}

/// The kinds of work that a title and skills speak of, best first: the skills choose among what the title may mean; where
/// it says nothing, they choose alone. The weights make 1.
/// `is_known`: whether the title is one that everybody knows; else skills that all speak against it have the say.
pub(super) fn work(
    candidates: &[(OccupationId, f32)],
    is_known: bool,
    skills: impl Iterator<Item = Number>,
) -> Weighed {
    let by_skills = by_skills(skills);
    let most = by_skills.iter().copied().fold(0.0, f32::max);
    let share = |it: OccupationId| if most > 0.0 { by_skills[usize::from(it.0)] / most } else { 0.0 };
    let is_spoken_for = most == 0.0 || is_known || candidates.iter().any(|(it, _)| share(*it) >= SPOKEN_FOR);
    let mut work: Weighed = if candidates.is_empty() || !is_spoken_for {
        (0..).map(OccupationId).zip(by_skills.iter().map(|it| if most > 0.0 { it / most } else { 0.0 })).collect()
    } else {
        candidates.iter().map(|(it, weight)| (*it, weight.sqrt() * (1.0 + BY_SKILLS * share(*it)))).collect()
    };
    work.retain(|(_, weight)| *weight > 0.0);
    work.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    work.truncate(KINDS_OF_WORK);
    let sum: f32 = work.iter().map(|(_, weight)| weight).sum();
    work.iter_mut().for_each(|(_, weight)| *weight /= sum);
    work
}

/// By occupation, how much these skills speak for it; one skill more never speaks for less.
pub(super) fn by_skills(skills: impl Iterator<Item = Number>) -> Vec<f32> {
    let mut sums = vec![0.0; kin().occupations()];
    for skill in skills {
        for (occupation, worth) in kin().users(skill) {
            sums[usize::from(occupation.0)] += worth;
        }
    }
    sums
}
