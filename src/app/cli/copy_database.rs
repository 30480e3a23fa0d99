//! `trailmark copy-database`

use super::{Setup, Usage, print};
use crate::{
    app::progress,
    store::{self, Db, copy, file},
};
use anyhow::{Context, ensure};
use std::{fmt::Write as _, process::ExitCode};

/// Moves everything into another, empty database: from SQLite to Postgres, or back.
///
/// Both are read through at the end and compared. Whoever is interrupted runs it again, and it goes on. With the servers
/// stopped; afterwards the first database sends nothing any more, because the other one goes on in its place.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  trailmark copy-database sqlite://trailmark.db postgres://trailmark@localhost/trailmark\nthen start the server with DATABASE_URL set to the second one"
)]
pub struct Args {
    /// Such as sqlite://trailmark.db.
    from: String,
    /// Such as postgres://user:password@host/name.
    to: String,
}

/// Postgres tells the connections of this command from those of servers by it.
const NAME: &str = "trailmark copy-database";

pub async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let Args { from, to } = args;
    for url in [&from, &to] {
        if !["sqlite:", "postgres://", "postgresql://"].iter().any(|kind| url.starts_with(kind)) {
            return Err(Usage("a database is named sqlite://… or postgres://…".to_owned()).into());
        }
    }
    ensure!(from != to, "that is the same database twice");
    ensure!(Db::is_there(&from), "the database to copy is not there");
    let _locks = [file::lock(&from)?, file::lock(&to).context("the new database")?];
    let from = open(&from).await.context("the database to copy")?;
    let to = open(&to).await.context("the new database")?;
    let bar = progress::bar(0, "tables", true);
    let moved = copy::all(&from, &to, Setup::now(), |place, all| {
        bar.set_length(all);
        bar.set_position(place);
    })
    .await
    .map_err(store::with_damage);
    bar.finish_and_clear();
    let moved = moved.context("the new database is not finished")?;
    let mut text = format!("{:<20} {:>10}  checksum\n", "table", "rows");
    for (table, sum) in &moved.tables {
        let _ = writeln!(text, "{table:<20} {:>10}  {:032x}", sum.rows, sum.checksum);
    }
    text += if moved.was_there {
        "\nEverything had been moved before, and both are still the same.\n"
    } else {
        "\nEverything was moved, and both are the same.\n"
    };
    text += "From now on set DATABASE_URL to the new database. Nothing is sent from the old one any more.\n";
    print(&text)?;
    from.close().await;
    to.close().await;
    Ok(ExitCode::SUCCESS)
}

async fn open(url: &str) -> anyhow::Result<Db> {
    let db = Db::open_as(NAME, url).await?;
    db.migrate().await?;
    let mut tx = db.read().await?;
    let others = copy::others(&mut tx).await?;
    ensure!(others == 0, "a server or a command is connected to it: stop it first");
    drop(tx);
    Ok(db)
}
