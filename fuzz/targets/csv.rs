//! Whatever is in a file: every row is read or refused with its line, and the same file says the same twice.

#![no_main]

use chrono::DateTime;
use libfuzzer_sys::fuzz_target;
use std::{cell::LazyCell, path::PathBuf};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use trailmark::{
    app::import::{self, Options, Outcome},
    store::Db,
};

struct Place {
    _folder: TempDir,
    runtime: Runtime,
    db: Db,
    file: PathBuf,
}

thread_local! {
    static PLACE: LazyCell<Place> = LazyCell::new(|| {
        let folder = tempfile::tempdir().expect("a folder");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let url = format!("sqlite://{}", folder.path().join("fuzz.db").display());
        let db = runtime.block_on(async {
            let db = Db::open(&url).await.expect("a database");
            db.migrate().await.expect("its tables");
            db
        });
        let file = folder.path().join("file.csv");
        Place { _folder: folder, runtime, db, file }
    });
}

// `people`, `opportunities` or `skills` in the first line, and the file.
fuzz_target!(|input: &[u8]| {
    let place = input.iter().position(|byte| *byte == b'\n').unwrap_or(input.len());
    let (kind, text) = (&input[..place], input.get(place + 1..).unwrap_or_default());
    PLACE.with(|it| {
        std::fs::write(&it.file, text).expect("a file");
        let read = || it.runtime.block_on(imported(it, kind)).map_err(|error| format!("{error:#}"));
        let outcome = read();
        assert_eq!(read(), outcome, "another outcome the second time");
        match outcome {
            Err(words) => assert!(!words.is_empty()),
            Ok(outcome) => {
                let lines =
                    u64::try_from(text.iter().filter(|byte| matches!(byte, b'\n' | b'\r')).count()).unwrap_or(0) + 1;
                assert!(!outcome.was_written && outcome.read() as u64 <= lines);
                for remark in outcome.refused.iter().chain(&outcome.notes) {
                    assert!(remark.line <= lines && !remark.reason.is_empty(), "{remark:?} of {lines} lines");
                }
                assert!(outcome.refused.is_sorted_by_key(|it| it.line));
                assert!(!outcome.summary().is_empty());
            }
        }
    });
});

async fn imported(place: &Place, kind: &[u8]) -> anyhow::Result<Outcome> {
    let options = Options { dry_run: true, ..Options::default() };
    let now = DateTime::from_timestamp(1_778_580_000, 0).expect("a date");
    match kind {
        b"opportunities" => import::opportunities(&place.db, &place.file, options, now).await,
        b"skills" => import::skills(&place.db, &place.file, options, now).await,
        _ => import::people(&place.db, &place.file, options, now).await,
    }
}
