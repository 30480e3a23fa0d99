//! Saying what one can and would like to be; where one could go from here; and what matches listen to.

use super::{
    employee::scene,
    support::{Office, at, button, card, errors, form, refusal, values},
};
use trailmark::{
    domain::{
        id::PersonId,
        mentoring::{Mentoring, Way},
        preference::Openness,
    },
    message::{Card, Reply},
};

/// The words of a button for each meaning, and what pressing it does.
fn labels(card: &Card) -> Vec<&str> {
    card.all_buttons().map(|button| &*button.label).collect()
}

#[tokio::test]
async fn a_word_with_several_meanings_is_asked_and_nothing_is_guessed() {
    let scene = scene().await;
    let office = &scene.office;
    let asked = card(office.says(scene.ana, "skills want PM, Terraform, PM").await);
    let text = asked.to_plain();
    assert!(text.starts_with("You want to learn Terraform.\n“PM” can mean more than one thing. Which one?"), "{text}");
    assert_eq!(office.person(scene.ana).want, ["Grafana", "Terraform"]);
    let picked = office.presses(scene.ana, &button(&asked, "Product Management")).await.unwrap();
    assert!(matches!(picked, Reply::Replace(_)), "{picked:?}");
    assert!(office.person(scene.ana).want.contains(&"Product Management".into()));
    let asked = card(office.says(scene.ana, "skills have PM").await);
    assert_eq!(asked.summary, "Which one do you mean?");
    card(office.presses(scene.ana, &button(&asked, "Keep “PM”")).await);
    assert_eq!(office.person(scene.ana).have, ["SQL", "Rust", "PM"], "their word is the last");
}

#[tokio::test]
async fn several_questions_are_answered_one_after_the_other() {
    let scene = scene().await;
    let office = &scene.office;
    let asked = card(office.says(scene.ana, "skills want PM have CRM").await);
    assert_eq!(labels(&asked).iter().filter(|label| label.starts_with("Keep")).count(), 2, "{}", asked.to_plain());
    let rest = card(office.presses(scene.ana, &button(&asked, "Keep “PM”")).await);
    assert_eq!(labels(&rest).iter().filter(|label| label.starts_with("Keep")).count(), 1, "{}", rest.to_plain());
    card(office.presses(scene.ana, &button(&rest, "Keep “CRM”")).await);
    let ana = office.person(scene.ana);
    assert_eq!((&**ana.want.last().unwrap(), &**ana.have.last().unwrap()), ("PM", "CRM"));
}

#[tokio::test]
async fn what_nobody_knows_counts_as_typed_and_that_is_said() {
    let scene = scene().await;
    let kept = card(scene.office.says(scene.ana, "skills have Glassblowing at parties").await).to_plain();
    insta::assert_snapshot!(kept, @r"
    You have Glassblowing at parties.
    New here: Glassblowing at parties. It counts at once, as you typed; the people who run the programme look at new words now and then.
    [My matches] [Edit]
    ");
    let short = card(scene.office.says(scene.ana, "skills have k8s").await);
    assert_eq!(short.summary, "You have Kubernetes.");
}

#[tokio::test]
async fn typing_in_a_field_offers_the_companys_words_then_everybodys_then_what_was_typed() {
    let scene = scene().await;
    let address = scene.office.address(scene.ana).await;
    let ctx = scene.office.ctx(scene.ana, &address, None, false);
    let Ok(Reply::Choices(choices)) = trailmark::commands::lookup(&ctx, "skills", "gra").await else { panic!() };
    assert_eq!(choices[0].label, "Grafana");
    assert!(choices.len() > 3, "{choices:?}");
    assert_eq!(choices.last().unwrap().label, "gra (add as typed)");
}

#[tokio::test]
async fn a_wished_role_is_said_shown_and_taken_back() {
    let scene = scene().await;
    let office = &scene.office;
    let wished = card(office.says(scene.ana, "skills want role: Product Manager").await);
    insta::assert_snapshot!(wished.to_plain(), @r"
    You would like to be: Product Manager. Work on the way there counts for your matches.
    [What it takes] [My matches] [Edit]
    ");
    assert!(card(office.says(scene.ana, "profile").await).to_plain().contains("A role I would like: Product Manager"));
    assert!(office.home(scene.ana).await.contains("A role I would like: Product Manager"));
    let gone = card(office.says(scene.ana, "skills drop role").await);
    assert_eq!(gone.summary, "Product Manager is off your list.");
    assert_eq!(office.person(scene.ana).wished_role, "");
    let unheard = card(office.says(scene.ana, "skills want role: Zzyzx").await).summary;
    assert!(unheard.contains("I know no role of that name"), "{unheard}");
}

#[tokio::test]
async fn the_profile_form_keeps_a_role_and_how_open_one_is() {
    let scene = scene().await;
    let office = &scene.office;
    let edit = form(office.says(scene.ana, "profile edit").await);
    let too_long = "x".repeat(81);
    let wrong = values(&[("have", "SQL"), ("role", &too_long)]);
    assert_eq!(errors(office.submits(scene.ana, &edit, &wrong).await)["role"], "Please keep it to 80 letters.");
    let filled = values(&[("have", "SQL"), ("role", "Head of Data"), ("openness", "not_now")]);
    let saved = card(office.submits(scene.ana, &edit, &filled).await).to_plain();
    assert!(saved.contains("Open to a move: not now. Nothing is suggested to you unasked."), "{saved}");
    let ana = office.person(scene.ana);
    assert_eq!((ana.wished_role.as_str(), ana.preferences.openness), ("Head of Data", Openness::NotNow));
    card(office.says(scene.ana, "profile open yes").await);
    assert_eq!(office.person(scene.ana).preferences.openness, Openness::Open);
    assert!(refusal(office.says(scene.ana, "profile open maybe").await).contains("`profile open quietly`"));
    assert!(refusal(office.says(scene.ana, "profile hours many").await).contains("`profile hours 4`"));
}

#[tokio::test]
async fn a_reason_for_hiding_says_what_follows_from_it() {
    let scene = scene().await;
    let office = &scene.office;
    let hidden = card(office.says(scene.ana, "hide P-1").await);
    let mut said = Vec::new();
    for label in ["Not my topic", "No time for it", "Wrong place", "Something else"] {
        said.push(card(office.presses(scene.ana, &button(&hidden, label)).await).to_plain());
    }
    insta::assert_snapshot!(said.join("\n---\n"), @r"
    Noted, thank you. P-1 stays away, and work on Rust, SQL and Grafana comes up less for a while.
    [Undo] [All I said]
    ---
    Noted, thank you. P-1 stays away. It takes 4 h a week; shall less time be the rule for all your matches?
    [At most 3 hours a week] [Undo] [All I said]
    ---
    Noted, thank you. P-1 stays away; nothing else changes.
    [Undo] [All I said]
    ---
    Noted, thank you. P-1 stays away; nothing else changes.
    [Undo] [All I said]
    ");
    let time = card(office.presses(scene.ana, &button(&hidden, "No time for it")).await);
    card(office.presses(scene.ana, &button(&time, "At most 3 hours a week")).await);
    assert_eq!(office.person(scene.ana).preferences.hours_free, Some(3));
}

#[tokio::test]
async fn what_matches_listen_to_is_shown_and_taken_back_one_by_one_or_at_once() {
    let mut scene = scene().await;
    for title in ["Two", "Three"] {
        scene.office.project(scene.priya, title, |post| post.team = title.into()).await;
    }
    let empty = card(scene.office.says(scene.ana, "matches feedback").await).to_plain();
    assert!(empty.contains("Nothing so far."), "{empty}");
    card(scene.office.says(scene.ana, "save P-2").await);
    card(scene.office.says(scene.ana, "hide P-3 time").await);
    for day in ["2026-05-05T08:00:00Z", "2026-05-06T08:00:00Z", "2026-05-07T08:00:00Z"] {
        assert!(card(scene.office.says(scene.ana, "matches").await).to_plain().contains("P-1"));
        scene.office.now = at(day);
        scene.office.showings.write(&scene.office.db).await.unwrap();
    }
    let office = &scene.office;
    let matches = card(office.says(scene.ana, "matches").await).to_plain();
    assert!(!matches.contains("P-1 "), "shown three times and not answered: {matches}");
    let all = card(office.says(scene.ana, "matches feedback").await);
    insta::assert_snapshot!(all.to_plain(), @r"
    What your matches listen to
    Beside your profile: what you said to posts. Only you see this, and all of it can be taken back.
    Three · P-3 — you said “not for me” on Mon 4 May: no time for it.
    [Show it again]
    Rust exporter · P-1 — shown on 3 days without an answer, so it rests.
    [Show it again]
    Two · P-2 — you showed interest on Mon 4 May, so work like it comes up more.
    [Not a hint]
    [My matches] [Forget all of it]
    ");
    let reset = all.all_buttons().find(|button| button.action.subject == "matches feedback reset P-1").unwrap();
    card(office.presses(scene.ana, &reset.action).await);
    assert!(card(office.says(scene.ana, "matches").await).to_plain().contains("P-1 "));
    card(office.presses(scene.ana, &button(&all, "Forget all of it")).await);
    let matches = card(office.says(scene.ana, "matches").await).to_plain();
    assert!(matches.contains("P-3 "), "{matches}");
    assert!(card(office.says(scene.ana, "matches feedback").await).to_plain().contains("Nothing so far."));
    assert!(card(office.says(scene.ana, "saved").await).to_plain().contains("Two"), "the list itself stays");
}

#[tokio::test]
async fn looking_at_a_post_is_an_answer_and_looking_writes_nothing_by_itself() {
    let mut scene = scene().await;
    for day in ["2026-05-05T08:00:00Z", "2026-05-06T08:00:00Z", "2026-05-07T08:00:00Z"] {
        card(scene.office.says(scene.ana, "matches").await);
        scene.office.now = at(day);
    }
    assert!(card(scene.office.says(scene.ana, "matches").await).to_plain().contains("P-1 "), "nothing is written yet");
    card(scene.office.says(scene.ana, "why P-1").await);
    scene.office.showings.write(&scene.office.db).await.unwrap();
    let said = card(scene.office.says(scene.ana, "matches feedback").await).to_plain();
    assert!(said.contains("Nothing so far."), "{said}");
}

async fn analyst(office: &Office) -> PersonId {
    office
        .hire_with("Nia Novak", "Data", None, |nia| {
            nia.title = "Data analyst".into();
            nia.have = vec!["SQL".into(), "Python".into()];
        })
        .await
}

#[tokio::test]
async fn paths_show_what_one_brings_what_is_missing_and_what_here_teaches_it() {
    let scene = scene().await;
    let office = &scene.office;
    let nia = analyst(office).await;
    office.project(scene.priya, "Dockerising the reports", |post| post.teaches = vec!["Docker".into()]).await;
    let paths = card(office.says(nia, "paths").await);
    let text = paths.to_plain();
    assert!(text.contains("Your title is “Data analyst”, which I read as Data Scientists."), "{text}");
    assert!(text.contains("· sideways") || text.contains("· a step up"), "{text}");
    assert!(text.contains("You bring: ") && text.contains("Worth learning: "), "{text}");
    assert!(text.contains("[I'd like that] [What it takes]"), "{text}");

    let one = card(office.says(nia, "paths software engineer").await);
    let text = one.to_plain();
    assert!(text.contains("Docker — taught in Dockerising the reports (P-2)."), "{text}");
    assert!(text.contains("The nearest to “software engineer” that I know."), "{text}");
    card(office.presses(nia, &button(&one, "I'd like that")).await);
    assert_eq!(office.person(nia).wished_role, "Software Developers");
    let learn = one.all_buttons().find(|it| it.accessible.as_deref() == Some("I want to learn it: Docker")).unwrap();
    card(office.presses(nia, &learn.action).await);
    assert_eq!(office.person(nia).want, ["Docker"]);
}

#[tokio::test]
async fn a_role_that_nobody_knows_is_answered_with_a_way_on() {
    let scene = scene().await;
    let office = &scene.office;
    let nobody = office.hire_with("Nia Novak", "Data", None, |nia| nia.title.clear()).await;
    for line in ["paths", "paths 🦀🦀", "paths ؟؟؟"] {
        let told = card(office.says(nobody, line).await).to_plain();
        assert!(told.contains("`/mobility paths data analyst`"), "{line}: {told}");
    }
}

#[tokio::test]
async fn who_helps_with_what_is_missing_is_one_press_away() {
    let scene = scene().await;
    let office = &scene.office;
    let nia = analyst(office).await;
    let offer = Mentoring { skills: vec!["Docker".into()], capacity: 1, ways: vec![Way::Meeting], note: String::new() };
    office.hire_with("Mia Weber", "Platform", None, |mia| mia.mentoring = Some(offer.into())).await;
    let one = card(office.says(nia, "paths software engineer").await);
    assert!(one.to_plain().contains("Docker — Mia Weber helps with it."), "{}", one.to_plain());
    let ask = form(office.presses(nia, &button(&one, "Ask Mia")).await);
    assert_eq!(ask.title, "Ask for help");
}

#[tokio::test]
async fn whose_facts_are_used_is_said() {
    let scene = scene().await;
    let sources = card(scene.office.says(scene.ana, "help sources").await).to_plain();
    for name in ["O*NET", "ESCO", "CC BY 4.0", "MIT"] {
        assert!(sources.contains(name), "{name}: {sources}");
    }
    for topic in ["find", "matches", "paths", "mentors"] {
        let told = card(scene.office.says(scene.ana, &format!("help {topic}")).await).to_plain();
        assert!(told.lines().count() > 2, "{topic}: {told}");
    }
}

#[tokio::test]
async fn what_one_skill_more_would_open_is_said_and_one_press_does_it() {
    let scene = scene().await;
    let office = &scene.office;
    for (title, teaches) in [("Speak at the fair", "Public speaking"), ("Host the town hall", "Public speaking")] {
        let change = |post: &mut trailmark::domain::opportunity::Opportunity| {
            (post.needs, post.teaches, post.team) = (vec!["Storytelling".into()], vec![teaches.into()], title.into());
        };
        office.project(scene.priya, title, change).await;
    }
    let why = card(office.says(scene.ana, "why P-2").await);
    assert!(why.to_plain().contains("Public speaking: 2 more open"), "{}", why.to_plain());
    let matches = card(office.says(scene.ana, "matches").await).to_plain();
    assert!(!matches.contains("Speak at the fair") && matches.contains("What if?"), "{matches}");
    let wanted = card(office.presses(scene.ana, &button(&why, "Want Public speaking")).await);
    assert_eq!(wanted.summary, "You want to learn Public speaking.");
    let matches = card(office.presses(scene.ana, &button(&wanted, "My matches")).await).to_plain();
    assert!(matches.contains("Speak at the fair") && matches.contains("Host the town hall"), "{matches}");
}

#[tokio::test]
async fn not_my_topic_and_interest_change_what_comes_next_until_they_are_taken_back() {
    let scene = scene().await;
    let office = &scene.office;
    let ana =
        office.hire_with("Nia Novak", "Legal", None, |nia| nia.have = vec!["Rust".into(), "Copywriting".into()]).await;
    for (title, skill) in [("A", "Rust"), ("B", "Copywriting"), ("C", "Rust"), ("D", "Copywriting")] {
        let change = |post: &mut trailmark::domain::opportunity::Opportunity| {
            (post.needs, post.teaches, post.team) = (vec![skill.into()], vec![], title.into());
        };
        office.project(scene.priya, title, change).await;
    }
    let places = async || -> (usize, usize) {
        let text = card(office.says(ana, "matches").await).to_plain();
        (text.find("C · P-4").unwrap(), text.find("D · P-5").unwrap())
    };
    card(office.says(ana, "hide P-2 topic").await);
    let (rust, copy) = places().await;
    assert!(copy < rust, "less of Rust, so the other comes first");
    card(office.says(ana, "matches feedback reset all").await);
    card(office.says(ana, "hide P-3 topic").await);
    let (rust, copy) = places().await;
    assert!(rust < copy, "and the other way round");
}
