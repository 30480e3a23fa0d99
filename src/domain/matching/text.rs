//! What the words of a post weigh.

use crate::domain::{opportunity::Opportunity, skills};
use std::collections::BTreeMap;

pub use crate::domain::skills::{is_stop_word, stem};

/// How much a word counts by where it stands, and how many words that part of a post usually has.
struct Field {
    weight: f32,
    usual: f32,
    /// How much a longer part dilutes its words.
    dilution: f32,
}

const TITLE: Field = Field { weight: 3.0, usual: 6.0, dilution: 0.4 };
const NEEDS: Field = Field { weight: 4.0, usual: 3.0, dilution: 0.3 };
const OTHER_SKILLS: Field = Field { weight: 2.5, usual: 3.0, dilution: 0.3 };
const TEAM: Field = Field { weight: 1.5, usual: 2.0, dilution: 0.0 };
const SUMMARY: Field = Field { weight: 1.0, usual: 30.0, dilution: 0.6 };
const KIND_AND_PLACE: Field = Field { weight: 1.0, usual: 2.0, dilution: 0.0 };

/// From which weight on more of the same word helps little.
const SATURATION: f32 = 2.0;

pub struct Weighed {
    /// Every word and its stem.
    pub words: BTreeMap<String, String>,
    /// Every stem and what it is worth in this post, between 0 and 1.
    pub impacts: BTreeMap<String, f32>,
}

pub fn weigh(post: &Opportunity) -> Weighed {
    let mut words = BTreeMap::new();
    let mut weights: BTreeMap<String, f32> = BTreeMap::new();
    let mut add = |field: &Field, texts: &[&str]| {
        let found: Vec<String> = texts.iter().flat_map(|text| skills::words(text)).collect();
        let length = f32::from(u16::try_from(found.len()).unwrap_or(u16::MAX));
        let dilution = 1.0 - field.dilution + field.dilution * length / field.usual;
        for word in found.into_iter().filter(|word| !is_stop_word(word)) {
            let stem = words.entry(word).or_insert_with_key(|word| stem(word));
            *weights.entry(stem.clone()).or_default() += field.weight / dilution;
        }
    };
    fn with_full_names<'a>(names: impl IntoIterator<Item = &'a String>) -> Vec<&'a str> {
        let mut all = Vec::new();
        for name in names {
            all.push(name.as_str());
            all.extend(skills::full_name(name));
        }
        all
    }
    add(&TITLE, &[&post.title]);
    add(&NEEDS, &with_full_names(&post.needs));
    add(&OTHER_SKILLS, &with_full_names(post.nice.iter().chain(&post.teaches)));
    add(&TEAM, &[&post.team]);
    add(&SUMMARY, &[&post.summary]);
    let remote = if post.is_remote { "remote" } else { "" };
    add(&KIND_AND_PLACE, &[post.kind.as_str(), &post.place, remote]);
    let impacts = weights.into_iter().map(|(stem, weight)| (stem, weight / (weight + SATURATION))).collect();
    Weighed { words, impacts }
}

/// One bit per pair of neighbouring letters: two words that differ in few letters differ in few bits.
pub fn signature(word: &str) -> u64 {
    let mut before = 1_u32;
    let mut bits = 0;
    for letter in word.chars().chain(['\u{2}']) {
        let pair = u64::from(before) << 21 | u64::from(u32::from(letter));
        bits |= 1 << (pair.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 58);
        before = letter.into();
    }
    bits
}
