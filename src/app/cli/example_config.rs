//! `trailmark example-config`

use super::print;
use crate::app::config::EXAMPLE;
use std::process::ExitCode;

/// Prints the configuration file: every setting, its default, and what it does.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  trailmark example-config > trailmark.toml")]
pub struct Args {}

pub fn run(_: Args) -> anyhow::Result<ExitCode> {
    print(EXAMPLE)?;
    Ok(ExitCode::SUCCESS)
}
