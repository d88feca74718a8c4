//! Projects from directories, and errors while bundling them. A script stands in for the Checkly CLI; for the real one, see
//! `tests/interop`.

use super::api::{Sandbox, Witness};
use super::folder::Folder;
use super::guard::says;
use super::program::{Ended, Program, orchestrate, results};
use std::os::unix::fs::symlink;
use std::path::Path;

/// The bundle of a project `shop`, for a script to print.
pub(super) const BUNDLE: &str = r#"{"project":{"logicalId":"shop","name":"Shop"},"sharedFiles":[],"resources":[{"type":"check","logicalId":"home","member":true,"payload":{"checkType":"API"}}]}"#;

/// A project in the directory `shop` with this script as its Checkly CLI, and with these lines in the manifest.
pub(super) fn shop(script: &str, settings: &str) -> Folder {
    let folder = Folder::empty();
    folder.write(
        "projects.toml",
        &format!("[[project]]\npath = \"shop\"\n{settings}\n"),
    );
    folder.write("shop/checkly.config.ts", "");
    folder.write("shop/fake.sh", script);
    folder.write(
        "node_modules/checkly/package.json",
        r#"{"version": "8.23.2"}"#,
    );
    std::fs::create_dir(folder.file("node_modules/.bin")).unwrap();
    std::fs::create_dir(folder.file("tmp")).unwrap();
    let fake = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/checkly/tests/fake-checkly");
    symlink(fake, folder.file("node_modules/.bin/checkly")).unwrap();
    folder
}

/// The program in the directory, 80 columns wide, with temporary files in `tmp`.
pub(super) fn within(folder: &Folder, flags: &str) -> Program {
    orchestrate(flags)
        .env("COLUMNS", "80")
        .env("TMPDIR", folder.file("tmp"))
        .env("CHECKLY_API_KEY", "cu_0123456789abcdef0123456789abcdef")
        .within(folder.path())
}

/// The summary of a project that cannot be bundled, without times. Asserts that nothing was sent or left behind.
#[track_caller]
pub(super) fn told(folder: &Folder, code: i32) -> String {
    let witness = Witness::new();
    let ended = within(folder, "--api-url")
        .arg(witness.url())
        .run()
        .expect(code);
    assert!(witness.saw_nobody());
    nothing_is_left(folder);
    summary(folder, &ended)
}

#[track_caller]
pub(super) fn nothing_is_left(folder: &Folder) {
    let left: Vec<_> = std::fs::read_dir(folder.file("tmp")).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
}

/// The blocks between the progress lines and the last line.
fn summary(folder: &Folder, ended: &Ended) -> String {
    let here = std::fs::canonicalize(folder.path()).unwrap();
    let text = ended.err.replace(&format!("{}/", here.display()), "");
    let (_, text) = text.split_once("\n\n").expect(&ended.err);
    let (text, _) = text.rsplit_once("\n\n").expect(&ended.err);
    text.to_owned()
}

#[test]
fn a_directory_is_bundled_and_deployed() {
    let script = format!(
        "for word; do case $word in --debug-bundle-output-file=*) file=${{word#*=}}; esac; done
         echo '{BUNDLE}' >\"$file\""
    );
    let (sandbox, folder) = (Sandbox::start(0.05), shop(&script, ""));
    let run = within(&folder, "--yes --message-format json --api-url").arg(&sandbox.url);
    let ended = run.run().expect(0);
    assert_eq!(results(&ended.report()), ["shop succeeded -"]);
    let mut kinds: Vec<_> = ended
        .events()
        .iter()
        .map(|event| event["type"].clone())
        .collect();
    kinds.retain(|kind| kind.as_str().unwrap().starts_with("project."));
    assert_eq!(
        kinds[..4],
        [
            "project.queued",
            "project.bundling",
            "project.bundled",
            "project.submitting"
        ]
    );
    nothing_is_left(&folder);
}

#[test]
fn a_command_can_write_the_bundle() {
    for argument in ["\"$ORCHESTRATE_BUNDLE_FILE\"", "{bundle}"] {
        let folder = shop(
            "",
            &format!(
                "bundle_command = ['sh', '-c', 'echo \"$BUNDLE\" >{argument}']\nenv = {{ BUNDLE = '{BUNDLE}' }}"
            ),
        );
        std::fs::remove_dir_all(folder.file("node_modules")).unwrap();
        within(&folder, "--sandbox --time-scale 0.05")
            .run()
            .expect(0);
        nothing_is_left(&folder);
    }
}

#[test]
fn a_command_that_writes_no_bundle() {
    let folder = shop("", "bundle_command = ['true']");
    insta::assert_snapshot!(told(&folder, 1), @r"
    ✗ shop failed
        why         bundling failed; nothing was sent
        error       `bundle_command` succeeded but wrote no bundle
        next        the command must write the bundle to the path in
                    ORCHESTRATE_BUNDLE_FILE, or to `{bundle}` in an argument
    ");
}

#[test]
fn a_command_that_is_not_installed() {
    let folder = shop("", "bundle_command = ['./bundel.sh', '{bundle}']");
    // How its long path would be broken depends on the machine.
    let wide = within(&folder, "--sandbox").without("COLUMNS");
    insta::assert_snapshot!(summary(&folder, &wide.run().expect(1)), @r"
    ✗ shop failed
        why         bundling failed; nothing was sent
        error       cannot start `shop/bundel.sh`: there is no such file
        next        check that it exists; a relative path in `bundle_command` starts at the project's directory
    ");
}

#[test]
fn a_command_that_writes_something_else() {
    let folder = shop("", "bundle_command = ['sh', '-c', 'echo [] >{bundle}']");
    insta::assert_snapshot!(told(&folder, 1), @r"
    ✗ shop failed
        why         bundling failed; nothing was sent
        error       the output is not a bundle: it contains an array, not an object
        next        name the file that `checkly deploy --debug-bundle` wrote, plain
                    or gzipped
    ");
}

#[test]
fn a_cli_that_is_too_old_is_not_run_and_the_failure_is_permanent() {
    let folder = shop("touch was-run", "");
    folder.write(
        "node_modules/checkly/package.json",
        r#"{"version": "5.5.0"}"#,
    );
    folder.write("yarn.lock", "");
    // How its long path would be broken depends on the machine.
    let text = told(&folder, 1);
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(
        text,
        "✗ shop failed why bundling failed; nothing was sent error the Checkly CLI 5.5.0 in `node_modules/checkly` is \
         too old to use any API but Checkly's own: 7.5 or later is required next update it: `yarn add --dev checkly@latest`"
    );
    let validate = orchestrate("validate --bundle").within(folder.path());
    let ended = validate.run().expect(78);
    assert!(
        ended
            .err
            .contains("is too old to bundle without the API: 7.0 or later"),
        "{}",
        ended.err
    );
    assert!(!folder.file("shop/was-run").exists());
}

#[test]
fn errors_in_a_project_are_shown_as_the_cli_prints_them_without_secrets() {
    let script = "echo 'Parsing your project'
        echo \"Error: $SHOP_TOKEN is no token, and $CHECKLY_API_KEY is no key\" >&2
        echo '    at shop/api.check.ts:3:7' >&2
        echo '    at Runner.run (/app/node_modules/checkly/dist/run.js:1:1)' >&2
        exit 1";
    let folder = shop(script, "env = { SHOP_TOKEN = 'open sesame' }");
    insta::assert_snapshot!(told(&folder, 1), @r"
    ✗ shop failed
        why         bundling failed; nothing was sent
        error       the Checkly CLI ended with exit code 1: Error: *** is no token,
                    and *** is no key
        output      Parsing your project
                    Error: *** is no token, and *** is no key
                        at shop/api.check.ts:3:7
        next        fix the reported error, then resume the run
    ");
}

#[test]
fn the_cli_is_not_installed() {
    let folder = shop("", "");
    std::fs::remove_dir_all(folder.file("node_modules")).unwrap();
    insta::assert_snapshot!(told(&folder, 1), @r"
    ✗ shop failed
        why         bundling failed; nothing was sent
        error       the Checkly CLI is not installed for `shop`
        next        install the project's packages (`npm ci`); if they do not
                    include the CLI, run `npm install --save-dev checkly`
    ");
}

#[test]
fn a_directory_without_a_configuration() {
    let folder = shop("", "");
    std::fs::remove_file(folder.file("shop/checkly.config.ts")).unwrap();
    let ended = within(&folder, "").run().expect(78);
    insta::assert_snapshot!(ended.err, @r#"
    error: there is no Checkly configuration in shop
     --> projects.toml:2:8
      |
    2 | path = "shop"
      |        ^^^^^^
      |
      = help: add checkly.config.ts, or set `bundle_command`

    1 problem in projects.toml: nothing was sent
    "#);
}

#[test]
fn a_full_disk() {
    let script = "echo 'Error: ENOSPC: no space left on device, write' >&2; exit 1";
    insta::assert_snapshot!(told(&shop(script, ""), 1), @r"
    ✗ shop failed
        why         bundling failed; nothing was sent
        error       the disk is full
        output      Error: ENOSPC: no space left on device, write
        next        free disk space; bundles are made in the directory that TMPDIR
                    names, or in /tmp
    ");
}

#[test]
fn no_directory_for_temporary_files() {
    let folder = shop("", "");
    let program = within(&folder, "--sandbox").env("TMPDIR", "/dev/null");
    let ended = program.run().expect(1);
    let error = "cannot access temporary files: not a directory";
    assert!(ended.err.contains(error), "{}", ended.err);
    let hint = "check the directory that TMPDIR names";
    assert!(ended.err.contains(hint), "{}", ended.err);
}

#[test]
fn an_api_that_the_cli_cannot_reach_exits_with_75() {
    let script = "echo 'Error: Encountered an error connecting to Checkly. Please check that the internet connection is working.' >&2; exit 1";
    insta::assert_snapshot!(told(&shop(script, ""), 75), @r"
    ✗ shop unavailable
        why         cannot connect to the API
        error       the Checkly CLI got no usable response from the API
        output      Error: Encountered an error connecting to Checkly. Please check
                    that the internet connection is working.
        next        check the network and --api-url, then try again
    ");
}

#[test]
fn an_api_that_answers_the_cli_with_an_error_is_not_called_unreachable() {
    let script = "echo 'ServerError: Internal Server Error' >&2; exit 1";
    insta::assert_snapshot!(told(&shop(script, ""), 75), @r"
    ✗ shop unavailable
        why         the API responded with HTTP 500
        error       the API responded to the Checkly CLI with HTTP 5xx
        output      ServerError: Internal Server Error
        next        try again later
    ");
}

#[test]
fn credentials_refused_during_bundling_exit_with_77() {
    let script = "echo 'Error: Authentication failed with account id \"account-1\" and API key \"...cdef\"' >&2; exit 1";
    insta::assert_snapshot!(told(&shop(script, ""), 77), @r#"
    ✗ shop rejected
        why         the API rejected the API key
        error       the API refused the credentials of account `account-1`
        output      Error: Authentication failed with account id "account-1" and API
                    key ***
        next        check the account's `account_id` and `api_key`: the key must be
                    valid and belong to that account
    "#);
}

#[test]
fn a_bundle_of_another_project() {
    let folder = shop(
        "",
        &format!(
            "logical_id = 'store'\nbundle_command = ['sh', '-c', 'echo \"$BUNDLE\" >{{bundle}}']\nenv = {{ BUNDLE = '{BUNDLE}' }}"
        ),
    );
    insta::assert_snapshot!(told(&folder, 1), @r#"
    ✗ shop failed
        why         the logical id in its bundle differs from the manifest's;
                    nothing was sent
        error       the bundle has logical id "shop", the manifest "store"
        next        correct logical_id or path in the manifest, then resume the run
    "#);
}

#[test]
fn its_dependents_are_skipped_and_the_others_are_deployed() {
    let folder = shop("exit 1", "");
    let command = format!(
        "bundle_command = ['sh', '-c', 'echo \"$BUNDLE\" >{{bundle}}']\nenv.BUNDLE = '{BUNDLE}'\npath = 'shop'\n"
    );
    let manifest = folder.read("projects.toml")
        + &format!("[[project]]\nname = 'other'\n{command}")
        + &format!(
            "[[project]]\nname = 'dependent'\n{}depends_on = ['shop']\n",
            command.replace("\"shop\"", "\"dependent\"")
        );
    folder.write("projects.toml", &manifest);
    let ended = within(&folder, "--sandbox --time-scale 0.05 --message-format json")
        .run()
        .expect(1);
    assert_eq!(
        results(&ended.report()),
        [
            "shop failed bundling_failed",
            "other succeeded -",
            "dependent skipped dependency_failed"
        ]
    );
    nothing_is_left(&folder);
}

#[test]
fn directories_are_checked_without_credentials() {
    let printed = r#"{
"diagnostics":{"fatal":false,"benign":false,"observations":[]},"payload":{"project":{"logicalId":"shop","name":"Shop"},"sharedFiles":[],"resources":[{"type":"check","logicalId":"home","member":true,"payload":{"checkType":"API"}}]}}"#;
    let folder = shop(&format!("echo '{printed}'"), "");
    let ended = within(&folder, "validate --bundle")
        .env("CHECKLY_API_KEY", "")
        .env("CHECKLY_ACCOUNT_ID", "")
        .run()
        .expect(0);
    assert_eq!(
        ended.err,
        "note: account default: CHECKLY_ACCOUNT_ID and CHECKLY_API_KEY are not set; deploying needs them\n\
         projects.toml is valid: 1 project (1 directory bundled), account default at https://api.checklyhq.com\n"
    );
    nothing_is_left(&folder);
}

#[test]
fn a_cause_of_several_failures_is_shown_once() {
    let folder = Folder::empty();
    folder.write("projects.toml", "[[project]]\npath = \"team/*\"\n");
    folder.write("tmp/.keep", "");
    for nth in 1..=12 {
        folder.write(&format!("team/p{nth:02}/checkly.config.ts"), "");
    }
    let ended = within(&folder, "validate --bundle").run().expect(78);
    insta::assert_snapshot!(ended.err, @r"
    bundling: 2 of 12
    bundling: 3 of 12
    bundling: 4 of 12
    bundling: 5 of 12
    bundling: 6 of 12
    bundling: 8 of 12
    bundling: 9 of 12
    bundling: 10 of 12
    bundling: 11 of 12
    error: 12 projects: p01, p02, p03, p04, p05, p06, p07, p08, p09, p10 and 2 more: the Checkly CLI is not installed for `team/p01`
    help: install the project's packages (`npm ci`); if they do not include the CLI, run `npm install --save-dev checkly`
    12 of 12 directories cannot be bundled
    ");
}

#[test]
fn a_broken_project_does_not_hide_that_another_was_not_checked() {
    let folder = Folder::empty();
    folder.write("tmp/.keep", "");
    let fails = |name: &str, error: &str| {
        folder.write(&format!("{name}/checkly.config.ts"), "");
        let script = format!("echo 'Error: {error}' >&2; exit 1");
        format!("[[project]]\npath = '{name}'\nbundle_command = ['sh', '-c', \"{script}\"]\n")
    };
    let offline = fails("offline", "connect ECONNREFUSED 127.0.0.1:9");
    let broken = fails("broken", "no such check");
    folder.write("projects.toml", &format!("{offline}{broken}"));
    let ended = within(&folder, "validate --bundle").run().expect(78);
    says(&ended, "note: offline: `bundle_command` requires the API");
    says(&ended, "error: broken: ");
    says(
        &ended,
        "1 of 2 directories cannot be bundled, 1 not checked offline",
    );
}

#[test]
fn a_project_that_needs_the_api_is_a_note_offline() {
    let printed = r#"{
"errors":[{"message":"ApiCheck 'a' is using a private-location 'warehouse' not found in your account."}]}"#;
    let folder = shop(&format!("cat <<'END'\n{printed}\nEND"), "");
    let ended = within(&folder, "validate --bundle").run().expect(0);
    insta::assert_snapshot!(ended.err, @r"
    note: shop: a check runs on the private location `warehouse`, which only the account knows
    help: bundle it with credentials; offline, only private locations that the project declares are known
    projects.toml is valid: 1 project (0 directories bundled, 1 could not be bundled offline), account default at https://api.checklyhq.com
    ");
}

#[test]
fn a_bundle_command_that_needs_the_api_is_a_note_offline() {
    let settings = "bundle_command = [\"sh\", \"fake.sh\"]\n";
    let script = "echo 'Error: connect ECONNREFUSED 127.0.0.1:9' >&2; exit 1";
    let folder = shop(script, settings);
    let ended = within(&folder, "validate --bundle").run().expect(0);
    insta::assert_snapshot!(ended.err, @r"
    note: shop: `bundle_command` requires the API, which is not available offline
    help: bundle it with credentials: `orchestrate preview`
    projects.toml is valid: 1 project (0 directories bundled, 1 could not be bundled offline), account default at https://api.checklyhq.com
    ");
    // Other errors are errors offline, too.
    let folder = shop("echo 'Error: no such thing' >&2; exit 1", settings);
    within(&folder, "validate --bundle").run().expect(78);
}

/// A CLI that bundles, prints a deprecation, and runs code that prints an error.
const NOTES: &str = r#"
for word; do case $word in --debug-bundle-output-file=*) file=${word#*=}; esac; done
printf '⚠ [CheckGroupV1:web] Use of deprecated Construct\n\n  It will be removed.\n\n'
echo "cannot read the list, nor $CHECKLY_API_KEY" >&2
echo "$BUNDLE" >"$file""#;

#[test]
fn output_during_bundling_is_shown_even_if_the_deployment_succeeds() {
    let bundle = BUNDLE.replace(
        "[]}",
        r#"[{"logicalId":"home","type":"check","payload":{}}]}"#,
    );
    let folder = shop(
        NOTES,
        &format!("env = {{ BUNDLE = '{bundle}' }}\ncache = true\ninputs = ['shop/**']"),
    );
    let flags = "--sandbox --time-scale 0.05 --yes --report-file r.json --report-file r.md";
    let notes = serde_json::json!([
        { "source": "cli", "message": "Use of deprecated Construct: It will be removed.", "constructs": ["CheckGroupV1:web"] },
        { "source": "project", "message": "cannot read the list, nor ***" },
    ]);
    // The bundle is not cached, so the second run prints the same.
    let cache = folder.file("cache");
    for _ in 0..2 {
        let ended = within(&folder, flags)
            .env("ORCHESTRATE_CACHE_DIR", &cache)
            .run()
            .expect(0);
        assert!(
            ended
                .err
                .contains("bundled; printed: cannot read the list, nor ***\n"),
            "{}",
            ended.err
        );
        let summary = summary(&folder, &ended);
        assert!(
            summary.contains(
                "! shop: printed during bundling\n    output      cannot read the list, nor ***"
            ),
            "{summary}"
        );
        assert_eq!(folder.json("r.json")["projects"][0]["notes"], notes);
        assert!(folder.read("r.md").contains("cannot read the list, nor"));
    }
    let ended = within(&folder, flags)
        .arg("--message-format")
        .arg("json")
        .run()
        .expect(0);
    let events = ended.events();
    let bundled = events
        .iter()
        .find(|event| event["type"] == "project.bundled")
        .unwrap();
    assert_eq!(bundled["data"]["notes"], notes);
    assert_eq!(bundled["data"]["cached"], false);
}

/// A project whose bundle differs from run to run, in a value that is a secret, too.
const UNSTEADY: &str = r#"
test -e ran && frequency=10 secret="$SHOP_TOKEN" || frequency=5 secret=
touch ran
cat <<END
{
"diagnostics":{"fatal":false,"benign":false,"observations":[]},"payload":{"project":{"logicalId":"shop","name":"Shop"},"sharedFiles":[],"resources":[{"type":"check","logicalId":"home","member":true,"payload":{"checkType":"API","frequency":$frequency,"script":"$secret"}}]}}
END"#;

#[test]
fn compare_shows_where_workers_bundle_a_project_differently() {
    let settings = "env = { SHOP_TOKEN = 'hunter2hunter2' }";
    let folder = shop(UNSTEADY, settings);
    let ended = within(&folder, "validate --bundle --compare")
        .run()
        .expect(78);
    insta::assert_snapshot!(ended.err, @r#"
    error: shop: a worker bundles it differently
      resources["check home"].payload.frequency
        process: 5
        worker: 10
      resources["check home"].payload.script
        process: ""
        worker: "***"
    workers bundle 1 of 1 directories differently
    "#);
    nothing_is_left(&folder);
    // The second run of the program bundles the same twice.
    let ended = within(&folder, "validate --bundle --compare")
        .run()
        .expect(0);
    says(
        &ended,
        "1 project (1 directory bundled, 0 also by workers: no difference)",
    );
}

#[test]
fn compare_requires_bundle() {
    let folder = shop("exit 1", "");
    let ended = within(&folder, "validate --compare").run().expect(64);
    says(&ended, "--bundle");
}
