//! A simulated workspace, beside the tower: the page of `trailmark demo` and the recording fake of the tests.
//!
//! It speaks real HTTP on loopback, both ways: it sends signed slash commands, interactions and events to the app, and
//! answers the Web API methods the app calls, with the platform's limits enforced. It shares no code with the platform's
//! adapter, so that a mistake on one side cannot hide on the other.
//!
//! [`Playground`] holds what people do ([`driver`]); through it (it dereferences to [`Workspace`]) one sees what came of it.

pub mod blocks;
mod chat_methods;
pub mod company;
pub mod driver;
pub mod limits;
mod page;
mod payload;
mod response_url;
mod server;
mod user_methods;
mod view_methods;
mod web_api;
pub mod wire;
pub mod workspace;

pub use driver::Spot;
pub use wire::{Answer, Request, sign};
pub use workspace::{
    APP, BOT, BOT_NAME, BOT_USER, Call, Fault, SimMessage, TEAM, TEAM_DOMAIN, Violation, Workspace, dm_of,
};

use anyhow::Context;
use chrono::{DateTime, Utc};
use std::net::SocketAddr;
use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::net::TcpListener;

pub struct Options {
    /// Port 0 picks a free one.
    pub listen: SocketAddr,
    /// Where the app listens, such as `http://127.0.0.1:8080/slack/events`.
    pub events_url: String,
    pub signing_secret: String,
    pub bot_token: String,
    pub clock: Arc<dyn TimeMachine>,
    pub people: Vec<SimPerson>,
    pub channels: Vec<SimChannel>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SimPerson {
    /// `U…`
    pub id: String,
    pub name: String,
    pub email: Option<String>,
    /// An IANA zone, such as `Europe/Berlin`.
    pub zone: String,
    /// Such as `en-GB`.
    pub locale: String,
    pub title: String,
    pub department: String,
    pub is_guest: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SimChannel {
    /// `C…`
    pub id: String,
    /// Without `#`.
    pub name: String,
    /// Ids of people.
    pub members: Vec<String>,
    pub topic: String,
}

/// The clock everybody in the demo lives by.
#[async_trait::async_trait]
pub trait TimeMachine: Send + Sync {
    fn now(&self) -> DateTime<Utc>;
    /// Moves the clock to `to`, letting everything due in between happen.
    async fn jump(&self, to: DateTime<Utc>) -> anyhow::Result<()>;
}

/// A handle on a running workspace; clones are the same workspace. It runs until the runtime ends.
#[derive(Clone)]
pub struct Playground(Arc<Inner>);

struct Inner {
    address: SocketAddr,
    workspace: Workspace,
    events_url: Mutex<String>,
    signing_secret: String,
    bot_token: String,
    client: reqwest::Client,
    journey: page::Journey,
}

/// Listens and serves in the background.
pub async fn start(options: Options) -> anyhow::Result<Playground> {
    let listener =
        TcpListener::bind(options.listen).await.with_context(|| format!("cannot listen on {}", options.listen))?;
    let playground = Playground(Arc::new(Inner {
        address: listener.local_addr()?,
        workspace: Workspace::new(options.clock, options.people, options.channels),
        events_url: Mutex::new(options.events_url),
        signing_secret: options.signing_secret,
        bot_token: options.bot_token,
        client: wire::client()?,
        journey: page::Journey::default(),
    }));
    tokio::spawn(server::serve(listener, server::router(playground.clone())));
    Ok(playground)
}

impl Playground {
    /// The page for people.
    #[must_use]
    pub fn page_url(&self) -> String {
        format!("http://{}/", self.0.address)
    }

    /// The base of the Web API, with the slash at its end.
    #[must_use]
    pub fn api_url(&self) -> String {
        format!("http://{}/api/", self.0.address)
    }

    fn response_url(&self, token: &str) -> String {
        format!("http://{}/response/{token}", self.0.address)
    }

    #[must_use]
    pub fn events_url(&self) -> String {
        self.0.events_url.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub fn set_events_url(&self, url: impl Into<String>) {
        *self.0.events_url.lock().unwrap_or_else(PoisonError::into_inner) = url.into();
    }

    #[must_use]
    pub fn workspace(&self) -> &Workspace {
        &self.0.workspace
    }
}

impl Deref for Playground {
    type Target = Workspace;

    fn deref(&self) -> &Workspace {
        &self.0.workspace
    }
}
