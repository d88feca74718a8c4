//! The words that `docs/glossary.md` rules out: in Markdown and TOML files, and in the strings and comments of Rust files.

use crate::rust;
use crate::source::{read, root};
use regex::Regex;
use std::fs;
use std::path::Path;
use walkdir::{DirEntry, WalkDir};

/// A row of the table "Words to avoid".
struct Rule {
    word: String,
    instead: String,
    because: String,
    pattern: Regex,
}

#[test]
fn the_words_to_avoid_are_avoided() {
    let rules = rules(&read("docs/glossary.md"));
    assert!(rules.len() > 20, "{}", rules.len());
    let mut found = vec![];
    for entry in WalkDir::new(root()).into_iter().filter_entry(is_ours) {
        let entry = entry.unwrap();
        let path = entry.path().strip_prefix(root()).unwrap();
        let name = path.to_str().unwrap();
        if name == "docs/glossary.md" || !entry.file_type().is_file() {
            continue;
        }
        if let Some(text) = text(entry.path()) {
            found.extend(hits(name, &text, &rules));
        }
    }
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

#[test]
fn a_word_is_found_across_lines_and_not_in_code() {
    let table = "| `old term`, `oldie` | term | shorter |\n| `old_word` | `new_word` | |\n";
    let rules = rules(&format!(
        "## Words to avoid\n{table}## Next\n| `no` | | |\n"
    ));
    let text = "`oldie` and `old_word`s\nOld\nterms and Oldies, not golden oldiest";
    let expected = [
        "a.md:2: `old term`: write \"term\" (shorter)",
        "a.md:3: `oldie`: write \"term\" (shorter)",
        "a.md:1: `old_word`: write \"`new_word`\"",
    ];
    assert_eq!(hits("a.md", text, &rules), expected);
}

fn rules(glossary: &str) -> Vec<Rule> {
    let (_, table) = glossary.split_once("## Words to avoid").unwrap();
    let (table, _) = table.split_once("\n## ").unwrap();
    let rows = table.lines().filter(|line| line.starts_with("| `"));
    let mut rules = vec![];
    for row in rows {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        for word in cells[1].split(", ") {
            let word = word.trim_matches('`');
            let pattern = word.replace(' ', r"\s+");
            rules.push(Rule {
                word: word.to_owned(),
                instead: cells[2].to_owned(),
                because: cells[3].to_owned(),
                pattern: Regex::new(&format!(r"(?i)\b{pattern}s?\b")).unwrap(),
            });
        }
    }
    rules
}

/// `path:line`, the word, what to write, and why.
fn hits(path: &str, text: &str, rules: &[Rule]) -> Vec<String> {
    // Code spans, variables, and the example's `from-folders.toml`.
    let names = Regex::new(r#"`[^`\n]+`|\{ *[\w.]+|"folder"|\bfrom-\w+"#).unwrap();
    let prose = names.replace_all(text, "");
    let mut found = vec![];
    for rule in rules {
        // Reasons and results are in backticks; other words there are identifiers.
        let text = if rule.word.contains('_') {
            text
        } else {
            &prose
        };
        for hit in rule.pattern.find_iter(text) {
            let line = text[..hit.start()].matches('\n').count() + 1;
            let because = match rule.because.as_str() {
                "" => String::new(),
                because => format!(" ({because})"),
            };
            let (word, instead) = (&rule.word, &rule.instead);
            found.push(format!(
                "{path}:{line}: `{word}`: write \"{instead}\"{because}"
            ));
        }
    }
    found
}

/// What people read of a file.
fn text(path: &Path) -> Option<String> {
    let extension = path.extension()?.to_str()?;
    match extension {
        "md" | "toml" => Some(fs::read_to_string(path).unwrap()),
        "rs" => Some(rust::split(&fs::read_to_string(path).unwrap()).1),
        _ => None,
    }
}

fn is_ours(entry: &DirEntry) -> bool {
    let name = entry.file_name().to_string_lossy();
    let is_root = entry.depth() == 0;
    is_root || !(name.starts_with('.') || name == "target" || name == "node_modules")
}
