//! Every limit of Block Kit that we know, for what the published validators catch and what they miss. It reads the
//! finished JSON and shares nothing with the renderer but the numbers.

use super::limits::{
    BUDGET, BUTTON, CHECKS, CONFIRM_BUTTON, CONFIRM_TEXT, CONFIRM_TITLE, ELEMENTS, FALLBACK, HEADER, ID, LABEL,
    MAX_TEXT, MESSAGE_BLOCKS, METADATA, OPTION, OPTION_VALUE, OPTIONS, PLACEHOLDER, TITLE, VALUE, VIEW_BLOCKS,
    VIEW_BYTES,
};
use serde_json::Value;
use std::collections::BTreeSet;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Surface {
    Message,
    Modal,
    Home,
    /// The answer to a field that is found by typing.
    Options,
}

/// What is wrong, and where. Carries none of the words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {rule}")]
pub struct Violation {
    pub path: String,
    pub rule: &'static str,
}

/// Every violation in `value`: a message, a view, or an answer with options. None means that Slack takes it.
#[must_use]
pub fn lint(value: &Value, surface: Surface) -> Vec<Violation> {
    let mut lint = Lint { surface, found: Vec::new(), text: 0, focused: 0, tables: 0, markdown: 0 };
    match surface {
        Surface::Message => lint.message(value),
        Surface::Modal | Surface::Home => lint.view(value),
        Surface::Options => lint.options(&value["options"], "/options", 0, OPTIONS),
    }
    lint.found
}

struct Lint {
    surface: Surface,
    found: Vec<Violation>,
    /// Characters of all text in blocks.
    text: usize,
    focused: usize,
    tables: usize,
    markdown: usize,
}

const IMAGE_URL: usize = 3000;
const ALT_TEXT: usize = 2000;
const MARKDOWN: usize = 12_000;

impl Lint {
    fn check(&mut self, holds: bool, path: &str, rule: &'static str) {
        if !holds {
            self.found.push(Violation { path: path.to_owned(), rule });
        }
    }

    fn message(&mut self, message: &Value) {
        let text = message["text"].as_str().unwrap_or_default();
        self.check(!text.trim().is_empty(), "/text", "a message needs a plain-text fallback");
        self.check(count(text) <= FALLBACK, "/text", "at most 4,000 characters");
        self.blocks(&message["blocks"], MESSAGE_BLOCKS);
        self.check(self.text <= BUDGET, "/blocks", "at most 9,000 characters in all blocks");
    }

    fn view(&mut self, view: &Value) {
        let is_modal = self.surface == Surface::Modal;
        self.check(view["type"] == if is_modal { "modal" } else { "home" }, "/type", "the type of the surface");
        self.blocks(&view["blocks"], VIEW_BLOCKS);
        self.check(view.to_string().len() <= VIEW_BYTES, "", "at most 250 kB");
        self.within(&view["private_metadata"], "/private_metadata", 0, METADATA);
        self.within(&view["callback_id"], "/callback_id", 1, ID);
        self.within(&view["external_id"], "/external_id", 0, ID);
        if !is_modal {
            return;
        }
        self.check(view["title"].is_object(), "/title", "a modal needs a title");
        for name in ["title", "submit", "close"] {
            self.plain(&view[name], &format!("/{name}"), TITLE);
        }
        let asks = items(&view["blocks"]).any(|block| block["type"] == "input");
        self.check(!asks || view["submit"].is_object(), "/submit", "a modal with input needs a submit button");
    }

    fn blocks(&mut self, blocks: &Value, limit: usize) {
        let Some(all) = blocks.as_array() else {
            return self.check(blocks.is_null() && self.surface == Surface::Message, "/blocks", "a list of blocks");
        };
        self.check((1..=limit).contains(&all.len()), "/blocks", "1 to 50 blocks, 100 in a view");
        let mut ids = BTreeSet::new();
        for (at, block) in all.iter().enumerate() {
            let path = format!("/blocks/{at}");
            if let Some(id) = block["block_id"].as_str() {
                self.within(&block["block_id"], &path, 1, ID);
                self.check(ids.insert(id), &path, "a block_id stands once");
            }
            self.block(block, &path);
        }
        self.check(self.focused <= 1, "/blocks", "at most one element has the focus");
        self.check(self.tables <= 1, "/blocks", "at most one table");
        self.check(self.markdown <= MARKDOWN, "/blocks", "at most 12,000 characters of markdown");
    }

    fn block(&mut self, block: &Value, path: &str) {
        match block["type"].as_str().unwrap_or_default() {
            "header" => self.plain_needed(&block["text"], path, HEADER),
            "section" => self.section(block, path),
            "actions" => self.elements(&block["elements"], path, ELEMENTS),
            "context" => {
                let all: Vec<&Value> = items(&block["elements"]).collect();
                self.check((1..=10).contains(&all.len()), path, "1 to 10 elements in a context");
                for element in all {
                    match element["type"].as_str() {
                        Some("image") => self.image(element, path),
                        _ => self.any_text(element, path, MAX_TEXT),
                    }
                }
            }
            "context_actions" => self.elements(&block["elements"], path, 5),
            "divider" | "rich_text" => {}
            "image" => self.image(block, path),
            "input" => self.input(block, path),
            "file" => self.check(self.surface == Surface::Message, path, "files stand in messages only"),
            "video" => self.check(count_of(&block["title"]["text"]) < 200, path, "a video's title is under 200"),
            "markdown" => {
                self.check(self.surface == Surface::Message, path, "markdown stands in messages only");
                self.markdown += count_of(&block["text"]);
                self.text += count_of(&block["text"]);
            }
            "table" => {
                self.tables += 1;
                self.check(self.surface == Surface::Message, path, "tables stand in messages only");
                let rows: Vec<&Value> = items(&block["rows"]).collect();
                let is_small = rows.iter().all(|row| items(row).count() <= 20);
                self.check(rows.len() <= 100 && is_small, path, "a table has at most 100 rows of 20 columns");
            }
            _ => self.check(false, path, "a type of block that every client shows"),
        }
    }

    fn section(&mut self, block: &Value, path: &str) {
        let fields: Vec<&Value> = items(&block["fields"]).collect();
        self.check(block["text"].is_object() || !fields.is_empty(), path, "a section needs text or fields");
        if block["text"].is_object() {
            self.any_text(&block["text"], path, MAX_TEXT);
        }
        self.check(fields.len() <= 10, path, "at most 10 fields in a section");
        for field in fields {
            self.any_text(field, path, 2000);
        }
        if block["accessory"].is_object() {
            self.element(&block["accessory"], &format!("{path}/accessory"), false);
        }
    }

    fn image(&mut self, image: &Value, path: &str) {
        self.within(&image["image_url"], path, 1, IMAGE_URL);
        self.check(image["alt_text"].is_string(), path, "an image needs alt_text");
        self.within(&image["alt_text"], path, 0, ALT_TEXT);
        self.plain(&image["title"], path, 2000);
    }

    fn input(&mut self, block: &Value, path: &str) {
        self.plain_needed(&block["label"], path, LABEL);
        self.plain(&block["hint"], path, LABEL);
        let element = &block["element"];
        self.check(element["type"] != "button" && element["type"] != "overflow", path, "an input is no button");
        self.element(element, &format!("{path}/element"), true);
    }

    fn elements(&mut self, elements: &Value, path: &str, limit: usize) {
        let all: Vec<&Value> = items(elements).collect();
        self.check((1..=limit).contains(&all.len()), path, "1 to 25 elements");
        let mut ids = BTreeSet::new();
        for (at, element) in all.into_iter().enumerate() {
            let path = format!("{path}/elements/{at}");
            if let Some(id) = element["action_id"].as_str() {
                self.check(ids.insert(id), &path, "an action_id stands once in its block");
            }
            self.element(element, &path, false);
        }
    }

    fn element(&mut self, element: &Value, path: &str, is_input: bool) {
        self.within(&element["action_id"], path, 1, ID);
        self.plain(&element["placeholder"], path, PLACEHOLDER);
        self.focused += usize::from(element["focus_on_load"] == true);
        self.confirm(&element["confirm"], path);
        match element["type"].as_str().unwrap_or_default() {
            "button" | "workflow_button" => self.button(element, path),
            "image" => self.image(element, path),
            "overflow" => self.options(&element["options"], path, 1, 5),
            "static_select" | "multi_static_select" => self.select(element, path),
            "checkboxes" | "radio_buttons" => {
                self.options(&element["options"], path, 1, CHECKS);
                self.initial(element, path);
            }
            "external_select" | "multi_external_select" => {
                for option in initials(element) {
                    self.option(option, path);
                }
            }
            "plain_text_input" => self.line(element, path, is_input),
            "number_input" => self.number(element, path, is_input),
            "datepicker" => self.shaped(&element["initial_date"], path, "dddd-dd-dd"),
            "timepicker" => self.shaped(&element["initial_time"], path, "dd:dd"),
            "file_input" => {
                self.check(self.surface != Surface::Message && is_input, path, "a file_input stands in a view only");
            }
            "users_select"
            | "multi_users_select"
            | "conversations_select"
            | "multi_conversations_select"
            | "channels_select"
            | "multi_channels_select"
            | "datetimepicker"
            | "email_text_input"
            | "url_text_input"
            | "rich_text_input"
            | "feedback_buttons"
            | "icon_button" => {}
            _ => self.check(false, path, "a known element"),
        }
    }

    fn button(&mut self, button: &Value, path: &str) {
        self.plain_needed(&button["text"], path, BUTTON);
        self.within(&button["value"], path, 0, VALUE);
        self.within(&button["url"], path, 0, 3000);
        self.within(&button["accessibility_label"], path, 1, BUTTON);
        let style = &button["style"];
        self.check(style.is_null() || style == "primary" || style == "danger", path, "primary, danger or no style");
    }

    fn confirm(&mut self, confirm: &Value, path: &str) {
        if confirm.is_null() {
            return;
        }
        self.plain_needed(&confirm["title"], path, CONFIRM_TITLE);
        self.any_text(&confirm["text"], path, CONFIRM_TEXT);
        self.plain_needed(&confirm["confirm"], path, CONFIRM_BUTTON);
        self.plain_needed(&confirm["deny"], path, CONFIRM_BUTTON);
    }

    fn line(&mut self, element: &Value, path: &str, is_input: bool) {
        self.check(is_input, path, "text is typed in an input block");
        let longest = element["max_length"].as_u64().unwrap_or(MAX_TEXT as u64);
        let shortest = element["min_length"].as_u64().unwrap_or(0);
        self.check((1..=MAX_TEXT as u64).contains(&longest) && shortest <= longest, path, "max_length 1 to 3000");
        let initial = count_of(&element["initial_value"]) as u64;
        self.check(initial <= longest, path, "the initial value is within max_length");
    }

    fn number(&mut self, element: &Value, path: &str, is_input: bool) {
        self.check(is_input, path, "a number is typed in an input block");
        self.check(element["is_decimal_allowed"].is_boolean(), path, "is_decimal_allowed is needed");
        let read = |name: &str| element[name].as_str().map(str::parse::<f64>);
        let bound = |name: &str, otherwise: f64| match read(name) {
            None => Some(otherwise),
            Some(Ok(number)) => Some(number),
            Some(Err(_)) => None,
        };
        let (low, high) = (bound("min_value", f64::MIN), bound("max_value", f64::MAX));
        let holds = match (low, high) {
            (Some(low), Some(high)) => {
                low <= high && bound("initial_value", low).is_some_and(|it| (low..=high).contains(&it))
            }
            _ => false,
        };
        self.check(holds, path, "the numbers are numbers, and in order");
    }

    fn select(&mut self, element: &Value, path: &str) {
        let groups: Vec<&Value> = items(&element["option_groups"]).collect();
        if groups.is_empty() {
            self.options(&element["options"], path, 1, OPTIONS);
        } else {
            self.check(groups.len() <= OPTIONS, path, "at most 100 groups");
            for group in groups {
                self.plain_needed(&group["label"], path, OPTION);
                self.options(&group["options"], path, 1, OPTIONS);
            }
        }
        self.initial(element, path);
    }

    fn options(&mut self, options: &Value, path: &str, least: usize, most: usize) {
        let all: Vec<&Value> = items(options).collect();
        let holds = options.is_array() && (least..=most).contains(&all.len());
        self.check(holds, path, "as many options as the element takes");
        let mut values = BTreeSet::new();
        for option in all {
            self.option(option, path);
            self.check(values.insert(option["value"].as_str()), path, "an option's value stands once");
        }
    }

    fn option(&mut self, option: &Value, path: &str) {
        self.any_text(&option["text"], path, OPTION);
        self.check(option["value"].is_string(), path, "an option needs a value");
        self.within(&option["value"], path, 1, OPTION_VALUE);
        self.plain(&option["description"], path, OPTION);
    }

    /// What is chosen at first is one of the options, exactly as it stands there.
    fn initial(&mut self, element: &Value, path: &str) {
        let mut offered: Vec<&Value> = items(&element["options"]).collect();
        offered.extend(items(&element["option_groups"]).flat_map(|group| items(&group["options"])));
        let holds = initials(element).all(|initial| offered.contains(&initial));
        self.check(holds, path, "an initial option is one of the options");
        let list = &element["initial_options"];
        self.check(list.is_null() || items(list).next().is_some(), path, "initial options are absent rather than none");
    }

    fn shaped(&mut self, value: &Value, path: &str, shape: &str) {
        let fits = |text: &str| {
            text.len() == shape.len()
                && text
                    .bytes()
                    .zip(shape.bytes())
                    .all(|(it, of)| if of == b'd' { it.is_ascii_digit() } else { it == of })
        };
        self.check(value.is_null() || value.as_str().is_some_and(fits), path, "a date or time as Slack writes it");
    }

    fn plain_needed(&mut self, text: &Value, path: &str, limit: usize) {
        self.check(text.is_object(), path, "text is needed");
        self.plain(text, path, limit);
    }

    fn plain(&mut self, text: &Value, path: &str, limit: usize) {
        if text.is_null() {
            return;
        }
        self.check(text["type"] == "plain_text", path, "plain_text is needed");
        self.any_text(text, path, limit);
    }

    fn any_text(&mut self, text: &Value, path: &str, limit: usize) {
        let is_markup = text["type"] == "mrkdwn";
        self.check(is_markup || text["type"] == "plain_text", path, "plain_text or mrkdwn");
        self.check(!is_markup || text["verbatim"] == true, path, "markup is verbatim");
        let words = text["text"].as_str().unwrap_or_default();
        self.check(!words.trim().is_empty() && count(words) <= limit, path, "text of 1 character to the limit");
        self.text += count(words);
    }

    fn within(&mut self, value: &Value, path: &str, least: usize, most: usize) {
        if value.is_null() {
            return;
        }
        let holds = value.as_str().is_some_and(|text| (least..=most).contains(&count(text)));
        self.check(holds, path, "a string within its limit");
    }
}

fn initials(element: &Value) -> impl Iterator<Item = &Value> {
    let single = Some(&element["initial_option"]).filter(|option| !option.is_null());
    single.into_iter().chain(items(&element["initial_options"]))
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// Code points; Slack's own unit is unproven [U].
fn count(text: &str) -> usize {
    text.chars().count()
}

fn count_of(value: &Value) -> usize {
    value.as_str().map_or(0, count)
}
