//! What somebody searches for, in the forgiving grammar of `find`.

use super::index::Facts;
use crate::domain::{opportunity::Kind, skills};
use chrono::{Datelike, Month, NaiveDate};
use std::fmt;

/// `[words] skill:rust type:project hours:<=4 remote team:data starts:may page:2`, in any order. Every text is a query:
/// what is no filter is searched for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    /// What to search for; something quoted is one piece.
    pub text: Vec<String>,
    /// All of these.
    pub skills: Vec<String>,
    /// One of these; empty means any.
    pub kinds: Vec<Kind>,
    pub min_hours: Option<u32>,
    pub max_hours: Option<u32>,
    pub remote: Option<bool>,
    pub team: Option<String>,
    pub starts: Option<Starts>,
    /// From 1.
    pub page: Page,
}

/// The number of a page, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Page(u32);

impl Page {
    /// No list is longer.
    const LAST: u32 = 10_000;

    #[must_use]
    pub fn new(number: u32) -> Page {
        Page(number.clamp(1, Page::LAST))
    }

    #[must_use]
    pub fn number(self) -> u32 {
        self.0
    }

    /// How many results come before it.
    #[must_use]
    pub fn offset(self, per_page: usize) -> usize {
        (self.0 as usize - 1).saturating_mul(per_page)
    }
}

impl Default for Page {
    fn default() -> Self {
        Page(1)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Starts {
    Before(NaiveDate),
    /// On this day or later.
    From(NaiveDate),
    On(NaiveDate),
    /// In this month, the next time it comes, or of a given year.
    In {
        month: u32,
        year: Option<i32>,
    },
}

impl Starts {
    fn parse(value: &str) -> Option<Starts> {
        let value = value.trim().to_lowercase();
        let date = |text: &str| text.trim().parse::<NaiveDate>().ok().filter(|date| (0..=9999).contains(&date.year()));
        if let Some(day) = value.strip_prefix("<=") {
            return date(day)?.succ_opt().filter(|day| day.year() <= 9999).map(Starts::Before);
        }
        if let Some(day) = value.strip_prefix('<') {
            return date(day).map(Starts::Before);
        }
        if let Some(day) = value.strip_prefix(">=") {
            return date(day).map(Starts::From);
        }
        if let Some(day) = value.strip_prefix('>') {
            return date(day)?.succ_opt().filter(|day| day.year() <= 9999).map(Starts::From);
        }
        if let Some(day) = date(&value) {
            return Some(Starts::On(day));
        }
        if let Some((year, month)) = value.split_once('-')
            && let (Ok(year), Ok(month)) = (year.parse(), month.parse())
        {
            let is_real = (1000..=9999).contains(&year) && (1..=12).contains(&month);
            return is_real.then_some(Starts::In { month, year: Some(year) });
        }
        let month = value.parse::<Month>().ok()?.number_from_month();
        Some(Starts::In { month, year: None })
    }

    /// Whether something that starts on this day is meant.
    #[must_use]
    pub fn includes(self, day: NaiveDate, today: NaiveDate) -> bool {
        match self {
            Starts::Before(limit) => day < limit,
            Starts::From(limit) => day >= limit,
            Starts::On(wanted) => day == wanted,
            Starts::In { month, year } => {
                let coming = if month < today.month() { today.year().saturating_add(1) } else { today.year() };
                day.month() == month && day.year() == year.unwrap_or(coming)
            }
        }
    }
}

impl fmt::Display for Starts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Starts::Before(day) => write!(f, "<{day}"),
            Starts::From(day) => write!(f, ">={day}"),
            Starts::On(day) => write!(f, "{day}"),
            Starts::In { month, year: Some(year) } => write!(f, "{year:04}-{month:02}"),
            Starts::In { month, year: None } => {
                let month = u8::try_from(month).ok().and_then(|month| Month::try_from(month).ok());
                f.write_str(&month.map_or("january", |month| month.name()).to_lowercase())
            }
        }
    }
}

/// More than this of a query is not read: so many letters, of one word, words to search for, skills. Together they leave
/// room for [`Query::to_text`] to be read back whole.
const LONGEST: usize = 4_000;
const LONGEST_WORD: usize = 100;
const MOST_WORDS: usize = 16;
const MOST_SKILLS: usize = 8;

impl Query {
    #[must_use]
    pub fn parse(text: &str) -> Query {
        let mut query = Query::default();
        for (word, is_quoted) in split(text) {
            let is_text = is_quoted || !query.take_filter(&word);
            if is_text && query.text.len() < MOST_WORDS {
                query.text.push(word);
            }
        }
        query
    }

    /// Reads one word as a filter; false where it is none.
    fn take_filter(&mut self, word: &str) -> bool {
        let lower = word.to_lowercase();
        if lower == "remote" {
            self.remote = Some(true);
            return true;
        }
        let Some((name, value)) = word.split_once(':') else { return false };
        let value = value.trim();
        if value.is_empty() {
            return false;
        }
        match name.to_lowercase().as_str() {
            "skill" | "skills" => {
                let skills = skills::split(value);
                let is_some = !skills.is_empty();
                for skill in skills {
                    let is_new = !self.skills.iter().any(|known| skills::same(known, &skill));
                    if is_new && self.skills.len() < MOST_SKILLS {
                        self.skills.push(skill);
                    }
                }
                is_some
            }
            "type" | "kind" => {
                let Some(kinds) = value.split(',').map(Kind::parse).collect::<Option<Vec<_>>>() else { return false };
                for kind in kinds {
                    if !self.kinds.contains(&kind) {
                        self.kinds.push(kind);
                    }
                }
                true
            }
            "hours" => match hours(value) {
                Some((min, max)) => {
                    (self.min_hours, self.max_hours) = (min, max);
                    true
                }
                None => false,
            },
            "remote" => match value.to_lowercase().as_str() {
                "yes" | "true" | "y" => {
                    self.remote = Some(true);
                    true
                }
                "no" | "false" | "n" => {
                    self.remote = Some(false);
                    true
                }
                _ => false,
            },
            "team" => {
                self.team = Some(value.to_owned());
                true
            }
            "starts" | "start" => match Starts::parse(value) {
                Some(starts) => {
                    self.starts = Some(starts);
                    true
                }
                None => false,
            },
            "page" => match value.parse() {
                Ok(number) => {
                    self.page = Page::new(number);
                    true
                }
                Err(_) => false,
            },
            _ => false,
        }
    }

    /// The query as it could be typed; [`Query::parse`] reads it back.
    #[must_use]
    pub fn to_text(&self) -> String {
        self.to_string()
    }

    /// The same search, another page.
    #[must_use]
    pub fn at_page(&self, number: u32) -> Query {
        Query { page: Page::new(number), ..self.clone() }
    }

    /// Nothing is asked for: everything open.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Query { page: self.page, ..Query::default() }
    }

    #[must_use]
    pub fn has_filters(&self) -> bool {
        !Query { text: Vec::new(), ..self.clone() }.is_empty()
    }

    /// Whether a post passes the filters that need no index.
    pub(super) fn admits(&self, post: &Facts, today: NaiveDate) -> bool {
        (self.kinds.is_empty() || self.kinds.contains(&post.kind))
            && self.admits_hours(post.hours)
            && self.remote.is_none_or(|remote| remote == post.is_remote)
            && self.starts.is_none_or(|starts| post.starts_on.is_some_and(|day| starts.includes(day, today)))
    }

    /// Hours that nobody stated pass no limit.
    fn admits_hours(&self, hours: Option<u32>) -> bool {
        let is_limited = self.min_hours.is_some() || self.max_hours.is_some();
        !is_limited
            || hours.is_some_and(|hours| {
                self.min_hours.is_none_or(|min| hours >= min) && self.max_hours.is_none_or(|max| hours <= max)
            })
    }
}

impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts: Vec<String> = self.text.iter().map(|word| as_typed(word)).collect();
        parts.extend(self.skills.iter().map(|skill| format!("skill:{}", quoted_if_spaced(skill))));
        if !self.kinds.is_empty() {
            let kinds: Vec<_> = self.kinds.iter().map(|kind| kind.as_str()).collect();
            parts.push(format!("type:{}", kinds.join(",")));
        }
        match (self.min_hours, self.max_hours) {
            (Some(min), Some(max)) => parts.push(format!("hours:{min}-{max}")),
            (Some(min), None) => parts.push(format!("hours:>={min}")),
            (None, Some(max)) => parts.push(format!("hours:<={max}")),
            (None, None) => {}
        }
        match self.remote {
            Some(true) => parts.push("remote".to_owned()),
            Some(false) => parts.push("remote:no".to_owned()),
            None => {}
        }
        if let Some(team) = &self.team {
            parts.push(format!("team:{}", quoted_if_spaced(team)));
        }
        if let Some(starts) = self.starts {
            parts.push(format!("starts:{starts}"));
        }
        if self.page != Page::default() {
            parts.push(format!("page:{}", self.page.0));
        }
        f.write_str(&parts.join(" "))
    }
}

fn is_quote(letter: char) -> bool {
    matches!(letter, '"' | '“' | '”' | '„' | '«' | '»')
}

/// The words of a query and whether each began with a quote. Quotes hold words together and are no part of them.
fn split(text: &str) -> Vec<(String, bool)> {
    let mut found = Vec::new();
    let mut word = String::new();
    let (mut is_inside, mut is_quoted) = (false, false);
    // A blank at the end closes the last word.
    for letter in text.chars().take(LONGEST).chain([' ']) {
        if is_quote(letter) {
            is_inside = !is_inside;
            is_quoted |= word.is_empty();
        } else if letter.is_whitespace() && !is_inside {
            push_word(&mut found, &mut word, &mut is_quoted);
        } else {
            word.push(if letter.is_whitespace() || letter.is_control() { ' ' } else { letter });
        }
    }
    push_word(&mut found, &mut word, &mut is_quoted);
    found
}

fn push_word(found: &mut Vec<(String, bool)>, word: &mut String, is_quoted: &mut bool) {
    let short: String = std::mem::take(word).trim_start().chars().take(LONGEST_WORD).collect();
    let whole = short.split_whitespace().collect::<Vec<_>>().join(" ");
    if !whole.is_empty() {
        found.push((whole, *is_quoted));
    }
    *is_quoted = false;
}

fn as_typed(word: &str) -> String {
    let is_plain = !word.contains(char::is_whitespace) && !Query::default().take_filter(word);
    if is_plain { word.to_owned() } else { format!("\"{word}\"") }
}

fn quoted_if_spaced(value: &str) -> String {
    if value.contains(char::is_whitespace) { format!("\"{value}\"") } else { value.to_owned() }
}

const MOST_HOURS: u32 = 9_999;

/// `4`, `<=4`, `<5`, `>2`, `>=3`, `2-4`, each with or without an `h`: the least and the most.
fn hours(value: &str) -> Option<(Option<u32>, Option<u32>)> {
    let value: String = value.chars().filter(|letter| !letter.is_whitespace()).collect::<String>().to_lowercase();
    let number = |text: &str| {
        let digits = text.trim_end_matches("hours").trim_end_matches(['h', '/', 'w']);
        let is_number = digits.len() <= 4 && digits.bytes().all(|b| b.is_ascii_digit());
        digits.parse::<u32>().ok().filter(|_| is_number)
    };
    if let Some(max) = value.strip_prefix("<=") {
        return Some((None, Some(number(max)?)));
    }
    if let Some(max) = value.strip_prefix('<') {
        return Some((None, Some(number(max)?.checked_sub(1)?)));
    }
    if let Some(min) = value.strip_prefix(">=") {
        return Some((Some(number(min)?), None));
    }
    if let Some(min) = value.strip_prefix('>') {
        return Some((Some((number(min)? + 1).min(MOST_HOURS)), None));
    }
    if let Some(exact) = value.strip_prefix('=') {
        let exact = number(exact)?;
        return Some((Some(exact), Some(exact)));
    }
    match value.split_once(['-', '–']) {
        Some((a, b)) => {
            let (a, b) = (number(a)?, number(b)?);
            Some((Some(a.min(b)), Some(a.max(b))))
        }
        None => Some((None, Some(number(&value)?))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn filters_and_words_stand_in_any_order() {
        let query =
            Query::parse("remote exporter skill:Rust hours:<=4 metrics type:project team:data starts:may page:2");
        let expected = Query {
            text: vec!["exporter".into(), "metrics".into()],
            skills: vec!["Rust".into()],
            kinds: vec![Kind::Project],
            max_hours: Some(4),
            remote: Some(true),
            team: Some("data".into()),
            starts: Some(Starts::In { month: 5, year: None }),
            page: Page::new(2),
            ..Query::default()
        };
        assert_eq!(query, expected);
        let typed = "exporter metrics skill:Rust type:project hours:<=4 remote team:data starts:may page:2";
        assert_eq!(query.to_text(), typed);
        assert_eq!(query.at_page(1).to_text(), typed.trim_end_matches(" page:2"));
    }

    #[test]
    fn what_is_no_filter_is_searched_for() {
        for text in
            ["foo:bar", "hours:many", "type:thing", "starts:soon", "page:x", "skill:", "remote:maybe", ":", "a:b:c"]
        {
            assert_eq!(Query::parse(text).text, [text], "{text}");
        }
        assert_eq!(Query::parse("\"remote work\" \"remote\" “skill:x”").text, ["remote work", "remote", "skill:x"]);
        assert!(Query::parse("  \"\" ").is_empty());
    }

    #[test]
    fn quotes_hold_the_words_of_a_value_together() {
        let query = Query::parse("team:\"data platform\" skill:\"machine learning\",SQL \"open end");
        assert_eq!(query.team.as_deref(), Some("data platform"));
        assert_eq!(query.skills, ["machine learning", "SQL"]);
        assert_eq!(query.text, ["open end"]);
    }

    #[test]
    fn hours_are_understood_the_way_people_type_them() {
        for (text, least, most) in [
            ("hours:4", None, Some(4)),
            ("hours:4h", None, Some(4)),
            ("HOURS:<=4", None, Some(4)),
            ("hours:<4", None, Some(3)),
            ("hours:>2", Some(3), None),
            ("hours:>=2", Some(2), None),
            ("hours:2-4", Some(2), Some(4)),
            ("hours:4-2", Some(2), Some(4)),
            ("hours:=3", Some(3), Some(3)),
        ] {
            let query = Query::parse(text);
            assert_eq!((query.min_hours, query.max_hours, query.text.len()), (least, most, 0), "{text}");
        }
    }

    #[test]
    fn a_month_is_the_next_one_of_that_name() {
        let today = day("2026-06-10");
        let starts = |text: &str| Query::parse(text).starts.unwrap();
        assert!(starts("starts:may").includes(day("2027-05-03"), today));
        assert!(!starts("starts:may").includes(day("2026-05-03"), today));
        assert!(starts("starts:june").includes(day("2026-06-01"), today));
        assert!(starts("starts:2026-05").includes(day("2026-05-31"), today));
        assert!(!starts("starts:<2026-06-01").includes(day("2026-06-01"), today));
        assert!(starts("starts:<=2026-06-01").includes(day("2026-06-01"), today));
        assert!(!starts("starts:>2026-06-01").includes(day("2026-06-01"), today));
    }

    proptest! {
        #[test]
        fn any_text_is_a_query_that_reads_back_as_itself(
            text in "((skill|type|hours|team|starts|page|remote|x)?:?[<>=]{0,2}[a-z0-9\",:;. -]{0,12} ?){0,12}|\\PC{0,600}"
        ) {
            let query = Query::parse(&text);
            prop_assert_eq!(Query::parse(&query.to_text()), query);
        }
    }
}
