//! Forms as modals, the home as the Home tab, and what is found by typing.

use super::{
    blocks::{Blocks, short},
    input::{Dispatch, Element, Input, Opt, Plain},
    json,
    limits::{
        CHECKS, ID, LABEL, MAX_TEXT, METADATA, OPTION, OPTION_VALUE, OPTIONS, PLACEHOLDER, TITLE, VIEW_BLOCKS,
        VIEW_BYTES,
    },
    text::{fits, is_blank, is_id, plain},
};
use crate::message::{Action, Block, Choice, Field, FieldKind, Form, Home, Text};
use serde::Serialize;
use serde_json::json;
use std::{borrow::Cow, collections::BTreeSet};

/// The `action_id` of the field that is found by typing, and the source the engine looks in.
pub const SKILLS: &str = "skills";
/// That of every other field; its name is the `block_id`.
pub const FIELD: &str = "field";

#[derive(Serialize)]
#[serde(tag = "type", rename = "modal")]
struct Modal<'a> {
    callback_id: &'static str,
    private_metadata: String,
    title: Plain<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    submit: Option<Plain<'a>>,
    close: Plain<'a>,
    notify_on_close: bool,
}

/// A modal, as JSON. The same field keeps its name whatever else changes, so that an updated form keeps what the person
/// typed.
///
/// A form without a submit button and without fields is one that only says something.
pub fn form(form: &Form) -> Vec<u8> {
    let fields = fields(&form.fields);
    let mut room = Room::for_blocks(VIEW_BLOCKS.saturating_sub(fields.all().len() + 1));
    room.take(&Blocks::of(&form.intro));
    room.blocks += fields.all().len();
    let has_fields = room.take(&fields) > 0;
    room.blocks += 1;
    room.take(&Blocks::of(&form.outro));
    let is_asking = has_fields || !is_blank(&form.submit);
    json::with(
        &Modal {
            callback_id: form.action.verb.as_str(),
            private_metadata: meaning(&form.action),
            title: Plain(titled(&form.title, "Mobility")),
            submit: is_asking.then(|| Plain(titled(&form.submit, "Send"))),
            close: Plain(if is_asking { "Cancel" } else { "Close" }.into()),
            notify_on_close: is_asking,
        },
        "blocks",
        &room.filled(),
    )
}

/// The Home tab, as JSON.
pub fn home(home: &Home) -> Vec<u8> {
    let mut room = Room::for_blocks(VIEW_BLOCKS - 1);
    let all = Blocks::of(&home.blocks);
    if room.take(&all) < all.all().len() {
        let more = "There is more than fits here. `/mobility` shows the next useful thing.";
        room.blocks += 1;
        room.take(&Blocks::of(&[Block::Note(Text::plain(more))]));
    }
    json::with(&json!({ "type": "home" }), "blocks", &room.filled())
}

/// The answer to somebody typing in a field, as JSON.
pub fn options(choices: &[Choice]) -> Vec<u8> {
    let mut options = Vec::new();
    json::value(&opts(choices, OPTIONS), &mut options);
    json::with(&json!({}), "options", &options)
}

/// A meaning that does not fit is left out: then the form does nothing, rather than something else.
fn meaning(action: &Action) -> String {
    Some(action.encode()).filter(|text| fits(text, METADATA)).unwrap_or_default()
}

fn titled<'a>(words: &'a str, otherwise: &'static str) -> Cow<'a, str> {
    if is_blank(words) { Cow::Borrowed(otherwise) } else { short(words, TITLE) }
}

/// A view being filled: what it holds, and what it still has room for: blocks, and bytes of JSON with as many set aside
/// for everything around them.
struct Room {
    json: Vec<u8>,
    blocks: usize,
    bytes: usize,
}

impl Room {
    fn for_blocks(blocks: usize) -> Room {
        Room { json: vec![b'['], blocks, bytes: VIEW_BYTES - VIEW_BYTES / 5 }
    }

    /// As many of the blocks as fit, from the first; how many those are.
    fn take(&mut self, from: &Blocks) -> usize {
        let mut taken = 0;
        for at in 0..from.all().len().min(self.blocks) {
            let json = from.json(at..at + 1);
            if json.len() >= self.bytes {
                break;
            }
            if self.json.len() > 1 {
                self.json.push(b',');
            }
            self.json.extend_from_slice(json);
            self.bytes -= json.len() + 1;
            taken += 1;
        }
        self.blocks -= taken;
        taken
    }

    /// The list of the blocks, which Slack refuses when it is empty.
    fn filled(mut self) -> Vec<u8> {
        if self.json.len() == 1 {
            self.blocks += 1;
            self.take(&Blocks::of(&[Block::Text(Text::plain("There is nothing to show here yet."))]));
        }
        self.json.push(b']');
        self.json
    }
}

fn fields(all: &[Field]) -> Blocks {
    let mut names = BTreeSet::new();
    let mut shown = Blocks::default();
    for field in all.iter().take(VIEW_BLOCKS - 10) {
        let Some(element) = element(field) else { continue };
        let name = short(&field.name, ID);
        if is_blank(&name) || !names.insert(name.clone().into_owned()) {
            continue;
        }
        let label = if is_blank(&field.label) { Cow::Borrowed("Your answer") } else { short(&field.label, LABEL) };
        shown.input(&Input {
            block_id: name.into_owned(),
            label: Plain(label),
            hint: field.hint.as_deref().filter(|hint| !is_blank(hint)).map(|hint| Plain(short(hint, LABEL))),
            optional: field.is_optional,
            dispatch_action: field.is_live,
            element,
        });
    }
    shown
}

/// `None` where there is nothing to choose from.
fn element(field: &Field) -> Option<Element<'_>> {
    let typing = || field.is_live.then_some(Dispatch { trigger_actions_on: ["on_character_entered"] });
    Some(match &field.kind {
        FieldKind::Line { initial, placeholder, max } => words(false, initial, placeholder, *max, typing()),
        FieldKind::Paragraph { initial, placeholder, max } => words(true, initial, placeholder, *max, typing()),
        FieldKind::Number { initial, min, max } => {
            let (min, max) = (*min.min(max), *max.max(min));
            Element::NumberInput {
                action_id: FIELD,
                is_decimal_allowed: false,
                min_value: min.to_string(),
                max_value: max.to_string(),
                initial_value: initial.filter(|it| (min..=max).contains(it)).map(|it| it.to_string()),
                dispatch_action_config: typing(),
            }
        }
        FieldKind::Date { initial } => Element::Datepicker {
            action_id: FIELD,
            initial_date: initial.map(|day| day.format("%Y-%m-%d").to_string()).filter(|day| day.len() == 10),
        },
        FieldKind::Time { initial } => {
            Element::Timepicker { action_id: FIELD, initial_time: initial.map(|time| time.format("%H:%M").to_string()) }
        }
        FieldKind::Select { choices, initial } => {
            let options = some(opts(choices, OPTIONS))?;
            let initial = initial.as_deref().map(|value| short(value, OPTION_VALUE));
            let initial_option = options.iter().find(|option| Some(&option.value) == initial.as_ref()).cloned();
            Element::StaticSelect { action_id: FIELD, options, initial_option }
        }
        FieldKind::Checks { choices, initial } => {
            let options = some(opts(choices, CHECKS))?;
            let chosen: BTreeSet<_> = initial.iter().map(|value| short(value, OPTION_VALUE)).collect();
            let initial_options = options.iter().filter(|option| chosen.contains(&option.value)).cloned().collect();
            Element::Checkboxes { action_id: FIELD, options, initial_options }
        }
        FieldKind::Skills { initial } => Element::MultiExternalSelect {
            action_id: SKILLS,
            min_query_length: 1,
            placeholder: Plain("Type a skill".into()),
            initial_options: distinct(initial.iter().map(|skill| (skill.as_str(), skill.as_str())), OPTIONS),
        },
        FieldKind::Person { initial } => {
            Element::UsersSelect { action_id: FIELD, initial_user: initial.as_deref().filter(|user| is_id(user)) }
        }
    })
}

fn words<'a>(
    multiline: bool,
    initial: &'a str,
    placeholder: &'a str,
    max: u32,
    dispatch_action_config: Option<Dispatch>,
) -> Element<'a> {
    let max_length = max.clamp(1, u32::try_from(MAX_TEXT).unwrap_or(u32::MAX));
    let kept: String = plain(initial).chars().take(max_length as usize).collect();
    Element::PlainTextInput {
        action_id: FIELD,
        multiline,
        max_length,
        initial_value: Some(kept).filter(|kept| !kept.is_empty()),
        placeholder: (!is_blank(placeholder)).then(|| Plain(short(placeholder, PLACEHOLDER))),
        dispatch_action_config,
    }
}

fn opts(choices: &[Choice], limit: usize) -> Vec<Opt<'_>> {
    distinct(choices.iter().map(|choice| (choice.label.as_str(), choice.value.as_str())), limit)
}

/// Choices that can be told apart when they come back.
fn distinct<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>, limit: usize) -> Vec<Opt<'a>> {
    let mut seen = BTreeSet::new();
    pairs
        .filter(|(label, value)| !is_blank(label) && !is_blank(value))
        .map(|(label, value)| Opt { text: Plain(short(label, OPTION)), value: short(value, OPTION_VALUE) })
        .filter(|option| seen.insert(option.value.clone()))
        .take(limit)
        .collect()
}

fn some<T>(all: Vec<T>) -> Option<Vec<T>> {
    if all.is_empty() { None } else { Some(all) }
}
