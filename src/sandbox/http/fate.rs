//! Turns the faults of a script into the course of a deployment.

use super::super::script::{
    BlockerEnd, BlockerFault, FailFault, Fault, OnCancel as Scripted, Span, StallFault, Until,
};
use super::super::world::{Course, End, Failure, Fate, OnCancel};
use std::time::Duration;

/// The length of a deployment that never ends, for its progress to mean something.
const ENDLESS: Duration = Duration::from_secs(60);

/// The fate of a deployment with this fault; success unless the fault is about deployments.
pub(super) fn of(fault: &Fault) -> Fate {
    match fault {
        Fault::Fail(FailFault { at, code, message }) => {
            let (code, message) = (code.clone(), message.clone());
            let error = Failure { code, message };
            Fate {
                end: End::Fail { at: *at, error },
                on_cancel: OnCancel::Obey,
            }
        }
        Fault::Stall(StallFault {
            at,
            reaped_after,
            on_cancel,
        }) => {
            let reaped = match reaped_after {
                Until::After(Span(after)) => Some((*after, given_up())),
                Until::Never => None,
            };
            Fate {
                end: End::Stall { at: *at, reaped },
                on_cancel: manner(*on_cancel),
            }
        }
        Fault::Takeover { at, r#for } => {
            let to = Box::new(lasting(*r#for, End::Succeed, OnCancel::Obey));
            Fate {
                end: End::GiveWay { at: *at, to },
                on_cancel: OnCancel::Obey,
            }
        }
        _ => Fate::default(),
    }
}

/// The course of another client's deployment.
pub(super) fn of_blocker(blocker: &BlockerFault) -> Course {
    let end = match blocker.end {
        BlockerEnd::Succeed => End::Succeed,
        BlockerEnd::Fail => End::Fail {
            at: 100,
            error: Failure {
                code: "INTERNAL_ERROR".to_owned(),
                message: "The script failed this blocking deployment.".to_owned(),
            },
        },
        BlockerEnd::Vanish => End::Vanish,
    };
    lasting(blocker.r#for, end, manner(blocker.on_cancel))
}

fn lasting(until: Until, end: End, on_cancel: OnCancel) -> Course {
    let (length, end) = match until {
        Until::After(Span(length)) => (length, end),
        Until::Never => {
            let (at, reaped) = (90, None);
            (ENDLESS, End::Stall { at, reaped })
        }
    };
    let fate = Fate { end, on_cancel };
    Course { length, fate }
}

fn manner(scripted: Scripted) -> OnCancel {
    match scripted {
        Scripted::Obey => OnCancel::Obey,
        Scripted::Refuse => OnCancel::Refuse,
        Scripted::Ignore => OnCancel::Ignore,
        Scripted::After(Span(grace)) => OnCancel::After(grace),
    }
}

/// The error of a deployment whose worker died.
fn given_up() -> Failure {
    Failure {
        code: "INTERNAL_ERROR".to_owned(),
        message: "The deployment made no progress and was terminated.".to_owned(),
    }
}
