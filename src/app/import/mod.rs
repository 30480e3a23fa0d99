//! `trailmark import`: files of the company's own, in. Idempotent by natural key; a bad row is named by its line, the good
//! ones go in; nothing that people set themselves is overwritten.
//!
//! The rules, the same for both kinds: an empty cell leaves what is known as it is. Skills and wants fill an empty
//! profile and are the person's own from then on.

mod opportunities;
mod people;
mod table;

pub use opportunities::import as opportunities;
pub use people::import as people;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;

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

fn bar(rows: usize, show: bool) -> ProgressBar {
    let is_watched = show && std::io::stderr().is_terminal();
    let target = if is_watched { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
    let style = ProgressStyle::with_template("{bar:40} {human_pos}/{human_len} rows, {eta} left")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::with_draw_target(Some(rows as u64), target).with_style(style)
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
