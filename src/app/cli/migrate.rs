//! `trailmark migrate`

use super::{Setup, print};
use std::process::ExitCode;

/// Brings the database up to date. Every other command does so too; this one does nothing else.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  DATABASE_URL=postgres://localhost/trailmark trailmark migrate")]
pub struct Args {}

pub async fn run(_: Args, setup: &Setup) -> anyhow::Result<ExitCode> {
    let (_, db) = setup.database().await?;
    print("The database is up to date.\n")?;
    db.close().await;
    Ok(ExitCode::SUCCESS)
}
