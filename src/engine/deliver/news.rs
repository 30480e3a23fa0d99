//! New contents for what is already shown. The newest wins; naturally idempotent, so any failure is tried again.

use super::{Engine, Lane, Method};
use crate::{
    access::{Asker, Deed, authorize},
    commands,
    domain::{Instant, outbox::backoff},
    message::{Address, Platform},
    ports::{Chat, SendError},
    store::outbox::{self, DueRefresh, HOME_TENANT, Refresh},
};
use std::sync::Arc;

/// So many are read at once.
const BATCH: i64 = 8;

impl Engine {
    /// Shows what is due.
    ///
    /// # Errors
    /// The database refused.
    pub async fn show_news(&self, now: Instant) -> anyhow::Result<()> {
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
        let lane = Lane { platform, tenant: HOME_TENANT.to_owned() };
        let result = match self.chat(platform) {
            None => Err(SendError::Refused("the platform is switched off".to_owned())),
            Some(chat) => {
                if let Some(at) = self.rests(&lane, Method::Show, now) {
                    let mut tx = self.0.db.write().await?;
                    outbox::refresh_later(&mut tx, due, platform, at).await?;
                    return tx.commit().await;
                }
                match &due.refresh {
                    Refresh::Message { message, card } => {
                        tokio::time::sleep(self.book(&lane, Method::Show, &message.conversation)).await;
                        chat.update(message, card).await
                    }
                    Refresh::Home { user, .. } => {
                        tokio::time::sleep(self.book(&lane, Method::Show, user)).await;
                        self.show_home(chat, platform, user, now).await?
                    }
                }
            }
        };
        if let Err(SendError::RateLimited(after)) = &result {
            let until = now + chrono::Duration::from_std(*after).unwrap_or(super::SWITCHED_OFF_FOR);
            self.asked_to_wait(&lane, Method::Show, until).await?;
        }
        let mut tx = self.0.db.write().await?;
        match result {
            Ok(()) => outbox::refreshed(&mut tx, due, platform).await?,
            Err(SendError::Refused(code)) => {
                tracing::info!(code, "new contents were refused");
                outbox::refreshed(&mut tx, due, platform).await?;
            }
            Err(error) => {
                let wait = match error {
                    SendError::RateLimited(after) => {
                        chrono::Duration::from_std(after).unwrap_or(super::SWITCHED_OFF_FOR)
                    }
                    _ => backoff(u32::try_from(due.attempt).unwrap_or(u32::MAX).saturating_add(1), rand::random()),
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
        if !self.works_here(person) || authorize(&Asker::plain(person), Deed::UseOwnData).is_err() {
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
