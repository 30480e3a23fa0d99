//! What the words of a text may stand for: their roots, words that mean nearly the same, what they are a slip of, and
//! what they are together or apart.

use super::{Taxonomy, postings::Piece, spelling::Spelling, vocabulary::slips_allowed};

/// A longer text is looked at up to here.
pub const MOST_WORDS: usize = 24;

/// How surely a slip of the pen stands for the word it is near, by its distance.
const SLIPS: [f32; 3] = [1.0, 0.8, 0.6];

/// How surely two words stand for the one they make together.
const TOGETHER: f32 = 0.95;

/// How many words one slip may be of.
const MOST_GUESSES: usize = 4;

/// The folded words of a text that are looked at.
#[must_use]
pub fn looked_at(folded: &str) -> Vec<&str> {
    folded.split(' ').filter(|word| !word.is_empty()).take(MOST_WORDS).collect()
}

/// What may stand for each of these folded words.
#[must_use]
pub fn pieces(taxonomy: &Taxonomy, words: &[&str]) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let mut piece = match taxonomy.root(word) {
            Some(root) => std::iter::once((root, 1.0)).chain(taxonomy.synonyms(root).iter().copied()).collect(),
            None => match apart(taxonomy, word) {
                Some((left, right)) => {
                    pieces.push(vec![(left, 1.0)]);
                    vec![(right, 1.0)]
                }
                None => {
                    let mut piece = slips_of(taxonomy, word);
                    derived(taxonomy, word).into_iter().for_each(|root| insert(&mut piece, root, DERIVED));
                    piece
                }
            },
        };
        let neighbours = [at.checked_sub(1).map(|before| (before, at)), Some((at, at + 1))];
        for (left, right) in neighbours.into_iter().flatten() {
            let Some(pair) = words.get(left..=right) else { continue };
            if let Some(root) = taxonomy.root(&pair.concat()) {
                insert(&mut piece, root, TOGETHER);
            }
        }
        let is_there =
            piece.first().is_some_and(|(root, _)| pieces.iter().any(|it| it.first().is_some_and(|it| it.0 == *root)));
        if !is_there {
            pieces.push(piece);
        }
    }
    pieces
}

/// The two known words of a compound.
fn apart(taxonomy: &Taxonomy, word: &str) -> Option<(u16, u16)> {
    let halves = (3..word.len().saturating_sub(2).min(LONGEST)).filter_map(|at| word.split_at_checked(at));
    halves.filter_map(|(left, right)| Some((taxonomy.root(left)?, taxonomy.root(right)?))).next()
}

/// Where it belongs among the others, the surest first.
fn insert(piece: &mut Piece, root: u16, sureness: f32) {
    let place = piece.partition_point(|(_, surer)| *surer > sureness);
    piece.insert(place, (root, sureness));
}

/// How surely a word stands for the known one it is made of: less than for one that is one slip away, as most words with
/// such an ending are known; more than for one that is two slips away.
const DERIVED: f32 = 0.7;

/// Endings that make a new word of a known one: who does something, what is done, and how.
const ENDINGS: &[&str] = &["ers", "er", "ors", "or", "ists", "ist", "ery", "ing", "ment", "age", "al", "ive", "able"];

/// The root of the known word that this one is made of: "canner" of "can".
fn derived(taxonomy: &Taxonomy, word: &str) -> Option<u16> {
    let bases = ENDINGS.iter().filter_map(|ending| word.strip_suffix(ending)).filter(|base| base.len() >= 3);
    let root = |base: &str| {
        let doubled = base.chars().next_back().and_then(|last| base.strip_suffix(last).filter(|it| it.ends_with(last)));
        let known = doubled.and_then(|single| taxonomy.root(single)).or_else(|| taxonomy.root(base));
        known.or_else(|| taxonomy.root(&format!("{base}e")))
    };
    bases.filter_map(root).next()
}

/// No word that can be understood is longer.
const LONGEST: usize = 40;

/// The known words that this one may be a slip of, the nearest first.
fn slips_of(taxonomy: &Taxonomy, word: &str) -> Piece {
    let slips = slips_allowed(word);
    if slips == 0 || word.len() > LONGEST {
        return Piece::new();
    }
    let alike = taxonomy.words.beginning_with(word.chars().next());
    let signatures = &taxonomy.signatures()[alike.clone()];
    let known = |at: usize| taxonomy.words.get((alike.start + at) as u16);
    let mut near: Vec<(usize, usize)> = Spelling::new(word).near(slips, signatures, known).collect();
    near.sort_unstable();
    near.truncate(MOST_GUESSES);
    near.into_iter().map(|(distance, known)| (taxonomy.roots.of[alike.start + known], SLIPS[distance.min(2)])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::skills::taxonomy;

    #[test]
    fn a_new_word_stands_for_the_known_one_it_is_made_of_before_words_two_slips_away() {
        let (word, known) = ("broadcastist", taxonomy().root("broadcast"));
        assert!(known.is_some() && taxonomy().root(word).is_none());
        let made = pieces(taxonomy(), &[word]).pop().unwrap();
        assert_eq!(made.first().map(|(root, _)| *root), known);
        let slip = pieces(taxonomy(), &["enginere"]).pop().unwrap();
        assert_eq!(slip.first().map(|(root, _)| *root), taxonomy().root("engineer"));
    }
}
