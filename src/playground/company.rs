//! The sample company of the demo: people, their skills and wishes, and what is open to them.

use super::{SimChannel, SimPerson};
use chrono::NaiveDate;

/// Everything the demo starts from; the two CSV texts are what `trailmark import` reads.
#[derive(Clone, Debug, Default)]
pub struct SampleCompany {
    pub people_csv: String,
    pub opportunities_csv: String,
    pub people: Vec<SimPerson>,
    pub channels: Vec<SimChannel>,
}

/// The company as it stands on `today`: every date in it is near.
#[must_use]
pub fn sample_company(today: NaiveDate) -> SampleCompany {
    let _ = today;
    SampleCompany::default()
}
