//! The program as it runs: the database, the platforms, the loops and the door, built from the configuration.

use super::{
    clock::{SteadyClock, SystemClock, is_possible},
    config::{self, Config, Problems, Purpose, Source},
    health::Health,
    http, metrics,
};
use crate::{
    chat::slack::{self, Slack},
    domain::Instant,
    engine::{Engine, Settings},
    message::Platform,
    ports::{Chat, Clock},
    store::{
        Damaged, Db, copy, durable, file, generation, instance,
        keys::{self, Locked},
        outbox::Lane,
        seal::Keyring,
        whole,
    },
};
use anyhow::{Context, bail, ensure};
use secrecy::{ExposeSecret, SecretString};
use std::{
    collections::HashSet,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::{
    net::TcpListener,
    sync::watch,
    task::{JoinError, JoinSet},
    time::{MissedTickBehavior, interval, sleep, timeout},
};

/// How often the company in memory looks for what other processes wrote.
const FOLLOW: Duration = Duration::from_secs(1);
/// How long what somebody was shown may wait to be written down.
const REMEMBER: Duration = Duration::from_secs(2);
/// How old a copy of the database may be and still be taken for the newest.
const RENEW: Duration = Duration::from_secs(60);
const TIDY: Duration = Duration::from_secs(3600);
/// How long a pass under way may take once we were asked to stop.
const LAST_PASS: Duration = Duration::from_secs(12);
/// How long a lane takes up new messages before it looks again at what is most urgent, and what was planned meanwhile.
const AT_A_TIME: Duration = Duration::from_secs(1);
/// A database up to this size is read through before the start, which takes a moment; a larger one after it.
const SMALL: u64 = 64 * 1024 * 1024;
const CLOSING: Duration = Duration::from_secs(2);

/// The database, brought up to date.
///
/// # Errors
/// It cannot be opened, is damaged, was written by a newer version, or is [`Locked`].
pub async fn open(config: &Config, now: Instant) -> anyhow::Result<Db> {
    let db = Db::open(config.database_url.expose_secret()).await?;
    db.migrate().await?;
    let mut tx = db.read().await?;
    ensure!(
        !copy::is_half_made(&mut tx).await?,
        "it is not finished: it was being copied from another database. Run the same `trailmark copy-database` again, and it goes on"
    );
    drop(tx);
    let db = keys::unlock(db, &config.keys, now).await?;
    instance::ensure(&db, now).await?;
    Ok(db)
}

/// The database for the one server on it, and what keeps others off.
///
/// # Errors
/// Those of [`open`]; or a server is running on it.
async fn open_for_serving(config: &Config, clock: &dyn Clock) -> anyhow::Result<(Db, file::Lock)> {
    let lock = file::lock(config.database_url.expose_secret())?;
    Ok((open_for_sending(config, clock.now()).await?, lock))
}

/// The database for those who are about to send: whether it is the one we left, they have to know first.
///
/// # Errors
/// Those of [`open`]; or it was moved elsewhere.
pub async fn open_for_sending(config: &Config, now: Instant) -> anyhow::Result<Db> {
    let db = open(config, now).await?;
    let mut tx = db.read().await?;
    if let Some(at) = copy::moved_at(&mut tx).await? {
        bail!(
            "it was moved to another database on {}, and sending from both would send twice. Set DATABASE_URL to that one; or, \
             to go back to this one, run `trailmark restore --by-hand`",
            at.format("%Y-%m-%d")
        );
    }
    drop(tx);
    if whole::size(&db) <= SMALL {
        whole::check(&db).await?;
    }
    generation::begin(&db, now).await?;
    Ok(db)
}

/// The database as it is, for those who only want to know what is wrong with it.
///
/// # Errors
/// It cannot be opened, is damaged, was written by a newer version, or is [`Locked`].
pub async fn look(config: &Config) -> anyhow::Result<Option<Db>> {
    let url = config.database_url.expose_secret();
    if !Db::is_there(url) {
        return Ok(None);
    }
    let db = Db::open(url).await?.with_keyring(Keyring::new(&config.keys));
    if db.pending_migrations().await? == 0 {
        keys::check(&db).await?;
    }
    Ok(Some(db))
}

/// What is wrong with the database, under the name of the setting that names it.
#[must_use]
pub fn about_the_database(error: &anyhow::Error) -> String {
    let setting = if error.is::<Locked>() { "TRAILMARK_KEY" } else { "DATABASE_URL" };
    format!("{setting}: {error:#}")
}

/// The platforms that are switched on.
///
/// # Errors
/// One of them cannot be set up.
pub fn chats(config: &Config) -> anyhow::Result<Vec<Arc<dyn Chat>>> {
    let mut chats: Vec<Arc<dyn Chat>> = Vec::new();
    if config.slack.is_enabled
        && let Some(token) = &config.slack.bot_token
    {
        let slack =
            Slack::new(slack_settings(config, token.clone())).context("the Slack client could not be set up")?;
        chats.push(Arc::new(slack));
    }
    Ok(chats)
}

#[must_use]
pub fn slack_settings(config: &Config, bot_token: SecretString) -> slack::Settings {
    slack::Settings {
        api_url: config.slack.api_url.to_string(),
        bot_token,
        http_timeout: config.delivery.http_timeout,
        allow_test_endpoints: config.server.allow_test_endpoints,
    }
}

/// An engine that gets to know everybody with its first pass.
///
/// # Errors
/// The database refused.
pub async fn engine(db: Db, config: &Config, chats: Vec<Arc<dyn Chat>>) -> anyhow::Result<Engine> {
    let delivery = &config.delivery;
    let settings = Settings {
        lease: delivery.lease,
        quarantine: delivery.quarantine,
        max_attempts: delivery.max_attempts,
        max_per_second: delivery.max_per_second,
    };
    Engine::starting(db, config.programme.clone(), chats, settings).await
}

/// The server, until it is asked to stop.
///
/// # Errors
/// [`Problems`] with the configuration and with what it names, all of them; or the database is damaged.
pub async fn serve(source: Source) -> anyhow::Result<()> {
    let door = Arc::new(SystemClock);
    let (config, mut problems) = Config::examine(source, Purpose::Serving);
    // A start that is refused anyway makes nothing and changes nothing.
    let opened = if problems.is_empty() {
        open_for_serving(&config, &*door).await.map(|(db, lock)| Some((db, Some(lock))))
    } else {
        look(&config).await.map(|db| db.map(|db| (db, None)))
    };
    let opened = match opened {
        Ok(opened) => opened,
        Err(error) if error.is::<Damaged>() && problems.is_empty() => return Err(error),
        Err(error) => {
            problems.push(about_the_database(&error));
            None
        }
    };
    let listener = listen(config.server.listen, "listen", &mut problems).await;
    let metrics = listen_for_metrics(&config.server, &mut problems).await;
    let (Some((db, _lock)), Some(listener), true) = (opened, listener, problems.is_empty()) else {
        return Err(Problems(problems).into());
    };
    let loops = Arc::new(match db.is_postgres() {
        true => SteadyClock::start_at(db.time(door.now()).await?),
        false => SteadyClock::start(),
    });
    let clocks = Clocks { door, loops: Arc::<SteadyClock>::clone(&loops) };
    let engine = engine(db.clone(), &config, chats(&config)?).await?;
    announce(&config, &engine, listener.local_addr()?, metrics.as_ref());
    let doors = Doors { listener, metrics };
    let (stop, stopped) = watch::channel(false);
    let mut asked = Signals::listen()?;
    let running =
        start(engine.clone(), clocks, doors, config.slack.signing_secrets.clone(), config.delivery.tick, stopped);
    let mut running = std::pin::pin!(running);
    tokio::select! {
        () = &mut running => {}
        () = asked.next() => {}
        () = keep_time(&db, &loops) => {}
        error = damaged(&db) => return Err(error),
    }
    engine.stop();
    let _ = stop.send(true);
    tokio::select! {
        () = running => {
            // What still reads or writes has a moment to end; the database survives it either way.
            let _ = timeout(CLOSING, db.close()).await;
        }
        () = asked.next() => tracing::warn!("asked to stop a second time: stopping at once"),
    }
    Ok(())
}

async fn listen(on: SocketAddr, key: &str, problems: &mut Vec<String>) -> Option<TcpListener> {
    match TcpListener::bind(on).await {
        Ok(listener) => Some(listener),
        Err(error) => {
            let variable = key.to_uppercase();
            problems.push(format!(
                "server.{key} (TRAILMARK_SERVER__{variable}): nothing can listen on {on} ({error}); stop what does, or choose another address"
            ));
            None
        }
    }
}

/// Several servers on one Postgres go by its clock, so that none looks for, or takes over, what another is about to send.
async fn keep_time(db: &Db, clock: &SteadyClock) {
    if !db.is_postgres() {
        return std::future::pending().await;
    }
    let mut due = interval(FOLLOW);
    due.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        due.tick().await;
        // While it does not answer, what it said last goes on.
        if let Ok(time) = db.time(clock.now()).await {
            clock.tell(time);
        }
    }
}

/// An address that somebody chose has to be free. The default gives way to whoever was there first, so that several
/// servers run on one machine.
async fn listen_for_metrics(server: &config::Server, problems: &mut Vec<String>) -> Option<TcpListener> {
    let on = server.metrics_listen?;
    let mut found = Vec::new();
    let listener = listen(on, "metrics_listen", &mut found).await;
    if on != config::USUAL_METRICS {
        problems.append(&mut found);
    }
    for problem in found {
        tracing::warn!("no metrics: {problem}");
    }
    listener
}

/// Ready when a large database turns out to be damaged.
async fn damaged(db: &Db) -> anyhow::Error {
    if whole::size(db) > SMALL {
        match whole::check(db).await {
            Err(error) if error.is::<Damaged>() => return error,
            Err(error) => tracing::warn!(error = format!("{error:#}"), "the database could not be read through"),
            Ok(()) => {}
        }
    }
    std::future::pending().await
}

fn announce(config: &Config, engine: &Engine, listen: SocketAddr, metrics: Option<&TcpListener>) {
    if config.server.allow_test_endpoints {
        tracing::warn!(
            "server.allow_test_endpoints is on: tokens may be sent to addresses that are not the platform's. Never use this in production."
        );
    }
    if config.keys.is_empty() {
        tracing::warn!(
            "TRAILMARK_KEY is not set: notes, reasons and messages are stored readable for whoever can read the database or a backup of it. \
             Make a key with `openssl rand -base64 32`, keep it apart from the backups, and run `trailmark keys rotate` once."
        );
    }
    if !engine.programme().is_active {
        tracing::info!(
            "the programme is off: nothing is sent unasked. Read `trailmark rehearse`, then set programme.active = true or type /mobility admin start"
        );
    }
    if let Some(listen) = metrics.and_then(|listener| listener.local_addr().ok()) {
        tracing::info!(%listen, "metrics");
    }
    tracing::info!(%listen, "ready");
}

/// Which time it is, for whom.
pub struct Clocks {
    /// For what comes in, which others sign with theirs.
    pub door: Arc<dyn Clock>,
    /// For what is planned and sent.
    pub loops: Arc<dyn Clock>,
}

/// Where clients come in.
pub struct Doors {
    /// For the platforms.
    pub listener: TcpListener,
    /// For whoever watches, if anybody may.
    pub metrics: Option<TcpListener>,
}

/// The loops and the doors. Ends when `stop` says true and everything under way is done.
pub async fn start(
    engine: Engine,
    clocks: Clocks,
    doors: Doors,
    slack_secrets: Vec<SecretString>,
    tick: Duration,
    stop: watch::Receiver<bool>,
) {
    let Clocks { door, loops: clock } = clocks;
    let health = Arc::new(Health::new(tick, Arc::clone(&clock)));
    let has_sent = AtomicBool::new(false);
    let working = async {
        tokio::join!(
            deliver(&engine, &clock, tick, &health, &has_sent, stop.clone()),
            renew(&engine, &has_sent, stop.clone()),
            follow(&engine, stop.clone()),
            remember(&engine, stop.clone()),
            upkeep(&engine, &*clock, stop.clone()),
            http::serve(
                doors.listener,
                engine.clone(),
                door,
                Arc::clone(&health),
                slack_secrets,
                http::Limits::default(),
                stop.clone()
            ),
            watched(&engine, &health, doors.metrics, stop),
        );
    };
    tokio::select! {
        () = working => {}
        () = durable::lost() => {
            tracing::error!(
                "the disk did not keep what was written (fsync failed). Nothing more is written and the process ends; what was \
                 acknowledged before is kept. Look at the disk, then start again"
            );
            std::process::exit(1);
        }
    }
}

/// Answers whoever watches, where somebody may.
async fn watched(engine: &Engine, health: &Arc<Health>, door: Option<TcpListener>, stop: watch::Receiver<bool>) {
    if let Some(listener) = door {
        metrics::serve(listener, engine.clone(), Arc::clone(health), stop).await;
    }
}

/// Returns once `stop` says true, or nobody is left who could say it.
pub async fn asked_to_stop(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

/// Plans and delivers, every `tick` and as soon as something wants to leave at once. Each lane runs by itself, so that a
/// platform that hangs keeps no other waiting, and for a moment at a time, so that what is urgent comes first.
async fn deliver(
    engine: &Engine,
    clock: &Arc<dyn Clock>,
    tick: Duration,
    health: &Health,
    has_sent: &AtomicBool,
    mut stop: watch::Receiver<bool>,
) {
    let mut due = interval(tick);
    due.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut running = JoinSet::new();
    let mut busy = HashSet::new();
    loop {
        let is_due = tokio::select! {
            _ = due.tick() => true,
            () = engine.wanted() => true,
            () = asked_to_stop(&mut stop) => break,
            Some(done) = running.join_next() => {
                has_sent.fetch_or(!matches!(done, Ok((Errand::Show(_), _))), Ordering::Relaxed);
                ended(done, &mut busy)
            }
        };
        if !is_due {
            continue;
        }
        let outcome = tokio::select! {
            outcome = set_out(engine, clock, &mut busy, &mut running) => outcome,
            () = overtime(stop.clone()) => return,
        };
        match outcome {
            Ok(()) => health.passed(),
            Err(error) => tracing::error!(error = format!("{error:#}"), "a pass of planning and delivering failed"),
        }
    }
    // What is on its way is settled; what is cut off then is left to be settled, never sent twice.
    let settled = async { while running.join_next().await.is_some() {} };
    let _ = timeout(LAST_PASS, settled).await;
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Errand {
    Deliver(Lane),
    /// New contents for what is shown already.
    Show(Platform),
}

/// Plans, and sets out in every lane where something is due and nobody is under way.
async fn set_out(
    engine: &Engine,
    clock: &Arc<dyn Clock>,
    busy: &mut HashSet<Errand>,
    running: &mut JoinSet<(Errand, anyhow::Result<bool>)>,
) -> anyhow::Result<()> {
    ensure!(
        is_possible(clock.now()),
        "the machine's clock says {}: set it; nothing is planned or sent until then",
        clock.now()
    );
    engine.prepare(clock.now()).await?;
    for lane in engine.lanes(clock.now()).await? {
        let errand = Errand::Deliver(lane.clone());
        if busy.insert(errand.clone()) {
            let (engine, clock) = (engine.clone(), Arc::clone(clock));
            running.spawn(async move {
                let outcome = engine.deliver_in(&lane, &clock, Some(AT_A_TIME)).await;
                (errand, outcome.map(|ticked| ticked.sent > 0))
            });
        }
    }
    for platform in engine.news(clock.now()).await? {
        let errand = Errand::Show(platform);
        if busy.insert(errand.clone()) {
            let (engine, clock) = (engine.clone(), Arc::clone(clock));
            running.spawn(async move {
                let outcome = loop {
                    match engine.show_next(platform, clock.now()).await {
                        Ok(true) => {}
                        other => break other,
                    }
                };
                (errand, outcome)
            });
        }
    }
    Ok(())
}

/// Whether there may be more to do at once.
fn ended(done: Result<(Errand, anyhow::Result<bool>), JoinError>, busy: &mut HashSet<Errand>) -> bool {
    match done {
        Ok((errand, outcome)) => {
            busy.remove(&errand);
            outcome.unwrap_or_else(|error| {
                tracing::error!(error = format!("{error:#}"), "a lane stopped; it goes on with the next pass");
                false
            })
        }
        Err(error) => {
            tracing::error!(%error, "a lane broke off");
            // Which one is not told: all may set out again, for claims keep them apart.
            busy.clear();
            false
        }
    }
}

/// Returns when a pass has had its time since the stop. What is cut off then is left to be settled, never sent twice.
async fn overtime(mut stop: watch::Receiver<bool>) {
    asked_to_stop(&mut stop).await;
    sleep(LAST_PASS).await;
}

/// Makes copies of the database older ones, once messages left that they do not know of.
async fn renew(engine: &Engine, has_sent: &AtomicBool, mut stop: watch::Receiver<bool>) {
    let mut due = interval(RENEW);
    due.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = due.tick() => {}
            () = asked_to_stop(&mut stop) => return,
        }
        if has_sent.swap(false, Ordering::Relaxed)
            && let Err(error) = generation::advance(engine.db()).await
        {
            has_sent.store(true, Ordering::Relaxed);
            tracing::warn!(error = format!("{error:#}"), "the generation could not be renewed");
        }
    }
}

/// Takes in what other processes wrote.
async fn follow(engine: &Engine, mut stop: watch::Receiver<bool>) {
    let mut changes = interval(FOLLOW);
    changes.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let outcome = tokio::select! {
            _ = changes.tick() => engine.refresh().await,
            () = asked_to_stop(&mut stop) => return,
        };
        if let Err(error) = outcome {
            tracing::warn!(error = format!("{error:#}"), "the database could not be followed");
        }
    }
}

/// Writes down what people were shown, a moment after they were; the last of it when we stop.
async fn remember(engine: &Engine, mut stop: watch::Receiver<bool>) {
    let mut due = interval(REMEMBER);
    due.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let is_last = tokio::select! {
            _ = due.tick() => false,
            () = asked_to_stop(&mut stop) => true,
        };
        if let Err(error) = engine.write_showings().await {
            tracing::warn!(error = format!("{error:#}"), "what people were shown could not be written down yet");
        }
        if is_last {
            return;
        }
    }
}

/// What is done at the start and now and then: see [`Engine::upkeep`].
async fn upkeep(engine: &Engine, clock: &dyn Clock, mut stop: watch::Receiver<bool>) {
    let mut due = interval(TIDY);
    loop {
        let outcome = tokio::select! {
            _ = due.tick() => tokio::select! {
                outcome = engine.upkeep(clock.now()) => outcome,
                () = asked_to_stop(&mut stop) => return,
            },
            () = asked_to_stop(&mut stop) => return,
        };
        if let Err(error) = outcome {
            tracing::warn!(error = format!("{error:#}"), "the upkeep failed");
        }
    }
}

/// What asks the program to stop: SIGTERM and SIGINT.
pub struct Signals {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
}

impl Signals {
    /// From now on a signal no longer ends the process by itself.
    ///
    /// # Errors
    /// The system refuses.
    pub fn listen() -> anyhow::Result<Signals> {
        #[cfg(unix)]
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Signals {
            #[cfg(unix)]
            terminate: signal(SignalKind::terminate())?,
            #[cfg(unix)]
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    /// Returns when the next one arrives.
    pub async fn next(&mut self) {
        #[cfg(unix)]
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
        #[cfg(not(unix))]
        let _ = tokio::signal::ctrl_c().await;
    }
}
