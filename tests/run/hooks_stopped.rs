//! Hooks that are stopped: by their own time limits, those of the project and the run, and signals.

use crate::model::{Event, Hook, HookRecord, Signal};
use crate::tests::run::hooks::{FOR_EVER, begins, hooks, log, message, own_hooks, records};
use crate::tests::run::rig::{Ran, Rig, press};
use std::time::Duration;

/// Deploys, and sends this many signals once a hook has started.
async fn interrupt(rig: &Rig, which: Hook, times: usize) -> Ran {
    rig.deploy_watched(Box::new(move |event, signals| {
        if begins(&event.event, which) {
            press(signals, Signal::Sigint, times);
        }
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
