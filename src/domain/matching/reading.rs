//! What the words of a query mean: words of posts, skills, and kinds of work.

use super::{
    index::{Index, Number, Posting},
    query::Query,
    role::{MOST_ROLES, best, title_within},
    words::Near,
};
use crate::domain::skills::{
    self, Lexicon, OccupationId, SkillId, fold, neutral_title, probable_occupations, taxonomy,
};
use std::{borrow::Cow, collections::BTreeMap};

/// A query as it is understood.
pub(super) struct Reading<'a> {
    pub words: Vec<Word<'a>>,
    /// Skills that are named.
    pub skills: Vec<Named>,
    /// Skills next to those, and how near.
    pub near: Vec<(Number, f32)>,
    /// The kind of work that is asked for: occupations like it, and how much.
    pub roles: Vec<(OccupationId, f32)>,
    /// Those that are named, and the words that name them.
    pub named_roles: Vec<OccupationId>,
    pub roles_by: Mask,
    /// It describes something to do rather than that it names something.
    pub is_description: bool,
}

/// A skill in a query.
#[derive(Clone, Copy, Debug)]
pub(super) struct Named {
    pub skill: Number,
    pub sure: f32,
    /// The words that name it.
    pub by: Mask,
}

/// Words of a query, a bit each; those after the 32nd share the last.
pub(super) type Mask = u32;

/// The bit of the word at this place.
pub(super) fn bit(at: usize) -> Mask {
    1 << at.min(31)
}

/// A word of the query and where it, or what is near it, stands.
pub(super) struct Word<'a> {
    pub typed: String,
    pub postings: Cow<'a, [Posting]>,
    /// The stems it stands for.
    pub stems: Vec<Number>,
    /// In a description, other stems that say nearly the same, and how nearly.
    pub like: Vec<(Number, f32)>,
    pub rarity: f32,
    /// The word that was probably meant.
    pub meant: Option<String>,
    /// The word that it is the beginning of.
    pub begins: Option<String>,
}

/// A word that nobody knows stands for near ones; each is worth less than the word itself.
const PREFIX: f32 = 0.6;
const SLIP: f32 = 0.8;
/// A skill whose name is also an everyday word, among other words.
const EVERYDAY: f32 = 0.3;
/// Words after these are not read.
pub(super) const MOST_WORDS: usize = 24;
/// No label is looked for in more words of a query.
const LONGEST_LABEL: usize = 6;
/// Words that are no title are read as one anyway, and count by half.
const UNSURE_ROLE: f32 = 0.5;
/// From so many words on a query can be a description.
const DESCRIPTION: usize = 3;
/// More words than these are not taken for a skill that they are only like.
const LIKE_A_SKILL: usize = 4;
/// A word that describes the work of so many occupations, about one in a hundred, names no skill in a description.
const GENERAL: u16 = 10;

impl Index {
    pub(super) fn read_query(&self, query: &Query) -> Reading<'_> {
        let typed = query.text.iter().flat_map(|piece| skills::words(piece));
        let mut words = Vec::new();
        let mut meant: Vec<Meant> = Vec::new();
        for typed in typed.take(MOST_WORDS) {
            if words.iter().any(|word: &Word<'_>| word.typed == typed) {
                continue;
            }
            if skills::is_stop_word(&typed) {
                meant.push(Meant::new(typed, 0));
                continue;
            }
            let word = self.read_word(typed);
            let text = fold(word.meant.as_deref().or(word.begins.as_deref()).unwrap_or(&word.typed));
            meant.push(Meant::new(text, bit(words.len())));
            words.push(word);
        }
        let meant: Vec<&Meant> = meant.iter().collect();
        let mut skills = self.skills_in(&meant, false);
        let mut rest = beside(&skills, &meant);
        let mut roles = roles_within(&meant);
        if roles.named.is_empty() {
            roles = roles_called(&rest);
        }
        if roles.named.is_empty() && words.len() >= DESCRIPTION && words.iter().all(|word| self.is_understood(word)) {
            skills = self.skills_in(&meant, true);
            rest = beside(&skills, &meant);
            roles = roles_called(&rest);
        }
        if roles.named.is_empty() {
            roles.like = roles_like(&rest);
        }
        if skills.is_empty() && roles.named.is_empty() && words.len() <= LIKE_A_SKILL {
            let links = skills::link(&joined(&meant), 3).into_iter().filter(|(_, sure)| *sure >= LIKELY);
            skills = links.map(|(skill, sure)| Named { skill: skill.0.into(), sure, by: all(&meant) }).collect();
        }
        let names_nothing = roles.named.is_empty() && skills.iter().all(|named| named.sure <= EVERYDAY);
        let is_description = names_nothing && rest.len() >= DESCRIPTION;
        if is_description {
            skills.clear();
            words.iter_mut().for_each(|word| word.like = self.like(word));
        }
        let near = next_to(&self.lexicon, &skills);
        let Wanted { named: named_roles, like: roles, by: roles_by } = roles;
        Reading { words, near, skills, roles, named_roles, roles_by, is_description }
    }

    /// Stems of posts that say nearly the same as this word.
    fn like(&self, word: &Word<'_>) -> Vec<(Number, f32)> {
        let stem = skills::stem(word.meant.as_deref().or(word.begins.as_deref()).unwrap_or(&word.typed));
        let like =
            taxonomy().like(&stem).filter_map(|(other, nearness)| Some((self.words.known_stem(other)?, nearness)));
        like.filter(|(other, _)| !word.stems.contains(other)).collect()
    }

    /// Whether somebody knows this word, or what was probably meant.
    fn is_understood(&self, word: &Word<'_>) -> bool {
        !word.stems.is_empty() || word.meant.is_some() || self.is_known(&word.typed)
    }

    /// The skills that stand in these words. The longest label counts. In something that `may_describe` work, the general
    /// words of work are everyday words too.
    fn skills_in(&self, words: &[&Meant], may_describe: bool) -> Vec<Named> {
        let mut found: BTreeMap<Number, Named> = BTreeMap::new();
        let mut is_named = vec![false; words.len()];
        let known: Vec<_> = words.iter().map(|word| word.known).collect();
        let labels: Vec<Vec<_>> =
            (0..known.len()).map(|start| taxonomy().labels_at(&known[start..]).collect()).collect();
        for length in (1..=words.len().min(LONGEST_LABEL)).rev() {
            for (start, labels) in labels.iter().enumerate().take(words.len() - length + 1) {
                let range = start..start + length;
                if is_named[range.clone()].contains(&true) {
                    continue;
                }
                let label = labels.iter().find(|(words, _)| *words == length).map_or(&[][..], |(_, label)| label);
                let words = &words[range.clone()];
                let is_general =
                    || may_describe && length == 1 && taxonomy().describes(&skills::stem(&joined(words))) >= GENERAL;
                let is_everyday =
                    !label.is_empty() && (label.iter().all(|(_, is_everyday)| *is_everyday) || is_general());
                let sure = if is_everyday && length < known.len() { EVERYDAY } else { 1.0 };
                let known = label.iter().map(|(SkillId(skill), _)| (Number::from(*skill), sure / root(label.len())));
                let own = if label.is_empty() { self.lexicon.own(&joined(words)) } else { None };
                let by = all(words);
                for (skill, sure) in known.chain(own.map(|own| (own, 1.0))) {
                    let there = found.entry(skill).or_insert(Named { skill, sure, by });
                    there.by |= by;
                    there.sure = there.sure.max(sure);
                    is_named[range.clone()].fill(sure > EVERYDAY);
                }
            }
        }
        found.into_values().collect()
    }

    fn read_word(&self, word: String) -> Word<'_> {
        if let Some(stem) = self.words.stem_of(&word) {
            let postings = self.postings_of(stem);
            if !postings.is_empty() {
                let meant = if self.is_known(&word) { Vec::new() } else { self.words.slips(&word) };
                let meant = meant.first().map(|slip| slip.word.to_owned());
                return self.word(word, Cow::Borrowed(postings), vec![stem], meant);
            }
        }
        if self.is_known(&word) {
            return self.word(word, Cow::Borrowed(&[]), Vec::new(), None);
        }
        let beginnings = self.words.beginning_with(&word);
        let is_beginning = !beginnings.is_empty();
        let (near, worth) = if is_beginning { (beginnings, PREFIX) } else { (self.words.slips(&word), SLIP) };
        let first = near.first().map(|near| near.word.to_owned());
        let mut stems: Vec<Number> = near.iter().filter_map(|Near { stem, .. }| *stem).collect();
        stems.sort_unstable();
        stems.dedup();
        let postings = stems.iter().flat_map(|stem| self.postings_of(*stem));
        let mut merged: Vec<Posting> = postings.map(|it| Posting { impact: it.impact * worth, ..*it }).collect();
        if stems.len() > 1 {
            merged.sort_by_key(|posting| posting.slot);
            merged.dedup_by(|again, kept| {
                let is_same = again.slot == kept.slot;
                if is_same {
                    kept.impact = kept.impact.max(again.impact);
                }
                is_same
            });
        }
        let read = self.word(word, Cow::Owned(merged), stems, None);
        if is_beginning { Word { begins: first, ..read } } else { Word { meant: first, ..read } }
    }

    /// Whether posts or the taxonomy have this very word, in the singular or the plural.
    fn is_known(&self, word: &str) -> bool {
        self.words.has(word) || taxonomy().words.find(&fold(word)).is_some()
    }

    fn word<'a>(
        &self,
        typed: String,
        postings: Cow<'a, [Posting]>,
        stems: Vec<Number>,
        meant: Option<String>,
    ) -> Word<'a> {
        let rarity = self.rarity_of(postings.len());
        Word { typed, postings, stems, like: Vec::new(), rarity, meant, begins: None }
    }

    /// How much a word tells that stands in so many open posts.
    pub(super) fn rarity_of(&self, posts: usize) -> f32 {
        let (all, with) = (count(self.open.len()), count(posts));
        (1.0 + (all - with + 0.5) / (with + 0.5)).ln()
    }

    pub(super) fn postings_of(&self, stem: Number) -> &[Posting] {
        self.postings.get(stem as usize).map_or(&[], Vec::as_slice)
    }

    /// The query with its slips corrected, where there are any, no longer than it would be read.
    pub(super) fn corrected(&self, query: &Query, words: &[Word<'_>]) -> Option<String> {
        if words.iter().all(|word| word.meant.is_none()) {
            return None;
        }
        let text = words.iter().map(|word| word.meant.clone().unwrap_or_else(|| word.typed.clone())).collect();
        Some(Query::parse(&Query { text, ..query.at_page(1) }.to_text()).to_text())
    }
}

/// The kind of work that words ask for.
#[derive(Default)]
struct Wanted {
    /// The very occupations they name.
    named: Vec<OccupationId>,
    /// Those and what is like them, and how much.
    like: Vec<(OccupationId, f32)>,
    /// The words that name them.
    by: Mask,
}

impl Wanted {
    fn named(roles: &[(OccupationId, f32)], by: &[&Meant]) -> Wanted {
        let roles = best(roles);
        Wanted { named: roles.iter().map(|(role, _)| *role).collect(), like: spread(&roles, 1.0), by: all(by) }
    }
}

/// A word as it was meant, folded.
struct Meant {
    text: String,
    /// Its place among the words that tell something; 0 where it tells nothing.
    bit: Mask,
    /// Its place in the taxonomy.
    known: Option<u16>,
}

impl Meant {
    fn new(text: String, bit: Mask) -> Meant {
        Meant { known: taxonomy().words.find(&text), text, bit }
    }
}

fn all(words: &[&Meant]) -> Mask {
    words.iter().fold(0, |all, word| all | word.bit)
}

fn joined(words: &[&Meant]) -> String {
    let words: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
    words.join(" ")
}

/// The words that name none of these skills; none where all do.
fn beside<'a>(skills: &[Named], words: &[&'a Meant]) -> Vec<&'a Meant> {
    let named = skills.iter().filter(|named| named.sure > EVERYDAY).fold(0, |all, named| all | named.by);
    if all(words) == named {
        return Vec::new();
    }
    words.iter().filter(|word| word.bit == 0 || word.bit & named == 0).copied().collect()
}

/// The occupations that these words are a title of, or that stand in them with their title.
fn roles_within(words: &[&Meant]) -> Wanted {
    let whole = roles_called(words);
    if !whole.named.is_empty() {
        return whole;
    }
    let known: Vec<_> = words.iter().map(|word| word.known).collect();
    title_within(&known).map_or_else(Wanted::default, |(range, roles)| Wanted::named(roles, &words[range]))
}

/// The occupations that these words together are a title of.
fn roles_called(words: &[&Meant]) -> Wanted {
    let texts = words.iter().map(|word| word.text.as_str());
    Wanted::named(taxonomy().title(&neutral_title(texts)), words)
}

/// What words that are no title are probably like.
fn roles_like(rest: &[&Meant]) -> Vec<(OccupationId, f32)> {
    let known = rest.iter().filter(|word| word.known.is_some()).count();
    if known == 0 || 2 * known < rest.len() {
        return Vec::new();
    }
    spread(&probable_occupations(&joined(rest), MOST_ROLES), UNSURE_ROLE)
}

/// Occupations like these.
fn spread(roles: &[(OccupationId, f32)], worth: f32) -> Vec<(OccupationId, f32)> {
    let mut like: BTreeMap<OccupationId, f32> = BTreeMap::new();
    for (role, weight) in roles {
        for (other, similarity) in taxonomy().similar(*role) {
            *like.entry(*other).or_default() += weight * similarity * worth;
        }
    }
    like.into_iter().collect()
}

/// From which likeness on a text is read as a skill.
const LIKELY: f32 = 0.55;

/// Skills next to these.
fn next_to(lexicon: &Lexicon, skills: &[Named]) -> Vec<(Number, f32)> {
    let mut next: BTreeMap<Number, f32> = BTreeMap::new();
    for named in skills {
        for (other, nearness) in lexicon.near(named.skill, usize::MAX) {
            let known = next.entry(other).or_default();
            *known = known.max(named.sure * nearness);
        }
    }
    next.retain(|other, _| skills.iter().all(|named| named.skill != *other));
    next.into_iter().collect()
}

/// A count as a float; beyond 16 million the last digits do not matter.
fn count(number: usize) -> f32 {
    #[expect(clippy::cast_precision_loss, reason = "a rarity needs no more than seven digits")]
    let count = number as f32;
    count
}

fn root(number: usize) -> f32 {
    count(number).sqrt()
}
