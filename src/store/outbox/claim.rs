//! Sending: a row is claimed, sent outside any transaction, and settled by whoever holds the claim.

use crate::{
    domain::{
        Instant,
        id::{DeliveryId, PersonId},
    },
    message::{Card, MessageRef, Platform},
    store::{Tx, affected},
};

/// A row this process may send until its lease ends.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Claimed {
    pub id: DeliveryId,
    pub delivery: String,
    pub platform: Platform,
    pub tenant: String,
    pub kind: String,
    pub recipient: String,
    #[sqlx(rename = "person_id")]
    pub person: Option<PersonId>,
    pub is_nudge: bool,
    #[sqlx(json)]
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
    let mut claimed: Vec<Claimed> = match tx {
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
