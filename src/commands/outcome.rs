//! What an owner's decision means for the people who applied: written down once, told to both, with a next step.

use super::{
    Ctx,
    cards::{self, count},
    matches, notice, people,
};
use crate::{
    domain::{
        calendar::{local_date, spoken_day},
        id::OpportunityId,
        opportunity::{ApplicationState, Opportunity, State},
    },
    message::{Button, Card, Text},
    store::{
        Tx,
        applications::{self, Application},
        inbound, opportunities,
    },
};
use chrono_tz::Tz;
use serde_json::json;
use std::collections::BTreeSet;

/// Why: a code for the log, and the words that finish "What decided it: …".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reason {
    pub code: &'static str,
    pub words: &'static str,
}

impl Reason {
    /// The words as they stand in a list.
    #[must_use]
    pub fn label(self) -> String {
        cards::capitalised(self.words)
    }
}

const fn because(code: &'static str, words: &'static str) -> Reason {
    Reason { code, words }
}

/// Why one person was not chosen.
pub const DECLINED: [Reason; 6] = [
    because("availability", "more time, or other days, were needed"),
    because("skills", "more practice in the needed skills was wanted"),
    because("start", "the start date did not suit"),
    because("earlier", "somebody who asked earlier fits as well"),
    because("changed", "the work has changed since"),
    because("other", "something that is not on our list"),
];

/// Every place was given to somebody.
pub const FILLED: Reason = because("filled", "all places are taken");

/// The work itself is finished.
pub const DONE: Reason = because(opportunities::DONE, "it is done");

/// Whoever offered it was erased.
pub const GONE: Reason = because("gone", "whoever offered it is no longer here");

/// Why a whole post was closed.
pub const CLOSED: [Reason; 6] = [
    FILLED,
    DONE,
    because("cancelled", "the work was called off"),
    because("later", "the work starts later than planned"),
    because("no_fit", "nobody was found in time"),
    because("duplicate", "it was posted twice"),
];

/// The reason of this code in one of the lists.
#[must_use]
pub fn reason(list: &[Reason], code: &str) -> Option<Reason> {
    list.iter().copied().find(|reason| reason.code == code)
}

/// So many posts are named as worth a look.
const WORTH_A_LOOK: usize = 2;

/// Says yes to somebody who waits; false when they do not (any more). Both are told.
///
/// # Errors
/// The database refused.
pub async fn accept(tx: &mut Tx, ctx: &Ctx<'_>, post: &Opportunity, it: &Application) -> anyhow::Result<bool> {
    if !applications::decide(tx, post.id, it.person, ApplicationState::Accepted, "", ctx.now).await? {
        return Ok(false);
    }
    let owner = people::span(tx, ctx, post.owner.unwrap_or(ctx.person)).await?;
    let start = post.starts_on.map_or_else(String::new, |day| format!(" It starts on {}.", spoken_day(day)));
    let applicant_card = Card::new(format!("You are in: {}", post.title))
        .text(
            Text::new()
                .bold(post.title.clone())
                .then(format!(" ({}) is yours: ", post.id))
                .span(owner)
                .then(" said yes."),
        )
        .text(format!(
            "Next step: write to them today and agree on your first day and your hours.{start} Your manager does not know yet: please talk with them about the hours."
        ))
        .buttons(vec![cards::show(post), Button::run("My applications", "applied")]);
    let applicant = people::span(tx, ctx, it.person).await?;
    let answer = Text::new()
        .then("You said yes to ")
        .span(applicant)
        .then(" for ")
        .bold(post.title.clone())
        .then(format!(" ({}); they know. Next step: agree on the first day and the hours, best today.", post.id));
    notice::tell(tx, it.person, "accepted", post.id.to_string(), turn(it), applicant_card, ctx.now).await?;
    notice::redraw_home(tx, it.person, ctx.now).await?;
    let summary = format!("You said yes to {}", people::name(ctx, it.person));
    tell_owner(tx, ctx, post, "accepted", &turn(it), summary, answer).await?;
    inbound::record(tx, ctx.now, "post.accepted", Some(it.person), &post.id.to_string(), json!({})).await?;
    Ok(true)
}

/// Says no to somebody who waits, with the reason and a next step; false when they do not wait (any more).
///
/// # Errors
/// The database refused.
pub async fn decline(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    post: &Opportunity,
    it: &Application,
    reason: Reason,
    words: &str,
) -> anyhow::Result<bool> {
    if !turn_down(tx, ctx, post, it, reason, words).await? {
        return Ok(false);
    }
    let name = people::name(ctx, it.person);
    let answer = Text::new()
        .then(format!("{name} knows that "))
        .bold(post.title.clone())
        .then(format!(" ({}) is not for them this time, and why: {}.", post.id, reason.words));
    tell_owner(tx, ctx, post, "answered", &turn(it), format!("{name} knows your answer"), answer).await?;
    Ok(true)
}

/// Closes a post, or finishes one that is closed, and tells everybody who waits; gives how many these were. `None` when somebody else changed the post at
/// the same time.
///
/// # Errors
/// The database refused.
pub async fn close(tx: &mut Tx, ctx: &Ctx<'_>, post: &Opportunity, reason: Reason) -> anyhow::Result<Option<usize>> {
    close_and_tell(tx, ctx, post, reason, false).await
}

/// A post that closes by itself surprises its owner too: they are told.
async fn close_and_tell(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    post: &Opportunity,
    reason: Reason,
    is_by_itself: bool,
) -> anyhow::Result<Option<usize>> {
    let state = if reason == DONE { State::Finished { at: ctx.now } } else { State::Closed { at: ctx.now } };
    let closed = Opportunity { state, ..post.clone() };
    if !opportunities::update(tx, &closed, Some(reason.code)).await? {
        return Ok(None);
    }
    let mut told = 0;
    for it in applications::of_post(tx, post.id).await? {
        if it.state == ApplicationState::Waiting && turn_down(tx, ctx, &closed, &it, reason, "").await? {
            told += 1;
        }
    }
    inbound::record(
        tx,
        ctx.now,
        "post.closed",
        Some(ctx.person),
        &post.id.to_string(),
        json!({"reason": reason.code, "waiting": told}),
    )
    .await?;
    if post.owner != Some(ctx.person) || is_by_itself {
        let waiting = match told {
            0 => String::new(),
            _ => format!(
                " {} who waited knows.",
                if told == 1 { "The one person".to_owned() } else { format!("Each of the {told} people") }
            ),
        };
        let so =
            Text::new().bold(post.title.clone()).then(format!(" ({}) is closed: {}.{waiting}", post.id, reason.words));
        let summary = format!("{} is closed", post.id);
        tell_owner(tx, ctx, post, "closed", &post.version.to_string(), summary, so).await?;
    }
    if let Some(owner) = post.owner {
        notice::redraw_home(tx, owner, ctx.now).await?;
    }
    Ok(Some(told))
}

/// Whether a post can still be said to be done: nobody else can join it, and somebody did.
///
/// # Errors
/// The database refused.
pub async fn is_under_way(tx: &mut Tx, post: &Opportunity) -> sqlx::Result<bool> {
    let is_closed = matches!(post.state, State::Closed { .. });
    Ok(is_closed && applications::count(tx, post.id, ApplicationState::Accepted).await? > 0)
}

/// Closes a post whose seats are all taken; true when it did.
///
/// # Errors
/// The database refused.
pub async fn close_if_full(tx: &mut Tx, ctx: &Ctx<'_>, post: &Opportunity) -> anyhow::Result<bool> {
    let taken = applications::count(tx, post.id, ApplicationState::Accepted).await?;
    Ok(post.is_open() && taken >= i64::from(post.seats) && close_and_tell(tx, ctx, post, FILLED, true).await?.is_some())
}

async fn turn_down(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    post: &Opportunity,
    it: &Application,
    reason: Reason,
    words: &str,
) -> anyhow::Result<bool> {
    if !applications::decide(tx, post.id, it.person, ApplicationState::Declined, reason.words, ctx.now).await? {
        return Ok(false);
    }
    let has_somebody = applications::count(tx, post.id, ApplicationState::Accepted).await? > 0;
    let before: BTreeSet<OpportunityId> =
        applications::of_person(tx, it.person).await?.iter().map(|application| application.post).collect();
    let today = ctx.today();
    let others = {
        let company = ctx.live.read();
        let applicant = company.person(it.person);
        applicant
            .map(|person| matches::similar(&company, post, person, today, &before, WORTH_A_LOOK))
            .unwrap_or_default()
    };
    let card = not_chosen(post, reason, words, has_somebody, &others, ctx.zone());
    notice::tell(tx, it.person, "answered", post.id.to_string(), turn(it), card, ctx.now).await?;
    notice::redraw_home(tx, it.person, ctx.now).await?;
    let data = json!({"reason": reason.code});
    inbound::record(tx, ctx.now, "post.declined", Some(it.person), &post.id.to_string(), data).await?;
    Ok(true)
}

fn not_chosen(
    post: &Opportunity,
    reason: Reason,
    words: &str,
    has_somebody: bool,
    others: &[Opportunity],
    zone: Tz,
) -> Card {
    let is_off = (CLOSED.contains(&reason) && reason != FILLED) || reason == GONE;
    let (headline, so) = match (is_off, has_somebody) {
        (true, _) => (format!("{} is closed", post.id), "is closed, and it had nothing to do with you. The reason: "),
        (false, true) => (format!("{} went to someone else", post.id), "went to someone else. What decided it: "),
        (false, false) => (format!("{}: not this time", post.id), "will not be yours this time. What decided it: "),
    };
    let mut card = Card::new(headline)
        .text(Text::new().bold(post.title.clone()).then(format!(" ({}) {so}", post.id)).bold(reason.words).then("."));
    if !words.is_empty() {
        card = card.text(Text::new().then("They add: ").italic(words.to_owned()));
    }
    if others.is_empty() {
        card = card.text("Nothing else asks for the same skills right now. New work comes every week.");
    } else {
        card = card.text("Worth a look, with the same skills:");
        for other in others {
            card = card.item(cards::line(other, zone), vec![cards::show(other)]);
        }
    }
    card.buttons(vec![cards::similar(post)])
}

async fn tell_owner(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    post: &Opportunity,
    kind: &str,
    turn: &str,
    summary: String,
    text: Text,
) -> anyhow::Result<()> {
    if let Some(owner) = post.owner {
        let card = Card::new(summary).text(text).buttons(vec![cards::on_post("Applicants", "applicants", post)]);
        notice::tell(tx, owner, &format!("owner_{kind}"), post.id.to_string(), turn, card, ctx.now).await?;
        notice::redraw_home(tx, owner, ctx.now).await?;
    }
    Ok(())
}

/// Which application of this person it is: after a withdrawal there may be another.
fn turn(it: &Application) -> String {
    format!("{}.{}", it.person.0, it.version)
}

/// `waiting for 3 days; you promised an answer by Thu 14 May`, for the owner.
#[must_use]
pub fn waited(ctx: &Ctx<'_>, it: &Application) -> String {
    let days = (ctx.today() - local_date(ctx.zone(), it.applied_at)).num_days();
    let age = if days < 1 { "asked today".to_owned() } else { format!("waiting for {}", count(days, "day")) };
    match it.reply_by {
        Some(day) if day < ctx.today() => {
            format!(
                "{age}; you promised an answer by {}, {} ago",
                spoken_day(day),
                count((ctx.today() - day).num_days(), "day")
            )
        }
        Some(day) => format!("{age}; you promised an answer by {}", spoken_day(day)),
        None => age,
    }
}
