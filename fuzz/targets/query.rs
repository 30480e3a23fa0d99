//! Whatever somebody searches for: it is a query, it reads back as the same one, and what is found is what was asked for.

#![no_main]

use chrono::{DateTime, NaiveDate, Utc};
use libfuzzer_sys::fuzz_target;
use std::cell::LazyCell;
use trailmark::domain::{
    company::Company,
    id::OpportunityId,
    matching::{Page, Query},
    opportunity::{Kind, Opportunity},
};

thread_local! {
    static COMPANY: LazyCell<Company> = LazyCell::new(company);
}

fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 5, 12).expect("a date")
}

fn company() -> Company {
    let mut company = Company::default();
    let titles = ["Rust exporter", "Podcast für Anfänger", "SQL dashboards", "C++ tooling", "写真 archive", "عرض"];
    for (at, title) in (1_u32..).zip(titles) {
        company.upsert_opportunity(Opportunity {
            id: OpportunityId(at.into()),
            title: title.into(),
            summary: "What it is about, in a few words.".into(),
            team: if at % 2 == 0 { "Data" } else { "Metrics" }.into(),
            kind: if at % 3 == 0 { Kind::Gig } else { Kind::Project },
            needs: vec!["Rust".into(), "SQL".into()],
            teaches: vec!["Grafana".into()],
            hours_per_week: Some(at * 2),
            is_remote: at % 2 == 0,
            starts_on: NaiveDate::from_ymd_opt(2026, 5, 12 + at),
            ..Opportunity::unknown(DateTime::<Utc>::UNIX_EPOCH)
        });
    }
    company
}

fuzz_target!(|text: &str| {
    let query = Query::parse(text);
    let typed = query.to_text();
    assert_eq!(Query::parse(&typed), query, "{typed:?} is another query");
    assert_eq!(Query::parse(&typed).to_text(), typed);
    assert!(!typed.contains(char::is_control) && typed.chars().count() <= 4_000);
    assert!((1..=10_000).contains(&query.page.number()));
    let next = query.at_page(query.page.number() + 1);
    assert_eq!(Query { page: Page::default(), ..next }, Query { page: Page::default(), ..query.clone() });
    COMPANY.with(|company| {
        let found = company.index.search(&query, None, today(), 0, 5);
        assert!(found.hits.len() <= 5 && found.hits.len() <= found.total && found.answers <= found.total);
        assert!(found.hits.is_sorted_by(|a, b| a.score >= b.score));
        assert!(found.hits.iter().all(|hit| company.opportunity(hit.id).is_some_and(Opportunity::is_open)));
        if let Some(typed) = &found.did_you_mean {
            assert_eq!(&Query::parse(typed).to_text(), typed, "a correction reads back");
        }
    });
});
