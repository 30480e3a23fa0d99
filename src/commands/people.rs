//! Colleagues, the way they are named in a command and in a sentence.

use super::{Ctx, Failure, refuse};
use crate::{
    domain::{company::Company, id::PersonId, person::Person},
    message::{Address, Span},
    store::{Tx, people},
};

/// So many are named when a name is not clear.
const NAMED: usize = 5;

/// The person meant by a mention (`<@U123>`, `<@U123|ana>`), an e-mail address, or a name that only one has.
///
/// # Errors
/// Nobody, or several: told with what to type instead.
pub fn find_person(ctx: &Ctx<'_>, text: &str) -> Result<PersonId, Failure> {
    let text = text.trim();
    if let Some(id) = mentioned(text) {
        let address = Address::new(ctx.address.platform, id);
        return match ctx.live.read().person_at(&address) {
            Some(person) => Ok(person.id),
            None => refuse("I have not met them yet. Ask them to type `/mobility` once, then try again."),
        };
    }
    let name = text.trim_start_matches('@').trim();
    if name.is_empty() {
        return refuse("Who? Mention them with @, or type their name or e-mail address.");
    }
    let company = ctx.live.read();
    if let Some(person) = company.person_by_email(name) {
        return Ok(person.id);
    }
    match named(&company, name).as_slice() {
        [one] => Ok(one.id),
        [] => refuse(format!(
            "I know nobody called “{}”. Mention them with @, or type their e-mail address.",
            short(name)
        )),
        several => {
            let who = |person: &&Person| match person.department.as_str() {
                "" => person.name.clone(),
                department => format!("{} ({department})", person.name),
            };
            let names: Vec<String> = several.iter().take(NAMED).map(who).collect();
            let more = if several.len() > NAMED { " and others" } else { "" };
            refuse(format!(
                "Which one: {}{more}? Mention them with @, or type the whole name or the e-mail address.",
                names.join(", ")
            ))
        }
    }
}

/// The account in a mention, as the platforms write it into command text.
fn mentioned(text: &str) -> Option<&str> {
    let inside = text.strip_prefix("<@")?.strip_suffix('>')?;
    Some(inside.split('|').next().unwrap_or(inside))
}

/// Everybody active whom this could name: by the whole name, else by beginnings of its words.
fn named<'c>(company: &'c Company, name: &str) -> Vec<&'c Person> {
    let wanted = name.to_lowercase();
    let active: Vec<&Person> = company.people().into_iter().filter(|person| person.is_active).collect();
    let exact: Vec<&Person> = active.iter().copied().filter(|person| person.name.to_lowercase() == wanted).collect();
    if !exact.is_empty() {
        return exact;
    }
    let begins = |person: &Person| {
        let has = person.name.to_lowercase();
        wanted.split_whitespace().all(|word| has.split_whitespace().any(|part| part.starts_with(word)))
    };
    active.into_iter().filter(|person| begins(person)).collect()
}

fn short(words: &str) -> String {
    words.chars().take(60).collect()
}

/// A person in a sentence: a mention where they have an account, else their name.
///
/// # Errors
/// The database refused.
pub async fn span(tx: &mut Tx, ctx: &Ctx<'_>, person: PersonId) -> sqlx::Result<Span> {
    let name = name(ctx, person);
    let address = people::addresses(tx, person).await?.into_iter().find(|it| it.platform == ctx.address.platform);
    Ok(match address {
        Some(address) => Span::Person { address, name },
        None => Span::Plain(name),
    })
}

/// A person's name; somebody whose name the platform has not told us yet is a new colleague, and somebody who was erased
/// a former one.
#[must_use]
pub fn called(person: &Person) -> String {
    match person.name.as_str() {
        "" if person.is_active => "A new colleague".to_owned(),
        "" => "A former colleague".to_owned(),
        name => name.to_owned(),
    }
}

/// A person's name, for the places where a mention cannot stand.
#[must_use]
pub fn name(ctx: &Ctx<'_>, person: PersonId) -> String {
    ctx.live.read().person(person).map_or_else(|| "somebody who has left".to_owned(), called)
}

/// A person's first name, for a label or an aside.
#[must_use]
pub fn first_name(ctx: &Ctx<'_>, person: PersonId) -> String {
    ctx.live.read().person(person).map_or_else(|| "they".to_owned(), |person| person.first_name().to_owned())
}

/// How a button names a person in command text so that [`find_person`] finds exactly them.
///
/// # Errors
/// The database refused.
pub async fn reference(tx: &mut Tx, ctx: &Ctx<'_>, person: PersonId) -> sqlx::Result<String> {
    let accounts = people::addresses(tx, person).await?;
    if let Some(address) = accounts.into_iter().find(|it| it.platform == ctx.address.platform) {
        return Ok(format!("<@{}>", address.id));
    }
    let email = ctx.live.read().person(person).and_then(|person| person.email.clone());
    Ok(email.unwrap_or_else(|| name(ctx, person)))
}

/// The same from the company in memory, with a colon behind a name, so that more words may follow.
#[must_use]
pub fn reference_in(company: &Company, ctx: &Ctx<'_>, person: &Person) -> String {
    match company.address_of(person.id).filter(|address| address.platform == ctx.address.platform) {
        Some(address) => format!("<@{}>", address.id),
        None => person.email.clone().unwrap_or_else(|| format!("{}:", person.name)),
    }
}

/// Whether the reporting line of `below` leads up to `above`; a person is above nobody but those below.
#[must_use]
pub fn is_above(company: &Company, above: PersonId, below: PersonId) -> bool {
    let mut at = below;
    // A line that was imported with a cycle must not keep us here for ever.
    for _ in 0..1000 {
        match company.person(at).and_then(|person| person.manager) {
            Some(manager) if manager == above => return true,
            Some(manager) => at = manager,
            None => return false,
        }
    }
    false
}
