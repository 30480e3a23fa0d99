//! Several servers on one Postgres, none of them in charge, that are stopped for longer than their leases and whose machines
//! do not agree about the time: every message arrives, once.
//!
//! `TRAILMARK_PAUSES` and `TRAILMARK_SEED` make the run longer or another one; `scripts/campaign` sets them.

use crate::{
    campaign::{PEOPLE, decide, environment, hire, ledger, serve, setting, settle, verdict, workspace},
    cli::{Machine, Running},
    databases::Database,
    machine::faketime,
};
use rand::{RngExt, SeedableRng, rngs::StdRng, seq::SliceRandom};
use std::{process::Command, time::Duration};
use trailmark::{app::clock::SystemClock, playground::Fault, ports::Clock};

/// By how much their clocks are wrong.
const CLOCKS: [&str; 3] = ["+0", "-170s", "+240s"];

fn signal(server: &Running, name: &str) {
    assert!(Command::new("kill").args([name, &server.child.id().to_string()]).status().unwrap().success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Postgres and libfaketime; scripts/test sees to both"]
async fn replicas_that_stop_for_a_while_and_disagree_about_the_time_send_every_message_once() {
    let (pauses, seed) = (setting("TRAILMARK_PAUSES", 6), setting("TRAILMARK_SEED", 1));
    let mut random = StdRng::seed_from_u64(seed);
    let database = Database::postgres(SystemClock.now()).await;
    let (playground, machine) = (workspace().await, Machine::new());
    let persons = hire(&database.db).await;
    let environment = environment(&database, &playground);
    let replicas = CLOCKS.map(|clock| {
        Running::once_ready(
            serve(&machine, &environment)
                .env("LD_PRELOAD", faketime())
                .env("FAKETIME", clock)
                .env("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
        )
    });
    let held = async || ledger(&database.db).await.iter().filter(|row| row.state == "sending").count();
    let (mut messages, mut in_doubt, mut leases_over) = (0, 0, 0);
    for _ in 0..pauses {
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
        // By then the others know what became of theirs.
        tokio::time::sleep(Duration::from_millis(1500)).await;
        let theirs = held().await;
        in_doubt += theirs;
        let is_long = random.random();
        // Long enough for the others to look twice, and to send again.
        leases_over += if is_long { theirs } else { 0 };
        let more = if is_long { 11_000..14_000 } else { 0..4_000 };
        tokio::time::sleep(Duration::from_millis(random.random_range(more))).await;
        order.iter().for_each(|replica| signal(replica, "-CONT"));
    }
    settle(&database.db, Duration::from_secs(120), seed).await;
    drop(replicas);
    let again = verdict(&database.db, &playground, messages, seed).await.iter().filter(|row| row.attempts > 1).count();
    println!(
        "{pauses} pauses, seed {seed}, {messages} messages: 0 lost, 0 twice; while stopped: {in_doubt} held, {leases_over} of \
         them past their lease; {again} taken up again"
    );
    assert!(leases_over > 0 && again > 0, "the run missed what it was made for, seed {seed}");
}
