//! Is everything well? For `/readyz`.

use crate::{engine::Engine, ports::Clock};
use serde_json::{Value, json};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

/// A pass that takes longer than this is stuck. Long, because a pass may send many messages.
const STUCK: Duration = Duration::from_secs(600);

pub struct Health {
    started: Instant,
    tick: Duration,
    /// By which messages go.
    clock: Arc<dyn Clock>,
    /// Milliseconds after the start at which the last pass ended well.
    last_pass: AtomicU64,
}

impl Health {
    #[must_use]
    pub fn new(tick: Duration, clock: Arc<dyn Clock>) -> Health {
        Health { started: Instant::now(), tick, clock, last_pass: AtomicU64::new(0) }
    }

    /// A pass of planning and delivering ended well.
    pub fn passed(&self) {
        let now = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.last_pass.store(now, Ordering::Relaxed);
    }

    fn loops_tick(&self) -> bool {
        let last = Duration::from_millis(self.last_pass.load(Ordering::Relaxed));
        self.started.elapsed().saturating_sub(last) < STUCK + self.tick
    }

    /// Whether all is well, and what to show.
    pub async fn report(&self, engine: &Engine) -> (bool, Value) {
        let database = match engine.db().pending_migrations().await {
            Ok(0) => Ok(()),
            Ok(missing) => Err(format!("{missing} migrations are missing; run: trailmark migrate")),
            Err(_) => Err("the database does not answer".to_owned()),
        };
        let loops = if self.loops_tick() {
            Ok(())
        } else {
            Err(format!("no pass of planning and delivering ended well for {} minutes", STUCK.as_secs() / 60))
        };
        let reasons: Vec<&String> = [&database, &loops].into_iter().filter_map(|part| part.as_ref().err()).collect();
        let word = |part: &Result<(), String>| if part.is_ok() { "ok" } else { "failing" };
        let is_ready = reasons.is_empty();
        let body = json!({
            "status": if is_ready { "ready" } else { "not ready" },
            "database": word(&database),
            "loops": word(&loops),
            // No reason to stop: messages go by the time before until it is clear which one is right.
            "clock": if self.clock.jump().is_some() { "jumped" } else { "ok" },
            "programme": if engine.programme().is_active { "on" } else { "off" },
            "reasons": reasons,
        });
        (is_ready, body)
    }
}
