//! Others' own clients and schemas as judges of ours, where they are at hand.

use crate::{
    databases::Database,
    scripted::{tuesday, world_on},
};
use chrono::DateTime;
use serde_json::{Value, json};
use std::{
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Arc,
    time::Duration,
};
use trailmark::{
    app::{clock::SystemClock, health::Health, metrics},
    chat::slack::{manifest, render, verify},
    domain::programme::Programme,
    message::{Action, Address, Block, Button, Card, Choice, Field, FieldKind, Form, Home, Platform, Span, Text, Verb},
};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Runs the check in the environment that scripts/test made; returns what it printed.
fn ask_the_sdk(arguments: &[&str], input: &str) -> String {
    ask_a_peer("slack_sdk_check.py", arguments, input)
}

fn ask_a_peer(script: &str, arguments: &[&str], input: &str) -> String {
    let mut child = Command::new(root().join("target/peers/bin/python"))
        .arg(root().join("tests/peers").join(script))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("scripts/test makes target/peers");
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{printed}");
    printed
}

#[test]
#[ignore = "needs Python and slack_sdk; scripts/test installs them and runs this"]
fn what_the_official_sdk_signs_is_accepted() {
    let printed = ask_the_sdk(&["signatures"], "");
    assert_eq!(printed.lines().count(), 200);
    for line in printed.lines() {
        let request: Value = serde_json::from_str(line).unwrap();
        let text = |name: &str| request[name].as_str().unwrap().to_owned();
        let at = text("timestamp");
        let now = DateTime::from_timestamp(at.parse().unwrap(), 0).unwrap();
        let signature = text("signature");
        let ask = |body: &str| {
            let secrets = [text("secret").into()];
            verify::verify(&secrets, Some(at.as_bytes()), Some(signature.as_bytes()), body.as_bytes(), now)
        };
        assert!(ask(&text("body")).is_ok(), "{line}");
        assert!(ask(&format!("{} ", text("body"))).is_err(), "{line}");
    }
}

#[test]
#[ignore = "needs Python and slack_sdk; scripts/test installs them and runs this"]
fn what_we_render_is_read_by_the_official_sdk_as_we_wrote_it() {
    let mut payloads = Vec::new();
    for card in cards() {
        payloads.extend(render::messages(&card).iter().map(|message| message.body(&json!({}))));
        payloads.push(render::home(&Home { blocks: card.blocks.clone() }));
        payloads.push(render::form(&every_field(card.blocks)));
    }
    let lines: Vec<String> = payloads.into_iter().map(|payload| String::from_utf8(payload).unwrap()).collect();
    let printed = ask_the_sdk(&["blocks"], &lines.join("\n"));
    assert_eq!(printed.trim(), format!("{} payloads, 0 faults", lines.len()));
}

#[test]
#[ignore = "needs Python and jsonschema; scripts/test installs them and runs this"]
fn the_manifest_is_valid_by_the_official_schema() {
    let schemas: PathBuf = root().join("../shared/data/schemas");
    if !schemas.join("slack-manifest.schema.json").exists() {
        println!("skipped: {} is not here", schemas.display());
        return;
    }
    for url in [None, Some("https://mobility.velomill.example")] {
        assert_eq!(ask_the_sdk(&["manifest", schemas.to_str().unwrap()], &manifest(url)).trim(), "valid");
    }
}

#[tokio::test]
#[ignore = "needs Python and prometheus_client; scripts/test installs them and runs this"]
async fn the_metrics_are_read_by_the_official_client_as_we_meant_them() {
    let world = world_on(Database::usual(tuesday()).await, Programme::default(), vec![]).await;
    let health = Health::new(Duration::from_secs(1), Arc::new(SystemClock));
    let text = metrics::text(&world.engine, &health).await.unwrap();
    let printed = ask_a_peer("prometheus_check.py", &[], &text);
    let read: Vec<&str> = printed.lines().collect();
    for family in [
        "counter trailmark_inbound kind,outcome,platform",
        "histogram trailmark_ack_seconds ",
        "counter trailmark_deliveries kind,outcome,platform",
        "gauge trailmark_outbox state",
        "gauge trailmark_outbox_oldest_seconds state",
        "counter trailmark_slots_skipped nudge,reason",
        "histogram trailmark_search_seconds ",
        "histogram trailmark_match_seconds ",
    ] {
        assert!(read.contains(&family.trim_end()), "{family}: {printed}");
    }
}

fn cards() -> Vec<Card> {
    let maya = Span::Person { address: Address::new(Platform::Slack, "U07MAYA"), name: "Maya".into() };
    let at = DateTime::from_timestamp(1_778_670_000, 0).unwrap();
    let text = Text::new()
        .bold("P-142 Route planner")
        .then(" <!channel> & more, by ")
        .span(maya)
        .then(" until ")
        .span(Span::Time { at, fallback: "Wed 13 May, 13:00".into() })
        .span(Span::Link { label: "the page".into(), url: "https://example.org/?a=1&b=2".into() });
    let buttons = vec![
        Button::run("I'm interested", "interested P-142").primary().accessible("I'm interested in P-142"),
        Button::run("Withdraw", "withdraw P-142").danger().confirm("Take it back?"),
        Button::run("Why?", "why P-142"),
    ];
    let full = Card::new("One project for you")
        .header("For you")
        .item(text, buttons.clone())
        .divider()
        .note(Text::new().code("/mobility help").then(" tells more"));
    let long = Card::new("Much").text("some words <&> ".repeat(2000)).buttons(vec![buttons[2].clone(); 40]);
    let many = Card { summary: "Many".into(), blocks: vec![Block::Item { text: "One".into(), buttons }; 60] };
    vec![full, long, many, Card::saying("Done."), Card::default()]
}

fn every_field(intro: Vec<Block>) -> Form {
    let choices = vec![Choice::new("Project", "project"), Choice::new("Gig", "gig")];
    let words = |max| FieldKind::Line { initial: "Route planner".into(), placeholder: "A name".into(), max };
    let kinds = [
        words(80),
        FieldKind::Paragraph { initial: String::new(), placeholder: String::new(), max: 3000 },
        FieldKind::Number { initial: Some(4), min: 1, max: 40 },
        FieldKind::Date { initial: "2026-05-14".parse().ok() },
        FieldKind::Time { initial: "09:30:00".parse().ok() },
        FieldKind::Select { choices: choices.clone(), initial: Some("gig".into()) },
        FieldKind::Checks { choices, initial: vec!["project".into()] },
        FieldKind::Skills { initial: vec!["Rust".into()] },
        FieldKind::Person { initial: Some("U07MAYA".into()) },
    ];
    let field = |(at, kind): (usize, FieldKind)| {
        let field = Field::new(format!("field{at}"), "A label", kind).hint("What to say here");
        if at % 2 == 0 { field.live() } else { field.optional() }
    };
    Form {
        title: "Offer a piece of work".into(),
        submit: "Next".into(),
        action: Action::new(Verb::SubmitPost, "P-142"),
        intro,
        fields: kinds.into_iter().enumerate().map(field).collect(),
        outro: vec![Block::Note("Your colleagues will see it.".into())],
    }
}
