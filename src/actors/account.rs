//! The gate of one account: every request passes it. It waits for its turn at the rate limiter, and, while the account is
//! unavailable, for the answer to a probe. `rate` and `breaker` have the rules.

use super::rate_limiter::RateLimiter;
use super::{Clock, Job, retry};
use crate::api::{Client, Credentials, RemoteProject};
use crate::backoff;
use crate::breaker::{Breaker, Health};
use crate::model::{Event, Failure, FailureKind, Outage, millis};
use crate::rate::Priority;
use futures::FutureExt;
use futures::future::{LocalBoxFuture, Shared};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::timeout_at;

/// The requests that have waited for an account are sent within this time, so they do not arrive all at once.
const SPREAD: Duration = Duration::from_secs(1);

/// Shared by all projects of the account.
#[derive(Clone)]
pub(crate) struct Account(Rc<Inner>);

struct Inner {
    /// Its name in the manifest.
    name: String,
    credentials: Credentials,
    api: Client,
    clock: Clock,
    limiter: RateLimiter,
    breaker: RefCell<Breaker>,
    health: watch::Sender<Health>,
    is_probing: Cell<bool>,
    /// Why the last probe failed.
    cause: RefCell<Failure>,
    report: Box<dyn Fn(Event)>,
    /// Its projects, once they are requested.
    projects: RefCell<Option<Listing>>,
}

/// An account's projects: their repository URLs by logical id.
pub(super) type Listed = Rc<HashMap<String, Option<String>>>;

/// The answer, pending or received.
pub(super) type Listing = Shared<LocalBoxFuture<'static, Result<Listed, Failure>>>;

impl Account {
    /// That of a job. `report` receives its outages and their ends.
    pub(crate) fn new(
        job: &Job,
        api: Client,
        clock: Clock,
        report: impl Fn(Event) + 'static,
    ) -> Self {
        Self(Rc::new(Inner {
            name: job.planned.account.clone(),
            limiter: RateLimiter::new(job.rate, clock),
            credentials: job.credentials.clone(),
            api,
            clock,
            breaker: RefCell::default(),
            health: watch::Sender::new(Health::Available),
            is_probing: Cell::default(),
            cause: RefCell::new(Failure::new(FailureKind::Connection, None)),
            report: Box::new(report),
            projects: RefCell::default(),
        }))
    }

    /// Sends a request in its turn.
    ///
    /// # Errors
    /// As [`turn`](Self::turn) and [`send`](Self::send).
    pub(crate) async fn ask<T>(
        &self,
        priority: Priority,
        limit: Option<Duration>,
        throttled: impl Fn(u64),
        request: impl AsyncFnOnce(&Client) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        self.turn(priority, limit, throttled).await?;
        self.send(request).await
    }

    /// Waits for a request's turn. While the account is unavailable, waits for up to `limit` since the outage began; without a
    /// limit, not at all.
    ///
    /// # Errors
    /// [`Outage::LimitReached`].
    pub(super) async fn turn(
        &self,
        priority: Priority,
        limit: Option<Duration>,
        throttled: impl Fn(u64),
    ) -> Result<(), Failure> {
        loop {
            if let Some(limit) = limit {
                self.available(limit).await?;
            }
            self.0.limiter.acquire(priority, &throttled).await;
            // It may have become unavailable meanwhile.
            if limit.is_none() || !matches!(self.health(), Health::Unavailable(_)) {
                return Ok(());
            }
        }
    }

    /// Sends a request whose turn has come.
    ///
    /// # Errors
    /// The request's. If it may be an outage, the failure says whether it is.
    pub(super) async fn send<T>(
        &self,
        request: impl AsyncFnOnce(&Client) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let sent = self.0.clock.elapsed();
        match request(&self.0.api).await {
            Err(failure) if failure.may_be_outage() => Err(self.judge(failure).await),
            answer => {
                if let Err(failure) = &answer {
                    self.0.limiter.observe(failure);
                }
                self.change(|breaker| breaker.answered(sent));
                answer
            }
        }
    }

    /// Its projects: requested by the first job that needs them, and shared by all others; with the priority of an upload, since
    /// uploads wait for them. After a transient failure, the next job requests them again.
    pub(super) fn projects(&self, job: &Arc<Job>, throttled: impl Fn(u64) + 'static) -> Listing {
        let mut projects = self.0.projects.borrow_mut();
        let has_failed = |listing: &mut Listing| {
            let answer = listing.peek();
            answer.is_some_and(|it| it.as_ref().is_err_and(Failure::is_transient))
        };
        projects.take_if(has_failed);
        let (this, job) = (self.clone(), job.clone());
        let asking = async move {
            let projects = retry(&job.planned.policy.retries, async || {
                let list = async |api: &Client| api.projects(&job.credentials).await;
                let limit = Some(job.planned.policy.outage_limit(false));
                this.ask(Priority::Deploy, limit, &throttled, list).await
            });
            let entry = |project: RemoteProject| (project.logical_id, project.repo_url);
            Ok(Rc::new(projects.await?.into_iter().map(entry).collect()))
        };
        projects
            .get_or_insert_with(|| asking.boxed_local().shared())
            .clone()
    }

    /// Counts requests that the Checkly CLI has sent.
    pub(super) fn spend(&self, requests: usize) {
        self.0.limiter.spend(requests);
    }

    fn health(&self) -> Health {
        self.0.breaker.borrow().health()
    }

    /// Waits until the account is available.
    async fn available(&self, limit: Duration) -> Result<(), Failure> {
        let deadline = self.0.breaker.borrow().deadline(limit);
        let Some(deadline) = deadline else {
            return Ok(());
        };
        let mut health = self.0.health.subscribe();
        let is_over = |health: &Health| !matches!(health, Health::Unavailable(_));
        let waiting = health.wait_for(is_over);
        let deadline_at = self.0.clock.instant(deadline);
        // What it returns holds a lock, so it must not be kept.
        let is_in_time = timeout_at(deadline_at, waiting).await.is_ok();
        if !is_in_time {
            return Err(self.given_up(deadline));
        }
        super::pause(SPREAD.mul_f64(fastrand::f64())).await;
        Ok(())
    }

    /// The failure of a request that has waited until `deadline`.
    fn given_up(&self, deadline: Duration) -> Failure {
        let Inner {
            breaker,
            cause,
            api,
            ..
        } = &*self.0;
        let mut failure = cause.borrow().clone();
        let since = match breaker.borrow().health() {
            Health::Unavailable(since) => since,
            Health::Available | Health::Doubted => deadline,
        };
        let waited = humantime::format_duration(deadline.saturating_sub(since));
        let message = failure.error.message;
        failure.error.message = match breaker.borrow().has_answered() {
            true => format!("The API has been unavailable for {waited}: {message}"),
            false => format!(
                "No usable response from {} within {waited}: {message}",
                api.host()
            ),
        };
        failure.outage = Some(Outage::LimitReached);
        failure
    }

    /// Finds out whether a failure is the request's own.
    async fn judge(&self, mut failure: Failure) -> Failure {
        let now = self.0.clock.elapsed();
        self.change(|breaker| breaker.failed(now));
        self.probe();
        let mut health = self.0.health.subscribe();
        let _ = health.wait_for(|health| *health != Health::Doubted).await;
        failure.outage = self.0.breaker.borrow().outage(self.0.clock.elapsed());
        failure
    }

    /// Sends probes until one is answered, or another request is.
    fn probe(&self) {
        if self.0.is_probing.replace(true) {
            return;
        }
        let this = self.clone();
        actix::spawn(async move {
            while let Some(pause) = this.next_probe() {
                super::pause(pause).await;
                if this.next_probe().is_none() {
                    break;
                }
                let Inner {
                    api,
                    credentials,
                    limiter,
                    clock,
                    cause,
                    ..
                } = &*this.0;
                limiter.acquire(Priority::Completion, |_| {}).await;
                match api.is_answering(credentials).await {
                    Ok(()) => this.change(Breaker::probe_answered),
                    Err(failure) => {
                        *cause.borrow_mut() = failure;
                        let now = clock.elapsed();
                        this.change(|breaker| breaker.probe_failed(now));
                    }
                }
            }
            this.0.is_probing.set(false);
        });
    }

    /// The pause before the next probe, if one is needed.
    fn next_probe(&self) -> Option<Duration> {
        let breaker = self.0.breaker.borrow();
        let failed = breaker.needs_probe()?;
        let longest = breaker.longest_pause(self.0.clock.elapsed());
        Some(backoff::before_probe(failed, longest, fastrand::f64()))
    }

    /// Changes the breaker, and reports what that means.
    fn change(&self, change: impl FnOnce(&mut Breaker)) {
        let before = self.health();
        change(&mut self.0.breaker.borrow_mut());
        let after = self.health();
        if before == after {
            return;
        }
        let Inner { clock, report, .. } = &*self.0;
        self.0.health.send_replace(after);
        let account = self.0.name.clone();
        let account_id = self.0.credentials.account_id.clone();
        match (before, after) {
            (_, Health::Unavailable(since)) => report(Event::AccountUnavailable {
                account,
                account_id,
                since: clock.started_at().plus(since),
                error: self.0.cause.borrow().error.clone(),
                waiting: 0,
                next_probe_ms: millis(self.next_probe().unwrap_or_default()),
            }),
            (Health::Unavailable(since), _) => report(Event::AccountAvailable {
                account,
                account_id,
                unavailable_ms: millis(clock.elapsed().saturating_sub(since)),
            }),
            _ => {}
        }
    }
}
