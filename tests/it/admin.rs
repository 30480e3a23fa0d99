//! The people who run the programme: who they are, and what they may see and do.

use super::support::{Office, at, button, card, claim, form, refusal, values};
use trailmark::{
    commands::admin::{hash_code, new_code},
    domain::person::Role,
    message::Address,
    store::{instance, outbox},
};

async fn bootstrap(office: &Office) -> String {
    let code = new_code();
    let mut tx = office.db.write().await.unwrap();
    instance::add_admin_code(&mut tx, &hash_code(&code), office.now + chrono::Duration::hours(1)).await.unwrap();
    tx.commit().await.unwrap();
    code
}

#[tokio::test]
async fn a_code_from_the_server_makes_one_administrator_once() {
    let mut office = Office::open().await;
    let [dana, bo] = [office.hire("Dana Kim", "IT", None).await, office.hire("Bo Berg", "IT", None).await];
    let code = bootstrap(&office).await;
    insta::assert_snapshot!(card(office.says(dana, &format!("admin {}", code.to_lowercase())).await).to_plain(), @"
    You are an administrator now. Next: name who runs the programme with `/mobility admin grant hr @name`, look at the rehearsal, and turn it on.
    [Rehearse] [Roles]
    ");
    insta::assert_snapshot!(refusal(office.says(bo, &format!("admin {code}")).await), @"That code is unknown, used, or too old. Make a new one on the server: `trailmark admin bootstrap`.");
    let late = bootstrap(&office).await;
    office.now = at("2026-05-04T10:00:00Z");
    assert!(refusal(office.says(bo, &format!("admin {late}")).await).contains("too old"));
    insta::assert_snapshot!(card(office.says(dana, "admin roles").await).to_plain(), @"
    Roles
    Administrators: Dana Kim
    settings, roles and deliveries; no career data
    HR: nobody yet
    totals of groups large enough, stale posts, rehearsal
    `/mobility admin grant hr @name` and `/mobility admin revoke hr @name` change this; administrators only.
    ");
}

#[tokio::test]
async fn roles_are_given_by_administrators_and_the_last_one_stays() {
    let office = Office::open().await;
    let [dana, bo] = [office.hire("Dana Kim", "IT", None).await, office.hire("Bo Berg", "HR", None).await];
    office.grant(dana, Role::Administrator).await;
    insta::assert_snapshot!(card(office.says(dana, "admin grant hr <@UBO>").await).to_plain(), @"
    Bo Berg has the role HR, and knows.
    [Roles]
    ");
    insta::assert_snapshot!(office.told(bo).await.join("\n\n"), @"Dana Kim gave you the role HR in Mobility. `/mobility admin` shows what that lets you see and do.");
    assert!(refusal(office.says(dana, "admin grant hr bo").await).contains("already"));
    insta::assert_snapshot!(refusal(office.says(bo, "admin grant administrator bo").await), @"That is for administrators. The first one is made on the server with `trailmark admin bootstrap`.");
    insta::assert_snapshot!(refusal(office.says(dana, "admin revoke administrator dana").await), @"That is the only administrator. Name another one first: `/mobility admin grant administrator @name`.");
    insta::assert_snapshot!(refusal(office.says(dana, "admin grant boss bo").await), @"“boss” is no role; there are: administrator, hr. Try `/mobility admin grant hr @name`.");
    card(office.says(dana, "admin revoke hr bo").await);
    assert!(refusal(office.says(bo, "admin report").await).contains("people who run the programme"));
}

#[tokio::test]
async fn nobody_else_sees_anything_of_it() {
    let office = Office::open().await;
    let ana = office.hire("Ana Lopez", "Data", None).await;
    let said = refusal(office.says(ana, "admin").await);
    insta::assert_snapshot!(said, @"That is for the people who run the programme. Ask an administrator to add you: `/mobility admin grant hr @you`.");
    for what in [
        "report",
        "rehearse",
        "start",
        "start now",
        "stop",
        "stale",
        "undelivered",
        "roles",
        "import people",
        "whatever",
    ] {
        assert_eq!(refusal(office.says(ana, &format!("admin {what}")).await), said, "{what}");
    }
    assert!(refusal(office.says(ana, "admin grant hr ana").await).contains("administrators"));
}

#[tokio::test]
async fn the_programme_is_turned_on_only_after_the_rehearsal_was_shown() {
    let mut office = Office::open().await;
    let dana = office.hire("Dana Kim", "HR", None).await;
    office.hire("Bo Berg", "HR", Some(dana)).await;
    office.grant(dana, Role::Hr).await;
    office.hire_with("Ana Lopez", "HR", None, |it| it.have = vec!["Rust".into(), "SQL".into()]).await;
    office.project(dana, "Rust exporter", |_| {}).await;
    assert!(card(office.says(dana, "admin start now").await).to_plain().contains("until you turn it on"));
    let shown = card(office.says(dana, "admin start").await);
    insta::assert_snapshot!(shown.to_plain(), @"
    Rehearsal of the next 90 days
    6 messages in 90 days, to 3 people and 0 channels; at most 1 to one person in a week.
    This supposes that nobody answers; every answer makes it fewer. Nothing was sent.
    Career conversations: 5 · Matching projects: 1
    Thu 7 May
    10:15 Dana Kim · Career conversations
    Fri 8 May
    14:45 Ana Lopez · Matching projects
    Tue 19 May
    10:15 Dana Kim · Career conversations
    Mon 22 Jun
    10:15 Dana Kim · Career conversations
    Mon 6 Jul
    09:30 Dana Kim · Career conversations
    Fri 10 Jul
    09:30 Bo Berg · Career conversations
    Nothing of this is sent until you turn it on. From then on it leaves by itself, on working days and outside everybody's quiet hours.
    [Turn it on] [Not now]
    ");
    assert!(office.notices(dana).await.is_empty(), "nothing is sent by looking");
    let mut tx = office.db.read().await.unwrap();
    assert_eq!(instance::activated_at(&mut tx).await.unwrap(), None);
    drop(tx);
    insta::assert_snapshot!(card(office.presses(dana, &button(&shown, "Turn it on")).await).to_plain(), @"
    The programme is on. The first messages leave when the people they are for can be reached: on a working day, outside their quiet hours.
    [What comes next] [Turn it off]
    ");
    let mut tx = office.db.read().await.unwrap();
    assert_eq!(instance::activated_at(&mut tx).await.unwrap(), Some(office.now));
    drop(tx);
    office.programme.is_active = true;
    assert!(refusal(office.says(dana, "admin start").await).contains("on already"));
    insta::assert_snapshot!(card(office.says(dana, "admin stop").await).to_plain(), @"
    The programme is off: nothing is sent unasked any more. Answers between people still arrive.
    [Turn it on]
    ");
    assert!(refusal(office.says(dana, "admin stop").await).contains("switched on in the configuration"));
    office.programme.is_active = false;
    insta::assert_snapshot!(refusal(office.says(dana, "admin stop").await), @"The programme is off already: nothing is sent unasked.");
}

#[tokio::test]
async fn stale_posts_are_those_nobody_looks_after() {
    let mut office = Office::open().await;
    let [hr, priya, ana] = [
        office.hire("Hana Ito", "HR", None).await,
        office.hire("Priya Nair", "Data", None).await,
        office.hire("Ana Lopez", "Data", None).await,
    ];
    office.grant(hr, Role::Hr).await;
    let late = office.project(priya, "Waited too long", |_| {}).await;
    office.project(priya, "Fresh", |it| it.created_at = at("2026-05-20T08:00:00Z")).await;
    office.project(priya, "Old", |it| (it.created_at, it.reply_by) = (at("2026-03-01T08:00:00Z"), None)).await;
    office.project(priya, "Nobody's", |it| it.owner = None).await;
    let asked = form(office.says(ana, &format!("interested {late}")).await);
    card(office.submits(ana, &asked, &values(&[])).await);
    office.now = at("2026-05-21T08:00:00Z");
    insta::assert_snapshot!(card(office.says(hr, "admin stale").await).to_plain(), @"
    Posts that need somebody · 3 posts
    Nobody's · P-4 · Metrics · 4 h/week · 12 weeks · remote · replies by Mon 18 May
    has no owner; 0 waiting
    [Show] [Close]
    Old · P-3 · Metrics · 4 h/week · 12 weeks · remote
    open for 81 days
    [Show] [Close]
    Waited too long · P-1 · Metrics · 4 h/week · 12 weeks · remote · replies by Mon 18 May
    1 waiting; an answer was promised 3 days ago
    [Show] [Close]
    ");
}

#[tokio::test]
async fn what_did_not_arrive_is_counted_with_its_reason_and_without_its_words() {
    let office = Office::open().await;
    let [hr, ana] = [office.hire("Hana Ito", "HR", None).await, office.hire("Ana Lopez", "Data", None).await];
    office.grant(hr, Role::Hr).await;
    insta::assert_snapshot!(card(office.says(hr, "admin undelivered").await).to_plain(), @"
    Not delivered in the last 30 days · 0 messages
    Everything that was due has arrived.
    Counts and reasons only. On the server `trailmark outbox list` names the deliveries; `retry` and `discard` settle them.
    ");
    let mut tx = office.db.write().await.unwrap();
    let to = Address::new(trailmark::message::Platform::ALL[0], "UANA");
    let draft =
        outbox::Draft::notice(&to, ana, "x", "P-1", "1", trailmark::message::Card::saying("secret words"), office.now);
    let id = outbox::enqueue(&mut tx, &draft, office.now).await.unwrap().unwrap();
    let claimed = claim(&mut tx, office.now, 10).await.unwrap().remove(0);
    let dead = outbox::Settled::Dead { reason: "user_not_found".into() };
    outbox::settle(&mut tx, id, claimed.attempt, &dead, office.now).await.unwrap();
    tx.commit().await.unwrap();
    let shown = card(office.says(hr, "admin undelivered").await).to_plain();
    insta::assert_snapshot!(shown, @"
    Not delivered in the last 30 days · 1 message
    1 · notice.x · given up: user_not_found
    Counts and reasons only. On the server `trailmark outbox list` names the deliveries; `retry` and `discard` settle them.
    ");
    assert!(!shown.contains("secret") && !shown.contains("Ana"));
}

#[tokio::test]
async fn the_report_and_the_state_of_things_fit_into_a_card() {
    let office = Office::open().await;
    let hr = office.hire("Hana Ito", "HR", None).await;
    office.grant(hr, Role::Hr).await;
    for name in ["Ana", "Bo", "Chi", "Dev", "Eli"] {
        office.hire(name, "Data", Some(hr)).await;
    }
    let report = card(office.says(hr, "admin report").await).to_plain();
    insta::assert_snapshot!(report.lines().take(4).collect::<Vec<_>>().join("\n"), @"
    Report 2026-Q2, as it stands on Mon 4 May, 08:00 (UTC)
    Conversations held: 0 of 5 (0 %)
    people whose conversation of the quarter both sides confirmed
    Confirmed by one side only: 0 of 5 (0 %)
    ");
    assert!(report.contains("[2026-Q1]"));
    insta::assert_snapshot!(refusal(office.says(hr, "admin report soon").await), @"Which quarter? Write it as `/mobility admin report 2026-Q2`, or leave it out for this one.");
    insta::assert_snapshot!(card(office.says(hr, "admin").await).to_plain(), @r"
    Mobility, as it stands
    Programme: Off: nothing is sent unasked. Look at the rehearsal, then turn it on.
    People: 6 active, 1 without a manager, 1 with reports
    Posts: 0 open
    Channels with a digest: 0
    Messages: 0 sent, 0 waiting, 0 on their way, 0 given up
    [Turn it on] [Open report] [Stale posts] [New words] [Undelivered] [Roles]
    As of Mon 4 May. `trailmark doctor` on the server checks keys, database and clock.
    ");
}
