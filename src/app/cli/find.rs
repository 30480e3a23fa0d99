//! `trailmark find`

use super::{Setup, print, print_json, words_or_lines};
use crate::{
    domain::{
        calendar::local_date,
        company::Company,
        matching::{Hit, Query, sentences},
        opportunity::Opportunity,
    },
    store::live::Live,
};
use chrono::NaiveDate;
use serde_json::{Value, json};
use std::{fmt::Write as _, process::ExitCode};

/// Searches the open work, with the words and filters of chat.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  trailmark find rust remote --top 3\n  trailmark find 'skill:sql hours:<=4'\n  trailmark find - < queries.txt"
)]
pub struct Args {
    /// What to look for; `-` reads one query a line from standard input.
    #[arg(required = true)]
    query: Vec<String>,
    /// So many results.
    #[arg(long, default_value_t = 10)]
    top: usize,
    #[arg(long)]
    json: bool,
}

pub async fn run(args: Args, setup: &Setup) -> anyhow::Result<ExitCode> {
    let queries = words_or_lines(&args.query)?;
    let (config, db) = setup.database().await?;
    let live = Live::load(db.clone()).await?;
    let today = local_date(config.programme.default_zone, Setup::now());
    let is_one = args.query != ["-"];
    if args.json {
        let found = queries.iter().flat_map(|query| as_json(&live.read(), query, today, args.top, is_one)).collect();
        print_json(&Value::Array(found))?;
    } else {
        let found: Vec<String> = queries.iter().map(|query| as_text(&live.read(), query, today, args.top)).collect();
        print(&found.join("\n"))?;
    }
    db.close().await;
    Ok(ExitCode::SUCCESS)
}

fn as_text(company: &Company, query: &str, today: NaiveDate, top: usize) -> String {
    let found = company.index.search(&Query::parse(query), None, today, 0, top);
    let mut text = format!("{} found for “{query}”\n", found.total);
    if let Some(meant) = &found.did_you_mean {
        let _ = writeln!(text, "Results for “{meant}”.");
    }
    if let Some(relaxed) = found.relaxed {
        let _ = writeln!(text, "{}", relaxed.sentence());
    }
    for post in found.hits.iter().filter_map(|hit| company.opportunity(hit.id)) {
        let _ = writeln!(
            text,
            "{:<8} {:<11} {}{}",
            post.id.to_string(),
            post.kind.as_str(),
            post.title,
            in_team(&post.team)
        );
    }
    text
}

pub fn in_team(team: &str) -> String {
    if team.is_empty() { String::new() } else { format!(" · {team}") }
}

fn as_json(company: &Company, query: &str, today: NaiveDate, top: usize, is_one: bool) -> Vec<Value> {
    let found = company.index.search(&Query::parse(query), None, today, 0, top);
    let posts = found.hits.iter().filter_map(|hit| Some((company.opportunity(hit.id)?, hit)));
    let one = |(post, hit): (&Opportunity, &Hit)| {
        let mut it = json!({
            "id": post.id.to_string(),
            "kind": post.kind.as_str(),
            "title": post.title,
            "team": post.team,
            "hours_per_week": post.hours_per_week,
            "remote": post.is_remote,
            "why": sentences(&hit.why),
        });
        if !is_one {
            it["query"] = json!(query);
        }
        it
    };
    posts.map(one).collect()
}
