//! `trailmark outbox`

use super::{Setup, print, print_json};
use crate::{
    domain::{
        Instant,
        audit::{Act, Actor, Note},
        id::DeliveryId,
    },
    store::{
        Tx, audit,
        outbox::{self, Entry},
    },
};
use serde_json::json;
use std::{fmt::Write as _, process::ExitCode};

/// The operator's view of deliveries.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  trailmark outbox list --state dead\n  trailmark outbox retry 42")]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// What waits, was given up, or may have arrived; oldest due first.
    #[command(after_help = "Example:\n  trailmark outbox list --state dead --json")]
    List {
        /// Only this state.
        #[arg(long, value_parser = ["pending", "sending", "sent", "dead", "expired", "cancelled", "unknown"])]
        state: Option<String>,
        #[arg(long)]
        json: bool,
    },
    /// Tries a delivery that was given up again.
    #[command(after_help = "Example:\n  trailmark outbox retry 42")]
    Retry { id: i64 },
    /// Says of a delivery that nobody could tell: it was sent, or send it again.
    #[command(after_help = "Examples:\n  trailmark outbox resolve 42 --sent\n  trailmark outbox resolve 42 --resend")]
    Resolve {
        id: i64,
        /// Somebody saw it arrive.
        #[arg(long, required_unless_present = "resend", conflicts_with = "resend")]
        sent: bool,
        /// It did not arrive.
        #[arg(long)]
        resend: bool,
    },
    /// Never sends a delivery that waits or was given up.
    #[command(after_help = "Example:\n  trailmark outbox discard 42")]
    Discard { id: i64 },
}

/// More than anybody reads.
const MOST: i64 = 100_000;

pub async fn run(args: Args, setup: &Setup) -> anyhow::Result<ExitCode> {
    let (_, db) = setup.database().await?;
    let now = Setup::now();
    match args.what {
        What::List { state, json } => {
            let mut tx = db.read().await?;
            let entries = outbox::list(&mut tx, state.as_deref(), MOST).await?;
            drop(tx);
            if json {
                print_json(&entries.iter().map(as_json).collect())?;
            } else {
                print(&as_text(&entries))?;
            }
        }
        What::Retry { id } => {
            let mut tx = db.write().await?;
            let done = outbox::retry(&mut tx, DeliveryId(id), now).await?;
            note(&mut tx, now, done, Act::DeliveryRetried, id).await?;
            tx.commit().await?;
            say(
                done,
                &format!("Delivery {id} will be tried again."),
                "is not dead: only what was given up can be retried",
            )?;
        }
        What::Resolve { id, sent, resend: _ } => {
            let mut tx = db.write().await?;
            let done = outbox::resolve(&mut tx, DeliveryId(id), sent, now).await?;
            note(&mut tx, now, done, Act::DeliveryResolved, id).await?;
            tx.commit().await?;
            let words = if sent { "counts as sent" } else { "will be sent again" };
            say(done, &format!("Delivery {id} {words}."), "is not in doubt, or may still arrive by itself")?;
        }
        What::Discard { id } => {
            let mut tx = db.write().await?;
            let done = outbox::discard(&mut tx, DeliveryId(id), now).await?;
            note(&mut tx, now, done, Act::DeliveryDiscarded, id).await?;
            tx.commit().await?;
            say(
                done,
                &format!("Delivery {id} will never be sent."),
                "neither waits nor was given up, so there is nothing to discard",
            )?;
        }
    }
    db.close().await;
    Ok(ExitCode::SUCCESS)
}

/// What an operator did to a delivery stands in the audit log.
async fn note(tx: &mut Tx, now: Instant, done: bool, act: Act, id: i64) -> sqlx::Result<()> {
    if done { audit::note(tx, now, Note::by(Actor::Operator, act).on(id)).await } else { Ok(()) }
}

fn say(done: bool, words: &str, otherwise: &str) -> anyhow::Result<()> {
    if done {
        return print(&format!("{words}\n"));
    }
    anyhow::bail!("that delivery {otherwise}. `trailmark outbox list` shows their states.")
}

fn as_json(entry: &Entry) -> serde_json::Value {
    json!({
        "id": entry.id,
        "state": entry.state,
        "delivery": entry.delivery,
        "kind": entry.kind,
        "platform": entry.platform.as_str(),
        "recipient": entry.recipient,
        "due_at": entry.due_at,
        "attempts": entry.attempts,
        "reason": entry.reason,
    })
}

fn as_text(entries: &[Entry]) -> String {
    if entries.is_empty() {
        return "Nothing waits, and nothing was given up.\n".to_owned();
    }
    let mut text = format!(
        "{:>6}  {:<9}  {:<20}  {:<24}  {:<12}  {:>8}  reason\n",
        "id", "state", "due", "kind", "recipient", "attempts"
    );
    for entry in entries {
        let due = entry.due_at.format("%Y-%m-%d %H:%M:%SZ");
        let _ = writeln!(
            text,
            "{:>6}  {:<9}  {due}  {:<24}  {:<12}  {:>8}  {}",
            entry.id.0, entry.state, entry.kind, entry.recipient, entry.attempts, entry.reason
        );
    }
    text
}
