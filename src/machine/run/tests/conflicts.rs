//! Conflicts with other deployments.

use super::*;

#[test]
fn a_blocked_project_releases_its_slot() {
    let mut run = Rig::of(independent(2), Limits::bare(1));
    assert_eq!(run.begin(), [0]);
    run.send(0);
    let orders = run.conflict(0, "blocker");
    assert!(orders.contains(&Output::Send(
        ProjectIx(0),
        Message::AwaitCompletion {
            until: 1800 * SECOND,
        }
    )));
    assert_eq!(started(&orders), [1]);
}

#[test]
fn after_the_blocker_the_retry_precedes_new_projects() {
    let mut run = Rig::of(independent(3), Limits::bare(1));
    run.begin();
    run.send(0);
    assert_eq!(started(&run.conflict(0, "blocker")), [1]);
    run.update(0, Update::Unblocked);
    assert!(
        started(&run.tick_at(SECOND)).is_empty(),
        "the slot is taken"
    );
    assert_eq!(
        run.end(1, true),
        [Output::Send(ProjectIx(0), Message::Retry)]
    );
}

#[test]
fn each_policy_decides_a_conflict() {
    for (on_conflict, expected) in [
        (OnConflict::Wait, "AwaitCompletion"),
        (OnConflict::Cancel, "CancelBlocker"),
        (OnConflict::Fail, "ConflictPolicy"),
    ] {
        let mut tasks = independent(1);
        tasks[0].planned.policy.on_conflict = on_conflict;
        let mut run = Rig::of(tasks, Limits::bare(1));
        run.begin();
        run.send(0);
        let orders = run.conflict(0, "blocker");
        assert_eq!(orders.len(), 1, "one answer");
        assert!(format!("{:?}", orders[0]).contains(expected), "{orders:?}");
        let policy = on_conflict;
        let deployment_id = "blocker".into();
        let conflict = Event::Conflict {
            deployment_id,
            policy,
        };
        assert_eq!(run.events, [conflict]);
    }
}

#[test]
fn the_deadline_counts_from_the_first_conflict_and_is_enforced_while_waiting() {
    let mut run = Rig::of(independent(1), Limits::bare(1));
    run.begin();
    run.send(0);
    run.now = 100 * SECOND;
    run.conflict(0, "first");
    run.update(0, Update::Unblocked);
    assert_eq!(started(&run.tick_at(1000 * SECOND)), [0]);
    run.send(0);
    run.conflict(0, "second");
    assert_eq!(run.tick_at(1899 * SECOND), []);
    let late = cancelled(&run.tick_at(1900 * SECOND));
    assert_eq!(late, [(0, Reason::ConflictDeadline.into(), false)]);
}

#[test]
fn an_accepted_upload_ends_the_conflict() {
    let mut run = Rig::of(independent(1), Limits::bare(1));
    run.begin();
    run.send(0);
    run.conflict(0, "blocker");
    run.update(0, Update::Unblocked);
    run.tick_at(2 * SECOND);
    run.send(0);
    run.accept(0);
    assert_eq!(run.tick_at(1801 * SECOND), []);
}

#[test]
fn after_an_accepted_upload_the_deadline_is_reset() {
    let mut tasks = independent(1);
    tasks[0].planned.policy.timeout = 9000 * SECOND;
    let mut run = Rig::of(tasks, Limits::bare(1));
    run.begin();
    run.send(0);
    run.conflict(0, "first");
    run.update(0, Update::Unblocked);
    run.tick_at(1000 * SECOND);
    run.send(0);
    run.accept(0);
    run.now = 1700 * SECOND;
    run.conflict(0, "second");
    assert_eq!(run.tick_at(3499 * SECOND), []);
    let late = cancelled(&run.tick_at(3500 * SECOND));
    assert_eq!(late, [(0, Reason::ConflictDeadline.into(), false)]);
}

#[test]
fn the_delay_doubles_with_each_conflict_in_a_row() {
    let mut run = Rig::of(independent(1), Limits::bare(1));
    run.begin();
    for (nth, expected) in [(1, 500), (2, 1000), (3, 2000)] {
        run.send(0);
        run.conflict(0, "blocker");
        run.update(0, Update::Unblocked);
        let delays = run.events.iter().filter_map(|event| match event {
            Event::Retrying { delay_ms, .. } => Some(*delay_ms),
            _ => None,
        });
        assert_eq!(Vec::from_iter(delays), [expected]);
        run.tick_at(nth * 10 * SECOND);
    }
}

#[test]
fn the_deadline_waits_for_the_response_to_an_upload() {
    let mut run = Rig::of(independent(1), Limits::bare(1));
    run.begin();
    run.send(0);
    run.conflict(0, "first");
    run.update(0, Update::Unblocked);
    run.tick_at(1799 * SECOND);
    run.send(0);
    assert_eq!(run.tick_at(1801 * SECOND), []);
    let late = cancelled(&run.conflict(0, "second"));
    assert_eq!(late, [(0, Reason::ConflictDeadline.into(), false)]);
}

#[test]
fn an_unexplained_409_gets_seconds_before_the_next_upload() {
    let mut run = Rig::of(independent(1), Limits::bare(1));
    run.begin();
    run.send(0);
    let mut failure = Failure::new(FailureKind::Refused, Some(409));
    failure.error.message = "Project is locked.".into();
    let failures = 1;
    let outputs = run.update(0, Update::SubmitFailed { failure, failures });
    assert_eq!(started(&outputs), [0; 0]);
    assert_eq!(run.run.next_wake(), Some(4 * SECOND));
    let words = |event: &Event| matches!(event, Event::Retrying { cause, .. } if cause == "Project is locked.");
    assert!(run.events.iter().any(words), "{:?}", run.events);
}

#[test]
fn an_unresolved_conflict_counts_as_a_failure() {
    let mut tasks = independent(2);
    tasks[0].planned.policy.on_conflict = OnConflict::Fail;
    let mut run = Rig::of(
        tasks,
        Limits {
            max_fail: Some(1),
            ..Limits::bare(1)
        },
    );
    run.begin();
    run.send(0);
    run.conflict(0, "blocker");
    let stopped = run.end(0, false);
    assert!(cancelled(&stopped).contains(&(1, Reason::MaxFail.into(), false)));
}
