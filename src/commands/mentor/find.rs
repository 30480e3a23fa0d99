//! Who could help: people who opted in and have room, outside one's own reporting line, with facts about them.

use super::{
    super::{
        Answer, Ctx, Failure, cards,
        paging::{Page, split_page},
        people, refuse,
    },
    card,
};
use crate::{
    domain::{
        company::Company,
        id::PersonId,
        mentoring::{RequestState, Way},
        person::Person,
        scatter,
        teaching::SkillKey,
    },
    message::{Button, Card, Text},
    store::mentoring,
};
use chrono::Datelike;
use std::collections::BTreeMap;

const PER_PAGE: usize = 5;

/// Somebody who could help, with what they are asked about.
struct Helper {
    person: Person,
    skills: Vec<String>,
    room: u32,
}

/// `mentor find sql`; without a skill, what one wants to learn.
pub async fn find(ctx: &Ctx<'_>, rest: &str) -> Answer {
    let (words, page) = split_page(rest);
    let me = ctx.me()?;
    let asked: Vec<String> = if words.is_empty() {
        me.want.clone()
    } else {
        words.split([',', ';']).map(|word| word.trim().to_owned()).filter(|word| !word.is_empty()).collect()
    };
    if asked.is_empty() {
        return refuse(
            "What would you like to learn? Say `/mobility mentor find SQL`, or put it on your list: `/mobility skills want SQL`.",
        );
    }
    let is_mentor: fn(&[Way]) -> bool = |ways| ways.iter().any(|way| *way != Way::Question);
    let found = helpers(ctx, &me, &asked, is_mentor).await?;
    let title = if words.is_empty() {
        "Mentors for what you want to learn".to_owned()
    } else {
        format!("Mentors: {}", cards::listed(&asked))
    };
    listed(ctx, &title, &format!("mentor find {words}"), &asked, found, page)
}

/// `expert sql`: people whom one may ask a question.
pub async fn expert(ctx: &Ctx<'_>, rest: &str) -> Answer {
    let (words, page) = split_page(rest);
    let me = ctx.me()?;
    let asked: Vec<String> =
        words.split([',', ';']).map(|word| word.trim().to_owned()).filter(|word| !word.is_empty()).collect();
    if asked.is_empty() {
        return refuse(
            "About what? Say `/mobility expert SQL`. `/mobility mentor find` looks for somebody to learn from.",
        );
    }
    let answers: fn(&[Way]) -> bool = |ways| ways.contains(&Way::Question);
    let found = helpers(ctx, &me, &asked, answers).await?;
    listed(ctx, &format!("Whom to ask: {}", cards::listed(&asked)), &format!("expert {words}"), &asked, found, page)
}

/// Whoever offers one of these skills in one of these ways, not from one's own reporting line; with room, and how many
/// more there are without.
async fn helpers(
    ctx: &Ctx<'_>,
    me: &Person,
    asked: &[String],
    suits: fn(&[Way]) -> bool,
) -> Result<(Vec<Helper>, usize), Failure> {
    let mut tx = ctx.db.read().await?;
    let busy = mentoring::busy(&mut tx).await?;
    let mine = mentoring::of_person(&mut tx, ctx.person).await?;
    drop(tx);
    let open = |it: &&mentoring::Request| matches!(it.state, RequestState::Waiting | RequestState::Accepted);
    let known: Vec<PersonId> = mine.iter().filter(open).map(|it| it.mentor).collect();
    let company = ctx.live.read();
    let (mut free, mut full) = (Vec::new(), 0);
    for (person, skills) in who_offers(&company, asked) {
        let Some(helper) = company.person(person).filter(|it| it.is_active && it.id != me.id) else { continue };
        let Some(offer) = helper.mentoring.as_ref().filter(|offer| suits(&offer.ways)) else { continue };
        let is_in_line = people::is_above(&company, person, me.id) || people::is_above(&company, me.id, person);
        if is_in_line || known.contains(&person) {
            continue;
        }
        let room = offer.capacity.saturating_sub(busy.get(&person).copied().unwrap_or(0));
        if room == 0 {
            full += 1;
            continue;
        }
        free.push(Helper { person: helper.clone(), skills, room });
    }
    // Who offers most of what was asked comes first; equals take turns from week to week, so that nobody is always first.
    let week = u64::from(ctx.today().iso_week().week());
    free.sort_by_key(|it| (std::cmp::Reverse(it.skills.len()), scatter(week, it.person.id.0.cast_unsigned())));
    Ok((free, full))
}

fn who_offers(company: &Company, asked: &[String]) -> BTreeMap<PersonId, Vec<String>> {
    let mut offers: BTreeMap<PersonId, Vec<String>> = BTreeMap::new();
    for word in asked {
        let Some(key) = SkillKey::of(word, &company.own_skills) else { continue };
        for person in company.teaching.helpers(&key) {
            offers.entry(person).or_default().push(word.clone());
        }
    }
    offers
}

fn listed(
    ctx: &Ctx<'_>,
    title: &str,
    command: &str,
    asked: &[String],
    (found, full): (Vec<Helper>, usize),
    page: Option<usize>,
) -> Answer {
    let page = Page::new(found.len(), PER_PAGE, page);
    let title: String = title.chars().take(140).collect();
    let mut card = Card::new(format!("{title} · {}", page.position("person"))).header(title);
    if found.is_empty() {
        let words = match full {
            0 => {
                "Nobody offers that yet. Work that teaches it may be there; and whoever offers it later is found here."
                    .to_owned()
            }
            1 => "1 person offers it and has no room right now. Look again in a while, or find work that teaches it."
                .to_owned(),
            more => format!(
                "{more} people offer it and have no room right now. Look again in a while, or find work that teaches it."
            ),
        };
        let teaches: String = asked.join(" ").chars().take(200).collect();
        return Ok(page.answer(
            ctx,
            card.text(words).buttons(vec![
                Button::run("Work that teaches it", format!("find {teaches}")),
                Button::run("Offer to help", "mentor offer"),
            ]),
        ));
    }
    let company = ctx.live.read();
    for it in found.iter().skip(page.range.start).take(PER_PAGE) {
        card = card.item(about(it), vec![ask_button(ctx, &company, it)]);
    }
    drop(company);
    if full > 0 {
        card = card.note(format!("{full} more without room right now."));
    }
    let mut buttons = page.buttons(command.trim_end());
    buttons.push(Button::run("My mentoring", "mentor"));
    Ok(page.answer(
        ctx,
        card.note("Everybody here said that they like to be asked. Looking is private; only whom you ask is told.")
            .buttons(buttons),
    ))
}

/// What there is to know: name, work, place, and what they offer.
fn about(it: &Helper) -> Text {
    let person = &it.person;
    let mut text = Text::new().bold(people::called(person));
    for fact in [&person.title, &person.department, &person.location] {
        if !fact.is_empty() {
            text = text.then(format!(" · {fact}"));
        }
    }
    if let Some(offer) = &person.mentoring {
        let more: Vec<&String> = offer.skills.iter().filter(|skill| !it.skills.contains(skill)).take(4).collect();
        let also = if more.is_empty() { String::new() } else { format!("; also {}", cards::listed(&more)) };
        text = text.then(format!(
            "\nHelps with {}{also}. {}",
            cards::listed(&it.skills),
            cards::capitalised(&card::ways(&offer.ways))
        ));
        text = text.then(if it.room == 1 {
            "; room for 1 person.".to_owned()
        } else {
            format!("; room for {} people.", it.room)
        });
        if !offer.note.is_empty() {
            text = text.then("\n").italic(offer.note.clone());
        }
    }
    text
}

fn ask_button(ctx: &Ctx<'_>, company: &Company, it: &Helper) -> Button {
    let who = people::reference_in(company, ctx, &it.person);
    let label: String = format!("Ask {}", it.person.first_name()).chars().take(60).collect();
    let about = it.skills.first().map_or("", String::as_str);
    Button::run(label, format!("mentor ask {who} {about}"))
}
