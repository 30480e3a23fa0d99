//! The outbox and its delivery, on a real file with a scripted platform.

use crate::scripted::{World, address, world};
use chrono::{DateTime, Duration, Utc};
use trailmark::{
    domain::programme::Programme,
    engine::{Engine, Settings},
    message::Card,
    ports::{SendError, Target},
    store::{
        outbox::{self, Draft},
        people,
    },
};

impl World {
    fn draft(&self, occurrence: &str) -> Draft {
        Draft::notice(
            &address(),
            self.ana,
            "test",
            "P-1",
            occurrence,
            Card::saying(format!("Hello {occurrence}")),
            self.now,
        )
    }

    async fn enqueue(&self, draft: &Draft) -> bool {
        let mut tx = self.engine.db().write().await.unwrap();
        let id = outbox::enqueue(&mut tx, draft, self.now).await.unwrap();
        tx.commit().await.unwrap();
        id.is_some()
    }

    async fn states(&self) -> Vec<(String, String, i64)> {
        let mut tx = self.engine.db().read().await.unwrap();
        let mut all = outbox::list(&mut tx, None, 100).await.unwrap();
        all.extend(outbox::list(&mut tx, Some("sent"), 100).await.unwrap());
        all.into_iter().map(|entry| (entry.occurrence, entry.state, entry.attempts)).collect()
    }
}

#[tokio::test]
async fn the_same_decision_twice_is_one_message() {
    let world = world(Programme::default(), vec![]).await;
    assert!(world.enqueue(&world.draft("a")).await);
    assert!(!world.enqueue(&world.draft("a")).await);
    assert_eq!(world.engine.deliver(world.now).await.unwrap().sent, 1);
    assert_eq!(world.engine.deliver(world.now).await.unwrap().sent, 0);
    let sent = world.chat.sent.lock().unwrap().clone();
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].0.conversation, "D-U1");
    assert_eq!(sent[0].2.len(), 32, "the opaque id is short and carries nothing: {}", sent[0].2);
}

impl World {
    async fn in_doubt() -> World {
        let world = world(Programme::default(), vec![SendError::Ambiguous("timeout".into())]).await;
        world.enqueue(&world.draft("a")).await;
        world.deliver_after(0).await;
        assert_eq!(world.states().await, [("a".into(), "sending".into(), 1)]);
        world
    }

    async fn deliver_after(&self, seconds: i64) {
        self.engine.deliver(self.now + Duration::seconds(seconds)).await.unwrap();
    }

    /// The message lands after all.
    async fn lands(&self) {
        let mut tx = self.engine.db().read().await.unwrap();
        let delivery = outbox::list(&mut tx, None, 1).await.unwrap().remove(0).delivery;
        let target = Target { conversation: "D-U1".into(), thread: None };
        self.chat.sent.lock().unwrap().push((target, "Hello a".into(), delivery));
    }

    fn arrived(&self) -> usize {
        self.chat.sent.lock().unwrap().len()
    }
}

#[tokio::test]
async fn what_arrived_without_an_answer_is_found_and_not_sent_again() {
    let world = World::in_doubt().await;
    world.deliver_after(59).await;
    assert_eq!(world.states().await, [("a".into(), "sending".into(), 1)], "not before it must have landed");
    world.lands().await;
    world.deliver_after(60).await;
    assert_eq!(world.states().await, [("a".into(), "sent".into(), 1)]);
    assert_eq!(world.arrived(), 1);
}

#[tokio::test]
async fn what_lands_after_the_first_look_is_found_by_the_second() {
    let world = World::in_doubt().await;
    world.deliver_after(60).await;
    world.lands().await;
    world.deliver_after(119).await;
    assert_eq!(world.states().await, [("a".into(), "sending".into(), 1)]);
    world.deliver_after(120).await;
    assert_eq!(world.states().await, [("a".into(), "sent".into(), 1)]);
    assert_eq!(world.arrived(), 1);
}

#[tokio::test]
async fn what_was_twice_not_there_is_sent_again() {
    let world = World::in_doubt().await;
    world.deliver_after(60).await;
    world.deliver_after(120).await;
    assert_eq!(world.states().await, [("a".into(), "sent".into(), 2)]);
    assert_eq!(world.arrived(), 1);
}

#[tokio::test]
async fn a_look_without_an_answer_says_nothing_and_one_that_is_forbidden_ends_with_the_operator() {
    let world = World::in_doubt().await;
    world.chat.looks.lock().unwrap().push_back(SendError::Ambiguous("timeout".into()));
    world.deliver_after(60).await;
    world.deliver_after(119).await;
    world.deliver_after(120).await;
    assert_eq!(world.arrived(), 0, "the first that counts");
    let forbidden = vec![SendError::Refused("missing_scope".into()); 200];
    world.chat.looks.lock().unwrap().extend(forbidden);
    for quarters in 1..100 {
        world.deliver_after(quarters * 900).await;
    }
    assert_eq!(world.states().await, [("a".into(), "unknown".into(), 1)]);
    assert_eq!(world.arrived(), 0, "nobody may guess");
}

#[tokio::test]
async fn a_message_that_is_always_in_doubt_is_given_up_and_others_go() {
    let world = world(Programme::default(), vec![SendError::Ambiguous("timeout".into()); 5]).await;
    world.enqueue(&world.draft("a")).await;
    for minutes in 0..60 {
        world.deliver_after(minutes * 61).await;
    }
    assert_eq!(world.states().await, [("a".into(), "dead".into(), 5)]);
    world.enqueue(&world.draft("b")).await;
    world.deliver_after(60 * 61).await;
    assert_eq!(world.arrived(), 1);
}

#[tokio::test]
async fn while_nobody_is_there_nothing_is_used_up_and_one_message_tries_for_all() {
    let world = world(Programme::default(), vec![SendError::Unreachable("no connection".into()); 12]).await;
    for number in 0..3 {
        world.enqueue(&world.draft(&number.to_string())).await;
    }
    for minutes in 0..20 {
        world.deliver_after(minutes * 60).await;
    }
    assert_eq!(world.arrived(), 3, "all of them, once somebody is there");
    assert!(world.states().await.iter().all(|(_, state, tries)| state == "sent" && *tries == 1));
}

#[tokio::test]
async fn a_database_that_refuses_for_a_while_cuts_off_nothing_that_is_on_its_way() {
    let world = world(Programme::default(), vec![]).await;
    world.enqueue(&world.draft("a")).await;
    world.enqueue(&world.draft("b")).await;
    // Longer than writing down the first and taking up more have patience.
    let long = std::time::Duration::from_secs(5);
    *world.chat.lock.lock().unwrap() = Some(("Hello b".into(), world.engine.db().clone(), long));
    // Where writers do not keep each other waiting, all is well.
    let _ = world.engine.deliver(world.now).await;
    assert_eq!(world.arrived(), 2);
    assert!(world.states().await.contains(&("b".into(), "sent".into(), 1)), "{:?}", world.states().await);
}

#[tokio::test]
async fn a_rest_that_was_asked_for_outlives_a_restart() {
    let limit = SendError::RateLimited(std::time::Duration::from_secs(30));
    let world = world(Programme::default(), vec![limit]).await;
    world.enqueue(&world.draft("a")).await;
    world.deliver_after(0).await;
    let chat = world.chat.clone();
    let db = world.engine.db().clone();
    let engine = Engine::new(db, Programme::default(), vec![chat], Settings::default()).await.unwrap();
    world.enqueue(&world.draft("b")).await;
    engine.deliver(world.now + Duration::seconds(29)).await.unwrap();
    assert_eq!(world.arrived(), 0);
    engine.deliver(world.now + Duration::seconds(30)).await.unwrap();
    assert_eq!(world.arrived(), 2);
}

#[tokio::test]
async fn what_was_certainly_not_sent_is_tried_again_later_and_in_the_end_given_up() {
    let world = world(Programme::default(), vec![SendError::NotSent("connect".into()); 20]).await;
    world.enqueue(&world.draft("a")).await;
    world.engine.deliver(world.now).await.unwrap();
    assert_eq!(world.states().await, [("a".into(), "pending".into(), 1)]);
    world.engine.deliver(world.now + Duration::seconds(1)).await.unwrap();
    assert_eq!(world.states().await, [("a".into(), "pending".into(), 1)], "not before its time");
    for hours in 1..20 {
        world.engine.deliver(world.now + Duration::hours(hours)).await.unwrap();
    }
    assert_eq!(world.states().await, [("a".into(), "dead".into(), 8)]);
}

#[tokio::test]
async fn a_wait_that_the_platform_asked_for_is_kept_and_is_no_failure() {
    let limit = SendError::RateLimited(std::time::Duration::from_secs(30));
    let world = world(Programme::default(), vec![limit]).await;
    world.enqueue(&world.draft("a")).await;
    world.engine.deliver(world.now).await.unwrap();
    world.enqueue(&world.draft("b")).await;
    world.engine.deliver(world.now + Duration::seconds(29)).await.unwrap();
    assert!(world.chat.sent.lock().unwrap().is_empty(), "nothing at all before the deadline");
    world.engine.deliver(world.now + Duration::seconds(30)).await.unwrap();
    assert_eq!(world.chat.sent.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn a_refused_message_is_dead_and_can_be_tried_again_by_hand() {
    let world = world(Programme::default(), vec![SendError::Refused("is_archived".into())]).await;
    world.enqueue(&world.draft("a")).await;
    world.engine.deliver(world.now).await.unwrap();
    assert_eq!(world.states().await, [("a".into(), "dead".into(), 1)]);
    let mut tx = world.engine.db().write().await.unwrap();
    let dead = outbox::list(&mut tx, Some("dead"), 10).await.unwrap();
    assert!(dead[0].reason.contains("is_archived"));
    assert!(outbox::retry(&mut tx, dead[0].id, world.now).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(world.engine.deliver(world.now).await.unwrap().sent, 1);
}

#[tokio::test]
async fn a_cut_off_installation_keeps_its_messages_until_it_is_back() {
    let world = world(Programme::default(), vec![SendError::InstallationDead("token_revoked".into())]).await;
    world.enqueue(&world.draft("a")).await;
    world.engine.deliver(world.now).await.unwrap();
    world.engine.deliver(world.now + Duration::hours(1)).await.unwrap();
    assert_eq!(world.states().await, [("a".into(), "pending".into(), 0)], "attempts are not burnt");
    world.chat.script.lock().unwrap().push_back(SendError::InstallationDead("invalid_auth".into()));
    world.engine.reconnect(world.now + Duration::hours(1)).await.unwrap();
    assert_eq!(world.engine.deliver(world.now + Duration::hours(1)).await.unwrap().sent, 0, "still cut off");
    world.engine.reconnect(world.now + Duration::hours(1)).await.unwrap();
    assert_eq!(world.engine.deliver(world.now + Duration::hours(1)).await.unwrap().sent, 1);
}

#[tokio::test]
async fn a_nudge_waits_for_a_welcome_moment_and_expires_when_none_comes_in_time() {
    let active = Programme { is_active: true, ..Programme::default() };
    let world = world(active, vec![]).await;
    let night = "2026-05-12T21:00:00Z".parse().unwrap();
    let morning: DateTime<Utc> = "2026-05-13T09:30:00Z".parse().unwrap();
    let nudge = |occurrence: &str, until| Draft {
        kind: "opportunity_match".into(),
        is_nudge: true,
        due_at: night,
        useful_until: Some(until),
        ..world.draft(occurrence)
    };
    world.enqueue(&nudge("tomorrow", morning + Duration::days(2))).await;
    world.enqueue(&nudge("tonight", night + Duration::hours(2))).await;
    world.engine.deliver(night).await.unwrap();
    let mut states = world.states().await;
    states.sort();
    assert_eq!(states, [("tomorrow".into(), "pending".into(), 0), ("tonight".into(), "expired".into(), 1)]);
    world.engine.deliver(morning - Duration::minutes(1)).await.unwrap();
    assert!(world.chat.sent.lock().unwrap().is_empty());
    assert_eq!(world.engine.deliver(morning).await.unwrap().sent, 1);
}

#[tokio::test]
async fn a_lowered_limit_holds_for_what_was_planned_before() {
    let active = Programme { is_active: true, ..Programme::default() };
    let world = world(active, vec![]).await;
    let tuesday: DateTime<Utc> = "2026-05-12T10:00:00Z".parse().unwrap();
    let nudge = |occurrence: &str, days: i64| Draft {
        kind: "opportunity_match".into(),
        is_nudge: true,
        due_at: tuesday,
        useful_until: Some(tuesday + Duration::days(days)),
        ..world.draft(occurrence)
    };
    for (occurrence, days) in [("first", 3), ("second", 20), ("third", 20), ("this week or never", 3)] {
        world.enqueue(&nudge(occurrence, days)).await;
    }
    assert_eq!(world.engine.deliver(tuesday).await.unwrap().sent, 2, "two a week, also where all are due at once");
    let state = async |of: &str| world.states().await.into_iter().find(|it| it.0 == of).unwrap().1;
    assert_eq!((state("third").await, state("this week or never").await), ("pending".into(), "expired".into()));
    let mut tx = world.engine.db().write().await.unwrap();
    let mut ana = people::find(&mut tx, world.ana).await.unwrap().unwrap();
    ana.preferences.max_per_week = Some(1);
    people::update(&mut tx, &ana).await.unwrap();
    tx.commit().await.unwrap();
    world.engine.refresh().await.unwrap();
    world.enqueue(&nudge("fourth", 20)).await;
    assert_eq!(world.engine.deliver(tuesday + Duration::days(6)).await.unwrap().sent, 0);
    assert_eq!(world.engine.deliver(tuesday + Duration::days(7)).await.unwrap().sent, 1);
    assert_eq!((state("third").await, state("fourth").await), ("sent".into(), "pending".into()));
    assert_eq!(world.engine.deliver(tuesday + Duration::days(14)).await.unwrap().sent, 1);
}

#[tokio::test]
async fn nothing_unprompted_leaves_while_the_programme_is_off() {
    let world = world(Programme::default(), vec![]).await;
    world.enqueue(&Draft { kind: "opportunity_match".into(), is_nudge: true, ..world.draft("a") }).await;
    world.engine.deliver(world.now).await.unwrap();
    assert_eq!(world.states().await, [("a".into(), "cancelled".into(), 1)]);
}

#[tokio::test]
async fn the_rest_of_a_message_follows_in_its_thread_after_it() {
    let world = world(Programme::default(), vec![]).await;
    let mut tx = world.engine.db().write().await.unwrap();
    let channel = |occurrence: &str| Draft { person: None, recipient: "C1".into(), ..world.draft(occurrence) };
    let first = outbox::enqueue(&mut tx, &channel("first"), world.now).await.unwrap();
    outbox::enqueue(&mut tx, &Draft { thread_of: first, ..channel("rest") }, world.now).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(world.engine.deliver(world.now).await.unwrap().sent, 2);
    let sent = world.chat.sent.lock().unwrap().clone();
    assert_eq!(sent[0].0, Target { conversation: "C1".into(), thread: None });
    assert_eq!(sent[1].0, Target { conversation: "C1".into(), thread: Some("1".into()) });
}

#[tokio::test]
async fn nothing_is_sent_to_somebody_who_has_left() {
    let world = world(Programme::default(), vec![]).await;
    world.enqueue(&world.draft("a")).await;
    let mut tx = world.engine.db().write().await.unwrap();
    let mut ana = people::find(&mut tx, world.ana).await.unwrap().unwrap();
    ana.is_active = false;
    people::update(&mut tx, &ana).await.unwrap();
    tx.commit().await.unwrap();
    world.engine.refresh().await.unwrap();
    world.engine.deliver(world.now).await.unwrap();
    assert_eq!(world.states().await, [("a".into(), "cancelled".into(), 1)]);
}
