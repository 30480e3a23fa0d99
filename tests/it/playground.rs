//! The simulated workspace, against a small app of its own: nothing of the real server is used here.

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use trailmark::playground::company::sample_company;
use trailmark::playground::{self, Fault, Options, Playground, TimeMachine, dm_of};

const SECRET: &str = "a secret of the tests";
const TOKEN: &str = "xoxb-playground";
pub const ANA: &str = "U0ANA";
const PRIYA: &str = "U0PRIYA";

/// A clock that stands still until it is told to move.
struct Still(Mutex<DateTime<Utc>>);

#[async_trait::async_trait]
impl TimeMachine for Still {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap()
    }

    async fn jump(&self, to: DateTime<Utc>) -> anyhow::Result<()> {
        *self.0.lock().unwrap() = to;
        Ok(())
    }
}

/// What the app was sent: the decoded form, its `payload`, or the JSON of an event.
pub type Heard = Arc<Mutex<Vec<Value>>>;
type Replies = Arc<dyn Fn(&Value) -> Value + Send + Sync>;

#[derive(Clone)]
struct App {
    heard: Heard,
    reply: Replies,
}

async fn hear(State(app): State<App>, headers: HeaderMap, body: Bytes) -> Response {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(b"v0:");
    mac.update(header("x-slack-request-timestamp").as_bytes());
    mac.update(b":");
    mac.update(&body);
    if header("x-slack-signature") != format!("v0={}", hex::encode(mac.finalize().into_bytes())) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let sent: Value = if header("content-type") == "application/json" {
        serde_json::from_slice(&body).unwrap()
    } else {
        let form: serde_json::Map<String, Value> =
            form_urlencoded::parse(&body).map(|(name, value)| (name.into_owned(), value.into_owned().into())).collect();
        match form.get("payload").and_then(Value::as_str) {
            Some(payload) => serde_json::from_str(payload).unwrap(),
            None => Value::Object(form),
        }
    };
    let reply = (app.reply)(&sent);
    app.heard.lock().unwrap().push(sent);
    if reply.is_null() { StatusCode::OK.into_response() } else { axum::Json(reply).into_response() }
}

/// A workspace of the sample company and an app that answers with `reply`.
pub async fn workspace(reply: impl Fn(&Value) -> Value + Send + Sync + 'static) -> (Playground, Heard) {
    let heard = Heard::default();
    let app = App { heard: Arc::clone(&heard), reply: Arc::new(reply) };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new().route("/slack/events", post(hear)).with_state(app);
    tokio::spawn(async move { axum::serve(listener, router).await });
    let company = sample_company("2026-03-02".parse().unwrap());
    let options = Options {
        listen: "127.0.0.1:0".parse().unwrap(),
        events_url: format!("http://{address}/slack/events"),
        signing_secret: SECRET.into(),
        bot_token: TOKEN.into(),
        clock: Arc::new(Still(Mutex::new("2026-03-02T09:00:00Z".parse().unwrap()))),
        people: company.people,
        channels: company.channels,
    };
    (playground::start(options).await.unwrap(), heard)
}

async fn quiet_workspace() -> Playground {
    workspace(|_| Value::Null).await.0
}

/// Calls the Web API as an app does.
pub async fn call(playground: &Playground, method: &str, args: Value) -> Value {
    try_call(playground, method, &args).await.unwrap().json().await.unwrap()
}

async fn try_call(playground: &Playground, method: &str, args: &Value) -> reqwest::Result<reqwest::Response> {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = format!("{}{method}", playground.api_url());
    client.post(url).bearer_auth(TOKEN).json(args).send().await
}

pub fn plain(text: &str) -> Value {
    json!({"type": "plain_text", "text": text})
}

pub fn button(id: &str, label: &str) -> Value {
    json!({"type": "button", "action_id": id, "text": plain(label), "value": id})
}

fn actions(buttons: &[Value]) -> Value {
    json!([{"type": "actions", "block_id": "row", "elements": buttons}])
}

fn modal() -> Value {
    json!({"type": "modal", "callback_id": "interest", "private_metadata": "P-101", "title": plain("Interest"),
        "submit": plain("Send"), "notify_on_close": true, "blocks": [
        {"type": "input", "block_id": "note", "label": plain("A line to the owner"), "optional": true,
            "element": {"type": "plain_text_input", "action_id": "text", "initial_value": "Hello"}},
        {"type": "input", "block_id": "kind", "label": plain("How much"), "element": {"type": "static_select",
            "action_id": "choice", "options": [{"text": plain("A little"), "value": "little"}]}},
        {"type": "input", "block_id": "skills", "label": plain("Skills"), "optional": true, "element":
            {"type": "multi_external_select", "action_id": "skills", "min_query_length": 1}}]})
}

#[tokio::test]
async fn a_slash_command_arrives_signed_and_its_answer_is_seen_by_the_asker_alone() {
    let (playground, heard) = workspace(|_| json!({"text": "Five projects"})).await;
    let answer = playground.command(ANA, "C0DATA", "/projects", "rust & co").await.unwrap();
    assert_eq!(answer.status, 200);
    let sent = heard.lock().unwrap()[0].clone();
    for (name, value) in [
        ("command", "/projects"),
        ("text", "rust & co"),
        ("user_id", ANA),
        ("channel_id", "C0DATA"),
        ("team_id", playground::TEAM),
    ] {
        assert_eq!(sent[name], value, "{name}");
    }
    assert_eq!(playground.ephemerals(ANA, "C0DATA")[0].text, "Five projects");
    assert!(playground.messages("C0DATA").is_empty());
    assert!(playground.ephemerals(PRIYA, "C0DATA").is_empty());
}

#[tokio::test]
async fn a_bent_request_is_told_apart() {
    let playground = quiet_workspace().await;
    let mut request = playground.signed("application/json", json!({"type": "url_verification"}).to_string());
    request.body.push(' ');
    assert_eq!(playground.send_raw(request).await.unwrap().status, 401);
}

#[tokio::test]
async fn calls_need_the_token() {
    let playground = quiet_workspace().await;
    let url = format!("{}auth.test", playground.api_url());
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let without: Value = client.post(&url).send().await.unwrap().json().await.unwrap();
    let wrong: Value = client.post(&url).bearer_auth("xoxb-other").send().await.unwrap().json().await.unwrap();
    assert_eq!((&without["error"], &wrong["error"]), (&json!("not_authed"), &json!("invalid_auth")));
    assert_eq!(call(&playground, "auth.test", json!({})).await["team_id"], playground::TEAM);
}

#[tokio::test]
async fn the_payload_of_metadata_is_hidden_unless_asked_for() {
    let playground = quiet_workspace().await;
    let opened = call(&playground, "conversations.open", json!({"users": ANA})).await;
    let id = opened["channel"]["id"].as_str().unwrap();
    assert_eq!(id, dm_of(ANA));
    let metadata = json!({"event_type": "trailmark_delivery", "event_payload": {"id": "abc"}});
    call(&playground, "chat.postMessage", json!({"channel": id, "text": "Hello", "metadata": metadata})).await;
    let shown = call(&playground, "conversations.history", json!({"channel": id})).await;
    assert_eq!(shown["messages"][0]["metadata"], json!({"event_type": "trailmark_delivery"}));
    let all = call(&playground, "conversations.history", json!({"channel": id, "include_all_metadata": true})).await;
    assert_eq!(all["messages"][0]["metadata"], metadata);
}

#[tokio::test]
async fn history_turns_its_pages_and_respects_its_bounds() {
    let playground = quiet_workspace().await;
    let mut stamps = Vec::new();
    for number in 0..5 {
        let posted = call(&playground, "chat.postMessage", json!({"channel": ANA, "text": number.to_string()})).await;
        stamps.push(posted["ts"].as_str().unwrap().to_owned());
    }
    let channel = dm_of(ANA);
    let texts = |page: &Value| -> Vec<String> {
        page["messages"].as_array().unwrap().iter().map(|each| each["text"].as_str().unwrap().to_owned()).collect()
    };
    let first = call(&playground, "conversations.history", json!({"channel": channel, "limit": 3})).await;
    assert_eq!(texts(&first), ["4", "3", "2"]);
    let cursor = &first["response_metadata"]["next_cursor"];
    let second =
        call(&playground, "conversations.history", json!({"channel": channel, "limit": 3, "cursor": cursor})).await;
    assert_eq!((texts(&second), &second["has_more"]), (vec!["1".into(), "0".into()], &json!(false)));
    let after = call(&playground, "conversations.history", json!({"channel": channel, "oldest": stamps[3]})).await;
    assert_eq!(texts(&after), ["4"]);
    let from = json!({"channel": channel, "oldest": stamps[3], "inclusive": true});
    assert_eq!(texts(&call(&playground, "conversations.history", from).await), ["4", "3"]);
}

#[tokio::test]
async fn what_the_platform_would_refuse_is_refused_and_recorded() {
    let (playground, _) =
        workspace(|_| json!({"text": "x", "blocks": actions(&[button("a", "A"), button("a", "B")])})).await;
    let blocks = json!([{"type": "section", "text": plain(&"x".repeat(3001))}]);
    let refused = call(&playground, "chat.postMessage", json!({"channel": ANA, "text": "x", "blocks": blocks})).await;
    assert_eq!(refused["error"], "invalid_blocks");
    assert!(refused["response_metadata"]["messages"][0].as_str().unwrap().contains("/blocks/0/text/text"));
    playground.command(ANA, "C0DATA", "/mobility", "").await.unwrap();
    let places: Vec<String> = playground.violations().into_iter().map(|each| each.place).collect();
    assert_eq!(places, ["chat.postMessage", "/mobility"]);
    assert!(playground.ephemerals(ANA, "C0DATA").is_empty(), "what is refused is not shown");
}

#[tokio::test]
async fn a_channel_is_written_to_only_after_an_invitation() {
    let (playground, heard) = workspace(|_| Value::Null).await;
    let post = json!({"channel": "C0DATA", "text": "Hello"});
    assert_eq!(call(&playground, "chat.postMessage", post.clone()).await["error"], "not_in_channel");
    playground.invite_bot(PRIYA, "C0DATA").await.unwrap();
    assert_eq!(heard.lock().unwrap()[0]["event"]["inviter"], PRIYA);
    assert_eq!(call(&playground, "chat.postMessage", post).await["ok"], true);
}

#[tokio::test]
async fn only_our_own_messages_can_be_changed() {
    let playground = quiet_workspace().await;
    let ts = playground.say(ANA, &dm_of(ANA), "Mine").unwrap();
    let edit = |ts: &str| json!({"channel": dm_of(ANA), "ts": ts, "text": "Changed"});
    assert_eq!(call(&playground, "chat.update", edit(&ts)).await["error"], "cant_update_message");
    let shown = json!({"channel": ANA, "text": "Ours", "blocks": actions(&[button("a", "Yes")])});
    let posted = call(&playground, "chat.postMessage", shown).await;
    call(&playground, "chat.update", edit(posted["ts"].as_str().unwrap())).await;
    let message = playground.messages_to(ANA).remove(0);
    assert_eq!((message.words(), message.buttons()), ("Changed".to_owned(), Vec::new()), "text alone removes blocks");
}

#[tokio::test]
async fn a_press_carries_the_message_with_its_metadata() {
    let (playground, heard) = workspace(|_| Value::Null).await;
    let metadata = json!({"event_type": "trailmark_delivery", "event_payload": {"id": "abc"}});
    let blocks = actions(&[button("first", "Yes"), button("second", "Yes"), button("third", "No")]);
    call(&playground, "chat.postMessage", json!({"channel": ANA, "text": "Q", "blocks": blocks, "metadata": metadata}))
        .await;
    playground.press_nth(ANA, &dm_of(ANA), "Yes", 1).await.unwrap();
    let sent = heard.lock().unwrap()[0].clone();
    assert_eq!((&sent["type"], &sent["actions"][0]["action_id"]), (&json!("block_actions"), &json!("second")));
    assert_eq!(sent["message"]["metadata"], metadata);
    assert_eq!(sent["container"]["channel_id"], dm_of(ANA));
    assert!(playground.press(ANA, &dm_of(ANA), "Perhaps").await.is_err(), "no such button");
}

#[tokio::test]
async fn a_trigger_opens_one_modal_and_no_second() {
    let (playground, heard) = workspace(|_| Value::Null).await;
    playground.command(ANA, "C0DATA", "/mobility", "interested P-101").await.unwrap();
    let trigger = heard.lock().unwrap()[0]["trigger_id"].clone();
    let open = json!({"trigger_id": trigger, "view": modal()});
    assert_eq!(call(&playground, "views.open", open.clone()).await["ok"], true);
    assert_eq!(call(&playground, "views.open", open).await["error"], "exchanged_trigger_id");
    let made_up = json!({"trigger_id": "1.2.3", "view": modal()});
    assert_eq!(call(&playground, "views.open", made_up).await["error"], "invalid_trigger_id");
}

#[tokio::test]
async fn a_trigger_opens_nothing_after_three_seconds() {
    let (playground, heard) = workspace(|_| Value::Null).await;
    for (late, outcome) in [(1, Value::Null), (3, json!("expired_trigger_id"))] {
        playground.command(ANA, "C0DATA", "/mobility", "interested P-101").await.unwrap();
        let trigger = heard.lock().unwrap().last().unwrap()["trigger_id"].clone();
        playground.fail_next("views.open", Fault::Late(Duration::from_secs(late)));
        let opened = call(&playground, "views.open", json!({"trigger_id": trigger, "view": modal()})).await;
        assert_eq!(opened["error"], outcome, "{late} seconds late");
        assert_eq!(playground.modal(ANA).is_some(), outcome.is_null());
        let _ = playground.close_all(ANA).await;
    }
}

async fn with_open_modal(reply: impl Fn(&Value) -> Value + Send + Sync + 'static) -> (Playground, Heard) {
    let (playground, heard) = workspace(reply).await;
    playground.command(ANA, "C0DATA", "/mobility", "").await.unwrap();
    let trigger = heard.lock().unwrap()[0]["trigger_id"].clone();
    call(&playground, "views.open", json!({"trigger_id": trigger, "view": modal()})).await;
    (playground, heard)
}

#[tokio::test]
async fn a_modal_shows_errors_and_then_closes() {
    let (playground, heard) =
        with_open_modal(|sent| match sent["view"]["state"]["values"]["note"]["text"]["value"].as_str() {
            Some("bad") => json!({"response_action": "errors", "errors": {"note": "Say it more kindly."}}),
            _ => Value::Null,
        })
        .await;
    assert!(playground.submit(ANA, "modal", &json!({})).await.is_err(), "a field that must be filled in is empty");
    playground.submit(ANA, "modal", &json!({"How much": "little", "note": "bad"})).await.unwrap();
    assert_eq!(playground.modal_errors(ANA)["note"], "Say it more kindly.");
    playground.submit(ANA, "modal", &json!({"note": "good"})).await.unwrap();
    assert_eq!(playground.modal(ANA), None);
    let sent = heard.lock().unwrap().last().unwrap().clone();
    assert_eq!(sent["view"]["private_metadata"], "P-101");
    let choice = &sent["view"]["state"]["values"]["kind"]["choice"];
    assert_eq!(choice["selected_option"]["value"], "little", "filled in before, and still there");
}

#[tokio::test]
async fn a_typeahead_offers_what_can_then_be_chosen() {
    let (playground, heard) = with_open_modal(|sent| match sent["type"].as_str() {
        Some("block_suggestion") => json!({"options": [{"text": plain("Rust"), "value": "skill-7"}]}),
        _ => Value::Null,
    })
    .await;
    let answer = playground.suggest(ANA, "modal", "skills", "ru").await.unwrap();
    assert_eq!(answer.body["options"][0]["text"]["text"], "Rust");
    assert_eq!(heard.lock().unwrap().last().unwrap()["value"], "ru");
    playground.submit(ANA, "modal", &json!({"skills": ["skill-7"], "kind": "little"})).await.unwrap();
    let sent = heard.lock().unwrap().last().unwrap().clone();
    let chosen = &sent["view"]["state"]["values"]["skills"]["skills"]["selected_options"][0];
    assert_eq!(chosen["text"]["text"], "Rust");
}

#[tokio::test]
async fn a_cancelled_modal_is_told_to_the_app() {
    let (playground, heard) = with_open_modal(|_| Value::Null).await;
    assert!(playground.close(ANA).await.unwrap().is_some());
    assert_eq!(heard.lock().unwrap().last().unwrap()["type"], "view_closed");
    assert_eq!(playground.modal(ANA), None);
}

#[tokio::test]
async fn a_home_is_replaced_only_by_who_has_seen_the_newest() {
    let (playground, heard) = workspace(|_| Value::Null).await;
    let home =
        |hash: Value| json!({"user_id": ANA, "hash": hash, "view": {"type": "home", "blocks": [{"type": "divider"}]}});
    let first = call(&playground, "views.publish", home(Value::Null)).await;
    call(&playground, "views.publish", home(first["view"]["hash"].clone())).await;
    let stale = call(&playground, "views.publish", home(first["view"]["hash"].clone())).await;
    assert_eq!(stale["error"], "hash_conflict");
    playground.open_home(ANA).await.unwrap();
    let sent = heard.lock().unwrap()[0].clone();
    assert_eq!((&sent["event"]["type"], &sent["event"]["view"]["type"]), (&json!("app_home_opened"), &json!("home")));
}

#[tokio::test]
async fn a_response_url_works_five_times_and_half_an_hour() {
    let (playground, heard) = workspace(|_| Value::Null).await;
    playground.command(ANA, "C0DATA", "/mobility", "").await.unwrap();
    playground.command(ANA, "C0DATA", "/mobility", "").await.unwrap();
    let url = |index: usize| heard.lock().unwrap()[index]["response_url"].as_str().unwrap().to_owned();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    for use_number in 1..=6 {
        let answer = client.post(url(0)).json(&json!({"text": use_number.to_string()})).send().await.unwrap();
        assert_eq!(answer.status().is_success(), use_number <= 5, "use {use_number}");
    }
    assert_eq!(playground.ephemerals(ANA, "C0DATA").len(), 5);
    let (clock, machine) = (playground.now(), playground.time_machine());
    machine.jump(clock + TimeDelta::minutes(31)).await.unwrap();
    let late = client.post(url(1)).json(&json!({"text": "late"})).send().await.unwrap();
    assert_eq!(late.json::<Value>().await.unwrap()["error"], "expired_url");
}

#[tokio::test]
async fn faults_do_what_they_say() {
    let playground = quiet_workspace().await;
    let post = json!({"channel": ANA, "text": "Hello"});
    let landed = || playground.messages_to(ANA).len();

    playground.fail_next("chat.postMessage", Fault::RateLimited(7));
    let limited = try_call(&playground, "chat.postMessage", &post).await.unwrap();
    assert_eq!((limited.status().as_u16(), limited.headers()["retry-after"].to_str().unwrap()), (429, "7"));
    playground.fail_next("chat.postMessage", Fault::Error("fatal_error".into()));
    assert_eq!(call(&playground, "chat.postMessage", post.clone()).await["error"], "fatal_error");
    assert_eq!(landed(), 0);

    playground.fail_next("chat.postMessage", Fault::AcceptThenDrop);
    assert!(try_call(&playground, "chat.postMessage", &post).await.is_err(), "no answer");
    assert_eq!(landed(), 1);

    for accepted in [false, true] {
        playground.fail_next("chat.postMessage", Fault::ServerError { accepted });
        let broken = try_call(&playground, "chat.postMessage", &post).await.unwrap();
        assert_eq!((broken.status().as_u16(), landed()), (500, 1 + usize::from(accepted)));
    }

    playground.fail_next("chat.postMessage", Fault::LateLanding(Duration::from_millis(50)));
    assert!(try_call(&playground, "chat.postMessage", &post).await.is_err(), "no answer");
    let late = playground.wait_for(|seen| (seen.messages_to(ANA).len() == 3).then_some(())).await;
    assert_eq!(late, Some(()));
    assert_eq!(playground.calls_of("chat.postMessage").len(), 6, "every call is recorded");
}

#[tokio::test]
async fn people_are_told_with_zone_and_locale() {
    let playground = quiet_workspace().await;
    let shown = call(&playground, "users.info", json!({"user": "U0DANTE", "include_locale": true})).await;
    let user = &shown["user"];
    assert_eq!((&user["tz"], &user["locale"]), (&json!("America/New_York"), &json!("en-GB")));
    assert_eq!(user["profile"]["email"], "dante.ruiz@lindwerk.example");
    let found = call(&playground, "users.lookupByEmail", json!({"email": "Dante.Ruiz@lindwerk.example"})).await;
    assert_eq!(found["user"]["id"], "U0DANTE");
    assert_eq!(call(&playground, "users.info", json!({"user": "U0NOBODY"})).await["error"], "user_not_found");
    playground.deactivate("U0DANTE");
    assert_eq!(call(&playground, "conversations.open", json!({"users": "U0DANTE"})).await["error"], "user_disabled");
}
