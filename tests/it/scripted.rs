//! A platform that answers as its script says, and an engine on a real file behind it.

use crate::databases::Database;
use chrono::{DateTime, Utc};
use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex},
    time::Duration,
};
use trailmark::{
    domain::{id::PersonId, person::Person, programme::Programme},
    engine::{Engine, Settings},
    message::{
        Address, Card, Home, MessageRef, Platform, Reply,
        inbound::{Handle, Profile},
    },
    ports::{Chat, SendError, Target},
    store::{Db, people},
};

/// Answers each send with the next line of its script, and with success when the script is at its end.
#[derive(Default)]
pub struct Scripted {
    pub script: Mutex<VecDeque<SendError>>,
    /// The next looks at a conversation fail like this.
    pub looks: Mutex<VecDeque<SendError>>,
    /// While these words are sent, somebody keeps the writers of this database waiting, for so long.
    pub lock: Mutex<Option<(String, Db, Duration)>>,
    /// Where, the words, the delivery id.
    pub sent: Mutex<Vec<(Target, String, String)>>,
    pub updated: Mutex<Vec<(MessageRef, String)>>,
    pub homes: Mutex<Vec<String>>,
    /// The same with what is on them.
    pub drawn: Mutex<Vec<(String, Home)>>,
    pub answered: Mutex<Vec<Reply>>,
    pub profiles: Mutex<HashMap<String, Profile>>,
    /// So long a profile takes.
    pub slow: Mutex<Duration>,
}

#[async_trait::async_trait]
impl Chat for Scripted {
    fn platform(&self) -> Platform {
        Platform::Slack
    }
    async fn open_direct(&self, user: &str) -> Result<String, SendError> {
        Ok(format!("D-{user}"))
    }
    async fn send(
        &self,
        to: &Target,
        card: &Card,
        delivery: &str,
        _: std::time::Instant,
    ) -> Result<MessageRef, SendError> {
        if let Some(error) = self.script.lock().unwrap().pop_front() {
            return Err(error);
        }
        let lock = self.lock.lock().unwrap().take_if(|(words, ..)| *words == card.summary);
        if let Some((_, db, time)) = lock {
            let tx = db.write().await.unwrap();
            tokio::time::sleep(time).await;
            drop(tx);
        }
        let mut sent = self.sent.lock().unwrap();
        sent.push((to.clone(), card.summary.clone(), delivery.to_owned()));
        Ok(MessageRef { platform: Platform::Slack, conversation: to.conversation.clone(), id: sent.len().to_string() })
    }
    async fn look_for(&self, to: &Target, delivery: &str, _: DateTime<Utc>) -> Result<Option<MessageRef>, SendError> {
        if let Some(error) = self.looks.lock().unwrap().pop_front() {
            return Err(error);
        }
        let sent = self.sent.lock().unwrap();
        let place = sent.iter().position(|(target, _, id)| target.conversation == to.conversation && id == delivery);
        Ok(place.map(|at| MessageRef {
            platform: Platform::Slack,
            conversation: to.conversation.clone(),
            id: (at + 1).to_string(),
        }))
    }
    async fn update(&self, message: &MessageRef, card: &Card) -> Result<(), SendError> {
        self.updated.lock().unwrap().push((message.clone(), card.to_plain()));
        Ok(())
    }
    async fn publish_home(&self, user: &str, home: &Home) -> Result<(), SendError> {
        self.drawn.lock().unwrap().push((user.to_owned(), home.clone()));
        self.homes.lock().unwrap().push(user.to_owned());
        Ok(())
    }
    async fn answer(&self, _: &Handle, reply: &Reply) -> Result<(), SendError> {
        self.answered.lock().unwrap().push(reply.clone());
        Ok(())
    }
    async fn check(&self) -> Result<(), SendError> {
        self.script.lock().unwrap().pop_front().map_or(Ok(()), Err)
    }
    async fn profile(&self, user: &str) -> Result<Profile, SendError> {
        let slow = *self.slow.lock().unwrap();
        if !slow.is_zero() {
            tokio::time::sleep(slow).await;
        }
        self.profiles.lock().unwrap().get(user).cloned().ok_or(SendError::Refused("user_not_found".into()))
    }
}

pub struct World {
    pub engine: Engine,
    pub chat: Arc<Scripted>,
    pub ana: PersonId,
    pub now: DateTime<Utc>,
    pub database: Database,
}

/// A Tuesday morning inside the hours in which messages are welcome.
pub fn tuesday() -> DateTime<Utc> {
    "2026-05-12T10:00:00Z".parse().unwrap()
}

/// Ana works here; it is a Tuesday morning.
pub async fn world(programme: Programme, script: Vec<SendError>) -> World {
    world_on(Database::usual(tuesday()).await, programme, script).await
}

pub async fn world_on(database: Database, programme: Programme, script: Vec<SendError>) -> World {
    let now = tuesday();
    let db = database.db.clone();
    let mut tx = db.write().await.unwrap();
    let person = Person {
        email: Some("ana@example.com".into()),
        name: "Ana Example".into(),
        department: "Data".into(),
        ..Person::unknown()
    };
    let ana = people::insert(&mut tx, &person, true, now).await.unwrap();
    people::link(&mut tx, &address(), ana, now).await.unwrap();
    tx.commit().await.unwrap();
    let chat = Arc::new(Scripted { script: Mutex::new(script.into()), ..Scripted::default() });
    // Time stands still for it, and a pace takes time.
    let settings = Settings { max_per_second: 0, ..Settings::default() };
    let engine = Engine::new(db, programme, vec![chat.clone()], settings).await.unwrap();
    World { engine, chat, ana, now, database }
}

/// Ana's account.
pub fn address() -> Address {
    Address::new(Platform::Slack, "U1")
}
