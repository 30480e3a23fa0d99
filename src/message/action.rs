//! What a button or a form means, in our words. It only *names* a thing: whoever acts on it re-loads and re-authorises.

use serde::{Deserialize, Serialize};
use std::fmt::Write;

macro_rules! verbs {
    ($($(#[$doc:meta])* $variant:ident = $name:literal),+ $(,)?) => {
        /// A closed set: the compiler lists the places to fill when one is added.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Verb { $($(#[$doc])* #[serde(rename = $name)] $variant),+ }

        impl Verb {
            pub const ALL: &'static [Verb] = &[$(Verb::$variant),+];

            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Verb::$variant => $name),+ }
            }

            #[must_use]
            pub fn parse(name: &str) -> Option<Verb> {
                match name { $($name => Some(Verb::$variant),)+ _ => None }
            }
        }
    };
}

verbs! {
    /// The subject is command text: the button does what typing it would do.
    Run = "run",
    /// Forms; the subject names the thing.
    SubmitFind = "submit.find",
    SubmitInterest = "submit.interest",
    SubmitIntroduction = "submit.introduction",
    SubmitProfile = "submit.profile",
    SubmitNudges = "submit.nudges",
    SubmitMentoring = "submit.mentoring",
    /// Asking for help; the subject is who is asked.
    SubmitAsk = "submit.ask",
    SubmitPost = "submit.post",
    SubmitPostDetails = "submit.post_details",
    SubmitClose = "submit.close",
    SubmitDecline = "submit.decline",
    SubmitChannel = "submit.channel",
    SubmitTime = "submit.time",
    SubmitSkip = "submit.skip",
    /// An owner's answer; the subject is `P-142 <person>`.
    Accept = "applicant.accept",
    Decline = "applicant.decline",
    /// "Is this person your manager?"; the subject is the manager.
    ConfirmTeam = "team.confirm",
    RefuseTeam = "team.refuse",
    /// Career conversations; the subject is the conversation, and for a slot `<conversation> <instant>`.
    PickSlot = "conversation.slot",
    OtherTime = "conversation.other",
    AlreadyHappened = "conversation.already",
    NotThisQuarter = "conversation.skip",
    SaidYes = "conversation.yes",
    SaidNo = "conversation.no",
    SaidMoved = "conversation.moved",
    /// The exits of every nudge; the subject is the nudge's kind.
    NotNow = "nudge.not_now",
    Fewer = "nudge.fewer",
    WhyThis = "nudge.why",
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Action {
    pub verb: Verb,
    pub subject: String,
    /// The version of the thing that the person saw; 0 where it does not matter.
    #[serde(default)]
    pub version: i64,
}

impl Action {
    pub fn new(verb: Verb, subject: impl Into<String>) -> Action {
        Action { verb, subject: subject.into(), version: 0 }
    }

    pub fn run(command: impl Into<String>) -> Action {
        Action::new(Verb::Run, command)
    }

    #[must_use]
    pub fn at_version(mut self, version: i64) -> Action {
        self.version = version;
        self
    }

    /// One line of text that [`Action::decode`] reads back.
    #[must_use]
    pub fn encode(&self) -> String {
        let verb = self.verb.as_str();
        let mut text = String::with_capacity(verb.len() + self.subject.len() + 4);
        text.push_str(verb);
        if self.version == 0 {
            text.push_str(" 0 ");
        } else {
            let _ = write!(text, " {} ", self.version);
        }
        text.push_str(&self.subject);
        text
    }

    /// `None` for anything this version of the program did not make.
    #[must_use]
    pub fn decode(text: &str) -> Option<Action> {
        let mut parts = text.splitn(3, ' ');
        let verb = Verb::parse(parts.next()?)?;
        let version = parts.next()?.parse().ok()?;
        Some(Action { verb, version, subject: parts.next()?.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_action_comes_back_as_it_was(verb in 0..Verb::ALL.len(), subject in ".*", version in any::<i64>()) {
            let action = Action { verb: Verb::ALL[verb], subject, version };
            prop_assert_eq!(Action::decode(&action.encode()), Some(action));
        }

        #[test]
        fn decoding_never_panics(text in ".*") {
            let _ = Action::decode(&text);
        }
    }
}
