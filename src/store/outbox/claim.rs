//! Sending: a row is claimed, sent outside any transaction, and settled by whoever holds the claim. What becomes of it is
//! decided in `domain::outbox`; here it is written down.

use super::Urgency;
use crate::{
    domain::{
        Instant,
        id::{DeliveryId, PersonId},
        outbox::{Doubt, Next, Row, Rules, State},
    },
    message::{Card, MessageRef, Platform},
    store::{
        Tx, affected, on,
        seal::{DELIVERY_CARD, Unopened},
    },
};
use serde_json::value::RawValue;
use std::collections::HashMap;

/// Messages that share a fate: those of one workspace. What goes wrong in one lane delays no other.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, sqlx::FromRow)]
pub struct Lane {
    pub platform: Platform,
    pub tenant: String,
}

/// A row this process may send, or look for, until its lease ends.
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
    #[sqlx(skip)]
    pub card: Card,
    #[sqlx(rename = "card", json)]
    stored: Box<RawValue>,
    pub thread_of: Option<DeliveryId>,
    pub due_at: Instant,
    pub useful_until: Option<Instant>,
    pub started_at: Instant,
    /// The fence: only the worker of this attempt may settle the row.
    pub attempt: i64,
    pub tries: i64,
    pub absences: i64,
    /// Where it goes, once that is known.
    pub conversation: Option<String>,
    /// The one-to-one conversation with its person, once it was opened.
    #[sqlx(skip)]
    pub direct: Option<String>,
    /// The message it continues.
    #[sqlx(skip)]
    pub thread: Option<String>,
    /// When other nudges left for the same person in the days before, or leave before this one.
    #[sqlx(skip)]
    pub recent: Vec<Instant>,
}

const CLAIMED: &str = "id, delivery, platform, tenant, kind, recipient, person_id, is_nudge, card, thread_of, due_at, useful_until, started_at, \
                       attempt, tries, absences, conversation";

impl Claimed {
    /// As much of it as decides what becomes of it.
    #[must_use]
    pub fn row(&self) -> Row {
        let count = |it: i64| u32::try_from(it).unwrap_or(u32::MAX);
        Row {
            state: State::Sending,
            attempt: count(self.attempt),
            tries: count(self.tries),
            started_at: Some(self.started_at),
            absences: count(self.absences),
            ..Row::new(self.due_at, self.useful_until)
        }
    }
}

/// The lanes in which something is due: a message, or a look at what is in doubt.
///
/// # Errors
/// The database refused.
pub async fn lanes(tx: &mut Tx, now: Instant) -> sqlx::Result<Vec<Lane>> {
    on!(tx, c => sqlx::query_as(
        "SELECT l.platform, l.tenant FROM
           (SELECT DISTINCT platform, tenant FROM delivery WHERE state = 'pending' AND due_at <= $1
            UNION SELECT DISTINCT platform, tenant FROM delivery WHERE state = 'sending' AND look_at <= $1) l
         WHERE NOT EXISTS (SELECT 1 FROM installation i WHERE i.platform = l.platform AND i.tenant = l.tenant AND NOT i.is_active)
         ORDER BY l.platform, l.tenant")
        .bind(now).fetch_all(c).await)
}

/// Takes up to `limit` due rows of a lane, the urgent ones first. Commit before sending: the attempt is counted here, so
/// that a message that kills the process does not do so for ever. What is in doubt after a restore is not taken.
///
/// # Errors
/// The database refused.
pub async fn claim(
    tx: &mut Tx,
    lane: &Lane,
    doubt: Option<&Doubt>,
    rules: &Rules,
    limit: usize,
    now: Instant,
) -> sqlx::Result<Vec<Claimed>> {
    const DUE: &str = "WITH due AS (SELECT d.id FROM delivery d WHERE d.state = 'pending' AND d.platform = $1 AND d.tenant = $2
        AND d.urgency = $3 AND d.due_at <= $4
        AND (d.is_cleared OR NOT (d.due_at <= $5 OR (d.is_nudge AND d.created_at <= $6)))
        AND (d.thread_of IS NULL OR EXISTS (SELECT 1 FROM delivery p WHERE p.id = d.thread_of AND p.state = 'sent'))
        AND NOT EXISTS (SELECT 1 FROM installation i WHERE i.platform = d.platform AND i.tenant = d.tenant AND NOT i.is_active)
        ORDER BY d.due_at, d.id LIMIT $7";
    const TAKE: &str = ") UPDATE delivery SET state = 'sending', attempt = attempt + 1, tries = tries + 1, absences = 0, started_at = $4,
        reason = '', lease_until = $8, look_at = $9 WHERE id IN (SELECT id FROM due) RETURNING ";
    let mut claimed = Row::new(now, None);
    claimed.claim(rules, now);
    let (certain_after, replanned) = match doubt {
        Some(doubt) => (doubt.before, doubt.replanned_before()),
        None => (Instant::UNIX_EPOCH, Instant::UNIX_EPOCH),
    };
    let mut taken: Vec<Claimed> = Vec::new();
    for urgency in Urgency::ALL {
        let room = i64::try_from(limit - taken.len()).unwrap_or(0);
        if room == 0 {
            break;
        }
        // The one statement with two texts: Postgres lets several workers pass each other by, SQLite has one writer anyway.
        let skip = if matches!(tx, Tx::Postgres(_)) { " FOR UPDATE SKIP LOCKED" } else { "" };
        let mut some: Vec<Claimed> = on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(format!("{DUE}{skip}{TAKE}{CLAIMED}")))
            .bind(lane.platform.as_str()).bind(&lane.tenant).bind(urgency as i64).bind(now).bind(certain_after).bind(replanned)
            .bind(room).bind(now + rules.lease).bind(claimed.look_at)
            .fetch_all(&mut *c).await)?;
        some.sort_by_key(|row| (row.due_at, row.id));
        taken.append(&mut some);
    }
    locate(tx, lane, &mut taken).await?;
    aim(tx, &mut taken).await?;
    remember(tx, &mut taken, now).await?;
    open(tx, taken, now).await
}

/// Takes up to `limit` rows of a lane that are to be looked for now; nobody else looks for them for as long as a lease.
///
/// # Errors
/// The database refused.
pub async fn claim_looks(
    tx: &mut Tx,
    lane: &Lane,
    rules: &Rules,
    limit: usize,
    now: Instant,
) -> sqlx::Result<Vec<Claimed>> {
    const DUE: &str = "WITH due AS (SELECT id FROM delivery WHERE state = 'sending' AND look_at <= $1 AND platform = $2 AND tenant = $3
        ORDER BY look_at, id LIMIT $4";
    const TAKE: &str = ") UPDATE delivery SET look_at = $5 WHERE id IN (SELECT id FROM due) RETURNING ";
    let skip = if matches!(tx, Tx::Postgres(_)) { " FOR UPDATE SKIP LOCKED" } else { "" };
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut taken: Vec<Claimed> = on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(format!("{DUE}{skip}{TAKE}{CLAIMED}")))
        .bind(now).bind(lane.platform.as_str()).bind(&lane.tenant).bind(limit).bind(now + rules.lease)
        .fetch_all(c).await)?;
    taken.sort_by_key(|row| row.id);
    locate(tx, lane, &mut taken).await?;
    Ok(taken)
}

/// What is due and in doubt since a restore waits for a look instead of being sent; gives how many.
///
/// # Errors
/// The database refused.
pub async fn hold_doubtful(tx: &mut Tx, doubt: &Doubt, rules: &Rules, now: Instant) -> sqlx::Result<u64> {
    let mut held = Row::new(now, None);
    held.doubt(doubt, rules, now);
    affected!(tx, sqlx::query(
        "UPDATE delivery SET state = 'sending', started_at = $1, look_at = $5, absences = 0, is_cleared = TRUE
         WHERE state = 'pending' AND NOT is_cleared AND due_at <= $2 AND (due_at <= $3 OR (is_nudge AND created_at <= $4))")
        .bind(doubt.since).bind(now).bind(doubt.before).bind(doubt.replanned_before()).bind(held.look_at))
}

/// Where they go: the conversations that are open already, and the messages they continue.
async fn locate(tx: &mut Tx, lane: &Lane, rows: &mut [Claimed]) -> sqlx::Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let direct: Vec<(String, String)> = on!(tx, c => {
        let mut query = sqlx::QueryBuilder::new("SELECT user_id, direct FROM account WHERE direct IS NOT NULL AND platform = ");
        query.push_bind(lane.platform.as_str()).push(" AND user_id IN (");
        let mut list = query.separated(", ");
        for row in rows.iter() {
            list.push_bind(&row.recipient);
        }
        list.push_unseparated(")");
        query.build_query_as().fetch_all(c).await
    })?;
    let direct: HashMap<_, _> = direct.into_iter().collect();
    for row in rows.iter_mut().filter(|row| row.person.is_some()) {
        row.direct = direct.get(&row.recipient).cloned();
    }
    for row in rows.iter_mut() {
        if let Some(first) = row.thread_of {
            row.thread = super::message_of(tx, first).await?.map(|message| message.id);
        }
    }
    Ok(())
}

/// Remembers the one-to-one conversations they go to before they go: proof is looked for there.
async fn aim(tx: &mut Tx, rows: &mut [Claimed]) -> sqlx::Result<()> {
    let mut aimed = Vec::new();
    for row in rows.iter_mut().filter(|row| row.direct.is_some() && row.direct != row.conversation) {
        row.conversation.clone_from(&row.direct);
        aimed.push(row.id.0);
    }
    if aimed.is_empty() {
        return Ok(());
    }
    on!(tx, c => {
        let mut query = sqlx::QueryBuilder::new(
            "UPDATE delivery SET conversation = (SELECT a.direct FROM account a WHERE a.platform = delivery.platform
             AND a.user_id = delivery.recipient) WHERE id IN (",
        );
        let mut list = query.separated(", ");
        for id in &aimed {
            list.push_bind(id);
        }
        list.push_unseparated(")");
        query.build().execute(c).await.map(drop)
    })
}

/// What else left for those who are about to be nudged, or is about to and was taken before it.
async fn remember(tx: &mut Tx, rows: &mut [Claimed], now: Instant) -> sqlx::Result<()> {
    let persons: Vec<i64> = rows.iter().filter(|row| row.is_nudge).filter_map(|row| Some(row.person?.0)).collect();
    if persons.is_empty() {
        return Ok(());
    }
    let left: Vec<(i64, PersonId, Instant)> = on!(tx, c => {
        let mut query = sqlx::QueryBuilder::new(
            "SELECT id, person_id, COALESCE(settled_at, started_at) FROM delivery WHERE is_nudge AND state IN ('sent', 'sending')
             AND thread_of IS NULL AND COALESCE(settled_at, started_at) > ",
        );
        query.push_bind(now - chrono::TimeDelta::days(8)).push(" AND person_id IN (");
        let mut list = query.separated(", ");
        for person in &persons {
            list.push_bind(person);
        }
        list.push_unseparated(")");
        query.build_query_as().fetch_all(c).await
    })?;
    let place: HashMap<i64, usize> = rows.iter().enumerate().map(|(at, row)| (row.id.0, at)).collect();
    for (at, row) in rows.iter_mut().enumerate().filter(|(_, row)| row.is_nudge) {
        let is_before = |id: &i64| place.get(id).is_none_or(|other| *other < at);
        let others = left.iter().filter(|(id, person, _)| Some(*person) == row.person && is_before(id));
        row.recent = others.map(|(_, _, at)| *at).collect();
    }
    Ok(())
}

/// The rows with their cards. One whose card was tampered with is given up: it must not hold the others back.
async fn open(tx: &mut Tx, rows: Vec<Claimed>, now: Instant) -> sqlx::Result<Vec<Claimed>> {
    let keyring = tx.keyring();
    let mut opened = Vec::with_capacity(rows.len());
    for mut row in rows {
        match keyring.open_json(&DELIVERY_CARD.of_tenant(&row.tenant, row.id.0), &row.stored) {
            Ok(card) => {
                row.card = card;
                opened.push(row);
            }
            Err(error @ Unopened::UnknownKey { .. }) => return Err(error.into()),
            Err(Unopened::Altered { .. } | Unopened::Malformed { .. }) => {
                let reason = "its stored text was changed by somebody else".to_owned();
                settle(tx, row.id, row.attempt, &Settled::Dead { reason }, now).await?;
            }
        }
    }
    Ok(opened)
}

/// What became of an attempt. Reasons are codes and our own words, never anybody's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settled {
    Sent {
        message: MessageRef,
    },
    /// Certainly not sent; back to pending. `counts` when it was a try of this message.
    Later {
        at: Instant,
        reason: String,
        counts: bool,
    },
    /// It may have arrived, and is looked for then.
    Looking {
        at: Instant,
        absences: u32,
        reason: String,
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
    /// Nobody can tell whether it arrived; the operator is asked.
    Unknown {
        reason: String,
    },
}

impl Settled {
    /// What was decided, and why.
    #[must_use]
    pub fn of(next: Next, reason: String) -> Settled {
        match next {
            Next::Later { at, counts } => Settled::Later { at, reason, counts },
            Next::Looking { at, absences } => Settled::Looking { at, absences, reason },
            Next::Expired => Settled::Expired { reason },
            Next::Cancelled => Settled::Cancelled { reason },
            Next::Unknown => Settled::Unknown { reason },
            Next::Dead => Settled::Dead { reason },
        }
    }

    /// What the attempt came to, in a word.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Settled::Later { .. } => "later",
            Settled::Looking { .. } => "in_doubt",
            settled => settled.state().as_str(),
        }
    }

    /// The state the row is in then.
    #[must_use]
    pub fn state(&self) -> State {
        match self {
            Settled::Sent { .. } => State::Sent,
            Settled::Later { .. } => State::Pending,
            Settled::Looking { .. } => State::Sending,
            Settled::Dead { .. } => State::Dead,
            Settled::Expired { .. } => State::Expired,
            Settled::Cancelled { .. } => State::Cancelled,
            Settled::Unknown { .. } => State::Unknown,
        }
    }
}

/// Records what became of an attempt, if it is still this attempt's to record; false otherwise.
///
/// # Errors
/// The database refused.
pub async fn settle(tx: &mut Tx, id: DeliveryId, attempt: i64, outcome: &Settled, now: Instant) -> sqlx::Result<bool> {
    let done = match outcome {
        Settled::Sent { message } => affected!(tx, sqlx::query(
            "UPDATE delivery SET state = 'sent', settled_at = $3, conversation = $4, message = $5, reason = '', look_at = NULL WHERE id = $1 AND state = 'sending' AND attempt = $2")
            .bind(id.0).bind(attempt).bind(now).bind(&message.conversation).bind(&message.id))?,
        Settled::Later { at, reason, counts } => affected!(tx, sqlx::query(
            "UPDATE delivery SET state = 'pending', due_at = $3, reason = $4, tries = CASE WHEN tries >= $5 THEN tries - $5 ELSE 0 END, lease_until = NULL, look_at = NULL
             WHERE id = $1 AND state = 'sending' AND attempt = $2")
            .bind(id.0).bind(attempt).bind(at).bind(reason).bind(i64::from(!counts)))?,
        Settled::Looking { at, absences, reason } => affected!(tx, sqlx::query(
            "UPDATE delivery SET look_at = $3, absences = $4, reason = $5 WHERE id = $1 AND state = 'sending' AND attempt = $2")
            .bind(id.0).bind(attempt).bind(at).bind(i64::from(*absences)).bind(reason))?,
        Settled::Dead { reason } | Settled::Expired { reason } | Settled::Cancelled { reason } | Settled::Unknown { reason } => affected!(tx, sqlx::query(
            "UPDATE delivery SET state = $3, settled_at = $4, reason = $5, look_at = NULL WHERE id = $1 AND state = 'sending' AND attempt = $2")
            .bind(id.0).bind(attempt).bind(outcome.state().as_str()).bind(now).bind(reason))?,
    };
    Ok(done == 1)
}

/// Somebody saw it, so it was sent, whatever we thought; false where we knew, or never tried.
///
/// # Errors
/// The database refused.
pub async fn prove(tx: &mut Tx, id: DeliveryId, message: &MessageRef, now: Instant) -> sqlx::Result<bool> {
    affected!(tx, sqlx::query(
        "UPDATE delivery SET state = 'sent', settled_at = $2, conversation = $3, message = $4, reason = '', look_at = NULL
         WHERE id = $1 AND state <> 'sent' AND (attempt > 0 OR is_cleared)")
        .bind(id.0).bind(now).bind(&message.conversation).bind(&message.id)).map(|rows| rows > 0)
}

/// Remembers the conversation a message goes to before it goes: proof is looked for there.
///
/// # Errors
/// The database refused.
pub async fn set_conversation(tx: &mut Tx, id: DeliveryId, conversation: &str) -> sqlx::Result<()> {
    affected!(tx, sqlx::query("UPDATE delivery SET conversation = $2 WHERE id = $1").bind(id.0).bind(conversation))
        .map(drop)
}
