//! One run: from a plan to a report.

use super::deploy_history::DeployHistory;
use super::{Plan, RunError, new_id, now};
use crate::actors::{Approver, Bundler, Clock, Ended, Equipment, Supervisor, keys, tasks};
use crate::api::{Client, Identity};
use crate::history::HistoryError;
use crate::journal::Journal;
use crate::machine::run::{Answer, Input, Refused, Setup};
use crate::model::{Invocation, Operation, Report, Reporter, RunEvent, RunId, Signal};
use actix::Actor;
use futures::future::ready;
use futures::{FutureExt, Stream, StreamExt};
use std::sync::Arc;

/// A run that has ended.
#[derive(Debug)]
pub struct Ran {
    /// Its report.
    pub report: Report,
    /// Why it changed nothing, if it was refused.
    pub refused: Option<Refused>,
    /// Why the deployment history could not be updated.
    pub history: Result<(), HistoryError>,
}

/// What accompanies a run.
pub struct Session {
    /// Its id.
    pub run: RunId,
    /// Answers its questions.
    pub approver: Approver,
    /// Receive its events.
    pub reporters: Vec<Box<dyn Reporter>>,
    /// Where its events are kept, if anywhere.
    pub journal: Option<Journal>,
    /// How it was started.
    pub invocation: Invocation,
    /// The events of its earlier processes, if it is resumed.
    pub earlier: Vec<RunEvent>,
}

impl Default for Session {
    /// A new run without a journal, without questions, and without reporters.
    fn default() -> Self {
        Self {
            run: new_id(),
            approver: Box::new(|_| ready(Answer::NotInteractive).boxed_local()),
            reporters: vec![],
            journal: None,
            invocation: Invocation::default(),
            earlier: vec![],
        }
    }
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session")
            .field("run", &self.run)
            .finish_non_exhaustive()
    }
}

/// Executes a plan and sends its events to the reporters. Must be called within an actix `System`.
///
/// `interrupts` yields the signals: the first drains (or does what `on_interrupt` says), the
/// next cancels, the one after exits at once.
///
/// # Errors
/// Only if there can be no report. Failed projects are not an error: they are in the report.
pub async fn execute(
    mut plan: Plan,
    identity: &Identity,
    session: Session,
    interrupts: impl Stream<Item = Signal> + 'static,
) -> Result<Ran, RunError> {
    let Session {
        run,
        approver,
        mut reporters,
        journal,
        invocation,
        earlier,
    } = session;
    if plan.operation != Operation::Deploy {
        plan.forget_hooks();
        plan.forget_tests();
    }
    if let Some(history) = plan.reuse.history.clone() {
        plan.expect(&history);
    }
    let endpoint = plan.endpoint();
    let keys = keys(&plan.jobs);
    let api = Client::new(&endpoint, identity)?.redacting(&*keys);
    let is_recorded = plan.operation != Operation::Preview;
    let history = plan.reuse.history.clone().filter(|_| is_recorded);
    let history = history.map(DeployHistory::new);
    reporters.extend(history.iter().map(|history| history.listener(&plan)));
    let bundler = Bundler::new(
        &plan.api_url,
        plan.offline_bundle,
        keys,
        plan.reuse,
        plan.limits.bundle_concurrency,
    );
    for reporter in &mut reporters {
        reporter.earlier(&earlier);
    }
    let setup = Setup {
        run,
        // The clock may have been set back since the earlier process: the times of a run never go back.
        started_at: earlier.last().map_or(now(), |last| last.ts.max(now())),
        operation: plan.operation,
        manifest: plan.manifest,
        api_url: plan.api_url,
        tasks: tasks(&plan.jobs),
        limits: plan.limits,
        budget: plan.budget,
        waves: plan.waves,
        hooks: plan.hooks,
        approval: plan.approval,
        invocation,
        shard: plan.shard,
        earlier,
    };
    let equipment = Equipment {
        approver,
        clock: Clock::start(setup.started_at),
        bundler: bundler.spooling(setup.approval.preview),
        jobs: plan.jobs.into_iter().map(Arc::new).collect(),
        api,
        reporters,
        journal,
    };
    let (supervisor, ended) = Supervisor::new(setup, equipment);
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
    let Ended { report, refused } = ended.await.map_err(|_| RunError::Broken)?;
    Ok(Ran {
        report,
        refused,
        history: history.map_or(Ok(()), DeployHistory::finish),
    })
}
