//! Reduces a server's error response to one readable line and a code, if any.

use super::json;
use crate::model::sanitize;
use serde_json::Value;

/// The most characters of a message, less than an error page.
const LONGEST: usize = 2_000;

/// The message of an error response.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct ErrorBody {
    /// The server's code, such as `PLAN_LIMITS_EXCEEDED`.
    pub(super) code: Option<String>,
    /// The message on one line; may be empty.
    pub(super) message: String,
    /// Whether it has the form of the API's errors, a JSON object. A page of a proxy has another.
    pub(super) is_of_api: bool,
}

/// Reads the formats of the API and its gateways, in the Checkly CLI's order: `{statusCode, error, message}`,
/// `{error}`, `{message, errorCode}`, plain text or HTML; and `{message}` alone.
pub(super) fn parse(body: &[u8]) -> ErrorBody {
    match json::read::<Value>(body) {
        Ok(Value::Object(object)) => {
            let text = |key: &str| object.get(key).and_then(text_of);
            let complete = object.contains_key("statusCode") && object.contains_key("message");
            ErrorBody {
                code: ["errorCode", "code"]
                    .iter()
                    .find_map(|key| object.get(*key)?.as_str())
                    .map(readable)
                    .filter(|code| !code.is_empty()),
                message: if object.contains_key("error") && !complete {
                    text("error").or_else(|| text("message"))
                } else {
                    text("message").or_else(|| text("error"))
                }
                .unwrap_or_default(),
                is_of_api: true,
            }
        }
        Ok(Value::String(text)) => plain(&text),
        Ok(_) => ErrorBody::default(), // a list, a number, null: nothing a person could read
        Err(_) => plain(&String::from_utf8_lossy(body)),
    }
}

fn plain(text: &str) -> ErrorBody {
    ErrorBody {
        code: None,
        message: readable(text),
        is_of_api: false,
    }
}

/// The text of a value: itself, or the message inside it.
fn text_of(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => readable(text),
        Value::Object(inner) => readable(inner.get("message")?.as_str()?),
        _ => return None,
    };
    Some(text).filter(|text| !text.is_empty())
}

/// Text on one line: HTML reduced to its words, without control and bidirectional characters, truncated.
pub(super) fn readable(text: &str) -> String {
    let text = text.trim_start();
    let text = if looks_like_html(text) {
        &without_tags(text)
    } else {
        text
    };
    let mut line = sanitize::one_line(text);
    if let Some((cut, _)) = line.char_indices().nth(LONGEST) {
        line.truncate(cut);
        line.push('…');
    }
    line
}

fn looks_like_html(text: &str) -> bool {
    let start = text.get(..14).unwrap_or(text).to_ascii_lowercase();
    start.starts_with("<!doctype html")
        || ["<html", "<head", "<body"]
            .iter()
            .any(|tag| start.starts_with(tag))
}

/// A page's title, or else its text.
fn without_tags(page: &str) -> String {
    let lower = page.to_ascii_lowercase();
    let title = lower
        .find("<title>")
        .map(|at| at + "<title>".len())
        .and_then(|from| {
            let to = from + lower[from..].find("</title>")?;
            page.get(from..to)
        })
        .filter(|title| !title.trim().is_empty());
    if let Some(title) = title {
        return title.to_owned();
    }
    let mut text = String::new();
    for piece in page.split('<') {
        let (_tag, words) = piece.split_once('>').unwrap_or(("", piece));
        text.push_str(words);
        text.push(' ');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(body: &str) -> String {
        parse(body.as_bytes()).message
    }

    #[test]
    fn each_format_gives_its_message() {
        assert_eq!(
            message(
                r#"{"statusCode":409,"error":"Conflict","message":"A deployment is in progress."}"#
            ),
            "A deployment is in progress."
        );
        assert_eq!(message(r#"{"error":"Invalid API key"}"#), "Invalid API key");
        assert_eq!(message(r#"{"error":{"message":"inner"}}"#), "inner");
        assert_eq!(
            message(r#"{"message":"No such plan","errorCode":"X"}"#),
            "No such plan"
        );
        assert_eq!(message("upstream connect error"), "upstream connect error");
        assert_eq!(message(r#""just a string""#), "just a string");
        assert_eq!(message(r#"{"message":"alone"}"#), "alone");
    }

    #[test]
    fn without_a_status_code_the_error_comes_before_the_message() {
        // The CLI's second shape wins over its third.
        let body = r#"{"error":"first","message":"second","errorCode":"X"}"#;
        assert_eq!(message(body), "first");
        let body = r#"{"error":7,"message":"second"}"#;
        assert_eq!(message(body), "second");
    }

    #[test]
    fn a_code_is_found_at_any_position() {
        let code = |body: &str| parse(body.as_bytes()).code;
        assert_eq!(
            code(r#"{"message":"m","errorCode":"LIMIT"}"#).as_deref(),
            Some("LIMIT")
        );
        let body = r#"{"statusCode":402,"error":"Payment Required","message":"m","code":"PLAN"}"#;
        assert_eq!(code(body).as_deref(), Some("PLAN"));
        assert_eq!(code(r#"{"message":"m","errorCode":7}"#), None);
    }

    #[test]
    fn a_body_without_a_message_gives_an_empty_one() {
        for body in ["", "  \n", "null", "[]", "7", "{}", r#"{"message":null}"#] {
            assert_eq!(message(body), "", "{body:?}");
        }
    }

    #[test]
    fn only_a_json_object_is_of_the_api() {
        let is_of_api = |body: &str| parse(body.as_bytes()).is_of_api;
        for body in [
            r#"{"message":"m"}"#,
            "{}",
            "\u{feff}{\"error\":\"\\ud800\"}",
        ] {
            assert!(is_of_api(body), "{body}");
        }
        for body in ["", "no", "<html></html>", "[]", r#""no""#, "null"] {
            assert!(!is_of_api(body), "{body}");
        }
    }

    #[test]
    fn a_page_is_reduced_to_its_title_or_text() {
        let page = "<!DOCTYPE html>\n<html><head><TITLE>502 Bad\nGateway</TITLE></head><body>x</body></html>";
        assert_eq!(message(page), "502 Bad Gateway");
        let page = "\n<html><body><h1>Sorry</h1><p>Come <b>back</b></p></body></html>";
        assert_eq!(message(page), "Sorry Come back");
        assert_eq!(message("<html><title></title>İ<body>x<"), "İ x");
        assert_eq!(message("a < b and b > c"), "a < b and b > c");
    }

    #[test]
    fn no_terminal_control_remains() {
        assert_eq!(readable("a\x1b[2J\u{9b}b\r\n\tc\u{202e}d\0"), "ab cd");
    }

    #[test]
    fn invalid_utf_8_is_shown_as_replacement_characters() {
        assert_eq!(parse(b"bad \xff byte").message, "bad \u{fffd} byte");
    }

    #[test]
    fn a_long_text_is_truncated_between_characters() {
        let text = readable(&"ü".repeat(3_000));
        assert_eq!(text.chars().count(), LONGEST + 1);
        assert!(text.ends_with('…'));
    }
}
