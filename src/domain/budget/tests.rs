use super::*;
use crate::domain::{id::PersonId, person::Person, programme::Programme};
use chrono::TimeDelta;
use chrono_tz::Tz;
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
    assert_eq!(words(decided(&saturday, &maya(), &[])), "Mon 2026-05-18 07:30Z: It was not one of your working days.");
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
        "Mon 2026-05-18 07:30Z: At most one message about a whole team in 7 days."
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
    assert_eq!(words(decided(&matching(), &choosy, &[])), "never: “Matching projects” is turned off in your settings.");
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
    let kind =
        proptest::sample::select(NudgeKind::ALL[..2].iter().chain(&NudgeKind::ALL[3..]).copied().collect::<Vec<_>>());
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
