//! The real program, as people start it.

use serde_json::Value;
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::Path,
    path::PathBuf,
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// A folder of its own to run in, and nothing of our environment.
pub struct Machine(TempDir);

impl Machine {
    pub fn new() -> Machine {
        Machine(tempfile::tempdir().unwrap())
    }

    pub fn command(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_trailmark"));
        command.args(arguments).current_dir(self.0.path()).env_clear().envs(environment.iter().copied());
        command
    }

    pub fn run_with(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Output {
        self.command(arguments, environment).stdin(Stdio::null()).output().unwrap()
    }

    pub fn run(&self, arguments: &[&str]) -> Output {
        self.run_with(arguments, &[])
    }

    /// What a command prints when all is well.
    #[track_caller]
    pub fn says(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", err(&output));
        String::from_utf8(output.stdout).unwrap()
    }

    #[track_caller]
    pub fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.says(arguments)).unwrap()
    }

    pub fn write(&self, name: &str, contents: &str) {
        std::fs::write(self.path(name), contents).unwrap();
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    pub fn has(&self, name: &str) -> bool {
        self.path(name).exists()
    }

    /// A small company.
    pub fn with_company(self) -> Machine {
        self.write(
            "people.csv",
            "email,name,manager_email,department,slack_id,skills,wants\n\
             ada@x.example,Ada Byron,,Data,U1,,\nbo@x.example,Bo Li,ada@x.example,Data,U2,Rust,Grafana\n",
        );
        self.write(
            "posts.csv",
            "id,kind,title,team,owner_email,needs,teaches\nP-142,project,Rust exporter,Metrics,ada@x.example,Rust,Grafana\n\
             P-143,gig,Webinar,Marketing,ada@x.example,Writing,\n",
        );
        self.says(&["import", "people", "people.csv"]);
        self.says(&["import", "opportunities", "posts.csv"]);
        self
    }
}

pub fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[track_caller]
pub fn assert_refused(output: &Output, code: i32, words: &[&str]) {
    let said = err(output);
    assert_eq!(output.status.code(), Some(code), "{said}");
    assert!(!said.contains("panicked"), "{said}");
    for word in words {
        assert!(said.contains(word), "{word:?} is not in {said}");
    }
}

pub const SECRETS: [(&str, &str); 2] = [("SLACK_SIGNING_SECRET", "hush"), ("SLACK_BOT_TOKEN", "xoxb-hush")];

#[test]
fn every_command_helps_with_an_example() {
    let machine = Machine::new();
    let overview = machine.says(&["--help"]);
    let commands = overview.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let names: Vec<&str> = commands
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert!(names.len() >= 14, "{names:?}");
    for name in names.into_iter().filter(|name| *name != "help") {
        let help = machine.says(&[name, "--help"]);
        assert!(help.contains("Example"), "{name} has no example");
        assert!(help.contains(&format!("trailmark {name}")) || name == "example-config", "{name}: {help}");
    }
}

#[test]
fn wrong_usage_ends_with_two() {
    let machine = Machine::new();
    for arguments in
        [&["dance"][..], &[], &["outbox", "list", "--state", "lost"], &["report", "--quarter", "2026-Q5"], &["matches"]]
    {
        assert_eq!(machine.run(arguments).status.code(), Some(2), "{arguments:?}");
    }
}

#[test]
fn a_start_without_what_it_needs_names_everything_and_makes_nothing() {
    let machine = Machine::new();
    assert_refused(&machine.run(&["serve"]), 2, &["1.", "SLACK_SIGNING_SECRET", "SLACK_BOT_TOKEN", "trailmark demo"]);
    let environment = [
        SECRETS[1],
        ("TRAILMARK_KEY", "short"),
        ("TRAILMARK_DELIVERY__LEASE", "1s"),
        ("TRAILMARK_SERVER__COLOUR", "blue"),
    ];
    let words = ["SLACK_SIGNING_SECRET is missing", "TRAILMARK_KEY", "delivery.lease", "server.colour", "4."];
    assert_refused(&machine.run_with(&["serve"], &environment), 2, &words);
    assert!(!machine.has("trailmark.db"));
}

#[test]
fn a_database_that_cannot_be_opened_is_one_of_the_problems() {
    let machine = Machine::new();
    let environment = [SECRETS[0], ("DATABASE_URL", "sqlite:///no/such/folder/trailmark.db")];
    assert_refused(&machine.run_with(&["serve"], &environment), 2, &["SLACK_BOT_TOKEN is missing"]);
    let environment = [SECRETS[0], SECRETS[1], environment[1]];
    assert_refused(&machine.run_with(&["serve"], &environment), 2, &["DATABASE_URL", "/no/such/folder"]);
    assert_refused(&machine.run_with(&["outbox", "list"], &environment), 2, &["DATABASE_URL", "/no/such/folder"]);
}

#[test]
fn a_named_configuration_file_must_be_there() {
    let machine = Machine::new();
    assert_refused(&machine.run(&["migrate", "--config", "none.toml"]), 2, &["none.toml cannot be read"]);
    machine.write("trailmark.toml", "[server]\ncolour = \"blue\"\n");
    assert_refused(&machine.run(&["migrate"]), 2, &["server.colour"]);
}

#[test]
fn a_damaged_database_is_called_so() {
    let machine = Machine::new().with_company();
    machine.write("trailmark.db", &"no database at all ".repeat(500));
    for name in ["trailmark.db-wal", "trailmark.db-shm"] {
        let _ = std::fs::remove_file(machine.path(name));
    }
    for arguments in [&["outbox", "list"][..], &["serve"], &["import", "people", "people.csv"], &["report"]] {
        assert_refused(&machine.run_with(arguments, &SECRETS), 1, &["damaged", "trailmark restore"]);
    }
}

#[test]
fn a_database_with_a_hole_is_called_damaged() {
    let machine = Machine::new().with_company();
    let path = machine.path("trailmark.db");
    let mut bytes = std::fs::read(&path).unwrap();
    let from = 4096.min(bytes.len());
    bytes[from..].fill(0xA5);
    std::fs::write(&path, bytes).unwrap();
    for arguments in [&["outbox", "list"][..], &["serve"], &["report"]] {
        assert_refused(&machine.run_with(arguments, &SECRETS), 1, &["damaged", "trailmark restore"]);
    }
}

#[test]
fn an_import_with_bad_rows_says_which_and_ends_with_one() {
    let machine = Machine::new();
    machine.write("people.csv", "email,name\na@x.example,A\nb,B\n");
    let output = machine.run(&["import", "people", "people.csv"]);
    assert_refused(&output, 1, &["line 3: refused: “b” is no e-mail address"]);
    assert_eq!(String::from_utf8_lossy(&output.stdout), "2 read: 1 added, 0 changed, 0 unchanged, 1 refused\n");
    assert_refused(&machine.run(&["import", "people", "none.csv"]), 1, &["none.csv cannot be read"]);
}

#[test]
fn everybody_who_works_here_is_matched_once_the_same_each_time_and_with_reasons() {
    let machine = Machine::new();
    let skills = ["Rust", "Writing", "Rust;Writing"];
    let zones = ["Pacific/Kiritimati", "Pacific/Pago_Pago", ""];
    let people: String =
        (0..30).map(|id| format!("p{id}@x.example,Person {id:02},{},{}\n", skills[id % 3], zones[id % 3])).collect();
    machine.write("people.csv", &format!("email,name,skills,time_zone\n{people}none@x.example,No Skills,,\n"));
    machine.write(
        "posts.csv",
        "title,team,owner_email,needs\nExporter,A,p0@x.example,Rust\nHandbook,B,p1@x.example,Writing\nGuide,C,p2@x.example,Rust;Writing\n",
    );
    machine.says(&["import", "people", "people.csv"]);
    machine.says(&["import", "opportunities", "posts.csv"]);

    let output = machine.run(&["matches", "--all"]);
    assert_eq!(err(&output), "", "no progress where nobody watches");
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(machine.says(&["matches", "--all"]), text);
    let mut names: Vec<&str> = text.lines().filter_map(|line| Some(line.split_once(": ")?.0)).collect();
    names.sort_unstable();
    let mut all: Vec<String> = (0..30).map(|id| format!("Person {id:02}")).collect();
    all.insert(0, "No Skills".to_owned());
    assert_eq!(names, all);

    let found = machine.json(&["matches", "--all", "--json"]);
    let found = found.as_array().unwrap();
    assert!(found.iter().all(|it| !it["why"].as_str().unwrap().is_empty()), "{found:?}");
    for id in 3..6 {
        let email = format!("p{id}@x.example");
        let theirs = |list: &[Value]| {
            let mut ids: Vec<_> =
                list.iter().filter(|it| it["person"] == email.as_str()).map(|it| it["id"].to_string()).collect();
            ids.sort_unstable();
            ids
        };
        let alone = machine.json(&["matches", "--person", &email, "--json"]);
        assert_eq!(theirs(found), theirs(alone.as_array().unwrap()), "{email}");
    }
    assert_eq!(machine.says(&["matches", "--person", "none@x.example", "--json"]), "[]\n");
}

#[test]
fn searching_and_matching_work_from_the_terminal() {
    let machine = Machine::new().with_company();
    assert!(machine.says(&["find", "rust", "exporter"]).contains("P-142"));
    let found = machine.json(&["find", "rust", "--json", "--top", "1"]);
    assert_eq!((found.as_array().unwrap().len(), found[0]["id"].as_str()), (1, Some("P-142")));
    let matches = machine.json(&["matches", "--person", "bo@x.example", "--json"]);
    assert_eq!((matches[0]["id"].as_str(), matches[0]["band"].as_str()), (Some("P-142"), Some("Strong match")));
    assert_refused(&machine.run(&["matches", "--person", "nobody@x.example"]), 1, &["nobody here has the address"]);
    let mut child =
        machine.command(&["find", "-", "--json"], &[]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"rust\n\nwebinar\n").unwrap();
    let output = child.wait_with_output().unwrap();
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(found[0]["query"], "rust");
    assert!(found.as_array().unwrap().iter().any(|it| it["query"] == "webinar" && it["id"] == "P-143"), "{found}");
}

#[test]
fn lists_and_reports_are_json_where_that_is_asked_for() {
    let machine = Machine::new().with_company();
    assert_eq!(machine.json(&["outbox", "list", "--json"]), serde_json::json!([]));
    assert!(machine.json(&["report", "--json"])["measures"].as_array().unwrap().len() > 3);
    assert!(machine.says(&["report", "--csv", "--quarter", "2026-Q2"]).contains("conversation_coverage"));
    assert!(!machine.json(&["rehearse", "--json", "--days", "120"]).as_array().unwrap().is_empty());
    let checks: Value = serde_json::from_slice(&machine.run_with(&["doctor", "--json"], &SECRETS).stdout).unwrap();
    assert!(checks.as_array().unwrap().iter().all(|check| check["ok"] == true), "{checks}");
}

#[test]
fn the_operator_is_told_what_cannot_be_retried() {
    let machine = Machine::new();
    assert_refused(&machine.run(&["outbox", "retry", "7"]), 1, &["is not dead"]);
    assert_refused(&machine.run(&["outbox", "discard", "7"]), 1, &["nothing to discard"]);
}

#[test]
fn the_code_for_the_first_administrator_is_different_every_time() {
    let machine = Machine::new();
    let codes = [0, 1].map(|_| machine.json(&["admin", "bootstrap", "--json"])["code"].as_str().unwrap().to_owned());
    assert_ne!(codes[0], codes[1]);
    assert!(codes[0].len() >= 16);
}

#[test]
fn the_example_configuration_is_accepted_as_it_is() {
    let machine = Machine::new();
    let example = machine.says(&["example-config"]);
    machine.write("trailmark.toml", &example);
    machine.says(&["migrate"]);
}

#[test]
fn the_manifest_carries_the_address_it_is_given() {
    let machine = Machine::new();
    let manifest = machine.says(&["manifest", "slack", "--url", "https://mobility.corp.example"]);
    assert!(manifest.contains("https://mobility.corp.example/slack/events"), "{manifest}");
    assert_refused(&machine.run(&["manifest", "slack", "--url", "http://x"]), 2, &["https://"]);
}

#[test]
fn the_doctor_says_what_to_do_and_ends_with_one() {
    let machine = Machine::new();
    let output = machine.run(&["doctor"]);
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("problem  configuration") && said.contains("SLACK_BOT_TOKEN"), "{said}");
    assert!(!machine.has("trailmark.db"));
    let well = machine.run_with(&["doctor"], &SECRETS);
    assert!(well.status.success() && String::from_utf8_lossy(&well.stdout).contains("All is well"));
    let odd = machine.run_with(&["doctor"], &[SECRETS[0], ("SLACK_BOT_TOKEN", "xapp-1")]);
    assert!(String::from_utf8_lossy(&odd.stdout).contains("is not a bot token"));
}

/// A running program; ended when dropped.
pub struct Running {
    pub child: Child,
    pub address: String,
    /// Where whoever watches asks; nowhere when empty.
    pub metrics: String,
}

/// For a server that talks to nobody.
pub const ALONE: [(&str, &str); 6] = [
    SECRETS[0],
    SECRETS[1],
    ("TRAILMARK_SERVER__LISTEN", "127.0.0.1:0"),
    ("TRAILMARK_SERVER__METRICS_LISTEN", "127.0.0.1:0"),
    ("TRAILMARK_SLACK__API_URL", "http://127.0.0.1:9/api/"),
    ("TRAILMARK_SERVER__ALLOW_TEST_ENDPOINTS", "true"),
];

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Running {
    pub fn serve(machine: &Machine) -> Running {
        Running::once_ready(&mut machine.command(&["serve"], &ALONE))
    }

    /// What this starts, as soon as it says that it is ready.
    pub fn once_ready(command: &mut Command) -> Running {
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let (mut seen, mut metrics) = (Vec::new(), String::new());
        for line in lines.map_while(Result::ok) {
            let event: Value = serde_json::from_str(&line).unwrap();
            if event["message"] == "metrics" {
                metrics = event["listen"].as_str().unwrap().to_owned();
            }
            if event["message"] == "ready" {
                let address = event["listen"].as_str().unwrap().to_owned();
                assert!(seen.iter().any(|line: &String| line.contains("allow_test_endpoints")), "{seen:?}");
                // Nobody reads its log from here on: it must go on all the same.
                return Running { child, address, metrics };
            }
            seen.push(line);
        }
        panic!("it did not start: {seen:?} {:?}", child.wait());
    }

    /// The same, with its log at the end of this file.
    pub fn with_log(command: &mut Command, log: &Path) -> Running {
        let file = std::fs::File::options().create(true).append(true).open(log).unwrap();
        let from = usize::try_from(file.metadata().unwrap().len()).unwrap();
        let mut child = command.stderr(file).spawn().unwrap();
        let begun = Instant::now();
        loop {
            let text = std::fs::read_to_string(log).unwrap();
            let events = text[from..].lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
            let listens = |what: &str| {
                let event = events.clone().find(|event| event["message"] == what)?;
                Some(event["listen"].as_str().unwrap().to_owned())
            };
            if let Some(address) = listens("ready") {
                return Running { child, address, metrics: listens("metrics").unwrap_or_default() };
            }
            assert!(child.try_wait().unwrap().is_none() && begun.elapsed() < Duration::from_secs(60), "{text}");
            std::thread::park_timeout(Duration::from_millis(2));
        }
    }

    pub fn get(&self, path: &str) -> String {
        self.ask(&format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"))
    }

    pub fn ask(&self, request: &str) -> String {
        ask(&self.address, request)
    }

    /// What whoever watches gets to read.
    pub fn scrape(&self) -> String {
        ask(&self.metrics, "GET /metrics HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
    }

    /// A request that the server has begun to read and that lacks its last byte.
    fn begin(&self) -> TcpStream {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let head =
            "POST /slack/events HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\nconnection: close\r\ncontent-length: 2";
        stream.write_all(format!("{head}\r\n\r\n").as_bytes()).unwrap();
        let go_on = b"HTTP/1.1 100 Continue\r\n\r\n";
        let mut answer = vec![0; go_on.len()];
        stream.read_exact(&mut answer).unwrap();
        assert_eq!(answer, go_on);
        stream.write_all(b"{").unwrap();
        stream
    }

    /// Asks it to stop, and returns when it takes no more requests.
    fn terminate_and_wait_for_the_door(&self) {
        self.terminate();
        let asked = Instant::now();
        while TcpStream::connect(&self.address).is_ok() {
            assert!(asked.elapsed() < Duration::from_secs(10), "it still takes requests");
            std::thread::yield_now();
        }
    }

    /// Asks it to stop.
    pub fn terminate(&self) {
        let status = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(status.success());
    }
}

fn ask(address: &str, request: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn the_server_answers_and_stops_when_asked() {
    let machine = Machine::new().with_company();
    let mut server = Running::serve(&machine);
    assert!(server.get("/healthz").starts_with("HTTP/1.1 200"));
    let ready = server.get("/readyz");
    assert!(ready.starts_with("HTTP/1.1 200") && ready.contains("\"programme\":\"off\""), "{ready}");
    let unsigned =
        server.ask("POST /slack/events HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 2\r\n\r\n{}");
    assert!(unsigned.starts_with("HTTP/1.1 401"), "{unsigned}");
    // Beside a running server every command works.
    assert_eq!(machine.json(&["outbox", "list", "--json"]), serde_json::json!([]));
    let asked = Instant::now();
    server.terminate();
    assert_eq!(server.child.wait().unwrap().code(), Some(0));
    assert!(asked.elapsed() < Duration::from_secs(15), "{:?}", asked.elapsed());
}

#[test]
fn an_idle_connection_does_not_hold_the_end_up() {
    let machine = Machine::new();
    let mut server = Running::serve(&machine);
    let _idle = TcpStream::connect(&server.address).unwrap();
    assert!(server.get("/healthz").starts_with("HTTP/1.1 200"));
    let asked = Instant::now();
    server.terminate();
    assert_eq!(server.child.wait().unwrap().code(), Some(0));
    assert!(asked.elapsed() < Duration::from_secs(15), "{:?}", asked.elapsed());
}

#[test]
fn a_request_under_way_is_answered_before_the_end() {
    let machine = Machine::new();
    let mut server = Running::serve(&machine);
    let mut under_way = server.begin();
    server.terminate_and_wait_for_the_door();
    under_way.write_all(b"}").unwrap();
    let mut answer = String::new();
    under_way.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
    assert_eq!(server.child.wait().unwrap().code(), Some(0));
}

#[test]
fn asked_to_stop_a_second_time_it_ends_at_once() {
    let machine = Machine::new();
    let mut server = Running::serve(&machine);
    let _under_way = server.begin();
    server.terminate_and_wait_for_the_door();
    assert_eq!(server.child.try_wait().unwrap(), None, "it waits for the request");
    let asked = Instant::now();
    server.terminate();
    assert_eq!(server.child.wait().unwrap().code(), Some(0));
    // The request would have had ten seconds.
    assert!(asked.elapsed() < Duration::from_secs(5), "{:?}", asked.elapsed());
}

#[test]
fn a_second_server_on_the_same_address_is_refused_with_what_to_do() {
    let machine = Machine::new();
    let server = Running::serve(&machine);
    let other = Machine::new();
    let environment = [SECRETS[0], SECRETS[1], ("TRAILMARK_SERVER__LISTEN", server.address.as_str())];
    assert_refused(&other.run_with(&["serve"], &environment), 2, &["server.listen", &server.address]);
}

#[test]
fn the_demo_prints_its_address_first_and_stops_when_asked() {
    let machine = Machine::new();
    let mut child =
        machine.command(&["demo", "--port", "0", "--data", "demo"], &[]).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let address = lines.next().unwrap().unwrap();
    let mut demo = Running {
        child,
        address: address.trim_start_matches("http://").trim_end_matches('/').to_owned(),
        metrics: String::new(),
    };
    assert!(demo.get("/").starts_with("HTTP/1.1 200"), "{address}");
    let beside = [("DATABASE_URL", "sqlite://demo/trailmark.db"), ("TRAILMARK_KEY_FILE", "demo/demo-key")];
    let exported = machine.run_with(&["export-person", "ana.castillo@lindwerk.example"], &beside);
    assert!(exported.status.success(), "{exported:?}");
    assert!(String::from_utf8(exported.stdout).unwrap().contains("Ana Castillo"));
    demo.terminate();
    assert_eq!(demo.child.wait().unwrap().code(), Some(0));
}
