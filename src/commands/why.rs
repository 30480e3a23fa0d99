//! What fits, what is missing, what a post would teach; or which rule hid it.

use super::{Answer, Ctx, cards, matches, named_post};
use crate::{
    domain::{
        calendar::{local_date, spoken_day},
        company::Company,
        matching::{Band, Filter, WhatIf, Why},
        opportunity::{ApplicationState, Opportunity},
        teaching::SkillKey,
    },
    message::{Button, Card, Reply, Text},
    store::applications::{self, Application},
};
use anyhow::Context;
use chrono_tz::Tz;

/// So many similar posts stand below one that is closed or full.
const SIMILAR: usize = 3;
/// So many skills are looked through for those that open something, and so many are offered.
const CONSIDERED: usize = 40;
const OFFERED: usize = 3;

pub async fn run(ctx: &Ctx<'_>, rest: &str) -> Answer {
    let (post, _) = named_post(ctx, "why", rest)?;
    let me = ctx.me()?;
    let mut tx = ctx.db.read().await?;
    let applied = applications::find(&mut tx, post.id, ctx.person).await?;
    let heard = matches::heard(&mut tx, ctx.person).await?;
    let accepted = applications::count(&mut tx, post.id, ApplicationState::Accepted).await?;
    drop(tx);
    let (zone, today) = (ctx.zone(), ctx.today());
    ctx.showings.opened(ctx.person, post.id, today);
    let (why, similar, opens) = {
        let company = ctx.live.read();
        let why = company.ask(&me, today, &heard, |ask| company.index.why(ask, post.id));
        let why = why.context("a post that is there has no reasons")?;
        let similar = matches::similar(&company, &post, &me, today, &heard.posts, SIMILAR);
        let opens = if post.is_open() && post.owner != Some(ctx.person) {
            what_if(&company, &post, &why, matches::what_if(&company, &me, today, &heard, CONSIDERED))
        } else {
            Vec::new()
        };
        (why, similar, opens)
    };
    let is_full = accepted >= i64::from(post.seats);
    let rule = rule(&post, &why, applied.as_ref(), is_full, zone);
    let mut card = Card::new(format!("Why {}", post.id)).text(cards::line(&post, zone)).text(facts(&post, &why));
    if let Some(rule) = &rule {
        card = card.text(Text::new().bold("Not in your matches: ").then(rule.clone()));
    }
    let is_over = !post.is_open() || is_full;
    if is_over && !similar.is_empty() {
        card = card.text(Text::new().bold(format!("{} similar:", similar.len())));
        for other in &similar {
            card = card.item(cards::line(other, zone), vec![cards::show(other), cards::interested(other)]);
        }
    }
    if !opens.is_empty() && !is_full {
        let said = opens.iter().map(|it| format!("{}: {} more open", it.skill, it.learnt)).collect::<Vec<_>>();
        let text = Text::new().bold("What if? ").then(format!("On your list to learn — {}.", said.join(" · ")));
        card = card.item(text, opens.iter().map(|it| matches::want(&it.skill)).collect());
    }
    let mut buttons = match (&why.hidden_by, rule.is_some()) {
        (Some(Filter::Hidden), _) => vec![cards::on_post("Take it back", "unhide", &post)],
        (None, false) => vec![cards::interested(&post), cards::save(&post), cards::not_for_me(&post)],
        _ => Vec::new(),
    };
    buttons.push(Button::run("Edit my skills", "profile edit"));
    let note = "Counted are only your skills, what you want to learn, your hours and place; and those of the post.";
    Ok(Reply::Private(card.note(note).buttons(buttons)))
}

/// A few skills of this post that would open something; where there are none and it is no match, what opens most.
fn what_if(company: &Company, post: &Opportunity, why: &Why, opens: Vec<WhatIf>) -> Vec<WhatIf> {
    let named: Vec<SkillKey> = post.skills().filter_map(|skill| SkillKey::of(skill, &company.own_skills)).collect();
    let is_named = |it: &WhatIf| SkillKey::of(&it.skill, &company.own_skills).is_some_and(|key| named.contains(&key));
    let (mut first, rest): (Vec<WhatIf>, Vec<WhatIf>) = opens.into_iter().partition(is_named);
    if first.is_empty() && why.band.is_none_or(|band| band == Band::Far) {
        first = rest;
    }
    first.truncate(OFFERED);
    first
}

/// What fits, what is missing, what it teaches: one line each, where there is something to say.
fn facts(post: &Opportunity, why: &Why) -> Text {
    let mut lines = Vec::new();
    let needed = cards::count(i64::try_from(post.needs.len()).unwrap_or(i64::MAX), "needed skill");
    match why.fits.as_slice() {
        _ if post.needs.is_empty() => lines.push(("Needs", "no skill in particular.".to_owned())),
        [] => lines.push(("You have", format!("0 of {needed}."))),
        fits => lines.push(("You have", format!("{} of {needed}: {}.", fits.len(), cards::listed(fits)))),
    }
    if !why.missing.is_empty() {
        lines.push(("Missing", format!("{}.", cards::listed(&why.missing))));
    }
    if !why.teaches.is_empty() {
        lines.push(("You'd learn", format!("{}.", cards::listed(&why.teaches))));
    }
    if !why.wanted.is_empty() {
        lines.push(("On your list", format!("{}.", cards::listed(&why.wanted))));
    }
    let mut text = Text::new().bold(why.band.map_or("Not a match", |band| band.label()));
    for (label, words) in lines {
        text = text.bold(format!("\n{label}: ")).then(words);
    }
    text
}

/// The rule that keeps the post out of this person's matches, the plainest first.
fn rule(post: &Opportunity, why: &Why, applied: Option<&Application>, is_full: bool, zone: Tz) -> Option<String> {
    let applied = applied.filter(|it| it.state != ApplicationState::Withdrawn);
    Some(match &why.hidden_by {
        Some(Filter::Closed) => cards::closed_sentence(post, zone),
        Some(Filter::Full) => "all its seats are taken.".to_owned(),
        _ if is_full => "all its seats are taken.".to_owned(),
        Some(Filter::Past(day)) => format!("the last day to join was {}.", spoken_day(*day)),
        Some(Filter::Own) => "it is your own post.".to_owned(),
        Some(Filter::Hidden) => "you said “not for me”.".to_owned(),
        Some(Filter::TooManyHours { needs, free }) => {
            format!("it asks for {needs} hours a week, and you can spare {free}.")
        }
        Some(Filter::StartsTooEarly { starts, free }) => {
            format!("it starts on {}, before you are free ({}).", spoken_day(*starts), spoken_day(*free))
        }
        Some(Filter::Elsewhere(place)) => format!("it is in {place}, and you asked for work near you."),
        Some(Filter::NotEligible(rule)) => rule.clone(),
        Some(Filter::Ignored(days)) => format!("it was shown to you on {days} days. Search still finds it."),
        None => match applied {
            Some(it) => format!("you applied on {}.", spoken_day(local_date(zone, it.applied_at))),
            None if why.band.is_none() => "nothing on your profile speaks for it yet.".to_owned(),
            None => return None,
        },
    })
}
