//! `env_file`: variables for bundling from `.env` files.

use super::support::*;
use std::collections::BTreeMap;

fn env_of(manifest: &Manifest, name: &str) -> BTreeMap<String, String> {
    let mut projects = manifest.projects.iter();
    let project = projects.find(|project| project.name == name).unwrap();
    match &project.origin {
        Origin::Directory(folder) => folder.env.clone(),
        other => panic!("{name} is {other:?}"),
    }
}

fn is(env: &BTreeMap<String, String>, expected: &[(&str, &str)]) {
    let expected = expected.iter();
    let expected = expected.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    assert_eq!(env, &expected.collect());
}

const CONFIG: (&str, &str) = ("shop/checkly.config.ts", "");

#[test]
fn a_later_file_wins_and_env_wins_over_all_files() {
    let text = "
[defaults]
env = { C = 'env' }
[[project]]
path = 'shop'
env_file = ['.env.shared', 'shop/.env.production']
";
    let folder = Folder::new(&[
        (FILE_NAME, text),
        CONFIG,
        (".env.shared", "A=shared\nB=shared\nC=shared\n"),
        ("shop/.env.production", "B=shop\n"),
    ]);
    let manifest = folder.load().unwrap();
    is(
        &env_of(&manifest, "shop"),
        &[("A", "shared"), ("B", "shop"), ("C", "env")],
    );
}

#[test]
fn paths_start_at_their_manifest_and_only_the_strongest_list_counts() {
    let text = "
include = ['team/projects.toml']
[defaults]
env_file = ['.env']
[profile.ci]
env_file = ['.env.ci']
[[project]]
name = '${folder}-${matrix.stage}'
path = 'shop'
matrix = { stage = ['a', 'b'] }
env_file = ['.env.${matrix.stage}']
[[project]]
path = 'blog'
";
    let team = "[defaults]\nenv_file = ['.env']\n[[project]]\npath = 'wiki'\n";
    let folder = Folder::new(&[
        (FILE_NAME, text),
        CONFIG,
        ("blog/checkly.config.ts", ""),
        ("team/projects.toml", team),
        ("team/wiki/checkly.config.ts", ""),
        (".env", "FROM=root"),
        (".env.a", "FROM=a"),
        (".env.b", "FROM=b"),
        (".env.ci", "FROM=ci"),
        ("team/.env", "FROM=team"),
    ]);
    let manifest = folder.load().unwrap();
    for (name, from) in [
        ("shop-a", "a"),
        ("shop-b", "b"),
        ("blog", "root"),
        ("wiki", "team"),
    ] {
        is(&env_of(&manifest, name), &[("FROM", from)]);
    }
    let profile = |request: &mut Request<'_>| request.profile = Some("ci".into());
    let manifest = folder.load_with(&credentials_only, profile).unwrap();
    for (name, from) in [("shop-a", "a"), ("blog", "ci"), ("wiki", "ci")] {
        is(&env_of(&manifest, name), &[("FROM", from)]);
    }
}

#[test]
fn variables_for_the_account_are_not_read_from_a_file() {
    let text = "[[project]]\npath = 'shop'\nenv_file = ['.env.production']\n";
    let file =
        "CHECKLY_API_KEY=k-9\nCHECKLY_ACCOUNT_ID=a-9\nCHECKLY_ENV=local\nTMPDIR=/\nREGION=eu\n";
    let folder = Folder::new(&[(FILE_NAME, text), CONFIG, (".env.production", file)]);
    is(
        &env_of(&folder.load().unwrap(), "shop"),
        &[("REGION", "eu")],
    );
}

#[test]
fn an_unreadable_file_is_reported_with_its_position() {
    let text = "
[[project]]
path = 'shop'
env_file = ['.env.prod', 'shop', '']
[[project]]
name = 'a'
bundle = 'a.json'
env_file = ['.env.prod']
";
    let folder = Folder::new(&[(FILE_NAME, text), CONFIG, ("a.json", "")]);
    insta::assert_snapshot!(folder.render(&folder.load().unwrap_err()), @r"
    error: cannot read the env file .env.prod: there is no such file
     --> projects.toml:4:13
      |
    4 | env_file = ['.env.prod', 'shop', '']
      |             ^^^^^^^^^^^
      |
      = help: a relative path starts at the directory of this manifest

    error: cannot read the env file shop: it is a directory
     --> projects.toml:4:26
      |
    4 | env_file = ['.env.prod', 'shop', '']
      |                          ^^^^^^
      |
      = help: a relative path starts at the directory of this manifest

    error: each of `env_file` must be a string
     --> projects.toml:4:34
      |
    4 | env_file = ['.env.prod', 'shop', '']
      |                                  ^^ this is empty

    error: `env_file` requires `path`, but `a` has a bundle
     --> projects.toml:8:12
      |
    8 | env_file = ['.env.prod']
      |            ^^^^^^^^^^^^^
      |
      = help: remove it: a bundle is used as it is

    4 problems in projects.toml: nothing was sent
    ");
}

#[test]
fn a_deletion_needs_no_env_file() {
    let text = "[[project]]\npath = 'shop'\nlogical_id = 'shop'\nenv_file = ['.env.gone']\n";
    let folder = Folder::new(&[(FILE_NAME, text), CONFIG]);
    let destroy = |request: &mut Request<'_>| request.overrides.to_destroy = true;
    assert!(folder.load().is_err());
    folder.load_with(&credentials_only, destroy).unwrap();
}
