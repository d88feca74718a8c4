//! One test per rule of the run. `tests/simulation.rs` plays whole runs.

mod bundling;
mod conflicts;
mod deferred;
mod order;
mod stopping;
mod waves;

use super::*;
use crate::model::{ErrorInfo, Failure, FailureKind, OnConflict, OnInterrupt, Retries, RetryAfter};

const SECOND: Duration = Duration::from_secs(1);

fn policy() -> ProjectPolicy {
    ProjectPolicy {
        on_conflict: OnConflict::Wait,
        conflict_deadline: 1800 * SECOND,
        retries: Retries {
            count: 3,
            delay: SECOND,
            max_delay: 30 * SECOND,
            jitter: false,
        },
        timeout: 2700 * SECOND,
        schedule_on_deploy: true,
        preserve_resources: false,
    }
}

fn limits(concurrency: usize) -> Limits {
    Limits {
        concurrency,
        bundle_concurrency: 2,
        max_fail: None,
        fail_fast: false,
        timeout: None,
        on_interrupt: OnInterrupt::Drain,
    }
}

fn task(name: &str, depends_on: &[usize]) -> Task {
    Task {
        name: name.into(),
        depends_on: depends_on.iter().copied().map(ProjectIx).collect(),
        undeployed: vec![],
        priority: 0,
        policy: policy(),
        account_id: "acme".into(),
        logical_id: Some(name.into()),
        to_bundle: false,
        ahead: true,
        wave: 0,
    }
}

fn independent(count: usize) -> Vec<Task> {
    (0..count).map(|n| task(&format!("p{n}"), &[])).collect()
}

/// A Schedule with a clock, and shorthands for events.
struct Run {
    schedule: Schedule,
    now: Duration,
}

impl Run {
    fn of(tasks: Vec<Task>, limits: Limits) -> Self {
        Self {
            schedule: Schedule::new(tasks, vec![], limits),
            now: Duration::ZERO,
        }
    }

    fn on(&mut self, happening: Happening) -> Vec<Order> {
        self.schedule.on(happening, self.now, &mut || 1.0)
    }

    fn begin(&mut self) -> Vec<usize> {
        started(&self.on(Happening::Began))
    }

    fn send(&mut self, project: usize) {
        let orders = self.on(Happening::Submitting(ProjectIx(project)));
        assert_eq!(orders, []);
    }

    fn end(&mut self, project: usize, success: bool) -> Vec<Order> {
        let project = ProjectIx(project);
        self.on(Happening::Ended { project, success })
    }

    fn conflict(&mut self, project: usize, blocker: Option<&str>) -> Vec<Order> {
        let project = ProjectIx(project);
        let blocker = blocker.map(Into::into);
        self.on(Happening::Conflict { project, blocker })
    }

    fn fail_passing(&mut self, project: usize, retry_after: Option<Duration>) -> Vec<Order> {
        let failure = Failure {
            kind: FailureKind::Busy,
            request: "POST /v1/projects/deploy".into(),
            error: ErrorInfo::default(),
            retry_after,
        };
        let after = RetryAfter::Failure {
            failure,
            failures: 1,
        };
        let project = ProjectIx(project);
        self.on(Happening::Retrying { project, after })
    }

    fn tick_at(&mut self, now: Duration) -> Vec<Order> {
        self.now = now;
        self.on(Happening::Tick)
    }
}

fn started(orders: &[Order]) -> Vec<usize> {
    let started = |order: &Order| match order {
        Order::Start { project } | Order::Retry { project } => Some(project.0),
        _ => None,
    };
    orders.iter().filter_map(started).collect()
}

fn cancelled(orders: &[Order]) -> Vec<(usize, CancelCause, bool)> {
    let cancelled = |order: &Order| match order {
        Order::Cancel {
            project,
            cause,
            force,
        } => Some((project.0, cause.clone(), *force)),
        _ => None,
    };
    orders.iter().filter_map(cancelled).collect()
}
