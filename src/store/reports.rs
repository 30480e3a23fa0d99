//! What the measures are counted from. Facts and codes only: nobody's words.

use super::{Tx, on};
use crate::domain::{
    Instant,
    id::{OpportunityId, PersonId},
    opportunity::ApplicationState,
};
use chrono::NaiveDate;

/// One application, without its note and reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    pub post: OpportunityId,
    pub person: PersonId,
    pub state: ApplicationState,
    pub reply_by: Option<NaiveDate>,
    pub decided_at: Option<Instant>,
}

/// Every application made in `[from, to)`, in the order made.
///
/// # Errors
/// The database refused.
pub async fn applications(tx: &mut Tx, from: Instant, to: Instant) -> sqlx::Result<Vec<Applied>> {
    let rows: Vec<(i64, i64, String, Option<NaiveDate>, Option<Instant>)> = on!(tx, c => sqlx::query_as(
        "SELECT opportunity_id, person_id, state, reply_by, decided_at FROM application WHERE applied_at >= $1 AND applied_at < $2
         ORDER BY applied_at, opportunity_id, person_id")
        .bind(from).bind(to).fetch_all(c).await)?;
    Ok(rows
        .into_iter()
        .filter_map(|(post, person, state, reply_by, decided_at)| {
            Some(Applied {
                post: OpportunityId(post),
                person: PersonId(person),
                state: ApplicationState::parse(&state)?,
                reply_by,
                decided_at,
            })
        })
        .collect())
}

/// Messages that are alike in all that is measured.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Sent {
    /// Of the person it was for; `None` for channels.
    pub department: Option<String>,
    pub state: String,
    /// The platform's code or our own words; empty where all went well.
    pub reason: String,
    pub is_nudge: bool,
    pub response: Option<String>,
    pub times: i64,
}

/// What became of everything that fell due in `[from, to)`.
///
/// # Errors
/// The database refused.
pub async fn deliveries(tx: &mut Tx, from: Instant, to: Instant) -> sqlx::Result<Vec<Sent>> {
    on!(tx, c => sqlx::query_as(
        "SELECT p.department, d.state, d.reason, d.is_nudge, d.response, CAST(count(*) AS BIGINT) AS times FROM delivery d
         LEFT JOIN person p ON p.id = d.person_id WHERE d.due_at >= $1 AND d.due_at < $2
         GROUP BY p.department, d.state, d.reason, d.is_nudge, d.response ORDER BY p.department, d.state, d.reason, d.is_nudge, d.response")
        .bind(from).bind(to).fetch_all(c).await)
}

/// How many people wait for an answer on each post.
///
/// # Errors
/// The database refused.
pub async fn waiting_by_post(tx: &mut Tx) -> sqlx::Result<Vec<(OpportunityId, i64)>> {
    let rows: Vec<(i64, i64)> = on!(tx, c => sqlx::query_as(
        "SELECT opportunity_id, CAST(count(*) AS BIGINT) FROM application WHERE state = 'waiting' GROUP BY opportunity_id ORDER BY opportunity_id")
        .fetch_all(c).await)?;
    Ok(rows.into_iter().map(|(post, waiting)| (OpportunityId(post), waiting)).collect())
}

/// What was not delivered since an instant: state, kind and reason, with how often; the most frequent first.
///
/// # Errors
/// The database refused.
pub async fn undelivered(tx: &mut Tx, since: Instant) -> sqlx::Result<Vec<(String, String, String, i64)>> {
    on!(tx, c => sqlx::query_as(
        "SELECT state, kind, reason, CAST(count(*) AS BIGINT) AS times FROM delivery WHERE state IN ('dead', 'unknown', 'expired') AND due_at >= $1
         GROUP BY state, kind, reason ORDER BY times DESC, state, kind, reason")
        .bind(since).fetch_all(c).await)
}
