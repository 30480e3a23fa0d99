//! `trailmark keys`

use super::{Setup, Usage, print, print_json};
use crate::{
    domain::audit::{Act, Actor, Note},
    store::{Db, audit, keys, seal::SEALED},
};
use serde_json::{Value, json};
use std::{collections::BTreeMap, fmt::Write as _, process::ExitCode};

/// The keys under which people's words are stored.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  TRAILMARK_KEY=NEW,OLD trailmark keys rotate")]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Encrypts everything anew under the first key of TRAILMARK_KEY, also what was stored before there was a key. Works
    /// beside a running server, and may be stopped and begun again.
    #[command(
        after_help = "Example:\n  export TRAILMARK_KEY=\"$(openssl rand -base64 32),$TRAILMARK_KEY\"   # then restart every server with it\n  trailmark keys rotate"
    )]
    Rotate {
        #[arg(long)]
        json: bool,
    },
}

/// A server that writes under an older key meanwhile gives each pass something to do.
const PASSES: usize = 5;

pub async fn run(args: Args, setup: &Setup) -> anyhow::Result<ExitCode> {
    let What::Rotate { json } = args.what;
    let (config, db) = setup.database().await?;
    if config.keys.is_empty() {
        let words =
            "TRAILMARK_KEY is not set, so there is no key to encrypt under; make one with: openssl rand -base64 32";
        return Err(Usage(words.to_owned()).into());
    }
    let mut rows: BTreeMap<&str, u64> = BTreeMap::new();
    let mut left = i64::MAX;
    for _ in 0..PASSES {
        for column in &SEALED {
            *rows.entry(column.table).or_default() += keys::rotate(&db, column).await?;
        }
        let mut tx = db.read().await?;
        left = keys::left(&mut tx).await?;
        drop(tx);
        if left == 0 {
            break;
        }
    }
    let total: u64 = rows.values().sum();
    let newest = db.keyring().newest().unwrap_or_default().to_owned();
    let mut tx = db.write().await?;
    if left == 0 {
        keys::retire(&mut tx).await?;
    }
    if total > 0 {
        let data = json!({"values": total, "left": left});
        audit::note(&mut tx, Setup::now(), Note::by(Actor::Operator, Act::KeysRotated).on(&newest).with(data)).await?;
    }
    tx.commit().await?;
    tell(&rows, left, &newest, json)?;
    finish(&db).await;
    Ok(if left == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What was readable before is not left behind in the write-ahead log either.
async fn finish(db: &Db) {
    if let Err(error) = db.truncate_log().await {
        tracing::warn!(
            error = format!("{error:#}"),
            "the write-ahead log could not be emptied; the next checkpoint does it"
        );
    }
    db.close().await;
}

fn tell(rows: &BTreeMap<&str, u64>, left: i64, newest: &str, as_json: bool) -> anyhow::Result<()> {
    if as_json {
        let by_table: Vec<Value> =
            rows.iter().map(|(table, values)| json!({"table": table, "values": values})).collect();
        return print_json(&json!({"key": newest, "rotated": by_table, "left": left}));
    }
    let mut text = String::new();
    for (table, values) in rows.iter().filter(|(_, values)| **values > 0) {
        let _ = writeln!(text, "{values:>8}  {table}");
    }
    let _ = match (left, rows.values().sum::<u64>()) {
        (0, 0) => writeln!(text, "Everything was under key {newest} already."),
        (0, total) => {
            writeln!(text, "{total:>8}  values are under key {newest} now. Older keys may leave TRAILMARK_KEY.")
        }
        (left, _) => writeln!(
            text,
            "{left} values are still under another key: a server writes with it. Restart every server with key {newest} first in \
             TRAILMARK_KEY, then run this again."
        ),
    };
    print(&text)
}
