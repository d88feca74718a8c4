//! The DeploymentActor: delivers messages between the Supervisor and the machine of one project, and performs its effects. The
//! requests are in [`requests`](super::requests).

use super::account::Account;
use super::bundling::RunningBundling;
use super::hook_runner::{HookRunner, RunningHook};
use super::stream::{OpenStream, StreamActor, StreamUpdate, Target};
use super::supervisor::SaveJournal;
use super::{Bundle, Bundler, Clock, Job, Origin};
use crate::checkly::credentials;
use crate::history::{self, Deployed};
use crate::hooks::{OfProject, Variables, of_project};
use crate::machine::deployment::{Deployment, Input, Output, Rules, State, Update};
use crate::machine::run;
use crate::model::{
    BundleFacts, DeploymentId, ErrorInfo, Event, Hook, Operation, OriginKind, ProjectIx, Reason,
    Remedy, Resumption, Timestamp, Unbundled,
};
use actix::prelude::*;
use bytes::Bytes;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// Where a DeploymentActor reports to.
#[derive(Clone)]
pub(super) struct SupervisorHandle {
    pub(super) project: ProjectIx,
    pub(super) supervisor: Recipient<run::Input>,
    pub(super) journal: Recipient<SaveJournal>,
}

impl SupervisorHandle {
    fn update(&self, update: Update) {
        self.supervisor
            .do_send(run::Input::Project(self.project, update));
    }

    /// Resolves when every event so far is in the journal, on disk.
    pub(super) fn saved(&self) -> impl Future<Output = ()> + use<> {
        let saved = self.journal.send(SaveJournal);
        // The Supervisor outlives its projects.
        async move { saved.await.unwrap_or_default() }
    }

    pub(super) fn emit(&self, event: Event) {
        self.update(Update::Event(event));
    }
}

/// What a DeploymentActor works with.
pub(super) struct Resources {
    pub(super) clock: Clock,
    pub(super) account: Account,
    pub(super) bundler: Bundler,
    pub(super) hook_runner: HookRunner,
    pub(super) supervisor: SupervisorHandle,
}

pub(super) struct DeploymentActor {
    pub(super) job: Arc<Job>,
    pub(super) resources: Resources,
    pub(super) machine: Deployment,
    /// The bundle, once it is built.
    pub(super) bundle: Option<Arc<Bundle>>,
    /// The project's logical id; nothing is sent before it is known.
    pub(super) logical_id: Arc<str>,
    /// Dropping it stops it.
    bundling: Option<RunningBundling>,
    /// Dropping it kills it.
    hook: Option<RunningHook>,
    /// Held only between preparing and the upload (or the dry run, if nothing follows): memory is bounded by the slots.
    pub(super) payload: Option<Bytes>,
    /// The logical ids of the heartbeat checks in the payload.
    pub(super) heartbeats: Vec<String>,
    /// The bundle equals the last deployed one, as far as is known.
    pub(super) same_bundle: bool,
    /// A bundle that is much smaller than the last one is reported once.
    has_warned: bool,
    /// The open event stream, and its number.
    stream: Option<OpenStream>,
    stream_epoch: u64,
    /// The number of the latest poll; responses to earlier ones are ignored.
    pub(super) poll_epoch: u64,
    pub(super) last_poll: Option<Instant>,
    /// When the first upload was sent that the server may have accepted without a response.
    pub(super) sent_at: Option<Timestamp>,
}

impl DeploymentActor {
    pub(super) fn new(job: Arc<Job>, operation: Operation, resources: Resources) -> Self {
        let sent_at = match job.resumption {
            Resumption::Start { maybe_sent_at } => maybe_sent_at,
            _ => None,
        };
        let rules = Rules {
            operation,
            origin: match job.origin {
                Origin::Bundle(_) | Origin::Nowhere => OriginKind::Bundle,
                Origin::Directory(_) => OriginKind::Directory,
            },
            retries: job.planned.policy.retries,
            hooks: job.hooks.set(),
            maybe_sent: sent_at.is_some(),
        };
        Self {
            bundle: job.bundle().cloned(),
            logical_id: job.planned.logical_id.as_deref().unwrap_or_default().into(),
            job,
            resources,
            machine: Deployment::new(rules),
            bundling: None,
            hook: None,
            payload: None,
            heartbeats: Vec::new(),
            same_bundle: false,
            has_warned: false,
            stream: None,
            stream_epoch: 0,
            poll_epoch: 0,
            last_poll: None,
            sent_at,
        }
    }

    pub(super) fn apply(&mut self, input: Input, ctx: &mut Context<Self>) {
        tracing::trace!(project = %self.job.planned.name, ?input, "input");
        for output in self.machine.handle(input, &mut fastrand::f64) {
            self.perform(output, ctx);
        }
        if self.machine.is_finished() {
            ctx.stop();
        }
    }

    pub(super) fn operation(&self) -> Operation {
        self.machine.rules().operation
    }

    fn perform(&mut self, output: Output, ctx: &mut Context<Self>) {
        match output {
            Output::Update(update) => self.resources.supervisor.update(update),
            Output::BuildBundle { ahead } => self.build_bundle(ahead, ctx),
            Output::CheckOwnership => self.check_ownership(ctx),
            Output::Prepare => self.prepare(ctx),
            Output::Submit => self.submit(ctx),
            Output::Preview => self.preview(ctx),
            Output::Destroy => self.destroy(ctx),
            Output::OpenStream(id, delay) => self.open_stream(id, delay, ctx),
            Output::CloseStream => self.close_stream(),
            Output::GetStatus(id) => self.get_status(id, ctx),
            Output::Poll(poll) => self.poll(poll, ctx),
            Output::RequestCancel(id, delay) => self.request_cancel(id, delay, ctx),
            Output::RunHook(hook) => self.run_hook(hook, ctx),
            Output::StopHook => self.hook.iter().for_each(RunningHook::stop),
        }
    }

    fn build_bundle(&mut self, ahead: bool, ctx: &mut Context<Self>) {
        let Origin::Directory(directory) = &self.job.origin else {
            return;
        };
        let directory = directory.clone();
        let (bundling, built) = self.resources.bundler.bundle(
            self.job.clone(),
            directory.clone(),
            ahead.then_some(self.operation()),
        );
        self.bundling = Some(bundling);
        ctx.spawn(built.into_actor(self).map(move |built, this, ctx| {
            this.bundling = None;
            let bundler = &this.resources.bundler;
            let requests = bundler.requests(&directory.0, &built);
            this.resources.account.spend(requests);
            let input = match built {
                Ok((bundle, _)) if !is_confirmed(&this.job, &bundle) => {
                    Input::Unbundled(unconfirmed(&bundle))
                }
                Ok((bundle, bundled)) => {
                    this.logical_id = bundle.logical_id.clone();
                    this.bundle = Some(bundle);
                    Input::Bundled(bundled)
                }
                Err(failed) => Input::Unbundled(failed),
            };
            this.apply(input, ctx);
        }));
    }

    fn prepare(&mut self, ctx: &mut Context<Self>) {
        let Some(bundle) = self.bundle.clone() else {
            return;
        };
        let bundler = self.resources.bundler.clone();
        // One row: not worth a thread.
        let last = bundler.last(&self.job, &bundle.logical_id);
        let preserve_resources = self.job.planned.policy.preserve_resources;
        self.same_bundle = bundle.is_only_to_compare
            || history::is_unchanged(
                last.as_ref(),
                &bundle.checked.facts.sha256,
                preserve_resources,
            );
        if let Some(message) =
            shrunken(&self.job, &bundle, last.as_ref()).filter(|_| !self.has_warned)
        {
            self.has_warned = true;
            self.resources
                .supervisor
                .emit(Event::RunWarning { message });
        }
        let unchanged = self.same_bundle && bundler.reuse.skip_unchanged;
        let preparing = bundler.prepare(bundle.clone());
        ctx.spawn(preparing.into_actor(self).map(move |prepared, this, ctx| {
            let input = match prepared {
                Ok(payload) => {
                    let facts = BundleFacts {
                        gzip_bytes: Some(payload.len() as u64),
                        ..bundle.checked.facts.clone()
                    };
                    this.heartbeats.clone_from(&bundle.checked.heartbeats);
                    this.payload = Some(payload);
                    Input::Prepared { facts, unchanged }
                }
                Err((reason, error)) => Input::Unprepared { reason, error },
            };
            this.apply(input, ctx);
        }));
    }

    fn run_hook(&mut self, hook: Hook, ctx: &mut Context<Self>) {
        let hooks = &self.job.hooks;
        let dir = self.job.directory.as_ref();
        let dir = dir
            .map(|directory| std::path::absolute(&directory.dir).unwrap_or(directory.dir.clone()));
        let about = OfProject {
            name: &self.job.planned.name,
            logical_id: &self.logical_id,
            account: &self.job.planned.account,
            account_id: &self.job.credentials.account_id,
            dir: dir.as_deref(),
            outcome: match self.machine.state() {
                State::Done(outcome) => Some(outcome),
                _ => None,
            },
        };
        let api_url = &self.resources.bundler.api_url;
        let runner = &self.resources.hook_runner;
        let variables = of_project(hook, &runner.run, about);
        let started = match hook {
            Hook::Test => runner.start_test(self.job.clone(), api_url.clone(), variables),
            _ => runner.start(
                hooks,
                "its",
                hook,
                variables,
                own_variables(&self.job, api_url),
            ),
        };
        if let Some((running, ended)) = started {
            self.hook = Some(running);
            ctx.spawn(ended.into_actor(self).map(|record, this, ctx| {
                this.hook = None;
                this.apply(Input::HookEnded(record), ctx);
            }));
        }
    }

    fn open_stream(&mut self, id: DeploymentId, delay: Duration, ctx: &mut Context<Self>) {
        self.stream_epoch += 1;
        let target = Target {
            job: self.job.clone(),
            operation: self.operation(),
            logical_id: self.logical_id.clone(),
            id,
            delay,
            throttled: Rc::new(self.throttled()),
        };
        self.stream = Some(StreamActor::open(
            self.resources.account.clone(),
            target,
            self.stream_epoch,
            ctx.address().recipient().downgrade(),
        ));
    }

    pub(super) fn close_stream(&mut self) {
        // Unread messages of the stream are ignored.
        self.stream_epoch += 1;
        self.stream = None;
    }
}

/// Whether the user has confirmed the bundle, if a resumed run requires it.
fn is_confirmed(job: &Job, bundle: &Bundle) -> bool {
    let confirmed = job.confirmed_sha256.as_ref();
    confirmed.is_none_or(|sha256| *sha256 == bundle.checked.facts.sha256)
}

fn unconfirmed(bundle: &Bundle) -> Unbundled {
    let message = "its bundle is not the one that was previewed when the run was confirmed";
    let error =
        ErrorInfo::new(message).with_hint("resume with --yes to deploy it, or start a new run");
    Unbundled {
        reason: Reason::BundleChanged,
        error,
        logical_id: Some(bundle.logical_id.clone()),
        remedy: Remedy::None,
    }
}

/// The warning about a bundle with far fewer resources than the last deployed one.
fn shrunken(job: &Job, bundle: &Bundle, last: Option<&Deployed>) -> Option<String> {
    let resources = bundle.checked.facts.resources;
    let before = history::shrunk_from(last, resources)?;
    Some(format!(
        "{}: its bundle has {}; the last one deployed from this machine had {before}",
        job.planned.name,
        crate::words::count(resources, "resource"),
    ))
}

/// The project's variables and credentials, for hooks with `hook_credentials`.
fn own_variables(job: &Job, api_url: &str) -> Variables {
    if !job.hooks.credentials {
        return Variables::new();
    }
    let directory = job.directory.iter();
    let env = directory.flat_map(|directory| &directory.env);
    let mut variables: Variables = env
        .map(|(name, value)| (name.into(), value.into()))
        .collect();
    variables.extend(credentials(job.account_at(api_url)));
    variables
}

impl Actor for DeploymentActor {
    type Context = Context<Self>;

    /// Runs after a panic, too: the Supervisor is notified of every end.
    fn stopped(&mut self, _: &mut Self::Context) {
        self.resources.supervisor.update(Update::Stopped);
    }
}

impl Handler<Input> for DeploymentActor {
    type Result = ();

    fn handle(&mut self, input: Input, ctx: &mut Self::Context) {
        self.apply(input, ctx);
    }
}

impl Handler<StreamUpdate> for DeploymentActor {
    type Result = ();

    fn handle(&mut self, StreamUpdate { epoch, input }: StreamUpdate, ctx: &mut Self::Context) {
        if epoch != self.stream_epoch {
            return;
        }
        match input {
            Input::Ended(ending) => self.ended(ending, ctx),
            input => self.apply(input, ctx),
        }
    }
}
