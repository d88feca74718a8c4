//! Hides secrets in text before anybody can be shown it.

use std::ops::Range;

/// Letters and digits after its prefix from which on a word is taken for a Checkly key (they have 32).
const KEY_LENGTH: usize = 16;

/// How keys begin: a user's, and a service's.
const KEY_PREFIXES: [&str; 2] = ["cu_", "sv_"];

/// Any text without the words that look like a Checkly key, and without the user in front of the host of an address.
pub(crate) fn words(text: &str) -> String {
    let prefixes = KEY_PREFIXES.iter();
    let mut spans: Vec<_> = prefixes
        .flat_map(|prefix| text.match_indices(prefix))
        .filter_map(|(start, prefix)| {
            let from = start + prefix.len();
            let is_end = |c: char| !c.is_ascii_alphanumeric();
            let length = text[from..].find(is_end).unwrap_or(text.len() - from);
            (length >= KEY_LENGTH).then_some(start..from + length)
        })
        .collect();
    spans.extend(text.match_indices("://").filter_map(|(start, scheme)| {
        let from = start + scheme.len();
        let is_end = |c: char| c.is_whitespace() || "/\"'`".contains(c);
        let end = text[from..].find(is_end).unwrap_or(text.len() - from);
        let user = text[from..from + end].rfind('@')?;
        Some(from..from + user)
    }));
    overwrite(text, &spans)
}

/// Whether a name speaks of something secret: `API_KEY`, `dbPassword`.
pub(crate) fn is_secret_name(name: &str) -> bool {
    let plain: String = name.chars().filter(|c| !matches!(c, '_' | '-')).collect();
    let plain = plain.to_lowercase();
    ["apikey", "secret", "token", "password"]
        .iter()
        .any(|word| plain.contains(word))
}

/// The text with the spans masked, as many `*` as there are bytes, so that every offset into the text stays right. Quotes,
/// brackets and white space stay, so that a marked line can still be read.
pub(crate) fn overwrite(text: &str, spans: &[Range<usize>]) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut end = 0;
    let mut spans = spans.to_vec();
    spans.sort_by_key(|span| span.start);
    for span in spans {
        let start = span.start.max(end);
        if start >= span.end {
            continue;
        }
        masked.push_str(&text[end..start]);
        for c in text[start..span.end].chars() {
            if c.is_whitespace() || "\"'=[]{},#".contains(c) {
                masked.push(c);
            } else {
                masked.extend(std::iter::repeat_n('*', c.len_utf8()));
            }
        }
        end = span.end;
    }
    masked.push_str(&text[end..]);
    masked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_users_and_of_services_are_masked_wherever_they_stand() {
        for prefix in KEY_PREFIXES {
            let key = format!("{prefix}0123456789abcdef0123456789abcdef");
            let stars = "*".repeat(key.len());
            assert_eq!(words(&format!("Bearer {key}.")), format!("Bearer {stars}."));
        }
        assert_eq!(words("cu_short sv_short"), "cu_short sv_short");
    }

    #[test]
    fn the_user_in_an_address_is_masked() {
        let text = words("via http://ann:hunter2@proxy:8080/x@y");
        assert_eq!(text, "via http://***********@proxy:8080/x@y");
    }
}
