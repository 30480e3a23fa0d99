//! How many messages a second leave the outbox when the platform allows any number: the real program, one server on SQLite
//! and two on Postgres, against the recording workspace; and how long a signed search waits meanwhile.
//!
//! `cargo bench --bench outbox`. Postgres where `TRAILMARK_TEST_POSTGRES` names a server: it makes a database there.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on should fail where it stands")]

mod company;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use chrono::{DateTime, Utc};
use company::{POSTS, person, post};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::SecretBox;
use sha2::Sha256;
use sqlx::{Connection, PgConnection};
use std::{
    io::{BufRead, BufReader, Read},
    process::{Child, Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};
use tempfile::TempDir;
use trailmark::{
    app::clock::SystemClock,
    domain::opportunity::Opportunity,
    message::{Address, Card, Platform},
    playground::{self, Options, Playground, SimPerson, TimeMachine, dm_of},
    ports::Clock,
    store::{
        Db, Tx, instance, keys, opportunities,
        outbox::{self, Draft},
        people,
    },
};

const SECRET: &str = "0123456789abcdef0123456789abcdef";
const TOKEN: &str = "xoxb-bench";
const PEOPLE: usize = 500;

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

fn user(number: usize) -> String {
    format!("U{number:04}")
}

async fn workspace() -> Playground {
    let person = |number| SimPerson { id: user(number), name: format!("Person {number}"), ..SimPerson::default() };
    playground::start(Options {
        listen: "127.0.0.1:0".parse().unwrap(),
        events_url: "http://127.0.0.1:9/".into(),
        signing_secret: SECRET.into(),
        bot_token: TOKEN.into(),
        clock: Arc::new(Now),
        people: (0..PEOPLE).map(person).collect(),
        channels: Vec::new(),
    })
    .await
    .unwrap()
}

struct Database {
    db: Db,
    url: String,
    folder: TempDir,
}

impl Database {
    async fn new(is_postgres: bool) -> Database {
        let folder = tempfile::tempdir().unwrap();
        let url = if is_postgres {
            let server = std::env::var_os("TRAILMARK_TEST_POSTGRES").unwrap().into_string().unwrap();
            let name = format!("trailmark_bench_{:016x}", rand::random::<u64>());
            let mut admin = PgConnection::connect(&server).await.unwrap();
            sqlx::query(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"))).execute(&mut admin).await.unwrap();
            let (before, options) = server.split_once('?').unwrap_or((&server, ""));
            format!("{}/{name}?{options}", before.rsplit_once('/').unwrap().0)
        } else {
            format!("sqlite://{}", folder.path().join("bench.db").display())
        };
        let now = SystemClock.now();
        let db = Db::open(&url).await.unwrap();
        db.migrate().await.unwrap();
        let db = keys::unlock(db, &[SecretBox::new(Box::new([7; 32]))], now).await.unwrap();
        instance::ensure(&db, now).await.unwrap();
        Database { db, url, folder }
    }

    /// People, posts, and so many messages that are due.
    async fn fill(&self, messages: usize) {
        let now = SystemClock.now() - chrono::Duration::seconds(1);
        let mut tx = self.db.write().await.unwrap();
        let mut persons = Vec::new();
        for number in 0..PEOPLE {
            let id = people::insert(&mut tx, &person(i64::try_from(number).unwrap()), true, now).await.unwrap();
            let address = Address::new(Platform::Slack, user(number));
            people::link(&mut tx, &address, id, now).await.unwrap();
            people::set_direct(&mut tx, &address, &dm_of(&user(number))).await.unwrap();
            persons.push(id);
        }
        for number in 0..POSTS {
            opportunities::insert(&mut tx, &Opportunity { owner: Some(persons[0]), ..post(number) }).await.unwrap();
        }
        let drafts: Vec<Draft> = (0..messages)
            .map(|message| {
                let to = Address::new(Platform::Slack, user(message % PEOPLE));
                let card = Card::saying(format!("Message {message}"));
                Draft::notice(&to, persons[message % PEOPLE], "bench", "P-1", message.to_string(), card, now)
            })
            .collect();
        outbox::enqueue_all(&mut tx, &drafts.iter().collect::<Vec<_>>(), now).await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn unsent(&self) -> i64 {
        const UNSENT: &str = "SELECT count(*) FROM delivery WHERE state <> 'sent'";
        match &mut self.db.read().await.unwrap() {
            Tx::Sqlite(t) => sqlx::query_scalar(UNSENT).fetch_one(&mut **t).await.unwrap(),
            Tx::Postgres(t) => sqlx::query_scalar(UNSENT).fetch_one(&mut **t).await.unwrap(),
        }
    }

    fn serve(&self, playground: &Playground) -> Server {
        let mut child = Command::new(env!("CARGO_BIN_EXE_trailmark"))
            .arg("serve")
            .current_dir(self.folder.path())
            .env_clear()
            .envs([
                ("DATABASE_URL", self.url.as_str()),
                ("SLACK_SIGNING_SECRET", SECRET),
                ("SLACK_BOT_TOKEN", TOKEN),
                ("TRAILMARK_KEY", &BASE64_STANDARD.encode([7; 32])),
                ("TRAILMARK_SLACK__API_URL", &playground.api_url()),
                ("TRAILMARK_SERVER__LISTEN", "127.0.0.1:0"),
                ("TRAILMARK_SERVER__METRICS_LISTEN", "127.0.0.1:0"),
                ("TRAILMARK_SERVER__ALLOW_TEST_ENDPOINTS", "true"),
                ("TRAILMARK_DELIVERY__MAX_PER_SECOND", "0"),
                ("RUST_LOG", "info"),
            ])
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        let url = loop {
            line.clear();
            assert!(log.read_line(&mut line).unwrap() > 0, "it did not start");
            let event: serde_json::Value = serde_json::from_str(&line).unwrap();
            if event["message"] == "ready" {
                break format!("http://{}/slack/events", event["listen"].as_str().unwrap());
            }
        };
        std::thread::spawn(move || log.read_to_end(&mut Vec::new()));
        Server { child, url }
    }
}

struct Server {
    child: Child,
    url: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn drained(database: &Database) {
    while database.unsent().await > 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn throughput(is_postgres: bool, servers: usize, messages: usize) {
    let (playground, database) = (workspace().await, Database::new(is_postgres).await);
    database.fill(messages).await;
    let begun = Instant::now();
    let running: Vec<Server> = (0..servers).map(|_| database.serve(&playground)).collect();
    drained(&database).await;
    let took = begun.elapsed();
    drop(running);
    assert_eq!(playground.calls_of("chat.postMessage").len(), messages, "each was sent once");
    let kind = if is_postgres { "Postgres" } else { "SQLite" };
    let rate = f64::from(u32::try_from(messages).unwrap()) / took.as_secs_f64();
    println!("{kind}, servers: {servers}, {messages} messages: {rate:.0} a second, starts included");
}

/// A signed `/projects find …`, never the same twice. Gives how long after `due` its answer was there.
async fn ask(client: reqwest::Client, url: String, number: usize, due: Instant) -> Duration {
    let body = format!(
        "command=%2Fprojects&text=find+rust+{number}&user_id={}&team_id=T1&channel_id=C1&trigger_id=1.{number}\
         &response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2F{number}",
        user(number % PEOPLE)
    );
    let at = SystemClock.now().timestamp().to_string();
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).expect("any length of key");
    mac.update(format!("v0:{at}:{body}").as_bytes());
    let answer = client
        .post(url)
        .header("content-type", "application/x-www-form-urlencoded")
        .header("x-slack-request-timestamp", at)
        .header("x-slack-signature", format!("v0={}", hex::encode(mac.finalize().into_bytes())))
        .body(body)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    let _ = answer.bytes().await.unwrap();
    due.elapsed()
}

/// 200 signed requests a second, each at its time, whether the one before was answered or not.
async fn acknowledged(messages: usize, seconds: usize) {
    const PER_SECOND: usize = 200;
    let (playground, database) = (workspace().await, Database::new(false).await);
    database.fill(messages).await;
    let server = database.serve(&playground);
    let client = reqwest::Client::builder().timeout(Duration::from_secs(30)).build().unwrap();
    let begun = Instant::now();
    let mut asked = tokio::task::JoinSet::new();
    for number in 0..PER_SECOND * seconds {
        let due = begun + Duration::from_secs(1) / u32::try_from(PER_SECOND).unwrap() * u32::try_from(number).unwrap();
        tokio::time::sleep_until(due.into()).await;
        asked.spawn(ask(client.clone(), server.url.clone(), number, due));
    }
    let mut waited = asked.join_all().await;
    let left = database.unsent().await;
    waited.sort_unstable();
    let at = |share: usize| waited[(waited.len() - 1) * share / 1000].as_secs_f64() * 1000.0;
    let (median, late, last) = (at(500), at(990), at(1000));
    println!(
        "SQLite, {PER_SECOND} signed searches a second for {seconds} s while {messages} messages leave: p50 {median:.1} ms, \
         p99 {late:.1} ms, longest {last:.1} ms; {left} messages were left at the end"
    );
}

fn main() {
    rustls::crypto::ring::default_provider().install_default().unwrap();
    let wanted: Vec<String> = std::env::args().skip(1).filter(|it| !it.starts_with("--")).collect();
    let is_wanted = |name: &str| wanted.is_empty() || wanted.iter().any(|it| it == name);
    let has_postgres = std::env::var_os("TRAILMARK_TEST_POSTGRES").is_some();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    if is_wanted("sqlite") {
        runtime.block_on(throughput(false, 1, 20_000));
    }
    if is_wanted("postgres") && has_postgres {
        runtime.block_on(throughput(true, 2, 20_000));
    }
    if is_wanted("ack") {
        runtime.block_on(acknowledged(0, 20));
        runtime.block_on(acknowledged(100_000, 60));
    }
}
