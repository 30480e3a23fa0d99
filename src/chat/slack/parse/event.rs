//! The Events API: what happened in the workspace without anybody asking us.

use super::{
    Parsed, markup, place,
    workspace::{self, named},
};
use crate::{
    chat::slack::Rejected,
    message::{
        Address, Inbound, InboundKind, Platform,
        inbound::{Handle, Place, Profile, Spot},
    },
};
use serde_json::Value;

/// The events that are read, as the manifest subscribes to them.
pub const SUBSCRIBED: [&str; 8] = [
    "app_home_opened",
    "app_mention",
    "app_uninstalled",
    "member_joined_channel",
    "message.im",
    "team_join",
    "tokens_revoked",
    "user_change",
];

pub fn parse(envelope: &Value) -> Result<Parsed, Rejected> {
    match envelope["type"].as_str() {
        Some("url_verification") => {
            envelope["challenge"].as_str().map(|text| Parsed::Challenge(text.to_owned())).ok_or(Rejected::Malformed)
        }
        Some("event_callback") => callback(envelope),
        _ => Ok(Parsed::Ignored),
    }
}

/// What one kind of event says: who, where, what, and where a private answer goes.
#[derive(Default)]
struct Read {
    actor: Option<String>,
    place: Option<Place>,
    kind: Option<InboundKind>,
    spot: Option<Spot>,
}

fn callback(envelope: &Value) -> Result<Parsed, Rejected> {
    let event = &envelope["event"];
    let name = event["type"].as_str().ok_or(Rejected::Malformed)?;
    let Some(tenant) = workspace::tenant(envelope) else { return Ok(Parsed::Ignored) };
    let read = match name {
        "app_home_opened" => home_opened(event),
        "message" => said(event),
        "app_mention" => mentioned(envelope),
        "member_joined_channel" => joined(envelope),
        "team_join" | "user_change" => person_changed(event, &tenant),
        "app_uninstalled" => Read { kind: Some(InboundKind::InstallationEnded), ..Read::default() },
        "tokens_revoked" => tokens_revoked(event),
        _ => Read::default(),
    };
    let Some(kind) = read.kind else { return Ok(Parsed::Ignored) };
    let home = ["user_team", "source_team", "team"].into_iter().map(|name| &event[name]).find(|home| !home.is_null());
    Ok(Parsed::Inbound(Box::new(Inbound {
        key: named(&envelope["event_id"]).map(|id| format!("event:{id}")),
        platform: Platform::Slack,
        is_stranger: home.is_some_and(|home| workspace::is_stranger(envelope, &tenant, home)),
        tenant,
        actor: read.actor.map(|user| Address::new(Platform::Slack, user)),
        place: read.place,
        kind,
        handle: Handle { spot: read.spot, ..Handle::default() },
    })))
}

fn home_opened(event: &Value) -> Read {
    let actor = named(&event["user"]).map(str::to_owned);
    let is_home = event["tab"] == "home" && actor.is_some();
    Read { actor, kind: is_home.then_some(InboundKind::HomeOpened), ..Read::default() }
}

/// Only what a person wrote to us alone. Our own messages, those of other programs, and everything with a subtype
/// (edits, files, joins) are not something said to us.
fn said(event: &Value) -> Read {
    let is_from_program = ["bot_id", "app_id", "subtype", "bot_profile"].iter().any(|field| !event[*field].is_null());
    if event["channel_type"] != "im" || is_from_program {
        return Read::default();
    }
    let (Some(user), Some(channel)) = (named(&event["user"]), named(&event["channel"])) else {
        return Read::default();
    };
    let thread = named(&event["thread_ts"]).map(str::to_owned);
    let text = markup::to_plain(event["text"].as_str().unwrap_or_default()).trim().to_owned();
    Read {
        actor: Some(user.to_owned()),
        place: Some(Place { conversation: channel.to_owned(), is_direct: true, name: None }),
        spot: Some(Spot { conversation: channel.to_owned(), thread: thread.clone(), only_for: user.to_owned() }),
        kind: Some(InboundKind::Said { text, is_mention: false, thread }),
    }
}

/// A mention in a channel; whatever is answered in private is shown to the asker alone.
fn mentioned(envelope: &Value) -> Read {
    let event = &envelope["event"];
    let (Some(user), Some(channel)) = (named(&event["user"]), named(&event["channel"])) else {
        return Read::default();
    };
    if !event["bot_id"].is_null() {
        return Read::default();
    }
    let words = markup::to_plain(event["text"].as_str().unwrap_or_default());
    let us = named(&envelope["authorizations"][0]["user_id"]);
    let text = match us {
        Some(us) => markup::without_mention(&words, us),
        None => after_first_mention(&words).to_owned(),
    };
    let within = named(&event["thread_ts"]).map(str::to_owned);
    let thread = within.clone().or_else(|| named(&event["ts"]).map(str::to_owned));
    Read {
        actor: Some(user.to_owned()),
        place: Some(place(channel.to_owned(), None)),
        spot: Some(Spot { conversation: channel.to_owned(), thread: within, only_for: user.to_owned() }),
        kind: Some(InboundKind::Said { text, is_mention: true, thread }),
    }
}

fn after_first_mention(words: &str) -> &str {
    let words = words.trim();
    words.strip_prefix("<@").and_then(|rest| rest.split_once('>')).map_or(words, |(_, rest)| rest.trim())
}

fn joined(envelope: &Value) -> Read {
    let event = &envelope["event"];
    let (Some(user), Some(channel)) = (named(&event["user"]), named(&event["channel"])) else {
        return Read::default();
    };
    let is_us = named(&envelope["authorizations"][0]["user_id"]) == Some(user);
    let inviter = named(&event["inviter"]);
    let told = if is_us { inviter } else { Some(user) };
    Read {
        // That we are somewhere is told by the workspace: we did not do it.
        actor: (!is_us).then(|| user.to_owned()),
        place: Some(place(channel.to_owned(), None)),
        spot: told.map(|told| Spot { conversation: channel.to_owned(), thread: None, only_for: told.to_owned() }),
        kind: Some(InboundKind::Joined {
            is_us,
            inviter: inviter.map(|inviter| Address::new(Platform::Slack, inviter)),
        }),
    }
}

fn person_changed(event: &Value, tenant: &str) -> Read {
    let kind = profile(&event["user"], Some(tenant)).map(InboundKind::PersonChanged);
    Read { kind, ..Read::default() }
}

/// Only the bot's own credentials are the installation; a member's are not ours.
fn tokens_revoked(event: &Value) -> Read {
    let is_ours = event["tokens"]["bot"].as_array().is_some_and(|bots| !bots.is_empty());
    Read { kind: is_ours.then_some(InboundKind::InstallationEnded), ..Read::default() }
}

/// A user object, as in events and in `users.info`.
pub fn profile(user: &Value, tenant: Option<&str>) -> Option<Profile> {
    let id = named(&user["id"])?;
    let told = &user["profile"];
    let name = [&told["real_name"], &user["real_name"], &told["display_name"], &user["name"]];
    let is_set = |field: &str| user[field] == true;
    let is_elsewhere = match (tenant, named(&user["team_id"])) {
        (Some(tenant), Some(home)) => {
            let enterprise = &user["enterprise_user"];
            let is_colleague = enterprise["teams"].as_array().is_some_and(|teams| teams.iter().any(|id| id == tenant))
                || enterprise["enterprise_id"] == tenant;
            home != tenant && !is_colleague
        }
        _ => false,
    };
    Some(Profile {
        user: id.to_owned(),
        name: name.into_iter().find_map(named).unwrap_or(id).to_owned(),
        email: named(&told["email"]).map(str::to_owned),
        zone: named(&user["tz"]).map(str::to_owned),
        locale: named(&user["locale"]).map(str::to_owned),
        is_active: !is_set("deleted"),
        is_bot: is_set("is_bot") || id == "USLACKBOT",
        is_stranger: is_elsewhere || is_set("is_restricted") || is_set("is_ultra_restricted") || is_set("is_stranger"),
    })
}
