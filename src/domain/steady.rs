//! Whether the clock on the wall can be believed. It may be set, by somebody or by mistake; the steady clock, which counts
//! since the start, cannot. While the two disagree the steady one is believed, so that nothing leaves early; a wall clock
//! that stays where it was set is right in the end.

use super::Instant;
use chrono::TimeDelta;
use std::time::Duration;

/// So far the two may come apart between two looks: clocks are corrected all the time.
const TOLERATED: TimeDelta = TimeDelta::minutes(1);
/// So long a clock that was set is doubted.
pub const DOUBTED: Duration = Duration::from_secs(300);

/// Both clocks at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Moment {
    wall: Instant,
    steady: Duration,
}

/// What follows the two clocks.
#[derive(Clone, Debug)]
pub struct Watch {
    /// When they last agreed.
    agreed: Moment,
    /// Since when, and by how much, the wall clock is off.
    jump: Option<(Duration, TimeDelta)>,
}

/// What to go by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Belief {
    pub now: Instant,
    /// By how much the wall clock was set, where that is doubted.
    pub jump: Option<TimeDelta>,
}

impl Watch {
    #[must_use]
    pub fn begin(wall: Instant, steady: Duration) -> Watch {
        Watch { agreed: Moment { wall, steady }, jump: None }
    }

    /// The wall clock was set, at the last look.
    #[must_use]
    pub fn is_doubted(&self) -> bool {
        self.jump.is_some()
    }

    /// Looks at both clocks; `steady` never goes back.
    pub fn look(&mut self, wall: Instant, steady: Duration) -> Belief {
        let passed = steady.saturating_sub(self.agreed.steady);
        let expected = TimeDelta::from_std(passed).ok().and_then(|passed| self.agreed.wall.checked_add_signed(passed));
        let expected = expected.unwrap_or(wall);
        let off = wall - expected;
        if off.abs() <= TOLERATED {
            return self.agree(wall, steady);
        }
        match self.jump {
            // It was set once, and stays: in seconds it does not matter.
            Some((since, by)) if (off - by).abs() <= TOLERATED => {
                if steady.saturating_sub(since) >= DOUBTED {
                    return self.agree(wall, steady);
                }
            }
            _ => self.jump = Some((steady, off)),
        }
        Belief { now: expected, jump: Some(off) }
    }

    fn agree(&mut self, wall: Instant, steady: Duration) -> Belief {
        *self = Watch::begin(wall, steady);
        Belief { now: wall, jump: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn start() -> Instant {
        "2026-05-04T08:00:00Z".parse().unwrap()
    }

    fn seconds(count: u64) -> Duration {
        Duration::from_secs(count)
    }

    fn truth(after: u64) -> Instant {
        start() + seconds(after)
    }

    #[test]
    fn a_clock_that_is_corrected_a_little_is_believed() {
        let mut watch = Watch::begin(start(), seconds(0));
        for second in 1..1000 {
            let slow = truth(second) - TimeDelta::milliseconds(500 * i64::try_from(second).unwrap());
            assert_eq!(watch.look(slow, seconds(second)), Belief { now: slow, jump: None });
        }
    }

    #[test]
    fn a_clock_that_was_set_is_doubted_and_believed_again_when_it_is_back() {
        let far = ["2036-05-04T08:00:00Z", "1970-01-01T00:00:00Z", "2026-05-05T08:00:00Z", "2026-05-04T07:00:00Z"];
        for wrong in far {
            let wrong: Instant = wrong.parse().unwrap();
            let mut watch = Watch::begin(start(), seconds(0));
            for second in 1..200 {
                let belief = watch.look(wrong + seconds(second), seconds(second));
                assert_eq!((belief.now, belief.jump), (truth(second), Some(wrong - start())));
            }
            assert_eq!(watch.look(truth(200), seconds(200)), Belief { now: truth(200), jump: None });
        }
    }

    #[test]
    fn a_clock_that_stays_where_it_was_set_is_right_in_the_end() {
        let woken = |second| truth(second) + TimeDelta::hours(10);
        let mut watch = Watch::begin(start(), seconds(0));
        for second in 1..=DOUBTED.as_secs() {
            assert_eq!(watch.look(woken(second), seconds(second)).now, truth(second));
        }
        let later = DOUBTED.as_secs() + 1;
        assert_eq!(watch.look(woken(later), seconds(later)), Belief { now: woken(later), jump: None });
        // From then on it is the other way about.
        assert!(watch.look(truth(later + 1), seconds(later + 1)).jump.is_some());
    }

    #[test]
    fn a_clock_that_never_rests_is_never_believed() {
        let mut watch = Watch::begin(start(), seconds(0));
        for second in 1..2 * DOUBTED.as_secs() {
            let restless = truth(second) + TimeDelta::hours(i64::try_from(second).unwrap());
            assert_eq!(watch.look(restless, seconds(second)).now, truth(second));
        }
    }

    proptest! {
        /// However the wall clock is set, as long as it is right again before it is taken for right.
        #[test]
        fn what_is_believed_is_true_while_jumps_are_short(jumps in proptest::collection::vec((1_u64..290, -400_000_000_i64..400_000_000), 1..20)) {
            let mut watch = Watch::begin(start(), seconds(0));
            let mut second = 0;
            for (length, by) in jumps {
                for _ in 0..length {
                    second += 1;
                    let believed = watch.look(truth(second) + TimeDelta::seconds(by), seconds(second)).now;
                    prop_assert!((believed - truth(second)).abs() <= TOLERATED);
                }
                second += 1;
                prop_assert_eq!(watch.look(truth(second), seconds(second)), Belief { now: truth(second), jump: None });
            }
        }
    }
}
