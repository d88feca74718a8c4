//! References to projects, accounts, and profiles.

use super::support::*;

const A: &str = "[[project]]\nname = 'a'\nbundle = 'a.json'\n";

#[test]
fn a_duplicate_name_is_reported_with_both_positions() {
    insta::assert_snapshot!(told(&format!("{A}{A}")), @r#"
    error: two projects are named `a`
     --> projects.toml:5:8
      |
    2 | name = 'a'
      |        --- first here
    ...
    5 | name = 'a'
      |        ^^^ again here
      |
      = help: rename one of them

    1 problem in projects.toml: nothing was sent
    "#);
}

#[test]
fn a_duplicate_name_is_reported_across_files() {
    let files = [
        (
            FILE_NAME,
            "include = ['x.toml']\n[[project]]\nname = 'a'\nbundle = 'a.json'\n",
        ),
        ("x.toml", A),
        ("a.json", ""),
    ];
    insta::assert_snapshot!(told_with(&files, |_| {}), @r#"
    error: two projects are named `a`
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
      = help: rename one of them

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
fn a_cycle_is_reported_completely() {
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
    error: dependency cycle: a → b → c → a
     --> projects.toml:5:15
      |
    5 | depends_on = ['b']
      |               ^^^ remove one of these dependencies

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
fn an_unknown_account_is_reported_wherever_it_is_named() {
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
fn an_account_without_an_accounts_table_must_be_declared() {
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
fn with_several_accounts_a_project_must_name_one() {
    let text = format!(
        "[accounts.prod]\naccount_id = 'x'\napi_key = {{ env = 'K' }}\n\
         [accounts.dev]\naccount_id = 'x'\napi_key = {{ env = 'K' }}\n{A}"
    );
    insta::assert_snapshot!(told(&text), @r#"
    error: `a` does not name its account
     --> projects.toml:8:8
      |
    8 | name = 'a'
      |        ^^^
      |
      = help: set `account` here or in [defaults], to one of `dev`, `prod`

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
fn a_duplicate_dependency_is_reported_with_both_positions() {
    let b = "[[project]]\nname = 'b'\nbundle = 'a.json'\n";
    let text = format!("{A}depends_on = ['b', \"b\"]\n{b}");
    insta::assert_snapshot!(told(&text), @r#"
    error: `b` is listed twice in `depends_on`
     --> projects.toml:4:20
      |
    4 | depends_on = ['b', "b"]
      |               ---  ^^^ again here
      |               |
      |               first here
      |
      = help: remove one of them

    1 problem in projects.toml: nothing was sent
    "#);
}
