//! One integration binary; one module per subject.

mod nudges;
mod outbox;
