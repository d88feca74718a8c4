//! Rules that need more repetitions than the walk over all states has, and inputs that come late.

use super::*;
use crate::model::{
    BundleFacts, Ending, ErrorInfo, Event, Failure, FailureKind, HookSet, Operation, OriginKind,
    Reason, Retries,
};
use std::time::Duration;

/// A deployment, and what it requests.
struct Rig(Deployment);

impl Rig {
    /// Its upload is waiting for its turn. Requests are retried twice.
    fn submitting() -> Self {
        let mut rig = Self(Deployment::new(Rules {
            operation: Operation::Deploy,
            origin: OriginKind::Bundle,
            retries: Retries {
                count: 2,
                delay: Duration::from_secs(1),
                max_delay: Duration::from_secs(60),
                jitter: false,
            },
            hooks: HookSet::default(),
            maybe_sent: false,
        }));
        let facts = BundleFacts {
            sha256: String::new(),
            resources: 1,
            bytes: 0,
            gzip_bytes: None,
        };
        let unchanged = false;
        rig.on(Input::Start);
        rig.on(Input::Identified { unverified: false });
        assert_eq!(rig.on(Input::Prepared { facts, unchanged }), ["upload"]);
        rig
    }

    /// Its upload is sent.
    fn sent() -> Self {
        let mut rig = Self::submitting();
        assert_eq!(rig.on(turn()), ["event"]);
        rig
    }

    fn on(&mut self, input: Input) -> Vec<&'static str> {
        let name = |output: &Output| match output {
            Output::Submit => "upload",
            Output::OpenStream(..) => "stream",
            Output::Poll(_) => "poll",
            Output::GetStatus(_) => "status",
            Output::Update(Update::Event(_)) => "event",
            Output::Update(Update::Finished(_)) => "end",
            _ => "another",
        };
        let outputs = self.0.handle(input, &mut || 1.0);
        outputs.iter().map(name).collect()
    }
}

fn turn() -> Input {
    Input::TurnGranted { gzip_bytes: None }
}

fn running() -> Input {
    Input::StillRunning { retry_after: None }
}

fn refused() -> Failure {
    Failure::new(FailureKind::Refused, None)
}

#[test]
fn a_refused_stream_is_tried_again_as_often_as_other_requests_and_then_polls_follow() {
    let mut rig = Rig::sent();
    assert_eq!(rig.on(Input::Accepted("ours".into())), ["event", "stream"]);
    for _ in 0..2 {
        assert_eq!(rig.on(Input::StreamBroken(refused())), ["poll"]);
        assert_eq!(rig.on(running()), ["stream"]);
    }
    assert_eq!(rig.on(Input::StreamBroken(refused())), ["poll"]);
    assert_eq!(rig.on(running()), ["poll"]);
    // Progress shows that streams work.
    assert_eq!(rig.on(Input::Progress(10)), ["event"]);
    assert_eq!(rig.on(running()), ["stream"]);
}

#[test]
fn a_refused_poll_of_a_blocker_is_believed_when_it_is_repeated() {
    let mut rig = Rig::sent();
    let failure = refused();
    let blocker = Some("blocker".into());
    rig.on(Input::Conflicted { blocker, failure });
    let until = Duration::MAX;
    assert_eq!(rig.on(Input::AwaitCompletion { until }), ["poll"]);
    for _ in 0..2 {
        assert_eq!(rig.on(Input::PollFailed(refused())), ["status"]);
        assert_eq!(rig.on(running()), ["poll"]);
    }
    rig.on(Input::PollFailed(refused()));
    assert_eq!(rig.on(Input::PollFailed(refused())), ["end"]);
}

#[test]
fn an_upload_begins_once() {
    let mut rig = Rig::sent();
    assert_eq!(rig.on(turn()), [""; 0]);
}

#[test]
fn a_cancel_that_the_api_does_not_find_is_reported_and_the_deployment_still_followed() {
    let mut rig = Rig::sent();
    rig.on(Input::Accepted("ours".into()));
    let cause = Reason::Interrupted.into();
    let force = false;
    rig.on(Input::Cancel { cause, force });
    let failed = Event::CancelFailed {
        deployment_id: "ours".into(),
        error: ErrorInfo {
            message: "The API does not have it.".into(),
            http_status: Some(404),
            ..ErrorInfo::default()
        },
    };
    let outputs = rig.0.handle(Input::CancelNotFound, &mut || 1.0);
    assert_eq!(outputs, [Output::Update(Update::Event(failed))]);
    let succeeded = Ending::Succeeded { changes: None };
    assert_eq!(rig.on(Input::Ended(succeeded)), ["end"]);
}
