//! The documents are complete and correct: they list everything that the source has, their manifests load, their commands
//! run, and their links work.

#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests are tests

mod commands;
mod flags;
#[path = "../support/generated.rs"]
mod generated;
mod layers;
mod links;
mod manifests;
mod pages;
#[path = "../support/rust.rs"]
mod rust;
mod source;
mod terms;

use orchestrate::internals::{RunEnd, verdict};
use orchestrate::{ProjectResult, Reason};
use pages::{blocks, pages};
use source::{all_keys, between, events, read, root};
use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

const SCHEMA: &str = "src/manifest/schema.rs";
const VERDICT: &str = "src/log/verdict.rs";
const SIGNAL: &str = "src/model/signal.rs";
const EXIT: &str = "src/cli/mod.rs";

#[test]
fn the_command_line_page_is_the_help_of_every_command() {
    let mut text = String::from(
        "# Command line\n\n\
         Every command and flag: the output of `--help`, written by `tests/docs`. Do not edit; run\n\
         `UPDATE_DOCS=1 cargo test --test docs`.\n",
    );
    for command in [
        "",
        "preview",
        "destroy",
        "resume",
        "cancel",
        "runs",
        "runs list",
        "runs show",
        "runs report",
        "runs merge",
        "runs prune",
        "validate",
        "list",
        "graph",
        "orphans",
        "init",
        "sandbox",
        "cache clean",
        "schema",
        "completions",
        "man",
    ] {
        let title = if command.is_empty() {
            "deploy"
        } else {
            command
        };
        text += &format!("\n## {title}\n```text\n{}```\n", help(command));
    }
    generated::assert_generated("docs/command-line.md", &text);
}

#[test]
fn the_schemas_are_checked_in() {
    for of in ["manifest", "events", "report"] {
        let output = Command::new(env!("CARGO_BIN_EXE_orchestrate"))
            .args(["schema", of])
            .output()
            .unwrap();
        let schema = String::from_utf8(output.stdout).unwrap();
        generated::assert_generated(&format!("docs/schema/{of}.json"), &schema);
    }
}

#[test]
fn the_manifest_page_lists_every_key() {
    let supported = [
        between(SCHEMA, "key(\"", "\""),
        between(SCHEMA, "root_only(\"", "\""),
    ];
    let page = read("docs/manifest.md");
    for key in supported.concat() {
        let last = format!(".{key}`");
        let named = page.contains(&format!("`{key}`")) || page.contains(&last);
        assert!(named, "docs/manifest.md does not list `{key}`");
    }
}

#[test]
fn the_manifest_page_has_the_built_in_defaults() {
    let page = read("docs/manifest.md");
    let defaults: toml::Table = read("config/default.toml").parse().unwrap();
    let mut rows = vec![];
    for (table, keys) in &defaults {
        for (key, value) in keys.as_table().unwrap() {
            match value.as_table() {
                Some(inner) => rows.extend(inner.iter().map(|(k, v)| (format!("{key}.{k}"), v))),
                None if table == "defaults" => rows.push((key.clone(), value)),
                None => rows.push((format!("{table}.{key}"), value)),
            }
        }
    }
    assert!(rows.len() > 10, "{rows:?}");
    for (key, value) in rows {
        let value = serde_json::to_string(value).unwrap().replace('"', "");
        let row = page
            .lines()
            .find(|line| line.starts_with(&format!("| `{key}` |")));
        let row = row.unwrap_or_else(|| panic!("no row for {key}"));
        let default = row.split(" | ").nth(2).unwrap();
        assert_eq!(default, format!("`{value}`"), "{row}");
    }
}

#[test]
fn the_output_page_lists_every_event_and_its_data() {
    let page = read("docs/output.md");
    let events = events();
    assert!(events.len() > 10);
    for (name, fields) in events {
        let row = row(&page, &name);
        for field in fields {
            assert!(
                row.contains(&format!("`{field}`")),
                "{name} carries {field}: {row}"
            );
        }
    }
}

#[test]
fn the_output_page_lists_every_field_of_the_report() {
    let page = read("docs/output.md");
    let golden: serde_json::Value = serde_json::from_str(&read("src/report/golden.json")).unwrap();
    let mut keys = BTreeSet::new();
    all_keys(&golden, &mut keys);
    for key in keys {
        assert!(
            page.contains(&format!("`{key}`")),
            "docs/output.md does not list `{key}`"
        );
    }
}

#[test]
fn every_result_and_every_reason_is_explained() {
    let output = read("docs/output.md");
    for &result in ProjectResult::ALL {
        row(&output, result.as_str());
    }
    let codes = Reason::ALL
        .iter()
        .map(|reason| reason.as_str().into_owned());
    let mut codes: BTreeSet<String> = codes.chain(["http_…".to_owned()]).collect();
    let page = read("docs/troubleshooting.md");
    let (explanations, _) = page.split_once("## On your machine").unwrap();
    let rows = explanations.lines().filter_map(|it| it.strip_prefix("| `"));
    let explained = rows.filter_map(|line| Some(line.split_once("` |")?.0.to_owned()));
    assert_eq!(explained.collect::<BTreeSet<_>>(), codes);
    // Of an event, and not of a project.
    codes.remove("conflict");
    let reasons = |result: ProjectResult| row(&output, result.as_str()).rsplit(" | ").next();
    let listed = ProjectResult::ALL.iter().copied().filter_map(reasons);
    let listed = listed.flat_map(|cell| cell.split('`').skip(1).step_by(2).map(str::to_owned));
    assert_eq!(listed.collect::<BTreeSet<_>>(), codes);
}

#[test]
fn the_reasons_that_are_called_transient_lead_to_exit_code_75() {
    let output = read("docs/output.md");
    let page = read("docs/troubleshooting.md");
    let mut transient = BTreeSet::new();
    let mut all = BTreeSet::new();
    for &result in ProjectResult::ALL {
        let reasons = row(&output, result.as_str()).rsplit(" | ").next().unwrap();
        for reason in reasons.split('`').skip(1).step_by(2) {
            all.insert(reason);
            let code = reason.replace('…', "503").parse().unwrap();
            if verdict([(result, Some(code))], RunEnd::default()).1 == 75 {
                transient.insert(reason);
            }
        }
    }
    assert!(all.len() > 30 && transient.len() > 4, "{transient:?}");
    for reason in all {
        let meaning = row(&page, reason).split(" | ").nth(1).unwrap();
        let is_called = meaning.contains("transient") && !meaning.contains("not transient");
        assert_eq!(is_called, transient.contains(reason), "{reason}: {meaning}");
    }
}

#[test]
fn the_exit_codes_are_the_same_everywhere() {
    let codes: BTreeSet<u8> = between(EXIT, "Self = Self(", ")")
        .into_iter()
        .chain(between(VERDICT, "(RunResult::Failed, ", ")"))
        .chain(between(VERDICT, "(RunResult::TimedOut, ", ")"))
        .chain(between(SIGNAL, "Self::Sigint => ", ","))
        .chain(between(SIGNAL, "Self::Sigterm => ", ","))
        .chain(between(SIGNAL, "Self::Sighup => ", ","))
        .chain(between(SIGNAL, "Self::Sigquit => ", ","))
        .filter_map(|code| code.parse().ok())
        .collect();
    assert!(codes.contains(&0) && codes.contains(&75), "{codes:?}");
    let output = read("docs/output.md");
    let (_, output) = output.split_once("## Exit codes").unwrap();
    for page in [&read("docs/ci.md"), output] {
        let listed: BTreeSet<u8> = page
            .lines()
            .filter_map(|line| line.strip_prefix("| "))
            .filter_map(|line| line.split(" |").next())
            .flat_map(|cell| cell.split(", "))
            .filter_map(|code| code.parse().ok())
            .collect();
        assert_eq!(listed, codes);
    }
    let help = help("");
    let (_, help) = help.split_once("Exit codes:").unwrap();
    let numbers = help.split(|c: char| !c.is_ascii_digit());
    let listed: BTreeSet<u8> = numbers.filter_map(|code| code.parse().ok()).collect();
    assert_eq!(listed, codes);
}

#[test]
fn the_first_two_commands_of_the_readme_run_in_ci() {
    let commands = &blocks("README.md", "sh")[0];
    let expected =
        "cargo run --release -- --sandbox --config examples/monorepo/projects.toml\ncargo test\n";
    assert_eq!(commands, expected);
    let ci = root().join(".ci/run");
    if ci.exists() {
        let ci = fs::read_to_string(ci).unwrap();
        // With the binary of the tests: a release build takes minutes.
        let ci = ci.replace(" --locked", "");
        for command in commands.replace(" --release", "").lines() {
            assert!(ci.contains(command), ".ci/run does not run `{command}`");
        }
    }
}

#[test]
fn no_link_is_broken() {
    let broken = links::broken(root());
    assert!(broken.is_empty(), "\n{}\n", broken.join("\n"));
}

#[test]
fn every_page_is_linked_and_starts_with_what_its_reader_can_do() {
    let pages = pages();
    for page in pages.iter().filter(|page| page.starts_with("docs/")) {
        let name = page.trim_start_matches("docs/");
        let links = |other: &String| other != page && read(other).contains(&format!("{name})"));
        assert!(pages.iter().any(links), "{page} is linked nowhere");
        let text = read(page);
        let is_generated = text.contains("Do not edit");
        let start = text.lines().nth(2).unwrap();
        let is_task = start.starts_with("After this page") || page == "docs/glossary.md";
        assert!(is_generated || is_task, "{page} starts with: {start}");
    }
}

#[test]
fn every_difference_from_the_checkly_cli_has_a_test() {
    let page = read("docs/checkly-cli.md");
    let rows: Vec<&str> = page
        .lines()
        .filter(|line| line.starts_with("| ") && !line.starts_with("| the Checkly CLI |"))
        .collect();
    assert!(rows.len() > 30, "{}", rows.len());
    for row in rows {
        let tests = row.rsplit(" | ").next().unwrap_or_default();
        let tests: Vec<_> = tests
            .split('`')
            .filter_map(|text| text.split_once(": "))
            .collect();
        assert!(!tests.is_empty(), "no test for {row}");
        for (file, name) in tests {
            assert!(is_test(&read(file), name), "no test {name} in {file}");
        }
    }
}

/// Whether a file has a test of this name.
fn is_test(source: &str, name: &str) -> bool {
    let (start, end) = (format!("fn {name}("), |line: &str| line.is_empty());
    let lines: Vec<&str> = source.lines().map(str::trim).collect();
    let at = lines
        .iter()
        .position(|line| line.trim_start_matches("async ").starts_with(&start));
    let above = at.map_or(&[][..], |at| &lines[..at]);
    let attributes = above.iter().rev().take_while(|line| !end(line));
    attributes.into_iter().any(|line| {
        ["#[test]", "#[actix::test]"].contains(line) || line.starts_with("#[actix_rt::test(")
    })
}

#[test]
fn every_decision_is_in_the_index() {
    let index = read("docs/adr/README.md");
    for entry in fs::read_dir(root().join("docs/adr")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(
            name == "README.md" || index.contains(&format!("({name})")),
            "{name}"
        );
    }
}

/// The help of a command, 100 columns wide.
fn help(command: &str) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_orchestrate"))
        .args(command.split_whitespace())
        .arg("--help")
        .env("COLUMNS", "100")
        .output()
        .unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    let lines = help.lines().map(|line| line.trim_end().to_owned() + "\n");
    lines.collect()
}

/// The row of a table that starts with this word.
fn row<'p>(page: &'p str, word: &str) -> &'p str {
    let start = format!("| `{word}` |");
    let row = page.lines().find(|line| line.starts_with(&start));
    row.unwrap_or_else(|| panic!("there is no row {start}"))
}
