//! Mistakes in `matrix`, and in names that do not use all of it.

use super::support::*;

#[test]
fn a_name_that_does_not_use_the_whole_matrix_is_reported() {
    let text = "
[[project]]
name = 'web'
bundle = 'a.json'
matrix = { env = ['staging'] }
[[project]]
name = 'api-${matrix.env}'
bundle = 'a.json'
matrix = { area = ['eu', 'us'], env = ['staging'], tier = ['1'] }
[[project]]
path = '.'
config = 'a.json'
matrix = { env = ['staging', 'production'] }
[[project]]
bundle = 'a.json'
matrix = { env = ['staging', 'production'] }
[[project]]
name = 'shop'
path = '${matrix.folder}'
config = 'a.json'
matrix = { folder = ['.'] }
";
    insta::assert_snapshot!(told(text), @r#"
    error: the name is the same for every value of `env`
     --> projects.toml:3:8
      |
    3 | name = 'web'
      |        ^^^^^
      |
      = help: write name = "web-${matrix.env}"

    error: the name is the same for every value of `area` and `tier`
     --> projects.toml:7:8
      |
    7 | name = 'api-${matrix.env}'
      |        ^^^^^^^^^^^^^^^^^^^
      |
      = help: write name = "api-${matrix.env}-${matrix.area}-${matrix.tier}"

    error: the name is the same for every value of `env`
      --> projects.toml:11:8
       |
    11 | path = '.'
       |        ^^^
       |
       = help: write name = "${folder}-${matrix.env}"

    error: this project has no name
      --> projects.toml:14:1
       |
    14 | [[project]]
       | ^^^^^^^^^^^
       |
       = help: add name = "…"

    error: the name is the same for every value of `folder`
      --> projects.toml:18:8
       |
    18 | name = 'shop'
       |        ^^^^^^
       |
       = help: write name = "shop-${matrix.folder}"

    5 problems in projects.toml: nothing was sent
    "#);
}

#[test]
fn values_that_give_equal_names_are_reported() {
    let text = "
[[project]]
name = '${matrix.a}${matrix.b}'
bundle = 'a.json'
matrix = { a = ['x', 'xy'], b = ['yz', 'z'] }
";
    insta::assert_snapshot!(told(text), @r#"
    error: two projects are named `xyz`: a = "x", b = "yz" and a = "xy", b = "z"
     --> projects.toml:3:8
      |
    3 | name = '${matrix.a}${matrix.b}'
      |        ^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: write a name that differs for every combination of the matrix

    1 problem in projects.toml: nothing was sent
    "#);
}

#[test]
fn a_variable_that_is_not_in_the_matrix_gets_the_nearest_one() {
    let text = "
name = '${matrix.env}'
[defaults]
tags = ['${matrix.env}']
[accounts.prod]
account_id = '${matrix.env}'
api_key = { env = 'CHECKLY_API_KEY' }
[[project]]
name = 'a-${matrix.env}-${matrix.area}'
bundle = 'a.json'
matrix = { env = ['x', 'y'], area = ['eu'] }
tags = ['${matrix.evn}', '${matrix.zzz}', '${matrix.}', '${matrix}']
[[project]]
name = 'b-${matrix.env}'
bundle = 'a.json'
[[project]]
name = 'c-${matrix.env}'
bundle = 'a.json'
matrix = { env = ['${matrix.env}', '${folder}'] }
";
    insta::assert_snapshot!(told(text), @r#"
    error: `${matrix.env}` has no value here
     --> projects.toml:2:8
      |
    2 | name = '${matrix.env}'
      |        ^^^^^^^^^^^^^^^
      |
      = help: only [[project]] may use it

    error: `${matrix.env}` has no value here
     --> projects.toml:4:9
      |
    4 | tags = ['${matrix.env}']
      |         ^^^^^^^^^^^^^^^
      |
      = help: only [[project]] may use it

    error: `${matrix.env}` has no value here
     --> projects.toml:6:14
      |
    6 | account_id = '${matrix.env}'
      |              ^^^^^^^^^^^^^^^
      |
      = help: only [[project]] may use it

    error: `${matrix.evn}` has no value here
      --> projects.toml:12:9
       |
    12 | tags = ['${matrix.evn}', '${matrix.zzz}', '${matrix.}', '${matrix}']
       |         ^^^^^^^^^^^^^^^
       |
       = help: did you mean `env`?

    error: `${matrix.zzz}` has no value here
      --> projects.toml:12:26
       |
    12 | tags = ['${matrix.evn}', '${matrix.zzz}', '${matrix.}', '${matrix}']
       |                          ^^^^^^^^^^^^^^^
       |
       = help: the variables of the matrix are `area`, `env`

    error: this is not a valid reference
      --> projects.toml:12:43
       |
    12 | tags = ['${matrix.evn}', '${matrix.zzz}', '${matrix.}', '${matrix}']
       |                                           ^^^^^^^^^^^^
       |
       = help: write ${env:NAME}, ${env:NAME:-default}, ${matrix.NAME}, ${folder}, or ${parent}; $${ is a literal ${

    error: this is not a valid reference
      --> projects.toml:12:57
       |
    12 | tags = ['${matrix.evn}', '${matrix.zzz}', '${matrix.}', '${matrix}']
       |                                                         ^^^^^^^^^^^
       |
       = help: write ${env:NAME}, ${env:NAME:-default}, ${matrix.NAME}, ${folder}, or ${parent}; $${ is a literal ${

    error: `${matrix.env}` has no value here
      --> projects.toml:14:8
       |
    14 | name = 'b-${matrix.env}'
       |        ^^^^^^^^^^^^^^^^^
       |
       = help: this project has no matrix: add matrix = { NAME = ["…", "…"] }

    error: `${matrix.env}` has no value here
      --> projects.toml:19:19
       |
    19 | matrix = { env = ['${matrix.env}', '${folder}'] }
       |                   ^^^^^^^^^^^^^^^
       |
       = help: the values of a matrix apply to every project it makes

    error: `${folder}` has no value here
      --> projects.toml:19:36
       |
    19 | matrix = { env = ['${matrix.env}', '${folder}'] }
       |                                    ^^^^^^^^^^^
       |
       = help: the values of a matrix apply to every project it makes

    10 problems in projects.toml: nothing was sent
    "#);
}

#[test]
fn a_matrix_that_makes_no_projects_or_too_many_is_reported() {
    let ten = "['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']";
    let text = "
[[project]]
name = 'a-${matrix.env}'
bundle = 'a.json'
matrix = {}
[[project]]
name = 'b-${matrix.env}'
bundle = 'a.json'
matrix = { env = [] }
[[project]]
name = 'c-${matrix.env}'
bundle = 'a.json'
matrix = { env = 'staging', 'a b' = ['x'], n = [1], 'two lines' = [\"a\\nb\"] }
[[project]]
name = 'd-${matrix.env}'
bundle = 'a.json'
matrix = { env = ['staging', 'production', 'staging'] }
[[project]]
name = 'e'
bundle = 'a.json'
matrix = { a = TEN, b = TEN, c = TEN, d = TEN, e = TEN, f = TEN, g = TEN, h = TEN, i = TEN, j = TEN }
[[project]]
name = 'f'
bundle = 'a.json'
matrix = ['env']
[defaults]
matrix = { env = ['x'] }
"
    .replace("TEN", ten);
    let told = told(&text).replace(ten, "TEN");
    insta::assert_snapshot!(told, @r#"
    error: this matrix has no variables
     --> projects.toml:5:10
      |
    5 | matrix = {}
      |          ^^
      |
      = help: write matrix = { NAME = ["…", "…"] }, or remove it

    error: `env` must be a non-empty list, as in ["…", "…"]
     --> projects.toml:9:18
      |
    9 | matrix = { env = [] }
      |                  ^^ this is empty

    error: `env` must be a non-empty list, as in ["…", "…"]
      --> projects.toml:13:18
       |
    13 | matrix = { env = 'staging', 'a b' = ['x'], n = [1], 'two lines' = ["a\nb"] }
       |                  ^^^^^^^^^ this is a string

    error: this is not a valid matrix variable name
      --> projects.toml:13:29
       |
    13 | matrix = { env = 'staging', 'a b' = ['x'], n = [1], 'two lines' = ["a\nb"] }
       |                             ^^^^^
       |
       = help: use letters, digits, `_`, and `-`

    error: each of `n` must be a single-line string
      --> projects.toml:13:49
       |
    13 | matrix = { env = 'staging', 'a b' = ['x'], n = [1], 'two lines' = ["a\nb"] }
       |                                                 ^ this is a whole number

    error: this is not a valid matrix variable name
      --> projects.toml:13:53
       |
    13 | matrix = { env = 'staging', 'a b' = ['x'], n = [1], 'two lines' = ["a\nb"] }
       |                                                     ^^^^^^^^^^^
       |
       = help: use letters, digits, `_`, and `-`

    error: each of `two lines` must be a single-line string
      --> projects.toml:13:68
       |
    13 | matrix = { env = 'staging', 'a b' = ['x'], n = [1], 'two lines' = ["a\nb"] }
       |                                                                    ^^^^^^ it contains a control character

    error: `env` has the same value twice
      --> projects.toml:17:44
       |
    17 | matrix = { env = ['staging', 'production', 'staging'] }
       |                   --------- first here     ^^^^^^^^^ again here
       |
       = help: remove it here

    error: this matrix makes more than 1000 projects
      --> projects.toml:21:10
       |
    21 | ... = { a = ['0', '1', '2', '3', '4', '5', '..., '3', '4', '5', '6', '7', '8', '9'] }
       |       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^...^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
       |
       = help: split it into several [[project]]

    error: `matrix` must be a table
      --> projects.toml:25:10
       |
    25 | matrix = ['env']
       |          ^^^^^^^ this is a list
       |
       = help: write matrix = { NAME = ["…", "…"] }

    error: unknown key `matrix` in [defaults]
      --> projects.toml:27:1
       |
    27 | matrix = { env = ['x'] }
       | ^^^^^^
       |
       = help: `matrix` belongs in [[project]]

    11 problems in projects.toml: nothing was sent
    "#);
}

#[test]
fn a_mistake_of_one_value_is_reported_and_one_of_all_values_is_reported_once() {
    let text = "
[[project]]
name = 'a-${matrix.env}'
path = '${matrix.env}'
matrix = { env = ['staging', 'production', 'dev'] }
priority = 'high'
depends_on = ['b-${matrix.env}']
[[project]]
name = 'b-staging'
bundle = 'a.json'
[[project]]
name = 'b-dev'
bundle = 'a.json'
";
    let files = [
        (FILE_NAME, text),
        ("a.json", ""),
        ("staging/checkly.config.ts", ""),
        ("production/x", ""),
    ];
    insta::assert_snapshot!(told_with(&files, |_| {}), @r"
    error: there is no Checkly configuration in production
     --> projects.toml:4:8
      |
    4 | path = '${matrix.env}'
      |        ^^^^^^^^^^^^^^^
      |
      = help: add checkly.config.ts, or set `bundle_command`

    error: cannot read the directory dev: there is no such directory
     --> projects.toml:4:8
      |
    4 | path = '${matrix.env}'
      |        ^^^^^^^^^^^^^^^
      |
      = help: a relative path starts at the manifest's directory

    error: `priority` must be a whole number
     --> projects.toml:6:12
      |
    6 | priority = 'high'
      |            ^^^^^^ this is a string

    error: there is no project `b-production` to depend on
     --> projects.toml:7:15
      |
    7 | depends_on = ['b-${matrix.env}']
      |               ^^^^^^^^^^^^^^^^^
      |
      = help: did you mean `a-production`?

    4 problems in projects.toml: nothing was sent
    ");
}
