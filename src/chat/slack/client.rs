//! The Web API, thin: one attempt per call, and the truth about it.

use super::{
    fenced::{Fate, Fenced},
    parse,
    render::{self, Message, Surface, json},
    respond::{Audience, QUIET, Quiet, told},
};
use crate::{
    chat::outbound::{Forbidden, Outbound, System, is_this_machine},
    domain::Instant,
    message::{
        Card, Form, Home, MessageRef, Platform, Reply,
        inbound::{Handle, Profile, Spot},
    },
    ports::{Chat, SendError, Target},
};
use anyhow::{Context, ensure};
use reqwest::{
    RequestBuilder, Response, Url,
    dns::Resolve,
    header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderValue, RETRY_AFTER},
};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::{sync::Arc, time::Duration};

/// Waited where the platform does not say how long.
const UNSAID: Duration = Duration::from_secs(30);
/// Nobody means longer than this.
const LONGEST_WAIT: u64 = 3600;
/// Messages are looked for from this much earlier on.
const CLOCKS_DIFFER_BY: chrono::Duration = chrono::Duration::minutes(2);
const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");
/// The only host at which answers that follow are taken.
const HOOKS: &str = "https://hooks.slack.com/";
/// No answer is longer, a page of two hundred messages with everything in them included.
const LONGEST_ANSWER: usize = 8 << 20;
/// How many messages may follow to one `response_url`.
const FOLLOWING: usize = 5;

pub struct Settings {
    /// With a slash at its end: `https://slack.com/api/`.
    pub api_url: String,
    pub bot_token: SecretString,
    pub http_timeout: Duration,
    /// Also http, and loopback as the place of a `response_url`.
    pub allow_test_endpoints: bool,
}

/// The client of one installation.
pub struct Slack {
    out: Outbound,
    api: Url,
    hooks: Url,
    token: SecretString,
    allow_test_endpoints: bool,
}

impl std::fmt::Debug for Slack {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Slack").field("api", &self.api.as_str()).finish_non_exhaustive()
    }
}

/// Who we are, as `auth.test` says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    pub tenant: String,
    pub team: String,
    pub bot_user: String,
    pub bot: Option<String>,
    /// What the token may do.
    pub scopes: Vec<String>,
}

/// The methods this client calls and the bot scope each needs: what the manifest asks for follows from it.
pub const METHODS: [(&str, Option<&str>); 14] = [
    ("auth.test", None),
    ("chat.postEphemeral", Some("chat:write")),
    ("chat.postMessage", Some("chat:write")),
    ("chat.update", Some("chat:write")),
    // Only to find our own messages again when an answer was lost, wherever they went.
    ("conversations.history", Some("channels:history")),
    ("conversations.history", Some("groups:history")),
    ("conversations.history", Some("im:history")),
    ("conversations.open", Some("im:write")),
    ("conversations.replies", Some("im:history")),
    ("users.info", Some("users:read")),
    ("views.open", None),
    ("views.publish", None),
    ("views.push", None),
    ("views.update", None),
];

impl Slack {
    /// # Errors
    /// An address that is none, or one that is not allowed without `allow_test_endpoints`.
    pub fn new(settings: Settings) -> anyhow::Result<Slack> {
        Slack::looking_up(settings, Arc::new(System))
    }

    /// The same, with somebody else to ask for the addresses of names.
    ///
    /// # Errors
    /// As of [`Slack::new`].
    pub fn looking_up(settings: Settings, lookup: Arc<dyn Resolve>) -> anyhow::Result<Slack> {
        let api = Url::parse(&settings.api_url).context("slack.api_url is no address")?;
        let is_fine = api.scheme() == "https" || (settings.allow_test_endpoints && api.scheme() == "http");
        ensure!(is_fine && api.has_host(), "slack.api_url must begin with https://");
        ensure!(api.path().ends_with('/'), "slack.api_url must end with /");
        ensure!(api.username().is_empty() && api.password().is_none(), "slack.api_url must hold no credentials");
        let hooks = Url::parse(HOOKS).context("an address written here is valid")?;
        let out = Outbound::new(&[&api, &hooks], settings.http_timeout, settings.allow_test_endpoints, lookup)?;
        Ok(Slack { out, api, hooks, token: settings.bot_token, allow_test_endpoints: settings.allow_test_endpoints })
    }

    /// Whether the token is good, and whose it is.
    ///
    /// # Errors
    /// As of every call.
    pub async fn auth_test(&self) -> Result<Identity, SendError> {
        let request = self.method("auth.test")?.json(&json!({}));
        let (answer, scopes) = outcome(request, Expected::Json).await?;
        let text = |name: &str| answer[name].as_str().map(str::to_owned);
        Ok(Identity {
            tenant: text("team_id").or_else(|| text("enterprise_id")).unwrap_or_default(),
            team: text("team").unwrap_or_default(),
            bot_user: text("user_id").unwrap_or_default(),
            bot: text("bot_id"),
            scopes,
        })
    }

    /// The only place where the token is attached, and only for the API's own address.
    fn method(&self, name: &str) -> Result<RequestBuilder, SendError> {
        let url = self.api.join(name).map_err(|_| SendError::Refused("bad_method".to_owned()))?;
        if url.origin() != self.api.origin() {
            return Err(SendError::Refused("bad_method".to_owned()));
        }
        let request = self.out.post(url).map_err(|Forbidden| SendError::Refused("address_refused".to_owned()))?;
        Ok(request.bearer_auth(self.token.expose_secret()))
    }

    async fn call(&self, method: &str, body: Vec<u8>) -> Result<Value, SendError> {
        let request = self.method(method)?.header(CONTENT_TYPE, JSON).body(body);
        Ok(outcome(request, Expected::Json).await?.0)
    }

    async fn post(&self, post: &Post<'_>, message: &Message) -> Result<Value, SendError> {
        let body = message.body(post);
        fits(&body, Surface::Message)?;
        self.call(post.method(), body).await
    }

    /// The same, unless it is `until` before the first byte could be written.
    async fn post_until(
        &self,
        post: &Post<'_>,
        message: &Message,
        until: std::time::Instant,
    ) -> Result<Value, SendError> {
        let body = message.body(post);
        fits(&body, Surface::Message)?;
        let (body, fate) = Fenced::new(body, until);
        let length = body.length();
        let request = self.method(post.method())?.header(CONTENT_TYPE, JSON).header(CONTENT_LENGTH, length);
        let answer = outcome(request.body(reqwest::Body::wrap(body)), Expected::Json).await;
        match answer {
            Ok((answer, _)) => Ok(answer),
            // Whatever broke: what was never handed over cannot arrive.
            Err(SendError::Ambiguous(reason)) => Err(match fate.get() {
                Fate::Handed => SendError::Ambiguous(reason),
                Fate::Held => SendError::Unreachable(reason),
                Fate::Late => SendError::TooLate,
            }),
            Err(error) => Err(error),
        }
    }

    /// On top of the form that is open already, where there is one.
    async fn open_form(&self, handle: &Handle, form: &Form) -> Result<(), SendError> {
        let method = if handle.form.is_some() { "views.push" } else { "views.open" };
        let trigger = handle.trigger.as_deref().ok_or_else(|| SendError::Refused("no_trigger".to_owned()))?;
        let view = render::form(form);
        fits(&view, Surface::Modal)?;
        self.call(method, json::with(&json!({ "trigger_id": trigger }), "view", &view)).await.map(drop)
    }

    async fn update_form(&self, handle: &Handle, form: &Form) -> Result<(), SendError> {
        let Some(open) = &handle.form else { return self.open_form(handle, form).await };
        let view = render::form(form);
        fits(&view, Surface::Modal)?;
        let mut head = json!({ "view_id": open.id });
        if !open.revision.is_empty() {
            head["hash"] = json!(open.revision);
        }
        self.call("views.update", json::with(&head, "view", &view)).await.map(drop)
    }

    /// To whoever asked: beside the message, else as a form that only says something, else in the conversation.
    async fn tell(&self, handle: &Handle, card: &Card, audience: Audience, replaces: bool) -> Result<(), SendError> {
        if let Some(url) = &handle.response_url {
            return self.follow(url, handle.is_told_at_once, card, audience, replaces).await;
        }
        let form = || Form::saying(card.clone());
        if handle.form.is_some() && (replaces || handle.is_form_read_only) {
            return self.update_form(handle, &form()).await;
        }
        if handle.trigger.is_some() {
            return self.open_form(handle, &form()).await;
        }
        let Some(spot) = &handle.spot else { return Err(SendError::Refused("nowhere_to_answer".to_owned())) };
        for message in &render::messages(card) {
            self.post(&Post::ephemeral(spot), message).await?;
        }
        Ok(())
    }

    async fn follow(
        &self,
        url: &str,
        is_told_at_once: bool,
        card: &Card,
        audience: Audience,
        replaces: bool,
    ) -> Result<(), SendError> {
        let url = self.response_url(url)?;
        let post = || self.out.post(url.clone()).map_err(|Forbidden| refused_response_url());
        let messages = render::messages(card);
        for (at, message) in messages.iter().enumerate().skip(usize::from(is_told_at_once)).take(FOLLOWING) {
            let replaces = replaces && at == 0 && !is_told_at_once;
            let body = told(message, audience, Some(replaces));
            fits(&body, Surface::Message)?;
            let request = post()?.header(CONTENT_TYPE, JSON).body(body);
            outcome(request, Expected::Anything).await?;
        }
        Ok(())
    }

    /// Nobody who could slip an address into a payload gets our words sent there.
    fn response_url(&self, url: &str) -> Result<Url, SendError> {
        let url = Url::parse(url).map_err(|_| refused_response_url())?;
        let is_loopback = self.allow_test_endpoints && is_this_machine(&url);
        if url.origin() == self.hooks.origin() || is_loopback { Ok(url) } else { Err(refused_response_url()) }
    }
}

fn refused_response_url() -> SendError {
    SendError::Refused("response_url_refused".to_owned())
}

#[async_trait::async_trait]
impl Chat for Slack {
    fn platform(&self) -> Platform {
        Platform::Slack
    }

    async fn open_direct(&self, user: &str) -> Result<String, SendError> {
        let answer = self.call("conversations.open", json!({ "users": user }).to_string().into()).await?;
        answer["channel"]["id"].as_str().map(str::to_owned).ok_or_else(|| unread("conversations.open"))
    }

    /// A card longer than a message continues in the first one's thread. What is told is the fate of the first: were the
    /// rest to decide, the first would be sent twice.
    async fn send(
        &self,
        to: &Target,
        card: &Card,
        delivery: &str,
        until: std::time::Instant,
    ) -> Result<MessageRef, SendError> {
        let messages = render::messages(card);
        let mut sent: Option<MessageRef> = None;
        for (at, message) in messages.iter().enumerate() {
            let id = if at == 0 { delivery.to_owned() } else { format!("{delivery}.{}", at + 1) };
            let thread = to.thread.as_deref().or(sent.as_ref().map(|first| first.id.as_str()));
            let post = Post::durable(&to.conversation, thread, &id);
            let answer = match &sent {
                None => self.post_until(&post, message, until).await,
                Some(_) => self.post(&post, message).await,
            };
            match (&sent, answer) {
                (None, answer) => {
                    let answer = answer?;
                    let place = answer["ts"].as_str().filter(|ts| !ts.is_empty());
                    let id = place.ok_or_else(|| unread("chat.postMessage"))?.to_owned();
                    let conversation = answer["channel"].as_str().unwrap_or(&to.conversation).to_owned();
                    sent = Some(MessageRef { platform: Platform::Slack, conversation, id });
                }
                (Some(_), Ok(_)) => {}
                (Some(_), Err(error)) => {
                    tracing::warn!(delivery, part = at + 1, %error, "the rest of a long message was not sent");
                    break;
                }
            }
        }
        sent.ok_or_else(|| SendError::Refused("no_text".to_owned()))
    }

    /// Reads the conversation from its newest message back to `since`; a thread from its beginning. The newest page is read
    /// in any case: their clock is not ours.
    async fn look_for(&self, to: &Target, delivery: &str, since: Instant) -> Result<Option<MessageRef>, SendError> {
        let method = if to.thread.is_some() { "conversations.replies" } else { "conversations.history" };
        let oldest = (since - CLOCKS_DIFFER_BY).timestamp();
        let mut cursor = String::new();
        loop {
            let mut form = vec![
                ("channel", to.conversation.as_str()),
                ("include_all_metadata", "true"),
                ("inclusive", "true"),
                ("limit", "200"),
            ];
            form.extend(to.thread.as_deref().map(|thread| ("ts", thread)));
            if !cursor.is_empty() {
                form.push(("cursor", &cursor));
            }
            let (answer, _) = outcome(self.method(method)?.form(&form), Expected::Json).await?;
            let messages = answer["messages"].as_array().ok_or_else(|| unread(method))?;
            let is_ours = |message: &&Value| message["metadata"]["event_payload"]["id"].as_str() == Some(delivery);
            if let Some(ts) = messages.iter().find(is_ours).and_then(|message| message["ts"].as_str()) {
                return Ok(Some(MessageRef {
                    platform: Platform::Slack,
                    conversation: to.conversation.clone(),
                    id: ts.to_owned(),
                }));
            }
            let seconds = |message: &Value| message["ts"].as_str()?.split('.').next()?.parse::<i64>().ok();
            let is_past = to.thread.is_none() && messages.last().and_then(seconds).is_some_and(|last| last < oldest);
            match answer["response_metadata"]["next_cursor"].as_str() {
                Some(next) if !next.is_empty() && !is_past && next != cursor => cursor = next.to_owned(),
                // There is more, and no way to it: what was not read was not looked at.
                _ if answer["has_more"] == true && !is_past => return Err(unread(method)),
                _ => return Ok(None),
            }
        }
    }

    /// Only the first message of a card that needs several: the others have no address of their own.
    async fn update(&self, message: &MessageRef, card: &Card) -> Result<(), SendError> {
        let messages = render::messages(card);
        let Some(first) = messages.first() else { return Err(SendError::Refused("no_text".to_owned())) };
        self.post(&Post::update(message), first).await.map(drop)
    }

    async fn publish_home(&self, user: &str, home: &Home) -> Result<(), SendError> {
        let view = render::home(home);
        fits(&view, Surface::Home)?;
        self.call("views.publish", json::with(&json!({ "user_id": user }), "view", &view)).await.map(drop)
    }

    async fn answer(&self, handle: &Handle, reply: &Reply) -> Result<(), SendError> {
        match reply {
            Reply::Nothing | Reply::FormErrors(_) | Reply::Choices(_) => Ok(()),
            Reply::Private(card) => self.tell(handle, card, Audience::Asker, false).await,
            Reply::Replace(card) => self.tell(handle, card, Audience::Asker, true).await,
            Reply::Share(card) => self.tell(handle, card, Audience::Everybody, false).await,
            Reply::OpenForm(form) => self.open_form(handle, form).await,
            Reply::NextForm(form) | Reply::UpdateForm(form) => self.update_form(handle, form).await,
        }
    }

    async fn profile(&self, user: &str) -> Result<Profile, SendError> {
        let request = self.method("users.info")?.form(&[("user", user), ("include_locale", "true")]);
        let (answer, _) = outcome(request, Expected::Json).await?;
        parse::profile(&answer["user"], None).ok_or_else(|| unread("users.info"))
    }

    async fn check(&self) -> Result<(), SendError> {
        self.auth_test().await.map(drop)
    }
}

/// What `chat.postMessage`, `chat.postEphemeral` and `chat.update` take beside the message.
#[derive(Serialize)]
struct Post<'a> {
    channel: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    thread_ts: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ts: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<&'a str>,
    #[serde(flatten)]
    quiet: Quiet,
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_msg_id: Option<String>,
}

impl<'a> Post<'a> {
    fn new(channel: &'a str) -> Post<'a> {
        Post { channel, thread_ts: None, ts: None, user: None, quiet: QUIET, metadata: None, client_msg_id: None }
    }

    /// `client_msg_id` is no documented argument [U]: it costs nothing, and nothing relies on it.
    fn durable(channel: &'a str, thread_ts: Option<&'a str>, id: &str) -> Post<'a> {
        Post {
            thread_ts,
            metadata: Some(json!({ "event_type": parse::DELIVERY, "event_payload": { "id": id } })),
            client_msg_id: Some(uuid_of(id)),
            ..Post::new(channel)
        }
    }

    fn update(message: &'a MessageRef) -> Post<'a> {
        Post { ts: Some(&message.id), ..Post::new(&message.conversation) }
    }

    fn ephemeral(spot: &'a Spot) -> Post<'a> {
        Post { user: Some(&spot.only_for), thread_ts: spot.thread.as_deref(), ..Post::new(&spot.conversation) }
    }

    fn method(&self) -> &'static str {
        match (self.ts, self.user) {
            (Some(_), _) => "chat.update",
            (None, Some(_)) => "chat.postEphemeral",
            (None, None) => "chat.postMessage",
        }
    }
}

/// The same name for the same delivery, in the shape of a UUID.
fn uuid_of(id: &str) -> String {
    let mut bytes: [u8; 32] = Sha256::digest(id).into();
    bytes[6] = 0x80 | (bytes[6] & 0x0f);
    bytes[8] = 0x80 | (bytes[8] & 0x3f);
    let hex = hex::encode(&bytes[..16]);
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

/// Looks at what is about to be sent with the eyes of the platform: a bug of ours is named here, not guessed from there.
fn fits(body: &[u8], surface: Surface) -> Result<(), SendError> {
    let body = serde_json::from_slice(body).unwrap_or_default();
    match render::lint(&body, surface).into_iter().next() {
        None => Ok(()),
        Some(violation) => Err(SendError::Refused(format!("invalid_blocks {violation}"))),
    }
}

fn unread(method: &str) -> SendError {
    SendError::Ambiguous(format!("{method} answered something else"))
}

/// What a good answer looks like.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Expected {
    /// `{"ok": true, …}`
    Json,
    /// Any success; the body says nothing of use.
    Anything,
}

/// One attempt: the answer and the scopes it told, or the class of what went wrong.
async fn outcome(request: RequestBuilder, expected: Expected) -> Result<(Value, Vec<String>), SendError> {
    let answer = request.send().await.map_err(|error| failed(&error))?;
    let status = answer.status();
    let after = answer.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.trim().parse().ok());
    let after = after.map_or(UNSAID, |after: u64| Duration::from_secs(after.clamp(1, LONGEST_WAIT)));
    let scopes = answer.headers().get("x-oauth-scopes").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let scopes = scopes.split(',').map(str::trim).filter(|scope| !scope.is_empty()).map(str::to_owned).collect();
    if status == reqwest::StatusCode::TOO_MANY_REQUESTS {
        return Err(SendError::RateLimited(after));
    }
    if status.is_server_error() {
        return Err(SendError::Ambiguous(format!("http {}", status.as_u16())));
    }
    // Nobody who redirects us has done anything yet.
    if status.is_redirection() {
        return Err(SendError::Unreachable(format!("http {}", status.as_u16())));
    }
    if status.is_success() && expected == Expected::Anything {
        return Ok((Value::Null, scopes));
    }
    let body = read(answer).await?;
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    match body["error"].as_str() {
        Some(code) if body["ok"] != true => Err(classify(code, after)),
        _ if status.is_success() && body["ok"] == true => Ok((body, scopes)),
        _ if status.is_success() => Err(SendError::Ambiguous("the answer was no answer".to_owned())),
        _ => Err(SendError::Refused(format!("http {}", status.as_u16()))),
    }
}

/// The answer, of a bounded length.
async fn read(mut answer: Response) -> Result<Vec<u8>, SendError> {
    let mut body = Vec::new();
    loop {
        match answer.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() <= LONGEST_ANSWER => body.extend_from_slice(&chunk),
            Ok(Some(_)) => return Err(SendError::Ambiguous("the answer was too long".to_owned())),
            Ok(None) => return Ok(body),
            Err(_) => return Err(SendError::Ambiguous("the answer broke off".to_owned())),
        }
    }
}

/// Before the request was written nothing can have happened; after that, anything.
fn failed(error: &reqwest::Error) -> SendError {
    if error.is_builder() || error.is_connect() {
        SendError::Unreachable("no connection".to_owned())
    } else if error.is_timeout() {
        SendError::Ambiguous("timeout".to_owned())
    } else {
        SendError::Ambiguous("the connection broke off".to_owned())
    }
}

/// What the platform's error code means for the message. An unknown one is final, and told as it is.
fn classify(code: &str, after: Duration) -> SendError {
    let told = || {
        let is_plain = |letter: &char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-' | '.' | ':');
        let told = code.chars().filter(is_plain).take(64).collect::<String>();
        if told.is_empty() { "unnamed_error".to_owned() } else { told }
    };
    match code {
        "ratelimited" | "rate_limited" | "message_limit_exceeded" => SendError::RateLimited(after),
        "service_unavailable" | "team_added_to_org" | "org_login_required" | "accesslimited" => {
            SendError::NotSent(told())
        }
        "internal_error" | "fatal_error" | "request_timeout" => SendError::Ambiguous(told()),
        // `token_expired` needs a new token, and there is nobody here who could ask for one.
        "invalid_auth"
        | "account_inactive"
        | "token_revoked"
        | "not_authed"
        | "team_access_not_granted"
        | "token_expired" => SendError::InstallationDead(told()),
        _ => SendError::Refused(told()),
    }
}
