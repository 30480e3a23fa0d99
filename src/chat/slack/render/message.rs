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
    let mut packed = pack(&card.blocks);
    if packed.is_empty() {
        let words = if is_blank(&card.summary) { Text::plain(NOTHING) } else { Text::plain(card.summary.as_str()) };
        packed = pack(&[message::Block::Text(words)]).into_iter().map(owned).collect();
    }
    packed
        .into_iter()
        .enumerate()
        .map(|(at, blocks)| Message { text: fallback(if at == 0 { &card.summary } else { "" }, &blocks), blocks })
        .collect()
}

/// Sections own their words, so a text that lives no longer than this call can still be shown.
fn owned<'a>(blocks: Vec<Block<'_>>) -> Vec<Block<'a>> {
    blocks
        .into_iter()
        .filter_map(|block| match block {
            Block::Section { text } => Some(Block::Section { text }),
            _ => None,
        })
        .collect()
}

/// Blocks that belong together, and how many characters of text they hold.
#[derive(Default)]
struct Group<'a> {
    blocks: Vec<(Block<'a>, usize)>,
}

impl Group<'_> {
    fn weight(&self) -> usize {
        self.blocks.iter().map(|(_, weight)| weight).sum()
    }
}

/// Every block of ours as Slack's, in order.
pub fn blocks(all: &[message::Block]) -> Vec<Block<'_>> {
    groups(all).into_iter().flat_map(|group| group.blocks).map(|(block, _)| block).collect()
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
                for piece in pieces(text) {
                    let weight = piece.chars().count();
                    group.blocks.push((Block::Context { elements: [Mrkdwn(piece)] }, weight));
                }
            }
            message::Block::Divider => group.blocks.push((Block::Divider, 0)),
        }
        groups.push(std::mem::take(&mut group));
    }
    groups.push(group);
    groups.retain(|group| !group.blocks.is_empty());
    groups
}

fn header<'a>(words: &'a str, group: &mut Group<'a>) {
    if is_blank(words) {
        return;
    }
    if fits(words, HEADER) {
        let text = clean(words);
        let weight = text.chars().count();
        group.blocks.push((Block::Header { text: Plain(text) }, weight));
    } else {
        sections(&Text::new().bold(words), group);
    }
}

fn sections(text: &Text, group: &mut Group<'_>) {
    for piece in pieces(text) {
        let weight = piece.chars().count();
        group.blocks.push((Block::Section { text: Mrkdwn(piece) }, weight));
    }
}

/// Rows of buttons, none with so much text that it could not stand in a message.
fn actions<'a>(buttons: &'a [message::Button], group: &mut Group<'a>) {
    let mut row = Vec::new();
    let mut weight = 0;
    for (at, it) in buttons.iter().enumerate() {
        let Some((shown, needed)) = button(at, it) else { continue };
        if row.len() == ELEMENTS || weight + needed > TEXT {
            group.blocks.push((Block::Actions { elements: std::mem::take(&mut row) }, weight));
            weight = 0;
        }
        row.push(shown);
        weight += needed;
    }
    if !row.is_empty() {
        group.blocks.push((Block::Actions { elements: row }, weight));
    }
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
fn pack(all: &[message::Block]) -> Vec<Vec<Block<'_>>> {
    let mut done = Vec::new();
    let mut current = Vec::new();
    let mut weight = 0;
    for group in groups(all) {
        let is_too_much = weight + group.weight() > BUDGET || current.len() + group.blocks.len() > MESSAGE_BLOCKS;
        if is_too_much && !current.is_empty() {
            done.push(std::mem::take(&mut current));
            weight = 0;
        }
        for (block, needed) in group.blocks {
            if weight + needed > BUDGET || current.len() == MESSAGE_BLOCKS {
                done.push(std::mem::take(&mut current));
                weight = 0;
            }
            current.push(block);
            weight += needed;
        }
    }
    done.push(current);
    done.retain(|blocks| blocks.iter().any(|block| !matches!(block, Block::Divider)));
    done
}

/// The words of the blocks, after the line that a notification shows. Escaped, because Slack reads markup here too.
fn fallback(summary: &str, blocks: &[Block<'_>]) -> String {
    let mut text = String::with_capacity(2048);
    escape(summary.trim(), &mut text);
    let headline = text.len();
    for block in blocks {
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
        match block {
            Block::Header { text: words } => escape(&words.0, &mut text),
            Block::Section { text: words } => unlink(&words.0, &mut text),
            Block::Context { elements: [words] } => unlink(&words.0, &mut text),
            Block::Actions { elements } => {
                for (at, button) in elements.iter().enumerate() {
                    text.push_str(if at == 0 { "[" } else { " [" });
                    escape(&button.text.0, &mut text);
                    text.push(']');
                }
            }
            Block::Divider | Block::Input(_) => {}
        }
    }
    let body = text[headline..].trim_start();
    if headline > 0 && body.starts_with(&text[..headline]) {
        text.drain(..text.len() - body.len());
    }
    within(text.trim_end(), FALLBACK)
}

/// Markup without what needs a live client: a date becomes its words, a link its label and address. Mentions stay.
fn unlink(markup: &str, out: &mut String) {
    let mut rest = markup;
    while let Some((before, token)) = rest.split_once('<') {
        out.push_str(before);
        let (inner, after) = token.split_once('>').unwrap_or((token, ""));
        rest = after;
        match inner.split_once('|') {
            Some((target, label)) if target.starts_with('!') => out.push_str(label),
            Some((url, label)) => {
                out.push_str(label);
                out.push_str(" (");
                out.push_str(url);
                out.push(')');
            }
            None if inner.starts_with(['@', '#']) => {
                out.push('<');
                out.push_str(inner);
                out.push('>');
            }
            None => out.push_str(inner),
        }
    }
    out.push_str(rest);
}

/// Cut at a word, and never within a mention or an escaped character.
fn within(text: &str, limit: usize) -> String {
    if fits(text, limit) {
        return text.to_owned();
    }
    let mut kept = cut(text, limit);
    for (opening, closing) in [('<', '>'), ('&', ';')] {
        if let Some(at) = kept.rfind(opening).filter(|at| !kept[*at..].contains(closing)) {
            kept.truncate(at);
            kept.push('…');
        }
    }
    kept
}
