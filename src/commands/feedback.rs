//! What a person's own doings say to their matches: all of it to see, one of it to take back, or everything.

use super::{
    Answer, Ctx, named_post, notice,
    paging::{Page, split_page},
};
use crate::{
    domain::{
        calendar::{local_date, spoken_day},
        feedback::{Feedback, IGNORED, Objection},
        id::OpportunityId,
    },
    message::{Button, Card, Reply, Text},
    store::{feedback, inbound},
};

const PER_PAGE: usize = 8;

/// `matches feedback` shows it; `matches feedback reset P-142` forgets one, `… reset all` forgets everything.
pub async fn run(ctx: &Ctx<'_>, rest: &str) -> Answer {
    if let Some(what) = rest.strip_prefix("reset") {
        return reset(ctx, what.trim()).await;
    }
    let mut tx = ctx.db.read().await?;
    let said = feedback::of(&mut tx, ctx.person).await?;
    drop(tx);
    let all = lines(ctx, &said);
    let page = Page::new(all.len(), PER_PAGE, split_page(rest).1);
    let mut card = Card::new("What your matches listen to")
        .header("What your matches listen to")
        .text("Beside your profile: what you said to posts. Only you see this, and all of it can be taken back.");
    if all.is_empty() {
        card = card.text(format!(
            "Nothing so far. “Not for me”, saving a post, saying that you are interested, and a post shown on {IGNORED} days without an answer would stand here."
        ));
        return Ok(page.answer(ctx, card.buttons(vec![Button::run("My matches", "matches")])));
    }
    for (post, words, label) in all.into_iter().skip(page.range.start).take(PER_PAGE) {
        let company = ctx.live.read();
        let title = company.opportunity(post).map_or_else(String::new, |post| post.title.chars().take(80).collect());
        let text = Text::new().bold(title.clone()).then(format!(" · {post} — {words}"));
        let button =
            Button::run(label, format!("matches feedback reset {post}")).accessible(format!("{label}: {title}"));
        card = card.item(text, vec![button]);
    }
    let mut buttons = page.buttons("matches feedback");
    buttons.push(Button::run("My matches", "matches"));
    buttons.push(
        Button::run("Forget all of it", "matches feedback reset all")
            .danger()
            .confirm("Forget everything here? Hidden posts may come back; what you saved or applied for stays."),
    );
    Ok(page.answer(ctx, card.buttons(buttons)))
}

/// Each post about which there is something, what it is, and what the button that forgets it says.
fn lines(ctx: &Ctx<'_>, said: &Feedback) -> Vec<(OpportunityId, String, &'static str)> {
    let day = |at| spoken_day(local_date(ctx.zone(), at));
    let mut lines: Vec<(OpportunityId, String, &str)> = said
        .hidden
        .iter()
        .map(|it| {
            let because = match it.because {
                None => "",
                Some(Objection::Topic) => ": not your topic, so work like it comes up less",
                Some(Objection::Time) => ": no time for it",
                Some(Objection::Place) => ": the wrong place",
                Some(Objection::Other) => ": something else",
            };
            (it.post, format!("you said “not for me” on {}{because}.", day(it.at)), "Show it again")
        })
        .collect();
    lines.extend(said.ignored().filter(|post| said.hidden.iter().all(|it| it.post != *post)).map(|post| {
        let days = said.unanswered.get(&post).copied().unwrap_or(IGNORED);
        (post, format!("shown on {days} days without an answer, so it rests."), "Show it again")
    }));
    lines.extend(said.liked.iter().map(|(post, at)| {
        (*post, format!("you showed interest on {}, so work like it comes up more.", day(*at)), "Not a hint")
    }));
    lines
}

async fn reset(ctx: &Ctx<'_>, what: &str) -> Answer {
    let post = match what {
        "all" => None,
        one => Some(named_post(ctx, "matches feedback reset", one)?.0),
    };
    let mut tx = ctx.db.write().await?;
    feedback::reset(&mut tx, ctx.person, post.as_ref().map(|post| post.id)).await?;
    let subject = post.as_ref().map_or_else(|| "all".to_owned(), |post| post.id.to_string());
    inbound::record(&mut tx, ctx.now, "feedback.reset", Some(ctx.person), &subject, serde_json::json!({})).await?;
    notice::redraw_home(&mut tx, ctx.person, ctx.now).await?;
    tx.commit().await?;
    ctx.live.refresh().await?;
    let card = match post {
        Some(post) => Card::saying(format!("Forgotten: {} counts like any other post again.", post.id)),
        None => Card::saying("All of it is forgotten. Your matches listen to your profile alone."),
    };
    let card = card.buttons(vec![Button::run("My matches", "matches"), Button::run("All I said", "matches feedback")]);
    Ok(if ctx.is_press { Reply::Replace(card) } else { Reply::Private(card) })
}
