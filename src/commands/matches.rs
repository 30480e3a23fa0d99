//! Work that fits what one has and what one wants to learn.

use super::{Answer, Ctx, cards};
use crate::{
    domain::{opportunity::Opportunity, person::Person},
    message::{Card, Reply, Text},
};

pub async fn run(ctx: &Ctx<'_>, _rest: &str) -> Answer {
    let me = ctx.me()?;
    let mut card = Card::new("Your matches").header("Your matches");
    for (post, reason) in top(ctx, &me, 5) {
        let buttons = vec![cards::interested(&post), cards::save(&post), cards::not_for_me(&post), cards::why(&post)];
        card = card.item(cards::with_second_line(cards::line(&post, ctx.zone()), reason), buttons);
    }
    Ok(Reply::Private(card))
}

/// The best few for this person, each with its reasons in a line.
#[must_use]
pub fn top(ctx: &Ctx<'_>, me: &Person, few: usize) -> Vec<(Opportunity, Text)> {
    let company = ctx.live.read();
    let mut open: Vec<_> = company
        .index
        .all()
        .filter(|post| post.is_open() && post.owner != Some(me.id) && !me.hidden.contains(&post.id))
        .map(|post| (post.needs.iter().filter(|need| me.have.contains(need)).count(), post))
        .collect();
    open.sort_by_key(|(fits, post)| (std::cmp::Reverse(*fits), post.id));
    open.into_iter().take(few).map(|(_, post)| (post.clone(), Text::new())).collect()
}

/// What fits this person about a post, where anything does.
#[must_use]
pub fn reason(_ctx: &Ctx<'_>, _post: &Opportunity) -> Option<Text> {
    None
}
