//! Finding work for people: the index, search, score and reasons. Pure and deterministic: same input, same order.
//! Ranks work for a person, and never the people who applied for a post: `people` is for those who asked to be found.
//!
//! A post enters through `index` (its words by `text` and `words`, its kind of work by `role`, what it asks for by
//! `openings`). `reading`, `search` and `sentence` answer queries; `profile`, `leaning` and `terms` say how well a person
//! and a post meet, `person` ranks by it, `why` and `what_if` put the same terms into `reason`s, and `everybody` does it for the whole
//! company.

mod digest;
mod everybody;
mod exposure;
mod feedback;
mod index;
mod kin;
mod leaning;
mod mentor;
mod openings;
mod people;
mod person;
mod profile;
pub mod quality;
mod query;
mod rank;
mod reading;
mod reason;
mod role;
mod search;
mod sentence;
mod terms;
mod text;
mod what_if;
mod why;
mod words;

pub use digest::{Digest, Exposure, Wanted, digest, finished};
pub use everybody::{AT_ONCE, Run, Seeker, in_parallel, take_turns, week};
pub use exposure::Showings;
pub use feedback::Tastes;
pub use index::Index;
pub use mentor::{Guide, Teacher, TeacherReason};
pub use people::{Reach, Suits};
pub use person::{Ask, Limits, Match, hidden_by};
pub use query::{Page, Query, Starts};
pub use reason::{Band, Filter, Reason, Why, sentences};
pub use search::{Facets, Found, Hit, HoursRange, Relaxed};
pub use what_if::WhatIf;

#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod person_tests;
#[cfg(test)]
mod related_tests;
#[cfg(test)]
mod shortcut_tests;
#[cfg(test)]
mod tests;
