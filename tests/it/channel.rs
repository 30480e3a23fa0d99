//! A channel's digest: who may set it up, and what the channel reads first.

use super::support::{Office, at, card, errors, form, refusal, values};
use trailmark::{
    commands::channel,
    domain::person::Role,
    message::{Address, Platform, inbound::Place},
    store::channels::{self, Channel},
};

async fn find(office: &Office, id: &str) -> Option<Channel> {
    let mut tx = office.db.read().await.unwrap();
    channels::find(&mut tx, &Address::new(Platform::ALL[0], id)).await.unwrap()
}

#[tokio::test]
async fn the_first_one_sets_it_up_and_after_that_only_they_and_hr_change_it() {
    let office = Office::open().await;
    let [ana, bo, hr] = [
        office.hire("Ana Lopez", "Data", None).await,
        office.hire("Bo Berg", "Data", None).await,
        office.hire("Hana Ito", "HR", None).await,
    ];
    office.grant(hr, Role::Hr).await;
    let thursday = values(&[("day", "Thu"), ("at", "10:15"), ("topics", "Rust"), ("kinds", "project"), ("size", "3")]);

    let setup = form(office.says_in(ana, "C1", "channel").await);
    insta::assert_snapshot!(card(office.submits(ana, &setup, &thursday).await).to_plain(), @"
    Weekly digest
    Every Thursday at 10:15, next on Thu 7 May, 10:15 (Berlin time).
    Topics here: Rust. Kinds: project. At most 3 posts.
    There is nothing new that fits at the moment, so nothing would be sent.
    [Change] [Pause]
    Ana Lopez set it up; they or HR can change it.
    ");
    let kept = find(&office, "C1").await.unwrap();
    assert_eq!((kept.set_up_by, kept.zone), (Some(ana), Some(chrono_tz::Europe::Berlin)));

    assert!(card(office.says_in(bo, "C1", "channel").await).to_plain().contains("Ana Lopez set it up"));
    insta::assert_snapshot!(refusal(office.says_in(bo, "C1", "channel change").await), @"Whoever set this channel's digest up, or HR, can change it. `/mobility channel` shows who that is.");
    insta::assert_snapshot!(refusal(office.says_in(bo, "C1", "channel pause").await), @"Whoever set this channel's digest up, or HR, can change it. `/mobility channel` shows who that is.");
    assert_eq!(
        refusal(office.submits(bo, &setup, &values(&[("day", "Mon"), ("at", "09:00"), ("size", "1")])).await),
        refusal(office.says_in(bo, "C1", "channel pause").await)
    );
    assert_eq!(find(&office, "C1").await.unwrap(), kept);

    insta::assert_snapshot!(card(office.says_in(hr, "C1", "channel pause").await).to_plain(), @"The digest is paused. `/mobility channel resume` starts it again.");
    let paused = find(&office, "C1").await.unwrap();
    assert_eq!((paused.is_paused, paused.set_up_by), (true, Some(ana)), "HR changes it without taking it over");
    insta::assert_snapshot!(card(office.says_in(ana, "C1", "channel resume").await).to_plain(), @"The digest is on. Every Thursday at 10:15, next on Thu 7 May, 10:15 (Berlin time).");
}

#[tokio::test]
async fn a_digest_that_makes_no_sense_is_refused_beside_its_fields() {
    let office = Office::open().await;
    let ana = office.hire("Ana Lopez", "Data", None).await;
    let setup = form(office.says_in(ana, "C1", "channel").await);
    let refused =
        errors(office.submits(ana, &setup, &values(&[("day", "Someday"), ("at", "25:00"), ("size", "6")])).await);
    assert_eq!(refused.keys().collect::<Vec<_>>(), ["at", "day", "size"]);
    assert_eq!(find(&office, "C1").await, None);
}

#[tokio::test]
async fn outside_a_channel_the_command_says_where_to_type_it() {
    let office = Office::open().await;
    let ana = office.hire("Ana Lopez", "Data", None).await;
    insta::assert_snapshot!(refusal(office.says(ana, "channel").await), @"Type `/mobility channel` in the channel whose digest you mean: there you can read and change it.");
}

#[tokio::test]
async fn a_channel_we_are_added_to_reads_what_it_will_get_once() {
    let office = Office::open().await;
    let ana = office.hire("Ana Lopez", "Data", None).await;
    office.project(ana, "Rust exporter", |_| {}).await;
    let place = Place { conversation: "C1".into(), is_direct: false, name: Some("data".into()) };
    for _ in 0..2 {
        channel::welcome(&office.db, &office.live, &office.programme, Platform::ALL[0], &place, Some(ana), office.now)
            .await
            .unwrap();
    }
    let told = office.cards("C1").await;
    assert_eq!(told.len(), 1);
    insta::assert_snapshot!(told[0].to_plain(), @"
    Hello! Once a week I bring you work from other teams that you can join for a few hours.
    Every Monday at 09:30, next on Mon 11 May, 09:30 (Berlin time).
    If it came now, it would say:
    1 way to work on something different — week of 4 May
    Metrics team needs Rust and SQL (will teach Grafana): Rust exporter — P-1, 4 h/week, 12 weeks, remote, answer by Mon 18 May
    [Change] [Post a project]
    At most one message a week, and none in a week without news. `/mobility channel pause` stops it.
    ");
    let kept = find(&office, "C1").await.unwrap();
    assert_eq!((kept.set_up_by, kept.is_member), (Some(ana), true));
}

#[tokio::test]
async fn settings_survive_when_we_are_taken_out_and_added_again() {
    let office = Office::open().await;
    let [ana, bo] = [office.hire("Ana Lopez", "Data", None).await, office.hire("Bo Berg", "Data", None).await];
    let setup = form(office.says_in(ana, "C1", "channel").await);
    card(office.submits(ana, &setup, &values(&[("day", "Thu"), ("at", "10:15"), ("size", "3")])).await);
    let before = find(&office, "C1").await.unwrap();
    let mut tx = office.db.write().await.unwrap();
    channels::leave(&mut tx, &before.address(), at("2026-05-05T08:00:00Z")).await.unwrap();
    tx.commit().await.unwrap();
    assert!(!find(&office, "C1").await.unwrap().is_member);
    let place = Place { conversation: "C1".into(), is_direct: false, name: None };
    channel::welcome(&office.db, &office.live, &office.programme, Platform::ALL[0], &place, Some(bo), office.now)
        .await
        .unwrap();
    assert_eq!(find(&office, "C1").await.unwrap(), before);
}
