//! Opportunities: keyed by their short id, or without one by owner and title.

use super::{Change, Options, Outcome, Remark, table, table::Row, write_in_chunks};
use crate::{
    domain::{
        Instant,
        company::Company,
        id::{OpportunityId, PersonId},
        opportunity::{Kind, Opportunity},
    },
    store::{Db, live::Live, opportunities, schema},
};
use std::{
    collections::{HashMap, HashSet},
    path::Path,
};

const COLUMNS: &[&str] = &[
    "id",
    "kind",
    "title",
    "summary",
    "team",
    "owner_email",
    "needs",
    "nice",
    "teaches",
    "hours_per_week",
    "weeks",
    "starts_on",
    "reply_by",
    "seats",
    "place",
    "remote",
];

/// The longest title that every platform can show in one line.
const LONGEST_TITLE: usize = 150;

type Key = (Option<PersonId>, String);

/// A row that can be read, compared with what is known.
struct Step {
    line: u64,
    id: Option<OpportunityId>,
    change: Change,
    post: Opportunity,
}

/// # Errors
/// The file or its columns cannot be read, or the database refused.
pub async fn import(db: &Db, path: &Path, options: Options, now: Instant) -> anyhow::Result<Outcome> {
    let (rows, mut refused) = table::read(path, COLUMNS, &["title"])?;
    let live = Live::load(db.clone()).await?;
    let mut plan = plan(rows, &live.read(), now, &mut refused);
    let outcome = Outcome::expected(plan.iter().map(|step| step.change), refused, Vec::new(), options);
    if outcome.writes() {
        write(db, &mut plan, options).await?;
    }
    Ok(outcome)
}

fn plan(rows: Vec<Row>, company: &Company, now: Instant, refused: &mut Vec<Remark>) -> Vec<Step> {
    let by_key: HashMap<Key, OpportunityId> = company.index.all().map(|post| (key(post), post.id)).collect();
    let (mut ids, mut keys) = (HashMap::new(), HashMap::new());
    let mut plan: Vec<Step> = Vec::new();
    for row in rows {
        let line = row.line;
        let result = step(&row, company, &by_key, now).and_then(|step| {
            let first = match step.id {
                Some(id) => ids.insert(id, line).map(|first| format!("{id} stands in line {first} already")),
                None => keys
                    .insert(key(&step.post), line)
                    .map(|first| format!("the same owner has the same title in line {first}; give both an id")),
            };
            first.map_or(Ok(step), Err)
        });
        match result {
            Ok(step) => plan.push(step),
            Err(reason) => refused.push(Remark { line, reason }),
        }
    }
    plan
}

fn key(post: &Opportunity) -> Key {
    (post.owner, post.title.to_lowercase())
}

fn step(row: &Row, company: &Company, by_key: &HashMap<Key, OpportunityId>, now: Instant) -> Result<Step, String> {
    let id = row
        .text("id")
        .map(|text| text.parse().map_err(|_| format!("id must look like P-142, not “{text}”")))
        .transpose()?;
    let title = row.text("title").ok_or("title is empty")?;
    if title.chars().count() > LONGEST_TITLE {
        return Err(format!("title is longer than {LONGEST_TITLE} characters; put the rest into summary"));
    }
    let owner = match row.text("owner_email") {
        None => None,
        Some(email) => {
            let person = company.person_by_email(email);
            Some(
                person
                    .ok_or_else(|| {
                        format!("nobody has the address {email}, which owner_email names; import people first")
                    })?
                    .id,
            )
        }
    };
    let known =
        id.or_else(|| by_key.get(&(owner, title.to_lowercase())).copied()).and_then(|id| company.opportunity(id));
    let mut post = known.cloned().unwrap_or_else(|| Opportunity::unknown(now));
    post.id = id.unwrap_or(post.id);
    title.clone_into(&mut post.title);
    post.owner = owner.or(post.owner);
    if let Some(text) = row.text("kind") {
        let kinds = || Kind::ALL.map(Kind::as_str).join(", ");
        post.kind = Kind::parse(text).ok_or_else(|| format!("kind must be one of {}, not “{text}”", kinds()))?;
    }
    for (column, field) in [("summary", &mut post.summary), ("team", &mut post.team), ("place", &mut post.place)] {
        if let Some(text) = row.text(column) {
            text.clone_into(field);
        }
    }
    for (column, field) in [("needs", &mut post.needs), ("nice", &mut post.nice), ("teaches", &mut post.teaches)] {
        if row.text(column).is_some() {
            *field = row.list(column);
        }
    }
    post.hours_per_week = number(row, "hours_per_week", 1..=60)?.or(post.hours_per_week);
    post.weeks = number(row, "weeks", 1..=260)?.or(post.weeks);
    post.seats = number(row, "seats", 1..=1000)?.unwrap_or(post.seats);
    post.starts_on = row.parse("starts_on", "a date such as 2027-01-11")?.or(post.starts_on);
    post.reply_by = row.parse("reply_by", "a date such as 2026-12-31")?.or(post.reply_by);
    if let Some(text) = row.text("remote") {
        post.is_remote = match text.to_lowercase().as_str() {
            "yes" | "true" | "1" | "y" => true,
            "no" | "false" | "0" | "n" => false,
            _ => return Err(format!("remote must be yes or no, not “{text}”")),
        };
    }
    Ok(Step { line: row.line, id, change: Change::between(known, &post), post })
}

fn number(row: &Row, column: &str, range: std::ops::RangeInclusive<u32>) -> Result<Option<u32>, String> {
    let expected = format!("a whole number from {} to {}", range.start(), range.end());
    match row.parse::<u32>(column, &expected)? {
        Some(number) if !range.contains(&number) => Err(format!("{column} must be {expected}, not “{number}”")),
        other => Ok(other),
    }
}

async fn write(db: &Db, plan: &mut [Step], options: Options) -> anyhow::Result<()> {
    let mut tx = db.write().await?;
    if let Some(highest) = plan.iter().filter_map(|step| step.id).max() {
        schema::reserve_ids(&mut tx, "opportunity", highest.0).await?;
    }
    let named: HashSet<_> = plan.iter().filter_map(|step| step.id).collect();
    for step in plan.iter_mut().filter(|step| step.change == Change::Adds && step.id.is_none()) {
        step.post.id = opportunities::next_id(&mut tx).await?;
        debug_assert!(
            !named.contains(&step.post.id),
            "line {}: the numbering starts above every id of the file",
            step.line
        );
    }
    tx.commit().await?;
    let steps: Vec<_> = plan.iter().filter(|step| step.change != Change::Nothing).collect();
    write_in_chunks(db, &steps, options, async |tx, step, revision| match step.change {
        Change::Adds => opportunities::insert_at(tx, &step.post, revision).await,
        _ => opportunities::update(tx, &step.post, None).await.map(drop),
    })
    .await
}
