//! Words at rest: what people wrote about their careers, or to one person, is encrypted before it is stored.
//!
//! A sealed value is text, `v1|key id|nonce|ciphertext` (XChaCha20-Poly1305, base64), and where a column holds JSON it is a
//! JSON string. Its [`Place`] is sealed with it: moved to another table, column, row or tenant it does not open. Values
//! that were written before there was a key are read as they stand. [`SEALED`] names every such column, and
//! `docs/decisions/004` says why these.
//!
//! Callers of the store never see any of this: a transaction carries the [`Keyring`].

use chacha20poly1305::{
    KeyInit as _, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use hmac::{Hmac, Mac};
use secrecy::{ExposeSecret, SecretBox};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::value::RawValue;
use sha2::Sha256;
use sqlx::types::Json;
use std::{fmt::Display, sync::Arc};

/// What a sealed value begins with.
pub(super) const MARK: &str = "v1|";
/// Before words that begin like a sealed value, or like this, but were stored without a key.
const BARE: &str = "v0|";
/// The letters of a key's id.
pub(super) const ID_LETTERS: usize = 8;
const NONCE_BYTES: usize = 24;

const BASE64: base64::engine::GeneralPurpose = base64::engine::general_purpose::STANDARD_NO_PAD;

/// A column whose values are sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    pub table: &'static str,
    pub name: &'static str,
    /// The columns of the primary key, and whether each is a number. Only the last may hold a space.
    pub(super) key: &'static [(&'static str, bool)],
    pub(super) is_json: bool,
    /// The row belongs to a tenant of its own.
    pub(super) has_tenant: bool,
}

const fn text(table: &'static str, name: &'static str, key: &'static [(&'static str, bool)]) -> Column {
    Column { table, name, key, is_json: false, has_tenant: false }
}

const fn json(table: &'static str, name: &'static str, key: &'static [(&'static str, bool)]) -> Column {
    Column { is_json: true, ..text(table, name, key) }
}

const OF_A_POST: &[(&str, bool)] = &[("opportunity_id", true), ("person_id", true)];
const OF_A_MENTOR: &[(&str, bool)] = &[("mentor_id", true), ("person_id", true)];
const NUMBERED: &[(&str, bool)] = &[("id", true)];

pub const APPLICATION_NOTE: Column = text("application", "note", OF_A_POST);
pub const APPLICATION_AVAILABILITY: Column = text("application", "availability", OF_A_POST);
pub const APPLICATION_REASON: Column = text("application", "reason", OF_A_POST);
pub const SKIP_REASON: Column = text("conversation", "skip_reason", NUMBERED);
pub const MENTORING_TOPIC: Column = text("mentoring_request", "topic", OF_A_MENTOR);
pub const MENTORING_NOTE: Column = text("mentoring_request", "note", OF_A_MENTOR);
pub const WISHED_ROLE: Column = text("person", "wished_role", NUMBERED);
pub const DRAFT: Column = json("draft", "contents", &[("person_id", true), ("form", false)]);
pub const DELIVERY_CARD: Column = Column { has_tenant: true, ..json("delivery", "card", NUMBERED) };
pub const REFRESH_CARD: Column = json("refresh", "card", &[("platform", false), ("target", false)]);
pub const DELIVERY_SECRET: Column = text("instance", "delivery_secret", NUMBERED);
pub const AUDIT_SECRET: Column = text("audit_secret", "secret", NUMBERED);
/// Not among [`SEALED`]: each of these is sealed under the key it proves.
pub(super) const PROOF: Column = text("sealing_key", "proof", &[("id", false)]);

/// Every column whose values are sealed.
pub const SEALED: [Column; 12] = [
    APPLICATION_NOTE,
    APPLICATION_AVAILABILITY,
    APPLICATION_REASON,
    SKIP_REASON,
    MENTORING_TOPIC,
    MENTORING_NOTE,
    WISHED_ROLE,
    DRAFT,
    DELIVERY_CARD,
    REFRESH_CARD,
    DELIVERY_SECRET,
    AUDIT_SECRET,
];

/// Where a value stands. Sealed with it.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a, R> {
    column: Column,
    tenant: &'a str,
    row: R,
}

impl Column {
    /// The value of this column in one row, named by its primary key.
    pub fn of<R: Display>(self, row: R) -> Place<'static, R> {
        Place { column: self, tenant: "", row }
    }

    /// The same, of a row that belongs to a tenant.
    pub fn of_tenant<R: Display>(self, tenant: &str, row: R) -> Place<'_, R> {
        Place { column: self, tenant, row }
    }
}

impl<R: Display> Place<'_, R> {
    fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(96);
        let row = self.row.to_string();
        for part in [self.column.table, self.column.name, &row, self.tenant] {
            bytes.extend((part.len() as u64).to_be_bytes());
            bytes.extend(part.as_bytes());
        }
        bytes
    }
}

/// A stored value that does not open. Says where, never what.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unopened {
    #[error(
        "{place} is encrypted under key {key}, which TRAILMARK_KEY does not hold: add that key behind the newest one, run \
         `trailmark keys rotate`, and only then take it away"
    )]
    UnknownKey { place: String, key: String },
    #[error("{place} was changed, or moved there from another row, by somebody other than trailmark")]
    Altered { place: String },
    #[error("{place} does not hold what it should")]
    Malformed { place: String },
}

impl From<Unopened> for sqlx::Error {
    fn from(error: Unopened) -> sqlx::Error {
        sqlx::Error::Decode(Box::new(error))
    }
}

struct Key {
    id: String,
    cipher: XChaCha20Poly1305,
}

/// The keys of this installation. The first seals, all open; without any, words are stored as they are. Cheap to clone.
#[derive(Clone, Default)]
pub struct Keyring(Arc<[Key]>);

impl std::fmt::Debug for Keyring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.ids()).finish()
    }
}

/// What is derived from a key for one use says nothing about the key, nor about other uses.
fn derive(key: &[u8; 32], purpose: &[u8]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(purpose);
    mac.finalize().into_bytes().into()
}

impl Keyring {
    /// The key schedules are made here, once.
    #[must_use]
    pub fn new(keys: &[SecretBox<[u8; 32]>]) -> Keyring {
        let key = |secret: &SecretBox<[u8; 32]>| Key {
            id: hex::encode(&derive(secret.expose_secret(), b"trailmark key id")[..ID_LETTERS / 2]),
            cipher: XChaCha20Poly1305::new(&derive(secret.expose_secret(), b"trailmark seal").into()),
        };
        Keyring(keys.iter().map(key).collect())
    }

    /// The names of the keys, the one that seals first. A name is derived from its key and reveals nothing of it.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|key| key.id.as_str())
    }

    /// The name of the key that seals.
    #[must_use]
    pub fn newest(&self) -> Option<&str> {
        self.ids().next()
    }

    /// These words as they are stored there. Nothing stays nothing.
    #[must_use]
    pub fn seal(&self, place: &Place<'_, impl Display>, words: &str) -> String {
        match self.0.first() {
            _ if words.is_empty() => String::new(),
            Some(key) => seal_with(key, place, words),
            None if words.starts_with(MARK) || words.starts_with(BARE) => format!("{BARE}{words}"),
            None => words.to_owned(),
        }
    }

    /// The words that are stored there.
    ///
    /// # Errors
    /// They are sealed under a key that is not here, or were not sealed for this place.
    pub fn open(&self, place: &Place<'_, impl Display>, stored: &str) -> Result<String, Unopened> {
        let Some(sealed) = Sealed::parse(stored) else {
            return Ok(stored.strip_prefix(BARE).unwrap_or(stored).to_owned());
        };
        let Some(key) = self.0.iter().find(|key| key.id == sealed.key) else {
            return Err(Unopened::UnknownKey { place: place.spoken(), key: sealed.key.to_owned() });
        };
        let payload = Payload { msg: &sealed.ciphertext, aad: &place.bytes() };
        let opened = key.cipher.decrypt(&XNonce::from(sealed.nonce), payload).ok();
        let words = opened.and_then(|bytes| String::from_utf8(bytes).ok());
        words.ok_or_else(|| Unopened::Altered { place: place.spoken() })
    }

    /// A value of a JSON column as it is stored there.
    ///
    /// # Errors
    /// It cannot be written as JSON.
    pub fn seal_json(
        &self,
        place: &Place<'_, impl Display>,
        value: &impl Serialize,
    ) -> sqlx::Result<Json<Box<RawValue>>> {
        let encoded = |error: serde_json::Error| sqlx::Error::Encode(Box::new(error));
        let Some(key) = self.0.first() else {
            return serde_json::value::to_raw_value(value).map(Json).map_err(encoded);
        };
        let text = serde_json::to_string(value).map_err(encoded)?;
        // Base64 and bars need no escaping inside a JSON string.
        RawValue::from_string(format!("\"{}\"", seal_with(key, place, &text))).map(Json).map_err(encoded)
    }

    /// The value that is stored there.
    ///
    /// # Errors
    /// As for [`Keyring::open`]; or it is not what should stand there.
    pub fn open_json<T: DeserializeOwned>(
        &self,
        place: &Place<'_, impl Display>,
        stored: &RawValue,
    ) -> Result<T, Unopened> {
        let malformed = |_| Unopened::Malformed { place: place.spoken() };
        if !stored.get().starts_with('"') {
            return serde_json::from_str(stored.get()).map_err(malformed);
        }
        let sealed: String = serde_json::from_str(stored.get()).map_err(malformed)?;
        serde_json::from_str(&self.open(place, &sealed)?).map_err(malformed)
    }
}

fn seal_with(key: &Key, place: &Place<'_, impl Display>, words: &str) -> String {
    use base64::Engine as _;
    let nonce: [u8; NONCE_BYTES] = rand::random();
    let payload = Payload { msg: words.as_bytes(), aad: &place.bytes() };
    let sealed =
        key.cipher.encrypt(&XNonce::from(nonce), payload).expect("no text comes near the cipher's limit of 256 GiB");
    format!("{MARK}{}|{}|{}", key.id, BASE64.encode(nonce), BASE64.encode(sealed))
}

impl<R: Display> Place<'_, R> {
    fn spoken(&self) -> String {
        format!("{}.{} of row {}", self.column.table, self.column.name, self.row)
    }
}

/// A stored value that has the shape of a sealed one.
struct Sealed<'a> {
    key: &'a str,
    nonce: [u8; NONCE_BYTES],
    ciphertext: Vec<u8>,
}

impl Sealed<'_> {
    fn parse(stored: &str) -> Option<Sealed<'_>> {
        use base64::Engine as _;
        let mut parts = stored.strip_prefix(MARK)?.split('|');
        let (key, nonce, ciphertext) = (parts.next()?, parts.next()?, parts.next()?);
        let is_id = key.len() == ID_LETTERS && key.bytes().all(|letter| letter.is_ascii_hexdigit());
        let nonce = BASE64.decode(nonce).ok()?.try_into().ok()?;
        let ciphertext = BASE64.decode(ciphertext).ok()?;
        (is_id && parts.next().is_none()).then_some(Sealed { key, nonce, ciphertext })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn ring(keys: &[u8]) -> Keyring {
        let secrets: Vec<_> = keys.iter().map(|byte| SecretBox::new(Box::new([*byte; 32]))).collect();
        Keyring::new(&secrets)
    }

    fn altered(place: &Place<'_, impl Display>) -> Unopened {
        Unopened::Altered { place: place.spoken() }
    }

    proptest! {
        #[test]
        fn any_words_come_back_from_any_row(words in ".*", post: i64, person: i64, bytes in proptest::collection::vec(any::<u8>(), 0..3)) {
            let place = APPLICATION_NOTE.of(format!("{post} {person}"));
            let keys = ring(&bytes);
            let stored = keys.seal(&place, &words);
            prop_assert_eq!(keys.open(&place, &stored), Ok(words.clone()));
            if let (Some(newest), false) = (keys.newest(), words.is_empty()) {
                let begin = format!("v1|{newest}|");
                prop_assert!(stored.starts_with(&begin));
                prop_assert!(!stored.contains(&words) || words.len() < 8);
            }
        }

        #[test]
        fn any_contents_of_a_form_come_back(contents: BTreeMap<String, Vec<String>>, person: i64, form in ".*", has_key: bool) {
            let place = DRAFT.of(format!("{person} {form}"));
            let keys = ring(if has_key { &[1] } else { &[] });
            let Json(stored) = keys.seal_json(&place, &contents).unwrap();
            let opened: BTreeMap<String, Vec<String>> = keys.open_json(&place, &stored).unwrap();
            prop_assert_eq!(opened, contents);
        }

        #[test]
        fn words_that_look_sealed_are_words(rest in "[0-9a-f]{8}\\|[A-Za-z0-9]{32}\\|[A-Za-z0-9+/]*", with_key: bool) {
            let place = MENTORING_NOTE.of("1 2");
            let keys = ring(if with_key { &[1] } else { &[] });
            for words in [format!("v1|{rest}"), format!("v0|v1|{rest}"), "v0|".to_owned()] {
                prop_assert_eq!(keys.open(&place, &keys.seal(&place, &words)), Ok(words));
            }
        }
    }

    #[test]
    fn moved_to_another_place_it_does_not_open() {
        let keys = ring(&[1]);
        let home = DELIVERY_CARD.of_tenant("T1", 7);
        let stored = keys.seal(&home, "for Bo only");
        assert_eq!(keys.open(&home, &stored).unwrap(), "for Bo only");
        for elsewhere in [
            DELIVERY_CARD.of_tenant("T1", 8),
            DELIVERY_CARD.of_tenant("T2", 7),
            DELIVERY_CARD.of(7),
            WISHED_ROLE.of(7),
            SKIP_REASON.of_tenant("T1", 7),
        ] {
            assert_eq!(keys.open(&elsewhere, &stored), Err(altered(&elsewhere)));
        }
        let (here, there) = (APPLICATION_NOTE.of("1 12"), APPLICATION_NOTE.of("11 2"));
        assert_eq!(keys.open(&there, &keys.seal(&here, "x")), Err(altered(&there)));
    }

    #[test]
    fn a_changed_letter_is_noticed() {
        let keys = ring(&[1]);
        let place = WISHED_ROLE.of(7);
        let stored = keys.seal(&place, "Product manager");
        let at = stored.rfind('|').unwrap() + 1;
        let letter = if &stored[at..=at] == "A" { "B" } else { "A" };
        let changed = format!("{}{letter}{}", &stored[..at], &stored[at + 1..]);
        assert_eq!(keys.open(&place, &changed), Err(altered(&place)));
    }

    #[test]
    fn the_first_key_seals_all_open_and_a_stranger_opens_nothing() {
        let place = WISHED_ROLE.of(7);
        let stored = ring(&[1]).seal(&place, "Product manager");
        assert_eq!(ring(&[2, 1]).open(&place, &stored).unwrap(), "Product manager");
        assert_ne!(ring(&[2, 1]).newest(), ring(&[1]).newest());
        assert_eq!(ring(&[1, 2]).newest(), ring(&[1]).newest(), "an id belongs to the key, not to its position");
        for stranger in [ring(&[2]), ring(&[])] {
            let told = stranger.open(&place, &stored).unwrap_err().to_string();
            assert!(told.contains("TRAILMARK_KEY") && told.contains("keys rotate"), "{told}");
        }
    }

    #[test]
    fn the_same_words_are_never_stored_alike() {
        let keys = ring(&[1]);
        assert_ne!(keys.seal(&WISHED_ROLE.of(1), "x"), keys.seal(&WISHED_ROLE.of(1), "x"));
        assert_eq!(keys.seal(&WISHED_ROLE.of(1), ""), "");
    }

    #[test]
    fn debug_output_names_keys_and_shows_none() {
        let shown = format!("{:?}", ring(&[7]));
        assert_eq!(shown.len(), ID_LETTERS + 4, "{shown}");
    }
}
