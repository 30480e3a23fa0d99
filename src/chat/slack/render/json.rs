//! Written by hand where the types of `serde` would only be made to be taken apart again.

use serde::Serialize;

/// A string, with its quotes.
pub fn string(text: &str, out: &mut Vec<u8>) {
    value(text, out);
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
