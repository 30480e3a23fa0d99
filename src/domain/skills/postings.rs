//! Which lists have which keys, and how near a query is to each list: the cosine over rare and common keys.

/// A list is a label, a title or all words of an occupation; a key is the root of a word or a run of letters.
#[derive(Debug)]
pub struct Postings {
    /// Where each key's lists begin.
    starts: Vec<u32>,
    lists: Vec<u16>,
    /// What each key weighs in its lists; empty where that is 1 everywhere.
    weights: Vec<f32>,
    /// By key: how much it tells.
    rarity: Vec<f32>,
    /// By list: one over the length of its vector.
    scale: Vec<f32>,
}

/// A word of a query: the keys that stand for it and how surely, the surest first. Without keys nobody knows it.
pub type Piece = Vec<(u16, f32)>;

impl Postings {
    /// From pairs of a list and a key below `keys`, list by list, each pair once.
    #[must_use]
    pub fn new(lists: usize, keys: usize, pairs: &[(u16, u16)]) -> Self {
        Self::of(lists, keys, usize::MAX, || pairs.iter().map(|(list, key)| (*list, *key, 1.0)))
    }

    /// The same with a weight for each pair.
    #[must_use]
    pub fn weighed(lists: usize, keys: usize, pairs: &[(u16, u16, f32)]) -> Self {
        let weights = pairs.iter().map(|(_, key, weight)| (*key, *weight));
        let mut postings = Self::of(lists, keys, usize::MAX, || pairs.iter().copied());
        let mut next = postings.starts.clone();
        postings.weights = vec![0.0; pairs.len()];
        for (key, weight) in weights {
            postings.weights[next[usize::from(key)] as usize] = weight;
            next[usize::from(key)] += 1;
        }
        postings
    }

    /// From what keys each list has, without those that one list in so many has: they cost most and tell least. A list is
    /// asked twice, which costs less than to remember so many pairs.
    #[must_use]
    pub fn of_rare(lists: usize, keys: usize, keys_of: impl Fn(usize) -> Vec<u16>) -> Self {
        let keys_of = &keys_of;
        Self::of(lists, keys, lists / COMMON, || {
            (0..lists).flat_map(move |list| keys_of(list).into_iter().map(move |key| (list as u16, key, 1.0)))
        })
    }

    /// Keys that more than `most` lists have are left out.
    fn of<I: Iterator<Item = (u16, u16, f32)>>(lists: usize, keys: usize, most: usize, pairs: impl Fn() -> I) -> Self {
        let mut starts = vec![0_u32; keys + 1];
        for (_, key, _) in pairs() {
            starts[usize::from(key) + 1] += 1;
        }
        let mut told = vec![0.0; keys];
        for key in 0..keys {
            if starts[key + 1] as usize <= most {
                told[key] = rarity(lists, starts[key + 1]);
                starts[key + 1] += starts[key];
            } else {
                starts[key + 1] = starts[key];
            }
        }
        let mut next = starts.clone();
        let mut sorted = vec![0; starts[keys] as usize];
        let mut scale = vec![0.0_f32; lists];
        for (list, key, weight) in pairs() {
            let key = usize::from(key);
            if starts[key] < starts[key + 1] {
                sorted[next[key] as usize] = list;
                next[key] += 1;
                scale[usize::from(list)] += (told[key] * weight) * (told[key] * weight);
            }
        }
        scale.iter_mut().for_each(|sum| *sum = 1.0 / sum.sqrt().max(1e-6));
        Self { starts, lists: sorted, weights: Vec::new(), rarity: told, scale }
    }

    /// How much a key tells: nothing where every list has it.
    #[must_use]
    pub fn rarity(&self, key: u16) -> f32 {
        self.rarity[usize::from(key)]
    }

    /// How much a word tells that no list has.
    #[must_use]
    pub fn unknown(&self) -> f32 {
        rarity(self.scale.len(), 0)
    }

    #[must_use]
    pub fn lists(&self, key: u16) -> &[u16] {
        let key = usize::from(key);
        &self.lists[self.starts[key] as usize..self.starts[key + 1] as usize]
    }

    /// The lists that have a key, and what it weighs in each.
    pub fn weighed_lists(&self, key: u16) -> impl Iterator<Item = (u16, f32)> {
        let start = self.starts[usize::from(key)] as usize;
        let weight = move |at: usize| self.weights.get(start + at).copied().unwrap_or(1.0);
        self.lists(key).iter().enumerate().map(move |(at, list)| (*list, weight(at)))
    }

    /// How near each list is to these keys: 1 has the same, 0 has none of them.
    #[must_use]
    pub fn cosines_of_keys(&self, keys: &[u16]) -> Vec<f32> {
        let mut scores = vec![0.0; self.scale.len()];
        let mut length = 0.0;
        for key in keys {
            let gain = self.rarity(*key) * self.rarity(*key);
            length += gain;
            self.lists(*key).iter().for_each(|list| scores[usize::from(*list)] += gain);
        }
        self.scaled(scores, length)
    }

    fn scaled(&self, mut scores: Vec<f32>, length: f32) -> Vec<f32> {
        let factor = 1.0 / length.sqrt().max(1e-6);
        scores.iter_mut().zip(&self.scale).for_each(|(score, scale)| *score *= factor * scale);
        scores
    }

    /// How near each list is to the pieces of a query: 1 has the same keys, 0 has none of them. What only may stand for
    /// a word never tells more than the word itself.
    #[must_use]
    pub fn cosines(&self, pieces: &[Piece]) -> Vec<f32> {
        let mut scores = vec![0.0; self.scale.len()];
        let mut counted = vec![0_u16; self.scale.len()];
        let mut length = 0.0;
        for (number, piece) in (1_u16..).zip(pieces) {
            let own = match piece.first() {
                Some((key, sureness)) if *sureness >= 1.0 => self.rarity(*key),
                _ => self.unknown(),
            };
            length += own * own;
            for (key, sureness) in piece {
                let gain = own.min(self.rarity(*key)) * self.rarity(*key) * sureness;
                for (list, weight) in self.weighed_lists(*key) {
                    let list = usize::from(list);
                    if counted[list] != number {
                        counted[list] = number;
                        scores[list] += gain * weight;
                    }
                }
            }
        }
        self.scaled(scores, length)
    }
}

/// See [`Postings::of_rare`].
const COMMON: usize = 24;

fn rarity(all: usize, having: u32) -> f32 {
    ((all as f32 + 1.0) / (having as f32 + 1.0)).ln()
}

/// Runs of letters fall into this many kinds.
pub const RUNS: usize = 1 << 16;

/// The kinds of the runs of three and of four letters, with the ends of words, each once.
#[must_use]
pub fn runs(words: &[&str]) -> Vec<u16> {
    let mut letters = vec![u32::from(' ')];
    for word in words {
        letters.extend(word.chars().map(u32::from));
        letters.push(u32::from(' '));
    }
    let mut runs = Vec::with_capacity(letters.len() * 2);
    for size in [3_u32, 4] {
        for run in letters.windows(size as usize) {
            let mixed = run.iter().fold(size, |sum, letter| (sum ^ letter).wrapping_mul(0x9E37_79B1).rotate_left(9));
            runs.push((mixed.wrapping_mul(0x85EB_CA6B) >> 16) as u16);
        }
    }
    runs.sort_unstable();
    runs.dedup();
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_keys_are_nearest_and_a_rare_one_tells_more_than_a_common_one() {
        let postings = Postings::new(3, 4, &[(0, 0), (0, 1), (1, 0), (1, 2), (2, 0), (2, 3)]);
        let cosines = postings.cosines(&[vec![(0, 1.0)], vec![(1, 1.0)]]);
        assert!((cosines[0] - 1.0).abs() < 1e-5 && cosines[1] < 0.1, "{cosines:?}");
        let unsure = postings.cosines(&[vec![(1, 1.0), (2, 0.5)]]);
        assert!(unsure[0] > unsure[1] && unsure[1] > 0.0 && unsure[2] == 0.0, "{unsure:?}");
        assert_eq!(postings.cosines(&[]), [0.0; 3]);
    }

    #[test]
    fn runs_hold_the_ends_of_words() {
        assert_eq!(runs(&["sql"]).len(), 5, "two ends, one middle, and two of four letters");
        assert_ne!(runs(&["ab", "cd"]), runs(&["abcd"]));
        assert!(runs(&[]).is_empty());
    }
}
