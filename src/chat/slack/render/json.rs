//! Written by hand where the types of `serde` would only be made to be taken apart again.

use serde::Serialize;
use std::io::Write;

/// A string, with its quotes.
pub fn string(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    let mut rest = text.as_bytes();
    loop {
        let (clean, more) = rest.split_at(until(rest, |byte| byte < b' ' || byte == b'"' || byte == b'\\'));
        out.extend_from_slice(clean);
        let Some((special, more)) = more.split_first() else { break };
        match special {
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', *special]),
            b'\n' => out.extend_from_slice(br"\n"),
            _ => {
                let _ = write!(out, "\\u{special:04x}");
            }
        }
        rest = more;
    }
    out.push(b'"');
}

/// How many bytes stand before the first of a kind. Sixteen are looked at together, which compiles to few instructions.
pub fn until(bytes: &[u8], is_one: impl Fn(u8) -> bool) -> usize {
    let has_none = |some: &&[u8]| !some.iter().fold(false, |any, byte| any | is_one(*byte));
    let start = 16 * bytes.chunks_exact(16).take_while(has_none).count();
    let rest = &bytes[start..];
    start + rest.iter().position(|byte| is_one(*byte)).unwrap_or(rest.len())
}

pub fn number(it: usize, out: &mut Vec<u8>) {
    if it > 9 {
        number(it / 10, out);
    }
    out.push(b"0123456789"[it % 10]);
}

/// Whatever `serde` can write.
pub fn value(value: &(impl Serialize + ?Sized), out: &mut Vec<u8>) {
    serde_json::to_writer(out, value).expect("memory takes it, and every key is a string");
}

/// The object that `head` is, up to where one more field may follow.
#[must_use]
pub fn begin(head: &impl Serialize, capacity: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(capacity);
    value(head, &mut out);
    out.pop();
    if out.len() > 1 {
        out.push(b',');
    }
    out
}

/// The object that `head` is, with one more field that is JSON already.
#[must_use]
pub fn with(head: &impl Serialize, name: &str, json: &[u8]) -> Vec<u8> {
    let mut out = begin(head, json.len() + 512);
    string(name, &mut out);
    out.push(b':');
    out.extend_from_slice(json);
    out.push(b'}');
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_string_is_read_back_as_it_was(text in "[\\x00-\\x7f]{0,40}.{0,40}") {
            let mut json = Vec::new();
            string(&text, &mut json);
            prop_assert_eq!(serde_json::from_slice::<String>(&json).unwrap(), text);
        }

        #[test]
        fn every_number_is_written_as_people_write_it(it: usize) {
            let mut json = Vec::new();
            number(it, &mut json);
            prop_assert_eq!(String::from_utf8(json).unwrap(), it.to_string());
        }
    }
}
