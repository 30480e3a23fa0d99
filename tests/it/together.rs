//! Many are planned in one go as each would be alone.

use super::support::{Office, at};
use chrono::TimeDelta;
use trailmark::{
    domain::{
        conversation::Claim,
        id::PersonId,
        preference::{Appetite, NudgeKind},
    },
    message::Card,
    nudges::{self, PlanCtx, turn::Subject},
    store::{
        conversations,
        slots::{self, Slot},
    },
};

const KIND: NudgeKind = NudgeKind::CareerConversation;
const QUARTER: &str = "2026-Q2";

/// Two levels of managers, one of whom turned this kind off; conversations that are open, planned, skipped and were held
/// before. Everybody's turn is now.
async fn office() -> (Office, Vec<(PersonId, String)>, Vec<Slot>) {
    let mut office = Office::open().await;
    office.programme.is_active = true;
    let now = office.now;
    let top = office.hire("Top Abel", "Data", None).await;
    let mut people = vec![(top, "UTOP".to_owned())];
    let mut pairs = Vec::new();
    for lead in ["Lia", "Leo", "Lou"] {
        let off = |person: &mut trailmark::domain::person::Person| {
            if lead == "Lou" {
                person.preferences.appetite.insert(KIND, Appetite::Off);
            }
        };
        let leader = office.hire_with(&format!("{lead} Berg"), "Data", Some(top), off).await;
        people.push((leader, format!("U{}", lead.to_uppercase())));
        pairs.push((top, leader));
        for number in 1..=4 {
            let name = format!("{lead}{number}");
            let id = office.hire(&format!("{name} Costa"), "Data", Some(leader)).await;
            people.push((id, format!("U{}", name.to_uppercase())));
            pairs.push((leader, id));
        }
    }
    let mut tx = office.db.write().await.unwrap();
    // Made before, so that their numbers do not depend on who comes first.
    conversations::ensure_all(&mut tx, &pairs, QUARTER, now).await.unwrap();
    conversations::ensure_all(&mut tx, &pairs, "2026-Q1", now).await.unwrap();
    for (number, (manager, report)) in pairs.iter().enumerate() {
        let it = conversations::for_pair(&mut tx, *manager, *report, QUARTER).await.unwrap().unwrap();
        let before = conversations::for_pair(&mut tx, *manager, *report, "2026-Q1").await.unwrap().unwrap();
        match (number + 3) % 5 {
            0 => {
                let tomorrow = now + TimeDelta::hours(25);
                assert!(conversations::plan_at(&mut tx, it.id, it.version, tomorrow, *manager).await.unwrap());
            }
            1 => assert!(conversations::skip(&mut tx, it.id, it.version, "leave").await.unwrap()),
            2 => {
                let then = at("2026-02-10T10:00:00Z");
                assert!(conversations::plan_at(&mut tx, before.id, before.version, then, *manager).await.unwrap());
                for who in [manager, report] {
                    conversations::claim(&mut tx, before.id, *who, Claim::Held, then).await.unwrap();
                }
            }
            _ => {}
        }
    }
    tx.commit().await.unwrap();
    plan(&office).await;
    let managers = people.iter().filter(|(id, _)| pairs.iter().any(|(manager, _)| manager == id));
    let mut subjects: Vec<Subject> = managers.map(|(id, _)| Subject::Manager(*id)).collect();
    subjects.extend(pairs.iter().map(|(_, report)| Subject::Report(*report)));
    let due = subjects.iter().map(|subject| Slot {
        nudge: KIND.as_str().into(),
        subject: subject.to_string(),
        label: "2026-Q1 last".into(),
        outcome: "nothing_open".into(),
        handled_at: now,
        next_at: Some(now),
    });
    let mut due: Vec<Slot> = due.collect();
    due.sort_by(|a, b| a.subject.cmp(&b.subject));
    (office, people, due)
}

async fn plan(office: &Office) -> usize {
    let ctx = PlanCtx { db: &office.db, live: &office.live, programme: &office.programme, now: office.now };
    nudges::plan(&ctx, KIND).await.unwrap()
}

async fn put(office: &Office, due: &[Slot]) {
    let mut tx = office.db.write().await.unwrap();
    slots::put(&mut tx, due).await.unwrap();
    tx.commit().await.unwrap();
}

/// What everybody got, why, and where everybody stands.
async fn outcome(office: &Office, people: &[(PersonId, String)]) -> (Vec<(String, Vec<String>, Vec<Card>)>, Vec<Slot>) {
    let mut got = Vec::new();
    for (id, account) in people {
        let why =
            office.notices(*id).await.into_iter().map(|it| format!("{} {} {}", it.subject, it.occurrence, it.why));
        got.push((account.clone(), why.collect(), office.cards(account).await));
    }
    let mut tx = office.db.read().await.unwrap();
    (got, slots::of_nudge(&mut tx, KIND.as_str()).await.unwrap())
}

#[tokio::test]
async fn turns_that_are_decided_together_come_to_what_they_come_to_one_by_one() {
    let (together, people, due) = office().await;
    put(&together, &due).await;
    let planned = plan(&together).await;

    let (alone, _, _) = office().await;
    let asleep: Vec<Slot> = due.iter().map(|slot| Slot { next_at: None, ..slot.clone() }).collect();
    put(&alone, &asleep).await;
    let mut one_by_one = 0;
    for slot in &due {
        put(&alone, std::slice::from_ref(slot)).await;
        one_by_one += plan(&alone).await;
    }

    assert_eq!(planned, one_by_one);
    assert_eq!(outcome(&together, &people).await, outcome(&alone, &people).await);
    let outcomes: Vec<String> = outcome(&together, &people).await.1.into_iter().map(|slot| slot.outcome).collect();
    for expected in ["planned", "nothing_open", "turned_off", "later too_close"] {
        assert!(outcomes.iter().any(|outcome| outcome == expected), "{expected} is not among {outcomes:?}");
    }
}
