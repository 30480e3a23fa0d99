//! Why a post is shown to a person, why not, and what would change it. All of it comes from the terms of the score.

use super::{
    index::{Index, Number, Slot},
    kin::kin,
    openings::Parts,
    person::{Ask, hidden_by},
    profile::{Profile, next_to, weight_in},
    reason::{Reason, Why},
    terms::{Terms, band},
};
use crate::domain::{
    id::OpportunityId,
    opportunity::Opportunity,
    person::Person,
    skills::{self, OccupationId, taxonomy},
};
use std::collections::BTreeSet;

/// So many competences that two occupations share are named.
const SHARED: usize = 2;

impl Index {
    /// What there is to say about a post and a person; `None` where there is no such post.
    #[must_use]
    pub fn why(&self, ask: &Ask<'_>, id: OpportunityId) -> Option<Why> {
        let (post, slot) = (self.get(id)?, self.slot(id)?);
        let profile = Profile::of(self, ask.person, ask.feedback, ask.today);
        let terms = self.terms(&profile, slot, ask.today, 0);
        let numbers = &self.docs[slot as usize].skills;
        let Parts { needs, teaches, .. } = Parts::of(post, numbers);
        let wanted = post
            .skills()
            .zip(numbers)
            .filter(|(_, skill)| profile.wants(**skill))
            .map(|(name, _)| name.trim().to_owned())
            .collect();
        Some(Why {
            band: band(&profile, self.openings.asks(slot), &terms),
            fits: pick(&post.needs, needs, |skill| profile.has(skill)),
            missing: pick(&post.needs, needs, |skill| !profile.has(skill)),
            teaches: pick(&post.teaches, teaches, |skill| !profile.has(skill)),
            wanted: distinct(wanted),
            hidden_by: hidden_by(ask, post),
            reasons: self.reasons(ask.person, &profile, slot, &terms),
        })
    }

    /// The facts that speak for a post, and what is missing, most important first. None is given for a part of the score
    /// that hardly counts.
    pub(super) fn reasons(&self, person: &Person, profile: &Profile, slot: Slot, terms: &Terms) -> Vec<Reason> {
        let id = self.facts[slot as usize].id;
        let Some(post) = self.get(id) else { return Vec::new() };
        let mut reasons = self.reasons_of_skills(post, profile, slot, terms);
        let work = self.reasons_of_work(person, profile, slot, terms);
        // What a title that nobody knows is taken for is a guess: said only where there is nothing better to say.
        if self.openings.asks(slot).is_named {
            reasons.extend(work);
        } else if reasons.is_empty() && !work.is_empty() {
            reasons.push(Reason::LooksRight);
        }
        if terms.tells(terms.practical) {
            reasons.extend(self.practical_reasons(post, profile, slot));
        }
        reasons
    }

    /// What a post found by a search has to do with a person, by skills, hours and place alone.
    pub(super) fn plain_reasons(&self, id: OpportunityId, profile: &Profile) -> Vec<Reason> {
        let (Some(post), Some(slot)) = (self.get(id), self.slot(id)) else { return Vec::new() };
        let terms = self.terms(profile, slot, chrono::NaiveDate::MIN, 0);
        let mut reasons = self.reasons_of_skills(post, profile, slot, &terms);
        reasons.extend(self.practical_reasons(post, profile, slot));
        reasons
    }

    fn reasons_of_skills(&self, post: &Opportunity, profile: &Profile, slot: Slot, terms: &Terms) -> Vec<Reason> {
        let Parts { needs, nice, teaches } = Parts::of(post, &self.docs[slot as usize].skills);
        let parts = &terms.skills;
        let mut reasons = Vec::new();
        let mut say = |is_telling: bool, names: Vec<String>, reason: &dyn Fn(Vec<String>) -> Reason| {
            if is_telling && !names.is_empty() {
                reasons.push(reason(names));
            }
        };
        let held = pick(&post.needs, needs, |skill| profile.has(skill));
        let is_missing = |skill| !held.is_empty() && !profile.has(skill) && !profile.wants(skill);
        let missing = pick(&post.needs, needs, is_missing);
        let learns = pick(&post.teaches, teaches, |skill| profile.wants(skill));
        let is_used = |skill| profile.wants(skill) && !teaches.contains(&skill);
        let mut uses = pick(&post.needs, needs, is_used);
        uses.extend(pick(&post.nice, nice, is_used));
        let has_tells = terms.tells(parts.needed);
        say(has_tells, held, &|skills| Reason::Has { skills, of: needs.len() });
        say(has_tells, missing, &Reason::Misses);
        say(terms.tells(parts.taught), learns, &Reason::Learns);
        say(terms.tells(parts.used), distinct(uses), &Reason::Uses);
        say(terms.tells(parts.helpful), pick(&post.nice, nice, |skill| profile.has(skill)), &Reason::Helps);
        let close = self.close(slot, profile, terms);
        if !close.is_empty() {
            reasons.push(Reason::Close(close));
        }
        reasons
    }

    /// What the post asks for and the person has something next to, with that.
    fn close(&self, slot: Slot, profile: &Profile, terms: &Terms) -> Vec<(String, String)> {
        let lacking = self.openings.asks(slot).skills.iter().filter(|it| it.fit > 0.0 && !profile.has(it.skill));
        let close = lacking.filter_map(|it| {
            let (had, _) = next_to(&self.lexicon, &profile.have, it.skill)?;
            let is_telling = terms.tells(Terms::fit(it.fit * weight_in(&profile.held, it.skill)));
            is_telling.then(|| Some((self.written(had)?, self.written(it.skill)?))).flatten()
        });
        close.collect()
    }

    fn reasons_of_work(&self, person: &Person, profile: &Profile, slot: Slot, terms: &Terms) -> Vec<Reason> {
        let Some((work, _)) = self.openings.asks(slot).work.first() else { return Vec::new() };
        let mut reasons = Vec::new();
        if terms.tells(terms.role) {
            reasons.extend(self.like_yours(profile, slot));
        }
        if terms.tells(terms.wish) {
            let wished = person.wished_role.trim();
            reasons.push(match wished.is_empty() {
                true => Reason::TowardsList(title_of(*work)),
                false => Reason::TowardsWish(wished.to_owned()),
            });
        }
        reasons
    }

    fn like_yours(&self, profile: &Profile, slot: Slot) -> Option<Reason> {
        let work = &self.openings.asks(slot).work;
        let part = |it: &(OccupationId, f32)| it.1 * profile.leaning.role(it.0);
        let (theirs, _) = work.iter().max_by(|a, b| part(a).total_cmp(&part(b)).then(b.0.cmp(&a.0)))?;
        let Some(yours) = profile.leaning.own_like(*theirs) else {
            return Some(Reason::OfYourSkills(title_of(*theirs)));
        };
        let is_other = yours != *theirs;
        Some(Reason::LikeYours {
            yours: title_of(yours),
            theirs: is_other.then(|| title_of(*theirs)),
            shared: if is_other { shared(yours, *theirs) } else { Vec::new() },
        })
    }

    fn practical_reasons(&self, post: &Opportunity, profile: &Profile, slot: Slot) -> Vec<Reason> {
        let mut reasons = Vec::new();
        if let (Some(hours), Some(free)) = (post.hours_per_week, profile.hours_free)
            && hours <= free
        {
            reasons.push(Reason::FitsHours(hours));
        }
        let place = self.facts[slot as usize].place;
        if !post.is_remote && place.is_some() && place == profile.place {
            reasons.push(Reason::SamePlace(post.place.trim().to_owned()));
        }
        reasons
    }
}

impl Index {
    /// How a skill is called: as the taxonomy or the company has it, or as the first open post writes it.
    pub(super) fn written(&self, skill: Number) -> Option<String> {
        if let Some(name) = self.lexicon.name(skill) {
            return Some(name.to_owned());
        }
        let slot = self.openings.asking(skill).first()?.slot;
        let (doc, post) = (&self.docs[slot as usize], self.get(self.facts[slot as usize].id)?);
        post.skills().zip(&doc.skills).find(|(_, number)| **number == skill).map(|(name, _)| name.trim().to_owned())
    }
}

/// What is most important in both occupations.
fn shared(a: OccupationId, b: OccupationId) -> Vec<String> {
    let (a, b) = (taxonomy().occupation(a), taxonomy().occupation(b));
    let importance = |skill| b.competences.iter().find(|(other, _)| *other == skill).map(|(_, importance)| *importance);
    let mut both: Vec<_> = a
        .competences
        .iter()
        .filter_map(|(skill, mine)| Some((mine.min(importance(*skill)?) * kin().rarity(skill.0.into()), *skill)))
        .collect();
    both.sort_by(|x, y| y.0.total_cmp(&x.0).then(x.1.cmp(&y.1)));
    both.into_iter().take(SHARED).map(|(_, skill)| taxonomy().skill(skill).name.to_lowercase()).collect()
}

pub(super) fn title_of(occupation: OccupationId) -> String {
    taxonomy().occupation(occupation).title.to_string()
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
