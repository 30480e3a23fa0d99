//! Every function of the store, on both databases. One text of SQL is only worth its name while this passes twice.

use crate::{
    databases::{Database, closed_reason, key, peek, tamper},
    support::{MONDAY, Office, at, claim, home, rules},
};
use chrono::TimeDelta;
use serde_json::json;
use std::collections::BTreeSet;
use trailmark::{
    domain::{
        Instant,
        audit::{Act, Actor, Broken, Look, Note},
        calendar::Quarter,
        conversation::{Claim, Standing},
        feedback::{Hidden, Objection},
        id::{DeliveryId, OpportunityId, PersonId},
        mentoring::{Mentoring, RequestState, Way},
        opportunity::{ApplicationState, Kind, State},
        outbox::{Doubt, Row},
        own_skills::OwnSkill,
        person::Role,
        preference::{Appetite, NudgeKind, Openness},
        programme::Programme,
        retention::Keeping,
    },
    message::{Address, Card, MessageRef, Platform},
    store::{
        Tx,
        applications::{self, Application},
        audit, backup,
        channels::{self, Channel, Digest},
        conversations, copy, drafts, feedback,
        generation::{self, Found},
        inbound,
        instance::{self, Installation},
        keys::{self, Locked},
        live::Live,
        mentoring, opportunities,
        outbox::{self, Draft, HOME_TENANT, Refresh, Settled, Urgency},
        people,
        privacy::{self, Mentions, Named, Tidied},
        reports,
        schema::{self, Mark},
        seal::SEALED,
        seen,
        showings::{self, Showings, Surface},
        skills,
        slots::{self, Slot, Step},
        teams, whole,
    },
};

macro_rules! on_both_databases {
    ($($case:ident)+) => {
        mod sqlite {
            use super::*;
            $(#[tokio::test] async fn $case() { super::$case(Office::on(Database::sqlite(at(MONDAY)).await).await).await; })+
        }

        mod postgres {
            use super::*;
            $(#[tokio::test]
            #[ignore = "needs Postgres; scripts/test starts one and runs this"]
            async fn $case() { super::$case(Office::on(Database::postgres(at(MONDAY)).await).await).await; })+
        }
    };
}

on_both_databases! {
    ids_are_handed_out_once
    a_person_comes_back_as_they_were_written
    accounts_belong_to_one_person_at_a_time
    two_rows_of_one_person_become_one
    a_post_comes_back_as_it_was_written_and_only_the_newest_version_is_changed
    saved_and_hidden_posts_are_the_persons_own
    an_application_is_made_once_and_answered_once
    a_channel_comes_back_as_it_was_written
    an_audience_is_shown_a_post_once_a_turn
    a_conversation_is_made_once_and_counts_when_both_say_so
    a_draft_is_kept_until_it_is_forgotten
    a_thing_is_handled_the_first_time_only
    roles_codes_and_installations_are_kept
    a_turn_is_handled_by_whoever_is_first
    a_question_is_answered_once
    a_message_is_decided_once_and_claimed_by_one
    a_late_worker_records_nothing
    how_the_outbox_stands_is_told_by_state_and_by_reason
    what_is_in_doubt_is_looked_for_by_one_and_proof_settles_it
    after_a_restore_what_was_due_is_held_until_it_was_looked_for
    the_database_takes_and_holds_exactly_what_the_machine_calls_due_and_doubtful
    a_rest_that_was_asked_for_is_kept_and_the_longest_counts
    a_thread_waits_for_its_first_part
    what_is_given_up_can_be_tried_again_and_what_waits_discarded
    the_ledger_tells_a_person_what_they_got
    a_lane_is_held_by_one_process_until_it_is_gone
    the_newest_contents_win
    totals_are_counted_by_what_is_alike
    the_company_in_memory_follows
    what_a_person_would_like_and_offers_comes_back_and_survives_a_merge
    help_is_asked_for_once_and_answered_once
    a_companys_own_skill_comes_back_and_the_newest_decision_holds
    what_is_shown_counts_once_a_day_until_it_is_answered
    what_a_person_thinks_of_posts_is_theirs_to_take_back
    a_transaction_that_ends_unkept_leaves_nothing
    words_are_sealed_and_open_only_where_they_were_written
    a_card_that_somebody_changed_is_given_up_and_holds_nobody_back
    everything_comes_under_the_newest_key_while_people_write
    the_audit_log_is_one_line_however_many_write_to_it
    what_was_done_to_the_audit_log_is_named
    who_looked_is_noted_once_a_day
    a_generation_is_renewed_and_another_database_is_noticed
    a_backup_holds_what_the_database_held
    a_database_is_moved_to_another_once
    a_person_is_found_shown_erased_and_kept_away
    what_is_old_enough_goes_once_a_day
}

/// A transaction for writing.
async fn write(office: &Office) -> Tx {
    office.db.write().await.unwrap()
}

fn later(office: &Office, minutes: i64) -> Instant {
    office.now + TimeDelta::minutes(minutes)
}

fn account(id: &str) -> Address {
    Address::new(Platform::Slack, id)
}

async fn ids_are_handed_out_once(office: Office) {
    let mut tx = write(&office).await;
    let first = schema::take_ids(&mut tx, "event", 3).await.unwrap();
    assert_eq!(schema::take_ids(&mut tx, "event", 1).await.unwrap(), first + 3);
    schema::reserve_ids(&mut tx, "event", 100).await.unwrap();
    assert_eq!(schema::take_ids(&mut tx, "event", 1).await.unwrap(), 101);
    schema::reserve_ids(&mut tx, "event", 50).await.unwrap();
    assert_eq!(schema::take_ids(&mut tx, "event", 1).await.unwrap(), 102);
    let before = schema::revision(&mut tx).await.unwrap();
    assert_eq!(schema::next_revision(&mut tx).await.unwrap(), before + 1);
    assert_eq!(schema::revision(&mut tx).await.unwrap(), before + 1);
}

async fn a_person_comes_back_as_they_were_written(office: Office) {
    let boss = office.hire("Boss One", "Data", None).await;
    let mut tx = write(&office).await;
    let before = schema::revision(&mut tx).await.unwrap();
    let mut person = people::find(&mut tx, boss).await.unwrap().unwrap();
    person.id = PersonId(0);
    person.email = Some("Zoë@Example.com".into());
    person.manager = Some(boss);
    person.have = vec!["C++; “quoted”".into(), "日本語".into()];
    person.want = vec!["SQL".into()];
    person.locale = Some("de-DE".into());
    person.role_since = "2025-02-28".parse().ok();
    person.preferences.snoozed_until = Some(at("2026-06-01T09:00:00.123Z"));
    person.preferences.appetite.insert(NudgeKind::ChannelDigest, Appetite::Off);
    person.preferences.working_days = Some(vec![chrono::Weekday::Tue]);
    person.id = people::insert(&mut tx, &person, false, office.now).await.unwrap();
    person.email = Some("zoë@example.com".into());
    assert_eq!(people::find(&mut tx, person.id).await.unwrap().as_ref(), Some(&person));
    assert_eq!(people::find_by_email(&mut tx, " ZOË@example.com ").await.unwrap(), Some(person.id));
    assert_eq!(people::find_by_email(&mut tx, "nobody@example.com").await.unwrap(), None);
    assert_eq!(people::changed_after(&mut tx, Mark::after(before), 100).await.unwrap().0, [person.clone()]);
    assert_eq!(people::ids_changed_after(&mut tx, before).await.unwrap(), [person.id]);

    person.zone = None;
    person.is_active = false;
    people::update(&mut tx, &person).await.unwrap();
    assert_eq!(people::find(&mut tx, person.id).await.unwrap().as_ref(), Some(&person));
    let revision = schema::next_revision(&mut tx).await.unwrap();
    person.title = "Chief".into();
    people::update_at(&mut tx, &person, revision).await.unwrap();
    assert_eq!(people::ids_changed_after(&mut tx, revision - 1).await.unwrap(), [person.id]);
    people::touch(&mut tx, boss).await.unwrap();
    assert_eq!(people::ids_changed_after(&mut tx, revision).await.unwrap(), [boss]);

    let id = PersonId(schema::take_ids(&mut tx, "person", 1).await.unwrap());
    let twin = trailmark::domain::person::Person { id, email: None, ..person.clone() };
    people::insert_at(&mut tx, &twin, true, office.now, revision).await.unwrap();
    assert_eq!(people::find(&mut tx, id).await.unwrap(), Some(twin));
    assert!(people::insert(&mut tx, &person, false, office.now).await.is_err(), "the address is taken");
}

async fn accounts_belong_to_one_person_at_a_time(office: Office) {
    let (ana, bo) = (office.hire("Ana One", "Data", None).await, office.hire("Bo Two", "Data", None).await);
    let mut tx = write(&office).await;
    let before = schema::revision(&mut tx).await.unwrap();
    people::link(&mut tx, &account("U9"), ana, later(&office, 1)).await.unwrap();
    assert_eq!(people::find_by_address(&mut tx, &account("U9")).await.unwrap(), Some(ana));
    assert_eq!(people::addresses(&mut tx, ana).await.unwrap(), [account("UANA"), account("U9")]);
    let accounts = people::accounts_changed_between(&mut tx, Mark::after(before), Mark::after(i64::MAX)).await.unwrap();
    assert_eq!(accounts.into_iter().collect::<BTreeSet<_>>(), [(account("UANA"), ana), (account("U9"), ana)].into());
    assert_eq!(people::direct(&mut tx, &account("U9")).await.unwrap(), None);
    people::set_direct(&mut tx, &account("U9"), "D9").await.unwrap();
    assert_eq!(people::direct(&mut tx, &account("U9")).await.unwrap().as_deref(), Some("D9"));
    people::link_account(&mut tx, &account("U9"), bo, office.now).await.unwrap();
    assert_eq!(people::find_by_address(&mut tx, &account("U9")).await.unwrap(), Some(bo));
    assert_eq!(people::find_by_address(&mut tx, &account("U0")).await.unwrap(), None);

    let mut nameless = people::find(&mut tx, bo).await.unwrap().unwrap();
    assert!(people::nameless(&mut tx, 10).await.unwrap().is_empty());
    nameless.name.clear();
    people::update(&mut tx, &nameless).await.unwrap();
    let found: BTreeSet<_> = people::nameless(&mut tx, 10).await.unwrap().into_iter().collect();
    assert_eq!(found, [(account("U9"), bo), (account("UBO"), bo)].into());
}

async fn two_rows_of_one_person_become_one(office: Office) {
    let boss = office.hire("Boss One", "Data", None).await;
    let met = office.hire_with("Met Two", "", Some(boss), |person| person.have = vec!["SQL".into()]).await;
    let known = office.hire("Known Three", "Data", None).await;
    let report = office.hire("Report Four", "Data", Some(met)).await;
    let post = office.project(met, "Exporter", |_| {}).await;
    let mut tx = write(&office).await;
    opportunities::save(&mut tx, met, post, office.now).await.unwrap();
    opportunities::save(&mut tx, known, post, office.now).await.unwrap();
    conversations::ensure(&mut tx, met, report, "2026-Q2", office.now).await.unwrap();
    instance::grant(&mut tx, met, Role::Hr, None, office.now).await.unwrap();
    people::merge(&mut tx, met, known, office.now).await.unwrap();
    assert_eq!(people::find_by_address(&mut tx, &account("UMET")).await.unwrap(), Some(known));
    let kept = people::find(&mut tx, known).await.unwrap().unwrap();
    assert_eq!((kept.manager, kept.have), (Some(boss), vec!["SQL".into()]));
    assert_eq!(people::find(&mut tx, report).await.unwrap().unwrap().manager, Some(known));
    assert_eq!(opportunities::find(&mut tx, post).await.unwrap().unwrap().owner, Some(known));
    assert_eq!(conversations::of_person(&mut tx, known).await.unwrap().len(), 1);
    assert_eq!(instance::roles_of(&mut tx, known).await.unwrap(), [Role::Hr]);
    let old = people::find(&mut tx, met).await.unwrap().unwrap();
    assert!(!old.is_active && old.email.is_none());
}

async fn a_post_comes_back_as_it_was_written_and_only_the_newest_version_is_changed(office: Office) {
    let owner = office.hire("Owner One", "Data", None).await;
    let id = office
        .project(owner, "Exporter <&>", |post| {
            post.kind = Kind::Shadowing;
            post.nice = vec!["Ops".into()];
            post.starts_on = "2026-06-01".parse().ok();
            post.hours_per_week = None;
        })
        .await;
    let mut tx = write(&office).await;
    let post = opportunities::find(&mut tx, id).await.unwrap().unwrap();
    assert_eq!(post, office.post(id));
    assert_eq!(
        opportunities::changed_after(&mut tx, Mark::after(0), 100).await.unwrap().0,
        std::slice::from_ref(&post)
    );
    assert_eq!(opportunities::find(&mut tx, OpportunityId(id.0 + 1)).await.unwrap(), None);
    opportunities::hold(&mut tx, id).await.unwrap();

    let before = schema::revision(&mut tx).await.unwrap();
    let mut changed = post.clone();
    changed.title = "Another title".into();
    changed.state = State::Closed { at: later(&office, 5) };
    assert!(opportunities::update(&mut tx, &changed, Some("filled")).await.unwrap());
    assert!(!opportunities::update(&mut tx, &changed, None).await.unwrap(), "somebody else was quicker");
    changed.version += 1;
    assert_eq!(opportunities::changed_after(&mut tx, Mark::after(before), 100).await.unwrap().0, [changed.clone()]);
    assert!(opportunities::update(&mut tx, &changed, None).await.unwrap());
    assert_eq!(closed_reason(&mut tx, id).await.as_deref(), Some("filled"), "an edit that knows no reason keeps it");
    changed.version += 1;
    changed.state = State::Finished { at: later(&office, 9) };
    assert!(opportunities::update(&mut tx, &changed, None).await.unwrap());
    changed.version += 1;
    assert_eq!(opportunities::find(&mut tx, id).await.unwrap(), Some(changed.clone()), "what is done stays done");
    changed.state = State::Open;
    assert!(opportunities::update(&mut tx, &changed, None).await.unwrap());
    assert_eq!(closed_reason(&mut tx, id).await, None, "an open post has none");

    let next = opportunities::next_id(&mut tx).await.unwrap();
    assert!(next > id);
    let another = trailmark::domain::opportunity::Opportunity { id: next, owner: None, ..post.clone() };
    opportunities::insert(&mut tx, &another).await.unwrap();
    assert_eq!(opportunities::find(&mut tx, next).await.unwrap(), Some(another.clone()));
    let last = trailmark::domain::opportunity::Opportunity { id: OpportunityId(next.0 + 7), ..another };
    let revision = schema::revision(&mut tx).await.unwrap();
    opportunities::insert_at(&mut tx, &last, revision).await.unwrap();
    assert!(opportunities::insert(&mut tx, &last).await.is_err(), "the number is taken");
}

async fn saved_and_hidden_posts_are_the_persons_own(office: Office) {
    let (ana, bo) = (office.hire("Ana One", "Data", None).await, office.hire("Bo Two", "Data", None).await);
    let (first, second) = (office.project(bo, "One", |_| {}).await, office.project(bo, "Two", |_| {}).await);
    let mut tx = write(&office).await;
    for (post, minute) in [(first, 1), (second, 2), (first, 3)] {
        opportunities::save(&mut tx, ana, post, later(&office, minute)).await.unwrap();
    }
    assert_eq!(opportunities::saved_by(&mut tx, ana).await.unwrap(), [second, first]);
    assert!(opportunities::saved_by(&mut tx, bo).await.unwrap().is_empty());
    assert!(opportunities::unsave(&mut tx, ana, first).await.unwrap());
    assert!(!opportunities::unsave(&mut tx, ana, first).await.unwrap());

    opportunities::hide(&mut tx, ana, first, "", office.now).await.unwrap();
    opportunities::hide(&mut tx, ana, first, "hours", office.now).await.unwrap();
    assert_eq!(people::find(&mut tx, ana).await.unwrap().unwrap().hidden, [first].into());
    let changed = people::changed_after(&mut tx, Mark::after(0), 100).await.unwrap().0;
    assert!(changed.iter().all(|person| person.hidden.contains(&first) == (person.id == ana)));
    assert!(opportunities::unhide(&mut tx, ana, first).await.unwrap());
    assert!(!opportunities::unhide(&mut tx, ana, first).await.unwrap());
    assert!(people::find(&mut tx, ana).await.unwrap().unwrap().hidden.is_empty());
}

async fn an_application_is_made_once_and_answered_once(office: Office) {
    let (ana, bo) = (office.hire("Ana One", "Data", None).await, office.hire("Bo Two", "Data", None).await);
    let post = office.project(bo, "One", |_| {}).await;
    let application = |person: PersonId, minute: i64| Application {
        post,
        person,
        note: "I would like to".into(),
        availability: "4 h".into(),
        state: ApplicationState::Waiting,
        reason: String::new(),
        reply_by: "2026-05-18".parse().ok(),
        applied_at: later(&office, minute),
        decided_at: None,
        version: 1,
    };
    let mut tx = write(&office).await;
    assert_eq!(applications::apply(&mut tx, &application(ana, 2)).await.unwrap(), Some(1));
    assert_eq!(applications::apply(&mut tx, &application(ana, 3)).await.unwrap(), None);
    assert_eq!(applications::apply(&mut tx, &application(bo, 1)).await.unwrap(), Some(1));
    assert_eq!(applications::find(&mut tx, post, ana).await.unwrap(), Some(application(ana, 2)));
    let people: Vec<_> = applications::of_post(&mut tx, post).await.unwrap().iter().map(|it| it.person).collect();
    assert_eq!(people, [bo, ana], "in the order in which they came");
    assert_eq!(applications::count(&mut tx, post, ApplicationState::Waiting).await.unwrap(), 2);
    assert_eq!(reports::waiting_by_post(&mut tx).await.unwrap(), [(post, 2)]);
    let decide = ApplicationState::Withdrawn;
    assert!(applications::decide(&mut tx, post, ana, decide, "", later(&office, 5)).await.unwrap());
    assert!(!applications::decide(&mut tx, post, ana, decide, "", later(&office, 6)).await.unwrap());
    assert!(applications::applied_for(&mut tx, ana).await.unwrap().is_empty());
    assert_eq!(applications::apply(&mut tx, &application(ana, 9)).await.unwrap(), Some(3), "withdrawn, and made again");
    assert_eq!(applications::applied_for(&mut tx, ana).await.unwrap(), [post].into());
    let both = applications::applied_by(&mut tx, &[bo, ana]).await.unwrap();
    assert_eq!(both, [(ana, [post].into()), (bo, [post].into())].into());
    assert_eq!(applications::applied_by(&mut tx, &[]).await.unwrap(), [].into());
    let mine = applications::of_person(&mut tx, ana).await.unwrap();
    assert_eq!((mine.len(), mine[0].state, mine[0].decided_at), (1, ApplicationState::Waiting, None));
    let within = reports::applications(&mut tx, office.now, later(&office, 9)).await.unwrap();
    assert_eq!(within.iter().map(|it| it.person).collect::<Vec<_>>(), [bo], "the end of a span is outside of it");
    assert_eq!(seen::by(&mut tx, ana).await.unwrap(), [post].into());
}

fn channel(office: &Office, set_up_by: Option<PersonId>) -> Channel {
    Channel {
        platform: Platform::Slack,
        id: "C1".into(),
        tenant: HOME_TENANT.into(),
        name: "data-corner".into(),
        digest: Digest {
            topics: vec!["Rust".into()],
            kinds: vec![Kind::Gig, Kind::Project],
            size: 3,
            ..Digest::usual(&office.programme)
        },
        zone: Some(chrono_tz::Asia::Kathmandu),
        set_up_by,
        is_member: true,
        is_paused: false,
    }
}

async fn a_channel_comes_back_as_it_was_written(office: Office) {
    let ana = office.hire("Ana One", "Data", None).await;
    let mut tx = write(&office).await;
    let mut it = channel(&office, Some(ana));
    assert_eq!(channels::find(&mut tx, &it.address()).await.unwrap(), None);
    channels::upsert(&mut tx, &it, office.now).await.unwrap();
    assert_eq!(channels::find(&mut tx, &it.address()).await.unwrap().as_ref(), Some(&it));
    it.is_paused = true;
    it.zone = None;
    channels::upsert(&mut tx, &it, office.now).await.unwrap();
    channels::leave(&mut tx, &it.address(), office.now).await.unwrap();
    it.is_member = false;
    assert_eq!(channels::all(&mut tx).await.unwrap(), [it]);
}

async fn an_audience_is_shown_a_post_once_a_turn(office: Office) {
    let ana = office.hire("Ana One", "Data", None).await;
    let (first, second) = (office.project(ana, "One", |_| {}).await, office.project(ana, "Two", |_| {}).await);
    let mut tx = write(&office).await;
    let audience = seen::audience(ana);
    for _ in 0..2 {
        channels::record_exposure(&mut tx, &audience, "2026-W19", &[second, first], office.now).await.unwrap();
    }
    channels::record_exposure(&mut tx, &audience, "2026-W20", &[first], later(&office, 1)).await.unwrap();
    let shown = channels::exposures(&mut tx, &audience).await.unwrap();
    let posts: Vec<_> = shown.iter().map(|it| (it.post, it.occurrence.as_str())).collect();
    assert_eq!(posts, [(first, "2026-W20"), (second, "2026-W19"), (first, "2026-W19")]);
    assert!(channels::exposures(&mut tx, "somebody else").await.unwrap().is_empty());
    assert_eq!(seen::by(&mut tx, ana).await.unwrap(), [first, second].into());
    assert_eq!(seen::by_all(&mut tx).await.unwrap(), [(ana, [first, second].into())].into());
    assert_eq!(seen::by_some(&mut tx, &[ana]).await.unwrap(), [(ana, [first, second].into())].into());
    assert!(seen::by_some(&mut tx, &[]).await.unwrap().is_empty());
}

async fn a_conversation_is_made_once_and_counts_when_both_say_so(office: Office) {
    let boss = office.hire("Boss One", "Data", None).await;
    let (ana, bo) = (office.hire("Ana One", "Data", Some(boss)).await, office.hire("Bo Two", "Data", Some(boss)).await);
    let (window, now) = ("2026-Q2", office.now);
    let mut tx = write(&office).await;
    let it = conversations::ensure(&mut tx, boss, ana, window, now).await.unwrap();
    conversations::ensure_all(&mut tx, &[(boss, ana), (boss, bo)], window, now).await.unwrap();
    assert_eq!(conversations::ensure(&mut tx, boss, ana, window, now).await.unwrap(), it);
    let other = conversations::for_pair(&mut tx, boss, bo, window).await.unwrap().unwrap();
    assert_eq!(conversations::of_window(&mut tx, window).await.unwrap().len(), 2);
    assert_eq!(conversations::of_manager(&mut tx, boss, window).await.unwrap(), [it.clone(), other.clone()]);
    assert!(conversations::of_window(&mut tx, "2026-Q3").await.unwrap().is_empty());

    let planned = later(&office, 600);
    assert!(conversations::plan_at(&mut tx, it.id, it.version, planned, boss).await.unwrap());
    assert!(!conversations::plan_at(&mut tx, it.id, it.version, planned, ana).await.unwrap(), "that was an old card");
    assert_eq!(conversations::planned_from(&mut tx, planned).await.unwrap().len(), 1);
    assert!(conversations::planned_from(&mut tx, later(&office, 601)).await.unwrap().is_empty());
    for (who, times) in [(boss, 1), (ana, 1), (bo, 0)] {
        assert_eq!(conversations::planned_with(&mut tx, &[who], planned).await.unwrap().len(), times);
    }
    assert!(conversations::planned_with(&mut tx, &[boss, ana], later(&office, 601)).await.unwrap().is_empty());
    assert_eq!(conversations::of_reports(&mut tx, &[bo], window).await.unwrap(), std::slice::from_ref(&other));
    assert!(conversations::of_reports(&mut tx, &[bo], "2026-Q3").await.unwrap().is_empty());
    assert_eq!(conversations::recent(&mut tx, later(&office, 1)).await.unwrap().len(), 1);
    assert_eq!(conversations::recent(&mut tx, now).await.unwrap().len(), 2);

    assert!(conversations::claim(&mut tx, it.id, boss, Claim::Held, planned).await.unwrap());
    assert!(!conversations::claim(&mut tx, it.id, boss, Claim::Held, planned).await.unwrap(), "said already");
    assert!(!conversations::claim(&mut tx, it.id, bo, Claim::Held, planned).await.unwrap(), "takes no part");
    assert_eq!(conversations::find(&mut tx, it.id).await.unwrap().unwrap().standing(), Standing::OneSided);
    assert_eq!(conversations::last_held(&mut tx, ana).await.unwrap(), None);
    assert!(conversations::claim(&mut tx, it.id, ana, Claim::Held, planned).await.unwrap());
    let held = conversations::find(&mut tx, it.id).await.unwrap().unwrap();
    assert_eq!(held.standing(), Standing::Held);
    assert!(!conversations::plan_at(&mut tx, it.id, held.version, planned, ana).await.unwrap(), "both confirmed it");
    assert!(!conversations::skip(&mut tx, it.id, held.version, "").await.unwrap());
    assert_eq!(conversations::last_held(&mut tx, ana).await.unwrap(), Some(planned));
    assert_eq!(conversations::all_last_held(&mut tx).await.unwrap(), [(ana, planned)].into());
    assert_eq!(conversations::last_held_of(&mut tx, &[ana, bo]).await.unwrap(), [(ana, planned)].into());
    assert!(conversations::last_held_of(&mut tx, &[bo]).await.unwrap().is_empty());
    let pairs = [(boss, bo), (ana, bo), (boss, bo)];
    let ensured = conversations::ensured(&mut tx, &pairs, window, now).await.unwrap();
    assert_eq!(ensured.iter().map(|it| (it.manager, it.report)).collect::<Vec<_>>(), [(boss, bo), (ana, bo)]);
    assert_eq!(ensured[0], other, "it stays the one it was");

    assert!(conversations::skip(&mut tx, other.id, other.version, "leave").await.unwrap());
    assert!(!conversations::skip(&mut tx, other.id, other.version, "leave").await.unwrap());
    assert_eq!(conversations::find(&mut tx, other.id).await.unwrap().unwrap().standing(), Standing::Skipped);
    let of_boss: Vec<_> = conversations::of_person(&mut tx, boss).await.unwrap().iter().map(|it| it.id).collect();
    assert_eq!(of_boss, [other.id, it.id]);
}

async fn a_draft_is_kept_until_it_is_forgotten(office: Office) {
    let ana = office.hire("Ana One", "Data", None).await;
    let mut tx = write(&office).await;
    let values = crate::support::values(&[("title", "Exporter"), ("needs", "Rust;SQL")]);
    assert_eq!(drafts::find(&mut tx, ana, "post").await.unwrap(), None);
    drafts::keep(&mut tx, ana, "post", &crate::support::values(&[]), office.now).await.unwrap();
    drafts::keep(&mut tx, ana, "post", &values, office.now).await.unwrap();
    assert_eq!(drafts::find(&mut tx, ana, "post").await.unwrap(), Some(values));
    drafts::forget(&mut tx, ana, "post").await.unwrap();
    assert_eq!(drafts::find(&mut tx, ana, "post").await.unwrap(), None);
}

async fn a_thing_is_handled_the_first_time_only(office: Office) {
    let ana = office.hire("Ana One", "Data", None).await;
    let mut tx = write(&office).await;
    assert!(!inbound::was_seen(&mut tx, "Ev1").await.unwrap());
    assert!(inbound::first_time(&mut tx, "Ev1", office.now).await.unwrap());
    assert!(!inbound::first_time(&mut tx, "Ev1", later(&office, 5)).await.unwrap());
    assert!(inbound::was_seen(&mut tx, "Ev1").await.unwrap());
    inbound::forget_before(&mut tx, office.now).await.unwrap();
    assert!(inbound::was_seen(&mut tx, "Ev1").await.unwrap());
    inbound::forget_before(&mut tx, later(&office, 1)).await.unwrap();
    assert!(!inbound::was_seen(&mut tx, "Ev1").await.unwrap());

    for (minute, kind) in [(0, "post.saved"), (1, "post.saved"), (2, "post.hidden"), (9, "post.saved")] {
        inbound::record(&mut tx, later(&office, minute), kind, Some(ana), "P-1", json!({"n": minute})).await.unwrap();
    }
    let counts = inbound::count_by_kind(&mut tx, office.now, later(&office, 9)).await.unwrap();
    assert_eq!(counts, [("post.hidden".to_owned(), 1), ("post.saved".to_owned(), 2)]);
    assert_eq!(inbound::count_of_kind(&mut tx, "post.saved", later(&office, 1)).await.unwrap(), 2);
    assert_eq!(inbound::count_of_kind(&mut tx, inbound::SLOT_SKIPPED, office.now).await.unwrap(), 0);
    for (minute, nudge, whose) in [(3, "digest", None), (4, "match", Some(ana)), (5, "match", Some(ana))] {
        let data = json!({"nudge": nudge, "reason": "skipped_stale"});
        inbound::record(&mut tx, later(&office, minute), inbound::SLOT_SKIPPED, whose, "", data).await.unwrap();
    }
    let skipped = inbound::skipped_turns(&mut tx, office.now).await.unwrap();
    assert_eq!(skipped, [("digest".to_owned(), 1), ("match".to_owned(), 2)]);
    let hers = inbound::skipped_turns_of(&mut tx, ana, later(&office, 4)).await.unwrap();
    assert_eq!(hers, [(later(&office, 5), "match".to_owned()), (later(&office, 4), "match".to_owned())]);
}

async fn roles_codes_and_installations_are_kept(office: Office) {
    let ana = office.hire("Ana One", "Data", None).await;
    instance::ensure(&office.db, office.now).await.unwrap();
    let mut tx = write(&office).await;
    assert_eq!(instance::delivery_secret(&mut tx).await.unwrap().len(), 64);
    assert_eq!(instance::activated_at(&mut tx).await.unwrap(), None);
    instance::set_activated(&mut tx, Some(office.now), ana).await.unwrap();
    assert_eq!(instance::activated_at(&mut tx).await.unwrap(), Some(office.now));
    instance::set_activated(&mut tx, None, ana).await.unwrap();
    assert_eq!(instance::activated_at(&mut tx).await.unwrap(), None);

    for _ in 0..2 {
        instance::grant(&mut tx, ana, Role::Hr, None, office.now).await.unwrap();
    }
    instance::grant(&mut tx, ana, Role::Administrator, Some(ana), office.now).await.unwrap();
    assert_eq!(instance::roles_of(&mut tx, ana).await.unwrap(), [Role::Administrator, Role::Hr]);
    assert_eq!(instance::people_with(&mut tx, Role::Hr).await.unwrap(), [ana]);
    instance::revoke(&mut tx, ana, Role::Hr).await.unwrap();
    assert!(instance::people_with(&mut tx, Role::Hr).await.unwrap().is_empty());

    instance::add_admin_code(&mut tx, "hash", later(&office, 60)).await.unwrap();
    assert!(!instance::redeem_admin_code(&mut tx, "other", office.now).await.unwrap());
    assert!(!instance::redeem_admin_code(&mut tx, "hash", later(&office, 60)).await.unwrap(), "too old");
    assert!(instance::redeem_admin_code(&mut tx, "hash", office.now).await.unwrap());
    assert!(!instance::redeem_admin_code(&mut tx, "hash", office.now).await.unwrap(), "used");

    let mut it = Installation {
        platform: Platform::Slack,
        tenant: HOME_TENANT.into(),
        is_active: true,
        bot_user: Some("UBOT".into()),
    };
    instance::set_installation(&mut tx, &it, None, office.now).await.unwrap();
    let gone = Installation { is_active: false, bot_user: None, ..it.clone() };
    assert_eq!(instance::paused(&mut tx).await.unwrap(), []);
    instance::set_installation(&mut tx, &gone, Some("removed"), office.now).await.unwrap();
    it.is_active = false;
    let paused = instance::paused(&mut tx).await.unwrap().remove(0);
    assert_eq!(
        (paused.tenant.as_str(), paused.reason.as_deref(), paused.since),
        (HOME_TENANT, Some("removed"), office.now)
    );
    assert_eq!(instance::installations(&mut tx).await.unwrap(), [it]);
}

async fn a_turn_is_handled_by_whoever_is_first(office: Office) {
    let slot = |subject: &str, next_at: Option<Instant>| Slot {
        nudge: "digest".into(),
        subject: subject.into(),
        label: "2026-W18".into(),
        outcome: "planned".into(),
        handled_at: office.now,
        next_at,
    };
    let (soon, late) = (later(&office, 10), later(&office, 20));
    let mut tx = write(&office).await;
    slots::put(&mut tx, &[slot("C1", Some(soon)), slot("C2", Some(late)), slot("C3", None)]).await.unwrap();
    slots::put(&mut tx, &[]).await.unwrap();
    assert_eq!(slots::next_wake(&mut tx).await.unwrap(), Some(soon));
    assert!(slots::due(&mut tx, "digest", office.now, 10).await.unwrap().is_empty());
    assert_eq!(
        slots::due(&mut tx, "digest", late, 10).await.unwrap(),
        [slot("C1", Some(soon)), slot("C2", Some(late))]
    );
    assert_eq!(slots::due(&mut tx, "digest", late, 1).await.unwrap().len(), 1);
    for (nudge, when, is_due) in [("digest", soon, true), ("digest", office.now, false), ("other", late, false)] {
        assert_eq!(slots::is_due(&mut tx, nudge, when).await.unwrap(), is_due);
    }
    let seen = slots::find(&mut tx, "digest", "C1").await.unwrap().unwrap();
    let second = slots::find(&mut tx, "digest", "C2").await.unwrap().unwrap();
    let unknown = slot("C9", Some(soon));
    let step = |seen, outcome: &str, next_at| Step { seen, label: "2026-W19", outcome: outcome.into(), next_at };
    let steps =
        [step(&seen, "nothing_new", None), step(&second, "planned", Some(late)), step(&unknown, "planned", None)];
    assert_eq!(slots::advance(&mut tx, &steps, soon).await.unwrap(), ["C1".to_owned(), "C2".to_owned()].into());
    let quicker = [step(&seen, "planned", None), step(&second, "later", None)];
    assert!(slots::advance(&mut tx, &quicker, soon).await.unwrap().is_empty(), "somebody was quicker");
    assert!(slots::advance(&mut tx, &[], soon).await.unwrap().is_empty());
    let found = slots::find_all(&mut tx, "digest", &["C9", "C2", "C1"].map(str::to_owned)).await.unwrap();
    let subjects: BTreeSet<_> = found.iter().map(|it| (it.subject.as_str(), it.outcome.as_str(), it.next_at)).collect();
    assert_eq!(subjects, [("C1", "nothing_new", None), ("C2", "planned", Some(late))].into());
    let moved = slots::find(&mut tx, "digest", "C1").await.unwrap().unwrap();
    assert_eq!((moved.label.as_str(), moved.outcome.as_str(), moved.next_at), ("2026-W19", "nothing_new", None));
    assert!(slots::may_plan(&mut tx).await.unwrap());
    if office.db.is_postgres() {
        let mut other = office.db.write().await.unwrap();
        assert!(!slots::may_plan(&mut other).await.unwrap(), "one plans at a time");
    }
    slots::forget(&mut tx, "digest", "C2").await.unwrap();
    assert_eq!(slots::of_nudge(&mut tx, "digest").await.unwrap().len(), 2);
    assert_eq!(slots::next_wake(&mut tx).await.unwrap(), None);
}

async fn a_question_is_answered_once(office: Office) {
    let (boss, ana) = (office.hire("Boss One", "Data", None).await, office.hire("Ana One", "Data", None).await);
    let mut tx = write(&office).await;
    assert!(teams::ask(&mut tx, boss, ana, office.now).await.unwrap());
    assert!(!teams::ask(&mut tx, boss, ana, later(&office, 1)).await.unwrap());
    assert_eq!(teams::waiting(&mut tx, boss).await.unwrap(), [(ana, office.now)]);
    assert!(teams::answer(&mut tx, boss, ana, teams::Answer::No, office.now).await.unwrap());
    assert!(!teams::answer(&mut tx, boss, ana, teams::Answer::Yes, office.now).await.unwrap());
    assert!(teams::waiting(&mut tx, boss).await.unwrap().is_empty());
    assert!(teams::ask(&mut tx, boss, ana, later(&office, 9)).await.unwrap(), "asked again after an answer");
}

fn draft(office: &Office, person: PersonId, subject: &str) -> Draft {
    Draft {
        tenant: HOME_TENANT.into(),
        platform: Platform::Slack,
        kind: "opportunity_match".into(),
        subject: subject.into(),
        recipient: "UANA".into(),
        occurrence: "2026-W19".into(),
        person: Some(person),
        is_nudge: true,
        why: "it fits".into(),
        card: Card::saying("Hello <you> & “all”"),
        thread_of: None,
        urgency: Urgency::Nudge,
        due_at: office.now,
        useful_until: Some(later(office, 600)),
    }
}

fn message(id: &str) -> MessageRef {
    MessageRef { platform: Platform::Slack, conversation: "D1".into(), id: id.into() }
}

async fn a_message_is_decided_once_and_claimed_by_one(office: Office) {
    let ana = office.hire("Ana One", "Data", None).await;
    let mut tx = write(&office).await;
    let mine = draft(&office, ana, "P-1");
    let urgent = Draft { urgency: Urgency::Notice, due_at: later(&office, 1), ..draft(&office, ana, "P-2") };
    let future = Draft { due_at: later(&office, 60), ..draft(&office, ana, "P-3") };
    let id = outbox::enqueue(&mut tx, &mine, office.now).await.unwrap().unwrap();
    assert_eq!(outbox::enqueue(&mut tx, &mine, office.now).await.unwrap(), None);
    let several = outbox::enqueue_all(&mut tx, &[&urgent, &mine, &future, &urgent], office.now).await.unwrap();
    let is_new: Vec<bool> = several.iter().map(Option::is_some).collect();
    assert_eq!(is_new, [true, false, true, false]);
    assert_eq!(outbox::next_due(&mut tx).await.unwrap(), Some(office.now));
    assert!(claim(&mut tx, office.now - TimeDelta::seconds(1), 10).await.unwrap().is_empty());

    let claimed = claim(&mut tx, later(&office, 5), 1).await.unwrap();
    assert_eq!(claimed.len(), 1);
    assert_eq!(Some(claimed[0].id), several[0], "the more urgent one first");
    let rest = claim(&mut tx, later(&office, 5), 10).await.unwrap();
    assert_eq!(rest.iter().map(|it| (it.id, it.attempt)).collect::<Vec<_>>(), [(id, 1)]);
    assert_eq!(rest[0].card, mine.card);
    assert_eq!(rest[0].useful_until, mine.useful_until);
    assert_ne!(rest[0].delivery, claimed[0].delivery);
    assert!(claim(&mut tx, later(&office, 5), 10).await.unwrap().is_empty());

    outbox::set_conversation(&mut tx, id, "D1").await.unwrap();
    assert!(outbox::settle(&mut tx, id, 1, &Settled::Sent { message: message("1.1") }, office.now).await.unwrap());
    assert_eq!(outbox::message_of(&mut tx, id).await.unwrap(), Some(message("1.1")));
    let entry = outbox::by_delivery(&mut tx, &rest[0].delivery).await.unwrap().unwrap();
    assert_eq!((entry.id, entry.state.as_str(), entry.nudge()), (id, "sent", Some(NudgeKind::OpportunityMatch)));
    assert_eq!(outbox::by_message(&mut tx, &message("1.1")).await.unwrap(), Some(entry));
    assert_eq!(outbox::by_message(&mut tx, &message("1.2")).await.unwrap(), None);
    let standings = outbox::standings(&mut tx).await.unwrap();
    let counts: Vec<_> = standings.iter().map(|it| (it.state.as_str(), it.count)).collect();
    assert_eq!(counts, [("pending", 1), ("sending", 1), ("sent", 1)]);
    let gone = Installation { platform: Platform::Slack, tenant: HOME_TENANT.into(), is_active: false, bot_user: None };
    instance::set_installation(&mut tx, &gone, Some("removed"), office.now).await.unwrap();
    assert!(claim(&mut tx, later(&office, 90), 10).await.unwrap().is_empty(), "nobody to send to");
}

async fn how_the_outbox_stands_is_told_by_state_and_by_reason(office: Office) {
    let ana = office.hire("Ana One", "Data", None).await;
    let mut tx = write(&office).await;
    for (minute, reason) in [(0, None), (1, Some("busy")), (2, Some("busy")), (3, Some("account_inactive"))] {
        let due = Draft { due_at: later(&office, minute), ..draft(&office, ana, &format!("P-{minute}")) };
        let id = outbox::enqueue(&mut tx, &due, office.now).await.unwrap().unwrap();
        if let Some(reason) = reason {
            tamper(&mut tx, &format!("UPDATE delivery SET state = 'dead', reason = '{reason}' WHERE id = {}", id.0))
                .await;
        }
    }
    let standings = outbox::standings(&mut tx).await.unwrap();
    let standings: Vec<_> = standings.iter().map(|it| (it.state.as_str(), it.count, it.oldest_due)).collect();
    assert_eq!(standings, [("dead", 3, later(&office, 1)), ("pending", 1, office.now)]);
    let reasons = outbox::reasons(&mut tx, "dead").await.unwrap();
    assert_eq!(reasons, [("busy".to_owned(), 2), ("account_inactive".to_owned(), 1)]);
}

async fn a_late_worker_records_nothing(office: Office) {
    let ana = office.hire("Ana One", "Data", None).await;
    let mut tx = write(&office).await;
    let id = outbox::enqueue(&mut tx, &draft(&office, ana, "P-1"), office.now).await.unwrap().unwrap();
    claim(&mut tx, office.now, 10).await.unwrap();
    let again = Settled::Later { at: later(&office, 1), reason: "busy".into(), counts: true };
    assert!(outbox::settle(&mut tx, id, 1, &again, office.now).await.unwrap());
    let claimed = claim(&mut tx, later(&office, 1), 10).await.unwrap();
    assert_eq!((claimed[0].attempt, claimed[0].tries), (2, 2));
    for outcome in [
        again,
        Settled::Sent { message: message("1.1") },
        Settled::Dead { reason: "gone".into() },
        Settled::Expired { reason: "late".into() },
        Settled::Cancelled { reason: "no".into() },
        Settled::Unknown { reason: "no".into() },
        Settled::Looking { at: later(&office, 1), absences: 1, reason: "timeout".into() },
    ] {
        assert!(!outbox::settle(&mut tx, id, 1, &outcome, office.now).await.unwrap(), "{outcome:?} of an old attempt");
    }
    let waited = Settled::Later { at: later(&office, 2), reason: "asked to wait".into(), counts: false };
    assert!(outbox::settle(&mut tx, id, 2, &waited, office.now).await.unwrap());
    let claimed = claim(&mut tx, later(&office, 2), 10).await.unwrap();
    assert_eq!((claimed[0].attempt, claimed[0].tries), (3, 2), "waiting is no try");
    let doubt = Settled::Looking { at: later(&office, 60), absences: 0, reason: "timeout".into() };
    assert!(outbox::settle(&mut tx, id, 3, &doubt, office.now).await.unwrap());
    assert!(claim(&mut tx, later(&office, 10_000), 10).await.unwrap().is_empty(), "never resent blindly");
}

async fn what_is_in_doubt_is_looked_for_by_one_and_proof_settles_it(office: Office) {
    let ana = office.hire("Ana One", "Data", None).await;
    let mut tx = write(&office).await;
    let after = |seconds| office.now + TimeDelta::seconds(seconds);
    let mut ids = Vec::new();
    for subject in ["P-1", "P-2", "P-3"] {
        ids.push(outbox::enqueue(&mut tx, &draft(&office, ana, subject), office.now).await.unwrap().unwrap());
    }
    assert!(!outbox::prove(&mut tx, ids[0], &message("1.1"), office.now).await.unwrap(), "it was never tried");
    claim(&mut tx, office.now, 10).await.unwrap();
    assert_eq!(outbox::lanes(&mut tx, after(59)).await.unwrap(), []);
    assert_eq!(outbox::lanes(&mut tx, after(60)).await.unwrap(), [home()]);
    let look = async |tx: &mut Tx, seconds| {
        let rows = outbox::claim_looks(tx, &home(), &rules(), 2, after(seconds)).await.unwrap();
        rows.iter().map(|row| row.id).collect::<Vec<_>>()
    };
    assert_eq!(look(&mut tx, 59).await, []);
    assert_eq!(look(&mut tx, 60).await, ids[..2]);
    assert_eq!(look(&mut tx, 61).await, ids[2..], "the others are being looked for");
    let unknown = Settled::Unknown { reason: "missing_scope".into() };
    assert!(outbox::settle(&mut tx, ids[0], 1, &unknown, office.now).await.unwrap());
    assert!(outbox::prove(&mut tx, ids[0], &message("1.1"), office.now).await.unwrap());
    assert!(!outbox::prove(&mut tx, ids[0], &message("1.2"), office.now).await.unwrap(), "that is known");
    assert_eq!(outbox::message_of(&mut tx, ids[0]).await.unwrap(), Some(message("1.1")));
    assert!(!outbox::resolve(&mut tx, ids[1], false, office.now).await.unwrap(), "it may still land");
    assert!(outbox::resolve(&mut tx, ids[1], true, office.now).await.unwrap());
    assert!(outbox::settle(&mut tx, ids[2], 1, &unknown, office.now).await.unwrap());
    assert!(outbox::resolve(&mut tx, ids[2], false, after(70)).await.unwrap());
    assert_eq!(claim(&mut tx, after(70), 10).await.unwrap().len(), 1, "sent again on the operator's word");
}

async fn after_a_restore_what_was_due_is_held_until_it_was_looked_for(office: Office) {
    let ana = office.hire("Ana One", "Data", None).await;
    let mut tx = write(&office).await;
    assert_eq!(outbox::doubt(&mut tx).await.unwrap(), None);
    let sending = outbox::enqueue(&mut tx, &draft(&office, ana, "P-0"), office.now).await.unwrap().unwrap();
    claim(&mut tx, office.now, 1).await.unwrap();
    let once = Settled::Looking { at: later(&office, 5000), absences: 1, reason: "not there".into() };
    assert!(outbox::settle(&mut tx, sending, 1, &once, office.now).await.unwrap());
    let old = outbox::enqueue(&mut tx, &draft(&office, ana, "P-1"), office.now).await.unwrap().unwrap();
    let dead = outbox::enqueue(&mut tx, &draft(&office, ana, "P-4"), office.now).await.unwrap().unwrap();
    claim(&mut tx, office.now, 2).await.unwrap();
    for (id, attempt) in [(old, 1), (dead, 1)] {
        let outcome = if id == dead {
            Settled::Dead { reason: "gone".into() }
        } else {
            Settled::Later { at: office.now, reason: String::new(), counts: false }
        };
        assert!(outbox::settle(&mut tx, id, attempt, &outcome, office.now).await.unwrap());
    }
    outbox::begin_doubt(&mut tx, later(&office, 3600)).await.unwrap();
    let doubt = outbox::doubt(&mut tx).await.unwrap().unwrap();
    assert_eq!((doubt.since, doubt.before), (office.now, later(&office, 3600)));
    let again = Draft { due_at: later(&office, 4000), is_nudge: true, ..draft(&office, ana, "P-2") };
    let again = outbox::enqueue(&mut tx, &again, later(&office, 3700)).await.unwrap().unwrap();
    let new = Draft { due_at: later(&office, 4000), is_nudge: false, ..draft(&office, ana, "P-3") };
    let new = outbox::enqueue(&mut tx, &new, later(&office, 3700)).await.unwrap().unwrap();
    let now = later(&office, 4000);
    assert!(outbox::retry(&mut tx, dead, now).await.unwrap());
    let claimed = outbox::claim(&mut tx, &home(), Some(&doubt), &rules(), 10, now).await.unwrap();
    assert_eq!(claimed.iter().map(|it| it.id).collect::<Vec<_>>(), [new], "what nobody can have sent before");
    assert!(outbox::settle(&mut tx, new, 1, &Settled::Sent { message: message("1.1") }, now).await.unwrap());
    assert_eq!(outbox::hold_doubtful(&mut tx, &doubt, &rules(), now).await.unwrap(), 4);
    let first = now + rules().quarantine;
    assert!(
        outbox::claim_looks(&mut tx, &home(), &rules(), 10, first - TimeDelta::seconds(1)).await.unwrap().is_empty()
    );
    let looks = outbox::claim_looks(&mut tx, &home(), &rules(), 10, first).await.unwrap();
    assert_eq!(
        looks.iter().map(|it| (it.id, it.started_at)).collect::<Vec<_>>(),
        [(sending, doubt.since), (old, doubt.since), (dead, doubt.since), (again, doubt.since)],
        "also what the copy was sending, and what it had given up"
    );
    let absent = Settled::Later { at: now, reason: "not there".into(), counts: true };
    assert!(outbox::settle(&mut tx, old, 1, &absent, now).await.unwrap());
    let claimed = outbox::claim(&mut tx, &home(), Some(&doubt), &rules(), 10, now).await.unwrap();
    assert_eq!(claimed.iter().map(|it| it.id).collect::<Vec<_>>(), [old], "looked for, and not there");
}

async fn the_database_takes_and_holds_exactly_what_the_machine_calls_due_and_doubtful(office: Office) {
    let ana = office.hire("Ana One", "Data", None).await;
    let now = later(&office, 100);
    let doubt = Doubt { since: later(&office, 10), before: later(&office, 50) };
    let (planned_again, planned_later) = (doubt.replanned_before(), doubt.replanned_before() + TimeDelta::seconds(1));
    for doubt in [None, Some(doubt)] {
        let mut tx = write(&office).await;
        let (mut due, mut held) = (Vec::new(), 0);
        for due_at in [later(&office, 49), later(&office, 50), later(&office, 51), now, later(&office, 101)] {
            for created_at in [office.now, planned_again, planned_later] {
                for is_nudge in [false, true] {
                    let subject = format!("{due_at} {created_at} {is_nudge}");
                    let draft = Draft { due_at, is_nudge, ..draft(&office, ana, &subject) };
                    let id = outbox::enqueue(&mut tx, &draft, created_at).await.unwrap().unwrap();
                    let row = Row::new(due_at, None);
                    let in_doubt = doubt.is_some_and(|doubt| doubt.covers(due_at, created_at, is_nudge));
                    if row.is_due(in_doubt, now) {
                        due.push(id);
                    }
                    held += u64::from(in_doubt && row.is_due(false, now));
                }
            }
        }
        let claimed = outbox::claim(&mut tx, &home(), doubt.as_ref(), &rules(), 100, now).await.unwrap();
        let mut claimed: Vec<_> = claimed.iter().map(|row| row.id).collect();
        claimed.sort_unstable();
        assert_eq!(claimed, due, "{doubt:?}");
        if let Some(doubt) = doubt {
            assert!(held > 0);
            assert_eq!(outbox::hold_doubtful(&mut tx, &doubt, &rules(), now).await.unwrap(), held);
        }
    }
}

async fn a_rest_that_was_asked_for_is_kept_and_the_longest_counts(office: Office) {
    let mut tx = write(&office).await;
    outbox::wait(&mut tx, &home(), "send", later(&office, 30)).await.unwrap();
    outbox::wait(&mut tx, &home(), "send", later(&office, 10)).await.unwrap();
    outbox::wait(&mut tx, &home(), "show", later(&office, 20)).await.unwrap();
    let waits = outbox::waits(&mut tx, &home(), later(&office, 20)).await.unwrap();
    assert_eq!(waits, [("send".to_owned(), later(&office, 30))]);
}

async fn a_thread_waits_for_its_first_part(office: Office) {
    let ana = office.hire("Ana One", "Data", None).await;
    let mut tx = write(&office).await;
    let mut first = Vec::new();
    for subject in ["P-1", "P-2"] {
        let id = outbox::enqueue(&mut tx, &draft(&office, ana, subject), office.now).await.unwrap().unwrap();
        let follow = Draft { thread_of: Some(id), occurrence: "thread".into(), ..draft(&office, ana, subject) };
        outbox::enqueue(&mut tx, &follow, office.now).await.unwrap().unwrap();
        first.push(id);
    }
    let claimed = claim(&mut tx, office.now, 10).await.unwrap();
    assert_eq!(claimed.iter().map(|it| it.id).collect::<Vec<_>>(), first);
    outbox::settle(&mut tx, first[0], 1, &Settled::Sent { message: message("1.1") }, office.now).await.unwrap();
    outbox::settle(&mut tx, first[1], 1, &Settled::Dead { reason: "gone".into() }, office.now).await.unwrap();
    assert_eq!(outbox::expire_orphans(&mut tx, office.now).await.unwrap(), 1);
    let claimed = claim(&mut tx, office.now, 10).await.unwrap();
    assert_eq!(claimed.iter().map(|it| it.thread_of).collect::<Vec<_>>(), [Some(first[0])]);
}

async fn what_is_given_up_can_be_tried_again_and_what_waits_discarded(office: Office) {
    let ana = office.hire("Ana One", "Data", None).await;
    let mut tx = write(&office).await;
    let id = outbox::enqueue(&mut tx, &draft(&office, ana, "P-1"), office.now).await.unwrap().unwrap();
    assert!(!outbox::retry(&mut tx, id, office.now).await.unwrap(), "it waits already");
    claim(&mut tx, office.now, 10).await.unwrap();
    assert!(!outbox::discard(&mut tx, id, office.now).await.unwrap(), "it may be on its way");
    outbox::settle(&mut tx, id, 1, &Settled::Dead { reason: "is_archived".into() }, office.now).await.unwrap();
    let dead = outbox::list(&mut tx, Some("dead"), 10).await.unwrap();
    assert_eq!(dead.iter().map(|it| (it.id, it.reason.as_str())).collect::<Vec<_>>(), [(id, "is_archived")]);
    let undelivered = reports::undelivered(&mut tx, office.now).await.unwrap();
    assert_eq!(undelivered, [("dead".into(), "opportunity_match".into(), "is_archived".into(), 1)]);
    assert!(outbox::retry(&mut tx, id, later(&office, 1)).await.unwrap());
    assert_eq!(outbox::list(&mut tx, None, 10).await.unwrap()[0].state, "pending");
    assert!(outbox::discard(&mut tx, id, office.now).await.unwrap());
    assert!(!outbox::discard(&mut tx, id, office.now).await.unwrap());
    let other = outbox::enqueue(&mut tx, &draft(&office, ana, "P-2"), office.now).await.unwrap().unwrap();
    let cancelled = outbox::cancel_pending(&mut tx, "opportunity_match", "P-2", "closed", office.now).await.unwrap();
    assert_eq!(cancelled, 1);
    let all = outbox::list(&mut tx, Some("cancelled"), 10).await.unwrap();
    assert_eq!(all.iter().map(|it| it.id).collect::<BTreeSet<_>>(), [id, other].into());
    assert!(!outbox::retry(&mut tx, DeliveryId(0), office.now).await.unwrap());
}

async fn the_ledger_tells_a_person_what_they_got(office: Office) {
    let (ana, bo) = (office.hire("Ana One", "Data", None).await, office.hire("Bo Two", "Data", None).await);
    let mut tx = write(&office).await;
    let first = outbox::enqueue(&mut tx, &draft(&office, ana, "P-1"), office.now).await.unwrap().unwrap();
    let notice = Draft {
        is_nudge: false,
        due_at: later(&office, 5),
        kind: "notice.applied".into(),
        ..draft(&office, ana, "P-2")
    };
    let second = outbox::enqueue(&mut tx, &notice, office.now).await.unwrap().unwrap();
    outbox::enqueue(&mut tx, &draft(&office, bo, "P-3"), office.now).await.unwrap().unwrap();
    let ids = |entries: &[outbox::Entry]| entries.iter().map(|it| it.id).collect::<Vec<_>>();
    assert_eq!(ids(&outbox::ledger(&mut tx, ana, office.now).await.unwrap()), [second, first]);
    assert!(outbox::ledger(&mut tx, ana, later(&office, 1)).await.unwrap().is_empty());
    let nudges = outbox::nudges_since(&mut tx, office.now).await.unwrap();
    assert_eq!(nudges.iter().map(|it| it.person).collect::<Vec<_>>(), [Some(ana), Some(bo)]);
    assert_eq!(ids(&outbox::nudges_to(&mut tx, &[ana], office.now).await.unwrap()), [first]);
    assert!(outbox::nudges_to(&mut tx, &[ana, bo], later(&office, 1)).await.unwrap().is_empty());
    outbox::respond(&mut tx, first, "dismissed", office.now).await.unwrap();
    outbox::respond(&mut tx, first, "snoozed", office.now).await.unwrap();
    let response = |entries: Vec<outbox::Entry>| entries.into_iter().find(|it| it.id == first).unwrap().response;
    assert_eq!(response(outbox::ledger(&mut tx, ana, office.now).await.unwrap()).as_deref(), Some("dismissed"));
    outbox::respond(&mut tx, first, "acted", office.now).await.unwrap();
    assert_eq!(response(outbox::ledger(&mut tx, ana, office.now).await.unwrap()).as_deref(), Some("acted"));
}

async fn a_lane_is_held_by_one_process_until_it_is_gone(office: Office) {
    let mut tx = write(&office).await;
    assert!(outbox::hold_lane(&mut tx, &home()).await.unwrap());
    assert!(outbox::hold_lane(&mut tx, &home()).await.unwrap(), "it is ours");
    tx.commit().await.unwrap();
    if office.db.is_postgres() {
        let other = trailmark::store::Db::open(&office.database.url).await.unwrap();
        let mut tx = other.write().await.unwrap();
        assert!(!outbox::hold_lane(&mut tx, &home()).await.unwrap());
        tx.commit().await.unwrap();
        office.db.close().await;
        let closed_at = std::time::Instant::now();
        loop {
            let mut tx = other.write().await.unwrap();
            if outbox::hold_lane(&mut tx, &home()).await.unwrap() {
                break;
            }
            assert!(closed_at.elapsed() < std::time::Duration::from_secs(4), "whoever had it is gone");
        }
    }
}

async fn the_newest_contents_win(office: Office) {
    let mut tx = write(&office).await;
    let of_message = |words: &str| Refresh::Message { message: message("1.1"), card: Card::saying(words) };
    let home = Refresh::Home { platform: Platform::Slack, user: "UANA".into() };
    outbox::refresh(&mut tx, &of_message("old"), office.now).await.unwrap();
    let slack = Platform::Slack;
    assert_eq!(outbox::news(&mut tx, office.now).await.unwrap(), [slack]);
    let old = outbox::take_refreshes(&mut tx, slack, later(&office, 1), 10, office.now).await.unwrap();
    outbox::refresh(&mut tx, &of_message("new"), office.now).await.unwrap();
    outbox::refresh(&mut tx, &home, later(&office, 5)).await.unwrap();
    assert!(outbox::news(&mut tx, office.now).await.unwrap().is_empty(), "somebody is about to show the old one");
    assert!(outbox::take_refreshes(&mut tx, slack, later(&office, 1), 10, office.now).await.unwrap().is_empty());
    outbox::refreshed(&mut tx, &old[0], slack).await.unwrap();
    let due = outbox::take_refreshes(&mut tx, slack, later(&office, 1), 10, office.now).await.unwrap();
    assert_eq!(
        due.iter().map(|it| &it.refresh).collect::<Vec<_>>(),
        [&of_message("new")],
        "the old one took nothing away"
    );
    outbox::refresh_later(&mut tx, &due[0], slack, later(&office, 1), true).await.unwrap();
    outbox::refresh(&mut tx, &of_message("newest"), office.now).await.unwrap();
    assert!(outbox::news(&mut tx, office.now).await.unwrap().is_empty(), "the new one may still arrive");
    outbox::refresh_later(&mut tx, &due[0], slack, later(&office, 1), false).await.unwrap();
    assert_eq!(outbox::news(&mut tx, office.now).await.unwrap(), [slack], "it certainly did not");
    let due = outbox::take_refreshes(&mut tx, slack, later(&office, 6), 10, later(&office, 5)).await.unwrap();
    assert_eq!(due.iter().map(|it| &it.refresh).collect::<Vec<_>>(), [&of_message("newest"), &home]);
    outbox::refresh_later(&mut tx, &due[0], slack, later(&office, 7), false).await.unwrap();
    outbox::refreshed(&mut tx, &due[1], slack).await.unwrap();
    assert!(outbox::news(&mut tx, later(&office, 6)).await.unwrap().is_empty());
    // Whoever held it and died gives it back in time.
    let taken = outbox::take_refreshes(&mut tx, slack, later(&office, 8), 10, later(&office, 7)).await.unwrap();
    let again = outbox::take_refreshes(&mut tx, slack, later(&office, 9), 10, later(&office, 8)).await.unwrap();
    assert_eq!((taken.len(), &again), (1, &taken));
    assert!(again[0].attempt > 0);
    outbox::refreshed(&mut tx, &again[0], slack).await.unwrap();
    assert!(outbox::news(&mut tx, later(&office, 99)).await.unwrap().is_empty());
}

async fn totals_are_counted_by_what_is_alike(office: Office) {
    let ana = office.hire("Ana One", "Data", None).await;
    let mut tx = write(&office).await;
    for subject in ["P-1", "P-2"] {
        outbox::enqueue(&mut tx, &draft(&office, ana, subject), office.now).await.unwrap().unwrap();
    }
    let to_channel = Draft { person: None, is_nudge: false, ..draft(&office, ana, "P-3") };
    outbox::enqueue(&mut tx, &to_channel, office.now).await.unwrap().unwrap();
    let sent = reports::deliveries(&mut tx, office.now, later(&office, 1)).await.unwrap();
    let mut totals: Vec<_> = sent.iter().map(|it| (it.department.as_deref(), it.is_nudge, it.times)).collect();
    totals.sort_unstable();
    assert_eq!(totals, [(None, false, 1), (Some("Data"), true, 2)]);
    assert!(reports::deliveries(&mut tx, later(&office, 1), later(&office, 2)).await.unwrap().is_empty());
}

async fn the_company_in_memory_follows(office: Office) {
    let follower = Live::load(office.db.clone()).await.unwrap();
    let ana = office.hire("Ana One", "Data", None).await;
    let post = office.project(ana, "Exporter", |_| {}).await;
    assert!(follower.read().person(ana).is_none());
    follower.refresh().await.unwrap();
    assert_eq!(follower.read().person_at(&account("UANA")).unwrap().id, ana);
    assert_eq!(follower.read().opportunity(post), Some(&office.post(post)));
    assert_eq!(office.programme, Programme::default());
}

async fn a_transaction_that_ends_unkept_leaves_nothing(office: Office) {
    let mut tx = write(&office).await;
    inbound::first_time(&mut tx, "Ev1", office.now).await.unwrap();
    drop(tx);
    let mut tx = write(&office).await;
    assert!(inbound::first_time(&mut tx, "Ev1", office.now).await.unwrap());
    tx.commit().await.unwrap();
    let mut tx = office.db.read().await.unwrap();
    assert!(inbound::was_seen(&mut tx, "Ev1").await.unwrap());
    drop(tx);
    office.db.close().await;
    assert!(office.db.read().await.is_err());
}

async fn what_a_person_would_like_and_offers_comes_back_and_survives_a_merge(office: Office) {
    let ana = office.hire("Ana One", "Data", None).await;
    let again = office.hire("Again Ana", "Data", None).await;
    let mut tx = write(&office).await;
    let mut person = people::find(&mut tx, again).await.unwrap().unwrap();
    person.wished_role = "Product Manager".into();
    person.preferences.openness = Openness::Open;
    person.mentoring = Some(Box::new(Mentoring {
        skills: vec!["Rust".into(), "日本語".into()],
        capacity: 2,
        ways: vec![Way::Question, Way::Shadowing],
        note: "Thursdays".into(),
    }));
    people::update(&mut tx, &person).await.unwrap();
    let back = people::find(&mut tx, again).await.unwrap().unwrap();
    assert_eq!(back, person);
    people::merge(&mut tx, again, ana, office.now).await.unwrap();
    let kept = people::find(&mut tx, ana).await.unwrap().unwrap();
    assert_eq!((kept.wished_role, kept.mentoring), (person.wished_role, person.mentoring));
    assert_eq!(people::find(&mut tx, again).await.unwrap().unwrap().mentoring, None, "one offer, not two");
}

async fn help_is_asked_for_once_and_answered_once(office: Office) {
    let mia = office.hire("Mia One", "Data", None).await;
    let ana = office.hire("Ana One", "Data", None).await;
    let mut tx = write(&office).await;
    let ask = async |tx: &mut Tx, topic| mentoring::ask(tx, mia, ana, topic, "Please", office.now).await.unwrap();
    assert_eq!((ask(&mut tx, "Rust").await, ask(&mut tx, "Go").await), (Some(1), None));
    let decide = async |tx: &mut Tx, from, to| mentoring::decide(tx, mia, ana, from, to, office.now).await.unwrap();
    assert!(decide(&mut tx, RequestState::Waiting, RequestState::Accepted).await);
    assert!(!decide(&mut tx, RequestState::Waiting, RequestState::Declined).await);
    assert_eq!(mentoring::busy(&mut tx).await.unwrap(), [(mia, 1)].into());
    assert!(decide(&mut tx, RequestState::Accepted, RequestState::Ended).await);
    assert_eq!(mentoring::busy(&mut tx).await.unwrap(), [].into());
    assert_eq!(ask(&mut tx, "Go").await, Some(4), "what is over can be asked for again");
    for who in [mia, ana] {
        let all = mentoring::of_person(&mut tx, who).await.unwrap();
        assert_eq!((all.len(), all[0].topic.as_str(), all[0].state), (1, "Go", RequestState::Waiting));
    }
    assert_eq!(mentoring::find(&mut tx, ana, mia).await.unwrap(), None);
}

async fn a_companys_own_skill_comes_back_and_the_newest_decision_holds(office: Office) {
    let mut tx = write(&office).await;
    let before = schema::revision(&mut tx).await.unwrap();
    let mut skill = OwnSkill {
        name: "Hydra gateway".into(),
        aliases: vec!["HGW; “old”".into()],
        related: vec!["Kubernetes".into()],
        is_skill: true,
    };
    skills::decide(&mut tx, &skill, None, office.now).await.unwrap();
    assert_eq!(skills::changed_after(&mut tx, before).await.unwrap(), [skill.clone()]);
    let revision = schema::next_revision(&mut tx).await.unwrap();
    skills::decide_at(&mut tx, &skill, None, office.now, revision).await.unwrap();
    assert_eq!(skills::changed_after(&mut tx, revision).await.unwrap(), []);
    skill.is_skill = false;
    skills::decide(&mut tx, &skill, Some(PersonId(7)), office.now).await.unwrap();
    assert_eq!(skills::changed_after(&mut tx, before).await.unwrap(), [skill]);
    tx.commit().await.unwrap();
    office.live.refresh().await.unwrap();
    assert!(office.live.read().own_skills.is_refused("hydra gateways"));
}

async fn what_is_shown_counts_once_a_day_until_it_is_answered(office: Office) {
    let ana = office.hire("Ana One", "Data", None).await;
    let (one, two) = (office.project(ana, "One", |_| {}).await, office.project(ana, "Two", |_| {}).await);
    let day = |text: &str| text.parse::<chrono::NaiveDate>().unwrap();
    let showings = Showings::default();
    for on in ["2026-05-04", "2026-05-04", "2026-05-05", "2026-05-06"] {
        showings.note(ana, Surface::Home, [one, two], day(on));
        showings.note(ana, Surface::Matches, [one], day(on));
        showings.note(ana, Surface::Search, [two], day(on));
        showings.write(&office.db).await.unwrap();
    }
    let mut tx = office.db.read().await.unwrap();
    let seen = feedback::of(&mut tx, ana).await.unwrap();
    assert_eq!(seen.unanswered, [(one, 3), (two, 3)].into());
    assert_eq!(seen.ignored().collect::<Vec<_>>(), [one, two]);
    assert_eq!(feedback::of_some(&mut tx, &[PersonId(ana.0 + 1), ana]).await.unwrap()[&ana], seen);
    assert!(feedback::of_some(&mut tx, &[PersonId(ana.0 + 1)]).await.unwrap().is_empty());
    assert_eq!(feedback::of_all(&mut tx).await.unwrap(), [(ana, seen)].into());
    drop(tx);
    let mut tx = write(&office).await;
    let again = showings::Shown { person: ana, post: one, surface: Surface::Home, day: day("2026-05-05") };
    showings::record(&mut tx, &[again]).await.unwrap();
    assert_eq!(feedback::of(&mut tx, ana).await.unwrap().unanswered[&one], 3, "a day that is past counts no more");
    let quarter = Quarter::of(day("2026-05-04"));
    assert_eq!(showings::suggested(&mut tx, quarter).await.unwrap(), [(ana, 2)]);
    assert_eq!(showings::suggested(&mut tx, quarter.next()).await.unwrap(), []);
    assert_eq!(showings::audiences(&mut tx).await.unwrap(), [(one, 1), (two, 1)].into());
    drop(tx);

    showings.opened(ana, two, day("2026-05-06"));
    assert_eq!((showings.write(&office.db).await.unwrap(), showings.write(&office.db).await.unwrap()), (1, 0));
    let mut tx = write(&office).await;
    let left = feedback::of(&mut tx, ana).await.unwrap();
    assert_eq!(left.ignored().collect::<Vec<_>>(), [one], "what was looked at was not ignored");
    feedback::reset(&mut tx, ana, Some(one)).await.unwrap();
    assert!(feedback::of(&mut tx, ana).await.unwrap().is_empty());
    showings::forget_old(&mut tx, day("2026-09-01")).await.unwrap();
    assert_eq!(
        showings::suggested(&mut tx, quarter).await.unwrap(),
        [(ana, 2)],
        "looks are forgotten, the ledger stays"
    );
    showings::forget_old(&mut tx, day("2027-07-01")).await.unwrap();
    assert_eq!(showings::suggested(&mut tx, quarter).await.unwrap(), []);
}

async fn what_a_person_thinks_of_posts_is_theirs_to_take_back(office: Office) {
    let ana = office.hire("Ana One", "Data", None).await;
    let (one, two) = (office.project(ana, "One", |_| {}).await, office.project(ana, "Two", |_| {}).await);
    let mut tx = write(&office).await;
    opportunities::hide(&mut tx, ana, one, "time", office.now).await.unwrap();
    for minutes in [1, 2] {
        feedback::like(&mut tx, ana, two, later(&office, minutes)).await.unwrap();
    }
    let all = feedback::of(&mut tx, ana).await.unwrap();
    assert_eq!(all.hidden, [Hidden { post: one, because: Some(Objection::Time), at: office.now }]);
    assert_eq!(all.liked, [(two, later(&office, 2))]);
    opportunities::save(&mut tx, ana, two, office.now).await.unwrap();
    feedback::unlike(&mut tx, ana, two).await.unwrap();
    assert_eq!(feedback::of(&mut tx, ana).await.unwrap().liked.len(), 1, "it is still saved");
    feedback::reset(&mut tx, ana, Some(two)).await.unwrap();
    let left = feedback::of(&mut tx, ana).await.unwrap();
    assert_eq!((left.hidden.len(), left.liked.len()), (1, 0));
    feedback::reset(&mut tx, ana, None).await.unwrap();
    assert!(feedback::of(&mut tx, ana).await.unwrap().is_empty());
    assert_eq!(opportunities::saved_by(&mut tx, ana).await.unwrap(), [two], "the list itself stays");
    feedback::like(&mut tx, ana, one, office.now).await.unwrap();
    feedback::unlike(&mut tx, ana, one).await.unwrap();
    feedback::answer(&mut tx, ana, one).await.unwrap();
    assert!(feedback::of(&mut tx, ana).await.unwrap().is_empty());
}

/// Somebody who applied for a post with a note of their own.
async fn applied(tx: &mut Tx, post: OpportunityId, person: PersonId, note: &str, now: Instant) {
    let application = Application {
        post,
        person,
        note: note.into(),
        availability: "Fridays".into(),
        state: ApplicationState::Waiting,
        reason: String::new(),
        reply_by: None,
        applied_at: now,
        decided_at: None,
        version: 1,
    };
    applications::apply(tx, &application).await.unwrap();
}

async fn words_are_sealed_and_open_only_where_they_were_written(office: Office) {
    let ana = office.hire("Ana One", "Data", None).await;
    let bo = office.hire("Bo One", "Data", None).await;
    let again = office.hire("Again Ana", "Data", None).await;
    let post = office.project(bo, "One", |_| {}).await;
    let mut tx = write(&office).await;
    applied(&mut tx, post, again, "My manager must not know", office.now).await;
    applied(&mut tx, post, bo, "", office.now).await;
    drafts::keep(&mut tx, again, "post", &crate::support::values(&[("title", "Secret plan")]), office.now)
        .await
        .unwrap();
    mentoring::ask(&mut tx, again, bo, "Rust", "Please", office.now).await.unwrap();
    mentoring::ask(&mut tx, bo, again, "Go", "", office.now).await.unwrap();
    let stored = peek(&mut tx, "SELECT note FROM application ORDER BY note").await;
    assert!(stored[0].is_empty() && stored[1].starts_with("v1|"), "{stored:?}");
    assert!(peek(&mut tx, "SELECT CAST(contents AS TEXT) FROM draft").await[0].starts_with("\"v1|"));

    people::merge(&mut tx, again, ana, office.now).await.unwrap();
    let kept = applications::find(&mut tx, post, ana).await.unwrap().unwrap();
    assert_eq!((kept.note.as_str(), kept.availability.as_str()), ("My manager must not know", "Fridays"));
    assert_eq!(drafts::find(&mut tx, ana, "post").await.unwrap().unwrap().one("title"), "Secret plan");
    let asked: Vec<String> = mentoring::of_person(&mut tx, ana).await.unwrap().into_iter().map(|it| it.topic).collect();
    assert_eq!((asked.len(), asked.contains(&"Rust".into()), asked.contains(&"Go".into())), (2, true, true));

    tamper(&mut tx, &format!("UPDATE application SET note = (SELECT a.note FROM application a WHERE a.person_id = {}) WHERE person_id = {}", ana.0, bo.0)).await;
    assert!(applications::find(&mut tx, post, ana).await.is_ok());
    let refused = applications::find(&mut tx, post, bo).await.unwrap_err().to_string();
    assert!(refused.contains("application.note") && !refused.contains("manager"), "{refused}");
    tamper(&mut tx, &format!("UPDATE application SET note = availability WHERE person_id = {}", ana.0)).await;
    assert!(applications::find(&mut tx, post, ana).await.is_err());
}

async fn a_card_that_somebody_changed_is_given_up_and_holds_nobody_back(office: Office) {
    let ana = office.hire("Ana One", "Data", None).await;
    let mut tx = write(&office).await;
    let draft =
        |subject: &str| Draft::notice(&account("UANA"), ana, "answer", subject, "1", Card::saying(subject), office.now);
    let (first, second) = (draft("one"), draft("two"));
    let ids = outbox::enqueue_all(&mut tx, &[&first, &second], office.now).await.unwrap();
    let (one, two) = (ids[0].unwrap(), ids[1].unwrap());
    tamper(
        &mut tx,
        &format!(
            "UPDATE delivery SET card = (SELECT d.card FROM delivery d WHERE d.id = {}) WHERE id = {}",
            two.0, one.0
        ),
    )
    .await;
    let claimed = claim(&mut tx, later(&office, 1), 10).await.unwrap();
    assert_eq!(claimed.iter().map(|it| (it.id, it.card.summary.as_str())).collect::<Vec<_>>(), [(two, "two")]);
    let dead = outbox::list(&mut tx, Some("dead"), 10).await.unwrap();
    assert_eq!((dead.len(), dead[0].id), (1, one));
    assert!(dead[0].reason.contains("changed"), "{}", dead[0].reason);
}

async fn everything_comes_under_the_newest_key_while_people_write(office: Office) {
    let ana = office.hire_with("Ana One", "Data", None, |it| it.wished_role = "Product manager".into()).await;
    let post = office.project(ana, "One", |_| {}).await;
    let mut tx = write(&office).await;
    applied(&mut tx, post, ana, "Hello", office.now).await;
    let cards: Vec<Draft> = (0..700)
        .map(|n| {
            Draft::notice(
                &account("UANA"),
                ana,
                "answer",
                n.to_string(),
                "1",
                Card::saying(format!("card {n}")),
                office.now,
            )
        })
        .collect();
    outbox::enqueue_all(&mut tx, &cards.iter().collect::<Vec<_>>(), office.now).await.unwrap();
    let secret = instance::delivery_secret(&mut tx).await.unwrap();
    // As if it had been written before there was a key.
    tamper(&mut tx, "UPDATE application SET availability = 'any day'").await;
    tx.commit().await.unwrap();

    let db = keys::unlock(office.db.clone(), &[key(2), key(1)], office.now).await.unwrap();
    let newest = db.keyring().newest().unwrap().to_owned();
    let mut tx = db.read().await.unwrap();
    assert!(keys::left(&mut tx).await.unwrap() > 700);
    drop(tx);
    // Beside it a server writes, at first still under the older key.
    let server = async {
        for n in 0..40 {
            let mut tx = if n < 5 { office.db.write().await.unwrap() } else { db.write().await.unwrap() };
            let role = format!("Role {n}");
            let mut person = people::find(&mut tx, ana).await.unwrap().unwrap();
            person.wished_role = role;
            people::update(&mut tx, &person).await.unwrap();
            tx.commit().await.unwrap();
        }
    };
    let rotation = async {
        let mut done = 0;
        for column in &SEALED {
            done += keys::rotate(&db, column).await.unwrap();
        }
        done
    };
    let (done, ()) = tokio::join!(rotation, server);
    assert!(done >= 703, "{done}");
    keys::rotate(&db, &trailmark::store::seal::WISHED_ROLE).await.unwrap();
    let mut tx = db.write().await.unwrap();
    let counted = keys::census(&mut tx).await.unwrap();
    assert!(counted.keys().all(|(_, id)| *id == newest), "{counted:?}");
    assert_eq!(counted[&("delivery", newest.clone())], 700);
    assert_eq!(keys::left(&mut tx).await.unwrap(), 0);
    assert_eq!(keys::check(&db).await.unwrap().len(), 2);
    keys::retire(&mut tx).await.unwrap();
    tx.commit().await.unwrap();

    let only_new = keys::unlock(office.db.clone(), &[key(2)], office.now).await.unwrap();
    let mut tx = only_new.write().await.unwrap();
    assert_eq!(people::find(&mut tx, ana).await.unwrap().unwrap().wished_role, "Role 39");
    let kept = applications::find(&mut tx, post, ana).await.unwrap().unwrap();
    assert_eq!((kept.note.as_str(), kept.availability.as_str()), ("Hello", "any day"));
    assert_eq!(instance::delivery_secret(&mut tx).await.unwrap(), secret, "messages keep their ids");
    let claimed = claim(&mut tx, later(&office, 1), 1000).await.unwrap();
    assert_eq!(claimed.len(), 700);
    drop(tx);
    assert_eq!(audit::verify(&only_new, None).await.unwrap().broken, None);
    for wrong in [&[key(1)][..], &[key(3)], &[]] {
        let refused = keys::unlock(office.db.clone(), wrong, office.now).await.unwrap_err();
        assert!(refused.is::<Locked>() && refused.to_string().contains("keys rotate"), "{refused:#}");
    }
}

async fn the_audit_log_is_one_line_however_many_write_to_it(office: Office) {
    let writers: Vec<_> = (0..6)
        .map(|writer| {
            let (db, now) = (office.db.clone(), office.now);
            tokio::spawn(async move {
                for n in 0..5 {
                    let mut tx = db.write().await.unwrap();
                    let note =
                        |part| Note::by(Actor::Operator, Act::DeliveryRetried).on(format!("{writer} {n} {part}"));
                    audit::note(&mut tx, now, note("a")).await.unwrap();
                    audit::note_all(&mut tx, now, &[note("b"), note("c")]).await.unwrap();
                    // What ends unkept leaves no gap.
                    if n == 2 {
                        drop(tx);
                    } else {
                        tx.commit().await.unwrap();
                    }
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    let found = audit::verify(&office.db, None).await.unwrap();
    // The first row says that there is a key.
    assert_eq!((found.length, found.broken.clone(), found.signed_from), (1 + 6 * 4 * 3, None, Some(1)));
    let noted = (found.length, found.hash.as_str());
    assert_eq!(audit::verify(&office.db, Some(noted)).await.unwrap(), found);
    let later = audit::verify(&office.db, Some((found.length + 1, &found.hash))).await.unwrap();
    assert_eq!(later.broken, Some(Broken::Missing(found.length + 1)), "a shorter log than the noted one");
    let other = audit::verify(&office.db, Some((3, &found.hash))).await.unwrap();
    assert_eq!(other.broken, Some(Broken::NotAsNoted(3)));
}

async fn what_was_done_to_the_audit_log_is_named(office: Office) {
    let mut tx = write(&office).await;
    let notes: Vec<Note> =
        (0..1500).map(|n| Note::by(PersonId(7), Act::RoleGranted).about(PersonId(n)).on("hr")).collect();
    audit::note_all(&mut tx, office.now, &notes).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(audit::verify(&office.db, None).await.unwrap().broken, None);
    for (statements, broken) in [
        (&["UPDATE audit SET actor = 'person 8' WHERE id = 1200"][..], Broken::Changed(1200)),
        (
            &["UPDATE audit SET at = at WHERE id = 5", "UPDATE audit SET data = '{\"more\":1}' WHERE id = 5"],
            Broken::Changed(5),
        ),
        (&["DELETE FROM audit WHERE id = 700"], Broken::Missing(700)),
        (
            &[
                "UPDATE audit SET id = 0 WHERE id = 30",
                "UPDATE audit SET id = 30 WHERE id = 31",
                "UPDATE audit SET id = 31 WHERE id = 0",
            ],
            Broken::Changed(30),
        ),
        (&["DELETE FROM audit WHERE id > 1400"], Broken::Missing(1401)),
        (
            &[
                "DELETE FROM audit WHERE id > 1400",
                "UPDATE audit_head SET length = 1400, hash = (SELECT hash FROM audit WHERE id = 1400)",
            ],
            Broken::Head(1400),
        ),
        (&["DELETE FROM audit", "UPDATE audit_head SET length = 0, hash = '', seal = ''"], Broken::Head(0)),
    ] {
        let mut tx = write(&office).await;
        for statement in statements {
            tamper(&mut tx, statement).await;
        }
        let found = audit::verify_in(&mut tx, None).await.unwrap();
        assert_eq!(found.broken, Some(broken), "{statements:?}");
        match tx {
            Tx::Sqlite(tx) => tx.rollback().await.unwrap(),
            Tx::Postgres(tx) => tx.rollback().await.unwrap(),
        }
    }
}

async fn who_looked_is_noted_once_a_day(office: Office) {
    let ana = office.hire("Ana One", "Data", None).await;
    let bo = office.hire("Bo One", "Data", None).await;
    let look = |about| Note::by(bo, Act::Looked(Look::Applicants)).about(about).on("P-1");
    for _ in 0..2 {
        audit::looked(&office.db, office.now, vec![look(ana), look(bo)]).await.unwrap();
    }
    let tomorrow = office.now + TimeDelta::days(1);
    let mut tx = write(&office).await;
    audit::note_once(&mut tx, tomorrow, vec![look(ana)]).await.unwrap();
    audit::note_once(&mut tx, tomorrow, vec![]).await.unwrap();
    audit::note(&mut tx, tomorrow, Note::by(Actor::Operator, Act::Looked(Look::Rehearsal))).await.unwrap();
    audit::note(&mut tx, tomorrow, Note::by(bo, Act::RoleGranted).about(ana).on("hr")).await.unwrap();
    let seen = audit::looks_at(&mut tx, ana, office.now, 10).await.unwrap();
    let actions: Vec<&str> = seen.iter().map(|it| it.action.as_str()).collect();
    assert_eq!(actions, ["looked.rehearsal", "looked.applicants", "looked.applicants"]);
    assert_eq!(audit::looks_at(&mut tx, ana, tomorrow, 1).await.unwrap().len(), 1);
    let all = audit::newest(&mut tx, Some(ana), 10).await.unwrap();
    assert_eq!((all.len(), all[0].action.as_str(), all[0].object.as_str()), (3, "role.granted", "hr"));
    assert_eq!(audit::newest(&mut tx, None, 2).await.unwrap().len(), 2);
}

async fn a_generation_is_renewed_and_another_database_is_noticed(office: Office) {
    let begin = async || generation::begin(&office.db, office.now).await.unwrap();
    assert_eq!((begin().await, begin().await), (Found::Same, Found::Same));
    generation::advance(&office.db).await.unwrap();
    assert_eq!(begin().await, Found::Same);
    let mut tx = write(&office).await;
    generation::disown(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!((begin().await, begin().await), (Found::Other, Found::Same), "it is noticed once");
}

async fn a_backup_holds_what_the_database_held(office: Office) {
    whole::check(&office.db).await.unwrap();
    office.hire("Ana Lopez", "Data", None).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("backup.db");
    let mut tx = office.db.read().await.unwrap();
    let held = backup::holding(&mut tx).await.unwrap();
    drop(tx);
    assert_eq!((held.people, held.posts, held.newest), (1, 0, Some(office.now)));
    assert!(held.rows > 7 && held.tables > 20 && held.secret.is_some(), "{held:?}");
    let written = backup::write(&office.db, &file).await;
    if office.db.is_postgres() {
        assert!(written.is_err() && !file.exists());
        return;
    }
    assert_eq!(written.unwrap(), held);
    let prepared = backup::prepare(&file, &folder.path().join("trailmark.db")).await.unwrap();
    assert_eq!(prepared.holding, held);
    drop(prepared);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left");
}

async fn a_database_is_moved_to_another_once(office: Office) {
    office.hire("Ana Lopez", "Data", None).await;
    let folder = tempfile::tempdir().unwrap();
    let to = trailmark::store::Db::open(&format!("sqlite://{}", folder.path().join("new.db").display())).await.unwrap();
    to.migrate().await.unwrap();
    let mut told = Vec::new();
    let moved = copy::all(&office.db, &to, office.now, |done, all| told.push((done, all))).await.unwrap();
    assert!(told.last().is_some_and(|(done, all)| done == all && *done > 7), "{told:?}");
    let people = moved.tables.iter().find(|(name, _)| name == "person").unwrap().1;
    assert_eq!((people.rows, moved.was_there), (1, false));
    assert!(copy::all(&office.db, &to, office.now, |_, _| {}).await.unwrap().was_there);
    let mut tx = to.read().await.unwrap();
    assert!(!copy::is_half_made(&mut tx).await.unwrap());
    assert_eq!((copy::moved_at(&mut tx).await.unwrap(), outbox::doubt(&mut tx).await.unwrap()), (None, None));
    drop(tx);
    let mut tx = write(&office).await;
    assert_eq!(copy::others(&mut tx).await.unwrap() > 0, office.db.is_postgres());
    assert_eq!(copy::moved_at(&mut tx).await.unwrap(), Some(office.now));
    copy::come_back(&mut tx, office.now).await.unwrap();
    assert_eq!(copy::moved_at(&mut tx).await.unwrap(), None);
    assert!(outbox::doubt(&mut tx).await.unwrap().is_some());
}

async fn a_person_is_found_shown_erased_and_kept_away(office: Office) {
    let (ana, bo) = (office.hire("Ana One", "Data", None).await, office.hire("Bo Two", "Data", None).await);
    let mut tx = write(&office).await;
    for text in [" ANA@example.com", "UANA", &ana.0.to_string()] {
        assert_eq!(privacy::named(&mut tx, text).await.unwrap(), Named::Here(ana), "{text}");
    }
    assert_eq!(privacy::named(&mut tx, "nobody@example.com").await.unwrap(), Named::Nobody);
    people::set_direct(&mut tx, &account("UANA"), "DANA").await.unwrap();
    drafts::keep(&mut tx, ana, "post", &crate::support::values(&[("title", "Mine")]), office.now).await.unwrap();
    let said = Card::saying("Ana One asks");
    let told = Draft::notice(&account("UBO"), bo, "applicant", "P-1", "x", said, office.now);
    let id = outbox::enqueue(&mut tx, &told, office.now).await.unwrap().unwrap();
    let who = privacy::who(&mut tx, ana).await.unwrap().unwrap();
    assert_eq!(who.accounts[0].direct.as_deref(), Some("DANA"));
    let held = privacy::holds(&mut tx, &who).await.unwrap();
    let held: Vec<(&str, i64)> = held.iter().map(|it| (it.section, it.rows)).collect();
    assert_eq!(held, [("unfinished_forms", 1), ("accounts", 1), ("profile", 1)]);
    let dossier = privacy::export(&mut tx, &who).await.unwrap();
    assert_eq!(dossier.sections[0].rows[0]["contents"], json!({"title": ["Mine"]}));
    let found = privacy::mentions(&mut tx, &who, Mentions::default()).await.unwrap();
    assert_eq!((found.waiting.as_slice(), found.told.as_slice()), (&[id][..], &[][..]));
    assert_eq!(
        privacy::mentions(&mut tx, &who, found.clone()).await.unwrap(),
        found,
        "what was looked at is not again"
    );
    privacy::forget_mentions(&mut tx, &who, &found, office.now).await.unwrap();
    assert_eq!(outbox::list(&mut tx, Some("cancelled"), 10).await.unwrap().len(), 1);

    privacy::remember(&mut tx, &who, office.now).await.unwrap();
    assert_eq!(privacy::returned(&mut tx).await.unwrap(), [ana], "not erased yet, only remembered");
    privacy::wipe(&mut tx, &who, office.now).await.unwrap();
    assert_eq!(privacy::who(&mut tx, ana).await.unwrap(), None);
    for text in ["ana@example.com", "UANA", &ana.0.to_string()] {
        assert_eq!(privacy::named(&mut tx, text).await.unwrap(), Named::Erased(office.now), "{text}");
    }
    assert!(privacy::was_erased(&mut tx, &account("UANA")).await.unwrap());
    assert!(privacy::email_was_erased(&mut tx, "Ana@Example.com ").await.unwrap());
    let tombstones = privacy::tombstones(&mut tx).await.unwrap();
    assert!(tombstones.has_email("ana@example.com") && tombstones.has_account(&account("UANA")));
    assert!(!tombstones.has_email("bo@example.com") && !tombstones.has_account(&account("UBO")));
    assert_eq!(privacy::returned(&mut tx).await.unwrap(), []);

    // A server that did not know yet writes a last thing.
    drafts::keep(&mut tx, ana, "post", &crate::support::values(&[]), office.now).await.unwrap();
    assert_eq!(privacy::sweep(&mut tx, later(&office, 1)).await.unwrap(), 0, "erased before that");
    assert_eq!(privacy::sweep(&mut tx, office.now).await.unwrap(), 1);
    assert_eq!(privacy::sweep(&mut tx, office.now).await.unwrap(), 0);
    tx.commit().await.unwrap();
    privacy::scrub(&office.db).await.unwrap();

    // What is remembered goes along to another copy; being allowed again is, with everything that was remembered together.
    let other = Database::sqlite(at(MONDAY)).await;
    let mut there = other.db.write().await.unwrap();
    let mut tx = write(&office).await;
    assert_eq!(privacy::carry_over(&mut tx, &mut there).await.unwrap(), 2);
    assert_eq!(privacy::carry_over(&mut tx, &mut there).await.unwrap(), 2, "twice is once");
    assert_eq!(peek(&mut there, "SELECT hash FROM erased").await.len(), 2);
    assert!(privacy::allow_again(&mut tx, "UANA").await.unwrap());
    assert!(!privacy::allow_again(&mut tx, "ana@example.com").await.unwrap());
    assert!(!privacy::email_was_erased(&mut tx, "ana@example.com").await.unwrap());
}

async fn what_is_old_enough_goes_once_a_day(office: Office) {
    let (ana, bo) = (office.hire("Ana One", "Data", None).await, office.hire("Bo Two", "Data", None).await);
    let post = office.project(bo, "Exporter", |_| {}).await;
    let mut tx = write(&office).await;
    let first = Draft::notice(&account("UANA"), ana, "answer", "", "1", Card::saying("old"), office.now);
    let id = outbox::enqueue(&mut tx, &first, office.now).await.unwrap();
    let second = Draft { occurrence: "2".into(), thread_of: id, ..first };
    outbox::enqueue(&mut tx, &second, office.now).await.unwrap();
    tamper(&mut tx, "UPDATE delivery SET state = 'sent', settled_at = created_at").await;
    let waiting = Draft { occurrence: "3".into(), thread_of: None, ..second };
    outbox::enqueue(&mut tx, &waiting, office.now).await.unwrap();
    let application = |person| Application {
        post,
        person,
        note: "my words".into(),
        availability: String::new(),
        state: ApplicationState::Waiting,
        reason: String::new(),
        reply_by: None,
        applied_at: office.now,
        decided_at: None,
        version: 1,
    };
    for person in [ana, bo] {
        applications::apply(&mut tx, &application(person)).await.unwrap();
    }
    applications::decide(&mut tx, post, ana, ApplicationState::Declined, "no", office.now).await.unwrap();
    mentoring::ask(&mut tx, bo, ana, "SQL", "please", office.now).await.unwrap();
    mentoring::decide(&mut tx, bo, ana, RequestState::Waiting, RequestState::Declined, office.now).await.unwrap();
    teams::ask(&mut tx, bo, ana, office.now).await.unwrap();
    teams::answer(&mut tx, bo, ana, teams::Answer::No, office.now).await.unwrap();
    drafts::keep(&mut tx, ana, "post", &crate::support::values(&[]), office.now).await.unwrap();
    inbound::record(&mut tx, office.now, "post.hidden", Some(ana), "P-1", json!({})).await.unwrap();
    instance::add_admin_code(&mut tx, "hash", office.now).await.unwrap();
    channels::record_exposure(&mut tx, &seen::audience(ana), "2026-W19", &[post], office.now).await.unwrap();
    channels::record_exposure(&mut tx, "channel C1", "2026-W19", &[post], office.now).await.unwrap();
    tx.commit().await.unwrap();

    let keeping = Keeping::default();
    let tidied = async |days| privacy::tidy(&office.db, &keeping, office.now + TimeDelta::days(days)).await.unwrap();
    assert_eq!(tidied(1).await, Some(Tidied::default()));
    assert_eq!(tidied(1).await, None, "once a day");
    assert_eq!(tidied(31).await, Some(Tidied(vec![("used codes", 1)])));
    assert_eq!(tidied(91).await, Some(Tidied(vec![("unfinished forms", 1)])));
    assert_eq!(tidied(181).await, Some(Tidied(vec![("texts of messages", 2)])));
    assert_eq!(tidied(182).await, Some(Tidied::default()), "what went is not counted again");
    let gone = vec![("notes of applications", 1), ("requests for help that are over", 1)];
    assert_eq!(tidied(366).await, Some(Tidied(gone)));
    let gone = vec![
        ("messages", 2),
        ("questions about teams that were answered", 1),
        ("events that lost their name", 1),
        ("notes of what was brought up to whom", 1),
    ];
    assert_eq!(tidied(396).await, Some(Tidied(gone)));
    let mut tx = write(&office).await;
    let (at, said) = privacy::last_tidied(&mut tx).await.unwrap().unwrap();
    assert_eq!((at, said.contains("2 messages")), (office.now + TimeDelta::days(396), true));
    // What still waits, what is the company's and what somebody waits with is untouched.
    let left = outbox::ledger(&mut tx, ana, Instant::UNIX_EPOCH).await.unwrap();
    assert_eq!(left.iter().map(|it| it.state.as_str()).collect::<Vec<_>>(), ["pending"]);
    let notes = applications::of_post(&mut tx, post).await.unwrap();
    assert_eq!(notes.iter().map(|it| it.note.as_str()).collect::<Vec<_>>(), ["", "my words"]);
    assert_eq!(peek(&mut tx, "SELECT audience FROM exposure").await, ["channel C1"]);
}
