//! Skills: any text to a canonical skill.
//!
//! People write skills as they like. Two texts are the same skill when their [`canonical`] forms are equal; that form is
//! a key and is never shown.

mod alias;
pub mod file;
pub mod lexicon;
pub mod link;
pub mod meaning;
pub mod occupations;
pub mod phrases;
mod pieces;
mod postings;
mod resolve;
mod sources;
mod spelling;
pub mod taxonomy;
mod title;
mod vocabulary;

pub use lexicon::Lexicon;
pub use meaning::{Meaning, cosine, text_vector};
pub use occupations::{occupations_of, probable_occupations};
pub use resolve::{Resolved, Resolver, exactly, link, mentions, resolve};
pub use sources::{Source, sources};
pub use spelling::{Spelling, signature};
pub use taxonomy::{Kind, Occupation, OccupationId, Skill, SkillId, Taxonomy, taxonomy};
pub use title::{fold_title, neutral_title};
pub use vocabulary::{Suggestion, Vocabulary, slips_allowed};

use rust_stemmers::{Algorithm, Stemmer};
use std::borrow::Cow;
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// The words of a text: lower case, without accents and punctuation. What tells skills apart stays: `c++`, `c#`, `.net`,
/// `3.5`. A dot or an apostrophe inside a word joins it: `node.js` is `nodejs`.
#[must_use]
pub fn words(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut word = String::new();
    let mut letters = text.nfkd().filter(|letter| !is_combining_mark(*letter)).flat_map(char::to_lowercase).peekable();
    while let Some(letter) = letters.next() {
        let next_is_word = letters.peek().is_some_and(|next| next.is_alphanumeric());
        let ends_in_digit = word.ends_with(|c: char| c.is_ascii_digit());
        match letter {
            _ if letter.is_alphanumeric() => word.push(letter),
            '+' | '#' if !word.is_empty() && !next_is_word => word.push(letter),
            '.' if word.is_empty() && next_is_word => word.push(letter),
            '.' if ends_in_digit && next_is_word => word.push(letter),
            '.' | '\'' | '’' if word.ends_with(char::is_alphanumeric) && next_is_word => {}
            _ if !word.is_empty() => found.push(std::mem::take(&mut word)),
            _ => {}
        }
    }
    if !word.is_empty() {
        found.push(word);
    }
    found
}

/// The words in one line, with simple plurals made singular.
#[must_use]
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for word in words(text) {
        if !folded.is_empty() {
            folded.push(' ');
        }
        match word.strip_suffix('s') {
            Some(stem) if stem.ends_with("ie") && stem.len() > 4 => {
                folded.push_str(stem.trim_end_matches("ie"));
                folded.push('y');
            }
            Some(stem)
                if (stem.len() == 3 && !stem.ends_with(['s', '.']))
                    || (stem.len() > 3 && !stem.ends_with(['s', 'u', 'i', '.'])) =>
            {
                folded.push_str(stem)
            }
            _ => folded.push_str(&word),
        }
    }
    folded
}

/// The root of a word, the same for British and American spelling; what is not made of plain letters is its own.
#[must_use]
pub fn stem(word: &str) -> String {
    if !word.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return word.to_owned();
    }
    let mut root = Stemmer::create(Algorithm::English).stem(&british(word)).into_owned();
    if let Some((_, one)) = SPELLINGS.iter().find(|(other, _)| *other == root) {
        return (*one).to_owned();
    }
    let long = root.len() > 4;
    for (ending, one) in [("our", "or"), ("ll", "l")] {
        if long && root.ends_with(ending) {
            root.truncate(root.len() - ending.len());
            root.push_str(one);
        }
    }
    root
}

/// The word with an s where British English has one: the stemmer takes `ize` off as an ending, and `ise` not.
fn british(word: &str) -> Cow<'_, str> {
    let is_american = |ending: &&&str| word.len() > ending.len() + 2 && word.ends_with(**ending);
    match AMERICAN.iter().find(is_american) {
        Some(ending) => Cow::Owned(format!("{}{}", &word[..word.len() - ending.len()], ending.replace('z', "s"))),
        None => Cow::Borrowed(word),
    }
}

const AMERICAN: &[&str] = &[
    "izational",
    "ization",
    "izations",
    "ize",
    "ized",
    "izer",
    "izers",
    "izes",
    "izing",
    "yze",
    "yzed",
    "yzer",
    "yzers",
    "yzes",
    "yzing",
];

/// Roots that follow no rule.
const SPELLINGS: &[(&str, &str)] = &[
    ("center", "centr"),
    ("fiber", "fibr"),
    ("licenc", "licens"),
    ("meter", "metr"),
    ("programm", "program"),
    ("theater", "theatr"),
];

/// Words that tell nothing.
const STOP: &[&str] = &[
    "a", "an", "and", "are", "as", "at", "be", "by", "for", "from", "in", "is", "it", "of", "on", "or", "that", "the",
    "this", "to", "we", "with", "you", "your",
];

#[must_use]
pub fn is_stop_word(word: &str) -> bool {
    STOP.contains(&word)
}

/// The roots of the words of a text that tell something.
#[must_use]
pub fn stems(text: &str) -> Vec<String> {
    words(text).iter().filter(|word| !is_stop_word(word)).map(|word| stem(word)).collect()
}

/// The key of a skill; other names of the same skill have the same key, and a text that means several is its own.
#[must_use]
pub fn canonical(text: &str) -> String {
    match exactly(taxonomy(), text) {
        Resolved::Known(skill) => fold(&taxonomy().skill(skill).name),
        Resolved::Ambiguous(_) | Resolved::Unknown => fold(text),
    }
}

/// The skill that a text mostly stands for, although it is the name of another one.
#[must_use]
pub fn mostly(text: &str) -> Option<SkillId> {
    match exactly(taxonomy(), alias::mostly(&fold(text))?) {
        Resolved::Known(skill) => Some(skill),
        Resolved::Ambiguous(_) | Resolved::Unknown => None,
    }
}

#[must_use]
pub fn same(a: &str, b: &str) -> bool {
    canonical(a) == canonical(b)
}

/// What people typed in one go, as single skills: split at commas, semicolons and line ends, without doubles and blanks.
#[must_use]
pub fn split(text: &str) -> Vec<String> {
    let mut keys = std::collections::BTreeSet::new();
    text.split([',', ';', '\n'])
        .map(|skill| skill.split_whitespace().collect::<Vec<_>>().join(" "))
        .filter(|skill| {
            let key = canonical(skill);
            !key.is_empty() && keys.insert(key)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn spelling_case_accents_and_plurals_do_not_matter() {
        for (a, b) in [
            ("Rust", " rust "),
            ("Data-Analysis", "data analysis"),
            ("Crème brûlée", "creme brulee"),
            ("APIs", "api"),
            ("Technologies", "technology"),
            ("Node.js", "NodeJS"),
            ("Python 3.5", "python 3.5"),
            ("Ｅｘｃｅｌ", "excel"),
            ("UX-Design", "ux design"),
        ] {
            assert!(same(a, b), "{a} = {b}: {} {}", canonical(a), canonical(b));
        }
    }

    #[test]
    fn what_tells_two_skills_apart_stays() {
        for (a, b) in [("C", "C++"), ("C", "C#"), ("C++", "C#"), (".NET", "net"), ("Java", "JavaScript"), ("R", "Rust")]
        {
            assert!(!same(a, b), "{a} is not {b}");
        }
        assert_eq!(words("We use C++, C# and .NET (3.5)!"), ["we", "use", "c++", "c#", "and", ".net", "3.5"]);
    }

    #[test]
    fn short_names_mean_the_full_ones() {
        for (short, full) in [
            ("k8s", "Kubernetes"),
            ("JS", "JavaScript"),
            ("ts", "TypeScript"),
            ("psql", "PostgreSQL"),
            ("MS Excel", "Excel"),
            ("Golang", "Go"),
            ("Postgres", "PostgreSQL"),
        ] {
            assert!(same(short, full), "{short} = {full}");
        }
        assert!(!same("PM", "Project management"), "it may mean another one");
    }

    #[test]
    fn british_and_american_spelling_have_one_root() {
        for (british, american) in [
            ("organise", "organize"),
            ("organising", "organizing"),
            ("organisation", "organizations"),
            ("organisational", "organizational"),
            ("organiser", "organizer"),
            ("prioritised", "prioritize"),
            ("analyse", "analyzing"),
            ("colour", "colors"),
            ("behavioural", "behavioral"),
            ("modelling", "modeling"),
            ("centre", "center"),
            ("programme", "program"),
        ] {
            assert_eq!(stem(british), stem(american), "{british}, {american}");
        }
        for (one, other) in [("organise", "organ"), ("size", "sister")] {
            assert_ne!(stem(one), stem(other), "{one}, {other}");
        }
    }

    #[test]
    fn a_list_of_skills_is_split_without_doubles() {
        assert_eq!(split("Rust, SQL;rust\n  Public   speaking ,, !"), ["Rust", "SQL", "Public speaking"]);
    }

    proptest! {
        #[test]
        fn a_key_is_its_own_key(text in "\\PC{0,40}") {
            let key = canonical(&text);
            prop_assert_eq!(words(&key).join(" "), key.clone());
            prop_assert!(same(&text, &text));
            prop_assert!(same(&text.to_lowercase(), &text) || !text.is_ascii());
        }
    }
}
