//! What words mean by what they stand with: latent semantic analysis over skills and occupations.

use super::{Tables, roots_of};
use std::collections::BTreeMap;
use trailmark::domain::{scatter, skills::meaning};

/// How many numbers a word's meaning has.
pub const AXES: usize = meaning::AXES;

/// How often the space is turned towards the data.
const TURNS: usize = 10;

/// How much more an occupation's text tells than a skill's names.
const OCCUPATION: f32 = 2.0;

type Row = [f32; AXES];

/// The words of all skills and occupations, and where each stands.
pub struct Space {
    /// By skill, then by occupation: the places of its words and what they weigh.
    documents: Vec<Vec<(usize, f32)>>,
    places: BTreeMap<String, usize>,
    rarity: Vec<f32>,
    rows: Vec<Row>,
}

impl Space {
    pub fn of(tables: &Tables) -> Self {
        let mut documents = Vec::new();
        let mut places: BTreeMap<String, usize> = BTreeMap::new();
        let mut add = |texts: &[(&str, f32)]| {
            let mut counts: BTreeMap<usize, f32> = BTreeMap::new();
            for (text, weight) in texts {
                for root in roots_of(text) {
                    let next = places.len();
                    *counts.entry(*places.entry(root).or_insert(next)).or_default() += weight;
                }
            }
            documents.push(counts.into_iter().collect::<Vec<(usize, f32)>>());
        };
        let mut aliases: BTreeMap<&str, Vec<(&str, f32)>> = BTreeMap::new();
        for alias in &tables.aliases {
            aliases.entry(&alias.skill).or_default().push((&alias.text, 1.0));
        }
        for skill in &tables.skills {
            let mut texts = aliases.remove(&*skill.slug).unwrap_or_default();
            texts.push((&skill.name, 1.0));
            add(&texts);
        }
        for occupation in &tables.occupations {
            let mut texts = vec![(&*occupation.title, 2.0), (&*occupation.description, 1.0)];
            texts.extend(occupation.titles.iter().map(|(title, _)| (title.as_str(), 0.5)));
            add(&texts);
        }
        let mut having = vec![0_f32; places.len()];
        documents.iter().flatten().for_each(|(root, _)| having[*root] += 1.0);
        // What stands in one place only tells nothing about what stands with it elsewhere.
        let rarity = |having: &f32| if *having < 2.0 { 0.0 } else { (documents.len() as f32 / having).ln() };
        let rarity: Vec<f32> = having.iter().map(rarity).collect();
        for (at, document) in documents.iter_mut().enumerate() {
            let worth = if at < tables.skills.len() { 1.0 } else { OCCUPATION };
            for (root, weight) in document.iter_mut() {
                *weight = (1.0 + weight.max(0.4).ln()) * rarity[*root];
            }
            let length = document.iter().map(|(_, weight)| weight * weight).sum::<f32>().sqrt().max(1e-6);
            document.iter_mut().for_each(|(_, weight)| *weight *= worth / length);
        }
        let rows = rows(&documents, places.len());
        Self { documents, places, rarity, rows }
    }

    /// The meaning of each of these roots in bytes, rare ones longer.
    pub fn words(&self, roots: &[String]) -> Vec<[i8; AXES]> {
        let rarest = self.rarity.iter().copied().fold(1.0, f32::max);
        let in_bytes = |place: usize| {
            let row = self.rows[place];
            let length = row.iter().map(|it| it * it).sum::<f32>().sqrt().max(1e-9);
            let scale = BYTES * self.rarity[place] / rarest / length;
            row.map(|it| (it * scale).round().clamp(-127.0, 127.0) as i8)
        };
        roots.iter().map(|root| self.places.get(root).map_or([0; AXES], |place| in_bytes(*place))).collect()
    }

    /// The meaning of each occupation, one long.
    pub fn occupations(&self, tables: &Tables) -> Vec<Row> {
        let meaning = |document: &Vec<(usize, f32)>| {
            let mut sum = [0.0; AXES];
            for (place, weight) in document {
                sum.iter_mut().zip(&self.rows[*place]).for_each(|(sum, it)| *sum += weight * it);
            }
            let length = sum.iter().map(|it| it * it).sum::<f32>().sqrt().max(1e-9);
            sum.map(|it| it / length)
        };
        self.documents[tables.skills.len()..].iter().map(meaning).collect()
    }
}

/// The rarest word's meaning is this long; single numbers beyond a byte are cut.
const BYTES: f32 = 254.0;

/// The strongest axes of the words, by turning a start towards them again and again.
fn rows(documents: &[Vec<(usize, f32)>], words: usize) -> Vec<Row> {
    let start = |word: usize, axis: usize| (scatter(word as u64, axis as u64) % 2001) as f32 / 1000.0 - 1.0;
    let mut rows: Vec<Row> = (0..words).map(|word| std::array::from_fn(|axis| start(word, axis))).collect();
    let mut strength = [1.0; AXES];
    for _ in 0..TURNS {
        strength = orthonormal(&mut rows);
        let mut turned = vec![[0.0; AXES]; words];
        for document in documents {
            let mut sum = [0.0; AXES];
            for (word, weight) in document {
                sum.iter_mut().zip(&rows[*word]).for_each(|(sum, it)| *sum += weight * it);
            }
            for (word, weight) in document {
                turned[*word].iter_mut().zip(&sum).for_each(|(it, sum)| *it += weight * sum);
            }
        }
        rows = turned;
    }
    orthonormal(&mut rows);
    for row in &mut rows {
        // The strength is a square; between words its root does best.
        row.iter_mut().zip(&strength).for_each(|(it, strength)| *it *= strength.sqrt().sqrt());
    }
    rows
}

/// Makes the axes orthogonal and one long, in order; returns how long they were.
fn orthonormal(rows: &mut [Row]) -> Row {
    let mut lengths = [0.0; AXES];
    for axis in 0..AXES {
        let mut shared = [0.0; AXES];
        for row in rows.iter() {
            shared[..axis].iter_mut().zip(row).for_each(|(shared, it)| *shared += row[axis] * it);
        }
        let mut square = 0.0;
        for row in rows.iter_mut() {
            row[axis] -= shared[..axis].iter().zip(row.iter()).map(|(shared, it)| shared * it).sum::<f32>();
            square += row[axis] * row[axis];
        }
        lengths[axis] = square.sqrt();
        rows.iter_mut().for_each(|row| row[axis] /= lengths[axis].max(1e-9));
    }
    lengths
}
