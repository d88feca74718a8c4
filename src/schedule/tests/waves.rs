//! Waves of projects.

use super::*;

const LENIENT: Wave = Wave::LENIENT;
const STRICT: Wave = Wave {
    soak: Duration::ZERO,
    max_fail_percentage: 0,
};

/// One project for each number, in the wave of that number.
fn run(of: &[usize], waves: &[Wave]) -> Run {
    let tasks = of.iter().enumerate().map(|(ix, wave)| Task {
        wave: *wave,
        ..task(&format!("p{ix}"), &[])
    });
    Run {
        schedule: Schedule::new(tasks.collect(), waves.to_vec(), limits(9)),
        now: Duration::ZERO,
    }
}

fn waves(orders: &[Order]) -> Vec<(usize, usize)> {
    let wave = |order: &Order| match order {
        Order::ReportWave { wave, of, .. } => Some((*wave, *of)),
        _ => None,
    };
    orders.iter().filter_map(wave).collect()
}

#[test]
fn a_wave_starts_when_the_one_before_has_ended() {
    let mut run = run(&[1, 0, 0, 1], &[STRICT, STRICT]);
    let orders = run.on(Happening::Began);
    assert_eq!(waves(&orders), [(1, 2)]);
    assert_eq!(started(&orders), [1, 2]);
    assert_eq!(run.end(1, true), []);
    let orders = run.end(2, true);
    let projects = vec![ProjectIx(0), ProjectIx(3)];
    let (wave, of) = (2, 2);
    assert_eq!(orders[0], Order::ReportWave { wave, of, projects });
    assert_eq!(started(&orders), [0, 3]);
}

#[test]
fn between_two_waves_there_is_a_pause() {
    let soaking = Wave {
        soak: 600 * SECOND,
        ..STRICT
    };
    let mut run = run(&[0, 1], &[soaking, STRICT]);
    run.begin();
    assert_eq!(run.end(0, true), [Order::ReportSoak { soak: 600 * SECOND }]);
    assert_eq!(run.tick_at(599 * SECOND), []);
    assert_eq!(started(&run.tick_at(600 * SECOND)), [1]);
}

#[test]
fn there_is_no_pause_after_the_last_wave() {
    let soaking = Wave {
        soak: 600 * SECOND,
        ..STRICT
    };
    let mut run = run(&[0], &[soaking, soaking]);
    run.begin();
    assert_eq!(run.end(0, true), []);
    assert!(run.schedule.is_finished());
}

#[test]
fn a_wave_in_which_too_many_fail_is_the_last_one() {
    let half = Wave {
        max_fail_percentage: 50,
        ..STRICT
    };
    let mut run = run(&[0, 0, 0, 0, 1], &[half, LENIENT]);
    run.begin();
    assert_eq!(run.end(0, false), []);
    assert_eq!(run.end(1, false), []);
    let stopped = cancelled(&run.end(2, false));
    let cause = CancelCause::WaveFailed;
    // What runs on the server is left to end.
    assert!(stopped.contains(&(4, cause, false)), "{stopped:?}");
}

#[test]
fn as_many_as_are_allowed_may_fail() {
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
fn a_wave_that_nobody_is_in_is_passed_over() {
    let mut run = run(&[1, 3], &[STRICT; 4]);
    assert_eq!(run.begin(), [0]);
    assert_eq!(started(&run.end(0, true)), [1]);
}

#[test]
fn who_is_in_no_wave_starts_with_the_last() {
    let mut run = run(&[0, 7], &[STRICT, STRICT]);
    assert_eq!(run.begin(), [0]);
    assert_eq!(started(&run.end(0, true)), [1]);
}

#[test]
fn a_signal_during_the_pause_ends_the_run() {
    let soaking = Wave {
        soak: 600 * SECOND,
        ..STRICT
    };
    let mut run = run(&[0, 1], &[soaking, STRICT]);
    run.begin();
    run.end(0, true);
    let stopped = cancelled(&run.on(Happening::Interrupt));
    assert_eq!(stopped, [(1, CancelCause::Interrupt, false)]);
    run.end(1, false);
    assert_eq!(run.tick_at(600 * SECOND), []);
}

#[test]
fn a_run_of_one_wave_does_not_speak_of_waves() {
    let mut run = run(&[0], &[STRICT]);
    assert_eq!(waves(&run.on(Happening::Began)), []);
}

#[test]
fn a_wave_that_ends_after_a_signal_is_not_followed_by_a_pause() {
    let soaking = Wave {
        soak: 600 * SECOND,
        ..STRICT
    };
    let mut run = run(&[0, 1], &[soaking, STRICT]);
    run.begin();
    run.send(0);
    run.on(Happening::Interrupt);
    assert_eq!(run.end(0, true), []);
}

#[test]
fn a_wave_that_fails_after_a_signal_does_not_hide_the_signal() {
    let mut run = run(&[0, 0, 1], &[STRICT, STRICT]);
    run.begin();
    run.send(0);
    run.send(1);
    run.on(Happening::Interrupt);
    run.end(0, false);
    let stopped = cancelled(&run.conflict(1, Some("b-1")));
    assert_eq!(stopped, [(1, CancelCause::Interrupt, false)]);
}
