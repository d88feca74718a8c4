//! Mistakes in keys: unknown, unsupported, or missing.

use super::support::*;
use crate::model::{Budget, Retention};
use std::time::Duration;

#[test]
fn invalid_toml_is_reported_with_every_position() {
    insta::assert_snapshot!(told("name = acme\n[[project]]\nname = \"a\nbundle = \"a.json\"\n"), @r#"
    error: this is not valid TOML
     --> projects.toml:1:8
      |
    1 | name = acme
      |        ^^^^ string values must be quoted, expected literal string

    error: this is not valid TOML
     --> projects.toml:3:10
      |
    3 | name = "a
      |          ^ invalid basic string, expected `"`

    2 problems in projects.toml: nothing was sent
    "#);
}

#[test]
fn an_invalid_line_of_toml_is_reported_once() {
    let told = told("a = = 1 = 2\n");
    assert!(
        told.ends_with("1 problem in projects.toml: nothing was sent\n"),
        "{told}"
    );
}

#[test]
fn an_unknown_key_gets_the_nearest_key_or_its_table_or_the_known_keys() {
    let text = "
timeout = '1m'
zzz = 1
[[projects]]
name = 'a'
[defaults]
onConflict = 'wait'
concurrency = 4
[profile.ci]
concurency = 4
[limits]
zzz = 1
[api]
zzz = 1
";
    insta::assert_snapshot!(told(text), @r"
    error: unknown key `timeout` in the manifest
     --> projects.toml:2:1
      |
    2 | timeout = '1m'
      | ^^^^^^^
      |
      = help: `timeout` belongs in [[project]]

    error: unknown key `zzz` in the manifest
     --> projects.toml:3:1
      |
    3 | zzz = 1
      | ^^^
      |
      = help: the keys here are `version`, `name`, `include`, `api`, `accounts`, `defaults`, `hooks`, `limits`, `state`, `profile`, `wave`, `project`

    error: unknown key `projects` in the manifest
     --> projects.toml:4:3
      |
    4 | [[projects]]
      |   ^^^^^^^^
      |
      = help: did you mean `project`?

    error: unknown key `onConflict` in [defaults]
     --> projects.toml:7:1
      |
    7 | onConflict = 'wait'
      | ^^^^^^^^^^
      |
      = help: did you mean `on_conflict`?

    error: unknown key `concurrency` in [defaults]
     --> projects.toml:8:1
      |
    8 | concurrency = 4
      | ^^^^^^^^^^^
      |
      = help: `concurrency` belongs in [limits]

    error: unknown key `concurency` in [profile.ci]
      --> projects.toml:10:1
       |
    10 | concurency = 4
       | ^^^^^^^^^^
       |
       = help: did you mean `concurrency`?

    error: unknown key `zzz` in [limits]
      --> projects.toml:12:1
       |
    12 | zzz = 1
       | ^^^
       |
       = help: the keys here are `concurrency`, `bundle_concurrency`, `max_deletes`, `max_projects`

    error: unknown key `zzz` in [api]
      --> projects.toml:14:1
       |
    14 | zzz = 1
       | ^^^
       |
       = help: there is only `url`

    8 problems in projects.toml: nothing was sent
    ");
}

#[test]
fn what_is_kept_of_journals_is_positive() {
    let text = "
[state]
keep_runs = 0
keep_for = '0s'
keep_mib = '512MiB'
keep = 3
[[project]]
name = 'a'
bundle = 'a.json'
";
    insta::assert_snapshot!(told(text), @r#"
    error: `keep_runs` must be a whole number, 1 or more
     --> projects.toml:3:13
      |
    3 | keep_runs = 0
      |             ^ too small

    error: `keep_for` must be a duration such as "30s", "5m", or "1h 30m"
     --> projects.toml:4:12
      |
    4 | keep_for = '0s'
      |            ^^^^ it must be longer than zero

    error: `keep_mib` must be a whole number, 1 or more
     --> projects.toml:5:12
      |
    5 | keep_mib = '512MiB'
      |            ^^^^^^^^ this is a string

    error: unknown key `keep` in [state]
     --> projects.toml:6:1
      |
    6 | keep = 3
      | ^^^^
      |
      = help: the keys here are `keep_runs`, `keep_for`, `keep_mib`

    4 problems in projects.toml: nothing was sent
    "#);
}

#[test]
fn limits_are_numbers_and_a_projects_own_is_set_in_its_table() {
    let text = "
[limits]
max_deletes = -1
max_projects = 0
[defaults]
max_deletes = 3
[[project]]
name = 'a'
bundle = 'a.json'
max_deletes = 'none'
";
    insta::assert_snapshot!(told(text), @r"
    error: `max_deletes` must be a whole number, 0 or more
     --> projects.toml:3:15
      |
    3 | max_deletes = -1
      |               ^^ too small

    error: `max_projects` must be a whole number, 1 or more
     --> projects.toml:4:16
      |
    4 | max_projects = 0
      |                ^ too small

    error: unknown key `max_deletes` in [defaults]
     --> projects.toml:6:1
      |
    6 | max_deletes = 3
      | ^^^^^^^^^^^
      |
      = help: `max_deletes` belongs in [[project]]

    error: `max_deletes` must be a whole number, 0 or more
      --> projects.toml:10:15
       |
    10 | max_deletes = 'none'
       |               ^^^^^^ this is a string

    4 problems in projects.toml: nothing was sent
    ");
}

#[test]
fn a_project_needs_a_name_and_an_origin() {
    insta::assert_snapshot!(told("[[project]]\nbundle = 'a.json'\n[[project]]\nname = 'b'\n[[project]]\n"), @r#"
    error: this project has no name
     --> projects.toml:1:1
      |
    1 | [[project]]
      | ^^^^^^^^^^^
      |
      = help: add name = "…"

    error: `b` has neither `path` nor `bundle`
     --> projects.toml:4:8
      |
    4 | name = 'b'
      |        ^^^
      |
      = help: add path = "…", the directory of a Checkly project, or bundle = "…", the file that `checkly deploy --debug-bundle` writes

    error: this project has no name
     --> projects.toml:5:1
      |
    5 | [[project]]
      | ^^^^^^^^^^^
      |
      = help: add name = "…"

    error: this project has neither `path` nor `bundle`
     --> projects.toml:5:1
      |
    5 | [[project]]
      | ^^^^^^^^^^^
      |
      = help: add path = "…", the directory of a Checkly project, or bundle = "…", the file that `checkly deploy --debug-bundle` writes

    4 problems in projects.toml: nothing was sent
    "#);
}

#[test]
fn a_manifest_needs_projects() {
    insta::assert_snapshot!(told("version = 1\n"), @r"
    error: there are no projects in projects.toml
     |
     = help: add one: [[project]] with `path`, or with `name` and `bundle`

    1 problem: nothing was sent
    ");
}

/// Every key of the format.
const EVERY_KEY: &str = r#"version = 1
name = "acme-monitoring"
include = ["teams/*/projects.toml"]          # merged into one queue; paths relative to the including file

[api]
url = "https://api.checklyhq.com"

[accounts.prod]
account_id = "${env:CHECKLY_ACCOUNT_ID}"     # unset is an error; ${env:X:-default} has a default
api_key = { env = "CHECKLY_API_KEY" }        # or { file = "…" } or { command = ["op", "read", "…"] }; never a literal
rate = "600/min"

[defaults]                                   # any project key but name, path, bundle, depends_on
account = "prod"
on_conflict = "wait"
conflict_deadline = "30m"
retries = { count = 3, delay = "1s", max_delay = "30s", jitter = true }
schedule_on_deploy = true
preserve_resources = false
timeout = "45m"

[limits]
concurrency = 16
bundle_concurrency = 2
max_deletes = 0                              # absent: no budget
max_projects = 50

[state]
keep_runs = 20
keep_for = "30d"
keep_mib = 100

[profile.ci]                                 # -P ci; may set anything in [defaults] and [limits]
on_conflict = "cancel"

[[project]]
name = "checkout-${matrix.stage}"            # unique; shown everywhere
matrix = { stage = ["staging", "production"] } # one project for each value
path = "services/checkout"                   # a Checkly project: bundled by the Checkly CLI installed there; globs match several
config = "checkly.config.ts"                 # optional
bundle_command = ["npx", "checkly", "…"]     # optional override of how it is bundled
bundle_timeout = "5m"                        # how long that may take
env = { ENVIRONMENT = "production" }         # for the bundling
depends_on = ["shared-alerts"]
tags = ["tier:1", "team:web"]
inputs = ["services/checkout/**", "packages/ui/**"]   # for --affected
cache = true                                 # use a bundle again while the inputs have not changed
priority = 10

[[project]]
name = "shared-alerts"
bundle = "bundles/shared-alerts.json"        # or a deploy payload written by `checkly deploy --debug-bundle` (.json or .json.gz)
logical_id = "shared-alerts"                 # optional: refuse the bundle if it says otherwise
max_deletes = 2
"#;

#[test]
fn every_key_of_the_format_is_known() {
    let folder = Folder::new(&[
        (FILE_NAME, EVERY_KEY),
        ("bundles/shared-alerts.json", ""),
        ("services/checkout/checkly.config.ts", ""),
        ("teams/web/projects.toml", ""),
    ]);
    let manifest = folder.load().unwrap();
    let budget = Budget {
        max_deletes: Some(0),
        max_projects: Some(50),
    };
    assert_eq!(manifest.budget, budget);
    let retention = Retention {
        keep_runs: 20,
        keep_for: Duration::from_secs(30 * 24 * 60 * 60),
        keep_mib: 100,
    };
    assert_eq!(manifest.retention, retention);
    let own = |ix: usize| manifest.projects[ix].max_deletes;
    assert_eq!((own(0), own(manifest.projects.len() - 1)), (None, Some(2)));
}

#[test]
fn a_rate_is_a_number_of_requests_in_a_time() {
    let text = "
[accounts.prod]
account_id = 'x'
api_key = { env = 'KEY' }
rate = '600 per minute'
[[project]]
name = 'a'
bundle = 'a.json'
";
    insta::assert_snapshot!(told(text), @r#"
    error: the environment variable KEY is not set
     --> projects.toml:4:19
      |
    4 | api_key = { env = 'KEY' }
      |                   ^^^^^
      |
      = help: export KEY=…

    error: `rate` must be a rate such as "600/min", "10/s", or "5000/h"
     --> projects.toml:5:8
      |
    5 | rate = '600 per minute'
      |        ^^^^^^^^^^^^^^^^ not a rate

    2 problems in projects.toml: nothing was sent
    "#);
}

#[test]
fn endless_brackets_are_refused_without_recursion() {
    let text = format!("name = {}", "[".repeat(100_000));
    let told = told(&text);
    assert!(told.contains("this is not valid TOML"));
}
