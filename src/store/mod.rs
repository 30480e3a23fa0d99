//! Floor 2: every SQL statement, and nothing but SQL.
//!
//! Two databases, one SQL text: [`Tx`] is an enum and `on!` runs the same statement on whichever it holds. What both
//! understand: `$1` placeholders, `TEXT BIGINT BOOLEAN TIMESTAMPTZ DATE JSONB`, `ON CONFLICT`, `RETURNING`, partial
//! unique indexes, `CAST(sum(x) AS BIGINT)`. What they do not: `ANY($1)`, arrays, `ILIKE`, `now()`.
//!
//! To add a table: one migration, one file here, its cases in `tests/it/store.rs`.

pub mod applications;
pub mod audit;
pub mod backup;
pub mod channels;
mod columns;
pub mod conversations;
pub mod copy;
pub mod drafts;
pub mod durable;
pub mod feedback;
pub mod file;
pub mod generation;
pub mod inbound;
pub mod instance;
pub mod keys;
pub mod live;
pub mod mentoring;
pub mod opportunities;
pub mod outbox;
pub mod people;
pub mod privacy;
pub mod reports;
pub mod schema;
pub mod seal;
pub mod seen;
pub mod showings;
pub mod skills;
pub mod slots;
pub mod teams;
pub mod whole;

use crate::domain::Instant;
use anyhow::{Context, bail};
use seal::Keyring;
use sqlx::{
    ConnectOptions, Connection, Database, PgPool, Postgres, Sqlite, SqlitePool, Transaction,
    migrate::Migrator,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use std::{
    ops::{Deref, DerefMut},
    path::Path,
    str::FromStr,
    sync::Arc,
    time::Duration,
};
use tokio::time::timeout;

/// Runs one statement on whichever database the transaction is on. The body is compiled once for each.
macro_rules! on {
    ($tx:expr, $c:ident => $body:expr) => {
        match $tx {
            $crate::store::Tx::Sqlite(t) => {
                let $c = &mut **t;
                $body
            }
            $crate::store::Tx::Postgres(t) => {
                let $c = &mut **t;
                $body
            }
        }
    };
}

/// Runs one statement that gives no rows back; gives the number of rows it touched.
macro_rules! affected {
    ($tx:expr, $query:expr) => {
        $crate::store::on!($tx, c => $query.execute(c).await.map(|done| done.rows_affected()))
    };
}

/// Ends a condition: of these people only, or of everybody. Either database takes some thirty thousand people.
macro_rules! among {
    ($query:expr, $people:expr) => {
        $crate::store::among!($query, "person_id", $people)
    };
    ($query:expr, $column:literal, $people:expr) => {
        match $people {
            None => {
                $query.push("1 = 1");
            }
            // An empty list is no SQL to Postgres.
            Some([]) => {
                $query.push("1 = 0");
            }
            Some(people) => {
                $query.push(concat!($column, " IN ("));
                let mut list = $query.separated(", ");
                for person in people {
                    list.push_bind(person.0);
                }
                list.push_unseparated(")");
            }
        }
    };
}
pub(crate) use {affected, among, on};

static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

/// Below the three seconds in which a chat platform wants its answer.
const BUSY: Duration = Duration::from_secs(2);

/// So many times as long a start waits: nobody is kept waiting by it, and a machine that has much to do takes its time.
const OPENING: u32 = 3;

/// By this and a number Postgres knows each of our processes.
const APPLICATION: &str = "trailmark";

/// What each reader of SQLite keeps of the file, in KiB as SQLite counts it: the operating system keeps the rest.
const READERS_CACHE: &str = "-512";
/// What the writer may keep of it, when much is written: planning for hundreds of thousands touches every index all over.
const WRITERS_CACHE: &str = "-65536";

/// The database, with the keys of what is sealed in it. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Db {
    pools: Pools,
    keyring: Keyring,
}

/// The connections.
#[derive(Clone, Debug)]
pub enum Pools {
    /// SQLite allows one writer: it has a pool of its own, so that waiting for it never keeps a reader waiting.
    Sqlite {
        readers: SqlitePool,
        writer: SqlitePool,
        path: Arc<Path>,
        log: Arc<durable::Log>,
    },
    Postgres {
        pool: PgPool,
        watch: Arc<generation::Watch>,
    },
}

/// A transaction. Nothing goes to the network while one is alive.
#[derive(Debug)]
pub enum Tx {
    Sqlite(Session<Sqlite>),
    Postgres(Session<Postgres>),
}

/// A transaction on one of the two databases, with the keys of what is sealed there. Statements run on what is behind it.
#[derive(Debug)]
pub struct Session<DB: Database> {
    transaction: Transaction<'static, DB>,
    keyring: Keyring,
}

impl<DB: Database> Session<DB> {
    /// Undoes everything. Dropping it does so too, but only some time later.
    ///
    /// # Errors
    /// The database does not answer; then nothing was kept either.
    pub async fn rollback(self) -> sqlx::Result<()> {
        self.transaction.rollback().await
    }
}

impl<DB: Database> Deref for Session<DB> {
    type Target = DB::Connection;

    fn deref(&self) -> &DB::Connection {
        &self.transaction
    }
}

impl<DB: Database> DerefMut for Session<DB> {
    fn deref_mut(&mut self) -> &mut DB::Connection {
        &mut self.transaction
    }
}

impl Db {
    /// Whether opening this address would find a database rather than make an empty one. Postgres is asked when it is
    /// opened.
    #[must_use]
    pub fn is_there(url: &str) -> bool {
        file::path_of(url).is_none_or(|path| path.exists() || file::look(path).is_err())
    }

    /// Opens `sqlite://path` (made when absent, readable by its owner only) or `postgres://…`. Does not migrate.
    ///
    /// # Errors
    /// The URL is of neither kind, the file cannot be read or written, it is [`Damaged`], or the server does not answer.
    pub async fn open(url: &str) -> anyhow::Result<Db> {
        Db::open_as(&format!("{APPLICATION} {:08x}", rand::random::<u32>()), url).await
    }

    /// The same under another name, by which Postgres knows who is connected.
    ///
    /// # Errors
    /// As for [`Db::open`].
    pub async fn open_as(name: &str, url: &str) -> anyhow::Result<Db> {
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            let options = PgConnectOptions::from_str(url)
                .context("DATABASE_URL is not a valid postgres:// address")?
                .application_name(name)
                // Nobody waits for ever for somebody who was stopped, or cut off, in the middle of something.
                .options([("lock_timeout", "2s"), ("idle_in_transaction_session_timeout", "8s")])
                .disable_statement_logging();
            let watch = Arc::<generation::Watch>::default();
            let noted = Arc::clone(&watch);
            let pool = PgPoolOptions::new()
                .max_connections(10)
                .acquire_timeout(BUSY)
                .after_connect(move |_, _| {
                    noted.connected();
                    Box::pin(async { Ok(()) })
                })
                .connect_with(options)
                .await
                .context("the Postgres server named by DATABASE_URL does not answer")?;
            return Ok(Db { pools: Pools::Postgres { pool, watch }, keyring: Keyring::default() });
        }
        let Some(path) = file::path_of(url) else {
            bail!("DATABASE_URL must start with sqlite:// or postgres://");
        };
        file::look(path)?;
        file::create_private(path)?;
        let options = SqliteConnectOptions::from_str(url)
            .context("DATABASE_URL is not a valid sqlite:// address")?
            .journal_mode(SqliteJournalMode::Wal);
        // What is deleted or written over is gone from the file too.
        let writing = options.clone().pragma("secure_delete", "ON").pragma("wal_autocheckpoint", "0");
        // What a statement may have to undo stays in memory, too: it is written for every page of every index otherwise.
        let writing = writing.pragma("cache_size", WRITERS_CACHE).pragma("temp_store", "MEMORY");
        let writer = sqlite_pool(path, 1, writing).await?;
        let readers = sqlite_pool(path, 4, options.pragma("cache_size", READERS_CACHE)).await?;
        let log = Arc::default();
        Ok(Db { pools: Pools::Sqlite { readers, writer, path: path.into(), log }, keyring: Keyring::default() })
    }

    /// A SQLite file that nobody else has open, without a log beside it.
    async fn alone(path: &Path) -> anyhow::Result<Db> {
        let options = SqliteConnectOptions::new().filename(path).journal_mode(SqliteJournalMode::Delete);
        let pool = sqlite_pool(path, 1, options).await?;
        let pools = Pools::Sqlite { readers: pool.clone(), writer: pool, path: path.into(), log: Arc::default() };
        Ok(Db { pools, keyring: Keyring::default() })
    }

    /// The same database with these keys: what is sealed opens, and what is written is sealed. See [`keys::unlock`].
    #[must_use]
    pub fn with_keyring(self, keyring: Keyring) -> Db {
        Db { keyring, ..self }
    }

    #[must_use]
    pub fn keyring(&self) -> &Keyring {
        &self.keyring
    }

    #[must_use]
    pub fn pools(&self) -> &Pools {
        &self.pools
    }

    /// The time that all who work on this database go by: where several may, the database's, because their own clocks may
    /// differ; else `ours`.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn time(&self, ours: Instant) -> anyhow::Result<Instant> {
        Ok(match &self.pools {
            Pools::Sqlite { .. } => ours,
            Pools::Postgres { pool, .. } => {
                sqlx::query_scalar("SELECT date_trunc('milliseconds', clock_timestamp())").fetch_one(pool).await?
            }
        })
    }

    /// Applies what is missing of the schema. Safe to run twice, and by several at once.
    ///
    /// # Errors
    /// The database was written by a newer version, or a migration fails.
    pub async fn migrate(&self) -> anyhow::Result<()> {
        let result = match &self.pools {
            Pools::Sqlite { writer, .. } => MIGRATIONS.run(writer).await,
            Pools::Postgres { pool, .. } => {
                let mut connection = pool.acquire().await.context("the database is busy")?.detach();
                // Whoever comes second waits until the first is done, however long that takes.
                sqlx::query("SET lock_timeout = 0").execute(&mut connection).await?;
                let result = MIGRATIONS.run(&mut connection).await;
                let _ = connection.close().await;
                result
            }
        };
        result.map_err(|error| match error {
            sqlx::migrate::MigrateError::VersionMissing(version) => anyhow::anyhow!(
                "the database has schema {version}, which this version of trailmark does not know: it was written by a newer \
                 version. Install that version or a later one; nothing was changed."
            ),
            other => with_damage(anyhow::Error::new(other).context("the database schema could not be brought up to date")),
        })
    }

    /// How many migrations are still to be applied.
    ///
    /// # Errors
    /// The database does not answer, or was written by a newer version.
    pub async fn pending_migrations(&self) -> anyhow::Result<usize> {
        let mut tx = self.read().await?;
        let applied: sqlx::Result<Vec<i64>> = on!(&mut tx, c => sqlx::query_scalar("SELECT version FROM _sqlx_migrations WHERE success").fetch_all(c).await);
        let applied = match applied {
            Ok(applied) => applied,
            Err(sqlx::Error::Database(error)) if error.message().contains("_sqlx_migrations") => Vec::new(),
            Err(error) => return Err(with_damage(error.into())),
        };
        if let Some(version) = applied.iter().find(|version| !MIGRATIONS.version_exists(**version)) {
            bail!("the database has schema {version}, which this version of trailmark does not know");
        }
        Ok(MIGRATIONS.iter().filter(|migration| !applied.contains(&migration.version)).count())
    }

    /// A transaction for reading.
    ///
    /// Waiting for a connection takes kilobytes: in a box, so that whoever may have to do it stays small.
    ///
    /// # Errors
    /// No connection within two seconds.
    pub async fn read(&self) -> anyhow::Result<Tx> {
        Ok(match &self.pools {
            Pools::Sqlite { readers, .. } => {
                self.sqlite(Box::pin(readers.begin()).await.context("the database is busy")?)
            }
            Pools::Postgres { pool, .. } => self.postgres(pool).await?,
        })
    }

    /// A transaction for reading and writing. On SQLite it holds the write lock from the start, because a lock asked
    /// for half-way fails instead of waiting.
    ///
    /// # Errors
    /// No connection or no lock within two seconds.
    pub async fn write(&self) -> anyhow::Result<Tx> {
        Ok(match &self.pools {
            Pools::Sqlite { writer, log, .. } => {
                // Whatever hinders it, it is tried again the next time.
                let _ = timeout(BUSY, Box::pin(log.shorten(writer))).await;
                if durable::is_lost() {
                    bail!("the disk did not keep what was written; nothing more is");
                }
                // One limit for waiting for the connection and for the lock: both are waits for another writer.
                let begun = timeout(BUSY, Box::pin(writer.begin_with("BEGIN IMMEDIATE"))).await;
                self.sqlite(begun.context("the database is busy")?.context("the database is busy")?)
            }
            Pools::Postgres { pool, watch } => loop {
                let begun = self.postgres(pool).await?;
                if watch.has_looked() {
                    break begun;
                }
                drop(begun);
                Box::pin(watch.look(self, pool)).await?;
            },
        })
    }

    /// So many rows were written in one transaction, where they are very many: the log of SQLite is shortened the sooner.
    pub fn wrote(&self, rows: usize) {
        if let Pools::Sqlite { log, .. } = &self.pools {
            log.note(rows);
        }
    }

    fn sqlite(&self, transaction: Transaction<'static, Sqlite>) -> Tx {
        Tx::Sqlite(Session { transaction, keyring: self.keyring.clone() })
    }

    async fn postgres(&self, pool: &PgPool) -> anyhow::Result<Tx> {
        let transaction = Box::pin(pool.begin()).await.context("the database does not answer")?;
        Ok(Tx::Postgres(Session { transaction, keyring: self.keyring.clone() }))
    }

    #[must_use]
    pub fn is_postgres(&self) -> bool {
        matches!(self.pools, Pools::Postgres { .. })
    }

    /// Empties SQLite's write-ahead log into the file, so that what was written over is gone from both. Nothing to do on
    /// Postgres.
    ///
    /// # Errors
    /// Somebody reads or writes just now; or the database refused.
    pub async fn truncate_log(&self) -> anyhow::Result<()> {
        if let Pools::Sqlite { writer, .. } = &self.pools {
            let (is_busy, _, _): (i64, i64, i64) = sqlx::query_as("PRAGMA wal_checkpoint(TRUNCATE)")
                .fetch_one(writer)
                .await
                .inspect_err(durable::judge)?;
            anyhow::ensure!(is_busy == 0, "the database is busy");
        }
        Ok(())
    }

    /// Waits for running statements and closes the files or sockets.
    pub async fn close(&self) {
        match &self.pools {
            Pools::Sqlite { readers, writer, .. } => {
                readers.close().await;
                writer.close().await;
            }
            Pools::Postgres { pool, .. } => pool.close().await,
        }
    }
}

impl Tx {
    /// # Errors
    /// The database refused; nothing of the transaction is kept.
    pub async fn commit(self) -> anyhow::Result<()> {
        match self {
            Tx::Sqlite(t) => t.transaction.commit().await.inspect_err(durable::judge),
            Tx::Postgres(t) => t.transaction.commit().await,
        }
        .context("the database did not commit")
    }

    /// What opens and seals the words in here.
    fn keyring(&self) -> Keyring {
        match self {
            Tx::Sqlite(t) => t.keyring.clone(),
            Tx::Postgres(t) => t.keyring.clone(),
        }
    }
}

async fn sqlite_pool(path: &Path, size: u32, options: SqliteConnectOptions) -> anyhow::Result<SqlitePool> {
    let options = options
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(BUSY)
        .foreign_keys(true)
        .statement_cache_capacity(256)
        .disable_statement_logging();
    let pool = SqlitePoolOptions::new()
        .max_connections(size)
        .acquire_timeout(BUSY)
        // Where the disk is full SQLite ends a transaction by itself, which the driver never learns: such a connection
        // would refuse every later one.
        .before_acquire(|connection, _| Box::pin(async { Ok(!connection.is_in_transaction()) }));
    let mut turn = 1;
    loop {
        match pool.clone().connect_with(options.clone()).await {
            Err(sqlx::Error::PoolTimedOut) if turn < OPENING => turn += 1,
            result => return result.map_err(|error| explain(path, error)),
        }
    }
}

/// The database file cannot be read as one.
#[derive(Debug, thiserror::Error)]
#[error(
    "the database is damaged ({0}). Nothing was changed. Stop trailmark and put a backup in its place: trailmark restore \
     BACKUP keeps the damaged file beside it"
)]
pub struct Damaged(String);

/// What SQLite says of a file that is not whole.
fn damage(error: &(impl std::fmt::Display + ?Sized)) -> Option<Damaged> {
    let text = error.to_string();
    ["malformed", "not a database"].iter().any(|sign| text.contains(sign)).then_some(Damaged(text))
}

/// Says of any failed work that the file is damaged, where that is why.
#[must_use]
pub fn with_damage(error: anyhow::Error) -> anyhow::Error {
    if error.is::<Damaged>() || error.is::<backup::Unusable>() {
        return error;
    }
    match damage(&format!("{error:#}")) {
        Some(damaged) => damaged.into(),
        None => error,
    }
}

fn explain(path: &Path, error: sqlx::Error) -> anyhow::Error {
    match damage(&error) {
        Some(damaged) => damaged.into(),
        None => anyhow::Error::new(error).context(format!("the database file {} cannot be used", path.display())),
    }
}
