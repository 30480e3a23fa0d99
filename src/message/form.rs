//! A form: a modal on one platform, a dialog on another.

use super::{Action, Block, Card, Platform};
use chrono::{NaiveDate, NaiveTime};
use std::{borrow::Cow, collections::BTreeMap};

#[derive(Clone, Debug, PartialEq)]
pub struct Form {
    /// At most 24 characters.
    pub title: String,
    /// The submit button, at most 24 characters.
    pub submit: String,
    /// What submitting means.
    pub action: Action,
    /// Read before the fields.
    pub intro: Vec<Block>,
    pub fields: Vec<Field>,
    /// Read after the fields, such as who will be told.
    pub outro: Vec<Block>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// Stable name; the key in [`Values`].
    pub name: String,
    pub label: String,
    pub hint: Option<String>,
    pub is_optional: bool,
    /// Asks for the form anew whenever this field changes (`InboundKind::FormChanged`).
    pub is_live: bool,
    pub kind: FieldKind,
}

#[derive(Clone, Debug, PartialEq)]
pub enum FieldKind {
    Line {
        initial: String,
        placeholder: String,
        max: u32,
    },
    Paragraph {
        initial: String,
        placeholder: String,
        max: u32,
    },
    Number {
        initial: Option<i64>,
        min: i64,
        max: i64,
    },
    Date {
        initial: Option<NaiveDate>,
    },
    Time {
        initial: Option<NaiveTime>,
    },
    /// One of a short list.
    Select {
        choices: Vec<Choice>,
        initial: Option<String>,
    },
    /// Any of a short list (at most 10).
    Checks {
        choices: Vec<Choice>,
        initial: Vec<String>,
    },
    /// Any number of skills, found by typing (`InboundKind::Lookup` with `source` `skills`).
    Skills {
        initial: Vec<String>,
    },
    /// Somebody of the workspace; the value is the platform's id.
    Person {
        initial: Option<String>,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// At most 75 characters.
    pub label: String,
    /// At most 75 characters as well, so that every platform can carry it.
    pub value: String,
}

impl Choice {
    pub fn new(label: impl Into<String>, value: impl Into<String>) -> Choice {
        Choice { label: label.into(), value: value.into() }
    }
}

impl Form {
    /// A form that only says something: where a card has no other place to stand.
    #[must_use]
    pub fn saying(card: Card) -> Form {
        let mut intro = card.blocks;
        if intro.is_empty() {
            intro.push(Block::Text(card.summary.into()));
        }
        Form {
            title: "Mobility".to_owned(),
            submit: String::new(),
            action: Action::run(""),
            intro,
            fields: Vec::new(),
            outro: Vec::new(),
        }
    }
}

impl Field {
    pub fn new(name: impl Into<String>, label: impl Into<String>, kind: FieldKind) -> Field {
        Field { name: name.into(), label: label.into(), hint: None, is_optional: false, is_live: false, kind }
    }

    #[must_use]
    pub fn optional(mut self) -> Field {
        self.is_optional = true;
        self
    }

    #[must_use]
    pub fn live(mut self) -> Field {
        self.is_live = true;
        self
    }

    #[must_use]
    pub fn hint(mut self, words: impl Into<String>) -> Field {
        self.hint = Some(words.into());
        self
    }
}

/// What a person filled in: a list of texts per field, empty where nothing was chosen. Dates are `2026-05-14`, times `09:30`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Values(pub BTreeMap<String, Vec<String>>);

impl Values {
    /// Every value as [`legible`] text.
    #[must_use]
    pub fn legible(&self) -> Values {
        let clean = |all: &Vec<String>| all.iter().map(|value| legible(value).into_owned()).collect();
        Values(self.0.iter().map(|(name, all)| (name.clone(), clean(all))).collect())
    }

    /// The single value of a field, trimmed; empty where there is none.
    #[must_use]
    pub fn one(&self, name: &str) -> &str {
        self.0.get(name).and_then(|all| all.first()).map_or("", |value| value.trim())
    }

    #[must_use]
    pub fn all(&self, name: &str) -> &[String] {
        self.0.get(name).map_or(&[], Vec::as_slice)
    }

    #[must_use]
    pub fn date(&self, name: &str) -> Option<NaiveDate> {
        self.one(name).parse().ok()
    }

    #[must_use]
    pub fn time(&self, name: &str) -> Option<NaiveTime> {
        NaiveTime::parse_from_str(self.one(name), "%H:%M").ok()
    }

    #[must_use]
    pub fn number(&self, name: &str) -> Option<u32> {
        self.one(name).parse().ok()
    }

    #[must_use]
    pub fn is_checked(&self, name: &str, value: &str) -> bool {
        self.all(name).iter().any(|chosen| chosen == value)
    }
}

/// Without the control characters that nobody can read and not every database keeps; line breaks stay.
#[must_use]
pub fn legible(text: &str) -> Cow<'_, str> {
    let is_noise = |letter: char| letter.is_control() && letter != '\n' && letter != '\t';
    if text.contains(is_noise) { Cow::Owned(text.replace(is_noise, "")) } else { Cow::Borrowed(text) }
}

/// A form that is open on somebody's screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormRef {
    pub platform: Platform,
    pub id: String,
    /// Guards against overwriting a newer one.
    pub revision: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_can_read_is_dropped_and_line_breaks_stay() {
        assert_eq!(legible("a\0b\u{7}c\nd\te"), "abc\nd\te");
        assert!(matches!(legible("plain"), Cow::Borrowed(_)));
        let values = Values(BTreeMap::from([("title".to_owned(), vec!["R\0ust".to_owned()])]));
        assert_eq!(values.legible().one("title"), "Rust");
    }
}
