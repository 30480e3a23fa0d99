//! New contents for what is shown already: only the newest wish counts, so these are no messages and no part of the ledger.

use crate::{
    domain::Instant,
    message::{Card, MessageRef, Platform},
    store::{Tx, affected, on, seal::REFRESH_CARD},
};
use serde_json::value::RawValue;
use sqlx::types::Json;

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
            let target = format!("message {} {}", message.conversation, message.id);
            let row = format!("{} {target}", message.platform.as_str());
            let card = tx.keyring().seal_json(&REFRESH_CARD.of(row), card)?;
            (message.platform, target, Some(card))
        }
        Refresh::Home { platform, user } => (*platform, format!("home {user}"), None),
    };
    affected!(tx, sqlx::query(
        "INSERT INTO refresh (platform, target, card, version, due_at) VALUES ($1, $2, $3, $5, $4)
         ON CONFLICT (platform, target) DO UPDATE SET card = excluded.card, version = refresh.version + 1, attempt = 0, due_at = excluded.due_at")
        // No version comes a second time, also not after the row was forgotten.
        .bind(platform.as_str()).bind(&target).bind(card).bind(now).bind(now.timestamp_millis())).map(drop)
}

/// Where something is due to be shown, and nobody is about to.
///
/// # Errors
/// The database refused.
pub async fn news(tx: &mut Tx, now: Instant) -> sqlx::Result<Vec<Platform>> {
    on!(tx, c => sqlx::query_scalar(
        "SELECT DISTINCT platform FROM refresh WHERE due_at <= $1 AND (held_until IS NULL OR held_until <= $1) ORDER BY platform")
        .bind(now).fetch_all(c).await)
}

/// Takes up to `limit` refreshes that are due. Nobody else shows the same things before `until`, or before this one says
/// what became of them.
///
/// # Errors
/// The database refused.
pub async fn take_refreshes(
    tx: &mut Tx,
    platform: Platform,
    until: Instant,
    limit: i64,
    now: Instant,
) -> sqlx::Result<Vec<DueRefresh>> {
    const DUE: &str = "WITH due AS (SELECT target FROM refresh WHERE platform = $1 AND due_at <= $2 AND (held_until IS NULL OR held_until <= $2)
        ORDER BY due_at, target LIMIT $3";
    const TAKE: &str = ") UPDATE refresh SET held_until = $4 WHERE platform = $1 AND target IN (SELECT target FROM due)
        RETURNING due_at, target, card, version, attempt";
    let skip = if matches!(tx, Tx::Postgres(_)) { " FOR UPDATE SKIP LOCKED" } else { "" };
    let mut rows: Vec<(Instant, String, Option<Json<Box<RawValue>>>, i64, i64)> = on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(format!("{DUE}{skip}{TAKE}")))
        .bind(platform.as_str()).bind(now).bind(limit).bind(until).fetch_all(c).await)?;
    rows.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
    let keyring = tx.keyring();
    Ok(rows
        .into_iter()
        .filter_map(|(_, target, card, version, attempt)| {
            let refresh = match target.split(' ').collect::<Vec<_>>()[..] {
                ["message", conversation, id] => Refresh::Message {
                    message: MessageRef { platform, conversation: conversation.to_owned(), id: id.to_owned() },
                    // What somebody else wrote there is shown to nobody.
                    card: keyring
                        .open_json(&REFRESH_CARD.of(format_args!("{} {target}", platform.as_str())), &card?)
                        .ok()?,
                },
                ["home", user] => Refresh::Home { platform, user: user.to_owned() },
                _ => return None,
            };
            Some(DueRefresh { refresh, target, version, attempt })
        })
        .collect())
}

/// A refresh was shown (or will never be): forgets it, unless a newer one was asked for meanwhile, which may be shown now.
///
/// # Errors
/// The database refused.
pub async fn refreshed(tx: &mut Tx, it: &DueRefresh, platform: Platform) -> sqlx::Result<()> {
    let is_newest = affected!(
        tx,
        sqlx::query("DELETE FROM refresh WHERE platform = $1 AND target = $2 AND version = $3")
            .bind(platform.as_str())
            .bind(&it.target)
            .bind(it.version)
    )? > 0;
    if is_newest {
        return Ok(());
    }
    affected!(
        tx,
        sqlx::query("UPDATE refresh SET held_until = NULL WHERE platform = $1 AND target = $2")
            .bind(platform.as_str())
            .bind(&it.target)
    )
    .map(drop)
}

/// A refresh could not be shown: again later, and a newer one now. Where it may still arrive, both wait.
///
/// # Errors
/// The database refused.
pub async fn refresh_later(
    tx: &mut Tx,
    it: &DueRefresh,
    platform: Platform,
    at: Instant,
    may_arrive: bool,
) -> sqlx::Result<()> {
    affected!(
        tx,
        sqlx::query(
            "UPDATE refresh SET due_at = CASE WHEN version = $3 THEN $4 ELSE due_at END, attempt = attempt + 1, held_until = $5
             WHERE platform = $1 AND target = $2"
        )
        .bind(platform.as_str())
        .bind(&it.target)
        .bind(it.version)
        .bind(at)
        .bind(may_arrive.then_some(at))
    )
    .map(drop)
}
