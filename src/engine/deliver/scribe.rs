//! Writing down what became of attempts, many in one transaction: whoever comes first writes for all who wait by then.

use crate::{
    domain::{Instant, id::DeliveryId},
    message::Address,
    store::{
        Db,
        instance::{self, Installation},
        outbox::{self, Lane, Settled},
        people,
    },
};
use std::sync::{Mutex, PoisonError};
use tokio::sync::oneshot;

#[derive(Debug)]
pub(in crate::engine) enum Note {
    Settled {
        id: DeliveryId,
        attempt: i64,
        outcome: Settled,
        now: Instant,
    },
    /// A one-to-one conversation was opened.
    Direct {
        address: Address,
        conversation: String,
    },
    /// Where a message will go.
    Conversation {
        id: DeliveryId,
        conversation: String,
    },
    /// The platform asked for a rest.
    Wait {
        lane: Lane,
        method: &'static str,
        until: Instant,
    },
    CutOff {
        lane: Lane,
        reason: String,
        now: Instant,
    },
}

type Told = oneshot::Sender<Result<bool, String>>;

#[derive(Debug, Default)]
pub(in crate::engine) struct Scribe {
    waiting: Mutex<Vec<(Note, Told)>>,
    turn: tokio::sync::Mutex<()>,
}

impl Scribe {
    /// Returns when the note is committed; false when somebody else settled the row.
    ///
    /// # Errors
    /// The database refused: nothing of it was kept.
    pub async fn write(&self, db: &Db, note: Note) -> anyhow::Result<bool> {
        let (tell, told) = oneshot::channel();
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).push((note, tell));
        let turn = self.turn.lock().await;
        let all = std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner));
        if !all.is_empty() {
            let (notes, tellers): (Vec<Note>, Vec<Told>) = all.into_iter().unzip();
            let outcome = write_all(db, &notes).await.map_err(|error| format!("{error:#}"));
            for (at, tell) in tellers.into_iter().enumerate() {
                // Whoever does not wait any more needs no answer.
                let _ = tell.send(outcome.as_ref().map(|done| done[at]).map_err(Clone::clone));
            }
        }
        drop(turn);
        told.await.unwrap_or_else(|_| Err("the writing was cut off".to_owned())).map_err(anyhow::Error::msg)
    }
}

async fn write_all(db: &Db, notes: &[Note]) -> anyhow::Result<Vec<bool>> {
    let mut tx = db.write().await?;
    let mut done = Vec::with_capacity(notes.len());
    for note in notes {
        done.push(match note {
            Note::Settled { id, attempt, outcome, now } => {
                outbox::settle(&mut tx, *id, *attempt, outcome, *now).await?
            }
            Note::Direct { address, conversation } => {
                people::set_direct(&mut tx, address, conversation).await?;
                true
            }
            Note::Conversation { id, conversation } => {
                outbox::set_conversation(&mut tx, *id, conversation).await?;
                true
            }
            Note::Wait { lane, method, until } => {
                outbox::wait(&mut tx, lane, method, *until).await?;
                true
            }
            Note::CutOff { lane, reason, now } => {
                let installation = Installation {
                    platform: lane.platform,
                    tenant: lane.tenant.clone(),
                    is_active: false,
                    bot_user: None,
                };
                instance::set_installation(&mut tx, &installation, Some(reason), *now).await?;
                true
            }
        });
    }
    tx.commit().await?;
    Ok(done)
}
