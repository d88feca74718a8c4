//! Signals between the request to cancel our deployment and its end.

use super::*;

/// A run after the request to cancel its first project.
fn cancelling(sandbox: &Sandbox, project: &str) -> (Running, Folder) {
    let second = format!("second < {project}");
    let (mut run, folder) = run_until(sandbox, &[project, &second], "project.submitted");
    climb(&mut run, &[DRAIN, CANCEL]);
    run.event("project.cancelling");
    (run, folder)
}

#[test]
fn the_run_waits_for_the_cancellation() {
    let sandbox = sandbox();
    let (run, folder) = cancelling(&sandbox, "lingering");
    let ended = run.end().expect(130);
    assert_eq!(
        true_results(&ended, &folder, &sandbox, &[]),
        [
            "lingering cancelled interrupted",
            "second interrupted interrupted"
        ]
    );
}

#[test]
fn a_deployment_that_succeeds_anyway_has_succeeded() {
    let sandbox = sandbox();
    let (run, folder) = cancelling(&sandbox, "unstoppable");
    let ended = run.end().expect(130);
    assert_eq!(
        true_results(&ended, &folder, &sandbox, &[]),
        ["unstoppable succeeded -", "second interrupted interrupted"]
    );
}

#[test]
fn another_signal_leaves_it_to_the_server() {
    for project in ["deaf", "protected"] {
        let sandbox = sandbox();
        let (mut run, folder) = cancelling(&sandbox, project);
        climb(&mut run, &[DETACH]);
        let ended = run.end().expect(130);
        assert_eq!(
            true_results(&ended, &folder, &sandbox, &[]),
            [
                &format!("{project} detached cancel_timeout"),
                "second interrupted interrupted"
            ]
        );
        still_runs(&sandbox, &ended.report());
    }
}
