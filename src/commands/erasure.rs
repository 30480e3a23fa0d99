//! Everything about one person is erased: looked at first, then in one transaction. Used in chat and from the terminal alike.

use super::{Ctx, notice, outcome};
use crate::{
    domain::{
        audit::{Act, Actor, Note},
        id::{OpportunityId, PersonId},
    },
    store::{
        Db, Tx, applications, audit, inbound, opportunities, people,
        privacy::{self, Fate, Holds, Mentions, Who},
    },
};
use serde_json::json;

/// What a post is called whose words are gone.
const REMOVED: &str = "A removed post";

/// What an erasure would come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preview {
    pub who: Who,
    pub holds: Vec<Holds>,
    pub mentions: Mentions,
    pub open_posts: Vec<OpportunityId>,
    /// Those who wait for an answer about one of them.
    pub waiting: usize,
}

impl Preview {
    /// What goes, with how much of it there is.
    pub fn goes(&self) -> impl Iterator<Item = (String, i64)> {
        self.holds.iter().filter(|it| it.place.fate == Fate::Goes || it.place.table == "person").map(plainly)
    }

    /// What stays for others and for the totals, without the person's name and words.
    pub fn stays_nameless(&self) -> impl Iterator<Item = (String, i64)> {
        let is_so = |it: &&Holds| matches!(it.place.fate, Fate::Set(_)) && it.place.table != "person";
        self.holds.iter().filter(is_so).map(plainly)
    }

    /// What stays as it is, and why.
    pub fn stays(&self) -> impl Iterator<Item = (String, i64, &'static str)> {
        self.holds.iter().filter_map(|it| match it.place.fate {
            Fate::Stays(why) => Some((plainly(it).0, it.rows, why)),
            _ => None,
        })
    }
}

fn plainly(it: &Holds) -> (String, i64) {
    (it.section.replace('_', " "), it.rows)
}

/// Looks, and changes nothing. `None` when there is nobody of this number (any more).
///
/// # Errors
/// The database refused.
pub async fn preview(db: &Db, person: PersonId) -> anyhow::Result<Option<Preview>> {
    let Some(mut found) = glance(db, person).await? else { return Ok(None) };
    let mut tx = db.read().await?;
    found.mentions = privacy::mentions(&mut tx, &found.who, Mentions::default()).await?;
    Ok(Some(found))
}

/// The same without what others were told, which takes reading every message there is.
///
/// # Errors
/// The database refused.
pub async fn glance(db: &Db, person: PersonId) -> anyhow::Result<Option<Preview>> {
    let mut tx = db.read().await?;
    let Some(who) = privacy::who(&mut tx, person).await? else { return Ok(None) };
    let holds = privacy::holds(&mut tx, &who).await?;
    let (mut open_posts, mut waiting) = (Vec::new(), 0);
    for (id, _) in &who.posts {
        let id = OpportunityId(*id);
        if opportunities::find(&mut tx, id).await?.is_some_and(|post| post.is_open()) {
            open_posts.push(id);
            let state = crate::domain::opportunity::ApplicationState::Waiting;
            waiting += usize::try_from(applications::count(&mut tx, id, state).await?).unwrap_or(0);
        }
    }
    Ok(Some(Preview { who, holds, mentions: Mentions::default(), open_posts, waiting }))
}

/// Erases the person whose context this is. False when somebody else did meanwhile.
///
/// Open posts are closed, and everybody who waits is told. Nobody may bring the person back unasked.
///
/// # Errors
/// The database refused: then nothing was erased.
pub async fn erase(ctx: &Ctx<'_>, found: Preview, by: Actor) -> anyhow::Result<bool> {
    let mut tx = ctx.db.write().await?;
    let is_done = erase_in(&mut tx, ctx, found, by).await?;
    tx.commit().await?;
    ctx.live.refresh().await?;
    Ok(is_done)
}

async fn erase_in(tx: &mut Tx, ctx: &Ctx<'_>, found: Preview, by: Actor) -> anyhow::Result<bool> {
    let Some(who) = privacy::who(tx, ctx.person).await? else { return Ok(false) };
    let manager = people::find(tx, ctx.person).await?.and_then(|person| person.manager);
    // What was written since the preview was made.
    let mentions = privacy::mentions(tx, &who, found.mentions).await?;
    privacy::forget_mentions(tx, &who, &mentions, ctx.now).await?;
    for (id, _) in &who.posts {
        if let Some(mut post) = opportunities::find(tx, OpportunityId(*id)).await?.filter(|post| post.is_open()) {
            REMOVED.clone_into(&mut post.title);
            outcome::close(tx, ctx, &post, outcome::GONE).await?;
        }
    }
    privacy::remember(tx, &who, ctx.now).await?;
    privacy::wipe(tx, &who, ctx.now).await?;
    if let Some(manager) = manager {
        notice::redraw_home(tx, manager, ctx.now).await?;
    }
    inbound::record(tx, ctx.now, "person.erased", None, "", json!({})).await?;
    audit::note(tx, ctx.now, Note::by(by, Act::PersonErased).about(ctx.person)).await?;
    Ok(true)
}
