//! Signals in the pause between two uploads.

use super::*;

#[test]
fn one_signal_ends_the_pause() {
    let sandbox = sandbox();
    let projects = ["overloaded", "second < overloaded"];
    let (mut run, folder) = run_until(&sandbox, &projects, "project.retrying");
    climb(&mut run, &[DRAIN]);
    let ended = run.end().expect(130);
    assert_eq!(
        true_results(&ended, &folder, &sandbox, &[]),
        [
            "overloaded interrupted interrupted",
            "second interrupted interrupted"
        ]
    );
}

#[test]
fn after_no_response_the_report_says_that_a_deployment_may_exist() {
    let sandbox = sandbox();
    let folder = Folder::of(&["lost", "second < lost"]).with(
        "[defaults]\nretries = { count = 2, delay = '1h', max_delay = '1h', jitter = false }",
    );
    let mut run = run(&sandbox, &folder, "");
    run.event("project.retrying");
    climb(&mut run, &[DRAIN]);
    let ended = run.end().expect(130);
    let report = ended.report();
    assert_eq!(report, folder.json("x.json"));
    assert_eq!(
        results(&report),
        [
            "lost detached interrupted",
            "second interrupted interrupted"
        ]
    );
    let cause = report["projects"][0]["cause"].as_str().unwrap();
    assert!(cause.contains("may have started a deployment"), "{cause}");
}
