//! From the source tables to the file.

mod acronyms;
pub mod meaning;
pub mod roles;
mod similar;
mod synonyms;
mod tables;
mod terms;
pub mod vectors;

pub use tables::Tables;

use anyhow::{Context, ensure};
use std::collections::{BTreeMap, BTreeSet};
use tables::Skill;
use trailmark::domain::skills::{
    self,
    file::{Writer, seal},
    phrases::Phrases,
    taxonomy::{WEIGHT_STEPS, slug_of},
};

/// How near a relation brings two skills; what occurs together, by its weight.
fn nearness(kind: &str, weight: f64) -> anyhow::Result<f64> {
    Ok(match kind {
        "requires" => 0.6,
        "broader" => 0.5,
        "cooccurs" => 0.5 * weight,
        "related" => 0.35,
        _ => anyhow::bail!("{kind} is no relation"),
    })
}

/// The file of these tables. The same tables give the same bytes.
pub fn build(tables: &Tables) -> anyhow::Result<Vec<u8>> {
    let ids: BTreeMap<&str, usize> = tables.skills.iter().enumerate().map(|(at, it)| (&*it.slug, at)).collect();
    let id = |slug: &str| ids.get(slug).copied().with_context(|| format!("there is no skill {slug}"));
    let labels = labels(tables, id)?;
    let titles = titles(tables);
    let described: Vec<String> = tables.occupations.iter().map(|it| skills::fold(&it.description)).collect();
    let texts = labels.keys().chain(titles.keys()).chain(&described);
    let words: BTreeSet<&str> = texts.flat_map(|text| text.split(' ')).filter(|word| !word.is_empty()).collect();
    let words: Vec<&str> = words.into_iter().collect();
    ensure!(words.len() < usize::from(u16::MAX), "{} words are too many", words.len());

    let mut writer = Writer::default();
    writer.texts(words.iter().copied());
    let slug = |skill: &Skill| if slug_of(&skill.name) == skill.slug { "=".to_owned() } else { skill.slug.clone() };
    let slugs: Vec<String> = tables.skills.iter().map(slug).collect();
    writer.texts(slugs.iter().map(String::as_str));
    writer.texts(tables.skills.iter().map(|skill| &*skill.name));
    writer.bytes(&tables.skills.iter().map(|skill| skill.kind).collect::<Vec<_>>());
    writer.bytes(&tables.skills.iter().map(|skill| skill.demand).collect::<Vec<_>>());
    phrases(&mut writer, &words, &labels);
    for list in near(tables, id)? {
        weighed(&mut writer, &list);
    }
    occupations(&mut writer, tables, id)?;
    phrases(&mut writer, &words, &titles);
    let space = meaning::Space::of(tables);
    let facts = vectors::Facts::of(tables, id)?;
    for list in similar::similar(&facts) {
        weighed(&mut writer, &list);
    }
    for list in roles::next_roles(tables, &facts, &space) {
        weighed(&mut writer, &list);
    }
    let roots: Vec<String> = words.iter().map(|word| skills::stem(word)).collect::<BTreeSet<_>>().into_iter().collect();
    let synonyms = synonyms::synonyms(tables);
    for root in &roots {
        let number = |other: &str| roots.binary_search_by(|it| it.as_str().cmp(other)).ok();
        let others = synonyms.get(root).into_iter().flatten();
        weighed(&mut writer, &others.filter_map(|(other, weight)| Some((number(other)?, *weight))).collect::<Vec<_>>());
    }
    for list in terms::terms(tables, &roots) {
        weighed(&mut writer, &list);
    }
    let meanings = space.words(&roots);
    let columns = (0..meaning::AXES).flat_map(|axis| meanings.iter().map(move |it| it[axis].cast_unsigned()));
    writer.bytes(&columns.collect::<Vec<_>>());
    Ok(seal(&writer.finish()))
}

/// The roots of the words of a text that tell something.
fn roots_of(text: &str) -> Vec<String> {
    let folded = skills::fold(text);
    let words = folded.split(' ').filter(|word| !word.is_empty() && !skills::is_stop_word(word));
    words.map(skills::stem).collect()
}

type Meanings = BTreeMap<String, Vec<usize>>;

/// What is known of a label beside the skill.
const AMBIGUOUS: usize = 1;
const OWN_NAME: usize = 2;

/// Every folded name and alias with the skills it may mean, its own name's first.
fn labels(tables: &Tables, id: impl Fn(&str) -> anyhow::Result<usize>) -> anyhow::Result<Meanings> {
    let mut labels = Meanings::new();
    let mut add = |text: &str, skill: usize, flags: usize| {
        let folded = skills::fold(text);
        let there = labels.entry(folded.clone()).or_default();
        if !folded.is_empty() && there.iter().all(|meaning| meaning / 4 != skill) {
            there.push(skill * 4 + flags);
        }
    };
    for (at, skill) in tables.skills.iter().enumerate() {
        add(&skill.name, at, OWN_NAME);
    }
    for alias in &tables.aliases {
        add(&alias.text, id(&alias.skill)?, if alias.is_ambiguous { AMBIGUOUS } else { 0 });
    }
    for (at, skill) in tables.skills.iter().enumerate() {
        for other in acronyms::other_names(&skill.name) {
            add(&other, at, AMBIGUOUS);
        }
    }
    labels.retain(|_, meanings| !meanings.is_empty());
    Ok(labels)
}

/// Every folded title with the occupations that have it and its standing there.
fn titles(tables: &Tables) -> Meanings {
    let mut titles: BTreeMap<String, BTreeMap<usize, usize>> = BTreeMap::new();
    let mut add = |text: &str, occupation: usize, standing: usize| {
        let folded = skills::fold_title(text);
        if !folded.is_empty() {
            let there = titles.entry(folded).or_default().entry(occupation).or_default();
            *there = standing.max(*there);
        }
    };
    for (at, occupation) in tables.occupations.iter().enumerate() {
        add(&occupation.title, at, 2);
        for (title, is_reported) in &occupation.titles {
            add(title, at, usize::from(*is_reported));
        }
    }
    let meaning = |(occupation, standing): (usize, usize)| occupation * 4 + standing;
    titles.into_iter().map(|(title, there)| (title, there.into_iter().map(meaning).collect())).collect()
}

fn phrases(writer: &mut Writer, words: &[&str], all: &Meanings) {
    let number = |word: &str| words.binary_search(&word).expect("all words are there") as u16;
    let mut numbered: Vec<(Vec<u16>, &[usize])> =
        all.iter().map(|(phrase, meanings)| (phrase.split(' ').map(number).collect(), meanings.as_slice())).collect();
    numbered.sort();
    let phrases = numbered.iter().map(|(words, meanings)| (words.as_slice(), *meanings));
    Phrases::write(writer, phrases, |writer, meaning| writer.number(*meaning));
}

/// What is near each skill, nearest first. Being near goes both ways.
fn near(tables: &Tables, id: impl Fn(&str) -> anyhow::Result<usize>) -> anyhow::Result<Vec<Vec<(usize, f64)>>> {
    let mut near: Vec<BTreeMap<usize, f64>> = vec![BTreeMap::new(); tables.skills.len()];
    for relation in &tables.relations {
        let (from, to) = (id(&relation.from)?, id(&relation.to)?);
        let nearness = nearness(&relation.kind, relation.weight)?;
        for (from, to) in [(from, to), (to, from)] {
            let there = near[from].entry(to).or_default();
            *there = nearness.max(*there);
        }
    }
    Ok(near.into_iter().map(best_first).collect())
}

/// The largest weight first; equal ones in order.
fn best_first(list: impl IntoIterator<Item = (usize, f64)>) -> Vec<(usize, f64)> {
    let mut list: Vec<(usize, f64)> = list.into_iter().collect();
    list.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    list
}

fn weighed(writer: &mut Writer, list: &[(usize, f64)]) {
    writer.number(list.len());
    for (at, weight) in list {
        writer.number(*at);
        writer.byte((weight * f64::from(WEIGHT_STEPS)).round().clamp(0.0, 255.0) as u8);
    }
}

fn occupations(writer: &mut Writer, tables: &Tables, id: impl Fn(&str) -> anyhow::Result<usize>) -> anyhow::Result<()> {
    let all = &tables.occupations;
    writer.texts(all.iter().map(|it| &*it.code));
    writer.texts(all.iter().map(|it| &*it.title));
    writer.texts(all.iter().map(|it| if it.interests.is_empty() { "-" } else { &*it.interests }));
    writer.bytes(&all.iter().map(|it| it.zone).collect::<Vec<_>>());
    let mut lists = |list: fn(&tables::Occupation) -> &[(String, u8)]| -> anyhow::Result<()> {
        for occupation in all {
            let mut list: Vec<(usize, u8)> = list(occupation)
                .iter()
                .map(|(slug, weight)| Ok((id(slug)?, *weight)))
                .collect::<anyhow::Result<_>>()?;
            list.sort_unstable();
            writer.number(list.len());
            let mut before = 0;
            for (skill, weight) in list {
                writer.number(skill - before);
                writer.byte(weight);
                before = skill;
            }
        }
        Ok(())
    };
    lists(|it| &it.skills)?;
    lists(|it| &it.competences)
}
