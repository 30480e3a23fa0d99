//! What others were, or will be, told about somebody: cards that name them, quote them or are about what they did.

use super::Who;
use crate::{
    domain::{Instant, id::DeliveryId},
    message::Platform,
    store::{
        Tx, affected, on,
        seal::{DELIVERY_CARD, REFRESH_CARD, Unopened},
    },
};
use serde_json::value::RawValue;
use sqlx::types::Json;

/// Cards read at once.
const SOME: i64 = 500;
/// A shorter word is found in too many that mean something else.
const SHORTEST: usize = 3;

/// The messages to others in which somebody is mentioned.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mentions {
    /// They were sent, or will never be: their text goes.
    pub told: Vec<DeliveryId>,
    /// They would still be sent.
    pub waiting: Vec<DeliveryId>,
    /// The last message that was looked at.
    upto: i64,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    tenant: String,
    kind: String,
    subject: String,
    occurrence: String,
    state: String,
    why: String,
    card: Json<Box<RawValue>>,
}

/// Looks through the messages to others behind those of `before`, and adds what it finds.
///
/// # Errors
/// The database refused, or a card cannot be opened with the keys at hand.
pub async fn mentions(tx: &mut Tx, who: &Who, before: Mentions) -> sqlx::Result<Mentions> {
    let (keyring, names) = (tx.keyring(), Names::of(who));
    let mut found = before;
    loop {
        let rows: Vec<Row> = on!(&mut *tx, c => sqlx::query_as(
            "SELECT id, tenant, kind, subject, occurrence, state, why, card FROM delivery
             WHERE id > $1 AND (person_id IS NULL OR person_id <> $2) AND CAST(card AS TEXT) <> 'null' ORDER BY id LIMIT $3")
            .bind(found.upto).bind(who.id.0).bind(SOME).fetch_all(c).await)?;
        let Some(last) = rows.last() else { return Ok(found) };
        found.upto = last.id;
        for row in rows {
            let is_waiting = ["pending", "sending"].contains(&row.state.as_str());
            let card = keyring.open_json::<Box<RawValue>>(&DELIVERY_CARD.of_tenant(&row.tenant, row.id), &row.card.0);
            let is_about = names.are_meant(&row)
                || match card {
                    // A message that waits is held back for what is certain only: a first name may be somebody else's.
                    Ok(card) => names.stand_in(card.get(), !is_waiting) || names.stand_in(&row.why, !is_waiting),
                    Err(error @ Unopened::UnknownKey { .. }) => return Err(error.into()),
                    Err(_) => false,
                };
            if is_about {
                let list = if is_waiting { &mut found.waiting } else { &mut found.told };
                list.push(DeliveryId(row.id));
            }
        }
    }
}

/// Takes back what others would still be told about somebody, and forgets the text of what they were told. What a message
/// was, when and what became of it stays.
///
/// # Errors
/// The database refused.
pub async fn forget_mentions(tx: &mut Tx, who: &Who, found: &Mentions, now: Instant) -> sqlx::Result<()> {
    for id in found.told.iter().chain(&found.waiting) {
        affected!(
            &mut *tx,
            sqlx::query(
                "UPDATE delivery SET card = 'null', why = '', look_at = NULL, lease_until = NULL, settled_at = COALESCE(settled_at, $2),
                 reason = CASE WHEN state IN ('pending', 'sending') THEN 'it was about a person who was erased' ELSE reason END,
                 state = CASE WHEN state IN ('pending', 'sending') THEN 'cancelled' ELSE state END WHERE id = $1"
            )
            .bind(id.0)
            .bind(now)
        )?;
    }
    let (keyring, names) = (tx.keyring(), Names::of(who));
    let redrawn: Vec<(Platform, String, Json<Box<RawValue>>)> = on!(&mut *tx, c => sqlx::query_as(
        "SELECT platform, target, card FROM refresh WHERE card IS NOT NULL").fetch_all(c).await)?;
    for (platform, target, Json(card)) in redrawn {
        let place = REFRESH_CARD.of(format!("{} {target}", platform.as_str()));
        let opened = keyring.open_json::<Box<RawValue>>(&place, &card);
        if opened.is_ok_and(|card| names.stand_in(card.get(), true)) {
            affected!(
                &mut *tx,
                sqlx::query("DELETE FROM refresh WHERE platform = $1 AND target = $2")
                    .bind(platform.as_str())
                    .bind(&target)
            )?;
        }
    }
    Ok(())
}

/// By what somebody is known in a text.
struct Names<'w> {
    who: &'w Who,
    /// Theirs alone.
    certain: Vec<String>,
    /// Maybe somebody else's.
    vague: Vec<String>,
}

impl<'w> Names<'w> {
    fn of(who: &'w Who) -> Names<'w> {
        let mut certain = vec![who.name.clone()];
        certain.extend(who.email.clone());
        certain.extend(who.accounts.iter().map(|account| account.address.id.clone()));
        certain.extend(who.posts.iter().map(|(_, title)| title.clone()));
        let vague = who.name.split_whitespace().next().map(str::to_owned);
        let usable = |words: Vec<String>| -> Vec<String> {
            // As they stand in JSON.
            let written = |words: &String| serde_json::to_string(words).unwrap_or_default();
            let bare = words.iter().filter(|words| words.chars().count() >= SHORTEST).map(written);
            bare.map(|words| words.trim_matches('"').to_lowercase()).collect()
        };
        Names { who, certain: usable(certain), vague: usable(vague.into_iter().collect()) }
    }

    fn stand_in(&self, text: &str, with_vague: bool) -> bool {
        let text = text.to_lowercase();
        let vague = if with_vague { self.vague.as_slice() } else { &[] };
        self.certain.iter().chain(vague).any(|words| stands_in(&text, words))
    }

    /// The message is about something this person did, or takes part in.
    fn are_meant(&self, row: &Row) -> bool {
        let id = self.who.id.0;
        let is_numbered = row.occurrence.starts_with(&format!("{id}.")) || row.occurrence.contains(&format!(".{id}."));
        let is_of_conversation = row.kind == "conversation_check" || row.kind.starts_with("notice.conversation");
        let subject: Option<i64> = row.subject.parse().ok();
        (row.kind.starts_with("notice.") && is_numbered)
            || (row.kind.starts_with("notice.team") && subject == Some(id))
            || (is_of_conversation && subject.is_some_and(|it| self.who.conversations.contains(&it)))
    }
}

/// As a word, or several, of its own.
fn stands_in(text: &str, words: &str) -> bool {
    let is_part = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    text.match_indices(words).any(|(at, found)| {
        !is_part(text[..at].chars().next_back()) && !is_part(text[at + found.len()..].chars().next())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_as_a_word_of_its_own() {
        for (text, is_there) in [
            ("ann asked", true),
            ("asked ann", true),
            ("“ann”, too", true),
            ("annual report", false),
            ("joann", false),
            ("", false),
        ] {
            assert_eq!(stands_in(text, "ann"), is_there, "{text}");
        }
    }
}
