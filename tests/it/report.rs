//! The measures of a quarter, counted from a real database.

use super::support::{Office, at, claim};
use trailmark::{
    commands::report::{Report, report},
    domain::{
        conversation::Claim,
        id::{OpportunityId, PersonId},
        measure::Figure,
        opportunity::ApplicationState,
    },
    store::{
        applications::{self, Application},
        conversations, outbox,
        showings::Surface,
    },
};

async fn count(office: &Office) -> Report {
    let mut tx = office.db.read().await.unwrap();
    report(&mut tx, &office.live, &office.programme, "2026-Q2".parse().unwrap(), office.now).await.unwrap()
}

fn total(report: &Report, id: &str) -> Option<Figure> {
    report.measure(id).unwrap().shown.total
}

fn group(report: &Report, id: &str, name: &str) -> Option<Figure> {
    report.measure(id).unwrap().shown.groups.iter().find(|group| group.name == name).unwrap().figure
}

async fn talk(office: &Office, manager: PersonId, report: PersonId, says: &[PersonId]) {
    let mut tx = office.db.write().await.unwrap();
    let it = conversations::ensure(&mut tx, manager, report, "2026-Q2", office.now).await.unwrap();
    for who in says {
        conversations::claim(&mut tx, it.id, *who, Claim::Held, office.now).await.unwrap();
    }
    tx.commit().await.unwrap();
}

async fn apply(office: &Office, post: OpportunityId, person: PersonId, answered: Option<&str>) {
    let mut tx = office.db.write().await.unwrap();
    let it = Application {
        post,
        person,
        note: String::new(),
        availability: String::new(),
        state: ApplicationState::Waiting,
        reason: String::new(),
        reply_by: "2026-05-18".parse().ok(),
        applied_at: office.now,
        decided_at: None,
        version: 1,
    };
    applications::apply(&mut tx, &it).await.unwrap();
    if let Some(when) = answered {
        applications::decide(&mut tx, post, person, ApplicationState::Declined, "availability", at(when))
            .await
            .unwrap();
    }
    tx.commit().await.unwrap();
}

/// A manager with `count` reports in a department.
async fn department(office: &Office, name: &str, count: usize) -> (PersonId, Vec<PersonId>) {
    let boss = office.hire_with("Boss", "Board", None, |it| it.email = None).await;
    let mut reports = Vec::new();
    for _ in 0..count {
        reports.push(office.hire_with("Worker", name, Some(boss), |it| it.email = None).await);
    }
    (boss, reports)
}

#[tokio::test]
async fn only_what_both_confirmed_counts_as_held() {
    let office = Office::open().await;
    let (boss, data) = department(&office, "Data", 6).await;
    talk(&office, boss, data[0], &[boss, data[0]]).await;
    talk(&office, boss, data[1], &[boss]).await;
    talk(&office, boss, data[2], &[data[2]]).await;
    talk(&office, boss, data[3], &[]).await;
    let counted = count(&office).await;
    assert_eq!(total(&counted, "conversation_coverage"), Some(Figure::of(1, 6)));
    assert_eq!(total(&counted, "conversation_one_sided"), Some(Figure::of(2, 6)));
    assert_eq!(total(&counted, "conversation_open"), Some(Figure::of(3, 6)));
    assert_eq!(total(&counted, "conversation_planned"), Some(Figure::of(0, 6)));
}

#[tokio::test]
async fn newcomers_leavers_and_people_without_a_manager_are_not_eligible() {
    let mut office = Office::open().await;
    let (boss, _) = department(&office, "Data", 5).await;
    office.hire_with("New", "Data", Some(boss), |it| it.employed_since = "2026-04-20".parse().ok()).await;
    office.hire_with("Gone", "Data", Some(boss), |it| it.is_active = false).await;
    office.hire("Free", "Data", None).await;
    assert_eq!(total(&count(&office).await, "conversation_coverage"), Some(Figure::of(0, 5)));
    office.now = at("2026-05-20T08:00:00Z");
    assert_eq!(total(&count(&office).await, "conversation_coverage"), Some(Figure::of(0, 6)));
}

#[tokio::test]
async fn a_small_group_is_hidden_and_so_is_the_one_that_would_give_it_away() {
    let office = Office::open().await;
    for (name, people) in [("Data", 8), ("Legal", 3), ("Sales", 6)] {
        department(&office, name, people).await;
    }
    let counted = count(&office).await;
    assert_eq!(total(&counted, "conversation_coverage"), Some(Figure::of(0, 17)));
    assert_eq!(group(&counted, "conversation_coverage", "Data"), Some(Figure::of(0, 8)));
    assert_eq!(group(&counted, "conversation_coverage", "Legal"), None);
    assert_eq!(group(&counted, "conversation_coverage", "Sales"), None);
    let json = counted.to_json();
    let coverage = json["measures"].as_array().unwrap().iter().find(|it| it["id"] == "conversation_coverage").unwrap();
    insta::assert_snapshot!(coverage["groups"], @r#"[{"denominator":8,"group":"Data","numerator":0,"suppressed":false},{"denominator":null,"group":"Legal","numerator":null,"suppressed":true},{"denominator":null,"group":"Sales","numerator":null,"suppressed":true}]"#);
    assert_eq!(coverage["numerator"], 0);
    assert_eq!(coverage["suppressed"], false);
}

#[tokio::test]
async fn an_answer_is_in_time_on_the_promised_day_and_not_after_it() {
    let mut office = Office::open().await;
    let (boss, data) = department(&office, "Data", 7).await;
    let post = office.project(data[0], "Exporter", |_| {}).await;
    apply(&office, post, data[1], Some("2026-05-18T20:00:00Z")).await;
    apply(&office, post, data[2], Some("2026-05-19T06:00:00Z")).await;
    for late in &data[3..6] {
        apply(&office, post, *late, None).await;
    }
    assert_eq!(total(&count(&office).await, "answered_in_time"), None, "two are too few to tell");
    office.now = at("2026-05-19T08:00:00Z");
    let counted = count(&office).await;
    assert_eq!(total(&counted, "answered_in_time"), Some(Figure::of(1, 5)));
    assert_eq!(total(&counted, "applications"), Some(Figure::of(5, 8)), "{boss:?} works here too");
    assert_eq!(total(&counted, "posts_published"), Some(Figure::of(1, 8)));
}

#[tokio::test]
async fn a_department_cannot_smuggle_a_formula_into_a_spreadsheet() {
    let office = Office::open().await;
    department(&office, "=HYPERLINK(\"http://evil\",\"x\")", 6).await;
    department(&office, "@SUM(A1)", 6).await;
    let csv = count(&office).await.to_csv();
    let mut rows = csv::Reader::from_reader(csv.as_bytes());
    let mut groups = 0;
    for row in rows.records() {
        for cell in row.unwrap().iter() {
            assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{cell}");
            groups += usize::from(cell.starts_with('\''));
        }
    }
    assert!(groups > 2);
}

#[tokio::test]
async fn deliveries_and_what_nudges_cost_are_counted_with_their_reasons() {
    let office = Office::open().await;
    let (_, data) = department(&office, "Data", 6).await;
    let mut tx = office.db.write().await.unwrap();
    for (person, response) in data.iter().zip(["acted", "dismissed", "fewer", "snoozed"]) {
        let to = trailmark::message::Address::new(trailmark::message::Platform::ALL[0], format!("U{}", person.0));
        let card = trailmark::message::Card::saying("A match.");
        let mut draft = outbox::Draft::notice(&to, *person, "x", "P-1", "2026-W19", card, office.now);
        draft.kind = "opportunity_match".into();
        draft.is_nudge = true;
        let id = outbox::enqueue(&mut tx, &draft, office.now).await.unwrap().unwrap();
        let claimed = claim(&mut tx, office.now, 10).await.unwrap().remove(0);
        let settled = if response == "snoozed" {
            outbox::Settled::Dead { reason: "user_not_found".into() }
        } else {
            let message = trailmark::message::MessageRef {
                platform: to.platform,
                conversation: "D1".into(),
                id: person.0.to_string(),
            };
            outbox::Settled::Sent { message }
        };
        outbox::settle(&mut tx, id, claimed.attempt, &settled, office.now).await.unwrap();
        outbox::respond(&mut tx, id, response, office.now).await.unwrap();
    }
    tx.commit().await.unwrap();
    let counted = count(&office).await;
    assert_eq!(total(&counted, "deliveries"), Some(Figure::of(3, 4)));
    assert_eq!(total(&counted, "deliveries_dead"), Some(Figure::of(1, 4)));
    assert_eq!(counted.measure("deliveries_dead").unwrap().reasons, [("user_not_found".to_owned(), 1)]);
    assert_eq!(total(&counted, "nudge_cost"), Some(Figure::of(2, 3)));
    assert_eq!(total(&counted, "nudge_response"), Some(Figure::of(1, 3)));
}

#[tokio::test]
async fn the_report_fits_on_a_page_and_says_what_each_figure_means() {
    let office = Office::open().await;
    let (boss, data) = department(&office, "Data", 6).await;
    talk(&office, boss, data[0], &[boss, data[0]]).await;
    insta::assert_snapshot!(count(&office).await.to_text(), @r"
    Trailmark report 2026-Q2, as it stands on Mon 4 May, 08:00 (UTC)
    Groups of fewer than 5 people are not shown, nor what would give them away. Eligible for conversations: has a manager, employed at least 30 days, active.

    Conversations held: 1 of 6 (17 %)
      people whose conversation of the quarter both sides confirmed
      Data 1 of 6 (17 %)

    Confirmed by one side only: 0 of 6 (0 %)
      people whose conversation only one of the two confirmed; never counted as held

    Planned: 0 of 6 (0 %)
      people with a day and time, and no confirmation yet

    Open: 5 of 6 (83 %)
      people with neither a time nor a confirmation
      Data 5 of 6 (83 %)

    Not this quarter, on purpose: 0 of 6 (0 %)
      people whose conversation was left out on purpose

    Posts published: 0 (among 7 people)
      posts made in the quarter, beside the active people of their owners' department

    Applications: 0 (among 7 people)
      applications made in the quarter, beside the active people of the applicants' department

    Answered in time: nothing to count yet
      applications of the quarter answered by the promised day, of those that were answered or whose day has passed; by the department of the owner

    Reached: 0 of 7 (0 %)
      people to whom at least one post was suggested in the quarter (matches, home, messages), of all active people

    Posts suggested: 0 (among 7 people)
      posts suggested in the quarter, each once a person, beside the active people

    Reached, by site: 0 of 7 (0 %)
      the same people by where they work

    Posts suggested, by site: 0 (among 7 people)
      the same posts by where the people work

    Open to a move: 0 of 7 (0 %)
      people whose profile says so openly, of all active people; whoever looks quietly is never told apart

    Messages delivered: nothing to count yet
      messages that arrived, of all that fell due

    Given up: nothing to count yet
      messages that could not be delivered; somebody must look

    Not known: nothing to count yet
      messages that may or may not have arrived; never sent twice blindly

    Too late: nothing to count yet
      messages that were no longer useful when they could be sent

    Cancelled: nothing to count yet
      messages that were no longer wanted

    On their way: nothing to count yet
      messages that are due and not settled yet

    Nudges acted on: nothing to count yet
      nudges whose button was used, of those delivered

    What nudges cost: nothing to count yet
      nudges dismissed, snoozed or opted out of, of those delivered

    … dismissed: nothing to count yet
      nudges answered with “not now”, of those delivered

    … snoozed: nothing to count yet
      nudges answered with a pause, of those delivered

    … opted out: nothing to count yet
      nudges answered with “fewer like this”, of those delivered
    ");
}

#[tokio::test]
async fn who_is_reached_is_counted_by_department_and_by_site_and_few_are_never_told_apart() {
    let office = Office::open().await;
    let mut people = Vec::new();
    for (department, site, count) in [("Data", "Berlin", 20), ("Data", "Prague", 3), ("Legal", "Prague", 6)] {
        for at in 0..count {
            let name = format!("P{}{at} {site}", &department[..1]);
            let hired = office.hire_with(&name, department, None, |person| {
                person.location = site.into();
                person.email = Some(format!("{department}{site}{at}@example.com").to_lowercase());
            });
            people.push(hired.await);
        }
    }
    let posts = [office.project(people[0], "One", |_| {}).await, office.project(people[0], "Two", |_| {}).await];
    let today = office.now.date_naive();
    for person in &people[..10] {
        office.showings.note(*person, Surface::Home, posts, today);
        office.showings.note(*person, Surface::Matches, [posts[0]], today);
    }
    office.showings.note(people[12], Surface::Search, posts, today);
    office.showings.write(&office.db).await.unwrap();
    let report = count(&office).await;
    assert_eq!(total(&report, "reach"), Some(Figure::of(10, 29)), "what one searched for oneself is no reach");
    assert_eq!(group(&report, "reach", "Legal"), Some(Figure::of(0, 6)));
    assert_eq!(total(&report, "exposure"), Some(Figure::of(20, 29)), "a post in two places is one post");
    for site in ["Berlin", "Prague"] {
        assert_eq!(
            group(&report, "reach_by_site", site),
            None,
            "Data less Berlin, or Prague less Legal, is three people"
        );
        assert_eq!(group(&report, "exposure_by_site", site), None);
    }
    assert_eq!(total(&report, "reach_by_site"), Some(Figure::of(10, 29)));
    assert_eq!(total(&report, "open_to_move"), Some(Figure::of(0, 29)));
}
