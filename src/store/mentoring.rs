//! Who asked whom for help, and what became of it. What people offer stands with the person.

use super::{
    Tx, affected, on,
    seal::{Keyring, MENTORING_NOTE, MENTORING_TOPIC, Unopened},
};
use crate::domain::{Instant, id::PersonId, mentoring::RequestState};

/// One person's wish to be helped by another. There is at most one per pair.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    pub mentor: PersonId,
    pub person: PersonId,
    /// The skill, or the role, it is about.
    pub topic: String,
    /// The person's own words, for the two only.
    pub note: String,
    pub state: RequestState,
    pub asked_at: Instant,
    pub decided_at: Option<Instant>,
    pub version: i64,
}

#[derive(sqlx::FromRow)]
struct Row {
    mentor_id: PersonId,
    person_id: PersonId,
    topic: String,
    note: String,
    state: String,
    asked_at: Instant,
    decided_at: Option<Instant>,
    version: i64,
}

impl Row {
    fn open(self, keyring: &Keyring) -> Result<Request, Unopened> {
        let row = pair(self.mentor_id, self.person_id);
        Ok(Request {
            mentor: self.mentor_id,
            person: self.person_id,
            topic: keyring.open(&MENTORING_TOPIC.of(&row), &self.topic)?,
            note: keyring.open(&MENTORING_NOTE.of(&row), &self.note)?,
            state: RequestState::parse(&self.state).unwrap_or(RequestState::Withdrawn),
            asked_at: self.asked_at,
            decided_at: self.decided_at,
            version: self.version,
        })
    }
}

/// How words are bound to the row of this pair.
fn pair(mentor: PersonId, person: PersonId) -> String {
    format!("{} {}", mentor.0, person.0)
}

const COLUMNS: &str = "mentor_id, person_id, topic, note, state, asked_at, decided_at, version";

/// # Errors
/// The database refused.
pub async fn find(tx: &mut Tx, mentor: PersonId, person: PersonId) -> sqlx::Result<Option<Request>> {
    let row: Option<Row> = on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM mentoring_request WHERE mentor_id = $1 AND person_id = $2")))
        .bind(mentor.0).bind(person.0).fetch_optional(c).await)?;
    Ok(row.map(|row| row.open(&tx.keyring())).transpose()?)
}

/// Everything this person asked for or was asked for, the newest first.
///
/// # Errors
/// The database refused.
pub async fn of_person(tx: &mut Tx, person: PersonId) -> sqlx::Result<Vec<Request>> {
    let rows: Vec<Row> = on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM mentoring_request WHERE mentor_id = $1 OR person_id = $1 ORDER BY asked_at DESC, mentor_id, person_id")))
        .bind(person.0).fetch_all(c).await)?;
    let keyring = tx.keyring();
    Ok(rows.into_iter().map(|row| row.open(&keyring)).collect::<Result<_, _>>()?)
}

/// Whom each mentor helps now, by number.
///
/// # Errors
/// The database refused.
pub async fn busy(tx: &mut Tx) -> sqlx::Result<std::collections::BTreeMap<PersonId, u32>> {
    let rows: Vec<(i64, i64)> = on!(tx, c => sqlx::query_as(
        "SELECT mentor_id, CAST(count(*) AS BIGINT) FROM mentoring_request WHERE state = 'accepted' GROUP BY mentor_id")
        .fetch_all(c).await)?;
    Ok(rows.into_iter().map(|(mentor, people)| (PersonId(mentor), u32::try_from(people).unwrap_or(u32::MAX))).collect())
}

/// Writes a request down as waiting: gives its version, and `None` while an earlier one waits or is going on. One that
/// was declined, taken back or is over may be made again, with the next version.
///
/// # Errors
/// The database refused.
pub async fn ask(
    tx: &mut Tx,
    mentor: PersonId,
    person: PersonId,
    topic: &str,
    note: &str,
    now: Instant,
) -> sqlx::Result<Option<i64>> {
    let (keyring, row) = (tx.keyring(), pair(mentor, person));
    let topic = keyring.seal(&MENTORING_TOPIC.of(&row), topic);
    let note = keyring.seal(&MENTORING_NOTE.of(&row), note);
    on!(tx, c => sqlx::query_scalar(
        "INSERT INTO mentoring_request (mentor_id, person_id, topic, note, state, asked_at) VALUES ($1, $2, $3, $4, 'waiting', $5)
         ON CONFLICT (mentor_id, person_id) DO UPDATE SET topic = excluded.topic, note = excluded.note, state = 'waiting',
         asked_at = excluded.asked_at, decided_at = NULL, version = mentoring_request.version + 1
         WHERE mentoring_request.state NOT IN ('waiting', 'accepted') RETURNING version")
        .bind(mentor.0).bind(person.0).bind(topic).bind(note).bind(now).fetch_optional(c).await)
}

/// Moves a request on from the state it must be in; false when it is not there (any more), so that the second of two
/// presses changes nothing.
///
/// # Errors
/// The database refused.
pub async fn decide(
    tx: &mut Tx,
    mentor: PersonId,
    person: PersonId,
    from: RequestState,
    to: RequestState,
    now: Instant,
) -> sqlx::Result<bool> {
    let done = affected!(
        tx,
        sqlx::query(
            "UPDATE mentoring_request SET state = $4, decided_at = $5, version = version + 1
         WHERE mentor_id = $1 AND person_id = $2 AND state = $3"
        )
        .bind(mentor.0)
        .bind(person.0)
        .bind(from.as_str())
        .bind(to.as_str())
        .bind(now)
    )?;
    Ok(done == 1)
}
