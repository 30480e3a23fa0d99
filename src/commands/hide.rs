use super::{Answer, Ctx, refuse};
use crate::message::{Action, Values};
pub async fn run(_ctx: &Ctx<'_>, _rest: &str) -> Answer {
    refuse("")
}
pub async fn unhide(_ctx: &Ctx<'_>, _rest: &str) -> Answer {
    refuse("")
}
pub async fn submit(_ctx: &Ctx<'_>, _action: &Action, _values: &Values) -> Answer {
    refuse("")
}
