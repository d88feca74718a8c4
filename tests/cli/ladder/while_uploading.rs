//! Signals while waiting for the response to an upload: the server may have a deployment with an unknown id.

use super::*;

#[test]
fn one_signal_waits_for_the_response_and_the_deployment() {
    for (name, code) in [("INT", 130), ("TERM", 143)] {
        let sandbox = sandbox();
        let projects = ["hesitant", "second < hesitant"];
        let (mut run, folder) = run_until(&sandbox, &projects, "project.submitting");
        climb(&mut run, &[(name, "drain")]);
        let ended = run.end().expect(code);
        assert_eq!(
            true_results(&ended, &folder, &sandbox, &[]),
            ["hesitant succeeded -", "second interrupted interrupted"]
        );
    }
}

#[test]
fn a_second_signal_waits_for_the_response_and_cancels_the_deployment() {
    let sandbox = sandbox();
    let projects = ["hesitant", "second < hesitant"];
    let (mut run, folder) = run_until(&sandbox, &projects, "project.submitting");
    climb(&mut run, &[DRAIN, CANCEL]);
    let ended = run.end().expect(130);
    assert_eq!(
        true_results(&ended, &folder, &sandbox, &[]),
        [
            "hesitant cancelled interrupted",
            "second interrupted interrupted"
        ]
    );
}

#[test]
fn a_third_signal_does_not_wait_and_reports_a_possible_deployment() {
    let sandbox = sandbox();
    let (mut run, folder) = run_until(
        &sandbox,
        &["silent", "second < silent"],
        "project.submitting",
    );
    climb(&mut run, &[DRAIN, CANCEL, DETACH]);
    let ended = run.end().expect(130);
    let report = ended.report();
    assert_eq!(report, folder.json("x.json"));
    assert_eq!(
        results(&report),
        [
            "silent detached interrupted",
            "second interrupted interrupted"
        ]
    );
    assert_eq!(report["projects"][0]["deployment_id"], Value::Null);
    let cause = report["projects"][0]["cause"].as_str().unwrap();
    assert!(cause.contains("may have started a deployment"), "{cause}");
}

#[test]
fn a_conflict_response_ends_the_run() {
    let sandbox = sandbox();
    let projects = ["taken-meanwhile", "second < taken-meanwhile"];
    let (mut run, folder) = run_until(&sandbox, &projects, "project.submitting");
    climb(&mut run, &[DRAIN]);
    let ended = run.end().expect(130);
    let theirs = sandbox.occupy("taken-meanwhile", "1ms").unwrap_err();
    assert_eq!(
        true_results(&ended, &folder, &sandbox, &[&theirs]),
        [
            "taken-meanwhile interrupted interrupted",
            "second interrupted interrupted"
        ]
    );
}
