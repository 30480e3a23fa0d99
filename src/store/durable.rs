//! A disk that says what was written is not kept. Asking it again proves nothing, because the system may have thrown the
//! pages away and answer that all is well: nothing more is written, and the process has to end.

use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::{Notify, futures::Notified};

/// Of the whole process, like the disk.
static IS_LOST: AtomicBool = AtomicBool::new(false);
static LOST: Notify = Notify::const_new();

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
