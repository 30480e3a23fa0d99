use super::{Answer, Ctx, refuse};
use crate::message::{Action, Values, form::FormRef};
pub async fn run(_ctx: &Ctx<'_>, _rest: &str) -> Answer {
    refuse("")
}
pub async fn edit(_ctx: &Ctx<'_>, _rest: &str) -> Answer {
    refuse("")
}
pub async fn close(_ctx: &Ctx<'_>, _rest: &str) -> Answer {
    refuse("")
}
pub async fn submit(_ctx: &Ctx<'_>, _action: &Action, _values: &Values) -> Answer {
    refuse("")
}
pub async fn changed(_ctx: &Ctx<'_>, _action: &Action, _values: &Values, _form: &FormRef) -> Answer {
    refuse("")
}
pub async fn open(_ctx: &Ctx<'_>, _prefill: Option<&str>) -> Answer {
    refuse("")
}
