//! Ranks the occupations that a job title may mean, by everything that speaks for each.

use super::{
    OccupationId, Taxonomy, fold_title,
    link::best,
    meaning::Shelf,
    pieces::{looked_at, pieces},
    postings::{Postings, RUNS, runs},
    taxonomy,
};
use std::{collections::BTreeMap, sync::LazyLock};

/// The occupations a title may mean, best first, with weights of length 1. Empty where nothing is near.
#[must_use]
pub fn occupations_of(title: &str, top: usize) -> Vec<(OccupationId, f32)> {
    titles().occupations_of(title, top)
}

/// The same for words that may be no title at all: empty where even the best is not meant in one of so many cases.
#[must_use]
pub fn probable_occupations(words: &str, top: usize) -> Vec<(OccupationId, f32)> {
    let ranked = titles().rank(words);
    let is_probable = ranked.first().is_some_and(|(_, share)| *share >= PROBABLE);
    if is_probable { of_length_one(ranked, top) } else { Vec::new() }
}

/// See [`probable_occupations`].
const PROBABLE: f32 = 0.15;

fn titles() -> &'static Titles<'static> {
    static TITLES: LazyLock<Titles> = LazyLock::new(|| Titles::new(taxonomy()));
    &TITLES
}

/// What speaks for an occupation.
pub type Evidence = [f32; WEIGHTS.len()];

/// What each piece of evidence weighs: found by regression on titles left out of the taxonomy (see docs/matching.md).
const WEIGHTS: [f32; 11] = [3.13, -1.39, 1.78, -0.63, 0.26, 2.92, 2.62, 0.55, 0.43, 4.15, 0.27];

/// The evidence, in the order of its weights.
mod of {
    /// The nearest title by runs of letters, by roots and runs, and by both times its standing.
    pub const RUNS: usize = 0;
    pub const TITLE: usize = 1;
    pub const STANDING: usize = 2;
    /// Near titles together, and the nearest ones by their standing.
    pub const VOTES: usize = 3;
    pub const NEAREST: usize = 4;
    /// All words of its titles, and of its description.
    pub const WHOLE: usize = 5;
    pub const DESCRIPTION: usize = 6;
    /// The logarithm of how many titles it has.
    pub const TITLES: usize = 7;
    /// The logarithm of how often its titles end in the same word.
    pub const HEAD: usize = 8;
    pub const MEANING: usize = 9;
    /// The logarithm of how much likelier the words are here than anywhere.
    pub const LIKELIHOOD: usize = 10;
}

/// How many of the nearest titles are looked at, and how many vote by their standing.
const LOOKED_AT: usize = 200;
const VOTING: usize = 30;

/// How much a title that is exactly known lifts its occupations above all that are only near.
const EXACT: f32 = 6.0;

/// From how near a title, or a description, on there is anything to say.
const LEAST_TITLE: f32 = 0.25;
const LEAST_WORDS: f32 = 0.15;

/// How many words count as seen everywhere before an occupation's own are counted.
const PRIOR: f32 = 20.0;

/// How likely a word is that is in no title.
const UNSEEN: f32 = 1e-5;

/// Finds occupations by title.
#[derive(Debug)]
pub struct Titles<'a> {
    taxonomy: &'a Taxonomy,
    /// Over titles.
    roots: Postings,
    runs: Postings,
    /// Over occupations: the words of all titles, and of the description.
    whole: Postings,
    description: Postings,
    meanings: Shelf,
    own: Vec<Own>,
    /// By root: how likely a word of any title is this one.
    anywhere: Vec<f32>,
}

/// What is counted of one occupation.
#[derive(Debug, Default)]
struct Own {
    titles: f32,
    /// Its logarithm.
    titles_ln: f32,
    /// The logarithm of how likely one of its words is none of what its titles say.
    unseen: f32,
    /// How often its titles end in a root, in order.
    heads: Vec<(u16, f32)>,
}

impl<'a> Titles<'a> {
    #[must_use]
    pub fn new(taxonomy: &'a Taxonomy) -> Self {
        let titles = &taxonomy.titles;
        let count = taxonomy.occupations().len();
        let mut own_roots = Vec::new();
        let mut own: Vec<Own> = (0..count).map(|_| Own::default()).collect();
        let mut words_of = vec![0.0_f32; count];
        let mut roots_of = vec![BTreeMap::<u16, f32>::new(); count];
        let mut heads_of = roots_of.clone();
        let mut anywhere = vec![0.0_f32; taxonomy.roots.len()];
        for title in 0..titles.len() {
            let roots: Vec<u16> =
                titles.words(title).iter().map(|word| taxonomy.roots.of[usize::from(*word)]).collect();
            for (occupation, _) in titles.meanings(title) {
                let at = usize::from(occupation.0);
                own[at].titles += 1.0;
                words_of[at] += roots.len() as f32;
                roots.last().iter().for_each(|root| *heads_of[at].entry(**root).or_default() += 1.0);
                for root in &roots {
                    *roots_of[at].entry(*root).or_default() += 1.0;
                    anywhere[usize::from(*root)] += 1.0;
                }
            }
            let mut roots = roots;
            roots.sort_unstable();
            roots.dedup();
            own_roots.extend(roots.into_iter().map(|root| (title as u16, root)));
        }
        for ((own, heads), words) in own.iter_mut().zip(heads_of).zip(words_of) {
            own.heads = heads.into_iter().collect();
            own.unseen = (PRIOR / (words + PRIOR)).ln();
            own.titles_ln = own.titles.ln();
        }
        let all: f32 = anywhere.iter().sum();
        anywhere.iter_mut().for_each(|uses| *uses /= all);
        let keys = taxonomy.roots.len();
        let described = taxonomy.occupations().map(|(id, _)| taxonomy.terms(id).to_vec());
        let description = over_occupations(count, keys, described);
        let mut meanings = Shelf::default();
        let saturated =
            |roots: &BTreeMap<u16, f32>| roots.iter().map(|(root, uses)| (*root, 1.0 + uses.ln())).collect();
        let in_titles: Vec<Vec<(u16, f32)>> = roots_of.iter().map(saturated).collect();
        for (titles, (id, _)) in in_titles.iter().zip(taxonomy.occupations()) {
            meanings.push(taxonomy.meaning(titles.iter().chain(taxonomy.terms(id)).copied()));
        }
        let roots = Postings::new(titles.len(), keys, &own_roots);
        drop((own_roots, roots_of));
        Self {
            taxonomy,
            roots,
            runs: Postings::of_rare(titles.len(), RUNS, |title| runs(&taxonomy.spelled(titles.words(title)))),
            whole: over_occupations(count, keys, in_titles.into_iter()),
            description,
            meanings,
            own,
            anywhere,
        }
    }

    /// What speaks for each occupation, in their order, without what the title exactly is. Empty where nothing is near.
    #[must_use]
    pub fn evidence(&self, title: &str) -> Vec<Evidence> {
        let folded = fold_title(title);
        let words = looked_at(&folded);
        let pieces = pieces(self.taxonomy, &words);
        let roots = self.roots.cosines(&pieces);
        let runs = self.runs.cosines_of_keys(&runs(&words));
        let whole = self.whole.cosines(&pieces);
        let description = self.description.cosines(&pieces);
        let near = best((0..roots.len()).map(|title| (title, (roots[title] + runs[title]) / 2.0)), LOOKED_AT);
        let is_near = near.first().is_some_and(|(_, near)| *near >= LEAST_TITLE)
            || whole.iter().chain(&description).any(|near| *near >= LEAST_WORDS);
        if !is_near {
            return Vec::new();
        }
        let likelihoods = self.likelihoods(pieces.iter().filter_map(|piece| piece.first()).map(|(root, _)| *root));
        let head = words.last().and_then(|word| self.taxonomy.root(word));
        let meant = self.taxonomy.meaning(pieces.iter().filter_map(|piece| piece.first().copied()));
        let meant = meant.map(|meaning| self.meanings.cosines(&meaning));
        let of_head = |share: f32| (share + 0.01).ln();
        let no_head = of_head(0.0);
        let mut all = vec![Evidence::default(); self.own.len()];
        for (place, (title, near)) in near.into_iter().enumerate() {
            for (occupation, weight) in self.taxonomy.titles.meanings(title) {
                let evidence = &mut all[usize::from(occupation.0)];
                evidence[of::RUNS] = evidence[of::RUNS].max(runs[title]);
                evidence[of::TITLE] = evidence[of::TITLE].max(near);
                evidence[of::STANDING] = evidence[of::STANDING].max(near * weight);
                evidence[of::VOTES] += near * near * near * weight;
                if place < VOTING {
                    evidence[of::NEAREST] += near * weight;
                }
            }
        }
        for (at, evidence) in all.iter_mut().enumerate() {
            let own = &self.own[at];
            evidence[of::WHOLE] = whole[at];
            evidence[of::DESCRIPTION] = description[at];
            evidence[of::TITLES] = own.titles_ln;
            let ends_so = head.and_then(|head| uses(&own.heads, head));
            evidence[of::HEAD] = ends_so.map_or(no_head, |uses| of_head(uses / own.titles));
            evidence[of::MEANING] = meant.as_ref().map_or(0.0, |meant| meant[at]);
            evidence[of::LIKELIHOOD] = likelihoods[at];
        }
        all
    }

    /// The logarithm of how much likelier these roots are in each occupation's titles than in any.
    fn likelihoods(&self, roots: impl Iterator<Item = u16>) -> Vec<f32> {
        let mut sums = vec![0.0; self.own.len()];
        let mut count = 0.0;
        for root in roots {
            count += 1.0;
            let prior = PRIOR * self.anywhere[usize::from(root)].max(UNSEEN);
            let likelier = |uses: f32| ((uses + prior) / prior).ln();
            let once = likelier(1.0);
            for (occupation, weight) in self.whole.weighed_lists(root) {
                // Most have a word once, which weighs 1.
                let of_more = || likelier((weight - 1.0).exp());
                sums[usize::from(occupation)] += if weight > 1.0 { of_more() } else { once };
            }
        }
        let unseen = |own: &Own| count * own.unseen;
        sums.iter_mut().zip(&self.own).for_each(|(sum, own)| *sum += unseen(own));
        sums
    }

    /// See [`occupations_of`].
    #[must_use]
    pub fn occupations_of(&self, title: &str, top: usize) -> Vec<(OccupationId, f32)> {
        of_length_one(self.rank(title), top)
    }

    /// The occupations a title may mean, best first, with how likely each is meant; together 1.
    #[must_use]
    pub fn rank(&self, title: &str) -> Vec<(OccupationId, f32)> {
        let score = |evidence: &Evidence| -> f32 { evidence.iter().zip(WEIGHTS).map(|(it, weight)| it * weight).sum() };
        let mut scored: Vec<(OccupationId, f32)> =
            (0..).zip(self.evidence(title)).map(|(at, evidence)| (OccupationId(at), score(&evidence))).collect();
        for (occupation, weight) in self.taxonomy.title(&fold_title(title)) {
            if let Some((_, score)) = scored.get_mut(usize::from(occupation.0)) {
                *score += EXACT * (1.0 + weight);
            }
        }
        likely(scored)
    }
}

fn of_length_one(mut ranked: Vec<(OccupationId, f32)>, top: usize) -> Vec<(OccupationId, f32)> {
    ranked.truncate(top);
    let length = ranked.iter().map(|(_, weight)| weight * weight).sum::<f32>().sqrt();
    ranked.iter_mut().for_each(|(_, weight)| *weight /= length);
    ranked
}

fn over_occupations(count: usize, keys: usize, words: impl Iterator<Item = Vec<(u16, f32)>>) -> Postings {
    let words = (0..).zip(words);
    let pairs: Vec<(u16, u16, f32)> =
        words.flat_map(|(at, words)| words.into_iter().map(move |(root, weight)| (at, root, weight))).collect();
    Postings::weighed(count, keys, &pairs)
}

fn uses(counted: &[(u16, f32)], root: u16) -> Option<f32> {
    counted.binary_search_by_key(&root, |(it, _)| *it).ok().map(|at| counted[at].1)
}

/// Scores as shares of 1, best first.
fn likely(mut scored: Vec<(OccupationId, f32)>) -> Vec<(OccupationId, f32)> {
    scored.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    let most = scored.first().map_or(0.0, |first| first.1);
    scored.iter_mut().for_each(|(_, score)| *score = (*score - most).exp());
    let total: f32 = scored.iter().map(|(_, share)| share).sum();
    scored.iter_mut().for_each(|(_, share)| *share /= total);
    scored
}
