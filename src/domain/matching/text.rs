//! What the words of a post weigh.

use super::words::{Number, Words};
use crate::domain::{
    opportunity::Opportunity,
    skills::{self, is_stop_word},
};

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

/// Stands after the last stem of a sentence.
pub const END: Number = Number::MAX;

/// What a post says, in numbers.
#[derive(Debug, Default)]
pub struct Weighed {
    /// Its words, each once.
    pub words: Vec<Number>,
    /// Every stem and what it is worth in this post, between 0 and 1; in the order of the stems.
    pub impacts: Vec<(Number, f32)>,
    /// The stems of its sentences, each sentence closed by [`END`]: what a sentence says together means more than the same
    /// words here and there.
    pub sentences: Vec<Number>,
}

pub fn weigh(post: &Opportunity, words: &mut Words) -> Weighed {
    let mut weighed = Weighed::default();
    let mut weights: Vec<(Number, f32)> = Vec::new();
    let mut add = |field: &Field, found: &[Number], words: &Words| {
        let length = f32::from(u16::try_from(found.len()).unwrap_or(u16::MAX));
        let worth = field.weight / (1.0 - field.dilution + field.dilution * length / field.usual);
        weights.extend(found.iter().map(|word| (words.stem_by_number(*word), worth)));
        weighed.words.extend(found);
    };
    let names = |names: &[String]| names.join(" ");
    let remote = if post.is_remote { "remote" } else { "" };
    for (field, text) in [
        (&TITLE, post.title.as_str()),
        (&NEEDS, &names(&post.needs)),
        (&OTHER_SKILLS, &names(&[&post.nice[..], &post.teaches].concat())),
        (&TEAM, &post.team),
        (&KIND_AND_PLACE, post.kind.as_str()),
        (&KIND_AND_PLACE, &post.place),
        (&KIND_AND_PLACE, remote),
    ] {
        let found = numbers(text, words);
        add(field, &found, words);
    }
    let mut said = Vec::new();
    let mut sentences = 0;
    for sentence in post.summary.split_terminator(['.', '!', '?', '\n', ';']) {
        let found = numbers(sentence, words);
        if !found.is_empty() && sentences < MOST_SENTENCES {
            weighed.sentences.extend(found.iter().map(|word| words.stem_by_number(*word)));
            weighed.sentences.push(END);
            sentences += 1;
        }
        said.extend(found);
    }
    add(&SUMMARY, &said, words);
    weighed.words.sort_unstable();
    weighed.words.dedup();
    // Stable, so that weights are added in the order of the fields.
    weights.sort_by_key(|(stem, _)| *stem);
    for same in weights.chunk_by(|(a, _), (b, _)| a == b) {
        let weight = same.iter().map(|(_, weight)| weight).sum::<f32>();
        weighed.impacts.extend(same.first().map(|(stem, _)| (*stem, weight / (weight + SATURATION))));
    }
    weighed
}

/// The words of a text that tell something.
fn numbers(text: &str, words: &mut Words) -> Vec<Number> {
    let found = skills::words(text);
    found.iter().filter(|word| !is_stop_word(word)).map(|word| words.number(word)).collect()
}

/// More sentences than these are not told apart.
const MOST_SENTENCES: usize = 40;
