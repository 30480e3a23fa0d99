//! Work somebody offers: a project, a gig, a role, shadowing, mentoring, a skillshare.

use super::{
    Instant,
    id::{OpportunityId, PersonId},
};
use chrono::NaiveDate;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    Project,
    Gig,
    Role,
    Shadowing,
    Mentoring,
    Skillshare,
}

impl Kind {
    pub const ALL: [Kind; 6] =
        [Kind::Project, Kind::Gig, Kind::Role, Kind::Shadowing, Kind::Mentoring, Kind::Skillshare];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Project => "project",
            Kind::Gig => "gig",
            Kind::Role => "role",
            Kind::Shadowing => "shadowing",
            Kind::Mentoring => "mentoring",
            Kind::Skillshare => "skillshare",
        }
    }

    #[must_use]
    pub fn parse(text: &str) -> Option<Kind> {
        let text = text.trim().to_lowercase();
        Kind::ALL.into_iter().find(|kind| kind.as_str() == text.trim_end_matches('s') || kind.as_str() == text)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opportunity {
    pub id: OpportunityId,
    pub kind: Kind,
    pub title: String,
    pub summary: String,
    pub team: String,
    pub owner: Option<PersonId>,
    /// Skills the work needs.
    pub needs: Vec<String>,
    /// Skills that help.
    pub nice: Vec<String>,
    /// Skills the team teaches on the way.
    pub teaches: Vec<String>,
    pub hours_per_week: Option<u32>,
    pub weeks: Option<u32>,
    pub starts_on: Option<NaiveDate>,
    /// The owner promises an answer by this day.
    pub reply_by: Option<NaiveDate>,
    pub seats: u32,
    pub place: String,
    pub is_remote: bool,
    pub state: State,
    pub created_at: Instant,
    /// Raised by every edit; a form made from an older one is refused.
    pub version: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Open,
    /// Closed by its owner, or all seats taken.
    Closed {
        at: Instant,
    },
    /// The work itself is done.
    Finished {
        at: Instant,
    },
}

impl Opportunity {
    /// A post that says nothing yet.
    #[must_use]
    pub fn unknown(created_at: Instant) -> Opportunity {
        Opportunity {
            id: OpportunityId(0),
            kind: Kind::Project,
            title: String::new(),
            summary: String::new(),
            team: String::new(),
            owner: None,
            needs: Vec::new(),
            nice: Vec::new(),
            teaches: Vec::new(),
            hours_per_week: None,
            weeks: None,
            starts_on: None,
            reply_by: None,
            seats: 1,
            place: String::new(),
            is_remote: false,
            state: State::Open,
            created_at,
            version: 1,
        }
    }

    #[must_use]
    pub fn is_open(&self) -> bool {
        self.state == State::Open
    }

    /// All its skills: needed, nice, taught.
    pub fn skills(&self) -> impl Iterator<Item = &str> {
        self.needs.iter().chain(&self.nice).chain(&self.teaches).map(String::as_str)
    }
}

#[cfg(test)]
impl Opportunity {
    /// A project with everything an announcement shows: what the tests of cards are about.
    pub fn exporter() -> Opportunity {
        Opportunity {
            id: OpportunityId(142),
            title: "Rust exporter".into(),
            team: "Metrics".into(),
            needs: vec!["Rust".into()],
            teaches: vec!["Grafana".into()],
            hours_per_week: Some(4),
            weeks: Some(12),
            reply_by: "2026-05-14".parse().ok(),
            place: "Berlin".into(),
            is_remote: true,
            ..Opportunity::unknown(Instant::UNIX_EPOCH)
        }
    }
}

/// Where an application stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApplicationState {
    Waiting,
    Accepted,
    Declined,
    Withdrawn,
}

impl ApplicationState {
    pub const ALL: [ApplicationState; 4] = [
        ApplicationState::Waiting,
        ApplicationState::Accepted,
        ApplicationState::Declined,
        ApplicationState::Withdrawn,
    ];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            ApplicationState::Waiting => "waiting",
            ApplicationState::Accepted => "accepted",
            ApplicationState::Declined => "declined",
            ApplicationState::Withdrawn => "withdrawn",
        }
    }

    #[must_use]
    pub fn parse(text: &str) -> Option<ApplicationState> {
        ApplicationState::ALL.into_iter().find(|state| state.as_str() == text)
    }
}
