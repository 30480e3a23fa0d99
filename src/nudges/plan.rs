//! Planning: reads who is due, decides their turns, writes them down. Costs two short reads while nothing is due.

use super::{
    PlanCtx, career_conversation, channel_digest, decide, opportunity_match,
    turn::{Facts, MEMORY, PLANNED, STALE, STARTED, Subject, Turn, World, is_waiting},
};
use crate::{
    domain::{
        Instant,
        calendar::Quarter,
        company::Company,
        id::{OpportunityId, PersonId},
        preference::NudgeKind,
        programme::Programme,
    },
    metrics,
    store::{
        Tx, channels, conversations, feedback, inbound, outbox, people, schema, seen,
        showings::{self, Shown, Surface},
        slots::{self, Slot, Step},
    },
};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    hash::{DefaultHasher, Hash, Hasher},
};

/// Subjects decided in one transaction.
const BATCH: i64 = 1000;
/// People who are given their wake-ups in one transaction.
const PAGE: usize = 3000;
/// The row of the slot table that says up to which revision people have their wake-ups.
const GATE: &str = "people";

pub async fn plan(ctx: &PlanCtx<'_>, kind: NudgeKind) -> anyhow::Result<usize> {
    if !ctx.programme.is_active {
        return Ok(0);
    }
    follow(ctx, kind).await?;
    let mut planned = 0;
    loop {
        let mut tx = ctx.db.read().await?;
        let is_quiet = !slots::is_due(&mut tx, kind.as_str(), ctx.now).await?;
        drop(tx);
        if is_quiet {
            return Ok(planned);
        }
        let Some(some) = plan_some(ctx, kind).await? else { return Ok(planned) };
        planned += some;
    }
}

pub async fn next_wake(ctx: &PlanCtx<'_>) -> anyhow::Result<Option<Instant>> {
    if !ctx.programme.is_active {
        return Ok(None);
    }
    follow_people(ctx).await?;
    follow_channels(ctx).await?;
    let mut tx = ctx.db.read().await?;
    let next = slots::next_wake(&mut tx).await?;
    Ok(next.map(|at| at.max(ctx.now + chrono::TimeDelta::seconds(1))))
}

/// One transaction: the turns of some subjects that are due. `None` while another process plans.
async fn plan_some(ctx: &PlanCtx<'_>, kind: NudgeKind) -> anyhow::Result<Option<usize>> {
    let mut tx = ctx.db.write().await?;
    if !slots::may_plan(&mut tx).await? {
        return Ok(None);
    }
    let due = slots::due(&mut tx, kind.as_str(), ctx.now, BATCH).await?;
    let due: Vec<(Subject, Slot)> =
        due.into_iter().map(|slot| (slot.subject.parse().unwrap_or(Subject::Person(PersonId(0))), slot)).collect();
    let mut facts = read_facts(ctx, &mut tx, kind, &due).await?;
    let turns: Vec<(Subject, Slot, Turn)> = {
        let company = ctx.live.read();
        due.into_iter()
            .map(|(subject, slot)| {
                let world = World { company: &company, programme: ctx.programme, facts: &facts, now: ctx.now };
                let turn = decide(&world, kind, &subject, &slot);
                facts.apply(&turn, ctx.now);
                (subject, slot, turn)
            })
            .collect()
    };
    let taken = take(ctx, &mut tx, &turns).await?;
    let drafts: Vec<&outbox::Draft> = taken.iter().filter_map(|(_, _, turn)| turn.draft.as_ref()).collect();
    let ids = outbox::enqueue_all(&mut tx, &drafts, ctx.now).await?;
    let planned = ids.iter().flatten().count();
    let mut ids = ids.into_iter();
    let skipped: Vec<&str> = taken.iter().filter_map(|(_, _, turn)| turn.skipped()).collect();
    for (subject, slot, turn) in &taken {
        let id = turn.draft.as_ref().and_then(|_| ids.next()).flatten();
        if turn.outcome == STALE {
            let data = serde_json::json!({ "nudge": kind.as_str(), "reason": STALE, "after": slot.label });
            inbound::record(&mut tx, ctx.now, inbound::SLOT_SKIPPED, subject.person(), &slot.subject, data).await?;
        }
        // What was decided before is neither shown nor continued again.
        if turn.outcome != PLANNED || id.is_none() {
            continue;
        }
        if let Some(shown) = &turn.shown {
            channels::record_exposure(&mut tx, &shown.audience, &shown.occurrence, &shown.posts, ctx.now).await?;
            if let Some(person) = subject.person() {
                let day = ctx.now.with_timezone(&ctx.programme.default_zone).date_naive();
                let on = |post: &OpportunityId| Shown { person, post: *post, surface: Surface::Message, day };
                showings::record(&mut tx, &shown.posts.iter().map(on).collect::<Vec<_>>()).await?;
            }
        }
        if let (Some(draft), Some(card)) = (&turn.draft, &turn.thread) {
            let rest = outbox::Draft {
                occurrence: format!("{} rest", draft.occurrence),
                card: card.clone(),
                thread_of: id,
                ..draft.clone()
            };
            outbox::enqueue(&mut tx, &rest, ctx.now).await?;
        }
    }
    tx.commit().await?;
    ctx.db.wrote(turns.len());
    skipped.into_iter().for_each(|reason| metrics::skipped(kind, reason));
    Ok(Some(planned))
}

/// Moves the subjects on; gives the turns of those whom nobody else moved meanwhile. A turn that is other subjects' too moves
/// them before their own turns come.
async fn take<'a>(
    ctx: &PlanCtx<'_>,
    tx: &mut Tx,
    turns: &'a [(Subject, Slot, Turn)],
) -> sqlx::Result<Vec<&'a (Subject, Slot, Turn)>> {
    let mut taken = Vec::with_capacity(turns.len());
    for some in turns.split_inclusive(|(_, _, turn)| !turn.also.is_empty()) {
        let steps = some.iter().map(|(_, seen, turn)| Step {
            seen,
            label: &turn.label,
            outcome: turn.kept_outcome(),
            next_at: turn.next_at,
        });
        let moved = slots::advance(tx, &steps.collect::<Vec<_>>(), ctx.now).await?;
        for it in some.iter().filter(|(_, slot, _)| moved.contains(&slot.subject)) {
            slots::put(tx, &it.2.also).await?;
            taken.push(it);
        }
    }
    Ok(taken)
}

/// What the database knows about those who are due. Conversations that are missing are made.
async fn read_facts(ctx: &PlanCtx<'_>, tx: &mut Tx, kind: NudgeKind, due: &[(Subject, Slot)]) -> anyhow::Result<Facts> {
    let mut facts = Facts::default();
    let persons: BTreeSet<PersonId> = due.iter().filter_map(|(subject, _)| subject.person()).collect();
    let persons: Vec<PersonId> = persons.into_iter().collect();
    for entry in outbox::nudges_to(tx, &persons, ctx.now - MEMORY).await? {
        facts.add_entry(&entry);
    }
    match kind {
        NudgeKind::CareerConversation => read_conversations(ctx, tx, due, &mut facts).await?,
        NudgeKind::ConversationCheck => {
            for (subject, _) in due {
                let Subject::Side { conversation, person } = subject else { continue };
                let Some(it) = conversations::find(tx, *conversation).await? else { continue };
                if it.manager == *person {
                    for other in conversations::of_manager(tx, *person, &it.window).await? {
                        let subject = Subject::Side { conversation: other.id, person: *person }.to_string();
                        if let Some(slot) = slots::find(tx, kind.as_str(), &subject).await? {
                            facts.slots.insert(subject, slot);
                        }
                        facts.add_conversation(other);
                    }
                } else {
                    facts.add_conversation(it);
                }
            }
        }
        NudgeKind::ChannelDigest => {
            for (subject, _) in due {
                if let Subject::Channel(address) = subject
                    && let Some(channel) = channels::find(tx, address).await?
                {
                    facts.exposures.insert(channel.audience(), channels::exposures(tx, &channel.audience()).await?);
                    facts.channels.insert(address.clone(), channel);
                }
            }
        }
        NudgeKind::OpportunityMatch => {
            facts.known = seen::by_some(tx, &persons).await?;
            facts.feedback = feedback::of_some(tx, &persons).await?;
        }
    }
    Ok(facts)
}

async fn read_conversations(
    ctx: &PlanCtx<'_>,
    tx: &mut Tx,
    due: &[(Subject, Slot)],
    facts: &mut Facts,
) -> anyhow::Result<()> {
    let mut wanted: BTreeMap<Quarter, Vec<(PersonId, PersonId)>> = BTreeMap::new();
    // A manager is offered times, which have to be free, and told when the last conversation was.
    let (mut managers, mut reports) = (BTreeSet::new(), BTreeSet::new());
    {
        let company = ctx.live.read();
        let world = World { company: &company, programme: ctx.programme, facts, now: ctx.now };
        for (subject, slot) in due {
            let Some((quarter, pairs)) = career_conversation::pairs(&world, subject, slot) else { continue };
            if let Subject::Manager(manager) = subject {
                managers.insert(*manager);
                reports.extend(pairs.iter().map(|(_, report)| *report));
            }
            wanted.entry(quarter).or_default().extend(pairs);
        }
    }
    let busy: Vec<PersonId> = managers.union(&reports).copied().collect();
    for it in conversations::planned_with(tx, &busy, ctx.now).await? {
        facts.add_conversation(it);
    }
    let reports: Vec<PersonId> = reports.into_iter().collect();
    facts.last_held = conversations::last_held_of(tx, &reports).await?;
    for (quarter, pairs) in wanted {
        for it in conversations::ensured(tx, &pairs, &quarter.label(), ctx.now).await? {
            facts.add_conversation(it);
        }
    }
    Ok(())
}

/// Brings the wake-ups of this kind up to date with the company.
async fn follow(ctx: &PlanCtx<'_>, kind: NudgeKind) -> anyhow::Result<()> {
    match kind {
        NudgeKind::CareerConversation | NudgeKind::OpportunityMatch => follow_people(ctx).await,
        NudgeKind::ChannelDigest => {
            ctx.live.refresh().await?;
            follow_channels(ctx).await
        }
        NudgeKind::ConversationCheck => ctx.live.refresh().await,
    }
}

/// Gives every channel whose digest changed its wake-up.
async fn follow_channels(ctx: &PlanCtx<'_>) -> anyhow::Result<()> {
    let mut tx = ctx.db.read().await?;
    let is_right = fresh_channels(ctx, &mut tx).await?.is_empty();
    drop(tx);
    if is_right {
        return Ok(());
    }
    let mut tx = ctx.db.write().await?;
    if !slots::may_plan(&mut tx).await? {
        return Ok(());
    }
    let fresh = fresh_channels(ctx, &mut tx).await?;
    slots::put(&mut tx, &fresh).await?;
    tx.commit().await
}

async fn fresh_channels(ctx: &PlanCtx<'_>, tx: &mut Tx) -> sqlx::Result<Vec<Slot>> {
    let known: HashMap<String, Slot> = slots::of_nudge(tx, NudgeKind::ChannelDigest.as_str())
        .await?
        .into_iter()
        .map(|slot| (slot.subject.clone(), slot))
        .collect();
    let channels = channels::all(tx).await?;
    Ok(channels
        .iter()
        .filter_map(|channel| {
            let old = known.get(&Subject::Channel(channel.address()).to_string());
            channel_digest::wake(channel, ctx.programme, old, ctx.now)
        })
        .collect())
}

/// Gives everybody whose row changed since the last time their wake-ups. Costs one short read when nobody changed.
async fn follow_people(ctx: &PlanCtx<'_>) -> anyhow::Result<()> {
    let rules = fingerprint(ctx.programme);
    let mut tx = ctx.db.read().await?;
    // Read before the company follows: whoever changes after this is looked at again the next time.
    let revision = schema::revision(&mut tx).await?;
    let gate = slots::find(&mut tx, GATE, "").await?;
    drop(tx);
    ctx.live.refresh().await?;
    if gate.as_ref().is_some_and(|gate| gate.label == format!("{revision} {rules}")) {
        return Ok(());
    }
    let seen = gate.as_ref().and_then(|gate| gate.label.split_once(' '));
    // Other rules mean other times for everybody.
    let from = seen.filter(|(_, old)| *old == rules).and_then(|(revision, _)| revision.parse().ok()).unwrap_or(-1);
    let mut tx = ctx.db.read().await?;
    let changed = people::ids_changed_after(&mut tx, from).await?;
    drop(tx);
    let mut managers = BTreeSet::new();
    // Everybody at once would keep all others from writing for too long. Cut off between two, it is done again.
    for some in changed.chunks(PAGE) {
        let mut wanted = subjects(&ctx.live.read(), some);
        wanted.retain(|(_, subject)| !matches!(subject, Subject::Manager(manager) if !managers.insert(*manager)));
        if !follow_some(ctx, &wanted).await? {
            return Ok(());
        }
    }
    let mut tx = ctx.db.write().await?;
    if !slots::may_plan(&mut tx).await? {
        return Ok(());
    }
    slots::put(
        &mut tx,
        &[Slot {
            nudge: GATE.to_owned(),
            subject: String::new(),
            label: format!("{revision} {rules}"),
            outcome: "followed".to_owned(),
            handled_at: ctx.now,
            next_at: None,
        }],
    )
    .await?;
    tx.commit().await
}

/// Gives these subjects their wake-ups where they have others; false while another process plans.
async fn follow_some(ctx: &PlanCtx<'_>, wanted: &[(NudgeKind, Subject)]) -> anyhow::Result<bool> {
    let mut tx = ctx.db.write().await?;
    if !slots::may_plan(&mut tx).await? {
        return Ok(false);
    }
    let mut known: HashMap<(NudgeKind, String), Slot> = HashMap::with_capacity(wanted.len());
    let kinds: BTreeSet<NudgeKind> = wanted.iter().map(|(kind, _)| *kind).collect();
    for kind in kinds {
        let of_kind = wanted.iter().filter(|(other, _)| *other == kind);
        let subjects: Vec<String> = of_kind.map(|(_, subject)| subject.to_string()).collect();
        let slots = slots::find_all(&mut tx, kind.as_str(), &subjects).await?;
        known.extend(slots.into_iter().map(|slot| ((kind, slot.subject.clone()), slot)));
    }
    let fresh: Vec<Slot> = {
        let company = ctx.live.read();
        wanted
            .iter()
            .filter_map(|(kind, subject)| {
                let old = known.get(&(*kind, subject.to_string()));
                wake(&company, ctx.programme, *kind, subject, old, ctx.now)
            })
            .collect()
    };
    if !fresh.is_empty() {
        slots::put(&mut tx, &fresh).await?;
        tx.commit().await?;
        ctx.db.wrote(fresh.len());
    }
    Ok(true)
}

/// The rules that wake-ups are reckoned by. Differs between versions of the program, which only costs one pass.
fn fingerprint(programme: &Programme) -> String {
    let mut hasher = DefaultHasher::new();
    format!("{programme:?}").hash(&mut hasher);
    format!("{:x}", hasher.finish())
}

/// The subjects that these persons' rows are the ground of; a manager's also when a report changes.
pub fn subjects(company: &Company, changed: &[PersonId]) -> Vec<(NudgeKind, Subject)> {
    let mut all = BTreeSet::new();
    for person in changed.iter().filter_map(|id| company.person(*id)) {
        if !company.reports_of(person.id).is_empty() {
            all.insert((NudgeKind::CareerConversation, Subject::Manager(person.id)));
        }
        if let Some(manager) = person.manager {
            all.insert((NudgeKind::CareerConversation, Subject::Manager(manager)));
            all.insert((NudgeKind::CareerConversation, Subject::Report(person.id)));
        }
        all.insert((NudgeKind::OpportunityMatch, Subject::Person(person.id)));
    }
    all.into_iter().collect()
}

/// A subject's wake-up as it should be; `None` where the one it has is right.
pub fn wake(
    company: &Company,
    programme: &Programme,
    kind: NudgeKind,
    subject: &Subject,
    old: Option<&Slot>,
    now: Instant,
) -> Option<Slot> {
    let person = company.person(subject.person()?)?;
    if old.is_some_and(is_waiting) {
        return None;
    }
    let (label, next_at) = match kind {
        NudgeKind::CareerConversation => {
            let mark = old
                .and_then(|slot| career_conversation::Mark::parse(&slot.label))
                .unwrap_or_else(|| career_conversation::Mark::since(now, person, programme));
            let is_manager = matches!(subject, Subject::Manager(_));
            (mark.to_string(), mark.next(person, programme, is_manager).1)
        }
        NudgeKind::OpportunityMatch => return opportunity_match::wake(person, programme, old, now),
        NudgeKind::ConversationCheck | NudgeKind::ChannelDigest => return None,
    };
    match old {
        Some(old) if old.next_at == Some(next_at) => None,
        Some(old) => Some(Slot { next_at: Some(next_at), ..old.clone() }),
        None => Some(Slot {
            nudge: kind.as_str().to_owned(),
            subject: subject.to_string(),
            label,
            outcome: STARTED.to_owned(),
            handled_at: now,
            next_at: Some(next_at),
        }),
    }
}
