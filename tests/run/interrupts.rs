//! Signals: drain, cancel, exit.

use crate::model::{Event, Signal};
use crate::tests::run::rig::{Ran, Rig, press};

/// Sends this many signals at the first progress.
async fn interrupt(rig: &Rig, times: usize, signal: Signal) -> Ran {
    let mut left = times;
    rig.deploy_watched(Box::new(move |event, signals| {
        if matches!(event.event, Event::Progress { .. }) {
            press(signals, signal, std::mem::take(&mut left));
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
async fn after_the_first_signal_an_upload_that_waits_for_its_turn_is_not_sent() {
    let mut rig = Rig::new();
    rig.overrides.rate = Some("10/min".parse().unwrap());
    for n in 0..16 {
        rig = rig.project(&format!("p{n}"), 1, "");
    }
    // All hold a slot.
    let mut left = 1;
    let ran = rig
        .deploy_watched(Box::new(move |event, signals| {
            if matches!(event.event, Event::Throttled { .. }) {
                press(signals, Signal::Sigint, std::mem::take(&mut left));
            }
        }))
        .await;
    let position = |is: fn(&Event) -> bool| ran.events.iter().rposition(|event| is(&event.event));
    let last_upload = position(|event| matches!(event, Event::Submitting { .. }));
    let interrupt = position(|event| matches!(event, Event::RunInterrupted { .. }));
    assert!(last_upload < interrupt);
    let (sent, unsent): (Vec<_>, Vec<_>) =
        ran.report.projects.iter().partition(|row| row.attempts > 0);
    assert_eq!(rig.count("POST deploy"), sent.len());
    assert!(sent.iter().all(|row| row.result.as_str() == "succeeded"));
    assert!(
        unsent
            .iter()
            .all(|row| row.result.as_str() == "interrupted")
    );
    assert!(!sent.is_empty() && unsent.len() >= 6);
}

/// 100 running deployments use up the rate; cancelling them does not wait for it, and neither do the confirmations.
#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn the_second_signal_cancels_everything_whatever_the_rate() {
    let mut rig = Rig::with_script("[[rule]]\non = \"deploy\"\nfault.stall = { at = 30 }\n");
    rig.overrides.concurrency = Some(100);
    // An upload and a stream each.
    rig.overrides.rate = Some("200/min".parse().unwrap());
    for n in 0..100 {
        rig = rig.project(&format!("p{n}"), 1, "");
    }
    let mut running = 0;
    let ran = rig
        .deploy_watched(Box::new(move |event, signals| {
            running += usize::from(matches!(event.event, Event::Submitted { .. }));
            if running == 100 {
                press(signals, Signal::Sigint, 2);
                running = 0;
            }
        }))
        .await;
    let cancelled = ran.report.projects.iter();
    let cancelled = cancelled.filter(|row| row.result.as_str() == "cancelled");
    assert_eq!(cancelled.count(), 100);
    assert_eq!(rig.count("POST cancel"), 100);
    // Before the window slides.
    assert!(ran.seconds() < 61, "{} s", ran.seconds());
}

/// For almost two minutes, nothing may be submitted.
#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_pause_that_the_server_asked_for_does_not_delay_cancels() {
    let script = r#"
        [[rule]]
        project = "running"
        on = "deploy"
        fault.stall = { at = 30 }

        [[rule]]
        project = "refused"
        on = "deploy"
        fault.status = { code = 429, retry_after = 110 }
    "#;
    let rig = Rig::with_script(script)
        .project("running", 1, "")
        .project("refused", 1, "");
    let (mut runs, mut is_refused, mut left) = (false, false, 2);
    let ran = rig
        .deploy_watched(Box::new(move |event, signals| {
            runs |= matches!(event.event, Event::Submitted { .. });
            is_refused |= matches!(event.event, Event::Retrying { .. });
            if runs && is_refused {
                let left = std::mem::take(&mut left);
                press(signals, Signal::Sigint, left);
            }
        }))
        .await;
    assert_eq!(ran.result("running"), "cancelled interrupted");
    assert!(ran.seconds() < 10, "{} s", ran.seconds());
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn the_third_signal_exits_at_once_and_names_what_is_left_running() {
    let rig = two_of_which_one_waits();
    rig.answer(
        "POST cancel",
        1,
        crate::sandbox::Reply::Fault(crate::sandbox::Fault::Hang),
    );
    let ran = interrupt(&rig, 3, Signal::Sigterm).await;
    assert_eq!(ran.result("running"), "detached cancel_timeout");
    assert!(ran.project("running").deployment_id.is_some());
    assert_eq!(ran.report.exit_code, 143);
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
