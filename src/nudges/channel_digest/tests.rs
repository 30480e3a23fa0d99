use super::*;
use crate::{domain::opportunity::State, message::Platform, store::channels};
use proptest::prelude::*;

fn post(id: i64, reply_by: Option<&str>) -> Opportunity {
    Opportunity {
        id: OpportunityId(id),
        reply_by: reply_by.map(|day| day.parse().unwrap()),
        place: String::new(),
        ..Opportunity::exporter()
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
    let card = card::digest(&[&one, &two], &[], &["rust".into(), "data".into()], day("2026-05-04"));
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

fn finished_on(id: i64, title: &str, at: &str) -> Opportunity {
    let state = State::Finished { at: at.parse().unwrap() };
    Opportunity { title: title.into(), state, ..post(id, None) }
}

#[test]
fn what_was_finished_stands_below_what_is_new() {
    let mut search = finished_on(7, "Intranet *search*", "2026-05-01T10:00:00Z");
    search.team = " ".into();
    let two = [&finished_on(8, "Pay slips", "2026-05-01T10:00:00Z"), &search];
    let text = |finished: &[&Opportunity]| {
        card::digest(&[&post(131, None)], finished, &[], day("2026-05-04"))
            .to_plain()
            .lines()
            .nth(3)
            .unwrap()
            .to_owned()
    };
    assert_eq!(text(&two[..1]), "Finished last week: Pay slips (Metrics).");
    assert_eq!(text(&two), "Finished last week: Pay slips (Metrics) and Intranet *search*.");
    assert!(text(&[]).starts_with("[More like these]"));
}

#[test]
fn a_digest_names_the_two_last_of_its_topics_that_were_finished_in_the_week_before_it() {
    let mut other = finished_on(4, "Lunch", "2026-05-03T10:00:00Z");
    other.needs = vec!["Cooking".into()];
    let closed = Opportunity { state: State::Closed { at: "2026-05-03T10:00:00Z".parse().unwrap() }, ..post(5, None) };
    let all = company(&[
        finished_on(1, "Exactly a week ago", "2026-04-27T09:30:00Z"),
        finished_on(2, "Just within", "2026-04-27T09:30:01Z"),
        finished_on(3, "Later than now", "2026-05-04T09:30:01Z"),
        other,
        closed,
        finished_on(6, "At this moment", "2026-05-04T09:30:00Z"),
    ]);
    let mut channel = channel(5);
    channel.digest.topics = vec!["rust".into()];
    let titles = |company: &Company| -> Vec<String> {
        let at = "2026-05-04T09:30:00Z".parse().unwrap();
        finished(company, &channel, at).into_iter().map(|post| post.title.clone()).collect()
    };
    assert_eq!(titles(&all), ["At this moment", "Just within"]);
    let mut more = all;
    more.upsert_opportunity(finished_on(9, "In between", "2026-05-02T10:00:00Z"));
    assert_eq!(titles(&more), ["At this moment", "In between"]);
}

fn channel(size: u32) -> Channel {
    Channel {
        platform: Platform::Slack,
        id: "C1".into(),
        tenant: "home".into(),
        name: String::new(),
        digest: channels::Digest { size, ..channels::Digest::usual(&Programme::default()) },
        zone: None,
        set_up_by: None,
        is_member: true,
        is_paused: false,
    }
}

fn company(posts: &[Opportunity]) -> Company {
    let mut company = Company::default();
    for post in posts {
        company.upsert_opportunity(post.clone());
    }
    company
}

fn seen(posts: &[i64], week: i64) -> Vec<Exposure> {
    let shown_at = "2026-04-27T09:30:00Z".parse::<Instant>().unwrap() + TimeDelta::weeks(week);
    let one = |id: &i64| Exposure { post: OpportunityId(*id), occurrence: format!("W{week}"), shown_at };
    posts.iter().map(one).collect()
}

#[test]
fn a_week_without_news_has_nothing_new() {
    let company = company(&[post(1, None), post(2, None)]);
    assert_eq!(choose(&company, &channel(5), &seen(&[1, 2], 0), day("2026-05-04")).new, 0);
    assert_eq!(choose(&company, &channel(5), &seen(&[1], 0), day("2026-05-04")).new, 1);
}

#[test]
fn news_is_never_crowded_out_by_what_closes_soon() {
    let company = company(&[post(1, Some("2026-05-05")), post(2, Some("2026-05-06")), post(3, None)]);
    let chosen = choose(&company, &channel(2), &seen(&[1, 2], 0), day("2026-05-04"));
    assert_eq!(chosen.shown, [OpportunityId(1), OpportunityId(3)]);
    assert_eq!((chosen.rest, chosen.new), (vec![OpportunityId(2)], 1));
}

proptest! {
    // Twelve weeks of digests each time: fewer rounds tell as much.
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn over_many_weeks_nothing_is_in_three_running_and_every_digest_has_news(
        arrivals in proptest::collection::vec(0..4_i64, 12), size in 1..6_u32
    ) {
        let mut posts: Vec<Opportunity> = Vec::new();
        let mut company = company(&posts);
        let mut known: Vec<Exposure> = Vec::new();
        let mut digests: Vec<Vec<OpportunityId>> = Vec::new();
        for (week, new) in (0_i64..).zip(&arrivals) {
            for _ in 0..*new {
                posts.push(post(i64::try_from(posts.len()).unwrap() + 1, None));
                company.upsert_opportunity(posts.last().unwrap().clone());
            }
            let today = day("2026-05-04") + TimeDelta::weeks(week);
            let chosen = choose(&company, &channel(size), &known, today);
            if chosen.new == 0 {
                prop_assert!(posts.iter().all(|post| known.iter().any(|it| it.post == post.id)), "news was kept back");
                continue;
            }
            prop_assert!(chosen.shown.iter().any(|id| known.iter().all(|it| it.post != *id)), "no news");
            if let [.., one, two] = &digests[..] {
                prop_assert!(chosen.shown.iter().all(|id| !(one.contains(id) && two.contains(id))), "three running");
            }
            let ids: Vec<i64> = chosen.shown.iter().map(|id| id.0).collect();
            known.extend(seen(&ids, week));
            digests.push(chosen.shown);
        }
    }
}
