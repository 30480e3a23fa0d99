//! How a setting is written.

use crate::chat::outbound;
use chrono::{NaiveTime, Weekday};
use std::{net::SocketAddr, time::Duration};

/// `10s`, `5m`, `36h`.
pub fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("“{text}” is not a duration; write 10s, 5m or 36h");
    let (digits, factor) = match text.char_indices().last() {
        Some((at, 's')) => (&text[..at], 1),
        Some((at, 'm')) => (&text[..at], 60),
        Some((at, 'h')) => (&text[..at], 3600),
        _ => return Err(wrong()),
    };
    let seconds = digits.trim().parse::<u32>().ok().and_then(|n| n.checked_mul(factor)).ok_or_else(wrong)?;
    if seconds == 0 { Err("must be at least 1s".to_owned()) } else { Ok(Duration::from_secs(seconds.into())) }
}

/// `90d`, at least this many.
pub fn days(least: u32) -> impl Fn(&str) -> Result<chrono::TimeDelta, String> {
    move |text| {
        let days = text.strip_suffix('d').and_then(|digits| digits.trim().parse::<u32>().ok());
        match days.filter(|days| *days <= 36_500) {
            None => Err(format!("“{text}” is not a number of days; write 90d")),
            Some(days) if days < least => Err(format!("{days}d is too short: set it to {least}d or more")),
            Some(days) => Ok(chrono::TimeDelta::days(days.into())),
        }
    }
}

/// The way a duration is written in the file.
pub fn written(duration: Duration) -> String {
    match duration.as_secs() {
        s if s % 3600 == 0 => format!("{}h", s / 3600),
        s if s % 60 == 0 => format!("{}m", s / 60),
        s => format!("{s}s"),
    }
}

pub fn truth(text: &str) -> Result<bool, String> {
    match text.to_lowercase().as_str() {
        "true" | "yes" | "on" | "1" => Ok(true),
        "false" | "no" | "off" | "0" => Ok(false),
        _ => Err(format!("“{text}” is neither true nor false")),
    }
}

pub fn number(from: u32, to: u32) -> impl Fn(&str) -> Result<u32, String> {
    move |text| {
        text.parse()
            .ok()
            .filter(|number| (from..=to).contains(number))
            .ok_or_else(|| format!("“{text}” is not a whole number from {from} to {to}"))
    }
}

pub fn listen(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| format!("“{text}” is not an address with a port; write 127.0.0.1:8080 or 0.0.0.0:8080"))
}

/// The same, or nothing at all.
pub fn listen_or_not(text: &str) -> Result<Option<SocketAddr>, String> {
    if text.is_empty() { Ok(None) } else { listen(text).map(Some) }
}

/// A time of day, `09:30`.
pub fn clock(text: &str) -> Result<NaiveTime, String> {
    NaiveTime::parse_from_str(text, "%H:%M")
        .or_else(|_| NaiveTime::parse_from_str(text, "%H:%M:%S"))
        .map_err(|_| format!("“{text}” is not a time of day; write 09:30"))
}

pub fn weekday(text: &str) -> Result<Weekday, String> {
    text.parse().map_err(|_| format!("“{text}” is not a day of the week; write mon, tue, wed, thu, fri, sat or sun"))
}

pub fn weekdays(text: &str) -> Result<Vec<Weekday>, String> {
    let mut days: Vec<Weekday> =
        text.split(',').map(str::trim).filter(|day| !day.is_empty()).map(weekday).collect::<Result<_, _>>()?;
    days.sort_by_key(Weekday::num_days_from_monday);
    days.dedup();
    if days.is_empty() { Err("at least one day is needed, such as [\"mon\", \"tue\"]".to_owned()) } else { Ok(days) }
}

pub fn zone(text: &str) -> Result<chrono_tz::Tz, String> {
    text.parse().map_err(|_| format!("“{text}” is not a time zone; write a name such as Europe/Paris or UTC"))
}

/// An address we call; ends with a slash, so that paths can be appended.
pub fn endpoint(text: &str) -> Result<reqwest::Url, String> {
    let wrong = |why: &str| format!("“{text}” is not an address to call: {why}; write https://slack.com/api/");
    let mut url = reqwest::Url::parse(text).map_err(|error| wrong(&error.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err(wrong("it must begin with https://"));
    }
    if !url.path().ends_with('/') {
        let path = format!("{}/", url.path());
        url.set_path(&path);
    }
    Ok(url)
}

/// Only for tests: http, or a machine that is this one or on a private network.
pub fn is_test_endpoint(url: &reqwest::Url) -> bool {
    let is_inside = match outbound::literal(url) {
        Some(ip) => !outbound::may_connect(ip),
        None => url.host_str().is_some_and(|host| host == "localhost" || host.ends_with(".localhost")),
    };
    url.scheme() != "https" || is_inside
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_a_number_and_a_unit() {
        for (text, seconds) in [("10s", 10), ("5m", 300), ("36h", 129_600), ("90s", 90)] {
            let read = duration(text).unwrap();
            assert_eq!(read.as_secs(), seconds);
            assert_eq!(duration(&written(read)), Ok(read));
        }
        for text in ["", "10", "s", "-1s", "1.5h", "0s", "1d", "99999999h", "é"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_address_on_this_machine_or_without_tls_is_one_for_tests() {
        for text in [
            "http://slack.com/api",
            "https://127.0.0.1/",
            "https://localhost:1/",
            "https://[::1]/x",
            "https://10.1.2.3/",
        ] {
            assert!(is_test_endpoint(&endpoint(text).unwrap()), "{text}");
        }
        assert!(!is_test_endpoint(&endpoint("https://slack.com/api").unwrap()));
        assert_eq!(endpoint("https://slack.com/api").unwrap().as_str(), "https://slack.com/api/");
        for text in ["slack.com", "ftp://slack.com/", "https://"] {
            assert!(endpoint(text).is_err(), "{text}");
        }
    }
}
