//! Secrets in running text, recognized by their format. Pure.

use super::names::is_assigned;
use std::ops::Range;

/// The minimum length of a key after its prefix. Checkly's keys have 32 characters.
const KEY_LENGTH: usize = 16;

/// Prefixes of Checkly's keys: of users and of services.
const CHECKLY: [&str; 2] = ["cu_", "sv_"];

/// Prefixes of well-known keys: GitHub, GitLab, npm, Stripe.
const KEYS: [&str; 11] = [
    "ghp_",
    "gho_",
    "ghu_",
    "ghs_",
    "ghr_",
    "github_pat_",
    "glpat-",
    "npm_",
    "sk_live_",
    "sk_test_",
    "rk_live_",
];

/// Prefixes and length of AWS access key IDs, which are capitals and digits.
const AWS: ([&str; 2], usize) = (["AKIA", "ASIA"], 20);

/// Authorization schemes, which precede a secret.
const SCHEMES: [&str; 4] = ["basic", "bearer", "digest", "token"];

/// Shorter words after `Bearer` are ordinary words.
const BEARER_LENGTH: usize = 8;

/// Values that are never secret.
const NOTHING: [&str; 6] = ["false", "nil", "none", "null", "true", "undefined"];

/// The spans of keys and tokens in well-known formats.
pub(super) fn keys(text: &str) -> Vec<Range<usize>> {
    let checkly = CHECKLY.iter().flat_map(|prefix| {
        text.match_indices(prefix).filter_map(|(start, prefix)| {
            let from = start + prefix.len();
            let end = from + run(&text[from..], |c| c.is_ascii_alphanumeric());
            (end - from >= KEY_LENGTH).then_some(start..end)
        })
    });
    let words = words(text, |c| c.is_ascii_alphanumeric() || "_-.".contains(c));
    let known = words.filter(|word| is_key(text[word.clone()].trim_end_matches('.')));
    checkly.chain(known).chain(sent(text)).collect()
}

/// The spans of user names and passwords in URLs.
pub(super) fn users(text: &str) -> impl Iterator<Item = Range<usize>> {
    text.match_indices("://").filter_map(|(start, scheme)| {
        let from = start + scheme.len();
        let end = run(&text[from..], |c| {
            !c.is_whitespace() && !"/\"'`".contains(c)
        });
        let user = text[from..from + end].rfind('@')?;
        Some(from..from + user)
    })
}

/// The spans of values assigned to names of secrets: `password=…`, `"apiKey": "…"`.
pub(super) fn assigned(text: &str) -> Vec<Range<usize>> {
    words(text, |c| c.is_ascii_alphanumeric() || "_-".contains(c))
        .filter(|name| is_assigned(&text[name.clone()]))
        .filter_map(|name| value(text, name))
        .collect()
}

fn value(text: &str, name: Range<usize>) -> Option<Range<usize>> {
    let is_quote = |c: char| "\"'`\\".contains(c);
    let mut at = name.end + run(&text[name.end..], is_quote);
    at += run(&text[at..], |c| c == ' ');
    let sign = text[at..].chars().next().filter(|c| "=:".contains(*c))?;
    at += sign.len_utf8();
    at += run(&text[at..], |c| c == ' ');
    let quotes = run(&text[at..], is_quote);
    at += quotes;
    let end = match quotes {
        0 => run(&text[at..], |c| {
            !c.is_whitespace() && !",;&)]}\"'`".contains(c)
        }),
        _ => run(&text[at..], |c| !is_quote(c) && c != '\n'),
    };
    let value = &text[at..at + end];
    // As in the parser error "unexpected token: )".
    let is_said = sign == ':' && quotes == 0 && matches!(&text[name], "token" | "secret");
    let is_nothing = NOTHING.contains(&value.to_ascii_lowercase().as_str());
    let is_name = value.starts_with(|c: char| "$<>{[*=:/".contains(c));
    (!value.is_empty() && !is_said && !is_nothing && !is_name).then_some(at..at + end)
}

/// The spans of credentials in headers: `Authorization: Basic …`, `Bearer …`.
fn sent(text: &str) -> impl Iterator<Item = Range<usize>> {
    words(text, |c| c.is_ascii_alphabetic()).filter_map(|scheme| {
        let word = text[scheme.clone()].to_ascii_lowercase();
        if !SCHEMES.contains(&word.as_str()) {
            return None;
        }
        let from = scheme.end + run(&text[scheme.end..], |c| c == ' ');
        let end = from
            + run(&text[from..], |c| {
                !c.is_whitespace() && !"\"'`,;\\".contains(c)
            });
        let before = text[..scheme.start].trim_end_matches(|c| " \"'`:=\\[".contains(c));
        let start = before.len().saturating_sub("authorization".len());
        let is_header = before
            .get(start..)
            .is_some_and(|name| name.eq_ignore_ascii_case("authorization"));
        let is_token = || {
            let token = &text[from..end];
            let is_odd = token
                .trim_end_matches('.')
                .contains(|c: char| !c.is_ascii_alphabetic());
            word == "bearer" && token.len() >= BEARER_LENGTH && is_odd
        };
        (from > scheme.end && end > from && (is_header || is_token())).then_some(from..end)
    })
}

fn is_key(word: &str) -> bool {
    let is_known = KEYS
        .iter()
        .filter_map(|prefix| word.strip_prefix(prefix))
        .any(|rest| rest.len() >= KEY_LENGTH && !rest.contains(['.']) && has_digit(rest));
    let is_aws = word.len() == AWS.1
        && AWS.0.iter().any(|prefix| word.starts_with(prefix))
        && word
            .chars()
            .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit());
    let is_slack = word
        .strip_prefix("xox")
        .and_then(|rest| rest.get(1..)?.strip_prefix('-'))
        .is_some_and(|rest| rest.len() >= 10 && has_digit(rest));
    let is_model = word
        .strip_prefix("sk-")
        .is_some_and(|rest| rest.len() >= 20 && has_digit(rest));
    // A JWT: header, payload, and signature.
    let parts: Vec<&str> = word.split('.').collect();
    let is_jwt = matches!(parts[..], [head, payload, _] if [head, payload]
        .iter()
        .all(|part| part.starts_with("eyJ") && part.len() >= 10));
    is_known || is_aws || is_slack || is_model || is_jwt
}

fn has_digit(word: &str) -> bool {
    word.contains(|c: char| c.is_ascii_digit())
}

/// The length of the prefix of such characters.
fn run(text: &str, is_in: impl Fn(char) -> bool) -> usize {
    text.find(|c| !is_in(c)).unwrap_or(text.len())
}

/// The spans of consecutive such characters.
fn words(text: &str, is_in: impl Fn(char) -> bool + Copy) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + text[at..].find(is_in)?;
        at = start + run(&text[start..], is_in);
        Some(start..at)
    })
}
