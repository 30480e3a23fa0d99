//! What is kept only for a while, and goes by itself: some rows at a time, so that nobody waits for it.

use super::sweep;
use crate::{
    domain::{Instant, retention::Keeping},
    store::{
        Db, Tx, affected, on,
        slots::{self, Slot},
    },
};
use chrono::TimeDelta;
use std::time::Duration;

/// Under this name it is noted among the slots when it was last done.
const NAME: &str = "retention";
/// A one-time code for an administrator that nobody can use any more.
const CODES: TimeDelta = TimeDelta::days(30);
/// A server follows what others commit within seconds; whatever it wrote before that is gone through once more.
const STRAGGLERS: TimeDelta = TimeDelta::days(2);
/// Rows in one transaction.
const SOME: usize = 500;
/// Rows of one kind in one run: what is more waits for the next day.
const MOST: i64 = 50_000;
/// How long others have their turn between two transactions.
const REST: Duration = Duration::from_millis(20);

/// What went, by kind, where anything did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tidied(pub Vec<(&'static str, u64)>);

impl std::fmt::Display for Tidied {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.0.is_empty() {
            return f.write_str("nothing was old enough");
        }
        let all: Vec<String> = self.0.iter().map(|(what, rows)| format!("{rows} {what}")).collect();
        f.write_str(&all.join(", "))
    }
}

/// One kind of thing that goes. Its rows are picked without holding anybody up, then taken away some at a time.
struct Rule {
    what: &'static str,
    /// Of which the parts of the key are read, as text.
    pick: &'static str,
    before: Instant,
    act: &'static [&'static str],
}

const SETTLED: &str = "SELECT CAST(id AS TEXT) FROM delivery WHERE state NOT IN ('pending', 'sending')
    AND COALESCE(settled_at, created_at) < $1 ORDER BY id LIMIT $2";
const SAID: &str = "SELECT CAST(id AS TEXT) FROM delivery WHERE state IN ('sent', 'expired', 'cancelled')
    AND COALESCE(settled_at, created_at) < $1 AND CAST(card AS TEXT) <> 'null' ORDER BY id LIMIT $2";

fn rules(keeping: &Keeping, now: Instant) -> Vec<Rule> {
    let rule = |what, before, pick, act| Rule { what, pick, before, act };
    let (messages, notes) = (now - keeping.messages, now - keeping.notes);
    vec![
        rule("messages", messages, SETTLED, &["UPDATE delivery SET thread_of = NULL WHERE thread_of IN ", "DELETE FROM delivery WHERE id IN "]),
        rule("texts of messages", now - keeping.message_text, SAID, &["UPDATE delivery SET card = 'null' WHERE id IN "]),
        rule(
            "notes of applications",
            notes,
            "SELECT opportunity_id || ',' || person_id FROM application WHERE state <> 'waiting' AND COALESCE(decided_at, applied_at) < $1
             AND (note <> '' OR availability <> '' OR reason <> '') LIMIT $2",
            &["UPDATE application SET note = '', availability = '', reason = '' WHERE (opportunity_id, person_id) IN "],
        ),
        rule(
            "reasons for leaving a conversation out",
            notes,
            "SELECT CAST(id AS TEXT) FROM conversation WHERE skip_reason <> '' AND created_at < $1 LIMIT $2",
            &["UPDATE conversation SET skip_reason = '' WHERE id IN "],
        ),
        rule(
            "requests for help that are over",
            notes,
            "SELECT mentor_id || ',' || person_id FROM mentoring_request WHERE state NOT IN ('waiting', 'accepted')
             AND COALESCE(decided_at, asked_at) < $1 LIMIT $2",
            &["DELETE FROM mentoring_request WHERE (mentor_id, person_id) IN "],
        ),
        rule(
            "questions about teams that were answered",
            messages,
            "SELECT manager_id || ',' || report_id FROM team_request WHERE answered_at < $1 LIMIT $2",
            &["DELETE FROM team_request WHERE (manager_id, report_id) IN "],
        ),
        rule(
            "events that lost their name",
            messages,
            "SELECT CAST(id AS TEXT) FROM event WHERE at < $1 AND person_id IS NOT NULL ORDER BY id LIMIT $2",
            &["UPDATE event SET person_id = NULL WHERE id IN "],
        ),
    ]
}

/// Takes away what is older than it may be kept, once a day whoever asks; `None` when that was done today already.
///
/// # Errors
/// The database refused; what went is gone, and the rest goes with the next run.
pub async fn tidy(db: &Db, keeping: &Keeping, now: Instant) -> anyhow::Result<Option<Tidied>> {
    let today = now.date_naive().to_string();
    let mut tx = db.read().await?;
    let last = slots::find(&mut tx, NAME, "").await?;
    drop(tx);
    if last.is_some_and(|last| last.label == today) {
        return Ok(None);
    }
    let mut tidied = Tidied::default();
    for rule in rules(keeping, now) {
        let rows = run(db, &rule).await?;
        if rows > 0 {
            tidied.0.push((rule.what, rows));
        }
    }
    let mut tx = db.write().await?;
    for (what, rows) in small(&mut tx, keeping, now).await? {
        if rows > 0 {
            tidied.0.push((what, rows));
        }
    }
    let done = Slot {
        nudge: NAME.to_owned(),
        subject: String::new(),
        label: today,
        outcome: tidied.to_string(),
        handled_at: now,
        next_at: None,
    };
    slots::put(&mut tx, &[done]).await?;
    tx.commit().await?;
    Ok(Some(tidied))
}

async fn run(db: &Db, rule: &Rule) -> anyhow::Result<u64> {
    let mut tx = db.read().await?;
    let keys: Vec<String> =
        on!(&mut tx, c => sqlx::query_scalar(rule.pick).bind(rule.before).bind(MOST).fetch_all(c).await)?;
    drop(tx);
    for some in keys.chunks(SOME) {
        // Numbers, as the database gave them.
        let list: Vec<String> =
            some.iter().map(|key| if key.contains(',') { format!("({key})") } else { key.clone() }).collect();
        let values = if some.iter().any(|key| key.contains(',')) { "VALUES " } else { "" };
        let mut tx = db.write().await?;
        for statement in rule.act {
            affected!(&mut tx, sqlx::query(sqlx::AssertSqlSafe(format!("{statement}({values}{})", list.join(", ")))))?;
        }
        tx.commit().await?;
        tokio::time::sleep(REST).await;
    }
    Ok(keys.len() as u64)
}

/// What there is never much of.
async fn small(tx: &mut Tx, keeping: &Keeping, now: Instant) -> sqlx::Result<[(&'static str, u64); 4]> {
    let drafts = affected!(&mut *tx, sqlx::query("DELETE FROM draft WHERE saved_at < $1").bind(now - keeping.drafts))?;
    let shown = affected!(
        &mut *tx,
        sqlx::query("DELETE FROM exposure WHERE audience LIKE 'person %' AND shown_at < $1")
            .bind(now - keeping.messages)
    )?;
    let codes = affected!(&mut *tx, sqlx::query("DELETE FROM admin_code WHERE expires_at < $1").bind(now - CODES))?;
    let stragglers = sweep(tx, now - STRAGGLERS).await?;
    Ok([
        ("unfinished forms", drafts),
        ("notes of what was brought up to whom", shown),
        ("used codes", codes),
        ("last traces of people who were erased", stragglers),
    ])
}

/// When and how the last run ended.
///
/// # Errors
/// The database refused.
pub async fn last_tidied(tx: &mut Tx) -> sqlx::Result<Option<(Instant, String)>> {
    Ok(slots::find(tx, NAME, "").await?.map(|slot| (slot.handled_at, slot.outcome)))
}
