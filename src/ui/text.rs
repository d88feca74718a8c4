//! Text for a terminal: measured, truncated, wrapped.

use crate::model::RunAccount;
pub use crate::model::sanitize::one_line;
use crate::words;
use std::time::Duration;
use textwrap::{Options, WordSplitter};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// `account prod (a-1)`, or `accounts prod (a-1), staging (a-2)`.
pub fn accounts(accounts: &[RunAccount]) -> String {
    let name = |it: &RunAccount| format!("{} ({})", it.name, it.account_id);
    let names: Vec<String> = accounts.iter().map(name).collect();
    match names.len() {
        0 => "no account".to_owned(),
        1 => format!("account {}", one_line(&names[0])),
        _ => format!("accounts {}", some_of(&names, 3)),
    }
}

/// The width of a text in columns.
pub(super) fn width(text: &str) -> usize {
    text.width()
}

/// The width of a text with colors in columns.
pub(super) fn displayed_width(text: &str) -> usize {
    textwrap::core::display_width(text)
}

/// The text in as many columns of ASCII, for terminals that show nothing else.
pub(super) fn ascii(text: &str) -> String {
    let replaced = |c: char| match c {
        '✓' => "+",
        '✗' => "x",
        '○' => "o",
        '━' => "#",
        '─' | '·' => "-",
        '…' => "~",
        _ => "?",
    };
    let mut ascii = String::with_capacity(text.len());
    for c in text.chars() {
        match c.width().unwrap_or(0) {
            _ if c.is_ascii() => ascii.push(c),
            columns => ascii.push_str(&replaced(c).repeat(columns)),
        }
    }
    ascii
}

/// The text, padded with spaces to this width.
pub(super) fn pad(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(width(text))))
}

/// The text, truncated to this width; `…` marks the omitted end.
pub(super) fn cut(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.into();
    }
    if columns == 0 {
        return String::new();
    }
    format!("{}…", fitting(text.chars(), columns - 1))
}

/// The text, truncated to this width; `…` marks the omitted middle, because names often differ at their ends.
pub(super) fn cut_middle(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.into();
    }
    if columns < 3 {
        return cut(text, columns);
    }
    let head = fitting(text.chars(), columns / 2);
    let tail = fitting(text.chars().rev(), columns - 1 - width(&head));
    format!("{head}…{}", tail.chars().rev().collect::<String>())
}

fn fitting(chars: impl Iterator<Item = char>, columns: usize) -> String {
    let mut left = columns;
    chars
        .take_while(|c| {
            let wide = c.width().unwrap_or(0);
            let fits = wide <= left;
            left = left.saturating_sub(wide);
            fits
        })
        .collect()
}

/// The text, wrapped to this width. A number stays with its unit. Only a word wider than a whole line is broken.
pub(super) fn wrap(text: &str, columns: usize) -> Vec<String> {
    wrap_after("", text, columns)
}

/// The same, where the first line begins with `before`, which is not returned.
fn wrap_after(before: &str, text: &str, columns: usize) -> Vec<String> {
    // IDs and names are not broken at hyphens, so they can be copied.
    let options = Options::new(columns.max(1)).word_splitter(WordSplitter::NoHyphenation);
    let options = options.initial_indent(before);
    let text = with_units(text.trim_end());
    let lines = textwrap::wrap(&text, options)
        .into_iter()
        .enumerate()
        .map(|(i, line)| {
            let begin = if i == 0 { before.len() } else { 0 };
            line.get(begin..).unwrap_or_default().replace(NO_BREAK, " ")
        });
    lines.collect()
}

/// The text, wrapped to this width and truncated to this many lines. The first line begins after `used` columns.
pub(super) fn wrap_to(text: &str, used: usize, columns: usize, most: usize) -> Vec<String> {
    let mut lines = wrap_after(&" ".repeat(used), text, columns);
    if lines.len() > most {
        let rest = lines.split_off(most.saturating_sub(1));
        let used = if lines.is_empty() { used } else { 0 };
        lines.push(cut(&rest.join(" "), columns.saturating_sub(used)));
    }
    lines
}

const NO_BREAK: char = '\u{a0}';

/// The text with unbreakable spaces between numbers and what follows them: `5 s`, `1 min 5 s`, `3 projects`.
fn with_units(text: &str) -> String {
    let is_number = |word: &str| {
        let word = word.trim_start_matches('(');
        word.starts_with(|c: char| c.is_ascii_digit())
            && word.chars().all(|c| c.is_ascii_digit() || c == '.')
    };
    let mut words = text.split(' ').peekable();
    let mut out = String::with_capacity(text.len());
    while let Some(word) = words.next() {
        out.push_str(word);
        let Some(next) = words.peek() else { break };
        let has_unit = is_number(word) && next.starts_with(char::is_alphabetic);
        let has_more = ["h", "min"].contains(&word) && is_number(next);
        out.push(if has_unit || has_more { NO_BREAK } else { ' ' });
    }
    out
}

/// A time since the start of the run: `00:12`, `1:02:03`.
pub(super) fn clock(elapsed: Duration) -> String {
    let seconds = elapsed.as_secs();
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours == 0 {
        format!("{minutes:02}:{seconds:02}")
    } else {
        format!("{hours}:{minutes:02}:{seconds:02}")
    }
}

/// `about 3 min left`: rounded up, since an estimate is not exact.
pub(super) fn about(left: Duration) -> String {
    let seconds = left.as_secs() + u64::from(left.subsec_nanos() > 0);
    let unit = match seconds {
        0..=60 => 10,
        61..=3600 => 60,
        _ => 300,
    };
    let rounded = seconds.div_ceil(unit) * unit;
    format!("about {} left", words::span(rounded * 1000))
}

/// `a, b, c and 4 more`.
pub fn some_of(names: &[impl AsRef<str>], most: usize) -> String {
    let shown = names.iter().take(most).map(|name| one_line(name.as_ref()));
    let shown = shown.collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(most) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_truncated_by_columns_not_characters() {
        assert_eq!(cut("checkout", 8), "checkout");
        assert_eq!(cut("checkout", 7), "checko…");
        assert_eq!(cut("日本語", 6), "日本語");
        assert_eq!(cut("日本語", 5), "日本…");
        assert_eq!(cut("日本語", 4), "日…");
        assert_eq!(cut("checkout", 1), "…");
        assert_eq!(cut("checkout", 0), "");
        assert_eq!(pad("日本", 6), "日本  ");
    }

    #[test]
    fn ascii_is_as_wide_as_the_text() {
        assert_eq!(ascii("✓ ━━─ 日本 é 42% · x…"), "+ ##- ???? ? 42% - x~");
        assert_eq!(ascii("\u{1b}[32m✗\u{1b}[0m"), "\u{1b}[32mx\u{1b}[0m");
    }

    #[test]
    fn names_are_truncated_in_the_middle() {
        assert_eq!(
            cut_middle("acme-monitoring-checkout-eu", 12),
            "acme-m…ut-eu"
        );
        assert_eq!(cut_middle("checkout", 8), "checkout");
        assert_eq!(cut_middle("checkout", 2), "c…");
        for columns in 0..12 {
            assert!(width(&cut_middle("日本語プロジェクト", columns)) <= columns);
        }
    }

    #[test]
    fn lines_break_between_words_but_not_in_an_id() {
        assert_eq!(
            wrap("held by dep-123-456 now", 12),
            ["held by", "dep-123-456", "now"]
        );
        assert_eq!(wrap("abcdefgh", 3), ["abc", "def", "gh"]);
        assert_eq!(wrap("one\ntwo", 80), ["one", "two"]);
        assert_eq!(wrap("x", 0), ["x"]);
    }

    #[test]
    fn a_number_stays_with_its_unit() {
        assert_eq!(
            wrap("5 skipped · 1 min 5 s", 20),
            ["5 skipped ·", "1 min 5 s"]
        );
        assert_eq!(
            wrap("retrying in 348 ms (attempt 2)", 15),
            ["retrying in", "348 ms (attempt", "2)"]
        );
        assert_eq!(wrap("one of 1 2 3", 8), ["one of 1", "2 3"]);
    }

    #[test]
    fn a_text_is_truncated_to_a_number_of_lines() {
        assert_eq!(
            wrap_to("one two three four", 0, 8, 2),
            ["one two", "three f…"]
        );
        assert_eq!(wrap_to("one two", 0, 8, 1), ["one two"]);
        assert_eq!(wrap_to("one two three", 0, 8, 1), ["one two…"]);
        assert_eq!(wrap_to("one two three", 4, 8, 2), ["one", "two thr…"]);
        assert_eq!(wrap_to("one two three", 4, 8, 1), ["one…"]);
    }

    #[test]
    fn the_clock_shows_hours_after_one_hour() {
        let clock = |s| clock(Duration::from_secs(s));
        assert_eq!(clock(12), "00:12");
        assert_eq!(clock(754), "12:34");
        assert_eq!(clock(3723), "1:02:03");
    }

    #[test]
    fn only_the_first_names_are_listed() {
        let names: Vec<String> = ["a", "b", "c"].map(Into::into).into();
        assert_eq!(some_of(&names, 3), "a, b, c");
        assert_eq!(some_of(&names, 2), "a, b and 1 more");
    }

    #[test]
    fn an_estimate_is_rounded_up() {
        for (seconds, text) in [
            (1, "about 10 s left"),
            (51, "about 1 min left"),
            (61, "about 2 min left"),
            (3540, "about 59 min left"),
            (3700, "about 1 h 5 min left"),
        ] {
            assert_eq!(about(Duration::from_secs(seconds)), text);
        }
        assert_eq!(about(Duration::from_millis(10_001)), "about 20 s left");
    }
}
