//! Whatever somebody calls a skill: what it means is known, asked about or left as typed, and always the same.

#![no_main]

use libfuzzer_sys::fuzz_target;
use std::cell::LazyCell;
use trailmark::domain::{
    company::Company,
    id::PersonId,
    person::Person,
    skills::{self, Resolved, taxonomy},
};

thread_local! {
    static COMPANY: LazyCell<Company> = LazyCell::new(|| {
        let mut company = Company::default();
        let have = ["SQL", "Rust", "Sabrage", "C++"].map(str::to_owned).to_vec();
        company.upsert_person(Person { id: PersonId(1), have, ..Person::unknown() });
        company
    });
}

fuzz_target!(|text: &str| {
    let meant = skills::resolve(text);
    assert_eq!(skills::resolve(text), meant);
    match &meant {
        Resolved::Known(skill) => assert!(!taxonomy().skill(*skill).name.is_empty()),
        Resolved::Ambiguous(several) => {
            assert!(several.len() > 1 && several.iter().enumerate().all(|(at, it)| !several[..at].contains(it)));
        }
        Resolved::Unknown => {}
    }
    for found in [skills::link(text, 5), skills::mentions(text)] {
        assert!(found.iter().all(|(_, sure)| (0.0..=1.0).contains(sure)), "{found:?}");
    }
    let linked = skills::link(text, 5);
    assert!(linked.len() <= 5 && linked.is_sorted_by(|a, b| a.1 >= b.1));
    assert!(skills::same(text, text));
    let names = skills::split(text);
    assert_eq!(skills::split(&names.join(", ")), names, "read back");
    COMPANY.with(|company| {
        let offers = company.offer_skills(text, 7);
        assert!(offers.len() <= 7 && offers.iter().filter(|it| it.is_new).count() <= 1);
        let names: Vec<&String> = offers.iter().map(|it| &it.name).collect();
        assert!(names.iter().enumerate().all(|(at, name)| !names[..at].contains(name)), "{names:?}");
    });
});
