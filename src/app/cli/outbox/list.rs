//! The list as a person reads it: every delivery, how many there are of each, and what to do about them.

use super::super::print_json;
use crate::{
    app::overview::STALE_DAYS,
    domain::{Instant, outbox::State},
    store::{
        Db, inbound,
        instance::{self, Paused},
        outbox::{self, Entry, Standing},
    },
};
use chrono::TimeDelta;
use serde_json::json;
use std::fmt::Write as _;

/// More than anybody reads.
const MOST: i64 = 100_000;

/// Everything that is told beside the deliveries themselves.
struct Summary {
    standings: Vec<Standing>,
    /// The reasons of each state that has some to tell.
    reasons: Vec<(State, Vec<(String, i64)>)>,
    skipped: Vec<(String, i64)>,
    paused: Vec<Paused>,
}

pub async fn as_json(db: &Db, state: Option<&str>) -> anyhow::Result<()> {
    let mut tx = db.read().await?;
    let entries = outbox::list(&mut tx, state, MOST).await?;
    print_json(&entries.iter().map(one_as_json).collect())
}

fn one_as_json(entry: &Entry) -> serde_json::Value {
    json!({
        "id": entry.id,
        "state": entry.state,
        "delivery": entry.delivery,
        "kind": entry.kind,
        "platform": entry.platform.as_str(),
        "recipient": entry.recipient,
        "due_at": entry.due_at,
        "attempts": entry.attempts,
        "reason": entry.reason,
    })
}

/// The deliveries of a state, or all that were not sent and how the whole stands.
pub async fn as_text(db: &Db, state: Option<&str>, now: Instant) -> anyhow::Result<String> {
    let mut tx = db.read().await?;
    let entries = outbox::list(&mut tx, state, MOST).await?;
    let mut text = table(&entries, state);
    let mut reasons = Vec::new();
    for of in [State::Dead, State::Unknown, State::Expired, State::Cancelled] {
        reasons.push((of, outbox::reasons(&mut tx, of.as_str()).await?));
    }
    let summary = Summary {
        standings: outbox::standings(&mut tx).await?,
        reasons,
        skipped: inbound::skipped_turns(&mut tx, now - TimeDelta::days(STALE_DAYS)).await?,
        paused: instance::paused(&mut tx).await?,
    };
    text.push_str(&summary.tell(state, now));
    Ok(text)
}

fn table(entries: &[Entry], state: Option<&str>) -> String {
    if entries.is_empty() {
        return match state {
            Some(state) => format!("No delivery is {state}.\n"),
            None => "Nothing waits, and nothing was given up.\n".to_owned(),
        };
    }
    let mut text = format!(
        "{:>6}  {:<9}  {:<20}  {:<24}  {:<12}  {:>8}  reason\n",
        "id", "state", "due", "kind", "recipient", "attempts"
    );
    for entry in entries {
        let due = entry.due_at.format("%Y-%m-%d %H:%M:%SZ");
        let _ = writeln!(
            text,
            "{:>6}  {:<9}  {due}  {:<24}  {:<12}  {:>8}  {}",
            entry.id.0, entry.state, entry.kind, entry.recipient, entry.attempts, entry.reason
        );
    }
    text
}

impl Summary {
    fn tell(&self, only: Option<&str>, now: Instant) -> String {
        let mut text = String::new();
        let is_wanted = |state: State| only.is_none_or(|only| only == state.as_str());
        for state in State::ALL.into_iter().filter(|state| is_wanted(*state)) {
            if let Some(standing) = self.standings.iter().find(|it| it.state == state.as_str()) {
                let _ = writeln!(text, "\n{}", line(state, standing, now));
                for (reason, count) in self.reasons_of(state) {
                    let reason = if reason.is_empty() { "no reason was noted" } else { reason };
                    let _ = writeln!(text, "    {count:>6}  {reason}");
                }
                for advice in advice(state) {
                    let _ = writeln!(text, "    {advice}");
                }
            }
        }
        if only.is_some() {
            return text;
        }
        if !self.skipped.is_empty() {
            let count: i64 = self.skipped.iter().map(|(_, count)| count).sum();
            let kinds: Vec<String> = self.skipped.iter().map(|(kind, count)| format!("{kind} {count}")).collect();
            let _ = writeln!(
                text,
                "\n{count} skipped in the last {STALE_DAYS} days, because their time passed while the service was not running: {}\n    \
                 They are not made up for; the next turn of each comes as usual. `trailmark outbox why PERSON` tells whose.",
                kinds.join(", ")
            );
        }
        for it in &self.paused {
            let _ = writeln!(
                text,
                "\n{} {} gets nothing since {}: {}\n    Install the app there again, or put its new token in; then everything that waits leaves by itself.",
                it.platform.as_str(),
                it.tenant,
                it.since.format("%Y-%m-%d %H:%MZ"),
                it.reason.as_deref().unwrap_or("no reason was noted")
            );
        }
        text
    }

    fn reasons_of(&self, state: State) -> &[(String, i64)] {
        self.reasons.iter().find(|(of, _)| *of == state).map_or(&[], |(_, reasons)| reasons)
    }
}

fn line(state: State, standing: &Standing, now: Instant) -> String {
    let Standing { count, oldest_due, .. } = standing;
    let age = now - *oldest_due;
    let oldest = format!("the oldest was due {} ago", lasting(age));
    match state {
        State::Pending if age < TimeDelta::zero() => {
            format!("{count} pending: they wait for their time, the first for another {}", lasting(-age))
        }
        State::Pending => format!("{count} pending: {oldest}"),
        State::Sending => format!("{count} sending, or looked for because they may have arrived: {oldest}"),
        State::Sent => format!("{count} sent"),
        State::Dead => format!("{count} dead, which means given up: {oldest}"),
        State::Unknown => format!("{count} unknown, which means that nobody can tell whether they arrived: {oldest}"),
        State::Expired => format!("{count} expired: not sent, because it would have been too late"),
        State::Cancelled => format!("{count} cancelled: not sent, because they were no longer wanted"),
    }
}

/// What to do about it.
fn advice(state: State) -> &'static [&'static str] {
    match state {
        State::Dead => &[
            "Try again once the reason is gone: trailmark outbox retry ID",
            "Leave it for good: trailmark outbox discard ID",
        ],
        State::Unknown => &[
            "Ask the recipient, or look into the conversation. If it is there: trailmark outbox resolve ID --sent",
            "If it is not: trailmark outbox resolve ID --resend",
            "If nobody needs it any more: trailmark outbox discard ID",
        ],
        State::Pending | State::Sending | State::Sent | State::Expired | State::Cancelled => &[],
    }
}

/// `40 s`, `12 min`, `5 h`, `3 days`.
fn lasting(time: TimeDelta) -> String {
    match time.num_seconds() {
        seconds if seconds < 120 => format!("{} s", seconds.max(0)),
        seconds if seconds < 2 * 3600 => format!("{} min", seconds / 60),
        seconds if seconds < 2 * 86_400 => format!("{} h", seconds / 3600),
        seconds => format!("{} days", seconds / 86_400),
    }
}
