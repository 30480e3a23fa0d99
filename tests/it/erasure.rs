//! Somebody is erased, on the terminal and beside others who go on: what they are told, and that nobody comes back unasked.

use crate::{
    cli::{ALONE, Machine, Running, assert_refused, err},
    scripted::{World, world},
    support::{Office, at, button, card, form, refusal, values},
};
use serde_json::Value;
use std::process::{Output, Stdio};
use trailmark::{
    app::import,
    commands::erasure,
    domain::{
        audit::{Act, Actor, Note},
        id::PersonId,
        opportunity::ApplicationState,
        programme::Programme,
    },
    message::{
        Address, Inbound, InboundKind, Platform, Reply,
        inbound::{Handle, Profile},
    },
    store::{Db, applications, audit, conversations, people, privacy},
};

async fn erase(office: &Office, person: PersonId) -> bool {
    let Some(preview) = erasure::preview(&office.db, person).await.unwrap() else { return false };
    let address = Address::new(Platform::Slack, "");
    erasure::erase(&office.ctx(person, &address, None, false), preview, Actor::Operator).await.unwrap()
}

#[tokio::test]
async fn an_open_post_of_somebody_erased_is_closed_and_everybody_who_waits_is_told() {
    let office = Office::open().await;
    let ada = office.hire("Ada Byron", "Data", None).await;
    let bo = office.hire("Bo Li", "Data", Some(ada)).await;
    let post = office.project(ada, "Secret plans", |_| {}).await;
    let asking = form(office.says(bo, &format!("interested {post}")).await);
    card(office.submits(bo, &asking, &values(&[("note", "Mine")])).await);
    let preview = erasure::preview(&office.db, ada).await.unwrap().unwrap();
    assert_eq!((preview.open_posts.as_slice(), preview.waiting), (&[post][..], 1));
    assert!(preview.goes().any(|(what, rows)| (what.as_str(), rows) == ("accounts", 1)));
    assert!(preview.stays_nameless().any(|(what, _)| what == "posts"));

    assert!(erase(&office, ada).await);
    assert!(!erase(&office, ada).await, "there is nobody left");
    let told = office.told(bo).await.join("\n");
    assert!(told.contains(&format!("{post}")) && told.contains("whoever offered it is no longer here"), "{told}");
    assert!(!told.contains("Secret plans"), "{told}");
    let mut tx = office.db.read().await.unwrap();
    let theirs = applications::find(&mut tx, post, bo).await.unwrap().unwrap();
    assert_eq!((theirs.state, theirs.note.as_str()), (ApplicationState::Declined, "Mine"), "bo's words are bo's");
    drop(tx);
    let applied = card(office.says(bo, "applied").await).to_plain();
    assert!(applied.contains("A removed post"), "{applied}");
    assert_eq!(office.person(bo).manager, None);
}

#[tokio::test]
async fn what_happened_is_still_counted_and_named_to_nobody() {
    let office = Office::open().await;
    let ada = office.hire("Ada Byron", "Data", None).await;
    let bo = office.hire("Bo Li", "Data", Some(ada)).await;
    let post = office.project(ada, "Exporter", |_| {}).await;
    let mut tx = office.db.write().await.unwrap();
    let held = conversations::ensure(&mut tx, ada, bo, "2026-Q1", office.now).await.unwrap();
    for who in [ada, bo] {
        let said = trailmark::domain::conversation::Claim::Held;
        conversations::claim(&mut tx, held.id, who, said, office.now).await.unwrap();
    }
    let planned = conversations::ensure(&mut tx, ada, bo, "2026-Q2", office.now).await.unwrap();
    conversations::plan_at(&mut tx, planned.id, planned.version, at("2026-05-20T08:00:00Z"), bo).await.unwrap();
    tx.commit().await.unwrap();
    let asking = form(office.says(bo, &format!("interested {post}")).await);
    card(office.submits(bo, &asking, &values(&[("note", "please")])).await);
    card(office.says(ada, &format!("applicants {post}")).await);
    let report = async || card(office.says(ada, "applicants").await).to_plain();
    assert!(report().await.contains("Bo Li"));

    assert!(erase(&office, bo).await);
    let after = report().await;
    assert!(after.contains("A former colleague · took it back") && !after.contains("Bo Li"), "{after}");
    let mut tx = office.db.read().await.unwrap();
    let standing: Vec<(bool, bool)> = conversations::of_person(&mut tx, ada)
        .await
        .unwrap()
        .iter()
        .map(|it| (it.standing() == trailmark::domain::conversation::Standing::Held, it.planned_at.is_some()))
        .collect();
    assert_eq!(standing, [(false, false), (true, false)], "what was planned is off; what was held was");
    drop(tx);
    refusal(office.says(ada, "team").await);
    let verdict = audit::verify(&office.db, None).await.unwrap();
    assert_eq!(verdict.broken, None);
    let mut tx = office.db.read().await.unwrap();
    let last = audit::newest(&mut tx, Some(bo), 1).await.unwrap().remove(0);
    assert_eq!((last.action.as_str(), last.actor.as_str()), (Act::PersonErased.as_str(), "operator"));
    assert!(!office.live.read().people().iter().any(|person| person.name.contains("Bo")));
    assert!(office.live.read().person_at(&Address::new(Platform::Slack, "UBO")).is_none());
    drop(tx);
    refusal(office.says(ada, "team add Bo Li").await);
}

#[tokio::test]
async fn a_file_does_not_bring_somebody_back_and_says_which_line_would_have() {
    let office = Office::open().await;
    let ada = office.hire("Ada Byron", "Data", None).await;
    assert!(erase(&office, ada).await);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("people.csv");
    let file = "email,name,manager_email,slack_id\nbo@example.com,Bo Li,ada@example.com,\nADA@example.com,Ada Byron,,\n\
                ada2@example.com,Ada Again,,UADA\n";
    std::fs::write(&path, file).unwrap();
    let brought = async || import::people(&office.db, &path, import::Options::default(), office.now).await.unwrap();
    let outcome = brought().await;
    let refused: Vec<(u64, bool)> = outcome
        .refused
        .iter()
        .map(|it| (it.line, it.reason.contains("was erased") && it.reason.contains("--allow-again")))
        .collect();
    assert_eq!(refused, [(3, true), (4, true)], "{outcome:?}");
    assert_eq!((outcome.added, outcome.notes.len()), (1, 1), "bo goes in without a manager: {outcome:?}");
    let mut tx = office.db.write().await.unwrap();
    assert!(privacy::allow_again(&mut tx, "ada@example.com").await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(brought().await.refused, []);
    let mut tx = office.db.read().await.unwrap();
    assert_ne!(
        people::find_by_email(&mut tx, "ada@example.com").await.unwrap(),
        Some(ada),
        "a new person, not the old row"
    );
}

fn typed(user: &str) -> Inbound {
    Inbound {
        key: None,
        platform: Platform::Slack,
        tenant: "T1".into(),
        actor: Some(Address::new(Platform::Slack, user)),
        is_stranger: false,
        place: None,
        kind: InboundKind::Command { text: "skills have SQL".into() },
        handle: Handle::default(),
    }
}

async fn says(world: &World, user: &str) -> String {
    match world.engine.receive(&typed(user), world.now).await.unwrap() {
        Reply::Private(card) | Reply::Replace(card) => card.to_plain(),
        other => panic!("{other:?}"),
    }
}

async fn erase_ana(world: &World) {
    let preview = erasure::preview(world.engine.db(), world.ana).await.unwrap().unwrap();
    let (address, programme) = (crate::scripted::address(), Programme::default());
    let showings = trailmark::store::showings::Showings::default();
    let ctx = trailmark::commands::Ctx {
        db: world.engine.db(),
        live: world.engine.live(),
        showings: &showings,
        programme: &programme,
        now: world.now,
        person: world.ana,
        address: &address,
        place: None,
        tenant: trailmark::store::outbox::HOME_TENANT,
        is_press: false,
    };
    assert!(erasure::erase(&ctx, preview, Actor::Operator).await.unwrap());
}

async fn everybody(db: &Db) -> Vec<String> {
    let mut tx = db.read().await.unwrap();
    crate::databases::peek(&mut tx, "SELECT name || COALESCE(email, '') || CAST(have AS TEXT) FROM person ORDER BY id")
        .await
}

#[tokio::test]
async fn whoever_was_erased_is_not_met_again_by_typing() {
    let world = world(Programme::default(), vec![]).await;
    erase_ana(&world).await;
    let said = says(&world, "U1").await;
    assert!(said.contains("was erased") && said.contains("nothing was stored"), "{said}");
    assert_eq!(everybody(world.engine.db()).await, ["[]"], "the number, and nothing else");
    // The same person with an account that was not known: met, and forgotten as soon as the platform says who it is.
    let profile = Profile {
        user: "U2".into(),
        name: "Ana Example".into(),
        email: Some("Ana@example.com".into()),
        is_active: true,
        ..Profile::default()
    };
    world.chat.profiles.lock().unwrap().insert("U2".into(), profile);
    says(&world, "U2").await;
    world.engine.upkeep(world.now).await.unwrap();
    let mut everybody_now = everybody(world.engine.db()).await;
    everybody_now.retain(|it| it != "[]");
    assert_eq!(everybody_now, Vec::<String>::new());
    assert!(says(&world, "U2").await.contains("was erased"));
}

fn says_on(machine: &Machine, arguments: &[&str]) -> Output {
    machine.command(arguments, &[]).stdin(Stdio::null()).output().unwrap()
}

#[test]
fn an_export_is_json_of_one_person_and_nobody_else_and_is_noted() {
    let machine = Machine::new().with_company();
    for named in ["bo@x.example", "U2", "2"] {
        let told = machine.json(&["export-person", named]);
        assert_eq!(told["stored"]["profile"][0]["email"], "bo@x.example", "{named}: {told}");
        assert_eq!(told["stored"]["accounts"][0]["user_id"], "U2");
        assert!(told["left_out"].as_str().unwrap().contains("Other people's words"));
    }
    let hers = machine.json(&["export-person", "ada@x.example"]);
    assert_eq!(hers["stored"]["people_who_report_to_you"][0]["id"], 2);
    assert_eq!(hers["stored"]["posts"].as_array().unwrap().len(), 2);
    assert!(!hers.to_string().contains("bo@x.example"), "{hers}");
    assert_refused(&machine.run(&["export-person", "nobody@x.example"]), 1, &["nobody@x.example", "people file"]);
    let noted = machine.json(&["audit", "list", "--json"]);
    let noted = noted.as_array().unwrap().iter().filter(|it| it["action"] == "person.exported").count();
    assert_eq!(noted, 4);
}

#[test]
fn an_erasure_shows_what_goes_asks_and_works_beside_a_running_server() {
    let machine = Machine::new().with_company();
    let server = Running::once_ready(&mut machine.command(&["serve"], &ALONE));
    let asked = says_on(&machine, &["erase-person", "ada@x.example"]);
    assert_refused(&asked, 2, &["--yes", "nothing was erased"]);
    let shown = String::from_utf8(asked.stdout).unwrap();
    for words in ["Ada Byron", "1  accounts", "2  posts", "P-142, P-143", "another owner"] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    assert_eq!(machine.json(&["export-person", "U1"])["name"], "Ada Byron", "nothing was changed");
    let done = says_on(&machine, &["erase-person", "ada@x.example", "--yes"]);
    let said = String::from_utf8_lossy(&done.stdout).into_owned();
    assert!(done.status.success() && said.contains("Erased.") && said.contains("backup"), "{said}{}", err(&done));
    for end in ["", "-wal"] {
        let bytes = std::fs::read(machine.path(&format!("trailmark.db{end}"))).unwrap_or_default();
        for words in ["Ada Byron", "ada@x.example", "Rust exporter"] {
            assert!(!bytes.windows(words.len()).any(|it| it == words.as_bytes()), "{words} is in the file {end}");
        }
    }
    drop(server);
    for arguments in [&["export-person", "ada@x.example"][..], &["erase-person", "U1", "--yes"]] {
        assert_refused(&machine.run(arguments), 1, &["was erased on", "nothing is stored"]);
    }
    let again = machine.run(&["import", "people", "people.csv"]);
    assert_refused(&again, 1, &["line 2: refused: ada@x.example was erased"]);
    assert_refused(&machine.run(&["erase-person", "x@x.example", "--yes"]), 1, &["nobody here"]);
    assert!(machine.says(&["audit", "verify"]).contains("whole"));
    assert_refused(&machine.run(&["erase-person", "x@x.example", "--allow-again"]), 1, &["nothing to allow"]);
    machine.says(&["erase-person", "ada@x.example", "--allow-again"]);
    machine.says(&["import", "people", "people.csv"]);
    let found: Value = machine.json(&["export-person", "ada@x.example"]);
    assert_eq!(found["stored"]["posts"], serde_json::json!([]));
}

#[test]
fn a_restored_backup_does_not_bring_somebody_back() {
    let machine = Machine::new().with_company();
    machine.says(&["backup", "before.db"]);
    machine.says(&["erase-person", "ada@x.example", "--yes"]);
    let said = machine.says(&["restore", "before.db", "--yes"]);
    assert!(said.contains("1 of the people in it had been erased since"), "{said}");
    assert!(!said.contains("may be back"), "{said}");
    assert_refused(&machine.run(&["export-person", "U1"]), 1, &["was erased on"]);
    assert_eq!(machine.json(&["export-person", "U2"])["name"], "Bo Li");
    assert!(machine.says(&["erase-person", "--again"]).contains("Nobody who was erased is here"));
    // Put back by hand, where nothing remembers: that is said.
    std::fs::copy(machine.path("before.db"), machine.path("trailmark.db")).unwrap();
    assert!(machine.says(&["restore", "--by-hand"]).contains("may be back in it: erase them again"));
    assert_eq!(machine.json(&["export-person", "U1"])["name"], "Ada Byron");
    let acts = machine.json(&["audit", "list", "--json"]);
    let acts: Vec<&str> = acts.as_array().unwrap().iter().map(|it| it["action"].as_str().unwrap()).collect();
    assert_eq!(acts, ["person.exported", "backup.restored"], "the log is the copy's own");
}

#[tokio::test]
async fn backups_exports_and_restores_are_noted_and_the_doctor_sees_who_came_back() {
    let machine = Machine::new().with_company();
    machine.says(&["erase-person", "ada@x.example", "--yes"]);
    machine.says(&["backup", "copy.db"]);
    machine.says(&["restore", "copy.db", "--yes"]);
    let acts = machine.json(&["audit", "list", "--json"]);
    let acts: Vec<&str> = acts.as_array().unwrap().iter().map(|it| it["action"].as_str().unwrap()).collect();
    assert_eq!(
        acts,
        ["backup.restored", "person.erased"],
        "the note of a backup is in the database, not in the backup"
    );
    let doctor = || String::from_utf8(machine.run(&["doctor"]).stdout).unwrap();
    assert!(doctor().contains("ok       erased people"), "{}", doctor());
    let db = Db::open(&format!("sqlite://{}", machine.path("trailmark.db").display())).await.unwrap();
    let mut tx = db.write().await.unwrap();
    crate::databases::tamper(&mut tx, "UPDATE person SET email = 'ada@x.example', erased_at = NULL WHERE id = 1").await;
    tx.commit().await.unwrap();
    db.close().await;
    let said = doctor();
    assert!(said.contains("problem  erased people") && said.contains("erase-person --again"), "{said}");
    assert!(machine.says(&["erase-person", "--again"]).contains("1 person who had been erased"));
    assert!(doctor().contains("ok       erased people"));
}

#[tokio::test]
async fn in_chat_everybody_sees_what_is_stored_and_erases_it_by_one_button_after_a_look() {
    let office = Office::open().await;
    let ada = office.hire("Ada Byron", "Data", None).await;
    let bo = office
        .hire_with("Bo Li", "Data", Some(ada), |bo| {
            bo.wished_role = "Beekeeper".into();
            bo.have = vec!["Rust".into()];
        })
        .await;
    let post = office.project(ada, "Exporter", |_| {}).await;
    let asking = form(office.says(bo, &format!("interested {post}")).await);
    card(office.submits(bo, &asking, &values(&[("note", "please")])).await);
    card(office.says(ada, "team").await);
    let shown = card(office.says(bo, "my-data").await);
    let said = shown.to_plain();
    for words in [
        "Would like to be: Beekeeper",
        "Can: Rust",
        "Accounts: 1 · until you change or erase it",
        "Applications: 1 · until you erase it, your note 365 days after the answer",
        "Ada Byron: where your career conversations stand",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    assert!(!card(office.says(ada, "my-data").await).to_plain().contains("Beekeeper"));
    let mut tx = office.db.write().await.unwrap();
    let exported = Note::by(Actor::Operator, Act::PersonExported).about(bo);
    audit::note(&mut tx, office.now, exported).await.unwrap();
    tx.commit().await.unwrap();
    let said = card(office.says(bo, "privacy").await).to_plain();
    assert!(said.contains("whoever runs the server: everything that is stored about you"), "{said}");

    let asked = card(office.presses(bo, &button(&shown, "Erase everything about me")).await);
    let said = asked.to_plain();
    assert!(said.contains("Accounts: 1") && said.contains("Stays for others"), "{said}");
    // Typed, it only shows once more what would go.
    let typed = card(office.says(bo, "forget-me now").await);
    assert_eq!(typed, asked);
    assert_eq!(office.person(bo).name, "Bo Li");
    let erasing = asked.all_buttons().find(|button| button.label == "Erase everything about me").unwrap();
    assert!(erasing.confirm.is_some());
    office.showings.note(bo, trailmark::store::showings::Surface::Home, [post], "2026-05-04".parse().unwrap());
    // The address is asked for before nobody has it.
    let address = office.address(bo).await;
    let press = async || trailmark::commands::press(&office.ctx(bo, &address, None, true), &erasing.action).await;
    assert!(card(press().await).to_plain().contains("everything about you is erased"));
    assert!(refusal(press().await).contains("Nothing is stored"));
    office.showings.write(&office.db).await.unwrap();
    let mut tx = office.db.read().await.unwrap();
    assert_eq!(
        crate::databases::peek(&mut tx, "SELECT surface FROM showing WHERE person_id = 2").await,
        Vec::<String>::new()
    );
    let last = audit::newest(&mut tx, Some(bo), 1).await.unwrap().remove(0);
    assert_eq!((last.action.as_str(), last.actor), (Act::PersonErased.as_str(), format!("person {}", bo.0)));
}

#[tokio::test]
async fn opening_a_home_that_shows_ones_team_is_a_look_that_they_can_see() {
    let office = Office::open().await;
    let ada = office.hire("Ada Byron", "Data", None).await;
    let bo = office.hire("Bo Li", "Data", Some(ada)).await;
    let looked = async || card(office.says(bo, "privacy").await).to_plain();
    // It is drawn anew by itself: nobody looked.
    office.home(ada).await;
    assert!(looked().await.contains("Who looked at what is yours: nobody"));
    let address = office.address(ada).await;
    for _ in 0..2 {
        trailmark::commands::home::opened(&office.ctx(ada, &address, None, false)).await.unwrap();
    }
    let said = looked().await;
    assert_eq!(said.matches("Ada Byron: where your career conversations stand").count(), 1, "{said}");
}
