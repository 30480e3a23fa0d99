//! Search, matches and the pure part of planning, over 5,000 posts such as `find rust` meets; and how long the slowest of
//! many different searches take in 20,000 posts of all kinds of work.

mod company;
mod many;

use chrono::TimeDelta;
use company::{POSTS, day, noon, person, post};
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use std::{
    collections::BTreeSet,
    hint::black_box,
    time::{Duration, Instant},
};
use trailmark::domain::{
    budget::{self, Ask, Sent, Settings},
    calendar::{Hours, suggest_slots},
    feedback::Feedback,
    id::PersonId,
    matching::{self, Found, Index, Limits, Query, Run, Seeker, Showings},
    opportunity::{Opportunity, State},
    preference::NudgeKind,
    programme::Programme,
};

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

/// Every query of every class, and the percentiles of each class in a table; then what a change of a post takes.
fn among_many(c: &mut Criterion) {
    let mut index = Index::default();
    (1..=many::POSTS).for_each(|id| index.upsert(many::post(id)));
    let today = day(2026, 11, 25);
    let find = |text: &str| index.search(&Query::parse(black_box(text)), None, today, 0, 5);
    println!("{:<24}{:>8}{:>10}{:>10}{:>10}", "search in 20,000 posts", "queries", "p50 µs", "p99 µs", "max µs");
    let mut all = Vec::new();
    for (class, queries) in many::queries() {
        let took = took(&queries, find);
        print_line(class, &took);
        all.extend(took);
    }
    all.sort_unstable();
    print_line("all of these", &all);
    let hostile = many::hostile();
    print_line("hostile", &took(&hostile, find));

    let mut group = c.benchmark_group("20,000 posts");
    for (class, queries) in many::queries() {
        let mut next = queries.iter().cycle();
        group.bench_function(class, |b| b.iter(|| next.next().map(|text| find(text))));
    }
    for text in hostile {
        let short: String = text.chars().filter(|letter| letter.is_alphanumeric()).take(12).collect();
        group.bench_function(format!("hostile, {} letters: {short}", text.chars().count()), |b| b.iter(|| find(&text)));
    }
    let mut next_id = many::POSTS;
    let mut next = || {
        next_id += 1;
        many::post(next_id)
    };
    group.bench_function("a new post", |b| b.iter_batched(&mut next, |post| index.upsert(post), BatchSize::SmallInput));
    let edited = || Opportunity { title: many::post(78).title, ..many::post(77) };
    group
        .bench_function("an edited post", |b| b.iter_batched(edited, |post| index.upsert(post), BatchSize::SmallInput));
    let closed = || Opportunity { state: State::Closed { at: noon() }, ..many::post(77) };
    group.bench_function("a post is closed, and opened again", |b| {
        b.iter_batched(
            || [closed(), many::post(77)],
            |posts| posts.into_iter().for_each(|post| index.upsert(post)),
            BatchSize::SmallInput,
        );
    });
    group.finish();
}

/// How often each query of the table is asked after a first time, which may have to load something.
const ROUNDS: usize = 5;

/// The middle time of each query, in order.
fn took(queries: &[String], find: impl Fn(&str) -> Found) -> Vec<Duration> {
    let once = |text: &String| {
        let start = Instant::now();
        drop(black_box(find(text)));
        start.elapsed()
    };
    let mut took: Vec<_> = queries
        .iter()
        .map(|text| {
            once(text);
            let mut rounds: Vec<_> = (0..ROUNDS).map(|_| once(text)).collect();
            rounds.sort_unstable();
            rounds[ROUNDS / 2]
        })
        .collect();
    took.sort_unstable();
    took
}

fn print_line(class: &str, took: &[Duration]) {
    let at = |percent: usize| took[(took.len() - 1) * percent / 100].as_secs_f64() * 1e6;
    println!("{class:<24}{:>8}{:>10.0}{:>10.0}{:>10.0}", took.len(), at(50), at(99), at(100));
}

fn people(c: &mut Criterion) {
    let mut index = Index::default();
    (1..=POSTS).for_each(|id| index.upsert(post(id)));
    let (people, today): (Vec<_>, _) = ((1..=1_000).map(person).collect(), day(2026, 11, 25));
    let departments: Vec<_> = (0..1_000).map(|id| format!("dep-{}", id % 12)).collect();
    let department = |owner: PersonId| departments.get(owner.0 as usize).map(String::as_str);
    c.bench_function("matches of one person", |b| {
        let ask = matching::Ask { department: &department, ..matching::Ask::new(&people[7], today, 7) };
        b.iter(|| index.matches(black_box(&ask), 5));
    });
    let (none, limits, feedback) = (BTreeSet::new(), Limits::default(), Feedback::default());
    let seeker = |person| Seeker { person, today, exclude: &none, limits: &limits, feedback: &feedback };
    let seekers: Vec<_> = people.iter().map(seeker).collect();
    let run = Run { top: 10, rule: &|_, _| None, department: &department };
    c.bench_function("matches of 1,000 people", |b| {
        b.iter(|| index.match_all(black_box(&seekers), &run, &mut Showings::among(5_000)));
    });
}

/// So many different people ask what one skill more would open, and so many different drafts are looked at.
const ASKERS: i64 = 200;
const DRAFTS: i64 = 50;
const PEOPLE: i64 = 10_000;

/// What a press waits for that looks at all posts, or at everybody.
fn presses(c: &mut Criterion) {
    let mut index = Index::default();
    (1..=many::POSTS).for_each(|id| index.upsert(many::post(id)));
    let (people, today): (Vec<_>, _) = ((1..=PEOPLE).map(many::person).collect(), day(2026, 11, 25));
    let mut group = c.benchmark_group("a press");
    let mut askers = people.iter().step_by((PEOPLE / ASKERS) as usize).cycle();
    group.bench_function("what_if among 20,000 posts", |b| {
        b.iter(|| askers.next().map(|who| index.what_if(black_box(&matching::Ask::new(who, today, 7)), 5)));
    });
    let drafts: Vec<_> = (many::POSTS + 1..=many::POSTS + DRAFTS).map(many::post).collect();
    let mut drafts = drafts.iter().cycle();
    group.bench_function("reach in 10,000 people", |b| {
        b.iter(|| drafts.next().map(|draft| index.reach(black_box(draft), &people)));
    });
    group.finish();
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

criterion_group!(benches, search, among_many, people, presses, nudging);
criterion_main!(benches);
