//! Which posts a person knows already: was shown, saved or applied for. Those are never brought up again unasked.

use super::{Tx, on};
use crate::domain::id::{OpportunityId, PersonId};
use std::collections::{BTreeSet, HashMap};

/// Whose exposure it is when a post is shown to one person, see [`super::channels::record_exposure`].
#[must_use]
pub fn audience(person: PersonId) -> String {
    format!("person {}", person.0)
}

/// # Errors
/// The database refused.
pub async fn by(tx: &mut Tx, person: PersonId) -> sqlx::Result<BTreeSet<OpportunityId>> {
    let ids: Vec<i64> = on!(tx, c => sqlx::query_scalar(
        "SELECT opportunity_id FROM exposure WHERE audience = $2
         UNION SELECT opportunity_id FROM application WHERE person_id = $1
         UNION SELECT opportunity_id FROM saved WHERE person_id = $1")
        .bind(person.0).bind(audience(person)).fetch_all(c).await)?;
    Ok(ids.into_iter().map(OpportunityId).collect())
}

/// The same for everybody at once.
///
/// # Errors
/// The database refused.
pub async fn by_all(tx: &mut Tx) -> sqlx::Result<HashMap<PersonId, BTreeSet<OpportunityId>>> {
    let rows: Vec<(String, i64)> = on!(tx, c => sqlx::query_as(
        "SELECT audience, opportunity_id FROM exposure WHERE audience LIKE 'person %'
         UNION ALL SELECT 'person ' || CAST(person_id AS TEXT), opportunity_id FROM application
         UNION ALL SELECT 'person ' || CAST(person_id AS TEXT), opportunity_id FROM saved")
        .fetch_all(c).await)?;
    let mut all: HashMap<PersonId, BTreeSet<OpportunityId>> = HashMap::new();
    for (audience, post) in rows {
        if let Some(person) = audience.strip_prefix("person ").and_then(|id| id.parse().ok()) {
            all.entry(PersonId(person)).or_default().insert(OpportunityId(post));
        }
    }
    Ok(all)
}
