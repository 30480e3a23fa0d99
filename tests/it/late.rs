//! What people read when an answer comes too late to open a form: the demo, with calls that arrive late.

use std::time::Duration;
use trailmark::{
    app::demo::{self, Demo},
    playground::{Fault, SimMessage, dm_of},
};

const LATE: Fault = Fault::Late(Duration::from_secs(3));

async fn demo() -> Demo {
    let starts_at = "2026-03-03T09:00:00Z".parse().unwrap();
    demo::start(demo::Options { port: 0, data: None, starts_at: Some(starts_at) }).await.unwrap()
}

fn id_of(demo: &Demo, name: &str) -> String {
    demo.playground.people().into_iter().find(|person| person.name == name).expect("somebody of the sample company").id
}

/// The form is there, whoever has to open it.
async fn opens(demo: &Demo, who: &str) -> String {
    let opened = demo.playground.wait_for(|seen| seen.modal(who)).await.expect("a form opens");
    opened["title"]["text"].as_str().unwrap().to_owned()
}

async fn offers(demo: &Demo, see: impl Fn(&trailmark::playground::Workspace) -> Vec<SimMessage>) -> SimMessage {
    let offered = |seen: &_| see(seen).into_iter().find(|message| message.words().contains("did not open"));
    demo.playground.wait_for(offered).await.expect("they are told that nothing opened")
}

#[tokio::test]
async fn a_form_that_comes_too_late_is_offered_again_where_it_was_asked_for() {
    let demo = demo().await;
    let ana = id_of(&demo, "Ana Castillo");
    let dm = dm_of(&ana);
    demo.playground.fail_next("views.open", LATE);
    demo.playground.command(&ana, &dm, "/mobility", "profile edit").await.unwrap();
    let told = offers(&demo, |seen| seen.ephemerals(&ana, &dm)).await;
    assert_eq!(told.buttons(), ["Open the form"]);
    assert_eq!(demo.playground.modal(&ana), None);
    demo.playground.press(&ana, &dm, "Open the form").await.unwrap();
    assert_eq!(opens(&demo, &ana).await, "Your profile");
    demo.stop().await.unwrap();
}

#[tokio::test]
async fn what_a_home_could_not_show_in_time_comes_as_a_message() {
    let demo = demo().await;
    let ana = id_of(&demo, "Ana Castillo");
    let dm = dm_of(&ana);
    demo.playground.open_home(&ana).await.unwrap();
    demo.playground.wait_for(|seen| seen.home(&ana)).await.expect("a home");

    demo.playground.fail_next("views.open", LATE);
    demo.playground.press(&ana, "home", "How matches are made").await.unwrap();
    let told = demo.playground.wait_for(|seen| seen.messages_to(&ana).pop()).await.expect("a message");
    assert!(told.words().contains("Work is ranked for you"), "{}", told.words());

    demo.playground.fail_next("views.open", LATE);
    demo.playground.press_nth(&ana, "home", "Edit", 0).await.unwrap();
    let told = offers(&demo, |seen| seen.messages_to(&ana)).await;
    assert_eq!(told.buttons(), ["Open the form"]);
    demo.playground.press(&ana, &dm, "Open the form").await.unwrap();
    assert_eq!(opens(&demo, &ana).await, "Your profile");
    demo.stop().await.unwrap();
}
