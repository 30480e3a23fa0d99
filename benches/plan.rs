//! Planning when 10,000 people are due in the same moment, and when nobody is.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on should fail where it stands")]

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use secrecy::SecretBox;
use std::path::Path;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use trailmark::{
    domain::{Instant, id::PersonId, person::Person, preference::NudgeKind, programme::Programme},
    message::{Address, Platform},
    nudges::{self, PlanCtx, turn::Subject},
    store::{
        Db, instance, keys,
        live::Live,
        people,
        slots::{self, Slot},
    },
};

/// One in nine leads the eight others.
const PEOPLE: i64 = 9_999;
const TEAM: i64 = 9;

/// A Wednesday morning in the window's second week.
fn now() -> Instant {
    "2026-04-08T09:00:00Z".parse().unwrap()
}

fn programme() -> Programme {
    Programme { is_active: true, ..Programme::default() }
}

fn person(id: i64, manager: Option<PersonId>) -> Person {
    Person {
        id: PersonId(id),
        email: Some(format!("p{id}@example.com")),
        name: format!("Person{id} Example"),
        manager,
        department: "Data".into(),
        zone: Some(chrono_tz::Europe::Berlin),
        ..Person::unknown()
    }
}

/// With a key, as an installation has one: what is planned is sealed.
async fn database(path: &Path) -> Db {
    let db = Db::open(&format!("sqlite://{}", path.display())).await.unwrap();
    db.migrate().await.unwrap();
    keys::unlock(db, &[SecretBox::new(Box::new([7; 32]))], now()).await.unwrap()
}

async fn open(path: &Path) -> (Db, Live) {
    let db = database(path).await;
    let live = Live::load(db.clone()).await.unwrap();
    (db, live)
}

/// A company in which everybody is due now, as manager or as report.
async fn company(path: &Path) {
    let before = now() - chrono::Duration::days(60);
    let db = database(path).await;
    instance::ensure(&db, before).await.unwrap();
    let mut tx = db.write().await.unwrap();
    let mut manager = None;
    let mut due = Vec::new();
    for n in 0..PEOPLE {
        if n % TEAM == 0 {
            manager = None;
        }
        let id = people::insert(&mut tx, &person(n + 1, manager), true, before).await.unwrap();
        people::link(&mut tx, &Address::new(Platform::Slack, format!("U{n}")), id, before).await.unwrap();
        let subject = if manager.is_none() { Subject::Manager(id) } else { Subject::Report(id) };
        manager = manager.or(Some(id));
        due.push(subject);
    }
    tx.commit().await.unwrap();
    // Everybody is known to planning first, and then due at once.
    let live = Live::load(db.clone()).await.unwrap();
    let ctx = PlanCtx { db: &db, live: &live, programme: &programme(), now: before };
    nudges::plan(&ctx, NudgeKind::CareerConversation).await.unwrap();
    let mut tx = db.write().await.unwrap();
    let slots: Vec<Slot> = due
        .into_iter()
        .map(|subject| Slot {
            nudge: NudgeKind::CareerConversation.as_str().into(),
            subject: subject.to_string(),
            label: "2026-Q1 last".into(),
            outcome: "nothing_open".into(),
            handled_at: before,
            next_at: Some(now()),
        })
        .collect();
    slots::put(&mut tx, &slots).await.unwrap();
    tx.commit().await.unwrap();
    db.close().await;
}

fn plan(c: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let folder = TempDir::new().unwrap();
    let template = folder.path().join("company.db");
    runtime.block_on(company(&template));
    let programme = programme();

    let mut group = c.benchmark_group("plan");
    group.sample_size(10);
    group.bench_function("10,000 people due", |bench| {
        bench.iter_batched(
            || {
                let folder = TempDir::new().unwrap();
                let path = folder.path().join("company.db");
                std::fs::copy(&template, &path).unwrap();
                (runtime.block_on(open(&path)), folder)
            },
            |((db, live), folder)| {
                let ctx = PlanCtx { db: &db, live: &live, programme: &programme, now: now() };
                let planned = runtime.block_on(nudges::plan(&ctx, NudgeKind::CareerConversation)).unwrap();
                assert_eq!(i64::try_from(planned).unwrap(), PEOPLE);
                (db, live, folder)
            },
            BatchSize::PerIteration,
        );
    });
    let (db, live) = runtime.block_on(open(&template));
    let earlier = now() - chrono::Duration::days(1);
    group.bench_function("nobody due", |bench| {
        let ctx = PlanCtx { db: &db, live: &live, programme: &programme, now: earlier };
        bench.iter(|| runtime.block_on(nudges::plan(&ctx, NudgeKind::CareerConversation)).unwrap());
    });
    group.bench_function("the next wake-up", |bench| {
        let ctx = PlanCtx { db: &db, live: &live, programme: &programme, now: earlier };
        bench.iter(|| runtime.block_on(nudges::next_wake(&ctx)).unwrap());
    });
    group.finish();
}

criterion_group!(benches, plan);
criterion_main!(benches);
