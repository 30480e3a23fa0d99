//! What the programme knows of a person, and how they change it: a form, or one line.

use super::{Answer, Ctx, cards::listed, matches, people, refuse};
use crate::{
    domain::{company::Company, person::Person, skills},
    message::{Action, Block, Button, Card, Choice, Field, FieldKind, Form, Reply, Text, Values, Verb},
};
use chrono_tz::Tz;

/// More than anybody has, and few enough to be read.
const MOST_SKILLS: usize = 60;
const LONGEST_SKILL: usize = 60;
/// As many as fit below a field without scrolling far.
const MOST_SUGGESTIONS: usize = 20;

/// The card; `profile edit` opens the form.
pub async fn run(ctx: &Ctx<'_>, rest: &str) -> Answer {
    let me = ctx.me()?;
    match rest.to_lowercase().as_str() {
        "edit" | "change" => Ok(Reply::OpenForm(profile_form(&me, ctx.zone()))),
        _ => Ok(Reply::Private(card(&me, ctx.zone()))),
    }
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
        .text(Text::new().bold("Time zone: ").then(zone.name()))
        .note(sharing(me))
        .buttons(vec![Button::run("Edit", "profile edit"), Button::run("My matches", "matches")])
}

/// What the person has, wants, and could spare: three lines, on the profile and on the home.
#[must_use]
pub fn skills_text(me: &Person) -> Text {
    let or = |list: &[String], otherwise: &str| if list.is_empty() { otherwise.to_owned() } else { list.join(", ") };
    let hours = me.preferences.hours_free.map_or_else(|| "not said".to_owned(), |hours| format!("{hours} a week"));
    Text::new()
        .bold("I have: ")
        .then(or(&me.have, "nothing yet"))
        .bold("\nI want to learn: ")
        .then(or(&me.want, "nothing yet"))
        .bold("\nHours I can spare: ")
        .then(hours)
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
            have_field(me.have.clone()).optional(),
            want_field(me.want.clone()).optional(),
            Field::new(
                "hours",
                "Hours a week I could spare",
                FieldKind::Number { initial: me.preferences.hours_free.map(i64::from), min: 0, max: 60 },
            )
            .optional()
            .hint("Work that asks for much more is shown last. It is no promise."),
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
fn introduction_form() -> Form {
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
    if !values.one("hours").is_empty() && hours.is_none_or(|hours| hours > 60) {
        return Ok(Reply::FormErrors(vec![("hours".into(), "Please give a number of hours from 0 to 60.".into())]));
    }
    let me = ctx
        .change_me("person.profile", |me| {
            me.have = have;
            me.want = want;
            me.preferences.hours_free = hours;
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

/// The skills of a list as they are kept: trimmed, once each, under the name everybody uses where there is one.
pub(super) fn cleaned<S: AsRef<str>>(company: &Company, words: &[S]) -> Result<Vec<String>, String> {
    let mut kept = Vec::new();
    for word in words {
        let word = word.as_ref().split_whitespace().collect::<Vec<_>>().join(" ");
        if skills::canonical(&word).is_empty() {
            continue;
        }
        if word.chars().count() > LONGEST_SKILL {
            return Err(format!("A skill has at most {LONGEST_SKILL} letters; please shorten the longest."));
        }
        add(&mut kept, &[company.vocabulary.name(&word).to_owned()]);
    }
    if kept.len() > MOST_SKILLS {
        return Err(format!("Please name the {MOST_SKILLS} that matter most."));
    }
    Ok(kept)
}

/// Adds what is not there yet; gives what was new.
fn add(list: &mut Vec<String>, more: &[String]) -> Vec<String> {
    let mut new = Vec::new();
    for skill in more {
        if !list.iter().any(|there| skills::same(there, skill)) {
            list.push(skill.clone());
            new.push(skill.clone());
        }
    }
    new
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Edit {
    Have,
    Want,
    Drop,
}

const HOW: &str =
    "Try `skills have SQL, Rust`, `skills want Grafana` or `skills drop SQL`. `profile` shows all of yours.";

/// `have SQL, Rust want Grafana drop Excel`: what is to be done with which skills, in order.
fn parse_edits(company: &Company, rest: &str) -> Result<Vec<(Edit, Vec<String>)>, String> {
    let mut edits: Vec<(Edit, String)> = Vec::new();
    for word in rest.split_inclusive([' ', '\t', '\n', ',', ';', '·']) {
        let bare = word.trim_end_matches([' ', '\t', '\n', ',', ';', '·']);
        let edit = match bare.to_lowercase().as_str() {
            "have" | "add" | "has" => Some(Edit::Have),
            "want" | "learn" | "wants" => Some(Edit::Want),
            "drop" | "remove" | "forget" => Some(Edit::Drop),
            _ => None,
        };
        match (edit, edits.last_mut()) {
            (Some(edit), _) => edits.push((edit, String::new())),
            (None, Some((_, words))) => words.push_str(word),
            (None, None) if bare.is_empty() => {}
            (None, None) => {
                let near = ["have", "want", "drop"]
                    .into_iter()
                    .find(|verb| strsim::osa_distance(verb, &bare.to_lowercase()) == 1);
                return Err(match near {
                    Some(verb) => format!("Did you mean `skills {verb} …`? {HOW}"),
                    None => HOW.to_owned(),
                });
            }
        }
    }
    let mut parsed = Vec::new();
    for (edit, words) in edits {
        let words: Vec<&str> = words.split([',', ';', '·', '\n']).collect();
        let words = cleaned(company, &words)?;
        if words.is_empty() {
            return Err(HOW.to_owned());
        }
        parsed.push((edit, words));
    }
    Ok(parsed)
}

/// `have A, B` adds, `want C` adds to what one wants to learn, `drop A` takes away from both; `tell` asks the one question
/// of the first meeting, and `later` waves it away.
pub async fn skills(ctx: &Ctx<'_>, rest: &str) -> Answer {
    match rest.to_lowercase().as_str() {
        "" => return run(ctx, "").await,
        "tell" => return Ok(Reply::OpenForm(introduction_form())),
        "later" => {
            ctx.change_me("person.introduced", |me| me.preferences.is_introduced = true).await?;
            let card = Card::saying("Fine. Whenever you like, your profile is the place to say it.");
            return Ok(Reply::Private(card.buttons(vec![Button::run("Edit", "profile edit")])));
        }
        _ => {}
    }
    let parsed = parse_edits(&ctx.live.read(), rest);
    let edits = match parsed {
        Ok(edits) => edits,
        Err(words) => return refuse(words),
    };
    let before = ctx.me()?;
    if before.have.len().max(before.want.len()) + edits.iter().map(|(_, words)| words.len()).sum::<usize>()
        > 2 * MOST_SKILLS
    {
        return refuse(format!("That would be more than fits. Please keep the {MOST_SKILLS} that matter most. {HOW}"));
    }
    let mut said = Vec::new();
    let unknown = slips(&ctx.live.read(), &edits);
    let is_first_time = !before.preferences.is_introduced;
    ctx.change_me("person.skills", |me| {
        for (edit, words) in &edits {
            said.push(apply(me, *edit, words));
        }
        me.preferences.is_introduced = true;
    })
    .await?;
    let mut card = Card::new(said.join(" ")).text(said.join(" "));
    for (edit, word, known) in unknown {
        let verb = if edit == Edit::Want { "want" } else { "have" };
        card = card.item(
            Text::new()
                .then("Kept “")
                .then(word.clone())
                .then("” as you typed it. Did you mean ")
                .bold(known.clone())
                .then("?"),
            vec![Button::run(format!("Use {known}"), format!("skills drop {word}, {verb} {known}"))],
        );
    }
    if is_first_time && let Reply::Private(matching) = matches::run(ctx, "").await? {
        card.blocks.extend(matching.blocks);
        return Ok(Reply::Private(card));
    }
    let buttons = vec![Button::run("My matches", "matches"), Button::run("Edit", "profile edit")];
    let card = card.buttons(buttons);
    Ok(if ctx.is_press { Reply::Replace(card) } else { Reply::Private(card) })
}

/// Words to be added that name no skill yet and are probably slips of one that is known.
fn slips(company: &Company, edits: &[(Edit, Vec<String>)]) -> Vec<(Edit, String, String)> {
    let mut slips = Vec::new();
    for (edit, words) in edits.iter().filter(|(edit, _)| *edit != Edit::Drop) {
        for word in words {
            if let Some(known) = company.vocabulary.near_miss(word) {
                slips.push((*edit, word.clone(), known.to_owned()));
            }
        }
    }
    slips
}

/// Does one edit; says in a sentence what changed.
fn apply(me: &mut Person, edit: Edit, words: &[String]) -> String {
    if edit == Edit::Drop {
        let mut dropped = Vec::new();
        for word in words {
            for list in [&mut me.have, &mut me.want] {
                let length = list.len();
                list.retain(|there| !skills::same(there, word));
                if list.len() < length && !dropped.contains(word) {
                    dropped.push(word.clone());
                }
            }
        }
        return if dropped.is_empty() {
            format!("{} was not on your lists.", listed(words))
        } else {
            format!("Dropped {}.", listed(&dropped))
        };
    }
    let (list, added, there) = match edit {
        Edit::Want => (&mut me.want, "You want to learn", "on your list to learn"),
        _ => (&mut me.have, "You have", "on your list"),
    };
    let new = add(list, words);
    if new.is_empty() {
        format!("{} was {there} already.", listed(words))
    } else {
        format!("{added} {}.", listed(&new))
    }
}

/// Skills that begin with, contain or resemble what is typed; the last choice is what was typed itself.
pub async fn suggest_skills(ctx: &Ctx<'_>, query: &str) -> Answer {
    let query = query.split_whitespace().collect::<Vec<_>>().join(" ");
    let query: String = query.chars().take(LONGEST_SKILL).collect();
    let offers = ctx.live.read().vocabulary.suggest(&query, MOST_SUGGESTIONS);
    let choices = offers.into_iter().filter(|offer| !offer.name.is_empty()).map(|offer| {
        let name: String = offer.name.chars().take(LONGEST_SKILL).collect();
        Choice::new(if offer.count == 0 { format!("{name} (new)") } else { name.clone() }, name)
    });
    Ok(Reply::Choices(choices.collect()))
}
