//! `trailmark tick`

use super::{Setup, print};
use crate::{
    app::{clock::to_millis, config::Purpose, run},
    domain::Instant,
};
use std::process::ExitCode;

/// One pass of planning and delivering, for those who run their own cron. Once a day it forgets what is old enough.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: in a crontab\n  */30 * * * *  trailmark tick --config /etc/trailmark.toml")]
pub struct Args {
    /// The time for everything, such as 2026-04-01T09:30:00Z. It may lie in the future.
    #[arg(long, value_name = "RFC3339")]
    now: Option<Instant>,
}

pub async fn run(args: Args, setup: &Setup) -> anyhow::Result<ExitCode> {
    let config = setup.config(Purpose::Sending)?;
    let given = args.now.map(to_millis);
    let db = run::open_for_sending(&config, given.unwrap_or_else(Setup::now)).await?;
    let now = match given {
        Some(now) => now,
        None => db.time(Setup::now()).await?,
    };
    let engine = run::engine(db.clone(), &config, run::chats(&config)?).await?;
    engine.reconnect(now).await?;
    let ticked = engine.tick(now).await?;
    engine.tidy(now).await?;
    print(&format!("planned {}, sent {}, not sent {}\n", ticked.planned, ticked.sent, ticked.failed))?;
    db.close().await;
    Ok(ExitCode::SUCCESS)
}
