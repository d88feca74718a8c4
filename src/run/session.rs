//! Consecutive runs against one API: they share its connections, the rate limits of its accounts, and the lists of the
//! accounts' projects.

use super::{Origin, Plan, RunError, new_name, now};
use crate::actors::{
    BundleStore, Bundler, Clock, Equipment, ProjectIndex, RateLimiters, Supervisor, keys, tasks,
};
use crate::api::{Client, Endpoint, Identity, Timeouts};
use crate::machine::run::{Input, Setup};
use crate::model::{Operation, Report, Reporter, Signal};
use actix::Actor;
use futures::{Stream, StreamExt};
use std::sync::Arc;

/// Connections to an API, and what is known of its accounts.
pub struct Session {
    api: Client,
    rate_limiters: RateLimiters,
    project_index: ProjectIndex,
}

impl Session {
    /// Prepares connections; sends nothing.
    ///
    /// # Errors
    /// The API client cannot be created.
    pub fn new(api_url: &str, identity: &Identity) -> Result<Self, RunError> {
        let base_url = api_url.to_owned();
        Ok(Self {
            api: Client::new(&Endpoint { base_url }, identity, Timeouts::default())?,
            rate_limiters: RateLimiters::default(),
            project_index: ProjectIndex::default(),
        })
    }

    /// See [`execute`](super::execute); the plan must be for the session's API.
    ///
    /// # Errors
    /// Only if there can be no report.
    pub async fn execute(
        &self,
        plan: Plan,
        reporters: Vec<Box<dyn Reporter>>,
        interrupts: impl Stream<Item = Signal> + 'static,
    ) -> Result<Report, RunError> {
        let bundler = bundler(&plan);
        self.run(plan, bundler, reporters, interrupts).await
    }

    /// Previews a plan, whatever its operation, and returns it ready to be executed: what was bundled and compressed is not
    /// rebuilt.
    ///
    /// # Errors
    /// Only if there can be no report.
    pub async fn preview(
        &self,
        mut plan: Plan,
        reporters: Vec<Box<dyn Reporter>>,
        interrupts: impl Stream<Item = Signal> + 'static,
    ) -> Result<(Report, Plan), RunError> {
        let made = BundleStore::default();
        let dry = Plan {
            operation: Operation::Preview,
            ..plan.clone()
        };
        let bundler = bundler(&plan).keeping(made.clone());
        let report = self.run(dry, bundler, reporters, interrupts).await?;
        for (job, row) in plan.jobs.iter_mut().zip(&report.projects) {
            // The preview has checked the ownership.
            job.check_owner &= !row.result.is_success();
            if let Some(bundle) = made.take(job) {
                job.logical_id = Some(bundle.logical_id.clone());
                job.origin = Origin::Bundle(bundle);
            } else if row.is_dependency_not_deployed() {
                job.logical_id = row.logical_id.as_deref().map(Into::into);
                job.ahead = false;
            }
        }
        Ok((report, plan))
    }

    async fn run(
        &self,
        mut plan: Plan,
        bundler: Bundler,
        reporters: Vec<Box<dyn Reporter>>,
        interrupts: impl Stream<Item = Signal> + 'static,
    ) -> Result<Report, RunError> {
        if plan.operation != Operation::Deploy {
            plan.forget_hooks();
            plan.forget_tests();
        }
        if plan.operation == Operation::Preview {
            // A preview changes nothing, so nothing has to be deployed first.
            for job in &mut plan.jobs {
                job.undeployed = std::mem::take(&mut job.depends_on);
                job.policy = job.policy.of_preview();
                job.unselected_dependencies.clear();
            }
            plan.waves.clear();
        }
        let started_at = now();
        let setup = Setup {
            run: new_name(),
            started_at,
            operation: plan.operation,
            manifest: plan.manifest,
            api_url: plan.api_url,
            tasks: tasks(&plan.jobs),
            limits: plan.limits,
            waves: plan.waves,
            hooks: plan.hooks,
        };
        let equipment = Equipment {
            clock: Clock::start(),
            jobs: plan.jobs.into_iter().map(Arc::new).collect(),
            bundler,
            rate_limiters: self.rate_limiters.clone(),
            project_index: self.project_index.clone(),
            api: self.api.clone(),
            reporters,
        };
        let (supervisor, report) = Supervisor::new(setup, equipment);
        let supervisor = supervisor.start();
        let listener = supervisor.downgrade().recipient::<Input>();
        actix::spawn(async move {
            let mut interrupts = std::pin::pin!(interrupts);
            while let Some(signal) = interrupts.next().await {
                let Some(supervisor) = listener.upgrade() else {
                    return;
                };
                supervisor.do_send(Input::Interrupt(signal));
            }
        });
        drop(supervisor);
        report.await.map_err(|_| RunError::Broken)
    }
}

fn bundler(plan: &Plan) -> Bundler {
    Bundler::new(
        &plan.api_url,
        plan.offline_bundle,
        keys(&plan.jobs),
        plan.reuse.clone(),
    )
}
