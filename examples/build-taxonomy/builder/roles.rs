//! Which occupations one could grow into: those known to be related, then those that probably are, by a linear mix
//! whose weights are those that order related occupations best that were left out (see docs/matching.md).

use super::{
    Tables, best_first,
    meaning::{AXES, Space},
    tables::Occupation,
    vectors::{Facts, Vector, by_rarity, dot, unit},
};
use std::collections::BTreeMap;
use trailmark::domain::skills;

/// How many are kept for each.
const KEPT: usize = 40;

/// What speaks for growing from one occupation into another.
pub type Evidence = [f64; WEIGHTS.len()];

pub const WEIGHTS: [f64; 15] =
    [5.88, 5.83, 3.38, 1.06, 0.41, 0.32, 0.18, 0.44, 0.28, 1.24, 1.23, -5.41, -1.53, 2.61, -1.43];

/// The evidence, in the order of its weights.
mod of {
    /// Words of titles and description, words of titles only, and whole titles that both have.
    pub const TEXT: usize = 0;
    pub const TITLES: usize = 1;
    pub const SAME_TITLES: usize = 2;
    pub const TECHNOLOGY: usize = 3;
    /// What it takes, and how that differs from what everything takes.
    pub const COMPETENCES: usize = 4;
    pub const PROFILE: usize = 5;
    /// The same major group, and the same minor group.
    pub const MAJOR: usize = 6;
    pub const MINOR: usize = 7;
    /// How far the preparation differs, below zero.
    pub const STEP: usize = 8;
    pub const INTERESTS: usize = 9;
    pub const MEANING: usize = 10;
    /// How near anything is to the other by titles, and by meaning: what is near to everything tells little.
    pub const TITLES_HUB: usize = 11;
    pub const MEANING_HUB: usize = 12;
    /// What those like it are known to lead to, and whether the other is known to lead to those like it.
    pub const FORWARD: usize = 13;
    pub const BACK: usize = 14;
}

/// How many occupations with known relations speak for one without.
const LIKE_IT: usize = 15;

/// How many of the nearest make an occupation's hub.
const HUB: usize = 20;

/// For each occupation, the others by what speaks for them; nothing for itself.
pub fn evidence(tables: &Tables, facts: &Facts, space: &Space) -> Vec<Vec<Evidence>> {
    let all = &tables.occupations;
    let titles = words(all, |it| it.titles.iter().flat_map(|(title, _)| skills::stems(title)).collect());
    let same_titles = words(all, |it| it.titles.iter().map(|(title, _)| skills::fold_title(title)).collect());
    let profiles = profiles(all);
    let meanings = space.occupations(tables);
    let pair = |from: usize, to: usize| -> Evidence {
        let (a, b) = (&all[from], &all[to]);
        let mut evidence = Evidence::default();
        evidence[of::TEXT] = dot(&facts.text[from], &facts.text[to]);
        evidence[of::TITLES] = dot(&titles[from], &titles[to]);
        evidence[of::SAME_TITLES] = dot(&same_titles[from], &same_titles[to]);
        evidence[of::TECHNOLOGY] = dot(&facts.technology[from], &facts.technology[to]);
        evidence[of::COMPETENCES] = dot(&facts.competences[from], &facts.competences[to]);
        evidence[of::PROFILE] = dot(&profiles[from], &profiles[to]);
        evidence[of::MAJOR] = f64::from(u8::from(a.code[..2] == b.code[..2]));
        evidence[of::MINOR] = f64::from(u8::from(a.code[..4] == b.code[..4]));
        evidence[of::STEP] = -f64::from(a.zone.abs_diff(b.zone));
        evidence[of::INTERESTS] = interests(&a.interests, &b.interests);
        evidence[of::MEANING] = (0..AXES).map(|axis| f64::from(meanings[from][axis] * meanings[to][axis])).sum();
        evidence
    };
    let mut found: Vec<Vec<Evidence>> = (0..all.len())
        .map(|from| {
            let towards = |to| if from == to { Evidence::default() } else { pair(from, to) };
            (0..all.len()).map(towards).collect()
        })
        .collect();
    for (by, hub) in [(of::TITLES, of::TITLES_HUB), (of::MEANING, of::MEANING_HUB)] {
        for to in 0..all.len() {
            let nearest = best_first(found.iter().map(|row| row[to][by]).enumerate());
            let mean = nearest[..HUB].iter().map(|(_, near)| near).sum::<f64>() / HUB as f64;
            found.iter_mut().for_each(|row| row[to][hub] = mean);
        }
    }
    add_what_is_known(tables, &mut found);
    found
}

fn words(all: &[Occupation], words: impl Fn(&Occupation) -> Vec<String>) -> Vec<Vector> {
    let mut axes: BTreeMap<String, u32> = BTreeMap::new();
    let mut rows = Vec::new();
    for occupation in all {
        let mut counts: BTreeMap<u32, f64> = BTreeMap::new();
        for word in words(occupation) {
            let next = axes.len() as u32;
            *counts.entry(*axes.entry(word).or_insert(next)).or_default() += 1.0;
        }
        rows.push(counts.into_iter().map(|(axis, count)| (axis, 1.0 + count.ln())).collect());
    }
    by_rarity(rows)
}

/// How what an occupation takes differs from what occupations take. What is not listed is just below what would be.
fn profiles(all: &[Occupation]) -> Vec<Vector> {
    const UNLISTED: f64 = 30.0;
    let mut above: BTreeMap<&str, f64> = BTreeMap::new();
    for (slug, importance) in all.iter().flat_map(|it| &it.competences) {
        *above.entry(slug).or_default() += (f64::from(*importance) - UNLISTED) / all.len() as f64;
    }
    let profile = |occupation: &Occupation| {
        let own: BTreeMap<&str, f64> =
            occupation.competences.iter().map(|(slug, it)| (&**slug, f64::from(*it) - UNLISTED)).collect();
        let differs = |(slug, mean): (&&str, &f64)| own.get(slug).unwrap_or(&0.0) - mean;
        let is_known = !own.is_empty();
        unit((0..).zip(above.iter().map(differs)).filter(|_| is_known).collect())
    };
    all.iter().map(profile).collect()
}

/// How far the strongest interests agree: 1 where they are the same.
fn interests(a: &str, b: &str) -> f64 {
    let shared = a.chars().zip([3.0, 2.0, 1.0]).map(|(letter, weight)| {
        b.chars().zip([3.0, 2.0, 1.0]).find(|(other, _)| *other == letter).map_or(0.0, |(_, theirs)| weight * theirs)
    });
    shared.sum::<f64>() / 14.0
}

/// Adds what occupations that are alike are known to lead to.
fn add_what_is_known(tables: &Tables, found: &mut [Vec<Evidence>]) {
    let related = related(tables);
    for from in 0..found.len() {
        let mut scores: Vec<f64> = found[from].iter().map(score).collect();
        scores[from] = f64::NEG_INFINITY;
        let ranked = best_first(scores.into_iter().enumerate());
        let best = ranked[0].1;
        let like_it = ranked.iter().filter(|(like, _)| !related[*like].is_empty()).take(LIKE_IT);
        let like_it: BTreeMap<usize, f64> =
            like_it.map(|(like, score)| (*like, ((score - best) / 2.0).exp())).collect();
        let total: f64 = like_it.values().sum();
        let mut forward = vec![0.0; found.len()];
        for (like, weight) in &like_it {
            related[*like].iter().for_each(|(to, tier)| forward[*to] += weight * tier / total);
        }
        for (to, evidence) in found[from].iter_mut().enumerate().filter(|(to, _)| *to != from) {
            let back = related[to].iter().filter_map(|(like, tier)| Some(like_it.get(like)? * tier / total));
            evidence[of::FORWARD] = forward[to].sqrt();
            evidence[of::BACK] = back.sum();
        }
    }
}

/// The known related occupations of each, with their tiers as shares of the closest.
fn related(tables: &Tables) -> Vec<Vec<(usize, f64)>> {
    let ids: BTreeMap<&str, usize> = (0..).zip(&tables.occupations).map(|(at, it)| (&*it.code, at)).collect();
    let known = |it: &Occupation| {
        it.related.iter().filter_map(|(code, tier)| Some((*ids.get(&**code)?, f64::from(*tier) / 3.0))).collect()
    };
    tables.occupations.iter().map(known).collect()
}

fn score(evidence: &Evidence) -> f64 {
    evidence.iter().zip(WEIGHTS).map(|(it, weight)| it * weight).sum()
}

/// For each occupation the known related ones, 1 to 0.8 by tier, then those that probably are.
pub fn next_roles(tables: &Tables, facts: &Facts, space: &Space) -> Vec<Vec<(usize, f64)>> {
    const PROBABLE: f64 = 0.75;
    let known = related(tables);
    let list = |(from, evidence): (usize, Vec<Evidence>)| {
        let of_known = |(place, (to, tier)): (usize, &(usize, f64))| (*to, 0.7 + 0.3 * tier - 0.001 * place as f64);
        let mut list: Vec<(usize, f64)> = known[from].iter().enumerate().map(of_known).collect();
        let others = evidence.iter().map(score).enumerate();
        let others = others.filter(|(to, _)| *to != from && known[from].iter().all(|(there, _)| there != to));
        let ranked = best_first(others);
        let best = ranked[0].1;
        list.extend(ranked.into_iter().map(|(to, score)| (to, PROBABLE * ((score - best) / 6.0).exp())));
        list.truncate(KEPT);
        list
    };
    evidence(tables, facts, space).into_iter().enumerate().map(list).collect()
}
