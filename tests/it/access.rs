//! Who may do what: the whole table, tried out at every entry, as everybody, on a real database.
//!
//! A row is one thing that somebody asks for; below each name stands what comes of it:
//!
//! - `yes`: it is done, or shown
//! - `own`: everybody may, and it is about whoever asks
//! - `no`: refused, in the very words that a made-up number gets (or those of `else`), and nothing is changed
//! - `told`: it is said why not, and nothing is changed: the button or form is from before something else was agreed
//!   (`@old`), or it is about a colleague, whose name is no secret
//!
//! Whatever the cell says, nobody ever reads anything of Eve's that is not for them (`scene::PRIVATE`), neither at once nor
//! in a message that follows; and whoever does not work here is refused at every single row, and nothing is changed.

mod scene;

use crate::{cli::Machine, support::values};
use scene::{Attempt, OUTSIDE, PEOPLE, PRIVATE, Scene, Shown, account};
use std::collections::{BTreeMap, BTreeSet};
use trailmark::{
    access::{Asker, Deed, authorize},
    commands::Command,
    domain::id::PersonId,
    message::{Action, InboundKind, Platform, Values, Verb, form::FormRef},
};

const TABLE: &str = "
  where    | what                                                 | Eve  Nia  Mia  Max  Fox  Oda  Zoe  Hal  Opa  |
  ---------- Search, matches and one's own things
  command  |                                                      | own  own  own  own  own  own  own  own  own  |
  command  | home                                                 | own  own  own  own  own  own  own  own  own  |
  command  | find exporter                                        | yes  yes  yes  yes  yes  yes  yes  yes  yes  |
  command  | matches                                              | own  own  own  own  own  own  own  own  own  |
  command  | matches feedback                                     | own  own  own  own  own  own  own  own  own  |
  command  | show P-1                                             | yes  yes  yes  yes  yes  yes  yes  yes  yes  | yes reads Exporter
  command  | why P-1                                              | own  own  own  own  own  own  own  own  own  |
  command  | interested P-2                                       | own  own  own  own  own  own  own  own  own  |
  command  | save P-1                                             | own  own  own  own  own  own  own  own  own  |
  command  | unsave P-2                                           | own  own  own  own  own  own  own  own  own  |
  command  | saved                                                | own  own  own  own  own  own  own  own  own  |
  command  | hide P-1                                             | own  own  own  own  own  own  own  own  own  |
  command  | unhide P-2                                           | own  own  own  own  own  own  own  own  own  |
  command  | applied                                              | own  own  own  own  own  own  own  own  own  | Eve reads more practice
  command  | withdraw P-1                                         | own  own  own  own  own  own  own  own  own  |
  command  | profile                                              | own  own  own  own  own  own  own  own  own  | Eve reads zebrarole
  command  | skills                                               | own  own  own  own  own  own  own  own  own  | Eve reads Zebraquilting
  command  | skills have Juggling                                 | own  own  own  own  own  own  own  own  own  |
  command  | paths                                                | own  own  own  own  own  own  own  own  own  |
  command  | privacy                                              | own  own  own  own  own  own  own  own  own  |
  command  | nudges                                               | own  own  own  own  own  own  own  own  own  | Eve reads zebraletter
  command  | snooze 2w                                            | own  own  own  own  own  own  own  own  own  |
  command  | help                                                 | own  own  own  own  own  own  own  own  own  |
  command  | my-data                                              | own  own  own  own  own  own  own  own  own  |
  command  | forget-me                                            | own  own  own  own  own  own  own  own  own  |
  typing   | skills zebra                                         | own  own  own  own  own  own  own  own  own  |
  home     |                                                      | own  own  own  own  own  own  own  own  own  |
  said     | profile                                              | own  own  own  own  own  own  own  own  own  | Eve reads zebrarole
  said     | applicants P-1                                       | no   no   no   no   no   yes  no   no   no   | yes reads zebranote
  said     | admin report                                         | no   no   no   no   no   no   no   yes  yes  | else programme
  menu     | find                                                 | own  own  own  own  own  own  own  own  own  |
  menu     | post                                                 | own  own  own  own  own  own  own  own  own  |
  closed   | submit.post P-1 @now                                 | own  own  own  own  own  own  own  own  own  |
  press    | run applied                                          | own  own  own  own  own  own  own  own  own  | Eve reads more practice
  form     | submit.find                                          | yes  yes  yes  yes  yes  yes  yes  yes  yes  | with words=exporter
  form     | submit.interest P-1                                  | own  own  own  own  own  own  own  own  own  | with note=hello
  form     | submit.introduction                                  | own  own  own  own  own  own  own  own  own  | with have=SQL
  form     | submit.profile                                       | own  own  own  own  own  own  own  own  own  | with have=SQL
  form     | submit.nudges                                        | own  own  own  own  own  own  own  own  own  | with max_per_week=1
  press    | nudge.not_now opportunity_match                      | own  own  own  own  own  own  own  own  own  |
  press    | nudge.fewer opportunity_match                        | own  own  own  own  own  own  own  own  own  |
  press    | nudge.why opportunity_match                          | own  own  own  own  own  own  own  own  own  |
  ---------- Posts and those who applied for them
  command  | post                                                 | own  own  own  own  own  own  own  own  own  |
  form     | submit.post new_1                                    | own  own  own  own  own  own  own  own  own  | with title=Another
  form     | submit.post_details new_1                            | own  own  own  own  own  own  own  own  own  | with seats=1
  command  | edit P-1                                             | no   no   no   no   no   yes  no   yes  no   |
  form     | submit.post P-1 @now                                 | no   no   no   no   no   yes  no   yes  no   | with kind=project title=Another summary=Words team=Data needs=SQL seats=2 reply_by=2026-05-20
  form     | submit.post P-1 @old                                 | no   no   no   no   no   told no   told no   | with kind=project title=Another summary=Words team=Data needs=SQL seats=2 reply_by=2026-05-20
  form     | submit.post_details P-1 @now                         | no   no   no   no   no   yes  no   yes  no   | with kind=project title=Another summary=Words team=Data needs=SQL seats=2 reply_by=2026-05-20
  changed  | submit.post P-1 @now                                 | no   no   no   no   no   yes  no   yes  no   | with title=Another
  command  | close P-1                                            | no   no   no   no   no   yes  no   yes  no   |
  form     | submit.close P-1                                     | no   no   no   no   no   yes  no   yes  no   | with reason=cancelled
  command  | applicants P-1                                       | no   no   no   no   no   yes  no   no   no   | yes reads zebranote
  press    | run applicants P-1                                   | no   no   no   no   no   yes  no   no   no   | yes reads zebranote
  press    | applicant.accept P-1 Eve @now                        | no   no   no   no   no   yes  no   no   no   |
  press    | applicant.accept P-1 Eve @old                        | no   no   no   no   no   told no   no   no   |
  press    | applicant.decline P-1 Eve @now                       | no   no   no   no   no   yes  no   no   no   |
  press    | applicant.decline P-1 Eve @old                       | no   no   no   no   no   told no   no   no   |
  form     | submit.decline P-1 Eve @now                          | no   no   no   no   no   yes  no   no   no   | with reason=skills
  form     | submit.decline P-1 Eve @old                          | no   no   no   no   no   told no   no   no   | with reason=skills
  ---------- Career conversations: Mia is Eve's manager, Fox was until last week
  command  | 1on1                                                 | own  own  own  own  own  own  own  own  own  |
  command  | 1on1 plan <@UEVE>                                    | told told yes  told told told told told told |
  command  | 1on1 done <@UEVE>                                    | told told yes  told told told told told told |
  command  | team                                                 | own  own  own  own  own  own  own  own  own  | Mia reads 11:11
  command  | team add <@UEVE>                                     | told own  told own  own  own  own  own  own  |
  press    | team.confirm Mia                                     | no   yes  no   no   no   no   no   no   no   |
  press    | team.refuse Mia                                      | no   yes  no   no   no   no   no   no   no   |
  press    | conversation.slot TALK 2026-05-21T08:00:00Z @now     | yes  no   yes  no   no   no   no   no   no   |
  press    | conversation.slot TALK 2026-05-21T08:00:00Z @old     | told no   told no   no   no   no   no   no   |
  press    | conversation.other TALK @now                         | yes  no   yes  no   no   no   no   no   no   |
  press    | conversation.other TALK @old                         | told no   told no   no   no   no   no   no   |
  press    | conversation.skip TALK @now                          | yes  no   yes  no   no   no   no   no   no   |
  press    | conversation.skip TALK @old                          | told no   told no   no   no   no   no   no   |
  press    | conversation.already TALK @now                       | yes  no   yes  no   no   no   no   no   no   |
  press    | conversation.yes PAST @now                           | yes  no   yes  no   no   no   no   no   no   |
  press    | conversation.yes PAST @old                           | told no   told no   no   no   no   no   no   |
  press    | conversation.no PAST @now                            | yes  no   yes  no   no   no   no   no   no   |
  press    | conversation.no PAST @old                            | told no   told no   no   no   no   no   no   |
  press    | conversation.moved PAST @now                         | yes  no   yes  no   no   no   no   no   no   |
  form     | submit.time TALK @now                                | yes  no   yes  no   no   no   no   no   no   | with date=2026-05-21 time=10:00
  form     | submit.time TALK @old                                | told no   told no   no   no   no   no   no   | with date=2026-05-21 time=10:00
  form     | submit.skip TALK @now                                | yes  no   yes  no   no   no   no   no   no   | with reason=holiday
  form     | submit.skip TALK @old                                | told no   told no   no   no   no   no   no   | with reason=holiday
  press    | conversation.slot FORMER 2026-05-21T08:00:00Z @now   | no   no   no   no   no   no   no   no   no   |
  press    | conversation.other FORMER @now                       | no   no   no   no   no   no   no   no   no   |
  press    | conversation.already FORMER @now                     | no   no   no   no   no   no   no   no   no   |
  press    | conversation.skip FORMER @now                        | no   no   no   no   no   no   no   no   no   |
  form     | submit.time FORMER @now                              | no   no   no   no   no   no   no   no   no   | with date=2026-05-21 time=10:00
  form     | submit.skip FORMER @now                              | no   no   no   no   no   no   no   no   no   | with reason=holiday
  press    | conversation.yes FORMERPAST @now                     | yes  no   no   no   yes  no   no   no   no   |
  press    | conversation.no FORMERPAST @now                      | yes  no   no   no   yes  no   no   no   no   |
  press    | conversation.moved FORMERPAST @now                   | no   no   no   no   no   no   no   no   no   |
  ---------- Helping each other: Eve asked Zoe
  command  | mentor                                               | own  own  own  own  own  own  own  own  own  | Zoe reads Eve Eveson
  command  | mentor accept <@UEVE>                                | told told told told told told yes  told told |
  command  | mentor decline <@UEVE>                               | told told told told told told yes  told told |
  command  | mentor withdraw <@UZOE>                              | yes  told told told told told told told told |
  command  | mentor ask <@UNIA>                                   | told told told told told told told told told |
  command  | expert SQL                                           | own  own  own  own  own  own  own  own  own  |
  form     | submit.mentoring                                     | own  own  own  own  own  own  own  own  own  | with skills=SQL ways=meeting capacity=1
  form     | submit.ask Zoe                                       | told yes  yes  yes  yes  yes  told yes  yes  | with topic=SQL
  form     | submit.ask Nia                                       | no   told no   no   no   no   no   no   no   | with topic=SQL
  ---------- A channel's digest, which Oda set up
  command  | channel                                              | own  own  own  own  own  own  own  own  own  |
  command  | channel pause                                        | no   no   no   no   no   yes  no   yes  no   | else channel
  form     | submit.channel C1                                    | no   no   no   no   no   yes  no   yes  no   | else channel with day=Tue at=10:00 size=3
  ---------- Running the programme
  command  | admin                                                | no   no   no   no   no   no   no   yes  yes  | else programme
  command  | admin report                                         | no   no   no   no   no   no   no   yes  yes  | else programme
  command  | admin rehearse 7                                     | no   no   no   no   no   no   no   yes  yes  | else programme
  command  | admin start                                          | no   no   no   no   no   no   no   yes  yes  | else programme
  command  | admin stale                                          | no   no   no   no   no   no   no   yes  yes  | else programme
  command  | admin skills                                         | no   no   no   no   no   no   no   yes  yes  | else programme
  command  | admin skills accept Zebraquilting                    | no   no   no   no   no   no   no   yes  yes  | else programme
  command  | admin undelivered                                    | no   no   no   no   no   no   no   yes  yes  | else programme
  command  | admin roles                                          | no   no   no   no   no   no   no   yes  yes  | else programme
  command  | admin stop                                           | no   no   no   no   no   no   no   told told | else programme
  command  | admin import                                         | no   no   no   no   no   no   no   told told | else programme
  press    | run admin start now                                  | no   no   no   no   no   no   no   yes  yes  | else programme
  command  | admin grant hr <@UNIA>                               | no   no   no   no   no   no   no   no   yes  | else admin
  command  | admin revoke hr <@UHAL>                              | no   no   no   no   no   no   no   no   yes  | else admin
  command  | admin 2345-6789-ABCD-EFGH                            | told told told told told told told told told |
";

/// One line of the table.
struct Row<'t> {
    entry: &'t str,
    what: &'t str,
    cells: Vec<&'t str>,
    /// What is filled into the form.
    filled: Values,
    /// In whose words a `no` comes, where it is not those of a made-up number.
    refusal: Option<String>,
    /// Who must read which word.
    reads: Option<(&'t str, &'t str)>,
}

fn rows() -> Vec<Row<'static>> {
    let lines = TABLE.lines().filter(|line| line.contains('|')).skip(1);
    lines.map(|line| Row::parse(line).unwrap_or_else(|| panic!("cannot be read: {line}"))).collect()
}

impl<'t> Row<'t> {
    fn parse(line: &'t str) -> Option<Row<'t>> {
        let parts: Vec<&str> = line.split('|').map(str::trim).collect();
        let [entry, what, cells, notes] = parts[..] else { return None };
        let cells: Vec<&str> = cells.split_whitespace().collect();
        let (notes, filled) = notes.split_once("with ").unwrap_or((notes, ""));
        let filled: Vec<(&str, &str)> = filled.split_whitespace().filter_map(|it| it.split_once('=')).collect();
        Some(Row {
            entry,
            what,
            filled: values(&filled),
            refusal: notes.trim().strip_prefix("else ").map(refusal),
            reads: notes.split_once(" reads ").map(|(who, word)| (who.trim(), word.trim())),
            cells: (cells.len() == PEOPLE.len()).then_some(cells)?,
        })
    }

    /// What somebody sends who does this; with `is_guess` about numbers that are nobody's.
    fn inbound(&self, scene: &Scene, is_guess: bool) -> InboundKind {
        let form = FormRef { platform: Platform::Slack, id: "V1".into(), revision: "1".into() };
        let action = || self.action(scene, is_guess);
        let text = self.what.replace("P-1", if is_guess { "P-777" } else { "P-1" });
        match self.entry {
            "command" => InboundKind::Command { text },
            "said" => InboundKind::Said { text, is_mention: false, thread: None },
            "press" => InboundKind::Press { action: action(), delivery: None, message: None },
            "form" => InboundKind::Submit { action: action(), values: self.filled.clone(), form },
            "changed" => InboundKind::FormChanged { action: action(), values: self.filled.clone(), form },
            "closed" => InboundKind::FormClosed { action: action() },
            "typing" => {
                let (source, query) = self.what.split_once(' ').unwrap();
                InboundKind::Lookup { source: source.into(), query: query.into() }
            }
            "menu" if self.what == "find" => InboundKind::FindShortcut,
            "menu" => InboundKind::PostShortcut { words: "Somebody should write an exporter".into() },
            "home" => InboundKind::HomeOpened,
            other => panic!("no entry: {other}"),
        }
    }

    fn action(&self, scene: &Scene, is_guess: bool) -> Action {
        let (verb, rest) = self.what.split_once(' ').unwrap_or((self.what, ""));
        let verb = Verb::parse(verb).unwrap_or_else(|| panic!("no button or form is called {verb}"));
        let word = |word: &str| match scene.ids.get(word) {
            Some(_) if is_guess => "987654".to_owned(),
            Some(id) => id.to_string(),
            None if is_guess => word.replace("P-1", "P-777"),
            None => word.to_owned(),
        };
        let (about, version) = rest.split_once('@').unwrap_or((rest, ""));
        let subject = about.split_whitespace().map(word).collect::<Vec<_>>().join(" ");
        let known = scene.versions.get(about.trim()).or(scene.versions.get(about.split(' ').next().unwrap()));
        let version = match version.trim() {
            "now" => *known.unwrap_or_else(|| panic!("of no version: {about:?}")),
            "old" => known.unwrap() + 7,
            _ => 0,
        };
        Action::new(verb, subject).at_version(version)
    }

    fn has_numbers(&self, scene: &Scene) -> bool {
        self.inbound(scene, true) != self.inbound(scene, false)
    }
}

fn refusal(name: &str) -> String {
    let deed = match name {
        "programme" => Deed::RunProgramme,
        "admin" => Deed::Administer,
        "channel" => Deed::SetUpChannel { set_up_by: Some(PersonId(-1)) },
        other => panic!("no refusal is called {other}"),
    };
    authorize(&Asker::plain(PersonId(1)), deed).unwrap_err().0.to_plain()
}

const NOT_FROM_HERE: &str = "Mobility is for people who work here.";

/// What went wrong in a cell.
type Wrong = Vec<String>;

struct Trial<'s> {
    scene: &'s Scene,
    row: &'s Row<'s>,
    wrong: Wrong,
}

impl Trial<'_> {
    async fn run(mut self) -> Wrong {
        let calm = self.scene.copy().await;
        let before = calm.everything().await;
        for who in OUTSIDE {
            let shown = calm.ask(who, self.row.inbound(self.scene, false)).await;
            if !shown.words.starts_with(NOT_FROM_HERE) {
                self.note(who, "is not refused", &shown);
            }
        }
        let busy = self.scene.copy().await;
        for ((who, _), cell) in PEOPLE.iter().zip(&self.row.cells) {
            match *cell {
                "own" => drop(self.ask(&busy, who).await),
                "yes" => self.does(who).await,
                "no" | "told" if self.row.entry == "said" => self.refuses(&self.scene.copy().await, who, cell).await,
                "no" | "told" => self.refuses(&calm, who, cell).await,
                other => panic!("no outcome is called {other}"),
            }
        }
        let after = calm.everything().await;
        if before != after {
            let news = after.iter().filter(|line| !before.contains(line)).cloned().collect::<Vec<_>>().join("\n");
            self.wrong.push(format!("{}: whoever was refused changed something:\n{news}", self.name()));
        }
        self.wrong
    }

    async fn ask(&mut self, attempt: &Attempt, who: &str) -> Shown {
        let shown = attempt.ask(who, self.row.inbound(self.scene, false)).await;
        self.is_private(who, &shown.all);
        let others = attempt.waiting().await;
        for (name, _) in PEOPLE {
            let to_them = others.iter().filter(|(user, _)| *user == account(name).id);
            for (_, card) in to_them {
                self.is_private(name, &format!("{card:?}"));
            }
        }
        if let Some((reader, word)) = self.row.reads
            && (reader == who || reader == "yes")
            && !shown.all.contains(word)
        {
            self.note(who, &format!("does not read {word}"), &shown);
        }
        shown
    }

    async fn does(&mut self, who: &str) {
        let attempt = self.scene.copy().await;
        let shown = self.ask(&attempt, who).await;
        if self.row.refusal.as_deref() == Some(&shown.words) || shown.words.starts_with(NOT_FROM_HERE) {
            self.note(who, "is refused", &shown);
        }
        if self.row.has_numbers(self.scene) {
            let nothing = self.scene.copy().await.ask(who, self.row.inbound(self.scene, true)).await;
            if nothing.words == shown.words {
                self.note(who, "gets what a made-up number gets", &shown);
            }
        }
    }

    async fn refuses(&mut self, attempt: &Attempt, who: &str, cell: &str) {
        let reads = self.row.reads;
        let shown = attempt.ask(who, self.row.inbound(self.scene, false)).await;
        self.is_private(who, &shown.all);
        if reads.is_some_and(|(_, word)| shown.all.contains(word)) {
            self.note(who, "reads it", &shown);
        }
        let expected = match &self.row.refusal {
            Some(refusal) => refusal.clone(),
            None if self.row.has_numbers(self.scene) => {
                let fresh = self.scene.copy().await;
                fresh.ask(who, self.row.inbound(self.scene, true)).await.words
            }
            None => String::new(),
        };
        if cell == "no" && (shown.words != expected || expected.is_empty()) {
            self.note(who, &format!("is not refused like {expected:?}"), &shown);
        }
        if cell == "told" && (shown.words == expected || shown.words.is_empty()) {
            self.note(who, "is refused and not told why", &shown);
        }
    }

    /// Nothing of Eve's is in it that is not for them.
    fn is_private(&mut self, who: &str, all: &str) {
        for (what, word, readers) in PRIVATE {
            // Whoever types it is offered a word that others use as a skill, without their names.
            let is_offered = self.row.entry == "typing" && all.starts_with("Choices");
            if all.contains(word) && !readers.contains(&who) && !is_offered {
                self.wrong.push(format!("{}: {who} reads {what}: {all}", self.name()));
            }
        }
    }

    fn note(&mut self, who: &str, what: &str, shown: &Shown) {
        self.wrong.push(format!("{}: {who} {what}: {}", self.name(), shown.words));
    }

    fn name(&self) -> String {
        format!("{} {}", self.row.entry, self.row.what)
    }
}

#[tokio::test]
async fn everybody_gets_what_the_table_says_and_nothing_else() {
    let scene = Scene::build().await;
    let mut wrong = Wrong::new();
    for row in &rows() {
        wrong.extend(Trial { scene: &scene, row, wrong: Wrong::new() }.run().await);
    }
    assert!(wrong.is_empty(), "{} cells are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[tokio::test]
async fn a_button_on_somebody_elses_message_does_nothing_whatever_it_says() {
    let scene = Scene::build().await;
    let rows = rows();
    for row in rows.iter().filter(|row| row.entry == "press") {
        let attempt = scene.copy().await;
        let before = attempt.everything().await;
        for (who, _) in PEOPLE.iter().filter(|(who, _)| *who != "Eve") {
            // The message is Eve's, forwarded or shown around; its id is in what the platform sends.
            let (action, delivery) = (row.action(&scene, false), Some(scene.letter.clone()));
            let shown = attempt.ask(who, InboundKind::Press { action, delivery, message: None }).await;
            assert!(shown.words.contains("for somebody else"), "{who}: {} {}", row.what, shown.words);
        }
        assert_eq!(before, attempt.everything().await, "{}", row.what);
    }
}

#[tokio::test]
async fn a_button_is_no_form_and_a_form_is_no_button() {
    let scene = Scene::build().await;
    for verb in Verb::ALL.iter().filter(|verb| **verb != Verb::Run) {
        let attempt = scene.copy().await;
        let before = attempt.everything().await;
        let action = Action::new(*verb, "1");
        let form = FormRef { platform: Platform::Slack, id: "V1".into(), revision: "1".into() };
        let wrong = if verb.as_str().starts_with("submit.") {
            InboundKind::Press { action, delivery: None, message: None }
        } else {
            InboundKind::Submit { action, values: Values::default(), form }
        };
        let shown = attempt.ask("Eve", wrong).await;
        assert!(shown.words.contains("from an older"), "{verb:?}: {}", shown.words);
        assert_eq!(before, attempt.everything().await, "{verb:?}");
    }
}

/// The entry of the table at which such a thing arrives; `None` where it is no person who does it.
fn entry(kind: &InboundKind) -> Option<&'static str> {
    Some(match kind {
        InboundKind::Command { .. } => "command",
        InboundKind::Press { .. } => "press",
        InboundKind::Submit { .. } => "form",
        InboundKind::FormChanged { .. } => "changed",
        InboundKind::FormClosed { .. } => "closed",
        InboundKind::Lookup { .. } => "typing",
        InboundKind::FindShortcut | InboundKind::PostShortcut { .. } => "menu",
        InboundKind::HomeOpened => "home",
        InboundKind::Said { .. } => "said",
        // `receive::what_only_a_workspace_tells_is_refused_from_a_person`
        InboundKind::Joined { .. }
        | InboundKind::PersonChanged(_)
        | InboundKind::InstallationEnded
        | InboundKind::Nothing => return None,
    })
}

#[tokio::test]
async fn every_command_button_form_and_entry_has_a_row() {
    let scene = Scene::build().await;
    let rows = rows();
    for row in &rows {
        assert_eq!(entry(&row.inbound(&scene, false)), Some(row.entry));
    }
    let of = |entry: &str| rows.iter().filter(|row| row.entry == entry).map(|row| row.what).collect::<Vec<_>>();
    let typed: BTreeSet<Command> =
        of("command").iter().filter_map(|it| Command::named(it.split(' ').next().unwrap())).collect();
    let missing: Vec<_> = Command::ALL.iter().filter(|it| !typed.contains(it)).map(|it| it.name()).collect();
    assert!(missing.is_empty(), "commands without a row: {missing:?}");
    let (pressed, sent) = (of("press"), of("form"));
    let is_among = |all: &[&str], verb: &Verb| all.iter().any(|it| it.split(' ').next() == Some(verb.as_str()));
    let missing: Vec<_> = Verb::ALL
        .iter()
        .filter(|verb| !is_among(if verb.as_str().starts_with("submit.") { &sent } else { &pressed }, verb))
        .collect();
    assert!(missing.is_empty(), "buttons or forms without a row: {missing:?}");
    let entries: BTreeSet<&str> = rows.iter().map(|row| row.entry).collect();
    let all = ["changed", "closed", "command", "form", "home", "menu", "press", "said", "typing"];
    assert_eq!(entries, BTreeSet::from(all));
}

/// Everything that can be typed on the server, and whose career data it shows to whoever may log in there.
const ON_THE_SERVER: &[(&str, &str)] = &[
    ("admin", "nobody's"),
    ("audit", "nobody's: who looked at whom, never at what"),
    ("backup", "nobody's; the file is as secret as the database"),
    ("copy-database", "nobody's"),
    ("demo", "made-up people's"),
    ("doctor", "nobody's"),
    ("erase-person", "nobody's: what is erased, in numbers"),
    ("evaluate", "that of the files it is given"),
    ("example-config", "nobody's"),
    ("export-person", "one person's, for them; noted"),
    ("find", "nobody's: open posts"),
    ("import", "nobody's"),
    ("keys", "nobody's"),
    ("manifest", "nobody's"),
    ("matches", "what fits a person; noted"),
    ("migrate", "nobody's"),
    ("outbox", "to whom something could not be delivered, never what"),
    ("rehearse", "who would be written to, when; noted"),
    ("report", "totals of groups large enough"),
    ("restore", "nobody's"),
    ("retention", "nobody's: what is deleted, in numbers"),
    ("serve", "nobody's"),
    ("skills", "words that people use, without their names"),
    ("tick", "nobody's"),
];

#[tokio::test]
async fn the_terminal_shows_nothing_that_somebody_wrote_in_confidence() {
    let machine = Machine::new();
    let overview = machine.says(&["--help"]);
    let commands = overview.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let names = commands.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let known: BTreeMap<&str, &str> = ON_THE_SERVER.iter().copied().collect();
    for name in names.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help") {
        assert!(known.contains_key(name), "say in ON_THE_SERVER whose data `trailmark {name}` shows");
    }
    let url = Scene::build().await.keep(&machine.path("trailmark.db"));
    let key = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";
    for arguments in [
        vec!["report", "--json"],
        vec!["rehearse", "--days", "30"],
        vec!["outbox", "list"],
        vec!["outbox", "list", "--json"],
        vec!["audit", "list"],
        vec!["audit", "verify"],
        vec!["find", "exporter"],
        vec!["doctor"],
        vec!["tick"],
    ] {
        let output = machine.run_with(&arguments, &[("DATABASE_URL", &url), ("TRAILMARK_KEY", key)]);
        let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        for (what, word, _) in PRIVATE {
            assert!(!said.contains(word), "{arguments:?} shows {what}: {said}");
        }
    }
}
