//! Masks secrets in a manifest's text before any line of it is shown.

pub(super) use crate::model::mask::words;
use crate::model::mask::{is_secret_name, overwrite, speaks_of_secrets};
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Shorter secrets are masked in place but not searched for elsewhere: most of the text would be masked.
const COPY_LENGTH: usize = 6;

/// The keys of `[accounts.NAME]` whose values may be shown, besides the variable's name in `api_key.env`.
const SHOWN_IN_ACCOUNTS: [&[&str]; 4] = [
    &["account_id"],
    &["rate"],
    &["api_key", "file"],
    &["api_key", "command"],
];

/// The text of a valid manifest without its secrets.
pub(super) fn parsed(text: &str, tree: &DeTable<'_>) -> String {
    let mut spans = Vec::new();
    for (key, value) in tree {
        secrets(&mut vec![key.get_ref()], value, &mut spans);
    }
    // Copies in comments are masked, too.
    let copies: Vec<_> = spans
        .iter()
        .map(|span| text[span.clone()].trim_matches(['"', '\'']))
        .filter(|secret| secret.len() >= COPY_LENGTH)
        .flat_map(|secret| text.match_indices(secret))
        .map(|(start, secret)| start..start + secret.len())
        .collect();
    spans.extend(copies);
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let comment = line.find('#').filter(|at| speaks_of_secrets(&line[*at..]));
        spans.extend(comment.map(|at| start + at..start + line.len()));
        start += line.len();
    }
    words(&overwrite(text, &spans))
}

/// The text of an invalid manifest. It is unknown where its values end, so lines are masked but for their first word:
/// those of `[accounts]` tables, those that mention keys, and those that may continue such a value.
pub(super) fn broken(text: &str) -> String {
    let (mut spans, mut start) = (Vec::new(), 0);
    let (mut in_accounts, mut in_secret) = (false, false);
    for line in text.split_inclusive('\n') {
        let trimmed = line.trim_start();
        let (is_entry, is_secret) = (line.contains('='), is_secret_line(line));
        if trimmed.starts_with('[') {
            in_accounts = trimmed.contains("accounts");
            in_secret = is_entry && (in_accounts || is_secret);
        } else {
            in_secret = in_accounts || is_secret || (in_secret && !is_entry);
        }
        if in_secret {
            let indent = line.len() - trimmed.len();
            let first = trimmed.find(|c: char| c.is_whitespace() || c == '=');
            let shown = match first {
                Some(first) if is_entry || is_secret => indent + first,
                _ => 0,
            };
            spans.push(start + shown..start + line.len());
        }
        start += line.len();
    }
    words(&overwrite(text, &spans))
}

/// Whether a line mentions a secret, or assigns to a key that does.
fn is_secret_line(line: &str) -> bool {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let names = line.match_indices('=').map(|(at, _)| {
        let before = line[..at].trim_end().trim_end_matches(['"', '\'']);
        let start = before.trim_end_matches(is_name).len();
        &before[start..]
    });
    speaks_of_secrets(line) || names.into_iter().any(is_secret_name)
}

/// Collects the values that are secret because of their position.
fn secrets<'t>(
    path: &mut Vec<&'t str>,
    value: &'t Spanned<DeValue<'_>>,
    spans: &mut Vec<Range<usize>>,
) {
    match value.get_ref() {
        DeValue::Table(table) => {
            for (key, value) in table {
                path.push(key.get_ref());
                secrets(path, value, spans);
                path.pop();
            }
        }
        DeValue::Array(array) => {
            for value in array {
                secrets(path, value, spans);
            }
        }
        scalar => {
            let in_accounts = path.first() == Some(&"accounts");
            let shown = match path.get(2..) {
                Some(["api_key", "env"]) => scalar.as_str().is_some_and(is_variable),
                Some(rest) => SHOWN_IN_ACCOUNTS.contains(&rest),
                None => false,
            };
            let shown = in_accounts && shown;
            let named_by_variable = scalar
                .as_str()
                .and_then(|text| text.strip_prefix("${env:")?.strip_suffix('}'))
                .is_some_and(is_variable);
            // A profile's name is the user's choice and does not describe its content.
            let keys = match path[..] {
                ["profile", _, ..] => &path[2..],
                _ => &path[..],
            };
            let secret = in_accounts || keys.iter().any(|key| is_secret_name(key));
            if secret && !shown && !named_by_variable {
                spans.push(value.span());
            }
        }
    }
}

/// Whether this is a valid environment variable name.
pub(super) fn is_variable(name: &str) -> bool {
    !name.starts_with(|c: char| c.is_ascii_digit())
        && !name.is_empty()
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}
