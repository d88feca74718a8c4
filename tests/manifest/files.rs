//! Mistakes about files that cannot be read, found, or included.

use super::support::*;

const A: &str = "[[project]]\nname = 'a'\nbundle = 'a.json'\n";

#[test]
fn a_bundle_must_be_a_file() {
    let text =
        "[[project]]\nname = 'a'\nbundle = 'gone.json'\n[[project]]\nname = 'b'\nbundle = 'dir'\n";
    let files = [(FILE_NAME, text), ("dir/x", "")];
    insta::assert_snapshot!(told_with(&files, |_| {}), @r"
    error: cannot read the bundle gone.json: there is no such file
     --> projects.toml:3:10
      |
    3 | bundle = 'gone.json'
      |          ^^^^^^^^^^^
      |
      = help: write it with `checkly deploy --debug-bundle`; a relative path starts at the manifest's directory

    error: the bundle dir is a directory
     --> projects.toml:6:10
      |
    6 | bundle = 'dir'
      |          ^^^^^
      |
      = help: name the file in it, or set `path` to the directory of a Checkly project

    2 problems in projects.toml: nothing was sent
    ");
}

#[test]
fn an_include_must_match_a_manifest() {
    let text =
        format!("include = ['teams/*/projects.toml', 'x.toml', 'projects.toml', 'a/[']\n{A}");
    insta::assert_snapshot!(told(&text), @r#"
    error: this matches no other manifest
     --> projects.toml:1:12
      |
    1 | include = ['teams/*/projects.toml', 'x.toml', 'projects.toml', 'a/[']
      |            ^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: paths start at the directory of this manifest, and `*` does not match `/`

    error: cannot read x.toml: there is no such file
     --> projects.toml:1:37
      |
    1 | include = ['teams/*/projects.toml', 'x.toml', 'projects.toml', 'a/[']
      |                                     ^^^^^^^^
      |
      = help: paths start at the directory of this manifest

    error: this matches no other manifest
     --> projects.toml:1:47
      |
    1 | include = ['teams/*/projects.toml', 'x.toml', 'projects.toml', 'a/[']
      |                                               ^^^^^^^^^^^^^^^
      |
      = help: paths start at the directory of this manifest, and `*` does not match `/`

    error: this is not a valid file pattern
     --> projects.toml:1:64
      |
    1 | include = ['teams/*/projects.toml', 'x.toml', 'projects.toml', 'a/[']
      |                                                                ^^^^^ unclosed character class; missing ']'

    4 problems in projects.toml: nothing was sent
    "#);
}

#[test]
fn an_included_manifest_cannot_set_run_wide_keys() {
    let files = [
        (FILE_NAME, "include = ['x.toml']\n"),
        (
            "x.toml",
            "include = ['projects.toml']\n[limits]\nconcurrency = 1\n[accounts.prod]\nkey = 'Zx9Qw7'\n",
        ),
        ("a.json", ""),
    ];
    insta::assert_snapshot!(told_with(&files, |_| {}), @r#"
    error: `include` is not allowed in an included manifest
     --> x.toml:1:1
      |
    1 | include = ['projects.toml']
      | ^^^^^^^ only the root manifest may set this
      |
      = help: move it to the manifest that includes this one

    error: `limits` is not allowed in an included manifest
     --> x.toml:2:2
      |
    2 | [limits]
      |  ^^^^^^ only the root manifest may set this
      |
      = help: move it to the manifest that includes this one

    error: `accounts` is not allowed in an included manifest
     --> x.toml:4:2
      |
    4 | [accounts.prod]
      |  ^^^^^^^^ only the root manifest may set this
      |
      = help: move it to the manifest that includes this one

    3 problems in x.toml: nothing was sent
    "#);
}

#[test]
fn problems_of_several_files_are_counted_together() {
    let files = [
        (FILE_NAME, "include = ['x.toml', 'y.toml']\nnmae = 'x'\n"),
        ("x.toml", "[[project]]\nname = 1\n"),
        ("y.toml", "[[project\n"),
    ];
    insta::assert_snapshot!(told_with(&files, |_| {}), @r#"
    error: unknown key `nmae` in the manifest
     --> projects.toml:2:1
      |
    2 | nmae = 'x'
      | ^^^^
      |
      = help: did you mean `name`?

    error: `name` must be a single-line string
     --> x.toml:2:8
      |
    2 | name = 1
      |        ^ this is a whole number

    error: this project has neither `path` nor `bundle`
     --> x.toml:2:8
      |
    2 | name = 1
      |        ^
      |
      = help: add path = "…", the directory of a Checkly project, or bundle = "…", the file that `checkly deploy --debug-bundle` writes

    error: this is not valid TOML
     --> y.toml:1:10
      |
    1 | [[project
      |          ^ unclosed array table, expected `]]`

    4 problems in 3 files: nothing was sent
    "#);
}

#[test]
fn an_unreadable_manifest_is_reported_with_the_reason() {
    let folder = Folder::new(&[("x", "")]);
    let problems = folder.load().unwrap_err();
    insta::assert_snapshot!(folder.render(&problems), @r#"
    error: cannot read projects.toml: there is no such file
     |
     = help: name the manifest with --config FILE

    1 problem: nothing was sent
    "#);
    std::fs::create_dir(folder.0.path().join(FILE_NAME)).unwrap();
    insta::assert_snapshot!(folder.render(&folder.load().unwrap_err()), @r#"
    error: cannot read projects.toml: it is a directory
     |
     = help: name the file in it with --config FILE

    1 problem: nothing was sent
    "#);
    let folder = Folder::new(&[]);
    std::fs::write(folder.0.path().join(FILE_NAME), b"name = '\xff'").unwrap();
    insta::assert_snapshot!(folder.render(&folder.load().unwrap_err()), @r#"
    error: cannot read projects.toml: it is not UTF-8 at byte 8
     |
     = help: name a TOML file in UTF-8 with --config FILE

    1 problem: nothing was sent
    "#);
}

#[test]
fn an_invalid_url_is_reported_with_its_position_unless_a_flag_set_it() {
    let text = format!("[api]\nurl = 'http://api.checklyhq.com'\n{A}");
    insta::assert_snapshot!(told(&text), @r#"
    error: the API key would be sent unencrypted
     --> projects.toml:2:7
      |
    2 | url = 'http://api.checklyhq.com'
      |       ^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: use https://; http:// is only allowed for localhost, 127.0.0.1, and [::1]

    1 problem in projects.toml: nothing was sent
    "#);
    let files = [(FILE_NAME, text.as_str()), ("a.json", "")];
    let told = told_with(&files, |request| {
        request.overrides.api_url = Some("api".into());
    });
    insta::assert_snapshot!(told, @r#"
    error: the API URL does not begin with https:// or http://
     |
     = help: write it like https://api.checklyhq.com

    1 problem: nothing was sent
    "#);
}

#[test]
fn a_file_that_is_not_a_manifest_is_one_mistake() {
    for other in [
        "{\n  \"name\": \"web\",\n  \"private\": true,\n  \"workspaces\": [\n    \"a\",\n    \"b\"\n  ]\n}\n",
        "name: web\non:\n  push:\n    branches:\n      - main\n",
        "# Web\n\nWhat the [web](web) team watches:\n\n- the shop\n- the search\n",
        "import { defineConfig } from 'checkly'\n\nexport default defineConfig({\n  projectName: 'web',\n  logicalId: 'web',\n})\n",
        "name,bundle\nweb,a.json\n",
    ] {
        let files = [
            (FILE_NAME, "include = ['other']\n[[project]]\nname = 1\n"),
            ("other", other),
        ];
        let told = told_with(&files, |_| {});
        assert_eq!(told.matches("this is not valid TOML").count(), 1, "{told}");
        assert!(told.contains("is this file a manifest?"), "{told}");
        assert!(told.contains("this is a whole number"), "{told}");
    }
}
