//! Work for people: the rules of a list, its reasons, and what may never change it.

use super::{
    person::Sums,
    profile::Profile,
    tests::{any_person, any_post, any_skills, company, day, index, may_be_shown, names, person, post, start, today},
    *,
};
use crate::domain::{
    feedback::{Feedback, Hidden, Objection},
    id::{OpportunityId, PersonId},
    opportunity::{Opportunity, State},
    person::Person,
    skills::same,
    word::words,
};
use chrono::TimeDelta;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn matches_of(index: &Index, person: &Person) -> Vec<Match> {
    index.matches(&Ask::new(person, today(), 7), 5)
}

fn strength(index: &Index, person: &Person, id: OpportunityId) -> f32 {
    let profile = Profile::of(index, person, &Feedback::default(), today());
    index.slot(id).map_or(0.0, |slot| index.terms(&profile, slot, today(), 0).total())
}

/// A company whose posts and people have titles that mean something.
fn office() -> Index {
    index([
        post(1, "Project: Data Analyst support", "SQL, Tableau, Python, dbt", ""),
        post(2, "Open role: Business Intelligence Analyst", "Microsoft Power BI, SQL", ""),
        post(3, "Shadow a Registered Nurse", "Patient care", ""),
        post(4, "Sales Manager (3 months, part-time)", "Salesforce, negotiation", ""),
        post(5, "Product Manager for a launch", "Product management", "Product management"),
        post(6, "Need a hand: Software Developer", "Kubernetes, Go", "Kubernetes"),
    ])
}

#[test]
fn matches_are_strong_good_or_a_stretch_and_say_why() {
    let mut maya = person("SQL, Rust, Python", "Kubernetes, copywriting");
    maya.preferences.hours_free = Some(8);
    let said: BTreeMap<i64, String> = matches_of(&company(), &maya)
        .iter()
        .map(|it| (it.id.0, format!("{}. {}", it.band.label(), sentences(&it.reasons))))
        .collect();
    assert_eq!(said[&1], "Strong match. You have Rust, SQL. Fits your time: 4 h a week.");
    assert_eq!(said[&2], "Good match. 2 of 3 skills: SQL, Python. Missing: dbt. Fits your time: 4 h a week.");
    assert_eq!(
        said[&4],
        "Stretch: new to you, and on your list. You'd learn Copywriting — on your list. Fits your time: 8 h a week."
    );
    assert_eq!(
        said[&5],
        "Stretch: new to you, and on your list. You want to learn Kubernetes; it is used here. Fits your time: 4 h a week."
    );
    assert!(!said.contains_key(&3));
    assert_eq!(matches_of(&company(), &maya)[0].id, OpportunityId(1));
}

#[test]
fn nobody_is_matched_with_their_own_post_or_with_more_hours_than_they_have() {
    let mut owner = person("Rust, SQL, Kubernetes, Go", "");
    owner.id = PersonId(101);
    owner.preferences.hours_free = Some(2);
    assert_eq!(matches_of(&company(), &owner), []);
    let why = |id| company().why(&Ask::new(&owner, today(), 7), OpportunityId(id)).unwrap();
    assert_eq!(why(1).hidden_by, Some(Filter::Own));
    assert_eq!(why(5).sentence(), "Filtered: it takes 4 h a week, and you can spare 2 h. You have Kubernetes, Go.");
}

#[test]
fn why_names_what_fits_what_is_missing_and_the_rule_that_hides() {
    let mut maya = person("SQL", "Airflow, dbt");
    let why = |maya: &Person, posts: &Index| posts.why(&Ask::new(maya, today(), 7), OpportunityId(2)).unwrap();
    let told = why(&maya, &company());
    assert_eq!((told.fits, told.missing), (names("SQL"), names("dbt, Python")));
    assert_eq!((told.teaches, told.wanted), (names("Airflow"), names("dbt, Airflow")));
    assert_eq!((told.band, told.hidden_by), (Some(Band::Stretch), None));
    let mut posts = company();
    let open = posts.get(OpportunityId(2)).unwrap().clone();
    maya.hidden.insert(OpportunityId(2));
    assert_eq!(why(&maya, &posts).hidden_by, Some(Filter::Hidden));
    posts.upsert(Opportunity { reply_by: Some(day("2026-05-12")), ..open.clone() });
    assert!(why(&maya, &posts).sentence().starts_with("Filtered: the last day to join was Tue 12 May."));
    posts.upsert(Opportunity { state: State::Closed { at: start() }, ..open });
    assert_eq!(why(&maya, &posts).hidden_by, Some(Filter::Closed));
    assert_eq!(why(&maya, &posts).fits, names("SQL"), "a closed post still says what it needed");
    assert_eq!(posts.why(&Ask::new(&maya, today(), 7), OpportunityId(99)), None);
    assert!(
        company()
            .why(&Ask::new(&person("", ""), today(), 7), OpportunityId(1))
            .unwrap()
            .sentence()
            .contains("`skills`")
    );
}

#[test]
fn of_five_matches_two_are_of_one_team_and_one_is_of_another_department() {
    let mut posts: Vec<_> = (1..=8)
        .map(|id| Opportunity { team: "Metrics".into(), is_remote: true, ..post(id, "Work", "Rust", "") })
        .collect();
    posts.extend((9..=12).map(|id| Opportunity { is_remote: true, ..post(id, "Work", "Rust", "") }));
    posts.push(post(13, "Elsewhere", "Rust, SQL", ""));
    let posts = index(posts);
    let department = |owner: PersonId| Some(if owner == PersonId(113) { "Finance" } else { "Sales" });
    let found = posts.matches(&Ask { department: &department, ..Ask::new(&person("Rust", ""), today(), 7) }, 5);
    let of_metrics = found.iter().filter(|it| posts.get(it.id).unwrap().team == "Metrics").count();
    assert_eq!(found.len(), 5);
    assert!(of_metrics <= 2);
    let elsewhere = found.iter().find(|it| it.id == OpportunityId(13)).unwrap();
    assert_eq!(sentences(&elsewhere.reasons), "1 of 2 skills: Rust. Missing: SQL. Led by Finance: another department.");
}

#[test]
fn what_is_equally_good_takes_turns_by_the_week() {
    let posts = index((1..=20).map(|id| post(id, "Work", "Rust", "")));
    let of_week = |seed| {
        let found = posts.matches(&Ask::new(&person("Rust", ""), today(), seed), 5);
        found.iter().map(|it| it.id.0).collect::<Vec<_>>()
    };
    assert_eq!(of_week(1), of_week(1));
    assert!((2..6).any(|week| of_week(week) != of_week(1)));
}

#[test]
fn a_draft_reaches_those_it_would_be_a_match_for() {
    let mut people =
        vec![person("Rust, SQL", ""), person("Cooking", "Grafana"), person("Cooking", ""), person("sql", "")];
    for (id, person) in (1..).zip(&mut people) {
        person.id = PersonId(id);
        person.department = format!("Department {}", id % 2);
    }
    people[3].is_active = false;
    let draft = post(1, "Exporter", "Rust, SQL", "Grafana");
    assert_eq!(company().reach(&draft, &people), Reach { people: 2, departments: 2 });
    assert_eq!(company().reach(&post(1, "Exporter", "", ""), &people), Reach::default());
}

#[test]
fn work_like_ones_own_is_found_without_a_skill_in_common_and_says_so() {
    let seller = Person { title: "Marketing Manager".into(), ..person("Search engine optimization", "") };
    let found = matches_of(&office(), &seller);
    let selling = found.iter().find(|it| it.id == OpportunityId(4)).unwrap();
    let said = sentences(&selling.reasons);
    assert!(said.contains("Work like yours: Marketing Managers → Sales Managers. Both take "), "{said}");
}

#[test]
fn a_skill_next_to_one_that_is_had_counts_less_and_is_named_with_it() {
    let id = OpportunityId(6);
    let (near, same, none) = (person("Terraform", ""), person("Kubernetes", ""), person("Cooking", ""));
    let office = office();
    assert!(strength(&office, &same, id) > strength(&office, &near, id));
    assert!(strength(&office, &near, id) > strength(&office, &none, id));
    let why = office.why(&Ask::new(&near, today(), 7), id).unwrap();
    assert!(why.sentence().contains("Close to what you know: Terraform ↔ Kubernetes."), "{}", why.sentence());
}

#[test]
fn a_wished_role_brings_up_the_work_that_leads_there() {
    let wishing = Person { wished_role: "Product Manager".into(), title: "Web Developer".into(), ..person("", "") };
    let found = matches_of(&office(), &wishing);
    let of_five = found.iter().find(|it| it.id == OpportunityId(5)).unwrap();
    assert!(sentences(&of_five.reasons).contains("On the way to your wish: Product Manager."), "{:?}", of_five.reasons);
    let content = Person { wished_role: String::new(), ..wishing };
    assert!(strength(&office(), &content, of_five.id) < of_five.score as f32 / 1e6);
}

#[test]
fn one_skill_more_says_how_much_it_would_open() {
    let office = index((1..=3).map(|id| post(id, "Work", "Kubernetes, Go", "")).chain([post(4, "Other", "SQL", "")]));
    let offered = office.what_if(&Ask::new(&person("SQL", ""), today(), 7), 2);
    let names: Vec<_> = offered.iter().map(|it| (it.skill.as_str(), it.learnt, it.had)).collect();
    assert_eq!(names, [("Kubernetes", 3, 3), ("Go", 3, 3)]);
    let learning = person("SQL", "Kubernetes");
    assert_eq!(matches_of(&office, &learning).len() - matches_of(&office, &person("SQL", "")).len(), 3);
}

#[test]
fn what_a_person_said_and_asked_for_changes_what_comes_next_and_why_not_names_it() {
    let office = office();
    let reader = person("SQL, Kubernetes", "");
    let with = |feedback: &Feedback, limits: &Limits, id| {
        let ask = Ask { feedback, limits, ..Ask::new(&reader, today(), 7) };
        office.why(&ask, OpportunityId(id)).unwrap().hidden_by.map(|filter| filter.sentence())
    };
    let none = Limits::default();
    let ignored = Feedback { unanswered: BTreeMap::from([(OpportunityId(1), 3)]), ..Feedback::default() };
    assert!(with(&ignored, &none, 1).unwrap().contains("on 3 days"));
    let late = Limits { free_from: Some(day("2026-07-01")), ..none };
    assert!(with(&Feedback::default(), &late, 1).unwrap().contains("before you are free"));
    let ask = Ask { rule: &|_| Some("a year in your role comes first.".into()), ..Ask::new(&reader, today(), 7) };
    assert_eq!(office.matches(&ask, 5), []);
    let hidden = Hidden { post: OpportunityId(6), because: Some(Objection::Topic), at: start() };
    let against = Feedback { hidden: vec![hidden], ..Feedback::default() };
    let score = |feedback: &Feedback| {
        let found = office.matches(&Ask { feedback, ..Ask::new(&reader, today(), 7) }, 5);
        found.iter().find(|it| it.id == OpportunityId(6)).map_or(0, |it| it.score)
    };
    let (less, before) = (score(&against), score(&Feedback::default()));
    assert!(less < before, "{less} < {before}");
    assert_eq!(office.tastes(&against, today()).less, ["Go", "Kubernetes"]);
    assert_eq!(office.tastes(&against, today() + TimeDelta::days(400)), Tastes::default(), "it fades");
}

#[test]
fn people_to_learn_from_have_room_and_are_not_in_the_line_of_whoever_asks() {
    let office = office();
    let titled = |id, title: &str, have: &str| Person { id: PersonId(id), title: title.into(), ..person(have, "") };
    let people = [
        titled(2, "Product Manager", "Product management"),
        titled(3, "Product Manager", "Product management"),
        titled(4, "Product Manager", "Product management"),
        titled(5, "Registered Nurse", "Patient care"),
    ];
    let guides: Vec<Guide<'_>> =
        people.iter().map(|person| Guide { person, room: u32::from(person.id.0 != 3), asked: 0 }).collect();
    let asker = Person { wished_role: "Product Manager".into(), ..titled(1, "Web Developer", "") };
    let found = office.mentors_for(&asker, &guides, &|id| id == PersonId(4), 7);
    assert_eq!(found.iter().map(|it| it.person.0).collect::<Vec<_>>(), [2], "full and led by them stay away");
    let experts = office.experts("patient care", &guides, asker.id, 7);
    assert_eq!(experts[0].person, PersonId(5));
    assert_eq!(experts[0].reasons[0].sentence(), "Knows Patient care.");
}

#[test]
fn everybody_at_once_is_the_same_on_every_run_and_no_post_takes_all_the_attention() {
    let posts = index((1..=30).map(|id| post(id, "Data Analyst", "SQL", "")));
    let people: Vec<Person> =
        (1..=90).map(|id| Person { id: PersonId(id), title: "Data Analyst".into(), ..person("SQL", "") }).collect();
    let (none, limits, feedback) = (BTreeSet::new(), Limits::default(), Feedback::default());
    let seeker = |person| Seeker { person, today: today(), exclude: &none, limits: &limits, feedback: &feedback };
    let seekers: Vec<Seeker<'_>> = people.iter().map(seeker).collect();
    let run = Run { top: 5, rule: &|_, _| None, department: &|_| None };
    let all = || posts.match_all(&seekers, &run, &mut Showings::among(30));
    let told = all();
    assert_eq!(told, all());
    let mut shown: BTreeMap<OpportunityId, usize> = BTreeMap::new();
    for it in told.iter().flat_map(|(_, matches)| matches) {
        *shown.entry(it.id).or_default() += 1;
    }
    assert!(shown.len() == 30 && shown.values().all(|times| (10..=20).contains(times)), "{shown:?}");
}

#[test]
fn everybody_takes_another_turn_each_week() {
    let order = |week| {
        let mut people: Vec<PersonId> = (1..=9).map(PersonId).collect();
        take_turns(&mut people, week);
        people
    };
    let (this, next) = (order(week(day("2026-12-31"))), order(week(day("2027-01-04"))));
    assert_ne!(this, next);
    assert_eq!(this, order(week(day("2027-01-03"))), "a week may be of two years");
    assert_eq!(this.iter().collect::<BTreeSet<_>>(), next.iter().collect::<BTreeSet<_>>());
}

#[test]
fn name_manager_dates_and_the_gender_of_a_title_change_nothing() {
    let office = office();
    let man = Person { title: "Salesman".into(), ..person("Salesforce, SQL", "Tableau") };
    let woman = Person {
        title: "Saleswoman".into(),
        name: "Fatima".into(),
        email: Some("fatima@example.com".into()),
        manager: Some(PersonId(77)),
        locale: Some("ar".into()),
        employed_since: Some(day("1990-01-01")),
        role_since: Some(day("2026-01-01")),
        ..man.clone()
    };
    assert_eq!(matches_of(&office, &man), matches_of(&office, &woman));
    assert!(!matches_of(&office, &man).is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn matches_keep_every_rule_and_the_spread(
        posts in proptest::collection::vec(any_post(), 0..60), reader in any_person(), seed in any::<u64>()
    ) {
        let posts = index(posts);
        let exclude = BTreeSet::from([OpportunityId(3), OpportunityId(4)]);
        let ask = Ask { exclude: &exclude, department: &|_| Some("Elsewhere"), ..Ask::new(&reader, today(), seed) };
        let found = posts.matches(&ask, 12);
        let distinct: BTreeSet<_> = found.iter().map(|it| it.id).collect();
        prop_assert_eq!(distinct.len(), found.len());
        for it in &found {
            let post = posts.get(it.id).unwrap();
            prop_assert!(may_be_shown(&reader, post) && !exclude.contains(&it.id));
            prop_assert_eq!(hidden_by(&ask, post), None);
            prop_assert_eq!(posts.why(&ask, it.id).unwrap().band, Some(it.band));
            prop_assert!(!it.reasons.is_empty());
        }
        for block in found.chunks(5) {
            for team in ["A", "B", "C"] {
                let count = block.iter().filter(|it| posts.get(it.id).unwrap().team == team).count();
                prop_assert!(count <= 2);
            }
        }
    }

    #[test]
    fn what_is_further_off_comes_after_every_match(
        posts in proptest::collection::vec(any_post(), 1..40), reader in any_person(), seed in any::<u64>()
    ) {
        let posts = index(posts);
        let ask = Ask::new(&reader, today(), seed);
        let profile = Profile::of(&posts, &reader, &Feedback::default(), today());
        let mut candidates = posts.candidates(&ask, &profile, 40, &mut Sums::default());
        posts.by_exposure(&mut candidates, ask.showings);
        prop_assert!(candidates.is_sorted_by_key(|it| it.band == Band::Far));
    }

    #[test]
    fn taking_away_what_a_reason_names_never_makes_a_post_a_better_match(
        posts in proptest::collection::vec(any_post(), 1..20), reader in any_person()
    ) {
        let posts = index(posts);
        for it in matches_of(&posts, &reader) {
            for skill in reader.have.iter().chain(&reader.want) {
                let named = it.reasons.iter().any(|reason| match reason {
                    Reason::Has { skills, .. } | Reason::Learns(skills) | Reason::Uses(skills) | Reason::Helps(skills) => {
                        skills.iter().any(|name| same(name, skill))
                    }
                    _ => false,
                });
                if !named {
                    continue;
                }
                let mut less = reader.clone();
                less.have.retain(|name| !same(name, skill));
                less.want.retain(|name| !same(name, skill));
                let before = strength(&posts, &reader, it.id);
                let after = strength(&posts, &less, it.id);
                prop_assert!(after < before, "{skill}: {after} < {before}");
            }
        }
    }

    #[test]
    fn taking_away_what_is_said_of_a_person_never_brings_them_up_for_a_post(
        posts in proptest::collection::vec(any_post(), 1..8), reader in any_person()
    ) {
        let posts = index(posts);
        for post in posts.all() {
            let score = |person: &Person| posts.people_for(post, [person], 1).first().cloned();
            let Some(before) = score(&reader) else { continue };
            for named in before.fits.iter().chain(&before.learns) {
                let mut less = reader.clone();
                less.have.retain(|name| !same(name, named));
                less.want.retain(|name| !same(name, named));
                let after = score(&less).map_or(0, |it| it.score);
                prop_assert!(after < before.score, "{named}: {after} < {}", before.score);
            }
        }
    }

    #[test]
    fn one_skill_more_never_makes_any_post_a_worse_match(
        posts in proptest::collection::vec(any_post(), 1..20), reader in any_person(), more in any_skills(),
        title in proptest::sample::select(vec!["", "Data Analyst", "Engineer", "Saleswoman", "xyzzy"]),
        is_had in any::<bool>(),
    ) {
        let posts = index(posts);
        let reader = Person { title: title.to_owned(), ..reader };
        let mut after = reader.clone();
        if is_had { after.have.extend(words(&more)) } else { after.want.extend(words(&more)) }
        for post in posts.all() {
            let (before, after) = (strength(&posts, &reader, post.id), strength(&posts, &after, post.id));
            prop_assert!(after >= before - 1e-6, "{}: {after} < {before}", post.title);
        }
    }
}
