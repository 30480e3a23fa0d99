//! The real program, killed with -9 again and again while it sends, against the recording workspace with its faults: every
//! message arrives, once, and the ledger says so.
//!
//! `TRAILMARK_KILLS` and `TRAILMARK_SEED` make the run longer or another one; `scripts/campaign` sets them.

use crate::{
    cli::{ALONE, Machine, Running},
    databases::{Database, key},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use chrono::{DateTime, Utc};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use secrecy::ExposeSecret;
use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};
use trailmark::{
    app::clock::SystemClock,
    domain::person::Person,
    message::{Address, Card, Platform},
    playground::{self, Fault, Options, Playground, SimPerson, TimeMachine},
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

const PEOPLE: usize = 60;
const MESSAGES_PER_KILL: usize = 12;

fn setting(name: &str, otherwise: u64) -> u64 {
    std::env::var_os(name).map_or(otherwise, |text| text.into_string().unwrap().parse().unwrap())
}

async fn workspace() -> Playground {
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

/// Everybody gets their messages, all of them due.
async fn decide(db: &Db, messages: usize) {
    let now = SystemClock.now() - chrono::Duration::seconds(1);
    let mut tx = db.write().await.unwrap();
    let mut persons = Vec::new();
    for number in 0..PEOPLE {
        let person = Person { name: format!("Person {number}"), ..Person::unknown() };
        let id = people::insert(&mut tx, &person, true, now).await.unwrap();
        people::link(&mut tx, &Address::new(Platform::Slack, user(number)), id, now).await.unwrap();
        persons.push(id);
    }
    for message in 0..messages {
        let number = message % PEOPLE;
        let to = Address::new(Platform::Slack, user(number));
        let card = Card::saying(format!("Message {message}"));
        let draft = Draft::notice(&to, persons[number], "test", "P-1", message.to_string(), card, now);
        outbox::enqueue(&mut tx, &draft, now).await.unwrap().unwrap();
    }
    tx.commit().await.unwrap();
}

async fn ledger(db: &Db) -> Vec<Entry> {
    let mut tx = db.read().await.unwrap();
    let mut all = outbox::list(&mut tx, None, 100_000).await.unwrap();
    all.extend(outbox::list(&mut tx, Some("sent"), 100_000).await.unwrap());
    all
}

/// How often each delivery arrived.
fn arrived(playground: &Playground) -> BTreeMap<String, usize> {
    let mut arrived = BTreeMap::new();
    for message in (0..PEOPLE).flat_map(|number| playground.messages_to(&user(number))) {
        let metadata = message.metadata.unwrap();
        *arrived.entry(metadata["event_payload"]["id"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    arrived
}

/// What the kills hit.
#[derive(Debug, Default)]
struct Hit {
    /// Claimed, and never written to the network.
    before_the_send: usize,
    /// Arrived, and not yet written down.
    before_the_commit: usize,
    landed_late: usize,
    found: usize,
    absent: usize,
}

async fn campaign(database: Database) {
    let (kills, seed) = (setting("TRAILMARK_KILLS", 30), setting("TRAILMARK_SEED", 1));
    let mut random = StdRng::seed_from_u64(seed);
    let playground = workspace().await;
    let machine = Machine::new();
    let messages = usize::try_from(kills).unwrap() * MESSAGES_PER_KILL;
    decide(&database.db, messages).await;
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
    let environment: Vec<(&str, &str)> = environment.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let start = || Running::once_ready(&mut machine.command(&["serve"], &environment));
    let mut hit = Hit::default();
    let mut in_doubt: BTreeMap<String, bool> = BTreeMap::new();
    for _ in 0..kills {
        match random.random_range(0..6) {
            0 => playground.fail_next("chat.postMessage", Fault::AcceptThenDrop),
            1 => playground.fail_next("chat.postMessage", Fault::Hang(Duration::from_millis(700))),
            2 => {
                hit.landed_late += 1;
                playground.fail_next("chat.postMessage", Fault::LateLanding(Duration::from_millis(600)));
            }
            3 => playground.fail_next("chat.postMessage", Fault::ServerError { accepted: true }),
            4 => playground.fail_next("chat.postMessage", Fault::RateLimited(1)),
            _ => playground.fail_next("conversations.history", Fault::ServerError { accepted: false }),
        }
        let mut server = start();
        // What is waited for is nothing that could be seen: the moment of death is the experiment.
        tokio::time::sleep(Duration::from_millis(random.random_range(0..900))).await;
        server.child.kill().unwrap();
        server.child.wait().unwrap();
        let there = arrived(&playground);
        for row in ledger(&database.db).await.into_iter().filter(|row| row.state == "sending") {
            let has_arrived = there.contains_key(&row.delivery);
            if in_doubt.insert(row.delivery, has_arrived).is_none() {
                if has_arrived { hit.before_the_commit += 1 } else { hit.before_the_send += 1 }
            }
        }
    }
    let server = start();
    let begun = Instant::now();
    loop {
        let rows = ledger(&database.db).await;
        let left: Vec<&Entry> = rows.iter().filter(|row| matches!(row.state.as_str(), "pending" | "sending")).collect();
        if left.is_empty() {
            break;
        }
        let patience = Duration::from_secs(60) + Duration::from_secs(2) * u32::try_from(kills).unwrap();
        assert!(begun.elapsed() < patience, "{} never settled, seed {seed}, the first: {:?}", left.len(), left[0]);
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    drop(server);
    let there = arrived(&playground);
    let rows = ledger(&database.db).await;
    for row in &rows {
        assert_eq!(row.state, "sent", "{row:?}, seed {seed}");
        assert_eq!(there.get(&row.delivery), Some(&1), "{row:?}, seed {seed}");
        if in_doubt.contains_key(&row.delivery) {
            if row.attempts == 1 { hit.found += 1 } else { hit.absent += 1 }
        }
    }
    assert_eq!((rows.len(), there.len()), (messages, messages), "the ledger and the workspace agree, seed {seed}");
    assert!(playground.violations().is_empty(), "{:?}", playground.violations());
    println!("{kills} kills, seed {seed}, {messages} messages: 0 lost, 0 twice; {hit:?}");
    let all = [hit.before_the_send, hit.before_the_commit, hit.landed_late, hit.found, hit.absent];
    assert!(all.iter().all(|hit| *hit > 0), "the run missed something it was made for: {hit:?}, seed {seed}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes a minute; scripts/test runs this"]
async fn killed_again_and_again_every_message_arrives_once_on_sqlite() {
    campaign(Database::sqlite(SystemClock.now()).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Postgres; scripts/test starts one and runs this"]
async fn killed_again_and_again_every_message_arrives_once_on_postgres() {
    campaign(Database::postgres(SystemClock.now()).await).await;
}
