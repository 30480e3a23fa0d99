//! The words of the open posts: as they are written, and their stems.

use crate::domain::skills::{slips_allowed, stem, taxonomy};
use std::{cmp::Reverse, collections::BTreeMap, sync::LazyLock};

pub type Number = u32;

/// Words and stems by number, in the order in which they were first seen. Nothing that is shown depends on that order.
#[derive(Debug, Default)]
pub struct Words {
    spellings: BTreeMap<Box<str>, Number>,
    stems: BTreeMap<Box<str>, Number>,
    /// By number of the spelling.
    all: Vec<Spelling>,
}

#[derive(Debug)]
struct Spelling {
    stem: Number,
    /// In so many open posts.
    posts: u32,
    signature: u64,
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

impl Words {
    /// The number of the stem of this word, where any post has or had it.
    pub fn stem_of(&self, word: &str) -> Option<Number> {
        match self.spellings.get(word) {
            Some(number) => Some(self.all[*number as usize].stem),
            None => self.stems.get(&*stem(word)).copied(),
        }
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
        self.all.push(Spelling { stem, posts: 0, signature: signature(word) });
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
        let allowed = slips_allowed(word);
        if allowed == 0 {
            return Vec::new();
        }
        let looked_for = Slip { word, allowed, signature: signature(word) };
        let here = self.spellings.iter().filter_map(|(near, number)| {
            let spelling = &self.all[*number as usize];
            let distance = looked_for.distance(near, spelling.signature).filter(|_| spelling.posts > 0)?;
            Some((distance, Reverse(spelling.posts), &**near, Some(spelling.stem)))
        });
        let known = &taxonomy().words;
        let elsewhere = SIGNATURES.iter().zip(0..).filter_map(|(signature, at)| {
            let near = known.get(at);
            Some((looked_for.distance(near, *signature)?, Reverse(0), near, None))
        });
        let mut near: Vec<_> = here.chain(elsewhere).collect();
        near.sort_unstable();
        near.dedup_by(|a, b| a.2 == b.2);
        let nearest = near.first().map_or(0, |(distance, ..)| *distance);
        let near = near.into_iter().take_while(|(distance, ..)| *distance == nearest).take(MOST_NEAR);
        near.map(|(_, _, word, stem)| Near { word, stem }).collect()
    }
}

/// Signatures of the taxonomy's words, in their order.
static SIGNATURES: LazyLock<Vec<u64>> = LazyLock::new(|| {
    let words = &taxonomy().words;
    (0..u16::try_from(words.len()).unwrap_or(u16::MAX)).map(|at| signature(words.get(at))).collect()
});

struct Slip<'a> {
    word: &'a str,
    allowed: usize,
    signature: u64,
}

impl Slip<'_> {
    /// How many slips there are between the two, unless there are too many.
    fn distance(&self, near: &str, signature: u64) -> Option<usize> {
        // A slip changes at most three pairs of letters.
        let most_bits = u32::try_from(3 * self.allowed).unwrap_or(u32::MAX);
        let is_possible = (self.signature & !signature).count_ones() <= most_bits
            && (signature & !self.signature).count_ones() <= most_bits
            && near.len().abs_diff(self.word.len()) <= 4 * self.allowed;
        is_possible.then(|| strsim::osa_distance(near, self.word)).filter(|distance| *distance <= self.allowed)
    }
}

/// One bit per pair of neighbouring letters: two words that differ in few letters differ in few bits.
fn signature(word: &str) -> u64 {
    let mut before = 1_u32;
    let mut bits = 0;
    for letter in word.chars().chain(['\u{2}']) {
        let pair = u64::from(before) << 21 | u64::from(u32::from(letter));
        bits |= 1 << (pair.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 58);
        before = letter.into();
    }
    bits
}
