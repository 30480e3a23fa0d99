//! The same rows give the same answers, whichever database they lie in and in whatever order they came.

use super::{databases::Database, support::at};
use std::path::Path;
use trailmark::{
    domain::{
        Instant,
        id::OpportunityId,
        matching::Query,
        opportunity::{Kind, Opportunity},
    },
    store::{Db, live::Live, opportunities},
};

fn now() -> Instant {
    at("2026-05-04T08:00:00Z")
}

/// The posts and queries of the development set where it lies beside the project, else a few of our own.
fn posts_and_queries() -> (Vec<Opportunity>, Vec<String>) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    let read = |name: &str| std::fs::read_to_string(folder.join(name));
    let (Ok(posts), Ok(queries)) = (read("dev_search_opportunities.jsonl"), read("dev_search_queries.tsv")) else {
        eprintln!("the development set is not beside the project: a few posts and queries of our own stand in for it");
        let titles = ["Rust exporter", "Data analyst for a survey", "Webinar series", "Nurse mentoring", "Bookkeeping"];
        let posts = titles.iter().zip(1..).map(|(title, id)| post(id, title, "Help us.", vec!["SQL".into()]));
        return (posts.collect(), ["rust", "data analyst", "sql", "webniar", "help nurses"].map(String::from).into());
    };
    let posts = posts.lines().zip(1..).map(|(line, id)| {
        let it: serde_json::Value = serde_json::from_str(line).unwrap();
        let skills = it["skills"].as_array().unwrap().iter().map(|skill| skill.as_str().unwrap().replace('-', " "));
        post(id, it["title"].as_str().unwrap(), it["description"].as_str().unwrap(), skills.collect())
    });
    let queries = queries.lines().skip(1).map(|line| line.split('\t').nth(2).unwrap().to_owned());
    (posts.collect(), queries.collect())
}

fn post(id: i64, title: &str, summary: &str, needs: Vec<String>) -> Opportunity {
    Opportunity {
        id: OpportunityId(id),
        kind: Kind::ALL[id as usize % Kind::ALL.len()],
        title: title.into(),
        summary: summary.into(),
        needs,
        ..Opportunity::unknown(now())
    }
}

async fn answers(db: &Db, posts: impl Iterator<Item = &Opportunity>, queries: &[String]) -> Vec<Vec<OpportunityId>> {
    let mut tx = db.write().await.unwrap();
    for post in posts {
        opportunities::insert(&mut tx, post).await.unwrap();
    }
    tx.commit().await.unwrap();
    let live = Live::load(db.clone()).await.unwrap();
    let company = live.read();
    let search = |query: &String| company.index.search(&Query::parse(query), None, now().date_naive(), 0, 50);
    queries.iter().map(|query| search(query).hits.iter().map(|hit| hit.id).collect()).collect()
}

#[tokio::test]
async fn every_query_finds_the_same_posts_in_the_same_order_however_they_came() {
    let (posts, queries) = posts_and_queries();
    let (one, other) = (Database::sqlite(now()).await, Database::sqlite(now()).await);
    let forwards = answers(&one.db, posts.iter(), &queries).await;
    assert!(forwards.iter().filter(|found| !found.is_empty()).count() > queries.len() / 2);
    assert_eq!(forwards, answers(&other.db, posts.iter().rev(), &queries).await);
}

#[tokio::test]
#[ignore = "needs Postgres; scripts/test starts one and runs this"]
async fn every_query_finds_the_same_posts_in_the_same_order_on_both_databases() {
    let (posts, queries) = posts_and_queries();
    let (sqlite, postgres) = (Database::sqlite(now()).await, Database::postgres(now()).await);
    assert_eq!(answers(&sqlite.db, posts.iter(), &queries).await, answers(&postgres.db, posts.iter(), &queries).await);
}
