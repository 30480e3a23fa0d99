//! Any text to skills: what is exactly known, what is nearly known, what is named inside.

use super::{
    fold,
    nearest::Nearest,
    taxonomy::{SkillId, Taxonomy, taxonomy},
    words,
};
use std::{collections::BTreeMap, sync::LazyLock};

/// What somebody meant where a skill is expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resolved {
    Known(SkillId),
    /// Several skills are called so; ask.
    Ambiguous(Vec<SkillId>),
    /// Nobody knows it; it stays as typed.
    Unknown,
}

/// How near a text must be to what is known to mean it.
const SURE: f32 = 0.8;

fn resolver() -> &'static Resolver<'static> {
    static RESOLVER: LazyLock<Resolver> = LazyLock::new(|| Resolver::new(taxonomy()));
    &RESOLVER
}

/// What a text means where a skill is expected.
#[must_use]
pub fn resolve(text: &str) -> Resolved {
    resolver().resolve(text)
}

/// The skills a text may mean, best first; 1 is certain.
#[must_use]
pub fn link(text: &str, top: usize) -> Vec<(SkillId, f32)> {
    resolver().link(text, top)
}

/// The skills named inside a free text, in the order of their ids, with how sure that is. What is also an everyday
/// word or means several skills is left out.
#[must_use]
pub fn mentions(text: &str) -> Vec<(SkillId, f32)> {
    resolver().mentions(text)
}

/// Understands texts by a taxonomy.
#[derive(Debug)]
pub struct Resolver<'a> {
    taxonomy: &'a Taxonomy,
    nearest: Nearest,
}

impl<'a> Resolver<'a> {
    #[must_use]
    pub fn new(taxonomy: &'a Taxonomy) -> Self {
        Self { taxonomy, nearest: Nearest::new(&taxonomy.words, &taxonomy.labels) }
    }

    /// The skills exactly called so. Where it is the name of one, only that; where names differ by a plural only, the
    /// one that is spelled so.
    fn exactly(&self, text: &str) -> Vec<SkillId> {
        let folded = fold(text);
        let meanings = self.taxonomy.label(&folded);
        let name = |skill: &SkillId| &*self.taxonomy.skill(*skill).name;
        let mut owners = meanings.iter().map(|(skill, _)| *skill).filter(|skill| fold(name(skill)) == folded);
        let Some(first) = owners.next() else { return meanings.iter().map(|(skill, _)| *skill).collect() };
        let spelled = words(text);
        let is_spelled_so = |skill: &SkillId| words(name(skill)) == spelled;
        vec![if is_spelled_so(&first) { first } else { owners.find(is_spelled_so).unwrap_or(first) }]
    }

    #[must_use]
    pub fn resolve(&self, text: &str) -> Resolved {
        match self.exactly(text).as_slice() {
            [] => {}
            [skill] => return Resolved::Known(*skill),
            several => return Resolved::Ambiguous(several.to_vec()),
        }
        match self.link(text, 1).first() {
            Some((skill, score)) if *score >= SURE => Resolved::Known(*skill),
            _ => Resolved::Unknown,
        }
    }

    #[must_use]
    pub fn link(&self, text: &str, top: usize) -> Vec<(SkillId, f32)> {
        let folded = fold(text);
        let mut best: BTreeMap<SkillId, f32> = BTreeMap::new();
        for skill in self.exactly(text) {
            best.insert(skill, 1.0);
        }
        for (phrase, score) in self.nearest.find(&self.taxonomy.words, &self.taxonomy.labels, &folded, 60) {
            for (skill, _) in self.taxonomy.labels.meanings(phrase) {
                let there = best.entry(*skill).or_default();
                *there = there.max(0.99 * score.min(1.0));
            }
        }
        let mut ranked: Vec<_> = best.into_iter().collect();
        ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        ranked.truncate(top);
        ranked
    }

    #[must_use]
    pub fn mentions(&self, text: &str) -> Vec<(SkillId, f32)> {
        let folded = fold(text);
        let known: Vec<Option<u16>> = folded.split(' ').map(|word| self.taxonomy.words.find(word)).collect();
        let labels = &self.taxonomy.labels;
        let mut found: BTreeMap<SkillId, f32> = BTreeMap::new();
        let mut at = 0;
        while at < known.len() {
            let mut phrase = Vec::new();
            let mut longest = None;
            for word in known[at..].iter().map_while(|word| *word) {
                phrase.push(word);
                if let Some(label) = labels.find(&phrase) {
                    longest = Some((phrase.len(), label));
                } else if !labels.begins(&phrase) {
                    break;
                }
            }
            let Some((length, label)) = longest else {
                at += 1;
                continue;
            };
            if let [(skill, false)] = labels.meanings(label) {
                found.insert(*skill, 1.0);
            }
            at += length;
        }
        found.into_iter().collect()
    }
}
