//! `trailmark erase-person`

use super::{Setup, Usage, export_person::find, is_sure, print};
use crate::{
    commands::{
        Ctx,
        erasure::{self, Preview},
    },
    domain::{audit::Actor, programme::Programme},
    message::{Address, Platform},
    store::{Db, live::Live, outbox::HOME_TENANT, privacy, showings::Showings},
};
use anyhow::{Context, bail};
use secrecy::ExposeSecret;
use std::{fmt::Write as _, io::IsTerminal, path::Path, process::ExitCode, time::Duration};

/// Erases everything that is stored about one person, after showing what that is.
///
/// What happened stays as a count without a name. Open posts are closed, and everybody who waits for an answer is told.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  trailmark erase-person ada@example.com\n  trailmark erase-person ada@example.com --allow-again    she may be imported or met anew"
)]
pub struct Args {
    /// An e-mail address, the id of an account, or a number.
    #[arg(required_unless_present = "again", conflicts_with = "again")]
    person: Option<String>,
    /// Does not ask.
    #[arg(long)]
    yes: bool,
    /// Erases nothing: somebody who was erased may be imported, or use the bot, again.
    #[arg(long, conflicts_with = "yes")]
    allow_again: bool,
    /// Erases whoever is here although they were erased before: an older copy of the database was put in place.
    #[arg(long, conflicts_with = "allow_again")]
    again: bool,
}

/// How often it is tried to empty the log of a database that others read, and how long apart.
const TRIES: u32 = 20;
const APART: Duration = Duration::from_millis(250);

pub async fn run(args: Args, setup: &Setup) -> anyhow::Result<ExitCode> {
    let (config, db) = setup.database().await?;
    let Some(person) = &args.person else { return again(&db, &config.programme).await };
    if args.allow_again {
        return allow_again(&db, person).await;
    }
    let who = find(&db, person).await?;
    let Some(found) = erasure::preview(&db, who.id).await? else { bail!("somebody else has just erased them") };
    print(&told(&found))?;
    if !args.yes {
        if !std::io::stdin().is_terminal() {
            return Err(Usage(
                "nothing was erased: nobody can be asked here. Look at the list, then add --yes".to_owned(),
            )
            .into());
        }
        if !is_sure("\nErase all of this? It cannot be taken back. Type yes: ")? {
            print("Nothing was erased.\n")?;
            return Ok(ExitCode::FAILURE);
        }
    }
    let done = erase(&db, &config.programme, found).await?;
    let is_clean = scrub(&db).await;
    db.close().await;
    anyhow::ensure!(done, "somebody else has just erased them");
    print("\nErased.\n")?;
    print(&beyond(config.database_url.expose_secret()))?;
    is_clean.context(
        "what was erased is still in the log beside the database, because somebody reads it all the time. Stop the server, run \
         `trailmark migrate`, start the server again: the log is emptied then",
    )?;
    Ok(ExitCode::SUCCESS)
}

async fn again(db: &Db, programme: &Programme) -> anyhow::Result<ExitCode> {
    let erased = erase_returned(db, programme).await?;
    db.close().await;
    print(&match erased {
        0 => "Nobody who was erased is here.\n".to_owned(),
        erased => format!(
            "{} who had been erased, and came back with an older copy, erased again.\n",
            counted(erased, "person")
        ),
    })?;
    Ok(ExitCode::SUCCESS)
}

/// Erases everybody who is here although they were erased; gives how many these were.
///
/// # Errors
/// The database refused; whoever is left can be erased with the same call.
pub(super) async fn erase_returned(db: &Db, programme: &Programme) -> anyhow::Result<usize> {
    let mut tx = db.read().await?;
    let returned = privacy::returned(&mut tx).await?;
    drop(tx);
    for person in &returned {
        if let Some(found) = erasure::preview(db, *person).await? {
            erase(db, programme, found).await?;
        }
    }
    if !returned.is_empty() {
        scrub(db).await?;
    }
    Ok(returned.len())
}

async fn allow_again(db: &Db, person: &str) -> anyhow::Result<ExitCode> {
    let mut tx = db.write().await?;
    let is_done = privacy::allow_again(&mut tx, person).await?;
    tx.commit().await?;
    db.close().await;
    anyhow::ensure!(is_done, "nobody with the address or account {person} was erased; there is nothing to allow");
    print("They may be imported, or use the bot, again. What was erased does not come back.\n")?;
    Ok(ExitCode::SUCCESS)
}

/// Erases with what a command in chat would have.
async fn erase(db: &Db, programme: &Programme, found: Preview) -> anyhow::Result<bool> {
    let live = Live::load(db.clone()).await?;
    let nowhere = Address::new(Platform::ALL[0], "");
    let address = found.who.accounts.first().map_or(nowhere, |account| account.address.clone());
    let ctx = Ctx {
        db,
        live: &live,
        showings: &Showings::default(),
        programme,
        now: Setup::now(),
        person: found.who.id,
        address: &address,
        place: None,
        tenant: HOME_TENANT,
        is_press: false,
    };
    erasure::erase(&ctx, found, Actor::Operator).await
}

async fn scrub(db: &Db) -> anyhow::Result<()> {
    let mut outcome = Ok(());
    for _ in 0..TRIES {
        outcome = privacy::scrub(db).await;
        if outcome.is_ok() {
            break;
        }
        tokio::time::sleep(APART).await;
    }
    outcome
}

fn told(found: &Preview) -> String {
    let name = if found.who.name.is_empty() { "Somebody without a name" } else { &found.who.name };
    let mut text =
        format!("{name}, {}, number {}\n", found.who.email.as_deref().unwrap_or("no e-mail address"), found.who.id.0);
    let mut list = |title: &str, all: Vec<(String, i64)>| {
        if !all.is_empty() {
            let _ = writeln!(text, "\n{title}");
            for (what, rows) in all {
                let _ = writeln!(text, "{rows:>8}  {what}");
            }
        }
    };
    list("Goes:", found.goes().collect());
    list(
        "Stays without their name, account and words, for others and for the totals:",
        found.stays_nameless().collect(),
    );
    list(
        "Stays, because it only holds a number that leads to nobody then:",
        found.stays().map(|(what, rows, _)| (what, rows)).collect(),
    );
    let (told, waiting) = (found.mentions.told.len(), found.mentions.waiting.len());
    if told + waiting > 0 {
        let _ = writeln!(
            text,
            "\nOthers were told about them: the text of {} is forgotten, and {} not sent.",
            counted(told, "message"),
            match waiting {
                1 => "1 that waits is".to_owned(),
                waiting => format!("{waiting} that wait are"),
            }
        );
    }
    if !found.open_posts.is_empty() {
        let posts: Vec<String> = found.open_posts.iter().map(ToString::to_string).collect();
        let _ = writeln!(
            text,
            "\n{} closed, and {} for an answer told. To keep the work open, first give it another owner: import it with another \
             owner_email.",
            match posts.as_slice() {
                [one] => format!("Their open post {one} is"),
                several => format!("Their open posts {} are", several.join(", ")),
            },
            match found.waiting {
                1 => "the one person who waits is".to_owned(),
                waiting => format!("{waiting} people who wait are"),
            }
        );
    }
    text
}

fn counted(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}

/// What no command of ours reaches.
fn beyond(url: &str) -> String {
    let mut text = "A later import of this address is refused with its line, and the account is not met again; --allow-again changes \
                    that.\nNot reached from here: messages that are in chat already, and every backup made until now, which holds them \
                    until you delete it.\n"
        .to_owned();
    match crate::store::file::path_of(url) {
        None => text += "On Postgres also its archived log and its replicas' backups.\n",
        Some(path) => {
            for kept in replaced(path) {
                let _ = writeln!(text, "An older database is kept as {kept}: delete it.");
            }
        }
    }
    text
}

/// What restores kept beside the database.
fn replaced(database: &Path) -> Vec<String> {
    let folder = database.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let Some(name) = database.file_name().map(|name| format!("{}.replaced-", name.to_string_lossy())) else {
        return Vec::new();
    };
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut found: Vec<String> = entries
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(&name))
        .map(|entry| entry.path().display().to_string())
        .collect();
    found.sort();
    found
}
