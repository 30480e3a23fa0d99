use super::{Answer, Ctx, refuse};
pub async fn run(_ctx: &Ctx<'_>, _rest: &str) -> Answer {
    refuse("")
}
