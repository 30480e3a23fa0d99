//! The simulated workspace: who is in it, what was said, what is open on whose screen; and everything that was recorded.

use super::blocks;
use super::{SimChannel, SimPerson, TimeMachine};
use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::watch;

pub const TEAM: &str = "T0PLAYGROUND";
pub const TEAM_DOMAIN: &str = "playground";
pub const APP: &str = "A0MOBILITY";
pub const BOT: &str = "B0MOBILITY";
pub const BOT_USER: &str = "U0MOBILITY";
pub const BOT_NAME: &str = "Mobility";

/// What goes wrong with the next call of a method.
#[derive(Clone, Debug, PartialEq)]
pub enum Fault {
    /// 429 with `Retry-After` in seconds; nothing happens.
    RateLimited(u64),
    /// The call takes effect, the connection is closed without an answer.
    AcceptThenDrop,
    /// A 500, with or without the call having taken effect.
    ServerError { accepted: bool },
    /// The call takes effect at once, the answer comes that much later.
    Hang(Duration),
    /// `ok: false` with this code; nothing happens.
    Error(String),
    /// The call arrives when every trigger is that much older.
    Late(Duration),
    /// The connection is closed at once without an answer; the call takes effect that much later.
    LateLanding(Duration),
}

/// One call of the Web API, as it arrived.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    pub method: String,
    pub at: DateTime<Utc>,
    pub args: Value,
}

/// Something the platform would have refused.
#[derive(Clone, Debug, PartialEq)]
pub struct Violation {
    /// The method, or what was being answered.
    pub place: String,
    pub code: String,
    pub messages: Vec<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct SimMessage {
    pub ts: String,
    /// The user id of the author; [`BOT_USER`] for ours.
    pub user: String,
    pub text: String,
    /// A list, empty where there are no blocks.
    pub blocks: Value,
    pub metadata: Option<Value>,
    pub thread_ts: Option<String>,
    pub client_msg_id: Option<String>,
    /// Set on an ephemeral message: who alone sees it.
    pub only_for: Option<String>,
    pub is_edited: bool,
}

impl SimMessage {
    #[must_use]
    pub fn is_from_bot(&self) -> bool {
        self.user == BOT_USER
    }

    /// The labels of its buttons, in reading order.
    #[must_use]
    pub fn buttons(&self) -> Vec<String> {
        blocks::elements(&self.blocks).iter().filter_map(blocks::Element::label).collect()
    }

    /// Everything a person reads, in order, one line per text; the plain text where there are no blocks.
    #[must_use]
    pub fn words(&self) -> String {
        let words = blocks::words(&self.blocks);
        if words.is_empty() { self.text.clone() } else { words }
    }
}

#[derive(Clone, Debug)]
pub(super) struct View {
    pub id: String,
    pub user: String,
    pub hash: String,
    /// What the app sent, with ids filled in.
    pub body: Map<String, Value>,
    pub root: String,
    pub previous: Option<String>,
    /// What is filled in: (block id, action id) → state.
    pub filled: Filled,
    /// Shown beside the fields after a refused submission.
    pub errors: BTreeMap<String, String>,
}

pub(super) type Filled = BTreeMap<(String, String), Value>;

#[derive(Clone, Debug, Default)]
pub(super) struct Conversation {
    pub messages: Vec<SimMessage>,
}

pub(super) struct Trigger {
    pub user: String,
    pub born: Instant,
    /// Added to the time that really passed.
    pub aged: Duration,
    pub is_used: bool,
    /// The modal it came from.
    pub view: Option<String>,
}

pub(super) struct ResponseUrl {
    pub user: String,
    pub conversation: String,
    /// The message it came from; `None` for a slash command.
    pub message: Option<String>,
    pub born: DateTime<Utc>,
    pub uses: u32,
}

#[derive(Default)]
pub(super) struct State {
    pub people: Vec<SimPerson>,
    pub gone: BTreeSet<String>,
    pub channels: Vec<SimChannel>,
    /// The channels we were invited to.
    pub joined: BTreeSet<String>,
    pub conversations: BTreeMap<String, Conversation>,
    pub homes: HashMap<String, View>,
    pub views: HashMap<String, View>,
    /// The modals on a person's screen, the topmost last.
    pub stacks: HashMap<String, Vec<String>>,
    pub triggers: HashMap<String, Trigger>,
    pub response_urls: HashMap<String, ResponseUrl>,
    /// Options that a typeahead has shown, by value.
    pub suggested: HashMap<String, Value>,
    /// (person, conversation) → the newest message read.
    pub read: HashMap<(String, String), String>,
    pub calls: Vec<Call>,
    pub violations: Vec<Violation>,
    pub faults: HashMap<String, VecDeque<Fault>>,
    last_ts: i64,
    counter: u64,
}

pub struct Workspace {
    state: Mutex<State>,
    clock: Arc<dyn TimeMachine>,
    version: watch::Sender<u64>,
}

impl Workspace {
    pub(super) fn new(clock: Arc<dyn TimeMachine>, people: Vec<SimPerson>, channels: Vec<SimChannel>) -> Workspace {
        let state = State { people, channels, ..State::default() };
        Workspace { state: Mutex::new(state), clock, version: watch::Sender::new(1) }
    }

    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// The clock everybody here lives by.
    #[must_use]
    pub fn time_machine(&self) -> Arc<dyn TimeMachine> {
        Arc::clone(&self.clock)
    }

    pub(super) fn read<R>(&self, look: impl FnOnce(&State) -> R) -> R {
        look(&self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes the state and tells everybody who is watching.
    pub(super) fn change<R>(&self, work: impl FnOnce(&mut State) -> R) -> R {
        let result = work(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner));
        self.touch();
        result
    }

    pub(super) fn touch(&self) {
        self.version.send_modify(|version| *version += 1);
    }

    pub(super) fn watch(&self) -> watch::Receiver<u64> {
        self.version.subscribe()
    }

    /// Waits, at most 10 seconds of real time, until `look` finds something: the app answers some things after its ack.
    pub async fn wait_for<R>(&self, mut look: impl FnMut(&Workspace) -> Option<R>) -> Option<R> {
        let mut changes = self.watch();
        let search = async {
            loop {
                changes.mark_unchanged();
                if let Some(found) = look(self) {
                    return found;
                }
                if changes.changed().await.is_err() {
                    std::future::pending::<()>().await;
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(10), search).await.ok()
    }

    // What was recorded.

    #[must_use]
    pub fn calls(&self) -> Vec<Call> {
        self.read(|state| state.calls.clone())
    }

    /// The calls of one method.
    #[must_use]
    pub fn calls_of(&self, method: &str) -> Vec<Call> {
        self.read(|state| state.calls.iter().filter(|call| call.method == method).cloned().collect())
    }

    #[must_use]
    pub fn violations(&self) -> Vec<Violation> {
        self.read(|state| state.violations.clone())
    }

    /// What everybody in a conversation sees, oldest first, threads included.
    #[must_use]
    pub fn messages(&self, conversation: &str) -> Vec<SimMessage> {
        self.read(|state| {
            let all = state.conversations.get(conversation).map_or(&[][..], |found| &found.messages);
            all.iter().filter(|message| message.only_for.is_none()).cloned().collect()
        })
    }

    /// What we told a person directly, oldest first.
    #[must_use]
    pub fn messages_to(&self, user: &str) -> Vec<SimMessage> {
        self.messages(&dm_of(user)).into_iter().filter(SimMessage::is_from_bot).collect()
    }

    /// What only this person sees in a conversation, oldest first.
    #[must_use]
    pub fn ephemerals(&self, user: &str, conversation: &str) -> Vec<SimMessage> {
        self.read(|state| {
            let all = state.conversations.get(conversation).map_or(&[][..], |found| &found.messages);
            all.iter().filter(|message| message.only_for.as_deref() == Some(user)).cloned().collect()
        })
    }

    /// The view on a person's Home tab.
    #[must_use]
    pub fn home(&self, user: &str) -> Option<Value> {
        self.read(|state| state.homes.get(user).map(View::to_json))
    }

    /// The topmost modal on a person's screen.
    #[must_use]
    pub fn modal(&self, user: &str) -> Option<Value> {
        self.read(|state| state.top_view(user).map(View::to_json))
    }

    /// What the topmost modal says is wrong with the fields: block id → words.
    #[must_use]
    pub fn modal_errors(&self, user: &str) -> BTreeMap<String, String> {
        self.read(|state| state.top_view(user).map(|view| view.errors.clone()).unwrap_or_default())
    }

    #[must_use]
    pub fn people(&self) -> Vec<SimPerson> {
        self.read(|state| state.people.clone())
    }

    #[must_use]
    pub fn channels(&self) -> Vec<SimChannel> {
        self.read(|state| state.channels.clone())
    }

    // Knobs.

    /// The next call of `method` meets `fault`; several are met in order.
    pub fn fail_next(&self, method: &str, fault: Fault) {
        self.change(|state| state.faults.entry(method.to_owned()).or_default().push_back(fault));
    }

    pub fn add_person(&self, person: SimPerson) {
        self.change(|state| state.people.push(person));
    }

    pub fn add_channel(&self, channel: SimChannel) {
        self.change(|state| state.channels.push(channel));
    }

    /// Deactivates an account: it can no longer be written to.
    pub fn deactivate(&self, user: &str) {
        self.change(|state| state.gone.insert(user.to_owned()));
    }
}

/// The conversation between a person and the bot.
#[must_use]
pub fn dm_of(user: &str) -> String {
    format!("D{}", user.strip_prefix(['U', 'W']).unwrap_or(user))
}

impl View {
    /// The view as the platform sends it along.
    pub fn to_json(&self) -> Value {
        let mut view = self.body.clone();
        for (name, value) in [("submit", Value::Null), ("close", Value::Null), ("callback_id", "".into())] {
            view.entry(name).or_insert(value);
        }
        for (name, value) in [("private_metadata", "".into()), ("external_id", Value::from(""))] {
            view.entry(name).or_insert(value);
        }
        view.entry("clear_on_close").or_insert(false.into());
        view.entry("notify_on_close").or_insert(false.into());
        for (name, value) in [
            ("id", json!(self.id)),
            ("team_id", json!(TEAM)),
            ("hash", json!(self.hash)),
            ("state", json!({ "values": self.state_values() })),
            ("previous_view_id", json!(self.previous)),
            ("root_view_id", json!(self.root)),
            ("app_id", json!(APP)),
            ("app_installed_team_id", json!(TEAM)),
            ("bot_id", json!(BOT)),
        ] {
            view.insert(name.to_owned(), value);
        }
        Value::Object(view)
    }

    pub fn blocks(&self) -> &Value {
        self.body.get("blocks").unwrap_or(&Value::Null)
    }

    pub fn state_values(&self) -> Value {
        blocks::state_values(self.blocks(), &self.filled)
    }

    pub fn is_set(&self, name: &str) -> bool {
        self.body.get(name).and_then(Value::as_bool).unwrap_or(false)
    }
}

impl State {
    /// A timestamp that no other message carries.
    pub fn next_ts(&mut self, now: DateTime<Utc>) -> String {
        self.last_ts = now.timestamp_micros().max(self.last_ts + 1);
        format!("{}.{:06}", self.last_ts / 1_000_000, self.last_ts % 1_000_000)
    }

    pub fn next_id(&mut self, prefix: &str) -> String {
        self.counter += 1;
        format!("{prefix}{:08X}", self.counter)
    }

    pub fn person(&self, id: &str) -> Option<&SimPerson> {
        self.people.iter().find(|person| person.id == id)
    }

    pub fn channel(&self, id: &str) -> Option<&SimChannel> {
        self.channels.iter().find(|channel| channel.id == id)
    }

    pub fn top_view(&self, user: &str) -> Option<&View> {
        self.stacks.get(user).and_then(|stack| stack.last()).and_then(|id| self.views.get(id))
    }

    /// The view that `place` names: a view id, `modal` (the topmost) or `home`.
    pub fn view_at(&self, user: &str, place: &str) -> Option<&View> {
        match place {
            "modal" => self.top_view(user),
            "home" => self.homes.get(user),
            id => self.views.get(id).or_else(|| self.homes.get(user).filter(|home| home.id == id)),
        }
        .filter(|view| view.user == user)
    }

    pub fn view_at_mut(&mut self, user: &str, id: &str) -> Option<&mut View> {
        match self.views.get_mut(id) {
            Some(view) => Some(view),
            None => self.homes.get_mut(user).filter(|home| home.id == id),
        }
    }

    /// The conversation with this id, made on first use where a person or a channel stands behind it.
    pub fn conversation(&mut self, id: &str) -> Option<&mut Conversation> {
        if !self.conversations.contains_key(id) {
            let is_direct = self.people.iter().any(|person| dm_of(&person.id) == id);
            if !is_direct && self.channel(id).is_none() {
                return None;
            }
            self.conversations.insert(id.to_owned(), Conversation::default());
        }
        self.conversations.get_mut(id)
    }

    pub fn message(&self, conversation: &str, ts: &str) -> Option<&SimMessage> {
        self.conversations.get(conversation)?.messages.iter().find(|message| message.ts == ts)
    }

    pub fn message_mut(&mut self, conversation: &str, ts: &str) -> Option<&mut SimMessage> {
        self.conversations.get_mut(conversation)?.messages.iter_mut().find(|message| message.ts == ts)
    }

    /// Is this person in this conversation?
    pub fn is_member(&self, user: &str, conversation: &str) -> bool {
        match self.channel(conversation) {
            Some(channel) if user == BOT_USER => self.joined.contains(&channel.id),
            Some(channel) => channel.members.iter().any(|member| member == user),
            None => user == BOT_USER || dm_of(user) == conversation,
        }
    }

    /// Messages of others that this person has not read, per conversation.
    pub fn unread(&self, user: &str) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for (id, conversation) in &self.conversations {
            if !self.is_member(user, id) {
                continue;
            }
            let read = self.read.get(&(user.to_owned(), id.clone())).map_or("", String::as_str);
            let count = conversation
                .messages
                .iter()
                .filter(|message| message.user != user && message.only_for.is_none() && message.ts.as_str() > read)
                .count();
            if count > 0 {
                counts.insert(id.clone(), count);
            }
        }
        counts
    }

    pub fn violation(&mut self, place: impl Into<String>, code: &str, messages: Vec<String>) {
        self.violations.push(Violation { place: place.into(), code: code.to_owned(), messages });
    }

    pub fn trigger(&mut self, user: &str, view: Option<String>) -> String {
        let id = self.next_id("9001.77.");
        let trigger =
            Trigger { user: user.to_owned(), born: Instant::now(), aged: Duration::ZERO, is_used: false, view };
        self.triggers.insert(id.clone(), trigger);
        id
    }
}
