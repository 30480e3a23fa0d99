//! The command line: one file per subcommand.
//!
//! To add one: a file with `Args` and `run`, a variant of [`Command`]; every one has an example in its help, and what
//! lists or reports takes `--json`.
//!
//! Exit codes: 0 fine, 1 the check or the work failed, 2 wrong usage or configuration.

mod admin;
mod audit;
mod backup;
mod copy_database;
mod demo;
mod doctor;
mod erase_person;
mod evaluate;
mod example_config;
mod export_person;
mod find;
mod import;
mod keys;
mod manifest;
mod matches;
mod migrate;
mod outbox;
mod rehearse;
mod report;
mod restore;
mod serve;
mod skills;
mod tick;

use super::{
    clock::SystemClock,
    config::{Config, Problems, Purpose, Source},
    run, telemetry,
};
use crate::{
    domain::Instant,
    ports::Clock,
    store::{self, Damaged, Db},
};
use anyhow::Context;
use clap::{Parser, Subcommand};
use std::{io::Write, path::PathBuf, process::ExitCode};

/// Internal mobility in everyday chat: find projects, keep career conversations, and see what really happened.
#[derive(Debug, Parser)]
#[command(
    name = "trailmark",
    version,
    after_help = "Example: try everything without a workspace\n  trailmark demo --open"
)]
struct Cli {
    /// The configuration file; trailmark.toml in the working directory where there is one.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Demo(demo::Args),
    Serve(serve::Args),
    Tick(tick::Args),
    Migrate(migrate::Args),
    Doctor(doctor::Args),
    ExampleConfig(example_config::Args),
    Manifest(manifest::Args),
    Import(import::Args),
    Find(find::Args),
    Matches(matches::Args),
    Evaluate(evaluate::Args),
    Skills(skills::Args),
    Rehearse(rehearse::Args),
    Report(report::Args),
    Outbox(outbox::Args),
    Backup(backup::Args),
    Restore(restore::Args),
    CopyDatabase(copy_database::Args),
    ExportPerson(export_person::Args),
    ErasePerson(erase_person::Args),
    Admin(admin::Args),
    Keys(keys::Args),
    Audit(audit::Args),
}

/// What every subcommand may use.
#[derive(Debug)]
struct Setup {
    source: Source,
}

impl Setup {
    fn config(&self, purpose: Purpose) -> Result<Config, Problems> {
        Config::load(self.source.clone(), purpose)
    }

    /// For commands that only need the database.
    async fn database(&self) -> anyhow::Result<(Config, Db)> {
        let config = self.config(Purpose::Database)?;
        let db = run::open(&config, Setup::now()).await.map_err(|error| {
            if error.is::<Damaged>() { error } else { Problems(vec![run::about_the_database(&error)]).into() }
        })?;
        Ok((config, db))
    }

    fn now() -> Instant {
        SystemClock.now()
    }
}

/// Reads the arguments, does it, and says how it went.
#[must_use]
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let setup = Setup { source: Source::of_process(cli.config.as_deref()) };
    telemetry::start(match cli.command {
        Command::Serve(_) => "info",
        _ => "warn",
    });
    let outcome = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("the runtime could not be started")
        .and_then(|runtime| {
            let outcome = runtime.block_on(dispatch(cli.command, &setup));
            runtime.shutdown_background();
            outcome
        });
    match outcome {
        Ok(code) => code,
        Err(error) => refuse(&store::with_damage(error)),
    }
}

async fn dispatch(command: Command, setup: &Setup) -> anyhow::Result<ExitCode> {
    match command {
        Command::Demo(args) => demo::run(args).await,
        Command::Serve(args) => serve::run(args, setup).await,
        Command::Tick(args) => tick::run(args, setup).await,
        Command::Migrate(args) => migrate::run(args, setup).await,
        Command::Doctor(args) => doctor::run(args, setup).await,
        Command::ExampleConfig(args) => example_config::run(args),
        Command::Manifest(args) => manifest::run(args, setup),
        Command::Import(args) => import::run(args, setup).await,
        Command::Find(args) => find::run(args, setup).await,
        Command::Matches(args) => matches::run(args, setup).await,
        Command::Evaluate(args) => evaluate::run(&args),
        Command::Skills(args) => skills::run(&args, setup).await,
        Command::Rehearse(args) => rehearse::run(args, setup).await,
        Command::Report(args) => report::run(args, setup).await,
        Command::Outbox(args) => outbox::run(args, setup).await,
        Command::Backup(args) => backup::run(args, setup).await,
        Command::Restore(args) => restore::run(args, setup).await,
        Command::CopyDatabase(args) => copy_database::run(args).await,
        Command::ExportPerson(args) => export_person::run(args, setup).await,
        Command::ErasePerson(args) => erase_person::run(args, setup).await,
        Command::Admin(args) => admin::run(args, setup).await,
        Command::Keys(args) => keys::run(args, setup).await,
        Command::Audit(args) => audit::run(args, setup).await,
    }
}

/// Wrong usage that the parser of arguments cannot see.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Usage(String);

fn refuse(error: &anyhow::Error) -> ExitCode {
    let is_usage = error.is::<Problems>() || error.is::<Usage>();
    eprintln!("trailmark: {error:#}");
    ExitCode::from(if is_usage { 2 } else { 1 })
}

/// Writes to standard output. A reader that went away (`| head`) is no failure.
fn print(text: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    let outcome = out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(anyhow::Error::from);
    if went_away(&outcome) { Ok(()) } else { outcome.context("standard output cannot be written") }
}

/// Whoever read standard output stopped reading.
fn went_away(outcome: &anyhow::Result<()>) -> bool {
    let error = outcome.as_ref().err().and_then(|error| error.downcast_ref::<std::io::Error>());
    error.is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}

/// Asks; anything but yes is no.
fn is_sure(question: &str) -> anyhow::Result<bool> {
    print(question)?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer).context("standard input cannot be read")?;
    Ok(["y", "yes"].contains(&answer.trim().to_lowercase().as_str()))
}

fn print_json(value: &serde_json::Value) -> anyhow::Result<()> {
    print(&format!("{value:#}\n"))
}

/// The words as one text; for `-`, every line of standard input that is not empty.
fn words_or_lines(words: &[String]) -> anyhow::Result<Vec<String>> {
    if words != ["-"] {
        return Ok(vec![words.join(" ")]);
    }
    lines_of_input()
}

/// Every line of standard input that is not empty.
fn lines_of_input() -> anyhow::Result<Vec<String>> {
    let text = std::io::read_to_string(std::io::stdin()).context("standard input cannot be read")?;
    Ok(text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect())
}
