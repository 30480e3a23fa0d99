//! `trailmark report`

use super::{Setup, Usage, print, print_json};
use crate::{
    commands::report,
    domain::calendar::{Quarter, local_date},
    store::live::Live,
};
use std::process::ExitCode;

/// What really happened in a quarter: every measure with its definition; groups that are too small stay hidden.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  trailmark report --quarter 2026-Q2 --csv > report.csv")]
pub struct Args {
    /// Such as 2026-Q2; the current one unless given.
    #[arg(long)]
    quarter: Option<String>,
    #[arg(long)]
    json: bool,
    #[arg(long, conflicts_with = "json")]
    csv: bool,
}

pub async fn run(args: Args, setup: &Setup) -> anyhow::Result<ExitCode> {
    let now = Setup::now();
    let asked = args
        .quarter
        .map(|text| text.parse::<Quarter>().map_err(|error| Usage(format!("--quarter: {error}"))))
        .transpose()?;
    let (config, db) = setup.database().await?;
    let programme = &config.programme;
    let quarter = asked.unwrap_or_else(|| Quarter::of(local_date(programme.default_zone, now)));
    let live = Live::load(db.clone()).await?;
    let mut tx = db.read().await?;
    let report = report::report(&mut tx, &live, programme, quarter, now).await?;
    drop(tx);
    if args.json {
        print_json(&report.to_json())?;
    } else if args.csv {
        print(&report.to_csv())?;
    } else {
        print(&report.to_text())?;
    }
    db.close().await;
    Ok(ExitCode::SUCCESS)
}
