//! `trailmark skills`

use super::{lines_of_input, print, print_json};
use crate::domain::skills::{self, Resolved, SkillId, taxonomy};
use serde_json::{Value, json};
use std::{fmt::Write as _, process::ExitCode};

/// What the program knows about skills by itself.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  trailmark skills resolve k8s 'machine learning'")]
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
}

/// So many near ones are named for a text that is no skill.
const NEAR: usize = 3;

pub fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let What::Resolve { text, json } = &args.what;
    let texts = if text == &["-"] { lines_of_input()? } else { text.clone() };
    if *json {
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
