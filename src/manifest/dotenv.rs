//! Reads `.env` files as the npm package `dotenv` does, since the Checkly CLI uses it: nothing is expanded, and lines
//! without an assignment are skipped.

use regex::Regex;
use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::Path;

/// One assignment: the regular expression of `dotenv` 17.
const LINE: &str = r#"(?m)^\s*(?:export\s+)?([\w.-]+)(?:\s*=\s*?|:\s+?)(\s*'(?:\\'|[^'])*'|\s*"(?:\\"|[^"])*"|\s*`(?:\\`|[^`])*`|[^#\r\n]+)?\s*(?:#.*)?$"#;

/// The variables of a file.
///
/// # Errors
/// Why it cannot be read.
pub(super) fn read(file: &Path) -> Result<BTreeMap<String, String>, String> {
    let bytes = std::fs::read(file).map_err(|error| match error.kind() {
        ErrorKind::NotFound => "there is no such file".to_owned(),
        _ => error.to_string(),
    })?;
    let text = String::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned())?;
    if text.contains('\0') {
        return Err("it contains a NUL character".to_owned());
    }
    parse(&text).map_err(|error| error.to_string())
}

fn parse(text: &str) -> Result<BTreeMap<String, String>, regex::Error> {
    let text = text.trim_start_matches('\u{feff}');
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let line = Regex::new(LINE)?;
    let assignments = line.captures_iter(&text).filter_map(|found| {
        let value = found.get(2).map_or("", |value| value.as_str());
        Some((found.get(1)?.as_str().to_owned(), unquoted(value.trim())))
    });
    Ok(assignments.collect())
}

fn unquoted(value: &str) -> String {
    let inner = |quote| value.strip_prefix(quote)?.strip_suffix(quote);
    let plain = ['\'', '"', '`'].into_iter().find_map(inner);
    let plain = plain.unwrap_or(value).to_owned();
    match value.starts_with('"') {
        true => plain.replace("\\n", "\n").replace("\\r", "\r"),
        false => plain,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_expression_compiles() {
        assert!(Regex::new(LINE).is_ok());
    }

    /// The results of `dotenv` 17.4.2, which `tests/interop/dotenv.rs` runs.
    #[test]
    fn values_are_those_of_npms_dotenv() {
        for (text, value) in [
            ("A=plain", "plain"),
            ("  export A = spaced out  ", "spaced out"),
            ("A=", ""),
            ("A='it''s' # note", "it''s"),
            ("A='single $B \\n'", "single $B \\n"),
            ("A=\"double\\nline\"", "double\nline"),
            ("A=\"two\nlines\"", "two\nlines"),
            ("A=`back 'and' \"quotes\"`", "back 'and' \"quotes\""),
            ("A=before # comment", "before"),
            ("A=no#space", "no"),
            ("A='a#b'", "a#b"),
            ("A=\"unbalanced", "\"unbalanced"),
            ("A: yaml", "yaml"),
            ("A=$HOME/${B}", "$HOME/${B}"),
            ("A=first\r\nA=second", "second"),
            ("\u{feff}A=bom", "bom"),
            ("# A=comment\nnothing\nA=x", "x"),
        ] {
            let parsed = parse(text).unwrap();
            assert_eq!(parsed.get("A").map(String::as_str), Some(value), "{text}");
        }
    }
}
