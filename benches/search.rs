//! Search, matches and the pure part of planning, over 5,000 posts such as `find rust` meets.

use chrono::{NaiveDate, TimeDelta};
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use std::{collections::BTreeSet, hint::black_box};
use trailmark::domain::{
    Instant,
    budget::{self, Ask, Sent, Settings},
    calendar::{Hours, suggest_slots},
    id::{OpportunityId, PersonId},
    matching::{Index, Query, reach},
    opportunity::Opportunity,
    person::Person,
    preference::NudgeKind,
    programme::Programme,
    scatter,
};

const POSTS: i64 = 5_000;

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

fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).expect("a day written here is one")
}

fn noon() -> Instant {
    day(2026, 11, 25).and_hms_opt(12, 0, 0).expect("noon is a time").and_utc()
}

fn post(id: i64) -> Opportunity {
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
        owner: Some(PersonId(id % 1000)),
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

fn person(id: i64) -> Person {
    let mut skills = skills(id + POSTS);
    let want = skills.split_off(3);
    Person {
        id: PersonId(id),
        name: format!("Person {id}"),
        department: format!("dep-{}", id % 12),
        zone: Some(chrono_tz::Europe::Berlin),
        have: skills,
        want,
        ..Person::unknown()
    }
}

fn search(c: &mut Criterion) {
    let mut index = Index::default();
    (1..=POSTS).for_each(|id| index.upsert(post(id)));
    let (reader, today) = (person(1), day(2026, 11, 25));
    let mut group = c.benchmark_group("search");
    for (name, text) in [
        ("find rust", "rust"),
        ("two words", "rust portal"),
        ("a slip", "kuberntes"),
        ("a beginning", "negot"),
        ("filters", "rust hours:<=4 remote team:team-1 type:project"),
        ("everything", ""),
        ("nothing", "quantum chromodynamics"),
    ] {
        group.bench_function(name, |b| {
            b.iter(|| index.search(&Query::parse(black_box(text)), Some(&reader), today, 0, 5));
        });
    }
    group.bench_function("a post is changed", |b| {
        b.iter_batched(|| post(2_500), |post| index.upsert(post), BatchSize::SmallInput);
    });
    group.finish();
    c.bench_function("index 5,000 posts", |b| {
        b.iter_batched(
            || (1..=POSTS).map(post).collect::<Vec<_>>(),
            |posts| {
                let mut index = Index::default();
                posts.into_iter().for_each(|post| index.upsert(post));
                index
            },
            BatchSize::LargeInput,
        );
    });
}

fn people(c: &mut Criterion) {
    let mut index = Index::default();
    (1..=POSTS).for_each(|id| index.upsert(post(id)));
    let (people, today): (Vec<_>, _) = ((1..=1_000).map(person).collect(), day(2026, 11, 25));
    let departments: Vec<_> = (0..1_000).map(|id| format!("dep-{}", id % 12)).collect();
    let department = |owner: PersonId| departments.get(owner.0 as usize).map(String::as_str);
    c.bench_function("matches of one person", |b| {
        b.iter(|| index.matches(black_box(&people[7]), today, 7, &BTreeSet::new(), &department, 5));
    });
    c.bench_function("reach of a draft in 1,000 people", |b| {
        b.iter(|| reach(&post(1), black_box(&people)));
    });
}

fn nudging(c: &mut Criterion) {
    let (reader, programme) = (person(1), Programme::default());
    let settings = Settings::of(&reader, &programme);
    let sent: Vec<_> = (1..=20)
        .map(|weeks| Sent {
            kind: NudgeKind::OpportunityMatch,
            at: noon() - TimeDelta::weeks(weeks),
            is_bundled_manager: false,
            is_question: false,
            response: None,
        })
        .collect();
    let ask = Ask {
        kind: NudgeKind::CareerConversation,
        is_bundled_manager: true,
        has_deadline: false,
        now: noon(),
        useful_until: None,
    };
    c.bench_function("may one person be nudged", |b| {
        b.iter(|| budget::decide(black_box(&ask), &settings, &sent));
    });
    let [here, there] = [chrono_tz::Europe::Berlin, chrono_tz::America::New_York].map(|zone| Hours::office(zone, &[]));
    c.bench_function("times for one conversation", |b| {
        b.iter(|| suggest_slots(black_box(&here), &there, &[noon()], noon(), 2, 7));
    });
}

criterion_group!(benches, search, people, nudging);
criterion_main!(benches);
