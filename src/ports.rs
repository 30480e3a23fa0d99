//! Floor 1: the two things we do not own.

use crate::{
    domain::Instant,
    message::{
        Card, Home, MessageRef, Platform, Reply,
        inbound::{Handle, Profile},
    },
};
use std::time::Duration;

/// Time enters the program here and is passed down as an argument.
pub trait Clock: Send + Sync {
    /// Truncated to milliseconds, because a nanosecond survives one of our databases and not the other.
    fn now(&self) -> Instant;

    /// By how much it was set, where that is not believed yet.
    fn jump(&self) -> Option<chrono::TimeDelta> {
        None
    }
}

/// Where a durable message goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The conversation's own id: a channel, or what [`Chat::open_direct`] gave.
    pub conversation: String,
    /// The message it continues.
    pub thread: Option<String>,
}

/// A chat platform. Every call makes one attempt and tells the truth about it; retrying is the engine's business.
#[async_trait::async_trait]
pub trait Chat: Send + Sync {
    fn platform(&self) -> Platform;

    /// The one-to-one conversation with this person; idempotent.
    async fn open_direct(&self, user: &str) -> Result<String, SendError>;

    /// Posts a durable message that carries `delivery` invisibly. Nothing is written to the network after `until`: by then
    /// somebody else may be looking for it.
    async fn send(
        &self,
        to: &Target,
        card: &Card,
        delivery: &str,
        until: std::time::Instant,
    ) -> Result<MessageRef, SendError>;

    /// The message that carries `delivery`, if it is there. `since` is when it may have been sent first, by our clock.
    async fn look_for(&self, to: &Target, delivery: &str, since: Instant) -> Result<Option<MessageRef>, SendError>;

    /// Gives one of our messages new contents; naturally idempotent.
    async fn update(&self, message: &MessageRef, card: &Card) -> Result<(), SendError>;

    async fn publish_home(&self, user: &str, home: &Home) -> Result<(), SendError>;

    /// Answers beyond the acknowledgement, at most once.
    async fn answer(&self, handle: &Handle, reply: &Reply) -> Result<(), SendError>;

    async fn profile(&self, user: &str) -> Result<Profile, SendError>;

    /// Whether our credentials are good.
    async fn check(&self) -> Result<(), SendError>;
}

/// The variant is the decision. No variant carries a token, a URL or anybody's words: only the platform's error code.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// Certainly not done: the platform said so. Try again later.
    #[error("not sent: {0}")]
    NotSent(String),
    /// Certainly not done, because nobody is there; nothing else gets through either.
    #[error("not sent: {0}")]
    Unreachable(String),
    /// Certainly not done: the time in which it could be written was over.
    #[error("not sent: it was too late to be sure")]
    TooLate,
    #[error("rate limited for {} s", .0.as_secs())]
    RateLimited(Duration),
    /// It may have arrived. Never resent blindly.
    #[error("may have arrived: {0}")]
    Ambiguous(String),
    /// Never going to work for this message.
    #[error("refused: {0}")]
    Refused(String),
    /// The whole installation is cut off; nothing else will work either.
    #[error("the installation is cut off: {0}")]
    InstallationDead(String),
}
