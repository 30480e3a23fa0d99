//! Builds `src/domain/skills/taxonomy.bin` from the source tables:
//! `cargo run --release --example build-taxonomy -- ../shared/data src/domain/skills/taxonomy.bin`.
//!
//! `--leave-out PERCENT [--seed N]` leaves that share of the aliases, titles and related occupations out and writes them
//! beside the file, in the form `trailmark evaluate` reads, to measure how well the unseen is understood.

#[path = "builder/mod.rs"]
mod builder;

use anyhow::Context;
use clap::Parser;
use std::{fs, path::PathBuf};

#[derive(Parser)]
struct Arguments {
    /// The folder of the source tables.
    sources: PathBuf,
    /// The file to write.
    target: PathBuf,
    /// The share to leave out and write beside the file.
    #[arg(long, value_name = "PERCENT", default_value_t = 0, value_parser = clap::value_parser!(u64).range(..=90))]
    leave_out: u64,
    /// Which ones are left out.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
}

fn main() -> anyhow::Result<()> {
    let Arguments { sources, target, leave_out, seed } = Arguments::parse();
    let mut tables = builder::Tables::read(&sources)?;
    if leave_out > 0 {
        for (name, text) in tables.leave_out(leave_out, seed) {
            let path = target.with_extension(name);
            fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
        }
    }
    let file = builder::build(&tables)?;
    fs::write(&target, &file).with_context(|| format!("cannot write {}", target.display()))?;
    println!("{}: {} bytes", target.display(), file.len());
    Ok(())
}
