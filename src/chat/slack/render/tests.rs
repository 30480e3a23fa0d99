use super::*;
use crate::{
    domain::Instant,
    message::{
        Action, Address, Block, Button, Card, Choice, Field, FieldKind, Form, Home, Platform, Span, Style, Text, Verb,
    },
};
use chrono::DateTime;
use proptest::prelude::*;
use serde_json::{Value, json};

/// What somebody would write who wants more than to be read.
fn fragment() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-zäöß]{1,12}",
        2 => Just(" ".to_owned()),
        1 => prop::sample::select(vec![
            "<!channel>", "<!here|x>", "<@U999>", "<#C9|c>", "<https://evil.example|click>", "<mailto:a@b.c>", "&lt;",
            "&", "<", ">", "|", "*", "_", "`", "~", "```", "\n", "\r\n", "\t", "\u{202E}", "\u{2066}", "\u{0}", "\u{7}",
            "\u{85}", "\u{2028}", "👩‍👩‍👧‍👦", "🇩🇪", "é́́́", "@here", "#general", "https://evil.example/a?b=<c>",
        ]).prop_map(str::to_owned),
        1 => ("[a-z&<]", 1usize..3500).prop_map(|(letter, times)| letter.repeat(times)),
        1 => ("[a-z<&]{1,9} ", 1usize..500).prop_map(|(word, times)| word.repeat(times)),
    ]
}

fn hostile() -> impl Strategy<Value = String> {
    prop::collection::vec(fragment(), 0..8).prop_map(|all| all.concat())
}

fn address() -> impl Strategy<Value = Address> {
    "U[A-Z0-9]{1,9}|<!here>|u1|".prop_map(|id| Address::new(Platform::Slack, id))
}

fn instant() -> impl Strategy<Value = Instant> {
    (0i64..4_000_000_000).prop_map(|at| DateTime::from_timestamp(at, 0).unwrap_or_default())
}

fn url() -> impl Strategy<Value = String> {
    prop_oneof![
        "https://example\\.org/[a-z]{1,9}\\?a=1&b=[0-9]{1,9}",
        "(javascript:|https://a\\.b/[|<> ]|data:|ftp://)[a-z]{0,9}",
        (1usize..3000).prop_map(|times| format!("https://example.org/{}", "&".repeat(times))),
    ]
}

fn span() -> impl Strategy<Value = Span> {
    prop_oneof![
        3 => hostile().prop_map(Span::Plain),
        1 => hostile().prop_map(Span::Bold),
        1 => hostile().prop_map(Span::Italic),
        1 => hostile().prop_map(Span::Code),
        1 => (address(), hostile()).prop_map(|(address, name)| Span::Person { address, name }),
        1 => (address(), hostile()).prop_map(|(address, name)| Span::Channel { address, name }),
        1 => (instant(), hostile()).prop_map(|(at, fallback)| Span::Time { at, fallback }),
        1 => (hostile(), url()).prop_map(|(label, url)| Span::Link { label, url }),
    ]
}

fn text() -> impl Strategy<Value = Text> {
    prop::collection::vec(span(), 0..6).prop_map(Text)
}

fn button() -> impl Strategy<Value = Button> {
    let action = (0..Verb::ALL.len(), hostile()).prop_map(|(verb, subject)| Action::new(Verb::ALL[verb], subject));
    let style = prop::sample::select(vec![Style::Normal, Style::Primary, Style::Danger]);
    (hostile(), action, style, prop::option::of(hostile()), prop::option::of(hostile())).prop_map(
        |(label, action, style, accessible, confirm)| Button {
            label: label.into(),
            action,
            style,
            accessible,
            confirm,
        },
    )
}

fn block() -> impl Strategy<Value = Block> {
    let buttons = || prop::collection::vec(button(), 0..30);
    prop_oneof![
        hostile().prop_map(Block::Header),
        text().prop_map(Block::Text),
        (text(), buttons()).prop_map(|(text, buttons)| Block::Item { text, buttons }),
        buttons().prop_map(Block::Buttons),
        text().prop_map(Block::Note),
        Just(Block::Divider),
    ]
}

fn blocks() -> impl Strategy<Value = Vec<Block>> {
    prop_oneof![3 => prop::collection::vec(block(), 0..9), 1 => (block(), 0usize..120).prop_map(|(it, n)| vec![it; n])]
}

fn card() -> impl Strategy<Value = Card> {
    (hostile(), blocks()).prop_map(|(summary, blocks)| Card { summary, blocks })
}

fn choices() -> impl Strategy<Value = Vec<Choice>> {
    prop::collection::vec((hostile(), hostile()).prop_map(|(label, value)| Choice { label, value }), 0..130)
}

fn kind() -> impl Strategy<Value = FieldKind> {
    let words = || (hostile(), hostile(), any::<u32>());
    prop_oneof![
        words().prop_map(|(initial, placeholder, max)| FieldKind::Line { initial, placeholder, max }),
        words().prop_map(|(initial, placeholder, max)| FieldKind::Paragraph { initial, placeholder, max }),
        (prop::option::of(any::<i64>()), any::<i64>(), any::<i64>())
            .prop_map(|(initial, min, max)| FieldKind::Number { initial, min, max }),
        prop::option::of(instant()).prop_map(|at| FieldKind::Date { initial: at.map(|at| at.date_naive()) }),
        prop::option::of(instant()).prop_map(|at| FieldKind::Time { initial: at.map(|at| at.time()) }),
        (choices(), any::<prop::sample::Index>()).prop_map(|(choices, at)| {
            let initial = (!choices.is_empty()).then(|| at.get(&choices).value.clone());
            FieldKind::Select { choices, initial }
        }),
        choices().prop_map(|choices| FieldKind::Checks {
            initial: choices.iter().step_by(3).map(|choice| choice.value.clone()).collect(),
            choices,
        }),
        prop::collection::vec(hostile(), 0..130).prop_map(|initial| FieldKind::Skills { initial }),
        prop::option::of(hostile()).prop_map(|initial| FieldKind::Person { initial }),
    ]
}

fn field() -> impl Strategy<Value = Field> {
    (hostile(), hostile(), prop::option::of(hostile()), any::<(bool, bool)>(), kind()).prop_map(
        |(name, label, hint, (is_optional, is_live), kind)| Field { name, label, hint, is_optional, is_live, kind },
    )
}

fn any_form() -> impl Strategy<Value = Form> {
    (hostile(), hostile(), hostile(), blocks(), prop::collection::vec(field(), 0..12), blocks()).prop_map(
        |(title, submit, subject, intro, fields, outro)| {
            let action = Action::new(Verb::SubmitPost, subject);
            Form { title, submit, action, intro, fields, outro }
        },
    )
}

fn read(json: &[u8]) -> Value {
    serde_json::from_slice(json).unwrap()
}

fn as_json(message: &Message) -> Value {
    read(&message.body(&json!({})))
}

/// All markup of a message, in order.
fn markup_of(message: &Value) -> Vec<String> {
    let blocks = message["blocks"].as_array().unwrap().iter();
    blocks
        .flat_map(|block| [&block["text"], &block["elements"][0]])
        .filter(|text| text["type"] == "mrkdwn")
        .map(|text| text["text"].as_str().unwrap().to_owned())
        .collect()
}

/// What Slack would make live in `markup`, and the words around it with the three characters read back. Written from
/// Slack's rules, not from ours.
fn read_back(markup: &str) -> (Vec<String>, String) {
    let (mut live, mut words) = (Vec::new(), String::new());
    let mut rest = markup;
    while let Some(letter) = rest.chars().next() {
        if letter == '<' {
            let end = rest.find('>').expect("every token ends");
            assert!(!rest[1..end].contains('<'), "a token within a token: {rest}");
            let inner = &rest[1..end];
            live.push(inner.split('|').next().unwrap().to_owned());
            words.push_str(inner.split_once('|').map_or("", |(_, label)| label));
            rest = &rest[end + 1..];
            continue;
        }
        assert_ne!(letter, '>', "an end without a beginning");
        let entity =
            [("&amp;", '&'), ("&lt;", '<'), ("&gt;", '>')].into_iter().find(|(name, _)| rest.starts_with(name));
        assert!(letter != '&' || entity.is_some(), "an ampersand that is not escaped: {rest}");
        words.push(entity.map_or(letter, |(_, letter)| letter));
        rest = &rest[entity.map_or(letter.len_utf8(), |(name, _)| name.len())..];
    }
    (live, words)
}

fn is_plain_id(id: &str) -> bool {
    id.len() > 1 && id.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

/// What we meant to be live.
fn meant(text: &Text) -> Vec<String> {
    let live = |span: &Span| match span {
        Span::Person { address, .. } if is_plain_id(&address.id) => Some(format!("@{}", address.id)),
        Span::Channel { address, .. } if is_plain_id(&address.id) => Some(format!("#{}", address.id)),
        Span::Time { at, .. } => Some(format!("!date^{}^{{date_long}} at {{time}}", at.timestamp())),
        Span::Link { url, .. } if url.contains("?a=1") => Some(url.replace('&', "&amp;")),
        // Escaped, such an address takes five characters for one; where it is too long it is only told.
        Span::Link { url, .. } if url.starts_with("https://example.org/&") && url.len() < 500 => {
            Some(url.replace('&', "&amp;"))
        }
        _ => None,
    };
    text.0.iter().filter_map(live).collect()
}

fn letters(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_whitespace() && !text::is_dropped(*letter)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn every_card_keeps_every_limit(card in card()) {
        let all = messages(&card);
        prop_assert!(!all.is_empty());
        for message in &all {
            prop_assert_eq!(lint(&as_json(message), Surface::Message), vec![]);
        }
    }

    #[test]
    fn every_form_keeps_every_limit(any_form in any_form()) {
        let view = read(&form(&any_form));
        prop_assert_eq!(lint(&view, Surface::Modal), vec![]);
    }

    #[test]
    fn every_home_keeps_every_limit(blocks in blocks()) {
        let view = read(&home(&Home { blocks }));
        prop_assert_eq!(lint(&view, Surface::Home), vec![]);
    }

    #[test]
    fn every_list_of_choices_keeps_every_limit(choices in choices()) {
        let answer = read(&options(&choices));
        prop_assert_eq!(lint(&answer, Surface::Options), vec![]);
    }

    #[test]
    fn only_what_we_meant_is_live(text in text(), summary in hostile()) {
        let mut expected = meant(&text);
        let card = Card::new(summary).text(text);
        let mut found = Vec::new();
        for message in messages(&card) {
            let message = as_json(&message);
            for markup in markup_of(&message) {
                found.extend(read_back(&markup).0);
            }
            let (told, _) = read_back(message["text"].as_str().unwrap());
            prop_assert_eq!(told, Vec::<String>::new());
        }
        found.retain(|it| !it.starts_with("https://example.org/&amp;&amp;&amp;"));
        expected.retain(|it| !it.starts_with("https://example.org/&amp;&amp;&amp;"));
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn no_letter_is_lost_or_turned_around_in_a_long_text(words in prop::collection::vec(hostile(), 0..9)) {
        let card = Card::new("News").text(Text(words.iter().cloned().map(Span::Plain).collect()));
        let mut shown = String::new();
        for message in messages(&card) {
            for markup in markup_of(&as_json(&message)) {
                shown.push_str(&read_back(&markup).1);
            }
        }
        let written = letters(&words.concat());
        prop_assert_eq!(letters(&shown), if written.is_empty() { "News".to_owned() } else { written });
    }

    #[test]
    fn no_word_is_cut_however_many_messages_it_takes(
        words in prop::collection::vec("[a-z&<>ö👩‍👩‍👧]{1,40}", 1..1200),
        style in 0..3,
    ) {
        let written = words.join(" ");
        let span = match style { 0 => Span::Plain(written), 1 => Span::Bold(written), _ => Span::Italic(written) };
        let card = Card::new("News").text(Text(vec![span]));
        let mut shown = Vec::new();
        for message in messages(&card) {
            for markup in markup_of(&as_json(&message)) {
                shown.extend(read_back(&markup).1.split_whitespace().map(|word| word.replace(['*', '_'], "")));
            }
        }
        prop_assert_eq!(shown, words);
    }

    #[test]
    fn the_plain_text_tells_all_of_a_card_that_is_short_enough(
        heading in "[a-zA-Z<&]{1,20}", words in "[a-z<>&]{1,9}( [a-z<>&]{1,9}){0,30}", label in "[a-zA-Z&]{1,20}",
    ) {
        let card = Card::new("New for you").header(&heading).item(words.as_str(), vec![Button::run(label.clone(), "find")]);
        let all = messages(&card);
        prop_assert_eq!(all.len(), 1);
        let told = read_back(&all[0].text).1;
        prop_assert_eq!(told, format!("New for you\n{heading}\n{words}\n[{label}]"));
    }

    #[test]
    fn cutting_keeps_within_the_limit(text in hostile(), limit in 1usize..300) {
        let kept = text::cut(&text, limit);
        prop_assert!(kept.chars().count() <= limit);
        prop_assert!(text.starts_with(kept.trim_end_matches('…')));
    }
}

fn shown(card: &Card) -> Value {
    let mut all = messages(card);
    assert_eq!(all.len(), 1);
    as_json(&all.remove(0))
}

#[test]
fn a_card_reads_like_this() {
    let at = DateTime::from_timestamp(1_778_670_000, 0).unwrap();
    let card = Card::new("2 projects for you")
        .header("Rust & <more>")
        .item(
            Text::new()
                .bold("P-142 ")
                .then("by ")
                .span(Span::Person { address: Address::new(Platform::Slack, "U12"), name: "Maya".to_owned() })
                .then(" until ")
                .span(Span::Time { at, fallback: "Wed 13 May, 13:00 (Berlin)".to_owned() }),
            vec![Button::run("Show", "show P-142").primary().accessible("Show P-142")],
        )
        .divider()
        .note(Text::new().code("/mobility help").then(" tells more"));
    let expected = json!({
        "text": "2 projects for you\nRust &amp; &lt;more&gt;\nP-142 by Maya until Wed 13 May, 13:00 (Berlin)\n[Show]\n/mobility help tells more",
        "blocks": [
            {"type": "header", "text": {"type": "plain_text", "text": "Rust & <more>"}},
            {"type": "section", "text": {
                "type": "mrkdwn",
                "text": "*P-142* by <@U12> until <!date^1778670000^{date_long} at {time}|Wed 13 May, 13:00 (Berlin)>",
                "verbatim": true
            }},
            {"type": "actions", "elements": [{
                "type": "button",
                "action_id": "0.run",
                "text": {"type": "plain_text", "text": "Show"},
                "value": "run 0 show P-142",
                "style": "primary",
                "accessibility_label": "Show P-142"
            }]},
            {"type": "divider"},
            {"type": "context", "elements": [
                {"type": "mrkdwn", "text": "`/mobility help` tells more", "verbatim": true}
            ]}
        ]
    });
    assert_eq!(shown(&card), expected);
}

#[test]
fn marks_hold_within_a_line_and_without_blanks_at_their_edges() {
    let text = Text::new().then("a").bold(" b \n\nc").code("x`y");
    assert_eq!(markup_of(&shown(&Card::new("").text(text))), ["a *b* \n\n*c*`x'y`"]);
}

#[test]
fn a_long_digest_becomes_several_messages_and_a_heading_never_stands_alone_at_the_end() {
    let mut card = Card::new("This week");
    for at in 0..30 {
        card = card.header(format!("Part {at}")).text("word ".repeat(160));
    }
    let all = messages(&card);
    assert!(all.len() > 2);
    for message in &all {
        let message = as_json(message);
        let last = message["blocks"].as_array().unwrap().last().unwrap().clone();
        assert_ne!(last["type"], "header");
    }
}

#[test]
fn a_button_whose_meaning_does_not_fit_is_not_shown() {
    let card =
        Card::new("x").text("x").buttons(vec![Button::run("Too much", "a".repeat(2100)), Button::run("Fine", "a")]);
    let message = shown(&card);
    let elements = message["blocks"][1]["elements"].as_array().unwrap().clone();
    assert_eq!(elements.len(), 1);
    assert_eq!(elements[0]["text"]["text"], "Fine");
}

#[test]
fn a_form_that_only_says_something_has_no_submit_button() {
    let view = read(&form(&Form::saying(Card::saying("Sent."))));
    assert_eq!(view["submit"], Value::Null);
    assert_eq!(view["close"]["text"], "Close");
    assert_eq!(view["notify_on_close"], false);
    assert_eq!(view["blocks"][0]["text"]["text"], "Sent.");
}

#[test]
fn the_same_field_has_the_same_names_whatever_is_in_it() {
    let names = |initial: &str| {
        let kind = FieldKind::Line { initial: initial.to_owned(), placeholder: String::new(), max: 80 };
        let action = Action::new(Verb::SubmitPost, "P-1");
        let fields = vec![
            Field::new("title", "Title", kind).live(),
            Field::new("skills", "Skills", FieldKind::Skills { initial: vec![initial.to_owned()] }),
        ];
        let it = Form { title: "Post".into(), submit: "Next".into(), action, intro: vec![], fields, outro: vec![] };
        let view = read(&form(&it));
        let blocks = view["blocks"].as_array().unwrap().clone();
        blocks
            .iter()
            .map(|block| (block["block_id"].clone(), block["element"]["action_id"].clone()))
            .collect::<Vec<_>>()
    };
    assert_eq!(names("one"), names("two"));
    assert_eq!(names("one")[0], (json!("title"), json!("field")));
    assert_eq!(names("one")[1], (json!("skills"), json!("skills")));
}
