//! Finding work for people: the index, search, score and reasons. Pure and deterministic: same input, same order.
//! Ranks work for a person, never people for a post.

use super::{id::OpportunityId, opportunity::Opportunity};
use std::collections::BTreeMap;

/// Every post, open or closed, searchable.
#[derive(Debug, Default)]
pub struct Index {
    posts: BTreeMap<OpportunityId, Opportunity>,
}

impl Index {
    /// Puts in a post as it is now, in place of what was known of it.
    pub fn upsert(&mut self, post: Opportunity) {
        self.posts.insert(post.id, post);
    }

    #[must_use]
    pub fn get(&self, id: OpportunityId) -> Option<&Opportunity> {
        self.posts.get(&id)
    }

    /// Every post in the order of their ids.
    pub fn all(&self) -> impl Iterator<Item = &Opportunity> {
        self.posts.values()
    }
}
