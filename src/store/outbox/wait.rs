//! What a platform asked us to wait for, kept across restarts; and the doubt after a restore.

use super::Lane;
use crate::{
    domain::{Instant, outbox::Doubt},
    store::{Tx, affected, on},
};

/// Until when which methods of a lane rest.
///
/// # Errors
/// The database refused.
pub async fn waits(tx: &mut Tx, lane: &Lane, now: Instant) -> sqlx::Result<Vec<(String, Instant)>> {
    on!(tx, c => sqlx::query_as("SELECT method, until FROM wait WHERE platform = $1 AND tenant = $2 AND until > $3 ORDER BY method")
        .bind(lane.platform.as_str()).bind(&lane.tenant).bind(now).fetch_all(c).await)
}

/// The platform asked for a rest; a longer one that was asked for before stays.
///
/// # Errors
/// The database refused.
pub async fn wait(tx: &mut Tx, lane: &Lane, method: &str, until: Instant) -> sqlx::Result<()> {
    affected!(
        tx,
        sqlx::query(
            "INSERT INTO wait (platform, tenant, method, until) VALUES ($1, $2, $3, $4)
             ON CONFLICT (platform, tenant, method) DO UPDATE SET until = excluded.until WHERE excluded.until > wait.until"
        )
        .bind(lane.platform.as_str())
        .bind(&lane.tenant)
        .bind(method)
        .bind(until)
    )
    .map(drop)
}

/// Takes a lane for this process, or keeps it; false while another has it. Servers that share a Postgres would each keep the
/// pace of a workspace, and together break it. Whoever is gone is known by its connections, and whoever does not answer has
/// it for five seconds more. A SQLite file has one server.
///
/// # Errors
/// The database refused.
pub async fn hold_lane(tx: &mut Tx, lane: &Lane) -> sqlx::Result<bool> {
    let Tx::Postgres(t) = tx else { return Ok(true) };
    let held = sqlx::query(
        "INSERT INTO lane (platform, tenant, holder, held_until)
         VALUES ($1, $2, current_setting('application_name'), clock_timestamp() + interval '5 seconds')
         ON CONFLICT (platform, tenant) DO UPDATE SET holder = excluded.holder, held_until = excluded.held_until
         WHERE lane.holder = excluded.holder OR lane.held_until < clock_timestamp() OR NOT EXISTS
           (SELECT 1 FROM pg_stat_activity a WHERE a.datname = current_database() AND a.application_name = lane.holder)",
    )
    .bind(lane.platform.as_str())
    .bind(&lane.tenant)
    .execute(&mut **t)
    .await?;
    Ok(held.rows_affected() == 1)
}

/// What is in doubt since an older copy of the database was put in place, if that ever happened.
///
/// # Errors
/// The database refused.
pub async fn doubt(tx: &mut Tx) -> sqlx::Result<Option<Doubt>> {
    let (since, before): (Option<Instant>, Option<Instant>) = on!(tx, c => sqlx::query_as("SELECT doubtful_since, doubtful_before FROM instance WHERE id = 1").fetch_one(c).await)?;
    Ok(since.zip(before).map(|(since, before)| Doubt { since, before }))
}

/// From now on everything that was due is in doubt: this database is an older copy of one that went on sending. What it
/// lacks happened after the newest thing it knows of.
///
/// # Errors
/// The database refused.
pub async fn begin_doubt(tx: &mut Tx, now: Instant) -> sqlx::Result<()> {
    affected!(tx, sqlx::query(
        "UPDATE instance SET doubtful_before = $1, doubtful_since = COALESCE(
           (SELECT max(at) FROM (SELECT max(created_at) AS at FROM delivery UNION ALL SELECT max(settled_at) FROM delivery
                                 UNION ALL SELECT max(handled_at) FROM slot) newest), created_at) WHERE id = 1")
        .bind(now))?;
    // As `domain::outbox::Row::restore` says.
    affected!(tx, sqlx::query(
        "UPDATE delivery SET state = 'pending', look_at = NULL, absences = 0, due_at = CASE WHEN due_at > $1 THEN $1 ELSE due_at END
         WHERE state = 'sending'")
        .bind(now))?;
    affected!(tx, sqlx::query("UPDATE delivery SET is_cleared = FALSE WHERE state IN ('pending', 'dead')")).map(drop)
}
