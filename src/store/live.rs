//! The company in memory, following the database. Reading it needs no database at all.

use super::{Db, opportunities, people, schema, showings, skills};
use crate::domain::{company::Company, matching::Showings};
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
    /// The database refused; the company in memory is unchanged then.
    pub async fn refresh(&self) -> anyhow::Result<()> {
        let mut reached = self.reached.lock().await;
        let mut tx = self.db.read().await?;
        let newest = schema::revision(&mut tx).await?;
        if newest == *reached {
            return Ok(());
        }
        let persons = people::changed_after(&mut tx, *reached).await?;
        let accounts = people::accounts_changed_after(&mut tx, *reached).await?;
        let posts = opportunities::changed_after(&mut tx, *reached).await?;
        let own = skills::changed_after(&mut tx, *reached).await?;
        drop(tx);
        let mut company = self.company.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        company.upsert_own_skills(own);
        for person in persons {
            company.upsert_person(person);
        }
        for (address, person) in accounts {
            company.upsert_address(address, person);
        }
        for post in posts {
            company.upsert_opportunity(post);
        }
        drop(company);
        *reached = newest;
        Ok(())
    }
}

impl std::fmt::Debug for Live {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Live").finish_non_exhaustive()
    }
}
