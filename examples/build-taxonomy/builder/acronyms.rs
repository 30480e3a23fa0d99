//! Names that say themselves twice, in full and in short: "Relational database management system RDBMS".

/// The full and the short form inside a name, where it has both.
pub fn other_names(name: &str) -> Vec<String> {
    let (full, short) = match name.split_once('(') {
        Some((full, rest)) => (full, rest.trim_end_matches(')')),
        None => name.rsplit_once(' ').unwrap_or((name, "")),
    };
    let (full, short) = (full.trim(), short.trim());
    let is_short =
        (2..=6).contains(&short.len()) && short.bytes().filter(u8::is_ascii_uppercase).count() * 2 > short.len();
    if is_short && full.contains(' ') && stands_for(short, full) {
        vec![full.to_owned(), short.to_owned()]
    } else {
        Vec::new()
    }
}

/// Whether the letters of a short form begin words of the full one, in order and from the first on.
fn stands_for(short: &str, full: &str) -> bool {
    let initials = full.split([' ', '-', '/']).filter_map(|word| word.chars().next()).flat_map(char::to_lowercase);
    let mut letters = short.chars().flat_map(char::to_lowercase).peekable();
    for initial in initials {
        if letters.peek() == Some(&initial) {
            letters.next();
        }
    }
    let left = letters.count();
    left == 0 || (left == 1 && short.len() > 3)
}
