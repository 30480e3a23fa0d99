//! The audit log: who did what to whose data. Each row is signed together with the signature of the row before, so that a
//! change anywhere is noticed by walking it. Numbers and codes only, never anybody's words or name.

use super::{Instant, id::PersonId};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use std::fmt::{self, Display};

/// What is worth an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Act {
    RoleGranted,
    RoleRevoked,
    CodeMade,
    CodeRedeemed,
    ProgrammeStarted,
    ProgrammeStopped,
    KeyAdded,
    KeysRotated,
    DeliveryRetried,
    DeliveryDiscarded,
    DeliveryResolved,
    PersonExported,
    PersonErased,
    BackedUp,
    Restored,
    /// The reading of somebody else's career data, of which they can know.
    Looked(Look),
}

/// What was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Look {
    /// Who applied for a post, with what they wrote.
    Applicants,
    /// Where the conversations with one's people stand.
    Team,
    /// Who would be sent what, and when.
    Rehearsal,
    /// What fits a person's skills and wishes, from the server's terminal.
    Matches,
    /// Which messages came to a person, and why others did not.
    Messages,
}

impl Act {
    pub const LOOKS: [Look; 5] = [Look::Applicants, Look::Team, Look::Rehearsal, Look::Matches, Look::Messages];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Act::RoleGranted => "role.granted",
            Act::RoleRevoked => "role.revoked",
            Act::CodeMade => "code.made",
            Act::CodeRedeemed => "code.redeemed",
            Act::ProgrammeStarted => "programme.started",
            Act::ProgrammeStopped => "programme.stopped",
            Act::KeyAdded => "key.added",
            Act::KeysRotated => "keys.rotated",
            Act::DeliveryRetried => "delivery.retried",
            Act::DeliveryDiscarded => "delivery.discarded",
            Act::DeliveryResolved => "delivery.resolved",
            Act::PersonExported => "person.exported",
            Act::PersonErased => "person.erased",
            Act::BackedUp => "backup.made",
            Act::Restored => "backup.restored",
            Act::Looked(look) => look.as_str(),
        }
    }
}

impl Look {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Look::Applicants => "looked.applicants",
            Look::Team => "looked.team",
            Look::Rehearsal => "looked.rehearsal",
            Look::Matches => "looked.matches",
            Look::Messages => "looked.messages",
        }
    }
}

/// Who did it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Actor {
    Person(PersonId),
    /// Whoever may run commands on the server.
    Operator,
}

impl From<PersonId> for Actor {
    fn from(person: PersonId) -> Actor {
        Actor::Person(person)
    }
}

impl Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Actor::Person(person) => write!(f, "person {}", person.0),
            Actor::Operator => f.write_str("operator"),
        }
    }
}

impl Actor {
    #[must_use]
    pub fn parse(text: &str) -> Option<Actor> {
        if text == "operator" {
            return Some(Actor::Operator);
        }
        text.strip_prefix("person ")?.parse().ok().map(|id| Actor::Person(PersonId(id)))
    }
}

/// What is to be noted.
#[derive(Clone, Debug, PartialEq)]
pub struct Note {
    pub actor: Actor,
    pub deed: Act,
    /// What it was done to: a post's number, a role, a delivery's number.
    pub object: String,
    /// Whose data it concerns.
    pub person: Option<PersonId>,
    /// Codes and figures.
    pub data: Value,
}

impl Note {
    #[must_use]
    pub fn by(actor: impl Into<Actor>, deed: Act) -> Note {
        Note { actor: actor.into(), deed, object: String::new(), person: None, data: json!({}) }
    }

    #[must_use]
    pub fn on(self, object: impl Display) -> Note {
        Note { object: object.to_string(), ..self }
    }

    #[must_use]
    pub fn about(self, person: PersonId) -> Note {
        Note { person: Some(person), ..self }
    }

    #[must_use]
    pub fn with(self, data: Value) -> Note {
        Note { data, ..self }
    }
}

/// A row of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Counted from one, without gaps.
    pub number: i64,
    pub at: Instant,
    pub actor: String,
    pub action: String,
    pub object: String,
    pub person: Option<i64>,
    pub data: String,
    /// Which secret it is signed with; 0 is none.
    pub secret: i64,
    pub hash: String,
}

impl Record {
    /// The signature of this row behind one that is signed with `previous`.
    #[must_use]
    pub fn signature(&self, secret: &[u8], previous: &str) -> String {
        let person = self.person.map_or_else(String::new, |person| person.to_string());
        sign(
            secret,
            &[
                "row",
                &self.number.to_string(),
                &self.at.timestamp_millis().to_string(),
                &self.actor,
                &self.action,
                &self.object,
                &person,
                &self.data,
                &self.secret.to_string(),
                previous,
            ],
        )
    }
}

/// Where the log ends, as it says itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Head {
    pub length: i64,
    pub hash: String,
    pub seal: String,
}

impl Head {
    /// The end of a log of this length, sealed with the secret that its last row is signed with.
    #[must_use]
    pub fn sealed(length: i64, hash: String, secret: &[u8]) -> Head {
        let seal = sign(secret, &["head", &length.to_string(), &hash]);
        Head { length, hash, seal }
    }
}

/// Without a secret it is a signature that anybody can make.
fn sign(secret: &[u8], parts: &[&str]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("HMAC takes a key of any length");
    for part in parts {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part.as_bytes());
    }
    hex::encode(mac.finalize().into_bytes())
}

/// The first thing that is not as it was written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    #[error("row {0} was changed, or put in the place of another")]
    Changed(i64),
    #[error("row {0} was taken away")]
    Missing(i64),
    #[error("row {0} was added by somebody other than trailmark")]
    Added(i64),
    #[error("row {0} is signed with an older secret than the row before it, or with one that is gone")]
    OtherSecret(i64),
    #[error("the end of the log, after row {0}, was changed")]
    Head(i64),
    #[error("row {0} is not the one whose signature was noted")]
    NotAsNoted(i64),
}

impl Broken {
    /// The row it is about.
    #[must_use]
    pub fn row(&self) -> i64 {
        match self {
            Broken::Changed(row)
            | Broken::Missing(row)
            | Broken::Added(row)
            | Broken::OtherSecret(row)
            | Broken::Head(row)
            | Broken::NotAsNoted(row) => *row,
        }
    }
}

/// A walk along the log, row by row.
#[derive(Clone, Debug, Default)]
pub struct Walk {
    length: i64,
    hash: String,
    secret: i64,
    /// The first row that is signed with a secret.
    pub signed_from: Option<i64>,
}

impl Walk {
    /// # Errors
    /// The row is not the one that was written there.
    pub fn step(&mut self, record: &Record, secret: Option<&[u8]>) -> Result<(), Broken> {
        let number = self.length + 1;
        if record.number < number {
            return Err(Broken::Added(record.number));
        }
        if record.number > number {
            return Err(Broken::Missing(number));
        }
        let Some(secret) = secret.filter(|_| record.secret >= self.secret) else {
            return Err(Broken::OtherSecret(number));
        };
        if record.signature(secret, &self.hash) != record.hash {
            return Err(Broken::Changed(number));
        }
        if record.secret > 0 && self.signed_from.is_none() {
            self.signed_from = Some(number);
        }
        (self.length, self.secret) = (number, record.secret);
        self.hash.clone_from(&record.hash);
        Ok(())
    }

    /// Compares where the walk ended with where the log says that it ends; `newest` is the number of the newest secret.
    ///
    /// # Errors
    /// Rows were cut off or added, or the end was changed.
    pub fn end(&self, head: &Head, secret: Option<&[u8]>, newest: i64) -> Result<(), Broken> {
        if head.length > self.length {
            return Err(Broken::Missing(self.length + 1));
        }
        if head.length < self.length {
            return Err(Broken::Added(head.length + 1));
        }
        let is_whole = match secret {
            _ if self.length == 0 => *head == Head::default(),
            Some(secret) => *head == Head::sealed(self.length, self.hash.clone(), secret),
            None => false,
        };
        // A new secret is noted in the log at once: nothing that ends before that note is whole.
        if is_whole && self.secret == newest { Ok(()) } else { Err(Broken::Head(self.length)) }
    }

    /// The number of the secret that the last row was signed with.
    #[must_use]
    pub fn secret(&self) -> i64 {
        self.secret
    }

    #[must_use]
    pub fn length(&self) -> i64 {
        self.length
    }

    #[must_use]
    pub fn hash(&self) -> &str {
        &self.hash
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &[u8] = b"a secret";

    fn log(rows: i64, secret: &[u8], secret_id: i64) -> (Vec<Record>, Head) {
        let mut previous = String::new();
        let mut all = Vec::new();
        for number in 1..=rows {
            let mut record = Record {
                number,
                at: "2026-05-04T08:00:00Z".parse().unwrap(),
                actor: "operator".into(),
                action: "role.granted".into(),
                object: format!("thing {number}"),
                person: (number % 2 == 0).then_some(number),
                data: "{}".into(),
                secret: secret_id,
                hash: String::new(),
            };
            record.hash = record.signature(secret, &previous);
            previous.clone_from(&record.hash);
            all.push(record);
        }
        let head = if rows == 0 { Head::default() } else { Head::sealed(rows, previous, secret) };
        (all, head)
    }

    fn walk(rows: &[Record], head: &Head) -> Result<(), Broken> {
        let secret_of = |number: i64| match number {
            0 => Some(&b""[..]),
            1 => Some(SECRET),
            _ => None,
        };
        let mut walk = Walk::default();
        for record in rows {
            walk.step(record, secret_of(record.secret))?;
        }
        walk.end(head, secret_of(walk.secret()), i64::from(!rows.is_empty()))
    }

    #[test]
    fn a_log_as_it_was_written_is_whole() {
        for rows in [0, 1, 5] {
            let (rows, head) = log(rows, SECRET, 1);
            assert_eq!(walk(&rows, &head), Ok(()));
        }
    }

    #[test]
    fn whatever_is_changed_taken_swapped_added_or_cut_is_named() {
        let (rows, head) = log(5, SECRET, 1);
        let changed = |change: fn(&mut Record)| {
            let mut rows = rows.clone();
            change(&mut rows[2]);
            walk(&rows, &head)
        };
        assert_eq!(changed(|row| row.object = "another".into()), Err(Broken::Changed(3)));
        assert_eq!(changed(|row| row.person = Some(9)), Err(Broken::Changed(3)));
        assert_eq!(changed(|row| row.at += chrono::Duration::milliseconds(1)), Err(Broken::Changed(3)));
        // Its letters moved from one field to the next.
        assert_eq!(
            changed(|row| {
                row.action.push('t');
                row.object = "hing 3".into();
            }),
            Err(Broken::Changed(3))
        );
        let mut without = rows.clone();
        without.remove(2);
        assert_eq!(walk(&without, &head), Err(Broken::Missing(3)));
        let mut renumbered = without.clone();
        renumbered[2].number = 3;
        renumbered[3].number = 4;
        assert_eq!(walk(&renumbered, &head), Err(Broken::Changed(3)));
        let mut swapped = rows.clone();
        (swapped[1].number, swapped[2].number) = (3, 2);
        swapped.sort_by_key(|row| row.number);
        assert_eq!(walk(&swapped, &head), Err(Broken::Changed(2)));
        assert_eq!(walk(&rows[..3], &head), Err(Broken::Missing(4)));
        let mut twice = rows.clone();
        twice.insert(3, rows[2].clone());
        assert_eq!(walk(&twice, &head), Err(Broken::Added(3)));
        // The tail is cut, and the end is made to fit as well as it can be without the secret.
        let forged = Head::sealed(3, rows[2].hash.clone(), b"");
        assert_eq!(walk(&rows[..3], &forged), Err(Broken::Head(3)));
        assert_eq!(walk(&rows, &log(3, SECRET, 1).1), Err(Broken::Added(4)));
        assert_eq!(walk(&[], &Head::default()), Ok(()));
    }

    #[test]
    fn a_log_written_anew_without_the_secret_is_noticed() {
        let (forged, head) = log(5, b"", 0);
        assert_eq!(walk(&forged, &head), Err(Broken::Head(5)));
        let (forged, head) = log(5, b"guess", 1);
        assert_eq!(walk(&forged, &head), Err(Broken::Changed(1)));
        let mut downgraded = log(5, SECRET, 1).0;
        downgraded[4].secret = 0;
        assert_eq!(walk(&downgraded, &head), Err(Broken::OtherSecret(5)));
        let (unknown, head) = log(2, b"other", 7);
        assert_eq!(walk(&unknown, &head), Err(Broken::OtherSecret(1)));
    }

    #[test]
    fn an_actor_comes_back() {
        for actor in [Actor::Operator, Actor::Person(PersonId(7))] {
            assert_eq!(Actor::parse(&actor.to_string()), Some(actor));
        }
        assert_eq!(Actor::parse("person x"), None);
    }
}
