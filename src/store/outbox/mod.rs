//! The outbox: every durable message is a row here before it is anything else. It is also the ledger people can read.
//!
//! What becomes of a row is decided in `domain::outbox`.

mod claim;
mod ledger;
mod refresh;
mod wait;

pub use claim::{Claimed, Lane, Settled, claim, claim_looks, hold_doubtful, lanes, prove, set_conversation, settle};
pub use ledger::{
    Entry, Standing, by_delivery, by_message, discard, ledger, list, message_of, next_due, nudges_since, nudges_to,
    reasons, resolve, respond, retry, standings,
};
pub use refresh::{DueRefresh, Refresh, news, refresh, refresh_later, refreshed, take_refreshes};
pub use wait::{begin_doubt, doubt, hold_lane, wait, waits};

use super::{Tx, affected, on, schema, seal::DELIVERY_CARD};
use crate::{
    domain::{
        Instant,
        id::{DeliveryId, PersonId},
    },
    message::{Address, Card, Platform},
};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Messages in one statement: well below the number of placeholders either database takes.
const AT_ONCE: usize = 200;

/// The tenant of the one workspace whose token stands in the environment.
pub const HOME_TENANT: &str = "home";

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Urgency {
    /// One person's action that another waits to hear of.
    Notice,
    Nudge,
    Digest,
}

impl Urgency {
    /// The most urgent first.
    pub const ALL: [Urgency; 3] = [Urgency::Notice, Urgency::Nudge, Urgency::Digest];
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
        to: &Address,
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
    let (keyring, secret) = (tx.keyring(), super::instance::delivery_secret(tx).await?);
    for some in drafts.chunks(AT_ONCE) {
        let first = schema::take_ids(tx, "delivery", i64::try_from(some.len()).unwrap_or(0)).await?;
        let cards: Vec<_> = (first..)
            .zip(some)
            .map(|(id, draft)| keyring.seal_json(&DELIVERY_CARD.of_tenant(&draft.tenant, id), &draft.card))
            .collect::<Result<_, _>>()?;
        let new: Vec<i64> = on!(tx, c => sqlx::QueryBuilder::new(
            "INSERT INTO delivery (id, delivery, tenant, platform, kind, subject, recipient, occurrence, person_id, is_nudge, why, card,
             thread_of, urgency, state, due_at, useful_until, created_at) ")
            .push_values((first..).zip(some).zip(&cards), |mut row, ((id, draft), card)| {
                row.push_bind(id).push_bind(opaque_id(&secret, draft)).push_bind(&draft.tenant).push_bind(draft.platform.as_str())
                    .push_bind(&draft.kind).push_bind(&draft.subject).push_bind(&draft.recipient).push_bind(&draft.occurrence)
                    .push_bind(draft.person.map(|p| p.0)).push_bind(draft.is_nudge).push_bind(&draft.why).push_bind(card)
                    .push_bind(draft.thread_of.map(|d| d.0)).push_bind(draft.urgency as i64).push_bind("pending")
                    .push_bind(draft.due_at).push_bind(draft.useful_until).push_bind(now);
            })
            .push(" ON CONFLICT DO NOTHING RETURNING id").build_query_scalar().persistent(some.len() == AT_ONCE || some.len() == 1)
            .fetch_all(c).await)?;
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
         AND EXISTS (SELECT 1 FROM delivery p WHERE p.id = delivery.thread_of AND p.state IN ('dead', 'expired', 'cancelled', 'unknown'))")
        .bind(now))
}
