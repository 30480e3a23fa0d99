//! Who was shown how much: no post lives on the attention of the others.

use crate::domain::id::OpportunityId;
use std::collections::BTreeMap;

/// How much of people's attention each post had in the last weeks. A place further down the list counts less.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Showings {
    of: BTreeMap<OpportunityId, f32>,
    total: f32,
    /// So many posts share it.
    posts: usize,
}

/// Twice the fair share of attention costs so much of the best score, about.
const PRICE: f32 = 0.1;
/// Nobody is charged before having had so much attention: three times at the top of a list.
const FREE: f32 = 3.0;
/// Below this part of its share a post was shown to few.
const FEW: f32 = 0.5;

impl Showings {
    /// Nothing was shown to anybody.
    #[must_use]
    pub const fn none() -> Showings {
        Showings { of: BTreeMap::new(), total: 0.0, posts: 0 }
    }

    /// Nothing was shown yet of so many open posts.
    #[must_use]
    pub fn among(posts: usize) -> Showings {
        Showings { posts, ..Showings::none() }
    }

    /// A post was shown at this place of a list, counted from 1.
    pub fn add(&mut self, post: OpportunityId, place: usize) {
        let attention = 1.0 / (f32::from(u16::try_from(place.max(1)).unwrap_or(u16::MAX)) + 1.0).log2();
        *self.of.entry(post).or_default() += attention;
        self.total += attention;
    }

    /// What each post would have, were all shown alike; never below what every post is to have.
    #[must_use]
    pub fn share(&self) -> f32 {
        let posts = u16::try_from(self.posts.max(self.of.len())).unwrap_or(u16::MAX);
        (self.total / f32::from(posts.max(1))).max(FREE)
    }

    /// What the attention a post had takes from its score, as a part of the best score.
    #[must_use]
    pub fn price(&self, post: OpportunityId) -> f32 {
        let had = self.of.get(&post).copied().unwrap_or_default();
        PRICE * (had / self.share()).ln_1p()
    }

    /// Whether it had much less than its share, once there is enough to share.
    #[must_use]
    pub fn is_shown_to_few(&self, post: OpportunityId) -> bool {
        let had = self.of.get(&post).copied().unwrap_or_default();
        self.share() > FREE && had < FEW * self.share()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_had_more_than_their_share_pays_and_who_had_less_is_shown_to_few() {
        let (much, little) = (OpportunityId(1), OpportunityId(2));
        let mut showings = Showings::among(2);
        assert_eq!((showings.price(much), showings.is_shown_to_few(little)), (0.0, false));
        (0..20).for_each(|_| showings.add(much, 1));
        showings.add(little, 3);
        assert!(showings.price(much) > showings.price(little));
        assert_eq!((showings.is_shown_to_few(much), showings.is_shown_to_few(little)), (false, true));
    }
}
