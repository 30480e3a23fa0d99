//! What tables there are, as the migrations make them: nobody has to keep a list of them.

use super::super::MIGRATIONS;
use anyhow::{Context, bail, ensure};
use sqlx::{SqlitePool, sqlite::SqlitePoolOptions};
use std::collections::BTreeSet;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) enum Kind {
    Text,
    Number,
    Truth,
    Time,
    Day,
    Json,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::store) struct Column {
    pub name: String,
    pub kind: Kind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::store) struct Table {
    pub name: String,
    /// Those of the key come first, in its order; those that refer to the table itself last.
    pub columns: Vec<Column>,
    pub key: usize,
    pub own: usize,
}

impl Table {
    pub fn key(&self) -> &[Column] {
        &self.columns[..self.key]
    }

    /// What refers to rows of the same table, which may come later.
    pub fn own(&self) -> &[Column] {
        &self.columns[self.columns.len() - self.own..]
    }
}

/// These tell how this database is made, not what is in it.
const NOT_COPIED: [&str; 1] = ["copying"];
/// These belong to the place, not to what is in it.
const OF_THE_PLACE: [(&str, &str); 2] = [("instance", "generation"), ("instance", "moved_at")];

/// Every table, those that others refer to before the others.
pub(in crate::store) async fn tables() -> anyhow::Result<Vec<Table>> {
    let scratch = SqlitePoolOptions::new().max_connections(1).connect("sqlite::memory:").await?;
    MIGRATIONS.run(&scratch).await?;
    let names: Vec<String> = sqlx::query_scalar(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND substr(name, 1, 1) <> '_' AND name NOT LIKE 'sqlite%' ORDER BY name",
    )
    .fetch_all(&scratch)
    .await?;
    let mut waiting = Vec::new();
    for name in names.into_iter().filter(|name| !NOT_COPIED.contains(&name.as_str())) {
        waiting.push(table(&scratch, name).await?);
    }
    scratch.close().await;
    let mut placed: Vec<Table> = Vec::with_capacity(waiting.len());
    while !waiting.is_empty() {
        let is_free = |others: &BTreeSet<String>| others.iter().all(|it| placed.iter().any(|table| table.name == *it));
        let next =
            waiting.iter().position(|(_, others)| is_free(others)).context("tables refer to each other in a ring")?;
        placed.push(waiting.remove(next).0);
    }
    Ok(placed)
}

/// A table, and the others it refers to.
async fn table(scratch: &SqlitePool, name: String) -> anyhow::Result<(Table, BTreeSet<String>)> {
    let columns: Vec<(String, String, i64)> =
        sqlx::query_as("SELECT name, type, pk FROM pragma_table_info($1) ORDER BY cid")
            .bind(&name)
            .fetch_all(scratch)
            .await?;
    let refers: Vec<(String, String)> = sqlx::query_as("SELECT \"from\", \"table\" FROM pragma_foreign_key_list($1)")
        .bind(&name)
        .fetch_all(scratch)
        .await?;
    let is_own = |column: &str| refers.iter().any(|(from, to)| from == column && *to == name);
    let (mut key, mut plain, mut own) = (Vec::new(), Vec::new(), Vec::new());
    for (column, declared, place) in columns {
        if OF_THE_PLACE.contains(&(name.as_str(), column.as_str())) {
            continue;
        }
        let kind = match declared.as_str() {
            "TEXT" => Kind::Text,
            "BIGINT" => Kind::Number,
            "BOOLEAN" => Kind::Truth,
            "TIMESTAMPTZ" => Kind::Time,
            "DATE" => Kind::Day,
            "JSONB" => Kind::Json,
            other => bail!("{name}.{column} is of a type that cannot be copied: {other}"),
        };
        let is_own = is_own(&column);
        let column = Column { name: column, kind };
        match place {
            0 if is_own => own.push(column),
            0 => plain.push(column),
            place => key.push((place, column)),
        }
    }
    ensure!(!key.is_empty(), "{name} has no primary key");
    key.sort_by_key(|(place, _)| *place);
    let (keys, owns) = (key.len(), own.len());
    let columns = key.into_iter().map(|(_, column)| column).chain(plain).chain(own).collect();
    let others = refers.into_iter().map(|(_, to)| to).filter(|to| *to != name).collect();
    Ok((Table { name, columns, key: keys, own: owns }, others))
}
