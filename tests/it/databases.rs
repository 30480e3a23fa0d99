//! A database of its own for every test: a SQLite file, or a fresh database on the Postgres that `scripts/test` started.

use secrecy::SecretBox;
use sqlx::{Connection, PgConnection};
use tempfile::TempDir;
use trailmark::{
    domain::{Instant, id::OpportunityId},
    store::{Db, Tx, instance, keys},
};

/// Names the server on which Postgres tests make their databases.
const POSTGRES: &str = "TRAILMARK_TEST_POSTGRES";
/// `postgres` makes every test that only needs some database use that server.
const USUAL: &str = "TRAILMARK_TEST_ON";

pub struct Database {
    pub db: Db,
    /// Where others may open it too.
    pub url: String,
    _folder: Option<TempDir>,
}

impl Database {
    /// Empty, and brought up to date.
    pub async fn usual(now: Instant) -> Database {
        if std::env::var_os(USUAL).is_some_and(|it| it == "postgres") {
            Database::postgres(now).await
        } else {
            Database::sqlite(now).await
        }
    }

    pub async fn sqlite(now: Instant) -> Database {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("test.db").display());
        Database::prepared(&url, Some(folder), now).await
    }

    /// The whole server is thrown away at the end of the run, so nobody tidies up single databases.
    pub async fn postgres(now: Instant) -> Database {
        let server = std::env::var_os(POSTGRES)
            .unwrap_or_else(|| panic!("{POSTGRES} is not set: run ./scripts/test, which starts a Postgres"))
            .into_string()
            .unwrap();
        let name = format!("trailmark_test_{:016x}", rand::random::<u64>());
        let mut admin = PgConnection::connect(&server).await.unwrap();
        sqlx::query(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"))).execute(&mut admin).await.unwrap();
        let (before, options) = server.split_once('?').unwrap_or((&server, ""));
        let (address, _) = before.rsplit_once('/').unwrap();
        Database::prepared(&format!("{address}/{name}?{options}"), None, now).await
    }

    /// The same, opened in another way.
    pub fn with(self, db: Db) -> Database {
        Database { db, ..self }
    }

    async fn prepared(url: &str, folder: Option<TempDir>, now: Instant) -> Database {
        let db = Db::open(url).await.unwrap();
        db.migrate().await.unwrap();
        let db = keys::unlock(db, &[key(1)], now).await.unwrap();
        instance::ensure(&db, now).await.unwrap();
        Database { db, url: url.to_owned(), _folder: folder }
    }
}

/// A key like those of `TRAILMARK_KEY`. Everything in a [`Database`] is sealed with the first.
pub fn key(number: u8) -> SecretBox<[u8; 32]> {
    SecretBox::new(Box::new([number; 32]))
}

/// What a statement gives, past the store: for those who look into the database.
pub async fn peek(tx: &mut Tx, statement: &str) -> Vec<String> {
    let text = sqlx::AssertSqlSafe(statement.to_owned());
    match tx {
        Tx::Sqlite(t) => sqlx::query_scalar(text).fetch_all(&mut **t).await,
        Tx::Postgres(t) => sqlx::query_scalar(text).fetch_all(&mut **t).await,
    }
    .unwrap()
}

/// What somebody who can write the database does past the store.
pub async fn tamper(tx: &mut Tx, statement: &str) {
    let text = sqlx::AssertSqlSafe(statement.to_owned());
    match tx {
        Tx::Sqlite(t) => sqlx::query(text).execute(&mut **t).await.map(drop),
        Tx::Postgres(t) => sqlx::query(text).execute(&mut **t).await.map(drop),
    }
    .unwrap();
}

/// Why a post was closed, as it is written down for those who look into the database.
pub async fn closed_reason(tx: &mut Tx, post: OpportunityId) -> Option<String> {
    const REASON: &str = "SELECT closed_reason FROM opportunity WHERE id = $1";
    match tx {
        Tx::Sqlite(t) => sqlx::query_scalar(REASON).bind(post.0).fetch_one(&mut **t).await,
        Tx::Postgres(t) => sqlx::query_scalar(REASON).bind(post.0).fetch_one(&mut **t).await,
    }
    .unwrap()
}
