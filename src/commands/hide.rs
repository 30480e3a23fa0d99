//! "Not for me": at once, for good, and only for the one who says it. A reason is welcome, never asked twice, and it is
//! said what follows from it.

use super::{Answer, Ctx, cards, named_post, notice};
use crate::{
    domain::{feedback::Objection, opportunity::Opportunity},
    message::{Button, Card, Reply, Text},
    store::{feedback, inbound, opportunities},
};

/// What a button calls each reason.
fn label(because: Objection) -> &'static str {
    match because {
        Objection::Topic => "Not my topic",
        Objection::Time => "No time for it",
        Objection::Place => "Wrong place",
        Objection::Other => "Something else",
    }
}

/// `hide P-142`, or with one of the reasons behind it.
pub async fn run(ctx: &Ctx<'_>, rest: &str) -> Answer {
    let (post, more) = named_post(ctx, "hide", rest)?;
    let because = match more.trim_start_matches("reason:").to_lowercase().as_str() {
        "" => None,
        code => Some(Objection::parse(code).unwrap_or(Objection::Other)),
    };
    let code = because.map_or("", Objection::as_str);
    let mut tx = ctx.db.write().await?;
    opportunities::hide(&mut tx, ctx.person, post.id, code, ctx.now).await?;
    feedback::answer(&mut tx, ctx.person, post.id).await?;
    let data = serde_json::json!({ "reason": code });
    inbound::record(&mut tx, ctx.now, "post.hidden", Some(ctx.person), &post.id.to_string(), data).await?;
    notice::redraw_home(&mut tx, ctx.person, ctx.now).await?;
    tx.commit().await?;
    ctx.live.refresh().await?;
    let Some(because) = because else { return Ok(Reply::Private(hidden_card(&post))) };
    let card = noted_card(ctx, &post, because);
    Ok(if ctx.is_press { Reply::Replace(card) } else { Reply::Private(card) })
}

fn hidden_card(post: &Opportunity) -> Card {
    let mut buttons: Vec<Button> = Objection::ALL
        .into_iter()
        .map(|because| Button::run(label(because), format!("hide {} reason:{}", post.id, because.as_str())))
        .collect();
    buttons.push(undo(post));
    Card::new(format!("{} won't come back", post.id))
        .text(
            Text::new().bold(post.title.clone()).then(format!(
                " ({}) won't be shown to you again. Nobody is told. Why not, if you like to say?",
                post.id
            )),
        )
        .buttons(buttons)
}

/// What follows from a reason, and what one can do about it.
fn noted_card(ctx: &Ctx<'_>, post: &Opportunity, because: Objection) -> Card {
    let mut buttons = Vec::new();
    let stays = format!("Noted, thank you. {} stays away", post.id);
    let words = match (because, post.hours_per_week) {
        (Objection::Topic, _) => {
            let topics: Vec<&String> = post.needs.iter().chain(&post.teaches).take(3).collect();
            let topics = if topics.is_empty() { "its kind".to_owned() } else { cards::listed(&topics) };
            format!("{stays}, and work on {topics} comes up less for a while.")
        }
        (Objection::Time, Some(hours)) if hours > 1 => {
            let free = ctx.live.read().person(ctx.person).and_then(|me| me.preferences.hours_free);
            if free.is_none_or(|free| free >= hours) {
                let fewer = cards::count(i64::from(hours - 1), "hour");
                buttons.push(Button::run(format!("At most {fewer} a week"), format!("profile hours {}", hours - 1)));
            }
            format!("{stays}. It takes {hours} h a week; shall less time be the rule for all your matches?")
        }
        (Objection::Place, _) if !post.is_remote => {
            buttons.push(Button::run("Remote work", "find remote"));
            format!("{stays}. Work that one can do from anywhere is one press away.")
        }
        _ => format!("{stays}; nothing else changes."),
    };
    buttons.push(undo(post));
    buttons.push(Button::run("All I said", "matches feedback"));
    Card::saying(words).buttons(buttons)
}

fn undo(post: &Opportunity) -> Button {
    cards::on_post("Undo", "unhide", post)
}

pub async fn unhide(ctx: &Ctx<'_>, rest: &str) -> Answer {
    let (post, _) = named_post(ctx, "unhide", rest)?;
    let mut tx = ctx.db.write().await?;
    let was_hidden = opportunities::unhide(&mut tx, ctx.person, post.id).await?;
    notice::redraw_home(&mut tx, ctx.person, ctx.now).await?;
    tx.commit().await?;
    ctx.live.refresh().await?;
    let words = if was_hidden {
        format!("{} may be shown to you again.", post.id)
    } else {
        format!("{} was not hidden.", post.id)
    };
    let card = Card::saying(words).buttons(vec![cards::show(&post)]);
    Ok(if ctx.is_press { Reply::Replace(card) } else { Reply::Private(card) })
}
