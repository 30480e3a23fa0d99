//! What fits, what is missing, what a post would teach; or which rule hid it.

use super::{Answer, Ctx, cards, named_post, vocabulary::fold};
use crate::{
    domain::{
        calendar::{local_date, spoken_day},
        opportunity::{ApplicationState, Opportunity},
        person::Person,
    },
    message::{Button, Card, Reply, Text},
    store::applications::{self, Application},
};
use chrono_tz::Tz;

pub async fn run(ctx: &Ctx<'_>, rest: &str) -> Answer {
    let (post, _) = named_post(ctx, "why", rest)?;
    let me = ctx.me()?;
    let mut tx = ctx.db.read().await?;
    let applied = applications::find(&mut tx, post.id, ctx.person).await?;
    let accepted = applications::count(&mut tx, post.id, ApplicationState::Accepted).await?;
    drop(tx);
    let zone = ctx.zone();
    let mut card = Card::new(format!("Why {}", post.id)).text(cards::line(&post, zone)).text(facts(&post, &me));
    let hidden_by = rules(&post, &me, applied.as_ref(), accepted, zone);
    for rule in &hidden_by {
        card = card.text(Text::new().bold("Not in your matches: ").then(rule.clone()));
    }
    let mut buttons = Vec::new();
    if me.hidden.contains(&post.id) {
        buttons.push(cards::on_post("Take it back", "unhide", &post));
    }
    if hidden_by.is_empty() {
        buttons.extend([cards::interested(&post), cards::save(&post), cards::not_for_me(&post)]);
    } else if !post.is_open() {
        buttons.push(cards::similar(&post));
    }
    buttons.push(Button::run("Edit my skills", "profile edit"));
    Ok(Reply::Private(
        card.note(
            "Counted are only your skills, what you want to learn and your hours; the post's skills, hours and dates.",
        )
        .buttons(buttons),
    ))
}

/// What fits, what is missing, what it teaches: one line each, where there is something to say.
fn facts(post: &Opportunity, me: &Person) -> Text {
    let knows = |skill: &&String| me.have.iter().any(|it| fold(it) == fold(skill));
    let wants = |skill: &&String| me.want.iter().any(|it| fold(it) == fold(skill));
    let list = |skills: Vec<&String>| cards::listed(&skills);
    let mut lines = Vec::new();
    if post.needs.is_empty() {
        lines.push(("Needs", "no skill in particular.".to_owned()));
    } else {
        let (have, missing): (Vec<&String>, Vec<&String>) = post.needs.iter().partition(knows);
        let of = format!(
            "{} of {}",
            have.len(),
            cards::count(i64::try_from(post.needs.len()).unwrap_or(i64::MAX), "needed skill")
        );
        lines.push(("You have", if have.is_empty() { format!("{of}.") } else { format!("{of}: {}.", list(have)) }));
        if !missing.is_empty() {
            lines.push(("Missing", format!("{}.", list(missing))));
        }
    }
    let nice: Vec<&String> = post.nice.iter().filter(knows).collect();
    if !nice.is_empty() {
        lines.push(("It helps that you have", format!("{}.", list(nice))));
    }
    if !post.teaches.is_empty() {
        let on_list: Vec<&String> = post.teaches.iter().filter(wants).collect();
        let all = list(post.teaches.iter().collect());
        lines.push((
            "You'd learn",
            if on_list.is_empty() {
                format!("{all}. Nothing of it is on your list.")
            } else {
                format!("{all}. On your list: {}.", list(on_list))
            },
        ));
    }
    if let (Some(hours), Some(free)) = (post.hours_per_week, me.preferences.hours_free) {
        let fits = if hours <= free { "that fits" } else { "that is more" };
        lines.push(("Hours", format!("it asks for {hours} a week, you can spare {free}: {fits}.")));
    }
    let mut text = Text::new();
    for (at, (label, words)) in lines.into_iter().enumerate() {
        text = text.bold(format!("{}{label}: ", if at == 0 { "" } else { "\n" })).then(words);
    }
    text
}

/// Every rule that keeps the post out of this person's matches.
fn rules(post: &Opportunity, me: &Person, applied: Option<&Application>, accepted: i64, zone: Tz) -> Vec<String> {
    let mut rules = Vec::new();
    if !post.is_open() {
        rules.push(cards::closed_sentence(post, zone));
    } else if accepted >= i64::from(post.seats) {
        rules.push("all its seats are taken.".into());
    }
    if post.owner == Some(me.id) {
        rules.push("it is your own post.".into());
    }
    if me.hidden.contains(&post.id) {
        rules.push("you said “not for me”.".into());
    }
    if let Some(it) = applied.filter(|it| it.state != ApplicationState::Withdrawn) {
        rules.push(format!("you applied on {}.", spoken_day(local_date(zone, it.applied_at))));
    }
    if me.preferences.hours_free.is_some_and(|free| post.hours_per_week.is_some_and(|hours| hours > free)) {
        rules.push("it asks for more hours than you can spare.".into());
    }
    rules
}
