//! Floor 4: receive, plan, deliver. Each is a plain async function of `(engine, …, now)`; loops and sockets are in `app`.
//!
//! The engine sees a platform only as `dyn Chat`, and nothing goes to the network from inside a transaction.

mod answer;
mod deliver;
mod meet;
mod plan;
mod receive;

pub use plan::Ticked;

use crate::{
    commands::Ctx,
    domain::{Instant, id::PersonId, outbox::Rules, programme::Programme},
    message::{Address, Platform, inbound::Place},
    nudges::PlanCtx,
    ports::Chat,
    store::{Db, instance, live::Live, outbox::HOME_TENANT, showings::Showings},
};
use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::sync::Notify;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// How long a claimed row is ours. At least the HTTP timeout and a margin.
    pub lease: Duration,
    /// How long after an attempt in doubt, and after a first look, nobody decides that the message is not there.
    pub quarantine: Duration,
    /// A message that was tried so often is dead.
    pub max_attempts: u32,
    /// Messages a second in one workspace, until it asks for fewer; 0 for no limit at all.
    pub max_per_second: u32,
}

impl Settings {
    fn rules(&self) -> Rules {
        let in_chrono = |time| chrono::Duration::from_std(time).unwrap_or(chrono::Duration::days(1));
        Rules { lease: in_chrono(self.lease), quarantine: in_chrono(self.quarantine), max_attempts: self.max_attempts }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            lease: Duration::from_secs(30),
            quarantine: Duration::from_secs(60),
            max_attempts: 8,
            max_per_second: 50,
        }
    }
}

/// Cheap to clone; all clones are the same engine.
#[derive(Clone)]
pub struct Engine(Arc<Inner>);

struct Inner {
    db: Db,
    live: Live,
    showings: Showings,
    programme: Programme,
    /// Turned on in the configuration or in chat.
    is_active: AtomicBool,
    chats: HashMap<Platform, Arc<dyn Chat>>,
    settings: Settings,
    courses: deliver::Courses,
    scribe: deliver::Scribe,
    recent: Mutex<receive::Recent>,
    /// The platform took too long to say who a newcomer is, so that the next one is not kept waiting.
    introduces_slowly: AtomicBool,
    wake: Notify,
    is_stopping: AtomicBool,
}

impl Engine {
    /// An engine that knows everybody.
    ///
    /// # Errors
    /// The database refused.
    pub async fn new(
        db: Db,
        programme: Programme,
        chats: Vec<Arc<dyn Chat>>,
        settings: Settings,
    ) -> anyhow::Result<Engine> {
        let engine = Engine::starting(db, programme, chats, settings).await?;
        engine.0.live.complete().await?;
        Ok(engine)
    }

    /// An engine that can answer searches. Its first [`Engine::tick`] gets to know everybody; what needs them waits.
    ///
    /// # Errors
    /// The database refused.
    pub async fn starting(
        db: Db,
        programme: Programme,
        chats: Vec<Arc<dyn Chat>>,
        settings: Settings,
    ) -> anyhow::Result<Engine> {
        let live = Live::open(db.clone()).await?;
        let engine = Engine(Arc::new(Inner {
            db,
            live,
            showings: Showings::default(),
            is_active: AtomicBool::new(programme.is_active),
            programme,
            chats: chats.into_iter().map(|chat| (chat.platform(), chat)).collect(),
            settings,
            courses: deliver::Courses::default(),
            scribe: deliver::Scribe::default(),
            recent: Mutex::default(),
            introduces_slowly: AtomicBool::new(false),
            wake: Notify::new(),
            is_stopping: AtomicBool::new(false),
        }));
        engine.refresh().await?;
        Ok(engine)
    }

    /// Takes in what was committed by anybody since the last time.
    ///
    /// # Errors
    /// The database refused.
    pub async fn refresh(&self) -> anyhow::Result<()> {
        self.0.live.refresh().await?;
        let mut tx = self.0.db.read().await?;
        let activated = instance::activated_at(&mut tx).await?.is_some();
        self.0.is_active.store(self.0.programme.is_active || activated, Ordering::Relaxed);
        Ok(())
    }

    #[must_use]
    pub fn db(&self) -> &Db {
        &self.0.db
    }

    #[must_use]
    pub fn live(&self) -> &Live {
        &self.0.live
    }

    /// The programme as it runs now.
    #[must_use]
    pub fn programme(&self) -> Programme {
        Programme { is_active: self.0.is_active.load(Ordering::Relaxed), ..self.0.programme.clone() }
    }

    /// Writes down what people were shown since the last time; no answer waits for this.
    ///
    /// # Errors
    /// The database refused; it is written down the next time.
    pub async fn write_showings(&self) -> anyhow::Result<usize> {
        self.0.showings.write(&self.0.db).await
    }

    /// Returns when something was written that wants to leave at once.
    pub async fn wanted(&self) {
        self.0.wake.notified().await;
    }

    /// What is on its way is settled; nothing more is claimed.
    pub fn stop(&self) {
        self.0.is_stopping.store(true, Ordering::Relaxed);
    }

    fn wake(&self) {
        self.0.wake.notify_one();
    }

    fn chat(&self, platform: Platform) -> Option<&Arc<dyn Chat>> {
        self.0.chats.get(&platform)
    }

    /// Takes in what others wrote, and plans what is due at `now`; gives how many messages that are.
    ///
    /// # Errors
    /// The database refused.
    pub async fn prepare(&self, now: Instant) -> anyhow::Result<usize> {
        self.0.live.complete().await?;
        self.refresh().await?;
        self.plan(now).await
    }

    /// Plans and delivers until nothing more is due at `now`.
    ///
    /// # Errors
    /// The database refused.
    pub async fn tick(&self, now: Instant) -> anyhow::Result<Ticked> {
        let planned = self.prepare(now).await?;
        let mut ticked = self.deliver(now).await?;
        ticked.planned = planned;
        Ok(ticked)
    }

    fn plan_ctx<'a>(&'a self, programme: &'a Programme, now: Instant) -> PlanCtx<'a> {
        PlanCtx { db: &self.0.db, live: &self.0.live, programme, now }
    }

    fn ctx<'a>(
        &'a self,
        programme: &'a Programme,
        person: PersonId,
        address: &'a Address,
        place: Option<&'a Place>,
        now: Instant,
    ) -> Ctx<'a> {
        Ctx {
            db: &self.0.db,
            live: &self.0.live,
            showings: &self.0.showings,
            programme,
            now,
            person,
            address,
            place,
            tenant: HOME_TENANT,
            is_press: false,
        }
    }
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").finish_non_exhaustive()
    }
}
