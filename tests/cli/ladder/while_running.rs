//! Signals while our deployment runs.

use super::*;

/// One project is deployed, one is running, one waits for it.
fn following(sandbox: &Sandbox) -> (Running, Folder) {
    let projects = ["endless < done", "done", "second < endless"];
    let folder = Folder::of(&projects).with(RETRIES);
    let mut run = run(sandbox, &folder, "");
    assert_eq!(run.event("project.finished")["project"], "done");
    assert_eq!(run.event("project.submitted")["project"], "endless");
    (run, folder)
}

#[test]
fn a_second_signal_cancels_the_running_deployment_only() {
    for (name, other, code) in [("INT", "TERM", 130), ("TERM", "INT", 143)] {
        let sandbox = sandbox();
        let (mut run, folder) = following(&sandbox);
        climb(&mut run, &[(name, "drain"), (other, "cancel")]);
        let ended = run.end().expect(code);
        assert_eq!(
            true_results(&ended, &folder, &sandbox, &[]),
            [
                "endless cancelled interrupted",
                "done succeeded -",
                "second interrupted interrupted"
            ]
        );
    }
}
