//! What a person's own doings change in what comes next: a little less of what was not their topic, a little more of what
//! they were interested in. It fades, and it is theirs to see and to take back.

use super::index::{Index, Number};
use crate::domain::{
    Instant,
    feedback::{Feedback, Objection},
    id::OpportunityId,
};
use chrono::NaiveDate;
use std::collections::BTreeMap;

/// What one "not my topic" takes from work that asks for nothing else, and what one "interested" counts as a wish.
const AGAINST: f32 = 0.3;
const LIKED: f32 = 0.2;
/// After so many days it counts half.
const HALF_AFTER: f32 = 60.0;
/// What is left of it then is forgotten.
const FORGOTTEN: f32 = 0.02;

/// What a person's doings come to today, by skill.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tastes {
    /// Skills that count against a post.
    pub less: Vec<String>,
    /// Skills that count a little as wished for.
    pub more: Vec<String>,
}

impl Index {
    /// The skills that what a person did counts for or against, so that they can see it; the strongest first.
    #[must_use]
    pub fn tastes(&self, feedback: &Feedback, today: NaiveDate) -> Tastes {
        let names = |weighed: Vec<(Number, f32)>| {
            let named = weighed.into_iter().filter_map(|(skill, left)| Some((self.written(skill)?, left)));
            let mut named: Vec<(String, f32)> = named.collect();
            named.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
            named.into_iter().map(|(name, _)| name).collect()
        };
        Tastes { less: names(self.disliked(feedback, today)), more: names(self.soft_wants(feedback, today)) }
    }

    pub(super) fn disliked(&self, feedback: &Feedback, today: NaiveDate) -> Vec<(Number, f32)> {
        let topics = feedback.hidden.iter().filter(|it| it.because == Some(Objection::Topic));
        self.left_of(topics.map(|it| (it.post, it.at)), AGAINST, today)
    }

    pub(super) fn soft_wants(&self, feedback: &Feedback, today: NaiveDate) -> Vec<(Number, f32)> {
        self.left_of(feedback.liked.iter().copied(), LIKED, today)
    }

    /// The skills of these posts with what is left of the weight, in the order of their numbers. Saying it often does not
    /// add up.
    fn left_of(
        &self,
        said: impl Iterator<Item = (OpportunityId, Instant)>,
        weight: f32,
        today: NaiveDate,
    ) -> Vec<(Number, f32)> {
        let mut strongest: BTreeMap<Number, f32> = BTreeMap::new();
        for (post, at) in said {
            let days = today.signed_duration_since(at.date_naive()).num_days().max(0);
            let days = u16::try_from(days).unwrap_or(u16::MAX);
            let left = weight * 0.5_f32.powf(f32::from(days) / HALF_AFTER);
            let Some(slot) = self.slot(post).filter(|_| left > FORGOTTEN) else { continue };
            for it in &self.openings.asks(slot).skills {
                let known = strongest.entry(it.skill).or_default();
                *known = known.max(left);
            }
        }
        strongest.into_iter().collect()
    }
}
