//! What is reckoned by a shorter way is what a close look at each post and each person says.

use super::{
    profile::Profile,
    terms::{Terms, band},
    tests::{any_person, any_post, index, today},
    *,
};
use crate::domain::{feedback::Feedback, opportunity::Opportunity, person::Person};
use proptest::prelude::*;

const TITLES: [&str; 8] = [
    "",
    "Data Analyst",
    "Web Developer",
    "Registered Nurse",
    "Product Manager",
    "Sales Manager",
    "Bookkeeping Clerk",
    "Qwx of the zyx",
];

prop_compose! {
    fn anybody()(
        title in proptest::sample::select(&TITLES), wished in proptest::sample::select(&TITLES), person in any_person(),
    ) -> Person {
        Person { title: title.to_owned(), wished_role: wished.to_owned(), ..person }
    }
}

prop_compose! {
    fn any_work()(title in proptest::sample::select(&TITLES), work in any_post()) -> Opportunity {
        Opportunity { title: title.to_owned(), ..work }
    }
}

fn is_match(band: Option<Band>) -> bool {
    matches!(band, Some(Band::Strong | Band::Good | Band::Stretch))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn a_draft_reaches_everybody_whom_a_close_look_would_call_a_match(
        people in proptest::collection::vec(anybody(), 0..30), draft in any_work(),
        posts in proptest::collection::vec(any_work(), 0..5),
    ) {
        let office = index(posts);
        let suits = |person: &&Person| {
            let found = office.people_for(&draft, [*person], 7);
            found.iter().any(|it| is_match(Some(it.band)))
        };
        prop_assert_eq!(office.reach(&draft, &people).people, people.iter().filter(suits).count());
    }

    #[test]
    fn a_look_at_the_work_that_is_asked_about_says_what_a_look_at_all_work_says(
        person in anybody(), work in any_work(),
    ) {
        let office = index([work]);
        let asks = office.openings.asks(0);
        let whole = Profile { words: Vec::new(), ..Profile::of(&office, &person, &Feedback::default(), today()) };
        let towards = leaning::Towards::these(asks.work.iter().map(|(work, _)| *work));
        let part = Profile::towards(&office, &person, &towards);
        let [whole, part] = [whole, part].map(|it| {
            let terms = Terms::of(&it, asks, 0.5);
            (terms, band(&it, asks, &terms))
        });
        prop_assert_eq!(whole, part);
    }

    #[test]
    fn one_skill_more_opens_each_post_that_names_it_and_is_no_match_yet(
        person in anybody(), posts in proptest::collection::vec(any_work(), 0..30),
    ) {
        let office = index(posts);
        let ask = Ask::new(&person, today(), 7);
        let offered = office.what_if(&ask, usize::MAX);
        let is_open = |post: &&Opportunity| {
            let why = office.why(&ask, post.id).unwrap();
            why.hidden_by.is_none() && !is_match(why.band)
        };
        let number = |name: &str| office.lexicon.get(name);
        let is_persons = |name: &str| person.skills().any(|has| number(has) == number(name));
        for it in &offered {
            let of_it = |post: &&Opportunity| post.skills().any(|name| number(name) == number(&it.skill));
            prop_assert_eq!(it.learnt, office.all().filter(is_open).filter(of_it).count(), "{}", it.skill);
            prop_assert!(it.had <= it.learnt && !is_persons(&it.skill), "{}", it.skill);
        }
        for name in office.all().filter(is_open).flat_map(Opportunity::skills).filter(|name| !is_persons(name)) {
            prop_assert!(offered.iter().any(|it| number(&it.skill) == number(name)), "{name}");
        }
    }
}
