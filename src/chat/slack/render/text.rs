//! Spans as Slack's markup. The only place where words become markup, and so the only place that escapes.

use super::limits::{TEXT, URL};
use crate::message::{Platform, Span, Text};
use std::fmt::Write;
use unicode_segmentation::UnicodeSegmentation;

/// The whole text as one string of markup.
pub fn write_markup(text: &Text, out: &mut String) {
    for span in &text.0 {
        write_span(span, out);
    }
}

/// The plain words that tell the same, escaped as well.
pub fn write_words(text: &Text, out: &mut String) {
    for span in &text.0 {
        write_plain(span, out);
    }
}

/// A stretch of text as markup, and as the plain words that tell the same. Both are escaped.
#[derive(Debug, Default)]
pub struct Piece {
    pub markup: String,
    pub plain: String,
}

/// The text as pieces of at most [`TEXT`] characters of markup each, never cut within a word that fits into one.
pub fn pieces(text: &Text) -> Vec<Piece> {
    fill(&words(text), TEXT)
}

/// What the span says where nothing is live.
fn write_plain(span: &Span, out: &mut String) {
    match span {
        Span::Plain(words) | Span::Bold(words) | Span::Italic(words) | Span::Code(words) => escape(words, out),
        Span::Person { name, .. } => escape(&label(name), out),
        Span::Channel { name, .. } => {
            out.push('#');
            escape(&label(name), out);
        }
        Span::Time { fallback, .. } => escape(&label(fallback), out),
        Span::Link { label: words, url } => {
            escape(&label(words), out);
            if is_web_address(url) {
                out.push_str(" (");
                escape(url, out);
                out.push(')');
            }
        }
    }
}

/// Whether `text` has at most `limit` characters; counts only where bytes do not settle it.
pub fn fits(text: &str, limit: usize) -> bool {
    text.len() <= limit || text.chars().count() <= limit
}

/// Nothing that anybody could see.
pub fn is_blank(text: &str) -> bool {
    text.chars().all(|letter| letter.is_whitespace() || is_dropped(letter))
}

fn write_span(span: &Span, out: &mut String) {
    match span {
        Span::Plain(words) => escape(words, out),
        Span::Bold(words) => styled(words, '*', out),
        Span::Italic(words) => styled(words, '_', out),
        Span::Code(words) => styled(words, '`', out),
        _ => token(span, out),
    }
}

/// A mark holds within a line only, and not with blanks at its inner edge.
fn styled(words: &str, mark: char, out: &mut String) {
    for (at, line) in words.split('\n').enumerate() {
        if at > 0 {
            out.push('\n');
        }
        let kept = line.trim();
        if is_blank(kept) {
            out.push_str(if line.is_empty() { "" } else { " " });
            continue;
        }
        let before = &line[..line.len() - line.trim_start().len()];
        escape(before, out);
        out.push(mark);
        if mark == '`' {
            escape(&kept.replace('`', "'"), out)
        } else {
            escape(kept, out)
        }
        out.push(mark);
        escape(&line[line.trim_end().len()..], out);
    }
}

/// What the platform shows in its own way. Whatever it could not show right becomes plain words.
fn token(span: &Span, out: &mut String) {
    match span {
        Span::Person { address, .. } if address.platform == Platform::Slack && is_id(&address.id) => {
            let _ = write!(out, "<@{}>", address.id);
        }
        Span::Channel { address, .. } if address.platform == Platform::Slack && is_id(&address.id) => {
            let _ = write!(out, "<#{}>", address.id);
        }
        Span::Person { name, .. } => escape(&label(name), out),
        Span::Channel { name, .. } => {
            out.push('#');
            escape(&label(name), out);
        }
        Span::Time { at, fallback } => {
            let _ = write!(out, "<!date^{}^{{date_long}} at {{time}}|", at.timestamp());
            let words = label(fallback);
            escape(if is_blank(&words) { "then" } else { &words }, out);
            out.push('>');
        }
        Span::Link { label: words, url } => link(words, url, out),
        Span::Plain(words) | Span::Bold(words) | Span::Italic(words) | Span::Code(words) => escape(words, out),
    }
}

fn link(words: &str, url: &str, out: &mut String) {
    let words = label(words);
    let before = out.len();
    if is_web_address(url) {
        out.push('<');
        escape(url, out);
        if !is_blank(&words) {
            out.push('|');
            escape(&words, out);
        }
        out.push('>');
    }
    if out.len() == before || !fits(&out[before..], TEXT) {
        out.truncate(before);
        escape(&words, out);
    }
}

/// Only what a browser opens, and nothing that could end the link early.
pub fn is_web_address(url: &str) -> bool {
    let is_known = ["https://", "http://", "mailto:"].iter().any(|scheme| url.starts_with(scheme));
    is_known
        && url.len() <= URL
        && !url.contains(|letter: char| {
            letter.is_whitespace() || is_dropped(letter) || matches!(letter, '<' | '>' | '|' | '"' | '`' | '\\')
        })
}

/// Words within a link or a date: one line, and without the sign that separates them from the rest.
fn label(words: &str) -> String {
    let flat: String = words.chars().map(|letter| if letter.is_whitespace() { ' ' } else { letter }).collect();
    cut(&flat.replace('|', "/"), 300)
}

pub fn is_id(id: &str) -> bool {
    (2..=30).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

/// Exactly the three characters that begin markup; and nothing that turns lines around or cannot be seen.
pub fn escape(text: &str, out: &mut String) {
    let mut rest = text;
    while let Some(at) = rest.bytes().position(|byte| LOOKED_AT[usize::from(byte)]) {
        let (kept, more) = rest.split_at(at);
        out.push_str(kept);
        let Some(letter) = more.chars().next() else { break };
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\t' => out.push(' '),
            dropped if is_dropped(dropped) => out.push_str(instead_of(dropped)),
            kept => out.push(kept),
        }
        rest = &more[letter.len_utf8()..];
    }
    out.push_str(rest);
}

/// The bytes that can begin something that is replaced; looking at letters would be several times slower.
const LOOKED_AT: [bool; 256] = {
    let mut bytes = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        bytes[byte] = matches!(byte as u8, 0..0x20 | b'&' | b'<' | b'>' | 0x7F | 0xC2 | 0xD8 | 0xE2 | 0xEF);
        byte += 1;
    }
    bytes
};

/// Control characters but for the line break, and everything that changes the direction of text.
pub fn is_dropped(letter: char) -> bool {
    (letter.is_control() && letter != '\n' && letter != '\t')
        || matches!(letter, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{206F}' | '\u{200E}' | '\u{200F}' | '\u{061C}'
            | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}')
}

/// Text where nothing is markup: a button, a heading, an option.
pub fn plain(text: &str) -> String {
    text.chars()
        .filter(|letter| !is_dropped(*letter) || letter.is_whitespace())
        .map(|letter| if letter == '\t' || is_dropped(letter) { ' ' } else { letter })
        .collect()
}

/// A blank control character still stands between two words.
fn instead_of(dropped: char) -> &'static str {
    if dropped.is_whitespace() { " " } else { "" }
}

/// At most `limit` characters, cut after a whole word where there is one, and marked as cut.
pub fn cut(text: &str, limit: usize) -> String {
    if fits(text, limit) {
        return text.to_owned();
    }
    let mut head = &text[..prefix(text, limit.saturating_sub(1))];
    if let Some(at) = head.rfind(char::is_whitespace).filter(|at| *at >= head.len() / 2) {
        head = &head[..at];
    }
    format!("{}…", head.trim_end())
}

/// The bytes of the longest beginning with whole graphemes of at most `limit` characters. A single grapheme that is
/// longer than that has no good place to cut.
fn prefix(text: &str, limit: usize) -> usize {
    let mut end = 0;
    let mut count = 0;
    for (at, grapheme) in text.grapheme_indices(true) {
        count += grapheme.chars().count();
        if count > limit {
            break;
        }
        end = at + grapheme.len();
    }
    if end == 0 { text.char_indices().nth(limit).map_or(text.len(), |(at, _)| at) } else { end }
}

/// Something that stays whole, and whether a line may be broken before it.
struct Atom {
    piece: Piece,
    length: usize,
    is_space: bool,
}

impl Atom {
    fn new(piece: Piece, is_space: bool) -> Atom {
        Atom { length: piece.markup.chars().count(), piece, is_space }
    }
}

/// Every word for itself, with its marks, so that the text can be broken between any two.
fn words(text: &Text) -> Vec<Atom> {
    let mut atoms = Vec::new();
    for span in &text.0 {
        let (words, mark) = match span {
            Span::Plain(words) => (words, None),
            Span::Bold(words) => (words, Some('*')),
            Span::Italic(words) => (words, Some('_')),
            Span::Code(words) => (words, Some('`')),
            _ => {
                let mut piece = Piece::default();
                token(span, &mut piece.markup);
                write_plain(span, &mut piece.plain);
                atoms.push(Atom::new(piece, false));
                continue;
            }
        };
        for run in runs(words) {
            let is_space = run.starts_with(char::is_whitespace);
            for part in graphemes_up_to(run, TEXT / 8) {
                let mut piece = Piece::default();
                match mark {
                    Some(mark) if !is_space => styled(part, mark, &mut piece.markup),
                    _ => escape(part, &mut piece.markup),
                }
                escape(part, &mut piece.plain);
                atoms.push(Atom::new(piece, is_space));
            }
        }
    }
    atoms
}

/// Stretches of blanks and of everything else, in turn.
fn runs(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let is_space = rest.chars().next()?.is_whitespace();
        let end = rest.find(|letter: char| letter.is_whitespace() != is_space).unwrap_or(rest.len());
        let (run, more) = rest.split_at(end);
        rest = more;
        Some(run)
    })
}

/// A word longer than any limit in parts that are not; each character may take five when it is escaped.
fn graphemes_up_to(run: &str, limit: usize) -> impl Iterator<Item = &str> {
    let mut rest = run;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let end = if fits(rest, limit) { rest.len() } else { prefix(rest, limit) };
        let (part, more) = rest.split_at(end);
        rest = more;
        Some(part)
    })
}

/// Fills pieces of at most `limit` characters and breaks before the last word that does not fit.
fn fill(atoms: &[Atom], limit: usize) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut piece = Piece::default();
    let mut length = 0;
    let mut rest = atoms;
    while !rest.is_empty() {
        let blanks = rest.iter().take_while(|atom| atom.is_space).count();
        let end = blanks + rest[blanks..].iter().take_while(|atom| !atom.is_space).count();
        let (word, more) = rest.split_at(end);
        rest = more;
        let needed: usize = word.iter().map(|atom| atom.length).sum();
        if length + needed > limit {
            flush(&mut piece, &mut length, &mut pieces);
        }
        for atom in word {
            if length + atom.length > limit {
                flush(&mut piece, &mut length, &mut pieces);
            }
            if atom.is_space && piece.markup.is_empty() {
                continue;
            }
            piece.markup.push_str(&atom.piece.markup);
            piece.plain.push_str(&atom.piece.plain);
            length += atom.length;
        }
    }
    flush(&mut piece, &mut length, &mut pieces);
    pieces
}

fn flush(piece: &mut Piece, length: &mut usize, pieces: &mut Vec<Piece>) {
    let mut whole = std::mem::take(piece);
    *length = 0;
    if !is_blank(&whole.markup) {
        whole.markup.truncate(whole.markup.trim_end().len());
        pieces.push(whole);
    }
}
