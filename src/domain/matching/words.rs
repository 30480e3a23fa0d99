//! The words of the open posts: as they are written, and their stems.

use crate::domain::skills::{Spelling, signature, slips_allowed, stem, taxonomy};
use std::{cmp::Reverse, collections::BTreeMap};

pub type Number = u32;

/// Words and stems by number, in the order in which they were first seen. Nothing that is shown depends on that order.
#[derive(Debug, Default)]
pub struct Words {
    spellings: BTreeMap<Box<str>, Number>,
    stems: BTreeMap<Box<str>, Number>,
    /// By number of the spelling.
    all: Vec<Spelled>,
    /// The same, close together: all of them are looked through.
    signatures: Vec<u64>,
}

#[derive(Debug)]
struct Spelled {
    word: Box<str>,
    stem: Number,
    /// In so many open posts.
    posts: u32,
}

/// A word that is in use, and how it is stemmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Near<'a> {
    pub word: &'a str,
    /// `None` for a word of the taxonomy that no open post has.
    pub stem: Option<Number>,
}

/// More near words than these are noise.
const MOST_NEAR: usize = 16;

/// Words with more letters are no slips of anything.
const LONGEST: usize = 40;

impl Words {
    /// The number of the stem of this word, where any post has or had it.
    pub fn stem_of(&self, word: &str) -> Option<Number> {
        match self.spellings.get(word) {
            Some(number) => Some(self.all[*number as usize].stem),
            None => self.known_stem(&stem(word)),
        }
    }

    /// The number of this stem, where any post has or had it.
    pub fn known_stem(&self, stem: &str) -> Option<Number> {
        self.stems.get(stem).copied()
    }

    /// Whether an open post has this very word.
    pub fn has(&self, word: &str) -> bool {
        self.spellings.get(word).is_some_and(|number| self.all[*number as usize].posts > 0)
    }

    /// The number of this word, new or not. A word is stemmed once.
    pub fn number(&mut self, word: &str) -> Number {
        if let Some(known) = self.spellings.get(word) {
            return *known;
        }
        let next = Number::try_from(self.stems.len()).unwrap_or(Number::MAX);
        let stem = *self.stems.entry(stem(word).into()).or_insert(next);
        let number = Number::try_from(self.all.len()).unwrap_or(Number::MAX);
        self.all.push(Spelled { word: word.into(), stem, posts: 0 });
        self.signatures.push(signature(word));
        self.spellings.insert(word.into(), number);
        number
    }

    pub fn stem_by_number(&self, word: Number) -> Number {
        self.all[word as usize].stem
    }

    /// Counts one more open post with this word.
    pub fn add(&mut self, word: Number) {
        self.all[word as usize].posts += 1;
    }

    /// Takes back what [`Words::add`] counted.
    pub fn remove(&mut self, word: Number) {
        let posts = &mut self.all[word as usize].posts;
        *posts = posts.saturating_sub(1);
    }

    /// The words in use that begin so.
    pub fn beginning_with<'a>(&'a self, start: &'a str) -> Vec<Near<'a>> {
        if start.chars().count() < 2 {
            return Vec::new();
        }
        let from = (std::ops::Bound::Included(start), std::ops::Bound::Unbounded);
        let words = self.spellings.range::<str, _>(from).take_while(|(word, _)| word.starts_with(start));
        let words = words.filter_map(|(word, number)| self.in_use(word, *number)).take(MOST_NEAR);
        let mut words: Vec<_> = words.collect();
        words.sort_by_key(|near| near.word.len());
        words
    }

    fn in_use<'a>(&'a self, word: &'a str, number: Number) -> Option<Near<'a>> {
        let spelling = &self.all[number as usize];
        (spelling.posts > 0).then_some(Near { word, stem: Some(spelling.stem) })
    }

    /// The words that this one, which nobody knows, may be a slip of: those of open posts, and those of the taxonomy. Only
    /// the nearest; most used first.
    pub fn slips<'a>(&'a self, word: &str) -> Vec<Near<'a>> {
        if word.chars().count() > LONGEST {
            return Vec::new();
        }
        let spelling = Spelling::new(word);
        (1..=slips_allowed(word))
            .map(|slips| self.near(&spelling, slips))
            .find(|near| !near.is_empty())
            .unwrap_or_default()
    }

    /// Those with the fewest slips, where they are at most so many.
    fn near(&self, spelling: &Spelling, slips: usize) -> Vec<Near<'_>> {
        let here = spelling.near(slips, &self.signatures, |at| &self.all[at].word).filter_map(|(distance, at)| {
            let Spelled { word, stem, posts } = &self.all[at];
            (*posts > 0).then_some((distance, Reverse(*posts), &**word, Some(*stem)))
        });
        let known = |at: usize| taxonomy().words.get(at as u16);
        let elsewhere = spelling.near(slips, taxonomy().signatures(), known);
        let elsewhere = elsewhere.map(|(distance, at)| (distance, Reverse(0), known(at), None));
        let mut near: Vec<_> = here.chain(elsewhere).collect();
        near.sort_unstable();
        near.dedup_by(|a, b| a.2 == b.2);
        let nearest = near.first().map_or(0, |(distance, ..)| *distance);
        let near = near.into_iter().take_while(|(distance, ..)| *distance == nearest).take(MOST_NEAR);
        near.map(|(_, _, word, stem)| Near { word, stem }).collect()
    }
}
