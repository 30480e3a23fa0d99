//! `/metrics`, on a door of its own that is not for the world.
//!
//! What the process counted is there at once. What only the database knows is read when it is asked for; when it does not
//! answer in time its rows are left out, and `trailmark_outbox_readable` says so.

use super::{
    health::Health,
    http::{self, Answer, Limits},
    overview::Overview,
};
use crate::{
    domain::{Instant, outbox::State},
    engine::Engine,
    metrics,
};
use hyper::{Method, StatusCode};
use prometheus::{Gauge, IntGauge, IntGaugeVec, Opts, Registry, TextEncoder, core::Collector, proto::MetricFamily};
use std::sync::Arc;
use tokio::{net::TcpListener, sync::watch};

const PATH: &str = "/metrics";
/// Few have any business here.
const CONNECTIONS: usize = 16;

/// Serves until `stop` says true.
pub async fn serve(listener: TcpListener, engine: Engine, health: Arc<Health>, stop: watch::Receiver<bool>) {
    let limits = Limits { connections: CONNECTIONS, ..Limits::default() };
    http::accept_all(listener, limits, stop, move |request| {
        let (engine, health) = (engine.clone(), Arc::clone(&health));
        async move {
            match (request.uri().path(), request.method()) {
                (PATH, &Method::GET | &Method::HEAD) => page(&engine, &health).await,
                (PATH, _) => http::bare(StatusCode::METHOD_NOT_ALLOWED),
                _ => http::bare(StatusCode::NOT_FOUND),
            }
        }
    })
    .await;
}

async fn page(engine: &Engine, health: &Health) -> Answer {
    match text(engine, health).await {
        Ok(text) => http::with(StatusCode::OK, "text/plain; version=0.0.4; charset=utf-8", text),
        Err(error) => {
            tracing::error!(%error, "the metrics could not be written");
            http::bare(StatusCode::INTERNAL_SERVER_ERROR)
        }
    }
}

/// The whole page.
///
/// # Errors
/// Never with names that are valid.
pub async fn text(engine: &Engine, health: &Health) -> prometheus::Result<String> {
    let mut all = metrics::gather();
    all.extend(gauges(engine, health).await?);
    TextEncoder::new().encode_to_string(&all)
}

async fn gauges(engine: &Engine, health: &Health) -> prometheus::Result<Vec<MetricFamily>> {
    let page = Page(Registry::new());
    let state = health.look(engine).await;
    let one = |is: bool| i64::from(is);
    let build = page.gauges("trailmark_build_info", "Always 1; the version is its label.", &["version"])?;
    build.with_label_values(&[env!("CARGO_PKG_VERSION")]).set(1);
    page.gauge("trailmark_ready", "1 while /readyz says 200.", one(state.is_ready()))?;
    page.gauge(
        "trailmark_outbox_readable",
        "1 while the outbox could be read within a second; else its rows are missing here.",
        one(state.overview.is_some()),
    )?;
    page.gauge("trailmark_programme_active", "1 while messages are sent unasked.", one(state.is_active))?;
    page.gauge(
        "trailmark_clock_jumped",
        "1 while the machine's clock was set and is not believed yet.",
        one(state.has_jumped),
    )?;
    page.seconds(
        "trailmark_last_pass_seconds",
        "Seconds since a pass of planning and delivering ended well.",
        state.since_pass.as_secs_f64(),
    )?;
    if let Some(overview) = &state.overview {
        of_database(&page, overview, state.now)?;
    }
    Ok(page.0.gather())
}

fn of_database(page: &Page, overview: &Overview, now: Instant) -> prometheus::Result<()> {
    let counts = page.gauges("trailmark_outbox", "Durable messages in each state.", &["state"])?;
    let ages = page.gauges(
        "trailmark_outbox_oldest_seconds",
        "Seconds since the oldest message of the state was due and not sent; 0 where none is.",
        &["state"],
    )?;
    for state in State::ALL {
        counts.with_label_values(&[state.as_str()]).set(overview.count(state));
        if state.is_open() {
            ages.with_label_values(&[state.as_str()]).set(overview.oldest(state, now));
        }
    }
    let paused = i64::try_from(overview.paused.len()).unwrap_or(i64::MAX);
    page.gauge("trailmark_tenants_paused", "Workspaces that cut us off; nothing is sent there.", paused)
}

/// Gauges as they stand now.
struct Page(Registry);

impl Page {
    fn add<T: Collector + Clone + 'static>(&self, it: T) -> prometheus::Result<T> {
        self.0.register(Box::new(it.clone()))?;
        Ok(it)
    }

    fn gauge(&self, name: &str, help: &str, value: i64) -> prometheus::Result<()> {
        self.add(IntGauge::new(name, help)?)?.set(value);
        Ok(())
    }

    fn seconds(&self, name: &str, help: &str, value: f64) -> prometheus::Result<()> {
        self.add(Gauge::new(name, help)?)?.set(value);
        Ok(())
    }

    fn gauges(&self, name: &str, help: &str, labels: &[&str]) -> prometheus::Result<IntGaugeVec> {
        self.add(IntGaugeVec::new(Opts::new(name, help), labels)?)
    }
}
