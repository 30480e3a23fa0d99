use super::{Answer, Ctx, refuse};
use crate::message::Values;
pub async fn run(_ctx: &Ctx<'_>, _rest: &str) -> Answer {
    refuse("")
}
pub async fn snooze(_ctx: &Ctx<'_>, _rest: &str) -> Answer {
    refuse("")
}
pub async fn submit(_ctx: &Ctx<'_>, _values: &Values) -> Answer {
    refuse("")
}
