//! Phrases of known words and what each may mean, compact and without hashing.

use super::{
    file::{Reader, Refused, Writer},
    stem,
};
use std::ops::Range;

/// All words of a taxonomy, folded, in order; a word is known by its place.
#[derive(Debug, Default)]
pub struct Words {
    text: String,
    ends: Vec<u32>,
}

impl Words {
    fn new<'a>(all: impl IntoIterator<Item = &'a str>) -> Self {
        let mut words = Self::default();
        for word in all {
            words.text.push_str(word);
            words.ends.push(words.text.len() as u32);
        }
        words.text.shrink_to_fit();
        words.ends.shrink_to_fit();
        words
    }

    pub fn read(reader: &mut Reader) -> Result<Self, Refused> {
        let words = Self::new(reader.texts()?.lines());
        let is_sorted = (1..words.len()).all(|at| words.get(at as u16 - 1) < words.get(at as u16));
        if is_sorted && words.len() <= usize::from(u16::MAX) { Ok(words) } else { Err(Refused::Damaged("words")) }
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    #[must_use]
    pub fn get(&self, word: u16) -> &str {
        let at = usize::from(word);
        let start = if at == 0 { 0 } else { self.ends[at - 1] };
        &self.text[start as usize..self.ends[at] as usize]
    }

    /// The places of the words with this first letter.
    #[must_use]
    pub fn beginning_with(&self, letter: Option<char>) -> Range<usize> {
        let first = |at: usize| self.get(at as u16).chars().next();
        let from = partition(0..self.len(), |at| first(at) < letter);
        from..partition(from..self.len(), |at| first(at) <= letter)
    }

    #[must_use]
    pub fn find(&self, word: &str) -> Option<u16> {
        let at = partition(0..self.len(), |at| self.get(at as u16) < word);
        (at < self.len() && self.get(at as u16) == word).then_some(at as u16)
    }
}

/// The roots of words, in order; a root is known by its place.
#[derive(Debug)]
pub struct Roots {
    roots: Words,
    /// The root of each word.
    pub of: Vec<u16>,
}

impl Roots {
    #[must_use]
    pub fn new(words: &Words) -> Self {
        let all: Vec<String> = (0..words.len()).map(|word| stem(words.get(word as u16))).collect();
        let mut sorted: Vec<&str> = all.iter().map(String::as_str).collect();
        sorted.sort_unstable();
        sorted.dedup();
        let roots = Words::new(sorted);
        let of = all.iter().map(|root| roots.find(root).unwrap_or_default()).collect();
        Self { roots, of }
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.roots.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.roots.is_empty()
    }

    #[must_use]
    pub fn get(&self, root: u16) -> &str {
        self.roots.get(root)
    }

    #[must_use]
    pub fn find(&self, root: &str) -> Option<u16> {
        self.roots.find(root)
    }
}

/// Phrases in order, each with its meanings.
#[derive(Debug)]
pub struct Phrases<M> {
    words: Vec<u16>,
    word_ends: Vec<u32>,
    meanings: Vec<M>,
    meaning_ends: Vec<u32>,
}

impl<M> Phrases<M> {
    /// Writes phrases that are in order and each there once. Their meanings follow phrase by phrase.
    pub fn write<'a>(
        writer: &mut Writer,
        phrases: impl ExactSizeIterator<Item = (&'a [u16], &'a [M])>,
        mut meaning: impl FnMut(&mut Writer, &M),
    ) where
        M: 'a,
    {
        writer.number(phrases.len());
        let mut before: &[u16] = &[];
        let mut all = Vec::new();
        for (words, meanings) in phrases {
            let shared = words.iter().zip(before).take_while(|(a, b)| a == b).count();
            writer.number(shared);
            writer.number(words.len() - shared);
            for word in &words[shared..] {
                writer.number(usize::from(*word));
            }
            all.push(meanings);
            before = words;
        }
        for meanings in all {
            writer.number(meanings.len());
            meanings.iter().for_each(|it| meaning(writer, it));
        }
    }

    pub fn read(
        reader: &mut Reader,
        words: usize,
        mut meaning: impl FnMut(&mut Reader, usize) -> Result<M, Refused>,
    ) -> Result<Self, Refused> {
        let mut read =
            Self { words: Vec::new(), word_ends: Vec::new(), meanings: Vec::new(), meaning_ends: Vec::new() };
        let count = reader.number()?;
        let mut phrase: Vec<u16> = Vec::new();
        for at in 0..count {
            let before = phrase.clone();
            phrase.truncate(reader.number()?);
            for _ in 0..reader.number()? {
                phrase.push(reader.below(words)?);
            }
            if at > 0 && phrase <= before {
                return Err(Refused::Damaged("phrases are not in order"));
            }
            read.words.extend_from_slice(&phrase);
            read.word_ends.push(read.words.len() as u32);
        }
        for phrase in 0..count {
            for _ in 0..reader.number()? {
                read.meanings.push(meaning(reader, phrase)?);
            }
            read.meaning_ends.push(read.meanings.len() as u32);
        }
        read.words.shrink_to_fit();
        read.meanings.shrink_to_fit();
        read.word_ends.shrink_to_fit();
        read.meaning_ends.shrink_to_fit();
        Ok(read)
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.word_ends.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.word_ends.is_empty()
    }

    #[must_use]
    pub fn words(&self, phrase: usize) -> &[u16] {
        &self.words[range(&self.word_ends, phrase)]
    }

    #[must_use]
    pub fn meanings(&self, phrase: usize) -> &[M] {
        &self.meanings[range(&self.meaning_ends, phrase)]
    }

    pub fn meanings_mut(&mut self, phrase: usize) -> &mut [M] {
        &mut self.meanings[range(&self.meaning_ends, phrase)]
    }

    #[must_use]
    pub fn find(&self, words: &[u16]) -> Option<usize> {
        let at = partition(0..self.len(), |at| self.words(at) < words);
        (at < self.len() && self.words(at) == words).then_some(at)
    }

    /// The phrases that these words begin with, the shortest first: how many words each has, and its place. An unknown
    /// word is in none.
    pub fn beginning(&self, words: &[Option<u16>]) -> impl Iterator<Item = (usize, usize)> {
        let mut alike = 0..self.len();
        let known = words.iter().map_while(|word| *word).enumerate();
        let alike = known.map_while(move |(at, word)| {
            let from = partition(alike.clone(), |phrase| self.words(phrase).get(at) < Some(&word));
            alike = from..partition(from..alike.end, |phrase| self.words(phrase).get(at) <= Some(&word));
            (!alike.is_empty()).then_some((at + 1, from))
        });
        alike.filter(|(length, phrase)| self.words(*phrase).len() == *length)
    }
}

/// The first place that is not before, where all that are before come first.
fn partition(places: Range<usize>, is_before: impl Fn(usize) -> bool) -> usize {
    let Range { start: mut from, end: mut to } = places;
    while from < to {
        let middle = (from + to) / 2;
        if is_before(middle) { from = middle + 1 } else { to = middle }
    }
    from
}

fn range(ends: &[u32], at: usize) -> Range<usize> {
    let start = if at == 0 { 0 } else { ends[at - 1] };
    start as usize..ends[at] as usize
}

#[cfg(test)]
mod tests {
    use crate::domain::skills::taxonomy;

    #[test]
    fn the_phrases_that_words_begin_with_are_those_found_one_by_one() {
        let labels = &taxonomy().labels;
        for (at, next) in (0..labels.len()).zip(1..labels.len()).step_by(7) {
            let words = [labels.words(at), labels.words(next)].concat();
            let one_by_one = (1..=words.len()).filter_map(|length| Some((length, labels.find(&words[..length])?)));
            let known: Vec<_> = words.iter().copied().map(Some).collect();
            assert_eq!(labels.beginning(&known).collect::<Vec<_>>(), one_by_one.collect::<Vec<_>>());
            let unknown: Vec<_> = std::iter::once(None).chain(known).collect();
            assert_eq!(labels.beginning(&unknown).count(), 0);
        }
    }

    #[test]
    fn words_are_found_by_their_first_letter() {
        let words = &taxonomy().words;
        for letter in [Some('a'), Some('q'), Some('z'), Some('ж'), None] {
            let begins = |at: &usize| words.get(*at as u16).chars().next() == letter;
            let one_by_one: Vec<_> = (0..words.len()).filter(begins).collect();
            assert_eq!(words.beginning_with(letter).collect::<Vec<_>>(), one_by_one, "{letter:?}");
        }
    }
}
