//! People for a post: whom it would speak to. For those who opted in, and for a draft's reach; shown as facts, never as a
//! score, and never to order applicants by.

use super::{
    index::{Index, Number},
    openings::{Asks, Parts},
    profile::Profile,
    reason::Band,
    terms::{Terms, band},
};
use crate::domain::{
    feedback::Feedback, id::PersonId, opportunity::Opportunity, person::Person, preference::Openness, scatter, skills,
};
use chrono::NaiveDate;
use std::{cmp::Reverse, collections::BTreeSet};

/// A person whom a post speaks to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suits {
    pub person: PersonId,
    /// In millionths; orders, and is shown to nobody.
    pub score: i64,
    pub band: Band,
    /// Needed skills the person has.
    pub fits: Vec<String>,
    /// Skills of the post that the person wants to learn.
    pub learns: Vec<String>,
}

/// How many people a post would reach.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    pub people: usize,
    pub departments: usize,
}

/// A post as matching sees it, perhaps still a draft.
struct Draft<'a> {
    post: &'a Opportunity,
    asks: Asks,
    needs: Vec<Number>,
    place: Option<Number>,
}

impl<'a> Draft<'a> {
    fn of(index: &Index, post: &'a Opportunity) -> Draft<'a> {
        // What nobody named so far has no number yet; it counts as something that nobody has.
        let mut nobodys = Number::MAX;
        let number = |name: &str| {
            index.lexicon.get(name).unwrap_or_else(|| {
                nobodys -= 1;
                nobodys
            })
        };
        let mut needs: Vec<Number> = post.skills().map(number).collect();
        let asks = Asks::of(Parts::of(post, &needs), &post.title);
        needs.truncate(post.needs.len());
        Draft { post, asks, needs, place: index.places.get(&skills::fold(&post.place)) }
    }

    fn speaks_to(&self, profile: &Profile, person: &Person) -> Option<(Terms, Band)> {
        let post = self.post;
        let too_long = post.hours_per_week.zip(profile.hours_free).is_some_and(|(hours, free)| hours > free);
        let is_closed = !person.is_active || person.preferences.openness == Openness::NotNow;
        if is_closed || post.owner == Some(person.id) || too_long || person.hidden.contains(&post.id) {
            return None;
        }
        let practical = profile.practical_for(post.hours_per_week, self.place, post.is_remote);
        let terms = Terms::of(profile, &self.asks, practical);
        Some((terms, band(profile, &self.asks, &terms)?))
    }
}

impl Index {
    /// The people of these whom a post speaks to, most first; what is equal takes turns by the seed. Give it people who
    /// opted in to be found. Who said "not now" is left out.
    #[must_use]
    pub fn people_for<'a>(
        &self,
        post: &Opportunity,
        people: impl IntoIterator<Item = &'a Person>,
        seed: u64,
    ) -> Vec<Suits> {
        let draft = Draft::of(self, post);
        let mut found: Vec<_> = people
            .into_iter()
            .filter_map(|person| {
                let profile = Profile::of(self, person, &Feedback::default(), NaiveDate::MIN);
                let (terms, band) = draft.speaks_to(&profile, person)?;
                let order = (terms.score(), scatter(seed, person.id.0.cast_unsigned()), person.id);
                Some((order, band, profile))
            })
            .collect();
        found.sort_unstable_by_key(|(order, ..)| *order);
        let suits = |((Reverse(score), _, person), band, profile): (_, Band, Profile)| {
            let named = |is_meant: &dyn Fn(Number) -> bool| {
                let both = post.needs.iter().zip(&draft.needs);
                both.filter(|(_, number)| is_meant(**number)).map(|(name, _)| name.trim().to_owned()).collect()
            };
            let fits = named(&|skill| profile.has(skill));
            Suits { person, score, band, fits, learns: self.learnt_there(post, &profile) }
        };
        found.into_iter().map(suits).collect()
    }

    fn learnt_there(&self, post: &Opportunity, profile: &Profile) -> Vec<String> {
        let mut seen = BTreeSet::new();
        let wanted = post.skills().filter(|name| self.lexicon.get(name).is_some_and(|skill| profile.wants(skill)));
        wanted.filter(|name| seen.insert(skills::canonical(name))).map(|name| name.trim().to_owned()).collect()
    }

    /// The active people, open to something, for whom this post, perhaps still a draft, would be a match by skills, work
    /// or wish.
    #[must_use]
    pub fn reach<'a>(&self, post: &Opportunity, people: impl IntoIterator<Item = &'a Person>) -> Reach {
        let draft = Draft::of(self, post);
        let (mut count, mut departments) = (0, BTreeSet::new());
        for person in people {
            let profile = Profile::of(self, person, &Feedback::default(), NaiveDate::MIN);
            let met = draft.speaks_to(&profile, person);
            if met.is_some_and(|(_, band)| band != Band::Far) {
                count += 1;
                departments.insert(person.department.trim().to_lowercase());
            }
        }
        departments.remove("");
        Reach { people: count, departments: departments.len() }
    }
}
