//! Offering work and answering the people who apply.

use super::support::{Office, at, button, button_for, card, errors, form, refusal, values};
use trailmark::{
    domain::{
        id::{OpportunityId, PersonId},
        opportunity::ApplicationState,
    },
    message::{Block, Field, FieldKind, Form, Reply, Text, Values, Verb},
    store::{applications, inbound},
};

const FIRST: &[(&str, &str)] = &[
    ("kind", "project"),
    ("title", "Rust exporter"),
    ("summary", "Metrics for everybody."),
    ("needs", "Rust;SQL"),
    ("teaches", "Grafana"),
];
const SECOND: &[(&str, &str)] = &[
    ("hours", "4"),
    ("weeks", "12"),
    ("seats", "1"),
    ("team", "Metrics"),
    ("remote", "remote"),
    ("reply_by", "2026-05-18"),
];

fn with(base: &[(&str, &str)], changed: &[(&str, &str)]) -> Values {
    let mut all = values(base);
    all.0.extend(values(changed).0);
    all
}

fn field<'f>(form: &'f Form, name: &str) -> &'f Field {
    form.fields.iter().find(|field| field.name == name).unwrap()
}

fn outro(form: &Form) -> String {
    let words = |block: &Block| match block {
        Block::Note(text) | Block::Text(text) => Text::to_plain(text),
        _ => String::new(),
    };
    form.outro.iter().map(words).collect()
}

async fn applies(office: &Office, who: PersonId, post: OpportunityId, note: &str) {
    let asked = form(office.says(who, &format!("interested {post}")).await);
    card(office.submits(who, &asked, &values(&[("note", note), ("availability", "Fridays")])).await);
}

async fn ana_waits_for_priyas_answer() -> (Office, PersonId, PersonId, OpportunityId) {
    let office = Office::open().await;
    let [priya, ana] = [office.hire("Priya Nair", "Metrics", None).await, office.hire("Ana Lopez", "Data", None).await];
    let post = office.project(priya, "Rust exporter", |_| {}).await;
    applies(&office, ana, post, "").await;
    (office, priya, ana, post)
}

async fn state(office: &Office, post: OpportunityId, who: PersonId) -> ApplicationState {
    let mut tx = office.db.read().await.unwrap();
    applications::find(&mut tx, post, who).await.unwrap().unwrap().state
}

async fn events(office: &Office) -> Vec<(String, i64)> {
    let mut tx = office.db.read().await.unwrap();
    let all = inbound::count_by_kind(&mut tx, at("2026-01-01T00:00:00Z"), at("2027-01-01T00:00:00Z")).await.unwrap();
    all.into_iter().filter(|(kind, _)| kind.starts_with("post.")).collect()
}

#[tokio::test]
async fn a_post_is_made_in_two_steps_and_the_first_one_is_not_lost() {
    let office = Office::open().await;
    let priya = office.hire("Priya Nair", "Metrics", None).await;
    let first = form(office.says(priya, "post").await);
    assert_eq!(outro(&first), "Add skills to see how many people it would reach.");
    let second = form(office.submits(priya, &first, &values(FIRST)).await);
    assert!(matches!(&field(&second, "team").kind, FieldKind::Line { initial, .. } if initial == "Metrics"));
    assert!(
        matches!(field(&second, "reply_by").kind, FieldKind::Date { initial } if initial == "2026-05-18".parse().ok()),
        "ten working days"
    );
    insta::assert_snapshot!(card(office.submits(priya, &second, &values(SECOND)).await).to_plain(), @"
    Rust exporter is open as P-1. It can reach fewer than 5 people so far. Fewer needed skills, or more taught ones, reach more.
    Metrics · 4 h/week · 12 weeks · remote · replies by Mon 18 May
    [Show] [Edit] [Applicants]
    To show it to others, type `/mobility show P-1` in their channel and press `Share here`.
    ");
    let post = office.post(OpportunityId(1));
    assert_eq!(
        (post.title.as_str(), post.needs.as_slice(), post.hours_per_week),
        ("Rust exporter", ["Rust".to_owned(), "SQL".to_owned()].as_slice(), Some(4))
    );
    assert_eq!(events(&office).await, [("post.published".to_owned(), 1)]);
}

#[tokio::test]
async fn the_same_form_sent_twice_makes_one_post() {
    let office = Office::open().await;
    let priya = office.hire("Priya Nair", "Metrics", None).await;
    let first = form(office.says(priya, "post new").await);
    let second = form(office.submits(priya, &first, &values(FIRST)).await);
    card(office.submits(priya, &second, &values(SECOND)).await);
    insta::assert_snapshot!(card(office.submits(priya, &second, &values(SECOND)).await).to_plain(), @"
    Rust exporter is open as P-1. P-1 is posted already, once.
    Metrics · 4 h/week · 12 weeks · remote · replies by Mon 18 May
    [Show] [Edit] [Applicants]
    To show it to others, type `/mobility show P-1` in their channel and press `Share here`.
    ");
    insta::assert_snapshot!(card(office.submits(priya, &first, &values(FIRST)).await).summary, @"P-1 is open");
    assert_eq!(office.live.read().index.all().count(), 1);
}

#[tokio::test]
async fn what_was_filled_in_survives_closing_the_form() {
    let office = Office::open().await;
    let priya = office.hire("Priya Nair", "Metrics", None).await;
    let first = form(office.says(priya, "post").await);
    form(office.changes(priya, &first, &with(FIRST, &[("title", "")])).await);
    let again = form(office.says(priya, "post").await);
    assert!(matches!(&field(&again, "needs").kind, FieldKind::Skills { initial } if initial == &["Rust", "SQL"]));
    assert_eq!(again.action, first.action, "it is still the same post");
}

#[tokio::test]
async fn while_skills_are_chosen_the_form_says_whom_it_would_reach_and_never_counts_a_few() {
    let office = Office::open().await;
    let priya = office.hire("Priya Nair", "Metrics", None).await;
    let first = form(office.says(priya, "post").await);
    for name in ["Ana", "Bo", "Chi"] {
        office.hire_with(name, "Data", None, |it| it.have = vec!["rust".into()]).await;
    }
    let few = form(office.changes(priya, &first, &values(FIRST)).await);
    insta::assert_snapshot!(outro(&few), @"This would reach fewer than 5 people so far. Fewer needed skills, or more taught ones, reach more.");
    assert!(matches!(&field(&few, "title").kind, FieldKind::Line { initial, .. } if initial == "Rust exporter"));
    for name in ["Dev", "Eli", "Fay"] {
        office.hire_with(name, "Sales", None, |it| it.want = vec!["Grafana".into()]).await;
    }
    office.hire_with("Gone", "Legal", None, |it| (it.is_active, it.have) = (false, vec!["Rust".into()])).await;
    insta::assert_snapshot!(outro(&form(office.changes(priya, &first, &values(FIRST)).await)), @"This would reach about 6 people in 2 departments.");
}

#[tokio::test]
async fn every_wrong_field_gets_its_own_sentence() {
    let office = Office::open().await;
    let priya = office.hire("Priya Nair", "Metrics", None).await;
    let first = form(office.says(priya, "post").await);
    let wrong =
        with(FIRST, &[("title", " "), ("summary", ""), ("kind", "party"), ("needs", "Rust"), ("teaches", "rust")]);
    let said = errors(office.submits(priya, &first, &wrong).await);
    assert_eq!(said.keys().collect::<Vec<_>>(), ["kind", "summary", "teaches", "title"]);
    let none = errors(office.submits(priya, &first, &with(FIRST, &[("needs", ""), ("teaches", "")])).await);
    insta::assert_snapshot!(none["needs"], @"Name at least one skill it needs or teaches: that is how people find it.");

    let second = form(office.submits(priya, &first, &values(FIRST)).await);
    let wrong = with(SECOND, &[("hours", "200"), ("starts", "2020-01-01"), ("reply_by", ""), ("team", "")]);
    let said = errors(office.submits(priya, &second, &wrong).await);
    assert_eq!(said.keys().collect::<Vec<_>>(), ["hours", "reply_by", "starts", "team"]);
    assert_eq!(office.live.read().index.all().count(), 0);
}

#[tokio::test]
async fn a_message_becomes_the_first_step_of_a_post() {
    let office = Office::open().await;
    let priya = office.hire("Priya Nair", "Metrics", None).await;
    let first =
        form(office.turns_into_a_project(priya, "\nWe need somebody for the exporter\nIt is <!channel> fun").await);
    assert!(
        matches!(&field(&first, "title").kind, FieldKind::Line { initial, .. } if initial == "We need somebody for the exporter")
    );
    assert!(matches!(&field(&first, "summary").kind, FieldKind::Paragraph { initial, .. } if initial.contains("fun")));
}

#[tokio::test]
async fn five_posts_a_day_are_enough() {
    let office = Office::open().await;
    let priya = office.hire("Priya Nair", "Metrics", None).await;
    for number in 0..5 {
        office.project(priya, &format!("Post {number}"), |_| {}).await;
    }
    insta::assert_snapshot!(refusal(office.says(priya, "post new").await), @"You have posted 5 today, which is the most a day takes. Tomorrow there is room again; `/mobility post` shows yours to edit.");
}

#[tokio::test]
async fn my_posts_are_listed_with_what_can_be_done_about_them() {
    let office = Office::open().await;
    let [priya, ana] = [office.hire("Priya Nair", "Metrics", None).await, office.hire("Ana Lopez", "Data", None).await];
    let open = office.project(priya, "Rust exporter", |_| {}).await;
    office
        .project(priya, "Old work", |it| it.state = trailmark::domain::opportunity::State::Closed { at: office.now })
        .await;
    office.project(ana, "Hers", |_| {}).await;
    applies(&office, ana, open, "").await;
    insta::assert_snapshot!(card(office.says(priya, "post").await).to_plain(), @"
    Your posts
    [Post a project]
    Rust exporter · P-1 · Metrics · 4 h/week · 12 weeks · remote · replies by Mon 18 May
    1 waiting · 0 of 1 seat taken
    [Applicants] [Edit] [Close]
    Old work · P-2 · Metrics · 4 h/week · 12 weeks · remote · closed on Mon 4 May
    0 waiting · 0 of 1 seat taken
    [Applicants]
    ");
}

#[tokio::test]
async fn somebody_elses_post_is_refused_in_the_words_of_a_missing_one() {
    let office = Office::open().await;
    let [priya, ana] = [office.hire("Priya Nair", "Metrics", None).await, office.hire("Ana Lopez", "Data", None).await];
    let post = office.project(priya, "Rust exporter", |_| {}).await;
    for command in ["edit", "close", "applicants"] {
        let theirs = refusal(office.says(ana, &format!("{command} {post}")).await);
        let missing = refusal(office.says(ana, &format!("{command} P-999")).await);
        assert_eq!(theirs, missing, "{command}");
    }
    let own = card(office.says(priya, "applicants").await);
    assert!(own.to_plain().contains("Nobody has asked yet"));
}

#[tokio::test]
async fn applicants_stand_in_the_order_they_came_with_facts_and_no_score() {
    let mut office = Office::open().await;
    let priya = office.hire("Priya Nair", "Metrics", None).await;
    let zoe = office
        .hire_with("Zoe Abel", "Sales", None, |it| (it.have, it.want) = (vec!["SQL".into()], vec!["Grafana".into()]))
        .await;
    let ana = office
        .hire_with("Ana Lopez", "Data", None, |it| it.have = vec!["Rust".into(), "SQL".into(), "Kafka".into()])
        .await;
    let post = office.project(priya, "Rust exporter", |_| {}).await;
    applies(&office, zoe, post, "I sell metrics, let me make them.").await;
    office.now = at("2026-05-06T08:00:00Z");
    applies(&office, ana, post, "").await;
    office.now = at("2026-05-07T08:00:00Z");
    insta::assert_snapshot!(card(office.says(priya, "applicants P-1").await).to_plain(), @"
    Rust exporter
    P-1 · 2 waiting · 0 of 1 seat taken
    Zoe Abel · Sales · waiting for 3 days; you promised an answer by Mon 18 May
    Has: SQL
    Wants to learn: Grafana
    Available: Fridays
    I sell metrics, let me make them.
    [Accept] [Decline]
    Ana Lopez · Data · waiting for 1 day; you promised an answer by Mon 18 May
    Has: Rust, SQL, Kafka
    Available: Fridays
    [Accept] [Decline]
    In the order in which they asked. Each is told your answer at once.
    ");
}

#[tokio::test]
async fn a_yes_tells_both_and_the_last_seat_closes_the_post_and_tells_the_rest() {
    let office = Office::open().await;
    let priya = office.hire("Priya Nair", "Metrics", None).await;
    let [ana, bo] = [office.hire("Ana Lopez", "Data", None).await, office.hire("Bo Berg", "Sales", None).await];
    let post = office.project(priya, "Rust exporter", |it| it.starts_on = "2026-06-01".parse().ok()).await;
    office.project(bo, "His own", |_| {}).await;
    let similar = office.project(priya, "Rust importer", |_| {}).await;
    applies(&office, ana, post, "").await;
    applies(&office, bo, post, "").await;
    let before = office.told(priya).await.len();

    let list = card(office.says(priya, "applicants P-1").await);
    let yes = button_for(&list, Verb::Accept, &format!("{post} {}", ana.0));
    let reply = office.presses(priya, &yes).await;
    assert!(matches!(reply, Ok(Reply::Replace(_))));
    insta::assert_snapshot!(card(reply).to_plain(), @"
    Rust exporter
    Ana Lopez is in, and knows. That was the last seat, so P-1 is closed and everybody else who waited knows too.
    P-1 · 0 waiting · 1 of 1 seat taken
    P-1 closed on Mon 4 May.
    Bo Berg · not this time on Mon 4 May: all places are taken
    Ana Lopez · accepted on Mon 4 May
    ");
    insta::assert_snapshot!(office.told(ana).await.join("\n\n"), @"
    Rust exporter (P-1) is yours: Priya Nair said yes.
    Next step: write to them today and agree on your first day and your hours. It starts on Mon 1 Jun. Your manager does not know yet: please talk with them about the hours.
    [Show] [My applications]
    ");
    insta::assert_snapshot!(office.told(bo).await.join("\n\n"), @"
    Rust exporter (P-1) went to someone else. What decided it: all places are taken.
    Worth a look, with the same skills:
    Rust importer · P-3 · Metrics · 4 h/week · 12 weeks · remote · replies by Mon 18 May
    [Show]
    [Similar projects]
    ");
    insta::assert_snapshot!(office.told(priya).await[before..].join("\n\n"), @"
    You said yes to Ana Lopez for Rust exporter (P-1); they know. Next step: agree on the first day and the hours, best today.
    [Applicants]

    Rust exporter (P-1) is closed: all places are taken. The one person who waited knows.
    [Applicants]
    ");
    assert!(!office.post(post).is_open() && office.post(similar).is_open());
    assert_eq!(state(&office, post, bo).await, ApplicationState::Declined);
    let counted = events(&office).await;
    assert_eq!(
        counted,
        [("post.accepted", 1), ("post.applied", 2), ("post.closed", 1), ("post.declined", 1)]
            .map(|(kind, times)| (kind.to_owned(), times))
    );

    insta::assert_snapshot!(refusal(office.presses(priya, &yes).await), @"Ana Lopez was accepted for P-1 on Mon 4 May. Nothing was changed.");
    assert_eq!(events(&office).await, counted, "the second press documents nothing");
    assert_eq!(office.told(ana).await.len(), 1);
}

#[tokio::test]
async fn a_no_carries_its_reason_and_a_next_step() {
    let (office, priya, ana, post) = ana_waits_for_priyas_answer().await;
    let no = button(&card(office.says(priya, "applicants").await), "Decline");
    let why = form(office.presses(priya, &no).await);
    insta::assert_snapshot!(errors(office.submits(priya, &why, &values(&[])).await)["reason"], @"Choose what decided it; an answer without a reason helps nobody.");
    let answer = values(&[("reason", "skills"), ("words", "Come back after the *Rust* course <@U1>!")]);
    insta::assert_snapshot!(card(office.submits(priya, &why, &answer).await).to_plain(), @"
    Rust exporter
    Ana Lopez knows, with your reason and similar work.
    P-1 · 0 waiting · 0 of 1 seat taken
    Ana Lopez · not this time on Mon 4 May: more practice in the needed skills was wanted
    ");
    insta::assert_snapshot!(office.told(ana).await.join("\n\n"), @"
    Rust exporter (P-1) will not be yours this time. What decided it: more practice in the needed skills was wanted.
    They add: Come back after the *Rust* course <@U1>!
    Nothing else asks for the same skills right now. New work comes every week.
    [Similar projects]
    ");
    assert!(office.post(post).is_open());
    assert!(refusal(office.submits(priya, &why, &answer).await).contains("was told no"));
    assert_eq!(office.told(ana).await.len(), 1);
}

#[tokio::test]
async fn somebody_who_took_it_back_cannot_be_accepted() {
    let (office, priya, ana, post) = ana_waits_for_priyas_answer().await;
    let yes = button(&card(office.says(priya, "applicants").await), "Accept");
    card(office.says(ana, &format!("withdraw {post}")).await);
    insta::assert_snapshot!(refusal(office.presses(priya, &yes).await), @"Ana Lopez took the application back on Mon 4 May, so there is nothing to answer. `/mobility applicants P-1` shows who waits.");
    applies(&office, ana, post, "Changed my mind").await;
    assert!(refusal(office.presses(priya, &yes).await).contains("asked again since"));
    assert_eq!(state(&office, post, ana).await, ApplicationState::Waiting);
    let fresh = button(&card(office.says(priya, "applicants").await), "Accept");
    card(office.presses(priya, &fresh).await);
    assert_eq!(state(&office, post, ana).await, ApplicationState::Accepted);
}

#[tokio::test]
async fn only_the_owner_answers_whoever_applied() {
    let (office, priya, ana, post) = ana_waits_for_priyas_answer().await;
    let yes = button(&card(office.says(priya, "applicants").await), "Accept");
    let refused = refusal(office.presses(ana, &yes).await);
    assert_eq!(refused, refusal(office.says(ana, "applicants P-999").await));
    assert_eq!(state(&office, post, ana).await, ApplicationState::Waiting);
}

#[tokio::test]
async fn closing_asks_why_and_tells_everybody_who_waits_once() {
    let office = Office::open().await;
    let priya = office.hire("Priya Nair", "Metrics", None).await;
    let [ana, bo] = [office.hire("Ana Lopez", "Data", None).await, office.hire("Bo Berg", "Sales", None).await];
    let post = office.project(priya, "Rust exporter", |_| {}).await;
    applies(&office, ana, post, "").await;
    applies(&office, bo, post, "").await;
    let why = form(office.says(priya, &format!("close {post}")).await);
    assert_eq!(outro(&why), "2 people are waiting, and are told the reason at once, with similar work.");
    let answer = values(&[("reason", "cancelled")]);
    insta::assert_snapshot!(card(office.submits(priya, &why, &answer).await).to_plain(), @"
    Rust exporter (P-1) is closed. The 2 people who waited know, with similar work.
    [Your posts]
    ");
    insta::assert_snapshot!(office.told(bo).await.join("\n\n"), @"
    Rust exporter (P-1) is closed, and it had nothing to do with you. The reason: the work was called off.
    Nothing else asks for the same skills right now. New work comes every week.
    [Similar projects]
    ");
    insta::assert_snapshot!(refusal(office.submits(priya, &why, &answer).await), @"P-1 closed on Mon 4 May. Nothing was changed, and nobody was told again.");
    assert_eq!(
        refusal(office.says(priya, &format!("close {post}")).await),
        refusal(office.submits(priya, &why, &answer).await)
    );
    assert_eq!(office.told(ana).await.len(), 1);
}

#[tokio::test]
async fn work_for_which_people_were_found_can_be_said_to_be_done_once() {
    let (mut office, priya, ana, post) = ana_waits_for_priyas_answer().await;
    let why = form(office.says(priya, &format!("close {post}")).await);
    let both = values(&[("reason", "done"), ("who", &ana.0.to_string())]);
    assert!(errors(office.submits(priya, &why, &both).await).contains_key("who"), "nobody starts with what is done");
    let applicants = card(office.says(priya, &format!("applicants {post}")).await);
    office.presses(priya, &button(&applicants, "Accept")).await.unwrap();

    office.now = at("2026-07-27T09:00:00Z");
    let mine = card(office.says(priya, "post").await);
    let finish = form(office.presses(priya, &button(&mine, "It is done")).await);
    assert_eq!(finish.title, "Finish P-1");
    let done = values(&[("reason", "done")]);
    let events_before = events(&office).await;
    insta::assert_snapshot!(refusal(office.submits(priya, &finish, &values(&[("reason", "cancelled")])).await), @"P-1 closed on Mon 4 May. Nothing was changed, and nobody was told again.");
    assert_eq!(events(&office).await, events_before);
    insta::assert_snapshot!(card(office.submits(priya, &finish, &done).await).to_plain(), @"
    Rust exporter (P-1) is finished. Thank you for telling.
    [Your posts]
    ");
    insta::assert_snapshot!(refusal(office.submits(priya, &finish, &done).await), @"P-1 was finished on Mon 27 Jul. Nothing was changed, and nobody was told again.");
    insta::assert_snapshot!(card(office.says(priya, "post").await).to_plain(), @"
    Your posts
    [Post a project]
    Rust exporter · P-1 · Metrics · 4 h/week · 12 weeks · remote · finished on Mon 27 Jul
    0 waiting · 1 of 1 seat taken
    [Applicants]
    ");
    assert_eq!(office.told(ana).await.len(), 1, "nobody is told again");
    let refreshed = office.post(post);
    assert_eq!(refreshed.state, trailmark::domain::opportunity::State::Finished { at: office.now });
}

#[tokio::test]
async fn closing_can_name_who_got_it() {
    let office = Office::open().await;
    let priya = office.hire("Priya Nair", "Metrics", None).await;
    let [ana, bo] = [office.hire("Ana Lopez", "Data", None).await, office.hire("Bo Berg", "Sales", None).await];
    let post = office.project(priya, "Rust exporter", |it| it.seats = 3).await;
    applies(&office, ana, post, "").await;
    applies(&office, bo, post, "").await;
    let why = form(office.says(priya, &format!("close {post}")).await);
    card(office.submits(priya, &why, &values(&[("reason", "filled"), ("who", &bo.0.to_string())])).await);
    assert_eq!(state(&office, post, bo).await, ApplicationState::Accepted);
    assert_eq!(state(&office, post, ana).await, ApplicationState::Declined);
    assert!(office.told(ana).await[0].contains("went to someone else"));
}

#[tokio::test]
async fn a_form_made_from_an_older_post_is_refused() {
    let office = Office::open().await;
    let priya = office.hire("Priya Nair", "Metrics", None).await;
    let post = office.project(priya, "Rust exporter", |_| {}).await;
    let [here, elsewhere] = [form(office.says(priya, "edit P-1").await), form(office.says(priya, "edit P-1").await)];
    let mut all = values(FIRST);
    all.0.extend(values(SECOND).0);
    all.0.extend(values(&[("title", "Rust exporter, now with tests"), ("seats", "2")]).0);
    insta::assert_snapshot!(card(office.submits(priya, &here, &all).await).to_plain(), @"
    Rust exporter, now with tests (P-1). Your changes are saved.
    Metrics · 4 h/week · 12 weeks · remote · replies by Mon 18 May
    [Show] [Your posts]
    ");
    insta::assert_snapshot!(refusal(office.submits(priya, &elsewhere, &all).await), @"Somebody changed P-1 meanwhile, so nothing of yours was saved. `/mobility edit P-1` opens it as it is now.");
    assert_eq!((office.post(post).version, office.post(post).seats), (2, 2));
}

#[tokio::test]
async fn two_yeses_at_the_same_moment_give_the_last_seat_once() {
    let office = Office::open().await;
    let priya = office.hire("Priya Nair", "Metrics", None).await;
    let [ana, bo] = [office.hire("Ana Lopez", "Data", None).await, office.hire("Bo Berg", "Sales", None).await];
    let post = office.project(priya, "Rust exporter", |_| {}).await;
    applies(&office, ana, post, "").await;
    applies(&office, bo, post, "").await;
    let list = card(office.says(priya, "applicants").await);
    let [for_ana, for_bo] = [ana, bo].map(|who| button_for(&list, Verb::Accept, &format!("{post} {}", who.0)));
    let (one, two) = tokio::join!(office.presses(priya, &for_ana), office.presses(priya, &for_bo));
    assert_ne!(one.is_ok(), two.is_ok(), "one of the two is told that it was too late");
    let states = [state(&office, post, ana).await, state(&office, post, bo).await];
    assert_eq!(states.iter().filter(|it| **it == ApplicationState::Accepted).count(), 1);
    assert_eq!([office.told(ana).await.len(), office.told(bo).await.len()], [1, 1]);
}

#[tokio::test]
async fn hr_can_close_a_post_and_its_owner_is_told_but_the_answers_stay_with_the_owner() {
    let office = Office::open().await;
    let [priya, hana, ana] = [
        office.hire("Priya Nair", "Metrics", None).await,
        office.hire("Hana Ito", "HR", None).await,
        office.hire("Ana Lopez", "Data", None).await,
    ];
    office.grant(hana, trailmark::domain::person::Role::Hr).await;
    let post = office.project(priya, "Rust exporter", |_| {}).await;
    applies(&office, ana, post, "").await;
    let yes = button(&card(office.says(priya, "applicants").await), "Accept");
    assert!(refusal(office.presses(hana, &yes).await).contains("no post of yours"));
    assert!(refusal(office.says(hana, &format!("applicants {post}")).await).contains("no post of yours"));
    let why = form(office.says(hana, &format!("close {post}")).await);
    assert!(why.fields.iter().all(|field| field.name != "who"), "who gets it is the owner's to say");
    card(office.submits(hana, &why, &values(&[("reason", "duplicate")])).await);
    insta::assert_snapshot!(office.told(priya).await.last().unwrap(), @"
    Rust exporter (P-1) is closed: it was posted twice. The one person who waited knows.
    [Applicants]
    ");
}
