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

    /// The same as one of the two may see it: what only the other one has said is nobody's business.
    #[must_use]
    pub fn standing_for(&self, person: PersonId) -> Standing {
        if self.standing() == Standing::Held {
            return Standing::Held;
        }
        let mut seen = self.clone();
        if person == self.manager {
            seen.report_says = None;
        } else {
            seen.manager_says = None;
        }
        seen.standing()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_the_other_one_said_is_not_seen() {
        let mut it = Conversation {
            id: ConversationId(1),
            manager: PersonId(1),
            report: PersonId(2),
            window: "2026-Q2".into(),
            planned_at: None,
            minutes: 25,
            is_skipped: false,
            manager_says: Some(Claim::Held),
            report_says: None,
            version: 1,
        };
        assert_eq!(it.standing_for(PersonId(1)), Standing::OneSided);
        assert_eq!(it.standing_for(PersonId(2)), Standing::Open);
        it.report_says = Some(Claim::Held);
        assert_eq!(it.standing_for(PersonId(2)), Standing::Held);
    }
}
