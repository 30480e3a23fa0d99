//! Short texts that many rows share, such as the names of skills: each stands in memory once.

use serde::{Deserialize, Serialize};
use std::{borrow::Borrow, collections::HashSet, fmt, ops::Deref, sync::Arc};

/// A text that is kept as it was written, and cheap to clone.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Word(Arc<str>);

impl Deref for Word {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for Word {
    fn as_ref(&self) -> &str {
        self
    }
}

impl Borrow<str> for Word {
    fn borrow(&self) -> &str {
        self
    }
}

impl From<&str> for Word {
    fn from(text: &str) -> Word {
        Word(text.into())
    }
}

impl From<String> for Word {
    fn from(text: String) -> Word {
        Word(text.into())
    }
}

impl PartialEq<str> for Word {
    fn eq(&self, other: &str) -> bool {
        **self == *other
    }
}

impl PartialEq<&str> for Word {
    fn eq(&self, other: &&str) -> bool {
        **self == **other
    }
}

impl PartialEq<String> for Word {
    fn eq(&self, other: &String) -> bool {
        **self == **other
    }
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self)
    }
}

impl fmt::Debug for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

/// These texts as words.
#[must_use]
pub fn words(texts: &[impl AsRef<str>]) -> Vec<Word> {
    texts.iter().map(|text| Word::from(text.as_ref())).collect()
}

/// These words as texts of their own.
#[must_use]
pub fn texts(words: &[Word]) -> Vec<String> {
    words.iter().map(Word::to_string).collect()
}

/// The words in use.
#[derive(Debug, Default)]
pub struct Words(HashSet<Word>);

impl Words {
    /// Lets these be the same in memory as equal ones before them, with no room to spare.
    pub fn share(&mut self, list: &mut Vec<Word>) {
        for word in list.iter_mut() {
            match self.0.get(&**word) {
                Some(known) => word.clone_from(known),
                None => drop(self.0.insert(word.clone())),
            }
        }
        list.shrink_to_fit();
    }

    /// Forgets a word that nobody else uses.
    pub fn release(&mut self, list: Vec<Word>) {
        for word in list {
            // One here, and one in the list.
            if Arc::strong_count(&word.0) <= 2 {
                self.0.remove(&*word);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_words_are_one_and_go_with_the_last_who_uses_them() {
        let mut words = Words::default();
        let mut lists = [vec![Word::from("SQL"), Word::from("Rust")], vec![Word::from("SQL")]];
        lists.iter_mut().for_each(|list| words.share(list));
        assert!(Arc::ptr_eq(&lists[0][0].0, &lists[1][0].0));
        let [first, second] = lists;
        words.release(first);
        assert_eq!(words.0, [Word::from("SQL")].into());
        words.release(second);
        assert!(words.0.is_empty());
    }
}
