//! The help. The long help is in `docs/command-line.md`, which a test keeps up to date.

use super::program::{Ended, orchestrate};

const COMMANDS: [&str; 11] = [
    "deploy",
    "validate",
    "list",
    "graph",
    "init",
    "sandbox",
    "cache",
    "cache clean",
    "schema",
    "completions",
    "man",
];

#[track_caller]
fn help(arguments: &str, columns: usize) -> String {
    let ended = orchestrate(arguments)
        .env("COLUMNS", columns.to_string())
        .run()
        .expect(0);
    assert_eq!(ended.err, "", "help goes to standard output");
    ended.out
}

#[test]
fn the_short_help() {
    insta::assert_snapshot!("help_60", help("-h", 60));
    insta::assert_snapshot!("help_80", help("-h", 80));
    insta::assert_snapshot!("help_100", help("-h", 100));
}

#[test]
fn deploy_has_the_top_level_flags() {
    let flags = |arguments: &str| -> Vec<String> {
        let help = help(arguments, 80);
        let words = help
            .split_whitespace()
            .filter(|word| word.starts_with("--"));
        words
            .map(|word| word.trim_end_matches([',', '.', ':']).to_owned())
            .collect()
    };
    let of_deploy = flags("deploy -h");
    assert!(of_deploy.len() > 25);
    for flag in of_deploy {
        assert!(flags("-h").contains(&flag), "{flag}");
    }
}

#[test]
fn help_is_never_wider_than_the_terminal() {
    let commands = COMMANDS.map(|command| format!("{command} ")).into_iter();
    for command in commands.chain([String::new()]) {
        for form in ["-h", "--help"] {
            for (terminal, columns) in [(60, 60), (80, 80), (100, 100), (200, 100)] {
                for line in help(&format!("{command}{form}"), terminal).lines() {
                    assert!(
                        line.chars().count() <= columns,
                        "{command}{form} at {terminal}: {line}"
                    );
                }
            }
        }
    }
}

#[test]
fn the_help_command_prints_the_long_help() {
    assert_eq!(help("help", 80), help("--help", 80));
    for command in COMMANDS {
        assert_eq!(
            help(&format!("help {command}"), 80),
            help(&format!("{command} --help"), 80)
        );
    }
}

#[test]
fn every_flag_is_under_a_heading() {
    let help = help("-h", 100);
    let headings: Vec<&str> = help
        .lines()
        .filter(|line| line.ends_with(':') && !line.starts_with(' '))
        .collect();
    assert_eq!(
        headings,
        [
            "Commands:",
            "Options:",
            "Input:",
            "Select:",
            "Schedule:",
            "Conflicts:",
            "Safety:",
            "Runs:",
            "Output:",
            "Exit codes:"
        ]
    );
    let of = |heading: &str| {
        help.split(heading)
            .nth(1)
            .unwrap()
            .split("\n\n")
            .next()
            .unwrap()
    };
    assert_eq!(
        of("\nOptions:\n").lines().count(),
        2,
        "only help and version have none"
    );
}

#[test]
fn the_version_is_one_line() {
    for flag in ["--version", "-V"] {
        let ended = orchestrate(flag).run().expect(0);
        assert_eq!(
            ended.out,
            concat!("orchestrate ", env!("CARGO_PKG_VERSION"), "\n")
        );
        assert_eq!(ended.err, "");
    }
}

#[test]
fn a_misspelled_word_gets_a_suggestion() {
    for (arguments, near) in [
        ("deploi", "'deploy'"),
        ("validat", "'validate'"),
        ("lst", "'list'"),
        ("--concurency 3", "'--concurrency'"),
        ("--cancel-in-progress", "'--cancel-in-progress-deployment'"),
        ("--on-conflict cancle", "'cancel'"),
        ("list --format jsn", "'json'"),
    ] {
        let Ended { out, err, .. } = &orchestrate(arguments).run().expect(64);
        assert!(err.contains(near), "{arguments}: {err}");
        assert!(err.contains("--help"), "{err}");
        assert_eq!(out, "");
    }
}
