//! Checks whether the project belongs to another repository, by the rules of `guard::Takeover`.

use super::Job;
use super::deployment::DeploymentActor;
use crate::guard::{self, Ownership, Takeover, is_template_logical_id};
use crate::machine::deployment::{Input, State};
use crate::model::{Change, ErrorInfo, Failure, Operation, Reason};
use crate::words;
use actix::prelude::*;

impl DeploymentActor {
    /// Requests the account's projects if the answer matters. It does not for a project that this program last deployed
    /// from the same repository, or whose repository is unknown, unless its logical id is a template's.
    pub(super) fn check_ownership(&mut self, ctx: &mut Context<Self>) {
        if !self.is_owner_in_doubt() {
            return self.apply(Input::Identified { unverified: false }, ctx);
        }
        let account = &self.resources.account;
        let listing = account.projects(&self.job, self.throttled());
        ctx.spawn(listing.into_actor(self).map(move |listed, this, ctx| {
            let input = match listed {
                Ok(projects) => {
                    let listed = projects.get(&*this.logical_id).map(Option::as_deref);
                    this.judge(Ownership::of(this.ours(), listed))
                }
                Err(failure) => this.unlisted(failure),
            };
            this.apply(input, ctx);
        }));
    }

    /// The project's repository URL.
    fn ours(&self) -> Option<&str> {
        self.job.repository(self.bundle.as_deref())
    }

    /// Whether the account's projects must be requested.
    fn is_owner_in_doubt(&self) -> bool {
        if !self.job.check_owner {
            return false;
        }
        let last = self.resources.bundler.last(&self.job, &self.logical_id);
        let last = last.as_ref().map(|last| last.repository.as_deref());
        guard::is_owner_in_doubt(self.ours(), last, &self.logical_id)
    }

    /// The account did not answer, or refused to.
    fn unlisted(&self, failure: Failure) -> Input {
        if !guard::is_refusal(&failure) {
            return Input::Unidentified(failure);
        }
        let last = self.resources.bundler.last(&self.job, &self.logical_id);
        let last = last.as_ref().map(|last| last.repository.as_deref());
        if guard::was_deployed_from(self.ours(), last) {
            return Input::Identified { unverified: false };
        }
        let account = &self.job.planned.account;
        Input::Unprepared {
            reason: Reason::OwnershipUnverified,
            error: ErrorInfo {
                message: unlisted(account, &failure),
                http_status: failure.error.http_status,
                hint: Some(format!(
                    "allow the API key to list the account's projects, pass --allow-takeover NAME for a project that is \
                     yours, or disable the check: `ownership_check = false` in [accounts.{account}]"
                )),
                ..ErrorInfo::default()
            },
        }
    }

    fn judge(&self, ownership: Ownership) -> Input {
        let is_deletion = self.operation() == Operation::Destroy;
        match ownership {
            Ownership::Another(takeover) => self.refuse(owned_by_another_repository(
                &self.job,
                &self.logical_id,
                &takeover,
                self.operation(),
            )),
            // It has no resources to compare, and a deletion cannot be undone.
            Ownership::Unknown if is_deletion && is_template_logical_id(&self.logical_id) => {
                let (account, logical_id) = (&self.job.planned.account, &self.logical_id);
                let what = format!(
                    "\"{logical_id}\" is the logical id of a template, and account {account} does not report which \
                     repository deployed it"
                );
                self.refuse(refused(&self.job, what, Operation::Destroy))
            }
            Ownership::Ours | Ownership::Unknown => Input::Identified {
                unverified: ownership == Ownership::Unknown && !is_deletion,
            },
        }
    }

    /// Judges the dry run of an unverified project, or of a preview.
    pub(super) fn previewed(&self, changes: Vec<Change>) -> Input {
        let is_unverified =
            matches!(self.machine.state(), State::Previewing(attempt) if attempt.unverified);
        match guard::replaces_all(&changes) {
            Some(gone) if is_unverified => {
                let (account, logical_id) = (&self.job.planned.account, &self.logical_id);
                let gone = words::count(gone, "resource");
                let what = format!(
                    "account {account} has a project \"{logical_id}\" that has no resource in common with this one: deploying would delete its {gone}, \
                     and the account does not report which repository deployed it"
                );
                self.refuse(refused(&self.job, what, self.operation()))
            }
            _ => Input::Previewed {
                changes,
                same_bundle: self.same_bundle,
            },
        }
    }

    fn refuse(&self, error: ErrorInfo) -> Input {
        Input::Unprepared {
            reason: Reason::OwnedByAnotherRepository,
            error,
        }
    }
}

/// The message for an account whose projects cannot be listed.
pub(crate) fn unlisted(account: &str, failure: &Failure) -> String {
    let Failure { request, error, .. } = failure;
    format!(
        "cannot list the projects of account {account} ({request}: {})",
        error.message
    )
}

/// The error for a project that another repository deployed.
pub(crate) fn owned_by_another_repository(
    job: &Job,
    logical_id: &str,
    takeover: &Takeover,
    operation: Operation,
) -> ErrorInfo {
    let Takeover { ours, theirs } = takeover;
    let account = &job.planned.account;
    let message = format!(
        "account {account} has project \"{logical_id}\" from {theirs}; this one is from {ours}"
    );
    refused(job, message, operation)
}

/// The error with its hint.
fn refused(job: &Job, message: String, operation: Operation) -> ErrorInfo {
    let name = &job.planned.name;
    let hint = match operation {
        Operation::Destroy => {
            format!("if you still want to delete it, pass --allow-takeover {name}")
        }
        Operation::Deploy | Operation::Preview => format!(
            "give it a unique `logicalId` in its Checkly configuration; if it is the same project and has moved, pass \
             --allow-takeover {name}"
        ),
    };
    ErrorInfo::new(message).with_hint(hint)
}
