//! `trailmark outbox`

mod list;
mod why;

use super::{Setup, print};
use crate::{
    domain::{
        Instant,
        audit::{Act, Actor, Note},
        id::DeliveryId,
    },
    store::{Tx, audit, outbox},
};
use std::process::ExitCode;

/// The operator's view of deliveries.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  trailmark outbox list --state dead\n  trailmark outbox why bo@example.com\n  trailmark outbox retry 42"
)]
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
    /// Why somebody got nothing: their turns, what was held back, and the rules that hold for them now.
    #[command(
        after_help = "Example:\n  trailmark outbox why bo@example.com\n\nIt names kinds, dates and reasons only. That somebody looked is noted, and the person can read that."
    )]
    Why {
        /// An e-mail address, the id of an account, or a number.
        person: String,
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

pub async fn run(args: Args, setup: &Setup) -> anyhow::Result<ExitCode> {
    let (config, db) = setup.database().await?;
    let now = Setup::now();
    match args.what {
        What::List { state, json: true } => list::as_json(&db, state.as_deref()).await?,
        What::List { state, json: false } => print(&list::as_text(&db, state.as_deref(), now).await?)?,
        What::Why { person, json } => why::run(&db, &config, &person, json).await?,
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
