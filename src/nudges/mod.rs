//! Floor 3: one folder per nudge kind.
