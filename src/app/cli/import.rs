//! `trailmark import`

use super::{Setup, print};
use crate::app::import::{self, Options};
use std::{path::PathBuf, process::ExitCode};

/// Takes in people, opportunities, or the company's own skills from a file. The same file twice changes nothing; a bad row is named and the rest
/// goes in.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  trailmark import people people.csv\n  trailmark import opportunities posts.csv --dry-run\n\n\
    An empty cell leaves what is known as it is. Skills fill an empty profile and are the person's own from then on. \
    People who are missing from the file are left as they are. Exit 1 when a row was refused."
)]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// email,name,manager_email,department,title,location,time_zone,employed_since,role_since,slack_id,teams_id,skills,wants
    #[command(after_help = "Example:\n  trailmark import people people.csv")]
    People(File),
    /// id,kind,title,summary,team,owner_email,needs,nice,teaches,hours_per_week,weeks,starts_on,reply_by,seats,place,remote
    #[command(after_help = "Example:\n  trailmark import opportunities posts.csv --strict")]
    Opportunities(File),
    /// name,aliases,related
    #[command(
        after_help = "Example:\n  trailmark import skills skills.csv\n\nThe company's own skills, beside those that everybody knows."
    )]
    Skills(File),
}

#[derive(Debug, clap::Args)]
struct File {
    /// A CSV file with these columns (lists separated by `;`), or a JSON array of objects with these keys.
    file: PathBuf,
    /// One bad row, and nothing goes in.
    #[arg(long)]
    strict: bool,
    /// Says what would happen; nothing goes in.
    #[arg(long)]
    dry_run: bool,
}

pub async fn run(args: Args, setup: &Setup) -> anyhow::Result<ExitCode> {
    let (_, db) = setup.database().await?;
    let now = Setup::now();
    let options = |file: &File| Options { strict: file.strict, dry_run: file.dry_run, show_progress: true };
    let outcome = match &args.what {
        What::People(file) => import::people(&db, &file.file, options(file), now).await,
        What::Opportunities(file) => import::opportunities(&db, &file.file, options(file), now).await,
        What::Skills(file) => import::skills(&db, &file.file, options(file), now).await,
    };
    db.close().await;
    let outcome = outcome?;
    for remark in &outcome.refused {
        eprintln!("line {}: refused: {}", remark.line, remark.reason);
    }
    for remark in &outcome.notes {
        eprintln!("line {}: {}", remark.line, remark.reason);
    }
    print(&format!("{}\n", outcome.summary()))?;
    Ok(if outcome.refused.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
