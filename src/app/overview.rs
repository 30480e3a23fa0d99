//! How the outbox stands, for whoever watches: read from the database when somebody asks, and never in the way of a request.

use crate::{
    domain::{Instant, outbox::State},
    engine::Engine,
    store::{
        inbound,
        instance::{self, Paused},
        outbox::{self, Standing},
    },
};
use std::{
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, Instant as Moment},
};
use tokio::time::timeout;

/// Whoever asks waits no longer than this.
pub const PATIENCE: Duration = Duration::from_secs(1);
/// What was read is given again for so long at least; and for so many times as long as it took, so that a large outbox is
/// read a small part of the time.
const FRESH: Duration = Duration::from_secs(1);
const REST: u32 = 20;
/// Turns that were too late are told of for so many days.
pub const STALE_DAYS: i64 = 7;

#[derive(Clone, Debug)]
pub struct Overview {
    /// Every state in which there is something.
    pub states: Vec<Standing>,
    /// Why messages were given up, and why nobody can tell, with how many.
    pub reasons: Vec<(State, String, i64)>,
    /// Turns of the last days whose time passed while nobody was there to plan them.
    pub skipped_stale: i64,
    /// The workspaces that cut us off.
    pub paused: Vec<Paused>,
}

impl Overview {
    #[must_use]
    pub fn count(&self, state: State) -> i64 {
        self.states.iter().find(|it| it.state == state.as_str()).map_or(0, |it| it.count)
    }

    /// For how long the oldest of this state has been due, in seconds; 0 where nothing is.
    #[must_use]
    pub fn oldest(&self, state: State, now: Instant) -> i64 {
        let due = self.states.iter().find(|it| it.state == state.as_str()).map(|it| it.oldest_due);
        due.map_or(0, |due| (now - due).num_seconds().max(0))
    }
}

struct Known {
    overview: Arc<Overview>,
    read_at: Moment,
    took: Duration,
}

/// The newest overview, read by one at a time however many ask.
#[derive(Default)]
pub struct Overviews {
    known: RwLock<Option<Known>>,
    turn: Arc<tokio::sync::Mutex<()>>,
}

impl Overviews {
    /// `None` when the database does not answer in time.
    pub async fn get(self: &Arc<Self>, engine: &Engine, now: Instant) -> Option<Arc<Overview>> {
        timeout(PATIENCE, self.read(engine, now)).await.ok().flatten()
    }

    async fn read(self: &Arc<Self>, engine: &Engine, now: Instant) -> Option<Arc<Overview>> {
        if let Some(fresh) = self.fresh() {
            return Some(fresh);
        }
        let turn = Arc::clone(&self.turn).lock_owned().await;
        if let Some(fresh) = self.fresh() {
            return Some(fresh);
        }
        let (all, engine) = (Arc::clone(self), engine.clone());
        // Goes on when whoever asked has left, and nobody else begins meanwhile: a slow database is asked once.
        let reading = tokio::spawn(async move {
            let _turn = turn;
            let began = Moment::now();
            let overview = Arc::new(read(&engine, now).await?);
            let known = Known { overview: Arc::clone(&overview), read_at: Moment::now(), took: began.elapsed() };
            *all.known.write().unwrap_or_else(PoisonError::into_inner) = Some(known);
            anyhow::Ok(overview)
        });
        match reading.await {
            Ok(Ok(overview)) => Some(overview),
            Ok(Err(error)) => {
                tracing::warn!(error = format!("{error:#}"), "how the outbox stands could not be read");
                None
            }
            Err(error) => {
                tracing::error!(%error, "reading how the outbox stands broke off");
                None
            }
        }
    }

    fn fresh(&self) -> Option<Arc<Overview>> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let known = known.as_ref()?;
        (known.read_at.elapsed() < FRESH.max(known.took * REST)).then(|| Arc::clone(&known.overview))
    }
}

async fn read(engine: &Engine, now: Instant) -> anyhow::Result<Overview> {
    let mut tx = engine.db().read().await?;
    let states = outbox::standings(&mut tx).await?;
    let since = now - chrono::TimeDelta::days(STALE_DAYS);
    let skipped_stale = inbound::count_of_kind(&mut tx, inbound::SLOT_SKIPPED, since).await?;
    let mut reasons = Vec::new();
    for state in [State::Dead, State::Unknown] {
        let of_state = outbox::reasons(&mut tx, state.as_str()).await?;
        reasons.extend(of_state.into_iter().map(|(reason, count)| (state, reason, count)));
    }
    Ok(Overview { states, reasons, skipped_stale, paused: instance::paused(&mut tx).await? })
}
