//! Skills that only this company has, keyed by their name, whatever its spelling.

use super::{Change, Options, Outcome, Remark, table, table::Row, write_in_chunks};
use crate::{
    commands::skills::LONGEST,
    domain::{
        Instant,
        own_skills::{OwnSkill, OwnSkills},
        skills::fold,
    },
    store::{Db, live::Live, skills},
};
use std::{collections::HashMap, path::Path};

const COLUMNS: &[&str] = &["name", "aliases", "related"];

/// A row that can be read, compared with what is known.
struct Step {
    change: Change,
    skill: OwnSkill,
}

/// # Errors
/// The file or its columns cannot be read, or the database refused.
pub async fn import(db: &Db, path: &Path, options: Options, now: Instant) -> anyhow::Result<Outcome> {
    let (rows, mut refused) = table::read(path, COLUMNS, &["name"])?;
    let live = Live::load(db.clone()).await?;
    let mut notes = Vec::new();
    let plan = plan(&rows, &live.read().own_skills, &mut refused, &mut notes);
    let outcome = Outcome::expected(plan.iter().map(|step| step.change), refused, notes, options);
    if outcome.writes() {
        let steps: Vec<_> = plan.iter().filter(|step| step.change != Change::Nothing).collect();
        write_in_chunks(db, &steps, options, async |tx, step, revision| {
            skills::decide_at(tx, &step.skill, None, now, revision).await
        })
        .await?;
    }
    Ok(outcome)
}

fn plan(rows: &[Row], known: &OwnSkills, refused: &mut Vec<Remark>, notes: &mut Vec<Remark>) -> Vec<Step> {
    let mut names: HashMap<String, u64> = HashMap::new();
    let mut aliases: HashMap<String, (u64, String)> = HashMap::new();
    let mut plan = Vec::new();
    for row in rows {
        let line = row.line;
        match step(row, known).and_then(|step| match names.insert(step.skill.key(), line) {
            Some(first) => Err(format!("{} stands in line {first} already", step.skill.name)),
            None => Ok(step),
        }) {
            Ok(step) => {
                for alias in &step.skill.aliases {
                    if let Some((first, name)) = aliases.insert(fold(alias), (line, step.skill.name.clone())) {
                        let reason = format!(
                            "“{alias}” is also another name of {name} in line {first}: whoever types it is asked which one they mean"
                        );
                        notes.push(Remark { line, reason });
                    }
                }
                plan.push(step);
            }
            Err(reason) => refused.push(Remark { line, reason }),
        }
    }
    plan
}

fn step(row: &Row, known: &OwnSkills) -> Result<Step, String> {
    let name = row.text("name").ok_or("name is empty")?.split_whitespace().collect::<Vec<_>>().join(" ");
    let (aliases, related) = (row.list("aliases"), row.list("related"));
    if let Some(long) = aliases.iter().chain(&related).chain([&name]).find(|text| text.chars().count() > LONGEST) {
        return Err(format!("“{long}” is longer than {LONGEST} letters"));
    }
    if fold(&name).is_empty() {
        return Err(format!("name must have letters or digits, not “{name}”"));
    }
    let old = known.get(&name);
    let kept = |new: Vec<String>, column: &str, old: Option<&Vec<String>>| {
        if row.text(column).is_some() { new } else { old.cloned().unwrap_or_default() }
    };
    let skill = OwnSkill {
        name,
        aliases: kept(aliases, "aliases", old.map(|old| &old.aliases)),
        related: kept(related, "related", old.map(|old| &old.related)),
        is_skill: true,
    };
    Ok(Step { change: Change::between(old, &skill), skill })
}
