//! Floor 5: arguments, configuration, sockets and loops. The only place that reads the clock and the environment.

pub mod cli;
pub mod clock;
pub mod config;
pub mod demo;
pub mod demo_clock;
mod edge;
pub mod health;
pub mod http;
pub mod import;
pub mod metrics;
pub mod overview;
mod progress;
pub mod run;
pub mod telemetry;
