//! `hooks`, of projects and of the run.

use super::support::*;
use crate::model::{HookCommand, Hooks};
use std::time::Duration;

fn words(command: Option<&HookCommand>) -> Vec<&str> {
    let words = command.map_or(&[][..], |command| &command.command);
    words.iter().map(String::as_str).collect()
}

fn hooks(manifest: &Manifest, project: &str) -> Hooks {
    let mut projects = manifest.projects.iter();
    let project = projects.find(|one| one.name == project);
    project.map(|one| one.hooks.clone()).unwrap_or_default()
}

#[test]
fn a_test_comes_from_the_strongest_table_and_needs_a_directory() {
    let manifest = "[defaults]
        test = { args = ['--tags', 'smoke'] }
        [[project]]
        path = 'shop'
        [[project]]
        path = 'blog'
        test = { args = ['--grep', '${folder}'] }
        [[project]]
        path = 'wiki'
        test = true
        [[project]]
        path = 'docs'
        test = false
        [[project]]
        name = 'board'
        bundle = 'a.json'";
    let configs = ["shop", "blog", "wiki", "docs"].map(|name| format!("{name}/checkly.config.ts"));
    let files = configs.iter().map(|name| (name.as_str(), ""));
    let files: Vec<_> = files
        .chain([(FILE_NAME, manifest), ("a.json", "{}")])
        .collect();
    let manifest = loaded(&files);
    let test = |name| hooks(&manifest, name).test.map(|args| args.join(" "));
    assert_eq!(test("shop").as_deref(), Some("--tags smoke"));
    assert_eq!(test("blog").as_deref(), Some("--grep blog"));
    assert_eq!(test("wiki").as_deref(), Some(""));
    assert_eq!((test("docs"), test("board")), (None, None));
}

#[test]
fn an_invalid_test_is_reported() {
    let text = "[[project]]\nname = 'a'\nbundle = 'a.json'\ntest = true\n[defaults]\ntest = 'yes'\n\
        [profile.a]\ntest = { grep = 'x' }\n[profile.b]\ntest = { args = 'x' }\n";
    insta::assert_snapshot!(told(text), @r#"
    error: `test` requires `path`, but `a` has a bundle
     --> projects.toml:4:8
      |
    4 | test = true
      |        ^^^^
      |
      = help: remove it: a bundle is used as it is

    error: `test` must be true, false, or a table
     --> projects.toml:6:8
      |
    6 | test = 'yes'
      |        ^^^^^ this is a string
      |
      = help: write test = { args = … }

    error: unknown key `grep` in `test`
     --> projects.toml:8:10
      |
    8 | test = { grep = 'x' }
      |          ^^^^
      |
      = help: there is only `args`

    error: `args` must be a list, as in ["…", "…"]
      --> projects.toml:10:17
       |
    10 | test = { args = 'x' }
       |                 ^^^ this is a string

    4 problems in projects.toml: nothing was sent
    "#);
}

#[test]
fn hooks_are_merged_key_by_key() {
    let manifest = loaded(&[
        (
            FILE_NAME,
            "[defaults]
            hooks = { pre = ['seed'], post = ['smoke'], timeout = '1m' }
            [[project]]
            name = 'a'
            bundle = 'a.json'
            hooks = { post = ['smoke', '--all', '${env:CHECKLY_ACCOUNT_ID}'], on_failure = ['tell'] }
            [[project]]
            name = 'b-${matrix.stage}'
            bundle = 'a.json'
            matrix.stage = ['x', 'y']
            hooks.pre = ['seed', '${matrix.stage}']",
        ),
        ("a.json", "{}"),
    ]);
    let a = hooks(&manifest, "a");
    assert_eq!(words(a.pre.as_ref()), ["seed"]);
    assert_eq!(words(a.post.as_ref()), ["smoke", "--all", "a-1"]);
    assert_eq!(words(a.on_failure.as_ref()), ["tell"]);
    assert_eq!(a.timeout, Duration::from_secs(60));
    let y = hooks(&manifest, "b-y");
    assert_eq!(words(y.pre.as_ref()), ["seed", "y"]);
    assert_eq!(words(y.post.as_ref()), ["smoke"]);
    assert_eq!(manifest.hooks.set(), Hooks::default().set());
}

#[test]
fn the_runs_hooks_are_separate_from_the_projects() {
    let manifest = loaded(&[
        (
            FILE_NAME,
            "[hooks]
            pre = ['freeze']
            [[project]]
            name = 'a'
            bundle = 'a.json'",
        ),
        ("a.json", "{}"),
    ]);
    assert_eq!(words(manifest.hooks.pre.as_ref()), ["freeze"]);
    assert_eq!(manifest.hooks.timeout, Duration::from_secs(300));
    let own = hooks(&manifest, "a");
    assert_eq!(own.set(), Hooks::default().set());
    assert_eq!(own.timeout, Duration::from_secs(300));
}

#[test]
fn a_hook_runs_in_the_directory_of_its_file() {
    let files = [
        (
            FILE_NAME,
            "include = ['team/projects.toml']
            [defaults]
            hooks.pre = ['seed']
            [[project]]
            name = 'a'
            bundle = 'a.json'",
        ),
        (
            "team/projects.toml",
            "[[project]]
            name = 'b'
            bundle = 'b.json'
            hooks.post = ['smoke']",
        ),
        ("a.json", "{}"),
        ("team/b.json", "{}"),
    ];
    let b = hooks(&loaded(&files), "b");
    let (pre, post) = (b.pre.unwrap().dir, b.post.unwrap().dir);
    assert!(pre.is_absolute());
    assert_eq!(post, pre.join("team"));
}

#[test]
fn an_invalid_hook_is_reported_with_its_position() {
    insta::assert_snapshot!(told(
        "[[project]]
name = 'a'
bundle = 'a.json'
hooks = { pre = [], post = 'smoke', on_fail = ['tell'], timeout = '0s' }
[[project]]
name = 'b'
bundle = 'a.json'
hooks = { pre = ['./missing.sh'], post = ['./a.json'], on_failure = ['./'] }
[hooks]
pre = [7]
posts = ['x']
"
    ), @r#"
    error: `pre` must be a non-empty list, as in ["…", "…"]
     --> projects.toml:4:17
      |
    4 | hooks = { pre = [], post = 'smoke', on_fail = ['tell'], timeout = '0s' }
      |                 ^^ this is empty

    error: `post` must be a non-empty list, as in ["…", "…"]
     --> projects.toml:4:28
      |
    4 | hooks = { pre = [], post = 'smoke', on_fail = ['tell'], timeout = '0s' }
      |                            ^^^^^^^ this is a string

    error: unknown key `on_fail` in `hooks`
     --> projects.toml:4:37
      |
    4 | hooks = { pre = [], post = 'smoke', on_fail = ['tell'], timeout = '0s' }
      |                                     ^^^^^^^
      |
      = help: the keys here are `pre`, `post`, `on_failure`, `timeout`

    error: `timeout` must be a duration such as "30s", "5m", or "1h 30m"
     --> projects.toml:4:67
      |
    4 | hooks = { pre = [], post = 'smoke', on_fail = ['tell'], timeout = '0s' }
      |                                                                   ^^^^ it must be longer than zero

    error: cannot run the pre hook './missing.sh': there is no such file
     --> projects.toml:8:18
      |
    8 | hooks = { pre = ['./missing.sh'], post = ['./a.json'], on_failure = ['./'] }
      |                  ^^^^^^^^^^^^^^
      |
      = help: a relative path starts at the directory of this file

    error: cannot run the post hook './a.json': it is not executable
     --> projects.toml:8:43
      |
    8 | hooks = { pre = ['./missing.sh'], post = ['./a.json'], on_failure = ['./'] }
      |                                           ^^^^^^^^^^
      |
      = help: make it executable (chmod +x), or name its interpreter: ["sh", "…"]

    error: cannot run the on_failure hook './': it is not a file
     --> projects.toml:8:70
      |
    8 | hooks = { pre = ['./missing.sh'], post = ['./a.json'], on_failure = ['./'] }
      |                                                                      ^^^^
      |
      = help: a relative path starts at the directory of this file

    error: each of `pre` must be a string
      --> projects.toml:10:8
       |
    10 | pre = [7]
       |        ^ this is a whole number

    error: unknown key `posts` in [hooks]
      --> projects.toml:11:1
       |
    11 | posts = ['x']
       | ^^^^^
       |
       = help: did you mean `post`?

    9 problems in projects.toml: nothing was sent
    "#);
}

#[test]
fn only_the_root_manifest_may_set_the_runs_hooks() {
    let told = told_with(
        &[
            (FILE_NAME, "include = ['team.toml']"),
            (
                "team.toml",
                "hooks.pre = ['x']\n[[project]]\nname = 'a'\nbundle = 'a.json'",
            ),
            ("a.json", "{}"),
        ],
        |_| {},
    );
    assert!(
        told.contains("`hooks` is not allowed in an included manifest"),
        "{told}"
    );
}
