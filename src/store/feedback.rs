//! What a person's own doings say about work: hidden, liked, ignored. Read by matching, shown to the person, and theirs
//! to take back.

use super::{Tx, affected, among, on, people};
use crate::domain::{
    Instant,
    feedback::{Feedback, Hidden, Objection},
    id::{OpportunityId, PersonId},
};
use std::collections::HashMap;

/// # Errors
/// The database refused.
pub async fn of(tx: &mut Tx, person: PersonId) -> sqlx::Result<Feedback> {
    Ok(of_some(tx, &[person]).await?.remove(&person).unwrap_or_default())
}

/// The same for some people, of whom there is any.
///
/// # Errors
/// The database refused.
pub async fn of_some(tx: &mut Tx, people: &[PersonId]) -> sqlx::Result<HashMap<PersonId, Feedback>> {
    read(tx, Some(people)).await
}

/// The same for everybody of whom there is any.
///
/// # Errors
/// The database refused.
pub async fn of_all(tx: &mut Tx) -> sqlx::Result<HashMap<PersonId, Feedback>> {
    read(tx, None).await
}

async fn read(tx: &mut Tx, only: Option<&[PersonId]>) -> sqlx::Result<HashMap<PersonId, Feedback>> {
    let mut all: HashMap<PersonId, Feedback> = HashMap::new();
    let hidden: Vec<(i64, i64, String, Instant)> = on!(tx, c => {
        let mut query = sqlx::QueryBuilder::new("SELECT person_id, opportunity_id, reason, hidden_at FROM hidden WHERE ");
        among!(query, only);
        query.push(" ORDER BY person_id, hidden_at DESC, opportunity_id").build_query_as().fetch_all(c).await
    })?;
    for (person, post, reason, at) in hidden {
        let because = Objection::parse(&reason);
        all.entry(PersonId(person)).or_default().hidden.push(Hidden { post: OpportunityId(post), because, at });
    }
    let liked: Vec<(i64, i64, Instant)> = on!(tx, c => {
        let mut query = sqlx::QueryBuilder::new("SELECT person_id, opportunity_id, liked_at FROM liking WHERE ");
        among!(query, only);
        query.push(" ORDER BY person_id, liked_at DESC, opportunity_id").build_query_as().fetch_all(c).await
    })?;
    for (person, post, at) in liked {
        all.entry(PersonId(person)).or_default().liked.push((OpportunityId(post), at));
    }
    let unanswered: Vec<(i64, i64, i64)> = on!(tx, c => {
        let mut query = sqlx::QueryBuilder::new(
            "SELECT person_id, opportunity_id, CAST(sum(unanswered) AS BIGINT) FROM showing WHERE unanswered > 0 AND ");
        among!(query, only);
        query.push(" GROUP BY person_id, opportunity_id, surface").build_query_as().fetch_all(c).await
    })?;
    for (person, post, days) in unanswered {
        add_unanswered(all.entry(PersonId(person)).or_default(), post, days);
    }
    Ok(all)
}

/// Two places on one day are one day: the place that showed it oftenest counts.
fn add_unanswered(feedback: &mut Feedback, post: i64, days: i64) {
    let there = feedback.unanswered.entry(OpportunityId(post)).or_default();
    *there = (*there).max(u32::try_from(days).unwrap_or(u32::MAX));
}

/// The person showed interest: more of the kind may come up, and the post was answered.
///
/// # Errors
/// The database refused.
pub async fn like(tx: &mut Tx, person: PersonId, post: OpportunityId, now: Instant) -> sqlx::Result<()> {
    affected!(
        tx,
        sqlx::query(
            "INSERT INTO liking (person_id, opportunity_id, liked_at) VALUES ($1, $2, $3)
         ON CONFLICT (person_id, opportunity_id) DO UPDATE SET liked_at = excluded.liked_at"
        )
        .bind(person.0)
        .bind(post.0)
        .bind(now)
    )?;
    answer(tx, person, post).await
}

/// A sign of interest was taken back; it stays while there is another: saved, or applied for.
///
/// # Errors
/// The database refused.
pub async fn unlike(tx: &mut Tx, person: PersonId, post: OpportunityId) -> sqlx::Result<()> {
    affected!(
        tx,
        sqlx::query(
            "DELETE FROM liking WHERE person_id = $1 AND opportunity_id = $2
         AND NOT EXISTS (SELECT 1 FROM saved s WHERE s.person_id = $1 AND s.opportunity_id = $2)
         AND NOT EXISTS (SELECT 1 FROM application a WHERE a.person_id = $1 AND a.opportunity_id = $2 AND a.state <> 'withdrawn')"
        )
        .bind(person.0)
        .bind(post.0)
    )
    .map(drop)
}

/// The person did something about a post: it was not ignored.
///
/// # Errors
/// The database refused.
pub async fn answer(tx: &mut Tx, person: PersonId, post: OpportunityId) -> sqlx::Result<()> {
    affected!(
        tx,
        sqlx::query(
            "UPDATE showing SET unanswered = 0 WHERE person_id = $1 AND opportunity_id = $2 AND unanswered > 0"
        )
        .bind(person.0)
        .bind(post.0)
    )
    .map(drop)
}

/// Forgets what the person's doings said about one post, or about all. What is saved or applied for stays so.
///
/// # Errors
/// The database refused.
pub async fn reset(tx: &mut Tx, person: PersonId, post: Option<OpportunityId>) -> sqlx::Result<()> {
    let only = if post.is_some() { " AND opportunity_id = $2" } else { " AND $2 = 0" };
    for statement in ["DELETE FROM hidden", "DELETE FROM liking", "UPDATE showing SET unanswered = 0"] {
        let text = format!("{statement} WHERE person_id = $1{only}");
        affected!(tx, sqlx::query(sqlx::AssertSqlSafe(text)).bind(person.0).bind(post.map_or(0, |post| post.0)))?;
    }
    people::touch(tx, person).await
}
