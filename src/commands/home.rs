//! The home: the default place to look. The next useful thing, three matches, where things stand, and who sees what.

use super::{
    Answer, Ctx, Failure, applied, cards, matches,
    next::{self, is_new},
    nudges, people, profile,
};
use crate::{
    access::{Asker, Deed, authorize},
    domain::{
        Instant,
        audit::{Act, Look, Note},
        calendar::{Quarter, local_date, spoken_day, wall_time},
        conversation::{Conversation, Standing},
        feedback::Heard,
        id::PersonId,
        mentoring::RequestState,
        person::Person,
    },
    message::{Block, Button, Card, Home, Reply, Text},
    store::{Tx, applications, audit, conversations, mentoring, outbox, showings::Surface},
};
use std::collections::HashMap;

/// So many cards, and so many applications, are on the home; the rest is one button away.
const FEW: usize = 3;
/// So many of a manager's people are named.
const NAMED: usize = 2;

/// `/mobility`: the next useful thing and three matches.
pub async fn run(ctx: &Ctx<'_>, _rest: &str) -> Answer {
    let me = ctx.me()?;
    let mut tx = ctx.db.read().await?;
    let next = next::next(ctx, &mut tx, &me).await?;
    let heard = matches::heard(&mut tx, ctx.person).await?;
    drop(tx);
    let hello = if me.name.is_empty() { "Hello!".to_owned() } else { format!("Hello {}!", me.first_name()) };
    note_shown(ctx, &me, &heard);
    let mut card = Card::new("What is next for you").text(if is_new(&me) {
        Text::new().bold(hello).then(" I help people here find projects and people beside their usual work.")
    } else {
        Text::new().bold(hello)
    });
    card = card.item(next.text, next.buttons).divider();
    card.blocks.extend(for_you(ctx, &me, &heard));
    Ok(Reply::Private(
        card.note(Text::new().then("Looking is private. ").code("/mobility help").then(" shows all of this.")),
    ))
}

/// Notes that the person looks at their home, with what it suggests today.
///
/// # Errors
/// The database refused, or the person is not known (yet).
pub async fn opened(ctx: &Ctx<'_>) -> Result<(), Failure> {
    let me = ctx.me()?;
    let mut tx = ctx.db.read().await?;
    let heard = matches::heard(&mut tx, ctx.person).await?;
    drop(tx);
    note_shown(ctx, &me, &heard);
    // It shows where the conversations with one's people stand.
    let look = |report: &Person| Note::by(ctx.person, Act::Looked(Look::Team)).about(report.id);
    let looks: Vec<Note> = ctx.live.read().reports_of(ctx.person).into_iter().map(look).collect();
    audit::looked(ctx.db, ctx.now, looks).await?;
    Ok(())
}

/// Somebody of whom nothing is known is shown what is new to everybody: nothing follows from not answering it.
fn note_shown(ctx: &Ctx<'_>, me: &Person, heard: &Heard) {
    let picks = matches::top(ctx, me, heard, FEW).into_iter().map(|(post, _)| post.id);
    let surface = if is_new(me) { Surface::Search } else { Surface::Home };
    ctx.showings.note(ctx.person, surface, picks, ctx.today());
}

fn for_you(ctx: &Ctx<'_>, me: &Person, heard: &Heard) -> Vec<Block> {
    let zone = ctx.zone();
    let picks = matches::top(ctx, me, heard, FEW);
    let mut card = Card::default().header(if is_new(me) { "Open right now" } else { "For you" });
    if picks.is_empty() {
        card = card
            .text("Nothing fits right now. New posts come every week; a skill more on your list finds more.")
            .buttons(vec![Button::run("Search", "find"), Button::run("Edit", "profile edit")]);
    }
    for (post, reason) in picks {
        card = card.item(cards::with_second_line(cards::line(&post, zone), reason), cards::on_a_match(&post));
    }
    card.blocks
}

/// The whole home of the person whose account is asked for.
///
/// # Errors
/// The database refused, or the person is not known (yet).
pub async fn view(ctx: &Ctx<'_>) -> Result<Home, Failure> {
    let me = ctx.me()?;
    let mut tx = ctx.db.read().await?;
    let next = next::next(ctx, &mut tx, &me).await?;
    let heard = matches::heard(&mut tx, ctx.person).await?;
    let mut card = Card::default().header("Next").item(next.text, next.buttons).divider();
    card.blocks.extend(for_you(ctx, &me, &heard));
    card = card.buttons(vec![Button::run("More matches", "matches"), Button::run("My list", "saved")]).divider();
    card = my_applications(ctx, &mut tx, card).await?;
    card = card
        .header("My skills")
        .item(profile::skills_text(&me), vec![Button::run("Edit", "profile edit")])
        .divider()
        .header("People");
    card = my_people(ctx, &mut tx, &me, card).await?;
    card = card
        .header("How moving works here")
        .text("Sideways with what you can do, step by step into another kind of work, or upward: often a short project comes first.")
        .buttons(vec![
            Button::run("Where I could go", "paths"),
            Button::run("How moving works", "help moving"),
            Button::run("How matches are made", "help matches"),
            Button::run("How applying works", "help applications"),
        ])
        .divider();
    card = my_team(ctx, &mut tx, card).await?;
    card = for_programme(ctx, &mut tx, card).await?;
    card = messages(ctx, &mut tx, &me, card).await?;
    Ok(Home { blocks: card.blocks })
}

async fn my_applications(ctx: &Ctx<'_>, tx: &mut Tx, mut card: Card) -> sqlx::Result<Card> {
    let all = applications::of_person(tx, ctx.person).await?;
    card = card.header("My applications");
    if all.is_empty() {
        return Ok(card.text("None yet. Only the owner is told when you press “I'm interested”.").divider());
    }
    let zone = ctx.zone();
    let company = ctx.live.read();
    for it in all.iter().take(FEW) {
        if let Some(post) = company.opportunity(it.post) {
            card = card.text(applied::line(post, it, zone, ctx.now));
        }
    }
    let label = if all.len() > FEW { format!("All {}", all.len()) } else { "Details".to_owned() };
    Ok(card.buttons(vec![Button::run(label, "applied")]).divider())
}

/// Who asks for help, and the two ways to it.
async fn my_people(ctx: &Ctx<'_>, tx: &mut Tx, me: &Person, mut card: Card) -> sqlx::Result<Card> {
    let all = mentoring::of_person(tx, ctx.person).await?;
    let waiting = all.iter().filter(|it| it.mentor == ctx.person && it.state == RequestState::Waiting);
    for it in waiting.take(FEW) {
        let who = people::reference(tx, ctx, it.person).await?;
        let name = people::name(ctx, it.person);
        let buttons = [("Accept", "accept"), ("Decline", "decline")].map(|(label, verb)| {
            Button::run(label, format!("mentor {verb} {who}")).accessible(format!("{label}: {name}"))
        });
        card = card
            .item(Text::new().bold(name).then(format!(" would like your help with {}.", it.topic)), buttons.to_vec());
    }
    let going_on = all.iter().filter(|it| it.state == RequestState::Accepted).count();
    let words = match (going_on, me.mentoring.is_some()) {
        (0, false) => "Somebody to learn from, or somebody to help: both are one press away.".to_owned(),
        (0, true) => "You offer to help. Whoever asks you stands here.".to_owned(),
        (1, _) => "You learn with 1 colleague.".to_owned(),
        (more, _) => format!("You learn with {more} colleagues."),
    };
    let offer = if me.mentoring.is_some() { "My mentoring" } else { "Offer to help" };
    let command = if me.mentoring.is_some() { "mentor" } else { "mentor offer" };
    Ok(card
        .text(words)
        .buttons(vec![Button::run("Find a mentor", "mentor find"), Button::run(offer, command)])
        .divider())
}

/// Only for those whom somebody reports to: how many conversations were held, and who has no time yet.
async fn my_team(ctx: &Ctx<'_>, tx: &mut Tx, mut card: Card) -> sqlx::Result<Card> {
    let reports: Vec<(PersonId, String)> = {
        let company = ctx.live.read();
        company.reports_of(ctx.person).into_iter().map(|person| (person.id, people::called(person))).collect()
    };
    if reports.is_empty() {
        return Ok(card);
    }
    let quarter = Quarter::of(ctx.today());
    let known = conversations::of_manager(tx, ctx.person, &quarter.label()).await?;
    let standing: HashMap<PersonId, Standing> =
        known.iter().map(|it| (it.report, Conversation::standing(it))).collect();
    let of = |report: &PersonId| standing.get(report).copied().unwrap_or(Standing::Open);
    let held = reports.iter().filter(|(report, _)| of(report) == Standing::Held).count();
    card = card.header("My team").text(format!("{held} of {} career conversations done this quarter.", reports.len()));
    for (report, name) in reports.iter().filter(|(report, _)| of(report) == Standing::Open).take(NAMED) {
        let who = people::reference(tx, ctx, *report).await?;
        let propose =
            Button::run("Propose times", format!("1on1 plan {who}")).accessible(format!("Propose times: {name}"));
        card = card.item(Text::new().bold(name.clone()).then(" has no time yet."), vec![propose]);
    }
    Ok(card.buttons(vec![Button::run("My team", "team")]).divider())
}

/// Only for those who run the programme.
async fn for_programme(ctx: &Ctx<'_>, tx: &mut Tx, mut card: Card) -> Result<Card, Failure> {
    let asker = Asker::load(tx, ctx.person).await?;
    if authorize(&asker, Deed::RunProgramme).is_err() {
        return Ok(card);
    }
    card = card.header("The programme");
    if !ctx.programme.is_active {
        card = card.text(
            Text::new()
                .bold("The programme is off: ")
                .then("nothing is sent unasked. Look at the rehearsal, then turn it on."),
        );
        card = card.buttons(vec![Button::run("Rehearse", "admin rehearse"), Button::run("Turn it on", "admin start")]);
    }
    let quarter = Quarter::of(ctx.today());
    let report = super::report::report(tx, ctx.live, ctx.programme, quarter, ctx.now).await?;
    for line in report.lines().into_iter().take(FEW) {
        card = card.text(line);
    }
    Ok(card.buttons(vec![Button::run("Open report", "admin report")]).divider())
}

async fn messages(ctx: &Ctx<'_>, tx: &mut Tx, me: &Person, card: Card) -> sqlx::Result<Card> {
    let zone = ctx.zone();
    let since = ctx.now - chrono::Duration::days(60);
    let planned: Option<Instant> = outbox::ledger(tx, ctx.person, since)
        .await?
        .into_iter()
        .filter(|entry| entry.is_nudge && entry.state == "pending")
        .map(|entry| entry.due_at)
        .min();
    let mut words = format!("{}.", nudges::at_most(me, ctx.programme));
    if let Some(until) = me.preferences.snoozed_until.filter(|until| *until > ctx.now) {
        words.push_str(&format!(" Snoozed until {}.", spoken_day(local_date(zone, until))));
    } else if let Some(at) = planned {
        let wall = wall_time(zone, at);
        words.push_str(&format!(" Next: {}, {}.", spoken_day(wall.date()), wall.format("%H:%M")));
    }
    words.push_str(" Your interest is private.");
    Ok(card.header("Messages and privacy").text(words).buttons(vec![
        Button::run("Change", "nudges change"),
        Button::run("Snooze", "snooze"),
        Button::run("What do you know about me?", "my-data"),
    ]))
}
