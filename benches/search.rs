//! Search, matches and the pure part of planning, over 5,000 posts such as `find rust` meets.

mod company;

use chrono::TimeDelta;
use company::{POSTS, day, noon, person, post};
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use std::{collections::BTreeSet, hint::black_box};
use trailmark::domain::{
    budget::{self, Ask, Sent, Settings},
    calendar::{Hours, suggest_slots},
    feedback::Feedback,
    id::PersonId,
    matching::{self, Index, Limits, Query, Run, Seeker, Showings},
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
        let ask = matching::Ask { department: &department, ..matching::Ask::new(&people[7], today, 7) };
        b.iter(|| index.matches(black_box(&ask), 5));
    });
    let (none, limits, feedback) = (BTreeSet::new(), Limits::default(), Feedback::default());
    let seeker = |person| Seeker { person, exclude: &none, limits: &limits, feedback: &feedback };
    let seekers: Vec<_> = people.iter().map(seeker).collect();
    let run = Run { today, seed: 7, top: 10, rule: &|_, _| None, department: &department };
    c.bench_function("matches of 1,000 people", |b| {
        b.iter(|| index.match_all(&seekers, &run, &mut Showings::among(5_000), |_, matches| drop(black_box(matches))));
    });
    c.bench_function("reach of a draft in 1,000 people", |b| {
        b.iter(|| index.reach(&post(1), black_box(&people)));
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
