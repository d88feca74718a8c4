//! Signals before anything is sent.

use super::*;

/// Hundreds of milliseconds of reading and compressing.
const BIG: usize = 15_000;

fn reading(sandbox: &Sandbox) -> (Running, Folder) {
    let folder = Folder::of(&["first", "second", "third < first"]).checks("first", BIG);
    let mut run = run(sandbox, &folder, "-j 1");
    run.event("project.bundling");
    (run, folder)
}

#[test]
fn one_signal_ends_the_run_and_nothing_is_sent() {
    for (name, code) in [("INT", 130), ("TERM", 143)] {
        let sandbox = sandbox();
        let (mut run, folder) = reading(&sandbox);
        climb(&mut run, &[(name, "drain")]);
        let ended = run.end().expect(code);
        assert_eq!(sandbox.seen(), [""; 0]);
        assert_eq!(
            true_results(&ended, &folder, &sandbox, &[]),
            [
                "first interrupted interrupted",
                "second interrupted interrupted",
                "third interrupted interrupted"
            ]
        );
    }
}

#[test]
fn more_signals_while_it_ends_change_nothing() {
    let sandbox = sandbox();
    let (mut run, folder) = reading(&sandbox);
    climb(&mut run, &[("TERM", "drain")]);
    for name in ["INT", "INT", "TERM"] {
        run.signal(name);
    }
    let ended = run.end().expect(143);
    assert_eq!(sandbox.seen(), [""; 0]);
    let results = true_results(&ended, &folder, &sandbox, &[]);
    assert!(
        results
            .iter()
            .all(|row| row.ends_with(" interrupted interrupted")),
        "{results:?}"
    );
}
