//! Floor 2: one folder per chat platform.
pub mod outbound;
pub mod slack;
