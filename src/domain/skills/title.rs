//! Job titles in neutral forms.

use super::fold;

/// A title's folded words in neutral forms: nothing about a person's gender reaches what is computed from a title.
#[must_use]
pub fn fold_title(title: &str) -> String {
    neutral_title(fold(title).split(' '))
}

/// The same for a title that is folded already, word by word.
#[must_use]
pub fn neutral_title<'a>(words: impl Iterator<Item = &'a str>) -> String {
    words.filter(|word| !GENDERED.contains(word)).map(neutral).collect::<Vec<_>>().join(" ")
}

/// Words that only say a person's gender.
const GENDERED: &[&str] = &["female", "male", "mr", "mrs", "lady", "gentleman"];

/// Words that end like gendered ones and are not.
const NEUTRAL: &[&str] = &["german", "human", "norman", "ottoman", "roman", "talisman", "shaman"];

/// Gendered words, and what they are called without.
const PAIRS: &[(&str, &str)] = &[
    ("actress", "actor"),
    ("anchorman", "anchor"),
    ("anchorwoman", "anchor"),
    ("fireman", "firefighter"),
    ("firewoman", "firefighter"),
    ("headmaster", "principal"),
    ("headmistress", "principal"),
    ("hostess", "host"),
    ("stewardess", "steward"),
    ("seamstress", "sewer"),
    ("usherette", "usher"),
    ("waitress", "waiter"),
    ("masseuse", "masseur"),
];

fn neutral(word: &str) -> String {
    if let Some((_, neutral)) = PAIRS.iter().find(|(gendered, _)| *gendered == word) {
        return (*neutral).to_owned();
    }
    let ending = ["woman", "women", "man", "men", "girl", "boy"].iter().find_map(|ending| word.strip_suffix(ending));
    match ending {
        Some(start) if start.len() > 2 && !NEUTRAL.contains(&word) => format!("{start}person"),
        _ => word.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_title_says_nothing_about_gender() {
        for (a, b) in [
            ("Salesman", "Saleswoman"),
            ("Salesmen", "salespersons"),
            ("Waitress", "Waiter"),
            ("Male Nurse", "Nurse"),
            ("Firewoman", "Firefighter"),
            ("Cleaning Lady", "Cleaning"),
            ("Headmistress", "Headmaster"),
        ] {
            assert_eq!(fold_title(a), fold_title(b), "{a} = {b}");
        }
        for title in ["Human Resources Manager", "German Teacher"] {
            assert_eq!(fold_title(title), fold(title));
        }
    }

    proptest! {
        #[test]
        fn a_neutral_title_stays_as_it_is(title in "\\PC{0,40}") {
            let folded = fold_title(&title);
            prop_assert_eq!(fold_title(&folded), folded.clone());
        }
    }
}
