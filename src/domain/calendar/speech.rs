//! Times as people say them: with the weekday, and with the zone where it matters.

use super::{Instant, local_date, wall_time};
use chrono::{Datelike, NaiveDate};
use chrono_tz::Tz;

/// `Tue 14 May, 14:00 (Berlin time)`.
#[must_use]
pub fn spoken_time(at: Instant, zone: Tz) -> String {
    let wall = wall_time(zone, at);
    format!("{}, {} ({})", spoken_day(wall.date()), wall.format("%H:%M"), spoken_zone(zone))
}

/// `Thu 14 May`.
#[must_use]
pub fn spoken_day(date: NaiveDate) -> String {
    const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let weekday = DAYS[date.weekday().num_days_from_monday() as usize];
    [weekday, " ", &date.day().to_string(), " ", MONTHS[date.month0() as usize]].concat()
}

/// For a button: `Tue 14:00`, or `Tue 12 May 14:00` where that weekday comes more than once until then.
#[must_use]
pub fn short_label(at: Instant, zone: Tz, now: Instant) -> String {
    let wall = wall_time(zone, at);
    let days = wall.date().signed_duration_since(local_date(zone, now)).num_days();
    if (0..=6).contains(&days) {
        format!("{} {}", wall.weekday(), wall.format("%H:%M"))
    } else {
        format!("{} {}", spoken_day(wall.date()), wall.format("%H:%M"))
    }
}

fn spoken_zone(zone: Tz) -> String {
    let name = zone.name();
    match name.rsplit_once('/') {
        Some(("Etc", place)) => place.to_owned(),
        Some((_, place)) => format!("{} time", place.replace('_', " ")),
        None => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{at, day};
    use super::*;

    #[test]
    fn a_time_is_said_with_its_weekday_and_the_place_whose_clock_it_is() {
        let noon = at("2026-05-12T12:00:00Z");
        assert_eq!(spoken_time(noon, Tz::Europe__Berlin), "Tue 12 May, 14:00 (Berlin time)");
        assert_eq!(spoken_time(noon, Tz::America__New_York), "Tue 12 May, 08:00 (New York time)");
        assert_eq!(spoken_time(noon, Tz::UTC), "Tue 12 May, 12:00 (UTC)");
        assert_eq!(spoken_time(noon, Tz::Etc__GMTPlus5), "Tue 12 May, 07:00 (GMT+5)");
        assert_eq!(spoken_day(day("2026-05-04")), "Mon 4 May");
    }

    #[test]
    fn every_day_of_a_year_has_its_short_name() {
        for day in day("2026-01-01").iter_days().take(365) {
            assert_eq!(spoken_day(day), day.format("%a %-d %b").to_string());
        }
    }

    #[test]
    fn a_button_names_the_date_only_where_the_weekday_is_not_enough() {
        let now = at("2026-05-06T09:00:00Z");
        let label = |text| short_label(at(text), Tz::Europe__Berlin, now);
        assert_eq!(label("2026-05-12T12:00:00Z"), "Tue 14:00");
        assert_eq!(label("2026-05-13T12:00:00Z"), "Wed 13 May 14:00");
        assert_eq!(label("2026-05-05T12:00:00Z"), "Tue 5 May 14:00");
    }
}
