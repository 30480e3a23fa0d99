//! Backups, and what it takes that one put in place never sends again what was sent: by `restore`, by hand, or by accident.

use crate::{
    cli::{ALONE, Machine, Running, assert_refused, err},
    databases::Database,
};
use sqlx::{Connection, PgConnection, SqliteConnection};
use std::{
    io::Write,
    path::{Path, PathBuf},
    process::Stdio,
};
use trailmark::store::{
    generation::{self, Found},
    outbox,
};

const DATABASE: &str = "trailmark.db";

async fn open(path: &Path) -> SqliteConnection {
    SqliteConnection::connect(&format!("sqlite://{}", path.display())).await.unwrap()
}

async fn people(path: &Path) -> i64 {
    let mut connection = open(path).await;
    let count = sqlx::query_scalar("SELECT count(*) FROM person").fetch_one(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    count
}

/// Whether the database is in doubt.
async fn doubts(machine: &Machine) -> bool {
    let mut connection = open(&machine.path(DATABASE)).await;
    let before: Option<String> =
        sqlx::query_scalar("SELECT doubtful_before FROM instance").fetch_one(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    before.is_some()
}

/// Starts like a cron job does; gives whether it said that this is another database.
#[track_caller]
fn ticks(machine: &Machine) -> bool {
    let output = machine.run_with(&["tick"], &ALONE);
    assert!(output.status.success(), "{}", err(&output));
    err(&output).contains("older copy")
}

fn hire(machine: &Machine, name: &str) {
    machine.write("more.csv", &format!("email,name\n{name}@x.example,{name}\n"));
    machine.says(&["import", "people", "more.csv"]);
}

/// The file that a restore kept.
fn replaced(machine: &Machine) -> Vec<PathBuf> {
    let files = std::fs::read_dir(machine.path(".")).unwrap().map(|it| it.unwrap().path());
    let is_kept = |path: &PathBuf| path.to_str().is_some_and(|it| it.contains(".replaced-"));
    files.filter(is_kept).collect()
}

#[tokio::test]
async fn a_backup_beside_a_running_server_is_one_whole_file_for_its_owner() {
    use std::os::unix::fs::PermissionsExt;
    let machine = Machine::new().with_company();
    let _server = Running::serve(&machine);
    let said = machine.says(&["backup", "kept.db"]);
    assert!(said.contains("kept.db: ") && said.contains(" rows in ") && said.contains("whole"), "{said}");
    let file = machine.path("kept.db");
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(people(&file).await, 2);
    let before = std::fs::read(&file).unwrap();
    hire(&machine, "cy");
    assert_refused(&machine.run(&["backup", "kept.db"]), 1, &["kept.db is there already"]);
    assert_eq!(std::fs::read(&file).unwrap(), before);
    assert_refused(&machine.run(&["backup", "no/such/folder.db"]), 1, &["no/such/folder.db"]);
    assert!(!machine.has("kept.db.part") && !machine.has("kept.db-wal") && !machine.has("kept.db-journal"));
}

#[tokio::test]
async fn a_restore_asks_keeps_what_was_there_and_leaves_a_doubt() {
    let machine = Machine::new().with_company();
    assert!(!ticks(&machine));
    machine.says(&["backup", "kept.db"]);
    hire(&machine, "cy");
    // Whoever does not say yes changes nothing.
    let mut child =
        machine.command(&["restore", "kept.db"], &[]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"no\n").unwrap();
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("2 people") && said.contains("3 people") && said.contains("is lost"), "{said}");
    assert!(said.ends_with("Nothing was changed.\n") && output.status.code() == Some(1), "{said}");
    assert_eq!((people(&machine.path(DATABASE)).await, replaced(&machine).len()), (3, 0));

    let server = Running::serve(&machine);
    assert_refused(&machine.run(&["restore", "kept.db", "--yes"]), 1, &["already running"]);
    drop(server);
    // Another command still has it open.
    let mut import = open(&machine.path(DATABASE)).await;
    sqlx::query("SELECT 1 FROM person").fetch_one(&mut import).await.unwrap();
    assert_refused(&machine.run(&["restore", "kept.db", "--yes"]), 1, &["another command is using the database"]);
    import.close().await.unwrap();
    assert_eq!((people(&machine.path(DATABASE)).await, replaced(&machine).len()), (3, 0));

    let said = machine.says(&["restore", "kept.db", "--yes"]);
    assert!(said.contains("Restored.") && said.contains("before it is sent"), "{said}");
    let kept = replaced(&machine);
    assert_eq!((kept.len(), people(&machine.path(DATABASE)).await, people(&kept[0]).await), (1, 2, 3));
    assert!(doubts(&machine).await);
    assert!(ticks(&machine), "the next start says so");
    assert!(!ticks(&machine), "and the one after it does not");
    assert!(!machine.has("trailmark.db.restoring"));
    // What was kept is itself a backup.
    machine.says(&["restore", kept[0].to_str().unwrap(), "--yes"]);
    assert_eq!(people(&machine.path(DATABASE)).await, 3);
}

#[tokio::test]
async fn a_backup_that_is_none_is_refused_and_nothing_is_touched() {
    let machine = Machine::new().with_company();
    machine.says(&["backup", "kept.db"]);
    let whole = std::fs::read(machine.path("kept.db")).unwrap();
    std::fs::write(machine.path("half.db"), &whole[..whole.len() / 2]).unwrap();
    let mut holed = whole.clone();
    let middle = whole.len() / 2 / 4096 * 4096;
    holed[middle..middle + 8192].fill(0xA5);
    std::fs::write(machine.path("holed.db"), holed).unwrap();
    machine.write("people.db", "email,name\n");
    std::fs::write(machine.path("empty.db"), b"").unwrap();
    let mut other = open_new(&machine.path("other.db")).await;
    sqlx::query("CREATE TABLE cats (name TEXT)").execute(&mut other).await.unwrap();
    other.close().await.unwrap();
    std::fs::write(machine.path("newer.db"), &whole).unwrap();
    let mut newer = open(&machine.path("newer.db")).await;
    let from_the_future = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
                           VALUES (20990101, 'from the future', TRUE, x'00', 0)";
    sqlx::query(from_the_future).execute(&mut newer).await.unwrap();
    newer.close().await.unwrap();
    let before = std::fs::read(machine.path(DATABASE)).unwrap();
    for (name, word) in [
        ("half.db", "damaged"),
        ("holed.db", "damaged"),
        ("people.db", "damaged"),
        ("empty.db", "not one that trailmark has used"),
        ("other.db", "not one that trailmark has used"),
        ("newer.db", "does not know"),
        ("gone.db", "is not there"),
    ] {
        let output = machine.run(&["restore", name, "--yes"]);
        assert_refused(&output, 1, &[word, name]);
        assert!(!err(&output).contains("Stop trailmark"), "{name}: the database in place is fine");
    }
    assert_eq!(std::fs::read(machine.path(DATABASE)).unwrap(), before);
    assert!(replaced(&machine).is_empty() && !machine.has("trailmark.db.restoring"));
}

async fn open_new(path: &Path) -> SqliteConnection {
    std::fs::write(path, b"").unwrap();
    open(path).await
}

#[tokio::test]
async fn a_damaged_or_lost_database_is_restored_too() {
    let machine = Machine::new().with_company();
    assert!(!ticks(&machine));
    machine.says(&["backup", "kept.db"]);
    machine.write(DATABASE, &"no database at all ".repeat(500));
    let said = machine.says(&["restore", "kept.db", "--yes"]);
    assert!(said.contains("it is damaged"), "{said}");
    assert_eq!((people(&machine.path(DATABASE)).await, replaced(&machine).len()), (2, 1));
    std::fs::remove_file(machine.path(DATABASE)).unwrap();
    assert_refused(&machine.run(&["outbox", "list"]), 1, &["is gone", "trailmark restore"]);
    machine.says(&["restore", "kept.db", "--yes"]);
    assert_eq!(people(&machine.path(DATABASE)).await, 2);
    assert!(ticks(&machine));
}

#[tokio::test]
async fn an_older_copy_put_in_place_by_hand_is_noticed_and_a_crash_is_not_taken_for_one() {
    let machine = Machine::new().with_company();
    for _ in 0..3 {
        let mut server = Running::serve(&machine);
        server.child.kill().unwrap();
        server.child.wait().unwrap();
        assert!(!ticks(&machine) && !doubts(&machine).await, "it is the one we left");
    }
    machine.says(&["migrate"]);
    assert!(!machine.has("trailmark.db-wal"));
    let copy = std::fs::read(machine.path(DATABASE)).unwrap();
    let beside = machine.read("trailmark.db.generation");
    // Whoever starts next leaves the copy behind.
    assert!(!ticks(&machine));
    machine.says(&["migrate"]);
    std::fs::write(machine.path(DATABASE), &copy).unwrap();
    assert!(ticks(&machine) && doubts(&machine).await);
    assert!(!ticks(&machine));
    // A backup made by the command is one even of this generation.
    machine.says(&["backup", "kept.db"]);
    std::fs::copy(machine.path("kept.db"), machine.path(DATABASE)).unwrap();
    assert!(ticks(&machine) && !ticks(&machine));
    // Nothing says that it is the same, or something says that it is not.
    std::fs::remove_file(machine.path("trailmark.db.generation")).unwrap();
    assert!(ticks(&machine) && !ticks(&machine));
    machine.write("trailmark.db.generation", &beside);
    assert!(ticks(&machine) && !ticks(&machine));
    // A folder put back whole says nothing: whoever did it says so.
    assert!(machine.says(&["restore", "--by-hand"]).contains("before it is sent"));
    assert!(doubts(&machine).await);
}

/// As reading a dump in does: the same rows, in a table that is made anew.
async fn read_a_dump_in(admin: &mut PgConnection) {
    for statement in [
        "ALTER TABLE instance RENAME TO old",
        "CREATE TABLE instance (LIKE old INCLUDING ALL)",
        "INSERT INTO instance SELECT * FROM old",
        "DROP TABLE old",
    ] {
        sqlx::query(statement).execute(&mut *admin).await.unwrap();
    }
}

#[tokio::test]
#[ignore = "needs Postgres; scripts/test starts one and runs this"]
async fn on_postgres_a_new_connection_looks_whether_it_is_still_the_database_we_left() {
    let now = "2026-05-04T08:00:00Z".parse().unwrap();
    let database = Database::postgres(now).await;
    assert_eq!(generation::begin(&database.db, now).await.unwrap(), Found::Same);
    let mut admin = PgConnection::connect(&database.url).await.unwrap();
    let doubt = async || {
        let mut tx = database.db.read().await.unwrap();
        outbox::doubt(&mut tx).await.unwrap()
    };
    let cut_off = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
    // Nothing but a connection that was lost.
    sqlx::query(cut_off).execute(&mut admin).await.unwrap();
    drop(database.db.write().await.unwrap());
    assert_eq!(doubt().await, None);
    // A server that runs meanwhile is told by nobody.
    read_a_dump_in(&mut admin).await;
    sqlx::query(cut_off).execute(&mut admin).await.unwrap();
    drop(database.db.write().await.unwrap());
    assert!(doubt().await.is_some(), "before whoever wrote first went on");
    assert_eq!(generation::begin(&database.db, now).await.unwrap(), Found::Same, "it is noticed once");
}
