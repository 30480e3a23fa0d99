//! The skills that posts name: what somebody may mean by what they typed.

use crate::domain::company::Company;
use std::collections::BTreeMap;

/// Upper and lower case, and the number of spaces, do not make another skill.
#[must_use]
pub fn fold(word: &str) -> String {
    word.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

fn known(company: &Company) -> BTreeMap<String, &str> {
    company.index.all().flat_map(|post| post.skills()).map(|skill| (fold(skill), skill)).collect()
}

/// The name everybody uses for this skill, or the word itself.
#[must_use]
pub fn canonical(company: &Company, word: &str) -> String {
    known(company).get(&fold(word)).map_or_else(|| word.to_owned(), |name| (*name).to_owned())
}

/// A known skill that this word, unknown itself, may be a slip of.
#[must_use]
pub fn near_miss(company: &Company, word: &str) -> Option<String> {
    let known = known(company);
    let word = fold(word);
    if word.chars().count() < 4 || known.contains_key(&word) {
        return None;
    }
    let near = known.iter().map(|(folded, name)| (strsim::osa_distance(folded, &word), *name)).min()?;
    (near.0 <= 2 && near.0 * 4 <= word.chars().count() + 1).then(|| near.1.to_owned())
}

/// Known skills that begin with what is typed, then those that contain it.
#[must_use]
pub fn suggest(company: &Company, query: &str, most: usize) -> Vec<String> {
    let query = fold(query);
    let known = known(company);
    let starting = known.iter().filter(|(folded, _)| folded.starts_with(&query));
    let containing = known.iter().filter(|(folded, _)| !folded.starts_with(&query) && folded.contains(&query));
    starting.chain(containing).take(most).map(|(_, name)| (*name).to_owned()).collect()
}
