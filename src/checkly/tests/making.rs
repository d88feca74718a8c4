//! Successful bundlings.

use super::*;
use std::os::unix::fs::PermissionsExt;

#[test]
fn the_cli_is_run_to_write_the_bundle_without_prompts() {
    let project = Project::new(
        r#"
        for argument; do echo "$argument" >> arguments; done
        pwd > directory
        cat > input
        printf '{"project": 1}' > "$bundle"
        "#,
    );
    let made = project.make().unwrap();
    let bundle = made.bundle().display().to_string();
    let arguments = project.noted("arguments").replace(&bundle, "BUNDLE");
    insta::assert_snapshot!(arguments, @r"
    deploy
    --force
    --debug-bundle
    --debug-bundle-output-file=BUNDLE
    --config=checkly.config.ts
    ");
    assert_eq!(project.noted("input"), "");
    let dir = fs::canonicalize(&project.directory.dir).unwrap();
    assert_eq!(project.noted("directory").trim_end(), dir.to_str().unwrap());
    let content = fs::read_to_string(made.bundle()).unwrap();
    assert_eq!(content, r#"{"project": 1}"#);
}

#[test]
fn the_key_is_in_the_environment_and_not_among_the_arguments() {
    let project = Project::new(
        r#"
        echo "$@" > arguments
        echo "$CHECKLY_API_KEY" > key
        echo x > "$bundle"
        "#,
    );
    project.make().unwrap();
    assert!(!project.noted("arguments").contains(KEY));
    assert_eq!(project.noted("key").trim_end(), KEY);
}

#[test]
fn the_configuration_is_the_manifests_or_the_first_default_name() {
    let mut project = Project::new(r#"echo "$@" > arguments; echo x > "$bundle""#);
    fs::write(project.directory.dir.join("checkly.config.js"), "").unwrap();
    project.make().unwrap();
    assert!(
        project
            .noted("arguments")
            .contains("--config=checkly.config.ts")
    );
    fs::create_dir(project.directory.dir.join("eu")).unwrap();
    fs::write(project.directory.dir.join("eu/my.config.ts"), "").unwrap();
    project.directory.config = Some("eu/my.config.ts".into());
    project.make().unwrap();
    assert!(
        project
            .noted("arguments")
            .contains("--config=eu/my.config.ts")
    );
}

#[test]
fn bundle_and_leftovers_are_private_and_removed_together() {
    let project = Project::new(
        r#"
        umask 000
        mkdir -p "$TMPDIR/cli-abc" && echo leaked > "$TMPDIR/cli-abc/archive"
        echo "$TMPDIR" > directory
        echo x > "$bundle"
        "#,
    );
    let made = project.make().unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let (bundle, directory) = (
        made.bundle().to_owned(),
        made.bundle().parent().unwrap().to_owned(),
    );
    assert_eq!((mode(&directory), mode(&bundle)), (0o700, 0o600));
    let leaked = project.noted("directory");
    let leaked = Path::new(leaked.trim_end());
    assert!(leaked.join("cli-abc/archive").is_file() && leaked.starts_with(&directory));
    drop(made);
    assert!(!directory.exists());
}

#[test]
fn a_command_gets_the_bundles_path_in_both_ways() {
    let script = r#"echo "$1" > told; echo x > "$ORCHESTRATE_BUNDLE_FILE""#;
    let command = ["sh", "fake.sh", "--to={bundle},{bundle}"];
    let project = Project::with_command(script, &command);
    let made = project.make().unwrap();
    let bundle = made.bundle().to_str().unwrap();
    assert_eq!(project.noted("told"), format!("--to={bundle},{bundle}\n"));
}

#[test]
fn a_command_needs_neither_the_cli_nor_a_configuration_even_offline() {
    let script = r#"echo "$CHECKLY_ACCOUNT_ID" > "$ORCHESTRATE_BUNDLE_FILE""#;
    let project = Project::with_command(script, &["sh", "fake.sh"]);
    fs::remove_dir_all(project.root.path().join("node_modules")).unwrap();
    fs::remove_file(project.directory.dir.join("checkly.config.ts")).unwrap();
    let text = |made: BundleOutput| fs::read_to_string(made.bundle()).unwrap();
    assert_eq!(text(project.make().unwrap()), "acme\n");
    assert_eq!(text(project.make_offline().unwrap()), "offline\n");
}

#[test]
fn a_relative_path_of_a_command_starts_at_the_projects_directory() {
    let command = ["../node_modules/.bin/checkly"];
    let project = Project::with_command(r#"echo x > "$ORCHESTRATE_BUNDLE_FILE""#, &command);
    project.make().unwrap();
}

#[test]
fn a_project_may_be_bundled_from_another_directory() {
    let script = r#"pwd > "$HOME/started"; echo "$PWD" >> "$HOME/started"; echo "$@" > "$HOME/arguments"; echo x > "$bundle""#;
    let mut project = Project::new("");
    let root = fs::canonicalize(project.root.path()).unwrap();
    fs::write(root.join("fake.sh"), format!("{BUNDLE_ARGUMENT}\n{script}")).unwrap();
    project.inherited.insert("HOME".into(), root.clone().into());
    project.directory.cwd = Some(root.clone());
    project.make().unwrap();
    let root_twice = format!("{0}\n{0}\n", root.display());
    assert_eq!(
        fs::read_to_string(root.join("started")).unwrap(),
        root_twice
    );
    let arguments = fs::read_to_string(root.join("arguments")).unwrap();
    assert!(
        arguments.ends_with(" --config=shop/checkly.config.ts\n"),
        "{arguments}"
    );
    // A configuration outside the working directory has an absolute path.
    let elsewhere = root.join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    fs::copy(root.join("fake.sh"), elsewhere.join("fake.sh")).unwrap();
    project.directory.cwd = Some(elsewhere);
    project.make().unwrap();
    let arguments = fs::read_to_string(root.join("arguments")).unwrap();
    let config = format!(" --config={}/shop/checkly.config.ts\n", root.display());
    assert!(arguments.ends_with(&config), "{arguments}");
}
