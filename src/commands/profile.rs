use super::{Answer, Ctx, refuse};
use crate::message::Values;
pub async fn run(_ctx: &Ctx<'_>, _rest: &str) -> Answer {
    refuse("")
}
pub async fn skills(_ctx: &Ctx<'_>, _rest: &str) -> Answer {
    refuse("")
}
pub async fn submit(_ctx: &Ctx<'_>, _values: &Values) -> Answer {
    refuse("")
}
pub async fn submit_introduction(_ctx: &Ctx<'_>, _values: &Values) -> Answer {
    refuse("")
}
pub async fn suggest_skills(_ctx: &Ctx<'_>, _rest: &str) -> Answer {
    refuse("")
}
