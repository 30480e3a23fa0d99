//! The company's own words for skills: from a file, from what people type, and by an editor's decision.

use super::{
    cli::Machine,
    support::{MONDAY, Office, at, button, card, refusal},
};
use trailmark::{
    app::import::{self, Options, Outcome},
    domain::{id::PersonId, person::Role},
    message::Reply,
};

async fn import(office: &Office, contents: &str) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("skills.csv");
    std::fs::write(&path, contents).unwrap();
    let outcome = import::skills(&office.db, &path, Options::default(), at(MONDAY)).await.unwrap();
    office.live.refresh().await.unwrap();
    outcome
}

async fn scene() -> (Office, PersonId, PersonId) {
    let office = Office::open().await;
    let hr = office.hire("Hana Roy", "People", None).await;
    office.grant(hr, Role::Hr).await;
    let ana = office.hire_with("Ana Silva", "Data", None, |ana| ana.preferences.is_introduced = true).await;
    (office, hr, ana)
}

#[tokio::test]
async fn a_file_of_skills_goes_in_once_and_its_bad_rows_are_named() {
    let (office, _, ana) = scene().await;
    let file =
        "name,aliases,related\nHydra gateway,Hydra;HGW,Kubernetes\nAtlas maps,maps;HGW,\n,x,\nhydra Gateways,,\n";
    let outcome = import(&office, file).await;
    assert_eq!((outcome.added, outcome.refused.len()), (2, 2));
    let refused: Vec<(u64, &str)> = outcome.refused.iter().map(|it| (it.line, it.reason.as_str())).collect();
    assert_eq!(refused, [(4, "name is empty"), (5, "hydra Gateways stands in line 2 already")]);
    assert!(outcome.notes[0].reason.contains("whoever types it is asked"), "{:?}", outcome.notes);
    assert_eq!(card(office.says(ana, "skills have hydra").await).summary, "You have Hydra gateway.");
    let asked = card(office.says(ana, "skills want hgw").await);
    assert!(asked.all_buttons().any(|button| button.label == "Atlas maps"), "{}", asked.to_plain());
    let again = import(&office, "name,aliases,related\nHydra gateway,,\nAtlas maps,maps;HGW,\n").await;
    assert_eq!((again.added, again.changed, again.unchanged), (0, 0, 2), "an empty cell leaves what is known");
}

#[tokio::test]
async fn posts_and_people_who_use_another_name_of_a_skill_meet() {
    let (office, hr, ana) = scene().await;
    office
        .project(hr, "Move the gateway", |post| {
            post.needs = vec!["HGW".into()];
            post.teaches = vec![];
        })
        .await;
    card(office.says(ana, "skills have \"Hydra gateway\"").await);
    assert!(!card(office.says(ana, "matches").await).to_plain().contains("Move the gateway"));
    import(&office, "name,aliases\nHydra gateway,HGW\n").await;
    assert!(card(office.says(ana, "matches").await).to_plain().contains("Move the gateway"));
    assert!(card(office.says(ana, "find skill:hydra-gateway").await).to_plain().contains("Move the gateway"));
}

#[tokio::test]
async fn what_the_company_calls_related_brings_a_post_up_at_once_and_goes_when_it_is_taken_back() {
    let (office, hr, ana) = scene().await;
    office
        .project(hr, "Move the gateway", |post| {
            post.needs = vec!["Hydra gateway".into()];
            post.teaches = vec![];
        })
        .await;
    card(office.says(ana, "skills have Glassblowing").await);
    let said = "Close to what you know: Glassblowing ↔ Hydra gateway.";
    for (file, is_said) in [
        ("name,related\nHydra gateway,Atlas maps\n", false),
        ("name,related\nGlassblowing,Hydra gateway\n", true),
        ("name,related\nGlassblowing,Bookkeeping\n", false),
        ("name,related\nHydra gateway,glassblowing\n", true),
    ] {
        import(&office, file).await;
        let matches = card(office.says(ana, "matches").await).to_plain();
        assert_eq!(matches.contains(said), is_said, "{file}: {matches}");
    }
}

#[tokio::test]
async fn words_that_nobody_knows_wait_for_an_editor_and_name_nobody() {
    let (office, hr, ana) = scene().await;
    card(office.says(ana, "skills have Sabrage, Zorbing with llamas").await);
    assert!(refusal(office.says(ana, "admin skills").await).contains("run the programme"));
    let listed = card(office.says(hr, "admin skills").await);
    insta::assert_snapshot!(listed.to_plain(), @r"
    Words that nobody knows yet
    People or posts here use these as skills. Each counts as it is typed; what you accept is offered to everybody who types.
    Sabrage · fewer than 5 times
    [Accept] [Not a skill]
    Zorbing with llamas · fewer than 5 times
    [Accept] [Not a skill]
    0 skills of your own so far. A whole list comes in on the server: `trailmark import skills skills.csv`.
    ");
    let accept = listed.all_buttons().find(|it| it.accessible.as_deref() == Some("Accept: Sabrage")).unwrap();
    assert!(matches!(office.presses(hr, &accept.action).await, Ok(Reply::Replace(_))));
    card(office.says(hr, "admin skills reject Zorbing with llamas").await);
    let left = card(office.says(hr, "admin skills").await);
    assert!(left.to_plain().contains("Nothing waits for you."), "{}", left.to_plain());
    assert_eq!(office.person(ana).have, ["Sabrage", "Zorbing with llamas"], "whoever wrote it keeps it");
    assert!(office.live.read().offer_skills("zorb", 5).iter().all(|offer| offer.is_new));
    assert!(office.live.read().offer_skills("sabr", 5).iter().any(|offer| offer.name == "Sabrage"));
    assert!(refusal(office.says(hr, "admin skills accept").await).contains("Which word?"));
}

#[tokio::test]
async fn a_word_may_be_another_name_of_a_skill() {
    let (office, hr, ana) = scene().await;
    card(office.says(ana, "skills have Kuberntes").await);
    let listed = card(office.says(hr, "admin skills").await);
    card(office.presses(hr, &button(&listed, "Same as Kubernetes")).await);
    assert_eq!(card(office.says(hr, "skills have kuberntes").await).summary, "You have Kubernetes.");
    assert!(card(office.says(hr, "admin skills").await).to_plain().contains("Nothing waits for you."));
}

#[test]
fn the_terminal_lists_accepts_and_rejects_the_same_words() {
    let machine = Machine::new();
    machine.write("people.csv", "email,name,skills\na@example.com,Ana,Sabrage;Being nice;SQL\n");
    machine.write("skills.csv", "name,aliases\nHydra gateway,HGW\n");
    machine.says(&["import", "people", "people.csv"]);
    assert!(machine.says(&["import", "skills", "skills.csv"]).starts_with("1 read: 1 added"));
    let open = machine.json(&["skills", "suggestions", "--json"]);
    let words: Vec<&str> = open.as_array().unwrap().iter().map(|it| it["word"].as_str().unwrap()).collect();
    assert_eq!(words, ["Being nice", "Sabrage"]);
    assert!(machine.says(&["skills", "suggestions"]).contains("Sabrage: fewer than 5 times"));
    assert!(machine.says(&["skills", "accept", "Sabrage"]).starts_with("Sabrage is a skill here"));
    assert!(
        machine
            .says(&["skills", "accept", "Being nice", "--as", "Hospitality"])
            .contains("another name of Hospitality")
    );
    assert!(machine.says(&["skills", "reject", "Being nice"]).contains("offered to nobody"));
    assert_eq!(machine.json(&["skills", "suggestions", "--json"]), serde_json::json!([]));
}

#[test]
fn a_relation_from_a_file_is_the_reason_for_a_match_and_for_a_result() {
    let machine = Machine::new();
    machine.write("people.csv", "email,name,skills\na@example.com,Ana,Kubernetes\nb@example.com,Ben,HGW\n");
    machine.write("posts.csv", "title,needs\nMove the gateway,Hydra gateway\nMove the shop,Kubernetes\n");
    machine.write("skills.csv", "name,aliases,related\nHydra gateway,HGW,k8s\nAtlas maps,,k8s\n");
    for (what, file) in [("people", "people.csv"), ("opportunities", "posts.csv")] {
        machine.says(&["import", what, file]);
    }
    let matches = |email| machine.says(&["matches", "--person", email, "--json"]);
    assert!(!matches("a@example.com").contains("Close to"), "{}", matches("a@example.com"));
    machine.says(&["import", "skills", "skills.csv"]);
    for (email, why) in
        [("a@example.com", "Kubernetes ↔ Hydra gateway"), ("b@example.com", "Hydra gateway ↔ Kubernetes")]
    {
        let found = matches(email);
        assert!(found.contains(&format!("Close to what you know: {why}.")), "{found}");
    }
    let found = machine.says(&["find", "atlas maps", "--json"]);
    assert!(found.contains("Move the shop") && !found.contains("Move the gateway"), "{found}");
    assert!(found.contains("Close to what you look for: Kubernetes."), "{found}");
}
