//! Slack's limits (characters are code points [U]), and ours, which stay five per cent under where we fill them up.

/// Of a text object.
pub const MAX_TEXT: usize = 3000;
/// What we put into one.
pub const TEXT: usize = 2850;
pub const FALLBACK: usize = 4000;
pub const HEADER: usize = 150;
pub const BUTTON: usize = 75;
pub const VALUE: usize = 2000;
pub const URL: usize = 2000;
pub const ID: usize = 255;
pub const OPTION: usize = 75;
pub const OPTION_VALUE: usize = 150;
pub const OPTIONS: usize = 100;
pub const CHECKS: usize = 10;
pub const ELEMENTS: usize = 25;
pub const PLACEHOLDER: usize = 150;
pub const LABEL: usize = 2000;
pub const CONFIRM_TITLE: usize = 100;
pub const CONFIRM_TEXT: usize = 300;
pub const CONFIRM_BUTTON: usize = 30;
pub const TITLE: usize = 24;
pub const METADATA: usize = 3000;
pub const MESSAGE_BLOCKS: usize = 50;
pub const VIEW_BLOCKS: usize = 100;
pub const VIEW_BYTES: usize = 250_000;
/// All the text of one message. Undocumented; measured by others at about 12,000 with overhead.
pub const BUDGET: usize = 9000;
