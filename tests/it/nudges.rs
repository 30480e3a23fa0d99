//! The unprompted messages, on a real database.

use trailmark::{
    domain::{
        Instant,
        conversation::{Claim, Standing},
        id::PersonId,
        person::Person,
        preference::Preferences,
    },
    store::{Db, conversations, instance, people},
};

fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

struct Bench {
    db: Db,
    _folder: tempfile::TempDir,
}

async fn bench() -> Bench {
    let folder = tempfile::tempdir().unwrap();
    let db = Db::open(&format!("sqlite://{}", folder.path().join("test.db").display())).await.unwrap();
    db.migrate().await.unwrap();
    instance::ensure(&db, at("2026-03-01T00:00:00Z")).await.unwrap();
    Bench { db, _folder: folder }
}

fn person(name: &str, manager: Option<PersonId>) -> Person {
    Person {
        id: PersonId(0),
        email: Some(format!("{}@example.com", name.to_lowercase())),
        name: format!("{name} Example"),
        manager,
        department: "Data".into(),
        title: "Engineer".into(),
        location: "Berlin".into(),
        zone: Some(chrono_tz::Europe::Berlin),
        locale: None,
        employed_since: None,
        role_since: None,
        have: vec![],
        want: vec![],
        preferences: Preferences::default(),
        is_active: true,
        hidden: Default::default(),
    }
}

#[tokio::test]
async fn a_conversation_is_held_only_when_both_say_so() {
    let bench = bench().await;
    let now = at("2026-04-02T09:00:00Z");
    let mut tx = bench.db.write().await.unwrap();
    let dana = people::insert(&mut tx, &person("Dana", None), true, now).await.unwrap();
    let ana = people::insert(&mut tx, &person("Ana", Some(dana)), true, now).await.unwrap();
    let first = conversations::ensure(&mut tx, dana, ana, "2026-Q2", now).await.unwrap();
    let again = conversations::ensure(&mut tx, dana, ana, "2026-Q2", now).await.unwrap();
    assert_eq!(first, again);
    assert_eq!(first.standing(), Standing::Open);
    let thursday = at("2026-04-09T08:30:00Z");
    assert!(conversations::plan_at(&mut tx, first.id, first.version, thursday, dana).await.unwrap());
    assert!(
        !conversations::plan_at(&mut tx, first.id, first.version, thursday, ana).await.unwrap(),
        "an older version"
    );
    assert!(conversations::claim(&mut tx, first.id, ana, Claim::Held, now).await.unwrap());
    assert!(!conversations::claim(&mut tx, first.id, ana, Claim::Held, now).await.unwrap(), "said already");
    assert!(!conversations::claim(&mut tx, first.id, PersonId(99), Claim::Held, now).await.unwrap(), "takes no part");
    let known = conversations::find(&mut tx, first.id).await.unwrap().unwrap();
    assert_eq!((known.standing(), known.version), (Standing::OneSided, 2));
    assert_eq!(conversations::last_held(&mut tx, ana).await.unwrap(), None);
    assert!(!conversations::skip(&mut tx, first.id, known.version, "").await.unwrap(), "one says it happened");
    assert!(conversations::claim(&mut tx, first.id, dana, Claim::Held, now).await.unwrap());
    assert!(!conversations::plan_at(&mut tx, first.id, known.version, now, ana).await.unwrap(), "held stays held");
    assert_eq!(conversations::of_manager(&mut tx, dana, "2026-Q2").await.unwrap()[0].standing(), Standing::Held);
    assert_eq!(conversations::last_held(&mut tx, ana).await.unwrap(), Some(thursday));
    assert_eq!(conversations::all_last_held(&mut tx).await.unwrap().get(&ana), Some(&thursday));
    tx.commit().await.unwrap();
}
