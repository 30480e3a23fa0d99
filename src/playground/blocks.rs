//! Looking into Block Kit: elements, words, and what is filled in.

use super::limits::all_options;
use super::workspace::Filled;
use serde_json::{Map, Value, json};

/// An interactive element with the block it stands in.
#[derive(Clone, Debug)]
pub struct Element {
    pub block_id: String,
    pub action_id: String,
    pub kind: String,
    pub body: Map<String, Value>,
    /// The label of the input block around it.
    pub input_label: Option<String>,
    /// An input block that tells the app at once.
    pub is_live: bool,
}

impl Element {
    /// The caption of a button.
    #[must_use]
    pub fn label(&self) -> Option<String> {
        (self.kind == "button").then(|| text_of(self.body.get("text")).to_owned())
    }
}

fn text_of(value: Option<&Value>) -> &str {
    value.and_then(|text| text.get("text")).and_then(Value::as_str).unwrap_or_default()
}

/// Every interactive element, in reading order.
#[must_use]
pub fn elements(blocks: &Value) -> Vec<Element> {
    let mut found = Vec::new();
    for block in blocks.as_array().into_iter().flatten() {
        let inner = block.get("elements").and_then(Value::as_array).into_iter().flatten();
        for element in block.get("accessory").into_iter().chain(block.get("element")).chain(inner) {
            let name = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
            if let (Some(body), Some(_)) = (element.as_object(), element.get("action_id")) {
                found.push(Element {
                    block_id: name(block.get("block_id")),
                    action_id: name(element.get("action_id")),
                    kind: name(element.get("type")),
                    body: body.clone(),
                    input_label: block.get("element").map(|_| text_of(block.get("label")).to_owned()),
                    is_live: block.get("dispatch_action").and_then(Value::as_bool).unwrap_or(false),
                });
            }
        }
    }
    found
}

/// Everything a person reads in blocks, one line per text; buttons in brackets.
#[must_use]
pub fn words(blocks: &Value) -> String {
    fn collect(value: &Value, lines: &mut Vec<String>) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| collect(item, lines)),
            Value::Object(map) => {
                let kind = map.get("type").and_then(Value::as_str).unwrap_or_default();
                match (kind, map.get("text")) {
                    ("button", label) => lines.push(format!("[{}]", text_of(label))),
                    (_, Some(Value::String(text))) => lines.push(text.clone()),
                    _ => {
                        for name in ["label", "text", "fields", "accessory", "element", "elements"] {
                            map.get(name).into_iter().for_each(|inner| collect(inner, lines));
                        }
                    }
                }
            }
            _ => {}
        }
    }
    let mut lines = Vec::new();
    collect(blocks, &mut lines);
    lines.join("\n")
}

/// Gives every block and interactive element without an id one of its own, as the platform does.
pub fn fill_ids(blocks: &mut Value, mut next: impl FnMut() -> String) {
    for block in blocks.as_array_mut().into_iter().flatten() {
        let Some(block) = block.as_object_mut() else { continue };
        block.entry("block_id").or_insert_with(|| next().into());
        let is_context = block.get("type").and_then(Value::as_str) == Some("context");
        for name in ["accessory", "element", "elements"] {
            let inner = match block.get_mut(name) {
                Some(Value::Array(items)) if !is_context => items.iter_mut().collect(),
                Some(single @ Value::Object(_)) => vec![single],
                _ => Vec::new(),
            };
            for element in inner {
                let has_action = element.get("type").and_then(Value::as_str).is_some_and(|kind| kind != "image");
                if let (true, Some(map)) = (has_action, element.as_object_mut()) {
                    map.entry("action_id").or_insert_with(|| next().into());
                }
            }
        }
    }
}

/// The name of the field that carries an element's value, and whether it holds several.
fn value_field(kind: &str) -> Option<(&'static str, bool)> {
    Some(match kind {
        "plain_text_input" | "number_input" | "email_text_input" | "url_text_input" => ("value", false),
        "static_select" | "external_select" | "radio_buttons" | "overflow" => ("selected_option", false),
        "multi_static_select" | "multi_external_select" | "checkboxes" => ("selected_options", true),
        "users_select" => ("selected_user", false),
        "multi_users_select" => ("selected_users", true),
        "conversations_select" => ("selected_conversation", false),
        "multi_conversations_select" => ("selected_conversations", true),
        "channels_select" => ("selected_channel", false),
        "multi_channels_select" => ("selected_channels", true),
        "datepicker" => ("selected_date", false),
        "timepicker" => ("selected_time", false),
        "datetimepicker" => ("selected_date_time", false),
        _ => return None,
    })
}

/// The state of an element before anybody touched it.
fn initial_state(element: &Element) -> Option<Value> {
    let (field, is_many) = value_field(&element.kind)?;
    let initial =
        element.body.get(&field.replace("selected_", "initial_")).or_else(|| element.body.get("initial_value"));
    let value = initial.cloned().unwrap_or(if is_many { json!([]) } else { Value::Null });
    Some(json!({"type": element.kind, field: value}))
}

/// The state of an element after somebody filled in `value`: a text, an option's value, an id, a list of them, or null.
/// Options that only a typeahead knows come from `known`.
pub fn state_with(element: &Element, value: &Value, known: impl Fn(&str) -> Option<Value>) -> Option<Value> {
    let (field, is_many) = value_field(&element.kind)?;
    let option = |value: &Value| -> Option<Value> {
        let wanted = value.as_str()?;
        let listed = all_options(&element.body).into_iter().find(|option| {
            option.get("value").and_then(Value::as_str) == Some(wanted) || text_of(option.get("text")) == wanted
        });
        let is_external = element.kind.ends_with("external_select");
        let made = || json!({"text": {"type": "plain_text", "text": wanted}, "value": wanted});
        listed.cloned().or_else(|| is_external.then(|| known(wanted).unwrap_or_else(made)))
    };
    let of_options = field.starts_with("selected_option");
    let many: Vec<Value> = match value {
        Value::Null => Vec::new(),
        Value::Array(items) => items.clone(),
        one => vec![one.clone()],
    };
    let mut chosen = Vec::new();
    for each in many.iter().filter(|each| each.as_str() != Some("")) {
        chosen.push(match (of_options, each) {
            (true, each) => option(each)?,
            (false, Value::Number(number)) if field == "value" => json!(number.to_string()),
            (false, each) => each.clone(),
        });
    }
    let value = if is_many { Value::Array(chosen) } else { chosen.into_iter().next().unwrap_or(Value::Null) };
    Some(json!({"type": element.kind, field: value}))
}

/// `state.values` of a message or view.
#[must_use]
pub fn state_values(blocks: &Value, filled: &Filled) -> Value {
    let mut values = Map::new();
    for element in elements(blocks).iter().filter(|element| element.kind != "overflow") {
        let key = (element.block_id.clone(), element.action_id.clone());
        if let Some(state) = filled.get(&key).cloned().or_else(|| initial_state(element))
            && let Value::Object(block) = values.entry(&element.block_id).or_insert_with(|| json!({}))
        {
            block.insert(element.action_id.clone(), state);
        }
    }
    Value::Object(values)
}
