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
        matching::{Guide, TeacherReason},
        mentoring::{RequestState, Way},
        person::Person,
        teaching::SkillKey,
        word::{self, texts},
    },
    message::{Button, Card, Text},
    store::mentoring,
};
use chrono::Datelike;
use std::collections::BTreeMap;

const PER_PAGE: usize = 5;

/// Somebody who could help, with what they offer of what is asked, and what else speaks for them.
struct Helper {
    person: Person,
    skills: Vec<String>,
    facts: Vec<String>,
    room: u32,
}

/// `mentor find sql`; without a skill, what one wants to learn.
pub async fn find(ctx: &Ctx<'_>, rest: &str) -> Answer {
    let (words, page) = split_page(rest);
    let me = ctx.me()?;
    let asked: Vec<String> = if words.is_empty() {
        texts(&me.want)
    } else {
        words.split([',', ';']).map(|word| word.trim().to_owned()).filter(|word| !word.is_empty()).collect()
    };
    if asked.is_empty() {
        return refuse(
            "What would you like to learn? Say `/mobility mentor find SQL`, or put it on your list: `/mobility skills want SQL`.",
        );
    }
    let is_mentor: fn(&[Way]) -> bool = |ways| ways.iter().any(|way| *way != Way::Question);
    let found = helpers(ctx, &me, Some(words.as_str()).filter(|words| !words.is_empty()), &asked, is_mentor).await?;
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
    let found = helpers(ctx, &me, Some(&words), &asked, answers).await?;
    listed(ctx, &format!("Whom to ask: {}", cards::listed(&asked)), &format!("expert {words}"), &asked, found, page)
}

/// Whoever offers one of these skills in one of these ways, not from one's own reporting line; with room, and how many
/// more there are without.
async fn helpers(
    ctx: &Ctx<'_>,
    me: &Person,
    words: Option<&str>,
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
    let exact = who_offers(&company, asked);
    let (mut offers, mut rooms) = (Vec::new(), BTreeMap::new());
    for person in company.teaching.all_helpers().filter_map(|id| company.person(id)) {
        let Some(offer) = person.mentoring.as_ref().filter(|offer| suits(&offer.ways)) else { continue };
        let is_in_line = people::is_above(&company, person.id, me.id) || people::is_above(&company, me.id, person.id);
        if !person.is_active || person.id == me.id || is_in_line || known.contains(&person.id) {
            continue;
        }
        rooms.insert(person.id, offer.capacity.saturating_sub(busy.get(&person.id).copied().unwrap_or(0)));
        // They are found by what they offer, not by all that they can.
        offers.push(Person { have: word::words(&offer.skills), ..person.clone() });
    }
    // Everybody as if they had room, so that it can be said how many have none.
    let asked_lately = |person: &Person| busy.get(&person.id).copied().unwrap_or(0);
    let guides: Vec<Guide<'_>> =
        offers.iter().map(|person| Guide { person, room: 1, asked: asked_lately(person) }).collect();
    let week = u64::from(ctx.today().iso_week().week());
    let teachers = match words {
        None => company.index.mentors_for(me, &guides, &|_| false, week),
        Some(words) => company.index.experts(words, &guides, me.id, week),
    };
    // What only people here know the index may not have heard of: who offers exactly that is added.
    let mut found: Vec<(PersonId, Vec<String>)> = teachers
        .into_iter()
        .filter(|it| exact.contains_key(&it.person) || !it.reasons.is_empty())
        .map(|it| (it.person, it.reasons.iter().map(TeacherReason::sentence).collect()))
        .collect();
    for person in exact.keys().filter(|person| rooms.contains_key(person)) {
        if found.iter().all(|(there, _)| there != person) {
            found.push((*person, Vec::new()));
        }
    }
    // Who offers the very thing comes before who comes near to it.
    found.sort_by_key(|(person, _)| std::cmp::Reverse(exact.get(person).map_or(0, Vec::len)));
    let (mut free, mut full) = (Vec::new(), 0);
    for (id, facts) in found {
        match (rooms.get(&id), company.person(id)) {
            (Some(0), _) => full += 1,
            (Some(room), Some(person)) => {
                let skills = exact.get(&id).cloned().unwrap_or_default();
                free.push(Helper { person: person.clone(), skills, facts, room: *room });
            }
            _ => {}
        }
    }
    Ok((free, full))
}

fn who_offers(company: &Company, asked: &[String]) -> BTreeMap<PersonId, Vec<String>> {
    let mut offers: BTreeMap<PersonId, Vec<String>> = BTreeMap::new();
    for word in asked {
        let Some(key) = SkillKey::meant_by(word, &company.own_skills) else { continue };
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
        let helps = match (it.skills.is_empty(), more.is_empty()) {
            (true, _) => format!("Helps with {}", cards::listed(&more)),
            (false, true) => format!("Helps with {}", cards::listed(&it.skills)),
            (false, false) => format!("Helps with {}; also {}", cards::listed(&it.skills), cards::listed(&more)),
        };
        let room = if it.room == 1 { "room for 1 person".to_owned() } else { format!("room for {} people", it.room) };
        text = text.then(format!("\n{helps}. {}; {room}.", cards::capitalised(&card::ways(&offer.ways))));
        if it.skills.is_empty() && !it.facts.is_empty() {
            text = text.then(format!(" {}", it.facts.join(" ")));
        }
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
