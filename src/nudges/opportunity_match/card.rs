//! What a match says.

use super::KIND;
use crate::{
    commands::cards::{self, count, listed},
    domain::{
        calendar::spoken_day,
        matching::{Reason, sentences},
        opportunity::Opportunity,
        person::Person,
        skills,
        word::Word,
    },
    message::{Card, Text},
    nudges::exits::exits,
};

/// One piece of work, why it fits, and who hears of it.
#[must_use]
pub fn offer(person: &Person, post: &Opportunity) -> Card {
    let mut facts = Vec::new();
    if let Some(hours) = post.hours_per_week {
        facts.push(format!("{hours} h/week"));
    }
    if let Some(weeks) = post.weeks {
        facts.push(count(i64::from(weeks), "week"));
    }
    if post.is_remote {
        facts.push("remote".to_owned());
    } else if !post.place.is_empty() {
        facts.push(post.place.clone());
    }
    if let Some(day) = post.reply_by {
        facts.push(format!("replies by {}", spoken_day(day)));
    }
    let facts = if facts.is_empty() { ".".to_owned() } else { format!(" — {}.", facts.join(", ")) };
    let mut text = Text::new().bold(post.title.clone()).then(facts);
    let fits = fits(person, post);
    if !fits.is_empty() {
        text = text.then(format!(" {fits}"));
    }
    Card::new(format!("Work that fits you: {}", post.title))
        .text(text)
        .buttons(vec![
            cards::interested(post).primary(),
            cards::save(post),
            cards::not_for_me(post),
            cards::on_post("Why this?", "why", post),
        ])
        .buttons(exits(KIND))
        .note("Looking is private. Your manager is told only if you accept an offer.")
}

/// `You have Rust and SQL; you'd learn Grafana, which is on your list.`
fn fits(person: &Person, post: &Opportunity) -> String {
    let of = |theirs: &[String], mine: &[Word]| -> Vec<String> {
        let mine: Vec<String> = mine.iter().map(|skill| skills::canonical(skill)).collect();
        theirs.iter().filter(|skill| mine.contains(&skills::canonical(skill))).take(4).cloned().collect()
    };
    let have = of(&[&post.needs[..], &post.nice].concat(), &person.have);
    let learn = of(&[&post.teaches[..], &post.needs, &post.nice].concat(), &person.want);
    let are = if learn.len() == 1 { "is" } else { "are" };
    match (have.is_empty(), learn.is_empty()) {
        (true, true) => String::new(),
        (false, true) => format!("You have {}.", listed(&have)),
        (true, false) => format!("You'd learn {}, which {are} on your list.", listed(&learn)),
        (false, false) => {
            format!("You have {}; you'd learn {}, which {are} on your list.", listed(&have), listed(&learn))
        }
    }
}

/// For the ledger.
#[must_use]
pub fn why(reasons: &[Reason]) -> String {
    sentences(reasons)
}
