//! A copy of a SQLite database in one file, and such a copy put in the place of a database.

use super::{Db, Pools, Tx, copy, file, generation, on, privacy};
use crate::domain::Instant;
use anyhow::{Context, bail, ensure};
use std::path::{Path, PathBuf};

/// What a database holds, for those who have to decide between two.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holding {
    /// Of the installation: two copies of one database have the same.
    pub secret: Option<String>,
    pub tables: i64,
    pub rows: i64,
    pub people: i64,
    pub posts: i64,
    pub messages: i64,
    /// When something was last written down.
    pub newest: Option<Instant>,
}

/// Looks at everything once.
///
/// # Errors
/// The database refused, or its schema is an older one.
pub async fn holding(tx: &mut Tx) -> sqlx::Result<Holding> {
    let names = if matches!(tx, Tx::Postgres(_)) {
        "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() AND tablename NOT LIKE '\\_%'"
    } else {
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_%' ESCAPE '\\' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
    };
    let names: Vec<String> = on!(tx, c => sqlx::query_scalar(names).fetch_all(c).await)?;
    let mut rows = 0;
    for name in &names {
        rows += count(tx, name).await?;
    }
    let (people, posts, messages) =
        (count(tx, "person").await?, count(tx, "opportunity").await?, count(tx, "delivery").await?);
    let secret =
        on!(tx, c => sqlx::query_scalar("SELECT delivery_secret FROM instance WHERE id = 1").fetch_optional(c).await)?;
    let newest: Option<Instant> = on!(tx, c => sqlx::query_scalar(
        "SELECT max(at) FROM (SELECT max(at) AS at FROM event UNION ALL SELECT max(created_at) FROM delivery
         UNION ALL SELECT max(settled_at) FROM delivery UNION ALL SELECT max(handled_at) FROM slot
         UNION ALL SELECT max(created_at) FROM person UNION ALL SELECT max(created_at) FROM opportunity) newest")
        .fetch_one(c).await)?;
    let tables = i64::try_from(names.len()).unwrap_or(i64::MAX);
    Ok(Holding { secret, tables, rows, people, posts, messages, newest })
}

async fn count(tx: &mut Tx, table: &str) -> sqlx::Result<i64> {
    let count = sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {table}"));
    on!(tx, c => sqlx::query_scalar(count).fetch_one(c).await)
}

/// Writes a copy of the database as it is now, whoever writes meanwhile, into one new file for its owner only, and reads
/// it through. The file is there in full or not at all. Gives what is in it.
///
/// # Errors
/// The file is there already or cannot be written, or the copy is not whole: then the database itself is damaged.
pub async fn write(db: &Db, to: &Path) -> anyhow::Result<Holding> {
    let Pools::Sqlite { readers, .. } = db.pools() else { bail!("only a SQLite database is one file") };
    ensure!(!to.exists(), "{} is there already; choose another name", to.display());
    let part = Passing::new(file::beside(to, ".part"))?;
    let name = part.0.to_str().context("the name of the file is not UTF-8")?;
    let mut connection = readers.acquire().await.context("the database is busy")?;
    sqlx::query("VACUUM INTO $1")
        .bind(name)
        .execute(&mut *connection)
        .await
        .context("the copy could not be written")?;
    drop(connection);
    let copy = Db::alone(&part.0).await?;
    // Whoever puts it in place by hand is noticed: no file beside any database says the same.
    let mut tx = copy.write().await?;
    generation::disown(&mut tx).await?;
    tx.commit().await?;
    check(&copy).await?;
    let mut tx = copy.read().await?;
    let holding = holding(&mut tx).await?;
    drop(tx);
    copy.close().await;
    // A file that has this name by now is kept.
    sync(&part.0)
        .and_then(|()| std::fs::hard_link(&part.0, to))
        .and_then(|()| sync(folder_of(to)))
        .with_context(|| format!("{} could not be made", to.display()))?;
    Ok(holding)
}

/// Reads everything through.
///
/// # Errors
/// [`super::Damaged`].
async fn check(db: &Db) -> anyhow::Result<()> {
    let mut tx = db.read().await?;
    let found: Vec<String> = on!(&mut tx, c => sqlx::query_scalar("PRAGMA integrity_check(1)").fetch_all(c).await)?;
    ensure!(found == ["ok"], super::Damaged(found.join("; ")));
    let astray = on!(&mut tx, c => sqlx::query("PRAGMA foreign_key_check").fetch_all(c).await.map(|rows| rows.len()))?;
    ensure!(astray == 0, super::Damaged(format!("{astray} rows refer to others that are not there")));
    Ok(())
}

/// A copy of a backup that was checked and waits beside the database whose place it will take.
#[derive(Debug)]
pub struct Prepared {
    copy: Passing,
    database: PathBuf,
    pub holding: Holding,
}

/// It will not do. The database in place is fine, for all we know.
#[derive(Debug, thiserror::Error)]
#[error("{file} cannot be restored: {why}. Nothing was changed")]
pub struct Unusable {
    file: String,
    why: String,
}

/// Copies a backup to where it will be needed, checks it, and brings it up to date. The backup stays as it is.
///
/// # Errors
/// [`Unusable`]; or there is no room for a copy.
pub async fn prepare(backup: &Path, database: &Path) -> anyhow::Result<Prepared> {
    let unusable = |why: String| Unusable { file: backup.display().to_string(), why };
    ensure!(backup.is_file(), unusable("it is not there".to_owned()));
    let copy = Passing::new(file::beside(database, ".restoring"))?;
    let copying = || format!("{} could not be copied to {}", backup.display(), copy.0.display());
    std::fs::copy(backup, &copy.0).with_context(copying)?;
    // Somebody copied the file of a database that was in use, and did well to take this along.
    let log = file::beside(backup, file::COMPANIONS[0]);
    if log.is_file() {
        std::fs::copy(&log, file::beside(&copy.0, file::COMPANIONS[0])).with_context(copying)?;
    }
    let holding = look_through(&copy.0).await.map_err(|error| unusable(why(&error)))?;
    Ok(Prepared { copy, database: database.to_owned(), holding })
}

async fn look_through(path: &Path) -> anyhow::Result<Holding> {
    const NOT_OURS: &str = "it is a database, but not one that trailmark has used";
    let db = Db::alone(path).await?;
    check(&db).await?;
    let missing = db.pending_migrations().await?;
    ensure!(missing < super::MIGRATIONS.iter().count(), NOT_OURS);
    db.migrate().await?;
    let mut tx = db.read().await?;
    let holding = holding(&mut tx).await?;
    drop(tx);
    db.close().await;
    ensure!(holding.secret.is_some(), NOT_OURS);
    Ok(holding)
}

/// Without the advice that is meant for the database in place.
fn why(error: &anyhow::Error) -> String {
    match error.downcast_ref::<super::Damaged>() {
        Some(super::Damaged(what)) => format!("it is damaged ({what})"),
        None => format!("{error:#}"),
    }
}

impl Prepared {
    /// Takes over whom the database in place remembers as erased. Both are of one installation.
    ///
    /// # Errors
    /// The database in place cannot be read, or knows of no such thing yet.
    pub async fn remember_erased(&self, present: &str) -> anyhow::Result<usize> {
        let (from, to) = (Db::open(present).await?, Db::alone(&self.copy.0).await?);
        let (mut reading, mut writing) = (from.read().await?, to.write().await?);
        let carried = privacy::carry_over(&mut reading, &mut writing).await?;
        drop(reading);
        writing.commit().await?;
        from.close().await;
        to.close().await;
        Ok(carried)
    }

    /// Takes the place of the database, which is kept under the name that is given back, if there was one. What was due
    /// until now, or until the newest thing that the database in place knows of, is in doubt.
    ///
    /// Call it with the [`file::Lock`] held.
    ///
    /// # Errors
    /// Another command is still using the database in place; or a file cannot be written.
    pub async fn put_in_place(self, replaced: Option<&Holding>, now: Instant) -> anyhow::Result<Option<PathBuf>> {
        let until = replaced.and_then(|it| it.newest).map_or(now, |newest| newest.max(now));
        let db = Db::alone(&self.copy.0).await?;
        let mut tx = db.write().await?;
        copy::come_back(&mut tx, until).await?;
        generation::disown(&mut tx).await?;
        tx.commit().await?;
        db.close().await;
        let (new, database) = (&self.copy.0, &self.database);
        sync(new).with_context(|| format!("{} could not be written", new.display()))?;
        if replaced.is_some() {
            // Fails while anybody else has it open, and leaves everything in the one file.
            Db::alone(database)
                .await
                .context("another command is using the database; try again when it is done")?
                .close()
                .await;
        }
        let kept = database
            .exists()
            .then(|| file::beside(database, &format!(".replaced-{}", now.format("%Y%m%dT%H%M%S%3fZ"))));
        let moving = || format!("{} could not be replaced", database.display());
        if let Some(kept) = &kept {
            for companion in file::COMPANIONS {
                let from = file::beside(database, companion);
                if from.exists() {
                    std::fs::rename(&from, file::beside(kept, companion)).with_context(moving)?;
                }
            }
            // So that at no moment there is none; where a file system has no links there is one for a moment.
            std::fs::hard_link(database, kept).or_else(|_| std::fs::rename(database, kept)).with_context(moving)?;
        }
        std::fs::rename(new, database).and_then(|()| sync(folder_of(database))).with_context(moving)?;
        Ok(kept)
    }
}

/// Waits until the disk has it.
fn sync(path: &Path) -> std::io::Result<()> {
    std::fs::File::open(path).and_then(|it| it.sync_all())
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// A database that is only there while we work on it; what is left of it at the end goes.
#[derive(Debug)]
struct Passing(PathBuf);

impl Passing {
    fn new(path: PathBuf) -> anyhow::Result<Passing> {
        let passing = Passing(path);
        // What an earlier attempt left when it was cut off.
        passing.remove();
        file::create_private(&passing.0)?;
        Ok(passing)
    }

    fn remove(&self) {
        for ending in ["", "-wal", "-shm", "-journal"] {
            let _ = std::fs::remove_file(file::beside(&self.0, ending));
        }
    }
}

impl Drop for Passing {
    fn drop(&mut self) {
        self.remove();
    }
}
