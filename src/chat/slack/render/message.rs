//! A card as one message, or as several where it is longer than Slack takes.

use super::{
    block::{Block, Button, Confirm, Mrkdwn, Plain},
    limits::{
        BUDGET, BUTTON, CONFIRM_BUTTON, CONFIRM_TEXT, CONFIRM_TITLE, ELEMENTS, FALLBACK, HEADER, MESSAGE_BLOCKS, TEXT,
        VALUE,
    },
    text::{cut, escape, fits, is_blank, pieces, plain},
};
use crate::message::{self, Card, Style, Text};
use serde::Serialize;
use std::borrow::Cow;

/// Said where a card holds nothing that could be shown, because Slack refuses an empty message.
const NOTHING: &str = "There is nothing to show here.";

#[derive(Debug, Serialize)]
pub struct Message<'a> {
    /// Everything, in plain words: for notifications, screen readers, and clients that show no blocks.
    pub text: String,
    pub blocks: Vec<Block<'a>>,
}

/// At least one message. Each keeps every limit; together they hold all words of the card, in order.
pub fn messages(card: &Card) -> Vec<Message<'_>> {
    let packed = pack(groups(&card.blocks));
    if packed.is_empty() {
        let words = if is_blank(&card.summary) { NOTHING } else { card.summary.as_str() };
        let mut group = Group::default();
        sections(&Text::plain(words), &mut group);
        return pack(vec![group]).into_iter().map(|shown| message("", shown)).collect();
    }
    let summary = |at: usize| if at == 0 { card.summary.as_str() } else { "" };
    packed.into_iter().enumerate().map(|(at, shown)| message(summary(at), shown)).collect()
}

fn message<'a>(summary: &str, shown: Vec<Shown<'a>>) -> Message<'a> {
    let text = fallback(summary, &shown);
    Message { text, blocks: shown.into_iter().map(|shown| shown.block).collect() }
}

/// A block, how many characters of text it holds, and what it says in plain words, escaped.
struct Shown<'a> {
    block: Block<'a>,
    weight: usize,
    plain: String,
}

/// Blocks that belong together.
type Group<'a> = Vec<Shown<'a>>;

/// Every block of ours as Slack's, in order.
pub fn blocks(all: &[message::Block]) -> Vec<Block<'_>> {
    groups(all).into_iter().flatten().map(|shown| shown.block).collect()
}

fn groups(all: &[message::Block]) -> Vec<Group<'_>> {
    let mut groups = Vec::with_capacity(all.len());
    let mut group = Group::default();
    for block in all {
        match block {
            message::Block::Header(words) => {
                header(words, &mut group);
                // A heading stays with what it is the heading of.
                continue;
            }
            message::Block::Text(text) => sections(text, &mut group),
            message::Block::Item { text, buttons } => {
                sections(text, &mut group);
                actions(buttons, &mut group);
            }
            message::Block::Buttons(buttons) => actions(buttons, &mut group),
            message::Block::Note(text) => {
                group.extend(pieces(text).into_iter().map(|piece| Shown {
                    weight: piece.markup.chars().count(),
                    block: Block::Context { elements: [Mrkdwn(piece.markup)] },
                    plain: piece.plain,
                }));
            }
            message::Block::Divider => group.push(Shown { block: Block::Divider, weight: 0, plain: String::new() }),
        }
        groups.push(std::mem::take(&mut group));
    }
    groups.push(group);
    groups.retain(|group| !group.is_empty());
    groups
}

fn header<'a>(words: &'a str, group: &mut Group<'a>) {
    if is_blank(words) {
        return;
    }
    if fits(words, HEADER) {
        let text = clean(words);
        let mut plain = String::new();
        escape(&text, &mut plain);
        group.push(Shown { weight: text.chars().count(), block: Block::Header { text: Plain(text) }, plain });
    } else {
        sections(&Text::new().bold(words), group);
    }
}

fn sections(text: &Text, group: &mut Group<'_>) {
    group.extend(pieces(text).into_iter().map(|piece| Shown {
        weight: piece.markup.chars().count(),
        block: Block::Section { text: Mrkdwn(piece.markup) },
        plain: piece.plain,
    }));
}

/// Rows of buttons, none with so much text that it could not stand in a message.
fn actions<'a>(buttons: &'a [message::Button], group: &mut Group<'a>) {
    let mut row = Vec::new();
    let mut weight = 0;
    for (at, it) in buttons.iter().enumerate() {
        let Some((shown, needed)) = button(at, it) else { continue };
        if row.len() == ELEMENTS || weight + needed > TEXT {
            group.push(buttons_row(std::mem::take(&mut row), weight));
            weight = 0;
        }
        row.push(shown);
        weight += needed;
    }
    if !row.is_empty() {
        group.push(buttons_row(row, weight));
    }
}

fn buttons_row(elements: Vec<Button<'_>>, weight: usize) -> Shown<'_> {
    let mut plain = String::new();
    for (at, button) in elements.iter().enumerate() {
        plain.push_str(if at == 0 { "[" } else { " [" });
        escape(&button.text.0, &mut plain);
        plain.push(']');
    }
    Shown { block: Block::Actions { elements }, weight, plain }
}

/// `None` for a button whose meaning does not fit: it could only do something else than it says.
fn button(at: usize, it: &message::Button) -> Option<(Button<'_>, usize)> {
    let value = it.action.encode();
    if !fits(&value, VALUE) {
        return None;
    }
    let text = if is_blank(&it.label) { Cow::Borrowed("Open") } else { short(&it.label, BUTTON) };
    let mut weight = text.chars().count();
    let confirm = it.confirm.as_deref().filter(|question| !is_blank(question)).map(|question| Confirm {
        title: Plain(short(&text, CONFIRM_TITLE).into_owned().into()),
        text: Plain(short(question, CONFIRM_TEXT)),
        confirm: Plain(short(&text, CONFIRM_BUTTON).into_owned().into()),
        deny: Plain("Cancel".into()),
    });
    if let Some(asked) = &confirm {
        weight += [&asked.title, &asked.text, &asked.confirm, &asked.deny]
            .iter()
            .map(|text| text.0.chars().count())
            .sum::<usize>();
    }
    let shown = Button {
        action_id: format!("{at}.{}", it.action.verb.as_str()),
        text: Plain(text),
        value,
        style: match it.style {
            Style::Normal => None,
            Style::Primary => Some("primary"),
            Style::Danger => Some("danger"),
        },
        accessibility_label: it.accessible.as_deref().filter(|words| !is_blank(words)).map(|it| short(it, BUTTON)),
        confirm,
    };
    Some((shown, weight))
}

/// Plain text of at most `limit` characters; borrowed where nothing has to be changed.
pub fn short(words: &str, limit: usize) -> Cow<'_, str> {
    match clean(words) {
        Cow::Borrowed(words) if fits(words, limit) => Cow::Borrowed(words),
        words => Cow::Owned(cut(&words, limit)),
    }
}

fn clean(words: &str) -> Cow<'_, str> {
    let is_clean = words.bytes().all(|byte| byte >= b' ' && byte.is_ascii() && byte != 0x7f);
    if is_clean { Cow::Borrowed(words) } else { Cow::Owned(plain(words)) }
}

/// Fills messages up to the limits, breaking between groups where it can.
fn pack(groups: Vec<Group<'_>>) -> Vec<Vec<Shown<'_>>> {
    let mut done = Vec::new();
    let mut current: Vec<Shown<'_>> = Vec::new();
    let mut weight = 0;
    for group in groups {
        let together: usize = group.iter().map(|shown| shown.weight).sum();
        if weight + together > BUDGET || current.len() + group.len() > MESSAGE_BLOCKS {
            done.push(std::mem::take(&mut current));
            weight = 0;
        }
        for shown in group {
            if weight + shown.weight > BUDGET || current.len() == MESSAGE_BLOCKS {
                done.push(std::mem::take(&mut current));
                weight = 0;
            }
            weight += shown.weight;
            current.push(shown);
        }
    }
    done.push(current);
    done.retain(|all| all.iter().any(|shown| !matches!(shown.block, Block::Divider)));
    done
}

/// The words of the blocks, after the line that a notification shows. Escaped, because Slack reads markup here too.
fn fallback(summary: &str, all: &[Shown<'_>]) -> String {
    let mut text = String::with_capacity(2048);
    escape(summary.trim(), &mut text);
    let headline = text.len();
    for shown in all.iter().filter(|shown| !shown.plain.is_empty()) {
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
        text.push_str(&shown.plain);
    }
    let body = text[headline..].trim_start();
    if headline > 0 && body.starts_with(&text[..headline]) {
        text.drain(..text.len() - body.len());
    }
    within(text.trim_end(), FALLBACK)
}

/// Cut at a word, and never within an escaped character.
fn within(text: &str, limit: usize) -> String {
    if fits(text, limit) {
        return text.to_owned();
    }
    let mut kept = cut(text, limit);
    if let Some(at) = kept.rfind('&').filter(|at| !kept[*at..].contains(';')) {
        kept.truncate(at);
        kept.push('…');
    }
    kept
}
