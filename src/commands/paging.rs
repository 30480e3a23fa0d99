//! Lists that are longer than one answer: `page:2` at the end of the command, `Previous` and `More` below the list.

use super::{Ctx, cards::count};
use crate::message::{Button, Card, Reply};
use std::ops::Range;

/// Which part of a list is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// From 1.
    pub number: usize,
    pub of: usize,
    pub total: usize,
    /// The positions of what is shown.
    pub range: Range<usize>,
    is_turned: bool,
}

/// Takes `page:2` out of what was typed; the rest keeps its order.
#[must_use]
pub fn split_page(rest: &str) -> (String, Option<usize>) {
    let mut page = None;
    let mut words = String::with_capacity(rest.len());
    for word in rest.split_whitespace() {
        if let Some(number) = word.strip_prefix("page:").and_then(|number| number.parse().ok()) {
            page = Some(number);
        } else {
            if !words.is_empty() {
                words.push(' ');
            }
            words.push_str(word);
        }
    }
    (words, page)
}

impl Page {
    /// The page asked for, or the nearest there is.
    #[must_use]
    pub fn new(total: usize, size: usize, asked: Option<usize>) -> Page {
        let of = total.div_ceil(size).max(1);
        let number = asked.unwrap_or(1).clamp(1, of);
        let start = (number - 1) * size;
        Page { number, of, total, range: start..(start + size).min(total), is_turned: asked.is_some() }
    }

    /// The buttons that turn the pages of what `command` lists; none where there is one page.
    #[must_use]
    pub fn buttons(&self, command: &str) -> Vec<Button> {
        let mut buttons = Vec::new();
        if self.number > 1 {
            buttons.push(Button::run("Previous", format!("{command} page:{}", self.number - 1)));
        }
        if self.number < self.of {
            buttons.push(Button::run("More", format!("{command} page:{}", self.number + 1)));
        }
        buttons
    }

    /// `6 to 10 of 23 posts`; only the number where everything is shown.
    #[must_use]
    pub fn position(&self, word: &str) -> String {
        let total = count(i64::try_from(self.total).unwrap_or(i64::MAX), word);
        match self.range.len() {
            _ if self.of == 1 => total,
            1 => format!("{} of {total}", self.range.end),
            _ => format!("{} to {} of {total}", self.range.start + 1, self.range.end),
        }
    }

    /// A turned page takes the place of the one before it.
    #[must_use]
    pub fn answer(&self, ctx: &Ctx<'_>, card: Card) -> Reply {
        if ctx.is_press && self.is_turned { Reply::Replace(card) } else { Reply::Private(card) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_page_is_taken_out_of_the_words_around_it() {
        assert_eq!(split_page("rust page:2  remote"), ("rust remote".to_owned(), Some(2)));
        assert_eq!(split_page("page:x"), ("page:x".to_owned(), None));
    }

    #[test]
    fn a_list_says_where_one_is_in_it() {
        let page = Page::new(23, 5, Some(2));
        assert_eq!((page.position("post").as_str(), page.range.clone()), ("6 to 10 of 23 posts", 5..10));
        let labels: Vec<_> = page.buttons("find").into_iter().map(|b| (b.label, b.action.subject)).collect();
        assert_eq!(labels, [("Previous".into(), "find page:1".into()), ("More".into(), "find page:3".into())]);
        assert_eq!(Page::new(1, 5, None).position("post"), "1 post");
        assert!(Page::new(5, 5, None).buttons("find").is_empty());
    }

    proptest! {
        #[test]
        fn whatever_page_is_asked_for_there_is_one(total in 0..200_usize, size in 1..20_usize, asked in proptest::option::of(any::<usize>())) {
            let page = Page::new(total, size, asked);
            prop_assert!(page.number >= 1 && page.number <= page.of);
            prop_assert!(page.range.start <= page.range.end && page.range.end <= total && page.range.len() <= size);
            prop_assert!(total == 0 || !page.range.is_empty());
        }
    }
}
