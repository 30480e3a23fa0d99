//! What comes in from a platform: who it is, whether they may, done once, answered to them alone.

use crate::scripted::{World, address, world};
use std::time::Duration;
use trailmark::{
    domain::{id::PersonId, person::Person, programme::Programme},
    engine::{Engine, Settings},
    message::{
        Action, Address, Card, Inbound, InboundKind, MessageRef, Platform, Reply, Verb,
        inbound::{Handle, Place, Profile},
    },
    ports::SendError,
    store::{instance, outbox, outbox::Draft, people, schema},
};

fn inbound(user: &str, kind: InboundKind) -> Inbound {
    Inbound {
        key: None,
        platform: Platform::Slack,
        tenant: "T1".into(),
        actor: Some(Address::new(Platform::Slack, user)),
        is_stranger: false,
        place: Some(Place { conversation: "C1".into(), is_direct: false, name: None }),
        kind,
        handle: Handle::default(),
    }
}

fn command(user: &str, text: &str) -> Inbound {
    inbound(user, InboundKind::Command { text: text.into() })
}

fn said(user: &str, text: &str, key: &str) -> Inbound {
    let kind = InboundKind::Said { text: text.into(), is_mention: false, thread: None };
    Inbound { key: Some(key.into()), ..inbound(user, kind) }
}

fn press(user: &str, action: Action, message: &MessageRef) -> Inbound {
    inbound(user, InboundKind::Press { action, delivery: None, message: Some(message.clone()) })
}

impl World {
    async fn tell(&self, inbound: &Inbound) -> Reply {
        self.engine.receive(inbound, self.now).await.unwrap()
    }

    async fn tell_card(&self, inbound: &Inbound) -> String {
        match self.tell(inbound).await {
            Reply::Private(card) | Reply::Replace(card) => card.to_plain(),
            other => panic!("a private answer was expected, not {other:?}"),
        }
    }

    async fn notice(&self) -> MessageRef {
        let mut tx = self.engine.db().write().await.unwrap();
        let draft = Draft::notice(&address(), self.ana, "test", "", "a", Card::saying("For Ana"), self.now);
        outbox::enqueue(&mut tx, &draft, self.now).await.unwrap();
        tx.commit().await.unwrap();
        self.engine.deliver(self.now).await.unwrap();
        MessageRef { platform: Platform::Slack, conversation: "D-U1".into(), id: "1".into() }
    }

    async fn people(&self) -> usize {
        self.engine.refresh().await.unwrap();
        self.engine.live().read().people().len()
    }
}

#[tokio::test]
async fn right_after_the_start_a_search_knows_who_asks_and_all_else_waits_for_everybody() {
    let world = world(Programme::default(), vec![]).await;
    let db = world.engine.db().clone();
    let mut tx = db.write().await.unwrap();
    let revision = schema::next_revision(&mut tx).await.unwrap();
    let first = schema::take_ids(&mut tx, "person", 450).await.unwrap();
    for id in (first..first + 450).map(PersonId) {
        let person = Person { id, name: format!("Person {}", id.0), ..Person::unknown() };
        people::insert_at(&mut tx, &person, true, world.now, revision).await.unwrap();
    }
    tx.commit().await.unwrap();
    let engine = Engine::starting(db.clone(), Programme::default(), vec![], Settings::default()).await.unwrap();
    let known = || engine.live().read().people().len();
    assert_eq!((known(), engine.live().is_whole()), (0, false));

    engine.receive(&command("U1", "find rust"), world.now).await.unwrap();
    assert_eq!(engine.live().read().person_at(&address()).unwrap().id, world.ana);
    assert_eq!((known(), engine.live().is_whole()), (1, false));

    // Who is new is met as always, and what changes meanwhile is not undone by what is still being read.
    engine.receive(&command("U2", "find rust"), world.now).await.unwrap();
    let mut tx = db.write().await.unwrap();
    let mut last = people::find(&mut tx, PersonId(first + 449)).await.unwrap().unwrap();
    last.name = "Another name".to_owned();
    people::update(&mut tx, &last).await.unwrap();
    tx.commit().await.unwrap();
    engine.refresh().await.unwrap();
    assert_eq!((known(), engine.live().is_whole()), (3, false));

    engine.receive(&command("U1", "profile"), world.now).await.unwrap();
    assert_eq!((known(), engine.live().is_whole()), (452, true));
    assert_eq!(engine.live().read().person(last.id).unwrap().name, "Another name");
}

#[tokio::test]
async fn a_stranger_is_refused_and_nothing_is_kept_of_them() {
    let world = world(Programme::default(), vec![]).await;
    let stranger = Inbound { is_stranger: true, ..command("U9", "find rust") };
    assert!(world.tell_card(&stranger).await.contains("people who work here"));
    assert_eq!(world.people().await, 1);
}

#[tokio::test]
async fn somebody_unknown_is_met_at_once_and_learned_about_in_the_background() {
    let world = world(Programme::default(), vec![]).await;
    let bo = Profile {
        user: "U2".into(),
        name: "Bo Newcomer".into(),
        email: Some("bo@example.com".into()),
        zone: Some("Europe/London".into()),
        locale: Some("en-GB".into()),
        is_active: true,
        ..Profile::default()
    };
    world.chat.profiles.lock().unwrap().insert("U2".into(), bo);
    assert!(!world.tell_card(&command("U2", "")).await.is_empty());
    let bo = Address::new(Platform::Slack, "U2");
    let mut name = String::new();
    for _ in 0..2_000 {
        name = world.engine.live().read().person_at(&bo).unwrap().name.clone();
        if !name.is_empty() {
            break;
        }
        tokio::task::yield_now().await;
        world.engine.refresh().await.unwrap();
    }
    assert_eq!(name, "Bo Newcomer");
    assert_eq!(world.engine.live().read().person_at(&bo).unwrap().zone, Some(chrono_tz::Europe::London));
}

#[tokio::test]
async fn a_guest_is_refused_from_their_first_word_on_and_nothing_else_is_kept_of_them() {
    let world = world(Programme::default(), vec![]).await;
    let guest = Profile {
        user: "U2".into(),
        name: "Gus Guest".into(),
        email: Some("ana@example.com".into()),
        is_active: true,
        is_stranger: true,
        ..Profile::default()
    };
    world.chat.profiles.lock().unwrap().insert("U2".into(), guest);
    for text in ["find rust", "skills have Juggling", "profile"] {
        assert!(world.tell_card(&command("U2", text)).await.contains("people who work here"), "{text}");
    }
    assert_eq!(world.tell(&inbound("U2", InboundKind::HomeOpened)).await, world.tell(&command("U2", "")).await);
    let gus = world.engine.live().read().person_at(&Address::new(Platform::Slack, "U2")).unwrap().clone();
    assert_ne!(gus.id, world.ana, "whose address somebody has is told by those who work here");
    assert_eq!((gus.name.as_str(), gus.email, gus.have.len(), gus.is_active), ("", None, 0, false));
}

#[tokio::test]
async fn whoever_left_or_became_a_guest_is_refused_until_the_workspace_says_that_they_are_back() {
    let world = world(Programme::default(), vec![]).await;
    let here = Profile { user: "U1".into(), name: "Ana".into(), is_active: true, ..Profile::default() };
    for gone in [Profile { is_active: false, ..here.clone() }, Profile { is_stranger: true, ..here.clone() }] {
        for (profile, is_refused) in [(gone, true), (here.clone(), false)] {
            world.tell(&Inbound { actor: None, ..inbound("U1", InboundKind::PersonChanged(profile)) }).await;
            let answer = world.tell_card(&command("U1", "profile")).await;
            assert_eq!(answer.contains("people who work here"), is_refused, "{answer}");
        }
    }
}

#[tokio::test]
async fn a_platform_that_hangs_keeps_one_newcomer_waiting_for_a_moment_and_then_nobody() {
    let world = world(Programme::default(), vec![]).await;
    *world.chat.slow.lock().unwrap() = Duration::from_secs(60);
    let mut took = Vec::new();
    for user in ["U2", "U3", "U4"] {
        let begun = std::time::Instant::now();
        assert!(!world.tell_card(&command(user, "")).await.contains("people who work here"));
        took.push(begun.elapsed());
    }
    assert!(took[0] < Duration::from_secs(2), "below what a platform waits for: {took:?}");
    assert!(took[1].max(took[2]) < Duration::from_millis(700), "{took:?}");
}

#[tokio::test]
async fn a_newcomer_whose_address_was_imported_is_that_person_and_keeps_what_they_said() {
    let world = world(Programme::default(), vec![]).await;
    world.tell(&command("U2", "skills have Juggling")).await;
    assert_eq!(world.people().await, 2);
    let profile = Profile {
        user: "U2".into(),
        name: "Ana E.".into(),
        email: Some("ana@example.com".into()),
        is_active: true,
        ..Profile::default()
    };
    let changed = Inbound { actor: None, place: None, ..inbound("U2", InboundKind::PersonChanged(profile)) };
    world.tell(&changed).await;
    let live = world.engine.live();
    let company = live.read();
    let ana = company.person_at(&Address::new(Platform::Slack, "U2")).unwrap();
    assert_eq!((ana.id, ana.name.as_str()), (world.ana, "Ana Example"), "the imported name stays");
    assert_eq!(ana.have, ["Juggling"]);
}

#[tokio::test]
async fn a_direct_message_told_three_times_is_answered_once() {
    let world = world(Programme::default(), vec![]).await;
    for _ in 0..3 {
        assert_eq!(world.tell(&said("U1", "help", "Ev1")).await, Reply::Nothing);
    }
    world.engine.deliver(world.now).await.unwrap();
    let sent = world.chat.sent.lock().unwrap().clone();
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].0.conversation, "D-U1", "to the writer alone");
}

#[tokio::test]
async fn a_form_asked_for_in_words_is_offered_as_a_button() {
    let world = world(Programme::default(), vec![]).await;
    world.tell(&said("U1", "post", "Ev1")).await;
    let mut tx = world.engine.db().read().await.unwrap();
    let entry = &outbox::list(&mut tx, None, 10).await.unwrap()[0];
    assert_eq!((entry.kind.as_str(), entry.state.as_str()), ("notice.answer", "pending"));
}

#[tokio::test]
async fn a_button_on_somebody_elses_message_does_nothing() {
    let world = world(Programme::default(), vec![]).await;
    let message = world.notice().await;
    let answer = world.tell_card(&press("U2", Action::run("saved"), &message)).await;
    assert!(answer.contains("for somebody else"), "{answer}");
}

#[tokio::test]
async fn a_press_proves_that_an_uncertain_message_arrived() {
    let world = world(Programme::default(), vec![SendError::Ambiguous("timeout".into())]).await;
    world.notice().await;
    let mut tx = world.engine.db().read().await.unwrap();
    let entry = outbox::list(&mut tx, Some("sending"), 10).await.unwrap().remove(0);
    drop(tx);
    let arrived = MessageRef { platform: Platform::Slack, conversation: "D-U1".into(), id: "77".into() };
    let kind = InboundKind::Press {
        action: Action::run("saved"),
        delivery: Some(entry.delivery.clone()),
        message: Some(arrived.clone()),
    };
    world.tell(&inbound("U1", kind)).await;
    let mut tx = world.engine.db().read().await.unwrap();
    let settled = outbox::by_message(&mut tx, &arrived).await.unwrap().unwrap();
    assert_eq!((settled.id, settled.state.as_str()), (entry.id, "sent"));
}

#[tokio::test]
async fn an_old_or_forged_button_is_answered_with_a_sentence() {
    let world = world(Programme::default(), vec![]).await;
    let message = world.notice().await;
    for (verb, subject) in
        [(Verb::PickSlot, "999 x"), (Verb::Accept, "P-1 1"), (Verb::SaidYes, "1"), (Verb::Run, "show P-9")]
    {
        let answer = world.tell_card(&press("U1", Action::new(verb, subject), &message)).await;
        assert!(!answer.trim().is_empty(), "{verb:?}");
    }
}

#[tokio::test]
async fn a_person_may_write_fifteen_things_a_minute_and_read_without_end() {
    let world = world(Programme::default(), vec![]).await;
    let mut slowed = 0;
    for number in 0..40 {
        let answer = world.tell_card(&command("U1", &format!("skills have Skill{number}"))).await;
        if answer.contains("in a minute") {
            slowed += 1;
            assert!(number >= 15, "slowed down after {number}");
        }
    }
    assert_eq!(slowed, 20);
    for _ in 0..100 {
        assert!(!world.tell_card(&command("U1", "find rust")).await.contains("in a minute"));
    }
}

#[tokio::test]
async fn nothing_is_sent_after_the_workspace_removed_us() {
    let world = world(Programme::default(), vec![]).await;
    let ended = Inbound { actor: None, place: None, ..inbound("U1", InboundKind::InstallationEnded) };
    world.tell(&ended).await;
    world.notice().await;
    assert!(world.chat.sent.lock().unwrap().is_empty());
    let mut tx = world.engine.db().read().await.unwrap();
    assert!(!instance::installations(&mut tx).await.unwrap()[0].is_active);
}

#[tokio::test]
async fn somebody_who_left_is_not_active_any_more() {
    let world = world(Programme::default(), vec![]).await;
    let profile = Profile { user: "U1".into(), is_active: false, ..Profile::default() };
    world.tell(&Inbound { actor: None, ..inbound("U1", InboundKind::PersonChanged(profile)) }).await;
    let mut tx = world.engine.db().read().await.unwrap();
    assert!(!people::find(&mut tx, world.ana).await.unwrap().unwrap().is_active);
}

#[tokio::test]
async fn what_only_a_workspace_tells_is_refused_from_a_person() {
    let world = world(Programme::default(), vec![]).await;
    let left = Profile { user: "U1".into(), is_active: false, ..Profile::default() };
    let inviter = Some(address());
    for kind in
        [InboundKind::InstallationEnded, InboundKind::PersonChanged(left), InboundKind::Joined { is_us: true, inviter }]
    {
        let told = world.tell_card(&inbound("U1", kind)).await;
        assert!(told.contains("workspace itself"), "{told}");
    }
    let mut tx = world.engine.db().read().await.unwrap();
    assert_eq!(instance::installations(&mut tx).await.unwrap(), []);
    assert!(people::find(&mut tx, world.ana).await.unwrap().unwrap().is_active);
    assert_eq!(outbox::list(&mut tx, None, 10).await.unwrap(), []);
}

#[tokio::test]
async fn what_only_a_person_asks_for_is_refused_when_nobody_did() {
    let world = world(Programme::default(), vec![]).await;
    let action = Action::run("skills have Juggling");
    for kind in [
        InboundKind::Command { text: "skills have Juggling".into() },
        InboundKind::Press { action, delivery: None, message: None },
        InboundKind::Said { text: "skills have Juggling".into(), is_mention: false, thread: None },
        InboundKind::HomeOpened,
    ] {
        let nobodys = Inbound { actor: None, ..inbound("U1", kind) };
        assert_eq!(world.tell(&nobodys).await, Reply::Nothing);
    }
    assert_eq!(world.people().await, 1);
    let live = world.engine.live();
    assert!(live.read().person(world.ana).unwrap().have.is_empty());
    world.engine.deliver(world.now).await.unwrap();
    assert!(world.chat.sent.lock().unwrap().is_empty() && world.chat.homes.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_channel_that_we_were_added_to_is_welcomed() {
    let world = world(Programme::default(), vec![]).await;
    let kind = InboundKind::Joined { is_us: true, inviter: Some(address()) };
    world.tell(&Inbound { actor: None, ..inbound("U1", kind) }).await;
    world.engine.deliver(world.now).await.unwrap();
    assert_eq!(world.chat.sent.lock().unwrap()[0].0.conversation, "C1");
}

#[tokio::test]
async fn opening_the_home_draws_it() {
    let world = world(Programme::default(), vec![]).await;
    world.tell(&Inbound { place: None, ..inbound("U1", InboundKind::HomeOpened) }).await;
    world.engine.deliver(world.now).await.unwrap();
    assert_eq!(*world.chat.homes.lock().unwrap(), ["U1"]);
}
