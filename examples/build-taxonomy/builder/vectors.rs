//! What is computed from an occupation's facts: sparse vectors of unit length.

use super::Tables;
use std::collections::BTreeMap;
use trailmark::domain::skills;

/// A sparse vector in order of its axes.
pub type Vector = Vec<(u32, f64)>;

pub struct Facts {
    /// The words of titles and description.
    pub text: Vec<Vector>,
    /// What is used at work.
    pub technology: Vec<Vector>,
    /// What it takes.
    pub competences: Vec<Vector>,
}

impl Facts {
    pub fn of(tables: &Tables, id: impl Fn(&str) -> anyhow::Result<usize>) -> anyhow::Result<Self> {
        let mut axes: BTreeMap<String, u32> = BTreeMap::new();
        let mut text = Vec::new();
        let mut technology = Vec::new();
        let mut competences = Vec::new();
        for occupation in &tables.occupations {
            let mut counts: BTreeMap<u32, f64> = BTreeMap::new();
            let mut add = |text: &str, weight: f64| {
                for stem in skills::stems(text) {
                    let next = axes.len() as u32;
                    *counts.entry(*axes.entry(stem).or_insert(next)).or_default() += weight;
                }
            };
            add(&occupation.title, 3.0);
            add(&occupation.description, 1.0);
            for (title, is_reported) in &occupation.titles {
                add(title, if *is_reported { 1.0 } else { 0.5 });
            }
            text.push(counts.into_iter().map(|(axis, count)| (axis, 1.0 + count.max(0.4).ln())).collect());
            let weighed = |list: &[(String, u8)], weight: fn(f64) -> f64| -> anyhow::Result<Vector> {
                let mut vector: Vector = Vec::new();
                for (slug, number) in list {
                    vector.push((id(slug)? as u32, weight(f64::from(*number))));
                }
                vector.sort_by_key(|(axis, _)| *axis);
                Ok(vector)
            };
            technology.push(weighed(&occupation.skills, |used| 0.5 + 0.5 * used)?);
            competences.push(weighed(&occupation.competences, |tenths| (tenths - 30.0) / 10.0)?);
        }
        Ok(Self { text: by_rarity(text), technology: by_rarity(technology), competences: by_rarity(competences) })
    }
}

/// Weighs each axis by how few vectors have it, and makes every vector one long.
pub fn by_rarity(mut vectors: Vec<Vector>) -> Vec<Vector> {
    let mut having: BTreeMap<u32, f64> = BTreeMap::new();
    for (axis, _) in vectors.iter().flatten() {
        *having.entry(*axis).or_default() += 1.0;
    }
    let all = vectors.len() as f64;
    for vector in &mut vectors {
        for (axis, weight) in vector.iter_mut() {
            *weight *= ((all + 1.0) / (having[axis] + 0.5)).ln();
        }
    }
    vectors.into_iter().map(unit).collect()
}

/// The same direction, one long.
pub fn unit(mut vector: Vector) -> Vector {
    let length = vector.iter().map(|(_, weight)| weight * weight).sum::<f64>().sqrt().max(f64::MIN_POSITIVE);
    vector.iter_mut().for_each(|(_, weight)| *weight /= length);
    vector
}

pub fn dot(a: &[(u32, f64)], b: &[(u32, f64)]) -> f64 {
    let (mut a, mut b, mut sum) = (a, b, 0.0);
    while let ([(x, p), rest_a @ ..], [(y, q), rest_b @ ..]) = (a, b) {
        match x.cmp(y) {
            std::cmp::Ordering::Less => a = rest_a,
            std::cmp::Ordering::Greater => b = rest_b,
            std::cmp::Ordering::Equal => {
                sum += p * q;
                (a, b) = (rest_a, rest_b);
            }
        }
    }
    sum
}
