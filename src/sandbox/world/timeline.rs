//! The life of one deployment as a function of time.

use super::outcome::{End, Outcome};
use std::time::Duration;

/// The status of a deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sandbox) enum Status {
    /// Accepted, not started.
    Pending,
    /// In progress.
    Running,
    /// Applied.
    Succeeded,
    /// Failed on its own; nothing was applied.
    Failed,
    /// Cancelled on request; nothing was applied.
    Cancelled,
}

impl Status {
    /// The word in replies.
    pub(in crate::sandbox) fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Running => "RUNNING",
            Self::Succeeded => "SUCCEEDED",
            Self::Failed => "FAILED",
            Self::Cancelled => "CANCELLED",
        }
    }

    /// Whether it no longer changes.
    pub(in crate::sandbox) fn is_final(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Cancelled)
    }
}

/// Progress moves in this many equal steps.
const STEPS: u32 = 10;

/// The moments of one deployment.
#[derive(Clone, Debug)]
pub(super) struct Timeline {
    created: Duration,
    started: Duration,
    /// When it would finish.
    planned: Duration,
    /// From then on, it makes no progress.
    halt: Duration,
    /// Its end on its own, if there is one.
    end: Option<(Duration, Status)>,
    cancel: Option<Cancel>,
}

#[derive(Clone, Copy, Debug)]
struct Cancel {
    requested: Duration,
    /// When it stops; `None` if it ignores the request.
    done: Option<Duration>,
}

impl Timeline {
    /// A deployment accepted at `created`: it is pending for the first tenth of its length.
    pub(super) fn new(created: Duration, outcome: &Outcome) -> Self {
        let started = created.saturating_add(outcome.length / STEPS);
        let planned = created.saturating_add(outcome.length);
        let percent = |at: u32| started + planned.saturating_sub(started).saturating_mul(at) / 100;
        let (halt, end) = match &outcome.end {
            End::Succeed => (planned, Some((planned, Status::Succeeded))),
            End::Fail { at, .. } => (percent(*at), Some((percent(*at), Status::Failed))),
            End::Stall { at, reaped } => {
                let reaped = reaped.map(|after| percent(*at).saturating_add(after));
                (percent(*at), reaped.map(|at| (at, Status::Failed)))
            }
            End::GiveWay { at, .. } => (percent(*at), Some((percent(*at), Status::Cancelled))),
            End::Vanish => (planned, Some((planned, Status::Cancelled))),
        };
        Self {
            created,
            started,
            planned,
            halt,
            end,
            cancel: None,
        }
    }

    /// Requests a cancel at `now`; it stops `grace` later, or never. No effect if it is final or already requested.
    pub(super) fn cancel(&mut self, now: Duration, grace: Option<Duration>) {
        if self.cancel.is_none() && !self.status(now).is_final() {
            self.cancel = Some(Cancel {
                requested: now,
                done: grace.map(|grace| now.saturating_add(grace)),
            });
        }
    }

    /// The effective cancel: when it was requested and when it is done.
    fn obeyed(&self) -> Option<(Duration, Duration)> {
        let cancel = self.cancel?;
        Some((cancel.requested, cancel.done?))
    }

    /// Its status at `now`. It does not change between the request to cancel and its end.
    pub(super) fn status(&self, now: Duration) -> Status {
        match (self.obeyed(), self.end) {
            (Some((_, done)), _) if done <= now => Status::Cancelled,
            (None, Some((end, status))) if end <= now => status,
            _ if self.started <= self.moving(now) => Status::Running,
            _ => Status::Pending,
        }
    }

    /// `now`, or the moment at which progress stopped.
    fn moving(&self, now: Duration) -> Duration {
        self.obeyed()
            .map_or(now, |(requested, _)| requested.min(now))
    }

    /// The percentage at `now`, in tens.
    pub(super) fn progress(&self, now: Duration) -> u32 {
        let now = self.moving(now).min(self.halt);
        let reached = (1..=STEPS).take_while(|&step| self.step(step) <= now);
        reached.last().unwrap_or(0) * (100 / STEPS)
    }

    fn step(&self, step: u32) -> Duration {
        if step == STEPS {
            return self.planned; // exactly, despite the rounding below
        }
        self.started + (self.planned.saturating_sub(self.started) / STEPS) * step
    }

    /// The next moment after `now` at which status or progress changes; `None` if nothing changes any more.
    pub(super) fn next_change(&self, now: Duration) -> Option<Duration> {
        if let Some((_, done)) = self.obeyed() {
            return Some(done).filter(|&done| now < done);
        }
        let steps = (0..=STEPS).map(|step| self.step(step));
        let mut moves = steps.take_while(|&step| step <= self.halt);
        let end = self.end.map(|(end, _)| end).filter(|&end| now < end);
        moves.find(|&step| now < step).or(end)
    }

    /// When it was accepted.
    pub(super) fn created_at(&self) -> Duration {
        self.created
    }

    /// When it started, if it has.
    pub(super) fn started_at(&self, now: Duration) -> Option<Duration> {
        Some(self.started).filter(|&started| started <= self.moving(now))
    }

    /// When it became final, if it has.
    pub(super) fn ended_at(&self, now: Duration) -> Option<Duration> {
        let end = match self.obeyed() {
            Some((_, done)) => done,
            None => self.end?.0,
        };
        Some(end).filter(|&end| end <= now)
    }

    /// When a cancel was first requested, if it was.
    pub(super) fn cancel_requested_at(&self, now: Duration) -> Option<Duration> {
        match (self.cancel, self.end) {
            (Some(cancel), _) => Some(cancel.requested),
            // The deployment that took its place cancelled it, effective at once.
            (None, Some((end, Status::Cancelled))) => Some(end).filter(|&end| end <= now),
            (None, _) => None,
        }
    }

    /// Whether it reached its predetermined end by `now`.
    pub(super) fn ended_on_its_own(&self, now: Duration) -> bool {
        self.obeyed().is_none() && self.end.is_some_and(|(end, _)| end <= now)
    }
}

#[cfg(test)]
mod tests {
    use super::super::outcome::Failure;
    use super::*;

    fn ms(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    /// A successful one.
    fn life(created: Duration, length: Duration) -> Timeline {
        Timeline::new(created, &length.into())
    }

    #[test]
    fn it_waits_runs_and_succeeds() {
        let life = life(ms(1000), ms(1000));
        let at = |now| (life.status(ms(now)), life.progress(ms(now)));
        assert_eq!(at(1000), (Status::Pending, 0));
        assert_eq!(at(1099), (Status::Pending, 0));
        assert_eq!(at(1100), (Status::Running, 0));
        assert_eq!(at(1550), (Status::Running, 50));
        assert_eq!(at(1999), (Status::Running, 90));
        assert_eq!(at(2000), (Status::Succeeded, 100));
        assert_eq!(life.ended_at(ms(1999)), None);
        assert_eq!(life.ended_at(ms(5000)), Some(ms(2000)));
    }

    fn ending(end: End) -> Timeline {
        let outcome = Outcome {
            end,
            ..ms(1003).into()
        };
        Timeline::new(ms(0), &outcome)
    }

    #[test]
    fn next_change_names_exactly_the_changes() {
        let error = || Failure {
            code: String::new(),
            message: String::new(),
        };
        let reaped = Some(ms(60_000));
        let to = Box::new(ms(10).into());
        for (end, changes, last) in [
            (End::Succeed, 11, (Status::Succeeded, 100)),
            (
                End::Fail {
                    at: 60,
                    error: error(),
                },
                7,
                (Status::Failed, 60),
            ),
            (End::Stall { at: 35, reaped }, 5, (Status::Failed, 30)),
            (
                End::Stall {
                    at: 0,
                    reaped: None,
                },
                1,
                (Status::Running, 0),
            ),
            (End::GiveWay { at: 99, to }, 11, (Status::Cancelled, 90)),
        ] {
            let life = ending(end.clone());
            let look = |now| (life.status(now), life.progress(now));
            let mut now = ms(0);
            let mut seen = 0;
            while let Some(next) = life.next_change(now) {
                assert_eq!(look(next - Duration::from_nanos(1)), look(now), "{end:?}");
                assert_ne!(look(next), look(now), "{end:?}");
                now = next;
                seen += 1;
            }
            assert_eq!((look(now), seen), (last, changes), "{end:?}");
            assert_eq!(look(now + ms(1_000_000)), last, "{end:?}");
        }
    }

    #[test]
    fn a_cancelled_deployment_makes_no_progress_and_ends_after_the_grace() {
        let mut life = life(ms(0), ms(1000));
        life.cancel(ms(600), Some(ms(500)));
        assert_eq!(life.status(ms(1050)), Status::Running);
        assert_eq!(life.progress(ms(1050)), 50);
        assert_eq!(life.next_change(ms(600)), Some(ms(1100)));
        assert_eq!(life.status(ms(1100)), Status::Cancelled);
        assert_eq!(life.progress(ms(9999)), 50);
        assert_eq!(life.next_change(ms(1100)), None);
    }

    #[test]
    fn a_deployment_cancelled_while_pending_never_starts() {
        let mut life = life(ms(0), ms(1000));
        life.cancel(ms(50), Some(ms(200)));
        assert_eq!(life.status(ms(200)), Status::Pending);
        assert_eq!(life.started_at(ms(5000)), None);
    }

    #[test]
    fn a_second_cancel_does_not_delay_the_end() {
        let mut life = life(ms(0), ms(1000));
        life.cancel(ms(300), Some(ms(100)));
        life.cancel(ms(350), Some(ms(100)));
        assert_eq!(life.cancel_requested_at(ms(1000)), Some(ms(300)));
        assert_eq!(life.ended_at(ms(1000)), Some(ms(400)));
    }

    #[test]
    fn a_final_deployment_cannot_be_cancelled() {
        let mut life = life(ms(0), ms(1000));
        life.cancel(ms(1000), Some(ms(100)));
        assert_eq!(life.cancel_requested_at(ms(1000)), None);
        assert_eq!(life.status(ms(5000)), Status::Succeeded);
    }

    #[test]
    fn a_deployment_of_zero_length_finishes_at_once() {
        let life = life(ms(7), Duration::ZERO);
        assert_eq!(life.status(ms(7)), Status::Succeeded);
        assert_eq!(life.next_change(ms(7)), None);
    }
}
