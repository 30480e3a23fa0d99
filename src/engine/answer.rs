//! What a person gets back beyond the acknowledgement, and what they get when that comes too late.

use super::Engine;
use crate::{
    domain::Instant,
    message::{Button, Card, Inbound, InboundKind, Reply, inbound::Handle},
    ports::{Chat, SendError},
    store::outbox::{self, Draft},
};

/// A button that carries more than this is not kept by every platform.
const LONGEST_ACTION: usize = 1500;

impl Engine {
    /// Answers beyond the acknowledgement, at most once. The right to open a form lasts only seconds: whoever asked and got
    /// nothing is told so where they asked, or else in their own conversation with us.
    pub async fn answer(&self, inbound: &Inbound, reply: &Reply, now: Instant) {
        let Some(chat) = self.chat(inbound.platform) else { return };
        let Err(error) = chat.answer(&inbound.handle, reply).await else { return };
        tracing::warn!(platform = inbound.platform.as_str(), %error, "an answer could not be given");
        // What may have arrived is not said twice, and where nothing works nothing else does.
        if matches!(error, SendError::Ambiguous(_) | SendError::InstallationDead(_)) {
            return;
        }
        let Some(card) = instead(inbound, reply) else { return };
        if is_told_in_place(chat.as_ref(), &inbound.handle, reply, &card).await {
            return;
        }
        if let Err(error) = self.tell_later(inbound, card, now).await {
            tracing::error!(
                error = format!("{error:#}"),
                "somebody could not be told that their answer did not arrive"
            );
        }
    }

    async fn tell_later(&self, inbound: &Inbound, card: Card, now: Instant) -> anyhow::Result<()> {
        let Some((address, person)) = inbound.actor.as_ref().and_then(|it| Some((it, self.known(it)?))) else {
            return Ok(());
        };
        let key = inbound.key.clone().unwrap_or_else(|| now.to_rfc3339());
        let mut tx = self.0.db.write().await?;
        outbox::enqueue(&mut tx, &Draft::notice(address, person, "answer", "", key, card, now), now).await?;
        tx.commit().await?;
        self.wake();
        Ok(())
    }
}

/// Without the right to open a form; the acknowledgement carried none of it. False also where the first attempt went this very way.
async fn is_told_in_place(chat: &dyn Chat, handle: &Handle, reply: &Reply, card: &Card) -> bool {
    if !is_form(reply) && (handle.response_url.is_some() || handle.trigger.is_none()) {
        return false;
    }
    let handle = Handle { trigger: None, is_told_at_once: false, ..handle.clone() };
    chat.answer(&handle, &Reply::Private(card.clone())).await.is_ok()
}

fn is_form(reply: &Reply) -> bool {
    matches!(reply, Reply::OpenForm(_) | Reply::NextForm(_) | Reply::UpdateForm(_))
}

/// What is said in place of an answer that could not be given; `None` where nobody waits for one.
fn instead(inbound: &Inbound, reply: &Reply) -> Option<Card> {
    if matches!(inbound.kind, InboundKind::FormChanged { .. }) {
        return None;
    }
    match reply {
        Reply::Private(card) | Reply::Replace(card) => Some(card.clone()),
        Reply::Share(_) => Some(Card::saying("That could not be shown here. Please try again.")),
        Reply::OpenForm(form) | Reply::NextForm(form) | Reply::UpdateForm(form) => Some(match again(&inbound.kind) {
            Some(button) => Card::new(form.title.clone())
                .text("That took us a moment too long, so the form did not open. Please open it from here.")
                .buttons(vec![button]),
            None => Card::saying("That took us a moment too long, so the form did not open. Please try once more."),
        }),
        Reply::Nothing | Reply::FormErrors(_) | Reply::Choices(_) => None,
    }
}

/// Does again what was asked for.
fn again(kind: &InboundKind) -> Option<Button> {
    let button = match kind {
        InboundKind::Command { text } => Button::run("Open the form", text),
        InboundKind::Press { action, .. } => Button::new("Open the form", action.clone()),
        _ => return None,
    };
    (button.action.encode().len() <= LONGEST_ACTION).then(|| button.primary())
}
