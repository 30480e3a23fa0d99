//! Floor 3: who may do what; the only place that says no.
//!
//! Default deny. Relations (manager, owner) are read at the time of the request. A thing that is not there and a thing
//! that is not yours give the same answer, so that ids cannot be guessed.

use crate::{
    domain::{company::Company, conversation::Conversation, id::PersonId, opportunity::Opportunity, person::Role},
    message::UserError,
    store::{Tx, instance},
};

/// Who asks, with the roles they hold right now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asker {
    pub person: PersonId,
    pub roles: Vec<Role>,
}

impl Asker {
    /// # Errors
    /// The database refused.
    pub async fn load(tx: &mut Tx, person: PersonId) -> sqlx::Result<Asker> {
        Ok(Asker { person, roles: instance::roles_of(tx, person).await? })
    }

    /// Somebody without roles: enough for everything about their own data.
    #[must_use]
    pub fn plain(person: PersonId) -> Asker {
        Asker { person, roles: Vec::new() }
    }
}

/// What is to be done, with the thing it is done to.
#[derive(Clone, Copy, Debug)]
pub enum Deed<'a> {
    /// Search, view, and everything else about oneself.
    UseOwnData,
    /// Change or close a post.
    ManagePost(&'a Opportunity),
    /// See and answer the people who applied.
    AnswerApplicants(&'a Opportunity),
    /// See where the conversations with this person stand.
    SeeTeamMember { company: &'a Company, report: PersonId },
    /// Change a channel's digest; with whoever set it up, if anybody who is still here did.
    SetUpChannel { set_up_by: Option<PersonId> },
    /// Plan a conversation, or say whether it happened.
    TakePart(&'a Conversation),
    /// Totals of groups large enough, rehearsal, turning the programme on.
    RunProgramme,
    /// Settings, roles, deliveries. No career data.
    Administer,
}

/// Said of a post that is not there and of one that is somebody else's.
pub const NOT_YOUR_POST: &str = "There is no post of yours with that number. `/mobility post` shows the ones you own.";

/// # Errors
/// Told to the asker: what they may do instead. Never says whether the thing exists.
pub fn authorize(asker: &Asker, deed: Deed<'_>) -> Result<(), UserError> {
    let (is_allowed, otherwise) = match deed {
        Deed::UseOwnData => (true, ""),
        Deed::ManagePost(post) => (post.owner == Some(asker.person) || asker.roles.contains(&Role::Hr), NOT_YOUR_POST),
        Deed::AnswerApplicants(post) => (post.owner == Some(asker.person), NOT_YOUR_POST),
        Deed::SeeTeamMember { company, report } => (
            company.person(report).is_some_and(|person| person.manager == Some(asker.person)),
            "Nobody of that name reports to you. `/mobility team` shows who does; `/mobility team add @name` asks somebody.",
        ),
        Deed::SetUpChannel { set_up_by } => (
            set_up_by.is_none_or(|person| person == asker.person) || asker.roles.contains(&Role::Hr),
            "Whoever set this channel's digest up, or HR, can change it. `/mobility channel` shows who that is.",
        ),
        Deed::TakePart(conversation) => (
            conversation.manager == asker.person || conversation.report == asker.person,
            "That conversation is not one of yours. `/mobility 1on1` shows yours.",
        ),
        Deed::RunProgramme => (
            asker.roles.contains(&Role::Hr) || asker.roles.contains(&Role::Administrator),
            "That is for the people who run the programme. Ask an administrator to add you: `/mobility admin grant hr @you`.",
        ),
        Deed::Administer => (
            asker.roles.contains(&Role::Administrator),
            "That is for administrators. The first one is made on the server with `trailmark admin bootstrap`.",
        ),
    };
    if is_allowed { Ok(()) } else { Err(UserError::saying(otherwise)) }
}
