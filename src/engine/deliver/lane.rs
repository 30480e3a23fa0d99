//! A lane: the messages of one workspace on one platform. What goes wrong in it, or is asked of it, delays no other.

use super::scribe::Note;
use crate::{
    domain::{
        Instant,
        limiter::{Limiter, Pace},
        outbox::backoff,
    },
    engine::Engine,
    store::outbox::{self, Lane},
};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// What a platform counts and limits by itself, by the names under which a rest is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Method {
    Send,
    OpenDirect,
    LookFor,
    Show,
}

impl Method {
    const ALL: [Method; 4] = [Method::Send, Method::OpenDirect, Method::LookFor, Method::Show];

    pub fn as_str(self) -> &'static str {
        match self {
            Method::Send => "send",
            Method::OpenDirect => "open direct",
            Method::LookFor => "look for",
            Method::Show => "show",
        }
    }
}

/// After so many calls in a row that came to nothing, the lane rests; then one message at a time tries.
const TROUBLE: u32 = 3;
const LONGEST_REST: chrono::Duration = chrono::Duration::minutes(1);

/// What is known of a lane while the process lives.
#[derive(Debug)]
pub(super) struct Course {
    born: std::time::Instant,
    paces: HashMap<Method, Limiter>,
    waits: HashMap<Method, Instant>,
    failures: u32,
    rests_until: Option<Instant>,
}

impl Course {
    fn new(most_per_second: u32) -> Course {
        let every = |per_second: u32| Duration::from_secs(1).checked_div(per_second).unwrap_or(Duration::ZERO);
        // One a second in each conversation, with a burst of three, is what the platforms ask for.
        let conversation = || Pace::new(if most_per_second == 0 { Duration::ZERO } else { every(1) }, 3);
        let limiter = |per_second| Limiter::new(Pace::new(every(per_second), 10), conversation());
        let at_most = |per_second: u32| if most_per_second == 0 { 0 } else { per_second.min(most_per_second) };
        let paces = Method::ALL.map(|method| {
            (
                method,
                match method {
                    Method::Send => limiter(most_per_second),
                    Method::OpenDirect | Method::Show => limiter(at_most(20)),
                    Method::LookFor => limiter(at_most(10)),
                },
            )
        });
        Course {
            born: std::time::Instant::now(),
            paces: paces.into(),
            waits: HashMap::new(),
            failures: 0,
            rests_until: None,
        }
    }
}

/// The courses of all lanes.
#[derive(Debug, Default)]
pub(in crate::engine) struct Courses(Mutex<HashMap<Lane, Arc<Mutex<Course>>>>);

impl Engine {
    fn course(&self, lane: &Lane) -> Arc<Mutex<Course>> {
        let mut courses = self.0.courses.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(course) = courses.get(lane) {
            return Arc::clone(course);
        }
        let course = Arc::new(Mutex::new(Course::new(self.0.settings.max_per_second)));
        courses.insert(lane.clone(), Arc::clone(&course));
        course
    }

    fn on_course<R>(&self, lane: &Lane, work: impl FnOnce(&mut Course) -> R) -> R {
        let course = self.course(lane);
        let mut course = course.lock().unwrap_or_else(PoisonError::into_inner);
        work(&mut course)
    }

    /// Takes in what rests were asked for, by any process.
    pub(super) async fn read_waits(&self, lane: &Lane, now: Instant) -> anyhow::Result<()> {
        let mut tx = self.0.db.read().await?;
        let waits = outbox::waits(&mut tx, lane, now).await?;
        drop(tx);
        self.on_course(lane, |course| {
            for (name, until) in waits {
                if let Some(method) = Method::ALL.into_iter().find(|method| method.as_str() == name) {
                    let known = course.waits.entry(method).or_insert(until);
                    *known = (*known).max(until);
                }
            }
        });
        Ok(())
    }

    /// Until when a method rests, if it does.
    pub(super) fn rests(&self, lane: &Lane, method: Method, now: Instant) -> Option<Instant> {
        self.on_course(lane, |course| {
            let waits = course.waits.get(&method).copied();
            waits.max(course.rests_until).filter(|until| *until > now)
        })
    }

    /// How many messages may be taken up now, so that none waits long for its place.
    pub(super) fn room(&self, lane: &Lane, method: Method, most: usize) -> usize {
        let soon = Duration::from_secs(1).min(self.0.settings.rules().window().to_std().unwrap_or_default() / 2);
        self.on_course(lane, |course| {
            if course.failures >= TROUBLE {
                return most.min(1);
            }
            let at = course.born.elapsed();
            course.paces.get(&method).map_or(most, |pace| pace.room(at, soon).min(most))
        })
    }

    /// Books a place for a call, and says how long to wait for it.
    pub(super) fn book(&self, lane: &Lane, method: Method, conversation: &str) -> Duration {
        self.on_course(lane, |course| {
            let at = course.born.elapsed();
            course.paces.get_mut(&method).map_or(Duration::ZERO, |pace| pace.book(conversation, at).saturating_sub(at))
        })
    }

    /// The same, unless the wait would be longer than `most`: then nothing is booked, and the error is the wait.
    pub(super) fn book_within(
        &self,
        lane: &Lane,
        method: Method,
        conversation: &str,
        most: Duration,
    ) -> Result<Duration, Duration> {
        self.on_course(lane, |course| {
            let at = course.born.elapsed();
            let Some(pace) = course.paces.get_mut(&method) else { return Ok(Duration::ZERO) };
            let place = pace.book_until(conversation, at, at + most);
            place.map(|place| place.saturating_sub(at)).map_err(|place| place.saturating_sub(at))
        })
    }

    /// The platform answered.
    pub(super) fn went_well(&self, lane: &Lane) {
        self.on_course(lane, |course| (course.failures, course.rests_until) = (0, None));
    }

    /// Nobody answered, or with nothing that makes sense.
    pub(super) fn went_badly(&self, lane: &Lane, now: Instant) {
        self.on_course(lane, |course| {
            course.failures = course.failures.saturating_add(1);
            if course.failures >= TROUBLE {
                let rest = backoff(course.failures - TROUBLE + 1, 0.0).min(LONGEST_REST);
                course.rests_until = Some(now + rest);
            }
        });
    }

    /// The platform asked us not to do this for a while, which is law, also after a restart.
    pub(super) async fn asked_to_wait(&self, lane: &Lane, method: Method, until: Instant) -> anyhow::Result<()> {
        self.on_course(lane, |course| {
            let known = course.waits.entry(method).or_insert(until);
            *known = (*known).max(until);
            let at = course.born.elapsed();
            if let Some(pace) = course.paces.get_mut(&method) {
                pace.workspace.slow_down(at);
            }
        });
        let note = Note::Wait { lane: lane.clone(), method: method.as_str(), until };
        self.0.scribe.write(&self.0.db, note).await.map(drop)
    }
}
