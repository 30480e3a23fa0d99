//! The fields of a form as types: only what every Slack client shows. Borrowed where nothing had to be changed.

use serde::{Serialize, Serializer, ser::SerializeStruct};
use std::borrow::Cow;

/// Text where nothing is markup.
#[derive(Clone, Debug, PartialEq)]
pub struct Plain<'a>(pub Cow<'a, str>);

impl Serialize for Plain<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("Plain", 2)?;
        object.serialize_field("type", "plain_text")?;
        object.serialize_field("text", &self.0)?;
        object.end()
    }
}

#[derive(Debug, Serialize)]
#[serde(tag = "type", rename = "input")]
pub struct Input<'a> {
    pub block_id: String,
    pub label: Plain<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<Plain<'a>>,
    pub optional: bool,
    pub dispatch_action: bool,
    pub element: Element<'a>,
}

/// The element's `action_id` is the same for a field whatever its contents, so that Slack keeps what was typed.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Element<'a> {
    PlainTextInput {
        action_id: &'static str,
        multiline: bool,
        max_length: u32,
        #[serde(skip_serializing_if = "Option::is_none")]
        initial_value: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        placeholder: Option<Plain<'a>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        dispatch_action_config: Option<Dispatch>,
    },
    NumberInput {
        action_id: &'static str,
        is_decimal_allowed: bool,
        min_value: String,
        max_value: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        initial_value: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        dispatch_action_config: Option<Dispatch>,
    },
    Datepicker {
        action_id: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        initial_date: Option<String>,
    },
    Timepicker {
        action_id: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        initial_time: Option<String>,
    },
    StaticSelect {
        action_id: &'static str,
        options: Vec<Opt<'a>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        initial_option: Option<Opt<'a>>,
    },
    Checkboxes {
        action_id: &'static str,
        options: Vec<Opt<'a>>,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        initial_options: Vec<Opt<'a>>,
    },
    MultiExternalSelect {
        action_id: &'static str,
        min_query_length: u32,
        placeholder: Plain<'a>,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        initial_options: Vec<Opt<'a>>,
    },
    UsersSelect {
        action_id: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        initial_user: Option<&'a str>,
    },
}

/// Tells us of every change while somebody types, not only of the return key.
#[derive(Debug, Serialize)]
pub struct Dispatch {
    pub trigger_actions_on: [&'static str; 1],
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Opt<'a> {
    pub text: Plain<'a>,
    pub value: Cow<'a, str>,
}
