//! `trailmark restore`

use super::{Setup, Usage, erase_person::erase_returned, is_sure, print};
use crate::{
    app::config::Purpose,
    domain::{
        Instant,
        audit::{Act, Actor, Note},
    },
    store::{
        Damaged, Db, audit,
        backup::{self, Holding},
        copy, file,
    },
};
use secrecy::ExposeSecret;
use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

/// Puts a backup in the place of the database, which is kept beside it.
///
/// Nothing that was sent since the backup is sent again: whatever was due before now is looked for in its conversation
/// first.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  trailmark restore /backups/trailmark-2026-05-04.db\n  trailmark restore --by-hand    after you put a copy back yourself"
)]
pub struct Args {
    /// What `trailmark backup` made.
    #[arg(required_unless_present = "by_hand", conflicts_with = "by_hand")]
    file: Option<PathBuf>,
    /// Does not ask.
    #[arg(long)]
    yes: bool,
    /// Replaces nothing: you put an older copy of a whole folder, a volume or a machine back by other means, or go back to one that was moved elsewhere.
    #[arg(long)]
    by_hand: bool,
}

const ON_POSTGRES: &str = "the database is on Postgres, which has its own tools for this. Stop the servers, then:\n\n  \
    pg_restore --clean --if-exists --no-owner --dbname=\"$DATABASE_URL\" FILE\n\nThe next start notices it by itself. After a volume or a machine was put back \
    whole, which leaves no trace: trailmark restore --by-hand\n\nWhoever was erased since the dump was made is back in it: erase them again";

/// Where nobody remembers who was erased since.
const COME_BACK: &str = "Whoever was erased since that copy was made may be back in it: erase them again.\n";

const THEN: &str = "What was due before now is looked for in its conversation before it is sent.";

pub async fn run(args: Args, setup: &Setup) -> anyhow::Result<ExitCode> {
    let Some(backup) = &args.file else { return by_hand(setup).await };
    let config = setup.config(Purpose::Database)?;
    let url = config.database_url.expose_secret();
    let Some(database) = file::path_of(url) else { return Err(Usage(ON_POSTGRES.to_owned()).into()) };
    let _lock = file::lock(url)?;
    let prepared = backup::prepare(backup, database).await?;
    let present = present(url, database).await?;
    print(&compare(present.as_ref(), &prepared.holding))?;
    if !args.yes && !is_sure("\nPut the backup in place? Type yes: ")? {
        print("Nothing was changed.\n")?;
        return Ok(ExitCode::FAILURE);
    }
    let replaced = present.as_ref().and_then(|it| it.as_ref().ok());
    let remembers = match replaced {
        Some(replaced) => prepared.remember_erased(url).await.is_ok() && replaced.secret == prepared.holding.secret,
        None => false,
    };
    let kept = prepared.put_in_place(replaced, Setup::now()).await?;
    let kept = kept.map_or(String::new(), |kept| {
        format!(" What was there before is kept as {}; delete it when nobody needs it.", kept.display())
    });
    print(&format!("Restored.{kept} {THEN}\n"))?;
    if !remembers {
        print(COME_BACK)?;
    }
    if let Err(error) = afterwards(setup).await {
        print(&format!(
            "It could not be opened yet ({error:#}). Once it can: `trailmark erase-person --again` erases anew whoever was erased since \
             the backup was made.\n"
        ))?;
    }
    Ok(ExitCode::SUCCESS)
}

async fn by_hand(setup: &Setup) -> anyhow::Result<ExitCode> {
    let (config, db) = setup.database().await?;
    let _lock = file::lock(config.database_url.expose_secret())?;
    let mut tx = db.write().await?;
    copy::come_back(&mut tx, Setup::now()).await?;
    audit::note(&mut tx, Setup::now(), restored()).await?;
    tx.commit().await?;
    db.close().await;
    print(&format!("Noted. {THEN}\n{COME_BACK}"))?;
    Ok(ExitCode::SUCCESS)
}

fn restored() -> Note {
    Note::by(Actor::Operator, Act::Restored)
}

/// Notes it, and erases anew whoever was erased since the backup was made.
async fn afterwards(setup: &Setup) -> anyhow::Result<()> {
    let (config, db) = setup.database().await?;
    let mut tx = db.write().await?;
    audit::note(&mut tx, Setup::now(), restored()).await?;
    tx.commit().await?;
    let erased = erase_returned(&db, &config.programme).await?;
    db.close().await;
    if erased > 0 {
        print(&format!("{erased} of the people in it had been erased since, and were erased again.\n"))?;
    }
    Ok(())
}

/// What the database in place holds: nothing at all, or it cannot be read.
async fn present(url: &str, database: &Path) -> anyhow::Result<Option<Result<Holding, String>>> {
    if !database.exists() {
        return Ok(None);
    }
    let look = async {
        let db = Db::open(url).await?;
        let mut tx = db.read().await?;
        let holding = backup::holding(&mut tx).await?;
        drop(tx);
        db.close().await;
        anyhow::Ok(holding)
    };
    match look.await.map_err(crate::store::with_damage) {
        Ok(holding) => Ok(Some(Ok(holding))),
        Err(error) if error.is::<Damaged>() => Ok(Some(Err("it is damaged".to_owned()))),
        Err(error) => Ok(Some(Err(format!("{error:#}")))),
    }
}

fn compare(present: Option<&Result<Holding, String>>, backup: &Holding) -> String {
    let line = |what: &str, it: &Holding| {
        format!(
            "{what:<10}  {} people, {} posts, {} messages; newest change {}\n",
            it.people,
            it.posts,
            it.messages,
            it.newest.map_or("never".to_owned(), said)
        )
    };
    let mut text = line("Backup", backup);
    match present {
        None => text += "In place    nothing\n",
        Some(Err(reason)) => text += &format!("In place    cannot be compared: {reason}\n"),
        Some(Ok(present)) => {
            text += &line("In place", present);
            text += &match (backup.newest, present.newest) {
                (Some(then), Some(now)) if now > then => {
                    format!("\nWhat happened between {} and {} is lost.\n", said(then), said(now))
                }
                _ => "\nThe database in place has nothing newer.\n".to_owned(),
            };
            if present.secret != backup.secret {
                text += "\nThis is the backup of another installation: what that one sends is not recognised here.\n";
            }
        }
    }
    text
}

fn said(at: Instant) -> String {
    at.format("%a %-d %B %Y %H:%M:%S UTC").to_string()
}
