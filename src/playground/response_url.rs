//! `POST /response/<token>`: how the app answers later, at most 5 times within 30 minutes.

use super::Playground;
use super::chat_methods::{accepted_blocks, add};
use super::workspace::State;
use axum::body::Bytes;
use axum::extract::{Path, State as Shared};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

const MOST_USES: u32 = 5;
const LIFE: TimeDelta = TimeDelta::minutes(30);

pub(super) async fn answer(Shared(playground): Shared<Playground>, Path(token): Path<String>, body: Bytes) -> Response {
    let refuse =
        |status: StatusCode, code: &str| (status, axum::Json(json!({"ok": false, "error": code}))).into_response();
    let Ok(sent @ Value::Object(_)) = serde_json::from_slice::<Value>(&body) else {
        return refuse(StatusCode::BAD_REQUEST, "invalid_payload");
    };
    let now = playground.now();
    let outcome = playground.change(|state| {
        state.calls.push(super::Call { method: "response_url".into(), at: now, args: sent.clone() });
        let found = state.response_urls.get_mut(&token).ok_or((StatusCode::NOT_FOUND, "not_found"))?;
        if found.uses >= MOST_USES {
            return Err((StatusCode::NOT_FOUND, "used_url"));
        }
        if now - found.born > LIFE {
            return Err((StatusCode::NOT_FOUND, "expired_url"));
        }
        found.uses += 1;
        let (user, conversation, source) = (found.user.clone(), found.conversation.clone(), found.message.clone());
        if sent.get("delete_original").and_then(Value::as_bool) == Some(true) {
            let Some(ts) = source else { return Err((StatusCode::BAD_REQUEST, "invalid_payload")) };
            if let Some(found) = state.conversations.get_mut(&conversation) {
                found.messages.retain(|message| message.ts != ts);
            }
            return Ok(());
        }
        let replaces = sent.get("replace_original").and_then(Value::as_bool) == Some(true);
        let source = source.filter(|_| replaces);
        show(state, now, "response_url", &conversation, &user, source.as_deref(), &sent)
            .map_err(|code| (StatusCode::BAD_REQUEST, code))
    });
    match outcome {
        Ok(()) => axum::Json(json!({"ok": true})).into_response(),
        Err((status, code)) => refuse(status, code),
    }
}

/// Shows a message that came as an answer: to one person alone, to everybody (`in_channel`), or in place of `original`.
pub(super) fn show(
    state: &mut State,
    now: DateTime<Utc>,
    place: &str,
    conversation: &str,
    user: &str,
    original: Option<&str>,
    sent: &Value,
) -> Result<(), &'static str> {
    let text = sent.get("text").and_then(Value::as_str).unwrap_or_default().to_owned();
    let given = sent.get("blocks").cloned().unwrap_or_else(|| json!([]));
    if text.is_empty() && given.as_array().is_none_or(Vec::is_empty) {
        return Err("no_text");
    }
    let blocks = match accepted_blocks(state, given) {
        Ok(blocks) => blocks,
        Err((code, messages)) => {
            state.violation(place, code, messages);
            return Err(code);
        }
    };
    if let Some(message) = original.and_then(|ts| state.message_mut(conversation, ts)) {
        message.text = text;
        message.blocks = blocks;
        message.is_edited = true;
        return Ok(());
    }
    let thread_ts = sent.get("thread_ts").and_then(Value::as_str).map(str::to_owned);
    let is_for_all = sent.get("response_type").and_then(Value::as_str) == Some("in_channel");
    add(state, now, conversation, (!is_for_all).then_some(user), text, blocks, thread_ts);
    Ok(())
}
