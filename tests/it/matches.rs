//! Work that is brought to a person unasked.

use super::support::{Office, at};
use std::collections::BTreeMap;
use trailmark::{
    domain::{Instant, id::PersonId, preference::NudgeKind},
    nudges::{self, PlanCtx},
    store::{
        opportunities,
        outbox::{self, Entry},
        slots,
    },
};

async fn open() -> (Office, PersonId, PersonId) {
    let mut office = Office::open().await;
    office.programme.is_active = true;
    let lea = office.hire_with("Lea Moser", "Metrics", None, |_| {}).await;
    let ana = office
        .hire_with("Ana Ito", "Sales", None, |person| {
            person.have = vec!["Rust".into(), "SQL".into()];
            person.want = vec!["Grafana".into()];
        })
        .await;
    (office, lea, ana)
}

fn ctx(office: &Office, now: Instant) -> PlanCtx<'_> {
    PlanCtx { db: &office.db, live: &office.live, programme: &office.programme, now }
}

/// Plans at every wake-up until then.
async fn live_until(office: &Office, until: Instant) {
    let mut now = office.now;
    while now <= until {
        for kind in NudgeKind::ALL {
            nudges::plan(&ctx(office, now), kind).await.unwrap();
        }
        now = nudges::next_wake(&ctx(office, now)).await.unwrap().unwrap();
    }
}

async fn nudges_to(office: &Office, who: PersonId) -> Vec<Entry> {
    office.notices(who).await.into_iter().filter(|entry| entry.is_nudge).collect()
}

#[tokio::test]
async fn at_most_one_a_week_and_never_the_same_twice() {
    let (office, lea, ana) = open().await;
    for title in ["One", "Two", "Three"] {
        office.project(lea, title, |post| post.reply_by = None).await;
    }
    live_until(&office, at("2026-07-30T00:00:00Z")).await;
    let sent: Vec<Entry> =
        nudges_to(&office, ana).await.into_iter().filter(|it| !it.occurrence.ends_with("question")).collect();
    let mut posts: Vec<&str> = sent.iter().map(|entry| entry.subject.as_str()).collect();
    posts.sort_unstable();
    assert_eq!(posts, ["P-1", "P-2", "P-3"], "{sent:?}");
    for pair in sent.windows(2) {
        assert!(pair[1].due_at - pair[0].due_at >= chrono::Duration::days(6), "{pair:?}");
    }
    let mut tx = office.db.read().await.unwrap();
    let slot = slots::find(&mut tx, "opportunity_match", &format!("person {}", ana.0)).await.unwrap().unwrap();
    assert_eq!(slot.outcome, "nothing_new");
    assert_eq!(nudges::standing::reason(&slot.outcome).unwrap().0, "nothing new fitted well enough");
}

#[tokio::test]
async fn what_is_hidden_saved_or_only_half_fits_is_not_brought_up() {
    let (office, lea, ana) = open().await;
    let saved = office.project(lea, "Saved", |post| post.reply_by = None).await;
    let hidden = office.project(lea, "Hidden", |post| post.reply_by = None).await;
    office
        .project(lea, "Half", |post| {
            post.reply_by = None;
            post.needs = vec!["Rust".into(), "Terraform".into()];
            post.teaches = vec![];
        })
        .await;
    let mut tx = office.db.write().await.unwrap();
    opportunities::save(&mut tx, ana, saved, office.now).await.unwrap();
    opportunities::hide(&mut tx, ana, hidden, "", office.now).await.unwrap();
    tx.commit().await.unwrap();
    live_until(&office, at("2026-06-30T00:00:00Z")).await;
    assert_eq!(nudges_to(&office, ana).await, []);
}

#[tokio::test]
async fn the_budget_holds_over_a_quarter_for_a_manager_who_is_also_a_report() {
    let (mut office, lea, ana) = open().await;
    office.now = at("2026-03-30T06:00:00Z");
    for (name, manager) in [("Bo Kerr", ana), ("Chi Okafor", ana)] {
        office.hire(name, "Sales", Some(manager)).await;
    }
    let mut me = office.person(ana);
    me.manager = Some(lea);
    let mut tx = office.db.write().await.unwrap();
    trailmark::store::people::update(&mut tx, &me).await.unwrap();
    tx.commit().await.unwrap();
    for title in 0..12 {
        office.project(lea, &format!("Project {title}"), |post| post.reply_by = None).await;
    }
    live_until(&office, at("2026-06-30T20:00:00Z")).await;
    let all = nudges_to(&office, ana).await;
    assert!(all.len() >= 6, "{all:?}");
    let mut per_month: BTreeMap<String, usize> = BTreeMap::new();
    for (n, entry) in all.iter().enumerate() {
        let week = all[..=n].iter().filter(|it| entry.due_at - it.due_at < chrono::Duration::days(6)).count();
        assert!(week <= 2, "{entry:?}");
        *per_month.entry(entry.due_at.format("%Y-%m").to_string()).or_default() += 1;
        let wall = entry.due_at.with_timezone(&chrono_tz::Europe::Berlin);
        let clock = wall.format("%H:%M").to_string();
        assert!(("09:30".to_owned()..="16:00".to_owned()).contains(&clock), "{wall}");
    }
    assert!(per_month.values().all(|count| *count <= 6), "{per_month:?}");
    let mut tx = office.db.read().await.unwrap();
    assert!(outbox::list(&mut tx, Some("dead"), 10).await.unwrap().is_empty());
}
