use super::*;
use crate::domain::{id::PersonId, opportunity::Opportunity, word::words};

fn post() -> Opportunity {
    Opportunity {
        title: "Rust exporter for the metrics team".into(),
        needs: vec!["Rust".into(), "SQL".into()],
        ..Opportunity::exporter()
    }
}

fn person(have: &[&str], want: &[&str]) -> Person {
    Person {
        id: PersonId(7),
        name: "Ana Ito".into(),
        department: "Sales".into(),
        have: words(have),
        want: words(want),
        ..Person::unknown()
    }
}

#[test]
fn the_message_says_what_it_is_why_it_fits_and_who_hears_of_it() {
    insta::assert_snapshot!(card::offer(&person(&["Rust", "SQL"], &["Grafana"]), &post()).to_plain(), @r"
    Rust exporter for the metrics team — 4 h/week, 12 weeks, remote, replies by Thu 14 May. You have Rust and SQL; you'd learn Grafana, which is on your list.
    [I'm interested] [Save] [Not for me] [Why this?]
    [Not now] [Fewer like this]
    Looking is private. Your manager is told only if you accept an offer.
    ");
}

#[test]
fn a_stretch_says_what_one_would_learn_and_nothing_that_is_not_so() {
    let text = card::offer(&person(&[], &["grafana"]), &post()).to_plain();
    assert!(text.contains("replies by Thu 14 May. You'd learn Grafana, which is on your list."), "{text}");
    assert!(!text.contains("You have"), "{text}");
}

#[test]
fn each_person_has_a_working_day_and_an_hour_of_their_own() {
    let programme = Programme::default();
    let days: std::collections::BTreeSet<String> = (1..200)
        .map(|id| {
            let weekly = rhythm(&Person { id: PersonId(id), ..person(&[], &[]) }, &programme);
            assert!(weekly.at >= programme.quiet_before && weekly.at <= programme.quiet_after);
            weekly.day.to_string()
        })
        .collect();
    assert_eq!(days.len(), 5);
}
