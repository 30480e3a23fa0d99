//! What the reminder of the career conversation says.

use super::{KIND, Stage, spoken};
use crate::{
    commands::cards::listed,
    domain::{
        Instant,
        calendar::{Quarter, short_label, spoken_time},
        conversation::Conversation,
        id::ConversationId,
    },
    message::{Action, Button, Card, Span, Text, Verb},
    nudges::exits::{exits, why_button},
};
use chrono::{Datelike, NaiveDate};
use chrono_tz::Tz;

/// The most people one message goes through; a platform shows no more.
pub const MOST: usize = 12;

/// Somebody who has no time yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenOne {
    pub conversation: ConversationId,
    pub version: i64,
    pub name: String,
    pub slots: Vec<Instant>,
    pub last_held: Option<NaiveDate>,
}

/// The one message to a manager about everybody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bundle {
    pub quarter: Quarter,
    pub stage: Stage,
    /// How many people report to the manager.
    pub people: usize,
    pub open: Vec<OpenOne>,
    /// How many more than are shown have no time.
    pub more: usize,
    /// What was just done, when the message is shown again after a press.
    pub news: Option<String>,
    pub zone: Tz,
    pub now: Instant,
}

impl Bundle {
    #[must_use]
    pub fn card(&self) -> Card {
        let names: Vec<&str> = self.open.iter().map(|one| one.name.as_str()).collect();
        let quarter = spoken(self.quarter);
        if names.is_empty() {
            return self.finished();
        }
        let has = if names.len() == 1 { "has" } else { "have" };
        let (summary, intro) = match self.stage {
            Stage::Opening => {
                let count = names.len() + self.more;
                let open = if self.people == 1 {
                    format!("{} doesn't have a time yet.", names[0])
                } else if count == 1 {
                    format!("1 of your {} people doesn't have a time yet.", self.people)
                } else {
                    format!("{count} of your {} people don't have a time yet.", self.people)
                };
                let title = format!("Career conversations, {quarter}");
                (format!("{title}: {open}"), Text::new().bold(title).then(format!(" — {open}")))
            }
            Stage::Middle => {
                let still = if names.len() == 1 { "still has" } else { "still have" };
                let words = format!("{} {still} no time this quarter. Which suits?", listed(&names));
                (words.clone(), Text::plain(words))
            }
            Stage::Last => {
                let since = self.open.iter().map(|one| one.last_held).max().flatten();
                let had = match since.map(|day| month(day, self.quarter)) {
                    Some(month) => format!("{has} had no career conversation since {month}"),
                    None => format!("{has} had no career conversation yet"),
                };
                let words = format!("Last note from me for {quarter}: {} {had}.", listed(&names));
                (words.clone(), Text::plain(words))
            }
        };
        let mut card = Card::new(summary);
        if let Some(news) = &self.news {
            card = card.text(Text::plain(news.clone()));
        }
        card = card.text(intro);
        for one in &self.open {
            card = card.item(Text::new().bold(one.name.clone()), self.times(one));
        }
        if self.more > 0 {
            card = card.note(Text::plain(format!("And {} more: ", self.more)).code("/mobility 1on1"));
        }
        if self.stage == Stage::Opening {
            card = card.text("25 minutes about where they want to go, not about status.");
        }
        let mut buttons = match self.stage {
            Stage::Opening => {
                vec![Button::new("Not this week", Action::new(Verb::NotNow, format!("{} week", KIND.as_str())))]
            }
            Stage::Middle | Stage::Last => {
                vec![Button::new("They've already happened", Action::new(Verb::AlreadyHappened, self.quarter.label()))]
            }
        };
        buttons.push(why_button(KIND));
        buttons.extend(exits(KIND));
        card.buttons(buttons)
    }

    fn times(&self, one: &OpenOne) -> Vec<Button> {
        let mut buttons: Vec<Button> = one
            .slots
            .iter()
            .map(|at| {
                let label = short_label(*at, self.zone, self.now);
                let told = format!("{}: {label}", one.name);
                pick(label, one.conversation, one.version, *at).accessible(told)
            })
            .collect();
        buttons.push(other("Other", one.conversation, one.version).accessible(format!("{}: another time", one.name)));
        if self.stage == Stage::Last {
            buttons.push(
                Button::new("Not this quarter", on(Verb::NotThisQuarter, one.conversation, one.version))
                    .accessible(format!("{}: not this quarter", one.name)),
            );
        }
        buttons
    }

    fn finished(&self) -> Card {
        let done = format!("Nobody waits for a time in {} any more.", spoken(self.quarter));
        let mut card = Card::new(done.clone());
        if let Some(news) = &self.news {
            card = card.text(Text::plain(news.clone()));
        }
        card.text(done).buttons(vec![Button::run("My conversations", "1on1")])
    }
}

/// `November`, with its year where that is not the window's or the one before.
fn month(day: NaiveDate, quarter: Quarter) -> String {
    let is_near = quarter.start().signed_duration_since(day).num_days() < 330;
    day.format(if is_near { "%B" } else { "%B %Y" }).to_string()
}

fn on(verb: Verb, conversation: ConversationId, version: i64) -> Action {
    Action::new(verb, conversation.0.to_string()).at_version(version)
}

/// A button that plans the conversation for this time.
#[must_use]
pub fn pick(label: String, conversation: ConversationId, version: i64, at: Instant) -> Button {
    let subject = format!("{} {}", conversation.0, at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true));
    Button::new(label, Action::new(Verb::PickSlot, subject).at_version(version))
}

/// A button that asks for a day and a time.
#[must_use]
pub fn other(label: &'static str, conversation: ConversationId, version: i64) -> Button {
    Button::new(label, on(Verb::OtherTime, conversation, version))
}

/// The employee's own message when the window opens.
#[must_use]
pub fn employee(manager: &str, it: &Conversation, quarter: Quarter, is_manager_reached: bool) -> Card {
    let due = quarter.end();
    let due = format!("{} {}", due.day(), due.format("%B"));
    let mut words = format!(
        "You and {manager} have a career conversation due by {due}. It's yours: bring one thing you'd like to do more of."
    );
    if is_manager_reached {
        words.push_str(&format!(" {manager} gets suggested times too."));
    }
    let mut buttons = vec![other("Suggest a time", it.id, it.version).primary()];
    buttons.push(why_button(KIND));
    buttons.extend(exits(KIND));
    Card::saying(words).buttons(buttons)
}

/// Whether the other one heard of it.
#[must_use]
pub fn knows(who: &str, is_told: bool) -> String {
    if is_told { format!("{who} knows.") } else { format!("{who} has no account here, so please tell them.") }
}

/// What the one who chose a time is left with.
#[must_use]
pub fn chosen(who: &str, it: &Conversation, at: Instant, zone: Tz, is_told: bool) -> Card {
    Card::new(format!("Planned with {who}"))
        .text(Text::plain(format!("You and {who}: ")).span(time(at, zone)).then(format!(". {}", knows(who, is_told))))
        .buttons(vec![other("Another time", it.id, it.version)])
}

/// What the other one hears.
#[must_use]
pub fn planned(by: &str, it: &Conversation, at: Instant, zone: Tz) -> Card {
    Card::new(format!("{by} suggests a time for your career conversation"))
        .text(Text::plain(format!("{by} suggests ")).span(time(at, zone)).then(format!(
            " for your career conversation, {} minutes. It is set unless you say otherwise.",
            it.minutes
        )))
        .buttons(vec![other("Suggest another time", it.id, it.version)])
}

/// What the other one hears when there will be none.
#[must_use]
pub fn skipped(by: &str, it: &Conversation, quarter: Quarter) -> Card {
    let words = format!(
        "{by} has set this quarter's career conversation aside. Would you rather have one in {}?",
        spoken(quarter)
    );
    Card::saying(words).buttons(vec![other("Suggest a time", it.id, it.version)])
}

/// An instant in the reader's own zone.
#[must_use]
pub fn time(at: Instant, zone: Tz) -> Span {
    Span::Time { at, fallback: spoken_time(at, zone) }
}
