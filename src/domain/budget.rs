//! May this person be nudged now, and if not, when and why.
//!
//! The caps hold across everything that is sent unasked to a person. They count days by the person's own calendar, so
//! that a weekly message stays a weekly one when the clocks change. A digest belongs to a channel, and nobody's budget
//! pays for it. Whether the programme is switched on is the planner's question, not ours: a rehearsal asks us, too.

use super::{
    Instant, calendar,
    person::Person,
    preference::{Appetite, NudgeKind, Preferences},
    programme::Programme,
};
use chrono::{NaiveDate, NaiveTime, Weekday};
use chrono_tz::Tz;

/// The most in any 31 days.
pub const MAX_PER_MONTH: usize = 6;
/// Two messages are at least so many days apart.
const DAYS_BETWEEN: i64 = 3;
/// A message without an answer counts as ignored after so many days.
const IGNORED_AFTER: i64 = 3;
/// So many ignored in a row: half as often.
const HALVE_AFTER: usize = 2;
/// So many ignored in a row: ask once whether to keep, lessen or stop.
const QUESTION_AFTER: usize = 4;

/// What somebody would like to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ask {
    pub kind: NudgeKind,
    /// One message to a manager about all their reports.
    pub is_bundled_manager: bool,
    /// A decision that cannot wait: it keeps the caps, the quiet hours and the snooze, but needs no distance from other
    /// messages and is not slowed down by those that were ignored.
    pub has_deadline: bool,
    pub now: Instant,
    /// Sent later than this it would make no sense.
    pub useful_until: Option<Instant>,
}

/// What was sent to the person unasked, and what came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sent {
    pub kind: NudgeKind,
    pub at: Instant,
    pub is_bundled_manager: bool,
    /// It was the question whether to keep, lessen or stop; see [`Decision::Question`].
    pub is_question: bool,
    pub response: Option<Response>,
}

/// Any press is an answer; only silence is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Response {
    Acted,
    /// "Not now".
    Dismissed,
    /// "Fewer like this".
    Fewer,
    Snoozed,
}

/// How one person wants to be written to: their own settings where they have them, else the programme's.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings<'a> {
    pub is_active: bool,
    pub zone: Tz,
    /// Not before, not after.
    pub window: (NaiveTime, NaiveTime),
    pub working_days: &'a [Weekday],
    pub max_per_week: usize,
    pub preferences: &'a Preferences,
}

impl<'a> Settings<'a> {
    #[must_use]
    pub fn of(person: &'a Person, programme: &'a Programme) -> Settings<'a> {
        let own = &person.preferences;
        let cap = own.max_per_week.unwrap_or(programme.max_per_week).min(programme.max_per_week);
        Settings {
            is_active: person.is_active,
            zone: person.zone.unwrap_or(programme.default_zone),
            window: (
                own.quiet_before.unwrap_or(programme.quiet_before),
                own.quiet_after.unwrap_or(programme.quiet_after),
            ),
            working_days: own.working_days.as_deref().unwrap_or(&programme.working_days),
            max_per_week: cap as usize,
            preferences: own,
        }
    }

    #[must_use]
    pub fn is_welcome(&self, at: Instant) -> bool {
        calendar::is_welcome(self.zone, self.window, self.working_days, at)
    }

    /// The first instant from here on that is neither quiet nor snoozed.
    #[must_use]
    pub fn next_moment(&self, from: Instant) -> Instant {
        let from = self.preferences.snoozed_until.map_or(from, |until| from.max(until));
        calendar::next_moment(self.zone, self.window, self.working_days, from)
    }

    fn day(&self, at: Instant) -> NaiveDate {
        calendar::local_date(self.zone, at)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    Send,
    /// Instead of this message, ask once: "keep, less, stop?"
    Question,
    /// Not now; `at` is the first moment at which it would be sent if nothing else happened until then.
    Later {
        at: Instant,
        reason: Reason,
    },
    Never {
        reason: Reason,
    },
}

/// Why a message waits or is dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The person has left.
    Left,
    TurnedOff(NudgeKind),
    Snoozed {
        until: NaiveDate,
    },
    QuietHours,
    FreeDay,
    /// As many as allowed in so many days.
    Full {
        max: usize,
        days: i64,
        pace: Pace,
    },
    /// A manager gets one message about all reports in so many days.
    BundleSent {
        days: i64,
        pace: Pace,
    },
    /// Another message was sent less than so many days ago.
    TooClose {
        days: i64,
        pace: Pace,
    },
    /// "Fewer like this".
    Fewer(NudgeKind),
    TooLate,
}

/// Whether the usual rules are stretched because the last messages were ignored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    Usual,
    Halved,
}

impl Pace {
    fn stretch(self, days: i64) -> i64 {
        match self {
            Pace::Usual => days,
            Pace::Halved => days * 2,
        }
    }

    fn why(self) -> &'static str {
        match self {
            Pace::Usual => "",
            Pace::Halved => " The last ones had no answer, so I write half as often.",
        }
    }
}

impl Reason {
    /// One plain sentence or two for the ledger, to the person themselves.
    #[must_use]
    pub fn why_not(&self) -> String {
        match *self {
            Reason::Left => "The account is no longer active.".to_owned(),
            Reason::TurnedOff(kind) => format!("“{}” is turned off in your settings.", kind.label()),
            Reason::Snoozed { until } => format!("You asked for quiet until {}.", calendar::spoken_day(until)),
            Reason::QuietHours => "It was outside the hours in which you get messages.".to_owned(),
            Reason::FreeDay => "It was not one of your working days.".to_owned(),
            Reason::Full { max, days, pace } => {
                format!("At most {} in {days} days, and they were used.{}", messages(max), pace.why())
            }
            Reason::BundleSent { days, pace } => {
                format!("At most one message about your team in {days} days.{}", pace.why())
            }
            Reason::TooClose { days, pace } => {
                format!("Another message came less than {days} days before.{}", pace.why())
            }
            Reason::Fewer(kind) => format!("You asked for fewer of “{}”, so it comes half as often.", kind.label()),
            Reason::TooLate => "By then it would have been too late to be useful.".to_owned(),
        }
    }
}

fn messages(count: usize) -> String {
    if count == 1 { "1 message".to_owned() } else { format!("{count} messages") }
}

/// The one place that decides whether a person is written to unasked.
#[must_use]
pub fn decide(ask: &Ask, settings: &Settings<'_>, sent: &[Sent]) -> Decision {
    if ask.kind == NudgeKind::ChannelDigest {
        return Decision::Send;
    }
    let never = |reason| Decision::Never { reason };
    if !settings.is_active {
        return never(Reason::Left);
    }
    if settings.preferences.appetite(ask.kind) == Appetite::Off || settings.max_per_week == 0 {
        return never(Reason::TurnedOff(ask.kind));
    }
    if ask.useful_until.is_some_and(|until| ask.now > until) {
        return never(Reason::TooLate);
    }
    let history = History::new(sent, settings);
    let mut at = ask.now;
    let mut first = None;
    while let Some((next, reason)) = blocked(ask, settings, &history, at) {
        let reason = *first.get_or_insert(reason);
        // Every rule gives way after a time, and each step goes forward; only the end of the calendar stops it.
        if next <= at || ask.useful_until.is_some_and(|until| next > until) {
            return never(reason);
        }
        at = next;
    }
    match first {
        Some(reason) => Decision::Later { at, reason },
        None if !ask.has_deadline && history.wants_question(settings.day(at)) => Decision::Question,
        None => Decision::Send,
    }
}

/// The rule that forbids a message at this moment, and the first moment at which it no longer does.
fn blocked(ask: &Ask, settings: &Settings<'_>, history: &History<'_>, at: Instant) -> Option<(Instant, Reason)> {
    if let Some(until) = settings.preferences.snoozed_until.filter(|until| at < *until) {
        return Some((settings.next_moment(until), Reason::Snoozed { until: settings.day(until) }));
    }
    let today = settings.day(at);
    let is_ignored = history.ignored(today) >= HALVE_AFTER && !ask.has_deadline;
    let pace = if is_ignored { Pace::Halved } else { Pace::Usual };
    let (between, week, month) = (pace.stretch(DAYS_BETWEEN), pace.stretch(7), pace.stretch(31));
    let is_fewer = settings.preferences.appetite(ask.kind) == Appetite::Fewer;
    let rules = [
        (
            is_fewer.then(|| history.full_until(|sent| sent.kind == ask.kind, 1, 2 * usual_days(ask.kind))),
            Reason::Fewer(ask.kind),
        ),
        (
            (!ask.has_deadline).then(|| history.full_until(|_| true, 1, between)),
            Reason::TooClose { days: between, pace },
        ),
        (
            (ask.is_bundled_manager && !ask.has_deadline)
                .then(|| history.full_until(|sent| sent.is_bundled_manager, 1, week)),
            Reason::BundleSent { days: week, pace },
        ),
        (
            Some(history.full_until(|_| true, settings.max_per_week, week)),
            Reason::Full { max: settings.max_per_week, days: week, pace },
        ),
        (
            Some(history.full_until(|_| true, MAX_PER_MONTH, month)),
            Reason::Full { max: MAX_PER_MONTH, days: month, pace },
        ),
    ];
    for (free_on, reason) in rules {
        if let Some(day) = free_on.flatten().filter(|day| today < *day) {
            return Some((settings.next_moment(calendar::resolve(settings.zone, day, NaiveTime::MIN)), reason));
        }
    }
    if settings.is_welcome(at) {
        return None;
    }
    let is_free_day = !calendar::is_working_day(today, settings.working_days);
    Some((settings.next_moment(at), if is_free_day { Reason::FreeDay } else { Reason::QuietHours }))
}

/// How far apart messages of one kind usually are; "fewer" doubles it.
fn usual_days(kind: NudgeKind) -> i64 {
    match kind {
        NudgeKind::CareerConversation => 30,
        NudgeKind::ConversationCheck | NudgeKind::ChannelDigest | NudgeKind::OpportunityMatch => 7,
    }
}

/// What was sent to the person, with its local day, newest first.
struct History<'a>(Vec<(NaiveDate, &'a Sent)>);

impl<'a> History<'a> {
    fn new(sent: &'a [Sent], settings: &Settings<'_>) -> History<'a> {
        let mut all: Vec<_> = sent
            .iter()
            .filter(|sent| sent.kind != NudgeKind::ChannelDigest)
            .map(|sent| (settings.day(sent.at), sent))
            .collect();
        all.sort_by_key(|(_, sent)| std::cmp::Reverse(sent.at));
        History(all)
    }

    /// The first day on which fewer than `max` of these lie in the `days` that end with it.
    fn full_until(&self, is_counted: impl Fn(&Sent) -> bool, max: usize, days: i64) -> Option<NaiveDate> {
        let oldest = self.0.iter().filter(|(_, sent)| is_counted(sent)).nth(max.saturating_sub(1))?;
        oldest.0.checked_add_signed(chrono::TimeDelta::days(days))
    }

    /// The newest messages that nobody answered, up to the last answer.
    fn unanswered(&self, today: NaiveDate) -> impl Iterator<Item = &Sent> {
        self.0
            .iter()
            .filter(move |(day, sent)| {
                sent.response.is_some() || today.signed_duration_since(*day).num_days() >= IGNORED_AFTER
            })
            .take_while(|(_, sent)| sent.response.is_none())
            .map(|(_, sent)| *sent)
    }

    fn ignored(&self, today: NaiveDate) -> usize {
        self.unanswered(today).count()
    }

    fn wants_question(&self, today: NaiveDate) -> bool {
        self.ignored(today) >= QUESTION_AFTER && !self.unanswered(today).any(|sent| sent.is_question)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::PersonId;
    use chrono::TimeDelta;
    use proptest::prelude::*;

    fn at(text: &str) -> Instant {
        text.parse().unwrap()
    }

    /// A Thursday noon in Berlin.
    fn noon() -> Instant {
        at("2026-05-14T10:00:00Z")
    }

    fn maya() -> Person {
        Person { id: PersonId(1), name: "Maya".to_owned(), zone: Some(Tz::Europe__Berlin), ..Person::unknown() }
    }

    fn ask(kind: NudgeKind) -> Ask {
        Ask { kind, is_bundled_manager: false, has_deadline: false, now: noon(), useful_until: None }
    }

    fn matching() -> Ask {
        ask(NudgeKind::OpportunityMatch)
    }

    fn sent(days_ago: i64, response: Option<Response>) -> Sent {
        Sent {
            kind: NudgeKind::OpportunityMatch,
            at: noon() - TimeDelta::days(days_ago),
            is_bundled_manager: false,
            is_question: false,
            response,
        }
    }

    fn decided(ask: &Ask, person: &Person, sent: &[Sent]) -> Decision {
        decide(ask, &Settings::of(person, &Programme::default()), sent)
    }

    fn words(decision: Decision) -> String {
        match decision {
            Decision::Send => "send".to_owned(),
            Decision::Question => "question".to_owned(),
            Decision::Later { at, reason } => format!("{}: {}", at.format("%a %F %H:%MZ"), reason.why_not()),
            Decision::Never { reason } => format!("never: {}", reason.why_not()),
        }
    }

    #[test]
    fn a_first_message_at_noon_of_a_working_day_is_sent() {
        assert_eq!(decided(&matching(), &maya(), &[]), Decision::Send);
    }

    #[test]
    fn a_message_at_night_waits_for_the_morning_in_the_persons_own_zone() {
        let mut tokyo = maya();
        tokyo.zone = Some(Tz::Asia__Tokyo);
        assert_eq!(
            words(decided(&matching(), &tokyo, &[])),
            "Fri 2026-05-15 00:30Z: It was outside the hours in which you get messages."
        );
        let saturday = Ask { now: at("2026-05-16T10:00:00Z"), ..matching() };
        assert_eq!(
            words(decided(&saturday, &maya(), &[])),
            "Mon 2026-05-18 07:30Z: It was not one of your working days."
        );
        tokyo.preferences.quiet_after = NaiveTime::from_hms_opt(20, 0, 0);
        assert_eq!(decided(&matching(), &tokyo, &[]), Decision::Send);
    }

    #[test]
    fn two_messages_a_week_is_the_most_and_a_third_waits_until_the_first_is_a_week_old() {
        let answered = Some(Response::Acted);
        assert_eq!(
            words(decided(&matching(), &maya(), &[sent(6, answered), sent(3, answered)])),
            "Fri 2026-05-15 07:30Z: At most 2 messages in 7 days, and they were used."
        );
        let mut calm = maya();
        calm.preferences.max_per_week = Some(1);
        assert!(words(decided(&matching(), &calm, &[sent(4, answered)])).starts_with("Mon 2026-05-18"));
        calm.preferences.max_per_week = Some(50);
        assert!(matches!(decided(&matching(), &calm, &[sent(6, answered), sent(3, answered)]), Decision::Later { .. }));
    }

    #[test]
    fn six_messages_a_month_is_the_most() {
        let month: Vec<_> = [30, 26, 22, 18, 14, 10].map(|days| sent(days, Some(Response::Dismissed))).to_vec();
        assert_eq!(
            words(decided(&matching(), &maya(), &month)),
            "Fri 2026-05-15 07:30Z: At most 6 messages in 31 days, and they were used."
        );
    }

    #[test]
    fn two_messages_are_three_days_apart_unless_one_cannot_wait() {
        let yesterday = [sent(1, Some(Response::Acted))];
        assert_eq!(
            words(decided(&matching(), &maya(), &yesterday)),
            "Mon 2026-05-18 07:30Z: Another message came less than 3 days before."
        );
        let urgent = Ask { has_deadline: true, ..matching() };
        assert_eq!(decided(&urgent, &maya(), &yesterday), Decision::Send);
        assert!(matches!(
            decided(&urgent, &maya(), &[sent(1, None), sent(2, None)]),
            Decision::Later { reason: Reason::Full { .. }, .. }
        ));
    }

    #[test]
    fn a_manager_gets_one_bundled_message_a_week() {
        let bundle = Ask { is_bundled_manager: true, ..ask(NudgeKind::CareerConversation) };
        let earlier = Sent { is_bundled_manager: true, ..sent(4, Some(Response::Acted)) };
        assert_eq!(
            words(decided(&bundle, &maya(), &[earlier])),
            "Mon 2026-05-18 07:30Z: At most one message about your team in 7 days."
        );
        assert_eq!(decided(&matching(), &maya(), &[earlier]), Decision::Send);
    }

    #[test]
    fn a_snooze_ends_in_the_morning_after_it() {
        let mut quiet = maya();
        quiet.preferences.snoozed_until = Some(at("2026-05-22T22:00:00Z"));
        assert_eq!(
            words(decided(&matching(), &quiet, &[])),
            "Mon 2026-05-25 07:30Z: You asked for quiet until Sat 23 May."
        );
        let urgent = Ask { has_deadline: true, ..matching() };
        assert!(matches!(decided(&urgent, &quiet, &[]), Decision::Later { .. }));
    }

    #[test]
    fn a_kind_that_is_off_is_never_sent_and_fewer_is_half_as_often() {
        let mut choosy = maya();
        choosy.preferences.appetite.insert(NudgeKind::OpportunityMatch, Appetite::Off);
        assert_eq!(
            words(decided(&matching(), &choosy, &[])),
            "never: “Matching projects” is turned off in your settings."
        );
        choosy.preferences.appetite.insert(NudgeKind::OpportunityMatch, Appetite::Fewer);
        assert_eq!(
            words(decided(&matching(), &choosy, &[sent(7, Some(Response::Fewer))])),
            "Thu 2026-05-21 07:30Z: You asked for fewer of “Matching projects”, so it comes half as often."
        );
        let other = ask(NudgeKind::ConversationCheck);
        assert_eq!(decided(&other, &choosy, &[sent(7, Some(Response::Fewer))]), Decision::Send);
    }

    #[test]
    fn two_ignored_in_a_row_halve_the_pace_and_an_answer_restores_it() {
        let ignored = [sent(12, None), sent(5, None)];
        assert_eq!(
            words(decided(&matching(), &maya(), &ignored)),
            "Mon 2026-05-18 07:30Z: Another message came less than 6 days before. \
             The last ones had no answer, so I write half as often."
        );
        let answered = [sent(12, None), sent(5, Some(Response::Dismissed))];
        assert_eq!(decided(&matching(), &maya(), &answered), Decision::Send);
        let fresh = [sent(12, None), sent(4, Some(Response::Acted)), sent(2, None)];
        assert!(matches!(
            decided(&matching(), &maya(), &fresh),
            Decision::Later {
                reason: Reason::Full { pace: Pace::Usual, .. } | Reason::TooClose { pace: Pace::Usual, .. },
                ..
            }
        ));
    }

    #[test]
    fn four_ignored_in_a_row_are_one_question_and_no_second_one() {
        let mut ignored = [120, 90, 60, 30].map(|days| sent(days, None)).to_vec();
        assert_eq!(decided(&matching(), &maya(), &ignored), Decision::Question);
        ignored.push(Sent { is_question: true, ..sent(20, None) });
        assert_eq!(decided(&matching(), &maya(), &ignored), Decision::Send);
        let urgent = Ask { has_deadline: true, ..matching() };
        assert_eq!(decided(&urgent, &maya(), &ignored[..4]), Decision::Send);
    }

    #[test]
    fn what_would_come_too_late_is_dropped_with_the_reason_that_held_it_up() {
        let soon = Ask { useful_until: Some(noon() + TimeDelta::days(1)), ..matching() };
        assert_eq!(
            words(decided(&soon, &maya(), &[sent(1, Some(Response::Acted))])),
            "never: Another message came less than 3 days before."
        );
        let gone = Ask { useful_until: Some(noon() - TimeDelta::days(1)), ..matching() };
        assert_eq!(words(decided(&gone, &maya(), &[])), "never: By then it would have been too late to be useful.");
    }

    #[test]
    fn nobody_who_left_is_written_to_and_a_channel_has_no_budget() {
        let mut left = maya();
        left.is_active = false;
        assert_eq!(decided(&matching(), &left, &[]), Decision::Never { reason: Reason::Left });
        assert_eq!(decided(&ask(NudgeKind::ChannelDigest), &maya(), &[sent(0, None), sent(0, None)]), Decision::Send);
        let digest = Sent { kind: NudgeKind::ChannelDigest, ..sent(0, None) };
        assert_eq!(decided(&matching(), &maya(), &[digest]), Decision::Send);
    }

    #[test]
    fn the_end_of_the_calendar_does_not_panic() {
        for now in [Instant::MIN_UTC, Instant::MAX_UTC] {
            let extreme = Ask { now, ..matching() };
            let ever = Sent { at: now, ..sent(0, None) };
            let _ = decided(&extreme, &maya(), &[ever, ever, sent(1, None)]);
        }
    }

    #[derive(Clone, Debug)]
    struct Wish {
        hours_later: i64,
        kind: NudgeKind,
        is_bundled_manager: bool,
        has_deadline: bool,
        response: Option<Response>,
    }

    fn any_wish() -> impl Strategy<Value = Wish> {
        let response = prop_oneof![
            3 => Just(None),
            1 => Just(Some(Response::Acted)),
            1 => Just(Some(Response::Dismissed)),
        ];
        let kind = proptest::sample::select(
            NudgeKind::ALL[..2].iter().chain(&NudgeKind::ALL[3..]).copied().collect::<Vec<_>>(),
        );
        (1..60_i64, kind, any::<bool>(), any::<bool>(), response).prop_map(
            |(hours_later, kind, is_bundled_manager, has_deadline, response)| Wish {
                hours_later,
                kind,
                is_bundled_manager,
                has_deadline,
                response,
            },
        )
    }

    fn any_person() -> impl Strategy<Value = Person> {
        let appetite = proptest::sample::select(vec![Appetite::Normal, Appetite::Fewer]);
        let zone = proptest::sample::select(chrono_tz::TZ_VARIANTS.to_vec());
        (zone, appetite, proptest::option::of(0..4_u32), proptest::option::of(0..60_i64)).prop_map(
            |(zone, appetite, max_per_week, snooze)| {
                let mut person = maya();
                person.zone = Some(zone);
                person.preferences.appetite.insert(NudgeKind::OpportunityMatch, appetite);
                person.preferences.max_per_week = max_per_week;
                person.preferences.snoozed_until = snooze.map(|days| noon() + TimeDelta::days(days));
                person
            },
        )
    }

    proptest! {
        #[test]
        fn no_sequence_of_wishes_breaks_a_cap_or_a_quiet_hour(
            person in any_person(), wishes in proptest::collection::vec(any_wish(), 1..200)
        ) {
            let programme = Programme::default();
            let settings = Settings::of(&person, &programme);
            let mut log: Vec<Sent> = Vec::new();
            let mut now = noon();
            for wish in wishes {
                now += TimeDelta::hours(wish.hours_later);
                let Wish { kind, is_bundled_manager, has_deadline, response, .. } = wish;
                let ask = Ask { kind, is_bundled_manager, has_deadline, now, useful_until: None };
                let decision = decide(&ask, &settings, &log);
                match decision {
                    Decision::Send | Decision::Question => {
                        let is_question = decision == Decision::Question;
                        log.push(Sent { kind, at: now, is_bundled_manager, is_question, response });
                    }
                    Decision::Later { at, .. } => {
                        prop_assert!(at > now);
                        let again = decide(&Ask { now: at, ..ask }, &settings, &log);
                        prop_assert!(matches!(again, Decision::Send | Decision::Question), "{again:?}");
                    }
                    Decision::Never { reason } => prop_assert!(settings.max_per_week == 0, "{reason:?}"),
                }
            }
            for (n, sent) in log.iter().enumerate() {
                prop_assert!(settings.is_welcome(sent.at));
                prop_assert!(person.preferences.snoozed_until.is_none_or(|until| sent.at >= until));
                let day = settings.day(sent.at);
                let within = |days: i64| {
                    let is_within = |other: &&Sent| (day - settings.day(other.at)).num_days() < days;
                    log[..=n].iter().filter(is_within).count()
                };
                prop_assert!(within(7) <= settings.max_per_week);
                prop_assert!(within(31) <= MAX_PER_MONTH);
            }
        }
    }
}
