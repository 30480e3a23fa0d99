//! What the programme knows of a person, and how they change it: a form, or one line.

use super::{
    Answer, Ctx, matches, people, refuse,
    skills::{self, add, cleaned},
};
use crate::{
    domain::{
        person::Person,
        preference::Openness,
        word::{Word, texts, words},
    },
    message::{Action, Block, Button, Card, Choice, Field, FieldKind, Form, Reply, Text, Values, Verb},
};
use chrono_tz::Tz;

const LONGEST_ROLE: u32 = 80;
/// Nobody can spare more hours a week.
const MOST_HOURS: u32 = 60;

/// The card; `profile edit` opens the form, `profile hours 4` and `profile open quietly` change one thing.
pub async fn run(ctx: &Ctx<'_>, rest: &str) -> Answer {
    let me = ctx.me()?;
    let (word, more) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let more = more.trim();
    match word.to_lowercase().as_str() {
        "edit" | "change" => Ok(Reply::OpenForm(profile_form(&me, ctx.zone()))),
        "hours" => set_hours(ctx, more).await,
        "open" | "openness" => set_openness(ctx, more).await,
        _ => Ok(Reply::Private(card(&me, ctx.zone()))),
    }
}

async fn set_hours(ctx: &Ctx<'_>, more: &str) -> Answer {
    let hours = match more.parse::<u32>() {
        Ok(hours) if hours <= MOST_HOURS => Some(hours),
        _ if more == "any" => None,
        _ => {
            return refuse(format!(
                "How many hours a week could you spare? Say `profile hours 4`, up to {MOST_HOURS}, or `profile hours any`."
            ));
        }
    };
    let before = ctx.me()?.preferences.hours_free;
    ctx.change_me("person.profile", |me| me.preferences.hours_free = hours).await?;
    let words = match hours {
        Some(hours) => format!("Noted: {hours} hours a week. Work that asks for more stays out of your matches."),
        None => "Noted: any number of hours.".to_owned(),
    };
    let undo = before.map_or_else(|| "profile hours any".to_owned(), |hours| format!("profile hours {hours}"));
    let card = Card::saying(words).buttons(vec![Button::run("My matches", "matches"), Button::run("Undo", undo)]);
    Ok(if ctx.is_press { Reply::Replace(card) } else { Reply::Private(card) })
}

async fn set_openness(ctx: &Ctx<'_>, more: &str) -> Answer {
    let wanted = match more.to_lowercase().as_str() {
        "" | "yes" | "open" => Openness::Open,
        "no" | "not now" | "not_now" => Openness::NotNow,
        other => match Openness::parse(other) {
            Some(openness) => openness,
            None => {
                return refuse(
                    "Say `profile open yes`, `profile open quietly` or `profile open not now`. Only you see it.",
                );
            }
        },
    };
    let me = ctx.change_me("person.profile", |me| me.preferences.openness = wanted).await?;
    Ok(Reply::Private(card(&me, ctx.zone())))
}

fn card(me: &Person, zone: Tz) -> Card {
    let mut about = Text::new().bold(people::called(me));
    for fact in [&me.title, &me.department, &me.location] {
        if !fact.is_empty() {
            about = about.then(format!(" · {fact}"));
        }
    }
    Card::new("Your profile")
        .header("Your profile")
        .text(about)
        .text(skills_text(me))
        .text(Text::new().bold("Open to a move: ").then(openness(me.preferences.openness)))
        .text(Text::new().bold("Time zone: ").then(zone.name()))
        .note(sharing(me))
        .buttons(vec![Button::run("Edit", "profile edit"), Button::run("My matches", "matches")])
}

fn openness(it: Openness) -> &'static str {
    match it {
        Openness::Open => "yes. You count, never by name, in how many would move.",
        Openness::Quietly => "quietly. Only you know; no number of who would move has you in it.",
        Openness::NotNow => "not now. Nothing is suggested to you unasked.",
    }
}

/// What the person has, wants, would like to be, and could spare: a line each, on the profile and on the home.
#[must_use]
pub fn skills_text(me: &Person) -> Text {
    let or = |list: &[Word], otherwise: &str| if list.is_empty() { otherwise.to_owned() } else { list.join(", ") };
    let hours = me.preferences.hours_free.map_or_else(|| "not said".to_owned(), |hours| format!("{hours} a week"));
    let mut text = Text::new()
        .bold("I have: ")
        .then(or(&me.have, "nothing yet"))
        .bold("\nI want to learn: ")
        .then(or(&me.want, "nothing yet"));
    if !me.wished_role.is_empty() {
        text = text.bold("\nA role I would like: ").then(me.wished_role.clone());
    }
    text.bold("\nHours I can spare: ").then(hours)
}

fn sharing(me: &Person) -> &'static str {
    if me.preferences.shares_skills_with_manager {
        "Your manager can see your skills. Owners see them when you apply."
    } else {
        "Only you see your skills. Owners see them when you apply; your manager does not."
    }
}

fn have_field(initial: Vec<String>) -> Field {
    Field::new("have", "Skills I have", FieldKind::Skills { initial }).hint("Type to search; a new one is welcome too.")
}

fn want_field(initial: Vec<String>) -> Field {
    Field::new("want", "Skills I want to learn", FieldKind::Skills { initial })
}

fn profile_form(me: &Person, zone: Tz) -> Form {
    let shared = if me.preferences.shares_skills_with_manager { vec!["manager".to_owned()] } else { Vec::new() };
    Form {
        title: "Your profile".into(),
        submit: "Save".into(),
        action: Action::new(Verb::SubmitProfile, ""),
        intro: Vec::new(),
        fields: vec![
            have_field(texts(&me.have)).optional(),
            want_field(texts(&me.want)).optional(),
            Field::new(
                "role",
                "A role you would like",
                FieldKind::Line {
                    initial: me.wished_role.clone(),
                    placeholder: "Product manager".into(),
                    max: LONGEST_ROLE,
                },
            )
            .optional()
            .hint("Work on the way there counts for your matches. Only you see it."),
            Field::new(
                "hours",
                "Hours a week I could spare",
                FieldKind::Number {
                    initial: me.preferences.hours_free.map(i64::from),
                    min: 0,
                    max: i64::from(MOST_HOURS),
                },
            )
            .optional()
            .hint("Work that asks for more stays out of your matches. It is no promise."),
            Field::new(
                "openness",
                "Open to a move",
                FieldKind::Select {
                    choices: Openness::ALL.map(|it| Choice::new(it.label(), it.as_str())).to_vec(),
                    initial: Some(me.preferences.openness.as_str().to_owned()),
                },
            )
            .hint("Only you see this. Open: you count, never by name, in how many would move. Quietly: only you know, and you are in no such number. Not now: nothing is suggested unasked."),
            Field::new(
                "share",
                "Who else may see my skills",
                FieldKind::Checks { choices: vec![Choice::new("My manager", "manager")], initial: shared },
            )
            .optional(),
        ],
        outro: vec![Block::Note(Text::plain(format!(
            "Times are shown in {}, as in your chat profile. Owners see your skills only when you apply.",
            zone.name()
        )))],
    }
}

/// The one question of the first meeting.
pub(super) fn introduction_form() -> Form {
    Form {
        title: "Nice to meet you".into(),
        submit: "Show my matches".into(),
        action: Action::new(Verb::SubmitIntroduction, ""),
        intro: vec![Block::Text(Text::plain(
            "Two skills you have, and one you would like to learn. Your first matches follow at once.",
        ))],
        fields: vec![have_field(Vec::new()), want_field(Vec::new()).optional()],
        outro: vec![Block::Note(Text::plain("Only you see this. Owners see it when you apply."))],
    }
}

/// The answer to the one question: matches at once.
pub async fn submit_introduction(ctx: &Ctx<'_>, values: &Values) -> Answer {
    let (have, want) = match have_and_want(ctx, values) {
        Ok(both) => both,
        Err(errors) => return Ok(Reply::FormErrors(errors)),
    };
    ctx.change_me("person.introduced", |me| {
        add(&mut me.have, &have);
        add(&mut me.want, &want);
        me.preferences.is_introduced = true;
    })
    .await?;
    matches::run(ctx, "").await
}

pub async fn submit(ctx: &Ctx<'_>, values: &Values) -> Answer {
    let (have, want) = match have_and_want(ctx, values) {
        Ok(both) => both,
        Err(errors) => return Ok(Reply::FormErrors(errors)),
    };
    let hours = values.number("hours");
    if !values.one("hours").is_empty() && hours.is_none_or(|hours| hours > MOST_HOURS) {
        let words = format!("Please give a number of hours from 0 to {MOST_HOURS}.");
        return Ok(Reply::FormErrors(vec![("hours".into(), words)]));
    }
    let role: String = values.one("role").split_whitespace().collect::<Vec<_>>().join(" ");
    if role.chars().count() > LONGEST_ROLE as usize {
        let words = format!("Please keep it to {LONGEST_ROLE} letters.");
        return Ok(Reply::FormErrors(vec![("role".into(), words)]));
    }
    let me = ctx
        .change_me("person.profile", |me| {
            me.have = words(&have);
            me.want = words(&want);
            skills::wish(me, &role);
            me.preferences.hours_free = hours;
            me.preferences.openness = Openness::parse(values.one("openness")).unwrap_or(me.preferences.openness);
            me.preferences.shares_skills_with_manager = values.is_checked("share", "manager");
            me.preferences.is_introduced = true;
        })
        .await?;
    Ok(Reply::Private(card(&me, ctx.zone())))
}

/// The skills of both fields, or the sentences that stand beside them.
fn have_and_want(ctx: &Ctx<'_>, values: &Values) -> Result<(Vec<String>, Vec<String>), Vec<(String, String)>> {
    let company = ctx.live.read();
    match (cleaned(&company, values.all("have")), cleaned(&company, values.all("want"))) {
        (Ok(have), Ok(want)) => Ok((have, want)),
        (have, want) => {
            let errors = [("have", have.err()), ("want", want.err())];
            Err(errors.into_iter().filter_map(|(field, error)| Some((field.to_owned(), error?))).collect())
        }
    }
}
