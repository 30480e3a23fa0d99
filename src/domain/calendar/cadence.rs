//! When something comes again: every week on a day, or by a cron line.

use super::{Instant, local_date, resolve, week_label};
use chrono::{Datelike, NaiveDate, NaiveTime, Weekday};
use chrono_tz::Tz;
use cron::TimeUnitSpec;
use std::str::FromStr;

/// How often something comes, in wall-clock time of whoever it is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cadence {
    Weekly { day: Weekday, at: NaiveTime },
    Cron(Cron),
}

/// One turn of a cadence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    /// Its name by the local calendar, such as `2026-W14@Europe/Paris`: the same turn always has the same name.
    pub label: String,
    pub at: Instant,
}

impl Cadence {
    #[must_use]
    pub fn weekly(day: Weekday, at: NaiveTime) -> Cadence {
        Cadence::Weekly { day, at }
    }

    /// An ordinary cron line of five fields: minute, hour, day of month, month, day of week. Days are 0 to 7 (Sunday is
    /// 0 and 7) or names; where both kinds of day are given, either is enough.
    pub fn cron(line: &str) -> Result<Cadence, BadCron> {
        line.parse().map(Cadence::Cron)
    }

    /// The first turn strictly after this instant.
    #[must_use]
    pub fn next_slot(&self, zone: Tz, after: Instant) -> Slot {
        // One day earlier than seems needed, because a clock may be set back over midnight.
        let today = local_date(zone, after);
        let first = today.pred_opt().unwrap_or(today);
        let found = match self {
            Cadence::Weekly { day, at } => {
                first.iter_days().filter(|date| date.weekday() == *day).take(3).find_map(|date| {
                    let moment = resolve(zone, date, *at);
                    (moment > after).then(|| Slot { label: format!("{}@{zone}", week_label(date)), at: moment })
                })
            }
            Cadence::Cron(cron) => {
                first.iter_days().take(LONGEST_WAIT).filter(|date| cron.includes(*date)).find_map(|date| {
                    cron.times().find_map(|time| {
                        let moment = resolve(zone, date, time);
                        (moment > after).then(|| Slot {
                            label: format!("{}@{zone}", date.and_time(time).format("%FT%H:%M")),
                            at: moment,
                        })
                    })
                })
            }
        };
        found.unwrap_or_else(|| Slot { label: format!("never@{zone}"), at: Instant::MAX_UTC })
    }
}

/// Days until a possible cron line comes again at the latest: a 29 February on a given weekday, over a year such as 2100.
const LONGEST_WAIT: usize = 41 * 366;

/// A cron line, understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cron {
    line: String,
    minutes: Vec<u32>,
    hours: Vec<u32>,
    /// Bit `n` stands for day or month `n`; for weekdays bit 0 is Sunday.
    days: u32,
    months: u32,
    weekdays: u32,
    /// Both kinds of day are restricted, so either is enough.
    is_either: bool,
}

impl Cron {
    /// As it was written.
    #[must_use]
    pub fn line(&self) -> &str {
        &self.line
    }

    fn includes(&self, date: NaiveDate) -> bool {
        let has = |set: u32, n: u32| set & (1 << n) != 0;
        let (day, weekday) = (has(self.days, date.day()), has(self.weekdays, date.weekday().num_days_from_sunday()));
        has(self.months, date.month()) && if self.is_either { day || weekday } else { day && weekday }
    }

    fn times(&self) -> impl Iterator<Item = NaiveTime> {
        let at = |hour, minute| NaiveTime::from_hms_opt(hour, minute, 0);
        self.hours.iter().flat_map(move |hour| self.minutes.iter().filter_map(move |minute| at(*hour, *minute)))
    }
}

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum BadCron {
    #[error("“{0}” is not a cron line: write five fields (minute hour day month weekday), such as `30 9 * * mon`")]
    Fields(String),
    #[error("“{0}” is no weekday of a cron line: use mon to sun or 0 to 7, lists (mon,thu) and ranges (mon-fri)")]
    Weekday(String),
    #[error("the cron line “{0}” has a field that is out of range or unknown; an example is `30 9 * * mon`")]
    Field(String),
    #[error("the cron line “{0}” names a day that never comes")]
    Never(String),
}

impl FromStr for Cron {
    type Err = BadCron;

    fn from_str(line: &str) -> Result<Self, BadCron> {
        let line = line.trim();
        let fields: Vec<&str> = line.split_whitespace().collect();
        let [minute, hour, day, month, weekday] = fields[..] else {
            return Err(BadCron::Fields(line.to_owned()));
        };
        let weekdays = weekdays(weekday)?;
        // The crate wants seconds in front and counts weekdays from Sunday = 1; ours are told apart already.
        let schedule = cron::Schedule::from_str(&format!("0 {minute} {hour} {day} {month} *"))
            .map_err(|_| BadCron::Field(line.to_owned()))?;
        let bits = |unit: &dyn Fn(u32) -> bool| (0..32).filter(|n| unit(*n)).fold(0, |set, n| set | 1 << n);
        let is_free = |field: &str| field.starts_with(['*', '?']);
        let cron = Cron {
            line: line.to_owned(),
            minutes: schedule.minutes().iter().collect(),
            hours: schedule.hours().iter().collect(),
            days: bits(&|n| schedule.days_of_month().includes(n)),
            months: bits(&|n| schedule.months().includes(n)),
            weekdays,
            is_either: !is_free(day) && !is_free(weekday),
        };
        let start = NaiveDate::from_ymd_opt(2000, 1, 1).unwrap_or_default();
        let is_possible = start.iter_days().take(LONGEST_WAIT).any(|date| cron.includes(date));
        if is_possible && cron.times().next().is_some() { Ok(cron) } else { Err(BadCron::Never(line.to_owned())) }
    }
}

/// The weekdays of a field as bits, Sunday first.
fn weekdays(field: &str) -> Result<u32, BadCron> {
    let bad = || BadCron::Weekday(field.to_owned());
    let mut set = 0;
    for part in field.split(',') {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => {
                (range, step.parse::<usize>().ok().filter(|step| (1..=7).contains(step)).ok_or_else(bad)?)
            }
            None => (part, 1),
        };
        let (from, to) = match range.split_once('-') {
            _ if range == "*" || range == "?" => (0, 6),
            Some((from, to)) => (weekday(from).ok_or_else(bad)?, weekday(to).ok_or_else(bad)?),
            None if step > 1 => (weekday(range).ok_or_else(bad)?, 6),
            None => weekday(range).map(|day| (day, day)).ok_or_else(bad)?,
        };
        // `fri-mon` goes over the end of the week.
        let to = if to < from { to + 7 } else { to };
        set |= (from..=to).step_by(step).fold(0, |set, day| set | 1 << (day % 7));
    }
    Ok(set)
}

/// 0 to 7 or a name; Sunday is both 0 and 7.
fn weekday(text: &str) -> Option<u32> {
    match text.parse::<u32>() {
        Ok(day) => (day <= 7).then_some(day),
        Err(_) => text.parse::<Weekday>().ok().map(|day| day.num_days_from_sunday()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{any_clock, any_instant, any_zone, at, clock};
    use super::super::{days_after, wall_time};
    use super::*;
    use chrono::{DurationRound, NaiveDateTime, TimeDelta, Timelike};
    use proptest::prelude::*;

    fn cron(line: &str) -> Cadence {
        Cadence::cron(line).unwrap()
    }

    fn turns(cadence: &Cadence, zone: Tz, after: &str, count: usize) -> Vec<String> {
        let mut after = at(after);
        (0..count)
            .map(|_| {
                let slot = cadence.next_slot(zone, after);
                after = slot.at;
                format!("{} {}", slot.label, slot.at.format("%FT%H:%MZ"))
            })
            .collect()
    }

    #[test]
    fn a_weekly_slot_is_named_by_its_iso_week_and_zone() {
        let monday = Cadence::weekly(Weekday::Mon, clock("09:30"));
        assert_eq!(
            turns(&monday, Tz::Europe__Paris, "2026-03-20T00:00:00Z", 3),
            [
                "2026-W13@Europe/Paris 2026-03-23T08:30Z",
                "2026-W14@Europe/Paris 2026-03-30T07:30Z",
                "2026-W15@Europe/Paris 2026-04-06T07:30Z",
            ]
        );
    }

    #[test]
    fn numeric_days_are_the_unix_ones() {
        for line in ["30 9 * * 1", "30 9 * * mon", "30 9 ? * MON"] {
            assert_eq!(
                turns(&cron(line), Tz::UTC, "2026-05-14T00:00:00Z", 1),
                ["2026-05-18T09:30@UTC 2026-05-18T09:30Z"],
                "{line}"
            );
        }
        for line in ["0 0 * * 0", "0 0 * * 7", "0 0 * * sun"] {
            assert_eq!(cron(line).next_slot(Tz::UTC, at("2026-05-14T00:00:00Z")).at, at("2026-05-17T00:00:00Z"));
        }
        let weekend = cron("0 8 * * fri-mon/2");
        assert_eq!(
            turns(&weekend, Tz::UTC, "2026-05-14T00:00:00Z", 2),
            ["2026-05-15T08:00@UTC 2026-05-15T08:00Z", "2026-05-17T08:00@UTC 2026-05-17T08:00Z"]
        );
    }

    #[test]
    fn a_day_of_the_month_or_of_the_week_is_enough_where_both_are_given() {
        assert_eq!(
            turns(&cron("0 9 13 * fri"), Tz::UTC, "2026-05-12T00:00:00Z", 2),
            ["2026-05-13T09:00@UTC 2026-05-13T09:00Z", "2026-05-15T09:00@UTC 2026-05-15T09:00Z"]
        );
    }

    #[test]
    fn a_daily_half_past_two_comes_once_on_both_days_the_clock_changes() {
        let daily = cron("30 2 * * *");
        assert_eq!(
            turns(&daily, Tz::Europe__Berlin, "2026-03-28T12:00:00Z", 2),
            ["2026-03-29T02:30@Europe/Berlin 2026-03-29T01:00Z", "2026-03-30T02:30@Europe/Berlin 2026-03-30T00:30Z"]
        );
        assert_eq!(
            turns(&daily, Tz::Europe__Berlin, "2026-10-24T12:00:00Z", 2),
            ["2026-10-25T02:30@Europe/Berlin 2026-10-25T00:30Z", "2026-10-26T02:30@Europe/Berlin 2026-10-26T01:30Z"]
        );
    }

    #[test]
    fn a_bad_cron_line_is_refused_in_plain_words() {
        for (line, words) in [
            ("", "five fields"),
            ("0 30 9 * * mon", "five fields"),
            ("@daily", "five fields"),
            ("61 9 * * mon", "out of range"),
            ("a 9 * * mon", "out of range"),
            ("0 9 * * 8", "no weekday"),
            ("0 9 * * frei", "no weekday"),
            ("0 9 * * mon/0", "no weekday"),
            ("0 9 30 feb *", "never comes"),
        ] {
            let refused = Cadence::cron(line).unwrap_err().to_string();
            assert!(refused.contains(words), "{line}: {refused}");
        }
    }

    #[test]
    fn a_leap_day_comes_even_over_a_year_without_one() {
        let leap = cron("0 9 29 2 *");
        assert_eq!(leap.next_slot(Tz::UTC, at("2096-03-01T00:00:00Z")).at, at("2104-02-29T09:00:00Z"));
        let _ = leap.next_slot(Tz::UTC, Instant::MAX_UTC);
        let _ = leap.next_slot(Tz::UTC, Instant::MIN_UTC);
    }

    /// The day a slot is meant for. Where clocks skip the end of a day, as in Nuuk in spring, its slot is at the midnight
    /// after it.
    fn day_meant(zone: Tz, slot: &Slot, time: NaiveTime) -> NaiveDate {
        let wall = wall_time(zone, slot.at);
        if wall.time() >= time {
            return wall.date();
        }
        assert_eq!(wall.time(), NaiveTime::MIN, "{wall} is no slot of {time}");
        wall.date().pred_opt().unwrap()
    }

    #[test]
    fn a_slot_in_an_hour_that_ends_the_day_and_is_skipped_comes_at_midnight_once() {
        let (zone, late) = (Tz::America__Godthab, NaiveTime::from_hms_opt(23, 0, 0).unwrap());
        let first = cron("0 23 * * *").next_slot(zone, at("2024-03-30T12:00:00Z"));
        assert_eq!(
            (first.at, day_meant(zone, &first, late)),
            (at("2024-03-31T01:00:00Z"), "2024-03-30".parse().unwrap())
        );
        assert_eq!(cron("0 23 * * *").next_slot(zone, first.at).at, at("2024-04-01T00:00:00Z"));
    }

    /// The instants from 2024 to 2037 at which clocks are set in a zone, with the wall-clock time before and after.
    fn changes(zone: Tz) -> Vec<(Instant, NaiveDateTime, NaiveDateTime)> {
        let offset = |at: Instant| wall_time(zone, at) - at.naive_utc();
        let mut found = Vec::new();
        let mut from = at("2024-01-01T00:00:00Z");
        while from < at("2038-01-01T00:00:00Z") {
            let to = from + TimeDelta::days(5);
            let (mut before, mut after) = (from, to);
            if offset(before) != offset(after) {
                while after - before > TimeDelta::seconds(1) {
                    let middle = before + (after - before) / 2;
                    if offset(middle) == offset(from) { before = middle } else { after = middle }
                }
                let change = after.duration_trunc(TimeDelta::seconds(1)).unwrap();
                found.push((change, change.naive_utc() + offset(from), change.naive_utc() + offset(to)));
            }
            from = to;
        }
        found
    }

    #[test]
    fn at_every_change_of_every_clock_until_2037_a_slot_comes_once_and_at_its_first_chance() {
        let (mut gaps, mut overlaps) = (0, 0);
        for zone in chrono_tz::TZ_VARIANTS {
            for (change, before, after) in changes(zone) {
                let (from, to) = (before.min(after), before.max(after));
                for time in [from, from + (to - from) / 2, to - TimeDelta::minutes(1)] {
                    let daily = cron(&format!("{} {} * * *", time.minute(), time.hour()));
                    let slot = daily.next_slot(zone, change - TimeDelta::hours(12));
                    // What the clock skips comes as soon as it goes on; what it shows twice comes the first time.
                    let expected = if after > before { change } else { change - (before - time) };
                    assert_eq!(slot.at, expected, "{zone} {time}");
                    let next = daily.next_slot(zone, slot.at).at;
                    assert!(next - slot.at >= TimeDelta::hours(22), "{zone} {time}: again at {next}");
                }
                if after > before { gaps += 1 } else { overlaps += 1 }
            }
        }
        assert!(gaps > 2_000 && overlaps > 2_000, "{gaps} {overlaps}");
    }

    proptest! {
        #[test]
        fn no_weekly_slot_is_lost_or_doubled(zone in any_zone(), start in any_instant(), time in any_clock(), n in 0..7_u8) {
            let day = Weekday::try_from(n).unwrap();
            let cadence = Cadence::weekly(day, time);
            let mut after = start;
            let mut last: Option<NaiveDate> = None;
            for _ in 0..56 {
                let slot = cadence.next_slot(zone, after);
                prop_assert!(slot.at > after);
                let date = day_meant(zone, &slot, time);
                prop_assert_eq!(date.weekday(), day);
                if let Some(last) = last {
                    prop_assert_eq!(date, days_after(last, 7));
                }
                last = Some(date);
                after = slot.at;
            }
        }

        #[test]
        fn no_daily_slot_is_lost_or_doubled(zone in any_zone(), start in any_instant(), time in any_clock()) {
            let cadence = cron(&format!("{} {} * * *", time.minute(), time.hour()));
            let mut after = start;
            let mut last: Option<NaiveDate> = None;
            for _ in 0..400 {
                let slot = cadence.next_slot(zone, after);
                prop_assert!(slot.at > after);
                let date = day_meant(zone, &slot, time);
                if let Some(last) = last {
                    prop_assert_eq!(date, days_after(last, 1));
                }
                last = Some(date);
                after = slot.at;
            }
        }

        #[test]
        fn any_text_is_a_cron_line_or_refused(line in "[0-9a-z*/,? -]{0,24}|\\PC{0,30}", after in any_instant()) {
            if let Ok(cadence) = Cadence::cron(&line) {
                let first = cadence.next_slot(Tz::America__New_York, after);
                prop_assert!(first.at > after && first.at < Instant::MAX_UTC);
            }
        }

        #[test]
        fn the_weekdays_of_a_line_are_its_slots(set in proptest::collection::btree_set(0..7_u32, 1..7), after in any_instant()) {
            let list = set.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
            let cadence = cron(&format!("0 12 * * {list}"));
            let slot = cadence.next_slot(Tz::Asia__Tokyo, after);
            let day = local_date(Tz::Asia__Tokyo, slot.at).weekday().num_days_from_sunday();
            prop_assert!(set.contains(&day));
        }
    }
}
