//! Slack's own markup in what people write, read back as plain words.

use std::borrow::Cow;

/// Mentions become `<@U123>` and `<#C123>` (without a label), so that a command can read them; links become their label
/// or address, special mentions their name, and the three escaped characters themselves.
///
/// Somebody can type `<@U123>` by hand and it reads the same as a mention: it only *names* a person, and whoever acts on
/// it re-loads and re-authorises.
pub fn to_plain(text: &str) -> Cow<'_, str> {
    if !text.contains(['<', '&']) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['<', '&']) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let taken = if rest.starts_with('<') { token(rest, &mut out) } else { entity(rest, &mut out) };
        rest = &rest[taken..];
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// Takes `text` without every mention of `user`.
pub fn without_mention(text: &str, user: &str) -> String {
    let mention = format!("<@{user}>");
    let kept: Vec<&str> = text.split(&mention).map(str::trim).filter(|part| !part.is_empty()).collect();
    kept.join(" ")
}

fn token(text: &str, out: &mut String) -> usize {
    let Some(end) = text.find('>') else {
        out.push('<');
        return 1;
    };
    let inner = &text[1..end];
    let (target, label) = inner.split_once('|').map_or((inner, None), |(target, label)| (target, Some(label)));
    match target.as_bytes().first() {
        Some(b'@' | b'#') => {
            out.push('<');
            out.push_str(target);
            out.push('>');
        }
        Some(b'!') => match label.filter(|label| !label.is_empty()) {
            Some(label) => unescape(label, out),
            None => {
                out.push('@');
                out.push_str(target[1..].split('^').next().unwrap_or_default());
            }
        },
        _ => unescape(label.filter(|label| !label.is_empty()).unwrap_or(target), out),
    }
    end + 1
}

fn unescape(text: &str, out: &mut String) {
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let taken = entity(rest, out);
        rest = &rest[taken..];
    }
    out.push_str(rest);
}

fn entity(text: &str, out: &mut String) -> usize {
    for (name, character) in [("&amp;", '&'), ("&lt;", '<'), ("&gt;", '>')] {
        if text.starts_with(name) {
            out.push(character);
            return name.len();
        }
    }
    out.push('&');
    1
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn people_channels_and_links_are_readable() {
        assert_eq!(to_plain("1on1 done <@U12|maya>"), "1on1 done <@U12>");
        assert_eq!(to_plain("in <#C1|general> and <#C2>"), "in <#C1> and <#C2>");
        assert_eq!(to_plain("see <https://example.org/a?b=1&amp;c=2>"), "see https://example.org/a?b=1&c=2");
        assert_eq!(to_plain("see <https://example.org|the page>"), "see the page");
        assert_eq!(to_plain("<!here> <!subteam^S1|@team> <!date^1^{date}|12 May>"), "@here @team 12 May");
        assert_eq!(to_plain("hours:&lt;=4 R&amp;D a &lt; b"), "hours:<=4 R&D a < b");
        assert_eq!(to_plain("hours:<=4 plain"), "hours:<=4 plain");
        assert_eq!(to_plain("&amp;lt;"), "&lt;");
    }

    #[test]
    fn our_own_mention_is_not_part_of_what_was_said() {
        assert_eq!(without_mention("<@UBOT> find rust", "UBOT"), "find rust");
        assert_eq!(without_mention("hey <@UBOT>, find", "UBOT"), "hey , find");
        assert_eq!(without_mention("<@U2> hello", "UBOT"), "<@U2> hello");
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "[<>&|@#!a-z;^ ä🙂]{0,60}") {
            let _ = to_plain(&text);
        }

        #[test]
        fn escaped_text_comes_back_as_it_was_written(text in "[a-z<>&;@ ]{0,60}") {
            let sent = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
            prop_assert_eq!(to_plain(&sent), text);
        }
    }
}
