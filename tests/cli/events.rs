//! `--message-format json`: one event per line, in order, and nothing else.

use super::folder::{Folder, monorepo};
use super::program::{Ended, orchestrate};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

fn monorepo_run() -> Ended {
    orchestrate("--sandbox --time-scale 0.05 --message-format json")
        .within(monorepo())
        .run()
        .expect(0)
}

fn keys(value: &Value) -> BTreeSet<&str> {
    value
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect()
}

#[test]
fn every_line_is_an_event_with_its_envelope() {
    let events = monorepo_run().events();
    let names: BTreeSet<&str> = events[1]["data"]["projects"]
        .as_array()
        .unwrap()
        .iter()
        .map(|project| project["name"].as_str().unwrap())
        .collect();
    assert_eq!(names.len(), 10);
    let mut last = "";
    for (event, seq) in events.iter().zip(1..) {
        assert_eq!(event["v"], 2);
        assert_eq!(event["seq"], seq);
        assert_eq!(event["run"], events[0]["run"]);
        let ts = event["ts"].as_str().unwrap();
        humantime::parse_rfc3339(ts).unwrap();
        assert!(last <= ts, "{ts} after {last}");
        last = ts;
        let mut expected = BTreeSet::from(["v", "seq", "ts", "run", "type", "data"]);
        if event["type"].as_str().unwrap().starts_with("project.") {
            expected.insert("project");
            assert!(names.contains(event["project"].as_str().unwrap()));
        }
        assert_eq!(keys(event), expected, "{event}");
    }
}

#[test]
fn run_started_and_run_planned_come_first_and_run_finished_last() {
    let events = monorepo_run().events();
    let approved = 2 + events
        .iter()
        .filter(|it| it["type"] == "project.queued")
        .count();
    let runs: Vec<(usize, &str)> = events
        .iter()
        .enumerate()
        .map(|(at, event)| (at, event["type"].as_str().unwrap()))
        .filter(|(_, kind)| kind.starts_with("run."))
        .collect();
    let last = events.len() - 1;
    assert_eq!(
        runs,
        [
            (0, "run.started"),
            (1, "run.planned"),
            (approved, "run.approved"),
            (last, "run.finished")
        ]
    );
    assert_eq!(
        events[last]["data"]["projects"].as_array().unwrap().len(),
        10
    );
}

#[test]
fn unselected_dependencies_are_listed_unless_irrelevant() {
    let folder = Folder::of(&["alerts", "shop < alerts", "mail < alerts"]);
    let run = |words: &str| orchestrate(words).within(folder.path()).run().expect(0);
    let unselected_dependencies = |words: &str| {
        let events = run(&format!("{words} --sandbox --message-format json")).events();
        events[1]["data"]["projects"][0]["unselected_dependencies"].clone()
    };
    assert_eq!(unselected_dependencies("--only shop"), json!(["alerts"]));
    assert_eq!(
        unselected_dependencies("--only shop --with-deps"),
        json!([])
    );
    assert_eq!(unselected_dependencies("preview --only shop"), json!([]));
    assert_eq!(
        unselected_dependencies("destroy --yes --only shop"),
        json!([])
    );
    let said = run("--sandbox --time-scale 0.05 --exclude alerts").err;
    let line = "  assumed to be deployed (not selected): alerts\n";
    assert!(said.contains(line), "{said}");
}

#[test]
fn the_events_of_every_project_are_in_order() {
    let events = monorepo_run().events();
    let mut stages: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for event in &events {
        if let (Some(name), Some(kind)) = (event["project"].as_str(), event["type"].as_str()) {
            let stages = stages.entry(name).or_default();
            if stages.last() != Some(&kind) {
                stages.push(kind);
            }
        }
    }
    assert_eq!(stages.len(), 10);
    for (name, mut stages) in stages {
        // A short deployment may finish without reporting progress.
        stages.retain(|stage| *stage != "project.progress");
        assert_eq!(
            stages,
            [
                "project.queued",
                "project.bundling",
                "project.submitting",
                "project.submitted",
                "project.finished"
            ],
            "{name}"
        );
    }
}

#[test]
fn progress_increases_and_stays_below_the_total() {
    let folder = Folder::of(&["shop"]).checks("shop", 10);
    let ended = orchestrate("--sandbox --time-scale 0.2 --message-format json")
        .within(folder.path())
        .run()
        .expect(0);
    let events = ended.events();
    let percent: Vec<u64> = events
        .iter()
        .filter(|event| event["type"] == "project.progress")
        .map(|event| event["data"]["percent"].as_u64().unwrap())
        .collect();
    assert!(!percent.is_empty());
    assert!(
        percent.is_sorted_by(|a, b| a < b) && percent.iter().all(|p| *p <= 100),
        "{percent:?}"
    );
}

#[test]
fn events_have_the_documented_fields() {
    let folder = Folder::of(&["alerts", "shop < alerts"]);
    let ended = orchestrate("--sandbox --time-scale 0.05 --message-format json")
        .within(folder.path())
        .run()
        .expect(0);
    let events = ended.events();
    let data = |kind: &str, project: &str| -> &Value {
        let found = events.iter().find(|event| {
            event["type"] == kind && (project.is_empty() || event["project"] == project)
        });
        &found.unwrap()["data"]
    };
    assert_eq!(data("run.started", "")["manifest"], "projects.toml");
    assert_eq!(
        data("project.queued", "shop")["depends_on"],
        json!(["alerts"])
    );
    let submitted = data("project.submitted", "shop");
    assert_eq!(submitted["attempt"], 1);
    let row = data("project.finished", "shop");
    assert_eq!(row["deployment_id"], submitted["deployment_id"]);
    assert!(submitted["deployment_id"].is_string());
    assert_eq!(*row, ended.report()["projects"][1]);
}

#[test]
fn text_goes_to_standard_error_and_standard_output_stays_empty() {
    let ended = orchestrate("--sandbox --time-scale 0.05")
        .within(monorepo())
        .run()
        .expect(0);
    assert_eq!(ended.out, "");
    assert!(
        ended.err.contains("10 projects: 10 succeeded"),
        "{}",
        ended.err
    );
    for name in ["shared-alerts", "checkout-production", "operations"] {
        assert!(ended.err.contains(&format!("✓ {name} ")), "{}", ended.err);
    }
    // Not a terminal: no escape sequences, redrawn lines, or line breaks.
    assert!(!ended.err.contains(['\u{1b}', '\r']));
    assert!(ended.err.lines().all(|line| !line.ends_with('…')));
}

#[test]
fn text_and_events_can_be_combined() {
    let ended = monorepo_run();
    assert!(ended.err.contains("10 projects: 10 succeeded"));
    let ended = orchestrate("--sandbox --time-scale 0.05 --message-format json -q")
        .within(monorepo())
        .run()
        .expect(0);
    assert!(
        ended.err.starts_with("10 projects: 10 succeeded"),
        "{}",
        ended.err
    );
    assert_eq!(ended.err.lines().count(), 1);
}
