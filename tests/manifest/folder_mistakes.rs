//! Mistakes about directories that are missing or cannot be bundled, and about ambiguous names.

use super::folders::{beside, names, told_beside};
use super::support::*;

#[test]
fn a_path_that_cannot_be_bundled_is_reported_with_what_was_found() {
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
    error: cannot read the directory service/web: there is no such directory
     --> projects.toml:3:8
      |
    3 | path = 'service/web'
      |        ^^^^^^^^^^^^^
      |
      = help: a relative path starts at the manifest's directory

    error: cannot read the directory services/wbe: there is no such directory
     --> projects.toml:5:8
      |
    5 | path = 'services/wbe'
      |        ^^^^^^^^^^^^^^
      |
      = help: did you mean `web`?

    error: services/web/checkly.config.ts is a file, but `path` must name a directory
     --> projects.toml:7:8
      |
    7 | path = 'services/web/checkly.config.ts'
      |        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: name its directory

    error: bundles/web.json is a file, but `path` must name a directory
     --> projects.toml:9:8
      |
    9 | path = 'bundles/web.json'
      |        ^^^^^^^^^^^^^^^^^^
      |
      = help: set a bundle with `bundle`

    error: there is no Checkly configuration in services/empty
      --> projects.toml:12:8
       |
    12 | path = 'services/empty'
       |        ^^^^^^^^^^^^^^^^
       |
       = help: add checkly.config.ts, or set `bundle_command`

    error: there is no Checkly configuration in services/other
      --> projects.toml:14:8
       |
    14 | path = 'services/other'
       |        ^^^^^^^^^^^^^^^^
       |
       = help: found checkly.prod.config.ts: name it with config = "checkly.prod.config.ts"

    error: there is no Checkly configuration in services/more
      --> projects.toml:16:8
       |
    16 | path = 'services/more'
       |        ^^^^^^^^^^^^^^^
       |
       = help: name one with `config`: found checkly.dev.config.ts, checkly.prod.config.ts

    7 problems in projects.toml: nothing was sent
    "#);
}

#[test]
fn a_missing_configuration_is_reported_at_its_position() {
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
      |        --- of this directory
      |
      = help: found checkly.config.ts: remove `config`, or correct it

    error: there is no checkly.config.ts in b
     --> projects.toml:8:10
      |
    7 | path = 'b'
      |        --- of this directory
    8 | config = 'checkly.config.ts'
      |          ^^^^^^^^^^^^^^^^^^^
      |
      = help: add checkly.config.ts, or set `bundle_command`

    2 problems in projects.toml: nothing was sent
    ");
}

#[test]
fn a_pattern_without_projects_is_reported_with_its_matches() {
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
    error: this matches no directory
     --> projects.toml:3:8
      |
    3 | path = 'teams/*'
      |        ^^^^^^^^^
      |
      = help: paths start at the directory of this manifest, and `*` does not match `/`; hidden directories and node_modules are not searched

    error: none of the 2 matching directories has a Checkly configuration; the first is services/api
     --> projects.toml:5:8
      |
    5 | path = 'services/*'
      |        ^^^^^^^^^^^^
      |
      = help: add checkly.config.ts to each project, name another file with `config`, or set `bundle_command`

    error: the directory services/web has no Checkly configuration
     --> projects.toml:7:8
      |
    7 | path = 'services/w*'
      |        ^^^^^^^^^^^^^
      |
      = help: add checkly.config.ts to each project, name another file with `config`, or set `bundle_command`

    error: this is not a valid directory pattern
     --> projects.toml:9:8
      |
    9 | path = 'services/[z-a]'
      |        ^^^^^^^^^^^^^^^^ invalid range; 'z' > 'a'

    4 problems in projects.toml: nothing was sent
    ");
}

#[test]
fn a_pattern_needs_several_names() {
    let text = "[[project]]\nname = 'web'\npath = 'services/*'\n";
    insta::assert_snapshot!(told_beside(text, &["services/a", "services/b"]), @r#"
    error: every directory that `path` matches needs its own name
     --> projects.toml:2:8
      |
    2 | name = 'web'
      |        ^^^^^
      |
      = help: remove `name` to use the directories' names, or write name = "web-${folder}"

    1 problem in projects.toml: nothing was sent
    "#);
    insta::assert_snapshot!(told_beside(text, &["services/a"]), @r#"
    error: every directory that `path` matches needs its own name
     --> projects.toml:2:8
      |
    2 | name = 'web'
      |        ^^^^^
      |
      = help: remove `name` to use the directories' names, or write name = "web-${folder}"

    1 problem in projects.toml: nothing was sent
    "#);
}

#[test]
fn equal_directory_names_get_advice_to_use_the_parents() {
    let text = "[[project]]\npath = '*/checks'\n";
    insta::assert_snapshot!(told_beside(text, &["a/checks", "b/checks"]), @r#"
    error: two projects are named `checks`: a/checks and b/checks
     --> projects.toml:2:8
      |
    2 | path = '*/checks'
      |        ^^^^^^^^^^
      |
      = help: write name = "${parent}-${folder}", where `${parent}` is the parent directory, or give each its own [[project]]

    1 problem in projects.toml: nothing was sent
    "#);
    let text = "[[project]]\npath = '*/checks'\nname = '${parent}-${folder}'\n";
    let folder = beside(text, &["a/checks", "b/checks"]);
    assert_eq!(names(&folder.load().unwrap()), ["a-checks", "b-checks"]);
}

#[test]
fn a_default_name_equal_to_a_written_one_is_reported() {
    let text = "[[project]]\npath = 'services/*'\n[[project]]\nname = 'a'\npath = 'services/b'\n";
    insta::assert_snapshot!(told_beside(text, &["services/a", "services/b"]), @r"
    error: two projects are named `a`
     --> projects.toml:4:8
      |
    2 | path = 'services/*'
      |        ------------ first here
    3 | [[project]]
    4 | name = 'a'
      |        ^^^ again here
      |
      = help: rename one of them

    1 problem in projects.toml: nothing was sent
    ");
}

#[test]
fn a_mistake_in_a_pattern_is_reported_once() {
    let text =
        "[[project]]\npath = 's/*'\npriority = 'x'\ndepends_on = ['base']\naccount = 'nope'\n";
    let folder = beside(text, &["s/a", "s/b", "s/c"]);
    assert_eq!(folder.load().unwrap_err().len(), 3);
}

#[test]
fn references_to_a_directory_need_one() {
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
    error: `${folder}` has no value here
     --> projects.toml:2:8
      |
    2 | name = '${folder}'
      |        ^^^^^^^^^^^
      |
      = help: only [[project]] may use it

    error: `${folder}` has no value here
     --> projects.toml:4:9
      |
    4 | tags = ['${folder}']
      |         ^^^^^^^^^^^
      |
      = help: only [[project]] may use it

    error: `${folder}` has no value here
     --> projects.toml:6:8
      |
    6 | name = '${folder}'
      |        ^^^^^^^^^^^
      |
      = help: it comes from `path`, which this project does not have

    error: `${folder}` has no value here
     --> projects.toml:9:8
      |
    9 | path = 'x/${folder}'
      |        ^^^^^^^^^^^^^
      |
      = help: `path` itself defines it

    error: cannot read the directory gone: there is no such directory
      --> projects.toml:11:8
       |
    11 | path = 'gone'
       |        ^^^^^^
       |
       = help: a relative path starts at the manifest's directory

    error: this is not a valid reference
      --> projects.toml:12:22
       |
    12 | tags = ['${folder}', '${parent']
       |                      ^^^^^^^^^^
       |
       = help: write ${env:NAME}, ${env:NAME:-default}, ${matrix.NAME}, ${folder}, or ${parent}; $${ is a literal ${

    6 problems in projects.toml: nothing was sent
    ");
}
