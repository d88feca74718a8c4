//! How a DeploymentActor finds out whether its project belongs to another repository. The rule is `guard::Takeover`.

use super::Job;
use super::deployment::DeploymentActor;
use super::listings::Listing;
use super::persist;
use crate::deployment::Event;
use crate::guard::{Repository, Takeover};
use crate::messages::Update;
use crate::model::{ErrorInfo, Operation, Phase, Reason};
use crate::rate::Urgency;
use actix::prelude::*;

impl DeploymentActor {
    /// Asks what the account has, where the answer could matter: of a project that this program has last deployed from the
    /// same repository, and of one whose repository is not known, nobody is asked.
    pub(super) fn identify(&mut self, ctx: &mut Context<Self>) {
        let Some(ours) = self.ours() else {
            return self.apply(Event::Identified, ctx);
        };
        let listing = self.listing();
        ctx.spawn(listing.into_actor(self).map(move |listed, this, ctx| {
            let event = match listed {
                Ok(projects) => {
                    let theirs = projects.get(&*this.logical_id).and_then(Option::as_deref);
                    match Takeover::of(Some(&ours), theirs) {
                        None => Event::Identified,
                        Some(takeover) => this.refuse(&takeover),
                    }
                }
                Err(failure) => {
                    this.tell(Phase::Unidentified { failure });
                    Event::Identified
                }
            };
            this.apply(event, ctx);
        }));
    }

    /// The address of the project's repository, where it is to be held against the account's.
    fn ours(&self) -> Option<String> {
        let ours = self.job.repository(self.bundle.as_deref())?;
        let is_known = || {
            let last = self.workshop.last(&self.job, &self.logical_id);
            let from = last.and_then(|last| last.repository);
            Repository::is_one(Some(ours), from.as_deref())
        };
        (!self.job.allow_takeover && !is_known()).then(|| ours.to_owned())
    }

    fn refuse(&self, takeover: &Takeover) -> Event {
        Event::Unprepared {
            reason: Reason::BELONGS_ELSEWHERE,
            error: belongs_elsewhere(&self.job, &self.logical_id, takeover, self.operation()),
        }
    }

    /// The account's list, which is asked for as an upload is sent: uploads wait for it.
    fn listing(&self) -> Listing {
        let (api, job) = (self.api.clone(), self.job.clone());
        let (gate, update, project) = (
            self.gate.clone(),
            self.superior.update.clone(),
            self.project,
        );
        let ask = async move {
            let asked = persist(&job.policy.retries, async || {
                let tell = |delay| {
                    let phase = Phase::Throttled { delay };
                    update.do_send(Update { project, phase });
                };
                gate.pass(Urgency::Deploy, tell).await;
                let projects = api.projects(&job.credentials).await;
                projects.inspect_err(|failure| gate.learn(failure))
            });
            asked.await
        };
        self.listings.of(&self.job.credentials.account_id, ask)
    }
}

/// Why a project is not sent: the account has it from another repository.
pub(crate) fn belongs_elsewhere(
    job: &Job,
    logical_id: &str,
    takeover: &Takeover,
    operation: Operation,
) -> ErrorInfo {
    let (account, name) = (&job.account, &job.name);
    let Takeover { ours, theirs } = takeover;
    let hint = match operation {
        Operation::Destroy => {
            format!("where it is yours to delete all the same, say so: --allow-takeover {name}")
        }
        Operation::Deploy | Operation::Preview => format!(
            "give it a `logicalId` of its own in its Checkly configuration; where it is the same project and has moved, say \
             so: --allow-takeover {name}"
        ),
    };
    ErrorInfo {
        message: format!(
            "account {account} has the project \"{logical_id}\" from {theirs}; this one is from {ours}"
        ),
        hint: Some(hint),
        ..ErrorInfo::default()
    }
}
