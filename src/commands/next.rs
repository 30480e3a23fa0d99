//! The next useful thing for a person: one, the most pressing of those there are.

use super::{Ctx, people};
use crate::{
    domain::{
        calendar::{Quarter, local_date, spoken_day, spoken_time},
        conversation::{Conversation, Standing},
        id::OpportunityId,
        opportunity::ApplicationState,
        person::Person,
    },
    message::{Action, Button, Text, Verb},
    store::{Tx, applications, conversations},
};

/// One thing to do, with its buttons.
#[derive(Clone, Debug, PartialEq)]
pub struct Next {
    pub text: Text,
    pub buttons: Vec<Button>,
}

impl Next {
    fn new(text: impl Into<Text>, buttons: Vec<Button>) -> Next {
        Next { text: text.into(), buttons }
    }
}

/// Nobody asked them yet, and they said nothing themselves.
#[must_use]
pub fn is_new(me: &Person) -> bool {
    !me.preferences.is_introduced && me.have.is_empty() && me.want.is_empty()
}

/// # Errors
/// The database refused.
pub async fn next(ctx: &Ctx<'_>, tx: &mut Tx, me: &Person) -> sqlx::Result<Next> {
    let quarter = Quarter::of(ctx.today());
    let mine = conversations::of_person(tx, ctx.person).await?;
    if let Some(next) = mine.iter().find_map(|it| did_it_happen(ctx, it)) {
        return Ok(next);
    }
    if let Some(next) = applicants_wait(ctx, tx).await? {
        return Ok(next);
    }
    if is_new(me) {
        return Ok(Next::new(
            "One question, and your matches follow: which two skills do you have, and which one would you like to learn?",
            vec![Button::run("Tell me", "skills tell").primary(), Button::run("Later", "skills later")],
        ));
    }
    let own = mine.iter().find(|it| it.report == ctx.person && it.window == quarter.label());
    if let Some(next) = own.and_then(|it| own_conversation(ctx, it, quarter)) {
        return Ok(next);
    }
    if let Some(next) = reports_wait(ctx, tx, &mine, quarter).await? {
        return Ok(next);
    }
    if me.have.is_empty() && me.want.is_empty() {
        return Ok(Next::new(
            "Your profile is empty. Two skills you have and one you would like to learn are enough for good matches.",
            vec![Button::run("Edit", "profile edit").primary()],
        ));
    }
    Ok(Next::new("Nothing waits for you. Have a look at what fits.", vec![Button::run("My matches", "matches")]))
}

/// The planned time is over and this person has not said whether it happened.
fn did_it_happen(ctx: &Ctx<'_>, it: &Conversation) -> Option<Next> {
    let planned = it.planned_at.filter(|_| !it.is_skipped)?;
    let (own, other) =
        if it.manager == ctx.person { (it.manager_says, it.report) } else { (it.report_says, it.manager) };
    let is_over = planned + chrono::Duration::minutes(i64::from(it.minutes)) <= ctx.now;
    if !is_over || own.is_some() || ctx.now - planned > chrono::Duration::days(60) {
        return None;
    }
    let on =
        |label: &'static str, verb| Button::new(label, Action::new(verb, it.id.0.to_string()).at_version(it.version));
    let day = spoken_day(local_date(ctx.zone(), planned));
    Some(Next::new(
        format!("Did you and {} talk on {day}? It counts when you've both said yes.", people::first_name(ctx, other)),
        vec![on("Yes", Verb::SaidYes).primary(), on("Moved — new time", Verb::SaidMoved), on("No", Verb::SaidNo)],
    ))
}

async fn applicants_wait(ctx: &Ctx<'_>, tx: &mut Tx) -> sqlx::Result<Option<Next>> {
    let owned: Vec<(OpportunityId, Option<chrono::NaiveDate>)> = {
        let company = ctx.live.read();
        let owned = company.index.all().filter(|post| post.owner == Some(ctx.person));
        owned.map(|post| (post.id, post.reply_by)).collect()
    };
    let mut most_pressing: Option<(Option<chrono::NaiveDate>, OpportunityId, i64)> = None;
    for (post, reply_by) in owned {
        let waiting = applications::count(tx, post, ApplicationState::Waiting).await?;
        let is_sooner =
            most_pressing.is_none_or(|(day, _, _)| reply_by.is_some_and(|it| day.is_none_or(|day| it < day)));
        if waiting > 0 && is_sooner {
            most_pressing = Some((reply_by, post, waiting));
        }
    }
    Ok(most_pressing.map(|(reply_by, post, waiting)| {
        let are = if waiting == 1 { "1 person is".to_owned() } else { format!("{waiting} people are") };
        let promised =
            reply_by.map_or_else(String::new, |day| format!("; you promised an answer by {}", spoken_day(day)));
        Next::new(
            format!("{are} waiting on {post}{promised}."),
            vec![Button::run("See them", format!("applicants {post}")).primary()],
        )
    }))
}

/// The conversation with one's own manager in this window, while it is neither held nor set aside.
fn own_conversation(ctx: &Ctx<'_>, it: &Conversation, quarter: Quarter) -> Option<Next> {
    let manager = people::first_name(ctx, it.manager);
    let on =
        |label: &'static str, verb| Button::new(label, Action::new(verb, it.id.0.to_string()).at_version(it.version));
    match (it.standing_for(ctx.person), it.planned_at) {
        (Standing::Planned, Some(at)) if at > ctx.now => Some(Next::new(
            format!("Your career conversation with {manager}: {}.", spoken_time(at, ctx.zone())),
            vec![on("Another time", Verb::OtherTime)],
        )),
        (Standing::Open, _) => Some(Next::new(
            format!(
                "You and {manager} have a career conversation due by {}. It's yours: bring one thing you'd like to do more of.",
                spoken_day(quarter.end())
            ),
            vec![
                on("Pick a time", Verb::OtherTime).primary(),
                on("It already happened", Verb::SaidYes),
                on("Not this quarter", Verb::NotThisQuarter),
            ],
        )),
        _ => None,
    }
}

/// A manager whose people have no time yet.
async fn reports_wait(
    ctx: &Ctx<'_>,
    tx: &mut Tx,
    mine: &[Conversation],
    quarter: Quarter,
) -> sqlx::Result<Option<Next>> {
    let open: Vec<&Conversation> = mine
        .iter()
        .filter(|it| {
            it.manager == ctx.person && it.window == quarter.label() && it.standing_for(ctx.person) == Standing::Open
        })
        .collect();
    let Some(first) = open.last() else { return Ok(None) };
    let who = people::reference(tx, ctx, first.report).await?;
    let name = people::first_name(ctx, first.report);
    let names = match open.len() {
        1 => format!("{name} has"),
        more => format!("{name} and {} more have", more - 1),
    };
    Ok(Some(Next::new(
        format!("{names} no time for a career conversation yet this quarter."),
        vec![
            Button::run(format!("Propose times to {name}"), format!("1on1 plan {who}")).primary(),
            Button::run("My team", "team"),
        ],
    )))
}
