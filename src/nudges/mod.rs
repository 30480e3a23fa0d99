//! Floor 3: the unprompted messages, one folder per kind.
//!
//! To add one: a folder with `plan` (what is due) and `act` (what its buttons do), and a variant of
//! [`NudgeKind`]; the compiler lists the matches to fill.

use crate::{
    commands::{Answer, Ctx, Failure},
    domain::{Instant, preference::NudgeKind, programme::Programme},
    message::{Action, Values},
    store::{Db, live::Live, outbox::Entry},
};

/// What planning may use.
pub struct PlanCtx<'a> {
    pub db: &'a Db,
    pub live: &'a Live,
    pub programme: &'a Programme,
    pub now: Instant,
}

/// Writes down every message of this kind that is due by now. Doing it twice, or on two machines, changes nothing.
/// Gives the number of messages planned.
///
/// # Errors
/// The database refused; what was planned before is kept.
pub async fn plan(ctx: &PlanCtx<'_>, kind: NudgeKind) -> anyhow::Result<usize> {
    let _ = (ctx, kind);
    Ok(0)
}

/// The first instant after `now` at which planning could find something to do; for those who jump through time.
///
/// # Errors
/// The database refused.
pub async fn next_wake(ctx: &PlanCtx<'_>) -> anyhow::Result<Option<Instant>> {
    let _ = ctx;
    Ok(None)
}

/// A press on a nudge's button. `entry` is the message it stood on, where that is known.
///
/// # Errors
/// What the person is told, or what broke.
pub async fn press(ctx: &Ctx<'_>, action: &Action, entry: Option<&Entry>) -> Answer {
    let _ = (ctx, action, entry);
    Err(Failure::Told(crate::message::UserError::saying("")))
}

/// A form that a nudge opened was sent.
///
/// # Errors
/// What the person is told, or what broke.
pub async fn submit(ctx: &Ctx<'_>, action: &Action, values: &Values) -> Answer {
    let _ = (ctx, action, values);
    Err(Failure::Told(crate::message::UserError::saying("")))
}
