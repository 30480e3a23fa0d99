use super::*;
use crate::{
    domain::{company::Company, id::ConversationId},
    message::{Address, Card, Platform},
    nudges::turn::{AGAIN, Facts, LATER, PLANNED},
};
use chrono_tz::Tz;
use proptest::prelude::*;

fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

fn person(id: i64, name: &str, manager: Option<i64>, zone: Tz) -> Person {
    Person {
        id: PersonId(id),
        name: name.into(),
        manager: manager.map(PersonId),
        zone: Some(zone),
        ..Person::unknown()
    }
}

/// Dana with as many reports as there are names.
fn company(names: &[&str]) -> Company {
    let mut company = Company::default();
    let mut add = |person: Person| {
        company.upsert_address(Address::new(Platform::Slack, format!("U{}", person.id.0)), person.id);
        company.upsert_person(person);
    };
    add(person(1, "Dana Lee", None, Tz::Europe__Berlin));
    for (n, name) in names.iter().enumerate() {
        add(person(2 + i64::try_from(n).unwrap(), name, Some(1), Tz::Europe__Berlin));
    }
    company
}

fn conversations(company: &Company, planned: &[i64]) -> Facts {
    let mut facts = Facts::default();
    for report in company.reports_of(PersonId(1)) {
        facts.add_conversation(Conversation {
            id: ConversationId(report.id.0 + 100),
            manager: PersonId(1),
            report: report.id,
            window: "2026-Q2".into(),
            planned_at: planned.contains(&report.id.0).then(|| at("2026-04-21T08:00:00Z")),
            minutes: 25,
            is_skipped: false,
            manager_says: None,
            report_says: None,
            version: 1,
        });
    }
    facts
}

fn slot(subject: &str, label: &str, next_at: Instant) -> Slot {
    Slot {
        nudge: KIND.as_str().into(),
        subject: subject.into(),
        label: label.into(),
        outcome: "started".into(),
        handled_at: next_at,
        next_at: Some(next_at),
    }
}

fn turn_of(company: &Company, facts: &Facts, slot: &Slot, now: Instant) -> Turn {
    let world = World { company, programme: &Programme::default(), facts, now };
    decide(&world, &slot.subject.parse().unwrap(), slot)
}

fn words(card: &Card) -> usize {
    card.blocks
        .iter()
        .map(|block| match block {
            crate::message::Block::Text(text) | crate::message::Block::Item { text, .. } => {
                text.to_plain().split_whitespace().count()
            }
            _ => 0,
        })
        .sum()
}

const WEDNESDAY: &str = "2026-04-08T09:00:00Z";

#[test]
fn the_opening_message_goes_through_everybody_without_a_time() {
    let company = company(&["Ana Ito", "Bo Kerr", "Chi Okafor", "Di Planned"]);
    let facts = conversations(&company, &[5]);
    let slot = slot("manager 1", "2026-Q1 last", at(WEDNESDAY));
    let turn = turn_of(&company, &facts, &slot, at(WEDNESDAY));
    assert_eq!((turn.outcome, turn.label.as_str()), (PLANNED, "2026-Q2 opening"));
    let draft = turn.draft.unwrap();
    assert!(words(&draft.card) <= 60, "{}", words(&draft.card));
    assert_eq!(draft.why, "You lead a team, and 3 of your people have no time for a career conversation in Q2 yet.");
    insta::assert_snapshot!(draft.card.to_plain(), @r"
    Career conversations, Q2 — 3 of your 4 people don't have a time yet.
    Ana
    [Fri 10:30] [Wed 15 Apr 16:30] [Other]
    Bo
    [Thu 11:00] [Wed 15 Apr 15:00] [Other]
    Chi
    [Mon 10:00] [Wed 15 Apr 14:30] [Other]
    25 minutes about where they want to go, not about status.
    [Not this week] [Why am I getting this?] [Not now] [Fewer like this]
    ");
}

#[test]
fn the_middle_message_names_who_is_left() {
    let company = company(&["Ana Ito", "Bo Kerr", "Chi Okafor"]);
    let facts = conversations(&company, &[4]);
    let slot = slot("manager 1", "2026-Q2 opening", at("2026-05-18T09:00:00Z"));
    let turn = turn_of(&company, &facts, &slot, at("2026-05-18T09:00:00Z"));
    let card = turn.draft.unwrap().card;
    assert!(words(&card) <= 60);
    insta::assert_snapshot!(card.to_plain(), @r"
    Ana and Bo still have no time this quarter. Which suits?
    Ana
    [Wed 09:00] [Mon 25 May 13:00] [Other]
    Bo
    [Tue 10:30] [Thu 14:30] [Other]
    [They've already happened] [Why am I getting this?] [Not now] [Fewer like this]
    ");
}

#[test]
fn the_last_message_says_since_when_and_offers_to_leave_it() {
    let company = company(&["Bo Kerr"]);
    let mut facts = conversations(&company, &[]);
    facts.last_held.insert(PersonId(2), at("2025-11-12T09:00:00Z"));
    let slot = slot("manager 1", "2026-Q2 middle", at("2026-06-22T09:00:00Z"));
    let turn = turn_of(&company, &facts, &slot, at("2026-06-22T09:00:00Z"));
    let card = turn.draft.unwrap().card;
    assert!(words(&card) <= 60);
    insta::assert_snapshot!(card.to_plain(), @r"
    Last note from me for Q2: Bo has had no career conversation since November.
    Bo
    [Tue 14:00] [Wed 09:30] [Other] [Not this quarter]
    [They've already happened] [Why am I getting this?] [Not now] [Fewer like this]
    ");
}

#[test]
fn the_employee_hears_it_once_and_in_their_own_words() {
    let company = company(&["Ana Ito"]);
    let facts = conversations(&company, &[]);
    let slot = slot("report 2", "2026-Q1 opening", at(WEDNESDAY));
    let turn = turn_of(&company, &facts, &slot, at(WEDNESDAY));
    let card = turn.draft.unwrap().card;
    assert!(words(&card) <= 60);
    insta::assert_snapshot!(card.to_plain(), @r"
    You and Dana have a career conversation due by 30 June. It's yours: bring one thing you'd like to do more of. Dana gets suggested times too.
    [Suggest a time] [Why am I getting this?] [Not now] [Fewer like this]
    ");
    assert!(turn.next_at.unwrap() > at("2026-07-01T00:00:00Z"), "the next one is the next quarter's");
}

#[test]
fn no_two_people_are_offered_the_same_time_of_one_manager() {
    let company = company(&["A", "B", "C", "D", "E", "F", "G", "H"]);
    let facts = conversations(&company, &[]);
    let world = World { company: &company, programme: &Programme::default(), facts: &facts, now: at(WEDNESDAY) };
    let dana = company.person(PersonId(1)).unwrap();
    let bundle = bundle(&world, dana, "2026-Q2".parse().unwrap(), Stage::Opening).unwrap();
    let mut all: Vec<Instant> = bundle.open.iter().flat_map(|one| one.slots.clone()).collect();
    assert_eq!(all.len(), 16);
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), 16);
}

#[test]
fn nothing_is_sent_when_everybody_has_a_time() {
    let company = company(&["Ana Ito"]);
    let facts = conversations(&company, &[2]);
    for subject in ["manager 1", "report 2"] {
        let slot = slot(subject, "2026-Q1 last", at(WEDNESDAY));
        assert_eq!(turn_of(&company, &facts, &slot, at(WEDNESDAY)).outcome, "nothing_open", "{subject}");
    }
}

#[test]
fn what_was_missed_for_longer_than_the_grace_is_skipped_and_said() {
    let company = company(&["Ana Ito"]);
    let facts = conversations(&company, &[]);
    let slot = slot("manager 1", "2026-Q1 last", at(WEDNESDAY));
    let late = |hours| turn_of(&company, &facts, &slot, at(WEDNESDAY) + TimeDelta::hours(hours));
    assert_eq!(late(5).outcome, PLANNED, "16:00 in Berlin, and within six hours");
    let stale = late(7);
    assert_eq!((stale.outcome, stale.label.as_str()), (STALE, "2026-Q2 opening"));
    assert!(stale.next_at.unwrap() > at("2026-05-10T00:00:00Z"));
}

#[test]
fn a_snoozed_manager_hears_of_it_afterwards() {
    let mut company = company(&["Ana Ito"]);
    let mut dana = company.person(PersonId(1)).unwrap().clone();
    dana.preferences.snoozed_until = Some(at("2026-04-20T00:00:00Z"));
    company.upsert_person(dana);
    let facts = conversations(&company, &[]);
    let first = slot("manager 1", "2026-Q1 last", at(WEDNESDAY));
    let turn = turn_of(&company, &facts, &first, at(WEDNESDAY));
    assert_eq!((turn.outcome, turn.label.as_str()), (LATER, "2026-Q1 last"));
    let then = turn.next_at.unwrap();
    assert_eq!(then, at("2026-04-20T07:30:00Z"));
    let turn =
        turn_of(&company, &facts, &Slot { outcome: LATER.into(), ..slot("manager 1", "2026-Q1 last", then) }, then);
    assert_eq!((turn.outcome, turn.label.as_str()), (PLANNED, "2026-Q2 opening"));
}

#[test]
fn not_this_week_brings_the_same_message_again() {
    let company = company(&["Ana Ito"]);
    let facts = conversations(&company, &[]);
    let again = Slot { outcome: AGAIN.into(), ..slot("manager 1", "2026-Q2 opening", at("2026-04-15T09:00:00Z")) };
    let turn = turn_of(&company, &facts, &again, at("2026-04-15T09:00:00Z"));
    assert_eq!(turn.label, "2026-Q2 opening 2026-W16");
    assert_eq!(Mark::parse(&turn.label), Mark::parse("2026-Q2 opening"));
    assert!(turn.draft.unwrap().card.summary.starts_with("Career conversations, Q2"));
}

#[test]
fn somebody_whom_the_programme_reaches_late_still_gets_an_opening() {
    let dana = person(1, "Dana", None, Tz::Europe__Berlin);
    let programme = Programme::default();
    let next = |since: &str| {
        let (mark, moment) = Mark::since(at(since), &dana, &programme).next(&dana, &programme, true);
        (mark.to_string(), moment)
    };
    let (label, moment) = next("2026-04-20T09:00:00Z");
    assert_eq!(label, "2026-Q2 opening");
    assert!(moment > at("2026-04-20T09:00:00Z") && moment < at("2026-05-05T00:00:00Z"));
    assert_eq!(next("2026-05-11T09:00:00Z").0, "2026-Q2 middle");
    assert_eq!(next("2026-06-05T09:00:00Z").0, "2026-Q2 last");
    assert_eq!(next("2026-06-29T09:00:00Z").0, "2026-Q3 opening");
}

#[test]
fn a_company_is_spread_over_ten_working_days() {
    let programme = Programme::default();
    let mut per_day = std::collections::BTreeMap::new();
    for id in 1..=1000 {
        let dana = person(id, "Dana", None, Tz::Europe__Berlin);
        let (_, moment) = Mark::parse("2026-Q1 last").unwrap().next(&dana, &programme, true);
        *per_day.entry(local_date(Tz::Europe__Berlin, moment)).or_insert(0) += 1;
    }
    assert_eq!(per_day.len(), 10);
    assert_eq!(per_day.keys().next_back().unwrap(), &"2026-04-14".parse().unwrap());
    assert!(per_day.values().all(|count| (60..=140).contains(count)), "{per_day:?}");
}

proptest! {
    #[test]
    fn every_try_comes_at_a_welcome_moment_and_after_the_one_before(
        id in 1..1_000_000_i64,
        zone in proptest::sample::select(chrono_tz::TZ_VARIANTS.to_vec()),
        since in 1_767_225_600_i64..2_000_000_000,
        is_manager: bool,
    ) {
        let programme = Programme::default();
        let dana = person(id, "Dana", None, zone);
        let settings = Settings::of(&dana, &programme);
        let mut mark = Mark::since(Instant::from_timestamp(since, 0).unwrap(), &dana, &programme);
        let mut last = Instant::from_timestamp(since, 0).unwrap();
        for _ in 0..8 {
            let (next, moment) = mark.next(&dana, &programme, is_manager);
            prop_assert!(moment >= last, "{mark} then {next} at {moment}");
            prop_assert!(settings.is_welcome(moment));
            prop_assert!(next.quarter.contains(local_date(zone, moment)));
            prop_assert_eq!(Mark::parse(&next.to_string()), Some(next));
            (mark, last) = (next, moment);
        }
    }
}
