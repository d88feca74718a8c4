//! What course a deployment takes: how long, to what end, and what comes of asking it to stop.

use std::time::Duration;

/// The course of one deployment, settled when it is accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::sandbox) struct Course {
    /// From its acceptance to its end, if it succeeds.
    pub(in crate::sandbox) length: Duration,
    pub(in crate::sandbox) fate: Fate,
}

/// What a deployment comes to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::sandbox) struct Fate {
    pub(in crate::sandbox) end: End,
    pub(in crate::sandbox) on_cancel: OnCancel,
}

/// How a deployment ends when nobody interferes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::sandbox) enum End {
    /// It is applied.
    #[default]
    Succeed,
    /// It fails on the way.
    Fail {
        /// Percent.
        at: u32,
        error: Failure,
    },
    /// It makes no more progress.
    Stall {
        /// Percent.
        at: u32,
        /// Then it fails, after this long, if ever.
        reaped: Option<(Duration, Failure)>,
    },
    /// A newer deployment of somebody else cancels it and takes its place.
    GiveWay {
        /// Percent.
        at: u32,
        /// The course of the newer one.
        to: Box<Course>,
    },
    /// It is forgotten.
    Vanish,
}

/// Why a deployment failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::sandbox) struct Failure {
    pub(in crate::sandbox) code: String,
    pub(in crate::sandbox) message: String,
}

/// What comes of asking a deployment to stop.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::sandbox) enum OnCancel {
    /// It stops after the usual time.
    #[default]
    Obey,
    /// It stops after this time.
    After(Duration),
    /// It is noted, and nothing comes of it.
    Ignore,
    /// It is not allowed.
    Refuse,
}

impl From<Duration> for Course {
    /// One that succeeds.
    fn from(length: Duration) -> Self {
        Self {
            length,
            fate: Fate::default(),
        }
    }
}

#[cfg(test)]
mod tests {
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

    /// Takes 100 s, of which it waits 10, unless it ends before.
    fn course(end: End, on_cancel: OnCancel) -> Course {
        let fate = Fate { end, on_cancel };
        let length = s(100);
        Course { length, fate }
    }

    /// A deployment of `checkout` that took this course at second 0, and its world.
    fn begun(course: Course) -> (World, String) {
        let mut world = World::new(1);
        let submission = Submission {
            name: "Checkout".to_owned(),
            repo_url: None,
            resources: vec![],
            preserve: false,
        };
        let started = world.deploy("acme", "checkout", submission, course, s(0));
        (world, started.unwrap().id)
    }

    fn at(world: &mut World, id: &str, now: Duration) -> Snapshot {
        world.deployment("acme", "checkout", id, now).unwrap()
    }

    fn blocker(world: &mut World, now: Duration) -> Result<Snapshot, Busy> {
        world.redeploy("acme", "checkout", None, s(1), now)
    }

    #[test]
    fn a_failure_comes_at_its_percentage_with_its_error_and_frees_the_project() {
        let error = failure("PLAN_LIMITS_EXCEEDED");
        let end = End::Fail {
            at: 60,
            error: error.clone(),
        };
        let (mut world, id) = begun(course(end, OnCancel::Obey));
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
    fn one_that_stalls_stands_still_until_it_is_reaped() {
        let error = failure("INTERNAL_ERROR");
        let end = End::Stall {
            at: 30,
            reaped: Some((s(600), error.clone())),
        };
        let (mut world, id) = begun(course(end, OnCancel::Obey));
        let dead = at(&mut world, &id, s(600));
        assert_eq!((dead.status, dead.progress), (Status::Running, 30));
        assert_eq!(dead.next_change, Some(s(37 + 600)));
        let reaped = at(&mut world, &id, s(637));
        assert_eq!((reaped.status, reaped.error), (Status::Failed, Some(error)));
    }

    #[test]
    fn one_that_is_never_reaped_never_changes() {
        let end = End::Stall {
            at: 30,
            reaped: None,
        };
        let (mut world, id) = begun(course(end, OnCancel::Obey));
        let dead = at(&mut world, &id, s(1_000_000));
        assert_eq!((dead.status, dead.next_change), (Status::Running, None));
        assert_eq!(blocker(&mut world, s(1_000_000)).err(), Some(Busy(id)));
    }

    fn gives_way() -> Course {
        let to = Box::new(s(50).into());
        course(End::GiveWay { at: 50, to }, OnCancel::Obey)
    }

    #[test]
    fn the_newer_one_took_the_place_when_it_did_also_if_nobody_looked() {
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
    fn one_that_was_cancelled_before_gives_way_to_nobody() {
        let (mut world, id) = begun(gives_way());
        let asked = world.cancel("acme", "checkout", &id, s(1), s(54));
        assert!(asked.is_ok());
        assert_eq!(at(&mut world, &id, s(55)).ended, Some(s(55)));
        assert!(blocker(&mut world, s(60)).is_ok());
    }

    #[test]
    fn one_that_vanishes_is_not_found_after_its_end() {
        let (mut world, id) = begun(course(End::Vanish, OnCancel::Obey));
        assert_eq!(at(&mut world, &id, s(99)).status, Status::Running);
        assert!(world.deployment("acme", "checkout", &id, s(100)).is_none());
        assert!(blocker(&mut world, s(100)).is_ok());
    }

    #[test]
    fn one_that_was_to_vanish_and_was_cancelled_is_remembered() {
        let (mut world, id) = begun(course(End::Vanish, OnCancel::Obey));
        let asked = world.cancel("acme", "checkout", &id, s(1), s(50));
        assert!(asked.is_ok());
        assert_eq!(at(&mut world, &id, s(500)).status, Status::Cancelled);
    }

    #[test]
    fn each_hears_a_request_to_cancel_in_its_manner() {
        for (manner, requested, ended) in [
            (OnCancel::Obey, true, (Status::Cancelled, s(31))),
            (OnCancel::After(s(8)), true, (Status::Cancelled, s(38))),
            (OnCancel::Ignore, true, (Status::Succeeded, s(100))),
            (OnCancel::Refuse, false, (Status::Succeeded, s(100))),
        ] {
            let (mut world, id) = begun(course(End::Succeed, manner));
            let asked = world.cancel("acme", "checkout", &id, s(1), s(30));
            assert_eq!(asked.is_err(), manner == OnCancel::Refuse, "{manner:?}");
            let now = at(&mut world, &id, s(30));
            let wanted = requested.then_some(s(30));
            assert_eq!(now.cancel_requested, wanted, "{manner:?}");
            let done = at(&mut world, &id, s(1000));
            assert_eq!((done.status, done.ended), (ended.0, Some(ended.1)));
        }
    }
}
