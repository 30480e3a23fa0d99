//! Unknown people are met, not refused: a person is made at once, and what the platform knows is asked in the background.

use super::Engine;
use crate::{
    domain::{Instant, id::PersonId, person::Person},
    message::{Address, form::legible, inbound::Profile},
    store::{Tx, inbound, people, privacy},
};
use std::{sync::atomic::Ordering, time::Duration};
use tokio::time::timeout;

/// So long a newcomer's answer waits for the platform to say whether they work here or are a guest.
const INTRODUCTION: Duration = Duration::from_millis(800);

impl Engine {
    /// Makes the person behind an account that is new to us. What the platform knows of them is waited for a moment, so that
    /// a guest is refused from the start; while the platform is slow nobody waits, and the rest is learned after the answer. `None` for
    /// somebody who was erased: nothing is stored about them again unasked.
    pub(super) async fn meet(&self, address: &Address, now: Instant) -> anyhow::Result<Option<PersonId>> {
        let begun = tokio::time::Instant::now();
        let mut tx = self.0.db.write().await?;
        if privacy::was_erased(&mut tx, address).await? {
            return Ok(None);
        }
        let (person, is_new) = match people::find_by_address(&mut tx, address).await? {
            Some(known) => (known, false),
            None => {
                let person = people::insert(&mut tx, &Person::unknown(), false, now).await?;
                people::link(&mut tx, address, person, now).await?;
                inbound::record(&mut tx, now, "person.joined", Some(person), "", serde_json::json!({"by": "chat"}))
                    .await?;
                (person, true)
            }
        };
        tx.commit().await?;
        self.0.live.refresh().await?;
        if is_new {
            let (engine, address) = (self.clone(), address.clone());
            // Whoever waited for the database does not wait for the platform as well.
            let patience = INTRODUCTION.saturating_sub(begun.elapsed());
            let begun = tokio::time::Instant::now();
            let asking = tokio::spawn(async move {
                if let Err(error) = engine.ask_about(&address, person, now).await {
                    tracing::warn!(%error, "a newcomer's profile could not be read; it is asked again later");
                }
                engine.0.introduces_slowly.store(begun.elapsed() > INTRODUCTION, Ordering::Relaxed);
            });
            if !self.0.introduces_slowly.load(Ordering::Relaxed) && timeout(patience, asking).await.is_err() {
                self.0.introduces_slowly.store(true, Ordering::Relaxed);
            }
        }
        // They may have turned out to be somebody whom an import knows, or who was erased.
        if let Some(known) = self.known(address) {
            return Ok(Some(known));
        }
        let mut tx = self.0.db.read().await?;
        Ok((!privacy::was_erased(&mut tx, address).await?).then_some(person))
    }

    async fn ask_about(&self, address: &Address, person: PersonId, now: Instant) -> anyhow::Result<()> {
        let Some(chat) = self.chat(address.platform).cloned() else { return Ok(()) };
        let profile = chat.profile(&address.id).await?;
        self.learn(address, Some(person), &profile, now).await
    }

    /// Asks again about people whose profile could not be read when they were met.
    ///
    /// # Errors
    /// The database refused.
    pub(super) async fn ask_about_nameless(&self, now: Instant) -> anyhow::Result<()> {
        let mut tx = self.0.db.read().await?;
        let nameless = people::nameless(&mut tx, 20).await?;
        drop(tx);
        for (address, person) in nameless {
            if let Err(error) = self.ask_about(&address, person, now).await {
                tracing::info!(%error, "a profile could not be read");
            }
        }
        Ok(())
    }

    /// Takes in what the platform says. An e-mail address that an import already knows makes the two one person. Of a guest
    /// nothing is kept but that they are one.
    pub(super) async fn learn(
        &self,
        address: &Address,
        known: Option<PersonId>,
        profile: &Profile,
        now: Instant,
    ) -> anyhow::Result<()> {
        let mut tx = self.0.db.write().await?;
        let mut profile = profile.clone();
        if let Some(email) = &profile.email
            && privacy::email_was_erased(&mut tx, email).await?
        {
            self.forget_again(&mut tx, known, email, now).await?;
            profile.email = None;
        }
        let by_email = match &profile.email {
            Some(email) if !profile.is_stranger => people::find_by_email(&mut tx, email).await?,
            _ => None,
        };
        let id = match (known, by_email) {
            (Some(known), Some(imported)) if known != imported => {
                people::merge(&mut tx, known, imported, now).await?;
                Some(imported)
            }
            (Some(known), _) => Some(known),
            (None, Some(imported)) => {
                people::link(&mut tx, address, imported, now).await?;
                Some(imported)
            }
            // Somebody who joined the workspace and never spoke to us: they are met when they do.
            (None, None) => None,
        };
        if let Some(id) = id
            && let Some(mut person) = people::find(&mut tx, id).await?
            && privacy::who(&mut tx, id).await?.is_some()
        {
            let before = person.clone();
            person.is_active = profile.is_active && !profile.is_stranger;
            if !profile.is_stranger {
                introduce(&mut person, &profile);
            }
            if person != before {
                people::update(&mut tx, &person).await?;
            }
            if before.is_active && !person.is_active {
                inbound::record(&mut tx, now, "person.left", Some(id), "", serde_json::json!({})).await?;
            }
        }
        tx.commit().await?;
        self.0.live.refresh().await
    }

    /// Somebody who was erased came back with an account that we did not know: they are forgotten again. Whoever has done
    /// more than that stays, without the address: it may have been given to somebody else.
    async fn forget_again(
        &self,
        tx: &mut Tx,
        known: Option<PersonId>,
        email: &str,
        now: Instant,
    ) -> anyhow::Result<()> {
        let Some(id) = known else { return Ok(()) };
        let Some(mut who) = privacy::who(tx, id).await? else { return Ok(()) };
        if who.name.is_empty() && who.email.is_none() {
            who.email = Some(email.to_owned());
            privacy::remember(tx, &who, now).await?;
            privacy::wipe(tx, &who, now).await?;
        }
        Ok(())
    }
}

/// What the platform says of somebody, where we do not know better.
fn introduce(person: &mut Person, profile: &Profile) {
    if person.name.is_empty() {
        person.name = legible(&profile.name).into_owned();
    }
    if person.email.is_none() {
        person.email.clone_from(&profile.email);
    }
    person.zone = profile.zone.as_deref().and_then(|zone| zone.parse().ok()).or(person.zone);
    person.locale = profile.locale.clone().or(person.locale.take());
}
