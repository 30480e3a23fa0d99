//! What becomes of a durable message: one state machine, without a database, a network or a clock.
//!
//! ```text
//! pending ──claim──▶ sending ──▶ sent       the platform said so, or showed it to us, or somebody pressed it
//!    ▲                 │ ├─────▶ dead       given up; a human must look
//!    │                 │ ├─────▶ expired    no longer useful
//!    │                 │ ├─────▶ cancelled  not wanted any more
//!    ├─ certainly not ─┤ └─────▶ unknown    nobody can tell; a human must say
//!    └─ not there, ────┘
//!       looked twice
//! ```
//!
//! A row whose attempt is in doubt stays `sending`: the old request may still land. It is looked for in the conversation,
//! not before [`Rules::quarantine`] has passed, and only when it was absent twice, a quarantine apart, is it sent again.

use super::Instant;
use chrono::Duration;

/// A message that was in doubt so often is given up, so that one that kills the process does not do so for ever.
pub const MOST_DOUBTS: u32 = 5;
/// So long we go on asking a conversation that we may not read.
const UNREADABLE_FOR: Duration = Duration::hours(24);
/// So often.
const UNREADABLE_EVERY: Duration = Duration::minutes(15);
/// Eight tries last for more than two hours, so that a message outlives a bad morning of the platform.
const FIRST_BACKOFF: Duration = Duration::seconds(5);
const LONGEST_BACKOFF: Duration = Duration::hours(1);
/// A request that was written may be kept somewhere between us and the platform for about this long.
const LANDS_WITHIN: Duration = Duration::seconds(45);

/// Why a message is put off that came outside its reader's hours, or in their quiet.
pub const WAITS_FOR_WELCOME: &str = "waits for a welcome moment";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// How long a claimed row belongs to whoever claimed it.
    pub lease: Duration,
    /// How long after a claim, and after a first look, nobody decides that the message is not there.
    pub quarantine: Duration,
    /// A message that was tried so often is given up.
    pub max_attempts: u32,
}

impl Rules {
    /// How long after its claim a request may be written. Later, it could land after somebody looked for it.
    #[must_use]
    pub fn window(&self) -> Duration {
        let lands_in_time = (self.quarantine - LANDS_WITHIN).max(self.quarantine / 4);
        lands_in_time.min(self.lease - self.lease / 10)
    }

    fn first_look(&self, claimed_at: Instant) -> Instant {
        claimed_at + self.quarantine.max(self.lease)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    Pending,
    Sending,
    Sent,
    Dead,
    Expired,
    Cancelled,
    Unknown,
}

impl State {
    pub const ALL: [State; 7] =
        [State::Pending, State::Sending, State::Sent, State::Dead, State::Expired, State::Cancelled, State::Unknown];

    /// Something is still to be done about it, by us or by a human.
    #[must_use]
    pub fn is_open(self) -> bool {
        matches!(self, State::Pending | State::Sending | State::Dead | State::Unknown)
    }

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            State::Pending => "pending",
            State::Sending => "sending",
            State::Sent => "sent",
            State::Dead => "dead",
            State::Expired => "expired",
            State::Cancelled => "cancelled",
            State::Unknown => "unknown",
        }
    }
}

/// As much of a row as decides what becomes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub state: State,
    pub due_at: Instant,
    pub useful_until: Option<Instant>,
    /// How often it was claimed: the fence, for only the worker of the newest attempt may settle it.
    pub attempt: u32,
    /// How many of these count: not those that ended before anything was tried. Counted at the claim, so that a message
    /// that kills the process is given up like any other.
    pub tries: u32,
    pub started_at: Option<Instant>,
    /// When it is to be looked for next.
    pub look_at: Option<Instant>,
    /// How often in a row it was looked for and not there.
    pub absences: u32,
    /// After the database was restored: it was looked for, and may be sent.
    pub is_cleared: bool,
}

/// What is in doubt since an older copy of the database was put in place of a newer one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Doubt {
    /// The newest thing the copy knows of: what it lacks happened since.
    pub since: Instant,
    /// When the copy was noticed.
    pub before: Instant,
}

/// The planner makes again what the copy lacks: within this time after the copy was noticed.
const REPLANNED_WITHIN: Duration = Duration::days(8);

impl Doubt {
    /// Whether a message may have been sent by the database that was replaced.
    #[must_use]
    pub fn covers(&self, due_at: Instant, created_at: Instant, is_nudge: bool) -> bool {
        due_at <= self.before || (is_nudge && created_at <= self.replanned_before())
    }

    /// Unprompted messages written down until then may be ones that were planned before.
    #[must_use]
    pub fn replanned_before(&self) -> Instant {
        self.before + REPLANNED_WITHIN
    }
}

/// What an attempt came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Certainly not: nothing was written, or the platform said so.
    NotSent,
    /// Certainly not, for a reason that is not this message's: not before then.
    Wait(Instant),
    /// Never going to work.
    Refused,
    /// It may have arrived.
    Doubtful,
}

/// What looking for a message in its conversation came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    Absent,
    /// We may not read the conversation.
    Unreadable,
    /// No answer; ask again then.
    NotNow(Instant),
}

/// What becomes of a claimed row that is not known to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Back to pending. `counts` when it was a try of this message.
    Later {
        at: Instant,
        counts: bool,
    },
    /// It stays in doubt until then.
    Looking {
        at: Instant,
        absences: u32,
    },
    Dead,
    Expired,
    Cancelled,
    Unknown,
}

impl Row {
    #[must_use]
    pub fn new(due_at: Instant, useful_until: Option<Instant>) -> Row {
        Row {
            state: State::Pending,
            due_at,
            useful_until,
            attempt: 0,
            tries: 0,
            started_at: None,
            look_at: None,
            absences: 0,
            is_cleared: false,
        }
    }

    /// Whether it may be claimed now; `in_doubt` after a restore.
    #[must_use]
    pub fn is_due(&self, in_doubt: bool, now: Instant) -> bool {
        self.state == State::Pending && self.due_at <= now && (!in_doubt || self.is_cleared)
    }

    /// Whether it is to be looked for now.
    #[must_use]
    pub fn is_to_be_looked_for(&self, now: Instant) -> bool {
        self.state == State::Sending && self.look_at.is_some_and(|at| at <= now)
    }

    pub fn claim(&mut self, rules: &Rules, now: Instant) {
        self.state = State::Sending;
        self.attempt += 1;
        self.tries += 1;
        self.started_at = Some(now);
        self.look_at = Some(rules.first_look(now));
        self.absences = 0;
    }

    /// The database it stands in is an older copy: it may have been sent since, and what was looked for before says nothing.
    pub fn restore(&mut self, now: Instant) {
        if self.state == State::Sending {
            self.state = State::Pending;
            self.due_at = self.due_at.min(now);
            (self.look_at, self.absences) = (None, 0);
        }
        if self.state == State::Pending {
            self.is_cleared = false;
        }
    }

    /// A row in doubt after a restore is treated as if it had been sent just now, until it was looked for: what the database
    /// that was replaced had written may still land.
    pub fn doubt(&mut self, doubt: &Doubt, rules: &Rules, now: Instant) {
        self.state = State::Sending;
        self.started_at = Some(doubt.since);
        self.look_at = Some(now + rules.quarantine);
        self.absences = 0;
        self.is_cleared = true;
    }

    /// `jitter` between 0 and 1 keeps those that failed together from coming back together.
    #[must_use]
    pub fn after_attempt(&self, fate: Fate, rules: &Rules, jitter: f64, now: Instant) -> Next {
        match fate {
            Fate::Wait(at) => Next::Later { at, counts: false },
            Fate::Refused => Next::Dead,
            Fate::NotSent if self.tries >= rules.max_attempts => Next::Dead,
            Fate::NotSent => Next::Later { at: now + backoff(self.tries, jitter), counts: true },
            Fate::Doubtful => {
                let at = rules.first_look(self.started_at.unwrap_or(now));
                Next::Looking { at, absences: 0 }
            }
        }
    }

    #[must_use]
    pub fn after_look(&self, look: Look, rules: &Rules, now: Instant) -> Next {
        match look {
            Look::NotNow(at) => Next::Looking { at, absences: self.absences },
            Look::Unreadable if self.started_at.is_some_and(|at| now - at >= UNREADABLE_FOR) => Next::Unknown,
            Look::Unreadable => Next::Looking { at: now + UNREADABLE_EVERY, absences: self.absences },
            Look::Absent if self.absences == 0 => Next::Looking { at: now + rules.quarantine, absences: 1 },
            Look::Absent if self.useful_until.is_some_and(|until| until <= now) => Next::Expired,
            Look::Absent if self.tries >= MOST_DOUBTS.min(rules.max_attempts) => Next::Dead,
            Look::Absent => Next::Later { at: now, counts: true },
        }
    }

    /// Applies what was decided.
    pub fn settle(&mut self, next: Next) {
        self.state = match next {
            Next::Dead => State::Dead,
            Next::Expired => State::Expired,
            Next::Cancelled => State::Cancelled,
            Next::Unknown => State::Unknown,
            Next::Later { at, counts } => {
                self.due_at = at;
                self.tries = self.tries.saturating_sub(u32::from(!counts));
                State::Pending
            }
            Next::Looking { at, absences } => {
                self.look_at = Some(at);
                self.absences = absences;
                return;
            }
        };
        self.look_at = None;
    }

    /// The platform answered, or somebody saw it: it was sent, whatever we thought.
    pub fn prove(&mut self) {
        if self.attempt > 0 || self.is_cleared {
            self.state = State::Sent;
            self.look_at = None;
        }
    }
}

/// Four times as long after every failure, with up to a fifth more so that many do not come back at once.
#[must_use]
pub fn backoff(failures: u32, jitter: f64) -> Duration {
    let wait = (FIRST_BACKOFF * 4_i32.pow(failures.saturating_sub(1).min(6))).min(LONGEST_BACKOFF);
    #[expect(clippy::cast_possible_truncation, reason = "a fifth of a quarter of an hour in milliseconds is small")]
    let more = (jitter.clamp(0.0, 1.0) * wait.num_milliseconds() as f64 / 5.0) as i64;
    wait + Duration::milliseconds(more)
}

#[cfg(test)]
mod tests;
