//! A small company on a real database file, spoken to in product words.

use crate::databases::Database;
use chrono_tz::Tz;
use std::collections::BTreeMap;
use trailmark::{
    commands::{self, Answer, Ctx, Failure},
    domain::{
        Instant,
        id::{OpportunityId, PersonId},
        opportunity::Opportunity,
        outbox::Rules,
        person::{Person, Role},
        programme::Programme,
    },
    message::{Action, Address, Card, Form, Platform, Reply, Values, Verb, form::FormRef, inbound::Place},
    store::{
        Db, Tx, instance,
        live::Live,
        opportunities,
        outbox::{self, Entry},
        people,
        showings::Showings,
    },
};

pub fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

/// Values of a form: `[("title", "Rust exporter"), ("needs", "Rust;SQL")]`.
pub fn values(pairs: &[(&str, &str)]) -> Values {
    let all = |text: &str| text.split(';').filter(|it| !it.is_empty()).map(str::to_owned).collect();
    Values(pairs.iter().map(|(name, text)| ((*name).to_owned(), all(text))).collect::<BTreeMap<String, Vec<String>>>())
}

/// When every office opens.
pub const MONDAY: &str = "2026-05-04T08:00:00Z";

pub struct Office {
    pub db: Db,
    pub live: Live,
    pub showings: Showings,
    pub programme: Programme,
    pub now: Instant,
    pub database: Database,
}

impl Office {
    /// Nobody works here yet; it is Monday 4 May 2026, 08:00 UTC.
    pub async fn open() -> Office {
        Office::on(Database::usual(at(MONDAY)).await).await
    }

    pub async fn on(database: Database) -> Office {
        let db = database.db.clone();
        let live = Live::load(db.clone()).await.unwrap();
        Office { db, live, showings: Showings::default(), programme: Programme::default(), now: at(MONDAY), database }
    }

    /// A new colleague, with an account named after them (`Ana Lopez` is `UANA`).
    pub async fn hire(&self, name: &str, department: &str, manager: Option<PersonId>) -> PersonId {
        self.hire_with(name, department, manager, |_| {}).await
    }

    pub async fn hire_with(
        &self,
        name: &str,
        department: &str,
        manager: Option<PersonId>,
        change: impl FnOnce(&mut Person),
    ) -> PersonId {
        let first = name.split_whitespace().next().unwrap();
        let mut person = Person {
            email: Some(format!("{}@example.com", first.to_lowercase())),
            name: name.into(),
            manager,
            department: department.into(),
            title: "Engineer".into(),
            location: "Berlin".into(),
            zone: Some(Tz::Europe__Berlin),
            employed_since: "2024-01-01".parse().ok(),
            ..Person::unknown()
        };
        change(&mut person);
        let mut tx = self.db.write().await.unwrap();
        let id = people::insert(&mut tx, &person, true, self.now).await.unwrap();
        people::link(&mut tx, &account(name), id, self.now).await.unwrap();
        tx.commit().await.unwrap();
        self.live.refresh().await.unwrap();
        id
    }

    pub async fn grant(&self, person: PersonId, role: Role) {
        let mut tx = self.db.write().await.unwrap();
        instance::grant(&mut tx, person, role, None, self.now).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// A project of this owner that needs Rust and SQL and teaches Grafana, for one person.
    pub async fn project(&self, owner: PersonId, title: &str, change: impl FnOnce(&mut Opportunity)) -> OpportunityId {
        let mut tx = self.db.write().await.unwrap();
        let mut post = Opportunity {
            id: opportunities::next_id(&mut tx).await.unwrap(),
            title: title.into(),
            summary: "What it is about.".into(),
            team: "Metrics".into(),
            owner: Some(owner),
            needs: vec!["Rust".into(), "SQL".into()],
            teaches: vec!["Grafana".into()],
            hours_per_week: Some(4),
            weeks: Some(12),
            reply_by: "2026-05-18".parse().ok(),
            place: "Berlin".into(),
            is_remote: true,
            ..Opportunity::unknown(self.now)
        };
        change(&mut post);
        opportunities::insert(&mut tx, &post).await.unwrap();
        tx.commit().await.unwrap();
        self.live.refresh().await.unwrap();
        post.id
    }

    /// Where others may open the database too.
    pub fn url(&self) -> &str {
        &self.database.url
    }

    pub fn person(&self, id: PersonId) -> Person {
        self.live.read().person(id).unwrap().clone()
    }

    pub fn post(&self, id: OpportunityId) -> Opportunity {
        self.live.read().opportunity(id).unwrap().clone()
    }

    /// Types a command privately.
    pub async fn says(&self, who: PersonId, text: &str) -> Answer {
        let address = self.address(who).await;
        commands::run(&self.ctx(who, &address, None, false), text).await
    }

    /// Types a command in a channel.
    pub async fn says_in(&self, who: PersonId, channel: &str, text: &str) -> Answer {
        let address = self.address(who).await;
        let place = Place { conversation: channel.into(), is_direct: false, name: Some(channel.to_lowercase()) };
        commands::run(&self.ctx(who, &address, Some(&place), false), text).await
    }

    /// The words of this person's home, drawn now.
    pub async fn home(&self, who: PersonId) -> String {
        let address = self.address(who).await;
        let home = commands::home::view(&self.ctx(who, &address, None, false)).await.unwrap();
        Card { summary: String::new(), blocks: home.blocks }.to_plain()
    }

    pub async fn presses(&self, who: PersonId, action: &Action) -> Answer {
        let address = self.address(who).await;
        commands::press(&self.ctx(who, &address, None, true), action).await
    }

    pub async fn submits(&self, who: PersonId, form: &Form, values: &Values) -> Answer {
        let address = self.address(who).await;
        commands::submit(&self.ctx(who, &address, None, false), &form.action, values).await
    }

    pub async fn changes(&self, who: PersonId, form: &Form, values: &Values) -> Answer {
        let address = self.address(who).await;
        let open = FormRef { platform: address.platform, id: "V1".into(), revision: "1".into() };
        commands::form_changed(&self.ctx(who, &address, None, false), &form.action, values, &open).await
    }

    /// "Turn this into a project", on a message.
    pub async fn turns_into_a_project(&self, who: PersonId, words: &str) -> Answer {
        let address = self.address(who).await;
        commands::post::open(&self.ctx(who, &address, None, false), Some(words)).await
    }

    /// What a command gets to know about who asks.
    pub fn ctx<'a>(&'a self, who: PersonId, address: &'a Address, place: Option<&'a Place>, is_press: bool) -> Ctx<'a> {
        Ctx {
            db: &self.db,
            live: &self.live,
            showings: &self.showings,
            programme: &self.programme,
            now: self.now,
            person: who,
            address,
            place,
            tenant: outbox::HOME_TENANT,
            is_press,
        }
    }

    pub async fn address(&self, who: PersonId) -> Address {
        let mut tx = self.db.read().await.unwrap();
        people::addresses(&mut tx, who).await.unwrap().remove(0)
    }

    /// What waits to be sent to this person, oldest first.
    pub async fn notices(&self, who: PersonId) -> Vec<Entry> {
        let mut tx = self.db.read().await.unwrap();
        let mut all = outbox::ledger(&mut tx, who, Instant::UNIX_EPOCH).await.unwrap();
        all.reverse();
        all
    }

    /// The cards that wait to be sent to this account or channel, oldest first.
    pub async fn cards(&self, recipient: &str) -> Vec<Card> {
        let mut tx = self.db.write().await.unwrap();
        let later = self.now + chrono::Duration::days(365);
        let claimed = claim(&mut tx, later, 1000).await.unwrap();
        // Looking takes nothing away. Undone before anybody looks again: a claim passes over rows that are still locked.
        match tx {
            Tx::Sqlite(tx) => tx.rollback().await.unwrap(),
            Tx::Postgres(tx) => tx.rollback().await.unwrap(),
        }
        claimed.into_iter().filter(|it| it.recipient == recipient).map(|it| it.card).collect()
    }

    /// The words of everything that waits to be sent to this person.
    pub async fn told(&self, who: PersonId) -> Vec<String> {
        let recipient = self.address(who).await.id;
        self.cards(&recipient).await.iter().map(Card::to_plain).collect()
    }
}

fn account(name: &str) -> Address {
    let first = name.split_whitespace().next().unwrap();
    Address::new(Platform::ALL[0], format!("U{}", first.to_uppercase()))
}

#[track_caller]
pub fn card(answer: Answer) -> Card {
    match answer {
        Ok(Reply::Private(card) | Reply::Replace(card) | Reply::Share(card)) => card,
        other => panic!("no card: {other:?}"),
    }
}

#[track_caller]
pub fn form(answer: Answer) -> Form {
    match answer {
        Ok(Reply::OpenForm(form) | Reply::NextForm(form) | Reply::UpdateForm(form)) => form,
        other => panic!("no form: {other:?}"),
    }
}

/// What the person was told instead.
#[track_caller]
pub fn refusal(answer: Answer) -> String {
    match answer {
        Err(Failure::Told(error)) => error.0.to_plain(),
        other => panic!("not refused: {other:?}"),
    }
}

/// The sentences beside the fields.
#[track_caller]
pub fn errors(answer: Answer) -> BTreeMap<String, String> {
    match answer {
        Ok(Reply::FormErrors(errors)) => errors.into_iter().collect(),
        other => panic!("no errors: {other:?}"),
    }
}

/// The action of the button with this label.
#[track_caller]
pub fn button(card: &Card, label: &str) -> Action {
    let found = card.all_buttons().find(|button| button.label == label);
    found.unwrap_or_else(|| panic!("no button {label:?} on: {}", card.to_plain())).action.clone()
}

/// The action of the button with this label and this meaning.
#[track_caller]
pub fn button_for(card: &Card, verb: Verb, subject: &str) -> Action {
    let found = card.all_buttons().find(|it| it.action.verb == verb && it.action.subject == subject);
    found.unwrap_or_else(|| panic!("no button {verb:?} {subject} on: {}", card.to_plain())).action.clone()
}

/// Claims what is due at home, as a server does.
pub async fn claim(tx: &mut Tx, now: Instant, limit: usize) -> sqlx::Result<Vec<outbox::Claimed>> {
    outbox::claim(tx, &home(), None, &rules(), limit, now).await
}

/// The lane of the one workspace.
pub fn home() -> outbox::Lane {
    outbox::Lane { platform: Platform::Slack, tenant: outbox::HOME_TENANT.to_owned() }
}

pub fn rules() -> Rules {
    let seconds = chrono::Duration::seconds;
    Rules { lease: seconds(30), quarantine: seconds(60), max_attempts: 8 }
}
