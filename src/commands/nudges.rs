//! What was sent to a person and why, and how much of it they want.

use super::{
    Answer, Ctx, cards,
    paging::{Page, split_page},
    refuse,
};
use crate::{
    domain::{
        Instant,
        calendar::{Snooze, parse_snooze, spoken_day, spoken_time, wall_time},
        outbox::WAITS_FOR_WELCOME,
        person::Person,
        preference::{Appetite, NudgeKind},
        programme::Programme,
    },
    message::{Action, Block, Button, Card, Choice, Field, FieldKind, Form, Reply, Text, Values, Verb},
    nudges::standing::{self, Standing},
    store::outbox::{self, Entry},
};
use chrono::{NaiveTime, Weekday};
use chrono_tz::Tz;

const PER_PAGE: usize = 8;
/// How long the ledger remembers.
const REMEMBERED: chrono::Months = chrono::Months::new(13);

/// The kinds that come to a person; a channel's digest belongs to the channel.
const PERSONAL: [NudgeKind; 3] =
    [NudgeKind::CareerConversation, NudgeKind::ConversationCheck, NudgeKind::OpportunityMatch];

/// The ledger with the rules above it; `nudges change` opens the form.
pub async fn run(ctx: &Ctx<'_>, rest: &str) -> Answer {
    let (words, asked) = split_page(rest);
    let me = ctx.me()?;
    if matches!(words.to_lowercase().as_str(), "change" | "edit" | "set") {
        return Ok(Reply::OpenForm(form(&me, ctx.programme, ctx.zone())));
    }
    let mut tx = ctx.db.read().await?;
    let since = ctx.now.checked_sub_months(REMEMBERED).unwrap_or(Instant::UNIX_EPOCH);
    let entries = outbox::ledger(&mut tx, ctx.person, since).await?;
    let turns = standing::turns_of(&mut tx, ctx.person, ctx.now).await?;
    drop(tx);
    let zone = ctx.zone();
    let standings = standing::standings(&ctx.live.read(), ctx.programme, &me, &turns, &entries, ctx.now);
    let page = Page::new(entries.len(), PER_PAGE, asked);
    let mut card = Card::new("Your messages").header("Your messages").text(rules(&me, ctx.programme, zone, ctx.now));
    card = card.buttons(vec![
        Button::run("Change", "nudges change"),
        if is_snoozed(&me, ctx.now) {
            Button::run("End snooze", "snooze off")
        } else {
            Button::run("Snooze", "snooze")
        },
    ]);
    if page.number == 1 {
        card = card.text(silences(&standings, ctx.programme, zone));
    }
    card = card.divider();
    if entries.is_empty() {
        card = card.text("Nothing was sent to you in the last 13 months.");
    }
    for entry in entries.get(page.range.clone()).unwrap_or_default() {
        card = card.text(line(entry, zone));
    }
    card = card.note(format!("{}, the newest first. Kept for 13 months.", page.position("message")));
    let turn = page.buttons("nudges");
    if !turn.is_empty() {
        card = card.buttons(turn);
    }
    Ok(page.answer(ctx, card))
}

/// Why something did not come, and what would keep the next one.
fn silences(standings: &[Standing], programme: &Programme, zone: Tz) -> Text {
    let day = |at: Instant| spoken_day(wall_time(zone, at).date());
    let mut said: Vec<String> = Vec::new();
    if !programme.is_active {
        said.push("The programme is off at the moment, so nothing comes unasked.".to_owned());
    }
    for it in standings {
        let Some((why, _)) = standing::reason(&it.outcome) else { continue };
        let about = if it.is_about_team { " about your team" } else { "" };
        let begin = format!("{}{about}:", it.kind.label());
        let next = it.next_at.map(|at| format!(" I look again on {}.", day(at))).unwrap_or_default();
        said.push(match it.decided_at {
            Some(_) if it.is_waiting() => {
                let from = it.next_at.map(|at| format!(" It comes from {} on.", spoken_time(at, zone)));
                format!("{begin} one is held back, because {why}.{}", from.unwrap_or_default())
            }
            Some(at) => format!("{begin} nothing came on {}, because {why}.{next}", day(at)),
            None => format!("{begin} nothing comes, because {why}."),
        });
    }
    for it in standings {
        let Some((why, at)) = it.limit() else { continue };
        let until = at.map(|at| format!(" until {}", day(at))).unwrap_or_default();
        let sentence = format!("If something came up now, it would wait{until}. {why}");
        if !said.contains(&sentence) {
            said.push(sentence);
        }
    }
    if said.is_empty() {
        return Text::plain("Nothing was held back.");
    }
    Text::new().bold("What did not come, and why").then(format!("\n{}", said.join("\n")))
}

fn is_snoozed(me: &Person, now: Instant) -> bool {
    me.preferences.snoozed_until.is_some_and(|until| until > now)
}

/// The rules that hold for this person now, in sentences.
fn rules(me: &Person, programme: &Programme, zone: Tz, now: Instant) -> Text {
    let (from, to) = hours(me, programme);
    let mut text = Text::new().bold(format!("{}. ", at_most(me, programme))).then(format!(
        "They come on {}, from {from} to {to} in {}.",
        days(me, programme),
        zone.name()
    ));
    if let Some(until) = me.preferences.snoozed_until.filter(|until| *until > now) {
        text = text.then(format!(" Snoozed until {}.", spoken_time(until, zone)));
    }
    for kind in PERSONAL {
        match me.preferences.appetite(kind) {
            Appetite::Normal => {}
            Appetite::Fewer => text = text.then(format!("\n{}: fewer.", kind.label())),
            Appetite::Off => text = text.then(format!("\n{}: off.", kind.label())),
        }
    }
    text.then("\nAnswers to something you did yourself always come at once and do not count.")
}

/// `At most 2 messages a week`, as it holds for this person.
#[must_use]
pub fn at_most(me: &Person, programme: &Programme) -> String {
    let most = me.preferences.max_per_week.map_or(programme.max_per_week, |own| own.min(programme.max_per_week));
    if most == 0 {
        "No messages unasked".into()
    } else {
        format!("At most {} a week", cards::count(i64::from(most), "message"))
    }
}

fn hours(me: &Person, programme: &Programme) -> (String, String) {
    let say = |time: NaiveTime| time.format("%H:%M").to_string();
    (
        say(me.preferences.quiet_before.unwrap_or(programme.quiet_before)),
        say(me.preferences.quiet_after.unwrap_or(programme.quiet_after)),
    )
}

fn days(me: &Person, programme: &Programme) -> String {
    let days = me.preferences.working_days.as_ref().unwrap_or(&programme.working_days);
    let names: Vec<String> = days.iter().map(Weekday::to_string).collect();
    if names.is_empty() { "no day".into() } else { cards::listed(&names) }
}

/// `**Tue 12 May, 14:00** · Matching projects · P-142 — sent. Because …`
fn line(entry: &Entry, zone: Tz) -> Text {
    let at = entry.settled_at.filter(|_| entry.state == "sent").unwrap_or(entry.due_at);
    let wall = wall_time(zone, at);
    let (label, why) = called(entry);
    let mut text =
        Text::new().bold(format!("{}, {}", spoken_day(wall.date()), wall.format("%H:%M"))).then(format!(" · {label}"));
    if entry.subject.parse::<crate::domain::id::OpportunityId>().is_ok() && entry.subject.starts_with("P-") {
        text = text.then(format!(" · {}", entry.subject));
    }
    text = text.then(format!(" — {}.", standing(entry)));
    let why = if entry.why.is_empty() { why } else { entry.why.trim_end_matches('.') };
    text.then(format!(" Why: {why}."))
}

/// What each notice is called in the ledger and why it comes, by the beginning of its kind.
const NOTICES: [(&str, &str, &str); 10] = [
    ("applicant", "Somebody applied", "you answer for the post"),
    ("withdrawn", "Somebody withdrew", "you own the post"),
    ("answered", "The answer to your application", "you applied"),
    ("accepted", "The answer to your application", "you applied"),
    ("owner_", "A decision about your post", "you own it"),
    ("team_", "Your team", "it says who reports to whom"),
    ("conversation.", "Your career conversation", "it is about the two of you"),
    ("mentor_", "Helping each other", "it is between the two of you"),
    ("channel_", "A channel's digest", "you set it up"),
    ("answer", "An answer", "you wrote to me"),
];

fn called(entry: &Entry) -> (&'static str, &'static str) {
    if let Some(kind) = entry.nudge() {
        return (kind.label(), "it was due");
    }
    let kind = entry.kind.trim_start_matches("notice.");
    let known = NOTICES.into_iter().find(|(begin, ..)| kind.starts_with(begin));
    known.map_or(("A notice", "somebody did something you wait to hear of"), |(_, label, why)| (label, why))
}

/// What became of a message, in plain words; also of one that was held back, and why.
fn standing(entry: &Entry) -> String {
    let because = if entry.reason.is_empty() { String::new() } else { format!(": {}", to_you(&entry.reason)) };
    match entry.state.as_str() {
        "pending" if entry.reason == WAITS_FOR_WELCOME => "moved to a time that suits you".into(),
        "pending" if entry.attempts > 0 => "not there yet, it is tried again".into(),
        "pending" => "planned".into(),
        "sending" if entry.reason.is_empty() => "on its way".into(),
        "sending" | "unknown" => "may have arrived; it is not sent twice".into(),
        "sent" => match entry.response.as_deref() {
            Some("acted") => "sent; you answered it".into(),
            Some("dismissed") => "sent; you said not now".into(),
            Some("snoozed") => "sent; you asked for quiet".into(),
            Some("fewer") => "sent; you asked for fewer like it".into(),
            _ => "sent".into(),
        },
        "dead" => "could not be delivered".into(),
        "expired" => format!("not sent, it would have come too late{because}"),
        "cancelled" => format!("held back{because}"),
        other => other.to_owned(),
    }
}

/// Reasons are written for whoever runs the server; here the person reads them.
fn to_you(reason: &str) -> String {
    reason
        .replace("the person has", "you have")
        .replace("the person", "you")
        .replace("by the operator", "by whoever runs the service")
}

const DAYS: [Weekday; 7] =
    [Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri, Weekday::Sat, Weekday::Sun];

fn form(me: &Person, programme: &Programme, zone: Tz) -> Form {
    let appetite = |kind: NudgeKind| {
        let initial = match me.preferences.appetite(kind) {
            Appetite::Normal => "normal",
            Appetite::Fewer => "fewer",
            Appetite::Off => "off",
        };
        let choices = vec![Choice::new("Normal", "normal"), Choice::new("Fewer", "fewer"), Choice::new("Off", "off")];
        Field::new(kind.as_str(), kind.label(), FieldKind::Select { choices, initial: Some(initial.into()) })
    };
    let days = me.preferences.working_days.as_ref().unwrap_or(&programme.working_days);
    let mut fields: Vec<Field> = PERSONAL.into_iter().map(appetite).collect();
    fields.push(
        Field::new(
            "max_per_week",
            "At most this many a week",
            FieldKind::Number {
                initial: Some(i64::from(me.preferences.max_per_week.unwrap_or(programme.max_per_week))),
                min: 0,
                max: i64::from(programme.max_per_week),
            },
        )
        .hint(format!("The programme allows up to {}; fewer is up to you.", programme.max_per_week)),
    );
    fields.push(Field::new(
        "from",
        "Not before",
        FieldKind::Time { initial: Some(me.preferences.quiet_before.unwrap_or(programme.quiet_before)) },
    ));
    fields.push(Field::new(
        "to",
        "Not after",
        FieldKind::Time { initial: Some(me.preferences.quiet_after.unwrap_or(programme.quiet_after)) },
    ));
    fields.push(Field::new(
        "days",
        "On these days",
        FieldKind::Checks {
            choices: DAYS.into_iter().map(|day| Choice::new(day.to_string(), day.to_string())).collect(),
            initial: days.iter().map(Weekday::to_string).collect(),
        },
    ));
    Form {
        title: "Your messages".into(),
        submit: "Save".into(),
        action: Action::new(Verb::SubmitNudges, ""),
        intro: Vec::new(),
        fields,
        outro: vec![Block::Note(Text::plain(format!(
            "Times are in {}. Answers to something you did yourself always come.",
            zone.name()
        )))],
    }
}

/// Own settings beat the programme's, within its weekly cap.
pub async fn submit(ctx: &Ctx<'_>, values: &Values) -> Answer {
    let mut errors: Vec<(String, String)> = Vec::new();
    let mut wrong = |field: &str, words: String| errors.push((field.to_owned(), words));
    let (from, to) = (values.time("from"), values.time("to"));
    match (from, to) {
        (Some(from), Some(to)) if from >= to => {
            wrong("to", "“Not after” must be later than “Not before”.".into());
        }
        (Some(_), Some(_)) => {}
        (None, _) => wrong("from", "Please give a time, such as 09:30.".into()),
        (_, None) => wrong("to", "Please give a time, such as 16:00.".into()),
    }
    let most = values.number("max_per_week").filter(|most| *most <= ctx.programme.max_per_week);
    if most.is_none() {
        wrong("max_per_week", format!("Please give a number from 0 to {}.", ctx.programme.max_per_week));
    }
    let days: Vec<Weekday> = DAYS.into_iter().filter(|day| values.is_checked("days", &day.to_string())).collect();
    if days.is_empty() {
        wrong("days", "Please leave at least one day. For none at all, set the number to 0.".into());
    }
    if !errors.is_empty() {
        return Ok(Reply::FormErrors(errors));
    }
    let programme = ctx.programme;
    let me = ctx
        .change_me("person.nudges", |me| {
            let own = &mut me.preferences;
            for kind in PERSONAL {
                match values.one(kind.as_str()) {
                    "fewer" => drop(own.appetite.insert(kind, Appetite::Fewer)),
                    "off" => drop(own.appetite.insert(kind, Appetite::Off)),
                    _ => drop(own.appetite.remove(&kind)),
                }
            }
            // What equals the programme's rule keeps following it.
            own.max_per_week = most.filter(|most| *most != programme.max_per_week);
            own.quiet_before = from.filter(|from| *from != programme.quiet_before);
            own.quiet_after = to.filter(|to| *to != programme.quiet_after);
            own.working_days = Some(days).filter(|days| *days != programme.working_days);
        })
        .await?;
    let card = Card::new("Saved")
        .text("Saved. This is how it is now:")
        .text(rules(&me, programme, ctx.zone(), ctx.now))
        .buttons(vec![Button::run("Change", "nudges change")]);
    Ok(Reply::Private(card))
}

/// Quiet for a while, or no longer; without words, how things stand.
pub async fn snooze(ctx: &Ctx<'_>, rest: &str) -> Answer {
    let zone = ctx.zone();
    if rest.is_empty() {
        let me = ctx.me()?;
        let words = match me.preferences.snoozed_until.filter(|until| *until > ctx.now) {
            Some(until) => format!("Quiet until {}. It ends by itself.", spoken_time(until, zone)),
            None => "For how long? It ends by itself; answers to what you do still come.".to_owned(),
        };
        let card = Card::saying(words)
            .buttons(vec![
                Button::run("1 week", "snooze 1w"),
                Button::run("2 weeks", "snooze 2w"),
                Button::run("1 month", "snooze 1m"),
                Button::run("End snooze", "snooze off"),
            ])
            .note(
                Text::new()
                    .then("Or say it: ")
                    .code("snooze until friday")
                    .then(", ")
                    .code("snooze until 2026-01-12")
                    .then("."),
            );
        return Ok(Reply::Private(card));
    }
    let until = match parse_snooze(rest, zone, ctx.now) {
        Ok(Snooze::Off) => None,
        Ok(Snooze::Until(until)) => Some(until),
        Err(error) => return refuse(error.to_string()),
    };
    ctx.change_me(if until.is_some() { "nudge.snoozed" } else { "nudge.resumed" }, |me| {
        me.preferences.snoozed_until = until;
    })
    .await?;
    let card = match until {
        Some(until) => Card::saying(format!("Nothing unasked until {}. It ends by itself.", spoken_time(until, zone)))
            .buttons(vec![Button::run("End snooze", "snooze off")]),
        None => {
            let me = ctx.me()?;
            Card::saying(format!("Messages are on again. {}.", at_most(&me, ctx.programme)))
                .buttons(vec![Button::run("Change", "nudges change")])
        }
    };
    Ok(if ctx.is_press { Reply::Replace(card) } else { Reply::Private(card) })
}
