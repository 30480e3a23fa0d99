//! The way out: where requests may go, and what is believed of the answers that come back.

use crate::{databases::Database, support::at};
use proptest::prelude::*;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::{
    io::Write,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use trailmark::{
    chat::slack::{Settings, Slack},
    domain::{person::Person, programme::Programme},
    engine::{self, Engine},
    message::{Address, Card, Platform, Reply, inbound::Handle},
    ports::{Chat, SendError, Target},
    store::{
        outbox::{self, Draft},
        people,
    },
};

const NOON: &str = "2026-05-12T10:00:00Z";

/// A name server that says what it is told to, and what it was asked for.
#[derive(Default)]
struct Names {
    /// One list of addresses after the other; the last stays.
    says: Mutex<Vec<Vec<SocketAddr>>>,
    asked: Mutex<Vec<String>>,
}

impl Names {
    fn saying(says: Vec<Vec<SocketAddr>>) -> Arc<Names> {
        Arc::new(Names { says: Mutex::new(says), ..Names::default() })
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

impl Resolve for Names {
    fn resolve(&self, name: Name) -> Resolving {
        self.asked.lock().unwrap().push(name.as_str().to_owned());
        let mut says = self.says.lock().unwrap();
        let found = if says.len() > 1 { says.remove(0) } else { says.first().cloned().unwrap_or_default() };
        Box::pin(async move { Ok(Box::new(found.into_iter()) as Addrs) })
    }
}

fn settings(api_url: &str, allow_test_endpoints: bool) -> Settings {
    Settings {
        api_url: api_url.to_owned(),
        bot_token: "xoxb-very-secret".to_owned().into(),
        http_timeout: Duration::from_millis(1500),
        allow_test_endpoints,
    }
}

/// Counts who comes, and answers nobody.
async fn trap() -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (at, came) = (listener.local_addr().unwrap(), Arc::new(AtomicUsize::new(0)));
    let counted = came.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            counted.fetch_add(1, SeqCst);
            drop(stream);
        }
    });
    (at, came)
}

async fn send(slack: &Slack) -> Result<(), SendError> {
    let until = std::time::Instant::now() + Duration::from_secs(10);
    let target = Target { conversation: "D1".into(), thread: None };
    slack.send(&target, &Card::saying("Hello"), "d1", until).await.map(drop)
}

#[tokio::test]
async fn a_name_that_leads_inside_is_not_connected_to_also_when_it_led_outside_before() {
    let (trap, came) = trap().await;
    let ips =
        ["127.0.0.1", "::1", "::ffff:127.0.0.1", "10.0.0.1", "169.254.169.254", "100.64.0.1", "fd00::1", "0.0.0.0"];
    let inside: Vec<SocketAddr> = ips.iter().map(|ip| SocketAddr::new(ip.parse().unwrap(), trap.port())).collect();
    let url = format!("https://slack.com:{}/api/", trap.port());
    for says in [vec![inside.clone()], vec![vec![], inside.clone()]] {
        let names = Names::saying(says.clone());
        let slack = Slack::looking_up(settings(&url, false), names.clone()).unwrap();
        for _ in &says {
            assert_eq!(send(&slack).await, Err(SendError::Unreachable("no connection".into())));
        }
        assert_eq!(names.asked(), vec!["slack.com"; says.len()], "it is asked each time, and believed never");
    }
    assert_eq!(came.load(SeqCst), 0);
    // The same way to the same place, allowed for tests: so it is the guard that kept us from it.
    let url = format!("http://slack.com:{}/api/", trap.port());
    let slack = Slack::looking_up(settings(&url, true), Names::saying(vec![vec![trap]])).unwrap();
    assert!(send(&slack).await.is_err());
    assert_eq!(came.load(SeqCst), 1);
}

#[tokio::test]
async fn an_address_of_the_api_that_is_inside_is_not_gone_to() {
    let (trap, came) = trap().await;
    for host in ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1", "0177.0.0.1", "10.0.0.1"] {
        let url = format!("https://{host}:{}/api/", trap.port());
        let slack = Slack::new(settings(&url, false)).unwrap();
        assert_eq!(send(&slack).await, Err(SendError::Refused("address_refused".into())), "{host}");
    }
    assert_eq!(came.load(SeqCst), 0);
}

/// Addresses that look like the one at which answers are taken, or like nothing.
const LOOK_ALIKES: &[&str] = &[
    "http://hooks.slack.com/x",
    "https://hooks.slack.com.evil.example/x",
    "https://hooks.slack.com./x",
    "https://hooks.slack.com..evil.example/x",
    "https://evil.example/hooks.slack.com",
    "https://evil.example?hooks.slack.com",
    "https://evil.example#hooks.slack.com",
    "https://hooks.slack.com@evil.example/x",
    "https://hooks.slack.com:x@evil.example/x",
    "https://user:password@hooks.slack.com/x",
    "https://user@hooks.slack.com/x",
    "https://hooks.slack.com%2eevil.example/x",
    "https://hooks.slack.com%00.evil.example/x",
    "https://evil.example\\@hooks.slack.com/x",
    "https://hooks.slack.com:8443/x",
    "https://hooks.slack.com:80/x",
    "https://hooks-slack.com/x",
    "https://hooksslack.com/x",
    "https://slack.com/x",
    "https://slack.com/api/chat.postMessage",
    "https://api.hooks.slack.com/x",
    "https://ho\u{43e}ks.slack.com/x",
    "https://xn--hoks-jye.slack.com/x",
    "https://hooks\u{3002}slack\u{3002}com.evil.example/x",
    "wss://hooks.slack.com/x",
    "ftp://hooks.slack.com/x",
    "file:///etc/passwd",
    "file://hooks.slack.com/etc/passwd",
    "data:text/plain,hooks.slack.com",
    "javascript:hooks.slack.com",
    "//hooks.slack.com/x",
    "hooks.slack.com/x",
    "https://169.254.169.254/latest/meta-data/",
    "https://[fd00:ec2::254]/latest",
    "https://10.0.0.1/",
    "nonsense",
    "",
];

#[tokio::test]
async fn no_look_alike_of_the_place_for_answers_gets_our_words() {
    for is_testing in [false, true] {
        let names = Names::saying(vec![]);
        let slack = Slack::looking_up(settings("https://slack.com/api/", is_testing), names.clone()).unwrap();
        for url in LOOK_ALIKES {
            let handle = Handle { response_url: Some((*url).to_owned()), ..Handle::default() };
            let fate = slack.answer(&handle, &Reply::Private(Card::saying("Hello"))).await;
            assert_eq!(fate, Err(SendError::Refused("response_url_refused".into())), "{url}");
        }
        for url in ["https://127.0.0.1/x", "http://localhost/x"].into_iter().filter(|_| !is_testing) {
            let handle = Handle { response_url: Some(url.to_owned()), ..Handle::default() };
            assert!(slack.answer(&handle, &Reply::Private(Card::saying("Hello"))).await.is_err());
        }
        assert_eq!(names.asked(), Vec::<String>::new(), "nobody is even asked where they are");
        for url in ["https://hooks.slack.com/commands/1", "https://HOOKS.slack.com:443/commands/1"] {
            let handle = Handle { response_url: Some(url.to_owned()), ..Handle::default() };
            let fate = slack.answer(&handle, &Reply::Private(Card::saying("Hello"))).await;
            assert_eq!(fate, Err(SendError::Unreachable("no connection".into())), "{url}");
        }
        assert_eq!(names.asked(), ["hooks.slack.com"; 2]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn only_the_place_for_answers_is_asked_for(before in "[a-z0-9@:./\\\\-]{0,9}", behind in "[a-z0-9@:./?#%\\\\-]{0,9}") {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let names = Names::saying(vec![]);
        let slack = Slack::looking_up(settings("https://slack.com/api/", false), names.clone()).unwrap();
        let url = format!("https://{before}hooks.slack.com{behind}");
        let handle = Handle { response_url: Some(url), ..Handle::default() };
        let fate = runtime.block_on(slack.answer(&handle, &Reply::Private(Card::saying("Hello"))));
        prop_assert!(fate.is_err());
        prop_assert!(names.asked().iter().all(|name| name == "hooks.slack.com"), "{:?}", names.asked());
    }
}

/// A log that is kept.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Write for Kept {
    fn write(&mut self, line: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Stands in everything that the platform answers, so that it is found in a log.
const MARK: &str = "zebra";

/// Answers every message with these bytes; says where it is, and how often it did. Whatever else is asked is fine.
async fn answering(answer: Vec<u8>) -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (at, times) = (listener.local_addr().unwrap(), Arc::new(AtomicUsize::new(0)));
    let answered = times.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let (answer, answered) = (answer.clone(), answered.clone());
            tokio::spawn(async move {
                let mut asked = Vec::new();
                let mut part = [0; 4096];
                while let Ok(length @ 1..) = stream.read(&mut part).await {
                    asked.extend_from_slice(&part[..length]);
                    let text = String::from_utf8_lossy(&asked).to_lowercase();
                    let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
                    let length = head.split("content-length: ").nth(1).and_then(|it| it.split("\r\n").next());
                    if body.len() < length.map_or(0, |it| it.parse().unwrap()) {
                        continue;
                    }
                    let direct = ok(r#"{"ok":true,"channel":{"id":"D1"}}"#);
                    let answer = if head.contains("chat.postmessage") { &answer } else { &direct };
                    asked.clear();
                    if stream.write_all(answer).await.is_err() {
                        return;
                    }
                    if answer == &direct {
                        continue;
                    }
                    answered.fetch_add(1, SeqCst);
                    // Without an end: as long as anybody reads.
                    while answer.ends_with(b"zebra...") && stream.write_all(&[b'x'; 65536]).await.is_ok() {}
                    return;
                }
            });
        }
    });
    (at, times)
}

fn answer(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let mut all =
        format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n").into_bytes();
    all.extend_from_slice(body);
    all
}

fn ok(body: &str) -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

fn limited(after: &str) -> Vec<u8> {
    answer("429 Too Many", &format!("Retry-After: {after}\r\n"), MARK.as_bytes())
}

/// What the platform may answer to a message: the words for it, the answer, what it is taken for, and how the row stands then.
fn answers() -> Vec<(&'static str, Vec<u8>, &'static str, &'static str)> {
    let (doubt, wait, hour, dead) = ("may have arrived", "rate limited for 30 s", "rate limited for 3600 s", "refused");
    let html = b"<html><body>zebra</body></html>";
    let deep = "[".repeat(100_000);
    vec![
        ("a page", answer("200 OK", "Content-Type: text/html\r\n", html), doubt, "sending"),
        ("a page that says it is JSON", answer("200 OK", "Content-Type: application/json\r\n", html), doubt, "sending"),
        ("bytes", answer("200 OK", "", b"\xff\xfe\x00zebra\x80"), doubt, "sending"),
        ("nothing", answer("200 OK", "", b""), doubt, "sending"),
        ("nothing, and says so", answer("204 No Content", "", b""), doubt, "sending"),
        ("half of it", ok(r#"{"ok":true,"ts":"1.1","zebra":"#), doubt, "sending"),
        (
            "less than it says",
            b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n{\"ok\":true,\"ts\":\"1\"}".to_vec(),
            doubt,
            "sending",
        ),
        ("null", ok("null"), doubt, "sending"),
        ("a list", ok(r#"[{"ok":true,"ts":"1.1"}]"#), doubt, "sending"),
        ("a number", ok("42"), doubt, "sending"),
        ("two answers in one", ok(r#"{"ok":true,"ts":"1.1"}{"ok":true}"#), doubt, "sending"),
        ("yes in words", ok(r#"{"ok":"true","ts":"1.1"}"#), doubt, "sending"),
        ("yes as a number", ok(r#"{"ok":1,"ts":"1.1"}"#), doubt, "sending"),
        ("yes without a place", ok(r#"{"ok":true}"#), doubt, "sending"),
        ("yes with an empty place", ok(r#"{"ok":true,"ts":""}"#), doubt, "sending"),
        ("yes with a number as the place", ok(r#"{"ok":true,"ts":17.1}"#), doubt, "sending"),
        ("no without a reason", ok(r#"{"ok":false}"#), doubt, "sending"),
        ("half a letter", ok(r#"{"ok":true,"ts":"\ud800"}"#), doubt, "sending"),
        ("half a letter as the reason", ok(r#"{"ok":false,"error":"\udfff zebra"}"#), doubt, "sending"),
        ("very deep", ok(&deep), doubt, "sending"),
        ("no HTTP", b"SSH-2.0-OpenSSH_9.9 zebra\r\n".to_vec(), doubt, "sending"),
        ("a bad status", b"HTTP/1.1 999999 zebra\r\n\r\n".to_vec(), doubt, "sending"),
        ("broken off in the head", b"HTTP/1.1 200 OK\r\nzebra".to_vec(), doubt, "sending"),
        ("endless", b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\nzebra...".to_vec(), doubt, "sending"),
        ("500 with a page", answer("500 Oops", "", html), doubt, "sending"),
        ("502 with a page", answer("502 Bad Gateway", "", html), doubt, "sending"),
        ("503 that says when", answer("503 Later", "Retry-After: 60\r\n", html), doubt, "sending"),
        ("a reason without a name", ok(r#"{"ok":false,"error":""}"#), dead, "dead"),
        ("a reason nobody knows", ok(r#"{"ok":false,"error":"brand_new"}"#), "refused: brand_new", "dead"),
        ("a reason that is a page", ok(r#"{"ok":false,"error":"<b>\n\u0007fail</b>"}"#), "refused: bfailb", "dead"),
        (
            "blocks it does not take",
            ok(r#"{"ok":false,"error":"invalid_blocks","zebra":1}"#),
            "refused: invalid_blocks",
            "dead",
        ),
        ("404 with a page", answer("404 Not Found", "", html), "refused: http 404", "dead"),
        ("413", answer("413 Too Large", "", html), "refused: http 413", "dead"),
        (
            "elsewhere",
            answer("302 Found", "Location: http://169.254.169.254/zebra\r\n", b""),
            "not sent: http 302",
            "pending",
        ),
        ("elsewhere for good", answer("308 Moved", "Location: /api/zebra\r\n", b""), "not sent: http 308", "pending"),
        ("a wait", limited("30"), wait, "pending"),
        ("a wait below nothing", limited("-5"), wait, "pending"),
        ("a wait that is no number", limited("zebra"), wait, "pending"),
        ("a broken wait", limited("7.5"), wait, "pending"),
        ("a day to wait for", limited("Wed, 21 Oct 2099 07:28:00 GMT"), wait, "pending"),
        ("two waits", limited("7, 8"), wait, "pending"),
        ("no wait", limited(""), wait, "pending"),
        ("a wait beyond any number", limited("99999999999999999999999999"), wait, "pending"),
        ("a wait of a year", limited("31536000"), hour, "pending"),
        ("a wait of nothing", limited("0"), "rate limited for 1 s", "pending"),
    ]
}

#[tokio::test]
async fn whatever_the_platform_answers_is_believed_only_where_it_is_an_answer() {
    for (name, answer, taken_for, state) in answers() {
        let (place, answered) = answering(answer).await;
        let url = format!("http://{place}/api/");
        let slack = Slack::new(settings(&url, true)).unwrap();
        let told = send(&slack).await.unwrap_err().to_string();
        assert!(told.starts_with(taken_for), "{name}: {told}");
        assert!(!told.contains(MARK), "{name}: {told}");
        answered.store(0, SeqCst);

        let database = Database::usual(at(NOON)).await;
        let mut tx = database.db.write().await.unwrap();
        let ana =
            people::insert(&mut tx, &Person { name: "Ana".into(), ..Person::unknown() }, true, at(NOON)).await.unwrap();
        let address = Address::new(Platform::Slack, "U1");
        people::link(&mut tx, &address, ana, at(NOON)).await.unwrap();
        let notice = Draft::notice(&address, ana, "test", "", "a", Card::saying("Hello"), at(NOON));
        outbox::enqueue(&mut tx, &notice, at(NOON)).await.unwrap();
        tx.commit().await.unwrap();
        let kept = Kept::default();
        let writer = kept.clone();
        let log = tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone()).finish();
        let guard = tracing::subscriber::set_default(log);
        let chats: Vec<Arc<dyn Chat>> = vec![Arc::new(slack)];
        let engine =
            Engine::new(database.db.clone(), Programme::default(), chats, engine::Settings::default()).await.unwrap();
        let ticked = engine.deliver(at(NOON)).await.unwrap();
        drop(guard);
        assert_eq!(ticked.sent, 0, "{name}");
        let mut tx = database.db.read().await.unwrap();
        let row = outbox::list(&mut tx, Some(state), 10).await.unwrap();
        assert_eq!(row.len(), 1, "{name} leaves it {state}");
        let log = String::from_utf8(kept.0.lock().unwrap().clone()).unwrap();
        let told = log.lines().filter(|line| line.contains(&row[0].delivery)).count();
        assert_eq!(told, answered.load(SeqCst), "{name} is said once: {log}");
        assert!(!log.contains(MARK) && !log.contains("xoxb"), "{name}: {log}");
    }
}

#[tokio::test]
async fn an_answer_that_does_not_end_is_not_read_to_its_end() {
    let url = format!("http://{}/api/", answering(b"HTTP/1.1 200 OK\r\n\r\nzebra...".to_vec()).await.0);
    let slack = Slack::new(Settings { http_timeout: Duration::from_secs(60), ..settings(&url, true) }).unwrap();
    let fate = tokio::time::timeout(Duration::from_secs(20), send(&slack)).await.unwrap();
    assert_eq!(fate, Err(SendError::Ambiguous("the answer was too long".into())));
}
