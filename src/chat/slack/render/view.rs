//! Forms as modals, the home as the Home tab, and what is found by typing.

use super::{
    block::{Block, Dispatch, Element, Input, Mrkdwn, Opt, Plain},
    limits::{
        CHECKS, ID, LABEL, MAX_TEXT, METADATA, OPTION, OPTION_VALUE, OPTIONS, PLACEHOLDER, TITLE, VIEW_BLOCKS,
        VIEW_BYTES,
    },
    message::{blocks, short},
    text::{fits, is_blank, is_id, plain},
};
use crate::message::{Action, Choice, Field, FieldKind, Form, Home};
use serde::Serialize;
use std::{borrow::Cow, collections::BTreeSet};

/// The `action_id` of the field that is found by typing, and the source the engine looks in.
pub const SKILLS: &str = "skills";
/// That of every other field; its name is the `block_id`.
pub const FIELD: &str = "field";

#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum View<'a> {
    Modal {
        callback_id: &'static str,
        private_metadata: String,
        title: Plain<'a>,
        #[serde(skip_serializing_if = "Option::is_none")]
        submit: Option<Plain<'a>>,
        close: Plain<'a>,
        notify_on_close: bool,
        blocks: Vec<Block<'a>>,
    },
    Home {
        blocks: Vec<Block<'a>>,
    },
}

/// The same field keeps its name whatever else changes, so that an updated form keeps what the person typed.
///
/// A form without a submit button and without fields is one that only says something.
pub fn form(form: &Form) -> View<'_> {
    let mut room = Room::new();
    let fields = fields(&form.fields);
    room.blocks = VIEW_BLOCKS.saturating_sub(fields.len() + 1);
    let mut all = room.take(blocks(&form.intro));
    let outro = blocks(&form.outro);
    room.blocks += fields.len();
    all.extend(room.take(fields));
    room.blocks += 1;
    all.extend(room.take(outro));
    let has_fields = all.iter().any(|block| matches!(block, Block::Input(_)));
    let is_asking = has_fields || !is_blank(&form.submit);
    View::Modal {
        callback_id: form.action.verb.as_str(),
        private_metadata: meaning(&form.action),
        title: Plain(titled(&form.title, "Mobility")),
        submit: is_asking.then(|| Plain(titled(&form.submit, "Send"))),
        close: Plain(if is_asking { "Cancel" } else { "Close" }.into()),
        notify_on_close: is_asking,
        blocks: never_empty(all),
    }
}

pub fn home(home: &Home) -> View<'_> {
    let mut room = Room::new();
    room.blocks = VIEW_BLOCKS - 1;
    let all = blocks(&home.blocks);
    let before = all.len();
    let mut shown = room.take(all);
    if shown.len() < before {
        let more = "There is more than fits here. `/mobility` shows the next useful thing.";
        shown.push(Block::Context { elements: [Mrkdwn(more.to_owned())] });
    }
    View::Home { blocks: never_empty(shown) }
}

/// The answer to somebody typing in a field.
#[derive(Debug, Serialize)]
pub struct Options<'a> {
    options: Vec<Opt<'a>>,
}

pub fn options(choices: &[Choice]) -> Options<'_> {
    Options { options: opts(choices, OPTIONS) }
}

/// A meaning that does not fit is left out: then the form does nothing, rather than something else.
fn meaning(action: &Action) -> String {
    Some(action.encode()).filter(|text| fits(text, METADATA)).unwrap_or_default()
}

fn titled<'a>(words: &'a str, otherwise: &'static str) -> Cow<'a, str> {
    if is_blank(words) { Cow::Borrowed(otherwise) } else { short(words, TITLE) }
}

fn never_empty(mut all: Vec<Block<'_>>) -> Vec<Block<'_>> {
    if all.is_empty() {
        all.push(Block::Section { text: Mrkdwn("There is nothing to show here yet.".to_owned()) });
    }
    all
}

/// What still fits into a view: blocks, and bytes with room for everything around them.
struct Room {
    blocks: usize,
    bytes: usize,
}

impl Room {
    fn new() -> Room {
        Room { blocks: 0, bytes: VIEW_BYTES - VIEW_BYTES / 5 }
    }

    fn take<'a>(&mut self, all: Vec<Block<'a>>) -> Vec<Block<'a>> {
        let mut taken = Vec::with_capacity(all.len());
        for block in all {
            let bytes = serde_json::to_string(&block).map_or(usize::MAX, |json| json.len() + 1);
            if self.blocks == 0 || bytes > self.bytes {
                break;
            }
            self.blocks -= 1;
            self.bytes -= bytes;
            taken.push(block);
        }
        taken
    }
}

fn fields(all: &[Field]) -> Vec<Block<'_>> {
    let mut names = BTreeSet::new();
    let mut shown = Vec::with_capacity(all.len());
    for field in all.iter().take(VIEW_BLOCKS - 10) {
        let Some(element) = element(field) else { continue };
        let name = short(&field.name, ID);
        if is_blank(&name) || !names.insert(name.clone().into_owned()) {
            continue;
        }
        let label = if is_blank(&field.label) { Cow::Borrowed("Your answer") } else { short(&field.label, LABEL) };
        shown.push(Block::Input(Box::new(Input {
            block_id: name.into_owned(),
            label: Plain(label),
            hint: field.hint.as_deref().filter(|hint| !is_blank(hint)).map(|hint| Plain(short(hint, LABEL))),
            optional: field.is_optional,
            dispatch_action: field.is_live,
            element,
        })));
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
