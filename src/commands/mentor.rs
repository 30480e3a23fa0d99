//! Helping each other: who offers what, asking them, and their answer. Only people who opted in, with facts and no
//! ranking number; they can take it back at any time.

mod card;
mod find;

pub use find::{expert, find};

use super::{
    Answer, Ctx, Failure, named_in_rest, notice, people, refuse,
    skills::{LONGEST, cleaned},
};
use crate::{
    domain::{
        id::PersonId,
        mentoring::{Mentoring, RequestState, Way},
        person::Person,
        word::texts,
    },
    message::{Action, Block, Button, Card, Choice, Field, FieldKind, Form, Reply, Text, Values, Verb},
    store::{
        Tx, inbound,
        mentoring::{self, Request},
    },
};

const LONGEST_NOTE: usize = 300;
const LONGEST_OFFER: u32 = 200;
/// Said of a colleague who does not offer help and of a number that is nobody's.
const NOT_OFFERING: &str = "That colleague does not offer help through me. `/mobility mentor find` shows who does.";
/// Nobody can help more people at a time.
const MOST_PEOPLE: u32 = 10;

/// `mentor` shows where one stands; `find`, `offer`, `stop`, `ask`, `accept`, `decline`, `withdraw`, `end` do something.
pub async fn run(ctx: &Ctx<'_>, rest: &str) -> Answer {
    let (word, more) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let more = more.trim();
    match word.to_lowercase().as_str() {
        "" | "status" => status(ctx).await,
        "find" | "search" => find(ctx, more).await,
        "offer" | "edit" => Ok(Reply::OpenForm(offer_form(&ctx.me()?))),
        "stop" => stop(ctx).await,
        "ask" | "request" => ask(ctx, more).await,
        "accept" => answer(ctx, more, true).await,
        "decline" => answer(ctx, more, false).await,
        "withdraw" => withdraw(ctx, more).await,
        "end" => end(ctx, more).await,
        _ => find(ctx, rest).await,
    }
}

fn offer_form(me: &Person) -> Form {
    let offer = me.mentoring.as_ref();
    let skills = offer.map_or_else(|| texts(&me.have), |offer| offer.skills.clone());
    let ways = offer.map_or_else(|| vec![Way::Meeting], |offer| offer.ways.clone());
    Form {
        title: "Offer to help".into(),
        submit: "Offer".into(),
        action: Action::new(Verb::SubmitMentoring, ""),
        intro: vec![Block::Text(Text::plain(
            "Colleagues who look for one of these skills find your name, your team, and what you write here. You answer every request yourself.",
        ))],
        fields: vec![
            Field::new("skills", "What I can help with", FieldKind::Skills { initial: skills }),
            Field::new(
                "ways",
                "How",
                FieldKind::Checks {
                    choices: Way::ALL.map(|way| Choice::new(way.offer(), way.as_str())).to_vec(),
                    initial: ways.iter().map(|way| way.as_str().to_owned()).collect(),
                },
            ),
            Field::new(
                "capacity",
                "How many people at a time",
                FieldKind::Number {
                    initial: Some(i64::from(offer.map_or(1, |offer| offer.capacity))),
                    min: 1,
                    max: i64::from(MOST_PEOPLE),
                },
            )
            .hint("When so many are with you, nobody else can ask."),
            Field::new(
                "note",
                "Anything to know",
                FieldKind::Line {
                    initial: offer.map_or_else(String::new, |offer| offer.note.clone()),
                    placeholder: "Thursdays suit me best".into(),
                    max: LONGEST_OFFER,
                },
            )
            .optional(),
        ],
        outro: vec![Block::Note(Text::plain("You can stop at any time: `/mobility mentor stop`."))],
    }
}

/// The offer stands as soon as the form is sent.
pub async fn submit_offer(ctx: &Ctx<'_>, values: &Values) -> Answer {
    let mut errors: Vec<(String, String)> = Vec::new();
    let mut wrong = |field: &str, words: String| errors.push((field.to_owned(), words));
    let skills = cleaned(&ctx.live.read(), values.all("skills"));
    match &skills {
        Ok(skills) if skills.is_empty() => wrong("skills", "Please name at least one skill.".into()),
        Ok(_) => {}
        Err(words) => wrong("skills", words.clone()),
    }
    let ways: Vec<Way> = values.all("ways").iter().filter_map(|way| Way::parse(way)).collect();
    if ways.is_empty() {
        wrong("ways", "Please tick at least one.".into());
    }
    let capacity = values.number("capacity").filter(|people| (1..=MOST_PEOPLE).contains(people));
    if capacity.is_none() {
        wrong("capacity", format!("Please give a number from 1 to {MOST_PEOPLE}."));
    }
    let note = values.one("note");
    if note.chars().count() > LONGEST_OFFER as usize {
        wrong("note", format!("Please keep it to {LONGEST_OFFER} letters."));
    }
    let (Ok(skills), Some(capacity), true) = (skills, capacity, errors.is_empty()) else {
        return Ok(Reply::FormErrors(errors));
    };
    let offer = Mentoring { skills, capacity, ways, note: note.to_owned() };
    let me = ctx.change_me("mentoring.offered", |me| me.mentoring = Some(Box::new(offer))).await?;
    Ok(Reply::Private(card::offered(&me)))
}

/// The offer goes; whoever waits is told, and what goes on goes on.
async fn stop(ctx: &Ctx<'_>) -> Answer {
    let me = ctx.me()?;
    if me.mentoring.is_none() {
        return refuse("You offer nothing right now. `/mobility mentor offer` changes that whenever you like.");
    }
    ctx.change_me("mentoring.stopped", |me| me.mentoring = None).await?;
    let mut tx = ctx.db.write().await?;
    let all = mentoring::of_person(&mut tx, ctx.person).await?;
    for it in all.iter().filter(|it| it.mentor == ctx.person && it.state == RequestState::Waiting) {
        say_no(ctx, &mut tx, it, &me).await?;
    }
    tx.commit().await?;
    let going_on = all.iter().filter(|it| it.mentor == ctx.person && it.state == RequestState::Accepted).count();
    let mut words = "Your offer is gone; nobody finds you any more.".to_owned();
    if going_on > 0 {
        words.push_str(" What you agreed on goes on; `/mobility mentor` shows it.");
    }
    let card = Card::saying(words).buttons(vec![Button::run("Offer again", "mentor offer")]);
    Ok(if ctx.is_press { Reply::Replace(card) } else { Reply::Private(card) })
}

/// Opens the form in which one asks.
async fn ask(ctx: &Ctx<'_>, rest: &str) -> Answer {
    let (mentor, topic) = named_in_rest(ctx, rest)?;
    check(ctx, mentor).await?;
    let name = people::first_name(ctx, mentor);
    let offer = ctx.live.read().person(mentor).and_then(|person| person.mentoring.clone());
    let topic = if topic.is_empty() {
        offer.and_then(|offer| offer.skills.into_iter().next()).unwrap_or_default()
    } else {
        topic.to_owned()
    };
    Ok(Reply::OpenForm(Form {
        title: "Ask for help".into(),
        submit: "Ask".into(),
        action: Action::new(Verb::SubmitAsk, mentor.0.to_string()),
        intro: vec![Block::Text(
            Text::new()
                .then("You ask ")
                .bold(people::name(ctx, mentor))
                .then(". They answer yes or no, as it suits them."),
        )],
        fields: vec![
            Field::new(
                "topic",
                "What about",
                FieldKind::Line {
                    initial: topic.chars().take(LONGEST).collect(),
                    placeholder: "SQL".into(),
                    max: u32::try_from(LONGEST).unwrap_or(u32::MAX),
                },
            ),
            Field::new(
                "note",
                "A few words",
                FieldKind::Paragraph {
                    initial: String::new(),
                    placeholder: "What you would like to get better at, and by when".into(),
                    max: u32::try_from(LONGEST_NOTE).unwrap_or(u32::MAX),
                },
            )
            .optional()
            .hint("At most 300 characters."),
        ],
        outro: vec![Block::Note(Text::plain(format!(
            "Sent to {name} alone: your name, your team and these words. Nobody else is told."
        )))],
    }))
}

/// Whether this person can be asked now.
async fn check(ctx: &Ctx<'_>, mentor: PersonId) -> Result<Mentoring, Failure> {
    if mentor == ctx.person {
        return refuse("That is you. `/mobility mentor find` shows who could help.");
    }
    let found = ctx.live.read().person(mentor).filter(|person| person.is_active).map(|person| person.mentoring.clone());
    let Some(Some(offer)) = found else { return refuse(NOT_OFFERING) };
    let name = people::first_name(ctx, mentor);
    let mut tx = ctx.db.read().await?;
    let before = mentoring::find(&mut tx, mentor, ctx.person).await?;
    match before.map(|it| it.state) {
        Some(RequestState::Waiting) => {
            return refuse(format!("You asked {name} already; the answer is on its way. `/mobility mentor` shows it."));
        }
        Some(RequestState::Accepted) => {
            return refuse(format!("{name} said yes already. Write to each other; `/mobility mentor` shows it."));
        }
        _ => {}
    }
    let busy = mentoring::busy(&mut tx).await?.get(&mentor).copied().unwrap_or(0);
    if busy >= offer.capacity {
        return refuse(format!("{name} has no room right now. `/mobility mentor find` shows who has."));
    }
    Ok(*offer)
}

/// Writes the request down, once, and tells the one who was asked.
pub async fn submit_ask(ctx: &Ctx<'_>, action: &Action, values: &Values) -> Answer {
    let topic = values.one("topic").split_whitespace().collect::<Vec<_>>().join(" ");
    let note = values.one("note");
    let mut errors = Vec::new();
    if topic.is_empty() || topic.chars().count() > LONGEST {
        errors.push((
            "topic".to_owned(),
            format!("Please say in a few words what it is about, up to {LONGEST} letters."),
        ));
    }
    let length = note.chars().count();
    if length > LONGEST_NOTE {
        errors.push(("note".to_owned(), format!("That is {length} characters; please keep it to {LONGEST_NOTE}.")));
    }
    if !errors.is_empty() {
        return Ok(Reply::FormErrors(errors));
    }
    let Ok(mentor) = action.subject.parse::<i64>().map(PersonId) else {
        return refuse("That form is from an older version. `/mobility mentor find` opens a new one.");
    };
    check(ctx, mentor).await?;
    let me = ctx.me()?;
    let name = people::first_name(ctx, mentor);
    let mut tx = ctx.db.write().await?;
    let Some(version) = mentoring::ask(&mut tx, mentor, ctx.person, &topic, note, ctx.now).await? else {
        return refuse(format!("You asked {name} already. `/mobility mentor` shows it."));
    };
    inbound::record(
        &mut tx,
        ctx.now,
        "mentoring.asked",
        Some(ctx.person),
        &mentor.0.to_string(),
        serde_json::json!({}),
    )
    .await?;
    let who = people::reference(&mut tx, ctx, ctx.person).await?;
    let card = card::asked(ctx.address, &me, &who, &topic, note);
    let occurrence = format!("{}.{version}", ctx.person.0);
    notice::tell(&mut tx, mentor, "mentor_asked", mentor.0.to_string(), occurrence, card, ctx.now).await?;
    notice::redraw_home(&mut tx, mentor, ctx.now).await?;
    notice::redraw_home(&mut tx, ctx.person, ctx.now).await?;
    tx.commit().await?;
    let words =
        format!("Sent to {name}: you would like help with {topic}. You hear from me as soon as {name} answers.");
    Ok(Reply::Private(Card::saying(words).buttons(vec![Button::run("My mentoring", "mentor")])))
}

/// The one who was asked says yes or no; both know.
async fn answer(ctx: &Ctx<'_>, rest: &str, is_yes: bool) -> Answer {
    let (person, _) = named_in_rest(ctx, rest)?;
    let me = ctx.me()?;
    let mut tx = ctx.db.write().await?;
    let found = mentoring::find(&mut tx, ctx.person, person).await?;
    let Some(it) = found.filter(|it| it.state == RequestState::Waiting) else {
        return refuse("Nobody of that name waits for an answer of yours. `/mobility mentor` shows who does.");
    };
    if !is_yes {
        say_no(ctx, &mut tx, &it, &me).await?;
        tx.commit().await?;
        let name = people::first_name(ctx, person);
        return Ok(Reply::Replace(Card::saying(format!("You said no. {name} is told kindly, and without a reason."))));
    }
    let capacity = me.mentoring.as_ref().map_or(1, |offer| offer.capacity);
    let busy = mentoring::busy(&mut tx).await?.get(&ctx.person).copied().unwrap_or(0);
    if busy >= capacity {
        return refuse(
            "You help as many people as you said you can. End one first, or raise the number: `/mobility mentor offer`.",
        );
    }
    mentoring::decide(&mut tx, ctx.person, person, RequestState::Waiting, RequestState::Accepted, ctx.now).await?;
    inbound::record(
        &mut tx,
        ctx.now,
        "mentoring.agreed",
        Some(ctx.person),
        &person.0.to_string(),
        serde_json::json!({}),
    )
    .await?;
    let yes = card::agreed(&people::span(&mut tx, ctx, ctx.person).await?, &it, true);
    tell_answer(ctx, &mut tx, &it, yes).await?;
    let mine = card::agreed(&people::span(&mut tx, ctx, person).await?, &it, false);
    notice::redraw_home(&mut tx, ctx.person, ctx.now).await?;
    tx.commit().await?;
    Ok(Reply::Replace(mine))
}

async fn say_no(ctx: &Ctx<'_>, tx: &mut Tx, it: &Request, me: &Person) -> anyhow::Result<()> {
    mentoring::decide(tx, it.mentor, it.person, RequestState::Waiting, RequestState::Declined, ctx.now).await?;
    inbound::record(
        tx,
        ctx.now,
        "mentoring.declined",
        Some(ctx.person),
        &it.person.0.to_string(),
        serde_json::json!({}),
    )
    .await?;
    tell_answer(ctx, tx, it, card::declined(me, it)).await?;
    notice::redraw_home(tx, ctx.person, ctx.now).await?;
    Ok(())
}

async fn tell_answer(ctx: &Ctx<'_>, tx: &mut Tx, it: &Request, card: Card) -> sqlx::Result<()> {
    let occurrence = format!("{}.{}", it.mentor.0, it.version + 1);
    notice::tell(tx, it.person, "mentor_answered", it.person.0.to_string(), occurrence, card, ctx.now).await?;
    notice::redraw_home(tx, it.person, ctx.now).await
}

/// Whoever asked takes it back before there is an answer.
async fn withdraw(ctx: &Ctx<'_>, rest: &str) -> Answer {
    let (mentor, _) = named_in_rest(ctx, rest)?;
    let mut tx = ctx.db.write().await?;
    let is_done =
        mentoring::decide(&mut tx, mentor, ctx.person, RequestState::Waiting, RequestState::Withdrawn, ctx.now).await?;
    if !is_done {
        return refuse("There is no request of yours that waits there. `/mobility mentor` shows yours.");
    }
    notice::redraw_home(&mut tx, mentor, ctx.now).await?;
    notice::redraw_home(&mut tx, ctx.person, ctx.now).await?;
    tx.commit().await?;
    let name = people::first_name(ctx, mentor);
    let card = Card::saying(format!("Taken back. {name} no longer sees it waiting."));
    Ok(Reply::Replace(card.buttons(vec![Button::run("Find a mentor", "mentor find")])))
}

/// Either of the two says that it is over; the other is told.
async fn end(ctx: &Ctx<'_>, rest: &str) -> Answer {
    let (other, _) = named_in_rest(ctx, rest)?;
    let me = ctx.me()?;
    let mut tx = ctx.db.write().await?;
    let mut ended = None;
    for (mentor, person) in [(ctx.person, other), (other, ctx.person)] {
        if mentoring::decide(&mut tx, mentor, person, RequestState::Accepted, RequestState::Ended, ctx.now).await? {
            ended = mentoring::find(&mut tx, mentor, person).await?;
        }
    }
    let Some(it) = ended else {
        return refuse("There is nothing going on between the two of you here. `/mobility mentor` shows what is.");
    };
    let subject = other.0.to_string();
    inbound::record(&mut tx, ctx.now, "mentoring.ended", Some(ctx.person), &subject, serde_json::json!({})).await?;
    let occurrence = format!("{}.{}.{}", it.mentor.0, it.person.0, it.version);
    notice::tell(&mut tx, other, "mentor_ended", subject, occurrence, card::ended(&me, &it), ctx.now).await?;
    notice::redraw_home(&mut tx, other, ctx.now).await?;
    notice::redraw_home(&mut tx, ctx.person, ctx.now).await?;
    tx.commit().await?;
    let name = people::first_name(ctx, other);
    Ok(Reply::Replace(Card::saying(format!("Ended. {name} is told, with thanks."))))
}

/// What one offers, whom one helps, who waits, and whom one asked.
async fn status(ctx: &Ctx<'_>) -> Answer {
    let me = ctx.me()?;
    let mut tx = ctx.db.read().await?;
    let all = mentoring::of_person(&mut tx, ctx.person).await?;
    let mut named = Vec::new();
    for it in all {
        let other = if it.mentor == ctx.person { it.person } else { it.mentor };
        let who = people::reference(&mut tx, ctx, other).await?;
        named.push((people::name(ctx, other), who, it));
    }
    Ok(Reply::Private(card::status(&me, &named, ctx.zone())))
}
