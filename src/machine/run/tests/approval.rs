//! What comes before the first change.

use super::*;
use crate::guard::SavedPlan;
use crate::model::{Action, Change};

fn previewed(deletions: usize) -> Update {
    let changes =
        (0..deletions).map(|n| Change::bare(Action::Delete, "check", &format!("old-{n}")));
    Update::Event(Event::Previewed {
        changes: changes.collect(),
        same_bundle: false,
    })
}

/// `shop` depends on `shared`; both are previewed first.
fn rig(ask: Ask) -> Rig {
    Rig::with(Setup {
        approval: Approval {
            preview: true,
            ask,
            ..Approval::default()
        },
        ..setup(
            vec![task("shared", &[]), task("shop", &[0])],
            vec![],
            Limits::bare(9),
        )
    })
}

fn messages(outputs: &[Output]) -> Vec<(usize, &Message)> {
    let sent = outputs.iter().filter_map(|output| match output {
        Output::Send(project, message) => Some((project.0, message)),
        _ => None,
    });
    sent.collect()
}

fn refusal(rig: &Rig) -> Option<(Reason, Option<u8>)> {
    rig.events.iter().find_map(|event| match event {
        Event::RunRefused(refusal) => Some((refusal.reason, refusal.exit_code)),
        _ => None,
    })
}

fn empty_plan() -> SavedPlan {
    SavedPlan {
        version: 1,
        orchestrate: "0.1.0".into(),
        run: RunId("planned".into()),
        planned_at: Timestamp(0),
        manifest: "projects.toml".into(),
        api_url: "https://api.example.com".into(),
        projects: vec![],
    }
}

#[test]
fn only_a_plan_or_yes_without_a_limit_or_nothing_to_lose_spares_the_preview_or_the_question() {
    let plan = || Some((empty_plan(), String::new()));
    for has_budget in [false, true] {
        let of = |may_delete, yes, plan| {
            let approval = Approval::of_deployment(may_delete, has_budget, yes, plan);
            (approval.preview, approval.ask)
        };
        assert_eq!(of(true, false, None), (true, Ask::Deletions));
        assert_eq!(of(true, true, None), (has_budget, Ask::Never));
        for yes in [false, true] {
            assert_eq!(of(false, yes, None), (false, Ask::Never));
            assert_eq!(of(false, yes, plan()), (true, Ask::Never));
            assert_eq!(of(true, yes, plan()), (true, Ask::Never));
        }
    }
}

#[test]
fn a_preview_ignores_dependencies_and_the_deployment_does_not() {
    let mut run = rig(Ask::Deletions);
    let outputs = run.on(Input::Began);
    assert_eq!(
        messages(&outputs),
        [(0, &Message::Preview), (1, &Message::Preview)]
    );
    assert_eq!(run.update(1, previewed(0)), []);
    let outputs = run.update(0, previewed(0));
    assert_eq!(messages(&outputs), [(0, &Message::Start)]);
    let stages = [Event::RunPreviewed, Event::RunApproved { confirmed: false }];
    assert_eq!(run.events[1..], stages);
    assert_eq!(messages(&run.end(0, true)), [(1, &Message::Start)]);
}

#[test]
fn deletions_are_confirmed_before_anything_starts() {
    for (answer, expected) in [
        (Answer::Yes, None),
        (Answer::No, Some((Reason::NotConfirmed, Some(1)))),
        (
            Answer::NotInteractive,
            Some((Reason::NotConfirmed, Some(2))),
        ),
        (
            Answer::Interrupted(Signal::Sighup),
            Some((Reason::Interrupted, Some(129))),
        ),
    ] {
        let mut run = rig(Ask::Deletions);
        run.on(Input::Began);
        run.update(0, previewed(0));
        let outputs = run.update(1, previewed(2));
        let [Output::Ask(question)] = &outputs[..] else {
            panic!("{outputs:?}");
        };
        let changes = question.previewed.iter().map(|row| row.changes.len());
        assert_eq!(changes.collect::<Vec<_>>(), [0, 2]);
        let outputs = run.on(Input::Answered(answer));
        assert_eq!(refusal(&run), expected);
        assert_eq!(started(&outputs).is_empty(), expected.is_some());
        assert_eq!(run.run.is_finished(), expected.is_some());
    }
}

#[test]
fn a_signal_withdraws_the_question() {
    let mut run = rig(Ask::Always);
    run.on(Input::Began);
    run.update(0, previewed(0));
    run.update(1, previewed(0));
    let outputs = run.on(Input::Interrupt(Signal::Sigterm));
    assert_eq!(outputs, [Output::StopAsking]);
    assert_eq!(refusal(&run), Some((Reason::Interrupted, Some(143))));
    assert_eq!(run.on(Input::Answered(Answer::Yes)), [], "too late");
}

#[test]
fn the_time_limit_of_the_run_does_not_count_the_question() {
    let limits = Limits {
        timeout: Some(60 * SECOND),
        ..Limits::bare(9)
    };
    let mut run = Rig::with(Setup {
        approval: Approval {
            ask: Ask::Always,
            ..Approval::default()
        },
        ..setup(independent(1), vec![], limits)
    });
    assert!(matches!(run.on(Input::Began)[..], [Output::Ask(_)]));
    assert_eq!(run.tick_at(90 * SECOND), []);
    assert_eq!(run.events, []);
    assert_eq!(started(&run.on(Input::Answered(Answer::Yes))), [0]);
    assert_eq!(cancelled(&run.tick_at(149 * SECOND)), []);
    let timed_out = (0, Reason::RunTimeout.into(), false);
    assert_eq!(cancelled(&run.tick_at(150 * SECOND)), [timed_out]);
}

#[test]
fn a_project_that_cannot_be_previewed_stops_all() {
    let mut run = rig(Ask::Never);
    run.on(Input::Began);
    run.update(1, previewed(0));
    assert_eq!(run.end(0, false), []);
    assert_eq!(refusal(&run), Some((Reason::PreviewFailed, None)));
    let Some(Event::RunFinished(report)) = run.events.last() else {
        panic!("{:?}", run.events);
    };
    let results = report.projects.iter().map(|row| (row.result, row.reason));
    assert_eq!(
        results.collect::<Vec<_>>(),
        [
            (ProjectResult::Failed, None),
            (ProjectResult::Skipped, Some(Reason::PreviewFailed))
        ]
    );
    assert_eq!(report.exit_code, 1);
}

/// The results, reasons, and causes in the report.
fn results(run: &Rig) -> Vec<(ProjectResult, Option<Reason>, Option<&str>)> {
    let Some(Event::RunFinished(report)) = run.events.last() else {
        panic!("{:?}", run.events);
    };
    let rows = report.projects.iter();
    rows.map(|row| (row.result, row.reason, row.cause.as_deref()))
        .collect()
}

#[test]
fn a_preview_that_is_cut_short_says_so_for_every_project() {
    let limits = Limits {
        timeout: Some(60 * SECOND),
        ..Limits::bare(9)
    };
    for (reason, result) in [
        (Reason::RunTimeout, ProjectResult::TimedOut),
        (Reason::Interrupted, ProjectResult::Interrupted),
    ] {
        let mut setup = setup(independent(2), vec![], limits);
        setup.approval.preview = true;
        let mut run = Rig::with(setup);
        run.on(Input::Began);
        run.update(0, previewed(0));
        match reason {
            Reason::RunTimeout => run.tick_at(60 * SECOND),
            _ => run.on(Input::Interrupt(Signal::Sigint)),
        };
        let outcome = Outcome::new(result).because(reason);
        run.update(1, Update::Finished(Box::new(outcome)));
        assert_eq!(refusal(&run), Some((reason, None)));
        assert_eq!(results(&run), [(result, Some(reason), None); 2]);
    }
}

#[test]
fn a_run_that_does_not_match_its_plan_names_the_difference_and_sends_nothing() {
    let matching = |api: &str| {
        let mut setup = setup(independent(1), vec![], Limits::bare(9));
        setup.approval.plan = Some((empty_plan(), api.to_owned()));
        let mut run = Rig::with(setup);
        let outputs = run.on(Input::Began);
        (run, started(&outputs))
    };
    let (run, started) = matching("https://api.example.com");
    assert_eq!((refusal(&run), started), (None, vec![0]));
    let (run, started) = matching("https://other.example.com");
    assert_eq!(refusal(&run), Some((Reason::PlanMismatch, Some(1))));
    assert_eq!(started, [0; 0]);
    let [(ProjectResult::Skipped, Some(Reason::PlanMismatch), Some(cause))] = results(&run)[..]
    else {
        panic!("{:?}", results(&run));
    };
    assert!(cause.contains("https://other.example.com"), "{cause}");
}

#[test]
fn limits_apply_to_projects_before_and_to_deletions_after_the_preview() {
    let limited = |max_projects, max_deletes| {
        let mut setup = setup(independent(2), vec![], Limits::bare(9));
        setup.approval.preview = true;
        setup.budget = Budget {
            max_deletes,
            max_projects,
        };
        Rig::with(setup)
    };
    let mut run = limited(Some(1), None);
    assert_eq!(run.on(Input::Began), []);
    assert_eq!(refusal(&run), Some((Reason::LimitExceeded, Some(1))));
    let mut run = limited(Some(2), Some(2));
    run.on(Input::Began);
    run.update(0, previewed(1));
    assert_eq!(run.update(1, previewed(2)), []);
    assert_eq!(refusal(&run), Some((Reason::LimitExceeded, Some(1))));
}

#[test]
fn deletions_that_are_known_later_are_refused_unless_the_project_is_new() {
    let failure = |status| Failure::new(FailureKind::Refused, Some(status));
    let unavailable = Failure::new(FailureKind::Busy, Some(503));
    for (listed, expected) in [
        (Ok(vec![]), None),
        (
            Ok(vec![ProjectIx(1)]),
            Some((Reason::PreviewFailed, Some(1))),
        ),
        (Err(failure(401)), Some((Reason::PreviewFailed, Some(77)))),
        (Err(failure(403)), Some((Reason::PreviewFailed, Some(77)))),
        (Err(failure(400)), Some((Reason::PreviewFailed, Some(1)))),
        (Err(unavailable), Some((Reason::PreviewFailed, Some(75)))),
    ] {
        let mut tasks = vec![task("shared", &[]), task("shop", &[0])];
        tasks[1].to_bundle = true;
        let mut setup = setup(tasks, vec![], Limits::bare(9));
        setup.approval.preview = true;
        let mut run = Rig::with(setup);
        let outputs = run.on(Input::Began);
        let bundled = Message::BuildBundle { ahead: true };
        assert_eq!(messages(&outputs), [(1, &bundled), (0, &Message::Preview)]);
        run.update(0, previewed(0));
        let deferred = Update::BundlingDeferred {
            logical_id: "shop".into(),
            error: ErrorInfo::default(),
        };
        let outputs = run.update(1, deferred);
        assert_eq!(outputs, [Output::ListProjects(vec![ProjectIx(1)])]);
        assert_eq!(run.run.logical_id(ProjectIx(1)), Some("shop"));
        let outputs = run.on(Input::Listed(listed));
        assert_eq!(refusal(&run), expected);
        if expected.is_none() {
            // It is bundled after its dependency.
            assert_eq!(messages(&outputs), [(0, &Message::Start)]);
            let bundled = Message::BuildBundle { ahead: false };
            assert_eq!(messages(&run.end(0, true)), [(1, &bundled)]);
        }
    }
}
