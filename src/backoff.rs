//! How long to wait before a retry. Pure: the caller passes in the random number.

use crate::model::Retries;
use std::time::Duration;

/// The minimum interval between two polls of a deployment.
pub const POLL_FLOOR: Duration = Duration::from_secs(1);

/// A poll is never held up for longer than this, whatever the server asks for.
pub const POLL_CEILING: Duration = Duration::from_secs(30);

/// The delay before the upload that follows the `n`th conflict in a row, counted from 1: half a second, doubling up to
/// 15 s.
pub fn after_conflict(n: u32, random: f64) -> Duration {
    jittered(
        doubling(Duration::from_millis(500), n, Duration::from_secs(15)),
        random,
    )
}

/// The delay after the `failures`th failure in a row, counted from 1: exponential, with jitter in its second half, but at
/// least `retry_after`. `random` is in `0.0..=1.0`.
pub fn after_failure(
    retries: &Retries,
    failures: u32,
    retry_after: Option<Duration>,
    random: f64,
) -> Duration {
    let full = doubling(retries.delay, failures, retries.max_delay);
    let pause = if retries.jitter {
        jittered(full, random)
    } else {
        full
    };
    pause.max(retry_after.unwrap_or_default())
}

/// The delay before the upload that follows the `n`th 409 that names no deployment, counted from 1: what is in the way is
/// unknown, so it gets some seconds.
pub fn after_refusal(n: u32, random: f64) -> Duration {
    jittered(
        doubling(Duration::from_secs(4), n, Duration::from_secs(15)),
        random,
    )
}

/// The pause before a probe of an unavailable account, after `failed` ones in a row: the first is sent at once, the second not
/// before a second has passed, and the others up to `longest` apart. Several programs may be waiting, so they do not probe in step.
pub fn before_probe(failed: u32, longest: Duration, random: f64) -> Duration {
    let pause = match failed {
        0 => Duration::ZERO,
        n => doubling(Duration::from_secs(1), n, longest),
    };
    pause.mul_f64(1.0 + random / 4.0).min(longest)
}

/// The delay before polling a running deployment again. `since_last` is how long ago the last poll was sent: after a long
/// poll that waited, no delay is needed.
pub fn between_polls(since_last: Duration, retry_after: Option<Duration>) -> Duration {
    POLL_FLOOR
        .saturating_sub(since_last)
        .max(retry_after.unwrap_or_default().min(POLL_CEILING))
}

fn doubling(first: Duration, n: u32, longest: Duration) -> Duration {
    let times = 1_u32.checked_shl(n.saturating_sub(1)).unwrap_or(u32::MAX);
    first.saturating_mul(times).min(longest)
}

/// Between half and all of the delay.
fn jittered(pause: Duration, random: f64) -> Duration {
    pause.mul_f64(0.5 + random / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn retries(jitter: bool) -> Retries {
        Retries {
            count: 3,
            delay: SECOND,
            max_delay: 30 * SECOND,
            jitter,
        }
    }

    #[test]
    fn delays_double_up_to_the_maximum() {
        let pauses: Vec<u64> = (1..=7)
            .map(|n| after_failure(&retries(false), n, None, 0.0).as_secs())
            .collect();
        assert_eq!(pauses, [1, 2, 4, 8, 16, 30, 30]);
    }

    #[test]
    fn the_server_may_ask_for_more_than_the_maximum() {
        let minute = 60 * SECOND;
        assert_eq!(after_failure(&retries(true), 1, Some(minute), 0.0), minute);
    }

    #[test]
    fn the_pauses_between_probes_grow_from_one_to_thirty_seconds() {
        let pauses: Vec<u64> = (0..8)
            .map(|n| before_probe(n, 30 * SECOND, 0.0).as_secs())
            .collect();
        assert_eq!(pauses, [0, 1, 2, 4, 8, 16, 30, 30]);
        assert_eq!(before_probe(8, 30 * SECOND, 1.0), 30 * SECOND);
        assert_eq!(
            before_probe(1, 30 * SECOND, 1.0),
            Duration::from_millis(1250)
        );
    }

    #[test]
    fn after_an_unexplained_409_the_pauses_are_seconds() {
        let pauses: Vec<u64> = (1..=4).map(|n| after_refusal(n, 1.0).as_secs()).collect();
        assert_eq!(pauses, [4, 8, 15, 15]);
        assert_eq!(after_refusal(1, 0.0), 2 * SECOND);
    }

    #[test]
    fn a_poll_is_never_held_up_for_long() {
        let day = 24 * 60 * 60 * SECOND;
        assert_eq!(between_polls(Duration::ZERO, Some(5 * SECOND)), 5 * SECOND);
        assert_eq!(between_polls(Duration::ZERO, Some(day)), POLL_CEILING);
    }

    #[test]
    fn an_immediate_response_does_not_cause_an_immediate_poll() {
        assert_eq!(between_polls(Duration::ZERO, None), POLL_FLOOR);
        assert_eq!(between_polls(30 * SECOND, None), Duration::ZERO);
    }

    proptest! {
        #[test]
        fn jitter_stays_between_half_and_the_full_delay(n in 1_u32..10_000, random in 0.0..=1.0) {
            let full = after_failure(&retries(false), n, None, random);
            let jittered = after_failure(&retries(true), n, None, random);
            prop_assert!(jittered >= full / 2 && jittered <= full);
            prop_assert!(full <= 30 * SECOND);
        }

        #[test]
        fn a_conflict_always_causes_a_delay(n in 1_u32..10_000, random in 0.0..=1.0) {
            let pause = after_conflict(n, random);
            prop_assert!(pause >= Duration::from_millis(250) && pause <= 15 * SECOND);
        }
    }
}
