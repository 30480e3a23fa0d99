//! `trailmark doctor`

use super::{Setup, print, print_json};
use crate::{
    app::{
        clock::is_possible,
        config::{Config, Purpose},
        http::SLACK_EVENTS,
        run,
    },
    chat::slack::{self, Slack, client::METHODS},
    commands::Command as Typed,
    domain::{Instant, retention::Keeping},
    store::{self, Db, audit::Verdict, instance, privacy, seal::Keyring, whole},
};
use secrecy::ExposeSecret;
use serde_json::json;
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    process::ExitCode,
};

/// Checks everything that can be checked before people notice: settings, keys, database, clock, tokens, manifest.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  trailmark doctor --online")]
pub struct Args {
    /// Also asks the platforms whether they know us.
    #[arg(long)]
    online: bool,
    #[arg(long)]
    json: bool,
}

struct Finding {
    check: &'static str,
    /// What was found, or what is wrong and what to do.
    says: Result<String, String>,
}

#[derive(Default)]
struct Findings(Vec<Finding>);

impl Findings {
    fn add(&mut self, check: &'static str, says: Result<String, String>) {
        self.0.push(Finding { check, says });
    }
}

pub async fn run(args: Args, setup: &Setup) -> anyhow::Result<ExitCode> {
    let mut found = Findings::default();
    let (config, problems) = Config::examine(setup.source.clone(), Purpose::Serving);
    if problems.is_empty() {
        found.add("configuration", Ok("every setting is known and valid".to_owned()));
    }
    for problem in problems {
        found.add("configuration", Err(problem));
    }
    found.add("keys", keys(&config));
    database(&config, &mut found).await;
    found.add("time zones", Ok(format!("the rules of {} are built in", chrono_tz::IANA_TZDB_VERSION)));
    found.add("clock", clock(Setup::now()));
    if let Some(token) = &config.slack.bot_token {
        found.add("Slack token", token_shape(token.expose_secret()));
    }
    found.add("Slack manifest", manifest(&config));
    if args.online {
        found.add("Slack online", online(&config).await);
    }
    show(&found.0, args.json)?;
    let is_well = found.0.iter().all(|it| it.says.is_ok());
    Ok(if is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn show(found: &[Finding], as_json: bool) -> anyhow::Result<()> {
    if as_json {
        let line = |it: &Finding| {
            let (is_ok, says) = match &it.says {
                Ok(says) => (true, says),
                Err(says) => (false, says),
            };
            json!({"check": it.check, "ok": is_ok, "says": says})
        };
        return print_json(&found.iter().map(line).collect());
    }
    let mut text = String::new();
    for it in found {
        let _ = match &it.says {
            Ok(says) => writeln!(text, "ok       {:<14}  {says}", it.check),
            Err(says) => writeln!(text, "problem  {:<14}  {says}", it.check),
        };
    }
    let wrong = found.iter().filter(|it| it.says.is_err()).count();
    let _ = match wrong {
        0 => writeln!(text, "\nAll is well."),
        1 => writeln!(text, "\nOne problem."),
        wrong => writeln!(text, "\n{wrong} problems."),
    };
    print(&text)
}

fn keys(config: &Config) -> Result<String, String> {
    Ok(match config.keys.len() {
        0 => "TRAILMARK_KEY is not set: notes, reasons and messages are stored readable for whoever can read the database or its backups. Make a \
              key with openssl rand -base64 32, keep it apart from the backups, and run trailmark keys rotate once"
            .to_owned(),
        1 => "TRAILMARK_KEY is 32 bytes".to_owned(),
        several => format!("TRAILMARK_KEY holds {several} keys of 32 bytes; the first encrypts"),
    })
}

/// Looks without changing anything.
async fn database(config: &Config, found: &mut Findings) {
    let url = config.database_url.expose_secret();
    if !Db::is_there(url) {
        return found.add("database", Ok("there is none yet; the first start makes it".to_owned()));
    }
    let db = match Db::open(url).await {
        Ok(db) => db.with_keyring(Keyring::new(&config.keys)),
        Err(error) => return found.add("database", Err(format!("{error:#}"))),
    };
    let kind = if db.is_postgres() { "Postgres answers" } else { "SQLite answers, and the file is whole" };
    found.add("database", whole::check(&db).await.map(|()| kind.to_owned()).map_err(|error| format!("{error:#}")));
    let pending = db.pending_migrations().await;
    if matches!(pending, Ok(0)) {
        found.add("encryption", encryption(&db).await);
        found.add("audit log", audit_log(&db).await);
        found.add("erased people", erased(&db).await);
        if let Ok(says) = retention(&db, &config.programme.keeping).await {
            found.add("retention", Ok(says));
        }
    }
    found.add(
        "migrations",
        match pending {
            Ok(0) => Ok("all are applied".to_owned()),
            Ok(missing) => Err(format!("{missing} are missing: run trailmark migrate")),
            Err(error) => Err(format!("{error:#}")),
        },
    );
    if let Ok(is_on) = is_on_in_chat(&db).await {
        let words = if is_on || config.programme.is_active {
            "on: what is due is sent"
        } else {
            "off: nothing is sent unasked. Read trailmark rehearse, then set programme.active = true or type /mobility admin start"
        };
        found.add("programme", Ok(words.to_owned()));
    }
    db.close().await;
}

/// How many stored values are under which key.
async fn encryption(db: &Db) -> Result<String, String> {
    let failed = |error: &dyn std::fmt::Display| format!("{error:#}");
    store::keys::check(db).await.map_err(|error| failed(&error))?;
    let mut tx = db.read().await.map_err(|error| failed(&error))?;
    let counted = store::keys::census(&mut tx).await.map_err(|error| failed(&error))?;
    let mut by_key: BTreeMap<&str, i64> = BTreeMap::new();
    for ((_, key), values) in &counted {
        *by_key.entry(key).or_default() += values;
    }
    let known: Vec<&str> = db.keyring().ids().collect();
    if let Some(stranger) = by_key.keys().find(|key| !key.is_empty() && !known.contains(key)) {
        return Err(format!(
            "{} values are under key {stranger}, which TRAILMARK_KEY does not hold: add it behind the newest one, then run trailmark keys rotate",
            by_key[stranger]
        ));
    }
    let said = |(key, values): (&&str, &i64)| match *key {
        "" => format!("{values} readable"),
        key if Some(key) == db.keyring().newest() => format!("{values} under the newest key ({key})"),
        key => format!("{values} under key {key}"),
    };
    let all: Vec<String> = by_key.iter().map(said).collect();
    let has_older = by_key.keys().any(|key| Some(*key) != db.keyring().newest());
    let next = if has_older && !known.is_empty() { ": run trailmark keys rotate" } else { "" };
    Ok(if all.is_empty() { "nothing is stored yet".to_owned() } else { format!("{}{next}", all.join(", ")) })
}

async fn audit_log(db: &Db) -> Result<String, String> {
    match store::audit::verify(db, None).await {
        Ok(Verdict { broken: Some(broken), .. }) => Err(format!("{broken}; see trailmark audit verify")),
        Ok(Verdict { length, .. }) => Ok(format!("it is whole, with {length} rows")),
        Err(error) => Err(format!("{error:#}")),
    }
}

/// Whether somebody is here who should not be.
async fn erased(db: &Db) -> Result<String, String> {
    let failed = |error: &dyn std::fmt::Display| format!("{error:#}");
    let mut tx = db.read().await.map_err(|error| failed(&error))?;
    match privacy::returned(&mut tx).await.map_err(|error| failed(&error))?.len() {
        0 => Ok("nobody who was erased is here".to_owned()),
        back => Err(format!(
            "{back} of those who were erased are here again, from an older copy of the database: run trailmark erase-person --again"
        )),
    }
}

/// How long what is kept, and when that was last seen to.
async fn retention(db: &Db, keeping: &Keeping) -> anyhow::Result<String> {
    let mut tx = db.read().await?;
    let last = match privacy::last_tidied(&mut tx).await? {
        Some((at, said)) => format!("last seen to on {}: {said}", at.format("%Y-%m-%d")),
        None => "not seen to yet: a server does so once a day, and so does trailmark tick".to_owned(),
    };
    Ok(format!(
        "messages {} days, their text {}, notes {}, unfinished forms {}; {last}",
        keeping.messages.num_days(),
        keeping.message_text.num_days(),
        keeping.notes.num_days(),
        keeping.drafts.num_days()
    ))
}

/// Somebody who runs the programme turned it on in chat. Fails where the tables are not there yet.
async fn is_on_in_chat(db: &Db) -> anyhow::Result<bool> {
    let mut tx = db.read().await?;
    Ok(instance::activated_at(&mut tx).await?.is_some())
}

fn clock(now: Instant) -> Result<String, String> {
    if !is_possible(now) {
        return Err(format!("the machine says {}: set its clock", now.format("%Y-%m-%d")));
    }
    Ok(format!("{}", now.format("%Y-%m-%d %H:%M:%SZ")))
}

fn token_shape(token: &str) -> Result<String, String> {
    if token.starts_with("xoxb-") {
        Ok("it is a bot token".to_owned())
    } else {
        Err("SLACK_BOT_TOKEN is not a bot token: it begins with xoxb- (an app token, xapp-, is something else)"
            .to_owned())
    }
}

/// The shipped manifest against the routes, the commands and the scopes this version uses.
fn manifest(config: &Config) -> Result<String, String> {
    let text = slack::manifest(config.server.public_url.as_ref().map(reqwest::Url::as_str));
    let has = |line: &str| text.lines().any(|it| it.trim().trim_start_matches("- ") == line);
    let missing: Vec<&str> = METHODS.iter().filter_map(|(_, scope)| *scope).filter(|scope| !has(scope)).collect();
    if !missing.is_empty() {
        return Err(format!("it lacks the scopes {}; print it anew with trailmark manifest slack", missing.join(", ")));
    }
    if !text.contains(SLACK_EVENTS) {
        return Err(format!("it does not point to {SLACK_EVENTS}"));
    }
    if config.server.public_url.is_none() {
        return Ok("it fits this version; set server.public_url to have your address in it".to_owned());
    }
    Ok(format!("it fits this version and its {} commands", Typed::ALL.len()))
}

async fn online(config: &Config) -> Result<String, String> {
    let Some(token) = config.slack.bot_token.clone().filter(|_| config.slack.is_enabled) else {
        return Err("Slack is not switched on, so there is nobody to ask".to_owned());
    };
    let slack = Slack::new(run::slack_settings(config, token)).map_err(|error| format!("{error:#}"))?;
    let identity = slack.auth_test().await.map_err(|error| {
        format!("auth.test: {error}; copy the token again from your app's page, OAuth & Permissions")
    })?;
    let scopes: BTreeSet<&str> = identity.scopes.iter().map(String::as_str).collect();
    let missing: Vec<&str> = METHODS
        .iter()
        .filter_map(|(_, scope)| *scope)
        .filter(|scope| !scopes.is_empty() && !scopes.contains(scope))
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    if missing.is_empty() {
        Ok(format!("connected to the workspace “{}” as {}", identity.team, identity.bot_user))
    } else {
        Err(format!("the token lacks {}: install the app again with the manifest of this version", missing.join(", ")))
    }
}
