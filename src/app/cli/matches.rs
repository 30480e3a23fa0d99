//! `trailmark matches`

use super::{Setup, find::in_team, print, print_json};
use crate::{
    app::progress,
    commands::matches::{heard, ranked},
    domain::{
        calendar::local_date,
        company::Company,
        matching::{Match, sentences},
        person::Person,
    },
    store::live::Live,
};
use anyhow::bail;
use serde_json::{Value, json};
use std::{fmt::Write as _, process::ExitCode};

/// The work that fits somebody, as they would see it, with the reasons.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  trailmark matches --person ada@example.com\n  trailmark matches --all --top 3 --json"
)]
#[command(group = clap::ArgGroup::new("whose").required(true).args(["person", "all"]))]
pub struct Args {
    /// An e-mail address.
    #[arg(long, value_name = "EMAIL")]
    person: Option<String>,
    /// Everybody who works here.
    #[arg(long)]
    all: bool,
    /// So many for each.
    #[arg(long, default_value_t = 10)]
    top: usize,
    #[arg(long)]
    json: bool,
}

pub async fn run(args: Args, setup: &Setup) -> anyhow::Result<ExitCode> {
    let (config, db) = setup.database().await?;
    let live = Live::load(db.clone()).await?;
    let people: Vec<Person> = match &args.person {
        Some(email) => live.read().person_by_email(email).cloned().into_iter().collect(),
        None => live.read().people().into_iter().filter(|person| person.is_active).cloned().collect(),
    };
    if let (Some(email), true) = (&args.person, people.is_empty()) {
        bail!("nobody here has the address {email}; import people first, or look for another spelling");
    }
    let now = Setup::now();
    let (mut lines, mut text) = (Vec::new(), String::new());
    let mut tx = db.read().await?;
    let progress = progress::bar(people.len(), "people", args.all);
    for person in &people {
        progress.inc(1);
        let heard = heard(&mut tx, person.id).await?;
        let today = local_date(person.zone.unwrap_or(config.programme.default_zone), now);
        let company = live.read();
        let matches = ranked(&company, person, today, &heard, args.top);
        if args.json {
            lines.extend(matches.iter().filter_map(|it| as_json(&company, person, it)));
        } else {
            text.push_str(&as_text(&company, person, &matches));
        }
    }
    drop(tx);
    progress.finish_and_clear();
    if args.json {
        print_json(&Value::Array(lines))?;
    } else {
        print(&text)?;
    }
    db.close().await;
    Ok(ExitCode::SUCCESS)
}

fn as_text(company: &Company, person: &Person, matches: &[Match]) -> String {
    let mut text = format!("{}: {} matches\n", person.name, matches.len());
    for it in matches {
        let Some(post) = company.opportunity(it.id) else { continue };
        let _ =
            writeln!(text, "{:<8} {}{} ({})", post.id.to_string(), post.title, in_team(&post.team), it.band.label());
    }
    text.push('\n');
    text
}

fn as_json(company: &Company, person: &Person, it: &Match) -> Option<Value> {
    let post = company.opportunity(it.id)?;
    Some(json!({
        "person": person.email,
        "id": post.id.to_string(),
        "title": post.title,
        "team": post.team,
        "band": it.band.label(),
        "why": sentences(&it.reasons),
    }))
}
