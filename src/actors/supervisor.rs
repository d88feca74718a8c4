//! The Supervisor: delivers messages between the run's machine and the projects' actors, writes its events to the reporters,
//! and runs the run's hooks.

use super::deployment::{DeploymentActor, Resources, SupervisorHandle};
use super::hook_runner::{HookRunner, RunningHook};
use super::{Account, Bundler, Clock, Job, keys};
use crate::api::Client;
use crate::hooks::{self, OfRun, Variables, of_run};
use crate::journal::Journal;
use crate::machine::run::{Answer, Input, Output, Question, Refused, Run, Setup};
use crate::model::{Event, Failure, Hook, Hooks, Operation, ProjectIx, Report, Reporter, RunEvent};
use crate::os_error::plain;
use actix::prelude::*;
use futures::channel::oneshot;
use futures::future::{LocalBoxFuture, poll_fn, try_join_all};
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

/// How often reporters receive a tick.
const TICK: Duration = Duration::from_secs(1);

/// Asks the user before a run changes anything. Dropping the future withdraws the question.
pub type Approver = Box<dyn Fn(Question) -> LocalBoxFuture<'static, Answer>>;

/// A run that has ended.
#[derive(Debug)]
pub(crate) struct Ended {
    /// Its report.
    pub(crate) report: Report,
    /// Why it changed nothing, if it was refused.
    pub(crate) refused: Option<Refused>,
}

/// What the Supervisor works with.
pub(crate) struct Equipment {
    pub(crate) approver: Approver,
    pub(crate) clock: Clock,
    pub(crate) jobs: Vec<Arc<Job>>,
    pub(crate) bundler: Bundler,
    pub(crate) api: Client,
    pub(crate) reporters: Vec<Box<dyn Reporter>>,
    /// Written before anything is reported.
    pub(crate) journal: Option<Journal>,
}

/// Resolves when the journal has reached the disk, if there is one.
#[derive(Message)]
#[rtype(result = "()")]
pub(super) struct SaveJournal;

pub(crate) struct Supervisor {
    run: Run,
    operation: Operation,
    hooks: Hooks,
    equipment: Equipment,
    /// By id.
    accounts: HashMap<String, Account>,
    pub(super) actors: Vec<Addr<DeploymentActor>>,
    hook_runner: HookRunner,
    /// The run's own hook. Dropping it kills it.
    hook: Option<RunningHook>,
    /// The question to the user. Dropping it withdraws it.
    question: Rc<RefCell<Option<LocalBoxFuture<'static, Answer>>>>,
    /// The timer for the machine's next wake, and its time.
    wake: Option<(Duration, SpawnHandle)>,
    /// Receives the report when the run is over.
    finished: Option<oneshot::Sender<Ended>>,
}

impl Supervisor {
    /// The Supervisor of a run, and its report.
    pub(crate) fn new(setup: Setup, equipment: Equipment) -> (Self, oneshot::Receiver<Ended>) {
        let (finished, report) = oneshot::channel();
        let hook_runner = HookRunner::new(
            &setup.limits,
            OfRun {
                run: setup.run.to_string(),
                manifest: hooks::absolute(&setup.manifest),
            },
            keys(equipment.jobs.iter().map(Arc::as_ref)),
        );
        let supervisor = Self {
            operation: setup.operation,
            hooks: setup.hooks.clone(),
            run: Run::new(setup),
            equipment,
            accounts: HashMap::new(),
            actors: vec![],
            hook_runner,
            hook: None,
            question: Rc::default(),
            wake: None,
            finished: Some(finished),
        };
        (supervisor, report)
    }

    fn execute(&mut self, output: Output, ctx: &mut Context<Self>) {
        match output {
            Output::Emit(event) => {
                self.record(&event, ctx);
                for reporter in &mut self.equipment.reporters {
                    reporter.event(&event);
                }
            }
            // An actor that has stopped has nothing to do any more.
            Output::Send(project, input) => self.actors[project.0].do_send(input),
            Output::Restart(project) => {
                let successor = self.deployment_actor(project, ctx);
                self.actors[project.0] = successor;
            }
            Output::ListProjects(projects) => self.list_projects(&projects, ctx),
            Output::Ask(question) => {
                let answer = (self.equipment.approver)(*question);
                self.question.replace(Some(answer));
                let question = self.question.clone();
                let answer = poll_fn(move |cx| match &mut *question.borrow_mut() {
                    Some(answer) => answer.as_mut().poll(cx),
                    None => Poll::Pending,
                });
                ctx.spawn(answer.into_actor(self).map(|answer, this, ctx| {
                    this.handle(Input::Answered(answer), ctx);
                }));
            }
            // The question ends its line before anything else is printed.
            Output::StopAsking => drop(self.question.take()),
            Output::RunHook(hook, report) => self.run_hook(hook, report.as_deref(), ctx),
            Output::StopHook => self.hook.iter().for_each(RunningHook::stop),
            Output::KillHook => self.hook = None,
            Output::Finish(report, refused) => {
                if let Some(finished) = self.finished.take() {
                    let (report, refused) = (*report, refused.map(|refused| *refused));
                    // The receiver is dropped only when the whole program exits.
                    let _ = finished.send(Ended { report, refused });
                }
                ctx.stop();
            }
        }
    }

    /// Writes an event to the journal. The id of a deployment is flushed to the disk at once, but nothing waits for that.
    fn record(&mut self, event: &RunEvent, ctx: &mut Context<Self>) {
        let Some(journal) = &mut self.equipment.journal else {
            return;
        };
        let is_urgent = matches!(
            event.event,
            Event::Submitted { .. } | Event::RunFinished { .. }
        );
        match journal.append(event) {
            Ok(()) if is_urgent => ctx.address().do_send(SaveJournal),
            Ok(()) => {}
            Err(error) => self.journal_failed(&error, ctx),
        }
    }

    /// Without its journal, the run goes on.
    fn journal_failed(&mut self, error: &std::io::Error, ctx: &mut Context<Self>) {
        if self.equipment.journal.take().is_some() {
            ctx.address().do_send(Input::JournalFailed(plain(error)));
        }
    }

    /// Requests the projects of the accounts of these projects.
    fn list_projects(&self, projects: &[ProjectIx], ctx: &mut Context<Self>) {
        let listings = projects.iter().map(|project| {
            let (project, job) = (*project, &self.equipment.jobs[project.0]);
            let account = &self.accounts[&job.credentials.account_id];
            let listing = account.projects(job, |_| {});
            async move {
                let listed = listing.await?;
                Ok::<_, Failure>((project, listed))
            }
        });
        let listings = try_join_all(listings.collect::<Vec<_>>());
        ctx.spawn(listings.into_actor(self).map(|listed, this, ctx| {
            let existing = listed.map(|listed| {
                let exists = |(project, listed): &(ProjectIx, super::account::Listed)| {
                    let logical_id = this.run.logical_id(*project);
                    logical_id.is_some_and(|logical_id| listed.contains_key(logical_id))
                };
                let existing = listed.into_iter().filter(exists);
                existing.map(|(project, _)| project).collect()
            });
            this.handle(Input::Listed(existing), ctx);
        }));
    }

    fn run_hook(&mut self, hook: Hook, report: Option<&Report>, ctx: &mut Context<Self>) {
        let jobs = self.equipment.jobs.len();
        let variables = of_run(hook, &self.hook_runner.run, jobs, report);
        let own = Variables::new();
        let started = self
            .hook_runner
            .start(&self.hooks, "the run's", hook, variables, own);
        if let Some((running, ended)) = started {
            self.hook = Some(running);
            ctx.spawn(ended.into_actor(self).map(|record, this, ctx| {
                this.handle(Input::HookEnded(record), ctx);
            }));
        }
    }

    fn deployment_actor(
        &mut self,
        project: ProjectIx,
        ctx: &mut Context<Self>,
    ) -> Addr<DeploymentActor> {
        let Equipment {
            clock,
            bundler,
            api,
            jobs,
            ..
        } = &self.equipment;
        let job = &jobs[project.0];
        let account_id = &job.credentials.account_id;
        let account = self.accounts.entry(account_id.clone()).or_insert_with(|| {
            let supervisor = ctx.address();
            Account::new(job, api.clone(), *clock, move |event| {
                supervisor.do_send(Input::Account(event));
            })
        });
        let resources = Resources {
            clock: *clock,
            account: account.clone(),
            bundler: bundler.clone(),
            hook_runner: self.hook_runner.clone(),
            supervisor: SupervisorHandle {
                project,
                supervisor: ctx.address().recipient(),
                journal: ctx.address().recipient(),
            },
        };
        let mut actor = DeploymentActor::new(job.clone(), self.operation, resources);
        if let Some(logical_id) = self.run.logical_id(project) {
            actor.logical_id = logical_id.into();
        }
        actor.start()
    }

    fn set_wake(&mut self, ctx: &mut Context<Self>) {
        let next = self.run.next_wake();
        if self.wake.as_ref().map(|(at, _)| *at) == next {
            return;
        }
        if let Some((_, timer)) = self.wake.take() {
            ctx.cancel_future(timer);
        }
        if let Some(at) = next {
            let after = at.saturating_sub(self.equipment.clock.elapsed());
            let timer = ctx.run_later(after, |this, ctx| {
                this.wake = None;
                this.handle(Input::Tick, ctx);
            });
            self.wake = Some((at, timer));
        }
    }
}

impl Actor for Supervisor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        self.actors = (0..self.equipment.jobs.len())
            .map(|ix| self.deployment_actor(ProjectIx(ix), ctx))
            .collect();
        ctx.run_interval(TICK, |this, _| {
            let elapsed = this.equipment.clock.elapsed();
            let sent = this.equipment.api.requests_sent();
            for reporter in &mut this.equipment.reporters {
                reporter.requests(sent);
                reporter.tick(elapsed);
            }
        });
        self.handle(Input::Began, ctx);
    }
}

impl Handler<SaveJournal> for Supervisor {
    type Result = ResponseActFuture<Self, ()>;

    fn handle(&mut self, _: SaveJournal, _: &mut Self::Context) -> Self::Result {
        let saved = self.equipment.journal.as_ref().map(Journal::saved);
        let saved = async move {
            match saved {
                Some(saved) => saved.await,
                None => Ok(()),
            }
        };
        Box::pin(saved.into_actor(self).map(|saved, this, ctx| {
            if let Err(error) = saved {
                this.journal_failed(&error, ctx);
            }
        }))
    }
}

impl Handler<Input> for Supervisor {
    type Result = ();

    fn handle(&mut self, input: Input, ctx: &mut Self::Context) {
        let now = self.equipment.clock.elapsed();
        for output in self.run.handle(input, now, &mut fastrand::f64) {
            self.execute(output, ctx);
        }
        self.set_wake(ctx);
    }
}
