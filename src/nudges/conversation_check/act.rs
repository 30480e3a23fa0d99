//! What the buttons of "did it happen?" do. Each of the two only ever speaks for themselves.

use super::{KIND, card, is_over, other};
use crate::{
    commands::{Answer, Ctx, notice},
    domain::{
        conversation::{Claim, Conversation, Standing},
        id::PersonId,
    },
    message::{Action, Card, Reply, Verb},
    nudges::{
        career_conversation::act::{authorized, respond, stands},
        turn::first_name,
    },
    store::{Tx, conversations, inbound, outbox::Entry},
};

/// `Yes` or `No`.
///
/// # Errors
/// What the person is told, or what broke.
pub async fn said(ctx: &Ctx<'_>, action: &Action, entry: Option<&Entry>) -> Answer {
    let mut tx = ctx.db.write().await?;
    let it = authorized(ctx, &mut tx, action).await?;
    let is_yes = action.verb == Verb::SaidYes;
    if it.version != action.version {
        // The question was about another time than the one that holds now.
        return Ok(Reply::Replace(stands(ctx, &it)));
    }
    if it.standing() == Standing::Held {
        return Ok(Reply::Replace(card::said_yes()));
    }
    if !is_yes {
        claim(ctx, &mut tx, &it, Claim::NotHeld).await?;
    } else if it.planned_at.is_some_and(|at| at < ctx.now) {
        claim(ctx, &mut tx, &it, Claim::Held).await?;
    } else {
        claim_already(ctx, &mut tx, &it).await?;
    }
    respond(&mut tx, entry, "acted", ctx.now).await?;
    let done = if is_yes { card::said_yes() } else { card::said_no(&it) };
    let rest = match entry.is_some_and(|entry| entry.nudge() == Some(KIND)) {
        true => rest(ctx, &mut tx, &it, &done).await?,
        false => None,
    };
    tx.commit().await?;
    Ok(Reply::Replace(rest.unwrap_or(done)))
}

/// The other conversations that the asker can still answer for, after what was just answered; `None` where that was all.
async fn rest(ctx: &Ctx<'_>, tx: &mut Tx, it: &Conversation, done: &Card) -> sqlx::Result<Option<Card>> {
    if it.manager != ctx.person {
        return Ok(None);
    }
    let all = conversations::of_manager(tx, ctx.person, &it.window).await?;
    let zone = ctx.zone();
    let company = ctx.live.read();
    let Some(me) = company.person(ctx.person) else { return Ok(None) };
    let mut open: Vec<_> = all.iter().filter(|it| is_over(me, ctx.programme, it, ctx.now)).collect();
    open.sort_by_key(|it| (it.planned_at, it.id));
    open.truncate(card::MOST);
    if open.is_empty() {
        return Ok(None);
    }
    let names: Vec<String> = open.iter().map(|it| first_name(&company, it.report)).collect();
    let mut card = card::check(&open, &names, zone, ctx.today());
    card.blocks.splice(0..0, done.blocks.iter().cloned());
    Ok(Some(card))
}

/// Records what the asker says, and what follows from it; true when it is news.
///
/// # Errors
/// The database refused.
pub async fn claim(ctx: &Ctx<'_>, tx: &mut Tx, it: &Conversation, says: Claim) -> sqlx::Result<bool> {
    if !conversations::claim(tx, it.id, ctx.person, says, ctx.now).await? {
        return Ok(false);
    }
    let side = if it.manager == ctx.person { "manager" } else { "report" };
    let verb = if says == Claim::Held { "confirmed" } else { "denied" };
    let subject = it.id.0.to_string();
    let record = async |tx: &mut Tx, kind: &str| {
        inbound::record(tx, ctx.now, kind, Some(ctx.person), &subject, serde_json::json!({ "window": it.window })).await
    };
    record(tx, &format!("conversation.{verb}_by_{side}")).await?;
    let known = conversations::find(tx, it.id).await?;
    if known.is_some_and(|known| known.standing() == Standing::Held) {
        record(tx, "conversation.held").await?;
    }
    notice::redraw_home(tx, it.manager, ctx.now).await?;
    notice::redraw_home(tx, it.report, ctx.now).await?;
    Ok(true)
}

/// The asker says that it happened already: their word is recorded, and the other one is asked for theirs. Gives the
/// other one.
///
/// # Errors
/// The database refused.
pub async fn claim_already(ctx: &Ctx<'_>, tx: &mut Tx, it: &Conversation) -> sqlx::Result<PersonId> {
    let who = other(it, ctx.person);
    claim(ctx, tx, it, Claim::Held).await?;
    if super::says(it, who).is_none() {
        let name = first_name(&ctx.live.read(), ctx.person);
        notice::tell(
            tx,
            who,
            "conversation.check",
            it.id.0.to_string(),
            format!("v{} already", it.version),
            card::already(&name, it),
            ctx.now,
        )
        .await?;
    }
    Ok(who)
}
