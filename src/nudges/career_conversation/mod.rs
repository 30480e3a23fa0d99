//! The quarterly reminder of the career conversation: one bundled message to a manager with times to pick, up to three
//! tries a window; one message to each employee when the window opens.

pub mod act;
pub mod card;

use super::turn::{Message, STALE, STARTED, Subject, Turn, Wish, World, needs_time};
use crate::{
    domain::{
        Instant,
        budget::Settings,
        calendar::{self, Hours, Quarter, add_working_days, local_date, nth_working_day_of, resolve},
        conversation::Conversation,
        id::PersonId,
        person::Person,
        preference::NudgeKind,
        programme::Programme,
        scatter,
    },
    store::slots::Slot,
};
use card::{Bundle, OpenOne};
use chrono::{NaiveDate, NaiveTime, TimeDelta, Timelike};
use std::fmt;

pub const KIND: NudgeKind = NudgeKind::CareerConversation;

/// Which try of a window it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// In the first ten working days, each person on a day of their own.
    Opening,
    Middle,
    /// Ten days before the end.
    Last,
}

impl Stage {
    const ALL: [Stage; 3] = [Stage::Opening, Stage::Middle, Stage::Last];

    fn as_str(self) -> &'static str {
        match self {
            Stage::Opening => "opening",
            Stage::Middle => "middle",
            Stage::Last => "last",
        }
    }

    fn parse(text: &str) -> Option<Stage> {
        Stage::ALL.into_iter().find(|stage| stage.as_str() == text)
    }
}

/// What was handled last, as the slot's label tells it: `2026-Q2 opening`, or `2026-Q2 since 2026-04-20T09:15:00Z` for
/// somebody whom the programme reached only then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    pub quarter: Quarter,
    done: Done,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Done {
    Since(Instant),
    Try(Stage),
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.done {
            Done::Since(at) => {
                write!(f, "{} since {}", self.quarter, at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true))
            }
            Done::Try(stage) => write!(f, "{} {}", self.quarter, stage.as_str()),
        }
    }
}

impl Mark {
    /// Somebody new: from now on.
    #[must_use]
    pub fn since(now: Instant, person: &Person, programme: &Programme) -> Mark {
        let zone = Settings::of(person, programme).zone;
        Mark { quarter: Quarter::of(local_date(zone, now)), done: Done::Since(now) }
    }

    #[must_use]
    pub fn parse(label: &str) -> Option<Mark> {
        let mut words = label.split(' ');
        let quarter = words.next()?.parse().ok()?;
        let done = match words.next()? {
            "since" => Done::Since(words.next()?.parse().ok()?),
            stage => Done::Try(Stage::parse(stage)?),
        };
        Some(Mark { quarter, done })
    }

    /// The try that was handled, if one was.
    #[must_use]
    pub fn stage(&self) -> Option<Stage> {
        match self.done {
            Done::Since(_) => None,
            Done::Try(stage) => Some(stage),
        }
    }

    fn of(quarter: Quarter, stage: Stage) -> Mark {
        Mark { quarter, done: Done::Try(stage) }
    }

    /// The try after this one, and when it comes. Employees have one try, managers three.
    #[must_use]
    pub fn next(&self, person: &Person, programme: &Programme, is_manager: bool) -> (Mark, Instant) {
        let stages = if is_manager { &Stage::ALL[..] } else { &Stage::ALL[..1] };
        let rhythm = Rhythm::of(person, programme);
        let found = match self.done {
            Done::Try(done) => {
                stages.iter().find(|stage| **stage > done).map(|s| (*s, rhythm.moment(self.quarter, *s)))
            }
            Done::Since(since) => stages
                .iter()
                .map(|stage| (*stage, rhythm.moment(self.quarter, *stage)))
                .find(|(_, at)| *at >= since)
                .into_iter()
                .chain(rhythm.late_opening(self.quarter, since).map(|at| (Stage::Opening, at)))
                .min_by_key(|(_, at)| *at),
        };
        match found {
            Some((stage, at)) => (Mark::of(self.quarter, stage), at),
            None => {
                let next = self.quarter.next();
                (Mark::of(next, Stage::Opening), rhythm.moment(next, Stage::Opening))
            }
        }
    }
}

/// A person's own place in the quarter: always the same for the same person.
struct Rhythm<'a> {
    settings: Settings<'a>,
    /// 0 to 9: which of the first ten working days.
    day: u32,
    time: NaiveTime,
}

impl<'a> Rhythm<'a> {
    fn of(person: &'a Person, programme: &'a Programme) -> Rhythm<'a> {
        let settings = Settings::of(person, programme);
        let seed = person.id.0.unsigned_abs();
        let day = u32::try_from(scatter(seed, 1) % 10).unwrap_or(0);
        let time = time_of_day(settings.window, scatter(seed, 2));
        Rhythm { settings, day, time }
    }

    fn moment(&self, quarter: Quarter, stage: Stage) -> Instant {
        let days = self.settings.working_days;
        let from = |date: NaiveDate, n| add_working_days(date.pred_opt().unwrap_or(date), n, days);
        let length = quarter.end().signed_duration_since(quarter.start()).num_days();
        let date = match stage {
            Stage::Opening => nth_working_day_of(quarter, 1 + self.day, days),
            // Over one week, so that the middle is no rush either.
            Stage::Middle => from(quarter.start() + TimeDelta::days(length / 2), 1 + self.day / 2),
            Stage::Last => from(quarter.end() - TimeDelta::days(10), 1),
        };
        resolve(self.settings.zone, date, self.time)
    }

    /// For somebody who came later than their day: within ten working days, if that is well before the middle.
    fn late_opening(&self, quarter: Quarter, since: Instant) -> Option<Instant> {
        if self.moment(quarter, Stage::Opening) >= since {
            return None;
        }
        let date = add_working_days(local_date(self.settings.zone, since), 1 + self.day, self.settings.working_days);
        let at = resolve(self.settings.zone, date, self.time);
        (at + TimeDelta::days(7) < self.moment(quarter, Stage::Middle)).then_some(at)
    }
}

/// A time within the welcome hours, on a quarter of an hour, and early enough for a late start to be caught up.
#[must_use]
pub fn time_of_day(window: (NaiveTime, NaiveTime), seed: u64) -> NaiveTime {
    let minute = |time: NaiveTime| i64::from(time.num_seconds_from_midnight() / 60);
    let (from, until) = (minute(window.0), minute(window.1));
    let length = if until >= from { until - from } else { until + 24 * 60 - from };
    let steps = u64::try_from((length - 30) / 15).unwrap_or(0) + 1;
    let step = i64::try_from(seed % steps).unwrap_or(0);
    window.0.overflowing_add_signed(TimeDelta::minutes(step * 15)).0
}

/// How a window is called in a sentence: `Q2`.
#[must_use]
pub fn spoken(quarter: Quarter) -> String {
    format!("Q{}", quarter.quarter())
}

/// The conversations that have to be there before a turn of this subject can be decided.
#[must_use]
pub fn pairs(world: &World<'_>, subject: &Subject, slot: &Slot) -> Option<(Quarter, Vec<(PersonId, PersonId)>)> {
    let person = world.company.person(subject.person()?)?;
    let is_manager = matches!(subject, Subject::Manager(_));
    let quarter = due(person, world.programme, slot, is_manager)?.quarter;
    let pairs = if is_manager {
        world.company.reports_of(person.id).iter().map(|report| (person.id, report.id)).collect()
    } else {
        person.manager.map(|manager| (manager, person.id)).into_iter().collect()
    };
    Some((quarter, pairs))
}

/// The try that this wake-up is for.
fn due(person: &Person, programme: &Programme, slot: &Slot, is_manager: bool) -> Option<Mark> {
    let mark = Mark::parse(&slot.label)?;
    let is_repeat = slot.outcome == super::turn::AGAIN && mark.stage().is_some();
    Some(if is_repeat { mark } else { mark.next(person, programme, is_manager).0 })
}

#[must_use]
pub fn decide(world: &World<'_>, subject: &Subject, slot: &Slot) -> Turn {
    let is_manager = matches!(subject, Subject::Manager(_));
    let found = subject.person().and_then(|id| world.company.person(id));
    let Some(person) = found else { return Turn::silent(&slot.label, "unknown_person", None) };
    let Some(mark) = due(person, world.programme, slot, is_manager) else {
        let mark = Mark::since(world.now, person, world.programme);
        let next_at = mark.next(person, world.programme, is_manager).1;
        return Turn::silent(mark.to_string(), STARTED, Some(next_at));
    };
    let (_, next_at) = mark.next(person, world.programme, is_manager);
    let silent = |outcome| Turn::silent(mark.to_string(), outcome, Some(next_at));
    if !person.is_active {
        return silent("left");
    }
    let zone = Settings::of(person, world.programme).zone;
    let end = resolve(zone, mark.quarter.end(), NaiveTime::from_hms_opt(23, 59, 0).unwrap_or_default());
    if world.now > end {
        return silent(STALE);
    }
    let stage = mark.stage().unwrap_or(Stage::Opening);
    let mut wish = Wish {
        kind: KIND,
        slot,
        label: mark.to_string(),
        occurrence: mark.to_string(),
        next_at: Some(next_at),
        gives_way_at: Some(next_at),
        useful_until: Some(end.min(next_at)),
        has_deadline: stage == Stage::Last,
    };
    if slot.outcome == super::turn::AGAIN {
        let week = calendar::week_label(local_date(zone, world.now));
        wish.label = format!("{mark} {week}");
        wish.occurrence.clone_from(&wish.label);
    }
    match subject {
        Subject::Manager(_) => {
            let Some(bundle) = bundle(world, person, mark.quarter, stage) else { return silent("no_reports") };
            if bundle.open.is_empty() {
                return silent("nothing_open");
            }
            world.send(person, &wish, |_| Message {
                card: bundle.card(),
                why: format!(
                    "You lead a team, and {} of your people {} no time for a career conversation in {} yet.",
                    bundle.open.len(),
                    if bundle.open.len() == 1 { "has" } else { "have" },
                    spoken(mark.quarter)
                ),
                subject: None,
            })
        }
        _ => {
            let Some(manager) = person.manager.and_then(|id| world.company.person(id)).filter(|m| m.is_active) else {
                return silent("no_manager");
            };
            let Some(conversation) = world.facts.of_pair(manager.id, person.id, &mark.quarter.label()) else {
                return silent("no_conversation");
            };
            if !needs_time(conversation, world.now) {
                return silent("nothing_open");
            }
            let is_reached = world.company.address_of(manager.id).is_some();
            world.send(person, &wish, |_| Message {
                card: card::employee(manager.first_name(), conversation, mark.quarter, is_reached),
                why: format!(
                    "You and {} have no time for this quarter's career conversation yet.",
                    manager.first_name()
                ),
                subject: None,
            })
        }
    }
}

/// Everything the bundled message says; `None` for somebody without reports.
#[must_use]
pub fn bundle(world: &World<'_>, manager: &Person, quarter: Quarter, stage: Stage) -> Option<Bundle> {
    let reports = world.company.reports_of(manager.id);
    if reports.is_empty() {
        return None;
    }
    let zone = Settings::of(manager, world.programme).zone;
    let mut taken = world.facts.taken(manager.id).to_vec();
    let mut open = Vec::new();
    let mut more = 0;
    for report in &reports {
        let Some(it) = world.facts.of_pair(manager.id, report.id, &quarter.label()) else { continue };
        if !needs_time(it, world.now) {
            continue;
        }
        if open.len() == card::MOST {
            more += 1;
            continue;
        }
        let slots = suggest(world, manager, report, it, &taken, 2);
        taken.extend(&slots);
        open.push(OpenOne {
            conversation: it.id,
            version: it.version,
            name: report.first_name().to_owned(),
            slots,
            last_held: world.facts.last_held.get(&report.id).map(|at| local_date(zone, *at)),
        });
    }
    Some(Bundle { quarter, stage, people: reports.len(), open, more, news: None, zone, now: world.now })
}

/// Times that suit both, from tomorrow on.
#[must_use]
pub fn suggest(
    world: &World<'_>,
    manager: &Person,
    report: &Person,
    it: &Conversation,
    taken: &[Instant],
    count: usize,
) -> Vec<Instant> {
    let hours = |person: &Person| {
        let settings = Settings::of(person, world.programme);
        Hours::office(settings.zone, settings.working_days)
    };
    let manager = hours(manager);
    let tomorrow = local_date(manager.zone, world.now).succ_opt().unwrap_or(NaiveDate::MAX);
    let mut busy = taken.to_vec();
    busy.extend(world.facts.taken(report.id));
    let from = resolve(manager.zone, tomorrow, NaiveTime::MIN);
    world.facts.meetings.suggest(&manager, &hours(report), &busy, from, count, it.id.0.unsigned_abs())
}

#[cfg(test)]
mod tests;
