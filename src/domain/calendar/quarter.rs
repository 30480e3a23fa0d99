//! Quarters and weeks, by their labels.

use chrono::{Datelike, NaiveDate};
use std::{fmt, str::FromStr};

/// A quarter of a calendar year. Shown and stored as `2026-Q2`; ordered by time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quarter {
    year: i32,
    quarter: u8,
}

impl Quarter {
    /// `None` unless the quarter is 1 to 4 and the year is one a calendar can hold.
    #[must_use]
    pub fn new(year: i32, quarter: u8) -> Option<Quarter> {
        let is_known = NaiveDate::from_ymd_opt(year, 1, 1).is_some() && (1..=4).contains(&quarter);
        is_known.then_some(Quarter { year, quarter })
    }

    #[must_use]
    pub fn of(date: NaiveDate) -> Quarter {
        Quarter { year: date.year(), quarter: u8::try_from(date.month0() / 3 + 1).unwrap_or(1) }
    }

    #[must_use]
    pub fn year(self) -> i32 {
        self.year
    }

    /// 1 to 4.
    #[must_use]
    pub fn quarter(self) -> u8 {
        self.quarter
    }

    #[must_use]
    pub fn label(self) -> String {
        self.to_string()
    }

    /// Its first day.
    #[must_use]
    pub fn start(self) -> NaiveDate {
        let month = u32::from(self.quarter) * 3 - 2;
        NaiveDate::from_ymd_opt(self.year, month, 1).unwrap_or(NaiveDate::MIN)
    }

    /// Its last day.
    #[must_use]
    pub fn end(self) -> NaiveDate {
        let next = self.next();
        if next == self { NaiveDate::MAX } else { next.start().pred_opt().unwrap_or(NaiveDate::MAX) }
    }

    /// The quarter after it; the last one there is follows itself.
    #[must_use]
    pub fn next(self) -> Quarter {
        let (year, quarter) =
            if self.quarter == 4 { (self.year.saturating_add(1), 1) } else { (self.year, self.quarter + 1) };
        Quarter::new(year, quarter).unwrap_or(self)
    }

    /// The quarter before it; the first one there is precedes itself.
    #[must_use]
    pub fn prev(self) -> Quarter {
        let (year, quarter) =
            if self.quarter == 1 { (self.year.saturating_sub(1), 4) } else { (self.year, self.quarter - 1) };
        Quarter::new(year, quarter).unwrap_or(self)
    }

    #[must_use]
    pub fn contains(self, date: NaiveDate) -> bool {
        Quarter::of(date) == self
    }
}

impl fmt::Display for Quarter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-Q{}", self.year, self.quarter)
    }
}

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("a quarter looks like 2026-Q2")]
pub struct NotAQuarter;

impl FromStr for Quarter {
    type Err = NotAQuarter;

    /// Accepts `2026-Q2`, `2026q2` and `Q2 2026`.
    fn from_str(text: &str) -> Result<Self, NotAQuarter> {
        let text = text.trim().to_ascii_lowercase();
        let (before, after) = text.split_once('q').ok_or(NotAQuarter)?;
        let (year, quarter) = if before.is_empty() {
            after.split_once([' ', '-']).map(|(quarter, year)| (year, quarter)).ok_or(NotAQuarter)?
        } else {
            (before.trim_end_matches(['-', ' ']), after)
        };
        if year.len() != 4 || !year.bytes().all(|b| b.is_ascii_digit()) {
            return Err(NotAQuarter);
        }
        let year = year.parse().map_err(|_| NotAQuarter)?;
        let quarter = quarter.parse().map_err(|_| NotAQuarter)?;
        Quarter::new(year, quarter).ok_or(NotAQuarter)
    }
}

/// The ISO week a day belongs to, such as `2026-W14`.
#[must_use]
pub fn week_label(date: NaiveDate) -> String {
    let week = date.iso_week();
    format!("{}-W{:02}", week.year(), week.week())
}

#[cfg(test)]
mod tests {
    use super::super::tests::{any_day, day};
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_quarter_knows_its_days_and_its_neighbours() {
        let spring = Quarter::of(day("2026-05-14"));
        assert_eq!(spring.label(), "2026-Q2");
        assert_eq!((spring.start(), spring.end()), (day("2026-04-01"), day("2026-06-30")));
        assert_eq!(Quarter::of(day("2026-12-31")).next().label(), "2027-Q1");
        assert_eq!(Quarter::of(day("2026-01-01")).prev().label(), "2025-Q4");
        for text in ["2026-Q2", "2026q2", " q2 2026 "] {
            assert_eq!(text.parse(), Ok(spring), "{text}");
        }
        for text in ["", "2026", "2026-Q5", "2026-Q0", "26-Q1", "q", "q2", "2026-Qü"] {
            assert_eq!(text.parse::<Quarter>(), Err(NotAQuarter), "{text}");
        }
    }

    #[test]
    fn the_first_and_the_last_quarter_there_is_are_quarters_too() {
        let (first, last) = (Quarter::of(NaiveDate::MIN), Quarter::of(NaiveDate::MAX));
        assert!(first.prev() <= first && first.start() <= first.end());
        assert!(last.next() >= last && last.start() <= last.end());
        assert_eq!(last.end(), NaiveDate::MAX);
    }

    #[test]
    fn a_week_belongs_to_the_year_of_its_thursday() {
        assert_eq!(week_label(day("2026-04-01")), "2026-W14");
        assert_eq!(week_label(day("2027-01-01")), "2026-W53");
    }

    proptest! {
        #[test]
        fn every_day_lies_in_the_quarter_of_its_label(date in any_day()) {
            let quarter = Quarter::of(date);
            prop_assert!(quarter.start() <= date && date <= quarter.end());
            prop_assert_eq!(quarter.label().parse(), Ok(quarter));
            prop_assert_eq!(quarter.next().prev(), quarter);
        }
    }
}
