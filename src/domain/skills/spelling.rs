//! How many slips of the pen lie between two texts: letters added, left out, changed, or two neighbours swapped.

/// A text to compare others with. All its letters are handled at once, as the bits of a number.
#[derive(Debug)]
pub struct Spelling {
    /// By letter: where the text has it.
    places: [u64; ASCII],
    /// The same for every other letter.
    other_places: Vec<(char, u64)>,
    length: u32,
    signature: u64,
}

const ASCII: usize = 128;

/// What comes later is not compared.
pub const LONGEST: usize = 64;

impl Spelling {
    #[must_use]
    pub fn new(text: &str) -> Self {
        let signature = signature(text);
        let mut spelling = Self { places: [0; ASCII], other_places: Vec::new(), length: 0, signature };
        for letter in text.chars().take(LONGEST) {
            let here = 1 << spelling.length;
            match spelling.places.get_mut(letter as usize) {
                Some(places) => *places |= here,
                None => spelling.other_places.push((letter, here)),
            }
            spelling.length += 1;
        }
        spelling
    }

    fn places(&self, letter: char) -> u64 {
        let others = || self.other_places.iter().filter(|(it, _)| *it == letter).fold(0, |all, (_, here)| all | here);
        self.places.get(letter as usize).copied().unwrap_or_else(others)
    }

    /// The slips between the text and this one.
    #[must_use]
    pub fn slips(&self, other: &str) -> usize {
        // Hyyrö's bit-parallel form of the table of distances: one column at a time, differences up and down as bits.
        let Some(last) = self.length.checked_sub(1).map(|at| 1_u64 << at) else {
            return other.chars().take(LONGEST).count();
        };
        let (mut more, mut less, mut diagonal, mut before) = (u64::MAX, 0_u64, 0_u64, 0_u64);
        let mut slips = self.length as usize;
        for letter in other.chars().take(LONGEST) {
            let same = self.places(letter);
            let swapped = ((!diagonal & same) << 1) & before;
            diagonal = ((same & more).wrapping_add(more) ^ more) | same | less | swapped;
            let right_more = less | !(diagonal | more);
            let right_less = diagonal & more;
            slips += usize::from(right_more & last != 0);
            slips -= usize::from(right_less & last != 0);
            let right_more = right_more << 1 | 1;
            more = right_less << 1 | !(diagonal | right_more);
            less = right_more & diagonal;
            before = same;
        }
        slips
    }

    /// The words at most so many slips from this one: how many slips, and the place of the word. Of most words the
    /// signature is enough to tell that they are not.
    pub fn near<'w>(
        &self,
        slips: usize,
        signatures: &[u64],
        word: impl Fn(usize) -> &'w str,
    ) -> impl Iterator<Item = (usize, usize)> {
        let own = self.signature;
        let is_possible = move |other: u64| has_at_most(slips, own & !other) && has_at_most(slips, other & !own);
        let possible = signatures.iter().enumerate().filter(move |(_, other)| is_possible(**other));
        let counted = possible.map(move |(at, _)| (self.slips(word(at)), at));
        counted.filter(move |(distance, _)| *distance <= slips)
    }
}

/// Which letters a word has, and which at least twice, a bit each: a slip adds at most one bit and takes at most one.
#[must_use]
pub fn signature(word: &str) -> u64 {
    let (mut once, mut twice) = (0_u32, 0_u32);
    for letter in word.chars() {
        let bit = 1 << (u32::from(letter) % u32::BITS);
        twice |= once & bit;
        once |= bit;
    }
    u64::from(twice) << u32::BITS | u64::from(once)
}

/// Whether so few bits are set. Counting them takes longer where the processor has no instruction for it.
fn has_at_most(most: usize, mut bits: u64) -> bool {
    for _ in 0..most {
        bits &= bits.wrapping_sub(1);
    }
    bits == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::{collection::vec, prelude::*};

    proptest! {
        #[test]
        fn slips_are_counted_as_the_table_counts_them(a in "[a-dšж ]{0,64}", b in "[a-dšж ]{0,64}") {
            prop_assert_eq!(Spelling::new(&a).slips(&b), strsim::osa_distance(&a, &b), "{} {}", a, b);
        }

        #[test]
        fn every_word_within_so_many_slips_is_found(word in "[abcджä]{0,9}", others in vec("[abcdдж]{0,9}", 0..9), slips in 0..4_usize) {
            let signatures: Vec<u64> = others.iter().map(|other| signature(other)).collect();
            let found: Vec<_> = Spelling::new(&word).near(slips, &signatures, |at| &others[at]).collect();
            let distances = others.iter().map(|other| strsim::osa_distance(&word, other));
            let near = distances.zip(0..).filter(|(distance, _)| *distance <= slips);
            prop_assert_eq!(found, near.collect::<Vec<_>>());
        }

        #[test]
        fn any_texts_can_be_compared(a in "\\PC{0,90}", b in "\\PC{0,90}") {
            let most = a.chars().count().max(b.chars().count()).min(LONGEST);
            prop_assert!(Spelling::new(&a).slips(&b) <= most);
            prop_assert_eq!(Spelling::new(&a).slips(&a), 0);
        }
    }
}
