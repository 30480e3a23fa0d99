//! A bar for work that takes a while.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;

/// Counts `things` up to `all` on standard error, where it is to be shown and somebody watches: on a terminal.
pub fn bar(all: usize, things: &'static str, is_shown: bool) -> ProgressBar {
    let is_watched = is_shown && std::io::stderr().is_terminal();
    let target = if is_watched { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
    let style = ProgressStyle::with_template("{bar:40} {human_pos}/{human_len} {msg}, {eta} left")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::with_draw_target(Some(all as u64), target).with_style(style).with_message(things)
}
