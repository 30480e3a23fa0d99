//! What is stored about whoever asks, and the way to have it erased.

use super::{
    Answer, Ctx,
    cards::capitalised,
    erasure::{self, Preview},
    privacy::who_looked,
    refuse,
};
use crate::{
    domain::{audit::Actor, retention::Keeping},
    message::{Button, Card, Reply, Text},
    store::{
        outbox::HOME_TENANT,
        privacy::{self, Holds},
    },
};
use anyhow::Context;
use chrono::TimeDelta;

/// What the button that erases runs.
const FOR_GOOD: &str = "forget-me now";

/// `my-data`: everything that is stored about the person who asks, how much of each and how long.
pub async fn run(ctx: &Ctx<'_>, _rest: &str) -> Answer {
    let me = ctx.me()?;
    let mut tx = ctx.db.read().await?;
    let Some(who) = privacy::who(&mut tx, ctx.person).await? else { return refuse(GONE) };
    let held = privacy::holds(&mut tx, &who).await?;
    let looked = who_looked(&mut tx, ctx).await?;
    drop(tx);
    let facts = [
        ("Name", me.name.clone()),
        ("E-mail", me.email.clone().unwrap_or_default()),
        ("Department", me.department.clone()),
        ("Title", me.title.clone()),
        ("Place", me.location.clone()),
        ("Can", me.have.join(", ")),
        ("Would like to learn", me.want.join(", ")),
        ("Would like to be", me.wished_role.clone()),
    ];
    let mut profile = Text::new().bold("Your profile");
    for (name, value) in facts.into_iter().filter(|(_, value)| !value.is_empty()) {
        profile = profile.then(format!("\n{name}: {value}"));
    }
    let mut all = Text::new().bold("And how much of what, kept how long");
    for it in held.iter().filter(|it| it.section != "profile") {
        all = all.then(format!("\n{} · {}", line(it), until(it, &ctx.programme.keeping)));
    }
    Ok(Reply::Private(
        Card::new("Everything that is stored about you")
            .header("Everything that is stored about you")
            .text(profile)
            .text(all)
            .text(looked)
            .note(
                "Whoever runs Mobility can hand you all of it in one file: ask them for an export of you. That it was made stands \
                 here then.",
            )
            .buttons(vec![
                Button::run("Who sees what", "privacy"),
                Button::run("My profile", "profile"),
                Button::run("Erase everything about me", "forget-me"),
            ]),
    ))
}

const GONE: &str = "Nothing is stored about you any more.";

/// `Messages to you: 12`.
fn line(it: &Holds) -> String {
    counted((it.section.replace('_', " "), it.rows))
}

fn counted((what, rows): (String, i64)) -> String {
    format!("{}: {rows}", capitalised(&what))
}

fn until(it: &Holds, keeping: &Keeping) -> String {
    let days = |time: TimeDelta| format!("{} days", time.num_days());
    match it.place.table {
        "delivery" => format!("{}, their text {}", days(keeping.messages), days(keeping.message_text)),
        "event" => format!("{} with your name", days(keeping.messages)),
        "exposure" | "team_request" => days(keeping.messages),
        "showing" => "90 days what you looked at, 13 months what you were shown".to_owned(),
        "draft" => days(keeping.drafts),
        "application" => format!("until you erase it, your note {} after the answer", days(keeping.notes)),
        "mentoring_request" => format!("{} after it is over", days(keeping.notes)),
        "inbound_seen" => "two days".to_owned(),
        "audit" => "for good, without your name".to_owned(),
        "refresh" => "a moment".to_owned(),
        _ => "until you change or erase it".to_owned(),
    }
}

/// `forget-me`: what would go and what stays; only the button under it erases.
pub async fn forget(ctx: &Ctx<'_>, rest: &str) -> Answer {
    let Some(found) = erasure::glance(ctx.db, ctx.person).await? else { return refuse(GONE) };
    if !(ctx.is_press && rest == "now") {
        return Ok(Reply::Private(asked(&found)));
    }
    // Where many messages were ever sent this takes longer than a platform waits, and goes on when it hangs up.
    let (db, live, showings, programme) =
        (ctx.db.clone(), ctx.live.clone(), ctx.showings.clone(), ctx.programme.clone());
    let (address, now, person) = (ctx.address.clone(), ctx.now, ctx.person);
    let erasing = tokio::spawn(async move {
        let Some(found) = erasure::preview(&db, person).await? else { return Ok(false) };
        let ctx = Ctx {
            db: &db,
            live: &live,
            showings: &showings,
            programme: &programme,
            now,
            person,
            address: &address,
            place: None,
            tenant: HOME_TENANT,
            is_press: true,
        };
        erasure::erase(&ctx, found, Actor::Person(person)).await
    });
    let is_done = erasing.await.context("the erasure broke off")??;
    ctx.showings.forget(ctx.person);
    Ok(Reply::Private(Card::saying(if is_done {
        "Done: everything about you is erased. What you see in this chat is the chat's own and stays until you delete it. Should you \
         ever want to begin anew, ask whoever runs Mobility to allow it."
    } else {
        GONE
    })))
}

fn asked(found: &Preview) -> Card {
    let list = |title: &'static str, all: Vec<String>| {
        all.into_iter().fold(Text::new().bold(title), |text, it| text.then(format!("\n{it}")))
    };
    let mut card = Card::new("Erase everything about you")
        .header("Erase everything about you")
        .text(list("Goes", found.goes().map(counted).collect()))
        .text(list(
            "Stays for others and for the totals, without your name, account and words",
            found.stays_nameless().map(counted).collect(),
        ));
    if !found.open_posts.is_empty() {
        let posts: Vec<String> = found.open_posts.iter().map(ToString::to_string).collect();
        card = card.text(format!(
            "Your open posts ({}) are closed, and whoever waits for an answer is told: {} so far. Close them yourself first, or \
             have them given to a colleague, if the work goes on.",
            posts.join(", "),
            found.waiting
        ));
    }
    let button = Button::run("Erase everything about me", FOR_GOOD)
        .danger()
        .confirm("Everything about you is erased for good. Nobody can bring it back.");
    card.text(
        "What others were told about you is forgotten, and nobody is told that you asked. Nothing is sent to you any more, and no \
         import brings you back. Backups are beyond this button: they go when whoever runs the server deletes them.",
    )
    .buttons(vec![button, Button::run("Keep everything", "my-data")])
}
