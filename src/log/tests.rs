//! The ledger, seen through the report.

use super::*;
use crate::model::{
    Change, ConflictRecord, Durations, OnConflict, OriginKind, Outcome, ProjectReport,
    ProjectResult, RunEvent, RunResult, Timestamp,
};
use serde_json::{Value, json};

const SHOP: &str = "shop";
const MAIL: &str = "mail";

/// Applies `{"type": …, "data": …}`, as in the event stream.
fn apply(ledger: &mut Ledger, at: u64, project: Option<&str>, kind: &str, data: &Value) {
    let event: RunEvent = serde_json::from_value(json!({
        "v": 2, "seq": 1, "ts": Timestamp(at), "run": "run", "project": project, "type": kind, "data": data,
    }))
    .unwrap();
    ledger.apply(&event);
}

fn ledger() -> Ledger {
    let mut ledger = Ledger::default();
    let limits = json!({
        "concurrency": 1, "bundle_concurrency": 1, "max_fail": null, "fail_fast": false, "timeout": null,
        "on_interrupt": "drain",
    });
    let started = json!({
        "operation": "deploy", "manifest": "projects.toml", "version": "0", "api_url": "", "concurrency": 1,
        "limits": limits,
    });
    apply(&mut ledger, 1000, None, "run.started", &started);
    let policy = json!({
        "on_conflict": "wait", "conflict_deadline": "30m", "timeout": "45m", "schedule_on_deploy": true,
        "preserve_resources": false,
        "retries": {"count": 3, "delay": "1s", "max_delay": "30s", "jitter": true},
    });
    let project = |name: &str| {
        json!({
            "name": name, "logical_id": format!("{name}-id"), "account": "prod", "account_id": "acc",
            "path": "b.json", "bundle": {"sha256": "00", "resources": 1, "bytes": 10, "gzip_bytes": null},
            "wave": 1, "priority": 0, "policy": policy, "depends_on": [],
        })
    };
    let planned = json!({"projects": [project(SHOP), project(MAIL)]});
    apply(&mut ledger, 1000, None, "run.planned", &planned);
    ledger
}

/// Applies an event of the shop.
#[allow(clippy::needless_pass_by_value)] // the tests read better without a reference
fn tell(ledger: &mut Ledger, at: u64, kind: &str, data: Value) {
    apply(ledger, at, Some(SHOP), &format!("project.{kind}"), &data);
}

/// Ends a project.
fn finish(ledger: &mut Ledger, at: u64, project: &str, outcome: &Outcome) -> ProjectReport {
    let row = ledger.close(project, Timestamp(at), outcome).unwrap();
    let data = serde_json::to_value(&row).unwrap();
    apply(ledger, at, Some(project), "project.finished", &data);
    row
}

fn done() -> Outcome {
    Outcome::new(ProjectResult::Succeeded)
}

#[test]
fn time_is_split_into_queued_bundling_waiting_and_deploying() {
    let mut ledger = ledger();
    tell(&mut ledger, 1000, "queued", json!({"depends_on": []}));
    tell(&mut ledger, 1010, "bundling", json!({"origin": "bundle"}));
    tell(&mut ledger, 1030, "submitting", json!({"attempt": 1}));
    tell(
        &mut ledger,
        1070,
        "conflict",
        json!({"deployment_id": "d0", "policy": "wait"}),
    );
    tell(&mut ledger, 1150, "submitting", json!({"attempt": 2}));
    tell(
        &mut ledger,
        1160,
        "submitted",
        json!({"deployment_id": "d1", "attempt": 2}),
    );
    tell(&mut ledger, 1170, "progress", json!({"percent": 50}));
    let row = finish(&mut ledger, 1310, SHOP, &done());
    assert_eq!(
        row.durations_ms,
        Durations {
            queued: 10,
            bundling: 20,
            waiting: 80,
            deploying: 40 + 160,
        }
    );
    assert_eq!(row.started_at, Some(Timestamp(1010)));
    assert_eq!(row.finished_at, Timestamp(1310));
    assert_eq!(row.attempts, 2);
}

#[test]
fn retry_delays_and_the_rate_limit_count_for_no_duration() {
    let mut ledger = ledger();
    tell(&mut ledger, 1000, "bundling", json!({"origin": "bundle"}));
    tell(&mut ledger, 1001, "throttled", json!({"delay_ms": 9}));
    tell(&mut ledger, 1010, "submitting", json!({"attempt": 1}));
    let retry = json!({"attempt": 2, "delay_ms": 100, "cause": "reset"});
    tell(&mut ledger, 1015, "retrying", retry);
    tell(&mut ledger, 1115, "submitting", json!({"attempt": 2}));
    // A delayed request about a running deployment still counts as deploying.
    tell(&mut ledger, 1117, "throttled", json!({"delay_ms": 2}));
    let row = finish(&mut ledger, 1120, SHOP, &done());
    let expected = Durations {
        queued: 0,
        bundling: 1,
        waiting: 0,
        deploying: 5 + 5,
    };
    assert_eq!(row.durations_ms, expected);
}

#[test]
fn a_delay_after_a_blocker_counts_as_waiting() {
    let mut ledger = ledger();
    tell(&mut ledger, 1000, "submitting", json!({"attempt": 1}));
    tell(
        &mut ledger,
        1000,
        "conflict",
        json!({"deployment_id": "d1", "policy": "wait"}),
    );
    let retry = json!({"attempt": 2, "delay_ms": 100, "cause": "the slot was not free yet"});
    tell(&mut ledger, 1300, "retrying", retry);
    tell(&mut ledger, 1350, "bundling", json!({"origin": "bundle"}));
    tell(&mut ledger, 1400, "submitting", json!({"attempt": 2}));
    let row = finish(&mut ledger, 1400, SHOP, &done());
    assert_eq!(row.durations_ms.waiting, 400);
    assert_eq!(row.durations_ms.bundling, 0);
}

#[test]
fn a_project_that_never_started_was_only_queued() {
    let row = finish(
        &mut ledger(),
        1400,
        MAIL,
        &Outcome::new(ProjectResult::Skipped),
    );
    assert_eq!(row.started_at, None);
    assert_eq!(row.attempts, 0);
    assert_eq!(row.durations_ms.queued, 400);
}

#[test]
fn every_conflict_is_recorded_with_its_wait() {
    let mut ledger = ledger();
    tell(&mut ledger, 1000, "submitting", json!({"attempt": 1}));
    tell(
        &mut ledger,
        1010,
        "conflict",
        json!({"deployment_id": "d0", "policy": "cancel"}),
    );
    tell(&mut ledger, 1030, "submitting", json!({"attempt": 2}));
    tell(
        &mut ledger,
        1040,
        "conflict",
        json!({"deployment_id": "d1", "policy": "wait"}),
    );
    let row = finish(
        &mut ledger,
        1100,
        SHOP,
        &Outcome::new(ProjectResult::Conflicted),
    );
    let record = |id: &str, policy, waited_ms| ConflictRecord {
        deployment_id: id.into(),
        policy,
        waited_ms,
        cancel_error: None,
    };
    assert_eq!(
        row.conflicts,
        [
            record("d0", OnConflict::Cancel, 20),
            record("d1", OnConflict::Wait, 60),
        ]
    );
}

/// The API of the account answers no request from the first time on, which is known at the second one.
fn outage(ledger: &mut Ledger, since: u64, at: u64) {
    let data = json!({
        "account": "prod", "account_id": "acc", "since": Timestamp(since), "error": {"message": "503"}, "waiting": 1,
        "next_probe_ms": 100,
    });
    apply(ledger, at, None, "account.unavailable", &data);
}

fn outage_over(ledger: &mut Ledger, at: u64) {
    let data = json!({"account": "prod", "account_id": "acc", "unavailable_ms": 1});
    apply(ledger, at, None, "account.available", &data);
}

#[test]
fn an_outage_and_the_wait_after_it_count_for_no_duration() {
    let mut ledger = ledger();
    tell(&mut ledger, 1000, "bundling", json!({"origin": "bundle"}));
    tell(&mut ledger, 1002, "submitting", json!({"attempt": 1}));
    outage(&mut ledger, 1005, 1500);
    // Each failed probe is an event, and the payload is read again for the next upload.
    outage(&mut ledger, 1005, 1600);
    tell(&mut ledger, 1610, "bundling", json!({"origin": "bundle"}));
    outage_over(&mut ledger, 2000);
    tell(&mut ledger, 2900, "submitting", json!({"attempt": 2}));
    let submitted = json!({"deployment_id": "d1", "attempt": 2});
    tell(&mut ledger, 2910, "submitted", submitted);
    // The server goes on.
    outage(&mut ledger, 2920, 3000);
    let row = finish(&mut ledger, 3100, SHOP, &done());
    let expected = Durations {
        queued: 0,
        bundling: 2,
        waiting: 0,
        deploying: 3 + 200,
    };
    assert_eq!(row.durations_ms, expected);
}

#[test]
fn an_outage_of_a_killed_process_is_not_one_of_the_next() {
    let mut ledger = ledger();
    outage(&mut ledger, 1000, 1100);
    let limits = json!({
        "concurrency": 1, "bundle_concurrency": 1, "max_fail": null, "fail_fast": false, "timeout": null,
        "on_interrupt": "drain",
    });
    let resumed =
        json!({"version": "0", "limits": limits, "projects": [{"name": SHOP, "action": "start"}]});
    apply(&mut ledger, 1200, None, "run.resumed", &resumed);
    tell(&mut ledger, 1200, "bundling", json!({"origin": "bundle"}));
    tell(&mut ledger, 1210, "submitting", json!({"attempt": 1}));
    let row = finish(&mut ledger, 1230, SHOP, &done());
    assert_eq!(row.durations_ms.bundling, 10);
    assert_eq!(row.durations_ms.deploying, 20);
    let outages = ledger.timeline(Timestamp(1230)).outages;
    assert_eq!(outages[0].to, Some(Timestamp(1200)));
}

#[test]
fn a_dry_run_goes_on_after_an_outage() {
    let mut ledger = ledger();
    tell(&mut ledger, 1000, "previewing", json!({"attempt": 1}));
    outage(&mut ledger, 1010, 1100);
    tell(&mut ledger, 1110, "previewing", json!({"attempt": 2}));
    outage_over(&mut ledger, 2000);
    let row = finish(&mut ledger, 2050, SHOP, &done());
    assert_eq!(row.durations_ms.deploying, 10 + 50);
}

#[test]
fn all_reconnections_are_counted() {
    let mut ledger = ledger();
    tell(&mut ledger, 1000, "submitting", json!({"attempt": 1}));
    for attempt in [1, 2, 1] {
        let data = json!({"attempt": attempt, "delay_ms": 0, "cause": "eof"});
        tell(&mut ledger, 1000, "reconnecting", data);
    }
    assert_eq!(finish(&mut ledger, 1000, SHOP, &done()).reconnects, 3);
}

#[test]
fn a_row_is_closed_once() {
    let mut ledger = ledger();
    let first = finish(&mut ledger, 1100, SHOP, &done());
    tell(&mut ledger, 1200, "submitting", json!({"attempt": 1}));
    finish(
        &mut ledger,
        1300,
        SHOP,
        &Outcome::new(ProjectResult::Crashed),
    );
    assert_eq!(ledger.report(Timestamp(1400)).projects[0], first);
}

#[test]
fn the_first_signal_and_the_time_limit_decide_the_exit_code() {
    let mut ledger = ledger();
    for project in [SHOP, MAIL] {
        finish(&mut ledger, 1100, project, &done());
    }
    apply(&mut ledger, 1200, None, "run.timed_out", &Value::Null);
    let report = ledger.report(Timestamp(1400));
    assert_eq!(
        (report.result, report.exit_code),
        (RunResult::TimedOut, 124)
    );
    for (nth, signal) in [(1, "SIGTERM"), (2, "SIGINT")] {
        let data = json!({"signal": signal, "nth": nth, "step": "drain", "awaiting": []});
        apply(&mut ledger, 1300, None, "run.interrupted", &data);
    }
    let report = ledger.report(Timestamp(1400));
    assert_eq!(
        (report.result, report.exit_code),
        (RunResult::Interrupted, 143)
    );
}

#[test]
fn an_accepted_deployment_is_reported_even_if_the_outcome_lacks_it() {
    let mut ledger = ledger();
    tell(&mut ledger, 1000, "submitting", json!({"attempt": 1}));
    tell(
        &mut ledger,
        1000,
        "submitted",
        json!({"deployment_id": "d1", "attempt": 1}),
    );
    let crashed = Outcome::new(ProjectResult::Crashed);
    let row = finish(&mut ledger.clone(), 1001, SHOP, &crashed);
    assert_eq!(row.deployment_id, Some("d1".into()));
    // A later upload creates another deployment.
    tell(&mut ledger, 1002, "submitting", json!({"attempt": 2}));
    let row = finish(&mut ledger, 1003, SHOP, &crashed);
    assert_eq!(row.deployment_id, None);
}

#[test]
fn an_unknown_diff_differs_from_an_empty_one() {
    let mut ledger = ledger();
    let mut outcome = done();
    let unknown = finish(&mut ledger.clone(), 1, SHOP, &outcome);
    assert_eq!(unknown.diff, None);
    let change: Change =
        serde_json::from_value(json!({"action": "DETACHED", "type": "check", "logicalId": "home"}))
            .unwrap();
    outcome.changes = Some(vec![change.clone()]);
    let known = finish(&mut ledger, 1, SHOP, &outcome);
    assert_eq!(known.diff.map(|diff| diff.detach), Some(1));
    assert_eq!(known.changes, [change]);
}

#[test]
fn the_compressed_size_is_recorded_with_the_payload() {
    let mut ledger = ledger();
    let submitting = json!({"attempt": 1, "gzip_bytes": 4});
    tell(&mut ledger, 1000, "submitting", submitting);
    let sizes = ledger.report(Timestamp(1)).projects;
    let sizes: Vec<_> = sizes
        .iter()
        .map(|p| p.bundle.as_ref().unwrap().gzip_bytes)
        .collect();
    assert_eq!(sizes, [Some(4), None]);
}

#[test]
fn the_report_counts_all_rows_and_derives_the_result() {
    let mut ledger = ledger();
    finish(&mut ledger, 1100, SHOP, &done());
    finish(
        &mut ledger,
        1200,
        MAIL,
        &Outcome::new(ProjectResult::Failed),
    );
    let report = ledger.report(Timestamp(1200));
    assert_eq!(
        report.counts,
        [(ProjectResult::Succeeded, 1), (ProjectResult::Failed, 1)].into()
    );
    assert_eq!((report.result, report.exit_code), (RunResult::Failed, 1));
    assert_eq!(report.duration_ms, 200);
    assert_eq!(report.projects[0].name, "shop");
    assert_eq!(report.projects[1].logical_id.as_deref(), Some("mail-id"));
}

#[test]
fn an_open_row_is_a_crash() {
    let mut ledger = ledger();
    finish(&mut ledger, 1100, SHOP, &done());
    let report = ledger.report(Timestamp(1200));
    assert_eq!(report.projects[1].result, ProjectResult::Crashed);
    assert_eq!(report.exit_code, 1);
}

#[test]
fn a_project_from_a_directory_is_queued_again_between_bundling_and_its_slot() {
    let mut ledger = ledger();
    tell(
        &mut ledger,
        1010,
        "bundling",
        json!({"origin": OriginKind::Directory}),
    );
    let bundled = json!({
        "logical_id": "the-shop", "sha256": "s", "resources": 1, "bytes": 3, "cached": false, "warning": null,
    });
    tell(&mut ledger, 1030, "bundled", bundled);
    let submitting = json!({"attempt": 1, "gzip_bytes": 2});
    tell(&mut ledger, 1070, "submitting", submitting);
    let row = finish(&mut ledger, 1100, SHOP, &done());
    assert_eq!(row.started_at, Some(Timestamp(1010)));
    assert_eq!(
        (row.durations_ms.queued, row.durations_ms.bundling),
        (50, 20)
    );
    assert_eq!(row.logical_id.as_deref(), Some("the-shop"));
    assert_eq!(row.bundle.unwrap().gzip_bytes, Some(2));
}
