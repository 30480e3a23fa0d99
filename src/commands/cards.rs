//! How a post is drawn, everywhere the same: in lists, on the home, in messages, in the digest.

use crate::{
    domain::{
        calendar::{local_date, spoken_day},
        opportunity::{Kind, Opportunity, State},
    },
    message::{Button, Text},
};
use chrono_tz::Tz;

const DOT: &str = " · ";

/// `Metrics · 4 h/week · 12 weeks · remote · replies by Thu 14 May`: the team and the work, not who posted it.
#[must_use]
pub fn facts(post: &Opportunity, zone: Tz) -> String {
    let mut facts = String::with_capacity(96);
    add_facts(post, zone, &mut facts);
    facts.strip_prefix(DOT).unwrap_or_default().to_owned()
}

/// `**Rust exporter** · P-142 · Metrics · 4 h/week …`: one line that names and describes a post.
#[must_use]
pub fn line(post: &Opportunity, zone: Tz) -> Text {
    let mut facts = String::with_capacity(128);
    add(&[&post.id.to_string()], &mut facts);
    add_facts(post, zone, &mut facts);
    Text::new().bold(post.title.clone()).then(facts)
}

fn add_facts(post: &Opportunity, zone: Tz, facts: &mut String) {
    if post.kind != Kind::Project {
        add(&[post.kind.as_str()], facts);
    }
    if !post.team.is_empty() {
        add(&[&post.team], facts);
    }
    if let Some(hours) = post.hours_per_week {
        add(&[&hours.to_string(), " h/week"], facts);
    }
    if let Some(weeks) = post.weeks {
        add(&[&count(i64::from(weeks), "week")], facts);
    }
    if post.is_remote {
        add(&["remote"], facts);
    } else if !post.place.is_empty() {
        add(&[&post.place], facts);
    }
    match (post.state, post.reply_by) {
        (State::Closed { at }, _) => add(&["closed on ", &spoken_day(local_date(zone, at))], facts),
        (State::Finished { at }, _) => add(&["finished on ", &spoken_day(local_date(zone, at))], facts),
        (State::Open, Some(day)) => add(&["replies by ", &spoken_day(day)], facts),
        (State::Open, None) => {}
    }
}

fn add(fact: &[&str], facts: &mut String) {
    facts.push_str(DOT);
    facts.extend(fact.iter().copied());
}

/// A line with its reasons below it.
#[must_use]
pub fn with_second_line(line: Text, reason: Text) -> Text {
    if reason.0.is_empty() {
        return line;
    }
    let mut both = line.then("\n");
    both.0.extend(reason.0);
    both
}

#[must_use]
pub fn show(post: &Opportunity) -> Button {
    on_post("Show", "show", post)
}

#[must_use]
pub fn save(post: &Opportunity) -> Button {
    on_post("Save", "save", post)
}

#[must_use]
pub fn interested(post: &Opportunity) -> Button {
    on_post("I'm interested", "interested", post)
}

#[must_use]
pub fn not_for_me(post: &Opportunity) -> Button {
    on_post("Not for me", "hide", post)
}

#[must_use]
pub fn why(post: &Opportunity) -> Button {
    on_post("Why?", "why", post)
}

/// `P-142 closed on Tue 12 May.`
#[must_use]
pub fn closed_sentence(post: &Opportunity, zone: Tz) -> String {
    match post.state {
        State::Closed { at } => format!("{} closed on {}.", post.id, spoken_day(local_date(zone, at))),
        State::Finished { at } => format!("{} was finished on {}.", post.id, spoken_day(local_date(zone, at))),
        State::Open => format!("{} is open.", post.id),
    }
}

/// Work that asks for the same skills.
#[must_use]
pub fn similar(post: &Opportunity) -> Button {
    let mut query = String::from("find");
    for word in post.needs.iter().chain(&post.teaches).take(3) {
        query.push(' ');
        query.extend(word.chars().take(60));
    }
    Button::run("Similar projects", query)
}

/// What one can do with a match.
#[must_use]
pub fn on_a_match(post: &Opportunity) -> Vec<Button> {
    vec![interested(post), save(post), not_for_me(post), why(post)]
}

/// A button that does to this post what typing the command would do, told apart for a screen reader.
#[must_use]
pub fn on_post(label: &'static str, command: &str, post: &Opportunity) -> Button {
    let title = beginning(&post.title, 48);
    Button::run(label, [command, " ", &post.id.to_string()].concat()).accessible([label, ": ", title].concat())
}

/// The first letters of a text.
#[must_use]
pub fn beginning(text: &str, letters: usize) -> &str {
    // No text has more letters than bytes.
    if text.len() <= letters {
        return text;
    }
    text.char_indices().nth(letters).map_or(text, |(end, _)| &text[..end])
}

/// `Words`: with a capital at the start.
#[must_use]
pub fn capitalised(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// `1 week`, `2 weeks`: a number with its word.
#[must_use]
pub fn count(number: i64, word: &str) -> String {
    match number {
        1 => format!("1 {word}"),
        _ if word.ends_with("ch") => format!("{number} {word}es"),
        _ => format!("{number} {word}s"),
    }
}

/// `SQL, Rust and Grafana`.
#[must_use]
pub fn listed<S: AsRef<str>>(words: &[S]) -> String {
    match words {
        [] => String::new(),
        [one] => one.as_ref().to_owned(),
        [first @ .., last] => {
            let first: Vec<&str> = first.iter().map(AsRef::as_ref).collect();
            format!("{} and {}", first.join(", "), last.as_ref())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_post_is_one_line_that_leads_with_the_work_and_the_team() {
        let mut post = Opportunity::exporter();
        insta::assert_snapshot!(line(&post, Tz::UTC).to_plain(), @"Rust exporter · P-142 · Metrics · 4 h/week · 12 weeks · remote · replies by Thu 14 May");
        post.kind = Kind::Role;
        post.is_remote = false;
        post.weeks = Some(1);
        post.state = State::Closed { at: "2026-05-12T22:30:00Z".parse().unwrap() };
        insta::assert_snapshot!(line(&post, Tz::Europe__Berlin).to_plain(), @"Rust exporter · P-142 · role · Metrics · 4 h/week · 1 week · Berlin · closed on Wed 13 May");
    }

    #[test]
    fn what_is_not_known_of_a_post_is_left_out() {
        let post = Opportunity {
            team: String::new(),
            hours_per_week: None,
            weeks: None,
            reply_by: None,
            is_remote: false,
            place: String::new(),
            ..Opportunity::exporter()
        };
        assert_eq!(line(&post, Tz::UTC).to_plain(), "Rust exporter · P-142");
    }

    #[test]
    fn equal_buttons_are_told_apart_by_what_a_screen_reader_says() {
        let button = interested(&Opportunity::exporter());
        assert_eq!((&*button.label, button.action.subject.as_str()), ("I'm interested", "interested P-142"));
        assert_eq!(button.accessible.as_deref(), Some("I'm interested: Rust exporter"));
    }

    #[test]
    fn words_are_listed_the_way_one_says_them() {
        assert_eq!(listed::<&str>(&[]), "");
        assert_eq!(listed(&["SQL"]), "SQL");
        assert_eq!(listed(&["SQL", "Rust", "Grafana"]), "SQL, Rust and Grafana");
    }
}
