//! `trailmark export-person`

use super::{Setup, print_json};
use crate::{
    domain::{
        Instant,
        audit::{Act, Actor, Note},
        id::PersonId,
    },
    store::{
        Db, audit,
        privacy::{self, Named, Who},
    },
};
use anyhow::bail;
use serde_json::{Map, Value, json};
use std::process::ExitCode;

/// Everything that is stored about one person, as JSON.
///
/// Words are in the clear: hand it to that person and to nobody else. They see in `/mobility privacy` that it was made.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  trailmark export-person ada@example.com > ada.json")]
pub struct Args {
    /// An e-mail address, the id of an account, or a number.
    person: String,
}

const LEFT_OUT: &str = "Other people's words and choices: notes of those who applied for your posts, what the other side of a \
    conversation answered before both of you said that it happened, messages to others in which you are named. Keys and \
    signatures. `trailmark report` shows totals, which name nobody.";

pub async fn run(args: Args, setup: &Setup) -> anyhow::Result<ExitCode> {
    let (_, db) = setup.database().await?;
    let who = find(&db, &args.person).await?;
    let now = Setup::now();
    let mut tx = db.read().await?;
    let dossier = privacy::export(&mut tx, &who).await?;
    drop(tx);
    // Noted before it is shown.
    let mut tx = db.write().await?;
    audit::note(&mut tx, now, Note::by(Actor::Operator, Act::PersonExported).about(who.id)).await?;
    tx.commit().await?;
    db.close().await;
    let sections: Map<String, Value> =
        dossier.sections.into_iter().map(|it| (it.name.to_owned(), Value::Array(it.rows))).collect();
    print_json(&json!({
        "person": who.id,
        "name": who.name,
        "exported_at": now,
        "left_out": LEFT_OUT,
        "stored": sections,
    }))?;
    Ok(ExitCode::SUCCESS)
}

/// The person who is meant.
///
/// # Errors
/// There is nobody of that name, or not any more: says what to do.
pub(super) async fn find(db: &Db, text: &str) -> anyhow::Result<Who> {
    let mut tx = db.read().await?;
    match privacy::named(&mut tx, text).await? {
        Named::Here(id) => person(&mut tx, id).await,
        Named::Erased(at) => bail!("{text} was erased on {}: {NOTHING_LEFT}", day(at)),
        Named::Nobody => bail!(
            "nobody here has the address, account or number {text}. Look how it is written in the people file you import, or \
             name them by their account's id"
        ),
    }
}

const NOTHING_LEFT: &str = "nothing is stored about them any more";

async fn person(tx: &mut crate::store::Tx, id: PersonId) -> anyhow::Result<Who> {
    match privacy::who(tx, id).await? {
        Some(who) => Ok(who),
        None => bail!(NOTHING_LEFT),
    }
}

fn day(at: Instant) -> String {
    at.format("%a %-d %B %Y").to_string()
}
