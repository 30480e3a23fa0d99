//! `trailmark audit`

use super::{Setup, Usage, print, print_json};
use crate::{
    domain::{audit::Record, id::PersonId},
    store::{
        audit::{self, Verdict},
        people,
    },
};
use serde_json::{Value, json};
use std::{fmt::Write as _, process::ExitCode};

/// Who did what to whose data.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  trailmark audit verify\n  trailmark audit list --person ada@example.com")]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Walks the whole log and names the first row that is not as it was written.
    #[command(
        after_help = "Example:\n  trailmark audit verify --noted 124:9f86d081…\n\nNote the number and the signature it prints somewhere else: with them it also tells whether the whole log was replaced by an older one."
    )]
    Verify {
        /// A row's number and signature, as an earlier run printed them.
        #[arg(long, value_name = "NUMBER:SIGNATURE")]
        noted: Option<String>,
        #[arg(long)]
        json: bool,
    },
    /// The newest entries first.
    #[command(after_help = "Example:\n  trailmark audit list --person ada@example.com --top 20 --json")]
    List {
        /// Only what concerns this person: an e-mail address or a number.
        #[arg(long, value_name = "EMAIL")]
        person: Option<String>,
        #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(i64).range(1..=1_000_000))]
        top: i64,
        #[arg(long)]
        json: bool,
    },
}

pub async fn run(args: Args, setup: &Setup) -> anyhow::Result<ExitCode> {
    match args.what {
        What::Verify { noted, json } => verify(setup, noted.as_deref(), json).await,
        What::List { person, top, json } => list(setup, person.as_deref(), top, json).await,
    }
}

async fn verify(setup: &Setup, noted: Option<&str>, as_json: bool) -> anyhow::Result<ExitCode> {
    let noted = noted.map(parse_noted).transpose()?;
    let (_, db) = setup.database().await?;
    let verdict = audit::verify(&db, noted).await?;
    db.close().await;
    let Verdict { length, hash, signed_from, broken } = &verdict;
    if as_json {
        let broken = broken.as_ref().map(|broken| json!({"row": broken.row(), "says": broken.to_string()}));
        print_json(
            &json!({"ok": broken.is_none(), "rows": length, "last": hash, "signed_from": signed_from, "broken": broken}),
        )?;
    } else {
        let text = match broken {
            Some(broken) => {
                format!("The log is broken: {broken}. The {length} rows before are as they were written.\n")
            }
            None => whole(*length, hash, *signed_from),
        };
        print(&text)?;
    }
    Ok(if verdict.broken.is_none() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn whole(length: i64, hash: &str, signed_from: Option<i64>) -> String {
    if length == 0 {
        return "The log is whole: nothing was noted yet.\n".to_owned();
    }
    let signed = match signed_from {
        Some(1) => "every one signed with a key".to_owned(),
        Some(row) => format!("signed with a key from row {row} on"),
        None => "none signed with a key: set TRAILMARK_KEY, or whoever can write the database can write the log anew"
            .to_owned(),
    };
    format!(
        "The log is whole: {length} rows, {signed}.\nTo know later that it was not replaced, note: {length}:{hash}\n"
    )
}

fn parse_noted(text: &str) -> Result<(i64, &str), Usage> {
    let parsed = text.split_once(':').and_then(|(number, hash)| Some((number.trim().parse().ok()?, hash.trim())));
    parsed.ok_or_else(|| Usage("--noted takes what an earlier run printed, such as 124:9f86d081…".to_owned()))
}

async fn list(setup: &Setup, person: Option<&str>, top: i64, as_json: bool) -> anyhow::Result<ExitCode> {
    let (_, db) = setup.database().await?;
    let mut tx = db.read().await?;
    let person = match person {
        None => None,
        Some(named) => match named.parse() {
            Ok(id) => Some(PersonId(id)),
            Err(_) => Some(people::find_by_email(&mut tx, named).await?.ok_or_else(|| {
                anyhow::anyhow!("nobody here has the address {named}; the log names people by number, too")
            })?),
        },
    };
    let records = audit::newest(&mut tx, person, top).await?;
    drop(tx);
    db.close().await;
    if as_json {
        print_json(&records.iter().map(as_json_row).collect())?;
    } else {
        print(&as_text(&records))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn as_json_row(it: &Record) -> Value {
    let data: Value = serde_json::from_str(&it.data).unwrap_or_default();
    json!({"number": it.number, "at": it.at, "actor": it.actor, "action": it.action, "object": it.object, "person": it.person, "data": data})
}

fn as_text(records: &[Record]) -> String {
    if records.is_empty() {
        return "Nothing was noted yet.\n".to_owned();
    }
    let mut text =
        format!("{:>7}  {:<20}  {:<12}  {:<18}  {:<12}  object\n", "number", "at", "actor", "action", "about");
    for it in records {
        let about = it.person.map_or_else(String::new, |id| format!("person {id}"));
        let at = it.at.format("%Y-%m-%d %H:%M:%SZ");
        let _ =
            writeln!(text, "{:>7}  {at}  {:<12}  {:<18}  {about:<12}  {}", it.number, it.actor, it.action, it.object);
    }
    text
}
