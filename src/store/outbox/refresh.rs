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
        "INSERT INTO refresh (platform, target, card, version, due_at) VALUES ($1, $2, $3, 1, $4)
         ON CONFLICT (platform, target) DO UPDATE SET card = excluded.card, version = refresh.version + 1, attempt = 0, due_at = excluded.due_at")
        .bind(platform.as_str()).bind(&target).bind(card).bind(now)).map(drop)
}

/// The refreshes that are due.
///
/// # Errors
/// The database refused.
pub async fn due_refreshes(tx: &mut Tx, now: Instant, limit: i64) -> sqlx::Result<Vec<DueRefresh>> {
    let rows: Vec<(Platform, String, Option<Json<Box<RawValue>>>, i64, i64)> = on!(tx, c => sqlx::query_as(
        "SELECT platform, target, card, version, attempt FROM refresh WHERE due_at <= $1 ORDER BY due_at, target LIMIT $2")
        .bind(now).bind(limit).fetch_all(c).await)?;
    let keyring = tx.keyring();
    Ok(rows
        .into_iter()
        .filter_map(|(platform, target, card, version, attempt)| {
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
