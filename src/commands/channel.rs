use super::{Answer, Ctx, refuse};
use crate::message::{Action, Values};
pub async fn run(_ctx: &Ctx<'_>, _rest: &str) -> Answer {
    refuse("")
}
pub async fn submit(_ctx: &Ctx<'_>, _action: &Action, _values: &Values) -> Answer {
    refuse("")
}
pub async fn welcome(
    _db: &crate::store::Db,
    _live: &crate::store::live::Live,
    _programme: &crate::domain::programme::Programme,
    _platform: crate::message::Platform,
    _place: &crate::message::inbound::Place,
    _inviter: Option<crate::domain::id::PersonId>,
    _now: crate::domain::Instant,
) -> anyhow::Result<()> {
    Ok(())
}
