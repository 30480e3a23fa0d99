//! Messages of the Web API.

use super::limits::check_message;
use super::web_api::{ApiError, Args, Outcome, paged};
use super::workspace::{APP, BOT, BOT_USER, SimMessage, State, TEAM, dm_of};
use super::{Playground, blocks};
use serde_json::{Value, json};

/// The message a call describes, not yet in the conversation.
struct Draft {
    text: String,
    blocks: Value,
    metadata: Option<Value>,
}

fn draft(args: &Args, state: &mut State, longest_text: usize) -> Result<Draft, ApiError> {
    let blocks = args.get("blocks").cloned().unwrap_or_else(|| json!([]));
    let text = args.text("text").to_owned();
    if text.is_empty() && blocks.as_array().is_none_or(Vec::is_empty) {
        return Err("no_text".into());
    }
    if text.chars().count() > longest_text {
        let told = format!("[ERROR] text has {} characters, at most {longest_text}", text.chars().count());
        return Err(ApiError { code: "msg_too_long".into(), messages: vec![told] });
    }
    let blocks = accepted_blocks(state, blocks).map_err(|(code, messages)| ApiError { code: code.into(), messages })?;
    let metadata = args.get("metadata").cloned();
    if let Some(data) = &metadata {
        let is_shaped = data.get("event_type").is_some_and(Value::is_string);
        if !is_shaped || !data.get("event_payload").is_some_and(Value::is_object) {
            return Err("invalid_metadata_format".into());
        }
        if data.to_string().len() > 8000 {
            return Err("metadata_too_large".into());
        }
    }
    Ok(Draft { text, blocks, metadata })
}

/// Blocks as the platform keeps them, or why it does not.
pub(super) fn accepted_blocks(state: &mut State, mut given: Value) -> Result<Value, (&'static str, Vec<String>)> {
    check_message(&given)?;
    blocks::fill_ids(&mut given, || state.next_id("b"));
    Ok(given)
}

/// The conversation that `channel` means, where we may write.
fn writable(state: &mut State, channel: &str) -> Result<String, ApiError> {
    let id = if state.person(channel).is_some() { dm_of(channel) } else { channel.to_owned() };
    if state.conversation(&id).is_none() {
        return Err("channel_not_found".into());
    }
    if !state.is_member(BOT_USER, &id) {
        return Err("not_in_channel".into());
    }
    Ok(id)
}

fn optional(args: &Args, name: &str) -> Option<String> {
    Some(args.text(name)).filter(|text| !text.is_empty()).map(str::to_owned)
}

pub(super) fn post(playground: &Playground, args: &Args) -> Outcome {
    let now = playground.now();
    playground.change(|state| {
        let id = writable(state, args.required("channel")?)?;
        let draft = draft(args, state, 40_000)?;
        let message = SimMessage {
            ts: state.next_ts(now),
            user: BOT_USER.to_owned(),
            text: draft.text,
            blocks: draft.blocks,
            metadata: draft.metadata,
            thread_ts: optional(args, "thread_ts"),
            client_msg_id: optional(args, "client_msg_id"),
            only_for: None,
            is_edited: false,
        };
        let answer = json!({"channel": id, "ts": message.ts, "message": message_json(&message, true)});
        state.conversation(&id).ok_or("channel_not_found")?.messages.push(message);
        Ok(answer)
    })
}

pub(super) fn post_ephemeral(playground: &Playground, args: &Args) -> Outcome {
    let now = playground.now();
    playground.change(|state| {
        let id = writable(state, args.required("channel")?)?;
        let user = args.required("user")?;
        if !state.is_member(user, &id) {
            return Err("user_not_in_channel".into());
        }
        let draft = draft(args, state, 40_000)?;
        let thread = optional(args, "thread_ts");
        let ts = add(state, now, &id, Some(user), draft.text, draft.blocks, thread);
        Ok(json!({ "message_ts": ts }))
    })
}

/// Shows something of ours to everybody in a conversation, or to one person alone.
pub(super) fn add(
    state: &mut State,
    now: chrono::DateTime<chrono::Utc>,
    conversation: &str,
    only_for: Option<&str>,
    text: String,
    blocks: Value,
    thread_ts: Option<String>,
) -> String {
    let ts = state.next_ts(now);
    if let Some(found) = state.conversation(conversation) {
        found.messages.push(SimMessage {
            ts: ts.clone(),
            user: BOT_USER.to_owned(),
            text,
            blocks,
            metadata: None,
            thread_ts,
            client_msg_id: None,
            only_for: only_for.map(str::to_owned),
            is_edited: false,
        });
    }
    ts
}

/// Our own message that `channel` and `ts` name. Ephemeral messages cannot be reached.
fn own<'a>(state: &'a mut State, args: &Args, other: &str) -> Result<&'a mut SimMessage, ApiError> {
    let (channel, ts) = (args.required("channel")?.to_owned(), args.required("ts")?);
    state.conversations.get(&channel).ok_or("channel_not_found")?;
    let message = state.message_mut(&channel, ts).filter(|message| message.only_for.is_none());
    let message = message.ok_or("message_not_found")?;
    if message.is_from_bot() { Ok(message) } else { Err(other.into()) }
}

pub(super) fn update(playground: &Playground, args: &Args) -> Outcome {
    playground.change(|state| {
        own(state, args, "cant_update_message")?;
        let draft = draft(args, state, 4000)?;
        let message = own(state, args, "cant_update_message")?;
        message.text = draft.text;
        message.blocks = draft.blocks;
        message.is_edited = true;
        if draft.metadata.is_some() {
            message.metadata = draft.metadata;
        }
        Ok(json!({"channel": args.text("channel"), "ts": message.ts, "text": message.text,
            "message": message_json(message, true)}))
    })
}

pub(super) fn delete(playground: &Playground, args: &Args) -> Outcome {
    playground.change(|state| {
        let ts = own(state, args, "cant_delete_message")?.ts.clone();
        if let Some(found) = state.conversations.get_mut(args.text("channel")) {
            found.messages.retain(|message| message.ts != ts);
        }
        Ok(json!({"channel": args.text("channel"), "ts": ts}))
    })
}

/// A message as the platform shows it; the payload of its metadata only where it was asked for.
pub(super) fn message_json(message: &SimMessage, with_metadata: bool) -> Value {
    let mut shown =
        json!({"type": "message", "user": message.user, "text": message.text, "ts": message.ts, "team": TEAM});
    if message.is_from_bot() {
        shown["bot_id"] = json!(BOT);
        shown["app_id"] = json!(APP);
        shown["blocks"] = message.blocks.clone();
    }
    if let Some(thread) = &message.thread_ts {
        shown["thread_ts"] = json!(thread);
    }
    if let Some(id) = &message.client_msg_id {
        shown["client_msg_id"] = json!(id);
    }
    if message.is_edited {
        shown["edited"] = json!({"user": message.user, "ts": message.ts});
    }
    match &message.metadata {
        Some(metadata) if with_metadata => shown["metadata"] = metadata.clone(),
        Some(metadata) => shown["metadata"] = json!({"event_type": metadata["event_type"]}),
        None => {}
    }
    shown
}

pub(super) fn history(playground: &Playground, args: &Args) -> Outcome {
    let all = playground.read(|state| -> Result<Vec<Value>, ApiError> {
        let id = args.required("channel")?;
        if !state.is_member(BOT_USER, id) {
            let is_known = state.channel(id).is_some();
            return Err(if is_known { "not_in_channel" } else { "channel_not_found" }.into());
        }
        let found = state.conversations.get(id).map_or(&[][..], |conversation| &conversation.messages);
        let top = found.iter().filter(|message| message.thread_ts.as_ref().is_none_or(|thread| *thread == message.ts));
        Ok(within(top, args).rev().map(|message| message_json(message, args.is_set("include_all_metadata"))).collect())
    })?;
    let (messages, cursor) = paged(all, args, 100, 999);
    Ok(json!({"messages": messages, "has_more": !cursor.is_empty(), "response_metadata": {"next_cursor": cursor}}))
}

pub(super) fn replies(playground: &Playground, args: &Args) -> Outcome {
    let all = playground.read(|state| -> Result<Vec<Value>, ApiError> {
        let (id, ts) = (args.required("channel")?, args.required("ts")?);
        let conversation = state.conversations.get(id).ok_or("channel_not_found")?;
        state.message(id, ts).ok_or("thread_not_found")?;
        let thread =
            conversation.messages.iter().filter(|message| message.ts == ts || message.thread_ts.as_deref() == Some(ts));
        Ok(within(thread, args).map(|message| message_json(message, args.is_set("include_all_metadata"))).collect())
    })?;
    let (messages, cursor) = paged(all, args, 1000, 1000);
    Ok(json!({"messages": messages, "has_more": !cursor.is_empty(), "response_metadata": {"next_cursor": cursor}}))
}

/// The messages everybody sees between `oldest` and `latest`; those exactly on a bound only with `inclusive`.
fn within<'a>(
    messages: impl DoubleEndedIterator<Item = &'a SimMessage>,
    args: &Args,
) -> impl DoubleEndedIterator<Item = &'a SimMessage> {
    let bound = |name: &str| match args.get(name) {
        Some(Value::String(text)) => micros(text),
        Some(Value::Number(number)) => micros(&number.to_string()),
        _ => None,
    };
    let (oldest, latest, inclusive) = (bound("oldest"), bound("latest"), args.is_set("inclusive"));
    messages.filter(move |message| {
        let at = micros(&message.ts);
        let fits = |bound: Option<i64>, beyond: bool| bound.is_none() || beyond || (inclusive && at == bound);
        message.only_for.is_none() && fits(oldest, at > oldest) && fits(latest, at < latest)
    })
}

/// `seconds.fraction` in microseconds.
fn micros(ts: &str) -> Option<i64> {
    let (seconds, fraction) = ts.split_once('.').unwrap_or((ts, ""));
    let fraction: i64 = format!("{fraction:0<6}").get(..6)?.parse().ok()?;
    Some(seconds.parse::<i64>().ok()? * 1_000_000 + fraction)
}
