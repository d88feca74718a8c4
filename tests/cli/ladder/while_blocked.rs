//! Signals while a deployment of another run blocks the project.

use super::*;

#[test]
fn one_signal_ends_the_wait_and_keeps_the_blocker() {
    for (name, code) in [("INT", 130), ("TERM", 143)] {
        let sandbox = sandbox();
        let theirs = sandbox.occupy("first", "1h").unwrap();
        let projects = ["first", "second < first"];
        let (mut run, folder) = run_until(&sandbox, &projects, "project.conflict");
        climb(&mut run, &[(name, "drain")]);
        let ended = run.end().expect(code);
        assert_eq!(
            true_results(&ended, &folder, &sandbox, &[&theirs]),
            [
                "first interrupted interrupted",
                "second interrupted interrupted"
            ]
        );
        untouched(&sandbox, &theirs);
    }
}

#[test]
fn further_signals_do_not_affect_the_blocker() {
    let sandbox = sandbox();
    let theirs = sandbox.occupy("first", "1h").unwrap();
    let folder = Folder::of(&["first", "deaf"]);
    let mut run = run(&sandbox, &folder, "-j 1");
    run.event("project.conflict"); // which gives the only slot away
    run.event("project.submitted");
    climb(&mut run, &[DRAIN, CANCEL, DETACH]);
    let ended = run.end().expect(130);
    assert_eq!(
        true_results(&ended, &folder, &sandbox, &[&theirs]),
        [
            "first interrupted interrupted",
            "deaf detached cancel_timeout"
        ]
    );
    untouched(&sandbox, &theirs);
}

#[track_caller]
fn untouched(sandbox: &Sandbox, id: &str) {
    let theirs = sandbox.deployment("first", id);
    assert_eq!(theirs["cancelRequestedAt"], Value::Null, "{theirs}");
    assert_eq!(theirs["endedAt"], Value::Null, "{theirs}");
}
