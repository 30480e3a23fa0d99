//! Whatever stands where a time, a length of time or its repetition is expected: it is understood and reads back, or refused
//! with words; what comes next is always later.

#![no_main]

use chrono::{DateTime, TimeDelta};
use libfuzzer_sys::fuzz_target;
use trailmark::{
    app::config::{Config, Purpose, Source},
    domain::calendar::{Cadence, Quarter, Snooze, parse_snooze, spoken_time},
};

const SETTINGS: [(&str, &str); 11] = [
    ("delivery", "http_timeout"),
    ("delivery", "lease"),
    ("delivery", "quarantine"),
    ("delivery", "tick"),
    ("programme", "digest_at"),
    ("programme", "digest_day"),
    ("programme", "quiet_before"),
    ("programme", "quiet_after"),
    ("programme", "working_days"),
    ("programme", "default_zone"),
    ("server", "listen"),
];

fuzz_target!(|text: &str| {
    let now = DateTime::from_timestamp(1_778_580_000, 0).expect("a date");
    let zones = [chrono_tz::Tz::Europe__Berlin, chrono_tz::Tz::Pacific__Apia, chrono_tz::Tz::America__St_Johns];
    for zone in zones {
        if let Ok(cadence) = Cadence::cron(text) {
            if let Cadence::Cron(cron) = &cadence {
                assert_eq!(Cadence::cron(cron.line()).as_ref(), Ok(&cadence), "reads back");
            }
            let mut after = now;
            for _ in 0..3 {
                let slot = cadence.next_slot(zone, after);
                assert!(slot.at > after && !slot.label.is_empty());
                after = slot.at;
            }
        }
        match parse_snooze(text, zone, now) {
            Ok(Snooze::Until(until)) => {
                assert!(until > now && until <= now + TimeDelta::days(367), "{until}");
                assert!(!spoken_time(until, zone).is_empty());
            }
            Ok(Snooze::Off) => {}
            Err(error) => assert!(error.to_string().contains(' ')),
        }
    }
    if let Ok(quarter) = text.parse::<Quarter>() {
        assert_eq!(quarter.label().parse(), Ok(quarter), "reads back");
        assert!(quarter.start() < quarter.end() && quarter.next().prev() == quarter);
    }
    settings(text);
});

/// As a file, and as each setting of the environment.
fn settings(text: &str) {
    let (_, problems) = Config::examine(Source::of_text(text, &[]), Purpose::Database);
    assert!(problems.iter().all(|problem| !problem.is_empty()));
    for (section, key) in SETTINGS {
        let name = format!("TRAILMARK_{}__{}", section.to_uppercase(), key.to_uppercase());
        let source = || Source::of_text("", &[(&name, text)]);
        let (config, problems) = Config::examine(source(), Purpose::Database);
        let (again, same) = Config::examine(source(), Purpose::Database);
        assert_eq!((format!("{config:?}"), &problems), (format!("{again:?}"), &same));
        if problems.is_empty() {
            assert!(
                config.delivery.tick.as_secs() >= 1 && config.delivery.quarantine >= 2 * config.delivery.http_timeout
            );
            assert!(config.programme.quiet_before < config.programme.quiet_after);
        }
    }
}
