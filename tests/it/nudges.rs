//! The unprompted messages, on a real database.

use super::support::{Office, at, card, claim, refusal, values};
use chrono::Timelike;
use std::{cell::RefCell, collections::HashMap};
use trailmark::{
    commands::{Ctx, Failure},
    domain::{
        Instant,
        conversation::{Claim, Conversation, Standing},
        id::{DeliveryId, PersonId},
        preference::{Appetite, NudgeKind},
    },
    message::{Action, Card, Form, MessageRef, Reply, UserError},
    nudges::{self, PlanCtx},
    store::{
        conversations,
        outbox::{self, Entry, Settled},
    },
};

#[tokio::test]
async fn a_conversation_is_held_only_when_both_say_so() {
    let team = Team::new().await;
    let now = at("2026-04-02T09:00:00Z");
    let (dana, ana) = (team.dana, team.reports[0]);
    let mut tx = team.office.db.write().await.unwrap();
    let first = conversations::ensure(&mut tx, dana, ana, "2026-Q2", now).await.unwrap();
    let again = conversations::ensure(&mut tx, dana, ana, "2026-Q2", now).await.unwrap();
    assert_eq!(first, again);
    assert_eq!(first.standing(), Standing::Open);
    let thursday = at("2026-04-09T08:30:00Z");
    assert!(conversations::plan_at(&mut tx, first.id, first.version, thursday, dana).await.unwrap());
    assert!(
        !conversations::plan_at(&mut tx, first.id, first.version, thursday, ana).await.unwrap(),
        "an older version"
    );
    assert!(conversations::claim(&mut tx, first.id, ana, Claim::Held, now).await.unwrap());
    assert!(!conversations::claim(&mut tx, first.id, ana, Claim::Held, now).await.unwrap(), "said already");
    assert!(!conversations::claim(&mut tx, first.id, PersonId(99), Claim::Held, now).await.unwrap(), "takes no part");
    let known = conversations::find(&mut tx, first.id).await.unwrap().unwrap();
    assert_eq!((known.standing(), known.version), (Standing::OneSided, 2));
    assert_eq!(conversations::last_held(&mut tx, ana).await.unwrap(), None);
    assert!(!conversations::skip(&mut tx, first.id, known.version, "").await.unwrap(), "one says it happened");
    assert!(conversations::claim(&mut tx, first.id, dana, Claim::Held, now).await.unwrap());
    assert!(!conversations::plan_at(&mut tx, first.id, known.version, now, ana).await.unwrap(), "held stays held");
    assert_eq!(conversations::of_manager(&mut tx, dana, "2026-Q2").await.unwrap()[0].standing(), Standing::Held);
    assert_eq!(conversations::last_held(&mut tx, ana).await.unwrap(), Some(thursday));
    assert_eq!(conversations::all_last_held(&mut tx).await.unwrap().get(&ana), Some(&thursday));
    tx.commit().await.unwrap();
}

/// Dana leads Ana, Bo and Chi, all in Berlin, all with accounts, and the programme is on.
struct Team {
    office: Office,
    dana: PersonId,
    reports: Vec<PersonId>,
    delivered: RefCell<HashMap<DeliveryId, Card>>,
}

impl Team {
    async fn new() -> Team {
        let mut office = Office::open().await;
        office.programme.is_active = true;
        office.programme.default_zone = chrono_tz::Europe::Berlin;
        let dana = office.hire("Dana Lee", "Data", None).await;
        let mut reports = Vec::new();
        for name in ["Ana Ito", "Bo Kerr", "Chi Okafor"] {
            reports.push(office.hire(name, "Data", Some(dana)).await);
        }
        Team { office, dana, reports, delivered: RefCell::default() }
    }

    fn plan_ctx(&self, now: Instant) -> PlanCtx<'_> {
        PlanCtx { db: &self.office.db, live: &self.office.live, programme: &self.office.programme, now }
    }

    async fn plan(&self, now: Instant) -> usize {
        let ctx = self.plan_ctx(now);
        let mut planned = 0;
        for kind in NudgeKind::ALL {
            planned += nudges::plan(&ctx, kind).await.unwrap();
        }
        planned
    }

    async fn next_wake(&self, now: Instant) -> Instant {
        let ctx = self.plan_ctx(now);
        nudges::next_wake(&ctx).await.unwrap().unwrap()
    }

    /// Plans and delivers at every wake-up until then; gives what was sent, oldest first.
    async fn live_until(&self, mut now: Instant, until: Instant) -> Vec<Entry> {
        let from = now;
        self.plan(now).await;
        loop {
            now = self.next_wake(now).await;
            if now > until {
                break;
            }
            self.plan(now).await;
            self.deliver(now).await;
        }
        let mut all = Vec::new();
        for id in self.reports.iter().chain([&self.dana]) {
            all.extend(self.inbox(*id).await);
        }
        all.retain(|entry| entry.due_at >= from);
        all.sort_by_key(|entry| (entry.due_at, entry.id));
        all
    }

    async fn deliver(&self, now: Instant) {
        let mut tx = self.office.db.write().await.unwrap();
        for row in claim(&mut tx, now, 1000).await.unwrap() {
            let message = MessageRef {
                platform: row.platform,
                conversation: format!("D{}", row.recipient),
                id: row.id.0.to_string(),
            };
            self.delivered.borrow_mut().insert(row.id, row.card);
            assert!(outbox::settle(&mut tx, row.id, row.attempt, &Settled::Sent { message }, now).await.unwrap());
        }
        tx.commit().await.unwrap();
    }

    async fn inbox(&self, person: PersonId) -> Vec<Entry> {
        self.office.notices(person).await
    }

    async fn card(&self, entry: &Entry) -> Card {
        if let Some(card) = self.delivered.borrow().get(&entry.id) {
            return card.clone();
        }
        let mut tx = self.office.db.write().await.unwrap();
        let later = entry.due_at + chrono::Duration::days(365);
        let waiting = claim(&mut tx, later, 1000).await.unwrap();
        // The transaction ends unkept: looking takes nothing away.
        waiting.into_iter().find(|row| row.id == entry.id).unwrap().card
    }

    async fn press_action(&self, who: PersonId, action: &Action, entry: Option<&Entry>, now: Instant) -> Reply {
        let address = self.office.address(who).await;
        let ctx = Ctx { now, ..self.office.ctx(who, &address, None, true) };
        match nudges::press(&ctx, action, entry).await {
            Ok(reply) => reply,
            Err(Failure::Told(UserError(card))) => Reply::Private(*card),
            Err(Failure::Broken(error)) => panic!("{error:#}"),
        }
    }

    async fn submit(&self, who: PersonId, form: &Form, filled: &[(&str, &str)], now: Instant) -> Reply {
        let address = self.office.address(who).await;
        let ctx = Ctx { now, ..self.office.ctx(who, &address, None, false) };
        nudges::submit(&ctx, &form.action, &values(filled)).await.unwrap()
    }

    async fn press(&self, entry: &Entry, label: &str, now: Instant) -> Reply {
        let card = self.card(entry).await;
        let action = action(&card, label);
        self.press_action(entry.person.unwrap(), &action, Some(entry), now).await
    }

    async fn conversation(&self, report: PersonId) -> Conversation {
        let mut tx = self.office.db.read().await.unwrap();
        conversations::for_pair(&mut tx, self.dana, report, "2026-Q2").await.unwrap().unwrap()
    }
}

fn action(card: &Card, label: &str) -> Action {
    let found = card.all_buttons().find(|button| {
        button.label == label || button.accessible.as_deref().is_some_and(|words| words.starts_with(label))
    });
    found.unwrap_or_else(|| panic!("no “{label}” in\n{}", card.to_plain())).action.clone()
}

fn shown(reply: &Reply) -> &Card {
    match reply {
        Reply::Replace(card) | Reply::Private(card) => card,
        other => panic!("no card: {other:?}"),
    }
}

const BEFORE: &str = "2026-03-31T12:00:00Z";

#[tokio::test]
async fn planning_twice_or_by_two_at_once_makes_one_message() {
    let team = Team::new().await;
    team.plan(at(BEFORE)).await;
    let mut now = at(BEFORE);
    let mut planned = 0;
    while planned == 0 {
        now = team.next_wake(now).await;
        let (one, two) = tokio::join!(team.plan(now), team.plan(now));
        planned = one + two;
    }
    assert_eq!(planned, 1);
    assert_eq!(team.plan(now).await, 0);
    assert_eq!(team.plan(now + chrono::Duration::minutes(30)).await, 0);
}

#[tokio::test]
async fn nothing_is_planned_while_the_programme_is_off() {
    let mut team = Team::new().await;
    team.office.programme.is_active = false;
    for day in 0..100 {
        assert_eq!(team.plan(at(BEFORE) + chrono::Duration::days(day)).await, 0);
    }
}

#[tokio::test]
async fn a_quarter_without_answers_brings_the_manager_three_messages_and_each_employee_one() {
    let team = Team::new().await;
    let sent = team.live_until(at(BEFORE), at("2026-06-30T20:00:00Z")).await;
    let of = |person| -> Vec<&str> {
        sent.iter().filter(|entry| entry.person == Some(person)).map(|entry| entry.occurrence.as_str()).collect()
    };
    assert_eq!(of(team.dana), ["2026-Q2 opening", "2026-Q2 middle", "2026-Q2 last"]);
    for report in &team.reports {
        assert_eq!(of(*report), ["2026-Q2 opening"]);
    }
    for entry in &sent {
        let settings = chrono_tz::Europe::Berlin;
        let wall = entry.due_at.with_timezone(&settings).time();
        assert!((9 * 60 + 30..=16 * 60).contains(&(wall.hour() * 60 + wall.minute())), "{entry:?}");
        let card = team.card(entry).await;
        for exit in ["Not now", "Fewer like this", "Why am I getting this?"] {
            assert!(card.all_buttons().any(|button| button.label == exit), "{exit} on {}", card.to_plain());
        }
    }
}

/// Lives until the manager has the opening message; it is an hour later then.
async fn opened(team: &Team) -> (Entry, Instant) {
    let mut now = at(BEFORE);
    loop {
        team.plan(now).await;
        team.deliver(now).await;
        if let Some(entry) = team.inbox(team.dana).await.pop() {
            return (entry, now + chrono::Duration::hours(1));
        }
        now = team.next_wake(now).await;
    }
}

#[tokio::test]
async fn a_slot_is_a_plan_the_other_one_hears_of_it_and_the_message_goes_on_with_the_rest() {
    let team = Team::new().await;
    let (entry, now) = opened(&team).await;
    let card = team.card(&entry).await;
    let ana = action(&card, "Ana: ");
    let reply = team.press_action(team.dana, &ana, Some(&entry), now).await;
    let rest = shown(&reply).to_plain();
    assert!(rest.starts_with("Ana: ") && rest.contains("Ana knows.") && rest.contains("2 of your 3 people"), "{rest}");
    let it = team.conversation(team.reports[0]).await;
    assert_eq!(it.standing(), Standing::Planned);
    let told = team.inbox(team.reports[0]).await;
    let notice = told.iter().find(|entry| entry.kind == "notice.conversation.planned").unwrap();
    assert!(!notice.is_nudge);
    let words = team.card(notice).await.to_plain();
    assert!(words.starts_with("Dana suggests ") && words.contains("[Suggest another time]"), "{words}");

    let count = told.len();
    let again = team.press_action(team.dana, &ana, Some(&entry), now).await;
    assert_eq!(shown(&again).to_plain(), rest, "the same press again changes nothing");
    assert_eq!(team.inbox(team.reports[0]).await.len(), count);

    let other =
        card.all_buttons().filter(|b| b.accessible.as_deref().is_some_and(|w| w.starts_with("Ana: "))).nth(1).unwrap();
    let stale = team.press_action(team.dana, &other.action, Some(&entry), now).await;
    assert!(shown(&stale).to_plain().starts_with("You and Ana have a time by now: "), "{}", shown(&stale).to_plain());
    assert_eq!(team.conversation(team.reports[0]).await, it);

    let mut last = reply;
    for name in ["Bo: ", "Chi: "] {
        last = team.press_action(team.dana, &action(shown(&last), name), Some(&entry), now).await;
    }
    assert!(shown(&last).to_plain().contains("Nobody waits for a time in Q2 any more."));
    let later = team.live_until(now, at("2026-06-30T20:00:00Z")).await;
    assert!(later.iter().all(|entry| entry.kind != "career_conversation"), "{later:?}");
}

#[tokio::test]
async fn a_stranger_to_the_conversation_is_told_nothing() {
    let team = Team::new().await;
    let (entry, now) = opened(&team).await;
    let ana = action(&team.card(&entry).await, "Ana: ");
    let mut nowhere = ana.clone();
    nowhere.subject = ana.subject.replacen(|c: char| c.is_ascii_digit(), "9999", 1);
    let one = team.press_action(team.reports[1], &ana, Some(&entry), now).await;
    let two = team.press_action(team.reports[1], &nowhere, None, now).await;
    assert_eq!(one, two);
    assert_eq!(team.conversation(team.reports[0]).await.standing(), Standing::Open);
}

#[tokio::test]
async fn both_are_asked_two_hours_after_and_it_counts_when_both_say_yes() {
    let team = Team::new().await;
    let (entry, now) = opened(&team).await;
    let ana = action(&team.card(&entry).await, "Ana: ");
    team.press_action(team.dana, &ana, Some(&entry), now).await;
    let planned = team.conversation(team.reports[0]).await.planned_at.unwrap();
    let asked = team.live_until(now, planned + chrono::Duration::days(4)).await;
    let checks: Vec<Entry> = asked.into_iter().filter(|entry| entry.kind == "conversation_check").collect();
    assert_eq!(checks.len(), 2, "one to each");
    for check in &checks {
        assert!(check.due_at >= planned + chrono::Duration::minutes(145), "{check:?}");
    }
    let then = checks[1].due_at + chrono::Duration::hours(1);
    let first = team.press(&checks[0], "Yes", then).await;
    assert_eq!(team.conversation(team.reports[0]).await.standing(), Standing::OneSided);
    let second = team.press(&checks[1], "Yes", then).await;
    assert_eq!(first, second, "nobody sees who answered first");
    assert_eq!(team.conversation(team.reports[0]).await.standing(), Standing::Held);
    let mut tx = team.office.db.read().await.unwrap();
    let events =
        trailmark::store::inbound::count_by_kind(&mut tx, at(BEFORE), at("2026-07-01T00:00:00Z")).await.unwrap();
    let held = events.iter().find(|(kind, _)| kind == "conversation.held");
    assert_eq!(held.map(|(_, count)| *count), Some(1), "{events:?}");
}

#[tokio::test]
async fn an_unanswered_check_is_repeated_once_and_then_left() {
    let team = Team::new().await;
    let (entry, now) = opened(&team).await;
    let ana = action(&team.card(&entry).await, "Ana: ");
    team.press_action(team.dana, &ana, Some(&entry), now).await;
    let sent = team.live_until(now, at("2026-06-30T00:00:00Z")).await;
    for person in [team.dana, team.reports[0]] {
        let checks = sent.iter().filter(|e| e.kind == "conversation_check" && e.person == Some(person)).count();
        assert!((1..=2).contains(&checks), "{checks}");
    }
}

#[tokio::test]
async fn they_have_already_happened_is_one_word_of_two() {
    let team = Team::new().await;
    team.live_until(at(BEFORE), at("2026-05-30T00:00:00Z")).await;
    let entry = team.inbox(team.dana).await.pop().unwrap();
    assert_eq!(entry.occurrence, "2026-Q2 middle");
    let now = entry.due_at + chrono::Duration::hours(1);
    let which = team.press(&entry, "They've already happened", now).await;
    let bo = action(shown(&which), "Bo");
    let reply = team.press_action(team.dana, &bo, Some(&entry), now).await;
    assert!(shown(&reply).to_plain().contains("It counts once Bo says so too."));
    assert_eq!(team.conversation(team.reports[1]).await.standing(), Standing::OneSided);
    let asked = team.inbox(team.reports[1]).await.pop().unwrap();
    assert_eq!(asked.kind, "notice.conversation.check");
    team.press(&asked, "Yes", now).await;
    assert_eq!(team.conversation(team.reports[1]).await.standing(), Standing::Held);
    let later = team.live_until(now, at("2026-06-30T00:00:00Z")).await;
    let last = later.iter().find(|entry| entry.occurrence == "2026-Q2 last").unwrap();
    let words = team.card(last).await.to_plain();
    assert!(words.contains("Ana and Chi have had no career conversation yet"), "{words}");
}

#[tokio::test]
async fn an_own_time_is_checked_and_planned_and_the_message_follows() {
    let team = Team::new().await;
    team.live_until(at(BEFORE), at("2026-04-15T00:00:00Z")).await;
    let entry = team.inbox(team.reports[0]).await.pop().unwrap();
    let now = at("2026-04-15T08:00:00Z");
    let Reply::OpenForm(form) = team.press(&entry, "Suggest a time", now).await else { panic!("no form") };
    let past = team.submit(team.reports[0], &form, &[("date", "2026-04-01"), ("time", "10:00")], now).await;
    assert_eq!(past, Reply::FormErrors(vec![("date".into(), "That time has passed. Choose one to come.".into())]));
    let far = team.submit(team.reports[0], &form, &[("date", "2026-09-01"), ("time", "10:00")], now).await;
    assert!(matches!(far, Reply::FormErrors(_)), "{far:?}");
    let done = team.submit(team.reports[0], &form, &[("date", "2026-04-22"), ("time", "10:00")], now).await;
    assert!(shown(&done).to_plain().starts_with("You and Dana: Wed 22 Apr, 10:00 (Berlin time). Dana knows."));
    assert_eq!(team.conversation(team.reports[0]).await.planned_at, Some(at("2026-04-22T08:00:00Z")));
    let told = team.inbox(team.dana).await;
    assert!(told.iter().any(|entry| entry.kind == "notice.conversation.planned"));
    let mut tx = team.office.db.write().await.unwrap();
    let refreshes = outbox::take_refreshes(&mut tx, trailmark::message::Platform::ALL[0], now, 100, now).await.unwrap();
    assert!(refreshes.iter().any(
        |it| matches!(&it.refresh, outbox::Refresh::Message { card, .. } if card.to_plain().contains("Wed 22 Apr"))
    ));
}

#[tokio::test]
async fn a_conversation_set_aside_is_asked_for_no_more() {
    let team = Team::new().await;
    team.live_until(at(BEFORE), at("2026-06-28T00:00:00Z")).await;
    let entry = team.inbox(team.dana).await.pop().unwrap();
    assert_eq!(entry.occurrence, "2026-Q2 last");
    let now = entry.due_at + chrono::Duration::hours(1);
    let skip = action(&team.card(&entry).await, "Chi: not this quarter");
    let Reply::OpenForm(form) = team.press_action(team.dana, &skip, Some(&entry), now).await else { panic!("no form") };
    let done = team.submit(team.dana, &form, &[("reason", "")], now).await;
    assert_eq!(shown(&done).to_plain(), "Set aside for this quarter; Chi knows.");
    assert_eq!(team.conversation(team.reports[2]).await.standing(), Standing::Skipped);
    let told = team.inbox(team.reports[2]).await.pop().unwrap();
    assert_eq!(told.kind, "notice.conversation.skipped");
}

#[tokio::test]
async fn each_exit_does_what_it_says() {
    let team = Team::new().await;
    let (entry, now) = opened(&team).await;
    team.live_until(now, at("2026-04-15T00:00:00Z")).await;
    let now = at("2026-04-15T09:00:00Z");
    let why = team.press(&entry, "Why am I getting this?", now).await;
    assert!(shown(&why).to_plain().starts_with("You lead a team, and 3 of your people have no time"));
    let reply = team.press(&entry, "Fewer like this", now).await;
    assert!(shown(&reply).to_plain().contains("half as often"), "{}", shown(&reply).to_plain());
    let appetite =
        || team.office.live.read().person(team.dana).unwrap().preferences.appetite(NudgeKind::CareerConversation);
    assert_eq!(appetite(), Appetite::Fewer);
    let entry = team.inbox(team.dana).await.pop().unwrap();
    team.press(&entry, "Fewer like this", now).await;
    assert_eq!(appetite(), Appetite::Fewer, "the same press twice asks for one thing");
    assert_eq!(entry.response.as_deref(), Some("fewer"));

    let ana = team.inbox(team.reports[0]).await.pop().unwrap();
    let reply = team.press(&ana, "Not now", now).await;
    assert!(shown(&reply).to_plain().starts_with("Fine, not now."));
    assert_eq!(team.inbox(team.reports[0]).await.pop().unwrap().response.as_deref(), Some("dismissed"));
}

#[tokio::test]
async fn not_this_week_means_next_week() {
    let team = Team::new().await;
    let (entry, now) = opened(&team).await;
    team.press(&entry, "Not this week", now).await;
    let later = team.live_until(now, now + chrono::Duration::days(9)).await;
    let again: Vec<_> = later.iter().filter(|it| it.person == Some(team.dana)).collect();
    assert_eq!(again.len(), 1, "{later:?}");
    assert!(again[0].occurrence.starts_with("2026-Q2 opening 2026-W"), "{}", again[0].occurrence);
    assert!(again[0].due_at - now >= chrono::Duration::days(7));
}

#[tokio::test]
async fn one_on_one_shows_both_sides_and_never_what_only_the_other_one_said() {
    let team = Team::new().await;
    let (dana, ana) = (team.dana, team.reports[0]);
    let state = card(team.office.says(dana, "1on1").await).to_plain();
    assert!(state.contains("Ana Ito · no time yet\n[Pick a time] [It already happened] [Not this quarter]"), "{state}");
    card(team.office.says(ana, "1on1 done <@UDANA>").await);
    let after = card(team.office.says(dana, "1on1").await).to_plain();
    assert_eq!(state, after, "what Ana said is not shown to Dana");
    let asked = team.inbox(dana).await.pop().unwrap();
    assert_eq!(asked.kind, "notice.conversation.check");
    let mine = card(team.office.says(ana, "1on1").await).to_plain();
    assert!(mine.contains("Dana Lee (your manager) · you said that it happened"), "{mine}");
    card(team.office.says(dana, "1on1 done <@UANA|ana>").await);
    assert!(card(team.office.says(ana, "1on1").await).to_plain().contains("held, you both said so"));
}

#[tokio::test]
async fn times_are_offered_on_demand_to_either_side_and_to_nobody_else() {
    let team = Team::new().await;
    let (dana, ana, bo) = (team.dana, team.reports[0], team.reports[1]);
    for (who, text) in [(dana, "1on1 plan <@UANA>"), (ana, "1on1 request")] {
        let offered = card(team.office.says(who, text).await);
        assert_eq!(offered.all_buttons().count(), 4, "{}", offered.to_plain());
    }
    assert!(refusal(team.office.says(ana, "1on1 plan <@UBO>").await).contains("not in one team"));
    let offered = card(team.office.says(bo, "1on1 request").await);
    let first = offered.all_buttons().next().unwrap().action.clone();
    let now = team.office.now;
    let reply = team.press_action(bo, &first, None, now).await;
    assert!(shown(&reply).to_plain().starts_with("You and Dana: "));
    let told = team.inbox(dana).await.pop().unwrap();
    assert!(team.card(&told).await.to_plain().starts_with("Bo suggests "));
    assert!(card(team.office.says(dana, "1on1").await).to_plain().contains("Bo Kerr · planned for "));
}

#[tokio::test]
async fn a_manager_of_several_is_asked_about_them_in_one_message_and_works_through_it() {
    let team = Team::new().await;
    let (entry, now) = opened(&team).await;
    let mut card = team.card(&entry).await;
    for name in ["Ana: ", "Bo: ", "Chi: "] {
        let reply = team.press_action(team.dana, &action(&card, name), Some(&entry), now).await;
        card = shown(&reply).clone();
    }
    let sent = team.live_until(now, at("2026-04-16T00:00:00Z")).await;
    let checks: Vec<&Entry> =
        sent.iter().filter(|it| it.person == Some(team.dana) && it.kind == "conversation_check").collect();
    let firsts: Vec<&&Entry> = checks.iter().filter(|it| it.occurrence.ends_with("asked")).collect();
    let mut asked = Vec::new();
    for first in &firsts {
        let words = team.card(first).await.to_plain();
        asked.extend(
            ["Ana", "Bo", "Chi"].into_iter().filter(|name| words.contains(&format!("Did you and {name} talk"))),
        );
    }
    asked.sort_unstable();
    assert_eq!(asked, ["Ana", "Bo", "Chi"], "each once, in {} messages", firsts.len());
    assert!(firsts.len() <= 2);

    let several = firsts.into_iter().last().unwrap();
    let then = at("2026-04-16T08:00:00Z");
    let mut reply = team.press(several, "Yes", then).await;
    for _ in 0..2 {
        let yes = shown(&reply).all_buttons().find(|button| button.label == "Yes").map(|button| button.action.clone());
        let Some(yes) = yes else { break };
        assert!(shown(&reply).to_plain().starts_with("Thank you. It counts once both of you have said yes."));
        reply = team.press_action(team.dana, &yes, Some(several), then).await;
    }
    let mut tx = team.office.db.read().await.unwrap();
    let all = conversations::of_manager(&mut tx, team.dana, "2026-Q2").await.unwrap();
    assert!(all.iter().all(|it| it.manager_says == Some(Claim::Held)), "{all:?}");
    assert_eq!(shown(&reply).to_plain(), "Thank you. It counts once both of you have said yes.");
}
