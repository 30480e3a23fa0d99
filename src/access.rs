//! Floor 3: who may do what; the only place that says no.
