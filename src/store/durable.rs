//! A disk that says what was written is not kept. Asking it again proves nothing, because the system may have thrown the
//! pages away and answer that all is well: nothing more is written, and the process has to end.

use sqlx::SqlitePool;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use tokio::sync::{Notify, futures::Notified};

/// Of the whole process, like the disk.
static IS_LOST: AtomicBool = AtomicBool::new(false);
static LOST: Notify = Notify::const_new();

/// How many transactions wait in the log of a SQLite database to be moved into the file. SQLite would do that by itself, and
/// tell nobody that the disk did not keep it.
#[derive(Debug, Default)]
pub struct Log(AtomicU32);

/// About a thousand pages.
const LONG: u32 = 200;
/// So many rows written at once lengthen it like one transaction of those that write a few.
const ROWS: usize = 50;

impl Log {
    /// Much was written in one transaction.
    pub(super) fn note(&self, rows: usize) {
        self.0.fetch_add(u32::try_from(rows / ROWS).unwrap_or(LONG).min(LONG), Ordering::Relaxed);
    }

    /// Counts one more transaction, and now and then moves what waits into the file. While somebody reads what was before, it
    /// can be moved only in part, and is tried again with the next one.
    pub(super) async fn shorten(&self, writer: &SqlitePool) {
        if self.0.fetch_add(1, Ordering::Relaxed) < LONG {
            return;
        }
        let moved: sqlx::Result<(i64, i64, i64)> =
            sqlx::query_as("PRAGMA wal_checkpoint(PASSIVE)").fetch_one(writer).await;
        match moved {
            Ok((_, in_log, in_file)) if in_log == in_file => self.0.store(0, Ordering::Relaxed),
            Ok(_) => {}
            Err(error) => judge(&error),
        }
    }
}

/// `SQLITE_IOERR_FSYNC` and `SQLITE_IOERR_DIR_FSYNC`.
const CODES: [&str; 2] = ["1034", "1290"];

/// Remembers it where this is why something failed.
pub(super) fn judge(error: &sqlx::Error) {
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    if code.is_some_and(|code| CODES.contains(&&*code)) {
        IS_LOST.store(true, Ordering::SeqCst);
        LOST.notify_one();
    }
}

pub(super) fn is_lost() -> bool {
    IS_LOST.load(Ordering::SeqCst)
}

/// Ready once the disk failed to keep what was written. Whoever waits ends the process, without closing the database:
/// that would ask the disk again.
pub fn lost() -> Notified<'static> {
    LOST.notified()
}
