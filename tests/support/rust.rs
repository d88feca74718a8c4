//! Splits Rust source into code and text, for the tests that read the source.

/// The code, and the text of comments and string literals. Both keep the line numbers of the source.
pub(crate) fn split(source: &str) -> (String, String) {
    let mut code = String::with_capacity(source.len());
    let mut text = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        let skipped = match first {
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => block_comment(rest),
            '"' => string(rest),
            'r' if !code.ends_with(is_word) => raw_string(rest),
            '\'' => character(rest),
            _ => 0,
        };
        if skipped == 0 {
            code.push(first);
            text.push(if first == '\n' { '\n' } else { ' ' });
            rest = &rest[first.len_utf8()..];
        } else {
            let (out, after) = rest.split_at(skipped);
            code.extend(out.chars().filter(|c| *c == '\n'));
            text += &content(out);
            rest = after;
        }
    }
    (code, text)
}

/// A comment without its slashes, a string without the marks of its continued lines.
fn content(token: &str) -> String {
    match token.strip_prefix("//") {
        Some(comment) => comment.trim_start_matches(['/', '!']).to_owned(),
        None => token.replace("\\\n", "\n"),
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn block_comment(text: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < text.len() {
        let step = match &text.as_bytes()[at..] {
            [b'/', b'*', ..] => {
                depth += 1;
                2
            }
            [b'*', b'/', ..] => {
                depth -= 1;
                2
            }
            _ => 1,
        };
        at += step;
        if depth == 0 {
            break;
        }
    }
    at
}

fn string(text: &str) -> usize {
    let mut escaped = false;
    let end = text.bytes().skip(1).position(|byte| {
        let is_end = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        is_end
    });
    end.map_or(text.len(), |end| end + 2)
}

/// The length of `r"…"` or `r#"…"#`; 0 where it is something else.
fn raw_string(text: &str) -> usize {
    let hashes = text[1..].bytes().take_while(|byte| *byte == b'#').count();
    let start = 1 + hashes;
    if !text[start..].starts_with('"') {
        return 0;
    }
    let end = format!("\"{}", "#".repeat(hashes));
    let found = text[start + 1..].find(&end);
    found.map_or(text.len(), |at| start + 1 + at + end.len())
}

/// The length of `'x'` or `'\x'`; 0 where it is a lifetime.
fn character(text: &str) -> usize {
    let mut chars = text.char_indices().skip(1);
    match chars.next() {
        Some((_, '\\')) => text[3..].find('\'').map_or(0, |at| at + 4),
        Some(_) => match chars.next() {
            Some((at, '\'')) => at + 1,
            _ => 0,
        },
        None => 0,
    }
}

#[test]
fn text_is_what_comments_and_strings_hold() {
    let source = "/// One\n/// two\nlet one = \"three \\\n four\"; // five";
    let (code, text) = split(source);
    let words: Vec<&str> = text.split_whitespace().collect();
    assert_eq!(words, ["One", "two", "\"three", "four\"", "five"]);
    assert_eq!(code.trim(), "let one = \n;");
    assert_eq!(text.lines().count(), source.lines().count());
}
