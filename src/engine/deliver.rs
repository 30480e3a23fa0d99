//! Sending what was planned: claim, commit, last check, send, classify, settle.
//!
//! An attempt whose outcome is unknown leaves its row in `sending`, and such a row is never sent again blindly.

use super::{Engine, Ticked};
use crate::{
    access::{Asker, Deed, authorize},
    commands,
    domain::{
        Instant, calendar,
        preference::{Appetite, NudgeKind},
        programme::Programme,
    },
    message::{Address, Platform},
    ports::{Chat, SendError, Target},
    store::{
        instance::{self, Installation},
        outbox::{self, Claimed, DueRefresh, Refresh, Settled},
        people,
    },
};
use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};
use tokio::task::JoinSet;

/// Rows claimed at once, and sent side by side.
const BATCH: i64 = 8;
/// A worker that was paused for longer than this before its write lets the row go: another may have it by then.
const MARGIN: Duration = Duration::from_secs(2);
const FIRST_BACKOFF: chrono::Duration = chrono::Duration::seconds(5);
const LONGEST_BACKOFF: chrono::Duration = chrono::Duration::minutes(15);

impl Engine {
    /// Sends until nothing more is due at `now`.
    ///
    /// # Errors
    /// The database refused.
    pub async fn deliver(&self, now: Instant) -> anyhow::Result<Ticked> {
        let mut ticked = Ticked::default();
        loop {
            let batch = self.claim(now).await?;
            if batch.is_empty() {
                break;
            }
            let claimed_at = std::time::Instant::now();
            let mut workers = JoinSet::new();
            for row in batch {
                let engine = self.clone();
                workers.spawn(async move { engine.attempt(row, claimed_at, now).await });
            }
            while let Some(done) = workers.join_next().await {
                match done? {
                    Ok(true) => ticked.sent += 1,
                    Ok(false) => ticked.failed += 1,
                    Err(error) => return Err(error),
                }
            }
        }
        self.show_news(now).await?;
        Ok(ticked)
    }

    async fn claim(&self, now: Instant) -> anyhow::Result<Vec<Claimed>> {
        let is_stopping = self.0.is_stopping.load(Ordering::Relaxed);
        if is_stopping || self.0.chats.keys().all(|platform| self.is_paused(*platform, now)) {
            return Ok(Vec::new());
        }
        if !self.has_due(now).await? {
            return Ok(Vec::new());
        }
        let lease = chrono::Duration::from_std(self.0.settings.lease)?;
        let mut tx = self.0.db.write().await?;
        outbox::expire_orphans(&mut tx, now).await?;
        let batch = outbox::claim(&mut tx, now, lease, BATCH).await?;
        tx.commit().await?;
        Ok(batch)
    }

    /// Looks before it takes the write lock, so that an idle server never writes.
    async fn has_due(&self, now: Instant) -> anyhow::Result<bool> {
        let mut tx = self.0.db.read().await?;
        Ok(outbox::next_due(&mut tx).await?.is_some_and(|at| at <= now))
    }

    /// One attempt at one row; true when it was sent.
    async fn attempt(&self, row: Claimed, claimed_at: std::time::Instant, now: Instant) -> anyhow::Result<bool> {
        let outcome = self.outcome(&row, claimed_at, now).await?;
        let mut tx = self.0.db.write().await?;
        if let Settled::Later { reason, .. } = &outcome
            && reason.starts_with(CUT_OFF)
        {
            let installation =
                Installation { platform: row.platform, tenant: row.tenant.clone(), is_active: false, bot_user: None };
            instance::set_installation(&mut tx, &installation, Some(reason), now).await?;
        }
        let is_ours = outbox::settle(&mut tx, row.id, row.attempt, &outcome, now).await?;
        tx.commit().await?;
        if !is_ours {
            tracing::warn!(delivery = row.delivery, "another worker settled this delivery");
        }
        match &outcome {
            Settled::Sent { .. } => return Ok(true),
            Settled::Ambiguous { reason } | Settled::Dead { reason } => {
                tracing::warn!(delivery = row.delivery, kind = row.kind, reason, "a delivery needs a look");
            }
            Settled::Later { reason, .. } | Settled::Expired { reason } | Settled::Cancelled { reason } => {
                tracing::info!(delivery = row.delivery, kind = row.kind, reason, "a delivery was not sent");
            }
        }
        Ok(false)
    }

    async fn outcome(&self, row: &Claimed, claimed_at: std::time::Instant, now: Instant) -> anyhow::Result<Settled> {
        let Some(chat) = self.chat(row.platform).cloned() else {
            return Ok(Settled::Later {
                at: now + LONGEST_BACKOFF,
                reason: "the platform is switched off".to_owned(),
                counts: false,
            });
        };
        if self.is_paused(row.platform, now) {
            return Ok(Settled::Later {
                at: self.resumes(row.platform, now),
                reason: "the platform asked us to wait".to_owned(),
                counts: false,
            });
        }
        if let Some(not_wanted) = self.last_check(row, now) {
            return Ok(not_wanted);
        }
        let target = match self.target(row, &chat).await? {
            Ok(target) => target,
            Err(error) => return Ok(self.classify(row, error, true, now)),
        };
        if claimed_at.elapsed() + self.0.settings.http_timeout + MARGIN > self.0.settings.lease {
            return Ok(Settled::Later { at: now, reason: "claimed too long ago to be sure".to_owned(), counts: false });
        }
        Ok(match chat.send(&target, &row.card, &row.delivery).await {
            Ok(message) => Settled::Sent { message },
            Err(error) => self.classify(row, error, false, now),
        })
    }

    /// Whether the message is still wanted, now. `Some` says what becomes of it instead.
    fn last_check(&self, row: &Claimed, now: Instant) -> Option<Settled> {
        if row.useful_until.is_some_and(|until| now >= until) {
            return Some(Settled::Expired { reason: "it was no longer useful".to_owned() });
        }
        let cancelled = |reason: &str| Some(Settled::Cancelled { reason: reason.to_owned() });
        let person = row.person?;
        let company = self.0.live.read();
        let Some(person) = company.person(person).filter(|person| person.is_active) else {
            return cancelled("the person has left");
        };
        if !row.is_nudge {
            return None;
        }
        if !self.programme().is_active {
            return cancelled("the programme was turned off");
        }
        if let Some(kind) = NudgeKind::parse(&row.kind)
            && person.preferences.appetite(kind) == Appetite::Off
        {
            return cancelled("the person turned this kind off");
        }
        let welcome = welcome_moment(person, &self.0.programme, now);
        if welcome <= now {
            return None;
        }
        if row.useful_until.is_some_and(|until| welcome >= until) {
            return Some(Settled::Expired { reason: "there was no welcome moment while it was useful".to_owned() });
        }
        Some(Settled::Later { at: welcome, reason: "waits for a welcome moment".to_owned(), counts: false })
    }

    /// Where the message goes. A one-to-one conversation is opened and remembered first.
    async fn target(&self, row: &Claimed, chat: &Arc<dyn Chat>) -> anyhow::Result<Result<Target, SendError>> {
        let mut tx = self.0.db.read().await?;
        let thread = match row.thread_of {
            Some(first) => outbox::message_of(&mut tx, first).await?.map(|message| message.id),
            None => None,
        };
        if row.person.is_none() {
            return Ok(Ok(Target { conversation: row.recipient.clone(), thread }));
        }
        let address = Address::new(row.platform, &row.recipient);
        let known = people::direct(&mut tx, &address).await?;
        drop(tx);
        let conversation = match known {
            Some(conversation) => conversation,
            None => match chat.open_direct(&row.recipient).await {
                Ok(conversation) => conversation,
                Err(error) => return Ok(Err(error)),
            },
        };
        let mut tx = self.0.db.write().await?;
        people::set_direct(&mut tx, &address, &conversation).await?;
        outbox::set_conversation(&mut tx, row.id, &conversation).await?;
        tx.commit().await?;
        Ok(Ok(Target { conversation, thread }))
    }

    /// `is_idempotent` where repeating the failed call cannot post anything.
    fn classify(&self, row: &Claimed, error: SendError, is_idempotent: bool, now: Instant) -> Settled {
        let reason = error.to_string();
        match error {
            SendError::NotSent(_) => self.again(row, reason, now),
            SendError::Ambiguous(_) if is_idempotent => self.again(row, reason, now),
            SendError::RateLimited(after) => {
                let until = now + chrono::Duration::from_std(after).unwrap_or(LONGEST_BACKOFF);
                self.pause(row.platform, until);
                Settled::Later { at: until, reason, counts: false }
            }
            SendError::Ambiguous(_) => Settled::Ambiguous { reason },
            SendError::Refused(_) => Settled::Dead { reason },
            SendError::InstallationDead(code) => {
                Settled::Later { at: now, reason: format!("{CUT_OFF}: {code}"), counts: false }
            }
        }
    }

    fn again(&self, row: &Claimed, reason: String, now: Instant) -> Settled {
        let failures = u32::try_from(row.failures).unwrap_or(u32::MAX).saturating_add(1);
        if failures >= self.0.settings.max_attempts {
            return Settled::Dead { reason: format!("given up after {failures} tries; {reason}") };
        }
        Settled::Later { at: now + backoff(failures), reason, counts: true }
    }

    fn resumes(&self, platform: Platform, now: Instant) -> Instant {
        let paused = self.0.paused.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        paused.get(&platform).copied().unwrap_or(now)
    }

    /// Gives what is already shown its new contents. Newest wins; naturally idempotent, so any failure is tried again.
    async fn show_news(&self, now: Instant) -> anyhow::Result<()> {
        loop {
            let mut tx = self.0.db.read().await?;
            let due = outbox::due_refreshes(&mut tx, now, BATCH).await?;
            drop(tx);
            if due.is_empty() {
                return Ok(());
            }
            for refresh in due {
                self.show(&refresh, now).await?;
            }
        }
    }

    async fn show(&self, due: &DueRefresh, now: Instant) -> anyhow::Result<()> {
        let platform = match &due.refresh {
            Refresh::Message { message, .. } => message.platform,
            Refresh::Home { platform, .. } => *platform,
        };
        let result = match self.chat(platform) {
            None => Err(SendError::Refused("the platform is switched off".to_owned())),
            Some(_) if self.is_paused(platform, now) => {
                Err(SendError::NotSent("the platform asked us to wait".to_owned()))
            }
            Some(chat) => match &due.refresh {
                Refresh::Message { message, card } => chat.update(message, card).await,
                Refresh::Home { user, .. } => self.show_home(chat, platform, user, now).await?,
            },
        };
        let mut tx = self.0.db.write().await?;
        match result {
            Ok(()) => outbox::refreshed(&mut tx, due, platform).await?,
            Err(SendError::Refused(code)) => {
                tracing::info!(code, "new contents were refused");
                outbox::refreshed(&mut tx, due, platform).await?;
            }
            Err(error) => {
                let wait = match error {
                    SendError::RateLimited(after) => chrono::Duration::from_std(after).unwrap_or(LONGEST_BACKOFF),
                    _ => backoff(u32::try_from(due.attempt).unwrap_or(u32::MAX).saturating_add(1)),
                };
                outbox::refresh_later(&mut tx, due, platform, now + wait).await?;
            }
        }
        tx.commit().await
    }

    async fn show_home(
        &self,
        chat: &Arc<dyn Chat>,
        platform: Platform,
        user: &str,
        now: Instant,
    ) -> anyhow::Result<Result<(), SendError>> {
        let address = Address::new(platform, user);
        let Some(person) = self.0.live.read().person_at(&address).map(|person| person.id) else {
            return Ok(Ok(()));
        };
        if authorize(&Asker::plain(person), Deed::UseOwnData).is_err() {
            return Ok(Ok(()));
        }
        let programme = self.programme();
        let ctx = self.ctx(&programme, person, &address, None, now);
        match commands::home::view(&ctx).await {
            Ok(home) => Ok(chat.publish_home(user, &home).await),
            Err(commands::Failure::Told(_)) => Ok(Ok(())),
            Err(commands::Failure::Broken(error)) => Err(error),
        }
    }
}

const CUT_OFF: &str = "the installation is cut off";

/// The first moment from `now` on at which this person may be sent something unprompted.
fn welcome_moment(person: &crate::domain::person::Person, programme: &Programme, now: Instant) -> Instant {
    let own = &person.preferences;
    let from = own.snoozed_until.map_or(now, |until| until.max(now));
    let window = (own.quiet_before.unwrap_or(programme.quiet_before), own.quiet_after.unwrap_or(programme.quiet_after));
    let days = own.working_days.as_deref().unwrap_or(&programme.working_days);
    calendar::next_moment(person.zone.unwrap_or(programme.default_zone), window, days, from)
}

/// Doubles with every failure, with up to a fifth of jitter so that many do not come back at once.
fn backoff(failures: u32) -> chrono::Duration {
    let doubled = FIRST_BACKOFF * 2_i32.saturating_pow(failures.saturating_sub(1).min(10));
    let wait = doubled.min(LONGEST_BACKOFF);
    wait + chrono::Duration::milliseconds(rand::random_range(0..=wait.num_milliseconds() / 5))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_grows_with_every_failure_and_never_beyond_a_quarter_of_an_hour_and_its_jitter() {
        for failures in 0..40 {
            let wait = backoff(failures);
            assert!(wait >= FIRST_BACKOFF && wait <= LONGEST_BACKOFF * 6 / 5, "{failures}: {wait}");
        }
        assert!(backoff(6) > backoff(2));
    }
}
