//! Projects from folders: what is found, what is made of it, and what is said about mistakes.

use super::support::*;
use orchestrate::model;
use std::path::Path;
use std::time::Duration;

const CONFIG: &str = "checkly.config.ts";

/// A manifest beside folders, each with a configuration.
fn beside(manifest: &str, folders: &[&str]) -> Folder {
    let files: Vec<String> = folders
        .iter()
        .map(|folder| format!("{folder}/{CONFIG}"))
        .collect();
    let files = files.iter().map(|file| (file.as_str(), ""));
    let files: Vec<_> = files.chain([(FILE_NAME, manifest)]).collect();
    Folder::new(&files)
}

fn told_beside(manifest: &str, folders: &[&str]) -> String {
    let folder = beside(manifest, folders);
    folder.render(&folder.load().unwrap_err())
}

fn from_folder(project: &Project) -> &model::Folder {
    match &project.origin {
        Origin::Folder(folder) => folder,
        other => panic!("{} is {other:?}", project.name),
    }
}

fn names(manifest: &Manifest) -> Vec<&str> {
    let projects = manifest.projects.iter();
    projects.map(|project| project.name.as_str()).collect()
}

#[test]
fn a_folder_is_called_as_it_is_and_is_all_of_its_inputs() {
    let folder = beside(
        "[[project]]\npath = 'services/checkout/'\n",
        &["services/checkout"],
    );
    let manifest = folder.load().unwrap();
    let [project] = &manifest.projects[..] else {
        panic!("one project")
    };
    let dir = folder.0.path().join("services/checkout");
    assert_eq!(project.name, "checkout");
    assert_eq!(project.place.line_column(), (2, 8));
    assert_eq!(project.origin_place, project.place);
    let expected = model::Folder {
        dir: dir.clone(),
        config: None,
        command: None,
        env: [].into(),
        timeout: Duration::from_secs(300),
        cache: false,
    };
    assert_eq!(from_folder(project), &expected);
    let inputs = model::Inputs {
        base: dir,
        globs: vec!["**".into()],
        declared: false,
    };
    assert_eq!(project.inputs, inputs);
}

#[test]
fn a_bundle_is_its_only_input_whatever_its_name() {
    let folder = Folder::new(&[
        (
            FILE_NAME,
            "[[project]]\nname = 'a'\nbundle = './b/[a]*.json'\n",
        ),
        ("b/[a]*.json", ""),
    ]);
    let manifest = folder.load().unwrap();
    let inputs = &manifest.projects[0].inputs;
    assert_eq!(inputs.base, folder.0.path().join("b"));
    assert_eq!(inputs.globs, ["[[]a[]][*].json"]);
    assert!(!inputs.declared);
}

#[test]
fn the_folder_of_the_manifest_itself_has_a_name_too() {
    for (path, name) in [
        (".", "web"),
        ("..", "teams"),
        ("../web", "web"),
        ("../..", "acme"),
    ] {
        let folder = Folder::new(&[
            (
                "acme/teams/web/projects.toml",
                &format!("[[project]]\npath = '{path}'\n"),
            ),
            ("acme/teams/web/checkly.config.js", ""),
            ("acme/teams/checkly.config.cjs", ""),
            ("acme/checkly.config.mjs", ""),
        ]);
        let manifest = folder
            .load_with(&credentials_only, |request| {
                request.source = Source::File(folder.0.path().join("acme/teams/web/projects.toml"));
            })
            .unwrap();
        assert_eq!(names(&manifest), [name], "{path}");
    }
}

#[test]
fn a_configuration_may_have_any_name_that_the_checkly_cli_looks_for() {
    for ending in ["ts", "mts", "cts", "js", "mjs", "cjs"] {
        let folder = Folder::new(&[
            (FILE_NAME, "[[project]]\npath = 'web'\n"),
            (&format!("web/checkly.config.{ending}"), ""),
        ]);
        assert_eq!(names(&folder.load().unwrap()), ["web"], "{ending}");
    }
}

#[test]
fn a_pattern_makes_one_project_of_each_checkly_project_that_it_matches() {
    let text = "
[[project]]
path = 'services/*'
tags = ['service:${folder}']
env = { SERVICE = '${parent}/${folder}' }
";
    let folder = beside(
        text,
        &[
            "services/b",
            "services/a",
            "services/.c",
            "services/node_modules",
            "services/d/deep",
        ],
    );
    let manifest = folder.load().unwrap();
    assert_eq!(names(&manifest), ["a", "b"]);
    let [a, b] = &manifest.projects[..] else {
        panic!("two projects")
    };
    assert_eq!(
        (&a.tags[..], &b.tags[..]),
        (&["service:a".to_owned()][..], &["service:b".to_owned()][..])
    );
    assert!(from_folder(a).dir.ends_with("services/a"));
    assert_eq!(from_folder(b).env["SERVICE"], "services/b");
    assert_eq!(a.place, b.place);
}

#[test]
fn a_pattern_looks_for_the_configuration_that_is_named_and_for_none_where_a_command_bundles() {
    let text = "[[project]]\npath = 's/*'\n#here\n[profile.ci]\nconfig = 'ci.ts'\n";
    let files = |text: &str| {
        Folder::new(&[
            (FILE_NAME, text),
            ("s/a/ci.ts", ""),
            ("s/b/checkly.config.ts", ""),
            ("s/c/x", ""),
        ])
    };
    let found = |text: &str, profile: Option<&str>| {
        let folder = files(text);
        let manifest = folder
            .load_with(&credentials_only, |request| {
                request.profile = profile.map(str::to_owned);
            })
            .unwrap();
        names(&manifest).join(" ")
    };
    assert_eq!(found(text, None), "b");
    assert_eq!(found(text, Some("ci")), "a");
    let own = text.replace("#here", "config = '../${folder}/x'");
    assert_eq!(found(&own, None), "c");
    let command = text.replace("#here", "bundle_command = ['make', '{bundle}']");
    assert_eq!(found(&command, Some("ci")), "a b c");
}

#[test]
fn a_folder_whose_name_looks_like_a_pattern_is_that_folder() {
    let folder = beside("[[project]]\npath = 'app/[id]'\n", &["app/[id]", "app/i"]);
    assert_eq!(names(&folder.load().unwrap()), ["[id]"]);
}

#[test]
fn how_a_folder_is_bundled_comes_from_all_layers_and_variables_key_by_key() {
    let text = "
[defaults]
env = { A = 'root', B = 'root', C = 'root', D = 'root' }
bundle_timeout = '1m'
config = 'one.ts'
[profile.ci]
env = { B = 'ci', C = 'ci' }
bundle_timeout = '2m'
cache = true
inputs = ['./shared/**']
[[project]]
name = 'web'
path = 'web'
config = 'two.ts'
bundle_command = ['sh', '-c', 'x']
env = { C = 'own', D = '' }
";
    let folder = beside(text, &["web"]);
    let manifest = folder
        .load_with(&credentials_only, |request| {
            request.profile = Some("ci".into());
        })
        .unwrap();
    let project = &manifest.projects[0];
    let pairs = [("A", "root"), ("B", "ci"), ("C", "own"), ("D", "")];
    let expected = model::Folder {
        dir: folder.0.path().join("web"),
        config: Some("two.ts".into()),
        command: Some(vec!["sh".into(), "-c".into(), "x".into()]),
        env: pairs.map(|(k, v)| (k.to_owned(), v.to_owned())).into(),
        timeout: Duration::from_secs(120),
        cache: true,
    };
    assert_eq!(from_folder(project), &expected);
    let inputs = model::Inputs {
        base: folder.0.path().to_owned(),
        globs: vec!["shared/**".into()],
        declared: true,
    };
    assert_eq!(project.inputs, inputs);
}

#[test]
fn inputs_start_from_the_manifest_that_they_stand_in() {
    let folder = Folder::new(&[
        (
            FILE_NAME,
            "include = ['t/p.toml']\n[defaults]\ninputs = ['all/**']\n",
        ),
        (
            "t/p.toml",
            "[[project]]\npath = 'a'\n[[project]]\npath = 'b'\ninputs = ['b/**', '../ui/**']\n",
        ),
        ("t/a/checkly.config.ts", ""),
        ("t/b/checkly.config.ts", ""),
    ]);
    let manifest = folder.load().unwrap();
    let [a, b] = &manifest.projects[..] else {
        panic!("two projects")
    };
    let seen = |project: &Project| {
        let base = project.inputs.base.strip_prefix(folder.0.path()).unwrap();
        (base.to_owned(), project.inputs.globs.join(" "))
    };
    assert_eq!(seen(a), (Path::new("").to_owned(), "all/**".to_owned()));
    assert_eq!(
        seen(b),
        (Path::new("t").to_owned(), "b/** ../ui/**".to_owned())
    );
}

#[test]
fn settings_of_folders_in_the_defaults_do_not_concern_bundles() {
    let text = "[defaults]\nconfig = 'x.ts'\nbundle_timeout = '1s'\nenv = { A = 'b' }\ncache = true\n\
                [[project]]\nname = 'a'\nbundle = 'a.json'\n";
    let manifest = loaded(&[(FILE_NAME, text), ("a.json", "")]);
    assert!(matches!(manifest.projects[0].origin, Origin::Bundle(_)));
}

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
    error: nobody knows when the bundle of `a` is out of date: it has `cache` but no `inputs`
     --> projects.toml:3:9
      |
    2 | path = 'a'
      |        --- for this project
    3 | cache = true
      |         ^^^^
      |
      = help: list in `inputs` all files that it is made of, also those outside its folder

    1 problem in projects.toml: nothing was sent
    ");
    let text = "[defaults]\ncache = true\n[[project]]\npath = 'a'\n[[project]]\npath = 'b'\ncache = false\n";
    insta::assert_snapshot!(told_beside(text, &["a", "b"]), @r"
    error: nobody knows when the bundle of `a` is out of date: it has `cache` but no `inputs`
     --> projects.toml:2:9
      |
    2 | cache = true
      |         ^^^^
    3 | [[project]]
    4 | path = 'a'
      |        --- for this project
      |
      = help: list in `inputs` all files that it is made of, also those outside its folder

    1 problem in projects.toml: nothing was sent
    ");
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
