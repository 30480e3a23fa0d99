use super::{Answer, Ctx, refuse};
pub async fn run(_ctx: &Ctx<'_>, _rest: &str) -> Answer {
    refuse("")
}
pub async fn view(_ctx: &Ctx<'_>) -> Result<crate::message::Home, super::Failure> {
    Ok(crate::message::Home::default())
}
