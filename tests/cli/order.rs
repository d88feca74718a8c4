//! The order of projects, and what a failure means for the others.

use super::folder::Folder;
use super::program::{orchestrate, results};

#[test]
fn the_order_is_by_priority_then_by_manifest() {
    let folder = Folder::of(&["c", "a", "needs-c < c", "urgent"]);
    let manifest = folder.read("projects.toml") + "priority = 7\n"; // of the last one
    folder.write("projects.toml", &manifest);
    let events = orchestrate("--sandbox --time-scale 0.02 -j 1 --message-format json")
        .within(folder.path())
        .run()
        .expect(0)
        .events();
    let steps: Vec<String> = events
        .iter()
        .filter(|event| {
            ["project.bundling", "project.finished"].contains(&event["type"].as_str().unwrap())
        })
        .map(|event| event["project"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(
        steps,
        ["urgent", "urgent", "c", "c", "a", "a", "needs-c", "needs-c"],
        "each ends before the next begins"
    );
}

#[test]
fn fail_fast_starts_no_projects_after_the_first_failure() {
    let folder = Folder::of(&["bad", "never"]).refused("bad");
    for (flag, reason) in [("--fail-fast", "fail_fast"), ("--max-fail 1", "max_fail")] {
        let ended = orchestrate(&format!(
            "--sandbox --time-scale 0.05 -j 1 --message-format json {flag}"
        ))
        .within(folder.path())
        .run()
        .expect(1);
        let skipped = format!("never skipped {reason}");
        assert_eq!(
            results(&ended.report()),
            ["bad rejected http_400", &skipped]
        );
        let (name, _) = flag.split_once(' ').unwrap_or((flag, ""));
        let told = ended.err.contains(&format!("failed ({name})"));
        assert!(told, "{}", ended.err);
    }
    let report = orchestrate("--sandbox --time-scale 0.05 -j 1 --message-format json --max-fail 2")
        .within(folder.path())
        .run()
        .expect(1)
        .report();
    assert_eq!(
        results(&report),
        ["bad rejected http_400", "never succeeded -"]
    );
}
