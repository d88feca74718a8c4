//! Commands of the user's before and after projects and the run: shell scripts, which write down that they have run.

use crate::rig::{Ran, Rig};
use orchestrate::model::{Event, Hook, HookRecord, RunResult};
use orchestrate::report::Signal;
use orchestrate::sandbox::Reply;
use std::fs;
use std::time::Duration;

/// A hook that writes down its name and its project, then does this. What is written down is read by [`log`].
fn hook(script: &str) -> String {
    let note = "echo $ORCHESTRATE_HOOK $ORCHESTRATE_PROJECT >>log";
    format!("['sh', '-c', '{note}; {script}']")
}

/// All three hooks: `pre`, `post` and `on_failure` do this.
fn hooks(pre: &str, post: &str, on_failure: &str) -> String {
    let [pre, post, on_failure] = [pre, post, on_failure].map(hook);
    format!("hooks = {{ pre = {pre}, post = {post}, on_failure = {on_failure}, timeout = '2m' }}")
}

/// The same for the run.
fn own_hooks(pre: &str, post: &str, on_failure: &str) -> String {
    let [pre, post, on_failure] = [pre, post, on_failure].map(hook);
    format!("[hooks]\npre = {pre}\npost = {post}\non_failure = {on_failure}\ntimeout = '2m'")
}

/// Ends when the file `go` is there.
const UNTIL_GO: &str = "until [ -e go ]; do sleep 0.01; done";

/// Does not end by itself while anybody waits for it.
const FOR_EVER: &str = "sleep 60";

fn log(rig: &Rig) -> Vec<String> {
    let log = fs::read_to_string(rig.dir("log")).unwrap_or_default();
    log.lines().map(|line| line.trim().to_owned()).collect()
}

/// How the hooks of a project ended: `pre 0`, `post -`.
fn records(hooks: &[HookRecord]) -> Vec<String> {
    let code = |record: &HookRecord| record.exit_code.map_or("-".into(), |code| code.to_string());
    let one = |record: &HookRecord| format!("{} {}", record.hook, code(record));
    hooks.iter().map(one).collect()
}

fn message(ran: &Ran, project: &str) -> String {
    ran.project(project).error.as_ref().unwrap().message.clone()
}

/// Whether this hook of a project, or of the run, begins.
fn begins(event: &Event, which: Hook) -> bool {
    matches!(event, Event::Hook { hook } | Event::RunHook { hook } if *hook == which)
}

/// Deploys, and sends this many signals once a hook has begun. When the last of them is heard, `go` is there.
async fn interrupt(rig: &Rig, which: Hook, times: u32) -> Ran {
    let go = rig.dir("go");
    rig.deploy_watched(Box::new(move |event, signals| match &event.event {
        event if begins(event, which) => {
            for _ in 0..times {
                signals.unbounded_send(Signal::Sigint).unwrap();
            }
        }
        Event::RunInterrupted { nth, .. } if *nth == times => fs::write(&go, "").unwrap(),
        _ => {}
    }))
    .await
}

/// Deploys, and lets this much time pass once a hook has begun.
async fn wait(rig: &Rig, which: Hook, seconds: u64) -> Ran {
    rig.deploy_watched(Box::new(move |event, _| {
        if begins(&event.event, which) {
            actix::spawn(tokio::time::advance(Duration::from_secs(seconds)));
        }
    }))
    .await
}

#[actix_rt::test(system = "crate::VirtualTime")]
async fn hooks_run_around_each_deployment_and_dependants_wait_for_post() {
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
    let begun = ran.when("board", |event| matches!(event, Event::Bundling { .. }));
    let ended = ran.when("shop", |event| matches!(event, Event::Finished(_)));
    assert!(begun >= ended);
}

#[actix_rt::test(system = "crate::VirtualTime")]
async fn a_pre_that_fails_sends_nothing_and_takes_the_dependants_with_it() {
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

#[actix_rt::test(system = "crate::VirtualTime")]
async fn what_is_deployed_stays_deployed_when_its_post_fails() {
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
    assert_eq!(rig.last_deployment("shop").as_deref(), Some("SUCCEEDED"));
    assert_eq!(log(&rig), ["pre shop", "post shop", "on_failure shop"]);
    assert_eq!(
        fs::read_to_string(rig.dir("told")).unwrap(),
        "failed post_hook\n"
    );
    assert_eq!(ran.report.exit_code, 1);
}

#[actix_rt::test(system = "crate::VirtualTime")]
async fn an_on_failure_that_fails_changes_no_result() {
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

#[actix_rt::test(system = "crate::VirtualTime")]
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

#[actix_rt::test(system = "crate::VirtualTime")]
async fn pre_runs_once_whatever_is_sent_again() {
    let rig = Rig::new().project("shop", 1, &hooks("true", "true", "true"));
    rig.start_blocker("shop", 5);
    rig.answer("POST deploy", 1, Reply::json(503, "{}"));
    let ran = rig.deploy().await;
    assert_eq!(ran.result("shop"), "succeeded");
    assert_eq!(ran.project("shop").attempts, 3);
    assert_eq!(log(&rig), ["pre shop", "post shop"]);
}

#[actix_rt::test(system = "crate::VirtualTime")]
async fn a_hook_that_takes_too_long_is_stopped() {
    let rig = Rig::new().project("shop", 1, &hooks(FOR_EVER, "true", "true"));
    let ran = wait(&rig, Hook::Pre, 121).await;
    assert_eq!(ran.result("shop"), "failed pre_hook");
    let expected = "its pre hook sh did not end within 2m and was stopped";
    assert_eq!(message(&ran, "shop"), expected);
    assert_eq!(
        records(&ran.project("shop").hooks),
        ["pre -", "on_failure 0"]
    );
    assert_eq!(rig.requests(), [""; 0]);
}

#[actix_rt::test(system = "crate::VirtualTime")]
async fn the_projects_time_limit_stops_its_pre_and_then_its_on_failure_runs() {
    let keys = format!("timeout = '1m'\n{}", hooks(FOR_EVER, "true", "true"));
    let rig = Rig::new().project("shop", 1, &keys);
    let ran = wait(&rig, Hook::Pre, 61).await;
    assert_eq!(ran.result("shop"), "timed_out project_timeout");
    assert_eq!(
        records(&ran.project("shop").hooks),
        ["pre -", "on_failure 0"]
    );
    assert_eq!(rig.requests(), [""; 0]);
}

#[actix_rt::test(system = "crate::VirtualTime")]
async fn the_projects_time_limit_stops_its_post_and_what_is_deployed_stays() {
    let keys = format!("timeout = '1m'\n{}", hooks("true", FOR_EVER, "true"));
    let rig = Rig::new().project("shop", 1, &keys);
    let ran = wait(&rig, Hook::Post, 61).await;
    assert_eq!(ran.result("shop"), "failed post_hook");
    let row = ran.project("shop");
    assert_eq!(row.cause.as_deref(), Some("project_timeout"));
    assert!(row.deployment_id.is_some());
    assert_eq!(records(&row.hooks), ["pre 0", "post -", "on_failure 0"]);
}

#[actix_rt::test(system = "crate::VirtualTime")]
async fn on_failure_has_a_time_of_its_own() {
    let keys = format!("timeout = '1m'\n{}", hooks("exit 1", "true", UNTIL_GO));
    let rig = Rig::new().project("shop", 1, &keys);
    let go = rig.dir("go");
    let ran = rig
        .deploy_watched(Box::new(move |event, _| {
            if begins(&event.event, Hook::OnFailure) {
                let go = go.clone();
                // Past the project's limit, and past the time that the server has to confirm a cancel.
                actix::spawn(async move {
                    tokio::time::advance(Duration::from_secs(100)).await;
                    tokio::task::yield_now().await;
                    fs::write(go, "").unwrap();
                });
            }
        }))
        .await;
    assert_eq!(ran.result("shop"), "failed pre_hook");
    assert_eq!(
        records(&ran.project("shop").hooks),
        ["pre 1", "on_failure 0"]
    );
}

#[actix_rt::test(system = "crate::VirtualTime")]
async fn the_first_signal_lets_pre_end_and_then_nothing_is_sent() {
    let rig = Rig::new()
        .project("shop", 1, &hooks(UNTIL_GO, "true", "true"))
        .project("board", 1, "depends_on = ['shop']");
    let ran = interrupt(&rig, Hook::Pre, 1).await;
    assert_eq!(ran.result("shop"), "interrupted interrupted");
    assert_eq!(
        records(&ran.project("shop").hooks),
        ["pre 0", "on_failure 0"]
    );
    assert_eq!(rig.requests(), [""; 0]);
    assert_eq!(ran.report.exit_code, 130);
    let awaited = ran.events.iter().find_map(|event| match &event.event {
        Event::RunInterrupted {
            awaiting, hooks, ..
        } => Some((awaiting, hooks)),
        _ => None,
    });
    let (awaiting, hooks) = awaited.unwrap();
    assert!(awaiting.is_empty());
    assert_eq!(hooks[0].project.as_deref(), Some("shop"));
}

#[actix_rt::test(system = "crate::VirtualTime")]
async fn a_pre_that_is_let_end_has_its_own_time_and_not_the_servers() {
    let rig = Rig::new().project("shop", 1, &hooks(UNTIL_GO, "true", "true"));
    let go = rig.dir("go");
    let ran = rig
        .deploy_watched(Box::new(move |event, signals| {
            if begins(&event.event, Hook::Pre) {
                signals.unbounded_send(Signal::Sigint).unwrap();
            }
            if let Event::RunInterrupted { .. } = event.event {
                let go = go.clone();
                actix::spawn(async move {
                    tokio::time::advance(Duration::from_secs(60)).await;
                    tokio::task::yield_now().await;
                    fs::write(go, "").unwrap();
                });
            }
        }))
        .await;
    assert_eq!(
        records(&ran.project("shop").hooks),
        ["pre 0", "on_failure 0"]
    );
}

#[actix_rt::test(system = "crate::VirtualTime")]
async fn the_second_signal_stops_hooks_and_no_other_is_started() {
    let rig = Rig::new().project("shop", 1, &hooks(FOR_EVER, "true", "true"));
    let ran = interrupt(&rig, Hook::Pre, 2).await;
    assert_eq!(ran.result("shop"), "interrupted interrupted");
    let errors = errors(&ran.project("shop").hooks);
    // Whether it had started by then is up to the machine.
    assert!(errors[0].starts_with("its pre hook sh was stopped"));
    let not_run = "its on_failure hook sh was not run, because the run was to end";
    assert_eq!(errors[1..], [not_run]);
    assert!(!log(&rig).contains(&"on_failure shop".to_owned()));
    assert_eq!(rig.requests(), [""; 0]);
}

#[actix_rt::test(system = "crate::VirtualTime")]
async fn the_first_signal_lets_post_end() {
    let rig = Rig::new().project("shop", 1, &hooks("true", UNTIL_GO, "true"));
    let ran = interrupt(&rig, Hook::Post, 1).await;
    assert_eq!(ran.result("shop"), "succeeded");
    assert_eq!(ran.report.exit_code, 130);
}

#[actix_rt::test(system = "crate::VirtualTime")]
async fn the_second_signal_stops_post_and_what_is_deployed_is_said_to_be() {
    let rig = Rig::new().project("shop", 1, &hooks("true", FOR_EVER, "true"));
    let ran = interrupt(&rig, Hook::Post, 2).await;
    assert_eq!(ran.result("shop"), "failed post_hook");
    assert!(ran.project("shop").deployment_id.is_some());
    assert_eq!(
        records(&ran.project("shop").hooks),
        ["pre 0", "post -", "on_failure -"]
    );
    assert!(!log(&rig).contains(&"on_failure shop".to_owned()));
}

#[actix_rt::test(system = "crate::VirtualTime")]
async fn the_third_signal_does_not_wait_for_a_hook_that_does_not_listen() {
    let deaf = "trap \"\" TERM; while :; do sleep 0.01; done";
    for which in [Hook::Pre, Hook::Post, Hook::OnFailure] {
        let script = |hook, otherwise| if hook == which { deaf } else { otherwise };
        let pre = script(
            Hook::Pre,
            if which == Hook::OnFailure {
                "exit 1"
            } else {
                "true"
            },
        );
        let keys = hooks(
            pre,
            script(Hook::Post, "true"),
            script(Hook::OnFailure, "true"),
        );
        let rig = Rig::new().project("shop", 1, &keys);
        let ran = interrupt(&rig, which, 3).await;
        let expected = match which {
            Hook::Pre => "interrupted interrupted",
            Hook::Post => "failed post_hook",
            Hook::OnFailure => "failed pre_hook",
        };
        assert_eq!(ran.result("shop"), expected);
        assert!(ran.seconds() < 5, "{which}");
    }
}

#[actix_rt::test(system = "crate::VirtualTime")]
async fn a_project_that_is_no_longer_wanted_for_anothers_failure_lets_its_pre_end() {
    let mut rig = Rig::with_script(
        "[[rule]]\nproject = 'blog'\non = 'deploy'\nfault.status = { code = 422 }",
    )
    .project("shop", 1, &hooks(UNTIL_GO, "true", "true"))
    .project("blog", 1, "");
    rig.overrides.max_fail = Some(1);
    let go = rig.dir("go");
    let ran = rig
        .deploy_watched(Box::new(move |event, _| {
            let is_blog = event.project.as_deref() == Some("blog");
            if is_blog && matches!(event.event, Event::Finished(_)) {
                let go = go.clone();
                actix::spawn(async move { fs::write(go, "").unwrap() });
            }
        }))
        .await;
    assert_eq!(ran.result("shop"), "skipped max_fail");
    assert_eq!(
        records(&ran.project("shop").hooks),
        ["pre 0", "on_failure 0"]
    );
    assert_eq!(ran.project("shop").attempts, 0);
}

#[actix_rt::test(system = "crate::VirtualTime")]
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

#[actix_rt::test(system = "crate::VirtualTime")]
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

#[actix_rt::test(system = "crate::VirtualTime")]
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

#[actix_rt::test(system = "crate::VirtualTime")]
async fn the_runs_on_failure_changes_nothing_about_the_result() {
    let unreachable = "[[rule]]\non = 'deploy'\nfault.status = { code = 503 }";
    let rig = Rig::with_script(unreachable)
        .project("shop", 1, "retries.count = 0")
        .with(&own_hooks("true", "true", "exit 1"));
    let ran = rig.deploy().await;
    assert_eq!(log(&rig), ["pre", "on_failure"]);
    assert_eq!(ran.report.exit_code, 75);
}

#[actix_rt::test(system = "crate::VirtualTime")]
async fn a_signal_while_the_runs_pre_runs_lets_it_end_and_starts_nothing() {
    let rig = Rig::new()
        .project("shop", 1, &hooks("true", "true", "true"))
        .with(&own_hooks(UNTIL_GO, "true", "true"));
    let ran = interrupt(&rig, Hook::Pre, 1).await;
    assert_eq!(ran.result("shop"), "interrupted interrupted");
    assert_eq!(records(&ran.report.hooks), ["pre 0", "on_failure 0"]);
    assert_eq!(rig.requests(), [""; 0]);
    assert_eq!(ran.report.exit_code, 130);
}

#[actix_rt::test(system = "crate::VirtualTime")]
async fn two_signals_end_the_runs_hooks_whichever_runs() {
    for which in [Hook::Pre, Hook::Post] {
        let script = |hook| if hook == which { FOR_EVER } else { "true" };
        let rig = Rig::new().project("shop", 1, "").with(&own_hooks(
            script(Hook::Pre),
            script(Hook::Post),
            "true",
        ));
        let ran = interrupt(&rig, which, 2).await;
        assert_eq!(ran.report.exit_code, 130);
        let errors = errors(&ran.report.hooks);
        let stopped = format!("the run's {which} hook sh was stopped");
        let not_run = "the run's on_failure hook sh was not run, because the run was to end";
        assert!(errors[0].starts_with(&stopped), "{errors:?}");
        assert_eq!(errors[1..], [not_run]);
        assert!(!log(&rig).contains(&"on_failure".to_owned()));
    }
}

/// What went wrong with hooks.
fn errors(hooks: &[HookRecord]) -> Vec<&str> {
    hooks.iter().filter_map(|it| it.error.as_deref()).collect()
}

#[actix_rt::test(system = "crate::VirtualTime")]
async fn hooks_that_a_third_signal_ends_by_force_and_those_it_prevents_are_told_of() {
    let keys = hooks(FOR_EVER, "true", "true");
    let rig = Rig::new()
        .project("shop", 1, &keys)
        .with(&own_hooks("true", "true", "true"));
    let ran = interrupt_projects_pre(&rig, 3).await;
    assert_eq!(ran.result("shop"), "interrupted interrupted");
    assert_eq!(
        errors(&ran.project("shop").hooks),
        [
            "its pre hook sh was ended by force",
            "its on_failure hook sh was not run, because the run was to end"
        ]
    );
    assert_eq!(
        errors(&ran.report.hooks),
        ["the run's on_failure hook sh was not run, because the run was to end"]
    );
    let told = ran
        .events
        .iter()
        .filter(|it| matches!(it.event, Event::HookEnded(_) | Event::RunHookEnded(_)));
    assert_eq!(told.count(), 4, "the run's pre, and those three");
    assert!(matches!(
        ran.events.last().unwrap().event,
        Event::RunFinished(_)
    ));
}

/// Sends this many signals once the hook of a project has begun.
async fn interrupt_projects_pre(rig: &Rig, times: u32) -> Ran {
    rig.deploy_watched(Box::new(move |event, signals| {
        if matches!(event.event, Event::Hook { hook: Hook::Pre }) {
            for _ in 0..times {
                signals.unbounded_send(Signal::Sigint).unwrap();
            }
        }
    }))
    .await
}

#[actix_rt::test(system = "crate::VirtualTime")]
async fn a_hook_of_the_run_that_is_ended_by_force_is_told_of() {
    let rig = Rig::new()
        .project("shop", 1, "")
        .with(&own_hooks(FOR_EVER, "true", "true"));
    let ran = interrupt(&rig, Hook::Pre, 3).await;
    assert_eq!(
        errors(&ran.report.hooks),
        [
            "the run's pre hook sh was ended by force",
            "the run's on_failure hook sh was not run, because the run was to end"
        ]
    );
    assert_eq!(ran.report.exit_code, 130);
}

#[actix_rt::test(system = "crate::VirtualTime")]
async fn however_many_signals_stop_a_post_the_cause_is_the_same() {
    for times in [2, 3] {
        let keys = hooks("true", FOR_EVER, "true");
        let rig = Rig::new().project("shop", 1, &keys);
        let ran = interrupt(&rig, Hook::Post, times).await;
        assert_eq!(ran.result("shop"), "failed post_hook");
        let row = ran.project("shop");
        assert_eq!(row.cause.as_deref(), Some("interrupted"));
    }
}

#[actix_rt::test(system = "crate::VirtualTime")]
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

#[actix_rt::test(system = "crate::VirtualTime")]
async fn the_runs_time_limit_stops_its_pre() {
    let mut rig = Rig::new()
        .project("shop", 1, "")
        .with(&own_hooks(FOR_EVER, "true", "true"));
    rig.overrides.timeout = Some(Duration::from_secs(60));
    let ran = wait(&rig, Hook::Pre, 61).await;
    assert_eq!(ran.result("shop"), "timed_out run_timeout");
    assert_eq!(records(&ran.report.hooks), ["pre -", "on_failure 0"]);
    assert_eq!(ran.report.exit_code, 124);
}

#[actix_rt::test(system = "crate::VirtualTime")]
async fn only_a_deployment_has_hooks() {
    let rig = Rig::new()
        .project("shop", 1, &hooks("true", "true", "true"))
        .with(&own_hooks("true", "true", "true"));
    let preview = rig.preview().await;
    let destroy = rig.destroy().await;
    assert_eq!((preview.report.exit_code, destroy.report.exit_code), (0, 0));
    assert_eq!(log(&rig), [""; 0]);
}

#[actix_rt::test(system = "crate::VirtualTime")]
async fn no_more_hooks_run_at_once_than_projects_may() {
    let busy = "mkdir busy || touch crowd; sleep 0.02; rmdir busy";
    let mut rig = Rig::with_script("[[rule]]\non = 'deploy'\nfault.status = { code = 503 }");
    for n in 0..4 {
        let keys = format!("retries.delay = '1h'\n{}", hooks("true", "true", busy));
        rig = rig.project(&format!("shop-{n}"), 1, &keys);
    }
    rig.overrides.concurrency = Some(1);
    // All of them wait for another try, without a slot, when the signal comes.
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

#[actix_rt::test(system = "crate::VirtualTime")]
async fn after_a_signal_the_projects_time_limit_still_stops_its_pre() {
    let keys = format!("timeout = '1m'\n{}", hooks(FOR_EVER, "true", "true"));
    let rig = Rig::new().project("shop", 1, &keys);
    let ran = rig
        .deploy_watched(Box::new(|event, signals| {
            if begins(&event.event, Hook::Pre) {
                signals.unbounded_send(Signal::Sigint).unwrap();
            } else if matches!(event.event, Event::RunInterrupted { .. }) {
                actix::spawn(tokio::time::advance(Duration::from_secs(61)));
            }
        }))
        .await;
    assert_eq!(ran.result("shop"), "interrupted interrupted");
    assert_eq!(
        records(&ran.project("shop").hooks),
        ["pre -", "on_failure 0"]
    );
    // Whether it had started by then is up to the machine.
    let error = ran.project("shop").hooks[0].error.as_deref();
    let was_stopped = error.is_some_and(|it| it.starts_with("its pre hook sh was stopped"));
    assert!(was_stopped, "{error:?}");
}
