//! Identities. All are plain numbers handed out by the store, so that they mean nothing to an outsider.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);
    )+};
}

ids!(
    /// Somebody who works here.
    PersonId,
    /// A career conversation of one pair in one window.
    ConversationId,
    /// A row of the outbox. Not the opaque id a message carries: that one is a text, see `store::outbox`.
    DeliveryId,
    /// A project, role or other piece of work; people type it as `P-142`.
    OpportunityId,
);

impl fmt::Display for OpportunityId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "P-{}", self.0)
    }
}

/// The text is not a short id such as `P-142`.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("an id looks like P-142")]
pub struct NotAnId;

impl FromStr for OpportunityId {
    type Err = NotAnId;

    /// Accepts what people type: `P-142`, `p142`, `p-142`, `#142`, `142`.
    fn from_str(text: &str) -> Result<Self, NotAnId> {
        let digits = text.trim().trim_start_matches(['P', 'p', '#']).trim_start_matches('-');
        if digits.is_empty() || digits.len() > 12 || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(NotAnId);
        }
        digits.parse().map(OpportunityId).map_err(|_| NotAnId)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_id_is_understood_the_way_people_type_it() {
        for text in ["P-142", "p142", " p-142 ", "#142", "142"] {
            assert_eq!(text.parse(), Ok(OpportunityId(142)), "{text}");
        }
        for text in ["", "P-", "P-1x", "rust", "P-1234567890123"] {
            assert_eq!(text.parse::<OpportunityId>(), Err(NotAnId), "{text}");
        }
        assert_eq!(OpportunityId(142).to_string(), "P-142");
    }
}
