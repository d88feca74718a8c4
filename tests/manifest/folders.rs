//! Projects from directories.

use super::support::*;
use crate::model;
use std::path::Path;
use std::time::Duration;

const CONFIG: &str = "checkly.config.ts";

/// A manifest beside directories with a configuration each.
pub(super) fn beside(manifest: &str, folders: &[&str]) -> Folder {
    let files: Vec<String> = folders
        .iter()
        .map(|folder| format!("{folder}/{CONFIG}"))
        .collect();
    let files = files.iter().map(|file| (file.as_str(), ""));
    let files: Vec<_> = files.chain([(FILE_NAME, manifest)]).collect();
    Folder::new(&files)
}

pub(super) fn told_beside(manifest: &str, folders: &[&str]) -> String {
    let folder = beside(manifest, folders);
    folder.render(&folder.load().unwrap_err())
}

fn from_folder(project: &Project) -> &model::Directory {
    match &project.origin {
        Origin::Directory(folder) => folder,
        other => panic!("{} is {other:?}", project.name),
    }
}

pub(super) fn names(manifest: &Manifest) -> Vec<&str> {
    let projects = manifest.projects.iter();
    projects.map(|project| project.name.as_str()).collect()
}

#[test]
fn a_project_has_its_directorys_name_and_inputs() {
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
    let expected = model::Directory {
        dir: dir.clone(),
        config: None,
        cwd: None,
        command: None,
        env: [].into(),
        bundler: model::BundlerKind::Shared,
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
fn the_manifests_own_directory_has_a_name_too() {
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
fn a_pattern_makes_one_project_for_each_matching_checkly_project() {
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
fn a_pattern_requires_the_named_configuration_and_none_with_a_command() {
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
fn a_directory_whose_name_looks_like_a_pattern_is_that_directory() {
    let folder = beside("[[project]]\npath = 'app/[id]'\n", &["app/[id]", "app/i"]);
    assert_eq!(names(&folder.load().unwrap()), ["[id]"]);
}

#[test]
fn bundling_settings_are_merged_from_all_layers_and_variables_key_by_key() {
    let text = "
[defaults]
env = { A = 'root', B = 'root', C = 'root', D = 'root' }
bundle_timeout = '1m'
bundler = 'shared'
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
    let expected = model::Directory {
        dir: folder.0.path().join("web"),
        config: Some("two.ts".into()),
        cwd: None,
        command: Some(vec!["sh".into(), "-c".into(), "x".into()]),
        env: pairs.map(|(k, v)| (k.to_owned(), v.to_owned())).into(),
        bundler: model::BundlerKind::Shared,
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
fn the_working_directory_is_relative_to_its_manifest() {
    let folder = Folder::new(&[
        (
            FILE_NAME,
            "include = ['t/p.toml']\n[defaults]\ncwd = 't'\n[[project]]\npath = 'a'\n",
        ),
        ("t/p.toml", "[[project]]\npath = 'b'\ncwd = 'c'\n"),
        ("a/checkly.config.ts", ""),
        ("t/b/checkly.config.ts", ""),
        ("t/c/.keep", ""),
    ]);
    let manifest = folder.load().unwrap();
    let cwd = |ix: usize| from_folder(&manifest.projects[ix]).cwd.clone().unwrap();
    assert_eq!(cwd(0), folder.0.path().join("t"));
    assert_eq!(cwd(1), folder.0.path().join("t/c"));
    let text = "[[project]]\npath = 'web'\ncwd = 'none'\n";
    insta::assert_snapshot!(told_beside(text, &["web"]), @r"
    error: there is no directory none
     --> projects.toml:3:7
      |
    3 | cwd = 'none'
      |       ^^^^^^
      |
      = help: `cwd` starts at the manifest's directory

    1 problem in projects.toml: nothing was sent
    ");
}

#[test]
fn inputs_are_relative_to_their_manifest() {
    let folder = Folder::new(&[
        (
            FILE_NAME,
            "include = ['t/p.toml']\n[defaults]\ninputs = ['t/**']\n",
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
    assert_eq!(seen(a), (Path::new("").to_owned(), "t/**".to_owned()));
    assert_eq!(
        seen(b),
        (Path::new("t").to_owned(), "b/** ../ui/**".to_owned())
    );
}

#[test]
fn bundling_settings_in_the_defaults_do_not_affect_bundles() {
    let text = "[defaults]\nconfig = 'x.ts'\nbundle_timeout = '1s'\nenv = { A = 'b' }\ncache = true\n\
                [[project]]\nname = 'a'\nbundle = 'a.json'\n";
    let manifest = loaded(&[(FILE_NAME, text), ("a.json", "")]);
    assert!(matches!(manifest.projects[0].origin, Origin::Bundle(_)));
}

/// A directory has a decomposed name on macOS; people type composed ones.
#[test]
fn the_unicode_form_of_a_name_does_not_matter() {
    let (composed, decomposed) = ("caf\u{e9}", "cafe\u{301}");
    let text = format!(
        "[[project]]\npath = 'services/*'\n[[project]]\nname = 'th{}'\nbundle = 'a.json'\ndepends_on = ['{composed}']\n",
        "e\u{301}"
    );
    let folder = beside(&text, &[&format!("services/{decomposed}")]);
    std::fs::write(folder.0.path().join("a.json"), "").unwrap();
    for (pattern, found) in [
        (composed, composed),
        (decomposed, composed),
        ("caf*", composed),
        ("th\u{e9}", "the\u{301}"),
    ] {
        let selection = Selection {
            only: vec![pattern.to_owned()],
            ..Selection::default()
        };
        let selected = select(folder.load().unwrap().projects, &selection).unwrap();
        assert_eq!(selected[0].name, found, "{pattern}");
    }
}
