//! The ledger of what each person was shown. Reading never waits for it: what an answer shows is noted in memory and
//! written down a moment later. A crash loses that moment and nothing else.

use super::{Db, Tx, affected, on};
use crate::domain::{
    calendar::Quarter,
    id::{OpportunityId, PersonId},
};
use chrono::{Days, NaiveDate};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Where something was shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Surface {
    Matches,
    Home,
    /// A message that came unasked.
    Message,
    Search,
    /// The person looked at the post itself.
    Opened,
}

impl Surface {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Surface::Matches => "matches",
            Surface::Home => "home",
            Surface::Message => "message",
            Surface::Search => "search",
            Surface::Opened => "opened",
        }
    }

    /// We brought it up: where nothing comes of it often enough, we stop.
    fn suggests(self) -> bool {
        matches!(self, Surface::Matches | Surface::Home | Surface::Message)
    }
}

/// So many notes wait at most; what comes on top is counted and left out.
const ROOM: usize = 100_000;
/// What a person looked at by themselves is kept so long, and what we showed them so long.
const LOOKED_AT_DAYS: Days = Days::new(90);
const SHOWN_MONTHS: chrono::Months = chrono::Months::new(13);

/// What was shown and is not written down yet. Cheap to clone; all clones are the same.
#[derive(Clone, Debug, Default)]
pub struct Showings(Arc<Mutex<Waiting>>);

#[derive(Debug, Default)]
struct Waiting {
    shown: BTreeMap<(PersonId, OpportunityId, Surface), NaiveDate>,
    answered: BTreeSet<(PersonId, OpportunityId)>,
    left_out: u64,
}

impl Showings {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that a person was shown these posts today.
    pub fn note(
        &self,
        person: PersonId,
        surface: Surface,
        posts: impl IntoIterator<Item = OpportunityId>,
        today: NaiveDate,
    ) {
        let mut waiting = self.waiting();
        for post in posts {
            if waiting.shown.len() >= ROOM {
                waiting.left_out += 1;
                continue;
            }
            waiting.shown.insert((person, post, surface), today);
        }
    }

    /// Notes that a person looked at a post by themselves: it was not ignored.
    pub fn opened(&self, person: PersonId, post: OpportunityId, today: NaiveDate) {
        self.note(person, Surface::Opened, [post], today);
        let mut waiting = self.waiting();
        if waiting.answered.len() < ROOM {
            waiting.answered.insert((person, post));
        }
    }

    /// Of what this person was shown, nothing more is written down.
    pub fn forget(&self, person: PersonId) {
        let mut waiting = self.waiting();
        waiting.shown.retain(|(of, ..), _| *of != person);
        waiting.answered.retain(|(of, _)| *of != person);
    }

    /// Writes down what waits; gives how much it was.
    ///
    /// # Errors
    /// The database refused; it waits on then.
    pub async fn write(&self, db: &Db) -> anyhow::Result<usize> {
        let taken = std::mem::take(&mut *self.waiting());
        if taken.shown.is_empty() && taken.answered.is_empty() {
            return Ok(0);
        }
        if taken.left_out > 0 {
            tracing::warn!(left_out = taken.left_out, "more was shown than could be written down");
        }
        let outcome = write(db, &taken).await;
        if outcome.is_err() {
            let mut waiting = self.waiting();
            let room = ROOM.saturating_sub(waiting.shown.len());
            for (key, day) in taken.shown.into_iter().take(room) {
                waiting.shown.entry(key).or_insert(day);
            }
            waiting.answered.extend(taken.answered);
        }
        outcome
    }
}

async fn write(db: &Db, waiting: &Waiting) -> anyhow::Result<usize> {
    let mut tx = db.write().await?;
    let shown: Vec<Shown> = waiting
        .shown
        .iter()
        .map(|((person, post, surface), day)| Shown { person: *person, post: *post, surface: *surface, day: *day })
        .collect();
    record(&mut tx, &shown).await?;
    for (person, post) in &waiting.answered {
        super::feedback::answer(&mut tx, *person, *post).await?;
    }
    tx.commit().await?;
    Ok(shown.len())
}

/// One post, shown to one person on one day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shown {
    pub person: PersonId,
    pub post: OpportunityId,
    pub surface: Surface,
    pub day: NaiveDate,
}

/// Writes down what was shown; of each person, post and surface only once. The same on the same day again changes nothing.
///
/// # Errors
/// The database refused.
pub async fn record(tx: &mut Tx, shown: &[Shown]) -> sqlx::Result<()> {
    // Well below the number of placeholders either database takes.
    for some in shown.chunks(400) {
        on!(tx, c => sqlx::QueryBuilder::new(
            "INSERT INTO showing (person_id, opportunity_id, surface, quarter, days, unanswered, last_on) ")
            .push_values(some, |mut row, it| {
                row.push_bind(it.person.0).push_bind(it.post.0).push_bind(it.surface.as_str()).push_bind(Quarter::of(it.day).label())
                    .push_bind(1_i64).push_bind(i64::from(it.surface.suggests())).push_bind(it.day);
            })
            .push(" ON CONFLICT (person_id, opportunity_id, surface, quarter) DO UPDATE SET days = showing.days + 1,
                unanswered = showing.unanswered + excluded.unanswered, last_on = excluded.last_on WHERE excluded.last_on > showing.last_on")
            .build().execute(c).await.map(drop))?;
    }
    Ok(())
}

/// How many people each post was suggested to, so that what few have seen can come up more.
///
/// # Errors
/// The database refused.
pub async fn audiences(tx: &mut Tx) -> sqlx::Result<BTreeMap<OpportunityId, u64>> {
    let rows: Vec<(i64, i64)> = on!(tx, c => sqlx::query_as(
        "SELECT opportunity_id, CAST(count(DISTINCT person_id) AS BIGINT) FROM showing WHERE surface IN ('matches', 'home', 'message')
         GROUP BY opportunity_id")
        .fetch_all(c).await)?;
    Ok(rows.into_iter().map(|(post, people)| (OpportunityId(post), u64::try_from(people).unwrap_or(0))).collect())
}

/// How many posts each person was suggested in a quarter; who was shown none is not in it.
///
/// # Errors
/// The database refused.
pub async fn suggested(tx: &mut Tx, quarter: Quarter) -> sqlx::Result<Vec<(PersonId, u64)>> {
    let rows: Vec<(i64, i64)> = on!(tx, c => sqlx::query_as(
        "SELECT person_id, CAST(count(DISTINCT opportunity_id) AS BIGINT) FROM showing
         WHERE quarter = $1 AND surface IN ('matches', 'home', 'message') GROUP BY person_id ORDER BY person_id")
        .bind(quarter.label()).fetch_all(c).await)?;
    Ok(rows.into_iter().map(|(person, posts)| (PersonId(person), u64::try_from(posts).unwrap_or(0))).collect())
}

/// Forgets what is older than it may be kept.
///
/// # Errors
/// The database refused.
pub async fn forget_old(tx: &mut Tx, today: NaiveDate) -> sqlx::Result<()> {
    let looked_at = today.checked_sub_days(LOOKED_AT_DAYS).unwrap_or(today);
    let shown = today.checked_sub_months(SHOWN_MONTHS).unwrap_or(today);
    affected!(
        tx,
        sqlx::query("DELETE FROM showing WHERE (surface IN ('search', 'opened') AND last_on < $1) OR last_on < $2")
            .bind(looked_at)
            .bind(shown)
    )
    .map(drop)
}
