//! Signals: drain, cancel, exit.

use crate::model::{Event, OnInterrupt, RunResult, Signal};
use crate::tests::run::rig::{Ran, Rig};

/// Sends this many signals at the first progress.
async fn interrupt(rig: &Rig, times: usize, signal: Signal) -> Ran {
    let mut left = times;
    rig.deploy_watched(Box::new(move |event, signals| {
        if matches!(event.event, Event::Progress { .. }) {
            for _ in 0..std::mem::take(&mut left) {
                signals.unbounded_send(signal).unwrap();
            }
        }
    }))
    .await
}

fn two_of_which_one_waits() -> Rig {
    let mut rig = Rig::new()
        .project("running", 100, "")
        .project("pending", 1, "");
    rig.overrides.concurrency = Some(1);
    rig
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn the_first_signal_lets_running_deployments_finish() {
    let rig = two_of_which_one_waits();
    let ran = interrupt(&rig, 1, Signal::Sigint).await;
    assert_eq!(ran.result("running"), "succeeded");
    assert_eq!(ran.result("pending"), "interrupted interrupted");
    assert_eq!(ran.report.result, RunResult::Interrupted);
    assert_eq!(ran.report.exit_code, 130);
    let interrupted = ran.events.iter().find_map(|event| match &event.event {
        Event::RunInterrupted { step, awaiting, .. } => Some((*step, awaiting.clone())),
        _ => None,
    });
    assert_eq!(
        interrupted,
        Some((OnInterrupt::Drain, vec!["running".to_owned()]))
    );
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn the_second_signal_cancels_and_waits_for_confirmation() {
    let rig = two_of_which_one_waits();
    let ran = interrupt(&rig, 2, Signal::Sigint).await;
    assert_eq!(ran.result("running"), "cancelled interrupted");
    assert_eq!(rig.count("POST cancel"), 1);
    assert!(ran.seconds() < 5);
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn the_third_signal_exits_at_once_and_names_what_is_left_running() {
    let rig = two_of_which_one_waits();
    rig.answer("POST cancel", 1, crate::sandbox::Reply::Hang);
    let ran = interrupt(&rig, 3, Signal::Sigterm).await;
    assert_eq!(ran.result("running"), "detached cancel_timeout");
    assert!(ran.project("running").deployment_id.is_some());
    assert_eq!(ran.report.exit_code, 143);
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn on_interrupt_sets_the_first_step() {
    let mut rig = two_of_which_one_waits();
    rig.overrides.on_interrupt = Some(OnInterrupt::Cancel);
    let ran = interrupt(&rig, 1, Signal::Sigint).await;
    assert_eq!(ran.result("running"), "cancelled interrupted");

    let mut rig = two_of_which_one_waits();
    rig.overrides.on_interrupt = Some(OnInterrupt::Detach);
    let ran = interrupt(&rig, 1, Signal::Sigint).await;
    assert_eq!(ran.result("running"), "detached interrupted");
    assert_eq!(rig.count("POST cancel"), 0);
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_blocked_project_just_stops() {
    let rig = Rig::new()
        .project("running", 100, "")
        .project("waiting", 1, "");
    rig.start_blocker("waiting", 1000);
    let ran = interrupt(&rig, 1, Signal::Sigint).await;
    assert_eq!(ran.result("waiting"), "interrupted interrupted");
    assert_eq!(
        rig.count("POST cancel"),
        0,
        "the other deployment is not cancelled"
    );
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_deployment_that_succeeds_despite_the_cancel_is_a_success() {
    let rig = two_of_which_one_waits();
    // The server ignores the cancel, and the deployment finishes within the grace period.
    rig.answer("POST cancel", 1, crate::sandbox::Reply::json(200, "{}"));
    let ran = interrupt(&rig, 2, Signal::Sigint).await;
    assert_eq!(ran.result("running"), "succeeded");
    assert_eq!(ran.report.exit_code, 130);
}
