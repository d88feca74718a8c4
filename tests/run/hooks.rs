//! Hooks of projects and of the run: shell scripts that log their execution.

use crate::model::Signal;
use crate::model::{Event, Hook, HookRecord, RunResult};
use crate::sandbox::Reply;
use crate::tests::run::rig::{Ran, Rig};
use std::fs;

/// A hook that logs its name and its project, then runs a command. [`log`] reads the log.
pub(crate) fn hook(script: &str) -> String {
    let note = "echo $ORCHESTRATE_HOOK $ORCHESTRATE_PROJECT >>log";
    format!("['sh', '-c', '{note}; {script}']")
}

/// The hooks `pre`, `post`, and `on_failure` with these commands.
pub(crate) fn hooks(pre: &str, post: &str, on_failure: &str) -> String {
    let [pre, post, on_failure] = [pre, post, on_failure].map(hook);
    format!("hooks = {{ pre = {pre}, post = {post}, on_failure = {on_failure}, timeout = '2m' }}")
}

/// The same for the run.
pub(crate) fn own_hooks(pre: &str, post: &str, on_failure: &str) -> String {
    let [pre, post, on_failure] = [pre, post, on_failure].map(hook);
    format!("[hooks]\npre = {pre}\npost = {post}\non_failure = {on_failure}\ntimeout = '2m'")
}

/// Finishes when the file `go` exists.
pub(crate) const UNTIL_GO: &str = "until [ -e go ]; do sleep 0.01; done";

/// Does not finish on its own within the test.
pub(crate) const FOR_EVER: &str = "sleep 60";

pub(crate) fn log(rig: &Rig) -> Vec<String> {
    let log = fs::read_to_string(rig.dir("log")).unwrap_or_default();
    log.lines().map(|line| line.trim().to_owned()).collect()
}

/// The exit codes of a project's hooks: `pre 0`, `post -`.
pub(crate) fn records(hooks: &[HookRecord]) -> Vec<String> {
    let code = |record: &HookRecord| record.exit_code.map_or("-".into(), |code| code.to_string());
    let one = |record: &HookRecord| format!("{} {}", record.hook, code(record));
    hooks.iter().map(one).collect()
}

pub(crate) fn message(ran: &Ran, project: &str) -> String {
    ran.project(project).error.as_ref().unwrap().message.clone()
}

/// Whether the event starts this hook of a project or of the run.
pub(crate) fn begins(event: &Event, which: Hook) -> bool {
    matches!(event, Event::Hook { hook } | Event::RunHook { hook } if *hook == which)
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn hooks_run_around_each_deployment_and_dependents_wait_for_post() {
    let rig = Rig::new()
        .project("shop", 1, &hooks("true", "sleep 0.1", "true"))
        .project(
            "board",
            1,
            &format!("depends_on = ['shop']\n{}", hooks("true", "true", "true")),
        );
    let ran = rig.deploy().await;
    assert_eq!(
        log(&rig),
        ["pre shop", "post shop", "pre board", "post board"]
    );
    assert_eq!(ran.result("shop"), "succeeded");
    assert_eq!(records(&ran.project("shop").hooks), ["pre 0", "post 0"]);
    assert_eq!(ran.report.exit_code, 0);
    let begun = ran.first("board", |event| matches!(event, Event::Bundling { .. }));
    let ended = ran.first("shop", |event| matches!(event, Event::Finished(_)));
    assert!(begun.seq > ended.seq);
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_failed_pre_sends_nothing_and_skips_the_dependents() {
    let rig = Rig::new()
        .project(
            "shop",
            1,
            &hooks("echo no database; exit 3", "true", "true"),
        )
        .project(
            "board",
            1,
            &format!("depends_on = ['shop']\n{}", hooks("true", "true", "true")),
        )
        .project("blog", 1, "");
    let ran = rig.deploy().await;
    assert_eq!(ran.result("shop"), "failed pre_hook");
    assert_eq!(ran.result("board"), "skipped dependency_failed");
    assert_eq!(ran.result("blog"), "succeeded");
    assert_eq!(log(&rig), ["pre shop", "on_failure shop"]);
    assert_eq!(
        message(&ran, "shop"),
        "its pre hook sh ended with exit code 3"
    );
    let error = ran.project("shop").error.as_ref().unwrap();
    assert_eq!(error.output.as_deref(), Some("no database"));
    assert_eq!(rig.count("POST deploy"), 1);
    assert_eq!((ran.project("shop").attempts, ran.report.exit_code), (0, 1));
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_deployed_project_stays_deployed_when_its_post_fails() {
    let tell = "echo $ORCHESTRATE_RESULT $ORCHESTRATE_REASON >told";
    let rig = Rig::new()
        .project("shop", 2, &hooks("true", "exit 1", tell))
        .project("board", 1, "depends_on = ['shop']");
    let ran = rig.deploy().await;
    assert_eq!(ran.result("shop"), "failed post_hook");
    assert_eq!(ran.result("board"), "skipped dependency_failed");
    let row = ran.project("shop");
    assert!(row.deployment_id.is_some());
    assert_eq!(row.diff.unwrap().create, 2);
    assert_eq!(rig.last_deployment("shop"), Some("SUCCEEDED"));
    assert_eq!(log(&rig), ["pre shop", "post shop", "on_failure shop"]);
    assert_eq!(
        fs::read_to_string(rig.dir("told")).unwrap(),
        "failed post_hook\n"
    );
    assert_eq!(ran.report.exit_code, 1);
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_failed_on_failure_does_not_change_the_result() {
    let rig = Rig::with_script(
        "[[rule]]\nproject = 'shop'\non = 'deploy'\nfault.status = { code = 422 }",
    )
    .project("shop", 1, &hooks("true", "true", "exit 9"));
    let ran = rig.deploy().await;
    assert_eq!(ran.result("shop"), "rejected http_422");
    assert_eq!(log(&rig), ["pre shop", "on_failure shop"]);
    let hooks = &ran.project("shop").hooks;
    assert_eq!(records(hooks), ["pre 0", "on_failure 9"]);
    let error = hooks[1].error.as_deref();
    assert_eq!(error, Some("its on_failure hook sh ended with exit code 9"));
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn without_a_pre_on_failure_runs_once_something_was_sent_and_not_before() {
    let on_failure = format!("hooks = {{ on_failure = {} }}", hook("true"));
    let rig = Rig::with_script("[[rule]]\nproject = 'shop'\non = 'deploy'\nfault.fail = {}")
        .project("shop", 1, &on_failure)
        .project("board", 1, &format!("depends_on = ['shop']\n{on_failure}"));
    let gone = rig.bundle("gone");
    let rig = rig.project("gone", 1, &on_failure);
    let plan = rig.plan();
    fs::remove_file(gone).unwrap();
    let ran = rig.execute(plan, Box::new(|_, _| {})).await;
    assert_eq!(ran.result("shop"), "failed deployment_failed");
    assert_eq!(ran.result("board"), "skipped dependency_failed");
    assert_eq!(ran.result("gone"), "failed bundle_changed");
    assert_eq!(log(&rig), ["on_failure shop"]);
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn pre_runs_once_despite_retries() {
    let rig = Rig::new().project("shop", 1, &hooks("true", "true", "true"));
    rig.start_blocker("shop", 5);
    rig.answer("POST deploy", 1, Reply::json(503, "{}"));
    let ran = rig.deploy().await;
    assert_eq!(ran.result("shop"), "succeeded");
    assert_eq!(ran.project("shop").attempts, 3);
    assert_eq!(log(&rig), ["pre shop", "post shop"]);
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn the_runs_hooks_are_around_all_projects() {
    let rig = Rig::new()
        .project("shop", 1, &hooks("true", "true", "true"))
        .with(&own_hooks("true", "true", "true"));
    let ran = rig.deploy().await;
    assert_eq!(log(&rig), ["pre", "pre shop", "post shop", "post"]);
    assert_eq!(records(&ran.report.hooks), ["pre 0", "post 0"]);
    assert_eq!(ran.report.exit_code, 0);
    let last = ran.events.last().unwrap();
    assert!(matches!(last.event, Event::RunFinished(_)));
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn when_the_runs_pre_fails_nothing_is_done() {
    let rig = Rig::new()
        .project("shop", 1, &hooks("true", "true", "true"))
        .folder("blog", "touch ../bundled; made blog", "")
        .with(&own_hooks("exit 2", "true", "true"));
    let ran = rig.deploy().await;
    for project in ["shop", "blog"] {
        assert_eq!(ran.result(project), "skipped run_pre_hook");
    }
    assert_eq!(log(&rig), ["pre", "on_failure"]);
    assert!(!rig.dir("bundled").exists());
    assert_eq!(rig.requests(), [""; 0]);
    assert_eq!(
        (ran.report.result, ran.report.exit_code),
        (RunResult::Failed, 1)
    );
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_run_whose_post_fails_has_failed() {
    let rig = Rig::new()
        .project("shop", 1, "")
        .with(&own_hooks("true", "exit 1", "true"));
    let ran = rig.deploy().await;
    assert_eq!(ran.result("shop"), "succeeded");
    assert_eq!(log(&rig), ["pre", "post", "on_failure"]);
    assert_eq!(
        (ran.report.result, ran.report.exit_code),
        (RunResult::Failed, 1)
    );
    let error = ran.report.hooks[1].error.as_deref();
    assert_eq!(error, Some("the run's post hook sh ended with exit code 1"));
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn the_runs_on_failure_does_not_change_the_result() {
    let unavailable = "[[rule]]\non = 'deploy'\nfault.status = { code = 503 }";
    let rig = Rig::with_script(unavailable)
        .project("shop", 1, "retries.count = 0")
        .with(&own_hooks("true", "true", "exit 1"));
    let ran = rig.deploy().await;
    assert_eq!(log(&rig), ["pre", "on_failure"]);
    assert_eq!(ran.report.exit_code, 75);
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn the_runs_on_failure_learns_which_projects_did_not_succeed() {
    let says = "printf \"%s.\" \"$ORCHESTRATE_FAILED_PROJECTS\" >failed";
    let rig = Rig::new()
        .project("shop", 1, &hooks("exit 1", "true", "true"))
        .project("blog", 1, "")
        .project("board", 1, "depends_on = ['shop']")
        .with(&own_hooks("true", "true", says));
    rig.deploy().await;
    let failed = fs::read_to_string(rig.dir("failed")).unwrap();
    assert_eq!(failed, "shop\nboard.");
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn only_a_deployment_has_hooks() {
    let rig = Rig::new()
        .project("shop", 1, &hooks("true", "true", "true"))
        .with(&own_hooks("true", "true", "true"));
    let preview = rig.preview().await;
    let destroy = rig.destroy().await;
    assert_eq!((preview.report.exit_code, destroy.report.exit_code), (0, 0));
    assert_eq!(log(&rig), [""; 0]);
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn running_hooks_are_limited_by_the_concurrency() {
    let busy = "mkdir busy || touch crowd; sleep 0.02; rmdir busy";
    let mut rig = Rig::with_script("[[rule]]\non = 'deploy'\nfault.status = { code = 503 }");
    for n in 0..4 {
        let keys = format!("retries.delay = '1h'\n{}", hooks("true", "true", busy));
        rig = rig.project(&format!("shop-{n}"), 1, &keys);
    }
    rig.overrides.concurrency = Some(1);
    // All of them wait for a retry, without a slot, when the signal arrives.
    let mut waiting = 0;
    rig.deploy_watched(Box::new(move |event, signals| {
        waiting += usize::from(matches!(event.event, Event::Retrying { .. }));
        if waiting == 4 {
            waiting += 1;
            signals.unbounded_send(Signal::Sigint).unwrap();
        }
    }))
    .await;
    assert_eq!(
        log(&rig)
            .iter()
            .filter(|line| line.starts_with("on_failure"))
            .count(),
        4
    );
    assert!(!rig.dir("crowd").exists());
}
