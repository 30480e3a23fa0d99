//! How good a ranking is, against judgments of people: the usual measures, so that a changed rule can be compared with
//! the one before.

use std::collections::BTreeMap;

/// The measures look at so many results: what a person sees without turning many pages.
pub const SEEN: usize = 10;

/// What each document is worth for one query, from 1 upwards. What is not in here is worth nothing.
pub type Judged<D> = BTreeMap<D, u32>;

/// How good one ranking is, or many on average. Every measure is between 0 and 1, and more is better.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Quality {
    /// Normalised discounted cumulative gain of the first ten: a document of grade g gains 2^g − 1, divided by
    /// log₂(rank + 1); the sum is divided by that of the best order there could be.
    pub ndcg: f64,
    /// One by the rank of the first document with a grade, in the whole ranking; 0 where there is none.
    pub reciprocal_rank: f64,
    /// Of all documents with a grade, how many are among the first ten.
    pub recall: f64,
    /// Whether the first document has a grade.
    pub hit: f64,
}

impl Quality {
    /// `None` where nothing is worth anything: such a query says nothing about the ranking.
    #[must_use]
    pub fn of<D: Ord>(ranked: &[D], judged: &Judged<D>) -> Option<Quality> {
        let mut best: Vec<u32> = judged.values().copied().filter(|grade| *grade > 0).collect();
        if best.is_empty() {
            return None;
        }
        best.sort_unstable_by(|a, b| b.cmp(a));
        let grades: Vec<u32> = ranked.iter().map(|doc| judged.get(doc).copied().unwrap_or(0)).collect();
        let found = grades.iter().take(SEEN).filter(|grade| **grade > 0).count();
        let first = grades.iter().position(|grade| *grade > 0);
        Some(Quality {
            ndcg: gain(&grades) / gain(&best),
            reciprocal_rank: first.map_or(0.0, |place| 1.0 / number(place + 1)),
            recall: number(found) / number(best.len()),
            hit: if first == Some(0) { 1.0 } else { 0.0 },
        })
    }

    /// All zero for none.
    #[must_use]
    pub fn mean(all: &[Quality]) -> Quality {
        let mean = |measure: fn(&Quality) -> f64| all.iter().map(measure).sum::<f64>() / number(all.len().max(1));
        Quality {
            ndcg: mean(|it| it.ndcg),
            reciprocal_rank: mean(|it| it.reciprocal_rank),
            recall: mean(|it| it.recall),
            hit: mean(|it| it.hit),
        }
    }
}

fn gain(grades: &[u32]) -> f64 {
    let gains = grades.iter().take(SEEN).enumerate();
    gains.map(|(place, grade)| (f64::from(*grade).exp2() - 1.0) * attention(place)).sum()
}

/// How much of a reader's attention a place in a list gets, counted from 0: 1/log₂(rank + 1).
#[must_use]
pub fn attention(place: usize) -> f64 {
    1.0 / number(place + 2).log2()
}

/// How evenly attention falls on the posts of a company.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Spread {
    /// 0 where every post gets the same, near 1 where one gets all.
    pub gini: f64,
    /// The share of posts that anybody sees at all.
    pub seen: f64,
    /// The share of all attention that the most seen hundredth of the posts gets; of fewer than a hundred, the most seen.
    pub top: f64,
}

impl Spread {
    /// Of the attention that each post got, 0 for one that nobody saw. All zero where there is none.
    #[must_use]
    pub fn of(mut attention: Vec<f64>) -> Spread {
        attention.sort_unstable_by(f64::total_cmp);
        let all: f64 = attention.iter().sum();
        if all <= 0.0 {
            return Spread::default();
        }
        let posts = number(attention.len());
        let weighted: f64 = (1..).zip(&attention).map(|(rank, it)| number(rank) * it).sum();
        let seen = attention.iter().filter(|it| **it > 0.0).count();
        let top: f64 = attention.iter().rev().take(attention.len().div_ceil(100)).sum();
        Spread {
            gini: 2.0 * weighted / (posts * all) - (posts + 1.0) / posts,
            seen: number(seen) / posts,
            top: top / all,
        }
    }
}

fn number(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn quality(ranked: &[&str], judged: &[(&'static str, u32)]) -> Option<Quality> {
        let judged = judged.iter().copied().collect();
        Quality::of(ranked, &judged)
    }

    fn near(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-9
    }

    #[test]
    fn the_best_order_is_worth_one_in_every_measure() {
        let best = quality(&["a", "b", "x"], &[("a", 3), ("b", 1)]).unwrap();
        assert_eq!(best, Quality { ndcg: 1.0, reciprocal_rank: 1.0, recall: 1.0, hit: 1.0 });
    }

    #[test]
    fn a_ranking_is_measured_as_reckoned_by_hand() {
        // b (grade 1) on 2, a (grade 3) on 4, c (grade 2) missing.
        let it = quality(&["x", "b", "y", "a"], &[("a", 3), ("b", 1), ("c", 2), ("z", 0)]).unwrap();
        let gained = 1.0 / 3_f64.log2() + 7.0 / 5_f64.log2();
        let best = 7.0 + 3.0 / 3_f64.log2() + 1.0 / 2.0;
        assert!(near(it.ndcg, gained / best), "{it:?}");
        assert!(near(it.ndcg, 0.388_134_510_3), "{it:?}");
        assert!(near(it.reciprocal_rank, 0.5) && near(it.recall, 2.0 / 3.0) && near(it.hit, 0.0), "{it:?}");
    }

    #[test]
    fn what_stands_on_the_eleventh_place_counts_for_the_reciprocal_rank_only() {
        let ranked: Vec<String> = (0..11).map(|place| format!("d{place}")).collect();
        let it = Quality::of(&ranked, &[("d10".to_owned(), 3)].into()).unwrap();
        assert_eq!(it, Quality { reciprocal_rank: 1.0 / 11.0, ..Quality::default() });
    }

    #[test]
    fn more_than_ten_that_are_right_can_still_be_a_perfect_list() {
        let ranked: Vec<u32> = (0..10).collect();
        let it = Quality::of(&ranked, &(0..20).map(|doc| (doc, 2)).collect()).unwrap();
        assert_eq!((it.ndcg, it.recall), (1.0, 0.5));
    }

    #[test]
    fn a_query_without_a_right_answer_says_nothing() {
        assert_eq!(quality(&["a"], &[("a", 0)]), None);
        assert_eq!(quality(&[], &[("a", 1)]), Some(Quality::default()));
    }

    #[test]
    fn the_mean_is_that_of_each_measure() {
        let (one, none) = (Quality { ndcg: 0.5, reciprocal_rank: 1.0, recall: 0.2, hit: 1.0 }, Quality::default());
        let mean = Quality { ndcg: 0.25, reciprocal_rank: 0.5, recall: 0.1, hit: 0.5 };
        assert_eq!((Quality::mean(&[one, none]), Quality::mean(&[])), (mean, none));
    }

    #[test]
    fn attention_is_even_where_all_are_seen_alike_and_uneven_where_one_is() {
        let even = Spread::of(vec![2.0; 4]);
        assert!(near(even.gini, 0.0) && near(even.seen, 1.0) && near(even.top, 0.25), "{even:?}");
        let one = Spread::of(vec![0.0, 3.0, 0.0, 0.0]);
        assert!(near(one.gini, 0.75) && near(one.seen, 0.25) && near(one.top, 1.0), "{one:?}");
        // Ascending 1, 2, 3, 4: 2·(1 + 4 + 9 + 16) / (4·10) − 5/4.
        let mixed = Spread::of(vec![4.0, 1.0, 3.0, 2.0]);
        assert!(near(mixed.gini, 0.25) && near(mixed.top, 0.4), "{mixed:?}");
        assert_eq!(Spread::of(vec![0.0; 3]), Spread::default());
        assert_eq!(Spread::of(Vec::new()), Spread::default());
    }

    #[test]
    fn the_top_hundredth_is_two_of_a_hundred_and_one() {
        let spread = Spread::of([vec![1.0; 99], vec![20.0, 30.0]].concat());
        assert!(near(spread.top, 50.0 / 149.0), "{spread:?}");
    }

    proptest! {
        #[test]
        fn every_measure_is_between_nought_and_one(
            ranked in proptest::collection::hash_set(0_u8..40, 0..30),
            judged in proptest::collection::btree_map(0_u8..40, 0_u32..4, 0..40),
        ) {
            let ranked: Vec<u8> = ranked.into_iter().collect();
            if let Some(it) = Quality::of(&ranked, &judged) {
                for measure in [it.ndcg, it.reciprocal_rank, it.recall, it.hit] {
                    prop_assert!((0.0..=1.0 + 1e-9).contains(&measure), "{it:?}");
                }
            }
        }

        #[test]
        fn moving_a_better_document_up_never_makes_a_list_worse(
            mut grades in proptest::collection::vec(0_u32..4, 2..20), at in 0_usize..18,
        ) {
            let at = at.min(grades.len() - 2);
            let ranked: Vec<usize> = (0..grades.len()).collect();
            let measure = |grades: &[u32]| Quality::of(&ranked, &grades.iter().copied().enumerate().collect());
            let before = measure(&grades);
            if grades[at] < grades[at + 1] {
                grades.swap(at, at + 1);
            }
            let (before, after) = (before.unwrap_or_default(), measure(&grades).unwrap_or_default());
            prop_assert!(after.ndcg >= before.ndcg - 1e-9 && after.reciprocal_rank >= before.reciprocal_rank);
        }
    }
}
