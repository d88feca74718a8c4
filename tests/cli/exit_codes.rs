//! Every exit code, and their precedence.

use super::api::{Sandbox, nobody};
use super::folder::Folder;
use super::program::{orchestrate, results};

#[test]
fn an_empty_selection_exits_with_3_unless_allowed() {
    let folder = Folder::of(&["shop"]);
    let run =
        |flags: &str| orchestrate(&format!("--sandbox --exclude * {flags}")).within(folder.path());
    let ended = run("").run().expect(3);
    assert!(ended.err.starts_with("error: "), "{}", ended.err);
    run("--allow-empty").run().expect(0);
}

#[test]
fn a_pattern_that_matches_nothing_is_64_whatever_else_is_said() {
    let folder = Folder::of(&["shop"]);
    for pattern in ["nothing*", "tag:none", "shap", ""] {
        for flag in ["--only", "--exclude"] {
            for command in [
                "deploy --sandbox",
                "list",
                "destroy --sandbox",
                "list --allow-empty",
            ] {
                let program = orchestrate(command).arg(flag).arg(pattern);
                let ended = program.within(folder.path()).run().expect(64);
                assert!(ended.err.contains("no project matches"), "{}", ended.err);
            }
        }
    }
    let empty = orchestrate("list --only").arg("");
    let ended = empty.within(folder.path()).run();
    let says = "error: no project matches `--only \"\"`";
    assert!(ended.err.contains(says), "{}", ended.err);
    let ended = orchestrate("list --only shap").within(folder.path()).run();
    assert!(ended.err.contains("did you mean `shop`?"), "{}", ended.err);
}

#[test]
fn names_of_other_tools_get_a_tip() {
    for (typed, tip) in [
        ("--dry-run", "use 'orchestrate preview'"),
        ("deploy --filter shop", "use '--only PATTERN'"),
        ("--filter=shop", "use '--only PATTERN'"),
        ("-target=shop", "use '--only PATTERN'"),
        ("list --tags team", "use '--only tag:NAME'"),
        ("--parallel", "use '--concurrency N'"),
        ("preview --parallelism 4", "use '--concurrency N'"),
        ("-parallelism=4", "use '--concurrency N'"),
        ("destroy --auto-approve", "use '--yes'"),
        ("-auto-approve", "use '--yes'"),
        ("--json", "use '--message-format json'"),
        ("list --json", "use '--format json'"),
        ("apply", "use 'orchestrate deploy'"),
    ] {
        let ended = orchestrate(typed).run().expect(64);
        let tip = format!("  tip: {tip}\n");
        assert!(ended.err.contains(&tip), "{typed}: {}", ended.err);
    }
    // A command without such a flag does not get the tip.
    let ended = orchestrate("list --parallel").run().expect(64);
    assert!(!ended.err.contains("--concurrency"), "{}", ended.err);
}

#[test]
fn an_allowed_empty_selection_is_a_run_without_projects() {
    let folder = Folder::of(&["shop"]);
    let ended = orchestrate(
        "--sandbox --allow-empty --exclude * --message-format json --report-file x.json",
    )
    .within(folder.path())
    .run()
    .expect(0);
    let report = ended.report();
    assert_eq!(report, folder.json("x.json"));
    assert_eq!(report["result"], "succeeded");
    assert_eq!(report["projects"], serde_json::json!([]));
    assert!(ended.err.contains("0 projects"), "{}", ended.err);
}

#[test]
fn more_projects_at_once_than_there_are_is_no_mistake() {
    let folder = Folder::of(&["shop"]);
    let most = usize::MAX;
    orchestrate(&format!(
        "--sandbox --yes -j {most} --bundle-concurrency {most}"
    ))
    .within(folder.path())
    .run()
    .expect(0);
}

#[test]
fn an_invalid_command_line_exits_with_64() {
    let folder = Folder::of(&["shop"]);
    for (arguments, says) in [
        ("--frobnicate", "--frobnicate"),
        ("frobnicate", "frobnicate"),
        ("-j 0", "at least 1"),
        (
            "-j -1",
            "'-1' for '--concurrency <N>': expected a whole number",
        ),
        ("-j many", "at least 1"),
        ("--max-fail 0", "at least 1"),
        (
            "--retries -1",
            "'-1' for '--retries <N>': expected a whole number",
        ),
        (
            "--max-deletes x",
            "'x' for '--max-deletes <N>': expected a whole number",
        ),
        (
            "sandbox --port 65536",
            "'65536' for '--port <PORT>': expected a whole number from 0 to 65535",
        ),
        (
            "--retries 4294967296",
            "'4294967296' for '--retries <N>': the number is too large",
        ),
        ("-j 99999999999999999999", "the number is too large"),
        ("--rate much", "600/min"),
        ("--on-conflict nonsense", "wait, cancel, fail"),
        ("--on-interrupt nonsense", "drain, cancel, detach"),
        ("--timeout 5", "such as 30s"),
        ("--timeout soon", "--timeout"),
        ("--conflict-deadline", "--conflict-deadline"),
        ("--time-scale 0", "greater than 0"),
        ("--message-format xml", "human, json"),
        ("--fail-fast --max-fail 2", "--max-fail"),
        ("--api-url http://127.0.0.1:1", "--api-url"),
        (
            "--cancel-in-progress-deployment --on-conflict wait",
            "--on-conflict",
        ),
        ("-q -v", "--verbose"),
        ("--only shop --exclude shap", "did you mean `shop`?"),
        ("--only shop --only shap", "did you mean `shop`?"),
        ("--only [", "is not a valid pattern"),
        ("list --format yaml", "table, json"),
        ("--report-file report.txt", ".json"),
    ] {
        let ended = orchestrate(&format!("--sandbox {arguments}"))
            .within(folder.path())
            .run()
            .expect(64);
        assert!(
            ended.err.starts_with("error: ") && ended.err.contains(says),
            "{arguments}: {}",
            ended.err
        );
        assert_eq!(ended.out, "");
    }
}

#[test]
fn an_unreachable_api_exits_with_75() {
    let folder = Folder::of(&["shop", "search"]);
    let ended = orchestrate("--outage-limit 0s --message-format json --api-url")
        .arg(nobody())
        .within(folder.path())
        .run()
        .expect(75);
    assert_eq!(
        results(&ended.report()),
        [
            "shop unavailable connection",
            "search unavailable connection"
        ]
    );
    assert!(ended.err.contains("connection refused"), "{}", ended.err);
}

#[test]
fn refused_credentials_exit_with_77_if_they_explain_every_failure() {
    let folder = Folder::of(&["alerts", "shop < alerts"]);
    let ended = orchestrate("--sandbox --time-scale 0.05 --message-format json")
        .env("CHECKLY_API_KEY", "invalid-key")
        .within(folder.path())
        .run()
        .expect(77);
    assert_eq!(
        results(&ended.report()),
        ["alerts rejected http_401", "shop skipped dependency_failed"]
    );
}

#[test]
fn a_refused_key_ends_the_run_with_few_requests_and_few_lines() {
    let names: Vec<String> = (0..100).map(|n| format!("p{n}")).collect();
    let folder = Folder::of(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let ended = orchestrate("--sandbox -j 4 --time-scale 0.05 --message-format json")
        .env("CHECKLY_API_KEY", "invalid-key")
        .within(folder.path())
        .run()
        .expect(77);
    let sent = ended.out.matches("\"project.submitting\"").count();
    assert!((1..=4).contains(&sent), "{sent} uploads");
    let results = results(&ended.report());
    let skipped = results
        .iter()
        .filter(|it| it.ends_with(" skipped key_refused"));
    assert_eq!(skipped.count(), 100 - sent);
    let lines = ended.err.lines().count();
    assert!(lines < 60, "{lines} lines: {}", ended.err);
}

#[test]
fn refused_credentials_and_another_failure_exit_with_1() {
    let folder = Folder::of(&["alerts", "shop"]).refused("shop").with(
        "[accounts.good]\naccount_id = 'a'\napi_key = { env = 'GOOD' }\n\
         [accounts.bad]\naccount_id = 'b'\napi_key = { env = 'BAD' }\n\
         [defaults]\naccount = 'good'",
    );
    let manifest = folder.read("projects.toml").replacen(
        "name = \"alerts\"",
        "name = \"alerts\"\naccount = 'bad'",
        1,
    );
    folder.write("projects.toml", &manifest);
    let ended = orchestrate("--sandbox --time-scale 0.05 --message-format json")
        .env("GOOD", "good-key")
        .env("BAD", "invalid-key")
        .within(folder.path())
        .run()
        .expect(1);
    assert_eq!(
        results(&ended.report()),
        ["alerts rejected http_401", "shop rejected http_400"]
    );
}

#[test]
fn a_transient_and_a_permanent_failure_exit_with_1() {
    let sandbox = Sandbox::start(10.0);
    let folder = Folder::of(&["busy", "bad"]).refused("bad");
    let mut first = orchestrate("--only busy --message-format json --api-url")
        .arg(&sandbox.url)
        .within(folder.path())
        .start();
    first.event("project.submitted");
    let ended = orchestrate("--yes --conflict-deadline 10ms --message-format json --api-url")
        .arg(&sandbox.url)
        .within(folder.path())
        .run()
        .expect(1);
    assert_eq!(
        results(&ended.report()),
        ["busy conflicted conflict_deadline", "bad rejected http_400"]
    );
}

#[test]
fn a_run_timeout_exits_with_124_and_leaves_nothing_running() {
    let sandbox = Sandbox::start(1.0);
    let folder = Folder::of(&["slow", "next < slow"]).checks("slow", 200);
    let ended = orchestrate("--timeout 300ms --message-format json --report-file x.json --api-url")
        .arg(&sandbox.url)
        .within(folder.path())
        .run()
        .expect(124);
    let report = ended.report();
    assert_eq!(report["result"], "timed_out");
    assert_eq!(
        results(&report),
        ["slow timed_out run_timeout", "next timed_out run_timeout"]
    );
    assert_eq!(report, folder.json("x.json"));
    assert!(ended.err.contains("exceeded --timeout"), "{}", ended.err);
    // The cancelled deployment does not block the next one.
    orchestrate("-q --only slow --on-conflict fail --timeout 300ms --api-url")
        .arg(&sandbox.url)
        .within(folder.path())
        .run()
        .expect(124);
}

#[test]
fn a_project_timeout_exits_with_1() {
    let folder = Folder::of(&["slow", "quick"]).checks("slow", 200);
    let ended = orchestrate("--sandbox --project-timeout 700ms --message-format json")
        .within(folder.path())
        .run()
        .expect(1);
    assert_eq!(
        results(&ended.report()),
        ["slow timed_out project_timeout", "quick succeeded -"]
    );
}
