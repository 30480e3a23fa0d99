//! Skills that only this company has, and words that an editor said are none.

use super::{Tx, affected, on, schema};
use crate::domain::{Instant, id::PersonId, own_skills::OwnSkill};
use sqlx::types::Json;

#[derive(sqlx::FromRow)]
struct Row {
    name: String,
    aliases: Json<Vec<String>>,
    related: Json<Vec<String>>,
    is_skill: bool,
}

/// Every word that was decided about after `revision`.
///
/// # Errors
/// The database refused.
pub async fn changed_after(tx: &mut Tx, revision: i64) -> sqlx::Result<Vec<OwnSkill>> {
    let rows: Vec<Row> = on!(tx, c => sqlx::query_as("SELECT name, aliases, related, is_skill FROM company_skill WHERE revision > $1 ORDER BY key")
        .bind(revision).fetch_all(c).await)?;
    Ok(rows
        .into_iter()
        .map(|row| OwnSkill { name: row.name, aliases: row.aliases.0, related: row.related.0, is_skill: row.is_skill })
        .collect())
}

/// Writes down what somebody, or a file, decided about a word, in place of what was decided before.
///
/// # Errors
/// The database refused.
pub async fn decide(tx: &mut Tx, skill: &OwnSkill, by: Option<PersonId>, now: Instant) -> sqlx::Result<()> {
    let revision = schema::next_revision(tx).await?;
    decide_at(tx, skill, by, now, revision).await
}

/// As [`decide`], for many at once, which share a revision.
///
/// # Errors
/// The database refused.
pub async fn decide_at(
    tx: &mut Tx,
    skill: &OwnSkill,
    by: Option<PersonId>,
    now: Instant,
    revision: i64,
) -> sqlx::Result<()> {
    affected!(
        tx,
        sqlx::query(
            "INSERT INTO company_skill (key, name, aliases, related, is_skill, decided_by, decided_at, revision)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
         ON CONFLICT (key) DO UPDATE SET name = excluded.name, aliases = excluded.aliases, related = excluded.related,
         is_skill = excluded.is_skill, decided_by = excluded.decided_by, decided_at = excluded.decided_at, revision = excluded.revision"
        )
        .bind(skill.key())
        .bind(&skill.name)
        .bind(Json(&skill.aliases))
        .bind(Json(&skill.related))
        .bind(skill.is_skill)
        .bind(by.map(|person| person.0))
        .bind(now)
        .bind(revision)
    )
    .map(drop)
}
