//! The machine against a simple world: a platform that keeps what lands, late or not, and shows it late or not.

use super::*;
use proptest::prelude::*;
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest, prop_state_machine};

fn rules() -> Rules {
    Rules { lease: Duration::seconds(30), quarantine: Duration::seconds(60), max_attempts: 8 }
}

fn start() -> Instant {
    "2026-05-12T10:00:00Z".parse().expect("an instant")
}

#[test]
fn a_request_is_written_so_early_that_it_lands_before_the_first_look() {
    let rules = rules();
    let mut row = Row::new(start(), None);
    row.claim(&rules, start());
    let lands = start() + rules.window() + LANDS_WITHIN;
    assert!(lands <= row.look_at.expect("a look"), "{lands}");
    let short = Rules { lease: Duration::seconds(15), quarantine: Duration::seconds(20), ..rules };
    assert!(short.window() > Duration::zero() && short.window() < short.lease);
}

#[test]
fn what_is_in_doubt_is_sent_again_only_after_it_was_absent_twice_a_quarantine_apart() {
    let rules = rules();
    let mut row = Row::new(start(), None);
    row.claim(&rules, start());
    row.settle(row.after_attempt(Fate::Doubtful, &rules, 0.0, start()));
    assert!(!row.is_to_be_looked_for(start() + Duration::seconds(59)));
    let first = start() + Duration::seconds(60);
    assert!(row.is_to_be_looked_for(first));
    row.settle(row.after_look(Look::Absent, &rules, first));
    assert_eq!(row.state, State::Sending);
    assert!(!row.is_to_be_looked_for(first + Duration::seconds(59)));
    row.settle(row.after_look(Look::Absent, &rules, first + Duration::seconds(60)));
    assert!(row.is_due(false, first + Duration::seconds(60)));
    assert_eq!(row.tries, 1, "it was a try");
}

#[test]
fn a_message_that_is_always_in_doubt_is_given_up_after_five_tries() {
    let rules = rules();
    let (mut row, mut now) = (Row::new(start(), None), start());
    while row.state == State::Pending {
        row.claim(&rules, now);
        for _ in 0..2 {
            now += Duration::seconds(60);
            row.settle(row.after_look(Look::Absent, &rules, now));
        }
    }
    assert_eq!((row.state, row.tries), (State::Dead, MOST_DOUBTS));
}

#[test]
fn eight_refusals_for_now_outlast_two_hours_and_waiting_is_no_try() {
    let rules = rules();
    let (mut row, mut now) = (Row::new(start(), None), start());
    while row.state == State::Pending {
        now = row.due_at;
        row.claim(&rules, now);
        row.settle(row.after_attempt(Fate::Wait(now + Duration::seconds(30)), &rules, 0.0, now));
        now = row.due_at;
        row.claim(&rules, now);
        row.settle(row.after_attempt(Fate::NotSent, &rules, 0.0, now));
    }
    assert_eq!((row.state, row.tries, row.attempt), (State::Dead, 8, 16));
    assert!(now - start() > Duration::hours(2), "{}", now - start());
}

#[test]
fn a_conversation_that_may_not_be_read_makes_the_row_unknown_after_a_day() {
    let rules = rules();
    let (mut row, mut now) = (Row::new(start(), None), start());
    row.claim(&rules, now);
    while row.state == State::Sending {
        now = row.look_at.expect("a look");
        row.settle(row.after_look(Look::Unreadable, &rules, now));
    }
    assert_eq!(row.state, State::Unknown);
    assert!(now - start() >= Duration::hours(24) && now - start() < Duration::hours(25));
    row.prove();
    assert_eq!(row.state, State::Sent, "late evidence settles it");
}

#[test]
fn what_a_restored_copy_was_looking_for_is_looked_for_from_the_beginning() {
    let rules = rules();
    let mut row = Row::new(start(), None);
    row.claim(&rules, start());
    row.settle(row.after_look(Look::Absent, &rules, start() + Duration::seconds(60)));
    let restored = start() + Duration::hours(1);
    row.restore(restored);
    assert!(!row.is_due(true, restored), "it may have been sent since the copy was made");
    row.doubt(&Doubt { since: start(), before: restored }, &rules, restored);
    assert!(!row.is_to_be_looked_for(restored + Duration::seconds(59)), "or still land");
    let first = restored + Duration::seconds(60);
    row.settle(row.after_look(Look::Absent, &rules, first));
    assert_eq!((row.state, row.look_at), (State::Sending, Some(first + Duration::seconds(60))));
}

#[test]
fn what_did_not_arrive_and_is_no_longer_useful_is_not_sent_again() {
    let rules = rules();
    let mut row = Row::new(start(), Some(start() + Duration::seconds(90)));
    row.claim(&rules, start());
    row.settle(row.after_look(Look::Absent, &rules, start() + Duration::seconds(60)));
    row.settle(row.after_look(Look::Absent, &rules, start() + Duration::seconds(120)));
    assert_eq!(row.state, State::Expired);
}

/// What may happen in the world. Times are seconds.
#[derive(Clone, Debug)]
enum Step {
    /// Time passes.
    Pass(i64),
    /// Our clock is set, forwards or backwards; theirs is not.
    Jump(i64),
    Enqueue,
    /// Claims what is due and sends it; what comes of it is told by the fate of the request.
    Send(Request),
    /// Looks at what is to be looked for; the platform shows what is older than this many seconds, or nothing at all.
    Look(Sight),
    /// The person turned it off.
    OptOut(usize),
    /// Somebody pressed the message, where there is one.
    Press(usize),
    /// An older copy of our database is put in place.
    Restore,
    Remember,
}

#[derive(Clone, Copy, Debug)]
enum Request {
    Answered,
    /// It lands so many seconds later, and nobody hears of it.
    LandsLate(i64),
    /// The process dies before, or after the request lands.
    DiesBefore,
    DiesAfter,
    Limited(i64),
    Unreachable,
    Lost,
}

#[derive(Clone, Copy, Debug)]
enum Sight {
    LagsBy(i64),
    Forbidden,
    Silent,
}

fn step() -> impl Strategy<Value = Step> {
    let request = prop_oneof![
        3 => Just(Request::Answered),
        3 => (0_i64..=44).prop_map(Request::LandsLate),
        2 => Just(Request::DiesBefore),
        2 => Just(Request::DiesAfter),
        1 => (1_i64..60).prop_map(Request::Limited),
        1 => Just(Request::Unreachable),
        1 => Just(Request::Lost),
    ];
    let sight = prop_oneof![
        6 => (0_i64..=15).prop_map(Sight::LagsBy),
        1 => Just(Sight::Forbidden),
        1 => Just(Sight::Silent),
    ];
    prop_oneof![
        6 => (0_i64..90).prop_map(Step::Pass),
        2 => Just(Step::Enqueue),
        6 => request.prop_map(Step::Send),
        6 => sight.prop_map(Step::Look),
        1 => (0_usize..8).prop_map(Step::OptOut),
        1 => (0_usize..8).prop_map(Step::Press),
        1 => Just(Step::Restore),
        2 => Just(Step::Remember),
        1 => (-300_i64..300).prop_map(Step::Jump),
    ]
}

/// The reference: which messages were decided, and which of them may not be sent any more.
#[derive(Clone, Debug, Default)]
struct Decided {
    count: usize,
    unwanted: Vec<usize>,
}

impl ReferenceStateMachine for Decided {
    type State = Decided;
    type Transition = Step;

    fn init_state() -> BoxedStrategy<Decided> {
        Just(Decided::default()).boxed()
    }

    fn transitions(_: &Decided) -> BoxedStrategy<Step> {
        step().boxed()
    }

    fn apply(mut state: Decided, step: &Step) -> Decided {
        match step {
            Step::Enqueue if state.count < 8 => state.count += 1,
            Step::OptOut(row) if *row < state.count => state.unwanted.push(*row),
            _ => {}
        }
        state
    }
}

struct World {
    /// The time that really passes; ours is this and what our clock was set by.
    time: Instant,
    skew: Duration,
    was_set_forward: bool,
    rows: Vec<Row>,
    created: Vec<Instant>,
    /// When each message landed: more than one time is a message sent twice.
    landed: Vec<Vec<Instant>>,
    unwanted_at: Vec<Option<Instant>>,
    copy: Option<(Vec<Row>, Instant)>,
    doubt: Option<Doubt>,
}

impl World {
    fn now(&self) -> Instant {
        self.time + self.skew
    }

    fn in_doubt(&self, row: usize) -> bool {
        self.doubt.is_some_and(|doubt| doubt.covers(self.rows[row].due_at, self.created[row], true))
    }

    fn send(&mut self, request: Request) {
        let (rules, now) = (rules(), self.now());
        for at in 0..self.rows.len() {
            let in_doubt = self.in_doubt(at);
            if in_doubt && !self.rows[at].is_cleared && self.rows[at].state == State::Pending {
                let doubt = self.doubt.expect("a doubt");
                self.rows[at].doubt(&doubt, &rules, now);
            }
            if !self.rows[at].is_due(in_doubt, now) {
                continue;
            }
            self.rows[at].claim(&rules, now);
            if self.unwanted_at[at].is_some() {
                self.rows[at].settle(Next::Cancelled);
                continue;
            }
            let fate = match request {
                Request::Answered => {
                    self.landed[at].push(self.time);
                    self.rows[at].prove();
                    continue;
                }
                Request::LandsLate(seconds) => {
                    self.landed[at].push(self.time + Duration::seconds(seconds));
                    Fate::Doubtful
                }
                Request::DiesAfter => {
                    self.landed[at].push(self.time);
                    continue;
                }
                Request::DiesBefore => continue,
                Request::Limited(seconds) => Fate::Wait(now + Duration::seconds(seconds)),
                Request::Unreachable => Fate::Wait(now),
                Request::Lost => Fate::Doubtful,
            };
            let next = self.rows[at].after_attempt(fate, &rules, 0.5, now);
            self.rows[at].settle(next);
        }
    }

    fn look(&mut self, sight: Sight) {
        let (rules, now) = (rules(), self.now());
        for at in 0..self.rows.len() {
            if !self.rows[at].is_to_be_looked_for(now) {
                continue;
            }
            let look = match sight {
                Sight::Forbidden => Look::Unreadable,
                Sight::Silent => Look::NotNow(now + Duration::seconds(60)),
                Sight::LagsBy(seconds) => {
                    let shown = self.time - Duration::seconds(seconds);
                    if self.landed[at].iter().any(|landed| *landed <= shown) {
                        self.rows[at].prove();
                        continue;
                    }
                    Look::Absent
                }
            };
            let next = self.rows[at].after_look(look, &rules, now);
            self.rows[at].settle(next);
        }
    }
}

impl StateMachineTest for World {
    type SystemUnderTest = World;
    type Reference = Decided;

    fn init_test(_: &Decided) -> World {
        World {
            time: start(),
            skew: Duration::zero(),
            was_set_forward: false,
            rows: Vec::new(),
            created: Vec::new(),
            landed: Vec::new(),
            unwanted_at: Vec::new(),
            copy: None,
            doubt: None,
        }
    }

    fn apply(mut world: World, _: &Decided, step: Step) -> World {
        match step {
            Step::Pass(seconds) => world.time += Duration::seconds(seconds),
            // Set back, it only makes us slower. Set forward by more than the quarantine, one of the two waits is lost; the
            // other is enough. Both are lost where that happens twice, which is not promised.
            Step::Jump(seconds) => {
                if seconds <= 0 || !world.was_set_forward {
                    world.was_set_forward |= seconds > 0;
                    world.skew += Duration::seconds(seconds);
                }
            }
            Step::Enqueue if world.rows.len() < 8 => {
                let now = world.now();
                world.rows.push(Row::new(now, None));
                world.created.push(now);
                world.landed.push(Vec::new());
                world.unwanted_at.push(None);
            }
            Step::Enqueue => {}
            Step::Send(request) => world.send(request),
            Step::Look(sight) => world.look(sight),
            Step::OptOut(row) => {
                let time = world.time;
                if let Some(unwanted) = world.unwanted_at.get_mut(row) {
                    unwanted.get_or_insert(time);
                }
            }
            Step::Press(row) => {
                if world.landed.get(row).is_some_and(|landed| landed.iter().any(|at| *at <= world.time)) {
                    world.rows[row].prove();
                }
            }
            Step::Remember => world.copy = Some((world.rows.clone(), world.now())),
            Step::Restore => {
                if let Some((rows, since)) = world.copy.clone() {
                    let now = world.now();
                    // What the copy lacks is planned again, as it was.
                    let again = world.rows.iter().skip(rows.len()).map(|row| Row::new(row.due_at.max(now), None));
                    world.rows = rows.iter().cloned().chain(again).collect();
                    world.rows.iter_mut().for_each(|row| row.restore(now));
                    for created in world.created.iter_mut().skip(rows.len()) {
                        *created = now;
                    }
                    world.doubt = Some(Doubt { since, before: now });
                }
            }
        }
        world
    }

    fn check_invariants(world: &World, decided: &Decided) {
        assert_eq!(world.rows.len(), decided.count);
        for (at, row) in world.rows.iter().enumerate() {
            assert!(world.landed[at].len() <= 1, "message {at} was sent twice: {:?}", world.landed[at]);
            assert!(row.tries <= rules().max_attempts, "{row:?}");
            if row.state == State::Sent {
                assert_eq!(world.landed[at].len(), 1, "message {at} is called sent and never was");
            }
            if let (Some(unwanted), Some(landed)) = (world.unwanted_at[at], world.landed[at].first()) {
                assert!(*landed <= unwanted + LANDS_WITHIN, "message {at} was sent after it was turned off");
            }
            assert_eq!(row.look_at.is_some(), row.state == State::Sending, "{row:?}");
        }
    }

    fn teardown(mut world: World, _: Decided) {
        // The platform is well and answers: everything that is wanted arrives, once, or is listed.
        for _ in 0..400 {
            world.time += Duration::seconds(61);
            world.send(Request::Answered);
            world.look(Sight::LagsBy(0));
        }
        for (at, row) in world.rows.iter().enumerate() {
            assert!(!matches!(row.state, State::Pending | State::Sending), "message {at} never settled: {row:?}");
            let is_lost = world.landed[at].is_empty() && row.state == State::Sent;
            assert!(!is_lost && world.landed[at].len() <= 1, "message {at}: {row:?} {:?}", world.landed[at]);
        }
    }
}

prop_state_machine! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_message_is_lost_or_sent_twice_whatever_happens(sequential 1..60 => World);
}
