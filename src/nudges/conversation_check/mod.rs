//! "Did it happen?", to each of the two separately, two hours after the planned end; one reminder at most.

pub mod act;
pub mod card;

use super::turn::{Message, Subject, Turn, Wish, World};
use crate::{
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
        return Turn::silent(format!("v{} planned", it.version), "moved", Some(first));
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
        useful_until: Some(planned + TimeDelta::days(14)),
        has_deadline: is_first,
    };
    let zone = Settings::of(person, world.programme).zone;
    let name = world.name(other(it, person.id));
    world.send(person, &wish, |now| Message {
        card: card::check(&name, it, planned, zone, local_date(zone, now)),
        why: format!("You and {name} planned a career conversation, and its time has passed."),
        subject: Some(it.id.0.to_string()),
    })
}
