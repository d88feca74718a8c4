//! What is said about keys that go with bundling: those that contradict each other, and values that cannot bundle anything.

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
      = help: keep the one that it is deployed from

    error: `config` goes with `path`, and `b` has a bundle
      --> projects.toml:10:10
       |
    10 | config = 'x.ts'
       |          ^^^^^^
       |
       = help: remove it: a bundle is used as it is

    error: `bundle_command` goes with `path`, and `b` has a bundle
      --> projects.toml:11:18
       |
    11 | bundle_command = ['x']
       |                  ^^^^^
       |
       = help: remove it: a bundle is used as it is

    error: `bundle_timeout` goes with `path`, and `b` has a bundle
      --> projects.toml:12:18
       |
    12 | bundle_timeout = '1s'
       |                  ^^^^
       |
       = help: remove it: a bundle is used as it is

    error: `env` goes with `path`, and `b` has a bundle
      --> projects.toml:13:7
       |
    13 | env = { A = 'x' }
       |       ^^^^^^^^^^^
       |
       = help: remove it: a bundle is used as it is

    error: `cache` goes with `path`, and `b` has a bundle
      --> projects.toml:14:9
       |
    14 | cache = true
       |         ^^^^
       |
       = help: remove it: a bundle is used as it is

    error: the bundle a is a folder
      --> projects.toml:18:10
       |
    18 | bundle = 'a'
       |          ^^^
       |
       = help: name the file in it, or a Checkly project's folder with `path`

    7 problems in projects.toml: nothing was sent
    ");
}

#[test]
fn a_cache_needs_inputs() {
    let text = "[[project]]\npath = 'a'\ncache = true\n";
    insta::assert_snapshot!(told_beside(text, &["a"]), @r"
    error: `cache` requires `inputs`, which say when a bundle is out of date
     --> projects.toml:3:9
      |
    2 | path = 'a'
      |        --- for this project
    3 | cache = true
      |         ^^^^
      |
      = help: list in `inputs` all files that the project is made of, also those outside its directory

    1 problem in projects.toml: nothing was sent
    ");
    let text = "[defaults]\ncache = true\n[[project]]\npath = 'a'\n[[project]]\npath = 'b'\ncache = false\n";
    insta::assert_snapshot!(told_beside(text, &["a", "b"]), @r"
    error: `cache` requires `inputs`, which say when a bundle is out of date
     --> projects.toml:2:9
      |
    2 | cache = true
      |         ^^^^
    3 | [[project]]
    4 | path = 'a'
      |        --- for this project
      |
      = help: list in `inputs` all files that the project is made of, also those outside its directory

    1 problem in projects.toml: nothing was sent
    ");
}

#[test]
fn one_mistake_of_all_projects_is_told_once() {
    let names: Vec<String> = (1..=40).map(|nth| format!("p{nth}")).collect();
    let projects: String = names
        .iter()
        .map(|name| format!("[[project]]\npath = '{name}'\n"))
        .collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let text = format!("[defaults]\ncache = true\n{projects}");
    insta::assert_snapshot!(told_beside(&text, &names), @r"
    error: `cache` requires `inputs`, which say when a bundle is out of date
     --> projects.toml:2:9
      |
    2 | cache = true
      |         ^^^^
    3 | [[project]]
    4 | path = 'p1'
      |        ---- for this project and 39 more
      |
      = help: list in `inputs` all files that the project is made of, also those outside its directory

    1 problem in projects.toml: nothing was sent
    ");
}

#[test]
fn inputs_that_leave_out_the_projects_own_folder_are_told() {
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
        let what = "error: the `inputs` of `web` leave out its own folder s/web\n";
        assert!(told.contains(what), "{inputs}: {told}");
    }
    insta::assert_snapshot!(told_beside(&manifest("['lib/**']"), &folders), @r#"
    error: the `inputs` of `web` leave out its own folder s/web
     --> projects.toml:3:10
      |
    2 | path = 's/web'
      |        ------- of this project
    3 | inputs = ['lib/**']
      |          ^^^^^^^^^^
      |
      = help: add "s/web/**", or what of it the project is made of

    1 problem in projects.toml: nothing was sent
    "#);
    // A command may make the bundle of anything, and a bundle is its own only input.
    let command = "[[project]]\npath = 's/web'\ninputs = ['lib/**']\nbundle_command = ['make']\n\
                   [[project]]\nname = 'b'\nbundle = 'lib/checkly.config.ts'\ninputs = ['s/**']\n";
    assert!(beside(command, &folders).load().is_ok());
}

#[test]
fn values_that_cannot_bundle_anything_are_told() {
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

    error: `bundle_command` must be a list with something in it, as in ["…", "…"]
     --> projects.toml:6:18
      |
    6 | bundle_command = []
      |                  ^^ this is empty

    error: `bundle_timeout` must be a duration such as "30s", "5m" or "1h 30m"
     --> projects.toml:7:18
      |
    7 | bundle_timeout = '0s'
      |                  ^^^^ no time at all

    error: `cache` must be true or false
     --> projects.toml:8:9
      |
    8 | cache = 'yes'
      |         ^^^^^ this is a string

    error: each of `inputs` must be a pattern for files such as "services/**"
     --> projects.toml:9:11
      |
    9 | inputs = ['a/[', '', 1]
      |           ^^^^^ unclosed character class; missing ']'

    error: each of `inputs` must be a pattern for files such as "services/**"
     --> projects.toml:9:18
      |
    9 | inputs = ['a/[', '', 1]
      |                  ^^ this is empty

    error: each of `inputs` must be a pattern for files such as "services/**"
     --> projects.toml:9:22
      |
    9 | inputs = ['a/[', '', 1]
      |                      ^ this is a whole number

    error: `config` must be a string
      --> projects.toml:10:10
       |
    10 | config = "a\u0000b"
       |          ^^^^^^^^^^ a NUL character in it

    error: `inputs` must be a list with something in it, as in ["…", "…"]
      --> projects.toml:13:10
       |
    13 | inputs = []
       |          ^^ this is empty

    error: this is not the name of an environment variable
      --> projects.toml:14:9
       |
    14 | env = { 'A B' = 'x', PORT = 8080, X = "\u0000", Y = '${env:NONE}', '' = '' }
       |         ^^^^^
       |
       = help: letters, digits and `_`, not a digit first

    error: `PORT` must be a string
      --> projects.toml:14:29
       |
    14 | env = { 'A B' = 'x', PORT = 8080, X = "\u0000", Y = '${env:NONE}', '' = '' }
       |                             ^^^^ this is a whole number

    error: `X` must be a string
      --> projects.toml:14:39
       |
    14 | env = { 'A B' = 'x', PORT = 8080, X = "\u0000", Y = '${env:NONE}', '' = '' }
       |                                       ^^^^^^^^ a NUL character in it

    error: the environment variable NONE is not set
      --> projects.toml:14:53
       |
    14 | env = { 'A B' = 'x', PORT = 8080, X = "\u0000", Y = '${env:NONE}', '' = '' }
       |                                                     ^^^^^^^^^^^^^
       |
       = help: export NONE=…, or give a default: ${env:NONE:-…}

    error: this is not the name of an environment variable
      --> projects.toml:14:68
       |
    14 | env = { 'A B' = 'x', PORT = 8080, X = "\u0000", Y = '${env:NONE}', '' = '' }
       |                                                                    ^^
       |
       = help: letters, digits and `_`, not a digit first

    error: `bundle_concurrency` must be a whole number, 1 or more
      --> projects.toml:16:22
       |
    16 | bundle_concurrency = 0
       |                      ^ too small

    15 problems in projects.toml: nothing was sent
    "#);
}

#[test]
fn variables_that_are_set_anyway_are_refused_wherever_they_stand() {
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
    error: `CHECKLY_API_KEY` is not for `env` to set: orchestrate sets it itself
     --> projects.toml:3:9
      |
    3 | env = { CHECKLY_API_KEY = '*', CHECKLY_ACCOUNT_ID = 'x' }
      |         ^^^^^^^^^^^^^^^
      |
      = help: say with `account` where the project is deployed

    error: `CHECKLY_ACCOUNT_ID` is not for `env` to set: orchestrate sets it itself
     --> projects.toml:3:32
      |
    3 | env = { CHECKLY_API_KEY = '*', CHECKLY_ACCOUNT_ID = 'x' }
      |                                ^^^^^^^^^^^^^^^^^^
      |
      = help: say with `account` where the project is deployed

    error: `CHECKLY_ENV` is not for `env` to set: orchestrate sets it itself
     --> projects.toml:5:9
      |
    5 | env = { CHECKLY_ENV = 'local' }
      |         ^^^^^^^^^^^
      |
      = help: say with `api.url` or --api-url which API it is deployed to

    error: `CHECKLY_API_URL` is not for `env` to set: orchestrate sets it itself
     --> projects.toml:9:1
      |
    9 | CHECKLY_API_URL = 'http://localhost'
      | ^^^^^^^^^^^^^^^
      |
      = help: say with `api.url` or --api-url which API it is deployed to

    error: `ORCHESTRATE_BUNDLE_FILE` is not for `env` to set: orchestrate sets it itself
      --> projects.toml:10:1
       |
    10 | ORCHESTRATE_BUNDLE_FILE = 'x'
       | ^^^^^^^^^^^^^^^^^^^^^^^
       |
       = help: it names the file that `bundle_command` has to write

    5 problems in projects.toml: nothing was sent
    ");
}
