//! The company in memory, following the database. Reading it needs no database at all.

use super::{Db, Tx, opportunities, people, schema, schema::Mark, showings, skills};
use crate::{
    domain::{
        company::Company, id::PersonId, matching::Showings, opportunity::Opportunity, own_skills::OwnSkill,
        person::Person,
    },
    message::address::Address,
};
use std::sync::{
    Arc, RwLock, RwLockReadGuard,
    atomic::{AtomicBool, Ordering},
};
use tokio::sync::Mutex;

/// The ledger does not keep at which place of a list something stood: the middle of a short one.
const PLACE: usize = 3;

/// Cheap to clone; all clones see the same company.
#[derive(Clone)]
pub struct Live {
    db: Db,
    company: Arc<RwLock<Company>>,
    /// Held while following, so that two followers take turns.
    reached: Arc<Mutex<Reached>>,
    is_whole: Arc<AtomicBool>,
}

/// How far the company in memory has come.
struct Reached {
    /// Everything that changed up to this revision is in, except for people whom the start has not read yet.
    revision: i64,
    /// The person up to whom the start has read; `None` once everybody is in.
    people: Option<Mark>,
}

impl Live {
    /// Reads everything once.
    ///
    /// # Errors
    /// The database refused.
    pub async fn load(db: Db) -> anyhow::Result<Live> {
        let live = Live::open(db).await?;
        live.complete().await?;
        Ok(live)
    }

    /// Reads the posts, so that searching can begin. Who works here is not known before [`Live::complete`], except for
    /// those who were taken in one by one.
    ///
    /// # Errors
    /// The database refused.
    pub async fn open(db: Db) -> anyhow::Result<Live> {
        let mut tx = db.read().await?;
        let revision = schema::revision(&mut tx).await?;
        let start = Reached { revision, people: Some(Mark::after(0)) };
        let live = Live { db, company: Arc::default(), reached: Arc::new(Mutex::new(start)), is_whole: Arc::default() };
        let mut changes = Changes { own: skills::changed_after(&mut tx, 0).await?, ..Changes::default() };
        live.read_posts(&mut tx, 0, &mut changes).await?;
        live.take_in(changes);
        Ok(live)
    }

    /// Everybody is known.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.is_whole.load(Ordering::Acquire)
    }

    /// Returns when everybody is known; until then, whoever waits reads. Between two pages others can follow.
    ///
    /// # Errors
    /// The database refused; the next call goes on from there.
    pub async fn complete(&self) -> anyhow::Result<()> {
        while !self.is_whole() {
            let mut reached = self.reached.lock().await;
            let Some(after) = reached.people else { break };
            // Read and taken in under the lock: nothing newer can have been taken in between.
            let mut tx = self.db.read().await?;
            let (people, last) = people::changed_after(&mut tx, after, PAGE).await?;
            let accounts = people::accounts_changed_between(&mut tx, after, last).await?;
            drop(tx);
            let is_last = people.len() < PAGE;
            self.take_in(Changes { people, accounts, ..Changes::default() });
            reached.people = (!is_last).then_some(last);
            self.is_whole.store(is_last, Ordering::Release);
        }
        Ok(())
    }

    /// Takes in the one whose account this is, where they are known at all: for what needs nobody else while not
    /// everybody is in.
    ///
    /// # Errors
    /// The database refused.
    pub async fn take_in_holder(&self, address: &Address) -> anyhow::Result<()> {
        let _turn = self.reached.lock().await;
        let mut tx = self.db.read().await?;
        let Some(id) = people::find_by_address(&mut tx, address).await? else { return Ok(()) };
        let people = people::find(&mut tx, id).await?.into_iter().collect();
        self.take_in(Changes { people, accounts: vec![(address.clone(), id)], ..Changes::default() });
        Ok(())
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
        if newest == reached.revision {
            return Ok(());
        }
        let since = reached.revision;
        let mut changes = Changes { own: skills::changed_after(&mut tx, since).await?, ..Changes::default() };
        let mut after = Mark::after(since);
        loop {
            let (page, last) = people::changed_after(&mut tx, after, PAGE).await?;
            if page.is_empty() {
                break;
            }
            changes.accounts.extend(people::accounts_changed_between(&mut tx, after, last).await?);
            self.take_in_where_many(&mut changes, |changes| &mut changes.people, page);
            after = last;
        }
        self.read_posts(&mut tx, since, &mut changes).await?;
        drop(tx);
        self.take_in(changes);
        reached.revision = newest;
        Ok(())
    }

    async fn read_posts(&self, tx: &mut Tx, since: i64, changes: &mut Changes) -> anyhow::Result<()> {
        let mut after = Mark::after(since);
        loop {
            let (page, last) = opportunities::changed_after(tx, after, PAGE).await?;
            if page.is_empty() {
                return Ok(());
            }
            self.take_in_where_many(changes, |changes| &mut changes.posts, page);
            after = last;
        }
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
        for person in changes.people {
            company.forget_addresses(person.id);
            company.upsert_person(person);
        }
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
