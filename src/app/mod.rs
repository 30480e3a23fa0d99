//! Floor 5: arguments, configuration, sockets and loops. The only place that reads the clock and the environment.

pub mod clock;
pub mod import;
pub mod telemetry;
