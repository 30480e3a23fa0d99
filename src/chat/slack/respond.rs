//! What goes into the acknowledgement. Slack waits three seconds for it and people wait for Slack, so nothing here
//! touches the network; what has no place in it follows through `Chat::answer`.

use super::render::{self, Message, json};
use crate::message::{Card, Form, Inbound, InboundKind, InboundKind as Kind, Reply};
use serde::Serialize;
use serde_json::json;
use std::collections::BTreeMap;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Response {
    /// JSON; nothing is an empty body. Always with status 200.
    pub body: Option<Vec<u8>>,
    /// The reply, or the rest of it, is told by `Chat::answer` right after the acknowledgement.
    pub then: bool,
}

/// The acknowledgement of `inbound` that tells `reply`.
#[must_use]
pub fn respond(inbound: &Inbound, reply: &Reply) -> Response {
    match (&inbound.kind, reply) {
        (_, Reply::Nothing) => Response::default(),
        (Kind::Command { .. }, Reply::Private(card) | Reply::Replace(card)) => acknowledged(card, Audience::Asker),
        (Kind::Command { .. }, Reply::Share(card)) => acknowledged(card, Audience::Everybody),
        (Kind::Lookup { .. }, Reply::Choices(choices)) => now(render::options(choices)),
        (Kind::Lookup { .. }, _) => now(render::options(&[])),
        (Kind::Submit { .. }, reply) => submitted(inbound, reply),
        (_, Reply::FormErrors(_) | Reply::Choices(_)) => Response::default(),
        _ => Response { body: None, then: true },
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    Asker,
    Everybody,
}

/// Slack is not to look for names, addresses and previews in what we write.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Quiet {
    parse: &'static str,
    link_names: bool,
    unfurl_links: bool,
    unfurl_media: bool,
}

pub const QUIET: Quiet = Quiet { parse: "none", link_names: false, unfurl_links: false, unfurl_media: false };

#[derive(Serialize)]
struct Head {
    response_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    replace_original: Option<bool>,
    #[serde(flatten)]
    quiet: Quiet,
}

/// A message for the asker or the channel that is not durable: in an acknowledgement, or to a `response_url`.
pub fn told(message: &Message, audience: Audience, replace_original: Option<bool>) -> Vec<u8> {
    let response_type = match audience {
        Audience::Asker => "ephemeral",
        Audience::Everybody => "in_channel",
    };
    message.body(&Head { response_type, replace_original, quiet: QUIET })
}

fn acknowledged(card: &Card, audience: Audience) -> Response {
    let messages = render::messages(card);
    let Some(first) = messages.first() else { return Response::default() };
    Response { body: Some(told(first, audience, None)), then: messages.len() > 1 }
}

fn submitted(inbound: &Inbound, reply: &Reply) -> Response {
    match reply {
        Reply::FormErrors(errors) => {
            let errors = beside_fields(&inbound.kind, errors);
            now(json!({ "response_action": "errors", "errors": errors }).to_string().into())
        }
        Reply::OpenForm(form) | Reply::NextForm(form) | Reply::UpdateForm(form) => next(form),
        Reply::Private(card) | Reply::Replace(card) | Reply::Share(card) => next(&Form::saying(card.clone())),
        Reply::Nothing | Reply::Choices(_) => Response::default(),
    }
}

fn next(form: &Form) -> Response {
    now(json::with(&json!({ "response_action": "update" }), "view", &render::form(form)))
}

/// Slack shows an error only beside a field of the form; one about anything else stands beside the first.
fn beside_fields<'a>(kind: &'a InboundKind, errors: &'a [(String, String)]) -> BTreeMap<&'a str, String> {
    let mut beside: BTreeMap<&str, String> = BTreeMap::new();
    let Kind::Submit { values, .. } = kind else { return beside };
    for (field, sentence) in errors {
        let known = values.0.keys().find(|name| *name == field).or_else(|| values.0.keys().next());
        let all = beside.entry(known.unwrap_or(field)).or_default();
        if !all.is_empty() {
            all.push(' ');
        }
        all.push_str(&render::text::plain(sentence));
    }
    beside
}

fn now(body: Vec<u8>) -> Response {
    Response { body: Some(body), then: false }
}
