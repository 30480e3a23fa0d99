//! Work that fits what one has and what one wants to learn.

use super::{
    Answer, Ctx, cards, feedback,
    paging::{Page, split_page},
};
use crate::{
    domain::{
        company::Company,
        feedback::Heard,
        id::{OpportunityId, PersonId},
        matching::{self, Match, Query, Relaxed, WhatIf},
        opportunity::Opportunity,
        person::Person,
        teaching::SkillKey,
    },
    message::{Button, Card, Text},
    metrics,
    store::{self, Tx, applications, showings::Surface},
};
use chrono::NaiveDate;
use std::collections::{BTreeSet, HashMap};

const PER_PAGE: usize = 5;
/// So many skills of a post are looked for one by one to find similar ones.
const MOST_ASKED: usize = 4;
/// So many pages are worth turning.
const MOST: usize = 8 * PER_PAGE;

/// The personal list: strong, good and stretch matches, five a page.
pub async fn run(ctx: &Ctx<'_>, rest: &str) -> Answer {
    if let Some(more) = rest.strip_prefix("feedback") {
        return feedback::run(ctx, more.trim()).await;
    }
    let me = ctx.me()?;
    let mut tx = ctx.db.read().await?;
    let heard = heard(&mut tx, ctx.person).await?;
    drop(tx);
    let (zone, today) = (ctx.zone(), ctx.today());
    let company = ctx.live.read();
    let all = ranked(&company, &me, today, &heard, MOST);
    let page = Page::new(all.len(), PER_PAGE, split_page(rest).1);
    let mut card = Card::new(format!("Your matches: {}", page.position("match"))).header("Your matches");
    if all.is_empty() {
        drop(company);
        return Ok(page.answer(ctx, nothing(&me, card)));
    }
    let mut shown: Vec<&Match> = all.get(page.range.clone()).unwrap_or_default().iter().collect();
    shown.sort_by_key(|it| it.band);
    ctx.showings.note(ctx.person, Surface::Matches, shown.iter().map(|it| it.id), today);
    let mut band = None;
    for it in shown {
        let Some(post) = company.opportunity(it.id) else { continue };
        if band != Some(it.band) {
            card = card.text(Text::new().bold(it.band.label()));
            band = Some(it.band);
        }
        let text = cards::with_second_line(cards::line(post, zone), said(it));
        card = card.item(text, cards::on_a_match(post));
    }
    if page.number == 1
        && let Some(more) = what_if(&company, &me, today, &heard, 1).first()
    {
        let posts = cards::count(i64::try_from(more.learnt).unwrap_or(i64::MAX), "more open post");
        let text = Text::new().bold("What if? ").then("With ").bold(more.skill.clone());
        card = card.item(text.then(format!(" on your list to learn: {posts}.")), vec![want(&more.skill)]);
    }
    drop(company);
    let mut buttons = page.buttons("matches");
    buttons.push(Button::run("Edit my skills", "profile edit"));
    buttons.push(Button::run("What they listen to", "matches feedback"));
    let note = format!("{}. In every five, one is from another department where there is one.", page.position("match"));
    Ok(page.answer(ctx, card.note(note).buttons(buttons)))
}

fn nothing(me: &Person, card: Card) -> Card {
    if me.have.is_empty() && me.want.is_empty() {
        card.text("Two skills you have and one you would like to learn are enough to find what fits.")
            .buttons(vec![Button::run("Tell me", "skills tell").primary(), Button::run("All open work", "find")])
    } else {
        card.text("Nothing open fits right now. A skill more on your list finds more, and new posts come every week.")
            .buttons(vec![Button::run("Edit my skills", "profile edit"), Button::run("All open work", "find")])
    }
}

fn said(it: &Match) -> Text {
    let words = matching::sentences(&it.reasons);
    if words.is_empty() { Text::new() } else { Text::plain(words) }
}

/// What is known of a person beside their profile when work is looked for.
///
/// # Errors
/// The database refused.
pub async fn heard(tx: &mut Tx, person: PersonId) -> sqlx::Result<Heard> {
    Ok(heard_of(tx, &[person]).await?.remove(&person).unwrap_or_default())
}

/// The same for some people, of whom there is any.
///
/// # Errors
/// The database refused.
pub async fn heard_of(tx: &mut Tx, people: &[PersonId]) -> sqlx::Result<HashMap<PersonId, Heard>> {
    let mut all: HashMap<PersonId, Heard> = HashMap::new();
    for (person, feedback) in store::feedback::of_some(tx, people).await? {
        all.insert(person, Heard { posts: feedback.ignored().collect(), feedback });
    }
    for (person, posts) in applications::applied_by(tx, people).await? {
        all.entry(person).or_default().posts.extend(posts);
    }
    Ok(all)
}

/// What fits this person, best first. What is equally good takes turns from week to week.
#[must_use]
pub fn ranked(company: &Company, me: &Person, today: NaiveDate, heard: &Heard, most: usize) -> Vec<Match> {
    metrics::of_matches(|| company.ask(me, today, heard, |ask| company.index.matches(ask, most)))
}

/// What one skill more on the list of what to learn would open: the best that opens anything.
#[must_use]
pub fn what_if(company: &Company, me: &Person, today: NaiveDate, heard: &Heard, most: usize) -> Vec<WhatIf> {
    let all = company.ask(me, today, heard, |ask| company.index.what_if(ask, most));
    let named = all.into_iter().map(|it| WhatIf { skill: written(company, it.skill, today), ..it });
    named.filter(|it| it.learnt > 0).collect()
}

/// A skill as an open post writes it.
fn written(company: &Company, skill: String, today: NaiveDate) -> String {
    let key = SkillKey::of(&skill, &company.own_skills);
    let query = Query { skills: vec![skill.clone()], ..Query::default() };
    let hit = company.index.search(&query, None, today, 0, 1).hits.into_iter().next();
    let post = hit.and_then(|hit| company.opportunity(hit.id));
    let name = post.and_then(|post| post.skills().find(|name| SkillKey::of(name, &company.own_skills) == key));
    name.map_or(skill, |name| name.trim().to_owned())
}

/// A button that puts a skill on the list of what to learn.
#[must_use]
pub fn want(skill: &str) -> Button {
    let label: String = format!("Want {skill}").chars().take(75).collect();
    Button::run(label, format!("skills want {}", super::skills::quote(skill)))
}

/// The best few for this person, each with its reasons in a line; the newest where nothing is known of the person.
#[must_use]
pub fn top(ctx: &Ctx<'_>, me: &Person, heard: &Heard, few: usize) -> Vec<(Opportunity, Text)> {
    let today = ctx.today();
    let company = ctx.live.read();
    if me.have.is_empty() && me.want.is_empty() {
        let applied = &heard.posts;
        let room = few + applied.len();
        let newest = company.index.search(&Query::default(), Some(me), today, 0, room).hits;
        let posts = newest.into_iter().filter_map(|hit| company.opportunity(hit.id));
        let others = posts.filter(|post| post.owner != Some(me.id) && !applied.contains(&post.id));
        return others.take(few).map(|post| (post.clone(), Text::new())).collect();
    }
    ranked(&company, me, today, heard, few)
        .iter()
        .filter_map(|it| Some((company.opportunity(it.id)?.clone(), said(it))))
        .collect()
}

/// Open posts that name the same skills, the nearest first; none of the person's own, hidden or applied for.
#[must_use]
pub fn similar(
    company: &Company,
    post: &Opportunity,
    me: &Person,
    today: NaiveDate,
    applied: &BTreeSet<OpportunityId>,
    few: usize,
) -> Vec<Opportunity> {
    let mut near: Vec<&Opportunity> = Vec::new();
    let all: Vec<&str> = post.skills().collect();
    // First what names all of them, or most; then what names one that is needed.
    let questions = std::iter::once(all.as_slice()).chain(all.chunks(1));
    for skills in questions.filter(|skills| !skills.is_empty()).take(1 + MOST_ASKED) {
        let query = Query { text: skills.iter().map(|skill| (*skill).to_owned()).collect(), ..Query::default() };
        let found = company.index.search(&query, Some(me), today, 0, few + applied.len() + 1);
        if found.relaxed == Some(Relaxed::Everything) {
            continue;
        }
        for it in found.hits.into_iter().filter_map(|hit| company.opportunity(hit.id)) {
            let is_known = it.id == post.id || near.iter().any(|other| other.id == it.id);
            if !is_known && it.owner != Some(me.id) && !applied.contains(&it.id) {
                near.push(it);
            }
        }
        if near.len() >= few {
            break;
        }
    }
    near.into_iter().take(few).cloned().collect()
}
