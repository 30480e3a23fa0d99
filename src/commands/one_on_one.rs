//! One's own career conversations, on either side of the table.

use super::{Answer, Ctx, Failure, people, refuse};
use crate::{
    domain::{
        calendar::{Quarter, short_label, spoken_time},
        conversation::{Claim, Conversation, Standing},
        id::PersonId,
    },
    message::{Action, Button, Card, Reply, Text, Verb},
    nudges::{
        career_conversation::{self, card as words},
        conversation_check::{self, act::claim_already},
        turn::{Facts, World},
    },
    store::{Tx, conversations},
};

/// Times offered when somebody asks for them.
const OFFERED: usize = 3;

/// `1on1`, `1on1 plan @name`, `1on1 request`, `1on1 done @name`.
///
/// # Errors
/// What the person is told, or what broke.
pub async fn run(ctx: &Ctx<'_>, rest: &str) -> Answer {
    let (word, who) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    match (word.to_lowercase().as_str(), who.trim()) {
        ("", _) => list(ctx).await,
        ("plan" | "request", "") => {
            let manager = ctx.live.read().person(ctx.person).and_then(|me| me.manager);
            match manager {
                Some(manager) => offer(ctx, manager).await,
                None => refuse(
                    "I don't know who your manager is. Ask them to type `/mobility team add @you`, or name somebody: `/mobility 1on1 plan @name`.",
                ),
            }
        }
        ("plan" | "request", who) => offer(ctx, people::find_person(ctx, who)?).await,
        ("done", "") => refuse("With whom? `/mobility 1on1 done @name`."),
        ("done", who) => done(ctx, people::find_person(ctx, who)?).await,
        _ => refuse(
            "`/mobility 1on1` shows your career conversations; `1on1 plan @name` offers times; `1on1 done @name` says that you talked.",
        ),
    }
}

/// This quarter's conversation of the asker with somebody who reports to them, or whom they report to.
async fn with(ctx: &Ctx<'_>, tx: &mut Tx, other: PersonId) -> Result<Conversation, Failure> {
    let (manager, report) = {
        let company = ctx.live.read();
        let reports_to = |report, manager| company.person(report).is_some_and(|person| person.manager == Some(manager));
        if reports_to(other, ctx.person) {
            (ctx.person, other)
        } else if reports_to(ctx.person, other) {
            (other, ctx.person)
        } else {
            return refuse(
                "Career conversations are between a manager and their people, and you two are not in one team. `/mobility team add @name` asks somebody to confirm that they are in yours.",
            );
        }
    };
    let window = Quarter::of(ctx.today()).label();
    Ok(conversations::ensure(tx, manager, report, &window, ctx.now).await?)
}

/// Times that suit both, each a button.
async fn offer(ctx: &Ctx<'_>, other: PersonId) -> Answer {
    let mut tx = ctx.db.write().await?;
    let it = with(ctx, &mut tx, other).await?;
    let mut facts = Facts::default();
    for planned in conversations::planned_from(&mut tx, ctx.now).await? {
        facts.add_conversation(planned);
    }
    tx.commit().await?;
    let name = people::first_name(ctx, other);
    if it.standing() == Standing::Held {
        return refuse(format!("You and {name} have talked this quarter; both of you said so."));
    }
    let company = ctx.live.read();
    let world = World { company: &company, programme: ctx.programme, facts: &facts, now: ctx.now };
    let (Some(manager), Some(report)) = (company.person(it.manager), company.person(it.report)) else {
        return refuse("One of you two has left.");
    };
    let slots = career_conversation::suggest(&world, manager, report, &it, facts.taken(manager.id), OFFERED);
    drop(company);
    let mut buttons: Vec<Button> =
        slots.iter().map(|at| words::pick(short_label(*at, ctx.zone(), ctx.now), it.id, it.version, *at)).collect();
    buttons.push(words::other("Other", it.id, it.version));
    let so_far = match it.planned_at.filter(|at| *at > ctx.now) {
        Some(at) => format!("You and {name} have {}. Rather another time?", spoken_time(at, ctx.zone())),
        None => format!("Which time suits you and {name}? These fit the working hours of both."),
    };
    let card = Card::saying(so_far).buttons(buttons).note(format!("25 minutes. {name} is told at once."));
    Ok(if ctx.is_press { Reply::Replace(card) } else { Reply::Private(card) })
}

async fn done(ctx: &Ctx<'_>, other: PersonId) -> Answer {
    let mut tx = ctx.db.write().await?;
    let it = with(ctx, &mut tx, other).await?;
    claim_already(ctx, &mut tx, &it).await?;
    tx.commit().await?;
    let name = people::first_name(ctx, other);
    Ok(Reply::Private(Card::saying(format!("Noted: you and {name} talked. It counts once {name} says so too."))))
}

async fn list(ctx: &Ctx<'_>) -> Answer {
    let quarter = Quarter::of(ctx.today());
    let pairs: Vec<(PersonId, PersonId)> = {
        let company = ctx.live.read();
        let own = company.person(ctx.person).and_then(|me| me.manager).map(|manager| (manager, ctx.person));
        let team = company.reports_of(ctx.person).into_iter().map(|report| (ctx.person, report.id));
        own.into_iter().chain(team).collect()
    };
    if pairs.is_empty() {
        return refuse(
            "I know neither your manager nor anybody who reports to you. `/mobility team add @name` asks somebody to confirm that they are in your team.",
        );
    }
    let mut tx = ctx.db.write().await?;
    conversations::ensure_all(&mut tx, &pairs, &quarter.label(), ctx.now).await?;
    let all = conversations::of_person(&mut tx, ctx.person).await?;
    tx.commit().await?;
    let summary = format!("Career conversations · {quarter}");
    let mut card = Card::new(summary.clone()).header(summary);
    for (manager, report) in pairs {
        let Some(it) =
            all.iter().find(|it| (it.manager, it.report) == (manager, report) && it.window == quarter.label())
        else {
            continue;
        };
        let name = people::name(ctx, conversation_check::other(it, ctx.person));
        let role = if it.report == ctx.person { " (your manager)" } else { "" };
        let (state, buttons) = state(ctx, it);
        let buttons = buttons.into_iter().map(|button| {
            let accessible = format!("{name}: {}", button.label);
            button.accessible(accessible)
        });
        card = card.item(Text::new().bold(name.clone()).then(format!("{role} · {state}")), buttons.collect());
    }
    Ok(Reply::Private(card.note("Counts when both have said yes. Nobody sees who answered what first.")))
}

/// Where a conversation stands, as one of the two may see it: never by what only the other one has said.
fn state(ctx: &Ctx<'_>, it: &Conversation) -> (String, Vec<Button>) {
    let on =
        |label: &'static str, verb| Button::new(label, Action::new(verb, it.id.0.to_string()).at_version(it.version));
    let other = |label: &'static str| words::other(label, it.id, it.version);
    let says = conversation_check::says(it, ctx.person);
    match (it.standing(), says, it.planned_at) {
        (Standing::Held, _, _) => ("held, you both said so".to_owned(), Vec::new()),
        (_, Some(Claim::Held), _) => ("you said that it happened".to_owned(), Vec::new()),
        (Standing::Skipped, _, _) => ("not this quarter".to_owned(), vec![other("Pick a time")]),
        (_, Some(Claim::NotHeld), Some(at)) if at <= ctx.now => {
            ("it did not happen yet".to_owned(), vec![other("Pick a time")])
        }
        (_, _, Some(at)) if at <= ctx.now => (
            format!("did it happen? It was planned for {}", spoken_time(at, ctx.zone())),
            vec![on("Yes", Verb::SaidYes), on("Moved — new time", Verb::SaidMoved), on("No", Verb::SaidNo)],
        ),
        (_, _, Some(at)) => (format!("planned for {}", spoken_time(at, ctx.zone())), vec![other("Another time")]),
        _ => (
            "no time yet".to_owned(),
            vec![
                other("Pick a time"),
                on("It already happened", Verb::AlreadyHappened),
                on("Not this quarter", Verb::NotThisQuarter),
            ],
        ),
    }
}
