//! What whoever watches the running program gets to see, and what they never do.

use crate::{
    cli::{ALONE, Machine, Running, SECRETS, assert_refused},
    databases::Database,
    scripted::world_on,
    support::claim,
};
use serde_json::{Value, json};
use std::{
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};
use tokio::time::timeout;
use trailmark::{
    app::{clock::SystemClock, health::Health, metrics},
    domain::programme::Programme,
    message::{Address, Card, MessageRef, Platform},
    playground::{self, Options, Playground, SimPerson, TimeMachine, sign},
    ports::Clock,
    store::{
        Db, inbound,
        instance::{self, Installation},
        keys,
        outbox::{self, Draft, HOME_TENANT, Settled},
        people,
    },
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

/// Bo has five messages: one of each that needs a look, and one that came.
async fn with_deliveries(machine: &Machine) {
    let now = SystemClock.now();
    let db = Db::open(&format!("sqlite://{}", machine.path("trailmark.db").display())).await.unwrap();
    let db = keys::unlock(db, &[], now).await.unwrap();
    let mut tx = db.write().await.unwrap();
    let bo = people::find_by_email(&mut tx, "bo@x.example").await.unwrap().unwrap();
    let to = Address::new(Platform::Slack, "U2");
    let dead = || Settled::Dead { reason: "refused: user_not_found".into() };
    let message = MessageRef { platform: Platform::Slack, conversation: "D2".into(), id: "1.1".into() };
    let outcomes = [
        dead(),
        dead(),
        Settled::Unknown { reason: "could not be looked for: refused: missing_scope".into() },
        Settled::Cancelled { reason: "the person turned this kind off".into() },
        Settled::Sent { message },
    ];
    for (number, outcome) in (1..).zip(outcomes) {
        let draft = Draft {
            kind: "opportunity_match".into(),
            is_nudge: true,
            why: CANARY.into(),
            ..Draft::notice(&to, bo, "", format!("P-14{number}"), "2026-W18", Card::saying(CANARY), now)
        };
        let draft = Draft { due_at: now - chrono::TimeDelta::hours(3), ..draft };
        let id = outbox::enqueue(&mut tx, &draft, now).await.unwrap().unwrap();
        claim(&mut tx, now, 1).await.unwrap();
        assert!(outbox::settle(&mut tx, id, 1, &outcome, now).await.unwrap());
    }
    let data = json!({"nudge": "career_conversation", "reason": "skipped_stale"});
    inbound::record(&mut tx, now, inbound::SLOT_SKIPPED, Some(bo), "report 2", data).await.unwrap();
    let gone = Installation { platform: Platform::Slack, tenant: HOME_TENANT.into(), is_active: false, bot_user: None };
    instance::set_installation(&mut tx, &gone, Some("the installation is cut off: token_revoked"), now).await.unwrap();
    tx.commit().await.unwrap();
    db.close().await;
}

#[tokio::test]
async fn the_list_says_how_each_state_stands_why_and_what_to_do() {
    let machine = Machine::new().with_company();
    with_deliveries(&machine).await;
    let list = machine.says(&["outbox", "list"]);
    for line in [
        "2 dead, which means given up: the oldest was due 3 h ago",
        "         2  refused: user_not_found",
        "trailmark outbox retry ID",
        "1 unknown, which means that nobody can tell whether they arrived: the oldest was due 3 h ago",
        "trailmark outbox resolve ID --sent",
        "trailmark outbox resolve ID --resend",
        "trailmark outbox discard ID",
        "1 cancelled: not sent, because they were no longer wanted",
        "1 skipped in the last 7 days, because their time passed while the service was not running: career_conversation 1",
        "slack home gets nothing since",
        "token_revoked",
        "1 sent",
    ] {
        assert!(list.contains(line), "{line:?} is not in\n{list}");
    }
    let dead = machine.says(&["outbox", "list", "--state", "dead"]);
    assert!(dead.contains("outbox retry ID") && !dead.contains("unknown") && !dead.contains("skipped"), "{dead}");
    assert_eq!(machine.says(&["outbox", "list", "--state", "expired"]), "No delivery is expired.\n");
    let rows = machine.json(&["outbox", "list", "--json"]);
    let mut fields: Vec<&str> = rows[0].as_object().unwrap().keys().map(String::as_str).collect();
    fields.sort_unstable();
    let expected = ["attempts", "delivery", "due_at", "id", "kind", "platform", "reason", "recipient", "state"];
    assert_eq!((rows.as_array().unwrap().len(), fields.as_slice()), (4, expected.as_slice()));
    // Whoever watches reads the same.
    let server = Running::serve(&machine);
    let ready = server.get("/readyz");
    let (head, body) = ready.split_once("\r\n\r\n").unwrap();
    let said: Value = serde_json::from_str(body).unwrap();
    assert!(head.starts_with("HTTP/1.1 200"), "what needs a human stops nobody: {ready}");
    assert_eq!(said["outbox"]["dead"]["reasons"], json!({"refused: user_not_found": 2}), "{said}");
    assert_eq!(
        (&said["outbox"]["unknown"]["count"], &said["outbox"]["skipped_stale"]["count"]),
        (&json!(1), &json!(1))
    );
    assert!(said["outbox"]["dead"]["oldest_seconds"].as_i64().unwrap() >= 3 * 3600, "{said}");
    assert!(said["paused"][0]["reason"].as_str().unwrap().contains("token_revoked"), "{said}");
    let page = server.scrape();
    assert_eq!(value(&page, r#"trailmark_outbox{state="dead"}"#), Some(2.0), "{page}");
    assert!(value(&page, r#"trailmark_outbox_oldest_seconds{state="unknown"}"#) >= Some(3.0 * 3600.0), "{page}");
    assert_eq!(value(&page, "trailmark_tenants_paused"), Some(1.0), "{page}");
}

#[tokio::test]
async fn why_somebody_got_nothing_is_told_without_what_they_do_and_they_can_read_who_asked() {
    let machine = Machine::new().with_company();
    with_deliveries(&machine).await;
    let why = machine.says(&["outbox", "why", "bo@x.example"]);
    for line in [
        "(bo@x.example)",
        "The programme is off, so nothing is sent unasked to anybody.",
        "dead: refused: user_not_found",
        "unknown: could not be looked for",
        "cancelled: the person turned this kind off",
        "skipped: its time passed while the service was not running",
        "opportunity_match           has not come up yet",
        "sent",
    ] {
        assert!(why.contains(line), "{line:?} is not in\n{why}");
    }
    let boss = machine.json(&["outbox", "why", "ada@x.example", "--json"]);
    let reasons: Vec<&str> = boss["turns"].as_array().unwrap().iter().filter_map(|it| it["reason"].as_str()).collect();
    assert_eq!(reasons, ["nobody is named as their manager", "their profile gives nothing to suggest by"]);
    let all = format!("{why}{}", machine.says(&["outbox", "why", "bo@x.example", "--json"]));
    for word in [CANARY, "P-14", "Rust", "Grafana", "Bo Li", "Data"] {
        assert!(!all.contains(word), "{word} in {all}");
    }
    assert_eq!(machine.says(&["outbox", "why", "U2"]), why, "an account is as good as an address");
    assert_refused(&machine.run(&["outbox", "why", "nobody@x.example"]), 1, &["nobody@x.example"]);
    let noted = machine.says(&["audit", "list", "--person", "bo@x.example"]);
    assert!(noted.contains("looked.messages"), "{noted}");
}

#[tokio::test]
async fn a_database_that_is_busy_keeps_nobody_who_watches_waiting() {
    let world = world_on(Database::usual(SystemClock.now()).await, Programme::default(), vec![]).await;
    let health = Health::new(Duration::from_secs(1), Arc::new(SystemClock));
    let mut held = Vec::new();
    while let Ok(tx) = timeout(Duration::from_millis(200), world.engine.db().read()).await {
        held.push(tx.unwrap());
    }
    let began = Instant::now();
    let (is_ready, said) = health.report(&world.engine).await;
    let page = metrics::text(&world.engine, &health).await.unwrap();
    assert!(began.elapsed() < Duration::from_secs(4), "{:?}", began.elapsed());
    assert_eq!((is_ready, &said["outbox"]), (false, &json!(null)), "{said}");
    assert_eq!(value(&page, "trailmark_outbox_readable"), Some(0.0), "{page}");
    held.clear();
    let began = Instant::now();
    while !health.report(&world.engine).await.0 {
        assert!(began.elapsed() < Duration::from_secs(20), "it does not recover");
    }
}
