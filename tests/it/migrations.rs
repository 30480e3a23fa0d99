//! The schema: brought up to date by everybody, refused when it is from the future.

use trailmark::store::{Db, Pools};

async fn empty(folder: &std::path::Path) -> Db {
    Db::open(&format!("sqlite://{}", folder.join("test.db").display())).await.unwrap()
}

#[tokio::test]
async fn migrating_twice_changes_nothing_the_second_time() {
    let folder = tempfile::tempdir().unwrap();
    let db = empty(folder.path()).await;
    assert!(db.pending_migrations().await.unwrap() > 0);
    db.migrate().await.unwrap();
    assert_eq!(db.pending_migrations().await.unwrap(), 0);
    db.migrate().await.unwrap();
    assert_eq!(db.pending_migrations().await.unwrap(), 0);
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let db = empty(folder.path()).await;
    db.migrate().await.unwrap();
    let Pools::Sqlite { writer, .. } = db.pools() else { unreachable!() };
    let from_the_future = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
                           VALUES (20990101, 'from the future', TRUE, x'00', 0)";
    sqlx::query(from_the_future).execute(writer).await.unwrap();
    let refused = db.migrate().await.unwrap_err().to_string();
    assert!(refused.contains("newer version") && refused.contains("20990101"), "{refused}");
    assert!(db.pending_migrations().await.unwrap_err().to_string().contains("does not know"));
}

#[tokio::test]
async fn a_file_that_is_no_database_is_called_damaged() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("test.db");
    let contents = "this was a database once, and is not any more. ".repeat(100);
    std::fs::write(&path, &contents).unwrap();
    let refused = Db::open(&format!("sqlite://{}", path.display())).await.unwrap_err();
    assert!(refused.is::<trailmark::store::Damaged>(), "{refused:#}");
    assert!(refused.to_string().contains("trailmark restore"), "{refused:#}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), contents);
}

#[cfg(unix)]
#[tokio::test]
async fn the_file_is_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    drop(empty(folder.path()).await);
    let mode = std::fs::metadata(folder.path().join("test.db")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}
