//! Failed bundlings: messages and advice.

use super::*;
use crate::checkly::error::Tool;

fn fails(script: &str) -> BundlingError {
    Project::new(script).make().unwrap_err()
}

/// Message, advice, and output, as they could be shown.
fn told(error: &BundlingError) -> String {
    let hint = error.hint().unwrap_or_else(|| "-".into());
    format!("{error}\n-> {hint}\n{}", error.output().unwrap_or("-"))
}

#[test]
fn a_mistake_in_a_check_is_reported_in_the_clis_words_without_frames_of_its_packages() {
    let error = fails(
        r#"
        echo "Parsing your project... ❌"
        cat >&2 <<END
    Error: Error loading file '/shop/checkly.config.ts'
    Error: no database
        at /shop/checkly.config.ts:1:116
        at eval_evalModule (/shop/node_modules/jiti/dist/jiti.cjs:1:184467)
        at node:internal/process/task_queues:95:5
    Caused by: Error: no database
END
        exit 1"#,
    );
    insta::assert_snapshot!(told(&error), @r"
    the Checkly CLI ended with exit code 1: Error: no database
    -> -
    Parsing your project... ❌
        Error: Error loading file '/shop/checkly.config.ts'
        Error: no database
            at /shop/checkly.config.ts:1:116
        Caused by: Error: no database
    ");
    assert!(!matches!(
        error.cause(),
        Cause::Unreachable | Cause::Busy(_)
    ));
}

#[test]
fn refused_credentials_are_recognized_and_the_key_is_redacted() {
    for words in [
        r#"    Error: Authentication failed with account id "acme" and API key "...cdef""#,
        " ›   Error: Authentication failed with account id",
        "    UnauthorizedError: Unauthorized",
        "    ForbiddenError: Forbidden",
    ] {
        let error = fails(&format!("cat >&2 <<'END'\n{words}\nEND\nexit 1"));
        assert!(
            matches!(error.cause(), Cause::Credentials(_)),
            "{words}: {error}"
        );
        assert!(!told(&error).contains("cdef"), "{}", told(&error));
        insta::allow_duplicates! {
            insta::assert_snapshot!(error, @"the API refused the credentials of account `acme`");
        }
    }
}

#[test]
fn an_unavailable_api_is_a_transient_failure() {
    for words in [
        "MissingResponseError: Encountered an error connecting to Checkly. Please check that …",
        "ProxyConnectionError: Could not connect to the proxy at http://proxy:3128.",
    ] {
        let error = fails(&format!("echo '    {words}' >&2; exit 1"));
        assert!(
            matches!(error.cause(), Cause::Unreachable),
            "{words}: {error}"
        );
    }
    for (words, says) in [
        ("ServerError: Bad Gateway", "HTTP 5xx"),
        ("RequestTimeoutError: Request Time-out", "HTTP 408"),
        ("MiscellaneousError: Too Many Requests", "HTTP 429"),
    ] {
        let error = fails(&format!("echo '    {words}' >&2; exit 1"));
        assert!(error.to_string().ends_with(says), "{words}: {error}");
        assert!(matches!(error.cause(), Cause::Busy(_)), "{words}: {error}");
    }
}

#[test]
fn the_same_words_inside_the_projects_output_are_not_the_clis() {
    for line in [
        "check \"shop\" said ServerError: Bad Gateway",
        "GET /basket: Encountered an error connecting to Checkly",
    ] {
        let error = fails(&format!("echo '{line}'; exit 1"));
        assert!(
            matches!(error.cause(), Cause::Failed { .. }),
            "{line}: {error}"
        );
    }
}

#[test]
fn a_missing_node_is_named() {
    let error = fails("echo 'env: node: No such file or directory' >&2; exit 127");
    assert!(matches!(error.cause(), Cause::NoNode), "{error}");
}

#[test]
fn a_full_disk_and_a_lack_of_memory_are_named() {
    let error = fails("echo 'Error: ENOSPC: no space left on device, write' >&2; exit 1");
    assert!(matches!(error.cause(), Cause::DiskFull), "{error}");
    let error = fails("echo 'FATAL ERROR: JavaScript heap out of memory' >&2; kill -ABRT $$");
    assert!(matches!(error.cause(), Cause::OutOfMemory), "{error}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_disk_too_full_for_an_error_message_is_named_too() {
    let error = fails("ln -s /dev/full \"$TMPDIR/../room\"; exit 1");
    assert!(matches!(error.cause(), Cause::DiskFull), "{error}");
}

#[test]
fn the_message_has_the_most_informative_line() {
    for (output, line) in [
        (
            "Parsing your project\n    Error: no such check\n        at /shop/x.ts:1:1",
            ": Error: no such check (x.ts:1:1)",
        ),
        // Of the places the first that is in the project's own code.
        (
            "Error: no\n    at f (/x/node_modules/a/b.js:1:1)\n    at w (/tmp/x/orchestrate-worker.cjs:1:1)\n    at g (node:internal/x:1:1)\n    at h (file:///x/y.ts:2:3)",
            ": Error: no (y.ts:2:3)",
        ),
        (
            "Error: no package.json in any of:\n  /shop/web\n  /shop",
            ": Error: no package.json in any of: /shop/web",
        ),
        // A long message is wrapped; it begins with its first line.
        (
            " \u{203a}   Error: The project cannot be\n \u{203a}   parsed",
            ": Error: The project cannot be",
        ),
        (
            "Error: outer\nCaused by: TypeError: inner\n    at x",
            ": TypeError: inner",
        ),
        (
            "one\nmake: *** [bundle] Error 2\n\n---",
            ": make: *** [bundle] Error 2",
        ),
        ("--- * ---", ""),
        ("", ""),
    ] {
        let error = fails(&format!("cat >&2 <<'END'\n{output}\nEND\nexit 1"));
        let expected = format!("the Checkly CLI ended with exit code 1{line}");
        assert_eq!(error.to_string(), expected, "{output}");
    }
    let long = fails("printf 'Error: %0300d' 0 >&2; exit 1").to_string();
    assert!(
        long.ends_with("000…") && long.chars().count() < 250,
        "{long}"
    );
}

#[test]
fn a_signal_is_named() {
    let error = fails("kill -KILL $$");
    insta::assert_snapshot!(told(&error), @r"
    the Checkly CLI was ended by signal 9
    -> signal 9 usually means that the system ran out of memory: lower `bundle_concurrency`
    -
    ");
}

#[test]
fn a_success_without_a_bundle_is_a_failure() {
    let error = fails("echo 'No checks were detected.'");
    insta::assert_snapshot!(told(&error), @r"
    the Checkly CLI succeeded but wrote no bundle
    -> -
    No checks were detected.
    ");
    let error = fails(r#": > "$bundle""#);
    insta::assert_snapshot!(error, @"the Checkly CLI succeeded but wrote an empty bundle");
    let error = fails(r#"mkdir "$bundle""#);
    assert!(
        matches!(error.cause(), Cause::NoBundle(Tool::Cli)),
        "{error}"
    );
}

#[test]
fn the_cli_is_not_run_without_a_configuration_since_it_would_write_one() {
    let mut project = Project::new("touch was-run");
    fs::remove_file(project.directory.dir.join("checkly.config.ts")).unwrap();
    let error = project.make().unwrap_err();
    let text = told(&error).replace(project.directory.dir.to_str().unwrap(), "SHOP");
    insta::assert_snapshot!(text, @r"
    there is no checkly.config.ts (or .mts, .cts, .js, .mjs, .cjs) in `SHOP`
    -> check `path`, name the file with `config`, or set `bundle_command`
    -
    ");
    project.directory.config = Some("eu/checkly.config.ts".into());
    let error = project.make().unwrap_err();
    let text = told(&error).replace(project.directory.dir.to_str().unwrap(), "SHOP");
    insta::assert_snapshot!(text, @r"
    there is no `eu/checkly.config.ts` in `SHOP`
    -> check `config`: the path starts at the project's directory
    -
    ");
    assert!(!project.directory.dir.join("was-run").exists());
}

#[test]
fn a_command_that_cannot_be_started_is_named() {
    let started = |command: &[&str]| {
        let project = Project::with_command("", command);
        fs::write(project.directory.dir.join("not-executable"), "").unwrap();
        let error = project.make().unwrap_err();
        let dir = fs::canonicalize(&project.directory.dir).unwrap();
        told(&error).replace(dir.to_str().unwrap(), "SHOP")
    };
    insta::assert_snapshot!(started(&["no-such-bundler"]), @r"
    cannot start `no-such-bundler`: there is no such file
    -> check that it exists; a relative path in `bundle_command` starts at the project's directory
    -
    ");
    insta::assert_snapshot!(started(&["./not-executable"]), @r"
    cannot start `SHOP/not-executable`: permission denied
    -> make it executable: `chmod +x`
    -
    ");
    insta::assert_snapshot!(started(&[]), @r#"
    `bundle_command` names no program
    -> name a program: bundle_command = ["./bundle.sh", "{bundle}"]
    -
    "#);
}

#[test]
fn a_failed_command_or_one_without_a_bundle_gets_advice() {
    let command = ["sh", "fake.sh"];
    let error = Project::with_command("echo UnauthorizedError: no; exit 3", &command);
    let error = error.make().unwrap_err();
    insta::assert_snapshot!(told(&error), @r"
    `bundle_command` ended with exit code 3: UnauthorizedError: no
    -> -
    UnauthorizedError: no
    ");
    let error = Project::with_command("", &command).make().unwrap_err();
    insta::assert_snapshot!(told(&error), @r"
    `bundle_command` succeeded but wrote no bundle
    -> the command must write the bundle to the path in ORCHESTRATE_BUNDLE_FILE, or to `{bundle}` in an argument
    -
    ");
}

/// Opening it would wait for a writer, beyond every time limit.
#[test]
fn a_bundle_that_is_a_pipe_is_no_bundle() {
    let command = ["sh", "-c", "mkfifo \"$ORCHESTRATE_BUNDLE_FILE\""];
    let error = Project::with_command("", &command).make().unwrap_err();
    let said = error.to_string();
    assert!(said.ends_with("succeeded but wrote no bundle"), "{said}");
}
