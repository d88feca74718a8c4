//! What every result and reason means, and what to do next: the only source of these texts, for the terminal and for reports.
//!
//! [`why`] completes the sentence "checkout failed: …"; [`next`] is an imperative. Neither ends with a period.
//! Both contain text from the server (IDs, names), so callers sanitize them before displaying them.

mod amounts;
mod sums;

pub use amounts::{count, diff, intent, span};
pub use sums::{footnotes, forecast, groups, notes, printed_by, tally};

use crate::model::{
    ErrorInfo, Heartbeat, Hook, HookRecord, OnConflict, Operation, ProjectReport, ProjectResult,
    Reason,
};

/// The result in a sentence: `timed out`.
pub fn result(result: ProjectResult) -> &'static str {
    match result {
        ProjectResult::TimedOut => "timed out",
        ProjectResult::Detached => "left running",
        other => other.as_str(),
    }
}

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
    project.result == ProjectResult::Skipped && matches!(reason(project), "" | "selection")
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
    let is_unverified = project.reason == Some(Reason::OWNERSHIP_UNVERIFIED);
    let is_skipped = project.result == ProjectResult::Skipped;
    !has_warning && (is_skipped || is_unverified || is_held_up(project))
}

/// Whether there was nothing to delete: the account does not have the project.
pub fn was_not_there(operation: Operation, project: &ProjectReport) -> bool {
    operation == Operation::Destroy
        && project.result == ProjectResult::Succeeded
        && project.deployment_id.is_none()
}

/// Why the project ended as it did.
pub fn why(project: &ProjectReport) -> String {
    use ProjectResult as R;
    match (project.result, reason(project)) {
        (R::Succeeded, _) => "the server completed the deployment".into(),
        (R::Unchanged, _) => "the last deployment used the same bundle; nothing was sent".into(),
        (R::Superseded, _) => "a newer deployment of the project cancelled this one".into(),
        (R::Conflicted, _) => conflicted(project),
        (R::Unavailable, _) => unavailable(project),
        (R::Detached, _) => detached(project),
        (R::Interrupted, _) if project.attempts == 0 => {
            "a signal interrupted the run; nothing was sent".into()
        }
        (R::Interrupted, _) => "a signal interrupted the run; no deployment is left running".into(),
        (R::Crashed, _) => match &project.deployment_id {
            Some(id) => format!("{INTERNAL_ERROR}; deployment {id} may still be running"),
            None => INTERNAL_ERROR.into(),
        },
        (R::Skipped, "" | "selection") => "excluded on purpose".into(),
        (R::Failed, "") => because(Reason::DEPLOYMENT_FAILED.as_str(), project),
        (R::Rejected, "") => "the API rejected the request".into(),
        (R::Cancelled, "") => because(Reason::CANCELLED_BY_OTHERS.as_str(), project),
        (R::TimedOut, word) => {
            let why = match word {
                "" => because(Reason::PROJECT_TIMEOUT.as_str(), project),
                word => because(word, project),
            };
            late(project).map_or(why.clone(), |(_, error)| format!("{why}: {error}"))
        }
        (_, word) => because(word, project),
    }
}

/// What to do next about a project; `None` if there is nothing to do.
pub fn next(operation: Operation, project: &ProjectReport) -> Option<String> {
    use ProjectResult as R;
    let verb = operation.as_str();
    let hint = project.error.as_ref().and_then(|error| error.hint.clone());
    if hint.is_some() {
        return hint;
    }
    Some(match project.result {
        R::Succeeded | R::Unchanged | R::Skipped => return None,
        R::Failed => match reason(project) {
            "bundle_changed" => format!("{verb} again, and do not rebuild bundles during the run"),
            // A deletion needs only the logical id.
            "bundling_failed" | "bundling_timeout" if operation == Operation::Destroy => {
                "set the project's logical_id in the manifest, then destroy again".into()
            }
            "bundling_timeout" => format!(
                "find out why bundling takes so long, or raise bundle_timeout; then {verb} again"
            ),
            "post_hook" if project.cause.as_deref() == Some("interrupted") => {
                format!("{verb} again to complete its post hook")
            }
            "post_hook" if project.cause.is_some() => format!(
                "find out why its post hook takes so long, or raise the timeout; then {verb} again"
            ),
            "pre_hook" | "post_hook" => format!("fix the hook, then {verb} again"),
            "test_failed" => format!(
                "fix the failing checks, then {verb} again; --no-tests skips the test suites"
            ),
            "wrong_logical_id" => {
                format!("correct logical_id or path in the manifest, then {verb} again")
            }
            _ => format!("fix the reported error, then {verb} again"),
        },
        R::Rejected => match reason(project) {
            "http_401" => format!("check the API key of account {}", project.account),
            "http_403" => format!(
                "check the account id of account {} and the rights of its API key",
                project.account
            ),
            "http_402" => "check the plan and billing page of the account".into(),
            "http_404" => "check the account id and --api-url".into(),
            "same_logical_id" => "give each project a unique logicalId in its Checkly \
                 configuration, or deploy them to different accounts"
                .into(),
            "http_413" => "split the project, or remove large files from it".into(),
            _ => format!("fix the reported error, then {verb} again"),
        },
        R::Cancelled => match reason(project) {
            "" | "cancelled_by_others" if operation != Operation::Destroy => {
                format!("{verb} again if the changes are still needed")
            }
            _ => format!("{verb} again"),
        },
        R::Superseded => format!("{verb} again if the newer deployment lacks these changes"),
        R::Conflicted => match reason(project) {
            "conflict_policy" => format!(
                "wait for it to finish, or {verb} with --on-conflict wait or \
                 --cancel-in-progress-deployment"
            ),
            _ if tried_to_cancel(project) => format!("wait for it to finish, then {verb} again"),
            _ => format!("wait for it to finish, or {verb} with --cancel-in-progress-deployment"),
        },
        R::TimedOut => match reason(project) {
            "run_timeout" => format!("raise --timeout, then {verb} again"),
            _ if late(project).is_some() => format!(
                "find out why its {} takes so long, or raise the project's timeout \
                 (--project-timeout); then {verb} again",
                late(project).map_or("", |(record, _)| hook(record.hook))
            ),
            _ => format!("raise the project's timeout (--project-timeout), then {verb} again"),
        },
        R::Unavailable => match reason(project) {
            _ if project.deployment_id.is_some() => {
                format!("{verb} again; the next run waits for it first")
            }
            "unexpected_response" => "check --api-url and any proxy in between".into(),
            "connection" => {
                format!("check the network, the proxy, and --api-url, then {verb} again")
            }
            "http_429" => format!("lower --concurrency, then {verb} again"),
            _ => "try again later".into(),
        },
        R::Interrupted => format!("{verb} again"),
        R::Detached => {
            format!(
                "{verb} again; the next run waits for it first, or cancels it with \
                 --cancel-in-progress-deployment"
            )
        }
        R::Crashed => "report this bug with the output of RUST_LOG=debug".into(),
    })
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

/// Why this run cancels its own deployment, by the reason in the event.
pub fn cancel_cause(word: &str) -> String {
    match word {
        "interrupt" | "interrupted" => "because of the signal".into(),
        "fail_fast" => "because a project failed (--fail-fast)".into(),
        "max_fail" => "because too many projects failed (--max-fail)".into(),
        "wave_failed" => "because too many projects of its wave failed".into(),
        "dependency_failed" => "because a project it depends on did not succeed".into(),
        "dependent_failed" => "because a project that depends on it could not be deleted".into(),
        "project_timeout" => "because the project exceeded its timeout".into(),
        "run_timeout" => "because the run exceeded its timeout".into(),
        other => format!("({})", other.replace('_', " ")),
    }
}

/// Whether a character is safe to display: neither a control character nor a bidirectional control.
pub fn is_visible(c: char) -> bool {
    let turns_direction = matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    !(c.is_control() || turns_direction)
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
fn late(project: &ProjectReport) -> Option<(&HookRecord, &str)> {
    let mut hooks = project.hooks.iter();
    let late = hooks.find(|it| matches!(it.hook, Hook::Pre | Hook::Test) && it.error.is_some())?;
    let error = late.error.as_deref().filter(|_| project.attempts == 0)?;
    Some((late, error))
}

const INTERNAL_ERROR: &str = "internal error: a bug in orchestrate";

fn reason(project: &ProjectReport) -> &str {
    project.reason.as_ref().map_or("", Reason::as_str)
}

fn conflicted(project: &ProjectReport) -> String {
    let last = project.conflicts.last();
    let blocker = match last.and_then(|conflict| conflict.deployment_id.as_ref()) {
        Some(id) => format!("deployment {id}"),
        None => "another deployment".into(),
    };
    match (reason(project), last) {
        ("conflict_policy", _) => format!("blocked by {blocker}, and on_conflict is \"fail\""),
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
    last.is_some_and(|it| it.policy == OnConflict::Cancel && it.deployment_id.is_some())
}

fn unavailable(project: &ProjectReport) -> String {
    let what = match reason(project) {
        "" => because(Reason::CONNECTION.as_str(), project),
        word => because(word, project),
    };
    match &project.deployment_id {
        Some(id) => format!("{what}; deployment {id} may still be running"),
        None => what,
    }
}

fn detached(project: &ProjectReport) -> String {
    let Some(id) = &project.deployment_id else {
        let cause = project.cause.as_deref();
        let unknown =
            cause.unwrap_or("a request got no usable response; it may have started a deployment");
        return match reason(project) {
            "" => unknown.into(),
            word => format!("{}; {unknown}", because(word, project)),
        };
    };
    match reason(project) {
        "cancel_timeout" => {
            format!("deployment {id} may still be running: its cancellation was not confirmed")
        }
        "deployment_not_found" => {
            format!("deployment {id} was not found while it was being cancelled")
        }
        _ => format!("deployment {id} is still running on the server"),
    }
}

/// A sentence and its cause.
fn behind(says: &str, project: &ProjectReport) -> String {
    match &project.cause {
        Some(cause) => format!("{says}: {cause}"),
        None => says.to_owned(),
    }
}

/// What a reason means, independent of the result. Unknown reasons are printed as they are.
fn because(word: &str, project: &ProjectReport) -> String {
    match word {
        "dependency_failed" => match &project.cause {
            Some(name) => format!("depends on {name}, which did not succeed"),
            None => "depends on a project that did not succeed".into(),
        },
        "dependency_not_deployed" => match &project.cause {
            Some(names) => format!("known after deploying {names}"),
            None => "known after deploying its dependencies".into(),
        },
        "dependent_failed" => match &project.cause {
            Some(name) => format!("its dependent {name} could not be deleted"),
            None => "a dependent could not be deleted".into(),
        },
        "fail_fast" => "another project failed (--fail-fast)".into(),
        "max_fail" => "too many projects failed (--max-fail)".into(),
        "pre_hook" => "its pre hook failed; nothing was sent".into(),
        "test_failed" => "its test suite failed; nothing was sent".into(),
        "post_hook" => match project.cause.as_deref() {
            // What stopped the hook.
            Some(cause) => format!(
                "it was deployed, but {} before its post hook completed",
                because(cause, project)
            ),
            None => "it was deployed, but its post hook failed".into(),
        },
        "run_pre_hook" => "the run's pre hook failed; nothing was sent".into(),
        "preview_failed" => "another project could not be previewed; nothing was deployed".into(),
        "not_confirmed" => behind("it was not confirmed", project),
        "limit_exceeded" => behind("a limit would be exceeded", project),
        "plan_mismatch" => behind("the plan no longer matches", project),
        "wave_failed" => "too many projects failed in this wave or an earlier one".into(),
        "conflict_deadline" => "the conflict deadline passed".into(),
        "conflict_policy" => "blocked by another deployment".into(),
        "interrupted" => "a signal interrupted the run".into(),
        "project_timeout" => "the project exceeded its timeout".into(),
        "run_timeout" => "the run exceeded its timeout (--timeout)".into(),
        "deployment_failed" => "the server reported that the deployment failed".into(),
        "cancelled_by_others" => "another user or a newer deployment cancelled it".into(),
        "connection" => "cannot connect to the API".into(),
        "no_response" => "a request got no response; the server may have processed it".into(),
        "unexpected_response" => "the endpoint is not the Checkly API".into(),
        "deployment_not_found" => "the API accepted the deployment but no longer finds it".into(),
        "cancel_timeout" => "its cancellation was not confirmed".into(),
        "bundle_changed" => "the bundle changed or became unreadable during the run".into(),
        "bundling_failed" => "bundling failed; nothing was sent".into(),
        "requires_network" => "it cannot be bundled offline".into(),
        "bundling_timeout" => "bundling exceeded bundle_timeout; nothing was sent".into(),
        "wrong_logical_id" => {
            "the logical id in its bundle differs from the manifest's; nothing was sent".into()
        }
        "empty_project" => "it has no resources to deploy; nothing was sent".into(),
        "same_logical_id" => match &project.cause {
            Some(name) => format!("it has the same logical id as {name}; neither was sent"),
            None => "another project has the same logical id; neither was sent".into(),
        },
        "owned_by_another_repository" => {
            "it may belong to another repository; nothing was sent".into()
        }
        "ownership_unverified" => {
            let what = project.error.as_ref().map(|error| error.message.as_str());
            let what = what.unwrap_or("the account's projects cannot be listed");
            format!("{what}; it may belong to another repository, so nothing was sent")
        }
        "panic" => INTERNAL_ERROR.into(),
        "http_401" => "the API rejected the API key".into(),
        "http_402" => "the account's plan does not allow it".into(),
        "http_403" => "the API key lacks permission in the account".into(),
        "http_404" => "the API found no such account or URL".into(),
        "http_413" => "the payload exceeds the size limit of the API".into(),
        "http_429" => "rate limited by the API (HTTP 429)".into(),
        other => match other.strip_prefix("http_") {
            Some(status) => format!("the API responded with HTTP {status}"),
            None => other.replace('_', " "),
        },
    }
}

#[cfg(test)]
mod tests;
