//! What of a person matching looks at. Nothing else of a person is read: this is the list.

use super::{
    index::{Facts, Index, Number},
    leaning::{Evidence, Leaning, Towards},
};
use crate::domain::{
    feedback::Feedback,
    person::Person,
    skills::{self, Lexicon, fold_title},
};
use chrono::NaiveDate;

/// A skill next to one that somebody has counts so much of how near it is; next to one they want, a little less.
const NEXT_TO_HAD: f32 = 0.6;
const NEXT_TO_WANTED: f32 = 0.4;
/// So many neighbours of a skill count, beside those that the company itself named.
const NEIGHBOURS: usize = 8;

/// A person in the numbers of the index.
#[derive(Clone, Debug)]
pub(super) struct Profile {
    /// Skills the person has with 1, and those next to them with less; in the order of the numbers.
    pub held: Vec<(Number, f32)>,
    /// The same for what the person wants to learn.
    pub wanted: Vec<(Number, f32)>,
    pub disliked: Vec<(Number, f32)>,
    pub have: Vec<Number>,
    pub want: Vec<Number>,
    pub leaning: Leaning,
    /// The stems of the title and how rare each is; their rarities make 1.
    pub words: Vec<(Number, f32)>,
    pub place: Option<Number>,
    pub hours_free: Option<u32>,
}

impl Profile {
    pub fn of(index: &Index, person: &Person, feedback: &Feedback, today: NaiveDate) -> Profile {
        let (have, want) = (index.lexicon.all(&person.have), index.lexicon.all(&person.want));
        let mut wanted = spread(&index.lexicon, &want, NEXT_TO_WANTED);
        wanted.extend(index.soft_wants(feedback, today));
        let evidence = Evidence { title: &person.title, wished: &person.wished_role, have: &have, want: &want };
        Profile {
            held: spread(&index.lexicon, &have, NEXT_TO_HAD),
            wanted: strongest(wanted),
            disliked: index.disliked(feedback, today),
            leaning: Leaning::of(&evidence),
            words: index.words_of_title(&person.title),
            place: index.places.get(&skills::fold(&person.location)),
            hours_free: person.preferences.hours_free,
            have,
            want,
        }
    }

    /// What a post of this work asks about, without the words of the title and what was said before.
    pub fn towards(index: &Index, person: &Person, towards: &Towards) -> Profile {
        let plain = Profile::plain(index, person);
        let Profile { have, want, .. } = &plain;
        let evidence = Evidence { title: &person.title, wished: &person.wished_role, have, want };
        Profile { leaning: Leaning::towards(&evidence, towards), ..plain }
    }

    /// By skills, hours and place alone; cheap.
    pub fn plain(index: &Index, person: &Person) -> Profile {
        let (have, want) = (index.lexicon.all(&person.have), index.lexicon.all(&person.want));
        Profile {
            held: spread(&index.lexicon, &have, NEXT_TO_HAD),
            wanted: spread(&index.lexicon, &want, NEXT_TO_WANTED),
            disliked: Vec::new(),
            leaning: Leaning::default(),
            words: Vec::new(),
            place: index.places.get(&skills::fold(&person.location)),
            hours_free: person.preferences.hours_free,
            have,
            want,
        }
    }

    pub fn has(&self, skill: Number) -> bool {
        self.have.binary_search(&skill).is_ok()
    }

    /// On the list and not there yet.
    pub fn wants(&self, skill: Number) -> bool {
        !self.has(skill) && self.want.binary_search(&skill).is_ok()
    }

    /// 1 where hours and place are known to fit, a half of it where nobody said.
    pub fn practical(&self, post: &Facts) -> f32 {
        self.practical_for(post.hours, post.place, post.is_remote)
    }

    pub fn practical_for(&self, hours: Option<u32>, place: Option<Number>, is_remote: bool) -> f32 {
        let hours = if hours.is_some() && self.hours_free.is_some() { 1.0 } else { 0.5 };
        let place = match (is_remote, place, self.place) {
            (true, ..) => 1.0,
            (false, Some(there), Some(here)) => f32::from(u8::from(there == here)),
            _ => 0.5,
        };
        (hours + place) / 2.0
    }

    /// Whether the post takes more hours than the person can spare.
    pub fn hours_missing(&self, post: &Facts) -> bool {
        post.hours.zip(self.hours_free).is_some_and(|(hours, free)| hours > free)
    }
}

/// How much of a list a skill has.
pub(super) fn weight_in(list: &[(Number, f32)], skill: Number) -> f32 {
    list.binary_search_by_key(&skill, |(number, _)| *number).map_or(0.0, |place| list[place].1)
}

/// These skills, and what is next to them.
fn spread(lexicon: &Lexicon, skills: &[Number], worth: f32) -> Vec<(Number, f32)> {
    let mut all: Vec<(Number, f32)> = skills.iter().map(|skill| (*skill, 1.0)).collect();
    for skill in skills {
        all.extend(lexicon.near(*skill, NEIGHBOURS).map(|(other, nearness)| (other, worth * nearness)));
    }
    strongest(all)
}

/// Each skill once, with its largest weight.
fn strongest(mut all: Vec<(Number, f32)>) -> Vec<(Number, f32)> {
    all.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(b.1.total_cmp(&a.1)));
    all.dedup_by_key(|(skill, _)| *skill);
    all
}

impl Index {
    /// The words of a title in neutral form, each once, with its share of what they tell together. A word that no post has
    /// tells most, and nobody matches it.
    fn words_of_title(&self, title: &str) -> Vec<(Number, f32)> {
        let mut stems: Vec<Option<Number>> = skills::words(&fold_title(title))
            .iter()
            .filter(|word| !skills::is_stop_word(word))
            .map(|word| self.words.stem_of(word))
            .collect();
        stems.sort_unstable();
        stems.dedup_by(|a, b| a.is_some() && a == b);
        let rarity = |stem: Option<Number>| self.rarity_of(stem.map_or(0, |stem| self.postings_of(stem).len()));
        let sum: f32 = stems.iter().map(|stem| rarity(*stem)).sum();
        let known = stems.iter().flatten();
        known.map(|stem| (*stem, rarity(Some(*stem)) / sum.max(f32::MIN_POSITIVE))).collect()
    }
}

/// The nearest skill the person has, for a skill they do not, and how near it is; of equals the first by name.
pub(super) fn next_to(lexicon: &Lexicon, have: &[Number], skill: Number) -> Option<(Number, f32)> {
    let near = have.iter().filter_map(|had| {
        let nearness = lexicon.near(*had, NEIGHBOURS).find(|(other, _)| *other == skill)?.1;
        Some((*had, nearness))
    });
    near.max_by(|a, b| a.1.total_cmp(&b.1).then_with(|| lexicon.name(b.0).cmp(&lexicon.name(a.0))))
}
