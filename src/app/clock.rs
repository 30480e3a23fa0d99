//! Where time enters the program.

use crate::{
    domain::{
        Instant,
        steady::{Belief, DOUBTED, Watch},
    },
    ports::Clock,
};
use chrono::{DurationRound, TimeDelta, Utc};
use std::sync::{Mutex, PoisonError};

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one place where time enters")]
    fn now(&self) -> Instant {
        to_millis(Utc::now())
    }
}

/// The machine's clock, not believed for a while when it was set: for whoever plans and sends. What others sign and what
/// people read goes by the machine's.
#[derive(Debug)]
pub struct SteadyClock {
    started: std::time::Instant,
    watch: Mutex<Watch>,
}

impl SteadyClock {
    #[must_use]
    pub fn start() -> SteadyClock {
        let now = SystemClock.now();
        SteadyClock {
            started: std::time::Instant::now(),
            watch: Mutex::new(Watch::begin(now, std::time::Duration::ZERO)),
        }
    }

    fn look(&self) -> Belief {
        let mut watch = self.watch.lock().unwrap_or_else(PoisonError::into_inner);
        let was_doubted = watch.is_doubted();
        let belief = watch.look(SystemClock.now(), self.started.elapsed());
        if belief.jump.is_some() != was_doubted {
            match belief.jump {
                Some(by) => tracing::warn!(
                    seconds = by.num_seconds(),
                    "the machine's clock was set; for {} minutes messages go by the time before, in case it is wrong",
                    DOUBTED.as_secs() / 60
                ),
                None => tracing::warn!("the machine's clock is believed again"),
            }
        }
        Belief { now: to_millis(belief.now), ..belief }
    }
}

impl Clock for SteadyClock {
    fn now(&self) -> Instant {
        self.look().now
    }

    fn jump(&self) -> Option<TimeDelta> {
        self.look().jump
    }
}

/// Before this the machine's clock cannot be right.
const BUILT: &str = "2026-01-01T00:00:00Z";

/// Whether it can be so early.
pub fn is_possible(now: Instant) -> bool {
    BUILT.parse::<Instant>().is_ok_and(|built| now >= built)
}

/// A nanosecond survives one of our databases and not the other.
pub fn to_millis(at: Instant) -> Instant {
    at.duration_trunc(TimeDelta::milliseconds(1)).unwrap_or(at)
}
