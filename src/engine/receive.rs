//! Something happened in chat: who did it, may they, do it, answer.

use super::Engine;
use crate::{
    access::{Asker, Deed, authorize},
    commands::{self, Command, Ctx, Failure, channel},
    domain::{Instant, id::PersonId},
    message::{Action, Address, Block, Button, Card, Form, Inbound, InboundKind, MessageRef, Reply, UserError, Verb},
    metrics, nudges,
    store::{
        inbound as seen,
        instance::{self, Installation},
        outbox::{self, Draft, Entry, HOME_TENANT, Refresh},
        people,
    },
};
use anyhow::Context;
use std::{
    collections::{HashMap, VecDeque},
    time::Duration,
};
use tokio::time::timeout;

/// Below the three seconds in which a chat platform wants its answer.
const PATIENCE: Duration = Duration::from_millis(2500);

/// Said to somebody who was erased and is here again.
const ERASED: &str = "Everything about you was erased here, as you were told then, and nothing was stored of what you just did. \
                      To begin anew, ask whoever runs Mobility to allow it; what was erased does not come back.";

/// More writing things than this a minute, and a person is asked to slow down.
const A_MINUTE: usize = 20;

/// The writing things each person did within the last minute.
#[derive(Debug, Default)]
pub(super) struct Recent(HashMap<PersonId, VecDeque<Instant>>);

impl Recent {
    /// Counts one more, unless that would be too many.
    fn admits(&mut self, person: PersonId, now: Instant) -> bool {
        if self.0.len() > 10_000 {
            self.0.retain(|_, times| times.back().is_some_and(|last| now - *last < chrono::Duration::minutes(1)));
        }
        let times = self.0.entry(person).or_default();
        while times.front().is_some_and(|first| now - *first >= chrono::Duration::minutes(1) || *first > now) {
            times.pop_front();
        }
        if times.len() >= A_MINUTE {
            return false;
        }
        times.push_back(now);
        true
    }
}

impl Engine {
    /// Does what was asked and commits it; the reply is what the person gets back at once.
    ///
    /// # Errors
    /// Something broke: nothing of it was done, and the platform may tell it again.
    pub async fn receive(&self, inbound: &Inbound, now: Instant) -> anyhow::Result<Reply> {
        if !self.0.live.is_whole() {
            Box::pin(self.know_enough(inbound)).await?;
        }
        match (&inbound.kind, &inbound.actor) {
            (InboundKind::Nothing | InboundKind::Joined { is_us: false, .. }, _) => Ok(Reply::Nothing),
            (_, Some(address)) => self.request(inbound, address, now).await,
            (_, None) => Box::pin(self.report(inbound, now)).await,
        }
    }

    /// Just after the start not everybody is in memory yet. A search needs nobody but who asks; for everything else we
    /// wait as long as the platform does, and then fail: it is told again, or the person asked to try again.
    async fn know_enough(&self, inbound: &Inbound) -> anyhow::Result<()> {
        if let (InboundKind::Command { text }, Some(address)) = (&inbound.kind, &inbound.actor)
            && text.split_whitespace().next().and_then(Command::named) == Some(Command::Find)
        {
            return self.0.live.take_in_holder(address).await;
        }
        timeout(PATIENCE, self.0.live.complete()).await.context("who works here is still being read after the start")?
    }

    /// Somebody did something.
    async fn request(&self, inbound: &Inbound, address: &Address, now: Instant) -> anyhow::Result<Reply> {
        if inbound.is_stranger {
            return Ok(not_from_here());
        }
        let person = match self.known(address) {
            Some(known) => known,
            None => match self.meet(address, now).await? {
                Some(met) => met,
                None => return Ok(Reply::Private(Card::saying(ERASED))),
            },
        };
        if !self.works_here(person) {
            return Ok(not_from_here());
        }
        let programme = self.programme();
        let ctx = self.ctx(&programme, person, address, inbound.place.as_ref(), now);
        if is_writing(&inbound.kind)
            && !self.0.recent.lock().unwrap_or_else(std::sync::PoisonError::into_inner).admits(person, now)
        {
            return Ok(Reply::Private(Card::saying(
                "That was a lot at once. Take a breath, and go on in a minute; nothing was lost.",
            )));
        }
        match self.act(&ctx, inbound).await {
            Ok(reply) => Ok(reply),
            Err(Failure::Told(UserError(card))) => Ok(match &inbound.kind {
                InboundKind::Said { .. } => self.say(&ctx, inbound, Reply::Private(*card)).await?,
                InboundKind::Submit { .. } => Reply::NextForm(Form::saying(*card)),
                _ => Reply::Private(*card),
            }),
            Err(Failure::Broken(error)) => Err(error),
        }
    }

    /// Everything a person does goes through here, and so through [`authorize`].
    ///
    /// What takes more room than a search is in a box of its own, so that a search is not carried around in so much.
    async fn act(&self, ctx: &Ctx<'_>, inbound: &Inbound) -> Result<Reply, Failure> {
        authorize(&Asker::plain(ctx.person), deed(inbound))?;
        match &inbound.kind {
            InboundKind::Command { text } => commands::run(ctx, text).await,
            InboundKind::Press { action, delivery, message } => {
                let reply = Box::pin(self.press(ctx, action, delivery.as_deref(), message.as_ref())).await;
                self.wake();
                reply
            }
            InboundKind::Submit { action, values, .. } => {
                let reply = match action.verb {
                    Verb::SubmitTime | Verb::SubmitSkip => Box::pin(nudges::submit(ctx, action, values)).await,
                    _ => Box::pin(commands::submit(ctx, action, values)).await,
                };
                self.wake();
                // A form has no room beside it, so what is said after sending it takes its place.
                Ok(match reply? {
                    Reply::Private(card) | Reply::Replace(card) | Reply::Share(card) => {
                        Reply::NextForm(Form::saying(card))
                    }
                    other => other,
                })
            }
            InboundKind::FormChanged { action, values, form } => {
                commands::form_changed(ctx, action, values, form).await
            }
            InboundKind::FormClosed { .. } => Ok(Reply::Nothing),
            InboundKind::Lookup { source, query } => commands::lookup(ctx, source, query).await,
            InboundKind::FindShortcut => commands::find::open(ctx),
            InboundKind::PostShortcut { words } => commands::post::open(ctx, Some(words)).await,
            InboundKind::HomeOpened => {
                commands::home::opened(ctx).await?;
                let mut tx = ctx.db.write().await?;
                let home = Refresh::Home { platform: inbound.platform, user: ctx.address.id.clone() };
                outbox::refresh(&mut tx, &home, ctx.now).await?;
                tx.commit().await?;
                self.wake();
                Ok(Reply::Nothing)
            }
            InboundKind::Said { text, .. } => {
                if let Some(key) = &inbound.key {
                    let mut tx = ctx.db.read().await?;
                    if seen::was_seen(&mut tx, key).await? {
                        return Ok(Reply::Nothing);
                    }
                }
                let reply = commands::run(ctx, text).await?;
                Ok(self.say(ctx, inbound, reply).await?)
            }
            InboundKind::Nothing
            | InboundKind::InstallationEnded
            | InboundKind::PersonChanged(_)
            | InboundKind::Joined { .. } => Ok(Reply::Nothing),
        }
    }

    /// Everything a workspace tells about itself goes through here, and so through [`authorize`].
    async fn report(&self, inbound: &Inbound, now: Instant) -> anyhow::Result<Reply> {
        if authorize(&Asker::Platform(inbound.platform), deed(inbound)).is_err() {
            tracing::warn!(
                platform = inbound.platform.as_str(),
                "nobody asked for what only a person may ask for: nothing was done"
            );
            return Ok(Reply::Nothing);
        }
        match &inbound.kind {
            InboundKind::InstallationEnded => self.ended(inbound, now).await,
            InboundKind::PersonChanged(profile) => self.heard_of(inbound.platform, profile, now).await,
            InboundKind::Joined { inviter, .. } => self.joined(inbound, inviter.as_ref(), now).await,
            _ => Ok(Reply::Nothing),
        }
    }

    /// A button: the card it stands on is untrusted, so the message is looked up and its addressee compared.
    async fn press(
        &self,
        ctx: &Ctx<'_>,
        action: &Action,
        delivery: Option<&str>,
        message: Option<&MessageRef>,
    ) -> Result<Reply, Failure> {
        let entry = self.pressed_on(ctx, delivery, message).await?;
        if let Some(addressee) = entry.as_ref().and_then(|entry| entry.person)
            && addressee != ctx.person
        {
            return commands::refuse("That message was for somebody else. `/mobility` shows what there is for you.");
        }
        let ctx = &Ctx { is_press: true, ..*ctx };
        let reply = if is_nudge_verb(action.verb) {
            nudges::press(ctx, action, entry.as_ref()).await?
        } else {
            if let Some(entry) = entry.as_ref().filter(|entry| entry.is_nudge && entry.response.is_none()) {
                let mut tx = ctx.db.write().await?;
                outbox::respond(&mut tx, entry.id, "acted", ctx.now).await?;
                tx.commit().await?;
            }
            commands::press(ctx, action).await?
        };
        // A channel's message belongs to everybody: what one person asks of it is answered to that person alone.
        let is_shared = entry.as_ref().is_some_and(|entry| entry.person.is_none());
        match (reply, message, &entry) {
            (Reply::Replace(card), _, _) if is_shared => Ok(Reply::Private(card)),
            (Reply::Replace(card), Some(message), Some(_)) => {
                let mut tx = ctx.db.write().await?;
                outbox::refresh(&mut tx, &Refresh::Message { message: message.clone(), card }, ctx.now).await?;
                tx.commit().await?;
                Ok(Reply::Nothing)
            }
            (reply, _, _) => Ok(reply),
        }
    }

    /// The row behind the pressed message. A press proves that the message arrived, so an uncertain row is settled.
    async fn pressed_on(
        &self,
        ctx: &Ctx<'_>,
        delivery: Option<&str>,
        message: Option<&MessageRef>,
    ) -> anyhow::Result<Option<Entry>> {
        let mut tx = ctx.db.read().await?;
        let mut entry = match delivery {
            Some(delivery) => outbox::by_delivery(&mut tx, delivery).await?,
            None => None,
        };
        if entry.is_none()
            && let Some(message) = message
        {
            entry = outbox::by_message(&mut tx, message).await?;
        }
        drop(tx);
        if let (Some(entry), Some(message)) = (&entry, message)
            && entry.state != "sent"
        {
            let mut tx = ctx.db.write().await?;
            let is_news = outbox::prove(&mut tx, entry.id, message, ctx.now).await?;
            tx.commit().await?;
            if is_news {
                metrics::delivered(entry.platform, &entry.kind, "sent");
            }
        }
        Ok(entry)
    }

    /// Words written to us are answered with a durable message to the writer alone, once per event.
    async fn say(&self, ctx: &Ctx<'_>, inbound: &Inbound, reply: Reply) -> anyhow::Result<Reply> {
        let card = match reply {
            Reply::Private(card) | Reply::Replace(card) | Reply::Share(card) => Some(card),
            Reply::OpenForm(form) | Reply::NextForm(form) | Reply::UpdateForm(form) => {
                Some(open_by_button(&form, inbound))
            }
            Reply::Nothing | Reply::FormErrors(_) | Reply::Choices(_) => None,
        };
        let key = inbound.key.clone().unwrap_or_else(|| ctx.now.to_rfc3339());
        let mut tx = ctx.db.write().await?;
        if seen::first_time(&mut tx, &key, ctx.now).await?
            && let Some(card) = card
        {
            outbox::enqueue(
                &mut tx,
                &Draft::notice(ctx.address, ctx.person, "answer", "", key, card, ctx.now),
                ctx.now,
            )
            .await?;
        }
        tx.commit().await?;
        self.wake();
        Ok(Reply::Nothing)
    }

    async fn ended(&self, inbound: &Inbound, now: Instant) -> anyhow::Result<Reply> {
        let installation = Installation {
            platform: inbound.platform,
            tenant: HOME_TENANT.to_owned(),
            is_active: false,
            bot_user: None,
        };
        let mut tx = self.0.db.write().await?;
        instance::set_installation(&mut tx, &installation, Some("the workspace removed the app or its token"), now)
            .await?;
        tx.commit().await?;
        tracing::warn!(
            platform = inbound.platform.as_str(),
            "the installation ended; nothing is sent until it is installed again"
        );
        Ok(Reply::Nothing)
    }

    async fn joined(&self, inbound: &Inbound, inviter: Option<&Address>, now: Instant) -> anyhow::Result<Reply> {
        let Some(place) = &inbound.place else { return Ok(Reply::Nothing) };
        let inviter = match inviter {
            Some(address) => match self.known(address) {
                Some(known) => Some(known),
                None => self.meet(address, now).await?,
            },
            None => None,
        };
        channel::welcome(&self.0.db, &self.0.live, &self.programme(), inbound.platform, place, inviter, now).await?;
        self.wake();
        Ok(Reply::Nothing)
    }

    pub(super) fn known(&self, address: &Address) -> Option<PersonId> {
        self.0.live.read().person_at(address).map(|person| person.id)
    }

    /// Neither has left nor is, as far as the platform told us, a guest.
    pub(super) fn works_here(&self, person: PersonId) -> bool {
        self.0.live.read().person(person).is_some_and(|person| person.is_active)
    }
}

/// The whole answer to whoever does not work here.
fn not_from_here() -> Reply {
    Reply::Private(Card::saying("Mobility is for people who work here. Ask a colleague to share the post with you."))
}

/// What may be done only by whoever may do this. Commands ask again for the thing they touch.
fn deed(inbound: &Inbound) -> Deed<'static> {
    match &inbound.kind {
        InboundKind::InstallationEnded | InboundKind::PersonChanged(_) | InboundKind::Joined { .. } => {
            Deed::ReportOwnState(inbound.platform)
        }
        InboundKind::Command { .. }
        | InboundKind::Press { .. }
        | InboundKind::Submit { .. }
        | InboundKind::FormChanged { .. }
        | InboundKind::FormClosed { .. }
        | InboundKind::Lookup { .. }
        | InboundKind::FindShortcut
        | InboundKind::PostShortcut { .. }
        | InboundKind::HomeOpened
        | InboundKind::Said { .. }
        | InboundKind::Nothing => Deed::UseOwnData,
    }
}

/// Whether the thing may write, so that it counts against the limit. Reading stays free.
fn is_writing(kind: &InboundKind) -> bool {
    let of_text = |text: &str| {
        let word = text.split_whitespace().next().unwrap_or("");
        Command::named(word).is_some_and(Command::writes)
    };
    match kind {
        InboundKind::Command { text } => of_text(text),
        InboundKind::Press { action, .. } if action.verb == Verb::Run => of_text(&action.subject),
        InboundKind::Press { .. } | InboundKind::Submit { .. } | InboundKind::Said { .. } => true,
        _ => false,
    }
}

fn is_nudge_verb(verb: Verb) -> bool {
    matches!(
        verb,
        Verb::PickSlot
            | Verb::OtherTime
            | Verb::AlreadyHappened
            | Verb::NotThisQuarter
            | Verb::SaidYes
            | Verb::SaidNo
            | Verb::SaidMoved
            | Verb::NotNow
            | Verb::Fewer
            | Verb::WhyThis
    )
}

/// Words alone give no right to open a form: a button does.
fn open_by_button(form: &Form, inbound: &Inbound) -> Card {
    let text = match &inbound.kind {
        InboundKind::Said { text, .. } => text.trim(),
        _ => "",
    };
    let mut card = Card::new(form.title.clone());
    card.blocks.push(Block::Text("That takes a short form.".into()));
    card.buttons(vec![Button::run("Open the form", text).primary()])
}

impl Engine {
    /// The platform told us about one of its accounts.
    async fn heard_of(
        &self,
        platform: crate::message::Platform,
        profile: &crate::message::inbound::Profile,
        now: Instant,
    ) -> anyhow::Result<Reply> {
        if profile.is_bot || profile.user.is_empty() {
            return Ok(Reply::Nothing);
        }
        let address = Address::new(platform, &profile.user);
        let mut tx = self.0.db.read().await?;
        let known = people::find_by_address(&mut tx, &address).await?;
        drop(tx);
        // A colleague can become a guest; a guest whom we never met is nobody's business.
        if profile.is_stranger && known.is_none() {
            return Ok(Reply::Nothing);
        }
        self.learn(&address, known, profile, now).await?;
        Ok(Reply::Nothing)
    }
}
