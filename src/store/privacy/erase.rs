//! Everything about one person goes, or loses their name.

use super::{Account, By, Fate, PLACES, Place, Shown, Who, places::push_pieces};
use crate::{
    domain::{Instant, id::PersonId},
    store::{Db, Pools, Tx, affected, on, schema},
};
use sqlx::QueryBuilder;

/// How much one place holds about a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holds {
    pub place: &'static Place,
    pub section: &'static str,
    pub rows: i64,
}

/// What there is about this person, by section; nothing where there is nothing.
///
/// # Errors
/// The database refused.
pub async fn holds(tx: &mut Tx, who: &Who) -> sqlx::Result<Vec<Holds>> {
    let mut all = Vec::new();
    for place in PLACES {
        let (Shown::As(section, _) | Shown::Only(section, _)) = place.shown else { continue };
        let rows: i64 = on!(&mut *tx, c => {
            let mut query = QueryBuilder::new(format!("SELECT count(*) FROM {} WHERE ", place.table));
            push_pieces!(query, place.condition(who));
            query.build_query_scalar().fetch_one(c).await
        })?;
        if rows > 0 {
            all.push(Holds { place, section, rows });
        }
    }
    Ok(all)
}

/// Erases this person in every place. What others were told about them is another thing: [`super::forget_mentions`]; that
/// they may not be brought back, too: [`super::remember`]. Doing it twice changes nothing.
///
/// # Errors
/// The database refused; nothing may be kept then.
pub async fn wipe(tx: &mut Tx, who: &Who, now: Instant) -> sqlx::Result<()> {
    let revision = schema::next_revision(tx).await?;
    for place in PLACES {
        apply(tx, place, who, revision, "").await?;
    }
    // Nobody is asked whether a conversation with them happened.
    for conversation in &who.conversations {
        affected!(
            &mut *tx,
            sqlx::query("DELETE FROM slot WHERE subject LIKE $1").bind(format!("conversation {conversation} %"))
        )?;
    }
    affected!(tx, sqlx::query("UPDATE person SET erased_at = $2 WHERE id = $1").bind(who.id.0).bind(now)).map(drop)
}

/// Makes sure that what was taken out of the database is out of its files as well. On Postgres the server's own log and its
/// archives are beyond us.
///
/// # Errors
/// Somebody reads or writes just now: try again; or the database refused.
pub async fn scrub(db: &Db) -> anyhow::Result<()> {
    if let Pools::Postgres { pool, .. } = db.pools() {
        let mut tables: Vec<&str> = PLACES.iter().map(|place| place.table).collect();
        tables.sort_unstable();
        tables.dedup();
        sqlx::raw_sql(sqlx::AssertSqlSafe(format!("VACUUM {}", tables.join(", ")))).execute(pool).await?;
    }
    db.truncate_log().await
}

async fn apply(tx: &mut Tx, place: &Place, who: &Who, revision: i64, only: &str) -> sqlx::Result<u64> {
    let head = match place.fate {
        Fate::Stays(_) => return Ok(0),
        Fate::Goes => format!("DELETE FROM {} WHERE ", place.table),
        Fate::Set(columns) => {
            format!("UPDATE {} SET {} WHERE ", place.table, columns.replace("$1", &revision.to_string()))
        }
    };
    on!(tx, c => {
        let mut query = QueryBuilder::new(head);
        push_pieces!(query, place.condition(who));
        query.push(only);
        query.build().execute(c).await.map(|done| done.rows_affected())
    })
}

/// A server that ran meanwhile may have written a last thing about somebody who was just erased, from its memory: that
/// goes too. Gives how many rows it was.
///
/// # Errors
/// The database refused.
pub async fn sweep(tx: &mut Tx, since: Instant) -> sqlx::Result<u64> {
    let erased: Vec<i64> = on!(&mut *tx, c => sqlx::query_scalar("SELECT id FROM person WHERE erased_at >= $1 ORDER BY id")
        .bind(since).fetch_all(c).await)?;
    if erased.is_empty() {
        return Ok(0);
    }
    let (mut done, revision) = (0, schema::next_revision(tx).await?);
    for id in erased {
        let who = Who {
            id: PersonId(id),
            name: String::new(),
            email: None,
            accounts: Vec::<Account>::new(),
            conversations: std::collections::BTreeSet::new(),
            posts: Vec::new(),
        };
        for place in PLACES.iter().filter(|place| place.by != By::Account && place.by != By::Screen) {
            // Of what an erasure changed rather than took away, the rows that are not as it left them.
            let only = match (place.table, place.column, place.fate) {
                (_, _, Fate::Stays(_)) | ("person", "manager_id", _) | ("conversation", ..) => continue,
                ("delivery", ..) => " AND recipient NOT LIKE 'erased %'",
                ("application", ..) => " AND (note <> '' OR availability <> '' OR state = 'waiting')",
                ("person", ..) => {
                    " AND (is_active OR name <> '' OR email IS NOT NULL OR wished_role <> '' OR mentoring IS NOT NULL
                     OR CAST(have AS TEXT) <> '[]' OR CAST(want AS TEXT) <> '[]')"
                }
                _ => "",
            };
            done += apply(tx, place, &who, revision, only).await?;
        }
    }
    Ok(done)
}
