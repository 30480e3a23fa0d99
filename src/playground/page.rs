//! The page for people: what they see as JSON, and what they do.

use super::Playground;
use super::driver::Spot;
use super::workspace::{BOT_USER, SimMessage, State as Work, View, dm_of};
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, TimeZone, Utc, Weekday};
use chrono_tz::Tz;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

const PAGE: &str = include_str!("page/index.html");
const STYLE: &str = include_str!("page/page.css");
const SCRIPTS: [(&str, &str); 4] = [
    ("app.js", include_str!("page/app.js")),
    ("render.js", include_str!("page/render.js")),
    ("forms.js", include_str!("page/forms.js")),
    ("guide.js", include_str!("page/guide.js")),
];
/// Nothing from elsewhere, nothing inline.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/// The zone of the demo's calendar.
const ZONE: Tz = chrono_tz::Europe::Berlin;

/// The time machine's state as the page sees it.
#[derive(Default)]
pub(super) struct Journey(Mutex<Travel>);

#[derive(Clone, Default)]
struct Travel {
    /// From and to of the jump under way.
    under_way: Option<(DateTime<Utc>, DateTime<Utc>)>,
    /// Why the last jump ended badly.
    trouble: Option<String>,
}

impl Journey {
    fn with<R>(&self, work: impl FnOnce(&mut Travel) -> R) -> R {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn served(kind: &'static str, text: &'static str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-cache"),
    ];
    (headers, text).into_response()
}

pub(super) async fn index() -> Response {
    served("text/html; charset=utf-8", PAGE)
}

pub(super) async fn style() -> Response {
    served("text/css; charset=utf-8", STYLE)
}

pub(super) async fn script(Path(name): Path<String>) -> Response {
    match SCRIPTS.iter().find(|(known, _)| *known == name) {
        Some((_, text)) => served("text/javascript; charset=utf-8", text),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// Other pages in the same browser must not act here: only requests that a page of this origin can make are taken.
fn is_own(headers: &HeaderMap) -> bool {
    let text = |name: header::HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let host = text(header::HOST).unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let is_local = matches!(name, "localhost" | "127.0.0.1" | "[::1]");
    let origin_fits = text(header::ORIGIN).is_none_or(|origin| origin == format!("http://{host}"));
    is_local && origin_fits
}

fn is_own_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    is_own(headers) && kind.starts_with("application/json")
}

#[derive(Deserialize)]
pub(super) struct Wanted {
    user: String,
    #[serde(default)]
    since: u64,
}

/// Everything `user` sees; answers when something is newer than `since`, at the latest after 20 seconds.
pub(super) async fn state(
    State(playground): State<Playground>,
    Query(wanted): Query<Wanted>,
    headers: HeaderMap,
) -> Response {
    if !is_own(&headers) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let mut changes = playground.watch();
    let newer = changes.wait_for(|version| *version > wanted.since);
    // Neither running out of time nor the end of the workspace changes what is answered.
    let _ = tokio::time::timeout(Duration::from_secs(20), newer).await;
    let version = *playground.watch().borrow();
    axum::Json(seen_by(&playground, &wanted.user, version)).into_response()
}

fn seen_by(playground: &Playground, user: &str, version: u64) -> Value {
    let travel = playground.0.journey.with(|travel| travel.clone());
    let now = playground.now();
    playground.read(|state| {
        let people: Vec<Value> = state
            .people
            .iter()
            .map(|person| {
                let unread = state.unread(&person.id).remove(&dm_of(&person.id)).unwrap_or(0);
                json!({"id": person.id, "name": person.name, "title": person.title, "department": person.department,
                    "zone": person.zone, "unread": unread, "asked": is_asked(state, &person.id, now)})
            })
            .collect();
        let channels: Vec<Value> = state
            .channels
            .iter()
            .map(|channel| {
                json!({"id": channel.id, "name": channel.name, "topic": channel.topic,
                    "joined": state.joined.contains(&channel.id), "members": channel.members.len(),
                    "member": channel.members.iter().any(|member| member == user)})
            })
            .collect();
        let conversations: Value = state
            .conversations
            .iter()
            .filter(|(id, _)| state.is_member(user, id))
            .map(|(id, found)| {
                let mine = found.messages.iter().filter(|each| each.only_for.as_deref().is_none_or(|only| only == user));
                let mut shown: Vec<Value> = mine.map(message_seen).collect();
                let older = shown.len().saturating_sub(150);
                (id.clone(), Value::Array(shown.split_off(older)))
            })
            .collect();
        let modal = state.top_view(user).map(view_seen);
        let depth = state.stacks.get(user).map_or(0, Vec::len);
        json!({"version": version, "now": now, "zone": ZONE.name(), "bot": BOT_USER, "dm": dm_of(user), "people": people,
            "channels": channels, "conversations": conversations, "unread": state.unread(user),
            "home": state.homes.get(user).map(view_seen), "modal": modal, "depth": depth,
            "jump": travel.under_way.map(|(from, to)| json!({"from": from, "to": to})), "trouble": travel.trouble})
    })
}

fn message_seen(message: &SimMessage) -> Value {
    json!({"ts": message.ts, "user": message.user, "text": message.text, "blocks": message.blocks,
        "thread": message.thread_ts, "private": message.only_for.is_some(), "edited": message.is_edited})
}

fn view_seen(view: &View) -> Value {
    let mut seen = view.to_json();
    seen["errors"] = json!(view.errors);
    seen
}

/// What somebody does on the page.
#[derive(Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
enum Deed {
    Say {
        place: String,
        text: String,
    },
    Act {
        spot: Value,
        block: String,
        action: String,
        #[serde(default)]
        value: Value,
        #[serde(default)]
        values: Value,
    },
    Submit {
        view: String,
        values: Value,
    },
    Suggest {
        place: String,
        action: String,
        query: String,
    },
    Close {
        #[serde(default)]
        all: bool,
    },
    Home {},
    Invite {
        channel: String,
    },
    Read {
        place: String,
    },
    UseOn {
        place: String,
        ts: String,
    },
    Shortcut {},
}

#[derive(Deserialize)]
struct Doing {
    user: String,
    #[serde(flatten)]
    deed: Deed,
}

pub(super) async fn act(State(playground): State<Playground>, headers: HeaderMap, body: Bytes) -> Response {
    if !is_own_json(&headers) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let Ok(doing) = serde_json::from_slice::<Doing>(&body) else { return StatusCode::BAD_REQUEST.into_response() };
    match perform(&playground, &doing.user, doing.deed).await {
        Ok(shown) => axum::Json(shown).into_response(),
        Err(error) => axum::Json(json!({"error": format!("{error:#}")})).into_response(),
    }
}

async fn perform(playground: &Playground, user: &str, deed: Deed) -> anyhow::Result<Value> {
    let answer = match deed {
        Deed::Say { place, text } => return say(playground, user, &place, &text).await,
        Deed::Act { spot, block, action, value, values } => {
            let text = |name: &str| spot.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
            let spot = match spot.get("view") {
                Some(_) => Spot::View { id: text("view") },
                None => Spot::Message { conversation: text("conversation"), ts: text("ts") },
            };
            if let (Spot::View { id }, Value::Object(_)) = (&spot, &values) {
                playground.fill(user, id, &values)?;
            }
            playground.act(user, &spot, &block, &action, &value).await?
        }
        Deed::Submit { view, values } => playground.submit(user, &view, &values).await?,
        Deed::Suggest { place, action, query } => {
            let answer = playground.suggest(user, &place, &action, &query).await?;
            return Ok(answer.body);
        }
        Deed::Close { all } => {
            let closed = if all { playground.close_all(user).await? } else { playground.close(user).await? };
            let Some(answer) = closed else { return Ok(json!({})) };
            answer
        }
        Deed::Home {} => playground.open_home(user).await?,
        Deed::Invite { channel } => playground.invite_bot(user, &channel).await?,
        Deed::UseOn { place, ts } => playground.use_on_message(user, &place, &ts, "post_project").await?,
        Deed::Shortcut {} => playground.shortcut(user, "find_project").await?,
        Deed::Read { place } => {
            let newest = |state: &mut Work| {
                let last =
                    state.conversations.get(&place).and_then(|found| found.messages.last()).map(|each| each.ts.clone());
                let key = (user.to_owned(), place.clone());
                last.filter(|ts| state.read.get(&key) != Some(ts)).map(|ts| state.read.insert(key, ts)).is_some()
            };
            playground.change(newest);
            return Ok(json!({}));
        }
    };
    Ok(refusal(answer.status))
}

fn refusal(status: u16) -> Value {
    match status {
        200..300 => json!({}),
        _ => json!({"error": format!("The app answered {status}.")}),
    }
}

/// What the line at the foot of the page does: a command, a mention, a direct message, or just words in a channel.
async fn say(playground: &Playground, user: &str, place: &str, text: &str) -> anyhow::Result<Value> {
    let text = text.trim();
    let answer = if let Some(rest) = text.strip_prefix('/') {
        let (name, words) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        if !matches!(name, "mobility" | "projects") {
            return Ok(json!({"error": format!("There is no command /{name} here. Try /projects or /mobility.")}));
        }
        playground.command(user, place, &format!("/{name}"), words.trim()).await?
    } else if place == dm_of(user) {
        playground.dm(user, text).await?
    } else if let Some(words) = text.strip_prefix("@Mobility") {
        playground.mention(user, place, words.trim()).await?
    } else {
        playground.say(user, place, text)?;
        return Ok(json!({}));
    };
    Ok(refusal(answer.status))
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Leap {
    Day,
    Monday,
    Quarter,
}

#[derive(Deserialize)]
struct Leaping {
    to: Leap,
}

/// Starts the time machine; the page watches it run.
pub(super) async fn jump(State(playground): State<Playground>, headers: HeaderMap, body: Bytes) -> Response {
    if !is_own_json(&headers) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let Ok(leaping) = serde_json::from_slice::<Leaping>(&body) else { return StatusCode::BAD_REQUEST.into_response() };
    let from = playground.now();
    let to = target(from, leaping.to);
    let is_free = playground.0.journey.with(|travel| {
        let is_free = travel.under_way.is_none();
        if is_free {
            *travel = Travel { under_way: Some((from, to)), trouble: None };
        }
        is_free
    });
    if !is_free {
        return StatusCode::CONFLICT.into_response();
    }
    tokio::spawn(async move {
        let ticking = tokio::spawn({
            let playground = playground.clone();
            async move {
                loop {
                    playground.touch();
                    tokio::time::sleep(Duration::from_millis(150)).await;
                }
            }
        });
        let mut outcome = playground.time_machine().jump(to).await;
        if let (Ok(()), Leap::Quarter) = (&outcome, leaping.to) {
            outcome = until_asked(&playground).await;
        }
        ticking.abort();
        let trouble = outcome.err().map(|error| format!("{error:#}"));
        playground.0.journey.with(|travel| *travel = Travel { under_way: None, trouble });
        playground.touch();
    });
    axum::Json(json!({ "to": to })).into_response()
}

/// Where a leap lands: 10:00 on the day, when the morning's messages are there. For a quarter the afternoon of its first
/// working day, and from there on [`until_asked`].
fn target(now: DateTime<Utc>, leap: Leap) -> DateTime<Utc> {
    let today = now.with_timezone(&ZONE).date_naive();
    let following = |fits: fn(NaiveDate) -> bool| today.iter_days().skip(1).find(|day| fits(*day)).unwrap_or(today);
    match leap {
        Leap::Day => at(following(is_working_day), 10),
        Leap::Monday => at(following(|day| day.weekday() == Weekday::Mon), 10),
        Leap::Quarter => {
            let first = following(|day| day.day() == 1 && day.month0() % 3 == 0);
            at(first.iter_days().find(|day| is_working_day(*day)).unwrap_or(first), 16)
        }
    }
    .max(now)
}

fn at(day: NaiveDate, hour: u32) -> DateTime<Utc> {
    let time = NaiveTime::from_hms_opt(hour, 0, 0).unwrap_or_default();
    ZONE.from_local_datetime(&day.and_time(time)).earliest().map_or(DateTime::UNIX_EPOCH, |it| it.with_timezone(&Utc))
}

/// Goes on day by day until somebody was asked to choose a time, at most for the ten working days over which everybody is.
async fn until_asked(playground: &Playground) -> anyhow::Result<()> {
    for _ in 0..10 {
        let now = playground.now();
        let is_there = playground.read(|state| state.people.iter().any(|person| is_asked(state, &person.id, now)));
        if is_there {
            break;
        }
        let today = now.with_timezone(&ZONE).date_naive();
        let next = today.iter_days().skip(1).find(|day| is_working_day(*day)).unwrap_or(today);
        playground.time_machine().jump(at(next, 16).max(now)).await?;
    }
    Ok(())
}

/// Has this person been offered times to choose from within the last day?
fn is_asked(state: &Work, user: &str, now: DateTime<Utc>) -> bool {
    let names_a_time = |label: &String| label.len() > 5 && label.as_bytes()[label.len() - 3] == b':';
    let newest = state
        .conversations
        .get(&dm_of(user))
        .and_then(|found| found.messages.iter().rev().find(|each| each.is_from_bot()));
    newest.is_some_and(|message| {
        let sent: f64 = message.ts.parse().unwrap_or(0.0);
        now.timestamp() as f64 - sent < 86_400.0 && message.buttons().iter().any(names_a_time)
    })
}

fn is_working_day(day: NaiveDate) -> bool {
    !matches!(day.weekday(), Weekday::Sat | Weekday::Sun)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_machine_lands_on_working_hours() {
        let friday: DateTime<Utc> = "2026-03-27T15:00:00Z".parse().unwrap();
        let text = |leap| target(friday, leap).with_timezone(&ZONE).format("%a %F %H:%M").to_string();
        assert_eq!(text(Leap::Day), "Mon 2026-03-30 10:00");
        assert_eq!(text(Leap::Monday), "Mon 2026-03-30 10:00");
        assert_eq!(text(Leap::Quarter), "Wed 2026-04-01 16:00");
    }

    #[test]
    fn only_a_page_of_this_origin_may_act() {
        let headers = |pairs: &[(&'static str, &'static str)]| -> HeaderMap {
            pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
        };
        let own: &[_] =
            &[("host", "127.0.0.1:9000"), ("origin", "http://127.0.0.1:9000"), ("content-type", "application/json")];
        assert!(is_own_json(&headers(own)));
        assert!(!is_own_json(&headers(&[("host", "127.0.0.1:9000"), ("content-type", "text/plain")])));
        assert!(!is_own_json(&headers(&[("host", "evil.example:9000"), ("content-type", "application/json")])));
        assert!(!is_own(&headers(&[("host", "127.0.0.1:9000"), ("origin", "http://evil.example")])));
    }
}
