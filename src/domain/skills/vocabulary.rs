//! The skills this company knows: what its people and posts name, with counts.

use super::{canonical, fold, words};
use std::{
    cmp::Reverse,
    collections::{BTreeMap, HashMap},
};

/// Kept up to date by adding and taking away, never counted anew. Names of one skill are counted together, and compared as
/// people write them.
#[derive(Debug, Default)]
pub struct Vocabulary {
    skills: BTreeMap<String, Entry>,
    /// The key and the folded form of each spelling in use, so that one that many people use is read once.
    keys: HashMap<String, (String, String)>,
}

#[derive(Debug, Default)]
struct Entry {
    /// By its folded form, how often each spelling is used.
    written: BTreeMap<String, HashMap<String, usize>>,
    count: usize,
}

/// A skill to offer while somebody types.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    pub name: String,
    /// How many people and posts name it; 0 means: add it as typed.
    pub count: usize,
}

impl Vocabulary {
    pub fn add<'a>(&mut self, names: impl IntoIterator<Item = &'a str>) {
        for name in names.into_iter().map(str::trim) {
            let (key, folded) = match self.keys.get(name) {
                Some(known) => known.clone(),
                None => (canonical(name), fold(name)),
            };
            if folded.is_empty() {
                continue;
            }
            if !self.keys.contains_key(name) {
                self.keys.insert(name.to_owned(), (key.clone(), folded.clone()));
            }
            let entry = self.skills.entry(key).or_default();
            entry.count += 1;
            let spellings = entry.written.entry(folded).or_default();
            match spellings.get_mut(name) {
                Some(uses) => *uses += 1,
                None => drop(spellings.insert(name.to_owned(), 1)),
            }
        }
    }

    /// Takes back what [`Vocabulary::add`] put in.
    pub fn remove<'a>(&mut self, names: impl IntoIterator<Item = &'a str>) {
        for name in names.into_iter().map(str::trim) {
            let Some((key, folded)) = self.keys.get(name) else { continue };
            let Some(entry) = self.skills.get_mut(key) else { continue };
            entry.count = entry.count.saturating_sub(1);
            if entry.count == 0 {
                self.skills.remove(key);
                self.keys.remove(name);
                continue;
            }
            let Some(spellings) = entry.written.get_mut(folded) else { continue };
            if let Some(uses) = spellings.get_mut(name) {
                *uses = uses.saturating_sub(1);
                if *uses == 0 {
                    spellings.remove(name);
                    if spellings.is_empty() {
                        entry.written.remove(folded);
                    }
                    self.keys.remove(name);
                }
            }
        }
    }

    /// How the company mostly writes this skill; as typed where nobody names it yet.
    #[must_use]
    pub fn name<'a>(&'a self, typed: &'a str) -> &'a str {
        self.skills.get(&canonical(typed)).and_then(Entry::name).unwrap_or(typed.trim())
    }

    /// How the company mostly writes this very name of a skill, be it with other capitals or in the plural.
    #[must_use]
    pub fn spelling(&self, typed: &str) -> Option<&str> {
        most_used(self.skills.get(&canonical(typed))?.written.get(&fold(typed))?)
    }

    /// The skill that this word, no skill itself, is probably a slip of.
    #[must_use]
    pub fn near_miss(&self, typed: &str) -> Option<&str> {
        if self.skills.contains_key(&canonical(typed)) {
            return None;
        }
        let folded = fold(typed);
        let slips = slips_allowed(&folded);
        let written = self.skills.values().flat_map(|entry| entry.written.keys().map(move |written| (written, entry)));
        let near = written.filter(|(written, _)| slips > 0 && written.len().abs_diff(folded.len()) <= slips * 4);
        let near = near.filter_map(|(written, entry)| {
            let distance = strsim::osa_distance(written, &folded);
            (distance <= slips).then_some((distance, Reverse(entry.count), written, entry))
        });
        near.min_by_key(|(distance, count, written, _)| (*distance, *count, *written))?.3.name()
    }

    /// The skills that somebody who typed this may mean, most likely first: the one itself, what begins like it, what
    /// has a word that begins like it, what is a slip away. Where it is no skill yet, "as typed" comes last.
    #[must_use]
    pub fn suggest(&self, typed: &str, limit: usize) -> Vec<Suggestion> {
        let key = canonical(typed);
        let begun = words(typed).join(" ");
        let mut found: Vec<_> = self
            .skills
            .iter()
            .filter_map(|(skill, entry)| {
                let of = |written: &String| nearness(written, &begun);
                let nearness = if *skill == key { 0 } else { entry.written.keys().filter_map(of).min()? };
                Some((nearness, Reverse(entry.count), skill, entry.name()?))
            })
            .collect();
        found.sort_unstable();
        let is_known = key.is_empty() || self.skills.contains_key(&key);
        let room = if is_known { limit } else { limit.saturating_sub(1) };
        let mut offers: Vec<_> = found
            .into_iter()
            .take(room)
            .map(|(_, Reverse(count), _, name)| Suggestion { name: name.to_owned(), count })
            .collect();
        if !is_known && limit > 0 {
            offers.push(Suggestion { name: typed.split_whitespace().collect::<Vec<_>>().join(" "), count: 0 });
        }
        offers
    }
}

impl Entry {
    /// The most used spelling.
    fn name(&self) -> Option<&str> {
        most_used(self.written.values().flatten())
    }
}

/// Among equals the first of the alphabet, which begins with a capital.
fn most_used<'a>(spellings: impl IntoIterator<Item = (&'a String, &'a usize)>) -> Option<&'a str> {
    spellings.into_iter().max_by_key(|(name, uses)| (**uses, Reverse(*name))).map(|(name, _)| name.as_str())
}

/// How near what is written is to what was begun; `None` is something else, and 0 is left for the skill itself.
fn nearness(written: &str, begun: &str) -> Option<usize> {
    if begun.is_empty() {
        return Some(1);
    }
    if written.starts_with(begun) {
        Some(1)
    } else if written.split(' ').any(|word| word.starts_with(begun)) {
        Some(2)
    } else {
        let slips = slips_allowed(begun);
        let is_long_enough = slips > 0 && written.len().abs_diff(begun.len()) <= slips * 4;
        let distance = if is_long_enough { strsim::osa_distance(written, begun) } else { usize::MAX };
        (distance <= slips).then(|| 2 + distance)
    }
}

/// How many slips a word of this length forgives.
#[must_use]
pub fn slips_allowed(word: &str) -> usize {
    match word.chars().count() {
        0..=3 => 0,
        4..=7 => 1,
        _ => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn company() -> Vocabulary {
        let mut vocabulary = Vocabulary::default();
        vocabulary.add(["Rust", "rust", "Rust", "SQL", "Kubernetes", "Public speaking", "Ruby", "Sales", "k8s"]);
        vocabulary
    }

    fn offers(typed: &str) -> Vec<String> {
        company().suggest(typed, 5).into_iter().map(|offer| format!("{} {}", offer.name, offer.count)).collect()
    }

    #[test]
    fn a_slip_of_a_known_skill_is_recognised_and_a_skill_of_its_own_is_not() {
        let vocabulary = company();
        for (typed, meant) in [
            ("Kuberntes", Some("Kubernetes")),
            ("publik speaking", Some("Public speaking")),
            ("Kubernetes", None),
            ("K8s", None),
            ("Cobol", None),
            ("Rus", None),
            ("", None),
        ] {
            assert_eq!(vocabulary.near_miss(typed), meant, "{typed}");
        }
    }

    #[test]
    fn typing_offers_what_begins_like_it_and_at_last_what_was_typed() {
        assert_eq!(offers("ru"), ["Rust 3", "Ruby 1", "ru 0"]);
        assert_eq!(offers("rust"), ["Rust 3"]);
        assert_eq!(offers("speak"), ["Public speaking 1", "speak 0"]);
        assert_eq!(offers("kuberntes"), ["Kubernetes 2", "kuberntes 0"]);
        assert_eq!(offers("k8s"), ["Kubernetes 2"]);
        assert_eq!(offers("  Team   building "), ["Team building 0"]);
        assert_eq!(offers("").len(), 5, "nothing typed: the most used");
        assert_eq!(company().suggest("ru", 1), [Suggestion { name: "ru".to_owned(), count: 0 }]);
        assert_eq!(company().suggest("ru", 0), []);
    }

    #[test]
    fn a_skill_is_shown_as_most_people_write_it() {
        assert_eq!(company().name("RUST"), "Rust");
        assert_eq!(company().name("kube"), "Kubernetes");
        assert_eq!((company().spelling("K8S"), company().spelling("kube")), (Some("k8s"), None));
        assert_eq!(company().name(" Cooking "), "Cooking");
    }

    #[test]
    fn a_skill_that_nobody_names_any_more_is_not_offered() {
        let mut vocabulary = company();
        vocabulary.remove(["Ruby", "Never heard of", "rust"]);
        let names: Vec<_> = vocabulary.suggest("ru", 5).into_iter().map(|offer| (offer.name, offer.count)).collect();
        assert_eq!(names, [("Rust".to_owned(), 2), ("ru".to_owned(), 0)]);
    }
}
