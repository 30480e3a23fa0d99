//! `trailmark skills`

use super::{Setup, lines_of_input, print, print_json};
use crate::{
    commands::words,
    domain::skills::{self, Resolved, SkillId, taxonomy},
    store::live::Live,
};
use serde_json::{Value, json};
use std::{fmt::Write as _, process::ExitCode};

/// What the program knows about skills by itself, and what the company adds to it.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  trailmark skills resolve k8s 'machine learning'\n  trailmark skills suggestions")]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Which skill a text means; where it can mean several, which.
    #[command(after_help = "Examples:\n  trailmark skills resolve k8s 'machine learning'\n  \
        trailmark skills resolve - --json < skills.txt")]
    Resolve {
        /// One skill each, as somebody would type it; `-` reads one a line from standard input.
        #[arg(required = true)]
        text: Vec<String>,
        #[arg(long)]
        json: bool,
    },
    /// Words that people and posts here use as skills and that nobody knows yet, the most used first.
    #[command(after_help = "Example:\n  trailmark skills suggestions --json")]
    Suggestions {
        #[arg(long)]
        json: bool,
    },
    /// Makes a word a skill of the company's own, or another name of a skill.
    #[command(
        after_help = "Examples:\n  trailmark skills accept 'Hydra gateway'\n  trailmark skills accept HGW --as 'Hydra gateway'"
    )]
    Accept {
        word: String,
        /// The skill that the word is another name of.
        #[arg(long = "as", value_name = "SKILL")]
        means: Option<String>,
    },
    /// Says that a word is no skill: it stays where people wrote it and is offered to nobody.
    #[command(after_help = "Example:\n  trailmark skills reject 'being nice'")]
    Reject { word: String },
}

/// So many near ones are named for a text that is no skill.
const NEAR: usize = 3;

pub async fn run(args: &Args, setup: &Setup) -> anyhow::Result<ExitCode> {
    match &args.what {
        What::Resolve { text, json } => return resolve(text, *json),
        What::Suggestions { json } => {
            let (config, db) = setup.database().await?;
            let live = Live::load(db.clone()).await?;
            let open = live.read().suggested_skills();
            if *json {
                let one = |(word, times, near)| json!({ "word": word, "times": times, "near": near });
                print_json(&open.into_iter().map(one).collect())?;
            } else {
                for (word, times, near) in open {
                    let near = near.map_or_else(String::new, |near| format!(" (perhaps {near})"));
                    print(&format!("{word}: {}{near}\n", words::used(times, config.programme.smallest_group)))?;
                }
            }
            db.close().await;
        }
        What::Accept { word, means } => {
            let (_, db) = setup.database().await?;
            let live = Live::load(db.clone()).await?;
            let said = words::accept(&db, &live, word, means.as_deref(), None, Setup::now()).await?;
            print(&format!("{said}\n"))?;
            db.close().await;
        }
        What::Reject { word } => {
            let (_, db) = setup.database().await?;
            let live = Live::load(db.clone()).await?;
            print(&format!("{}\n", words::reject(&db, &live, word, None, Setup::now()).await?))?;
            db.close().await;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn resolve(text: &[String], json: bool) -> anyhow::Result<ExitCode> {
    let texts = if text == ["-"] { lines_of_input()? } else { text.to_vec() };
    if json {
        print_json(&texts.iter().map(|text| as_json(text)).collect())?;
    } else {
        print(&texts.iter().fold(String::new(), |mut lines, text| {
            let _ = writeln!(lines, "{text}: {}", as_text(text));
            lines
        }))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn name(skill: SkillId) -> &'static str {
    &taxonomy().skill(skill).name
}

/// What is nearest to a text that is no skill.
fn near(text: &str) -> Vec<SkillId> {
    skills::link(text, NEAR).into_iter().map(|(skill, _)| skill).collect()
}

fn as_text(text: &str) -> String {
    let names = |skills: &[SkillId]| skills.iter().map(|skill| name(*skill)).collect::<Vec<_>>().join(", ");
    match skills::resolve(text) {
        Resolved::Known(skill) => name(skill).to_owned(),
        Resolved::Ambiguous(skills) => format!("one of: {}", names(&skills)),
        Resolved::Unknown => match near(text)[..] {
            [] => "not known; it stays as typed".to_owned(),
            ref near => format!("not known; it stays as typed (nearest: {})", names(near)),
        },
    }
}

fn as_json(text: &str) -> Value {
    let one = |skill: SkillId| json!({ "name": name(skill), "slug": taxonomy().skill(skill).slug });
    let all = |skills: Vec<SkillId>| skills.into_iter().map(one).collect::<Value>();
    let (is, skill, alternatives) = match skills::resolve(text) {
        Resolved::Known(skill) => ("known", one(skill), json!([])),
        Resolved::Ambiguous(skills) => ("ambiguous", Value::Null, all(skills)),
        Resolved::Unknown => ("unknown", Value::Null, all(near(text))),
    };
    json!({ "text": text, "is": is, "skill": skill, "alternatives": alternatives })
}
