//! Dependents start after their dependencies and wait for nothing else; a failure stops only its dependents.

use super::folder::{Folder, monorepo};
use super::program::{orchestrate, results};
use serde_json::Value;

/// The position of an event of a project in the run.
fn at(events: &[Value], project: &str, kind: &str) -> u64 {
    let found = events
        .iter()
        .find(|event| event["project"] == project && event["type"] == kind);
    found.unwrap()["seq"].as_u64().unwrap()
}

#[test]
fn dependents_start_after_their_dependencies_have_ended() {
    let events = orchestrate("--sandbox --time-scale 0.05 -j 10 --message-format json")
        .within(monorepo())
        .run()
        .events();
    let mut edges = 0;
    for project in events[1]["data"]["projects"].as_array().unwrap() {
        let name = project["name"].as_str().unwrap();
        for dependency in project["depends_on"].as_array().unwrap() {
            let ended = at(&events, dependency.as_str().unwrap(), "project.finished");
            assert!(ended < at(&events, name, "project.bundling"), "{name}");
            edges += 1;
        }
    }
    assert_eq!(edges, 19);
}

#[test]
fn a_project_waits_only_for_its_own_dependencies() {
    let folder = Folder::of(&["quick", "slow", "after-quick < quick"]).checks("slow", 40);
    let events = orchestrate("--sandbox --time-scale 0.2 --message-format json")
        .within(folder.path())
        .run()
        .expect(0)
        .events();
    let slow = at(&events, "slow", "project.finished");
    assert!(
        at(&events, "slow", "project.submitted") < at(&events, "after-quick", "project.bundling")
    );
    assert!(at(&events, "after-quick", "project.finished") < slow);
}

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
fn a_failure_skips_only_its_dependents() {
    let folder = Folder::of(&["alerts", "shop < alerts", "pay < shop", "search"]).refused("alerts");
    let ended = orchestrate("--sandbox --time-scale 0.05 --message-format json")
        .within(folder.path())
        .run()
        .expect(1);
    let report = ended.report();
    assert_eq!(
        results(&report),
        [
            "alerts rejected http_400",
            "shop skipped dependency_failed",
            "pay skipped dependency_failed",
            "search succeeded -"
        ]
    );
    assert_eq!(report["projects"][1]["cause"], "alerts");
    assert!(ended.err.contains("shop, pay"), "{}", ended.err);
    assert!(
        ended
            .err
            .contains("depends on alerts, which did not succeed")
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
