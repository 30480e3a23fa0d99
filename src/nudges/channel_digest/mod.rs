//! The weekly digest of a channel: one message with a few posts, the rest in its thread, silence when nothing is new.
//!
//! What its buttons do are commands, so there is no `act` here.

pub mod card;

use super::{
    turn::{STALE, Shown, Subject, Turn, World},
    weekly::Weekly,
};
use crate::{
    domain::{
        Instant,
        calendar::local_date,
        company::Company,
        id::OpportunityId,
        matching::{self, Digest, Wanted},
        opportunity::Opportunity,
        preference::NudgeKind,
        programme::Programme,
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
/// The most posts that are named as finished.
const MOST_FINISHED: usize = 2;
/// The most posts that follow in the thread.
const MOST_IN_THREAD: usize = 10;

fn rhythm(channel: &Channel, programme: &Programme) -> Weekly {
    Weekly { day: channel.digest.day, at: channel.digest.at, zone: channel.zone_or(programme) }
}

/// A channel's wake-up as it should be; `None` where the one it has is right.
#[must_use]
pub fn wake(channel: &Channel, programme: &Programme, old: Option<&Slot>, now: Instant) -> Option<Slot> {
    let is_on = channel.is_member && !channel.is_paused;
    rhythm(channel, programme).wake(KIND, &Subject::Channel(channel.address()), old, is_on, now)
}

#[must_use]
pub fn decide(world: &World<'_>, subject: &Subject, slot: &Slot) -> Turn {
    let gone = Turn::silent(&slot.label, "no_channel", None);
    let Subject::Channel(address) = subject else { return gone };
    let Some(channel) = world.facts.channels.get(address).filter(|it| it.is_member && !it.is_paused) else {
        return gone;
    };
    let rhythm = rhythm(channel, world.programme);
    let due = slot.next_at.unwrap_or(world.now);
    let this = rhythm.turn_at(due);
    let label = rhythm.label(&this.label);
    if world.now - due > world.programme.grace {
        // However many were missed, only one that is not too old may still be caught up.
        let next = rhythm.next(due.max(world.now - world.programme.grace));
        return Turn::silent(label, STALE, Some(next.at));
    }
    let next_at = Some(rhythm.next(due).at);
    let seen = world.facts.exposures.get(&channel.audience()).map_or(&[][..], Vec::as_slice);
    let today = local_date(rhythm.zone, world.now);
    let chosen = choose(world.company, channel, seen, today);
    if chosen.new == 0 {
        return Turn::silent(label, "nothing_new", next_at);
    }
    let posts = |ids: &[OpportunityId]| -> Vec<&Opportunity> {
        ids.iter().filter_map(|id| world.company.opportunity(*id)).collect()
    };
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
        card: card::digest(
            &posts(&chosen.shown),
            &finished(world.company, channel, due),
            &channel.digest.topics,
            today,
        ),
        thread_of: None,
        urgency: Urgency::Digest,
        due_at: world.now,
        useful_until: Some(due + TimeDelta::days(1)),
    };
    let rest = posts(&chosen.rest[..chosen.rest.len().min(MOST_IN_THREAD)]);
    Turn {
        thread: (!rest.is_empty()).then(|| card::rest(&rest)),
        shown: Some(Shown { audience: channel.audience(), occurrence: this.label, posts: chosen.shown }),
        ..Turn::planned(label, draft, next_at)
    }
}

fn wanted(channel: &Channel) -> Wanted<'_> {
    Wanted { topics: &channel.digest.topics, kinds: &channel.digest.kinds, size: channel.digest.size as usize }
}

/// What was finished in the week before a digest of this moment. It follows what is new and never makes a digest by itself.
#[must_use]
pub fn finished<'a>(company: &'a Company, channel: &Channel, at: Instant) -> Vec<&'a Opportunity> {
    let mut all = matching::finished(company.index.all(), &wanted(channel), at - TimeDelta::weeks(1), at);
    all.truncate(MOST_FINISHED);
    all
}

/// The posts of a digest on this day. Where there is any news, some of it is among those shown.
#[must_use]
pub fn choose(company: &Company, channel: &Channel, seen: &[Exposure], today: NaiveDate) -> Digest {
    let mut by_digest: BTreeMap<(Instant, &str), BTreeSet<OpportunityId>> = BTreeMap::new();
    let mut exposure: BTreeMap<OpportunityId, matching::Exposure> = BTreeMap::new();
    for it in seen {
        by_digest.entry((it.shown_at, it.occurrence.as_str())).or_default().insert(it.post);
        exposure.entry(it.post).or_default().times_shown += 1;
    }
    let mut last = by_digest.values().rev();
    let (last, second_last) = (last.next(), last.next());
    let is_in = |digest: Option<&BTreeSet<OpportunityId>>, post| digest.is_some_and(|posts| posts.contains(&post));
    for (post, exposure) in &mut exposure {
        exposure.was_in_last = is_in(last, *post);
        exposure.was_in_second_last = is_in(second_last, *post);
    }
    let wanted = wanted(channel);
    let week = u64::try_from(today.num_days_from_ce() / 7).unwrap_or(0);
    let mut chosen = matching::digest(company.index.all(), &exposure, today, &wanted, week);
    let is_new = |post: &OpportunityId| !exposure.contains_key(post);
    if chosen.new == 0
        && let Some(place) = chosen.rest.iter().position(is_new)
        && let Some(old) = chosen.shown.last_mut()
    {
        std::mem::swap(old, &mut chosen.rest[place]);
        chosen.new = 1;
    }
    chosen
}

#[cfg(test)]
mod tests;
