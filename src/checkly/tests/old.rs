//! Outdated versions of the CLI and of Node.js. Their output is recorded, with the version that printed it.

use super::*;

/// A project with this version of the CLI; running it fails the test.
fn with_version(version: &str) -> Project {
    let project = Project::new("touch was-run; exit 1");
    let package = project
        .root
        .path()
        .join("node_modules/checkly/package.json");
    fs::write(package, format!("{{\"version\": \"{version}\"}}")).unwrap();
    project
}

/// A project whose CLI has no known version.
fn without_version(script: &str) -> Project {
    let project = Project::new(script);
    fs::remove_file(
        project
            .root
            .path()
            .join("node_modules/checkly/package.json"),
    )
    .unwrap();
    project
}

/// The error that replaces running it.
fn refused(project: &Project, mode: Mode<'_>) -> String {
    let error = project.make_in(mode).unwrap_err();
    assert!(matches!(error.cause(), Cause::TooOld { .. }), "{error}");
    assert!(!project.directory.dir.join("was-run").exists(), "{error}");
    let root = fs::canonicalize(project.root.path()).unwrap();
    let text = format!("{error}\n-> {}", error.hint().unwrap());
    text.replace(root.to_str().unwrap(), "ROOT")
}

fn elsewhere() -> Mode<'static> {
    match online() {
        Mode::Online(account) => Mode::Online(Account {
            api_url: "http://127.0.0.1:3000",
            ..account
        }),
        mode => mode,
    }
}

#[test]
fn an_outdated_cli_is_not_run() {
    insta::assert_snapshot!(refused(&with_version("5.5.0"), online()), @r"
    the Checkly CLI 5.5.0 in `ROOT/node_modules/checkly` is too old to write bundles: 6.0 or later is required
    -> update it: `npm install --save-dev checkly@latest`
    ");
    insta::assert_snapshot!(refused(&with_version("7.4.0"), elsewhere()), @r"
    the Checkly CLI 7.4.0 in `ROOT/node_modules/checkly` is too old to use any API but Checkly's own: 7.5 or later is required
    -> update it: `npm install --save-dev checkly@latest`
    ");
    for mode in [Mode::Offline, Mode::ParseOnly(&[], None)] {
        insta::allow_duplicates! {
            insta::assert_snapshot!(refused(&with_version("6.9.10"), mode), @r"
            the Checkly CLI 6.9.10 in `ROOT/node_modules/checkly` is too old to bundle without the API: 7.0 or later is required
            -> update it: `npm install --save-dev checkly@latest`
            ");
        }
    }
}

#[test]
fn the_first_supported_version_is_run_and_so_is_a_build_of_a_branch() {
    let branch = "0.0.0-pr.1042.f681793";
    for (version, mode) in [
        ("6.0.0", online()),
        ("7.5.2", elsewhere()),
        ("7.0.1", Mode::Offline),
        ("10.0.0", Mode::Offline),
        (branch, online()),
        ("next", online()),
    ] {
        let project = with_version(version);
        project.make_in(mode).unwrap_err();
        assert!(project.directory.dir.join("was-run").exists(), "{version}");
    }
}

#[test]
fn the_update_command_matches_the_lockfile() {
    for (lock, command) in [
        ("package-lock.json", "npm install --save-dev checkly@latest"),
        ("yarn.lock", "yarn add --dev checkly@latest"),
        ("bun.lock", "bun add --dev checkly@latest"),
        ("pnpm-lock.yaml", "pnpm add --save-dev checkly@latest"),
    ] {
        let project = with_version("4.10.0");
        fs::write(project.root.path().join(lock), "").unwrap();
        let text = refused(&project, online());
        assert!(
            text.ends_with(&format!("-> update it: `{command}`")),
            "{text}"
        );
    }
}

#[test]
fn an_outdated_cli_of_unknown_version_is_recognized_by_its_output() {
    // 4.10.0.
    let project = without_version(
        r"cat >&2 <<'END'
Parsing your project... !
 ›   Error: Nonexistent flags: --debug-bundle, --debug-bundle-output-file=/tmp/b.json
 ›   See more help with --help
END
exit 2",
    );
    insta::assert_snapshot!(refused(&project, online()), @r"
    the Checkly CLI in `ROOT/node_modules/checkly` is too old to write bundles: 6.0 or later is required
    -> update it: `npm install --save-dev checkly@latest`
    ");
    // 6.9.10, and 4.10.0.
    let unknown = " ›   Warning: debug parse-project is not a checkly command.";
    for rest in [
        "echo ' ›   Error: Run checkly help for a list of available commands.' >&2; exit 127",
        "echo 'Did you mean destroy? [y/n]: '",
    ] {
        let project = without_version(&format!("echo '{unknown}' >&2; {rest}"));
        let text = refused(&project, Mode::Offline);
        assert!(
            text.contains(" is too old to bundle without the API: 7.0 "),
            "{text}"
        );
    }
}

#[test]
fn an_outdated_node_is_the_headline() {
    // 9.5.0.
    let script = "cat >&2 <<END
You are running Node.js v20.20.2. The Checkly CLI requires Node.js v22.13.0 or higher.
If you cannot upgrade Node.js, the checkly@8 release line still supports Node.js 20 (>=20.19.0).
Set CHECKLY_SKIP_NODE_VERSION_CHECK=1 (in the shell environment, not .env) to attempt to run anyway.
END
exit 1";
    for mode in [online(), Mode::Offline] {
        let error = Project::new(script).make_in(mode).unwrap_err();
        insta::allow_duplicates! {
            insta::assert_snapshot!(error, @"You are running Node.js v20.20.2. The Checkly CLI requires Node.js v22.13.0 or higher");
            insta::assert_snapshot!(error.hint().unwrap(), @"add a newer Node.js to PATH, or install one for the project: `npm install --save-dev node@22`");
        }
    }
}

#[test]
fn a_missing_package_manager_is_not_a_mistake_in_the_project() {
    // 8.23.2 beside a `pnpm-workspace.yaml`.
    let message = "Command failed with ENOENT: pnpm list --json --recursive --depth 1";
    let online = format!(
        "cat >&2 <<'END'
    ExecaError: {message}
    spawn pnpm ENOENT
    Code: ENOENT
    Caused by: Error: spawn pnpm ENOENT
    Code: ENOENT
END
exit 1"
    );
    let offline = format!(
        r#"cat <<'END'
{{
  "errors": [
    {{ "name": "ExecaError", "message": "{message}\nspawn pnpm ENOENT" }}
  ]
}}
END"#
    );
    for error in [
        Project::new(&online).make().unwrap_err(),
        Project::new(&offline).make_offline().unwrap_err(),
    ] {
        insta::allow_duplicates! {
            insta::assert_snapshot!(error, @"bundling requires `pnpm`, which is not in PATH");
            insta::assert_snapshot!(error.hint().unwrap(), @"install pnpm, or add it to PATH");
        }
    }
}

#[test]
fn programs_of_the_projects_packages_come_first_as_with_npx() {
    let script =
        "for name in checkly node-of-the-project; do command -v $name >> found; done; exit 1";
    for project in [
        Project::new(script),
        Project::with_command(script, &["sh", "fake.sh"]),
    ] {
        let root = fs::canonicalize(project.root.path()).unwrap();
        let nearer = root.join("shop/node_modules/.bin");
        fs::create_dir_all(&nearer).unwrap();
        symlink("/bin/sh", nearer.join("node-of-the-project")).unwrap();
        project.make().unwrap_err();
        let expected = [
            root.join("node_modules/.bin/checkly"),
            nearer.join("node-of-the-project"),
        ];
        let found = project.noted("found");
        let found: Vec<&Path> = found.lines().map(Path::new).collect();
        assert_eq!(found, expected);
    }
}
