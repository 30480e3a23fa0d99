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
                None => slips_of(taxonomy, word),
            },
        };
        let neighbours = [at.checked_sub(1).map(|before| (before, at)), Some((at, at + 1))];
        for (left, right) in neighbours.into_iter().flatten() {
            let Some(pair) = words.get(left..=right) else { continue };
            if let Some(root) = taxonomy.root(&pair.concat()) {
                let place = piece.partition_point(|(_, sureness)| *sureness > TOGETHER);
                piece.insert(place, (root, TOGETHER));
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
