//! Floor 1: what the process counts about itself, shown by `/metrics`. Like the log it belongs to the process, so nobody is
//! handed it.
//!
//! Every label is a name from our own code, never an id, anybody's words or anything a client sent: so the series are few,
//! and none tells about a person.

use crate::{domain::preference::NudgeKind, message::Platform};
use prometheus::{Histogram, HistogramOpts, IntCounterVec, Opts, Registry, core::Collector, proto::MetricFamily};
use std::{sync::LazyLock, time::Instant};

struct Metrics {
    registry: Registry,
    inbound: IntCounterVec,
    ack: Histogram,
    deliveries: IntCounterVec,
    skipped: IntCounterVec,
    search: Histogram,
    matching: Histogram,
}

static METRICS: LazyLock<Metrics> = LazyLock::new(Metrics::new);

/// Bounds in seconds: what is promised of an acknowledgement (250 ms, 2.5 s) is among them.
const ACK: [f64; 13] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0];
/// Reading the company in memory takes microseconds.
const READING: [f64; 11] = [0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 1.0];

impl Metrics {
    fn new() -> Metrics {
        let registry = Registry::new();
        let counter = |name: &str, help: &str, labels: &[&str]| {
            let it = IntCounterVec::new(Opts::new(name, help), labels).expect("names written here are valid");
            register(&registry, &it);
            it
        };
        let histogram = |name: &str, help: &str, bounds: &[f64]| {
            let it = Histogram::with_opts(HistogramOpts::new(name, help).buckets(bounds.to_vec()))
                .expect("names and bounds written here are valid");
            register(&registry, &it);
            it
        };
        let metrics = Metrics {
            inbound: counter(
                "trailmark_inbound_total",
                "Requests of a platform, by what they were and what became of them.",
                &["platform", "kind", "outcome"],
            ),
            ack: histogram(
                "trailmark_ack_seconds",
                "Seconds from the head of a platform's request to its acknowledgement.",
                &ACK,
            ),
            deliveries: counter(
                "trailmark_deliveries_total",
                "Attempts at durable messages and looks for them, by what they came to.",
                &["platform", "kind", "outcome"],
            ),
            skipped: counter(
                "trailmark_slots_skipped_total",
                "Turns of a nudge in which nothing was sent, by the reason.",
                &["nudge", "reason"],
            ),
            search: histogram("trailmark_search_seconds", "Seconds a search of the posts took.", &READING),
            matching: histogram("trailmark_match_seconds", "Seconds the matches of one person took.", &READING),
            registry,
        };
        metrics.begin_at_zero();
        metrics
    }

    /// What an alert asks about is there from the start: a rate needs the zero before the one.
    fn begin_at_zero(&self) {
        for platform in Platform::ALL {
            for outcome in ["done", "failed", "unsigned"] {
                let kind = if outcome == "unsigned" { "unread" } else { "command" };
                self.inbound.with_label_values(&[platform.as_str(), kind, outcome]);
            }
            for kind in NudgeKind::ALL {
                for outcome in ["sent", "dead", "unknown"] {
                    self.deliveries.with_label_values(&[platform.as_str(), kind.as_str(), outcome]);
                }
            }
        }
        for kind in NudgeKind::ALL {
            self.skipped.with_label_values(&[kind.as_str(), "skipped_stale"]);
        }
    }
}

fn register(registry: &Registry, it: &(impl Collector + Clone + 'static)) {
    registry.register(Box::new(it.clone())).expect("every name is registered once");
}

/// A platform's request was acknowledged, `began` being when its head was read. `kind` says what it was, or `unread`.
pub fn acknowledged(platform: Platform, kind: &'static str, outcome: &'static str, began: Instant) {
    METRICS.inbound.with_label_values(&[platform.as_str(), kind, outcome]).inc();
    METRICS.ack.observe(began.elapsed().as_secs_f64());
}

/// An attempt at a durable message, or a look for one, came to this. `kind` is the row's, which is one of ours.
pub fn delivered(platform: Platform, kind: &str, outcome: &'static str) {
    METRICS.deliveries.with_label_values(&[platform.as_str(), kind, outcome]).inc();
}

/// A turn passed in silence.
pub fn skipped(nudge: NudgeKind, reason: &'static str) {
    METRICS.skipped.with_label_values(&[nudge.as_str(), reason]).inc();
}

/// Does a search and notes how long it took.
pub fn of_search<T>(work: impl FnOnce() -> T) -> T {
    timed(&METRICS.search, work)
}

/// Finds the matches of one person and notes how long it took.
pub fn of_matches<T>(work: impl FnOnce() -> T) -> T {
    timed(&METRICS.matching, work)
}

fn timed<T>(histogram: &Histogram, work: impl FnOnce() -> T) -> T {
    let began = Instant::now();
    let done = work();
    histogram.observe(began.elapsed().as_secs_f64());
    done
}

/// Everything counted so far.
#[must_use]
pub fn gather() -> Vec<MetricFamily> {
    METRICS.registry.gather()
}
