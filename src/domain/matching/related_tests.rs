//! What a company calls related in its list of skills counts wherever what is near counts.

use super::{
    person_tests::matches_of,
    tests::{index, names, person, post, today},
    *,
};
use crate::domain::{
    id::{OpportunityId, PersonId},
    person::Person,
    skills::lexicon::Own,
};

/// One skill of the company's own, beside one of its own and one that everybody knows; and a pair that everybody knows and
/// nobody calls near.
const SAID: [(&str, &str); 3] =
    [("Hydra gateway", "Atlas maps"), ("Hydra gateway", "Glassblowing"), ("Glassblowing", "Bookkeeping")];

/// An index of one post, with what the company said.
fn office(needs: &str, teaches: &str, said: Option<(&str, &str)>) -> Index {
    let mut index = Index::default();
    learn(&mut index, said);
    index.upsert(post(1, "Something new", needs, teaches));
    index
}

fn learn(index: &mut Index, said: Option<(&str, &str)>) {
    let related = said.map(|(_, other)| names(other)).unwrap_or_default();
    index.lexicon.learn(said.map(|(name, _)| Own { name, aliases: &[], related: &related }));
}

fn said_to(index: &Index, who: &Person) -> Vec<String> {
    matches_of(index, who).iter().map(|it| sentences(&it.reasons)).collect()
}

/// Every pair from either side.
fn both_ways() -> impl Iterator<Item = ((&'static str, &'static str), &'static str, &'static str)> {
    SAID.into_iter().flat_map(|said| [(said, said.0, said.1), (said, said.1, said.0)])
}

#[test]
fn a_post_that_wants_what_is_related_to_what_one_has_comes_up_and_says_so() {
    for (said, mine, wanted) in both_ways() {
        let maya = person(mine, "");
        let reasons = said_to(&office(wanted, "", Some(said)), &maya);
        assert_eq!(reasons, [format!("Close to what you know: {mine} ↔ {wanted}.")], "{said:?}");
        assert!(said_to(&office(wanted, "", None), &maya).is_empty(), "{mine} and {wanted} are near already");
    }
}

#[test]
fn what_teaches_something_related_to_a_wish_counts_for_it() {
    let score = |said, wish: &str, taught: &str| {
        let found = matches_of(&office("Rust", taught, said), &person("Rust", wish));
        found[0].score
    };
    for (said, wish, taught) in both_ways() {
        let more = score(Some(said), wish, taught) - score(None, wish, taught);
        assert!(more > 0, "{wish} and {taught}");
        assert!(more < score(None, taught, taught) - score(None, wish, taught), "less than the very skill");
    }
}

#[test]
fn whoever_knows_something_related_can_teach_and_says_what() {
    for (said, known, sought) in both_ways() {
        let teacher = Person { id: PersonId(2), ..person(known, "") };
        let guides = [Guide { person: &teacher, room: 1, asked: 0 }];
        let found = office("Rust", "", Some(said)).mentors_for(&person("", sought), &guides, &|_| false, 7);
        let reasons: Vec<String> = found[0].reasons.iter().map(TeacherReason::sentence).collect();
        assert_eq!(reasons[0], format!("Knows {known}, which is close to {sought}."));
        let asked = office("Rust", "", Some(said)).experts(sought, &guides, PersonId(1), 7);
        assert_eq!(asked[0].person, PersonId(2), "{sought}");
    }
}

#[test]
fn a_search_for_a_skill_shows_what_is_related_where_nothing_has_it() {
    for (said, sought, named) in both_ways() {
        let find = |said| office(named, "", said).search(&Query::parse(sought), None, today(), 0, 5);
        let found = find(Some(said));
        let why: Vec<String> = found.hits.iter().map(|hit| sentences(&hit.why)).collect();
        assert_eq!(why, [format!("Close to what you look for: {named}.")], "{sought}");
        assert_eq!((found.answers, found.did_you_mean), (0, None), "it only comes near");
        assert!(find(None).hits.iter().all(|hit| hit.why.is_empty()), "{sought} and {named} are near already");
    }
}

#[test]
fn what_is_said_later_counts_at_once_and_what_is_taken_back_no_longer() {
    let mut index = office("Glassblowing", "", None);
    let maya = person("Hydra gateway", "");
    for said in [Some(("Hydra gateway", "Glassblowing")), None, Some(("Glassblowing", "Hydra gateway"))] {
        learn(&mut index, said);
        let again = index.get(OpportunityId(1)).cloned();
        index.upsert(again.unwrap());
        assert_eq!(said_to(&index, &maya).len(), usize::from(said.is_some()), "{said:?}");
    }
}

#[test]
fn a_company_that_says_much_of_one_skill_is_heard_in_full_and_always_in_the_same_order() {
    let many: Vec<String> = (10..40).map(|it| format!("Machine {it}")).collect();
    let upside_down: Vec<String> = many.iter().rev().cloned().collect();
    let reasons = |related: &[String]| {
        let mut index = Index::default();
        for other in related {
            index.lexicon.number(other);
        }
        index.lexicon.learn([Own { name: "Kubernetes", aliases: &[], related }]);
        index.upsert(post(1, "Something new", "Kubernetes", ""));
        index.upsert(post(2, "Something else", &many[29], ""));
        (said_to(&index, &person(&related.join(", "), "")), said_to(&index, &person("Kubernetes", "")))
    };
    let (to_many, to_one) = reasons(&many);
    assert_eq!(to_many[1], "Close to what you know: Machine 10 ↔ Kubernetes.");
    assert_eq!(to_one[1], "Close to what you know: Kubernetes ↔ Machine 39.");
    assert_eq!(reasons(&upside_down), (to_many, to_one));
}

#[test]
fn what_the_company_did_not_speak_of_stays_as_it_was() {
    let posts = || [post(1, "Move the shop", "Kubernetes, Go", "Rust"), post(2, "Watch it", "Docker", "")];
    let (plain, mut told) = (index(posts()), Index::default());
    learn(&mut told, Some(("Hydra gateway", "Atlas maps")));
    posts().into_iter().for_each(|post| told.upsert(post));
    let maya = person("Kubernetes, SQL", "Docker");
    assert_eq!(matches_of(&plain, &maya), matches_of(&told, &maya));
}
