//! Modals and the Home tab of the Web API.

use super::limits::check_view;
use super::web_api::{ApiError, Args, Outcome};
use super::workspace::{Filled, State, View};
use super::{Playground, blocks};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

/// How long a trigger opens things, in real time.
const TRIGGER_LIFE: Duration = Duration::from_secs(3);
const DEEPEST_STACK: usize = 3;

fn invalid(messages: Vec<String>) -> ApiError {
    ApiError { code: "invalid_arguments".into(), messages }
}

/// The `view` argument, within the limits and of this type.
fn view_argument(args: &Args, kind: &str) -> Result<Map<String, Value>, ApiError> {
    let view = args.get("view").ok_or("invalid_arguments")?;
    accepted(view, kind).map_err(|messages| {
        let is_blocks = messages.iter().any(|told| told.contains("/blocks"));
        ApiError { code: if is_blocks { "invalid_blocks" } else { "invalid_arguments" }.into(), messages }
    })
}

/// A view within the limits and of this type, or what is wrong with it.
pub(super) fn accepted(view: &Value, kind: &str) -> Result<Map<String, Value>, Vec<String>> {
    let problems = check_view(view);
    if !problems.is_empty() {
        return Err(problems);
    }
    match view {
        Value::Object(body) if body.get("type").and_then(Value::as_str) == Some(kind) => Ok(body.clone()),
        _ => Err(vec![format!("[ERROR] must be a {kind} [json-pointer:/type]")]),
    }
}

/// The person and modal behind a trigger, which is used up by this.
fn redeem(state: &mut State, trigger: &str) -> Result<(String, Option<String>), ApiError> {
    let found = state.triggers.get_mut(trigger).ok_or("invalid_trigger_id")?;
    if found.is_used {
        return Err("exchanged_trigger_id".into());
    }
    if found.born.elapsed() + found.aged > TRIGGER_LIFE {
        return Err("expired_trigger_id".into());
    }
    found.is_used = true;
    Ok((found.user.clone(), found.view.clone()))
}

fn is_taken(state: &State, body: &Map<String, Value>, but: Option<&str>) -> bool {
    let external = body.get("external_id").and_then(Value::as_str).filter(|id| !id.is_empty());
    external.is_some_and(|id| {
        state.views.values().any(|view| {
            Some(view.id.as_str()) != but && view.body.get("external_id").and_then(Value::as_str) == Some(id)
        })
    })
}

fn new_view(state: &mut State, user: &str, mut body: Map<String, Value>, below: Option<&str>) -> View {
    if let Some(list) = body.get_mut("blocks") {
        blocks::fill_ids(list, || state.next_id("b"));
    }
    let id = state.next_id("V");
    let root = below.and_then(|id| state.views.get(id)).map_or_else(|| id.clone(), |view| view.root.clone());
    View {
        user: user.to_owned(),
        hash: state.next_id("1700000000."),
        body,
        root,
        previous: below.map(str::to_owned),
        filled: Filled::new(),
        errors: BTreeMap::new(),
        id,
    }
}

pub(super) fn open(playground: &Playground, args: &Args) -> Outcome {
    let body = view_argument(args, "modal")?;
    playground.change(|state| {
        let (user, _) = redeem(state, args.required("trigger_id")?)?;
        if is_taken(state, &body, None) {
            return Err("duplicate_external_id".into());
        }
        let view = new_view(state, &user, body, None);
        let shown = view.to_json();
        for id in state.stacks.insert(user, vec![view.id.clone()]).unwrap_or_default() {
            state.views.remove(&id);
        }
        state.views.insert(view.id.clone(), view);
        Ok(json!({ "view": shown }))
    })
}

pub(super) fn push(playground: &Playground, args: &Args) -> Outcome {
    let body = view_argument(args, "modal")?;
    playground.change(|state| {
        let (user, below) = redeem(state, args.required("trigger_id")?)?;
        let below = below.ok_or("invalid_trigger_id")?;
        let shown = push_on(state, &user, &below, body)?;
        Ok(json!({ "view": shown }))
    })
}

/// Puts a modal on top of another.
pub(super) fn push_on(state: &mut State, user: &str, below: &str, body: Map<String, Value>) -> Result<Value, ApiError> {
    let depth = state.stacks.get(user).map_or(0, Vec::len);
    if depth == 0 || depth >= DEEPEST_STACK {
        return Err("push_limit_reached".into());
    }
    let view = new_view(state, user, body, Some(below));
    let shown = view.to_json();
    state.stacks.entry(user.to_owned()).or_default().push(view.id.clone());
    state.views.insert(view.id.clone(), view);
    Ok(shown)
}

/// Replaces what a view shows; what is filled in survives in fields of the same ids.
pub(super) fn replace(state: &mut State, id: &str, mut body: Map<String, Value>) -> Option<Value> {
    if let Some(list) = body.get_mut("blocks") {
        blocks::fill_ids(list, || state.next_id("b"));
    }
    let hash = state.next_id("1700000000.");
    let view = state.views.get_mut(id)?;
    view.body = body;
    view.hash = hash;
    view.errors.clear();
    let kept: Vec<(String, String)> =
        blocks::elements(view.blocks()).into_iter().map(|element| (element.block_id, element.action_id)).collect();
    view.filled.retain(|key, _| kept.contains(key));
    Some(view.to_json())
}

pub(super) fn update(playground: &Playground, args: &Args) -> Outcome {
    let body = view_argument(args, "modal")?;
    playground.change(|state| {
        let external = args.text("external_id");
        let wanted = args.text("view_id");
        let fits = |view: &&View| {
            view.id == wanted
                || (!external.is_empty() && view.body.get("external_id").and_then(Value::as_str) == Some(external))
        };
        let (id, hash) =
            state.views.values().find(fits).map(|view| (view.id.clone(), view.hash.clone())).ok_or("not_found")?;
        if !args.text("hash").is_empty() && args.text("hash") != hash {
            return Err("hash_conflict".into());
        }
        if is_taken(state, &body, Some(&id)) {
            return Err("duplicate_external_id".into());
        }
        Ok(json!({ "view": replace(state, &id, body) }))
    })
}

pub(super) fn publish(playground: &Playground, args: &Args) -> Outcome {
    let body = view_argument(args, "home")?;
    playground.change(|state| {
        let user = args.required("user_id")?;
        state.person(user).ok_or_else(|| invalid(vec!["[ERROR] unknown user [json-pointer:/user_id]".into()]))?;
        let known = state.homes.get(user).map(|home| (home.id.clone(), home.hash.clone()));
        if let Some((_, hash)) = &known
            && !args.text("hash").is_empty()
            && args.text("hash") != hash
        {
            return Err("hash_conflict".into());
        }
        let mut view = new_view(state, user, body, None);
        if let Some((id, _)) = known {
            view.root.clone_from(&id);
            view.id = id;
        }
        let shown = view.to_json();
        state.homes.insert(user.to_owned(), view);
        Ok(json!({ "view": shown }))
    })
}
