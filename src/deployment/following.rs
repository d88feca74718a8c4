//! Follows our deployment on the server to its end, and cancels it.

use super::moves::{cancel_own, done, is_credentials, tell_cancel_failed};
use super::outcomes::{detached, ended, gone, lost_track};
use super::state::{Effect, Event, Pause, State, Watch};
use crate::model::{CancelCause, DeploymentId, Phase, Reason};

/// The stream comes first. If it fails, a long poll follows; while that reports a running deployment, the stream again.
pub(super) fn following(
    retries: u32,
    id: DeploymentId,
    progress: u8,
    failures: u32,
    watch: Watch,
    event: Event,
) -> (State, Vec<Effect>) {
    let follow = |id: &DeploymentId, progress, failures, watch| State::Following {
        id: id.clone(),
        progress,
        failures,
        watch,
    };
    match event {
        Event::Progress(percent) if percent > progress => (
            follow(&id, percent, 0, watch),
            vec![Effect::Tell(Phase::Progress { percent })],
        ),
        Event::Progress(_) => (follow(&id, progress, 0, watch), vec![]),
        Event::Ended(ending) => done(ended(id, ending, None)),
        // One 404 may be a race: the second one counts.
        Event::Gone if watch != Watch::Doubt => (
            follow(&id, progress, failures, Watch::Doubt),
            vec![Effect::Look(id)],
        ),
        Event::Gone => done(gone(id)),

        Event::StreamLost(failure) if is_credentials(&failure) => done(lost_track(failure, id)),
        Event::StreamLost(_) => (
            follow(&id, progress, failures, Watch::Poll),
            vec![Effect::Poll(id, Pause::Floor(None))],
        ),
        Event::StillRunning { .. } => (
            follow(&id, progress, 0, Watch::Stream),
            vec![Effect::OpenStream(id)],
        ),
        Event::PollFailed(failure) if failure.is_transient() && failures < retries => (
            follow(&id, progress, failures + 1, Watch::Poll),
            vec![Effect::Poll(id, Pause::after(&failure, failures + 1))],
        ),
        Event::PollFailed(failure) => done(lost_track(failure, id)),

        Event::Cancel { cause, force: true } => done(detached(id, cause.reason())),
        Event::Cancel {
            cause,
            force: false,
        } => cancel_own(id, cause, watch),

        _late => (follow(&id, progress, failures, watch), vec![]),
    }
}

/// The deployment may still end as "succeeded".
pub(super) fn cancelling(
    retries: u32,
    id: DeploymentId,
    cause: CancelCause,
    (failures, watch): (u32, Watch),
    event: Event,
) -> (State, Vec<Effect>) {
    let stay = |failures, watch, effects| {
        (
            State::Cancelling {
                id: id.clone(),
                cause: cause.clone(),
                failures,
                watch,
            },
            effects,
        )
    };
    let poll = |pause| Effect::Poll(id.clone(), pause);
    match event {
        Event::Ended(ending) => done(ended(id, ending, Some(cause))),
        // The end is near and progress no longer matters; a poll cannot miss the end.
        Event::CancelAcknowledged if watch == Watch::Stream => {
            let effects = vec![Effect::CloseStream, poll(Pause::None)];
            stay(failures, Watch::Poll, effects)
        }
        Event::StreamLost(_) => stay(failures, Watch::Poll, vec![poll(Pause::Floor(None))]),
        Event::StillRunning { retry_after } => {
            stay(0, Watch::Poll, vec![poll(Pause::Floor(retry_after))])
        }
        Event::CancelFailed(failure) if failure.is_transient() && failures < retries => {
            let pause = Pause::after(&failure, failures + 1);
            let again = Effect::RequestCancel(id.clone(), pause);
            stay(failures + 1, watch, vec![again])
        }
        // Not cancelled, but still followed: it may finish within the grace period.
        Event::CancelFailed(failure) => {
            let tell = tell_cancel_failed(id.clone(), failure.error);
            stay(failures, watch, vec![tell])
        }
        Event::PollFailed(failure) if failure.is_transient() && failures < retries => {
            let pause = Pause::after(&failure, failures + 1);
            stay(failures + 1, Watch::Poll, vec![poll(pause)])
        }
        Event::Gone | Event::CancelTargetGone => done(detached(id, Reason::DeploymentNotFound)),
        Event::PollFailed(_) | Event::Cancel { force: true, .. } => {
            done(detached(id, Reason::CancelTimeout))
        }
        _late => stay(failures, watch, vec![]),
    }
}
