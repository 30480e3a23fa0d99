//! Floor 3: who may do what; the only place that says no.
//!
//! Default deny. Relations (manager, owner) are read at the time of the request. A thing that is not there and a thing
//! that is not yours give the same answer, so that ids cannot be guessed.

use crate::{
    domain::{company::Company, conversation::Conversation, id::PersonId, opportunity::Opportunity, person::Role},
    message::{Platform, UserError},
    store::{Tx, instance},
};

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asker {
    /// Somebody, with the roles they hold right now.
    Person { person: PersonId, roles: Vec<Role> },
    /// Nobody: a platform that was verified to be itself tells what happened to its workspace.
    Platform(Platform),
}

impl Asker {
    /// # Errors
    /// The database refused.
    pub async fn load(tx: &mut Tx, person: PersonId) -> sqlx::Result<Asker> {
        Ok(Asker::Person { person, roles: instance::roles_of(tx, person).await? })
    }

    /// Somebody without roles: enough for everything about their own data.
    #[must_use]
    pub fn plain(person: PersonId) -> Asker {
        Asker::Person { person, roles: Vec::new() }
    }
}

/// What is to be done, with the thing it is done to.
#[derive(Clone, Copy, Debug)]
pub enum Deed<'a> {
    /// Tell what became of this platform's accounts, channels and installation.
    ReportOwnState(Platform),
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
    /// Give a conversation a time or set it aside, while the one still reports to the other.
    TakePart { company: &'a Company, conversation: &'a Conversation },
    /// Say whether a conversation happened whose time has passed: whoever the two were then.
    SayHowItWent(&'a Conversation),
    /// Totals of groups large enough, rehearsal, turning the programme on.
    RunProgramme,
    /// Settings, roles, deliveries. No career data.
    Administer,
}

/// Said of a post that is not there and of one that is somebody else's.
pub const NOT_YOUR_POST: &str = "There is no post of yours with that number. `/mobility post` shows the ones you own.";

/// Said of a conversation that is not there, of one between others, and of one with a manager one has no more.
const NOT_YOUR_CONVERSATION: &str = "That conversation is not one of yours. `/mobility 1on1` shows yours.";
const NOT_A_PERSONS: &str = "Only the workspace itself tells us that. `/mobility` shows what you can do here.";
const NOT_A_PLATFORMS: &str = "That is for people to ask, and nobody did.";

/// # Errors
/// Told to the asker: what they may do instead. Never says whether the thing exists.
pub fn authorize(asker: &Asker, deed: Deed<'_>) -> Result<(), UserError> {
    let (is_allowed, otherwise) = match (asker, deed) {
        (Asker::Platform(platform), Deed::ReportOwnState(of)) => (*platform == of, NOT_A_PLATFORMS),
        (Asker::Platform(_), _) => (false, NOT_A_PLATFORMS),
        (Asker::Person { person, roles }, deed) => may(*person, roles, deed),
    };
    if is_allowed { Ok(()) } else { Err(UserError::saying(otherwise)) }
}

/// Whether somebody may, and what they are told if not.
fn may(me: PersonId, roles: &[Role], deed: Deed<'_>) -> (bool, &'static str) {
    match deed {
        Deed::ReportOwnState(_) => (false, NOT_A_PERSONS),
        Deed::UseOwnData => (true, ""),
        Deed::ManagePost(post) => (post.owner == Some(me) || roles.contains(&Role::Hr), NOT_YOUR_POST),
        Deed::AnswerApplicants(post) => (post.owner == Some(me), NOT_YOUR_POST),
        Deed::SeeTeamMember { company, report } => (
            company.person(report).is_some_and(|person| person.manager == Some(me)),
            "Nobody of that name reports to you. `/mobility team` shows who does; `/mobility team add @name` asks somebody.",
        ),
        Deed::SetUpChannel { set_up_by } => (
            set_up_by.is_none_or(|person| person == me) || roles.contains(&Role::Hr),
            "Whoever set this channel's digest up, or HR, can change it. `/mobility channel` shows who that is.",
        ),
        Deed::TakePart { company, conversation: it } => (
            is_one_of(it, me) && company.person(it.report).is_some_and(|report| report.manager == Some(it.manager)),
            NOT_YOUR_CONVERSATION,
        ),
        Deed::SayHowItWent(conversation) => (is_one_of(conversation, me), NOT_YOUR_CONVERSATION),
        Deed::RunProgramme => (
            roles.contains(&Role::Hr) || roles.contains(&Role::Administrator),
            "That is for the people who run the programme. Ask an administrator to add you: `/mobility admin grant hr @you`.",
        ),
        Deed::Administer => (
            roles.contains(&Role::Administrator),
            "That is for administrators. The first one is made on the server with `trailmark admin bootstrap`.",
        ),
    }
}

fn is_one_of(conversation: &Conversation, me: PersonId) -> bool {
    conversation.manager == me || conversation.report == me
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Instant, id::ConversationId};

    #[test]
    fn a_platform_reports_on_itself_and_does_nothing_else() {
        let platforms = Platform::ALL;
        for one in platforms {
            for other in platforms {
                let is_allowed = authorize(&Asker::Platform(one), Deed::ReportOwnState(other)).is_ok();
                assert_eq!(is_allowed, one == other, "{one:?} about {other:?}");
            }
        }
        let company = Company::default();
        let nobodys = Opportunity::unknown(Instant::UNIX_EPOCH);
        let conversation = Conversation {
            id: ConversationId(1),
            manager: PersonId(1),
            report: PersonId(2),
            window: "2026-Q2".to_owned(),
            planned_at: None,
            minutes: 30,
            is_skipped: false,
            manager_says: None,
            report_says: None,
            version: 1,
        };
        for deed in [
            Deed::UseOwnData,
            Deed::ManagePost(&nobodys),
            Deed::AnswerApplicants(&nobodys),
            Deed::SeeTeamMember { company: &company, report: PersonId(1) },
            Deed::SetUpChannel { set_up_by: None },
            Deed::TakePart { company: &company, conversation: &conversation },
            Deed::SayHowItWent(&conversation),
            Deed::RunProgramme,
            Deed::Administer,
        ] {
            assert!(authorize(&Asker::Platform(platforms[0]), deed).is_err(), "{deed:?}");
        }
    }

    #[test]
    fn no_person_speaks_for_a_platform_whatever_their_roles() {
        let everything = Asker::Person { person: PersonId(1), roles: vec![Role::Hr, Role::Administrator] };
        for platform in Platform::ALL {
            let told = authorize(&everything, Deed::ReportOwnState(platform)).unwrap_err();
            assert!(told.0.to_plain().contains("/mobility"));
        }
    }
}
