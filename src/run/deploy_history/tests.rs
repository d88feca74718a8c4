//! The history after the events of a run.

use super::*;
use crate::model::{Bundled, RunId, Timestamp};
use serde_json::json;
use tempfile::TempDir;

fn target() -> Target {
    Target {
        api_url: "https://api.checklyhq.com".to_owned(),
        account_id: "acme".to_owned(),
        logical_id: "shop-id".to_owned(),
    }
}

fn deployed(sha256: &str) -> Deployed {
    Deployed {
        resources: 3,
        preserve_resources: true,
        repository: Some("github.com/acme/shop".to_owned()),
        at: Timestamp(7000),
        run: RunId("run-1".into()),
        durations: ExpectedDurations {
            bundling: 20,
            deploying: 40,
        },
        ..Deployed::of_digest(sha256)
    }
}

fn event(project: &str, event: Event) -> RunEvent {
    RunEvent {
        v: 2,
        seq: 1,
        ts: Timestamp(7000),
        run: RunId("run-1".into()),
        project: Some(project.to_owned()),
        event,
    }
}

fn submitting() -> Event {
    Event::Submitting {
        attempt: 1,
        gzip_bytes: None,
    }
}

/// The final event of a project whose bundle has the digest `new`.
fn finished(result: &str, attempts: u32) -> Event {
    let row = json!({
        "name": "shop", "logical_id": "shop-id", "account": "prod", "account_id": "acme",
        "result": result, "attempts": attempts, "reconnects": 0, "conflicts": [],
        "finished_at": "2026-11-22T18:17:00.123Z",
        "durations_ms": { "queued": 10, "bundling": 20, "waiting": 30, "deploying": 40 },
        "changes": [], "bundle": { "sha256": "new", "resources": 3, "bytes": 1 },
    });
    Event::Finished(serde_json::from_value(row).unwrap())
}

/// The record of the shop after these events, if it was `old` before.
fn known_after(events: Vec<RunEvent>) -> Option<Deployed> {
    let dir = TempDir::new().unwrap();
    let history = History::open(dir.path()).unwrap();
    history.record(&target(), &deployed("old"));
    let deploy_history = DeployHistory::new(history.clone());
    let project = Project {
        api_url: target().api_url,
        account_id: target().account_id,
        logical_id: None,
        preserve_resources: true,
        repository: None,
    };
    let mut listener = Listener {
        projects: HashMap::from([("shop".to_owned(), project)]),
        changes: deploy_history.changes.clone(),
    };
    let bundled = Event::Bundled(Bundled {
        logical_id: target().logical_id,
        sha256: "new".to_owned(),
        repository: deployed("new").repository,
        ..Bundled::default()
    });
    for event in [vec![event("shop", bundled)], events].concat() {
        listener.event(&event);
    }
    deploy_history.finish().unwrap();
    history.last(&target())
}

#[test]
fn a_success_is_recorded_with_its_bundle_repository_time_and_run() {
    let events = [submitting(), finished("succeeded", 1)];
    let known = known_after(events.map(|of| event("shop", of)).into());
    assert_eq!(known, Some(deployed("new")));
}

#[test]
fn a_process_killed_after_an_upload_leaves_no_record() {
    assert_eq!(known_after(vec![event("shop", submitting())]), None);
}

#[test]
fn an_upload_that_did_not_succeed_removes_the_record() {
    for &result in ProjectResult::ALL {
        if !result.is_success() {
            let end = finished(result.as_str(), 1);
            // Even if another process has recorded a deployment since the upload.
            assert_eq!(known_after(vec![event("shop", end)]), None, "{result}");
        }
    }
}

#[test]
fn a_project_that_was_not_uploaded_keeps_its_record() {
    for result in ["skipped", "unchanged", "interrupted", "timed_out"] {
        let end = finished(result, 0);
        let known = known_after(vec![event("shop", end)]);
        assert_eq!(known, Some(deployed("old")), "{result}");
    }
}

#[test]
fn events_of_another_project_change_nothing() {
    let events = [submitting(), finished("failed", 1)];
    let known = known_after(events.map(|of| event("blog", of)).into());
    assert_eq!(known, Some(deployed("old")));
}

#[test]
fn the_first_error_is_returned_and_later_changes_are_attempted() {
    let dir = TempDir::new().unwrap();
    let history = History::open(dir.path()).unwrap();
    history.record(&target(), &deployed("old"));
    history.refuse_records();
    let record = Change::Record(target(), Box::new(deployed("new")));
    let batches = [vec![record], vec![Change::Forget(target())]];
    let error = write(&history, batches.into_iter()).unwrap_err();
    assert!(error.to_string().ends_with("state.db: no"), "{error}");
    assert_eq!(history.last(&target()), None);
}

#[test]
fn changes_that_wait_are_written_together_until_the_last() {
    let forget = || Some(Change::Forget(target()));
    let written = |changes: Vec<Option<Change>>| {
        let (sender, receiver) = channel();
        changes.into_iter().for_each(|it| sender.send(it).unwrap());
        batches(receiver)
            .map(|batch| batch.len())
            .collect::<Vec<_>>()
    };
    assert_eq!(written(vec![forget(), forget(), None, forget()]), [2]);
    assert_eq!(written(vec![None]), [0; 0]);
}

#[test]
fn deleting_a_project_removes_its_record() {
    let Event::Finished(mut row) = finished("succeeded", 1) else {
        panic!("another event");
    };
    row.bundle = None;
    let ended = event("shop", Event::Finished(row));
    assert_eq!(
        known_after(vec![event("shop", submitting()), ended.clone()]),
        None
    );
    // Even without the event of the upload.
    assert_eq!(known_after(vec![ended]), None);
}
