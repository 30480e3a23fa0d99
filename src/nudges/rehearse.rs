//! Who would get which message on which day: the same decisions as planning, on facts in memory. Sends and writes nothing.
//!
//! It supposes that nobody answers anything, so it shows the most there could be: a time that is found, or a "not now",
//! only ever makes it less.

use super::{
    PlanCtx, career_conversation, channel_digest, decide, plan,
    turn::{Facts, MEMORY, Subject, Turn, World},
};
use crate::{
    domain::{
        Instant,
        calendar::{local_date, spoken_day, wall_time},
        conversation::Conversation,
        id::{ConversationId, PersonId},
        preference::NudgeKind,
    },
    store::{
        channels, conversations, feedback, outbox, seen,
        slots::{self, Slot},
    },
};
use chrono::{NaiveDate, TimeDelta};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A message that would be sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Planned {
    pub at: Instant,
    /// The day on the reader's own calendar, and the time on their clock.
    pub day: NaiveDate,
    pub time: String,
    /// The person's name, or the channel's.
    pub to: String,
    #[serde(skip)]
    pub person: Option<PersonId>,
    #[serde(skip)]
    pub channel: Option<String>,
    /// The nudge's name.
    pub kind: &'static str,
    /// Which turn it is.
    pub occurrence: String,
    /// Why it would be sent, as the ledger would tell it.
    pub why: String,
    /// All words of it.
    pub text: String,
}

/// Every message of the `days` that begin at `from`, in the order of time.
///
/// # Errors
/// The database refused.
pub async fn rehearse(ctx: &PlanCtx<'_>, days: u32, from: Instant) -> anyhow::Result<Vec<Planned>> {
    ctx.live.refresh().await?;
    let mut facts = read_all(ctx, from).await?;
    let known = known_slots(ctx).await?;
    let company = ctx.live.read();
    let mut waiting: BTreeMap<(Instant, NudgeKind, Subject), Slot> = BTreeMap::new();
    let wait = |waiting: &mut BTreeMap<_, _>, kind: NudgeKind, subject: Subject, slot: Slot| {
        if let Some(next_at) = slot.next_at {
            waiting.insert((next_at.max(from), kind, subject), slot);
        }
    };
    let everybody: Vec<PersonId> = company.people().into_iter().map(|person| person.id).collect();
    let mut wanted: BTreeSet<(NudgeKind, Subject)> = plan::subjects(&company, &everybody).into_iter().collect();
    for (kind, subject) in known.keys() {
        if let Ok(subject) = subject.parse() {
            wanted.insert((*kind, subject));
        }
    }
    for (kind, subject) in wanted {
        let old = known.get(&(kind, subject.to_string()));
        let fresh = match &subject {
            Subject::Channel(_) => continue,
            _ => plan::wake(&company, ctx.programme, kind, &subject, old, from),
        };
        if let Some(slot) = fresh.or_else(|| old.cloned()) {
            wait(&mut waiting, kind, subject, slot);
        }
    }
    facts.slots =
        known.values().filter(|slot| slot.next_at.is_some()).map(|slot| (slot.subject.clone(), slot.clone())).collect();
    let channels: Vec<_> = facts.channels.values().cloned().collect();
    for channel in channels {
        let subject = Subject::Channel(channel.address());
        let old = known.get(&(channel_digest::KIND, subject.to_string()));
        let fresh = channel_digest::wake(&channel, ctx.programme, old, from);
        if let Some(slot) = fresh.or_else(|| old.cloned()) {
            wait(&mut waiting, channel_digest::KIND, subject, slot);
        }
    }
    let until = from + TimeDelta::days(i64::from(days));
    let mut next_id = facts.conversations.keys().map(|id| id.0).max().unwrap_or(0) + 1;
    let mut planned = Vec::new();
    while let Some(((now, kind, subject), slot)) = waiting.pop_first() {
        if now > until {
            break;
        }
        let turn = {
            let world = World { company: &company, programme: ctx.programme, facts: &facts, now };
            let missing = missing_pairs(&world, kind, &subject, &slot);
            for (manager, report, window) in missing {
                facts.add_conversation(unspoken(ConversationId(next_id), manager, report, window));
                next_id += 1;
            }
            let world = World { company: &company, programme: ctx.programme, facts: &facts, now };
            decide(&world, kind, &subject, &slot)
        };
        facts.apply(&turn, now);
        for also in &turn.also {
            waiting.retain(|_, slot| slot.nudge != also.nudge || slot.subject != also.subject);
            facts.slots.insert(also.subject.clone(), also.clone());
            if let Ok(subject) = also.subject.parse() {
                wait(&mut waiting, kind, subject, also.clone());
            }
        }
        planned.extend(told(&turn, kind, now, ctx, &company, &facts));
        let outcome = turn.kept_outcome();
        let slot = Slot {
            label: turn.label,
            outcome,
            // Time only goes forward, whatever a turn says.
            next_at: turn.next_at.map(|at| at.max(now + TimeDelta::seconds(1))),
            handled_at: now,
            ..slot
        };
        if kind == NudgeKind::ConversationCheck {
            facts.slots.insert(slot.subject.clone(), slot.clone());
        }
        wait(&mut waiting, kind, subject, slot);
    }
    Ok(planned)
}

/// The conversations that planning would make before it decides.
fn missing_pairs(
    world: &World<'_>,
    kind: NudgeKind,
    subject: &Subject,
    slot: &Slot,
) -> Vec<(PersonId, PersonId, String)> {
    if kind != NudgeKind::CareerConversation {
        return Vec::new();
    }
    let Some((quarter, pairs)) = career_conversation::pairs(world, subject, slot) else { return Vec::new() };
    let window = quarter.label();
    pairs
        .into_iter()
        .filter(|(manager, report)| world.facts.of_pair(*manager, *report, &window).is_none())
        .map(|(manager, report)| (manager, report, window.clone()))
        .collect()
}

fn unspoken(id: ConversationId, manager: PersonId, report: PersonId, window: String) -> Conversation {
    Conversation {
        id,
        manager,
        report,
        window,
        planned_at: None,
        minutes: 25,
        is_skipped: false,
        manager_says: None,
        report_says: None,
        version: 1,
    }
}

fn told(
    turn: &Turn,
    kind: NudgeKind,
    now: Instant,
    ctx: &PlanCtx<'_>,
    company: &crate::domain::company::Company,
    facts: &Facts,
) -> Option<Planned> {
    let draft = turn.draft.as_ref()?;
    let person = draft.person.and_then(|id| company.person(id));
    let channel = facts.channels.values().find(|channel| draft.person.is_none() && channel.id == draft.recipient);
    let zone = match (person, channel) {
        (Some(person), _) => person.zone.unwrap_or(ctx.programme.default_zone),
        (_, Some(channel)) => channel.zone_or(ctx.programme),
        _ => ctx.programme.default_zone,
    };
    let name = match (person, channel) {
        (Some(person), _) => person.name.clone(),
        (_, Some(channel)) if !channel.name.is_empty() => format!("#{}", channel.name),
        _ => draft.recipient.clone(),
    };
    Some(Planned {
        at: now,
        day: local_date(zone, now),
        time: wall_time(zone, now).format("%H:%M").to_string(),
        to: name,
        person: draft.person,
        channel: channel.map(|channel| channel.id.clone()),
        kind: kind.as_str(),
        occurrence: draft.occurrence.clone(),
        why: draft.why.clone(),
        text: draft.card.to_plain(),
    })
}

async fn read_all(ctx: &PlanCtx<'_>, from: Instant) -> anyhow::Result<Facts> {
    let mut facts = Facts::default();
    let mut tx = ctx.db.read().await?;
    for entry in outbox::nudges_since(&mut tx, from - MEMORY).await? {
        facts.add_entry(&entry);
    }
    for it in conversations::recent(&mut tx, from - MEMORY * 2).await? {
        facts.add_conversation(it);
    }
    facts.last_held = conversations::all_last_held(&mut tx).await?;
    facts.known = seen::by_all(&mut tx).await?;
    facts.feedback = feedback::of_all(&mut tx).await?;
    for channel in channels::all(&mut tx).await? {
        facts.exposures.insert(channel.audience(), channels::exposures(&mut tx, &channel.audience()).await?);
        facts.channels.insert(channel.address(), channel);
    }
    Ok(facts)
}

async fn known_slots(ctx: &PlanCtx<'_>) -> anyhow::Result<HashMap<(NudgeKind, String), Slot>> {
    let mut tx = ctx.db.read().await?;
    let mut known = HashMap::new();
    for kind in NudgeKind::ALL {
        for slot in slots::of_nudge(&mut tx, kind.as_str()).await? {
            known.insert((kind, slot.subject.clone()), slot);
        }
    }
    Ok(known)
}

/// The rehearsal as text: a heading with its extent, then day by day who gets what. `is_full` shows every word.
#[must_use]
pub fn to_text(planned: &[Planned], days: u32, is_full: bool) -> String {
    let mut text = summary(planned, days);
    let mut by_day: Vec<&Planned> = planned.iter().collect();
    by_day.sort_by(|a, b| (a.day, &a.time, &a.to).cmp(&(b.day, &b.time, &b.to)));
    let mut day = None;
    for it in by_day {
        if day != Some(it.day) {
            text.push_str(&format!("\n{} {}\n", spoken_day(it.day), it.day.format("%Y")));
            day = Some(it.day);
        }
        text.push_str(&format!("  {}  {} · {}\n", it.time, it.to, it.kind));
        let shown = if is_full { usize::MAX } else { 1 };
        for line in it.text.lines().take(shown) {
            text.push_str(&format!("         {line}\n"));
        }
    }
    text
}

/// How much it would be, in two lines.
#[must_use]
pub fn summary(planned: &[Planned], days: u32) -> String {
    let people: BTreeSet<PersonId> = planned.iter().filter_map(|it| it.person).collect();
    let channels: BTreeSet<&str> = planned.iter().filter_map(|it| it.channel.as_deref()).collect();
    let mut per_week: HashMap<(PersonId, String), usize> = HashMap::new();
    for it in planned {
        if let Some(person) = it.person {
            *per_week.entry((person, crate::domain::calendar::week_label(it.day))).or_default() += 1;
        }
    }
    let most = per_week.values().max().copied().unwrap_or(0);
    let count =
        |number: usize, word: &str| crate::commands::cards::count(i64::try_from(number).unwrap_or(i64::MAX), word);
    let people = if people.len() == 1 { "1 person".to_owned() } else { format!("{} people", people.len()) };
    format!(
        "{} in {days} days, to {people} and {}; at most {most} to one person in a week.\n\
         This supposes that nobody answers; every answer makes it fewer. Nothing was sent.\n",
        count(planned.len(), "message"),
        count(channels.len(), "channel"),
    )
}
