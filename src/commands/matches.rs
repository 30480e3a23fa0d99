//! Work that fits what one has and what one wants to learn.

use super::{Answer, Ctx, cards, vocabulary::fold};
use crate::{
    domain::{id::OpportunityId, opportunity::Opportunity, person::Person},
    message::{Card, Reply, Text},
    store::applications,
};
use std::collections::BTreeSet;

pub async fn run(ctx: &Ctx<'_>, _rest: &str) -> Answer {
    let me = ctx.me()?;
    let mut tx = ctx.db.read().await?;
    let applied = applications::applied_for(&mut tx, ctx.person).await?;
    drop(tx);
    let mut card = Card::new("Your matches").header("Your matches");
    for (post, reason) in top(ctx, &me, &applied, 5) {
        let buttons = vec![cards::interested(&post), cards::save(&post), cards::not_for_me(&post), cards::why(&post)];
        card = card.item(cards::with_second_line(cards::line(&post, ctx.zone()), reason), buttons);
    }
    Ok(Reply::Private(card))
}

/// The best few for this person, each with its reasons in a line.
#[must_use]
pub fn top(ctx: &Ctx<'_>, me: &Person, applied: &BTreeSet<OpportunityId>, few: usize) -> Vec<(Opportunity, Text)> {
    let company = ctx.live.read();
    let mut open: Vec<_> = company
        .index
        .all()
        .filter(|post| post.is_open() && post.owner != Some(me.id) && !me.hidden.contains(&post.id))
        .filter(|post| !applied.contains(&post.id))
        .map(|post| (post.needs.iter().filter(|need| me.have.contains(need)).count(), post))
        .collect();
    open.sort_by_key(|(fits, post)| (std::cmp::Reverse(*fits), post.id));
    open.into_iter().take(few).map(|(_, post)| (post.clone(), fit(me, post))).collect()
}

/// `You have SQL, Rust. You'd learn Grafana — on your list.` Empty where nothing is to be said.
#[must_use]
pub fn fit(me: &Person, post: &Opportunity) -> Text {
    let shared = |theirs: &[String], mine: &[String]| -> Vec<String> {
        let is_mine = |skill: &&String| mine.iter().any(|it| fold(it) == fold(skill));
        theirs.iter().filter(is_mine).cloned().collect()
    };
    let needed: Vec<String> = post.needs.iter().chain(&post.nice).cloned().collect();
    let have = shared(&needed, &me.have);
    let learn = shared(&post.teaches, &me.want);
    let mut words = String::new();
    if !have.is_empty() {
        words.push_str(&format!("You have {}.", have.join(", ")));
    }
    if !learn.is_empty() {
        let space = if words.is_empty() { "" } else { " " };
        words.push_str(&format!("{space}You'd learn {} — on your list.", learn.join(", ")));
    }
    if words.is_empty() { Text::new() } else { Text::plain(words) }
}
