//! Words that people here use as skills and that nobody knows yet: an editor says what they are. From chat and from the
//! terminal the same.

use super::{
    Answer, Ctx, cards,
    paging::{Page, split_page},
    refuse,
};
use crate::{
    access::{Asker, Deed, authorize},
    domain::{Instant, id::PersonId, own_skills::OwnSkill},
    message::{Button, Card, Reply, Text},
    store::{Db, inbound, live::Live, skills},
};
use serde_json::json;

const PER_PAGE: usize = 8;
/// Stands between a word and the skill it is another name of.
const MEANS: &str = " = ";

/// `admin skills` lists them; `admin skills accept WORD`, `… accept WORD = SKILL` and `… reject WORD` decide.
pub async fn run(ctx: &Ctx<'_>, asker: &Asker, rest: &str) -> Answer {
    authorize(asker, Deed::RunProgramme)?;
    let (verb, word) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let word = word.trim();
    if !matches!(verb, "accept" | "reject") {
        return Ok(list(ctx, rest));
    }
    if word.is_empty() {
        return refuse(format!(
            "Which word? `/mobility admin skills` lists them; `/mobility admin skills {verb} WORD`."
        ));
    }
    let said = match (verb, word.split_once(MEANS)) {
        ("reject", _) => reject(ctx.db, ctx.live, word, Some(ctx.person), ctx.now).await?,
        (_, Some((word, skill))) => accept(ctx.db, ctx.live, word, Some(skill), Some(ctx.person), ctx.now).await?,
        (_, None) => accept(ctx.db, ctx.live, word, None, Some(ctx.person), ctx.now).await?,
    };
    let card = Card::saying(said).buttons(vec![Button::run("What is left", "admin skills")]);
    Ok(if ctx.is_press { Reply::Replace(card) } else { Reply::Private(card) })
}

fn list(ctx: &Ctx<'_>, rest: &str) -> Reply {
    let company = ctx.live.read();
    let open = company.suggested_skills();
    let own = company.own_skills.all().count();
    drop(company);
    let page = Page::new(open.len(), PER_PAGE, split_page(rest).1);
    let mut card = Card::new(format!("Words to decide about: {}", page.position("word")))
        .header("Words that nobody knows yet")
        .text("People or posts here use these as skills. Each counts as it is typed; what you accept is offered to everybody who types.");
    if open.is_empty() {
        card = card.text("Nothing waits for you.");
    }
    for (word, times, near) in open.iter().skip(page.range.start).take(PER_PAGE) {
        let mut buttons = vec![Button::run("Accept", format!("admin skills accept {word}"))];
        if let Some(near) = near {
            let label: String = format!("Same as {near}").chars().take(75).collect();
            buttons.push(Button::run(label, format!("admin skills accept {word}{MEANS}{near}")));
        }
        buttons.push(Button::run("Not a skill", format!("admin skills reject {word}")));
        let buttons = buttons.into_iter().map(|button| {
            let said: String = format!("{}: {word}", button.label).chars().take(75).collect();
            button.accessible(said)
        });
        card = card.item(
            Text::new().bold(word.clone()).then(format!(" · {}", used(*times, ctx.programme.smallest_group))),
            buttons.collect(),
        );
    }
    let own = cards::count(i64::try_from(own).unwrap_or(i64::MAX), "skill");
    card = card.note(format!(
        "{own} of your own so far. A whole list comes in on the server: `trailmark import skills skills.csv`."
    ));
    let turn = page.buttons("admin skills");
    if !turn.is_empty() {
        card = card.buttons(turn);
    }
    page.answer(ctx, card)
}

/// How often a word is used; few uses could point at somebody.
#[must_use]
pub fn used(times: usize, smallest: u32) -> String {
    if times < smallest as usize { format!("fewer than {smallest} times") } else { format!("{times} times") }
}

/// Makes a word a skill of the company's own, or another name of a skill; says so in a sentence.
///
/// # Errors
/// The database refused.
pub async fn accept(
    db: &Db,
    live: &Live,
    word: &str,
    means: Option<&str>,
    by: Option<PersonId>,
    now: Instant,
) -> anyhow::Result<String> {
    let (word, means) = (word.trim(), means.map(str::trim).filter(|skill| !skill.is_empty()));
    let name = means.unwrap_or(word);
    let mut skill = live.read().own_skills.get(name).filter(|it| it.is_skill).cloned().unwrap_or_else(|| OwnSkill {
        name: name.to_owned(),
        aliases: Vec::new(),
        related: Vec::new(),
        is_skill: true,
    });
    if means.is_some() && !skill.aliases.iter().any(|alias| alias == word) {
        skill.aliases.push(word.to_owned());
    }
    decide(db, live, &skill, "skill.accepted", by, now).await?;
    Ok(match means {
        Some(skill) => format!("“{word}” is another name of {skill} from now on."),
        None => format!("{word} is a skill here from now on, and is offered to whoever types it."),
    })
}

/// Says that a word is no skill: it stays where people wrote it and is offered to nobody.
///
/// # Errors
/// The database refused.
pub async fn reject(db: &Db, live: &Live, word: &str, by: Option<PersonId>, now: Instant) -> anyhow::Result<String> {
    let skill = OwnSkill { name: word.trim().to_owned(), aliases: Vec::new(), related: Vec::new(), is_skill: false };
    decide(db, live, &skill, "skill.rejected", by, now).await?;
    Ok(format!("“{}” is offered to nobody. Whoever wrote it keeps it.", skill.name))
}

async fn decide(
    db: &Db,
    live: &Live,
    skill: &OwnSkill,
    event: &str,
    by: Option<PersonId>,
    now: Instant,
) -> anyhow::Result<()> {
    let mut tx = db.write().await?;
    skills::decide(&mut tx, skill, by, now).await?;
    inbound::record(&mut tx, now, event, by, "", json!({})).await?;
    tx.commit().await?;
    live.refresh().await
}
