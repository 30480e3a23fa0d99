//! A whole database moved into another one, of the same kind or the other: table by table, some rows at a time, each time
//! with a note of how far it has come. Whoever is interrupted goes on from there.
//!
//! It is a move. The copy knows of everything that was sent, so it begins without a doubt; the database it was made from
//! would go back in time from the first message on that the other one sends, so nobody sends from it any more.

pub(super) mod cell;
pub(super) mod schema;

pub use cell::Sum;

use super::{APPLICATION, Db, Tx, affected, generation, on, outbox};
use crate::domain::Instant;
use anyhow::{Context, bail, ensure};
use cell::Cell;
use schema::{Column, Table};
use serde_json::Value;
use sqlx::{QueryBuilder, types::Json};

/// What is read and written at once, in values; either database takes more.
const VALUES: usize = 12_000;
/// What the start of a server writes into a database that nobody has used.
const MADE_BY_A_START: [&str; 6] = ["sequence", "instance", "sealing_key", "audit", "audit_head", "audit_secret"];

/// What was compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    pub tables: Vec<(String, Sum)>,
    /// It had been moved there before.
    pub was_there: bool,
}

/// Moves everything. Nobody may send from either meanwhile. `tell` hears how many rows are there, and of how many there will be.
///
/// # Errors
/// `to` holds something else; or either database refused: then the same call goes on where this one ended.
pub async fn all(from: &Db, to: &Db, now: Instant, mut tell: impl FnMut(u64, u64)) -> anyhow::Result<Moved> {
    let tables = schema::tables().await?;
    // A doubt that nobody has noticed yet goes along.
    generation::begin(from, now).await?;
    let mut reading = from.read().await?;
    hold_still(&mut reading).await?;
    let source = source(&mut reading).await?;
    if !prepare(to, &tables, &source).await? {
        drop(reading);
        let same = compare(from, to, &tables, now).await?;
        let tables =
            same.context("it holds something else, or has been used since it was copied; name an empty database")?;
        return Ok(Moved { tables, was_there: true });
    }
    let mut all = 0;
    for table in &tables {
        all += count(&mut reading, &table.name).await?.unsigned_abs();
    }
    let mut done = 0;
    for table in &tables {
        copy_rows(&mut reading, to, table, |rows| {
            done += rows;
            tell(done, all);
        })
        .await?;
    }
    for table in tables.iter().filter(|table| table.own > 0) {
        copy_own(&mut reading, to, table).await?;
    }
    drop(reading);
    let Some(sums) = compare(from, to, &tables, now).await? else {
        bail!("the two differ: something was written while it was copied. Empty the new database and begin again");
    };
    let mut tx = to.write().await?;
    affected!(&mut tx, sqlx::query("DELETE FROM copying"))?;
    tx.commit().await?;
    Ok(Moved { tables: sums, was_there: false })
}

/// How many connections to it servers and commands have. On SQLite a [`super::file::Lock`] tells.
///
/// # Errors
/// The database refused.
pub async fn others(tx: &mut Tx) -> sqlx::Result<i64> {
    match tx {
        Tx::Sqlite(_) => Ok(0),
        Tx::Postgres(t) => {
            sqlx::query_scalar(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE $1",
            )
            .bind(format!("{APPLICATION} ________"))
            .fetch_one(&mut **t)
            .await
        }
    }
}

/// Whether this database is only half made.
///
/// # Errors
/// The database refused.
pub async fn is_half_made(tx: &mut Tx) -> sqlx::Result<bool> {
    let notes: i64 = on!(tx, c => sqlx::query_scalar("SELECT count(*) FROM copying").fetch_one(c).await)?;
    Ok(notes > 0)
}

/// When it was moved elsewhere, if it was.
///
/// # Errors
/// The database refused.
pub async fn moved_at(tx: &mut Tx) -> sqlx::Result<Option<Instant>> {
    on!(tx, c => sqlx::query_scalar("SELECT moved_at FROM instance WHERE id = 1").fetch_one(c).await)
}

/// It is used again, and may have missed what was sent since from where it was moved to.
///
/// # Errors
/// The database refused.
pub async fn come_back(tx: &mut Tx, now: Instant) -> sqlx::Result<()> {
    affected!(tx, sqlx::query("UPDATE instance SET moved_at = NULL WHERE id = 1"))?;
    outbox::begin_doubt(tx, now).await
}

/// All that is read in this transaction is of one moment. SQLite does so by itself.
async fn hold_still(tx: &mut Tx) -> sqlx::Result<()> {
    match tx {
        Tx::Sqlite(_) => Ok(()),
        Tx::Postgres(t) => {
            sqlx::query("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ").execute(&mut **t).await.map(drop)
        }
    }
}

/// Which installation it is.
async fn source(tx: &mut Tx) -> anyhow::Result<String> {
    let secret: Option<String> =
        on!(tx, c => sqlx::query_scalar("SELECT delivery_secret FROM instance WHERE id = 1").fetch_optional(c).await)?;
    let secret = secret.context("there is nothing to copy: the database was never used")?;
    Ok(hex::encode(&<sha2::Sha256 as sha2::Digest>::digest(secret)[..8]))
}

async fn count(tx: &mut Tx, table: &str) -> sqlx::Result<i64> {
    let count = sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {table}"));
    on!(tx, c => sqlx::query_scalar(count).fetch_one(c).await)
}

/// Makes the other database ready to be filled, or to be filled further. False: it is full already.
async fn prepare(to: &Db, tables: &[Table], source: &str) -> anyhow::Result<bool> {
    let mut tx = to.write().await?;
    let of: Option<String> =
        on!(&mut tx, c => sqlx::query_scalar("SELECT source FROM copying LIMIT 1").fetch_optional(c).await)?;
    if let Some(of) = of {
        ensure!(of == source, "it is being filled from another database; empty it first");
        return Ok(true);
    }
    for table in tables.iter().filter(|table| !MADE_BY_A_START.contains(&table.name.as_str())) {
        if count(&mut tx, &table.name).await? > 0 {
            return Ok(false);
        }
    }
    for table in tables.iter().rev() {
        affected!(&mut tx, sqlx::query(sqlx::AssertSqlSafe(format!("DELETE FROM {}", table.name))))?;
    }
    for table in tables {
        affected!(
            &mut tx,
            sqlx::query("INSERT INTO copying (name, source, stage) VALUES ($1, $2, 0)").bind(&table.name).bind(source)
        )?;
    }
    tx.commit().await?;
    Ok(true)
}

/// How far a table has come.
struct Reached {
    /// 0: its rows are being copied. 1: what refers to rows of its own is. 2: it is done.
    stage: i64,
    after: Option<Vec<Cell>>,
}

async fn reached(to: &Db, table: &Table) -> anyhow::Result<Reached> {
    let mut tx = to.read().await?;
    let (stage, after): (i64, Option<Json<Vec<Value>>>) = on!(&mut tx, c => sqlx::query_as("SELECT stage, reached FROM copying WHERE name = $1")
        .bind(&table.name).fetch_one(c).await)?;
    let after = match after {
        None => None,
        Some(Json(values)) => {
            let cells = table.key().iter().zip(&values).map(|(column, value)| Cell::from_json(column.kind, value));
            Some(cells.collect::<Option<Vec<_>>>().context("the note of how far the copy has come cannot be read")?)
        }
    };
    Ok(Reached { stage, after })
}

async fn note(tx: &mut Tx, table: &Table, stage: i64, after: Option<&[Cell]>) -> sqlx::Result<()> {
    let after = after.map(|key| Json(key.iter().map(Cell::to_json).collect::<Vec<_>>()));
    affected!(
        tx,
        sqlx::query("UPDATE copying SET stage = $2, reached = $3 WHERE name = $1")
            .bind(&table.name)
            .bind(stage)
            .bind(after)
    )
    .map(drop)
}

async fn copy_rows(reading: &mut Tx, to: &Db, table: &Table, mut tell: impl FnMut(u64)) -> anyhow::Result<()> {
    let Reached { stage, mut after } = reached(to, table).await?;
    if stage > 0 {
        return Ok(());
    }
    loop {
        let rows = page(reading, table, &table.columns, after.as_deref(), "").await?;
        let (is_last, some) = (rows.len() < page_size(&table.columns), rows.len() as u64);
        after = rows.last().map(|row| row[..table.key].to_vec()).or(after);
        let mut tx = to.write().await?;
        if !rows.is_empty() {
            insert(&mut tx, table, rows)
                .await
                .with_context(|| format!("the rows of {} could not be written", table.name))?;
        }
        let next = if is_last { (1, None) } else { (0, after.as_deref()) };
        note(&mut tx, table, next.0, next.1).await?;
        tx.commit().await?;
        tell(some);
        if is_last {
            return Ok(());
        }
    }
}

async fn insert(tx: &mut Tx, table: &Table, rows: Vec<Vec<Cell>>) -> sqlx::Result<()> {
    let names: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
    let own = table.columns.len() - table.own;
    let head = format!("INSERT INTO {} ({}) ", table.name, names.join(", "));
    on!(tx, c => {
        let mut query = QueryBuilder::new(head);
        query.push("VALUES ");
        for (number, row) in rows.into_iter().enumerate() {
            query.push(if number == 0 { "(" } else { ", (" });
            for (place, cell) in row.into_iter().enumerate() {
                if place > 0 {
                    query.push(", ");
                }
                // What refers to rows of the same table is filled in once they are all there.
                cell::push(&mut query, if place < own { cell } else { Cell::nothing(table.columns[place].kind) });
            }
            query.push(")");
        }
        query.build().execute(c).await.map(drop)
    })
}

async fn copy_own(reading: &mut Tx, to: &Db, table: &Table) -> anyhow::Result<()> {
    let Reached { stage, mut after } = reached(to, table).await?;
    if stage > 1 {
        return Ok(());
    }
    let columns: Vec<Column> = table.key().iter().chain(table.own()).cloned().collect();
    let any = table.own().iter().map(|it| format!("{} IS NOT NULL", it.name)).collect::<Vec<_>>().join(" OR ");
    loop {
        let rows = page(reading, table, &columns, after.as_deref(), &any).await?;
        let is_last = rows.len() < page_size(&columns);
        after = rows.last().map(|row| row[..table.key].to_vec()).or(after);
        let mut tx = to.write().await?;
        if !rows.is_empty() {
            update(&mut tx, table, &columns, rows).await?;
        }
        let next = if is_last { (2, None) } else { (1, after.as_deref()) };
        note(&mut tx, table, next.0, next.1).await?;
        tx.commit().await?;
        if is_last {
            return Ok(());
        }
    }
}

async fn update(tx: &mut Tx, table: &Table, columns: &[Column], rows: Vec<Vec<Cell>>) -> sqlx::Result<()> {
    let name = &table.name;
    let given = |place: usize| format!("v.column{}", place + 1);
    let set: Vec<String> =
        (table.key..columns.len()).map(|place| format!("{} = {}", columns[place].name, given(place))).collect();
    let same: Vec<String> =
        (0..table.key).map(|place| format!("{name}.{} = {}", columns[place].name, given(place))).collect();
    let head = format!("UPDATE {name} SET {} FROM (VALUES ", set.join(", "));
    let tail = format!(") AS v WHERE {}", same.join(" AND "));
    on!(tx, c => {
        let mut query = QueryBuilder::new(head);
        for (number, row) in rows.into_iter().enumerate() {
            query.push(if number == 0 { "(" } else { ", (" });
            for (place, cell) in row.into_iter().enumerate() {
                if place > 0 {
                    query.push(", ");
                }
                cell::push(&mut query, cell);
            }
            query.push(")");
        }
        query.push(tail);
        query.build().execute(c).await.map(drop)
    })
}

fn page_size(columns: &[Column]) -> usize {
    VALUES / columns.len()
}

/// The next rows in the order of their keys, of those for which `only` holds.
async fn page(
    tx: &mut Tx,
    table: &Table,
    columns: &[Column],
    after: Option<&[Cell]>,
    only: &str,
) -> sqlx::Result<Vec<Vec<Cell>>> {
    let list = |columns: &[Column]| columns.iter().map(|it| it.name.as_str()).collect::<Vec<_>>().join(", ");
    let key = list(table.key());
    let head = format!(
        "SELECT {} FROM {} WHERE ({})",
        list(columns),
        table.name,
        if only.is_empty() { "1 = 1" } else { only }
    );
    let tail = format!(" ORDER BY {key} LIMIT {}", page_size(columns));
    on!(tx, c => {
        let mut query = QueryBuilder::new(head);
        if let Some(after) = after {
            query.push(format!(" AND ({key}) > ("));
            for (place, cell) in after.iter().enumerate() {
                if place > 0 {
                    query.push(", ");
                }
                cell::push(&mut query, cell.clone());
            }
            query.push(")");
        }
        query.push(tail);
        let rows = query.build().fetch_all(c).await?;
        rows.iter().map(|row| cell::read(row, columns)).collect()
    })
}

/// Reads both through while nobody writes to `from`, and closes it where they are the same.
async fn compare(from: &Db, to: &Db, tables: &[Table], now: Instant) -> anyhow::Result<Option<Vec<(String, Sum)>>> {
    let mut ours = from.write().await?;
    if let Tx::Postgres(t) = &mut ours {
        let names: Vec<&str> = tables.iter().map(|table| table.name.as_str()).collect();
        let lock = format!("LOCK TABLE {} IN SHARE MODE", names.join(", "));
        sqlx::query(sqlx::AssertSqlSafe(lock)).execute(&mut **t).await?;
    }
    let mut theirs = to.read().await?;
    let mut sums = Vec::with_capacity(tables.len());
    for table in tables {
        let sum = sum(&mut ours, table).await?;
        if self::sum(&mut theirs, table).await? != sum {
            tracing::warn!(table = table.name, "the rows of a table differ");
            return Ok(None);
        }
        sums.push((table.name.clone(), sum));
    }
    affected!(&mut ours, sqlx::query("UPDATE instance SET moved_at = $1 WHERE id = 1").bind(now))?;
    ours.commit().await?;
    Ok(Some(sums))
}

async fn sum(tx: &mut Tx, table: &Table) -> sqlx::Result<Sum> {
    let (mut sum, mut after) = (Sum::default(), None);
    loop {
        let rows = page(tx, table, &table.columns, after.as_deref(), "").await?;
        rows.iter().for_each(|row| sum.add(row));
        if rows.len() < page_size(&table.columns) {
            return Ok(sum);
        }
        after = rows.last().map(|row| row[..table.key].to_vec());
    }
}
