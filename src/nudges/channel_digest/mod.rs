//! The weekly digest of a channel: one message with a few posts, the rest in its thread, silence when nothing is new.
//!
//! What its buttons do are commands, so there is no `act` here.

pub mod card;

use super::turn::{STALE, Shown, Subject, Turn, World};
use crate::{
    commands::channel::in_scope,
    domain::{
        Instant,
        calendar::{Cadence, local_date},
        id::OpportunityId,
        opportunity::Opportunity,
        preference::NudgeKind,
        programme::Programme,
        scatter,
    },
    store::{
        channels::{Channel, Exposure},
        outbox::{Draft, Urgency},
        slots::Slot,
    },
};
use chrono::{Datelike, NaiveDate, TimeDelta};
use std::collections::{BTreeMap, BTreeSet};

pub const KIND: NudgeKind = NudgeKind::ChannelDigest;

/// A post closes soon within so many days.
const SOON: i64 = 7;
/// The most posts that follow in the thread.
const MOST_IN_THREAD: usize = 10;

fn cadence(channel: &Channel) -> Cadence {
    Cadence::weekly(channel.digest.day, channel.digest.at)
}

/// The rhythm that a wake-up was reckoned by, kept in the label behind the turn's own: `2026-W19@UTC|Mon 09:30 UTC`.
fn rhythm(channel: &Channel, programme: &Programme) -> String {
    format!("{} {} {}", channel.digest.day, channel.digest.at.format("%H:%M"), channel.zone_or(programme).name())
}

/// A channel's wake-up as it should be; `None` where the one it has is right.
#[must_use]
pub fn wake(channel: &Channel, programme: &Programme, old: Option<&Slot>, now: Instant) -> Option<Slot> {
    let is_on = channel.is_member && !channel.is_paused;
    let rhythm = rhythm(channel, programme);
    let (last, known) = old.and_then(|slot| slot.label.split_once('|')).unwrap_or(("", ""));
    let is_right = match old {
        Some(slot) if is_on => slot.next_at.is_some() && known == rhythm,
        Some(slot) => slot.next_at.is_none(),
        None => !is_on,
    };
    if is_right {
        return None;
    }
    let next_at = is_on.then(|| {
        let zone = channel.zone_or(programme);
        let next = cadence(channel).next_slot(zone, now);
        // A day moved within the week makes no second digest in it.
        if next.label == last { cadence(channel).next_slot(zone, next.at).at } else { next.at }
    });
    Some(Slot {
        nudge: KIND.as_str().to_owned(),
        subject: Subject::Channel(channel.address()).to_string(),
        label: format!("{last}|{rhythm}"),
        outcome: if is_on { "started" } else { "paused" }.to_owned(),
        handled_at: now,
        next_at,
    })
}

#[must_use]
pub fn decide(world: &World<'_>, subject: &Subject, slot: &Slot) -> Turn {
    let gone = Turn::silent(&slot.label, "no_channel", None);
    let Subject::Channel(address) = subject else { return gone };
    let Some(channel) = world.facts.channels.get(address).filter(|it| it.is_member && !it.is_paused) else {
        return gone;
    };
    let zone = channel.zone_or(world.programme);
    let due = slot.next_at.unwrap_or(world.now);
    let this = cadence(channel).next_slot(zone, due - TimeDelta::seconds(1));
    let label = format!("{}|{}", this.label, rhythm(channel, world.programme));
    let next = |after| Some(cadence(channel).next_slot(zone, after).at);
    if world.now - due > world.programme.grace {
        // However many were missed, only one that is not too old may still be caught up.
        return Turn::silent(label, STALE, next(due.max(world.now - world.programme.grace)));
    }
    let seen = world.facts.exposures.get(&channel.audience()).map_or(&[][..], Vec::as_slice);
    let today = local_date(zone, world.now);
    let open = in_scope(world.company, &channel.digest, today);
    let picked = pick(&open, seen, &world.facts.times_shown, today, channel.digest.size as usize);
    if picked.is_empty() {
        return Turn::silent(label, "nothing_new", next(due));
    }
    let size = (channel.digest.size as usize).min(picked.len());
    let (main, rest) = picked.split_at(size);
    let draft = Draft {
        tenant: channel.tenant.clone(),
        platform: channel.platform,
        kind: KIND.as_str().to_owned(),
        subject: channel.id.clone(),
        recipient: channel.id.clone(),
        occurrence: this.label.clone(),
        person: None,
        is_nudge: false,
        why: "It is the channel's weekly digest.".to_owned(),
        card: card::digest(main, &channel.digest.topics, today),
        thread_of: None,
        urgency: Urgency::Digest,
        due_at: world.now,
        useful_until: Some(due + TimeDelta::days(1)),
    };
    let shown = Shown {
        audience: channel.audience(),
        occurrence: this.label,
        posts: main.iter().map(|post| post.id).collect(),
    };
    let thread = (!rest.is_empty()).then(|| card::rest(&rest[..rest.len().min(MOST_IN_THREAD)]));
    Turn { thread, shown: Some(shown), ..Turn::planned(label, draft, next(due)) }
}

/// The posts of this week's digest in their order; empty when none of them is new to the channel.
///
/// Closing soon first, then those that were shown least, then in an order that changes every week. Nothing that was in
/// the last two digests. At least one of the first `size` is new.
#[must_use]
pub fn pick<'p>(
    open: &[&'p Opportunity],
    seen: &[Exposure],
    times_shown: &std::collections::HashMap<OpportunityId, i64>,
    today: NaiveDate,
    size: usize,
) -> Vec<&'p Opportunity> {
    let mut by_digest: BTreeMap<(Instant, &str), BTreeSet<OpportunityId>> = BTreeMap::new();
    for it in seen {
        by_digest.entry((it.shown_at, it.occurrence.as_str())).or_default().insert(it.post);
    }
    let mut last = by_digest.values().rev();
    let tired: BTreeSet<OpportunityId> = match (last.next(), last.next()) {
        (Some(one), Some(two)) => one.intersection(two).copied().collect(),
        _ => BTreeSet::new(),
    };
    let here = |post: &Opportunity| seen.iter().filter(|it| it.post == post.id).count();
    let week = u64::try_from(today.num_days_from_ce() / 7).unwrap_or(0);
    let closing = |post: &Opportunity| {
        post.reply_by.filter(|day| day.signed_duration_since(today).num_days() <= SOON).unwrap_or(NaiveDate::MAX)
    };
    let mut picked: Vec<&Opportunity> = open.iter().copied().filter(|post| !tired.contains(&post.id)).collect();
    picked.sort_by_cached_key(|post| {
        let anywhere = times_shown.get(&post.id).copied().unwrap_or(0);
        (closing(post), here(post), anywhere, scatter(week, post.id.0.unsigned_abs()), post.id)
    });
    match picked.iter().position(|post| here(post) == 0) {
        None => Vec::new(),
        Some(new) if new >= size && size > 0 => {
            let post = picked.remove(new);
            picked.insert(size - 1, post);
            picked
        }
        Some(_) => picked,
    }
}

#[cfg(test)]
mod tests;
