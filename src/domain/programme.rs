//! How the programme is run: the company's own rules. Comes from the configuration; every default is the contract's.

use super::retention::Keeping;
use chrono::{NaiveTime, Weekday};
use chrono_tz::Tz;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Programme {
    /// Nothing is sent unasked until somebody who runs the programme has looked at the rehearsal and turned it on.
    pub is_active: bool,
    pub digest_day: Weekday,
    pub digest_at: NaiveTime,
    /// Nothing before, in the reader's own zone.
    pub quiet_before: NaiveTime,
    /// Nothing after, in the reader's own zone.
    pub quiet_after: NaiveTime,
    pub max_per_week: u32,
    /// Groups smaller than this are never reported.
    pub smallest_group: u32,
    pub default_zone: Tz,
    pub working_days: Vec<Weekday>,
    /// How late a missed slot may still be caught up.
    pub grace: chrono::Duration,
    pub keeping: Keeping,
}

impl Default for Programme {
    fn default() -> Self {
        use Weekday::{Fri, Mon, Thu, Tue, Wed};
        let clock = |h, m| NaiveTime::from_hms_opt(h, m, 0).expect("a time of day written here is valid");
        Programme {
            is_active: false,
            digest_day: Mon,
            digest_at: clock(9, 30),
            quiet_before: clock(9, 30),
            quiet_after: clock(16, 0),
            max_per_week: 2,
            smallest_group: 5,
            default_zone: Tz::UTC,
            working_days: vec![Mon, Tue, Wed, Thu, Fri],
            grace: chrono::Duration::hours(6),
            keeping: Keeping::default(),
        }
    }
}
