//! External text in Markdown, escaped: it cannot end a table row or a block or become a link, an image, HTML, a mention (`@`),
//! or an issue reference (`#`). A report that is Markdown itself keeps its structure and its links.

use crate::model::sanitize::{self, cut, one_line};
use pulldown_cmark::{Event, Options, Parser, Tag};

/// The maximum number of characters of a name.
const LONGEST_NAME: usize = 300;
/// The maximum number of characters of a message: a proxy may send a whole page.
const LONGEST_MESSAGE: usize = 1000;

/// A name, as code.
pub(super) fn code(name: &str) -> String {
    let name = cut(&one_line(name), LONGEST_NAME);
    if name.is_empty() {
        return "(empty)".into();
    }
    // A backtick ends a code span, a bar ends a table cell even in a code span, and renderers treat backslashes differently.
    if !name.contains(['`', '|', '\\']) {
        return format!("`{name}`");
    }
    let literal = name.chars().map(|c| match c {
        ' ' => c.into(),
        c if c.is_ascii_alphanumeric() || !c.is_ascii() => c.into(),
        c => format!("&#{};", u32::from(c)),
    });
    format!("<code>{}</code>", literal.collect::<String>())
}

/// Names, as code.
pub(super) fn codes<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<String> = names.into_iter().map(code).collect();
    names.join(", ")
}

/// A sentence that may contain external text: plain words are unchanged, everything else is code.
pub(super) fn prose(text: &str) -> String {
    let text = cut(&one_line(text), LONGEST_MESSAGE);
    let words: Vec<String> = text.split(' ').map(word).collect();
    words.join(" ")
}

fn word(word: &str) -> String {
    let core = word.trim_start_matches(['(', '[', '"']);
    let before = &word[..word.len() - core.len()];
    let core = core.trim_end_matches([',', '.', ';', ':', '!', '?', ')', ']', '"', '…']);
    let after = &word[before.len() + core.len()..];
    if core.is_empty() || is_plain(core) {
        word.into()
    } else {
        format!("{before}{}{after}", code(core))
    }
}

/// Whether it is a word of letters, such as `server's`, or a short number.
fn is_plain(word: &str) -> bool {
    let of_letters = |part: &str| !part.is_empty() && part.chars().all(char::is_alphabetic);
    let is_number = word.len() <= 4 && word.chars().all(|c| c.is_ascii_digit());
    is_number || word.split(['-', '\'']).all(of_letters)
}

/// Verbatim lines. `language` selects the highlighting.
pub(super) fn fenced(language: &str, lines: &str) -> String {
    let lines = sanitize::lines(lines);
    let lines = lines.trim_end_matches('\n');
    // Longer than any fence within the lines.
    let longest = lines.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat((longest + 1).max(3));
    format!("{fence}{language}\n{lines}\n{fence}\n")
}

/// Markdown of the Checkly CLI as a part of this report: without its title, with headings as text, and without images, HTML,
/// mentions, and issue references from names of checks. A parser finds its code, which is written again as [`code`] and
/// [`fenced`]; all other backticks are escaped, so nothing else is code.
pub(super) fn foreign(markdown: &str) -> String {
    let markdown = sanitize::lines(markdown);
    let mut events = Parser::new_ext(&markdown, Options::ENABLE_TABLES).into_offset_iter();
    let (mut shown, mut done) = (String::new(), 0);
    while let Some((event, range)) = events.next() {
        let written = match event {
            Event::Start(Tag::Heading { .. }) if markdown[range.clone()].starts_with("# ") => {
                String::new()
            }
            Event::Start(Tag::Heading { .. }) => {
                let heading = one_line(&markdown[range.clone()]);
                format!(
                    "{}\n\n",
                    escaped(heading.trim_matches(['#', '=', '-', ' ']))
                )
            }
            Event::Start(Tag::CodeBlock(_) | Tag::HtmlBlock) => {
                let lines = events.by_ref().map_while(|(event, _)| match event {
                    Event::Text(line) | Event::Html(line) => Some(line.into_string()),
                    _ => None,
                });
                format!("\n{}", fenced("", &lines.collect::<String>()))
            }
            Event::Code(name) => code(&name),
            _ => continue,
        };
        if range.start < done {
            continue; // inside of a heading
        }
        shown.push_str(&escaped(&markdown[done..range.start]));
        if written.starts_with('\n') {
            shown.truncate(without_markers(&shown).len());
        }
        shown.push_str(&written);
        done = range.end;
    }
    shown.push_str(&escaped(&markdown[done..]));
    shown.trim().to_owned() + "\n"
}

/// Without the markers of the list that a block of code begins in: alone on their line, they would make a heading of the one
/// above.
fn without_markers(text: &str) -> &str {
    let begin = text.rfind('\n').map_or(0, |end| end + 1);
    let is_marker = |c: char| c.is_whitespace() || c.is_ascii_digit() || "-*+>.)".contains(c);
    match text[begin..].chars().all(is_marker) {
        true => &text[..begin],
        false => text,
    }
}

/// Text, tables, and links of Markdown, without code, images, HTML, mentions, and issue references.
fn escaped(markdown: &str) -> String {
    let is_special = |c: &char| ['`', '~', '<', '@', '#'].contains(c);
    let mut text = String::with_capacity(markdown.len());
    let mut chars = markdown.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, chars.peek()) {
            // Escaped already, but in a way that an entity undoes.
            ('\\', Some(next)) if is_special(next) => {}
            ('\\', Some('\\')) => {
                text.push_str("\\\\");
                chars.next();
            }
            ('!', Some('[')) => text.push_str("!\\"),
            ('<', _) => text.push_str("&lt;"),
            (c, _) if is_special(&c) => text.push_str(&format!("&#{};", u32::from(c))),
            (c, _) => text.push(c),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_code_span_unless_it_could_end_one() {
        assert_eq!(code("checkout-v1"), "`checkout-v1`");
        assert_eq!(code("@all #1 <b> *x* &amp;"), "`@all #1 <b> *x* &amp;`");
        assert_eq!(code(" two\n\nlines\u{202e} "), "`two lines`");
        assert_eq!(code("a|b`"), "<code>a&#124;b&#96;</code>");
        assert_eq!(code("a\\"), "<code>a&#92;</code>");
        assert_eq!(code(" \u{7} "), "(empty)");
        assert_eq!(code(&"x".repeat(301)), format!("`{}…`", "x".repeat(300)));
    }

    #[test]
    fn in_a_sentence_everything_but_plain_words_is_code() {
        for (text, expected) in [
            (
                "the server's answer (HTTP 400): try again.",
                "the server's answer (HTTP 400): try again.",
            ),
            (
                "raise --timeout, then deploy again",
                "raise `--timeout`, then deploy again",
            ),
            (
                "check \"home_1\" is not valid",
                "check \"`home_1`\" is not valid",
            ),
            ("ask @octocat about #12", "ask `@octocat` about `#12`"),
            (
                "[click](http://evil.example) <img src=x>",
                "[`click](http://evil.example`) `<img` `src=x>`",
            ),
            ("one of [a, b_c]", "one of [a, `b_c`]"),
        ] {
            assert_eq!(prose(text), expected);
        }
    }

    #[test]
    fn a_report_of_the_cli_stays_markdown_with_escaped_names() {
        let report = "# Checkly Test Session Summary\nRan **2** checks in **eu-west-1**.\n\
            [View detailed test session summary](https://chkly.link/l/abc)\n\
            |Result|Name|Filename|\n|:-|:-|:-|\n\
            |❌ Fail|</details> @acme/all #12 ![x](y)|`a/@b/<c>.ts`|\n\
            \n## Execution Errors\n\n**a**\n\n```\n<b> @c #1\n";
        insta::assert_snapshot!(foreign(report), @r"
        Ran **2** checks in **eu-west-1**.
        [View detailed test session summary](https://chkly.link/l/abc)
        |Result|Name|Filename|
        |:-|:-|:-|
        |❌ Fail|&lt;/details> &#64;acme/all &#35;12 !\[x](y)|`a/@b/<c>.ts`|

        Execution Errors


        **a**


        ```
        <b> @c #1
        ```
        ");
    }

    #[test]
    fn a_code_span_across_cells_hides_no_html() {
        for report in [
            "|a|b|\n|-|-|\n| `c | <b> @x #1 ![i](u)` |\n",
            "|a|\n|-|\n| `c | <b>` |\n",
            "|a `| <b>` |\n|-|-|\n|c|d|\n",
            "|a|b|\n|-|-|\n| ``c | <b>` ``|\n",
            "|a|b|\n|-|-|\n| `c \\| <b>` | `d \\` | <b> |\n",
            "| `c | <b>` |\n",
            "text `c\n| <b>` |\n|-|-|\n",
        ] {
            // Also for a renderer that finds the spans before the cells.
            for options in [Options::ENABLE_TABLES, Options::empty()] {
                let shown = foreign(report);
                let is_html = |event: &Event| matches!(event, Event::InlineHtml(tag) if !tag.ends_with("code>"));
                let mut found = Parser::new_ext(&shown, options);
                assert!(!found.any(|it| is_html(&it)), "{report}\n{shown}");
            }
        }
    }

    #[test]
    fn a_fence_is_longer_than_any_in_its_lines() {
        assert_eq!(fenced("diff", "+ a\n- b"), "```diff\n+ a\n- b\n```\n");
        assert_eq!(fenced("", "````\nx"), "`````\n````\nx\n`````\n");
    }
}
