//! The life of one deployment as a function of time: nothing here ever "happens", it is looked up.

use std::time::Duration;

/// Where a deployment is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sandbox) enum Status {
    /// Accepted, not started.
    Pending,
    /// Under way.
    Running,
    /// Applied.
    Succeeded,
    /// Given up on request; nothing was applied.
    Cancelled,
}

impl Status {
    /// Whether it stays like this.
    pub(in crate::sandbox) fn is_final(self) -> bool {
        matches!(self, Self::Succeeded | Self::Cancelled)
    }
}

/// Progress moves in this many equal steps.
const STEPS: u32 = 10;

/// The moments of one deployment, each since the sandbox's start.
#[derive(Clone, Debug)]
pub(super) struct Timeline {
    created: Duration,
    started: Duration,
    ended: Duration,
    cancel: Option<Cancel>,
}

#[derive(Clone, Copy, Debug)]
struct Cancel {
    requested: Duration,
    done: Duration,
}

impl Timeline {
    /// A deployment accepted at `created` that will take `length`, its first tenth of it waiting.
    pub(super) fn new(created: Duration, length: Duration) -> Self {
        Self {
            created,
            started: created.saturating_add(length / STEPS),
            ended: created.saturating_add(length),
            cancel: None,
        }
    }

    /// Asks for its end at `now`; it obeys `grace` later. Too late, or asked before: no change.
    pub(super) fn cancel(&mut self, now: Duration, grace: Duration) {
        if self.cancel.is_none() && !self.status(now).is_final() {
            self.cancel = Some(Cancel {
                requested: now,
                done: now.saturating_add(grace),
            });
        }
    }

    /// Where it is at `now`. From a request to cancel until its end it stands still.
    pub(super) fn status(&self, now: Duration) -> Status {
        match self.cancel {
            Some(cancel) if cancel.done <= now => Status::Cancelled,
            Some(cancel) => self.undisturbed(cancel.requested.min(now)),
            None => self.undisturbed(now),
        }
    }

    fn undisturbed(&self, now: Duration) -> Status {
        if self.ended <= now {
            Status::Succeeded
        } else if self.started <= now {
            Status::Running
        } else {
            Status::Pending
        }
    }

    /// Percent at `now`, in tens.
    pub(super) fn progress(&self, now: Duration) -> u32 {
        let now = self.cancel.map_or(now, |cancel| cancel.requested.min(now));
        let reached = (1..=STEPS).take_while(|&step| self.step(step) <= now);
        reached.last().unwrap_or(0) * (100 / STEPS)
    }

    fn step(&self, step: u32) -> Duration {
        if step == STEPS {
            return self.ended; // exactly, whatever the division below leaves over
        }
        self.started + (self.ended.saturating_sub(self.started) / STEPS) * step
    }

    /// The next moment after `now` at which status or progress differ; none once final.
    pub(super) fn next_change(&self, now: Duration) -> Option<Duration> {
        match self.cancel {
            Some(cancel) => Some(cancel.done).filter(|&done| now < done),
            None => (0..=STEPS)
                .map(|step| self.step(step))
                .find(|&step| now < step),
        }
    }

    /// When it was accepted.
    pub(super) fn created_at(&self) -> Duration {
        self.created
    }

    /// When it started, if it has.
    pub(super) fn started_at(&self, now: Duration) -> Option<Duration> {
        let until = self.cancel.map_or(now, |cancel| cancel.requested.min(now));
        Some(self.started).filter(|&started| started <= until)
    }

    /// When it became final, if it has.
    pub(super) fn ended_at(&self, now: Duration) -> Option<Duration> {
        let end = self.cancel.map_or(self.ended, |cancel| cancel.done);
        Some(end).filter(|&end| end <= now)
    }

    /// When its end was first asked for, if it was.
    pub(super) fn cancel_requested_at(&self) -> Option<Duration> {
        self.cancel.map(|cancel| cancel.requested)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn it_waits_runs_and_succeeds() {
        let life = Timeline::new(ms(1000), ms(1000));
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

    #[test]
    fn every_change_is_announced_and_nothing_else() {
        let life = Timeline::new(ms(0), ms(1003));
        let look = |now| (life.status(now), life.progress(now));
        let mut now = ms(0);
        let mut seen = 0;
        while let Some(next) = life.next_change(now) {
            assert_eq!(look(next - Duration::from_nanos(1)), look(now));
            assert_ne!(look(next), look(now));
            now = next;
            seen += 1;
        }
        assert_eq!((look(now), seen), ((Status::Succeeded, 100), 11));
    }

    #[test]
    fn a_cancelled_deployment_stands_still_and_ends_after_the_grace() {
        let mut life = Timeline::new(ms(0), ms(1000));
        life.cancel(ms(600), ms(500));
        assert_eq!(life.status(ms(1050)), Status::Running);
        assert_eq!(life.progress(ms(1050)), 50);
        assert_eq!(life.next_change(ms(600)), Some(ms(1100)));
        assert_eq!(life.status(ms(1100)), Status::Cancelled);
        assert_eq!(life.progress(ms(9999)), 50);
        assert_eq!(life.next_change(ms(1100)), None);
    }

    #[test]
    fn cancelled_while_pending_it_never_starts() {
        let mut life = Timeline::new(ms(0), ms(1000));
        life.cancel(ms(50), ms(200));
        assert_eq!(life.status(ms(200)), Status::Pending);
        assert_eq!(life.started_at(ms(5000)), None);
    }

    #[test]
    fn a_second_request_to_cancel_does_not_put_off_the_end() {
        let mut life = Timeline::new(ms(0), ms(1000));
        life.cancel(ms(300), ms(100));
        life.cancel(ms(350), ms(100));
        assert_eq!(life.cancel_requested_at(), Some(ms(300)));
        assert_eq!(life.ended_at(ms(1000)), Some(ms(400)));
    }

    #[test]
    fn what_is_final_cannot_be_cancelled() {
        let mut life = Timeline::new(ms(0), ms(1000));
        life.cancel(ms(1000), ms(100));
        assert_eq!(life.cancel_requested_at(), None);
        assert_eq!(life.status(ms(5000)), Status::Succeeded);
    }

    #[test]
    fn a_deployment_of_no_length_is_done_at_once() {
        let life = Timeline::new(ms(7), Duration::ZERO);
        assert_eq!(life.status(ms(7)), Status::Succeeded);
        assert_eq!(life.next_change(ms(7)), None);
    }
}
