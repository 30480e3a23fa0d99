//! Whatever stands in the headers: what is not signed is never let in, and what is signed and fresh always is.

#![no_main]

use chrono::DateTime;
use hmac::{Hmac, KeyInit, Mac};
use libfuzzer_sys::fuzz_target;
use secrecy::SecretString;
use sha2::Sha256;
use trailmark::chat::slack::verify::verify;

const NOW: i64 = 1_778_580_000;

/// The signature, reckoned here and not there.
fn sign(secret: &str, timestamp: &[u8], body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any length is a key");
    for part in [b"v0:".as_slice(), timestamp, b":", body] {
        mac.update(part);
    }
    format!("v0={}", hex::encode(mac.finalize().into_bytes()))
}

// A line of words, `asis TIMESTAMP SIGNATURE`, `signed AGE` or anything else for a signed body that was changed; then the body.
fuzz_target!(|input: &[u8]| {
    let (head, body) = cut(input, b'\n');
    let (mode, rest) = cut(head, b' ');
    let (timestamp, signature) = cut(rest, b' ');
    let secrets = [SecretString::from("new".to_owned()), SecretString::from("old".to_owned())];
    let now = DateTime::from_timestamp(NOW, 0).expect("a date");
    let is_let_in = |timestamp: Option<&[u8]>, signature: Option<&[u8]>, body: &[u8]| {
        verify(&secrets, timestamp, signature, body, now).is_ok()
    };
    match mode {
        b"asis" => {
            let told = is_let_in(Some(timestamp), Some(signature), body);
            let is_signed = ["new", "old"].iter().any(|it| sign(it, timestamp, body).as_bytes() == signature);
            assert!(!told || is_signed, "let in without a signature");
            assert!(!is_let_in(None, Some(signature), body) && !is_let_in(Some(timestamp), None, body));
        }
        b"signed" => {
            let age = std::str::from_utf8(timestamp).ok().and_then(|age| age.parse::<i16>().ok()).unwrap_or_default();
            let stamp = (NOW + i64::from(age)).to_string().into_bytes();
            let right = sign(if age % 2 == 0 { "new" } else { "old" }, &stamp, body).into_bytes();
            assert_eq!(is_let_in(Some(&stamp), Some(&right), body), age.unsigned_abs() <= 300, "{age} s apart");
        }
        _ => {
            let stamp = NOW.to_string().into_bytes();
            let right = sign("new", &stamp, body).into_bytes();
            let other = sign("nobody's", &stamp, body).into_bytes();
            assert!(is_let_in(Some(&stamp), Some(&right), body));
            assert!(!is_let_in(Some(&stamp), Some(&other), body), "somebody else's secret");
            if head != body {
                assert!(!is_let_in(Some(&stamp), Some(&right), head), "another body");
            }
            if timestamp != stamp {
                assert!(!is_let_in(Some(timestamp), Some(&right), body), "another time");
            }
            if signature != right {
                assert!(!is_let_in(Some(&stamp), Some(signature), body), "another signature");
            }
        }
    }
});

fn cut(text: &[u8], at: u8) -> (&[u8], &[u8]) {
    let place = text.iter().position(|byte| *byte == at).unwrap_or(text.len());
    (&text[..place], text.get(place + 1..).unwrap_or_default())
}
