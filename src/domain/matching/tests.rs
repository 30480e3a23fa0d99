//! A small company to search in, and what must hold for every company.

use super::{person_tests::matches_of, *};
use crate::domain::{
    Instant,
    id::{OpportunityId, PersonId},
    opportunity::{Kind, Opportunity, State},
    person::Person,
    word::words,
};
use chrono::{NaiveDate, TimeDelta};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

pub(super) fn today() -> NaiveDate {
    day("2026-05-14")
}

pub(super) fn start() -> Instant {
    "2026-05-01T08:00:00Z".parse().unwrap()
}

pub(super) fn names(list: &str) -> Vec<String> {
    crate::domain::skills::split(list)
}

pub(super) fn post(id: i64, title: &str, needs: &str, teaches: &str) -> Opportunity {
    Opportunity {
        id: OpportunityId(id),
        title: title.to_owned(),
        team: format!("Team {id}"),
        owner: Some(PersonId(100 + id)),
        needs: names(needs),
        teaches: names(teaches),
        hours_per_week: Some(4),
        weeks: Some(12),
        starts_on: Some(day("2026-06-01")),
        reply_by: Some(day("2026-05-29")),
        ..Opportunity::unknown(start() + TimeDelta::hours(id))
    }
}

pub(super) fn person(have: &str, want: &str) -> Person {
    Person {
        id: PersonId(1),
        name: "Maya".to_owned(),
        department: "Sales".to_owned(),
        have: words(&names(have)),
        want: words(&names(want)),
        ..Person::unknown()
    }
}

pub(super) fn index(posts: impl IntoIterator<Item = Opportunity>) -> Index {
    let mut index = Index::default();
    posts.into_iter().for_each(|post| index.upsert(post));
    index
}

pub(super) fn company() -> Index {
    index([
        Opportunity {
            team: "Metrics".into(),
            summary: "Help us watch our services.".into(),
            is_remote: true,
            ..post(1, "Rust exporter for the metrics team", "Rust, SQL", "Grafana")
        },
        Opportunity {
            team: "Data platform".into(),
            ..post(2, "Migrate the data warehouse", "SQL, dbt, Python", "Airflow")
        },
        Opportunity {
            kind: Kind::Mentoring,
            hours_per_week: Some(1),
            ..post(3, "Mentor a new colleague", "Coaching", "")
        },
        Opportunity {
            kind: Kind::Gig,
            team: "Marketing".into(),
            hours_per_week: Some(8),
            ..post(4, "Launch the autumn webinar series", "Public speaking", "Copywriting")
        },
        Opportunity { team: "Platform".into(), ..post(5, "Move the shop to Kubernetes", "Kubernetes, Go", "Rust") },
    ])
}

fn ids(found: &Found) -> Vec<i64> {
    found.hits.iter().map(|hit| hit.id.0).collect()
}

fn search(text: &str) -> Found {
    company().search(&Query::parse(text), None, today(), 0, 5)
}

#[test]
fn a_word_is_found_in_title_skills_team_summary_and_kind() {
    for (text, expected) in [
        ("exporter", vec![1]),
        ("dbt", vec![2]),
        ("marketing", vec![4]),
        ("services", vec![1]),
        ("mentoring", vec![3]),
        ("migrating warehouses", vec![2]),
        ("the rust", vec![1, 5]),
        ("P-1", vec![]),
    ] {
        let found = search(text);
        if found.relaxed.is_none() {
            assert_eq!(ids(&found), expected, "{text}");
        } else {
            assert!(expected.is_empty(), "{text}");
        }
    }
}

#[test]
fn a_needed_skill_in_the_title_ranks_above_one_that_is_taught() {
    assert_eq!(ids(&search("rust")), [1, 5]);
}

#[test]
fn nothing_asked_for_is_everything_open_newest_first() {
    let found = search("");
    assert_eq!(ids(&found), [5, 4, 3, 2, 1]);
    assert_eq!((found.total, found.relaxed, found.did_you_mean), (5, None, None));
}

#[test]
fn filters_narrow_what_is_found() {
    for (text, expected) in [
        ("skill:sql", vec![2, 1]),
        ("skill:sql skill:rust", vec![1]),
        ("type:mentoring", vec![3]),
        ("type:gig,mentoring", vec![4, 3]),
        ("hours:<=4 rust", vec![1, 5]),
        ("hours:>=8", vec![4]),
        ("remote", vec![1]),
        ("remote:no sql", vec![2]),
        ("team:platform", vec![5, 2]),
        ("team:\"data platform\"", vec![2]),
        ("starts:june page:3", vec![5, 4, 3, 2, 1]),
        ("skill:k8s", vec![5]),
    ] {
        let found = search(text);
        assert_eq!(ids(&found), expected, "{text}");
        assert_eq!(found.relaxed, None, "{text}");
    }
}

#[test]
fn short_names_slips_and_beginnings_are_understood() {
    assert_eq!(ids(&search("k8s")), [5]);
    assert_eq!(ids(&search("kube")), [5]);
    let slip = search("kuberntes remote:no");
    assert_eq!(ids(&slip), [5]);
    assert_eq!(slip.did_you_mean.as_deref(), Some("kubernetes remote:no"));
    assert_eq!(search("warehose").did_you_mean.as_deref(), Some("warehouse"));
    assert_eq!(search("web").did_you_mean, None);
    assert_eq!(search("rust").did_you_mean, None);
}

#[test]
fn a_search_without_results_says_what_it_gave_up() {
    for (text, relaxed, expected) in [
        ("rust webinar", Relaxed::Words, vec![1, 5, 4]),
        ("rust hours:>20", Relaxed::Hours, vec![1, 5]),
        ("rust starts:2027-01-01", Relaxed::Starts, vec![1, 5]),
        ("webinar remote", Relaxed::Remote, vec![4]),
        ("webinar team:metrics", Relaxed::Team, vec![4]),
        ("webinar type:role", Relaxed::Kind, vec![4]),
        ("webinar skill:cooking", Relaxed::Skill, vec![4]),
        ("webinar remote type:role", Relaxed::Filters, vec![4]),
        ("zzzzzz", Relaxed::Everything, vec![5, 4, 3, 2, 1]),
    ] {
        let found = search(text);
        assert_eq!(found.relaxed, Some(relaxed), "{text}");
        assert_eq!(ids(&found), expected, "{text}");
    }
    assert_eq!(index([]).search(&Query::parse("rust"), None, today(), 0, 5), Found::default());
}

#[test]
fn what_can_no_longer_be_joined_never_appears() {
    let mut posts = company();
    let rust = posts.get(OpportunityId(1)).unwrap().clone();
    for gone in [
        Opportunity { state: State::Closed { at: start() }, ..rust.clone() },
        Opportunity { seats: 0, ..rust.clone() },
        Opportunity { reply_by: Some(day("2026-05-13")), ..rust.clone() },
        Opportunity { reply_by: None, starts_on: Some(day("2026-05-13")), ..rust.clone() },
    ] {
        posts.upsert(gone);
        assert_eq!(ids(&posts.search(&Query::parse("rust"), None, today(), 0, 5)), [5]);
        assert!(matches_of(&posts, &person("Rust, SQL", "")).iter().all(|it| it.id != OpportunityId(1)));
    }
    posts.upsert(rust);
    assert_eq!(ids(&posts.search(&Query::parse("rust"), None, today(), 0, 5)), [1, 5]);
}

#[test]
fn a_post_said_no_to_is_not_shown_again() {
    let mut maya = person("Rust", "");
    maya.hidden.insert(OpportunityId(1));
    let found = company().search(&Query::parse("rust"), Some(&maya), today(), 0, 5);
    assert_eq!((ids(&found), found.total), (vec![5], 1));
    assert!(matches_of(&company(), &maya).iter().all(|it| it.id != OpportunityId(1)));
}

#[test]
fn the_facets_count_all_results_and_their_filters_find_as_many() {
    let found = company().search(&Query::default(), None, today(), 0, 2);
    assert_eq!((found.hits.len(), found.total), (2, 5));
    assert_eq!(found.facets.kinds, [(Kind::Project, 3), (Kind::Gig, 1), (Kind::Mentoring, 1)]);
    assert_eq!(found.facets.remote, 1);
    assert_eq!(found.facets.teams.len(), 5);
    for (range, count) in &found.facets.hours {
        assert_eq!(search(range.filter()).total, *count, "{}", range.label());
    }
}

#[test]
fn pages_follow_each_other_without_gap_or_double() {
    let posts = company();
    let query = Query::parse("");
    let all = ids(&posts.search(&query, None, today(), 0, 100));
    let pages: Vec<_> = (0..4).flat_map(|page| ids(&posts.search(&query, None, today(), page * 2, 2))).collect();
    assert_eq!(all, pages);
}

#[test]
fn a_changed_post_is_found_by_its_new_words_only() {
    let mut posts = company();
    posts.upsert(post(4, "Paint the hall", "Painting", ""));
    assert_eq!(posts.search(&Query::parse("webinar"), None, today(), 0, 5).relaxed, Some(Relaxed::Everything));
    assert_eq!(ids(&posts.search(&Query::parse("paint"), None, today(), 0, 5)), [4]);
    assert_eq!(posts.search(&Query::parse("speaking"), None, today(), 0, 5).relaxed, Some(Relaxed::Everything));
}

#[test]
fn a_result_says_what_it_has_to_do_with_the_reader() {
    let maya = person("SQL, Rust", "Grafana");
    let found = company().search(&Query::parse("rust"), Some(&maya), today(), 0, 5);
    let said: Vec<_> = found.hits.iter().map(|hit| sentences(&hit.why)).collect();
    assert_eq!(said, ["Names Rust. You have Rust, SQL. You'd learn Grafana — on your list.", "Names Rust."]);
}

#[test]
fn a_digest_begins_with_what_closes_soon_and_then_what_was_shown_least() {
    let mut posts: Vec<_> = (1..=6).map(|id| post(id, "Work", "Rust", "")).collect();
    posts[3].reply_by = Some(day("2026-05-20"));
    posts[4].state = State::Closed { at: start() };
    let shown =
        |times_shown, was_in_last, was_in_second_last| Exposure { times_shown, was_in_last, was_in_second_last };
    let exposure = BTreeMap::from([
        (OpportunityId(1), shown(2, true, true)),
        (OpportunityId(2), shown(1, true, false)),
        (OpportunityId(4), shown(1, false, true)),
    ]);
    let wanted = Wanted { size: 3, ..Wanted::default() };
    let digest = digest(&posts, &exposure, today(), &wanted, 7);
    assert_eq!(digest.shown[0], OpportunityId(4));
    let new: BTreeSet<_> = digest.shown[1..].iter().map(|id| id.0).collect();
    assert_eq!(new, BTreeSet::from([3, 6]));
    assert_eq!((digest.rest, digest.new), (vec![OpportunityId(2)], 2));
}

#[test]
fn a_digest_keeps_to_the_topics_and_kinds_of_its_channel() {
    let posts: Vec<_> = company().all().cloned().collect();
    let of = |topics: &str, kinds: &[Kind]| {
        let topics = names(topics);
        let wanted = Wanted { topics: &topics, kinds, size: 5 };
        let mut shown: Vec<_> =
            digest(&posts, &BTreeMap::new(), today(), &wanted, 1).shown.iter().map(|id| id.0).collect();
        shown.sort_unstable();
        shown
    };
    assert_eq!(of("rust", &[]), [1, 5]);
    assert_eq!(of("k8s, webinars", &[]), [4, 5]);
    assert_eq!(of("data warehouse", &[]), [2]);
    assert_eq!(of("", &[Kind::Gig, Kind::Mentoring]), [3, 4]);
    assert!(of("data", &[Kind::Gig]).is_empty());
}

const SKILLS: [&str; 8] = ["Rust", "SQL", "Go", "k8s", "Kubernetes", "C++", "Machine learning", "ml"];

pub(super) fn any_skills() -> impl Strategy<Value = Vec<String>> {
    proptest::collection::vec(proptest::sample::select(SKILLS.to_vec()).prop_map(str::to_owned), 0..4)
}

prop_compose! {
    pub(super) fn any_post()(
        id in 1..30_i64, title in "[a-c]{1,2}( (rust|web|data|C\\+\\+|é🙂)){0,3}|\\PC{0,20}",
        needs in any_skills(), nice in any_skills(), teaches in any_skills(), team in "[A-C]?",
        hours in proptest::option::of(0..12_u32), reply_in in proptest::option::of(-3..20_i64),
        seats in 0..3_u32, is_remote in any::<bool>(), is_open in any::<bool>(), kind in 0..6_usize,
    ) -> Opportunity {
        Opportunity {
            needs, nice, teaches, team, seats, is_remote,
            kind: Kind::ALL[kind],
            hours_per_week: hours,
            reply_by: reply_in.map(|days| today() + TimeDelta::days(days)),
            state: if is_open { State::Open } else { State::Closed { at: start() } },
            ..post(id, &title, "", "")
        }
    }
}

prop_compose! {
    pub(super) fn any_person()(
        have in any_skills(), want in any_skills(), hours_free in proptest::option::of(0..12_u32),
        hidden in proptest::collection::btree_set((1..30_i64).prop_map(OpportunityId), 0..5), id in 90..120_i64,
    ) -> Person {
        let mut person = Person { have: words(&have), want: words(&want), hidden, id: PersonId(id), ..person("", "") };
        person.preferences.hours_free = hours_free;
        person
    }
}

pub(super) fn may_be_shown(person: &Person, post: &Opportunity) -> bool {
    post.is_open() && post.seats > 0 && index::last_day(post) >= today() && !person.hidden.contains(&post.id)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_search_is_total_and_shows_only_what_passes_the_filters(
        posts in proptest::collection::vec(any_post(), 0..40), reader in any_person(),
        text in "(rust|web|dta|skill:(rust|ml|k8s)|type:gig|hours:<=4|remote|team:a|starts:june| ){0,6}|\\PC{0,40}",
        offset in 0..10_usize, limit in 0..10_usize,
    ) {
        let posts = index(posts);
        let query = Query::parse(&text);
        let found = posts.search(&query, Some(&reader), today(), offset, limit);
        prop_assert!(found.hits.len() <= limit && found.hits.len() <= found.total);
        prop_assert_eq!(found.hits.len(), found.total.saturating_sub(offset).min(limit));
        prop_assert_eq!(found.facets.kinds.iter().map(|(_, count)| count).sum::<usize>(), found.total);
        for hit in &found.hits {
            let post = posts.get(hit.id).unwrap();
            prop_assert!(may_be_shown(&reader, post));
            if found.relaxed.is_none() {
                prop_assert!(query.admits(&posts.facts[posts.slot(hit.id).unwrap() as usize], today()));
            }
        }
    }

    #[test]
    fn the_order_of_the_results_does_not_depend_on_the_history_of_the_index(
        posts in proptest::collection::vec(any_post(), 0..40), text in "(rust|web|dta|k8s|a|b| ){0,5}", reader in any_person()
    ) {
        let grown = index(posts);
        let mut backwards: Vec<_> = grown.all().cloned().collect();
        backwards.reverse();
        let anew = index(backwards);
        let query = Query::parse(&text);
        prop_assert_eq!(
            grown.search(&query, Some(&reader), today(), 0, 10),
            anew.search(&query, Some(&reader), today(), 0, 10)
        );
        prop_assert_eq!(matches_of(&grown, &reader), matches_of(&anew, &reader));
    }

    #[test]
    fn nothing_is_in_three_digests_running(posts in proptest::collection::vec(any_post(), 0..30), size in 1..6_usize) {
        let posts = index(posts);
        let mut history: Vec<Digest> = Vec::new();
        for week in 0..6_u64 {
            let exposure = posts.all().map(|post| {
                let was_in = |back: usize| {
                    history.len().checked_sub(back).is_some_and(|at| history[at].shown.contains(&post.id))
                };
                let times_shown = history.iter().filter(|digest| digest.shown.contains(&post.id)).count();
                let times_shown = u32::try_from(times_shown).unwrap();
                (post.id, Exposure { times_shown, was_in_last: was_in(1), was_in_second_last: was_in(2) })
            });
            let wanted = Wanted { size, ..Wanted::default() };
            let exposure: BTreeMap<_, _> = exposure.collect();
            let now = digest(posts.all(), &exposure, today(), &wanted, week);
            prop_assert!(now.shown.len() <= size);
            for id in now.shown.iter().chain(&now.rest) {
                prop_assert!(may_be_shown(&person("", ""), posts.get(*id).unwrap()));
            }
            history.push(now);
        }
        for three in history.windows(3) {
            for id in &three[0].shown {
                prop_assert!(!(three[1].shown.contains(id) && three[2].shown.contains(id)));
            }
        }
    }
}

#[test]
fn a_title_finds_the_same_whoever_it_is_said_of() {
    let posts = index([
        post(1, "Salesperson for the autumn fair", "Negotiation", ""),
        post(2, "Waiter at the summer party", "", ""),
        post(3, "Chair of the works council", "", ""),
        post(4, "Firefighter on call", "First aid", ""),
    ]);
    let found = |text: &str| ids(&posts.search(&Query::parse(text), None, today(), 0, 5));
    for (one, other) in [("salesman", "saleswoman"), ("waiter", "waitress"), ("fireman", "firewoman")] {
        assert_eq!(found(one), found(other), "{one}, {other}");
    }
    assert_eq!(found("saleswoman").first(), Some(&1));
}

#[test]
fn a_description_is_met_by_words_that_mean_nearly_the_same() {
    let says = |id, title: &str, summary: &str| Opportunity { summary: summary.to_owned(), ..post(id, title, "", "") };
    let posts = index([
        says(1, "Spring plans", "Arrange a seminar for our customers. Write the invitations."),
        says(2, "Autumn plans", "A seminar took place last year. Customers liked the cake."),
        says(3, "Winter plans", "Organise a seminar for new customers. Bring cake."),
    ]);
    let found = |text: &str| ids(&posts.search(&Query::parse(text), None, today(), 0, 5));
    assert_eq!(found("organise a customer seminar"), [3, 1]);
    assert_eq!(found("organize a customer seminar"), [3, 1]);
}

#[test]
fn general_words_of_work_name_no_skill_in_a_description() {
    let posts = index([
        post(1, "Health record helper", "Epic Systems", ""),
        Opportunity {
            summary: "Recommend improvements to our system for holiday requests.".to_owned(),
            ..post(2, "Holiday planner", "", "")
        },
    ]);
    let found = |text: &str| ids(&posts.search(&Query::parse(text), None, today(), 0, 5));
    assert_eq!(found("recommend improvements to systems").first(), Some(&2));
    assert_eq!(found("epic systems"), [1]);
}

#[test]
fn a_skill_that_says_nothing_takes_no_other_skills_place() {
    let mut odd = post(1, "Exporter", "", "");
    odd.needs = vec!["!!!".to_owned(), "Rust".to_owned(), "SQL".to_owned()];
    let maya = Person { have: words(&["SQL", "???"]), ..person("", "") };
    let found = index([odd]).search(&Query::parse("sql"), Some(&maya), today(), 0, 5);
    assert_eq!(sentences(&found.hits[0].why), "Names SQL. 1 of 3 skills: SQL. Missing: !!!, Rust.");
}

#[test]
fn whatever_is_typed_has_a_helpful_answer() {
    let long = ["kuberntes ".repeat(1_000), "x".repeat(10_000), "a b ".repeat(2_500), "-".repeat(9_999)];
    let short = [
        "",
        "   ",
        "🙂",
        "🙂🙂 🎉",
        "مرحبا بالعالم",
        "שלום",
        "\u{202E}tsur",
        "' OR 1=1 --",
        "<script>",
        "=cmd|' /C calc'!A0",
    ];
    for text in short.into_iter().chain(long.iter().map(String::as_str)) {
        let found = search(text);
        assert!(!found.hits.is_empty(), "{text:.40}");
        assert!(found.relaxed.is_some() || found.answers > 0, "{text:.40}");
    }
}
