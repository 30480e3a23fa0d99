//! Who gets to see something at all, counted before anybody is chosen: by department and by site.

use super::{Counting, Measure, Parts, Unit, group_name, part};
use crate::domain::{
    id::PersonId,
    measure::{self, Figure, Part},
    person::Person,
    preference::Openness,
};
use std::collections::{BTreeMap, HashMap};

const NO_SITE: &str = "No site recorded";
const EVERYBODY: &str = "Everybody";

fn site(person: &Person) -> String {
    let place = person.location.trim();
    if place.is_empty() { NO_SITE.to_owned() } else { place.to_owned() }
}

impl Counting<'_> {
    /// `suggested`: how many posts were suggested to each person of those who were suggested any.
    pub(super) fn exposure(&self, suggested: &[(PersonId, u64)]) -> Vec<Measure> {
        let suggested: HashMap<PersonId, u64> = suggested.iter().copied().collect();
        let of = |person: &Person| suggested.get(&person.id).copied().unwrap_or(0);
        let reached = |person: &Person| u64::from(of(person) > 0);
        let department = |person: &Person| group_name(&person.department);
        let by_department = [
            self.measure(
                "reach",
                "Reached",
                "people to whom at least one post was suggested in the quarter (matches, home, messages), of all active people",
                Unit::Share,
                self.parts(department, reached),
            ),
            self.measure(
                "exposure",
                "Posts suggested",
                "posts suggested in the quarter, each once a person, beside the active people",
                Unit::People,
                self.parts(department, of),
            ),
        ];
        let mut cells: BTreeMap<(String, String), u64> = BTreeMap::new();
        for person in &self.active {
            *cells.entry((department(person), site(person))).or_default() += 1;
        }
        let smallest = u64::from(self.programme.smallest_group);
        // The sites hide also what they and the departments together would give away.
        let beside = |id, name, definition, unit, first: &Measure, parts: Parts| {
            let shown = measure::guard_beside(&first.shown, parts.into_values().collect(), &cells, smallest);
            Measure { id, name, definition, unit, shown, reasons: Vec::new() }
        };
        let by_site = [
            beside(
                "reach_by_site",
                "Reached, by site",
                "the same people by where they work",
                Unit::Share,
                &by_department[0],
                self.parts(site, reached),
            ),
            beside(
                "exposure_by_site",
                "Posts suggested, by site",
                "the same posts by where the people work",
                Unit::People,
                &by_department[1],
                self.parts(site, of),
            ),
        ];
        let open = |person: &Person| u64::from(person.preferences.openness == Openness::Open);
        let open = self.measure(
            "open_to_move",
            "Open to a move",
            "people whose profile says so openly, of all active people; whoever looks quietly is never told apart",
            Unit::Share,
            self.parts(|_| EVERYBODY.to_owned(), open),
        );
        by_department.into_iter().chain(by_site).chain([open]).collect()
    }

    /// Everybody who works here, in groups, with what is counted of each.
    fn parts(&self, group: impl Fn(&Person) -> String, count: impl Fn(&Person) -> u64) -> Parts {
        let mut parts = Parts::new();
        for person in &self.active {
            let it: &mut Part = part(&mut parts, &group(person));
            it.people += 1;
            it.figure = Figure::of(it.figure.numerator + count(person), it.figure.denominator + 1);
        }
        parts
    }
}
