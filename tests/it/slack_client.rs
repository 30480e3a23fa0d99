//! The Web API client against a server that does what it is told: every class of error, and what is never sent where.

use serde_json::{Value, json};
use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};
use trailmark::{
    chat::slack::{Settings, Slack, client::METHODS, render},
    message::{
        Action, Address, Block, Button, Card, Form, Home, MessageRef, Platform, Reply, Span, Text, Verb,
        form::FormRef,
        inbound::{Handle, Spot},
    },
    ports::{Chat, SendError, Target},
};

fn soon() -> std::time::Instant {
    std::time::Instant::now() + Duration::from_secs(10)
}

/// What the server does with the next request; afterwards it says `{"ok": true}`.
enum Act {
    Answer(u16, &'static str, Value),
    /// Reads all of it and closes.
    Drop,
    /// Reads all of it and says nothing.
    Hang,
}

#[derive(Clone, Debug)]
struct Seen {
    path: String,
    token: Option<String>,
    kind: String,
    body: Value,
}

#[derive(Default)]
struct Script {
    acts: VecDeque<Act>,
    seen: Vec<Seen>,
}

struct Server {
    at: SocketAddr,
    script: Arc<Mutex<Script>>,
}

impl Server {
    async fn doing(acts: Vec<Act>) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        let script = Arc::new(Mutex::new(Script { acts: acts.into(), seen: Vec::new() }));
        let shared = script.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, shared.clone()));
            }
        });
        Server { at, script }
    }

    fn slack(&self) -> Slack {
        Slack::new(settings(&format!("http://{}/api/", self.at), true)).unwrap()
    }

    fn seen(&self) -> Vec<Seen> {
        self.script.lock().unwrap().seen.clone()
    }

    fn hook(&self) -> Handle {
        Handle { response_url: Some(format!("http://{}/hook", self.at)), ..Handle::default() }
    }
}

fn settings(api_url: &str, allow_test_endpoints: bool) -> Settings {
    Settings {
        api_url: api_url.to_owned(),
        bot_token: "xoxb-very-secret".to_owned().into(),
        http_timeout: Duration::from_millis(400),
        allow_test_endpoints,
    }
}

async fn serve(stream: TcpStream, script: Arc<Mutex<Script>>) {
    let mut stream = BufReader::new(stream);
    loop {
        let mut head = Vec::new();
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line).await.unwrap_or(0) == 0 {
                return;
            }
            if line == "\r\n" {
                break;
            }
            head.push(line.trim_end().to_owned());
        }
        let header = |name: &str| {
            let of = |line: &String| line.split_once(": ").map(|(key, value)| (key.to_lowercase(), value.to_owned()));
            head.iter().filter_map(of).find(|(key, _)| key == name).map(|(_, value)| value)
        };
        let mut body = vec![0; header("content-length").map_or(0, |length| length.parse().unwrap())];
        stream.read_exact(&mut body).await.unwrap();
        let text = String::from_utf8(body).unwrap();
        let act = {
            let mut script = script.lock().unwrap();
            script.seen.push(Seen {
                path: head[0].split(' ').nth(1).unwrap().to_owned(),
                token: header("authorization"),
                kind: header("content-type").unwrap_or_default(),
                body: serde_json::from_str(&text).unwrap_or(Value::String(text)),
            });
            script.acts.pop_front()
        };
        let (status, headers, body) = match act {
            Some(Act::Drop) => return,
            Some(Act::Hang) => std::future::pending().await,
            Some(Act::Answer(status, headers, body)) => (status, headers, body),
            None => (200, "", json!({"ok": true, "ts": "17.1", "channel": "D1"})),
        };
        let body = body.to_string();
        let length = body.len();
        let answer = format!("HTTP/1.1 {status} X\r\n{headers}Content-Length: {length}\r\n\r\n{body}");
        stream.write_all(answer.as_bytes()).await.unwrap();
    }
}

fn target() -> Target {
    Target { conversation: "D1".into(), thread: None }
}

fn card() -> Card {
    Card::new("Hello").text("Hello <!channel>").buttons(vec![Button::run("Show", "show P-1")])
}

fn form() -> Form {
    let action = Action::new(Verb::SubmitPost, "P-1");
    Form { title: "Post".into(), submit: "Next".into(), action, intro: vec![], fields: vec![], outro: vec![] }
}

async fn fate(act: Act) -> Result<MessageRef, SendError> {
    let server = Server::doing(vec![act]).await;
    let fate = server.slack().send(&target(), &card(), "d1", soon()).await;
    assert_eq!(server.seen().len(), 1, "one attempt per call");
    fate
}

async fn refused(code: &'static str) -> SendError {
    fate(Act::Answer(200, "", json!({"ok": false, "error": code}))).await.unwrap_err()
}

#[tokio::test]
async fn a_message_carries_its_delivery_and_nothing_that_would_be_made_live() {
    let server = Server::doing(vec![]).await;
    let sent = server.slack().send(&target(), &card(), "d41f8c", soon()).await.unwrap();
    assert_eq!(sent, MessageRef { platform: Platform::Slack, conversation: "D1".into(), id: "17.1".into() });
    let seen = &server.seen()[0];
    assert_eq!(seen.path, "/api/chat.postMessage");
    assert_eq!(seen.token.as_deref(), Some("Bearer xoxb-very-secret"));
    assert!(seen.kind.starts_with("application/json"));
    let body = &seen.body;
    let metadata = json!({"event_type": "trailmark_delivery", "event_payload": {"id": "d41f8c"}});
    assert_eq!((&body["channel"], &body["metadata"]), (&json!("D1"), &metadata));
    assert_eq!((&body["parse"], &body["link_names"]), (&json!("none"), &json!(false)));
    assert_eq!((&body["unfurl_links"], &body["unfurl_media"]), (&json!(false), &json!(false)));
    assert_eq!(body["text"], "Hello &lt;!channel&gt;\n[Show]");
    assert_eq!(body["client_msg_id"].as_str().unwrap().len(), 36);

    server.slack().send(&target(), &card(), "d41f8c", soon()).await.unwrap();
    assert_eq!(server.seen()[1].body["client_msg_id"], body["client_msg_id"]);
    server.slack().send(&target(), &card(), "other", soon()).await.unwrap();
    assert_ne!(server.seen()[2].body["client_msg_id"], body["client_msg_id"]);
}

#[tokio::test]
async fn a_long_message_goes_on_in_its_own_thread() {
    let long = Card::new("News").text("word ".repeat(5000));
    let server = Server::doing(vec![]).await;
    server.slack().send(&target(), &long, "d1", soon()).await.unwrap();
    let seen = server.seen();
    assert_eq!(seen.len(), 3);
    for (at, id) in ["d1", "d1.2", "d1.3"].iter().enumerate() {
        assert_eq!(seen[at].body["metadata"]["event_payload"]["id"], *id);
        assert_eq!(seen[at].body["thread_ts"], if at == 0 { Value::Null } else { json!("17.1") });
    }

    let broken = Server::doing(vec![
        Act::Answer(200, "", json!({"ok": true, "ts": "5.5", "channel": "D1"})),
        Act::Answer(200, "", json!({"ok": false, "error": "fatal_error"})),
    ])
    .await;
    assert_eq!(broken.slack().send(&target(), &long, "d1", soon()).await.unwrap().id, "5.5");
    assert_eq!(broken.seen().len(), 2);
}

#[tokio::test]
async fn every_code_is_told_as_what_it_means() {
    for code in ["ratelimited", "rate_limited", "message_limit_exceeded"] {
        assert_eq!(refused(code).await, SendError::RateLimited(Duration::from_secs(30)), "{code}");
    }
    for code in ["service_unavailable", "team_added_to_org", "org_login_required", "accesslimited"] {
        assert_eq!(refused(code).await, SendError::NotSent(code.into()));
    }
    for code in ["internal_error", "fatal_error", "request_timeout"] {
        assert_eq!(refused(code).await, SendError::Ambiguous(code.into()));
    }
    for code in ["invalid_auth", "account_inactive", "token_revoked", "not_authed", "team_access_not_granted"] {
        assert_eq!(refused(code).await, SendError::InstallationDead(code.into()));
    }
    for code in ["channel_not_found", "is_archived", "not_in_channel", "missing_scope", "invalid_blocks", "brand_new"] {
        assert_eq!(refused(code).await, SendError::Refused(code.into()));
    }
    assert_eq!(refused("what <did> you\nsay").await, SendError::Refused("whatdidyousay".into()));
}

#[tokio::test]
async fn every_status_is_told_as_what_it_means() {
    let limited = fate(Act::Answer(429, "Retry-After: 7\r\n", json!({"ok": false}))).await;
    assert_eq!(limited, Err(SendError::RateLimited(Duration::from_secs(7))));
    let unsaid = fate(Act::Answer(429, "", json!({}))).await;
    assert_eq!(unsaid, Err(SendError::RateLimited(Duration::from_secs(30))));
    for status in [500, 502, 503] {
        assert!(matches!(fate(Act::Answer(status, "", json!({}))).await, Err(SendError::Ambiguous(_))), "{status}");
    }
    assert!(matches!(fate(Act::Answer(200, "", json!("hello"))).await, Err(SendError::Ambiguous(_))));
    assert!(matches!(fate(Act::Answer(404, "", json!("hello"))).await, Err(SendError::Refused(_))));
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let server = Server::doing(vec![Act::Answer(302, "Location: /elsewhere\r\n", json!({}))]).await;
    assert!(matches!(server.slack().send(&target(), &card(), "d1", soon()).await, Err(SendError::Unreachable(_))));
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn what_was_written_may_have_arrived_and_what_was_not_has_not() {
    assert!(matches!(fate(Act::Drop).await, Err(SendError::Ambiguous(_))));
    assert!(matches!(fate(Act::Hang).await, Err(SendError::Ambiguous(_))));
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let slack = Slack::new(settings(&format!("http://{closed}/api/"), true)).unwrap();
    assert!(matches!(slack.send(&target(), &card(), "d1", soon()).await, Err(SendError::Unreachable(_))));
}

#[tokio::test]
async fn the_other_calls_say_what_slack_expects() {
    let person = json!({"ok": true, "user": {"id": "U1", "real_name": "Maya", "tz": "Europe/Oslo", "locale": "nb-NO",
        "profile": {"email": "maya@velomill.example"}}});
    let server = Server::doing(vec![
        Act::Answer(200, "", json!({"ok": true, "channel": {"id": "D9"}})),
        Act::Answer(200, "", json!({"ok": true, "ts": "1.1"})),
        Act::Answer(200, "", json!({"ok": true})),
        Act::Answer(200, "", person),
        Act::Answer(
            200,
            "x-oauth-scopes: commands,chat:write\r\n",
            json!({"ok": true, "team_id": "T1", "team": "Velo", "user_id": "UBOT", "bot_id": "B1"}),
        ),
    ])
    .await;
    let slack = server.slack();
    assert_eq!(slack.open_direct("U1").await.unwrap(), "D9");
    let message = MessageRef { platform: Platform::Slack, conversation: "D9".into(), id: "1.1".into() };
    slack.update(&message, &card()).await.unwrap();
    slack.publish_home("U1", &Home { blocks: vec![Block::Text("Welcome".into())] }).await.unwrap();
    let profile = slack.profile("U1").await.unwrap();
    assert_eq!((profile.name.as_str(), profile.locale.as_deref()), ("Maya", Some("nb-NO")));
    let identity = slack.auth_test().await.unwrap();
    assert_eq!((identity.tenant.as_str(), identity.bot_user.as_str()), ("T1", "UBOT"));
    assert_eq!(identity.scopes, ["commands", "chat:write"]);
    let seen = server.seen();
    let paths: Vec<&str> = seen.iter().map(|seen| seen.path.strip_prefix("/api/").unwrap()).collect();
    assert_eq!(paths, ["conversations.open", "chat.update", "views.publish", "users.info", "auth.test"]);
    assert!(paths.iter().all(|path| METHODS.iter().any(|(method, _)| method == path)));
    assert_eq!((&seen[1].body["channel"], &seen[1].body["ts"]), (&json!("D9"), &json!("1.1")));
    assert_eq!(seen[1].body["metadata"], Value::Null);
    assert_eq!(seen[2].body["view"]["type"], "home");
    assert_eq!(seen[3].body, json!("user=U1&include_locale=true"));
}

#[tokio::test]
async fn an_answer_goes_where_the_question_came_from() {
    let server = Server::doing(vec![]).await;
    let slack = server.slack();
    let hook = server.hook();
    slack.answer(&hook, &Reply::Private(card())).await.unwrap();
    slack.answer(&hook, &Reply::Replace(card())).await.unwrap();
    slack.answer(&hook, &Reply::Share(card())).await.unwrap();
    let seen = server.seen();
    let told: Vec<_> =
        seen.iter().map(|seen| (seen.body["response_type"].clone(), seen.body["replace_original"].clone())).collect();
    let expected = [("ephemeral", false), ("ephemeral", true), ("in_channel", false)];
    assert_eq!(told, expected.map(|(kind, replaces)| (json!(kind), json!(replaces))));
    assert!(seen.iter().all(|seen| seen.path == "/hook" && seen.token.is_none()), "the token stays with the API");
}

#[tokio::test]
async fn only_the_rest_follows_an_acknowledgement() {
    let server = Server::doing(vec![]).await;
    let long = Card::new("News").text("word ".repeat(5000));
    let told = Handle { is_told_at_once: true, ..server.hook() };
    server.slack().answer(&told, &Reply::Private(long.clone())).await.unwrap();
    let messages = render::messages(&long);
    let texts: Vec<Value> = server.seen().iter().map(|seen| seen.body["blocks"].clone()).collect();
    let body = |message: &render::Message| serde_json::from_slice::<Value>(&message.body(&json!({}))).unwrap();
    let rest: Vec<Value> = messages[1..].iter().map(|message| body(message)["blocks"].clone()).collect();
    assert_eq!((texts.len(), texts), (2, rest));
}

#[tokio::test]
async fn forms_open_with_the_trigger_and_change_only_what_was_seen() {
    let server = Server::doing(vec![]).await;
    let slack = server.slack();
    let closed = Handle { trigger: Some("71.24".into()), ..Handle::default() };
    let open = FormRef { platform: Platform::Slack, id: "V1".into(), revision: "17.ab".into() };
    let in_form = Handle { form: Some(open), ..closed.clone() };
    slack.answer(&closed, &Reply::OpenForm(form())).await.unwrap();
    slack.answer(&in_form, &Reply::OpenForm(form())).await.unwrap();
    slack.answer(&in_form, &Reply::UpdateForm(form())).await.unwrap();
    slack.answer(&closed, &Reply::Private(card())).await.unwrap();
    slack.answer(&in_form, &Reply::Private(card())).await.unwrap();
    slack.answer(&in_form, &Reply::Replace(card())).await.unwrap();
    let read_only = Handle { is_form_read_only: true, ..in_form.clone() };
    slack.answer(&read_only, &Reply::Private(card())).await.unwrap();
    let seen = server.seen();
    let paths: Vec<&str> = seen.iter().map(|seen| seen.path.as_str()).collect();
    let methods = ["open", "push", "update", "open", "push", "update", "update"];
    assert_eq!(paths, methods.map(|method| format!("/api/views.{method}")));
    assert_eq!(seen[0].body["trigger_id"], "71.24");
    assert_eq!((&seen[2].body["view_id"], &seen[2].body["hash"]), (&json!("V1"), &json!("17.ab")));
    assert_eq!(seen[3].body["view"]["submit"], Value::Null);
    let nowhere = slack.answer(&Handle::default(), &Reply::Private(card())).await;
    assert!(matches!(nowhere, Err(SendError::Refused(_))));
}

#[tokio::test]
async fn words_are_answered_to_the_one_who_wrote_them() {
    let server = Server::doing(vec![]).await;
    let spot = Spot { conversation: "C1".into(), thread: Some("5.5".into()), only_for: "U1".into() };
    let handle = Handle { spot: Some(spot), ..Handle::default() };
    server.slack().answer(&handle, &Reply::Private(card())).await.unwrap();
    let seen = &server.seen()[0];
    assert_eq!(seen.path, "/api/chat.postEphemeral");
    assert_eq!((&seen.body["user"], &seen.body["thread_ts"]), (&json!("U1"), &json!("5.5")));
}

#[tokio::test]
async fn our_words_go_to_slack_and_nowhere_else() {
    let strict = Slack::new(settings("https://slack.com/api/", false)).unwrap();
    let lenient = Slack::new(settings("http://127.0.0.1:1/api/", true)).unwrap();
    for url in [
        "http://hooks.slack.com/x",
        "https://hooks.slack.com.evil.example/x",
        "https://evil.example/hooks.slack.com",
        "https://hooks.slack.com:8443/x",
        "https://user:password@hooks.slack.com/x",
        "https://169.254.169.254/latest",
        "file:///etc/passwd",
        "nonsense",
    ] {
        let handle = Handle { response_url: Some(url.into()), ..Handle::default() };
        for slack in [&strict, &lenient] {
            let refused = SendError::Refused("response_url_refused".into());
            assert_eq!(slack.answer(&handle, &Reply::Private(card())).await, Err(refused), "{url}");
        }
    }
    let loopback = Handle { response_url: Some("http://127.0.0.1:1/x".into()), ..Handle::default() };
    assert!(matches!(strict.answer(&loopback, &Reply::Private(card())).await, Err(SendError::Refused(_))));
    assert!(matches!(lenient.answer(&loopback, &Reply::Private(card())).await, Err(SendError::Unreachable(_))));
}

#[test]
fn a_client_is_only_made_for_an_address_that_is_safe_and_never_shows_its_token() {
    for url in ["http://slack.com/api/", "https://slack.com/api", "slack.com", "https://a:b@slack.com/api/", ""] {
        assert!(Slack::new(settings(url, false)).is_err(), "{url}");
    }
    let slack = Slack::new(settings("https://slack.com/api/", false)).unwrap();
    assert!(!format!("{slack:?}").contains("secret"));
}

#[tokio::test]
async fn a_mention_of_a_person_is_live_in_the_message_and_a_name_in_the_notification() {
    let server = Server::doing(vec![]).await;
    let maya = Span::Person { address: Address::new(Platform::Slack, "U07MAYA"), name: "Maya".into() };
    let card = Card::new("News").text(Text::new().span(maya).then(" is in"));
    server.slack().send(&target(), &card, "d1", soon()).await.unwrap();
    let body = &server.seen()[0].body;
    assert_eq!(body["blocks"][0]["text"]["text"], "<@U07MAYA> is in");
    assert_eq!(body["text"], "News\nMaya is in");
}

fn asked_for(seen: &Seen) -> std::collections::HashMap<String, String> {
    form_urlencoded::parse(seen.body.as_str().unwrap().as_bytes()).into_owned().collect()
}

fn page(ids: &[&str], next: &str) -> Act {
    let message = |id: &&str| json!({"ts": "1778580000.000100", "metadata": {"event_payload": {"id": id}}});
    let messages: Vec<Value> = ids.iter().map(message).collect();
    let more = !next.is_empty();
    Act::Answer(
        200,
        "",
        json!({"ok": true, "messages": messages, "has_more": more, "response_metadata": {"next_cursor": next}}),
    )
}

#[tokio::test]
async fn a_message_is_looked_for_on_every_page_with_its_metadata() {
    let server = Server::doing(vec![page(&["other"], "c2"), page(&["another", "d1"], "")]).await;
    let since = "2026-05-12T10:00:00Z".parse().unwrap();
    let found = server.slack().look_for(&target(), "d1", since).await.unwrap().unwrap();
    assert_eq!((found.conversation.as_str(), found.id.as_str()), ("D1", "1778580000.000100"));
    let seen = server.seen();
    assert_eq!(seen.iter().map(|seen| seen.path.as_str()).collect::<Vec<_>>(), ["/api/conversations.history"; 2]);
    assert!(
        seen.iter().all(|seen| asked_for(seen)["include_all_metadata"] == "true" && asked_for(seen)["channel"] == "D1")
    );
    assert_eq!(asked_for(&seen[1])["cursor"], "c2");
}

#[tokio::test]
async fn looking_ends_at_the_end_or_before_it_can_have_been_sent_and_what_could_not_be_read_is_no_answer() {
    let late = "2026-05-13T10:00:00Z".parse().unwrap();
    let early = "2026-05-12T10:00:00Z".parse().unwrap();
    let server = Server::doing(vec![page(&["other"], "c2")]).await;
    assert_eq!(server.slack().look_for(&target(), "d1", late).await, Ok(None), "older than the attempt");
    let server = Server::doing(vec![page(&["other"], "")]).await;
    assert_eq!(server.slack().look_for(&target(), "d1", early).await, Ok(None));
    let broken = json!({"ok": true, "messages": [], "has_more": true});
    for answer in [broken, json!({"ok": true}), json!([])] {
        let server = Server::doing(vec![Act::Answer(200, "", answer)]).await;
        assert!(matches!(server.slack().look_for(&target(), "d1", early).await, Err(SendError::Ambiguous(_))));
    }
    let thread = Target { thread: Some("17.1".into()), ..target() };
    let server = Server::doing(vec![page(&["d1"], "")]).await;
    assert!(server.slack().look_for(&thread, "d1", early).await.unwrap().is_some());
    assert_eq!(server.seen()[0].path, "/api/conversations.replies");
    assert_eq!(asked_for(&server.seen()[0])["ts"], "17.1");
}

#[tokio::test]
async fn nothing_is_written_once_it_is_too_late() {
    let server = Server::doing(vec![]).await;
    let late = std::time::Instant::now();
    assert_eq!(server.slack().send(&target(), &card(), "d1", late).await, Err(SendError::TooLate));
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn an_absurd_wait_is_cut_to_an_hour_and_a_senseless_one_read_as_half_a_minute() {
    for (header, seconds) in [("999999999999", 3600), ("-5", 30), ("soon", 30), ("7", 7)] {
        let headers = Box::leak(format!("Retry-After: {header}\r\n").into_boxed_str());
        let server = Server::doing(vec![Act::Answer(429, headers, json!({"ok": false}))]).await;
        let limited = SendError::RateLimited(Duration::from_secs(seconds));
        assert_eq!(server.slack().send(&target(), &card(), "d1", soon()).await, Err(limited), "{header}");
    }
}
