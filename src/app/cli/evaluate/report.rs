//! What came out: the rankings as a table, and how good they are.

use super::{Judgments, product::Found};
use crate::domain::matching::quality::{self, Quality, Spread};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    fmt::Write as _,
};

/// What the product answered to one query.
pub struct Ranking {
    pub of: String,
    pub class: Option<String>,
    pub found: Found,
}

pub struct Task {
    pub name: &'static str,
    pub rankings: Vec<Ranking>,
    pub judgments: Option<Judgments>,
    /// So many documents could have been shown; `None` where it does not matter how often each is.
    pub shown_of: Option<usize>,
    /// Measured to compare the answer with; it is not written, and what is noted of the answer holds for it too.
    pub is_aside: bool,
}

impl Task {
    /// One line per result. Where a rule of spread moved something up, it gets the score of its new place: the scores
    /// fall from line to line, so that whoever sorts by them gets the order in which people see it.
    pub fn to_tsv(&self) -> String {
        let mut text = String::new();
        for ranking in &self.rankings {
            let mut least = i64::MAX;
            for (document, score) in &ranking.found {
                least = (*score).min(least.saturating_sub(1));
                let _ = writeln!(text, "{}\t{document}\t{}", ranking.of, millionths(least));
            }
        }
        text
    }

    fn rows(&self) -> Vec<Row> {
        let Some(judgments) = &self.judgments else { return Vec::new() };
        let mut by_class: BTreeMap<&str, Vec<Quality>> = BTreeMap::new();
        let mut all = Vec::new();
        for ranking in &self.rankings {
            let ranked: Vec<String> = ranking.found.iter().map(|(document, _)| document.clone()).collect();
            let judged = judgments.get(&ranking.of);
            if let Some(quality) = judged.and_then(|judged| Quality::of(&ranked, judged)) {
                all.push(quality);
                by_class.entry(ranking.class.as_deref().unwrap_or_default()).or_default().push(quality);
            }
        }
        let row = |class: &str, all: &[Quality]| Row {
            task: self.name,
            class: class.to_owned(),
            queries: all.len(),
            quality: Quality::mean(all),
        };
        let has_classes = by_class.keys().any(|class| !class.is_empty());
        let classes = by_class.iter().filter(|_| has_classes).map(|(class, all)| row(class, all));
        std::iter::once(row("", &all)).chain(classes).collect()
    }

    fn spread(&self) -> Option<Spread> {
        let mut attention: BTreeMap<&str, f64> = BTreeMap::new();
        for ranking in &self.rankings {
            for (place, (document, _)) in ranking.found.iter().take(quality::SEEN).enumerate() {
                *attention.entry(document).or_default() += quality::attention(place);
            }
        }
        let mut all: Vec<f64> = attention.into_values().collect();
        all.resize(self.shown_of?.max(all.len()), 0.0);
        Some(Spread::of(all))
    }

    /// What in the judgments could not be used: figures that leave something out say so.
    fn notes(&self) -> Vec<String> {
        let Some(judgments) = &self.judgments else { return Vec::new() };
        let asked: BTreeSet<&String> = self.rankings.iter().map(|ranking| &ranking.of).collect();
        let strange = judgments.keys().filter(|query| !asked.contains(query)).collect::<Vec<_>>();
        let without = asked.iter().filter(|query| !judgments.contains_key(**query)).count();
        let mut notes = Vec::new();
        if let Some(first) = strange.first() {
            notes.push(format!(
                "{}: judgments for {} that nobody asked for are left out, the first is “{first}”",
                self.name,
                strange.len()
            ));
        }
        if without > 0 {
            notes.push(format!("{}: {without} of {} have no judgments and are not counted", self.name, asked.len()));
        }
        notes
    }
}

fn millionths(score: i64) -> String {
    let sign = if score < 0 { "-" } else { "" };
    let score = score.unsigned_abs();
    format!("{sign}{}.{:06}", score / 1_000_000, score % 1_000_000)
}

struct Row {
    task: &'static str,
    /// Empty for all together.
    class: String,
    queries: usize,
    quality: Quality,
}

pub struct Report {
    rows: Vec<Row>,
    spreads: Vec<(&'static str, Spread)>,
    pub notes: Vec<String>,
}

impl Report {
    pub fn of(tasks: &[Task]) -> Report {
        Report {
            rows: tasks.iter().flat_map(Task::rows).collect(),
            spreads: tasks.iter().filter_map(|task| Some((task.name, task.spread()?))).collect(),
            notes: tasks.iter().filter(|task| !task.is_aside).flat_map(Task::notes).collect(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.spreads.is_empty()
    }

    pub fn to_json(&self) -> Value {
        let rows = self.rows.iter().map(|Row { task, class, queries, quality }| {
            json!({
                "task": task,
                "class": class,
                "queries": queries,
                "ndcg@10": rounded(quality.ndcg),
                "mrr": rounded(quality.reciprocal_rank),
                "recall@10": rounded(quality.recall),
                "hit@1": rounded(quality.hit),
            })
        });
        let spreads = self.spreads.iter().map(|(task, it)| {
            json!({
                "task": task,
                "gini": rounded(it.gini),
                "share_seen": rounded(it.seen),
                "share_of_top_1_percent": rounded(it.top),
            })
        });
        json!({ "quality": rows.collect::<Vec<_>>(), "exposure": spreads.collect::<Vec<_>>() })
    }
}

fn rounded(measure: f64) -> f64 {
    (measure * 1e4).round() / 1e4
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.rows.iter().map(|row| row.class.chars().count()).max().unwrap_or(0).max(5);
        if !self.rows.is_empty() {
            writeln!(
                f,
                "{:<14} {:<width$} {:>7} {:>8} {:>7} {:>10} {:>6}",
                "task", "class", "queries", "nDCG@10", "MRR", "recall@10", "hit@1"
            )?;
        }
        for Row { task, class, queries, quality } in &self.rows {
            let class = if class.is_empty() { "all" } else { class };
            writeln!(
                f,
                "{task:<14} {class:<width$} {queries:>7} {:>8.4} {:>7.4} {:>10.4} {:>6.4}",
                quality.ndcg, quality.reciprocal_rank, quality.recall, quality.hit
            )?;
        }
        for (task, it) in &self.spreads {
            writeln!(
                f,
                "exposure of {task}, first ten: Gini {:.4}, posts seen {:.1} %, the top 1 % get {:.1} %",
                it.gini,
                it.seen * 100.0,
                it.top * 100.0
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_fall_from_line_to_line_in_the_order_in_which_people_see_it() {
        let found = [("a", 2_500_000), ("moved up", 7), ("b", 1_000_000), ("c", -1)];
        let found = found.map(|(document, score)| (document.to_owned(), score)).to_vec();
        let rankings = vec![Ranking { of: "q1".to_owned(), class: None, found }];
        let task = Task { name: "match", rankings, judgments: None, shown_of: None, is_aside: false };
        assert_eq!(task.to_tsv(), "q1\ta\t2.500000\nq1\tmoved up\t0.000007\nq1\tb\t0.000006\nq1\tc\t-0.000001\n");
    }
}
