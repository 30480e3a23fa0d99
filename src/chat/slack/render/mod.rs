//! Our words as Block Kit. Whatever is rendered keeps every limit of Slack's by construction; [`lint`] proves it.

pub mod blocks;
mod input;
pub mod json;
pub mod limits;
pub mod lint;
pub mod message;
pub mod text;
pub mod view;

pub use lint::{Surface, Violation, lint};
pub use message::{Message, messages};
pub use view::{form, home, options};

#[cfg(test)]
mod lint_tests;
#[cfg(test)]
mod tests;
