//! One value on its way from one database to another.

use super::schema::{Column, Kind};
use crate::domain::Instant;
use chrono::NaiveDate;
use serde_json::Value;
use sha2::{Digest, Sha256};
use sqlx::{ColumnIndex, Database, Decode, Encode, QueryBuilder, Row, Type, types::Json};

#[derive(Clone, Debug, PartialEq)]
pub(in crate::store) enum Cell {
    Text(Option<String>),
    Number(Option<i64>),
    Truth(Option<bool>),
    Time(Option<Instant>),
    Day(Option<NaiveDate>),
    Json(Option<Json<Value>>),
}

/// Reads a row whose columns are these.
pub(in crate::store) fn read<'r, R>(row: &'r R, columns: &[Column]) -> sqlx::Result<Vec<Cell>>
where
    R: Row,
    usize: ColumnIndex<R>,
    String: Decode<'r, R::Database> + Type<R::Database>,
    i64: Decode<'r, R::Database> + Type<R::Database>,
    bool: Decode<'r, R::Database> + Type<R::Database>,
    Instant: Decode<'r, R::Database> + Type<R::Database>,
    NaiveDate: Decode<'r, R::Database> + Type<R::Database>,
    Json<Value>: Decode<'r, R::Database> + Type<R::Database>,
{
    let cell = |(place, column): (usize, &Column)| {
        Ok(match column.kind {
            Kind::Text => Cell::Text(row.try_get(place)?),
            Kind::Number => Cell::Number(row.try_get(place)?),
            Kind::Truth => Cell::Truth(row.try_get(place)?),
            Kind::Time => Cell::Time(row.try_get(place)?),
            Kind::Day => Cell::Day(row.try_get(place)?),
            Kind::Json => Cell::Json(row.try_get(place)?),
        })
    };
    columns.iter().enumerate().map(cell).collect()
}

/// Adds the value to a statement.
pub(in crate::store) fn push<DB: Database>(query: &mut QueryBuilder<DB>, cell: Cell)
where
    Option<String>: Encode<'static, DB>,
    Option<i64>: Encode<'static, DB>,
    Option<bool>: Encode<'static, DB>,
    Option<Instant>: Encode<'static, DB>,
    Option<NaiveDate>: Encode<'static, DB>,
    Option<Json<Value>>: Encode<'static, DB>,
    String: Type<DB>,
    i64: Type<DB>,
    bool: Type<DB>,
    Instant: Type<DB>,
    NaiveDate: Type<DB>,
    Json<Value>: Type<DB>,
{
    match cell {
        Cell::Text(it) => query.push_bind(it),
        Cell::Number(it) => query.push_bind(it),
        Cell::Truth(it) => query.push_bind(it),
        Cell::Time(it) => query.push_bind(it),
        Cell::Day(it) => query.push_bind(it),
        Cell::Json(it) => query.push_bind(it),
    };
}

impl Cell {
    pub fn nothing(kind: Kind) -> Cell {
        match kind {
            Kind::Text => Cell::Text(None),
            Kind::Number => Cell::Number(None),
            Kind::Truth => Cell::Truth(None),
            Kind::Time => Cell::Time(None),
            Kind::Day => Cell::Day(None),
            Kind::Json => Cell::Json(None),
        }
    }

    /// The same for the same value, whichever database it stands in.
    pub fn to_json(&self) -> Value {
        match self {
            Cell::Text(it) => it.clone().into(),
            Cell::Number(it) => (*it).into(),
            Cell::Truth(it) => (*it).into(),
            Cell::Time(it) => it.map(|at| at.timestamp_micros()).into(),
            Cell::Day(it) => it.map(|day| day.to_string()).into(),
            // In a list, because a JSON null is something else than nothing.
            Cell::Json(it) => it.as_ref().map_or(Value::Null, |it| Value::Array(vec![it.0.clone()])),
        }
    }

    /// What [`Cell::to_json`] made of a value of this kind.
    pub fn from_json(kind: Kind, value: &Value) -> Option<Cell> {
        Some(match kind {
            Kind::Text => Cell::Text(Some(value.as_str()?.to_owned())),
            Kind::Number => Cell::Number(Some(value.as_i64()?)),
            Kind::Truth => Cell::Truth(Some(value.as_bool()?)),
            Kind::Time => Cell::Time(Some(Instant::from_timestamp_micros(value.as_i64()?)?)),
            Kind::Day => Cell::Day(Some(value.as_str()?.parse().ok()?)),
            Kind::Json => Cell::Json(Some(Json(value.as_array()?.first()?.clone()))),
        })
    }
}

/// How many rows, and a sum over all that is in them. The order does not matter: databases sort words differently.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sum {
    pub rows: u64,
    pub checksum: u128,
}

impl Sum {
    pub(in crate::store) fn add(&mut self, row: &[Cell]) {
        let row: Vec<Value> = row.iter().map(Cell::to_json).collect();
        let digest = Sha256::digest(Value::Array(row).to_string());
        let (first, _) = digest.split_at(16);
        let part = first.iter().fold(0, |sum, byte| sum << 8 | u128::from(*byte));
        self.checksum = self.checksum.wrapping_add(part);
        self.rows += 1;
    }
}
