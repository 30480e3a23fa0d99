//! Floor 0: what is true about people, work and time. No I/O, no clock: `now` is an argument.

pub mod budget;
pub mod calendar;
pub mod company;
pub mod conversation;
pub mod id;
pub mod matching;
pub mod opportunity;
pub mod person;
pub mod preference;
pub mod programme;
pub mod skills;

/// The one type of instant in the program. Truncated to milliseconds where it enters (see `ports::Clock`).
pub type Instant = chrono::DateTime<chrono::Utc>;
