//! The home: the Home tab on one platform, a pinned card on another. The default place to look.

use super::Block;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Home {
    pub blocks: Vec<Block>,
}
