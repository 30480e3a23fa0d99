//! Where each recurring plan stands, and when it wants to be looked at again.
//!
//! A row is one subject of one nudge (a manager, a channel, one side of a conversation). `next_at` is an index of
//! wake-ups: planning reads the rows that are due and no others, so it costs nothing while nothing is due.

use super::{Tx, affected, on};
use crate::domain::Instant;

#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Slot {
    pub nudge: String,
    pub subject: String,
    /// The last turn that was handled, by its local civil label.
    pub label: String,
    /// What became of it: `planned`, or a code that says why nothing was sent.
    pub outcome: String,
    pub handled_at: Instant,
    /// When to look again; `None` for never.
    pub next_at: Option<Instant>,
}

const COLUMNS: &str = "nudge, subject, label, outcome, handled_at, next_at";

/// The subjects of a nudge that want to be looked at, the longest waiting first.
///
/// # Errors
/// The database refused.
pub async fn due(tx: &mut Tx, nudge: &str, now: Instant, limit: i64) -> sqlx::Result<Vec<Slot>> {
    on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM slot WHERE nudge = $1 AND next_at <= $2 ORDER BY next_at, subject LIMIT $3")))
        .bind(nudge).bind(now).bind(limit).fetch_all(c).await)
}

/// Whether this transaction may plan. Of several processes on one Postgres only one does at a time, whichever comes first:
/// each by itself would spend what is left of somebody's week. SQLite has one writer anyway.
///
/// # Errors
/// The database refused.
pub async fn may_plan(tx: &mut Tx) -> sqlx::Result<bool> {
    match tx {
        Tx::Sqlite(_) => Ok(true),
        Tx::Postgres(t) => {
            sqlx::query_scalar(
                "SELECT pg_try_advisory_xact_lock(hashtext('trailmark plan'), hashtext(current_schema()))",
            )
            .fetch_one(&mut **t)
            .await
        }
    }
}

/// # Errors
/// The database refused.
pub async fn find(tx: &mut Tx, nudge: &str, subject: &str) -> sqlx::Result<Option<Slot>> {
    on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(format!("SELECT {COLUMNS} FROM slot WHERE nudge = $1 AND subject = $2")))
        .bind(nudge).bind(subject).fetch_optional(c).await)
}

/// Every subject of a nudge.
///
/// # Errors
/// The database refused.
pub async fn of_nudge(tx: &mut Tx, nudge: &str) -> sqlx::Result<Vec<Slot>> {
    on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(format!("SELECT {COLUMNS} FROM slot WHERE nudge = $1 ORDER BY subject")))
        .bind(nudge).fetch_all(c).await)
}

/// Moves a subject on from where it was `seen`; false when somebody else was quicker. Decide, then call this, then write
/// what was decided, all in one transaction: so a turn is handled once, by whoever gets true.
///
/// # Errors
/// The database refused.
pub async fn advance(
    tx: &mut Tx,
    seen: &Slot,
    label: &str,
    outcome: &str,
    next_at: Option<Instant>,
    now: Instant,
) -> sqlx::Result<bool> {
    affected!(tx, sqlx::query(
        "UPDATE slot SET label = $5, outcome = $6, next_at = $7, handled_at = $8 WHERE nudge = $1 AND subject = $2 AND label = $3 AND next_at = $4")
        .bind(&seen.nudge).bind(&seen.subject).bind(&seen.label).bind(seen.next_at).bind(label).bind(outcome).bind(next_at).bind(now))
        .map(|rows| rows == 1)
}

/// Puts subjects in as they are, in place of what was known of them.
///
/// # Errors
/// The database refused.
pub async fn put(tx: &mut Tx, slots: &[Slot]) -> sqlx::Result<()> {
    // Well below the number of placeholders either database takes.
    for some in slots.chunks(500) {
        on!(tx, c => sqlx::QueryBuilder::new(format!("INSERT INTO slot ({COLUMNS}) "))
            .push_values(some, |mut row, slot| {
                row.push_bind(&slot.nudge).push_bind(&slot.subject).push_bind(&slot.label).push_bind(&slot.outcome)
                    .push_bind(slot.handled_at).push_bind(slot.next_at);
            })
            .push(" ON CONFLICT (nudge, subject) DO UPDATE SET label = excluded.label, outcome = excluded.outcome,
                handled_at = excluded.handled_at, next_at = excluded.next_at")
            .build().execute(c).await.map(drop))?;
    }
    Ok(())
}

/// Forgets a subject: it has nothing to be reminded of any more.
///
/// # Errors
/// The database refused.
pub async fn forget(tx: &mut Tx, nudge: &str, subject: &str) -> sqlx::Result<()> {
    affected!(tx, sqlx::query("DELETE FROM slot WHERE nudge = $1 AND subject = $2").bind(nudge).bind(subject)).map(drop)
}

/// The earliest wake-up of all.
///
/// # Errors
/// The database refused.
pub async fn next_wake(tx: &mut Tx) -> sqlx::Result<Option<Instant>> {
    on!(tx, c => sqlx::query_scalar("SELECT next_at FROM slot WHERE next_at IS NOT NULL ORDER BY next_at LIMIT 1").fetch_optional(c).await)
}
