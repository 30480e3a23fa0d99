//! Job titles: neutral forms, and the occupations a title may mean.

use super::{
    fold,
    nearest::Nearest,
    taxonomy::{OccupationId, Taxonomy, taxonomy},
};
use std::{collections::BTreeMap, sync::LazyLock};

/// A title's folded words in neutral forms: nothing about a person's gender reaches what is computed from a title.
#[must_use]
pub fn fold_title(title: &str) -> String {
    let folded = fold(title);
    let words = folded.split(' ').filter(|word| !GENDERED.contains(word)).map(neutral);
    words.collect::<Vec<_>>().join(" ")
}

/// Words that only say a person's gender.
const GENDERED: &[&str] = &["female", "male", "mr", "mrs", "lady", "gentleman"];

/// Words that end like gendered ones and are not.
const NEUTRAL: &[&str] = &["german", "human", "norman", "ottoman", "roman", "talisman", "shaman"];

/// Gendered words, and what they are called without.
const PAIRS: &[(&str, &str)] = &[
    ("actress", "actor"),
    ("anchorman", "anchor"),
    ("anchorwoman", "anchor"),
    ("fireman", "firefighter"),
    ("firewoman", "firefighter"),
    ("headmaster", "principal"),
    ("headmistress", "principal"),
    ("hostess", "host"),
    ("stewardess", "steward"),
    ("seamstress", "sewer"),
    ("usherette", "usher"),
    ("waitress", "waiter"),
    ("masseuse", "masseur"),
];

fn neutral(word: &str) -> String {
    if let Some((_, neutral)) = PAIRS.iter().find(|(gendered, _)| *gendered == word) {
        return (*neutral).to_owned();
    }
    let ending = ["woman", "women", "man", "men", "girl", "boy"].iter().find_map(|ending| word.strip_suffix(ending));
    match ending {
        Some(start) if start.len() > 2 && !NEUTRAL.contains(&word) => format!("{start}person"),
        _ => word.to_owned(),
    }
}

/// The occupations a title may mean, best first, with weights of length 1.
#[must_use]
pub fn occupations_of(title: &str, top: usize) -> Vec<(OccupationId, f32)> {
    static TITLES: LazyLock<Titles> = LazyLock::new(|| Titles::new(taxonomy()));
    TITLES.occupations_of(title, top)
}

/// Finds occupations by title.
#[derive(Debug)]
pub struct Titles<'a> {
    taxonomy: &'a Taxonomy,
    nearest: Nearest,
}

impl<'a> Titles<'a> {
    #[must_use]
    pub fn new(taxonomy: &'a Taxonomy) -> Self {
        Self { taxonomy, nearest: Nearest::new(&taxonomy.words, &taxonomy.titles) }
    }

    #[must_use]
    pub fn occupations_of(&self, title: &str, top: usize) -> Vec<(OccupationId, f32)> {
        let folded = fold_title(title);
        let mut best: BTreeMap<OccupationId, f32> = BTreeMap::new();
        for (occupation, weight) in self.taxonomy.title(&folded) {
            best.insert(*occupation, 1.0 + weight);
        }
        for (phrase, score) in self.nearest.find(&self.taxonomy.words, &self.taxonomy.titles, &folded, 60) {
            for (occupation, weight) in self.taxonomy.titles.meanings(phrase) {
                let there = best.entry(*occupation).or_default();
                *there = there.max(score * (0.8 + 0.2 * weight)) + 0.05 * score * weight;
            }
        }
        let mut ranked: Vec<_> = best.into_iter().collect();
        ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        ranked.truncate(top);
        let length = ranked.iter().map(|(_, weight)| weight * weight).sum::<f32>().sqrt();
        ranked.iter_mut().for_each(|(_, weight)| *weight /= length);
        ranked
    }
}
