//! Runs that are replayed with their recorded durations.

use super::super::replay;
use crate::log::{Activity, Lane, Replay, Segment, Timeline};
use crate::model::*;

/// Seconds of each activity, one after the other.
fn lane(name: &str, depends_on: &[&str], spent: &[(Activity, u64)]) -> Lane {
    let mut at = 0;
    let mut segment = |(activity, seconds): &(Activity, u64)| {
        let from = Timestamp(at);
        at += seconds * 1000;
        Segment {
            activity: *activity,
            from,
            to: Timestamp(at),
        }
    };
    Lane {
        segments: spent.iter().map(&mut segment).collect(),
        is_directory: spent.iter().any(|it| it.0 == Activity::Bundling),
        delays: vec![],
        project: PlannedProject {
            depends_on: depends_on.iter().map(ToString::to_string).collect(),
            ..PlannedProject::bare(name)
        },
    }
}

fn deploying(name: &str, depends_on: &[&str], seconds: u64) -> Lane {
    lane(name, depends_on, &[(Activity::Deploying, seconds)])
}

/// Of a run that took so many seconds with so many slots.
fn replayed(lanes: Vec<Lane>, slots: usize, seconds: u64) -> Replay {
    let rows = lanes.iter().map(|lane| {
        let failed = lane.project.name.starts_with("failed");
        let result = if failed {
            ProjectResult::Failed
        } else {
            ProjectResult::Succeeded
        };
        ProjectReport::bare(&lane.project.name, result)
    });
    let report = report(rows.collect(), RunResult::Succeeded, seconds);
    let limits = Limits {
        bundle_concurrency: 1,
        ..Limits::bare(slots)
    };
    replay(&report, &timeline(limits, lanes))
}

fn report(projects: Vec<ProjectReport>, result: RunResult, seconds: u64) -> Report {
    Report {
        version: REPORT_VERSION,
        run: RunId("run".into()),
        operation: Operation::Deploy,
        manifest: String::new(),
        started_at: Timestamp(0),
        finished_at: Timestamp(seconds * 1000),
        duration_ms: seconds * 1000,
        result,
        exit_code: 0,
        counts: std::collections::BTreeMap::new(),
        hooks: vec![],
        projects,
    }
}

fn timeline(limits: Limits, lanes: Vec<Lane>) -> Timeline {
    Timeline {
        limits: vec![limits],
        lanes,
        ..Timeline::default()
    }
}

/// `a 1, b 2`: the critical path, in seconds.
fn path(replay: &Replay) -> String {
    let all = replay.critical_path.iter();
    let all = all.map(|(name, ms)| format!("{name} {}", ms / 1000));
    all.collect::<Vec<_>>().join(", ")
}

fn seconds(replay: &Replay) -> Vec<(usize, u64)> {
    let all = replay.with_concurrency.iter();
    all.map(|(slots, ms)| (*slots, ms / 1000)).collect()
}

#[test]
fn independent_projects_take_less_time_with_more_slots() {
    let lanes: Vec<_> = ["a", "b", "c", "d"]
        .map(|name| deploying(name, &[], 10))
        .into();
    assert_eq!(seconds(&replayed(lanes.clone(), 2, 20)), [(1, 40), (4, 10)]);
    // Five seconds of it were a hook of the run.
    assert_eq!(seconds(&replayed(lanes, 2, 25)), [(1, 45), (4, 15)]);
}

#[test]
fn the_critical_path_follows_dependencies_and_slots() {
    let chain = vec![
        deploying("a", &[], 1),
        deploying("long", &[], 15),
        deploying("b", &["a"], 10),
        deploying("c", &["b"], 10),
    ];
    assert_eq!(path(&replayed(chain, 4, 21)), "a 1, b 10, c 10");
    let one_slot = vec![deploying("a", &[], 1), deploying("b", &[], 2)];
    assert_eq!(path(&replayed(one_slot, 1, 3)), "a 1, b 2");
}

#[test]
fn a_chain_takes_its_sum_with_any_number_of_slots() {
    let chain = vec![deploying("a", &[], 10), deploying("b", &["a"], 10)];
    assert_eq!(seconds(&replayed(chain, 2, 20)), [(1, 20)]);
}

#[test]
fn a_project_that_waits_holds_no_slot() {
    use Activity::{Deploying, Waiting};
    let blocked = lane(
        "blocked",
        &[],
        &[(Deploying, 1), (Waiting, 10), (Deploying, 1)],
    );
    let lanes = vec![blocked, deploying("other", &[], 8)];
    // One slot is enough: the other one is deployed during the wait.
    let replay = replayed(lanes, 2, 12);
    assert_eq!(seconds(&replay), [(1, 12)]);
    assert_eq!(path(&replay), "blocked 12");
}

#[test]
fn a_project_that_ends_while_it_waits_has_waited() {
    let blocked = &[(Activity::Deploying, 1), (Activity::Waiting, 20)];
    let lanes = || vec![lane("a", &[], blocked), deploying("b", &[], 5)];
    assert_eq!(path(&replayed(lanes(), 2, 21)), "a 21");
    assert_eq!(seconds(&replayed(lanes(), 2, 21)), [(1, 21)]);
}

#[test]
fn bundling_has_its_own_places() {
    use Activity::{Bundling, Deploying};
    let directory = |name| lane(name, &[], &[(Bundling, 5), (Deploying, 10)]);
    // Bundled after 5 and after 10, and then there is no more unknown logical id.
    let replay = replayed(vec![directory("a"), directory("b")], 2, 20);
    assert_eq!(seconds(&replay), [(1, 30)]);
    assert_eq!(path(&replay), "a 5, b 15");
}

#[test]
fn what_depends_on_a_failed_project_is_skipped_again() {
    let lanes = vec![
        deploying("failed", &[], 3),
        lane("skipped", &["failed"], &[(Activity::Queued, 3)]),
        deploying("other", &[], 1),
    ];
    assert_eq!(seconds(&replayed(lanes, 3, 3)), [(1, 4)]);
}

#[test]
fn nothing_is_said_about_a_run_that_did_nothing_or_was_stopped_or_resumed() {
    let refused = lane("a", &[], &[(Activity::Queued, 5)]);
    assert_eq!(replayed(vec![refused], 1, 5), Replay::default());
    let lanes = vec![deploying("a", &[], 1), deploying("b", &[], 1)];
    let stopped = report(vec![], RunResult::Interrupted, 1);
    let whole = timeline(Limits::bare(1), lanes);
    assert_eq!(replay(&stopped, &whole), Replay::default());
    let resumed = Timeline {
        limits: vec![Limits::bare(1); 2],
        ..whole
    };
    let report = report(vec![], RunResult::Succeeded, 1);
    assert_eq!(replay(&report, &resumed), Replay::default());
}
