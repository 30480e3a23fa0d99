//! Who would like to take part in what, and what became of it.

use super::{
    Tx, affected, among, on,
    seal::{APPLICATION_AVAILABILITY, APPLICATION_NOTE, APPLICATION_REASON, Keyring, Unopened},
};
use crate::domain::{
    Instant,
    id::{OpportunityId, PersonId},
    opportunity::ApplicationState,
};
use chrono::NaiveDate;
use std::collections::{BTreeSet, HashMap};

/// One person's wish to take part in one post. There is at most one per pair.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Application {
    pub post: OpportunityId,
    pub person: PersonId,
    /// The person's own words, for the owner only.
    pub note: String,
    pub availability: String,
    pub state: ApplicationState,
    /// Why it was declined, for the two only.
    pub reason: String,
    /// The day by which the owner promised an answer.
    pub reply_by: Option<NaiveDate>,
    pub applied_at: Instant,
    pub decided_at: Option<Instant>,
    pub version: i64,
}

#[derive(sqlx::FromRow)]
struct Row {
    opportunity_id: i64,
    person_id: i64,
    note: String,
    availability: String,
    state: String,
    reason: String,
    reply_by: Option<NaiveDate>,
    applied_at: Instant,
    decided_at: Option<Instant>,
    version: i64,
}

impl Row {
    fn open(self, keyring: &Keyring) -> Result<Application, Unopened> {
        let row = pair(OpportunityId(self.opportunity_id), PersonId(self.person_id));
        Ok(Application {
            post: OpportunityId(self.opportunity_id),
            person: PersonId(self.person_id),
            note: keyring.open(&APPLICATION_NOTE.of(&row), &self.note)?,
            availability: keyring.open(&APPLICATION_AVAILABILITY.of(&row), &self.availability)?,
            state: ApplicationState::parse(&self.state).unwrap_or(ApplicationState::Withdrawn),
            reason: keyring.open(&APPLICATION_REASON.of(&row), &self.reason)?,
            reply_by: self.reply_by,
            applied_at: self.applied_at,
            decided_at: self.decided_at,
            version: self.version,
        })
    }
}

/// How words are bound to the row of this pair.
fn pair(post: OpportunityId, person: PersonId) -> String {
    format!("{} {}", post.0, person.0)
}

fn open_all(tx: &Tx, rows: Vec<Row>) -> sqlx::Result<Vec<Application>> {
    let keyring = tx.keyring();
    Ok(rows.into_iter().map(|row| row.open(&keyring)).collect::<Result<_, _>>()?)
}

const COLUMNS: &str =
    "opportunity_id, person_id, note, availability, state, reason, reply_by, applied_at, decided_at, version";

/// # Errors
/// The database refused.
pub async fn find(tx: &mut Tx, post: OpportunityId, person: PersonId) -> sqlx::Result<Option<Application>> {
    let row: Option<Row> = on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM application WHERE opportunity_id = $1 AND person_id = $2")))
        .bind(post.0).bind(person.0).fetch_optional(c).await)?;
    Ok(row.map(|row| row.open(&tx.keyring())).transpose()?)
}

/// Everything this person applied for, the newest first.
///
/// # Errors
/// The database refused.
pub async fn of_person(tx: &mut Tx, person: PersonId) -> sqlx::Result<Vec<Application>> {
    let rows: Vec<Row> = on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM application WHERE person_id = $1 ORDER BY applied_at DESC, opportunity_id DESC")))
        .bind(person.0).fetch_all(c).await)?;
    open_all(tx, rows)
}

/// The posts for which this person's application waits or was answered: no need to suggest them.
///
/// # Errors
/// The database refused.
pub async fn applied_for(tx: &mut Tx, person: PersonId) -> sqlx::Result<BTreeSet<OpportunityId>> {
    Ok(applied_by(tx, &[person]).await?.remove(&person).unwrap_or_default())
}

/// The same for some people, of whom there is any.
///
/// # Errors
/// The database refused.
pub async fn applied_by(tx: &mut Tx, people: &[PersonId]) -> sqlx::Result<HashMap<PersonId, BTreeSet<OpportunityId>>> {
    let rows: Vec<(i64, i64)> = on!(tx, c => {
        let mut query =
            sqlx::QueryBuilder::new("SELECT person_id, opportunity_id FROM application WHERE state <> 'withdrawn' AND ");
        among!(query, Some(people));
        query.build_query_as().fetch_all(c).await
    })?;
    let mut all: HashMap<PersonId, BTreeSet<OpportunityId>> = HashMap::new();
    for (person, post) in rows {
        all.entry(PersonId(person)).or_default().insert(OpportunityId(post));
    }
    Ok(all)
}

/// Everybody who applied for this post, in the order in which they came.
///
/// # Errors
/// The database refused.
pub async fn of_post(tx: &mut Tx, post: OpportunityId) -> sqlx::Result<Vec<Application>> {
    let rows: Vec<Row> = on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM application WHERE opportunity_id = $1 ORDER BY applied_at, person_id")))
        .bind(post.0).fetch_all(c).await)?;
    open_all(tx, rows)
}

/// How many applications of this post are in a state.
///
/// # Errors
/// The database refused.
pub async fn count(tx: &mut Tx, post: OpportunityId, state: ApplicationState) -> sqlx::Result<i64> {
    on!(tx, c => sqlx::query_scalar("SELECT CAST(count(*) AS BIGINT) FROM application WHERE opportunity_id = $1 AND state = $2")
        .bind(post.0).bind(state.as_str()).fetch_one(c).await)
}

/// Writes an application down as waiting, once: gives its version, and `None` when there is one already. One that was
/// withdrawn may be made again, with the next version.
///
/// # Errors
/// The database refused.
pub async fn apply(tx: &mut Tx, it: &Application) -> sqlx::Result<Option<i64>> {
    let (keyring, row) = (tx.keyring(), pair(it.post, it.person));
    let note = keyring.seal(&APPLICATION_NOTE.of(&row), &it.note);
    let availability = keyring.seal(&APPLICATION_AVAILABILITY.of(&row), &it.availability);
    on!(tx, c => sqlx::query_scalar(
        "INSERT INTO application (opportunity_id, person_id, note, availability, state, reply_by, applied_at)
         VALUES ($1, $2, $3, $4, 'waiting', $5, $6)
         ON CONFLICT (opportunity_id, person_id) DO UPDATE SET note = excluded.note, availability = excluded.availability, state = 'waiting',
         reason = '', reply_by = excluded.reply_by, applied_at = excluded.applied_at, decided_at = NULL, version = application.version + 1
         WHERE application.state = 'withdrawn' RETURNING version")
        .bind(it.post.0).bind(it.person.0).bind(note).bind(availability).bind(it.reply_by).bind(it.applied_at)
        .fetch_optional(c).await)
}

/// Answers or withdraws an application that still waits; false when it does not (any more), so that the second of two
/// answers changes nothing.
///
/// # Errors
/// The database refused.
pub async fn decide(
    tx: &mut Tx,
    post: OpportunityId,
    person: PersonId,
    state: ApplicationState,
    reason: &str,
    now: Instant,
) -> sqlx::Result<bool> {
    let reason = tx.keyring().seal(&APPLICATION_REASON.of(pair(post, person)), reason);
    let done = affected!(
        tx,
        sqlx::query(
            "UPDATE application SET state = $3, reason = $4, decided_at = $5, version = version + 1
         WHERE opportunity_id = $1 AND person_id = $2 AND state = 'waiting'"
        )
        .bind(post.0)
        .bind(person.0)
        .bind(state.as_str())
        .bind(reason)
        .bind(now)
    )?;
    Ok(done == 1)
}
