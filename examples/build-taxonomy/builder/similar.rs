//! Which occupations' people fit each other's work.

use super::{
    best_first,
    vectors::{Facts, dot},
};

/// How many are kept for each, itself included.
const KEPT: usize = 26;

pub fn similar(facts: &Facts) -> Vec<Vec<(usize, f64)>> {
    let count = facts.text.len();
    let nearest = |a: usize| {
        let row = (0..count).map(|b| (b, if a == b { ITSELF } else { similarity(facts, a, b) }));
        best_first(row).into_iter().take(KEPT).collect()
    };
    (0..count).map(nearest).collect()
}

/// More than any other can reach.
const ITSELF: f64 = 1.3;

fn similarity(facts: &Facts, a: usize, b: usize) -> f64 {
    let technology = dot(&facts.technology[a], &facts.technology[b]);
    let competences = dot(&facts.competences[a], &facts.competences[b]);
    let text = dot(&facts.text[a], &facts.text[b]);
    let mixed = 0.35 * technology + 0.35 * competences + 0.6 * text;
    mixed * mixed.sqrt() * 1.2
}
