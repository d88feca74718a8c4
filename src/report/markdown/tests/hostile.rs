//! Names and messages that try to become rows, links, images, HTML, or mentions. An independent Markdown parser reads the
//! result.

use super::*;
use proptest::prelude::*;
use pulldown_cmark::{Event, Options, Parser, Tag};

/// What a Markdown parser finds.
#[derive(Debug, Default)]
struct Found {
    rows: usize,
    cells: usize,
    headings: usize,
    html: Vec<String>,
    links: usize,
    /// The code spans and blocks.
    code: Vec<String>,
    /// Everything but code.
    text: String,
}

fn read(markdown: &str) -> Found {
    let mut found = Found::default();
    let options =
        Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_FOOTNOTES;
    let mut html_code = None;
    let mut in_block = false;
    for event in Parser::new_ext(markdown, options) {
        match event {
            Event::Start(Tag::TableRow) => found.rows += 1,
            Event::Start(Tag::TableCell) => found.cells += 1,
            Event::Start(Tag::Heading { .. }) => found.headings += 1,
            Event::Start(Tag::Link { .. } | Tag::Image { .. } | Tag::FootnoteDefinition(_))
            | Event::FootnoteReference(_) => found.links += 1,
            Event::Start(Tag::CodeBlock(_)) => in_block = true,
            Event::End(pulldown_cmark::TagEnd::CodeBlock) => in_block = false,
            Event::InlineHtml(tag) if &*tag == "<code>" => html_code = Some(String::new()),
            Event::InlineHtml(tag) if &*tag == "</code>" => found.code.extend(html_code.take()),
            Event::Html(html) | Event::InlineHtml(html) => found.html.push(html.to_string()),
            Event::Code(code) => found.code.push(code.to_string()),
            Event::Text(text) if in_block => found.code.push(text.to_string()),
            Event::Text(text) => match &mut html_code {
                Some(code) => code.push_str(&text),
                None => found.text.push_str(&text),
            },
            Event::SoftBreak | Event::HardBreak => found.text.push(' '),
            _ => {}
        }
    }
    found
}

/// A report in which every external text is this one.
fn all_of(operation: Operation, evil: &str) -> Report {
    let changed = ProjectReport {
        account: evil.into(),
        ..changed(evil, vec![change(Action::Delete, evil, evil)])
    };
    let failed = ProjectReport {
        cause: Some(evil.into()),
        deployment_id: Some(evil.into()),
        error: Some(ErrorInfo {
            code: Some(evil.into()),
            message: evil.into(),
            http_status: Some(400),
            hint: Some(evil.into()),
            output: Some(evil.into()),
        }),
        ..because(evil, ProjectResult::Rejected, Reason::Http(400))
    };
    let skipped = ProjectReport {
        cause: Some(evil.into()),
        ..because(evil, ProjectResult::Skipped, Reason::DependencyFailed)
    };
    let projects = vec![changed, failed, skipped];
    let mut report = report(operation, RunResult::Failed, projects);
    report.manifest = evil.into();
    report
}

/// Checks that a report with this text has as many rows, headings, and tags as one with ordinary text.
#[track_caller]
fn is_escaped(evil: &str) {
    for operation in [Operation::Preview, Operation::Deploy, Operation::Destroy] {
        let markdown = to_markdown(&all_of(operation, evil));
        let (found, tame) = (
            read(&markdown),
            read(&to_markdown(&all_of(operation, "tame_1"))),
        );
        assert_eq!(found.rows, tame.rows, "rows\n{markdown}");
        assert_eq!(found.cells, tame.cells, "cells\n{markdown}");
        assert_eq!(found.headings, tame.headings, "headings\n{markdown}");
        assert_eq!(found.html, tame.html, "HTML\n{markdown}");
        assert_eq!(found.links, 0, "links\n{markdown}");
        let text = &found.text;
        for sign in ["@", "#", "://", "www.", "<", "|", "`", "~~"] {
            assert!(!text.contains(sign), "{sign} in {text:?}\n{markdown}");
        }
        let invisible = |c: char| c != '\n' && !sanitize::is_visible(c);
        assert!(!markdown.contains(invisible), "{markdown:?}");
    }
}

#[test]
fn external_text_is_escaped() {
    for evil in [
        "a | b |\n| fake | 0 | 0 | 0 | 0 |",
        "a\\| b",
        "\\",
        "`",
        "``` \n# owned\n```",
        "````\n</details>\n````",
        "<img src=x onerror=alert(1)> <!-- gone -->",
        "</code></summary></details><b>",
        "@everyone see #1 and GH-2 and octo/repo#3",
        "[click](https://evil.example) ![x](y) <https://evil.example> www.evil.example",
        "* a\n- b\n1. c\n# d\n> e\n---\n===",
        "**bold** _it_ ~~gone~~ [^1] :smile: $x$",
        "&lt;b&gt; &#64;octocat &commat;octocat",
        "\u{1b}[31mred\u{7}\u{202e}txt",
        "tab\tand\u{2028}line",
        "",
        " ",
    ] {
        is_escaped(evil);
    }
}

#[test]
fn a_name_survives_a_round_trip() {
    for name in ["a|b", "a`b``c", "a\\|b\\", "<b>&amp;*x*", "`|`", "@me #1"] {
        let found = read(&preview(vec![checks(name, [1, 0, 0, 0])]));
        assert!(found.code.contains(&name.to_owned()), "{name}: {found:?}");
    }
}

#[test]
fn every_change_with_a_hostile_name_is_one_line() {
    let name = "x\n- check innocent\n```\n</details>";
    let changes = vec![change(Action::Delete, "check", name); 3];
    let found = read(&preview(vec![changed("shop", changes)]));
    let lines = "- check x - check innocent ``` </details>\n".repeat(3);
    assert_eq!(found.code.last(), Some(&lines), "{found:?}");
}

proptest! {
    #[test]
    fn no_name_breaks_the_table(
        evil in "[ \\n\\t`|\\\\<>&@#*_~\\[\\]()!:.$^=+0-9a-c/\"'\\-\u{202e}é日]{0,24}"
    ) {
        is_escaped(&evil);
    }
}
