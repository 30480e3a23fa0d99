use super::{Answer, Ctx, refuse};
pub async fn run(_ctx: &Ctx<'_>, _rest: &str) -> Answer {
    refuse("")
}
pub async fn save(_ctx: &Ctx<'_>, _rest: &str) -> Answer {
    refuse("")
}
pub async fn unsave(_ctx: &Ctx<'_>, _rest: &str) -> Answer {
    refuse("")
}
