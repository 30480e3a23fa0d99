//! Times at which two people could meet.

use super::{Instant, is_working_day, local_date, resolve, wall_time};
use crate::domain::scatter;
use chrono::{NaiveDateTime, NaiveTime, TimeDelta, Timelike, Weekday};
use chrono_tz::Tz;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

/// When somebody works, by their own clock.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Hours {
    pub zone: Tz,
    pub from: NaiveTime,
    pub until: NaiveTime,
    /// Empty means Monday to Friday.
    pub working_days: Vec<Weekday>,
}

/// How long a conversation is planned for.
const MEETING: TimeDelta = TimeDelta::minutes(30);

impl Hours {
    /// 09:00 to 17:00.
    #[must_use]
    pub fn office(zone: Tz, working_days: &[Weekday]) -> Hours {
        let clock = |hour| NaiveTime::from_hms_opt(hour, 0, 0).unwrap_or_default();
        Hours { zone, from: clock(9), until: clock(17), working_days: working_days.to_vec() }
    }

    /// Minutes by which a meeting that starts now lies outside these hours; `None` on a free day.
    fn strain(&self, at: Instant) -> Option<i64> {
        let wall = wall_time(self.zone, at);
        if !is_working_day(wall.date(), &self.working_days) {
            return None;
        }
        let start = minutes(wall.time());
        Some((minutes(self.from) - start).max(start + MEETING.num_minutes() - minutes(self.until)).max(0))
    }
}

fn minutes(time: NaiveTime) -> i64 {
    i64::from(time.num_seconds_from_midnight() / 60)
}

/// How far a stretched day reaches: four hours beyond the own ones cover the two sides of the world.
const STRETCH: i64 = 4 * 60;

/// `count` half-hour meetings for two people, soonest first, none before `not_before` and none that meets a `taken` one.
///
/// They lie on the manager's half hours and inside the working hours of both; where these do not meet, as little outside
/// as possible; where the working days do not meet either, inside the manager's. Days and times of day vary. The same
/// seed gives the same times. Fewer come back only where two months are taken.
#[must_use]
pub fn suggest_slots(
    manager: &Hours,
    report: &Hours,
    taken: &[Instant],
    not_before: Instant,
    count: usize,
    seed: u64,
) -> Vec<Instant> {
    Meetings::default().suggest(manager, report, taken, not_before, count, seed)
}

/// When people of which hours could meet, worked out once for all who keep the same.
#[derive(Debug, Default)]
pub struct Meetings(Mutex<HashMap<Sought, Arc<[Possible]>>>);

/// So many answers are kept.
const KEPT: usize = 256;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Sought {
    manager: Hours,
    report: Hours,
    reach: Reach,
    not_before: Instant,
    days: usize,
}

impl Meetings {
    /// The same as [`suggest_slots`].
    #[must_use]
    pub fn suggest(
        &self,
        manager: &Hours,
        report: &Hours,
        taken: &[Instant],
        not_before: Instant,
        count: usize,
        seed: u64,
    ) -> Vec<Instant> {
        let mut chosen: Vec<Possible> = Vec::new();
        for (days, reach) in [(7, Reach::Office), (14, Reach::Office), (14, Reach::Stretched), (60, Reach::ManagerOnly)]
        {
            if chosen.len() >= count {
                break;
            }
            let (manager, report) = (manager.clone(), report.clone());
            let all = self.possible(Sought { manager, report, reach, not_before, days });
            let is_open = |slot: &&Possible| taken.iter().all(|other| (slot.at - *other).abs() >= MEETING);
            let open: Vec<&Possible> = all.iter().filter(is_open).collect();
            while chosen.len() < count {
                let is_free = |slot: &&&Possible| chosen.iter().all(|other| (slot.at - other.at).abs() >= MEETING);
                let Some(best) = open.iter().filter(is_free).min_by_key(|slot| slot.rank(&chosen, seed)) else {
                    break;
                };
                chosen.push(**best);
            }
        }
        let mut chosen: Vec<Instant> = chosen.iter().map(|slot| slot.at).collect();
        chosen.sort_unstable();
        chosen
    }

    fn possible(&self, sought: Sought) -> Arc<[Possible]> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(all) = known.get(&sought) {
            return Arc::clone(all);
        }
        if known.len() >= KEPT {
            known.clear();
        }
        let Sought { manager, report, reach, not_before, days } = &sought;
        let all: Arc<[Possible]> = possible(manager, report, *reach, *not_before, *days).collect();
        known.insert(sought, Arc::clone(&all));
        all
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Reach {
    /// Inside the hours of both.
    Office,
    /// Earlier or later than usual for one or both.
    Stretched,
    /// The manager's hours; the report says if it does not suit.
    ManagerOnly,
}

#[derive(Clone, Copy, Debug)]
struct Possible {
    at: Instant,
    wall: NaiveDateTime,
    /// Whole half hours outside somebody's usual day.
    strain: i64,
}

impl Possible {
    /// Smaller is better: another day than those chosen, usual hours, no lunch, another half of the day.
    fn rank(&self, chosen: &[Possible], seed: u64) -> (usize, i64, bool, usize, u64) {
        let same_day = chosen.iter().filter(|other| other.wall.date() == self.wall.date()).count();
        let same_half = chosen.iter().filter(|other| (other.wall.hour() < 12) == (self.wall.hour() < 12)).count();
        let order = scatter(seed, self.at.timestamp().unsigned_abs());
        (same_day, self.strain, self.wall.hour() == 12, same_half, order)
    }
}

fn possible(
    manager: &Hours,
    report: &Hours,
    reach: Reach,
    not_before: Instant,
    days: usize,
) -> impl Iterator<Item = Possible> {
    let halves = (0..48).filter_map(|half| NaiveTime::from_hms_opt(half / 2, half % 2 * 30, 0));
    local_date(manager.zone, not_before)
        .iter_days()
        .take(days)
        .filter(|date| is_working_day(*date, &manager.working_days))
        .flat_map(move |date| halves.clone().map(move |time| date.and_time(time)))
        .filter_map(move |wall| {
            let start = minutes(wall.time());
            let room = if reach == Reach::Stretched { STRETCH } else { 0 };
            let is_day =
                start >= minutes(manager.from) - room && start + MEETING.num_minutes() <= minutes(manager.until) + room;
            if !is_day {
                return None;
            }
            let at = resolve(manager.zone, wall.date(), wall.time());
            if at < not_before || wall_time(manager.zone, at) != wall {
                return None;
            }
            let strains = [manager.strain(at), if reach == Reach::ManagerOnly { Some(0) } else { report.strain(at) }];
            let [Some(own), Some(other)] = strains else { return None };
            let strain = own + other;
            (own.max(other) <= room).then_some(Possible { at, wall, strain: (strain + 29) / 30 })
        })
}

#[cfg(test)]
mod tests {
    use super::super::tests::{any_instant, any_zone, at};
    use super::super::{short_label, spoken_time};
    use super::*;
    use proptest::prelude::*;

    fn office(zone: Tz) -> Hours {
        Hours::office(zone, &[])
    }

    #[test]
    fn two_reports_of_one_manager_get_different_times_on_different_days() {
        let berlin = office(Tz::Europe__Berlin);
        let monday = at("2026-05-11T06:00:00Z");
        let first = suggest_slots(&berlin, &berlin, &[], monday, 2, 1);
        let second = suggest_slots(&berlin, &berlin, &first, monday, 2, 2);
        assert_eq!(first, suggest_slots(&berlin, &berlin, &[], monday, 2, 1));
        for slots in [&first, &second] {
            let [a, b] = slots[..] else { panic!("two slots") };
            assert_ne!(local_date(berlin.zone, a), local_date(berlin.zone, b));
            assert!((b - a).num_days() < 7);
            assert_ne!(wall_time(berlin.zone, a).hour() < 12, wall_time(berlin.zone, b).hour() < 12);
            assert!(
                short_label(a, berlin.zone, monday).ends_with(":00")
                    || short_label(a, berlin.zone, monday).ends_with(":30")
            );
        }
        assert!(second.iter().all(|slot| !first.contains(slot)));
    }

    #[test]
    fn the_two_sides_of_the_world_meet_early_or_late() {
        let (angeles, kolkata) = (office(Tz::America__Los_Angeles), office(Tz::Asia__Kolkata));
        let slots = suggest_slots(&angeles, &kolkata, &[], at("2026-05-11T00:00:00Z"), 2, 7);
        assert_eq!(slots.len(), 2);
        for slot in slots {
            for zone in [angeles.zone, kolkata.zone] {
                assert!((5..21).contains(&wall_time(zone, slot).hour()), "{}", spoken_time(slot, zone));
            }
        }
    }

    #[test]
    fn people_who_never_work_on_the_same_day_still_get_a_time() {
        let manager = Hours::office(Tz::UTC, &[Weekday::Mon]);
        let report = Hours::office(Tz::UTC, &[Weekday::Sat]);
        assert_eq!(suggest_slots(&manager, &report, &[], at("2026-05-11T00:00:00Z"), 2, 7).len(), 2);
    }

    #[test]
    fn hours_that_make_no_sense_and_the_ends_of_time_give_no_times_and_no_panic() {
        let nowhen = Hours { until: NaiveTime::MIN, ..office(Tz::UTC) };
        assert!(suggest_slots(&nowhen, &nowhen, &[], at("2026-05-11T00:00:00Z"), 2, 7).is_empty());
        let _ = suggest_slots(&office(Tz::UTC), &office(Tz::UTC), &[Instant::MIN_UTC], Instant::MAX_UTC, 2, 7);
        let _ = suggest_slots(&office(Tz::UTC), &office(Tz::UTC), &[Instant::MAX_UTC], Instant::MIN_UTC, 2, 7);
    }

    proptest! {
        #[test]
        fn every_pair_gets_its_times_and_no_two_reports_the_same(
            manager in any_zone(), report in any_zone(), not_before in any_instant(), seed in any::<u64>()
        ) {
            let (manager, report) = (office(manager), office(report));
            let mut taken = Vec::new();
            for n in 0..4 {
                let slots = suggest_slots(&manager, &report, &taken, not_before, 2, seed.wrapping_add(n));
                prop_assert_eq!(slots.len(), 2);
                for slot in &slots {
                    prop_assert!(*slot >= not_before && !taken.contains(slot));
                    prop_assert_eq!(wall_time(manager.zone, *slot).minute() % 30, 0);
                    prop_assert!(is_working_day(local_date(manager.zone, *slot), &[]));
                }
                taken.extend(slots);
            }
        }
    }
}
