//! Trailmark: internal mobility in everyday chat.
//!
//! The floors, bottom up; each may use the ones below it and never the ones above:
//!
//! 0. [`domain`] what is true about people, work and time; [`message`] what we say, in our own words. Pure.
//! 1. [`ports`] the two things we do not own: the chat platform and the clock; [`metrics`] what the process counts.
//! 2. [`store`] every SQL statement; [`chat`] one folder per platform.
//! 3. [`commands`] one file per command; [`nudges`] one folder per unprompted message; [`access`] who may do what.
//! 4. [`engine`] receive, plan, deliver.
//! 5. [`app`] arguments, configuration, sockets and loops.
//!
//! [`playground`] stands beside the tower: a simulated workspace for `trailmark demo` and for the tests.

pub mod access;
pub mod app;
pub mod chat;
pub mod commands;
pub mod domain;
pub mod engine;
pub mod message;
pub mod metrics;
pub mod nudges;
pub mod playground;
pub mod ports;
pub mod store;
