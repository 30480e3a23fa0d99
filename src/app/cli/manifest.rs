//! `trailmark manifest`

use super::{Setup, print};
use crate::{app::config::Purpose, chat::slack};
use std::process::ExitCode;

/// Writes what a workspace's administrator uploads to install the app.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  trailmark manifest slack --url https://mobility.example.com > manifest.yaml")]
pub struct Args {
    #[command(subcommand)]
    platform: Platform,
}

#[derive(Debug, clap::Subcommand)]
enum Platform {
    /// Prints the app's manifest, to paste at api.slack.com/apps: Create New App, From a manifest.
    #[command(after_help = "Example:\n  trailmark manifest slack --url https://mobility.example.com > manifest.yaml")]
    Slack {
        /// How this server is reached from outside; server.public_url where it is not given.
        #[arg(long)]
        url: Option<String>,
    },
}

pub fn run(args: Args, setup: &Setup) -> anyhow::Result<ExitCode> {
    let Platform::Slack { url } = args.platform;
    let url = match url {
        Some(url) => Some(url),
        None => setup.config(Purpose::Database)?.server.public_url.map(|url| url.to_string()),
    };
    if let Some(url) = url.as_deref()
        && !reqwest::Url::parse(url).is_ok_and(|url| url.scheme() == "https" && url.has_host())
    {
        return Err(super::Usage(format!("“{url}” is not an address that starts with https://")).into());
    }
    if url.is_none() {
        eprintln!("The addresses in it are placeholders: give yours with --url, or set server.public_url.");
    }
    print(&slack::manifest(url.as_deref()))?;
    Ok(ExitCode::SUCCESS)
}
