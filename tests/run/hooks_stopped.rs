//! Hooks that are stopped: by their own time limits, those of the project and the run, and signals.

use crate::model::Signal;
use crate::model::{Event, Hook, HookRecord};
use crate::tests::run::hooks::{
    FOR_EVER, UNTIL_GO, begins, hook, hooks, log, message, own_hooks, records,
};
use crate::tests::run::rig::{Ran, Rig, press};
use std::fs;
use std::time::Duration;

/// Deploys, and sends this many signals once a hook has started. Creates `go` when the last one is handled.
async fn interrupt(rig: &Rig, which: Hook, times: usize) -> Ran {
    let go = rig.dir("go");
    rig.deploy_watched(Box::new(move |event, signals| match &event.event {
        event if begins(event, which) => {
            press(signals, Signal::Sigint, times);
        }
        Event::RunInterrupted { nth, .. } if *nth as usize == times => fs::write(&go, "").unwrap(),
        _ => {}
    }))
    .await
}

/// Deploys, and lets this much time pass once a hook has started.
async fn wait(rig: &Rig, which: Hook, seconds: u64) -> Ran {
    rig.deploy_watched(Box::new(move |event, _| {
        if begins(&event.event, which) {
            actix::spawn(tokio::time::advance(Duration::from_secs(seconds)));
        }
    }))
    .await
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_hook_that_takes_too_long_is_stopped() {
    let rig = Rig::new().project("shop", 1, &hooks(FOR_EVER, "true", "true"));
    let ran = wait(&rig, Hook::Pre, 121).await;
    assert_eq!(ran.result("shop"), "failed pre_hook");
    let expected = "its pre hook sh exceeded its time limit of 2m and was stopped";
    assert_eq!(message(&ran, "shop"), expected);
    assert_eq!(
        records(&ran.project("shop").hooks),
        ["pre -", "on_failure 0"]
    );
    assert_eq!(rig.requests(), [""; 0]);
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
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

#[actix_rt::test(system = "crate::tests::VirtualTime")]
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

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn on_failure_has_its_own_time_limit() {
    let keys = format!("timeout = '1m'\n{}", hooks("exit 1", "true", UNTIL_GO));
    let rig = Rig::new().project("shop", 1, &keys);
    let go = rig.dir("go");
    let ran = rig
        .deploy_watched(Box::new(move |event, _| {
            if begins(&event.event, Hook::OnFailure) {
                let go = go.clone();
                // After the project's limit and the time that the server has to confirm a cancel.
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

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn the_first_signal_lets_pre_finish_and_then_nothing_is_sent() {
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

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_finishing_pre_has_its_own_time_limit_not_the_servers() {
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

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn the_second_signal_stops_hooks_and_no_other_is_started() {
    let rig = Rig::new().project("shop", 1, &hooks(FOR_EVER, "true", "true"));
    let ran = interrupt(&rig, Hook::Pre, 2).await;
    assert_eq!(ran.result("shop"), "interrupted interrupted");
    let errors = errors(&ran.project("shop").hooks);
    // Whether it had started by then depends on the machine.
    assert!(errors[0].starts_with("its pre hook sh was stopped"));
    let not_run = "its on_failure hook sh was not run because the run was interrupted";
    assert_eq!(errors[1..], [not_run]);
    assert!(!log(&rig).contains(&"on_failure shop".to_owned()));
    assert_eq!(rig.requests(), [""; 0]);
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn the_first_signal_lets_post_finish() {
    let rig = Rig::new().project("shop", 1, &hooks("true", UNTIL_GO, "true"));
    let ran = interrupt(&rig, Hook::Post, 1).await;
    assert_eq!(ran.result("shop"), "succeeded");
    assert_eq!(ran.report.exit_code, 130);
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn the_second_signal_stops_post_and_the_project_is_reported_as_deployed() {
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

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn the_third_signal_kills_a_hook_that_ignores_sigterm() {
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
            Hook::Pre | Hook::Test => "interrupted interrupted",
            Hook::Post => "failed post_hook",
            Hook::OnFailure => "failed pre_hook",
        };
        assert_eq!(ran.result("shop"), expected);
        assert!(ran.seconds() < 5, "{which}");
    }
}

/// Finishes when a hook of `shop` has started.
const UNTIL_SHOP: &str = "until grep -q shop log; do sleep 0.01; done";

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_project_cancelled_by_another_failure_lets_its_pre_finish() {
    let mut rig = Rig::with_script(
        "[[rule]]\nproject = 'blog'\non = 'deploy'\nfault.status = { code = 422 }",
    )
    .project("shop", 1, &hooks(UNTIL_GO, "true", "true"))
    .project("blog", 1, &format!("hooks.pre = {}", hook(UNTIL_SHOP)));
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

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_signal_lets_the_runs_pre_finish_and_starts_nothing() {
    let rig = Rig::new()
        .project("shop", 1, &hooks("true", "true", "true"))
        .with(&own_hooks(UNTIL_GO, "true", "true"));
    let ran = interrupt(&rig, Hook::Pre, 1).await;
    assert_eq!(ran.result("shop"), "interrupted interrupted");
    assert_eq!(records(&ran.report.hooks), ["pre 0", "on_failure 0"]);
    assert_eq!(rig.requests(), [""; 0]);
    assert_eq!(ran.report.exit_code, 130);
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn two_signals_stop_any_hook_of_the_run() {
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
        let not_run = "the run's on_failure hook sh was not run because the run was interrupted";
        assert!(errors[0].starts_with(&stopped), "{errors:?}");
        assert_eq!(errors[1..], [not_run]);
        assert!(!log(&rig).contains(&"on_failure".to_owned()));
    }
}

/// The errors of hooks.
fn errors(hooks: &[HookRecord]) -> Vec<&str> {
    hooks.iter().filter_map(|it| it.error.as_deref()).collect()
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn hooks_that_a_third_signal_kills_or_prevents_are_reported() {
    let keys = hooks(FOR_EVER, "true", "true");
    let rig = Rig::new()
        .project("shop", 1, &keys)
        .with(&own_hooks("true", "true", "true"));
    let ran = interrupt_projects_pre(&rig, 3).await;
    assert_eq!(ran.result("shop"), "interrupted interrupted");
    assert_eq!(
        errors(&ran.project("shop").hooks),
        [
            "its pre hook sh was killed",
            "its on_failure hook sh was not run because the run was interrupted"
        ]
    );
    assert_eq!(
        errors(&ran.report.hooks),
        ["the run's on_failure hook sh was not run because the run was interrupted"]
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

/// Sends this many signals once the hook of a project has started.
async fn interrupt_projects_pre(rig: &Rig, times: usize) -> Ran {
    rig.deploy_watched(Box::new(move |event, signals| {
        if matches!(event.event, Event::Hook { hook: Hook::Pre }) {
            press(signals, Signal::Sigint, times);
        }
    }))
    .await
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_killed_hook_of_the_run_is_reported() {
    let rig = Rig::new()
        .project("shop", 1, "")
        .with(&own_hooks(FOR_EVER, "true", "true"));
    let ran = interrupt(&rig, Hook::Pre, 3).await;
    assert_eq!(
        errors(&ran.report.hooks),
        [
            "the run's pre hook sh was killed",
            "the run's on_failure hook sh was not run because the run was interrupted"
        ]
    );
    assert_eq!(ran.report.exit_code, 130);
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn the_cause_of_a_stopped_post_does_not_depend_on_the_number_of_signals() {
    for times in [2, 3] {
        let keys = hooks("true", FOR_EVER, "true");
        let rig = Rig::new().project("shop", 1, &keys);
        let ran = interrupt(&rig, Hook::Post, times).await;
        assert_eq!(ran.result("shop"), "failed post_hook");
        let row = ran.project("shop");
        assert_eq!(row.cause.as_deref(), Some("interrupted"));
    }
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
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

#[actix_rt::test(system = "crate::tests::VirtualTime")]
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
    // Whether it had started by then depends on the machine.
    let error = ran.project("shop").hooks[0].error.as_deref();
    let was_stopped = error.is_some_and(|it| it.starts_with("its pre hook sh was stopped"));
    assert!(was_stopped, "{error:?}");
}
