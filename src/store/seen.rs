//! Which posts a person knows already: was shown, saved or applied for. Those are never brought up again unasked.

use super::{Tx, among, on};
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

/// The same for some people, of whom there is any.
///
/// # Errors
/// The database refused.
pub async fn by_some(tx: &mut Tx, people: &[PersonId]) -> sqlx::Result<HashMap<PersonId, BTreeSet<OpportunityId>>> {
    read(tx, Some(people)).await
}

/// The same for everybody at once.
///
/// # Errors
/// The database refused.
pub async fn by_all(tx: &mut Tx) -> sqlx::Result<HashMap<PersonId, BTreeSet<OpportunityId>>> {
    read(tx, None).await
}

async fn read(tx: &mut Tx, only: Option<&[PersonId]>) -> sqlx::Result<HashMap<PersonId, BTreeSet<OpportunityId>>> {
    let shown: Vec<(String, i64)> = on!(tx, c => {
        let mut query = sqlx::QueryBuilder::new("SELECT audience, opportunity_id FROM exposure WHERE ");
        match only {
            None => drop(query.push("audience LIKE 'person %'")),
            Some([]) => drop(query.push("1 = 0")),
            Some(people) => {
                query.push("audience IN (");
                let mut list = query.separated(", ");
                for person in people {
                    list.push_bind(audience(*person));
                }
                query.push(")");
            }
        }
        query.build_query_as().persistent(false).fetch_all(c).await
    })?;
    let mut all: HashMap<PersonId, BTreeSet<OpportunityId>> = HashMap::new();
    for (audience, post) in shown {
        if let Some(person) = audience.strip_prefix("person ").and_then(|id| id.parse().ok()) {
            all.entry(PersonId(person)).or_default().insert(OpportunityId(post));
        }
    }
    for table in ["application", "saved"] {
        let known: Vec<(i64, i64)> = on!(tx, c => {
            let mut query = sqlx::QueryBuilder::new(format!("SELECT person_id, opportunity_id FROM {table} WHERE "));
            among!(query, only);
            query.build_query_as().persistent(false).fetch_all(c).await
        })?;
        for (person, post) in known {
            all.entry(PersonId(person)).or_default().insert(OpportunityId(post));
        }
    }
    Ok(all)
}
