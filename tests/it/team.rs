//! Who reports to whom, as the two of them say.

use super::support::{Office, button, card, refusal};
use trailmark::{domain::conversation::Claim, message::Reply, store::conversations};

#[tokio::test]
async fn nothing_changes_until_the_other_one_says_yes_and_then_both_are_told() {
    let office = Office::open().await;
    let eli = office.hire("Eli Novak", "Data", None).await;
    let dana = office.hire("Dana Kim", "Sales", None).await;
    let bo = office.hire("Bo Berg", "Sales", Some(eli)).await;

    insta::assert_snapshot!(card(office.says(dana, "team add <@UBO|bo>").await).to_plain(), @"I asked Bo Berg. You both hear when they have answered; until then nothing changes.");
    insta::assert_snapshot!(office.told(bo).await.join("\n\n"), @"
    Dana Kim says that you are in their team. Is that right? So far I have Eli Novak as your manager.
    [Yes] [No]
    Your manager gets suggested times for a career conversation each quarter, and sees dates only. Nothing changes until you answer.
    ");
    assert_eq!(office.person(bo).manager, Some(eli));

    let yes = button(&office.cards("UBO").await[0], "Yes");
    insta::assert_snapshot!(card(office.presses(bo, &yes).await).to_plain(), @"Dana Kim is your manager now. Career conversations of this quarter are with them.");
    assert_eq!(office.person(bo).manager, Some(dana));
    insta::assert_snapshot!(office.told(dana).await.join("\n\n"), @"
    Bo Berg confirmed that you are their manager.
    [Show my team]
    ");
    insta::assert_snapshot!(office.told(eli).await.join("\n\n"), @"Bo Berg now reports to Dana Kim. Career conversations that were held stay as they are.");

    assert!(refusal(office.presses(bo, &yes).await).contains("not open any more"));
    assert_eq!(office.told(dana).await.len(), 1, "the second press tells nobody anything");
}

#[tokio::test]
async fn a_no_changes_nothing_and_the_one_who_asked_hears_it() {
    let office = Office::open().await;
    let dana = office.hire("Dana Kim", "Sales", None).await;
    let bo = office.hire("Bo Berg", "Sales", None).await;
    card(office.says(dana, "team add bo@example.com").await);
    assert!(refusal(office.says(dana, "team add Bo Berg").await).contains("has your question already"));
    let no = button(&office.cards("UBO").await[0], "No");
    let reply = office.presses(bo, &no).await;
    assert!(matches!(reply, Ok(Reply::Replace(_))));
    assert_eq!(office.person(bo).manager, None);
    insta::assert_snapshot!(office.told(dana).await.join("\n\n"), @"Bo Berg says that you are not their manager. Nothing was changed; a word between you two may clear it up.");
}

#[tokio::test]
async fn a_circle_in_the_reporting_line_is_refused_also_when_it_only_arises_before_the_yes() {
    let office = Office::open().await;
    let dana = office.hire("Dana Kim", "Sales", None).await;
    let eli = office.hire("Eli Novak", "Sales", Some(dana)).await;
    let bo = office.hire("Bo Berg", "Sales", Some(eli)).await;
    insta::assert_snapshot!(refusal(office.says(bo, "team add dana").await), @"Dana Kim stands above Bo Berg in the reporting line, so that would make a circle. Ask HR to look at the line first.");
    assert!(refusal(office.says(bo, "team add bo").await).contains("your own manager"));
    assert!(refusal(office.says(eli, "team add bo").await).contains("reports to Eli Novak already"));

    let mia = office.hire("Mia Roth", "Sales", None).await;
    card(office.says(mia, "team add dana").await);
    card(office.says(bo, "team add mia").await);
    let yes = button(&office.cards("UMIA").await[0], "Yes");
    card(office.presses(mia, &yes).await);
    let yes = button(&office.cards("UDANA").await[0], "Yes");
    assert!(refusal(office.presses(dana, &yes).await).contains("circle"));
    assert_eq!(office.person(dana).manager, None);
}

#[tokio::test]
async fn the_team_shows_dates_and_nothing_else() {
    let office = Office::open().await;
    let dana = office.hire("Dana Kim", "Sales", None).await;
    let bo = office.hire("Bo Berg", "Sales", Some(dana)).await;
    let ana = office.hire("Ana Lopez", "Sales", Some(dana)).await;
    office.hire("Chi Tran", "Sales", Some(dana)).await;
    let mut tx = office.db.write().await.unwrap();
    let held = conversations::ensure(&mut tx, dana, bo, "2026-Q2", office.now).await.unwrap();
    conversations::claim(&mut tx, held.id, dana, Claim::Held, office.now).await.unwrap();
    conversations::claim(&mut tx, held.id, bo, Claim::Held, office.now).await.unwrap();
    let planned = conversations::ensure(&mut tx, dana, ana, "2026-Q2", office.now).await.unwrap();
    let when = "2026-05-12T12:00:00Z".parse().unwrap();
    conversations::plan_at(&mut tx, planned.id, planned.version, when, dana).await.unwrap();
    tx.commit().await.unwrap();

    insta::assert_snapshot!(card(office.says(dana, "team").await).to_plain(), @"
    Your team · 1 of 3 done in 2026-Q2
    Bo Berg · held, you both said so
    Ana Lopez · planned for Tue 12 May, 14:00 (Berlin time)
    Chi Tran · no time yet
    [Propose times]
    You see dates, never what was said. `/mobility team add @name` adds somebody.
    ");
    assert!(refusal(office.says(bo, "team").await).contains("I know nobody who reports to you"));
}

#[tokio::test]
async fn a_name_that_two_people_have_is_asked_for_once_more() {
    let office = Office::open().await;
    let dana = office.hire("Dana Kim", "Sales", None).await;
    office.hire_with("Ana Lopez", "Data", None, |it| it.email = None).await;
    office.hire_with("Ana Maier", "Sales", None, |it| it.email = None).await;
    insta::assert_snapshot!(refusal(office.says(dana, "team add ana").await), @"Which one: Ana Lopez (Data), Ana Maier (Sales)? Mention them with @, or type the whole name or the e-mail address.");
    card(office.says(dana, "team add @ana maier").await);
    insta::assert_snapshot!(refusal(office.says(dana, "team add zoe").await), @"I know nobody called “zoe”. Mention them with @, or type their e-mail address.");
    insta::assert_snapshot!(refusal(office.says(dana, "team add <@UNEW>").await), @"I have not met them yet. Ask them to type `/mobility` once, then try again.");
}
