//! Short and other names that are in everybody's mouth and that the tables of the taxonomy lack.
//!
//! They stand here because the taxonomy is made of its sources alone, and none of them has these. Only
//! [`Taxonomy::called`](super::Taxonomy::called) reads them, after the labels of the taxonomy: what a text means is said in
//! one place. A test sees to it that nothing stands here that the taxonomy knows by itself.

/// The full name behind a folded short one.
pub fn full_name(folded: &str) -> Option<&'static str> {
    NAMES.iter().find_map(|(full, short)| short.contains(&folded).then_some(*full))
}

/// A name that the taxonomy knows, and its other names, folded.
const NAMES: &[(&str, &[&str])] = &[
    ("Amazon Web Services", &["amazon aws"]),
    ("Artificial Intelligence", &["kunstliche intelligenz"]),
    ("Business intelligence", &["bi"]),
    ("Customer success", &["cs"]),
    ("Data Science", &["ds"]),
    ("Internationalization (i18n)", &["internationalization"]),
    ("Kubernetes", &["k8"]),
    ("Microsoft Excel", &["ms excel", "xl"]),
    ("Microsoft PowerPoint", &["ppt", "powerpoint", "power point", "ms powerpoint"]),
    (".NET", &["dotnet", "dot net"]),
    ("Node.js", &["node js"]),
    ("PostgreSQL", &["psql"]),
    ("Project management", &["project manager"]),
    ("Python", &["py"]),
    ("Quality assurance", &["qa"]),
    ("React", &["reactj", "react js", "react j"]),
    ("Ruby on Rails", &["ror"]),
    ("User experience (UX)", &["ux design"]),
    ("User interface", &["ui design"]),
    ("Version control", &["vcs"]),
];

/// Short names that are the name of one skill and mostly mean another one: whoever types them is asked.
const MOSTLY: &[(&str, &str)] = &[("ml", "Machine learning")];

/// The full name that a folded name of another skill mostly stands for.
pub fn mostly(folded: &str) -> Option<&'static str> {
    MOSTLY.iter().find(|(short, _)| *short == folded).map(|(_, full)| *full)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::skills::{Resolved, exactly, fold, taxonomy};

    #[test]
    fn what_stands_here_is_not_in_the_taxonomy_and_means_something_that_is() {
        let mut seen = std::collections::BTreeSet::new();
        for (full, short) in NAMES {
            assert!(matches!(exactly(taxonomy(), full), Resolved::Known(_)), "{full}");
            assert_eq!(full_name(&fold(full)), None, "{full} is a full name");
            for name in *short {
                assert!(seen.insert(name) && fold(name) == **name, "{name} stands twice, or is not folded");
                assert!(taxonomy().label(name).is_empty(), "{name} is known by itself");
                assert_eq!(exactly(taxonomy(), name), exactly(taxonomy(), full), "{name} is never asked for");
            }
        }
        for (short, full) in MOSTLY {
            let [one, other] = [short, full].map(|name| exactly(taxonomy(), name));
            assert!(matches!((&one, &other), (Resolved::Known(_), Resolved::Known(_))) && one != other, "{short}");
        }
    }
}
