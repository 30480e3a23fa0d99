//! From Slack's payloads to [`Inbound`]. Tolerant by design: fields and types are added at any time, so whatever is
//! unknown is [`Parsed::Ignored`]; only what cannot be Slack's at all is malformed.
//!
//! Slash commands are read straight from the form, because they are what people wait for.

mod event;
mod interaction;
mod markup;
mod workspace;

pub use event::{SUBSCRIBED, profile};
pub use interaction::{DELIVERY, FIND_SHORTCUT, POST_SHORTCUT};

use super::Rejected;
use crate::message::{
    Address, Inbound, InboundKind, Platform,
    inbound::{Handle, Place},
};
use serde_json::Value;
use std::borrow::Cow;

#[derive(Clone, Debug, PartialEq)]
pub enum Parsed {
    /// Slack checks our certificate: answer 200, do nothing.
    SslCheck,
    /// The endpoint is being set up: answer 200 with this as plain text.
    Challenge(String),
    Inbound(Box<Inbound>),
    /// Nothing to do: answer 200.
    Ignored,
}

/// # Errors
/// [`Rejected::Malformed`] for what Slack cannot have meant.
pub fn parse(content_type: Option<&[u8]>, body: &[u8]) -> Result<Parsed, Rejected> {
    match format(content_type) {
        Some(Format::Form) => form(body),
        Some(Format::Json) => event::parse(&object(body)?),
        None => Err(Rejected::Malformed),
    }
}

/// The one request that Slack sends unsigned. Exact, so that nothing else slips through with it.
#[must_use]
pub fn is_ssl_check(content_type: Option<&[u8]>, body: &[u8]) -> bool {
    format(content_type) == Some(Format::Form)
        && body.len() < 1000
        && form_urlencoded::parse(body).any(|(name, value)| name == "ssl_check" && value == "1")
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Format {
    Form,
    Json,
}

fn format(content_type: Option<&[u8]>) -> Option<Format> {
    let kind = content_type?.split(|byte| *byte == b';').next()?.trim_ascii();
    if kind.eq_ignore_ascii_case(b"application/x-www-form-urlencoded") {
        Some(Format::Form)
    } else if kind.eq_ignore_ascii_case(b"application/json") {
        Some(Format::Json)
    } else {
        None
    }
}

fn object(json: &[u8]) -> Result<Value, Rejected> {
    let is_something = |value: &Value| value.as_object().is_some_and(|fields| !fields.is_empty());
    serde_json::from_slice(json).ok().filter(is_something).ok_or(Rejected::Malformed)
}

fn form(body: &[u8]) -> Result<Parsed, Rejected> {
    let mut slash = Slash::default();
    for (name, value) in form_urlencoded::parse(body) {
        let field = match &*name {
            "payload" => return Ok(interaction::parse(&object(value.as_bytes())?)),
            "ssl_check" if value == "1" => return Ok(Parsed::SslCheck),
            "command" => &mut slash.command,
            "text" => &mut slash.text,
            "team_id" => &mut slash.team,
            "enterprise_id" => &mut slash.enterprise,
            "user_id" => &mut slash.user,
            "channel_id" => &mut slash.channel,
            "channel_name" => &mut slash.channel_name,
            "response_url" => &mut slash.response_url,
            "trigger_id" => &mut slash.trigger,
            _ => continue,
        };
        *field = value;
    }
    slash.inbound()
}

#[derive(Default)]
struct Slash<'a> {
    command: Cow<'a, str>,
    text: Cow<'a, str>,
    team: Cow<'a, str>,
    enterprise: Cow<'a, str>,
    user: Cow<'a, str>,
    channel: Cow<'a, str>,
    channel_name: Cow<'a, str>,
    response_url: Cow<'a, str>,
    trigger: Cow<'a, str>,
}

impl Slash<'_> {
    fn inbound(self) -> Result<Parsed, Rejected> {
        let tenant = some(self.team).or_else(|| some(self.enterprise));
        let (Some(tenant), Some(user), true) = (tenant, some(self.user), self.command.starts_with('/')) else {
            return Err(Rejected::Malformed);
        };
        let words = markup::to_plain(self.text.trim());
        let text = if self.command == "/projects" && !starts_with_find(&words) {
            format!("find {words}").trim_end().to_owned()
        } else {
            words.into_owned()
        };
        let name = some(self.channel_name);
        let trigger = some(self.trigger);
        Ok(Parsed::Inbound(Box::new(Inbound {
            key: trigger.as_ref().map(|trigger| format!("slash:{trigger}")),
            platform: Platform::Slack,
            tenant,
            actor: Some(Address::new(Platform::Slack, user)),
            // The form does not tell the person's home workspace; whoever answers compares `tenant` and the profile.
            is_stranger: false,
            place: some(self.channel).map(|id| place(id, name)),
            kind: InboundKind::Command { text },
            handle: Handle {
                trigger,
                response_url: some(self.response_url),
                is_told_at_once: true,
                ..Handle::default()
            },
        })))
    }
}

/// `/projects find rust` means what it says, not a search for the word "find".
fn starts_with_find(words: &str) -> bool {
    words.split_whitespace().next().is_some_and(|word| word.eq_ignore_ascii_case("find"))
}

fn some(text: Cow<'_, str>) -> Option<String> {
    (!text.is_empty()).then(|| text.into_owned())
}

/// One-to-one conversations have ids with `D`. [U] A command typed in the conversation of two other people looks the
/// same, so a place that is direct is private, but not always with us.
fn place(conversation: String, name: Option<String>) -> Place {
    let is_direct = conversation.starts_with('D');
    let is_telling = |name: &String| !is_direct && name != "privategroup" && !name.starts_with("mpdm-");
    Place { is_direct, name: name.filter(is_telling), conversation }
}
