//! Sending what was planned: claim, commit, last check, send, classify, settle; and looking for what is in doubt.
//!
//! An attempt whose outcome is unknown leaves its row in `sending`. Such a row is looked for in its conversation, and never
//! sent again blindly. What becomes of a row is decided in `domain::outbox`.

mod lane;
mod look;
mod news;
mod scribe;

pub(super) use lane::Courses;
pub(super) use scribe::Scribe;

use super::{Engine, Ticked};
use crate::{
    domain::{
        Instant,
        budget::{self, Settings},
        outbox::{Fate, Next, WAITS_FOR_WELCOME},
        preference::{Appetite, NudgeKind},
    },
    message::Address,
    metrics,
    ports::{Chat, Clock, SendError, Target},
    store::outbox::{self, Claimed, Lane, Settled},
};
use lane::Method;
use scribe::Note;
use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};
use tokio::task::JoinSet;

/// Messages of a lane that are on their way at once.
const FLIGHT: usize = 64;
/// Looks of a lane that are under way at once.
const LOOKS: usize = 8;
const SWITCHED_OFF_FOR: chrono::Duration = chrono::Duration::minutes(15);
const CUT_OFF: &str = "the installation is cut off";

/// Time stands still during a pass that somebody asked for by its time.
#[derive(Clone, Copy, Debug)]
struct Still(Instant);

impl Clock for Still {
    fn now(&self) -> Instant {
        self.0
    }
}

/// When a row was about to be claimed, by the clock that nobody can set: how long it may still be written is measured from here.
type ClaimedAt = std::time::Instant;

enum Errand {
    Send(Claimed),
    Look(Claimed),
}

impl Engine {
    /// Sends until nothing more is due at `now`.
    ///
    /// # Errors
    /// The database refused.
    pub async fn deliver(&self, now: Instant) -> anyhow::Result<Ticked> {
        let clock: Arc<dyn Clock> = Arc::new(Still(now));
        let mut ticked = Ticked::default();
        let mut running = JoinSet::new();
        for lane in self.lanes(now).await? {
            let (engine, clock) = (self.clone(), Arc::clone(&clock));
            running.spawn(async move { engine.deliver_in(&lane, &clock, None).await });
        }
        while let Some(done) = running.join_next().await {
            let done = done??;
            ticked.sent += done.sent;
            ticked.failed += done.failed;
        }
        for platform in self.news(now).await? {
            while self.show_next(platform, now).await? {}
        }
        Ok(ticked)
    }

    /// The lanes in which something is due. Looks before it takes the write lock, so that an idle server never writes.
    ///
    /// # Errors
    /// The database refused.
    pub async fn lanes(&self, now: Instant) -> anyhow::Result<Vec<Lane>> {
        let mut tx = self.0.db.read().await?;
        let lanes = outbox::lanes(&mut tx, now).await?;
        let doubt = if lanes.is_empty() { None } else { outbox::doubt(&mut tx).await? };
        drop(tx);
        if let Some(doubt) = doubt {
            let mut tx = self.0.db.write().await?;
            let held = outbox::hold_doubtful(&mut tx, &doubt, &self.0.settings.rules(), now).await?;
            tx.commit().await?;
            if held > 0 {
                tracing::info!(held, "messages that may have been sent before the restore are looked for first");
            }
        }
        Ok(lanes)
    }

    /// Sends and looks in one lane until nothing more is due there. Once `budget` is over nothing more is taken up.
    ///
    /// # Errors
    /// The database refused.
    pub async fn deliver_in(
        &self,
        lane: &Lane,
        clock: &Arc<dyn Clock>,
        budget: Option<Duration>,
    ) -> anyhow::Result<Ticked> {
        let began = std::time::Instant::now();
        let is_over = || budget.is_some_and(|budget| began.elapsed() >= budget);
        self.read_waits(lane, clock.now()).await?;
        let mut ticked = Ticked::default();
        let mut flying = JoinSet::new();
        let mut is_dry = false;
        // What is on its way is seen through, whatever keeps us from taking up more.
        let mut refused = None;
        loop {
            if !is_dry && refused.is_none() && !is_over() && flying.len() <= FLIGHT / 2 {
                // Before, not after: whoever is stopped in between, and goes on later, has waited long enough.
                let claimed_at = ClaimedAt::now();
                let taken = self.take_up(lane, FLIGHT - flying.len(), clock.now()).await.unwrap_or_else(|error| {
                    refused = Some(error);
                    Vec::new()
                });
                is_dry = taken.is_empty();
                for errand in taken {
                    let (engine, lane, clock) = (self.clone(), lane.clone(), Arc::clone(clock));
                    flying.spawn(async move { engine.run(&lane, errand, claimed_at, &*clock).await });
                }
            }
            match flying.join_next().await {
                None => return refused.map_or(Ok(ticked), Err),
                Some(Ok(Ok(was_sent))) => {
                    ticked.sent += usize::from(was_sent);
                    ticked.failed += usize::from(!was_sent);
                }
                Some(Ok(Err(error))) => {
                    let error = format!("{error:#}");
                    tracing::error!(error, "what became of a delivery could not be written down; it is looked for");
                }
                // A message that makes us panic harms no other: its row stays in doubt, and is given up in the end.
                Some(Err(error)) => tracing::error!(%error, "a delivery broke off"),
            }
            // What was settled may have made something else due, such as the second part of a thread.
            is_dry &= !flying.is_empty();
        }
    }

    async fn take_up(&self, lane: &Lane, most: usize, now: Instant) -> anyhow::Result<Vec<Errand>> {
        if self.0.is_stopping.load(Ordering::Relaxed) {
            return Ok(Vec::new());
        }
        let rules = self.0.settings.rules();
        let may_send = self.rests(lane, Method::Send, now).is_none();
        let may_look = self.rests(lane, Method::LookFor, now).is_none();
        let mut taken = Vec::new();
        let mut tx = self.0.db.write().await?;
        let has_a_pace = self.0.settings.max_per_second > 0;
        if has_a_pace && !outbox::hold_lane(&mut tx, lane).await? {
            tx.commit().await?;
            return Ok(taken);
        }
        if may_look {
            let looks = self.room(lane, Method::LookFor, LOOKS);
            taken.extend(outbox::claim_looks(&mut tx, lane, &rules, looks, now).await?.into_iter().map(Errand::Look));
        }
        if may_send {
            outbox::expire_orphans(&mut tx, now).await?;
            let doubt = outbox::doubt(&mut tx).await?;
            let most = self.room(lane, Method::Send, most);
            let sends = outbox::claim(&mut tx, lane, doubt.as_ref(), &rules, most, now).await?;
            taken.extend(sends.into_iter().map(Errand::Send));
        }
        tx.commit().await?;
        Ok(taken)
    }

    /// One attempt at one row, or one look for it; true when it is known to be sent.
    async fn run(&self, lane: &Lane, errand: Errand, claimed_at: ClaimedAt, clock: &dyn Clock) -> anyhow::Result<bool> {
        let (row, outcome) = match errand {
            Errand::Send(row) => {
                let outcome = self.attempt(lane, &row, claimed_at, clock).await?;
                (row, outcome)
            }
            Errand::Look(row) => {
                let outcome = self.look(lane, &row, clock).await?;
                (row, outcome)
            }
        };
        match &outcome {
            Settled::Sent { .. } => {}
            Settled::Looking { reason, .. } | Settled::Dead { reason } | Settled::Unknown { reason } => {
                let state = outcome.state().as_str();
                tracing::warn!(delivery = row.delivery, kind = row.kind, state, reason, "a delivery needs a look");
            }
            Settled::Later { reason, .. } | Settled::Expired { reason } | Settled::Cancelled { reason } => {
                tracing::info!(delivery = row.delivery, kind = row.kind, reason, "a delivery was not sent");
            }
        }
        let (was_sent, counted) = (matches!(outcome, Settled::Sent { .. }), outcome.name());
        let note = Note::Settled { id: row.id, attempt: row.attempt, outcome, now: clock.now() };
        if self.0.scribe.write(&self.0.db, note).await? {
            metrics::delivered(row.platform, &row.kind, counted);
        } else {
            tracing::warn!(delivery = row.delivery, "another worker settled this delivery");
        }
        Ok(was_sent)
    }

    async fn attempt(
        &self,
        lane: &Lane,
        row: &Claimed,
        claimed_at: ClaimedAt,
        clock: &dyn Clock,
    ) -> anyhow::Result<Settled> {
        let later = |at, reason: &str| Settled::Later { at, reason: reason.to_owned(), counts: false };
        let Some(chat) = self.chat(row.platform).cloned() else {
            return Ok(later(clock.now() + SWITCHED_OFF_FOR, "the platform is switched off"));
        };
        if let Some(not_wanted) = self.last_check(row, clock.now()) {
            return Ok(not_wanted);
        }
        let target = match self.target(lane, row, &chat, clock).await? {
            Ok(target) => target,
            Err(settled) => return Ok(settled),
        };
        let until = claimed_at + self.0.settings.rules().window().to_std().unwrap_or_default();
        let wait = match self.book_within(
            lane,
            Method::Send,
            &target.conversation,
            until.saturating_duration_since(ClaimedAt::now()),
        ) {
            Ok(wait) => wait,
            Err(wait) => {
                let at = clock.now() + chrono::Duration::from_std(wait).unwrap_or(SWITCHED_OFF_FOR);
                return Ok(later(at, "waits for its turn"));
            }
        };
        tokio::time::sleep(wait).await;
        // Somebody else may have been told to wait meanwhile, or the person may have changed their mind.
        if let Some(at) = self.rests(lane, Method::Send, clock.now()) {
            return Ok(later(at, "the platform asked us to wait"));
        }
        if let Some(not_wanted) = self.last_check(row, clock.now()) {
            return Ok(not_wanted);
        }
        match chat.send(&target, &row.card, &row.delivery, until).await {
            Ok(message) => {
                self.went_well(lane);
                Ok(Settled::Sent { message })
            }
            Err(error) => self.classify(lane, row, Method::Send, error, clock).await,
        }
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
        // The rest of a message belongs to its first part.
        let left: &[Instant] = if row.thread_of.is_some() { &[] } else { &row.recent };
        let Some(welcome) = budget::leaves_at(&Settings::of(person, &self.0.programme), left, now) else {
            return cancelled("the person wants no messages");
        };
        if welcome <= now {
            return None;
        }
        if row.useful_until.is_some_and(|until| welcome >= until) {
            return Some(Settled::Expired { reason: "there was no welcome moment while it was useful".to_owned() });
        }
        Some(Settled::Later { at: welcome, reason: WAITS_FOR_WELCOME.to_owned(), counts: false })
    }

    /// Where the message goes. A one-to-one conversation is opened and remembered first, because that is where it is
    /// looked for.
    async fn target(
        &self,
        lane: &Lane,
        row: &Claimed,
        chat: &Arc<dyn Chat>,
        clock: &dyn Clock,
    ) -> anyhow::Result<Result<Target, Settled>> {
        let thread = row.thread.clone();
        if row.person.is_none() {
            return Ok(Ok(Target { conversation: row.recipient.clone(), thread }));
        }
        if let Some(conversation) = &row.direct {
            return Ok(Ok(Target { conversation: conversation.clone(), thread }));
        }
        if let Some(at) = self.rests(lane, Method::OpenDirect, clock.now()) {
            return Ok(Err(Settled::Later { at, reason: "the platform asked us to wait".to_owned(), counts: false }));
        }
        tokio::time::sleep(self.book(lane, Method::OpenDirect, &row.recipient)).await;
        let conversation = match chat.open_direct(&row.recipient).await {
            Ok(conversation) => conversation,
            Err(error) => return Ok(Err(self.classify(lane, row, Method::OpenDirect, error, clock).await?)),
        };
        let address = Address::new(row.platform, &row.recipient);
        let known = Note::Direct { address, conversation: conversation.clone() };
        let goes_there = Note::Conversation { id: row.id, conversation: conversation.clone() };
        let (scribe, db) = (&self.0.scribe, &self.0.db);
        tokio::try_join!(scribe.write(db, known), scribe.write(db, goes_there))?;
        Ok(Ok(Target { conversation, thread }))
    }

    async fn classify(
        &self,
        lane: &Lane,
        row: &Claimed,
        method: Method,
        error: SendError,
        clock: &dyn Clock,
    ) -> anyhow::Result<Settled> {
        let (now, mut reason) = (clock.now(), error.to_string());
        let fate = match error {
            SendError::NotSent(_) => Fate::NotSent,
            SendError::TooLate => Fate::Wait(now),
            SendError::Unreachable(_) => {
                self.went_badly(lane, now);
                Fate::Wait(self.rests(lane, method, now).unwrap_or(now))
            }
            SendError::RateLimited(after) => {
                let until = now + chrono::Duration::from_std(after).unwrap_or(SWITCHED_OFF_FOR);
                self.asked_to_wait(lane, method, until).await?;
                Fate::Wait(until)
            }
            SendError::Ambiguous(_) => {
                self.went_badly(lane, now);
                // Opening a conversation twice opens it once.
                if method == Method::Send { Fate::Doubtful } else { Fate::NotSent }
            }
            SendError::Refused(_) => Fate::Refused,
            SendError::InstallationDead(code) => {
                reason = format!("{CUT_OFF}: {code}");
                self.0
                    .scribe
                    .write(&self.0.db, Note::CutOff { lane: lane.clone(), reason: reason.clone(), now })
                    .await?;
                Fate::Wait(now)
            }
        };
        let next = row.row().after_attempt(fate, &self.0.settings.rules(), rand::random(), now);
        if next == Next::Dead && fate == Fate::NotSent {
            reason = format!("given up after {} tries; {reason}", row.tries);
        }
        Ok(Settled::of(next, reason))
    }
}
