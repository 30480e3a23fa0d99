//! The best few of many, in an order that is always the same.

use crate::domain::id::OpportunityId;
use std::{cmp::Reverse, collections::BinaryHeap};

/// Smaller is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rank {
    pub score: Reverse<i64>,
    /// Decides between equal scores.
    pub turn: u64,
    /// Decides at last.
    pub id: OpportunityId,
}

/// A score in millionths: what differs by less is equal.
pub fn exact(score: f32) -> Reverse<i64> {
    #[expect(clippy::cast_possible_truncation, reason = "a cast of a float saturates, and scores are small")]
    let millionths = {
        // Rounded by hand: the library's way is a call, and this runs for every post a word is in.
        let exact = f64::from(score) * 1e6;
        (exact + 0.5_f64.copysign(exact)) as i64
    };
    Reverse(millionths)
}

/// Keeps the best `room` of what is offered.
pub struct Best {
    room: usize,
    worst_first: BinaryHeap<Rank>,
}

impl Best {
    pub fn new(room: usize) -> Best {
        Best { room, worst_first: BinaryHeap::new() }
    }

    /// Whether this would be kept.
    #[inline]
    pub fn takes(&self, rank: Rank) -> bool {
        self.worst_first.len() < self.room || self.worst_first.peek().is_some_and(|worst| rank < *worst)
    }

    /// Whether something with this score could be kept.
    #[inline]
    pub fn may_take(&self, score: Reverse<i64>) -> bool {
        self.worst_first.len() < self.room || self.worst_first.peek().is_some_and(|worst| score <= worst.score)
    }

    #[inline]
    pub fn offer(&mut self, rank: Rank) {
        if self.worst_first.len() < self.room {
            self.worst_first.push(rank);
        } else if let Some(mut worst) = self.worst_first.peek_mut()
            && rank < *worst
        {
            *worst = rank;
        }
    }

    /// Best first.
    pub fn sorted(self) -> Vec<Rank> {
        self.worst_first.into_sorted_vec()
    }
}
