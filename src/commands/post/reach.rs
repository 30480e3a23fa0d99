//! How many people a post would speak to.

use crate::{
    commands::cards::count,
    domain::{company::Company, opportunity::Opportunity},
};
use std::collections::BTreeSet;

/// `This would reach about 34 people in 6 departments.` Few people are not counted out loud: that would tell who has a
/// skill.
#[must_use]
pub fn reach_sentence(company: &Company, post: &Opportunity, smallest: u32) -> String {
    if post.needs.is_empty() && post.teaches.is_empty() {
        return "Add skills to see how many people it would reach.".to_owned();
    }
    let (people, departments) = reach(company, post);
    if people < u64::from(smallest) {
        return format!(
            "This would reach fewer than {smallest} people so far. Fewer needed skills, or more taught ones, reach more."
        );
    }
    let people = i64::try_from(people).unwrap_or(i64::MAX);
    let departments = i64::try_from(departments).unwrap_or(i64::MAX);
    format!("This would reach about {} in {}.", persons(people), count(departments, "department"))
}

fn persons(number: i64) -> String {
    if number == 1 { "1 person".to_owned() } else { format!("{number} people") }
}

/// How many active people have one of the needed skills or want one of the taught ones, and in how many departments.
fn reach(company: &Company, post: &Opportunity) -> (u64, usize) {
    let lower = |all: &[String]| all.iter().map(|skill| skill.to_lowercase()).collect::<BTreeSet<_>>();
    let (needs, teaches) = (lower(&post.needs), lower(&post.teaches));
    let names_one =
        |mine: &[String], wanted: &BTreeSet<String>| mine.iter().any(|skill| wanted.contains(&skill.to_lowercase()));
    let mut people = 0;
    let mut departments = BTreeSet::new();
    for person in company.people() {
        let is_other = person.is_active && Some(person.id) != post.owner;
        if is_other && (names_one(&person.have, &needs) || names_one(&person.want, &teaches)) {
            people += 1;
            departments.insert(person.department.as_str());
        }
    }
    (people, departments.len())
}
