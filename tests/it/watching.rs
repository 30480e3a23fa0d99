//! What whoever watches the running program gets to see, and what they never do.

use crate::{
    cli::{ALONE, Machine, Running, SECRETS, assert_refused},
    databases::Database,
    scripted::world_on,
};
use serde_json::json;
use std::{
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};
use trailmark::{
    app::{clock::SystemClock, health::Health, metrics},
    domain::programme::Programme,
    playground::{self, Options, Playground, SimPerson, TimeMachine, sign},
    ports::Clock,
};

/// What somebody types, and nobody who watches may read.
const CANARY: &str = "zymurgy";

struct Now;

#[async_trait::async_trait]
impl TimeMachine for Now {
    fn now(&self) -> chrono::DateTime<chrono::Utc> {
        SystemClock.now()
    }
    async fn jump(&self, _: chrono::DateTime<chrono::Utc>) -> anyhow::Result<()> {
        anyhow::bail!("time passes by itself here")
    }
}

async fn workspace() -> Playground {
    let person = |id: &str| SimPerson { id: id.into(), name: format!("Person {id}"), ..SimPerson::default() };
    let options = Options {
        listen: "127.0.0.1:0".parse().unwrap(),
        events_url: "http://127.0.0.1:9/".into(),
        signing_secret: SECRETS[0].1.into(),
        bot_token: SECRETS[1].1.into(),
        clock: Arc::new(Now),
        people: vec![person("U1"), person("U2")],
        channels: Vec::new(),
    };
    playground::start(options).await.unwrap()
}

/// A request of the workspace, correctly signed.
fn signed(content_type: &str, body: &str) -> String {
    let timestamp = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs().cast_signed();
    let signature = sign(SECRETS[0].1, timestamp, body);
    format!(
        "POST /slack/events HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: {content_type}\r\n\
         x-slack-request-timestamp: {timestamp}\r\nx-slack-signature: {signature}\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn command(text: &str) -> String {
    let fields = [("command", "/mobility"), ("text", text), ("user_id", "U2"), ("team_id", "T1"), ("channel_id", "C1")];
    signed(
        "application/x-www-form-urlencoded",
        &form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish(),
    )
}

/// The value of a series, written as Prometheus writes it.
fn value(page: &str, series: &str) -> Option<f64> {
    page.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' ')?.parse().ok())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_happens_is_counted_and_what_people_say_is_not() {
    let playground = workspace().await;
    let machine = Machine::new().with_company();
    let mut environment = ALONE.to_vec();
    let api_url = playground.api_url();
    environment.push(("TRAILMARK_SLACK__API_URL", &api_url));
    let server = Running::once_ready(&mut machine.command(&["serve"], &environment));
    let page = server.scrape();
    assert!(page.starts_with("HTTP/1.1 200") && page.contains("text/plain; version=0.0.4"), "{page}");
    for (series, expected) in [
        (r#"trailmark_inbound_total{kind="command",outcome="done",platform="slack"}"#, 0.0),
        (r#"trailmark_slots_skipped_total{nudge="career_conversation",reason="skipped_stale"}"#, 0.0),
        (r#"trailmark_outbox{state="pending"}"#, 0.0),
        (r#"trailmark_outbox_oldest_seconds{state="pending"}"#, 0.0),
        ("trailmark_ready", 1.0),
        ("trailmark_programme_active", 0.0),
        ("trailmark_tenants_paused", 0.0),
        ("trailmark_outbox_readable", 1.0),
        ("trailmark_ack_seconds_count", 0.0),
    ] {
        assert_eq!(value(&page, series), Some(expected), "{series}: {page}");
    }
    for text in [CANARY.to_owned(), format!("find {CANARY}"), "matches".to_owned()] {
        assert!(server.ask(&command(&text)).starts_with("HTTP/1.1 200"));
    }
    let unsigned =
        format!("POST /slack/events HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 7\r\n\r\n{CANARY}");
    assert!(server.ask(&unsigned).starts_with("HTTP/1.1 401"));
    let said = json!({"type": "event_callback", "team_id": "T1", "event_id": "Ev1", "event":
        {"type": "message", "channel_type": "im", "channel": "D1", "user": "U2", "text": CANARY, "ts": "1.1"}});
    assert!(server.ask(&signed("application/json", &said.to_string())).starts_with("HTTP/1.1 200"));
    let began = Instant::now();
    let sent = r#"trailmark_deliveries_total{kind="notice.answer",outcome="sent",platform="slack"}"#;
    let mut page = server.scrape();
    while value(&page, sent) != Some(1.0) || value(&page, r#"trailmark_outbox{state="sent"}"#) != Some(1.0) {
        assert!(began.elapsed() < Duration::from_secs(20), "{page}");
        tokio::time::sleep(Duration::from_millis(100)).await;
        page = server.scrape();
    }
    for (series, expected) in [
        (r#"trailmark_inbound_total{kind="command",outcome="done",platform="slack"}"#, 3.0),
        (r#"trailmark_inbound_total{kind="said",outcome="done",platform="slack"}"#, 1.0),
        (r#"trailmark_inbound_total{kind="unread",outcome="unsigned",platform="slack"}"#, 1.0),
        ("trailmark_ack_seconds_count", 5.0),
        ("trailmark_match_seconds_count", 1.0),
    ] {
        assert_eq!(value(&page, series), Some(expected), "{series}: {page}");
    }
    assert!(value(&page, "trailmark_search_seconds_count") >= Some(3.0), "{page}");
    for word in [CANARY, "U2", "bo@", "Bo Li", "hush", "D1"] {
        assert!(!page.contains(word), "{word}: {page}");
    }
    // Only there, and nothing else there.
    assert!(server.get("/metrics").starts_with("HTTP/1.1 404"));
}

#[test]
fn a_chosen_address_that_is_taken_is_refused_the_default_gives_way_and_none_is_none() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let machine = Machine::new();
    let with = |value| {
        let mut all = ALONE.to_vec();
        all.retain(|(name, _)| *name != "TRAILMARK_SERVER__METRICS_LISTEN");
        all.extend(value);
        all
    };
    let chosen = with(Some(("TRAILMARK_SERVER__METRICS_LISTEN", address.as_str())));
    assert_refused(&machine.run_with(&["serve"], &chosen), 2, &["server.metrics_listen", &address]);
    let off = with(Some(("TRAILMARK_SERVER__METRICS_LISTEN", "")));
    assert_eq!(Running::once_ready(&mut machine.command(&["serve"], &off)).metrics, "");
    // Whoever else has the default's port, be it another test, the second of these two does without.
    let _other = std::net::TcpListener::bind("127.0.0.1:9464");
    let server = Running::once_ready(&mut machine.command(&["serve"], &with(None)));
    assert_eq!(server.metrics, "");
    assert!(server.get("/readyz").starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn a_database_that_does_not_answer_is_said_so_and_what_was_counted_is_still_told() {
    let world = world_on(Database::usual(SystemClock.now()).await, Programme::default(), vec![]).await;
    let health = Health::new(Duration::from_secs(1), Arc::new(SystemClock));
    world.engine.db().close().await;
    let page = metrics::text(&world.engine, &health).await.unwrap();
    for (series, expected) in [
        ("trailmark_outbox_readable", Some(0.0)),
        ("trailmark_ready", Some(0.0)),
        (r#"trailmark_outbox{state="dead"}"#, None),
    ] {
        assert_eq!(value(&page, series), expected, "{series}: {page}");
    }
    assert!(page.contains("trailmark_inbound_total"), "{page}");
    let (is_ready, said) = health.report(&world.engine).await;
    assert_eq!(
        (is_ready, &said["reasons"], &said["outbox"]),
        (false, &json!(["the database does not answer"]), &json!(null))
    );
}
