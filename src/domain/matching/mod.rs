//! Finding work for people: the index, search, score and reasons. Pure and deterministic: same input, same order.
//! Ranks work for a person, never people for a post.

mod digest;
mod index;
mod person;
pub mod quality;
mod query;
mod rank;
mod reading;
mod reason;
mod role;
mod search;
mod text;
mod words;

pub use digest::{Digest, Exposure, Wanted, digest, finished};
pub use index::Index;
pub use person::{Match, Reach, hidden_by, reach};
pub use query::{Page, Query, Starts};
pub use reason::{Band, Filter, Reason, Why, sentences};
pub use search::{Facets, Found, Hit, HoursRange, Relaxed};

#[cfg(test)]
mod tests;
