//! What the weekly digest says.

use super::SOON;
use crate::{
    commands::cards::{self, listed},
    domain::{calendar::spoken_day, opportunity::Opportunity},
    message::{Button, Card, Text},
};
use chrono::{Datelike, NaiveDate, TimeDelta};

#[must_use]
pub fn digest(posts: &[&Opportunity], finished: &[&Opportunity], topics: &[String], today: NaiveDate) -> Card {
    let monday = today - TimeDelta::days(i64::from(today.weekday().num_days_from_monday()));
    let ways = if posts.len() == 1 { "1 way".to_owned() } else { format!("{} ways", posts.len()) };
    let title = format!("{ways} to work on something different — week of {} {}", monday.day(), monday.format("%B"));
    let mut card = Card::new(title.clone()).text(Text::new().bold(title));
    for post in posts {
        card = card.item(line(post), vec![cards::show(post)]);
    }
    let soon: Vec<String> = posts
        .iter()
        .filter_map(|post| {
            let day = post.reply_by.filter(|day| day.signed_duration_since(today).num_days() <= SOON)?;
            Some(format!("{} ({})", post.id, day.weekday()))
        })
        .collect();
    if !soon.is_empty() {
        card = card.text(format!("Closing soon: {}.", listed(&soon)));
    }
    if !finished.is_empty() {
        card = card.text(done(finished));
    }
    let more = if topics.is_empty() { "find".to_owned() } else { format!("find {}", topics.join(" ")) };
    let about = if topics.is_empty() { "everything".to_owned() } else { listed(topics) };
    card.buttons(vec![
        Button::run("More like these", more),
        Button::run("Post a project", "post"),
        Button::run("Change", "channel change"),
    ])
    .note(Text::plain(format!("Topics here: {about}.")))
}

/// The posts for which the message had no room.
#[must_use]
pub fn rest(posts: &[&Opportunity]) -> Card {
    let mut card = Card::new("More open work").text("And more open work:");
    for post in posts {
        card = card.item(line(post), vec![cards::show(post)]);
    }
    card
}

fn done(posts: &[&Opportunity]) -> Text {
    let mut text = Text::plain("Finished last week: ");
    for (index, post) in posts.iter().enumerate() {
        if index > 0 {
            text = text.then(if index + 1 == posts.len() { " and " } else { ", " });
        }
        text = text.italic(post.title.clone());
        if !post.team.trim().is_empty() {
            text = text.then(format!(" ({})", post.team.trim()));
        }
    }
    text.then(".")
}

/// The work and the team first, who posted it not at all.
fn line(post: &Opportunity) -> Text {
    let team = match post.team.trim() {
        "" => "A team".to_owned(),
        team if team.to_lowercase().ends_with("team") => team.to_owned(),
        team => format!("{team} team"),
    };
    let mut text = Text::new().bold(team);
    if !post.needs.is_empty() {
        text = text.then(format!(" needs {}", listed(&post.needs)));
    }
    if !post.teaches.is_empty() {
        text = text.then(format!(" (will teach {})", listed(&post.teaches)));
    }
    let mut facts = vec![post.id.to_string()];
    if let Some(hours) = post.hours_per_week {
        facts.push(format!("{hours} h/week"));
    }
    if let Some(weeks) = post.weeks {
        facts.push(cards::count(i64::from(weeks), "week"));
    }
    if post.is_remote {
        facts.push("remote".to_owned());
    } else if !post.place.is_empty() {
        facts.push(post.place.clone());
    }
    if let Some(day) = post.reply_by {
        facts.push(format!("answer by {}", spoken_day(day)));
    }
    text.then(": ").italic(post.title.clone()).then(format!(" — {}", facts.join(", ")))
}
