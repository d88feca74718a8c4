//! Gates: a project's own `checkly test` before its deployment. A shell script stands in for the Checkly CLI;
//! `tests/interop` runs the real one.

use crate::model::Signal;
use crate::model::{Event, Hook};
use crate::tests::run::hooks::{FOR_EVER, UNTIL_GO, begins, hook, log, message, records};
use crate::tests::run::rig::{Ran, Rig, press};
use std::fs;
use std::time::Duration;

/// A Checkly CLI that bundles, and runs this as its test.
fn cli(name: &str, test: &str) -> String {
    let note = format!("echo test {name} >>../log");
    format!("case $1 in test) {note}; {test} ;; *) made {name} ;; esac")
}

/// A rig in which the tests of `shop` end like this.
fn shop(test: &str, keys: &str) -> Rig {
    Rig::new().folder("shop", &cli("shop", test), &format!("test = true\n{keys}"))
}

/// The output of `checkly test --reporter=github`.
const WRITE_REPORT: &str = "printf '# Checkly Test Session Summary\\nRan **1** checks.\\n' >$CHECKLY_REPORTER_GITHUB_OUTPUT";

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_project_is_tested_once_after_its_pre_and_before_anything_is_sent() {
    let keys = format!(
        "hooks = {{ pre = {}, post = {} }}",
        hook("true"),
        hook("true")
    );
    let rig = shop(WRITE_REPORT, &keys);
    let ran = rig.deploy().await;
    assert_eq!(ran.result("shop"), "succeeded");
    assert_eq!(log(&rig), ["pre shop", "test shop", "post shop"]);
    let row = ran.project("shop");
    assert_eq!(records(&row.hooks), ["pre 0", "test 0", "post 0"]);
    let report = "# Checkly Test Session Summary\nRan **1** checks.\n";
    assert_eq!(row.hooks[1].report.as_deref(), Some(report));
    let tested = ran.first("shop", |event| begins(event, Hook::Test));
    let sent = ran.first("shop", |event| matches!(event, Event::Submitting { .. }));
    // Both happen at the same virtual time.
    assert!(tested.seq < sent.seq);
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn failed_tests_send_nothing_and_skip_the_dependents() {
    let test = format!("{WRITE_REPORT}; echo checkout is down; exit 1");
    let rig = shop(&test, &format!("hooks.on_failure = {}", hook("true")))
        .project("board", 1, "depends_on = ['shop']")
        .project("blog", 1, "");
    let ran = rig.deploy().await;
    assert_eq!(ran.result("shop"), "failed test_failed");
    assert_eq!(ran.result("board"), "skipped dependency_failed");
    assert_eq!(ran.result("blog"), "succeeded");
    assert_eq!(log(&rig), ["test shop", "on_failure shop"]);
    let expected = "its test suite ended with exit code 1";
    assert_eq!(message(&ran, "shop"), expected);
    let row = ran.project("shop");
    let error = row.error.as_ref().unwrap();
    assert_eq!(error.output.as_deref(), Some("checkout is down"));
    assert!(row.hooks[0].report.is_some());
    assert_eq!(rig.count("POST deploy"), 1);
    assert_eq!((row.attempts, ran.report.exit_code), (0, 1));
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn the_cli_gets_the_same_environment_as_for_bundling() {
    let test = "{ echo \"$@\"; pwd; echo $STAGE $CHECKLY_ACCOUNT_ID $CHECKLY_API_KEY $CHECKLY_ENV $CHECKLY_API_URL
        echo $ORCHESTRATE_HOOK $ORCHESTRATE_PROJECT $ORCHESTRATE_BUNDLE_FILE; } >../told";
    let keys = "config = 'prod/checkly.config.ts'\nenv.STAGE = 'prod'";
    let rig = Rig::new().folder(
        "shop",
        &cli("shop", test),
        &format!("test = {{ args = ['--grep', 'smoke test'] }}\n{keys}"),
    );
    fs::create_dir(rig.dir("shop/prod")).unwrap();
    fs::write(rig.dir("shop/prod/checkly.config.ts"), "").unwrap();
    let ran = rig.deploy().await;
    assert_eq!(ran.result("shop"), "succeeded");
    let told = fs::read_to_string(rig.dir("told")).unwrap();
    let dir = fs::canonicalize(rig.dir("shop")).unwrap();
    let url = rig.sandbox.url();
    let expected = format!(
        "test --config=prod/checkly.config.ts --reporter=github --grep smoke test\n\
         {}\nprod acme cu_test local {url}\ntest shop\n",
        dir.display()
    );
    assert_eq!(told, expected);
    // A test without checks is not a failure, and is reported.
    let report = ran.project("shop").hooks[0].report.as_deref();
    assert_eq!(report, Some("No check was run.\n"));
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn secrets_are_in_neither_the_output_nor_the_report() {
    let test = "echo $CHECKLY_API_KEY; echo \"| $CHECKLY_API_KEY $SHOP_TOKEN |\" >$CHECKLY_REPORTER_GITHUB_OUTPUT; exit 1";
    let rig = shop(test, "env.SHOP_TOKEN = 'hunter2hunter2'").with_api_key("key-of-the-account");
    let ran = rig.deploy().await;
    let hook = &ran.project("shop").hooks[0];
    assert_eq!(hook.output.as_deref(), Some("***"));
    assert_eq!(hook.report.as_deref(), Some("| *** *** |\n"));
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn only_deployments_are_tested_and_only_if_the_manifest_asks() {
    let rig = shop("true", "")
        .folder("blog", &cli("blog", "exit 1"), "test = false")
        .with("[defaults]\ntest = true")
        .project("board", 1, "");
    let preview = rig.preview().await;
    assert_eq!(preview.report.exit_code, 0);
    assert_eq!(log(&rig), [""; 0]);
    let (_, deployed) = rig.preview_and_deploy(|| {}).await;
    assert_eq!(deployed.exit_code, 0);
    assert_eq!(log(&rig), ["test shop"]);
    let destroy = rig.destroy().await;
    assert_eq!(destroy.report.exit_code, 0);
    assert_eq!(log(&rig), ["test shop"]);
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_test_stops_at_its_time_limit() {
    let rig = shop(FOR_EVER, "hooks.timeout = '2m'");
    let ran = rig
        .deploy_watched(Box::new(|event, _| {
            if begins(&event.event, Hook::Test) {
                actix::spawn(tokio::time::advance(Duration::from_secs(121)));
            }
        }))
        .await;
    assert_eq!(ran.result("shop"), "failed test_failed");
    let expected = "its test suite exceeded its time limit of 2m and was stopped";
    assert_eq!(message(&ran, "shop"), expected);
    assert_eq!(rig.requests(), [""; 0]);
}

/// Sends this many signals once the test has started. Creates `go` when the last one is handled.
async fn interrupt(rig: &Rig, times: usize) -> Ran {
    let go = rig.dir("go");
    rig.deploy_watched(Box::new(move |event, signals| match &event.event {
        event if begins(event, Hook::Test) => {
            press(signals, Signal::Sigint, times);
        }
        Event::RunInterrupted { nth, .. } if *nth as usize == times => fs::write(&go, "").unwrap(),
        _ => {}
    }))
    .await
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn signals_stop_a_test_like_a_hook() {
    for (times, test, expected) in [
        (1, UNTIL_GO.replace("-e go", "-e ../go"), "test 0"),
        (2, FOR_EVER.to_owned(), "test -"),
        (3, FOR_EVER.to_owned(), "test -"),
    ] {
        let rig = shop(&test, "");
        let ran = interrupt(&rig, times).await;
        assert_eq!(ran.result("shop"), "interrupted interrupted", "{times}");
        assert_eq!(records(&ran.project("shop").hooks), [expected], "{times}");
        assert_eq!(rig.requests(), [""; 0], "{times}");
    }
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn running_tests_are_limited_by_the_bundle_concurrency() {
    let busy = "mkdir ../busy || touch ../crowd; sleep 0.02; rmdir ../busy";
    let mut rig = Rig::new();
    for n in 0..4 {
        let name = format!("shop-{n}");
        rig = rig.folder(&name, &cli(&name, busy), "test = true");
    }
    rig.overrides.bundle_concurrency = Some(1);
    let ran = rig.deploy().await;
    assert_eq!(ran.report.exit_code, 0);
    assert_eq!(log(&rig).len(), 4);
    assert!(!rig.dir("crowd").exists());
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn hooks_get_variables_and_credentials_on_request() {
    let tell =
        "echo \"$STAGE $CHECKLY_ACCOUNT_ID $CHECKLY_API_KEY $CHECKLY_ENV $ORCHESTRATE_DIRECTORY\"";
    let keys = |credentials: bool| {
        let hook = |name: &str| format!("{name} = ['sh', '-c', '{tell} >>{name}-{credentials}']");
        let (pre, post) = (hook("pre"), hook("post"));
        format!("hook_credentials = {credentials}\nenv.STAGE = 'prod'\nhooks = {{ {pre}, {post} }}")
    };
    let rig = Rig::new()
        .folder("shop", &cli("shop", "true"), &keys(true))
        .folder("blog", &cli("blog", "true"), &keys(false));
    let ran = rig.deploy().await;
    assert_eq!(ran.report.exit_code, 0);
    let told = |file: &str| fs::read_to_string(rig.dir(file)).unwrap();
    let given = format!("prod acme cu_test local {}\n", rig.dir("shop").display());
    assert_eq!(
        (told("pre-true"), told("post-true")),
        (given.clone(), given)
    );
    let dir = format!("{}\n", rig.dir("blog").display());
    assert!(told("pre-false").ends_with(&dir) && !told("pre-false").contains("cu_test"));
}
