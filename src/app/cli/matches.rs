//! `trailmark matches`

use super::{Setup, find::in_team, went_away};
use crate::{
    app::progress,
    commands::matches::{heard, heard_of, ranked},
    domain::{
        Instant,
        audit::{Act, Actor, Look, Note},
        calendar::local_date,
        company::Company,
        feedback::Heard,
        id::PersonId,
        matching::{AT_ONCE, Limits, Match, Run, Seeker, sentences, take_turns, week},
        person::Person,
    },
    store::{Db, audit, live::Live},
};
use anyhow::bail;
use chrono::NaiveDate;
use chrono_tz::Tz;
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    fmt::Write as _,
    io::{BufWriter, Stdout, Write as _, stdout},
    process::ExitCode,
};

/// The work that fits somebody, as they would see it, with the reasons.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  trailmark matches --person ada@example.com\n  trailmark matches --all --top 3 --json"
)]
#[command(group = clap::ArgGroup::new("whose").required(true).args(["person", "all"]))]
pub struct Args {
    /// An e-mail address.
    #[arg(long, value_name = "EMAIL")]
    person: Option<String>,
    /// Everybody who works here.
    #[arg(long)]
    all: bool,
    /// So many for each.
    #[arg(long, default_value_t = 10)]
    top: usize,
    #[arg(long)]
    json: bool,
}

pub async fn run(args: Args, setup: &Setup) -> anyhow::Result<ExitCode> {
    let (config, db) = setup.database().await?;
    let live = Live::load(db.clone()).await?;
    live.read_attention().await?;
    let here = Here { zone: config.programme.default_zone, now: Setup::now(), top: args.top };
    let mut listing = Listing::new(args.json);
    let outcome = match &args.person {
        Some(email) => of_one(&live, &db, email, here, &mut listing).await,
        None => of_all(&live, &db, here, &mut listing).await,
    };
    if !went_away(&outcome) {
        outcome?;
    }
    db.close().await;
    Ok(ExitCode::SUCCESS)
}

/// What holds for everybody.
#[derive(Clone, Copy)]
struct Here {
    /// Of those who named none.
    zone: Tz,
    now: Instant,
    top: usize,
}

impl Here {
    fn today(&self, person: &Person) -> NaiveDate {
        local_date(person.zone.unwrap_or(self.zone), self.now)
    }
}

fn look() -> Note {
    Note::by(Actor::Operator, Act::Looked(Look::Matches))
}

async fn of_one(live: &Live, db: &Db, email: &str, here: Here, listing: &mut Listing) -> anyhow::Result<()> {
    let Some(person) = live.read().person_by_email(email).cloned() else {
        bail!("nobody here has the address {email}; import people first, or look for another spelling");
    };
    let heard = heard(&mut db.read().await?, person.id).await?;
    audit::looked(db, here.now, vec![look().about(person.id)]).await?;
    let company = live.read();
    let matches = ranked(&company, &person, here.today(&person), &heard, here.top);
    listing.tell(&company, &person, &matches)?;
    listing.end()
}

/// Everybody in the order of this week, a page at a time: what was heard of them, their matches, and out with it.
async fn of_all(live: &Live, db: &Db, here: Here, listing: &mut Listing) -> anyhow::Result<()> {
    audit::looked(db, here.now, vec![look()]).await?;
    let (mut people, mut showings, departments) = {
        let company = live.read();
        let active = company.people().into_iter().filter(|person| person.is_active);
        // Asked for every post and person: of the owners alone they stand close together.
        let owners = company.index.all().filter_map(|post| company.person(post.owner?));
        let departments: HashMap<PersonId, String> =
            owners.map(|owner| (owner.id, owner.department.trim().to_owned())).collect();
        (active.map(|person| person.id).collect::<Vec<_>>(), company.attention.clone(), departments)
    };
    let department = |owner| departments.get(&owner).map(String::as_str);
    let run = Run { top: here.top, rule: &|_, _| None, department: &department };
    take_turns(&mut people, week(local_date(here.zone, here.now)));
    let (nothing, limits) = (Heard::default(), Limits::default());
    let progress = progress::bar(people.len(), "people", true);
    let mut tx = db.read().await?;
    for page in people.chunks(AT_ONCE) {
        let heard = heard_of(&mut tx, page).await?;
        let company = live.read();
        let seekers: Vec<Seeker<'_>> = page
            .iter()
            .filter_map(|id| {
                let (person, heard) = (company.person(*id)?, heard.get(id).unwrap_or(&nothing));
                let today = here.today(person);
                Some(Seeker { person, today, exclude: &heard.posts, limits: &limits, feedback: &heard.feedback })
            })
            .collect();
        let found = company.index.match_all(&seekers, &run, &mut showings);
        for (seeker, (_, matches)) in seekers.iter().zip(&found) {
            listing.tell(&company, seeker.person, matches)?;
        }
        progress.inc(page.len() as u64);
    }
    progress.finish_and_clear();
    listing.end()
}

/// Writes as it goes: of a large company the whole would not fit in memory.
struct Listing {
    out: BufWriter<Stdout>,
    is_json: bool,
    is_empty: bool,
}

impl Listing {
    fn new(is_json: bool) -> Listing {
        Listing { out: BufWriter::with_capacity(1 << 16, stdout()), is_json, is_empty: true }
    }

    fn tell(&mut self, company: &Company, person: &Person, matches: &[Match]) -> anyhow::Result<()> {
        if !self.is_json {
            return Ok(self.out.write_all(as_text(company, person, matches).as_bytes())?);
        }
        for it in matches.iter().filter_map(|it| as_json(company, person, it)) {
            let before = if self.is_empty { "[" } else { "," };
            // An item of a list stands two spaces in; a line break inside a text is written as \n.
            write!(self.out, "{before}\n  {}", format!("{it:#}").replace('\n', "\n  "))?;
            self.is_empty = false;
        }
        Ok(())
    }

    fn end(&mut self) -> anyhow::Result<()> {
        if self.is_json {
            self.out.write_all(if self.is_empty { b"[]\n" } else { b"\n]\n" })?;
        }
        Ok(self.out.flush()?)
    }
}

fn as_text(company: &Company, person: &Person, matches: &[Match]) -> String {
    let mut text = format!("{}: {} matches\n", person.name, matches.len());
    for it in matches {
        let Some(post) = company.opportunity(it.id) else { continue };
        let _ =
            writeln!(text, "{:<8} {}{} ({})", post.id.to_string(), post.title, in_team(&post.team), it.band.label());
    }
    text.push('\n');
    text
}

fn as_json(company: &Company, person: &Person, it: &Match) -> Option<Value> {
    let post = company.opportunity(it.id)?;
    Some(json!({
        "person": person.email,
        "id": post.id.to_string(),
        "title": post.title,
        "team": post.team,
        "band": it.band.label(),
        "why": sentences(&it.reasons),
    }))
}
