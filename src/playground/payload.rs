//! The shapes of what the platform sends, made from the workspace as it is.

use super::blocks::{Element, state_values};
use super::chat_methods::message_json;
use super::user_methods::user_name;
use super::workspace::{APP, BOT_USER, Filled, ResponseUrl, State, TEAM, TEAM_DOMAIN, View};
use super::{Playground, SimMessage};
use serde_json::{Map, Value, json};

/// The verification token that precedes signatures; nobody should look at it.
const OLD_TOKEN: &str = "playground";

fn user_json(state: &State, user: &str) -> Value {
    let name = state.person(user).map_or_else(|| user.to_lowercase(), user_name);
    json!({"id": user, "username": name, "name": name, "team_id": TEAM})
}

fn channel_name(state: &State, conversation: &str) -> String {
    state.channel(conversation).map_or_else(|| "directmessage".to_owned(), |channel| channel.name.clone())
}

/// What every interaction carries.
fn interaction(state: &State, kind: &str, user: &str) -> Map<String, Value> {
    let common = json!({"type": kind, "api_app_id": APP, "token": OLD_TOKEN, "user": user_json(state, user),
        "team": {"id": TEAM, "domain": TEAM_DOMAIN}, "enterprise": null, "is_enterprise_install": false});
    common.as_object().cloned().unwrap_or_default()
}

impl Playground {
    fn new_response_url(&self, state: &mut State, user: &str, conversation: &str, message: Option<&str>) -> String {
        let token = state.next_id("R");
        let born = self.now();
        let found = ResponseUrl {
            user: user.to_owned(),
            conversation: conversation.to_owned(),
            message: message.map(str::to_owned),
            born,
            uses: 0,
        };
        state.response_urls.insert(token.clone(), found);
        self.response_url(&token)
    }

    /// The fields of a slash command.
    pub(super) fn command_form(&self, user: &str, conversation: &str, command: &str, text: &str) -> String {
        self.change(|state| {
            let name = state.person(user).map_or_else(|| user.to_lowercase(), user_name);
            let response_url = self.new_response_url(state, user, conversation, None);
            let trigger = state.trigger(user, None);
            form_urlencoded::Serializer::new(String::new())
                .append_pair("token", OLD_TOKEN)
                .append_pair("team_id", TEAM)
                .append_pair("team_domain", TEAM_DOMAIN)
                .append_pair("channel_id", conversation)
                .append_pair("channel_name", &channel_name(state, conversation))
                .append_pair("user_id", user)
                .append_pair("user_name", &name)
                .append_pair("command", command)
                .append_pair("text", text)
                .append_pair("api_app_id", APP)
                .append_pair("is_enterprise_install", "false")
                .append_pair("response_url", &response_url)
                .append_pair("trigger_id", &trigger)
                .finish()
        })
    }

    /// Somebody used an element of a message.
    pub(super) fn message_action(
        &self,
        state: &mut State,
        user: &str,
        conversation: &str,
        message: &SimMessage,
        (element, value): (&Element, Option<Value>),
    ) -> Value {
        let is_ephemeral = message.only_for.is_some();
        let mut payload = interaction(state, "block_actions", user);
        let mut filled = Filled::new();
        if let Some(value) = &value {
            filled.insert((element.block_id.clone(), element.action_id.clone()), value.clone());
        }
        let container = json!({"type": "message", "message_ts": message.ts, "channel_id": conversation,
            "is_ephemeral": is_ephemeral});
        let channel = json!({"id": conversation, "name": channel_name(state, conversation)});
        payload.insert("container".into(), container);
        payload.insert("channel".into(), channel);
        if !is_ephemeral {
            payload.insert("message".into(), message_json(message, true));
        }
        payload.insert("state".into(), json!({"values": state_values(&message.blocks, &filled)}));
        payload.insert("trigger_id".into(), state.trigger(user, None).into());
        let url = self.new_response_url(state, user, conversation, Some(&message.ts));
        payload.insert("response_url".into(), url.into());
        payload.insert("actions".into(), json!([action_json(element, value, &state.next_ts(self.now()))]));
        Value::Object(payload)
    }

    /// Somebody used an element of a modal or of the Home tab.
    pub(super) fn view_action(
        &self,
        state: &mut State,
        view: &View,
        (element, value): (&Element, Option<Value>),
    ) -> Value {
        let mut payload = interaction(state, "block_actions", &view.user);
        payload.insert("container".into(), json!({"type": "view", "view_id": view.id}));
        payload.insert("view".into(), view.to_json());
        payload.insert("trigger_id".into(), state.trigger(&view.user, Some(view.id.clone())).into());
        payload.insert("actions".into(), json!([action_json(element, value, &state.next_ts(self.now()))]));
        Value::Object(payload)
    }

    pub(super) fn event_envelope(&self, inner: &Value, event_id: &str) -> Value {
        json!({"token": OLD_TOKEN, "team_id": TEAM, "enterprise_id": null, "api_app_id": APP, "type": "event_callback",
            "event_id": event_id, "event_time": self.now().timestamp(), "event": inner,
            "authorizations": [{"enterprise_id": null, "team_id": TEAM, "user_id": BOT_USER, "is_bot": true,
                "is_enterprise_install": false}],
            "is_ext_shared_channel": false, "context_team_id": TEAM, "context_enterprise_id": null,
            "event_context": format!("4-{event_id}")})
    }
}

fn action_json(element: &Element, value: Option<Value>, ts: &str) -> Value {
    let mut action = Map::new();
    if element.kind == "button" {
        for name in ["text", "value", "style", "url", "accessibility_label"] {
            element.body.get(name).map(|found| action.insert(name.into(), found.clone()));
        }
    }
    if let Some(Value::Object(state)) = value {
        action.extend(state);
    }
    for (name, text) in [("type", &element.kind), ("block_id", &element.block_id), ("action_id", &element.action_id)] {
        action.insert(name.into(), json!(text));
    }
    action.insert("action_ts".into(), json!(ts));
    Value::Object(action)
}

pub(super) fn view_submission(state: &mut State, view: &View) -> Value {
    let mut payload = interaction(state, "view_submission", &view.user);
    payload.insert("trigger_id".into(), state.trigger(&view.user, Some(view.id.clone())).into());
    payload.insert("response_urls".into(), json!([]));
    payload.insert("view".into(), view.to_json());
    Value::Object(payload)
}

pub(super) fn view_closed(state: &State, view: &View, is_cleared: bool) -> Value {
    let mut payload = interaction(state, "view_closed", &view.user);
    payload.insert("view".into(), view.to_json());
    payload.insert("is_cleared".into(), is_cleared.into());
    Value::Object(payload)
}

pub(super) fn block_suggestion(
    state: &State,
    user: &str,
    element: &Element,
    (container, view): (Value, Option<Value>),
    query: &str,
) -> Value {
    let mut payload = interaction(state, "block_suggestion", user);
    payload.insert("container".into(), container);
    view.map(|view| payload.insert("view".into(), view));
    payload.insert("action_id".into(), json!(element.action_id));
    payload.insert("block_id".into(), json!(element.block_id));
    payload.insert("value".into(), json!(query));
    Value::Object(payload)
}

pub(super) fn shortcut(state: &mut State, user: &str, callback: &str, ts: &str) -> Value {
    let mut payload = interaction(state, "shortcut", user);
    payload.insert("callback_id".into(), json!(callback));
    payload.insert("action_ts".into(), json!(ts));
    payload.insert("trigger_id".into(), state.trigger(user, None).into());
    Value::Object(payload)
}

impl Playground {
    pub(super) fn message_shortcut(
        &self,
        state: &mut State,
        user: &str,
        conversation: &str,
        message: &SimMessage,
        callback: &str,
    ) -> Value {
        let mut payload = interaction(state, "message_action", user);
        payload.insert("callback_id".into(), json!(callback));
        payload.insert("action_ts".into(), json!(message.ts));
        payload.insert("trigger_id".into(), state.trigger(user, None).into());
        let url = self.new_response_url(state, user, conversation, Some(&message.ts));
        payload.insert("response_url".into(), url.into());
        payload.insert("channel".into(), json!({"id": conversation, "name": channel_name(state, conversation)}));
        payload.insert("message_ts".into(), json!(message.ts));
        payload.insert("message".into(), message_json(message, true));
        Value::Object(payload)
    }
}
