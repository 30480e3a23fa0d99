//! May this person be nudged now, and if not, when and why.
//!
//! The caps hold across everything that is sent unasked to a person. They count days by the person's own calendar, so
//! that a weekly message stays a weekly one when the clocks change. A digest belongs to a channel, and nobody's budget
//! pays for it. Whether the programme is switched on is the planner's question, not ours: a rehearsal asks us, too.

mod history;
mod reason;
mod settings;
#[cfg(test)]
mod tests;

pub use reason::{Pace, Reason};
pub use settings::Settings;

use super::{
    Instant, calendar,
    preference::{Appetite, NudgeKind},
};
use chrono::NaiveTime;
use history::History;

/// The most in any 31 days.
pub const MAX_PER_MONTH: usize = 6;
/// Two messages are at least so many days apart.
const DAYS_BETWEEN: i64 = 3;

/// What somebody would like to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ask {
    pub kind: NudgeKind,
    /// One message to a manager about all their reports.
    pub is_bundled_manager: bool,
    /// A decision that cannot wait: it keeps the caps, the quiet hours and the snooze, but needs no distance from other
    /// messages and is not slowed down by those that were ignored.
    pub has_deadline: bool,
    pub now: Instant,
    /// Sent later than this it would make no sense.
    pub useful_until: Option<Instant>,
}

/// What was sent to the person unasked, and what came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sent {
    pub kind: NudgeKind,
    pub at: Instant,
    pub is_bundled_manager: bool,
    /// It was the question whether to keep, lessen or stop; see [`Decision::Question`].
    pub is_question: bool,
    pub response: Option<Response>,
}

/// Any press is an answer; only silence is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Response {
    Acted,
    /// "Not now".
    Dismissed,
    /// "Fewer like this".
    Fewer,
    Snoozed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    Send,
    /// Instead of this message, ask once: "keep, less, stop?"
    Question,
    /// Not now; `at` is the first moment at which it would be sent if nothing else happened until then.
    Later {
        at: Instant,
        reason: Reason,
    },
    Never {
        reason: Reason,
    },
}

/// The one place that decides whether a person is written to unasked.
#[must_use]
pub fn decide(ask: &Ask, settings: &Settings<'_>, sent: &[Sent]) -> Decision {
    if ask.kind == NudgeKind::ChannelDigest {
        return Decision::Send;
    }
    let never = |reason| Decision::Never { reason };
    if !settings.is_active {
        return never(Reason::Left);
    }
    if settings.preferences.appetite(ask.kind) == Appetite::Off || settings.max_per_week == 0 {
        return never(Reason::TurnedOff(ask.kind));
    }
    if ask.useful_until.is_some_and(|until| ask.now > until) {
        return never(Reason::TooLate);
    }
    let history = History::new(sent, settings);
    let mut at = ask.now;
    let mut first = None;
    while let Some((next, reason)) = blocked(ask, settings, &history, at) {
        let reason = *first.get_or_insert(reason);
        // Every rule gives way after a time, and each step goes forward; only the end of the calendar stops it.
        if next <= at || ask.useful_until.is_some_and(|until| next > until) {
            return never(reason);
        }
        at = next;
    }
    match first {
        Some(reason) => Decision::Later { at, reason },
        None if !ask.has_deadline && history.wants_question(settings.day(at)) => Decision::Question,
        None => Decision::Send,
    }
}

/// A last look before a message leaves that [`decide`] allowed: the first moment from `now` on that is welcome and keeps the
/// week's cap, which may have been lowered since. `left` is when others left in the last days.
#[must_use]
pub fn leaves_at(settings: &Settings<'_>, left: &[Instant], now: Instant) -> Option<Instant> {
    let mut days: Vec<_> = left.iter().map(|at| settings.day(*at)).collect();
    days.sort_unstable_by(|a, b| b.cmp(a));
    let last_that_counts = days.get(settings.max_per_week.checked_sub(1)?);
    let free_on = last_that_counts.and_then(|day| day.checked_add_signed(chrono::TimeDelta::days(7)));
    let from = match free_on.filter(|day| settings.day(now) < *day) {
        Some(day) => calendar::resolve(settings.zone, day, NaiveTime::MIN),
        None => now,
    };
    Some(settings.next_moment(from))
}

/// The rule that forbids a message at this moment, and the first moment at which it no longer does.
fn blocked(ask: &Ask, settings: &Settings<'_>, history: &History<'_>, at: Instant) -> Option<(Instant, Reason)> {
    if let Some(until) = settings.preferences.snoozed_until.filter(|until| at < *until) {
        return Some((settings.next_moment(until), Reason::Snoozed { until: settings.day(until) }));
    }
    let today = settings.day(at);
    let pace = if history.wants_less(today) && !ask.has_deadline { Pace::Halved } else { Pace::Usual };
    let (between, week, month) = (pace.stretch(DAYS_BETWEEN), pace.stretch(7), pace.stretch(31));
    let is_fewer = settings.preferences.appetite(ask.kind) == Appetite::Fewer;
    let rules = [
        (
            is_fewer.then(|| history.full_until(|sent| sent.kind == ask.kind, 1, 2 * usual_days(ask.kind))),
            Reason::Fewer(ask.kind),
        ),
        (
            (!ask.has_deadline).then(|| history.full_until(|_| true, 1, between)),
            Reason::TooClose { days: between, pace },
        ),
        (
            (ask.is_bundled_manager && !ask.has_deadline)
                .then(|| history.full_until(|sent| sent.is_bundled_manager, 1, week)),
            Reason::BundleSent { days: week, pace },
        ),
        (
            Some(history.full_until(|_| true, settings.max_per_week, week)),
            Reason::Full { max: settings.max_per_week, days: week, pace },
        ),
        (
            Some(history.full_until(|_| true, MAX_PER_MONTH, month)),
            Reason::Full { max: MAX_PER_MONTH, days: month, pace },
        ),
    ];
    for (free_on, reason) in rules {
        if let Some(day) = free_on.flatten().filter(|day| today < *day) {
            return Some((settings.next_moment(calendar::resolve(settings.zone, day, NaiveTime::MIN)), reason));
        }
    }
    if settings.is_welcome(at) {
        return None;
    }
    let is_free_day = !calendar::is_working_day(today, settings.working_days);
    Some((settings.next_moment(at), if is_free_day { Reason::FreeDay } else { Reason::QuietHours }))
}

/// How far apart messages of one kind usually are; "fewer" doubles it.
fn usual_days(kind: NudgeKind) -> i64 {
    match kind {
        NudgeKind::CareerConversation => 30,
        NudgeKind::ConversationCheck | NudgeKind::ChannelDigest | NudgeKind::OpportunityMatch => 7,
    }
}
