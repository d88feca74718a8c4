//! Names that refer to something: projects, accounts, profiles, files.

use super::support::*;

const A: &str = "[[project]]\nname = 'a'\nbundle = 'a.json'\n";

#[test]
fn a_name_used_twice_is_told_with_both_places() {
    insta::assert_snapshot!(told(&format!("{A}{A}")), @r#"
error: two projects are called `a`
 --> projects.toml:5:8
  |
2 | name = 'a'
  |        --- first here
...
5 | name = 'a'
  |        ^^^ again here
  |
  = help: give one of them another name

1 problem in projects.toml: nothing was sent
"#);
}

#[test]
fn a_name_used_twice_is_told_across_files() {
    let files = [
        (
            FILE_NAME,
            "include = ['x.toml']\n[[project]]\nname = 'a'\nbundle = 'a.json'\n",
        ),
        ("x.toml", A),
        ("a.json", ""),
    ];
    insta::assert_snapshot!(told_with(&files, |_| {}), @r#"
error: two projects are called `a`
 --> x.toml:2:8
  |
2 | name = 'a'
  |        ^^^ again here
  |
 ::: projects.toml:3:8
  |
3 | name = 'a'
  |        --- first here
  |
  = help: give one of them another name

1 problem in x.toml: nothing was sent
"#);
}

#[test]
fn an_unknown_dependency_gets_the_nearest_name() {
    let text = format!(
        "{A}depends_on = ['shared-alert', 'zzz']\n[[project]]\nname = 'shared-alerts'\nbundle = 'a.json'\n"
    );
    insta::assert_snapshot!(told(&text), @r#"
error: there is no project `shared-alert` to depend on
 --> projects.toml:4:15
  |
4 | depends_on = ['shared-alert', 'zzz']
  |               ^^^^^^^^^^^^^^
  |
  = help: did you mean `shared-alerts`?

error: there is no project `zzz` to depend on
 --> projects.toml:4:31
  |
4 | depends_on = ['shared-alert', 'zzz']
  |                               ^^^^^
  |
  = help: declare it in this manifest or one that it includes, or remove it here

2 problems in projects.toml: nothing was sent
"#);
}

#[test]
fn a_circle_is_told_whole() {
    let text = "
[[project]]
name = 'a'
bundle = 'a.json'
depends_on = ['b']
[[project]]
name = 'b'
bundle = 'a.json'
depends_on = ['c']
[[project]]
name = 'c'
bundle = 'a.json'
depends_on = ['a']
[[project]]
name = 'self'
bundle = 'a.json'
depends_on = ['self']
";
    insta::assert_snapshot!(told(text), @r#"
error: projects wait for each other: a → b → c → a
 --> projects.toml:5:15
  |
5 | depends_on = ['b']
  |               ^^^ one of these dependencies must go

error: `self` depends on itself
  --> projects.toml:17:15
   |
17 | depends_on = ['self']
   |               ^^^^^^
   |
   = help: remove it here

2 problems in projects.toml: nothing was sent
"#);
}

#[test]
fn an_unknown_account_is_told_wherever_it_is_named() {
    let text = format!(
        "[accounts.prod]\naccount_id = 'x'\napi_key = {{ env = 'CHECKLY_API_KEY' }}\n\
         [defaults]\naccount = 'prd'\n[profile.ci]\naccount = 'staging'\n{A}account = 'pord'\n"
    );
    insta::assert_snapshot!(told(&text), @r#"
error: there is no account `prd`
 --> projects.toml:5:11
  |
5 | account = 'prd'
  |           ^^^^^
  |
  = help: did you mean `prod`?

error: there is no account `staging`
 --> projects.toml:7:11
  |
7 | account = 'staging'
  |           ^^^^^^^^^
  |
  = help: there is only `prod`

error: there is no account `pord`
  --> projects.toml:11:11
   |
11 | account = 'pord'
   |           ^^^^^^
   |
   = help: did you mean `prod`?

3 problems in projects.toml: nothing was sent
"#);
}

#[test]
fn an_account_without_an_accounts_table_is_to_be_declared() {
    insta::assert_snapshot!(told(&format!("{A}account = 'prod'\n")), @r#"
error: there is no account `prod`
 --> projects.toml:4:11
  |
4 | account = 'prod'
  |           ^^^^^^
  |
  = help: declare it: [accounts.prod] with `account_id` and `api_key`

1 problem in projects.toml: nothing was sent
"#);
}

#[test]
fn among_several_accounts_a_project_must_choose() {
    let text = format!(
        "[accounts.prod]\naccount_id = 'x'\napi_key = {{ env = 'K' }}\n\
         [accounts.dev]\naccount_id = 'x'\napi_key = {{ env = 'K' }}\n{A}"
    );
    insta::assert_snapshot!(told(&text), @r#"
error: `a` does not say which account it is deployed to
 --> projects.toml:8:8
  |
8 | name = 'a'
  |        ^^^
  |
  = help: set account, here or in [defaults], to one of `dev`, `prod`

1 problem in projects.toml: nothing was sent
"#);
}

#[test]
fn an_unknown_profile_gets_the_nearest_name() {
    let text = format!("[profile.ci]\n[profile.nightly]\n{A}");
    let files = [(FILE_NAME, text.as_str()), ("a.json", "")];
    let ask = |profile: &'static str| {
        told_with(&files, move |request| {
            request.profile = Some(profile.into());
        })
    };
    insta::assert_snapshot!(ask("nigthly"), @r#"
error: there is no profile `nigthly`
 |
 = help: did you mean `nightly`?

1 problem: nothing was sent
"#);
    insta::assert_snapshot!(ask("x-y-z"), @r#"
error: there is no profile `x-y-z`
 |
 = help: the profiles are `ci`, `nightly`

1 problem: nothing was sent
"#);
    let files = [(FILE_NAME, A), ("a.json", "")];
    let told = told_with(&files, |request| request.profile = Some("ci".into()));
    insta::assert_snapshot!(told, @r#"
error: there is no profile `ci`
 |
 = help: there are no profiles

1 problem: nothing was sent
"#);
}

#[test]
fn a_bundle_must_be_a_file() {
    let text = "[[project]]\nname = 'a'\nbundle = 'gone.json'\n[[project]]\nname = 'b'\nbundle = 'folder'\n";
    let files = [(FILE_NAME, text), ("folder/x", "")];
    insta::assert_snapshot!(told_with(&files, |_| {}), @r#"
error: cannot read the bundle gone.json: there is no such file
 --> projects.toml:3:10
  |
3 | bundle = 'gone.json'
  |          ^^^^^^^^^^^
  |
  = help: write it with `checkly deploy --debug-bundle`; a relative path starts from the manifest's folder

error: cannot read the bundle folder: it is not a file
 --> projects.toml:6:10
  |
6 | bundle = 'folder'
  |          ^^^^^^^^
  |
  = help: write it with `checkly deploy --debug-bundle`; a relative path starts from the manifest's folder

2 problems in projects.toml: nothing was sent
"#);
}

#[test]
fn an_include_must_find_a_manifest() {
    let text =
        format!("include = ['teams/*/projects.toml', 'x.toml', 'projects.toml', 'a/[']\n{A}");
    insta::assert_snapshot!(told(&text), @r#"
error: no other manifest is found here
 --> projects.toml:1:12
  |
1 | include = ['teams/*/projects.toml', 'x.toml', 'projects.toml', 'a/[']
  |            ^^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: the path starts from the folder of this manifest, and `*` does not match `/`

error: no other manifest is found here
 --> projects.toml:1:37
  |
1 | include = ['teams/*/projects.toml', 'x.toml', 'projects.toml', 'a/[']
  |                                     ^^^^^^^^
  |
  = help: the path starts from the folder of this manifest, and `*` does not match `/`

error: no other manifest is found here
 --> projects.toml:1:47
  |
1 | include = ['teams/*/projects.toml', 'x.toml', 'projects.toml', 'a/[']
  |                                               ^^^^^^^^^^^^^^^
  |
  = help: the path starts from the folder of this manifest, and `*` does not match `/`

error: this is not a pattern for files
 --> projects.toml:1:64
  |
1 | include = ['teams/*/projects.toml', 'x.toml', 'projects.toml', 'a/[']
  |                                                                ^^^^^ unclosed character class; missing ']'

4 problems in projects.toml: nothing was sent
"#);
}

#[test]
fn an_included_manifest_has_no_say_in_the_run_as_a_whole() {
    let files = [
        (FILE_NAME, "include = ['x.toml']\n"),
        (
            "x.toml",
            "include = ['projects.toml']\n[limits]\nconcurrency = 1\n[accounts.prod]\nkey = 'Zx9Qw7'\n",
        ),
        ("a.json", ""),
    ];
    insta::assert_snapshot!(told_with(&files, |_| {}), @r#"
error: `include` stands in an included manifest
 --> x.toml:1:1
  |
1 | include = ['projects.toml']
  | ^^^^^^^ only the root manifest may have this
  |
  = help: move it to the manifest that includes this one

error: `limits` stands in an included manifest
 --> x.toml:2:2
  |
2 | [limits]
  |  ^^^^^^ only the root manifest may have this
  |
  = help: move it to the manifest that includes this one

error: `accounts` stands in an included manifest
 --> x.toml:4:2
  |
4 | [accounts.prod]
  |  ^^^^^^^^ only the root manifest may have this
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

error: `name` must be a string of one line
 --> x.toml:2:8
  |
2 | name = 1
  |        ^ this is a whole number

error: this project has no bundle
 --> x.toml:2:8
  |
2 | name = 1
  |        ^
  |
  = help: add bundle = "…", the file that `checkly deploy --debug-bundle` writes

error: this is not TOML
 --> y.toml:1:10
  |
1 | [[project
  |          ^ unclosed array table, expected `]]`

4 problems in 3 files: nothing was sent
"#);
}

#[test]
fn a_manifest_that_cannot_be_read_is_told_with_the_reason() {
    let folder = Folder::new(&[("x", "")]);
    let problems = folder.load().unwrap_err();
    insta::assert_snapshot!(folder.render(&problems), @r#"
error: cannot read projects.toml: there is no such file
 |
 = help: name the manifest with --config FILE, or write one with `orchestrate init`

1 problem: nothing was sent
"#);
    std::fs::create_dir(folder.0.path().join(FILE_NAME)).unwrap();
    insta::assert_snapshot!(folder.render(&folder.load().unwrap_err()), @r#"
error: cannot read projects.toml: it is a folder
 |
 = help: name the file in it with --config FILE

1 problem: nothing was sent
"#);
    let folder = Folder::new(&[]);
    std::fs::write(folder.0.path().join(FILE_NAME), b"name = '\xff'").unwrap();
    insta::assert_snapshot!(folder.render(&folder.load().unwrap_err()), @r#"
error: cannot read projects.toml: it is not UTF-8 from byte 8 on
 |
 = help: save it as UTF-8

1 problem: nothing was sent
"#);
}

#[test]
fn a_bad_address_is_told_at_its_place_or_without_one_if_a_flag_gave_it() {
    let text = format!("[api]\nurl = 'http://api.checklyhq.com'\n{A}");
    insta::assert_snapshot!(told(&text), @r#"
error: the API key would travel unencrypted
 --> projects.toml:2:7
  |
2 | url = 'http://api.checklyhq.com'
  |       ^^^^^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: use https://; http:// is for this machine only: localhost, 127.0.0.1, [::1]

1 problem in projects.toml: nothing was sent
"#);
    let files = [(FILE_NAME, text.as_str()), ("a.json", "")];
    let told = told_with(&files, |request| {
        request.overrides.api_url = Some("api".into());
    });
    insta::assert_snapshot!(told, @r#"
error: the API's address must begin with https://
 |
 = help: write it as in https://api.checklyhq.com

1 problem: nothing was sent
"#);
}
