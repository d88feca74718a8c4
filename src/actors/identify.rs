//! How a DeploymentActor finds out whether its project belongs to another repository. The rule is `guard::Takeover`.

use super::Job;
use super::deployment::DeploymentActor;
use super::listings::Listing;
use super::persist;
use crate::deployment::{Event, State};
use crate::guard::{self, Ownership, Repository, Takeover, is_template_logical_id};
use crate::messages::Update;
use crate::model::{Change, ErrorInfo, Failure, Operation, Phase, Reason};
use crate::rate::Urgency;
use crate::words;
use actix::prelude::*;

impl DeploymentActor {
    /// Asks what the account has, where the answer could matter: of a project that this program has last deployed from the
    /// same repository, and of one whose repository is not known, nobody is asked, unless its logical id is a template's.
    pub(super) fn identify(&mut self, ctx: &mut Context<Self>) {
        if !self.is_owner_in_doubt() {
            return self.apply(Event::Identified { unverified: false }, ctx);
        }
        let listing = self.listing();
        ctx.spawn(listing.into_actor(self).map(move |listed, this, ctx| {
            let event = match listed {
                Ok(projects) => {
                    let listed = projects.get(&*this.logical_id).map(Option::as_deref);
                    this.judge(Ownership::of(this.ours(), listed))
                }
                Err(failure) => this.unlisted(failure),
            };
            this.apply(event, ctx);
        }));
    }

    /// The address of the project's repository.
    fn ours(&self) -> Option<&str> {
        self.job.repository(self.bundle.as_deref())
    }

    /// Whether the account has to be asked.
    fn is_owner_in_doubt(&self) -> bool {
        let last = self.workshop.last(&self.job, &self.logical_id);
        let is_in_doubt = match self.ours() {
            Some(ours) => {
                let from = last.and_then(|last| last.repository);
                !Repository::is_one(Some(ours), from.as_deref())
            }
            // Of other projects whose repository is unknown there is nothing to compare.
            None => last.is_none() && is_template_logical_id(&self.logical_id),
        };
        self.job.check_owner && is_in_doubt
    }

    /// The account has not answered, or has refused to.
    fn unlisted(&self, failure: Failure) -> Event {
        if !guard::is_refusal(&failure) {
            return Event::Unidentified(failure);
        }
        let last = self.workshop.last(&self.job, &self.logical_id);
        let last = last.as_ref().map(|last| last.repository.as_deref());
        if guard::was_deployed_from(self.ours(), last) {
            return Event::Identified { unverified: false };
        }
        let account = &self.job.account;
        Event::Unprepared {
            reason: Reason::OWNERSHIP_UNVERIFIED,
            error: ErrorInfo {
                message: unlisted(account, &failure),
                http_status: failure.error.http_status,
                hint: Some(format!(
                    "let the API key list the projects of the account; or, where a project is yours, say so: \
                     --allow-takeover NAME; or turn the check off: `ownership_check = false` in [accounts.{account}]"
                )),
                ..ErrorInfo::default()
            },
        }
    }

    fn judge(&self, ownership: Ownership) -> Event {
        let is_deletion = self.operation() == Operation::Destroy;
        match ownership {
            Ownership::Another(takeover) => self.refuse(owned_by_another_repository(
                &self.job,
                &self.logical_id,
                &takeover,
                self.operation(),
            )),
            // It has no resources that could be compared, and cannot be undone.
            Ownership::Unknown if is_deletion && is_template_logical_id(&self.logical_id) => {
                let (account, logical_id) = (&self.job.account, &self.logical_id);
                let what = format!(
                    "\"{logical_id}\" is the logical id of a template, and account {account} does not say which \
                     repository has deployed it"
                );
                self.refuse(refused(&self.job, what, Operation::Destroy))
            }
            Ownership::Ours | Ownership::Unknown => Event::Identified {
                unverified: ownership == Ownership::Unknown && !is_deletion,
            },
        }
    }

    /// What a dry run says about an unverified project, or about a preview.
    pub(super) fn previewed(&self, changes: Vec<Change>) -> Event {
        let is_unverified =
            matches!(self.life.state(), State::Previewing(attempt) if attempt.unverified);
        match guard::replaces_all(&changes) {
            Some(gone) if is_unverified => {
                let (account, logical_id) = (&self.job.account, &self.logical_id);
                let gone = words::count(gone, "resource");
                let what = format!(
                    "account {account} has a project \"{logical_id}\" that shares nothing with this one: its {gone} \
                     would go, and it does not say which repository has deployed it"
                );
                self.refuse(refused(&self.job, what, self.operation()))
            }
            _ => Event::Previewed {
                changes,
                same_bundle: self.same_bundle,
            },
        }
    }

    fn refuse(&self, error: ErrorInfo) -> Event {
        Event::Unprepared {
            reason: Reason::OWNED_BY_ANOTHER_REPOSITORY,
            error,
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

/// That an account does not say which projects it has.
pub(crate) fn unlisted(account: &str, failure: &Failure) -> String {
    let Failure { request, error, .. } = failure;
    format!(
        "the projects of account {account} cannot be listed ({request}: {})",
        error.message
    )
}

/// Why a project is not sent: the account has it from another repository.
pub(crate) fn owned_by_another_repository(
    job: &Job,
    logical_id: &str,
    takeover: &Takeover,
    operation: Operation,
) -> ErrorInfo {
    let Takeover { ours, theirs } = takeover;
    let account = &job.account;
    let message = format!(
        "account {account} has the project \"{logical_id}\" from {theirs}; this one is from {ours}"
    );
    refused(job, message, operation)
}

/// The error, with what to do about it.
fn refused(job: &Job, message: String, operation: Operation) -> ErrorInfo {
    let name = &job.name;
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
        message,
        hint: Some(hint),
        ..ErrorInfo::default()
    }
}
