//! External text, sanitized: it cannot control a terminal, nor reorder or fake the text around it.

/// Lines without escape sequences, control characters, and bidirectional controls. Every line break is `\n`, and a tab is two
/// spaces.
pub fn lines(text: &str) -> String {
    let text = anstream::adapter::strip_str(text).to_string();
    // A spinner rewrites its line with carriage returns.
    text.replace("\r\n", "\n")
        .replace(['\r', '\u{85}', '\u{2028}', '\u{2029}'], "\n")
        .replace('\t', "  ")
        .chars()
        .filter(|c| *c == '\n' || is_visible(*c))
        .collect()
}

/// The same on one line, with single spaces.
pub fn one_line(text: &str) -> String {
    let text = lines(text);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// At most this many characters; `…` marks the omitted end.
pub fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", text[..end].trim_end()),
        None => text.to_owned(),
    }
}

/// Whether a character is safe to display: neither a control character nor a bidirectional control.
pub fn is_visible(c: char) -> bool {
    let turns_direction = matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    !(c.is_control() || turns_direction)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn external_text_cannot_control_the_terminal() {
        for (evil, tame) in [
            ("\u{1b}[2J\u{1b}[31mred\u{1b}[0m", "red"),
            ("\u{1b}]0;title\u{7}text", "text"),
            (
                "\u{1b}]8;;http://evil\u{1b}\\link\u{1b}]8;;\u{1b}\\",
                "link",
            ),
            ("a\u{8}b\u{7f}c\u{0}d", "abcd"),
            ("\u{9b}31m", "31m"),
            ("user\u{202e}gnp.exe", "usergnp.exe"),
            (
                "one\r\ntwo\rthree\u{2028}four\tfive",
                "one two three four five",
            ),
            ("Größe 日本 überschritten", "Größe 日本 überschritten"),
        ] {
            assert_eq!(one_line(evil), tame, "{evil:?}");
            assert!(lines(evil).chars().all(|c| c == '\n' || is_visible(c)));
        }
    }

    #[test]
    fn text_is_cut_between_characters() {
        assert_eq!(cut("Größe", 5), "Größe");
        assert_eq!(cut("Größe", 4), "Größ…");
        assert_eq!(cut("one two", 4), "one…");
    }

    #[test]
    fn lines_and_their_indentation_stay() {
        assert_eq!(lines("one\r\n  two\tthree\n"), "one\n  two  three\n");
    }
}
