//! The weekly digest of a channel, week after week.

use super::support::{Office, at, card, claim, form, values};
use trailmark::{
    domain::{Instant, preference::NudgeKind},
    message::{Address, Card, Platform},
    nudges::{self, PlanCtx},
    store::{
        channels::{self, Channel, Digest},
        outbox,
    },
};

const CHANNEL: &str = "C1";

async fn office_with_channel() -> Office {
    let mut office = Office::open().await;
    office.programme.is_active = true;
    set_up(&office, |_| {}).await;
    office
}

async fn set_up(office: &Office, change: impl FnOnce(&mut Channel)) {
    let mut tx = office.db.write().await.unwrap();
    let known = channels::find(&mut tx, &Address::new(Platform::Slack, CHANNEL)).await.unwrap();
    let mut channel = known.unwrap_or_else(|| Channel {
        platform: Platform::Slack,
        id: CHANNEL.into(),
        tenant: outbox::HOME_TENANT.into(),
        name: "data".into(),
        digest: Digest { size: 2, ..Digest::usual(&office.programme) },
        zone: Some(chrono_tz::Europe::Berlin),
        set_up_by: None,
        is_member: true,
        is_paused: false,
    });
    change(&mut channel);
    channels::upsert(&mut tx, &channel, office.now).await.unwrap();
    tx.commit().await.unwrap();
}

async fn plan(office: &Office, now: Instant) -> usize {
    let ctx = PlanCtx { db: &office.db, live: &office.live, programme: &office.programme, now };
    nudges::plan(&ctx, NudgeKind::ChannelDigest).await.unwrap()
}

async fn next(office: &Office, now: Instant) -> Instant {
    let ctx = PlanCtx { db: &office.db, live: &office.live, programme: &office.programme, now };
    nudges::next_wake(&ctx).await.unwrap().unwrap()
}

/// What waits for the channel, without its threads.
async fn digests(office: &Office) -> Vec<Card> {
    let all = office.cards(CHANNEL).await;
    all.into_iter().filter(|card| card.summary.contains("to work on something different")).collect()
}

#[tokio::test]
async fn a_channel_reads_one_message_a_week_and_none_in_a_week_without_news() {
    let mut office = office_with_channel().await;
    let lea = office.hire("Lea Moser", "Metrics", None).await;
    for title in ["One", "Two", "Three"] {
        office.project(lea, title, |post| post.reply_by = None).await;
    }
    plan(&office, office.now).await;
    let monday = next(&office, office.now).await;
    assert_eq!(monday, at("2026-05-11T07:30:00Z"), "09:30 in Berlin");
    assert_eq!(plan(&office, monday).await, 1);
    assert_eq!(plan(&office, monday + chrono::Duration::minutes(30)).await, 0);
    let first = digests(&office).await.remove(0).to_plain();
    assert!(first.starts_with("2 ways to work on something different — week of 11 May"), "{first}");

    office.now = monday;
    let second = next(&office, office.now).await;
    assert_eq!(second, at("2026-05-18T07:30:00Z"));
    assert_eq!(plan(&office, second).await, 1, "the third post is new");
    let third = next(&office, second).await;
    assert_eq!(plan(&office, third).await, 0, "nothing is new");
    let slot = {
        let mut tx = office.db.read().await.unwrap();
        trailmark::store::slots::find(&mut tx, "channel_digest", "channel slack C1").await.unwrap().unwrap()
    };
    assert_eq!(slot.outcome, "nothing_new");
    office.project(lea, "Four", |post| post.reply_by = None).await;
    let fourth = next(&office, third).await;
    assert_eq!(plan(&office, fourth).await, 1);
    assert!(digests(&office).await.pop().unwrap().to_plain().contains("Four"));
}

#[tokio::test]
async fn what_has_no_room_follows_in_the_thread() {
    let office = office_with_channel().await;
    let lea = office.hire("Lea Moser", "Metrics", None).await;
    for title in ["One", "Two", "Three"] {
        office.project(lea, title, |post| post.reply_by = None).await;
    }
    plan(&office, office.now).await;
    plan(&office, next(&office, office.now).await).await;
    let mut tx = office.db.write().await.unwrap();
    let later = office.now + chrono::Duration::days(30);
    let first = claim(&mut tx, later, 10).await.unwrap();
    let all = outbox::list(&mut tx, None, 10).await.unwrap();
    assert_eq!((first.len(), all.len()), (1, 2), "the thread waits until its first message is sent");
    assert!(all.iter().any(|entry| entry.occurrence == "2026-W20@Europe/Berlin rest"), "{all:?}");
}

#[tokio::test]
async fn a_digest_that_was_missed_is_caught_up_within_its_grace_and_then_left() {
    for (late, planned) in
        [(chrono::Duration::hours(5), 1), (chrono::Duration::hours(7), 0), (chrono::Duration::days(40), 0)]
    {
        let office = office_with_channel().await;
        let lea = office.hire("Lea Moser", "Metrics", None).await;
        office.project(lea, "One", |post| post.reply_by = None).await;
        plan(&office, office.now).await;
        let monday = next(&office, office.now).await;
        assert_eq!(plan(&office, monday + late).await, planned, "{late}");
        assert!(next(&office, monday + late).await > monday + late);
    }
}

#[tokio::test]
async fn moving_the_day_makes_no_second_digest_in_the_same_week() {
    let office = office_with_channel().await;
    let lea = office.hire("Lea Moser", "Metrics", None).await;
    for title in ["One", "Two", "Three"] {
        office.project(lea, title, |post| post.reply_by = None).await;
    }
    plan(&office, office.now).await;
    let monday = next(&office, office.now).await;
    assert_eq!(plan(&office, monday).await, 1);
    set_up(&office, |channel| channel.digest.day = chrono::Weekday::Wed).await;
    plan(&office, monday + chrono::Duration::hours(1)).await;
    assert_eq!(next(&office, monday).await, at("2026-05-20T07:30:00Z"), "Wednesday of the week after");
}

#[tokio::test]
async fn a_paused_channel_is_left_alone_and_starts_again_with_the_next_turn() {
    let office = office_with_channel().await;
    let lea = office.hire("Lea Moser", "Metrics", None).await;
    office.project(lea, "One", |post| post.reply_by = None).await;
    plan(&office, office.now).await;
    set_up(&office, |channel| channel.is_paused = true).await;
    for week in 0..4 {
        assert_eq!(plan(&office, at("2026-05-11T07:30:00Z") + chrono::Duration::weeks(week)).await, 0);
    }
    set_up(&office, |channel| channel.is_paused = false).await;
    let resumed = at("2026-06-03T10:00:00Z");
    assert_eq!(plan(&office, resumed).await, 0);
    assert_eq!(next(&office, resumed).await, at("2026-06-08T07:30:00Z"));
}

#[tokio::test]
async fn the_digest_keeps_its_hour_over_the_weekend_of_the_clocks() {
    let mut office = office_with_channel().await;
    office.now = at("2026-10-22T08:00:00Z");
    plan(&office, office.now).await;
    assert_eq!(next(&office, office.now).await, at("2026-10-26T08:30:00Z"), "09:30, one hour later in UTC");
}

#[tokio::test]
async fn work_that_was_finished_is_told_below_the_next_digest_once_and_makes_none_by_itself() {
    let mut office = office_with_channel().await;
    let lea = office.hire("Lea Moser", "Metrics", None).await;
    let done = office.project(lea, "Intranet search", |post| post.reply_by = None).await;
    let cancelled = office.project(lea, "Called off", |post| post.reply_by = None).await;
    plan(&office, office.now).await;
    let first = next(&office, office.now).await;
    assert_eq!(plan(&office, first).await, 1);
    assert!(!digests(&office).await.remove(0).to_plain().contains("Finished"), "nothing is done yet");

    office.now = first + chrono::Duration::hours(2);
    for (post, reason) in [(done, "done"), (cancelled, "cancelled")] {
        let why = form(office.says(lea, &format!("close {post}")).await);
        card(office.submits(lea, &why, &values(&[("reason", reason)])).await);
    }
    let second = next(&office, first).await;
    assert_eq!(plan(&office, second).await, 0, "finished work alone is no news");

    let again = office.project(lea, "Second search", |post| post.reply_by = None).await;
    office.project(lea, "New work", |post| post.reply_by = None).await;
    office.now = second + chrono::Duration::hours(1);
    let why = form(office.says(lea, &format!("close {again}")).await);
    card(office.submits(lea, &why, &values(&[("reason", "done")])).await);
    let third = next(&office, second).await;
    assert_eq!(plan(&office, third).await, 1);
    let told = digests(&office).await.pop().unwrap().to_plain();
    assert!(told.contains("New work") && told.contains("\nFinished last week: Second search (Metrics).\n["), "{told}");

    office.project(lea, "Newer work", |post| post.reply_by = None).await;
    let fourth = next(&office, third).await;
    assert_eq!(plan(&office, fourth).await, 1);
    let told = digests(&office).await.pop().unwrap().to_plain();
    assert!(told.contains("Newer work") && !told.contains("Finished"), "{told}");
}
