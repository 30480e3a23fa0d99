//! "Did it happen?"

use super::KIND;
use crate::{
    domain::{
        Instant,
        calendar::{local_date, spoken_day},
        conversation::Conversation,
    },
    message::{Action, Button, Card, Verb},
    nudges::{career_conversation::card::other, exits::exits},
};
use chrono::NaiveDate;
use chrono_tz::Tz;

/// Asked after the planned time, of each of the two for themselves.
#[must_use]
pub fn check(name: &str, it: &Conversation, planned: Instant, zone: Tz, today: NaiveDate) -> Card {
    let day = local_date(zone, planned);
    let is_near = (0..=6).contains(&today.signed_duration_since(day).num_days());
    let day = if is_near { day.format("%A").to_string() } else { spoken_day(day) };
    question(&format!("Did you and {name} talk on {day}?"), it).buttons(exits(KIND))
}

/// Asked when the other one says that it happened already.
#[must_use]
pub fn already(name: &str, it: &Conversation) -> Card {
    question(&format!("Did you and {name} have your career conversation this quarter?"), it)
}

fn question(words: &str, it: &Conversation) -> Card {
    let on = |verb| Action::new(verb, it.id.0.to_string()).at_version(it.version);
    Card::saying(words)
        .buttons(vec![
            Button::new("Yes", on(Verb::SaidYes)).primary(),
            Button::new("Moved — new time", on(Verb::SaidMoved)),
            Button::new("No", on(Verb::SaidNo)),
        ])
        .note("Counts when you've both said yes. Nobody sees who answered what first.")
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
            planned_at: None,
            minutes: 25,
            is_skipped: false,
            manager_says: None,
            report_says: None,
            version: 2,
        }
    }

    #[test]
    fn the_question_is_one_line_with_three_answers_and_two_exits() {
        let planned = "2026-05-14T08:30:00Z".parse().unwrap();
        let ask =
            |today: &str| check("Ana", &conversation(), planned, Tz::Europe__Berlin, today.parse().unwrap()).to_plain();
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
}
