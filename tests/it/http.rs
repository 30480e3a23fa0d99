//! The door as a client meets it: over a socket, with the real server behind it.

use crate::{
    databases::Database,
    scripted::{Scripted, World, tuesday, world_on},
};
use serde_json::{Value, json};
use sqlx::{Connection, SqliteConnection};
use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
    time::timeout,
};
use trailmark::{
    app::{
        health::Health,
        http::{self, Limits, SLACK_EVENTS},
    },
    domain::programme::Programme,
    engine::{Engine, Settings},
    message::{Action, Card, Reply, Verb},
    playground::sign,
    ports::Clock,
    store::{Db, people},
};

pub const SECRET: &str = "a signing secret of the tests";
/// Something that a person wrote, and that nobody else is to read anywhere.
const WORDS: &str = "Zymurgy";
const RESPONSE_URL: &str = "https://hooks.slack.example/actions/hidden";

struct Still;

impl Clock for Still {
    fn now(&self) -> chrono::DateTime<chrono::Utc> {
        tuesday()
    }
}

/// A server on an engine.
pub struct Door {
    pub address: SocketAddr,
    _stop: watch::Sender<bool>,
}

impl Door {
    pub async fn open(engine: &Engine, limits: Limits) -> Door {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = watch::channel(false);
        let health = Arc::new(Health::new(Duration::from_secs(1), Arc::new(Still)));
        let secrets = vec![SECRET.into()];
        tokio::spawn(http::serve(listener, engine.clone(), Arc::new(Still), health, secrets, limits, stopped));
        Door { address, _stop: stop }
    }

    pub async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    pub async fn ask(&self, request: &[u8]) -> Answer {
        let mut stream = self.connect().await;
        stream.write_all(request).await.unwrap();
        Answer::read(&mut stream).await
    }

    pub async fn is_open(&self) -> bool {
        self.ask(b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.status == Some(200)
    }

    pub async fn post(&self, content_type: &str, body: String) -> Answer {
        let body = body.as_str();
        let head = signed_head(content_type, body, body.len());
        self.ask(format!("{head}{body}").as_bytes()).await
    }
}

fn signed_head(content_type: &str, body: &str, length: usize) -> String {
    let timestamp = tuesday().timestamp();
    let signature = sign(SECRET, timestamp, body);
    format!(
        "POST {SLACK_EVENTS} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: {content_type}\r\n\
         x-slack-request-timestamp: {timestamp}\r\nx-slack-signature: {signature}\r\ncontent-length: {length}\r\n\r\n"
    )
}

#[derive(Debug)]
pub struct Answer {
    /// `None` where the connection was closed without a word.
    pub status: Option<u16>,
    pub body: String,
}

impl Answer {
    /// Everything until the server closes the connection, which it must do long before its usual time is over.
    pub async fn read(stream: &mut TcpStream) -> Answer {
        let mut bytes = Vec::new();
        let end = timeout(Duration::from_secs(8), stream.read_to_end(&mut bytes)).await.expect("cut off");
        // Whoever was still sending reads a reset instead of an end.
        assert!(end.is_ok() || end.is_err_and(|error| error.kind() == std::io::ErrorKind::ConnectionReset));
        let text = String::from_utf8(bytes).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
        let status = head.split(' ').nth(1).map(|status| status.parse().unwrap());
        Answer { status, body: body.to_owned() }
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("{self:?}"))
    }
}

pub const FORM: &str = "application/x-www-form-urlencoded";
pub const JSON: &str = "application/json";

pub fn command(user: &str, text: &str) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs([
            ("command", "/mobility"),
            ("text", text),
            ("user_id", user),
            ("team_id", "T1"),
            ("channel_id", "C1"),
            ("channel_name", "general"),
            ("trigger_id", "1.1"),
            ("response_url", RESPONSE_URL),
        ])
        .finish()
}

/// What a person does with a button, a form or a field.
pub fn interaction(kind: &str, mut more: Value) -> String {
    more["type"] = kind.into();
    more["team"] = json!({"id": "T1"});
    more["user"] = json!({"id": "U1", "team_id": "T1"});
    more["trigger_id"] = "1.2".into();
    more["response_url"] = RESPONSE_URL.into();
    form_urlencoded::Serializer::new(String::new()).append_pair("payload", &more.to_string()).finish()
}

fn press(command: &str) -> String {
    let action = Action::run(command).encode();
    interaction("block_actions", json!({"actions": [{"type": "button", "action_id": "0", "value": action}]}))
}

fn submit(verb: Verb, values: Value) -> String {
    let meaning = Action::new(verb, "").encode();
    let view =
        json!({"type": "modal", "id": "V1", "hash": "1.a", "private_metadata": meaning, "state": {"values": values}});
    interaction("view_submission", json!({ "view": view }))
}

fn event(event: Value) -> String {
    let us = json!([{"team_id": "T1", "user_id": "UBOT", "is_bot": true}]);
    json!({"type": "event_callback", "team_id": "T1", "event_id": "Ev1", "authorizations": us, "event": event})
        .to_string()
}

/// Somebody has just set it.
struct Set;

impl Clock for Set {
    fn now(&self) -> chrono::DateTime<chrono::Utc> {
        tuesday()
    }

    fn jump(&self) -> Option<chrono::TimeDelta> {
        Some(chrono::TimeDelta::hours(1))
    }
}

#[tokio::test]
async fn a_clock_that_was_set_is_told_to_whoever_watches_and_stops_nobody() {
    let world = company().await;
    for (clock, word) in [(Arc::new(Set) as Arc<dyn Clock>, "jumped"), (Arc::new(Still), "ok")] {
        let (is_ready, said) = Health::new(Duration::from_secs(1), clock).report(&world.engine).await;
        assert_eq!((is_ready, said["clock"].as_str()), (true, Some(word)));
    }
}

pub async fn company() -> World {
    world_on(Database::sqlite(tuesday()).await, Programme::default(), vec![]).await
}

pub async fn people_known(db: &Db) -> usize {
    let mut tx = db.read().await.unwrap();
    people::changed_after(&mut tx, trailmark::store::schema::Mark::after(0), usize::MAX).await.unwrap().0.len()
}

#[tokio::test]
async fn a_body_larger_than_the_limit_is_refused_and_nothing_is_stored() {
    let world = company().await;
    let door = Door::open(&world.engine, Limits::default()).await;
    let limit = Limits::default().body;
    let padded = |length: usize| {
        let body = command("U9", "skills have Juggling") + "&padding=";
        let padding = "a".repeat(length - body.len());
        body + &padding
    };
    assert_eq!(door.post(FORM, padded(limit + 1)).await.status, Some(413));
    // Nobody waits for the rest of what is too much already.
    let body = padded(limit + 1);
    let announced = signed_head(FORM, &body, 64 * limit) + &body;
    assert_eq!(door.ask(announced.as_bytes()).await.status, Some(413));
    assert_eq!(people_known(world.engine.db()).await, 1);
    assert_eq!(door.post(FORM, padded(limit)).await.status, Some(200));
    assert_eq!(people_known(world.engine.db()).await, 2, "the same, but not too large, is somebody new");
}

/// Writes a byte now and then until the server has had enough, and then reads what it said.
async fn drip(mut stream: TcpStream) -> Answer {
    let mut pace = tokio::time::interval(Duration::from_millis(10));
    for _ in 0..800 {
        pace.tick().await;
        if stream.write_all(b"a").await.is_err() {
            break;
        }
    }
    Answer::read(&mut stream).await
}

pub const SOON: Duration = Duration::from_millis(300);

#[tokio::test]
async fn headers_that_never_end_are_cut_off_while_others_are_served() {
    let world = company().await;
    let door = Door::open(&world.engine, Limits { header_time: SOON, ..Limits::default() }).await;
    let begun = Instant::now();
    let mut silent = door.connect().await;
    silent.write_all(b"POST /slack/events HTTP/1.1\r\nhost: x\r\n").await.unwrap();
    let mut dripping = door.connect().await;
    dripping.write_all(b"POST /slack/events HTTP/1.1\r\nx-slow: ").await.unwrap();
    let nothing_at_all = door.connect().await;
    assert!(door.is_open().await);
    for mut stalled in [silent, nothing_at_all] {
        let answer = Answer::read(&mut stalled).await;
        assert!(matches!(answer.status, None | Some(408)), "{answer:?}");
        assert!(begun.elapsed() >= SOON, "{:?}", begun.elapsed());
    }
    let answer = drip(dripping).await;
    assert!(matches!(answer.status, None | Some(408)), "{answer:?}");
    assert!(door.is_open().await);
}

#[tokio::test]
async fn a_body_that_never_ends_is_cut_off_while_others_are_served() {
    let world = company().await;
    let door = Door::open(&world.engine, Limits { body_time: SOON, ..Limits::default() }).await;
    let body = command("U9", "skills have Juggling");
    let head = signed_head(FORM, &body, body.len());
    let begun = Instant::now();
    let mut silent = door.connect().await;
    silent.write_all(head.as_bytes()).await.unwrap();
    silent.write_all(&body.as_bytes()[..body.len() - 1]).await.unwrap();
    let mut dripping = door.connect().await;
    dripping.write_all(signed_head(FORM, &body, 100_000).as_bytes()).await.unwrap();
    assert!(door.is_open().await);
    let dripping = tokio::spawn(drip(dripping));
    assert_eq!(Answer::read(&mut silent).await.status, Some(408));
    assert!(begun.elapsed() >= SOON, "{:?}", begun.elapsed());
    let answer = dripping.await.unwrap();
    assert!(matches!(answer.status, None | Some(408)), "{answer:?}");
    assert!(door.is_open().await);
    assert_eq!(people_known(world.engine.db()).await, 1);
}

#[tokio::test]
async fn stalled_clients_give_their_places_back() {
    let world = company().await;
    let door = Door::open(&world.engine, Limits { header_time: SOON, connections: 2, ..Limits::default() }).await;
    let _stalled = [door.connect().await, door.connect().await];
    assert!(door.is_open().await, "it waits until a place is free");
}

#[tokio::test]
async fn half_a_request_is_no_request() {
    let world = company().await;
    let door = Door::open(&world.engine, Limits::default()).await;
    let body = command("U9", "skills have Juggling");
    let mut stream = door.connect().await;
    stream.write_all(signed_head(FORM, &body, body.len() + 1).as_bytes()).await.unwrap();
    stream.write_all(body.as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
    let answer = Answer::read(&mut stream).await;
    assert!(matches!(answer.status, None | Some(400)), "{answer:?}");
    assert_eq!(people_known(world.engine.db()).await, 1);
}

/// The ways in which a database fails under a running server.
#[derive(Clone, Copy, Debug)]
enum Failing {
    Gone,
    Locked,
    ReadOnly,
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Log {
    /// What is logged on this thread is kept.
    fn keep() -> (Log, tracing::subscriber::DefaultGuard) {
        let log = Log::default();
        let writer = log.clone();
        let lines = tracing_subscriber::fmt().with_max_level(tracing::Level::DEBUG).with_writer(move || writer.clone());
        (log, tracing::subscriber::set_default(lines.finish()))
    }

    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

#[track_caller]
fn assert_hides(text: &str, hidden: &[&str]) {
    for word in hidden {
        assert!(!text.contains(word), "{word:?} is in {text}");
    }
}

/// Says that nothing was changed, and what to do.
#[track_caller]
fn assert_apologises(text: &str) {
    assert!(text.contains("nothing was changed") && text.contains("try again"), "{text}");
    assert_hides(text, &[WORDS, "database", "sqlite", "SQL", "UPDATE", "panicked"]);
}

#[track_caller]
fn private(reply: &Reply) -> String {
    let Reply::Private(card) = reply else { panic!("{reply:?}") };
    Card::to_plain(card)
}

async fn answered(chat: &Scripted) -> Reply {
    let given = async {
        loop {
            if let Some(reply) = chat.answered.lock().unwrap().pop() {
                return reply;
            }
            tokio::task::yield_now().await;
        }
    };
    timeout(Duration::from_secs(8), given).await.expect("an answer after the acknowledgement")
}

/// Everything that people and the workspace may ask of a database that does not do its part.
async fn asked_of(failing: Failing) {
    let (log, _guard) = Log::keep();
    let world = company().await;
    let mut outsider = SqliteConnection::connect(&world.database.url).await.unwrap();
    let engine = match failing {
        Failing::Gone => {
            world.engine.db().close().await;
            world.engine.clone()
        }
        Failing::Locked => {
            sqlx::query("BEGIN IMMEDIATE").execute(&mut outsider).await.unwrap();
            world.engine.clone()
        }
        Failing::ReadOnly => {
            let db = Db::open(&format!("{}?mode=ro", world.database.url)).await.unwrap();
            Engine::new(db, Programme::default(), vec![world.chat.clone()], Settings::default()).await.unwrap()
        }
    };
    let door = Door::open(&engine, Limits::default()).await;
    let own_skills = format!("skills have {WORDS}");
    let skills = json!({"have": {"field": {"type": "plain_text_input", "value": WORDS}}});
    let begun = Instant::now();
    // All at once, so that they stand in each other's way.
    let (known, unknown, pressed, filled, empty, said, left, home, joined, found, typing) = tokio::join!(
        door.post(FORM, command("U1", &own_skills)),
        door.post(FORM, command("U9", "help")),
        door.post(FORM, press(&own_skills)),
        door.post(FORM, submit(Verb::SubmitIntroduction, skills)),
        door.post(FORM, submit(Verb::SubmitIntroduction, json!({}))),
        door.post(
            JSON,
            event(json!({"type": "message", "channel_type": "im", "channel": "D1", "user": "U1", "text": own_skills}))
        ),
        door.post(JSON, event(json!({"type": "user_change", "user": {"id": "U1", "deleted": true}}))),
        door.post(JSON, event(json!({"type": "app_home_opened", "user": "U1", "tab": "home"}))),
        door.post(
            JSON,
            event(json!({"type": "member_joined_channel", "user": "UBOT", "channel": "C1", "inviter": "U1"}))
        ),
        door.post(FORM, command("U1", "find rust")),
        door.post(FORM, interaction("block_suggestion", json!({"action_id": "skills", "value": "rus"}))),
    );
    assert!(begun.elapsed() <= Duration::from_millis(2500), "the platform waited for {:?}", begun.elapsed());
    for command in [known, unknown] {
        let told = command.json();
        assert_eq!((command.status, &told["response_type"]), (Some(200), &json!("ephemeral")), "{failing:?}");
        assert_apologises(told["text"].as_str().unwrap());
    }
    assert_eq!((pressed.status, pressed.body.as_str()), (Some(200), ""));
    assert_apologises(&private(&answered(&world.chat).await));
    let beside = filled.json();
    assert_eq!((filled.status, &beside["response_action"]), (Some(200), &json!("errors")), "{failing:?}");
    assert_apologises(beside["errors"]["have"].as_str().unwrap());
    assert_eq!((empty.status, &empty.json()["response_action"]), (Some(200), &json!("update")), "{failing:?}");
    assert_apologises(&empty.body);
    // The platform tells events again when it hears that they were not taken in.
    for event in [said, left, home, joined] {
        assert_eq!((event.status, event.body.as_str()), (Some(503), ""), "{failing:?}");
    }
    // What only reads, reads.
    assert!(found.status == Some(200) && !found.body.contains("did not work"), "{failing:?}: {found:?}");
    assert_eq!((typing.status, typing.json()["options"].is_array()), (Some(200), true));
    let log = log.text();
    assert!(log.contains("could not be handled"), "{log}");
    assert_hides(&log, &[WORDS, RESPONSE_URL, SECRET]);

    if matches!(failing, Failing::Locked) {
        sqlx::query("ROLLBACK").execute(&mut outsider).await.unwrap();
        let again = door.post(FORM, command("U1", &own_skills)).await;
        assert!(again.body.contains(WORDS), "what failed works when the lock is gone: {again:?}");
    }
}

#[tokio::test]
async fn people_and_the_platform_are_told_when_the_database_is_gone() {
    asked_of(Failing::Gone).await;
}

#[tokio::test]
async fn people_and_the_platform_are_told_when_the_database_is_locked() {
    asked_of(Failing::Locked).await;
}

#[tokio::test]
async fn people_and_the_platform_are_told_when_the_database_is_read_only() {
    asked_of(Failing::ReadOnly).await;
}
