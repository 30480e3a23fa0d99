//! "Did it happen?"

use super::KIND;
use crate::{
    commands::cards::listed,
    domain::{
        calendar::{local_date, spoken_day},
        conversation::Conversation,
    },
    message::{Action, Button, Card, Verb},
    nudges::{career_conversation::card::other, exits::exits},
};
use chrono::NaiveDate;
use chrono_tz::Tz;

/// The most conversations one message asks about.
pub const MOST: usize = 6;

/// Asked after the planned time, of each of the two for themselves; of a manager about several at once.
#[must_use]
pub fn check(asked: &[&Conversation], names: &[String], zone: Tz, today: NaiveDate) -> Card {
    let questions: Vec<String> = asked
        .iter()
        .zip(names)
        .map(|(it, name)| format!("Did you and {name} talk on {}?", day(it, zone, today)))
        .collect();
    let card = match (&questions[..], asked) {
        ([words], [it]) => question(words, it),
        _ => {
            let card = Card::new(format!("Did you talk with {}?", listed(names)));
            let items = questions.iter().zip(asked).zip(names);
            items.fold(card, |card, ((words, it), name)| card.item(words.clone(), answers(it, Some(name)))).note(COUNTS)
        }
    };
    card.buttons(exits(KIND))
}

/// `Thursday`, or `Thu 14 May` where that is more than a week ago.
fn day(it: &Conversation, zone: Tz, today: NaiveDate) -> String {
    let Some(day) = it.planned_at.map(|at| local_date(zone, at)) else { return "that day".to_owned() };
    let is_near = (0..=6).contains(&today.signed_duration_since(day).num_days());
    if is_near { day.format("%A").to_string() } else { spoken_day(day) }
}

/// Asked when the other one says that it happened already.
#[must_use]
pub fn already(name: &str, it: &Conversation) -> Card {
    question(&format!("Did you and {name} have your career conversation this quarter?"), it)
}

const COUNTS: &str = "Counts when you've both said yes. Nobody sees who answered what first.";

fn question(words: &str, it: &Conversation) -> Card {
    Card::saying(words).buttons(answers(it, None)).note(COUNTS)
}

/// `name` tells the buttons apart for a screen reader where several conversations are asked about.
fn answers(it: &Conversation, name: Option<&str>) -> Vec<Button> {
    let on = |label: &'static str, verb| {
        let button = Button::new(label, Action::new(verb, it.id.0.to_string()).at_version(it.version));
        match name {
            Some(name) => button.accessible(format!("{name}: {label}")),
            None => button,
        }
    };
    let yes = on("Yes", Verb::SaidYes);
    let yes = if name.is_none() { yes.primary() } else { yes };
    vec![yes, on("Moved — new time", Verb::SaidMoved), on("No", Verb::SaidNo)]
}

/// The same words whatever the other one has said.
#[must_use]
pub fn said_yes() -> Card {
    Card::saying("Thank you. It counts once both of you have said yes.")
}

#[must_use]
pub fn said_no(it: &Conversation) -> Card {
    Card::saying("Noted, it didn't happen yet. Another time?")
        .buttons(vec![other("Pick a time", it.id, it.version).primary()])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::{ConversationId, PersonId};

    fn conversation() -> Conversation {
        Conversation {
            id: ConversationId(5),
            manager: PersonId(1),
            report: PersonId(2),
            window: "2026-Q2".into(),
            planned_at: "2026-05-14T08:30:00Z".parse().ok(),
            minutes: 25,
            is_skipped: false,
            manager_says: None,
            report_says: None,
            version: 2,
        }
    }

    #[test]
    fn the_question_is_one_line_with_three_answers_and_two_exits() {
        let names = ["Ana".to_owned()];
        let ask =
            |today: &str| check(&[&conversation()], &names, Tz::Europe__Berlin, today.parse().unwrap()).to_plain();
        insta::assert_snapshot!(ask("2026-05-14"), @r"
        Did you and Ana talk on Thursday?
        [Yes] [Moved — new time] [No]
        Counts when you've both said yes. Nobody sees who answered what first.
        [Not now] [Fewer like this]
        ");
        assert!(ask("2026-05-22").starts_with("Did you and Ana talk on Thu 14 May?"));
        insta::assert_snapshot!(already("Dana", &conversation()).to_plain(), @r"
        Did you and Dana have your career conversation this quarter?
        [Yes] [Moved — new time] [No]
        Counts when you've both said yes. Nobody sees who answered what first.
        ");
    }

    #[test]
    fn a_manager_is_asked_about_several_at_once() {
        let (one, mut two) = (conversation(), conversation());
        two.planned_at = "2026-05-13T08:30:00Z".parse().ok();
        let names = ["Ana", "Bo"].map(str::to_owned);
        let card = check(&[&one, &two], &names, Tz::Europe__Berlin, "2026-05-15".parse().unwrap());
        insta::assert_snapshot!(card.to_plain(), @r"
        Did you and Ana talk on Thursday?
        [Yes] [Moved — new time] [No]
        Did you and Bo talk on Wednesday?
        [Yes] [Moved — new time] [No]
        Counts when you've both said yes. Nobody sees who answered what first.
        [Not now] [Fewer like this]
        ");
        assert_eq!(card.all_buttons().next().unwrap().accessible.as_deref(), Some("Ana: Yes"));
    }
}
