//! Did Slack send this? Works on raw bytes, before anything is decoded.

use super::Rejected;
use crate::domain::Instant;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

/// How far the sender's clock may be from ours, in seconds, either way.
const WINDOW: u64 = 300;

/// Passes only what was signed with one of `secrets` (two stand there while an installation rotates them) within the
/// last or next five minutes. A captured request is therefore useless after that time.
///
/// # Errors
/// [`Rejected::Unsigned`], which does not tell which check failed.
pub fn verify(
    secrets: &[SecretString],
    timestamp: Option<&[u8]>,
    signature: Option<&[u8]>,
    body: &[u8],
    now: Instant,
) -> Result<(), Rejected> {
    let (Some(timestamp), Some(signature)) = (timestamp, signature) else { return Err(Rejected::Unsigned) };
    let sent = seconds(timestamp).ok_or(Rejected::Unsigned)?;
    if now.timestamp().abs_diff(sent) > WINDOW {
        return Err(Rejected::Unsigned);
    }
    let expected = digest(signature).ok_or(Rejected::Unsigned)?;
    let is_ours = secrets.iter().filter(|secret| !secret.expose_secret().is_empty()).any(|secret| {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes()) else { return false };
        mac.update(b"v0:");
        mac.update(timestamp);
        mac.update(b":");
        mac.update(body);
        mac.verify_slice(&expected).is_ok()
    });
    if is_ours { Ok(()) } else { Err(Rejected::Unsigned) }
}

/// ASCII digits only: no sign, no blanks, no fraction.
fn seconds(text: &[u8]) -> Option<i64> {
    if text.is_empty() || text.len() > 12 || !text.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// `v0=` and 64 lower-case hexadecimal digits.
fn digest(signature: &[u8]) -> Option<[u8; 32]> {
    let digits = signature.strip_prefix(b"v0=")?;
    if digits.iter().any(u8::is_ascii_uppercase) {
        return None;
    }
    let mut bytes = [0; 32];
    hex::decode_to_slice(digits, &mut bytes).ok()?;
    Some(bytes)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use chrono::DateTime;
    use proptest::prelude::*;

    /// The example of Slack's own documentation.
    const SECRET: &str = "8f742231b10e8888abcd99yyyzzz85a5";
    const AT: i64 = 1_531_420_618;
    const BODY: &[u8] =
        b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V\
        &channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=\
        &response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN\
        &trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
    const SIGNATURE: &str = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503";

    fn at(seconds: i64) -> Instant {
        DateTime::from_timestamp(seconds, 0).expect("in range")
    }

    fn secrets(all: &[&str]) -> Vec<SecretString> {
        all.iter().map(|secret| SecretString::from(*secret)).collect()
    }

    fn sign(secret: &str, timestamp: &str, body: &[u8]) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any length");
        mac.update(format!("v0:{timestamp}:").as_bytes());
        mac.update(body);
        format!("v0={}", hex::encode(mac.finalize().into_bytes()))
    }

    fn official(timestamp: &str, signature: &str, now: i64) -> bool {
        verify(&secrets(&[SECRET]), Some(timestamp.as_bytes()), Some(signature.as_bytes()), BODY, at(now)).is_ok()
    }

    #[test]
    fn the_official_example_is_accepted() {
        assert!(official("1531420618", SIGNATURE, AT));
    }

    #[test]
    fn five_minutes_are_the_limit_on_both_sides() {
        assert!(official("1531420618", SIGNATURE, AT + 300));
        assert!(official("1531420618", SIGNATURE, AT - 300));
        assert!(!official("1531420618", SIGNATURE, AT + 301));
        assert!(!official("1531420618", SIGNATURE, AT - 301));
    }

    #[test]
    fn only_the_exact_form_of_the_headers_counts() {
        assert!(!official("1531420618", &SIGNATURE.to_uppercase().replace("V0", "v0"), AT));
        assert!(!official("1531420618", &SIGNATURE.replace("v0=", "v1="), AT));
        assert!(!official("1531420618", &SIGNATURE[..66], AT));
        assert!(!official("1531420618", &format!("{SIGNATURE}0"), AT));
        for timestamp in ["", "+1531420618", " 1531420618", "1531420618.0", "-1", "١٥٣١٤٢٠٦١٨", "99999999999999999999"]
        {
            let signature = sign(SECRET, timestamp, BODY);
            assert!(!official(timestamp, &signature, AT), "{timestamp:?}");
        }
        let now = at(AT);
        assert!(verify(&secrets(&[SECRET]), None, Some(SIGNATURE.as_bytes()), BODY, now).is_err());
        assert!(verify(&secrets(&[SECRET]), Some(b"1531420618"), None, BODY, now).is_err());
        assert!(verify(&secrets(&[SECRET]), Some(b"\xff\xfe"), Some(b"\xff"), BODY, now).is_err());
    }

    #[test]
    fn both_secrets_count_while_rotating_and_an_empty_one_never_does() {
        let both = secrets(&["the new one", SECRET]);
        assert!(verify(&both, Some(b"1531420618"), Some(SIGNATURE.as_bytes()), BODY, at(AT)).is_ok());
        let other = secrets(&["the new one"]);
        assert!(verify(&other, Some(b"1531420618"), Some(SIGNATURE.as_bytes()), BODY, at(AT)).is_err());
        let forged = sign("", "1531420618", BODY);
        assert!(verify(&secrets(&[""]), Some(b"1531420618"), Some(forged.as_bytes()), BODY, at(AT)).is_err());
        assert!(verify(&[], Some(b"1531420618"), Some(forged.as_bytes()), BODY, at(AT)).is_err());
    }

    proptest! {
        #[test]
        fn what_is_signed_is_accepted_and_one_changed_byte_is_not(
            body in proptest::collection::vec(any::<u8>(), 1..300),
            secret in "[ -~]{1,40}",
            change in 0usize..300,
            drift in -300i64..=300,
        ) {
            let stamp = AT.to_string();
            let signature = sign(&secret, &stamp, &body);
            let ask = |body: &[u8]| {
                verify(&secrets(&[&secret]), Some(stamp.as_bytes()), Some(signature.as_bytes()), body, at(AT + drift))
            };
            prop_assert!(ask(&body).is_ok());
            let mut other = body.clone();
            let place = change % other.len();
            other[place] ^= 1;
            prop_assert!(ask(&other).is_err());
        }

        #[test]
        fn no_header_makes_it_panic(stamp: Vec<u8>, signature: Vec<u8>) {
            prop_assert!(verify(&secrets(&[SECRET]), Some(&stamp), Some(&signature), BODY, at(AT)).is_err());
        }
    }
}
