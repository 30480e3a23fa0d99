//! Writes a company to measure with: `people.csv` and `posts.csv` for `trailmark import`. The same numbers always write the
//! same files. Skills and titles are those of the taxonomy, so that matching has as much to do as in real life.

use anyhow::Context;
use std::{fs::File, path::Path};
use trailmark::domain::{
    scatter,
    skills::{Occupation, SkillId, taxonomy},
};

const DEPARTMENTS: u64 = 60;
/// So many of so many people lead the others.
const MANAGERS: (u64, u64) = (2, 15);
/// So many people with numbers beside each other share a department.
const TEAM: u64 = 9;
const PLACES: [(&str, &str); 6] = [
    ("Berlin", "Europe/Berlin"),
    ("London", "Europe/London"),
    ("New York", "America/New_York"),
    ("Toronto", "America/Toronto"),
    ("Bengaluru", "Asia/Kolkata"),
    ("Tokyo", "Asia/Tokyo"),
];
const GIVEN: [&str; 12] =
    ["Ada", "Bo", "Chen", "Dina", "Emil", "Fatima", "Goran", "Hana", "Ines", "Jonas", "Kofi", "Lea"];
const FAMILY: [&str; 12] =
    ["Abbas", "Berg", "Costa", "Diallo", "Ek", "Fischer", "Gupta", "Haas", "Ito", "Jansen", "Kim", "Lopez"];
const VERBS: [&str; 8] = ["Build", "Improve", "Review", "Move", "Plan", "Launch", "Document", "Support"];
const THINGS: [&str; 8] = [
    "the handbook",
    "the pilot",
    "the platform",
    "the campaign",
    "the site",
    "the process",
    "the report",
    "the rollout",
];

/// What varies, for people and for posts apart.
#[derive(Clone, Copy)]
enum Turn {
    Work,
    Wish,
    Place,
    Name,
    Date,
    Hours,
    Owner,
    Thing,
}

/// One row to write: everything in it follows from its number.
struct Row {
    seed: u64,
    number: u64,
}

impl Row {
    fn roll(&self, turn: Turn, sides: u64) -> u64 {
        scatter(self.seed + 100 * turn as u64, self.number) % sides.max(1)
    }

    fn one_of<'a, T>(&self, turn: Turn, list: &'a [T]) -> &'a T {
        &list[usize::try_from(self.roll(turn, list.len() as u64)).unwrap_or(0)]
    }

    /// Some of the skills of a kind of work.
    fn skills(&self, turn: Turn, work: &Occupation, count: u64) -> String {
        let known: Vec<SkillId> = work.skills.iter().map(|(skill, _)| *skill).collect();
        let mut chosen: Vec<&str> = Vec::new();
        for step in 0..count {
            let Some(place) = usize::try_from(scatter(self.roll(turn, u64::MAX), step)).ok() else { continue };
            let Some(skill) = known.get(place % known.len().max(1)) else { continue };
            let name = taxonomy().skill(*skill).name.as_ref();
            if !chosen.contains(&name) {
                chosen.push(name);
            }
        }
        chosen.join(";")
    }
}

fn main() -> anyhow::Result<()> {
    let mut args = std::env::args().skip(1);
    let usage = "usage: cargo run --example big-company -- DIRECTORY [PEOPLE] [POSTS]";
    let directory = args.next().context(usage)?;
    let mut number = |otherwise: u64| args.next().map_or(Ok(otherwise), |text| text.parse()).context(usage);
    let (people, posts) = (number(300_000)?, number(20_000)?);
    let work: Vec<&Occupation> = taxonomy().occupations().map(|(_, it)| it).filter(|it| it.skills.len() > 3).collect();
    std::fs::create_dir_all(&directory).with_context(|| format!("{directory} cannot be made"))?;
    write_people(&Path::new(&directory).join("people.csv"), people, &work)?;
    write_posts(&Path::new(&directory).join("posts.csv"), posts, people, &work)
}

fn writer(path: &Path) -> anyhow::Result<csv::Writer<File>> {
    csv::Writer::from_path(path).with_context(|| format!("{} cannot be written", path.display()))
}

fn email(person: u64) -> String {
    format!("person{person}@big.example")
}

fn write_people(path: &Path, people: u64, work: &[&Occupation]) -> anyhow::Result<()> {
    let mut out = writer(path)?;
    out.write_record([
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
        "skills",
        "wants",
    ])?;
    for number in 0..people {
        let row = Row { seed: 1, number };
        let (place, zone) = row.one_of(Turn::Place, &PLACES);
        let does = *row.one_of(Turn::Work, work);
        let wishes = *row.one_of(Turn::Wish, work);
        let since = 2008 + row.roll(Turn::Date, 17);
        out.write_record([
            email(number),
            format!("{} {}", row.one_of(Turn::Name, &GIVEN), row.one_of(Turn::Thing, &FAMILY)),
            if number == 0 { String::new() } else { email((number - 1) * MANAGERS.0 / MANAGERS.1) },
            format!("Department {}", number / TEAM % DEPARTMENTS),
            does.title.to_string(),
            (*place).to_owned(),
            (*zone).to_owned(),
            format!("{since}-03-01"),
            format!("{}-09-01", since.max(2020)),
            format!("UBIG{number:06}"),
            row.skills(Turn::Work, does, 6),
            row.skills(Turn::Wish, wishes, 3),
        ])?;
    }
    Ok(out.flush()?)
}

fn write_posts(path: &Path, posts: u64, people: u64, work: &[&Occupation]) -> anyhow::Result<()> {
    let mut out = writer(path)?;
    out.write_record([
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
        "place",
        "remote",
    ])?;
    for number in 0..posts {
        let row = Row { seed: 2, number };
        let does = *row.one_of(Turn::Work, work);
        let needs = row.skills(Turn::Work, does, 3);
        let task = format!("{} {}", row.one_of(Turn::Name, &VERBS), row.one_of(Turn::Thing, &THINGS));
        out.write_record([
            "project".to_owned(),
            format!("{}: {} {number}", does.title, task.to_lowercase()),
            format!("{task} together with us. You would work with {}.", needs.replace(';', ", ")),
            format!("Team {}", row.roll(Turn::Owner, 400)),
            email(row.roll(Turn::Owner, people)),
            needs,
            row.skills(Turn::Date, does, 1),
            row.skills(Turn::Wish, does, 2),
            (2 + 2 * row.roll(Turn::Hours, 4)).to_string(),
            (4 + 4 * row.roll(Turn::Date, 4)).to_string(),
            row.one_of(Turn::Place, &PLACES).0.to_owned(),
            (if row.roll(Turn::Hours, 3) == 0 { "no" } else { "yes" }).to_owned(),
        ])?;
    }
    Ok(out.flush()?)
}
