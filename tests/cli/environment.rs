//! `ORCHESTRATE_<FLAG>`: the variables of flags, and their precedence.

use super::api::nobody;
use super::folder::Folder;
use super::program::{Program, orchestrate};
use serde_json::Value;

/// The event `run.started`.
#[track_caller]
fn started(program: Program, folder: &Folder) -> Value {
    let mut run = program
        .env("ORCHESTRATE_MESSAGE_FORMAT", "json")
        .within(folder.path())
        .start();
    run.event("run.started")["data"].clone()
}

/// The selected projects.
#[track_caller]
fn selected(program: Program, folder: &Folder) -> Vec<String> {
    program
        .arg("--format=json")
        .within(folder.path())
        .run()
        .expect(0)
        .listed()
}

#[test]
fn a_variable_has_the_same_effect_as_its_flag() {
    let folder = Folder::of(&["shop", "search", "mail < search"]);
    let list = || orchestrate("list");
    assert_eq!(
        selected(list().env("ORCHESTRATE_ONLY", "shop,search"), &folder),
        ["shop", "search"]
    );
    assert_eq!(
        selected(list().env("ORCHESTRATE_EXCLUDE", "s*"), &folder),
        ["mail"]
    );
    assert_eq!(
        selected(
            list()
                .env("ORCHESTRATE_ONLY", "mail")
                .env("ORCHESTRATE_WITH_DEPS", "true"),
            &folder
        ),
        ["search", "mail"]
    );
    let ended = orchestrate("")
        .env("ORCHESTRATE_SANDBOX", "yes")
        .env("ORCHESTRATE_TIME_SCALE", "0.05")
        .env("ORCHESTRATE_MESSAGE_FORMAT", "json")
        .env("ORCHESTRATE_REPORT_FILE", "a.json,b.json")
        .env("ORCHESTRATE_QUIET", "1")
        .env("ORCHESTRATE_CONFIG", folder.file("projects.toml"))
        .within(folder.path())
        .run()
        .expect(0);
    assert_eq!(ended.report(), folder.json("a.json"));
    assert_eq!(ended.report(), folder.json("b.json"));
    assert_eq!(ended.err.lines().count(), 1, "{}", ended.err);
}

#[test]
fn flags_override_variables_and_both_override_the_manifest() {
    let folder = Folder::of(&["shop"]).with("[limits]\nconcurrency = 3");
    let concurrency = |program| started(program, &folder)["concurrency"].clone();
    let sandbox = |flags: &str| orchestrate(&format!("--sandbox {flags}"));
    assert_eq!(concurrency(sandbox("")), 3);
    assert_eq!(
        concurrency(sandbox("").env("ORCHESTRATE_CONCURRENCY", "5")),
        5
    );
    assert_eq!(
        concurrency(sandbox("-j 7").env("ORCHESTRATE_CONCURRENCY", "5")),
        7
    );
    assert_eq!(
        concurrency(sandbox("deploy -j 7").env("ORCHESTRATE_CONCURRENCY", "x")),
        7
    );
}

#[test]
fn the_address_comes_from_the_flag_then_the_variables_then_the_manifest() {
    let urls: Vec<String> = (0..4).map(|_| nobody()).collect();
    let folder = Folder::of(&["shop"]).with(&format!("[api]\nurl = '{}'", urls[0]));
    let address = |program| started(program, &folder)["api_url"].clone();
    let plain = || orchestrate("--outage-limit 0s");
    assert_eq!(address(plain()), *urls[0]);
    let checkly = || plain().env("CHECKLY_API_URL", &urls[1]);
    assert_eq!(address(checkly()), *urls[1]);
    let own = || checkly().env("ORCHESTRATE_API_URL", &urls[2]);
    assert_eq!(address(own()), *urls[2]);
    assert_eq!(address(own().arg("--api-url").arg(&urls[3])), *urls[3]);
}

#[test]
fn a_flag_overrides_the_variable_of_a_conflicting_flag() {
    let folder = Folder::of(&["shop"]);
    let run = |flags: &str, name: &str, value: &str| {
        orchestrate(&format!("{flags} --time-scale 0.05"))
            .env(name, value)
            .within(folder.path())
            .run()
    };
    run("--sandbox", "ORCHESTRATE_API_URL", &nobody()).expect(0);
    run("deploy --sandbox", "ORCHESTRATE_API_URL", &nobody()).expect(0);
    run("--sandbox deploy", "ORCHESTRATE_API_URL", &nobody()).expect(0);
    run("--sandbox --fail-fast", "ORCHESTRATE_MAX_FAIL", "9").expect(0);
    run("--sandbox --max-fail 9", "ORCHESTRATE_FAIL_FAST", "1").expect(0);
    run(
        "--sandbox --on-conflict fail",
        "ORCHESTRATE_CANCEL_IN_PROGRESS_DEPLOYMENT",
        "1",
    )
    .expect(0);
    let verbose = run("--sandbox -v", "ORCHESTRATE_QUIET", "1").expect(0);
    assert!(
        verbose.err.contains("reading the bundle"),
        "{}",
        verbose.err
    );
    // The variable is ignored: the address is on the command line.
    let ended = orchestrate(&format!("--outage-limit 0s --api-url {}", nobody()))
        .env("ORCHESTRATE_SANDBOX", "1")
        .within(folder.path())
        .run()
        .expect(75);
    assert!(ended.err.contains("connection refused"), "{}", ended.err);
}

#[test]
fn a_variable_may_require_a_flag_or_provide_it() {
    let folder = Folder::of(&["shop"]);
    let run = |arguments: &str, name: &str, value: &str| {
        let program = orchestrate(arguments).env(name, value);
        program.within(folder.path()).run()
    };
    run("-q deploy --time-scale 0.05", "ORCHESTRATE_SANDBOX", "1").expect(0);
    run("--sandbox", "ORCHESTRATE_TIME_SCALE", "0.05").expect(0);
    // It may be meant for another run, but this one would not be in the sandbox.
    let ended = run("deploy", "ORCHESTRATE_TIME_SCALE", "0.05").expect(64);
    let expected = "'--time-scale', set by its environment variable, requires '--sandbox'";
    assert!(ended.err.contains(expected), "{}", ended.err);
}

#[test]
fn conflicting_variables_are_named() {
    let folder = Folder::of(&["shop"]);
    let ended = orchestrate("")
        .env("ORCHESTRATE_SANDBOX", "1")
        .env("ORCHESTRATE_API_URL", nobody())
        .within(folder.path())
        .run()
        .expect(64);
    for name in ["ORCHESTRATE_SANDBOX", "ORCHESTRATE_API_URL"] {
        assert!(ended.err.contains(name), "{}", ended.err);
    }
}

#[test]
fn an_invalid_value_is_reported_with_its_variable() {
    let folder = Folder::of(&["shop"]);
    for (command, name, value) in [
        ("", "ORCHESTRATE_CONCURRENCY", "0"),
        ("deploy", "ORCHESTRATE_CONCURRENCY", "many"),
        ("", "ORCHESTRATE_TIMEOUT", "5"),
        ("deploy", "ORCHESTRATE_ON_CONFLICT", "nonsense"),
        ("list", "ORCHESTRATE_FORMAT", "yaml"),
        ("", "ORCHESTRATE_QUIET", "maybe"),
    ] {
        let ended = orchestrate(command)
            .env(name, value)
            .within(folder.path())
            .run()
            .expect(64);
        assert!(ended.err.contains(name), "{}", ended.err);
    }
    // A command without the flag ignores it.
    orchestrate("list")
        .env("ORCHESTRATE_CONCURRENCY", "many")
        .within(folder.path())
        .run()
        .expect(0);
}

#[test]
fn an_empty_variable_counts_as_unset() {
    let folder = Folder::of(&["shop"]);
    let mut program = orchestrate("--sandbox --time-scale 0.05");
    for name in [
        "API_URL",
        "CONFIG",
        "PROFILE",
        "ONLY",
        "EXCLUDE",
        "CONCURRENCY",
        "MAX_FAIL",
        "RATE",
        "RETRIES",
        "TIMEOUT",
        "PROJECT_TIMEOUT",
        "ON_CONFLICT",
        "CONFLICT_DEADLINE",
        "ON_INTERRUPT",
        "PROGRESS",
        "MESSAGE_FORMAT",
        "REPORT_FILE",
        "COLOR",
        "QUIET",
        "VERBOSE",
        "WITH_DEPS",
        "CANCEL_IN_PROGRESS_DEPLOYMENT",
    ] {
        program = program.env(&format!("ORCHESTRATE_{name}"), "");
    }
    let ended = program
        .env("CHECKLY_API_URL", "")
        .within(folder.path())
        .run()
        .expect(0);
    assert_eq!(ended.out, "");
    assert_eq!(folder.names(), ["projects.toml", "shop.json"]);
}

#[test]
fn a_false_variable_leaves_its_flag_unset() {
    let folder = Folder::of(&["shop"]);
    for no in ["0", "false", "no", "OFF"] {
        let ended = orchestrate("--sandbox --time-scale 0.05 -v")
            .env("ORCHESTRATE_QUIET", no)
            .env("ORCHESTRATE_FAIL_FAST", no)
            .env("ORCHESTRATE_MAX_FAIL", "3")
            .within(folder.path())
            .run()
            .expect(0);
        assert!(ended.err.contains("reading the bundle"), "{}", ended.err);
    }
}

#[test]
fn an_unknown_variable_is_an_error_that_names_the_nearest_one() {
    let folder = Folder::of(&["shop"]);
    let run = |name: &str, value: &str| {
        let program = orchestrate("--sandbox").env(name, value);
        program.within(folder.path()).run()
    };
    let ended = run("ORCHESTRATE_MAX_DELETE", "0").expect(64);
    let says = "  ORCHESTRATE_MAX_DELETE: did you mean ORCHESTRATE_MAX_DELETES?\n";
    assert!(ended.err.contains(says), "{}", ended.err);
    let ended = run("ORCHESTRATE_DRY_RUN", "1").expect(64);
    let says = "  ORCHESTRATE_DRY_RUN: use 'orchestrate preview'\n";
    assert!(ended.err.contains(says), "{}", ended.err);
    let ended = run("ORCHESTRATE_TOKEN", "geheim").expect(64);
    let says = "  ORCHESTRATE_TOKEN: there is no flag --token\n";
    assert!(ended.err.contains(says), "{}", ended.err);
    assert!(!ended.err.contains("geheim"), "{}", ended.err);
    // Empty counts as unset, and who asks for help gets it.
    orchestrate("list")
        .env("ORCHESTRATE_TOKEN", "")
        .within(folder.path())
        .run()
        .expect(0);
    orchestrate("--help")
        .env("ORCHESTRATE_TOKEN", "1")
        .run()
        .expect(0);
}

#[test]
fn a_hook_may_run_the_program_with_all_that_it_is_told() {
    let program = env!("CARGO_BIN_EXE_orchestrate");
    let list = format!("['{program}', 'list']");
    let folder = Folder::of(&["shop"]).with(&format!(
        "[hooks]\npre = {list}\npost = {list}\n[defaults]\nhooks.pre = {list}\nhooks.post = {list}"
    ));
    orchestrate("--sandbox --sandbox-hooks --time-scale 0.05")
        .env("ORCHESTRATE_BUNDLE_FILE", "bundle.json")
        .env("ORCHESTRATE_RUNTIMES", "2025.04")
        .within(folder.path())
        .run()
        .expect(0);
}
