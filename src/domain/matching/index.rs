//! The index: every post, and where each word and skill stands in the open ones.
//!
//! What a word is worth in a post is reckoned when the post is put in, with fixed lengths for a usual post, so that no
//! later post changes it: putting in one post more or building anew gives the same index.

use super::{
    openings::{Asks, Openings, Parts},
    search::{HoursRange, Sort},
    text::{self, Weighed},
    words::Words,
};
use crate::domain::{
    id::{OpportunityId, PersonId},
    opportunity::{Kind, Opportunity},
    skills::{self, Lexicon},
};
use chrono::NaiveDate;
use std::collections::BTreeMap;

/// Every post, open or closed, searchable.
#[derive(Debug, Default)]
pub struct Index {
    slots: BTreeMap<OpportunityId, Slot>,
    /// By slot.
    posts: Vec<Opportunity>,
    /// By slot, like `docs`; apart from them because a search reads these of every result, close together.
    pub(super) facts: Vec<Facts>,
    /// By slot: the few facts that a search needs of every result, as close together as they can be.
    pub(super) counted: Vec<Counted>,
    pub(super) docs: Vec<Doc>,
    pub(super) words: Words,
    /// By number of the stem: where it stands.
    pub(super) postings: Vec<Vec<Posting>>,
    /// The skills that people and posts name.
    pub lexicon: Lexicon,
    /// What the posts ask for, and what kind of work they are.
    pub(super) openings: Openings,
    pub(super) teams: Numbers,
    /// By number of the team: how it is written; of several spellings the first of the alphabet.
    pub(super) team_names: Vec<String>,
    pub(super) places: Numbers,
    /// Open posts, in the order of their slots.
    pub(super) open: Vec<Slot>,
}

/// The place of a post in the index; stays as long as the program runs.
pub(super) type Slot = u32;
pub(super) type Number = u32;

#[derive(Clone, Copy, Debug)]
pub(super) struct Posting {
    pub slot: Slot,
    /// Between 0 and 1; for a word its rarity comes on top.
    pub impact: f32,
}

/// What filters, facets and ties need to know of a post.
#[derive(Clone, Copy, Debug)]
pub(super) struct Facts {
    pub id: OpportunityId,
    pub created: i64,
    /// The last day on which it is of use to say "I'm interested".
    pub until: NaiveDate,
    pub starts_on: Option<NaiveDate>,
    pub hours: Option<u32>,
    pub team: Number,
    /// Where it is; `None` where nobody said.
    pub place: Option<Number>,
    pub owner: Option<PersonId>,
    pub kind: Kind,
    pub is_remote: bool,
}

/// What facets count, and until when a post can be a result.
#[derive(Clone, Copy, Debug)]
pub(super) struct Counted {
    pub until: NaiveDate,
    pub team: Number,
    pub sort: Sort,
}

impl Counted {
    fn of(facts: &Facts) -> Counted {
        let sort = Sort::of(facts.kind, facts.hours.map(HoursRange::of), facts.is_remote);
        Counted { until: facts.until, team: facts.team, sort }
    }
}

impl Facts {
    /// Smaller for a newer post.
    pub fn newest_first(&self) -> u64 {
        !(self.created ^ i64::MIN).cast_unsigned()
    }
}

#[derive(Debug)]
pub(super) struct Doc {
    /// The numbers of [`Opportunity::skills`], in its order.
    pub skills: Box<[Number]>,
    /// The stems of its sentences, each sentence closed by [`text::END`].
    pub sentences: Box<[Number]>,
}

/// Texts by number, in the order in which they were first seen. Nothing that is shown depends on that order.
#[derive(Debug, Default)]
pub(super) struct Numbers(BTreeMap<String, Number>);

impl Numbers {
    pub fn get(&self, text: &str) -> Option<Number> {
        self.0.get(text).copied()
    }

    /// The number of this text, and whether it is new.
    fn number(&mut self, text: &str) -> (Number, bool) {
        if let Some(known) = self.0.get(text) {
            return (*known, false);
        }
        let next = Number::try_from(self.0.len()).unwrap_or(Number::MAX);
        self.0.insert(text.to_owned(), next);
        (next, true)
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, Number)> {
        self.0.iter().map(|(text, number)| (text.as_str(), *number))
    }
}

impl Index {
    /// Puts in a post as it is now, in place of what was known of it.
    pub fn upsert(&mut self, post: Opportunity) {
        let slot = match self.slot(post.id) {
            Some(slot) => {
                self.take_out(slot);
                slot
            }
            None => Slot::try_from(self.docs.len()).unwrap_or(Slot::MAX),
        };
        let (facts, doc) = self.read(&post, slot);
        if self.slots.insert(post.id, slot).is_some() {
            let slot = slot as usize;
            (self.counted[slot], self.facts[slot]) = (Counted::of(&facts), facts);
            (self.docs[slot], self.posts[slot]) = (doc, post);
        } else {
            push(&mut self.counted, Counted::of(&facts));
            push(&mut self.facts, facts);
            push(&mut self.docs, doc);
            push(&mut self.posts, post);
        }
    }

    #[must_use]
    pub fn get(&self, id: OpportunityId) -> Option<&Opportunity> {
        Some(&self.posts[self.slot(id)? as usize])
    }

    pub(super) fn post_at(&self, slot: Slot) -> &Opportunity {
        &self.posts[slot as usize]
    }

    /// Every post in the order of their ids.
    pub fn all(&self) -> impl Iterator<Item = &Opportunity> {
        self.slots.values().map(|slot| &self.posts[*slot as usize])
    }

    pub(super) fn slot(&self, id: OpportunityId) -> Option<Slot> {
        self.slots.get(&id).copied()
    }

    /// Must come before the post is replaced: what it put in is read from it anew, which costs less than to remember it.
    fn take_out(&mut self, slot: Slot) {
        self.openings.take_out(slot);
        let Ok(place) = self.open.binary_search(&slot) else { return };
        self.open.remove(place);
        for word in text::weigh(&self.posts[slot as usize], &mut self.words).words {
            self.words.remove(word);
            // Two words of one stem have one posting.
            let postings = &mut self.postings[self.words.stem_by_number(word) as usize];
            if let Ok(place) = postings.binary_search_by_key(&slot, |posting| posting.slot) {
                postings.remove(place);
            }
        }
    }

    fn read(&mut self, post: &Opportunity, slot: Slot) -> (Facts, Doc) {
        let skills = post.skills().map(|name| self.lexicon.number(name)).collect();
        let (team, _) = self.teams.number(&skills::fold(&post.team));
        let written = post.team.trim();
        match self.team_names.get_mut(team as usize) {
            None => self.team_names.push(written.to_owned()),
            Some(known) if written < known.as_str() => *known = written.to_owned(),
            Some(_) => {}
        }
        let place = Some(skills::fold(&post.place)).filter(|place| !place.is_empty());
        let place = place.map(|place| self.places.number(&place).0);
        let facts = Facts {
            id: post.id,
            created: post.created_at.timestamp_millis(),
            until: last_day(post),
            starts_on: post.starts_on,
            hours: post.hours_per_week,
            team,
            place,
            owner: post.owner,
            kind: post.kind,
            is_remote: post.is_remote,
        };
        let weighed = text::weigh(post, &mut self.words);
        let sentences = weighed.sentences.as_slice().into();
        let doc = Doc { skills, sentences };
        let is_open = post.is_open() && post.seats > 0;
        let asks = Asks::of(Parts::of(post, &doc.skills), &post.title);
        self.openings.put_in(slot, asks, is_open);
        if is_open {
            self.put_in(weighed, slot);
        }
        (facts, doc)
    }

    fn put_in(&mut self, weighed: Weighed, slot: Slot) {
        weighed.words.iter().for_each(|word| self.words.add(*word));
        for (stem, impact) in weighed.impacts {
            insert_posting(at(&mut self.postings, stem), Posting { slot, impact });
        }
        if let Err(place) = self.open.binary_search(&slot) {
            self.open.insert(place, slot);
        }
    }
}

/// The last day on which somebody can still come in: the promised answer, or else the start.
pub(super) fn last_day(post: &Opportunity) -> NaiveDate {
    post.reply_by.or(post.starts_on).unwrap_or(NaiveDate::MAX)
}

/// Of what is kept of every post there is much: its lists grow by an eighth, where `Vec` would double them.
pub(super) fn push<T>(list: &mut Vec<T>, item: T) {
    if list.len() == list.capacity() {
        list.reserve_exact(list.len() / 8 + 64);
    }
    list.push(item);
}

/// The list of this number; lists are made as numbers come.
pub(super) fn at<T: Default>(lists: &mut Vec<T>, number: Number) -> &mut T {
    let number = number as usize;
    if lists.len() <= number {
        lists.resize_with(number + 1, T::default);
    }
    &mut lists[number]
}

pub(super) fn insert_posting(postings: &mut Vec<Posting>, posting: Posting) {
    let place = postings.partition_point(|other| other.slot < posting.slot);
    postings.insert(place, posting);
}
