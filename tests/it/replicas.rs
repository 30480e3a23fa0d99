//! Several servers on one Postgres, none of them in charge, that are stopped for longer than their leases and whose machines
//! do not agree about the time: every message arrives, once.
//!
//! `TRAILMARK_PAUSES` and `TRAILMARK_SEED` make the run longer or another one; `scripts/campaign` sets them.

use crate::{
    campaign::{LOG, PEOPLE, decide, environment, hire, ledger, serve, setting, settle, verdict, workspace},
    cli::{ALONE, Machine, Running},
    databases::{Database, peek},
    machine::faketime,
};
use rand::{RngExt, SeedableRng, rngs::StdRng, seq::SliceRandom};
use serde_json::json;
use std::{
    io::{Read, Write},
    net::TcpStream,
    process::Command,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};
use trailmark::{
    app::clock::SystemClock,
    playground::{Fault, sign},
    ports::Clock,
};

/// By how much their clocks are wrong.
const CLOCKS: [&str; 3] = ["+0", "-170s", "+240s"];

fn signal(server: &Running, name: &str) {
    assert!(Command::new("kill").args([name, &server.child.id().to_string()]).status().unwrap().success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Postgres and libfaketime; scripts/test sees to both"]
async fn replicas_that_stop_for_a_while_and_disagree_about_the_time_send_every_message_once() {
    let (pauses, seed) = (setting("TRAILMARK_PAUSES", 4), setting("TRAILMARK_SEED", 1));
    let mut random = StdRng::seed_from_u64(seed);
    let database = Database::postgres(SystemClock.now()).await;
    let (playground, machine) = (workspace().await, Machine::new());
    let persons = hire(&database.db).await;
    let (environment, log) = (environment(&database, &playground), machine.path(LOG));
    let replicas = CLOCKS.map(|clock| {
        Running::with_log(
            serve(&machine, &environment)
                .env("LD_PRELOAD", faketime())
                .env("FAKETIME", clock)
                .env("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
            &log,
        )
    });
    let held = async || ledger(&database.db).await.iter().filter(|row| row.state == "sending").count();
    let (mut messages, mut in_doubt, mut leases_over) = (0, 0, 0);
    let mut pause = 0;
    // At least once somebody has to be stopped between a claim and its request.
    while pause < pauses || ledger(&database.db).await.iter().all(|row| row.attempts < 2) {
        assert!(pause < 4 * pauses, "the run misses what it is made for, seed {seed}");
        match random.random_range(0..4) {
            0 => playground.fail_next("chat.postMessage", Fault::AcceptThenDrop),
            1 => playground.fail_next("chat.postMessage", Fault::LateLanding(Duration::from_millis(600))),
            2 => playground.fail_next("chat.postMessage", Fault::RateLimited(1)),
            _ => playground.fail_next("chat.postMessage", Fault::Hang(Duration::from_millis(900))),
        }
        // One or two of them, so that somebody is left to do the work, and to be wrong about it.
        let mut order: Vec<&Running> = replicas.iter().collect();
        order.shuffle(&mut random);
        order.truncate(random.random_range(1..=2));
        let more = messages + PEOPLE;
        decide(&database.db, &persons, messages..more).await;
        messages = more;
        while held().await == 0 {
            tokio::task::yield_now().await;
        }
        // What is waited for from here on is nothing that could be seen: the moments are the experiment.
        tokio::time::sleep(Duration::from_millis(random.random_range(0..200))).await;
        order.iter().for_each(|replica| signal(replica, "-STOP"));
        // By then whoever goes on has sent all of it, at twenty a second, and knows what became of it.
        tokio::time::sleep(Duration::from_millis(4500)).await;
        let theirs = held().await;
        // Only one of them sends. Where it was hit, every other pause is long enough for the database to break off what they
        // were in the middle of, and for the others to look twice and to send again.
        let is_long = theirs > 0 && leases_over <= in_doubt / 2;
        in_doubt += theirs;
        leases_over += if is_long { theirs } else { 0 };
        pause += u64::from(theirs > 0);
        let more = if theirs == 0 {
            0..1
        } else if is_long {
            13_000..16_000
        } else {
            0..4_000
        };
        tokio::time::sleep(Duration::from_millis(random.random_range(more))).await;
        order.iter().for_each(|replica| signal(replica, "-CONT"));
    }
    settle(&database.db, Duration::from_secs(120), seed).await;
    for replica in &replicas {
        let open = std::fs::read_dir(format!("/proc/{}/fd", replica.child.id())).unwrap().count();
        assert!(open < 60, "{open} descriptors are open in the end");
    }
    drop(replicas);
    let again =
        verdict(&database, &playground, &log, messages, seed).await.iter().filter(|row| row.attempts > 1).count();
    println!(
        "{pauses} pauses, seed {seed}, {messages} messages: 0 lost, 0 twice; while stopped: {in_doubt} held, {leases_over} of \
         them past their lease; {again} taken up again"
    );
    assert!(leases_over > 0 && again > 0, "{leases_over} {again}, seed {seed}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Postgres; scripts/test starts one and runs this"]
async fn several_servers_keep_the_pace_of_a_conversation_together() {
    const MESSAGES: usize = 12;
    let database = Database::postgres(SystemClock.now()).await;
    let (playground, machine) = (workspace().await, Machine::new());
    let persons = hire(&database.db).await;
    // To the same person again and again.
    for message in 0..MESSAGES {
        decide(&database.db, &persons, message * PEOPLE..message * PEOPLE + 1).await;
    }
    let environment = environment(&database, &playground);
    let servers = [(); 3].map(|()| Running::once_ready(&mut serve(&machine, &environment)));
    settle(&database.db, Duration::from_secs(60), 0).await;
    drop(servers);
    let calls = playground.calls_of("chat.postMessage");
    let sent: Vec<i64> = calls.iter().map(|call| call.at.timestamp_millis()).collect();
    assert_eq!(sent.len(), MESSAGES);
    // A burst of three, and one a second.
    for (burst, (from, to)) in sent.iter().zip(&sent[3..]).enumerate() {
        assert!(to - from > 700, "the fourth after {} ms, from message {burst} on: {sent:?}", to - from);
    }
}

/// Somebody new looks at their Home; gives the status. `None` where that door is shut, so that whoever spreads the requests
/// takes the next one.
fn knock(address: &str, number: usize) -> Option<u16> {
    let body = json!({"type": "event_callback", "team_id": "T1", "event_id": format!("Ev{number}"),
        "event": {"type": "app_home_opened", "user": format!("UNEW{number}"), "tab": "home"}})
    .to_string();
    let timestamp = SystemClock.now().timestamp();
    let signature = sign(ALONE[0].1, timestamp, &body);
    let request = format!(
        "POST /slack/events HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\n\
         x-slack-request-timestamp: {timestamp}\r\nx-slack-signature: {signature}\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut stream = TcpStream::connect(address).ok()?;
    let mut answer = String::new();
    let asked = stream.write_all(request.as_bytes()).and_then(|()| stream.read_to_string(&mut answer));
    Some(asked.ok().and_then(|_| answer.split(' ').nth(1)?.parse().ok()).unwrap_or(0))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Postgres; scripts/test starts one and runs this"]
async fn an_upgrade_of_one_server_after_the_other_drops_no_request() {
    let database = Database::postgres(SystemClock.now()).await;
    let (playground, machine) = (workspace().await, Machine::new());
    let environment = environment(&database, &playground);
    let start = || Running::once_ready(&mut serve(&machine, &environment));
    let servers = Mutex::new(vec![start(), start()]);
    let doors = || servers.lock().unwrap().iter().map(|it| it.address.clone()).collect::<Vec<_>>();
    let (is_over, asked) = (AtomicBool::new(false), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while !is_over.load(Relaxed) {
                    let number = asked.fetch_add(1, Relaxed);
                    let answer = (0..100).find_map(|turn| {
                        let doors = doors();
                        knock(&doors[(number + turn) % doors.len()], number)
                    });
                    assert_eq!(answer, Some(200), "request {number}");
                }
            });
        }
        for _ in 0..4 {
            let before = asked.load(Relaxed);
            let newcomer = start();
            let mut leaver = {
                let mut servers = servers.lock().unwrap();
                servers.push(newcomer);
                servers.remove(0)
            };
            // Some are under way there, and whoever looked a moment ago still comes.
            while asked.load(Relaxed) < before + 40 {
                std::thread::yield_now();
            }
            leaver.terminate();
            assert_eq!(leaver.child.wait().unwrap().code(), Some(0));
        }
        is_over.store(true, Relaxed);
    });
    let asked = asked.into_inner();
    let mut tx = database.db.read().await.unwrap();
    let homes = peek(&mut tx, "SELECT user_id FROM account WHERE user_id LIKE 'UNEW%'").await;
    assert_eq!(homes.len(), asked, "everybody who was answered is known, once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Postgres; scripts/test starts one and runs this"]
async fn what_one_server_is_told_the_others_know_a_moment_later() {
    let database = Database::postgres(SystemClock.now()).await;
    let (playground, machine) = (workspace().await, Machine::new());
    let persons = hire(&database.db).await;
    let environment = environment(&database, &playground);
    let servers = [(); 2].map(|()| Running::once_ready(&mut serve(&machine, &environment)));
    let ask = |server: &Running, user: &str, text: &str| {
        let timestamp = SystemClock.now().timestamp();
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs([("command", "/mobility"), ("text", text), ("user_id", user), ("team_id", "T1")])
            .extend_pairs([("channel_id", "C1"), ("trigger_id", "1.1"), ("response_url", "https://hooks.slack.com/x")])
            .finish();
        let signature = sign(ALONE[0].1, timestamp, &body);
        server.ask(&format!(
            "POST /slack/events HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/x-www-form-urlencoded\r\n\
             x-slack-request-timestamp: {timestamp}\r\nx-slack-signature: {signature}\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        ))
    };
    assert_eq!(persons.len(), PEOPLE);
    for (number, skill) in ["kubernetes", "negotiation", "figma"].into_iter().enumerate() {
        let user = format!("U{number:04}");
        let (told, other) = (&servers[number % 2], &servers[(number + 1) % 2]);
        assert!(ask(told, &user, &format!("skills have {skill}")).starts_with("HTTP/1.1 200"));
        let told_at = Instant::now();
        while !ask(other, &user, "profile").to_lowercase().contains(skill) {
            // Two seconds are promised, to a machine that has nothing else to do.
            assert!(told_at.elapsed() < Duration::from_secs(8), "{skill} is not known");
            // Whoever asks without a pause is asked to slow down.
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    }
}
