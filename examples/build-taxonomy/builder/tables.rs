//! The source tables as they are, and what is left out of them to measure.

use anyhow::{Context, ensure};
use std::{collections::BTreeMap, fmt::Write, fs, path::Path};
use trailmark::domain::scatter;

#[derive(Clone)]
pub struct Skill {
    pub slug: String,
    pub name: String,
    pub kind: u8,
    pub demand: u8,
}

#[derive(Clone)]
pub struct Alias {
    pub text: String,
    pub skill: String,
    pub is_far: bool,
    pub is_ambiguous: bool,
}

#[derive(Clone)]
pub struct Relation {
    pub from: String,
    pub to: String,
    pub kind: String,
    pub weight: f64,
}

#[derive(Clone)]
pub struct Occupation {
    pub code: String,
    pub title: String,
    pub zone: u8,
    pub interests: String,
    pub description: String,
    /// Other titles, and whether people in the job reported it.
    pub titles: Vec<(String, bool)>,
    pub skills: Vec<(String, u8)>,
    /// With their importance in tenths.
    pub competences: Vec<(String, u8)>,
    /// Related occupations and how closely, best first; empty where not known.
    pub related: Vec<(String, u8)>,
}

pub struct Tables {
    pub skills: Vec<Skill>,
    pub aliases: Vec<Alias>,
    pub relations: Vec<Relation>,
    pub occupations: Vec<Occupation>,
}

/// The rows of a table, without its head.
fn rows(folder: &Path, name: &str, columns: usize) -> anyhow::Result<Vec<Vec<String>>> {
    let path = folder.join(name);
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let rows: Vec<Vec<String>> =
        text.lines().skip(1).map(|line| line.split('\t').map(str::to_owned).collect()).collect();
    ensure!(rows.iter().all(|row| row.len() == columns), "{name} has a row without {columns} columns");
    Ok(rows)
}

/// `name:number` pairs separated by spaces.
fn pairs(text: &str) -> anyhow::Result<Vec<(String, f64)>> {
    let pair = |pair: &str| {
        let (name, number) = pair.rsplit_once(':').with_context(|| format!("{pair} has no number"))?;
        Ok((name.to_owned(), number.parse()?))
    };
    text.split_whitespace().map(pair).collect()
}

impl Tables {
    pub fn read(folder: &Path) -> anyhow::Result<Self> {
        let mut skills = Vec::new();
        for row in rows(folder, "skills.tsv", 6)? {
            let kind = ["technology", "knowledge", "competence"].iter().position(|kind| *kind == row[2]);
            let kind = kind.with_context(|| format!("{} is no kind of skill", row[2]))? as u8;
            let [slug, name, _, _, _, demand] = row.try_into().expect("the columns were counted");
            skills.push(Skill { slug, name, kind, demand: demand.parse()? });
        }
        skills.sort_by(|a, b| a.slug.cmp(&b.slug));
        let aliases = rows(folder, "skill_aliases.tsv", 5)?.into_iter().map(|row| {
            let [text, skill, _, stratum, ambiguous] = row.try_into().expect("the columns were counted");
            Alias { text, skill, is_far: stratum == "opaque", is_ambiguous: ambiguous == "1" }
        });
        let mut relations = Vec::new();
        for row in rows(folder, "skill_relations.tsv", 4)? {
            let [from, to, kind, weight] = row.try_into().expect("the columns were counted");
            relations.push(Relation { from, to, kind, weight: weight.parse()? });
        }
        let mut details: BTreeMap<&str, BTreeMap<String, String>> = BTreeMap::new();
        for name in ["occupation_titles", "occupation_skills", "occupation_competences", "related_occupations"] {
            let rows = rows(folder, &format!("{name}.tsv"), 2)?;
            details.insert(name, rows.into_iter().map(|row| (row[0].clone(), row[1].clone())).collect());
        }
        let mut occupations = Vec::new();
        for row in rows(folder, "occupations.tsv", 5)? {
            let [code, title, zone, interests, description] = row.try_into().expect("the columns were counted");
            let detail = |name| details[name].get(&code).map(String::as_str).unwrap_or_default();
            let titles = detail("occupation_titles").split('|').filter(|title| !title.is_empty());
            let whole = |list: Vec<(String, f64)>, steps: f64| -> Vec<(String, u8)> {
                list.into_iter().map(|(name, number)| (name, (number * steps).round() as u8)).collect()
            };
            occupations.push(Occupation {
                titles: titles
                    .map(|title| (title.trim_start_matches('*').to_owned(), title.starts_with('*')))
                    .collect(),
                skills: whole(pairs(detail("occupation_skills"))?, 1.0),
                competences: whole(pairs(detail("occupation_competences"))?, 10.0),
                related: whole(pairs(detail("related_occupations"))?, 1.0),
                zone: zone.parse()?,
                code,
                title,
                interests,
                description,
            });
        }
        occupations.sort_by(|a, b| a.code.cmp(&b.code));
        Ok(Self { skills, aliases: aliases.collect(), relations, occupations })
    }

    /// Takes this share of the aliases, of the titles and of the occupations with related ones out; returns them as
    /// tables: what they are called, and their rows with what would be right.
    pub fn leave_out(&mut self, percent: u64, seed: u64) -> Vec<(&'static str, String)> {
        let is_out = |text: &str| {
            let number = text.bytes().fold(seed, |sum, byte| scatter(sum, u64::from(byte)));
            scatter(seed, number) % 100 < percent
        };
        let mut aliases = String::from("alias\tskill_id\tstratum\n");
        self.aliases.retain(|alias| {
            let stays = !is_out(&alias.text);
            if !stays {
                let stratum = if alias.is_far { "opaque" } else { "near" };
                writeln!(aliases, "{}\t{}\t{stratum}", alias.text, alias.skill).expect("a String takes it");
            }
            stays
        });
        let mut titles = String::from("title\tonet_code\n");
        let mut roles = String::from("onet_code\trelated\n");
        let away: Vec<String> = self.occupations.iter().map(|it| it.code.clone()).filter(|code| is_out(code)).collect();
        for it in &mut self.occupations {
            let own = it.title.to_lowercase();
            it.titles.retain(|(title, _)| {
                let stays = !is_out(title) || title.to_lowercase() == own;
                if !stays {
                    writeln!(titles, "{title}\t{}", it.code).expect("a String takes it");
                }
                stays
            });
            if away.contains(&it.code) {
                let row: Vec<_> = it.related.iter().map(|(code, tier)| format!("{code}:{tier}")).collect();
                if !row.is_empty() {
                    writeln!(roles, "{}\t{}", it.code, row.join(" ")).expect("a String takes it");
                }
                it.related.clear();
            }
            it.related.retain(|(code, _)| !away.contains(code));
        }
        vec![("aliases.tsv", aliases), ("titles.tsv", titles), ("roles.tsv", roles)]
    }
}
