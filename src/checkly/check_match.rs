//! Finds `checkMatch` in a Checkly configuration, read as text, to point at it if it matches nothing.

use super::job::configuration;
use crate::model::Directory;

/// The default of `checkMatch`.
const DEFAULT: &str = "**/*.check.{js,ts}";

/// The most characters of a value that are shown.
const LONGEST: usize = 100;

/// Where a project's configuration sets `checkMatch`, and its value: `shop/checkly.config.ts:4 sets checkMatch to
/// '**/*.check.ts'`. Shows nothing else of the configuration, which may contain secrets.
pub fn check_match(directory: &Directory) -> Option<String> {
    let file = directory
        .dir
        .join(configuration(directory, &directory.dir).ok()?);
    let text = std::fs::read_to_string(&file).ok()?;
    let file = file.display();
    let Some((line, value)) = find(&text) else {
        return Some(format!(
            "{file} sets no checkMatch, so the default '{DEFAULT}' applies"
        ));
    };
    Some(match value {
        Some(value) => format!("{file}:{line} sets checkMatch to {value}"),
        None => format!("{file}:{line} sets checkMatch"),
    })
}

/// The line, from 1, of the key outside comments, and its value if that is a literal.
fn find(text: &str) -> Option<(usize, Option<String>)> {
    text.lines().enumerate().find_map(|(ix, line)| {
        let (before, _) = line.split_once("checkMatch")?;
        let is_comment = before.contains("//") || before.trim_start().starts_with('*');
        let after = text.lines().skip(ix).collect::<Vec<_>>().join("\n");
        let after = after[before.len() + "checkMatch".len()..].trim_start_matches(['"', '\'']);
        let value = after.trim_start().strip_prefix(':');
        (!is_comment).then(|| (ix + 1, value.and_then(literal)))
    })
}

/// A string or a list of strings at the beginning of a text.
fn literal(text: &str) -> Option<String> {
    let text = text.trim_start();
    let first = text.chars().next()?;
    let end = match first {
        '"' | '\'' | '`' => first,
        '[' => ']',
        _ => return None,
    };
    let length = text[1..].find(end)? + 2;
    let words = text[..length].split_whitespace();
    let value = Vec::from_iter(words).join(" ");
    (value.chars().count() <= LONGEST).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn found(text: &str, line: usize, value: &str) {
        assert_eq!(find(text), Some((line, Some(value.to_owned()))));
    }

    #[test]
    fn a_string_or_a_list_is_found_with_its_line() {
        found("x\n  checks: { checkMatch: 'a/*.ts' },", 2, "'a/*.ts'");
        found("\"checkMatch\" : \"a\"", 1, "\"a\"");
        found(
            "checkMatch: [\n  'a',\n  'b'\n], secret: 's'",
            1,
            "[ 'a', 'b' ]",
        );
        found("// checkMatch: 'old'\ncheckMatch: `new`", 2, "`new`");
    }

    #[test]
    fn only_a_literal_is_shown() {
        assert_eq!(find("checkMatch: pattern('secret')"), Some((1, None)));
        assert_eq!(find("checkMatch, secret"), Some((1, None)));
        assert_eq!(find("defineConfig({})"), None);
    }
}
