//! Forms that were closed before they were sent, kept for their owner.

use super::{Tx, affected, on, seal::DRAFT};
use crate::{
    domain::{Instant, id::PersonId},
    message::Values,
};
use serde_json::value::RawValue;
use sqlx::types::Json;

/// Keeps what was filled in, in place of an earlier draft of the same form.
///
/// # Errors
/// The database refused.
pub async fn keep(tx: &mut Tx, person: PersonId, form: &str, values: &Values, now: Instant) -> sqlx::Result<()> {
    let contents = tx.keyring().seal_json(&DRAFT.of(format_args!("{} {form}", person.0)), &values.0)?;
    affected!(
        tx,
        sqlx::query(
            "INSERT INTO draft (person_id, form, contents, saved_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (person_id, form) DO UPDATE SET contents = excluded.contents, saved_at = excluded.saved_at"
        )
        .bind(person.0)
        .bind(form)
        .bind(contents)
        .bind(now)
    )
    .map(drop)
}

/// # Errors
/// The database refused.
pub async fn find(tx: &mut Tx, person: PersonId, form: &str) -> sqlx::Result<Option<Values>> {
    let kept: Option<Json<Box<RawValue>>> = on!(tx, c => sqlx::query_scalar("SELECT contents FROM draft WHERE person_id = $1 AND form = $2")
        .bind(person.0).bind(form).fetch_optional(c).await)?;
    let Some(Json(kept)) = kept else { return Ok(None) };
    Ok(Some(Values(tx.keyring().open_json(&DRAFT.of(format_args!("{} {form}", person.0)), &kept)?)))
}

/// The form was sent: its draft has done its work.
///
/// # Errors
/// The database refused.
pub async fn forget(tx: &mut Tx, person: PersonId, form: &str) -> sqlx::Result<()> {
    affected!(tx, sqlx::query("DELETE FROM draft WHERE person_id = $1 AND form = $2").bind(person.0).bind(form))
        .map(drop)
}
