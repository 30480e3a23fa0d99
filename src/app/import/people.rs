//! People: keyed by their e-mail address.

use super::{Change, Options, Outcome, Remark, table, table::Row, write_in_chunks};
use crate::{
    domain::{Instant, company::Company, id::PersonId, person::Person, word::words},
    message::{Address, Platform},
    store::{
        Db,
        live::Live,
        people,
        privacy::{self, Tombstones},
        schema,
    },
};
use chrono::NaiveDate;
use chrono_tz::Tz;
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    path::Path,
};

const COLUMNS: &[&str] = &[
    "email",
    "name",
    "manager_email",
    "department",
    "title",
    "location",
    "time_zone",
    "employed_since",
    "role_since",
    "slack_id",
    "teams_id",
    "skills",
    "wants",
];

/// A row that can be read.
struct Entry {
    row: Row,
    email: String,
    name: String,
    zone: Option<Tz>,
    employed_since: Option<NaiveDate>,
    role_since: Option<NaiveDate>,
    manager: Option<String>,
    address: Option<Address>,
}

/// # Errors
/// The file or its columns cannot be read, or the database refused.
pub async fn import(db: &Db, path: &Path, options: Options, now: Instant) -> anyhow::Result<Outcome> {
    let (rows, mut refused) = table::read(path, COLUMNS, &["email", "name"])?;
    let live = Live::load(db.clone()).await?;
    let mut tx = db.read().await?;
    let erased = privacy::tombstones(&mut tx).await?;
    drop(tx);
    let (entries, notes, plan) = {
        let company = live.read();
        let mut notes = Vec::new();
        let entries = understand(rows, &company, &erased, &mut refused, &mut notes);
        let entries = without_cycles(entries, &company, &mut refused, &mut notes);
        let plan = plan(&entries, &company);
        (entries, notes, plan)
    };
    let outcome = Outcome::expected(plan.iter().map(|step| step.change), refused, notes, options);
    if outcome.writes() {
        write(db, &entries, plan, options, now).await?;
    }
    Ok(outcome)
}

/// What each row says, with everything that one row can get wrong.
fn understand(
    rows: Vec<Row>,
    company: &Company,
    erased: &Tombstones,
    refused: &mut Vec<Remark>,
    notes: &mut Vec<Remark>,
) -> Vec<Entry> {
    let mut first_line = HashMap::<String, u64>::new();
    let mut accounts = HashMap::<Address, u64>::new();
    let (mut entries, mut turned_away) = (Vec::new(), BTreeSet::new());
    for row in rows {
        let line = row.line;
        let email = row.text("email").map(str::to_lowercase);
        let result = entry(row).and_then(|entry| {
            if erased.has_email(&entry.email) {
                return Err(was_erased(&entry.email));
            }
            if let Some(address) = entry.address.as_ref().filter(|address| erased.has_account(address)) {
                return Err(was_erased(&address.id));
            }
            if let Some(first) = first_line.get(&entry.email) {
                return Err(format!("{} stands in line {first} already", entry.email));
            }
            if let Some(address) = &entry.address {
                if let Some(first) = accounts.get(address) {
                    return Err(format!("{} is in line {first} already; an account belongs to one person", address.id));
                }
                let holder = company.person_at(address).and_then(|person| person.email.as_deref());
                if let Some(holder) = holder.filter(|holder| *holder != entry.email) {
                    return Err(format!("the account {} belongs to {holder}", address.id));
                }
            }
            Ok(entry)
        });
        match result {
            Ok(entry) => {
                first_line.insert(entry.email.clone(), line);
                if let Some(address) = &entry.address {
                    accounts.insert(address.clone(), line);
                }
                entries.push(entry);
            }
            Err(reason) => {
                turned_away.extend(email);
                refused.push(Remark { line, reason });
            }
        }
    }
    let known = |email: &str| first_line.contains_key(email) || company.person_by_email(email).is_some();
    let mut good = Vec::new();
    for mut entry in entries {
        match entry.manager.take_if(|manager| !known(manager)) {
            None => good.push(entry),
            Some(manager) if erased.has_email(&manager) => {
                notes.push(without_manager(entry.row.line, &manager, "was erased"));
                good.push(entry);
            }
            Some(manager) if turned_away.contains(&manager) => {
                notes.push(without_manager(entry.row.line, &manager, REFUSED));
                good.push(entry);
            }
            Some(manager) => {
                refused.push(Remark {
                    line: entry.row.line,
                    reason: format!("nobody has the address {manager}, which manager_email names"),
                });
            }
        }
    }
    good
}

fn was_erased(named: &str) -> String {
    format!(
        "{named} was erased, and nobody who was is brought back unasked; if they want to be: trailmark erase-person {named} --allow-again"
    )
}

const REFUSED: &str = "is in a row that was refused";

fn without_manager(line: u64, manager: &str, why: &str) -> Remark {
    Remark { line, reason: format!("went in without a manager, because {manager} {why}") }
}

fn entry(row: Row) -> Result<Entry, String> {
    let email = row.text("email").ok_or("email is empty")?.to_lowercase();
    if !is_email(&email) {
        return Err(format!("“{email}” is no e-mail address"));
    }
    let name = row.text("name").ok_or("name is empty")?.to_owned();
    let manager = row.text("manager_email").map(str::to_lowercase);
    if manager.as_ref() == Some(&email) {
        return Err("manager_email is the person's own address".to_owned());
    }
    let zone = row.parse::<Tz>("time_zone", "a zone of the tz database such as Europe/Berlin")?;
    let employed_since = row.parse("employed_since", "a date such as 2024-03-01")?;
    let role_since = row.parse("role_since", "a date such as 2024-03-01")?;
    let address = row.text("slack_id").map(|id| Address::new(Platform::Slack, id));
    if let Some(id) = row.text("slack_id")
        && !id.bytes().all(|byte| byte.is_ascii_alphanumeric())
    {
        return Err(format!("slack_id must be a member id such as U012AB3CD, not “{id}”"));
    }
    Ok(Entry { email, name, manager, zone, employed_since, role_since, address, row })
}

fn is_email(text: &str) -> bool {
    text.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty()
            && !domain.is_empty()
            && !domain.contains('@')
            && !text.contains(|c: char| c.is_whitespace() || c.is_control() || c == ',')
    })
}

/// Takes out the rows whose reporting line goes in a circle. Those who report to a row taken out go in with a note.
fn without_cycles(
    entries: Vec<Entry>,
    company: &Company,
    refused: &mut Vec<Remark>,
    notes: &mut Vec<Remark>,
) -> Vec<Entry> {
    let mut manager_of: BTreeMap<String, String> = company
        .people()
        .into_iter()
        .filter_map(|person| Some((person.email.clone()?, company.person(person.manager?)?.email.clone()?)))
        .collect();
    for entry in &entries {
        if let Some(manager) = &entry.manager {
            manager_of.insert(entry.email.clone(), manager.clone());
        }
    }
    let mut checked = BTreeSet::new();
    let mut in_circle = BTreeMap::<String, String>::new();
    for entry in &entries {
        let mut path = Vec::<&str>::new();
        let mut at = Some(entry.email.as_str());
        while let Some(email) = at {
            if let Some(start) = path.iter().position(|seen| *seen == email) {
                let circle = &path[start..];
                let words = format!("the reporting line goes in a circle: {} → {}", circle.join(" → "), email);
                in_circle.extend(circle.iter().map(|email| ((*email).to_owned(), words.clone())));
                break;
            }
            if checked.contains(email) {
                break;
            }
            path.push(email);
            at = manager_of.get(email).map(String::as_str);
        }
        checked.extend(path.into_iter().map(str::to_owned));
    }
    let gone: BTreeSet<String> = in_circle.keys().cloned().collect();
    let mut good = Vec::new();
    for mut entry in entries {
        if let Some(reason) = in_circle.get(&entry.email).filter(|_| entry.manager.is_some()) {
            refused.push(Remark { line: entry.row.line, reason: reason.clone() });
            continue;
        }
        if let Some(manager) =
            entry.manager.take_if(|manager| gone.contains(manager) && company.person_by_email(manager).is_none())
        {
            notes.push(without_manager(entry.row.line, &manager, REFUSED));
        }
        good.push(entry);
    }
    good
}

/// One row, compared with what is known.
struct Step {
    change: Change,
    /// Without the manager, which is resolved once everybody has an id.
    person: Person,
    keeps_address: bool,
}

fn plan(entries: &[Entry], company: &Company) -> Vec<Step> {
    entries
        .iter()
        .map(|entry| {
            let by_address = || {
                entry
                    .address
                    .as_ref()
                    .and_then(|address| company.person_at(address))
                    .filter(|person| person.email.is_none())
            };
            let known = company.person_by_email(&entry.email).or_else(by_address);
            let mut person = known.cloned().unwrap_or_else(Person::unknown);
            apply(entry, &mut person);
            let knows_manager = entry.manager.as_ref().is_none_or(|manager| {
                person.manager.is_some() && person.manager == company.person_by_email(manager).map(|manager| manager.id)
            });
            let keeps_address = entry.address.as_ref().is_none_or(|address| {
                known.is_some() && company.person_at(address).map(|p| p.id) == known.map(|p| p.id)
            });
            let change = match Change::between(known, &person) {
                Change::Nothing if !knows_manager || !keeps_address => Change::Changes,
                change => change,
            };
            Step { change, person, keeps_address }
        })
        .collect()
}

fn apply(entry: &Entry, person: &mut Person) {
    person.email = Some(entry.email.clone());
    person.name.clone_from(&entry.name);
    for (column, field) in
        [("department", &mut person.department), ("title", &mut person.title), ("location", &mut person.location)]
    {
        if let Some(text) = entry.row.text(column) {
            text.clone_into(field);
        }
    }
    person.zone = entry.zone.or(person.zone);
    person.employed_since = entry.employed_since.or(person.employed_since);
    person.role_since = entry.role_since.or(person.role_since);
    for (column, field) in [("skills", &mut person.have), ("wants", &mut person.want)] {
        if field.is_empty() {
            *field = words(&entry.row.list(column));
        }
    }
}

async fn write(db: &Db, entries: &[Entry], mut plan: Vec<Step>, options: Options, now: Instant) -> anyhow::Result<()> {
    let new = i64::try_from(plan.iter().filter(|step| step.change == Change::Adds).count())?;
    let mut tx = db.write().await?;
    let mut next = if new > 0 { schema::take_ids(&mut tx, "person", new).await? } else { 0 };
    for step in plan.iter_mut().filter(|step| step.change == Change::Adds) {
        step.person.id = PersonId(next);
        next += 1;
    }
    let ids: HashMap<&str, PersonId> =
        entries.iter().zip(&plan).map(|(entry, step)| (entry.email.as_str(), step.person.id)).collect();
    for (entry, at) in entries.iter().zip(0..) {
        let Some(manager) = &entry.manager else { continue };
        let id = match ids.get(manager.as_str()) {
            Some(id) => Some(*id),
            None => people::find_by_email(&mut tx, manager).await?,
        };
        plan[at].person.manager = id;
    }
    tx.commit().await?;
    let steps: Vec<_> = managers_first(&plan)
        .into_iter()
        .map(|at| (&entries[at], &plan[at]))
        .filter(|(_, step)| step.change != Change::Nothing)
        .collect();
    write_in_chunks(db, &steps, options, async |tx, (entry, step), revision| {
        match step.change {
            Change::Adds => people::insert_at(tx, &step.person, true, now, revision).await?,
            _ => people::update_at(tx, &step.person, revision).await?,
        }
        match entry.address.as_ref().filter(|_| !step.keeps_address) {
            Some(address) => people::link_account(tx, address, step.person.id, now).await,
            None => Ok(()),
        }
    })
    .await
}

/// New rows after the new rows they report to, so that every manager is there before their people.
fn managers_first(plan: &[Step]) -> Vec<usize> {
    let at_of: HashMap<PersonId, usize> = plan.iter().enumerate().map(|(at, step)| (step.person.id, at)).collect();
    let mut depth = vec![None::<u32>; plan.len()];
    for start in 0..plan.len() {
        let mut path = Vec::new();
        let mut at = start;
        let base = loop {
            if let Some(known) = depth[at] {
                break known + 1;
            }
            path.push(at);
            match plan[at].person.manager.and_then(|manager| at_of.get(&manager)) {
                Some(next) if !path.contains(next) => at = *next,
                _ => break 0,
            }
        };
        for (distance, at) in (base..).zip(path.into_iter().rev()) {
            depth[at] = Some(distance);
        }
    }
    let mut order: Vec<_> = (0..plan.len()).collect();
    order.sort_by_key(|at| (depth[*at], *at));
    order
}
