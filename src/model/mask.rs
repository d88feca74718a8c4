//! Hides secrets in text before anybody can be shown it.

mod names;
mod shapes;

pub(crate) use names::{is_secret_name, speaks_of_secrets};

use std::ops::Range;

/// Any text without the words that look like a key, and without the user in front of the host of an address.
pub(crate) fn words(text: &str) -> String {
    overwrite(text, &spans(text))
}

/// What a program said, without those, and without what it assigns to names of secrets.
pub(crate) fn output(text: &str) -> String {
    let spans = [spans(text), shapes::assigned(text)].concat();
    overwrite(text, &spans)
}

fn spans(text: &str) -> Vec<Range<usize>> {
    let mut spans = shapes::keys(text);
    spans.extend(shapes::users(text));
    spans
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
mod tests;
