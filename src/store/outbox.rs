//! The outbox: every durable message is a row here before it is anything else. It is also the ledger people can read.
//!
//! ```text
//! enqueue → pending ──claim──▶ sending ──settle──▶ sent
//!              ▲                  │ ├──────────────▶ dead       given up; a human must look
//!              └──── try later ───┘ ├──────────────▶ expired    no longer useful
//!                                   ├──────────────▶ cancelled  not wanted any more
//!                                   └─ ambiguous: stays `sending`, never resent blindly
//! ```

use super::{Tx, affected, on, schema};
use crate::{
    domain::{
        Instant,
        id::{DeliveryId, PersonId},
        preference::NudgeKind,
    },
    message::{Card, MessageRef, Platform},
};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use sqlx::types::Json;

/// The tenant of the one workspace whose token stands in the environment.
pub const HOME_TENANT: &str = "home";

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Urgency {
    /// One person's action that another waits to hear of.
    Notice,
    Nudge,
    Digest,
}

/// A message to be sent, decided once: the same tenant, kind, subject, recipient and occurrence is the same message.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    pub tenant: String,
    pub platform: Platform,
    /// A nudge's name, or `notice.…`.
    pub kind: String,
    /// What it is about, such as `P-142` or a conversation's number.
    pub subject: String,
    /// The platform's id of the person or channel.
    pub recipient: String,
    /// Which turn it is, as a local civil label such as `2026-Q2`; never an instant.
    pub occurrence: String,
    /// Whom it is for; `None` for channels.
    pub person: Option<PersonId>,
    /// Unprompted, so it counts against the budget and has two exits.
    pub is_nudge: bool,
    /// Why it is sent, as the ledger tells it.
    pub why: String,
    pub card: Card,
    /// Goes into the thread of this one, after it.
    pub thread_of: Option<DeliveryId>,
    pub urgency: Urgency,
    pub due_at: Instant,
    /// Not sent any more from then on.
    pub useful_until: Option<Instant>,
}

impl Draft {
    /// A notice that one person's action causes to another: durable, outside the budget, leaving at once.
    pub fn notice(
        to: &crate::message::Address,
        person: PersonId,
        kind: &str,
        subject: impl Into<String>,
        occurrence: impl Into<String>,
        card: Card,
        now: Instant,
    ) -> Draft {
        Draft {
            tenant: HOME_TENANT.to_owned(),
            platform: to.platform,
            kind: format!("notice.{kind}"),
            subject: subject.into(),
            recipient: to.id.clone(),
            occurrence: occurrence.into(),
            person: Some(person),
            is_nudge: false,
            why: String::new(),
            card,
            thread_of: None,
            urgency: Urgency::Notice,
            due_at: now,
            useful_until: None,
        }
    }
}

/// Writes a message down, once. `None` when it was already decided.
///
/// # Errors
/// The database refused.
pub async fn enqueue(tx: &mut Tx, draft: &Draft, now: Instant) -> sqlx::Result<Option<DeliveryId>> {
    Ok(enqueue_all(tx, &[draft], now).await?.pop().flatten())
}

/// Writes messages down, each once: an answer for each, in their order.
///
/// # Errors
/// The database refused.
pub async fn enqueue_all(tx: &mut Tx, drafts: &[&Draft], now: Instant) -> sqlx::Result<Vec<Option<DeliveryId>>> {
    let mut ids = Vec::with_capacity(drafts.len());
    if drafts.is_empty() {
        return Ok(ids);
    }
    let secret = super::instance::delivery_secret(tx).await?;
    // Well below the number of placeholders either database takes.
    for some in drafts.chunks(200) {
        let first = schema::take_ids(tx, "delivery", i64::try_from(some.len()).unwrap_or(0)).await?;
        let new: Vec<i64> = on!(tx, c => sqlx::QueryBuilder::new(
            "INSERT INTO delivery (id, delivery, tenant, platform, kind, subject, recipient, occurrence, person_id, is_nudge, why, card,
             thread_of, urgency, state, due_at, useful_until, created_at) ")
            .push_values((first..).zip(some), |mut row, (id, draft)| {
                row.push_bind(id).push_bind(opaque_id(&secret, draft)).push_bind(&draft.tenant).push_bind(draft.platform.as_str())
                    .push_bind(&draft.kind).push_bind(&draft.subject).push_bind(&draft.recipient).push_bind(&draft.occurrence)
                    .push_bind(draft.person.map(|p| p.0)).push_bind(draft.is_nudge).push_bind(&draft.why).push_bind(Json(&draft.card))
                    .push_bind(draft.thread_of.map(|d| d.0)).push_bind(draft.urgency as i64).push_bind("pending")
                    .push_bind(draft.due_at).push_bind(draft.useful_until).push_bind(now);
            })
            .push(" ON CONFLICT DO NOTHING RETURNING id").build_query_scalar().fetch_all(c).await)?;
        let new: std::collections::HashSet<i64> = new.into_iter().collect();
        ids.extend((first..).zip(some).map(|(id, _)| new.contains(&id).then_some(DeliveryId(id))));
    }
    Ok(ids)
}

/// What a message carries: the same for the same decision, and meaningless to a reader.
fn opaque_id(secret: &str, draft: &Draft) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes a key of any length");
    for part in [&draft.tenant, &draft.kind, &draft.subject, &draft.recipient, &draft.occurrence] {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part.as_bytes());
    }
    hex::encode(&mac.finalize().into_bytes()[..16])
}

#[derive(Debug, sqlx::FromRow)]
struct ClaimedRow {
    id: i64,
    delivery: String,
    platform: String,
    tenant: String,
    kind: String,
    recipient: String,
    person_id: Option<i64>,
    is_nudge: bool,
    card: Json<Card>,
    thread_of: Option<i64>,
    useful_until: Option<Instant>,
    attempt: i64,
    failures: i64,
    conversation: Option<String>,
}

/// A row this process may send until its lease ends.
#[derive(Clone, Debug)]
pub struct Claimed {
    pub id: DeliveryId,
    pub delivery: String,
    pub platform: Platform,
    pub tenant: String,
    pub kind: String,
    pub recipient: String,
    pub person: Option<PersonId>,
    pub is_nudge: bool,
    pub card: Card,
    pub thread_of: Option<DeliveryId>,
    pub useful_until: Option<Instant>,
    /// The fence: only the worker of this attempt may settle the row.
    pub attempt: i64,
    pub failures: i64,
    pub conversation: Option<String>,
}

/// Takes up to `limit` due rows of active installations, the urgent ones first. Commit before sending: the attempt is
/// counted here, so that a message that kills the process does not do so for ever.
///
/// # Errors
/// The database refused.
pub async fn claim(tx: &mut Tx, now: Instant, lease: chrono::Duration, limit: i64) -> sqlx::Result<Vec<Claimed>> {
    const DUE: &str = "WITH due AS (SELECT d.id FROM delivery d WHERE d.state = 'pending' AND d.due_at <= $1
        AND (d.thread_of IS NULL OR EXISTS (SELECT 1 FROM delivery p WHERE p.id = d.thread_of AND p.state = 'sent'))
        AND NOT EXISTS (SELECT 1 FROM installation i WHERE i.platform = d.platform AND i.tenant = d.tenant AND NOT i.is_active)
        ORDER BY d.urgency, d.due_at, d.id LIMIT $2";
    const TAKE: &str = ") UPDATE delivery SET state = 'sending', attempt = attempt + 1, started_at = $1, lease_until = $3
        WHERE id IN (SELECT id FROM due)
        RETURNING id, delivery, platform, tenant, kind, recipient, person_id, is_nudge, card, thread_of, useful_until, attempt, failures, conversation";
    // The one statement with two texts: Postgres lets several workers pass each other by, SQLite has one writer anyway.
    let rows: Vec<ClaimedRow> = match tx {
        Tx::Sqlite(t) => {
            sqlx::query_as(sqlx::AssertSqlSafe(format!("{DUE}{TAKE}")))
                .bind(now)
                .bind(limit)
                .bind(now + lease)
                .fetch_all(&mut **t)
                .await?
        }
        Tx::Postgres(t) => {
            sqlx::query_as(sqlx::AssertSqlSafe(format!("{DUE} FOR UPDATE SKIP LOCKED{TAKE}")))
                .bind(now)
                .bind(limit)
                .bind(now + lease)
                .fetch_all(&mut **t)
                .await?
        }
    };
    let mut claimed: Vec<Claimed> = rows
        .into_iter()
        .filter_map(|row| {
            Some(Claimed {
                id: DeliveryId(row.id),
                delivery: row.delivery,
                platform: Platform::parse(&row.platform)?,
                tenant: row.tenant,
                kind: row.kind,
                recipient: row.recipient,
                person: row.person_id.map(PersonId),
                is_nudge: row.is_nudge,
                card: row.card.0,
                thread_of: row.thread_of.map(DeliveryId),
                useful_until: row.useful_until,
                attempt: row.attempt,
                failures: row.failures,
                conversation: row.conversation,
            })
        })
        .collect();
    claimed.sort_by_key(|row| row.id);
    Ok(claimed)
}

/// What became of an attempt. Reasons are codes and our own words, never anybody's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settled {
    Sent {
        message: MessageRef,
    },
    /// Certainly not sent; back to pending. `counts` when it was a failure of this message.
    Later {
        at: Instant,
        reason: String,
        counts: bool,
    },
    Dead {
        reason: String,
    },
    Expired {
        reason: String,
    },
    Cancelled {
        reason: String,
    },
    /// It may have arrived: the row waits in `sending` for proof.
    Ambiguous {
        reason: String,
    },
}

/// Records what became of an attempt, if it is still this attempt's to record; false otherwise.
///
/// # Errors
/// The database refused.
pub async fn settle(tx: &mut Tx, id: DeliveryId, attempt: i64, outcome: &Settled, now: Instant) -> sqlx::Result<bool> {
    let done = match outcome {
        Settled::Sent { message } => affected!(tx, sqlx::query(
            "UPDATE delivery SET state = 'sent', settled_at = $3, conversation = $4, message = $5, reason = '' WHERE id = $1 AND state = 'sending' AND attempt = $2")
            .bind(id.0).bind(attempt).bind(now).bind(&message.conversation).bind(&message.id))?,
        Settled::Later { at, reason, counts } => affected!(tx, sqlx::query(
            "UPDATE delivery SET state = 'pending', due_at = $3, reason = $4, failures = failures + $5, lease_until = NULL WHERE id = $1 AND state = 'sending' AND attempt = $2")
            .bind(id.0).bind(attempt).bind(at).bind(reason).bind(i64::from(*counts)))?,
        Settled::Ambiguous { reason } => affected!(tx, sqlx::query("UPDATE delivery SET reason = $3 WHERE id = $1 AND state = 'sending' AND attempt = $2")
            .bind(id.0).bind(attempt).bind(reason))?,
        Settled::Dead { reason } | Settled::Expired { reason } | Settled::Cancelled { reason } => {
            let state = match outcome {
                Settled::Dead { .. } => "dead",
                Settled::Expired { .. } => "expired",
                _ => "cancelled",
            };
            affected!(tx, sqlx::query("UPDATE delivery SET state = $3, settled_at = $4, reason = $5 WHERE id = $1 AND state = 'sending' AND attempt = $2")
                .bind(id.0).bind(attempt).bind(state).bind(now).bind(reason))?
        }
    };
    Ok(done == 1)
}

/// Remembers the conversation a message goes to before it goes: proof is looked for there.
///
/// # Errors
/// The database refused.
pub async fn set_conversation(tx: &mut Tx, id: DeliveryId, conversation: &str) -> sqlx::Result<()> {
    affected!(tx, sqlx::query("UPDATE delivery SET conversation = $2 WHERE id = $1").bind(id.0).bind(conversation))
        .map(drop)
}

/// Where a sent message is.
///
/// # Errors
/// The database refused.
pub async fn message_of(tx: &mut Tx, id: DeliveryId) -> sqlx::Result<Option<MessageRef>> {
    let row: Option<(String, Option<String>, Option<String>)> = on!(tx, c => sqlx::query_as("SELECT platform, conversation, message FROM delivery WHERE id = $1").bind(id.0).fetch_optional(c).await)?;
    Ok(row.and_then(|(platform, conversation, id)| {
        Some(MessageRef { platform: Platform::parse(&platform)?, conversation: conversation?, id: id? })
    }))
}

/// The row behind the opaque id a message carries.
///
/// # Errors
/// The database refused.
pub async fn by_delivery(tx: &mut Tx, delivery: &str) -> sqlx::Result<Option<Entry>> {
    let row: Option<Row> = on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(format!("SELECT {ENTRY} FROM delivery WHERE delivery = $1")))
        .bind(delivery).fetch_optional(c).await)?;
    Ok(row.and_then(Row::into_entry))
}

/// The row behind a message that was sent.
///
/// # Errors
/// The database refused.
pub async fn by_message(tx: &mut Tx, message: &MessageRef) -> sqlx::Result<Option<Entry>> {
    let row: Option<Row> = on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "SELECT {ENTRY} FROM delivery WHERE platform = $1 AND conversation = $2 AND message = $3")))
        .bind(message.platform.as_str()).bind(&message.conversation).bind(&message.id).fetch_optional(c).await)?;
    Ok(row.and_then(Row::into_entry))
}

const ENTRY: &str = "id, delivery, tenant, platform, kind, subject, recipient, occurrence, person_id, is_nudge, why, state, due_at, attempt, \
                     settled_at, reason, response, responded_at, created_at";

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    delivery: String,
    tenant: String,
    platform: String,
    kind: String,
    subject: String,
    recipient: String,
    occurrence: String,
    person_id: Option<i64>,
    is_nudge: bool,
    why: String,
    state: String,
    due_at: Instant,
    attempt: i64,
    settled_at: Option<Instant>,
    reason: String,
    response: Option<String>,
    responded_at: Option<Instant>,
    created_at: Instant,
}

/// A line of the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub id: DeliveryId,
    pub delivery: String,
    pub tenant: String,
    pub platform: Platform,
    pub kind: String,
    pub subject: String,
    pub recipient: String,
    pub occurrence: String,
    pub person: Option<PersonId>,
    pub is_nudge: bool,
    pub why: String,
    pub state: String,
    pub due_at: Instant,
    pub attempts: i64,
    pub settled_at: Option<Instant>,
    pub reason: String,
    /// `acted`, `dismissed`, `snoozed` or `fewer`; `None` while nobody touched it.
    pub response: Option<String>,
    pub responded_at: Option<Instant>,
    pub created_at: Instant,
}

impl Row {
    fn into_entry(self) -> Option<Entry> {
        Some(Entry {
            id: DeliveryId(self.id),
            delivery: self.delivery,
            tenant: self.tenant,
            platform: Platform::parse(&self.platform)?,
            kind: self.kind,
            subject: self.subject,
            recipient: self.recipient,
            occurrence: self.occurrence,
            person: self.person_id.map(PersonId),
            is_nudge: self.is_nudge,
            why: self.why,
            state: self.state,
            due_at: self.due_at,
            attempts: self.attempt,
            settled_at: self.settled_at,
            reason: self.reason,
            response: self.response,
            responded_at: self.responded_at,
            created_at: self.created_at,
        })
    }
}

impl Entry {
    #[must_use]
    pub fn nudge(&self) -> Option<NudgeKind> {
        NudgeKind::parse(&self.kind)
    }
}

/// What was or will be sent to this person since an instant, newest first: the ledger, and the ground of the budget.
///
/// # Errors
/// The database refused.
pub async fn ledger(tx: &mut Tx, person: PersonId, since: Instant) -> sqlx::Result<Vec<Entry>> {
    let rows: Vec<Row> = on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "SELECT {ENTRY} FROM delivery WHERE person_id = $1 AND created_at >= $2 ORDER BY due_at DESC, id DESC")))
        .bind(person.0).bind(since).fetch_all(c).await)?;
    Ok(rows.into_iter().filter_map(Row::into_entry).collect())
}

/// Nudges to all persons since an instant, for planning many at once; ordered by person, then time.
///
/// # Errors
/// The database refused.
pub async fn nudges_since(tx: &mut Tx, since: Instant) -> sqlx::Result<Vec<Entry>> {
    let rows: Vec<Row> = on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "SELECT {ENTRY} FROM delivery WHERE is_nudge AND person_id IS NOT NULL AND due_at >= $1 ORDER BY person_id, due_at, id")))
        .bind(since).fetch_all(c).await)?;
    Ok(rows.into_iter().filter_map(Row::into_entry).collect())
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

/// Takes back what was not claimed yet of one kind about one subject; gives how many.
///
/// # Errors
/// The database refused.
pub async fn cancel_pending(tx: &mut Tx, kind: &str, subject: &str, reason: &str, now: Instant) -> sqlx::Result<u64> {
    affected!(tx, sqlx::query("UPDATE delivery SET state = 'cancelled', settled_at = $4, reason = $3 WHERE kind = $1 AND subject = $2 AND state = 'pending'")
        .bind(kind).bind(subject).bind(reason).bind(now))
}

/// Follow-ups in the thread of something that will never be sent are pointless.
///
/// # Errors
/// The database refused.
pub async fn expire_orphans(tx: &mut Tx, now: Instant) -> sqlx::Result<u64> {
    affected!(tx, sqlx::query(
        "UPDATE delivery SET state = 'expired', settled_at = $1, reason = 'its first part was not sent' WHERE state = 'pending' AND thread_of IS NOT NULL
         AND EXISTS (SELECT 1 FROM delivery p WHERE p.id = delivery.thread_of AND p.state IN ('dead', 'expired', 'cancelled'))")
        .bind(now))
}

/// The operator's view, oldest due first. `None` lists every state that is not `sent`.
///
/// # Errors
/// The database refused.
pub async fn list(tx: &mut Tx, state: Option<&str>, limit: i64) -> sqlx::Result<Vec<Entry>> {
    let rows: Vec<Row> = on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "SELECT {ENTRY} FROM delivery WHERE (state = $1) OR ($1 = '' AND state <> 'sent') ORDER BY due_at, id LIMIT $2")))
        .bind(state.unwrap_or("")).bind(limit).fetch_all(c).await)?;
    Ok(rows.into_iter().filter_map(Row::into_entry).collect())
}

/// The operator says: try a dead one again. False when it is not dead.
///
/// # Errors
/// The database refused.
pub async fn retry(tx: &mut Tx, id: DeliveryId, now: Instant) -> sqlx::Result<bool> {
    affected!(tx, sqlx::query("UPDATE delivery SET state = 'pending', due_at = $2, failures = 0, settled_at = NULL, useful_until = NULL WHERE id = $1 AND state = 'dead'")
        .bind(id.0).bind(now)).map(|rows| rows > 0)
}

/// The operator says: never send this. False when it was sent, or may have been.
///
/// # Errors
/// The database refused.
pub async fn discard(tx: &mut Tx, id: DeliveryId, now: Instant) -> sqlx::Result<bool> {
    affected!(tx, sqlx::query("UPDATE delivery SET state = 'cancelled', settled_at = $2, reason = 'discarded by the operator' WHERE id = $1 AND state IN ('pending', 'dead')")
        .bind(id.0).bind(now)).map(|rows| rows > 0)
}

/// How many rows are in each state.
///
/// # Errors
/// The database refused.
pub async fn counts(tx: &mut Tx) -> sqlx::Result<Vec<(String, i64)>> {
    on!(tx, c => sqlx::query_as("SELECT state, CAST(count(*) AS BIGINT) FROM delivery GROUP BY state ORDER BY state").fetch_all(c).await)
}

/// When the next pending row falls due, for those who jump through time.
///
/// # Errors
/// The database refused.
pub async fn next_due(tx: &mut Tx) -> sqlx::Result<Option<Instant>> {
    on!(tx, c => sqlx::query_scalar("SELECT due_at FROM delivery WHERE state = 'pending' ORDER BY due_at LIMIT 1").fetch_optional(c).await)
}

/// New contents for something of ours that is already shown.
#[derive(Clone, Debug, PartialEq)]
pub enum Refresh {
    Message {
        message: MessageRef,
        card: Card,
    },
    /// The home of this account; drawn when it is sent.
    Home {
        platform: Platform,
        user: String,
    },
}

/// A refresh that waits to be sent.
#[derive(Clone, Debug, PartialEq)]
pub struct DueRefresh {
    pub refresh: Refresh,
    target: String,
    version: i64,
    pub attempt: i64,
}

/// Asks for new contents; the newest request for the same thing wins.
///
/// # Errors
/// The database refused.
pub async fn refresh(tx: &mut Tx, refresh: &Refresh, now: Instant) -> sqlx::Result<()> {
    let (platform, target, card) = match refresh {
        Refresh::Message { message, card } => {
            (message.platform, format!("message {} {}", message.conversation, message.id), Some(Json(card)))
        }
        Refresh::Home { platform, user } => (*platform, format!("home {user}"), None),
    };
    affected!(tx, sqlx::query(
        "INSERT INTO refresh (platform, target, card, version, due_at) VALUES ($1, $2, $3, 1, $4)
         ON CONFLICT (platform, target) DO UPDATE SET card = excluded.card, version = refresh.version + 1, attempt = 0, due_at = excluded.due_at")
        .bind(platform.as_str()).bind(&target).bind(card).bind(now)).map(drop)
}

/// The refreshes that are due.
///
/// # Errors
/// The database refused.
pub async fn due_refreshes(tx: &mut Tx, now: Instant, limit: i64) -> sqlx::Result<Vec<DueRefresh>> {
    let rows: Vec<(String, String, Option<Json<Card>>, i64, i64)> = on!(tx, c => sqlx::query_as(
        "SELECT platform, target, card, version, attempt FROM refresh WHERE due_at <= $1 ORDER BY due_at, target LIMIT $2")
        .bind(now).bind(limit).fetch_all(c).await)?;
    Ok(rows
        .into_iter()
        .filter_map(|(platform, target, card, version, attempt)| {
            let platform = Platform::parse(&platform)?;
            let refresh = match target.split(' ').collect::<Vec<_>>()[..] {
                ["message", conversation, id] => Refresh::Message {
                    message: MessageRef { platform, conversation: conversation.to_owned(), id: id.to_owned() },
                    card: card?.0,
                },
                ["home", user] => Refresh::Home { platform, user: user.to_owned() },
                _ => return None,
            };
            Some(DueRefresh { refresh, target, version, attempt })
        })
        .collect())
}

/// A refresh was shown (or will never be): forgets it, unless a newer one was asked for meanwhile.
///
/// # Errors
/// The database refused.
pub async fn refreshed(tx: &mut Tx, it: &DueRefresh, platform: Platform) -> sqlx::Result<()> {
    affected!(
        tx,
        sqlx::query("DELETE FROM refresh WHERE platform = $1 AND target = $2 AND version = $3")
            .bind(platform.as_str())
            .bind(&it.target)
            .bind(it.version)
    )
    .map(drop)
}

/// A refresh could not be shown: again later.
///
/// # Errors
/// The database refused.
pub async fn refresh_later(tx: &mut Tx, it: &DueRefresh, platform: Platform, at: Instant) -> sqlx::Result<()> {
    affected!(
        tx,
        sqlx::query(
            "UPDATE refresh SET due_at = $4, attempt = attempt + 1 WHERE platform = $1 AND target = $2 AND version = $3"
        )
        .bind(platform.as_str())
        .bind(&it.target)
        .bind(it.version)
        .bind(at)
    )
    .map(drop)
}
