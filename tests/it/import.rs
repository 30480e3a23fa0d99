//! Files of the company's own: the good rows go in, the bad ones are named by line, and the second time changes nothing.

use crate::{
    databases::{Database, closed_reason},
    support::{MONDAY, at},
};
use trailmark::{
    app::import::{self, Options, Outcome},
    domain::{
        opportunity::{Kind, State},
        person::Person,
    },
    message::address::{Address, Platform},
    store::{Db, live::Live, opportunities, people, schema},
};

struct Files {
    db: Db,
    folder: tempfile::TempDir,
    _database: Database,
}

const PEOPLE: &str = "email,name,manager_email,department,time_zone,employed_since,slack_id,skills,wants\n";

impl Files {
    async fn new() -> Files {
        let database = Database::usual(at(MONDAY)).await;
        Files { db: database.db.clone(), _database: database, folder: tempfile::tempdir().unwrap() }
    }

    async fn import(&self, is_people: bool, name: &str, contents: &[u8], options: Options) -> anyhow::Result<Outcome> {
        let path = self.folder.path().join(name);
        std::fs::write(&path, contents).unwrap();
        let now = at(MONDAY);
        if is_people {
            import::people(&self.db, &path, options, now).await
        } else {
            import::opportunities(&self.db, &path, options, now).await
        }
    }

    async fn people(&self, contents: &str) -> Outcome {
        self.import(true, "people.csv", contents.as_bytes(), Options::default()).await.unwrap()
    }

    async fn posts(&self, contents: &str) -> Outcome {
        self.import(false, "posts.csv", contents.as_bytes(), Options::default()).await.unwrap()
    }

    async fn live(&self) -> Live {
        Live::load(self.db.clone()).await.unwrap()
    }

    async fn person(&self, email: &str) -> Option<Person> {
        self.live().await.read().person_by_email(email).cloned()
    }

    /// Whether anything was written since `before`.
    async fn revision(&self) -> i64 {
        let mut tx = self.db.read().await.unwrap();
        schema::revision(&mut tx).await.unwrap()
    }
}

/// `line 3: reason` of every refused row.
fn refused(outcome: &Outcome) -> Vec<String> {
    outcome.refused.iter().map(|it| format!("line {}: {}", it.line, it.reason)).collect()
}

#[track_caller]
fn assert_each_contains(found: &[String], expected: &[&str]) {
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    for (found, expected) in found.iter().zip(expected) {
        assert!(found.contains(expected), "{expected:?} is not in {found:?}");
    }
}

#[tokio::test]
async fn the_same_file_twice_changes_nothing() {
    let files = Files::new().await;
    let company = format!(
        "{PEOPLE}ada@x.example,Ada Byron,,Data,Europe/London,2024-03-01,U1,SQL; Rust ;sql,Grafana\n\
         bo@x.example,\"Li, Bo\",ada@x.example,Data,,,U2,,\n"
    );
    let first = files.people(&company).await;
    assert_eq!(first.summary(), "2 read: 2 added, 0 changed, 0 unchanged, 0 refused");
    let revision = files.revision().await;
    let again = files.people(&company).await;
    assert_eq!(again.summary(), "2 read: 0 added, 0 changed, 2 unchanged, 0 refused");
    assert_eq!(files.revision().await, revision);
    let (ada, bo) = (files.person("ADA@x.example").await.unwrap(), files.person("bo@x.example").await.unwrap());
    assert_eq!(bo.name, "Li, Bo");
    assert_eq!(bo.manager, Some(ada.id));
    assert_eq!(ada.have, ["SQL", "Rust"]);
    assert_eq!(ada.zone, Some(chrono_tz::Europe::London));
}

#[tokio::test]
async fn the_order_of_the_rows_does_not_matter() {
    let files = Files::new().await;
    let rows =
        format!("{PEOPLE}c@x.example,C,b@x.example,,,,,,\nb@x.example,B,a@x.example,,,,,,\na@x.example,A,,,,,,,\n");
    assert_eq!(files.people(&rows).await.added, 3);
    let (a, c) = (files.person("a@x.example").await.unwrap(), files.person("c@x.example").await.unwrap());
    assert_eq!(files.person("b@x.example").await.unwrap().manager, Some(a.id));
    assert_ne!(c.manager, Some(a.id));
}

#[tokio::test]
async fn a_file_with_more_rows_than_one_transaction_takes_goes_in_whole() {
    let files = Files::new().await;
    let manager = |n| if n < 2_000 { format!("p{}@x.example", n + 1) } else { String::new() };
    let rows: String = (0..=2_000).map(|n| format!("p{n}@x.example,P,{},,,,,,\n", manager(n))).collect();
    let company = format!("{PEOPLE}{rows}");
    assert_eq!(files.people(&company).await.added, 2_001);
    assert_eq!(files.people(&company).await.unchanged, 2_001);
}

#[tokio::test]
async fn every_bad_row_is_named_by_its_line_and_the_good_ones_go_in() {
    let files = Files::new().await;
    let rows = format!(
        "{PEOPLE}good@x.example,Good,,,,,,,\n\
         ,Nobody,,,,,,,\n\
         not an address,Bad,,,,,,,\n\
         nameless@x.example,,,,,,,,\n\
         zone@x.example,Zone,,,Europe/Atlantis,,,,\n\
         date@x.example,Date,,,,31.12.2024,,,\n\
         good@x.example,Again,,,,,,,\n\
         lost@x.example,Lost,stranger@x.example,,,,,,\n\
         own@x.example,Own,own@x.example,,,,,,\n\
         short@x.example,Short\n\
         \n\
         \"two\nlines@x.example\",Two,,,,,,,\n\
         late@x.example,Late,good@x.example,,,,,,\n"
    );
    let outcome = files.people(&rows).await;
    assert_each_contains(
        &refused(&outcome),
        &[
            "line 3: email is empty",
            "line 4: “not an address” is no e-mail address",
            "line 5: name is empty",
            "line 6: time_zone must be a zone of the tz database such as Europe/Berlin, not “Europe/Atlantis”",
            "line 7: employed_since must be a date such as 2024-03-01, not “31.12.2024”",
            "line 8: good@x.example stands in line 2 already",
            "line 9: nobody has the address stranger@x.example",
            "line 10: manager_email is the person's own address",
            "line 11: it has 2 cells, the first line has 9",
            "line 13: ",
        ],
    );
    assert_eq!(outcome.summary(), "12 read: 2 added, 0 changed, 0 unchanged, 10 refused");
    assert!(files.person("late@x.example").await.is_some());
    assert!(files.person("zone@x.example").await.is_none());
}

#[tokio::test]
async fn a_circle_in_the_reporting_line_is_named_in_each_of_its_lines() {
    let files = Files::new().await;
    let rows = format!(
        "{PEOPLE}a@x.example,A,b@x.example,,,,,,\nb@x.example,B,c@x.example,,,,,,\nc@x.example,C,a@x.example,,,,,,\n\
         d@x.example,D,a@x.example,,,,,,\n"
    );
    let outcome = files.people(&rows).await;
    let circle = "the reporting line goes in a circle: a@x.example → b@x.example → c@x.example → a@x.example";
    assert_each_contains(&refused(&outcome), &[circle; 3]);
    assert_eq!(outcome.notes.len(), 1, "{:?}", outcome.notes);
    assert_eq!(files.person("d@x.example").await.unwrap().manager, None);
}

#[tokio::test]
async fn a_circle_through_people_who_are_there_already_is_found() {
    let files = Files::new().await;
    files.people(&format!("{PEOPLE}a@x.example,A,,,,,,,\nb@x.example,B,a@x.example,,,,,,\n")).await;
    let outcome = files.people(&format!("{PEOPLE}a@x.example,A,b@x.example,,,,,,\n")).await;
    assert_each_contains(&refused(&outcome), &["line 2: the reporting line goes in a circle"]);
    assert_eq!(files.person("a@x.example").await.unwrap().manager, None);
}

#[tokio::test]
async fn strict_and_dry_runs_write_nothing() {
    let files = Files::new().await;
    let rows = format!("{PEOPLE}a@x.example,A,,,,,,,\nb,B,,,,,,,\n");
    let strict = Options { strict: true, ..Options::default() };
    let outcome = files.import(true, "people.csv", rows.as_bytes(), strict).await.unwrap();
    assert_eq!(outcome.summary(), "2 read: 1 added, 0 changed, 0 unchanged, 1 refused (nothing was written)");
    let dry = Options { dry_run: true, ..Options::default() };
    assert!(!files.import(true, "people.csv", rows.as_bytes(), dry).await.unwrap().was_written);
    assert!(files.person("a@x.example").await.is_none());
}

#[tokio::test]
async fn an_empty_cell_leaves_what_is_known_and_what_people_said_of_themselves_stays() {
    let files = Files::new().await;
    files.people(&format!("{PEOPLE}a@x.example,A,,Data,Europe/Oslo,,,SQL,\n")).await;
    let mut person = files.person("a@x.example").await.unwrap();
    person.have = vec!["Rust".into()];
    person.preferences.hours_free = Some(6);
    let mut tx = files.db.write().await.unwrap();
    people::update(&mut tx, &person).await.unwrap();
    tx.commit().await.unwrap();
    let outcome = files.people(&format!("{PEOPLE}a@x.example,A,,Sales,,,,SQL;Python,Grafana\n")).await;
    assert_eq!(outcome.changed, 1);
    let now = files.person("a@x.example").await.unwrap();
    assert_eq!((now.department.as_str(), now.zone), ("Sales", Some(chrono_tz::Europe::Oslo)));
    assert_eq!((now.have, now.want), (vec!["Rust".into()], vec!["Grafana".into()]));
    assert_eq!(now.preferences.hours_free, Some(6));
}

#[tokio::test]
async fn people_who_are_missing_from_the_file_are_left_as_they_are() {
    let files = Files::new().await;
    files.people(&format!("{PEOPLE}a@x.example,A,,,,,,,\nb@x.example,B,,,,,,,\n")).await;
    files.people(&format!("{PEOPLE}b@x.example,B,,,,,,,\n")).await;
    assert!(files.person("a@x.example").await.unwrap().is_active);
}

#[tokio::test]
async fn one_account_belongs_to_one_person() {
    let files = Files::new().await;
    let outcome = files
        .people(&format!("{PEOPLE}a@x.example,A,,,,,U1,,\nb@x.example,B,,,,,U1,,\nc@x.example,C,,,,,U 1,,\n"))
        .await;
    assert_each_contains(
        &refused(&outcome),
        &["line 3: U1 is in line 2 already", "line 4: slack_id must be a member id"],
    );
    let outcome = files.people(&format!("{PEOPLE}d@x.example,D,,,,,U1,,\n")).await;
    assert_each_contains(&refused(&outcome), &["the account U1 belongs to a@x.example"]);
}

#[tokio::test]
async fn a_file_whose_columns_or_encoding_are_wrong_is_refused_whole() {
    let files = Files::new().await;
    let utf16: Vec<u8> =
        [0xFF, 0xFE].into_iter().chain("email,name\n".encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let cases: [(&[u8], &str); 7] = [
        (b"mail,name\na@x.example,A\n", "unknown: mail; missing: email"),
        (b"email,name,name\na@x.example,A,A\n", "repeated: name"),
        (b"email;name\na@x.example;A\n", "separated by semicolons"),
        (b"email\tname\na@x.example\tA\n", "separated by tabs"),
        (&utf16, "UTF-16"),
        (b"", "missing: email, name"),
        (b"\x00\x01\x02\xff", "wrong columns"),
    ];
    for (contents, expected) in cases {
        let error = files.import(true, "people.csv", contents, Options::default()).await.unwrap_err();
        assert!(format!("{error:#}").contains(expected), "{expected:?} is not in {error:#}");
    }
    let missing = files.folder.path().join("none.csv");
    let error = import::people(&files.db, &missing, Options::default(), at(MONDAY)).await.unwrap_err();
    assert!(format!("{error:#}").contains("none.csv cannot be read"));
}

#[tokio::test]
async fn a_byte_order_mark_is_no_obstacle_and_a_cell_in_another_encoding_is_named() {
    let files = Files::new().await;
    let rows = b"\xEF\xBB\xBFemail,name\na@x.example,Zo\xC3\xAB\nb@x.example,Zo\xEB\n";
    let outcome = files.import(true, "people.csv", rows, Options::default()).await.unwrap();
    assert_each_contains(&refused(&outcome), &["line 3: name is not encoded in UTF-8"]);
    assert_eq!(files.person("a@x.example").await.unwrap().name, "Zoë");
}

const POSTS: &str = "id,kind,title,owner_email,needs,teaches,hours_per_week,starts_on,reply_by,seats,remote\n";

#[tokio::test]
async fn posts_are_known_by_their_id_and_without_one_by_owner_and_title() {
    let files = Files::new().await;
    files.people(&format!("{PEOPLE}a@x.example,A,,,,,,,\nb@x.example,B,,,,,,,\n")).await;
    let rows = format!(
        "{POSTS}P-142,project,Rust exporter,a@x.example,Rust;SQL,Grafana,4,2026-06-01,2026-05-20,2,yes\n\
         ,gig,Webinar,a@x.example,,,2,,,,no\n\
         ,gig,Webinar,b@x.example,,,2,,,,no\n"
    );
    assert_eq!(files.posts(&rows).await.summary(), "3 read: 3 added, 0 changed, 0 unchanged, 0 refused");
    let revision = files.revision().await;
    assert_eq!(files.posts(&rows).await.summary(), "3 read: 0 added, 0 changed, 3 unchanged, 0 refused");
    assert_eq!(files.revision().await, revision);
    let outcome = files.posts(&format!("{POSTS}P-142,project,Rust exporter for all,,,,,,,,\n")).await;
    assert_eq!((outcome.added, outcome.changed), (0, 1));
    let live = files.live().await;
    let company = live.read();
    let post = company.opportunity("P-142".parse().unwrap()).unwrap();
    assert_eq!((post.title.as_str(), post.kind, post.seats), ("Rust exporter for all", Kind::Project, 2));
    assert_eq!(post.needs, ["Rust", "SQL"]);
    assert_eq!(post.owner, company.person_by_email("a@x.example").map(|owner| owner.id));
    let ids: Vec<i64> = company.index.all().map(|post| post.id.0).collect();
    assert!(ids.len() == 3 && ids.iter().all(|id| *id >= 142), "{ids:?}");
}

#[tokio::test]
async fn a_post_that_is_closed_stays_closed_for_the_same_reason() {
    let files = Files::new().await;
    files.posts(&format!("{POSTS}P-7,project,Dashboards,,,,,,,,\n")).await;
    let id = "P-7".parse().unwrap();
    let mut tx = files.db.write().await.unwrap();
    let mut post = opportunities::find(&mut tx, id).await.unwrap().unwrap();
    post.state = State::Closed { at: at(MONDAY) };
    assert!(opportunities::update(&mut tx, &post, Some("filled")).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(files.posts(&format!("{POSTS}P-7,project,Better dashboards,,,,,,,,\n")).await.changed, 1);
    let mut tx = files.db.read().await.unwrap();
    let now = opportunities::find(&mut tx, id).await.unwrap().unwrap();
    assert_eq!((now.title.as_str(), now.state), ("Better dashboards", post.state));
    assert_eq!(closed_reason(&mut tx, id).await.as_deref(), Some("filled"));
}

#[tokio::test]
async fn every_bad_post_is_named_by_its_line() {
    let files = Files::new().await;
    let rows = format!(
        "{POSTS}X-1,project,One,,,,,,,,\n\
         ,project,,,,,,,,,\n\
         ,holiday,Three,,,,,,,,\n\
         ,gig,Four,stranger@x.example,,,,,,,\n\
         ,gig,Five,,,,100,,,,\n\
         ,gig,Six,,,,,tomorrow,,,\n\
         ,gig,Seven,,,,,,,0,\n\
         ,gig,Eight,,,,,,,,maybe\n\
         P-9,gig,Nine,,,,,,,,\n\
         P-9,gig,Ten,,,,,,,,\n\
         ,gig,Nine,,,,,,,,\n\
         ,gig,nine,,,,,,,,\n"
    );
    let outcome = files.posts(&rows).await;
    assert_each_contains(
        &refused(&outcome),
        &[
            "line 2: id must look like P-142, not “X-1”",
            "line 3: title is empty",
            "line 4: kind must be one of project, gig, role",
            "line 5: nobody has the address stranger@x.example",
            "line 6: hours_per_week must be a whole number from 1 to 60",
            "line 7: starts_on must be a date",
            "line 8: seats must be a whole number from 1",
            "line 9: remote must be yes or no, not “maybe”",
            "line 11: P-9 stands in line 10 already",
            "line 13: the same owner has the same title in line 12",
        ],
    );
    assert_eq!(outcome.added, 2);
}

#[tokio::test]
async fn posts_come_as_json_too() {
    let files = Files::new().await;
    let array = r#"[{"id": "P-7", "title": "Dashboards", "needs": ["SQL", "Grafana"], "hours_per_week": 3, "remote": true},
                    {"id": "P-8"}, {"title": "X", "colour": "blue"}]"#;
    let outcome = files.import(false, "posts.json", array.as_bytes(), Options::default()).await.unwrap();
    assert_each_contains(&refused(&outcome), &["line 2: title is missing", "line 3: “colour” is no column"]);
    let live = files.live().await;
    let post = live.read().opportunity("P-7".parse().unwrap()).unwrap().clone();
    assert_eq!((post.needs.len(), post.hours_per_week, post.is_remote), (2, Some(3), true));
    for broken in ["{}", "[1]", "[{\"title\": \"X\"}", ""] {
        let error = files.import(false, "posts.json", broken.as_bytes(), Options::default()).await.unwrap_err();
        assert!(error.to_string().contains("is not a JSON array of objects"), "{broken}: {error:#}");
    }
}

#[tokio::test]
async fn a_company_of_several_pages_is_read_whole() {
    let files = Files::new().await;
    let follower = files.live().await;
    let mut people = PEOPLE.to_owned();
    let mut posts = "id,kind,title,owner_email,needs\n".to_owned();
    for number in 0..2_000 {
        people += &format!("p{number}@example.com,Person {number},,Data,Europe/Berlin,,U{number},Rust,\n");
        posts += &format!("P-{},project,Exporter {number},p{number}@example.com,Rust\n", number + 1);
    }
    assert_eq!(files.people(&people).await.added, 2_000);
    assert_eq!(files.posts(&posts).await.added, 2_000);
    follower.refresh().await.unwrap();
    let company = follower.read();
    assert_eq!((company.people().len(), company.index.all().count()), (2_000, 2_000));
    for number in [0, 999, 1_000, 1_001, 1_999] {
        let person = company.person_at(&Address::new(Platform::Slack, format!("U{number}"))).unwrap();
        assert_eq!(person.email.as_deref(), Some(&*format!("p{number}@example.com")));
    }
}
