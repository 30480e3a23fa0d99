//! The words of the open posts: as they are written, and their stems.

use crate::domain::skills::{signature, slips_allowed, stem, taxonomy};
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
    word: Box<str>,
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
        self.all.push(Spelling { word: word.into(), stem, posts: 0, signature: signature(word) });
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
        let looked_for = Slip::new(word, allowed);
        let here = self.all.iter().filter(|spelling| spelling.posts > 0).filter_map(|spelling| {
            let distance = looked_for.distance(&spelling.word, spelling.signature)?;
            Some((distance, Reverse(spelling.posts), &*spelling.word, Some(spelling.stem)))
        });
        let known = &taxonomy().words;
        let shortest = word.len().saturating_sub(4 * allowed);
        let of_length = BY_LENGTH.iter().skip(shortest).take(word.len() + 4 * allowed + 1 - shortest).flatten();
        let elsewhere = of_length.filter_map(|(signature, at)| {
            let near = known.get(*at);
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

/// The taxonomy's words by their length in bytes, with their signatures.
static BY_LENGTH: LazyLock<Vec<Vec<(u64, u16)>>> = LazyLock::new(|| {
    let words = &taxonomy().words;
    let mut by_length: Vec<Vec<(u64, u16)>> = Vec::new();
    for at in 0..u16::try_from(words.len()).unwrap_or(u16::MAX) {
        let word = words.get(at);
        if by_length.len() <= word.len() {
            by_length.resize_with(word.len() + 1, Vec::new);
        }
        by_length[word.len()].push((signature(word), at));
    }
    by_length
});

/// A word that may be a slip of another.
struct Slip<'a> {
    word: &'a str,
    letters: Vec<char>,
    allowed: usize,
    signature: u64,
}

impl<'a> Slip<'a> {
    fn new(word: &'a str, allowed: usize) -> Slip<'a> {
        Slip { word, letters: word.chars().collect(), allowed, signature: signature(word) }
    }

    /// How many slips there are between the two, unless there are too many.
    fn distance(&self, near: &str, signature: u64) -> Option<usize> {
        // A slip changes at most three pairs of letters.
        let most_bits = u32::try_from(3 * self.allowed).unwrap_or(u32::MAX);
        let is_possible = (self.signature & !signature).count_ones() <= most_bits
            && (signature & !self.signature).count_ones() <= most_bits
            && near.len().abs_diff(self.word.len()) <= 4 * self.allowed;
        if !is_possible {
            return None;
        }
        let mut letters = ['\0'; LONGEST];
        let mut length = 0;
        for letter in near.chars() {
            *letters.get_mut(length)? = letter;
            length += 1;
        }
        slips_between(&self.letters, &letters[..length], self.allowed)
    }
}

/// Words with more letters are no slips of anything.
const LONGEST: usize = 40;

/// The letters that are wrong, missing, too many or swapped, where they are at most `allowed`: the distance of optimal
/// string alignment, looked at only where it can be that small.
fn slips_between(a: &[char], b: &[char], allowed: usize) -> Option<usize> {
    if a.len() > LONGEST || a.len().abs_diff(b.len()) > allowed {
        return None;
    }
    let mut rows = [[usize::MAX / 2; LONGEST + 1]; 3];
    for (at, cell) in rows[0].iter_mut().enumerate().take(b.len().min(allowed) + 1) {
        *cell = at;
    }
    for i in 1..=a.len() {
        let [before, last, row] = match i % 3 {
            0 => [1, 2, 0],
            1 => [2, 0, 1],
            _ => [0, 1, 2],
        };
        rows[row] = [usize::MAX / 2; LONGEST + 1];
        if i <= allowed {
            rows[row][0] = i;
        }
        let mut least = rows[row][0];
        for j in i.saturating_sub(allowed).max(1)..=(i + allowed).min(b.len()) {
            let is_other = usize::from(a[i - 1] != b[j - 1]);
            let mut cell = (rows[last][j - 1] + is_other).min(rows[last][j] + 1).min(rows[row][j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                cell = cell.min(rows[before][j - 2] + 1);
            }
            rows[row][j] = cell;
            least = least.min(cell);
        }
        if least > allowed {
            return None;
        }
    }
    Some(rows[a.len() % 3][b.len()]).filter(|slips| *slips <= allowed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn slips_are_counted_like_the_whole_table_does(a in "[abcä]{0,9}", b in "[abcä]{0,9}", allowed in 0..4_usize) {
            let letters = |text: &str| text.chars().collect::<Vec<_>>();
            let whole = strsim::osa_distance(&a, &b);
            prop_assert_eq!(slips_between(&letters(&a), &letters(&b), allowed), Some(whole).filter(|it| *it <= allowed));
        }
    }
}
