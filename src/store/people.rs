//! People and their accounts.

use super::{
    Tx, affected, keys, on, schema,
    schema::Mark,
    seal::{Keyring, Unopened, WISHED_ROLE},
};
use crate::{
    domain::{
        Instant,
        id::{OpportunityId, PersonId},
        mentoring::Mentoring,
        person::Person,
        preference::Preferences,
        word::Word,
    },
    message::{Address, Platform},
};
use chrono::NaiveDate;
use sqlx::types::Json;
use std::collections::{BTreeSet, HashMap};

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    email: Option<String>,
    name: String,
    manager_id: Option<i64>,
    department: String,
    title: String,
    location: String,
    time_zone: Option<String>,
    locale: Option<String>,
    employed_since: Option<NaiveDate>,
    role_since: Option<NaiveDate>,
    have: Json<Vec<Word>>,
    want: Json<Vec<Word>>,
    wished_role: String,
    mentoring: Option<Json<Mentoring>>,
    preferences: Json<Preferences>,
    is_active: bool,
    revision: i64,
}

impl Row {
    fn into_person(self, hidden: BTreeSet<OpportunityId>, keyring: &Keyring) -> Result<Person, Unopened> {
        Ok(Person {
            id: PersonId(self.id),
            email: self.email,
            name: self.name,
            manager: self.manager_id.map(PersonId),
            department: self.department,
            title: self.title,
            location: self.location,
            zone: self.time_zone.and_then(|name| name.parse().ok()),
            locale: self.locale,
            employed_since: self.employed_since,
            role_since: self.role_since,
            have: self.have.0,
            want: self.want.0,
            wished_role: keyring.open(&WISHED_ROLE.of(self.id), &self.wished_role)?,
            mentoring: self.mentoring.map(|offer| Box::new(offer.0)),
            preferences: self.preferences.0,
            is_active: self.is_active,
            hidden,
        })
    }
}

const COLUMNS: &str = "id, email, name, manager_id, department, title, location, time_zone, locale, employed_since, role_since, \
                       have, want, wished_role, mentoring, preferences, is_active, revision";

/// Those whose row changed behind a mark, up to `limit` of them, and the mark of the last.
///
/// # Errors
/// The database refused.
pub async fn changed_after(tx: &mut Tx, after: Mark, limit: usize) -> sqlx::Result<(Vec<Person>, Mark)> {
    let rows: Vec<Row> = on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM person WHERE (revision, id) > ($1, $2) ORDER BY revision, id LIMIT $3")))
        .bind(after.revision).bind(after.id).bind(i64::try_from(limit).unwrap_or(i64::MAX)).fetch_all(c).await)?;
    let last = rows.last().map_or(after, |row| Mark { revision: row.revision, id: row.id });
    let hidden: Vec<(i64, i64)> = on!(tx, c => sqlx::query_as(
        "SELECT h.person_id, h.opportunity_id FROM person p JOIN hidden h ON h.person_id = p.id
         WHERE (p.revision, p.id) > ($1, $2) AND (p.revision, p.id) <= ($3, $4)")
        .bind(after.revision).bind(after.id).bind(last.revision).bind(last.id).fetch_all(c).await)?;
    let mut by_person: HashMap<i64, BTreeSet<OpportunityId>> = HashMap::new();
    for (person, post) in hidden {
        by_person.entry(person).or_default().insert(OpportunityId(post));
    }
    let keyring = tx.keyring();
    let people = rows.into_iter().map(|row| {
        let hidden = by_person.remove(&row.id).unwrap_or_default();
        row.into_person(hidden, &keyring)
    });
    Ok((people.collect::<Result<_, _>>()?, last))
}

/// The ids of everybody whose row changed after `revision`.
///
/// # Errors
/// The database refused.
pub async fn ids_changed_after(tx: &mut Tx, revision: i64) -> sqlx::Result<Vec<PersonId>> {
    let ids: Vec<i64> = on!(tx, c => sqlx::query_scalar("SELECT id FROM person WHERE revision > $1 ORDER BY id")
        .bind(revision).fetch_all(c).await)?;
    Ok(ids.into_iter().map(PersonId).collect())
}

/// The accounts of everybody whose row changed behind a mark and up to another.
///
/// # Errors
/// The database refused.
pub async fn accounts_changed_between(tx: &mut Tx, after: Mark, last: Mark) -> sqlx::Result<Vec<(Address, PersonId)>> {
    let rows: Vec<(String, String, i64)> = on!(tx, c => sqlx::query_as(
        "SELECT a.platform, a.user_id, a.person_id FROM person p JOIN account a ON a.person_id = p.id
         WHERE (p.revision, p.id) > ($1, $2) AND (p.revision, p.id) <= ($3, $4)")
        .bind(after.revision).bind(after.id).bind(last.revision).bind(last.id).fetch_all(c).await)?;
    Ok(rows
        .into_iter()
        .filter_map(|(platform, user, person)| {
            Some((Address::new(Platform::parse(&platform)?, user), PersonId(person)))
        })
        .collect())
}

/// # Errors
/// The database refused.
pub async fn find(tx: &mut Tx, id: PersonId) -> sqlx::Result<Option<Person>> {
    let row: Option<Row> = on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(format!("SELECT {COLUMNS} FROM person WHERE id = $1")))
        .bind(id.0).fetch_optional(c).await)?;
    let Some(row) = row else { return Ok(None) };
    let hidden: Vec<i64> = on!(tx, c => sqlx::query_scalar("SELECT opportunity_id FROM hidden WHERE person_id = $1").bind(id.0).fetch_all(c).await)?;
    Ok(Some(row.into_person(hidden.into_iter().map(OpportunityId).collect(), &tx.keyring())?))
}

/// # Errors
/// The database refused.
pub async fn find_by_address(tx: &mut Tx, address: &Address) -> sqlx::Result<Option<PersonId>> {
    let id: Option<i64> = on!(tx, c => sqlx::query_scalar("SELECT person_id FROM account WHERE platform = $1 AND user_id = $2")
        .bind(address.platform.as_str()).bind(&address.id).fetch_optional(c).await)?;
    Ok(id.map(PersonId))
}

/// # Errors
/// The database refused.
pub async fn find_by_email(tx: &mut Tx, email: &str) -> sqlx::Result<Option<PersonId>> {
    let id: Option<i64> = on!(tx, c => sqlx::query_scalar("SELECT id FROM person WHERE email = $1")
        .bind(email.trim().to_lowercase()).fetch_optional(c).await)?;
    Ok(id.map(PersonId))
}

/// The columns of a person as `$1` to `$18`, the same for putting in and for changing.
macro_rules! bind_person {
    ($query:expr, $person:expr, $revision:expr, $keyring:expr) => {
        $query
            .bind($person.id.0)
            .bind($person.email.as_deref().map(str::to_lowercase))
            .bind(&$person.name)
            .bind($person.manager.map(|m| m.0))
            .bind(&$person.department)
            .bind(&$person.title)
            .bind(&$person.location)
            .bind($person.zone.map(|z| z.name().to_owned()))
            .bind(&$person.locale)
            .bind($person.employed_since)
            .bind($person.role_since)
            .bind(Json(&$person.have))
            .bind(Json(&$person.want))
            .bind(Json(&$person.preferences))
            .bind($person.is_active)
            .bind($revision)
            .bind($keyring.seal(&WISHED_ROLE.of($person.id.0), &$person.wished_role))
            .bind($person.mentoring.as_ref().map(Json))
    };
}

/// Puts in a new person; the id inside is replaced by a fresh one, which is returned.
///
/// # Errors
/// The database refused, for instance because the e-mail address is taken.
pub async fn insert(tx: &mut Tx, person: &Person, is_imported: bool, now: Instant) -> sqlx::Result<PersonId> {
    let id = PersonId(schema::take_ids(tx, "person", 1).await?);
    let revision = schema::next_revision(tx).await?;
    insert_at(tx, &Person { id, ..person.clone() }, is_imported, now, revision).await?;
    Ok(id)
}

/// Puts in a new person under the id inside. For many at once, which share a revision.
///
/// # Errors
/// The database refused.
pub async fn insert_at(
    tx: &mut Tx,
    person: &Person,
    is_imported: bool,
    now: Instant,
    revision: i64,
) -> sqlx::Result<()> {
    let keyring = tx.keyring();
    affected!(
        tx,
        bind_person!(sqlx::query(
            "INSERT INTO person (id, email, name, manager_id, department, title, location, time_zone, locale, employed_since, role_since,
             have, want, preferences, is_active, revision, wished_role, mentoring, is_imported, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)"
        ), person, revision, keyring)
        .bind(is_imported)
        .bind(now)
    )
    .map(drop)
}

/// Writes a person as they are now. Accounts and hidden posts have functions of their own.
///
/// # Errors
/// The database refused.
pub async fn update(tx: &mut Tx, person: &Person) -> sqlx::Result<()> {
    let revision = schema::next_revision(tx).await?;
    update_at(tx, person, revision).await
}

/// Writes a person as they are now. For many at once, which share a revision.
///
/// # Errors
/// The database refused.
pub async fn update_at(tx: &mut Tx, person: &Person, revision: i64) -> sqlx::Result<()> {
    let keyring = tx.keyring();
    affected!(
        tx,
        bind_person!(sqlx::query(
            "UPDATE person SET email = $2, name = $3, manager_id = $4, department = $5, title = $6, location = $7, time_zone = $8, locale = $9,
             employed_since = $10, role_since = $11, have = $12, want = $13, preferences = $14, is_active = $15, revision = $16,
             wished_role = $17, mentoring = $18 WHERE id = $1"
        ), person, revision, keyring)
    )
    .map(drop)
}

/// Marks a person as changed, for what belongs to them and stands in another table.
///
/// # Errors
/// The database refused.
pub async fn touch(tx: &mut Tx, person: PersonId) -> sqlx::Result<()> {
    let revision = schema::next_revision(tx).await?;
    affected!(tx, sqlx::query("UPDATE person SET revision = $2 WHERE id = $1").bind(person.0).bind(revision)).map(drop)
}

/// Says that this account is this person's, in place of whoever it was before.
///
/// # Errors
/// The database refused.
pub async fn link(tx: &mut Tx, address: &Address, person: PersonId, now: Instant) -> sqlx::Result<()> {
    link_account(tx, address, person, now).await?;
    touch(tx, person).await
}

/// As [`link`], for a person whose row changes in the same transaction anyway.
///
/// # Errors
/// The database refused.
pub async fn link_account(tx: &mut Tx, address: &Address, person: PersonId, now: Instant) -> sqlx::Result<()> {
    affected!(
        tx,
        sqlx::query(
            "INSERT INTO account (platform, user_id, person_id, created_at) VALUES ($1, $2, $3, $4)
             ON CONFLICT (platform, user_id) DO UPDATE SET person_id = excluded.person_id"
        )
        .bind(address.platform.as_str())
        .bind(&address.id)
        .bind(person.0)
        .bind(now)
    )
    .map(drop)
}

/// Where the person can be reached, in the order in which the accounts were made.
///
/// # Errors
/// The database refused.
pub async fn addresses(tx: &mut Tx, person: PersonId) -> sqlx::Result<Vec<Address>> {
    let rows: Vec<(String, String)> = on!(tx, c => sqlx::query_as("SELECT platform, user_id FROM account WHERE person_id = $1 ORDER BY created_at, user_id")
        .bind(person.0).fetch_all(c).await)?;
    Ok(rows.into_iter().filter_map(|(platform, user)| Some(Address::new(Platform::parse(&platform)?, user))).collect())
}

/// The one-to-one conversation with this account, once it was opened.
///
/// # Errors
/// The database refused.
pub async fn direct(tx: &mut Tx, address: &Address) -> sqlx::Result<Option<String>> {
    let found: Option<Option<String>> = on!(tx, c => sqlx::query_scalar("SELECT direct FROM account WHERE platform = $1 AND user_id = $2")
        .bind(address.platform.as_str()).bind(&address.id).fetch_optional(c).await)?;
    Ok(found.flatten())
}

/// # Errors
/// The database refused.
pub async fn set_direct(tx: &mut Tx, address: &Address, conversation: &str) -> sqlx::Result<()> {
    affected!(
        tx,
        sqlx::query("UPDATE account SET direct = $3 WHERE platform = $1 AND user_id = $2")
            .bind(address.platform.as_str())
            .bind(&address.id)
            .bind(conversation)
    )
    .map(drop)
}

/// People we met whose name the platform has not told us yet.
///
/// # Errors
/// The database refused.
pub async fn nameless(tx: &mut Tx, limit: i64) -> sqlx::Result<Vec<(Address, PersonId)>> {
    let rows: Vec<(String, String, i64)> = on!(tx, c => sqlx::query_as(
        "SELECT a.platform, a.user_id, a.person_id FROM account a JOIN person p ON p.id = a.person_id WHERE p.name = '' AND p.is_active
         ORDER BY a.person_id LIMIT $1")
        .bind(limit).fetch_all(c).await)?;
    Ok(rows
        .into_iter()
        .filter_map(|(platform, user, person)| {
            Some((Address::new(Platform::parse(&platform)?, user), PersonId(person)))
        })
        .collect())
}

/// Two rows turn out to be one person: everything of `from` becomes `into`'s, and `from` is closed. What `into` already
/// has stays as it is; skills and settings are taken over where `into` has none.
///
/// # Errors
/// The database refused.
pub async fn merge(tx: &mut Tx, from: PersonId, into: PersonId, now: Instant) -> sqlx::Result<()> {
    let (Some(mut old), Some(mut kept)) = (find(tx, from).await?, find(tx, into).await?) else { return Ok(()) };
    for table in ["saved", "hidden", "application", "liking"] {
        affected!(
            tx,
            sqlx::query(sqlx::AssertSqlSafe(format!(
                "UPDATE {table} SET person_id = $2 WHERE person_id = $1
             AND opportunity_id NOT IN (SELECT opportunity_id FROM {table} WHERE person_id = $2)"
            )))
            .bind(from.0)
            .bind(into.0)
        )?;
    }
    // Rows of others change with it, so those who follow must see them.
    let revision = schema::next_revision(tx).await?;
    for statement in [
        "UPDATE person SET manager_id = $2, revision = $3 WHERE manager_id = $1 AND id <> $2",
        "UPDATE opportunity SET owner_id = $2, revision = $3 WHERE owner_id = $1",
    ] {
        affected!(tx, sqlx::query(statement).bind(from.0).bind(into.0).bind(revision))?;
    }
    for statement in [
        "UPDATE account SET person_id = $2 WHERE person_id = $1",
        "UPDATE delivery SET person_id = $2 WHERE person_id = $1",
        "UPDATE event SET person_id = $2 WHERE person_id = $1",
        "UPDATE conversation SET manager_id = $2 WHERE manager_id = $1 AND report_id <> $2 AND NOT EXISTS (SELECT 1 FROM conversation o
         WHERE o.manager_id = $2 AND o.report_id = conversation.report_id AND o.window_label = conversation.window_label)",
        "UPDATE conversation SET report_id = $2 WHERE report_id = $1 AND manager_id <> $2 AND NOT EXISTS (SELECT 1 FROM conversation o
         WHERE o.report_id = $2 AND o.manager_id = conversation.manager_id AND o.window_label = conversation.window_label)",
        "UPDATE person_role SET person_id = $2 WHERE person_id = $1 AND role NOT IN (SELECT role FROM person_role WHERE person_id = $2)",
        "UPDATE draft SET person_id = $2 WHERE person_id = $1 AND form NOT IN (SELECT form FROM draft WHERE person_id = $2)",
        "UPDATE mentoring_request SET mentor_id = $2 WHERE mentor_id = $1 AND person_id <> $2 AND person_id NOT IN (SELECT person_id FROM mentoring_request WHERE mentor_id = $2)",
        "UPDATE mentoring_request SET person_id = $2 WHERE person_id = $1 AND mentor_id <> $2 AND mentor_id NOT IN (SELECT mentor_id FROM mentoring_request WHERE person_id = $2)",
        "UPDATE showing SET person_id = $2 WHERE person_id = $1 AND NOT EXISTS (SELECT 1 FROM showing o
         WHERE o.person_id = $2 AND o.opportunity_id = showing.opportunity_id AND o.surface = showing.surface AND o.quarter = showing.quarter)",
        "DELETE FROM team_request WHERE manager_id = $1 OR report_id = $1 OR (manager_id = $2 AND report_id = $2)",
    ] {
        affected!(tx, sqlx::query(statement).bind(from.0).bind(into.0))?;
    }
    keys::rebind(tx, from, into).await?;
    if kept.manager.is_none() {
        kept.manager = old.manager.filter(|manager| *manager != into);
    }
    if kept.have.is_empty() {
        kept.have = std::mem::take(&mut old.have);
    }
    if kept.want.is_empty() {
        kept.want = std::mem::take(&mut old.want);
    }
    if kept.wished_role.is_empty() {
        kept.wished_role = std::mem::take(&mut old.wished_role);
    }
    if kept.mentoring.is_none() {
        kept.mentoring = old.mentoring.take();
    }
    if kept.preferences == Preferences::default() {
        kept.preferences = std::mem::take(&mut old.preferences);
    }
    update(tx, &kept).await?;
    old.is_active = false;
    old.email = None;
    update(tx, &old).await?;
    super::inbound::record(tx, now, "person.merged", Some(into), "", serde_json::json!({})).await
}
