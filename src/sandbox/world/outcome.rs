//! The outcome of a deployment: its duration, its end, and its reaction to a cancel. Decided when it is accepted.

use super::super::script::{BlockerEnd, BlockerFault, FailFault, Fault, OnCancel, Until};
use serde::Serialize;
use std::time::Duration;

/// The length of a deployment that never ends, for its progress to mean something.
const ENDLESS: Duration = Duration::from_secs(60);

/// The outcome of one deployment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::sandbox) struct Outcome {
    /// From its acceptance to its end, if it succeeds.
    pub(in crate::sandbox) length: Duration,
    pub(in crate::sandbox) end: End,
    pub(in crate::sandbox) on_cancel: OnCancel,
}

/// How a deployment ends on its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::sandbox) enum End {
    /// It is applied.
    #[default]
    Succeed,
    /// It fails.
    Fail {
        /// The percentage.
        at: u32,
        error: Failure,
    },
    /// It makes no more progress.
    Stall {
        /// The percentage.
        at: u32,
        /// After which time it then fails, if ever.
        reaped: Option<Duration>,
    },
    /// Another client's newer deployment cancels it and takes its place.
    GiveWay {
        /// The percentage.
        at: u32,
        /// The outcome of the newer one.
        to: Box<Outcome>,
    },
    /// It is forgotten.
    Vanish,
}

/// Why a deployment failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(in crate::sandbox) struct Failure {
    pub(in crate::sandbox) code: String,
    pub(in crate::sandbox) message: String,
}

impl From<Duration> for Outcome {
    /// A successful one.
    fn from(length: Duration) -> Self {
        Self {
            length,
            ..Self::default()
        }
    }
}

impl Outcome {
    /// The outcome of a deployment with this fault, without its length. It succeeds unless the fault is about deployments.
    pub(in crate::sandbox) fn of_fault(fault: &Fault) -> Self {
        match fault {
            Fault::Fail(FailFault { at, code, message }) => Self {
                end: End::Fail {
                    at: *at,
                    error: Failure {
                        code: code.clone(),
                        message: message.clone(),
                    },
                },
                ..Self::default()
            },
            Fault::Stall(stall) => Self {
                end: End::Stall {
                    at: stall.at,
                    reaped: stall.reaped_after.0,
                },
                on_cancel: stall.on_cancel,
                ..Self::default()
            },
            Fault::Takeover { at, r#for } => Self {
                end: End::GiveWay {
                    at: *at,
                    to: Box::new(Self::lasting(*r#for, End::Succeed, OnCancel::Obey)),
                },
                ..Self::default()
            },
            _ => Self::default(),
        }
    }

    /// The outcome of another client's deployment.
    pub(in crate::sandbox) fn of_blocker(blocker: &BlockerFault) -> Self {
        let end = match blocker.end {
            BlockerEnd::Succeed => End::Succeed,
            BlockerEnd::Fail => End::Fail {
                at: 100,
                error: Failure::internal("The script failed this blocking deployment."),
            },
            BlockerEnd::Vanish => End::Vanish,
        };
        Self::lasting(blocker.r#for, end, blocker.on_cancel)
    }

    fn lasting(Until(length): Until, end: End, on_cancel: OnCancel) -> Self {
        let endless = End::Stall {
            at: 90,
            reaped: None,
        };
        Self {
            length: length.unwrap_or(ENDLESS),
            end: length.map_or(endless, |_| end),
            on_cancel,
        }
    }
}

impl Failure {
    pub(super) fn internal(message: &str) -> Self {
        Self {
            code: "INTERNAL_ERROR".to_owned(),
            message: message.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::script::Span;
    use super::super::{Busy, Snapshot, Status, Submission, World};
    use super::*;

    fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn failure(code: &str) -> Failure {
        Failure {
            code: code.to_owned(),
            message: "Alas".to_owned(),
        }
    }

    /// Takes 100 s, including 10 s of waiting, unless it ends earlier.
    fn outcome(end: End, on_cancel: OnCancel) -> Outcome {
        Outcome {
            length: s(100),
            end,
            on_cancel,
        }
    }

    /// A deployment of `checkout` with this outcome, started at second 0, and its world.
    fn begun(outcome: Outcome) -> (World, String) {
        let mut world = World::new(Duration::ZERO);
        let submission = Submission {
            name: "Checkout".to_owned(),
            repo_url: None,
            resources: vec![],
            preserve: false,
        };
        let started = world.deploy("acme", "checkout", submission, outcome, s(0));
        (world, started.unwrap().id)
    }

    fn at(world: &mut World, id: &str, now: Duration) -> Snapshot {
        world.deployment("acme", "checkout", id, now).unwrap()
    }

    fn blocker(world: &mut World, now: Duration) -> Result<Snapshot, Busy> {
        world.redeploy("acme", "checkout", s(1), now)
    }

    #[test]
    fn a_failure_comes_at_its_percentage_with_its_error_and_frees_the_project() {
        let error = failure("PLAN_LIMITS_EXCEEDED");
        let end = End::Fail {
            at: 60,
            error: error.clone(),
        };
        let (mut world, id) = begun(outcome(end, OnCancel::Obey));
        let before = at(&mut world, &id, s(63));
        assert_eq!((before.status, before.progress), (Status::Running, 50));
        assert!(before.error.is_none() && blocker(&mut world, s(63)).is_err());
        let after = at(&mut world, &id, s(64));
        assert_eq!((after.status, after.progress), (Status::Failed, 60));
        assert_eq!((after.error, after.ended), (Some(error), Some(s(64))));
        assert!(after.result.is_none() && after.next_change.is_none());
        assert!(blocker(&mut world, s(64)).is_ok());
    }

    #[test]
    fn a_stalled_deployment_makes_no_progress_until_it_is_reaped() {
        let end = End::Stall {
            at: 30,
            reaped: Some(s(600)),
        };
        let (mut world, id) = begun(outcome(end, OnCancel::Obey));
        let dead = at(&mut world, &id, s(600));
        assert_eq!((dead.status, dead.progress), (Status::Running, 30));
        assert_eq!(dead.next_change, Some(s(37 + 600)));
        let reaped = at(&mut world, &id, s(637));
        assert_eq!(reaped.status, Status::Failed);
        assert_eq!(reaped.error.unwrap().code, "INTERNAL_ERROR");
    }

    #[test]
    fn a_stalled_deployment_that_is_not_reaped_never_changes() {
        let end = End::Stall {
            at: 30,
            reaped: None,
        };
        let (mut world, id) = begun(outcome(end, OnCancel::Obey));
        let dead = at(&mut world, &id, s(1_000_000));
        assert_eq!((dead.status, dead.next_change), (Status::Running, None));
        assert_eq!(blocker(&mut world, s(1_000_000)).err(), Some(Busy(id)));
    }

    fn gives_way() -> Outcome {
        let to = Box::new(s(50).into());
        outcome(End::GiveWay { at: 50, to }, OnCancel::Obey)
    }

    #[test]
    fn a_takeover_happens_on_time_even_if_unobserved() {
        for looks in [&[55, 60][..], &[60], &[]] {
            let (mut world, id) = begun(gives_way());
            for &now in looks {
                let ours = at(&mut world, &id, s(now));
                assert_eq!(ours.status, Status::Cancelled);
                assert_eq!(
                    (ours.ended, ours.cancel_requested),
                    (Some(s(55)), Some(s(55)))
                );
            }
            let Err(Busy(newer)) = blocker(&mut world, s(104)) else {
                panic!("held until second 105");
            };
            assert_eq!(at(&mut world, &newer, s(104)).created, s(55));
            assert_eq!(at(&mut world, &newer, s(105)).status, Status::Succeeded);
            assert!(blocker(&mut world, s(105)).is_ok());
        }
    }

    #[test]
    fn a_cancelled_deployment_is_not_taken_over() {
        let (mut world, id) = begun(gives_way());
        let asked = world.cancel("acme", "checkout", &id, s(1), s(54));
        assert!(asked.is_ok());
        assert_eq!(at(&mut world, &id, s(55)).ended, Some(s(55)));
        assert!(blocker(&mut world, s(60)).is_ok());
    }

    #[test]
    fn a_vanished_deployment_is_not_found() {
        let (mut world, id) = begun(outcome(End::Vanish, OnCancel::Obey));
        assert_eq!(at(&mut world, &id, s(99)).status, Status::Running);
        assert!(world.deployment("acme", "checkout", &id, s(100)).is_none());
        assert!(blocker(&mut world, s(100)).is_ok());
    }

    #[test]
    fn a_cancelled_deployment_does_not_vanish() {
        let (mut world, id) = begun(outcome(End::Vanish, OnCancel::Obey));
        let asked = world.cancel("acme", "checkout", &id, s(1), s(50));
        assert!(asked.is_ok());
        assert_eq!(at(&mut world, &id, s(500)).status, Status::Cancelled);
    }

    #[test]
    fn each_reaction_to_a_cancel() {
        for (on_cancel, requested, ended) in [
            (OnCancel::Obey, true, (Status::Cancelled, s(31))),
            (
                OnCancel::After(Span(s(8))),
                true,
                (Status::Cancelled, s(38)),
            ),
            (OnCancel::Ignore, true, (Status::Succeeded, s(100))),
            (OnCancel::Refuse, false, (Status::Succeeded, s(100))),
        ] {
            let (mut world, id) = begun(outcome(End::Succeed, on_cancel));
            let asked = world.cancel("acme", "checkout", &id, s(1), s(30));
            assert_eq!(
                asked.is_err(),
                on_cancel == OnCancel::Refuse,
                "{on_cancel:?}"
            );
            let now = at(&mut world, &id, s(30));
            let wanted = requested.then_some(s(30));
            assert_eq!(now.cancel_requested, wanted, "{on_cancel:?}");
            let done = at(&mut world, &id, s(1000));
            assert_eq!((done.status, done.ended), (ended.0, Some(ended.1)));
        }
    }
}
