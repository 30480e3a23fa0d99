//! "I'm interested": a form that says who will be told, and one durable notice to the owner.

use super::{Answer, Ctx, Failure, cards, matches, named_post, notice, people, refuse};
use crate::{
    domain::{
        calendar::{local_date, spoken_day},
        id::PersonId,
        opportunity::{ApplicationState, Opportunity},
        person::{Person, Role},
    },
    message::{
        Action, Address, Block, Button, Card, Field, FieldKind, Form, Reply, Span, Text, UserError, Values, Verb,
    },
    store::{
        Tx,
        applications::{self, Application},
        feedback, inbound, instance, opportunities,
    },
};

const LONGEST_NOTE: usize = 300;
const LONGEST_AVAILABILITY: usize = 120;
/// So many similar posts are offered in place of one that has closed.
const SIMILAR: usize = 3;

/// Who answers for a post.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Teller {
    Owner(PersonId, String),
    /// The post has no owner who is here: the people who run the programme find one.
    Programme,
}

impl Teller {
    fn of(ctx: &Ctx<'_>, post: &Opportunity) -> Teller {
        post.owner
            .and_then(|owner| {
                let company = ctx.live.read();
                let person = company.person(owner).filter(|person| person.is_active)?;
                let name = if person.name.is_empty() { "the owner" } else { person.first_name() };
                Some(Teller::Owner(owner, name.to_owned()))
            })
            .unwrap_or(Teller::Programme)
    }

    fn name(&self) -> &str {
        match self {
            Teller::Owner(_, name) => name,
            Teller::Programme => "the people who run the programme",
        }
    }
}

/// Opens the form, or says why there is nothing to send.
pub async fn run(ctx: &Ctx<'_>, rest: &str) -> Answer {
    let (post, _) = named_post(ctx, "interested", rest)?;
    let mut tx = ctx.db.read().await?;
    check(ctx, &mut tx, &post).await?;
    drop(tx);
    Ok(Reply::OpenForm(form(&post, &Teller::of(ctx, &post))))
}

fn form(post: &Opportunity, teller: &Teller) -> Form {
    let told = format!("Send to {} — your manager is told only if you accept an offer.", teller.name());
    Form {
        title: "I'm interested".into(),
        submit: "Send".into(),
        action: Action::new(Verb::SubmitInterest, post.id.to_string()),
        intro: vec![Block::Text(Text::new().bold(post.title.clone()).then(format!(" · {} · {}", post.id, post.team)))],
        fields: vec![
            Field::new(
                "note",
                "A few words to the owner",
                FieldKind::Paragraph {
                    initial: String::new(),
                    placeholder: "What draws you to it?".into(),
                    max: u32::try_from(LONGEST_NOTE).unwrap_or(u32::MAX),
                },
            )
            .optional()
            .hint("At most 300 characters."),
            Field::new(
                "availability",
                "When and how much",
                FieldKind::Line {
                    initial: String::new(),
                    placeholder: "4 hours a week from May".into(),
                    max: u32::try_from(LONGEST_AVAILABILITY).unwrap_or(u32::MAX),
                },
            )
            .optional(),
        ],
        outro: vec![Block::Note(Text::plain(told))],
    }
}

/// Whether an application could be made now. Says the same before the form opens and after it was sent.
async fn check(ctx: &Ctx<'_>, tx: &mut Tx, post: &Opportunity) -> Result<(), Failure> {
    let id = post.id;
    if post.owner == Some(ctx.person) {
        return told(
            Card::saying(format!("{id} is your own post. You can see who would like to join."))
                .buttons(vec![cards::on_post("See them", "applicants", post)]),
        );
    }
    if let Some(before) = applications::find(tx, id, ctx.person).await?
        && before.state != ApplicationState::Withdrawn
    {
        return told(repeated(ctx, post, &before));
    }
    if !post.is_open() {
        return told(closed(ctx, tx, post).await?);
    }
    if applications::count(tx, id, ApplicationState::Accepted).await? >= i64::from(post.seats) {
        return told(
            Card::saying(format!("All seats of {id} are taken, so nothing was sent. Save it in case one comes free."))
                .buttons(vec![cards::save(post), cards::similar(post)]),
        );
    }
    if ctx.live.read().person(ctx.person).is_some_and(|person| person.hidden.contains(&id)) {
        return told(
            Card::saying(format!("You said “not for me” to {id} before. Take that back and you can apply."))
                .buttons(vec![cards::on_post("Take it back", "unhide", post)]),
        );
    }
    Ok(())
}

/// `P-142 closed on Tue 12 May. 3 similar:` and those.
async fn closed(ctx: &Ctx<'_>, tx: &mut Tx, post: &Opportunity) -> Result<Card, Failure> {
    let (me, zone, today) = (ctx.me()?, ctx.zone(), ctx.today());
    let applied = matches::heard(tx, ctx.person).await?.posts;
    let similar = matches::similar(&ctx.live.read(), post, &me, today, &applied, SIMILAR);
    let sentence = format!("{} Nothing was sent.", cards::closed_sentence(post, zone));
    if similar.is_empty() {
        return Ok(Card::saying(sentence).buttons(vec![Button::run("My matches", "matches")]));
    }
    let mut card = Card::saying(format!("{sentence} {} similar:", similar.len()));
    for other in similar {
        card = card.item(cards::line(&other, zone), vec![cards::show(&other), cards::interested(&other)]);
    }
    Ok(card)
}

fn told<T>(card: Card) -> Result<T, Failure> {
    Err(Failure::Told(UserError(Box::new(card))))
}

fn repeated(ctx: &Ctx<'_>, post: &Opportunity, before: &Application) -> Card {
    let zone = ctx.zone();
    let mut card = Card::new(format!("You applied for {} before", post.id))
        .text(format!("You applied on {}; nothing was sent again.", spoken_day(local_date(zone, before.applied_at))))
        .text(super::applied::line(post, before, zone, ctx.now));
    let mut buttons = vec![Button::run("My applications", "applied")];
    match before.state {
        ApplicationState::Waiting => buttons.push(cards::on_post("Withdraw", "withdraw", post)),
        ApplicationState::Declined => buttons.push(cards::similar(post)),
        ApplicationState::Accepted | ApplicationState::Withdrawn => {}
    }
    card = card.buttons(buttons);
    card
}

/// Writes the application down, once, and tells whoever answers for the post.
pub async fn submit(ctx: &Ctx<'_>, action: &Action, values: &Values) -> Answer {
    let mut errors = Vec::new();
    for (field, longest) in [("note", LONGEST_NOTE), ("availability", LONGEST_AVAILABILITY)] {
        let length = values.one(field).chars().count();
        if length > longest {
            errors.push((field.to_owned(), format!("That is {length} characters; please keep it to {longest}.")));
        }
    }
    if !errors.is_empty() {
        return Ok(Reply::FormErrors(errors));
    }
    let (known, _) = named_post(ctx, "interested", &action.subject)?;
    let me = ctx.me()?;
    let mut tx = ctx.db.write().await?;
    let Some(post) = opportunities::find(&mut tx, known.id).await? else {
        return refuse(format!("There is no {}. `/mobility find` lists the open work with its numbers.", known.id));
    };
    check(ctx, &mut tx, &post).await?;
    let mut it = Application {
        post: post.id,
        person: ctx.person,
        note: values.one("note").to_owned(),
        availability: values.one("availability").to_owned(),
        state: ApplicationState::Waiting,
        reason: String::new(),
        reply_by: post.reply_by,
        applied_at: ctx.now,
        decided_at: None,
        version: 1,
    };
    let Some(version) = applications::apply(&mut tx, &it).await? else {
        return told(repeated(ctx, &post, &it));
    };
    it.version = version;
    feedback::like(&mut tx, ctx.person, post.id, ctx.now).await?;
    inbound::record(&mut tx, ctx.now, "post.applied", Some(ctx.person), &post.id.to_string(), serde_json::json!({}))
        .await?;
    let teller = Teller::of(ctx, &post);
    let occurrence = format!("{}.{version}", ctx.person.0);
    let audience = match &teller {
        Teller::Owner(owner, _) => vec![*owner],
        Teller::Programme => instance::people_with(&mut tx, Role::Hr).await?,
    };
    for person in audience {
        let card = if post.owner == Some(person) {
            applicant_card(ctx.address, &me, &post, &it)
        } else {
            ownerless_card(&me, &post)
        };
        notice::tell(&mut tx, person, "applicant", post.id.to_string(), occurrence.clone(), card, ctx.now).await?;
        notice::redraw_home(&mut tx, person, ctx.now).await?;
    }
    notice::redraw_home(&mut tx, ctx.person, ctx.now).await?;
    tx.commit().await?;
    Ok(Reply::Private(sent_card(&post, &teller)))
}

fn sent_card(post: &Opportunity, teller: &Teller) -> Card {
    let answer = post.reply_by.map_or_else(
        || "No date was promised for the answer; you hear from us as soon as there is one.".to_owned(),
        |day| format!("An answer is promised by {}.", spoken_day(day)),
    );
    Card::new(format!("Sent to {}", teller.name()))
        .text(
            Text::new()
                .then(format!("Sent to {}: you would like to join ", teller.name()))
                .bold(post.title.clone())
                .then(format!(" ({}). {answer}", post.id)),
        )
        .note("Your manager is told only if you accept an offer.")
        .buttons(vec![Button::run("My applications", "applied"), cards::on_post("Withdraw", "withdraw", post)])
}

/// What the owner reads: facts the person stated, in their order; no score and no comparison.
fn applicant_card(from: &Address, me: &Person, post: &Opportunity, it: &Application) -> Card {
    let name = people::called(me);
    let mut card = Card::new(format!("{name} would like to join {}", post.id)).text(
        Text::new()
            .span(Span::Person { address: from.clone(), name })
            .then(" would like to join ")
            .bold(post.title.clone())
            .then(format!(" ({}).", post.id)),
    );
    let mut facts = Text::new();
    for (label, fact) in [
        ("Works in", me.department.clone()),
        ("Has", me.have.join(", ")),
        ("Wants to learn", me.want.join(", ")),
        ("Available", it.availability.clone()),
        ("Note", it.note.clone()),
    ] {
        if !fact.is_empty() {
            let start = if facts.0.is_empty() { "" } else { "\n" };
            facts = facts.then(format!("{start}{label}: {fact}"));
        }
    }
    if !facts.0.is_empty() {
        card = card.text(facts);
    }
    if let Some(day) = it.reply_by {
        card = card.note(format!("You promised an answer by {}.", spoken_day(day)));
    }
    card.buttons(vec![cards::on_post("See them", "applicants", post).primary()])
}

fn ownerless_card(me: &Person, post: &Opportunity) -> Card {
    Card::new(format!("{} has an applicant and no owner", post.id)).text(
        Text::new()
            .bold(people::called(me))
            .then(" would like to join ")
            .bold(post.title.clone())
            .then(format!(" ({}), which has no owner. Please find one, so that the answer does not wait.", post.id)),
    )
}
