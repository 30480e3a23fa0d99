//! Everything about one post.

use super::{Answer, Ctx, cards, named_post, people};
use crate::{
    domain::{calendar::spoken_day, feedback::Heard, matching, opportunity::Opportunity},
    message::{Button, Card, Reply, Span, Text},
};
use chrono_tz::Tz;

/// What the button *Share here* says behind the command. Typed, it is nothing: only a press shares.
pub const SHARE: &str = "share:here";

pub async fn run(ctx: &Ctx<'_>, rest: &str) -> Answer {
    let (post, more) = named_post(ctx, "show", rest)?;
    let zone = ctx.zone();
    let owner = owner(ctx, &post);
    if ctx.is_press && more == SHARE {
        let card = describe(&post, owner, zone).buttons(vec![cards::show(&post), cards::interested(&post)]);
        return Ok(Reply::Share(card));
    }
    let mut card = describe(&post, owner, zone);
    let today = ctx.today();
    ctx.showings.opened(ctx.person, post.id, today);
    let company = ctx.live.read();
    let why = company
        .person(ctx.person)
        .and_then(|me| company.ask(me, today, &Heard::default(), |ask| company.index.why(ask, post.id)));
    drop(company);
    if let Some(why) = why.filter(|why| !why.reasons.is_empty()) {
        card = card.text(matching::sentences(&why.reasons));
    }
    let is_own = post.owner == Some(ctx.person);
    let mut buttons = if is_own {
        vec![
            cards::on_post("See them", "applicants", &post),
            cards::on_post("Edit", "edit", &post),
            cards::on_post("Close", "close", &post),
        ]
    } else if post.is_open() {
        vec![cards::interested(&post).primary(), cards::save(&post), cards::not_for_me(&post), cards::why(&post)]
    } else {
        vec![cards::similar(&post)]
    };
    if ctx.place.is_some_and(|place| !place.is_direct) && post.is_open() {
        buttons.push(share(format!("show {} {SHARE}", post.id)));
    }
    Ok(Reply::Private(card.buttons(buttons)))
}

/// The one button that lets others see an answer.
#[must_use]
pub fn share(command: String) -> Button {
    Button::run("Share here", command).confirm("Everybody in this channel will see it.")
}

fn owner(ctx: &Ctx<'_>, post: &Opportunity) -> Option<Span> {
    let company = ctx.live.read();
    let owner = company.person(post.owner?).filter(|person| person.is_active)?;
    let name = people::called(owner);
    Some(match company.address_of(owner.id).filter(|address| address.platform == ctx.address.platform) {
        Some(address) => Span::Person { address: address.clone(), name },
        None => Span::Plain(name),
    })
}

/// The post itself, the same for every reader.
fn describe(post: &Opportunity, owner: Option<Span>, zone: Tz) -> Card {
    let title: String = post.title.chars().take(140).collect();
    let mut card = Card::new(format!("{}: {title}", post.id)).header(title).text(format!(
        "{} · {}",
        post.id,
        cards::facts(post, zone)
    ));
    if !post.summary.is_empty() {
        card = card.text(post.summary.clone());
    }
    let mut skills = Text::new();
    for (label, words) in [("Needs", &post.needs), ("Helps", &post.nice), ("We teach", &post.teaches)] {
        if !words.is_empty() {
            let start = if skills.0.is_empty() { "" } else { "\n" };
            skills = skills.bold(format!("{start}{label}: ")).then(words.join(", "));
        }
    }
    if !skills.0.is_empty() {
        card = card.text(skills);
    }
    let mut rest = Text::new().then(cards::count(i64::from(post.seats), "seat"));
    if let Some(day) = post.starts_on {
        rest = rest.then(format!(" · starts {}", spoken_day(day)));
    }
    if post.is_remote && !post.place.is_empty() {
        rest = rest.then(format!(" · or in {}", post.place));
    }
    if let Some(owner) = owner {
        rest = rest.then(" · owner: ").span(owner);
    }
    card.text(rest)
}
