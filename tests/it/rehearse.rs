//! The rehearsal says what will be sent, and sends nothing.

use super::support::{Office, at};
use trailmark::{
    domain::{Instant, preference::NudgeKind},
    message::Platform,
    nudges::{
        self, PlanCtx,
        rehearse::{rehearse, summary, to_text},
    },
    store::{
        channels::{self, Channel, Digest},
        outbox, slots,
    },
};

async fn company() -> Office {
    let mut office = Office::open().await;
    office.now = at("2026-03-30T06:00:00Z");
    let dana = office.hire("Dana Lee", "Data", None).await;
    for name in ["Ana Ito", "Bo Kerr", "Chi Okafor"] {
        office
            .hire_with(name, "Data", Some(dana), |person| {
                person.have = vec!["Rust".into(), "SQL".into()];
            })
            .await;
    }
    let lea = office.hire("Lea Moser", "Metrics", None).await;
    for n in 0..7 {
        office.project(lea, &format!("Project {n}"), |post| post.reply_by = None).await;
    }
    let mut tx = office.db.write().await.unwrap();
    let channel = Channel {
        platform: Platform::Slack,
        id: "C1".into(),
        tenant: outbox::HOME_TENANT.into(),
        name: "data".into(),
        digest: Digest { size: 3, ..Digest::usual(&office.programme) },
        zone: Some(chrono_tz::Europe::Berlin),
        set_up_by: None,
        is_member: true,
        is_paused: false,
    };
    channels::upsert(&mut tx, &channel, office.now).await.unwrap();
    tx.commit().await.unwrap();
    office
}

fn ctx(office: &Office, now: Instant) -> PlanCtx<'_> {
    PlanCtx { db: &office.db, live: &office.live, programme: &office.programme, now }
}

#[tokio::test]
async fn what_was_rehearsed_is_what_is_sent() {
    let mut office = company().await;
    let planned = rehearse(&ctx(&office, office.now), 90, office.now).await.unwrap();
    {
        let mut tx = office.db.read().await.unwrap();
        assert!(outbox::list(&mut tx, None, 100).await.unwrap().is_empty(), "nothing is sent");
        assert_eq!(slots::next_wake(&mut tx).await.unwrap(), None, "nothing is written");
    }
    let mut rehearsed: Vec<(Instant, String, String)> =
        planned.iter().map(|it| (it.at, it.kind.to_owned(), it.occurrence.clone())).collect();
    office.programme.is_active = true;
    let until = office.now + chrono::Duration::days(90);
    let mut now = office.now;
    while now <= until {
        for kind in NudgeKind::ALL {
            nudges::plan(&ctx(&office, now), kind).await.unwrap();
        }
        now = nudges::next_wake(&ctx(&office, now)).await.unwrap().unwrap();
    }
    let mut tx = office.db.read().await.unwrap();
    let all = outbox::list(&mut tx, None, 1000).await.unwrap();
    let mut sent: Vec<(Instant, String, String)> = all
        .into_iter()
        .filter(|entry| !entry.occurrence.ends_with(" rest"))
        .map(|entry| (entry.due_at, entry.kind, entry.occurrence))
        .collect();
    rehearsed.sort();
    sent.sort();
    assert_eq!(rehearsed, sent);
    assert!(planned.iter().any(|it| it.kind == "channel_digest" && it.to == "#data"));
    assert!(planned.iter().any(|it| it.kind == "opportunity_match"));
}

#[tokio::test]
async fn the_text_goes_day_by_day_and_says_how_much_it_is() {
    let office = company().await;
    let planned = rehearse(&ctx(&office, office.now), 10, office.now).await.unwrap();
    insta::assert_snapshot!(to_text(&planned, 10, false), @r"
    8 messages in 10 days, to 4 people and 1 channel; at most 1 to one person in a week.
    This supposes that nobody answers; every answer makes it fewer. Nothing was sent.

    Mon 30 Mar 2026
      09:30  #data · channel_digest
             3 ways to work on something different — week of 30 March
      12:45  Chi Okafor · opportunity_match
             Project 5 — 4 h/week, 12 weeks, remote. You have Rust and SQL.

    Thu 2 Apr 2026
      15:30  Ana Ito · opportunity_match
             Project 2 — 4 h/week, 12 weeks, remote. You have Rust and SQL.

    Fri 3 Apr 2026
      10:15  Dana Lee · career_conversation
             Career conversations, Q2 — 3 of your 3 people don't have a time yet.
      12:45  Bo Kerr · career_conversation
             You and Dana have a career conversation due by 30 June. It's yours: bring one thing you'd like to do more of. Dana gets suggested times too.

    Mon 6 Apr 2026
      09:30  #data · channel_digest
             3 ways to work on something different — week of 6 April
      09:30  Bo Kerr · opportunity_match
             Project 0 — 4 h/week, 12 weeks, remote. You have Rust and SQL.
      12:45  Chi Okafor · opportunity_match
             Project 3 — 4 h/week, 12 weeks, remote. You have Rust and SQL.
    ");
    assert!(to_text(&planned, 10, true).contains("[Not this week] [Why am I getting this?]"));
    assert!(to_text(&planned, 10, true).starts_with(&summary(&planned, 10)));
    let json = serde_json::to_value(&planned).unwrap();
    assert_eq!((json[0]["kind"].as_str(), json[0]["to"].as_str()), (Some("channel_digest"), Some("#data")));
}
