//! A verified, parsed thing that happened in chat, and what is answered.

use super::{Action, Address, Card, Choice, Form, MessageRef, Platform, Values, form::FormRef};

#[derive(Clone, Debug, PartialEq)]
pub struct Inbound {
    /// The same thing told twice carries the same key. `None` where the platform never repeats itself.
    pub key: Option<String>,
    pub platform: Platform,
    /// The workspace or tenant it comes from.
    pub tenant: String,
    /// Who did it; `None` for what the workspace itself tells (it removed us, somebody left it).
    pub actor: Option<Address>,
    /// The actor belongs to another company (shared channels) or is a guest: refused.
    pub is_stranger: bool,
    /// Where it happened; `None` on a home or in a form.
    pub place: Option<Place>,
    pub kind: InboundKind,
    /// How to answer beyond the acknowledgement.
    pub handle: Handle,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub conversation: String,
    /// A one-to-one conversation with us.
    pub is_direct: bool,
    /// The name people know the channel by, where the platform told us.
    pub name: Option<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum InboundKind {
    /// `/mobility <text>`, or `/projects <text>` as `find <text>`.
    Command {
        text: String,
    },
    /// A button. `delivery` is the opaque id of the message it stood on: proof that it arrived.
    Press {
        action: Action,
        delivery: Option<String>,
        message: Option<MessageRef>,
    },
    /// A form was sent.
    Submit {
        action: Action,
        values: Values,
        form: FormRef,
    },
    /// A live field of an open form changed.
    FormChanged {
        action: Action,
        values: Values,
        form: FormRef,
    },
    /// A form was closed without sending; drafts survive.
    FormClosed {
        action: Action,
    },
    /// Somebody is typing in a field that is found by typing.
    Lookup {
        source: String,
        query: String,
    },
    /// "Find a project" from the platform's own menu.
    FindShortcut,
    /// "Turn this into a project": the words of the message it was used on.
    PostShortcut {
        words: String,
    },
    HomeOpened,
    /// Words written to us directly, or after a mention of us (`thread` to answer in).
    Said {
        text: String,
        is_mention: bool,
        thread: Option<String>,
    },
    /// We, or somebody, joined a channel. `inviter` is who added us.
    Joined {
        is_us: bool,
        inviter: Option<Address>,
    },
    /// Somebody joined the company's workspace or changed there.
    PersonChanged(Profile),
    /// We were removed, or our credentials ended.
    InstallationEnded,
    /// Understood and of no concern to us.
    Nothing,
}

impl InboundKind {
    /// A name for what it is, without anything of what it says.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            InboundKind::Command { .. } => "command",
            InboundKind::Press { .. } => "press",
            InboundKind::Submit { .. } => "submit",
            InboundKind::FormChanged { .. } => "form_changed",
            InboundKind::FormClosed { .. } => "form_closed",
            InboundKind::Lookup { .. } => "lookup",
            InboundKind::FindShortcut | InboundKind::PostShortcut { .. } => "shortcut",
            InboundKind::HomeOpened => "home_opened",
            InboundKind::Said { .. } => "said",
            InboundKind::Joined { .. } => "joined",
            InboundKind::PersonChanged(_) => "person_changed",
            InboundKind::InstallationEnded => "installation_ended",
            InboundKind::Nothing => "nothing",
        }
    }
}

/// What a platform tells about one of its accounts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profile {
    pub user: String,
    pub name: String,
    pub email: Option<String>,
    pub zone: Option<String>,
    pub locale: Option<String>,
    pub is_active: bool,
    pub is_bot: bool,
    /// A guest, or somebody of another company.
    pub is_stranger: bool,
}

/// How to answer after the acknowledgement. Opaque outside the adapter; the URLs in it are secrets, so `Debug` hides them.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Handle {
    /// The short-lived right to open a form.
    pub trigger: Option<String>,
    /// Where further private answers go.
    pub response_url: Option<String>,
    /// The form the thing happened in.
    pub form: Option<FormRef>,
    /// That form holds nothing that a person typed, so that another may take its place.
    pub is_form_read_only: bool,
    /// Where a private answer to words in a conversation goes.
    pub spot: Option<Spot>,
    /// The acknowledgement itself carries the answer, so that only what does not fit there follows.
    pub is_told_at_once: bool,
}

/// A place in a conversation where one person alone reads the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spot {
    pub conversation: String,
    pub thread: Option<String>,
    pub only_for: String,
}

impl std::fmt::Debug for Handle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Handle")
            .field("can_open_form", &self.trigger.is_some())
            .field("can_answer_later", &self.response_url.is_some())
            .finish()
    }
}

/// What the person gets back at once.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// Nothing to say.
    Nothing,
    /// Only the asker sees it.
    Private(Card),
    /// Takes the place of the private card or the message that was pressed.
    Replace(Card),
    /// Everybody in the channel sees it; only ever after *Share here*.
    Share(Card),
    OpenForm(Form),
    /// The next step of the open form.
    NextForm(Form),
    /// The open form with other contents.
    UpdateForm(Form),
    /// The form stays open; a sentence beside each field that says what to do. Pairs of field name and sentence.
    FormErrors(Vec<(String, String)>),
    Choices(Vec<Choice>),
}

/// Told to the person; says what to do next. Never carries the words of a source error.
#[derive(Debug, thiserror::Error)]
#[error("told to the person: {}", .0.summary)]
pub struct UserError(pub Box<Card>);

impl UserError {
    pub fn saying(words: impl Into<String>) -> UserError {
        UserError(Box::new(Card::saying(words)))
    }
}
