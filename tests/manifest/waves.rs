//! `[[wave]]`.

use super::support::*;
use std::time::Duration;

const PROJECTS: &str = "
[[project]]
name = 'a'
bundle = 'a.json'
tags = ['canary']
[[project]]
name = 'b'
bundle = 'a.json'
[[project]]
name = 'c'
bundle = 'a.json'
depends_on = ['a']
";

fn with_waves(waves: &str) -> Manifest {
    loaded(&[(FILE_NAME, &format!("{waves}{PROJECTS}")), ("a.json", "{}")])
}

fn told_of(waves: &str) -> String {
    told(&format!("{waves}{PROJECTS}"))
}

fn waves_of(manifest: &Manifest) -> Vec<usize> {
    manifest
        .projects
        .iter()
        .map(|project| project.wave)
        .collect()
}

#[test]
fn a_project_is_in_the_first_wave_that_selects_it_or_comes_last() {
    let manifest = with_waves(
        "[[wave]]
        select = ['tag:canary']
        soak = '10m'
        [[wave]]
        select = ['a', 'b']
        max_fail_percentage = 20",
    );
    assert_eq!(waves_of(&manifest), [0, 1, 2]);
    let rules: Vec<(Duration, u8)> = manifest
        .waves
        .iter()
        .map(|wave| (wave.soak, wave.max_fail_percentage))
        .collect();
    let minutes = |minutes: u64| Duration::from_secs(60 * minutes);
    assert_eq!(
        rules,
        [(minutes(10), 0), (minutes(0), 20), (minutes(0), 100)]
    );
}

#[test]
fn waves_that_select_every_project_need_no_additional_one() {
    let manifest = with_waves("[[wave]]\nselect = ['tag:canary']\n[[wave]]\nselect = ['*']");
    assert_eq!(manifest.waves.len(), 2);
    assert_eq!(waves_of(&manifest), [0, 1, 1]);
}

#[test]
fn without_waves_there_are_none() {
    assert!(with_waves("").waves.is_empty());
}

#[test]
fn a_wave_must_select_a_project() {
    insta::assert_snapshot!(told_of("[[wave]]\nsoak = '1m'\n[[wave]]\nselect = ['canaries', '[']"), @r#"
    error: this wave has no `select`
     --> projects.toml:1:1
      |
    1 | [[wave]]
      | ^^^^^^^^
      |
      = help: add select = ["tag:canary"]; patterns are names, globs over names, or tag:T

    error: this matches no project
     --> projects.toml:4:11
      |
    4 | select = ['canaries', '[']
      |           ^^^^^^^^^^
      |
      = help: `orchestrate list` shows the projects and their tags

    error: this is not a valid project pattern
     --> projects.toml:4:23
      |
    4 | select = ['canaries', '[']
      |                       ^^^ unclosed character class; missing ']'

    3 problems in projects.toml: nothing was sent
    "#);
}

#[test]
fn a_project_cannot_depend_on_a_later_wave() {
    insta::assert_snapshot!(told_of("[[wave]]\nselect = ['c']"), @r"
    error: `c` in wave 1 depends on `a` in wave 2
      --> projects.toml:11:8
       |
     4 | name = 'a'
       |        --- starts later
    ...
    11 | name = 'c'
       |        ^^^
       |
       = help: let wave 1 or an earlier wave select `a`

    1 problem in projects.toml: nothing was sent
    ");
}

#[test]
fn the_settings_of_a_wave_are_checked() {
    insta::assert_snapshot!(told_of("[[wave]]\nselect = []\nsoak = 'long'\nmax_fail_percentage = 101\nmax_fail = 3"), @r#"
    error: `select` must be a non-empty list, as in ["…", "…"]
     --> projects.toml:2:10
      |
    2 | select = []
      |          ^^ this is empty

    error: `soak` must be a duration such as "30s", "5m", or "1h 30m"
     --> projects.toml:3:8
      |
    3 | soak = 'long'
      |        ^^^^^^ not a duration

    error: `max_fail_percentage` must be a whole number from 0 to 100
     --> projects.toml:4:23
      |
    4 | max_fail_percentage = 101
      |                       ^^^ too large

    error: unknown key `max_fail` in [[wave]]
     --> projects.toml:5:1
      |
    5 | max_fail = 3
      | ^^^^^^^^
      |
      = help: the keys here are `select`, `soak`, `max_fail_percentage`

    4 problems in projects.toml: nothing was sent
    "#);
}

#[test]
fn waves_are_allowed_in_the_root_manifest_only() {
    let files = [
        (FILE_NAME, "include = ['x.toml']"),
        (
            "x.toml",
            "[[wave]]\nselect = ['a']\n[[project]]\nname = 'a'\nbundle = 'a.json'",
        ),
        ("a.json", "{}"),
    ];
    insta::assert_snapshot!(told_with(&files, |_| {}), @r"
    error: `wave` is not allowed in an included manifest
     --> x.toml:1:3
      |
    1 | [[wave]]
      |   ^^^^ only the root manifest may set this
      |
      = help: move it to the manifest that includes this one

    1 problem in x.toml: nothing was sent
    ");
}
