//! The people who applied for a post, in the order in which they came, with the facts they stated. No score, no ranking:
//! a human decides, and both are told.

use super::{
    Answer, Ctx, Failure,
    cards::{self, count},
    outcome::{self, DECLINED},
    people, post, refuse,
};
use crate::{
    access::{Deed, NOT_YOUR_POST, authorize},
    domain::{
        audit::{Act, Look, Note},
        calendar::{local_date, spoken_day},
        id::{OpportunityId, PersonId},
        opportunity::{ApplicationState, Opportunity},
        person::Person,
        word::Word,
    },
    message::{Action, Block, Button, Card, Choice, Field, FieldKind, Form, Reply, Text, Values, Verb},
    store::{
        Tx,
        applications::{self, Application},
        audit, opportunities,
    },
};

const LONGEST_WORDS: usize = 300;
const MOST_SKILLS: usize = 15;
/// A card can hold about so many; the rest come up as these are answered.
const SHOWN: usize = 10;

/// `applicants P-142`, or the only open post of mine.
///
/// # Errors
/// What the person is told, or what broke.
pub async fn run(ctx: &Ctx<'_>, rest: &str) -> Answer {
    let id = if rest.is_empty() {
        let company = ctx.live.read();
        let mut mine = company.index.all().filter(|post| post.owner == Some(ctx.person) && post.is_open());
        match (mine.next(), mine.next()) {
            (Some(only), None) => Some(only.id),
            _ => None,
        }
    } else {
        rest.split_whitespace().next().and_then(|word| word.parse().ok())
    };
    let Some(id) = id else {
        return if rest.is_empty() { post::run(ctx, "").await } else { refuse(NOT_YOUR_POST) };
    };
    let mut tx = ctx.db.read().await?;
    let post = own_post(&mut tx, ctx, id).await?;
    let card = list(&mut tx, ctx, &post, None).await?;
    let looks = looks(&mut tx, ctx, &post).await?;
    drop(tx);
    audit::looked(ctx.db, ctx.now, looks).await?;
    Ok(if ctx.is_press { Reply::Replace(card) } else { Reply::Private(card) })
}

/// The post, if its applicants are this person's to answer. One that is not there is refused in the same words.
async fn own_post(tx: &mut Tx, ctx: &Ctx<'_>, id: OpportunityId) -> Result<Opportunity, Failure> {
    let Some(post) = opportunities::find(tx, id).await? else { return refuse(NOT_YOUR_POST) };
    let asker = crate::access::Asker::load(tx, ctx.person).await?;
    authorize(&asker, Deed::AnswerApplicants(&post))?;
    Ok(post)
}

/// That this person saw who applied, for those who did.
async fn looks(tx: &mut Tx, ctx: &Ctx<'_>, post: &Opportunity) -> Result<Vec<Note>, Failure> {
    let all = applications::of_post(tx, post.id).await?;
    let look = |it: &Application| Note::by(ctx.person, Act::Looked(Look::Applicants)).about(it.person).on(post.id);
    Ok(all.iter().map(look).collect())
}

async fn list(tx: &mut Tx, ctx: &Ctx<'_>, post: &Opportunity, news: Option<String>) -> Result<Card, Failure> {
    let all = applications::of_post(tx, post.id).await?;
    let of_state = |state| all.iter().filter(move |it| it.state == state);
    let waiting = of_state(ApplicationState::Waiting).count();
    let taken = of_state(ApplicationState::Accepted).count();
    let seats = count(i64::from(post.seats), "seat");
    let summary = format!("{} · {waiting} waiting · {taken} of {seats} taken", post.id);
    let mut card = Card::new(summary.clone()).header(short(&post.title, 140));
    if let Some(news) = news {
        card = card.text(news);
    }
    card = card.text(summary);
    if !post.is_open() {
        card = card.note(cards::closed_sentence(post, ctx.zone()));
    }
    for it in of_state(ApplicationState::Waiting).take(SHOWN) {
        card = card.item(facts(tx, ctx, it).await?, buttons(ctx, post, it));
    }
    if waiting > SHOWN {
        card = card.note(format!("{} more wait; they come up as you answer these.", waiting - SHOWN));
    }
    for it in all.iter().filter(|it| it.state != ApplicationState::Waiting).rev().take(SHOWN) {
        let on = it.decided_at.map_or_else(String::new, |at| format!(" on {}", spoken_day(local_date(ctx.zone(), at))));
        let became = match it.state {
            ApplicationState::Accepted => format!("accepted{on}"),
            ApplicationState::Declined => format!("not this time{on}: {}", it.reason),
            ApplicationState::Withdrawn | ApplicationState::Waiting => format!("took it back{on}"),
        };
        card = card.note(format!("{} · {became}", people::name(ctx, it.person)));
    }
    if all.is_empty() {
        card = card.text("Nobody has asked yet. Sharing it where people with the skills are helps most.");
        card = card.buttons(vec![cards::show(post), cards::on_post("Edit", "edit", post)]);
    } else if waiting > 0 {
        card = card.note("In the order in which they asked. Each is told your answer at once.");
    }
    Ok(card)
}

async fn facts(tx: &mut Tx, ctx: &Ctx<'_>, it: &Application) -> Result<Text, Failure> {
    let who = people::span(tx, ctx, it.person).await?;
    let person: Option<Person> = ctx.live.read().person(it.person).cloned();
    let mut text = Text::new().span(who);
    if let Some(person) = &person
        && !person.department.is_empty()
    {
        text = text.then(format!(" · {}", person.department));
    }
    text = text.then(format!(" · {}", outcome::waited(ctx, it)));
    let skills = |all: &[Word]| all[..all.len().min(MOST_SKILLS)].join(", ");
    if let Some(person) = &person {
        for (label, all) in [("Has", &person.have), ("Wants to learn", &person.want)] {
            if !all.is_empty() {
                text = text.then(format!("\n{label}: {}", skills(all)));
            }
        }
    }
    if !it.availability.is_empty() {
        text = text.then(format!("\nAvailable: {}", it.availability));
    }
    if !it.note.is_empty() {
        text = text.then("\n").italic(it.note.clone());
    }
    Ok(text)
}

fn buttons(ctx: &Ctx<'_>, post: &Opportunity, it: &Application) -> Vec<Button> {
    let name = people::first_name(ctx, it.person);
    let subject = format!("{} {}", post.id, it.person.0);
    vec![
        Button::new("Accept", Action::new(Verb::Accept, &subject).at_version(it.version))
            .accessible(format!("Accept {name}"))
            .confirm(format!("Say yes to {name} for {}? You are both told at once.", post.id)),
        Button::new("Decline", Action::new(Verb::Decline, &subject).at_version(it.version))
            .accessible(format!("Decline {name}")),
    ]
}

fn short(words: &str, most: usize) -> String {
    words.chars().take(most).collect()
}

/// The post and the person that an answer is about.
fn named(action: &Action) -> Result<(OpportunityId, PersonId), Failure> {
    let mut words = action.subject.split_whitespace();
    let post = words.next().and_then(|word| word.parse().ok());
    let person = words.next().and_then(|word| word.parse().ok()).map(PersonId);
    post.zip(person).map_or_else(|| refuse(NOT_YOUR_POST), Ok)
}

/// The application, if it still waits for the answer that was pressed.
async fn waiting(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    post: &Opportunity,
    person: PersonId,
    version: i64,
) -> Result<Application, Failure> {
    let name = people::name(ctx, person);
    let Some(it) = applications::find(tx, post.id, person).await? else { return refuse(NOT_YOUR_POST) };
    let on = it.decided_at.map_or_else(String::new, |at| format!(" on {}", spoken_day(local_date(ctx.zone(), at))));
    match it.state {
        ApplicationState::Waiting if it.version == version => Ok(it),
        ApplicationState::Waiting => refuse(format!(
            "{name} took it back and asked again since. `/mobility applicants {}` shows what they say now.",
            post.id
        )),
        ApplicationState::Accepted => refuse(format!("{name} was accepted for {}{on}. Nothing was changed.", post.id)),
        ApplicationState::Declined => refuse(format!("{name} was told no for {}{on}. Nothing was changed.", post.id)),
        ApplicationState::Withdrawn => refuse(format!(
            "{name} took the application back{on}, so there is nothing to answer. `/mobility applicants {}` shows who waits.",
            post.id
        )),
    }
}

/// Yes to one person. When that was the last seat, the post closes and everybody else who waits is told.
///
/// # Errors
/// What the person is told, or what broke.
pub async fn accept(ctx: &Ctx<'_>, action: &Action) -> Answer {
    let (id, person) = named(action)?;
    let mut tx = ctx.db.write().await?;
    opportunities::hold(&mut tx, id).await?;
    let post = own_post(&mut tx, ctx, id).await?;
    let it = waiting(&mut tx, ctx, &post, person, action.version).await?;
    if !post.is_open() {
        return refuse(format!("{} Nothing was changed.", cards::closed_sentence(&post, ctx.zone())));
    }
    if !outcome::accept(&mut tx, ctx, &post, &it).await? {
        return refuse(format!("That was answered meanwhile. `/mobility applicants {id}` shows where it stands."));
    }
    let is_full = outcome::close_if_full(&mut tx, ctx, &post).await?;
    let name = people::name(ctx, person);
    let news = if is_full {
        format!(
            "{name} is in, and knows. That was the last seat, so {id} is closed and everybody else who waited knows too."
        )
    } else {
        format!("{name} is in, and knows.")
    };
    let post = own_post(&mut tx, ctx, id).await?;
    let card = list(&mut tx, ctx, &post, Some(news)).await?;
    let looks = looks(&mut tx, ctx, &post).await?;
    audit::note_once(&mut tx, ctx.now, looks).await?;
    tx.commit().await?;
    ctx.live.refresh().await?;
    Ok(Reply::Replace(card))
}

/// No to one person: asks for the reason first.
///
/// # Errors
/// What the person is told, or what broke.
pub async fn decline(ctx: &Ctx<'_>, action: &Action) -> Answer {
    let (id, person) = named(action)?;
    let mut tx = ctx.db.read().await?;
    let post = own_post(&mut tx, ctx, id).await?;
    waiting(&mut tx, ctx, &post, person, action.version).await?;
    let name = people::name(ctx, person);
    let reasons = DECLINED.iter().map(|reason| Choice::new(reason.label(), reason.code)).collect();
    Ok(Reply::OpenForm(Form {
        title: "Not this time".into(),
        submit: "Send".into(),
        action: Action { verb: Verb::SubmitDecline, ..action.clone() },
        intro: vec![Block::Text(
            Text::new().bold(name.clone()).then(" applied for ").bold(post.title.clone()).then(format!(" ({id}).")),
        )],
        fields: vec![
            Field::new("reason", "What decided it", FieldKind::Select { choices: reasons, initial: None }),
            Field::new(
                "words",
                "A few words of your own",
                FieldKind::Paragraph {
                    initial: String::new(),
                    placeholder: "What would help them next time?".into(),
                    max: u32::try_from(LONGEST_WORDS).unwrap_or(u32::MAX),
                },
            )
            .optional(),
        ],
        outro: vec![Block::Note(Text::plain(format!(
            "{name} reads the reason and your words, with similar work. Nobody else does."
        )))],
    }))
}

/// The reason was given: the applicant is told, with a next step.
///
/// # Errors
/// What the person is told, or what broke.
pub async fn submit_decline(ctx: &Ctx<'_>, action: &Action, values: &Values) -> Answer {
    let (id, person) = named(action)?;
    let words = values.one("words");
    let mut errors = Vec::new();
    let reason = outcome::reason(&DECLINED, values.one("reason"));
    if reason.is_none() {
        errors
            .push(("reason".to_owned(), "Choose what decided it; an answer without a reason helps nobody.".to_owned()));
    }
    let length = words.chars().count();
    if length > LONGEST_WORDS {
        errors.push(("words".to_owned(), format!("That is {length} characters; please keep it to {LONGEST_WORDS}.")));
    }
    let Some(reason) = reason.filter(|_| errors.is_empty()) else { return Ok(Reply::FormErrors(errors)) };
    let mut tx = ctx.db.write().await?;
    opportunities::hold(&mut tx, id).await?;
    let post = own_post(&mut tx, ctx, id).await?;
    let it = waiting(&mut tx, ctx, &post, person, action.version).await?;
    if !outcome::decline(&mut tx, ctx, &post, &it, reason, words).await? {
        return refuse(format!("That was answered meanwhile. `/mobility applicants {id}` shows where it stands."));
    }
    let news = format!("{} knows, with your reason and similar work.", people::name(ctx, person));
    let card = list(&mut tx, ctx, &post, Some(news)).await?;
    let looks = looks(&mut tx, ctx, &post).await?;
    audit::note_once(&mut tx, ctx.now, looks).await?;
    tx.commit().await?;
    Ok(Reply::Private(card))
}
