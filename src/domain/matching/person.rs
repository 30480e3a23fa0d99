//! Work for one person, best first.

use super::{
    everybody::week,
    exposure::Showings,
    index::{Facts, Index, Number, Slot, last_day},
    profile::Profile,
    rank::{Best, Rank, exact},
    reason::{Band, Filter, Reason},
    terms::{Terms, band, worth},
};
use crate::domain::{
    feedback::{Feedback, IGNORED},
    id::{OpportunityId, PersonId},
    opportunity::Opportunity,
    person::Person,
    scatter, skills,
};
use chrono::NaiveDate;
use std::collections::{BTreeMap, BTreeSet};

/// One piece of work for a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    pub id: OpportunityId,
    /// In millionths; orders before exposure and the rules of spread do, and is shown to nobody.
    pub score: i64,
    pub band: Band,
    pub reasons: Vec<Reason>,
}

/// What a person may and wants to see at all, beyond their hours.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Nothing that starts before this day.
    pub free_from: Option<NaiveDate>,
    /// Only where the person is, or from anywhere.
    pub stays_put: bool,
}

/// Whose work is looked for, and what is known besides the posts.
pub struct Ask<'a> {
    pub person: &'a Person,
    pub today: NaiveDate,
    /// What is equally good takes turns by it: give it the person and the week.
    pub seed: u64,
    pub exclude: &'a BTreeSet<OpportunityId>,
    pub limits: &'a Limits,
    pub feedback: &'a Feedback,
    pub showings: &'a Showings,
    /// The company's rule that keeps a post from this person, in a sentence.
    pub rule: &'a dyn Fn(&Opportunity) -> Option<String>,
    /// Where the owner of a post works.
    pub department: &'a dyn Fn(PersonId) -> Option<&'a str>,
}

impl<'a> Ask<'a> {
    /// With nothing known but the person and the day; what is equally good takes turns from week to week.
    #[must_use]
    pub fn this_week(person: &'a Person, today: NaiveDate) -> Ask<'a> {
        Ask::new(person, today, scatter(person.id.0.cast_unsigned(), week(today)))
    }

    /// With nothing known but the person.
    #[must_use]
    pub fn new(person: &'a Person, today: NaiveDate, seed: u64) -> Ask<'a> {
        static NOTHING: BTreeSet<OpportunityId> = BTreeSet::new();
        static NO_LIMITS: Limits = Limits { free_from: None, stays_put: false };
        static NO_FEEDBACK: Feedback = Feedback { hidden: Vec::new(), liked: Vec::new(), unanswered: BTreeMap::new() };
        static NO_SHOWINGS: Showings = Showings::none();
        Ask {
            person,
            today,
            seed,
            exclude: &NOTHING,
            limits: &NO_LIMITS,
            feedback: &NO_FEEDBACK,
            showings: &NO_SHOWINGS,
            rule: &|_| None,
            department: &|_| None,
        }
    }
}

/// So many results are looked at for exposure and spread; the rest could not come up.
pub(super) const CONSIDERED: usize = 60;
/// And so many of other departments.
const CONSIDERED_ELSEWHERE: usize = 12;
/// The rules of spread hold in each so many results.
const BLOCK: usize = 5;
const MOST_OF_ONE_TEAM: usize = 2;
/// What gets a place by a rule is at least so good, compared with the best.
const BAR: f32 = 0.7;

/// A post that may be shown.
#[derive(Clone, Copy, Debug)]
pub(super) struct Candidate {
    pub slot: Slot,
    pub rank: Rank,
    pub terms: Terms,
    pub band: Band,
    pub team: Number,
    pub is_elsewhere: bool,
}

/// Sums by slot, used again from person to person; not a number where nothing was added.
#[derive(Debug, Default)]
pub(super) struct Sums {
    by_slot: Vec<f32>,
    touched: Vec<Slot>,
}

impl Sums {
    /// `None` where nothing was added.
    pub fn of(&self, slot: Slot) -> Option<f32> {
        Some(self.by_slot[slot as usize]).filter(|sum| !sum.is_nan())
    }

    fn add(&mut self, slot: Slot, worth: f32) {
        let sum = &mut self.by_slot[slot as usize];
        if sum.is_nan() {
            self.touched.push(slot);
            *sum = 0.0;
        }
        *sum += worth;
    }
}

impl Index {
    /// Work for a person, best first: by what they have, what they want to learn, their work and their wish.
    ///
    /// In every five at most two are of one team, one is of another department and one is a stretch, where there are such
    /// that are seven tenths as good as the best. Of what is about as good, what was shown less comes first.
    #[must_use]
    pub fn matches(&self, ask: &Ask<'_>, limit: usize) -> Vec<Match> {
        let profile = Profile::of(self, ask.person, ask.feedback, ask.today);
        let mut candidates = self.candidates(ask, &profile, limit, &mut Sums::default());
        self.by_exposure(&mut candidates, ask.showings);
        let chosen = self.spread(candidates, limit);
        let few = |it: &Candidate| ask.showings.is_shown_to_few(it.rank.id);
        chosen.iter().filter_map(|it| self.as_match(ask, &profile, it, few(it))).collect()
    }

    /// The best posts of those that no rule keeps away, best first.
    pub(super) fn candidates(&self, ask: &Ask<'_>, profile: &Profile, limit: usize, sums: &mut Sums) -> Vec<Candidate> {
        self.add_up_evidence(profile, sums);
        let home = ask.person.department.trim();
        let (mut all, mut elsewhere) = (Best::new(CONSIDERED.max(limit)), Best::new(CONSIDERED_ELSEWHERE));
        for slot in sums.touched.drain(..) {
            let facts = &self.facts[slot as usize];
            let score = exact(std::mem::replace(&mut sums.by_slot[slot as usize], f32::NAN));
            let rank = Rank { score, turn: scatter(ask.seed, facts.id.0.cast_unsigned()), id: facts.id };
            let is_elsewhere = elsewhere.takes(rank) && self.is_elsewhere(facts, home, ask);
            if !(is_elsewhere || all.takes(rank)) || self.is_filtered(ask, profile, slot) {
                continue;
            }
            all.offer(rank);
            if is_elsewhere {
                elsewhere.offer(rank);
            }
        }
        let mut ranks: Vec<Rank> = [all, elsewhere].into_iter().flat_map(Best::sorted).collect();
        ranks.sort_unstable();
        ranks.dedup();
        let mut candidates: Vec<Candidate> =
            ranks.iter().filter_map(|rank| self.candidate(ask, profile, *rank)).collect();
        candidates.sort_unstable_by_key(|it| it.rank);
        candidates
    }

    pub(super) fn add_up_evidence(&self, profile: &Profile, sums: &mut Sums) {
        sums.by_slot.resize(self.docs.len(), f32::NAN);
        for (skill, held) in &profile.held {
            for asking in self.openings.asking(*skill) {
                sums.add(asking.slot, worth::skill(asking, *held, 0.0, 0.0));
            }
        }
        for (skill, wanted) in &profile.wanted {
            for asking in self.openings.asking(*skill) {
                sums.add(asking.slot, worth::skill(asking, 0.0, *wanted, 0.0));
            }
        }
        for (skill, disliked) in &profile.disliked {
            for asking in self.openings.asking(*skill) {
                sums.add(asking.slot, worth::skill(asking, 0.0, 0.0, *disliked));
            }
        }
        for (work, like) in profile.leaning.all() {
            for posting in self.openings.working(work) {
                sums.add(posting.slot, posting.impact * worth::work(like.0, like.1));
            }
        }
        for (stem, share) in &profile.words {
            for posting in self.postings_of(*stem) {
                sums.add(posting.slot, worth::word(share * posting.impact));
            }
        }
    }

    fn candidate(&self, ask: &Ask<'_>, profile: &Profile, rank: Rank) -> Option<Candidate> {
        let slot = self.slot(rank.id)?;
        let facts = &self.facts[slot as usize];
        let ignored = ask.feedback.unanswered.get(&rank.id).copied().unwrap_or_default();
        let terms = self.terms(profile, slot, ask.today, ignored);
        let band = band(profile, self.openings.asks(slot), &terms)?;
        let is_elsewhere = self.is_elsewhere(facts, ask.person.department.trim(), ask);
        Some(Candidate {
            slot,
            rank: Rank { score: terms.score(), ..rank },
            terms,
            band,
            team: facts.team,
            is_elsewhere,
        })
    }

    /// Whether a rule keeps an open post from this person.
    pub(super) fn is_filtered(&self, ask: &Ask<'_>, profile: &Profile, slot: Slot) -> bool {
        let facts = &self.facts[slot as usize];
        let quick = facts.until < ask.today
            || profile.hours_missing(facts)
            || facts.owner == Some(ask.person.id)
            || ask.exclude.contains(&facts.id)
            || ask.person.hidden.contains(&facts.id);
        quick || kept_away_by(ask, self.post_at(slot)).is_some()
    }

    /// `None` where no part of the score is large enough to be a reason. `is_new`: whether few people have seen it so far.
    pub(super) fn as_match(&self, ask: &Ask<'_>, profile: &Profile, it: &Candidate, is_new: bool) -> Option<Match> {
        let mut reasons = self.reasons(ask.person, profile, it.slot, &it.terms);
        if reasons.is_empty() {
            return None;
        }
        if it.is_elsewhere {
            let owner = self.facts[it.slot as usize].owner.and_then(ask.department);
            reasons.extend(owner.map(|name| Reason::OtherDepartment(name.to_owned())));
        }
        if is_new {
            reasons.push(Reason::ShownToFew);
        }
        Some(Match { id: it.rank.id, score: it.rank.score.0, band: it.band, reasons })
    }

    /// Whether the work is led from outside the person's department; its team stands in for a department nobody knows.
    fn is_elsewhere(&self, facts: &Facts, home: &str, ask: &Ask<'_>) -> bool {
        let led_by = facts.owner.and_then(ask.department).unwrap_or(&self.team_names[facts.team as usize]).trim();
        let (there, here) = (led_by.chars().flat_map(char::to_lowercase), home.chars().flat_map(char::to_lowercase));
        !home.is_empty() && !led_by.is_empty() && !there.eq(here)
    }

    /// Orders by score less the price of what was shown more than its share. The price is a part of the best score, so that
    /// it decides among what is about as good and never brings up what does not fit. What is further off comes after
    /// everything that is a match.
    pub(super) fn by_exposure(&self, candidates: &mut [Candidate], showings: &Showings) {
        let best = candidates.iter().map(|it| it.terms.total()).fold(0.0, f32::max);
        candidates.sort_by_cached_key(|it| Rank {
            score: exact(it.terms.total() - best * showings.price(it.rank.id)),
            ..it.rank
        });
        candidates.sort_by_key(|it| it.band == Band::Far);
    }

    pub(super) fn spread(&self, mut left: Vec<Candidate>, limit: usize) -> Vec<Candidate> {
        let bar = BAR * left.iter().map(|it| it.terms.total()).fold(0.0, f32::max);
        let mut chosen: Vec<Candidate> = Vec::new();
        while chosen.len() < limit && !left.is_empty() {
            let block = &chosen[chosen.len() - chosen.len() % BLOCK..];
            let may_come = |it: &Candidate| {
                let of_team = block.iter().filter(|other| other.team == it.team).count();
                of_team < MOST_OF_ONE_TEAM || self.team_names[it.team as usize].is_empty()
            };
            // The last two places of a block are kept for what it lacks.
            let lacks_stretch = block.len() == BLOCK - 2 && block.iter().all(|other| other.band != Band::Stretch);
            let lacks_elsewhere = block.len() == BLOCK - 1 && !block.iter().any(|other| other.is_elsewhere);
            let wanted = |it: &Candidate| {
                it.terms.total() >= bar
                    && (!lacks_stretch || it.band == Band::Stretch)
                    && (!lacks_elsewhere || it.is_elsewhere)
            };
            let place =
                left.iter().position(|it| may_come(it) && wanted(it)).or_else(|| left.iter().position(may_come));
            let Some(place) = place else { break };
            chosen.push(left.remove(place));
        }
        chosen
    }
}

/// The rule that keeps this post from this person, the plainest first.
#[must_use]
pub fn hidden_by(ask: &Ask<'_>, post: &Opportunity) -> Option<Filter> {
    let person = ask.person;
    if !post.is_open() {
        return Some(Filter::Closed);
    }
    if post.seats == 0 {
        return Some(Filter::Full);
    }
    if last_day(post) < ask.today {
        return Some(Filter::Past(last_day(post)));
    }
    if post.owner == Some(person.id) {
        return Some(Filter::Own);
    }
    if person.hidden.contains(&post.id) {
        return Some(Filter::Hidden);
    }
    match (post.hours_per_week, person.preferences.hours_free) {
        (Some(needs), Some(free)) if needs > free => Some(Filter::TooManyHours { needs, free }),
        _ => kept_away_by(ask, post),
    }
}

/// The rules that only some have.
fn kept_away_by(ask: &Ask<'_>, post: &Opportunity) -> Option<Filter> {
    if let (Some(starts), Some(free)) = (post.starts_on, ask.limits.free_from)
        && starts < free
    {
        return Some(Filter::StartsTooEarly { starts, free });
    }
    if ask.limits.stays_put && !post.is_remote {
        let (there, here) = (skills::fold(&post.place), skills::fold(&ask.person.location));
        if !there.is_empty() && there != here {
            return Some(Filter::Elsewhere(post.place.trim().to_owned()));
        }
    }
    if let Some(days) = ask.feedback.unanswered.get(&post.id)
        && *days >= IGNORED
    {
        return Some(Filter::Ignored(*days));
    }
    (ask.rule)(post).map(Filter::NotEligible)
}
