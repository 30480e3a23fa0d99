use super::{Answer, Ctx, refuse};
use crate::message::Action;
pub async fn run(_ctx: &Ctx<'_>, _rest: &str) -> Answer {
    refuse("")
}
pub async fn confirm(_ctx: &Ctx<'_>, _action: &Action) -> Answer {
    refuse("")
}
pub async fn refuse_request(_ctx: &Ctx<'_>, _action: &Action) -> Answer {
    refuse("")
}
