//! Who sees what, in plain words.

use super::{Answer, Ctx, Failure, people};
use crate::{
    domain::{
        audit::{Act, Actor, Look, Record},
        calendar::{local_date, spoken_day},
    },
    message::{Button, Card, Reply, Text},
    store::{Tx, audit},
};
use std::fmt::Write as _;

/// What is said of who looked goes back so far, and so many looks are named.
const LOOKED_DAYS: i64 = 90;
const LOOKS_SHOWN: usize = 8;

/// Each thing that is kept, and who besides the person sees it.
const WHO_SEES: [(&str, &str); 9] = [
    (
        "Searching and looking",
        "only you. What you type is not kept; which posts you were shown is, so that nothing comes up again and again. The programme sees how many people are reached, in groups too large to name anybody.",
    ),
    ("Saved and “not for me”", "only you. The programme sees how often it happens, never who."),
    ("A role you would like, and whether you are open to a move", "only you. The programme sees totals."),
    (
        "What you offer to help with",
        "everybody here, from the moment you offer it until you stop. Whom you ask, and what about: the two of you.",
    ),
    ("Skills you have and want", "you; an owner when you apply; your manager only if you tick that in your profile."),
    (
        "An application",
        "you and the owner of the post. The programme sees that it waits, not your note. Your manager is told only if you accept an offer.",
    ),
    ("The reason of an answer", "you and the owner. The programme sees totals of groups too large to name anybody."),
    (
        "Career conversations",
        "you and your manager see the dates. The programme sees whether it happened; leadership sees totals only.",
    ),
    ("What was sent to you", "you. Whoever runs the server sees whether it arrived, not what it says."),
];

/// Who read what is this person's, and when.
///
/// # Errors
/// What broke.
pub async fn who_looked(tx: &mut Tx, ctx: &Ctx<'_>) -> Result<Text, Failure> {
    let since = ctx.now - chrono::Duration::days(LOOKED_DAYS);
    let most = i64::try_from(LOOKS_SHOWN + 1).unwrap_or(i64::MAX);
    let looks = audit::looks_at(tx, ctx.person, since, most).await?;
    let text = Text::new().bold("Who looked at what is yours: ");
    if looks.is_empty() {
        return Ok(text.then(format!("nobody, in the last {LOOKED_DAYS} days.")));
    }
    let mut said = format!("in the last {LOOKED_DAYS} days");
    for look in looks.iter().take(LOOKS_SHOWN) {
        let day = spoken_day(local_date(ctx.zone(), look.at));
        let _ = write!(said, "\n{day} · {}: {}", who(ctx, look), what(look));
    }
    if looks.len() > LOOKS_SHOWN {
        said.push_str("\nand earlier ones; whoever runs the server can list them all.");
    }
    Ok(text.then(said))
}

fn who(ctx: &Ctx<'_>, look: &Record) -> String {
    match Actor::parse(&look.actor) {
        Some(Actor::Person(person)) if person == ctx.person => "you".to_owned(),
        Some(Actor::Person(person)) => people::name(ctx, person),
        Some(Actor::Operator) | None => "whoever runs the server".to_owned(),
    }
}

fn what(look: &Record) -> String {
    let known = Act::LOOKS.into_iter().find(|it| it.as_str() == look.action);
    match known {
        Some(Look::Applicants) => format!("your application for {}", look.object),
        Some(Look::Team) => "where your career conversations stand".to_owned(),
        Some(Look::Rehearsal) => "what would be sent to everybody, and when".to_owned(),
        Some(Look::Matches) if look.person.is_none() => "the work that fits everybody".to_owned(),
        Some(Look::Matches) => "the work that fits you".to_owned(),
        Some(Look::Messages) => "which messages came to you, and why others did not".to_owned(),
        None => "everything that is stored about you".to_owned(),
    }
}

pub async fn run(ctx: &Ctx<'_>, _rest: &str) -> Answer {
    let me = ctx.me()?;
    let mut card = Card::new("Who sees what").header("Who sees what");
    for (thing, who) in WHO_SEES {
        card = card.text(Text::new().bold(format!("{thing}: ")).then(who));
    }
    let mut tx = ctx.db.read().await?;
    card = card.text(who_looked(&mut tx, ctx).await?);
    drop(tx);
    let shared = if me.preferences.shares_skills_with_manager { "does" } else { "does not" };
    Ok(Reply::Private(
        card.text(format!("Right now your manager {shared} see your skills."))
            .note(
                "Never used: age, gender, nationality, leave, pay, ratings, or what you write in chat. \
                 Whoever runs the server can technically read its database; that is why nothing more than this is kept.",
            )
            .buttons(vec![
                Button::run("My profile", "profile"),
                Button::run("Change", "profile edit"),
                Button::run("What was sent to me", "nudges"),
                Button::run("Everything stored about me", "my-data"),
                Button::run("What my matches listen to", "matches feedback"),
            ]),
    ))
}
