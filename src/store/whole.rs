//! Is every page of a SQLite file in order? A page in the middle may be damaged for months before anybody reads it, and by
//! then no backup is left that has it whole.

use super::{Damaged, Db, Pools, on, with_damage};
use anyhow::ensure;

/// How large the database is, in bytes, where it is a file.
#[must_use]
pub fn size(db: &Db) -> u64 {
    match db.pools() {
        Pools::Sqlite { path, .. } => std::fs::metadata(path).map_or(0, |it| it.len()),
        Pools::Postgres { .. } => 0,
    }
}

/// Reads every page: about a second for a gigabyte that the system has in memory. Postgres sees to its own.
///
/// # Errors
/// [`Damaged`].
pub async fn check(db: &Db) -> anyhow::Result<()> {
    if db.is_postgres() {
        return Ok(());
    }
    let mut tx = db.read().await?;
    let found: sqlx::Result<Vec<String>> =
        on!(&mut tx, c => sqlx::query_scalar("PRAGMA quick_check(1)").fetch_all(c).await);
    let found = found.map_err(|error| with_damage(error.into()))?;
    ensure!(found == ["ok"], Damaged(found.join("; ")));
    Ok(())
}
