//! Why nothing came, as the person reads it and as whoever runs the server does.

use super::support::{Office, at, card, claim};
use trailmark::{
    domain::{
        Instant,
        id::PersonId,
        outbox::WAITS_FOR_WELCOME,
        person::Person,
        preference::{Appetite, NudgeKind, Openness},
    },
    message::{Address, Card},
    nudges::{self, PlanCtx},
    store::{
        outbox::{self, Draft, Settled},
        people, slots,
    },
};

/// Ana could help with what Lea offers, and the programme is on.
async fn open() -> (Office, PersonId) {
    let mut office = Office::open().await;
    office.programme.is_active = true;
    let lea = office.hire("Lea Moser", "Metrics", None).await;
    let ana = office
        .hire_with("Ana Ito", "Sales", Some(lea), |person| {
            person.have = vec!["Rust".into(), "SQL".into()];
            person.want = vec!["Grafana".into()];
        })
        .await;
    office.project(lea, "Exporter", |post| post.reply_by = None).await;
    (office, ana)
}

async fn change(office: &Office, who: PersonId, change: impl FnOnce(&mut Person)) {
    let mut tx = office.db.write().await.unwrap();
    let mut person = people::find(&mut tx, who).await.unwrap().unwrap();
    change(&mut person);
    people::update(&mut tx, &person).await.unwrap();
    tx.commit().await.unwrap();
    office.live.refresh().await.unwrap();
}

async fn plan(office: &Office, now: Instant) {
    let ctx = PlanCtx { db: &office.db, live: &office.live, programme: &office.programme, now };
    for kind in NudgeKind::ALL {
        nudges::plan(&ctx, kind).await.unwrap();
    }
}

/// Plans when this person's next match is due, and `late` after.
async fn plan_the_match(office: &mut Office, who: PersonId, late: chrono::Duration) {
    plan(office, office.now).await;
    let mut tx = office.db.read().await.unwrap();
    let slot = slots::find(&mut tx, "opportunity_match", &format!("person {}", who.0)).await.unwrap().unwrap();
    drop(tx);
    office.now = slot.next_at.unwrap() + late;
    plan(office, office.now).await;
}

/// What `/mobility nudges` says of the matches.
async fn told(office: &Office, who: PersonId) -> Vec<String> {
    let text = card(office.says(who, "nudges").await).to_plain();
    text.lines()
        .filter(|line| line.starts_with("Matching projects: ") && line.contains("because"))
        .map(str::to_owned)
        .collect()
}

#[tokio::test]
async fn each_reason_is_the_one_planning_had() {
    let no_time = chrono::Duration::zero();
    type Change = fn(&mut Person);
    let cases: [(Change, chrono::Duration, &str); 6] = [
        (|_| {}, chrono::Duration::hours(7), "its time passed while the service was not running"),
        (
            |person| person.preferences.appetite.extend([(NudgeKind::OpportunityMatch, Appetite::Off)]),
            no_time,
            "you turned this kind off",
        ),
        (|person| person.preferences.max_per_week = Some(0), no_time, "you turned this kind off"),
        (|person| person.preferences.snoozed_until = Some(at("2026-07-01T00:00:00Z")), no_time, "you asked for quiet"),
        (|person| person.preferences.snoozed_until = Some(at("2026-05-13T00:00:00Z")), no_time, "you asked for quiet"),
        (
            |person| (person.have, person.want) = (vec!["Welding".into()], Vec::new()),
            no_time,
            "nothing new fitted well enough",
        ),
    ];
    for (number, (prepare, late, why)) in cases.into_iter().enumerate() {
        let (mut office, ana) = open().await;
        change(&office, ana, prepare).await;
        plan_the_match(&mut office, ana, late).await;
        let told = told(&office, ana).await;
        assert!(told.len() == 1 && told[0].contains(&format!("because {why}.")), "{number}: {told:?}");
    }
}

#[tokio::test]
async fn a_full_week_says_until_when_and_by_which_rule() {
    let (mut office, ana) = open().await;
    let mut tx = office.db.write().await.unwrap();
    let to = Address::new(trailmark::message::Platform::ALL[0], "UANA");
    for occurrence in ["one", "two"] {
        let draft = Draft {
            kind: "career_conversation".into(),
            is_nudge: true,
            why: "It was due.".into(),
            ..Draft::notice(&to, ana, "", "report 2", occurrence, Card::saying("Talk"), office.now)
        };
        outbox::enqueue(&mut tx, &draft, office.now).await.unwrap().unwrap();
    }
    tx.commit().await.unwrap();
    plan_the_match(&mut office, ana, chrono::Duration::zero()).await;
    let text = card(office.says(ana, "nudges").await).to_plain();
    insta::assert_snapshot!(text, @r"
    Your messages
    At most 2 messages a week. They come on Mon, Tue, Wed, Thu and Fri, from 09:30 to 16:00 in Europe/Berlin.
    Answers to something you did yourself always come at once and do not count.
    [Change] [Snooze]
    What did not come, and why
    Matching projects: nothing came on Thu 7 May, because another message had come only days before. I look again on Thu 14 May.
    If something came up now, it would wait until Mon 18 May. Another message came less than 6 days before. The last ones had no answer, so I write half as often.
    Mon 4 May, 10:00 · Career conversations — planned. Why: It was due.
    Mon 4 May, 10:00 · Career conversations — planned. Why: It was due.
    2 messages, the newest first. Kept for 13 months.
    ");
}

#[tokio::test]
async fn who_does_not_want_to_move_reads_it_and_nothing_else_comes_of_it() {
    let (mut office, ana) = open().await;
    plan(&office, office.now).await;
    change(&office, ana, |person| person.preferences.openness = Openness::NotNow).await;
    office.now += chrono::Duration::days(1);
    plan(&office, office.now).await;
    assert_eq!(told(&office, ana).await.len(), 1);
    assert!(told(&office, ana).await[0].ends_with("because your profile says that you do not want to move now."));
}

#[tokio::test]
async fn what_was_moved_or_held_back_says_so_to_the_person_themselves() {
    let (office, ana) = open().await;
    let to = Address::new(trailmark::message::Platform::ALL[0], "UANA");
    let outcomes = [
        Settled::Later { at: office.now + chrono::Duration::days(1), reason: WAITS_FOR_WELCOME.into(), counts: false },
        Settled::Cancelled { reason: "the person turned this kind off".into() },
        Settled::Cancelled { reason: "discarded by the operator".into() },
        Settled::Expired { reason: "it was no longer useful".into() },
        Settled::Dead { reason: "refused: user_not_found".into() },
        Settled::Unknown { reason: "could not be looked for: refused: missing_scope".into() },
    ];
    let mut tx = office.db.write().await.unwrap();
    for (number, outcome) in outcomes.into_iter().enumerate() {
        let (kind, subject) = ("opportunity_match".to_owned(), format!("P-{number}"));
        let now = office.now + chrono::Duration::seconds(i64::try_from(number).unwrap());
        let draft = Draft::notice(&to, ana, "", subject, "2026-W18", Card::saying("Look"), now);
        let id = outbox::enqueue(&mut tx, &Draft { kind, is_nudge: true, ..draft }, now).await.unwrap().unwrap();
        let claimed = claim(&mut tx, now, 10).await.unwrap();
        let attempt = claimed.iter().find(|it| it.id == id).unwrap().attempt;
        assert!(outbox::settle(&mut tx, id, attempt, &outcome, now).await.unwrap());
    }
    tx.commit().await.unwrap();
    let text = card(office.says(ana, "nudges").await).to_plain();
    let lines: Vec<&str> = text.lines().filter_map(|line| Some(line.split_once(" — ")?.1)).collect();
    insta::assert_snapshot!(lines.join("\n"), @r"
    moved to a time that suits you. Why: it was due.
    may have arrived; it is not sent twice. Why: it was due.
    could not be delivered. Why: it was due.
    not sent, it would have come too late: it was no longer useful. Why: it was due.
    held back: discarded by whoever runs the service. Why: it was due.
    held back: you turned this kind off. Why: it was due.
    ");
}
