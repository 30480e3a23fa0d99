//! What the campaigns share: the real program on a real database against the recording workspace, with messages to send,
//! and the verdict at the end.

use crate::{
    cli::{ALONE, Machine},
    databases::{Database, key, peek},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use chrono::{DateTime, Utc};
use secrecy::ExposeSecret;
use std::{
    collections::BTreeMap,
    ops::Range,
    path::Path,
    process::Command,
    sync::Arc,
    time::{Duration, Instant},
};
use trailmark::{
    app::clock::SystemClock,
    domain::{id::PersonId, person::Person},
    message::{Address, Card, Platform},
    playground::{self, Options, Playground, SimPerson, TimeMachine},
    ports::Clock,
    store::{
        Db,
        outbox::{self, Draft, Entry},
        people,
    },
};

struct Now;

#[async_trait::async_trait]
impl TimeMachine for Now {
    fn now(&self) -> DateTime<Utc> {
        SystemClock.now()
    }
    async fn jump(&self, _: DateTime<Utc>) -> anyhow::Result<()> {
        anyhow::bail!("time passes by itself here")
    }
}

pub const PEOPLE: usize = 60;
/// What every message says, and no log.
const WORDS: &str = "Between the two of us";
/// Where the servers of a campaign write their log.
pub const LOG: &str = "log";
pub const MESSAGES_PER_FAULT: usize = 12;

pub fn setting(name: &str, otherwise: u64) -> u64 {
    std::env::var_os(name).map_or(otherwise, |text| text.into_string().unwrap().parse().unwrap())
}

pub async fn workspace() -> Playground {
    let person = |number| SimPerson { id: user(number), name: format!("Person {number}"), ..SimPerson::default() };
    let options = Options {
        listen: "127.0.0.1:0".parse().unwrap(),
        events_url: "http://127.0.0.1:9/".into(),
        signing_secret: ALONE[0].1.into(),
        bot_token: ALONE[1].1.into(),
        clock: Arc::new(Now),
        people: (0..PEOPLE).map(person).collect(),
        channels: Vec::new(),
    };
    playground::start(options).await.unwrap()
}

fn user(number: usize) -> String {
    format!("U{number:04}")
}

/// Those who get the messages.
pub async fn hire(db: &Db) -> Vec<PersonId> {
    let now = SystemClock.now();
    let mut tx = db.write().await.unwrap();
    let mut persons = Vec::new();
    for number in 0..PEOPLE {
        let person = Person { name: format!("Person {number}"), ..Person::unknown() };
        let id = people::insert(&mut tx, &person, true, now).await.unwrap();
        people::link(&mut tx, &Address::new(Platform::Slack, user(number)), id, now).await.unwrap();
        persons.push(id);
    }
    tx.commit().await.unwrap();
    persons
}

/// Writes down messages with these numbers, all of them due.
pub async fn decide(db: &Db, persons: &[PersonId], messages: Range<usize>) {
    let now = SystemClock.now() - chrono::Duration::seconds(1);
    let mut tx = db.write().await.unwrap();
    for message in messages {
        let number = message % PEOPLE;
        let to = Address::new(Platform::Slack, user(number));
        let card = Card::saying(format!("{WORDS} {message}"));
        let draft = Draft::notice(&to, persons[number], "test", "P-1", message.to_string(), card, now);
        outbox::enqueue(&mut tx, &draft, now).await.unwrap().unwrap();
    }
    tx.commit().await.unwrap();
}

pub async fn ledger(db: &Db) -> Vec<Entry> {
    let mut tx = db.read().await.unwrap();
    let mut all = outbox::list(&mut tx, None, 100_000).await.unwrap();
    all.extend(outbox::list(&mut tx, Some("sent"), 100_000).await.unwrap());
    all
}

/// How often each delivery arrived.
pub fn arrived(playground: &Playground) -> BTreeMap<String, usize> {
    let mut arrived = BTreeMap::new();
    for message in (0..PEOPLE).flat_map(|number| playground.messages_to(&user(number))) {
        let metadata = message.metadata.unwrap();
        *arrived.entry(metadata["event_payload"]["id"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    arrived
}

/// Everything a server of the campaign is told.
pub fn environment(database: &Database, playground: &Playground) -> BTreeMap<&'static str, String> {
    let mut environment: BTreeMap<&str, String> =
        ALONE.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    environment.extend([
        ("DATABASE_URL", database.url.clone()),
        ("TRAILMARK_KEY", BASE64_STANDARD.encode(key(1).expose_secret())),
        ("TRAILMARK_SLACK__API_URL", playground.api_url()),
        ("TRAILMARK_SERVER__METRICS_LISTEN", "127.0.0.1:0".to_owned()),
        ("TRAILMARK_DELIVERY__HTTP_TIMEOUT", "1s".to_owned()),
        ("TRAILMARK_DELIVERY__LEASE", "6s".to_owned()),
        ("TRAILMARK_DELIVERY__QUARANTINE", "4s".to_owned()),
        ("TRAILMARK_DELIVERY__MAX_PER_SECOND", "20".to_owned()),
    ]);
    environment
}

pub fn serve(machine: &Machine, environment: &BTreeMap<&'static str, String>) -> Command {
    let environment: Vec<(&str, &str)> = environment.iter().map(|(name, value)| (*name, value.as_str())).collect();
    machine.command(&["serve"], &environment)
}

/// Returns when nothing waits and nothing is in doubt.
pub async fn settle(db: &Db, patience: Duration, seed: u64) {
    let begun = Instant::now();
    loop {
        let rows = ledger(db).await;
        let left: Vec<&Entry> = rows.iter().filter(|row| matches!(row.state.as_str(), "pending" | "sending")).collect();
        if left.is_empty() {
            return;
        }
        assert!(begun.elapsed() < patience, "{} never settled, seed {seed}, the first: {:?}", left.len(), left[0]);
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// Every message arrived, once, and the ledger says so. Gives the ledger.
pub async fn verdict(
    database: &Database,
    playground: &Playground,
    log: &Path,
    messages: usize,
    seed: u64,
) -> Vec<Entry> {
    let db = &database.db;
    let (rows, there) = (ledger(db).await, arrived(playground));
    for row in &rows {
        assert_eq!(row.state, "sent", "{row:?}, seed {seed}");
        assert_eq!(there.get(&row.delivery), Some(&1), "{row:?}, seed {seed}");
        assert!(row.attempts <= 8, "{row:?}, seed {seed}");
    }
    assert_eq!((rows.len(), there.len()), (messages, messages), "the ledger and the workspace agree, seed {seed}");
    assert!(playground.violations().is_empty(), "{:?}", playground.violations());
    if !db.is_postgres() {
        let mut tx = db.read().await.unwrap();
        assert_eq!(peek(&mut tx, "PRAGMA integrity_check").await, ["ok"], "seed {seed}");
        assert!(peek(&mut tx, "SELECT 'x' FROM pragma_foreign_key_check").await.is_empty(), "seed {seed}");
    }
    let said = std::fs::read_to_string(log).unwrap();
    assert!(said.contains("ready"), "{said}");
    let key = BASE64_STANDARD.encode(key(1).expose_secret());
    for secret in [WORDS, "Person 1", ALONE[0].1, ALONE[1].1, &key] {
        assert!(!said.contains(secret), "{secret} is in the log, seed {seed}");
    }
    rows
}
