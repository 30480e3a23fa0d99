//! The company as it is now, in memory: everybody and everything open, so that reading needs no database.
//!
//! `store::live` keeps one of these up to date; commands and nudges read it. It holds facts only, no history.

use super::{
    feedback::Heard,
    id::{OpportunityId, PersonId},
    matching::{Ask, Index, Showings},
    opportunity::Opportunity,
    own_skills::{OwnSkill, OwnSkills},
    person::Person,
    skills::{Vocabulary, lexicon::Own},
    teaching::Teaching,
    word::Words,
};
use crate::message::address::Address;
use chrono::NaiveDate;
use std::collections::{BTreeSet, HashMap};

#[derive(Debug, Default)]
pub struct Company {
    /// Each on its own, so that the table has no room for hundreds of thousands who are not there.
    people: HashMap<PersonId, Box<Person>>,
    by_address: HashMap<Address, PersonId>,
    /// The accounts of each person, in the order of their addresses. Mostly one, for which a list takes the least.
    addresses: HashMap<PersonId, Vec<Address>>,
    by_email: HashMap<String, PersonId>,
    reports: HashMap<PersonId, BTreeSet<PersonId>>,
    /// Every post, open or closed, searchable.
    pub index: Index,
    /// What people's lists of skills are made of.
    words: Words,
    /// The skills that people and posts name.
    pub vocabulary: Vocabulary,
    /// The skills that only this company has.
    pub own_skills: OwnSkills,
    /// What can be learnt here, and from whom.
    pub teaching: Teaching,
    /// How much of people's attention each post had, as the ledger said when it was last read.
    pub attention: Showings,
}

impl Company {
    /// Puts in a person as they are now, in place of what was known of them.
    pub fn upsert_person(&mut self, mut person: Person) {
        let id = person.id;
        if let Some(old) = self.people.get(&id) {
            self.vocabulary.remove(old.skills());
            if let Some(email) = &old.email {
                self.by_email.remove(&email.to_lowercase());
            }
            if let Some(manager) = old.manager
                && let Some(reports) = self.reports.get_mut(&manager)
            {
                reports.remove(&id);
            }
        }
        self.vocabulary.add(person.skills());
        self.teaching.upsert_person(&person, &self.own_skills);
        if let Some(email) = &person.email {
            self.by_email.insert(email.to_lowercase(), id);
        }
        if let Some(manager) = person.manager {
            self.reports.entry(manager).or_default().insert(id);
        }
        [&mut person.have, &mut person.want].into_iter().for_each(|list| self.words.share(list));
        if let Some(old) = self.people.insert(id, Box::new(person)) {
            [old.have, old.want].into_iter().for_each(|list| self.words.release(list));
        }
    }

    pub fn upsert_address(&mut self, address: Address, person: PersonId) {
        if let Some(other) = self.by_address.insert(address.clone(), person)
            && let Some(addresses) = self.addresses.get_mut(&other)
        {
            addresses.retain(|other| *other != address);
        }
        let addresses = self.addresses.entry(person).or_default();
        if let Err(place) = addresses.binary_search(&address) {
            addresses.reserve_exact(1);
            addresses.insert(place, address);
        }
    }

    /// Nobody is found by the accounts that this person had: those they still have are put in anew.
    pub fn forget_addresses(&mut self, person: PersonId) {
        for address in self.addresses.remove(&person).into_iter().flatten() {
            self.by_address.remove(&address);
        }
    }

    pub fn upsert_opportunity(&mut self, opportunity: Opportunity) {
        if let Some(old) = self.index.get(opportunity.id) {
            self.vocabulary.remove(old.skills());
        }
        self.vocabulary.add(opportunity.skills());
        self.teaching.upsert_post(&opportunity, &self.own_skills);
        self.index.upsert(opportunity);
    }

    /// Puts in what the company decided about words; everything that is known is read anew by them.
    pub fn upsert_own_skills(&mut self, skills: Vec<OwnSkill>) {
        if skills.is_empty() {
            return;
        }
        skills.into_iter().for_each(|skill| self.own_skills.upsert(skill));
        let own = self.own_skills.all();
        let own = own.map(|own| Own { name: &own.name, aliases: &own.aliases, related: &own.related });
        self.index.lexicon.learn(own);
        let posts: Vec<Opportunity> = self.index.all().cloned().collect();
        posts.into_iter().for_each(|post| self.index.upsert(post));
        for person in self.people.values() {
            self.teaching.upsert_person(person, &self.own_skills);
        }
        for post in self.index.all() {
            self.teaching.upsert_post(post, &self.own_skills);
        }
    }

    #[must_use]
    pub fn person(&self, id: PersonId) -> Option<&Person> {
        self.people.get(&id).map(Box::as_ref)
    }

    #[must_use]
    pub fn person_at(&self, address: &Address) -> Option<&Person> {
        self.by_address.get(address).and_then(|id| self.person(*id))
    }

    /// Where the person is written to; `None` for somebody who was imported without an account.
    #[must_use]
    pub fn address_of(&self, person: PersonId) -> Option<&Address> {
        self.addresses.get(&person).and_then(|addresses| addresses.first())
    }

    #[must_use]
    pub fn person_by_email(&self, email: &str) -> Option<&Person> {
        self.by_email.get(&email.trim().to_lowercase()).and_then(|id| self.person(*id))
    }

    /// Everybody, in the order of their ids, so that two runs agree.
    #[must_use]
    pub fn people(&self) -> Vec<&Person> {
        let mut all: Vec<_> = self.people.values().map(Box::as_ref).collect();
        all.sort_by_key(|person| person.id);
        all
    }

    /// The active people who report to this manager, in the order of their ids.
    #[must_use]
    pub fn reports_of(&self, manager: PersonId) -> Vec<&Person> {
        self.reports
            .get(&manager)
            .into_iter()
            .flatten()
            .filter_map(|id| self.person(*id))
            .filter(|person| person.is_active)
            .collect()
    }

    /// Asks the index about a person, with what is known of them beside their profile; the owners' departments and the
    /// attention that posts had are known here.
    pub fn ask<R>(&self, person: &Person, today: NaiveDate, heard: &Heard, about: impl FnOnce(&Ask<'_>) -> R) -> R {
        let department = |owner| self.person(owner).map(|owner| owner.department.as_str());
        about(&Ask {
            exclude: &heard.posts,
            feedback: &heard.feedback,
            showings: &self.attention,
            department: &department,
            ..Ask::this_week(person, today)
        })
    }

    #[must_use]
    pub fn opportunity(&self, id: OpportunityId) -> Option<&Opportunity> {
        self.index.get(id)
    }
}
