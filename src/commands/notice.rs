//! What others hear of what one person did, written into the outbox in the same transaction.

use crate::{
    domain::{Instant, id::PersonId},
    message::Card,
    store::{
        Tx,
        outbox::{self, Draft, Refresh},
        people,
    },
};

/// Tells a person something that another's action caused: durable, outside the budget, leaving at once. The same kind,
/// subject and occurrence is told once. False when the person has no account to be reached at.
///
/// # Errors
/// The database refused.
pub async fn tell(
    tx: &mut Tx,
    person: PersonId,
    kind: &str,
    subject: impl Into<String>,
    occurrence: impl Into<String>,
    card: Card,
    now: Instant,
) -> sqlx::Result<bool> {
    let Some(address) = people::addresses(tx, person).await?.into_iter().next() else { return Ok(false) };
    let draft = Draft::notice(&address, person, kind, subject, occurrence, card, now);
    outbox::enqueue(tx, &draft, now).await?;
    Ok(true)
}

/// What a person sees on their home has changed: draws it anew wherever they have one.
///
/// # Errors
/// The database refused.
pub async fn redraw_home(tx: &mut Tx, person: PersonId, now: Instant) -> sqlx::Result<()> {
    for address in people::addresses(tx, person).await? {
        outbox::refresh(tx, &Refresh::Home { platform: address.platform, user: address.id }, now).await?;
    }
    Ok(())
}
