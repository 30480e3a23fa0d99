//! Searching, matches and their reasons, in product words.

use super::support::{Office, at, button, card, form, refusal, values};
use trailmark::{
    domain::{
        id::PersonId,
        opportunity::{Kind, State},
    },
    message::{Card, Reply},
};

/// Priya owns seven posts of Metrics; Ana works in Data, has SQL and Rust and wants Grafana.
struct Scene {
    office: Office,
    priya: PersonId,
    ana: PersonId,
}

async fn scene() -> Scene {
    let office = Office::open().await;
    let priya = office.hire("Priya Nair", "Metrics", None).await;
    let ana = office
        .hire_with("Ana Silva", "Data", None, |ana| {
            ana.have = vec!["SQL".into(), "Rust".into()];
            ana.want = vec!["Grafana".into()];
            ana.preferences.is_introduced = true;
        })
        .await;
    office.project(priya, "Rust exporter", |_| {}).await;
    for (title, team) in [
        ("Rust linter", "Platform"),
        ("Rust parser", "Platform"),
        ("Rust training", "People"),
        ("Rust meetup", "People"),
    ] {
        office
            .project(priya, title, |post| {
                post.team = team.into();
                post.needs = vec!["Rust".into(), "Public speaking".into()];
                post.teaches = vec![];
            })
            .await;
    }
    office
        .project(priya, "Rust for nurses", |post| {
            post.kind = Kind::Mentoring;
            post.team = "Clinic".into();
            post.is_remote = false;
            post.needs = vec!["Nursing".into(), "Rust".into(), "German".into(), "Biology".into()];
        })
        .await;
    office
        .project(priya, "Launch webinar", |post| {
            post.team = "Marketing".into();
            post.needs = vec!["Writing".into()];
            post.teaches = vec!["Public speaking".into()];
        })
        .await;
    Scene { office, priya, ana }
}

impl Scene {
    async fn asks(&self, text: &str) -> Card {
        card(self.office.says(self.ana, text).await)
    }
}

#[tokio::test]
async fn a_search_shows_five_a_page_with_counts_and_reasons() {
    let scene = scene().await;
    let first = scene.asks("find rust").await;
    insta::assert_snapshot!(first.to_plain(), @r"
    1 to 5 of 6 posts for “rust”
    Rust exporter · P-1 · Metrics · 4 h/week · 12 weeks · remote · replies by Mon 18 May
    Names Rust. You have Rust, SQL. You'd learn Grafana — on your list.
    [Show] [Save] [I'm interested]
    Rust linter · P-2 · Platform · 4 h/week · 12 weeks · remote · replies by Mon 18 May
    Names Rust. 1 of 2 skills: Rust. Missing: Public speaking.
    [Show] [Save] [I'm interested]
    Rust parser · P-3 · Platform · 4 h/week · 12 weeks · remote · replies by Mon 18 May
    Names Rust. 1 of 2 skills: Rust. Missing: Public speaking.
    [Show] [Save] [I'm interested]
    Rust training · P-4 · People · 4 h/week · 12 weeks · remote · replies by Mon 18 May
    Names Rust. 1 of 2 skills: Rust. Missing: Public speaking.
    [Show] [Save] [I'm interested]
    Rust meetup · P-5 · People · 4 h/week · 12 weeks · remote · replies by Mon 18 May
    Names Rust. 1 of 2 skills: Rust. Missing: Public speaking.
    [Show] [Save] [I'm interested]
    project 5 · mentoring 1 · remote 5 · People 2 · Platform 2 · Clinic 1
    [More] [project (5)] [remote (5)] [People (2)]
    ");
    let more = scene.office.presses(scene.ana, &button(&first, "More")).await.unwrap();
    let Reply::Replace(second) = more else { panic!("the next page takes the place of the first: {more:?}") };
    assert!(second.to_plain().starts_with("6 of 6 posts for “rust”"), "{}", second.to_plain());
    let Ok(Reply::Replace(back)) = scene.office.presses(scene.ana, &button(&second, "Previous")).await else {
        panic!("no way back")
    };
    assert_eq!(back.to_plain(), first.to_plain());
    assert!(
        matches!(scene.office.says(scene.ana, "find rust page:2").await, Ok(Reply::Private(_))),
        "typed, it is new"
    );
    assert_eq!(scene.asks("find rust page:99").await.to_plain(), second.to_plain(), "the last page there is");
}

#[tokio::test]
async fn a_count_is_a_button_that_narrows_the_search() {
    let scene = scene().await;
    let all = scene.asks("find rust").await;
    let narrower = button(&all, "remote (5)");
    assert_eq!(narrower.subject, "find rust remote");
    let narrowed = card(scene.office.presses(scene.ana, &narrower).await);
    assert!(narrowed.to_plain().starts_with("5 posts for “rust remote”"), "{}", narrowed.to_plain());
}

#[tokio::test]
async fn filters_are_understood_and_the_short_command_is_the_same() {
    let scene = scene().await;
    for (text, titles) in [
        ("find type:mentoring", vec!["Rust for nurses"]),
        ("find team:marketing hours:<=4", vec!["Launch webinar"]),
        ("search skill:\"public speaking\" training", vec!["Rust training"]),
        ("launch webinar", vec!["Launch webinar"]),
    ] {
        let found = scene.asks(text).await.to_plain();
        for title in &titles {
            assert!(found.contains(title), "{text}: {found}");
        }
        assert_eq!(found.matches("[Show]").count(), titles.len(), "{text}: {found}");
    }
    let near = scene.asks("RUST exporter").await.to_plain();
    let headline =
        "1 to 5 of 6 posts for “RUST exporter” · the first has all of it, the others come near\nRust exporter";
    assert!(near.starts_with(headline), "{near}");
}

#[tokio::test]
async fn a_slip_is_forgiven_and_said() {
    let scene = scene().await;
    let found = scene.asks("find webinra").await.to_plain();
    assert!(found.starts_with("1 post for “webinra” · read as “webinar”\nLaunch webinar"), "{found}");
    let meant = scene.asks("matchs").await;
    assert!(meant.to_plain().starts_with("Did you mean matches?\n[matches]"), "{}", meant.to_plain());
    let matches = card(scene.office.presses(scene.ana, &button(&meant, "matches")).await);
    assert!(matches.to_plain().starts_with("Your matches"), "{}", matches.to_plain());
}

#[tokio::test]
async fn a_search_without_results_shows_the_nearest_and_what_was_left_out() {
    let scene = scene().await;
    let mut said = Vec::new();
    for text in ["find rust hours:<=2", "find webinar team:clinic", "find exporter nurses", "find zzzzqqq"] {
        let found = scene.asks(text).await.to_plain();
        said.push(format!("{text} → {}", found.lines().next().unwrap()));
    }
    insta::assert_snapshot!(said.join("\n"), @r"
    find rust hours:<=2 → Nothing with these hours. Without the hours: 1 to 5 of 6 posts
    find webinar team:clinic → Nothing in that team. In all teams: 1 post
    find exporter nurses → No open post has all of that. These come near: 2 posts
    find zzzzqqq → Nothing matches that. The newest posts: 1 to 5 of 7 posts
    ");
}

#[tokio::test]
async fn searching_needs_no_database() {
    let scene = scene().await;
    let before = scene.office.says(scene.ana, "find rust").await.unwrap();
    let address = trailmark::message::Address::new(trailmark::message::Platform::ALL[0], "UANA");
    scene.office.db.close().await;
    let ctx = scene.office.ctx(scene.ana, &address, None, false);
    assert_eq!(trailmark::commands::run(&ctx, "find rust").await.unwrap(), before);
}

#[tokio::test]
async fn only_a_press_shares_a_search_and_it_says_nothing_about_who_shares() {
    let scene = scene().await;
    card(scene.office.says(scene.ana, "hide P-2").await);
    let found = card(scene.office.says_in(scene.ana, "CDATA", "find rust").await);
    let share = button(&found, "Share here");
    assert!(matches!(scene.office.says_in(scene.ana, "CDATA", &share.subject).await, Ok(Reply::Private(_))));
    let Ok(Reply::Share(shared)) = scene.office.presses(scene.ana, &share).await else { panic!("not shared") };
    let words = shared.to_plain();
    assert!(words.starts_with("1 to 5 of 6 posts for “rust”"), "{words}");
    assert!(!words.contains("You") && !words.contains("[Save]"), "{words}");
    assert!(scene.asks("find rust").await.all_buttons().all(|it| it.label != "Share here"), "nobody to share with");
}

#[tokio::test]
async fn matches_are_told_apart_by_how_well_they_fit() {
    let scene = scene().await;
    insta::assert_snapshot!(scene.asks("matches").await.to_plain(), @r"
    Your matches
    Strong match
    Rust exporter · P-1 · Metrics · 4 h/week · 12 weeks · remote · replies by Mon 18 May
    You have Rust, SQL. You'd learn Grafana — on your list. Led by Metrics: another department.
    [I'm interested] [Save] [Not for me] [Why?]
    Good match
    Rust training · P-4 · People · 4 h/week · 12 weeks · remote · replies by Mon 18 May
    1 of 2 skills: Rust. Missing: Public speaking. Led by Metrics: another department.
    [I'm interested] [Save] [Not for me] [Why?]
    Rust meetup · P-5 · People · 4 h/week · 12 weeks · remote · replies by Mon 18 May
    1 of 2 skills: Rust. Missing: Public speaking. Led by Metrics: another department.
    [I'm interested] [Save] [Not for me] [Why?]
    Rust parser · P-3 · Platform · 4 h/week · 12 weeks · remote · replies by Mon 18 May
    1 of 2 skills: Rust. Missing: Public speaking. Led by Metrics: another department.
    [I'm interested] [Save] [Not for me] [Why?]
    Stretch: new to you, and on your list
    Rust for nurses · P-6 · mentoring · Clinic · 4 h/week · 12 weeks · Berlin · replies by Mon 18 May
    1 of 4 skills: Rust. Missing: Nursing, German, Biology. You'd learn Grafana — on your list. In Berlin, like you. Led by Metrics: another department.
    [I'm interested] [Save] [Not for me] [Why?]
    What if? With Public speaking on your list to learn: 1 more open post.
    [Want Public speaking]
    1 to 5 of 6 matches. In every five, one is from another department where there is one.
    [More] [Edit my skills] [What they listen to]
    ");
    let nobody = scene.office.hire("Nia Novak", "", None).await;
    let empty = card(scene.office.says(nobody, "matches").await);
    assert!(empty.to_plain().contains("Two skills you have"), "{}", empty.to_plain());
}

#[tokio::test]
async fn what_one_hid_owns_or_applied_for_is_in_no_suggestion() {
    let scene = scene().await;
    let office = &scene.office;
    card(office.says(scene.ana, "hide P-2").await);
    let interest = form(office.says(scene.ana, "interested P-1").await);
    card(office.submits(scene.ana, &interest, &values(&[])).await);
    office.project(scene.ana, "Rust of my own", |_| {}).await;
    for text in ["matches", "matches page:2", ""] {
        let shown = scene.asks(text).await.to_plain();
        for title in ["Rust linter", "Rust exporter", "Rust of my own"] {
            assert!(!shown.contains(title), "{text}: {shown}");
        }
    }
    for text in ["find rust", "find rust page:2", "find linter", "find"] {
        assert!(!scene.asks(text).await.to_plain().contains("Rust linter"), "{text}");
    }
}

#[tokio::test]
async fn why_says_what_fits_what_is_missing_and_what_hid_it() {
    let scene = scene().await;
    let office = &scene.office;
    let mut said = vec![scene.asks("why P-1").await.to_plain(), scene.asks("why P-6").await.to_plain()];
    card(office.says(scene.ana, "hide P-1").await);
    let closed_at = at("2026-05-02T09:00:00Z");
    office.project(scene.priya, "Rust archive", |post| post.state = State::Closed { at: closed_at }).await;
    for text in ["why P-1", "why P-8", "why P-7"] {
        said.push(scene.asks(text).await.to_plain());
    }
    insta::assert_snapshot!(said.join("\n---\n"), @r"
    Rust exporter · P-1 · Metrics · 4 h/week · 12 weeks · remote · replies by Mon 18 May
    Strong match
    You have: 2 of 2 needed skills: Rust and SQL.
    You'd learn: Grafana.
    On your list: Grafana.
    Counted are only your skills, what you want to learn, your hours and place; and those of the post.
    [I'm interested] [Save] [Not for me] [Edit my skills]
    ---
    Rust for nurses · P-6 · mentoring · Clinic · 4 h/week · 12 weeks · Berlin · replies by Mon 18 May
    Stretch: new to you, and on your list
    You have: 1 of 4 needed skills: Rust.
    Missing: Nursing, German and Biology.
    You'd learn: Grafana.
    On your list: Grafana.
    Counted are only your skills, what you want to learn, your hours and place; and those of the post.
    [I'm interested] [Save] [Not for me] [Edit my skills]
    ---
    Rust exporter · P-1 · Metrics · 4 h/week · 12 weeks · remote · replies by Mon 18 May
    Strong match
    You have: 2 of 2 needed skills: Rust and SQL.
    You'd learn: Grafana.
    On your list: Grafana.
    Not in your matches: you said “not for me”.
    Counted are only your skills, what you want to learn, your hours and place; and those of the post.
    [Take it back] [Edit my skills]
    ---
    Rust archive · P-8 · Metrics · 4 h/week · 12 weeks · remote · closed on Sat 2 May
    Strong match
    You have: 2 of 2 needed skills: Rust and SQL.
    You'd learn: Grafana.
    On your list: Grafana.
    Not in your matches: P-8 closed on Sat 2 May.
    3 similar:
    Rust for nurses · P-6 · mentoring · Clinic · 4 h/week · 12 weeks · Berlin · replies by Mon 18 May
    [Show] [I'm interested]
    Rust linter · P-2 · Platform · 4 h/week · 12 weeks · remote · replies by Mon 18 May
    [Show] [I'm interested]
    Rust parser · P-3 · Platform · 4 h/week · 12 weeks · remote · replies by Mon 18 May
    [Show] [I'm interested]
    Counted are only your skills, what you want to learn, your hours and place; and those of the post.
    [Edit my skills]
    ---
    Launch webinar · P-7 · Marketing · 4 h/week · 12 weeks · remote · replies by Mon 18 May
    Not a match
    You have: 0 of 1 needed skill.
    Missing: Writing.
    You'd learn: Public speaking.
    Not in your matches: nothing on your profile speaks for it yet.
    What if? On your list to learn — Public speaking: 1 more open · Writing: 1 more open.
    [Want Public speaking] [Want Writing]
    Counted are only your skills, what you want to learn, your hours and place; and those of the post.
    [Edit my skills]
    ");
}

#[tokio::test]
async fn a_closed_post_is_refused_with_similar_ones() {
    let scene = scene().await;
    let closed_at = at("2026-05-02T09:00:00Z");
    scene.office.project(scene.priya, "Rust archive", |post| post.state = State::Closed { at: closed_at }).await;
    let told = refusal(scene.office.says(scene.ana, "interested P-8").await);
    insta::assert_snapshot!(told, @r"
    P-8 closed on Sat 2 May. Nothing was sent. 3 similar:
    Rust exporter · P-1 · Metrics · 4 h/week · 12 weeks · remote · replies by Mon 18 May
    [Show] [I'm interested]
    Rust for nurses · P-6 · mentoring · Clinic · 4 h/week · 12 weeks · Berlin · replies by Mon 18 May
    [Show] [I'm interested]
    Rust linter · P-2 · Platform · 4 h/week · 12 weeks · remote · replies by Mon 18 May
    [Show] [I'm interested]
    ");
}
