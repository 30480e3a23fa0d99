//! "Did it happen?", to each of the two separately, two hours after the planned end; one reminder at most.

pub mod act;
pub mod card;

use super::turn::{MOVED, Message, PLANNED, Subject, Turn, Wish, World};
use crate::{
    commands::cards::listed,
    domain::{
        Instant,
        budget::Settings,
        calendar::{self, add_working_days, local_date, resolve, wall_time},
        company::Company,
        conversation::{Claim, Conversation},
        id::PersonId,
        person::Person,
        preference::NudgeKind,
        programme::Programme,
    },
    store::slots::Slot,
};
use chrono::TimeDelta;

pub const KIND: NudgeKind = NudgeKind::ConversationCheck;

/// After so long nobody is asked any more.
const USEFUL: TimeDelta = TimeDelta::days(14);

/// The wake-ups of both, after the conversation was given a time. They take the place of earlier ones.
#[must_use]
pub fn wakes(company: &Company, programme: &Programme, it: &Conversation, now: Instant) -> Vec<Slot> {
    let Some(planned) = it.planned_at else { return Vec::new() };
    [it.manager, it.report]
        .into_iter()
        .filter_map(|id| company.person(id))
        .map(|person| Slot {
            nudge: KIND.as_str().to_owned(),
            subject: Subject::Side { conversation: it.id, person: person.id }.to_string(),
            label: format!("v{} planned", it.version),
            outcome: "planned_time".to_owned(),
            handled_at: now,
            next_at: Some(first_ask(person, programme, it, planned)),
        })
        .collect()
}

/// What this person said about it.
#[must_use]
pub fn says(it: &Conversation, person: PersonId) -> Option<Claim> {
    if it.manager == person { it.manager_says } else { it.report_says }
}

/// The other one of the two.
#[must_use]
pub fn other(it: &Conversation, person: PersonId) -> PersonId {
    if it.manager == person { it.report } else { it.manager }
}

fn welcome(person: &Person, programme: &Programme, from: Instant) -> Instant {
    let settings = Settings::of(person, programme);
    calendar::next_moment(settings.zone, settings.window, settings.working_days, from)
}

fn first_ask(person: &Person, programme: &Programme, it: &Conversation, planned: Instant) -> Instant {
    welcome(person, programme, planned + TimeDelta::minutes(i64::from(it.minutes)) + TimeDelta::hours(2))
}

/// Two working days after the question, at the same hour.
fn reminder(person: &Person, programme: &Programme, asked: Instant) -> Instant {
    let settings = Settings::of(person, programme);
    let wall = wall_time(settings.zone, asked);
    let date = add_working_days(wall.date(), 2, settings.working_days);
    welcome(person, programme, resolve(settings.zone, date, wall.time()))
}

#[must_use]
pub fn decide(world: &World<'_>, subject: &Subject, slot: &Slot) -> Turn {
    let silent = |outcome| Turn::silent(&slot.label, outcome, None);
    let Subject::Side { conversation, person } = subject else { return silent("unknown_subject") };
    let Some(it) = world.facts.conversations.get(conversation) else { return silent("no_conversation") };
    let Some(person) = world.company.person(*person) else { return silent("unknown_person") };
    let Some(planned) = it.planned_at.filter(|_| !it.is_skipped) else { return silent("not_planned") };
    if says(it, person.id).is_some() {
        return silent("answered");
    }
    if !person.is_active {
        return silent("left");
    }
    let first = first_ask(person, world.programme, it, planned);
    if first > world.now {
        return Turn::silent(format!("v{} planned", it.version), MOVED, Some(first));
    }
    let is_first = slot.label.ends_with("planned");
    if !is_first && !slot.label.ends_with("asked") {
        return silent("reminded");
    }
    let label = format!("v{} {}", it.version, if is_first { "asked" } else { "reminded" });
    let wish = Wish {
        kind: KIND,
        slot,
        occurrence: label.clone(),
        label,
        next_at: is_first.then(|| reminder(person, world.programme, world.now)),
        gives_way_at: None,
        useful_until: Some(planned + USEFUL),
        has_deadline: is_first,
    };
    let zone = Settings::of(person, world.programme).zone;
    let with = with(world, it, person);
    let asked: Vec<&Conversation> = with.iter().map(|(it, _)| *it).chain([it]).collect();
    let names: Vec<String> = asked.iter().map(|it| world.name(other(it, person.id))).collect();
    let turn = world.send(person, &wish, |now| Message {
        card: card::check(&asked, &names, zone, local_date(zone, now)),
        why: format!("You planned a career conversation with {}, and its time has passed.", listed(&names)),
        subject: Some(it.id.0.to_string()),
    });
    if turn.outcome != PLANNED {
        return turn;
    }
    let next_at = Some(reminder(person, world.programme, world.now));
    let also = with.into_iter().map(|(it, slot)| Slot {
        label: format!("v{} asked", it.version),
        outcome: PLANNED.to_owned(),
        handled_at: world.now,
        next_at,
        ..slot.clone()
    });
    Turn { also: also.collect(), ..turn }
}

/// A manager's other conversations that are due to be asked about and were not yet: one message goes through them all.
fn with<'w>(world: &'w World<'_>, it: &Conversation, person: &Person) -> Vec<(&'w Conversation, &'w Slot)> {
    if it.manager != person.id {
        return Vec::new();
    }
    let mut with: Vec<_> = world
        .facts
        .conversations
        .values()
        .filter(|other| {
            other.manager == person.id && other.id != it.id && is_over(person, world.programme, other, world.now)
        })
        .filter_map(|other| {
            let subject = Subject::Side { conversation: other.id, person: person.id };
            let slot = world.facts.slots.get(&subject.to_string())?;
            (slot.next_at.is_some() && slot.label == format!("v{} planned", other.version)).then_some((other, slot))
        })
        .collect();
    with.sort_by_key(|(other, _)| (other.planned_at, other.id));
    with.truncate(card::MOST - 1);
    with
}

/// Whether this person may be asked about it: its time has passed, and they have not said.
#[must_use]
pub fn is_over(person: &Person, programme: &Programme, it: &Conversation, now: Instant) -> bool {
    let planned = it.planned_at.filter(|_| !it.is_skipped && says(it, person.id).is_none());
    planned.is_some_and(|planned| first_ask(person, programme, it, planned) <= now && now - planned < USEFUL)
}
