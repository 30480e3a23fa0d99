//! Why a message waits, in words for the person it would have gone to.

use crate::domain::{calendar, preference::NudgeKind};
use chrono::NaiveDate;

/// Why a message waits or is dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The person has left.
    Left,
    TurnedOff(NudgeKind),
    Snoozed {
        until: NaiveDate,
    },
    QuietHours,
    FreeDay,
    /// As many as allowed in so many days.
    Full {
        max: usize,
        days: i64,
        pace: Pace,
    },
    /// A manager gets one message about all reports in so many days.
    BundleSent {
        days: i64,
        pace: Pace,
    },
    /// Another message was sent less than so many days ago.
    TooClose {
        days: i64,
        pace: Pace,
    },
    /// "Fewer like this".
    Fewer(NudgeKind),
    TooLate,
}

/// Whether the usual rules are stretched because the last messages were ignored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    Usual,
    Halved,
}

impl Pace {
    pub(super) fn stretch(self, days: i64) -> i64 {
        match self {
            Pace::Usual => days,
            Pace::Halved => days * 2,
        }
    }

    fn why(self) -> &'static str {
        match self {
            Pace::Usual => "",
            Pace::Halved => " The last ones had no answer, so I write half as often.",
        }
    }
}

impl Reason {
    /// The rule, in a word, as a turn's outcome tells it.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Reason::Left => "left",
            Reason::TurnedOff(_) => "turned_off",
            Reason::Snoozed { .. } => "snoozed",
            Reason::QuietHours => "quiet_hours",
            Reason::FreeDay => "free_day",
            Reason::Full { .. } => "full",
            Reason::BundleSent { .. } => "bundle_sent",
            Reason::TooClose { .. } => "too_close",
            Reason::Fewer(_) => "fewer",
            Reason::TooLate => "too_late",
        }
    }

    /// One plain sentence or two for the ledger, to the person themselves.
    #[must_use]
    pub fn why_not(&self) -> String {
        match *self {
            Reason::Left => "The account is no longer active.".to_owned(),
            Reason::TurnedOff(kind) => format!("“{}” is turned off in your settings.", kind.label()),
            Reason::Snoozed { until } => format!("You asked for quiet until {}.", calendar::spoken_day(until)),
            Reason::QuietHours => "It was outside the hours in which you get messages.".to_owned(),
            Reason::FreeDay => "It was not one of your working days.".to_owned(),
            Reason::Full { max, days, pace } => {
                format!("At most {} in {days} days, and they were used.{}", messages(max), pace.why())
            }
            Reason::BundleSent { days, pace } => {
                format!("At most one message about a whole team in {days} days.{}", pace.why())
            }
            Reason::TooClose { days, pace } => {
                format!("Another message came less than {days} days before.{}", pace.why())
            }
            Reason::Fewer(kind) => format!("You asked for fewer of “{}”, so it comes half as often.", kind.label()),
            Reason::TooLate => "By then it would have been too late to be useful.".to_owned(),
        }
    }
}

fn messages(count: usize) -> String {
    if count == 1 { "1 message".to_owned() } else { format!("{count} messages") }
}
