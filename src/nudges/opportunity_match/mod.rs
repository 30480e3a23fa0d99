//! Work for one person, at most once a week: only what fits fully, or what they want to learn, and never the same twice.
//!
//! What its buttons do are commands, so there is no `act` here.

pub mod card;

use super::{
    career_conversation::time_of_day,
    turn::{Message, Shown, Subject, Turn, Wish, World, is_later},
    weekly::Weekly,
};
use crate::{
    domain::{
        Instant,
        budget::Settings,
        calendar::{local_date, resolve},
        feedback::Heard,
        matching::{Band, Match},
        person::Person,
        preference::{NudgeKind, Openness},
        programme::Programme,
        scatter,
    },
    store::{seen, slots::Slot},
};
use chrono::{NaiveDate, TimeDelta, Weekday};

pub const KIND: NudgeKind = NudgeKind::OpportunityMatch;

/// So many matches are looked through for one that is good enough.
const CONSIDERED: usize = 20;
/// Not more than one in so many days, as the outcome of a turn says it.
const DAYS_BETWEEN: i64 = 7;
const ONE_A_WEEK: &str = "one_a_week";

/// A working day and an hour of the person's own, always the same.
fn rhythm(person: &Person, programme: &Programme) -> Weekly {
    let settings = Settings::of(person, programme);
    let seed = person.id.0.unsigned_abs();
    let usual = [Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri];
    let days = if settings.working_days.is_empty() { &usual } else { settings.working_days };
    let pick = usize::try_from(scatter(seed, 3)).unwrap_or(0) % days.len();
    Weekly { day: days[pick], at: time_of_day(settings.window, scatter(seed, 4)), zone: settings.zone }
}

/// A person's wake-up as it should be; `None` where the one it has is right.
#[must_use]
pub fn wake(person: &Person, programme: &Programme, old: Option<&Slot>, now: Instant) -> Option<Slot> {
    let is_on = person.is_active
        && !(person.have.is_empty() && person.want.is_empty())
        && person.preferences.openness != Openness::NotNow;
    rhythm(person, programme).wake(KIND, &Subject::Person(person.id), old, is_on, now)
}

#[must_use]
pub fn decide(world: &World<'_>, subject: &Subject, slot: &Slot) -> Turn {
    let found = subject.person().and_then(|id| world.company.person(id));
    let Some(person) = found else { return Turn::silent(&slot.label, "unknown_person", None) };
    let rhythm = rhythm(person, world.programme);
    // A turn that waits keeps its name; it is the one after the last that was handled.
    let due = slot.next_at.unwrap_or(world.now);
    let this = if is_later(slot) { rhythm.next(due - TimeDelta::days(7)) } else { rhythm.turn_at(due) };
    let next = rhythm.next(world.now.max(this.at)).at;
    let label = rhythm.label(&this.label);
    let silent = |outcome| Turn::silent(label.clone(), outcome, Some(next));
    if !person.is_active {
        return silent("left");
    }
    if person.have.is_empty() && person.want.is_empty() {
        return silent("no_skills");
    }
    if person.preferences.openness == Openness::NotNow {
        return silent("not_now");
    }
    let today = local_date(rhythm.zone, world.now);
    if let Some(from) = too_soon_until(world, person, today) {
        let settings = Settings::of(person, world.programme);
        let at = settings.next_moment(resolve(rhythm.zone, from, rhythm.at));
        return if at < next { Turn::later(&slot.label, ONE_A_WEEK, at) } else { silent(ONE_A_WEEK) };
    }
    let Some(found) = best(world, person, today) else { return silent("nothing_new") };
    let Some(post) = world.company.opportunity(found.id) else { return silent("nothing_new") };
    let wish = Wish {
        kind: KIND,
        slot,
        label: label.clone(),
        occurrence: this.label.clone(),
        next_at: Some(next),
        gives_way_at: Some(next),
        useful_until: Some(next),
        has_deadline: false,
    };
    let turn = world.send(person, &wish, |_| Message {
        card: card::offer(person, post),
        why: card::why(&found.reasons),
        subject: Some(post.id.to_string()),
    });
    if turn.outcome != super::turn::PLANNED {
        return turn;
    }
    let shown = Shown { audience: seen::audience(person.id), occurrence: this.label, posts: vec![post.id] };
    Turn { shown: Some(shown), ..turn }
}

/// The first day on which the last match is a week ago, if that is still to come.
fn too_soon_until(world: &World<'_>, person: &Person, today: NaiveDate) -> Option<NaiveDate> {
    let zone = Settings::of(person, world.programme).zone;
    let sent = world.facts.sent.get(&person.id)?;
    let last = sent.iter().filter(|sent| sent.kind == KIND && !sent.is_question).map(|sent| sent.at).max()?;
    local_date(zone, last).checked_add_signed(TimeDelta::days(DAYS_BETWEEN)).filter(|day| *day > today)
}

/// The best match that is worth a message and new to the person.
fn best(world: &World<'_>, person: &Person, today: NaiveDate) -> Option<Match> {
    let facts = world.facts;
    let feedback = facts.feedback.get(&person.id).cloned().unwrap_or_default();
    let mut posts = facts.known.get(&person.id).cloned().unwrap_or_default();
    posts.extend(feedback.ignored());
    let heard = Heard { posts, feedback };
    let all = world.company.ask(person, today, &heard, |ask| world.company.index.matches(ask, CONSIDERED));
    all.into_iter().find(|found| matches!(found.band, Band::Strong | Band::Stretch))
}

#[cfg(test)]
mod tests;
