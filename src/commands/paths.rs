//! Roles one could grow into from here: what one brings, what is missing, and what in the company teaches it.

use super::{
    Answer, Ctx, cards,
    paging::{Page, split_page},
    people,
};
use crate::{
    domain::{
        company::Company,
        id::{OpportunityId, PersonId},
        paths::{Gap, Path, Step},
        person::Person,
        skills::{OccupationId, occupations_of, taxonomy},
    },
    message::{Button, Card, Reply, Text},
};

const PER_PAGE: usize = 3;
/// So many other readings of a title are offered, and so many roles that follow are named.
const OTHERS: usize = 3;

const HOW_MOVING_WORKS: &str = "Sideways: another team, with much of what you can. Step by step: a project or a few days beside somebody, \
    then the role. Upward: more to answer for. Staying and growing where you are is fine too. Only you see this.";

/// `paths` from one's own title, or `paths Product Manager` for what that role takes.
pub async fn run(ctx: &Ctx<'_>, rest: &str) -> Answer {
    let (words, page) = split_page(rest);
    let me = ctx.me()?;
    let role = words.strip_prefix("to ").unwrap_or(&words).trim();
    let company = ctx.live.read();
    if role.is_empty() {
        let readings = occupations_of(&me.title, 1 + OTHERS);
        let Some((from, _)) = readings.first() else { return Ok(Reply::Private(unknown(&me.title, &me))) };
        return Ok(onward(ctx, &company, &me, *from, &readings[1..], page));
    }
    let readings = occupations_of(role, 1 + OTHERS);
    let Some((to, _)) = readings.first() else { return Ok(Reply::Private(unknown(role, &me))) };
    Ok(Reply::Private(one(ctx, &company, &me, role, *to, &readings[1..])))
}

fn title(role: OccupationId) -> &'static str {
    &taxonomy().occupation(role).title
}

fn unknown(typed: &str, me: &Person) -> Card {
    let typed: String = typed.chars().take(80).collect();
    let words = if typed.is_empty() {
        "I do not know your role yet. Name one and I look from there: `/mobility paths data analyst`.".to_owned()
    } else {
        format!("I know no role like “{typed}”. Try it in other words: `/mobility paths data analyst`.")
    };
    let mut buttons = vec![Button::run("How moving works here", "help moving")];
    if !me.wished_role.is_empty() && me.wished_role != typed {
        buttons.insert(0, Button::run("What it takes", format!("paths {}", me.wished_role)));
    }
    Card::saying(words).buttons(buttons)
}

/// The roles that follow from one's own.
fn onward(
    ctx: &Ctx<'_>,
    company: &Company,
    me: &Person,
    from: OccupationId,
    others: &[(OccupationId, f32)],
    page: Option<usize>,
) -> Reply {
    let all = company.paths(me, from, ctx.today());
    let page = Page::new(all.len(), PER_PAGE, page);
    let mut card = Card::new(format!("From {}: {}", title(from), page.position("role")))
        .header("Where you could go from here")
        .text(read_as(&me.title, from));
    for path in all.get(page.range.clone()).unwrap_or_default() {
        let mut text = Text::new().bold(title(path.role)).then(format!(" · {}", step(path.step)));
        if !path.brings.is_empty() {
            text = text.then(format!("\nYou bring: {}.", cards::listed(&path.brings)));
        }
        text = text
            .then(format!("\nWorth learning: {}.", path.gap.iter().map(with_sources).collect::<Vec<_>>().join(", ")));
        card = card.item(text, vec![like(path.role), takes(path.role)]);
    }
    let mut buttons = page.buttons("paths");
    buttons.extend(others.iter().map(|(role, _)| by_name(*role)));
    buttons.push(Button::run("Find a mentor", "mentor find"));
    buttons.push(Button::run("How moving works here", "help moving"));
    page.answer(ctx, card.note(HOW_MOVING_WORKS).buttons(buttons))
}

/// The role's own name stands on the button where several stand side by side.
fn by_name(role: OccupationId) -> Button {
    Button::run(title(role).chars().take(70).collect::<String>(), format!("paths {}", title(role)))
}

fn read_as(typed: &str, role: OccupationId) -> Text {
    let typed: String = typed.chars().take(80).collect();
    Text::new()
        .then("Your title is “")
        .then(typed)
        .then("”, which I read as ")
        .bold(title(role))
        .then(". If that is not it, say your role: ")
        .code("paths software engineer")
        .then(".")
}

fn step(step: Step) -> &'static str {
    match step {
        Step::Sideways => "sideways",
        Step::Up => "a step up",
    }
}

/// `Docker (P-104 teaches it)`.
fn with_sources(gap: &Gap) -> String {
    match (gap.posts.first(), gap.helpers.len()) {
        (Some(post), _) => format!("{} ({post} teaches it)", gap.skill),
        (None, 1) => format!("{} (1 person helps)", gap.skill),
        (None, people) if people > 1 => format!("{} ({people} people help)", gap.skill),
        _ => gap.skill.clone(),
    }
}

fn like(role: OccupationId) -> Button {
    Button::run("I'd like that", format!("skills want role: {}", title(role)))
        .accessible(format!("I'd like that: {}", title(role)))
}

fn takes(role: OccupationId) -> Button {
    Button::run("What it takes", format!("paths {}", title(role))).accessible(format!("What it takes: {}", title(role)))
}

/// What one role takes, and where it leads.
fn one(
    ctx: &Ctx<'_>,
    company: &Company,
    me: &Person,
    typed: &str,
    role: OccupationId,
    others: &[(OccupationId, f32)],
) -> Card {
    let path: Path = company.path(me, role, Step::Sideways, ctx.today());
    let mut card =
        Card::new(format!("What it takes: {}", title(role))).header(format!("What it takes: {}", title(role)));
    let is_same = typed.eq_ignore_ascii_case(title(role));
    if !is_same {
        card = card.text(
            Text::new()
                .then("The nearest to “")
                .then(typed.chars().take(80).collect::<String>())
                .then("” that I know."),
        );
    }
    card = card.text(if path.brings.is_empty() {
        "None of what it takes is on your list of skills so far.".to_owned()
    } else {
        format!("You bring: {}.", cards::listed(&path.brings))
    });
    for gap in &path.gap {
        card = card.item(learnable(company, gap), gap_buttons(ctx, company, gap));
    }
    let next = company.paths(me, role, ctx.today());
    if !next.is_empty() {
        let next: Vec<&str> = next.iter().take(OTHERS).map(|path| title(path.role)).collect();
        card = card.note(format!("Where it leads: {}.", next.join(" · ")));
    }
    let mut buttons = vec![like(role).primary(), Button::run("From where I am", "paths")];
    if !is_same {
        buttons.extend(others.iter().map(|(role, _)| by_name(*role)));
    }
    card.note("Taken from what is usual for such a role elsewhere; here it may differ. Only you see this.")
        .buttons(buttons)
}

fn learnable(company: &Company, gap: &Gap) -> Text {
    let mut text = Text::new().bold(gap.skill.clone());
    let titles: Vec<String> = gap
        .posts
        .iter()
        .filter_map(|id| company.opportunity(*id))
        .map(|post| format!("{} ({})", post.title, post.id))
        .collect();
    if !titles.is_empty() {
        text = text.then(format!(" — taught in {}", cards::listed(&titles)));
    }
    let names: Vec<String> = gap.helpers.iter().filter_map(|id| company.person(*id)).map(people::called).collect();
    if !names.is_empty() {
        let verb = if names.len() == 1 { "helps" } else { "help" };
        text = text.then(format!(" — {} {verb} with it", cards::listed(&names)));
    }
    if titles.is_empty() && names.is_empty() {
        text = text.then(" — nobody teaches it here right now");
    }
    text.then(".")
}

fn gap_buttons(ctx: &Ctx<'_>, company: &Company, gap: &Gap) -> Vec<Button> {
    let mut buttons = vec![
        Button::run("I want to learn it", format!("skills want {}", super::skills::quote(&gap.skill)))
            .accessible(format!("I want to learn it: {}", gap.skill)),
    ];
    let posts = gap.posts.iter().filter_map(|id: &OpportunityId| company.opportunity(*id));
    buttons.extend(posts.take(1).map(|post| cards::on_post("Show", "show", post)));
    let helper = gap.helpers.iter().find_map(|id: &PersonId| company.person(*id));
    if let Some(helper) = helper {
        let who = people::reference_in(company, ctx, helper);
        let label: String = format!("Ask {}", helper.first_name()).chars().take(60).collect();
        buttons.push(Button::run(label, format!("mentor ask {who} {}", gap.skill)));
    }
    buttons
}
