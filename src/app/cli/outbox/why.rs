//! Why somebody got nothing, for whoever runs the server: kinds, dates and reasons, and nothing of anybody's career.

use super::super::{Setup, export_person::find, print, print_json};
use crate::{
    app::config::Config,
    domain::{
        Instant,
        audit::{Act, Actor, Look, Note},
        calendar::wall_time,
        person::Person,
        preference::{Appetite, NudgeKind},
        programme::Programme,
    },
    nudges::standing::{self, Standing, standings},
    store::{
        Db, audit, inbound, instance,
        live::Live,
        outbox::{self, Entry},
    },
};
use chrono_tz::Tz;
use serde_json::{Value, json};
use std::fmt::Write as _;

/// As far back as the ledger is told.
const MONTHS: chrono::Months = chrono::Months::new(13);

struct Why {
    person: Person,
    programme: Programme,
    zone: Tz,
    has_account: bool,
    /// What came, or will; the newest first.
    came: Vec<Entry>,
    /// What did not; the newest first.
    not: Vec<Entry>,
    /// Turns whose time passed while nobody was there to plan them.
    stale: Vec<(Instant, String)>,
    standings: Vec<Standing>,
    now: Instant,
}

pub async fn run(db: &Db, config: &Config, named: &str, as_json: bool) -> anyhow::Result<()> {
    let why = read(db, config, named, Setup::now()).await?;
    audit::looked(db, why.now, vec![Note::by(Actor::Operator, Act::Looked(Look::Messages)).about(why.person.id)])
        .await?;
    if as_json { print_json(&why.to_json()) } else { print(&why.to_text()) }
}

async fn read(db: &Db, config: &Config, named: &str, now: Instant) -> anyhow::Result<Why> {
    let id = find(db, named).await?.id;
    let live = Live::load(db.clone()).await?;
    let mut tx = db.read().await?;
    let since = now.checked_sub_months(MONTHS).unwrap_or(Instant::UNIX_EPOCH);
    let entries = outbox::ledger(&mut tx, id, since).await?;
    let turns = standing::turns_of(&mut tx, id, now).await?;
    let stale = inbound::skipped_turns_of(&mut tx, id, since).await?;
    let is_active = config.programme.is_active || instance::activated_at(&mut tx).await?.is_some();
    drop(tx);
    let programme = Programme { is_active, ..config.programme.clone() };
    let company = live.read();
    let person = company.person(id).cloned();
    let person = person.ok_or_else(|| anyhow::anyhow!("{named} is nobody any more: they were removed"))?;
    let standings = standings(&company, &programme, &person, &turns, &entries, now);
    let has_account = company.address_of(id).is_some();
    // That something was sent because they had applied somewhere is theirs; that it did not arrive is the operator's.
    let (came, not): (Vec<Entry>, Vec<Entry>) = entries.into_iter().partition(is_on_its_way);
    let came = came.into_iter().filter(|entry| entry.is_nudge).collect();
    let zone = person.zone.unwrap_or(programme.default_zone);
    Ok(Why { person, programme, zone, has_account, came, not, stale, standings, now })
}

fn is_on_its_way(entry: &Entry) -> bool {
    matches!(entry.state.as_str(), "sent" | "sending") || (entry.state == "pending" && entry.reason.is_empty())
}

impl Why {
    /// What keeps everything from them.
    fn obstacles(&self) -> Vec<String> {
        let own = &self.person.preferences;
        let mut all = Vec::new();
        if !self.programme.is_active {
            all.push("The programme is off, so nothing is sent unasked to anybody. Read `trailmark rehearse`, then set programme.active = true or type /mobility admin start.".to_owned());
        }
        if !self.person.is_active {
            all.push("They are no longer active.".to_owned());
        }
        if !self.has_account {
            all.push(
                "No chat account is known. Import people with slack_id, or let them type /mobility once.".to_owned(),
            );
        }
        if let Some(until) = own.snoozed_until.filter(|until| *until > self.now) {
            all.push(format!("They asked for quiet until {}.", self.local(until)));
        }
        for kind in NudgeKind::ALL {
            match own.appetite(kind) {
                Appetite::Off => all.push(format!("They turned {} off.", kind.as_str())),
                Appetite::Fewer => all.push(format!("They asked for fewer of {}.", kind.as_str())),
                Appetite::Normal => {}
            }
        }
        if own.max_per_week == Some(0) {
            all.push("They want no messages unasked at all.".to_owned());
        }
        all
    }

    fn local(&self, at: Instant) -> String {
        wall_time(self.zone, at).format("%Y-%m-%d %H:%M").to_string()
    }

    fn to_text(&self) -> String {
        let email = self.person.email.as_deref().unwrap_or("no address");
        let mut text = format!("Person {} ({email}); times are those of {}\n", self.person.id.0, self.zone.name());
        for obstacle in self.obstacles() {
            let _ = writeln!(text, "{obstacle}");
        }
        text.push_str("\nTurns\n");
        for it in &self.standings {
            let _ = writeln!(text, "  {:<26}  {}", kind_of(it), self.turn(it));
        }
        text.push_str("\nDid not come\n");
        for entry in &self.not {
            let _ = writeln!(text, "  {}  {:<24}  {}", self.local(when(entry)), entry.kind, what_became(entry));
        }
        for (at, kind) in &self.stale {
            let _ = writeln!(
                text,
                "  {}  {kind:<24}  skipped: its time passed while the service was not running",
                self.local(*at)
            );
        }
        if self.not.is_empty() && self.stale.is_empty() {
            text.push_str("  Nothing that was planned in the last 13 months.\n");
        }
        text.push_str("\nCame, or is on its way\n");
        for entry in &self.came {
            let _ = writeln!(text, "  {}  {:<24}  {}", self.local(when(entry)), entry.kind, entry.state);
        }
        if self.came.is_empty() {
            text.push_str("  Nothing unasked in the last 13 months.\n");
        }
        text
    }

    fn turn(&self, it: &Standing) -> String {
        let next = it.next_at.map(|at| format!("; looked at again on {}", self.local(at))).unwrap_or_default();
        let mut said = match (standing::reason(&it.outcome), it.decided_at) {
            (Some((_, why)), Some(at)) if it.is_waiting() => format!("waits since {}: {why}{next}", self.local(at)),
            (Some((_, why)), Some(at)) => format!("nothing on {}: {why}{next}", self.local(at)),
            (Some((_, why)), None) => format!("nothing comes: {why}"),
            (None, Some(at)) if it.outcome == "planned" => format!("planned on {}{next}", self.local(at)),
            (None, _) => match it.next_at {
                Some(at) => format!("comes up on {}", self.local(at)),
                None => "has not come up yet".to_owned(),
            },
        };
        if let Some((why, at)) = it.limit() {
            let until = at.map(|at| format!(" until {}", self.local(at))).unwrap_or_default();
            let _ = write!(said, ". Something new would wait{until}: {why}");
        }
        said
    }

    fn to_json(&self) -> Value {
        let entry = |it: &Entry| json!({"at": when(it), "kind": it.kind, "state": it.state, "reason": it.reason});
        let turn = |it: &Standing| {
            json!({
                "kind": it.kind.as_str(),
                "about_team": it.is_about_team,
                "decided_at": it.decided_at,
                "reason": standing::reason(&it.outcome).map(|(_, why)| why),
                "next_at": it.next_at,
                "now": it.now.map(|(reason, at)| json!({"reason": reason.code(), "until": at})),
            })
        };
        json!({
            "person": self.person.id.0,
            "email": self.person.email,
            "obstacles": self.obstacles(),
            "turns": self.standings.iter().map(turn).collect::<Vec<_>>(),
            "did_not_come": self.not.iter().map(entry).collect::<Vec<_>>(),
            "skipped_stale": self.stale.iter().map(|(at, kind)| json!({"at": at, "kind": kind})).collect::<Vec<_>>(),
            "came": self.came.iter().map(entry).collect::<Vec<_>>(),
        })
    }
}

fn when(entry: &Entry) -> Instant {
    entry.settled_at.unwrap_or(entry.due_at)
}

fn what_became(entry: &Entry) -> String {
    if entry.reason.is_empty() { entry.state.clone() } else { format!("{}: {}", entry.state, entry.reason) }
}

fn kind_of(it: &Standing) -> String {
    if it.is_about_team { format!("{} (team)", it.kind.as_str()) } else { it.kind.as_str().to_owned() }
}
