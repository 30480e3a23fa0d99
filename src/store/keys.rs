//! The keys over time: a start that lacks one is refused, and everything is brought under the newest while people work.

use super::{
    Db, Tx, affected, audit, on,
    seal::{Column, ID_LETTERS, Keyring, MARK, PROOF, SEALED, Unopened},
};
use crate::domain::{Instant, id::PersonId};
use anyhow::Context;
use secrecy::SecretBox;
use serde_json::value::RawValue;
use sqlx::{Row as _, types::Json};
use std::{collections::BTreeMap, time::Duration};

/// Rows in one transaction of a rotation: a server beside it waits for one such transaction at most.
const SOME: i64 = 300;
/// How long a rotation rests between two transactions, so that others have their turn.
const REST: Duration = Duration::from_millis(20);
/// How often a rotation waits for a busy database before it gives up; each wait takes two seconds.
const PATIENCE: u32 = 30;
/// What a proof says.
const PROVEN: &str = "trailmark";

/// The words in the database cannot be read with the keys at hand.
#[derive(Debug, thiserror::Error)]
#[error(
    "what people wrote in this database is encrypted under key {0}, which TRAILMARK_KEY does not hold. Nothing was changed. Set \
     TRAILMARK_KEY to this installation's own key; while keys change it holds the new one and the old one, separated by a \
     comma, until `trailmark keys rotate` is done"
)]
pub struct Locked(pub String);

/// Gives the database its keys, and notes a new one.
///
/// # Errors
/// [`Locked`] when words are sealed under a key that is not among these; or the database refused.
pub async fn unlock(db: Db, keys: &[SecretBox<[u8; 32]>], now: Instant) -> anyhow::Result<Db> {
    let db = db.with_keyring(Keyring::new(keys));
    let known = check(&db).await?;
    let Some(newest) = db.keyring().newest().filter(|id| known.iter().all(|it| it != id)) else { return Ok(db) };
    let proof = db.keyring().seal(&PROOF.of(newest), PROVEN);
    let mut tx = db.write().await?;
    let is_new = affected!(
        &mut tx,
        sqlx::query("INSERT INTO sealing_key (id, proof, created_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING")
            .bind(newest)
            .bind(proof)
            .bind(now)
    )?;
    if is_new == 1 {
        audit::begin_secret(&mut tx, now).await?;
    }
    tx.commit().await?;
    Ok(db)
}

/// The keys that words are sealed under, all of which are at hand. Changes nothing.
///
/// # Errors
/// As for [`unlock`].
pub async fn check(db: &Db) -> anyhow::Result<Vec<String>> {
    let mut tx = db.read().await?;
    let known: Vec<(String, String)> =
        on!(&mut tx, c => sqlx::query_as("SELECT id, proof FROM sealing_key ORDER BY id").fetch_all(c).await)?;
    let mut ids = Vec::with_capacity(known.len());
    for (id, proof) in known {
        match db.keyring().open(&PROOF.of(&id), &proof) {
            Ok(said) if said == PROVEN => ids.push(id),
            Err(Unopened::Altered { .. } | Unopened::Malformed { .. }) | Ok(_) => {
                anyhow::bail!("the proof of key {id} was changed by somebody other than trailmark: restore a backup")
            }
            Err(Unopened::UnknownKey { .. }) => return Err(Locked(id).into()),
        }
    }
    Ok(ids)
}

/// One part of a primary key.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Number(i64),
    Text(String),
}

/// A stored value, with where it stands.
struct Stored {
    key: Vec<Part>,
    tenant: String,
    /// As the column says it: JSON where it holds JSON.
    text: String,
}

/// The conditions of a statement, each part bound as what it is.
macro_rules! push_part {
    ($query:expr, $part:expr) => {
        match $part {
            Part::Number(number) => $query.push_bind(*number),
            Part::Text(text) => $query.push_bind(text.clone()),
        }
    };
}

/// Runs what was built as far as `ORDER BY`, and reads the values.
macro_rules! read_values {
    ($query:expr, $column:expr, $c:expr) => {{
        $query.push(format!(" ORDER BY {} LIMIT ", $column.columns())).push_bind(SOME);
        let rows = $query.build().fetch_all($c).await?;
        let read = rows.iter().map(|row| {
            let part = |(at, (_, is_number)): (usize, &(&str, bool))| {
                if *is_number { row.try_get(at).map(Part::Number) } else { row.try_get(at).map(Part::Text) }
            };
            let key = $column.key.iter().enumerate().map(part).collect::<sqlx::Result<Vec<_>>>()?;
            let (text, tenant) = (row.try_get(key.len())?, row.try_get(key.len() + 1)?);
            Ok(Stored { key, tenant, text })
        });
        read.collect::<sqlx::Result<Vec<_>>>()
    }};
}

impl Column {
    fn columns(&self) -> String {
        self.key.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
    }

    /// Every value that there is, with its key before it. Nothing is sealed as nothing.
    fn select(&self) -> String {
        let Column { table, name, .. } = self;
        let tenant = if self.has_tenant { "tenant" } else { "''" };
        format!(
            "SELECT {}, CAST({name} AS TEXT), {tenant} FROM {table} WHERE {name} IS NOT NULL AND CAST({name} AS TEXT) <> '{}'",
            self.columns(),
            self.nothing()
        )
    }

    /// What nothing is stored as, where there has to be something.
    fn nothing(&self) -> &'static str {
        if self.is_json { "null" } else { "" }
    }

    /// What every value is like that is sealed under this key.
    fn pattern(&self, key: &str) -> String {
        format!("{}{MARK}{key}|%", if self.is_json { "\"" } else { "" })
    }

    /// Some values that are not sealed under the newest key, behind this one in the order of their keys.
    async fn stale(&self, tx: &mut Tx, newest: &str, after: Option<&[Part]>) -> sqlx::Result<Vec<Stored>> {
        on!(tx, c => {
            let mut query = sqlx::QueryBuilder::new(format!("{} AND CAST({} AS TEXT) NOT LIKE ", self.select(), self.name));
            query.push_bind(self.pattern(newest));
            if let Some(after) = after {
                query.push(format!(" AND ({}) > (", self.columns()));
                for (at, part) in after.iter().enumerate() {
                    query.push(if at > 0 { ", " } else { "" });
                    push_part!(query, part);
                }
                query.push(")");
            }
            read_values!(query, self, c)
        })
    }

    /// The values of rows that belong to this person by their key.
    async fn of_person(&self, tx: &mut Tx, person: i64) -> sqlx::Result<Vec<Stored>> {
        on!(tx, c => {
            let mut query = sqlx::QueryBuilder::new(format!("{} AND (1 = 0", self.select()));
            for (name, _) in self.key.iter().filter(|(name, _)| names_a_person(name)) {
                query.push(format!(" OR {name} = ")).push_bind(person);
            }
            query.push(")");
            read_values!(query, self, c)
        })
    }

    /// Puts another text in the place of a value, if that is still what was read; false otherwise.
    async fn replace(&self, tx: &mut Tx, old: &Stored, new: Resealed) -> sqlx::Result<bool> {
        let done = on!(tx, c => {
            let mut query = sqlx::QueryBuilder::new(format!("UPDATE {} SET {} = ", self.table, self.name));
            match new {
                Resealed::Text(text) => query.push_bind(text),
                Resealed::Json(json) => query.push_bind(json),
            };
            query.push(format!(" WHERE CAST({} AS TEXT) = ", self.name)).push_bind(&old.text);
            for ((name, _), part) in self.key.iter().zip(&old.key) {
                query.push(format!(" AND {name} = "));
                push_part!(query, part);
            }
            query.build().execute(c).await.map(|done| done.rows_affected())
        })?;
        Ok(done == 1)
    }

    /// The value as the newest key seals it for its row; it was sealed for the row of `from`.
    fn reseal(&self, keyring: &Keyring, stored: &Stored, from: &[Part]) -> sqlx::Result<Resealed> {
        let (old, new) = (name_of(from), name_of(&stored.key));
        let (old, new) = (self.of_tenant(&stored.tenant, old), self.of_tenant(&stored.tenant, new));
        if !self.is_json {
            return Ok(Resealed::Text(keyring.seal(&new, &keyring.open(&old, &stored.text)?)));
        }
        let raw = RawValue::from_string(stored.text.clone()).map_err(|error| sqlx::Error::Decode(Box::new(error)))?;
        let value: Box<RawValue> = keyring.open_json(&old, &raw)?;
        keyring.seal_json(&new, &value).map(Resealed::Json)
    }
}

enum Resealed {
    Text(String),
    Json(Json<Box<RawValue>>),
}

fn names_a_person(column: &str) -> bool {
    matches!(column, "person_id" | "mentor_id")
}

/// A row's name inside a [`super::seal::Place`].
fn name_of(key: &[Part]) -> String {
    let parts = key.iter().map(|part| match part {
        Part::Number(number) => number.to_string(),
        Part::Text(text) => text.clone(),
    });
    parts.collect::<Vec<_>>().join(" ")
}

/// Brings the values of a column under the newest key, in short transactions; gives how many. What a server writes
/// meanwhile is left as the server wrote it. May end anywhere and be begun again.
///
/// # Errors
/// There is no key, a value does not open, or the database stays busy for a minute.
pub async fn rotate(db: &Db, column: &Column) -> anyhow::Result<u64> {
    let keyring = db.keyring();
    let newest = keyring.newest().context("TRAILMARK_KEY is not set, so there is no key to encrypt under")?;
    let (mut done, mut after) = (0, None);
    loop {
        let mut tx = db.read().await?;
        let some = column.stale(&mut tx, newest, after.as_deref()).await?;
        drop(tx);
        let Some(last) = some.last() else { return Ok(done) };
        after = Some(last.key.clone());
        let resealed: Vec<(&Stored, Resealed)> = some
            .iter()
            .map(|stored| Ok((stored, column.reseal(keyring, stored, &stored.key)?)))
            .collect::<sqlx::Result<_>>()?;
        let mut tx = patiently(db).await?;
        for (stored, new) in resealed {
            done += u64::from(column.replace(&mut tx, stored, new).await?);
        }
        tx.commit().await?;
        tokio::time::sleep(REST).await;
    }
}

async fn patiently(db: &Db) -> anyhow::Result<Tx> {
    for _ in 1..PATIENCE {
        if let Ok(tx) = db.write().await {
            return Ok(tx);
        }
    }
    db.write().await
}

/// How many values of each column are sealed under which key; an empty name is of those that are stored as they are.
///
/// # Errors
/// The database refused.
pub async fn census(tx: &mut Tx) -> sqlx::Result<BTreeMap<(&'static str, String), i64>> {
    let mut counted = BTreeMap::new();
    for column in SEALED {
        let begin = MARK.len() + if column.is_json { 2 } else { 1 };
        let any = column.pattern(&"_".repeat(ID_LETTERS));
        let Column { table, name, .. } = column;
        let nothing = column.nothing();
        let found: Vec<(String, i64)> = on!(&mut *tx, c => sqlx::query_as(sqlx::AssertSqlSafe(format!(
            "SELECT CASE WHEN CAST({name} AS TEXT) LIKE '{any}' THEN substr(CAST({name} AS TEXT), {begin}, {ID_LETTERS}) ELSE '' END, CAST(count(*) AS BIGINT)
             FROM {table} WHERE {name} IS NOT NULL AND CAST({name} AS TEXT) <> '{nothing}' GROUP BY 1"))).fetch_all(c).await)?;
        for (key, times) in found {
            *counted.entry((table, key)).or_insert(0) += times;
        }
    }
    Ok(counted)
}

/// How many values are sealed under another key than the newest, or not at all.
///
/// # Errors
/// The database refused.
pub async fn left(tx: &mut Tx) -> sqlx::Result<i64> {
    let newest = tx.keyring().newest().unwrap_or_default().to_owned();
    Ok(census(tx).await?.iter().filter(|((_, key), _)| *key != newest).map(|(_, times)| times).sum())
}

/// Forgets every key but the newest: nothing is left under them, so they may leave `TRAILMARK_KEY`.
///
/// # Errors
/// The database refused.
pub async fn retire(tx: &mut Tx) -> sqlx::Result<()> {
    let newest = tx.keyring().newest().unwrap_or_default().to_owned();
    affected!(tx, sqlx::query("DELETE FROM sealing_key WHERE id <> $1").bind(newest)).map(drop)
}

/// Two rows turned out to be one person: the words of rows that went from one to the other are bound to their new place.
///
/// # Errors
/// Words do not open at either place; or the database refused.
pub(super) async fn rebind(tx: &mut Tx, from: PersonId, into: PersonId) -> sqlx::Result<()> {
    let keyring = tx.keyring();
    for column in SEALED.iter().filter(|column| column.key.iter().any(|(name, _)| names_a_person(name))) {
        for stored in column.of_person(tx, into.0).await? {
            let mut former: Vec<Vec<Part>> = vec![stored.key.clone()];
            for (at, (name, _)) in column.key.iter().enumerate() {
                if names_a_person(name) && stored.key[at] == Part::Number(into.0) {
                    let mut key = stored.key.clone();
                    key[at] = Part::Number(from.0);
                    former.push(key);
                }
            }
            let opened = former.iter().map(|key| column.reseal(&keyring, &stored, key));
            let new = opened.reduce(sqlx::Result::or).unwrap_or(Err(sqlx::Error::RowNotFound))?;
            column.replace(tx, &stored, new).await?;
        }
    }
    Ok(())
}
