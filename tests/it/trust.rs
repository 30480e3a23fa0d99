//! What people wrote, at rest: found by nobody who only has the file, opened by nobody without the key; and the log of who
//! did what, which says when somebody touched it.

use crate::{
    cli::{Machine, assert_refused, err},
    databases::{Database, key, peek, tamper},
    support::{MONDAY, Office, at, card, form, refusal, values},
};
use base64::Engine as _;
use std::{
    collections::BTreeSet,
    process::{Child, Output, Stdio},
    sync::atomic::{AtomicBool, Ordering::Relaxed},
};
use trailmark::{
    domain::id::PersonId,
    message::{Address, Card, Platform},
    store::{
        Db, instance, keys,
        outbox::{self, Draft},
        people,
        seal::SEALED,
    },
};

const CANARY: &str = "zebracanary";

/// Every place in which somebody can write a note, with the canary in each; then how often the files hold it.
async fn found_after_writing(db: Db, database: Database) -> usize {
    let path = database.url.trim_start_matches("sqlite://").to_owned();
    let office = Office::on(database.with(db)).await;
    let ada = office.hire("Ada One", "Data", None).await;
    let bo = office.hire("Bo One", "Data", None).await;
    let post = office.project(ada, "Exporter", |_| {}).await;
    let asking = form(office.says(bo, &format!("interested {post}")).await);
    let note = values(&[("note", &format!("{CANARY} my manager must not know")), ("availability", CANARY)]);
    card(office.submits(bo, &asking, &note).await);
    let told = office.told(ada).await.join("\n");
    assert!(told.contains(CANARY), "the owner is told: {told}");
    let shown = card(office.says(ada, &format!("applicants {post}")).await).to_plain();
    assert!(shown.contains(CANARY), "{shown}");
    card(office.says(bo, &format!("skills want role: {CANARY}")).await);
    let mut found = 0;
    for end in ["", "-wal", "-shm"] {
        let bytes = std::fs::read(format!("{path}{end}")).unwrap();
        found += bytes.windows(CANARY.len()).filter(|it| it.eq_ignore_ascii_case(CANARY.as_bytes())).count();
    }
    found
}

#[tokio::test]
async fn what_somebody_wrote_is_nowhere_in_the_files() {
    let database = Database::sqlite(at(MONDAY)).await;
    assert_eq!(found_after_writing(database.db.clone(), database).await, 0);
    let database = Database::sqlite(at(MONDAY)).await;
    // The same without a key, so that looking finds it where it is.
    let mut tx = database.db.write().await.unwrap();
    for table in ["sealing_key", "audit_secret", "audit"] {
        tamper(&mut tx, &format!("DELETE FROM {table}")).await;
    }
    tamper(&mut tx, "UPDATE instance SET delivery_secret = 'plain'").await;
    tx.commit().await.unwrap();
    let without = keys::unlock(database.db.clone(), &[], at(MONDAY)).await.unwrap();
    assert!(found_after_writing(without, database).await > 3);
}

/// Text that is stored as it is, and may be: `docs/decisions/004` says why.
const READABLE: &[&str] = &[
    "account: direct platform user_id",
    "admin_code: code_hash",
    "application: state",
    "audit: action actor data hash object",
    "audit_head: hash seal",
    "channel: channel_id digest name platform tenant time_zone",
    "company_skill: aliases key name related",
    "conversation: manager_says report_says window_label",
    "copying: name reached source",
    "delivery: conversation delivery kind message occurrence platform reason recipient response state subject tenant why",
    "draft: form",
    "erased: erasure hash",
    "event: data kind subject",
    "exposure: audience occurrence",
    "hidden: reason",
    "inbound_seen: key",
    "installation: bot_user platform reason tenant",
    "instance: generation",
    "lane: holder platform tenant",
    "mentoring_request: state",
    "opportunity: closed_reason kind needs nice place summary teaches team title",
    "person: department email have locale location mentoring name preferences time_zone title want",
    "person_role: role",
    "refresh: platform target",
    "sealing_key: id proof",
    "sequence: name",
    "showing: quarter surface",
    "slot: label nudge outcome subject",
    "team_request: state",
    "wait: method platform tenant",
];

#[tokio::test]
async fn every_column_of_text_is_sealed_or_readable_on_purpose() {
    let database = Database::sqlite(at(MONDAY)).await;
    let mut tx = database.db.read().await.unwrap();
    let columns = "SELECT m.name || '.' || p.name FROM sqlite_master m JOIN pragma_table_info(m.name) p
                   WHERE m.type = 'table' AND m.name NOT LIKE '\\_%' ESCAPE '\\' AND p.type NOT IN ('BIGINT', 'BOOLEAN', 'DATE', 'TIMESTAMPTZ')";
    let all: BTreeSet<String> = peek(&mut tx, columns).await.into_iter().collect();
    let mut decided: BTreeSet<String> = SEALED.iter().map(|it| format!("{}.{}", it.table, it.name)).collect();
    assert_eq!(decided.len(), SEALED.len());
    for line in READABLE {
        let (table, names) = line.split_once(": ").unwrap();
        decided.extend(names.split(' ').map(|name| format!("{table}.{name}")));
    }
    let open: Vec<_> = all.difference(&decided).collect();
    assert_eq!(open, Vec::<&String>::new(), "decide in store::seal or here, and in docs/decisions/004");
    assert_eq!(decided.difference(&all).collect::<Vec<_>>(), Vec::<&String>::new(), "these are gone");
}

#[tokio::test]
async fn people_are_told_who_looked_at_what_is_theirs() {
    let office = Office::open().await;
    let ada = office.hire("Ada One", "Data", None).await;
    let bo = office.hire("Bo One", "Data", Some(ada)).await;
    let post = office.project(ada, "Exporter", |_| {}).await;
    let asking = form(office.says(bo, &format!("interested {post}")).await);
    card(office.submits(bo, &asking, &values(&[])).await);
    for _ in 0..2 {
        card(office.says(ada, &format!("applicants {post}")).await);
        card(office.says(ada, "team").await);
    }
    let said = card(office.says(bo, "privacy").await).to_plain();
    let lines: Vec<&str> = said
        .lines()
        .skip_while(|line| !line.starts_with("Who looked"))
        .take_while(|line| !line.starts_with("Right"))
        .collect();
    assert_eq!(
        lines,
        [
            "Who looked at what is yours: in the last 90 days",
            "Mon 4 May · Ada One: where your career conversations stand",
            &format!("Mon 4 May · Ada One: your application for {post}"),
        ]
    );
    let hers = card(office.says(ada, "privacy").await).to_plain();
    assert!(hers.contains("Who looked at what is yours: nobody"), "{hers}");
    refusal(office.says(bo, &format!("applicants {post}")).await);
    let still = card(office.says(ada, "privacy").await).to_plain();
    assert!(still.contains("Who looked at what is yours: nobody"), "who was refused saw nothing: {still}");
}

fn keys_of(numbers: &[u8]) -> String {
    let one = |number: &u8| base64::engine::general_purpose::STANDARD.encode([*number; 32]);
    numbers.iter().map(one).collect::<Vec<_>>().join(",")
}

fn run(machine: &Machine, numbers: &[u8], arguments: &[&str]) -> Output {
    machine.run_with(arguments, &[("TRAILMARK_KEY", &keys_of(numbers))])
}

#[track_caller]
fn says(machine: &Machine, numbers: &[u8], arguments: &[&str]) -> String {
    let output = run(machine, numbers, arguments);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{arguments:?}: {said}{}", err(&output));
    said
}

async fn open(machine: &Machine, numbers: &[u8]) -> Db {
    let url = format!("sqlite://{}", machine.path("trailmark.db").display());
    let db = Db::open(&url).await.unwrap();
    db.migrate().await.unwrap();
    let secrets: Vec<_> = numbers.iter().map(|number| key(*number)).collect();
    let db = keys::unlock(db, &secrets, at(MONDAY)).await.unwrap();
    instance::ensure(&db, at(MONDAY)).await.unwrap();
    db
}

#[test]
fn a_database_is_opened_by_its_own_key_only() {
    let machine = Machine::new();
    says(&machine, &[1], &["migrate"]);
    for wrong in [&[][..], &[2]] {
        let words = ["TRAILMARK_KEY", "Nothing was changed", "keys rotate"];
        assert_refused(&run(&machine, wrong, &["outbox", "list"]), 2, &words);
        let said = String::from_utf8_lossy(&run(&machine, wrong, &["doctor"]).stdout).into_owned();
        assert!(said.contains("problem  encryption"), "{said}");
    }
    assert_refused(&run(&machine, &[2], &["serve"]), 2, &["TRAILMARK_KEY", "SLACK_SIGNING_SECRET"]);
    assert_refused(&machine.run(&["keys", "rotate"]), 2, &["TRAILMARK_KEY"]);
    says(&machine, &[1], &["outbox", "list"]);
    says(&machine, &[2, 1], &["outbox", "list"]);
    assert_refused(&run(&machine, &[1], &["outbox", "list"]), 2, &["TRAILMARK_KEY"]);
    says(&machine, &[2, 1], &["keys", "rotate"]);
    says(&machine, &[2], &["outbox", "list"]);
}

#[test]
fn without_a_key_it_is_said_that_words_are_readable_and_the_first_rotation_seals_them() {
    let machine = Machine::new();
    machine.says(&["migrate"]);
    let said = String::from_utf8_lossy(&machine.run(&["doctor"]).stdout).into_owned();
    assert!(said.contains("stored readable") && said.contains("1 readable"), "{said}");
    let said = String::from_utf8_lossy(&run(&machine, &[1], &["doctor"]).stdout).into_owned();
    assert!(said.contains("1 readable") && said.contains("run trailmark keys rotate"), "{said}");
    let told: serde_json::Value = serde_json::from_str(&says(&machine, &[1], &["keys", "rotate", "--json"])).unwrap();
    let rotated = |table: &str| {
        let all = told["rotated"].as_array().unwrap();
        all.iter().find(|it| it["table"] == table).and_then(|it| it["values"].as_i64())
    };
    assert_eq!(
        (told["left"].as_i64(), rotated("instance"), rotated("delivery")),
        (Some(0), Some(1), Some(0)),
        "{told}"
    );
    let said = String::from_utf8_lossy(&run(&machine, &[1], &["doctor"]).stdout).into_owned();
    assert!(said.contains("under the newest key") && !said.contains("readable"), "{said}");
    assert!(says(&machine, &[1], &["keys", "rotate"]).contains("already"));
}

/// Ended when dropped.
struct Rotation(Child);

impl Drop for Rotation {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// How many deliveries are not under the newest key.
async fn left(db: &Db) -> i64 {
    let mut tx = db.read().await.unwrap();
    let newest = db.keyring().newest().unwrap();
    let counted = keys::census(&mut tx).await.unwrap();
    counted.iter().filter(|((table, key), _)| *table == "delivery" && key != newest).map(|(_, values)| values).sum()
}

const ROWS: usize = 3000;

fn cards(person: PersonId, from: usize, to: usize) -> Vec<Draft> {
    let address = Address::new(Platform::ALL[0], "U1");
    let draft = |n: usize| {
        Draft::notice(&address, person, "answer", n.to_string(), "1", Card::saying(format!("card {n}")), at(MONDAY))
    };
    (from..to).map(draft).collect()
}

async fn enqueue(db: &Db, drafts: &[Draft]) {
    let mut tx = db.write().await.unwrap();
    outbox::enqueue_all(&mut tx, &drafts.iter().collect::<Vec<_>>(), at(MONDAY)).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rotation_survives_kill_9_beside_a_server_that_writes() {
    let machine = Machine::new();
    let db = open(&machine, &[1]).await;
    let mut tx = db.write().await.unwrap();
    let person =
        people::insert(&mut tx, &trailmark::domain::person::Person::unknown(), false, at(MONDAY)).await.unwrap();
    tx.commit().await.unwrap();
    enqueue(&db, &cards(person, 0, ROWS)).await;
    db.close().await;

    let db = open(&machine, &[2, 1]).await;
    let is_over = AtomicBool::new(false);
    let server = async {
        let mut written = ROWS;
        while !is_over.load(Relaxed) {
            enqueue(&db, &cards(person, written, written + 5)).await;
            written += 5;
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        written
    };
    let key = keys_of(&[2, 1]);
    let rotations = async {
        let mut before = left(&db).await;
        assert_eq!(before, i64::try_from(ROWS).unwrap());
        for _ in 0..3 {
            let mut command = machine.command(&["keys", "rotate"], &[("TRAILMARK_KEY", &key)]);
            let mut rotation = Rotation(command.stdin(Stdio::null()).stdout(Stdio::null()).spawn().unwrap());
            while left(&db).await == before {
                assert!(rotation.0.try_wait().unwrap().is_none(), "it ended before it did anything");
                tokio::task::yield_now().await;
            }
            drop(rotation);
            let after = left(&db).await;
            assert!(after > 0 && after < before, "killed in the middle: {after} of {before}");
            before = after;
        }
        let mut command = machine.command(&["keys", "rotate"], &[("TRAILMARK_KEY", &key)]);
        let last = tokio::task::spawn_blocking(move || command.stdin(Stdio::null()).output().unwrap()).await.unwrap();
        is_over.store(true, Relaxed);
        last
    };
    let (last, written) = tokio::join!(rotations, server);
    assert!(last.status.success(), "{}", err(&last));
    assert_eq!(left(&db).await, 0);
    db.close().await;

    let db = open(&machine, &[2]).await;
    let mut tx = db.write().await.unwrap();
    let all = crate::support::claim(&mut tx, at(MONDAY), written + 1).await.unwrap();
    assert_eq!(all.len(), written);
    for row in all {
        assert!(row.card.summary.starts_with("card "));
    }
    drop(tx);
    db.close().await;
    assert_refused(&run(&machine, &[1], &["outbox", "list"]), 2, &["TRAILMARK_KEY"]);
    let verified = says(&machine, &[2], &["audit", "verify"]);
    assert!(verified.contains("The log is whole"), "{verified}");
}

#[tokio::test]
async fn the_audit_command_names_what_was_touched() {
    let machine = Machine::new();
    for _ in 0..3 {
        says(&machine, &[1], &["admin", "bootstrap"]);
    }
    let said = says(&machine, &[1], &["audit", "verify"]);
    assert!(said.contains("whole: 4 rows, every one signed with a key"), "{said}");
    let noted = said.trim_end().rsplit(' ').next().unwrap().to_owned();
    says(&machine, &[1], &["audit", "verify", "--noted", &noted]);
    let list: serde_json::Value = serde_json::from_str(&says(&machine, &[1], &["audit", "list", "--json"])).unwrap();
    let actions: Vec<&str> = list.as_array().unwrap().iter().map(|it| it["action"].as_str().unwrap()).collect();
    assert_eq!(actions, ["code.made", "code.made", "code.made", "key.added"]);

    let db = open(&machine, &[1]).await;
    let mut tx = db.write().await.unwrap();
    tamper(&mut tx, "UPDATE audit SET actor = 'person 7' WHERE id = 3").await;
    tx.commit().await.unwrap();
    db.close().await;
    let output = run(&machine, &[1], &["audit", "verify", "--json"]);
    assert_eq!(output.status.code(), Some(1));
    let found: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (found["ok"].as_bool(), found["broken"]["row"].as_i64(), found["rows"].as_i64()),
        (Some(false), Some(3), Some(2))
    );
    let doctor = String::from_utf8_lossy(&run(&machine, &[1], &["doctor"]).stdout).into_owned();
    assert!(doctor.contains("problem  audit log") && doctor.contains("row 3"), "{doctor}");
    assert_refused(&run(&machine, &[1], &["audit", "verify", "--noted", "x"]), 2, &["--noted"]);
}
