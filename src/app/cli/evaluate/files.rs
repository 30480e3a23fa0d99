//! The files: objects line by line, and tables with tabs. What cannot be read is named by file and line.

use crate::domain::{matching::quality::Judged, opportunity::Kind};
use anyhow::{Context, bail, ensure};
use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

/// By query or person: what each document is worth.
pub type Judgments = BTreeMap<String, Judged<String>>;

#[derive(Debug, Deserialize)]
pub struct PostLine {
    #[serde(deserialize_with = "text_or_number")]
    pub id: String,
    #[serde(default)]
    pub kind: String,
    pub title: String,
    #[serde(default, alias = "summary")]
    pub description: String,
    #[serde(default, alias = "needs")]
    pub skills: Vec<String>,
    #[serde(default)]
    pub nice: Vec<String>,
    #[serde(default)]
    pub teaches: Vec<String>,
    #[serde(default)]
    pub team: String,
    #[serde(default)]
    pub hours_per_week: Option<u32>,
    #[serde(default)]
    pub place: String,
    #[serde(default)]
    pub remote: bool,
}

#[derive(Debug, Deserialize)]
pub struct PersonLine {
    #[serde(deserialize_with = "text_or_number")]
    pub id: String,
    #[serde(default)]
    pub title: String,
    #[serde(default)]
    pub skills: Vec<String>,
    #[serde(default)]
    pub wants: Vec<String>,
    #[serde(default)]
    pub department: String,
    #[serde(default)]
    pub location: String,
}

fn text_or_number<'de, D: Deserializer<'de>>(value: D) -> Result<String, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "an id is a text or a number")]
    enum Id {
        Text(String),
        Number(i64),
    }
    Ok(match Id::deserialize(value)? {
        Id::Text(text) => text,
        Id::Number(number) => number.to_string(),
    })
}

#[derive(Debug, PartialEq, Eq)]
pub struct QueryLine {
    pub id: String,
    /// What sort of query it is: figures are given for each.
    pub class: Option<String>,
    pub text: String,
}

pub fn posts(file: &Path) -> anyhow::Result<Vec<PostLine>> {
    let posts: Vec<(usize, PostLine)> = objects(file, "{\"id\": …, \"kind\": …, \"title\": …, \"skills\": […]}")?;
    for (line, post) in &posts {
        let is_known = post.kind.is_empty() || Kind::parse(&post.kind).is_some();
        ensure!(is_known, "{}: “{}” is no kind; there are: {}", at(file, *line), post.kind, kinds());
    }
    distinct(file, posts, |post| &post.id)
}

pub fn people(file: &Path) -> anyhow::Result<Vec<PersonLine>> {
    let people = objects(file, "{\"id\": …, \"title\": …, \"skills\": […], \"wants\": […]}")?;
    distinct(file, people, |person: &PersonLine| &person.id)
}

pub fn queries(file: &Path) -> anyhow::Result<Vec<QueryLine>> {
    let table = Table::read(file)?;
    // With two columns there is no class: only a header can say so, or the width of the first line.
    let class: &[_] = if table.width() > 2 { &[CLASS] } else { &[] };
    let columns = [&[QUERY], class, &[TEXT]].concat();
    let rows = table.rows(&columns)?;
    let queries = rows.into_iter().map(|(line, mut cells)| {
        let text = cells.pop().unwrap_or_default();
        let class = if class.is_empty() { None } else { cells.pop() };
        (line, QueryLine { id: cells.pop().unwrap_or_default(), class: class.filter(|it| !it.is_empty()), text })
    });
    distinct(file, queries.collect(), |query| &query.id)
}

/// Judgments in three columns; the first is called as `query` says.
pub fn judgments(file: &Path, query: Column) -> anyhow::Result<Judgments> {
    let mut judgments = Judgments::new();
    for (line, cells) in Table::read(file)?.rows(&[query, DOCUMENT, GRADE])? {
        let [query, document, grade] = &cells[..] else { continue };
        let Ok(grade) = grade.parse() else {
            bail!("{}: the grade is a whole number such as 0, 1, 2 or 3, not “{grade}”", at(file, line));
        };
        judgments.entry(query.clone()).or_default().insert(document.clone(), grade);
    }
    Ok(judgments)
}

fn kinds() -> String {
    Kind::ALL.map(Kind::as_str).join(", ")
}

fn at(file: &Path, line: usize) -> String {
    format!("{}, line {line}", file.display())
}

fn lines(file: &Path) -> anyhow::Result<Vec<(usize, String)>> {
    let bytes = std::fs::read(file).with_context(|| format!("{} cannot be read", file.display()))?;
    let text = match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let good = &error.as_bytes()[..error.utf8_error().valid_up_to()];
            let line = good.iter().filter(|byte| **byte == b'\n').count() + 1;
            bail!("{}: this is not UTF-8 text; save the file as UTF-8", at(file, line));
        }
    };
    let text = text.trim_start_matches('\u{feff}');
    let numbered = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
    let lines: Vec<_> = numbered.map(|(number, line)| (number, line.to_owned())).collect();
    ensure!(!lines.is_empty(), "{} is empty", file.display());
    Ok(lines)
}

fn objects<T: DeserializeOwned>(file: &Path, like: &str) -> anyhow::Result<Vec<(usize, T)>> {
    let mut found = Vec::new();
    for (number, line) in lines(file)? {
        let object = serde_json::from_str(&line).map_err(|error| {
            let why = error.to_string();
            let why = why.split(" at line ").next().unwrap_or_default();
            anyhow::anyhow!("{}: expected one object like {like}: {why}", at(file, number))
        })?;
        found.push((number, object));
    }
    Ok(found)
}

/// The rows, where no two have the same id.
fn distinct<T>(file: &Path, rows: Vec<(usize, T)>, id: impl Fn(&T) -> &String) -> anyhow::Result<Vec<T>> {
    let mut seen = BTreeSet::new();
    for (line, row) in &rows {
        let id = id(row);
        ensure!(!id.is_empty(), "{}: the id is empty", at(file, *line));
        ensure!(!id.contains(['\t', '\n']), "{}: an id may not hold a tab or a line break", at(file, *line));
        ensure!(seen.insert(id), "{}: the id “{id}” stands in an earlier line already", at(file, *line));
    }
    drop(seen);
    Ok(rows.into_iter().map(|(_, row)| row).collect())
}

/// A column of a table and the names it may have in the header, lower case, the usual one first.
#[derive(Clone, Copy)]
pub struct Column {
    names: &'static [&'static str],
    is_number: bool,
}

pub const QUERY: Column = Column::named(&["qid", "query_id", "id"]);
pub const PERSON: Column = Column::named(&["person", "person_id", "qid", "query_id", "id"]);
const CLASS: Column = Column::named(&["class", "type", "kind", "category"]);
const TEXT: Column = Column::named(&["query", "text", "q"]);
const DOCUMENT: Column =
    Column::named(&["doc", "doc_id", "docid", "document", "corpus_id", "opportunity", "opportunity_id", "post"]);
const GRADE: Column = Column { names: &["grade", "relevance", "rel", "score", "label", "judgment"], is_number: true };

impl Column {
    const fn named(names: &'static [&'static str]) -> Column {
        Column { names, is_number: false }
    }

    fn is_called(self, name: &str) -> bool {
        let name = name.trim().to_lowercase().replace([' ', '-'], "_");
        self.names.contains(&name.as_str())
    }
}

/// Lines of cells between tabs, of which the first may be a header.
struct Table<'a> {
    file: &'a Path,
    lines: Vec<(usize, Vec<String>)>,
}

impl Table<'_> {
    fn read(file: &Path) -> anyhow::Result<Table<'_>> {
        let cells = |line: &str| line.split('\t').map(|cell| cell.trim().to_owned()).collect();
        let lines = lines(file)?.into_iter().map(|(number, line)| (number, cells(&line))).collect();
        Ok(Table { file, lines })
    }

    /// The cells of the first line.
    fn width(&self) -> usize {
        self.lines.first().map_or(0, |(_, cells)| cells.len())
    }

    /// The cells of these columns, row by row. The header says which is which, in any order and among others; a column
    /// it does not name is the next that nobody claimed, and without a header they stand in this order.
    fn rows(self, columns: &[Column]) -> anyhow::Result<Vec<(usize, Vec<String>)>> {
        let file = self.file;
        let expected = columns.iter().map(|column| column.names[0]).collect::<Vec<_>>().join("<TAB>");
        let first = self.lines.first().map(|(_, cells)| cells.as_slice()).unwrap_or_default();
        let named: Vec<Option<usize>> =
            columns.iter().map(|column| first.iter().position(|cell| column.is_called(cell))).collect();
        let mut free = (0..first.len()).filter(|place| !named.contains(&Some(*place))).collect::<Vec<_>>().into_iter();
        let places: Option<Vec<usize>> = named.iter().map(|place| place.or_else(|| free.next())).collect();
        let Some(places) = places else {
            let line = self.lines.first().map_or(1, |(line, _)| *line);
            bail!("{}: expected {expected}, found {} column(s) between tabs", at(file, line), first.len());
        };
        let is_number = |place: usize| first.get(place).is_some_and(|cell| cell.parse::<f64>().is_ok());
        let is_header = named.iter().any(Option::is_some)
            || columns.iter().zip(&places).any(|(column, place)| column.is_number && !is_number(*place));
        let mut rows = Vec::new();
        for (line, cells) in self.lines.into_iter().skip(usize::from(is_header)) {
            let row: Option<Vec<String>> = places.iter().map(|place| cells.get(*place).cloned()).collect();
            match row {
                Some(row) => rows.push((line, row)),
                None => bail!("{}: expected {expected}, found {} column(s) between tabs", at(file, line), cells.len()),
            }
        }
        ensure!(!rows.is_empty(), "{} holds a header and nothing below it", file.display());
        Ok(rows)
    }
}
