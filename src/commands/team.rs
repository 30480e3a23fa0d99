//! A manager's people: where the conversations stand, in dates only, and "is this person in my team?".

use super::{Answer, Ctx, notice, people, refuse};
use crate::{
    access::{Deed, authorize},
    domain::{
        audit::{Act, Look, Note},
        calendar::{Quarter, local_date, spoken_day, spoken_time},
        conversation::{Conversation, Standing},
        id::PersonId,
    },
    message::{Action, Button, Card, Reply, Text, Verb},
    store::{audit, conversations, inbound, people as store_people, teams},
};
use serde_json::json;
use std::collections::HashMap;

/// `team`, or `team add @name`.
///
/// # Errors
/// What the person is told, or what broke.
pub async fn run(ctx: &Ctx<'_>, rest: &str) -> Answer {
    match rest.split_once(char::is_whitespace).unwrap_or((rest, "")) {
        ("", _) => list(ctx).await,
        ("add", who) => add(ctx, who.trim()).await,
        _ => refuse(
            "`/mobility team` shows your reports; `/mobility team add @name` asks somebody to confirm that you are their manager.",
        ),
    }
}

async fn list(ctx: &Ctx<'_>) -> Answer {
    let asker = ctx.asker().await?;
    let quarter = Quarter::of(ctx.today());
    let reports: Vec<PersonId> = {
        let company = ctx.live.read();
        let reports: Vec<PersonId> = company.reports_of(ctx.person).iter().map(|person| person.id).collect();
        for report in &reports {
            authorize(&asker, Deed::SeeTeamMember { company: &company, report: *report })?;
        }
        reports
    };
    let mut tx = ctx.db.read().await?;
    let by_report: HashMap<PersonId, Conversation> = conversations::of_manager(&mut tx, ctx.person, &quarter.label())
        .await?
        .into_iter()
        .map(|it| (it.report, it))
        .collect();
    let waiting = teams::waiting(&mut tx, ctx.person).await?;
    if reports.is_empty() && waiting.is_empty() {
        return refuse(
            "I know nobody who reports to you. `/mobility team add @name` asks somebody to confirm that you are their manager.",
        );
    }
    let standing = |report: &PersonId| by_report.get(report).map_or(Standing::Open, |it| it.standing_for(ctx.person));
    let held = reports.iter().filter(|report| standing(report) == Standing::Held).count();
    let summary = format!("{held} of {} done in {quarter}", reports.len());
    let mut card = Card::new(summary.clone()).header(format!("Your team · {summary}"));
    let look = |report: &PersonId| Note::by(ctx.person, Act::Looked(Look::Team)).about(*report);
    let looks = reports.iter().map(look).collect();
    for report in reports {
        let said = match (standing(&report), by_report.get(&report).and_then(|it| it.planned_at)) {
            (Standing::Held, _) => "held, you both said so".to_owned(),
            (Standing::OneSided, _) => "you said that it happened; counts when both have said so".to_owned(),
            (Standing::Skipped, _) => "not this quarter".to_owned(),
            (_, Some(at)) => format!("planned for {}", spoken_time(at, ctx.zone())),
            _ => match conversations::last_held(&mut tx, report).await? {
                Some(at) => format!("no time yet; last held on {}", spoken_day(local_date(ctx.zone(), at))),
                None => "no time yet".to_owned(),
            },
        };
        let name = people::name(ctx, report);
        let text = Text::new().bold(name.clone()).then(format!(" · {said}"));
        let buttons = if matches!(standing(&report), Standing::Open | Standing::Skipped) {
            let who = people::reference(&mut tx, ctx, report).await?;
            let label = "Propose times";
            vec![Button::run(label, format!("1on1 plan {who}")).accessible(format!("{label}: {name}"))]
        } else {
            Vec::new()
        };
        card = card.item(text, buttons);
    }
    for (report, asked_at) in waiting {
        let day = spoken_day(local_date(ctx.zone(), asked_at));
        card = card.note(format!("{}: asked on {day}, no answer yet.", people::name(ctx, report)));
    }
    drop(tx);
    audit::looked(ctx.db, ctx.now, looks).await?;
    Ok(Reply::Private(card.note("You see dates, never what was said. `/mobility team add @name` adds somebody.")))
}

async fn add(ctx: &Ctx<'_>, who: &str) -> Answer {
    let asker = ctx.asker().await?;
    authorize(&asker, Deed::UseOwnData)?;
    let report = people::find_person(ctx, who)?;
    let name = people::name(ctx, report);
    let current = check(ctx, ctx.person, report)?;
    let mut tx = ctx.db.write().await?;
    if !teams::ask(&mut tx, ctx.person, report, ctx.now).await? {
        return refuse(format!("{name} has your question already. Nothing changes until they answer."));
    }
    let manager = people::span(&mut tx, ctx, ctx.person).await?;
    let subject = ctx.person.0.to_string();
    let mut text = Text::new().span(manager).then(" says that you are in their team. Is that right?");
    if let Some(current) = current {
        text = text.then(format!(" So far I have {} as your manager.", people::name(ctx, current)));
    }
    let question = Card::new(format!("{} says that you are in their team", people::name(ctx, ctx.person)))
        .text(text)
        .buttons(vec![
            Button::new("Yes", Action::new(Verb::ConfirmTeam, &subject)).primary(),
            Button::new("No", Action::new(Verb::RefuseTeam, &subject)),
        ])
        .note("Your manager gets suggested times for a career conversation each quarter, and sees dates only. Nothing changes until you answer.");
    let asked = ctx.now.timestamp_millis().to_string();
    let is_told = notice::tell(&mut tx, report, "team_asked", subject, asked, question, ctx.now).await?;
    if !is_told {
        return refuse(format!(
            "{name} has no account here that I could ask. They can type `/mobility` once, then try again."
        ));
    }
    inbound::record(&mut tx, ctx.now, "team.asked", Some(ctx.person), &report.0.to_string(), json!({})).await?;
    tx.commit().await?;
    Ok(Reply::Private(Card::saying(format!(
        "I asked {name}. You both hear when they have answered; until then nothing changes."
    ))))
}

/// Whether `manager` may become the manager of `report`; gives the manager they have now.
fn check(ctx: &Ctx<'_>, manager: PersonId, report: PersonId) -> Result<Option<PersonId>, super::Failure> {
    let company = ctx.live.read();
    let (Some(above), Some(below)) = (company.person(manager), company.person(report)) else {
        return refuse("I do not know them any more. `/mobility team` shows who reports to you.");
    };
    if manager == report {
        return refuse(
            "You cannot be your own manager. `/mobility team add @name` is for somebody who reports to you.",
        );
    }
    if !above.is_active || !below.is_active {
        let gone = if above.is_active { below } else { above };
        return refuse(format!("{} does not work here any more. Nothing was changed.", gone.name));
    }
    if below.manager == Some(manager) {
        return refuse(format!("{} reports to {} already. Nothing to change.", below.name, above.name));
    }
    if people::is_above(&company, report, manager) {
        return refuse(format!(
            "{} stands above {} in the reporting line, so that would make a circle. Ask HR to look at the line first.",
            below.name, above.name
        ));
    }
    Ok(below.manager)
}

/// "Yes, that is my manager."
///
/// # Errors
/// What the person is told, or what broke.
pub async fn confirm(ctx: &Ctx<'_>, action: &Action) -> Answer {
    let manager = asked_by(action)?;
    let mut tx = ctx.db.write().await?;
    if !teams::answer(&mut tx, manager, ctx.person, teams::Answer::Yes, ctx.now).await? {
        return refuse(NOT_OPEN);
    }
    let former = check(ctx, manager, ctx.person)?;
    let Some(mut me) = store_people::find(&mut tx, ctx.person).await? else { return refuse(NOT_OPEN) };
    me.manager = Some(manager);
    store_people::update(&mut tx, &me).await?;
    let subject = ctx.person.0.to_string();
    let turn = ctx.now.timestamp_millis().to_string();
    let new = people::name(ctx, manager);
    let report = people::span(&mut tx, ctx, ctx.person).await?;
    let to_manager = Card::new(format!("{} confirmed that you are their manager", me.name))
        .text(Text::new().span(report).then(" confirmed that you are their manager."))
        .buttons(vec![Button::run("Show my team", "team")]);
    notice::tell(&mut tx, manager, "team_confirmed", &subject, &turn, to_manager, ctx.now).await?;
    let mine = Card::saying(format!("{new} is your manager now. Career conversations of this quarter are with them."));
    notice::tell(&mut tx, ctx.person, "team_changed", manager.0.to_string(), &turn, mine.clone(), ctx.now).await?;
    if let Some(former) = former {
        let words = format!("{} now reports to {new}. Career conversations that were held stay as they are.", me.name);
        notice::tell(&mut tx, former, "team_left", &subject, &turn, Card::saying(words), ctx.now).await?;
        notice::redraw_home(&mut tx, former, ctx.now).await?;
    }
    for person in [manager, ctx.person] {
        notice::redraw_home(&mut tx, person, ctx.now).await?;
    }
    inbound::record(&mut tx, ctx.now, "team.confirmed", Some(ctx.person), &manager.0.to_string(), json!({})).await?;
    tx.commit().await?;
    ctx.live.refresh().await?;
    Ok(Reply::Replace(mine))
}

/// "No, that is not my manager."
///
/// # Errors
/// What the person is told, or what broke.
pub async fn refuse_request(ctx: &Ctx<'_>, action: &Action) -> Answer {
    let manager = asked_by(action)?;
    let mut tx = ctx.db.write().await?;
    if !teams::answer(&mut tx, manager, ctx.person, teams::Answer::No, ctx.now).await? {
        return refuse(NOT_OPEN);
    }
    let me = people::name(ctx, ctx.person);
    let words = format!(
        "{me} says that you are not their manager. Nothing was changed; a word between you two may clear it up."
    );
    let turn = ctx.now.timestamp_millis().to_string();
    let subject = ctx.person.0.to_string();
    notice::tell(&mut tx, manager, "team_refused", subject, turn, Card::saying(words), ctx.now).await?;
    inbound::record(&mut tx, ctx.now, "team.refused", Some(ctx.person), &manager.0.to_string(), json!({})).await?;
    tx.commit().await?;
    let to = people::name(ctx, manager);
    Ok(Reply::Replace(Card::saying(format!("Nothing was changed, and {to} knows that you said no."))))
}

const NOT_OPEN: &str = "That question is not open any more. `/mobility profile` shows what I know of you.";

fn asked_by(action: &Action) -> Result<PersonId, super::Failure> {
    action.subject.parse().map(PersonId).or_else(|_| refuse(NOT_OPEN))
}
