//! `trailmark admin`

use super::{Setup, print, print_json};
use crate::{
    commands::admin,
    domain::audit::{Act, Actor, Note},
    store::{audit, instance},
};
use serde_json::json;
use std::process::ExitCode;

/// For whoever runs the installation.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  trailmark admin bootstrap")]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Prints a code, good for one hour and one use, that makes whoever types it in chat an administrator.
    #[command(after_help = "Example:\n  trailmark admin bootstrap\nthen, in chat:\n  /mobility admin CODE")]
    Bootstrap {
        #[arg(long)]
        json: bool,
    },
}

const HOURS: i64 = 1;

pub async fn run(args: Args, setup: &Setup) -> anyhow::Result<ExitCode> {
    let What::Bootstrap { json } = args.what;
    let (_, db) = setup.database().await?;
    let (code, now) = (admin::new_code(), Setup::now());
    let mut tx = db.write().await?;
    instance::add_admin_code(&mut tx, &admin::hash_code(&code), now + chrono::Duration::hours(HOURS)).await?;
    audit::note(&mut tx, now, Note::by(Actor::Operator, Act::CodeMade)).await?;
    tx.commit().await?;
    db.close().await;
    if json {
        print_json(&json!({ "code": code }))?;
    } else {
        print(&format!("Type this in chat within an hour; it works once:\n\n  /mobility admin {code}\n"))?;
    }
    Ok(ExitCode::SUCCESS)
}
