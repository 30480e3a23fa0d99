//! A file as rows of named cells, whichever format it is in.

use super::Remark;
use crate::message::form::legible;
use anyhow::{Context, bail};
use std::{collections::HashMap, path::Path};

/// One row: its line in the file, and its cells by column. Absent and empty are the same.
#[derive(Debug)]
pub struct Row {
    pub line: u64,
    cells: HashMap<&'static str, String>,
}

impl Row {
    /// The trimmed text of a cell, if there is any.
    pub fn text(&self, column: &str) -> Option<&str> {
        self.cells.get(column).map(|cell| cell.trim()).filter(|cell| !cell.is_empty())
    }

    /// A cell that holds several things, separated by `;`.
    pub fn list(&self, column: &str) -> Vec<String> {
        let mut seen = Vec::<String>::new();
        for part in self.text(column).unwrap_or_default().split(';').map(str::trim).filter(|part| !part.is_empty()) {
            if !seen.iter().any(|known| known.eq_ignore_ascii_case(part)) {
                seen.push(part.to_owned());
            }
        }
        seen
    }

    /// A cell that must be read as something else where it is not empty.
    pub fn parse<T: std::str::FromStr>(&self, column: &str, expected: &str) -> Result<Option<T>, String> {
        match self.text(column) {
            None => Ok(None),
            Some(text) => text.parse().map(Some).map_err(|_| format!("{column} must be {expected}, not “{text}”")),
        }
    }
}

/// Reads a CSV file, or a JSON array of objects where the name ends in `.json`. Rows that cannot be read are remarks; a
/// file whose columns are wrong is an error, because then no row can be trusted.
pub fn read(
    path: &Path,
    columns: &'static [&'static str],
    required: &[&str],
) -> anyhow::Result<(Vec<Row>, Vec<Remark>)> {
    let bytes = std::fs::read(path).with_context(|| format!("{} cannot be read", path.display()))?;
    if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
        bail!("{} is encoded in UTF-16. Save it as “CSV UTF-8” and import it again.", path.display());
    }
    let bytes = bytes.strip_prefix(&[0xEF, 0xBB, 0xBF]).unwrap_or(&bytes);
    if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json")) {
        read_json(path, bytes, columns, required)
    } else {
        read_csv(path, bytes, columns, required)
    }
}

fn check_columns(path: &Path, found: &[String], columns: &[&str], required: &[&str]) -> anyhow::Result<()> {
    if found.len() == 1 && found[0].contains(';') {
        bail!(
            "{}: the columns are separated by semicolons. Save it with commas; semicolons separate the items of a list.",
            path.display()
        );
    }
    if found.len() == 1 && found[0].contains('\t') {
        bail!("{}: the columns are separated by tabs. Save it with commas.", path.display());
    }
    let unknown: Vec<_> = found.iter().filter(|name| !columns.contains(&name.as_str())).map(String::as_str).collect();
    let missing: Vec<_> = required.iter().filter(|name| !found.iter().any(|have| have == *name)).copied().collect();
    let twice: Vec<_> = found
        .iter()
        .enumerate()
        .filter(|(at, name)| found[..*at].contains(name))
        .map(|(_, name)| name.as_str())
        .collect();
    let mut problems = Vec::new();
    for (words, names) in [("unknown", unknown), ("missing", missing), ("repeated", twice)] {
        if !names.is_empty() {
            problems.push(format!("{words}: {}", names.join(", ")));
        }
    }
    if problems.is_empty() {
        return Ok(());
    }
    bail!(
        "{}: line 1: wrong columns; {}. The columns are: {}.",
        path.display(),
        problems.join("; "),
        columns.join(",")
    );
}

/// The line in which the record really begins: its position is that of the empty lines before it.
fn first_line(bytes: &[u8], at: &csv::Position) -> u64 {
    let start = usize::try_from(at.byte()).unwrap_or(usize::MAX);
    let ends = bytes.iter().skip(start).take_while(|byte| matches!(byte, b'\n' | b'\r'));
    at.line() + ends.filter(|byte| **byte == b'\n').count() as u64
}

fn read_csv(
    path: &Path,
    bytes: &[u8],
    columns: &'static [&'static str],
    required: &[&str],
) -> anyhow::Result<(Vec<Row>, Vec<Remark>)> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(bytes);
    let header = reader.byte_headers().with_context(|| format!("{}: line 1 cannot be read", path.display()))?.clone();
    let found: Vec<String> = header.iter().map(|name| String::from_utf8_lossy(name).trim().to_lowercase()).collect();
    check_columns(path, &found, columns, required)?;
    let names: Vec<&'static str> =
        found.iter().filter_map(|name| columns.iter().find(|column| *column == name).copied()).collect();
    let (mut rows, mut refused) = (Vec::new(), Vec::new());
    let mut record = csv::ByteRecord::new();
    while reader
        .read_byte_record(&mut record)
        .with_context(|| format!("{} cannot be read to its end", path.display()))?
    {
        let line = record.position().map_or(0, |at| first_line(bytes, at));
        if record.iter().all(|cell| cell.trim_ascii().is_empty()) {
            continue;
        }
        if record.len() != names.len() {
            let reason = format!(
                "it has {} cells, the first line has {}; put cells with a comma in quotes",
                record.len(),
                names.len()
            );
            refused.push(Remark { line, reason });
            continue;
        }
        let mut cells = HashMap::new();
        let mut broken = None;
        for (name, cell) in names.iter().zip(&record) {
            match std::str::from_utf8(cell) {
                Ok(text) => {
                    cells.insert(*name, legible(text).into_owned());
                }
                Err(_) => broken = Some(*name),
            }
        }
        match broken {
            None => rows.push(Row { line, cells }),
            Some(name) => refused
                .push(Remark {
                    line, reason: format!("{name} is not encoded in UTF-8; save the file as “CSV UTF-8”")
                }),
        }
    }
    Ok((rows, refused))
}

fn read_json(
    path: &Path,
    bytes: &[u8],
    columns: &'static [&'static str],
    required: &[&str],
) -> anyhow::Result<(Vec<Row>, Vec<Remark>)> {
    let array: Vec<serde_json::Map<String, serde_json::Value>> = serde_json::from_slice(bytes).map_err(|error| {
        anyhow::anyhow!(
            "{} is not a JSON array of objects (line {}, column {})",
            path.display(),
            error.line(),
            error.column()
        )
    })?;
    let (mut rows, mut refused) = (Vec::new(), Vec::new());
    for (line, object) in (1..).zip(array) {
        match object_cells(&object, columns, required) {
            Ok(cells) => rows.push(Row { line, cells }),
            Err(reason) => refused.push(Remark { line, reason }),
        }
    }
    Ok((rows, refused))
}

fn object_cells(
    object: &serde_json::Map<String, serde_json::Value>,
    columns: &'static [&'static str],
    required: &[&str],
) -> Result<HashMap<&'static str, String>, String> {
    use serde_json::Value;
    let mut cells = HashMap::new();
    for (name, value) in object {
        let Some(column) = columns.iter().find(|column| **column == name.to_lowercase()) else {
            return Err(format!("“{name}” is no column; the columns are {}", columns.join(", ")));
        };
        let text = match value {
            Value::Null => continue,
            Value::String(text) => text.clone(),
            Value::Bool(_) | Value::Number(_) => value.to_string(),
            Value::Array(items) => {
                let texts: Option<Vec<_>> = items.iter().map(Value::as_str).collect();
                texts.ok_or_else(|| format!("{name} must be a list of texts"))?.join(";")
            }
            Value::Object(_) => return Err(format!("{name} must be a text, a number or a list of texts")),
        };
        cells.insert(*column, legible(&text).into_owned());
    }
    match required.iter().find(|name| !cells.contains_key(**name)) {
        Some(name) => Err(format!("{name} is missing")),
        None => Ok(cells),
    }
}
