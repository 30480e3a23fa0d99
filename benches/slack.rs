//! The path of a slash command: signature, parsing, the answer as Block Kit; and all of it with the search between them.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on should fail where it stands")]

mod company;

use chrono::{DateTime, TimeDelta};
use company::{POSTS, noon, person, post};
use criterion::{Criterion, criterion_group, criterion_main};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::SecretString;
use sha2::Sha256;
use std::{hint::black_box, path::Path};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use trailmark::{
    chat::slack::{self, Parsed, Request, parse, respond, verify},
    domain::programme::Programme,
    engine::{Engine, Settings},
    message::{Address, Button, Card, Inbound, Platform, Reply, Text},
    store::{Db, instance, opportunities, people},
};

const SLASH: &str = include_str!("../src/chat/slack/fixtures/slash_projects.txt");
const PRESS: &str = include_str!("../src/chat/slack/fixtures/block_actions_message.json");
const FORM: Option<&[u8]> = Some(b"application/x-www-form-urlencoded");
const AT: &str = "1778500000";

const SECRET: &str = "0123456789abcdef0123456789abcdef";

fn sign(at: &str, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).expect("any length of key");
    mac.update(format!("v0:{at}:{body}").as_bytes());
    format!("v0={}", hex::encode(mac.finalize().into_bytes()))
}

fn signing(c: &mut Criterion) {
    let signature = sign(AT, SLASH);
    let secrets = [SecretString::from(SECRET)];
    let now = DateTime::from_timestamp(1_778_500_000, 0).expect("in range");
    c.bench_function("slack/verify", |b| {
        b.iter(|| {
            verify::verify(&secrets, Some(AT.as_bytes()), Some(signature.as_bytes()), black_box(SLASH.as_bytes()), now)
                .expect("signed")
        });
    });
}

fn parsing(c: &mut Criterion) {
    let press = form_urlencoded::Serializer::new(String::new()).append_pair("payload", PRESS).finish();
    for (name, body) in [("slack/parse command", SLASH), ("slack/parse press", press.as_str())] {
        c.bench_function(name, |b| b.iter(|| parse::parse(FORM, black_box(body.as_bytes())).expect("well formed")));
    }
}

fn command() -> Inbound {
    match parse::parse(FORM, SLASH.as_bytes()) {
        Ok(Parsed::Inbound(inbound)) => *inbound,
        other => panic!("{other:?}"),
    }
}

/// Five posts with four buttons each, as a search answers.
fn found() -> Card {
    let mut card = Card::new("5 of 41 for “rust”").header("5 of 41 for “rust”");
    for at in 0..5 {
        let post = format!("P-{}", 140 + at);
        let text = Text::new()
            .bold(format!("{post} Route planner for the R&D fleet"))
            .then("\nProject · Data platform · 4 hours a week for 6 weeks · remote · 2 seats\n")
            .then(
                "Rewrite the planner so that a day's tours are ready before breakfast, and learn how it is measured.\n",
            )
            .italic("Fits: Rust, SQL. Teaches: routing, benchmarks.");
        let run = |label: &'static str, verb: &str| {
            Button::run(label, format!("{verb} {post}")).accessible(format!("{label} {post}"))
        };
        let buttons = vec![
            run("I'm interested", "interested"),
            run("Save", "save"),
            run("Not for me", "hide"),
            run("Why?", "why"),
        ];
        card = card.item(text, buttons);
    }
    card.buttons(vec![Button::run("More", "find rust page:2")])
        .note("`/mobility help find` tells what you can filter by.")
}

fn rendering(c: &mut Criterion) {
    let (command, reply) = (command(), Reply::Private(found()));
    c.bench_function("slack/answer with 5 posts", |b| b.iter(|| respond(black_box(&command), black_box(&reply))));
}

const ASKERS: i64 = 1_000;

async fn engine(path: &Path) -> Engine {
    let before = noon() - TimeDelta::days(1);
    let db = Db::open(&format!("sqlite://{}", path.display())).await.unwrap();
    db.migrate().await.unwrap();
    instance::ensure(&db, before).await.unwrap();
    let mut tx = db.write().await.unwrap();
    for n in 1..=ASKERS {
        let id = people::insert(&mut tx, &person(n), true, before).await.unwrap();
        people::link(&mut tx, &Address::new(Platform::Slack, format!("U{n}")), id, before).await.unwrap();
    }
    for n in 1..=POSTS {
        opportunities::insert(&mut tx, &post(n)).await.unwrap();
    }
    tx.commit().await.unwrap();
    Engine::new(db, Programme::default(), Vec::new(), Settings::default()).await.unwrap()
}

/// From the signed bytes to the bytes of the answer, asked by somebody else every time. Without HTTP.
fn whole(c: &mut Criterion) {
    let (runtime, folder) = (Runtime::new().unwrap(), TempDir::new().unwrap());
    let engine = runtime.block_on(engine(&folder.path().join("company.db")));
    let secrets = [SecretString::from(SECRET)];
    let at = noon().timestamp().to_string();
    let template = "team_id=T1&user_id=U{n}&channel_id=C1&channel_name=general&command=%2Fprojects&text=find+rust\
        &response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2F{n}&trigger_id={n}.1.abc";
    let asked: Vec<_> = (1..=ASKERS).map(|n| template.replace("{n}", &n.to_string())).collect();
    let signed: Vec<_> = asked.iter().map(|body| (body, sign(&at, body))).collect();
    let mut turn = signed.iter().cycle();
    c.bench_function("slack/whole command", |b| {
        b.iter(|| {
            let (body, signature) = turn.next().unwrap();
            let request = Request {
                timestamp: Some(at.as_bytes()),
                signature: Some(signature.as_bytes()),
                content_type: FORM,
                body: body.as_bytes(),
            };
            let Ok(Parsed::Inbound(inbound)) = slack::receive(&secrets, request, noon()) else { panic!("refused") };
            let reply = runtime.block_on(engine.receive(&inbound, noon())).unwrap();
            respond(&inbound, &reply).body.unwrap()
        });
    });
}

criterion_group!(benches, signing, parsing, rendering, whole);
criterion_main!(benches);
