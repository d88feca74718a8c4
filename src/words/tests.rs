//! Every result and every reason has a text.

use super::*;
use crate::model::{ConflictRecord, ErrorInfo};
use ProjectResult as R;

fn because(name: &str, result: R, reason: Reason) -> ProjectReport {
    ProjectReport {
        reason: Some(reason),
        ..ProjectReport::bare(name, result)
    }
}

fn said(project: &ProjectReport) -> String {
    match next(Operation::Deploy, false, project) {
        Some(next) => format!("{}\n-> {next}", why(project)),
        None => why(project),
    }
}

#[test]
fn every_result_has_a_text_even_without_a_reason() {
    let text = |r| {
        let text = said(&ProjectReport::bare("shop", r));
        assert!(text.starts_with(char::is_alphanumeric), "{r}: {text}");
        format!("{} {}: {text}", mark(r), result(r))
    };
    let all: Vec<String> = R::ALL.iter().copied().map(text).collect();
    insta::assert_snapshot!(all.join("\n"));
}

#[test]
fn every_reason_has_a_text_different_from_all_others() {
    let mut seen = std::collections::BTreeSet::new();
    let mut all = Vec::new();
    let http = [400, 401, 402, 403, 404, 413, 422, 429, 503].map(Reason::Http);
    for reason in Reason::ALL.iter().copied().chain(http) {
        let words = why(&because("shop", R::Failed, reason));
        assert!(
            seen.insert(words.clone()),
            "{reason} reads like another reason"
        );
        all.push(format!("{reason}: {words}"));
    }
    insta::assert_snapshot!(all.join("\n"));
}

#[test]
fn a_status_without_a_text_is_printed() {
    let project = because("shop", R::Failed, Reason::Http(418));
    assert_eq!(why(&project), "the API responded with HTTP 418");
}

#[test]
fn a_conflict_names_the_blocker_and_a_flag_that_helps() {
    let mut project = because("shop", R::Conflicted, Reason::ConflictDeadline);
    project.conflicts.push(ConflictRecord {
        deployment_id: "dep-9".into(),
        policy: OnConflict::Wait,
        waited_ms: 1_800_000,
        cancel_error: None,
    });
    insta::assert_snapshot!(said(&project), @r"
    still blocked by deployment dep-9 after 30 min
    -> wait for it to finish, or deploy with --cancel-in-progress-deployment
    ");
    project.conflicts[0].policy = OnConflict::Cancel;
    insta::assert_snapshot!(said(&project), @r"
    still blocked by deployment dep-9 after 30 min, despite the attempt to cancel it
    -> wait for it to finish, then deploy again
    ");
    project.reason = Some(Reason::ConflictPolicy);
    insta::assert_snapshot!(said(&project), @r#"
    blocked by deployment dep-9, and on_conflict is "fail"
    -> wait for it to finish, or deploy with --on-conflict wait or --cancel-in-progress-deployment
    "#);
}

#[test]
fn a_conflict_names_why_the_blocker_could_not_be_cancelled() {
    let mut project = because("shop", R::Conflicted, Reason::ConflictDeadline);
    project.conflicts.push(ConflictRecord {
        deployment_id: "dep-9".into(),
        policy: OnConflict::Cancel,
        waited_ms: 1_800_000,
        cancel_error: Some(ErrorInfo {
            message: "Forbidden.".into(),
            http_status: Some(403),
            ..ErrorInfo::default()
        }),
    });
    insta::assert_snapshot!(said(&project), @r"
    still blocked by deployment dep-9 after 30 min; cancelling it failed: HTTP 403: Forbidden
    -> wait for it to finish, then deploy again
    ");
}

#[test]
fn a_deployment_that_may_still_run_is_named_by_its_id() {
    for (result, reason) in [
        (R::Unavailable, Reason::Connection),
        (R::Detached, Reason::Interrupted),
        (R::Detached, Reason::CancelTimeout),
        (R::Crashed, Reason::Panic),
    ] {
        let mut project = because("shop", result, reason);
        project.deployment_id = Some("dep-7".into());
        let why = why(&project);
        assert!(
            why.contains("deployment dep-7") && why.contains("still"),
            "{why}"
        );
    }
}

#[test]
fn the_hint_of_an_error_is_what_to_do_next() {
    let mut project = because("shop", R::Rejected, Reason::Http(401));
    project.error = Some(ErrorInfo {
        hint: Some("renew the key".into()),
        ..ErrorInfo::default()
    });
    assert_eq!(
        next(Operation::Deploy, false, &project).as_deref(),
        Some("renew the key")
    );
}

#[test]
fn the_reason_why_a_hook_was_stopped_is_named() {
    let record = |hook, error: &str| HookRecord {
        hook,
        exit_code: None,
        duration_ms: 0,
        error: Some(error.into()),
        output: None,
        report: None,
    };
    let stopped = |cause: &str| ProjectReport {
        cause: Some(cause.into()),
        ..because("shop", R::Failed, Reason::PostHook)
    };
    let late = ProjectReport {
        hooks: vec![record(Hook::Pre, "its pre hook ./seed.sh was stopped")],
        ..because("shop", R::TimedOut, Reason::ProjectTimeout)
    };
    let all = [stopped("interrupted"), stopped("project_timeout"), late];
    let all: Vec<String> = all.iter().map(said).collect();
    insta::assert_snapshot!(all.join("\n"), @r"
    it was deployed, but a signal interrupted the run before its post hook completed
    -> deploy again to complete its post hook
    it was deployed, but the project exceeded its timeout before its post hook completed
    -> find out why its post hook takes so long, or raise the timeout; then deploy again
    the project exceeded its timeout: its pre hook ./seed.sh was stopped
    -> find out why its pre hook takes so long, or raise the project's timeout (--project-timeout); then deploy again
    ");
}

#[test]
fn a_deployment_whose_end_is_unknown_is_only_possibly_left_running() {
    let left = |id: Option<&str>, reason| ProjectReport {
        deployment_id: id.map(Into::into),
        ..because("shop", R::Detached, reason)
    };
    assert_eq!(
        ended(&left(Some("dep-7"), Reason::Interrupted)),
        "left running"
    );
    for project in [
        left(None, Reason::Interrupted),
        left(Some("dep-7"), Reason::CancelTimeout),
        left(Some("dep-7"), Reason::DeploymentNotFound),
    ] {
        assert_eq!(ended(&project), "possibly left running");
    }
}
