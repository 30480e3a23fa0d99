//! Hostile clients at the door, and a database that is busy behind it: what each may use up, and what everybody else sees of it.

use crate::{
    cli::{Machine, Running, SECRETS},
    http::{Answer, Door, FORM, JSON, SOON, command, company, interaction, people_known},
    scripted::tuesday,
};
use sqlx::{Connection, SqliteConnection};
use std::{
    io::{Read, Write},
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpSocket,
    time::timeout,
};
use trailmark::{
    app::{
        clock::SystemClock,
        http::{Limits, SLACK_EVENTS},
    },
    playground::sign,
    ports::Clock,
    store::{Db, people, schema::Mark},
};

#[test]
fn a_client_may_use_up_what_is_promised_and_no_more() {
    let limits = Limits::default();
    assert_eq!((limits.connections, limits.body, limits.header), (1024, 1 << 20, 16 << 10));
    let times = [limits.header_time, limits.body_time, limits.answer_time];
    assert_eq!(times, [Duration::from_secs(10); 3]);
    // Heads and small bodies of everybody, and the room for the rest.
    assert!(limits.connections * (limits.header + (16 << 10)) + limits.bodies <= 64 << 20);
}

#[tokio::test]
async fn an_answer_that_nobody_takes_is_given_up_and_its_place_is_free() {
    let world = company().await;
    let limits = Limits { answer_time: SOON, connections: 1, ..Limits::default() };
    let door = Door::open(&world.engine, limits).await;
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let mut greedy = socket.connect(door.address).await.unwrap();
    // One question after the other, and never a look at the answers: until they fill all there is between us.
    let many = "GET /nowhere HTTP/1.1\r\nhost: x\r\n\r\n".repeat(1000);
    let given_up = timeout(Duration::from_secs(30), async { while greedy.write_all(many.as_bytes()).await.is_ok() {} });
    given_up.await.expect("the server breaks off");
    assert!(door.is_open().await);
}

#[tokio::test]
async fn a_connection_on_which_nothing_more_is_asked_is_closed() {
    let world = company().await;
    let door = Door::open(&world.engine, Limits { header_time: SOON, ..Limits::default() }).await;
    let mut stream = door.connect().await;
    for _ in 0..2 {
        stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
        let mut answer = [0; 512];
        let length = stream.read(&mut answer).await.unwrap();
        assert!(answer[..length].starts_with(b"HTTP/1.1 200"));
    }
    let begun = Instant::now();
    Answer::read(&mut stream).await;
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn a_head_that_is_too_long_and_json_that_is_too_deep_are_refused() {
    let world = company().await;
    let door = Door::open(&world.engine, Limits::default()).await;
    let long = format!("POST {SLACK_EVENTS} HTTP/1.1\r\nhost: x\r\nx-long: {}\r\n\r\n", "a".repeat(100_000));
    let answer = door.ask(long.as_bytes()).await;
    assert!(matches!(answer.status, None | Some(431)), "{answer:?}");
    for (open, close) in [("[", "]"), ("{\"a\":", "}"), ("[{\"a\":", "}]")] {
        let deep = format!("{}1{}", open.repeat(100_000), close.repeat(100_000));
        assert_eq!(door.post(JSON, deep.clone()).await.status, Some(400));
        let packed: String = form_urlencoded::Serializer::new(String::new()).append_pair("payload", &deep).finish();
        let status = door.post(FORM, packed).await.status;
        assert!(matches!(status, Some(400 | 413)), "{status:?}");
        let unclosed = format!("{{\"type\":{}", open.repeat(100_000));
        assert_eq!(door.post(JSON, unclosed).await.status, Some(400));
    }
    assert!(door.is_open().await);
}

#[tokio::test]
async fn a_flood_of_what_is_not_signed_writes_nothing() {
    let world = company().await;
    let door = Door::open(&world.engine, Limits::default()).await;
    let mut outsider = SqliteConnection::connect(&world.database.url).await.unwrap();
    let written = "PRAGMA data_version";
    let before: i64 = sqlx::query_scalar(written).fetch_one(&mut outsider).await.unwrap();
    let body = command("U9", "skills have Juggling");
    let press =
        interaction("block_actions", serde_json::json!({"actions": [{"type": "button", "value": "run 0 saved"}]}));
    let now = tuesday().timestamp();
    let heads = [
        String::new(),
        format!("x-slack-request-timestamp: {now}\r\n"),
        format!("x-slack-signature: {}\r\n", sign("another secret", now, &body)),
        format!("x-slack-request-timestamp: {now}\r\nx-slack-signature: {}\r\n", sign("another secret", now, &body)),
        format!("x-slack-request-timestamp: {now}\r\nx-slack-signature: v0=\r\n"),
        format!(
            "x-slack-request-timestamp: {0}\r\nx-slack-signature: {1}\r\n",
            now - 301,
            sign(crate::http::SECRET, now - 301, &body)
        ),
        format!(
            "x-slack-request-timestamp: {now}\r\nx-slack-signature: {}\r\n",
            sign(crate::http::SECRET, now, "else")
        ),
    ];
    for (at, head) in heads.iter().cycle().take(700).enumerate() {
        let body = if at % 2 == 0 { &body } else { &press };
        let length = body.len();
        let request = format!(
            "POST {SLACK_EVENTS} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: {FORM}\r\n{head}content-length: {length}\r\n\r\n{body}"
        );
        assert_eq!(door.ask(request.as_bytes()).await.status, Some(401), "{head}");
    }
    let after: i64 = sqlx::query_scalar(written).fetch_one(&mut outsider).await.unwrap();
    assert_eq!(before, after, "nobody wrote to the database");
    assert_eq!(people_known(world.engine.db()).await, 1);
    assert_eq!(door.post(FORM, body).await.status, Some(200));
    let seen: i64 = sqlx::query_scalar(written).fetch_one(&mut outsider).await.unwrap();
    assert_ne!(seen, after, "what is signed does");
}

/// A request as the platform sends it to the real program.
fn signed_now(body: &str) -> String {
    let now = SystemClock.now().timestamp();
    let signature = sign(SECRETS[0].1, now, body);
    format!(
        "POST {SLACK_EVENTS} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: {FORM}\r\nx-slack-request-timestamp: {now}\r\n\
         x-slack-signature: {signature}\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// The whole answer, where there was one before the program was gone.
fn answer(address: &str, request: &str) -> Option<String> {
    let mut stream = std::net::TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(8))).ok()?;
    stream.write_all(request.as_bytes()).ok()?;
    let mut said = String::new();
    stream.read_to_string(&mut said).ok()?;
    Some(said).filter(|said| said.starts_with("HTTP/1.1 200"))
}

#[test]
fn killed_right_after_an_answer_the_program_has_done_what_it_said() {
    let machine = Machine::new().with_company();
    let mut promised = Vec::new();
    for round in 0..30 {
        let mut server = Running::serve(&machine);
        let (tell, told) = std::sync::mpsc::channel();
        let asking: Vec<_> = (0..4)
            .map(|at| {
                let (address, tell) = (server.address.clone(), tell.clone());
                let (user, skill) = (format!("UNEW{round}X{at}"), format!("Skill{round}x{at}"));
                std::thread::spawn(move || {
                    let said = answer(&address, &signed_now(&command(&user, &format!("skills have {skill}"))));
                    let _ = tell.send(());
                    said.filter(|said| said.contains(&skill)).map(|_| skill)
                })
            })
            .collect();
        told.recv().unwrap();
        std::thread::park_timeout(Duration::from_millis(round % 6));
        server.child.kill().unwrap();
        server.child.wait().unwrap();
        promised.extend(asking.into_iter().filter_map(|it| it.join().unwrap()));
    }
    assert!(promised.len() >= 30, "{}", promised.len());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let known = runtime.block_on(async {
        let db = Db::open(&format!("sqlite://{}", machine.path("trailmark.db").display())).await.unwrap();
        let mut tx = db.read().await.unwrap();
        people::changed_after(&mut tx, Mark::after(0), usize::MAX).await.unwrap().0
    });
    let lost: Vec<_> =
        promised.iter().filter(|skill| !known.iter().any(|it| it.have.iter().any(|had| had == *skill))).collect();
    assert!(lost.is_empty(), "of {} that were answered {lost:?} are lost", promised.len());
}

/// The memory of a process that is used, at most so far, in KiB.
fn peak(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[test]
fn large_bodies_that_stall_use_up_little_and_keep_nobody_waiting() {
    let machine = Machine::new().with_company();
    let server = Running::serve(&machine);
    server.get("/healthz");
    let before = peak(server.child.id());
    let head = format!("POST {SLACK_EVENTS} HTTP/1.1\r\nhost: x\r\ncontent-length: 1048576\r\n\r\n");
    let piece = vec![b'a'; 64 * 1024];
    let mut clients = Vec::new();
    for _ in 0..150 {
        let mut client = std::net::TcpStream::connect(&server.address).unwrap();
        client.set_write_timeout(Some(Duration::from_millis(20))).unwrap();
        client.write_all(head.as_bytes()).unwrap();
        clients.push(client);
    }
    for _ in 0..15 {
        for client in &mut clients {
            // Where nobody reads it any more, there is nothing to do.
            let _ = client.write(&piece);
        }
    }
    let begun = Instant::now();
    let answer = server.ask(&signed_now(&command("U2", "find rust")));
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("Rust exporter"), "{answer}");
    assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
    let more = peak(server.child.id()).saturating_sub(before);
    assert!(more <= 64 * 1024, "{more} KiB more");
    // Those who stall are sent away.
    let begun = Instant::now();
    for mut client in clients {
        client.set_read_timeout(Some(Duration::from_secs(15))).unwrap();
        let mut said = Vec::new();
        let _ = client.read_to_end(&mut said);
        assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());
    }
}

/// Somebody else holds the lock of the writers, lets go for a moment, and takes it again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_writer_beside_us_is_waited_for_or_said_and_is_never_an_error() {
    let world = company().await;
    let door = Door::open(&world.engine, Limits::default()).await;
    let url = world.database.url.clone();
    let writer = tokio::spawn(async move {
        let mut outsider = SqliteConnection::connect(&url).await.unwrap();
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(6) {
            sqlx::query("BEGIN IMMEDIATE").execute(&mut outsider).await.unwrap();
            tokio::time::sleep(Duration::from_millis(400)).await;
            sqlx::query("COMMIT").execute(&mut outsider).await.unwrap();
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    });
    let (mut done, mut said) = (Vec::new(), 0);
    let mut number = 0;
    while !writer.is_finished() {
        number += 1;
        let begun = Instant::now();
        let skill = format!("Skill{number}");
        let answer = door.post(FORM, command(&format!("U{}", number % 7 + 1), &format!("skills have {skill}"))).await;
        assert_eq!(answer.status, Some(200), "{answer:?}");
        assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
        if answer.body.contains("did not work") {
            said += 1;
        } else if answer.body.contains(&skill) {
            done.push(skill);
        }
    }
    writer.await.unwrap();
    assert!(!done.is_empty(), "{said} were told that it did not work");
    let live = world.engine.live().read();
    let has = |skill: &String| live.people().iter().any(|person| person.have.iter().any(|had| had == skill));
    assert!(done.iter().all(has), "whatever was said to be done is done");
}

/// The lock is held for longer than anybody waits.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_database_is_locked_every_answer_comes_in_time_and_says_so() {
    let world = company().await;
    let door = Door::open(&world.engine, Limits::default()).await;
    let mut outsider = SqliteConnection::connect(&world.database.url).await.unwrap();
    sqlx::query("BEGIN IMMEDIATE").execute(&mut outsider).await.unwrap();
    let locked = Instant::now();
    let mut times = Vec::new();
    while locked.elapsed() < Duration::from_secs(6) {
        let begun = Instant::now();
        let (known, unknown) = tokio::join!(
            door.post(FORM, command("U1", "skills have Juggling")),
            door.post(FORM, command("U8", "skills have Juggling")),
        );
        times.push(begun.elapsed());
        for answer in [known, unknown] {
            assert!(answer.status == Some(200) && answer.body.contains("nothing was changed"), "{answer:?}");
        }
    }
    assert!(times.iter().all(|time| *time <= Duration::from_millis(2500)), "{times:?}");
    sqlx::query("ROLLBACK").execute(&mut outsider).await.unwrap();
    assert!(door.post(FORM, command("U1", "skills have Juggling")).await.body.contains("Juggling"));
}
