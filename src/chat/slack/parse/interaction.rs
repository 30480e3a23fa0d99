//! Presses, forms, shortcuts and typing: everything that comes as `payload`.

use super::{
    Parsed, markup, place,
    workspace::{self, named},
};
use crate::{
    chat::slack::render::view::SKILLS,
    message::{
        Action, Address, Inbound, InboundKind, MessageRef, Platform, Values,
        form::FormRef,
        inbound::{Handle, Place},
    },
};
use serde_json::Value;
use sha2::{Digest, Sha256};

pub const FIND_SHORTCUT: &str = "find_project";
pub const POST_SHORTCUT: &str = "post_project";
/// What marks a message of the outbox; its payload holds the delivery id.
pub const DELIVERY: &str = "trailmark_delivery";

/// Whatever does not say who did what where is of no concern to us.
pub fn parse(payload: &Value) -> Parsed {
    inbound(payload).map_or(Parsed::Ignored, |inbound| Parsed::Inbound(Box::new(inbound)))
}

fn inbound(payload: &Value) -> Option<Inbound> {
    let (key, kind) = match payload["type"].as_str()? {
        "block_actions" => block_actions(payload)?,
        "view_submission" => view_submission(payload)?,
        "view_closed" => view_closed(payload)?,
        "shortcut" => shortcut(payload)?,
        "message_action" => message_action(payload)?,
        "block_suggestion" => block_suggestion(payload)?,
        _ => return None,
    };
    let user = named(&payload["user"]["id"])?;
    let tenant = workspace::tenant(payload)?;
    Some(Inbound {
        key,
        platform: Platform::Slack,
        is_stranger: workspace::is_stranger(payload, &tenant, &payload["user"]["team_id"]),
        tenant,
        actor: Some(Address::new(Platform::Slack, user)),
        place: channel(payload),
        kind,
        handle: Handle {
            trigger: named(&payload["trigger_id"]).map(str::to_owned),
            response_url: named(&payload["response_url"]).map(str::to_owned),
            form: form_ref(&payload["view"]),
            is_form_read_only: payload["view"]["submit"].is_null(),
            ..Handle::default()
        },
    })
}

type Read = Option<(Option<String>, InboundKind)>;

fn block_actions(payload: &Value) -> Read {
    let pressed = &payload["actions"][0];
    let key = trigger_key(payload);
    if pressed["type"] != "button" {
        let view = &payload["view"];
        let kind = InboundKind::FormChanged { action: form_action(view)?, values: values(view), form: form_ref(view)? };
        return Some((key, kind));
    }
    let action = Action::decode(pressed["value"].as_str()?)?;
    let message = &payload["message"];
    let metadata = &message["metadata"];
    let delivery = named(&metadata["event_payload"]["id"])
        .filter(|_| metadata["event_type"] == DELIVERY)
        .map(|id| first_part(id).to_owned());
    let kind = InboundKind::Press { action, delivery, message: message_ref(payload) };
    Some((key, kind))
}

/// A long message continues in its thread as `<id>.2`, `<id>.3`; the delivery is the whole of it.
fn first_part(id: &str) -> &str {
    match id.rsplit_once('.') {
        Some((first, part)) if !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()) => first,
        _ => id,
    }
}

/// Ephemeral messages cannot be addressed later.
fn message_ref(payload: &Value) -> Option<MessageRef> {
    let container = &payload["container"];
    if container["is_ephemeral"] == true || payload["message"]["is_ephemeral"] == true {
        return None;
    }
    let conversation = named(&payload["channel"]["id"]).or_else(|| named(&container["channel_id"]))?;
    let id = named(&payload["message"]["ts"]).or_else(|| named(&container["message_ts"]))?;
    Some(MessageRef { platform: Platform::Slack, conversation: conversation.to_owned(), id: id.to_owned() })
}

/// The hash changes only with the view, so a form that was corrected after an error would look like the same one again;
/// what was filled in is therefore part of the key.
fn view_submission(payload: &Value) -> Read {
    let view = &payload["view"];
    let form = form_ref(view)?;
    let filled = Sha256::digest(view["state"]["values"].to_string());
    let key = format!("submit:{}:{}:{}", form.id, form.revision, hex::encode(&filled[..8]));
    Some((Some(key), InboundKind::Submit { action: form_action(view)?, values: values(view), form }))
}

fn view_closed(payload: &Value) -> Read {
    let view = &payload["view"];
    let key = named(&view["id"]).map(|id| format!("closed:{id}"));
    Some((key, InboundKind::FormClosed { action: form_action(view)? }))
}

fn shortcut(payload: &Value) -> Read {
    (payload["callback_id"] == FIND_SHORTCUT).then(|| (trigger_key(payload), InboundKind::FindShortcut))
}

fn message_action(payload: &Value) -> Read {
    let words = markup::to_plain(payload["message"]["text"].as_str().unwrap_or_default()).into_owned();
    (payload["callback_id"] == POST_SHORTCUT).then(|| (trigger_key(payload), InboundKind::PostShortcut { words }))
}

fn block_suggestion(payload: &Value) -> Read {
    let source = payload["action_id"].as_str().filter(|source| *source == SKILLS)?.to_owned();
    let query = payload["value"].as_str().unwrap_or_default().to_owned();
    Some((None, InboundKind::Lookup { source, query }))
}

fn trigger_key(payload: &Value) -> Option<String> {
    named(&payload["trigger_id"]).map(|trigger| format!("trigger:{trigger}"))
}

fn channel(payload: &Value) -> Option<Place> {
    let channel = &payload["channel"];
    let name = named(&channel["name"]).map(str::to_owned);
    named(&channel["id"]).map(|id| place(id.to_owned(), name))
}

/// Only modals are forms; the Home tab is a view as well.
fn form_ref(view: &Value) -> Option<FormRef> {
    if view["type"] != "modal" {
        return None;
    }
    let revision = view["hash"].as_str().unwrap_or_default().to_owned();
    named(&view["id"]).map(|id| FormRef { platform: Platform::Slack, id: id.to_owned(), revision })
}

fn form_action(view: &Value) -> Option<Action> {
    Action::decode(view["private_metadata"].as_str()?)
}

/// Every field of the form is there, also where nothing is chosen.
fn values(view: &Value) -> Values {
    let mut all = Values::default();
    let fields = view["state"]["values"].as_object();
    for (field, elements) in fields.into_iter().flatten() {
        let chosen = elements.as_object().into_iter().flatten().flat_map(|(_, element)| chosen(element)).collect();
        all.0.insert(field.clone(), chosen);
    }
    all
}

fn chosen(element: &Value) -> Vec<String> {
    if let Some(options) = element["selected_options"].as_array() {
        return options.iter().filter_map(|option| option["value"].as_str()).map(str::to_owned).collect();
    }
    let single = [
        &element["value"],
        &element["selected_option"]["value"],
        &element["selected_date"],
        &element["selected_time"],
        &element["selected_user"],
    ];
    single.into_iter().find_map(named).map(str::to_owned).into_iter().collect()
}
