//! Where people, conversations and messages are.

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Platform {
    Slack,
}

impl Platform {
    pub const ALL: [Platform; 1] = [Platform::Slack];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Platform::Slack => "slack",
        }
    }

    #[must_use]
    pub fn parse(text: &str) -> Option<Platform> {
        Platform::ALL.into_iter().find(|platform| platform.as_str() == text)
    }
}

/// A person's account or a channel on a platform: the platform's own id, never a display name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Address {
    pub platform: Platform,
    pub id: String,
}

impl Address {
    pub fn new(platform: Platform, id: impl Into<String>) -> Address {
        Address { platform, id: id.into() }
    }
}

/// A message that exists on a platform.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct MessageRef {
    pub platform: Platform,
    pub conversation: String,
    /// The platform's name for the message within the conversation.
    pub id: String,
}
