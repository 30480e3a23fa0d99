//! `trailmark demo`

use super::print;
use crate::app::{demo, run::Signals};
use std::{path::PathBuf, process::ExitCode};

/// The whole product on this machine with nothing configured: a simulated workspace with a sample company.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  trailmark demo --open")]
pub struct Args {
    /// The port of the page, on this machine only.
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Opens the page in a browser.
    #[arg(long)]
    open: bool,
    /// Keeps everything in this folder, so that the demo can be started again where it was.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

pub async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let mut asked = Signals::listen()?;
    let kept = match &args.data {
        Some(folder) => format!("kept in {}", folder.display()),
        None => "gone when you stop it (--data DIR keeps it)".to_owned(),
    };
    let demo = demo::start(demo::Options { port: args.port, data: args.data, starts_at: None }).await?;
    let page = demo.playground.page_url();
    print(&format!(
        "{page}\n\n\
         A simulated workspace with a sample company; the product answers in it as it would in Slack.\n\
         \x20 · Type `/projects find rust` in any channel, open a result, and press “I'm interested”.\n\
         \x20 · Switch to the person who owns it: they were told.\n\
         \x20 · Jump a quarter ahead: managers are asked to pick times for career conversations.\n\n\
         Everything stays on this machine and is {kept}. Stop with Ctrl+C.\n"
    ))?;
    if args.open {
        open(&page);
    }
    asked.next().await;
    tokio::select! {
        outcome = demo.stop() => outcome?,
        () = asked.next() => {}
    }
    Ok(ExitCode::SUCCESS)
}

/// Asks the system to show the page; where it cannot, the address stands above.
fn open(page: &str) {
    let (program, arguments): (&str, &[&str]) = if cfg!(target_os = "macos") {
        ("open", &[])
    } else if cfg!(target_os = "windows") {
        ("cmd", &["/C", "start", ""])
    } else {
        ("xdg-open", &[])
    };
    if std::process::Command::new(program).args(arguments).arg(page).spawn().is_err() {
        eprintln!("No browser could be opened: follow the address above.");
    }
}
