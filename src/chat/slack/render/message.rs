//! A card as one message, or as several where it is longer than Slack takes.

use super::{
    blocks::{Blocks, Drawn},
    json,
    limits::{BUDGET, FALLBACK, MESSAGE_BLOCKS},
    text::{cut, escape, fits, is_blank},
};
use crate::message::Card;
use serde::Serialize;
use std::ops::Range;

/// Said where a card holds nothing that could be shown, because Slack refuses an empty message.
const NOTHING: &str = "There is nothing to show here.";

#[derive(Debug)]
pub struct Message {
    /// Everything, in plain words: for notifications, screen readers, and clients that show no blocks.
    pub text: String,
    /// JSON, with a comma between any two.
    blocks: Vec<u8>,
}

impl Message {
    /// What Slack gets: the fields of `head`, and the message.
    pub fn body(&self, head: &impl Serialize) -> Vec<u8> {
        let mut body = json::begin(head, 512 + self.text.len() + self.blocks.len());
        body.extend_from_slice(br#""text":"#);
        json::string(&self.text, &mut body);
        body.extend_from_slice(br#","blocks":["#);
        body.extend_from_slice(&self.blocks);
        body.extend_from_slice(b"]}");
        body
    }
}

/// At least one message. Each keeps every limit; together they hold all words of the card, in order.
pub fn messages(card: &Card) -> Vec<Message> {
    let blocks = Blocks::of(&card.blocks);
    let packed = pack(blocks.all());
    if packed.is_empty() {
        let words = if is_blank(&card.summary) { NOTHING } else { card.summary.as_str() };
        return messages(&Card::new("").text(words));
    }
    let message = |(at, some): (usize, Range<usize>)| Message {
        text: fallback(if at == 0 { &card.summary } else { "" }, blocks.words(some.clone())),
        blocks: blocks.json(some).to_vec(),
    };
    packed.into_iter().enumerate().map(message).collect()
}

/// Fills messages up to the limits, breaking between groups where it can.
fn pack(all: &[Drawn]) -> Vec<Range<usize>> {
    let mut done = Vec::with_capacity(1);
    let (mut start, mut at, mut weight) = (0, 0, 0);
    for group in all.chunk_by(|_, next| !next.is_apart) {
        let together: usize = group.iter().map(|drawn| drawn.weight).sum();
        if weight + together > BUDGET || at - start + group.len() > MESSAGE_BLOCKS {
            done.push(start..at);
            (start, weight) = (at, 0);
        }
        for drawn in group {
            if weight + drawn.weight > BUDGET || at - start == MESSAGE_BLOCKS {
                done.push(start..at);
                (start, weight) = (at, 0);
            }
            weight += drawn.weight;
            at += 1;
        }
    }
    done.push(start..at);
    done.retain(|some| all[some.clone()].iter().any(|drawn| drawn.weight > 0));
    done
}

/// The words of the blocks, after the line that a notification shows. Escaped, because Slack reads markup here too.
fn fallback(summary: &str, words: &str) -> String {
    let words = words.trim();
    let mut text = String::with_capacity(summary.len() + words.len() + 16);
    escape(summary.trim(), &mut text);
    if words.starts_with(&text) {
        text.clear();
    } else if !text.ends_with('\n') {
        text.push('\n');
    }
    text.push_str(words);
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
