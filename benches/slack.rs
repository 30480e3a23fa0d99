//! The path of a slash command without its search: signature, parsing, and the answer as Block Kit.

use chrono::DateTime;
use criterion::{Criterion, criterion_group, criterion_main};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::SecretString;
use sha2::Sha256;
use std::hint::black_box;
use trailmark::{
    chat::slack::{Parsed, parse, respond, verify},
    message::{Button, Card, Inbound, Reply, Text},
};

const SLASH: &str = include_str!("../src/chat/slack/fixtures/slash_projects.txt");
const PRESS: &str = include_str!("../src/chat/slack/fixtures/block_actions_message.json");
const FORM: Option<&[u8]> = Some(b"application/x-www-form-urlencoded");
const AT: &str = "1778500000";

fn signing(c: &mut Criterion) {
    let secret = "0123456789abcdef0123456789abcdef";
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any length of key");
    mac.update(format!("v0:{AT}:{SLASH}").as_bytes());
    let signature = format!("v0={}", hex::encode(mac.finalize().into_bytes()));
    let secrets = [SecretString::from(secret)];
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
        let run = |label: &str, verb: &str| {
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

criterion_group!(benches, signing, parsing, rendering);
criterion_main!(benches);
