//! The skills and occupations that the program knows by itself, with their names and relations. The file is built by
//! `examples/build-taxonomy`; whose facts they are is said in [`super::sources`].

use super::{
    file::{self, Reader, Refused},
    meaning::Meanings,
    phrases::{Phrases, Roots, Words},
    signature, stem,
};
use std::sync::LazyLock;

/// A skill's place in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SkillId(pub u16);

/// An occupation's place in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OccupationId(pub u16);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Technology,
    Knowledge,
    Competence,
}

#[derive(Debug, PartialEq, Eq)]
pub struct Skill {
    pub name: Box<str>,
    /// The stable id of the source.
    pub slug: Box<str>,
    pub kind: Kind,
    /// 2 much asked for, 1 asked for.
    pub demand: u8,
}

#[derive(Debug, PartialEq)]
pub struct Occupation {
    pub code: Box<str>,
    pub title: Box<str>,
    /// The preparation needed, 1 to 5.
    pub zone: u8,
    /// The three strongest interests, a letter each; may be empty.
    pub interests: Box<str>,
    /// What is used at work: 3 in demand, 2 much asked for, 1 used.
    pub skills: Box<[(SkillId, f32)]>,
    /// What it takes, with its importance from 1 to 5.
    pub competences: Box<[(SkillId, f32)]>,
}

#[derive(Debug)]
pub struct Taxonomy {
    /// Every word of a label or a title, folded.
    pub words: Words,
    skills: Vec<Skill>,
    pub(super) labels: Phrases<(SkillId, bool)>,
    /// The label that is each skill's own name.
    own_names: Vec<u16>,
    near: Lists<SkillId>,
    occupations: Vec<Occupation>,
    pub(super) titles: Phrases<(OccupationId, f32)>,
    similar: Lists<OccupationId>,
    next_roles: Lists<OccupationId>,
    pub(super) roots: Roots,
    /// By word.
    signatures: Vec<u64>,
    synonyms: Lists<u16>,
    terms: Lists<u16>,
    /// By root: how many occupations have it among their terms.
    described: Vec<u16>,
    pub(super) meanings: Meanings,
}

/// A list of weighed things for each thing.
#[derive(Debug)]
struct Lists<T> {
    items: Vec<(T, f32)>,
    ends: Vec<u32>,
}

impl<T> Lists<T> {
    fn read(reader: &mut Reader, count: usize, limit: usize, id: impl Fn(u16) -> T) -> Result<Self, Refused> {
        let mut lists = Self { items: Vec::new(), ends: Vec::with_capacity(count) };
        for _ in 0..count {
            for _ in 0..reader.number()? {
                let item = id(reader.below(limit)?);
                lists.items.push((item, f32::from(reader.byte()?) / WEIGHT_STEPS));
            }
            lists.ends.push(lists.items.len() as u32);
        }
        lists.items.shrink_to_fit();
        Ok(lists)
    }

    fn of(&self, at: u16) -> &[(T, f32)] {
        let at = usize::from(at);
        let start = if at == 0 { 0 } else { self.ends[at - 1] };
        &self.items[start as usize..self.ends[at] as usize]
    }
}

/// A weight is kept as a byte: this many steps make 1.
pub const WEIGHT_STEPS: f32 = 190.0;

/// What a title counts for each occupation that has it, by its standing there: one of many, reported by people in the
/// job, the occupation's own.
const STANDINGS: [f32; 3] = [1.0, 1.5, 3.0];

/// The taxonomy in this program.
///
/// # Panics
/// Where the file that this program was built with is not one of its own format, which a test rules out.
pub fn taxonomy() -> &'static Taxonomy {
    static TAXONOMY: LazyLock<Taxonomy> =
        LazyLock::new(|| Taxonomy::read(include_bytes!("taxonomy.bin")).expect("a test reads this file"));
    &TAXONOMY
}

impl Taxonomy {
    /// Refuses what is not a taxonomy of this program's format and licence line.
    pub fn read(file: &[u8]) -> Result<Self, Refused> {
        let mut file = file::open(file)?;
        let reader = &mut file;
        let words = Words::read(reader)?;
        let skills = skills(reader)?;
        let mut own_names = vec![u16::MAX; skills.len()];
        let labels = Phrases::read(reader, words.len(), |reader, label| {
            let meaning = reader.number()?;
            let skill = within(meaning / 4, skills.len())?;
            if meaning & 2 == 2 {
                own_names[usize::from(skill)] = within(label, usize::from(u16::MAX))?;
            }
            Ok((SkillId(skill), meaning & 1 == 1))
        })?;
        let near = Lists::read(reader, skills.len(), skills.len(), SkillId)?;
        let occupations = occupations(reader, skills.len())?;
        let mut titles = Phrases::read(reader, words.len(), |reader, _| {
            let meaning = reader.number()?;
            let standing = STANDINGS.get(meaning % 4).ok_or(Refused::Damaged("the standing of a title"))?;
            Ok((OccupationId(within(meaning / 4, occupations.len())?), *standing))
        })?;
        for phrase in 0..titles.len() {
            normalise(titles.meanings_mut(phrase));
        }
        let similar = Lists::read(reader, occupations.len(), occupations.len(), OccupationId)?;
        let next_roles = Lists::read(reader, occupations.len(), occupations.len(), OccupationId)?;
        let roots = Roots::new(&words);
        let synonyms = Lists::read(reader, roots.len(), roots.len(), |root| root)?;
        let terms = Lists::read(reader, occupations.len(), roots.len(), |root| root)?;
        let mut described = vec![0; roots.len()];
        terms.items.iter().for_each(|(root, _)| described[usize::from(*root)] += 1);
        let meanings = Meanings::read(reader, roots.len())?;
        let signatures = (0..words.len()).map(|word| signature(words.get(word as u16))).collect();
        file.finish()?;
        Ok(Self {
            words,
            skills,
            labels,
            own_names,
            near,
            occupations,
            titles,
            similar,
            next_roles,
            roots,
            signatures,
            synonyms,
            terms,
            described,
            meanings,
        })
    }

    #[must_use]
    pub fn skill(&self, id: SkillId) -> &Skill {
        &self.skills[usize::from(id.0)]
    }

    pub fn skills(&self) -> impl ExactSizeIterator<Item = (SkillId, &Skill)> {
        self.skills.iter().enumerate().map(|(at, skill)| (SkillId(at as u16), skill))
    }

    /// The skill with this id of the source.
    #[must_use]
    pub fn skill_by_slug(&self, slug: &str) -> Option<SkillId> {
        self.skills.binary_search_by(|skill| (*skill.slug).cmp(slug)).ok().map(|at| SkillId(at as u16))
    }

    /// What is next to a skill, nearest first.
    #[must_use]
    pub fn near(&self, id: SkillId) -> &[(SkillId, f32)] {
        self.near.of(id.0)
    }

    #[must_use]
    pub fn occupation(&self, id: OccupationId) -> &Occupation {
        &self.occupations[usize::from(id.0)]
    }

    pub fn occupations(&self) -> impl ExactSizeIterator<Item = (OccupationId, &Occupation)> {
        self.occupations.iter().enumerate().map(|(at, occupation)| (OccupationId(at as u16), occupation))
    }

    #[must_use]
    pub fn occupation_by_code(&self, code: &str) -> Option<OccupationId> {
        self.occupations.binary_search_by(|it| (*it.code).cmp(code)).ok().map(|at| OccupationId(at as u16))
    }

    /// The occupations whose people fit each other's work, best first: itself with 1.3, and the nearest.
    #[must_use]
    pub fn similar(&self, id: OccupationId) -> &[(OccupationId, f32)] {
        self.similar.of(id.0)
    }

    /// What one could grow into from here, best first: what is known to be related, then what probably is.
    #[must_use]
    pub fn next_roles(&self, id: OccupationId) -> &[(OccupationId, f32)] {
        self.next_roles.of(id.0)
    }

    /// The roots that may stand for a root, the surest first.
    pub(super) fn synonyms(&self, root: u16) -> &[(u16, f32)] {
        self.synonyms.of(root)
    }

    /// The same for a root by its letters.
    pub fn like(&self, root: &str) -> impl Iterator<Item = (&str, f32)> {
        let like = self.roots.find(root).map_or(&[][..], |root| self.synonyms(root));
        like.iter().map(|(root, weight)| (self.roots.get(*root), *weight))
    }

    /// How many occupations' work this root describes.
    #[must_use]
    pub fn describes(&self, root: &str) -> u16 {
        self.roots.find(root).map_or(0, |root| self.described[usize::from(root)])
    }

    /// The roots of the words that describe an occupation's work, and what they weigh.
    #[must_use]
    pub fn terms(&self, id: OccupationId) -> &[(u16, f32)] {
        self.terms.of(id.0)
    }

    /// The skills with exactly this folded name or alias; `true` where it is also an everyday word or shared.
    #[must_use]
    pub fn label(&self, folded: &str) -> &[(SkillId, bool)] {
        self.known(folded).and_then(|words| self.labels.find(&words)).map_or(&[], |at| self.labels.meanings(at))
    }

    /// The labels that these words begin with, the shortest first: how many words each has, and the skills.
    pub fn labels_at(&self, words: &[Option<u16>]) -> impl Iterator<Item = (usize, &[(SkillId, bool)])> {
        self.labels.beginning(words).map(|(length, label)| (length, self.labels.meanings(label)))
    }

    /// The titles that these words begin with, the shortest first: how many words each has, and the occupations.
    pub fn titles_at(&self, words: &[Option<u16>]) -> impl Iterator<Item = (usize, &[(OccupationId, f32)])> {
        self.titles.beginning(words).map(|(length, title)| (length, self.titles.meanings(title)))
    }

    /// The occupations with exactly this folded title, best first, with weights of length 1.
    #[must_use]
    pub fn title(&self, folded: &str) -> &[(OccupationId, f32)] {
        self.known(folded).and_then(|words| self.titles.find(&words)).map_or(&[], |at| self.titles.meanings(at))
    }

    /// Whether this label is the skill's name rather than an alias.
    pub(super) fn is_own_name(&self, skill: SkillId, label: usize) -> bool {
        usize::from(self.own_names[usize::from(skill.0)]) == label
    }

    /// The root of a folded word, where a word with this root is known.
    pub(super) fn root(&self, word: &str) -> Option<u16> {
        let known = self.words.find(word).map(|word| self.roots.of[usize::from(word)]);
        known.or_else(|| self.roots.find(&stem(word)))
    }

    pub(super) fn spelled(&self, words: &[u16]) -> Vec<&str> {
        words.iter().map(|word| self.words.get(*word)).collect()
    }

    /// The signature of each word.
    #[must_use]
    pub fn signatures(&self) -> &[u64] {
        &self.signatures
    }

    /// The numbers of folded words, where all are known.
    fn known(&self, folded: &str) -> Option<Vec<u16>> {
        folded
            .split(' ')
            .filter(|word| !word.is_empty())
            .take(LONGEST_PHRASE + 1)
            .map(|word| self.words.find(word))
            .collect()
    }
}

/// No label and no title has more words.
const LONGEST_PHRASE: usize = 32;

fn within(number: usize, limit: usize) -> Result<u16, Refused> {
    if number < limit { u16::try_from(number).ok() } else { None }.ok_or(Refused::Damaged("an id is too large"))
}

fn skills(reader: &mut Reader) -> Result<Vec<Skill>, Refused> {
    let slugs = reader.texts()?;
    let names = reader.texts()?;
    let kinds = reader.bytes()?;
    let demands = reader.bytes()?;
    let mut skills = Vec::with_capacity(kinds.len());
    for (((slug, name), kind), demand) in slugs.lines().zip(names.lines()).zip(&kinds).zip(&demands) {
        let kind = match kind {
            0 => Kind::Technology,
            1 => Kind::Knowledge,
            2 => Kind::Competence,
            _ => return Err(Refused::Damaged("a kind of skill")),
        };
        let slug = if slug == "=" { slug_of(name) } else { slug.to_owned() };
        skills.push(Skill { name: name.into(), slug: slug.into(), kind, demand: *demand });
    }
    let is_whole = skills.len() == kinds.len() && skills.is_sorted_by(|a, b| a.slug < b.slug);
    if is_whole { Ok(skills) } else { Err(Refused::Damaged("skills are missing or not in order")) }
}

/// What the source makes of most names; the file has the others.
#[must_use]
pub fn slug_of(name: &str) -> String {
    let mut slug = String::with_capacity(name.len());
    for letter in name.chars().flat_map(char::to_lowercase) {
        if letter.is_ascii_alphanumeric() {
            slug.push(letter);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.truncate(slug.trim_end_matches('-').len());
    slug
}

fn occupations(reader: &mut Reader, skills: usize) -> Result<Vec<Occupation>, Refused> {
    let (codes, titles, interests) = (reader.texts()?, reader.texts()?, reader.texts()?);
    let codes: Vec<&str> = codes.lines().collect();
    let titles: Vec<&str> = titles.lines().collect();
    let interests: Vec<&str> = interests.lines().collect();
    let zones = reader.bytes()?;
    let mut weighed = |steps: f32| -> Result<Vec<Box<[(SkillId, f32)]>>, Refused> {
        let mut all = Vec::with_capacity(codes.len());
        for _ in 0..codes.len() {
            let mut list = Vec::new();
            let mut skill = 0;
            for _ in 0..reader.number()? {
                skill += reader.number()?;
                list.push((SkillId(within(skill, skills)?), f32::from(reader.byte()?) / steps));
            }
            all.push(list.into());
        }
        Ok(all)
    };
    let used = weighed(1.0)?;
    let competences = weighed(IMPORTANCE_STEPS)?;
    if [titles.len(), interests.len(), zones.len()] != [codes.len(); 3] || !codes.is_sorted_by(|a, b| a < b) {
        return Err(Refused::Damaged("occupations are missing or not in order"));
    }
    let all = codes.into_iter().zip(titles).zip(interests).zip(zones).zip(used).zip(competences);
    Ok(all
        .map(|(((((code, title), interests), zone), skills), competences)| Occupation {
            code: code.into(),
            title: title.into(),
            zone,
            interests: interests.trim_matches('-').into(),
            skills,
            competences,
        })
        .collect())
}

/// The importance of a competence is kept in tenths.
pub const IMPORTANCE_STEPS: f32 = 10.0;

fn normalise(weights: &mut [(OccupationId, f32)]) {
    let length = weights.iter().map(|(_, weight)| weight * weight).sum::<f32>().sqrt();
    for (_, weight) in weights.iter_mut() {
        *weight /= length;
    }
    weights.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
}
