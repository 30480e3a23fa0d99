//! Mentors and experts: who offers, who asks, and who hears of it.

use super::support::{Office, button, card, errors, form, refusal, values};
use trailmark::{
    domain::{
        id::PersonId,
        mentoring::{Mentoring, Way},
    },
    message::Reply,
};

struct Scene {
    office: Office,
    mia: PersonId,
    ana: PersonId,
}

/// Mia helps two people with Rust and Go; Ana wants to learn Rust.
async fn scene() -> Scene {
    let office = Office::open().await;
    let mia = office
        .hire_with("Mia Weber", "Platform", None, |mia| mia.mentoring = Some(Box::new(offer(&["Rust", "Go"], 2))))
        .await;
    let ana = office.hire_with("Ana Silva", "Data", None, |ana| ana.want = vec!["Rust".into()]).await;
    Scene { office, mia, ana }
}

fn offer(skills: &[&str], capacity: u32) -> Mentoring {
    let skills = skills.iter().map(|skill| (*skill).to_owned()).collect();
    Mentoring { skills, capacity, ways: vec![Way::Meeting, Way::Question], note: "Thursdays suit me".into() }
}

impl Scene {
    /// Ana asks Mia about Rust.
    async fn asks(&self) {
        let found = card(self.office.says(self.ana, "mentor find rust").await);
        let ask = form(self.office.presses(self.ana, &button(&found, "Ask Mia")).await);
        let sent = self.office.submits(self.ana, &ask, &values(&[("topic", "Rust"), ("note", "From zero.")])).await;
        assert!(card(sent).to_plain().starts_with("Sent to Mia: you would like help with Rust."));
    }
}

#[tokio::test]
async fn a_mentor_is_found_by_what_they_offer_with_facts_and_no_number() {
    let scene = scene().await;
    let found = card(scene.office.says(scene.ana, "mentor find").await);
    insta::assert_snapshot!(found.to_plain(), @r"
    Mentors for what you want to learn
    Mia Weber · Engineer · Platform · Berlin
    Helps with Rust; also Go. Meets regularly, answers questions; room for 2 people.
    Thursdays suit me
    [Ask Mia]
    Everybody here said that they like to be asked. Looking is private; only whom you ask is told.
    [My mentoring]
    ");
    assert!(card(scene.office.says(scene.ana, "expert golang").await).to_plain().contains("Mia Weber"));
    let none = card(scene.office.says(scene.ana, "mentor find Glassblowing").await);
    insta::assert_snapshot!(none.to_plain(), @r"
    Mentors: Glassblowing
    Nobody offers that yet. Work that teaches it may be there; and whoever offers it later is found here.
    [Work that teaches it] [Offer to help]
    ");
    let own = card(scene.office.says(scene.mia, "mentor find rust").await).to_plain();
    assert!(own.contains("Nobody offers that yet."), "{own}");
}

#[tokio::test]
async fn nobody_who_did_not_opt_in_is_ever_found() {
    let scene = scene().await;
    let office = &scene.office;
    office.hire_with("Wei Zhang", "Platform", None, |wei| wei.have = vec!["Rust".into()]).await;
    let leaver = office
        .hire_with("Lee Gone", "Platform", None, |lee| {
            lee.mentoring = Some(Box::new(offer(&["Rust"], 1)));
            lee.is_active = false;
        })
        .await;
    for line in ["mentor find rust", "expert rust"] {
        let found = card(office.says(scene.ana, line).await).to_plain();
        assert!(!found.contains("Wei") && !found.contains("Lee"), "{line}: {found}");
    }
    let email = office.person(leaver).email.unwrap();
    assert!(refusal(office.says(scene.ana, &format!("mentor ask {email} Rust")).await).contains("does not offer help"));
}

#[tokio::test]
async fn ones_own_reporting_line_is_left_out() {
    let scene = scene().await;
    let office = &scene.office;
    let report = office
        .hire_with("Bo Lind", "Platform", Some(scene.mia), |bo| bo.mentoring = Some(Box::new(offer(&["Rust"], 1))))
        .await;
    assert!(card(office.says(report, "mentor find rust").await).to_plain().contains("Nobody offers that yet."));
    assert!(card(office.says(scene.mia, "mentor find rust").await).to_plain().contains("Nobody offers that yet."));
}

#[tokio::test]
async fn asking_tells_the_mentor_and_the_answer_tells_both() {
    let scene = scene().await;
    let office = &scene.office;
    scene.asks().await;
    let told = office.cards("UMIA").await;
    insta::assert_snapshot!(told[0].to_plain(), @r"
    Ana Silva would like your help with Rust.
    Works in: Data
    As: Engineer
    Note: From zero.
    [Accept] [Decline]
    A no is fine and needs no reason.
    ");
    assert_eq!(told.len(), 1);
    assert!(!office.notices(scene.mia).await[0].is_nudge, "what a person caused is no nudge");
    let again = refusal(office.says(scene.ana, "mentor ask <@UMIA> Go").await);
    assert!(again.starts_with("You asked Mia already"), "{again}");
    assert!(office.home(scene.mia).await.contains("Ana Silva would like your help with Rust."));

    let yes = office.presses(scene.mia, &button(&told[0], "Accept")).await.unwrap();
    let Reply::Replace(mine) = yes else { panic!("{yes:?}") };
    assert!(mine.to_plain().starts_with("You help Ana Silva with Rust. They know."), "{}", mine.to_plain());
    let answer = office.told(scene.ana).await;
    insta::assert_snapshot!(answer[0], @r"
    Mia Weber says yes: Rust. Write to each other and find a first half hour; bring one question.
    [My mentoring]
    ");
    assert!(office.home(scene.mia).await.contains("You learn with 1 colleague."));
    let late = refusal(office.presses(scene.mia, &button(&told[0], "Decline")).await);
    assert!(late.starts_with("Nobody of that name waits"), "{late}");
    assert_eq!(office.told(scene.ana).await.len(), 1, "the second of two answers changes nothing");

    card(office.says(scene.ana, "mentor end <@UMIA>").await);
    assert!(office.told(scene.mia).await[1].contains("has come to its end"));
    assert!(refusal(office.says(scene.mia, "mentor end <@UANA>").await).contains("nothing going on"));
}

#[tokio::test]
async fn a_no_is_told_kindly_without_a_reason_and_one_may_ask_again() {
    let scene = scene().await;
    let office = &scene.office;
    scene.asks().await;
    card(office.says(scene.mia, "mentor decline <@UANA>").await);
    let answer = office.told(scene.ana).await;
    insta::assert_snapshot!(answer[0], @r"
    Mia Weber can't help with Rust right now. It says nothing about you; others may have room.
    [Find a mentor]
    ");
    scene.asks().await;
    assert_eq!(office.told(scene.mia).await.len(), 2);
    card(office.says(scene.ana, "mentor withdraw <@UMIA>").await);
    assert!(refusal(office.says(scene.mia, "mentor accept <@UANA>").await).contains("Nobody of that name waits"));
    assert!(refusal(office.says(scene.ana, "mentor withdraw <@UMIA>").await).contains("no request of yours"));
}

#[tokio::test]
async fn whoever_helps_as_many_as_they_said_is_asked_by_nobody_else() {
    let scene = scene().await;
    let office = &scene.office;
    let mut mia = office.person(scene.mia);
    mia.mentoring = Some(Box::new(offer(&["Rust"], 1)));
    let mut tx = office.db.write().await.unwrap();
    trailmark::store::people::update(&mut tx, &mia).await.unwrap();
    tx.commit().await.unwrap();
    office.live.refresh().await.unwrap();
    let bo = office.hire("Bo Lind", "Sales", None).await;
    scene.asks().await;
    card(office.says(scene.mia, "mentor accept <@UANA>").await);
    let full = card(office.says(bo, "mentor find rust").await).to_plain();
    assert!(full.contains("1 person offers it and has no room right now."), "{full}");
    assert!(refusal(office.says(bo, "mentor ask <@UMIA> Rust").await).contains("has no room right now"));
}

#[tokio::test]
async fn an_offer_is_made_shown_changed_and_taken_back() {
    let scene = scene().await;
    let office = &scene.office;
    let opened = form(office.says(scene.ana, "mentor offer").await);
    let wrong = errors(office.submits(scene.ana, &opened, &values(&[("capacity", "99")])).await);
    assert_eq!(wrong.keys().collect::<Vec<_>>(), ["capacity", "skills", "ways"]);
    let filled = values(&[("skills", "sql;Excel"), ("ways", "question"), ("capacity", "3"), ("note", "Mornings")]);
    let offered = card(office.submits(scene.ana, &opened, &filled).await);
    insta::assert_snapshot!(offered.to_plain(), @r"
    Thank you. Colleagues who look for it find you now, and you answer every request yourself.
    You offer: SQL, Excel
    Answer a question now and then, for 3 people at a time.
    Mornings
    [Change] [Stop]
    ");
    assert!(card(office.says(scene.mia, "expert SQL").await).to_plain().contains("Ana Silva"));
    assert!(card(office.says(scene.mia, "mentor find SQL").await).to_plain().contains("Nobody offers that yet."));
    card(office.presses(scene.ana, &button(&offered, "Stop")).await);
    assert_eq!(office.person(scene.ana).mentoring, None);
    assert!(!card(office.says(scene.mia, "expert SQL").await).to_plain().contains("Ana Silva"));
    assert!(refusal(office.says(scene.ana, "mentor stop").await).contains("You offer nothing right now"));
}

#[tokio::test]
async fn whoever_stops_leaves_nobody_waiting() {
    let scene = scene().await;
    scene.asks().await;
    card(scene.office.says(scene.mia, "mentor stop").await);
    let told = scene.office.told(scene.ana).await;
    assert!(told[0].contains("Mia Weber can't help with Rust right now."), "{}", told[0]);
    let mine = card(scene.office.says(scene.ana, "mentor").await).to_plain();
    assert!(!mine.contains("Mia"), "{mine}");
}

#[tokio::test]
async fn where_one_stands_is_shown_to_both_and_to_nobody_else() {
    let scene = scene().await;
    let office = &scene.office;
    scene.asks().await;
    let asked = card(office.says(scene.mia, "mentor").await).to_plain();
    assert!(asked.contains("Ana Silva asked you on Mon 4 May: Rust\n[Accept] [Decline]"), "{asked}");
    let asks = card(office.says(scene.ana, "mentor").await).to_plain();
    assert!(asks.contains("Mia Weber — you asked on Mon 4 May: Rust. No answer yet.\n[Withdraw]"), "{asks}");
    let other = office.hire("Bo Lind", "Sales", None).await;
    let nothing = card(office.says(other, "mentor").await).to_plain();
    assert!(!nothing.contains("Ana") && !nothing.contains("Mia"), "{nothing}");
}
