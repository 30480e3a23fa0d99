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

/// A clock that is not believed for a while when it was set: for whoever plans and sends. It is the machine's, or, where
/// several work on one database, the database's. What others sign and what people read goes by the machine's.
#[derive(Debug)]
pub struct SteadyClock {
    started: std::time::Instant,
    seen: Mutex<Seen>,
}

#[derive(Debug)]
struct Seen {
    watch: Watch,
    /// What a clock elsewhere said, and when.
    told: Option<(Instant, std::time::Instant)>,
}

impl SteadyClock {
    /// Goes by the machine's clock.
    #[must_use]
    pub fn start() -> SteadyClock {
        SteadyClock::begin(SystemClock.now(), None)
    }

    /// Goes by what a clock elsewhere says, from now on and as often as it is [told](Self::tell).
    #[must_use]
    pub fn start_at(time: Instant) -> SteadyClock {
        SteadyClock::begin(time, Some((time, std::time::Instant::now())))
    }

    fn begin(now: Instant, told: Option<(Instant, std::time::Instant)>) -> SteadyClock {
        let watch = Watch::begin(now, std::time::Duration::ZERO);
        SteadyClock { started: std::time::Instant::now(), seen: Mutex::new(Seen { watch, told }) }
    }

    /// What the clock elsewhere just said: we are behind it by the time its answer took, and never ahead.
    pub fn tell(&self, time: Instant) {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).told = Some((time, std::time::Instant::now()));
    }

    fn look(&self) -> Belief {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let wall = seen.told.map_or_else(|| SystemClock.now(), |(time, at)| time + at.elapsed());
        let watch = &mut seen.watch;
        let was_doubted = watch.is_doubted();
        let belief = watch.look(wall, self.started.elapsed());
        if belief.jump.is_some() != was_doubted {
            match belief.jump {
                Some(by) => tracing::warn!(
                    seconds = by.num_seconds(),
                    "the clock was set; for {} minutes messages go by the time before, in case it is wrong",
                    DOUBTED.as_secs() / 60
                ),
                None => tracing::warn!("the clock is believed again"),
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
