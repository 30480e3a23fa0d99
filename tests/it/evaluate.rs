//! Measuring search and matching on files, without a database.

use super::cli::{Machine, assert_refused, err};
use std::collections::{BTreeMap, BTreeSet};

const POSTS: &str = r#"{"id": "o1", "kind": "project", "title": "Quarry survey", "description": "", "skills": ["geology"]}
{"id": "o2", "kind": "gig", "title": "Harvest plan", "description": "Plan the harvest.", "skills": ["farming"]}
{"id": 3, "title": "Stage lights", "skills": ["stage-lighting", "rigging"]}
"#;
const QUERIES: &str = "qid\tclass\tquery\nq1\tword\tharvest\nq2\tskill\tstage lighting\nq3\tword\tquarry\n";
const PEOPLE: &str = r#"{"id": "p1", "title": "Geologist", "skills": ["geology"], "wants": [], "wants_role": ""}
{"id": "p2", "title": "Farmer", "skills": ["farming"], "wants": ["rigging"], "wants_role": "Stage Hand"}
"#;

fn machine() -> Machine {
    let machine = Machine::new();
    for (name, contents) in [
        ("posts.jsonl", POSTS),
        ("queries.tsv", QUERIES),
        ("people.jsonl", PEOPLE),
        // q1 is right on the first place; q2 has two right answers, of which one cannot be found by its words.
        ("search.tsv", "qid\tdoc\tgrade\nq1\to2\t3\nq2\t3\t3\nq2\to1\t1\nq9\to1\t2\n"),
        // What p2 does and what p2 wishes for are both right.
        ("match.tsv", "person\tdoc\tgrade\np1\to1\t2\np2\to2\t1\np2\t3\t1\n"),
    ] {
        machine.write(name, contents);
    }
    machine
}

const SEARCH: [&str; 7] =
    ["evaluate", "--opportunities", "posts.jsonl", "--queries", "queries.tsv", "--search-judgments", "search.tsv"];
const MATCH: [&str; 7] =
    ["evaluate", "--opportunities", "posts.jsonl", "--people", "people.jsonl", "--match-judgments", "match.tsv"];

/// The ids of a table, and that its scores fall.
fn ids(table: &str) -> Vec<(&str, &str)> {
    let rows: Vec<(&str, &str, f64)> = table
        .lines()
        .map(|line| match line.split('\t').collect::<Vec<_>>()[..] {
            [of, document, score] => (of, document, score.parse().unwrap()),
            _ => panic!("{line}"),
        })
        .collect();
    assert!(rows.is_sorted_by(|a, b| a.0 != b.0 || a.2 > b.2), "{table}");
    rows.into_iter().map(|(of, document, _)| (of, document)).collect()
}

#[test]
fn a_search_is_measured_over_all_and_by_class() {
    let machine = machine();
    let output = machine.run(&SEARCH);
    assert!(output.status.success(), "{}", err(&output));
    // q2: (2³ − 1) / (2³ − 1 + (2¹ − 1) / log₂ 3) = 0.9173.
    assert_eq!(
        String::from_utf8(output.stdout.clone()).unwrap(),
        "task           class queries  nDCG@10     MRR  recall@10  hit@1\n\
         search         all         2   0.9587  1.0000     0.7500 1.0000\n\
         search         skill       1   0.9173  1.0000     0.5000 1.0000\n\
         search         word        1   1.0000  1.0000     1.0000 1.0000\n"
    );
    let said = err(&output);
    assert!(said.contains("1 that nobody asked for are left out, the first is “q9”"), "{said}");
    assert!(said.contains("1 of 3 have no judgments"), "{said}");
    let report = machine.json(&[&SEARCH[..], &["--json"]].concat());
    assert_eq!(report["quality"][1]["class"], "skill");
    assert_eq!(report["quality"][1]["ndcg@10"], 0.9173);
}

#[test]
fn rankings_are_written_best_first_under_the_ids_of_the_files() {
    let machine = machine();
    machine.says(&[&SEARCH[..], &MATCH[3..], &["--out", "new/folder"]].concat());
    let search = machine.read("new/folder/search.tsv");
    for it in [("q1", "o2"), ("q2", "3"), ("q3", "o1")] {
        assert_eq!(ids(&search).iter().find(|(of, _)| *of == it.0), Some(&it), "{search}");
    }
    let matches = machine.read("new/folder/match.tsv");
    assert_eq!(ids(&matches).iter().find(|(of, _)| *of == "p1"), Some(&("p1", "o1")), "{matches}");
    assert!(ids(&matches).contains(&("p2", "3")), "what somebody wants to learn is a match: {matches}");
    machine.says(&[&SEARCH[..], &MATCH[3..], &["--out", "again", "--top", "1"]].concat());
    let first = machine.read("again/search.tsv");
    assert_eq!(ids(&first).len(), 3);
    assert!(first.lines().all(|line| search.contains(line)), "{first}");
    assert!(!machine.has("trailmark.db"));
}

#[test]
fn matches_are_measured_with_how_evenly_posts_are_seen() {
    let said = machine().says(&MATCH);
    assert!(said.contains("match          all         2   1.0000  1.0000     1.0000 1.0000"), "{said}");
    assert!(said.contains("exposure of match, first ten: Gini ") && said.contains("posts seen 100.0 %"), "{said}");
}

#[test]
fn the_re_rank_by_exposure_is_measured_before_and_after_and_what_is_written_is_after() {
    let machine = Machine::new();
    let post = |id| format!("{{\"id\": \"o{id}\", \"title\": \"Harvest plan\", \"skills\": [\"farming\"]}}\n");
    let person =
        |id| format!("{{\"id\": \"p{id}\", \"title\": \"Farmer\", \"skills\": [\"farming\"], \"wants\": []}}\n");
    machine.write("posts.jsonl", &(1..=30).map(post).collect::<String>());
    machine.write("people.jsonl", &(1..=90).map(person).collect::<String>());
    let right = (1..=90).flat_map(|person| (1..=30).map(move |post| format!("p{person}\to{post}\t1\n")));
    machine.write("match.tsv", &right.collect::<String>());
    let report = machine.json(&[&MATCH[..], &["--json", "--out", "out"]].concat());
    let tasks = |of: &str| report[of].as_array().unwrap().iter().map(|it| it["task"].clone()).collect::<Vec<_>>();
    assert_eq!(tasks("quality"), ["match_before", "match", "match_reverse"]);
    assert_eq!(report["quality"][0]["ndcg@10"], report["quality"][1]["ndcg@10"], "all are as good");
    assert_eq!(tasks("exposure"), ["match_before", "match"]);
    let gini = |at: usize| report["exposure"][at]["gini"].as_f64().unwrap();
    assert!(gini(1) < gini(0) / 2.0, "{report}");
    assert!(!machine.has("out/match_before.tsv"));
    let written = machine.read("out/match.tsv");
    let rows = ids(&written);
    let mut shown: BTreeMap<&str, usize> = BTreeMap::new();
    for list in rows.chunk_by(|a, b| a.0 == b.0) {
        assert_eq!(list.iter().map(|(_, post)| post).collect::<BTreeSet<_>>().len(), 30, "each once, and all of them");
        list.iter().take(10).for_each(|(_, post)| *shown.entry(post).or_default() += 1);
    }
    assert!(shown.len() == 30 && shown.values().all(|times| (25..=35).contains(times)), "{shown:?}");
    let said = machine.says(&MATCH);
    assert!(said.contains("match_before   all        90   1.0000"), "{said}");
    assert!(said.contains("exposure of match_before, first ten: Gini "), "{said}");
}

#[test]
fn posts_find_their_people_and_people_their_mentors() {
    let machine = machine();
    machine.write("mentor.tsv", "person\tmentor\tgrade\np2\tp3\t3\n");
    machine.write(
        "people.jsonl",
        &format!("{PEOPLE}{{\"id\": \"p3\", \"title\": \"Stage Rigger\", \"skills\": [\"rigging\"], \"wants\": []}}\n"),
    );
    let said = machine.says(&[&MATCH[..], &["--mentor-judgments", "mentor.tsv", "--out", "all"]].concat());
    assert!(said.contains("match_reverse  all         3   1.0000"), "{said}");
    assert!(said.contains("mentor         all         1   1.0000"), "{said}");
    let reverse = machine.read("all/match_reverse.tsv");
    assert_eq!(ids(&reverse).iter().find(|(of, _)| *of == "o1"), Some(&("o1", "p1")), "{reverse}");
    let mentors = machine.read("all/mentor.tsv");
    assert_eq!(ids(&mentors).iter().find(|(of, _)| *of == "p2"), Some(&("p2", "p3")), "{mentors}");
    assert!(ids(&mentors).iter().all(|(of, mentor)| of != mentor), "nobody is their own mentor: {mentors}");
    let alone = machine.says(&["evaluate", "--people", "people.jsonl", "--mentor-judgments", "mentor.tsv"]);
    assert!(alone.contains("mentor         all         1   1.0000"), "{alone}");
}

#[test]
fn columns_may_stand_in_any_order_and_have_other_names_or_none() {
    let machine = machine();
    let figures = machine.says(&SEARCH);
    machine.write(
        "queries.tsv",
        "\u{feff}Text\tnote\tquery-id\ttype\r\nharvest\t\tq1\tword\r\nstage lighting\tx\tq2\tskill\r\n",
    );
    machine.write("search.tsv", "corpus-id\tscore\tquery-id\no2\t3\tq1\n3\t3\tq2\no1\t1\tq2\n");
    assert_eq!(machine.says(&SEARCH), figures);
    machine.write("queries.tsv", "q1\tword\tharvest\nq2\tskill\tstage lighting\n");
    machine.write("search.tsv", "q1\to2\t3\n\nq2\t3\t3\nq2\to1\t1\n");
    assert_eq!(machine.says(&SEARCH), figures);
    machine.write("queries.tsv", "q1\tharvest\nq2\tstage lighting\n");
    assert_eq!(machine.says(&SEARCH).lines().nth(1), figures.lines().nth(1), "no class, no rows by class");
}

#[test]
fn a_file_that_cannot_be_used_is_named_with_its_line() {
    let search: &[&str] = &SEARCH;
    for (arguments, name, contents, words) in [
        (
            search,
            "posts.jsonl",
            "{\"id\": \"o1\", \"title\": \"A\"}\n{\"id\": \"o2\"",
            &["posts.jsonl, line 2", "EOF"][..],
        ),
        (search, "posts.jsonl", "{\"id\": \"o1\"}\n", &["posts.jsonl, line 1", "missing field `title`"]),
        (search, "posts.jsonl", "{\"id\": true, \"title\": \"\"}\n", &["line 1", "an id is a text or a number"]),
        (
            search,
            "posts.jsonl",
            "{\"id\": \"a\", \"title\": \"\", \"kind\": \"job\"}\n",
            &["line 1", "“job” is no kind", "gig"],
        ),
        (search, "posts.jsonl", "[]", &["posts.jsonl, line 1", "expected one object like"]),
        (search, "posts.jsonl", "\n\n", &["posts.jsonl is empty"]),
        (search, "queries.tsv", "qid\tclass\tquery\n", &["queries.tsv holds a header and nothing below it"]),
        (
            search,
            "queries.tsv",
            "qid\tclass\tquery\nq1\n",
            &["queries.tsv, line 2", "qid<TAB>class<TAB>query", "found 1"],
        ),
        (search, "queries.tsv", "harvest\n", &["queries.tsv, line 1", "qid<TAB>query", "found 1"]),
        (search, "queries.tsv", "q1\ta\nq1\tb\n", &["queries.tsv, line 2", "“q1” stands in an earlier line"]),
        (search, "queries.tsv", "q1\ta\n\tb\n", &["queries.tsv, line 2", "the id is empty"]),
        (search, "search.tsv", "q1\to2\t3\nq1\to1\thigh\n", &["search.tsv, line 2", "whole number", "“high”"]),
        (&MATCH, "people.jsonl", "{\"title\": \"Farmer\"}\n", &["people.jsonl, line 1", "missing field `id`"]),
        (&MATCH, "match.tsv", "p1 o1 3\n", &["match.tsv, line 1", "person<TAB>doc<TAB>grade", "found 1"]),
    ] {
        let machine = machine();
        machine.write(name, contents);
        assert_refused(&machine.run(arguments), 1, words);
    }
    let machine = machine();
    std::fs::write(machine.path("queries.tsv"), b"q1\ta\nq2\t\xff\n").unwrap();
    assert_refused(&machine.run(search), 1, &["queries.tsv, line 2", "not UTF-8"]);
    std::fs::remove_file(machine.path("queries.tsv")).unwrap();
    assert_refused(&machine.run(search), 1, &["queries.tsv cannot be read"]);
    machine.write("queries.tsv", QUERIES);
    assert_refused(&machine.run(&[search, &["--out", "posts.jsonl"]].concat()), 1, &["posts.jsonl cannot be made"]);
}

#[test]
fn wrong_usage_says_what_is_missing() {
    let machine = machine();
    for (arguments, words) in [
        (&[][..], "--queries with --opportunities, --people"),
        (&["--opportunities", "posts.jsonl"], "--queries with --opportunities, --people"),
        (&["--queries", "queries.tsv"], "--opportunities"),
        (&["--opportunities", "posts.jsonl", "--search-judgments", "search.tsv"], "--queries"),
        (&["--opportunities", "posts.jsonl", "--queries", "queries.tsv"], "nothing would come of it"),
        (&["--opportunities", "posts.jsonl", "--queries", "queries.tsv", "--out", "x", "--top", "0"], "--top"),
    ] {
        assert_refused(&machine.run(&[&["evaluate"], arguments].concat()), 2, &[words]);
    }
    assert!(!machine.has("x"));
}

#[test]
fn names_titles_and_roles_are_asked_of_the_taxonomy() {
    let machine = Machine::new();
    machine.write("aliases.tsv", "alias\tskill_id\tsource\nPython\tpython\tX\nquantum basket weaving\tpython\tX\n");
    machine.write("titles.tsv", "onet_code\ttitle\n15-1252.00\tSoftware Developers\n");
    machine.write("roles.tsv", "onet_code\trelated\n15-1252.00\t15-1253.00:3 15-1254.00:2\n");
    let all = ["evaluate", "--aliases", "aliases.tsv", "--titles", "titles.tsv", "--roles", "roles.tsv", "--out", "."];
    let said = machine.says(&all);
    let lines: Vec<Vec<&str>> = said.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(lines[1][..4], ["alias", "all", "2", "0.5000"], "{said}");
    assert_eq!(lines[2][..4], ["title", "all", "1", "1.0000"], "{said}");
    assert_eq!(lines[3][..3], ["role", "all", "1"], "{said}");
    assert_eq!(ids(&machine.read("alias.tsv"))[0], ("Python", "python"));
    assert_eq!(ids(&machine.read("title.tsv"))[0], ("Software Developers", "15-1252.00"));
    let role = machine.read("role.tsv");
    assert!(ids(&role).iter().all(|(of, code)| *of == "15-1252.00" && code.len() == 10), "{role}");
    assert!(ids(&role).contains(&("15-1252.00", "15-1253.00")), "{role}");
}

#[test]
fn without_a_target_the_rankings_are_all_there_is() {
    let machine = Machine::new();
    for (name, contents, first) in [
        ("aliases", "alias\nPython\n", "Python"),
        ("aliases", "Python\n", "Python"),
        ("aliases", "alias\tsource\nPython\tX\n", "Python"),
        ("titles", "Title\nSoftware Developers\n", "Software Developers"),
        ("titles", "Software Developers\n", "Software Developers"),
        ("roles", "onet_code\n15-1252.00\n", "15-1252.00"),
        ("roles", "15-1252.00\n", "15-1252.00"),
    ] {
        machine.write("file.tsv", contents);
        let option = format!("--{name}");
        assert_eq!(machine.says(&["evaluate", &option, "file.tsv", "--out", "."]), "", "{contents}");
        let out = machine.read(&format!("{}.tsv", name.trim_end_matches('s').replace("aliase", "alias")));
        assert_eq!(ids(&out)[0].0, first, "{contents}");
        assert!(ids(&out).iter().all(|(of, _)| *of == first), "{out}");
        assert_refused(&machine.run(&["evaluate", &option, "file.tsv"]), 2, &["nothing would come of it"]);
    }
}

#[test]
fn a_target_is_told_by_what_it_looks_like_where_no_header_says_so() {
    let machine = Machine::new();
    for (option, contents) in [
        ("--titles", "15-1252.00\tSoftware Developers\n"),
        ("--titles", "Software Developers\t15-1252.00\n"),
        ("--titles", "what it says\twhat it is\nSoftware Developers\t15-1252.00\n"),
        ("--aliases", "Python\tpython\n"),
        ("--aliases", "mention\tgold\nPython\tpython\n"),
        ("--roles", "here\tthere\n15-1252.00\t15-1253.00 15-1254.00\n"),
        ("--roles", "onet_code\tbest\n15-1252.00\t15-1253.00:3\n"),
    ] {
        machine.write("file.tsv", contents);
        let said = machine.says(&["evaluate", option, "file.tsv"]);
        let counted: Vec<&str> = said.lines().nth(1).unwrap_or_default().split_whitespace().skip(2).take(1).collect();
        assert_eq!(counted, ["1"], "{contents} {said}");
        assert!(option == "--roles" || said.contains("1.0000"), "{contents} {said}");
    }
}

#[test]
fn a_bad_code_is_named_with_its_line() {
    let machine = Machine::new();
    for (option, contents, words) in [
        ("--titles", "title\tonet_code\nBaker\t51-3011\n", &["file.tsv, line 2", "15-1252.00", "“51-3011”"][..]),
        ("--titles", "title\tonet_code\n\t15-1252.00\n", &["file.tsv, line 2", "the title is empty"]),
        ("--roles", "15-1252.00\t15-1253.00:near\n", &["file.tsv, line 1", "whole number", "“near”"]),
        ("--roles", "15-1252.00\t15-1253.00:1\n15-12\t15-1254.00\n", &["file.tsv, line 2", "“15-12”"]),
    ] {
        machine.write("file.tsv", contents);
        assert_refused(&machine.run(&["evaluate", option, "file.tsv"]), 1, words);
    }
}

#[test]
fn a_text_is_resolved_to_the_skill_it_means() {
    let machine = Machine::new();
    let said = machine.says(&["skills", "resolve", " pYthon", "quantum basket weaving"]);
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines[0], " pYthon: Python");
    assert!(lines[1].starts_with("quantum basket weaving: not known; it stays as typed"), "{said}");
    let found = machine.json(&["skills", "resolve", "Python", "--json"]);
    let python = serde_json::json!({ "name": "Python", "slug": "python" });
    assert_eq!(found, serde_json::json!([{ "text": "Python", "is": "known", "skill": python, "alternatives": [] }]));
    assert_eq!(machine.says(&["skills", "resolve", "-"]), "", "nothing on standard input");
    assert_refused(&machine.run(&["skills", "resolve"]), 2, &["TEXT"]);
}
