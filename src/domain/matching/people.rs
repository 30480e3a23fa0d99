//! People for a post: whom it would speak to. For those who opted in, and for a draft's reach; shown as facts, never as a
//! score, and never to order applicants by.

use super::{
    everybody::in_parallel,
    index::{Index, Number},
    leaning::{Evidence, Towards},
    openings::{Asks, Parts},
    profile::Profile,
    reason::Band,
    terms::{OFF_THE_WAY, Terms, UNLIKE_OWN, band},
};
use crate::domain::{id::PersonId, opportunity::Opportunity, person::Person, preference::Openness, scatter, skills};
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
    towards: Towards,
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
        let towards = Towards::these(asks.work.iter().map(|(work, _)| *work));
        Draft { post, asks, needs, place: index.places.get(&skills::fold(&post.place)), towards }
    }

    /// Whether the person and the post may meet at all.
    fn is_open_to(&self, person: &Person) -> bool {
        let (post, preferences) = (self.post, &person.preferences);
        let is_too_long = post.hours_per_week.zip(preferences.hours_free).is_some_and(|(hours, free)| hours > free);
        let is_asked = person.is_active && preferences.openness != Openness::NotNow;
        is_asked && !is_too_long && post.owner != Some(person.id) && !person.hidden.contains(&post.id)
    }

    fn speaks_to(&self, profile: &Profile) -> Option<(Terms, Band)> {
        let post = self.post;
        let practical = profile.practical_for(post.hours_per_week, self.place, post.is_remote);
        let terms = Terms::of(profile, &self.asks, practical);
        Some((terms, band(profile, &self.asks, &terms)?))
    }

    /// False where the post is surely further off for the person, if it speaks to them at all. Costs little.
    fn may_match(&self, index: &Index, person: &Person) -> bool {
        let (have, want) = (index.lexicon.all(&person.have), index.lexicon.all(&person.want));
        let is_there = |skills: &[Number]| self.asks.skills.iter().any(|it| skills.contains(&it.skill));
        let evidence = Evidence { title: &person.title, wished: &person.wished_role, have: &have, want: &want };
        is_there(&have) || is_there(&want) || self.towards.may_lean(&evidence, UNLIKE_OWN, OFF_THE_WAY)
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
            .filter(|person| draft.is_open_to(person))
            .filter_map(|person| {
                let profile = Profile::towards(self, person, &draft.towards);
                let (terms, band) = draft.speaks_to(&profile)?;
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
        let open: Vec<&Person> = people.into_iter().filter(|person| draft.is_open_to(person)).collect();
        let is_match = |person: &&Person, (): &mut ()| {
            draft.may_match(self, person)
                && draft
                    .speaks_to(&Profile::towards(self, person, &draft.towards))
                    .is_some_and(|(_, band)| band != Band::Far)
        };
        let matched = in_parallel(&open, || (), is_match);
        let reached = || open.iter().zip(&matched).filter(|(_, is_match)| **is_match).map(|(person, _)| person);
        let mut departments: BTreeSet<String> = reached().map(|it| it.department.trim().to_lowercase()).collect();
        departments.remove("");
        Reach { people: reached().count(), departments: departments.len() }
    }
}
