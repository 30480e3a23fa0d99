//! Figures about groups of people, with the small groups hidden.
//!
//! Hidden is also what would give a hidden group away: where the groups that are shown, taken from the total, would leave
//! fewer people than may be shown, the next smallest groups are hidden as well (the difference attack).

use std::collections::{BTreeMap, BTreeSet};

/// One group's part of a measure, before anything is hidden.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    pub group: String,
    /// How many people the figure is about.
    pub people: u64,
    pub figure: Figure,
}

/// A count beside what it is a part of. Zero of twelve and zero of zero are different things.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figure {
    pub numerator: u64,
    pub denominator: u64,
}

impl Figure {
    #[must_use]
    pub fn of(numerator: u64, denominator: u64) -> Figure {
        Figure { numerator, denominator }
    }

    /// The share in whole percent; `None` where there was nothing to count.
    #[must_use]
    pub fn percent(self) -> Option<u64> {
        self.per(100)
    }

    /// How many there would be among so many, rounded.
    #[must_use]
    pub fn per(self, many: u64) -> Option<u64> {
        (self.denominator > 0).then(|| (self.numerator * many + self.denominator / 2) / self.denominator)
    }
}

impl std::iter::Sum for Figure {
    fn sum<I: Iterator<Item = Figure>>(all: I) -> Figure {
        all.fold(Figure::default(), |sum, it| {
            Figure::of(sum.numerator + it.numerator, sum.denominator + it.denominator)
        })
    }
}

/// A group as it may be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    pub name: String,
    /// `None` when it is hidden.
    pub figure: Option<Figure>,
}

/// What may be shown of the whole, and of each group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Guarded {
    /// `None` when even everybody together are too few.
    pub total: Option<Figure>,
    /// In the order of their names.
    pub groups: Vec<Group>,
}

/// Hides every group of fewer than `smallest` people, and what would give one away. The parts are disjoint and together
/// the whole; a part that nobody belongs to and that counts nothing is left out.
#[must_use]
pub fn guard(parts: Vec<Part>, smallest: u64) -> Guarded {
    guard_also(parts, smallest, &BTreeSet::new())
}

/// Guards a second division of the same people, whose first one is shown as `first`: hidden is also what the two together
/// would give away, where groups of one, taken from a group of the other that holds them, leave too few people. `cells`
/// says how many people are in a group of the first and a group of the second.
#[must_use]
pub fn guard_beside(
    first: &Guarded,
    parts: Vec<Part>,
    cells: &BTreeMap<(String, String), u64>,
    smallest: u64,
) -> Guarded {
    let mut also = BTreeSet::new();
    loop {
        let guarded = guard_also(parts.clone(), smallest, &also);
        let shown = |of: &Guarded| -> Vec<String> {
            of.groups.iter().filter(|group| group.figure.is_some()).map(|group| group.name.clone()).collect()
        };
        let (one, other) = (shown(first), shown(&guarded));
        let turned: BTreeMap<(String, String), u64> =
            cells.iter().map(|((one, other), people)| ((other.clone(), one.clone()), *people)).collect();
        let mut told: BTreeSet<String> =
            other.iter().filter(|group| leaves_few(group, &one, &turned, smallest)).cloned().collect();
        for group in one.iter().filter(|group| leaves_few(group, &other, cells, smallest)) {
            let inside = other.iter().filter(|part| is_inside(part, group, cells));
            told.extend(inside.min_by_key(|part| cells.get(&(group.clone(), (*part).clone()))).cloned());
        }
        if told.is_empty() {
            return guarded;
        }
        also.extend(told);
    }
}

/// Whether the groups that lie wholly in this one leave some people of it, and too few. `cells` by this group and those.
fn leaves_few(group: &str, others: &[String], cells: &BTreeMap<(String, String), u64>, smallest: u64) -> bool {
    let mine = cells.iter().filter(|((one, _), _)| one == group);
    let (mut people, mut left) = (0, 0);
    for ((_, other), count) in mine {
        people += count;
        let is_taken = others.contains(other) && is_inside(other, group, cells);
        left += if is_taken { 0 } else { *count };
    }
    left > 0 && left < smallest && left < people
}

/// Whether everybody of this second group is in that first one.
fn is_inside(second: &str, first: &str, cells: &BTreeMap<(String, String), u64>) -> bool {
    cells.keys().all(|(one, other)| other != second || one == first)
}

/// As [`guard`], and hides these as well.
fn guard_also(mut parts: Vec<Part>, smallest: u64, also: &BTreeSet<String>) -> Guarded {
    parts.retain(|part| part.people > 0 || part.figure != Figure::default());
    let order = |part: &Part| (!also.contains(&part.group), part.people);
    parts.sort_by(|a, b| order(a).cmp(&order(b)).then_with(|| a.group.cmp(&b.group)));
    let everybody: u64 = parts.iter().map(|part| part.people).sum();
    let are_too_few = everybody < smallest && !parts.is_empty();
    let total = (!are_too_few).then(|| parts.iter().map(|part| part.figure).sum());
    let mut hidden = 0;
    let mut hidden_people = 0;
    for part in &parts {
        let gives_away = hidden == 1 || (hidden > 0 && hidden_people < smallest);
        if part.people >= smallest && !gives_away && !also.contains(&part.group) {
            break;
        }
        hidden += 1;
        hidden_people += part.people;
    }
    let mut groups: Vec<Group> = parts
        .into_iter()
        .enumerate()
        .map(|(place, part)| Group { name: part.group, figure: (place >= hidden).then_some(part.figure) })
        .collect();
    groups.sort_by(|a, b| a.name.cmp(&b.name));
    Guarded { total, groups }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn part(group: &str, people: u64, numerator: u64) -> Part {
        Part { group: group.into(), people, figure: Figure::of(numerator, people) }
    }

    fn shown(parts: &[(&str, u64)]) -> Vec<String> {
        let guarded = guard(parts.iter().map(|(group, people)| part(group, *people, 1)).collect(), 5);
        guarded.groups.into_iter().filter(|group| group.figure.is_some()).map(|group| group.name).collect()
    }

    #[test]
    fn a_group_that_is_too_small_is_hidden_and_so_is_the_next_smallest() {
        assert_eq!(shown(&[("Data", 12), ("Legal", 3), ("Sales", 9)]), ["Data"]);
    }

    #[test]
    fn two_small_groups_hide_each_other_only_where_together_they_are_enough() {
        assert_eq!(shown(&[("Data", 12), ("Legal", 3), ("Board", 2), ("Sales", 9)]), ["Data", "Sales"]);
        assert_eq!(shown(&[("Data", 12), ("Legal", 1), ("Board", 2), ("Sales", 9)]), ["Data"]);
    }

    #[test]
    fn everybody_together_may_be_too_few() {
        assert_eq!(guard(vec![part("Data", 4, 2)], 5).total, None);
        assert_eq!(guard(vec![part("Data", 5, 2)], 5).total, Some(Figure::of(2, 5)));
    }

    #[test]
    fn nothing_to_count_is_not_the_same_as_none_of_five() {
        assert_eq!(guard(vec![], 5).total, Some(Figure::of(0, 0)));
        assert_eq!((Figure::of(0, 0).percent(), Figure::of(0, 5).percent()), (None, Some(0)));
    }

    /// People by department and site.
    fn company(cells: &[(&str, &str, u64)]) -> BTreeMap<(String, String), u64> {
        let cell = |(one, other, people): &(&str, &str, u64)| (((*one).to_owned(), (*other).to_owned()), *people);
        cells.iter().map(cell).collect()
    }

    fn divide(cells: &BTreeMap<(String, String), u64>, by: fn(&(String, String)) -> &String) -> Vec<Part> {
        let mut people: BTreeMap<&String, u64> = BTreeMap::new();
        for (names, count) in cells {
            *people.entry(by(names)).or_default() += count;
        }
        people.into_iter().map(|(name, people)| part(name, people, people / 2)).collect()
    }

    fn both(cells: &BTreeMap<(String, String), u64>, smallest: u64) -> (Guarded, Guarded) {
        let first = guard(divide(cells, |names| &names.0), smallest);
        let second = guard_beside(&first, divide(cells, |names| &names.1), cells, smallest);
        (first, second)
    }

    #[test]
    fn a_site_less_a_department_does_not_give_the_rest_of_the_site_away() {
        // Prague is all of Legal and three people of Data: Prague less Legal would be those three.
        let cells =
            company(&[("Data", "Berlin", 20), ("Data", "Prague", 3), ("Legal", "Prague", 6), ("Sales", "Wien", 9)]);
        let (first, second) = both(&cells, 5);
        assert!(first.groups.iter().all(|group| group.figure.is_some()));
        let hidden: Vec<&str> =
            second.groups.iter().filter(|group| group.figure.is_none()).map(|group| group.name.as_str()).collect();
        assert_eq!(hidden, ["Berlin", "Prague"], "Data less Berlin would be the same three");
    }

    fn any_parts() -> impl Strategy<Value = Vec<Part>> {
        proptest::collection::vec((0..15_u64, 0..100_u64), 0..12).prop_map(|groups| {
            let named = groups.into_iter().enumerate();
            named.map(|(at, (people, share))| part(&format!("Group {at}"), people, people * share / 100)).collect()
        })
    }

    proptest! {
        #[test]
        fn no_subtraction_leaves_fewer_people_than_may_be_shown(parts in any_parts(), smallest in 1..8_u64) {
            let people: u64 = parts.iter().map(|part| part.people).sum();
            let guarded = guard(parts.clone(), smallest);
            let is_hidden = |part: &&Part| guarded.groups.iter().any(|group| group.name == part.group && group.figure.is_none());
            let hidden: Vec<&Part> = parts.iter().filter(is_hidden).collect();
            let hidden_people: u64 = hidden.iter().map(|part| part.people).sum();
            for part in parts.iter().filter(|part| part.people > 0 && part.people < smallest) {
                prop_assert!(is_hidden(&part));
            }
            if guarded.total.is_some() && !hidden.is_empty() {
                prop_assert!(hidden.len() > 1 || parts.iter().filter(|part| part.people > 0).count() == 1);
                prop_assert!(hidden_people >= smallest);
            }
            prop_assert_eq!(guarded.total.is_some(), people >= smallest || people == 0);
        }

        #[test]
        fn no_group_less_the_groups_inside_it_leaves_too_few(
            counts in proptest::collection::vec(0..9_u64, 16), smallest in 2..7_u64
        ) {
            let named = |at: usize| ((format!("D{}", at / 4), format!("S{}", at % 4)), counts[at]);
            let cells: BTreeMap<(String, String), u64> = (0..16).map(named).filter(|(_, people)| *people > 0).collect();
            let (first, second) = both(&cells, smallest);
            let shown = |of: &Guarded| -> Vec<String> {
                of.groups.iter().filter(|group| group.figure.is_some()).map(|group| group.name.clone()).collect()
            };
            let (departments, sites) = (shown(&first), shown(&second));
            for site in &sites {
                let whole = |name: &String| cells.keys().all(|(one, other)| one != name || other == site);
                let left: u64 = cells.iter().filter(|((one, other), _)| other == site && !(departments.contains(one) && whole(one))).map(|(_, people)| people).sum();
                prop_assert!(left == 0 || left >= smallest, "{site}: {left}");
            }
            for department in &departments {
                let whole = |name: &String| cells.keys().all(|(one, other)| other != name || one == department);
                let mine = cells.iter().filter(|((one, _), _)| one == department);
                let left: u64 = mine.filter(|((_, other), _)| !(sites.contains(other) && whole(other))).map(|(_, people)| people).sum();
                prop_assert!(left == 0 || left >= smallest, "{department}: {left}");
            }
        }

        #[test]
        fn what_is_shown_is_true(parts in any_parts(), smallest in 1..8_u64) {
            let guarded = guard(parts.clone(), smallest);
            for group in guarded.groups {
                let part = parts.iter().find(|part| part.group == group.name).unwrap();
                prop_assert!(group.figure.is_none_or(|figure| figure == part.figure));
            }
        }
    }
}
