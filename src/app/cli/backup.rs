//! `trailmark backup`

use super::{Setup, Usage, print};
use crate::{
    domain::audit::{Act, Actor, Note},
    store::{self, audit, backup},
};
use std::{path::PathBuf, process::ExitCode};

/// Copies the database as it is now into one file, beside a running server.
///
/// The copy is read through before it gets its name, and is for its owner only. Keep the configuration and its secrets
/// elsewhere: they are not in it.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: every night\n  trailmark backup /backups/trailmark-$(date +%F).db")]
pub struct Args {
    /// The file to make. One that is there is kept.
    file: PathBuf,
}

const ON_POSTGRES: &str = "the database is on Postgres, which has its own tools for this:\n\n  \
    pg_dump --format=custom --file=FILE \"$DATABASE_URL\"\n\nA copy in one SQLite file, which needs no Postgres to be read, is made with the servers \
    stopped: trailmark copy-database \"$DATABASE_URL\" sqlite://FILE";

pub async fn run(args: Args, setup: &Setup) -> anyhow::Result<ExitCode> {
    let (_, db) = setup.database().await?;
    if db.is_postgres() {
        return Err(Usage(ON_POSTGRES.to_owned()).into());
    }
    let held = backup::write(&db, &args.file).await.map_err(store::with_damage)?;
    let mut tx = db.write().await?;
    audit::note(&mut tx, Setup::now(), Note::by(Actor::Operator, Act::BackedUp)).await?;
    tx.commit().await?;
    db.close().await;
    let bytes = std::fs::metadata(&args.file)?.len();
    print(&format!(
        "{}: {} rows in {} tables, {}; read through and whole.\n",
        args.file.display(),
        held.rows,
        held.tables,
        indicatif::HumanBytes(bytes)
    ))?;
    Ok(ExitCode::SUCCESS)
}
