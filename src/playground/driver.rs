//! What people do in the workspace: each thing is sent to the app, and the app's answer is applied as the platform would.
//!
//! People are named by their id (`U…`). A *place* is a conversation id (`C…`, `D…`), a view id, `modal` (the topmost one
//! on the person's screen) or `home`. Fields are named by block id, by action id, or by the label people see.

use super::blocks::{self, Element};
use super::workspace::{BOT_USER, SimMessage, View, dm_of};
use super::{Answer, Playground, Request, limits, payload, response_url, view_methods, wire};
use anyhow::{Context, bail};
use serde_json::{Value, json};

/// Where an element stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Spot {
    Message { conversation: String, ts: String },
    View { id: String },
}

impl Playground {
    /// `/mobility …` or `/projects …`, typed in a conversation.
    pub async fn command(&self, user: &str, conversation: &str, command: &str, text: &str) -> anyhow::Result<Answer> {
        let form = self.command_form(user, conversation, command, text);
        let answer = self.send("application/x-www-form-urlencoded", form).await?;
        if answer.is_ok() && !answer.body.is_null() {
            let sent = match &answer.body {
                Value::String(text) => json!({ "text": text }),
                other => other.clone(),
            };
            let now = self.now();
            // What the platform refuses to show is already recorded as a violation.
            let _ = self.change(|state| response_url::show(state, now, command, conversation, user, None, &sent));
        }
        Ok(answer)
    }

    /// Presses the first button with this label in the newest message that has one, or in a view.
    pub async fn press(&self, user: &str, place: &str, label: &str) -> anyhow::Result<Answer> {
        self.press_nth(user, place, label, 0).await
    }

    /// As [`Playground::press`], where several buttons carry the label; counted from 0.
    pub async fn press_nth(&self, user: &str, place: &str, label: &str, nth: usize) -> anyhow::Result<Answer> {
        let (spot, element) = self.find_button(user, place, label, nth)?;
        self.act(user, &spot, &element.block_id, &element.action_id, &Value::Null).await
    }

    fn find_button(&self, user: &str, place: &str, label: &str, nth: usize) -> anyhow::Result<(Spot, Element)> {
        let pick = |list: &Value| {
            let all = blocks::elements(list).into_iter();
            all.filter(|element| element.label().as_deref() == Some(label)).nth(nth)
        };
        let found = self.read(|state| {
            if let Some(view) = state.view_at(user, place) {
                return pick(view.blocks()).map(|element| (Spot::View { id: view.id.clone() }, element));
            }
            let seen = state.conversations.get(place)?.messages.iter().rev();
            seen.filter(|message| message.only_for.as_deref().is_none_or(|only| only == user)).find_map(|message| {
                let spot = Spot::Message { conversation: place.to_owned(), ts: message.ts.clone() };
                pick(&message.blocks).map(|element| (spot, element))
            })
        });
        found.with_context(|| format!("{user} sees no button {label:?} (number {nth}) at {place}"))
    }

    /// Uses one element: a button (`value` null), or a select and the like with what was chosen.
    pub async fn act(
        &self,
        user: &str,
        spot: &Spot,
        block: &str,
        action: &str,
        value: &Value,
    ) -> anyhow::Result<Answer> {
        let payload = self.change(|state| -> anyhow::Result<Value> {
            let find = |list: &Value| {
                let all = blocks::elements(list).into_iter();
                all.filter(|element| element.block_id == block).find(|element| element.action_id == action)
            };
            match spot {
                Spot::Message { conversation, ts } => {
                    let message = state.message(conversation, ts).context("this message is gone")?.clone();
                    let element = find(&message.blocks).context("this button is gone")?;
                    let chosen = blocks::state_with(&element, value, |wanted| state.suggested.get(wanted).cloned());
                    Ok(self.message_action(state, user, conversation, &message, (&element, chosen)))
                }
                Spot::View { id } => {
                    let view = state.view_at(user, id).context("this window is gone")?.clone();
                    let element = find(view.blocks()).context("this button is gone")?;
                    let chosen = blocks::state_with(&element, value, |wanted| state.suggested.get(wanted).cloned());
                    let mut view = view;
                    if let Some(chosen) = &chosen {
                        view.filled.insert((element.block_id.clone(), element.action_id.clone()), chosen.clone());
                        if let Some(kept) = state.view_at_mut(user, id) {
                            kept.filled.clone_from(&view.filled);
                        }
                    }
                    Ok(self.view_action(state, &view, (&element, chosen)))
                }
            }
        });
        self.interact(&payload?).await
    }

    /// Fills in fields of a view without sending it.
    pub fn fill(&self, user: &str, place: &str, values: &Value) -> anyhow::Result<()> {
        let values = values.as_object().context("values are an object: field → value")?;
        self.change(|state| {
            let view = state.view_at(user, place).with_context(|| format!("{user} has no view {place} open"))?.clone();
            let all = blocks::elements(view.blocks());
            let mut filled = view.filled;
            for (name, value) in values {
                let element = field(&all, name).with_context(|| format!("no field {name:?}"))?;
                let chosen = blocks::state_with(element, value, |wanted| state.suggested.get(wanted).cloned());
                let chosen = chosen.with_context(|| format!("{value} cannot be chosen in {name:?}"))?;
                filled.insert((element.block_id.clone(), element.action_id.clone()), chosen);
            }
            if let Some(kept) = state.view_at_mut(user, &view.id) {
                kept.filled = filled;
            }
            Ok(())
        })
    }

    /// Fills in one live field, which tells the app at once.
    pub async fn change_field(&self, user: &str, place: &str, name: &str, value: &Value) -> anyhow::Result<Answer> {
        let (spot, element) = self.find_field(user, place, name)?;
        self.act(user, &spot, &element.block_id, &element.action_id, value).await
    }

    fn find_field(&self, user: &str, place: &str, name: &str) -> anyhow::Result<(Spot, Element)> {
        let found = self.read(|state| {
            if let Some(view) = state.view_at(user, place) {
                let element = field(&blocks::elements(view.blocks()), name)?.clone();
                return Some((Spot::View { id: view.id.clone() }, element));
            }
            state.conversations.get(place)?.messages.iter().rev().find_map(|message| {
                let spot = Spot::Message { conversation: place.to_owned(), ts: message.ts.clone() };
                Some((spot, field(&blocks::elements(&message.blocks), name)?.clone()))
            })
        });
        found.with_context(|| format!("{user} sees no field {name:?} at {place}"))
    }

    /// Fills in `values` (field → text, option value, id, a list of them, or null) and sends the modal.
    ///
    /// An error per field stays on the modal ([`super::Workspace::modal_errors`]); else it closes, changes, or gets another on top.
    pub async fn submit(&self, user: &str, place: &str, values: &Value) -> anyhow::Result<Answer> {
        self.fill(user, place, values)?;
        let (view, payload) = self.change(|state| -> anyhow::Result<(View, Value)> {
            let view = state.view_at(user, place).context("this window is gone")?.clone();
            let missing: Vec<String> = missing_fields(&view);
            if !missing.is_empty() {
                bail!("these fields must be filled in: {}", missing.join(", "));
            }
            let payload = payload::view_submission(state, &view);
            Ok((view, payload))
        })?;
        let answer = self.interact(&payload).await?;
        if answer.is_ok() {
            self.apply_submission(&view, &answer.body);
        }
        Ok(answer)
    }

    fn apply_submission(&self, view: &View, body: &Value) {
        self.change(|state| {
            let close = |state: &mut super::workspace::State| {
                if let Some(stack) = state.stacks.get_mut(&view.user) {
                    stack.retain(|id| *id != view.id);
                }
                state.views.remove(&view.id);
            };
            let place = "view_submission";
            let given = || view_methods::accepted(body.get("view").unwrap_or(&Value::Null), "modal");
            match body.get("response_action").and_then(Value::as_str) {
                None => close(state),
                Some("clear") => {
                    for id in state.stacks.remove(&view.user).unwrap_or_default() {
                        state.views.remove(&id);
                    }
                }
                Some("errors") => {
                    let told = body.get("errors").and_then(Value::as_object).cloned().unwrap_or_default();
                    let known: Vec<String> =
                        blocks::elements(view.blocks()).into_iter().map(|each| each.block_id).collect();
                    if told.is_empty() || told.keys().any(|id| !known.contains(id)) {
                        state.violation(place, "invalid_errors", vec!["errors must name blocks of the view".into()]);
                    }
                    if let Some(kept) = state.views.get_mut(&view.id) {
                        let words = |value: Value| value.as_str().unwrap_or_default().to_owned();
                        kept.errors = told.into_iter().map(|(id, value)| (id, words(value))).collect();
                    }
                }
                Some("update") => match given() {
                    Ok(shown) => drop(view_methods::replace(state, &view.id, shown)),
                    Err(messages) => state.violation(place, "invalid_view", messages),
                },
                Some("push") => match given() {
                    Ok(shown) => {
                        if let Err(error) = view_methods::push_on(state, &view.user, &view.id, shown) {
                            state.violation(place, &error.code, error.messages);
                        }
                    }
                    Err(messages) => state.violation(place, "invalid_view", messages),
                },
                Some(other) => state.violation(place, "invalid_response_action", vec![other.to_owned()]),
            }
        });
    }

    /// Cancels the topmost modal. `None` where the app did not ask to be told.
    pub async fn close(&self, user: &str) -> anyhow::Result<Option<Answer>> {
        self.close_views(user, false).await
    }

    /// Closes the whole stack of modals at once.
    pub async fn close_all(&self, user: &str) -> anyhow::Result<Option<Answer>> {
        self.close_views(user, true).await
    }

    async fn close_views(&self, user: &str, all: bool) -> anyhow::Result<Option<Answer>> {
        let payload = self.change(|state| {
            let stack = state.stacks.get_mut(user).filter(|stack| !stack.is_empty()).context("no modal is open")?;
            let gone = if all { std::mem::take(stack) } else { stack.pop().into_iter().collect() };
            let told = if all { gone.first() } else { gone.last() };
            let view = told.and_then(|id| state.views.get(id)).context("this window is gone")?;
            let payload = view.is_set("notify_on_close").then(|| payload::view_closed(state, view, all));
            for id in gone {
                state.views.remove(&id);
            }
            anyhow::Ok(payload)
        })?;
        match payload {
            Some(payload) => Ok(Some(self.interact(&payload).await?)),
            None => Ok(None),
        }
    }

    /// Types into a field that is found by typing; the answer's body holds the options.
    pub async fn suggest(&self, user: &str, place: &str, name: &str, query: &str) -> anyhow::Result<Answer> {
        let (spot, element) = self.find_field(user, place, name)?;
        let payload = self.read(|state| match &spot {
            Spot::View { id } => {
                let view = state.view_at(user, id).map(View::to_json);
                payload::block_suggestion(state, user, &element, (json!({"type": "view", "view_id": id}), view), query)
            }
            Spot::Message { conversation, ts } => {
                let container = json!({"type": "message", "message_ts": ts, "channel_id": conversation});
                payload::block_suggestion(state, user, &element, (container, None), query)
            }
        });
        let answer = self.interact(&payload).await?;
        if answer.is_ok() {
            let problems = limits::check_suggestions(&answer.body);
            self.change(|state| {
                if problems.is_empty() {
                    for option in answer.body.as_object().map(limits::all_options).unwrap_or_default() {
                        let value = option.get("value").and_then(Value::as_str).unwrap_or_default();
                        state.suggested.insert(value.to_owned(), option.clone());
                    }
                } else {
                    state.violation("block_suggestion", "invalid_options", problems);
                }
            });
        }
        Ok(answer)
    }

    /// Writes to the bot directly.
    pub async fn dm(&self, user: &str, text: &str) -> anyhow::Result<Answer> {
        let conversation = dm_of(user);
        let ts = self.say(user, &conversation, text)?;
        let event = json!({"type": "message", "channel_type": "im", "user": user, "text": text, "ts": ts,
            "channel": conversation, "client_msg_id": format!("m-{ts}"), "team": super::TEAM, "event_ts": ts});
        self.event(&event).await
    }

    /// Writes in a conversation; the app is not told.
    pub fn say(&self, user: &str, conversation: &str, text: &str) -> anyhow::Result<String> {
        let now = self.now();
        self.change(|state| {
            let ts = state.next_ts(now);
            let found = state.conversation(conversation).with_context(|| format!("no conversation {conversation}"))?;
            found.messages.push(SimMessage {
                ts: ts.clone(),
                user: user.to_owned(),
                text: text.to_owned(),
                blocks: json!([]),
                metadata: None,
                thread_ts: None,
                client_msg_id: None,
                only_for: None,
                is_edited: false,
            });
            Ok(ts)
        })
    }

    /// Writes `@Mobility text` in a channel.
    pub async fn mention(&self, user: &str, channel: &str, text: &str) -> anyhow::Result<Answer> {
        let text = format!("<@{BOT_USER}> {text}");
        let ts = self.say(user, channel, &text)?;
        let event = json!({"type": "app_mention", "user": user, "text": text, "ts": ts, "channel": channel,
            "team": super::TEAM, "event_ts": ts});
        self.event(&event).await
    }

    /// Looks at the Home tab.
    pub async fn open_home(&self, user: &str) -> anyhow::Result<Answer> {
        let mut event = json!({"type": "app_home_opened", "user": user, "channel": dm_of(user), "tab": "home",
            "event_ts": format!("{}.000000", self.now().timestamp())});
        if let Some(view) = self.home(user) {
            event["view"] = view;
        }
        self.event(&event).await
    }

    /// Adds the bot to a channel.
    pub async fn invite_bot(&self, user: &str, channel: &str) -> anyhow::Result<Answer> {
        let is_new = self.change(|state| {
            state.channel(channel).with_context(|| format!("no channel {channel}"))?;
            anyhow::Ok(state.joined.insert(channel.to_owned()))
        })?;
        if !is_new {
            bail!("the bot is already in {channel}");
        }
        let event = json!({"type": "member_joined_channel", "user": BOT_USER, "channel": channel, "channel_type": "C",
            "team": super::TEAM, "inviter": user, "event_ts": format!("{}.000000", self.now().timestamp())});
        self.event(&event).await
    }

    /// Uses a shortcut of the app's own menu.
    pub async fn shortcut(&self, user: &str, callback: &str) -> anyhow::Result<Answer> {
        let now = self.now();
        let payload = self.change(|state| {
            let ts = state.next_ts(now);
            payload::shortcut(state, user, callback, &ts)
        });
        self.interact(&payload).await
    }

    /// Uses a shortcut in the menu of a message.
    pub async fn use_on_message(
        &self,
        user: &str,
        conversation: &str,
        ts: &str,
        callback: &str,
    ) -> anyhow::Result<Answer> {
        let payload = self.change(|state| {
            let message = state.message(conversation, ts).context("this message is gone")?.clone();
            anyhow::Ok(self.message_shortcut(state, user, conversation, &message, callback))
        })?;
        self.interact(&payload).await
    }

    /// Sends any inner event under a new event id.
    pub async fn event(&self, inner: &Value) -> anyhow::Result<Answer> {
        let id = self.change(|state| state.next_id("Ev"));
        self.event_again(inner, &id, None).await
    }

    /// Sends an event under a known id: a redelivery carries the number of the try and its reason.
    pub async fn event_again(
        &self,
        inner: &Value,
        event_id: &str,
        retry: Option<(u32, &'static str)>,
    ) -> anyhow::Result<Answer> {
        let body = self.event_envelope(inner, event_id).to_string();
        let request = Request { retry, ..self.signed("application/json", body) };
        self.send_raw(request).await
    }

    /// Sends an interaction payload.
    pub async fn interact(&self, payload: &Value) -> anyhow::Result<Answer> {
        let form =
            form_urlencoded::Serializer::new(String::new()).append_pair("payload", &payload.to_string()).finish();
        self.send("application/x-www-form-urlencoded", form).await
    }

    /// A correctly signed request, to be sent as it is or bent.
    #[must_use]
    pub fn signed(&self, content_type: &'static str, body: String) -> Request {
        let timestamp = self.now().timestamp();
        let signature = wire::sign(&self.0.signing_secret, timestamp, &body);
        Request { content_type, body, timestamp, signature, retry: None }
    }

    /// Sends exactly this.
    pub async fn send_raw(&self, request: Request) -> anyhow::Result<Answer> {
        wire::send(&self.0.client, &self.events_url(), request).await
    }

    async fn send(&self, content_type: &'static str, body: String) -> anyhow::Result<Answer> {
        self.send_raw(self.signed(content_type, body)).await
    }
}

fn field<'a>(all: &'a [Element], name: &str) -> Option<&'a Element> {
    let is = |wanted: fn(&Element) -> &str| all.iter().find(move |element| wanted(element) == name);
    is(|element| &element.block_id)
        .or_else(|| is(|element| &element.action_id))
        .or_else(|| is(|element| element.input_label.as_deref().unwrap_or_default()))
}

/// The labels of fields that must be filled in and are empty: the platform does not send a modal with such.
fn missing_fields(view: &View) -> Vec<String> {
    let values = view.state_values();
    let is_optional = |id: &str| {
        let block = view.blocks().as_array().into_iter().flatten().find(|block| block["block_id"] == id);
        block.is_none_or(|block| block["type"] != "input" || block["optional"] == true)
    };
    let is_empty = |state: &Value| {
        let value =
            state.as_object().and_then(|map| map.iter().find(|(name, _)| *name != "type")).map(|(_, value)| value);
        value.is_none_or(|value| {
            value.is_null() || value.as_str() == Some("") || value.as_array().is_some_and(Vec::is_empty)
        })
    };
    blocks::elements(view.blocks())
        .into_iter()
        .filter(|element| !is_optional(&element.block_id) && is_empty(&values[&element.block_id][&element.action_id]))
        .map(|element| element.input_label.unwrap_or(element.block_id))
        .collect()
}
