//! The two ways out of every nudge, and why it came.

use super::turn::Message;
use crate::{
    commands::{Answer, Ctx, refuse},
    domain::preference::{Appetite, NudgeKind},
    message::{Action, Button, Card, Reply, Text, Verb},
    store::{
        inbound,
        outbox::{self, Entry},
        people,
    },
};

/// `Not now` (this one) and `Fewer like this` (this kind).
#[must_use]
pub fn exits(kind: NudgeKind) -> Vec<Button> {
    vec![
        Button::new("Not now", Action::new(Verb::NotNow, kind.as_str())),
        Button::new("Fewer like this", Action::new(Verb::Fewer, kind.as_str())),
    ]
}

#[must_use]
pub fn why_button(kind: NudgeKind) -> Button {
    Button::new("Why am I getting this?", Action::new(Verb::WhyThis, kind.as_str()))
}

/// After several messages without an answer: asked once, in place of the next one.
#[must_use]
pub fn question(kind: NudgeKind) -> Message {
    let with = |word: &str| format!("{} {word}", kind.as_str());
    let card = Card::saying(
        "My last few messages to you had no answer, which is fine. Keep them coming, send fewer, or stop?",
    )
    .buttons(vec![
        Button::new("Keep", Action::new(Verb::NotNow, with("keep"))),
        Button::new("Fewer like this", Action::new(Verb::Fewer, kind.as_str())),
        Button::new("Stop", Action::new(Verb::Fewer, with("stop"))),
        Button::new("Not now", Action::new(Verb::NotNow, kind.as_str())),
    ]);
    Message { card, why: "Your last messages had no answer, so I asked how many you want.".to_owned(), subject: None }
}

/// One of the ways out was pressed. The message is replaced by one line that says what follows.
///
/// # Errors
/// What the person is told, or what broke.
pub async fn press(ctx: &Ctx<'_>, action: &Action, entry: Option<&Entry>) -> Answer {
    let (name, word) = action.subject.split_once(' ').unwrap_or((&action.subject, ""));
    let Some(kind) = NudgeKind::parse(name) else {
        return refuse("That button is from an older message. `/mobility nudges` shows all your settings.");
    };
    match action.verb {
        Verb::Fewer => fewer(ctx, kind, word == "stop", entry).await,
        Verb::WhyThis => why(ctx, kind, entry).await,
        _ => not_now(ctx, kind, word == "keep", entry).await,
    }
}

async fn not_now(ctx: &Ctx<'_>, kind: NudgeKind, is_keep: bool, entry: Option<&Entry>) -> Answer {
    let (response, event) = if is_keep { ("acted", "nudge.kept") } else { ("dismissed", "nudge.dismissed") };
    let mut tx = ctx.db.write().await?;
    if let Some(entry) = entry {
        outbox::respond(&mut tx, entry.id, response, ctx.now).await?;
    }
    inbound::record(&mut tx, ctx.now, event, Some(ctx.person), kind.as_str(), serde_json::json!({})).await?;
    tx.commit().await?;
    Ok(Reply::Replace(if is_keep {
        Card::saying("Good: they keep coming, at most a few a month.")
    } else {
        closed("Fine, not now.", "It stays on your home until it suits you.")
    }))
}

async fn fewer(ctx: &Ctx<'_>, kind: NudgeKind, is_stop: bool, entry: Option<&Entry>) -> Answer {
    let mut tx = ctx.db.write().await?;
    let Some(mut person) = people::find(&mut tx, ctx.person).await? else {
        return refuse("I don't know you yet. `/mobility` gets you started.");
    };
    // The same message pressed twice asks for the same thing, not for less still.
    let is_repeat = entry.is_some_and(|entry| entry.response.as_deref() == Some("fewer"));
    let wanted = match person.preferences.appetite(kind) {
        _ if is_stop => Appetite::Off,
        known if is_repeat => known,
        Appetite::Normal => Appetite::Fewer,
        Appetite::Fewer | Appetite::Off => Appetite::Off,
    };
    let event = if wanted == Appetite::Off { "nudge.off" } else { "nudge.fewer" };
    if person.preferences.appetite(kind) != wanted {
        person.preferences.appetite.insert(kind, wanted);
        people::update(&mut tx, &person).await?;
        inbound::record(&mut tx, ctx.now, event, Some(ctx.person), kind.as_str(), serde_json::json!({})).await?;
    }
    if let Some(entry) = entry {
        outbox::respond(&mut tx, entry.id, "fewer", ctx.now).await?;
    }
    tx.commit().await?;
    ctx.live.refresh().await?;
    let label = kind.label();
    Ok(Reply::Replace(if wanted == Appetite::Off {
        closed(&format!("“{label}” is off from now on."), "`/mobility nudges` turns it on again.")
    } else {
        closed(&format!("“{label}” comes half as often from now on."), "`/mobility nudges` changes it back.")
    }))
}

async fn why(ctx: &Ctx<'_>, kind: NudgeKind, entry: Option<&Entry>) -> Answer {
    let mut tx = ctx.db.write().await?;
    inbound::record(&mut tx, ctx.now, "nudge.explained", Some(ctx.person), kind.as_str(), serde_json::json!({}))
        .await?;
    tx.commit().await?;
    let reason = entry.map_or("", |entry| entry.why.as_str());
    let rule = match kind {
        NudgeKind::CareerConversation => {
            "At most three messages a quarter, and none once every conversation has a time."
        }
        NudgeKind::ConversationCheck => "Asked once after the planned time, with one reminder at most.",
        NudgeKind::ChannelDigest => "Once a week at most, and not when nothing is new.",
        NudgeKind::OpportunityMatch => "At most one a week, and never the same work twice.",
    };
    let per_week = ctx.live.read().person(ctx.person).and_then(|person| person.preferences.max_per_week);
    let cap = per_week.unwrap_or(ctx.programme.max_per_week).min(ctx.programme.max_per_week);
    let limit = format!("Never more than {cap} messages a week from me in all.");
    let words = [reason, rule, &limit];
    let text = words.into_iter().filter(|words| !words.is_empty()).collect::<Vec<_>>().join(" ");
    let buttons =
        vec![Button::run("Change", "nudges"), Button::new("Fewer like this", Action::new(Verb::Fewer, kind.as_str()))];
    Ok(Reply::Private(Card::saying(text).buttons(buttons)))
}

/// What is left of a message once it was answered.
#[must_use]
pub fn closed(done: &str, next: &str) -> Card {
    Card::new(done).text(Text::plain(done)).note(next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_question_has_a_way_to_each_answer() {
        insta::assert_snapshot!(question(NudgeKind::OpportunityMatch).card.to_plain(), @r"
        My last few messages to you had no answer, which is fine. Keep them coming, send fewer, or stop?
        [Keep] [Fewer like this] [Stop] [Not now]
        ");
    }
}
