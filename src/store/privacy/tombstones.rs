//! Whom nobody may bring back without asking: keyed hashes of addresses and accounts.

use super::{Named, Who, named};
use crate::{
    domain::{Instant, id::PersonId},
    message::{Address, Platform},
    store::{Tx, affected, instance, on},
};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::collections::HashMap;

/// The tombstones, with the key that tells whose they are.
pub struct Tombstones {
    secret: String,
    all: HashMap<String, Instant>,
}

impl std::fmt::Debug for Tombstones {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tombstones").field("all", &self.all.len()).finish_non_exhaustive()
    }
}

impl Tombstones {
    #[must_use]
    pub fn has_email(&self, email: &str) -> bool {
        self.all.contains_key(&of_email(&self.secret, email))
    }

    #[must_use]
    pub fn has_account(&self, account: &Address) -> bool {
        self.all.contains_key(&of_account(&self.secret, account))
    }

    /// When whoever this address or id of an account belonged to was erased.
    #[must_use]
    pub fn erased_at(&self, text: &str) -> Option<Instant> {
        names(&self.secret, text).iter().find_map(|hash| self.all.get(hash)).copied()
    }
}

fn hash(secret: &str, parts: &[&str]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(b"trailmark erased");
    for part in parts {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part.as_bytes());
    }
    hex::encode(mac.finalize().into_bytes())
}

fn of_email(secret: &str, email: &str) -> String {
    hash(secret, &["email", &email.trim().to_lowercase()])
}

fn of_account(secret: &str, account: &Address) -> String {
    hash(secret, &["account", account.platform.as_str(), &account.id])
}

/// What a text may be: an e-mail address, or an account on any platform.
fn names(secret: &str, text: &str) -> Vec<String> {
    let accounts = Platform::ALL.iter().map(|platform| of_account(secret, &Address::new(*platform, text.trim())));
    std::iter::once(of_email(secret, text)).chain(accounts).collect()
}

/// # Errors
/// The database refused.
pub async fn tombstones(tx: &mut Tx) -> sqlx::Result<Tombstones> {
    let all: Vec<(String, Instant)> =
        on!(&mut *tx, c => sqlx::query_as("SELECT hash, erased_at FROM erased").fetch_all(c).await)?;
    let secret = if all.is_empty() { String::new() } else { instance::delivery_secret(tx).await? };
    Ok(Tombstones { secret, all: all.into_iter().collect() })
}

/// Whether the person behind this account was erased. One look-up.
///
/// # Errors
/// The database refused.
pub async fn was_erased(tx: &mut Tx, account: &Address) -> sqlx::Result<bool> {
    let hash = of_account(&instance::delivery_secret(tx).await?, account);
    Ok(erasure_of(tx, &hash).await?.is_some())
}

/// The same for whoever has this e-mail address.
///
/// # Errors
/// The database refused.
pub async fn email_was_erased(tx: &mut Tx, email: &str) -> sqlx::Result<bool> {
    let hash = of_email(&instance::delivery_secret(tx).await?, email);
    Ok(erasure_of(tx, &hash).await?.is_some())
}

async fn erasure_of(tx: &mut Tx, hash: &str) -> sqlx::Result<Option<String>> {
    on!(tx, c => sqlx::query_scalar("SELECT erasure FROM erased WHERE hash = $1").bind(hash).fetch_optional(c).await)
}

/// From now on nobody brings this person back without asking. Whoever was erased before and turns up with another account
/// is one and the same.
///
/// # Errors
/// The database refused.
pub async fn remember(tx: &mut Tx, who: &Who, now: Instant) -> sqlx::Result<()> {
    let secret = instance::delivery_secret(tx).await?;
    let accounts = who.accounts.iter().map(|account| of_account(&secret, &account.address));
    let hashes: Vec<String> = who.email.iter().map(|email| of_email(&secret, email)).chain(accounts).collect();
    let mut erasure = hex::encode(rand::random::<[u8; 8]>());
    for hash in &hashes {
        if let Some(earlier) = erasure_of(tx, hash).await? {
            erasure = earlier;
        }
    }
    for hash in hashes {
        put(tx, &hash, &erasure, now).await?;
    }
    Ok(())
}

async fn put(tx: &mut Tx, hash: &str, erasure: &str, at: Instant) -> sqlx::Result<()> {
    affected!(
        tx,
        sqlx::query("INSERT INTO erased (hash, erasure, erased_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING")
            .bind(hash)
            .bind(erasure)
            .bind(at)
    )
    .map(drop)
}

/// Whoever this was may come back: with every address and account that was erased together with this one. False when
/// nobody of that name was erased.
///
/// # Errors
/// The database refused.
pub async fn allow_again(tx: &mut Tx, text: &str) -> sqlx::Result<bool> {
    let secret = instance::delivery_secret(tx).await?;
    let mut done = 0;
    for hash in names(&secret, text) {
        done += affected!(
            &mut *tx,
            sqlx::query("DELETE FROM erased WHERE erasure IN (SELECT erasure FROM erased WHERE hash = $1)").bind(hash)
        )?;
    }
    Ok(done > 0)
}

/// Takes the tombstones of one database over into another of the same installation; gives how many it had.
///
/// # Errors
/// Either database refused.
pub async fn carry_over(from: &mut Tx, to: &mut Tx) -> sqlx::Result<usize> {
    let all: Vec<(String, String, Instant)> =
        on!(from, c => sqlx::query_as("SELECT hash, erasure, erased_at FROM erased").fetch_all(c).await)?;
    for (hash, erasure, at) in &all {
        put(to, hash, erasure, *at).await?;
    }
    Ok(all.len())
}

/// People who are here although they were erased: an older copy of the database was put in place.
///
/// # Errors
/// The database refused.
pub async fn returned(tx: &mut Tx) -> sqlx::Result<Vec<PersonId>> {
    let tombstones = tombstones(tx).await?;
    if tombstones.all.is_empty() {
        return Ok(Vec::new());
    }
    let emails: Vec<(i64, String)> =
        on!(&mut *tx, c => sqlx::query_as("SELECT id, email FROM person WHERE email IS NOT NULL").fetch_all(c).await)?;
    let accounts: Vec<(i64, Platform, String)> =
        on!(&mut *tx, c => sqlx::query_as("SELECT person_id, platform, user_id FROM account").fetch_all(c).await)?;
    let mut found: Vec<PersonId> = emails
        .iter()
        .filter(|(_, email)| tombstones.has_email(email))
        .map(|(id, _)| PersonId(*id))
        .chain(
            accounts
                .iter()
                .filter(|(_, platform, user)| tombstones.has_account(&Address::new(*platform, user)))
                .map(|(id, ..)| PersonId(*id)),
        )
        .collect();
    found.sort_unstable();
    found.dedup();
    let mut here = Vec::with_capacity(found.len());
    for id in found {
        if matches!(named(tx, &id.0.to_string()).await?, Named::Here(_)) {
            here.push(id);
        }
    }
    Ok(here)
}
