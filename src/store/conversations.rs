//! Career conversations: one row for each pair and window.
//!
//! `version` grows whenever what the two agreed changes (a time, a skip); a button made from an older one is refused.
//! Answers to "did it happen?" leave it alone, so that nobody can tell from a button what the other has answered.

use super::{Tx, affected, among, on, schema, seal::SKIP_REASON};
use crate::domain::{
    Instant,
    conversation::{Claim, Conversation},
    id::{ConversationId, PersonId},
};
use std::collections::{BTreeSet, HashMap, HashSet};

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    manager_id: i64,
    report_id: i64,
    window_label: String,
    planned_at: Option<Instant>,
    minutes: i64,
    is_skipped: bool,
    manager_says: Option<String>,
    report_says: Option<String>,
    version: i64,
}

fn claim_text(claim: Claim) -> &'static str {
    match claim {
        Claim::Held => "held",
        Claim::NotHeld => "not_held",
    }
}

fn parse_claim(text: &str) -> Option<Claim> {
    [Claim::Held, Claim::NotHeld].into_iter().find(|claim| claim_text(*claim) == text)
}

impl From<Row> for Conversation {
    fn from(row: Row) -> Conversation {
        Conversation {
            id: ConversationId(row.id),
            manager: PersonId(row.manager_id),
            report: PersonId(row.report_id),
            window: row.window_label,
            planned_at: row.planned_at,
            minutes: u32::try_from(row.minutes).unwrap_or(25),
            is_skipped: row.is_skipped,
            manager_says: row.manager_says.as_deref().and_then(parse_claim),
            report_says: row.report_says.as_deref().and_then(parse_claim),
            version: row.version,
        }
    }
}

const COLUMNS: &str =
    "id, manager_id, report_id, window_label, planned_at, minutes, is_skipped, manager_says, report_says, version";

/// # Errors
/// The database refused.
pub async fn find(tx: &mut Tx, id: ConversationId) -> sqlx::Result<Option<Conversation>> {
    let row: Option<Row> = on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(format!("SELECT {COLUMNS} FROM conversation WHERE id = $1")))
        .bind(id.0).fetch_optional(c).await)?;
    Ok(row.map(Conversation::from))
}

/// The conversation of this pair in this window, if anybody thought of it yet.
///
/// # Errors
/// The database refused.
pub async fn for_pair(
    tx: &mut Tx,
    manager: PersonId,
    report: PersonId,
    window: &str,
) -> sqlx::Result<Option<Conversation>> {
    let row: Option<Row> = on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM conversation WHERE manager_id = $1 AND report_id = $2 AND window_label = $3")))
        .bind(manager.0).bind(report.0).bind(window).fetch_optional(c).await)?;
    Ok(row.map(Conversation::from))
}

/// Every conversation of a window.
///
/// # Errors
/// The database refused.
pub async fn of_window(tx: &mut Tx, window: &str) -> sqlx::Result<Vec<Conversation>> {
    let rows: Vec<Row> = on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(format!("SELECT {COLUMNS} FROM conversation WHERE window_label = $1 ORDER BY id")))
        .bind(window).fetch_all(c).await)?;
    Ok(rows.into_iter().map(Conversation::from).collect())
}

/// The conversations of these reports in a window, with whichever manager.
///
/// # Errors
/// The database refused.
pub async fn of_reports(tx: &mut Tx, reports: &[PersonId], window: &str) -> sqlx::Result<Vec<Conversation>> {
    let mut all = Vec::with_capacity(reports.len());
    for some in reports.chunks(AT_ONCE) {
        let rows: Vec<Row> = on!(tx, c => {
            let mut query = sqlx::QueryBuilder::new(format!("SELECT {COLUMNS} FROM conversation WHERE "));
            among!(query, "report_id", Some(some));
            query.push(" AND window_label = ").push_bind(window).push(" ORDER BY id");
            query.build_query_as().persistent(some.len() == AT_ONCE).fetch_all(c).await
        })?;
        all.extend(rows.into_iter().map(Conversation::from));
    }
    Ok(all)
}

/// A manager's conversations of a window, in the order of the reports' ids.
///
/// # Errors
/// The database refused.
pub async fn of_manager(tx: &mut Tx, manager: PersonId, window: &str) -> sqlx::Result<Vec<Conversation>> {
    let rows: Vec<Row> = on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM conversation WHERE manager_id = $1 AND window_label = $2 ORDER BY report_id")))
        .bind(manager.0).bind(window).fetch_all(c).await)?;
    Ok(rows.into_iter().map(Conversation::from).collect())
}

/// Every conversation this person takes part in, on either side, newest first.
///
/// # Errors
/// The database refused.
pub async fn of_person(tx: &mut Tx, person: PersonId) -> sqlx::Result<Vec<Conversation>> {
    let rows: Vec<Row> = on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM conversation WHERE manager_id = $1 OR report_id = $1 ORDER BY id DESC")))
        .bind(person.0).fetch_all(c).await)?;
    Ok(rows.into_iter().map(Conversation::from).collect())
}

/// Every time from `from` on that is planned already, with whose it is: so that no second one is put on top of it.
///
/// # Errors
/// The database refused.
pub async fn planned_from(tx: &mut Tx, from: Instant) -> sqlx::Result<Vec<Conversation>> {
    let rows: Vec<Row> = on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM conversation WHERE planned_at >= $1 AND NOT is_skipped ORDER BY planned_at, id")))
        .bind(from).fetch_all(c).await)?;
    Ok(rows.into_iter().map(Conversation::from).collect())
}

/// The same of these people, on either side. One between two of them may come twice.
///
/// # Errors
/// The database refused.
pub async fn planned_with(tx: &mut Tx, people: &[PersonId], from: Instant) -> sqlx::Result<Vec<Conversation>> {
    let mut all = Vec::new();
    for some in people.chunks(AT_ONCE) {
        for is_manager in [true, false] {
            let rows: Vec<Row> = on!(tx, c => {
                let mut query = sqlx::QueryBuilder::new(format!("SELECT {COLUMNS} FROM conversation WHERE "));
                if is_manager {
                    among!(query, "manager_id", Some(some));
                } else {
                    among!(query, "report_id", Some(some));
                }
                query.push(" AND NOT is_skipped AND planned_at >= ").push_bind(from).push(" ORDER BY planned_at, id");
                query.build_query_as().persistent(some.len() == AT_ONCE).fetch_all(c).await
            })?;
            all.extend(rows.into_iter().map(Conversation::from));
        }
    }
    Ok(all)
}

/// Every conversation that was thought of, or is planned, since then.
///
/// # Errors
/// The database refused.
pub async fn recent(tx: &mut Tx, since: Instant) -> sqlx::Result<Vec<Conversation>> {
    let rows: Vec<Row> = on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM conversation WHERE created_at >= $1 OR planned_at >= $1 ORDER BY id")))
        .bind(since).fetch_all(c).await)?;
    Ok(rows.into_iter().map(Conversation::from).collect())
}

/// The conversation of this pair in this window, made now if nobody thought of it yet.
///
/// # Errors
/// The database refused.
pub async fn ensure(
    tx: &mut Tx,
    manager: PersonId,
    report: PersonId,
    window: &str,
    now: Instant,
) -> sqlx::Result<Conversation> {
    ensure_all(tx, &[(manager, report)], window, now).await?;
    for_pair(tx, manager, report, window).await?.ok_or(sqlx::Error::RowNotFound)
}

/// The conversations of these pairs in this window, made now where nobody thought of them yet; others of the same reports,
/// too.
///
/// # Errors
/// The database refused.
pub async fn ensured(
    tx: &mut Tx,
    pairs: &[(PersonId, PersonId)],
    window: &str,
    now: Instant,
) -> sqlx::Result<Vec<Conversation>> {
    let reports: BTreeSet<PersonId> = pairs.iter().map(|(_, report)| *report).collect();
    let mut all = of_reports(tx, &Vec::from_iter(reports), window).await?;
    let known: HashSet<(PersonId, PersonId)> = all.iter().map(|it| (it.manager, it.report)).collect();
    let missing: BTreeSet<(PersonId, PersonId)> = pairs.iter().copied().filter(|pair| !known.contains(pair)).collect();
    if !missing.is_empty() {
        let missing = Vec::from_iter(missing);
        ensure_all(tx, &missing, window, now).await?;
        let reports: BTreeSet<PersonId> = missing.iter().map(|(_, report)| *report).collect();
        let made = of_reports(tx, &Vec::from_iter(reports), window).await?;
        all.extend(made.into_iter().filter(|it| !known.contains(&(it.manager, it.report))));
    }
    Ok(all)
}

/// So many people are asked about in one statement.
const AT_ONCE: usize = 500;

/// Makes the conversations of a window that are missing.
///
/// # Errors
/// The database refused.
pub async fn ensure_all(tx: &mut Tx, pairs: &[(PersonId, PersonId)], window: &str, now: Instant) -> sqlx::Result<()> {
    // Well below the number of placeholders either database takes.
    for some in pairs.chunks(AT_ONCE) {
        let mut id = schema::take_ids(tx, "conversation", i64::try_from(some.len()).unwrap_or(0)).await?;
        let rows = some.iter().map(|(manager, report)| {
            let row = (id, manager.0, report.0);
            id += 1;
            row
        });
        on!(tx, c => sqlx::QueryBuilder::new("INSERT INTO conversation (id, manager_id, report_id, window_label, created_at) ")
            .push_values(rows, |mut row, (id, manager, report)| {
                row.push_bind(id).push_bind(manager).push_bind(report).push_bind(window).push_bind(now);
            })
            .push(" ON CONFLICT DO NOTHING").build().persistent(some.len() == AT_ONCE).execute(c).await.map(drop))?;
    }
    Ok(())
}

/// Gives the conversation a time, if nothing was agreed since `version`; false otherwise. An earlier "it did not happen"
/// is forgotten with the time it was about; a conversation that both confirmed stays as it is.
///
/// # Errors
/// The database refused.
pub async fn plan_at(tx: &mut Tx, id: ConversationId, version: i64, at: Instant, by: PersonId) -> sqlx::Result<bool> {
    affected!(tx, sqlx::query(
        "UPDATE conversation SET planned_at = $3, planned_by = $4, is_skipped = FALSE, version = version + 1,
         manager_says = CASE WHEN manager_says = 'held' THEN 'held' END, report_says = CASE WHEN report_says = 'held' THEN 'held' END
         WHERE id = $1 AND version = $2 AND NOT (COALESCE(manager_says, '') = 'held' AND COALESCE(report_says, '') = 'held')")
        .bind(id.0).bind(version).bind(at).bind(by.0)).map(|rows| rows == 1)
}

/// Records what one of the two says; false when they said the same before, or take no part. Never says for the other.
///
/// # Errors
/// The database refused.
pub async fn claim(tx: &mut Tx, id: ConversationId, who: PersonId, claim: Claim, now: Instant) -> sqlx::Result<bool> {
    let claim = claim_text(claim);
    let as_manager = affected!(tx, sqlx::query(
        "UPDATE conversation SET manager_says = $3, manager_said_at = $4 WHERE id = $1 AND manager_id = $2 AND COALESCE(manager_says, '') <> $3")
        .bind(id.0).bind(who.0).bind(claim).bind(now))?;
    let as_report = affected!(tx, sqlx::query(
        "UPDATE conversation SET report_says = $3, report_said_at = $4 WHERE id = $1 AND report_id = $2 AND COALESCE(report_says, '') <> $3")
        .bind(id.0).bind(who.0).bind(claim).bind(now))?;
    Ok(as_manager + as_report > 0)
}

/// Not this quarter, on purpose; false when something was agreed since `version`, or one of the two says it happened.
///
/// # Errors
/// The database refused.
pub async fn skip(tx: &mut Tx, id: ConversationId, version: i64, reason: &str) -> sqlx::Result<bool> {
    let reason = tx.keyring().seal(&SKIP_REASON.of(id.0), reason);
    affected!(tx, sqlx::query(
        "UPDATE conversation SET is_skipped = TRUE, skip_reason = $3, version = version + 1
         WHERE id = $1 AND version = $2 AND COALESCE(manager_says, '') <> 'held' AND COALESCE(report_says, '') <> 'held'")
        .bind(id.0).bind(version).bind(reason)).map(|rows| rows == 1)
}

const LAST_HELD: &str = "SELECT report_id, max(COALESCE(planned_at, report_said_at)) FROM conversation
     WHERE manager_says = 'held' AND report_says = 'held'";

/// When this person last had a conversation that both confirmed, with whichever manager.
///
/// # Errors
/// The database refused.
pub async fn last_held(tx: &mut Tx, report: PersonId) -> sqlx::Result<Option<Instant>> {
    let row: Option<(i64, Instant)> = on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(format!("{LAST_HELD} AND report_id = $1 GROUP BY report_id")))
        .bind(report.0).fetch_optional(c).await)?;
    Ok(row.map(|(_, at)| at))
}

/// When each person last had a conversation that both confirmed.
///
/// # Errors
/// The database refused.
pub async fn all_last_held(tx: &mut Tx) -> sqlx::Result<HashMap<PersonId, Instant>> {
    last_held_among(tx, None).await
}

/// When each of these people last had a conversation that both confirmed.
///
/// # Errors
/// The database refused.
pub async fn last_held_of(tx: &mut Tx, reports: &[PersonId]) -> sqlx::Result<HashMap<PersonId, Instant>> {
    let mut all = HashMap::new();
    for some in reports.chunks(AT_ONCE) {
        all.extend(last_held_among(tx, Some(some)).await?);
    }
    Ok(all)
}

async fn last_held_among(tx: &mut Tx, only: Option<&[PersonId]>) -> sqlx::Result<HashMap<PersonId, Instant>> {
    let rows: Vec<(i64, Instant)> = on!(tx, c => {
        let mut query = sqlx::QueryBuilder::new(format!("{LAST_HELD} AND "));
        among!(query, "report_id", only);
        query.push(" GROUP BY report_id");
        query.build_query_as().persistent(false).fetch_all(c).await
    })?;
    Ok(rows.into_iter().map(|(report, at)| (PersonId(report), at)).collect())
}
