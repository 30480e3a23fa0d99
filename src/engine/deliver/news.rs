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

impl Engine {
    /// Where something is due to be shown.
    ///
    /// # Errors
    /// The database refused.
    pub async fn news(&self, now: Instant) -> anyhow::Result<Vec<Platform>> {
        let mut tx = self.0.db.read().await?;
        Ok(outbox::news(&mut tx, now).await?)
    }

    /// Shows the next thing that is due on this platform; false when nothing is. One at a time, so that nothing is held for
    /// longer than it takes.
    ///
    /// # Errors
    /// The database refused.
    pub async fn show_next(&self, platform: Platform, now: Instant) -> anyhow::Result<bool> {
        let mut tx = self.0.db.write().await?;
        let until = now + self.0.settings.rules().lease;
        let due = outbox::take_refreshes(&mut tx, platform, until, 1, now).await?;
        tx.commit().await?;
        let Some(refresh) = due.first() else { return Ok(false) };
        self.show(refresh, platform, now).await?;
        Ok(true)
    }

    async fn show(&self, due: &DueRefresh, platform: Platform, now: Instant) -> anyhow::Result<()> {
        let lane = Lane { platform, tenant: HOME_TENANT.to_owned() };
        let result = match self.chat(platform) {
            None => Err(SendError::Refused("the platform is switched off".to_owned())),
            Some(chat) => {
                if let Some(at) = self.rests(&lane, Method::Show, now) {
                    let mut tx = self.0.db.write().await?;
                    outbox::refresh_later(&mut tx, due, platform, at, false).await?;
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
                let may_arrive = matches!(error, SendError::Ambiguous(_));
                let wait = match error {
                    SendError::RateLimited(after) => {
                        chrono::Duration::from_std(after).unwrap_or(super::SWITCHED_OFF_FOR)
                    }
                    // What was asked for may land until then, over whatever is newer.
                    SendError::Ambiguous(_) => self.0.settings.rules().quarantine,
                    _ => backoff(u32::try_from(due.attempt).unwrap_or(u32::MAX).saturating_add(1), rand::random()),
                };
                outbox::refresh_later(&mut tx, due, platform, now + wait, may_arrive).await?;
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
