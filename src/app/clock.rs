//! Where time enters the program.

use crate::{domain::Instant, ports::Clock};
use chrono::{DurationRound, TimeDelta, Utc};

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one place where time enters")]
    fn now(&self) -> Instant {
        to_millis(Utc::now())
    }
}

/// A nanosecond survives one of our databases and not the other.
pub fn to_millis(at: Instant) -> Instant {
    at.duration_trunc(TimeDelta::milliseconds(1)).unwrap_or(at)
}
