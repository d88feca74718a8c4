//! Waves of projects.

use super::*;

const LENIENT: Wave = Wave::LENIENT;
const STRICT: Wave = Wave {
    soak: Duration::ZERO,
    max_fail_percentage: 0,
};

/// One project per number, in the wave of that number.
fn run(of: &[usize], waves: &[Wave]) -> Rig {
    let tasks = of.iter().enumerate().map(|(ix, wave)| {
        let mut task = task(&format!("p{ix}"), &[]);
        task.planned.wave = wave + 1;
        task
    });
    Rig::with(setup(tasks.collect(), waves.to_vec(), Limits::bare(9)))
}

fn waves(events: &[Event]) -> Vec<(usize, usize)> {
    let wave = |event: &Event| match event {
        Event::RunWave { wave, of, .. } => Some((*wave, *of)),
        _ => None,
    };
    events.iter().filter_map(wave).collect()
}

#[test]
fn a_wave_starts_when_the_previous_one_has_ended() {
    let mut run = run(&[1, 0, 0, 1], &[STRICT, STRICT]);
    let orders = run.on(Input::Began);
    assert_eq!(waves(&run.events), [(1, 2)]);
    assert_eq!(started(&orders), [1, 2]);
    assert_eq!(run.end(1, true), []);
    let orders = run.end(2, true);
    let projects = vec!["p0".to_owned(), "p3".to_owned()];
    let (wave, of) = (2, 2);
    assert_eq!(run.events[1], Event::RunWave { wave, of, projects });
    assert_eq!(started(&orders), [0, 3]);
}

#[test]
fn waves_are_separated_by_a_soak() {
    let soaking = Wave {
        soak: 600 * SECOND,
        ..STRICT
    };
    let mut run = run(&[0, 1], &[soaking, STRICT]);
    run.begin();
    assert_eq!(run.end(0, true), []);
    let delay_ms = 600_000;
    assert!(run.events.contains(&Event::RunSoaking { delay_ms }));
    assert_eq!(run.tick_at(599 * SECOND), []);
    assert_eq!(started(&run.tick_at(600 * SECOND)), [1]);
}

#[test]
fn the_last_wave_has_no_soak() {
    let soaking = Wave {
        soak: 600 * SECOND,
        ..STRICT
    };
    let mut run = run(&[0], &[soaking, soaking]);
    run.begin();
    assert_eq!(run.end(0, true), []);
    assert!(run.run.is_finished());
}

#[test]
fn too_many_failures_in_a_wave_end_the_run() {
    let half = Wave {
        max_fail_percentage: 50,
        ..STRICT
    };
    let mut run = run(&[0, 0, 0, 0, 1], &[half, LENIENT]);
    run.begin();
    assert_eq!(run.end(0, false), []);
    assert_eq!(run.end(1, false), []);
    let stopped = cancelled(&run.end(2, false));
    let cause = Reason::WaveFailed.into();
    // Running deployments finish.
    assert!(stopped.contains(&(4, cause, false)), "{stopped:?}");
}

#[test]
fn the_allowed_number_of_failures_does_not_end_the_run() {
    let half = Wave {
        max_fail_percentage: 50,
        ..STRICT
    };
    let mut run = run(&[0, 0, 1], &[half, LENIENT]);
    run.begin();
    run.end(0, false);
    assert_eq!(started(&run.end(1, true)), [2]);
}

#[test]
fn a_wave_without_projects_is_skipped() {
    let mut run = run(&[1, 3], &[STRICT; 4]);
    assert_eq!(run.begin(), [0]);
    assert_eq!(started(&run.end(0, true)), [1]);
}

#[test]
fn projects_without_a_wave_start_with_the_last() {
    let mut run = run(&[0, 7], &[STRICT, STRICT]);
    assert_eq!(run.begin(), [0]);
    assert_eq!(started(&run.end(0, true)), [1]);
}

#[test]
fn a_signal_during_the_soak_ends_the_run() {
    let soaking = Wave {
        soak: 600 * SECOND,
        ..STRICT
    };
    let mut run = run(&[0, 1], &[soaking, STRICT]);
    run.begin();
    run.end(0, true);
    let stopped = cancelled(&run.on(Input::Interrupt(Signal::Sigint)));
    assert_eq!(stopped, [(1, Reason::Interrupted.into(), false)]);
    run.end(1, false);
    assert_eq!(run.tick_at(600 * SECOND), []);
}

#[test]
fn a_run_of_one_wave_reports_no_waves() {
    let mut run = run(&[0], &[STRICT]);
    run.begin();
    assert_eq!(waves(&run.events), []);
}

#[test]
fn a_wave_that_ends_after_a_signal_has_no_soak() {
    let soaking = Wave {
        soak: 600 * SECOND,
        ..STRICT
    };
    let mut run = run(&[0, 1], &[soaking, STRICT]);
    run.begin();
    run.send(0);
    run.on(Input::Interrupt(Signal::Sigint));
    assert_eq!(run.end(0, true), []);
    let soaks = |event: &Event| matches!(event, Event::RunSoaking { .. });
    assert!(!run.events.iter().any(soaks));
}

#[test]
fn a_wave_that_fails_after_a_signal_does_not_hide_the_signal() {
    let mut run = run(&[0, 0, 1], &[STRICT, STRICT]);
    run.begin();
    run.send(0);
    run.send(1);
    run.on(Input::Interrupt(Signal::Sigint));
    run.end(0, false);
    let stopped = cancelled(&run.conflict(1, "b-1"));
    assert_eq!(stopped, [(1, Reason::Interrupted.into(), false)]);
}

#[test]
fn only_the_end_of_a_whole_open_wave_leads_to_a_pause_and_never_that_of_the_last() {
    let pause = Wave {
        soak: 60 * SECOND,
        ..LENIENT
    };
    let mut run = run(&[0, 0, 1], &[pause, pause]);
    let pauses = |run: &Rig| {
        let is_pause = |event: &Event| matches!(event, Event::RunSoaking { .. });
        run.events.iter().any(is_pause)
    };
    run.begin();
    run.end(0, true);
    assert!(!pauses(&run), "p1 has not ended");
    run.end(1, true);
    assert!(pauses(&run));
    assert_eq!(started(&run.tick_at(60 * SECOND)), [2]);
    run.end(2, true);
    assert!(!pauses(&run) && run.run.is_finished());
}
