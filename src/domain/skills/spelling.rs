//! How many slips of the pen lie between two texts: letters added, left out, changed, or two neighbours swapped.

/// A text to compare others with. All its letters are handled at once, as the bits of a number.
#[derive(Debug)]
pub struct Spelling {
    /// By letter: where the text has it.
    places: [u64; LETTERS],
    length: u32,
}

/// Letters that differ in more than their last bits are told apart by what is around them.
const LETTERS: usize = 256;

/// What comes later is not compared.
pub const LONGEST: usize = 64;

impl Spelling {
    #[must_use]
    pub fn new(text: &str) -> Self {
        let mut spelling = Self { places: [0; LETTERS], length: 0 };
        for letter in text.chars().take(LONGEST) {
            spelling.places[place(letter)] |= 1 << spelling.length;
            spelling.length += 1;
        }
        spelling
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
            let same = self.places[place(letter)];
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
}

fn place(letter: char) -> usize {
    letter as usize % LETTERS
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn slips_are_counted_as_the_table_counts_them(a in "[a-d ]{0,64}", b in "[a-d ]{0,64}") {
            prop_assert_eq!(Spelling::new(&a).slips(&b), strsim::osa_distance(&a, &b), "{} {}", a, b);
        }

        #[test]
        fn any_texts_can_be_compared(a in "\\PC{0,90}", b in "\\PC{0,90}") {
            let most = a.chars().count().max(b.chars().count()).min(LONGEST);
            prop_assert!(Spelling::new(&a).slips(&b) <= most);
            prop_assert_eq!(Spelling::new(&a).slips(&a), 0);
        }
    }
}
