//! Which known phrases are near a text: by the roots of its words and by runs of letters.

use super::{
    phrases::{Phrases, Words},
    stem,
};
use std::collections::{BTreeMap, HashMap};

/// A longer text is looked at up to here.
const MOST_WORDS: usize = 24;

/// Postings over phrases.
#[derive(Debug)]
pub struct Nearest {
    stems: Postings<String>,
    grams: Postings<[char; 3]>,
}

/// For each key the phrases that have it.
#[derive(Debug)]
struct Postings<K> {
    keys: HashMap<K, (u32, u32)>,
    phrases: Vec<u16>,
    /// One over the length of each phrase's vector.
    scale: Vec<f32>,
}

impl<K: Ord + std::hash::Hash + Eq> Postings<K> {
    fn new(count: usize, keys: impl Iterator<Item = (usize, K)>) -> Self {
        let mut lists: BTreeMap<K, Vec<u16>> = BTreeMap::new();
        for (phrase, key) in keys {
            let list = lists.entry(key).or_default();
            if list.last() != Some(&(phrase as u16)) {
                list.push(phrase as u16);
            }
        }
        let mut made = Self { keys: HashMap::new(), phrases: Vec::new(), scale: vec![0.0; count] };
        for (key, list) in lists {
            let weight = rarity(count, list.len());
            let start = made.phrases.len() as u32;
            for phrase in &list {
                made.scale[usize::from(*phrase)] += weight * weight;
            }
            made.phrases.extend(list);
            made.keys.insert(key, (start, made.phrases.len() as u32));
        }
        made.scale.iter_mut().for_each(|sum| *sum = 1.0 / sum.sqrt().max(1e-6));
        made
    }

    /// Adds the cosine with each phrase, times `weight`.
    fn score(&self, keys: impl IntoIterator<Item = K>, weight: f32, scores: &mut [f32]) {
        let unknown = rarity(self.scale.len(), 0);
        let mut found = Vec::new();
        let mut length = 0.0;
        for key in keys {
            let list = self.keys.get(&key).map_or(&[][..], |(from, to)| &self.phrases[*from as usize..*to as usize]);
            let rarity = if list.is_empty() { unknown } else { rarity(self.scale.len(), list.len()) };
            length += rarity * rarity;
            found.push((rarity * rarity, list));
        }
        let factor = weight / length.sqrt().max(1e-6);
        for (rarity, list) in found {
            for phrase in list {
                scores[usize::from(*phrase)] += rarity * factor * self.scale[usize::from(*phrase)];
            }
        }
    }
}

fn rarity(all: usize, having: usize) -> f32 {
    ((all as f32 + 1.0) / (having as f32 + 1.0)).ln()
}

/// Runs of three letters, with the ends of words.
fn grams(words: &[&str]) -> Vec<[char; 3]> {
    let mut letters = vec![' '];
    for word in words {
        letters.extend(word.chars());
        letters.push(' ');
    }
    let mut grams: Vec<[char; 3]> = letters.array_windows().copied().collect();
    grams.sort_unstable();
    grams.dedup();
    grams
}

impl Nearest {
    #[must_use]
    pub fn new<M>(words: &Words, phrases: &Phrases<M>) -> Self {
        let roots: Vec<String> = (0..words.len()).map(|word| stem(words.get(word as u16))).collect();
        let count = phrases.len();
        let stems = (0..count)
            .flat_map(|phrase| phrases.words(phrase).iter().map(move |word| (phrase, *word)))
            .map(|(phrase, word)| (phrase, roots[usize::from(word)].clone()));
        let stems = Postings::new(count, stems);
        let runs = (0..count).flat_map(|phrase| {
            let words: Vec<&str> = phrases.words(phrase).iter().map(|word| words.get(*word)).collect();
            grams(&words).into_iter().map(move |gram| (phrase, gram))
        });
        Self { stems, grams: Postings::new(count, runs) }
    }

    /// The phrases nearest to a folded text, best first; 1 is the same.
    pub fn find<M>(&self, _: &Words, phrases: &Phrases<M>, folded: &str, top: usize) -> Vec<(usize, f32)> {
        let words: Vec<&str> = folded.split(' ').filter(|word| !word.is_empty()).take(MOST_WORDS).collect();
        let mut scores = vec![0.0; phrases.len()];
        let mut roots: Vec<String> = words.iter().map(|word| stem(word)).collect();
        roots.sort_unstable();
        roots.dedup();
        self.stems.score(roots, 0.5, &mut scores);
        self.grams.score(grams(&words), 0.5, &mut scores);
        let mut found: Vec<(usize, f32)> = scores.into_iter().enumerate().filter(|(_, score)| *score > 0.1).collect();
        let best_first = |a: &(usize, f32), b: &(usize, f32)| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0));
        if found.len() > top && top > 0 {
            found.select_nth_unstable_by(top - 1, best_first);
        }
        found.truncate(top);
        found.sort_unstable_by(best_first);
        found
    }
}
