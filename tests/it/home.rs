//! The home, and the one thing on top of it.

use super::{
    employee::{self, Scene},
    support::{at, button, card},
};
use trailmark::{
    domain::{
        calendar::Quarter,
        conversation::{Claim, Conversation},
        id::PersonId,
    },
    message::{Platform, Verb},
    store::{
        conversations,
        outbox::{self, Refresh},
    },
};

/// The usual scene, with nobody left to be asked the first question.
async fn scene() -> Scene {
    let scene = employee::scene().await;
    for person in [scene.priya, scene.dana] {
        card(scene.office.says(person, "skills later").await);
    }
    scene
}

impl Scene {
    /// The conversation of Dana and Ana in this quarter.
    async fn conversation(&self) -> Conversation {
        let mut tx = self.office.db.write().await.unwrap();
        let window = Quarter::of("2026-05-04".parse().unwrap()).label();
        let it = conversations::ensure(&mut tx, self.dana, self.ana, &window, self.office.now).await.unwrap();
        tx.commit().await.unwrap();
        it
    }

    async fn next(&self, who: PersonId) -> String {
        let home = self.office.home(who).await;
        let (next, _) = home.split_once("\nFor you\n").or_else(|| home.split_once("\nOpen right now\n")).unwrap();
        next.trim_start_matches("Next\n").to_owned()
    }
}

#[tokio::test]
async fn the_home_of_an_employee_has_its_sections_in_order() {
    let scene = scene().await;
    let office = &scene.office;
    card(scene.apply("").await);
    office.project(scene.priya, "Query helper", |post| post.needs = vec!["SQL".into()]).await;
    let home = office.home(scene.ana).await;
    insta::assert_snapshot!(home, @r"
    Next
    Nothing waits for you. Have a look at what fits.
    [My matches]
    For you
    Query helper · P-2 · Metrics · 4 h/week · 12 weeks · remote · replies by Mon 18 May
    You have SQL. You'd learn Grafana — on your list. Led by Metrics: another department.
    [I'm interested] [Save] [Not for me] [Why?]
    [More matches] [My list]
    My applications
    Rust exporter · P-1 — sent today; an answer is promised by Mon 18 May.
    [Details]
    My skills
    I have: SQL, Rust
    I want to learn: Grafana
    Hours I can spare: not said
    [Edit]
    People
    Somebody to learn from, or somebody to help: both are one press away.
    [Find a mentor] [Offer to help]
    How moving works here
    Sideways with what you can do, step by step into another kind of work, or upward: often a short project comes first.
    [Where I could go] [How moving works] [How matches are made] [How applying works]
    Messages and privacy
    At most 2 messages a week. Your interest is private.
    [Change] [Snooze] [What do you know about me?]
    ");
}

#[tokio::test]
async fn the_home_of_a_manager_counts_conversations_and_of_the_programme_warns_that_it_is_off() {
    let scene = scene().await;
    let office = &scene.office;
    let dana = scene.dana;
    let home = office.home(dana).await;
    assert!(
        home.contains("0 of 1 career conversations done this quarter.\nAna Silva has no time yet.\n[Propose times]"),
        "{home}"
    );
    assert!(!home.contains("The programme"), "{home}");
    office.grant(dana, trailmark::domain::person::Role::Hr).await;
    let home = office.home(dana).await;
    assert!(home.contains("The programme is off: nothing is sent unasked."), "{home}");
}

#[tokio::test]
async fn a_change_redraws_the_home_of_those_it_concerns() {
    let scene = scene().await;
    let office = &scene.office;
    let mut tx = office.db.write().await.unwrap();
    for earlier in outbox::take_refreshes(&mut tx, Platform::ALL[0], office.now, 10, office.now).await.unwrap() {
        outbox::refreshed(&mut tx, &earlier, Platform::ALL[0]).await.unwrap();
    }
    tx.commit().await.unwrap();
    card(scene.apply("").await);
    let mut tx = office.db.write().await.unwrap();
    let due = outbox::take_refreshes(&mut tx, Platform::ALL[0], office.now, 10, office.now).await.unwrap();
    let homes: Vec<&str> = due
        .iter()
        .map(|it| match &it.refresh {
            Refresh::Home { user, .. } => user.as_str(),
            Refresh::Message { .. } => "a message",
        })
        .collect();
    assert_eq!(homes, ["UANA", "UPRIYA"]);
}

#[tokio::test]
async fn an_owner_is_reminded_of_those_who_wait() {
    let scene = scene().await;
    card(scene.apply("").await);
    insta::assert_snapshot!(scene.next(scene.priya).await, @r"
    1 person is waiting on P-1; you promised an answer by Mon 18 May.
    [See them]
    ");
}

#[tokio::test]
async fn a_conversation_leads_from_a_time_to_the_question_whether_it_happened() {
    let mut scene = scene().await;
    let it = scene.conversation().await;
    let mut said = vec![scene.next(scene.ana).await, scene.next(scene.dana).await];
    let mut tx = scene.office.db.write().await.unwrap();
    let thursday = at("2026-05-07T08:30:00Z");
    assert!(conversations::plan_at(&mut tx, it.id, it.version, thursday, scene.dana).await.unwrap());
    tx.commit().await.unwrap();
    said.push(scene.next(scene.ana).await);
    scene.office.now = at("2026-05-07T10:00:00Z");
    said.push(scene.next(scene.ana).await);
    let mut tx = scene.office.db.write().await.unwrap();
    assert!(conversations::claim(&mut tx, it.id, scene.ana, Claim::Held, scene.office.now).await.unwrap());
    tx.commit().await.unwrap();
    assert!(!scene.next(scene.ana).await.contains("Did you"), "she has answered");
    said.push(scene.next(scene.dana).await);
    insta::assert_snapshot!(said.join("\n---\n"), @r"
    You and Dana have a career conversation due by Tue 30 Jun. It's yours: bring one thing you'd like to do more of.
    [Pick a time] [It already happened] [Not this quarter]
    ---
    Ana has no time for a career conversation yet this quarter.
    [Propose times to Ana] [My team]
    ---
    Your career conversation with Dana: Thu 7 May, 10:30 (Berlin time).
    [Another time]
    ---
    Did you and Dana talk on Thu 7 May? It counts when you've both said yes.
    [Yes] [Moved — new time] [No]
    ---
    Did you and Ana talk on Thu 7 May? It counts when you've both said yes.
    [Yes] [Moved — new time] [No]
    ");
}

#[tokio::test]
async fn the_buttons_of_a_conversation_name_it_and_the_version_that_was_seen() {
    let scene = scene().await;
    let it = scene.conversation().await;
    let next = card(scene.office.says(scene.ana, "").await);
    for (label, verb) in [
        ("Pick a time", Verb::OtherTime),
        ("It already happened", Verb::SaidYes),
        ("Not this quarter", Verb::NotThisQuarter),
    ] {
        let action = button(&next, label);
        assert_eq!((action.verb, action.subject, action.version), (verb, it.id.0.to_string(), it.version));
    }
}
