//! Requests about a deployment: the event stream, polls, cancels.

use super::*;

#[test]
fn no_request_about_a_deployment_is_doubled() {
    for edge in walk() {
        for outstanding in [
            Outstanding::Poll,
            Outstanding::CancelReply,
            Outstanding::Stream,
        ] {
            let asked = edge.outputs.iter().filter(|effect| {
                let asks = match effect {
                    Output::Poll(_) | Output::GetStatus(_) => Outstanding::Poll,
                    Output::RequestCancel(..) => Outstanding::CancelReply,
                    Output::OpenStream(..) => Outstanding::Stream,
                    _ => return false,
                };
                asks == outstanding
            });
            let answered = edge.from.world.answers(&edge.input) == Some(outstanding);
            let before = edge.from.world.awaits(outstanding) && !answered;
            assert!(
                asked.count() + usize::from(before) <= 1,
                "{outstanding:?} while one is in flight: {:?} {:?}",
                edge.from,
                edge.input
            );
        }
    }
}

#[test]
fn every_failure_counts_and_determines_the_delay() {
    let failures = |state: &State, is_stream: bool| match state {
        State::Following(following) if is_stream => following.breaks,
        State::Following(following) => following.failures,
        State::Waiting(waiting) => waiting.failures,
        State::Cancelling(cancelling) => cancelling.failures,
        other => panic!("{other:?} sends no request again"),
    };
    let mut seen = BTreeSet::new();
    for edge in walk() {
        for output in &edge.outputs {
            let (delay, is_stream) = match output {
                Output::Poll(Poll {
                    delay: Delay::Exactly(delay),
                    ..
                })
                | Output::RequestCancel(_, delay) => (delay, false),
                Output::OpenStream(_, delay) => (delay, true),
                _ => continue,
            };
            if delay.is_zero() {
                continue;
            }
            let before = failures(edge.from.state(), is_stream);
            let after = failures(edge.to.state(), is_stream);
            // The failures of an outage do not count. Only a cancel does not wait for its end.
            let counted = match table::failure(&edge.input).and_then(|it| it.outage) {
                Some(Outage::Pause | Outage::LimitReached) => before,
                Some(Outage::Flaky) => (before + 1).min(RETRIES.max(GROWING)),
                None => before + 1,
            };
            assert_eq!(after, counted, "{edge:?}");
            let doubled = after.max(1) - 1;
            assert_eq!(*delay, Duration::from_secs(1 << doubled), "{edge:?}");
            seen.insert((table::state_name(edge.to.state()), format!("{output:?}")));
        }
    }
    assert_eq!(seen.len(), 6 * GROWING as usize, "{seen:?}");
}

#[test]
fn a_broken_stream_is_reconnected_or_replaced_by_a_poll() {
    let (mut reconnected, mut polled) = (0, 0);
    for edge in walk() {
        let (State::Following(following), Input::StreamBroken(failure)) =
            (edge.from.state(), &edge.input)
        else {
            continue;
        };
        // A refusal, and anything but a stream, is final; other failures are retried.
        let is_stream_refused = matches!(
            failure.kind,
            FailureKind::Refused | FailureKind::Unexpected | FailureKind::Certificate
        );
        let reopens = edge
            .outputs
            .iter()
            .any(|output| matches!(output, Output::OpenStream(..)));
        let says_so = edge.outputs.iter().any(|output| {
            matches!(
                output,
                Output::Update(Update::Event(Event::Reconnecting { attempt, .. }))
                    if *attempt == (following.breaks + 1).min(RETRIES.max(GROWING))
            )
        });
        let may_reopen = match failure.outage {
            // It is reopened when the account is available, and the outage has its own events.
            Some(Outage::Pause) => true,
            Some(Outage::LimitReached) => false,
            Some(Outage::Flaky) => !is_stream_refused,
            None => !is_stream_refused && following.breaks == 0,
        };
        let is_told = may_reopen && failure.outage != Some(Outage::Pause);
        assert_eq!((reopens, says_so), (may_reopen, is_told), "{edge:?}");
        let State::Following(after) = edge.to.state() else {
            panic!("{edge:?}");
        };
        assert_eq!(after.watch == Watch::Poll, !may_reopen, "{edge:?}");
        reconnected += usize::from(reopens);
        polled += usize::from(!reopens);
    }
    assert!(reconnected > 0 && polled > 0);
}

/// Neither is a refusal: it may be a proxy's.
#[test]
fn one_refused_or_unanswered_question_ends_no_accepted_deployment() {
    let mut asked_again = 0;
    for edge in walk() {
        let is_accepted = matches!(
            edge.from.state(),
            State::Following(Following { watch, .. }) | State::Cancelling(Cancelling { watch, .. })
                if *watch != Watch::Unconfirmed
        );
        let is_answer = match &edge.input {
            Input::NotFound | Input::CancelNotFound => true,
            Input::StreamBroken(_) => true,
            Input::PollFailed(failure) => {
                failure.kind == FailureKind::Refused || failure.outage == Some(Outage::Pause)
            }
            _ => false,
        };
        if is_accepted && is_answer {
            assert_eq!(outcome(&edge.to), None, "{edge:?}");
            asked_again += 1;
        }
    }
    assert!(asked_again > 0);
}

#[test]
fn reported_progress_never_decreases() {
    for edge in walk() {
        let State::Following(following) = edge.from.state() else {
            continue;
        };
        for effect in &edge.outputs {
            if let Output::Update(Update::Event(Event::Progress { percent })) = effect {
                assert!(*percent > following.progress);
            }
        }
    }
}
