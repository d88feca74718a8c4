//! Commands and flags in running text exist.

use super::links::prose;
use super::pages::pages;
use super::source::read;
use regex::Regex;
use std::process::Command;

#[test]
fn every_command_in_running_text_is_accepted_by_the_command_line() {
    let mut commands = vec![];
    for (page, code) in inline_code() {
        if let Some(arguments) = code.strip_prefix("orchestrate ") {
            // `--help` comes last: everything before it is parsed first.
            let output = Command::new(env!("CARGO_BIN_EXE_orchestrate"))
                .args(arguments.split_whitespace())
                .arg("--help")
                .output()
                .unwrap();
            let error = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{page}: {code}\n{error}");
            commands.push(code);
        }
    }
    assert!(commands.len() > 10, "{commands:?}");
}

#[test]
fn every_flag_in_running_text_exists() {
    let help = read("docs/command-line.md");
    let flag = Regex::new("--[a-z][a-z-]+").unwrap();
    let known: Vec<&str> = flag.find_iter(&help).map(|it| it.as_str()).collect();
    let mut found = 0;
    for (page, code) in inline_code() {
        if code.starts_with('-') {
            for flag in flag.find_iter(&code) {
                assert!(known.contains(&flag.as_str()), "{page}: {}", flag.as_str());
                found += 1;
            }
        }
    }
    assert!(found > 100, "{found}");
}

/// The pages' code outside of blocks.
fn inline_code() -> Vec<(String, String)> {
    let code = Regex::new("`([^`]+)`").unwrap();
    let mut found = vec![];
    for page in pages() {
        let text = read(&page);
        let text: Vec<&str> = prose(&text).collect();
        for code in code.captures_iter(&text.join("\n")) {
            found.push((page.clone(), code[1].replace('\n', " ")));
        }
    }
    found
}
