//! The taxonomy's file is what its builder makes of the sources, and holds facts only.

#[path = "../../examples/build-taxonomy/builder/mod.rs"]
mod builder;

use builder::Tables;
use std::{fs, io::Read, path::PathBuf};
use trailmark::domain::skills::{Kind, Resolved, Taxonomy, file, link, resolve, taxonomy};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn shipped() -> Vec<u8> {
    fs::read(root().join("src/domain/skills/taxonomy.bin")).unwrap()
}

/// `None`, and a word about it, where the source tables are not here.
fn sources() -> Option<PathBuf> {
    let path = root().join("../shared/data");
    let is_here = path.join("skills.tsv").exists();
    if !is_here {
        println!("skipped: {} is not here", path.display());
    }
    is_here.then_some(path)
}

#[test]
fn the_shipped_file_is_what_the_builder_makes_of_the_sources() {
    let Some(path) = sources() else { return };
    let built = builder::build(&Tables::read(&path).unwrap()).unwrap();
    assert!(
        built == shipped(),
        "run: cargo run --release --example build-taxonomy -- ../shared/data src/domain/skills/taxonomy.bin"
    );
}

#[test]
fn the_file_is_small_and_holds_no_descriptive_sentence() {
    let file = shipped();
    assert!(file.len() < 3 << 20, "{} bytes", file.len());
    let Some(path) = sources() else { return };
    let mut reader = file::open(&file).unwrap();
    let columns: Vec<u8> = std::iter::from_fn(|| reader.byte().ok()).collect();
    let columns = String::from_utf8_lossy(&columns).to_lowercase();
    let mut checked = 0;
    for line in fs::read_to_string(path.join("occupations.tsv")).unwrap().lines().skip(1) {
        for sentence in line.rsplit('\t').next().unwrap().split_inclusive('.').map(str::trim) {
            if sentence.len() > 20 {
                assert!(!columns.contains(&sentence.to_lowercase()), "{sentence}");
                checked += 1;
            }
        }
    }
    assert!(checked > 900, "only {checked} sentences");
}

#[test]
fn what_is_left_out_is_written_down_and_unknown_to_the_file() {
    let Some(path) = sources() else { return };
    let mut tables = Tables::read(&path).unwrap();
    let (aliases, related) =
        (tables.aliases.len(), tables.occupations.iter().filter(|it| !it.related.is_empty()).count());
    let out = tables.leave_out(30, 7);
    let share = 1.0 - tables.aliases.len() as f64 / aliases as f64;
    assert!((0.25..0.35).contains(&share), "{share}");
    assert!(tables.occupations.iter().filter(|it| !it.related.is_empty()).count() < related);
    for (name, text) in out {
        assert!(text.lines().count() > 100, "{name}");
        for line in text.lines().skip(1).take(50) {
            let left = line.split('\t').next().unwrap();
            assert!(tables.aliases.iter().all(|alias| alias.text != left), "{left}");
        }
    }
}

#[test]
fn the_taxonomy_knows_its_skills_occupations_and_relations() {
    let taxonomy = taxonomy();
    assert!(taxonomy.skills().len() > 5_000 && taxonomy.occupations().len() > 900);
    let sql = taxonomy.skill_by_slug("sql").unwrap();
    assert_eq!((&*taxonomy.skill(sql).name, taxonomy.skill(sql).kind), ("SQL", Kind::Technology));
    for (id, skill) in taxonomy.skills() {
        assert_eq!(taxonomy.skill_by_slug(&skill.slug), Some(id));
        assert!(taxonomy.near(id).is_sorted_by(|a, b| a.1 >= b.1) && taxonomy.near(id).iter().all(|it| it.0 != id));
        assert_eq!(link(&skill.name, 1).first().map(|it| it.0), Some(id), "{}", skill.name);
    }
    for (id, occupation) in taxonomy.occupations() {
        assert_eq!(taxonomy.occupation_by_code(&occupation.code), Some(id));
        assert_eq!(taxonomy.similar(id).first().map(|it| it.0), Some(id));
        assert!(taxonomy.next_roles(id).len() >= 25 && taxonomy.next_roles(id).iter().all(|it| it.0 != id));
    }
}

#[test]
fn the_shipped_file_is_one_that_this_program_reads() {
    let file = shipped();
    let mut start = String::new();
    file.as_slice().take(40).read_to_string(&mut start).unwrap();
    assert!(start.starts_with("trailmark taxonomy\nformat "), "{start}");
    assert!(Taxonomy::read(&file).is_ok());
    assert_ne!(resolve("k8s"), Resolved::Unknown);
}
