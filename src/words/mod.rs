//! What every result and reason means, and what to do next: the only source of these texts, for the terminal and for reports.
//!
//! [`why`] completes the sentence "checkout failed: …"; [`next`] is an imperative. Neither ends with a period.
//! Both contain text from the server (IDs, names), so callers sanitize them before displaying them.

mod amounts;
mod sums;

pub use amounts::{count, diff, intent, span, took};
pub use sums::{
    equal_failures, footnotes, forecast, grouped, groups, heading, notes, printed_by, run_mark,
    tally, to_finish,
};

use crate::model::{
    ErrorInfo, Heartbeat, Hook, HookRecord, OnConflict, Operation, ProjectReport, ProjectResult,
    Reason,
};
use std::borrow::Cow;

/// The result in a sentence: `timed out`.
pub fn result(result: ProjectResult) -> &'static str {
    match result {
        ProjectResult::TimedOut => "timed out",
        ProjectResult::Detached => "left running",
        other => other.as_str(),
    }
}

/// How a project ended, in a sentence: as its result, but for a deployment whose end is not known.
pub fn ended(project: &ProjectReport) -> &'static str {
    let is_confirmed = project.deployment_id.is_some()
        && !matches!(
            project.reason,
            Some(Reason::CancelTimeout | Reason::DeploymentNotFound)
        );
    match project.result {
        ProjectResult::Detached if !is_confirmed => POSSIBLY_LEFT_RUNNING,
        other => result(other),
    }
}

pub(crate) const POSSIBLY_LEFT_RUNNING: &str = "possibly left running";

/// The symbol of a result.
pub fn mark(result: ProjectResult) -> char {
    use ProjectResult as R;
    match result {
        R::Succeeded | R::Unchanged => '✓',
        R::Skipped => '○',
        R::Interrupted | R::Detached => '!',
        R::Failed
        | R::Rejected
        | R::Cancelled
        | R::Superseded
        | R::Conflicted
        | R::TimedOut
        | R::Unavailable
        | R::Crashed => '✗',
    }
}

/// The created heartbeat checks: a sentence about each, and its ping URL if it is known.
pub fn pings(project: &ProjectReport) -> impl Iterator<Item = (String, Option<&str>)> {
    project.changes.iter().filter_map(|change| {
        let Heartbeat { ping_url, error } = change.heartbeat.as_ref()?;
        let (check, name) = (&change.logical_id, &project.name);
        let of = format!("Ping URL of heartbeat check {check} in {name}");
        Some(match (ping_url, error) {
            (Some(url), _) => (format!("{of}:"), Some(url.as_str())),
            (None, Some(error)) => (format!("{of} is unknown: {error}"), None),
            (None, None) => (format!("{of} is unknown"), None),
        })
    })
}

/// Whether the user excluded the project.
pub fn is_left_out(project: &ProjectReport) -> bool {
    project.result == ProjectResult::Skipped && project.reason.is_none()
}

/// Whether a signal or the run's timeout prevented its start.
pub fn is_held_up(project: &ProjectReport) -> bool {
    let ended = matches!(
        project.result,
        ProjectResult::Interrupted | ProjectResult::TimedOut
    );
    ended && project.started_at.is_none() && project.error.is_none()
}

/// Whether something else prevented its start. Such projects are listed together, by reason.
pub fn never_began(project: &ProjectReport) -> bool {
    let has_warning = project.failed_last_hook().is_some();
    let is_unverified = project.reason == Some(Reason::OwnershipUnverified);
    let is_skipped = project.result == ProjectResult::Skipped;
    !has_warning && (is_skipped || is_unverified || is_held_up(project))
}

/// Whether it has not succeeded, for whatever reason but the user's.
pub fn is_open(project: &ProjectReport) -> bool {
    !project.result.is_success() && !is_left_out(project)
}

/// Whether it has not succeeded, and not only because of another project or a limit.
pub fn is_failure(project: &ProjectReport) -> bool {
    is_open(project) && !never_began(project)
}

/// Whether there was nothing to delete: the account does not have the project.
pub fn was_not_there(operation: Operation, project: &ProjectReport) -> bool {
    operation == Operation::Destroy
        && project.result == ProjectResult::Succeeded
        && project.deployment_id.is_none()
}

/// Why the project ended as it did, unless its error says it.
pub fn own_why(project: &ProjectReport) -> Option<String> {
    let is_said = project.reason == Some(Reason::NoResponse) && project.error.is_some();
    (!is_said).then(|| why(project))
}

/// The cause of the project's end, unless the reason or the error says it.
pub fn own_cause(project: &ProjectReport) -> Option<&str> {
    let is_said = |cause: &&str| {
        matches!(project.reason, Some(Reason::PostHook | Reason::NoResponse))
            || why(project).contains(cause)
            || project
                .error
                .as_ref()
                .is_some_and(|it| it.message == **cause)
    };
    project.cause.as_deref().filter(|cause| !is_said(cause))
}

/// Why the project ended as it did.
pub fn why(project: &ProjectReport) -> String {
    use ProjectResult as R;
    match (project.result, project.reason) {
        (R::Succeeded, _) => "the server completed the deployment".into(),
        (R::Unchanged, _) => "the last deployment used the same bundle; nothing was sent".into(),
        (R::Superseded, _) => "a newer deployment of the project cancelled this one".into(),
        (R::Conflicted, _) => conflicted(project),
        (R::Unavailable, _) => unavailable(project),
        (R::Detached, _) => detached(project),
        (R::Interrupted, reason) => {
            // A process that was killed has received no signal that it could report.
            let why = match reason {
                Some(Reason::RunNotFinished) => meaning(Reason::RunNotFinished),
                _ => meaning(Reason::Interrupted),
            };
            match project.attempts {
                0 => format!("{why}; nothing was sent"),
                _ => format!("{why}; no deployment is left running"),
            }
        }
        (R::Crashed, _) => match (&project.cause, &project.deployment_id) {
            (Some(deployment), _) => format!("{INTERNAL_ERROR}; {deployment}"),
            (None, Some(id)) => format!("{INTERNAL_ERROR}; deployment {id} may still be running"),
            (None, None) => INTERNAL_ERROR.into(),
        },
        (R::Skipped, None) => "excluded on purpose".into(),
        (R::Failed, None) => because(Reason::DeploymentFailed, project),
        (R::Rejected, None) => "the API rejected the request".into(),
        (R::Cancelled, None) => because(Reason::CancelledByOthers, project),
        (R::TimedOut, reason) => {
            let why = because(reason.unwrap_or(Reason::ProjectTimeout), project);
            match late_hook(project) {
                Some((_, error)) => format!("{why}: {error}"),
                None => why,
            }
        }
        (R::Failed | R::Rejected | R::Cancelled | R::Skipped, Some(reason)) => {
            because(reason, project)
        }
    }
}

/// What to do next about a project; `None` if there is nothing to do. `can_resume`: `resume` can finish its run.
pub fn next(operation: Operation, can_resume: bool, project: &ProjectReport) -> Option<String> {
    use ProjectResult as R;
    let (verb, again) = match can_resume {
        true => ("resume the run", "resume the run".to_owned()),
        false => (operation.as_str(), format!("{operation} again")),
    };
    // A resumed run is the subject already.
    let waits = match can_resume {
        true => ", which waits for the deployment",
        false => "; the next run waits for the deployment",
    };
    let hint = project.error.as_ref().and_then(|error| error.hint.clone());
    // The one of a 429 is for all commands.
    if hint.is_some() && project.reason != Some(Reason::Http(429)) {
        return hint;
    }
    Some(match project.result {
        R::Succeeded | R::Unchanged | R::Skipped => return None,
        R::Failed | R::Rejected if exceeds_plan(project) => {
            format!(
                "remove resources from the project, or upgrade the plan of account {}; then {again}",
                project.account
            )
        }
        R::Failed | R::Rejected => {
            let fix = project
                .reason
                .and_then(|reason| fix(reason, operation, &again, project));
            fix.unwrap_or_else(|| format!("fix the reported error, then {again}"))
        }
        R::Cancelled => match project.reason {
            None | Some(Reason::CancelledByOthers) if operation != Operation::Destroy => {
                format!("{again} if the changes are still needed")
            }
            _ => again,
        },
        R::Superseded => format!("{again} if the newer deployment lacks these changes"),
        R::Conflicted => match project.reason {
            Some(Reason::ConflictPolicy) => format!(
                "wait for it to finish, or {verb} with --on-conflict wait or \
                 --cancel-in-progress-deployment"
            ),
            _ if tried_to_cancel(project) => format!("wait for it to finish, then {again}"),
            _ => format!("wait for it to finish, or {verb} with --cancel-in-progress-deployment"),
        },
        R::TimedOut => match (project.reason, late_hook(project)) {
            (Some(Reason::RunTimeout), _) => format!("raise --timeout, then {again}"),
            (_, Some((record, _))) => format!(
                "find out why its {} takes so long, or raise the project's timeout \
                 (--project-timeout); then {again}",
                hook(record.hook)
            ),
            (_, None) => {
                format!("raise the project's timeout (--project-timeout), then {again}")
            }
        },
        R::Unavailable => match project.reason {
            _ if project.deployment_id.is_some() => {
                format!("{again}{waits} first")
            }
            Some(Reason::Certificate) => {
                "check --api-url, and the CA certificates in SSL_CERT_FILE or NODE_EXTRA_CA_CERTS"
                    .into()
            }
            Some(Reason::UnexpectedResponse) => "check --api-url and any proxy in between".into(),
            Some(Reason::Connection) => {
                format!("check the network, the proxy, and --api-url, then {again}")
            }
            Some(Reason::NoResponse) if operation == Operation::Deploy => {
                format!("check the network and any proxy, then {again}{waits} if there is one")
            }
            Some(Reason::Http(429)) => {
                format!("lower the account's `rate`, or set `--rate`; then {again}")
            }
            _ => format!("{again} later"),
        },
        R::Interrupted => again,
        R::Detached => {
            format!(
                "{again}{waits} first, or cancels it with \
                 --cancel-in-progress-deployment"
            )
        }
        R::Crashed => "report this bug with the crash file that standard error names".into(),
    })
}

/// Its error, or else why it failed.
pub fn failure(project: &ProjectReport) -> String {
    let message = project.error.as_ref().map(error);
    message.unwrap_or_else(|| why(project))
}

/// How to fix what made a project fail; `None` if only its error says that.
fn fix(
    reason: Reason,
    operation: Operation,
    again: &str,
    project: &ProjectReport,
) -> Option<String> {
    Some(match reason {
        Reason::BundleChanged => {
            format!("{again}, and do not rebuild bundles during the run")
        }
        // A deletion needs only the logical id.
        Reason::BundlingFailed | Reason::BundlingTimeout if operation == Operation::Destroy => {
            format!("set the project's logical_id in the manifest, then {again}")
        }
        Reason::BundlingTimeout => {
            format!("find out why bundling takes so long, or raise bundle_timeout; then {again}")
        }
        Reason::PostHook if stopped_by(project) == Some(Reason::Interrupted) => {
            format!("{again} to complete its post hook")
        }
        Reason::PostHook if project.cause.is_some() => {
            format!("find out why its post hook takes so long, or raise the timeout; then {again}")
        }
        Reason::PreHook | Reason::PostHook => format!("fix the hook, then {again}"),
        Reason::TestFailed => {
            format!(
                "fix the failing checks, then {again}; `deploy --no-tests` skips the test suites"
            )
        }
        Reason::WrongLogicalId => {
            format!("correct logical_id or path in the manifest, then {again}")
        }
        Reason::SameLogicalId => "give each project a unique logicalId in its Checkly \
             configuration, or deploy them to different accounts"
            .into(),
        Reason::Http(401) => format!("check the API key of account {}", project.account),
        Reason::Http(402) => "check the plan and billing page of the account".into(),
        Reason::Http(403) => format!(
            "check the account id of account {} and the rights of its API key",
            project.account
        ),
        Reason::Http(404) => "check the account id and --api-url".into(),
        Reason::Http(413) => "split the project, or remove large files from it".into(),
        _ => return None,
    })
}

/// Whether the account's plan does not allow what the project has.
fn exceeds_plan(project: &ProjectReport) -> bool {
    let code = project
        .error
        .as_ref()
        .and_then(|error| error.code.as_deref());
    code == Some("PLAN_LIMITS_EXCEEDED")
}

/// What stopped its post hook.
fn stopped_by(project: &ProjectReport) -> Option<Reason> {
    project.cause.as_deref()?.parse().ok()
}

/// `PLAN_LIMITS_EXCEEDED (HTTP 402): the message`.
pub fn error(error: &ErrorInfo) -> String {
    let status = error.http_status.map(|status| format!("HTTP {status}"));
    let head = match (&error.code, status) {
        (Some(code), Some(status)) => format!("{code} ({status}): "),
        (Some(code), None) => format!("{code}: "),
        (None, Some(status)) => format!("{status}: "),
        (None, None) => String::new(),
    };
    format!("{head}{}", error.message)
}

/// What is done about a blocker.
pub fn policy(policy: OnConflict) -> &'static str {
    match policy {
        OnConflict::Wait => "waiting for it to finish",
        OnConflict::Cancel => "cancelling it, then waiting for it to finish",
        OnConflict::Fail => "giving up (on_conflict = \"fail\")",
    }
}

/// Why this run cancels a deployment.
pub fn cancel_cause(reason: Reason) -> String {
    match reason {
        Reason::Interrupted => "because of the signal".into(),
        Reason::DependencyFailed => "because a project it depends on did not succeed".into(),
        other => format!("because {}", meaning(other)),
    }
}

/// A hook in a sentence.
pub fn hook(hook: Hook) -> &'static str {
    match hook {
        Hook::Pre => "pre hook",
        Hook::Test => "test suite",
        Hook::Post => "post hook",
        Hook::OnFailure => "on_failure hook",
    }
}

/// The hook that was stopped before anything was sent, and its error.
fn late_hook(project: &ProjectReport) -> Option<(&HookRecord, &str)> {
    let mut hooks = project.hooks.iter();
    let late = hooks.find(|it| matches!(it.hook, Hook::Pre | Hook::Test) && it.error.is_some())?;
    let error = late.error.as_deref().filter(|_| project.attempts == 0)?;
    Some((late, error))
}

pub(crate) const INTERNAL_ERROR: &str = "internal error: a bug in orchestrate";

fn conflicted(project: &ProjectReport) -> String {
    let last = project.conflicts.last();
    let blocker = match last {
        Some(conflict) => format!("deployment {}", conflict.deployment_id),
        None => "another deployment".into(),
    };
    match (project.reason, last) {
        (Some(Reason::ConflictPolicy), _) => {
            format!("blocked by {blocker}, and on_conflict is \"fail\"")
        }
        (_, Some(conflict)) => {
            let waited = span(conflict.waited_ms);
            let despite = match &conflict.cancel_error {
                Some(why) => {
                    let why = error(why);
                    format!("; cancelling it failed: {}", why.trim_end_matches('.'))
                }
                None if tried_to_cancel(project) => ", despite the attempt to cancel it".to_owned(),
                None => String::new(),
            };
            format!("still blocked by {blocker} after {waited}{despite}")
        }
        (_, None) => format!("still blocked by {blocker}"),
    }
}

/// Whether the run tried to cancel the last blocker, so advice to do that does not help.
fn tried_to_cancel(project: &ProjectReport) -> bool {
    let last = project.conflicts.last();
    last.is_some_and(|it| it.policy == OnConflict::Cancel)
}

fn unavailable(project: &ProjectReport) -> String {
    let what = because(project.reason.unwrap_or(Reason::Connection), project);
    match (&project.deployment_id, &project.cause) {
        (Some(id), _) => format!("{what}; deployment {id} may still be running"),
        (None, Some(cause)) if project.reason != Some(Reason::NoResponse) => {
            format!("{what}, and {cause}")
        }
        (None, _) => what,
    }
}

fn detached(project: &ProjectReport) -> String {
    let Some(id) = &project.deployment_id else {
        let cause = project.cause.as_deref();
        let unknown = cause
            .unwrap_or("a request received no usable response; it may have started a deployment");
        return match project.reason {
            None => unknown.into(),
            Some(reason) => format!("{}, and {unknown}", because(reason, project)),
        };
    };
    match project.reason {
        Some(Reason::CancelTimeout) => {
            format!("deployment {id} may still be running: its cancellation was not confirmed")
        }
        Some(Reason::DeploymentNotFound) => {
            format!("deployment {id} was not found while it was being cancelled")
        }
        _ => format!("deployment {id} is still running on the server"),
    }
}

/// What a reason means for a project, with its cause, independent of the result.
fn because(reason: Reason, project: &ProjectReport) -> String {
    let means = meaning(reason);
    match (reason, &project.cause) {
        (Reason::DependencyFailed, Some(name)) => {
            format!("depends on {name}, which did not succeed")
        }
        (Reason::DependencyNotDeployed, Some(names)) => format!("known after deploying {names}"),
        (Reason::DependentFailed, Some(name)) => {
            format!("its dependent {name} could not be deleted")
        }
        (Reason::PostHook, Some(cause)) => {
            let stopped = stopped_by(project);
            let cause = stopped.map_or_else(|| cause.clone().into(), meaning);
            format!("it was deployed, but {cause} before its post hook completed")
        }
        (Reason::SameLogicalId, Some(name)) => {
            format!("it has the same logical id as {name}; neither was sent")
        }
        (Reason::NotConfirmed | Reason::LimitExceeded | Reason::PlanMismatch, Some(cause)) => {
            format!("{means}: {cause}")
        }
        (Reason::OwnershipUnverified, _) => {
            let what = project.error.as_ref().map(|error| error.message.as_str());
            let what = what.unwrap_or("the account's projects cannot be listed");
            format!("{what}; {means}")
        }
        _ => means.into_owned(),
    }
}

/// What a reason means.
pub fn meaning(reason: Reason) -> Cow<'static, str> {
    Cow::Borrowed(match reason {
        Reason::DependencyFailed => "depends on a project that did not succeed",
        Reason::DependencyNotDeployed => "known after deploying its dependencies",
        Reason::DependentFailed => "a dependent could not be deleted",
        Reason::FailFast => "another project failed (--fail-fast)",
        Reason::MaxFail => "too many projects failed (--max-fail)",
        Reason::KeyRefused => "the API rejected the account's API key",
        Reason::NotSelected => "it had not failed (--failed)",
        Reason::WaveFailed => "too many projects failed in this wave or an earlier one",
        Reason::ConflictDeadline => "the conflict deadline passed",
        Reason::ConflictPolicy => "blocked by another deployment",
        Reason::Conflict => "another deployment blocks the project",
        Reason::PreviewFailed => "another project could not be previewed; nothing was deployed",
        Reason::NotConfirmed => "it was not confirmed",
        Reason::LimitExceeded => "a limit would be exceeded",
        Reason::PlanMismatch => "the plan no longer matches",
        Reason::Interrupted => "a signal interrupted the run",
        Reason::RunNotFinished => "the run has not finished",
        Reason::ProjectTimeout => "the project exceeded its timeout",
        Reason::RunTimeout => "the run exceeded its timeout (--timeout)",
        Reason::DeploymentFailed => "the API reported that the deployment failed",
        Reason::CancelledByOthers => "another user or a newer deployment cancelled it",
        Reason::Connection => "cannot connect to the API",
        Reason::Certificate => "the certificate of the API or the proxy is not accepted",
        Reason::NoResponse => "a request got no response; the API may have processed it",
        Reason::UnexpectedResponse => "the endpoint is not the Checkly API",
        Reason::DeploymentNotFound => "the API accepted the deployment but no longer finds it",
        Reason::CancelTimeout => "its cancellation was not confirmed",
        Reason::BundleChanged => "the bundle changed or became unreadable during the run",
        Reason::BundlingFailed => "bundling failed; nothing was sent",
        Reason::RequiresNetwork => "it cannot be bundled offline",
        Reason::BundlingTimeout => "bundling exceeded bundle_timeout; nothing was sent",
        Reason::WrongLogicalId => {
            "the logical id in its bundle differs from the manifest's; nothing was sent"
        }
        Reason::EmptyProject => "it has no resources to deploy; nothing was sent",
        Reason::SameLogicalId => "another project has the same logical id; neither was sent",
        Reason::OwnedByAnotherRepository => "it may belong to another repository; nothing was sent",
        Reason::OwnershipUnverified => "it may belong to another repository, so nothing was sent",
        Reason::PreHook => "its pre hook failed; nothing was sent",
        Reason::TestFailed => "its test suite failed; nothing was sent",
        Reason::PostHook => "it was deployed, but its post hook failed",
        Reason::RunPreHook => "the run's pre hook failed; nothing was sent",
        Reason::Panic => INTERNAL_ERROR,
        Reason::Http(401) => "the API rejected the API key",
        Reason::Http(402) => "the account's plan does not allow it",
        Reason::Http(403) => "the API key lacks permission in the account",
        Reason::Http(404) => "the API found no such account or URL",
        Reason::Http(413) => "the payload exceeds the size limit of the API",
        Reason::Http(429) => "rate limited by the API (HTTP 429)",
        Reason::Http(status) => return format!("the API responded with HTTP {status}").into(),
    })
}

#[cfg(test)]
mod tests;
