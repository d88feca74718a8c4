//! Finding the CLI of a directory.

use super::*;

#[test]
fn the_nearest_installation_wins_and_its_package_has_the_version() {
    let project = Project::new("");
    let root = fs::canonicalize(project.root.path()).unwrap();
    let found = find(&project.directory.dir).unwrap();
    assert_eq!(found.program, root.join("node_modules/.bin/checkly"));
    assert_eq!(found.package, root.join("node_modules/checkly"));
    assert_eq!(found.version.as_deref(), Some("8.23.2"));

    let nearer = root.join("shop/node_modules/.bin");
    fs::create_dir_all(&nearer).unwrap();
    fs::write(nearer.join("checkly"), "").unwrap();
    let found = find(&project.directory.dir).unwrap();
    assert_eq!(found.program, nearer.join("checkly"));
    assert_eq!(found.version, None);
}

#[test]
fn a_linked_directory_uses_the_installation_of_its_target() {
    let (project, elsewhere) = (Project::new(""), tempfile::tempdir().unwrap());
    let link = elsewhere.path().join("link");
    symlink(&project.directory.dir, &link).unwrap();
    assert!(find(&link).is_ok());
}

#[test]
fn without_an_installation_the_advice_says_what_to_install() {
    let empty = tempfile::tempdir().unwrap();
    let error = find(empty.path()).unwrap_err();
    assert!(
        matches!(error.cause(), Cause::NotInstalled { .. }),
        "{error}"
    );
    insta::assert_snapshot!(error.hint().unwrap(), @"install the project's packages (`npm ci`); if they do not include the CLI, run `npm install --save-dev checkly`");

    fs::write(empty.path().join(".pnp.cjs"), "").unwrap();
    let error = find(empty.path()).unwrap_err();
    insta::assert_snapshot!(error.hint().unwrap(), @"Yarn Plug'n'Play has no node_modules: use Yarn's node-modules linker, or set `bundle_command`");
}

#[test]
fn a_missing_directory_is_shown_as_the_user_named_it() {
    let error = find(Path::new("no/such/directory")).unwrap_err();
    insta::assert_snapshot!(error, @"there is no directory `no/such/directory`");
}
