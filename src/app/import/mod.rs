//! `trailmark import`: files of the company's own, in. Idempotent by natural key; a bad row is named by its line, the good
//! ones go in; nothing that people set themselves is overwritten.
//!
//! The rules, the same for both kinds: an empty cell leaves what is known as it is. Skills and wants fill an empty
//! profile and are the person's own from then on.

mod opportunities;
mod people;
mod skills;
mod table;

pub use opportunities::import as opportunities;
pub use people::import as people;
pub use skills::import as skills;

use crate::{
    app::progress,
    store::{Db, Tx, schema},
};

/// Rows written in one transaction: long enough to be fast, short enough to let a running server write in between.
const CHUNK: usize = 1_000;

#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// One bad row, and nothing goes in.
    pub strict: bool,
    /// Says what would happen; nothing goes in.
    pub dry_run: bool,
    /// Draws a bar on a terminal.
    pub show_progress: bool,
}

/// Something about one line of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    pub line: u64,
    pub reason: String,
}

/// What a row that can be read does to what is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Change {
    Adds,
    Changes,
    Nothing,
}

impl Change {
    fn between<T: PartialEq>(known: Option<&T>, now: &T) -> Change {
        match known {
            None => Change::Adds,
            Some(known) if known != now => Change::Changes,
            Some(_) => Change::Nothing,
        }
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    pub added: usize,
    pub changed: usize,
    pub unchanged: usize,
    /// Rows that did not go in, in the order of their lines.
    pub refused: Vec<Remark>,
    /// Rows that went in, but not all of them.
    pub notes: Vec<Remark>,
    pub was_written: bool,
}

impl Outcome {
    /// What the file comes to once its good rows are written, if they are to be.
    fn expected(
        changes: impl Iterator<Item = Change>,
        refused: Vec<Remark>,
        notes: Vec<Remark>,
        options: Options,
    ) -> Outcome {
        let was_written = !options.dry_run && (!options.strict || refused.is_empty());
        let mut outcome = Outcome { refused: sorted(refused), notes: sorted(notes), was_written, ..Outcome::default() };
        for change in changes {
            match change {
                Change::Adds => outcome.added += 1,
                Change::Changes => outcome.changed += 1,
                Change::Nothing => outcome.unchanged += 1,
            }
        }
        outcome
    }

    fn writes(&self) -> bool {
        self.was_written && self.added + self.changed > 0
    }

    #[must_use]
    pub fn read(&self) -> usize {
        self.added + self.changed + self.unchanged + self.refused.len()
    }

    /// The one line that sums it up.
    #[must_use]
    pub fn summary(&self) -> String {
        let numbers = format!(
            "{} read: {} added, {} changed, {} unchanged, {} refused",
            grouped(self.read()),
            grouped(self.added),
            grouped(self.changed),
            grouped(self.unchanged),
            grouped(self.refused.len())
        );
        if self.was_written { numbers } else { format!("{numbers} (nothing was written)") }
    }
}

/// `12345` as `12,345`.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Writes rows in their order, each with the revision of its transaction.
async fn write_in_chunks<T>(
    db: &Db,
    rows: &[T],
    options: Options,
    mut write: impl AsyncFnMut(&mut Tx, &T, i64) -> sqlx::Result<()>,
) -> anyhow::Result<()> {
    let progress = progress::bar(rows.len(), "rows", options.show_progress);
    for chunk in rows.chunks(CHUNK) {
        let mut tx = db.write().await?;
        let revision = schema::next_revision(&mut tx).await?;
        for row in chunk {
            write(&mut tx, row, revision).await?;
            progress.inc(1);
        }
        tx.commit().await?;
    }
    progress.finish_and_clear();
    Ok(())
}

fn sorted(mut remarks: Vec<Remark>) -> Vec<Remark> {
    remarks.sort_by_key(|remark| remark.line);
    remarks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_so_that_they_can_be_read() {
        for (number, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(grouped(number), text);
        }
    }
}
