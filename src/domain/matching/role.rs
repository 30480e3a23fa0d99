//! What occupation a title speaks of.

use crate::domain::skills::{OccupationId, fold_title, occupations_of, taxonomy};
use std::{
    collections::HashMap,
    ops::Range,
    sync::{Arc, LazyLock, PoisonError, RwLock},
};

/// Occupations that a text may mean, best first.
pub(super) type Meaning = Arc<[(OccupationId, f32)]>;

/// A title is read as up to so many occupations.
pub(super) const CANDIDATES: usize = 12;

/// So many kinds of work a search asks for.
pub(super) const MOST_ROLES: usize = 3;

/// Words that tell of an offer how it is made, not what the work is.
const OF_AN_OFFER: &[&str] = &[
    "a",
    "an",
    "and",
    "as",
    "aspiring",
    "day",
    "for",
    "full",
    "gig",
    "hand",
    "help",
    "hour",
    "in",
    "internal",
    "job",
    "join",
    "looking",
    "mentee",
    "mentor",
    "mentoring",
    "month",
    "move",
    "need",
    "needed",
    "of",
    "one",
    "open",
    "opportunity",
    "our",
    "part",
    "position",
    "project",
    "role",
    "shadow",
    "shadowing",
    "short",
    "skillshare",
    "temporary",
    "the",
    "three",
    "time",
    "to",
    "two",
    "wanted",
    "week",
    "with",
    "your",
];

/// A longer title is read up to here.
const MOST_WORDS: usize = 24;

/// No title of the taxonomy that is looked for inside another text has more words.
const LONGEST: usize = 8;

/// What the title of a post says of the work.
pub(super) struct Titled {
    /// None where it says nothing of the kind.
    pub candidates: Meaning,
    /// Whether it holds a title that everybody knows.
    pub is_known: bool,
}

impl Titled {
    /// The longest title that stands in it counts; else what it says beside the words of an offer.
    pub fn of(title: &str) -> Titled {
        let folded = fold_title(title);
        let words: Vec<&str> = folded.split(' ').filter(|word| !word.is_empty()).take(MOST_WORDS).collect();
        let known: Vec<_> = words.iter().map(|word| taxonomy().words.find(word)).collect();
        if let Some((_, known)) = title_within(&known) {
            return Titled { candidates: known.iter().take(CANDIDATES).copied().collect(), is_known: true };
        }
        let is_telling = |word: &&&str| !OF_AN_OFFER.contains(word) && !word.bytes().all(|byte| byte.is_ascii_digit());
        let telling: Vec<&str> = words.iter().filter(is_telling).copied().collect();
        let telling = telling.join(" ");
        Titled { is_known: !taxonomy().title(&telling).is_empty(), candidates: meaning(&telling) }
    }
}

/// What a title may mean. Reading one takes long and companies have few, so what was read is kept.
pub(super) fn meaning(title: &str) -> Meaning {
    static READ: LazyLock<RwLock<HashMap<String, Meaning>>> = LazyLock::new(RwLock::default);
    if title.is_empty() {
        return Arc::default();
    }
    // By what was written: folding it takes longer than to find it.
    if let Some(known) = READ.read().unwrap_or_else(PoisonError::into_inner).get(title) {
        return Arc::clone(known);
    }
    let meaning: Meaning = occupations_of(&fold_title(title), CANDIDATES).into();
    let mut read = READ.write().unwrap_or_else(PoisonError::into_inner);
    if read.len() < MOST_KEPT {
        read.insert(title.to_owned(), Arc::clone(&meaning));
    }
    meaning
}

/// So many titles are kept: about ten megabytes.
const MOST_KEPT: usize = 50_000;

/// The longest title of two words or more that stands in these words of the taxonomy, with its words; of several the
/// last, where English says what something is.
pub fn title_within(words: &[Option<u16>]) -> Option<(Range<usize>, &'static [(OccupationId, f32)])> {
    let titles = (0..words.len()).flat_map(|start| {
        taxonomy().titles_at(&words[start..]).map(move |(length, title)| (start..start + length, title))
    });
    titles.filter(|(range, _)| (2..=LONGEST).contains(&range.len())).max_by_key(|(range, _)| (range.len(), range.start))
}

/// The first few, with weights of length 1.
pub fn best(of: &[(OccupationId, f32)]) -> Vec<(OccupationId, f32)> {
    let mut best: Vec<_> = of.iter().take(MOST_ROLES).copied().collect();
    let length = best.iter().map(|(_, weight)| weight * weight).sum::<f32>().sqrt();
    for (_, weight) in &mut best {
        *weight /= length.max(f32::MIN_POSITIVE);
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_work_is_found_within_the_words_of_an_offer() {
        for (title, expected) in [
            ("Open role: Data Scientist", "Data Scientists"),
            ("Mentor for aspiring web developers (2 months, part-time)", "Web Developers"),
            ("Job shadowing – Registered Nurse", "Registered Nurses"),
        ] {
            let best = Titled::of(title).candidates.first().map(|(role, _)| &*taxonomy().occupation(*role).title);
            assert_eq!(best, Some(expected), "{title}");
        }
        assert!(Titled::of("Need a hand for two weeks").candidates.is_empty());
        assert!(Titled::of("").candidates.is_empty());
    }
}
