//! The demo's clock: the machine's, moved forward. Jumping goes from one due moment to the next, so that everything in
//! between really happens.

use super::clock::SystemClock;
use crate::{domain::Instant, engine::Engine, playground::TimeMachine, ports::Clock};
use anyhow::{Context, ensure};
use chrono::TimeDelta;
use std::{
    path::PathBuf,
    sync::{
        OnceLock,
        atomic::{AtomicI64, Ordering},
    },
};
use tokio::sync::Mutex;

/// A pass that finds the same moment due again waits this long.
const STEP: TimeDelta = TimeDelta::minutes(1);

#[derive(Debug)]
pub struct DemoClock {
    /// Milliseconds ahead of the machine.
    ahead: AtomicI64,
    /// Where `ahead` is kept, so that a demo that is started again does not go back in time.
    kept_in: Option<PathBuf>,
    engine: OnceLock<Engine>,
    /// One jump at a time.
    jumping: Mutex<()>,
}

impl DemoClock {
    /// It is what was kept, else `starts_at`, else what the machine says.
    #[must_use]
    pub fn new(kept_in: Option<PathBuf>, starts_at: Option<Instant>) -> DemoClock {
        let kept = kept_in
            .as_ref()
            .and_then(|path| std::fs::read_to_string(path).ok())
            .and_then(|text| text.trim().parse().ok());
        let ahead = kept.or(starts_at.map(|at| (at - SystemClock.now()).num_milliseconds())).unwrap_or_default();
        DemoClock { ahead: AtomicI64::new(ahead), kept_in, engine: OnceLock::new(), jumping: Mutex::default() }
    }

    /// What happens on the way. Without an engine a jump only moves the hands.
    pub fn drive(&self, engine: Engine) {
        let _ = self.engine.set(engine);
    }

    /// Moves the hands so that it is `to`; never back.
    fn set(&self, to: Instant) {
        self.ahead.fetch_max((to - SystemClock.now()).num_milliseconds(), Ordering::Relaxed);
    }

    fn keep(&self) -> anyhow::Result<()> {
        match &self.kept_in {
            Some(path) => std::fs::write(path, self.ahead.load(Ordering::Relaxed).to_string())
                .with_context(|| format!("{} cannot be written", path.display())),
            None => Ok(()),
        }
    }
}

impl Clock for DemoClock {
    fn now(&self) -> Instant {
        SystemClock.now() + TimeDelta::milliseconds(self.ahead.load(Ordering::Relaxed))
    }
}

#[async_trait::async_trait]
impl TimeMachine for DemoClock {
    fn now(&self) -> Instant {
        Clock::now(self)
    }

    async fn jump(&self, to: Instant) -> anyhow::Result<()> {
        let _turn = self.jumping.lock().await;
        let mut at = Clock::now(self);
        ensure!(to > at, "time only goes forward here");
        if let Some(engine) = self.engine.get() {
            engine.tick(at).await?;
            while let Some(next) = engine.next_wake(at).await?.map(|next| next.max(at + STEP)).filter(|next| *next < to)
            {
                at = next;
                self.set(at);
                engine.tick(at).await?;
            }
        }
        self.set(to);
        self.keep()?;
        match self.engine.get() {
            Some(engine) => engine.tick(to).await.map(drop),
            None => Ok(()),
        }
    }
}
