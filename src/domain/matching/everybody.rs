//! Work for everybody at once: the weekly run. On all cores, in a fixed order, with one ledger of showings.

use super::{
    exposure::Showings,
    index::Index,
    person::{Ask, Candidate, Limits, Match, Sums},
    profile::Profile,
};
use crate::domain::{
    feedback::Feedback,
    id::{OpportunityId, PersonId},
    opportunity::Opportunity,
    person::Person,
    scatter,
};
use chrono::{Datelike, NaiveDate};
use std::{collections::BTreeSet, num::NonZero, thread};

/// One person in the run, with what is known of them beside the profile.
#[derive(Clone, Copy, Debug)]
pub struct Seeker<'a> {
    pub person: &'a Person,
    /// The day where they are.
    pub today: NaiveDate,
    /// What they have already, or applied for.
    pub exclude: &'a BTreeSet<OpportunityId>,
    pub limits: &'a Limits,
    pub feedback: &'a Feedback,
}

/// What holds for everybody in the run.
pub struct Run<'a> {
    /// So many matches each.
    pub top: usize,
    /// The company's rule that keeps a post from a person, in a sentence.
    pub rule: &'a (dyn Fn(&Person, &Opportunity) -> Option<String> + Sync),
    pub department: &'a (dyn Fn(PersonId) -> Option<&'a str> + Sync),
}

/// So many people are looked at between two looks at what was shown: little enough to keep in memory.
pub const AT_ONCE: usize = 2048;

/// The number of the week: what is equally good takes turns by it, and so do people.
#[must_use]
pub fn week(day: NaiveDate) -> u64 {
    let week = day.iso_week();
    (i64::from(week.year()) * 100 + i64::from(week.week())).cast_unsigned()
}

/// Puts people in the order of this week's run: whoever comes late finds some posts shown to many already, so nobody is
/// late every week.
pub fn take_turns(people: &mut [PersonId], week: u64) {
    people.sort_by_cached_key(|id| (scatter(week, id.0.cast_unsigned()), *id));
}

impl Index {
    /// Finds work for these people; give it [`AT_ONCE`] at a time, as [`take_turns`] orders them. `showings` is read and
    /// written: what was shown to many costs more for those who come later.
    ///
    /// The same input gives the same output on any number of cores.
    pub fn match_all(
        &self,
        people: &[Seeker<'_>],
        run: &Run<'_>,
        showings: &mut Showings,
    ) -> Vec<(PersonId, Vec<Match>)> {
        let found = in_parallel(people, Sums::default, |seeker, sums| {
            let profile = Profile::of(self, seeker.person, seeker.feedback, seeker.today);
            let candidates = run.ask(seeker, |ask| self.candidates(ask, &profile, run.top, sums));
            (profile, candidates)
        });
        let mut chosen: Vec<(&Seeker<'_>, Profile, Vec<Candidate>, BTreeSet<OpportunityId>)> = Vec::new();
        for (seeker, (profile, mut candidates)) in people.iter().zip(found) {
            self.by_exposure(&mut candidates, showings);
            let best = self.spread(candidates, run.top);
            let few = best.iter().map(|it| it.rank.id).filter(|id| showings.is_shown_to_few(*id)).collect();
            for (place, it) in (1..).zip(&best) {
                showings.add(it.rank.id, place);
            }
            chosen.push((seeker, profile, best, few));
        }
        in_parallel(
            &chosen,
            || (),
            |(seeker, profile, best, few), ()| {
                let matches = run.ask(seeker, |ask| {
                    let matches = best.iter().map(|it| (it, few.contains(&it.rank.id)));
                    matches.filter_map(|(it, is_few)| self.as_match(ask, profile, it, is_few)).collect()
                });
                (seeker.person.id, matches)
            },
        )
    }
}

impl Run<'_> {
    fn ask<R>(&self, seeker: &Seeker<'_>, with: impl FnOnce(&Ask<'_>) -> R) -> R {
        let person = seeker.person;
        with(&Ask {
            exclude: seeker.exclude,
            limits: seeker.limits,
            feedback: seeker.feedback,
            rule: &|post| (self.rule)(person, post),
            department: &|owner| (self.department)(owner),
            ..Ask::this_week(person, seeker.today)
        })
    }
}

/// The results in the order of the items; each core has a state of its own that it uses again.
pub fn in_parallel<T: Sync, R: Send, S>(
    items: &[T],
    state: impl Fn() -> S + Sync,
    work: impl Fn(&T, &mut S) -> R + Sync,
) -> Vec<R> {
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let share = items.len().div_ceil(cores).max(1);
    let one = |part: &[T]| {
        let mut state = state();
        part.iter().map(|item| work(item, &mut state)).collect::<Vec<R>>()
    };
    thread::scope(|scope| {
        let running: Vec<_> = items.chunks(share).map(|part| scope.spawn(|| one(part))).collect();
        let joined = running.into_iter().map(|it| it.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        joined.flatten().collect()
    })
}
