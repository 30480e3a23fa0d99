//! The one place that asks the product: a company in memory, made of the files, and the functions that chat calls.

use super::files::{PersonLine, PostLine};
use crate::{
    commands::matches::ranked,
    domain::{
        Instant,
        company::Company,
        feedback::Heard,
        id::{OpportunityId, PersonId},
        matching::{AT_ONCE, Guide, Limits, Query, Run, Seeker, Showings, quality::SEEN, take_turns, week},
        opportunity::{Kind, Opportunity},
        person::Person,
        skills::{self, OccupationId, taxonomy},
        word::words,
    },
};
use chrono::NaiveDate;
use std::collections::BTreeMap;

/// What is equal takes turns by this.
const SEED: u64 = 1;

/// What was found, best first, with its score in millionths.
pub type Found = Vec<(String, i64)>;

pub struct Trial {
    company: Company,
    /// The ids of the files; the company's own are their places, counted from 1.
    posts: Vec<String>,
    people: Vec<String>,
    today: NaiveDate,
}

impl Trial {
    /// Always on the same day, on which everything was posted: the same files give the same rankings in any week.
    pub fn new(posts: &[PostLine], people: &[PersonLine]) -> Trial {
        let now = Instant::UNIX_EPOCH;
        let mut company = Company::default();
        for (id, line) in (1..).zip(people) {
            company.upsert_person(Person {
                id: PersonId(id),
                name: line.id.clone(),
                title: line.title.clone(),
                department: line.department.clone(),
                location: line.location.clone(),
                have: words(&skill_names(&line.skills)),
                want: words(&skill_names(&line.wants)),
                wished_role: line.wants_role.clone(),
                ..Person::unknown()
            });
        }
        for (id, line) in (1..).zip(posts) {
            company.upsert_opportunity(Opportunity {
                id: OpportunityId(id),
                kind: Kind::parse(&line.kind).unwrap_or(Kind::Project),
                title: line.title.clone(),
                summary: line.description.clone(),
                team: line.team.clone(),
                needs: skill_names(&line.skills),
                nice: skill_names(&line.nice),
                teaches: skill_names(&line.teaches),
                hours_per_week: line.hours_per_week,
                place: line.place.clone(),
                is_remote: line.remote,
                ..Opportunity::unknown(now)
            });
        }
        Trial {
            company,
            posts: posts.iter().map(|line| line.id.clone()).collect(),
            people: people.iter().map(|line| line.id.clone()).collect(),
            today: now.date_naive(),
        }
    }

    /// Everybody with the id of the file, in its order.
    pub fn people(&self) -> Vec<(&str, &Person)> {
        self.people.iter().map(String::as_str).zip(self.company.people()).collect()
    }

    pub fn search(&self, text: &str, top: usize) -> Found {
        let found = self.company.index.search(&Query::parse(text), None, self.today, 0, top);
        found.hits.into_iter().filter_map(|hit| self.post(hit.id, hit.score)).collect()
    }

    /// Work for one person, of which nothing was shown to anybody before.
    pub fn matches(&self, person: &Person, top: usize) -> Found {
        let found = ranked(&self.company, person, self.today, &Heard::default(), top);
        found.into_iter().filter_map(|it| self.post(it.id, it.score)).collect()
    }

    /// Work for everybody in one weekly run, in the order of the people: what many were shown already comes later for
    /// those who follow.
    pub fn matches_in_turn(&self) -> Vec<Found> {
        let (heard, limits) = (Heard::default(), Limits::default());
        let mut people: Vec<PersonId> = self.company.people().into_iter().map(|person| person.id).collect();
        take_turns(&mut people, week(self.today));
        let run = Run { top: SEEN, rule: &|_, _| None, department: &|_| None };
        let mut showings = Showings::among(self.posts.len());
        let mut found = BTreeMap::new();
        for page in people.chunks(AT_ONCE) {
            let seeker = |person| Seeker {
                person,
                today: self.today,
                exclude: &heard.posts,
                limits: &limits,
                feedback: &heard.feedback,
            };
            let seekers: Vec<Seeker<'_>> = page.iter().filter_map(|id| self.company.person(*id)).map(seeker).collect();
            for (person, matches) in self.company.index.match_all(&seekers, &run, &mut showings) {
                let matches = matches.into_iter().filter_map(|it| self.post(it.id, it.score));
                found.insert(person, matches.collect());
            }
        }
        found.into_values().collect()
    }

    /// Every post with the id of the file, in its order.
    pub fn posts(&self) -> Vec<(&str, &Opportunity)> {
        self.posts.iter().map(String::as_str).zip(self.company.index.all()).collect()
    }

    /// The people for a post, where everybody would like to be found.
    pub fn people_for(&self, post: &Opportunity, top: usize) -> Found {
        let found = self.company.index.people_for(post, self.company.people(), SEED).into_iter().take(top);
        found.filter_map(|it| self.person(it.person, it.score)).collect()
    }

    /// Whom a person could learn from, where everybody else offers it and nobody leads anybody.
    pub fn mentors_for(&self, person: &Person, top: usize) -> Found {
        let people = self.company.people();
        let guides: Vec<Guide<'_>> = people.into_iter().map(|person| Guide { person, room: 1, asked: 0 }).collect();
        let found = self.company.index.mentors_for(person, &guides, &|_| false, SEED).into_iter().take(top);
        found.filter_map(|it| self.person(it.person, it.score)).collect()
    }

    fn person(&self, id: PersonId, score: i64) -> Option<(String, i64)> {
        let place = usize::try_from(id.0).ok()?.checked_sub(1)?;
        Some((self.people.get(place)?.clone(), score))
    }

    fn post(&self, id: OpportunityId, score: i64) -> Option<(String, i64)> {
        let place = usize::try_from(id.0).ok()?.checked_sub(1)?;
        Some((self.posts.get(place)?.clone(), score))
    }
}

/// The skills a text may mean, by their key.
pub fn skills(text: &str, top: usize) -> Found {
    let found = skills::link(text, top).into_iter();
    found.map(|(skill, score)| (taxonomy().skill(skill).slug.to_string(), millionths(score))).collect()
}

/// The occupations a title may mean, by their code.
pub fn occupations(title: &str, top: usize) -> Found {
    codes(&skills::occupations_of(title, top), top)
}

/// What one could grow into from the occupation with this code.
pub fn next_roles(code: &str, top: usize) -> Found {
    let here = taxonomy().occupation_by_code(code);
    here.map_or_else(Found::new, |here| codes(taxonomy().next_roles(here), top))
}

fn codes(found: &[(OccupationId, f32)], top: usize) -> Found {
    let found = found.iter().take(top);
    found.map(|(it, score)| (taxonomy().occupation(*it).code.to_string(), millionths(*score))).collect()
}

fn millionths(score: f32) -> i64 {
    (f64::from(score) * 1e6).round() as i64
}

/// The files name skills as people do, or by their key in the taxonomy (`machine-learning`).
fn skill_names(skills: &[String]) -> Vec<String> {
    let name = |skill: &String| match taxonomy().skill_by_slug(skill) {
        Some(known) => taxonomy().skill(known).name.to_string(),
        None if is_key(skill) => skill.replace('-', " "),
        None => skill.clone(),
    };
    skills.iter().map(name).collect()
}

/// A key that this taxonomy does not have: its words are what is left to go by.
fn is_key(skill: &str) -> bool {
    skill.contains('-') && skill.chars().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '-')
}
