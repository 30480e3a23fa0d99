//! Cadences, slots and zones; the only file that knows the `cron` crate.
