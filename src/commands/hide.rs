//! "Not for me": at once, for good, and only for the one who says it. A reason is welcome and never asked twice.

use super::{Answer, Ctx, cards, named_post, notice};
use crate::{
    domain::opportunity::Opportunity,
    message::{Button, Card, Reply, Text},
    store::{inbound, opportunities},
};

/// The reasons there are, as codes, with what a button and a sentence call them.
const REASONS: [(&str, &str); 3] = [("topic", "Not my topic"), ("time", "No time for it"), ("place", "Wrong place")];

/// `hide P-142`, or with one of the reasons behind it.
pub async fn run(ctx: &Ctx<'_>, rest: &str) -> Answer {
    let (post, more) = named_post(ctx, "hide", rest)?;
    let reason = REASONS.into_iter().find(|(code, _)| *code == more.trim_start_matches("reason:").to_lowercase());
    let code = reason.map_or(if more.is_empty() { "" } else { "other" }, |(code, _)| code);
    let mut tx = ctx.db.write().await?;
    opportunities::hide(&mut tx, ctx.person, post.id, code, ctx.now).await?;
    let data = serde_json::json!({ "reason": code });
    inbound::record(&mut tx, ctx.now, "post.hidden", Some(ctx.person), &post.id.to_string(), data).await?;
    notice::redraw_home(&mut tx, ctx.person, ctx.now).await?;
    tx.commit().await?;
    ctx.live.refresh().await?;
    if code.is_empty() {
        return Ok(Reply::Private(hidden_card(&post)));
    }
    let card = Card::saying(format!("Noted, thank you. {} stays away.", post.id)).buttons(vec![undo(&post)]);
    Ok(if ctx.is_press { Reply::Replace(card) } else { Reply::Private(card) })
}

fn hidden_card(post: &Opportunity) -> Card {
    let mut buttons: Vec<Button> = REASONS
        .into_iter()
        .map(|(code, label)| Button::run(label, format!("hide {} reason:{code}", post.id)))
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
