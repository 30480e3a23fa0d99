//! Which occupations one could grow into.

use super::{
    Tables, best_first,
    vectors::{Facts, dot},
};
use std::collections::BTreeMap;

/// How many are kept for each.
const KEPT: usize = 40;

pub fn next_roles(tables: &Tables, facts: &Facts) -> Vec<Vec<(usize, f64)>> {
    let all = &tables.occupations;
    let ids: BTreeMap<&str, usize> = all.iter().enumerate().map(|(at, it)| (&*it.code, at)).collect();
    let mut lists = Vec::new();
    for (from, occupation) in all.iter().enumerate() {
        let mut features: [Vec<f64>; 4] = std::array::from_fn(|_| Vec::new());
        for (to, other) in all.iter().enumerate() {
            features[0].push(dot(&facts.text[from], &facts.text[to]));
            features[1].push(dot(&facts.technology[from], &facts.technology[to]));
            features[2].push(dot(&facts.competences[from], &facts.competences[to]));
            let same = |letters: usize| f64::from(u8::from(occupation.code[..letters] == other.code[..letters]));
            let step = f64::from(other.zone) - f64::from(occupation.zone);
            let shared = occupation.interests.chars().filter(|it| other.interests.contains(*it)).count() as f64;
            features[3].push(same(2) + same(4) + same(5) - 0.4 * step.abs() + 0.3 * shared);
        }
        let mut scores = vec![0.0; all.len()];
        for (feature, weight) in features.iter().zip([1.0, 0.4, 0.6, 0.6]) {
            let mean = feature.iter().sum::<f64>() / feature.len() as f64;
            let spread =
                (feature.iter().map(|it| (it - mean) * (it - mean)).sum::<f64>() / feature.len() as f64).sqrt();
            for (score, it) in scores.iter_mut().zip(feature) {
                *score += weight * (it - mean) / spread.max(1e-9);
            }
        }
        scores[from] = f64::NEG_INFINITY;
        let mut list = Vec::new();
        for (place, (code, tier)) in occupation.related.iter().enumerate() {
            if let Some(to) = ids.get(code.as_str()) {
                list.push((*to, 0.7 + 0.1 * f64::from(*tier) - 0.001 * place as f64));
            }
        }
        let known: Vec<usize> = list.iter().map(|(to, _)| *to).collect();
        let predicted = best_first(scores.into_iter().enumerate()).into_iter().filter(|(to, _)| !known.contains(to));
        let top = 20.0;
        list.extend(predicted.map(|(to, score)| (to, (0.7 * score / top).clamp(0.0, 0.7))));
        list.truncate(KEPT);
        lists.push(list);
    }
    lists
}
