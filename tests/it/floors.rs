//! The drawing of the house, kept true: who may use what, and what stands only where it belongs.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

struct Source {
    /// Below `src`, with forward slashes.
    path: String,
    /// Without comments.
    code: String,
}

impl Source {
    /// The module at the root of the crate that the file belongs to.
    fn module(&self) -> &str {
        self.path.split('/').next().unwrap().trim_end_matches(".rs")
    }

    /// How many `super::` lead to the root of the crate.
    fn depth(&self) -> usize {
        let parts = self.path.split('/').count();
        if self.path.ends_with("/mod.rs") { parts - 1 } else { parts }
    }
}

fn sources() -> Vec<Source> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|it| it == "rs") {
                found.push(path);
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    walk(&root, &mut files);
    files.sort();
    let read = |file: &PathBuf| Source {
        path: file.strip_prefix(&root).unwrap().to_str().unwrap().replace('\\', "/"),
        code: without_comments(&std::fs::read_to_string(file).unwrap()),
    };
    let sources: Vec<Source> = files.iter().map(read).collect();
    assert!(sources.len() > 100, "only {} files were found", sources.len());
    sources
}

fn without_comments(text: &str) -> String {
    let is_code = |line: &&str| !line.trim_start().starts_with("//");
    text.lines().filter(is_code).collect::<Vec<_>>().join("\n")
}

/// `None` for what is no module of the tower.
fn floor(module: &str) -> Option<u8> {
    Some(match module {
        "domain" | "message" => 0,
        "ports" | "metrics" => 1,
        "store" | "chat" => 2,
        "commands" | "nudges" | "access" => 3,
        "engine" => 4,
        "app" => 5,
        _ => return None,
    })
}

/// The modules at the root of the crate that a file names, in a path or in a group of them.
fn named(source: &Source) -> Vec<String> {
    let up = "super::".repeat(source.depth());
    let mut names = Vec::new();
    for start in ["crate::", &up] {
        for (at, _) in source.code.match_indices(start) {
            let is_longer = start != "crate::" && source.code[..at].ends_with("super::");
            if !is_longer {
                heads(&source.code[at + start.len()..], &mut names);
            }
        }
    }
    names
}

/// The first word of a path, or of every path in `{…}`.
fn heads(rest: &str, names: &mut Vec<String>) {
    let word = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let Some(group) = rest.strip_prefix('{') else {
        names.push(word(rest));
        return;
    };
    let (mut depth, mut is_start) = (0_u32, true);
    for (at, letter) in group.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' if depth == 0 => return,
            '}' => depth -= 1,
            ',' if depth == 0 => is_start = true,
            letter if is_start && !letter.is_whitespace() => {
                names.push(word(&group[at..]));
                is_start = false;
            }
            _ => {}
        }
    }
}

#[test]
fn every_floor_uses_only_the_floors_below_it() {
    let mut wrong = Vec::new();
    for source in sources() {
        let module = source.module();
        for other in named(&source) {
            let is_fine = match (floor(module), floor(&other)) {
                _ if other == module => true,
                // Beside the tower: nobody but the top uses it, and it uses nobody.
                (Some(mine), None) => other != "playground" || mine == 5,
                (None, Some(_)) => matches!(module, "main" | "lib"),
                (None, None) => true,
                // The two sides of a floor that never see each other, and the platforms seen only as `dyn Chat`.
                (Some(_), Some(2)) if other == "chat" => module == "app",
                (Some(mine), Some(theirs)) if module == "chat" => mine > theirs,
                (Some(mine), Some(theirs)) => mine >= theirs,
            };
            if !is_fine {
                wrong.push(format!("{} uses {other}", source.path));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

/// Fails with every line in which `is_wrong`, in files for which `is_allowed` does not hold.
#[track_caller]
fn nowhere(what: &str, is_allowed: impl Fn(&str) -> bool, is_wrong: impl Fn(&str) -> bool) {
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|source| !is_allowed(&source.path)) {
        let lines = source.code.lines().filter(|line| is_wrong(line));
        wrong.extend(lines.map(|line| format!("{}: {}", source.path, line.trim())));
    }
    assert!(wrong.is_empty(), "{what} where it does not belong:\n{}", wrong.join("\n"));
}

#[test]
fn sql_stands_in_the_store_and_nowhere_else() {
    let is_sql = |line: &str| {
        ["SELECT ", "INSERT INTO ", "DELETE FROM ", "UPDATE person", "UPDATE delivery", "sqlx::query"]
            .iter()
            .any(|word| line.contains(word))
    };
    nowhere("SQL", |path| path.starts_with("store/"), is_sql);
}

/// One text of SQL is checked against two databases by running it, so every function has to be run.
#[test]
fn no_function_of_the_store_is_left_out_of_its_tests() {
    let mut left_out = Vec::new();
    for source in sources() {
        let Some(room) = source.path.strip_prefix("store/") else { continue };
        let module = room.split('/').next().unwrap().trim_end_matches(".rs");
        for line in source.code.lines().filter_map(|line| line.strip_prefix("pub async fn ")) {
            let call = format!("{module}::{}(", line.split('(').next().unwrap());
            if !include_str!("store.rs").contains(&call) {
                left_out.push(call);
            }
        }
    }
    assert_eq!(left_out, Vec::<String>::new());
}

#[test]
fn platforms_are_named_only_by_their_adapters_and_the_top() {
    let is_allowed = |path: &str| {
        ["chat/", "app/", "playground/"].iter().any(|place| path.starts_with(place))
            || path == "message/address.rs"
            || path.ends_with("/tests.rs")
    };
    nowhere("A platform's name", is_allowed, |line| line.to_lowercase().contains("slack"));
}

#[test]
fn time_and_the_environment_enter_at_the_top_only() {
    let is_allowed = |path: &str| path.starts_with("app/") || path.starts_with("playground/") || path == "main.rs";
    let words = ["Utc::now", "Local::now", "SystemTime::now", "env::var", "env::args", "env::temp_dir"];
    nowhere("A clock or the environment", is_allowed, |line| words.iter().any(|word| line.contains(word)));
}

#[test]
fn the_lowest_floor_never_waits() {
    let is_allowed = |path: &str| !path.starts_with("domain/") && !path.starts_with("message/");
    let words = ["async ", ".await", "tokio::", "std::fs", "std::net", "std::thread"];
    nowhere("Waiting", is_allowed, |line| words.iter().any(|word| line.contains(word)));
}

/// The text of a function, from its name to the line that closes it.
fn body<'s>(sources: &'s [Source], path: &str, name: &str) -> &'s str {
    let code = &sources.iter().find(|source| source.path == path).unwrap().code;
    let start = code.find(&format!("fn {name}(")).unwrap();
    let indent = " ".repeat(code[..start].lines().last().map_or(0, |line| line.len() - line.trim_start().len()));
    let end = code[start..].find(&format!("\n{indent}}}")).unwrap();
    &code[start..start + end]
}

/// The names of the methods of its own that a function calls.
fn own_calls(code: &str) -> BTreeSet<&str> {
    let called = code.match_indices("self.").filter_map(|(at, word)| {
        let name = &code[at + word.len()..];
        let end = name.find(|c: char| !c.is_alphanumeric() && c != '_')?;
        name[end..].starts_with('(').then(|| &name[..end])
    });
    called.collect()
}

#[test]
fn every_inbound_path_asks_access_first() {
    let sources = sources();
    let body = |path, name| body(&sources, path, name);
    for (path, name, first) in [
        ("engine/receive.rs", "act", "match &inbound.kind"),
        ("engine/receive.rs", "report", "match &inbound.kind"),
        ("engine/deliver/news.rs", "show_home", "commands::home::view"),
    ] {
        let code = body(path, name);
        let asked = code.find("authorize(").unwrap_or_else(|| panic!("{name} does not ask"));
        assert!(asked < code.find(first).unwrap(), "{name} asks too late");
    }
    // One way in, which leads to the two that ask and nowhere else; after a start it waits for the company first.
    assert_eq!(own_calls(body("engine/receive.rs", "receive")), BTreeSet::from(["know_enough", "report", "request"]));
    assert_eq!(own_calls(body("engine/receive.rs", "know_enough")), BTreeSet::new());
    let before_asking = BTreeSet::from(["act", "ctx", "known", "meet", "programme", "say", "works_here"]);
    assert_eq!(own_calls(body("engine/receive.rs", "request")), before_asking);
    let door = &sources.iter().find(|source| source.path == "engine/receive.rs").unwrap().code;
    let doing = [
        ("report", ["self.ended(", "self.heard_of(", "self.joined("].as_slice()),
        ("joined", &["channel::welcome("]),
        ("act", &["self.press(", "commands::run(", "commands::submit(", "nudges::submit(", "commands::lookup("]),
        ("press", &["commands::press(", "nudges::press("]),
    ];
    for (name, calls) in doing {
        for call in calls {
            let (here, everywhere) =
                (body("engine/receive.rs", name).matches(call).count(), door.matches(call).count());
            assert!(here > 0 && here == everywhere, "{call}…) is reached around `{name}`");
        }
    }
    for source in sources.iter().filter(|source| source.path != "engine/receive.rs") {
        let calls = doing.iter().flat_map(|(_, calls)| *calls).filter(|call| !call.starts_with("self."));
        for call in calls.filter(|_| source.path.starts_with("engine/") || source.path.starts_with("app/")) {
            assert!(!source.code.contains(call), "{} goes around the door with {call}…)", source.path);
        }
        let speaks = source.code.contains("Asker::Platform(") && source.path != "access.rs";
        assert!(!speaks, "{} speaks for a platform", source.path);
    }
    assert_eq!(door.matches("Asker::Platform(").count(), 1);
    assert!(body("engine/receive.rs", "report").contains("Asker::Platform(inbound.platform)"));
    // That the platform is itself was seen to before anything was read.
    let verified = body("chat/slack/mod.rs", "receive");
    assert!(verified.find("verify::verify(").unwrap() < verified.find("parse::parse(").unwrap());
}

#[test]
fn nothing_goes_to_the_network_while_a_transaction_is_alive() {
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|source| source.path.starts_with("engine/")) {
        let mut is_alive = false;
        for line in source.code.lines() {
            if line.contains(".db.read().await") || line.contains(".db.write().await") {
                is_alive = true;
            }
            if line.contains("drop(tx)") || line.contains(".commit()") || line.starts_with("    }") {
                is_alive = false;
            }
            let calls = [
                "chat.send(",
                "chat.update(",
                "chat.open_direct(",
                "chat.publish_home(",
                "chat.answer(",
                "chat.profile(",
            ];
            if is_alive && calls.iter().any(|call| line.contains(call)) {
                wrong.push(format!("{}: {}", source.path, line.trim()));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn the_audit_log_is_appended_to_and_nothing_else() {
    let words = ["UPDATE audit ", "UPDATE audit\"", "DELETE FROM audit ", "DELETE FROM audit\"", "REPLACE INTO audit"];
    nowhere("A change of the audit log", |_| false, |line| words.iter().any(|word| line.contains(word)));
}

#[test]
fn nothing_is_left_for_later() {
    let words = ["todo!(", "unimplemented!(", "FIXME", "XXX", "#[allow("];
    nowhere("Something unfinished", |_| false, |line| words.iter().any(|word| line.contains(word)));
}

#[test]
fn groups_of_paths_are_understood() {
    let mut names = Vec::new();
    heads("{\n    access::{self, Asker},\n    domain::Instant,\n    store,\n};", &mut names);
    heads("engine::Engine;", &mut names);
    assert_eq!(names, ["access", "domain", "store", "engine"]);
}
