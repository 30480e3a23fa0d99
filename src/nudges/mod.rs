//! Floor 3: the unprompted messages, one folder per kind.
//!
//! To add one: a folder with `decide` (what a turn of a subject comes to), `card` (what it says) and `act` (what its
//! buttons do), and a variant of [`NudgeKind`]; the compiler lists the matches to fill.

pub mod career_conversation;
pub mod channel_digest;
pub mod conversation_check;
pub mod exits;
pub mod opportunity_match;
mod plan;
pub mod rehearse;
pub mod standing;
pub mod turn;
mod weekly;

use crate::{
    commands::{Answer, Ctx, refuse},
    domain::{Instant, preference::NudgeKind, programme::Programme},
    message::{Action, Values, Verb},
    store::{Db, live::Live, outbox::Entry, slots::Slot},
};
use turn::{Subject, Turn, World};

/// What planning may use.
pub struct PlanCtx<'a> {
    pub db: &'a Db,
    pub live: &'a Live,
    pub programme: &'a Programme,
    pub now: Instant,
}

/// Writes down every message of this kind that is due by now. Doing it twice, or on two machines, changes nothing.
/// Gives the number of messages planned. Nothing is planned while the programme is off.
///
/// # Errors
/// The database refused; what was planned before is kept.
pub async fn plan(ctx: &PlanCtx<'_>, kind: NudgeKind) -> anyhow::Result<usize> {
    plan::plan(ctx, kind).await
}

/// The first instant after `now` at which planning could find something to do; for those who jump through time.
///
/// # Errors
/// The database refused.
pub async fn next_wake(ctx: &PlanCtx<'_>) -> anyhow::Result<Option<Instant>> {
    plan::next_wake(ctx).await
}

/// What a turn comes to. Pure.
fn decide(world: &World<'_>, kind: NudgeKind, subject: &Subject, slot: &Slot) -> Turn {
    match kind {
        NudgeKind::CareerConversation => career_conversation::decide(world, subject, slot),
        NudgeKind::ConversationCheck => conversation_check::decide(world, subject, slot),
        NudgeKind::ChannelDigest => channel_digest::decide(world, subject, slot),
        NudgeKind::OpportunityMatch => opportunity_match::decide(world, subject, slot),
    }
}

/// A press on a nudge's button. `entry` is the message it stood on, where that is known.
///
/// # Errors
/// What the person is told, or what broke.
pub async fn press(ctx: &Ctx<'_>, action: &Action, entry: Option<&Entry>) -> Answer {
    // The message may be anybody's; only one's own is answered.
    let entry = entry.filter(|entry| entry.person == Some(ctx.person));
    match action.verb {
        Verb::NotNow if action.subject.ends_with(" week") => career_conversation::act::not_this_week(ctx, entry).await,
        Verb::NotNow | Verb::Fewer | Verb::WhyThis => exits::press(ctx, action, entry).await,
        Verb::PickSlot => career_conversation::act::pick(ctx, action, entry).await,
        Verb::OtherTime | Verb::SaidMoved => career_conversation::act::ask_time(ctx, action, entry).await,
        Verb::AlreadyHappened => career_conversation::act::already(ctx, action, entry).await,
        Verb::NotThisQuarter => career_conversation::act::ask_skip(ctx, action, entry).await,
        Verb::SaidYes | Verb::SaidNo => conversation_check::act::said(ctx, action, entry).await,
        _ => refuse("That button is from an older message. `/mobility` shows where things stand now."),
    }
}

/// A form that a nudge opened was sent.
///
/// # Errors
/// What the person is told, or what broke.
pub async fn submit(ctx: &Ctx<'_>, action: &Action, values: &Values) -> Answer {
    match action.verb {
        Verb::SubmitTime => career_conversation::act::submit_time(ctx, action, values).await,
        Verb::SubmitSkip => career_conversation::act::submit_skip(ctx, action, values).await,
        _ => refuse("That form is from an older version. Open it again with the command."),
    }
}
