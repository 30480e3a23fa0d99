//! Search. The busiest command: it reads the company in memory and nothing else, and draws only what is asked for.

use super::{
    Answer, Command, Ctx,
    cards::{self, beginning},
    paging::Page,
    show::{SHARE, share},
};
use crate::{
    domain::{
        calendar::local_date,
        matching::{self, Found, HoursRange, Query, Relaxed},
        opportunity::Kind,
    },
    message::{Action, Button, Card, Field, FieldKind, Form, Reply, Text, Values, Verb},
    metrics,
    store::showings::Surface,
};
use std::{borrow::Cow, cmp::Reverse};

const PER_PAGE: usize = 5;
/// So many narrower searches are offered as buttons, and so many teams are counted.
const NARROWER: usize = 3;
const TEAMS: usize = 3;

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

fn search(ctx: &Ctx<'_>, rest: &str, near: Option<String>) -> Reply {
    let rest = rest.trim();
    let (words, is_shared) = match rest.strip_suffix(SHARE).filter(|_| ctx.is_press) {
        Some(words) => (words, true),
        None => (rest, false),
    };
    let mut query = Query::parse(words);
    let asked = std::mem::take(&mut query.page).number() as usize;
    let zone = ctx.zone();
    let today = local_date(zone, ctx.now);
    let company = ctx.live.read();
    // What is shared says nothing about who shares it.
    let viewer = company.person(ctx.person).filter(|_| !is_shared);
    let look = |page: usize| {
        metrics::of_search(|| company.index.search(&query, viewer, today, (page - 1) * PER_PAGE, PER_PAGE))
    };
    let mut found = look(asked);
    let page = Page::new(found.total, PER_PAGE, words.contains("page:").then_some(asked));
    if page.number != asked {
        found = look(page.number);
    }

    let position = page.position("post");
    let typed = query.to_text();
    let about = if typed.is_empty() { String::new() } else { format!(" for “{}”", short(&typed)) };
    let mut card = Card::new(match found.relaxed {
        Some(relaxed) => format!("{} {position}", relaxed.sentence()),
        None => format!("{position}{about}"),
    });
    card.blocks.reserve(found.hits.len() + 4);
    if !is_shared {
        ctx.showings.note(ctx.person, Surface::Search, found.hits.iter().map(|hit| hit.id), today);
    }
    if let Some(near) = near.filter(|_| !is_shared) {
        let name = near.split(' ').next().unwrap_or_default().to_owned();
        card = card.item(Text::new().then("Did you mean ").code(name.clone()).then("?"), vec![Button::run(name, near)]);
    }
    card = card.text(headline(&found, position, about));
    for hit in &found.hits {
        let Some(post) = company.opportunity(hit.id) else { continue };
        let line = cards::line(post, zone);
        card = if is_shared {
            card.item(line, vec![cards::show(post)])
        } else {
            let reasons = matching::sentences(&hit.why);
            let text = if reasons.is_empty() { line } else { line.then("\n").then(reasons) };
            card.item(text, vec![cards::show(post), cards::save(post), cards::interested(post)])
        };
    }
    drop(company);
    if is_shared {
        return Reply::Share(card);
    }
    let command = if typed.is_empty() { "find".to_owned() } else { format!("find {typed}") };
    let mut below = page.buttons(&command);
    if found.total > PER_PAGE && found.relaxed.is_none() {
        let (note, narrower) = facets(&found, &query, &command);
        if !note.is_empty() {
            card = card.note(note);
        }
        below.extend(narrower);
    }
    if found.total > 0 && ctx.place.is_some_and(|place| !place.is_direct) {
        below.push(share(format!("{command} {SHARE}")));
    }
    if found.total == 0 || found.relaxed == Some(Relaxed::Everything) {
        below.push(Button::run("My matches", "matches"));
    }
    if !below.is_empty() {
        card = card.buttons(below);
    }
    page.answer(ctx, card)
}

/// As much of a query as a line holds.
fn short(query: &str) -> Cow<'_, str> {
    match beginning(query, 60) {
        whole if whole.len() == query.len() => Cow::Borrowed(query),
        start => Cow::Owned(format!("{start}…")),
    }
}

/// How many there are; what was left out of a question that had no answer; what was probably meant.
fn headline(found: &Found, position: String, about: String) -> Text {
    if found.total == 0 {
        return Text::new()
            .bold("Nothing is open right now. ")
            .then("New posts come every week; `matches` shows what fits you then.");
    }
    let mut text = match found.relaxed {
        Some(relaxed) => Text::new().bold(relaxed.sentence()).then(format!(" {position}")),
        None => Text::new().bold(position).then(about),
    };
    if let Some(meant) = &found.did_you_mean {
        text = text.then(" · read as ").bold(format!("“{}”", short(meant)));
    }
    if found.relaxed.is_none() && found.answers < found.total {
        text = text.then(match found.answers {
            1 => " · the first has all of it, the others come near".to_owned(),
            answers => format!(" · the first {answers} have all of it, the others come near"),
        });
    }
    text
}

/// One filter more.
#[derive(Clone, Copy)]
enum Narrower<'a> {
    Kind(Kind),
    Remote,
    Hours(HoursRange),
    Team(&'a str),
}

impl<'a> Narrower<'a> {
    fn label(self) -> &'a str {
        match self {
            Narrower::Kind(kind) => kind.as_str(),
            Narrower::Remote => "remote",
            Narrower::Hours(range) => range.label(),
            Narrower::Team(team) => beginning(team, 50),
        }
    }

    /// As it is typed behind the rest of the query.
    fn filter(self) -> String {
        match self {
            Narrower::Kind(kind) => format!("type:{}", kind.as_str()),
            Narrower::Remote => "remote".to_owned(),
            Narrower::Hours(range) => range.filter().to_owned(),
            Narrower::Team(team) => Query { team: Some(team.to_owned()), ..Query::default() }.to_text(),
        }
    }
}

/// How many of the results are of which sort, in a line, and the searches that narrow them most.
fn facets(found: &Found, query: &Query, command: &str) -> (String, Vec<Button>) {
    let mut counts: Vec<(Narrower<'_>, usize)> = Vec::with_capacity(16);
    let all = &found.facets;
    if query.kinds.is_empty() {
        counts.extend(all.kinds.iter().map(|(kind, count)| (Narrower::Kind(*kind), *count)));
    }
    if query.remote.is_none() {
        counts.push((Narrower::Remote, all.remote));
    }
    if query.min_hours.is_none() && query.max_hours.is_none() {
        counts.extend(all.hours.iter().map(|(range, count)| (Narrower::Hours(*range), *count)));
    }
    if query.team.is_none() {
        counts.extend(all.teams.iter().take(TEAMS).map(|(team, count)| (Narrower::Team(team), *count)));
    }
    counts.retain(|(_, count)| (1..found.total).contains(count));
    let mut note = String::with_capacity(128);
    for (narrower, count) in &counts {
        let dot = if note.is_empty() { "" } else { " · " };
        note.extend([dot, narrower.label(), " ", &count.to_string()]);
    }
    counts.sort_by_key(|(_, count)| Reverse(*count));
    let button = |(narrower, count): &(Narrower<'_>, usize)| {
        Button::run(format!("{} ({count})", narrower.label()), [command, " ", &narrower.filter()].concat())
    };
    let buttons = counts.iter().take(NARROWER).map(button).collect();
    (note, buttons)
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
