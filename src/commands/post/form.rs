//! The forms a post is made and changed with, and what is read back from them.

use super::{super::skills::cleaned, reach::reach_sentence};
use crate::{
    commands::{Ctx, cards::listed},
    domain::{
        calendar::add_working_days,
        company::Company,
        opportunity::{Kind, Opportunity},
        skills,
    },
    message::{Action, Block, Choice, Field, FieldKind, Form, Text, Values, Verb},
};
use chrono::{Days, NaiveDate};

const LONGEST_TITLE: usize = 120;
const LONGEST_SUMMARY: usize = 2000;
const LONGEST_NAME: usize = 80;
const MOST_HOURS: u32 = 40;
const MOST_WEEKS: u32 = 104;
const MOST_SEATS: u32 = 50;
/// An owner answers within so many working days unless they say otherwise.
const REPLY_DAYS: u32 = 10;
const LATEST_REPLY: Days = Days::new(90);
const LATEST_START: Days = Days::new(730);

/// Sentences beside fields.
pub type Errors = Vec<(String, String)>;

/// A post nobody has filled in yet.
pub fn blank(ctx: &Ctx<'_>) -> Opportunity {
    let team = ctx.live.read().person(ctx.person).map(|me| me.department.clone()).unwrap_or_default();
    Opportunity {
        team,
        owner: Some(ctx.person),
        reply_by: Some(add_working_days(ctx.today(), REPLY_DAYS, &ctx.programme.working_days)),
        ..Opportunity::unknown(ctx.now)
    }
}

fn kind_label(kind: Kind) -> &'static str {
    match kind {
        Kind::Project => "Project: a beginning and an end",
        Kind::Gig => "Gig: a few hours or days",
        Kind::Role => "Role: a position",
        Kind::Shadowing => "Shadowing: watch somebody work",
        Kind::Mentoring => "Mentoring: regular talks",
        Kind::Skillshare => "Skillshare: teach what you know",
    }
}

fn line(name: &str, label: &str, initial: &str, most: usize, placeholder: &str) -> Field {
    let max = u32::try_from(most).unwrap_or(u32::MAX);
    Field::new(name, label, FieldKind::Line { initial: initial.to_owned(), placeholder: placeholder.to_owned(), max })
}

fn number(name: &str, label: &str, initial: Option<u32>, max: u32) -> Field {
    let (initial, max) = (initial.map(i64::from), i64::from(max));
    Field::new(name, label, FieldKind::Number { initial, min: 1, max })
}

/// What the work is: kind, title, summary and skills.
fn what_fields(post: &Opportunity) -> Vec<Field> {
    let kinds = Kind::ALL.iter().map(|kind| Choice::new(kind_label(*kind), kind.as_str())).collect();
    let skills = |name: &str, label: &str, initial: &[String]| {
        Field::new(name, label, FieldKind::Skills { initial: initial.to_vec() }).optional().live()
    };
    vec![
        Field::new("kind", "Kind", FieldKind::Select { choices: kinds, initial: Some(post.kind.as_str().into()) }),
        line("title", "Title", &post.title, LONGEST_TITLE, "Rust exporter for the metrics team"),
        Field::new(
            "summary",
            "What it is about",
            FieldKind::Paragraph {
                initial: post.summary.clone(),
                placeholder: "What will be different when it is done?".into(),
                max: u32::try_from(LONGEST_SUMMARY).unwrap_or(u32::MAX),
            },
        ),
        skills("needs", "Needed", &post.needs).hint("Skills it does not work without. Fewer reach more people."),
        skills("nice", "Nice to have", &post.nice),
        skills("teaches", "We teach it", &post.teaches).hint("What people learn on the way."),
    ]
}

/// How the work is done: hours, time, place, seats and the promised answer.
fn detail_fields(post: &Opportunity) -> Vec<Field> {
    let remote = post.is_remote.then(|| "remote".to_owned());
    vec![
        number("hours", "Hours a week", post.hours_per_week, MOST_HOURS).optional(),
        number("weeks", "For how many weeks", post.weeks, MOST_WEEKS).optional(),
        Field::new("starts", "Start", FieldKind::Date { initial: post.starts_on }).optional(),
        number("seats", "Seats", Some(post.seats), MOST_SEATS),
        line("place", "Place", &post.place, LONGEST_NAME, "Berlin, 3rd floor").optional(),
        Field::new(
            "remote",
            "Remote",
            FieldKind::Checks {
                choices: vec![Choice::new("It can be done from anywhere", "remote")],
                initial: remote.into_iter().collect(),
            },
        )
        .optional(),
        line("team", "Team", &post.team, LONGEST_NAME, "Metrics"),
        Field::new("reply_by", "You answer by", FieldKind::Date { initial: post.reply_by })
            .hint("Everybody who applies is promised an answer by this day."),
    ]
}

/// The first step of a new post. `turn` names this one post, so that sending it twice makes one.
pub fn first_step(company: &Company, post: &Opportunity, turn: &str, smallest: u32) -> Form {
    Form {
        title: "Post a project (1 of 2)".into(),
        submit: "Next".into(),
        action: Action::new(Verb::SubmitPost, turn),
        intro: Vec::new(),
        fields: what_fields(post),
        outro: vec![Block::Note(Text::plain(reach_sentence(company, post, smallest)))],
    }
}

/// The second step; what the first one said is kept with the draft.
pub fn second_step(company: &Company, post: &Opportunity, turn: &str, smallest: u32) -> Form {
    Form {
        title: "Post a project (2 of 2)".into(),
        submit: "Post".into(),
        action: Action::new(Verb::SubmitPostDetails, turn),
        intro: vec![Block::Text(Text::new().bold(post.title.clone()))],
        fields: detail_fields(post),
        outro: vec![Block::Note(Text::plain(format!(
            "{} Everybody here can find it; you alone see who applies.",
            reach_sentence(company, post, smallest)
        )))],
    }
}

/// Everything about a post in one form.
pub fn whole(company: &Company, post: &Opportunity, smallest: u32) -> Form {
    let mut fields = what_fields(post);
    fields.extend(detail_fields(post));
    Form {
        title: format!("Edit {}", post.id),
        submit: "Save".into(),
        action: Action::new(Verb::SubmitPost, post.id.to_string()).at_version(post.version),
        intro: Vec::new(),
        fields,
        outro: vec![Block::Note(Text::plain(reach_sentence(company, post, smallest)))],
    }
}

/// Takes over what the first step says, and gives what is wrong with it.
pub fn read_what(company: &Company, post: &mut Opportunity, values: &Values) -> Errors {
    let mut errors = Errors::new();
    let mut refuse = |field: &str, words: String| errors.push((field.to_owned(), words));
    match Kind::parse(values.one("kind")) {
        Some(kind) => post.kind = kind,
        None => refuse("kind", "Choose what kind of work it is.".into()),
    }
    post.title = values.one("title").split_whitespace().collect::<Vec<_>>().join(" ");
    match post.title.chars().count() {
        0..3 => refuse("title", "Give it a title that says what it is, such as “Rust exporter”.".into()),
        long if long > LONGEST_TITLE => {
            refuse("title", format!("That is {long} characters; please keep it to {LONGEST_TITLE}."))
        }
        _ => {}
    }
    post.summary = values.one("summary").to_owned();
    match post.summary.chars().count() {
        0 => refuse("summary", "Say in a sentence or two what it is about.".into()),
        long if long > LONGEST_SUMMARY => {
            refuse("summary", format!("That is {long} characters; please keep it to {LONGEST_SUMMARY}."))
        }
        _ => {}
    }
    for (field, list) in [("needs", &mut post.needs), ("nice", &mut post.nice), ("teaches", &mut post.teaches)] {
        match cleaned(company, values.all(field)) {
            Ok(skills) => *list = skills,
            Err(words) => refuse(field, words),
        }
    }
    if post.needs.is_empty() && post.teaches.is_empty() {
        refuse("needs", "Name at least one skill it needs or teaches: that is how people find it.".into());
    }
    let is_needed = |skill: &&String| post.needs.iter().any(|need| skills::same(need, skill));
    let twice: Vec<&String> = post.teaches.iter().filter(is_needed).collect();
    if !twice.is_empty() {
        refuse(
            "teaches",
            format!("{} cannot be both needed and taught; take it out of one of the two.", listed(&twice)),
        );
    }
    errors
}

/// Takes over what the second step says, and gives what is wrong with it.
pub fn read_details(today: NaiveDate, post: &mut Opportunity, values: &Values) -> Errors {
    let mut errors = Errors::new();
    let mut refuse = |field: &str, words: String| errors.push((field.to_owned(), words));
    let mut whole = |field: &str, most: u32| {
        let typed = values.one(field);
        let number = values.number(field).filter(|number| (1..=most).contains(number));
        if number.is_none() && !typed.is_empty() {
            refuse(field, format!("A whole number from 1 to {most}, please, or leave it empty."));
        }
        number
    };
    post.hours_per_week = whole("hours", MOST_HOURS);
    post.weeks = whole("weeks", MOST_WEEKS);
    post.seats = whole("seats", MOST_SEATS).unwrap_or(1);
    post.starts_on = values.date("starts");
    if post.starts_on.is_some_and(|day| day < today || Some(day) > today.checked_add_days(LATEST_START)) {
        refuse("starts", "Choose a day from today to two years from now, or leave it empty.".into());
    }
    post.place = values.one("place").to_owned();
    post.is_remote = values.is_checked("remote", "remote");
    post.team = values.one("team").to_owned();
    for (field, words) in [("place", &post.place), ("team", &post.team)] {
        if words.chars().count() > LONGEST_NAME {
            refuse(field, format!("Please keep it to {LONGEST_NAME} characters."));
        }
    }
    if post.team.is_empty() {
        refuse("team", "Say which team it is for: people look at that first.".into());
    }
    post.reply_by = values.date("reply_by");
    if !post.reply_by.is_some_and(|day| day >= today && Some(day) <= today.checked_add_days(LATEST_REPLY)) {
        refuse("reply_by", "Promise an answer by a day within the next 90 days.".into());
    }
    errors
}
