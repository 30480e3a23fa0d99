//! How fast a platform may be called: so many a second, with a small burst, and slower for a while once it complained.
//! Time is whatever passes: a [`Duration`] since some beginning. Whoever books a place waits for it.

use std::{collections::HashMap, time::Duration};

/// After a complaint the pace halves; each time so long passes without another it comes a step closer to the usual one.
const RECOVERS: Duration = Duration::from_secs(10);
const SLOWEST: Duration = Duration::from_secs(60);
/// Conversations nobody wrote to lately are forgotten once there are so many.
const REMEMBERED: usize = 4096;

/// Places in time, at least `interval` apart but for a burst.
#[derive(Clone, Debug)]
pub struct Pace {
    usual: Duration,
    interval: Duration,
    burst: u32,
    /// When the next place would be if nobody had been in a hurry.
    next: Duration,
    complained: Duration,
}

impl Pace {
    /// One every `interval`, and up to `burst` at once after a rest.
    #[must_use]
    pub fn new(interval: Duration, burst: u32) -> Pace {
        Pace { usual: interval, interval, burst: burst.max(1), next: Duration::ZERO, complained: Duration::ZERO }
    }

    /// The first place that is free from `at` on.
    #[must_use]
    pub fn free(&self, at: Duration) -> Duration {
        at.max(self.next.saturating_sub(self.interval * (self.burst - 1)))
    }

    /// Takes the place at `at`, which must be free.
    pub fn take(&mut self, at: Duration) {
        self.next = self.next.max(at) + self.interval;
        if self.interval > self.usual && at.saturating_sub(self.complained) > RECOVERS {
            self.interval = (self.interval * 4 / 5).max(self.usual);
            self.complained = at;
        }
    }

    /// The platform complained.
    pub fn slow_down(&mut self, at: Duration) {
        // Those that were under way together complain together: that is one complaint.
        if self.interval == self.usual || at.saturating_sub(self.complained) > Duration::from_secs(1) {
            self.interval = (self.interval * 2).clamp(Duration::from_millis(20), SLOWEST);
        }
        self.complained = at;
    }
}

/// The paces of one lane: a workspace's, and one for each conversation in it.
#[derive(Clone, Debug)]
pub struct Limiter {
    pub workspace: Pace,
    each: Pace,
    conversations: HashMap<String, Pace>,
}

impl Limiter {
    /// `each` is the pace of a single conversation.
    #[must_use]
    pub fn new(workspace: Pace, each: Pace) -> Limiter {
        Limiter { workspace, each, conversations: HashMap::new() }
    }

    /// Books the next place for a message to this conversation, and says when it is. Those who book first go first.
    pub fn book(&mut self, conversation: &str, at: Duration) -> Duration {
        self.book_until(conversation, at, Duration::MAX).unwrap_or_else(|place| place)
    }

    /// The same, unless that would be after `latest`: then nothing is booked, and the error is the place that is free now.
    ///
    /// # Errors
    /// The first free place is too late.
    pub fn book_until(&mut self, conversation: &str, at: Duration, latest: Duration) -> Result<Duration, Duration> {
        if self.conversations.len() >= REMEMBERED {
            self.conversations.retain(|_, pace| pace.next > at);
        }
        if !self.conversations.contains_key(conversation) {
            self.conversations.insert(conversation.to_owned(), self.each.clone());
        }
        let Some(own) = self.conversations.get_mut(conversation) else { return Ok(at) };
        let place = own.free(self.workspace.free(at));
        if place > latest {
            return Err(place);
        }
        own.take(place);
        // A conversation that has to wait for itself keeps no place of the workspace from the others.
        self.workspace.take(self.workspace.free(at));
        Ok(place)
    }

    /// How many messages could go within the next `time`.
    #[must_use]
    pub fn room(&self, at: Duration, time: Duration) -> usize {
        let until = at + time;
        let ahead = until.saturating_sub(self.workspace.free(at));
        if self.workspace.interval.is_zero() {
            return usize::MAX;
        }
        let steps = ahead.as_micros() / self.workspace.interval.as_micros().max(1);
        usize::try_from(steps).unwrap_or(usize::MAX).saturating_add(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn most_within(places: &[Duration], window: Duration) -> usize {
        places
            .iter()
            .map(|from| places.iter().filter(|at| **at >= *from && **at < *from + window).count())
            .max()
            .unwrap_or(0)
    }

    proptest! {
        #[test]
        fn a_conversation_never_gets_more_than_its_burst_and_one_a_second(
            steps in prop::collection::vec((0_u64..700, 0_usize..4), 1..120),
        ) {
            let mut limiter = Limiter::new(Pace::new(Duration::from_millis(20), 5), Pace::new(SECOND, 3));
            let mut at = Duration::ZERO;
            let mut places: HashMap<usize, Vec<Duration>> = HashMap::new();
            for (passes, conversation) in steps {
                at += Duration::from_millis(passes);
                let place = limiter.book(&conversation.to_string(), at);
                prop_assert!(place >= at);
                places.entry(conversation).or_default().push(place);
            }
            for places in places.values() {
                for seconds in 1..20_u32 {
                    prop_assert!(most_within(places, SECOND * seconds) < 3 + seconds as usize);
                }
            }
        }

        #[test]
        fn a_workspace_never_gets_more_than_its_burst_and_its_pace(passes in prop::collection::vec(0_u64..100, 1..200)) {
            let mut limiter = Limiter::new(Pace::new(Duration::from_millis(50), 4), Pace::new(SECOND, 3));
            let mut at = Duration::ZERO;
            let mut places = Vec::new();
            for (number, passed) in passes.into_iter().enumerate() {
                at += Duration::from_millis(passed);
                places.push(limiter.book(&number.to_string(), at));
            }
            prop_assert!(places.is_sorted(), "who books first goes first");
            prop_assert!(most_within(&places, SECOND) < 4 + 20);
        }
    }

    #[test]
    fn nobody_waits_who_need_not() {
        let mut limiter = Limiter::new(Pace::new(Duration::from_millis(20), 10), Pace::new(SECOND, 3));
        assert_eq!(limiter.book("D1", SECOND), SECOND);
        assert_eq!(limiter.book("D2", SECOND), SECOND, "another conversation");
        assert_eq!(limiter.book("D1", SECOND), SECOND, "a small burst");
        assert_eq!(limiter.book("D1", SECOND), SECOND);
        assert_eq!(limiter.book("D1", SECOND), 2 * SECOND, "and then one a second");
        assert_eq!(limiter.book("D3", SECOND), SECOND, "one that waits for itself delays no other");
        for _ in 0..10 {
            assert_eq!(
                limiter.book_until("D1", SECOND, 2 * SECOND),
                Err(3 * SECOND),
                "who does not wait takes no place"
            );
        }
    }

    #[test]
    fn a_complaint_halves_the_pace_once_and_patience_restores_it() {
        let mut pace = Pace::new(Duration::from_millis(100), 1);
        pace.slow_down(SECOND);
        pace.slow_down(SECOND + Duration::from_millis(5));
        assert_eq!(pace.interval, Duration::from_millis(200));
        let mut at = SECOND;
        for _ in 0..200 {
            at = pace.free(at + SECOND);
            pace.take(at);
        }
        assert_eq!(pace.interval, Duration::from_millis(100));
    }

    #[test]
    fn the_room_is_what_could_be_booked() {
        let mut limiter = Limiter::new(Pace::new(Duration::from_millis(100), 3), Pace::new(SECOND, 3));
        let room = limiter.room(SECOND, SECOND);
        let booked = (0..1000).take_while(|number| limiter.book(&number.to_string(), SECOND) <= 2 * SECOND).count();
        assert!(room <= booked && booked <= room + 3, "{room} {booked}");
    }
}
