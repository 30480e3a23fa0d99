//! Floor 3: what people can type, one file per command.
//!
//! To add one: a file here with `run`, a variant of [`Command`] with its line of help; the compiler lists the matches to
//! fill, and a test compares the manifests with the enum.
//!
//! The engine has asked `access::authorize` whether the person may use their own data; a command asks again for whatever
//! else it touches. A command never calls the platform. It reads the company in memory, writes in a transaction of its own, commits, and
//! answers with a [`Reply`]; what others must hear of it goes into the outbox in the same transaction.

pub mod admin;
pub mod applicants;
pub mod applied;
pub mod cards;
pub mod channel;
pub mod erasure;
pub mod feedback;
pub mod find;
pub mod help;
pub mod hide;
pub mod home;
pub mod interested;
pub mod matches;
pub mod mentor;
pub mod my_data;
pub mod next;
pub mod notice;
pub mod nudges;
pub mod one_on_one;
pub mod outcome;
pub mod paging;
pub mod paths;
pub mod people;
pub mod post;
pub mod privacy;
pub mod profile;
pub mod rehearse;
pub mod report;
pub mod saved;
pub mod show;
pub mod skills;
pub mod team;
pub mod why;
pub mod words;

use crate::{
    access::Asker,
    domain::{
        Instant,
        id::{OpportunityId, PersonId},
        opportunity::Opportunity,
        person::Person,
        programme::Programme,
    },
    message::{
        Action, Address, Reply, UserError, Values, Verb,
        form::{FormRef, legible},
        inbound::Place,
    },
    store::{Db, inbound, live::Live, people as stored, showings::Showings},
};
use anyhow::Context;
use chrono_tz::Tz;
use std::pin::Pin;

/// Everything a command may use. `now` is an argument, as everywhere.
pub struct Ctx<'a> {
    pub db: &'a Db,
    pub live: &'a Live,
    /// Where it is noted what this person is shown.
    pub showings: &'a Showings,
    pub programme: &'a Programme,
    pub now: Instant,
    pub person: PersonId,
    /// The account the person speaks from.
    pub address: &'a Address,
    /// Where it was said; `None` on a home or in a form.
    pub place: Option<&'a Place>,
    pub tenant: &'a str,
    /// It was a press on a button, so that the card it stood on can be answered in place.
    pub is_press: bool,
}

impl Ctx<'_> {
    /// The asker with the roles they hold right now.
    ///
    /// # Errors
    /// The database refused.
    pub async fn asker(&self) -> anyhow::Result<Asker> {
        let mut tx = self.db.read().await?;
        Ok(Asker::load(&mut tx, self.person).await?)
    }

    /// Whoever asks, as they are now.
    ///
    /// # Errors
    /// The company in memory does not know them (yet).
    pub fn me(&self) -> anyhow::Result<Person> {
        self.live.read().person(self.person).cloned().context("the company in memory does not know the person who asks")
    }

    /// Changes what is known of the person who asks; their home follows, and so does the company in memory.
    ///
    /// # Errors
    /// The database refused; nothing is changed then.
    pub async fn change_me(&self, event: &str, change: impl FnOnce(&mut Person)) -> anyhow::Result<Person> {
        let mut tx = self.db.write().await?;
        let mut person = stored::find(&mut tx, self.person).await?.context("the person who asks is gone")?;
        change(&mut person);
        stored::update(&mut tx, &person).await?;
        inbound::record(&mut tx, self.now, event, Some(self.person), "", serde_json::json!({})).await?;
        notice::redraw_home(&mut tx, self.person, self.now).await?;
        tx.commit().await?;
        self.live.refresh().await?;
        Ok(person)
    }

    /// The person's own zone, else the programme's.
    #[must_use]
    pub fn zone(&self) -> Tz {
        self.live.read().person(self.person).and_then(|person| person.zone).unwrap_or(self.programme.default_zone)
    }

    /// Today, where the person is.
    #[must_use]
    pub fn today(&self) -> chrono::NaiveDate {
        self.now.with_timezone(&self.zone()).date_naive()
    }
}

/// What a command could not do: told to the person, or broken and logged once at the boundary.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    #[error(transparent)]
    Told(#[from] UserError),
    #[error(transparent)]
    Broken(#[from] anyhow::Error),
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Failure {
        Failure::Broken(error.into())
    }
}

pub type Answer = Result<Reply, Failure>;

type Answering<'a> = Pin<Box<dyn Future<Output = Answer> + Send + 'a>>;

/// The post that was named first in `rest`, and the words after it.
///
/// # Errors
/// No post is named, or there is none of that number: told with what to do next.
pub fn named_post<'r>(ctx: &Ctx<'_>, command: &str, rest: &'r str) -> Result<(Opportunity, &'r str), Failure> {
    let (word, more) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let Ok(id) = word.parse::<OpportunityId>() else {
        return refuse(format!(
            "Which post? Say its number, such as `/mobility {command} P-142`. `/mobility find` lists the open work."
        ));
    };
    match ctx.live.read().opportunity(id) {
        Some(post) => Ok((post.clone(), more.trim())),
        None => refuse(format!("There is no {id}. `/mobility find` lists the open work with its numbers.")),
    }
}

/// The colleague who was named first in `rest` (a mention, an e-mail address, or a name before a colon), and the words
/// after it.
///
/// # Errors
/// Nobody, or several: told with what to type instead.
pub fn named_in_rest<'r>(ctx: &Ctx<'_>, rest: &'r str) -> Result<(PersonId, &'r str), Failure> {
    let end = match rest {
        _ if rest.starts_with("<@") => rest.find('>').map(|at| at + 1),
        _ if rest.split_whitespace().next().is_some_and(|word| word.contains('@') && !word.starts_with('@')) => {
            rest.find(char::is_whitespace)
        }
        _ => rest.find(':'),
    };
    let (who, more) = rest.split_at(end.unwrap_or(rest.len()));
    Ok((people::find_person(ctx, who)?, more.trim_start_matches(':').trim()))
}

/// Says something to the person instead of doing it.
pub fn refuse<T>(words: impl Into<String>) -> Result<T, Failure> {
    Err(Failure::Told(UserError::saying(words)))
}

macro_rules! commands {
    ($($variant:ident $name:literal $(| $alias:literal)* : $usage:literal, $does:literal;)+) => {
        /// Every command. The first word of the text names it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Command { $($variant),+ }

        impl Command {
            pub const ALL: &'static [Command] = &[$(Command::$variant),+];

            /// The word that names it.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Command::$variant => $name),+ }
            }

            /// How it is typed.
            #[must_use]
            pub fn usage(self) -> &'static str {
                match self { $(Command::$variant => $usage),+ }
            }

            /// What it does, in one line.
            #[must_use]
            pub fn does(self) -> &'static str {
                match self { $(Command::$variant => $does),+ }
            }

            /// The command that this word names, by its name or another word for it.
            #[must_use]
            pub fn named(word: &str) -> Option<Command> {
                let is = |name: &str| word.eq_ignore_ascii_case(name);
                match () { $(() if is($name) $(|| is($alias))* => Some(Command::$variant),)+ () => None }
            }
        }
    };
}

commands! {
    Home "home" | "next" | "hi" | "hello" | "hey" | "start": "/mobility", "The next useful thing, and three matches";
    Find "find" | "search" | "projects": "find [words] [skill:rust] [type:project] [hours:<=4] [remote] [team:data] [starts:may]", "Search the open work";
    Matches "matches" | "match": "matches · matches feedback", "Work that fits what you have and what you want to learn";
    Show "show" | "view": "show P-142", "Everything about one post";
    Why "why": "why P-142", "What fits, what is missing, what it teaches, or what hid it";
    Interested "interested" | "apply": "interested P-142", "Tell the owner that you would like to";
    Save "save" | "bookmark": "save P-142", "Keep a post for later";
    Unsave "unsave": "unsave P-142", "Take it off your list";
    Saved "saved": "saved", "Your list";
    Hide "hide": "hide P-142", "Not for me: it never comes back; a reason is welcome";
    Unhide "unhide": "unhide P-142", "Take “not for me” back";
    Applied "applied" | "applications": "applied", "Where your applications stand";
    Withdraw "withdraw": "withdraw P-142", "Take an application back";
    Profile "profile" | "me": "profile", "What the programme knows of you, to edit";
    Skills "skills" | "skill": "skills have SQL, Rust · skills want Grafana · skills want role: Product Manager · skills drop SQL", "Say what you can, want to learn and would like to be, in one line";
    Paths "paths" | "path": "paths · paths product manager", "Roles you could grow into, and what in the company teaches what is missing";
    Mentor "mentor" | "mentors" | "mentoring": "mentor find sql · mentor offer · mentor", "Somebody to learn from; or help others yourself";
    Expert "expert" | "experts": "expert sql", "Whom you may ask a question";
    Nudges "nudges" | "notifications" | "settings": "nudges", "What was sent to you and why; how much you want";
    Snooze "snooze" | "pause": "snooze 2w · snooze until 2026-01-12 · snooze off", "Nothing unprompted for a while";
    Privacy "privacy": "privacy", "Who sees what";
    MyData "my-data" | "mydata": "my-data", "Everything that is stored about you, and how long";
    ForgetMe "forget-me" | "forgetme": "forget-me", "Erase everything about you, after a look at what that is";
    Post "post" | "offer": "post", "Offer a piece of work";
    Edit "edit": "edit P-142", "Change a post of yours";
    Close "close": "close P-142", "Close a post of yours; everybody who waits is told";
    Applicants "applicants": "applicants P-142", "See and answer the people who applied";
    Team "team": "team · team add @name", "Your reports, and where the conversations stand";
    OneOnOne "1on1" | "1:1" | "oneonone": "1on1 · 1on1 done @name", "Your career conversations";
    Channel "channel" | "digest": "channel", "This channel's weekly digest";
    Admin "admin": "admin CODE · admin grant hr @name · admin report · admin rehearse · admin skills · admin start", "For those who run the programme";
    Help "help" | "?": "help [topic]", "All of this";
}

impl Command {
    /// Whether it may change something. Reading is never limited.
    #[must_use]
    pub fn writes(self) -> bool {
        !matches!(
            self,
            Command::Home
                | Command::Find
                | Command::Matches
                | Command::Show
                | Command::Why
                | Command::Saved
                | Command::Applied
                | Command::Paths
                | Command::Expert
                | Command::Privacy
                | Command::MyData
                | Command::Help
        )
    }
}

/// Understands what was typed and does it. Unknown words become search text, never an error.
///
/// # Errors
/// What the person is told, or what broke.
pub async fn run(ctx: &Ctx<'_>, text: &str) -> Answer {
    let text = &legible(text.trim());
    let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let rest = rest.trim();
    if word.is_empty() {
        return dispatch(ctx, Command::Home, "").await;
    }
    match Command::named(word) {
        Some(command) => dispatch(ctx, command, rest).await,
        None => find::unknown(ctx, text).await,
    }
}

/// In a box of its own, because the longest of them is a thousand times the size of the busiest.
fn dispatch<'a>(ctx: &'a Ctx<'_>, command: Command, rest: &'a str) -> Answering<'a> {
    match command {
        Command::Home => Box::pin(home::run(ctx, rest)),
        Command::Find => Box::pin(find::run(ctx, rest)),
        Command::Matches => Box::pin(matches::run(ctx, rest)),
        Command::Show => Box::pin(show::run(ctx, rest)),
        Command::Why => Box::pin(why::run(ctx, rest)),
        Command::Interested => Box::pin(interested::run(ctx, rest)),
        Command::Save => Box::pin(saved::save(ctx, rest)),
        Command::Unsave => Box::pin(saved::unsave(ctx, rest)),
        Command::Saved => Box::pin(saved::run(ctx, rest)),
        Command::Hide => Box::pin(hide::run(ctx, rest)),
        Command::Unhide => Box::pin(hide::unhide(ctx, rest)),
        Command::Applied => Box::pin(applied::run(ctx, rest)),
        Command::Withdraw => Box::pin(applied::withdraw(ctx, rest)),
        Command::Profile => Box::pin(profile::run(ctx, rest)),
        Command::Skills => Box::pin(skills::run(ctx, rest)),
        Command::Paths => Box::pin(paths::run(ctx, rest)),
        Command::Mentor => Box::pin(mentor::run(ctx, rest)),
        Command::Expert => Box::pin(mentor::expert(ctx, rest)),
        Command::Nudges => Box::pin(nudges::run(ctx, rest)),
        Command::Snooze => Box::pin(nudges::snooze(ctx, rest)),
        Command::Privacy => Box::pin(privacy::run(ctx, rest)),
        Command::MyData => Box::pin(my_data::run(ctx, rest)),
        Command::ForgetMe => Box::pin(my_data::forget(ctx, rest)),
        Command::Post => Box::pin(post::run(ctx, rest)),
        Command::Edit => Box::pin(post::edit(ctx, rest)),
        Command::Close => Box::pin(post::close(ctx, rest)),
        Command::Applicants => Box::pin(applicants::run(ctx, rest)),
        Command::Team => Box::pin(team::run(ctx, rest)),
        Command::OneOnOne => Box::pin(one_on_one::run(ctx, rest)),
        Command::Channel => Box::pin(channel::run(ctx, rest)),
        Command::Admin => Box::pin(admin::run(ctx, rest)),
        Command::Help => Box::pin(help::run(ctx, rest)),
    }
}

/// A press on a button that belongs to a command rather than to a nudge.
///
/// # Errors
/// What the person is told, or what broke.
pub async fn press(ctx: &Ctx<'_>, action: &Action) -> Answer {
    match action.verb {
        Verb::Run => run(ctx, &action.subject).await,
        Verb::Accept => applicants::accept(ctx, action).await,
        Verb::Decline => applicants::decline(ctx, action).await,
        Verb::ConfirmTeam => team::confirm(ctx, action).await,
        Verb::RefuseTeam => team::refuse_request(ctx, action).await,
        _ => refuse("That button is from an older message. `/mobility` shows where things stand now."),
    }
}

/// A form that was sent.
///
/// # Errors
/// What the person is told, or what broke.
pub async fn submit(ctx: &Ctx<'_>, action: &Action, values: &Values) -> Answer {
    let values = &values.legible();
    match action.verb {
        Verb::SubmitFind => find::submit(ctx, values).await,
        Verb::SubmitInterest => interested::submit(ctx, action, values).await,
        Verb::SubmitIntroduction => profile::submit_introduction(ctx, values).await,
        Verb::SubmitProfile => profile::submit(ctx, values).await,
        Verb::SubmitMentoring => mentor::submit_offer(ctx, values).await,
        Verb::SubmitAsk => mentor::submit_ask(ctx, action, values).await,
        Verb::SubmitNudges => nudges::submit(ctx, values).await,
        Verb::SubmitPost | Verb::SubmitPostDetails => post::submit(ctx, action, values).await,
        Verb::SubmitClose => post::submit_close(ctx, action, values).await,
        Verb::SubmitDecline => applicants::submit_decline(ctx, action, values).await,
        Verb::SubmitChannel => channel::submit(ctx, action, values).await,
        _ => refuse("That form is from an older version. Open it again with the command."),
    }
}

/// A live field of an open form changed: the form anew.
///
/// # Errors
/// What the person is told, or what broke.
pub async fn form_changed(ctx: &Ctx<'_>, action: &Action, values: &Values, form: &FormRef) -> Answer {
    let values = &values.legible();
    match action.verb {
        Verb::SubmitPost | Verb::SubmitPostDetails => post::changed(ctx, action, values, form).await,
        _ => Ok(Reply::Nothing),
    }
}

/// What may be chosen in a field that is found by typing.
///
/// # Errors
/// What broke.
pub async fn lookup(ctx: &Ctx<'_>, source: &str, query: &str) -> Answer {
    match source {
        "skills" => skills::suggest(ctx, query).await,
        _ => Ok(Reply::Choices(Vec::new())),
    }
}
