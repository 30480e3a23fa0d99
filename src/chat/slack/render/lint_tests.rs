//! Each rule broken once, beside a neighbour that keeps it.

use super::lint::{Surface, lint};
use serde_json::{Value, json};

fn plain(text: &str) -> Value {
    json!({"type": "plain_text", "text": text})
}

fn mrkdwn(text: &str) -> Value {
    json!({"type": "mrkdwn", "text": text, "verbatim": true})
}

fn button(id: &str) -> Value {
    json!({"type": "button", "action_id": id, "text": plain("Go"), "value": "v"})
}

fn option(value: &str) -> Value {
    json!({"text": plain(value), "value": value})
}

fn input(element: Value) -> Value {
    json!({"type": "input", "block_id": "b", "label": plain("Label"), "element": element})
}

fn line(id: &str) -> Value {
    json!({"type": "plain_text_input", "action_id": id})
}

fn message(blocks: Value) -> Value {
    json!({"text": "words", "blocks": blocks})
}

fn modal(blocks: Value) -> Value {
    json!({"type": "modal", "title": plain("Title"), "submit": plain("Send"), "blocks": blocks})
}

fn rules(value: &Value, surface: Surface) -> Vec<&'static str> {
    lint(value, surface).into_iter().map(|violation| violation.rule).collect()
}

fn is_fine_in_a_message(block: Value) -> bool {
    rules(&message(json!([block])), Surface::Message).is_empty()
}

fn is_fine_in_a_modal(block: Value) -> bool {
    rules(&modal(json!([block])), Surface::Modal).is_empty()
}

#[test]
fn the_six_cases_that_no_published_validator_catches() {
    let twice = json!([{"type": "actions", "elements": [button("a"), button("a")]}]);
    assert_eq!(rules(&message(twice), Surface::Message), ["an action_id stands once in its block"]);

    let divider = json!({"type": "divider", "block_id": "b"});
    assert_eq!(rules(&message(json!([divider, divider])), Surface::Message), ["a block_id stands once"]);

    let select = |initial: &str| {
        input(
            json!({"type": "static_select", "action_id": "a", "options": [option("x")], "initial_option": option(initial)}),
        )
    };
    assert!(is_fine_in_a_modal(select("x")));
    assert_eq!(rules(&modal(json!([select("y")])), Surface::Modal), ["an initial option is one of the options"]);

    let focused = |id: &str| {
        let element = json!({"type": "plain_text_input", "action_id": "a", "focus_on_load": true});
        json!({"type": "input", "block_id": id, "label": plain("Label"), "element": element})
    };
    assert!(is_fine_in_a_modal(focused("1")));
    let two = modal(json!([focused("1"), focused("2")]));
    assert_eq!(rules(&two, Surface::Modal), ["at most one element has the focus"]);

    let table = json!({"type": "table", "rows": [[{"type": "raw_text", "text": "x"}]]});
    assert!(is_fine_in_a_message(table.clone()));
    assert_eq!(rules(&message(json!([table, table])), Surface::Message), ["at most one table"]);

    let file = input(json!({"type": "file_input", "action_id": "a"}));
    assert!(is_fine_in_a_modal(file.clone()));
    assert_eq!(rules(&message(json!([file])), Surface::Message), ["a file_input stands in a view only"]);
}

#[test]
fn every_text_has_its_limit() {
    type Make = fn(String) -> Value;
    let in_messages: [(usize, Make); 12] = [
        (3000, |text| json!({"type": "section", "text": mrkdwn(&text)})),
        (2000, |text| json!({"type": "section", "fields": [mrkdwn(&text)]})),
        (150, |text| json!({"type": "header", "text": plain(&text)})),
        (3000, |text| json!({"type": "context", "elements": [mrkdwn(&text)]})),
        (75, |text| with_button(json!({"text": plain(&text)}))),
        (2000, |text| with_button(json!({"value": text}))),
        (3000, |text| with_button(json!({"url": text}))),
        (75, |text| with_button(json!({"accessibility_label": text}))),
        (255, |text| with_button(json!({"action_id": text}))),
        (255, |text| json!({"type": "divider", "block_id": text})),
        (100, |text| with_button(json!({"confirm": confirm("title", &text)}))),
        (30, |text| with_button(json!({"confirm": confirm("confirm", &text)}))),
    ];
    for (limit, make) in in_messages {
        assert!(is_fine_in_a_message(make("ä".repeat(limit))), "{limit} {}", make("x".into()));
        assert!(!is_fine_in_a_message(make("ä".repeat(limit + 1))), "{limit} {}", make("x".into()));
    }
    let in_modals: [(usize, Make); 8] = [
        (2000, |text| json!({"type": "input", "label": plain(&text), "element": line("a")})),
        (2000, |text| json!({"type": "input", "label": plain("x"), "hint": plain(&text), "element": line("a")})),
        (150, |text| input(json!({"type": "plain_text_input", "action_id": "a", "placeholder": plain(&text)}))),
        (3000, |text| input(json!({"type": "plain_text_input", "action_id": "a", "initial_value": text}))),
        (75, |text| choose(json!([{"text": plain(&text), "value": "x"}]))),
        (150, |text| choose(json!([{"text": plain("x"), "value": text}]))),
        (75, |text| choose(json!([{"text": plain("x"), "value": "x", "description": plain(&text)}]))),
        (2000, |text| json!({"type": "image", "image_url": "https://x", "alt_text": text})),
    ];
    for (limit, make) in in_modals {
        assert!(is_fine_in_a_modal(make("x".repeat(limit))), "{limit} {}", make("x".into()));
        assert!(!is_fine_in_a_modal(make("x".repeat(limit + 1))), "{limit} {}", make("x".into()));
    }
}

fn with_button(changes: Value) -> Value {
    let mut it = button("a");
    for (name, value) in changes.as_object().unwrap() {
        it[name] = value.clone();
    }
    json!({"type": "actions", "elements": [it]})
}

fn confirm(changed: &str, text: &str) -> Value {
    let mut it = json!({"title": plain("t"), "text": plain("t"), "confirm": plain("t"), "deny": plain("t")});
    it[changed] = plain(text);
    it
}

fn choose(options: Value) -> Value {
    input(json!({"type": "static_select", "action_id": "a", "options": options}))
}

#[test]
fn every_list_has_its_limit() {
    let buttons = |count: usize| (0..count).map(|at| button(&at.to_string())).collect::<Vec<_>>();
    let options = |count: usize| (0..count).map(|at| option(&at.to_string())).collect::<Vec<_>>();
    let dividers = |count: usize| json!(vec![json!({"type": "divider"}); count]);
    let actions = |count: usize| json!({"type": "actions", "elements": buttons(count)});
    assert!(
        is_fine_in_a_message(actions(25)) && !is_fine_in_a_message(actions(26)) && !is_fine_in_a_message(actions(0))
    );
    let checks = |count| input(json!({"type": "checkboxes", "action_id": "a", "options": options(count)}));
    assert!(is_fine_in_a_modal(checks(10)) && !is_fine_in_a_modal(checks(11)) && !is_fine_in_a_modal(checks(0)));
    let select = |count| choose(json!(options(count)));
    assert!(is_fine_in_a_modal(select(100)) && !is_fine_in_a_modal(select(101)) && !is_fine_in_a_modal(select(0)));
    let overflow = |count| {
        let element = json!({"type": "overflow", "action_id": "a", "options": options(count)});
        json!({"type": "section", "text": mrkdwn("x"), "accessory": element})
    };
    assert!(is_fine_in_a_message(overflow(5)) && !is_fine_in_a_message(overflow(6)));
    let context = |count| json!({"type": "context", "elements": vec![mrkdwn("x"); count]});
    assert!(is_fine_in_a_message(context(10)) && !is_fine_in_a_message(context(11)));
    let fields = |count| json!({"type": "section", "fields": vec![mrkdwn("x"); count]});
    assert!(is_fine_in_a_message(fields(10)) && !is_fine_in_a_message(fields(11)) && !is_fine_in_a_message(fields(0)));
    assert!(rules(&message(dividers(50)), Surface::Message).is_empty());
    assert!(!rules(&message(dividers(51)), Surface::Message).is_empty());
    let home = |count| json!({"type": "home", "blocks": dividers(count)});
    assert!(rules(&home(100), Surface::Home).is_empty() && !rules(&home(101), Surface::Home).is_empty());
    let answer = |count| json!({"options": options(count)});
    assert!(rules(&answer(0), Surface::Options).is_empty() && rules(&answer(100), Surface::Options).is_empty());
    assert!(!rules(&answer(101), Surface::Options).is_empty() && !rules(&json!({}), Surface::Options).is_empty());
}

#[test]
fn a_whole_message_has_a_budget_and_a_fallback() {
    let sections = |each: usize| {
        let section = json!({"type": "section", "text": mrkdwn(&"x".repeat(each))});
        message(json!([section, section, section]))
    };
    assert!(rules(&sections(3000), Surface::Message).is_empty());
    let mut over = sections(3000);
    over["blocks"].as_array_mut().unwrap().push(json!({"type": "header", "text": plain("x")}));
    assert_eq!(rules(&over, Surface::Message), ["at most 9,000 characters in all blocks"]);
    let told = |text: &str| json!({"text": text, "blocks": [{"type": "divider"}]});
    assert!(rules(&told(&"ä".repeat(4000)), Surface::Message).is_empty());
    assert_eq!(rules(&told(&"ä".repeat(4001)), Surface::Message), ["at most 4,000 characters"]);
    assert_eq!(rules(&told(" "), Surface::Message), ["a message needs a plain-text fallback"]);
}

#[test]
fn a_view_has_its_own_rules() {
    let mut view = modal(json!([input(line("a"))]));
    assert!(rules(&view, Surface::Modal).is_empty());
    view["private_metadata"] = json!("x".repeat(3001));
    assert_eq!(rules(&view, Surface::Modal), ["a string within its limit"]);
    for name in ["title", "submit", "close"] {
        let mut view = modal(json!([input(line("a"))]));
        view[name] = plain(&"x".repeat(25));
        assert_eq!(rules(&view, Surface::Modal), ["text of 1 character to the limit"], "{name}");
    }
    let mut view = modal(json!([input(line("a"))]));
    view["submit"] = Value::Null;
    assert_eq!(rules(&view, Surface::Modal), ["a modal with input needs a submit button"]);
    let mut view = modal(json!([{"type": "divider"}]));
    view["title"] = Value::Null;
    assert_eq!(rules(&view, Surface::Modal), ["a modal needs a title"]);
    let section = json!({"type": "section", "text": mrkdwn(&"x".repeat(3000))});
    let large = json!({"type": "home", "blocks": vec![section; 90]});
    assert_eq!(rules(&large, Surface::Home), ["at most 250 kB"]);
    assert_eq!(rules(&large, Surface::Modal)[0], "the type of the surface");
}

#[test]
fn what_is_malformed_is_named() {
    let bad_in_a_message = [
        json!({"type": "hologram"}),
        json!({"type": "section"}),
        json!({"type": "section", "text": {"type": "mrkdwn", "text": "x"}}),
        json!({"type": "section", "text": {"type": "html", "text": "x"}}),
        json!({"type": "section", "text": mrkdwn(" ")}),
        json!({"type": "header", "text": mrkdwn("x")}),
        json!({"type": "image", "image_url": "https://x"}),
        with_button(json!({"style": "loud"})),
        with_button(json!({"type": "lever"})),
        with_button(json!({"confirm": {"title": plain("x")}})),
        json!({"type": "actions", "elements": [line("a")]}),
        json!({"type": "video", "title": plain(&"x".repeat(200))}),
    ];
    for block in bad_in_a_message {
        assert!(!is_fine_in_a_message(block.clone()), "{block}");
    }
    let bad_in_a_modal = [
        input(button("a")),
        input(json!({"type": "plain_text_input", "action_id": "a", "max_length": 3001})),
        input(json!({"type": "plain_text_input", "action_id": "a", "max_length": 2, "initial_value": "abc"})),
        input(json!({"type": "number_input", "action_id": "a"})),
        input(
            json!({"type": "number_input", "action_id": "a", "is_decimal_allowed": false, "min_value": "2", "max_value": "1"}),
        ),
        input(
            json!({"type": "number_input", "action_id": "a", "is_decimal_allowed": false, "min_value": "2", "initial_value": "1"}),
        ),
        input(json!({"type": "number_input", "action_id": "a", "is_decimal_allowed": false, "min_value": "two"})),
        input(json!({"type": "datepicker", "action_id": "a", "initial_date": "12.05.2026"})),
        input(json!({"type": "timepicker", "action_id": "a", "initial_time": "9:30"})),
        choose(json!([option("x"), option("x")])),
        input(json!({"type": "checkboxes", "action_id": "a", "options": [option("x")], "initial_options": []})),
        json!({"type": "markdown", "text": "x"}),
        json!({"type": "table", "rows": []}),
        json!({"type": "file"}),
    ];
    for block in bad_in_a_modal {
        assert!(!is_fine_in_a_modal(block.clone()), "{block}");
    }
}
