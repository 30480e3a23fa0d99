//! What is stored about one person: all of it is shown to them, and all of it can go.

use crate::{
    cli::{ALONE, Machine},
    databases::{Database, peek, tamper},
    scripted::{address, world},
    support::{MONDAY, Office, at},
};
use std::collections::BTreeSet;
use trailmark::{
    commands::erasure,
    domain::{
        audit::Actor,
        id::{OpportunityId, PersonId},
        mentoring::Mentoring,
        opportunity::ApplicationState,
        programme::Programme,
    },
    message::{Address, Card, MessageRef, Platform},
    store::{
        Db, Tx, applications, keys,
        outbox::{self, Draft, Refresh},
        people,
        privacy::{self, By, PLACES, Shown},
    },
};

/// `table column type` of every column.
async fn columns(tx: &mut Tx) -> Vec<[String; 3]> {
    let statement = match tx {
        Tx::Sqlite(_) => {
            "SELECT m.name || ' ' || p.name || ' ' || p.type FROM sqlite_master m JOIN pragma_table_info(m.name) p
             WHERE m.type = 'table' AND m.name NOT LIKE '\\_%' ESCAPE '\\' ORDER BY m.name, p.cid"
        }
        Tx::Postgres(_) => {
            "SELECT table_name || ' ' || column_name || ' ' || CASE udt_name WHEN 'int8' THEN 'BIGINT' WHEN 'bool' THEN 'BOOLEAN' ELSE upper(udt_name) END
             FROM information_schema.columns WHERE table_schema = current_schema() AND table_name NOT LIKE '\\_%' ORDER BY table_name, ordinal_position"
        }
    };
    let all = peek(tx, statement).await;
    all.iter().map(|line| line.split(' ').map(str::to_owned).collect::<Vec<_>>().try_into().unwrap()).collect()
}

/// `table column` of everything that refers to a person or an account.
async fn references(tx: &mut Tx) -> Vec<String> {
    let statement = match tx {
        Tx::Sqlite(_) => {
            "SELECT m.name || ' ' || f.\"from\" FROM sqlite_master m JOIN pragma_foreign_key_list(m.name) f
             WHERE m.type = 'table' AND f.\"table\" IN ('person', 'account')"
        }
        Tx::Postgres(_) => {
            "SELECT c.conrelid::regclass || ' ' || a.attname FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = ANY (c.conkey)
             WHERE c.contype = 'f' AND c.confrelid::regclass::text IN ('person', 'account')"
        }
    };
    peek(tx, statement).await
}

/// A column of this name is about somebody, whichever table it is in.
fn names_somebody(column: &str, kind: &str) -> bool {
    let names = [
        "person_id",
        "owner_id",
        "manager_id",
        "report_id",
        "mentor_id",
        "user_id",
        "actor",
        "audience",
        "recipient",
        "subject",
        "target",
        "email",
    ];
    (column.ends_with("_by") && kind == "BIGINT") || names.contains(&column)
}

#[tokio::test]
async fn every_column_that_names_a_person_is_exported_and_erased() {
    let office = Office::open().await;
    let mut tx = office.db.read().await.unwrap();
    let columns = columns(&mut tx).await;
    let mut wanted: BTreeSet<String> = references(&mut tx).await.into_iter().collect();
    assert!(wanted.len() > 15, "{wanted:?}");
    wanted.extend(
        columns
            .iter()
            .filter(|it| names_somebody(&it[1], &it[2]))
            .map(|[table, column, _]| format!("{table} {column}")),
    );
    wanted.remove("person email");
    let there: BTreeSet<String> = PLACES.iter().map(|it| format!("{} {}", it.table, it.column)).collect();
    assert_eq!(there.len(), PLACES.len());
    let missing: Vec<_> = wanted.difference(&there).collect();
    assert_eq!(missing, Vec::<&String>::new(), "decide in store::privacy::PLACES, and say so in docs/privacy.md");
    let known: BTreeSet<String> = columns.iter().map(|[table, column, _]| format!("{table} {column}")).collect();
    assert_eq!(there.difference(&known).collect::<Vec<_>>(), Vec::<&String>::new(), "these are gone");
    for place in PLACES {
        let is_there = |column: &&str| known.contains(&format!("{} {column}", place.table));
        if let Shown::As(_, named) | Shown::Only(_, named) = place.shown {
            assert_eq!(named.iter().find(|it| !is_there(it)), None, "{place:?}");
        }
    }
}

const CANARY: &str = "zebracanary";

/// Columns of rows that stay: codes, figures and labels of ours, and what is the company's, not a person's.
const CODES: &[&str] = &[
    "application: state",
    "channel: channel_id digest name platform tenant time_zone",
    "company_skill: aliases key name related",
    "conversation: manager_says report_says window_label",
    "delivery: delivery kind occurrence platform reason response state subject tenant",
    "event: data kind subject",
    "instance: delivery_secret generation",
    "opportunity: closed_reason kind",
    "person_role: role",
    // Not text of anybody's, but what makes a row one of this person's.
    "account: platform",
    "refresh: platform",
    "exposure: audience",
    "inbound_seen: key",
    "slot: subject",
];

fn is_code(table: &str, column: &str) -> bool {
    CODES.iter().any(|line| {
        let (of, names) = line.split_once(": ").unwrap();
        of == table && names.split(' ').any(|name| name == column)
    })
}

struct Scene {
    office: Office,
    url: String,
    victim: PersonId,
    other: PersonId,
    post: OpportunityId,
}

/// Everywhere something is stored about the victim, with the canary in every text that is not a code.
async fn planted() -> Scene {
    let database = Database::usual(at(MONDAY)).await;
    let mut tx = database.db.write().await.unwrap();
    for table in ["sealing_key", "audit_secret", "audit"] {
        tamper(&mut tx, &format!("DELETE FROM {table}")).await;
    }
    tamper(&mut tx, "UPDATE instance SET delivery_secret = 'plain'").await;
    tamper(&mut tx, "UPDATE audit_head SET length = 0, hash = '', seal = ''").await;
    tx.commit().await.unwrap();
    // Without a key words are stored as they are, so that looking finds them.
    let db = keys::unlock(database.db.clone(), &[], at(MONDAY)).await.unwrap();
    let url = database.url.clone();
    let office = Office::on(database.with(db)).await;
    let other = office.hire("Olga Other", "Data", None).await;
    let victim = office
        .hire_with(&format!("Vic{CANARY} Tim{CANARY}"), CANARY, Some(other), |person| {
            person.email = Some(format!("{CANARY}@example.com"));
            person.title = CANARY.into();
            person.location = CANARY.into();
            person.locale = Some(CANARY.into());
            person.have = vec![CANARY.into()];
            person.want = vec![CANARY.into()];
            person.wished_role = CANARY.into();
            person.mentoring = Some(Box::new(Mentoring {
                skills: vec![CANARY.into()],
                capacity: 1,
                ways: vec![],
                note: CANARY.into(),
            }));
        })
        .await;
    let report = office.hire("Rea Port", "Data", Some(victim)).await;
    let post = office.project(other, "Exporter", |_| {}).await;
    let own = office.project(victim, CANARY, |post| post.summary = CANARY.into()).await;
    let mut tx = office.db.write().await.unwrap();
    let columns = columns(&mut tx).await;
    for (number, place) in (100..).zip(PLACES) {
        if ["person", "audit", "instance", "opportunity"].contains(&place.table) || place.by == By::Account {
            continue;
        }
        let names: Vec<&str> = columns.iter().filter(|it| it[0] == place.table).map(|it| it[1].as_str()).collect();
        let value = |[table, column, kind]: &[String; 3]| match (column.as_str(), kind.as_str(), place.by) {
            (column, _, By::Number) if column == place.column => victim.0.to_string(),
            (column, _, By::Words) if column == place.column => format!("'person {}'", victim.0),
            (column, _, By::Subject) if column == place.column => format!("'conversation {number} {}'", victim.0),
            (column, _, By::Key) if column == place.column => format!("'post {} {CANARY}'", victim.0),
            (column, _, By::Screen) if column == place.column => {
                format!("'home U{}'", format!("vic{CANARY}").to_uppercase())
            }
            ("platform", ..) => "'slack'".to_owned(),
            ("opportunity_id", ..) => post.0.to_string(),
            // Shown elsewhere, where the same row names them in another column.
            ("report_id" | "person_id", ..) if place.shown == Shown::Elsewhere => victim.0.to_string(),
            ("manager_id" | "report_id" | "mentor_id" | "person_id", ..) => other.0.to_string(),
            ("thread_of", ..) => "NULL".to_owned(),
            ("state", ..) if table == "delivery" => "'pending'".to_owned(),
            ("manager_says" | "report_says", ..) => "'held'".to_owned(),
            ("card", ..) => format!("'{{\"summary\":\"{CANARY}\",\"blocks\":[]}}'"),
            (column, "TEXT", _) if is_code(table, column) => format!("'code {number}'"),
            (_, "TEXT", _) => format!("'{CANARY} {number}'"),
            ("aliases" | "related", ..) => "'[]'".to_owned(),
            (column, "JSONB", _) if is_code(table, column) => "'{}'".to_owned(),
            (_, "JSONB", _) => format!("'{{\"a\":[\"{CANARY}\"]}}'"),
            (_, "BIGINT", _) => number.to_string(),
            (_, "BOOLEAN", _) => "TRUE".to_owned(),
            (_, "TIMESTAMPTZ", _) => "'2026-05-04T08:00:00.123+00:00'".to_owned(),
            (_, "DATE", _) => "'2026-05-04'".to_owned(),
            other => panic!("{table}.{column}: say here what stands in {other:?}"),
        };
        let all: Vec<String> = columns.iter().filter(|it| it[0] == place.table).map(value).collect();
        let statement = format!("INSERT INTO {} ({}) VALUES ({})", place.table, names.join(", "), all.join(", "));
        tamper(&mut tx, &statement).await;
    }
    tamper(&mut tx, &format!("UPDATE instance SET activated_by = {}", victim.0)).await;
    // What others are told about the victim, and what is on their screens.
    let address = people::addresses(&mut tx, other).await.unwrap().remove(0);
    let told = |occurrence: &str, words: String| {
        Draft::notice(&address, other, "applicant", post.to_string(), occurrence, Card::saying(words), at(MONDAY))
    };
    for (number, words) in
        [format!("Vic{CANARY} Tim{CANARY} wrote: {CANARY}"), format!("Look at {CANARY}"), format!("Ask vic{CANARY}")]
            .into_iter()
            .enumerate()
    {
        outbox::enqueue(&mut tx, &told(&format!("x{number}"), words), at(MONDAY)).await.unwrap();
    }
    // Their words, without their name.
    outbox::enqueue(&mut tx, &told(&format!("{}.1", victim.0), format!("It says {CANARY}2.")), at(MONDAY))
        .await
        .unwrap();
    outbox::enqueue(&mut tx, &told("untouched", "Nothing of theirs".to_owned()), at(MONDAY)).await.unwrap();
    tamper(&mut tx, "UPDATE delivery SET state = 'sent' WHERE occurrence = 'x2'").await;
    let message = MessageRef { platform: Platform::Slack, conversation: "C1".into(), id: "1".into() };
    let screen = Refresh::Message { message, card: Card::saying(format!("{CANARY} here")) };
    outbox::refresh(&mut tx, &screen, at(MONDAY)).await.unwrap();
    // Somebody waits for an answer about the victim's post.
    let application = trailmark::store::applications::Application {
        post: own,
        person: report,
        note: "Mine".into(),
        availability: String::new(),
        state: ApplicationState::Waiting,
        reason: String::new(),
        reply_by: None,
        applied_at: at(MONDAY),
        decided_at: None,
        version: 1,
    };
    applications::apply(&mut tx, &application).await.unwrap();
    tx.commit().await.unwrap();
    office.live.refresh().await.unwrap();
    Scene { office, url, victim, other, post }
}

/// How often the canary stands anywhere in the database, and in its files.
async fn found(db: &Db, url: &str) -> Vec<String> {
    let mut tx = db.read().await.unwrap();
    let columns = columns(&mut tx).await;
    let mut found = Vec::new();
    for [table, column, _] in &columns {
        let rows = peek(
            &mut tx,
            &format!(
                "SELECT CAST({column} AS TEXT) FROM {table} WHERE lower(CAST({column} AS TEXT)) LIKE '%{CANARY}%'"
            ),
        )
        .await;
        found.extend(rows.into_iter().map(|text| format!("{table}.{column}: {text}")));
    }
    drop(tx);
    if let Some(path) = url.strip_prefix("sqlite://") {
        for end in ["", "-wal", "-shm"] {
            let bytes = std::fs::read(format!("{path}{end}")).unwrap_or_default().to_ascii_lowercase();
            let times = bytes.windows(CANARY.len()).filter(|it| *it == CANARY.as_bytes()).count();
            if times > 0 {
                found.push(format!("{times} in the file {end}"));
            }
        }
    }
    found
}

async fn erase(office: &Office, person: PersonId) -> bool {
    let preview = erasure::preview(&office.db, person).await.unwrap().unwrap();
    let address = Address::new(Platform::Slack, "");
    erasure::erase(&office.ctx(person, &address, None, false), preview, Actor::Operator).await.unwrap()
}

#[tokio::test]
async fn everything_about_a_person_is_shown_and_then_found_nowhere() {
    let scene = planted().await;
    let Scene { office, url, victim, other, post } = &scene;
    let before = found(&office.db, url).await;
    assert!(before.len() > 40, "{before:#?}");
    let mut tx = office.db.read().await.unwrap();
    let who = privacy::who(&mut tx, *victim).await.unwrap().unwrap();
    let dossier = privacy::export(&mut tx, &who).await.unwrap();
    drop(tx);
    let all: BTreeSet<&str> = dossier.sections.iter().map(|section| section.name).collect();
    assert_eq!(all.len(), dossier.sections.len(), "two sections have one name");
    let empty: Vec<&str> =
        dossier.sections.iter().filter(|section| section.rows.is_empty()).map(|section| section.name).collect();
    assert_eq!(empty, ["who_looked_at_or_changed_what_is_yours", "what_you_looked_at_or_changed"]);
    let row = |section: &str| {
        dossier.sections.iter().find(|it| it.name == section).unwrap().rows[0].as_object().unwrap().clone()
    };
    let profile = row("profile");
    for column in ["name", "email", "department", "title", "location", "have", "want", "wished_role", "mentoring"] {
        assert!(profile[column].to_string().contains(CANARY), "{column}");
    }
    for (section, column) in [
        ("unfinished_forms", "contents"),
        ("applications", "note"),
        ("applications", "availability"),
        ("help_you_asked_for", "note"),
        ("messages_to_you", "text"),
        ("posts", "summary"),
        ("career_conversations", "skip_reason"),
    ] {
        assert!(row(section)[column].to_string().contains(CANARY), "{section}.{column}");
    }
    assert_eq!(row("applications")["post"], format!("{post} Exporter"));
    assert_eq!(row("help_you_asked_for")["mentor"], "Olga Other");

    assert!(erase(office, *victim).await);
    privacy::scrub(&office.db).await.unwrap();
    assert_eq!(found(&office.db, url).await, Vec::<String>::new());
    let left = office.cards(&office.address(*other).await.id).await;
    let left: Vec<&str> = left.iter().map(|card| card.summary.as_str()).collect();
    assert_eq!(left, ["Nothing of theirs"]);
    let mut tx = office.db.read().await.unwrap();
    assert_eq!(privacy::who(&mut tx, *victim).await.unwrap(), None);
    let again = privacy::holds(&mut tx, &who).await.unwrap();
    let again: Vec<_> = again.iter().filter(|it| it.place.fate == privacy::Fate::Goes).map(|it| it.section).collect();
    assert_eq!(again, Vec::<&str>::new());
}

#[tokio::test]
async fn a_server_forgets_what_is_old_once_a_day_however_much_it_is_and_keeps_the_ledger() {
    const MANY: usize = 1_201;
    let world = world(Programme::default(), vec![]).await;
    let draft =
        |n: usize| Draft::notice(&address(), world.ana, "answer", "", n.to_string(), Card::saying("old"), world.now);
    let drafts: Vec<Draft> = (0..MANY).map(draft).collect();
    let mut tx = world.engine.db().write().await.unwrap();
    outbox::enqueue_all(&mut tx, &drafts.iter().collect::<Vec<_>>(), world.now).await.unwrap();
    tamper(&mut tx, "UPDATE delivery SET state = 'sent', settled_at = created_at").await;
    tx.commit().await.unwrap();
    let texts = async || {
        let mut tx = world.engine.db().read().await.unwrap();
        peek(&mut tx, "SELECT CAST(id AS TEXT) FROM delivery WHERE CAST(card AS TEXT) <> 'null'").await.len()
    };
    let days = |days| world.now + chrono::Duration::days(days);
    world.engine.upkeep(days(179)).await.unwrap();
    assert_eq!(texts().await, MANY);
    world.engine.upkeep(days(181)).await.unwrap();
    assert_eq!(texts().await, 0);
    let mut tx = world.engine.db().read().await.unwrap();
    assert_eq!(outbox::ledger(&mut tx, world.ana, world.now).await.unwrap().len(), MANY);
    // What says nothing any more is not called readable, nor encrypted anew.
    let counted = keys::census(&mut tx).await.unwrap();
    assert!(!counted.keys().any(|(table, _)| *table == "delivery"), "{counted:?}");
    drop(tx);
    world.engine.upkeep(days(396)).await.unwrap();
    let mut tx = world.engine.db().read().await.unwrap();
    assert_eq!(outbox::ledger(&mut tx, world.ana, world.now).await.unwrap().len(), 0);
}

#[test]
fn whoever_runs_their_own_cron_forgets_too_and_the_doctor_says_when() {
    let machine = Machine::new().with_company();
    let says = |arguments: &[&str]| String::from_utf8(machine.run_with(arguments, &ALONE).stdout).unwrap();
    assert!(says(&["doctor"]).contains("notes 365, unfinished forms 90; not seen to yet"));
    says(&["tick", "--now", "2026-05-12T10:00:00Z"]);
    let said = says(&["doctor"]);
    assert!(said.contains("last seen to on 2026-05-12: nothing was old enough"), "{said}");
}
