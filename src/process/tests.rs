//! What is shown of a program's output.

use super::*;
use crate::model::Secret;
use std::fs;

/// An API key, as long as a real one.
const KEY: &str = "cu_0123456789abcdef0123456789abcdef";

fn secrets(variables: &[(&str, &str)]) -> Secrets {
    let variables = variables.iter();
    let variables = variables.map(|&(name, value)| (name.into(), value.into()));
    Secrets::of(&variables.collect(), &[])
}

#[test]
fn keys_and_values_of_secret_variables_are_not_shown() {
    let secrets = secrets(&[
        ("CHECKLY_API_KEY", KEY),
        ("DB_PASSWORD", "hunter2"),
        ("DB_PASSWORD_OLD", "hunter2-old"),
        ("SHOP_TOKEN", "short"),
        ("REGION", "eu-west-1"),
    ]);
    let text = format!(
        "Bearer {KEY}\nhunter2-old hunter2 short eu-west-1\n\
         sv_0123456789abcdef0123456789abcdef\nAPI key \"...cdef\"\nhttp://ann:pw@proxy/"
    );
    insta::assert_snapshot!(plain(&text, &secrets), @r"
    Bearer ***
    *** *** short eu-west-1
    ***********************************
    API key ***
    http://******@proxy/
    ");
}

#[test]
fn a_known_key_is_redacted_under_any_name() {
    let key = "weird-key-no-prefix-112233";
    let variables = [("PROD_CK".into(), key.into())].into();
    let secrets = Secrets::of(&variables, &[Secret::new(key)]);
    let shown = plain(&format!("leak {key} \"...2233\""), &secrets);
    assert_eq!(shown, "leak *** ***");
}

#[test]
fn escape_sequences_and_control_characters_are_removed() {
    let text = "\u{1b}[31mred\u{1b}[0m\u{7}\nspin 1\rspin 2\r\n\u{1b}]0;title\u{7}end\ttab\u{0}";
    insta::assert_snapshot!(plain(text, &secrets(&[])), @r"
    red
    spin 1
    spin 2
    end  tab
    ");
}

#[test]
fn only_the_last_lines_are_shown_and_long_ones_are_truncated() {
    let lines: Vec<String> = (1..=100).map(|n| format!("line {n}")).collect();
    let shown = plain(&lines.join("\n"), &secrets(&[]));
    assert_eq!(shown.lines().collect::<Vec<_>>(), &lines[60..]);
    let long = plain(&"x".repeat(10_000), &secrets(&[]));
    assert_eq!(long, format!("{}…", "x".repeat(400)));
}

#[test]
fn half_a_secret_at_the_start_of_the_output_is_not_shown() {
    let dir = tempfile::tempdir().unwrap();
    let log = dir.path().join("log");
    // The window begins inside the key.
    let rest = format!("\n{}\nthe end", "x".repeat(64 * 1024 - 30));
    fs::write(&log, format!("{KEY}{rest}")).unwrap();
    let shown = tail(&log, &secrets(&[("CHECKLY_API_KEY", KEY)]));
    assert!(shown.ends_with("the end"));
    assert!(shown.starts_with('x'), "{}", &shown[..40]);
    fs::write(&log, "x".repeat(100_000)).unwrap();
    assert_eq!(tail(&log, &secrets(&[])), "");
}
