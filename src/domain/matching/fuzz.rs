//! Whatever is typed: strange texts, and texts that look like the grammar of `find` and break it.

use super::{
    query::{Query, Starts},
    search::{Found, Relaxed},
    tests::{any_person, any_post, company, index, may_be_shown, today},
    *,
};
use crate::domain::{opportunity::Opportunity, person::Person, skills};
use chrono::NaiveDate;
use proptest::{
    prelude::*,
    sample::select,
    test_runner::{RngSeed, TestRunner},
};

/// What a query may be made of, and what only looks like it.
const PIECES: [&str; 46] = [
    "rust",
    "kuberntes",
    "engineer",
    "data warehouse",
    "organise a webinar",
    "C++",
    ".net",
    "a",
    "skill:rust",
    "skill:\"machine learning\",k8s",
    "skills:;;,",
    "skill:",
    "type:gig",
    "kind:project,role",
    "type:gig,thing",
    "hours:<=4",
    "HOURS:2–4h",
    "hours:<0",
    "hours:>9999",
    "hours:99999999999999999999",
    "hours:-1--2",
    "remote",
    "remote:no",
    "remote:maybe",
    "team:a",
    "team:«a b»",
    "starts:may",
    "starts:<=9999-12-31",
    "starts:>0000-01-01",
    "starts:2026-13",
    "starts:2026-02-30",
    "page:0",
    "page:4294967296",
    "\"",
    "„",
    "“remote”",
    ":",
    "::",
    "\u{0}",
    "\u{202E}",
    "\u{feff}",
    "İ\u{0307}",
    "ﷺ",
    "👩‍👩‍👧",
    "' OR 1=1 --",
    "مرحبا",
];

fn any_text() -> impl Strategy<Value = String> {
    let number = any::<i64>().prop_map(|number| number.to_string());
    let date = (-1..12_000_i32, 0..15_u32, 0..33_u32).prop_map(|(y, m, d)| format!("starts:{y:04}-{m:02}-{d:02}"));
    let filter = ("(skill|type|hours|team|starts|page|remote|x):[<>=]{0,2}", number)
        .prop_map(|(name, number)| format!("{name}{number}"));
    let piece = prop_oneof![
        8 => select(PIECES.to_vec()).prop_map(str::to_owned),
        2 => date,
        2 => filter,
        2 => "[a-z]{1,12}",
        1 => "\\PC{0,20}",
        1 => any::<String>(),
        1 => "(a|ﷺ|\u{301}|kubernets ){100,200}",
    ];
    let between = select(vec![" ", " ", " ", "", "\t", "\n", "\u{a0}", "\"", ","]);
    proptest::collection::vec((piece, between), 0..24)
        .prop_map(|pieces| pieces.into_iter().flat_map(|(piece, between)| [piece, between.to_owned()]).collect())
}

fn is_quote(letter: char) -> bool {
    "\"“”„«»".contains(letter)
}

fn only_filters(query: &Query) -> Query {
    Query { text: Vec::new(), ..query.clone() }
}

fn is_read_well(text: &str) -> Result<(), TestCaseError> {
    let query = Query::parse(text);
    let typed = query.to_text();
    prop_assert_eq!(&Query::parse(&typed), &query);
    prop_assert!(typed.chars().count() <= 4_000, "{} letters stay", typed.chars().count());
    prop_assert!(query.text.iter().all(|word| !word.is_empty() && !word.contains(is_quote)));
    prop_assert!(!typed.contains(char::is_control), "{typed:?}");
    if let Some(Starts::Before(day) | Starts::From(day) | Starts::On(day)) = query.starts {
        prop_assert!(day <= NaiveDate::from_ymd_opt(9999, 12, 31).unwrap());
    }
    let bare: String = text.chars().filter(|letter| !is_quote(*letter)).take(1_500).collect();
    let quoted = Query::parse(&format!("\"{bare}\""));
    prop_assert!(!quoted.has_filters() && quoted.page == Page::default() && quoted.text.len() <= 1);
    let beside = Query::parse(&format!("{bare} \"{bare}\""));
    prop_assert_eq!(only_filters(&beside), only_filters(&Query::parse(&bare)));
    Ok(())
}

/// The query without what the answer says that it gave up.
fn without(query: &Query, relaxed: Option<Relaxed>) -> Query {
    let mut query = query.clone();
    match relaxed {
        None | Some(Relaxed::Words) => {}
        Some(Relaxed::Starts) => query.starts = None,
        Some(Relaxed::Hours) => (query.min_hours, query.max_hours) = (None, None),
        Some(Relaxed::Remote) => query.remote = None,
        Some(Relaxed::Team) => query.team = None,
        Some(Relaxed::Kind) => query.kinds.clear(),
        Some(Relaxed::Skill) => query.skills.clear(),
        Some(Relaxed::Filters | Relaxed::Everything) => query = Query::default(),
    }
    query
}

/// Whether a post has everything that the filters ask for; said without the index.
fn passes(post: &Opportunity, query: &Query) -> bool {
    (query.kinds.is_empty() || query.kinds.contains(&post.kind))
        && query.remote.is_none_or(|remote| remote == post.is_remote)
        && query.min_hours.is_none_or(|least| post.hours_per_week.is_some_and(|hours| hours >= least))
        && query.max_hours.is_none_or(|most| post.hours_per_week.is_some_and(|hours| hours <= most))
        && query.starts.is_none_or(|starts| post.starts_on.is_some_and(|day| starts.includes(day, today())))
        && query.team.as_ref().is_none_or(|team| skills::fold(&post.team).contains(&skills::fold(team)))
        && query.skills.iter().all(|asked| {
            let mut known = skills::Lexicon::default();
            let asked = known.number(asked);
            post.skills().any(|name| known.number(name) == asked)
        })
}

fn is_answered_well(posts: &Index, reader: &Person, text: &str) -> Result<(), TestCaseError> {
    let query = Query::parse(text);
    let search = |query: &Query| -> Found { posts.search(query, Some(reader), today(), 0, 10) };
    let found = search(&query);
    prop_assert_eq!(&search(&query), &found);
    prop_assert!(found.answers <= found.total && found.hits.len() == found.total.min(10));
    prop_assert!(found.hits.is_sorted_by(|a, b| a.score >= b.score));
    let asked = without(&query, found.relaxed);
    for hit in &found.hits {
        let post = posts.get(hit.id).unwrap();
        prop_assert!(may_be_shown(reader, post));
        prop_assert!(passes(post, &asked), "{text:?} found {post:?}");
    }
    if let Some(typed) = &found.did_you_mean {
        prop_assert_eq!(&Query::parse(typed).to_text(), typed);
        prop_assert_eq!(only_filters(&Query::parse(typed)), only_filters(&query.at_page(1)));
    }
    Ok(())
}

proptest! {
    #[test]
    fn what_is_typed_is_read_back_bounded_and_never_a_filter_in_quotes(text in any_text()) {
        is_read_well(&text)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn whatever_is_asked_is_answered_with_what_passes_its_filters(
        posts in proptest::collection::vec(any_post(), 0..20), reader in any_person(), text in any_text()
    ) {
        is_answered_well(&index(posts), &reader, &text)?;
    }
}

/// Always the same texts.
#[test]
#[ignore = "takes a minute; scripts/test runs this"]
fn many_texts_are_read_and_answered_well() {
    let many = ProptestConfig { rng_seed: RngSeed::Fixed(3), ..ProptestConfig::with_cases(MANY) };
    let posts = company();
    let outcome = TestRunner::new(many).run(&(any_person(), any_text()), |(reader, text)| {
        is_read_well(&text)?;
        is_answered_well(&posts, &reader, &text)
    });
    assert!(outcome.is_ok(), "{}", outcome.unwrap_err());
}

const MANY: u32 = 2_000;
