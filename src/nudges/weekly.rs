//! What comes once a week on a day and an hour of its own.
//!
//! The slot's label is the turn and, behind it, the rhythm it was reckoned by: `2026-W19@Europe/Berlin|Mon 09:30
//! Europe/Berlin`. So a changed day, hour or zone is noticed, and makes no second message in the same week.

use super::turn::{STARTED, Subject, is_waiting};
use crate::{
    domain::{
        Instant,
        calendar::{self, Cadence},
        preference::NudgeKind,
    },
    store::slots::Slot,
};
use chrono::{NaiveTime, TimeDelta, Weekday};
use chrono_tz::Tz;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weekly {
    pub day: Weekday,
    pub at: NaiveTime,
    pub zone: Tz,
}

impl Weekly {
    /// The first turn strictly after this instant.
    #[must_use]
    pub fn next(&self, after: Instant) -> calendar::Slot {
        Cadence::weekly(self.day, self.at).next_slot(self.zone, after)
    }

    /// The turn that falls on this instant.
    #[must_use]
    pub fn turn_at(&self, due: Instant) -> calendar::Slot {
        self.next(due - TimeDelta::seconds(1))
    }

    /// What the slot says once this turn was handled.
    #[must_use]
    pub fn label(&self, turn: &str) -> String {
        format!("{turn}|{self}")
    }

    /// A subject's wake-up as it should be; `None` where the one it has is right.
    #[must_use]
    pub fn wake(
        &self,
        kind: NudgeKind,
        subject: &Subject,
        old: Option<&Slot>,
        is_on: bool,
        now: Instant,
    ) -> Option<Slot> {
        let (last, known) = old.and_then(|slot| slot.label.split_once('|')).unwrap_or(("", ""));
        let is_right = match old {
            Some(slot) if is_on => is_waiting(slot) || (slot.next_at.is_some() && known == self.to_string()),
            Some(slot) => slot.next_at.is_none(),
            None => !is_on,
        };
        if is_right {
            return None;
        }
        let next_at = is_on.then(|| {
            let next = self.next(now);
            let week = |label: &str| label.split('@').next().map(str::to_owned);
            if week(&next.label) == week(last) { self.next(next.at).at } else { next.at }
        });
        Some(Slot {
            nudge: kind.as_str().to_owned(),
            subject: subject.to_string(),
            label: self.label(last),
            outcome: if is_on { STARTED } else { "paused" }.to_owned(),
            handled_at: now,
            next_at,
        })
    }
}

impl std::fmt::Display for Weekly {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} {}", self.day, self.at.format("%H:%M"), self.zone.name())
    }
}
