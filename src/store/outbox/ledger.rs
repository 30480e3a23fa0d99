//! Reading: what was sent to whom, why, and what they answered; and what an operator can do about it.

use crate::{
    domain::{
        Instant,
        id::{DeliveryId, PersonId},
        preference::NudgeKind,
    },
    message::{MessageRef, Platform},
    store::{Tx, affected, among, on},
};

const ENTRY: &str = "id, delivery, tenant, platform, kind, subject, recipient, occurrence, person_id, is_nudge, why, state, due_at, tries, \
                     settled_at, reason, response, responded_at, created_at";

/// A line of the ledger.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Entry {
    pub id: DeliveryId,
    pub delivery: String,
    pub tenant: String,
    pub platform: Platform,
    pub kind: String,
    pub subject: String,
    pub recipient: String,
    pub occurrence: String,
    #[sqlx(rename = "person_id")]
    pub person: Option<PersonId>,
    pub is_nudge: bool,
    pub why: String,
    pub state: String,
    pub due_at: Instant,
    /// Those that count: not the ones that ended before anything was tried.
    #[sqlx(rename = "tries")]
    pub attempts: i64,
    pub settled_at: Option<Instant>,
    pub reason: String,
    /// `acted`, `dismissed`, `snoozed` or `fewer`; `None` while nobody touched it.
    pub response: Option<String>,
    pub responded_at: Option<Instant>,
    pub created_at: Instant,
}

impl Entry {
    #[must_use]
    pub fn nudge(&self) -> Option<NudgeKind> {
        NudgeKind::parse(&self.kind)
    }
}

/// The row behind the opaque id a message carries.
///
/// # Errors
/// The database refused.
pub async fn by_delivery(tx: &mut Tx, delivery: &str) -> sqlx::Result<Option<Entry>> {
    on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(format!("SELECT {ENTRY} FROM delivery WHERE delivery = $1")))
        .bind(delivery).fetch_optional(c).await)
}

/// The row behind a message that was sent.
///
/// # Errors
/// The database refused.
pub async fn by_message(tx: &mut Tx, message: &MessageRef) -> sqlx::Result<Option<Entry>> {
    on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "SELECT {ENTRY} FROM delivery WHERE platform = $1 AND conversation = $2 AND message = $3")))
        .bind(message.platform.as_str()).bind(&message.conversation).bind(&message.id).fetch_optional(c).await)
}

/// What was or will be sent to this person since an instant, newest first: the ledger, and the ground of the budget.
///
/// # Errors
/// The database refused.
pub async fn ledger(tx: &mut Tx, person: PersonId, since: Instant) -> sqlx::Result<Vec<Entry>> {
    on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "SELECT {ENTRY} FROM delivery WHERE person_id = $1 AND created_at >= $2 ORDER BY due_at DESC, id DESC")))
        .bind(person.0).bind(since).fetch_all(c).await)
}

/// Nudges to all persons since an instant, for planning many at once; ordered by person, then time.
///
/// # Errors
/// The database refused.
pub async fn nudges_since(tx: &mut Tx, since: Instant) -> sqlx::Result<Vec<Entry>> {
    on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "SELECT {ENTRY} FROM delivery WHERE is_nudge AND person_id IS NOT NULL AND due_at >= $1 ORDER BY person_id, due_at, id")))
        .bind(since).fetch_all(c).await)
}

/// Nudges to these people since an instant; ordered by person, then time.
///
/// # Errors
/// The database refused.
pub async fn nudges_to(tx: &mut Tx, people: &[PersonId], since: Instant) -> sqlx::Result<Vec<Entry>> {
    on!(tx, c => {
        let mut query = sqlx::QueryBuilder::new(format!("SELECT {ENTRY} FROM delivery WHERE is_nudge AND "));
        among!(query, Some(people));
        query.push(" AND created_at >= ").push_bind(since).push(" ORDER BY person_id, due_at, id");
        query.build_query_as().persistent(false).fetch_all(c).await
    })
}

/// Notes the person's first answer to a message; later ones change nothing, except that acting beats the rest.
///
/// # Errors
/// The database refused.
pub async fn respond(tx: &mut Tx, id: DeliveryId, response: &str, now: Instant) -> sqlx::Result<()> {
    affected!(
        tx,
        sqlx::query(
            "UPDATE delivery SET response = $2, responded_at = $3 WHERE id = $1 AND (response IS NULL OR $2 = 'acted')"
        )
        .bind(id.0)
        .bind(response)
        .bind(now)
    )
    .map(drop)
}

/// Where a sent message is.
///
/// # Errors
/// The database refused.
pub async fn message_of(tx: &mut Tx, id: DeliveryId) -> sqlx::Result<Option<MessageRef>> {
    let row: Option<(Platform, Option<String>, Option<String>)> = on!(tx, c => sqlx::query_as("SELECT platform, conversation, message FROM delivery WHERE id = $1").bind(id.0).fetch_optional(c).await)?;
    Ok(row.and_then(|(platform, conversation, id)| Some(MessageRef { platform, conversation: conversation?, id: id? })))
}

/// The operator's view, oldest due first. `None` lists every state that is not `sent`.
///
/// # Errors
/// The database refused.
pub async fn list(tx: &mut Tx, state: Option<&str>, limit: i64) -> sqlx::Result<Vec<Entry>> {
    on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "SELECT {ENTRY} FROM delivery WHERE (state = $1) OR ($1 = '' AND state <> 'sent') ORDER BY due_at, id LIMIT $2")))
        .bind(state.unwrap_or("")).bind(limit).fetch_all(c).await)
}

/// The operator says: try a dead one again. False when it is not dead. It stays as old as it is, so that after a restore it
/// is looked for first.
///
/// # Errors
/// The database refused.
pub async fn retry(tx: &mut Tx, id: DeliveryId, now: Instant) -> sqlx::Result<bool> {
    affected!(
        tx,
        sqlx::query(
            "UPDATE delivery SET state = 'pending', due_at = CASE WHEN due_at > $2 THEN $2 ELSE due_at END, tries = 0,
         settled_at = NULL, useful_until = NULL WHERE id = $1 AND state = 'dead'"
        )
        .bind(id.0)
        .bind(now)
    )
    .map(|rows| rows > 0)
}

/// The operator says of what nobody could tell: it was sent, or send it again. False when that is known already. What is
/// in doubt may be called sent, and is never sent again on anybody's word while it may still land.
///
/// # Errors
/// The database refused.
pub async fn resolve(tx: &mut Tx, id: DeliveryId, is_sent: bool, now: Instant) -> sqlx::Result<bool> {
    let query = if is_sent {
        "UPDATE delivery SET state = 'sent', settled_at = $2, look_at = NULL, reason = 'the operator says it was sent' WHERE id = $1 AND state IN ('unknown', 'sending')"
    } else {
        "UPDATE delivery SET state = 'pending', due_at = $2, tries = 0, settled_at = NULL, look_at = NULL, is_cleared = TRUE WHERE id = $1 AND state = 'unknown'"
    };
    affected!(tx, sqlx::query(query).bind(id.0).bind(now)).map(|rows| rows > 0)
}

/// The operator says: never send this. False when it was sent, or may have been.
///
/// # Errors
/// The database refused.
pub async fn discard(tx: &mut Tx, id: DeliveryId, now: Instant) -> sqlx::Result<bool> {
    affected!(tx, sqlx::query("UPDATE delivery SET state = 'cancelled', settled_at = $2, reason = 'discarded by the operator' WHERE id = $1 AND state IN ('pending', 'dead', 'unknown')")
        .bind(id.0).bind(now)).map(|rows| rows > 0)
}

/// How one state stands.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Standing {
    pub state: String,
    pub count: i64,
    /// When the one that has waited longest was, or will be, due.
    pub oldest_due: Instant,
}

/// How every state stands in which there is something. Reads an index and no row.
///
/// # Errors
/// The database refused.
pub async fn standings(tx: &mut Tx) -> sqlx::Result<Vec<Standing>> {
    on!(tx, c => sqlx::query_as(
        "SELECT state, CAST(count(*) AS BIGINT) AS count, min(due_at) AS oldest_due FROM delivery GROUP BY state ORDER BY state")
        .fetch_all(c).await)
}

/// Why the messages of a state are in it, the most frequent reason first, with how many have it. Reasons are codes and our
/// own words.
///
/// # Errors
/// The database refused.
pub async fn reasons(tx: &mut Tx, state: &str) -> sqlx::Result<Vec<(String, i64)>> {
    on!(tx, c => sqlx::query_as(
        "SELECT reason, CAST(count(*) AS BIGINT) FROM delivery WHERE state = $1 GROUP BY reason ORDER BY count(*) DESC, reason LIMIT 20")
        .bind(state).fetch_all(c).await)
}

/// When the next pending row falls due, for those who jump through time.
///
/// # Errors
/// The database refused.
pub async fn next_due(tx: &mut Tx) -> sqlx::Result<Option<Instant>> {
    on!(tx, c => sqlx::query_scalar("SELECT due_at FROM delivery WHERE state = 'pending' ORDER BY due_at LIMIT 1").fetch_optional(c).await)
}
