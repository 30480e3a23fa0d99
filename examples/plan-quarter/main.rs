//! Measures how long it takes to plan the career conversations of a quarter, and how much memory: on the database and
//! with the settings that `trailmark` would use, at every quarter of an hour of the second quarter of 2026. Nothing is
//! sent. Writes into the database: give it a copy.

use anyhow::Context;
use chrono::TimeDelta;
use std::time::{Duration, Instant as Moment};
use trailmark::{
    app::{
        config::{Config, Purpose, Source},
        run,
    },
    domain::{Instant, preference::NudgeKind, programme::Programme},
    nudges::{self, PlanCtx},
    store::live::Live,
};

/// Planning gets to know everybody after the last try of the quarter before.
const FIRST: &str = "2026-03-30T00:00:00Z";
/// The last of the first tries, delayed ones among them, is planned before.
const OPENED: &str = "2026-05-01T00:00:00Z";
const OVER: &str = "2026-07-01T12:00:00Z";

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let config = Config::load(Source::of_process(None), Purpose::Database)?;
    let programme = Programme { is_active: true, ..config.programme.clone() };
    let [first, opened, over] = [FIRST, OPENED, OVER].map(|text| text.parse::<Instant>());
    let (first, opened, over) = (first?, opened?, over?);
    let db = run::open(&config, first).await?;

    let begun = Moment::now();
    let live = Live::load(db.clone()).await?;
    report("everybody is read", begun.elapsed(), 0)?;
    let planning = Moment::now();
    let plan = async |now| {
        let ctx = PlanCtx { db: &db, live: &live, programme: &programme, now };
        nudges::plan(&ctx, NudgeKind::CareerConversation).await
    };
    let mut planned = plan(first).await?;
    report("everybody has a place in the quarter", planning.elapsed(), planned)?;
    let mut now = first;
    let mut longest = Duration::ZERO;
    while now < over {
        now += TimeDelta::minutes(15);
        let pass = Moment::now();
        planned += plan(now).await?;
        longest = longest.max(pass.elapsed());
        if now == opened {
            report("the first messages are planned", planning.elapsed(), planned)?;
        }
    }
    report("the quarter is planned", planning.elapsed(), planned)?;
    println!("the longest pass took {:.2} s", longest.as_secs_f64());
    db.close().await;
    Ok(())
}

fn report(what: &str, after: Duration, planned: usize) -> anyhow::Result<()> {
    let status = std::fs::read_to_string("/proc/self/status").context("memory is only measured on Linux")?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("no VmHWM")?;
    let kib: u64 = peak.trim().trim_end_matches(" kB").trim().parse()?;
    println!("{what}: {:.1} s, {planned} messages, {} MB at most", after.as_secs_f64(), kib * 1024 / 1_000_000);
    Ok(())
}
