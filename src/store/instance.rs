//! What this installation is: its own secret, its workspaces, whether the programme runs.

use super::{Db, Tx, affected, on, seal::DELIVERY_SECRET};
use crate::{
    domain::{Instant, id::PersonId, person::Role},
    message::Platform,
};

/// Makes the one row of this installation when it is new, with a random secret for the ids that messages carry.
///
/// # Errors
/// The database refused.
pub async fn ensure(db: &Db, now: Instant) -> anyhow::Result<()> {
    let secret = hex::encode(rand::random::<[u8; 32]>());
    let secret = db.keyring().seal(&DELIVERY_SECRET.of(1), &secret);
    let mut tx = db.write().await?;
    affected!(&mut tx, sqlx::query("INSERT INTO instance (id, delivery_secret, revision, created_at) VALUES (1, $1, 0, $2) ON CONFLICT DO NOTHING")
        .bind(&secret).bind(now))?;
    tx.commit().await
}

/// The key from which delivery ids are derived. Never leaves the process.
///
/// # Errors
/// The database refused.
pub async fn delivery_secret(tx: &mut Tx) -> sqlx::Result<String> {
    let stored: String =
        on!(tx, c => sqlx::query_scalar("SELECT delivery_secret FROM instance WHERE id = 1").fetch_one(c).await)?;
    Ok(tx.keyring().open(&DELIVERY_SECRET.of(1), &stored)?)
}

/// When somebody who runs the programme turned it on in chat, if so.
///
/// # Errors
/// The database refused.
pub async fn activated_at(tx: &mut Tx) -> sqlx::Result<Option<Instant>> {
    on!(tx, c => sqlx::query_scalar("SELECT activated_at FROM instance WHERE id = 1").fetch_one(c).await)
}

/// Turns the programme on (`Some`) or off.
///
/// # Errors
/// The database refused.
pub async fn set_activated(tx: &mut Tx, at: Option<Instant>, by: PersonId) -> sqlx::Result<()> {
    affected!(
        tx,
        sqlx::query("UPDATE instance SET activated_at = $1, activated_by = $2 WHERE id = 1").bind(at).bind(by.0)
    )
    .map(drop)
}

/// A workspace we are installed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installation {
    pub platform: Platform,
    pub tenant: String,
    pub is_active: bool,
    pub bot_user: Option<String>,
}

/// Records that we are (or are no longer) installed somewhere.
///
/// # Errors
/// The database refused.
pub async fn set_installation(tx: &mut Tx, it: &Installation, reason: Option<&str>, now: Instant) -> sqlx::Result<()> {
    affected!(tx, sqlx::query(
        "INSERT INTO installation (platform, tenant, bot_user, is_active, reason, changed_at) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (platform, tenant) DO UPDATE SET bot_user = COALESCE(excluded.bot_user, installation.bot_user),
         is_active = excluded.is_active, reason = excluded.reason, changed_at = excluded.changed_at")
        .bind(it.platform.as_str()).bind(&it.tenant).bind(&it.bot_user).bind(it.is_active).bind(reason).bind(now)).map(drop)
}

/// Every workspace we know, active or not.
///
/// # Errors
/// The database refused.
pub async fn installations(tx: &mut Tx) -> sqlx::Result<Vec<Installation>> {
    let rows: Vec<(String, String, bool, Option<String>)> = on!(tx, c => sqlx::query_as(
        "SELECT platform, tenant, is_active, bot_user FROM installation ORDER BY platform, tenant").fetch_all(c).await)?;
    Ok(rows
        .into_iter()
        .filter_map(|(platform, tenant, is_active, bot_user)| {
            Some(Installation { platform: Platform::parse(&platform)?, tenant, is_active, bot_user })
        })
        .collect())
}

/// A workspace that cut us off, or that we left.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Paused {
    pub platform: Platform,
    pub tenant: String,
    /// Our own words, with the platform's code.
    pub reason: Option<String>,
    #[sqlx(rename = "changed_at")]
    pub since: Instant,
}

/// The workspaces to which nothing is sent.
///
/// # Errors
/// The database refused.
pub async fn paused(tx: &mut Tx) -> sqlx::Result<Vec<Paused>> {
    on!(tx, c => sqlx::query_as("SELECT platform, tenant, reason, changed_at FROM installation WHERE NOT is_active ORDER BY platform, tenant")
        .fetch_all(c).await)
}

/// What this person may do beyond their own data.
///
/// # Errors
/// The database refused.
pub async fn roles_of(tx: &mut Tx, person: PersonId) -> sqlx::Result<Vec<Role>> {
    let names: Vec<String> = on!(tx, c => sqlx::query_scalar("SELECT role FROM person_role WHERE person_id = $1 ORDER BY role")
        .bind(person.0).fetch_all(c).await)?;
    Ok(names.iter().filter_map(|name| name.parse().ok()).collect())
}

/// Everybody with this role, in the order of their ids.
///
/// # Errors
/// The database refused.
pub async fn people_with(tx: &mut Tx, role: Role) -> sqlx::Result<Vec<PersonId>> {
    let ids: Vec<i64> = on!(tx, c => sqlx::query_scalar("SELECT person_id FROM person_role WHERE role = $1 ORDER BY person_id")
        .bind(role.as_str()).fetch_all(c).await)?;
    Ok(ids.into_iter().map(PersonId).collect())
}

/// # Errors
/// The database refused.
pub async fn grant(tx: &mut Tx, person: PersonId, role: Role, by: Option<PersonId>, now: Instant) -> sqlx::Result<()> {
    affected!(tx, sqlx::query("INSERT INTO person_role (person_id, role, granted_by, granted_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING")
        .bind(person.0).bind(role.as_str()).bind(by.map(|p| p.0)).bind(now)).map(drop)
}

/// # Errors
/// The database refused.
pub async fn revoke(tx: &mut Tx, person: PersonId, role: Role) -> sqlx::Result<()> {
    affected!(
        tx,
        sqlx::query("DELETE FROM person_role WHERE person_id = $1 AND role = $2").bind(person.0).bind(role.as_str())
    )
    .map(drop)
}

/// Keeps the hash of a one-time code for the first administrator.
///
/// # Errors
/// The database refused.
pub async fn add_admin_code(tx: &mut Tx, hash: &str, expires_at: Instant) -> sqlx::Result<()> {
    affected!(
        tx,
        sqlx::query("INSERT INTO admin_code (code_hash, expires_at) VALUES ($1, $2)").bind(hash).bind(expires_at)
    )
    .map(drop)
}

/// Uses up a code; false when there is none, or it is used or too old.
///
/// # Errors
/// The database refused.
pub async fn redeem_admin_code(tx: &mut Tx, hash: &str, now: Instant) -> sqlx::Result<bool> {
    let used = affected!(
        tx,
        sqlx::query("UPDATE admin_code SET used_at = $2 WHERE code_hash = $1 AND used_at IS NULL AND expires_at > $2")
            .bind(hash)
            .bind(now)
    )?;
    Ok(used == 1)
}
