//! Why did nothing come? What planning wrote down of a person's turns, and what holds now by the very rules it decides by.
//!
//! Nothing here decides anything: a turn's outcome was recorded when it was decided, the budget is asked as planning asks
//! it, and of somebody who has no turns yet a turn is decided and thrown away.

use super::{
    career_conversation::{self, Mark},
    conversation_check, decide, opportunity_match,
    turn::{Facts, LATER, MEMORY, STALE, STARTED, Subject, World, is_bundle},
};
use crate::{
    domain::{
        Instant,
        budget::{self, Ask, Decision, Reason, Settings},
        company::Company,
        id::PersonId,
        person::Person,
        preference::NudgeKind,
        programme::Programme,
    },
    store::{
        Tx, conversations,
        outbox::Entry,
        slots::{self, Slot},
    },
};
use chrono::TimeDelta;

/// A planned conversation is asked about for so long, and some more.
const ASKED_ABOUT: TimeDelta = TimeDelta::days(30);

/// How one kind stands for one person.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    pub kind: NudgeKind,
    /// About the person's own people, rather than about themselves.
    pub is_about_team: bool,
    /// When the last turn was decided; `None` before the first.
    pub decided_at: Option<Instant>,
    /// What it came to, as planning recorded it, or what stands in the way of the first.
    pub outcome: String,
    /// When the next turn is looked at.
    pub next_at: Option<Instant>,
    /// Why a message would not go out if it were wanted now, and the first moment at which it would.
    pub now: Option<(Reason, Option<Instant>)>,
}

impl Standing {
    /// The cap or the distance that would hold a message back now, with the sentence that says so. What somebody asked for,
    /// and their hours, are told elsewhere.
    #[must_use]
    pub fn limit(&self) -> Option<(String, Option<Instant>)> {
        let (reason, until) = self.now?;
        let is_limit = matches!(reason, Reason::Full { .. } | Reason::TooClose { .. } | Reason::BundleSent { .. });
        is_limit.then(|| (reason.why_not(), until))
    }

    /// The same turn is looked at again, rather than the one after it.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        self.outcome.starts_with(LATER)
    }
}

/// Where this person's turns stand.
///
/// # Errors
/// The database refused.
pub async fn turns_of(tx: &mut Tx, person: PersonId, now: Instant) -> sqlx::Result<Vec<(NudgeKind, Subject, Slot)>> {
    let mut wanted = vec![
        (career_conversation::KIND, Subject::Manager(person)),
        (career_conversation::KIND, Subject::Report(person)),
        (opportunity_match::KIND, Subject::Person(person)),
    ];
    for it in conversations::of_person(tx, person).await? {
        if it.planned_at.is_some_and(|at| now - at < ASKED_ABOUT) {
            wanted.push((conversation_check::KIND, Subject::Side { conversation: it.id, person }));
        }
    }
    let mut turns = Vec::new();
    for (kind, subject) in wanted {
        if let Some(slot) = slots::find(tx, kind.as_str(), &subject.to_string()).await? {
            turns.push((kind, subject, slot));
        }
    }
    Ok(turns)
}

/// How every kind stands for this person. `entries` is their ledger.
#[must_use]
pub fn standings(
    company: &Company,
    programme: &Programme,
    person: &Person,
    turns: &[(NudgeKind, Subject, Slot)],
    entries: &[Entry],
    now: Instant,
) -> Vec<Standing> {
    let mut facts = Facts::default();
    for entry in entries.iter().filter(|entry| entry.created_at >= now - MEMORY) {
        facts.add_entry(entry);
    }
    let world = World { company, programme, facts: &facts, now };
    let mut all: Vec<Standing> = turns
        .iter()
        .map(|(kind, subject, slot)| {
            // A turn that no longer comes was not decided: its subject was put to rest when the person changed.
            let hindrance = slot.next_at.is_none().then(|| hindrance(&world, *kind, subject, person)).flatten();
            Standing {
                kind: *kind,
                is_about_team: is_about_team(subject, person),
                decided_at: Some(slot.handled_at).filter(|_| slot.outcome != STARTED),
                outcome: hindrance.unwrap_or(&slot.outcome).to_owned(),
                next_at: slot.next_at,
                now: now_of(&world, *kind, subject, person),
            }
        })
        .collect();
    for (kind, subject) in
        [(career_conversation::KIND, Subject::Report(person.id)), (opportunity_match::KIND, Subject::Person(person.id))]
    {
        if !turns.iter().any(|(of, known, _)| (*of, known) == (kind, &subject)) {
            let outcome = hindrance(&world, kind, &subject, person).unwrap_or(STARTED).to_owned();
            let now = now_of(&world, kind, &subject, person);
            all.push(Standing { kind, is_about_team: false, decided_at: None, outcome, next_at: None, now });
        }
    }
    all
}

fn is_about_team(subject: &Subject, person: &Person) -> bool {
    *subject == Subject::Manager(person.id)
}

/// What keeps a turn of somebody from ever coming, as a turn decided now tells it.
fn hindrance(world: &World<'_>, kind: NudgeKind, subject: &Subject, person: &Person) -> Option<&'static str> {
    let slot = Slot {
        nudge: kind.as_str().to_owned(),
        subject: subject.to_string(),
        label: Mark::since(world.now, person, world.programme).to_string(),
        outcome: STARTED.to_owned(),
        handled_at: world.now,
        next_at: Some(world.now),
    };
    let outcome = decide(world, kind, subject, &slot).outcome;
    ["left", "no_skills", "not_now", "no_manager", "no_reports"].contains(&outcome).then_some(outcome)
}

/// What the budget says to a message of this kind at this moment.
fn now_of(world: &World<'_>, kind: NudgeKind, subject: &Subject, person: &Person) -> Option<(Reason, Option<Instant>)> {
    let ask = Ask {
        kind,
        is_bundled_manager: is_bundle(kind, &subject.to_string()),
        has_deadline: false,
        now: world.now,
        useful_until: None,
    };
    let sent = world.facts.sent.get(&person.id).map_or(&[][..], Vec::as_slice);
    match budget::decide(&ask, &Settings::of(person, world.programme), sent) {
        Decision::Send | Decision::Question => None,
        Decision::Later { at, reason } => Some((reason, Some(at))),
        Decision::Never { reason } => Some((reason, None)),
    }
}

/// A turn's outcome in words: to the person, and to whoever runs the server, who learns nothing about anybody's career.
/// `None` where a message was planned, or nothing is to be said.
#[must_use]
pub fn reason(outcome: &str) -> Option<(&'static str, &'static str)> {
    let (is_waiting, code) = match outcome.strip_prefix(LATER) {
        Some(code) => (true, code.trim_start()),
        None => (false, outcome),
    };
    Some(match code {
        "" if is_waiting => ("it waits for a moment that suits you", "it waits for a moment that suits them"),
        STALE => {
            let words = "its time passed while the service was not running";
            (words, words)
        }
        super::turn::ASKED => ("I asked first whether you want fewer", "they were asked first whether they want fewer"),
        super::turn::AGAIN => ("you asked for it again in a week", "they asked for it again in a week"),
        "no_account" => {
            ("you had no chat account I could write to", "no chat account is known to which it could be sent")
        }
        "no_reports" => ("nobody reports to you", "nobody reports to them"),
        "nothing_open" => ("every conversation had its time", "every conversation had its time"),
        "no_conversation" => ("there was no conversation to plan", "there was no conversation to plan"),
        "no_manager" => ("nobody is named as your manager", "nobody is named as their manager"),
        "turned_off" => ("you turned this kind off", "they turned this kind off"),
        "snoozed" => ("you asked for quiet", "they asked for quiet"),
        "fewer" => ("you asked for fewer of these", "they asked for fewer of these"),
        "full" => ("you had as many messages as you may get", "they had as many messages as they may get"),
        "too_close" => {
            let words = "another message had come only days before";
            (words, words)
        }
        "bundle_sent" => (
            "a message about your team had come only days before",
            "a message about their team had come only days before",
        ),
        "one_a_week" => ("one of these comes in seven days at most", "one of these comes in seven days at most"),
        "quiet_hours" => ("it was outside your hours for messages", "it was outside their hours for messages"),
        "free_day" => ("it was not one of your working days", "it was not one of their working days"),
        // Written by versions that knew no better.
        "over_budget" => ("you had enough messages already", "they had enough messages already"),
        "too_late" => {
            let words = "it would have been too late to be useful";
            (words, words)
        }
        "nothing_new" => ("nothing new fitted well enough", "nothing new fitted well enough"),
        "no_skills" => ("I know no skills of yours to match", OWN_PROFILE),
        "not_now" => ("your profile says that you do not want to move now", OWN_PROFILE),
        "answered" => ("you had answered already", "they had answered already"),
        "reminded" => ("you had been reminded once", "they had been reminded once"),
        "not_planned" => ("the conversation had no time any more", "the conversation had no time any more"),
        "left" => ("your account is no longer active", "they are no longer active"),
        _ => return None,
    })
}

/// Whether somebody wants to move is theirs alone, so it is told apart from nothing else.
const OWN_PROFILE: &str = "their profile gives nothing to suggest by";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_runs_the_server_cannot_tell_who_wants_to_move() {
        let told = |outcome| reason(outcome).unwrap().1;
        assert_eq!(told("not_now"), told("no_skills"));
    }

    #[test]
    fn a_turn_that_waits_says_what_for() {
        for reason_of in [
            Reason::QuietHours,
            Reason::FreeDay,
            Reason::Left,
            Reason::TooLate,
            Reason::TurnedOff(NudgeKind::OpportunityMatch),
            Reason::Fewer(NudgeKind::OpportunityMatch),
            Reason::Snoozed { until: chrono::NaiveDate::MIN },
            Reason::Full { max: 2, days: 7, pace: budget::Pace::Usual },
            Reason::TooClose { days: 3, pace: budget::Pace::Usual },
            Reason::BundleSent { days: 7, pace: budget::Pace::Usual },
        ] {
            let code = reason_of.code();
            assert!(reason(code).is_some(), "{code}");
            assert_eq!(reason(&format!("{LATER} {code}")), reason(code));
        }
        assert_eq!(reason(LATER).unwrap().0, "it waits for a moment that suits you");
        assert_eq!(reason("planned"), None);
    }
}
