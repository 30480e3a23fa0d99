//! Whatever a platform sends: it is read, ignored or malformed; what is read is ours from then on, and every answer to it is
//! something that the platform takes.

#![no_main]

use libfuzzer_sys::fuzz_target;
use trailmark::{
    chat::slack::{Parsed, parse::parse, respond},
    message::{Action, Button, Card, Inbound, InboundKind, Reply},
};

const FORM: &[u8] = b"application/x-www-form-urlencoded";
const JSON: &[u8] = b"application/json; charset=utf-8";

// `payload`, `json` or `form` in the first line, and what was sent.
fuzz_target!(|input: &[u8]| {
    let place = input.iter().position(|byte| *byte == b'\n').unwrap_or(input.len());
    let body = input.get(place + 1..).unwrap_or_default();
    let packed: Vec<u8>;
    let (kind, body) = match &input[..place] {
        b"payload" => {
            let text: String = form_urlencoded::byte_serialize(body).collect();
            packed = format!("payload={text}").into_bytes();
            (FORM, packed.as_slice())
        }
        b"json" => (JSON, body),
        b"form" => (FORM, body),
        other => (other, body),
    };
    let read = parse(Some(kind), body);
    assert_eq!(read, parse(Some(kind), body), "read in another way the second time");
    assert!(parse(None, body).is_err());
    if let Ok(Parsed::Inbound(inbound)) = read {
        is_ours(&inbound);
    }
});

fn is_ours(inbound: &Inbound) {
    assert!(!inbound.tenant.is_empty());
    assert!(inbound.actor.as_ref().is_none_or(|actor| !actor.id.is_empty()));
    assert!(inbound.key.as_ref().is_none_or(|key| key.contains(':')));
    if let InboundKind::Press { action, .. } | InboundKind::Submit { action, .. } | InboundKind::FormClosed { action } =
        &inbound.kind
    {
        assert_eq!(Action::decode(&action.encode()).as_ref(), Some(action), "a button means what it meant");
    }
    if let InboundKind::Submit { values, .. } | InboundKind::FormChanged { values, .. } = &inbound.kind {
        let legible = values.legible();
        assert_eq!(legible.legible(), legible);
    }
    if let Some(url) = &inbound.handle.response_url {
        let shown = format!("{:?}", inbound.handle);
        assert!(url.len() < 20 || !shown.contains(url.as_str()), "a secret is shown");
    }
    // Said back in the way that most can go wrong: with their own words in every place.
    let words = match &inbound.kind {
        InboundKind::Command { text } | InboundKind::Said { text, .. } => text.as_str(),
        InboundKind::PostShortcut { words } => words,
        InboundKind::Lookup { query, .. } => query,
        _ => "words",
    };
    let card = Card::new(words).header(words).text(words).note(words).buttons(vec![Button::run("Show", words)]);
    for reply in [Reply::Private(card), Reply::FormErrors(vec![(words.to_owned(), words.to_owned())]), Reply::Nothing] {
        let answer = respond(inbound, &reply);
        assert!(answer.body.is_none_or(|body| std::str::from_utf8(&body).is_ok_and(|text| text.starts_with('{'))));
    }
}
