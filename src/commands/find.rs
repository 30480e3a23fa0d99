use super::{Answer, Ctx, refuse};
pub async fn run(_ctx: &Ctx<'_>, _rest: &str) -> Answer {
    refuse("")
}
pub async fn unknown(_ctx: &Ctx<'_>, _rest: &str) -> Answer {
    refuse("")
}
pub fn open(_ctx: &Ctx<'_>) -> Answer {
    refuse("")
}
