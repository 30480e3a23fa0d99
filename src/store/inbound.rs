//! What was already handled, and what happened.

use super::{Tx, affected, on, schema};
use crate::domain::{Instant, id::PersonId};

/// A turn of a nudge passed while nobody was there to plan it.
pub const SLOT_SKIPPED: &str = "slot.skipped";

/// True the first time a key is seen. In the transaction of the effect, so that both are kept or neither.
///
/// # Errors
/// The database refused.
pub async fn first_time(tx: &mut Tx, key: &str, now: Instant) -> sqlx::Result<bool> {
    let new = affected!(
        tx,
        sqlx::query("INSERT INTO inbound_seen (key, seen_at) VALUES ($1, $2) ON CONFLICT DO NOTHING")
            .bind(key)
            .bind(now)
    )?;
    Ok(new == 1)
}

/// Forgets keys older than the platforms repeat themselves.
///
/// # Errors
/// The database refused.
pub async fn forget_before(tx: &mut Tx, before: Instant) -> sqlx::Result<()> {
    affected!(tx, sqlx::query("DELETE FROM inbound_seen WHERE seen_at < $1").bind(before)).map(drop)
}

/// Appends to the event log. `data` holds codes and figures, never anybody's words.
///
/// # Errors
/// The database refused.
pub async fn record(
    tx: &mut Tx,
    now: Instant,
    kind: &str,
    person: Option<PersonId>,
    subject: &str,
    data: serde_json::Value,
) -> sqlx::Result<()> {
    let id = schema::take_ids(tx, "event", 1).await?;
    affected!(
        tx,
        sqlx::query("INSERT INTO event (id, at, kind, person_id, subject, data) VALUES ($1, $2, $3, $4, $5, $6)")
            .bind(id)
            .bind(now)
            .bind(kind)
            .bind(person.map(|p| p.0))
            .bind(subject)
            .bind(sqlx::types::Json(data))
    )
    .map(drop)
}

/// How often each kind of event happened in a span, `[from, to)`.
///
/// # Errors
/// The database refused.
pub async fn count_by_kind(tx: &mut Tx, from: Instant, to: Instant) -> sqlx::Result<Vec<(String, i64)>> {
    on!(tx, c => sqlx::query_as("SELECT kind, CAST(count(*) AS BIGINT) FROM event WHERE at >= $1 AND at < $2 GROUP BY kind ORDER BY kind")
        .bind(from).bind(to).fetch_all(c).await)
}

/// How often one kind of event happened since an instant.
///
/// # Errors
/// The database refused.
pub async fn count_of_kind(tx: &mut Tx, kind: &str, since: Instant) -> sqlx::Result<i64> {
    on!(tx, c => sqlx::query_scalar("SELECT CAST(count(*) AS BIGINT) FROM event WHERE kind = $1 AND at >= $2")
        .bind(kind).bind(since).fetch_one(c).await)
}

/// How many turns of each nudge passed while nobody was there to plan them, since an instant.
///
/// # Errors
/// The database refused.
pub async fn skipped_turns(tx: &mut Tx, since: Instant) -> sqlx::Result<Vec<(String, i64)>> {
    on!(tx, c => sqlx::query_as(
        "SELECT data ->> 'nudge', CAST(count(*) AS BIGINT) FROM event WHERE kind = $1 AND at >= $2 GROUP BY data ->> 'nudge' ORDER BY data ->> 'nudge'")
        .bind(SLOT_SKIPPED).bind(since).fetch_all(c).await)
}

/// The turns of one person that passed so, the newest first, each with its nudge.
///
/// # Errors
/// The database refused.
pub async fn skipped_turns_of(tx: &mut Tx, person: PersonId, since: Instant) -> sqlx::Result<Vec<(Instant, String)>> {
    on!(tx, c => sqlx::query_as(
        "SELECT at, data ->> 'nudge' FROM event WHERE kind = $1 AND at >= $2 AND person_id = $3 ORDER BY at DESC, id DESC")
        .bind(SLOT_SKIPPED).bind(since).bind(person.0).fetch_all(c).await)
}

/// # Errors
/// The database refused.
pub async fn was_seen(tx: &mut Tx, key: &str) -> sqlx::Result<bool> {
    let found: Option<i64> = on!(tx, c => sqlx::query_scalar("SELECT CAST(1 AS BIGINT) FROM inbound_seen WHERE key = $1").bind(key).fetch_optional(c).await)?;
    Ok(found.is_some())
}
