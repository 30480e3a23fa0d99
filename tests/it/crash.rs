//! The real program, killed with -9 again and again while it sends, against the recording workspace with its faults: every
//! message arrives, once, and the ledger says so.
//!
//! The moment is drawn at random, or is one at which the program asks the system for something: see [`Death`].
//!
//! `TRAILMARK_KILLS` and `TRAILMARK_SEED` make the run longer or another one; `scripts/campaign` sets them.

use crate::{
    campaign::{
        LOG, MESSAGES_PER_FAULT, arrived, decide, environment, hire, ledger, serve, setting, settle, verdict, workspace,
    },
    cli::{Machine, Running},
    databases::Database,
};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use std::{
    collections::BTreeMap,
    path::Path,
    process::Command,
    time::{Duration, Instant},
};
use trailmark::{app::clock::SystemClock, playground::Fault, ports::Clock};

/// What the kills hit.
#[derive(Debug, Default)]
struct Hit {
    /// Claimed, and never written to the network.
    before_the_send: usize,
    /// Arrived, and not yet written down.
    before_the_commit: usize,
    landed_late: usize,
    found: usize,
    absent: usize,
}

/// When it dies.
#[derive(Clone, Copy)]
enum Death {
    /// Some milliseconds after it began to work.
    AtRandom,
    /// In the middle of a start, of a commit, of a request, of its answer: a thread asks for one of these the n-th time, and
    /// dies before it is given.
    AskingFor(&'static [&'static str]),
}

const CALLS: [&str; 3] =
    ["fdatasync,fsync", "write,writev,sendto,sendmsg,pwrite64", "read,readv,recvfrom,recvmsg,pread64"];

/// Runs a server until it dies.
async fn die(death: Death, serve: &mut Command, log: &Path, random: &mut StdRng) {
    match death {
        Death::AtRandom => {
            let mut server = Running::with_log(serve, log);
            // What is waited for is nothing that could be seen: the moment of death is the experiment.
            tokio::time::sleep(Duration::from_millis(random.random_range(0..900))).await;
            server.child.kill().unwrap();
            server.child.wait().unwrap();
        }
        Death::AskingFor(calls) => {
            let calls = calls[random.random_range(0..calls.len())];
            // Threads ask for little by themselves: the later the number, the fewer get there.
            let when = 1 + random.random_range(1_u32..20) * random.random_range(0..12);
            let folder = serve.get_current_dir().unwrap().to_owned();
            let mut traced = Command::new("strace");
            traced
                .args(["-f", "-qq", "-o", "/dev/null", "-e", &format!("trace={calls}")])
                .args(["-e", &format!("inject={calls}:signal=SIGKILL:when={when}")])
                .arg(serve.get_program())
                .args(serve.get_args())
                .current_dir(folder)
                .env_clear()
                .envs(serve.get_envs().filter_map(|(name, value)| Some((name, value?))))
                .stderr(std::fs::File::options().create(true).append(true).open(log).unwrap());
            let mut traced = traced.spawn().unwrap();
            let begun = Instant::now();
            while traced.try_wait().unwrap().is_none() {
                if begun.elapsed() > Duration::from_secs(4) {
                    // Not so often: it dies now.
                    let tracer = traced.id();
                    let it = std::fs::read_to_string(format!("/proc/{tracer}/task/{tracer}/children")).unwrap();
                    let _ = Command::new("kill").arg("-9").args(it.split_whitespace()).status().unwrap();
                    traced.wait().unwrap();
                    break;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
    }
}

async fn campaign(database: Database, death: Death) {
    let (kills, seed) = (setting("TRAILMARK_KILLS", 30), setting("TRAILMARK_SEED", 1));
    let mut random = StdRng::seed_from_u64(seed);
    let playground = workspace().await;
    let machine = Machine::new();
    let messages = usize::try_from(kills).unwrap() * MESSAGES_PER_FAULT;
    decide(&database.db, &hire(&database.db).await, 0..messages).await;
    let (environment, log) = (environment(&database, &playground), machine.path(LOG));
    let mut hit = Hit::default();
    let mut in_doubt: BTreeMap<String, bool> = BTreeMap::new();
    for _ in 0..kills {
        match random.random_range(0..6) {
            0 => playground.fail_next("chat.postMessage", Fault::AcceptThenDrop),
            1 => playground.fail_next("chat.postMessage", Fault::Hang(Duration::from_millis(700))),
            2 => {
                hit.landed_late += 1;
                playground.fail_next("chat.postMessage", Fault::LateLanding(Duration::from_millis(600)));
            }
            3 => playground.fail_next("chat.postMessage", Fault::ServerError { accepted: true }),
            4 => playground.fail_next("chat.postMessage", Fault::RateLimited(1)),
            _ => playground.fail_next("conversations.history", Fault::ServerError { accepted: false }),
        }
        die(death, &mut serve(&machine, &environment), &log, &mut random).await;
        let there = arrived(&playground);
        for row in ledger(&database.db).await.into_iter().filter(|row| row.state == "sending") {
            let has_arrived = there.contains_key(&row.delivery);
            if in_doubt.insert(row.delivery, has_arrived).is_none() {
                if has_arrived { hit.before_the_commit += 1 } else { hit.before_the_send += 1 }
            }
        }
    }
    let server = Running::with_log(&mut serve(&machine, &environment), &log);
    let patience = Duration::from_secs(60) + Duration::from_secs(2) * u32::try_from(kills).unwrap();
    settle(&database.db, patience, seed).await;
    drop(server);
    for row in verdict(&database, &playground, &log, messages, seed).await {
        if in_doubt.contains_key(&row.delivery) {
            if row.attempts == 1 { hit.found += 1 } else { hit.absent += 1 }
        }
    }
    println!("{kills} kills, seed {seed}, {messages} messages: 0 lost, 0 twice; {hit:?}");
    let all = [hit.before_the_send, hit.before_the_commit, hit.landed_late, hit.found, hit.absent];
    assert!(all.iter().all(|hit| *hit > 0), "the run missed something it was made for: {hit:?}, seed {seed}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes a minute; scripts/test runs this"]
async fn killed_again_and_again_every_message_arrives_once_on_sqlite() {
    campaign(Database::sqlite(SystemClock.now()).await, Death::AtRandom).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Postgres; scripts/test starts one and runs this"]
async fn killed_again_and_again_every_message_arrives_once_on_postgres() {
    campaign(Database::postgres(SystemClock.now()).await, Death::AtRandom).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs strace; scripts/test installs it"]
async fn killed_in_the_middle_of_a_commit_a_request_or_an_answer_every_message_arrives_once() {
    campaign(Database::sqlite(SystemClock.now()).await, Death::AskingFor(&CALLS)).await;
}
