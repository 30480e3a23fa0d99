//! What the taxonomy says about how work is related: which occupations are like which, which use a skill, and how much a
//! skill tells. Reckoned once; nothing here depends on people or posts.

use super::index::Number;
use crate::domain::skills::{Occupation, OccupationId, SkillId, Taxonomy, lexicon::skill_of, taxonomy};
use std::sync::LazyLock;

/// Occupations with a weight each.
pub(super) type Weighed = Vec<(OccupationId, f32)>;

/// A skill that hardly any occupation uses tells no more than one that few use.
const MOST_TELLING: f32 = 5.0;
/// What one can grow into counts as like one's own work by so much, and the tenth after it by half of that.
const NEXT: f32 = 0.7;
const HALF_AT: f32 = 10.0;
/// What a skill counts for an occupation that uses it, that is known for it, and where it is in demand.
const USED: [f32; 4] = [0.0, 0.6, 1.0, 1.2];
/// What each point of a competence's importance above 3 counts.
const COMPETENCE: f32 = 0.8;

pub(super) struct Kin {
    like: Vec<Weighed>,
    users: Vec<Weighed>,
    rarity: Vec<f32>,
}

pub(super) fn kin() -> &'static Kin {
    static KIN: LazyLock<Kin> = LazyLock::new(|| Kin::of(taxonomy()));
    &KIN
}

impl Kin {
    fn of(taxonomy: &Taxonomy) -> Kin {
        let uses: Vec<Vec<(SkillId, f32)>> = taxonomy.occupations().map(|(_, it)| uses(it)).collect();
        let mut counts = vec![0_u16; taxonomy.skills().len()];
        for (skill, _) in uses.iter().flatten() {
            counts[usize::from(skill.0)] += 1;
        }
        let all = f32::from(u16::try_from(uses.len()).unwrap_or(u16::MAX));
        let telling: Vec<f32> = counts.iter().map(|count| ((all + 1.0) / (f32::from(*count) + 1.0)).ln()).collect();
        let mut users = vec![Vec::new(); counts.len()];
        for ((occupation, _), uses) in taxonomy.occupations().zip(&uses) {
            let worth = |(skill, weight): &(SkillId, f32)| weight * telling[usize::from(skill.0)];
            let length = uses.iter().map(|it| worth(it).powi(2)).sum::<f32>().sqrt().max(f32::MIN_POSITIVE);
            for it in uses {
                // The skill's rarity twice, as in a cosine: once for the occupation and once for the person.
                users[usize::from(it.0.0)].push((occupation, worth(it) * telling[usize::from(it.0.0)] / length));
            }
        }
        let like = taxonomy.occupations().map(|(occupation, _)| like(taxonomy, occupation)).collect();
        Kin { like, users, rarity: telling.into_iter().map(|it| it.min(MOST_TELLING)).collect() }
    }

    /// Occupations whose work is like this one's, itself among them, in the order of their ids.
    pub fn like(&self, occupation: OccupationId) -> &[(OccupationId, f32)] {
        &self.like[usize::from(occupation.0)]
    }

    /// How alike two occupations are; 0 for strangers.
    pub fn alike(&self, a: OccupationId, b: OccupationId) -> f32 {
        let like = self.like(a);
        like.binary_search_by_key(&b, |(other, _)| *other).map_or(0.0, |place| like[place].1)
    }

    /// The occupations that use a skill, and how much it says for each.
    pub fn users(&self, skill: Number) -> &[(OccupationId, f32)] {
        skill_of(skill).map_or(&[], |skill| &self.users[usize::from(skill.0)])
    }

    /// How much these skills say for one occupation: what [`by_skills`](super::openings::by_skills) says for each.
    pub fn says(&self, skills: &[Number], occupation: OccupationId) -> f32 {
        let mut sum = 0.0;
        for skill in skills {
            let users = self.users(*skill);
            let start = users.partition_point(|(it, _)| *it < occupation);
            let of_it = users[start..].iter().take_while(|(it, _)| *it == occupation);
            of_it.for_each(|(_, worth)| sum += worth);
        }
        sum
    }

    /// How much a skill tells about work: little where every second occupation uses it. What nobody knows tells most.
    pub fn rarity(&self, skill: Number) -> f32 {
        skill_of(skill).map_or(MOST_TELLING, |skill| self.rarity[usize::from(skill.0)].max(f32::MIN_POSITIVE))
    }

    pub fn occupations(&self) -> usize {
        self.like.len()
    }
}

fn uses(occupation: &Occupation) -> Vec<(SkillId, f32)> {
    let mut uses: Vec<(SkillId, f32)> = Vec::with_capacity(occupation.skills.len() + occupation.competences.len());
    for (skill, standing) in &occupation.skills {
        let used = USED.iter().zip([0.5, 1.5, 2.5, f32::MAX]).find(|(_, below)| standing < below);
        uses.push((*skill, used.map_or(0.0, |(used, _)| *used)));
    }
    uses.extend(
        occupation.competences.iter().map(|(skill, importance)| (*skill, (importance - 3.0).max(0.0) * COMPETENCE)),
    );
    uses
}

/// What one can grow into, best first, by its place in that list.
pub(super) fn next(occupation: OccupationId) -> impl Iterator<Item = (OccupationId, f32)> {
    let places = (0_u16..).map(f32::from);
    taxonomy()
        .next_roles(occupation)
        .iter()
        .zip(places)
        .map(|((next, _), place)| (*next, 1.0 / (1.0 + place / HALF_AT)))
}

fn like(taxonomy: &Taxonomy, occupation: OccupationId) -> Weighed {
    let mut like: Weighed = taxonomy.similar(occupation).to_vec();
    let places = (0_u16..).map(f32::from);
    let next = taxonomy.next_roles(occupation).iter().zip(places);
    like.extend(next.map(|((next, _), place)| (*next, NEXT / (1.0 + place / HALF_AT))));
    like.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(b.1.total_cmp(&a.1)));
    like.dedup_by_key(|(occupation, _)| *occupation);
    like
}
