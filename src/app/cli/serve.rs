//! `trailmark serve`

use super::Setup;
use crate::app::run;
use std::process::ExitCode;

/// The server: receives what happens in chat, plans what is due, and sends it.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  SLACK_SIGNING_SECRET=… SLACK_BOT_TOKEN=xoxb-… trailmark serve --config trailmark.toml"
)]
pub struct Args {}

pub async fn run(_: Args, setup: &Setup) -> anyhow::Result<ExitCode> {
    run::serve(setup.source.clone()).await?;
    Ok(ExitCode::SUCCESS)
}
