//! People, as the programme knows them. Nothing here may be age, gender, nationality, pay or rating (see docs: forbidden inputs).

use super::{
    id::{OpportunityId, PersonId},
    mentoring::Mentoring,
    preference::Preferences,
    word::Word,
};
use chrono::NaiveDate;
use chrono_tz::Tz;
use std::collections::BTreeSet;

#[derive(Clone, Debug, PartialEq)]
pub struct Person {
    pub id: PersonId,
    pub email: Option<String>,
    pub name: String,
    pub manager: Option<PersonId>,
    pub department: String,
    pub title: String,
    pub location: String,
    /// The person's own zone; `None` until the platform or an import told us.
    pub zone: Option<Tz>,
    pub locale: Option<String>,
    pub employed_since: Option<NaiveDate>,
    pub role_since: Option<NaiveDate>,
    /// Skills the person says they have, as typed, in their order.
    pub have: Vec<Word>,
    /// Skills the person wants to learn.
    pub want: Vec<Word>,
    /// A role the person would like, in their words; empty where they named none.
    pub wished_role: String,
    /// What they offer to others; `None` unless they opted in.
    pub mentoring: Option<Box<Mentoring>>,
    pub preferences: Preferences,
    /// False once the person has left or was deactivated: nothing is sent to them any more.
    pub is_active: bool,
    /// Posts the person said "not for me" to. They never come back.
    pub hidden: BTreeSet<OpportunityId>,
}

impl Person {
    /// Somebody of whom nothing is known yet.
    #[must_use]
    pub fn unknown() -> Person {
        Person {
            id: PersonId(0),
            email: None,
            name: String::new(),
            manager: None,
            department: String::new(),
            title: String::new(),
            location: String::new(),
            zone: None,
            locale: None,
            employed_since: None,
            role_since: None,
            have: Vec::new(),
            want: Vec::new(),
            wished_role: String::new(),
            mentoring: None,
            preferences: Preferences::default(),
            is_active: true,
            hidden: BTreeSet::new(),
        }
    }

    /// How the person is addressed in a sentence: the first word of the name.
    #[must_use]
    pub fn first_name(&self) -> &str {
        self.name.split_whitespace().next().unwrap_or("there")
    }

    /// All skills the person names: had, wanted, offered.
    pub fn skills(&self) -> impl Iterator<Item = &str> {
        let offered = self.mentoring.iter().flat_map(|offer| &offer.skills);
        self.have.iter().chain(&self.want).map(|word| &**word).chain(offered.map(String::as_str))
    }
}

/// What somebody may do beyond their own data. Manager and owner are relations, not roles: they are read from the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Runs the installation: settings, roles. Sees no career data.
    Administrator,
    /// Runs the programme: totals of groups large enough, stale posts, rehearsal.
    Hr,
}

impl Role {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Administrator => "administrator",
            Role::Hr => "hr",
        }
    }
}

impl std::str::FromStr for Role {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.to_lowercase().as_str() {
            "administrator" | "admin" => Ok(Role::Administrator),
            "hr" => Ok(Role::Hr),
            other => Err(format!("“{other}” is no role; there are: administrator, hr")),
        }
    }
}
