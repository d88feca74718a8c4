//! Signals while somebody else's deployment is awaited, which is none of ours.

use super::*;

#[test]
fn one_signal_ends_the_wait_and_the_other_deployment_goes_on() {
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
fn a_second_signal_and_a_third_do_not_reach_it_either() {
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
