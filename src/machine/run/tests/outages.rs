//! Unavailable accounts, and delays that a server asks for.

use super::*;
use crate::model::Outage;

/// One project per account id.
fn in_accounts(ids: &[&str]) -> Vec<Task> {
    let mut tasks = independent(ids.len());
    for (task, id) in tasks.iter_mut().zip(ids) {
        task.planned.account_id = (*id).to_owned();
    }
    tasks
}

fn unavailable(id: &str, waiting: usize) -> Event {
    Event::AccountUnavailable {
        account: format!("account {id}"),
        account_id: id.to_owned(),
        since: Timestamp(60_000),
        error: ErrorInfo::default(),
        waiting,
        next_probe_ms: 2000,
    }
}

#[test]
fn an_outage_counts_the_projects_that_wait_for_its_end() {
    let tasks = in_accounts(&["acme", "acme", "umbrella", "umbrella", "umbrella", "acme"]);
    let mut run = Rig::of(tasks, Limits::bare(5));
    assert_eq!(run.begin(), [0, 1, 2, 3, 4]);
    run.end(1, false); // and now the last one has its slot
    run.end(2, true);
    for (id, waiting) in [("acme", 2), ("umbrella", 2)] {
        run.on(Input::Account(unavailable(id, 0)));
        assert_eq!(run.events, [unavailable(id, waiting)]);
    }
    let available = Event::AccountAvailable {
        account: "account umbrella".to_owned(),
        account_id: "umbrella".to_owned(),
        unavailable_ms: 30_000,
    };
    run.on(Input::Account(available.clone()));
    assert_eq!(run.events, [available]);
}

#[test]
fn a_project_that_has_not_begun_waits_for_no_account() {
    let mut run = Rig::of(in_accounts(&["acme", "acme"]), Limits::bare(1));
    run.begin();
    run.on(Input::Account(unavailable("acme", 0)));
    assert_eq!(run.events, [unavailable("acme", 1)]);
}

/// Whether a project of a run with this time limit gives up after this failure, 10 seconds after its start.
fn gives_up(timeout: Option<Duration>, failure: Failure) -> bool {
    let mut tasks = independent(2);
    tasks[0].planned.policy.timeout = 100 * SECOND;
    tasks[0].planned.policy.outage_limit = Some(95 * SECOND);
    // The limit of another is not its own.
    tasks[1].planned.policy.timeout = 20 * SECOND;
    let limits = Limits::bare(2);
    let mut run = Rig::of(tasks, Limits { timeout, ..limits });
    run.begin();
    run.send(0);
    run.now = 10 * SECOND;
    let failures = 1;
    let outputs = run.update(0, Update::SubmitFailed { failure, failures });
    let gives_up = |it: &Output| matches!(it, Output::Send(_, Message::GiveUp(_)));
    outputs.iter().any(gives_up)
}

#[test]
fn a_delay_that_outlasts_a_time_limit_is_not_waited_for() {
    let ask = |seconds: u32| busy(Some(seconds * SECOND));
    // Of the project, of the run, and of an outage.
    for (timeout, longest) in [(None, 90), (Some(50 * SECOND), 40)] {
        assert!(!gives_up(timeout, ask(longest)));
        assert!(gives_up(timeout, ask(longest + 1)));
        assert!(gives_up(timeout, ask(1000)));
    }
    assert!(!gives_up(None, busy(None)));
    // An outage is limited by its own time.
    let outage = Some(Outage::Pause);
    assert!(!gives_up(
        None,
        Failure {
            outage,
            ..ask(1000)
        }
    ));
}

#[test]
fn a_delay_that_outlasts_the_limit_of_outages_is_not_waited_for() {
    for (seconds, is_sent_again) in [(60, true), (61, false), (1000, false)] {
        let mut tasks = independent(1);
        tasks[0].planned.policy.outage_limit = Some(60 * SECOND);
        let mut run = Rig::of(tasks, Limits::bare(1));
        run.begin();
        run.send(0);
        let outputs = run.fail_transiently(0, Some(seconds * SECOND));
        assert_eq!(outputs.is_empty(), is_sent_again, "{seconds}");
    }
}

#[test]
fn a_cancelled_project_is_not_told_to_give_up() {
    let mut run = Rig::of(independent(1), Limits::bare(1));
    run.begin();
    run.send(0);
    run.press();
    assert_eq!(cancelled(&run.press()).len(), 1);
    assert_eq!(run.fail_transiently(0, Some(10_000 * SECOND)), []);
}

#[test]
fn the_log_says_whether_a_preview_comes_first() {
    for preview in [true, false] {
        let mut setup = setup(independent(1), vec![], Limits::bare(1));
        setup.approval.preview = preview;
        let mut run = Rig::with(setup);
        run.on(Input::Began);
        let Event::RunStarted { preview: said, .. } = &run.events[0] else {
            panic!("{:?}", run.events);
        };
        assert_eq!(*said, preview);
    }
}
