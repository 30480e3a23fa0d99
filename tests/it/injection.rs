//! Words of people are words: whatever they write, what is shown holds exactly the mentions, links, dates and pings that the
//! same page holds with harmless words.
//!
//! A tour through the product on a real database, once with harmless and once with hostile words in every place in which
//! somebody can write; everything that came out is read by a small reader of the platform's markup of our own. What people
//! make bold in their own words stays theirs; where they use no marks, the marks are compared as well.

use crate::support::Office;
use proptest::{prelude::*, test_runner::TestRunner};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    io::Write,
    sync::{Arc, Mutex},
};
use trailmark::{
    chat::slack::render,
    commands::{self, Answer, Failure, report},
    domain::{
        Instant,
        id::PersonId,
        person::{Person, Role},
        preference::NudgeKind,
        programme::Programme,
    },
    message::{Action, Address, Card, Platform, Reply, Values, Verb, form::legible, inbound::Place},
    nudges::{self, PlanCtx},
    store::{Tx, people},
};

/// Stands in everything that is written, so that it is found where it must not be.
const MARKED: &str = "zebra";

/// Pieces that could be taken for markup, with marks that make words bold.
const MARKS: &[&str] =
    &["*", "_", "~", "`", "```", "*bold*", "_it_", "~gone~", "`<@U666>`", "> quoted", "\n> quoted", "**", "• "];

/// Pieces that could be taken for something live.
const LIVE: &[&str] = &[
    "<!channel>",
    "<!here|here>",
    "<!everyone>",
    "<@U666>",
    "<@UODA>",
    "<#C666|general>",
    "<!subteam^S666>",
    "<http://evil.example|click>",
    "<https://evil.example>",
    "<mailto:a@evil.example|mail>",
    "<!date^1^{date}|x>",
    "&lt;!channel&gt;",
    "&amp;lt;",
    "&",
    "<",
    ">",
    "|",
    "<<>>",
    "]]>",
    ":tada:",
    "[link](http://evil.example)",
    "@here",
    "@channel",
    "#general",
    "http://evil.example/?a=1&b=2",
    "\\u003c!channel\\u003e",
    "%3C!channel%3E",
    "\"",
    "'",
    "\\",
    "{{name}}",
    "=1+1",
    "@SUM(A1)",
    "\u{202E}",
    "\u{2066}",
    "\u{200F}",
    "\u{061C}",
    "\u{200B}",
    "\u{FEFF}",
    "\u{7}",
    "\u{1b}[31m",
    "\u{85}",
    "\n",
    "\r\n",
    "\t",
    "\u{2028}",
    "مرحبا",
    "שלום",
    "e\u{301}\u{301}",
    "👩‍💻",
];

fn hostile(pieces: Vec<&'static str>) -> impl Strategy<Value = String> {
    let long = prop_oneof![9 => Just(0), 1 => 150..900_usize];
    (prop::collection::vec(prop::sample::select(pieces), 1..6), long)
        .prop_map(|(pieces, long)| format!("{MARKED} {} {}", pieces.join(" "), pieces[0].repeat(long)))
}

/// What is live in a piece of markup: nothing is between two backticks of a line, or between two fences.
fn read(markup: &str) -> Result<Vec<String>, String> {
    let mut found = Vec::new();
    let mut rest = markup;
    while let Some(letter) = rest.chars().next() {
        let mut length = letter.len_utf8();
        match letter {
            '<' => {
                let end = rest.find('>').ok_or_else(|| format!("something live does not end: {rest}"))?;
                let inside = &rest[1..end];
                if inside.contains(['<', '\n']) {
                    return Err(format!("a sign that is not escaped: {rest}"));
                }
                found.push(inside.split('|').next().unwrap_or_default().to_owned());
                length = end + 1;
            }
            '>' => return Err(format!("a sign that is not escaped: {rest}")),
            '&' if !["&amp;", "&lt;", "&gt;"].iter().any(|name| rest.starts_with(name)) => {
                return Err(format!("an ampersand that is not escaped: {rest}"));
            }
            '`' => {
                let fence = if rest.starts_with("```") { "```" } else { "`" };
                let behind = &rest[fence.len()..];
                let end =
                    behind.find(fence).filter(|end| *end > 0 && (fence.len() > 1 || !behind[..*end].contains('\n')));
                if let Some(end) = end {
                    read(&behind[..end])?;
                    length = end + 2 * fence.len();
                }
            }
            _ => {}
        }
        rest = &rest[length..];
    }
    Ok(found)
}

/// Turns lines around, hides something, or steers a terminal.
fn is_unseen(letter: char) -> bool {
    matches!(letter, '\0'..='\u{8}' | '\u{b}'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{200E}' | '\u{200F}' | '\u{61C}'
        | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}')
}

/// Reads everything that is shown of a message or view.
fn shown(json: &Value, is_top: bool, found: &mut Vec<String>) -> Result<(), String> {
    match json {
        Value::Object(fields) => {
            if fields.get("type").is_some_and(|it| it == "mrkdwn") {
                if fields.get("verbatim") != Some(&Value::Bool(true)) {
                    return Err(format!("the platform would look for names and addresses in: {json}"));
                }
                found.extend(read(fields["text"].as_str().unwrap_or_default())?);
            }
            for (name, value) in fields {
                // What a person wrote goes back into the field in which they change it; the rest is read by us alone.
                if matches!(name.as_str(), "initial_value" | "value" | "private_metadata") {
                    continue;
                }
                if let Some(unseen) = value.as_str().and_then(|text| text.chars().find(|it| is_unseen(*it))) {
                    return Err(format!("{unseen:?} is in {name}: {value}"));
                }
                if is_top && name == "text" {
                    // For notifications: nothing in it is live at all.
                    let told = read(value.as_str().unwrap_or_default())?;
                    if !told.is_empty() {
                        return Err(format!("live in a notification: {told:?}"));
                    }
                }
                shown(value, false, found)?;
            }
            Ok(())
        }
        Value::Array(all) => all.iter().try_for_each(|value| shown(value, false, found)),
        _ => Ok(()),
    }
}

/// Everything that came out on a tour, by the step at which it did.
#[derive(Default)]
struct Seen(Vec<(String, Vec<String>)>, Option<String>);

impl Seen {
    fn json(&mut self, step: &str, body: &[u8]) {
        let json: Value = serde_json::from_slice(body).unwrap();
        let mut found = Vec::new();
        if let Err(wrong) = shown(&json, true, &mut found) {
            self.1.get_or_insert(format!("{step}: {wrong}"));
        }
        self.0.push((step.to_owned(), found));
    }

    fn card(&mut self, step: &str, card: &Card) {
        let first = self.0.len();
        for message in render::messages(card) {
            self.json(step, &message.body(&serde_json::json!({})));
        }
        let live = self.0.drain(first..).flat_map(|(_, live)| live).collect();
        self.0.push((step.to_owned(), live));
    }

    fn answer(&mut self, step: &str, answer: Answer) -> Option<trailmark::message::Form> {
        match answer {
            Ok(Reply::Private(card) | Reply::Replace(card) | Reply::Share(card)) => self.card(step, &card),
            Err(Failure::Told(error)) => self.card(step, &error.0),
            Ok(Reply::OpenForm(form) | Reply::NextForm(form) | Reply::UpdateForm(form)) => {
                self.json(step, &render::form(&form));
                return Some(form);
            }
            Ok(Reply::Choices(choices)) => self.json(step, &render::options(&choices)),
            Ok(Reply::FormErrors(_) | Reply::Nothing) => {}
            Err(Failure::Broken(error)) => panic!("{step}: {error:#}"),
        }
        None
    }
}

/// Words for each place, in turn.
struct Words<'w>(&'w [String], usize);

impl Words<'_> {
    fn next(&mut self) -> String {
        self.1 += 1;
        self.0[self.1 % self.0.len()].clone()
    }

    /// Of at most so many letters, as a form lets one write.
    fn short(&mut self, most: usize) -> String {
        self.next().chars().take(most).collect()
    }

    /// As it comes out of a file.
    fn filed(&mut self) -> String {
        legible(&self.next()).into_owned()
    }
}

struct Tour<'w> {
    office: Office,
    words: Words<'w>,
    seen: Seen,
}

impl<'w> Tour<'w> {
    async fn says(&mut self, who: PersonId, text: &str) -> Option<trailmark::message::Form> {
        let answer = self.office.says(who, text).await;
        self.seen.answer(text.split(MARKED).next().unwrap(), answer)
    }

    async fn sends(&mut self, who: PersonId, form: &trailmark::message::Form, filled: Vec<(&str, String)>) {
        let values = Values(filled.into_iter().map(|(name, text)| (name.to_owned(), vec![text])).collect());
        let step = format!("form {}", form.action.verb.as_str());
        let answer = self.office.submits(who, form, &values).await;
        self.seen.answer(&step, answer);
    }

    async fn company(words: &'w [String]) -> (Tour<'w>, [PersonId; 4]) {
        let mut words = Words(words, 0);
        let mut office = Office::open().await;
        office.programme = Programme { is_active: true, ..Programme::default() };
        let hal = office.hire("Hal", "HR", None).await;
        let mia = office.hire("Mia", "Data", None).await;
        let eve = office.hire("Eve", "Data", Some(mia)).await;
        let oda = office.hire("Oda", "Data", Some(mia)).await;
        office.grant(hal, Role::Hr).await;
        office.grant(hal, Role::Administrator).await;
        let mut tx = office.db.write().await.unwrap();
        for id in [eve, oda, mia, hal] {
            let mut person = people::find(&mut tx, id).await.unwrap().unwrap();
            for place in [&mut person.name, &mut person.department, &mut person.title, &mut person.location] {
                *place = words.filed();
            }
            person.have = vec!["SQL".into(), words.short(60).into()];
            person.want = vec!["Grafana".into(), words.short(60).into()];
            people::update(&mut tx, &person).await.unwrap();
        }
        tx.commit().await.unwrap();
        office.live.refresh().await.unwrap();
        for _ in 0..3 {
            let all: Vec<String> = (0..7).map(|_| words.filed()).collect();
            office
                .project(oda, &all[0], |post| {
                    (post.summary, post.team, post.place) = (all[1].clone(), all[2].clone(), all[3].clone());
                    post.needs.push(all[4].chars().take(60).collect());
                    post.teaches.push(all[5].chars().take(60).collect());
                    post.nice.push(all[6].chars().take(60).collect());
                    post.is_remote = true;
                })
                .await;
        }
        (Tour { office, words, seen: Seen::default() }, [eve, oda, mia, hal])
    }

    async fn employee(&mut self, eve: PersonId, oda: PersonId) {
        for text in
            ["", "find exporter", "matches", "show P-1", "why P-1", "save P-1", "saved", "hide P-3", "unhide P-3"]
        {
            self.says(eve, text).await;
        }
        for text in ["profile", "profile edit", "skills", "privacy", "nudges", "nudges change", "post new", "paths"] {
            self.says(eve, text).await;
        }
        for text in [
            "find",
            "show",
            "mentor find",
            "expert",
            "paths",
            "1on1 plan",
            "team add",
            "help",
            "snooze",
            "skills",
            "hide P-2",
        ] {
            let words = self.words.next();
            self.says(eve, &format!("{text} {words}")).await;
        }
        let words = self.words.next();
        let typed = self.office.says(eve, &words).await;
        self.seen.answer("unknown", typed);
        let asking = self.says(eve, "interested P-1").await.unwrap();
        let (note, when) = (self.words.short(300), self.words.short(100));
        self.sends(eve, &asking, vec![("note", note), ("availability", when)]).await;
        for text in ["applied", "interested P-1"] {
            self.says(eve, text).await;
        }
        let found = trailmark::message::Form { action: Action::new(Verb::SubmitFind, ""), ..asking.clone() };
        let words = self.words.next();
        self.sends(eve, &found, vec![("words", words)]).await;
        let profile = self.says(eve, "profile edit").await.unwrap();
        let (have, want, role) = (self.words.short(60), self.words.short(60), self.words.short(60));
        self.sends(eve, &profile, vec![("have", have), ("want", want), ("role", role), ("hours", "4".into())]).await;
        self.says(eve, "profile").await;
        let offer = self.says(oda, "mentor offer").await.unwrap();
        let (skill, note) = (self.words.short(60), self.words.short(200));
        let filled = vec![("skills", skill), ("ways", "meeting".into()), ("capacity", "3".into()), ("note", note)];
        self.sends(oda, &offer, filled).await;
        self.says(eve, "mentor find").await;
        let ask = self.says(eve, "mentor ask <@UODA> SQL").await.unwrap();
        let (topic, note) = (self.words.short(60), self.words.short(300));
        self.sends(eve, &ask, vec![("topic", topic), ("note", note)]).await;
        for (who, text) in
            [(oda, "mentor"), (oda, "mentor accept <@UEVE>"), (eve, "mentor"), (eve, "mentor end <@UODA>")]
        {
            self.says(who, text).await;
        }
    }

    async fn owner(&mut self, eve: PersonId, oda: PersonId) {
        let words = self.words.next();
        let opened = self.office.turns_into_a_project(oda, &words).await;
        let first = self.seen.answer("menu post", opened).unwrap();
        let all: Vec<String> = [120, 2000, 60, 60].iter().map(|most| self.words.short(*most)).collect();
        let what = vec![
            ("kind", "project".to_owned()),
            ("title", all[0].clone()),
            ("summary", all[1].clone()),
            ("needs", all[2].clone()),
            ("teaches", all[3].clone()),
        ];
        self.sends(oda, &first, what).await;
        for text in ["post", "edit P-1", "close P-1", "applicants P-1", "edit P-2"] {
            self.says(oda, text).await;
        }
        let decline = Action::new(Verb::Decline, format!("P-1 {}", eve.0)).at_version(1);
        let pressed = self.office.presses(oda, &decline).await;
        let reason = self.seen.answer("press decline", pressed).unwrap();
        let words = self.words.short(300);
        self.sends(oda, &reason, vec![("reason", "other".into()), ("words", words)]).await;
        for text in ["applied", "matches feedback"] {
            self.says(eve, text).await;
        }
        let place = Place { conversation: "C1".into(), is_direct: false, name: Some(self.words.short(80)) };
        let address = self.office.address(oda).await;
        let opened = commands::run(&self.office.ctx(oda, &address, Some(&place), false), "channel").await;
        let digest = self.seen.answer("channel", opened).unwrap();
        let topic = self.words.short(60);
        self.sends(
            oda,
            &digest,
            vec![("day", "Mon".into()), ("at", "09:30".into()), ("size", "5".into()), ("topics", topic)],
        )
        .await;
        for text in ["channel", "channel preview", "show P-2"] {
            let answer = commands::run(&self.office.ctx(oda, &address, Some(&place), false), text).await;
            self.seen.answer(text, answer);
        }
        self.says(oda, "close P-2").await;
    }

    async fn programme(&mut self, eve: PersonId, mia: PersonId, hal: PersonId) {
        for (who, text) in
            [(mia, "team"), (mia, "1on1"), (mia, "1on1 plan <@UEVE>"), (eve, "1on1"), (mia, "team add <@UHAL>")]
        {
            self.says(who, text).await;
        }
        for text in ["", "report", "rehearse 30", "stale", "skills", "undelivered", "roles", "grant hr <@UEVE>"] {
            self.says(hal, &format!("admin {text}")).await;
        }
        for text in ["skills accept", "skills reject", "grant hr", "report", "rehearse", "start"] {
            let words = self.words.next();
            self.says(hal, &format!("admin {text} {words}")).await;
        }
    }

    /// What leaves by itself in two weeks, and everybody's home.
    async fn ends(mut self, all: [PersonId; 4]) -> Seen {
        let monday = self.office.now;
        for day in 0..14 {
            let now: Instant = monday + chrono::Duration::days(day) + chrono::Duration::hours(1);
            for kind in NudgeKind::ALL {
                let ctx =
                    PlanCtx { db: &self.office.db, live: &self.office.live, programme: &self.office.programme, now };
                nudges::plan(&ctx, kind).await.unwrap();
            }
        }
        let mut tx = self.office.db.write().await.unwrap();
        let later = monday + chrono::Duration::days(365);
        let claimed = crate::support::claim(&mut tx, later, 1000).await.unwrap();
        match tx {
            Tx::Sqlite(tx) => tx.rollback().await.unwrap(),
            Tx::Postgres(tx) => tx.rollback().await.unwrap(),
        }
        for it in claimed {
            self.seen.card(&format!("{} to {}", it.kind, it.recipient), &it.card);
        }
        for who in all {
            let address: Address = self.office.address(who).await;
            assert_eq!(address.platform, Platform::Slack);
            let home = commands::home::view(&self.office.ctx(who, &address, None, false)).await.unwrap();
            self.seen.json(&format!("home of {}", address.id), &render::home(&home));
        }
        self.seen
    }
}

async fn tour(words: &[String]) -> Seen {
    let (mut tour, [eve, oda, mia, hal]) = Tour::company(words).await;
    tour.employee(eve, oda).await;
    tour.owner(eve, oda).await;
    tour.programme(eve, mia, hal).await;
    tour.ends([eve, oda, mia, hal]).await
}

/// A log that is kept.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Write for Kept {
    fn write(&mut self, line: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// What is found there depends on the words themselves.
const BY_WORDS: [&str; 12] = [
    "find ",
    "mentor find",
    "expert ",
    "paths ",
    "1on1 plan ",
    "team add ",
    "unknown",
    "form submit.find",
    "channel_digest",
    "opportunity_match",
    // Of two people who may both have asked.
    "notice.team_asked",
    "notice.role_grant",
];

fn differences(harmless: &Seen, hostile: &Seen) -> Vec<String> {
    let mut wrong: Vec<String> = hostile.1.iter().cloned().collect();
    let mut expected: BTreeMap<&str, Vec<&Vec<String>>> = BTreeMap::new();
    for (step, live) in &harmless.0 {
        expected.entry(step).or_default().insert(0, live);
    }
    for (step, live) in &hostile.0 {
        let is_ours =
            |it: &String| ["@UEVE", "@UODA", "@UMIA", "@UHAL"].contains(&it.as_str()) || it.starts_with("!date^17");
        if let Some(other) = live.iter().find(|it| !is_ours(it)) {
            wrong.push(format!("{step}: {other} is live"));
        }
        let before = expected.get_mut(step.as_str()).and_then(Vec::pop);
        if let Some(before) = before.filter(|before| *before != live)
            && !BY_WORDS.iter().any(|it| step.starts_with(it))
        {
            wrong.push(format!("{step}: live is {live:?} instead of {before:?}"));
        }
    }
    wrong
}

fn check(pieces: Vec<&'static str>, cases: u32) {
    let kept = Kept::default();
    let writer = kept.clone();
    let log =
        tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(move || writer.clone()).finish();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let harmless = runtime.block_on(tour(&[format!("{MARKED} words")]));
    assert_eq!(harmless.1, None);
    let mut runner = TestRunner::new(ProptestConfig {
        cases,
        failure_persistence: None,
        max_shrink_iters: 40,
        ..ProptestConfig::default()
    });
    let _guard = tracing::subscriber::set_default(log);
    let outcome = runner.run(&prop::collection::vec(hostile(pieces), 1..12), |words| {
        let seen = runtime.block_on(tour(&words));
        let wrong = differences(&harmless, &seen);
        prop_assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
    let log = kept.0.lock().unwrap();
    let log = String::from_utf8_lossy(&log);
    let told = log.lines().find(|line| line.contains(MARKED) && !line.contains("sqlx"));
    assert_eq!(told, None, "people's words are in the log");
}

#[test]
fn nothing_that_people_write_becomes_live() {
    check(LIVE.to_vec(), 12);
}

#[test]
fn nothing_that_people_write_becomes_live_whatever_they_make_bold() {
    check([LIVE, MARKS].concat(), 12);
}

#[tokio::test]
async fn the_tour_comes_by_every_place_in_which_somebody_can_write() {
    let seen = tour(&[format!("{MARKED} words")]).await;
    assert!(seen.0.len() > 90, "{}", seen.0.len());
    let live: usize = seen.0.iter().map(|(_, live)| live.len()).sum();
    assert!(live >= 8, "mentions are among what is compared: {live}");
}

#[tokio::test]
async fn no_cell_of_a_table_starts_a_formula_whatever_a_department_is_called() {
    let office = Office::open().await;
    let mia = office.hire("Mia", "=1+1", None).await;
    let departments = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1+1", "\r=1+1", "=HYPERLINK(\"http://evil.example\")"];
    let mut tx = office.db.write().await.unwrap();
    for (at, department) in departments.iter().cycle().take(7 * 6).enumerate() {
        let person = Person {
            name: format!("Person {at}"),
            department: (*department).to_owned(),
            manager: Some(mia),
            employed_since: "2024-01-01".parse().ok(),
            ..Person::unknown()
        };
        people::insert(&mut tx, &person, true, office.now).await.unwrap();
    }
    tx.commit().await.unwrap();
    office.live.refresh().await.unwrap();
    let mut tx = office.db.read().await.unwrap();
    let quarter = "2026-Q2".parse().unwrap();
    let report = report::report(&mut tx, &office.live, &office.programme, quarter, office.now).await.unwrap();
    let table = report.to_csv();
    let cells: Vec<String> = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(table.as_bytes())
        .records()
        .flat_map(|row| row.unwrap().iter().map(str::to_owned).collect::<Vec<_>>())
        .collect();
    assert!(
        departments.iter().all(|it| cells.iter().any(|cell| cell.ends_with(it.trim()))),
        "each is a group: {table}"
    );
    let formula = cells.iter().find(|cell| cell.starts_with(['=', '+', '-', '@', '\t', '\r']));
    assert_eq!(formula, None);
}
