//! Mistakes in values.

use super::support::*;

#[test]
fn a_value_of_the_wrong_type_is_reported_with_the_expected_type() {
    let text = "
version = '1'
name = 1
include = 'x'
accounts = 1
[defaults]
on_conflict = true
timeout = 30
retries = 3
schedule_on_deploy = 'yes'
tags = ['a', 1]
priority = 1.5
[limits]
concurrency = 2020-01-01
[project]
name = 'a'
";
    insta::assert_snapshot!(told(text), @r#"
    error: `version` must be a whole number
     --> projects.toml:2:11
      |
    2 | version = '1'
      |           ^^^ this is a string

    error: `name` must be a single-line string
     --> projects.toml:3:8
      |
    3 | name = 1
      |        ^ this is a whole number

    error: `include` must be a list, as in ["…", "…"]
     --> projects.toml:4:11
      |
    4 | include = 'x'
      |           ^^^ this is a string

    error: `accounts` must be a table
     --> projects.toml:5:12
      |
    5 | accounts = *
      |            ^ this is a whole number

    error: `on_conflict` must be one of "wait", "cancel", "fail"
     --> projects.toml:7:15
      |
    7 | on_conflict = true
      |               ^^^^ this is a boolean

    error: `timeout` must be a duration such as "30s", "5m", or "1h 30m"
     --> projects.toml:8:11
      |
    8 | timeout = 30
      |           ^^ this is a whole number

    error: `retries` must be a table
     --> projects.toml:9:11
      |
    9 | retries = 3
      |           ^ this is a whole number
      |
      = help: write retries = { count = … }

    error: `schedule_on_deploy` must be true or false
      --> projects.toml:10:22
       |
    10 | schedule_on_deploy = 'yes'
       |                      ^^^^^ this is a string

    error: each of `tags` must be a single-line string
      --> projects.toml:11:14
       |
    11 | tags = ['a', 1]
       |              ^ this is a whole number

    error: `priority` must be a whole number
      --> projects.toml:12:12
       |
    12 | priority = 1.5
       |            ^^^ this is a decimal number

    error: `concurrency` must be a whole number, 1 or more
      --> projects.toml:14:15
       |
    14 | concurrency = 2020-01-01
       |               ^^^^^^^^^^ this is a date

    error: `project` must be a list of tables
      --> projects.toml:15:1
       |
    15 | [project]
       | ^^^^^^^^^ this is a table
       |
       = help: write [[project]] instead of [project]

    12 problems in projects.toml: nothing was sent
    "#);
}

#[test]
fn a_value_out_of_range_is_reported_with_the_allowed_range() {
    let text = "
version = 2
name = ' acme '
[defaults]
on_conflict = 'cancle'
conflict_deadline = '30'
timeout = '0s'
retries = { count = -1, delay = '10y', max_delay = '' }
tags = ['']
priority = 99999999999999999999
[limits]
concurrency = 0
[[project]]
name = \"a\\u001b[31m\"
bundle = 'a.json'
";
    insta::assert_snapshot!(told(text), @r#"
    error: manifest version 2 is not supported
     --> projects.toml:2:11
      |
    2 | version = 2
      |           ^
      |
      = help: write version = 1, or use a newer `orchestrate`

    error: `name` must be a single-line string
     --> projects.toml:3:8
      |
    3 | name = ' acme '
      |        ^^^^^^^^ leading or trailing white space

    error: `on_conflict` must be one of "wait", "cancel", "fail"
     --> projects.toml:5:15
      |
    5 | on_conflict = 'cancle'
      |               ^^^^^^^^ did you mean "cancel"?

    error: `conflict_deadline` must be a duration such as "30s", "5m", or "1h 30m"
     --> projects.toml:6:21
      |
    6 | conflict_deadline = '30'
      |                     ^^^^ not a duration

    error: `timeout` must be a duration such as "30s", "5m", or "1h 30m"
     --> projects.toml:7:11
      |
    7 | timeout = '0s'
      |           ^^^^ it must be longer than zero

    error: `count` must be a whole number, 0 or more
     --> projects.toml:8:21
      |
    8 | retries = { count = -1, delay = '10y', max_delay = '' }
      |                     ^^ too small

    error: `delay` must be a duration such as "30s", "5m", or "1h 30m"
     --> projects.toml:8:33
      |
    8 | retries = { count = -1, delay = '10y', max_delay = '' }
      |                                 ^^^^^ longer than 365 days

    error: `max_delay` must be a duration such as "30s", "5m", or "1h 30m"
     --> projects.toml:8:52
      |
    8 | retries = { count = -1, delay = '10y', max_delay = '' }
      |                                                    ^^ this is empty

    error: each of `tags` must be a single-line string
     --> projects.toml:9:9
      |
    9 | tags = ['']
      |         ^^ this is empty

    error: `priority` must be a whole number
      --> projects.toml:10:12
       |
    10 | priority = 99999999999999999999
       |            ^^^^^^^^^^^^^^^^^^^^ too large

    error: `concurrency` must be a whole number, 1 or more
      --> projects.toml:12:15
       |
    12 | concurrency = 0
       |               ^ too small

    error: `name` must be a single-line string
      --> projects.toml:14:8
       |
    14 | name = "a\u001b[31m"
       |        ^^^^^^^^^^^^^ it contains a control character

    12 problems in projects.toml: nothing was sent
    "#);
}

#[test]
fn an_unset_variable_or_an_invalid_reference_is_reported() {
    let text = "
name = '${env:NONE} and ${NAME}'
[[project]]
name = '${env:NAME:-a}'
bundle = '${env:DIR'
";
    insta::assert_snapshot!(told(text), @r"
    error: this is not a valid reference
     --> projects.toml:2:8
      |
    2 | name = '${env:NONE} and ${NAME}'
      |        ^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: write ${env:NAME}, ${env:NAME:-default}, ${matrix.NAME}, ${folder}, or ${parent}; $${ is a literal ${

    error: the environment variable NONE is not set
     --> projects.toml:2:8
      |
    2 | name = '${env:NONE} and ${NAME}'
      |        ^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: export NONE=…, or give a default: ${env:NONE:-…}

    error: this is not a valid reference
     --> projects.toml:5:10
      |
    5 | bundle = '${env:DIR'
      |          ^^^^^^^^^^^
      |
      = help: write ${env:NAME}, ${env:NAME:-default}, ${matrix.NAME}, ${folder}, or ${parent}; $${ is a literal ${

    3 problems in projects.toml: nothing was sent
    ");
}

#[test]
fn a_literal_key_is_masked_and_gets_advice() {
    let text = "
[accounts.prod]
account_id = 'x'
api_key = \"cu_0123456789abcdef0123456789abcdef\"
[accounts.eu]
account_id = 'x'
api_key = '${env:EU_KEY}'
[[project]]
name = 'a'
bundle = 'a.json'
account = 'prod'
";
    insta::assert_snapshot!(told(text), @r#"
    error: `api_key` must name the source of the key, not contain the key
     --> projects.toml:4:11
      |
    4 | api_key = "***********************************"
      |           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: write api_key = { env = "CHECKLY_API_KEY" }, or { file = "…" }; if the manifest was ever committed, create a new key and revoke this one

    error: `api_key` must name the source of the key, not contain the key
     --> projects.toml:7:11
      |
    7 | api_key = '${env:EU_KEY}'
      |           ^^^^^^^^^^^^^^^
      |
      = help: write api_key = { env = "EU_KEY" }

    2 problems in projects.toml: nothing was sent
    "#);
}

#[test]
fn an_invalid_value_from_a_variable_is_not_shown() {
    let folder = Folder::new(&[(FILE_NAME, "[defaults]\ntimeout = '${env:SECRET}'\n")]);
    let env = |_: &str| Some("Zx9Qw7".to_owned());
    let problems = folder.load_with(&env, |_| {}).unwrap_err();
    let told = folder.render(&problems);
    assert!(told.contains("timeout = '${env:SECRET}'"), "{told}");
    assert!(!told.contains("Zx9Qw7"), "{told}");
}

/// `destroy` sends it as a part of a URL, without a bundle that would be checked.
#[test]
fn a_logical_id_cannot_be_a_step_in_a_path() {
    for id in [".", ".."] {
        let text = format!("[[project]]\nname = 'a'\nbundle = 'a.json'\nlogical_id = '{id}'\n");
        let told = told(&text);
        let what = format!("error: `logical_id` cannot be `{id}`\n --> projects.toml:4:14");
        assert!(told.starts_with(&what), "{told}");
    }
}
