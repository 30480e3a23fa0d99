//! Skills in one line, and what is offered while somebody types one. What is not certain is asked, never guessed.

use super::{Answer, Ctx, cards::listed, matches, profile, refuse};
use crate::{
    domain::{
        company::Company,
        person::Person,
        skills::{self, occupations_of},
        understood::Understood,
    },
    message::{Button, Card, Choice, Reply, Text},
};

/// More than anybody has, and few enough to be read.
pub const MOST: usize = 60;
pub const LONGEST: usize = 60;
/// As many as fit below a field without scrolling far.
const MOST_OFFERS: usize = 20;

/// The skills of a list as they are kept: trimmed, once each, under the name everybody uses where there is one. They were
/// picked one by one, so that what is not certain is taken as it was picked.
///
/// # Errors
/// What to change, in a sentence.
pub fn cleaned<S: AsRef<str>>(company: &Company, words: &[S]) -> Result<Vec<String>, String> {
    let mut kept = Vec::new();
    for word in words {
        let word = tidy(word.as_ref())?;
        if skills::canonical(&word).is_empty() {
            continue;
        }
        let name = match company.understand(&word) {
            Understood::Known(name) => name,
            Understood::Several(_) | Understood::Slip(_) | Understood::New => company.vocabulary.name(&word).to_owned(),
        };
        add(&mut kept, &[name]);
    }
    if kept.len() > MOST {
        return Err(format!("Please name the {MOST} that matter most."));
    }
    Ok(kept)
}

fn tidy(word: &str) -> Result<String, String> {
    let word = word.split_whitespace().collect::<Vec<_>>().join(" ");
    if word.chars().count() > LONGEST {
        return Err(format!("A skill has at most {LONGEST} letters; please shorten the longest."));
    }
    Ok(word)
}

/// Adds what is not there yet; gives what was new.
pub fn add<T>(list: &mut Vec<T>, more: &[String]) -> Vec<String>
where
    T: AsRef<str> + for<'a> From<&'a str>,
{
    let mut new = Vec::new();
    for skill in more {
        if !list.iter().any(|there| skills::same(there.as_ref(), skill)) {
            list.push(T::from(skill));
            new.push(skill.clone());
        }
    }
    new
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Edit {
    Have,
    Want,
    Drop,
    /// The role one would like; nothing takes it away.
    Role,
}

impl Edit {
    fn named(word: &str) -> Option<Edit> {
        match word.to_lowercase().as_str() {
            "have" | "add" | "has" => Some(Edit::Have),
            "want" | "learn" | "wants" => Some(Edit::Want),
            "drop" | "remove" | "forget" => Some(Edit::Drop),
            _ => None,
        }
    }

    fn verb(self) -> &'static str {
        match self {
            Edit::Have => "have",
            Edit::Want | Edit::Role => "want",
            Edit::Drop => "drop",
        }
    }
}

const HOW: &str = "Try `skills have SQL, Rust`, `skills want Grafana`, `skills want role: Product Manager` or `skills drop SQL`. `profile` shows all of yours.";

/// `have SQL, Rust want Grafana drop Excel`: what is to be done with which words, in order.
fn parse(rest: &str) -> Result<Vec<(Edit, String)>, String> {
    let mut edits: Vec<(Edit, String)> = Vec::new();
    for word in rest.split_inclusive(unquoted(rest, &BETWEEN_WORDS)) {
        let bare = word.trim_end_matches(BETWEEN_WORDS);
        match (Edit::named(bare), edits.last_mut()) {
            (Some(edit), _) => edits.push((edit, String::new())),
            (None, Some((_, words))) => words.push_str(word),
            (None, None) if bare.is_empty() => {}
            (None, None) => {
                let near = ["have", "want", "drop"]
                    .into_iter()
                    .find(|verb| strsim::osa_distance(verb, &bare.to_lowercase()) == 1);
                return Err(match near {
                    Some(verb) => format!("Did you mean `skills {verb} …`? {HOW}"),
                    None => HOW.to_owned(),
                });
            }
        }
    }
    let mut parsed = Vec::new();
    for (edit, words) in edits {
        let mut is_empty = true;
        for word in words.split(unquoted(&words, &[',', ';', '·', '\n'])) {
            let word = tidy(word)?;
            if let Some(role) = role(&word).filter(|_| edit != Edit::Have) {
                parsed.push((Edit::Role, if edit == Edit::Drop { String::new() } else { role.to_owned() }));
            } else if skills::canonical(&word).is_empty() {
                continue;
            } else {
                parsed.push((edit, word));
            }
            is_empty = false;
        }
        if is_empty {
            return Err(HOW.to_owned());
        }
    }
    Ok(parsed)
}

const BETWEEN_WORDS: [char; 6] = [' ', '\t', '\n', ',', ';', '·'];

/// Whether a letter separates: one of these, and not within quotes, for what is quoted is one name whatever it says.
fn unquoted<'s>(text: &str, separators: &'s [char]) -> impl FnMut(char) -> bool + 's {
    let has_pairs = text.matches('"').count().is_multiple_of(2);
    let mut is_within = false;
    move |letter| {
        is_within ^= letter == '"' && has_pairs;
        !is_within && separators.contains(&letter)
    }
}

/// A name that somebody else may have given, for a command that is to read it as one.
#[must_use]
pub fn quote(skill: &str) -> String {
    format!("\"{}\"", skill.replace('"', "'"))
}

/// The role in `role: Product Manager` or `role`.
fn role(words: &str) -> Option<&str> {
    let start = words.get(..4).filter(|start| start.eq_ignore_ascii_case("role"))?;
    let rest = &words[start.len()..];
    let is_whole_word = rest.is_empty() || rest.starts_with([':', ' ']);
    is_whole_word.then(|| rest.trim_start_matches(':').trim())
}

/// What stands in quotes, to be taken as it is typed.
fn quoted(word: &str) -> Option<&str> {
    let inside = word.strip_prefix(['"', '“', '„'])?.strip_suffix(['"', '”', '“'])?.trim();
    (!inside.is_empty()).then_some(inside)
}

/// What was typed, understood.
#[derive(Debug, Default)]
struct Read {
    /// To be done, in order.
    edits: Vec<(Edit, Vec<String>)>,
    /// Words of which somebody must say what they mean.
    asked: Vec<(Edit, String, Vec<String>)>,
    /// Words kept as typed that are probably slips.
    slips: Vec<(Edit, String, String)>,
    /// Words that are new here.
    new: Vec<String>,
}

impl Read {
    fn of(company: &Company, parsed: Vec<(Edit, String)>) -> Read {
        let mut read = Read::default();
        for (edit, word) in parsed {
            let kept = match edit {
                Edit::Role | Edit::Drop => word,
                Edit::Have | Edit::Want => match quoted(&word) {
                    Some(literal) => literal.to_owned(),
                    None => match company.understand(&word) {
                        Understood::Known(name) => name,
                        Understood::Several(meanings) => {
                            read.asked.push((edit, word, meanings));
                            continue;
                        }
                        Understood::Slip(meant) => {
                            read.slips.push((edit, word.clone(), meant));
                            word
                        }
                        Understood::New => {
                            if !company.own_skills.is_refused(&word) {
                                read.new.push(word.clone());
                            }
                            word
                        }
                    },
                },
            };
            match read.edits.last_mut().filter(|(last, _)| *last == edit && edit != Edit::Role) {
                Some((_, words)) => {
                    add(words, &[kept]);
                }
                None => read.edits.push((edit, vec![kept])),
            }
        }
        read
    }

    /// The command that settles one question and asks the others again.
    fn settles(&self, place: usize, choice: &str) -> String {
        let others = self.asked.iter().enumerate().filter(|(other, _)| *other != place);
        let others = others.map(|(_, (edit, word, _))| format!(" {} {word}", edit.verb()));
        format!("skills {} {choice}{}", self.asked[place].0.verb(), others.collect::<String>())
    }

    /// What is asked, offered and said about the words themselves.
    fn remarks(&self, mut card: Card) -> Card {
        for (place, (_, word, meanings)) in self.asked.iter().enumerate() {
            let mut buttons: Vec<Button> =
                meanings.iter().map(|meaning| Button::run(meaning.clone(), self.settles(place, meaning))).collect();
            buttons.push(Button::run(format!("Keep “{word}”"), self.settles(place, &format!("\"{word}\""))));
            card = card.item(
                Text::new().then("“").then(word.clone()).then("” can mean more than one thing. Which one?"),
                buttons,
            );
        }
        for (edit, word, meant) in &self.slips {
            let text = Text::new().then("Kept “").then(word.clone()).then("” as you typed it. Did you mean ");
            let switch = format!("skills drop {word}, {} {meant}", edit.verb());
            card = card.item(text.bold(meant.clone()).then("?"), vec![Button::run(format!("Use {meant}"), switch)]);
        }
        if !self.new.is_empty() {
            let are = if self.new.len() == 1 { "It counts" } else { "They count" };
            card = card.note(format!(
                "New here: {}. {are} at once, as you typed; the people who run the programme look at new words now and then.",
                listed(&self.new)
            ));
        }
        card
    }
}

/// `have A, B` adds, `want C` adds to what one wants to learn, `want role: D` says where one would like to go, `drop A`
/// takes away; `tell` asks the one question of the first meeting, and `later` waves it away.
pub async fn run(ctx: &Ctx<'_>, rest: &str) -> Answer {
    match rest.to_lowercase().as_str() {
        "" => return profile::run(ctx, "").await,
        "tell" => return Ok(Reply::OpenForm(profile::introduction_form())),
        "later" => {
            ctx.change_me("person.introduced", |me| me.preferences.is_introduced = true).await?;
            let card = Card::saying("Fine. Whenever you like, your profile is the place to say it.");
            return Ok(Reply::Private(card.buttons(vec![Button::run("Edit", "profile edit")])));
        }
        _ => {}
    }
    let parsed = match parse(rest) {
        Ok(parsed) => parsed,
        Err(words) => return refuse(words),
    };
    let read = Read::of(&ctx.live.read(), parsed);
    let before = ctx.me()?;
    if before.have.len().max(before.want.len()) + read.edits.iter().map(|(_, words)| words.len()).sum::<usize>()
        > 2 * MOST
    {
        return refuse(format!("That would be more than fits. Please keep the {MOST} that matter most. {HOW}"));
    }
    let mut said = Vec::new();
    let is_first_time = !before.preferences.is_introduced;
    let mut me = before;
    if !read.edits.is_empty() {
        me = ctx
            .change_me("person.skills", |me| {
                for (edit, words) in &read.edits {
                    said.push(apply(me, *edit, words));
                }
                me.preferences.is_introduced = true;
            })
            .await?;
    }
    let mut card = if said.is_empty() {
        Card::new("Which one do you mean?")
    } else {
        Card::new(said.join(" ")).text(said.join(" "))
    };
    card = read.remarks(card);
    if is_first_time
        && read.asked.is_empty()
        && let Reply::Private(matching) = matches::run(ctx, "").await?
    {
        card.blocks.extend(matching.blocks);
        return Ok(Reply::Private(card));
    }
    let mut buttons = vec![Button::run("My matches", "matches"), Button::run("Edit", "profile edit")];
    if read.edits.iter().any(|(edit, _)| *edit == Edit::Role) && !me.wished_role.is_empty() {
        buttons.insert(0, Button::run("What it takes", format!("paths {}", me.wished_role)));
    }
    let card = card.buttons(buttons);
    Ok(if ctx.is_press { Reply::Replace(card) } else { Reply::Private(card) })
}

/// Does one edit; says in a sentence what changed.
fn apply(me: &mut Person, edit: Edit, words: &[String]) -> String {
    let (list, added, there) = match edit {
        Edit::Role => return wish(me, words.first().map_or("", String::as_str)),
        Edit::Drop => return drop_from(me, words),
        Edit::Want => (&mut me.want, "You want to learn", "on your list to learn"),
        Edit::Have => (&mut me.have, "You have", "on your list"),
    };
    let new = add(list, words);
    if new.is_empty() {
        format!("{} was {there} already.", listed(words))
    } else {
        format!("{added} {}.", listed(&new))
    }
}

/// Sets the role that somebody would like, or forgets it.
pub fn wish(me: &mut Person, role: &str) -> String {
    let before = std::mem::replace(&mut me.wished_role, role.to_owned());
    match (role.is_empty(), before.is_empty()) {
        (true, true) => "You had named no role.".to_owned(),
        (true, false) => format!("{before} is off your list."),
        (false, _) if occupations_of(role, 1).is_empty() => {
            format!("You would like to be: {role}. I know no role of that name, so only posts that name it count.")
        }
        (false, _) => format!("You would like to be: {role}. Work on the way there counts for your matches."),
    }
}

fn drop_from(me: &mut Person, words: &[String]) -> String {
    let (mut dropped, mut missed): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
    for word in words {
        let before = dropped.len();
        for list in [&mut me.have, &mut me.want] {
            list.retain(|there| {
                let goes = skills::same(there, word);
                if goes && !dropped.iter().any(|gone| skills::same(gone, there)) {
                    dropped.push(there.to_string());
                }
                !goes
            });
        }
        if dropped.len() == before {
            missed.push(word.clone());
        }
    }
    if dropped.is_empty() {
        format!("{} was not on your lists.", listed(&missed))
    } else {
        format!("Dropped {}.", listed(&dropped))
    }
}

/// Skills that begin with, contain or resemble what is typed: those of the company, then those everybody knows; the last
/// choice is what was typed itself.
pub async fn suggest(ctx: &Ctx<'_>, query: &str) -> Answer {
    let query = query.split_whitespace().collect::<Vec<_>>().join(" ");
    let query: String = query.chars().take(LONGEST).collect();
    let offers = ctx.live.read().offer_skills(&query, MOST_OFFERS);
    let choices = offers.into_iter().filter(|offer| !offer.name.is_empty()).map(|offer| {
        let name: String = offer.name.chars().take(LONGEST).collect();
        Choice::new(if offer.is_new { format!("{name} (add as typed)") } else { name.clone() }, name)
    });
    Ok(Reply::Choices(choices.collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_as_what_is_to_be_done_in_order() {
        let parsed = parse("have SQL, Rust want Grafana; role: Product Manager drop Excel").unwrap();
        let said: Vec<String> = parsed.iter().map(|(edit, word)| format!("{edit:?} {word}")).collect();
        assert_eq!(said, ["Have SQL", "Have Rust", "Want Grafana", "Role Product Manager", "Drop Excel"]);
        assert_eq!(parse("drop role").unwrap(), [(Edit::Role, String::new())]);
        assert_eq!(parse("want role Head of Data").unwrap(), [(Edit::Role, "Head of Data".to_owned())]);
        assert_eq!(parse("want Role-playing").unwrap(), [(Edit::Want, "Role-playing".to_owned())]);
        for wrong in ["SQL", "have", "have , ;"] {
            assert!(parse(wrong).unwrap_err().contains("`skills have SQL, Rust`"), "{wrong}");
        }
    }

    #[test]
    fn what_is_quoted_is_one_name_whatever_it_says() {
        for name in ["Rust drop SQL", "A, B; want C", "have", "say \"cheese\" drop SQL"] {
            let parsed = parse(&format!("want {}", quote(name))).unwrap();
            assert_eq!(parsed, [(Edit::Want, quote(name))], "{name}");
        }
        let parsed = parse("have 5\" disks, SQL drop Excel").unwrap();
        assert_eq!(parsed.len(), 3, "a single quote is only a letter: {parsed:?}");
    }

    #[test]
    fn quotes_say_that_a_word_is_meant_as_it_is_typed() {
        assert_eq!(quoted("\"PM\""), Some("PM"));
        assert_eq!(quoted("“PM”"), Some("PM"));
        assert_eq!((quoted("PM"), quoted("\"\""), quoted("\"")), (None, None, None));
    }
}
