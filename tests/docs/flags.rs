//! Commands and flags in running text exist.

use super::links::prose;
use super::pages::pages;
use super::source::read;
use regex::Regex;

#[test]
fn every_command_and_flag_in_running_text_exists() {
    let help = read("docs/command-line.md");
    let flag = Regex::new("--[a-z][a-z-]+").unwrap();
    let known: Vec<&str> = flag.find_iter(&help).map(|it| it.as_str()).collect();
    let (mut commands, mut flags) = (0, 0);
    for (page, code) in inline_code() {
        if let Some(arguments) = code.strip_prefix("orchestrate ") {
            let words = arguments.split_whitespace();
            let command: Vec<_> = words.take_while(|word| !word.starts_with('-')).collect();
            let command = match &*command.join(" ") {
                "" => "deploy".to_owned(),
                command => command.to_owned(),
            };
            let section = format!("\n## {command}\n");
            assert!(help.contains(&section), "{page}: {code}");
            commands += 1;
        } else if !code.starts_with('-') {
            continue;
        }
        for flag in flag.find_iter(&code) {
            assert!(known.contains(&flag.as_str()), "{page}: {code}");
            flags += 1;
        }
    }
    assert!(commands > 10 && flags > 100, "{commands} {flags}");
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
