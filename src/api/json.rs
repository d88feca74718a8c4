//! JSON as JavaScript writes and reads it: with a byte order mark, lone surrogates, and repeated keys, of which the last counts.

use serde::de::DeserializeOwned;
use serde_json::Value;
use std::borrow::Cow;

/// Reads JSON. Text after complete JSON is an error.
pub(super) fn read<T: DeserializeOwned>(bytes: &[u8]) -> serde_json::Result<T> {
    let text = String::from_utf8_lossy(bytes);
    let text = text.trim_start_matches('\u{feff}');
    serde_json::from_str(text).or_else(|error| {
        if error.is_eof() {
            return Err(error);
        }
        // Slower, and only for what serde rejects: a lone surrogate is an error, and so is a repeated key of a struct.
        let value: Value = serde_json::from_str(&without_lone_surrogates(text))?;
        serde_json::from_value(value)
    })
}

/// The text with `\ufffd` instead of each escaped surrogate without its other half.
fn without_lone_surrogates(text: &str) -> Cow<'_, str> {
    let bytes = text.as_bytes();
    let unit = |at: usize| {
        let digits = text.get(at..at + 6)?.strip_prefix("\\u")?;
        u16::from_str_radix(digits, 16).ok()
    };
    let (mut mended, mut at) = (None, 0);
    while let Some(found) = bytes
        .get(at..)
        .and_then(|rest| rest.iter().position(|byte| *byte == b'\\'))
    {
        at += found;
        at += match (unit(at), unit(at + 6)) {
            (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => 12,
            (Some(0xd800..=0xdfff), _) => {
                let mended: &mut String = mended.get_or_insert_with(|| text.to_owned());
                mended.replace_range(at..at + 6, "\\ufffd");
                6
            }
            _ => 2,
        };
    }
    mended.map_or(Cow::Borrowed(text), Cow::Owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize, PartialEq)]
    struct Named {
        id: String,
    }

    fn id(json: &str) -> Option<String> {
        read::<Named>(json.as_bytes()).ok().map(|named| named.id)
    }

    #[test]
    fn a_lone_surrogate_becomes_a_replacement_character() {
        // node -p 'JSON.stringify("\ud800x")' prints "\ud800x" in quotes.
        for (json, expected) in [
            (r#"{"id":"\ud800x"}"#, "\u{fffd}x"),
            (r#"{"id":"x\udc00"}"#, "x\u{fffd}"),
            (r#"{"id":"\udc00\ud800"}"#, "\u{fffd}\u{fffd}"),
            (r#"{"id":"\ud83d\ude00\ud800"}"#, "😀\u{fffd}"),
            (r#"{"id":"\ud83d\ud83d\ude00"}"#, "\u{fffd}😀"),
            (r#"{"id":"\\ud800","x":"\ud800"}"#, r"\ud800"),
        ] {
            assert_eq!(id(json).as_deref(), Some(expected), "{json}");
        }
    }

    #[test]
    fn the_last_of_repeated_keys_counts() {
        // node -p 'JSON.parse(`{"id":"a","id":"b"}`).id' prints b.
        assert_eq!(id(r#"{"id":"a","id":"b"}"#).as_deref(), Some("b"));
    }

    #[test]
    fn a_byte_order_mark_is_skipped() {
        assert_eq!(id("\u{feff}{\"id\":\"a\"}").as_deref(), Some("a"));
    }

    #[test]
    fn large_numbers_are_read() {
        let json = r#"{"id":"a","n":12345678901234567890123,"m":1e308}"#;
        assert_eq!(id(json).as_deref(), Some("a"));
        assert!(read::<Value>(json.as_bytes()).is_ok());
    }

    #[test]
    fn anything_else_is_an_error() {
        for json in [
            "",
            "{",
            r#"{"id":"\ud8"#,
            r#"{"id":"\ud8zz"}"#,
            r#"{"id":7}"#,
            "{} x",
            "<html>",
        ] {
            assert_eq!(id(json), None, "{json}");
        }
        assert!(read::<Named>(br#"{"id":"\ud800"#).unwrap_err().is_eof());
    }
}
