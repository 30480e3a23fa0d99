//! Helping each other: what somebody offers, and what became of asking them.

use serde::{Deserialize, Serialize};

/// What a person offers to others. It is there only because they said so, and goes as soon as they say so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mentoring {
    pub skills: Vec<String>,
    /// So many people at a time.
    pub capacity: u32,
    pub ways: Vec<Way>,
    /// In the person's own words: when, where, what for.
    #[serde(default)]
    pub note: String,
}

/// How somebody helps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    Meeting,
    Question,
    Shadowing,
}

impl Way {
    pub const ALL: [Way; 3] = [Way::Meeting, Way::Question, Way::Shadowing];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Way::Meeting => "meeting",
            Way::Question => "question",
            Way::Shadowing => "shadowing",
        }
    }

    #[must_use]
    pub fn parse(text: &str) -> Option<Way> {
        Way::ALL.into_iter().find(|way| way.as_str() == text)
    }

    /// As whoever offers it says it.
    #[must_use]
    pub fn offer(self) -> &'static str {
        match self {
            Way::Meeting => "Meet regularly",
            Way::Question => "Answer a question now and then",
            Way::Shadowing => "Let somebody shadow me",
        }
    }

    /// As a fact about somebody else.
    #[must_use]
    pub fn fact(self) -> &'static str {
        match self {
            Way::Meeting => "meets regularly",
            Way::Question => "answers questions",
            Way::Shadowing => "can be shadowed",
        }
    }
}

/// Where a request stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestState {
    Waiting,
    Accepted,
    Declined,
    /// Taken back by whoever asked.
    Withdrawn,
    /// It was accepted and is over.
    Ended,
}

impl RequestState {
    pub const ALL: [RequestState; 5] = [
        RequestState::Waiting,
        RequestState::Accepted,
        RequestState::Declined,
        RequestState::Withdrawn,
        RequestState::Ended,
    ];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            RequestState::Waiting => "waiting",
            RequestState::Accepted => "accepted",
            RequestState::Declined => "declined",
            RequestState::Withdrawn => "withdrawn",
            RequestState::Ended => "ended",
        }
    }

    #[must_use]
    pub fn parse(text: &str) -> Option<RequestState> {
        RequestState::ALL.into_iter().find(|state| state.as_str() == text)
    }
}
