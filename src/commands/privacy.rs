//! Who sees what, in plain words.

use super::{Answer, Ctx};
use crate::message::{Button, Card, Reply, Text};

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

pub async fn run(ctx: &Ctx<'_>, _rest: &str) -> Answer {
    let me = ctx.me()?;
    let mut card = Card::new("Who sees what").header("Who sees what");
    for (thing, who) in WHO_SEES {
        card = card.text(Text::new().bold(format!("{thing}: ")).then(who));
    }
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
                Button::run("What my matches listen to", "matches feedback"),
            ]),
    ))
}
