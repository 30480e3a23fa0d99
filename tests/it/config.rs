//! Settings: where they come from, and what a start is refused for.

use trailmark::app::config::{Config, EXAMPLE, Purpose, Source};

fn load(file: &str, environment: &[(&str, &str)], purpose: Purpose) -> Result<Config, Vec<String>> {
    Config::load(Source::of_text(file, environment), purpose).map_err(|problems| problems.0)
}

#[track_caller]
fn refused(file: &str, environment: &[(&str, &str)], purpose: Purpose) -> Vec<String> {
    load(file, environment, purpose).unwrap_err()
}

/// With the secrets a server needs.
const SECRETS: [(&str, &str); 2] = [("SLACK_SIGNING_SECRET", "hush"), ("SLACK_BOT_TOKEN", "xoxb-hush")];

#[test]
fn the_example_shows_every_setting_with_its_default() {
    let usual = load("", &[], Purpose::Database).unwrap();
    let example = load(EXAMPLE, &[], Purpose::Database).unwrap();
    assert_eq!(format!("{example:?}"), format!("{usual:?}"));
    let mut section = String::new();
    let mut shown = Vec::new();
    let mut before = "";
    for line in EXAMPLE.lines() {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            name.clone_into(&mut section);
        } else if let Some((key, _)) =
            line.trim_start_matches('#').split_once(" = ").filter(|(key, _)| !key.contains(' '))
        {
            assert!(before.starts_with("# "), "{section}.{key} has no explanation");
            shown.push(format!("{section}.{key}"));
        }
        before = line;
    }
    shown.sort();
    assert_eq!(shown, Config::names());
}

#[test]
fn what_is_commented_out_in_the_example_works_too() {
    let file = EXAMPLE.replace("\n#enabled", "\nenabled").replace("\n#public_url", "\npublic_url");
    let config = load(&file, &SECRETS, Purpose::Serving).unwrap();
    assert!(config.slack.is_enabled);
    assert_eq!(config.server.public_url.unwrap().as_str(), "https://mobility.example.com/");
}

#[test]
fn the_environment_beats_the_file_and_the_file_the_defaults() {
    let file = "[delivery]\nmax_attempts = 3\ngrace = \"36h\"\n[programme]\nworking_days = [\"sun\", \"mon\"]\n";
    let environment = [
        ("TRAILMARK_DELIVERY__MAX_ATTEMPTS", "5"),
        ("TRAILMARK_PROGRAMME__ACTIVE", "true"),
        ("TRAILMARK_PROGRAMME__DIGEST_AT", "07:15"),
        ("TRAILMARK_SOMETHING_ELSE", "is not ours to read"),
    ];
    let config = load(file, &environment, Purpose::Database).unwrap();
    assert_eq!(config.delivery.max_attempts, 5);
    assert_eq!(config.programme.grace, chrono::Duration::hours(36));
    assert_eq!(config.programme.working_days, [chrono::Weekday::Mon, chrono::Weekday::Sun]);
    assert_eq!(config.programme.digest_at.to_string(), "07:15:00");
    assert!(config.programme.is_active);
    assert_eq!(config.programme.max_per_week, 2);
}

#[test]
fn every_problem_is_named_at_once_under_both_of_its_names() {
    let file = "[server]\nlisten = \"everywhere\"\nlissten = \"127.0.0.1:1\"\n[slack]\nbot_token = \"xoxb-1\"\n[teams]\nenabled = true\n";
    let environment = [
        ("TRAILMARK_KEY", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=,c2hvcnQ="),
        ("TRAILMARK_DELIVERY__LEASE", "12s"),
        ("TRAILMARK_DELIVERY__QUARANTINE", "19s"),
        ("TRAILMARK_DELIVERY__TICK", "now and then"),
        ("TRAILMARK_DELIVERY_GRACE", "1h"),
        ("TRAILMARK_PROGRAMME__DEFAULT_ZONE", "Europe/Atlantis"),
        ("TRAILMARK_PROGRAMME__QUIET_BEFORE", "17:00"),
        ("TRAILMARK_PROGRAMME__MAX_PER_WEEK", "-1"),
        ("TRAILMARK_PROGRAMME__WORKING_DAYS", "mon,caturday"),
        ("TRAILMARK_PROGRAMME__CADENCE", "moon"),
        ("TRAILMARK_SLACK__API_URL", "http://127.0.0.1:9/api/"),
        ("DATABASE_URL", "mysql://x"),
        ("SLACK_BOT_TOKEN_FILE", "/there/is/no/such/file"),
        ("TRAILMARK_SLACK__ENABLED", "true"),
    ];
    let found = refused(file, &environment, Purpose::Serving);
    let expected = [
        "server.listen (TRAILMARK_SERVER__LISTEN): “everywhere”",
        "server.lissten (TRAILMARK_SERVER__LISSTEN) is not a setting: did you mean `listen`?",
        "slack.bot_token (TRAILMARK_SLACK__BOT_TOKEN) is not a setting: secrets come from the environment only",
        "teams.enabled (TRAILMARK_TEAMS__ENABLED) is not a setting: the sections are delivery, programme, retention, server, slack",
        "TRAILMARK_KEY: key 2 is not 32 bytes",
        "delivery.lease (TRAILMARK_DELIVERY__LEASE): 12s is too short",
        "delivery.quarantine (TRAILMARK_DELIVERY__QUARANTINE): 19s is too short",
        "delivery.tick (TRAILMARK_DELIVERY__TICK): “now and then”",
        "TRAILMARK_DELIVERY_GRACE is not a setting: between the section and the key stand two underscores",
        "programme.default_zone (TRAILMARK_PROGRAMME__DEFAULT_ZONE): “Europe/Atlantis”",
        "programme.quiet_before (TRAILMARK_PROGRAMME__QUIET_BEFORE): 17:00 is not before quiet_after (16:00)",
        "programme.max_per_week (TRAILMARK_PROGRAMME__MAX_PER_WEEK): “-1”",
        "programme.working_days (TRAILMARK_PROGRAMME__WORKING_DAYS): “caturday”",
        "programme.cadence (TRAILMARK_PROGRAMME__CADENCE): “moon”",
        "slack.api_url (TRAILMARK_SLACK__API_URL): must be an https address",
        "DATABASE_URL must begin with sqlite:// or postgres://",
        "SLACK_BOT_TOKEN_FILE: the file /there/is/no/such/file cannot be read",
        "SLACK_SIGNING_SECRET is missing",
        "SLACK_BOT_TOKEN is missing",
    ];
    for part in expected {
        assert!(found.iter().any(|problem| problem.starts_with(part)), "{part}\nis missing in {found:#?}");
    }
    assert_eq!(found.len(), expected.len(), "{found:#?}");
}

#[test]
fn a_file_that_is_no_toml_is_refused_by_line() {
    let found = refused("[server]\nlisten = \n", &[], Purpose::Database);
    assert!(found[0].starts_with("trailmark.toml, line 2: this is not valid TOML"), "{found:?}");
    let found = refused("listen = \"x\"\n", &[], Purpose::Database);
    assert!(found[0].contains("`listen` stands outside of a section"), "{found:?}");
}

#[test]
fn a_server_needs_a_platform_with_its_secrets_and_a_look_at_the_database_does_not() {
    let found = refused("", &[], Purpose::Serving);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("SLACK_SIGNING_SECRET") && found[0].contains("trailmark demo"), "{found:?}");
    assert!(load("", &[], Purpose::Database).is_ok());
    let off = [SECRETS[0], SECRETS[1], ("TRAILMARK_SLACK__ENABLED", "false")];
    assert!(refused("", &off, Purpose::Sending)[0].starts_with("no platform is switched on"));
    let found = refused("", &SECRETS[..1], Purpose::Serving);
    assert!(found.len() == 1 && found[0].starts_with("SLACK_BOT_TOKEN is missing"), "{found:?}");
    assert!(load("", &SECRETS[1..], Purpose::Sending).is_ok());
    let found = refused("", &SECRETS[1..], Purpose::Serving);
    assert!(found.len() == 1 && found[0].starts_with("SLACK_SIGNING_SECRET is missing"), "{found:?}");
    assert!(load("", &SECRETS, Purpose::Serving).is_ok());
}

#[test]
fn the_limits_that_depend_on_each_other_meet_exactly() {
    let with = |lease, quarantine| {
        let environment = [
            ("TRAILMARK_DELIVERY__HTTP_TIMEOUT", "2s"),
            ("TRAILMARK_DELIVERY__LEASE", lease),
            ("TRAILMARK_DELIVERY__QUARANTINE", quarantine),
        ];
        load("", &environment, Purpose::Database).map(drop)
    };
    assert_eq!(with("7s", "4s"), Ok(()));
    assert_eq!(with("6s", "4s").unwrap_err().len(), 1);
    assert_eq!(with("7s", "3s").unwrap_err().len(), 1);
}

#[test]
fn always_awake_is_a_setting() {
    let environment = [("TRAILMARK_PROGRAMME__QUIET_BEFORE", "00:00"), ("TRAILMARK_PROGRAMME__QUIET_AFTER", "23:59")];
    assert!(load("", &environment, Purpose::Database).is_ok());
}

#[test]
fn endpoints_of_tests_are_accepted_only_where_that_is_said() {
    for url in ["http://slack.com/api/", "https://localhost/", "https://10.0.0.8/api/", "https://[::1]/"] {
        assert_eq!(refused("", &[("TRAILMARK_SLACK__API_URL", url)], Purpose::Database).len(), 1, "{url}");
        let allowed = [("TRAILMARK_SLACK__API_URL", url), ("TRAILMARK_SERVER__ALLOW_TEST_ENDPOINTS", "true")];
        assert!(load("", &allowed, Purpose::Database).is_ok(), "{url}");
    }
}

#[test]
fn secrets_come_from_files_too_and_are_never_shown() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("secret");
    std::fs::write(&path, "hush-1, hush-2\n").unwrap();
    let environment = [
        ("SLACK_SIGNING_SECRET_FILE", path.to_str().unwrap()),
        ("SLACK_BOT_TOKEN", "xoxb-hush"),
        ("DATABASE_URL", "postgres://me:hush@localhost/x"),
    ];
    let config = load("", &environment, Purpose::Serving).unwrap();
    assert_eq!(config.slack.signing_secrets.len(), 2);
    assert!(!format!("{config:?}").contains("hush"));
    let twice = [environment[0], ("SLACK_SIGNING_SECRET", "hush-3"), environment[1]];
    assert!(refused("", &twice, Purpose::Serving)[0].contains("are both set"));
}

#[test]
fn how_long_something_is_kept_is_said_in_days_and_messages_as_long_as_they_are_needed() {
    let file = "[retention]\nmessages = \"500d\"\ndrafts = \"1d\"\n";
    let keeping = load(file, &[], Purpose::Database).unwrap().programme.keeping;
    assert_eq!((keeping.messages.num_days(), keeping.drafts.num_days(), keeping.notes.num_days()), (500, 1, 365));
    let file = "[retention]\nmessages = \"99d\"\nmessage_text = \"12h\"\nnotes = \"0d\"\ndrafts = \"99999d\"\n";
    let problems = refused(file, &[], Purpose::Database);
    assert_eq!(problems.len(), 4, "{problems:#?}");
    assert!(problems[0].contains("retention.messages") && problems[0].contains("100d or more"), "{problems:#?}");
    assert!(problems[1].contains("write 90d"), "{problems:#?}");
}
