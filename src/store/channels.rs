//! Channels that get a weekly digest, and which posts an audience was shown.

use super::{Tx, affected, on};
use crate::{
    domain::{
        Instant,
        id::{OpportunityId, PersonId},
        opportunity::Kind,
        programme::Programme,
    },
    message::{Address, Platform},
};
use chrono::{NaiveTime, Weekday};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use sqlx::types::Json;

/// No digest is longer: the rest goes into its thread.
pub const LARGEST_DIGEST: u32 = 5;

/// What a channel wants to read, and when, on its own clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Stored", into = "Stored")]
pub struct Digest {
    pub day: Weekday,
    pub at: NaiveTime,
    /// Skills the channel cares about; none means everything.
    pub topics: Vec<String>,
    /// Kinds of work; none means every kind.
    pub kinds: Vec<Kind>,
    /// 1 to [`LARGEST_DIGEST`].
    pub size: u32,
}

/// How a digest stands in the database.
#[derive(Serialize, Deserialize)]
struct Stored {
    day: Weekday,
    at: NaiveTime,
    topics: Vec<String>,
    kinds: Vec<String>,
    size: u32,
}

impl From<Stored> for Digest {
    fn from(it: Stored) -> Digest {
        Digest {
            day: it.day,
            at: it.at,
            topics: it.topics,
            kinds: it.kinds.iter().filter_map(|kind| Kind::parse(kind)).collect(),
            size: it.size.clamp(1, LARGEST_DIGEST),
        }
    }
}

impl From<Digest> for Stored {
    fn from(it: Digest) -> Stored {
        Stored {
            day: it.day,
            at: it.at,
            topics: it.topics,
            kinds: it.kinds.iter().map(|kind| kind.as_str().to_owned()).collect(),
            size: it.size,
        }
    }
}

impl Digest {
    /// What a channel gets until somebody changes it.
    #[must_use]
    pub fn usual(programme: &Programme) -> Digest {
        Digest {
            day: programme.digest_day,
            at: programme.digest_at,
            topics: Vec::new(),
            kinds: Vec::new(),
            size: LARGEST_DIGEST,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Channel {
    pub platform: Platform,
    pub id: String,
    pub tenant: String,
    /// The name people know it by; empty until the platform told us.
    pub name: String,
    pub digest: Digest,
    /// The zone of whoever set the digest up; `None` means the programme's.
    pub zone: Option<Tz>,
    pub set_up_by: Option<PersonId>,
    /// We are in the channel and can write there.
    pub is_member: bool,
    pub is_paused: bool,
}

impl Channel {
    #[must_use]
    pub fn address(&self) -> Address {
        Address::new(self.platform, self.id.clone())
    }

    /// Whose exposure this is, see [`record_exposure`].
    #[must_use]
    pub fn audience(&self) -> String {
        format!("channel {} {}", self.platform.as_str(), self.id)
    }

    #[must_use]
    pub fn zone_or(&self, programme: &Programme) -> Tz {
        self.zone.unwrap_or(programme.default_zone)
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    platform: String,
    channel_id: String,
    tenant: String,
    name: String,
    digest: Json<Digest>,
    time_zone: Option<String>,
    set_up_by: Option<i64>,
    is_member: bool,
    is_paused: bool,
}

impl Row {
    fn into_channel(self) -> Option<Channel> {
        Some(Channel {
            platform: Platform::parse(&self.platform)?,
            id: self.channel_id,
            tenant: self.tenant,
            name: self.name,
            digest: self.digest.0,
            zone: self.time_zone.and_then(|name| name.parse().ok()),
            set_up_by: self.set_up_by.map(PersonId),
            is_member: self.is_member,
            is_paused: self.is_paused,
        })
    }
}

const COLUMNS: &str = "platform, channel_id, tenant, name, digest, time_zone, set_up_by, is_member, is_paused";

/// Every channel we know, paused or left ones too, in a fixed order.
///
/// # Errors
/// The database refused.
pub async fn all(tx: &mut Tx) -> sqlx::Result<Vec<Channel>> {
    let rows: Vec<Row> = on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(format!("SELECT {COLUMNS} FROM channel ORDER BY platform, channel_id")))
        .fetch_all(c).await)?;
    Ok(rows.into_iter().filter_map(Row::into_channel).collect())
}

/// # Errors
/// The database refused.
pub async fn find(tx: &mut Tx, address: &Address) -> sqlx::Result<Option<Channel>> {
    let row: Option<Row> = on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(format!("SELECT {COLUMNS} FROM channel WHERE platform = $1 AND channel_id = $2")))
        .bind(address.platform.as_str()).bind(&address.id).fetch_optional(c).await)?;
    Ok(row.and_then(Row::into_channel))
}

/// Writes a channel as it is now, new or known.
///
/// # Errors
/// The database refused.
pub async fn upsert(tx: &mut Tx, channel: &Channel, now: Instant) -> sqlx::Result<()> {
    affected!(tx, sqlx::query(
        "INSERT INTO channel (platform, channel_id, tenant, name, digest, time_zone, set_up_by, is_member, is_paused, changed_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         ON CONFLICT (platform, channel_id) DO UPDATE SET tenant = excluded.tenant, name = excluded.name, digest = excluded.digest,
         time_zone = excluded.time_zone, set_up_by = excluded.set_up_by, is_member = excluded.is_member, is_paused = excluded.is_paused,
         changed_at = excluded.changed_at")
        .bind(channel.platform.as_str()).bind(&channel.id).bind(&channel.tenant).bind(&channel.name).bind(Json(&channel.digest))
        .bind(channel.zone.map(|zone| zone.name().to_owned())).bind(channel.set_up_by.map(|p| p.0)).bind(channel.is_member)
        .bind(channel.is_paused).bind(now)).map(drop)
}

/// We were taken out of the channel: nothing is planned for it until we are back.
///
/// # Errors
/// The database refused.
pub async fn leave(tx: &mut Tx, address: &Address, now: Instant) -> sqlx::Result<()> {
    affected!(
        tx,
        sqlx::query("UPDATE channel SET is_member = FALSE, changed_at = $3 WHERE platform = $1 AND channel_id = $2")
            .bind(address.platform.as_str())
            .bind(&address.id)
            .bind(now)
    )
    .map(drop)
}

/// A post that an audience (a channel or a person) was shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exposure {
    pub post: OpportunityId,
    /// The local label of the turn it was shown in, such as `2026-W19`.
    pub occurrence: String,
    pub shown_at: Instant,
}

/// Remembers what an audience is shown in one turn, in the order shown. Doing it twice changes nothing.
///
/// # Errors
/// The database refused.
pub async fn record_exposure(
    tx: &mut Tx,
    audience: &str,
    occurrence: &str,
    posts: &[OpportunityId],
    now: Instant,
) -> sqlx::Result<()> {
    for (place, post) in posts.iter().enumerate() {
        affected!(
            tx,
            sqlx::query(
                "INSERT INTO exposure (audience, opportunity_id, occurrence, place, shown_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING"
            )
            .bind(audience)
            .bind(post.0)
            .bind(occurrence)
            .bind(i64::try_from(place).unwrap_or(i64::MAX))
            .bind(now)
        )?;
    }
    Ok(())
}

/// Everything an audience was shown, the newest first.
///
/// # Errors
/// The database refused.
pub async fn exposures(tx: &mut Tx, audience: &str) -> sqlx::Result<Vec<Exposure>> {
    let rows: Vec<(i64, String, Instant)> = on!(tx, c => sqlx::query_as(
        "SELECT opportunity_id, occurrence, shown_at FROM exposure WHERE audience = $1 ORDER BY shown_at DESC, place, opportunity_id")
        .bind(audience).fetch_all(c).await)?;
    Ok(rows
        .into_iter()
        .map(|(post, occurrence, shown_at)| Exposure { post: OpportunityId(post), occurrence, shown_at })
        .collect())
}
