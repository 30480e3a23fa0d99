//! What a person's own doings say about work. Theirs alone: they can see it, take one of it back, or all.

use super::{Instant, id::OpportunityId};
use std::collections::{BTreeMap, BTreeSet};

/// On so many days a post was shown to somebody and nothing came of it: from then on it is not brought up again.
pub const IGNORED: u32 = 3;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Feedback {
    /// "Not for me", the newest first.
    pub hidden: Vec<Hidden>,
    /// Saved or applied for, the newest first.
    pub liked: Vec<(OpportunityId, Instant)>,
    /// On how many days each post was shown since the person last did something about it.
    pub unanswered: BTreeMap<OpportunityId, u32>,
}

/// What is known of a person beside their profile when work is looked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Heard {
    /// Not suggested any more: applied for, or shown often enough without an answer.
    pub posts: BTreeSet<OpportunityId>,
    pub feedback: Feedback,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hidden {
    pub post: OpportunityId,
    pub because: Option<Objection>,
    pub at: Instant,
}

/// Why something is not for somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Objection {
    Topic,
    Time,
    Place,
    Other,
}

impl Objection {
    pub const ALL: [Objection; 4] = [Objection::Topic, Objection::Time, Objection::Place, Objection::Other];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Objection::Topic => "topic",
            Objection::Time => "time",
            Objection::Place => "place",
            Objection::Other => "other",
        }
    }

    /// `None` also for no reason at all.
    #[must_use]
    pub fn parse(text: &str) -> Option<Objection> {
        Objection::ALL.into_iter().find(|it| it.as_str() == text)
    }
}

impl Feedback {
    /// What was shown often enough without an answer, in the order of the ids. What somebody liked once is not ignored.
    pub fn ignored(&self) -> impl Iterator<Item = OpportunityId> {
        let often = self.unanswered.iter().filter(|(_, days)| **days >= IGNORED).map(|(post, _)| *post);
        often.filter(|post| self.liked.iter().all(|(liked, _)| liked != post))
    }

    /// Nothing is known of what the person thinks of any post.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.hidden.is_empty() && self.liked.is_empty() && self.ignored().next().is_none()
    }
}
