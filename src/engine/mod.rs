//! Floor 4: receive, plan, deliver.
