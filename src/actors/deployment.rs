//! The DeploymentActor: one project's `Life`, and its effects. The requests are in [`requests`](super::requests).

use super::bundling::UnderWay;
use super::gate::Gate;
use super::hooks::{self, HookRoom};
use super::stream::{Open, StreamActor};
use super::{Bundle, Job, Listings, Origin, Workshop};
use crate::api::Client;
use crate::bundle::Payload;
use crate::checkly::credentials;
use crate::deployment::{Effect, Event, Life, Rules, State, live};
use crate::history::{self, Deployed};
use crate::hooks::{OfProject, Variables, of_project};
use crate::messages::{
    AwaitCompletion, Cancel, Conflict, EndHooks, Gone, Heard, MakeBundle, News, Retry, Start,
    Target, Update,
};
use crate::model::{DeploymentId, Hook, Operation, Phase, ProjectIx};
use actix::prelude::*;
use std::sync::Arc;
use tokio::time::Instant;

/// Where a DeploymentActor reports to.
#[derive(Clone)]
pub(super) struct Superior {
    pub(super) conflict: Recipient<Conflict>,
    pub(super) update: Recipient<Update>,
    pub(super) gone: Recipient<Gone>,
}

/// Where its programs run.
pub(super) struct Equipment {
    pub(super) workshop: Workshop,
    pub(super) room: HookRoom,
}

pub(super) struct DeploymentActor {
    pub(super) project: ProjectIx,
    pub(super) job: Arc<Job>,
    rules: Rules,
    pub(super) api: Client,
    pub(super) gate: Gate,
    pub(super) listings: Listings,
    pub(super) workshop: Workshop,
    room: HookRoom,
    pub(super) superior: Superior,
    pub(super) life: Life,
    /// The bundle, once it is built.
    pub(super) bundle: Option<Arc<Bundle>>,
    /// The project's logical id; nothing is sent before it is known.
    pub(super) logical_id: Arc<str>,
    /// The running bundling; dropping it stops it.
    bundling: Option<UnderWay>,
    /// The running hook; dropping it kills it.
    hook: Option<hooks::UnderWay>,
    /// Held only between preparing and the upload (or the dry run, if nothing follows): memory is bounded by the slots.
    pub(super) payload: Option<Payload>,
    /// The logical ids of the heartbeat checks in the payload.
    pub(super) heartbeats: Vec<String>,
    /// The bundle equals the last deployed one, as far as is known.
    pub(super) same_bundle: bool,
    /// A bundle that is much smaller than the last one is reported once.
    has_warned: bool,
    /// The open event stream, and its number.
    stream: Option<Open>,
    stream_epoch: u64,
    /// The number of the latest poll; responses to earlier ones are ignored.
    pub(super) poll_epoch: u64,
    pub(super) last_poll: Option<Instant>,
    /// The blocker is not polled after this.
    pub(super) until: Option<Instant>,
}

impl DeploymentActor {
    pub(super) fn new(
        project: ProjectIx,
        job: Arc<Job>,
        operation: Operation,
        api: Client,
        (gate, listings): (Gate, Listings),
        Equipment { workshop, room }: Equipment,
        superior: Superior,
    ) -> Self {
        let bundle = job.bundle().cloned();
        Self {
            project,
            rules: Rules {
                operation,
                retries: job.policy.retries.count,
                hooks: job.hooks.set(),
            },
            logical_id: job.logical_id.clone().unwrap_or_else(|| "".into()),
            job,
            api,
            gate,
            listings,
            workshop,
            room,
            superior,
            life: Life::PENDING,
            bundle,
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
            until: None,
        }
    }

    pub(super) fn apply(&mut self, event: Event, ctx: &mut Context<Self>) {
        tracing::trace!(project = %self.job.name, ?event, "event");
        let before = std::mem::replace(&mut self.life, Life::PENDING);
        let (life, effects) = live(self.rules, before, event);
        self.life = life;
        for effect in effects {
            self.perform(effect, ctx);
        }
        if self.life.is_over() {
            ctx.stop();
        }
    }

    pub(super) fn operation(&self) -> Operation {
        self.rules.operation
    }

    fn perform(&mut self, effect: Effect, ctx: &mut Context<Self>) {
        match effect {
            Effect::Bundle { ahead } => self.make_bundle(ahead, ctx),
            Effect::Identify => self.identify(ctx),
            Effect::Prepare => self.prepare(ctx),
            Effect::Submit => self.submit(ctx),
            Effect::Preview => self.preview(ctx),
            Effect::Destroy => self.destroy(ctx),
            Effect::OpenStream(id) => self.open_stream(id, ctx),
            Effect::CloseStream => self.close_stream(),
            Effect::Look(id) => self.look(id, ctx),
            Effect::Poll(id, pause) => self.poll(id, pause, ctx),
            Effect::RequestCancel(id, pause) => self.request_cancel(id, pause, ctx),
            Effect::RunHook(hook) => self.run_hook(hook, ctx),
            Effect::StopHook => self.hook.iter().for_each(hooks::UnderWay::stop),
            Effect::AskSupervisor(blocker) => self.superior.conflict.do_send(Conflict {
                project: self.project,
                blocker,
            }),
            Effect::Tell(phase) => self.tell(phase),
        }
    }

    pub(super) fn tell(&self, phase: Phase) {
        self.superior.update.do_send(Update {
            project: self.project,
            phase,
        });
    }

    fn make_bundle(&mut self, ahead: bool, ctx: &mut Context<Self>) {
        let Origin::Folder(folder) = &self.job.origin else {
            return;
        };
        let folder = folder.clone();
        let (bundling, made) = self.workshop.bundle(
            self.job.clone(),
            folder.clone(),
            ahead.then_some(self.operation()),
        );
        self.bundling = Some(bundling);
        ctx.spawn(made.into_actor(self).map(move |made, this, ctx| {
            this.bundling = None;
            this.gate.spend(this.workshop.requests(&folder.0, &made));
            let event = match made {
                Ok((bundle, bundled)) => {
                    if let Some(made) = &this.workshop.keeps {
                        made.add(&this.job, &bundle);
                    }
                    this.logical_id = bundled.logical_id.clone();
                    this.bundle = Some(bundle);
                    Event::Bundled(bundled)
                }
                Err(failed) => Event::Unbundled(failed),
            };
            this.apply(event, ctx);
        }));
    }

    fn prepare(&mut self, ctx: &mut Context<Self>) {
        let Some(bundle) = self.bundle.clone() else {
            return;
        };
        // One small file: not worth a thread.
        let last = self.workshop.last(&self.job, &bundle.logical_id);
        let preserve_resources = self.job.policy.preserve_resources;
        self.same_bundle = bundle.is_only_to_compare
            || history::is_unchanged(last.as_ref(), &bundle.facts.sha256, preserve_resources);
        if let Some(warning) =
            shrunken(&self.job, &bundle, last.as_ref()).filter(|_| !self.has_warned)
        {
            self.has_warned = true;
            self.tell(Phase::Warning(warning));
        }
        let unchanged = self.same_bundle && self.workshop.reuse.skip_unchanged;
        let preparing = self.workshop.clone().prepare(bundle);
        ctx.spawn(preparing.into_actor(self).map(move |prepared, this, ctx| {
            let event = match prepared {
                Ok(payload) => {
                    let facts = payload.facts.clone();
                    this.heartbeats.clone_from(&payload.heartbeats);
                    this.payload = Some(payload);
                    Event::Prepared { facts, unchanged }
                }
                Err((reason, error)) => Event::Unprepared { reason, error },
            };
            this.apply(event, ctx);
        }));
    }

    fn run_hook(&mut self, hook: Hook, ctx: &mut Context<Self>) {
        let hooks = &self.job.hooks;
        let dir = self.job.directory.as_ref();
        let dir = dir.map(|folder| std::path::absolute(&folder.dir).unwrap_or(folder.dir.clone()));
        let about = OfProject {
            name: &self.job.name,
            logical_id: &self.logical_id,
            account: &self.job.account,
            account_id: &self.job.credentials.account_id,
            dir: dir.as_deref(),
            outcome: match self.life.state() {
                State::Done(outcome) => Some(outcome),
                _ => None,
            },
        };
        let told = of_project(hook, &self.room.run, about);
        let started = match hook {
            Hook::Test => {
                let api_url = self.workshop.api_url.clone();
                self.room.start_test(self.job.clone(), api_url, told)
            }
            _ => {
                let more = own_variables(&self.job, &self.workshop.api_url);
                self.room.start((hooks, false), hook, told, more)
            }
        };
        let Some((under_way, ended)) = started else {
            return;
        };
        self.hook = Some(under_way);
        ctx.spawn(ended.into_actor(self).map(|record, this, ctx| {
            this.hook = None;
            this.tell(Phase::HookEnded(record.clone()));
            this.apply(Event::HookEnded(record), ctx);
        }));
    }

    fn open_stream(&mut self, id: DeploymentId, ctx: &mut Context<Self>) {
        self.stream_epoch += 1;
        let listener = ctx.address().recipient().downgrade();
        let (api, gate, job) = (self.api.clone(), self.gate.clone(), self.job.clone());
        let deployment = (self.logical_id.clone(), id);
        let (operation, epoch) = (self.rules.operation, self.stream_epoch);
        self.stream = Some(StreamActor::open(
            api, gate, job, operation, deployment, epoch, listener,
        ));
    }

    pub(super) fn close_stream(&mut self) {
        // Unread messages of the stream are ignored.
        self.stream_epoch += 1;
        self.stream = None;
    }
}

/// The warning about a bundle with far fewer resources than the last deployed one.
fn shrunken(job: &Job, bundle: &Bundle, last: Option<&Deployed>) -> Option<String> {
    let resources = bundle.facts.resources;
    let before = history::shrunk_from(last, resources)?;
    Some(format!(
        "{}: its bundle has {}; the last one deployed from this machine had {before}",
        job.name,
        crate::words::count(resources, "resource"),
    ))
}

/// The project's variables and credentials, for hooks with `hook_credentials`.
fn own_variables(job: &Job, api_url: &str) -> Variables {
    if !job.hooks.credentials {
        return Variables::new();
    }
    let folder = job.directory.iter();
    let env = folder.flat_map(|folder| &folder.env);
    let mut variables: Variables = env
        .map(|(name, value)| (name.into(), value.into()))
        .collect();
    let (account_id, api_key) = (&job.credentials.account_id, &job.credentials.api_key);
    variables.extend(credentials(api_url, account_id, api_key));
    variables
}

impl Actor for DeploymentActor {
    type Context = Context<Self>;

    /// Runs after a panic, too: the Supervisor is notified of every end.
    fn stopped(&mut self, _: &mut Self::Context) {
        self.superior.gone.do_send(Gone {
            project: self.project,
        });
    }
}

impl Handler<MakeBundle> for DeploymentActor {
    type Result = ();

    fn handle(&mut self, MakeBundle { ahead }: MakeBundle, ctx: &mut Self::Context) {
        self.apply(Event::Bundle { ahead }, ctx);
    }
}

impl Handler<Start> for DeploymentActor {
    type Result = ();

    fn handle(&mut self, Start: Start, ctx: &mut Self::Context) {
        self.apply(Event::Granted, ctx);
    }
}

impl Handler<Retry> for DeploymentActor {
    type Result = ();

    fn handle(&mut self, Retry: Retry, ctx: &mut Self::Context) {
        self.until = None;
        self.apply(Event::Granted, ctx);
    }
}

impl Handler<EndHooks> for DeploymentActor {
    type Result = ();

    fn handle(&mut self, EndHooks: EndHooks, ctx: &mut Self::Context) {
        self.apply(Event::EndHooks, ctx);
    }
}

impl Handler<AwaitCompletion> for DeploymentActor {
    type Result = ();

    fn handle(&mut self, AwaitCompletion { until }: AwaitCompletion, ctx: &mut Self::Context) {
        self.until = Some(until);
        self.apply(Event::AwaitCompletion, ctx);
    }
}

impl Handler<Cancel> for DeploymentActor {
    type Result = ();

    fn handle(&mut self, Cancel { target }: Cancel, ctx: &mut Self::Context) {
        match target {
            Target::Own { cause, force } => self.apply(Event::Cancel { cause, force }, ctx),
            Target::Blocker { until } => {
                self.until = Some(until);
                self.apply(Event::CancelBlocker, ctx);
            }
        }
    }
}

impl Handler<Heard> for DeploymentActor {
    type Result = ();

    fn handle(&mut self, Heard { epoch, news }: Heard, ctx: &mut Self::Context) {
        if epoch != self.stream_epoch {
            return;
        }
        match news {
            News::Progress(percent) => self.apply(Event::Progress(percent), ctx),
            News::Ended(ending) => self.ended(ending, ctx),
            News::Lost(failure) => self.apply(Event::StreamLost(failure), ctx),
            News::Throttled { delay } => self.tell(Phase::Throttled { delay }),
            News::Reconnecting {
                attempt,
                delay,
                cause,
            } => self.tell(Phase::Reconnecting {
                attempt,
                delay,
                cause,
            }),
        }
    }
}
