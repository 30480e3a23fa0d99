//! What a person was sent already, and the back-off from what they left without an answer.

use super::{Sent, Settings};
use crate::domain::preference::NudgeKind;
use chrono::NaiveDate;

/// A message without an answer counts as ignored after so many days.
const IGNORED_AFTER: i64 = 3;
/// So many ignored in a row: half as often.
const HALVE_AFTER: usize = 2;
/// So many ignored in a row: ask once whether to keep, lessen or stop.
const QUESTION_AFTER: usize = 4;

/// What was sent to the person, with its local day, newest first.
pub(super) struct History<'a>(Vec<(NaiveDate, &'a Sent)>);

impl<'a> History<'a> {
    pub(super) fn new(sent: &'a [Sent], settings: &Settings<'_>) -> History<'a> {
        let mut all: Vec<_> = sent
            .iter()
            .filter(|sent| sent.kind != NudgeKind::ChannelDigest)
            .map(|sent| (settings.day(sent.at), sent))
            .collect();
        all.sort_by_key(|(_, sent)| std::cmp::Reverse(sent.at));
        History(all)
    }

    /// The first day on which fewer than `max` of these lie in the `days` that end with it.
    pub(super) fn full_until(&self, is_counted: impl Fn(&Sent) -> bool, max: usize, days: i64) -> Option<NaiveDate> {
        let oldest = self.0.iter().filter(|(_, sent)| is_counted(sent)).nth(max.saturating_sub(1))?;
        oldest.0.checked_add_signed(chrono::TimeDelta::days(days))
    }

    /// The newest messages that nobody answered, up to the last answer.
    fn unanswered(&self, today: NaiveDate) -> impl Iterator<Item = &Sent> {
        self.0
            .iter()
            .filter(move |(day, sent)| {
                sent.response.is_some() || today.signed_duration_since(*day).num_days() >= IGNORED_AFTER
            })
            .take_while(|(_, sent)| sent.response.is_none())
            .map(|(_, sent)| *sent)
    }

    fn ignored(&self, today: NaiveDate) -> usize {
        self.unanswered(today).count()
    }

    pub(super) fn wants_less(&self, today: NaiveDate) -> bool {
        self.ignored(today) >= HALVE_AFTER
    }

    pub(super) fn wants_question(&self, today: NaiveDate) -> bool {
        self.ignored(today) >= QUESTION_AFTER && !self.unanswered(today).any(|sent| sent.is_question)
    }
}
