//! Work for one person: how a post fits, in facts.

use super::{
    index::{Doc, Facts, Index, Number, last_day},
    rank::{Best, Rank, exact},
    reason::{Band, Filter, Reason, Why},
};
use crate::domain::{
    id::{OpportunityId, PersonId},
    opportunity::Opportunity,
    person::Person,
    scatter, skills,
};
use chrono::NaiveDate;
use std::collections::BTreeSet;

/// One piece of work for a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    pub id: OpportunityId,
    /// In millionths; orders before the rules of spread do, and is shown to nobody.
    pub score: i64,
    pub band: Band,
    pub reasons: Vec<Reason>,
}

/// What of a person matching looks at, in the numbers of the index. Nothing else of a person is read.
pub(super) struct Profile {
    have: Vec<Number>,
    /// Wanted and not there yet.
    want: Vec<Number>,
    place: Option<Number>,
    hours_free: Option<u32>,
}

impl Profile {
    pub fn of(index: &Index, person: &Person) -> Profile {
        let have = index.lexicon.all(&person.have);
        let mut want = index.lexicon.all(&person.want);
        want.retain(|skill| have.binary_search(skill).is_err());
        Profile {
            have,
            want,
            place: index.places.get(&skills::fold(&person.location)),
            hours_free: person.preferences.hours_free,
        }
    }

    fn has(&self, skill: Number) -> bool {
        self.have.contains(&skill)
    }

    fn wants(&self, skill: Number) -> bool {
        self.want.contains(&skill)
    }
}

/// How the skills of a person and of a post meet, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Fit {
    pub needed: usize,
    /// Of the needed ones.
    pub held: usize,
    /// Of those that help.
    pub helpful: usize,
    /// Needed, helpful or taught, and on the list.
    pub wanted: usize,
}

impl Fit {
    /// How well they meet; `None` where nothing speaks for it.
    pub fn band(self) -> Option<Band> {
        if self.needed > 0 && self.held == self.needed {
            Some(Band::Strong)
        } else if (self.held > 0 && self.held * 2 >= self.needed) || (self.needed == 0 && self.helpful > 0) {
            Some(Band::Good)
        } else {
            (self.wanted > 0).then_some(Band::Stretch)
        }
    }

    /// Half for what is there, three tenths for what is wanted, two tenths for hours and place. Every part depends on
    /// the post and on what the two have in common only, so that less in common is never worth more.
    fn score(self, practical: f32) -> f32 {
        let small = |number: usize| f32::from(u8::try_from(number).unwrap_or(u8::MAX));
        let has = if self.needed > 0 { small(self.held) / small(self.needed) } else { 0.5 * most_of(self.helpful) };
        // Helpful skills decide between equals.
        0.5 * has + 0.3 * most_of(self.wanted) + 0.2 * practical + 0.01 * most_of(self.helpful)
    }
}

/// A half for one, and a half of what is left for each further one.
fn most_of(number: usize) -> f32 {
    1.0 - 0.5_f32.powi(i32::try_from(number).unwrap_or(i32::MAX))
}

/// So many results are looked at for spread; the rest could not come up.
const CONSIDERED: usize = 60;
/// The rules of spread hold in each so many results.
const BLOCK: usize = 5;
const MOST_OF_ONE_TEAM: usize = 2;

impl Index {
    /// Work for a person, best first: by what they have, what they want to learn, and what is practical.
    ///
    /// In every five at most two are of one team, one is of another department and one is a stretch, where there are
    /// such. What is equally good takes turns by the seed: give it the person and the week. `department` tells where
    /// the owner of a post works.
    #[must_use]
    pub fn matches<'a>(
        &self,
        person: &Person,
        today: NaiveDate,
        seed: u64,
        exclude: &BTreeSet<OpportunityId>,
        department: &dyn Fn(PersonId) -> Option<&'a str>,
        limit: usize,
    ) -> Vec<Match> {
        let profile = Profile::of(self, person);
        let home = person.department.trim();
        let mut is_seen = vec![false; self.docs.len()];
        let room = CONSIDERED.saturating_add(limit);
        let (mut all, mut stretching, mut elsewhere) = (Best::new(room), Best::new(room), Best::new(room));
        let named = profile.have.iter().chain(&profile.want).flat_map(|skill| self.naming(*skill));
        for slot in named {
            if std::mem::replace(&mut is_seen[*slot as usize], true) {
                continue;
            }
            let (facts, doc) = (&self.facts[*slot as usize], &self.docs[*slot as usize]);
            let fit = doc.fit(&profile);
            let Some(band) = fit.band() else { continue };
            let id = facts.id;
            let score = exact(fit.score(profile.practical(facts)));
            let rank = Rank { score, turn: scatter(seed, id.0.cast_unsigned()), id };
            let is_stretch = band == Band::Stretch && stretching.takes(rank);
            let is_elsewhere = elsewhere.takes(rank) && self.is_elsewhere(facts, home, department);
            if !(is_stretch || is_elsewhere || all.takes(rank)) {
                continue;
            }
            if facts.until < today || profile.hours_missing(facts) || facts.owner == Some(person.id) {
                continue;
            }
            if person.hidden.contains(&id) || exclude.contains(&id) {
                continue;
            }
            all.offer(rank);
            if is_stretch {
                stretching.offer(rank);
            }
            if is_elsewhere {
                elsewhere.offer(rank);
            }
        }
        let mut ranks: Vec<Rank> = [all, stretching, elsewhere].into_iter().flat_map(Best::sorted).collect();
        ranks.sort_unstable();
        ranks.dedup();
        let candidates = ranks.into_iter().filter_map(|rank| {
            let (facts, doc) = self.doc(rank.id)?;
            let is_elsewhere = self.is_elsewhere(facts, home, department);
            let band = doc.fit(&profile).band()?;
            Some(Candidate { id: rank.id, score: rank.score.0, team: facts.team, band, is_elsewhere })
        });
        let chosen = self.spread(candidates.collect(), limit);
        chosen
            .into_iter()
            .map(|Candidate { id, score, band, is_elsewhere, .. }| {
                let mut reasons = self.reasons(id, &profile);
                if is_elsewhere {
                    let owner = self.get(id).and_then(|post| post.owner).and_then(department);
                    reasons.extend(owner.map(|name| Reason::OtherDepartment(name.to_owned())));
                }
                Match { id, score, band, reasons }
            })
            .collect()
    }

    /// Whether the work is led from outside the person's department; its team stands in for a department nobody knows.
    fn is_elsewhere<'a>(&self, facts: &Facts, home: &str, department: &dyn Fn(PersonId) -> Option<&'a str>) -> bool {
        let led_by = facts.owner.and_then(department).unwrap_or(&self.team_names[facts.team as usize]).trim();
        let (there, here) = (led_by.chars().flat_map(char::to_lowercase), home.chars().flat_map(char::to_lowercase));
        !home.is_empty() && !led_by.is_empty() && !there.eq(here)
    }

    fn spread(&self, mut left: Vec<Candidate>, limit: usize) -> Vec<Candidate> {
        let mut chosen: Vec<Candidate> = Vec::new();
        while chosen.len() < limit && !left.is_empty() {
            let block = &chosen[chosen.len() - chosen.len() % BLOCK..];
            let may_come = |candidate: &Candidate| {
                let of_team = block.iter().filter(|other| other.team == candidate.team).count();
                of_team < MOST_OF_ONE_TEAM || self.team_names[candidate.team as usize].is_empty()
            };
            // The last two places of a block are kept for what it lacks.
            let lacks_stretch = block.len() == BLOCK - 2 && block.iter().all(|other| other.band != Band::Stretch);
            let lacks_elsewhere = block.len() == BLOCK - 1 && !block.iter().any(|other| other.is_elsewhere);
            let wanted = |candidate: &Candidate| {
                (!lacks_stretch || candidate.band == Band::Stretch) && (!lacks_elsewhere || candidate.is_elsewhere)
            };
            let place = left
                .iter()
                .position(|candidate| may_come(candidate) && wanted(candidate))
                .or_else(|| left.iter().position(may_come));
            let Some(place) = place else { break };
            chosen.push(left.remove(place));
        }
        chosen
    }

    /// What there is to say about a post and a person; `None` where there is no such post.
    #[must_use]
    pub fn why(&self, person: &Person, id: OpportunityId, today: NaiveDate) -> Option<Why> {
        let (post, (_, doc)) = (self.get(id)?, self.doc(id)?);
        let profile = Profile::of(self, person);
        let mut wanted = pick(&post.needs, &doc.needs, |skill| profile.wants(skill));
        wanted.extend(pick(&post.nice, &doc.nice, |skill| profile.wants(skill)));
        wanted.extend(pick(&post.teaches, &doc.teaches, |skill| profile.wants(skill)));
        Some(Why {
            band: doc.fit(&profile).band(),
            fits: pick(&post.needs, &doc.needs, |skill| profile.has(skill)),
            missing: pick(&post.needs, &doc.needs, |skill| !profile.has(skill)),
            teaches: pick(&post.teaches, &doc.teaches, |skill| !profile.has(skill)),
            wanted: distinct(wanted),
            hidden_by: hidden_by(person, post, today),
            reasons: self.reasons(id, &profile),
        })
    }

    /// The facts that speak for a post, and what is missing, most important first.
    pub(super) fn reasons(&self, id: OpportunityId, profile: &Profile) -> Vec<Reason> {
        let (Some(post), Some((facts, doc))) = (self.get(id), self.doc(id)) else { return Vec::new() };
        let mut reasons = Vec::new();
        let mut say = |names: Vec<String>, reason: &dyn Fn(Vec<String>) -> Reason| {
            if !names.is_empty() {
                reasons.push(reason(names));
            }
        };
        let held = pick(&post.needs, &doc.needs, |skill| profile.has(skill));
        let is_missing = |skill| !held.is_empty() && !profile.has(skill) && !profile.wants(skill);
        let missing = pick(&post.needs, &doc.needs, is_missing);
        let learns = pick(&post.teaches, &doc.teaches, |skill| profile.wants(skill));
        let is_used = |skill| profile.wants(skill) && !doc.teaches.contains(&skill);
        let mut uses = pick(&post.needs, &doc.needs, is_used);
        uses.extend(pick(&post.nice, &doc.nice, is_used));
        say(held, &|skills| Reason::Has { skills, of: doc.needs.len() });
        say(missing, &Reason::Misses);
        say(learns, &Reason::Learns);
        say(distinct(uses), &Reason::Uses);
        say(pick(&post.nice, &doc.nice, |skill| profile.has(skill)), &Reason::Helps);
        if let (Some(hours), Some(free)) = (post.hours_per_week, profile.hours_free)
            && hours <= free
        {
            reasons.push(Reason::FitsHours(hours));
        }
        if !post.is_remote && facts.place.is_some() && facts.place == profile.place {
            reasons.push(Reason::SamePlace(post.place.trim().to_owned()));
        }
        reasons
    }
}

struct Candidate {
    id: OpportunityId,
    score: i64,
    team: Number,
    band: Band,
    is_elsewhere: bool,
}

impl Doc {
    fn fit(&self, profile: &Profile) -> Fit {
        let count = |skills: &[Number], of: &[Number]| skills.iter().filter(|skill| of.contains(skill)).count();
        Fit {
            needed: self.needs.len(),
            held: count(&self.needs, &profile.have),
            helpful: count(&self.nice, &profile.have),
            wanted: [&self.needs, &self.nice, &self.teaches].iter().map(|skills| count(skills, &profile.want)).sum(),
        }
    }
}

impl Profile {
    /// 1 where hours and place are known to fit, a half of it where nobody said.
    fn practical(&self, post: &Facts) -> f32 {
        let hours = if post.hours.is_some() && self.hours_free.is_some() { 1.0 } else { 0.5 };
        let place = match (post.is_remote, post.place, self.place) {
            (true, ..) => 1.0,
            (false, Some(there), Some(here)) => f32::from(u8::from(there == here)),
            _ => 0.5,
        };
        (hours + place) / 2.0
    }

    /// Whether the post takes more hours than the person can spare.
    fn hours_missing(&self, post: &Facts) -> bool {
        post.hours.zip(self.hours_free).is_some_and(|(hours, free)| hours > free)
    }
}

/// The rule that keeps this post from this person, the plainest first.
#[must_use]
pub fn hidden_by(person: &Person, post: &Opportunity, today: NaiveDate) -> Option<Filter> {
    if !post.is_open() {
        return Some(Filter::Closed);
    }
    if post.seats == 0 {
        return Some(Filter::Full);
    }
    if last_day(post) < today {
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
        _ => None,
    }
}

/// The names whose numbers are meant.
fn pick(names: &[String], numbers: &[Number], is_meant: impl Fn(Number) -> bool) -> Vec<String> {
    let both = names.iter().zip(numbers);
    both.filter(|(_, number)| is_meant(**number)).map(|(name, _)| name.trim().to_owned()).collect()
}

fn distinct(names: Vec<String>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    names.into_iter().filter(|name| seen.insert(skills::canonical(name))).collect()
}

/// How many people a post would reach.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    pub people: usize,
    pub departments: usize,
}

/// The active people for whom this post, perhaps still a draft, would be a match.
#[must_use]
pub fn reach<'a>(post: &Opportunity, people: impl IntoIterator<Item = &'a Person>) -> Reach {
    let keys = |names: &[String]| -> Vec<String> { names.iter().map(|name| skills::canonical(name)).collect() };
    let (needs, nice, teaches) = (keys(&post.needs), keys(&post.nice), keys(&post.teaches));
    let (mut count, mut departments) = (0, BTreeSet::new());
    for person in people {
        let too_long = post.hours_per_week.zip(person.preferences.hours_free).is_some_and(|(hours, free)| hours > free);
        if !person.is_active || post.owner == Some(person.id) || too_long {
            continue;
        }
        let have = keys(&person.have);
        let want: Vec<_> = keys(&person.want).into_iter().filter(|skill| !have.contains(skill)).collect();
        let common = |skills: &[String], of: &[String]| skills.iter().filter(|skill| of.contains(skill)).count();
        let fit = Fit {
            needed: needs.len(),
            held: common(&needs, &have),
            helpful: common(&nice, &have),
            wanted: [&needs, &nice, &teaches].iter().map(|skills| common(skills, &want)).sum(),
        };
        if fit.band().is_some() {
            count += 1;
            departments.insert(person.department.trim().to_lowercase());
        }
    }
    departments.remove("");
    Reach { people: count, departments: departments.len() }
}

#[cfg(test)]
pub(super) fn strength(index: &Index, person: &Person, id: OpportunityId) -> f32 {
    let profile = Profile::of(index, person);
    index.doc(id).map_or(0.0, |(facts, doc)| doc.fit(&profile).score(profile.practical(facts)))
}
