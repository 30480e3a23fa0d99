//! What the buttons and forms of the career conversation do. A button only names a conversation: it is loaded and
//! authorised anew, and refused when something else was agreed since it was drawn.

use super::{Stage, bundle, card};
use crate::{
    access::{Asker, Deed, authorize},
    commands::{Answer, Ctx, Failure, notice, refuse},
    domain::{
        Instant,
        budget::Settings,
        calendar::{self, Quarter, resolve, spoken_day, spoken_time, wall_time},
        conversation::{Conversation, Standing},
        id::{ConversationId, DeliveryId, PersonId},
    },
    message::{Action, Button, Card, Field, FieldKind, Form, Reply, Text, Values, Verb},
    nudges::{
        conversation_check,
        exits::closed,
        turn::{Facts, Subject, World, first_name, needs_time},
    },
    store::{
        Tx, conversations, inbound,
        outbox::{self, Entry, Refresh},
        slots,
    },
};
use chrono::{NaiveDate, TimeDelta};

/// The conversation that an action names, if the asker takes part in it.
///
/// # Errors
/// What the person is told (the same words whether it exists or not), or what broke.
pub async fn authorized(ctx: &Ctx<'_>, tx: &mut Tx, action: &Action) -> Result<Conversation, Failure> {
    let id = action.subject.split(' ').next().and_then(|id| id.parse().ok()).map(ConversationId);
    let found = match id {
        Some(id) => conversations::find(tx, id).await?,
        None => None,
    };
    // Nobody takes part in a conversation that is not there.
    let nobody = PersonId(0);
    let found = found.unwrap_or(Conversation {
        id: ConversationId(0),
        manager: nobody,
        report: nobody,
        window: String::new(),
        planned_at: None,
        minutes: 0,
        is_skipped: false,
        manager_says: None,
        report_says: None,
        version: 0,
    });
    let asker = Asker::load(tx, ctx.person).await?;
    let is_about_the_past = matches!(action.verb, Verb::SaidYes | Verb::SaidNo)
        && found.planned_at.is_some_and(|planned| planned <= ctx.now);
    if is_about_the_past {
        authorize(&asker, Deed::SayHowItWent(&found))?;
    } else {
        authorize(&asker, Deed::TakePart { company: &ctx.live.read(), conversation: &found })?;
    }
    Ok(found)
}

/// Notes the answer to the message a button stood on.
///
/// # Errors
/// The database refused.
pub async fn respond(tx: &mut Tx, entry: Option<&Entry>, response: &str, now: Instant) -> sqlx::Result<()> {
    match entry {
        Some(entry) => outbox::respond(tx, entry.id, response, now).await,
        None => Ok(()),
    }
}

/// Where a conversation stands now, for somebody whose button is out of date.
#[must_use]
pub fn stands(ctx: &Ctx<'_>, it: &Conversation) -> Card {
    let name = first_name(&ctx.live.read(), conversation_check::other(it, ctx.person));
    let (words, label) = match (it.standing(), it.planned_at) {
        (Standing::Held, _) => {
            return Card::saying(format!("You and {name} have had this conversation; both of you said so."));
        }
        (Standing::Skipped, _) => (format!("You and {name} set this quarter's conversation aside."), "Pick a time"),
        (_, Some(at)) => {
            (format!("You and {name} have a time by now: {}.", spoken_time(at, ctx.zone())), "Another time")
        }
        _ => (format!("You and {name} have no time yet."), "Pick a time"),
    };
    Card::saying(words).buttons(vec![card::other(label, it.id, it.version)])
}

/// What came of choosing a time.
enum Chosen {
    /// Now, or by the same press before. `is_told` says whether the other one could be reached.
    Planned { it: Conversation, is_told: bool },
    /// Not done; where it stands.
    Stale(Card),
    /// Not done; what to do instead.
    Refused(String),
}

/// Gives a conversation a time on behalf of the asker, and tells the other one.
async fn choose(
    ctx: &Ctx<'_>,
    tx: &mut Tx,
    it: Conversation,
    version: i64,
    at: Instant,
    how: &str,
) -> Result<Chosen, Failure> {
    if it.planned_at == Some(at) && !it.is_skipped {
        let is_told = ctx.live.read().address_of(conversation_check::other(&it, ctx.person)).is_some();
        return Ok(Chosen::Planned { it, is_told });
    }
    if it.version != version || it.standing() == Standing::Held {
        return Ok(Chosen::Stale(stands(ctx, &it)));
    }
    if at <= ctx.now {
        return Ok(Chosen::Refused("That time has passed. Choose one to come.".to_owned()));
    }
    if at > latest(ctx, &it) {
        return Ok(Chosen::Refused(format!(
            "This conversation belongs to {}, so choose a day until {}.",
            it.window,
            spoken_day(calendar::local_date(ctx.zone(), latest(ctx, &it)))
        )));
    }
    let busy = conversations::planned_from(tx, at - TimeDelta::minutes(30)).await?;
    let clash = busy.iter().find(|other| {
        let is_theirs = [other.manager, other.report].iter().any(|who| [it.manager, it.report].contains(who));
        let gap = other.planned_at.map_or(TimeDelta::MAX, |planned| (planned - at).abs());
        other.id != it.id && is_theirs && gap < TimeDelta::minutes(i64::from(it.minutes))
    });
    if clash.is_some() {
        return Ok(Chosen::Refused(
            "One of you has another career conversation at that time. Choose another one.".to_owned(),
        ));
    }
    if !conversations::plan_at(tx, it.id, version, at, ctx.person).await? {
        let known = conversations::find(tx, it.id).await?.unwrap_or(it);
        return Ok(Chosen::Stale(stands(ctx, &known)));
    }
    let known = conversations::find(tx, it.id).await?.unwrap_or(it);
    let who = conversation_check::other(&known, ctx.person);
    let (wakes, name, zone) = {
        let company = ctx.live.read();
        let zone = company.person(who).map_or(ctx.programme.default_zone, |p| Settings::of(p, ctx.programme).zone);
        (conversation_check::wakes(&company, ctx.programme, &known, ctx.now), first_name(&company, ctx.person), zone)
    };
    slots::put(tx, &wakes).await?;
    let subject = known.id.0.to_string();
    let found = "a time was found";
    outbox::cancel_pending(tx, super::KIND.as_str(), &Subject::Report(known.report).to_string(), found, ctx.now)
        .await?;
    outbox::cancel_pending(tx, conversation_check::KIND.as_str(), &subject, found, ctx.now).await?;
    let side = if known.manager == ctx.person { "manager" } else { "report" };
    let data = serde_json::json!({ "window": known.window, "by": side, "how": how });
    inbound::record(tx, ctx.now, "conversation.planned", Some(ctx.person), &subject, data).await?;
    let told = card::planned(&name, &known, at, zone);
    let occurrence = format!("v{}", known.version);
    let is_told = notice::tell(tx, who, "conversation.planned", subject, occurrence, told, ctx.now).await?;
    notice::redraw_home(tx, known.manager, ctx.now).await?;
    notice::redraw_home(tx, known.report, ctx.now).await?;
    Ok(Chosen::Planned { it: known, is_told })
}

/// A conversation may be held somewhat after its window, not a quarter later.
fn latest(ctx: &Ctx<'_>, it: &Conversation) -> Instant {
    let end = it.window.parse::<Quarter>().map_or(NaiveDate::MAX, Quarter::end);
    let end = end.checked_add_days(chrono::Days::new(31)).unwrap_or(NaiveDate::MAX);
    resolve(ctx.zone(), end, chrono::NaiveTime::MIN)
}

/// One of the suggested times was pressed.
///
/// # Errors
/// What the person is told, or what broke.
pub async fn pick(ctx: &Ctx<'_>, action: &Action, entry: Option<&Entry>) -> Answer {
    let mut tx = ctx.db.write().await?;
    let it = authorized(ctx, &mut tx, action).await?;
    let Some(at) = action.subject.split(' ').nth(1).and_then(|at| at.parse::<Instant>().ok()) else {
        return refuse("That button is from an older message. `/mobility 1on1` shows where your conversations stand.");
    };
    let name = first_name(&ctx.live.read(), conversation_check::other(&it, ctx.person));
    let zone = ctx.zone();
    let (news, card) = match choose(ctx, &mut tx, it, action.version, at, "slot").await? {
        Chosen::Planned { it, is_told } => {
            respond(&mut tx, entry, "acted", ctx.now).await?;
            let news = format!("{name}: {}. {}", spoken_time(at, zone), card::knows(&name, is_told));
            (news, card::chosen(&name, &it, at, zone, is_told))
        }
        Chosen::Stale(card) => (card.summary.clone(), card),
        Chosen::Refused(words) => (words.clone(), Card::saying(words)),
    };
    let rest = rest(ctx, &mut tx, entry, news).await?;
    tx.commit().await?;
    Ok(Reply::Replace(rest.unwrap_or(card)))
}

/// The bundled message as it stands now, if the entry is one: so that one message is worked through person by person.
async fn rest(ctx: &Ctx<'_>, tx: &mut Tx, entry: Option<&Entry>, news: String) -> anyhow::Result<Option<Card>> {
    let Some(entry) = entry.filter(|entry| entry.subject == Subject::Manager(ctx.person).to_string()) else {
        return Ok(None);
    };
    let Some(mark) = super::Mark::parse(&entry.occurrence) else { return Ok(None) };
    let stage = mark.stage().unwrap_or(Stage::Opening);
    Ok(redraw(ctx, tx, mark.quarter, stage, Some(news)).await?.map(|bundle| bundle.card()))
}

/// What the bundled message to the asker would say now.
///
/// # Errors
/// The database refused.
pub async fn redraw(
    ctx: &Ctx<'_>,
    tx: &mut Tx,
    quarter: Quarter,
    stage: Stage,
    news: Option<String>,
) -> anyhow::Result<Option<card::Bundle>> {
    let mut facts = Facts::default();
    for it in conversations::planned_from(tx, ctx.now).await? {
        facts.add_conversation(it);
    }
    for it in conversations::of_manager(tx, ctx.person, &quarter.label()).await? {
        if let Some(at) = conversations::last_held(tx, it.report).await? {
            facts.last_held.insert(it.report, at);
        }
        facts.add_conversation(it);
    }
    let company = ctx.live.read();
    let world = World { company: &company, programme: ctx.programme, facts: &facts, now: ctx.now };
    let found = company.person(ctx.person).and_then(|manager| bundle(&world, manager, quarter, stage));
    Ok(found.map(|bundle| card::Bundle { news, ..bundle }))
}

/// `Other`, `Suggest a time`, `Moved — new time`: asks for a day and a time, with one that suits both filled in.
///
/// # Errors
/// What the person is told, or what broke.
pub async fn ask_time(ctx: &Ctx<'_>, action: &Action, entry: Option<&Entry>) -> Answer {
    let mut tx = ctx.db.write().await?;
    let it = authorized(ctx, &mut tx, action).await?;
    if it.version != action.version || it.standing() == Standing::Held {
        return Ok(Reply::Replace(stands(ctx, &it)));
    }
    respond(&mut tx, entry, "acted", ctx.now).await?;
    tx.commit().await?;
    Ok(Reply::OpenForm(time_form(ctx, &it, entry).await?))
}

/// The form that gives this conversation a time.
///
/// # Errors
/// The database refused.
pub async fn time_form(ctx: &Ctx<'_>, it: &Conversation, entry: Option<&Entry>) -> anyhow::Result<Form> {
    let mut tx = ctx.db.read().await?;
    let mut facts = Facts::default();
    for other in conversations::planned_from(&mut tx, ctx.now).await? {
        facts.add_conversation(other);
    }
    drop(tx);
    let zone = ctx.zone();
    let company = ctx.live.read();
    let world = World { company: &company, programme: ctx.programme, facts: &facts, now: ctx.now };
    let first = match (company.person(it.manager), company.person(it.report)) {
        (Some(manager), Some(report)) => super::suggest(&world, manager, report, it, facts.taken(manager.id), 1)
            .first()
            .map(|at| wall_time(zone, *at)),
        _ => None,
    };
    let name = first_name(&company, conversation_check::other(it, ctx.person));
    // The message is redrawn after sending; its number is checked again then.
    let subject = entry.map_or(it.id.0.to_string(), |entry| format!("{} {}", it.id.0, entry.id.0));
    Ok(Form {
        title: "Career conversation".to_owned(),
        submit: "Send".to_owned(),
        action: Action::new(Verb::SubmitTime, subject).at_version(it.version),
        intro: vec![crate::message::Block::Text(Text::plain(format!(
            "{} minutes with {name}. Your time zone: {}.",
            it.minutes,
            zone.name().replace('_', " ")
        )))],
        fields: vec![
            Field::new("date", "Day", FieldKind::Date { initial: first.map(|wall| wall.date()) }),
            Field::new("time", "Time", FieldKind::Time { initial: first.map(|wall| wall.time()) }),
        ],
        outro: vec![crate::message::Block::Note(Text::plain(format!(
            "{name} is told at once and can suggest another time."
        )))],
    })
}

/// The form with a day and a time was sent.
///
/// # Errors
/// What the person is told, or what broke.
pub async fn submit_time(ctx: &Ctx<'_>, action: &Action, values: &Values) -> Answer {
    let wrong = |field: &str, words: &str| Ok(Reply::FormErrors(vec![(field.to_owned(), words.to_owned())]));
    let Some(date) = values.date("date") else { return wrong("date", "Choose a day.") };
    let Some(time) = values.time("time") else { return wrong("time", "Choose a time, such as 14:00.") };
    let mut tx = ctx.db.write().await?;
    let it = authorized(ctx, &mut tx, action).await?;
    let zone = ctx.zone();
    let at = resolve(zone, date, time);
    let name = first_name(&ctx.live.read(), conversation_check::other(&it, ctx.person));
    let (news, card) = match choose(ctx, &mut tx, it, action.version, at, "form").await? {
        Chosen::Planned { it, is_told } => {
            let news = format!("{name}: {}. {}", spoken_time(at, zone), card::knows(&name, is_told));
            (news, card::chosen(&name, &it, at, zone, is_told))
        }
        Chosen::Stale(card) => return Ok(Reply::Private(card)),
        Chosen::Refused(words) => return wrong("date", &words),
    };
    replace_message(ctx, &mut tx, action, news, &card).await?;
    tx.commit().await?;
    Ok(Reply::Private(card))
}

/// The message that a form was opened from shows what came of it.
async fn replace_message(ctx: &Ctx<'_>, tx: &mut Tx, action: &Action, news: String, card: &Card) -> anyhow::Result<()> {
    let Some(id) = action.subject.split(' ').nth(1).and_then(|id| id.parse().ok()).map(DeliveryId) else {
        return Ok(());
    };
    // Only the asker's own message, whatever the form says.
    let own = outbox::ledger(tx, ctx.person, ctx.now - TimeDelta::days(100)).await?;
    let Some(entry) = own.into_iter().find(|entry| entry.id == id) else { return Ok(()) };
    let Some(message) = outbox::message_of(tx, id).await? else { return Ok(()) };
    let card = rest(ctx, tx, Some(&entry), news).await?.unwrap_or_else(|| card.clone());
    outbox::refresh(tx, &Refresh::Message { message, card }, ctx.now).await?;
    Ok(())
}

/// `They've already happened`: asks which, and then records the asker's word for that one.
///
/// # Errors
/// What the person is told, or what broke.
pub async fn already(ctx: &Ctx<'_>, action: &Action, entry: Option<&Entry>) -> Answer {
    let mut tx = ctx.db.write().await?;
    let news = match action.subject.parse::<Quarter>() {
        Ok(quarter) => return which(ctx, &mut tx, quarter).await,
        Err(_) => {
            let it = authorized(ctx, &mut tx, action).await?;
            let who = conversation_check::act::claim_already(ctx, &mut tx, &it).await?;
            let name = first_name(&ctx.live.read(), who);
            format!("Noted: you and {name} talked. It counts once {name} says so too.")
        }
    };
    respond(&mut tx, entry, "acted", ctx.now).await?;
    let rest = rest(ctx, &mut tx, entry, news.clone()).await?;
    tx.commit().await?;
    Ok(Reply::Replace(rest.unwrap_or_else(|| Card::saying(news))))
}

async fn which(ctx: &Ctx<'_>, tx: &mut Tx, quarter: Quarter) -> Answer {
    let all = conversations::of_manager(tx, ctx.person, &quarter.label()).await?;
    let open: Vec<_> = all.into_iter().filter(|it| needs_time(it, ctx.now)).collect();
    let company = ctx.live.read();
    let buttons: Vec<Button> = open
        .iter()
        .map(|it| {
            let action = Action::new(Verb::AlreadyHappened, it.id.0.to_string()).at_version(it.version);
            Button::new(first_name(&company, it.report), action)
        })
        .collect();
    Ok(Reply::Replace(if buttons.is_empty() {
        Card::saying("Nothing is open any more. `/mobility 1on1` shows all of them.")
    } else {
        Card::saying(
            "Good. Which conversation did you have? The other person is asked too; it counts when both say yes.",
        )
        .buttons(buttons)
        .buttons(vec![Button::run("My conversations", "1on1")])
    }))
}

/// `Not this week`: the same message again in a week.
///
/// # Errors
/// What broke.
pub async fn not_this_week(ctx: &Ctx<'_>, entry: Option<&Entry>) -> Answer {
    let mut tx = ctx.db.write().await?;
    respond(&mut tx, entry, "snoozed", ctx.now).await?;
    let subject = Subject::Manager(ctx.person).to_string();
    let is_first = entry.is_none_or(|entry| entry.response.is_none());
    if let Some(slot) = slots::find(&mut tx, super::KIND.as_str(), &subject).await?
        && is_first
        && super::Mark::parse(&slot.label).is_some_and(|mark| mark.stage() == Some(Stage::Opening))
    {
        let in_a_week = ctx.now + TimeDelta::days(7);
        if slot.next_at.is_none_or(|next| next > in_a_week + TimeDelta::days(3)) {
            let again = crate::nudges::turn::AGAIN;
            slots::put(&mut tx, &[slots::Slot { outcome: again.to_owned(), next_at: Some(in_a_week), ..slot }]).await?;
        }
        inbound::record(
            &mut tx,
            ctx.now,
            "nudge.snoozed",
            Some(ctx.person),
            super::KIND.as_str(),
            serde_json::json!({}),
        )
        .await?;
    }
    tx.commit().await?;
    Ok(Reply::Replace(closed(
        "Not this week, then. I'll ask once more in a week.",
        "`/mobility 1on1` has the times whenever it suits you.",
    )))
}

/// `Not this quarter`: asks for a reason, which may stay empty.
///
/// # Errors
/// What the person is told, or what broke.
pub async fn ask_skip(ctx: &Ctx<'_>, action: &Action, entry: Option<&Entry>) -> Answer {
    let mut tx = ctx.db.read().await?;
    let it = authorized(ctx, &mut tx, action).await?;
    if it.version != action.version || it.standing() >= Standing::Skipped {
        return Ok(Reply::Replace(stands(ctx, &it)));
    }
    let name = first_name(&ctx.live.read(), conversation_check::other(&it, ctx.person));
    let subject = entry.map_or(it.id.0.to_string(), |entry| format!("{} {}", it.id.0, entry.id.0));
    let reason = FieldKind::Paragraph { initial: String::new(), placeholder: String::new(), max: 300 };
    Ok(Reply::OpenForm(Form {
        title: "Not this quarter".to_owned(),
        submit: "Set aside".to_owned(),
        action: Action::new(Verb::SubmitSkip, subject).at_version(it.version),
        intro: vec![crate::message::Block::Text(Text::plain(format!(
            "No career conversation with {name} this quarter."
        )))],
        fields: vec![Field::new("reason", "Why (you don't have to say)", reason).optional()],
        outro: vec![crate::message::Block::Note(Text::plain(format!("{name} is told that it is set aside, not why.")))],
    }))
}

/// The form of `Not this quarter` was sent.
///
/// # Errors
/// What the person is told, or what broke.
pub async fn submit_skip(ctx: &Ctx<'_>, action: &Action, values: &Values) -> Answer {
    let mut tx = ctx.db.write().await?;
    let it = authorized(ctx, &mut tx, action).await?;
    let reason: String = values.one("reason").chars().take(300).collect();
    if !it.is_skipped && !conversations::skip(&mut tx, it.id, action.version, &reason).await? {
        return Ok(Reply::Private(stands(ctx, &it)));
    }
    let who = conversation_check::other(&it, ctx.person);
    let (mine, theirs) = {
        let company = ctx.live.read();
        (first_name(&company, ctx.person), first_name(&company, who))
    };
    let words = format!("Set aside for this quarter; {theirs} knows.");
    if !it.is_skipped {
        let known = conversations::find(&mut tx, it.id).await?.unwrap_or(it);
        let data = serde_json::json!({ "window": known.window, "has_reason": !reason.is_empty() });
        let subject = known.id.0.to_string();
        inbound::record(&mut tx, ctx.now, "conversation.skipped", Some(ctx.person), &subject, data).await?;
        if let Ok(quarter) = known.window.parse::<Quarter>() {
            let told = card::skipped(&mine, &known, quarter);
            notice::tell(&mut tx, who, "conversation.skipped", subject, format!("v{}", known.version), told, ctx.now)
                .await?;
        }
        notice::redraw_home(&mut tx, known.manager, ctx.now).await?;
        notice::redraw_home(&mut tx, known.report, ctx.now).await?;
        replace_message(ctx, &mut tx, action, words.clone(), &Card::saying(words.clone())).await?;
    }
    tx.commit().await?;
    Ok(Reply::Private(Card::saying(words)))
}
