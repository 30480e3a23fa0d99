//! What is due: every nudge kind is asked, and writes its messages down.

use super::Engine;
use crate::{
    domain::{Instant, preference::NudgeKind},
    nudges,
    store::{
        inbound,
        instance::{self, Installation},
        outbox, privacy, showings,
    },
};

/// What one pass did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ticked {
    pub planned: usize,
    pub sent: usize,
    pub failed: usize,
}

/// Platforms repeat an event for at most a day; a key is kept twice as long.
const KEYS_ARE_KEPT: chrono::Duration = chrono::Duration::hours(48);

impl Engine {
    /// Writes down every message that is due by now. Does nothing while the programme is off.
    ///
    /// # Errors
    /// The database refused; what was planned before is kept, and the next pass goes on.
    pub async fn plan(&self, now: Instant) -> anyhow::Result<usize> {
        let programme = self.programme();
        if !programme.is_active {
            return Ok(0);
        }
        let ctx = self.plan_ctx(&programme, now);
        let mut planned = 0;
        for kind in NudgeKind::ALL {
            planned += nudges::plan(&ctx, kind).await?;
        }
        Ok(planned)
    }

    /// The next instant after `now` at which a pass would find something to do; `None` when nothing is in sight.
    ///
    /// # Errors
    /// The database refused.
    pub async fn next_wake(&self, now: Instant) -> anyhow::Result<Option<Instant>> {
        let programme = self.programme();
        let planned =
            if programme.is_active { nudges::next_wake(&self.plan_ctx(&programme, now)).await? } else { None };
        let mut tx = self.0.db.read().await?;
        let due = outbox::next_due(&mut tx).await?.map(|at| at.max(now + chrono::Duration::seconds(1)));
        Ok([planned, due].into_iter().flatten().min())
    }

    /// What is done at the start and now and then: forgets what is kept only for a while, asks again about people whose
    /// name the platform has not told, and goes on where we were cut off and are welcome again.
    ///
    /// # Errors
    /// The database refused.
    pub async fn upkeep(&self, now: Instant) -> anyhow::Result<()> {
        self.tidy(now).await?;
        self.0.live.read_attention().await?;
        self.reconnect(now).await?;
        self.ask_about_nameless(now).await
    }

    /// Forgets what is kept only for a while.
    ///
    /// # Errors
    /// The database refused; what is left goes the next time.
    pub async fn tidy(&self, now: Instant) -> anyhow::Result<()> {
        let db = &self.0.db;
        let mut tx = db.write().await?;
        inbound::forget_before(&mut tx, now - KEYS_ARE_KEPT).await?;
        showings::forget_old(&mut tx, now.date_naive()).await?;
        tx.commit().await?;
        let Some(tidied) = privacy::tidy(db, &self.0.programme.keeping, now).await? else { return Ok(()) };
        tracing::info!("what is kept only for a while: {tidied}");
        if let Err(error) = db.truncate_log().await {
            tracing::info!(%error, "the database's log is emptied another day");
        }
        Ok(())
    }

    /// Asks the platforms that cut us off whether our credentials are good again.
    ///
    /// # Errors
    /// The database refused.
    pub async fn reconnect(&self, now: Instant) -> anyhow::Result<()> {
        let mut tx = self.0.db.read().await?;
        let installations = instance::installations(&mut tx).await?;
        drop(tx);
        for installation in installations.into_iter().filter(|it| !it.is_active) {
            let Some(chat) = self.chat(installation.platform).cloned() else { continue };
            if let Err(error) = chat.check().await {
                tracing::warn!(platform = installation.platform.as_str(), %error, "still cut off; nothing is sent");
                continue;
            }
            let mut tx = self.0.db.write().await?;
            instance::set_installation(&mut tx, &Installation { is_active: true, ..installation }, None, now).await?;
            tx.commit().await?;
            self.wake();
        }
        Ok(())
    }
}
