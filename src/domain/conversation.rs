//! The career conversation of one manager and one report in one window (a quarter).

use super::{
    Instant,
    id::{ConversationId, PersonId},
};

/// How one of the two answered "did it happen?".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    Held,
    NotHeld,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conversation {
    pub id: ConversationId,
    pub manager: PersonId,
    pub report: PersonId,
    /// The local label of the window, such as `2026-Q2`.
    pub window: String,
    pub planned_at: Option<Instant>,
    pub minutes: u32,
    /// Not this quarter, on purpose.
    pub is_skipped: bool,
    pub manager_says: Option<Claim>,
    pub report_says: Option<Claim>,
    pub version: i64,
}

/// What is known. Two keys for one fact: only [`Standing::Held`] counts as held; one-sided claims are kept apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    Open,
    Planned,
    Skipped,
    /// One of the two says it happened, the other has not answered or says no.
    OneSided,
    Held,
}

impl Conversation {
    #[must_use]
    pub fn standing(&self) -> Standing {
        match (self.manager_says, self.report_says) {
            (Some(Claim::Held), Some(Claim::Held)) => Standing::Held,
            (Some(Claim::Held), _) | (_, Some(Claim::Held)) => Standing::OneSided,
            _ if self.is_skipped => Standing::Skipped,
            _ if self.planned_at.is_some() => Standing::Planned,
            _ => Standing::Open,
        }
    }
}
