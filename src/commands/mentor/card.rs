//! The words of helping each other.

use super::super::{cards, people};
use crate::{
    domain::{
        calendar::{local_date, spoken_day},
        mentoring::{Mentoring, RequestState, Way},
        person::Person,
    },
    message::{Address, Button, Card, Span, Text},
    store::mentoring::Request,
};
use chrono_tz::Tz;

/// `meets regularly, answers questions`.
pub fn ways(ways: &[Way]) -> String {
    ways.iter().map(|way| way.fact()).collect::<Vec<_>>().join(", ")
}

fn offer_text(offer: &Mentoring) -> Text {
    let how: Vec<String> = offer.ways.iter().map(|way| way.offer().to_lowercase()).collect();
    let how = cards::capitalised(&cards::listed(&how));
    let people = if offer.capacity == 1 { "1 person".to_owned() } else { format!("{} people", offer.capacity) };
    let mut text =
        Text::new().bold("You offer: ").then(offer.skills.join(", ")).then(format!("\n{how}, for {people} at a time."));
    if !offer.note.is_empty() {
        text = text.then("\n").italic(offer.note.clone());
    }
    text
}

pub fn offered(me: &Person) -> Card {
    let mut card = Card::new("You offer to help")
        .text("Thank you. Colleagues who look for it find you now, and you answer every request yourself.");
    if let Some(offer) = &me.mentoring {
        card = card.text(offer_text(offer));
    }
    card.buttons(vec![Button::run("Change", "mentor offer"), Button::run("Stop", "mentor stop")])
}

/// What somebody who offers help reads when they are asked.
pub fn asked(from: &Address, me: &Person, who: &str, topic: &str, note: &str) -> Card {
    let name = people::called(me);
    let mut card = Card::new(format!("{name} asks for your help")).text(
        Text::new()
            .span(Span::Person { address: from.clone(), name })
            .then(" would like your help with ")
            .bold(topic)
            .then("."),
    );
    let mut facts = Text::new();
    for (label, fact) in [("Works in", me.department.as_str()), ("As", me.title.as_str()), ("Note", note)] {
        if !fact.is_empty() {
            let start = if facts.0.is_empty() { "" } else { "\n" };
            facts = facts.then(format!("{start}{label}: {fact}"));
        }
    }
    if !facts.0.is_empty() {
        card = card.text(facts);
    }
    card.buttons(vec![
        Button::run("Accept", format!("mentor accept {who}")).primary(),
        Button::run("Decline", format!("mentor decline {who}")),
    ])
    .note("A no is fine and needs no reason.")
}

pub fn agreed(with: &Span, it: &Request, is_for_asker: bool) -> Card {
    let text = if is_for_asker {
        Text::new()
            .span(with.clone())
            .then(" says yes: ")
            .bold(it.topic.clone())
            .then(". Write to each other and find a first half hour; bring one question.")
    } else {
        Text::new()
            .then("You help ")
            .span(with.clone())
            .then(" with ")
            .bold(it.topic.clone())
            .then(". They know. Write to each other and find a first half hour.")
    };
    Card::new(if is_for_asker { "The answer is yes" } else { "You said yes" })
        .text(text)
        .buttons(vec![Button::run("My mentoring", "mentor")])
}

pub fn declined(mentor: &Person, it: &Request) -> Card {
    Card::new(format!("About {}", it.topic))
        .text(
            Text::new().bold(people::called(mentor)).then(format!(
                " can't help with {} right now. It says nothing about you; others may have room.",
                it.topic
            )),
        )
        .buttons(vec![Button::run("Find a mentor", format!("mentor find {}", it.topic))])
}

pub fn ended(by: &Person, it: &Request) -> Card {
    Card::new("It is over for now").text(
        Text::new()
            .bold(people::called(by))
            .then(format!(" says that your mentoring about {} has come to its end. Thank you both.", it.topic)),
    )
}

/// Everything about one's mentoring; each request with the other one's name and how a button names them.
pub fn status(me: &Person, all: &[(String, String, Request)], zone: Tz) -> Card {
    let mut card = Card::new("Helping each other").header("Helping each other");
    match &me.mentoring {
        Some(offer) => {
            card = card.item(
                offer_text(offer),
                vec![Button::run("Change", "mentor offer"), Button::run("Stop", "mentor stop")],
            );
        }
        None => card = card.text("You offer nothing right now. An hour a month is a lot to somebody who begins."),
    }
    for (name, who, it) in all {
        let is_mine = it.mentor == me.id;
        let day = spoken_day(local_date(zone, it.asked_at));
        let (words, buttons) = match (it.state, is_mine) {
            (RequestState::Waiting, true) => (
                format!(" asked you on {day}: {}", it.topic),
                vec![
                    Button::run("Accept", format!("mentor accept {who}")).primary(),
                    Button::run("Decline", format!("mentor decline {who}")),
                ],
            ),
            (RequestState::Waiting, false) => (
                format!(" — you asked on {day}: {}. No answer yet.", it.topic),
                vec![Button::run("Withdraw", format!("mentor withdraw {who}"))],
            ),
            (RequestState::Accepted, true) => (
                format!(" learns from you: {}", it.topic),
                vec![Button::run("It has ended", format!("mentor end {who}"))],
            ),
            (RequestState::Accepted, false) => {
                (format!(" helps you: {}", it.topic), vec![Button::run("It has ended", format!("mentor end {who}"))])
            }
            _ => continue,
        };
        let buttons = buttons.into_iter().map(|button| {
            let label = format!("{}: {name}", button.label);
            button.accessible(label.chars().take(75).collect::<String>())
        });
        card = card.item(Text::new().bold(name.clone()).then(words), buttons.collect());
    }
    let mut buttons = vec![Button::run("Find a mentor", "mentor find")];
    if me.mentoring.is_none() {
        buttons.push(Button::run("Offer to help", "mentor offer"));
    }
    card.buttons(buttons)
}
