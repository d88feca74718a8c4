//! What every result and reason means to people, and what to do next. The one place with these texts, on the terminal and
//! in reports.
//!
//! [`why`] finishes the sentence "checkout failed: …"; [`next`] is an order. Neither has a full stop.
//! Both hold text from the server (ids, names), so whoever shows them makes it harmless first.

mod amounts;
mod sums;

pub use amounts::{count, diff, intent, span};
pub use sums::{footnotes, forecast, groups, notes, printed_by, tally};

use crate::model::{
    ErrorInfo, Heartbeat, Hook, HookRecord, OnConflict, Operation, ProjectReport, ProjectResult,
    Reason,
};

/// The result as a word in a sentence: `timed out`.
pub fn result(result: ProjectResult) -> &'static str {
    match result {
        ProjectResult::TimedOut => "timed out",
        other => other.as_str(),
    }
}

/// The sign in front of a result.
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

/// The heartbeat checks that were created: a sentence about each ping URL, and the URL that ends it, where it is known.
pub fn pings(project: &ProjectReport) -> impl Iterator<Item = (String, Option<&str>)> {
    project.changes.iter().filter_map(|change| {
        let Heartbeat { ping_url, error } = change.heartbeat.as_ref()?;
        let (check, name) = (&change.logical_id, &project.name);
        let of = format!("Ping URL of heartbeat check {check} of {name}");
        Some(match (ping_url, error) {
            (Some(url), _) => (format!("{of}:"), Some(url.as_str())),
            (None, Some(error)) => (format!("{of} is unknown: {error}"), None),
            (None, None) => (format!("{of} is unknown"), None),
        })
    })
}

/// Whether the project was left out because the user wanted it so.
pub fn is_left_out(project: &ProjectReport) -> bool {
    project.result == ProjectResult::Skipped && matches!(reason(project), "" | "selection")
}

/// Whether a signal or the run's time limit came before its start.
pub fn is_held_up(project: &ProjectReport) -> bool {
    let ended = matches!(
        project.result,
        ProjectResult::Interrupted | ProjectResult::TimedOut
    );
    ended && project.started_at.is_none() && project.error.is_none()
}

/// Whether something else kept it from starting: there is nothing to say of it that does not hold for others too.
pub fn never_began(project: &ProjectReport) -> bool {
    let has_warning = project.failed_last_hook().is_some();
    let is_unverified = project.reason == Some(Reason::OWNERSHIP_UNVERIFIED);
    let is_skipped = project.result == ProjectResult::Skipped;
    !has_warning && (is_skipped || is_unverified || is_held_up(project))
}

/// Whether there was nothing to delete.
pub fn was_not_there(operation: Operation, project: &ProjectReport) -> bool {
    operation == Operation::Destroy
        && project.result == ProjectResult::Succeeded
        && project.deployment_id.is_none()
}

/// Why the project ended as it did.
pub fn why(project: &ProjectReport) -> String {
    use ProjectResult as R;
    match (project.result, reason(project)) {
        (R::Succeeded, _) => "the server finished the deployment".into(),
        (R::Unchanged, _) => "the same bundle was the last one deployed; nothing was sent".into(),
        (R::Superseded, _) => "a newer deployment of the project cancelled this one".into(),
        (R::Conflicted, _) => conflicted(project),
        (R::Unavailable, _) => unavailable(project),
        (R::Detached, _) => detached(project),
        (R::Interrupted, _) if project.attempts == 0 => {
            "a signal stopped the run first; nothing was sent".into()
        }
        (R::Interrupted, _) => "a signal stopped it; this run has left no deployment of it".into(),
        (R::Crashed, _) => match &project.deployment_id {
            Some(id) => {
                format!("a bug in orchestrate ended it; deployment {id} may still be running")
            }
            None => "a bug in orchestrate ended it".into(),
        },
        (R::Skipped, "" | "selection") => "left out on purpose".into(),
        (R::Skipped, "interrupted") => "a signal stopped the run first".into(),
        (R::Skipped, "run_timeout") => "the run's time limit (--timeout) ran out first".into(),
        (R::Failed, "") => because(Reason::DEPLOYMENT_FAILED.as_str(), project),
        (R::Rejected, "") => "the API refused the request".into(),
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

/// What to do about a project with which a run did this; `None` where there is nothing to do.
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
            "bundle_changed" => format!("do not rebuild bundles during a run; {verb} again"),
            // A deletion wants nothing else of the bundle.
            "bundling_failed" | "bundling_timeout" if operation == Operation::Destroy => {
                "set logical_id of the project in the manifest, then destroy again".into()
            }
            "bundling_failed" => format!("correct what is named above, then {verb} again"),
            "bundling_timeout" => {
                format!("see what it waits for, or raise bundle_timeout; then {verb} again")
            }
            "post_hook" if project.cause.as_deref() == Some("interrupted") => {
                format!("{verb} again, so that its post hook runs to its end")
            }
            "post_hook" if project.cause.is_some() => format!(
                "see what its post hook waits for, or raise the time limit; then {verb} again"
            ),
            "pre_hook" | "post_hook" => {
                format!("correct what the hook ran into, then {verb} again")
            }
            "test_failed" => format!(
                "correct what its checks ran into, then {verb} again; --no-tests leaves tests out"
            ),
            "wrong_logical_id" => {
                format!("correct logical_id in the manifest, or path; then {verb} again")
            }
            _ => format!("correct what the server names, then {verb} again"),
        },
        R::Rejected => match reason(project) {
            "http_401" => format!("check the API key of account {}", project.account),
            "http_403" => format!(
                "check the account id of account {} and the rights of its API key",
                project.account
            ),
            "http_402" => "see the plan and billing page of the account".into(),
            "http_404" => "check the account id and --api-url".into(),
            "same_logical_id" => "give each project a logicalId of its own in its Checkly \
                 configuration, or deploy them to different accounts"
                .into(),
            "http_413" => "split the project, or remove large files from it".into(),
            _ => format!("correct what the server names, then {verb} again"),
        },
        R::Cancelled => match reason(project) {
            "" | "cancelled_by_others" if operation != Operation::Destroy => {
                format!("{verb} again if the changes are still needed")
            }
            _ => format!("{verb} it again"),
        },
        R::Superseded => format!("{verb} again if the newer deployment lacks these changes"),
        R::Conflicted => match reason(project) {
            "conflict_policy" => format!(
                "wait for it to end, or {verb} with --on-conflict wait or \
                 --cancel-in-progress-deployment"
            ),
            _ => format!("wait for it to end, or {verb} with --cancel-in-progress-deployment"),
        },
        R::TimedOut => match reason(project) {
            "run_timeout" => format!("raise --timeout, then {verb} again"),
            _ if late(project).is_some() => format!(
                "see what its {} waits for, or raise the project's timeout \
                 (--project-timeout); then {verb} again",
                late(project).map_or("", |(record, _)| hook(record.hook))
            ),
            _ => format!("raise the project's timeout (--project-timeout), then {verb} again"),
        },
        R::Unavailable => match reason(project) {
            _ if project.deployment_id.is_some() => {
                format!("{verb} again: what still runs on the server is waited for first")
            }
            "unexpected_response" => "check --api-url, and any proxy on the way".into(),
            "connection" => {
                format!("check the network, the proxy and --api-url, then {verb} again")
            }
            "http_429" => format!("lower --concurrency, then {verb} again"),
            _ => "try again later".into(),
        },
        R::Interrupted => format!("{verb} it again"),
        R::Detached => {
            format!(
                "{verb} again: what still runs on the server is waited for first, or cancelled \
             with --cancel-in-progress-deployment"
            )
        }
        R::Crashed => "report it with the output of RUST_LOG=debug".into(),
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

/// What is done about another deployment that holds the project.
pub fn policy(policy: OnConflict) -> &'static str {
    match policy {
        OnConflict::Wait => "waiting for it to end",
        OnConflict::Cancel => "cancelling it, then waiting for it to end",
        OnConflict::Fail => "giving up, as on_conflict says",
    }
}

/// Why our own deployment is cancelled, by the machine word of the event.
pub fn cancel_cause(word: &str) -> String {
    match word {
        "interrupt" | "interrupted" => "because of the signal".into(),
        "max_fail" => "because too many projects failed (--max-fail)".into(),
        "wave_failed" => "because too many projects of its wave failed".into(),
        "dependency_failed" => "because a project it depends on did not succeed".into(),
        "dependent_failed" => "because a project that depends on it could not be deleted".into(),
        "project_timeout" => "because the project's time limit ran out".into(),
        "run_timeout" => "because the run's time limit ran out".into(),
        other => format!("({})", other.replace('_', " ")),
    }
}

/// Whether a character shows as itself: it is no control character, and does not turn the direction of writing.
pub fn is_visible(c: char) -> bool {
    let turns_direction = matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    !(c.is_control() || turns_direction)
}

/// What a hook is called, whosever it is.
pub fn hook(hook: Hook) -> &'static str {
    match hook {
        Hook::Pre => "pre hook",
        Hook::Test => "test suite",
        Hook::Post => "post hook",
        Hook::OnFailure => "on_failure hook",
    }
}

/// The hook that was stopped before anything was sent, and what is said of it.
fn late(project: &ProjectReport) -> Option<(&HookRecord, &str)> {
    let mut hooks = project.hooks.iter();
    let late = hooks.find(|it| matches!(it.hook, Hook::Pre | Hook::Test) && it.error.is_some())?;
    let error = late.error.as_deref().filter(|_| project.attempts == 0)?;
    Some((late, error))
}

fn reason(project: &ProjectReport) -> &str {
    project.reason.as_ref().map_or("", Reason::as_str)
}

fn conflicted(project: &ProjectReport) -> String {
    let last = project.conflicts.last();
    let other = match last.and_then(|conflict| conflict.deployment_id.as_ref()) {
        Some(id) => format!("another deployment ({id})"),
        None => "another deployment".into(),
    };
    match reason(project) {
        "conflict_policy" => format!("{other} holds the project, and on_conflict is \"fail\""),
        _ => match last {
            Some(conflict) => format!(
                "{other} still holds the project after {} of waiting",
                span(conflict.waited_ms)
            ),
            None => format!("{other} still holds the project"),
        },
    }
}

fn unavailable(project: &ProjectReport) -> String {
    let what = match reason(project) {
        "" => because(Reason::CONNECTION.as_str(), project),
        word => because(word, project),
    };
    match &project.deployment_id {
        Some(id) => {
            format!("{what}; it was accepted as deployment {id}, which may still be running")
        }
        None => what,
    }
}

fn detached(project: &ProjectReport) -> String {
    let still = match &project.deployment_id {
        Some(id) => format!("still running on the server as deployment {id}"),
        None => "still running on the server".into(),
    };
    match reason(project) {
        word if project.deployment_id.is_none() => format!(
            "{}; a request got no reply of use, and may have started a deployment",
            because(word, project)
        ),
        "cancel_timeout" => {
            format!("{still}, as far as is known: its cancellation was never confirmed")
        }
        "deployment_not_found" => {
            "the server no longer knows the deployment it was asked to cancel".into()
        }
        _ => still,
    }
}

/// A sentence, and what is behind it.
fn behind(says: &str, project: &ProjectReport) -> String {
    match &project.cause {
        Some(cause) => format!("{says}: {cause}"),
        None => says.to_owned(),
    }
}

/// What a reason means, whatever the result; a word nobody knows is said as it is.
fn because(word: &str, project: &ProjectReport) -> String {
    match word {
        "dependency_failed" => match &project.cause {
            Some(name) => format!("depends on {name}, which did not succeed"),
            None => "depends on a project that did not succeed".into(),
        },
        "dependency_not_deployed" => match &project.cause {
            Some(names) => format!("known after {names} is deployed"),
            None => "known after the projects it depends on are deployed".into(),
        },
        "dependent_failed" => match &project.cause {
            Some(name) => format!("{name}, which depends on it, could not be deleted"),
            None => "a project that depends on it could not be deleted".into(),
        },
        "max_fail" => "too many projects failed (--max-fail)".into(),
        "pre_hook" => "its pre hook failed; nothing was sent".into(),
        "test_failed" => "its test suite failed; nothing was sent".into(),
        "post_hook" => match project.cause.as_deref() {
            // What stopped the hook.
            Some(cause) => format!(
                "it is deployed, but {} before its post hook had ended well",
                because(cause, project)
            ),
            None => "it is deployed, but its post hook failed".into(),
        },
        "run_pre_hook" => "the pre hook of the run failed; nothing was sent".into(),
        "preview_failed" => {
            "another project could not be previewed, so that none was deployed".into()
        }
        "not_confirmed" => behind("nobody has confirmed it", project),
        "limit_exceeded" => behind("a budget would have been exceeded", project),
        "plan_mismatch" => behind("something is not as the plan says", project),
        "wave_failed" => "too many projects of an earlier or the same wave failed".into(),
        "conflict_deadline" => "the conflict deadline passed".into(),
        "conflict_policy" => "another deployment holds the project".into(),
        "interrupted" => "a signal stopped the run".into(),
        "project_timeout" => "the project's time limit ran out".into(),
        "run_timeout" => "the run's time limit (--timeout) ran out".into(),
        "deployment_failed" => "the server ended the deployment as failed".into(),
        "cancelled_by_others" => "somebody else cancelled it, or a newer deployment did".into(),
        "connection" => "the API cannot be reached".into(),
        "no_response" => "a request got no reply; the server may have acted on it".into(),
        "unexpected_response" => "what answers is not the Checkly API".into(),
        "deployment_not_found" => "it was accepted, and now the API does not know it".into(),
        "cancel_timeout" => "its cancellation was never confirmed".into(),
        "bundle_changed" => {
            "the bundle cannot be read again, or is another one than was checked".into()
        }
        "bundling_failed" => "it could not be bundled; nothing was sent".into(),
        "requires_network" => "it cannot be bundled offline".into(),
        "bundling_timeout" => {
            "bundling took longer than its bundle_timeout; nothing was sent".into()
        }
        "wrong_logical_id" => {
            "its bundle has another logical id than the manifest says; nothing was sent".into()
        }
        "empty_project" => "it has no resources to deploy; nothing was sent".into(),
        "same_logical_id" => match &project.cause {
            Some(name) => format!("it has the logical id of {name}; neither was sent"),
            None => "another project has its logical id; neither was sent".into(),
        },
        "owned_by_another_repository" => {
            "the account has it from another repository; nothing was sent".into()
        }
        "ownership_unverified" => {
            let what = project.error.as_ref().map(|error| error.message.as_str());
            let what = what.unwrap_or("the projects of the account cannot be listed");
            format!("{what}; it may have it from another repository, so nothing was sent")
        }
        "panic" => "a bug in orchestrate ended it".into(),
        "http_401" => "the API does not accept the API key".into(),
        "http_402" => "the account's plan does not allow it".into(),
        "http_403" => "the API key may not do this in the account".into(),
        "http_404" => "the API does not know the account or the address".into(),
        "http_413" => "the payload is larger than the API takes".into(),
        "http_429" => "the API gets too many requests (HTTP 429)".into(),
        other => match other.strip_prefix("http_") {
            Some(status) => format!("the API answers with HTTP {status}"),
            None => other.replace('_', " "),
        },
    }
}

#[cfg(test)]
mod tests;
