//! Is everything well? For `/readyz`, and for the gauges of `/metrics`.

use super::overview::{Overview, Overviews, PATIENCE, STALE_DAYS};
use crate::{
    domain::{self, outbox::State},
    engine::Engine,
    ports::Clock,
};
use serde_json::{Value, json};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::time::timeout;

/// A pass that takes longer than this is stuck. Long, because a pass may send many messages.
const STUCK: Duration = Duration::from_secs(600);

pub struct Health {
    started: Instant,
    tick: Duration,
    /// By which messages go.
    clock: Arc<dyn Clock>,
    /// Milliseconds after the start at which the last pass ended well.
    last_pass: AtomicU64,
    overviews: Arc<Overviews>,
}

/// How it looks at one moment.
pub struct Look {
    pub now: domain::Instant,
    database: Result<(), String>,
    loops: Result<(), String>,
    /// Since a pass ended well, or the start.
    pub since_pass: Duration,
    pub has_jumped: bool,
    pub is_active: bool,
    /// `None` when it could not be read in time.
    pub overview: Option<Arc<Overview>>,
}

impl Health {
    #[must_use]
    pub fn new(tick: Duration, clock: Arc<dyn Clock>) -> Health {
        Health {
            started: Instant::now(),
            tick,
            clock,
            last_pass: AtomicU64::new(0),
            overviews: Arc::new(Overviews::default()),
        }
    }

    /// A pass of planning and delivering ended well.
    pub fn passed(&self) {
        let now = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.last_pass.store(now, Ordering::Relaxed);
    }

    /// Looks at everything, for about a second at most.
    pub async fn look(&self, engine: &Engine) -> Look {
        let now = self.clock.now();
        let (migrations, overview) =
            tokio::join!(timeout(PATIENCE, engine.db().pending_migrations()), self.overviews.get(engine, now));
        let database = match migrations {
            Ok(Ok(0)) => Ok(()),
            Ok(Ok(missing)) => Err(format!("{missing} migrations are missing; run: trailmark migrate")),
            Ok(Err(_)) | Err(_) => Err("the database does not answer".to_owned()),
        };
        let last = Duration::from_millis(self.last_pass.load(Ordering::Relaxed));
        let since_pass = self.started.elapsed().saturating_sub(last);
        let loops = if since_pass < STUCK + self.tick {
            Ok(())
        } else {
            Err(format!("no pass of planning and delivering ended well for {} minutes", STUCK.as_secs() / 60))
        };
        Look {
            now,
            database,
            loops,
            since_pass,
            has_jumped: self.clock.jump().is_some(),
            is_active: engine.programme().is_active,
            overview,
        }
    }

    /// Whether all is well, and what to show.
    pub async fn report(&self, engine: &Engine) -> (bool, Value) {
        let look = self.look(engine).await;
        (look.is_ready(), look.to_json())
    }
}

impl Look {
    /// Whether requests can be answered and messages leave. That some message needs a human is no reason to stop.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.database.is_ok() && self.loops.is_ok()
    }

    fn to_json(&self) -> Value {
        let word = |part: &Result<(), String>| if part.is_ok() { "ok" } else { "failing" };
        let reasons: Vec<&String> =
            [&self.database, &self.loops].into_iter().filter_map(|part| part.as_ref().err()).collect();
        json!({
            "status": if self.is_ready() { "ready" } else { "not ready" },
            "database": word(&self.database),
            "loops": word(&self.loops),
            // No reason to stop: messages go by the time before until it is clear which one is right.
            "clock": if self.has_jumped { "jumped" } else { "ok" },
            "programme": if self.is_active { "on" } else { "off" },
            "reasons": reasons,
            "outbox": self.overview.as_ref().map(|overview| self.outbox(overview)),
            "paused": self.overview.as_ref().map(|overview| paused(overview)),
        })
    }

    fn outbox(&self, overview: &Overview) -> Value {
        let of = |state: State| {
            let mut it = json!({
                "count": overview.count(state),
                "oldest_seconds": overview.oldest(state, self.now),
            });
            let reasons: serde_json::Map<String, Value> = overview
                .reasons
                .iter()
                .filter(|(of, ..)| *of == state)
                .map(|(_, reason, count)| (reason.clone(), json!(count)))
                .collect();
            if !reasons.is_empty() {
                it["reasons"] = reasons.into();
            }
            it
        };
        let open = State::ALL.into_iter().filter(|state| state.is_open());
        let mut all: serde_json::Map<String, Value> =
            open.map(|state| (state.as_str().to_owned(), of(state))).collect();
        all.insert(
            "skipped_stale".to_owned(),
            json!({
                "count": overview.skipped_stale,
                "days": STALE_DAYS,
                "reason": "their time passed while the service was not running",
            }),
        );
        all.into()
    }
}

fn paused(overview: &Overview) -> Vec<Value> {
    let one = |it: &crate::store::instance::Paused| {
        json!({
            "platform": it.platform.as_str(),
            "tenant": it.tenant,
            "since": it.since,
            "reason": it.reason.as_deref().unwrap_or("not said"),
        })
    };
    overview.paused.iter().map(one).collect()
}
