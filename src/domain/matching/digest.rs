//! Which posts a channel gets to see this week.

use crate::domain::{
    Instant,
    id::OpportunityId,
    opportunity::{Kind, Opportunity, State},
    scatter, skills,
};
use chrono::NaiveDate;
use std::collections::{BTreeMap, BTreeSet};

/// What was shown in this channel before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Exposure {
    pub times_shown: u32,
    pub was_in_last: bool,
    /// In the digest before the last one.
    pub was_in_second_last: bool,
}

/// What a channel wants to see.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted<'a> {
    /// Skills or words; none means everything.
    pub topics: &'a [String],
    /// None means all.
    pub kinds: &'a [Kind],
    pub size: usize,
}

impl Wanted<'_> {
    fn canonical(&self) -> BTreeSet<String> {
        self.topics.iter().map(|topic| skills::canonical(topic)).filter(|topic| !topic.is_empty()).collect()
    }

    /// `topics` are [`Wanted::canonical`].
    fn takes(&self, post: &Opportunity, topics: &BTreeSet<String>) -> bool {
        (self.kinds.is_empty() || self.kinds.contains(&post.kind))
            && (topics.is_empty() || topics.iter().any(|topic| is_about(post, topic)))
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Digest {
    pub shown: Vec<OpportunityId>,
    /// What else there is, in the same order: for the thread.
    pub rest: Vec<OpportunityId>,
    /// How many of those shown this channel has never seen. Where it is 0 there is no news, and nothing is posted.
    pub new: usize,
}

/// An answer is due within so many days: closing soon.
const SOON: i64 = 7;

/// Chooses among posts: closing soon first, then what was shown least here, then by turns of the seed. Closed, full and
/// past ones never come up, and nothing comes a third time running.
#[must_use]
pub fn digest<'a>(
    posts: impl IntoIterator<Item = &'a Opportunity>,
    exposure: &BTreeMap<OpportunityId, Exposure>,
    today: NaiveDate,
    wanted: &Wanted<'_>,
    seed: u64,
) -> Digest {
    let topics = wanted.canonical();
    let mut ordered: Vec<_> = posts
        .into_iter()
        .filter(|post| post.is_open() && post.seats > 0 && super::index::last_day(post) >= today)
        .filter(|post| wanted.takes(post, &topics))
        .map(|post| (post, exposure.get(&post.id).copied().unwrap_or_default()))
        .filter(|(_, exposure)| !(exposure.was_in_last && exposure.was_in_second_last))
        .map(|(post, exposure)| {
            let days_left = post.reply_by.map(|day| day.signed_duration_since(today).num_days());
            let due = days_left.filter(|days| *days <= SOON);
            let turn = scatter(seed, post.id.0.cast_unsigned());
            ((due.is_none(), exposure.times_shown, due, turn, post.id), exposure.times_shown == 0)
        })
        .collect();
    ordered.sort_unstable();
    let size = wanted.size.min(ordered.len());
    let new = ordered.iter().take(size).filter(|(_, is_new)| *is_new).count();
    let mut shown: Vec<_> = ordered.into_iter().map(|((.., id), _)| id).collect();
    let rest = shown.split_off(size);
    Digest { shown, rest, new }
}

/// The work of this channel that was finished after `since` and until `until`, the latest first.
#[must_use]
pub fn finished<'a>(
    posts: impl IntoIterator<Item = &'a Opportunity>,
    wanted: &Wanted<'_>,
    since: Instant,
    until: Instant,
) -> Vec<&'a Opportunity> {
    let topics = wanted.canonical();
    let mut found: Vec<(Instant, &Opportunity)> = posts
        .into_iter()
        .filter_map(|post| match post.state {
            State::Finished { at } if since < at && at <= until => Some((at, post)),
            _ => None,
        })
        .filter(|(_, post)| wanted.takes(post, &topics))
        .collect();
    found.sort_by_key(|(at, post)| (std::cmp::Reverse(*at), post.id));
    found.into_iter().map(|(_, post)| post).collect()
}

/// Whether a post names this topic: one of its skills, or its words in title, summary or team.
fn is_about(post: &Opportunity, topic: &str) -> bool {
    let has_words = |text: &str| {
        let text = skills::fold(text);
        format!(" {text} ").contains(&format!(" {topic} "))
    };
    post.skills().any(|skill| skills::canonical(skill) == topic)
        || [&post.title, &post.summary, &post.team].into_iter().any(|text| has_words(text))
}
