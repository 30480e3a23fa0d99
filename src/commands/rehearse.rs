//! `admin rehearse`: what the programme would send. Nothing is sent.

use super::{Answer, Ctx, Failure, cards::count};
use crate::{
    access::{Asker, Deed, authorize},
    message::{Button, Card, Reply, Text},
    store::{channels, inbound},
};

/// `admin rehearse`.
///
/// # Errors
/// What the person is told, or what broke.
pub async fn run(ctx: &Ctx<'_>, asker: &Asker) -> Answer {
    authorize(asker, Deed::RunProgramme)?;
    let mut card = summary(ctx).await?;
    if !ctx.programme.is_active {
        card = card.buttons(vec![Button::run("Turn it on", "admin start")]);
    }
    Ok(Reply::Private(card))
}

/// What proves that this person has seen a rehearsal today.
pub fn key(ctx: &Ctx<'_>) -> String {
    format!("rehearsed {} {}", ctx.person.0, ctx.today())
}

/// What would be sent to how many, and the note that this person has seen it.
///
/// # Errors
/// What broke.
pub async fn summary(ctx: &Ctx<'_>) -> Result<Card, Failure> {
    let mut tx = ctx.db.write().await?;
    inbound::first_time(&mut tx, &key(ctx), ctx.now).await?;
    let reading = channels::all(&mut tx).await?.iter().filter(|it| it.is_member && !it.is_paused).count();
    tx.commit().await?;
    let (active, managed, managers) = {
        let company = ctx.live.read();
        let everybody: Vec<_> = company.people().into_iter().filter(|person| person.is_active).collect();
        let managed = everybody.iter().filter(|person| person.manager.is_some()).count();
        let managers = everybody.iter().filter(|person| !company.reports_of(person.id).is_empty()).count();
        (everybody.len(), managed, managers)
    };
    let number = |many: usize, word: &str| count(i64::try_from(many).unwrap_or(i64::MAX), word);
    let line = |who: String, what: &str| Text::new().bold(who).then(what.to_owned());
    Ok(Card::new("What would be sent")
        .header("What would be sent")
        .text(line(number(managers, "manager"), ": one message at the opening of each quarter, spread over its first ten working days, with times to pick; at most two more."))
        .text(line(number(managed, "report"), ": their own message about the same conversation, and “did it happen?” afterwards."))
        .text(line(number(reading, "channel"), ": one digest a week, none in a week without news."))
        .text(line(format!("{active} people"), &format!(": at most one match a week, and at most {} of all kinds.", count(i64::from(ctx.programme.max_per_week), "message"))))
        .note("Day by day and person by person: `trailmark rehearse` on the server. Nothing is sent by looking."))
}
