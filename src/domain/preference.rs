//! What a person asked of us about messages. Their own settings always beat the programme's.

use super::Instant;
use chrono::{NaiveTime, Weekday};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The kinds of unprompted message. The compiler is the registry: a new kind is a new variant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NudgeKind {
    /// The quarterly reminder to a manager (bundled) and to the employee.
    CareerConversation,
    /// "Did it happen?" after the planned time, to both.
    ConversationCheck,
    /// The weekly digest of a channel.
    ChannelDigest,
    /// A match for one person, at most one a week.
    OpportunityMatch,
}

impl NudgeKind {
    pub const ALL: [NudgeKind; 4] = [
        NudgeKind::CareerConversation,
        NudgeKind::ConversationCheck,
        NudgeKind::ChannelDigest,
        NudgeKind::OpportunityMatch,
    ];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            NudgeKind::CareerConversation => "career_conversation",
            NudgeKind::ConversationCheck => "conversation_check",
            NudgeKind::ChannelDigest => "channel_digest",
            NudgeKind::OpportunityMatch => "opportunity_match",
        }
    }

    /// How the kind is called in a sentence to a person.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            NudgeKind::CareerConversation => "Career conversations",
            NudgeKind::ConversationCheck => "“Did it happen?” questions",
            NudgeKind::ChannelDigest => "Channel digests",
            NudgeKind::OpportunityMatch => "Matching projects",
        }
    }

    #[must_use]
    pub fn parse(text: &str) -> Option<NudgeKind> {
        NudgeKind::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// How much of one kind a person wants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Appetite {
    #[default]
    Normal,
    /// After "Fewer like this": half as often.
    Fewer,
    Off,
}

/// Whether a person would move. Theirs alone: nobody else is ever told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Openness {
    /// Counted, never named, in how many would move.
    Open,
    /// Looks around and is in no number of who would move.
    #[default]
    Quietly,
    /// Nothing is suggested unasked.
    NotNow,
}

impl Openness {
    pub const ALL: [Openness; 3] = [Openness::Open, Openness::Quietly, Openness::NotNow];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Openness::Open => "open",
            Openness::Quietly => "quietly",
            Openness::NotNow => "not_now",
        }
    }

    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Openness::Open => "Open",
            Openness::Quietly => "Quietly",
            Openness::NotNow => "Not now",
        }
    }

    #[must_use]
    pub fn parse(text: &str) -> Option<Openness> {
        Openness::ALL.into_iter().find(|it| it.as_str() == text)
    }
}

/// Stored with the person as JSON; a missing field means "as the programme has it".
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Preferences {
    /// Nothing unprompted before this instant.
    pub snoozed_until: Option<Instant>,
    pub appetite: BTreeMap<NudgeKind, Appetite>,
    /// Own window in which messages are welcome (local time).
    pub quiet_before: Option<NaiveTime>,
    pub quiet_after: Option<NaiveTime>,
    pub working_days: Option<Vec<Weekday>>,
    /// Own weekly cap; never above the programme's.
    pub max_per_week: Option<u32>,
    /// Hours a week the person could spare; a practical filter, not a promise.
    pub hours_free: Option<u32>,
    pub openness: Openness,
    /// The person answered (or waved away) the one question of the first meeting.
    pub is_introduced: bool,
    /// The manager may see the person's skills.
    pub shares_skills_with_manager: bool,
}

impl Preferences {
    #[must_use]
    pub fn appetite(&self, kind: NudgeKind) -> Appetite {
        self.appetite.get(&kind).copied().unwrap_or_default()
    }
}
