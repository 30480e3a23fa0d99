use super::*;
use crate::domain::opportunity::{Kind, State};
use proptest::prelude::*;
use std::collections::HashMap;

fn post(id: i64, reply_by: Option<&str>) -> Opportunity {
    Opportunity {
        id: OpportunityId(id),
        kind: Kind::Project,
        title: "Rust exporter".into(),
        summary: String::new(),
        team: "Metrics".into(),
        owner: None,
        needs: vec!["Rust".into()],
        nice: vec![],
        teaches: vec!["Grafana".into()],
        hours_per_week: Some(4),
        weeks: Some(12),
        starts_on: None,
        reply_by: reply_by.map(|day| day.parse().unwrap()),
        seats: 1,
        place: String::new(),
        is_remote: true,
        state: State::Open,
        created_at: Instant::UNIX_EPOCH,
        version: 1,
    }
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

#[test]
fn the_digest_leads_with_the_team_and_the_work() {
    let (one, mut two) = (post(131, Some("2026-05-07")), post(142, Some("2026-06-14")));
    two.team = "Growth team".into();
    two.needs.clear();
    two.is_remote = false;
    two.place = "Berlin".into();
    let card = card::digest(&[&one, &two], &["rust".into(), "data".into()], day("2026-05-04"));
    insta::assert_snapshot!(card.to_plain(), @r"
    2 ways to work on something different — week of 4 May
    Metrics team needs Rust (will teach Grafana): Rust exporter — P-131, 4 h/week, 12 weeks, remote, answer by Thu 7 May
    [Show]
    Growth team (will teach Grafana): Rust exporter — P-142, 4 h/week, 12 weeks, Berlin, answer by Sun 14 Jun
    [Show]
    Closing soon: P-131 (Thu).
    [More like these] [Post a project] [Change]
    Topics here: rust and data.
    ");
    insta::assert_snapshot!(card::rest(&[&two]).to_plain(), @r"
    And more open work:
    Growth team (will teach Grafana): Rust exporter — P-142, 4 h/week, 12 weeks, Berlin, answer by Sun 14 Jun
    [Show]
    ");
}

#[test]
fn what_closes_soon_is_first_then_what_was_shown_least() {
    let posts = [post(1, None), post(2, Some("2026-05-08")), post(3, Some("2026-05-06")), post(4, None)];
    let open: Vec<&Opportunity> = posts.iter().collect();
    let shown = HashMap::from([(OpportunityId(1), 3)]);
    let ids: Vec<i64> = pick(&open, &[], &shown, day("2026-05-04"), 5).iter().map(|post| post.id.0).collect();
    assert_eq!(ids, [3, 2, 4, 1]);
}

#[test]
fn a_week_without_news_is_silent() {
    let posts = [post(1, None), post(2, None)];
    let open: Vec<&Opportunity> = posts.iter().collect();
    let seen = [1, 2].map(|id| Exposure {
        post: OpportunityId(id),
        occurrence: "2026-W18@UTC".into(),
        shown_at: "2026-04-27T09:30:00Z".parse().unwrap(),
    });
    assert!(pick(&open, &seen, &HashMap::new(), day("2026-05-04"), 5).is_empty());
}

proptest! {
    #[test]
    fn over_many_weeks_nothing_is_in_three_running_and_every_digest_has_news(
        arrivals in proptest::collection::vec(0..4_i64, 12), size in 1..6_usize
    ) {
        let mut posts: Vec<Opportunity> = Vec::new();
        let mut seen: Vec<Exposure> = Vec::new();
        let mut digests: Vec<BTreeSet<OpportunityId>> = Vec::new();
        for (week, new) in arrivals.iter().enumerate() {
            for _ in 0..*new {
                posts.push(post(i64::try_from(posts.len()).unwrap() + 1, None));
            }
            let today = day("2026-05-04") + TimeDelta::weeks(i64::try_from(week).unwrap());
            let open: Vec<&Opportunity> = posts.iter().collect();
            let picked = pick(&open, &seen, &HashMap::new(), today, size);
            let main: BTreeSet<OpportunityId> = picked.iter().take(size).map(|post| post.id).collect();
            if main.is_empty() {
                prop_assert!(posts.iter().all(|post| seen.iter().any(|it| it.post == post.id)), "news was kept back");
                continue;
            }
            prop_assert!(main.iter().any(|id| seen.iter().all(|it| it.post != *id)), "no news");
            if let [.., one, two] = &digests[..] {
                prop_assert!(main.iter().all(|id| !(one.contains(id) && two.contains(id))), "three running");
            }
            let shown_at = today.and_hms_opt(9, 30, 0).unwrap().and_utc();
            seen.extend(main.iter().map(|id| Exposure { post: *id, occurrence: format!("W{week}"), shown_at }));
            digests.push(main);
        }
    }
}
