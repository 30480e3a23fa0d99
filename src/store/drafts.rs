//! Forms that were closed before they were sent, kept for their owner.

use super::{Tx, affected, on};
use crate::{
    domain::{Instant, id::PersonId},
    message::Values,
};
use sqlx::types::Json;
use std::collections::BTreeMap;

/// Keeps what was filled in, in place of an earlier draft of the same form.
///
/// # Errors
/// The database refused.
pub async fn keep(tx: &mut Tx, person: PersonId, form: &str, values: &Values, now: Instant) -> sqlx::Result<()> {
    affected!(
        tx,
        sqlx::query(
            "INSERT INTO draft (person_id, form, contents, saved_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (person_id, form) DO UPDATE SET contents = excluded.contents, saved_at = excluded.saved_at"
        )
        .bind(person.0)
        .bind(form)
        .bind(Json(&values.0))
        .bind(now)
    )
    .map(drop)
}

/// # Errors
/// The database refused.
pub async fn find(tx: &mut Tx, person: PersonId, form: &str) -> sqlx::Result<Option<Values>> {
    let kept: Option<Json<BTreeMap<String, Vec<String>>>> = on!(tx, c => sqlx::query_scalar("SELECT contents FROM draft WHERE person_id = $1 AND form = $2")
        .bind(person.0).bind(form).fetch_optional(c).await)?;
    Ok(kept.map(|Json(contents)| Values(contents)))
}

/// The form was sent: its draft has done its work.
///
/// # Errors
/// The database refused.
pub async fn forget(tx: &mut Tx, person: PersonId, form: &str) -> sqlx::Result<()> {
    affected!(tx, sqlx::query("DELETE FROM draft WHERE person_id = $1 AND form = $2").bind(person.0).bind(form))
        .map(drop)
}
