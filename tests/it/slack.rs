//! What Slack sends, read; and what it gets in the acknowledgement. The fixtures are one file per kind.

use serde_json::{Value, json};
use std::{fs, path::PathBuf};
use trailmark::{
    chat::slack::{Parsed, Rejected, Response, parse, render, respond},
    message::{
        Action, Address, Button, Card, Choice, Field, FieldKind, Form, Inbound, InboundKind, MessageRef, Platform,
        Reply, Verb,
        form::FormRef,
        inbound::{Profile, Spot},
    },
};

const FORM: &[u8] = b"application/x-www-form-urlencoded";
const JSON: &[u8] = b"application/json; charset=utf-8";

fn fixture(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/chat/slack/fixtures").join(name);
    fs::read_to_string(path).unwrap()
}

/// A fixture sent the way Slack sends its kind.
fn sent(name: &str) -> Result<Parsed, Rejected> {
    if name.ends_with(".txt") {
        return parse::parse(Some(FORM), fixture(name).as_bytes());
    }
    deliver(&serde_json::from_str(&fixture(name)).unwrap())
}

fn deliver(payload: &Value) -> Result<Parsed, Rejected> {
    let is_event = matches!(payload["type"].as_str(), Some("event_callback" | "url_verification" | "app_rate_limited"));
    let json = payload.to_string();
    if is_event {
        return parse::parse(Some(JSON), json.as_bytes());
    }
    let form = form_urlencoded::Serializer::new(String::new()).append_pair("payload", &json).finish();
    parse::parse(Some(FORM), form.as_bytes())
}

fn read(name: &str) -> Inbound {
    match sent(name) {
        Ok(Parsed::Inbound(inbound)) => *inbound,
        other => panic!("{name}: {other:?}"),
    }
}

fn maya() -> Option<Address> {
    Some(Address::new(Platform::Slack, "U07MAYA"))
}

fn form_ref() -> FormRef {
    FormRef { platform: Platform::Slack, id: "V0POST".into(), revision: "1778500000.f0rm".into() }
}

#[test]
fn a_slash_command_is_read_with_its_mentions() {
    let inbound = read("slash_mobility.txt");
    assert_eq!(inbound.kind, InboundKind::Command { text: "1on1 done <@U07OLE>".into() });
    assert_eq!((inbound.actor, inbound.tenant.as_str()), (maya(), "T024BIKES"));
    assert_eq!(inbound.key.as_deref(), Some("slash:71.24.slash"));
    let place = inbound.place.unwrap();
    assert_eq!((place.conversation.as_str(), place.is_direct, place.name.as_deref()), ("C0RUST", false, Some("rust")));
    assert_eq!(inbound.handle.trigger.as_deref(), Some("71.24.slash"));
    assert!(inbound.handle.response_url.is_some() && inbound.handle.is_told_at_once);
}

#[test]
fn projects_is_short_for_find() {
    let inbound = read("slash_projects.txt");
    assert_eq!(inbound.kind, InboundKind::Command { text: "find rust hours:<=4".into() });
    assert!(inbound.place.unwrap().is_direct);
}

#[test]
fn a_channel_whose_name_slack_keeps_to_itself_has_none() {
    for name in ["privategroup", "mpdm-maya--ole-1"] {
        let body = fixture("slash_mobility.txt").replace("channel_name=rust", &format!("channel_name={name}"));
        let Ok(Parsed::Inbound(inbound)) = parse::parse(Some(FORM), body.as_bytes()) else { panic!("not read") };
        assert_eq!(inbound.place.unwrap().name, None, "{name}");
    }
}

#[test]
fn a_press_tells_the_button_the_message_and_the_delivery() {
    let message =
        MessageRef { platform: Platform::Slack, conversation: "D07MAYA".into(), id: "1778500000.000100".into() };
    let action = Action::run("interested P-142");
    let inbound = read("block_actions_message.json");
    let kind = InboundKind::Press { action, delivery: Some("d41f8c".into()), message: Some(message) };
    assert_eq!(inbound.kind, kind);
    assert_eq!(inbound.key.as_deref(), Some("trigger:71.24.press"));

    let mut second_part: Value = serde_json::from_str(&fixture("block_actions_message.json")).unwrap();
    second_part["message"]["metadata"]["event_payload"]["id"] = json!("d41f8c.2");
    let Ok(Parsed::Inbound(inbound)) = deliver(&second_part) else { panic!("not read") };
    assert!(matches!(inbound.kind, InboundKind::Press { delivery: Some(id), .. } if id == "d41f8c"));
}

#[test]
fn a_message_only_one_person_sees_has_no_address_and_neither_has_a_home() {
    for (name, command) in [("block_actions_ephemeral.json", "save P-142"), ("block_actions_home.json", "saved")] {
        let inbound = read(name);
        let kind = InboundKind::Press { action: Action::run(command), delivery: None, message: None };
        assert_eq!(inbound.kind, kind, "{name}");
        assert_eq!(inbound.handle.form, None, "{name}");
    }
}

#[test]
fn every_kind_of_field_is_read_back() {
    let action = Action::new(Verb::SubmitPost, "P-142").at_version(3);
    let inbound = read("view_submission.json");
    let InboundKind::Submit { action: meant, values, form } = inbound.kind else { panic!("not a submission") };
    assert_eq!((meant, form), (action.clone(), form_ref()));
    assert_eq!(values.one("title"), "Route planner");
    assert_eq!(values.one("summary"), "");
    assert_eq!(values.number("hours"), Some(6));
    assert_eq!(values.date("starts").unwrap().to_string(), "2026-05-14");
    assert_eq!(values.time("at").unwrap().to_string(), "09:30:00");
    assert_eq!(values.one("kind"), "project");
    assert!(values.is_checked("remote", "remote"));
    assert_eq!(values.all("needs"), ["Rust", "SQL"]);
    assert_eq!(values.one("owner"), "U07OLE");

    let inbound = read("block_actions_form.json");
    let form = form_ref();
    assert_eq!(inbound.handle.form.as_ref(), Some(&form));
    assert_eq!(inbound.kind, InboundKind::FormChanged { action, values, form });
}

#[test]
fn the_same_form_sent_twice_has_one_key_and_a_corrected_one_another() {
    let first = read("view_submission.json").key;
    assert!(first.is_some());
    assert_eq!(first, read("view_submission.json").key);
    let mut corrected: Value = serde_json::from_str(&fixture("view_submission.json")).unwrap();
    corrected["view"]["state"]["values"]["title"]["field"]["value"] = json!("Route finder");
    let Ok(Parsed::Inbound(inbound)) = deliver(&corrected) else { panic!("not read") };
    assert_ne!(first, inbound.key);
}

#[test]
fn shortcuts_typing_and_closing_are_read() {
    assert_eq!(read("shortcut.json").kind, InboundKind::FindShortcut);
    let words = "We need help with R&D, ask <@U07OLE>".to_owned();
    assert_eq!(read("message_action.json").kind, InboundKind::PostShortcut { words });
    let lookup = InboundKind::Lookup { source: "skills".into(), query: "rus".into() };
    assert_eq!(read("block_suggestion.json").kind, lookup);
    let action = Action::new(Verb::SubmitPost, "P-142").at_version(3);
    assert_eq!(read("view_closed.json").kind, InboundKind::FormClosed { action });
}

#[test]
fn words_to_us_are_read_and_our_own_are_not() {
    let inbound = read("event_message_im.json");
    let kind = InboundKind::Said { text: "find rust & sql".into(), is_mention: false, thread: None };
    assert_eq!((inbound.kind, inbound.key.as_deref()), (kind, Some("event:Ev0MESSAGEIM")));
    assert!(inbound.place.unwrap().is_direct);
    let only_for = "U07MAYA".to_owned();
    assert_eq!(inbound.handle.spot, Some(Spot { conversation: "D07MAYA".into(), thread: None, only_for }));

    let inbound = read("event_app_mention.json");
    let thread = Some("1778500005.1".to_owned());
    assert_eq!(inbound.kind, InboundKind::Said { text: "find rust".into(), is_mention: true, thread });
    for name in ["event_message_own.json", "event_message_changed.json", "event_unknown.json", "app_rate_limited.json"]
    {
        assert_eq!(sent(name), Ok(Parsed::Ignored), "{name}");
    }
}

#[test]
fn joining_a_channel_tells_whether_it_is_us() {
    let inviter = Some(Address::new(Platform::Slack, "U07OLE"));
    let us = read("event_member_joined_channel_us.json");
    assert_eq!((us.kind, us.actor), (InboundKind::Joined { is_us: true, inviter }, None));
    let other = InboundKind::Joined { is_us: false, inviter: None };
    assert_eq!(read("event_member_joined_channel.json").kind, other);
}

#[test]
fn people_are_described_and_guests_are_strangers() {
    let ole = Profile {
        user: "U07OLE".into(),
        name: "Ole Berg".into(),
        email: Some("ole@velomill.example".into()),
        zone: Some("Europe/Oslo".into()),
        locale: Some("nb-NO".into()),
        is_active: true,
        ..Profile::default()
    };
    assert_eq!(read("event_team_join.json").kind, InboundKind::PersonChanged(ole.clone()));
    let left = Profile { zone: Some("Europe/Berlin".into()), is_active: false, ..ole.clone() };
    assert_eq!(read("event_user_change.json").kind, InboundKind::PersonChanged(left));
    let guest = Profile { user: "U07GAST".into(), is_stranger: true, ..ole };
    assert_eq!(read("event_user_change_guest.json").kind, InboundKind::PersonChanged(guest));
}

#[test]
fn somebody_of_another_company_is_a_stranger() {
    for (name, place) in [("block_actions_message.json", "/user/team_id"), ("event_app_mention.json", "/event/team")] {
        assert!(!read(name).is_stranger, "{name}");
        let mut payload: Value = serde_json::from_str(&fixture(name)).unwrap();
        *payload.pointer_mut(place).unwrap() = json!("T0ELSEWHERE");
        let Ok(Parsed::Inbound(inbound)) = deliver(&payload) else { panic!("{name} is not read") };
        assert!(inbound.is_stranger, "{name}");
    }
}

#[test]
fn the_end_of_an_installation_is_heard() {
    assert_eq!(read("event_app_uninstalled.json").kind, InboundKind::InstallationEnded);
    assert_eq!(read("event_tokens_revoked.json").kind, InboundKind::InstallationEnded);
    assert_eq!(sent("event_tokens_revoked_of_members.json"), Ok(Parsed::Ignored));
}

#[test]
fn setting_up_the_endpoint_is_answered() {
    assert_eq!(sent("url_verification.json"), Ok(Parsed::Challenge("3eZbrw1aB10o".into())));
    assert_eq!(sent("ssl_check.txt"), Ok(Parsed::SslCheck));
    assert_eq!(read("event_app_home_opened.json").kind, InboundKind::HomeOpened);
}

#[test]
fn every_fixture_is_read_and_none_breaks_when_a_part_is_missing() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/chat/slack/fixtures");
    for file in fs::read_dir(folder).unwrap() {
        let name = file.unwrap().file_name().into_string().unwrap();
        assert!(sent(&name).is_ok(), "{name}");
        if name.ends_with(".json") {
            let whole: Value = serde_json::from_str(&fixture(&name)).unwrap();
            for key in whole.as_object().unwrap().keys() {
                for instead in [Value::Null, json!({}), json!([]), json!("x"), json!(1)] {
                    let mut changed = whole.clone();
                    changed[key] = instead;
                    let _ = deliver(&changed);
                }
            }
        }
    }
}

#[test]
fn what_cannot_be_slacks_is_malformed() {
    let bodies: [(Option<&[u8]>, &[u8]); 9] = [
        (None, b"{}"),
        (Some(b"text/plain"), b"{}"),
        (Some(JSON), b""),
        (Some(JSON), b"[]"),
        (Some(JSON), b"{\"type\":"),
        (Some(JSON), b"{}"),
        (Some(FORM), b"payload=%7B"),
        (Some(FORM), b"a=b"),
        (Some(FORM), b"command=mobility&team_id=T1&user_id=U1"),
    ];
    for (kind, body) in bodies {
        assert_eq!(parse::parse(kind, body), Err(Rejected::Malformed), "{}", String::from_utf8_lossy(body));
    }
}

#[test]
fn the_official_fixtures_are_read_or_ignored() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data/slack-payloads.json");
    let Ok(text) = fs::read_to_string(&path) else {
        println!("skipped: {} is not here", path.display());
        return;
    };
    let all: Value = serde_json::from_str(&text).unwrap();
    let mut count = 0;
    for (kind, examples) in all.as_object().unwrap() {
        for example in examples.as_array().unwrap() {
            let payload = &example["payload"];
            let answer = match payload {
                Value::String(form) => parse::parse(Some(FORM), form.as_bytes()),
                _ if kind.starts_with("slash") => {
                    let mut form = form_urlencoded::Serializer::new(String::new());
                    for (name, value) in payload.as_object().unwrap() {
                        form.append_pair(name, value.as_str().unwrap_or_default());
                    }
                    parse::parse(Some(FORM), form.finish().as_bytes())
                }
                _ => deliver(payload),
            };
            assert!(answer.is_ok(), "{kind} {}", example["src"]);
            count += 1;
        }
    }
    assert!(count > 50, "only {count} payloads");
}

fn body(response: &Response) -> Value {
    serde_json::from_slice(response.body.as_deref().unwrap()).unwrap()
}

fn card() -> Card {
    Card::new("One project").item("P-142 Route planner", vec![Button::run("Show", "show P-142")])
}

fn small_form() -> Form {
    let kind = FieldKind::Paragraph { initial: String::new(), placeholder: String::new(), max: 300 };
    Form {
        title: "I'm interested".into(),
        submit: "Send".into(),
        action: Action::new(Verb::SubmitInterest, "P-142"),
        intro: vec![],
        fields: vec![Field::new("note", "A note", kind)],
        outro: vec![],
    }
}

#[test]
fn a_command_is_answered_in_the_acknowledgement() {
    let inbound = read("slash_mobility.txt");
    let private = respond(&inbound, &Reply::Private(card()));
    assert!(!private.then);
    let told = body(&private);
    assert_eq!((&told["response_type"], &told["parse"]), (&json!("ephemeral"), &json!("none")));
    assert_eq!(told["text"], "One project\nP-142 Route planner\n[Show]");
    assert_eq!(render::lint(&told, render::Surface::Message), vec![]);
    assert_eq!(body(&respond(&inbound, &Reply::Share(card())))["response_type"], "in_channel");
    assert_eq!(respond(&inbound, &Reply::OpenForm(small_form())), Response { body: None, then: true });
    assert_eq!(respond(&inbound, &Reply::Nothing), Response::default());
}

#[test]
fn what_does_not_fit_into_the_acknowledgement_follows() {
    let long = Card::new("Much").text("word ".repeat(4000));
    let response = respond(&read("slash_mobility.txt"), &Reply::Private(long));
    assert!(response.then);
    assert_eq!(render::lint(&body(&response), render::Surface::Message), vec![]);
}

#[test]
fn a_press_is_answered_afterwards() {
    let inbound = read("block_actions_message.json");
    for reply in [Reply::Private(card()), Reply::Replace(card()), Reply::OpenForm(small_form())] {
        assert_eq!(respond(&inbound, &reply), Response { body: None, then: true });
    }
    assert_eq!(respond(&inbound, &Reply::Nothing), Response::default());
}

#[test]
fn a_form_is_answered_in_the_form() {
    let inbound = read("view_submission.json");
    let errors =
        vec![("hours".to_owned(), "Say how many.".to_owned()), ("elsewhere".to_owned(), "And this.".to_owned())];
    let answered = body(&respond(&inbound, &Reply::FormErrors(errors)));
    let beside = json!({"hours": "Say how many.", "at": "And this."});
    assert_eq!(answered, json!({"response_action": "errors", "errors": beside}));

    let next = body(&respond(&inbound, &Reply::NextForm(small_form())));
    assert_eq!(next["response_action"], "update");
    assert_eq!(next["view"]["private_metadata"], "submit.interest 0 P-142");
    assert_eq!(render::lint(&next["view"], render::Surface::Modal), vec![]);

    let said = body(&respond(&inbound, &Reply::Private(Card::saying("Sent to Ole."))));
    assert_eq!(said["view"]["submit"], Value::Null);
    assert_eq!(respond(&inbound, &Reply::Nothing), Response::default());
}

#[test]
fn typing_is_answered_with_choices() {
    let choices = vec![Choice::new("Rust", "Rust"), Choice::new("Rugby & more", "Rugby")];
    let answered = body(&respond(&read("block_suggestion.json"), &Reply::Choices(choices)));
    assert_eq!(
        answered["options"][1],
        json!({"text": {"type": "plain_text", "text": "Rugby & more"}, "value": "Rugby"})
    );
    assert_eq!(body(&respond(&read("block_suggestion.json"), &Reply::Private(card()))), json!({"options": []}));
}

#[test]
fn a_form_comes_back_as_what_it_was() {
    let view: Value = serde_json::from_slice(&render::form(&small_form())).unwrap();
    let mut submission: Value = serde_json::from_str(&fixture("view_submission.json")).unwrap();
    let element = &view["blocks"][0]["element"];
    submission["view"]["private_metadata"] = view["private_metadata"].clone();
    submission["view"]["state"]["values"] =
        json!({"note": {element["action_id"].as_str().unwrap(): {"type": element["type"], "value": "Hello"}}});
    let Ok(Parsed::Inbound(inbound)) = deliver(&submission) else { panic!("not read") };
    let InboundKind::Submit { action, values, .. } = inbound.kind else { panic!("not a submission") };
    assert_eq!((action, values.one("note")), (small_form().action, "Hello"));
}
