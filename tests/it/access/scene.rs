//! A small company in which everybody has something that others must not see, built once and copied for every attempt.

use crate::{
    databases::{Database, key, peek},
    scripted::Scripted,
    support::{Office, card, claim, form, values},
};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};
use tempfile::TempDir;
use trailmark::{
    domain::{
        Instant,
        id::{ConversationId, OpportunityId, PersonId},
        person::Role,
        programme::Programme,
    },
    engine::{Engine, Settings},
    message::{
        Address, Card, Form, Inbound, InboundKind, Platform, Reply,
        inbound::{Handle, Place, Profile},
    },
    store::{
        Db, Tx, applications, conversations, keys, opportunities,
        outbox::{self, Draft},
        people,
    },
};

/// Everybody in the table, in its order, and what they are in this company.
pub const PEOPLE: [(&str, &str); 9] = [
    ("Eve", "the employee whom it is all about"),
    ("Nia", "another employee"),
    ("Mia", "Eve's manager"),
    ("Max", "Mia's manager"),
    ("Fox", "Eve's manager until last week, with last week's messages on the screen"),
    ("Oda", "owner of P-1 and P-3, for both of which Eve applied"),
    ("Zoe", "owner of P-2, and Eve asked her for help"),
    ("Hal", "HR"),
    ("Opa", "operator: an administrator"),
];

/// Those who do not work here: somebody of another company in a shared channel, a guest, and somebody who has left.
pub const OUTSIDE: [&str; 3] = ["Con", "Gus", "Lea"];

/// What is Eve's, the word it is recognised by, and who may read it.
pub const PRIVATE: [(&str, &str, &[&str]); 7] = [
    ("what she wrote to the owner of P-1", "zebranote", &["Eve", "Oda"]),
    ("why she was not taken for P-3", "zebrawords", &["Eve", "Oda"]),
    ("what Mobility wrote to her", "zebraletter", &["Eve"]),
    ("when she talks with her manager", "11:11", &["Eve", "Mia"]),
    ("what she asked a mentor", "zebrahelp", &["Eve", "Zoe"]),
    ("the role she would like", "zebrarole", &["Eve"]),
    // A word without a name reaches those who decide whether it is a skill.
    ("what she wants to learn", "Zebraquilting", &["Eve", "Oda", "Hal", "Opa"]),
];

/// The Tuesday on which everything in the table is tried.
pub fn now() -> Instant {
    "2026-05-12T10:00:00Z".parse().unwrap()
}

/// The company as a file to copy, and the numbers of the things in it.
pub struct Scene {
    folder: TempDir,
    pub ids: BTreeMap<&'static str, i64>,
    /// How often the things were changed: what a button or form on a screen carries.
    pub versions: BTreeMap<&'static str, i64>,
    /// The delivery id of the message that Mobility wrote to Eve.
    pub letter: String,
}

impl Scene {
    pub async fn build() -> Scene {
        let mut office = Office::on(Database::sqlite(now()).await).await;
        office.now = now();
        let mut who: BTreeMap<&str, PersonId> = BTreeMap::new();
        for (name, _) in PEOPLE.iter().chain(&[("Lea", "")]) {
            who.insert(name, office.hire(&format!("{name} {name}son"), "Data", None).await);
        }
        office.grant(who["Hal"], Role::Hr).await;
        office.grant(who["Opa"], Role::Administrator).await;
        for title in ["Exporter", "Podcast", "Dashboards"] {
            let owner = if title == "Podcast" { "Zoe" } else { "Oda" };
            office.project(who[owner], title, |post| post.seats = 2).await;
        }
        Scene::of_eve(&office, &who).await;
        let mut ids: BTreeMap<&'static str, i64> = BTreeMap::new();
        let mut tx = office.db.write().await.unwrap();
        for (name, manager, window, planned) in [
            ("TALK", "Mia", "2026-Q2", Some("2026-05-20T09:11:00Z")),
            ("PAST", "Mia", "2026-Q1", Some("2026-05-11T09:11:00Z")),
            ("FORMER", "Fox", "2026-Q2", None),
            ("FORMERPAST", "Fox", "2026-Q1", Some("2026-05-08T07:00:00Z")),
        ] {
            let it = conversations::ensure(&mut tx, who[manager], who["Eve"], window, now()).await.unwrap();
            if let Some(at) = planned {
                let at = at.parse().unwrap();
                assert!(conversations::plan_at(&mut tx, it.id, it.version, at, who[manager]).await.unwrap());
            }
            ids.insert(name, it.id.0);
        }
        for (name, manager) in [("Eve", "Mia"), ("Mia", "Max")] {
            let mut person = people::find(&mut tx, who[name]).await.unwrap().unwrap();
            person.manager = Some(who[manager]);
            people::update(&mut tx, &person).await.unwrap();
        }
        let mut lea = people::find(&mut tx, who["Lea"]).await.unwrap().unwrap();
        lea.is_active = false;
        people::update(&mut tx, &lea).await.unwrap();
        let letter = Card::saying("zebraletter");
        let letter = Draft::notice(&account("Eve"), who["Eve"], "letter", "", "a", letter, now());
        let letter = Draft { why: "zebraletter".to_owned(), ..letter };
        outbox::enqueue(&mut tx, &letter, now()).await.unwrap();
        tx.commit().await.unwrap();
        office.live.refresh().await.unwrap();
        card(office.says(who["Mia"], "team add Nia").await);
        let digest = values(&[("day", "Mon"), ("at", "09:30"), ("size", "5")]);
        card(office.submits(who["Oda"], &form(office.says_in(who["Oda"], "C1", "channel").await), &digest).await);
        ids.extend(who.iter().map(|(name, person)| (*name, person.0)));
        Scene::pack(office, ids).await
    }

    /// Everything that Eve did.
    async fn of_eve(office: &Office, who: &BTreeMap<&str, PersonId>) {
        let eve = who["Eve"];
        for post in ["P-1", "P-3"] {
            let asking = form(office.says(eve, &format!("interested {post}")).await);
            card(office.submits(eve, &asking, &values(&[("note", "zebranote"), ("availability", "zebranote")])).await);
        }
        let waiting = card(office.says(who["Oda"], "applicants P-3").await);
        let decline = waiting.all_buttons().find(|it| it.label == "Decline").unwrap().action.clone();
        let answer = form(office.presses(who["Oda"], &decline).await);
        card(office.submits(who["Oda"], &answer, &values(&[("reason", "skills"), ("words", "zebrawords")])).await);
        card(office.says(eve, "skills want Zebraquilting").await);
        card(office.says(eve, "skills want role: zebrarole").await);
        for command in ["save P-2", "hide P-2 reason:time"] {
            card(office.says(eve, command).await);
        }
        let offer = form(office.says(who["Zoe"], "mentor offer").await);
        let offered = values(&[("skills", "SQL"), ("ways", "meeting"), ("capacity", "3")]);
        card(office.submits(who["Zoe"], &offer, &offered).await);
        let ask = form(office.says(eve, "mentor ask Zoe Zoeson: SQL").await);
        card(office.submits(eve, &ask, &values(&[("topic", "SQL"), ("note", "zebrahelp")])).await);
    }

    /// Everything that waits is sent, the guest has been met, and the file is put aside.
    async fn pack(office: Office, ids: BTreeMap<&'static str, i64>) -> Scene {
        let attempt = Attempt::on(office.db.clone()).await;
        attempt.engine.deliver(now()).await.unwrap();
        while attempt.engine.show_next(Platform::Slack, now()).await.unwrap() {}
        attempt.engine.receive(&inbound("Gus", InboundKind::FindShortcut), now()).await.unwrap();
        let mut tx = office.db.read().await.unwrap();
        let all = outbox::list(&mut tx, Some("sent"), 100).await.unwrap();
        let letter = all.into_iter().find(|it| it.kind == "notice.letter").unwrap();
        let mut versions = BTreeMap::new();
        for name in ["TALK", "PAST", "FORMER", "FORMERPAST"] {
            let it = conversations::find(&mut tx, ConversationId(ids[name])).await.unwrap().unwrap();
            versions.insert(name, it.version);
        }
        let post = OpportunityId(1);
        versions.insert("P-1", opportunities::find(&mut tx, post).await.unwrap().unwrap().version);
        let eve = PersonId(ids["Eve"]);
        versions.insert("P-1 Eve", applications::find(&mut tx, post, eve).await.unwrap().unwrap().version);
        drop(tx);
        office.db.close().await;
        let scene = Scene { folder: tempfile::tempdir().unwrap(), ids, versions, letter: letter.delivery };
        std::fs::copy(office.url().trim_start_matches("sqlite://"), scene.path("template")).unwrap();
        scene
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(format!("{name}.db"))
    }

    /// The file, for another program.
    pub fn keep(&self, path: &Path) -> String {
        std::fs::copy(self.path("template"), path).unwrap();
        format!("sqlite://{}", path.display())
    }

    /// The company as it was, for one attempt.
    pub async fn copy(&self) -> Attempt {
        let path = self.path(&format!("{:016x}", rand::random::<u64>()));
        std::fs::copy(self.path("template"), &path).unwrap();
        let db = Db::open(&format!("sqlite://{}", path.display())).await.unwrap();
        Attempt::on(keys::unlock(db, &[key(1)], now()).await.unwrap()).await
    }
}

/// A running program on such a company.
pub struct Attempt {
    pub engine: Engine,
    chat: Arc<Scripted>,
}

impl Attempt {
    async fn on(db: Db) -> Attempt {
        let chat = Arc::new(Scripted::default());
        let guest = Profile { user: account("Gus").id, is_active: true, is_stranger: true, ..Profile::default() };
        chat.profiles.lock().unwrap().insert(account("Gus").id, guest);
        let engine = Engine::new(db, Programme::default(), vec![chat.clone()], Settings::default()).await.unwrap();
        Attempt { engine, chat }
    }

    /// What somebody gets for this, wherever it is shown to them: at once, as a message, or on their home.
    pub async fn ask(&self, who: &str, kind: InboundKind) -> Shown {
        let is_home = kind == InboundKind::HomeOpened;
        let reply = self.engine.receive(&inbound(who, kind), now()).await.unwrap();
        let mut shown = Shown { words: words(&reply), all: format!("{reply:?}") };
        if is_home && reply == Reply::Nothing {
            while self.engine.show_next(Platform::Slack, now()).await.unwrap() {}
            for (_, home) in self.chat.drawn.lock().unwrap().iter().filter(|(user, _)| *user == account(who).id) {
                shown.add(&Card { summary: String::new(), blocks: home.blocks.clone() });
            }
        }
        for (_, card) in self.waiting().await.into_iter().filter(|(user, _)| *user == account(who).id) {
            shown.add(&card);
        }
        shown
    }

    /// What waits to be sent, and to whom. Looking takes nothing away.
    pub async fn waiting(&self) -> Vec<(String, Card)> {
        let mut tx = self.engine.db().write().await.unwrap();
        let claimed = claim(&mut tx, now() + chrono::Duration::days(365), 1000).await.unwrap();
        if let Tx::Sqlite(tx) = tx {
            tx.rollback().await.unwrap();
        }
        claimed.into_iter().map(|it| (it.recipient, it.card)).collect()
    }

    /// Every row of every table, to compare.
    pub async fn everything(&self) -> Vec<String> {
        let mut tx = self.engine.db().read().await.unwrap();
        let columns =
            "SELECT m.name || ' quote(' || p.name || ')' FROM sqlite_master m JOIN pragma_table_info(m.name) p
                       WHERE m.type = 'table' AND m.name NOT LIKE '\\_%' ESCAPE '\\' ORDER BY m.name, p.cid";
        let mut tables: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for line in peek(&mut tx, columns).await {
            let (table, column) = line.split_once(' ').unwrap();
            tables.entry(table.to_owned()).or_default().push(column.to_owned());
        }
        let mut all = Vec::new();
        for (table, columns) in tables {
            let rows = format!("SELECT '{table} ' || {} FROM {table} ORDER BY 1", columns.join(" || ' ' || "));
            all.extend(peek(&mut tx, &rows).await);
        }
        all
    }
}

/// What somebody got.
#[derive(Clone, Debug)]
pub struct Shown {
    /// As they read it.
    pub words: String,
    /// With everything that is in it and that nobody reads.
    pub all: String,
}

impl Shown {
    fn add(&mut self, card: &Card) {
        self.words.push_str(&card.to_plain());
        self.all.push_str(&format!("{card:?}"));
    }
}

fn words(reply: &Reply) -> String {
    let form = |form: &Form| {
        let blocks = [form.intro.clone(), form.outro.clone()].concat();
        let fields: Vec<String> = form.fields.iter().map(|it| format!("\n{}: {:?}", it.label, it.kind)).collect();
        Card { summary: String::new(), blocks }.to_plain() + &fields.concat()
    };
    match reply {
        Reply::Nothing => String::new(),
        Reply::Private(card) | Reply::Replace(card) | Reply::Share(card) => card.to_plain(),
        Reply::OpenForm(it) | Reply::NextForm(it) | Reply::UpdateForm(it) => form(it),
        Reply::FormErrors(_) | Reply::Choices(_) => format!("{reply:?}"),
    }
}

pub fn account(name: &str) -> Address {
    Address::new(Platform::Slack, format!("U{}", name.to_uppercase()))
}

fn inbound(who: &str, kind: InboundKind) -> Inbound {
    Inbound {
        key: Some(format!("{:016x}", rand::random::<u64>())),
        platform: Platform::Slack,
        tenant: "T1".into(),
        actor: Some(account(who)),
        is_stranger: who == "Con",
        place: Some(Place { conversation: "C1".into(), is_direct: false, name: None }),
        kind,
        handle: Handle::default(),
    }
}
