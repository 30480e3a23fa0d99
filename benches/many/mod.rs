//! A company with all kinds of work: its posts are made of what the taxonomy knows, so that words, skills and titles are as
//! many and as unequally common as they are; and what people may search for there.

use crate::company;
use trailmark::domain::{
    id::OpportunityId,
    opportunity::{Kind, Opportunity},
    person::Person,
    scatter,
    skills::{Occupation, OccupationId, SkillId, taxonomy},
};

pub const POSTS: i64 = 20_000;

const VERBS: [&str; 8] = ["plan", "review", "maintain", "analyse", "organise", "prepare", "monitor", "evaluate"];
const OFFERS: [&str; 6] =
    ["", "Open role: ", "Need a hand: ", "Job shadowing – ", "Mentor for aspiring ", "Short gig: "];

/// A number below `limit` that is the same for the same turn and id.
fn below(limit: usize, id: i64, turn: u64) -> usize {
    usize::try_from(scatter(turn, id.unsigned_abs())).map_or(0, |number| number % limit)
}

/// Some occupations have many posts and most have few.
fn occupation(id: i64) -> &'static Occupation {
    let all = taxonomy().occupations().len();
    let at = below(all, id, 1) * below(all, id, 2) / all;
    taxonomy().occupation(OccupationId(u16::try_from(at).unwrap_or_default()))
}

fn skill(id: i64, turn: u64) -> &'static str {
    let used = &occupation(id).skills;
    let at = match used.len() {
        0 => SkillId(u16::try_from(below(taxonomy().skills().len(), id, turn)).unwrap_or_default()),
        count => used[below(count, id, turn)].0,
    };
    &taxonomy().skill(at).name
}

/// Something to do, in words of one skill or another.
fn task(id: i64, turn: u64) -> String {
    let any = |turn| {
        &taxonomy().skill(SkillId(u16::try_from(below(taxonomy().skills().len(), id, turn)).unwrap_or_default())).name
    };
    let [verb, other] = [turn, turn + 100].map(|turn| VERBS[below(VERBS.len(), id, turn)]);
    format!("{verb} {} and {other} {} for customers or teams", any(turn + 200), any(turn + 300))
}

pub fn post(id: i64) -> Opportunity {
    let names = |from: u64, count: u64| (from..from + count).map(|turn| skill(id, turn).into()).collect();
    Opportunity {
        id: OpportunityId(id),
        kind: Kind::ALL[below(Kind::ALL.len(), id, 3)],
        title: format!("{}{}", OFFERS[below(OFFERS.len(), id, 4)], occupation(id).title),
        summary: format!("{}. {}. {}.", task(id, 10), task(id, 11), task(id, 12)),
        needs: names(20, 4),
        nice: names(30, 1),
        teaches: names(40, 1),
        is_remote: id % 3 == 0,
        ..company::post(id)
    }
}

/// Somebody who does one of these kinds of work, with what they use there and something they want to learn; every second
/// one has a wish.
pub fn person(id: i64) -> Person {
    let names = |id: i64, from: u64, count: u64| (from..from + count).map(|turn| skill(id, turn).into()).collect();
    let other = id + 7;
    Person {
        title: occupation(id).title.to_string(),
        wished_role: if id % 2 == 0 { occupation(other).title.to_string() } else { String::new() },
        have: names(id, 50, 6),
        want: names(other, 60, 2),
        ..company::person(id)
    }
}

/// A word with two letters swapped.
fn slip(word: &str) -> String {
    let mut letters: Vec<char> = word.chars().collect();
    let middle = letters.len() / 2;
    if middle > 0 {
        letters.swap(middle - 1, middle);
    }
    letters.into_iter().collect()
}

/// What people look for, by what they type; a hundred different ones of each.
pub fn queries() -> [(&'static str, Vec<String>); 7] {
    let of = |make: &dyn Fn(i64) -> String| (1_000_000..1_000_100).map(make).collect();
    let title = |id: i64| occupation(id).title.to_lowercase();
    [
        ("a skill", of(&|id| skill(id, 20).to_owned())),
        ("a skill with a slip", of(&|id| slip(skill(id, 20)))),
        ("a job title", of(&title)),
        ("a title with a slip", of(&|id| slip(&title(id)))),
        ("a title and a skill", of(&|id| format!("{} {}", title(id), skill(id, 20)))),
        ("something to do", of(&|id| task(id, 10))),
        ("skill and filters", of(&|id| format!("{} type:project hours:<=4 remote", skill(id, 20)))),
    ]
}

pub fn hostile() -> Vec<String> {
    let most_common = VERBS.join(" ");
    vec![
        String::new(),
        "🙂🙂 🎉".into(),
        "مرحبا بالعالم שלום".into(),
        "' OR 1=1; DROP TABLE people --".into(),
        "<script>alert(1)</script>".into(),
        "x".repeat(10_000),
        "kuberntes ".repeat(1_000),
        "enginer manger anlyst desinger devloper ".repeat(250),
        (0..2_000_u64).map(|turn| format!("{:x} ", scatter(turn, 1))).collect(),
        most_common.repeat(150),
        "ﷺ ".repeat(5_000),
        "\u{301}".repeat(10_000),
        "\"skill:".repeat(1_500),
        "skill:a,b,c,d hours:>1 team:x ".repeat(330),
    ]
}
