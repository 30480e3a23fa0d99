//! Ranks the skills that a text may mean, by everything that speaks for each.

use super::{
    Kind, SkillId, Taxonomy, fold, is_stop_word,
    pieces::{looked_at, pieces},
    postings::{Piece, Postings, RUNS, runs},
    spelling::Spelling,
};
use std::collections::{BTreeMap, BTreeSet};

/// What speaks for a skill. Everything is between 0 and about 1 but for the logarithms.
pub type Evidence = [f32; WEIGHTS.len()];

/// What each piece of evidence weighs: found by regression on names left out of the taxonomy (see docs/matching.md).
const WEIGHTS: [f32; 15] = [2.3, 0.55, 4.53, 3.91, 1.62, 1.26, 0.6, 0.18, 1.33, -0.6, -0.45, 0.38, 1.53, 0.69, 7.09];

/// The evidence, in the order of its weights.
mod of {
    /// The nearest label by roots of words, by runs of letters, by both, and by its spelling.
    pub const ROOTS: usize = 0;
    pub const RUNS: usize = 1;
    pub const LABEL: usize = 2;
    pub const SPELLING: usize = 3;
    /// All words of the skill together, and how much of the text they have.
    pub const WHOLE: usize = 4;
    pub const COVERED: usize = 5;
    /// The logarithm of how many names it has: what has many is meant often.
    pub const NAMES: usize = 6;
    /// All near labels together.
    pub const VOTES: usize = 7;
    /// A label says more: before the text (a maker), or after it. The text says more than a label.
    pub const MAKER: usize = 8;
    pub const BEGINS: usize = 9;
    pub const HOLDS: usize = 10;
    /// The logarithm of how likely the words are of its kind.
    pub const KIND: usize = 11;
    /// Its own name, by both and by roots.
    pub const NAME: usize = 12;
    pub const NAME_ROOTS: usize = 13;
    /// The text is the first letters of a label.
    pub const INITIALS: usize = 14;
}

/// How many of the nearest labels are looked at.
const LABELS: usize = 100;

/// Finds skills by what they are called.
#[derive(Debug)]
pub struct Linker<'a> {
    taxonomy: &'a Taxonomy,
    /// Over labels.
    roots: Postings,
    runs: Postings,
    /// Over skills: the words of all labels.
    whole: Postings,
    /// By skill.
    names: Vec<f32>,
    /// By word: how much more it is a word of each kind than words are.
    kinds: Vec<[f32; 3]>,
    /// First letters and the skills they may stand for, in order.
    initials: Vec<(Box<str>, SkillId)>,
}

impl<'a> Linker<'a> {
    #[must_use]
    pub fn new(taxonomy: &'a Taxonomy) -> Self {
        let labels = &taxonomy.labels;
        let count = taxonomy.skills().len();
        let mut own_roots = Vec::new();
        let mut names = vec![0.0_f32; count];
        let mut roots_of = vec![BTreeSet::<u16>::new(); count];
        let mut kinds = vec![[1.0_f32; 3]; taxonomy.words.len()];
        let mut initials = Vec::new();
        for label in 0..labels.len() {
            let mut roots: Vec<u16> =
                labels.words(label).iter().map(|word| taxonomy.roots.of[usize::from(*word)]).collect();
            roots.sort_unstable();
            roots.dedup();
            let words = taxonomy.spelled(labels.words(label));
            own_roots.extend(roots.iter().map(|root| (label as u16, *root)));
            for (skill, _) in labels.meanings(label) {
                let at = usize::from(skill.0);
                names[at] += 1.0;
                roots_of[at].extend(&roots);
                let kind = taxonomy.skill(*skill).kind;
                labels.words(label).iter().for_each(|word| kinds[usize::from(*word)][kind as usize] += 1.0);
                if kind != Kind::Competence {
                    initials.extend(initials_of(&words).map(|letters| (letters, *skill)));
                }
            }
        }
        initials.sort_unstable();
        initials.dedup();
        let mut all = [0.0; 3];
        kinds.iter().for_each(|kinds| all.iter_mut().zip(kinds).for_each(|(all, kind)| *all += kind));
        let total: f32 = all.iter().sum();
        for of_word in &mut kinds {
            let uses: f32 = of_word.iter().sum();
            of_word.iter_mut().zip(&all).for_each(|(kind, all)| *kind = (*kind / uses * total / all).ln());
        }
        let pairs: Vec<(u16, u16)> =
            (0..).zip(&roots_of).flat_map(|(skill, roots)| roots.iter().map(move |root| (skill, *root))).collect();
        let roots = taxonomy.roots.len();
        names.iter_mut().for_each(|names| *names = names.max(1.0).ln());
        Self {
            taxonomy,
            roots: Postings::new(labels.len(), roots, &own_roots),
            runs: Postings::of_rare(labels.len(), RUNS, |label| runs(&taxonomy.spelled(labels.words(label)))),
            whole: Postings::new(count, roots, &pairs),
            names,
            kinds,
            initials,
        }
    }

    /// The skills one of whose labels begins its words with these letters.
    pub fn by_initials(&self, letters: &str) -> impl Iterator<Item = SkillId> {
        let from = self.initials.partition_point(|(it, _)| **it < *letters);
        self.initials[from..].iter().take_while(move |(it, _)| **it == *letters).map(|(_, skill)| *skill)
    }

    /// The labels nearest to a text by roots and runs, best first.
    #[must_use]
    pub fn nearest_labels(&self, folded: &str, top: usize) -> Vec<(usize, f32)> {
        let words = looked_at(folded);
        let (roots, runs) = self.by_roots_and_runs(&words, &pieces(self.taxonomy, &words));
        best((0..roots.len()).map(|label| (label, (roots[label] + runs[label]) / 2.0)), top)
    }

    fn by_roots_and_runs(&self, words: &[&str], pieces: &[Piece]) -> (Vec<f32>, Vec<f32>) {
        (self.roots.cosines(pieces), self.runs.cosines_of_keys(&runs(words)))
    }

    /// What speaks for each skill that a text may mean, in the order of the skills.
    #[must_use]
    pub fn evidence(&self, text: &str) -> Vec<(SkillId, Evidence)> {
        let folded = fold(text);
        let words = looked_at(&folded);
        let pieces = pieces(self.taxonomy, &words);
        let (roots, runs) = self.by_roots_and_runs(&words, &pieces);
        let whole = self.whole.cosines(&pieces);
        let mut found: BTreeMap<SkillId, Evidence> = BTreeMap::new();
        if let [letters] = words.as_slice() {
            for skill in self.by_initials(letters) {
                found.entry(skill).or_default()[of::INITIALS] = 1.0;
            }
        }
        let spelling = Spelling::new(&folded);
        let labels = best((0..roots.len()).map(|label| (label, (roots[label] + runs[label]) / 2.0)), LABELS);
        for (label, near) in labels {
            let spelled = self.taxonomy.spelled(self.taxonomy.labels.words(label));
            let spelling = alike(&spelling, &folded, &spelled.join(" "));
            for (skill, _) in self.taxonomy.labels.meanings(label) {
                let evidence = found.entry(*skill).or_default();
                let mut raise = |of: usize, to: f32| evidence[of] = evidence[of].max(to);
                raise(of::ROOTS, roots[label]);
                raise(of::RUNS, runs[label]);
                raise(of::LABEL, near);
                raise(of::SPELLING, spelling);
                let (text, label_words) = (words.as_slice(), spelled.as_slice());
                if label_words.len() > text.len() {
                    let share = 1.0 / (label_words.len() - text.len()) as f32;
                    let is_tool = self.taxonomy.skill(*skill).kind == Kind::Technology;
                    raise(of::MAKER, if is_tool && label_words.ends_with(text) { share } else { 0.0 });
                    raise(of::BEGINS, if label_words.starts_with(text) { share } else { 0.0 });
                } else if label_words.len() < text.len() && text.windows(label_words.len()).any(|it| it == label_words)
                {
                    raise(of::HOLDS, label_words.len() as f32 / text.len() as f32);
                }
                if self.taxonomy.is_own_name(*skill, label) {
                    raise(of::NAME, near);
                    raise(of::NAME_ROOTS, roots[label]);
                }
                evidence[of::VOTES] += near * near * near;
            }
        }
        let mut covered: BTreeMap<u16, f32> = BTreeMap::new();
        let mut total = 0.0;
        for piece in &pieces {
            let rarity = piece.first().map_or(self.whole.unknown(), |(root, _)| self.whole.rarity(*root));
            total += rarity;
            for skill in piece.first().into_iter().flat_map(|(root, _)| self.whole.lists(*root)) {
                *covered.entry(*skill).or_default() += rarity;
            }
        }
        let kinds = self.kinds_of(&words);
        for (skill, evidence) in &mut found {
            let at = usize::from(skill.0);
            evidence[of::WHOLE] = whole[at];
            evidence[of::COVERED] = covered.get(&skill.0).unwrap_or(&0.0) / f32::max(total, 1e-6);
            evidence[of::NAMES] = self.names[at];
            evidence[of::KIND] = kinds[self.taxonomy.skill(*skill).kind as usize];
        }
        found.into_iter().collect()
    }

    /// The logarithm of how likely words are of each kind.
    fn kinds_of(&self, words: &[&str]) -> [f32; 3] {
        let mut kinds = [0.0; 3];
        for word in words.iter().filter_map(|word| self.taxonomy.words.find(word)) {
            kinds.iter_mut().zip(&self.kinds[usize::from(word)]).for_each(|(sum, kind)| *sum += kind);
        }
        let total: f32 = kinds.iter().map(|kind| kind.exp()).sum();
        kinds.map(|kind| (kind.exp() / total).max(0.01).ln())
    }

    /// The skills a text may mean, best first, with how likely each is meant.
    #[must_use]
    pub fn rank(&self, text: &str) -> Vec<(SkillId, f32)> {
        let score = |evidence: &Evidence| -> f32 { evidence.iter().zip(WEIGHTS).map(|(it, weight)| it * weight).sum() };
        let scored = self.evidence(text).into_iter().map(|(skill, evidence)| (skill, score(&evidence)));
        let mut ranked: Vec<(SkillId, f32)> = scored.collect();
        ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        ranked.iter_mut().for_each(|(_, score)| *score = 1.0 / (1.0 + ((EVEN - *score) * SLOPE).exp()));
        ranked
    }
}

/// A skill with this score is meant as often as not, and how fast that grows: measured on names left out.
const EVEN: f32 = 11.94;
const SLOPE: f32 = 0.716;

/// The best of those that have something, best first.
pub fn best(scored: impl Iterator<Item = (usize, f32)>, top: usize) -> Vec<(usize, f32)> {
    let mut found: Vec<(usize, f32)> = scored.filter(|(_, score)| *score > LEAST).collect();
    let best_first = |a: &(usize, f32), b: &(usize, f32)| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0));
    if found.len() > top && top > 0 {
        found.select_nth_unstable_by(top - 1, best_first);
    }
    found.truncate(top);
    found.sort_unstable_by(best_first);
    found
}

/// What is less near is not looked at.
const LEAST: f32 = 0.1;

/// How far two texts are spelled the same.
fn alike(spelling: &Spelling, text: &str, other: &str) -> f32 {
    1.0 - spelling.slips(other) as f32 / text.len().max(other.len()).max(1) as f32
}

/// The first letters of the words that tell something, and of all but the last, which is often "software" or "system".
fn initials_of(words: &[&str]) -> impl Iterator<Item = Box<str>> + use<> {
    let letters: Vec<char> =
        words.iter().filter(|word| !is_stop_word(word)).filter_map(|word| word.chars().next()).collect();
    let all = (letters.len() > 1).then(|| letters.iter().collect::<String>().into_boxed_str());
    let without_last = (letters.len() > 2).then(|| letters[..letters.len() - 1].iter().collect::<String>().into());
    all.into_iter().chain(without_last)
}
