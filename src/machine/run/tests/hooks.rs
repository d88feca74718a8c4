//! The hooks of the run, and hooks that are killed or not run.

use super::*;
use crate::model::{AwaitedHook, HookCommand};

fn hooks() -> Hooks {
    let command = |program: &str| {
        Some(HookCommand {
            command: vec![program.into()],
            dir: "/".into(),
        })
    };
    Hooks {
        pre: command("./pre"),
        post: command("./post"),
        on_failure: command("./cry"),
        ..Hooks::default()
    }
}

/// Two projects, and hooks of the run.
fn hooked(limits: Limits) -> Rig {
    let mut setup = setup(independent(2), vec![], limits);
    setup.hooks = hooks();
    Rig::with(setup)
}

fn ran(hook: Hook, error: Option<&str>) -> HookRecord {
    HookRecord {
        hook,
        exit_code: Some(0),
        duration_ms: 1,
        error: error.map(str::to_owned),
        output: None,
        report: None,
    }
}

/// The hooks that these outputs start, and whether they get a report.
fn started_hooks(outputs: &[Output]) -> Vec<(Hook, bool)> {
    let hook = |output: &Output| match output {
        Output::RunHook(hook, report) => Some((*hook, report.is_some())),
        _ => None,
    };
    outputs.iter().filter_map(hook).collect()
}

/// The hooks that ended with the last input: which, after how long, and the error.
fn ended_hooks(run: &Rig) -> Vec<(Hook, u64, &str)> {
    let ended = run.events.iter().filter_map(|event| match event {
        Event::HookEnded(it) | Event::RunHookEnded(it) => Some(it),
        _ => None,
    });
    ended
        .map(|it| (it.hook, it.duration_ms, it.error.as_deref().unwrap_or("")))
        .collect()
}

#[test]
fn nothing_starts_before_pre_has_succeeded_and_post_comes_last() {
    let mut run = hooked(Limits::bare(2));
    let outputs = run.on(Input::Began);
    assert_eq!(started_hooks(&outputs), [(Hook::Pre, false)]);
    assert_eq!(started(&outputs), [0; 0]);
    let outputs = run.on(Input::HookEnded(ran(Hook::Pre, None)));
    assert_eq!(ended_hooks(&run), [(Hook::Pre, 1, "")]);
    assert_eq!(started(&outputs), [0, 1]);
    assert_eq!(started_hooks(&run.end(0, true)), []);
    assert_eq!(started_hooks(&run.end(1, true)), [(Hook::Post, true)]);
    assert!(!run.run.is_finished());
    run.on(Input::HookEnded(ran(Hook::Post, None)));
    assert!(run.run.is_finished());
}

#[test]
fn a_failed_pre_skips_every_project_and_is_followed_by_on_failure() {
    let mut run = hooked(Limits::bare(2));
    run.on(Input::Began);
    let outputs = run.on(Input::HookEnded(ran(Hook::Pre, Some("it failed"))));
    let cause = || Reason::RunPreHook.into();
    assert_eq!(
        cancelled(&outputs),
        [(0, cause(), false), (1, cause(), false)]
    );
    run.end(0, false);
    assert_eq!(started_hooks(&run.end(1, false)), [(Hook::OnFailure, true)]);
    run.on(Input::HookEnded(ran(Hook::OnFailure, None)));
    assert!(run.run.is_finished());
}

#[test]
fn without_projects_no_hook_runs() {
    let mut setup = setup(vec![], vec![], Limits::bare(1));
    setup.hooks = hooks();
    let mut run = Rig::with(setup);
    assert_eq!(run.on(Input::Began), []);
    assert!(run.run.is_finished());
}

#[test]
fn signals_wait_for_a_hook_then_stop_it_then_kill_it() {
    let mut run = hooked(Limits::bare(2));
    run.on(Input::Began);
    let first = run.press();
    let awaited = AwaitedHook {
        project: None,
        hook: Hook::Pre,
    };
    let waits = |event: &Event| matches!(event, Event::RunInterrupted { hooks, .. } if *hooks == [awaited.clone()]);
    assert!(run.events.iter().any(waits));
    assert!(!first.contains(&Output::StopHook));
    assert!(run.press().contains(&Output::StopHook));
    run.now = 4 * SECOND;
    let third = run.press();
    assert!(third.contains(&Output::KillHook) && !third.contains(&Output::StopHook));
    let killed = (Hook::Pre, 5000, "the run's pre hook ./pre was killed");
    assert_eq!(ended_hooks(&run), [killed]);
    // Its end was reported, and starts nothing.
    assert_eq!(run.on(Input::HookEnded(ran(Hook::Pre, None))), []);
    assert_eq!(ended_hooks(&run), []);
}

#[test]
fn after_a_second_signal_a_due_hook_of_the_run_is_reported_as_not_run() {
    let mut run = hooked(Limits::bare(2));
    run.on(Input::Began);
    run.on(Input::HookEnded(ran(Hook::Pre, None)));
    run.press();
    run.press();
    run.end(0, false);
    assert_eq!(ended_hooks(&run), []);
    assert_eq!(started_hooks(&run.end(1, false)), []);
    let why = "the run's on_failure hook ./cry was not run because the run was interrupted";
    assert_eq!(ended_hooks(&run), [(Hook::OnFailure, 0, why)]);
    assert!(run.run.is_finished());
}

#[test]
fn the_runs_time_limit_stops_pre_but_no_hook_after_the_projects() {
    let limits = Limits {
        timeout: Some(60 * SECOND),
        ..Limits::bare(2)
    };
    let mut setup = setup(independent(2), vec![Wave::LENIENT; 2], limits);
    setup.hooks = hooks();
    setup.tasks[0].planned.wave = 1;
    setup.tasks[1].planned.wave = 2;
    let mut run = Rig::with(setup);
    run.on(Input::Began);
    run.tick_at(60 * SECOND);
    assert!(!run.end(0, false).contains(&Output::StopHook));
    assert!(run.end(1, false).contains(&Output::StopHook));
    // It ends in time for success, but starts no project.
    let outputs = run.on(Input::HookEnded(ran(Hook::Pre, None)));
    assert_eq!(started_hooks(&outputs), [(Hook::OnFailure, true)]);
    let is_start = |event: &Event| matches!(event, Event::RunWave { .. });
    assert!(!run.events.iter().any(is_start), "{:?}", run.events);

    let mut run = hooked(limits);
    run.on(Input::Began);
    run.on(Input::HookEnded(ran(Hook::Pre, None)));
    run.end(0, true);
    run.end(1, true);
    assert!(!run.tick_at(60 * SECOND).contains(&Output::StopHook));
}

#[test]
fn a_projects_hook_that_outlives_it_is_reported_as_killed() {
    let mut tasks = independent(2);
    for task in &mut tasks {
        task.hooks = hooks();
    }
    let mut run = Rig::of(tasks, Limits::bare(2));
    run.begin();
    for project in [0, 1] {
        run.send(project);
        let hook = Event::Hook { hook: Hook::Post };
        run.update(project, Update::Event(hook));
    }
    let ended = Event::HookEnded(ran(Hook::Post, None));
    run.update(1, Update::Event(ended));
    run.now = 3 * SECOND;
    run.end(0, true);
    let killed = (Hook::Post, 3000, "its post hook ./post was killed");
    assert_eq!(ended_hooks(&run), [killed]);
    run.end(1, true);
    assert_eq!(ended_hooks(&run), []);
}

#[test]
fn after_a_second_signal_on_failure_of_a_started_project_is_reported_as_not_run() {
    let mut tasks = independent(4);
    for task in &mut tasks {
        task.hooks = hooks();
    }
    let mut run = Rig::of(tasks, Limits::bare(4));
    run.begin();
    run.send(0);
    run.send(2);
    let previewing = Event::Previewing {
        attempt: 1,
        gzip_bytes: None,
    };
    run.update(1, Update::Event(previewing));
    run.update(
        2,
        Update::Event(Event::HookEnded(ran(Hook::OnFailure, None))),
    );
    run.press();
    run.press();
    let why = "its on_failure hook ./cry was not run because the run was interrupted";
    for (project, expected) in [
        (0, &[(Hook::OnFailure, 0, why)][..]),
        (1, &[(Hook::OnFailure, 0, why)]),
        (2, &[]),
        (3, &[]),
    ] {
        run.end(project, false);
        assert_eq!(ended_hooks(&run), expected, "{project}");
    }
}
