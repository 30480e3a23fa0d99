//! Looking for a message whose outcome is not known, in the conversation it was sent to.

use super::{Claimed, Engine, Lane, Method, Note, Settled};
use crate::{
    domain::outbox::{Look, Next},
    message::Address,
    ports::{Clock, SendError, Target},
};

impl Engine {
    /// Looks once, and decides.
    pub(super) async fn look(&self, lane: &Lane, row: &Claimed, clock: &dyn Clock) -> anyhow::Result<Settled> {
        let Some(chat) = self.chat(row.platform).cloned() else {
            let at = clock.now() + super::SWITCHED_OFF_FOR;
            let absences = u32::try_from(row.absences).unwrap_or(0);
            return Ok(Settled::Looking { at, absences, reason: "the platform is switched off".to_owned() });
        };
        let conversation = match (row.person, row.conversation.as_ref().or(row.direct.as_ref())) {
            (None, _) => Ok(row.recipient.clone()),
            (Some(_), Some(conversation)) => Ok(conversation.clone()),
            (Some(_), None) => chat.open_direct(&row.recipient).await,
        };
        let found = match conversation {
            Ok(conversation) => {
                if row.person.is_some() && row.direct.is_none() {
                    let address = Address::new(row.platform, &row.recipient);
                    let note = Note::Direct { address, conversation: conversation.clone() };
                    self.0.scribe.write(&self.0.db, note).await?;
                }
                tokio::time::sleep(self.book(lane, Method::LookFor, &conversation)).await;
                let target = Target { conversation, thread: row.thread.clone() };
                chat.look_for(&target, &row.delivery, row.started_at).await
            }
            Err(error) => Err(error),
        };
        let now = clock.now();
        let (look, reason) = match found {
            Ok(Some(message)) => return Ok(Settled::Sent { message }),
            Ok(None) => (Look::Absent, "it was looked for and not there".to_owned()),
            Err(error) => {
                let reason = format!("could not be looked for: {error}");
                let soon = || now + self.0.settings.rules().quarantine;
                let look = match error {
                    SendError::Refused(_) => Look::Unreadable,
                    SendError::RateLimited(after) => {
                        let until = now + chrono::Duration::from_std(after).unwrap_or(super::SWITCHED_OFF_FOR);
                        self.asked_to_wait(lane, Method::LookFor, until).await?;
                        Look::NotNow(until)
                    }
                    SendError::InstallationDead(code) => {
                        let reason = format!("{}: {code}", super::CUT_OFF);
                        let note = Note::CutOff { lane: lane.clone(), reason, now };
                        self.0.scribe.write(&self.0.db, note).await?;
                        Look::NotNow(soon())
                    }
                    SendError::NotSent(_)
                    | SendError::TooLate
                    | SendError::Unreachable(_)
                    | SendError::Ambiguous(_) => Look::NotNow(soon()),
                };
                (look, reason)
            }
        };
        let next = row.row().after_look(look, &self.0.settings.rules(), now);
        let reason = match next {
            Next::Dead => format!("given up: it was in doubt {} times", row.tries),
            Next::Expired => "it did not arrive, and is no longer useful".to_owned(),
            _ => reason,
        };
        Ok(Settled::of(next, reason))
    }
}
