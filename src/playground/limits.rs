//! What the platform accepts: every limit it enforces on messages and views, checked on whatever arrives here.
//!
//! Answers the problems in words, with a JSON pointer, and never changes what it looks at.

use serde_json::{Map, Value};
use std::collections::BTreeSet;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Surface {
    Message,
    Modal,
    Home,
}

/// All text of one message; beyond it the platform answers `msg_blocks_too_long`.
const MESSAGE_CHARACTERS: usize = 12_000;
const VIEW_BYTES: usize = 250_000;

const SELECTS: [&str; 10] = [
    "static_select",
    "external_select",
    "users_select",
    "conversations_select",
    "channels_select",
    "multi_static_select",
    "multi_external_select",
    "multi_users_select",
    "multi_conversations_select",
    "multi_channels_select",
];
const PICKERS: [&str; 5] = ["datepicker", "timepicker", "datetimepicker", "checkboxes", "radio_buttons"];
const TYPED: [&str; 4] = ["plain_text_input", "number_input", "email_text_input", "url_text_input"];

/// The problems of a whole message: its blocks, and their total length under the code the platform gives it.
pub fn check_message(blocks: &Value) -> Result<(), (&'static str, Vec<String>)> {
    let problems = check_blocks(Surface::Message, blocks);
    if !problems.is_empty() {
        return Err(("invalid_blocks", problems));
    }
    let characters = count_characters(blocks);
    if characters > MESSAGE_CHARACTERS {
        let told = format!(
            "[ERROR] {characters} characters in all blocks, at most {MESSAGE_CHARACTERS} [json-pointer:/blocks]"
        );
        return Err(("msg_blocks_too_long", vec![told]));
    }
    Ok(())
}

/// The problems of a modal or a home.
pub fn check_view(view: &Value) -> Vec<String> {
    let mut check = Check::default();
    let Some(object) = view.as_object() else { return vec!["[ERROR] view is not an object [json-pointer:]".into()] };
    let kind = object.get("type").and_then(Value::as_str).unwrap_or_default();
    let surface = match kind {
        "modal" => Surface::Modal,
        "home" => Surface::Home,
        _ => return vec![format!("[ERROR] unknown view type {kind:?} [json-pointer:/type]")],
    };
    if serde_json::to_string(view).map_or(0, |text| text.len()) > VIEW_BYTES {
        check.problem("", "view is larger than 250 kB");
    }
    check.keys(
        "",
        object,
        &[
            "type",
            "title",
            "blocks",
            "close",
            "submit",
            "private_metadata",
            "callback_id",
            "clear_on_close",
            "notify_on_close",
            "external_id",
            "submit_disabled",
        ],
    );
    check.string("/private_metadata", object.get("private_metadata"), 0, 3000);
    check.string("/callback_id", object.get("callback_id"), 0, 255);
    check.string("/external_id", object.get("external_id"), 0, 255);
    if surface == Surface::Modal {
        check.plain("/title", object.get("title"), 24, true);
        check.plain("/submit", object.get("submit"), 24, false);
        check.plain("/close", object.get("close"), 24, false);
        let has_input = object.get("blocks").and_then(Value::as_array).is_some_and(|blocks| {
            blocks.iter().any(|block| block.get("type").and_then(Value::as_str) == Some("input"))
        });
        if has_input && object.get("submit").is_none_or(Value::is_null) {
            check.problem("/submit", "a modal with an input block needs submit");
        }
    }
    check.blocks(surface, object.get("blocks").unwrap_or(&Value::Null));
    check.problems
}

/// The problems of a list of blocks on a surface.
pub fn check_blocks(surface: Surface, blocks: &Value) -> Vec<String> {
    let mut check = Check::default();
    check.blocks(surface, blocks);
    check.problems
}

/// The problems of an answer to a typeahead: `options` or `option_groups`.
pub fn check_suggestions(body: &Value) -> Vec<String> {
    let mut check = Check::default();
    match (body.get("options"), body.get("option_groups")) {
        (Some(options), None) => check.options("/options", Some(options), 0, 100),
        (None, Some(groups)) => check.option_groups("/option_groups", groups),
        _ => check.problem("", "an answer holds options or option_groups"),
    }
    check.problems
}

/// Unicode code points of every text in the blocks.
pub fn count_characters(value: &Value) -> usize {
    match value {
        Value::Array(items) => items.iter().map(count_characters).sum(),
        Value::Object(map) => map
            .iter()
            .map(|(key, inner)| match (key.as_str(), inner) {
                ("text" | "alt_text" | "value" | "url", Value::String(text)) => text.chars().count(),
                (_, Value::Object(_) | Value::Array(_)) => count_characters(inner),
                _ => 0,
            })
            .sum(),
        _ => 0,
    }
}

#[derive(Default)]
struct Check {
    problems: Vec<String>,
    block_ids: BTreeSet<String>,
    has_focus: bool,
}

impl Check {
    fn problem(&mut self, at: &str, words: impl std::fmt::Display) {
        self.problems.push(format!("[ERROR] {words} [json-pointer:{at}]"));
    }

    fn keys(&mut self, at: &str, object: &Map<String, Value>, allowed: &[&str]) {
        for key in object.keys().filter(|key| !allowed.contains(&key.as_str())) {
            self.problem(&format!("{at}/{key}"), "invalid additional property");
        }
    }

    fn string(&mut self, at: &str, value: Option<&Value>, min: usize, max: usize) {
        match value {
            None | Some(Value::Null) => {}
            Some(Value::String(text)) => {
                let length = text.chars().count();
                if length < min || length > max {
                    self.problem(at, format!("{length} characters, allowed {min} to {max}"));
                }
            }
            Some(_) => self.problem(at, "must be a string"),
        }
    }

    fn required_string(&mut self, at: &str, value: Option<&Value>, max: usize) {
        if value.is_none_or(Value::is_null) {
            self.problem(at, "is required");
        }
        self.string(at, value, 1, max);
    }

    /// A text object; `plain_only` where formatting is not allowed.
    fn text(&mut self, at: &str, value: Option<&Value>, max: usize, plain_only: bool, is_required: bool) {
        let Some(value) = value.filter(|value| !value.is_null()) else {
            if is_required {
                self.problem(at, "is required");
            }
            return;
        };
        let Some(object) = value.as_object() else { return self.problem(at, "must be a text object") };
        match object.get("type").and_then(Value::as_str) {
            Some("plain_text") => self.keys(at, object, &["type", "text", "emoji"]),
            Some("mrkdwn") if !plain_only => self.keys(at, object, &["type", "text", "verbatim"]),
            other => self.problem(&format!("{at}/type"), format!("unsupported text type {other:?}")),
        }
        self.required_string(&format!("{at}/text"), object.get("text"), max);
    }

    fn plain(&mut self, at: &str, value: Option<&Value>, max: usize, is_required: bool) {
        self.text(at, value, max, true, is_required);
    }

    fn blocks(&mut self, surface: Surface, blocks: &Value) {
        let Some(list) = blocks.as_array() else { return self.problem("/blocks", "must be a list") };
        let most = if surface == Surface::Message { 50 } else { 100 };
        if list.len() > most {
            self.problem("/blocks", format!("{} blocks, at most {most}", list.len()));
        }
        let tables = list.iter().filter(|block| block.get("type").and_then(Value::as_str) == Some("table")).count();
        if tables > 1 {
            self.problem("/blocks", "only one table is allowed");
        }
        for (index, block) in list.iter().enumerate() {
            self.block(surface, &format!("/blocks/{index}"), block);
        }
    }

    fn block(&mut self, surface: Surface, at: &str, block: &Value) {
        let Some(object) = block.as_object() else { return self.problem(at, "must be an object") };
        let field = |name: &str| object.get(name);
        let under = |name: &str| format!("{at}/{name}");
        self.string(&under("block_id"), field("block_id"), 1, 255);
        if let Some(id) = field("block_id").and_then(Value::as_str)
            && !self.block_ids.insert(id.to_owned())
        {
            self.problem(&under("block_id"), format!("block_id {id:?} stands twice"));
        }
        match field("type").and_then(Value::as_str).unwrap_or_default() {
            "section" => {
                self.keys(at, object, &["type", "block_id", "text", "fields", "accessory", "expand"]);
                self.text(&under("text"), field("text"), 3000, false, false);
                match field("fields") {
                    Some(Value::Array(fields)) => {
                        if fields.is_empty() || fields.len() > 10 {
                            self.problem(&under("fields"), "1 to 10 fields");
                        }
                        for (index, each) in fields.iter().enumerate() {
                            self.text(&format!("{at}/fields/{index}"), Some(each), 2000, false, true);
                        }
                    }
                    Some(_) => self.problem(&under("fields"), "must be a list"),
                    None if field("text").is_none() => self.problem(at, "a section needs text or fields"),
                    None => {}
                }
                if let Some(accessory) = field("accessory") {
                    let allowed: Vec<&str> =
                        ["button", "overflow", "image"].into_iter().chain(SELECTS).chain(PICKERS).collect();
                    self.element(surface, &under("accessory"), accessory, &allowed);
                }
            }
            "header" => {
                self.keys(at, object, &["type", "block_id", "text", "level"]);
                self.plain(&under("text"), field("text"), 150, true);
            }
            "divider" => self.keys(at, object, &["type", "block_id"]),
            "context" => {
                self.keys(at, object, &["type", "block_id", "elements"]);
                for (index, each) in self.list(&under("elements"), field("elements"), 1, 10).iter().enumerate() {
                    let here = format!("{at}/elements/{index}");
                    if each.get("type").and_then(Value::as_str) == Some("image") {
                        self.element(surface, &here, each, &["image"]);
                    } else {
                        self.text(&here, Some(each), 3000, false, true);
                    }
                }
            }
            "actions" => {
                self.keys(at, object, &["type", "block_id", "elements"]);
                let allowed: Vec<&str> = ["button", "overflow"].into_iter().chain(SELECTS).chain(PICKERS).collect();
                let elements = self.list(&under("elements"), field("elements"), 1, 25);
                let mut seen = BTreeSet::new();
                for (index, each) in elements.iter().enumerate() {
                    self.element(surface, &format!("{at}/elements/{index}"), each, &allowed);
                    if let Some(id) = each.get("action_id").and_then(Value::as_str)
                        && !seen.insert(id)
                    {
                        self.problem(
                            &format!("{at}/elements/{index}/action_id"),
                            format!("action_id {id:?} stands twice"),
                        );
                    }
                }
            }
            "input" => {
                self.keys(at, object, &["type", "block_id", "label", "element", "dispatch_action", "hint", "optional"]);
                self.plain(&under("label"), field("label"), 2000, true);
                self.plain(&under("hint"), field("hint"), 2000, false);
                let files: &[&str] = if surface == Surface::Message { &[] } else { &["file_input", "rich_text_input"] };
                let allowed: Vec<&str> =
                    TYPED.into_iter().chain(SELECTS).chain(PICKERS).chain(files.iter().copied()).collect();
                match field("element") {
                    Some(element) => self.element(surface, &under("element"), element, &allowed),
                    None => self.problem(&under("element"), "is required"),
                }
            }
            "image" => {
                self.keys(at, object, &["type", "block_id", "image_url", "slack_file", "alt_text", "title"]);
                self.plain(&under("title"), field("title"), 2000, false);
                self.image(at, object);
            }
            "rich_text" => {
                self.keys(at, object, &["type", "block_id", "elements"]);
                self.list(&under("elements"), field("elements"), 1, 1000);
            }
            "markdown" | "table" | "context_actions" if surface == Surface::Message => {}
            other => self.problem(&under("type"), format!("unsupported block type {other:?}")),
        }
    }

    fn list(&mut self, at: &str, value: Option<&Value>, min: usize, max: usize) -> Vec<Value> {
        let Some(Value::Array(items)) = value else {
            self.problem(at, "must be a list");
            return Vec::new();
        };
        if items.len() < min || items.len() > max {
            self.problem(at, format!("{} entries, allowed {min} to {max}", items.len()));
        }
        items.clone()
    }

    fn image(&mut self, at: &str, object: &Map<String, Value>) {
        self.required_string(&format!("{at}/alt_text"), object.get("alt_text"), 2000);
        self.required_string(&format!("{at}/image_url"), object.get("image_url"), 3000);
    }

    fn element(&mut self, surface: Surface, at: &str, element: &Value, allowed: &[&str]) {
        let Some(object) = element.as_object() else { return self.problem(at, "must be an object") };
        let kind = object.get("type").and_then(Value::as_str).unwrap_or_default();
        if !allowed.contains(&kind) {
            return self.problem(&format!("{at}/type"), format!("element {kind:?} is not allowed here"));
        }
        let field = |name: &str| object.get(name);
        let under = |name: &str| format!("{at}/{name}");
        if kind == "image" {
            return self.image(at, object);
        }
        self.string(&under("action_id"), field("action_id"), 1, 255);
        if field("focus_on_load").and_then(Value::as_bool) == Some(true) {
            if self.has_focus {
                self.problem(&under("focus_on_load"), "only one element may have the focus");
            }
            if surface == Surface::Message {
                self.problem(&under("focus_on_load"), "not in messages");
            }
            self.has_focus = true;
        }
        if let Some(confirm) = field("confirm") {
            self.confirm(&under("confirm"), confirm);
        }
        if kind != "button" {
            self.plain(&under("placeholder"), field("placeholder"), 150, false);
        }
        match kind {
            "button" => {
                self.keys(
                    at,
                    object,
                    &["type", "text", "action_id", "url", "value", "style", "confirm", "accessibility_label"],
                );
                self.plain(&under("text"), field("text"), 75, true);
                self.string(&under("value"), field("value"), 0, 2000);
                self.string(&under("url"), field("url"), 1, 3000);
                self.string(&under("accessibility_label"), field("accessibility_label"), 1, 75);
                if let Some(style) = field("style")
                    && !matches!(style.as_str(), Some("primary" | "danger"))
                {
                    self.problem(&under("style"), "primary or danger");
                }
            }
            "overflow" => self.options(&under("options"), field("options"), 1, 5),
            "checkboxes" | "radio_buttons" => {
                self.options(&under("options"), field("options"), 1, 10);
                self.initial_options(at, object);
            }
            "static_select" | "multi_static_select" => {
                match (field("options"), field("option_groups")) {
                    (Some(options), None) => self.options(&under("options"), Some(options), 1, 100),
                    (None, Some(groups)) => self.option_groups(&under("option_groups"), groups),
                    _ => self.problem(at, "a select has options or option_groups"),
                }
                self.initial_options(at, object);
            }
            "plain_text_input" => {
                let (min, max) = (number(field("min_length"), 0), number(field("max_length"), 3000));
                if !(1..=3000).contains(&max) || !(0..=3000).contains(&min) || min > max {
                    self.problem(at, "min_length and max_length lie between 0 and 3000");
                }
                let most = usize::try_from(max).unwrap_or(3000);
                self.string(&under("initial_value"), field("initial_value"), 0, most);
            }
            "number_input" => {
                if field("is_decimal_allowed").and_then(Value::as_bool).is_none() {
                    self.problem(&under("is_decimal_allowed"), "is required");
                }
                for name in ["initial_value", "min_value", "max_value"] {
                    match field(name) {
                        None => {}
                        Some(Value::String(text)) if text.parse::<f64>().is_ok() => {}
                        Some(_) => self.problem(&under(name), "must be a number written as a string"),
                    }
                }
            }
            "datepicker" => self.shaped(&under("initial_date"), field("initial_date"), "dddd-dd-dd"),
            "timepicker" => self.shaped(&under("initial_time"), field("initial_time"), "dd:dd"),
            _ => {}
        }
    }

    fn shaped(&mut self, at: &str, value: Option<&Value>, shape: &str) {
        let fits = |text: &str| {
            text.len() == shape.len()
                && text.bytes().zip(shape.bytes()).all(|(byte, wanted)| match wanted {
                    b'd' => byte.is_ascii_digit(),
                    other => byte == other,
                })
        };
        match value {
            None => {}
            Some(Value::String(text)) if fits(text) => {}
            Some(_) => self.problem(at, format!("must look like {shape}")),
        }
    }

    fn confirm(&mut self, at: &str, confirm: &Value) {
        self.plain(&format!("{at}/title"), confirm.get("title"), 100, true);
        self.text(&format!("{at}/text"), confirm.get("text"), 300, false, true);
        self.plain(&format!("{at}/confirm"), confirm.get("confirm"), 30, true);
        self.plain(&format!("{at}/deny"), confirm.get("deny"), 30, true);
    }

    fn options(&mut self, at: &str, options: Option<&Value>, min: usize, max: usize) {
        for (index, option) in self.list(at, options, min, max).iter().enumerate() {
            let here = format!("{at}/{index}");
            self.text(&format!("{here}/text"), option.get("text"), 75, false, true);
            self.required_string(&format!("{here}/value"), option.get("value"), 150);
            self.text(&format!("{here}/description"), option.get("description"), 75, false, false);
        }
    }

    fn option_groups(&mut self, at: &str, groups: &Value) {
        for (index, group) in self.list(at, Some(groups), 1, 100).iter().enumerate() {
            self.plain(&format!("{at}/{index}/label"), group.get("label"), 75, true);
            self.options(&format!("{at}/{index}/options"), group.get("options"), 1, 100);
        }
    }

    fn initial_options(&mut self, at: &str, object: &Map<String, Value>) {
        let known: Vec<&Value> = all_options(object);
        let single = object.get("initial_option").into_iter();
        let many = object.get("initial_options").and_then(Value::as_array).into_iter().flatten();
        for initial in single.chain(many) {
            if !known.contains(&initial) {
                self.problem(&format!("{at}/initial_option"), "is not one of the options");
            }
        }
        if object.get("initial_options").and_then(Value::as_array).is_some_and(Vec::is_empty) {
            self.problem(&format!("{at}/initial_options"), "must not be empty");
        }
    }
}

fn number(value: Option<&Value>, otherwise: i64) -> i64 {
    value.and_then(Value::as_i64).unwrap_or(otherwise)
}

/// Every option of a select, with and without groups.
pub fn all_options(element: &Map<String, Value>) -> Vec<&Value> {
    let grouped = element.get("option_groups").and_then(Value::as_array).into_iter().flatten();
    let listed = grouped.filter_map(|group| group.get("options")).chain(element.get("options"));
    listed.filter_map(Value::as_array).flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn button(id: &str) -> Value {
        json!({"type": "button", "action_id": id, "text": {"type": "plain_text", "text": "Go"}})
    }

    fn words(count: usize) -> Value {
        json!({"type": "section", "text": {"type": "mrkdwn", "text": "x".repeat(count)}})
    }

    #[test]
    fn an_ordinary_message_has_no_problem() {
        let blocks = json!([{"type": "header", "text": {"type": "plain_text", "text": "Hello"}}, words(3000),
            {"type": "actions", "elements": [button("a"), button("b")]}, {"type": "divider"}]);
        assert_eq!(check_message(&blocks), Ok(()));
    }

    #[test]
    fn each_broken_limit_is_named_with_its_place() {
        let long = |count: usize| json!({"type": "plain_text", "text": "x".repeat(count)});
        let cases = [
            (json!([words(3001)]), "/blocks/0/text/text"),
            (json!([{"type": "header", "text": long(151)}]), "/blocks/0/text/text"),
            (json!([{"type": "header", "text": {"type": "mrkdwn", "text": "x"}}]), "/blocks/0/text/type"),
            (json!([{"type": "actions", "elements": [button("a"), button("a")]}]), "/blocks/0/elements/1/action_id"),
            (json!([{"type": "divider", "block_id": "b"}, {"type": "divider", "block_id": "b"}]), "/blocks/1/block_id"),
            (json!([{"type": "actions", "elements": []}]), "/blocks/0/elements"),
            (json!([{"type": "section"}]), "/blocks/0"),
            (json!([{"type": "divider", "colour": "red"}]), "/blocks/0/colour"),
            (Value::Array(vec![words(1); 51]), "/blocks"),
            (
                json!([{"type": "section", "text": long(1), "accessory": {"type": "plain_text_input", "action_id": "a"}}]),
                "/blocks/0/accessory/type",
            ),
        ];
        for (blocks, place) in cases {
            let (code, problems) = check_message(&blocks).unwrap_err();
            assert_eq!(code, "invalid_blocks");
            assert!(problems.iter().any(|each| each.ends_with(&format!("[json-pointer:{place}]"))), "{problems:?}");
        }
    }

    #[test]
    fn a_message_that_is_long_in_total_is_refused_as_such() {
        assert_eq!(check_message(&Value::Array(vec![words(2500); 5])).unwrap_err().0, "msg_blocks_too_long");
    }

    #[test]
    fn a_modal_title_ends_at_24_characters_and_inputs_need_submit() {
        let view = json!({"type": "modal", "title": {"type": "plain_text", "text": "x".repeat(25)}, "blocks": [
            {"type": "input", "label": {"type": "plain_text", "text": "Name"},
             "element": {"type": "plain_text_input", "action_id": "a", "focus_on_load": true}},
            {"type": "input", "label": {"type": "plain_text", "text": "Kind"},
             "element": {"type": "static_select", "action_id": "b", "focus_on_load": true,
                "options": [{"text": {"type": "plain_text", "text": "One"}, "value": "1"}],
                "initial_option": {"text": {"type": "plain_text", "text": "Two"}, "value": "2"}}}]});
        let all = check_view(&view).join("\n");
        for part in ["/title/text", "needs submit", "only one element may have the focus", "not one of the options"] {
            assert!(all.contains(part), "{all}");
        }
    }
}
