//! Cadences, slots and zones; the only file that knows the `cron` crate.
//!
//! Everything is reckoned in wall-clock time of the reader's zone and named by its local label, so that a repeated hour
//! or a clock set back cannot make a second message.

mod cadence;
mod meeting;
mod quarter;
mod snooze;
mod speech;
mod working;

pub use cadence::{BadCron, Cadence, Slot};
pub use meeting::{Hours, Meetings, suggest_slots};
pub use quarter::{NotAQuarter, Quarter, week_label};
pub use snooze::{NotASnooze, Snooze, parse_snooze};
pub use speech::{short_label, spoken_day, spoken_time};
pub use working::{add_working_days, is_welcome, is_working_day, next_moment, nth_working_day_of};

use super::Instant;
use chrono::{NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

/// What the clock on the wall shows in this zone.
#[must_use]
pub fn wall_time(zone: Tz, at: Instant) -> NaiveDateTime {
    let utc = at.naive_utc();
    utc.checked_add_offset(zone.offset_from_utc_datetime(&utc).fix()).unwrap_or(utc)
}

/// The day it is in this zone.
#[must_use]
pub fn local_date(zone: Tz, at: Instant) -> NaiveDate {
    wall_time(zone, at).date()
}

/// The instant at which the wall clock of this zone shows this time: where it is skipped, the first valid minute after
/// it; where it comes twice, the first pass.
#[must_use]
pub fn resolve(zone: Tz, date: NaiveDate, time: NaiveTime) -> Instant {
    let [first, _] = passes(zone, date, time);
    first
}

/// Both passes of a wall-clock time; the same instant twice where there is only one.
fn passes(zone: Tz, date: NaiveDate, time: NaiveTime) -> [Instant; 2] {
    /// No zone ever skipped more than a day.
    const LONGEST_GAP: usize = 25 * 60;
    let mut wall = date.and_time(time);
    for _ in 0..LONGEST_GAP {
        let found = zone.from_local_datetime(&wall);
        if let (Some(a), Some(b)) = (found.earliest(), found.latest()) {
            return [a.min(b).with_timezone(&Utc), a.max(b).with_timezone(&Utc)];
        }
        let Some(next) = whole_minute(wall).checked_add_signed(TimeDelta::minutes(1)) else { break };
        wall = next;
    }
    [wall.and_utc(); 2]
}

fn whole_minute(wall: NaiveDateTime) -> NaiveDateTime {
    use chrono::Timelike;
    wall.with_second(0).and_then(|wall| wall.with_nanosecond(0)).unwrap_or(wall)
}

/// The day `days` later, or the last day there is.
fn days_after(date: NaiveDate, days: u64) -> NaiveDate {
    date.checked_add_days(chrono::Days::new(days)).unwrap_or(NaiveDate::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::Timelike;
    use proptest::prelude::*;

    pub(super) fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    pub(super) fn clock(text: &str) -> NaiveTime {
        NaiveTime::parse_from_str(text, "%H:%M").unwrap()
    }

    pub(super) fn at(text: &str) -> Instant {
        text.parse().unwrap()
    }

    pub(super) fn any_zone() -> impl Strategy<Value = Tz> {
        proptest::sample::select(chrono_tz::TZ_VARIANTS.to_vec())
    }

    pub(super) fn any_day() -> impl Strategy<Value = NaiveDate> {
        (0..14 * 365_u64).prop_map(|days| days_after(day("2024-01-01"), days))
    }

    pub(super) fn any_clock() -> impl Strategy<Value = NaiveTime> {
        (0..24_u32, 0..60_u32).prop_map(|(hour, minute)| NaiveTime::from_hms_opt(hour, minute, 0).unwrap())
    }

    pub(super) fn any_instant() -> impl Strategy<Value = Instant> {
        (1_704_067_200_i64..2_145_000_000).prop_map(|second| Instant::from_timestamp(second, 0).unwrap())
    }

    #[test]
    fn a_time_that_the_clock_skips_becomes_the_first_valid_minute_after_it() {
        let berlin = Tz::Europe__Berlin;
        assert_eq!(resolve(berlin, day("2026-03-29"), clock("02:30")), at("2026-03-29T01:00:00Z"));
        assert_eq!(resolve(Tz::America__Santiago, day("2026-09-06"), clock("00:10")), at("2026-09-06T04:00:00Z"));
        assert_eq!(resolve(Tz::Australia__Lord_Howe, day("2026-10-04"), clock("02:15")), at("2026-10-03T15:30:00Z"));
    }

    #[test]
    fn a_time_that_comes_twice_is_its_first_pass() {
        assert_eq!(resolve(Tz::Europe__Berlin, day("2026-10-25"), clock("02:30")), at("2026-10-25T00:30:00Z"));
        assert_eq!(resolve(Tz::America__New_York, day("2026-11-01"), clock("01:30")), at("2026-11-01T05:30:00Z"));
    }

    #[test]
    fn the_ends_of_time_do_not_panic() {
        for zone in [Tz::UTC, Tz::Pacific__Kiritimati, Tz::America__Adak] {
            for date in [NaiveDate::MIN, NaiveDate::MAX] {
                let found = resolve(zone, date, clock("23:59"));
                let _ = wall_time(zone, found);
            }
            for extreme in [Instant::MIN_UTC, Instant::MAX_UTC] {
                let _ = local_date(zone, extreme);
                let _ = spoken_time(extreme, zone);
            }
        }
    }

    proptest! {
        #[test]
        fn a_resolved_time_shows_itself_on_the_wall_or_the_end_of_the_gap_the_same_day(
            zone in any_zone(), date in any_day(), time in any_clock()
        ) {
            let found = resolve(zone, date, time);
            let shown = wall_time(zone, found);
            if shown != date.and_time(time) {
                prop_assert!(zone.from_local_datetime(&date.and_time(time)).earliest().is_none());
                prop_assert!(shown > date.and_time(time) && shown.date() == date && shown.second() == 0);
                let before = wall_time(zone, found - TimeDelta::seconds(1));
                prop_assert!(before < date.and_time(time));
            } else {
                let earlier = wall_time(zone, found - TimeDelta::hours(3));
                prop_assert!(earlier < shown);
            }
        }
    }
}
