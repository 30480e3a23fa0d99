//! Which words speak for an occupation, computed from its description.

use super::{Tables, roots_of};
use std::collections::BTreeMap;

/// For each occupation the roots of its description and what they weigh there, in order.
pub fn terms(tables: &Tables, roots: &[String]) -> Vec<Vec<(usize, f64)>> {
    let mut all = Vec::new();
    for occupation in &tables.occupations {
        let mut counts: BTreeMap<usize, f64> = BTreeMap::new();
        for root in roots_of(&occupation.description) {
            if let Ok(root) = roots.binary_search(&root) {
                *counts.entry(root).or_default() += 1.0;
            }
        }
        let weight = |(root, count): (usize, f64)| (root, ((1.0 + count.ln()) * 0.4).min(1.3));
        all.push(counts.into_iter().map(weight).collect());
    }
    all
}
