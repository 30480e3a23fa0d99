//! What an employee types and presses, in product words.

use super::support::{Office, at, button, card, errors, form, refusal, values};
use proptest::prelude::*;
use trailmark::{
    domain::{
        id::{OpportunityId, PersonId},
        opportunity::{ApplicationState, State},
        preference::{Appetite, NudgeKind},
    },
    message::{Block, Card, FieldKind, Reply, Span, Text},
    store::applications,
};

/// Priya owns the Rust exporter (P-1) and works in Metrics; Ana works in Data and reports to Dana.
pub struct Scene {
    pub office: Office,
    pub priya: PersonId,
    pub ana: PersonId,
    pub dana: PersonId,
    exporter: OpportunityId,
}

pub async fn scene() -> Scene {
    let office = Office::open().await;
    let dana = office.hire("Dana Roth", "Data", None).await;
    let priya = office.hire("Priya Nair", "Metrics", None).await;
    let ana = office
        .hire_with("Ana Silva", "Data", Some(dana), |ana| {
            ana.have = vec!["SQL".into(), "Rust".into()];
            ana.want = vec!["Grafana".into()];
            ana.preferences.is_introduced = true;
        })
        .await;
    let exporter = office.project(priya, "Rust exporter", |_| {}).await;
    Scene { office, priya, ana, dana, exporter }
}

impl Scene {
    pub async fn apply(&self, note: &str) -> trailmark::commands::Answer {
        let form = form(self.office.says(self.ana, "interested P-1").await);
        self.office
            .submits(self.ana, &form, &values(&[("note", note), ("availability", "4 hours a week from May")]))
            .await
    }

    async fn application(&self) -> Option<applications::Application> {
        let mut tx = self.office.db.read().await.unwrap();
        applications::find(&mut tx, self.exporter, self.ana).await.unwrap()
    }
}

#[tokio::test]
async fn the_form_of_an_application_says_who_will_be_told() {
    let scene = scene().await;
    let form = form(scene.office.says(scene.ana, "interested p1").await);
    assert_eq!(form.submit, "Send");
    let Block::Note(told) = &form.outro[0] else { panic!("no note") };
    insta::assert_snapshot!(told.to_plain(), @"Send to Priya — your manager is told only if you accept an offer.");
    let FieldKind::Paragraph { max, .. } = form.fields[0].kind else { panic!("no note field") };
    assert_eq!(max, 300);
}

#[tokio::test]
async fn an_application_tells_the_owner_the_facts_and_nobody_else() {
    let scene = scene().await;
    let sent = card(scene.apply("I would love to.").await);
    insta::assert_snapshot!(sent.to_plain(), @r"
    Sent to Priya: you would like to join Rust exporter (P-1). An answer is promised by Mon 18 May.
    Your manager is told only if you accept an offer.
    [My applications] [Withdraw]
    ");
    let told = scene.office.told(scene.priya).await;
    insta::assert_snapshot!(told[0], @r"
    Ana Silva would like to join Rust exporter (P-1).
    Works in: Data
    Has: SQL, Rust
    Wants to learn: Grafana
    Available: 4 hours a week from May
    Note: I would love to.
    You promised an answer by Mon 18 May.
    [See them]
    ");
    assert_eq!(told.len(), 1);
    let notice = &scene.office.notices(scene.priya).await[0];
    assert_eq!((notice.kind.as_str(), notice.is_nudge), ("notice.applicant", false));
    assert!(scene.office.told(scene.dana).await.is_empty());
}

#[tokio::test]
async fn the_same_application_again_changes_nothing_and_says_so() {
    let scene = scene().await;
    card(scene.apply("Once.").await);
    let again = refusal(scene.office.says(scene.ana, "interested P-1").await);
    insta::assert_snapshot!(again, @r"
    You applied on Mon 4 May; nothing was sent again.
    Rust exporter · P-1 — sent today; an answer is promised by Mon 18 May.
    [My applications] [Withdraw]
    ");
    let form = super::support::form(scene.office.says(scene.priya, "help").await.map(|_| {
        // The form of somebody who opened it before applying in another window.
        Reply::OpenForm(trailmark::message::Form {
            title: String::new(),
            submit: String::new(),
            action: trailmark::message::Action::new(trailmark::message::Verb::SubmitInterest, "P-1"),
            intro: vec![],
            fields: vec![],
            outro: vec![],
        })
    }));
    let twice = refusal(scene.office.submits(scene.ana, &form, &values(&[("note", "Twice.")])).await);
    assert_eq!(twice, again);
    assert_eq!(scene.application().await.unwrap().note, "Once.");
    assert_eq!(scene.office.told(scene.priya).await.len(), 1);
}

#[tokio::test]
async fn what_cannot_be_applied_for_is_refused_with_a_way_on() {
    let scene = scene().await;
    let office = &scene.office;
    let own = refusal(office.says(scene.priya, "interested P-1").await);
    assert_eq!(own, "P-1 is your own post. You can see who would like to join.\n[See them]");
    card(office.says(scene.ana, "hide P-1").await);
    let hidden = refusal(office.says(scene.ana, "interested P-1").await);
    assert_eq!(hidden, "You said “not for me” to P-1 before. Take that back and you can apply.\n[Take it back]");
    let closed_at = at("2026-05-02T09:00:00Z");
    office.project(scene.priya, "Old one", |post| post.state = State::Closed { at: closed_at }).await;
    let closed = refusal(office.says(scene.ana, "interested P-2").await);
    assert_eq!(closed, "P-2 closed on Sat 2 May. Nothing was sent.\n[My matches]");
    let full = office.project(scene.priya, "Full one", |_| {}).await;
    let other = office.hire("Bo Lind", "Data", None).await;
    let answer = form(office.says(other, "interested P-3").await);
    card(office.submits(other, &answer, &values(&[])).await);
    let mut tx = office.db.write().await.unwrap();
    assert!(applications::decide(&mut tx, full, other, ApplicationState::Accepted, "", office.now).await.unwrap());
    tx.commit().await.unwrap();
    let full = refusal(office.says(scene.ana, "interested P-3").await);
    assert!(full.starts_with("All seats of P-3 are taken"), "{full}");
    for command in ["interested", "show", "why", "save", "unsave", "hide", "unhide", "withdraw"] {
        let missing = refusal(office.says(scene.ana, &format!("{command} P-999")).await);
        assert_eq!(missing, "There is no P-999. `/mobility find` lists the open work with its numbers.");
        let nameless = refusal(office.says(scene.ana, &format!("{command} the exporter")).await);
        assert!(nameless.contains(&format!("`/mobility {command} P-142`")), "{nameless}");
    }
}

#[tokio::test]
async fn a_note_that_is_too_long_is_refused_beside_its_field_and_nothing_is_sent() {
    let scene = scene().await;
    let errors = errors(scene.apply(&"é".repeat(301)).await);
    assert_eq!(errors["note"], "That is 301 characters; please keep it to 300.");
    assert_eq!(scene.application().await, None);
    card(scene.apply(&"é".repeat(300)).await);
}

#[tokio::test]
async fn an_application_without_an_owner_reaches_those_who_run_the_programme() {
    let scene = scene().await;
    let office = &scene.office;
    let hr = office.hire("Hana Roy", "People", None).await;
    office.grant(hr, trailmark::domain::person::Role::Hr).await;
    office.project(scene.priya, "Orphan", |post| post.owner = None).await;
    let form = form(office.says(scene.ana, "interested P-2").await);
    let sent = card(office.submits(scene.ana, &form, &values(&[("note", "secret")])).await);
    assert!(sent.to_plain().starts_with("Sent to the people who run the programme"), "{}", sent.to_plain());
    let told = office.told(hr).await;
    assert!(told[0].contains("Ana Silva would like to join Orphan (P-2), which has no owner."), "{}", told[0]);
    assert!(!told[0].contains("secret"));
}

#[tokio::test]
async fn withdrawing_tells_the_owner_and_one_may_apply_again() {
    let scene = scene().await;
    card(scene.apply("One.").await);
    let done = card(scene.office.says(scene.ana, "withdraw P-1").await);
    insta::assert_snapshot!(done.to_plain(), @r"
    Your application for P-1 is withdrawn. The owner is told, without a reason.
    [My applications] [Apply again]
    ");
    let again = refusal(scene.office.says(scene.ana, "withdraw P-1").await);
    assert_eq!(again, "You took your application for P-1 back before. Nothing more to do.");
    card(scene.apply("Two.").await);
    let told = scene.office.told(scene.priya).await;
    assert_eq!(told.len(), 3);
    assert!(told[1].starts_with("Ana Silva has withdrawn from Rust exporter (P-1)."), "{}", told[1]);
    assert!(told[2].contains("Note: Two."));
    let never = refusal(scene.office.says(scene.priya, "withdraw P-1").await);
    assert_eq!(never, "You have no application for P-1. `/mobility applied` lists yours.");
}

#[tokio::test]
async fn applications_show_their_age_and_the_promised_day() {
    let mut scene = scene().await;
    let empty = card(scene.office.says(scene.ana, "applied").await);
    assert!(empty.to_plain().contains("None yet."), "{}", empty.to_plain());
    card(scene.apply("").await);
    let mut said = Vec::new();
    for now in ["2026-05-07T08:00:00Z", "2026-05-20T08:00:00Z"] {
        scene.office.now = at(now);
        said.push(card(scene.office.says(scene.ana, "applied").await).to_plain());
    }
    insta::assert_snapshot!(said.join("\n---\n"), @r"
    Your applications
    Rust exporter · P-1 — waiting for 3 days; an answer is promised by Mon 18 May.
    [Show] [Withdraw]
    ---
    Your applications
    Rust exporter · P-1 — waiting for 16 days; an answer was promised by Mon 18 May, 2 days ago.
    [Show] [Withdraw]
    ");
}

#[tokio::test]
async fn a_post_is_saved_once_listed_and_taken_off_again() {
    let scene = scene().await;
    let office = &scene.office;
    for _ in 0..2 {
        let saved = card(office.says(scene.ana, "save P-1").await);
        assert_eq!(saved.to_plain(), "Saved: Rust exporter (P-1). Only you can see your list.\n[My list] [Undo]");
    }
    let list = card(office.says(scene.ana, "saved").await);
    insta::assert_snapshot!(list.to_plain(), @r"
    Your list
    Rust exporter · P-1 · Metrics · 4 h/week · 12 weeks · remote · replies by Mon 18 May
    [Show] [I'm interested] [Remove]
    ");
    card(office.presses(scene.ana, &button(&list, "Remove")).await);
    let list = card(office.says(scene.ana, "saved").await);
    assert!(list.to_plain().contains("Nothing saved yet."), "{}", list.to_plain());
    assert!(card(office.says(scene.priya, "saved").await).to_plain().contains("Nothing saved yet."));
}

#[tokio::test]
async fn a_hidden_post_is_gone_at_once_and_comes_back_only_on_undo() {
    let scene = scene().await;
    let office = &scene.office;
    let hidden = card(office.says(scene.ana, "hide P-1").await);
    insta::assert_snapshot!(hidden.to_plain(), @r"
    Rust exporter (P-1) won't be shown to you again. Nobody is told. Why not, if you like to say?
    [Not my topic] [No time for it] [Wrong place] [Something else] [Undo]
    ");
    for place in ["", "matches"] {
        assert!(!card(office.says(scene.ana, place).await).to_plain().contains("Rust exporter"), "{place}");
    }
    let noted = office.presses(scene.ana, &button(&hidden, "No time for it")).await.unwrap();
    assert!(matches!(noted, Reply::Replace(_)), "{noted:?}");
    card(office.presses(scene.ana, &button(&hidden, "Undo")).await);
    assert!(card(office.says(scene.ana, "matches").await).to_plain().contains("Rust exporter"));
}

#[tokio::test]
async fn skills_are_edited_in_one_line() {
    let scene = scene().await;
    let office = &scene.office;
    let mut said = Vec::new();
    for line in [
        "skills have Excel, sql",
        "skills want grafana",
        "skills want Terraform",
        "skills drop excel, Cobol",
        "skills drop Cobol",
    ] {
        said.push(format!("{line} → {}", card(office.says(scene.ana, line).await).summary));
    }
    insta::assert_snapshot!(said.join("\n"), @r"
    skills have Excel, sql → You have Excel.
    skills want grafana → Grafana was on your list to learn already.
    skills want Terraform → You want to learn Terraform.
    skills drop excel, Cobol → Dropped Excel.
    skills drop Cobol → Cobol was not on your lists.
    ");
    let ana = office.person(scene.ana);
    assert_eq!((ana.have.join(","), ana.want.join(",")), ("SQL,Rust".into(), "Grafana,Terraform".into()));
    for line in ["skills hav SQL", "skills SQL", "skills have", "skills have , ;"] {
        let how = refusal(office.says(scene.ana, line).await);
        assert!(how.contains("`skills have SQL, Rust`"), "{line}: {how}");
    }
    assert!(refusal(office.says(scene.ana, "skills hav SQL").await).starts_with("Did you mean `skills have …`?"));
}

#[tokio::test]
async fn a_slip_in_a_skill_is_kept_as_typed_and_the_known_one_is_offered() {
    let scene = scene().await;
    let office = &scene.office;
    let kept = card(office.says(scene.ana, "skills want Grafanna").await);
    insta::assert_snapshot!(kept.to_plain(), @r"
    You want to learn Grafanna.
    Kept “Grafanna” as you typed it. Did you mean Grafana?
    [Use Grafana]
    [My matches] [Edit]
    ");
    card(office.presses(scene.ana, &button(&kept, "Use Grafana")).await);
    assert_eq!(office.person(scene.ana).want, ["Grafana"]);
}

#[tokio::test]
async fn a_newcomer_is_asked_one_question_and_gets_matches_at_once() {
    let scene = scene().await;
    let office = &scene.office;
    let newcomer = office.hire_with("Nia Novak", "", None, |_| {}).await;
    let hello = card(office.says(newcomer, "").await);
    insta::assert_snapshot!(hello.to_plain(), @r"
    Hello Nia! I help people here find projects and people beside their usual work.
    One question, and your matches follow: which two skills do you have, and which one would you like to learn?
    [Tell me] [Later]
    Open right now
    Rust exporter · P-1 · Metrics · 4 h/week · 12 weeks · remote · replies by Mon 18 May
    [I'm interested] [Save] [Not for me] [Why?]
    Looking is private. /mobility help shows all of this.
    ");
    let question = form(office.presses(newcomer, &button(&hello, "Tell me")).await);
    let answer = office.submits(newcomer, &question, &values(&[("have", "rust;Cooking"), ("want", "grafana")])).await;
    assert!(card(answer).to_plain().contains("Rust exporter"));
    let nia = office.person(newcomer);
    assert_eq!(
        (nia.have, nia.want, nia.preferences.is_introduced),
        (vec!["Rust".into(), "Cooking".into()], vec!["Grafana".into()], true)
    );
    assert!(!card(office.says(newcomer, "").await).to_plain().contains("One question"));
}

#[tokio::test]
async fn a_newcomer_without_a_name_yet_can_do_everything() {
    let scene = scene().await;
    let office = &scene.office;
    let newcomer = office.hire_with("Nia Novak", "", None, |nia| nia.name.clear()).await;
    assert!(card(office.says(newcomer, "").await).to_plain().starts_with("Hello! I help people here"));
    assert!(card(office.says(newcomer, "profile").await).to_plain().contains("A new colleague"));
    let form = form(office.says(newcomer, "interested P-1").await);
    card(office.submits(newcomer, &form, &values(&[])).await);
    let told = office.told(scene.priya).await;
    assert!(told[0].starts_with("A new colleague would like to join Rust exporter (P-1)."), "{}", told[0]);
    assert!(office.home(newcomer).await.contains("Rust exporter · P-1 — sent today"));
}

#[tokio::test]
async fn a_newcomer_may_answer_in_words_too() {
    let scene = scene().await;
    let newcomer = scene.office.hire("Nia Novak", "", None).await;
    let answer = card(scene.office.says(newcomer, "skills have Rust, Cooking want Grafana").await);
    assert!(
        answer.to_plain().starts_with("You have Rust and Cooking. You want to learn Grafana."),
        "{}",
        answer.to_plain()
    );
    assert!(answer.to_plain().contains("Rust exporter"));
}

#[tokio::test]
async fn the_profile_is_shown_and_its_form_saves_what_was_chosen() {
    let scene = scene().await;
    let office = &scene.office;
    let profile = card(office.says(scene.ana, "profile").await);
    insta::assert_snapshot!(profile.to_plain(), @r"
    Your profile
    Ana Silva · Engineer · Data · Berlin
    I have: SQL, Rust
    I want to learn: Grafana
    Hours I can spare: not said
    Open to a move: quietly. Only you know; no number of who would move has you in it.
    Time zone: Europe/Berlin
    Only you see your skills. Owners see them when you apply; your manager does not.
    [Edit] [My matches]
    ");
    let edit = form(office.presses(scene.ana, &button(&profile, "Edit")).await);
    let wrong = values(&[("have", "SQL"), ("hours", "many")]);
    assert!(errors(office.submits(scene.ana, &edit, &wrong).await).contains_key("hours"));
    let filled = values(&[("have", "SQL;Figma"), ("want", ""), ("hours", "6"), ("share", "manager")]);
    let saved = card(office.submits(scene.ana, &edit, &filled).await).to_plain();
    assert!(saved.contains("I have: SQL, Figma\nI want to learn: nothing yet\nHours I can spare: 6 a week"), "{saved}");
    assert!(saved.contains("Your manager can see your skills."), "{saved}");
    assert!(office.person(scene.ana).preferences.shares_skills_with_manager);
}

#[tokio::test]
async fn snoozing_is_understood_said_back_and_ended() {
    let scene = scene().await;
    let office = &scene.office;
    let mut said = Vec::new();
    for line in ["snooze 2w", "snooze until 2026-06-12", "snooze until friday", "snooze", "snooze off"] {
        said.push(format!("{line} → {}", card(office.says(scene.ana, line).await).summary));
    }
    insta::assert_snapshot!(said.join("\n"), @r"
    snooze 2w → Nothing unasked until Mon 18 May, 10:00 (Berlin time). It ends by itself.
    snooze until 2026-06-12 → Nothing unasked until Fri 12 Jun, 00:00 (Berlin time). It ends by itself.
    snooze until friday → Nothing unasked until Fri 8 May, 00:00 (Berlin time). It ends by itself.
    snooze → Quiet until Fri 8 May, 00:00 (Berlin time). It ends by itself.
    snooze off → Messages are on again. At most 2 messages a week.
    ");
    assert_eq!(office.person(scene.ana).preferences.snoozed_until, None);
    let unknown = refusal(office.says(scene.ana, "snooze whenever").await);
    assert!(unknown.contains("`snooze 2w`"), "{unknown}");
}

#[tokio::test]
async fn the_ledger_tells_what_was_sent_and_why_and_the_rules_that_hold() {
    let scene = scene().await;
    card(scene.apply("").await);
    let ledger = card(scene.office.says(scene.priya, "nudges").await);
    insta::assert_snapshot!(ledger.to_plain(), @r"
    Your messages
    At most 2 messages a week. They come on Mon, Tue, Wed, Thu and Fri, from 09:30 to 16:00 in Europe/Berlin.
    Answers to something you did yourself always come at once and do not count.
    [Change] [Snooze]
    What did not come, and why
    The programme is off at the moment, so nothing comes unasked.
    Career conversations: nothing comes, because nobody is named as your manager.
    Matching projects: nothing comes, because I know no skills of yours to match.
    Mon 4 May, 10:00 · Somebody applied · P-1 — planned. Why: you answer for the post.
    1 message, the newest first. Kept for 13 months.
    ");
}

#[tokio::test]
async fn own_settings_beat_the_programme_within_its_cap() {
    let scene = scene().await;
    let office = &scene.office;
    let change = form(office.says(scene.ana, "nudges change").await);
    let wrong = values(&[("max_per_week", "3"), ("from", "16:00"), ("to", "09:00"), ("days", "")]);
    let wrong = errors(office.submits(scene.ana, &change, &wrong).await);
    assert_eq!(wrong.keys().map(String::as_str).collect::<Vec<_>>(), ["days", "max_per_week", "to"]);
    let right = values(&[
        ("opportunity_match", "off"),
        ("career_conversation", "fewer"),
        ("max_per_week", "1"),
        ("from", "10:00"),
        ("to", "16:00"),
        ("days", "Mon;Tue"),
    ]);
    let saved = card(office.submits(scene.ana, &change, &right).await);
    insta::assert_snapshot!(saved.to_plain(), @r"
    Saved. This is how it is now:
    At most 1 message a week. They come on Mon and Tue, from 10:00 to 16:00 in Europe/Berlin.
    Career conversations: fewer.
    Matching projects: off.
    Answers to something you did yourself always come at once and do not count.
    [Change]
    ");
    let own = office.person(scene.ana).preferences;
    assert_eq!(own.appetite(NudgeKind::OpportunityMatch), Appetite::Off);
    assert_eq!((own.max_per_week, own.quiet_after), (Some(1), None), "what equals the programme follows it");
}

#[tokio::test]
async fn privacy_says_in_plain_words_who_sees_what() {
    let scene = scene().await;
    insta::assert_snapshot!(card(scene.office.says(scene.ana, "privacy").await).to_plain(), @r"
    Who sees what
    Searching and looking: only you. What you type is not kept; which posts you were shown is, so that nothing comes up again and again. The programme sees how many people are reached, in groups too large to name anybody.
    Saved and “not for me”: only you. The programme sees how often it happens, never who.
    A role you would like, and whether you are open to a move: only you. The programme sees totals.
    What you offer to help with: everybody here, from the moment you offer it until you stop. Whom you ask, and what about: the two of you.
    Skills you have and want: you; an owner when you apply; your manager only if you tick that in your profile.
    An application: you and the owner of the post. The programme sees that it waits, not your note. Your manager is told only if you accept an offer.
    The reason of an answer: you and the owner. The programme sees totals of groups too large to name anybody.
    Career conversations: you and your manager see the dates. The programme sees whether it happened; leadership sees totals only.
    What was sent to you: you. Whoever runs the server sees whether it arrived, not what it says.
    Who looked at what is yours: nobody, in the last 90 days.
    Right now your manager does not see your skills.
    Never used: age, gender, nationality, leave, pay, ratings, or what you write in chat. Whoever runs the server can technically read its database; that is why nothing more than this is kept.
    [My profile] [Change] [What was sent to me] [Everything stored about me] [What my matches listen to]
    ");
}

#[tokio::test]
async fn help_shows_managers_and_programme_what_is_theirs() {
    let scene = scene().await;
    let office = &scene.office;
    let plain = card(office.says(scene.ana, "help").await).to_plain();
    insta::assert_snapshot!(plain, @r"
    What you can do
    Find something
    /mobility — The next useful thing, and three matches
    find [words] [skill:rust] [type:project] [hours:<=4] [remote] [team:data] [starts:may] — Search the open work
    show P-142 — Everything about one post
    save P-142 — Keep a post for later
    unsave P-142 — Take it off your list
    saved — Your list
    Matches
    matches · matches feedback — Work that fits what you have and what you want to learn
    why P-142 — What fits, what is missing, what it teaches, or what hid it
    hide P-142 — Not for me: it never comes back; a reason is welcome
    unhide P-142 — Take “not for me” back
    profile — What the programme knows of you, to edit
    skills have SQL, Rust · skills want Grafana · skills want role: Product Manager · skills drop SQL — Say what you can, want to learn and would like to be, in one line
    Applications
    interested P-142 — Tell the owner that you would like to
    applied — Where your applications stand
    withdraw P-142 — Take an application back
    Where you could go
    paths · paths product manager — Roles you could grow into, and what in the company teaches what is missing
    Helping each other
    mentor find sql · mentor offer · mentor — Somebody to learn from; or help others yourself
    expert sql — Whom you may ask a question
    Messages
    nudges — What was sent to you and why; how much you want
    snooze 2w · snooze until 2026-01-12 · snooze off — Nothing unprompted for a while
    Career conversations
    1on1 · 1on1 done @name — Your career conversations
    team · team add @name — Your reports, and where the conversations stand
    Offer some work
    post — Offer a piece of work
    edit P-142 — Change a post of yours
    close P-142 — Close a post of yours; everybody who waits is told
    applicants P-142 — See and answer the people who applied
    Channels
    channel — This channel's weekly digest
    Privacy
    privacy — Who sees what
    my-data — Everything that is stored about you, and how long
    forget-me — Erase everything about you, after a look at what that is
    Any other words are searched for. /projects rust is short for /mobility find rust. More about: search, matches, applications, moving, paths, mentors, nudges, conversations, posting, channels, privacy, sources.
    [How moving works here] [Matches] [Who sees what]
    ");
    assert!(plain.contains("matches feedback — Work that fits"), "{plain}");
    assert!(!plain.contains("Managers") && !plain.contains("Running the programme"), "{plain}");
    let dana = scene.dana;
    assert!(card(office.says(dana, "help").await).to_plain().contains("Managers"));
    office.grant(dana, trailmark::domain::person::Role::Hr).await;
    assert!(card(office.says(dana, "help").await).to_plain().contains("Running the programme"));
    assert!(card(office.says(scene.ana, "help snooze").await).to_plain().starts_with("Messages\nThere is a cap"));
    let unknown = card(office.says(scene.ana, "help bananas").await).to_plain();
    assert!(unknown.contains("There is no help on “bananas”."), "{unknown}");
}

#[tokio::test]
async fn a_post_is_shown_with_all_its_facts_and_shared_only_by_a_press() {
    let scene = scene().await;
    let office = &scene.office;
    let shown = card(office.says_in(scene.ana, "CDATA", "show P-1").await);
    insta::assert_snapshot!(shown.to_plain(), @r"
    Rust exporter
    P-1 · Metrics · 4 h/week · 12 weeks · remote · replies by Mon 18 May
    What it is about.
    Needs: Rust, SQL
    We teach: Grafana
    1 seat · or in Berlin · owner: Priya Nair
    You have Rust, SQL. You'd learn Grafana — on your list.
    [I'm interested] [Save] [Not for me] [Why?] [Share here]
    ");
    let share = button(&shown, "Share here");
    assert!(matches!(office.says_in(scene.ana, "CDATA", &share.subject).await, Ok(Reply::Private(_))));
    let Ok(Reply::Share(shared)) = office.presses(scene.ana, &share).await else { panic!("not shared") };
    assert!(!shared.to_plain().contains("You have"), "{}", shared.to_plain());
    assert!(card(office.says(scene.ana, "show P-1").await).all_buttons().all(|it| it.label != "Share here"));
}

fn texts(card: &Card) -> impl Iterator<Item = &Text> {
    card.blocks.iter().filter_map(|block| match block {
        Block::Text(text) | Block::Note(text) | Block::Item { text, .. } => Some(text),
        _ => None,
    })
}

/// Words of people never become a mention, a link or a time: only we make those.
fn is_made_of_words(card: &Card, hostile: &str) -> bool {
    texts(card).flat_map(|text| &text.0).all(|span| match span {
        Span::Plain(_) | Span::Bold(_) | Span::Italic(_) => true,
        Span::Code(words) => !words.contains(hostile),
        Span::Person { address, name } => !address.id.contains(hostile) && name != hostile,
        Span::Channel { .. } | Span::Time { .. } | Span::Link { .. } => false,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn hostile_words_stay_words_wherever_a_post_is_drawn(evil in "(<!channel>|<@U1>|<https://e\\.vil\\|x>|\\*|`|&|\u{202e}|\\PC){3,40}") {
        tokio::runtime::Runtime::new().unwrap().block_on(async {
            let scene = scene().await;
            let office = &scene.office;
            office.project(scene.priya, &evil, |post| {
                post.summary.clone_from(&evil);
                post.team.clone_from(&evil);
                post.place.clone_from(&evil);
                post.teaches = vec![evil.clone()];
            }).await;
            for line in ["show P-2", "why P-2", "find", "matches", "", "save P-2", "saved", "matches", "", "hide P-2"] {
                let shown = card(office.says(scene.ana, line).await);
                prop_assert!(is_made_of_words(&shown, &evil), "{line}: {shown:?}");
            }
            Ok(())
        })?;
    }
}
