//! How long a person wants quiet, in their own words.

use super::{Instant, days_after, resolve, wall_time};
use chrono::{Datelike, Months, NaiveDate, NaiveTime, Weekday};
use chrono_tz::Tz;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Snooze {
    /// Messages are welcome again.
    Off,
    Until(Instant),
}

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum NotASnooze {
    #[error(
        "I don't know how long “{0}” is. Try `snooze 2w`, `snooze 3d`, `snooze until friday`, \
         `snooze until 2026-01-12` or `snooze off`."
    )]
    Unknown(String),
    #[error("{0} is over already. Name a day to come, such as `snooze until friday`.")]
    Past(String),
    #[error("The longest snooze is a year. To stop a kind of message for good, use `nudges`.")]
    TooLong,
}

/// Understands `2w`, `3 days`, `1m`, `tomorrow`, `until friday`, `until 2026-01-12`, `until 12 jan`, `off`. A length ends
/// at the same time of day; a named day ends the quiet when it begins.
pub fn parse_snooze(text: &str, zone: Tz, now: Instant) -> Result<Snooze, NotASnooze> {
    let asked: String = text.trim().chars().take(60).collect();
    let lower = asked.to_lowercase();
    let mut words: Vec<&str> = lower.split([' ', '\t', ',', '.']).filter(|word| !word.is_empty()).collect();
    if matches!(words.first(), Some(&("until" | "till" | "til" | "for"))) {
        words.remove(0);
    }
    if matches!(words[..], ["off" | "stop" | "end" | "none" | "cancel"]) {
        return Ok(Snooze::Off);
    }
    let wall = wall_time(zone, now);
    let today = wall.date();
    let until = if let Some(length) = length(&words) {
        let (count, unit) = length;
        let day = match unit {
            'd' => days_after(today, u64::from(count)),
            'w' => days_after(today, u64::from(count) * 7),
            _ => today.checked_add_months(Months::new(count)).unwrap_or(NaiveDate::MAX),
        };
        resolve(zone, day, wall.time())
    } else {
        let day = named_day(&words, today).ok_or_else(|| NotASnooze::Unknown(asked.clone()))?;
        resolve(zone, day, NaiveTime::MIN)
    };
    if until <= now {
        return Err(NotASnooze::Past(asked));
    }
    if until > resolve(zone, days_after(today, 366), NaiveTime::MIN) {
        return Err(NotASnooze::TooLong);
    }
    Ok(Snooze::Until(until))
}

/// `2w`, `2 w`, `2 weeks`, `a week`: how many of which unit.
fn length(words: &[&str]) -> Option<(u32, char)> {
    let (count, unit) = match words {
        [one] => one.split_at(one.find(|c: char| !c.is_ascii_digit())?),
        ["a" | "an" | "one", unit] => ("1", *unit),
        [count, unit] => (*count, *unit),
        _ => return None,
    };
    let unit = match unit {
        "d" | "day" | "days" => 'd',
        "w" | "week" | "weeks" => 'w',
        "m" | "month" | "months" => 'm',
        _ => return None,
    };
    // More digits than a year has days is too long whatever they say.
    let count = if count.len() > 4 && count.bytes().all(|b| b.is_ascii_digit()) { 9999 } else { count.parse().ok()? };
    Some((count, unit))
}

/// A weekday to come, `tomorrow`, `2026-01-12`, or a day and a month in either order (the next time they come).
fn named_day(words: &[&str], today: NaiveDate) -> Option<NaiveDate> {
    match words {
        ["tomorrow"] => Some(days_after(today, 1)),
        ["next", weekday] => named_day(&[*weekday], today),
        [one] => one.parse().ok().or_else(|| {
            let weekday: Weekday = one.parse().ok()?;
            today.iter_days().skip(1).take(7).find(|day| day.weekday() == weekday)
        }),
        [a, b] => {
            let (day, month) = if a.parse::<u32>().is_ok() { (a, b) } else { (b, a) };
            let day = day.trim_end_matches(|c: char| c.is_ascii_alphabetic()).parse().ok()?;
            let month = month.parse::<chrono::Month>().ok()?.number_from_month();
            (0..=4)
                .filter_map(|years| NaiveDate::from_ymd_opt(today.year().saturating_add(years), month, day))
                .find(|date| *date > today)
        }
        [day, month, year] => NaiveDate::from_ymd_opt(
            year.parse().ok()?,
            month.parse::<chrono::Month>().ok()?.number_from_month(),
            day.parse().ok()?,
        ),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{any_instant, any_zone, at};
    use super::*;
    use proptest::prelude::*;

    fn until(text: &str) -> Result<Snooze, NotASnooze> {
        // A Thursday, 10:00 in Berlin.
        parse_snooze(text, Tz::Europe__Berlin, at("2026-05-14T08:00:00Z"))
    }

    #[test]
    fn a_snooze_is_understood_the_way_people_say_it() {
        for (text, end) in [
            ("2w", "2026-05-28T08:00:00Z"),
            ("for 2 weeks", "2026-05-28T08:00:00Z"),
            ("3d", "2026-05-17T08:00:00Z"),
            ("1m", "2026-06-14T08:00:00Z"),
            ("a month", "2026-06-14T08:00:00Z"),
            ("until 2026-06-12", "2026-06-11T22:00:00Z"),
            ("2026-06-12", "2026-06-11T22:00:00Z"),
            ("until Friday", "2026-05-14T22:00:00Z"),
            ("until next thursday", "2026-05-20T22:00:00Z"),
            ("tomorrow", "2026-05-14T22:00:00Z"),
            ("until 12 jan", "2027-01-11T23:00:00Z"),
            ("until January 12", "2027-01-11T23:00:00Z"),
            ("until 12 January 2027", "2027-01-11T23:00:00Z"),
        ] {
            assert_eq!(until(text), Ok(Snooze::Until(at(end))), "{text}");
        }
        assert_eq!(until(" Off "), Ok(Snooze::Off));
    }

    #[test]
    fn a_snooze_that_is_not_understood_is_answered_with_examples() {
        for text in ["", "soon", "until", "2", "w", "-3d", "until 31 feb", "2w 3d 4m"] {
            let refused = until(text).unwrap_err().to_string();
            assert!(refused.contains("snooze until friday"), "{text}: {refused}");
        }
        assert!(until("until 2026-05-01").unwrap_err().to_string().contains("over already"));
        assert!(until("0d").unwrap_err().to_string().contains("over already"));
        for text in ["99w", "99999999999999d", "until 2030-01-01"] {
            assert_eq!(until(text), Err(NotASnooze::TooLong), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_snooze_in_the_coming_year_or_refused(
            text in "(until |for )?[0-9a-z -]{0,14}|\\PC{0,40}", zone in any_zone(), now in any_instant()
        ) {
            if let Ok(Snooze::Until(end)) = parse_snooze(&text, zone, now) {
                prop_assert!(end > now && end - now < chrono::TimeDelta::days(368));
            }
        }
    }
}
