//! Mistakes in keys for bundling: contradictory keys, and values that make bundling impossible.

use super::folders::{beside, told_beside};
use super::support::*;

#[test]
fn a_project_has_one_origin_and_a_bundle_is_used_as_it_is() {
    let text = "
[[project]]
name = 'a'
path = 'a'
bundle = 'a.json'
config = 'x.ts'
[[project]]
name = 'b'
bundle = 'a.json'
config = 'x.ts'
bundle_command = ['x']
bundle_timeout = '1s'
env = { A = 'x' }
cache = true
inputs = ['a.json']
[[project]]
name = 'c'
bundle = 'a'
";
    let folder = Folder::new(&[(FILE_NAME, text), ("a.json", ""), ("a/x.ts", "")]);
    insta::assert_snapshot!(folder.render(&folder.load().unwrap_err()), @r"
    error: `a` has both `bundle` and `path`
     --> projects.toml:4:8
      |
    4 | path = 'a'
      |        ^^^
    5 | bundle = 'a.json'
      |          -------- a bundle is used as it is
      |
      = help: remove one of them

    error: `config` requires `path`, but `b` has a bundle
      --> projects.toml:10:10
       |
    10 | config = 'x.ts'
       |          ^^^^^^
       |
       = help: remove it: a bundle is used as it is

    error: `bundle_command` requires `path`, but `b` has a bundle
      --> projects.toml:11:18
       |
    11 | bundle_command = ['x']
       |                  ^^^^^
       |
       = help: remove it: a bundle is used as it is

    error: `bundle_timeout` requires `path`, but `b` has a bundle
      --> projects.toml:12:18
       |
    12 | bundle_timeout = '1s'
       |                  ^^^^
       |
       = help: remove it: a bundle is used as it is

    error: `env` requires `path`, but `b` has a bundle
      --> projects.toml:13:7
       |
    13 | env = { A = 'x' }
       |       ^^^^^^^^^^^
       |
       = help: remove it: a bundle is used as it is

    error: `cache` requires `path`, but `b` has a bundle
      --> projects.toml:14:9
       |
    14 | cache = true
       |         ^^^^
       |
       = help: remove it: a bundle is used as it is

    error: the bundle a is a directory
      --> projects.toml:18:10
       |
    18 | bundle = 'a'
       |          ^^^
       |
       = help: name the file in it, or set `path` to the directory of a Checkly project

    7 problems in projects.toml: nothing was sent
    ");
}

#[test]
fn a_cache_needs_inputs() {
    let text = "[[project]]\npath = 'a'\ncache = true\n";
    insta::assert_snapshot!(told_beside(text, &["a"]), @r"
    error: `cache` requires `inputs`, which determine when a bundle is out of date
     --> projects.toml:3:9
      |
    2 | path = 'a'
      |        --- for this project
    3 | cache = true
      |         ^^^^
      |
      = help: list all source files of the project in `inputs`, including those outside its directory

    1 problem in projects.toml: nothing was sent
    ");
    let text = "[defaults]\ncache = true\n[[project]]\npath = 'a'\n[[project]]\npath = 'b'\ncache = false\n";
    insta::assert_snapshot!(told_beside(text, &["a", "b"]), @r"
    error: `cache` requires `inputs`, which determine when a bundle is out of date
     --> projects.toml:2:9
      |
    2 | cache = true
      |         ^^^^
    3 | [[project]]
    4 | path = 'a'
      |        --- for this project
      |
      = help: list all source files of the project in `inputs`, including those outside its directory

    1 problem in projects.toml: nothing was sent
    ");
}

#[test]
fn a_mistake_shared_by_all_projects_is_reported_once() {
    let names: Vec<String> = (1..=40).map(|nth| format!("p{nth}")).collect();
    let projects: String = names
        .iter()
        .map(|name| format!("[[project]]\npath = '{name}'\n"))
        .collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let text = format!("[defaults]\ncache = true\n{projects}");
    insta::assert_snapshot!(told_beside(&text, &names), @r"
    error: `cache` requires `inputs`, which determine when a bundle is out of date
     --> projects.toml:2:9
      |
    2 | cache = true
      |         ^^^^
    3 | [[project]]
    4 | path = 'p1'
      |        ---- for this project and 39 more
      |
      = help: list all source files of the project in `inputs`, including those outside its directory

    1 problem in projects.toml: nothing was sent
    ");
}

#[test]
fn inputs_that_leave_out_the_projects_own_directory_are_reported() {
    let folders = ["s/web", "s/api", "lib"];
    let manifest = |inputs: &str| {
        format!("[[project]]\npath = 's/web'\ninputs = {inputs}\n[[project]]\npath = 's/api'\n")
    };
    for inputs in [
        "['s/web/**']",
        "['lib/**', 's/*/*.ts']",
        "['**']",
        "['./s/web/checkly.config.*']",
        "['s']",
        "['s/web/checkly.config.ts']",
        "['lib/../s/web/*']",
    ] {
        let folder = beside(&manifest(inputs), &folders);
        assert!(folder.load().is_ok(), "{inputs}");
    }
    for inputs in [
        "['lib/**']",
        "['s/web/*.json']",
        "['s/w/**']",
        "['s/*']",
        "['s/web/gone.ts']",
    ] {
        let told = told_beside(&manifest(inputs), &folders);
        let what = "error: the `inputs` of `web` leave out its own directory s/web\n";
        assert!(told.contains(what), "{inputs}: {told}");
    }
    insta::assert_snapshot!(told_beside(&manifest("['lib/**']"), &folders), @r#"
    error: the `inputs` of `web` leave out its own directory s/web
     --> projects.toml:3:10
      |
    2 | path = 's/web'
      |        ------- of this project
    3 | inputs = ['lib/**']
      |          ^^^^^^^^^^
      |
      = help: add "s/web/**", or narrower patterns for its source files

    1 problem in projects.toml: nothing was sent
    "#);
    // A command may bundle anything, and a bundle is its own only input.
    let command = "[[project]]\npath = 's/web'\ninputs = ['lib/**']\nbundle_command = ['make']\n\
                   [[project]]\nname = 'b'\nbundle = 'lib/checkly.config.ts'\ninputs = ['s/**']\n";
    assert!(beside(command, &folders).load().is_ok());
}

#[test]
fn values_that_make_bundling_impossible_are_reported() {
    let text = "
[defaults]
env = 'x'
[[project]]
path = 'a'
bundle_command = []
bundle_timeout = '0s'
cache = 'yes'
inputs = ['a/[', '', 1]
config = \"a\\u0000b\"
[[project]]
path = 'b'
inputs = []
env = { 'A B' = 'x', PORT = 8080, X = \"\\u0000\", Y = '${env:NONE}', '' = '' }
[limits]
bundle_concurrency = 0
";
    insta::assert_snapshot!(told_beside(text, &["a", "b"]), @r#"
    error: `env` must be a table
     --> projects.toml:3:7
      |
    3 | env = 'x'
      |       ^^^ this is a string
      |
      = help: write env = { NAME = "…" }

    error: `bundle_command` must be a non-empty list, as in ["…", "…"]
     --> projects.toml:6:18
      |
    6 | bundle_command = []
      |                  ^^ this is empty

    error: `bundle_timeout` must be a duration such as "30s", "5m", or "1h 30m"
     --> projects.toml:7:18
      |
    7 | bundle_timeout = '0s'
      |                  ^^^^ it must be longer than zero

    error: `cache` must be true or false
     --> projects.toml:8:9
      |
    8 | cache = 'yes'
      |         ^^^^^ this is a string

    error: each of `inputs` must be a file pattern such as "services/**"
     --> projects.toml:9:11
      |
    9 | inputs = ['a/[', '', 1]
      |           ^^^^^ unclosed character class; missing ']'

    error: each of `inputs` must be a file pattern such as "services/**"
     --> projects.toml:9:18
      |
    9 | inputs = ['a/[', '', 1]
      |                  ^^ this is empty

    error: each of `inputs` must be a file pattern such as "services/**"
     --> projects.toml:9:22
      |
    9 | inputs = ['a/[', '', 1]
      |                      ^ this is a whole number

    error: `config` must be a string
      --> projects.toml:10:10
       |
    10 | config = "a\u0000b"
       |          ^^^^^^^^^^ it contains a NUL character

    error: `inputs` must be a non-empty list, as in ["…", "…"]
      --> projects.toml:13:10
       |
    13 | inputs = []
       |          ^^ this is empty

    error: this is not a valid environment variable name
      --> projects.toml:14:9
       |
    14 | env = { 'A B' = 'x', PORT = 8080, X = "\u0000", Y = '${env:NONE}', '' = '' }
       |         ^^^^^
       |
       = help: use letters, digits, and `_`, and do not start with a digit

    error: `PORT` must be a string
      --> projects.toml:14:29
       |
    14 | env = { 'A B' = 'x', PORT = 8080, X = "\u0000", Y = '${env:NONE}', '' = '' }
       |                             ^^^^ this is a whole number

    error: `X` must be a string
      --> projects.toml:14:39
       |
    14 | env = { 'A B' = 'x', PORT = 8080, X = "\u0000", Y = '${env:NONE}', '' = '' }
       |                                       ^^^^^^^^ it contains a NUL character

    error: the environment variable NONE is not set
      --> projects.toml:14:53
       |
    14 | env = { 'A B' = 'x', PORT = 8080, X = "\u0000", Y = '${env:NONE}', '' = '' }
       |                                                     ^^^^^^^^^^^^^
       |
       = help: export NONE=…, or give a default: ${env:NONE:-…}

    error: this is not a valid environment variable name
      --> projects.toml:14:68
       |
    14 | env = { 'A B' = 'x', PORT = 8080, X = "\u0000", Y = '${env:NONE}', '' = '' }
       |                                                                    ^^
       |
       = help: use letters, digits, and `_`, and do not start with a digit

    error: `bundle_concurrency` must be a whole number, 1 or more
      --> projects.toml:16:22
       |
    16 | bundle_concurrency = 0
       |                      ^ too small

    15 problems in projects.toml: nothing was sent
    "#);
}

#[test]
fn reserved_variables_are_refused_in_every_table() {
    let text = "
[defaults]
env = { CHECKLY_API_KEY = 'x', CHECKLY_ACCOUNT_ID = 'x' }
[profile.ci]
env = { CHECKLY_ENV = 'local' }
[[project]]
path = 'a'
[project.env]
CHECKLY_API_URL = 'http://localhost'
ORCHESTRATE_BUNDLE_FILE = 'x'
";
    insta::assert_snapshot!(told_beside(text, &["a"]), @r"
    error: `env` cannot set `CHECKLY_API_KEY`: orchestrate sets it
     --> projects.toml:3:9
      |
    3 | env = { CHECKLY_API_KEY = '*', CHECKLY_ACCOUNT_ID = 'x' }
      |         ^^^^^^^^^^^^^^^
      |
      = help: set the project's `account` instead

    error: `env` cannot set `CHECKLY_ACCOUNT_ID`: orchestrate sets it
     --> projects.toml:3:32
      |
    3 | env = { CHECKLY_API_KEY = '*', CHECKLY_ACCOUNT_ID = 'x' }
      |                                ^^^^^^^^^^^^^^^^^^
      |
      = help: set the project's `account` instead

    error: `env` cannot set `CHECKLY_ENV`: orchestrate sets it
     --> projects.toml:5:9
      |
    5 | env = { CHECKLY_ENV = 'local' }
      |         ^^^^^^^^^^^
      |
      = help: set `api.url` or --api-url instead

    error: `env` cannot set `CHECKLY_API_URL`: orchestrate sets it
     --> projects.toml:9:1
      |
    9 | CHECKLY_API_URL = 'http://localhost'
      | ^^^^^^^^^^^^^^^
      |
      = help: set `api.url` or --api-url instead

    error: `env` cannot set `ORCHESTRATE_BUNDLE_FILE`: orchestrate sets it
      --> projects.toml:10:1
       |
    10 | ORCHESTRATE_BUNDLE_FILE = 'x'
       | ^^^^^^^^^^^^^^^^^^^^^^^
       |
       = help: it names the file that `bundle_command` must write

    5 problems in projects.toml: nothing was sent
    ");
}
