//! Posts, and what people said about them to themselves: saved, hidden.

use super::{Tx, affected, on, people, schema, schema::Mark};
use crate::domain::{
    Instant,
    id::{OpportunityId, PersonId},
    opportunity::{Kind, Opportunity, State},
};
use chrono::NaiveDate;
use sqlx::types::Json;

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    kind: String,
    title: String,
    summary: String,
    team: String,
    owner_id: Option<i64>,
    needs: Json<Vec<String>>,
    nice: Json<Vec<String>>,
    teaches: Json<Vec<String>>,
    hours_per_week: Option<i64>,
    weeks: Option<i64>,
    starts_on: Option<NaiveDate>,
    reply_by: Option<NaiveDate>,
    seats: i64,
    place: String,
    is_remote: bool,
    closed_at: Option<Instant>,
    closed_reason: Option<String>,
    created_at: Instant,
    version: i64,
    revision: i64,
}

/// Why a post is closed whose work is done.
pub const DONE: &str = "done";

fn small(number: i64) -> u32 {
    u32::try_from(number).unwrap_or(0)
}

impl From<Row> for Opportunity {
    fn from(row: Row) -> Opportunity {
        Opportunity {
            id: OpportunityId(row.id),
            kind: Kind::parse(&row.kind).unwrap_or(Kind::Project),
            title: row.title,
            summary: row.summary,
            team: row.team,
            owner: row.owner_id.map(PersonId),
            needs: row.needs.0,
            nice: row.nice.0,
            teaches: row.teaches.0,
            hours_per_week: row.hours_per_week.map(small),
            weeks: row.weeks.map(small),
            starts_on: row.starts_on,
            reply_by: row.reply_by,
            seats: small(row.seats),
            place: row.place,
            is_remote: row.is_remote,
            state: match row.closed_at {
                None => State::Open,
                Some(at) if row.closed_reason.as_deref() == Some(DONE) => State::Finished { at },
                Some(at) => State::Closed { at },
            },
            created_at: row.created_at,
            version: row.version,
        }
    }
}

const COLUMNS: &str = "id, kind, title, summary, team, owner_id, needs, nice, teaches, hours_per_week, weeks, starts_on, reply_by, seats, \
                       place, is_remote, closed_at, closed_reason, created_at, version, revision";

/// The posts whose row changed behind a mark, up to `limit` of them, and the mark of the last.
///
/// # Errors
/// The database refused.
pub async fn changed_after(tx: &mut Tx, after: Mark, limit: usize) -> sqlx::Result<(Vec<Opportunity>, Mark)> {
    let rows: Vec<Row> = on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM opportunity WHERE (revision, id) > ($1, $2) ORDER BY revision, id LIMIT $3")))
        .bind(after.revision).bind(after.id).bind(i64::try_from(limit).unwrap_or(i64::MAX)).fetch_all(c).await)?;
    let last = rows.last().map_or(after, |row| Mark { revision: row.revision, id: row.id });
    Ok((rows.into_iter().map(Opportunity::from).collect(), last))
}

/// # Errors
/// The database refused.
pub async fn find(tx: &mut Tx, id: OpportunityId) -> sqlx::Result<Option<Opportunity>> {
    let row: Option<Row> = on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(format!("SELECT {COLUMNS} FROM opportunity WHERE id = $1")))
        .bind(id.0).fetch_optional(c).await)?;
    Ok(row.map(Opportunity::from))
}

/// Lets nobody else decide about this post until the transaction ends: two answers to it take turns.
///
/// # Errors
/// The database refused.
pub async fn hold(tx: &mut Tx, id: OpportunityId) -> sqlx::Result<()> {
    affected!(tx, sqlx::query("UPDATE opportunity SET version = version WHERE id = $1").bind(id.0)).map(drop)
}

/// Puts in a post under the id it carries; take one with [`next_id`] first.
///
/// # Errors
/// The database refused, for instance because the id is taken.
pub async fn insert(tx: &mut Tx, post: &Opportunity) -> sqlx::Result<()> {
    let revision = schema::next_revision(tx).await?;
    insert_at(tx, post, revision).await
}

/// As [`insert`], for many at once, which share a revision.
///
/// # Errors
/// The database refused.
pub async fn insert_at(tx: &mut Tx, post: &Opportunity, revision: i64) -> sqlx::Result<()> {
    affected!(tx, sqlx::query(
        "INSERT INTO opportunity (id, kind, title, summary, team, owner_id, needs, nice, teaches, hours_per_week, weeks, starts_on, reply_by,
         seats, place, is_remote, closed_at, created_at, version, revision, closed_reason)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)")
        .bind(post.id.0).bind(post.kind.as_str()).bind(&post.title).bind(&post.summary).bind(&post.team).bind(post.owner.map(|o| o.0))
        .bind(Json(&post.needs)).bind(Json(&post.nice)).bind(Json(&post.teaches))
        .bind(post.hours_per_week.map(i64::from)).bind(post.weeks.map(i64::from)).bind(post.starts_on).bind(post.reply_by)
        .bind(i64::from(post.seats)).bind(&post.place).bind(post.is_remote).bind(closed_at(post)).bind(post.created_at)
        .bind(post.version).bind(revision).bind(closed_reason(post, None))).map(drop)
}

/// Writes a post as it is now, if nobody changed it since `post.version`; false otherwise. The version grows by one.
/// A closed post keeps the reason it was closed for unless another is given; an open one has none.
///
/// # Errors
/// The database refused.
pub async fn update(tx: &mut Tx, post: &Opportunity, reason: Option<&str>) -> sqlx::Result<bool> {
    let revision = schema::next_revision(tx).await?;
    let done = affected!(tx, sqlx::query(
        "UPDATE opportunity SET kind = $2, title = $3, summary = $4, team = $5, owner_id = $6, needs = $7, nice = $8, teaches = $9,
         hours_per_week = $10, weeks = $11, starts_on = $12, reply_by = $13, seats = $14, place = $15, is_remote = $16, closed_at = $17,
         closed_reason = CASE WHEN $17 IS NULL THEN NULL ELSE COALESCE($18, closed_reason) END, version = version + 1, revision = $19 WHERE id = $1 AND version = $20")
        .bind(post.id.0).bind(post.kind.as_str()).bind(&post.title).bind(&post.summary).bind(&post.team).bind(post.owner.map(|o| o.0))
        .bind(Json(&post.needs)).bind(Json(&post.nice)).bind(Json(&post.teaches))
        .bind(post.hours_per_week.map(i64::from)).bind(post.weeks.map(i64::from)).bind(post.starts_on).bind(post.reply_by)
        .bind(i64::from(post.seats)).bind(&post.place).bind(post.is_remote).bind(closed_at(post)).bind(closed_reason(post, reason))
        .bind(revision).bind(post.version))?;
    Ok(done == 1)
}

fn closed_at(post: &Opportunity) -> Option<Instant> {
    match post.state {
        State::Open => None,
        State::Closed { at } | State::Finished { at } => Some(at),
    }
}

fn closed_reason<'a>(post: &Opportunity, given: Option<&'a str>) -> Option<&'a str> {
    if matches!(post.state, State::Finished { .. }) { Some(DONE) } else { given }
}

/// A fresh short id.
///
/// # Errors
/// The database refused.
pub async fn next_id(tx: &mut Tx) -> sqlx::Result<OpportunityId> {
    schema::take_ids(tx, "opportunity", 1).await.map(OpportunityId)
}

/// Bookmarks a post. Doing it twice changes nothing.
///
/// # Errors
/// The database refused.
pub async fn save(tx: &mut Tx, person: PersonId, post: OpportunityId, now: Instant) -> sqlx::Result<()> {
    affected!(
        tx,
        sqlx::query(
            "INSERT INTO saved (person_id, opportunity_id, saved_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"
        )
        .bind(person.0)
        .bind(post.0)
        .bind(now)
    )
    .map(drop)
}

/// Takes a bookmark away; true if there was one.
///
/// # Errors
/// The database refused.
pub async fn unsave(tx: &mut Tx, person: PersonId, post: OpportunityId) -> sqlx::Result<bool> {
    affected!(
        tx,
        sqlx::query("DELETE FROM saved WHERE person_id = $1 AND opportunity_id = $2").bind(person.0).bind(post.0)
    )
    .map(|rows| rows > 0)
}

/// The person's bookmarks, newest first.
///
/// # Errors
/// The database refused.
pub async fn saved_by(tx: &mut Tx, person: PersonId) -> sqlx::Result<Vec<OpportunityId>> {
    let ids: Vec<i64> = on!(tx, c => sqlx::query_scalar("SELECT opportunity_id FROM saved WHERE person_id = $1 ORDER BY saved_at DESC, opportunity_id")
        .bind(person.0).fetch_all(c).await)?;
    Ok(ids.into_iter().map(OpportunityId).collect())
}

/// "Not for me": the post never comes back to this person. A later reason takes the place of an earlier one.
///
/// # Errors
/// The database refused.
pub async fn hide(tx: &mut Tx, person: PersonId, post: OpportunityId, reason: &str, now: Instant) -> sqlx::Result<()> {
    affected!(
        tx,
        sqlx::query(
            "INSERT INTO hidden (person_id, opportunity_id, reason, hidden_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (person_id, opportunity_id) DO UPDATE SET reason = excluded.reason"
        )
        .bind(person.0)
        .bind(post.0)
        .bind(reason)
        .bind(now)
    )?;
    people::touch(tx, person).await
}

/// Takes "not for me" back; true if there was one.
///
/// # Errors
/// The database refused.
pub async fn unhide(tx: &mut Tx, person: PersonId, post: OpportunityId) -> sqlx::Result<bool> {
    let done = affected!(
        tx,
        sqlx::query("DELETE FROM hidden WHERE person_id = $1 AND opportunity_id = $2").bind(person.0).bind(post.0)
    )
    .map(|rows| rows > 0)?;
    people::touch(tx, person).await?;
    Ok(done)
}
