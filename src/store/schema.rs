//! Numbers that are handed out once.

use super::{Tx, affected, on};

/// Takes `count` consecutive ids and gives the first.
///
/// # Errors
/// The database refused.
pub async fn take_ids(tx: &mut Tx, name: &str, count: i64) -> sqlx::Result<i64> {
    let next: i64 = on!(tx, c => sqlx::query_scalar("UPDATE sequence SET next = next + $1 WHERE name = $2 RETURNING next")
        .bind(count).bind(name).fetch_one(c).await)?;
    Ok(next - count)
}

/// Makes sure that ids handed out later are above `taken`: an import brought its own.
///
/// # Errors
/// The database refused.
pub async fn reserve_ids(tx: &mut Tx, name: &str, taken: i64) -> sqlx::Result<()> {
    affected!(tx, sqlx::query("UPDATE sequence SET next = $1 WHERE name = $2 AND next < $1").bind(taken + 1).bind(name))
        .map(drop)
}

/// The revision that rows changed in this transaction carry. On Postgres the row lock also makes revisions become
/// visible in their order, so a follower never misses one.
///
/// # Errors
/// The database refused.
pub async fn next_revision(tx: &mut Tx) -> sqlx::Result<i64> {
    on!(tx, c => sqlx::query_scalar("UPDATE instance SET revision = revision + 1 WHERE id = 1 RETURNING revision").fetch_one(c).await)
}

/// A place among the changes: rows are read in the order of their revisions, and of their ids within one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark {
    pub revision: i64,
    pub id: i64,
}

impl Mark {
    /// Behind everything that carries this revision.
    #[must_use]
    pub fn after(revision: i64) -> Mark {
        Mark { revision, id: i64::MAX }
    }
}

/// The revision that the newest committed change carries.
///
/// # Errors
/// The database refused.
pub async fn revision(tx: &mut Tx) -> sqlx::Result<i64> {
    let revision: Option<i64> =
        on!(tx, c => sqlx::query_scalar("SELECT revision FROM instance WHERE id = 1").fetch_optional(c).await)?;
    Ok(revision.unwrap_or(0))
}
