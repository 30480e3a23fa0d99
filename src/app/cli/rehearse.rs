//! `trailmark rehearse`

use super::{Setup, print, print_json};
use crate::{
    domain::{
        audit::{Act, Actor, Look, Note},
        calendar::resolve,
    },
    nudges::{
        PlanCtx,
        rehearse::{rehearse, to_text},
    },
    store::{audit, live::Live},
};
use chrono::{NaiveDate, NaiveTime};
use std::process::ExitCode;

/// Who would get which message on which day. Nothing is sent.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  trailmark rehearse --days 30\n  trailmark rehearse --from 2027-01-01 --full > quarter.txt"
)]
pub struct Args {
    /// So many days, from 1 to 400.
    #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(u32).range(1..=400))]
    days: u32,
    /// The first day, such as 2027-01-01; today unless given.
    #[arg(long, value_name = "DATE")]
    from: Option<NaiveDate>,
    /// Every word of every message.
    #[arg(long)]
    full: bool,
    #[arg(long)]
    json: bool,
}

pub async fn run(args: Args, setup: &Setup) -> anyhow::Result<ExitCode> {
    let (config, db) = setup.database().await?;
    let live = Live::load(db.clone()).await?;
    let (programme, now) = (&config.programme, Setup::now());
    let from = args.from.map_or(now, |day| resolve(programme.default_zone, day, NaiveTime::MIN));
    let planned = rehearse(&PlanCtx { db: &db, live: &live, programme, now }, args.days, from).await?;
    audit::looked(&db, now, vec![Note::by(Actor::Operator, Act::Looked(Look::Rehearsal))]).await?;
    if args.json {
        print_json(&serde_json::to_value(&planned)?)?;
    } else {
        print(&to_text(&planned, args.days, args.full))?;
    }
    db.close().await;
    Ok(ExitCode::SUCCESS)
}
