//! The company of the benchmarks: 5,000 posts such as `find rust` meets, and the people who ask.

use chrono::{NaiveDate, TimeDelta};
use trailmark::domain::{
    Instant,
    id::{OpportunityId, PersonId},
    opportunity::Opportunity,
    person::Person,
    scatter,
    word::words,
};

pub const POSTS: i64 = 5_000;

const SKILLS: [&str; 18] = [
    "rust",
    "python",
    "sql",
    "kubernetes",
    "figma",
    "copywriting",
    "negotiation",
    "excel",
    "onboarding",
    "analytics",
    "react",
    "java",
    "terraform",
    "seo",
    "budgeting",
    "coaching",
    "research",
    "salesforce",
];
const VERBS: [&str; 10] =
    ["Build", "Design", "Migrate", "Launch", "Host", "Audit", "Pilot", "Rewrite", "Research", "Coach"];
const THINGS: [&str; 10] = [
    "onboarding portal",
    "pricing page",
    "data warehouse",
    "webinar series",
    "partner programme",
    "billing service",
    "customer survey",
    "design system",
    "sales playbook",
    "support bot",
];

fn pick<'a, const N: usize>(from: &[&'a str; N], id: i64, turn: u64) -> &'a str {
    from[scatter(turn, id.unsigned_abs()) as usize % N]
}

/// Four different skills.
fn skills(id: i64) -> Vec<String> {
    let mut chosen: Vec<String> = Vec::new();
    for turn in 10.. {
        let skill = pick(&SKILLS, id, turn);
        if !chosen.iter().any(|known| known == skill) {
            chosen.push(skill.to_owned());
        }
        if chosen.len() == 4 {
            break;
        }
    }
    chosen
}

pub fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).expect("a day written here is one")
}

pub fn noon() -> Instant {
    day(2026, 11, 25).and_hms_opt(12, 0, 0).expect("noon is a time").and_utc()
}

pub fn post(id: i64) -> Opportunity {
    let skills = skills(id);
    let title = format!("{} the {} #{id}", pick(&VERBS, id, 1), pick(&THINGS, id, 2));
    Opportunity {
        id: OpportunityId(id),
        summary: format!(
            "Help the team {} using {} and {}; three months, part time, with a mentor.",
            title.to_lowercase(),
            skills[0],
            skills[1]
        ),
        title,
        team: format!("team-{}", scatter(3, id.unsigned_abs()) % 40),
        owner: Some(PersonId(1 + id % 1000)),
        needs: skills[..2].to_vec(),
        nice: skills[2..3].to_vec(),
        teaches: skills[3..].to_vec(),
        hours_per_week: Some([2, 4, 8][id as usize % 3]),
        weeks: Some(12),
        starts_on: Some(day(2027, 1, 11)),
        reply_by: Some(day(2026, 12, 31)),
        is_remote: true,
        ..Opportunity::unknown(noon() - TimeDelta::days(1))
    }
}

pub fn person(id: i64) -> Person {
    let mut skills = skills(id + POSTS);
    let want = skills.split_off(3);
    Person {
        id: PersonId(id),
        name: format!("Person {id}"),
        department: format!("dep-{}", id % 12),
        zone: Some(chrono_tz::Europe::Berlin),
        have: words(&skills),
        want: words(&want),
        ..Person::unknown()
    }
}
