//! Removes white space from JSON text and changes nothing else. Not a parser: the text must be valid JSON.

/// Appends `json` to `out` without the white space outside its strings. Numbers, escapes, and the order of keys stay
/// the same.
pub(super) fn compact(json: &str, out: &mut Vec<u8>) {
    let mut in_string = false;
    let mut escaped = false;
    let mut copied = 0;
    for (at, byte) in json.bytes().enumerate() {
        if in_string {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_string = false,
                _ => {}
            }
        } else if byte == b'"' {
            in_string = true;
        } else if byte.is_ascii_whitespace() {
            out.extend_from_slice(&json.as_bytes()[copied..at]);
            copied = at + 1;
        }
    }
    out.extend_from_slice(&json.as_bytes()[copied..]);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compacted(json: &str) -> String {
        let mut out = Vec::new();
        compact(json, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn removes_white_space_between_tokens_only() {
        assert_eq!(
            compacted("{ \"a b\" :\t[ 1 ,\r\n 2 ] , \"c\": { } }"),
            r#"{"a b":[1,2],"c":{}}"#
        );
    }

    #[test]
    fn keeps_numbers_and_escapes_as_written() {
        let json = r#"[1.0,1e5,-0,12345678901234567890123,"\u00e9\/ é",null]"#;
        assert_eq!(compacted(json), json);
    }

    #[test]
    fn an_escaped_quote_or_backslash_does_not_end_a_string() {
        assert_eq!(
            compacted(r#"[ "a \" b" , "c \\" , "\\\" d" ]"#),
            r#"["a \" b","c \\","\\\" d"]"#
        );
    }
}
