//! Posts kept for later.

use super::{
    Answer, Ctx, cards, named_post, notice,
    paging::{Page, split_page},
};
use crate::{
    domain::opportunity::Opportunity,
    message::{Button, Card, Reply, Text},
    store::{feedback, inbound, opportunities},
};

const PER_PAGE: usize = 8;

/// The person's list, the newest first; what has closed says so.
pub async fn run(ctx: &Ctx<'_>, rest: &str) -> Answer {
    let mut tx = ctx.db.read().await?;
    let ids = opportunities::saved_by(&mut tx, ctx.person).await?;
    drop(tx);
    let page = Page::new(ids.len(), PER_PAGE, split_page(rest).1);
    let zone = ctx.zone();
    let company = ctx.live.read();
    let posts = ids.get(page.range.clone()).unwrap_or_default().iter().filter_map(|id| company.opportunity(*id));
    let mut card = Card::new(format!("Your list: {}", page.position("post"))).header("Your list");
    if ids.is_empty() {
        card = card
            .text("Nothing saved yet. Press `Save` on a post and it waits here for you.")
            .buttons(vec![Button::run("My matches", "matches"), Button::run("Search", "find")]);
    }
    for post in posts {
        card = card.item(cards::line(post, zone), listed_buttons(post));
    }
    drop(company);
    let turn = page.buttons("saved");
    if !turn.is_empty() {
        card = card.note(page.position("post")).buttons(turn);
    }
    Ok(page.answer(ctx, card))
}

fn listed_buttons(post: &Opportunity) -> Vec<Button> {
    let mut buttons = vec![cards::show(post)];
    if post.is_open() {
        buttons.push(cards::interested(post));
    }
    buttons.push(cards::on_post("Remove", "unsave", post));
    buttons
}

/// Saving twice changes nothing.
pub async fn save(ctx: &Ctx<'_>, rest: &str) -> Answer {
    let (post, _) = named_post(ctx, "save", rest)?;
    let mut tx = ctx.db.write().await?;
    opportunities::save(&mut tx, ctx.person, post.id, ctx.now).await?;
    feedback::like(&mut tx, ctx.person, post.id, ctx.now).await?;
    inbound::record(&mut tx, ctx.now, "post.saved", Some(ctx.person), &post.id.to_string(), serde_json::json!({}))
        .await?;
    notice::redraw_home(&mut tx, ctx.person, ctx.now).await?;
    tx.commit().await?;
    let card = Card::new(format!("Saved {}", post.id))
        .text(
            Text::new()
                .then("Saved: ")
                .bold(post.title.clone())
                .then(format!(" ({}). Only you can see your list.", post.id)),
        )
        .buttons(vec![Button::run("My list", "saved"), cards::on_post("Undo", "unsave", &post)]);
    Ok(Reply::Private(card))
}

pub async fn unsave(ctx: &Ctx<'_>, rest: &str) -> Answer {
    let (post, _) = named_post(ctx, "unsave", rest)?;
    let mut tx = ctx.db.write().await?;
    let was_saved = opportunities::unsave(&mut tx, ctx.person, post.id).await?;
    feedback::unlike(&mut tx, ctx.person, post.id).await?;
    notice::redraw_home(&mut tx, ctx.person, ctx.now).await?;
    tx.commit().await?;
    let words =
        if was_saved { format!("{} is off your list.", post.id) } else { format!("{} was not on your list.", post.id) };
    let mut buttons = vec![Button::run("My list", "saved")];
    if was_saved {
        buttons.push(cards::on_post("Undo", "save", &post));
    }
    Ok(Reply::Private(Card::saying(words).buttons(buttons)))
}
