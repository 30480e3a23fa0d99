//! How many people a post would speak to.

use crate::{
    commands::cards::count,
    domain::{company::Company, matching::Reach, opportunity::Opportunity},
};

/// `This would reach about 34 people in 6 departments.` Few people are not counted out loud: that would tell who has a
/// skill.
#[must_use]
pub fn reach_sentence(company: &Company, post: &Opportunity, smallest: u32) -> String {
    if post.needs.is_empty() && post.teaches.is_empty() {
        return "Add skills to see how many people it would reach.".to_owned();
    }
    let Reach { people, departments } = company.index.reach(post, company.people());
    if people < smallest as usize || people < 2 {
        let few = smallest.max(2);
        return format!(
            "This would reach fewer than {few} people so far. Fewer needed skills, or more taught ones, reach more."
        );
    }
    let departments = i64::try_from(departments).unwrap_or(i64::MAX);
    format!("This would reach about {people} people in {}.", count(departments, "department"))
}
