//! Search. The busiest command: it reads the company in memory and nothing else, and draws only what is asked for.

use super::{
    Answer, Command, Ctx, cards, matches,
    paging::{Page, split_page},
    show::{SHARE, share},
};
use crate::{
    domain::{
        company::Company,
        opportunity::{Kind, Opportunity},
        person::Person,
    },
    message::{Action, Button, Card, Field, FieldKind, Form, Reply, Text, Values, Verb},
};

const PER_PAGE: usize = 5;
/// So many narrower searches are offered as buttons.
const NARROWER: usize = 4;

/// `find rust skill:sql remote page:2`.
pub async fn run(ctx: &Ctx<'_>, rest: &str) -> Answer {
    Ok(search(ctx, rest, None))
}

/// Words that name no command are searched for; a slip of a command's name is offered above the results.
pub async fn unknown(ctx: &Ctx<'_>, text: &str) -> Answer {
    Ok(search(ctx, text, near_command(text)))
}

/// The form behind the platform's own "Find a project".
pub fn open(_ctx: &Ctx<'_>) -> Answer {
    let placeholder = "rust remote, or skill:sql hours:<=4".to_owned();
    Ok(Reply::OpenForm(Form {
        title: "Find a project".into(),
        submit: "Search".into(),
        action: Action::new(Verb::SubmitFind, ""),
        intro: Vec::new(),
        fields: vec![
            Field::new(
                "words",
                "What are you looking for?",
                FieldKind::Line { initial: String::new(), placeholder, max: 200 },
            )
            .optional()
            .hint("Nothing shows all open work. Looking is private."),
        ],
        outro: Vec::new(),
    }))
}

pub async fn submit(ctx: &Ctx<'_>, values: &Values) -> Answer {
    run(ctx, values.one("words")).await
}

/// The command that the first word may be a slip of, with what follows it.
fn near_command(text: &str) -> Option<String> {
    let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let word = word.to_lowercase();
    let length = word.chars().count();
    let nearest = Command::ALL
        .iter()
        .map(|command| (strsim::osa_distance(command.name(), &word), command.name()))
        .min_by_key(|(distance, _)| *distance)?;
    let (distance, name) = nearest;
    (length >= 3 && distance <= 2 && distance * 3 <= length)
        .then(|| format!("{name} {}", rest.trim()).trim().to_owned())
}

struct Found<'c> {
    hits: Vec<&'c Opportunity>,
    total: usize,
    facets: Vec<(String, String, usize)>,
    did_you_mean: Option<String>,
    relaxed: Option<String>,
}

fn look_up<'c>(company: &'c Company, query: &str, me: Option<&Person>) -> Found<'c> {
    let mut words = Vec::new();
    let mut kind = None;
    for word in query.split_whitespace() {
        match word.strip_prefix("type:").and_then(Kind::parse) {
            Some(named) => kind = Some(named),
            None => words.push(word.to_lowercase()),
        }
    }
    let is_hit = |post: &&Opportunity| {
        let text =
            format!("{} {} {} {}", post.title, post.summary, post.team, post.skills().collect::<Vec<_>>().join(" "))
                .to_lowercase();
        post.is_open()
            && kind.is_none_or(|kind| post.kind == kind)
            && me.is_none_or(|me| !me.hidden.contains(&post.id))
            && words.iter().all(|word| text.contains(word))
    };
    let hits: Vec<&Opportunity> = company.index.all().filter(is_hit).collect();
    Found { total: hits.len(), hits, facets: Vec::new(), did_you_mean: None, relaxed: None }
}

fn search(ctx: &Ctx<'_>, rest: &str, near: Option<String>) -> Reply {
    let (mut query, asked) = split_page(rest);
    let is_shared = ctx.is_press && query.ends_with(SHARE);
    if is_shared {
        query.truncate(query.len() - SHARE.len());
    }
    let query = query.trim();
    let zone = ctx.zone();
    let company = ctx.live.read();
    let me = company.person(ctx.person);
    let found = look_up(&company, query, me);
    let page = Page::new(found.total, PER_PAGE, asked);
    let hits = found.hits.get(page.range.clone()).unwrap_or_default();
    let command = if query.is_empty() { "find".to_owned() } else { format!("find {query}") };

    let mut card = Card::new(format!("{}{}", page.position("post"), about(query)));
    if let Some(near) = near.filter(|_| !is_shared) {
        let name = near.split(' ').next().unwrap_or_default().to_owned();
        card = card.item(Text::new().then("Did you mean ").code(name.clone()).then("?"), vec![Button::run(name, near)]);
    }
    card = card.text(headline(&found, &page, query));
    for post in hits {
        let line = cards::line(post, zone);
        card = if is_shared {
            card.item(line, vec![cards::show(post)])
        } else {
            let reason = me.map(|me| matches::fit(me, post)).unwrap_or_default();
            card.item(
                cards::with_second_line(line, reason),
                vec![cards::show(post), cards::save(post), cards::interested(post)],
            )
        };
    }
    if is_shared {
        return Reply::Share(card);
    }
    let mut below = page.buttons(&command);
    for (label, filter, count) in found.facets.iter().take(NARROWER) {
        below.push(Button::run(format!("{label} ({count})"), format!("{command} {filter}")));
    }
    if found.total > 0 && ctx.place.is_some_and(|place| !place.is_direct) {
        below.push(share(format!("{command} {SHARE}")));
    }
    if found.total == 0 {
        below.push(Button::run("All open work", "find"));
        below.push(Button::run("My matches", "matches"));
    }
    if !below.is_empty() {
        card = card.buttons(below);
    }
    page.answer(ctx, card)
}

fn about(query: &str) -> String {
    if query.is_empty() { String::new() } else { format!(" for “{}”", query.chars().take(60).collect::<String>()) }
}

/// How many there are; what was left out of the question where it had no answer; what may have been meant.
fn headline(found: &Found<'_>, page: &Page, query: &str) -> Text {
    let mut text = match &found.relaxed {
        Some(relaxed) => Text::new()
            .bold(format!("Nothing fits all of “{}”. ", query.chars().take(60).collect::<String>()))
            .then(format!("The nearest, {relaxed}: {}", page.position("post"))),
        None if found.total == 0 => Text::new()
            .bold(format!("Nothing found{}. ", about(query)))
            .then("Fewer or other words may help; new posts come every week."),
        None => Text::new().bold(page.position("post")).then(about(query)),
    };
    if let Some(meant) = &found.did_you_mean {
        text = text.then(" · Did you mean ").bold(meant.clone()).then("?");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_a_command_is_recognised_and_a_search_word_is_not() {
        for (text, meant) in [
            ("matchs", Some("matches")),
            ("mathces", Some("matches")),
            ("sav P-1", Some("save P-1")),
            ("intrested P-142", Some("interested P-142")),
            ("rust", None),
            ("webinar series", None),
            ("sql", None),
        ] {
            assert_eq!(near_command(text).as_deref(), meant, "{text}");
        }
    }
}
