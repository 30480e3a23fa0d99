//! Any text to skills: what is exactly known, what is nearly known, what is named inside.

use super::{
    Kind, SkillId, Taxonomy, alias, fold,
    link::Linker,
    pieces::{MOST_WORDS, looked_at},
    spelling::{self, Spelling},
    taxonomy,
    vocabulary::slips_allowed,
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

/// How near a label by roots and letters must be to be meant, and how much nearer than one of any other skill.
const SURE: f32 = 0.82;
const CLEARLY: f32 = 0.06;

/// How likely each is meant where several are called exactly so.
const UNSURE: f32 = 0.5;

/// How many skills to ask about at most.
const MOST_ASKED: usize = 5;

fn resolver() -> &'static Resolver<'static> {
    static RESOLVER: LazyLock<Resolver> = LazyLock::new(|| Resolver::new(taxonomy()));
    &RESOLVER
}

/// What a text means where a skill is expected.
#[must_use]
pub fn resolve(text: &str) -> Resolved {
    // Most texts are names and aliases: these need no index of everything.
    match exactly(taxonomy(), text) {
        Resolved::Unknown => resolver().nearly(text),
        known => known,
    }
}

/// The skills a text may mean, best first, with how likely each is the one; 1 is certain.
#[must_use]
pub fn link(text: &str, top: usize) -> Vec<(SkillId, f32)> {
    resolver().link(text, top)
}

/// The skills named inside a free text, in the order of their ids, with how sure that is. What is also an everyday
/// word or means several skills is left out.
#[must_use]
pub fn mentions(text: &str) -> Vec<(SkillId, f32)> {
    taxonomy().mentions(text)
}

/// The skill that this text is a name of, or nobody's but this skill's alias, without looking at what is only near.
#[must_use]
pub fn exactly(taxonomy: &Taxonomy, text: &str) -> Resolved {
    let meant = taxonomy.called(text);
    match meant.as_slice() {
        [] => Resolved::Unknown,
        [skill] => Resolved::Known(*skill),
        _ => Resolved::Ambiguous(meant),
    }
}

/// Understands texts by a taxonomy.
#[derive(Debug)]
pub struct Resolver<'a> {
    taxonomy: &'a Taxonomy,
    linker: Linker<'a>,
}

impl<'a> Resolver<'a> {
    #[must_use]
    pub fn new(taxonomy: &'a Taxonomy) -> Self {
        Self { taxonomy, linker: Linker::new(taxonomy) }
    }

    /// See [`resolve`].
    #[must_use]
    pub fn resolve(&self, text: &str) -> Resolved {
        match exactly(self.taxonomy, text) {
            Resolved::Unknown => self.nearly(text),
            known => known,
        }
    }

    /// What a text that nobody is called by exactly still means without doubt: an acronym, a slip of the pen, the same
    /// words in another order or form.
    fn nearly(&self, text: &str) -> Resolved {
        let folded = fold(text);
        if let [letters] = looked_at(&folded).as_slice()
            && (3..=6).contains(&letters.len())
        {
            let mut meant: Vec<SkillId> = self.linker.by_initials(letters).collect();
            meant.dedup();
            match meant.as_slice() {
                [] => {}
                [skill] => return Resolved::Known(*skill),
                _ if meant.len() <= MOST_ASKED => return Resolved::Ambiguous(meant),
                _ => return Resolved::Unknown,
            }
        }
        let labels = self.linker.nearest_labels(&folded, 20);
        self.slip(&folded, &labels).or_else(|| self.same_words(&labels)).map_or(Resolved::Unknown, Resolved::Known)
    }

    /// The one skill whose label differs by slips only. A number is never a slip.
    fn slip(&self, folded: &str, labels: &[(usize, f32)]) -> Option<SkillId> {
        let slips = slips_allowed(folded);
        if folded.len() > spelling::LONGEST {
            return None;
        }
        let spelling = Spelling::new(folded);
        let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
        let mut near: Vec<(usize, SkillId)> = Vec::new();
        for (label, _) in labels {
            let spelled = self.taxonomy.spelled(self.taxonomy.labels.words(*label)).join(" ");
            let is_alike = spelled.chars().next() == folded.chars().next() && digits(&spelled) == digits(folded);
            if is_alike && spelled.len().abs_diff(folded.len()) <= slips {
                let distance = spelling.slips(&spelled);
                let meanings = self.taxonomy.labels.meanings(*label);
                near.extend(meanings.iter().filter(|_| distance <= slips).map(|(skill, _)| (distance, *skill)));
            }
        }
        near.sort_unstable();
        let (least, skill) = *near.first()?;
        let is_only = near.iter().all(|(distance, other)| *distance > least || *other == skill);
        (is_only && folded.len() > 4).then_some(skill)
    }

    fn same_words(&self, labels: &[(usize, f32)]) -> Option<SkillId> {
        let (label, near) = labels.first()?;
        let meanings = |label: usize| self.taxonomy.labels.meanings(label);
        let [(skill, _)] = meanings(*label) else { return None };
        let is_clear = labels.iter().all(|(other, theirs)| {
            *theirs < near - CLEARLY || meanings(*other).iter().all(|(other, _)| other == skill)
        });
        (*near >= SURE && is_clear).then_some(*skill)
    }

    /// See [`link`].
    #[must_use]
    pub fn link(&self, text: &str, top: usize) -> Vec<(SkillId, f32)> {
        let exact = self.taxonomy.called(text);
        let sure = if exact.len() > 1 { UNSURE } else { 1.0 };
        let near = self.linker.rank(text).into_iter().filter(|(skill, _)| !exact.contains(skill));
        let near = near.map(|(skill, likely)| (skill, if exact.is_empty() { likely } else { likely.min(UNSURE) }));
        exact.iter().map(|skill| (*skill, sure)).chain(near).take(top).collect()
    }
}

impl Taxonomy {
    /// The skills that are called exactly so, but for spaces. Where it is the name of one, only that; where names differ
    /// by a plural only, the one that is spelled so.
    #[must_use]
    pub fn called(&self, text: &str) -> Vec<SkillId> {
        let folded = fold(text);
        let words = looked_at(&folded);
        let known: Vec<Option<u16>> = words.iter().map(|word| self.words.find(word)).collect();
        if let Some(whole) = known.iter().copied().collect::<Option<Vec<u16>>>()
            && let Some(label) = self.labels.find(&whole)
        {
            return self.meant_by(label, text);
        }
        for at in 0..words.len() {
            let mut joined = words.clone();
            if at + 1 < words.len() {
                let pair = words[at..=at + 1].concat();
                joined.splice(at..=at + 1, [pair.as_str()]);
                if let Some(label) = self.find_label(&joined) {
                    return self.meant_by(label, text);
                }
            }
        }
        if words.len() > 2
            && let Some(label) = self.find_label(&[words.concat().as_str()])
        {
            return self.meant_by(label, text);
        }
        for (at, word) in words.iter().enumerate().filter(|(at, _)| known[*at].is_none()) {
            for (left, right) in (2..word.len().min(MOST_LETTERS)).filter_map(|cut| word.split_at_checked(cut)) {
                let mut split = words.clone();
                split.splice(at..=at, [left, right]);
                if let Some(label) = self.find_label(&split) {
                    return self.meant_by(label, text);
                }
            }
        }
        let full = alias::full_name(&folded);
        let label = full.and_then(|full| Some((full, self.find_label(&fold(full).split(' ').collect::<Vec<_>>())?)));
        label.map_or(Vec::new(), |(full, label)| self.meant_by(label, full))
    }

    fn find_label(&self, words: &[&str]) -> Option<usize> {
        self.labels.find(&words.iter().map(|word| self.words.find(word)).collect::<Option<Vec<u16>>>()?)
    }

    fn meant_by(&self, label: usize, text: &str) -> Vec<SkillId> {
        let meanings = self.labels.meanings(label);
        let mut owners = meanings.iter().map(|(skill, _)| *skill).filter(|skill| self.is_own_name(*skill, label));
        let Some(first) = owners.next() else { return meanings.iter().map(|(skill, _)| *skill).collect() };
        let spelled = words(text);
        let is_spelled_so = |skill: &SkillId| words(&self.skill(*skill).name) == spelled;
        vec![if is_spelled_so(&first) { first } else { owners.find(is_spelled_so).unwrap_or(first) }]
    }

    /// See [`mentions`].
    #[must_use]
    pub fn mentions(&self, text: &str) -> Vec<(SkillId, f32)> {
        let folded = fold(text);
        let known: Vec<Option<u16>> = folded.split(' ').map(|word| self.words.find(word)).collect();
        let mut found: BTreeMap<SkillId, f32> = BTreeMap::new();
        let mut at = 0;
        while at < known.len() {
            let longest = self.labels.beginning(&known[at..]).take_while(|(length, _)| *length <= MOST_WORDS).last();
            let (length, label) = longest.map_or((1, None), |(length, label)| (length, Some(label)));
            if let Some([(skill, false)]) = label.map(|label| self.labels.meanings(label)) {
                let is_word = length == 1 && self.skill(*skill).kind != Kind::Technology;
                found.insert(*skill, if is_word { 0.7 } else { 1.0 });
            }
            at += length;
        }
        found.into_iter().collect()
    }
}

/// No word with more letters is a compound.
const MOST_LETTERS: usize = 40;
