//! The audit log. Rows are appended here and nowhere changed or deleted; what a row is, and how it is signed, stands in
//! `domain::audit`.

use super::{Db, Tx, affected, among, on, seal::AUDIT_SECRET};
use crate::domain::{
    Instant,
    audit::{Act, Actor, Broken, Head, Note, Record, Walk},
    id::PersonId,
};
use std::collections::{BTreeMap, BTreeSet};

/// Rows read, or put in, with one statement.
const SOME: i64 = 1000;

/// Appends a row, in the transaction of what it records. Whoever appends holds the end of the log until the commit: note
/// last.
///
/// # Errors
/// The database refused.
pub async fn note(tx: &mut Tx, now: Instant, it: Note) -> sqlx::Result<()> {
    note_all(tx, now, &[it]).await
}

/// Appends rows, in their order.
///
/// # Errors
/// The database refused.
pub async fn note_all(tx: &mut Tx, now: Instant, notes: &[Note]) -> sqlx::Result<()> {
    let Ok(many @ 1..) = i64::try_from(notes.len()) else { return Ok(()) };
    let (length, mut previous): (i64, String) = on!(&mut *tx, c => sqlx::query_as(
        "UPDATE audit_head SET length = length + $1 WHERE id = 1 RETURNING length, hash").bind(many).fetch_one(c).await)?;
    let (secret_id, secret) = secrets(tx).await?.pop_last().unwrap_or_default();
    let mut number = length - many;
    let records = notes.iter().map(|note| {
        number += 1;
        let mut record = Record {
            number,
            at: now,
            actor: note.actor.to_string(),
            action: note.deed.as_str().to_owned(),
            object: note.object.clone(),
            person: note.person.map(|person| person.0),
            data: note.data.to_string(),
            secret: secret_id,
            hash: String::new(),
        };
        record.hash = record.signature(&secret, &previous);
        previous.clone_from(&record.hash);
        record
    });
    let records: Vec<Record> = records.collect();
    for some in records.chunks(SOME.unsigned_abs() as usize) {
        on!(&mut *tx, c => sqlx::QueryBuilder::new("INSERT INTO audit (id, at, actor, action, object, person_id, data, secret_id, hash) ")
            .push_values(some, |mut row, it| {
                row.push_bind(it.number).push_bind(it.at).push_bind(&it.actor).push_bind(&it.action).push_bind(&it.object)
                    .push_bind(it.person).push_bind(&it.data).push_bind(it.secret).push_bind(&it.hash);
            })
            .build().execute(c).await.map(drop))?;
    }
    let head = Head::sealed(length, previous, &secret);
    affected!(
        tx,
        sqlx::query("UPDATE audit_head SET hash = $1, seal = $2 WHERE id = 1").bind(&head.hash).bind(&head.seal)
    )
    .map(drop)
}

/// From now on rows are signed with a new secret, and the log says so.
///
/// # Errors
/// The database refused.
pub(super) async fn begin_secret(tx: &mut Tx, now: Instant) -> sqlx::Result<()> {
    let id = secrets(tx).await?.last_key_value().map_or(1, |(last, _)| last + 1);
    let secret = tx.keyring().seal(&AUDIT_SECRET.of(id), &hex::encode(rand::random::<[u8; 32]>()));
    affected!(
        tx,
        sqlx::query("INSERT INTO audit_secret (id, secret, created_at) VALUES ($1, $2, $3)")
            .bind(id)
            .bind(secret)
            .bind(now)
    )?;
    let key = tx.keyring().newest().unwrap_or_default().to_owned();
    note(tx, now, Note::by(Actor::Operator, Act::KeyAdded).on(key)).await
}

/// What rows are signed with, by number.
async fn secrets(tx: &mut Tx) -> sqlx::Result<BTreeMap<i64, Vec<u8>>> {
    let stored: Vec<(i64, String)> =
        on!(&mut *tx, c => sqlx::query_as("SELECT id, secret FROM audit_secret ORDER BY id").fetch_all(c).await)?;
    let keyring = tx.keyring();
    let mut all = BTreeMap::new();
    for (id, secret) in stored {
        all.insert(id, keyring.open(&AUDIT_SECRET.of(id), &secret)?.into_bytes());
    }
    Ok(all)
}

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    at: Instant,
    actor: String,
    action: String,
    object: String,
    person_id: Option<i64>,
    data: String,
    secret_id: i64,
    hash: String,
}

impl From<Row> for Record {
    fn from(row: Row) -> Record {
        Record {
            number: row.id,
            at: row.at,
            actor: row.actor,
            action: row.action,
            object: row.object,
            person: row.person_id,
            data: row.data,
            secret: row.secret_id,
            hash: row.hash,
        }
    }
}

const COLUMNS: &str = "id, at, actor, action, object, person_id, data, secret_id, hash";

/// The newest rows, of everything or of what concerns one person; the newest first.
///
/// # Errors
/// The database refused.
pub async fn newest(tx: &mut Tx, person: Option<PersonId>, limit: i64) -> sqlx::Result<Vec<Record>> {
    let only = if person.is_some() { "person_id = $1" } else { "$1 = 0" };
    let rows: Vec<Row> = on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM audit WHERE {only} ORDER BY id DESC LIMIT $2")))
        .bind(person.map_or(0, |person| person.0)).bind(limit).fetch_all(c).await)?;
    Ok(rows.into_iter().map(Record::from).collect())
}

/// Who read this person's data, or everybody's, since then; the newest first.
///
/// # Errors
/// The database refused.
pub async fn looks_at(tx: &mut Tx, person: PersonId, since: Instant, limit: i64) -> sqlx::Result<Vec<Record>> {
    let rows: Vec<Row> = on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM audit WHERE (person_id = $1 OR person_id IS NULL) AND at >= $2
         AND (action LIKE 'looked.%' OR (action = 'person.exported' AND actor <> $3)) ORDER BY id DESC LIMIT $4")))
        .bind(person.0).bind(since).bind(Actor::from(person).to_string()).bind(limit).fetch_all(c).await)?;
    Ok(rows.into_iter().map(Record::from).collect())
}

/// Appends those of these looks that are not in the log yet today.
///
/// # Errors
/// The database refused.
pub async fn note_once(tx: &mut Tx, now: Instant, looks: Vec<Note>) -> sqlx::Result<()> {
    let new = unnoted(tx, now, looks).await?;
    note_all(tx, now, &new).await
}

/// As [`note_once`], for those who only read: without waiting for other writers where there is nothing new.
///
/// # Errors
/// The database refused: what is not noted is not shown.
pub async fn looked(db: &Db, now: Instant, looks: Vec<Note>) -> anyhow::Result<()> {
    let mut tx = db.read().await?;
    let new = unnoted(&mut tx, now, looks).await?;
    drop(tx);
    if new.is_empty() {
        return Ok(());
    }
    let mut tx = db.write().await?;
    note_once(&mut tx, now, new).await?;
    tx.commit().await
}

/// Of these looks, those that are not in the log yet today: the same look at the same thing is noted once a day.
///
/// # Errors
/// The database refused.
async fn unnoted(tx: &mut Tx, now: Instant, looks: Vec<Note>) -> sqlx::Result<Vec<Note>> {
    let Some(first) = looks.first() else { return Ok(looks) };
    let midnight = now.date_naive().and_time(chrono::NaiveTime::MIN).and_utc();
    let people: Vec<PersonId> = looks.iter().filter_map(|it| it.person).collect();
    let noted: Vec<(String, String, Option<i64>)> = on!(tx, c => {
        let mut query = sqlx::QueryBuilder::new("SELECT action, object, person_id FROM audit WHERE at >= ");
        query.push_bind(midnight).push(" AND actor = ").push_bind(first.actor.to_string()).push(" AND (person_id IS NULL OR ");
        among!(query, Some(people.as_slice()));
        query.push(")").build_query_as().fetch_all(c).await
    })?;
    let noted: BTreeSet<_> = noted.into_iter().collect();
    let is_new = |it: &Note| {
        !noted.contains(&(it.deed.as_str().to_owned(), it.object.clone(), it.person.map(|person| person.0)))
    };
    Ok(looks.into_iter().filter(is_new).collect())
}

/// What a walk along the whole log found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The rows that are as they were written.
    pub length: i64,
    /// The signature of the last of them.
    pub hash: String,
    /// Before this row anybody who can write the file could have written the log anew; `None` is all of it.
    pub signed_from: Option<i64>,
    pub broken: Option<Broken>,
}

/// Walks the log to its end, or to the first row that is not as it was written. `noted` is a row's number and signature,
/// noted elsewhere.
///
/// # Errors
/// The database refused.
pub async fn verify(db: &Db, noted: Option<(i64, &str)>) -> anyhow::Result<Verdict> {
    let mut tx = db.read().await?;
    // One moment of the log, whatever is appended meanwhile. SQLite reads so anyway.
    if let Tx::Postgres(t) = &mut tx {
        sqlx::query("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ").execute(&mut **t).await?;
    }
    Ok(verify_in(&mut tx, noted).await?)
}

/// As [`verify`], of the log as this transaction sees it.
///
/// # Errors
/// The database refused.
pub async fn verify_in(tx: &mut Tx, noted: Option<(i64, &str)>) -> sqlx::Result<Verdict> {
    let mut walk = Walk::default();
    let broken = walk_along(tx, &mut walk, noted).await?.err();
    Ok(Verdict { length: walk.length(), hash: walk.hash().to_owned(), signed_from: walk.signed_from, broken })
}

async fn walk_along(tx: &mut Tx, walk: &mut Walk, noted: Option<(i64, &str)>) -> sqlx::Result<Result<(), Broken>> {
    let (length, hash, seal): (i64, String, String) = on!(&mut *tx, c => sqlx::query_as("SELECT length, hash, seal FROM audit_head WHERE id = 1").fetch_one(c).await)?;
    let head = Head { length, hash, seal };
    let secrets = secrets(tx).await?;
    let newest = secrets.last_key_value().map_or(0, |(id, _)| *id);
    let secret_of = |id: i64| if id == 0 { Some(&b""[..]) } else { secrets.get(&id).map(Vec::as_slice) };
    loop {
        let rows: Vec<Row> = on!(&mut *tx, c => sqlx::query_as(sqlx::AssertSqlSafe(format!(
            "SELECT {COLUMNS} FROM audit WHERE id > $1 ORDER BY id LIMIT $2"))).bind(walk.length()).bind(SOME).fetch_all(c).await)?;
        let is_last = rows.is_empty();
        for record in rows.into_iter().map(Record::from) {
            if let Err(broken) = walk.step(&record, secret_of(record.secret)) {
                return Ok(Err(broken));
            }
            if noted.is_some_and(|(number, hash)| number == record.number && hash != record.hash) {
                return Ok(Err(Broken::NotAsNoted(record.number)));
            }
        }
        if is_last {
            break;
        }
    }
    if let Some((number, _)) = noted.filter(|(number, _)| *number > walk.length()) {
        return Ok(Err(Broken::Missing(number)));
    }
    Ok(walk.end(&head, secret_of(walk.secret()), newest))
}
