//! Renders diagnostics like rustc's errors: the location, the line, a mark under the mistake, and advice.

use crate::model::{Diagnostic, SourceSpan};
use crate::words;
use annotate_snippets::{
    Annotation, AnnotationKind, Group, Level, Renderer, Snippet, normalize_untrusted_str,
};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

/// All diagnostics by file and position, and a line with their number. `width` is the terminal's width in columns.
pub fn render(diagnostics: &[Diagnostic], color: bool, width: usize) -> String {
    let mut sorted: Vec<&Diagnostic> = diagnostics.iter().collect();
    sorted.sort_by_key(|diagnostic| {
        let place = diagnostic.place.as_ref();
        place.map(|place| (&place.file, place.span.start, place.span.end))
    });
    let renderer = if color {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    let renderer = renderer.term_width(width);
    let mut text = String::new();
    for diagnostic in sorted {
        text.push_str(&renderer.render(&[group(diagnostic)]));
        text.push_str("\n\n");
    }
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{}", summary(diagnostics));
    // The renderer escapes C0 control characters but not C1, which some terminals interpret.
    text.replace(|c| matches!(c, '\u{80}'..='\u{9f}'), "\u{fffd}")
}

/// How many, where, and that nothing was sent.
fn summary(diagnostics: &[Diagnostic]) -> String {
    let count = words::count(diagnostics.len(), "problem");
    let files: BTreeSet<&Path> = diagnostics
        .iter()
        .filter_map(|diagnostic| Some(diagnostic.place.as_ref()?.file.as_path()))
        .collect();
    let place = match files.first() {
        None => String::new(),
        Some(file) if files.len() == 1 => {
            format!(" in {}", normalize_untrusted_str(&file.to_string_lossy()))
        }
        Some(_) => format!(" in {} files", files.len()),
    };
    format!("{count}{place}: nothing was sent")
}

fn group(diagnostic: &Diagnostic) -> Group<'_> {
    let mut group = Level::ERROR
        .primary_title(normalize_untrusted_str(&diagnostic.what))
        .elements(snippets(diagnostic));
    if let Some(help) = &diagnostic.help {
        group = group.element(Level::HELP.message(normalize_untrusted_str(help)));
    }
    group
}

/// The marked lines: one snippet, or two if the locations are in different files.
fn snippets(diagnostic: &Diagnostic) -> Vec<Snippet<'_, Annotation<'_>>> {
    let primary = diagnostic.place.as_ref().map(|place| {
        let label = diagnostic.label.as_deref();
        (place, AnnotationKind::Primary, label)
    });
    let also = diagnostic.also.as_ref().map(|also| {
        (
            &also.place,
            AnnotationKind::Context,
            Some(also.label.as_str()),
        )
    });
    let marks: Vec<Mark<'_>> = primary.into_iter().chain(also).collect();
    match marks[..] {
        [(one, ..), (other, ..)] if one.file == other.file => vec![snippet(&marks)],
        _ => marks.chunks(1).map(snippet).collect(),
    }
}

type Mark<'p> = (&'p SourceSpan, AnnotationKind, Option<&'p str>);

/// The lines from the first mark to the last; all marks are in one file. The rest of the file is not passed on, because
/// rendering a long manifest with many diagnostics would be slow.
fn snippet<'p>(marks: &[Mark<'p>]) -> Snippet<'p, Annotation<'p>> {
    let place = marks[0].0;
    let text = place.text.as_ref();
    let starts = marks.iter().map(|(place, ..)| place.span.start);
    let ends = marks.iter().map(|(place, ..)| place.span.end);
    let floor = |at: usize| text.floor_char_boundary(at.min(text.len()));
    let (first, last) = (
        floor(starts.min().unwrap_or(0)),
        floor(ends.max().unwrap_or(0)),
    );
    let from = text[..first].rfind('\n').map_or(0, |newline| newline + 1);
    let to = text[last..]
        .find('\n')
        .map_or(text.len(), |newline| last + newline);
    let line = text[..from].matches('\n').count() + 1;
    let snippet = Snippet::source(&text[from..to])
        .line_start(line)
        .path(normalize_untrusted_str(&place.file.to_string_lossy()));
    marks.iter().fold(snippet, |snippet, (place, kind, label)| {
        let span =
            floor(place.span.start) - from..floor(place.span.end.max(place.span.start)) - from;
        let label = label.map(normalize_untrusted_str);
        snippet.annotation(kind.span(span).label(label))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    fn place(file: &str, text: &str, marked: &str) -> SourceSpan {
        let start = text.find(marked).unwrap();
        SourceSpan {
            file: file.into(),
            text: Arc::from(text),
            span: start..start + marked.len(),
        }
    }

    fn plain(diagnostics: &[Diagnostic]) -> String {
        render(diagnostics, false, 80)
    }

    #[test]
    fn problems_are_sorted_by_file_and_line_and_counted() {
        let text = "one\ntwo\n";
        let diagnostics = [
            Diagnostic::new("third").at(place("b", text, "one")),
            Diagnostic::new("second")
                .at(place("a", text, "two"))
                .label("here"),
            Diagnostic::new("first")
                .at(place("a", text, "one"))
                .help("do something"),
            Diagnostic::new("before all").help("do something else"),
        ];
        insta::assert_snapshot!(plain(&diagnostics), @r#"
        error: before all
         |
         = help: do something else

        error: first
         --> a:1:1
          |
        1 | one
          | ^^^
          |
          = help: do something

        error: second
         --> a:2:1
          |
        2 | two
          | ^^^ here

        error: third
         --> b:1:1
          |
        1 | one
          | ^^^

        4 problems in 2 files: nothing was sent
        "#);
        assert!(plain(&diagnostics[1..3]).ends_with("2 problems in a: nothing was sent\n"));
        assert!(plain(&diagnostics[3..]).ends_with("1 problem: nothing was sent\n"));
    }

    #[test]
    fn a_line_wider_than_the_terminal_is_truncated_around_the_mark() {
        let text = format!("{} here {}", "a".repeat(200), "b".repeat(200));
        let drawn = plain(&[Diagnostic::new("wide").at(place("f", &text, "here"))]);
        assert!(
            drawn.lines().all(|line| line.chars().count() <= 80),
            "{drawn}"
        );
        assert!(drawn.contains(" here "), "{drawn}");
    }

    #[test]
    fn color_is_used_only_on_request() {
        let diagnostics = [Diagnostic::new("x").at(place("f", "y = 1", "y"))];
        assert!(render(&diagnostics, true, 80).contains('\u{1b}'));
        assert!(!plain(&diagnostics).contains('\u{1b}'));
    }

    #[test]
    fn control_characters_of_a_manifest_do_not_reach_the_terminal() {
        let text = "a = '\u{1b}[31m \u{9b}31m'";
        let diagnostic = Diagnostic::new("bad \u{1b}[2J").at(place("f\u{7}", text, "a"));
        let diagnostic = diagnostic.label("\u{1b}").help("\u{9b}");
        let drawn = plain(&[diagnostic]);
        assert!(
            drawn.chars().all(|c| c == '\n' || !c.is_control()),
            "{drawn:?}"
        );
    }

    #[test]
    fn a_span_outside_the_text_or_inside_a_letter_is_rendered_nearby() {
        for span in [5..5, 3..99, 99..100, 1..2] {
            let place = SourceSpan {
                file: "f".into(),
                text: "äöü".into(),
                span: span.clone(),
            };
            assert!(
                plain(&[Diagnostic::new("x").at(place)]).contains("äöü"),
                "{span:?}"
            );
        }
    }
}
