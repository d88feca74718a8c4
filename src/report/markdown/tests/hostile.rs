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
    images: usize,
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
            Event::Start(Tag::Image { .. }) => found.images += 1,
            Event::Start(Tag::Link { .. } | Tag::FootnoteDefinition(_))
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
        ..changed(evil, vec![Change::bare(Action::Delete, evil, evil)])
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
        assert_eq!(found.links + found.images, 0, "links\n{markdown}");
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

/// Reads a report whose test report is this Markdown of the Checkly CLI.
fn with_test_report(markdown: &str) -> (String, Found) {
    let mut project = ProjectReport::bare("shop", ProjectResult::Succeeded);
    project.hooks = vec![HookRecord {
        hook: Hook::Test,
        exit_code: Some(0),
        duration_ms: 7,
        error: None,
        output: None,
        report: Some(markdown.into()),
    }];
    let report = report(Operation::Deploy, RunResult::Succeeded, vec![project]);
    let markdown = to_markdown(&report);
    let found = read(&markdown);
    (markdown, found)
}

#[track_caller]
fn is_escaped_in_a_test_report(evil: &str) {
    let (markdown, found) = with_test_report(evil);
    let (_, tame) = with_test_report("tame");
    assert_eq!(found.html, tame.html, "HTML\n{markdown}");
    assert_eq!(found.headings, tame.headings, "headings\n{markdown}");
    assert_eq!(found.images, 0, "images\n{markdown}");
    // The parser decodes what is escaped, so the source of each text tells.
    let mut in_code = false;
    for (event, range) in Parser::new_ext(&markdown, Options::ENABLE_TABLES).into_offset_iter() {
        match event {
            Event::Start(Tag::CodeBlock(_)) => in_code = true,
            Event::End(pulldown_cmark::TagEnd::CodeBlock) => in_code = false,
            Event::Text(_) if !in_code => {
                let text = &markdown[range];
                let is_reference = text.replace("&#", "").contains("#12");
                let is_raw = is_reference || text.contains(['@', '`']);
                assert!(!is_raw, "{text:?}\n{markdown}");
            }
            _ => {}
        }
    }
}

#[test]
fn ill_paired_code_of_a_test_report_is_escaped() {
    for evil in [
        // One and three backticks do not belong together.
        "a ` @octocat #12 <b> ```",
        // An escaped backtick starts no code.
        "a \\` @octocat <b> `",
        // The first backtick is inside of a tag, and text once the tag is escaped.
        "<a title=\"`\"> ` @octocat <img src=x> `",
        // Code ends with its paragraph, and a heading is one.
        "a ` b\n# h ` @octocat <b> `",
        "a ` b\n## h ` @octocat <b> `",
        "a ` b\n\n@octocat <b> ` c `",
        // A fence of tildes, in which one of backticks is text.
        "~~~\n```\n~~~\n<b> @octocat #12\n",
        "```\n~~~\n```\n<b> @octocat #12\n",
        // Four spaces make this code, not a fence.
        "    ```\n<b> @octocat\n",
        "- ```\n  x\n<b> @octocat",
        "> ```\n<b> @octocat\n```\n",
        "<div>\n```\n@octocat\n\n# owned\n```\n<b>",
        "## a\n---\n# b\n===",
        "![x](https://evil.example) ![y][z]\n\n[z]: https://evil.example",
        "|a|\n|-|\n|`x|@octocat` <b>|",
        "```\nnever closed <b> @octocat",
    ] {
        is_escaped_in_a_test_report(evil);
    }
}

#[test]
fn code_of_a_test_report_stays_code() {
    let (_, found) =
        with_test_report("a `<b> @octocat` ``x ` y``\n\n```ts\n<b> #12\n```\n\n~~~\n`z`\n~~~\n");
    let [.., name, inline, doubled, fence, tildes] = &found.code[..] else {
        panic!("{found:?}");
    };
    assert_eq!(
        [name, inline, doubled, fence, tildes],
        ["shop", "<b> @octocat", "x ` y", "<b> #12\n", "`z`\n"]
    );
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
    let changes = vec![Change::bare(Action::Delete, "check", name); 3];
    let found = read(&preview(vec![changed("shop", changes)]));
    let lines = "- check x - check innocent ``` </details>\n".repeat(3);
    assert_eq!(found.code.last(), Some(&lines), "{found:?}");
}

/// Without the block, its marker would underline the line above.
#[test]
fn a_block_of_code_in_a_list_makes_no_heading() {
    is_escaped_in_a_test_report("`\n-    ```");
}

proptest! {
    #[test]
    fn no_test_report_breaks_the_page(
        evil in "([ `~<>#|!\\[\\]()\\\\-]|```|~~~|\n|\n\n|    |@octocat|#12|<b>|ab){0,24}"
    ) {
        is_escaped_in_a_test_report(&evil);
    }

    #[test]
    fn no_name_breaks_the_table(
        evil in "[ \\n\\t`|\\\\<>&@#*_~\\[\\]()!:.$^=+0-9a-c/\"'\\-\u{202e}é日]{0,24}"
    ) {
        is_escaped(&evil);
    }
}
