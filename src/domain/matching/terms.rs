//! How well a person and a post meet: a sum of few terms, each of which only grows with what the two have in common.
//! Reasons are made of the same terms. The weights and where they come from: docs/matching.md.

use super::{
    index::{Facts, Index, Slot},
    openings::{Asks, Part},
    profile::{Profile, weight_in},
    rank::exact,
    reason::Band,
};
use chrono::NaiveDate;
use std::cmp::Reverse;

const FIT: f32 = 0.3;
const GROW: f32 = 0.3;
const ROLE: f32 = 1.0;
const WISH: f32 = 0.6;
const TEXT: f32 = 0.2;
const PRACTICAL: f32 = 0.1;
/// A new post, half of it after ten days; and one that closes within a week.
const FRESH: f32 = 0.03;
const FRESH_DAYS: f32 = 10.0;
const CLOSING: f32 = 0.02;
const CLOSING_DAYS: i64 = 7;
/// What each time without an answer takes.
const IGNORED: f32 = 0.05;
/// A term below this share of the sum is no reason.
const TELLING: f32 = 0.05;
/// Work so much like the person's own is a good match even where no skill is named.
const LIKE_OWN: f32 = 0.35;
/// Less than this in common is nothing.
const FAR: f32 = 0.05;
/// So much on the way to what the person wishes for is a stretch.
const ON_THE_WAY: f32 = 0.2;

/// A post that asks for nothing the person has or wants is further off at most where the work is less like their own, and
/// less like what they wish for, than this; and so where less speaks for it. A little below what [`band`] looks at, for
/// sums are not added up in the same order.
pub(super) const UNLIKE_OWN: f32 = 0.99 * LIKE_OWN;
pub(super) const OFF_THE_WAY: f32 = 0.99 * ON_THE_WAY;
pub(super) const FURTHER_OFF: f32 = WISH * OFF_THE_WAY;

/// What speaks for a post, in parts of its score.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Terms {
    /// What it asks for and the person has, or has something next to.
    pub fit: f32,
    /// What the person wants to learn and can use or learn there.
    pub grow: f32,
    /// Work like the person's own.
    pub role: f32,
    /// Work like what the person wishes for.
    pub wish: f32,
    /// Words of the person's title.
    pub text: f32,
    /// Hours and place.
    pub practical: f32,
    pub timely: f32,
    /// What the person told us about such posts; below zero.
    pub feedback: f32,
    /// What of `fit` and `grow` there are words for.
    pub skills: BySkill,
}

/// Parts of the score by what the person has to do with the skills.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct BySkill {
    pub needed: f32,
    pub helpful: f32,
    /// The most that one skill counts which the person lacks and has something next to.
    pub close: f32,
    /// Taught there and on the list.
    pub taught: f32,
    /// Needed or helpful and on the list.
    pub used: f32,
}

impl Terms {
    /// Without words, days and what was said before. `practical`: 0 to 1.
    pub fn of(profile: &Profile, asks: &Asks, practical: f32) -> Terms {
        let mut terms = Terms { practical: PRACTICAL * practical, ..Terms::default() };
        for it in &asks.skills {
            let (held, wanted) = (weight_in(&profile.held, it.skill), weight_in(&profile.wanted, it.skill));
            // What is only next to a skill weighs less.
            let (is_held, is_wanted) = (held >= 1.0, wanted >= 1.0);
            let fit = FIT * it.fit * held;
            let grow = GROW * it.learn * wanted;
            terms.fit += fit;
            terms.grow += grow;
            terms.feedback -= it.learn * weight_in(&profile.disliked, it.skill);
            let known = &mut terms.skills;
            match it.part {
                Part::Needed if is_held => known.needed += fit,
                Part::Helpful if is_held => known.helpful += fit,
                _ => known.close = known.close.max(fit),
            }
            if is_wanted && !is_held {
                *(if it.is_taught { &mut known.taught } else { &mut known.used }) += grow;
            }
        }
        for (work, weight) in &asks.work {
            terms.role += ROLE * weight * profile.leaning.role(*work);
            terms.wish += WISH * weight * profile.leaning.wish(*work);
        }
        terms
    }

    /// What is known of the two.
    pub fn evidence(&self) -> f32 {
        self.fit + self.grow + self.role + self.wish + self.text
    }

    pub fn total(&self) -> f32 {
        self.evidence() + self.practical + self.timely + self.feedback
    }

    /// What this much of what a post asks for counts.
    pub fn fit(share: f32) -> f32 {
        FIT * share
    }

    /// Whether there is anything to say for the post.
    pub fn has_reason(&self) -> bool {
        let BySkill { needed, helpful, close, taught, used } = self.skills;
        [needed, helpful, close, taught, used, self.role, self.wish].iter().any(|part| self.tells(*part))
    }

    pub fn score(&self) -> Reverse<i64> {
        exact(self.total())
    }

    /// Whether a part is large enough to be a reason.
    pub fn tells(&self, part: f32) -> bool {
        part > 0.0 && part >= TELLING * self.total()
    }
}

/// What each term is worth at most for one skill or one kind of work; the index adds these up post by post.
pub(super) mod worth {
    pub fn skill(asking: &super::super::openings::Asking, held: f32, wanted: f32, disliked: f32) -> f32 {
        super::FIT * asking.fit * held + (super::GROW * wanted - disliked) * asking.learn
    }

    pub fn work(role: f32, wish: f32) -> f32 {
        super::ROLE * role + super::WISH * wish
    }

    pub fn word(share: f32) -> f32 {
        super::TEXT * share
    }
}

impl Index {
    /// `ignored`: how often it was shown to the person without an answer.
    pub(super) fn terms(&self, profile: &Profile, slot: Slot, today: NaiveDate, ignored: u32) -> Terms {
        let facts = &self.facts[slot as usize];
        let mut terms = Terms::of(profile, self.openings.asks(slot), profile.practical(facts));
        for (stem, share) in &profile.words {
            let postings = self.postings_of(*stem);
            let place = postings.binary_search_by_key(&slot, |posting| posting.slot);
            terms.text += TEXT * share * place.map_or(0.0, |place| postings[place].impact);
        }
        terms.timely = timely(facts, today);
        terms.feedback -= IGNORED * f32::from(u16::try_from(ignored).unwrap_or(u16::MAX));
        terms
    }
}

fn timely(facts: &Facts, today: NaiveDate) -> f32 {
    let created = chrono::DateTime::from_timestamp_millis(facts.created).map_or(today, |at| at.date_naive());
    let age = u16::try_from(today.signed_duration_since(created).num_days().max(0)).unwrap_or(u16::MAX);
    let is_closing =
        facts.until != NaiveDate::MAX && facts.until.signed_duration_since(today).num_days() <= CLOSING_DAYS;
    FRESH * 0.5_f32.powf(f32::from(age) / FRESH_DAYS) + if is_closing { CLOSING } else { 0.0 }
}

/// How well the two meet; `None` where nothing speaks for it.
pub(super) fn band(profile: &Profile, asks: &Asks, terms: &Terms) -> Option<Band> {
    if !terms.has_reason() {
        return None;
    }
    let held = |part| asks.skills.iter().filter(|it| it.part == part && profile.has(it.skill)).count();
    let (needed, helpful) = (held(Part::Needed), held(Part::Helpful));
    let is_wanted = asks.skills.iter().any(|it| profile.wants(it.skill));
    if asks.needed > 0 && needed == asks.needed {
        Some(Band::Strong)
    } else if (needed > 0 && needed * 2 >= asks.needed)
        || (asks.needed == 0 && helpful > 0)
        || terms.role >= ROLE * LIKE_OWN
    {
        Some(Band::Good)
    } else if is_wanted || terms.wish >= WISH * ON_THE_WAY {
        Some(Band::Stretch)
    } else {
        (terms.evidence() >= FAR).then_some(Band::Far)
    }
}
