//! Where each recurring plan stands, and when it wants to be looked at again.
//!
//! A row is one subject of one nudge (a manager, a channel, one side of a conversation). `next_at` is an index of
//! wake-ups: planning reads the rows that are due and no others, so it costs nothing while nothing is due.

use super::{Tx, affected, on};
use crate::domain::Instant;
use std::collections::HashSet;

/// Subjects in one statement: well below the number of placeholders either database takes.
const AT_ONCE: usize = 500;

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

/// Whether any subject of a nudge wants to be looked at. Reads an index and no row.
///
/// # Errors
/// The database refused.
pub async fn is_due(tx: &mut Tx, nudge: &str, now: Instant) -> sqlx::Result<bool> {
    let found: Option<Instant> = on!(tx, c => sqlx::query_scalar("SELECT next_at FROM slot WHERE nudge = $1 AND next_at <= $2 LIMIT 1")
        .bind(nudge).bind(now).fetch_optional(c).await)?;
    Ok(found.is_some())
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

/// Those of these subjects that there are.
///
/// # Errors
/// The database refused.
pub async fn find_all(tx: &mut Tx, nudge: &str, subjects: &[String]) -> sqlx::Result<Vec<Slot>> {
    let mut all = Vec::new();
    for some in subjects.chunks(AT_ONCE) {
        all.extend::<Vec<Slot>>(on!(tx, c => {
            let mut query = sqlx::QueryBuilder::new(format!("SELECT {COLUMNS} FROM slot WHERE nudge = "));
            query.push_bind(nudge).push(" AND subject IN (");
            let mut list = query.separated(", ");
            for subject in some {
                list.push_bind(subject);
            }
            query.push(")").build_query_as().persistent(some.len() == AT_ONCE).fetch_all(c).await
        })?);
    }
    Ok(all)
}

/// Every subject of a nudge.
///
/// # Errors
/// The database refused.
pub async fn of_nudge(tx: &mut Tx, nudge: &str) -> sqlx::Result<Vec<Slot>> {
    on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(format!("SELECT {COLUMNS} FROM slot WHERE nudge = $1 ORDER BY subject")))
        .bind(nudge).fetch_all(c).await)
}

/// Where a subject is to stand next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step<'a> {
    /// Where it was seen.
    pub seen: &'a Slot,
    pub label: &'a str,
    pub outcome: String,
    pub next_at: Option<Instant>,
}

/// Moves subjects of one nudge on from where they were seen; gives those that moved, because nobody else was quicker.
/// Decide, then call this, then write what was decided, all in one transaction: so a turn is handled once, by whoever is
/// given it.
///
/// # Errors
/// The database refused.
pub async fn advance(tx: &mut Tx, steps: &[Step<'_>], now: Instant) -> sqlx::Result<HashSet<String>> {
    let mut moved = HashSet::with_capacity(steps.len());
    for some in steps.chunks(AT_ONCE) {
        let subjects: Vec<String> = on!(tx, c => {
            let mut query = sqlx::QueryBuilder::new(
                "UPDATE slot SET label = v.column5, outcome = v.column6, next_at = v.column7, handled_at = ");
            query.push_bind(now).push(" FROM (").push_values(some, |mut row, step| {
                row.push_bind(&step.seen.nudge).push_bind(&step.seen.subject).push_bind(&step.seen.label)
                    .push_bind(step.seen.next_at).push_bind(step.label).push_bind(&step.outcome).push_bind(step.next_at);
            });
            // Both databases call the columns of a list of rows so.
            query.push(") AS v WHERE slot.nudge = v.column1 AND slot.subject = v.column2 AND slot.label = v.column3
                AND slot.next_at = v.column4 RETURNING subject");
            query.build_query_scalar().persistent(some.len() == AT_ONCE).fetch_all(c).await
        })?;
        moved.extend(subjects);
    }
    Ok(moved)
}

/// Puts subjects in as they are, in place of what was known of them.
///
/// # Errors
/// The database refused.
pub async fn put(tx: &mut Tx, slots: &[Slot]) -> sqlx::Result<()> {
    for some in slots.chunks(AT_ONCE) {
        on!(tx, c => sqlx::QueryBuilder::new(format!("INSERT INTO slot ({COLUMNS}) "))
            .push_values(some, |mut row, slot| {
                row.push_bind(&slot.nudge).push_bind(&slot.subject).push_bind(&slot.label).push_bind(&slot.outcome)
                    .push_bind(slot.handled_at).push_bind(slot.next_at);
            })
            .push(" ON CONFLICT (nudge, subject) DO UPDATE SET label = excluded.label, outcome = excluded.outcome,
                handled_at = excluded.handled_at, next_at = excluded.next_at")
            .build().persistent(some.len() == AT_ONCE).execute(c).await.map(drop))?;
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
