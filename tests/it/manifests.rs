//! What an administrator uploads, against what the program does.

use std::collections::BTreeSet;
use trailmark::{
    app::http::SLACK_EVENTS,
    chat::slack::{client::METHODS, manifest, parse},
    commands::Command,
};

/// The bot scope that each event needs.
const EVENT_SCOPES: [(&str, &[&str]); 8] = [
    ("app_home_opened", &[]),
    ("app_mention", &["app_mentions:read"]),
    ("app_uninstalled", &[]),
    ("member_joined_channel", &["channels:read", "groups:read"]),
    ("message.im", &["im:history"]),
    // Named by third parties only [U].
    ("team_join", &["users:read"]),
    ("tokens_revoked", &[]),
    ("user_change", &["users:read"]),
];

/// Scopes that no method and no event asks for by itself: slash commands, and the address by which a person is found in
/// the company's own list.
const OTHER_SCOPES: [&str; 2] = ["commands", "users:read.email"];

/// The values of `key`, wherever it stands.
fn values(manifest: &str, key: &str) -> Vec<String> {
    let start = format!("{key}: ");
    let of = |line: &str| Some(line.trim().trim_start_matches("- ").strip_prefix(&start)?.trim_matches('"').to_owned());
    manifest.lines().filter_map(of).collect()
}

/// The list below `key`.
fn list(manifest: &str, key: &str) -> BTreeSet<String> {
    let heading = format!("{key}:");
    let below = manifest.lines().skip_while(|line| line.trim() != heading).skip(1);
    below.map_while(|line| line.trim().strip_prefix("- ")).map(str::to_owned).collect()
}

fn set<'a>(all: impl IntoIterator<Item = &'a str>) -> BTreeSet<String> {
    all.into_iter().map(str::to_owned).collect()
}

#[test]
fn every_address_is_the_one_route_of_this_installation() {
    let text = manifest(Some("https://mobility.velomill.example/"));
    let expected = format!("https://mobility.velomill.example{SLACK_EVENTS}");
    for (key, count) in [("url", 2), ("request_url", 2), ("message_menu_options_url", 1)] {
        assert_eq!(values(&text, key), vec![expected.clone(); count], "{key}");
    }
    assert!(!text.lines().any(|line| !line.starts_with('#') && line.contains("example.com")));
    assert!(manifest(None).contains("https://mobility.example.com/slack/events"));
}

#[test]
fn the_scopes_are_those_the_program_uses_and_no_more() {
    let of_methods = METHODS.iter().filter_map(|(_, scope)| *scope);
    let of_events = EVENT_SCOPES.iter().flat_map(|(_, scopes)| scopes.iter().copied());
    assert_eq!(list(&manifest(None), "bot"), set(of_methods.chain(of_events).chain(OTHER_SCOPES)));
}

#[test]
fn the_events_are_those_that_are_read() {
    assert_eq!(list(&manifest(None), "bot_events"), set(parse::SUBSCRIBED));
    assert_eq!(set(EVENT_SCOPES.map(|(event, _)| event)), set(parse::SUBSCRIBED));
}

#[test]
fn the_shortcuts_are_those_that_are_read() {
    let shortcuts = values(&manifest(None), "callback_id");
    assert_eq!(shortcuts, [parse::FIND_SHORTCUT, parse::POST_SHORTCUT]);
}

#[test]
fn the_slash_commands_and_the_words_they_hint_at_are_understood() {
    let text = manifest(None);
    assert_eq!(values(&text, "command"), ["/mobility", "/projects"]);
    assert_eq!(values(&text, "should_escape"), ["true", "true"], "mentions arrive with their ids");
    let hints = values(&text, "usage_hint");
    let words = hints[0].trim_matches(['[', ']']).split(" | ").map(|hint| hint.split(' ').next().unwrap());
    for word in words {
        assert!(Command::ALL.iter().any(|command| command.name() == word), "{word}");
    }
    let usage = Command::Find.usage();
    for filter in hints[1].split(' ') {
        assert!(usage.contains(filter), "{filter} is no filter of {usage}");
    }
}

#[test]
fn people_can_open_the_home_and_write_to_it() {
    let text = manifest(None);
    assert_eq!(values(&text, "home_tab_enabled"), ["true"]);
    assert_eq!(values(&text, "messages_tab_enabled"), ["true"]);
    assert_eq!(values(&text, "messages_tab_read_only_enabled"), ["false"]);
    assert_eq!(values(&text, "display_name"), ["Mobility"]);
}

#[test]
fn what_the_playground_offers_to_type_is_every_command_there_is() {
    let guide = include_str!("../../src/playground/page/guide.js");
    let offered: Vec<_> = guide
        .lines()
        .filter_map(|line| line.trim().strip_prefix("['/mobility ")?.split([' ', '\'']).next())
        .filter(|word| !word.is_empty())
        .map(|word| Command::named(word).unwrap_or_else(|| panic!("{word} is no command")))
        .collect();
    // Typed rarely: the way back from a command that is offered, and the home, which is `/mobility` alone.
    let left_out = [Command::Home, Command::Unsave, Command::Unhide];
    for command in Command::ALL.iter().filter(|command| !left_out.contains(command)) {
        assert!(offered.contains(command), "{} is not offered", command.name());
    }
}
