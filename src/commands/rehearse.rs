//! `admin rehearse`: who would get which message on which day. Nothing is sent. The words of a personal message stay with
//! the person: here stand names, kinds and times.

use super::{Answer, Ctx, Failure, cards::count, refuse};
use crate::{
    access::{Asker, Deed, authorize},
    domain::{
        audit::{Act, Look, Note},
        calendar::spoken_day,
        preference::NudgeKind,
    },
    message::{Button, Card, Reply, Text},
    nudges::{
        PlanCtx,
        rehearse::{self, Planned},
    },
    store::{audit, inbound},
};
use chrono::NaiveDate;
use std::collections::BTreeMap;

const DAYS: u32 = 90;
const MOST_DAYS: u32 = 366;
/// With more people than this an answer in chat would come too late for so many days.
const LARGE: usize = 2_000;
const DAYS_WHEN_LARGE: u32 = 14;
/// A card holds so many days, and so many messages of each.
const DAYS_SHOWN: usize = 10;
const SHOWN_A_DAY: usize = 8;

/// `admin rehearse`, `admin rehearse 30`.
///
/// # Errors
/// What the person is told, or what broke.
pub async fn run(ctx: &Ctx<'_>, asker: &Asker, rest: &str) -> Answer {
    authorize(asker, Deed::RunProgramme)?;
    let days = match rest {
        "" => None,
        text => match text.parse::<u32>() {
            Ok(days) if (1..=MOST_DAYS).contains(&days) => Some(days),
            _ => {
                return refuse(format!(
                    "For how many days? A number from 1 to {MOST_DAYS}, such as `/mobility admin rehearse 30`."
                ));
            }
        },
    };
    let mut card = show(ctx, days).await?;
    if !ctx.programme.is_active {
        card = card.buttons(vec![Button::run("Turn it on", "admin start")]);
    }
    Ok(Reply::Private(card))
}

/// What proves that this person has seen a rehearsal today.
pub fn key(ctx: &Ctx<'_>) -> String {
    format!("rehearsed {} {}", ctx.person.0, ctx.today())
}

/// The rehearsal of the usual days, and the note that this person has seen it.
///
/// # Errors
/// What broke.
pub async fn show(ctx: &Ctx<'_>, days: Option<u32>) -> Result<Card, Failure> {
    let is_large = ctx.live.read().people().len() > LARGE;
    let longest = if is_large { DAYS_WHEN_LARGE } else { MOST_DAYS };
    let days = days.unwrap_or(DAYS).min(longest);
    let plan = PlanCtx { db: ctx.db, live: ctx.live, programme: ctx.programme, now: ctx.now };
    let planned = rehearse::rehearse(&plan, days, ctx.now).await?;
    let mut tx = ctx.db.write().await?;
    inbound::first_time(&mut tx, &key(ctx), ctx.now).await?;
    audit::note_once(&mut tx, ctx.now, vec![Note::by(ctx.person, Act::Looked(Look::Rehearsal))]).await?;
    tx.commit().await?;
    Ok(card(&planned, days))
}

fn kind_label(kind: &'static str) -> &'static str {
    NudgeKind::parse(kind).map_or(kind, |it| it.label())
}

fn card(planned: &[Planned], days: u32) -> Card {
    let title = format!("Rehearsal of the next {}", count(i64::from(days), "day"));
    let mut card = Card::new(title.clone()).header(title).text(rehearse::summary(planned, days).trim_end().to_owned());
    let mut kinds: BTreeMap<&str, i64> = BTreeMap::new();
    let mut by_day: BTreeMap<NaiveDate, Vec<&Planned>> = BTreeMap::new();
    for it in planned {
        *kinds.entry(kind_label(it.kind)).or_default() += 1;
        by_day.entry(it.day).or_default().push(it);
    }
    if !kinds.is_empty() {
        let kinds: Vec<String> = kinds.iter().map(|(kind, times)| format!("{kind}: {times}")).collect();
        card = card.text(kinds.join(" · "));
    }
    let left = by_day.len().saturating_sub(DAYS_SHOWN);
    for (day, mut all) in by_day.into_iter().take(DAYS_SHOWN) {
        all.sort_by(|a, b| (&a.time, &a.to).cmp(&(&b.time, &b.to)));
        let mut text = Text::new().bold(spoken_day(day));
        for it in all.iter().take(SHOWN_A_DAY) {
            text = text.then(format!("\n{} {} · {}", it.time, it.to, kind_label(it.kind)));
        }
        if all.len() > SHOWN_A_DAY {
            text = text.then(format!("\nand {} more", all.len() - SHOWN_A_DAY));
        }
        card = card.text(text);
    }
    if left > 0 {
        card = card.note(format!(
            "{} more with messages: `trailmark rehearse` on the server shows every one.",
            count(i64::try_from(left).unwrap_or(i64::MAX), "day")
        ));
    }
    card
}
