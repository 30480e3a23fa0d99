//! The files: objects line by line, and tables with tabs. What cannot be read is named by file and line.

use crate::domain::{matching::quality::Judged, opportunity::Kind, skills::taxonomy};
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
    pub wants_role: String,
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
    let mut queries = Vec::new();
    for (line, [id, class, text]) in Table::read(file)?.rows([QUERY, CLASS, TEXT])? {
        queries.push((line, QueryLine { id, class: Some(class).filter(|class| !class.is_empty()), text }));
    }
    distinct(file, queries, |query| &query.id)
}

/// Judgments in three columns; the first is called as `query` says.
pub fn judgments(file: &Path, query: Column) -> anyhow::Result<Judgments> {
    let mut judgments = Judgments::new();
    for (line, [query, document, grade]) in Table::read(file)?.rows([query, DOCUMENT, GRADE])? {
        let grade = whole(file, line, &grade)?;
        judgments.entry(query).or_default().insert(document, grade);
    }
    Ok(judgments)
}

/// The same judgments, asked from the documents' side.
pub fn turned_round(judgments: &Judgments) -> Judgments {
    let mut turned = Judgments::new();
    for (query, judged) in judgments {
        for (document, grade) in judged {
            turned.entry(document.clone()).or_default().insert(query.clone(), *grade);
        }
    }
    turned
}

/// Texts or codes to ask about, each once and in the order of the file, with what is right where the file says so.
pub struct Asked {
    pub texts: Vec<String>,
    pub judgments: Option<Judgments>,
}

pub fn aliases(file: &Path) -> anyhow::Result<Asked> {
    asked(file, [ALIAS, SKILL], |_, _, skill, right| {
        right.insert(skill.to_owned(), 1);
        Ok(())
    })
}

pub fn titles(file: &Path) -> anyhow::Result<Asked> {
    asked(file, [TITLE, CODE.optional()], |_, line, code, right| {
        right.insert(checked_code(file, line, code)?, 1);
        Ok(())
    })
}

/// The related occupations stand in one cell, each as `code` or `code:tier`; the tier is the grade, and 1 where it is
/// missing.
pub fn roles(file: &Path) -> anyhow::Result<Asked> {
    asked(file, [CODE, RELATED], |code, line, related, right| {
        checked_code(file, line, code)?;
        for one in related.split([' ', ',', ';', '|']).filter(|one| !one.is_empty()) {
            let (code, tier) = one.split_once(':').unwrap_or((one, "1"));
            right.insert(checked_code(file, line, code)?, whole(file, line, tier)?);
        }
        Ok(())
    })
}

/// Reads two columns, of which the second may be missing; `read` takes down what a row says is right.
fn asked(
    file: &Path,
    columns: [Column; 2],
    read: impl Fn(&str, usize, &str, &mut Judged<String>) -> anyhow::Result<()>,
) -> anyhow::Result<Asked> {
    let (mut texts, mut judgments) = (Vec::new(), Judgments::new());
    for (line, [text, said]) in Table::read(file)?.rows(columns)? {
        ensure!(!text.is_empty(), "{}: the {} is empty", at(file, line), columns[0].names[0]);
        let mut right = Judged::new();
        if !said.is_empty() {
            read(&text, line, &said, &mut right)?;
        }
        let known = judgments.entry(text.clone()).or_insert_with(|| {
            texts.push(text);
            Judged::new()
        });
        known.append(&mut right);
    }
    judgments.retain(|_, right| !right.is_empty());
    Ok(Asked { texts, judgments: Some(judgments).filter(|judgments| !judgments.is_empty()) })
}

fn whole(file: &Path, line: usize, grade: &str) -> anyhow::Result<u32> {
    let grade = grade.trim();
    grade.parse().map_err(|_| {
        anyhow::anyhow!("{}: the grade is a whole number such as 0, 1, 2 or 3, not “{grade}”", at(file, line))
    })
}

fn is_code(text: &str) -> bool {
    let like = "dd-dddd.dd".chars();
    text.len() == like.clone().count()
        && like.zip(text.chars()).all(|(like, it)| if like == 'd' { it.is_ascii_digit() } else { it == like })
}

fn checked_code(file: &Path, line: usize, code: &str) -> anyhow::Result<String> {
    ensure!(is_code(code), "{}: an occupation is a code like 15-1252.00, not “{code}”", at(file, line));
    Ok(code.to_owned())
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

/// A column of a table.
#[derive(Clone, Copy)]
pub struct Column {
    /// What it may be called in the header, lower case, the usual name first.
    names: &'static [&'static str],
    /// What its cells look like, where that can be told.
    shape: Option<fn(&str) -> bool>,
    is_optional: bool,
}

pub const QUERY: Column = Column::named(&["qid", "query_id", "id"]);
pub const PERSON: Column = Column::named(&["person", "person_id", "qid", "query_id", "id"]);
const CLASS: Column = Column::named(&["class", "type", "kind", "category"]).optional();
const TEXT: Column = Column::named(&["query", "text", "q"]);
const DOCUMENT: Column = Column::named(&[
    "doc",
    "doc_id",
    "docid",
    "document",
    "corpus_id",
    "opportunity",
    "opportunity_id",
    "post",
    "mentor",
]);
const GRADE: Column = Column::named(&["grade", "relevance", "rel", "score", "label", "judgment"])
    .like(|cell| cell.parse::<f64>().is_ok());
const ALIAS: Column = Column::named(&["alias", "text", "name", "label", "query"]);
const SKILL: Column = Column::named(&["skill_id", "skill", "target", "slug", "id"])
    .like(|cell| taxonomy().skill_by_slug(cell).is_some())
    .optional();
const TITLE: Column = Column::named(&["title", "text", "name", "alternate_title", "job_title", "query"]);
const CODE: Column = Column::named(&["onet_code", "code", "occupation", "onet", "target", "from"]).like(is_code);
const RELATED: Column = Column::named(&["related", "related_code", "related_occupations", "target", "to"])
    .like(|cell| cell.get(..10).is_some_and(is_code))
    .optional();

impl Column {
    const fn named(names: &'static [&'static str]) -> Column {
        Column { names, shape: None, is_optional: false }
    }

    const fn like(self, shape: fn(&str) -> bool) -> Column {
        Column { shape: Some(shape), ..self }
    }

    const fn optional(self) -> Column {
        Column { is_optional: true, ..self }
    }

    /// Whether the cell at this place may be one of this column.
    fn fits(self, cells: &[String], place: usize) -> bool {
        cells.get(place).is_some_and(|cell| self.shape.is_none_or(|shape| shape(cell)))
    }

    fn is_called(self, name: &str) -> bool {
        let name = name.to_lowercase().replace([' ', '-'], "_");
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

    /// The cells of these columns, row by row; empty where an optional column is missing.
    fn rows<const N: usize>(self, columns: [Column; N]) -> anyhow::Result<Vec<(usize, [String; N])>> {
        let (places, is_header) = self.places(&columns);
        let file = self.file;
        let mut rows = Vec::new();
        for (line, cells) in self.lines.into_iter().skip(usize::from(is_header)) {
            let mut row = [const { String::new() }; N];
            for ((column, place), cell) in columns.iter().zip(&places).zip(&mut row) {
                match place.and_then(|place| cells.get(place)) {
                    Some(it) => it.clone_into(cell),
                    None if column.is_optional => {}
                    None => {
                        let there = columns.iter().zip(&places);
                        let there = there.filter(|(column, place)| place.is_some() || !column.is_optional);
                        let expected = there.map(|(column, _)| column.names[0]).collect::<Vec<_>>().join("<TAB>");
                        let found = cells.len();
                        bail!("{}: expected {expected}, found {found} column(s) between tabs", at(file, line));
                    }
                }
            }
            rows.push((line, row));
        }
        ensure!(!rows.is_empty(), "{} holds a header and nothing below it", file.display());
        Ok(rows)
    }

    /// Where each column stands, and whether the first line is a header.
    ///
    /// The header says it, in any order and among others. What it does not name is told by what its cells look like, or
    /// is the next that nobody claimed; without a header the columns stand in their order, and an optional one is the
    /// first to be missing.
    fn places(&self, columns: &[Column]) -> (Vec<Option<usize>>, bool) {
        let cells = |line: usize| self.lines.get(line).map(|(_, cells)| cells.as_slice()).unwrap_or_default();
        let (first, second) = (cells(0), cells(1));
        let sample = if second.is_empty() { first } else { second };
        let mut places: Vec<Option<usize>> = Vec::new();
        for column in columns {
            let place = (0..first.len()).find(|at| column.is_called(&first[*at]) && !places.contains(&Some(*at)));
            places.push(place);
        }
        let has_names = places.iter().any(Option::is_some);
        let needed = columns.iter().filter(|column| !column.is_optional).count();
        let (told, others): (Vec<usize>, Vec<usize>) = (0..columns.len()).partition(|at| columns[*at].shape.is_some());
        for at in told.into_iter().chain(others) {
            let column = columns[at];
            if places[at].is_some() {
                continue;
            }
            let free = (0..first.len()).filter(|place| !places.contains(&Some(*place)));
            // Its own place before any other.
            let mut free: Vec<usize> = free.collect();
            if column.shape.is_some() {
                free.sort_by_key(|place| *place != at);
            }
            let alike = free.iter().copied().find(|place| column.shape.is_some() && column.fits(sample, *place));
            let may_be_missing = column.is_optional && (has_names || first.len() <= needed);
            places[at] = alike.or_else(|| free.first().copied().filter(|_| !may_be_missing));
        }
        let is_title = |(column, place): (&Column, &Option<usize>)| {
            place.is_some_and(|place| !column.fits(first, place) && column.fits(second, place))
        };
        let is_header = has_names || columns.iter().zip(&places).any(is_title);
        (places, is_header)
    }
}
