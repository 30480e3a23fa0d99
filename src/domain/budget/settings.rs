//! When one person is welcome to be written to: quiet hours, working days, snooze.

use crate::domain::{Instant, calendar, person::Person, preference::Preferences, programme::Programme};
use chrono::{NaiveDate, NaiveTime, Weekday};
use chrono_tz::Tz;

/// How one person wants to be written to: their own settings where they have them, else the programme's.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings<'a> {
    pub is_active: bool,
    pub zone: Tz,
    /// Not before, not after.
    pub window: (NaiveTime, NaiveTime),
    pub working_days: &'a [Weekday],
    pub max_per_week: usize,
    pub preferences: &'a Preferences,
}

impl<'a> Settings<'a> {
    #[must_use]
    pub fn of(person: &'a Person, programme: &'a Programme) -> Settings<'a> {
        let own = &person.preferences;
        let cap = own.max_per_week.unwrap_or(programme.max_per_week).min(programme.max_per_week);
        Settings {
            is_active: person.is_active,
            zone: person.zone.unwrap_or(programme.default_zone),
            window: (
                own.quiet_before.unwrap_or(programme.quiet_before),
                own.quiet_after.unwrap_or(programme.quiet_after),
            ),
            working_days: own.working_days.as_deref().unwrap_or(&programme.working_days),
            max_per_week: cap as usize,
            preferences: own,
        }
    }

    #[must_use]
    pub fn is_welcome(&self, at: Instant) -> bool {
        calendar::is_welcome(self.zone, self.window, self.working_days, at)
    }

    /// The first instant from here on that is neither quiet nor snoozed.
    #[must_use]
    pub fn next_moment(&self, from: Instant) -> Instant {
        let from = self.preferences.snoozed_until.map_or(from, |until| from.max(until));
        calendar::next_moment(self.zone, self.window, self.working_days, from)
    }

    pub(super) fn day(&self, at: Instant) -> NaiveDate {
        calendar::local_date(self.zone, at)
    }
}
