//! Is this the database we left? A backup that was put back, in whatever way, has forgotten what was sent since, and would
//! send it again. So a generation is kept twice, in the database and beside it, and renewed at every start and while
//! messages leave: an older copy carries an older one.
//!
//! On SQLite "beside it" is a file. On Postgres it is the server: its identity, its timeline, which a fail-over or a
//! recovery to a point in time advances, and the table itself, which a dump that is read in makes anew.
//!
//! Where the two differ, everything that was due before now is in doubt, and is looked for in its conversation before it
//! is sent.

use super::{Db, Pools, Tx, affected, file, on, outbox};
use crate::domain::Instant;
use anyhow::Context;
use sqlx::PgPool;
use std::{
    path::Path,
    sync::atomic::{AtomicU64, Ordering},
};
use tokio::sync::Mutex;

/// What was found at the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// The database we left, or a new one.
    Same,
    /// An older copy, or one from elsewhere.
    Other,
}

/// Whoever is about to send looks first, and begins a new generation. Beside a running server is fine.
///
/// # Errors
/// The database refused, or the file beside it cannot be read or written.
pub async fn begin(db: &Db, now: Instant) -> anyhow::Result<Found> {
    let path = match db.pools() {
        Pools::Sqlite { path, .. } => path,
        Pools::Postgres { pool, watch } => return watch.look(db, pool).await,
    };
    let mut tx = db.write().await?;
    let (stored, beside) = (stored(&mut tx).await?, read(path)?);
    let found = match &stored {
        None if beside.is_empty() => Found::Same,
        Some(stored) if beside.contains(stored) => Found::Same,
        _ => Found::Other,
    };
    let next = fresh();
    match found {
        // Both, so that it does not matter at which moment we are interrupted.
        Found::Same => write(path, &[stored.as_deref().unwrap_or(&next), &next])?,
        // The file goes on contradicting until the doubt is committed.
        Found::Other => {
            let until: Option<Instant> = on!(&mut tx, c => sqlx::query_scalar("SELECT doubtful_before FROM instance WHERE id = 1")
                .fetch_one(c).await)?;
            outbox::begin_doubt(&mut tx, until.map_or(now, |until| until.max(now))).await?;
        }
    }
    store(&mut tx, &next).await?;
    tx.commit().await?;
    settle(db, path).await?;
    if found == Found::Other {
        tracing::warn!("{SAYS}");
    }
    Ok(found)
}

/// Renews the generation, so that copies made until now are known to be older. Postgres numbers its own.
///
/// # Errors
/// The database refused, or the file beside it cannot be written.
pub async fn advance(db: &Db) -> anyhow::Result<()> {
    let Pools::Sqlite { path, .. } = db.pools() else { return Ok(()) };
    let mut tx = db.write().await?;
    let next = fresh();
    let current = stored(&mut tx).await?;
    write(path, &[current.as_deref().unwrap_or(&next), &next])?;
    store(&mut tx, &next).await?;
    tx.commit().await?;
    settle(db, path).await
}

/// The file says what the database says, and nothing else.
async fn settle(db: &Db, path: &Path) -> anyhow::Result<()> {
    // The lock is held only so that nobody else writes the file meanwhile.
    let mut tx = db.write().await?;
    let current = stored(&mut tx).await?;
    write(path, &[current.as_deref().unwrap_or_default()])
}

/// Makes this a database that no file and no server vouches for: a copy that will be put in place some day.
///
/// # Errors
/// The database refused.
pub async fn disown(tx: &mut Tx) -> sqlx::Result<()> {
    store(tx, &fresh()).await
}

async fn stored(tx: &mut Tx) -> sqlx::Result<Option<String>> {
    on!(tx, c => sqlx::query_scalar("SELECT generation FROM instance WHERE id = 1").fetch_one(c).await)
}

async fn store(tx: &mut Tx, generation: &str) -> sqlx::Result<()> {
    affected!(tx, sqlx::query("UPDATE instance SET generation = $1 WHERE id = 1").bind(generation)).map(drop)
}

fn fresh() -> String {
    hex::encode(rand::random::<[u8; 8]>())
}

fn read(database: &Path) -> anyhow::Result<Vec<String>> {
    let path = file::beside(database, file::GENERATION);
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(text.split_whitespace().map(str::to_owned).collect()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error).with_context(|| format!("{} cannot be read", path.display())),
    }
}

/// Half a file would contradict the database, which costs some looks and loses nothing: the disk need not be waited for.
fn write(database: &Path, generations: &[&str]) -> anyhow::Result<()> {
    let path = file::beside(database, file::GENERATION);
    let new = file::beside(database, ".generation-new");
    std::fs::write(&new, generations.join("\n") + "\n")
        .and_then(|()| std::fs::rename(&new, &path))
        .with_context(|| format!("{} cannot be written", path.display()))
}

/// What the log says of [`Found::Other`].
const SAYS: &str = "this is an older copy of the database, or another one than we left: every message that was due before \
                        now, also one that is planned anew, is looked for in its conversation before it is sent";

/// On Postgres the server may be another one with every new connection: after a fail-over nobody tells.
#[derive(Debug, Default)]
pub struct Watch {
    /// How many connections were made.
    made: AtomicU64,
    /// How many had been made when we last looked.
    looked: AtomicU64,
    turn: Mutex<()>,
}

impl Watch {
    pub(super) fn connected(&self) {
        self.made.fetch_add(1, Ordering::SeqCst);
    }

    pub(super) fn has_looked(&self) -> bool {
        self.looked.load(Ordering::SeqCst) == self.made.load(Ordering::SeqCst)
    }

    /// Looks whether this is still the database we left. Whoever asks meanwhile waits, so that nobody goes on before the
    /// doubt is committed; they hold no connection.
    ///
    /// # Errors
    /// The server refused; or it is a standby, of which nobody knows yet what it will turn out to lack.
    pub(super) async fn look(&self, db: &Db, pool: &PgPool) -> anyhow::Result<Found> {
        let _turn = self.turn.lock().await;
        let made = self.made.load(Ordering::SeqCst);
        let mut tx = db.postgres(pool).await?;
        let found = compare(&mut tx).await?;
        tx.commit().await?;
        self.looked.store(made, Ordering::SeqCst);
        if found == Found::Other {
            tracing::warn!("{SAYS}");
        }
        Ok(found)
    }
}

async fn compare(tx: &mut Tx) -> sqlx::Result<Found> {
    let is_there: bool = on!(tx, c => sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM pg_attribute WHERE attrelid = to_regclass('instance') AND attname = 'generation')")
        .fetch_one(c).await)?;
    if !is_there {
        return Ok(Found::Same);
    }
    let may_ask: bool = on!(tx, c => sqlx::query_scalar("SELECT has_function_privilege('pg_control_system()', 'execute')")
        .fetch_one(c).await)?;
    let system = if may_ask { "(SELECT system_identifier FROM pg_control_system())" } else { "0" };
    let identity = format!(
        "SELECT {system} || '.' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) || '.' || d.oid || '.' ||
         CAST(to_regclass('instance') AS oid), date_trunc('milliseconds', clock_timestamp())
         FROM pg_database d WHERE d.datname = current_database()"
    );
    let (here, now): (String, Instant) =
        on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(identity)).fetch_one(c).await)?;
    // The row is locked, so that of several who notice at once one begins the doubt.
    let stored: Option<Option<String>> = on!(tx, c => sqlx::query_scalar("SELECT generation FROM instance WHERE id = 1 FOR UPDATE").fetch_optional(c).await)?;
    let found = match stored {
        None => return Ok(Found::Same),
        Some(Some(stored)) if stored == here => return Ok(Found::Same),
        Some(None) => Found::Same,
        Some(Some(_)) => Found::Other,
    };
    if found == Found::Other {
        outbox::begin_doubt(tx, now).await?;
    }
    store(tx, &here).await?;
    Ok(found)
}
