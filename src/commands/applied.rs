//! Where one's applications stand, and taking one back.

use super::{
    Answer, Ctx, cards, named_post, notice,
    paging::{Page, split_page},
    people, refuse,
};
use crate::{
    domain::{
        Instant,
        calendar::{local_date, spoken_day},
        opportunity::{ApplicationState, Opportunity},
    },
    message::{Button, Card, Reply, Text},
    store::{
        applications::{self, Application},
        feedback, inbound,
    },
};
use chrono_tz::Tz;

const PER_PAGE: usize = 8;

pub async fn run(ctx: &Ctx<'_>, rest: &str) -> Answer {
    let mut tx = ctx.db.read().await?;
    let all = applications::of_person(&mut tx, ctx.person).await?;
    drop(tx);
    let page = Page::new(all.len(), PER_PAGE, split_page(rest).1);
    let zone = ctx.zone();
    let mut card =
        Card::new(format!("Your applications: {}", page.position("application"))).header("Your applications");
    if all.is_empty() {
        card = card
            .text("None yet. Press `I'm interested` on a post; only its owner is told.")
            .buttons(vec![Button::run("My matches", "matches"), Button::run("Search", "find")]);
    }
    let company = ctx.live.read();
    for it in all.get(page.range.clone()).unwrap_or_default() {
        let Some(post) = company.opportunity(it.post) else { continue };
        card = card.item(line(post, it, zone, ctx.now), buttons(post, it));
    }
    drop(company);
    let turn = page.buttons("applied");
    if !turn.is_empty() {
        card = card.note(page.position("application")).buttons(turn);
    }
    Ok(page.answer(ctx, card))
}

/// `**Rust exporter** · P-142 — waiting for 3 days; an answer is promised by Thu 14 May.`
#[must_use]
pub fn line(post: &Opportunity, it: &Application, zone: Tz, now: Instant) -> Text {
    Text::new().bold(post.title.clone()).then(format!(" · {} — {}", post.id, standing(it, zone, now)))
}

fn standing(it: &Application, zone: Tz, now: Instant) -> String {
    let today = local_date(zone, now);
    let decided = it.decided_at.map_or_else(String::new, |at| format!(" on {}", spoken_day(local_date(zone, at))));
    match it.state {
        ApplicationState::Waiting => {
            let age = (today - local_date(zone, it.applied_at)).num_days();
            let age =
                if age < 1 { "sent today".to_owned() } else { format!("waiting for {}", cards::count(age, "day")) };
            match it.reply_by {
                Some(day) if day < today => {
                    let late = cards::count((today - day).num_days(), "day");
                    format!("{age}; an answer was promised by {}, {late} ago.", spoken_day(day))
                }
                Some(day) => format!("{age}; an answer is promised by {}.", spoken_day(day)),
                None => format!("{age}; no date was promised for the answer."),
            }
        }
        ApplicationState::Accepted => format!("accepted{decided}. Congratulations!"),
        ApplicationState::Declined if it.reason.is_empty() => format!("went to someone else{decided}."),
        ApplicationState::Declined => format!("not this time{decided}. What decided it: {}.", it.reason),
        ApplicationState::Withdrawn => format!("you took it back{decided}."),
    }
}

fn buttons(post: &Opportunity, it: &Application) -> Vec<Button> {
    let mut buttons = vec![cards::show(post)];
    match it.state {
        ApplicationState::Waiting => buttons.push(
            cards::on_post("Withdraw", "withdraw", post)
                .confirm(format!("Take your application for {} back? The owner is told.", post.id)),
        ),
        ApplicationState::Declined => buttons.push(cards::similar(post)),
        ApplicationState::Withdrawn if post.is_open() => buttons.push(cards::interested(post)),
        ApplicationState::Accepted | ApplicationState::Withdrawn => {}
    }
    buttons
}

/// Takes an application back while it waits; the owner is told.
pub async fn withdraw(ctx: &Ctx<'_>, rest: &str) -> Answer {
    let (post, _) = named_post(ctx, "withdraw", rest)?;
    let mut tx = ctx.db.write().await?;
    let Some(it) = applications::find(&mut tx, post.id, ctx.person).await? else {
        return refuse(format!("You have no application for {}. `/mobility applied` lists yours.", post.id));
    };
    if !applications::decide(&mut tx, post.id, ctx.person, ApplicationState::Withdrawn, "", ctx.now).await? {
        return refuse(match it.state {
            ApplicationState::Withdrawn => {
                format!("You took your application for {} back before. Nothing more to do.", post.id)
            }
            ApplicationState::Accepted => {
                format!("You were accepted for {} already. If plans changed, please tell the owner directly.", post.id)
            }
            _ => format!(
                "{} was answered already; there is nothing to take back. `/mobility applied` shows it.",
                post.id
            ),
        });
    }
    feedback::unlike(&mut tx, ctx.person, post.id).await?;
    inbound::record(&mut tx, ctx.now, "post.withdrawn", Some(ctx.person), &post.id.to_string(), serde_json::json!({}))
        .await?;
    if let Some(owner) = post.owner {
        let card = withdrawn_card(&people::called(&ctx.me()?), &post);
        let occurrence = format!("{}.{}", ctx.person.0, it.version);
        notice::tell(&mut tx, owner, "withdrawn", post.id.to_string(), occurrence, card, ctx.now).await?;
        notice::redraw_home(&mut tx, owner, ctx.now).await?;
    }
    notice::redraw_home(&mut tx, ctx.person, ctx.now).await?;
    tx.commit().await?;
    let mut buttons = vec![Button::run("My applications", "applied")];
    if post.is_open() {
        buttons.push(cards::on_post("Apply again", "interested", &post));
    }
    Ok(Reply::Private(
        Card::saying(format!("Your application for {} is withdrawn. The owner is told, without a reason.", post.id))
            .buttons(buttons),
    ))
}

fn withdrawn_card(name: &str, post: &Opportunity) -> Card {
    Card::new(format!("{name} withdrew from {}", post.id))
        .text(
            Text::new()
                .bold(name)
                .then(" has withdrawn from ")
                .bold(post.title.clone())
                .then(format!(" ({}). There is nothing you need to do.", post.id)),
        )
        .buttons(vec![cards::on_post("See them", "applicants", post)])
}
