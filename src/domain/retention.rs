//! How long what is kept.

use chrono::TimeDelta;

/// How long what is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keeping {
    /// That a message was sent, when, why and what came of it; whom an event was about; what was brought up to whom.
    pub messages: TimeDelta,
    /// What a message said.
    pub message_text: TimeDelta,
    /// Notes and reasons in what was answered.
    pub notes: TimeDelta,
    /// A form that was closed before it was sent.
    pub drafts: TimeDelta,
}

impl Default for Keeping {
    fn default() -> Self {
        Keeping {
            messages: TimeDelta::days(395),
            message_text: TimeDelta::days(180),
            notes: TimeDelta::days(365),
            drafts: TimeDelta::days(90),
        }
    }
}
