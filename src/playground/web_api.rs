//! `POST /api/<method>`: the door of the Web API. Checks the token, reads the arguments, meets faults, records the call.

use super::server::Unsent;
use super::{Call, Fault, Playground, chat_methods, user_methods, view_methods};
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

/// What a method answers: the fields beside `ok: true`, or an error.
pub(super) type Outcome = Result<Value, ApiError>;

#[derive(Debug)]
pub(super) struct ApiError {
    pub code: String,
    pub messages: Vec<String>,
}

impl From<&str> for ApiError {
    fn from(code: &str) -> ApiError {
        ApiError { code: code.to_owned(), messages: Vec::new() }
    }
}

/// The arguments of a call, whichever way they came.
pub(super) struct Args(Map<String, Value>);

impl Args {
    pub fn text(&self, name: &str) -> &str {
        self.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// An argument that is not null; forms carry numbers and booleans as text.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    pub fn required(&self, name: &str) -> Result<&str, ApiError> {
        Some(self.text(name)).filter(|text| !text.is_empty()).ok_or_else(|| ApiError::from("invalid_arguments"))
    }

    pub fn is_set(&self, name: &str) -> bool {
        match self.get(name) {
            Some(Value::Bool(value)) => *value,
            Some(Value::String(text)) => matches!(text.as_str(), "true" | "1"),
            Some(Value::Number(number)) => number.as_i64() == Some(1),
            _ => false,
        }
    }

    pub fn number(&self, name: &str) -> Option<usize> {
        match self.get(name)? {
            Value::String(text) => text.parse().ok(),
            other => usize::try_from(other.as_u64()?).ok(),
        }
    }

    fn add_form(&mut self, form: &[u8]) {
        for (name, value) in form_urlencoded::parse(form) {
            let is_json = matches!(&*name, "blocks" | "metadata" | "view" | "attachments");
            let parsed = is_json.then(|| serde_json::from_str(&value).ok()).flatten();
            self.0.insert(name.into_owned(), parsed.unwrap_or_else(|| value.into_owned().into()));
        }
    }
}

pub(super) async fn answer(
    State(playground): State<Playground>,
    Path(method): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let header = |name: header::HeaderName| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut args = Args(Map::new());
    args.add_form(query.unwrap_or_default().as_bytes());
    if header(header::CONTENT_TYPE).starts_with("application/json") {
        match serde_json::from_slice(&body) {
            Ok(Value::Object(object)) => args.0.extend(object),
            Ok(_) => return refuse("json_not_object".into()),
            Err(_) => return refuse("invalid_json".into()),
        }
    } else {
        args.add_form(&body);
    }
    let sent = args.0.remove("token").and_then(|token| token.as_str().map(str::to_owned));
    let bearer = header(header::AUTHORIZATION).strip_prefix("Bearer ").map(str::to_owned);
    let now = playground.now();
    let fault = playground.change(|state| {
        state.calls.push(Call { method: method.clone(), at: now, args: Value::Object(args.0.clone()) });
        state.faults.get_mut(&method).and_then(std::collections::VecDeque::pop_front)
    });
    match bearer.or(sent) {
        None => return refuse("not_authed".into()),
        Some(token) if token != playground.0.bot_token => return refuse("invalid_auth".into()),
        Some(_) => {}
    }
    match fault {
        None => run(&playground, &method, &args),
        Some(Fault::RateLimited(seconds)) => {
            let mut response = refuse("ratelimited".into());
            *response.status_mut() = StatusCode::TOO_MANY_REQUESTS;
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
            response
        }
        Some(Fault::Error(code)) => refuse(code.as_str().into()),
        Some(Fault::Late(time)) => {
            playground.change(|state| state.triggers.values_mut().for_each(|trigger| trigger.aged += time));
            run(&playground, &method, &args)
        }
        Some(Fault::AcceptThenDrop) => {
            run(&playground, &method, &args);
            unanswered()
        }
        Some(Fault::ServerError { accepted }) => {
            if accepted {
                run(&playground, &method, &args);
            }
            (StatusCode::INTERNAL_SERVER_ERROR, "something went wrong").into_response()
        }
        Some(Fault::Hang(time)) => {
            let response = run(&playground, &method, &args);
            tokio::time::sleep(time).await;
            response
        }
        Some(Fault::LateLanding(time)) => {
            tokio::spawn(async move {
                tokio::time::sleep(time).await;
                run(&playground, &method, &args);
            });
            unanswered()
        }
    }
}

fn run(playground: &Playground, method: &str, args: &Args) -> Response {
    let outcome = match method {
        "auth.test" => user_methods::auth_test(playground),
        "conversations.open" => user_methods::conversations_open(playground, args),
        "conversations.info" => user_methods::conversations_info(playground, args),
        "conversations.members" => user_methods::conversations_members(playground, args),
        "conversations.list" => user_methods::conversations_list(playground, args),
        "conversations.history" => chat_methods::history(playground, args),
        "conversations.replies" => chat_methods::replies(playground, args),
        "chat.postMessage" => chat_methods::post(playground, args),
        "chat.postEphemeral" => chat_methods::post_ephemeral(playground, args),
        "chat.update" => chat_methods::update(playground, args),
        "chat.delete" => chat_methods::delete(playground, args),
        "users.info" => user_methods::users_info(playground, args),
        "users.list" => user_methods::users_list(playground, args),
        "users.lookupByEmail" => user_methods::users_lookup(playground, args),
        "views.open" => view_methods::open(playground, args),
        "views.push" => view_methods::push(playground, args),
        "views.update" => view_methods::update(playground, args),
        "views.publish" => view_methods::publish(playground, args),
        _ => Err("unknown_method".into()),
    };
    match outcome {
        Ok(mut body) => {
            if let Some(map) = body.as_object_mut() {
                map.insert("ok".into(), true.into());
            }
            axum::Json(body).into_response()
        }
        Err(error) => {
            if !error.messages.is_empty() {
                playground.change(|state| state.violation(method, &error.code, error.messages.clone()));
            }
            refuse(error)
        }
    }
}

fn refuse(error: ApiError) -> Response {
    let mut body = json!({"ok": false, "error": error.code});
    if !error.messages.is_empty() {
        body["response_metadata"] = json!({ "messages": error.messages });
    }
    axum::Json(body).into_response()
}

fn unanswered() -> Response {
    let mut response = StatusCode::OK.into_response();
    response.extensions_mut().insert(Unsent);
    response
}

/// A page of `items` under the arguments `limit` and `cursor`, and the cursor of the next.
pub(super) fn paged<T>(items: Vec<T>, args: &Args, default: usize, most: usize) -> (Vec<T>, String) {
    let start: usize = args.text("cursor").strip_prefix("at:").and_then(|text| text.parse().ok()).unwrap_or(0);
    let limit = args.number("limit").unwrap_or(default).clamp(1, most);
    let more = items.len() > start + limit;
    let cursor = if more { format!("at:{}", start + limit) } else { String::new() };
    (items.into_iter().skip(start).take(limit).collect(), cursor)
}
