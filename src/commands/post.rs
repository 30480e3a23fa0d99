//! Offering a piece of work: the posts I own, making one in two steps, changing and closing it.

mod form;
mod reach;

use super::{
    Answer, Ctx, Failure,
    cards::{self, count},
    outcome::{self, CLOSED},
    paging::{Page, split_page},
    people, refuse,
};
use crate::{
    access::{Asker, Deed, NOT_YOUR_POST, authorize},
    domain::{
        calendar::local_date,
        id::{OpportunityId, PersonId},
        opportunity::{ApplicationState, Opportunity},
    },
    message::{
        Action, Block, Button, Card, Choice, Field, FieldKind, Form, Reply, Text, Values, Verb,
        form::{FormRef, legible},
    },
    store::{Tx, applications, drafts, inbound, opportunities},
};
use form::{blank, first_step, read_details, read_what, second_step, whole};
use reach::reach_sentence;
use serde_json::json;

const PER_PAGE: usize = 8;
const MOST_PER_DAY: usize = 5;
/// The name of the draft, and of the value in it that names the post it becomes.
const DRAFT: &str = "post";
const TURN: &str = "turn";

/// `post`: what I own, or the form when that is nothing; `post new` and `post <title>`: the form.
///
/// # Errors
/// What the person is told, or what broke.
pub async fn run(ctx: &Ctx<'_>, rest: &str) -> Answer {
    let (words, page) = split_page(rest);
    match words.as_str() {
        "" => list(ctx, page).await,
        "new" => open(ctx, None).await,
        title => open(ctx, Some(title)).await,
    }
}

async fn list(ctx: &Ctx<'_>, page: Option<usize>) -> Answer {
    let mut mine: Vec<Opportunity> = {
        let company = ctx.live.read();
        company.index.all().filter(|post| post.owner == Some(ctx.person)).cloned().collect()
    };
    if mine.is_empty() {
        return open(ctx, None).await;
    }
    mine.sort_by_key(|post| (!post.is_open(), std::cmp::Reverse(post.id)));
    let page = Page::new(mine.len(), PER_PAGE, page);
    let mut card = Card::new(format!("Your posts: {}", page.position("post")))
        .header("Your posts")
        .buttons(vec![Button::run("Post a project", "post new").primary()]);
    let mut tx = ctx.db.read().await?;
    for post in mine.get(page.range.clone()).unwrap_or_default() {
        let waiting = applications::count(&mut tx, post.id, ApplicationState::Waiting).await?;
        let taken = applications::count(&mut tx, post.id, ApplicationState::Accepted).await?;
        let seats = count(i64::from(post.seats), "seat");
        let text = cards::line(post, ctx.zone()).then(format!("\n{waiting} waiting · {taken} of {seats} taken"));
        let mut buttons = vec![cards::on_post("Applicants", "applicants", post)];
        if post.is_open() {
            buttons.push(cards::on_post("Edit", "edit", post));
            buttons.push(cards::on_post("Close", "close", post));
        } else if outcome::is_under_way(&mut tx, post).await? {
            buttons.push(cards::on_post("It is done", "close", post));
        }
        card = card.item(text, buttons);
    }
    let turn = page.buttons("post");
    if !turn.is_empty() {
        card = card.note(page.position("post")).buttons(turn);
    }
    Ok(page.answer(ctx, card))
}

/// Opens the form: where it was left off, or with the words of a message.
///
/// # Errors
/// What the person is told, or what broke.
pub async fn open(ctx: &Ctx<'_>, prefill: Option<&str>) -> Answer {
    let asker = ctx.asker().await?;
    authorize(&asker, Deed::UseOwnData)?;
    check_today(ctx)?;
    let mut post = blank(ctx);
    let mut turn = format!("new {}", ctx.now.timestamp_millis());
    if let Some(words) = prefill {
        let words = legible(words);
        let title = words.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
        post.title = title.chars().take(120).collect();
        post.summary = words.trim().chars().take(2000).collect();
    } else {
        let mut tx = ctx.db.read().await?;
        if let Some(draft) = drafts::find(&mut tx, ctx.person, DRAFT).await? {
            // What is wrong with it is said when it is sent.
            read_what(&ctx.live.read(), &mut post, &draft);
            draft.one(TURN).clone_into(&mut turn);
        }
    }
    Ok(Reply::OpenForm(first_step(&ctx.live.read(), &post, &turn, ctx.programme.smallest_group)))
}

fn check_today(ctx: &Ctx<'_>) -> Result<(), Failure> {
    let company = ctx.live.read();
    let is_of_today =
        |post: &&Opportunity| post.owner == Some(ctx.person) && local_date(ctx.zone(), post.created_at) == ctx.today();
    if company.index.all().filter(is_of_today).count() >= MOST_PER_DAY {
        return refuse(format!(
            "You have posted {MOST_PER_DAY} today, which is the most a day takes. Tomorrow there is room again; `/mobility post` shows yours to edit."
        ));
    }
    Ok(())
}

/// A skill of an open form changed: the form anew, with the sentence about how many people it reaches. What was filled in
/// is kept, so that closing the form loses nothing.
///
/// # Errors
/// What the person is told, or what broke.
pub async fn changed(ctx: &Ctx<'_>, action: &Action, values: &Values, _form: &FormRef) -> Answer {
    let smallest = ctx.programme.smallest_group;
    if let Ok(id) = action.subject.parse::<OpportunityId>() {
        let mut tx = ctx.db.read().await?;
        let mut post = own_post(&mut tx, ctx, id).await?;
        read_what(&ctx.live.read(), &mut post, values);
        read_details(ctx.today(), &mut post, values);
        post.version = action.version;
        return Ok(Reply::UpdateForm(whole(&ctx.live.read(), &post, smallest)));
    }
    if action.verb == Verb::SubmitPostDetails {
        return Ok(Reply::Nothing);
    }
    keep(ctx, &action.subject, values).await?;
    let mut post = blank(ctx);
    let company = ctx.live.read();
    read_what(&company, &mut post, values);
    Ok(Reply::UpdateForm(first_step(&company, &post, &action.subject, smallest)))
}

/// Keeps what the first step says, under the name of the post it becomes.
async fn keep(ctx: &Ctx<'_>, turn: &str, values: &Values) -> Result<(), Failure> {
    let mut draft = values.clone();
    draft.0.insert(TURN.to_owned(), vec![turn.to_owned()]);
    let mut tx = ctx.db.write().await?;
    drafts::keep(&mut tx, ctx.person, DRAFT, &draft, ctx.now).await?;
    tx.commit().await?;
    Ok(())
}

/// A form was sent: the first step, the second step, or the changes to a post.
///
/// # Errors
/// What the person is told, or what broke.
pub async fn submit(ctx: &Ctx<'_>, action: &Action, values: &Values) -> Answer {
    if let Ok(id) = action.subject.parse::<OpportunityId>() {
        return submit_edit(ctx, id, action.version, values).await;
    }
    let asker = ctx.asker().await?;
    authorize(&asker, Deed::UseOwnData)?;
    if action.verb == Verb::SubmitPostDetails {
        return publish(ctx, &action.subject, values).await;
    }
    if let Some(done) = posted_before(ctx, &action.subject).await? {
        return Ok(Reply::Private(done));
    }
    let mut post = blank(ctx);
    let errors = read_what(&ctx.live.read(), &mut post, values);
    if !errors.is_empty() {
        return Ok(Reply::FormErrors(errors));
    }
    keep(ctx, &action.subject, values).await?;
    Ok(Reply::NextForm(second_step(&ctx.live.read(), &post, &action.subject, ctx.programme.smallest_group)))
}

/// The same form sent once more makes nothing; it says what the first one made.
async fn posted_before(ctx: &Ctx<'_>, turn: &str) -> Result<Option<Card>, Failure> {
    let mut tx = ctx.db.read().await?;
    if !inbound::was_seen(&mut tx, &key(ctx, turn)).await? {
        return Ok(None);
    }
    let company = ctx.live.read();
    let newest = company.index.all().filter(|post| post.owner == Some(ctx.person)).last();
    Ok(Some(newest.map_or_else(
        || Card::saying("That was posted already. `/mobility post` shows your posts."),
        |post| posted(ctx, post, &format!("{} is posted already, once.", post.id)),
    )))
}

fn key(ctx: &Ctx<'_>, turn: &str) -> String {
    format!("post {} {turn}", ctx.person.0)
}

async fn publish(ctx: &Ctx<'_>, turn: &str, values: &Values) -> Answer {
    if let Some(done) = posted_before(ctx, turn).await? {
        return Ok(Reply::Private(done));
    }
    check_today(ctx)?;
    let mut post = blank(ctx);
    let errors = read_details(ctx.today(), &mut post, values);
    if !errors.is_empty() {
        return Ok(Reply::FormErrors(errors));
    }
    let mut tx = ctx.db.write().await?;
    let draft = drafts::find(&mut tx, ctx.person, DRAFT).await?.filter(|draft| draft.one(TURN) == turn);
    let Some(draft) = draft else {
        return refuse(
            "You started another post since, so I no longer have the first step of this one. Nothing was posted; `/mobility post new` goes on with the newer one.",
        );
    };
    if !read_what(&ctx.live.read(), &mut post, &draft).is_empty() {
        return refuse(
            "The first step was not complete. Nothing was posted; `/mobility post new` goes on where you left off.",
        );
    }
    if !inbound::first_time(&mut tx, &key(ctx, turn), ctx.now).await? {
        return refuse("That was posted already. `/mobility post` shows your posts.");
    }
    post.id = opportunities::next_id(&mut tx).await?;
    opportunities::insert(&mut tx, &post).await?;
    drafts::forget(&mut tx, ctx.person, DRAFT).await?;
    let data = json!({"kind": post.kind.as_str(), "seats": post.seats, "skills": post.skills().count()});
    inbound::record(&mut tx, ctx.now, "post.published", Some(ctx.person), &post.id.to_string(), data).await?;
    super::notice::redraw_home(&mut tx, ctx.person, ctx.now).await?;
    tx.commit().await?;
    ctx.live.refresh().await?;
    let news = reach_sentence(&ctx.live.read(), &post, ctx.programme.smallest_group);
    Ok(Reply::Private(posted(ctx, &post, &news.replace("This would reach", "It can reach"))))
}

fn posted(ctx: &Ctx<'_>, post: &Opportunity, news: &str) -> Card {
    Card::new(format!("{} is open", post.id))
        .text(Text::new().bold(post.title.clone()).then(format!(" is open as {}. {news}", post.id)))
        .text(Text::plain(cards::facts(post, ctx.zone())))
        .buttons(vec![
            cards::show(post).primary(),
            cards::on_post("Edit", "edit", post),
            cards::on_post("Applicants", "applicants", post),
        ])
        .note(format!(
            "To show it to others, type `/mobility show {}` in their channel and press `Share here`.",
            post.id
        ))
}

/// The post, if it is this person's to change. One that is not there is refused in the same words.
async fn own_post(tx: &mut Tx, ctx: &Ctx<'_>, id: OpportunityId) -> Result<Opportunity, Failure> {
    let asker = Asker::load(tx, ctx.person).await?;
    let Some(post) = opportunities::find(tx, id).await? else { return refuse(NOT_YOUR_POST) };
    authorize(&asker, Deed::ManagePost(&post))?;
    Ok(post)
}

fn named(rest: &str, command: &str) -> Result<OpportunityId, Failure> {
    let word = rest.split_whitespace().next().unwrap_or_default();
    word.parse().or_else(|_| {
        refuse(format!(
            "Which one? Say its number, such as `/mobility {command} P-142`. `/mobility post` shows your posts."
        ))
    })
}

/// `edit P-142`: everything in one form.
///
/// # Errors
/// What the person is told, or what broke.
pub async fn edit(ctx: &Ctx<'_>, rest: &str) -> Answer {
    let id = named(rest, "edit")?;
    let mut tx = ctx.db.read().await?;
    let post = own_post(&mut tx, ctx, id).await?;
    if !post.is_open() {
        return refuse(format!(
            "{} It cannot be changed any more; `/mobility post new` posts it anew.",
            cards::closed_sentence(&post, ctx.zone())
        ));
    }
    Ok(Reply::OpenForm(whole(&ctx.live.read(), &post, ctx.programme.smallest_group)))
}

async fn submit_edit(ctx: &Ctx<'_>, id: OpportunityId, version: i64, values: &Values) -> Answer {
    let mut tx = ctx.db.write().await?;
    opportunities::hold(&mut tx, id).await?;
    let before = own_post(&mut tx, ctx, id).await?;
    if before.version != version || !before.is_open() {
        return refuse(format!(
            "Somebody changed {id} meanwhile, so nothing of yours was saved. `/mobility edit {id}` opens it as it is now."
        ));
    }
    let mut post = before.clone();
    let mut errors = read_what(&ctx.live.read(), &mut post, values);
    // A day that was fine when it was promised may stay.
    let today = before.reply_by.into_iter().chain(before.starts_on).fold(ctx.today(), std::cmp::Ord::min);
    errors.extend(read_details(today, &mut post, values));
    let taken = applications::count(&mut tx, id, ApplicationState::Accepted).await?;
    if i64::from(post.seats) < taken {
        errors.push((
            "seats".to_owned(),
            format!("{taken} are in already, so it needs at least {}.", count(taken, "seat")),
        ));
    }
    if !errors.is_empty() {
        return Ok(Reply::FormErrors(errors));
    }
    if !opportunities::update(&mut tx, &post, None).await? {
        return refuse(format!(
            "Somebody changed {id} meanwhile, so nothing of yours was saved. `/mobility edit {id}` opens it as it is now."
        ));
    }
    inbound::record(&mut tx, ctx.now, "post.edited", Some(ctx.person), &id.to_string(), json!({})).await?;
    post.version += 1;
    let is_full = taken > 0 && outcome::close_if_full(&mut tx, ctx, &post).await?;
    tx.commit().await?;
    ctx.live.refresh().await?;
    let news = if is_full { "Saved. All its seats are taken, so it is closed now." } else { "Your changes are saved." };
    let now = ctx.live.read().opportunity(id).cloned().unwrap_or(post);
    Ok(Reply::Private(
        Card::new(format!("{id} is saved"))
            .text(Text::new().bold(now.title.clone()).then(format!(" ({id}). {news}")))
            .text(Text::plain(cards::facts(&now, ctx.zone())))
            .buttons(vec![cards::show(&now), Button::run("Your posts", "post")]),
    ))
}

/// `close P-142`: asks who got it, and why. Of a post that is closed because its places are taken, it asks whether the work
/// is done.
///
/// # Errors
/// What the person is told, or what broke.
pub async fn close(ctx: &Ctx<'_>, rest: &str) -> Answer {
    let id = named(rest, "close")?;
    let mut tx = ctx.db.read().await?;
    let post = own_post(&mut tx, ctx, id).await?;
    if outcome::is_under_way(&mut tx, &post).await? {
        return Ok(Reply::OpenForm(finish(&post)));
    }
    if !post.is_open() {
        return refuse(closed_before(ctx, &post));
    }
    let waiting: Vec<PersonId> = applications::of_post(&mut tx, id)
        .await?
        .iter()
        .filter(|it| it.state == ApplicationState::Waiting)
        .map(|it| it.person)
        .collect();
    // Nobody who waits should read that nobody was found.
    let reasons = CLOSED
        .iter()
        .filter(|reason| reason.code != "no_fit" || waiting.is_empty())
        .map(|reason| Choice::new(reason.label(), reason.code))
        .collect();
    let mut fields = vec![Field::new("reason", "Why", FieldKind::Select { choices: reasons, initial: None })];
    if !waiting.is_empty() && post.owner == Some(ctx.person) {
        let choices = waiting
            .iter()
            .take(100)
            .map(|it| Choice::new(clipped(&people::name(ctx, *it)), it.0.to_string()))
            .collect();
        fields.push(
            Field::new("who", "Who got it", FieldKind::Select { choices, initial: None })
                .optional()
                .hint("They are told yes; leave it empty if it is nobody of these."),
        );
    }
    let told = match waiting.len() {
        0 => "Nobody is waiting for an answer.".to_owned(),
        1 => "One person is waiting, and is told the reason at once, with similar work.".to_owned(),
        many => format!("{many} people are waiting, and are told the reason at once, with similar work."),
    };
    Ok(Reply::OpenForm(Form {
        title: format!("Close {id}"),
        submit: "Close it".into(),
        action: Action::new(Verb::SubmitClose, id.to_string()),
        intro: vec![Block::Text(Text::new().bold(post.title.clone()))],
        fields,
        outro: vec![Block::Note(Text::plain(told))],
    }))
}

/// Asks whether the work is done for which people were found already.
fn finish(post: &Opportunity) -> Form {
    let done = Choice::new(outcome::DONE.label(), outcome::DONE.code);
    let initial = Some(done.value.clone());
    Form {
        title: format!("Finish {}", post.id),
        submit: "Send".into(),
        action: Action::new(Verb::SubmitClose, post.id.to_string()),
        intro: vec![Block::Text(Text::new().bold(post.title.clone()))],
        fields: vec![Field::new("reason", "How it went on", FieldKind::Select { choices: vec![done], initial })],
        outro: vec![Block::Note("Channels with its topics read that it is finished, below their next digest.".into())],
    }
}

fn clipped(name: &str) -> String {
    name.chars().take(75).collect()
}

fn closed_before(ctx: &Ctx<'_>, post: &Opportunity) -> String {
    format!("{} Nothing was changed, and nobody was told again.", cards::closed_sentence(post, ctx.zone()))
}

/// The reason was given: the post closes, and everybody who waits is told.
///
/// # Errors
/// What the person is told, or what broke.
pub async fn submit_close(ctx: &Ctx<'_>, action: &Action, values: &Values) -> Answer {
    let id = named(&action.subject, "close")?;
    let Some(reason) = outcome::reason(&CLOSED, values.one("reason")) else {
        return Ok(Reply::FormErrors(vec![(
            "reason".to_owned(),
            "Choose why it closes; those who wait are told.".to_owned(),
        )]));
    };
    let mut tx = ctx.db.write().await?;
    opportunities::hold(&mut tx, id).await?;
    let post = own_post(&mut tx, ctx, id).await?;
    let is_finish = reason == outcome::DONE && outcome::is_under_way(&mut tx, &post).await?;
    if !post.is_open() && !is_finish {
        return refuse(closed_before(ctx, &post));
    }
    if let Ok(who) = values.one("who").parse().map(PersonId)
        && post.owner == Some(ctx.person)
    {
        if reason == outcome::DONE {
            let words = "It is done, so nobody can start any more: leave this empty, or choose another reason.";
            return Ok(Reply::FormErrors(vec![("who".to_owned(), words.to_owned())]));
        }
        let chosen = applications::find(&mut tx, id, who).await?;
        let is_in = match &chosen {
            Some(it) => outcome::accept(&mut tx, ctx, &post, it).await?,
            None => false,
        };
        if !is_in {
            // A number that was made up is nobody's name to learn.
            let name = chosen.map_or_else(|| "Whoever that is".to_owned(), |it| people::name(ctx, it.person));
            let words = format!("{name} does not wait any more. Choose somebody else, or nobody.");
            return Ok(Reply::FormErrors(vec![("who".to_owned(), words)]));
        }
    }
    let Some(told) = outcome::close(&mut tx, ctx, &post, reason).await? else {
        return refuse(format!("Somebody changed {id} at this very moment. `/mobility close {id}` tries again."));
    };
    tx.commit().await?;
    ctx.live.refresh().await?;
    let became = if reason == outcome::DONE { "finished" } else { "closed" };
    let told = match told {
        0 if is_finish => "Thank you for telling.".to_owned(),
        0 => "Nobody else was waiting.".to_owned(),
        1 => "The one person who waited knows, with similar work.".to_owned(),
        many => format!("The {many} people who waited know, with similar work."),
    };
    Ok(Reply::Private(
        Card::new(format!("{id} is {became}"))
            .text(Text::new().bold(post.title.clone()).then(format!(" ({id}) is {became}. {told}")))
            .buttons(vec![Button::run("Your posts", "post")]),
    ))
}
