//! What is stored about one person, wherever it stands: to be shown to them, and to be erased.
//!
//! [`PLACES`] lists every column that names a person, with what an export shows of its rows and what an erasure makes of
//! them. A test reads the schema and fails on a column that is not in it.

mod erase;
mod export;
mod mentions;
mod places;
mod retention;
mod tombstones;

pub use erase::{Holds, holds, scrub, sweep, wipe};
pub use export::{Dossier, Section, export};
pub use mentions::{Mentions, forget_mentions, mentions};
pub use places::{By, Fate, PLACES, Place, Shown};
pub use retention::{Tidied, last_tidied, tidy};
pub use tombstones::{
    Tombstones, allow_again, carry_over, email_was_erased, remember, returned, tombstones, was_erased,
};

use super::{Tx, on, people};
use crate::{
    domain::{Instant, id::PersonId},
    message::Address,
};
use std::collections::BTreeSet;

/// A person, with everything by which rows name them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Who {
    pub id: PersonId,
    pub name: String,
    pub email: Option<String>,
    pub accounts: Vec<Account>,
    /// The conversations they take part in.
    pub conversations: BTreeSet<i64>,
    /// The posts they own, with their titles.
    pub posts: Vec<(i64, String)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    pub address: Address,
    /// The one-to-one conversation with us.
    pub direct: Option<String>,
}

/// Whom somebody means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named {
    Here(PersonId),
    Erased(Instant),
    Nobody,
}

/// The person with this e-mail address, number, or account on a platform.
///
/// # Errors
/// The database refused.
pub async fn named(tx: &mut Tx, text: &str) -> sqlx::Result<Named> {
    let text = text.trim();
    let mut found = people::find_by_email(tx, text).await?.map(|id| id.0);
    if found.is_none() {
        found = on!(&mut *tx, c => sqlx::query_scalar("SELECT person_id FROM account WHERE user_id = $1 ORDER BY platform LIMIT 1")
            .bind(text).fetch_optional(c).await)?;
    }
    let number = found.or_else(|| text.parse().ok());
    if let Some(number) = number {
        let erased_at: Option<Option<Instant>> = on!(&mut *tx, c => sqlx::query_scalar("SELECT erased_at FROM person WHERE id = $1")
            .bind(number).fetch_optional(c).await)?;
        match erased_at {
            Some(None) => return Ok(Named::Here(PersonId(number))),
            Some(Some(at)) => return Ok(Named::Erased(at)),
            None => {}
        }
    }
    Ok(tombstones(tx).await?.erased_at(text).map_or(Named::Nobody, Named::Erased))
}

/// Everything by which rows name this person; `None` for a number that nobody has, or has any more.
///
/// # Errors
/// The database refused.
pub async fn who(tx: &mut Tx, id: PersonId) -> sqlx::Result<Option<Who>> {
    let person: Option<(String, Option<String>, Option<Instant>)> = on!(&mut *tx, c => sqlx::query_as("SELECT name, email, erased_at FROM person WHERE id = $1").bind(id.0).fetch_optional(c).await)?;
    let Some((name, email, None)) = person else { return Ok(None) };
    let accounts: Vec<(crate::message::Platform, String, Option<String>)> = on!(&mut *tx, c => sqlx::query_as(
        "SELECT platform, user_id, direct FROM account WHERE person_id = $1 ORDER BY platform, user_id")
        .bind(id.0).fetch_all(c).await)?;
    let conversations: Vec<i64> = on!(&mut *tx, c => sqlx::query_scalar("SELECT id FROM conversation WHERE manager_id = $1 OR report_id = $1")
        .bind(id.0).fetch_all(c).await)?;
    let posts: Vec<(i64, String)> = on!(&mut *tx, c => sqlx::query_as("SELECT id, title FROM opportunity WHERE owner_id = $1 ORDER BY id").bind(id.0).fetch_all(c).await)?;
    let account = |(platform, user, direct)| Account { address: Address::new(platform, user), direct };
    Ok(Some(Who {
        id,
        name,
        email,
        accounts: accounts.into_iter().map(account).collect(),
        conversations: conversations.into_iter().collect(),
        posts,
    }))
}
