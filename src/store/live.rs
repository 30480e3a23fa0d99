//! The company in memory, following the database. Reading it needs no database at all.

use super::{Db, opportunities, people, schema, schema::Mark, showings, skills};
use crate::{
    domain::{
        company::Company, id::PersonId, matching::Showings, opportunity::Opportunity, own_skills::OwnSkill,
        person::Person,
    },
    message::address::Address,
};
use std::sync::{Arc, RwLock, RwLockReadGuard};
use tokio::sync::Mutex;

/// The ledger does not keep at which place of a list something stood: the middle of a short one.
const PLACE: usize = 3;

/// Cheap to clone; all clones see the same company.
#[derive(Clone)]
pub struct Live {
    db: Db,
    company: Arc<RwLock<Company>>,
    /// The revision that the company in memory has reached. Held while following, so that two followers take turns.
    reached: Arc<Mutex<i64>>,
}

impl Live {
    /// Reads everything once.
    ///
    /// # Errors
    /// The database refused.
    pub async fn load(db: Db) -> anyhow::Result<Live> {
        let live = Live { db, company: Arc::default(), reached: Arc::new(Mutex::new(0)) };
        live.refresh().await?;
        Ok(live)
    }

    /// The company as it was last seen. Let go of it before anything is awaited: the compiler sees to that.
    pub fn read(&self) -> RwLockReadGuard<'_, Company> {
        self.company.read().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Reads anew how much attention each post had. Costs a walk over the ledger: now and then is enough.
    ///
    /// # Errors
    /// The database refused; what was known stays.
    pub async fn read_attention(&self) -> anyhow::Result<()> {
        let mut tx = self.db.read().await?;
        let audiences = showings::audiences(&mut tx).await?;
        drop(tx);
        let mut company = self.company.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        let open = company.index.all().filter(|post| post.is_open()).count();
        let mut attention = Showings::among(open);
        for (post, people) in audiences {
            (0..people).for_each(|_| attention.add(post, PLACE));
        }
        company.attention = attention;
        Ok(())
    }

    /// Takes in what was committed since the last time, by whichever process. Call it after every commit that changed a
    /// person or a post.
    ///
    /// # Errors
    /// The database refused; then nothing is lost, the next call reads it all again.
    pub async fn refresh(&self) -> anyhow::Result<()> {
        let mut reached = self.reached.lock().await;
        let mut tx = self.db.read().await?;
        let newest = schema::revision(&mut tx).await?;
        if newest == *reached {
            return Ok(());
        }
        let mut changes = Changes { own: skills::changed_after(&mut tx, *reached).await?, ..Changes::default() };
        let mut after = Mark::after(*reached);
        loop {
            let (page, last) = people::changed_after(&mut tx, after, PAGE).await?;
            if page.is_empty() {
                break;
            }
            changes.accounts.extend(people::accounts_changed_between(&mut tx, after, last).await?);
            self.take_in_where_many(&mut changes, |changes| &mut changes.people, page);
            after = last;
        }
        let mut after = Mark::after(*reached);
        loop {
            let (page, last) = opportunities::changed_after(&mut tx, after, PAGE).await?;
            if page.is_empty() {
                break;
            }
            self.take_in_where_many(&mut changes, |changes| &mut changes.posts, page);
            after = last;
        }
        drop(tx);
        self.take_in(changes);
        *reached = newest;
        Ok(())
    }

    /// What changed since the last look is mostly a handful, seen all at once. Of very much, as at the start, each page is
    /// taken in as it comes, or it would stand in memory twice.
    fn take_in_where_many<T>(&self, changes: &mut Changes, of: impl Fn(&mut Changes) -> &mut Vec<T>, page: Vec<T>) {
        let is_full = page.len() == PAGE;
        of(changes).extend(page);
        if is_full {
            self.take_in(std::mem::take(changes));
        }
    }

    fn take_in(&self, changes: Changes) {
        let mut company = self.company.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        company.upsert_own_skills(changes.own);
        changes.people.into_iter().for_each(|person| company.upsert_person(person));
        changes.accounts.into_iter().for_each(|(address, person)| company.upsert_address(address, person));
        changes.posts.into_iter().for_each(|post| company.upsert_opportunity(post));
    }
}

/// So many rows are read at once.
const PAGE: usize = 200;

/// What was read and is not yet taken in.
#[derive(Default)]
struct Changes {
    own: Vec<OwnSkill>,
    people: Vec<Person>,
    accounts: Vec<(Address, PersonId)>,
    posts: Vec<Opportunity>,
}

impl std::fmt::Debug for Live {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Live").finish_non_exhaustive()
    }
}
