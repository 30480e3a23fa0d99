//! A card: what a person reads, with its buttons.
//!
//! Text is made of spans, and a [`Span::Plain`] can never become a mention, a link or formatting: renderers escape it.
//! That is the whole defence against hostile user text, so there is no way to pass through a platform's own markup.

use super::{Action, Address};
use crate::domain::Instant;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Card {
    /// The one line that a notification shows. Plain words.
    pub summary: String,
    pub blocks: Vec<Block>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Block {
    /// A heading, at most 150 characters.
    Header(String),
    Text(Text),
    /// A paragraph with the buttons that belong to it.
    Item {
        text: Text,
        buttons: Vec<Button>,
    },
    Buttons(Vec<Button>),
    /// Small print.
    Note(Text),
    Divider,
}

/// Words, in order. A line break is `\n` inside a span.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Text(pub Vec<Span>);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Span {
    Plain(String),
    Bold(String),
    Italic(String),
    /// Something to type, shown as typed.
    Code(String),
    /// A live mention of a person or `name` where the platform cannot show one. Only ever made by us.
    Person {
        address: Address,
        name: String,
    },
    /// A live mention of a channel.
    Channel {
        address: Address,
        name: String,
    },
    /// An instant, shown with its weekday in the reader's own zone where the platform can; `fallback` elsewhere.
    Time {
        at: Instant,
        fallback: String,
    },
    Link {
        label: String,
        url: String,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Button {
    /// At most 75 characters; the texts of product.md.
    pub label: Cow<'static, str>,
    pub action: Action,
    #[serde(default)]
    pub style: Style,
    /// What a screen reader says where equal labels stand in one message.
    #[serde(default)]
    pub accessible: Option<String>,
    /// Asked before the press counts.
    #[serde(default)]
    pub confirm: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Style {
    #[default]
    Normal,
    /// The one main button of a message.
    Primary,
    Danger,
}

impl Card {
    pub fn new(summary: impl Into<String>) -> Card {
        Card { summary: summary.into(), blocks: Vec::new() }
    }

    /// A card of one paragraph, which is also its summary.
    pub fn saying(words: impl Into<String>) -> Card {
        let words = words.into();
        Card::new(words.clone()).text(Text::plain(words))
    }

    #[must_use]
    pub fn header(mut self, words: impl Into<String>) -> Card {
        self.blocks.push(Block::Header(words.into()));
        self
    }

    #[must_use]
    pub fn text(mut self, text: impl Into<Text>) -> Card {
        self.blocks.push(Block::Text(text.into()));
        self
    }

    #[must_use]
    pub fn item(mut self, text: impl Into<Text>, buttons: Vec<Button>) -> Card {
        self.blocks.push(Block::Item { text: text.into(), buttons });
        self
    }

    #[must_use]
    pub fn buttons(mut self, buttons: Vec<Button>) -> Card {
        self.blocks.push(Block::Buttons(buttons));
        self
    }

    #[must_use]
    pub fn note(mut self, text: impl Into<Text>) -> Card {
        self.blocks.push(Block::Note(text.into()));
        self
    }

    #[must_use]
    pub fn divider(mut self) -> Card {
        self.blocks.push(Block::Divider);
        self
    }

    /// All words of the card in reading order, without formatting: for the terminal, for tests, for a plain-text fallback.
    #[must_use]
    pub fn to_plain(&self) -> String {
        let mut lines = Vec::new();
        for block in &self.blocks {
            match block {
                Block::Header(words) => lines.push(words.clone()),
                Block::Text(text) | Block::Note(text) => lines.push(text.to_plain()),
                Block::Item { text, buttons } => {
                    lines.push(text.to_plain());
                    lines.push(labels(buttons));
                }
                Block::Buttons(buttons) => lines.push(labels(buttons)),
                Block::Divider => {}
            }
        }
        lines.retain(|line| !line.is_empty());
        lines.join("\n")
    }

    /// Every button of the card, in reading order.
    pub fn all_buttons(&self) -> impl Iterator<Item = &Button> {
        self.blocks.iter().flat_map(|block| match block {
            Block::Item { buttons, .. } | Block::Buttons(buttons) => buttons.as_slice(),
            _ => &[],
        })
    }
}

fn labels(buttons: &[Button]) -> String {
    buttons.iter().map(|button| format!("[{}]", button.label)).collect::<Vec<_>>().join(" ")
}

impl Text {
    #[must_use]
    pub fn new() -> Text {
        Text::default()
    }

    pub fn plain(words: impl Into<String>) -> Text {
        Text(vec![Span::Plain(words.into())])
    }

    #[must_use]
    pub fn then(mut self, words: impl Into<String>) -> Text {
        self.0.push(Span::Plain(words.into()));
        self
    }

    #[must_use]
    pub fn bold(mut self, words: impl Into<String>) -> Text {
        self.0.push(Span::Bold(words.into()));
        self
    }

    #[must_use]
    pub fn italic(mut self, words: impl Into<String>) -> Text {
        self.0.push(Span::Italic(words.into()));
        self
    }

    #[must_use]
    pub fn code(mut self, words: impl Into<String>) -> Text {
        self.0.push(Span::Code(words.into()));
        self
    }

    #[must_use]
    pub fn span(mut self, span: Span) -> Text {
        self.0.push(span);
        self
    }

    #[must_use]
    pub fn to_plain(&self) -> String {
        self.0
            .iter()
            .map(|span| match span {
                Span::Plain(words) | Span::Bold(words) | Span::Italic(words) | Span::Code(words) => words.clone(),
                Span::Person { name, .. } => name.clone(),
                Span::Channel { name, .. } => format!("#{name}"),
                Span::Time { fallback, .. } => fallback.clone(),
                Span::Link { label, url } => format!("{label} ({url})"),
            })
            .collect()
    }
}

impl From<&str> for Text {
    fn from(words: &str) -> Text {
        Text::plain(words)
    }
}

impl From<String> for Text {
    fn from(words: String) -> Text {
        Text::plain(words)
    }
}

impl Button {
    pub fn new(label: impl Into<Cow<'static, str>>, action: Action) -> Button {
        Button { label: label.into(), action, style: Style::Normal, accessible: None, confirm: None }
    }

    /// A button that does what typing the command would do.
    pub fn run(label: impl Into<Cow<'static, str>>, command: impl Into<String>) -> Button {
        Button::new(label, Action::run(command))
    }

    #[must_use]
    pub fn primary(mut self) -> Button {
        self.style = Style::Primary;
        self
    }

    #[must_use]
    pub fn danger(mut self) -> Button {
        self.style = Style::Danger;
        self
    }

    #[must_use]
    pub fn accessible(mut self, words: impl Into<String>) -> Button {
        self.accessible = Some(words.into());
        self
    }

    #[must_use]
    pub fn confirm(mut self, question: impl Into<String>) -> Button {
        self.confirm = Some(question.into());
        self
    }
}
