//! What becomes of the real program when the machine under it fails: the disk is full or lies, the file is damaged,
//! somebody else is there already.

use crate::cli::{ALONE, Machine, Running, SECRETS, assert_refused};
use serde_json::json;
use sqlx::{Connection, SqliteConnection};
use std::{
    path::Path,
    process::Command,
    time::{Duration, Instant, SystemTime},
};
use trailmark::playground::sign;

/// Tells the server an event of its workspace, correctly signed; gives the status, 0 where there was no answer.
fn tell(server: &Running, body: &str) -> u16 {
    let timestamp = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs().cast_signed();
    let signature = sign(SECRETS[0].1, timestamp, body);
    let answer = server.ask(&format!(
        "POST /slack/events HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\n\
         x-slack-request-timestamp: {timestamp}\r\nx-slack-signature: {signature}\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    ));
    answer.split(' ').nth(1).map_or(0, |status| status.parse().unwrap())
}

/// Somebody new with this number looks at their Home, which is to be drawn for them.
fn join(server: &Running, number: usize) -> u16 {
    let event = json!({"type": "event_callback", "team_id": "T1", "event_id": format!("Ev{number}"),
        "event": {"type": "app_home_opened", "user": format!("U{number}"), "tab": "home"}});
    tell(server, &event.to_string())
}

/// What is left of that.
fn has_joined(machine: &Machine, number: usize) -> bool {
    count(machine, &format!("refresh WHERE target = 'home U{number}'")) == 1
}

/// Does something with the database beside whoever else has it open.
fn beside<T>(machine: &Machine, work: impl AsyncFnOnce(&mut SqliteConnection) -> sqlx::Result<T>) -> T {
    let file = format!("sqlite://{}", machine.path("trailmark.db").display());
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
        let mut connection = SqliteConnection::connect(&file).await.unwrap();
        let done = work(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        done
    })
}

/// How many rows there are of that.
fn count(machine: &Machine, of: &str) -> i64 {
    let count = sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {of}"));
    beside(machine, async |it| sqlx::query_scalar(count).fetch_one(it).await)
}

fn execute(machine: &Machine, statement: &'static str) {
    beside(machine, async |it| sqlx::query(statement).execute(it).await);
}

/// Waits until it holds, for a while.
#[track_caller]
fn soon(within: Duration, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < within, "not within {within:?}");
        std::thread::yield_now();
    }
}

#[test]
fn a_second_server_on_the_same_file_is_refused_and_told_whose_it_is() {
    let machine = Machine::new().with_company();
    let mut server = Running::serve(&machine);
    let pid = server.child.id().to_string();
    let words = ["already running", &pid, "stop that one first"];
    assert_refused(&machine.run_with(&["serve"], &ALONE), 2, &words);
    // By another name it is the same file.
    std::os::unix::fs::symlink(machine.path("trailmark.db"), machine.path("other.db")).unwrap();
    let mut other = ALONE.to_vec();
    other.push(("DATABASE_URL", "sqlite://other.db"));
    assert_refused(&machine.run_with(&["serve"], &other), 2, &words);
    assert_refused(&machine.run(&["demo", "--port", "0", "--data", "."]), 1, &words);
    // Everything else works beside it, and it does not mind.
    machine.says(&["outbox", "list"]);
    machine.says(&["import", "people", "people.csv"]);
    assert!(machine.run_with(&["tick"], &ALONE).status.success());
    assert!(server.get("/readyz").starts_with("HTTP/1.1 200"));
    // However it ends, its place is free.
    server.child.kill().unwrap();
    server.child.wait().unwrap();
    drop(Running::serve(&machine));
}

#[test]
fn a_database_that_was_emptied_or_cut_short_is_refused_and_never_begun_anew() {
    let machine = Machine::new().with_company();
    let mut server = Running::serve(&machine);
    assert_eq!(join(&server, 7), 200);
    server.child.kill().unwrap();
    server.child.wait().unwrap();
    let files: Vec<_> = std::fs::read_dir(machine.path(".")).unwrap().map(|it| it.unwrap().path()).collect();
    let keep = |name: &Path| name.file_name().unwrap().to_str().unwrap().starts_with("trailmark.db");
    let files: Vec<_> = files.into_iter().filter(|it| keep(it)).map(|it| (std::fs::read(&it).unwrap(), it)).collect();
    assert!(files.iter().any(|(contents, path)| path.ends_with("trailmark.db-wal") && !contents.is_empty()));
    let database = machine.path("trailmark.db");
    let refused = |what: &str| {
        for arguments in [&["serve"][..], &["outbox", "list"], &["import", "people", "people.csv"]] {
            assert_refused(&machine.run_with(arguments, &ALONE), 1, &["damaged", what, "trailmark restore"]);
        }
        let doctor = machine.run_with(&["doctor"], &ALONE);
        let said = String::from_utf8_lossy(&doctor.stdout).into_owned();
        assert!(doctor.status.code() == Some(1) && said.contains("damaged"), "{said}");
    };
    std::fs::write(&database, "").unwrap();
    refused("is empty");
    assert_eq!(std::fs::read(&database).unwrap(), b"");
    std::fs::remove_file(&database).unwrap();
    refused("is gone");
    assert!(!database.exists());
    // Put back as they were, they are whole.
    for (contents, path) in &files {
        std::fs::write(path, contents).unwrap();
    }
    assert!(has_joined(&machine, 7));
    machine.says(&["migrate"]);
    let whole = std::fs::read(&database).unwrap();
    for name in ["trailmark.db-wal", "trailmark.db-shm"] {
        assert!(!machine.has(name), "the last to leave tidies up");
    }
    std::fs::write(&database, &whole[..whole.len() / 2]).unwrap();
    refused("");
    let mut header = whole.clone();
    header[..40].fill(0x5A);
    std::fs::write(&database, &header).unwrap();
    refused("");
    assert_eq!(std::fs::read(&database).unwrap(), header);
    std::fs::write(&database, &whole).unwrap();
    machine.says(&["outbox", "list"]);
}

#[test]
fn a_page_that_nobody_has_read_for_long_is_noticed_at_the_start_or_soon_after() {
    let machine = Machine::new().with_company();
    for rows in [2_000, 300_000] {
        beside(&machine, async |it| {
            sqlx::query(
                "WITH RECURSIVE n (id) AS (SELECT 1000 UNION ALL SELECT id + 1 FROM n WHERE id < 1000 + $1)
                 INSERT OR IGNORE INTO event (id, at, kind, subject, data) SELECT id, '2026-05-04T08:00:00+00:00', 'x',
                 'Needle in a haystack' || printf('%0200d', id), '{}' FROM n",
            )
            .bind(rows)
            .execute(it)
            .await
        });
        machine.says(&["migrate"]);
        let file = machine.path("trailmark.db");
        let whole = std::fs::read(&file).unwrap();
        assert_eq!(whole.len() > 64 << 20, rows > 100_000, "{}", whole.len());
        let needle = b"Needle in a haystack";
        let found = whole.windows(needle.len()).position(|it| it == needle).unwrap();
        let mut damaged = whole.clone();
        damaged[found / 4096 * 4096..][..8].fill(0xA5);
        std::fs::write(&file, &damaged).unwrap();
        assert_refused(&machine.run_with(&["serve"], &ALONE), 1, &["damaged", "trailmark restore"]);
        let said = String::from_utf8(machine.run_with(&["doctor"], &ALONE).stdout).unwrap();
        assert!(said.contains("damaged"), "{said}");
        std::fs::write(&file, &whole).unwrap();
        assert!(machine.run_with(&["doctor"], &ALONE).status.success());
    }
}

/// Limits how large any file of that process may be: to the process, a disk that is full.
#[cfg(target_os = "linux")]
fn limit(server: &Running, bytes: &str) {
    let status = Command::new("prlimit")
        .args(["--pid", &server.child.id().to_string(), &format!("--fsize={bytes}:unlimited")])
        .status()
        .unwrap();
    assert!(status.success());
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_said_to_the_platform_and_nothing_acknowledged_is_lost() {
    let machine = Machine::new().with_company();
    // The signal of a file that grows beyond its limit would end the process; a full disk sends none.
    let mut command = Command::new("/bin/sh");
    command
        .args(["-c", "trap '' XFSZ; exec \"$0\" serve", env!("CARGO_BIN_EXE_trailmark")])
        .current_dir(machine.path("."))
        .env_clear()
        .envs(ALONE);
    let mut server = Running::once_ready(&mut command);
    let mut told = Vec::new();
    for number in 10..20 {
        told.push((number, join(&server, number)));
    }
    assert!(told.iter().all(|(_, status)| *status == 200), "{told:?}");
    let log = std::fs::metadata(machine.path("trailmark.db-wal")).unwrap().len();
    limit(&server, &log.to_string());
    for number in 20..40 {
        told.push((number, join(&server, number)));
    }
    assert!(told.iter().any(|(_, status)| *status == 503), "it was full: {told:?}");
    assert!(told.iter().all(|(_, status)| [200, 503].contains(status)), "{told:?}");
    assert!(server.get("/healthz").starts_with("HTTP/1.1 200"));
    assert_eq!(server.child.try_wait().unwrap(), None);
    limit(&server, "unlimited");
    soon(Duration::from_secs(30), || join(&server, 40) == 200);
    told.push((40, 200));
    for (number, _) in told.iter().filter(|(_, status)| *status == 200) {
        assert!(has_joined(&machine, *number), "{number} was acknowledged");
    }
    server.terminate();
    assert_eq!(server.child.wait().unwrap().code(), Some(0));
}

/// From now on the disk does not keep what that server writes.
#[cfg(target_os = "linux")]
fn attach(server: &Running, machine: &Machine, options: &[&str]) -> std::process::Child {
    let says = machine.path("strace");
    let strace = Command::new("strace")
        .args(["-f", "-p", &server.child.id().to_string()])
        .args(options)
        .args(["-e", "trace=fdatasync,fsync", "-e", "inject=fdatasync,fsync:error=EIO"])
        .stderr(std::fs::File::create(&says).unwrap())
        .spawn()
        .unwrap();
    soon(Duration::from_secs(10), || std::fs::read_to_string(&says).unwrap().contains("attached"));
    strace
}

#[cfg(target_os = "linux")]
#[test]
#[ignore = "needs strace and the right to attach it; scripts/test sees to both"]
fn a_disk_that_does_not_keep_the_file_behind_the_log_ends_the_process_too() {
    let machine = Machine::new().with_company();
    // What is tidied up once a day is done.
    assert!(machine.run_with(&["tick"], &ALONE).status.success());
    let mut server = Running::serve(&machine);
    let file = machine.path("trailmark.db");
    let mut strace = attach(&server, &machine, &["-P", file.to_str().unwrap(), "-o", "/dev/null"]);
    let mut kept = Vec::new();
    for number in 10.. {
        assert!(number < 1000, "the log grew and grew");
        match join(&server, number) {
            200 => kept.push(number),
            _ => break,
        }
    }
    assert!(kept.len() > 50, "{}", kept.len());
    soon(Duration::from_secs(5), || server.child.try_wait().unwrap().is_some());
    assert_eq!(server.child.wait().unwrap().code(), Some(1));
    strace.wait().unwrap();
    drop(Running::serve(&machine));
    for number in kept {
        assert!(has_joined(&machine, number), "{number} was acknowledged");
    }
}

#[cfg(target_os = "linux")]
#[test]
#[ignore = "needs strace and the right to attach it; scripts/test sees to both"]
fn a_disk_that_does_not_keep_what_was_written_ends_the_process() {
    let machine = Machine::new().with_company();
    // What is tidied up once a day is done.
    assert!(machine.run_with(&["tick"], &ALONE).status.success());
    let mut server = Running::serve(&machine);
    assert_eq!(join(&server, 7), 200);
    let log = machine.path("trace");
    let mut strace = attach(&server, &machine, &["-o", log.to_str().unwrap()]);
    let asked = Instant::now();
    assert_ne!(join(&server, 8), 200, "it was not kept");
    soon(Duration::from_secs(5), || server.child.try_wait().unwrap().is_some());
    assert!(asked.elapsed() < Duration::from_secs(5));
    assert_eq!(server.child.wait().unwrap().code(), Some(1));
    strace.wait().unwrap();
    let failed = std::fs::read_to_string(&log).unwrap().lines().filter(|line| line.contains("EIO")).count();
    assert_eq!(failed, 1, "the disk is asked once");
    // What was acknowledged is there at the next start, and what was not is told again.
    let server = Running::serve(&machine);
    assert!(has_joined(&machine, 7) && !has_joined(&machine, 8));
    assert_eq!(join(&server, 8), 200);
}

/// Where Debian has the library that moves a program's clock.
#[cfg(target_os = "linux")]
pub fn faketime() -> String {
    let places =
        std::fs::read_dir("/usr/lib").unwrap().filter_map(|it| Some(it.ok()?.path().join("faketime/libfaketime.so.1")));
    let found = places.into_iter().find(|it| it.exists()).expect("libfaketime is installed by scripts/test");
    found.to_str().unwrap().to_owned()
}

#[cfg(target_os = "linux")]
#[test]
#[ignore = "needs libfaketime; scripts/test installs it"]
fn a_clock_that_is_set_makes_nothing_leave_early() {
    let machine = Machine::new().with_company();
    machine.write("clock", "+0");
    let mut server = Running::once_ready(
        machine
            .command(&["serve"], &ALONE)
            .env("LD_PRELOAD", faketime())
            .env("FAKETIME_TIMESTAMP_FILE", machine.path("clock"))
            .env("FAKETIME_NO_CACHE", "1")
            .env("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
    );
    let clock = |server: &Running| {
        let ready = server.get("/readyz");
        assert!(ready.starts_with("HTTP/1.1 200"), "{ready}");
        ready.contains("\"clock\":\"jumped\"")
    };
    // Somebody is told something in an hour.
    execute(
        &machine,
        "INSERT INTO delivery (id, delivery, tenant, platform, kind, subject, recipient, occurrence, person_id, is_nudge, card, urgency, state, due_at, created_at)
         SELECT 1, 'd1', 'home', 'slack', 'notice.test', 'x', 'U2', '1', 2, FALSE, '{\"summary\":\"\",\"blocks\":[]}', 0, 'pending',
         strftime('%Y-%m-%dT%H:%M:%S+00:00', 'now', '+1 hour'), strftime('%Y-%m-%dT%H:%M:%S+00:00', 'now')",
    );
    for offset in ["+1d", "+10y", "-1d", "-56y", "+2h"] {
        assert!(!clock(&server), "before {offset}");
        machine.write("clock", offset);
        soon(Duration::from_secs(5), || clock(&server));
        // A few passes.
        std::thread::park_timeout(Duration::from_secs(3));
        assert_eq!(count(&machine, "delivery WHERE state = 'pending' AND attempt = 0"), 1, "{offset}");
        machine.write("clock", "+0");
        soon(Duration::from_secs(5), || !clock(&server));
    }
    // What is due leaves, or tries to: the workspace does not answer.
    execute(&machine, "UPDATE delivery SET due_at = strftime('%Y-%m-%dT%H:%M:%S+00:00', 'now')");
    soon(Duration::from_secs(10), || count(&machine, "delivery WHERE attempt > 0") == 1);
    server.terminate();
    assert_eq!(server.child.wait().unwrap().code(), Some(0));
}
