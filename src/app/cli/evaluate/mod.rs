//! `trailmark evaluate`
//!
//! To add a task: read its file in `files`, ask the product in `product`, and make one [`Task`] of it here.

mod files;
mod product;
mod report;

use super::{Usage, print, print_json};
use crate::domain::matching::in_parallel;
use anyhow::Context;
use files::{Asked, Judgments};
use product::{Found, Trial};
use report::{Ranking, Report, Task};
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    process::ExitCode,
};

/// Measures search and matching on your own examples, without a database: what the product would answer, and how good
/// that is.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    trailmark evaluate --opportunities posts.jsonl --queries queries.tsv --search-judgments right.tsv\n  \
    trailmark evaluate --opportunities posts.jsonl --people people.jsonl --match-judgments right.tsv --out before/\n\n\
    What the files look like and what the figures mean: docs/matching.md. Exit 1 when a file cannot be used.")]
pub struct Args {
    /// The open work: one JSON object a line with id, kind, title, description, skills.
    #[arg(long, value_name = "F.jsonl")]
    opportunities: Option<PathBuf>,
    /// Searches to try: qid, class, query.
    #[arg(long, value_name = "F.tsv", requires = "opportunities")]
    queries: Option<PathBuf>,
    /// What is right for a search: qid, doc, grade.
    #[arg(long, value_name = "F.tsv", requires = "queries")]
    search_judgments: Option<PathBuf>,
    /// People to find work and mentors for: one JSON object a line with id, title, skills, wants, wants_role.
    #[arg(long, value_name = "F.jsonl")]
    people: Option<PathBuf>,
    /// What is right for a person, and so who is for a post: person, doc, grade.
    #[arg(long, value_name = "F.tsv", requires = "people", requires = "opportunities")]
    match_judgments: Option<PathBuf>,
    /// Who is right to learn from: person, mentor, grade.
    #[arg(long, value_name = "F.tsv", requires = "people")]
    mentor_judgments: Option<PathBuf>,
    /// Texts that mean a skill: alias, skill_id; the second may be missing.
    #[arg(long, value_name = "F.tsv")]
    aliases: Option<PathBuf>,
    /// Job titles: title, onet_code; the second may be missing.
    #[arg(long, value_name = "F.tsv")]
    titles: Option<PathBuf>,
    /// Occupations to grow from: onet_code, related (`code:tier …`, 3 the closest); the second may be missing.
    #[arg(long, value_name = "F.tsv")]
    roles: Option<PathBuf>,
    /// Writes the rankings in here, one file for each task: search.tsv, match.tsv,
    /// match_reverse.tsv, mentor.tsv, alias.tsv, title.tsv, role.tsv.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// So many results for each.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=10_000))]
    top: u16,
    #[arg(long)]
    json: bool,
}

pub fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let tasks = tasks(args)?;
    if tasks.is_empty() {
        let what = "say what to measure: --queries with --opportunities, --people, --aliases, --titles or --roles";
        return Err(Usage(what.to_owned()).into());
    }
    let report = Report::of(&tasks);
    if args.out.is_none() && report.is_empty() {
        let how = "nothing would come of it: give judgments to see figures, or --out DIR to keep the rankings";
        return Err(Usage(how.to_owned()).into());
    }
    if let Some(folder) = &args.out {
        write(folder, &tasks)?;
    }
    for note in &report.notes {
        eprintln!("{note}");
    }
    if args.json {
        print_json(&report.to_json())?
    } else {
        print(&report.to_string())?
    }
    Ok(ExitCode::SUCCESS)
}

fn tasks(args: &Args) -> anyhow::Result<Vec<Task>> {
    let posts = read(args.opportunities.as_deref(), files::posts)?.unwrap_or_default();
    let people = read(args.people.as_deref(), files::people)?.unwrap_or_default();
    let queries = read(args.queries.as_deref(), files::queries)?;
    let right = |file: Option<&Path>, query| read(file, |file| files::judgments(file, query));
    let search_judgments = right(args.search_judgments.as_deref(), files::QUERY)?;
    let match_judgments = right(args.match_judgments.as_deref(), files::PERSON)?;
    let mentor_judgments = right(args.mentor_judgments.as_deref(), files::PERSON)?;
    let aliases = read(args.aliases.as_deref(), files::aliases)?;
    let titles = read(args.titles.as_deref(), files::titles)?;
    let roles = read(args.roles.as_deref(), files::roles)?;

    let trial = Trial::new(&posts, &people);
    let top = usize::from(args.top);
    let mut tasks = Vec::new();
    if let Some(queries) = queries {
        let rankings = in_parallel(
            &queries,
            || (),
            |query, _| Ranking {
                of: query.id.clone(),
                class: query.class.clone(),
                found: trial.search(&query.text, top),
            },
        );
        tasks.push(Task { name: "search", rankings, judgments: search_judgments, shown_of: None, is_aside: false });
    }
    let of = |name: &str, found| Ranking { of: name.to_owned(), class: None, found };
    if args.people.is_some() && args.opportunities.is_some() {
        let reverse = match_judgments.as_ref().map(files::turned_round);
        let people = trial.people();
        let before = in_parallel(&people, || (), |(name, person), _| of(name, trial.matches(person, top)));
        let in_turn = trial.matches_in_turn().into_iter().zip(&before);
        let rankings = in_turn.map(|(found, before)| of(&before.of, followed(found, &before.found, top))).collect();
        let shown_of = Some(posts.len());
        let judgments = match_judgments.clone();
        tasks.push(Task { name: "match_before", rankings: before, judgments, shown_of, is_aside: true });
        tasks.push(Task { name: "match", rankings, judgments: match_judgments, shown_of, is_aside: false });
        let rankings = in_parallel(&trial.posts(), || (), |(name, post), _| of(name, trial.people_for(post, top)));
        tasks.push(Task { name: "match_reverse", rankings, judgments: reverse, shown_of: None, is_aside: false });
    }
    if args.people.is_some() {
        let rankings =
            in_parallel(&trial.people(), || (), |(name, person), _| of(name, trial.mentors_for(person, top)));
        tasks.push(Task { name: "mentor", rankings, judgments: mentor_judgments, shown_of: None, is_aside: false });
    }
    let asked = [
        ("alias", aliases, product::skills as fn(&str, usize) -> Found),
        ("title", titles, product::occupations),
        ("role", roles, product::next_roles),
    ];
    for (name, asked, answer) in asked {
        if let Some(Asked { texts, judgments }) = asked {
            let rank = |text: &String, _: &mut ()| Ranking { of: text.clone(), class: None, found: answer(text, top) };
            tasks.push(Task {
                name,
                rankings: in_parallel(&texts, || (), rank),
                judgments,
                shown_of: None,
                is_aside: false,
            });
        }
    }
    Ok(tasks)
}

/// What was found, and after it what is left of all, so that there are so many.
fn followed(mut found: Found, all: &Found, top: usize) -> Found {
    let seen: BTreeSet<&String> = found.iter().map(|(document, _)| document).collect();
    let rest: Found = all.iter().filter(|(document, _)| !seen.contains(document)).cloned().collect();
    drop(seen);
    found.extend(rest);
    found.truncate(top);
    found
}

fn read<T>(file: Option<&Path>, how: impl Fn(&Path) -> anyhow::Result<T>) -> anyhow::Result<Option<T>> {
    file.map(how).transpose()
}

fn write(folder: &Path, tasks: &[Task]) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    for task in tasks.iter().filter(|task| !task.is_aside) {
        let file = folder.join(format!("{}.tsv", task.name));
        std::fs::write(&file, task.to_tsv()).with_context(|| format!("{} cannot be written", file.display()))?;
    }
    Ok(())
}
