//! Redacts secrets in text before it is displayed.

mod names;
mod shapes;

pub(crate) use names::{is_secret_name, speaks_of_secrets};

use std::ops::Range;

/// Redacts API keys, and user names and passwords in URLs, in any text.
pub(crate) fn words(text: &str) -> String {
    overwrite(text, &spans(text))
}

/// Redacts the output of a program: the same, and values assigned to names of secrets.
pub(crate) fn output(text: &str) -> String {
    let spans = [spans(text), shapes::assigned(text)].concat();
    overwrite(text, &spans)
}

fn spans(text: &str) -> Vec<Range<usize>> {
    let mut spans = shapes::keys(text);
    spans.extend(shapes::users(text));
    spans
}

/// Replaces the spans with as many `*` as there are bytes, so offsets into the text stay valid. Quotes, brackets, and white
/// space remain, so a marked line stays readable.
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
