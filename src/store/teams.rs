//! "Is this person your manager?": asked by one, answered by the other.

use super::{Tx, affected, on};
use crate::domain::{Instant, id::PersonId};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    Yes,
    No,
}

impl Answer {
    fn as_str(self) -> &'static str {
        match self {
            Answer::Yes => "confirmed",
            Answer::No => "refused",
        }
    }
}

/// Asks, or asks again after an answer; false when the question is open already.
///
/// # Errors
/// The database refused.
pub async fn ask(tx: &mut Tx, manager: PersonId, report: PersonId, now: Instant) -> sqlx::Result<bool> {
    let done = affected!(
        tx,
        sqlx::query(
            "INSERT INTO team_request (manager_id, report_id, state, asked_at) VALUES ($1, $2, 'asked', $3)
         ON CONFLICT (manager_id, report_id) DO UPDATE SET state = 'asked', asked_at = excluded.asked_at, answered_at = NULL
         WHERE team_request.state <> 'asked'"
        )
        .bind(manager.0)
        .bind(report.0)
        .bind(now)
    )?;
    Ok(done == 1)
}

/// Answers an open question; false when none is open (any more), so that the second of two answers changes nothing.
///
/// # Errors
/// The database refused.
pub async fn answer(
    tx: &mut Tx,
    manager: PersonId,
    report: PersonId,
    answer: Answer,
    now: Instant,
) -> sqlx::Result<bool> {
    let done = affected!(
        tx,
        sqlx::query(
            "UPDATE team_request SET state = $3, answered_at = $4 WHERE manager_id = $1 AND report_id = $2 AND state = 'asked'"
        )
        .bind(manager.0)
        .bind(report.0)
        .bind(answer.as_str())
        .bind(now)
    )?;
    Ok(done == 1)
}

/// Whom this manager asked and has no answer from, the longest waiting first.
///
/// # Errors
/// The database refused.
pub async fn waiting(tx: &mut Tx, manager: PersonId) -> sqlx::Result<Vec<(PersonId, Instant)>> {
    let rows: Vec<(i64, Instant)> = on!(tx, c => sqlx::query_as(
        "SELECT report_id, asked_at FROM team_request WHERE manager_id = $1 AND state = 'asked' ORDER BY asked_at, report_id")
        .bind(manager.0).fetch_all(c).await)?;
    Ok(rows.into_iter().map(|(report, at)| (PersonId(report), at)).collect())
}
