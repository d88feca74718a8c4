//! What is said about folders that are not there or cannot be bundled, and about names that do not tell them apart.

use super::folders::{beside, names, told_beside};
use super::support::*;

#[test]
fn a_path_that_is_no_folder_to_bundle_is_told_with_what_is_there() {
    let text = "
[[project]]
path = 'service/web'
[[project]]
path = 'services/wbe'
[[project]]
path = 'services/web/checkly.config.ts'
[[project]]
path = 'bundles/web.json'
name = 'bundle'
[[project]]
path = 'services/empty'
[[project]]
path = 'services/other'
[[project]]
path = 'services/more'
";
    let folder = Folder::new(&[
        (FILE_NAME, text),
        ("services/web/checkly.config.ts", ""),
        ("bundles/web.json", ""),
        ("services/empty/x", ""),
        ("services/other/checkly.prod.config.ts", ""),
        ("services/more/checkly.prod.config.ts", ""),
        ("services/more/checkly.dev.config.ts", ""),
    ]);
    insta::assert_snapshot!(folder.render(&folder.load().unwrap_err()), @r#"
    error: cannot read the folder service/web: there is no such folder
     --> projects.toml:3:8
      |
    3 | path = 'service/web'
      |        ^^^^^^^^^^^^^
      |
      = help: a relative path starts from the manifest's folder

    error: cannot read the folder services/wbe: there is no such folder
     --> projects.toml:5:8
      |
    5 | path = 'services/wbe'
      |        ^^^^^^^^^^^^^^
      |
      = help: did you mean `web`?

    error: services/web/checkly.config.ts is a file, and `path` names a folder
     --> projects.toml:7:8
      |
    7 | path = 'services/web/checkly.config.ts'
      |        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: name the folder that it is in

    error: bundles/web.json is a file, and `path` names a folder
     --> projects.toml:9:8
      |
    9 | path = 'bundles/web.json'
      |        ^^^^^^^^^^^^^^^^^^
      |
      = help: a bundle is named with `bundle`

    error: there is no Checkly configuration in services/empty
      --> projects.toml:12:8
       |
    12 | path = 'services/empty'
       |        ^^^^^^^^^^^^^^^^
       |
       = help: add checkly.config.ts, or say with `bundle_command` what makes the bundle

    error: there is no Checkly configuration in services/other
      --> projects.toml:14:8
       |
    14 | path = 'services/other'
       |        ^^^^^^^^^^^^^^^^
       |
       = help: there is checkly.prod.config.ts: name it with config = "checkly.prod.config.ts"

    error: there is no Checkly configuration in services/more
      --> projects.toml:16:8
       |
    16 | path = 'services/more'
       |        ^^^^^^^^^^^^^^^
       |
       = help: name one with `config`: there are checkly.dev.config.ts, checkly.prod.config.ts

    7 problems in projects.toml: nothing was sent
    "#);
}

#[test]
fn a_configuration_that_is_not_there_is_told_where_it_is_named() {
    let text = "
[defaults]
config = 'checkly.dev.config.ts'
[[project]]
path = 'a'
[[project]]
path = 'b'
config = 'checkly.config.ts'
";
    let folder = Folder::new(&[(FILE_NAME, text), ("a/checkly.config.ts", ""), ("b/x", "")]);
    insta::assert_snapshot!(folder.render(&folder.load().unwrap_err()), @r"
    error: there is no checkly.dev.config.ts in a
     --> projects.toml:3:10
      |
    3 | config = 'checkly.dev.config.ts'
      |          ^^^^^^^^^^^^^^^^^^^^^^^
    4 | [[project]]
    5 | path = 'a'
      |        --- of this folder
      |
      = help: there is checkly.config.ts: leave `config` out, or correct it

    error: there is no checkly.config.ts in b
     --> projects.toml:8:10
      |
    7 | path = 'b'
      |        --- of this folder
    8 | config = 'checkly.config.ts'
      |          ^^^^^^^^^^^^^^^^^^^
      |
      = help: add checkly.config.ts, or say with `bundle_command` what makes the bundle

    2 problems in projects.toml: nothing was sent
    ");
}

#[test]
fn a_pattern_that_finds_no_project_is_told_with_what_it_matches() {
    let text = "
[[project]]
path = 'teams/*'
[[project]]
path = 'services/*'
[[project]]
path = 'services/w*'
[[project]]
path = 'services/[z-a]'
";
    let folder = Folder::new(&[
        (FILE_NAME, text),
        ("services/web/x", ""),
        ("services/api/x", ""),
    ]);
    insta::assert_snapshot!(folder.render(&folder.load().unwrap_err()), @r"
    error: no folder is found here
     --> projects.toml:3:8
      |
    3 | path = 'teams/*'
      |        ^^^^^^^^^
      |
      = help: the path starts from the folder of this manifest, and `*` does not match `/`; hidden folders and node_modules are not searched

    error: none of the 2 folders here has a Checkly configuration, such as services/api
     --> projects.toml:5:8
      |
    5 | path = 'services/*'
      |        ^^^^^^^^^^^^
      |
      = help: add a checkly.config.ts to those to be deployed, name another with `config`, or say with `bundle_command` what makes the bundle

    error: the folder services/web has no Checkly configuration
     --> projects.toml:7:8
      |
    7 | path = 'services/w*'
      |        ^^^^^^^^^^^^^
      |
      = help: add a checkly.config.ts to those to be deployed, name another with `config`, or say with `bundle_command` what makes the bundle

    error: this is not a pattern for folders
     --> projects.toml:9:8
      |
    9 | path = 'services/[z-a]'
      |        ^^^^^^^^^^^^^^^^ invalid range; 'z' > 'a'

    4 problems in projects.toml: nothing was sent
    ");
}

#[test]
fn one_name_does_not_do_for_a_pattern() {
    let text = "[[project]]\nname = 'web'\npath = 'services/*'\n";
    insta::assert_snapshot!(told_beside(text, &["services/a", "services/b"]), @r#"
    error: one name cannot be that of all folders that `path` matches
     --> projects.toml:2:8
      |
    2 | name = 'web'
      |        ^^^^^
      |
      = help: leave `name` out to call each by its folder, or write name = "web-${folder}"

    1 problem in projects.toml: nothing was sent
    "#);
    insta::assert_snapshot!(told_beside(text, &["services/a"]), @r#"
    error: one name cannot be that of all folders that `path` matches
     --> projects.toml:2:8
      |
    2 | name = 'web'
      |        ^^^^^
      |
      = help: leave `name` out to call each by its folder, or write name = "web-${folder}"

    1 problem in projects.toml: nothing was sent
    "#);
}

#[test]
fn folders_of_one_name_are_told_apart_by_their_parents() {
    let text = "[[project]]\npath = '*/checks'\n";
    insta::assert_snapshot!(told_beside(text, &["a/checks", "b/checks"]), @r#"
    error: two projects are called `checks`: a/checks and b/checks
     --> projects.toml:2:8
      |
    2 | path = '*/checks'
      |        ^^^^^^^^^^
      |
      = help: write name = "${parent}-${folder}", where `${parent}` is the folder above; or give each a [[project]] of its own

    1 problem in projects.toml: nothing was sent
    "#);
    let text = "[[project]]\npath = '*/checks'\nname = '${parent}-${folder}'\n";
    let folder = beside(text, &["a/checks", "b/checks"]);
    assert_eq!(names(&folder.load().unwrap()), ["a-checks", "b-checks"]);
}

#[test]
fn a_name_is_told_apart_from_one_that_is_written() {
    let text = "[[project]]\npath = 'services/*'\n[[project]]\nname = 'a'\npath = 'services/b'\n";
    insta::assert_snapshot!(told_beside(text, &["services/a", "services/b"]), @r"
    error: two projects are called `a`
     --> projects.toml:4:8
      |
    2 | path = 'services/*'
      |        ------------ first here
    3 | [[project]]
    4 | name = 'a'
      |        ^^^ again here
      |
      = help: give one of them another name

    1 problem in projects.toml: nothing was sent
    ");
}

#[test]
fn a_mistake_in_a_pattern_is_told_once() {
    let text =
        "[[project]]\npath = 's/*'\npriority = 'x'\ndepends_on = ['base']\naccount = 'nope'\n";
    let folder = beside(text, &["s/a", "s/b", "s/c"]);
    assert_eq!(folder.load().unwrap_err().len(), 3);
}

#[test]
fn what_a_folder_stands_for_must_be_there() {
    let text = "
name = '${folder}'
[defaults]
tags = ['${folder}']
[[project]]
name = '${folder}'
bundle = 'a.json'
[[project]]
path = 'x/${folder}'
[[project]]
path = 'gone'
tags = ['${folder}', '${parent']
";
    insta::assert_snapshot!(told(text), @r"
    error: `${folder}` stands for nothing here
     --> projects.toml:2:8
      |
    2 | name = '${folder}'
      |        ^^^^^^^^^^^
      |
      = help: only what stands in [[project]] may use it

    error: `${folder}` stands for nothing here
     --> projects.toml:4:9
      |
    4 | tags = ['${folder}']
      |         ^^^^^^^^^^^
      |
      = help: only what stands in [[project]] may use it

    error: `${folder}` stands for nothing here
     --> projects.toml:6:8
      |
    6 | name = '${folder}'
      |        ^^^^^^^^^^^
      |
      = help: it is the last part of `path`, which this project does not have

    error: `${folder}` stands for nothing here
     --> projects.toml:9:8
      |
    9 | path = 'x/${folder}'
      |        ^^^^^^^^^^^^^
      |
      = help: `path` itself says which folder it is

    error: cannot read the folder gone: there is no such folder
      --> projects.toml:11:8
       |
    11 | path = 'gone'
       |        ^^^^^^
       |
       = help: a relative path starts from the manifest's folder

    error: this is not a reference that can be expanded
      --> projects.toml:12:22
       |
    12 | tags = ['${folder}', '${parent']
       |                      ^^^^^^^^^^
       |
       = help: write ${env:NAME}, ${env:NAME:-default}, ${matrix.NAME} or ${folder}; $${ stands for a plain ${

    6 problems in projects.toml: nothing was sent
    ");
}
