//! Failures, time limits, and signals.

use super::*;

#[test]
fn all_dependents_of_a_failure_are_skipped_and_name_it() {
    let tasks = vec![task("shared", &[]), task("a", &[0]), task("b", &[1])];
    let mut run = Rig::of(tasks, Limits::bare(9));
    run.begin();
    let cause = || CancelCause::of(Reason::DependencyFailed, "shared");
    assert_eq!(cancelled(&run.end(0, false)), [(1, cause(), false)]);
    assert_eq!(cancelled(&run.end(1, false)), [(2, cause(), false)]);
    assert_eq!(cancelled(&run.end(2, false)), []);
    assert!(run.run.is_finished());
}

#[test]
fn a_transient_failure_waits_without_a_slot_as_long_as_the_server_asked() {
    let mut run = Rig::of(independent(2), Limits::bare(1));
    run.begin();
    run.send(0);
    let orders = run.fail_transiently(0, Some(60 * SECOND));
    assert_eq!(started(&orders), [1]);
    run.end(1, true);
    assert_eq!(run.tick_at(59 * SECOND), []);
    assert_eq!(started(&run.tick_at(60 * SECOND)), [0]);
}

#[test]
fn max_fail_drains_the_run() {
    let mut run = Rig::of(
        independent(4),
        Limits {
            max_fail: Some(1),
            ..Limits::bare(2)
        },
    );
    run.begin();
    run.send(0);
    run.send(1);
    let stopped = cancelled(&run.end(0, false));
    assert_eq!(
        stopped,
        [
            (2, Reason::MaxFail.into(), false),
            (3, Reason::MaxFail.into(), false)
        ]
    );
    run.end(2, false);
    run.end(3, false);
    assert!(!run.run.is_finished());
    run.end(1, true);
    assert!(run.run.is_finished());
}

#[test]
fn a_refused_key_stops_the_projects_of_its_account_that_were_not_sent() {
    let mut tasks = independent(4);
    tasks[3].planned.account = "other".into();
    let mut run = Rig::of(tasks, Limits::bare(2));
    run.begin();
    run.send(0);
    run.send(1);
    let refused = Outcome::new(ProjectResult::Rejected);
    let lost = refused.clone().because(Reason::Http(403));
    assert_eq!(
        cancelled(&run.update(1, Update::Finished(Box::new(lost)))),
        []
    );
    let refused = refused.because(Reason::Http(401));
    let stopped = run.update(0, Update::Finished(Box::new(refused)));
    let cause = CancelCause::of(Reason::KeyRefused, "p0");
    assert_eq!(cancelled(&stopped), [(2, cause, false)]);
    assert_eq!(started(&stopped), [3], "that of another account goes on");
}

#[test]
fn skipped_projects_do_not_count_as_failures() {
    let tasks = vec![
        task("bad", &[]),
        task("below", &[0]),
        task("also-below", &[0]),
        task("other", &[]),
        task("last", &[3]),
    ];
    let mut run = Rig::of(
        tasks,
        Limits {
            max_fail: Some(2),
            ..Limits::bare(2)
        },
    );
    run.begin();
    run.end(0, false);
    run.end(1, false);
    run.end(2, false);
    assert_eq!(started(&run.end(3, true)), [4]);
}

#[test]
fn signals_drain_then_cancel_then_exit() {
    let mut run = Rig::of(independent(3), Limits::bare(2));
    run.begin();
    run.send(0);
    let first = run.press();
    assert_eq!(
        cancelled(&first),
        [
            (1, Reason::Interrupted.into(), false),
            (2, Reason::Interrupted.into(), false)
        ],
        "the one that is on the server is followed"
    );
    assert!(
        matches!(&run.events[0], Event::RunInterrupted { awaiting, .. } if *awaiting == ["p0"])
    );
    let second = run.press();
    assert_eq!(cancelled(&second), [(0, Reason::Interrupted.into(), false)]);
    let third = cancelled(&run.press());
    assert!(third.contains(&(0, Reason::Interrupted.into(), true)));
}

/// npm, pnpm, make, and others deliver one Ctrl-C twice.
#[test]
fn the_same_signal_within_a_second_is_one_press() {
    let mut run = Rig::of(independent(1), Limits::bare(1));
    run.begin();
    run.send(0);
    run.now = 10 * SECOND;
    assert_eq!(run.on(Input::Interrupt(Signal::Sigint)), []);
    for ms in [5, 500, 999] {
        run.now = 10 * SECOND + Duration::from_millis(ms);
        assert_eq!(run.on(Input::Interrupt(Signal::Sigint)), []);
        assert_eq!(run.events, []);
    }
    // The time counts from the press: pressing repeatedly has an effect.
    run.now = 11 * SECOND;
    let second = cancelled(&run.on(Input::Interrupt(Signal::Sigint)));
    assert_eq!(second, [(0, Reason::Interrupted.into(), false)]);
    // Another signal is another press.
    let third = cancelled(&run.on(Input::Interrupt(Signal::Sigterm)));
    assert_eq!(third, [(0, Reason::Interrupted.into(), true)]);
}

#[test]
fn the_grace_period_counts_from_the_cancel_request() {
    let limits = Limits {
        on_interrupt: OnInterrupt::Cancel,
        ..Limits::bare(1)
    };
    let mut run = Rig::of(independent(1), limits);
    run.begin();
    run.send(0);
    run.on(Input::Interrupt(Signal::Sigint));
    // The upload is accepted 20 s later, and only then is there something to cancel.
    run.now = 20 * SECOND;
    run.accept(0);
    let cancelling = Event::Cancelling {
        deployment_id: "ours".into(),
        reason: Reason::Interrupted,
    };
    run.update(0, Update::Event(cancelling));
    assert_eq!(run.tick_at(20 * SECOND + CANCEL_GRACE - SECOND), []);
    let forced = cancelled(&run.tick_at(20 * SECOND + CANCEL_GRACE));
    assert_eq!(forced, [(0, Reason::Interrupted.into(), true)]);
}

#[test]
fn a_cancel_that_is_never_confirmed_ends_with_the_grace() {
    let mut run = Rig::of(
        independent(1),
        Limits {
            on_interrupt: OnInterrupt::Cancel,
            ..Limits::bare(1)
        },
    );
    run.begin();
    run.send(0);
    run.on(Input::Interrupt(Signal::Sigint));
    assert_eq!(run.tick_at(CANCEL_GRACE - SECOND), []);
    let forced = cancelled(&run.tick_at(CANCEL_GRACE));
    assert_eq!(forced, [(0, Reason::Interrupted.into(), true)]);
}

#[test]
fn a_cancelled_project_is_not_started() {
    let tasks = vec![task("runs", &[]), task("queues", &[]), task("needs", &[0])];
    let mut run = Rig::of(tasks, Limits::bare(1));
    assert_eq!(run.begin(), [0]);
    run.send(0);
    let stopped = cancelled(&run.on(Input::Interrupt(Signal::Sigint)));
    assert_eq!(stopped.len(), 2, "both that have not begun");
    assert_eq!(run.end(0, true), []);
}

#[test]
fn the_end_of_a_delay_starts_no_cancelled_project() {
    let mut run = Rig::of(independent(2), Limits::bare(2));
    run.begin();
    for project in [0, 1] {
        run.send(project);
        run.fail_transiently(project, Some(60 * SECOND));
    }
    assert_eq!(
        cancelled(&run.on(Input::Interrupt(Signal::Sigint))).len(),
        2
    );
    // One has ended by then, the other has not.
    run.end(0, false);
    assert_eq!(started(&run.tick_at(60 * SECOND)), [0; 0]);
}

#[test]
fn a_retry_that_comes_while_draining_is_not_granted() {
    let mut run = Rig::of(independent(1), Limits::bare(1));
    run.begin();
    run.send(0);
    run.on(Input::Interrupt(Signal::Sigint));
    let orders = run.fail_transiently(0, None);
    assert_eq!(
        orders,
        [Output::Send(
            ProjectIx(0),
            Message::Cancel {
                cause: Reason::Interrupted.into(),
                force: false,
            }
        )]
    );
}

#[test]
fn a_projects_time_limit_counts_from_its_start_and_the_runs_from_the_beginning() {
    let mut tasks = independent(2);
    tasks[1].planned.policy.timeout = 10 * SECOND;
    let mut run = Rig::of(
        tasks,
        Limits {
            timeout: Some(60 * SECOND),
            ..Limits::bare(1)
        },
    );
    run.begin();
    run.send(0);
    run.now = 20 * SECOND;
    assert_eq!(started(&run.end(0, true)), [1]);
    run.send(1);
    assert_eq!(run.tick_at(29 * SECOND), []);
    let late = cancelled(&run.tick_at(30 * SECOND));
    assert_eq!(late, [(1, Reason::ProjectTimeout.into(), false)]);
    assert!(!run.events.contains(&Event::RunTimedOut));
    run.tick_at(60 * SECOND);
    assert!(run.events.contains(&Event::RunTimedOut));
}

#[test]
fn the_runs_time_limit_stops_everything() {
    let mut run = Rig::of(
        independent(3),
        Limits {
            timeout: Some(60 * SECOND),
            ..Limits::bare(1)
        },
    );
    run.begin();
    run.send(0);
    let late = cancelled(&run.tick_at(60 * SECOND));
    let all: Vec<usize> = late.iter().map(|(project, ..)| *project).collect();
    assert_eq!(all, [0, 1, 2]);
    assert_eq!(run.end(1, false), []);
}

#[test]
fn only_the_first_signal_lets_hooks_finish() {
    let mut run = Rig::of(independent(1), Limits::bare(1));
    run.begin();
    run.send(0);
    let mut stops_hooks = || {
        let outputs = run.press();
        outputs.contains(&Output::Send(ProjectIx(0), Message::StopHooks))
    };
    assert_eq!([(); 3].map(|()| stops_hooks()), [false, true, true]);
}

#[test]
fn a_time_limit_names_the_failure_that_it_cut_short_and_no_other_result_does() {
    let outcome = |result, message: Option<&str>| Outcome {
        error: message.map(|message| ErrorInfo {
            message: message.into(),
            ..ErrorInfo::default()
        }),
        ..Outcome::new(result)
    };
    let timed_out = ProjectResult::TimedOut;
    for (outcome, expected) in [
        (outcome(timed_out, None), Some("unavailable")),
        (outcome(timed_out, Some("own")), Some("own")),
        (outcome(ProjectResult::Cancelled, None), None),
    ] {
        let mut run = Rig::of(independent(1), Limits::bare(1));
        run.begin();
        run.send(0);
        let mut failure = busy(None);
        failure.error.message = "unavailable".into();
        let failures = 1;
        run.update(0, Update::SubmitFailed { failure, failures });
        run.update(0, Update::Finished(Box::new(outcome)));
        let row = run.events.iter().find_map(|event| match event {
            Event::Finished(row) => Some(row),
            _ => None,
        });
        let error = row.and_then(|row| row.error.as_ref());
        assert_eq!(error.map(|error| &*error.message), expected);
    }
}

#[test]
fn signals_are_numbered() {
    let mut run = Rig::of(independent(1), Limits::bare(1));
    run.begin();
    run.send(0);
    for expected in [1, 2] {
        run.press();
        let is_numbered =
            |event: &Event| matches!(event, Event::RunInterrupted { nth, .. } if *nth == expected);
        assert!(run.events.iter().any(is_numbered), "{:?}", run.events);
    }
}

#[test]
fn the_grace_neither_waits_for_an_ended_project_nor_cuts_a_hook_short() {
    let mut run = Rig::of(independent(3), Limits::bare(3));
    run.begin();
    for project in 0..3 {
        run.send(project);
    }
    run.press();
    run.press();
    for project in 0..3 {
        let cancelling = Event::Cancelling {
            deployment_id: "ours".into(),
            reason: Reason::Interrupted,
        };
        run.update(project, Update::Event(cancelling));
    }
    run.end(0, false);
    let hook = Hook::OnFailure;
    run.update(1, Update::Event(Event::Hook { hook }));
    let forced = cancelled(&run.tick_at(run.now + CANCEL_GRACE));
    assert_eq!(forced, [(2, Reason::Interrupted.into(), true)]);
}

#[test]
fn a_retry_names_the_number_of_the_next_upload() {
    let mut run = Rig::of(independent(1), Limits::bare(1));
    run.begin();
    for (sent, next) in [(1, 2), (2, 3)] {
        let submitting = Event::Submitting {
            attempt: sent,
            gzip_bytes: None,
        };
        run.update(0, Update::Event(submitting));
        run.fail_transiently(0, Some(SECOND));
        let is_next =
            |event: &Event| matches!(event, Event::Retrying { attempt, .. } if *attempt == next);
        assert!(run.events.iter().any(is_next), "{:?}", run.events);
        assert_eq!(started(&run.tick_at(run.now + SECOND)), [0]);
    }
}
