//! Working days and the hours in which a message is welcome.

use super::{Instant, Quarter, days_after, passes, wall_time};
use chrono::{Datelike, NaiveDate, NaiveTime, Timelike, Weekday};
use chrono_tz::Tz;

const USUAL_DAYS: [Weekday; 5] = [Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri];

/// Nobody works on no day: an empty list means Monday to Friday.
#[must_use]
pub fn is_working_day(date: NaiveDate, working_days: &[Weekday]) -> bool {
    let days = if working_days.is_empty() { &USUAL_DAYS } else { working_days };
    days.contains(&date.weekday())
}

/// The `n`th working day of a quarter, counted from 1; the last one where it has fewer.
#[must_use]
pub fn nth_working_day_of(quarter: Quarter, n: u32, working_days: &[Weekday]) -> NaiveDate {
    let mut last = quarter.start();
    let mut seen = 0;
    for date in quarter.start().iter_days().take_while(|date| *date <= quarter.end()) {
        if is_working_day(date, working_days) {
            last = date;
            seen += 1;
        }
        if seen >= n.max(1) {
            break;
        }
    }
    last
}

/// The day `n` working days after this one; with 0, the day itself.
#[must_use]
pub fn add_working_days(date: NaiveDate, n: u32, working_days: &[Weekday]) -> NaiveDate {
    let week = date.iter_days().take(7).filter(|date| is_working_day(*date, working_days)).count();
    let per_week = u32::try_from(week).unwrap_or(5).max(1);
    // Whole weeks at once; at least one day is walked, so that the result is a working day.
    let weeks = n.saturating_sub(1) / per_week;
    let mut left = n - weeks * per_week;
    let mut found = days_after(date, u64::from(weeks) * 7);
    while left > 0 {
        let Some(next) = found.succ_opt() else { break };
        found = next;
        if is_working_day(found, working_days) {
            left -= 1;
        }
    }
    found
}

/// Whether a message is welcome now: on a working day, not before the first and not after the second time of the window
/// (its minute included). A window that ends before it begins goes over midnight.
#[must_use]
pub fn is_welcome(zone: Tz, window: (NaiveTime, NaiveTime), working_days: &[Weekday], at: Instant) -> bool {
    let (quiet_before, quiet_after) = window;
    let wall = wall_time(zone, at);
    let is_early = wall.time() < quiet_before;
    let is_late = minute_of_day(wall.time()) > minute_of_day(quiet_after);
    let is_inside = if quiet_before <= quiet_after { !is_early && !is_late } else { !is_early || !is_late };
    is_inside && is_working_day(wall.date(), working_days)
}

fn minute_of_day(time: NaiveTime) -> u32 {
    time.hour() * 60 + time.minute()
}

/// The first instant at or after `from` at which a message is welcome.
#[must_use]
pub fn next_moment(zone: Tz, window: (NaiveTime, NaiveTime), working_days: &[Weekday], from: Instant) -> Instant {
    if is_welcome(zone, window, working_days, from) {
        return from;
    }
    // A welcome stretch begins at the window's beginning, or at midnight; a clock set forward may swallow one of them.
    let first_on = |date: NaiveDate| {
        let starts = [NaiveTime::MIN, window.0].into_iter().flat_map(|time| passes(zone, date, time));
        starts.filter(|moment| *moment >= from && is_welcome(zone, window, working_days, *moment)).min()
    };
    // Six weeks are more than enough: the window opens on at least one day of every week. Where a clock is set back over
    // midnight, the next day begins first.
    let mut days = wall_time(zone, from).date().iter_days().take(43);
    let found = days.find_map(first_on);
    found.into_iter().chain(days.next().and_then(first_on)).min().unwrap_or(from)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{any_clock, any_day, any_instant, any_zone, at, clock, day};
    use super::*;
    use chrono::TimeDelta;
    use proptest::prelude::*;

    fn any_days() -> impl Strategy<Value = Vec<Weekday>> {
        proptest::collection::vec((0..7_u8).prop_map(|day| Weekday::try_from(day).unwrap()), 0..5)
    }

    #[test]
    fn a_message_waits_for_the_morning_and_for_monday() {
        let window = (clock("09:30"), clock("16:00"));
        let next = |from| next_moment(Tz::Europe__Berlin, window, &[], at(from));
        assert_eq!(next("2026-05-14T05:00:00Z"), at("2026-05-14T07:30:00Z"));
        assert_eq!(next("2026-05-14T08:00:00Z"), at("2026-05-14T08:00:00Z"));
        assert_eq!(next("2026-05-14T14:00:30Z"), at("2026-05-14T14:00:30Z"), "16:00 itself is welcome");
        assert_eq!(next("2026-05-14T14:01:00Z"), at("2026-05-15T07:30:00Z"));
        assert_eq!(next("2026-05-15T15:00:00Z"), at("2026-05-18T07:30:00Z"));
    }

    #[test]
    fn a_day_from_midnight_to_midnight_is_always_awake_on_working_days() {
        let window = (clock("00:00"), clock("23:59"));
        for hour in 0..24 {
            let moment = at("2026-05-13T00:00:59Z") + TimeDelta::hours(hour);
            assert!(is_welcome(Tz::UTC, window, &[], moment));
        }
        assert_eq!(next_moment(Tz::UTC, window, &[], at("2026-05-16T10:00:00Z")), at("2026-05-18T00:00:00Z"));
    }

    #[test]
    fn a_night_shift_is_awake_over_midnight() {
        let window = (clock("22:00"), clock("06:00"));
        assert!(is_welcome(Tz::UTC, window, &[], at("2026-05-13T23:00:00Z")));
        assert!(is_welcome(Tz::UTC, window, &[], at("2026-05-13T05:00:00Z")));
        assert_eq!(next_moment(Tz::UTC, window, &[], at("2026-05-13T12:00:00Z")), at("2026-05-13T22:00:00Z"));
    }

    #[test]
    fn the_tenth_working_day_of_a_quarter_is_in_its_second_week() {
        let quarter: Quarter = "2026-Q2".parse().unwrap();
        assert_eq!(nth_working_day_of(quarter, 1, &[]), day("2026-04-01"));
        assert_eq!(nth_working_day_of(quarter, 10, &[]), day("2026-04-14"));
        assert_eq!(nth_working_day_of(quarter, 0, &[]), day("2026-04-01"));
        assert_eq!(nth_working_day_of(quarter, 1000, &[]), day("2026-06-30"));
        assert_eq!(nth_working_day_of(quarter, 1, &[Weekday::Sun]), day("2026-04-05"));
    }

    #[test]
    fn one_working_day_after_friday_is_monday() {
        assert_eq!(add_working_days(day("2026-05-15"), 1, &[]), day("2026-05-18"));
        assert_eq!(add_working_days(day("2026-05-16"), 1, &[]), day("2026-05-18"));
        assert_eq!(add_working_days(day("2026-05-14"), 10, &[]), day("2026-05-28"));
        assert_eq!(add_working_days(day("2026-05-14"), 0, &[]), day("2026-05-14"));
        assert_eq!(add_working_days(NaiveDate::MAX, u32::MAX, &[]), NaiveDate::MAX);
        assert!(add_working_days(day("2026-05-14"), u32::MAX, &[Weekday::Mon]) > day("2026-05-14"));
    }

    proptest! {
        #[test]
        fn the_next_moment_is_welcome_and_none_before_it_is(
            zone in any_zone(), from in any_instant(), open in any_clock(), close in any_clock(), days in any_days()
        ) {
            let window = (open, close);
            let found = next_moment(zone, window, &days, from);
            prop_assert!(found >= from);
            prop_assert!(is_welcome(zone, window, &days, found));
            let mut probe = from;
            while probe < found {
                prop_assert!(!is_welcome(zone, window, &days, probe), "{probe}");
                probe += TimeDelta::minutes(13);
            }
        }

        #[test]
        fn working_days_are_counted_one_by_one(date in any_day(), n in 1..40_u32, days in any_days()) {
            let found = add_working_days(date, n, &days);
            let between = date.iter_days().skip(1).take_while(|d| *d <= found).filter(|d| is_working_day(*d, &days));
            prop_assert_eq!(between.count(), n as usize);
            prop_assert!(is_working_day(found, &days));
        }
    }
}
