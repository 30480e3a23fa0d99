//! Our blocks as Slack's, drawn in one pass: their JSON into one buffer, and what they say in plain words into another.
//! Where each begins and ends is kept, so that a card is cut between any two of them without being drawn again.

use super::{
    input::Input,
    json,
    limits::{BUTTON, CONFIRM_BUTTON, CONFIRM_TEXT, CONFIRM_TITLE, ELEMENTS, HEADER, TEXT, VALUE},
    text::{cut, escape, fits, is_blank, pieces, plain, write_markup, write_words},
};
use crate::message::{self, Style, Text};
use std::{borrow::Cow, ops::Range};

/// Only what every Slack client shows.
#[derive(Default)]
pub struct Blocks {
    /// The blocks with a comma between any two.
    json: Vec<u8>,
    /// A line or more of each, escaped.
    words: String,
    all: Vec<Drawn>,
    /// The next one need not stay with those before it.
    is_apart: bool,
    /// Filled anew for every text.
    markup: String,
}

pub struct Drawn {
    json: Range<usize>,
    words: Range<usize>,
    /// How many characters of text it holds. A divider alone has none.
    pub weight: usize,
    /// It need not stay with those before it.
    pub is_apart: bool,
}

/// What stands around escaped markup. `verbatim`, so that Slack does not go looking for names and addresses in people's
/// words.
struct Frame(&'static [u8], &'static [u8]);

const SECTION: Frame = Frame(br#"{"type":"section","text":{"type":"mrkdwn","text":"#, br#","verbatim":true}}"#);
const CONTEXT: Frame = Frame(br#"{"type":"context","elements":[{"type":"mrkdwn","text":"#, br#","verbatim":true}]}"#);

impl Blocks {
    /// Every block of ours, in order. A heading stays with what it is the heading of, and buttons with their paragraph.
    pub fn of(all: &[message::Block]) -> Blocks {
        let mut blocks = Blocks {
            json: Vec::with_capacity(256 + 768 * all.len()),
            words: String::with_capacity(128 + 192 * all.len()),
            all: Vec::with_capacity(2 * all.len()),
            is_apart: true,
            markup: String::with_capacity(512),
        };
        for block in all {
            match block {
                message::Block::Header(words) => blocks.header(words),
                message::Block::Text(text) => blocks.text(&SECTION, text),
                message::Block::Item { text, buttons } => {
                    blocks.text(&SECTION, text);
                    blocks.buttons(buttons);
                }
                message::Block::Buttons(buttons) => blocks.buttons(buttons),
                message::Block::Note(text) => blocks.text(&CONTEXT, text),
                message::Block::Divider => {
                    blocks.push(0, |json| json.extend_from_slice(br#"{"type":"divider"}"#), |_| ())
                }
            }
            blocks.is_apart |= !matches!(block, message::Block::Header(_));
        }
        blocks
    }

    #[must_use]
    pub fn all(&self) -> &[Drawn] {
        &self.all
    }

    /// The JSON of some neighbours, with a comma between any two.
    #[must_use]
    pub fn json(&self, some: Range<usize>) -> &[u8] {
        &self.json[extent(&self.all[some], |drawn| &drawn.json)]
    }

    /// What they say in plain words, each on a line of its own.
    #[must_use]
    pub fn words(&self, some: Range<usize>) -> &str {
        &self.words[extent(&self.all[some], |drawn| &drawn.words)]
    }

    pub fn input(&mut self, input: &Input<'_>) {
        self.push(1, |json| json::value(input, json), |_| ());
    }

    fn header(&mut self, words: &str) {
        if is_blank(words) {
            return;
        }
        if !fits(words, HEADER) {
            return self.text(&SECTION, &Text::new().bold(words));
        }
        let text = clean(words);
        let draw = |json: &mut Vec<u8>| {
            json.extend_from_slice(br#"{"type":"header","text":"#);
            plain_text(&text, json);
            json.push(b'}');
        };
        self.push(text.chars().count(), draw, |plain| escape(&text, plain));
    }

    fn text(&mut self, frame: &Frame, text: &Text) {
        let mut markup = std::mem::take(&mut self.markup);
        markup.clear();
        write_markup(text, &mut markup);
        if !fits(&markup, TEXT) {
            for piece in pieces(text) {
                self.markup(frame, &piece.markup, |words| words.push_str(&piece.plain));
            }
        } else if !is_blank(&markup) {
            self.markup(frame, &markup, |words| write_words(text, words));
        }
        self.markup = markup;
    }

    fn markup(&mut self, Frame(before, behind): &Frame, markup: &str, tell: impl FnOnce(&mut String)) {
        let draw = |json: &mut Vec<u8>| {
            json.extend_from_slice(before);
            json::string(markup, json);
            json.extend_from_slice(behind);
        };
        self.push(markup.chars().count(), draw, tell);
    }

    /// Rows of buttons, none with so much text that it could not stand in a message.
    fn buttons(&mut self, buttons: &[message::Button]) {
        let mut row = Vec::with_capacity(buttons.len().min(ELEMENTS));
        let mut weight = 0;
        for button in buttons.iter().enumerate().filter_map(|(at, it)| Button::new(at, it)) {
            let needed = button.weight();
            if row.len() == ELEMENTS || weight + needed > TEXT {
                self.row(&row, weight);
                row.clear();
                weight = 0;
            }
            weight += needed;
            row.push(button);
        }
        if !row.is_empty() {
            self.row(&row, weight);
        }
    }

    fn row(&mut self, buttons: &[Button<'_>], weight: usize) {
        let draw = |json: &mut Vec<u8>| {
            json.extend_from_slice(br#"{"type":"actions","elements":["#);
            for (at, button) in buttons.iter().enumerate() {
                if at > 0 {
                    json.push(b',');
                }
                button.draw(json);
            }
            json.extend_from_slice(b"]}");
        };
        let tell = |words: &mut String| {
            for (at, button) in buttons.iter().enumerate() {
                words.push_str(if at == 0 { "[" } else { " [" });
                escape(&button.text, words);
                words.push(']');
            }
        };
        self.push(weight, draw, tell);
    }

    fn push(&mut self, weight: usize, draw: impl FnOnce(&mut Vec<u8>), tell: impl FnOnce(&mut String)) {
        if !self.all.is_empty() {
            self.json.push(b',');
        }
        if weight > 0 && !self.words.is_empty() && !self.words.ends_with('\n') {
            self.words.push('\n');
        }
        let (json, words) = (self.json.len(), self.words.len());
        draw(&mut self.json);
        tell(&mut self.words);
        self.all.push(Drawn {
            json: json..self.json.len(),
            words: words..self.words.len(),
            weight,
            is_apart: std::mem::take(&mut self.is_apart),
        });
    }
}

/// From where the first begins to where the last ends.
fn extent(all: &[Drawn], of: impl Fn(&Drawn) -> &Range<usize>) -> Range<usize> {
    match (all.first(), all.last()) {
        (Some(first), Some(last)) => of(first).start..of(last).end,
        _ => 0..0,
    }
}

/// A button in the words that are shown.
struct Button<'a> {
    it: &'a message::Button,
    /// Tells it from the others of its row.
    at: usize,
    text: Cow<'a, str>,
    value: String,
    label: Option<Cow<'a, str>>,
    question: Option<Cow<'a, str>>,
}

const CANCEL: &str = "Cancel";

impl<'a> Button<'a> {
    /// `None` for a button whose meaning does not fit: it could only do something else than it says.
    fn new(at: usize, it: &'a message::Button) -> Option<Button<'a>> {
        let value = it.action.encode();
        let shown = |words: &'a Option<String>, limit| {
            words.as_deref().filter(|words| !is_blank(words)).map(|words| short(words, limit))
        };
        fits(&value, VALUE).then(|| Button {
            it,
            at,
            text: if is_blank(&it.label) { Cow::Borrowed("Open") } else { short(&it.label, BUTTON) },
            value,
            label: shown(&it.accessible, BUTTON),
            question: shown(&it.confirm, CONFIRM_TEXT),
        })
    }

    /// Characters of text, with those of the question.
    fn weight(&self) -> usize {
        let text = self.text.chars().count();
        let asked = |question: &Cow<'_, str>| {
            text.min(CONFIRM_TITLE) + question.chars().count() + text.min(CONFIRM_BUTTON) + CANCEL.len()
        };
        text + self.question.as_ref().map_or(0, asked)
    }

    fn draw(&self, json: &mut Vec<u8>) {
        json.extend_from_slice(br#"{"type":"button","action_id":""#);
        json::number(self.at, json);
        json.push(b'.');
        json.extend_from_slice(self.it.action.verb.as_str().as_bytes());
        json.extend_from_slice(br#"","text":"#);
        plain_text(&self.text, json);
        json.extend_from_slice(br#","value":"#);
        json::string(&self.value, json);
        json.extend_from_slice(match self.it.style {
            Style::Normal => b"",
            Style::Primary => br#","style":"primary""#,
            Style::Danger => br#","style":"danger""#,
        });
        if let Some(label) = &self.label {
            json.extend_from_slice(br#","accessibility_label":"#);
            json::string(label, json);
        }
        if let Some(question) = &self.question {
            json.extend_from_slice(br#","confirm":{"title":"#);
            plain_text(&short(&self.text, CONFIRM_TITLE), json);
            json.extend_from_slice(br#","text":"#);
            plain_text(question, json);
            json.extend_from_slice(br#","confirm":"#);
            plain_text(&short(&self.text, CONFIRM_BUTTON), json);
            json.extend_from_slice(br#","deny":"#);
            plain_text(CANCEL, json);
            json.push(b'}');
        }
        json.push(b'}');
    }
}

fn plain_text(text: &str, json: &mut Vec<u8>) {
    json.extend_from_slice(br#"{"type":"plain_text","text":"#);
    json::string(text, json);
    json.push(b'}');
}

/// Plain text of at most `limit` characters; borrowed where nothing has to be changed.
pub fn short(words: &str, limit: usize) -> Cow<'_, str> {
    match clean(words) {
        Cow::Borrowed(words) if fits(words, limit) => Cow::Borrowed(words),
        words => Cow::Owned(cut(&words, limit)),
    }
}

fn clean(words: &str) -> Cow<'_, str> {
    let is_clean = json::until(words.as_bytes(), |byte| !matches!(byte, b' '..=b'~')) == words.len();
    if is_clean { Cow::Borrowed(words) } else { Cow::Owned(plain(words)) }
}
