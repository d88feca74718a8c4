//! Every result and every reason has its words.

use super::*;
use crate::model::{ConflictRecord, ErrorInfo};
use ProjectResult as R;

const REASONS: &[Reason] = &[
    Reason::DEPENDENCY_FAILED,
    Reason::DEPENDENT_FAILED,
    Reason::MAX_FAIL,
    Reason::WAVE_FAILED,
    Reason::PREVIEW_FAILED,
    Reason::NOT_CONFIRMED,
    Reason::LIMIT_EXCEEDED,
    Reason::PLAN_MISMATCH,
    Reason::CONFLICT_DEADLINE,
    Reason::CONFLICT_POLICY,
    Reason::INTERRUPTED,
    Reason::PROJECT_TIMEOUT,
    Reason::RUN_TIMEOUT,
    Reason::DEPLOYMENT_FAILED,
    Reason::CANCELLED_BY_OTHERS,
    Reason::CONNECTION,
    Reason::NO_RESPONSE,
    Reason::UNEXPECTED_RESPONSE,
    Reason::DEPLOYMENT_NOT_FOUND,
    Reason::CANCEL_TIMEOUT,
    Reason::BUNDLE_CHANGED,
    Reason::BUNDLING_FAILED,
    Reason::REQUIRES_NETWORK,
    Reason::BUNDLING_TIMEOUT,
    Reason::WRONG_LOGICAL_ID,
    Reason::SAME_LOGICAL_ID,
    Reason::OWNED_BY_ANOTHER_REPOSITORY,
    Reason::PRE_HOOK,
    Reason::TEST_FAILED,
    Reason::POST_HOOK,
    Reason::RUN_PRE_HOOK,
    Reason::PANIC,
];

fn because(name: &str, result: R, reason: Reason) -> ProjectReport {
    ProjectReport {
        reason: Some(reason),
        ..ProjectReport::bare(name, result)
    }
}

fn said(project: &ProjectReport) -> String {
    match next(Operation::Deploy, project) {
        Some(next) => format!("{}\n-> {next}", why(project)),
        None => why(project),
    }
}

#[test]
fn every_result_has_words_even_without_a_reason() {
    let all: Vec<String> = R::ALL
        .into_iter()
        .map(|r| {
            format!(
                "{} {}: {}",
                mark(r),
                result(r),
                said(&ProjectReport::bare("shop", r))
            )
        })
        .collect();
    insta::assert_snapshot!(all.join("\n"));
}

#[test]
fn every_reason_has_words_of_its_own() {
    let mut seen = std::collections::BTreeSet::new();
    let mut all = Vec::new();
    let http = [400, 401, 402, 403, 404, 413, 422, 429, 503].map(Reason::http);
    for reason in REASONS.iter().cloned().chain(http) {
        let words = why(&because("shop", R::Failed, reason.clone()));
        assert_ne!(
            words,
            reason.as_str().replace('_', " "),
            "no words for {reason}"
        );
        assert!(
            seen.insert(words.clone()),
            "{reason} reads like another reason"
        );
        all.push(format!("{reason}: {words}"));
    }
    insta::assert_snapshot!(all.join("\n"));
}

#[test]
fn a_reason_of_the_future_is_said_as_it_is() {
    let project: ProjectReport = because("shop", R::Failed, Reason::http(418));
    assert_eq!(why(&project), "the API answers with HTTP 418");
    let reason = serde_json::from_str("\"solar_flare\"").unwrap();
    assert_eq!(why(&because("shop", R::Failed, reason)), "solar flare");
}

#[test]
fn a_conflict_names_the_other_deployment_and_the_flag_that_helps() {
    let mut project = because("shop", R::Conflicted, Reason::CONFLICT_DEADLINE);
    project.conflicts.push(ConflictRecord {
        deployment_id: Some("dep-9".into()),
        policy: OnConflict::Wait,
        waited_ms: 1_800_000,
    });
    insta::assert_snapshot!(said(&project), @r"
    another deployment (dep-9) still holds the project after 30 min of waiting
    -> wait for it to end, or deploy with --cancel-in-progress-deployment
    ");
    project.reason = Some(Reason::CONFLICT_POLICY);
    insta::assert_snapshot!(said(&project), @r#"
    another deployment (dep-9) holds the project, and on_conflict is "fail"
    -> wait for it to end, or deploy with --on-conflict wait or --cancel-in-progress-deployment
    "#);
}

#[test]
fn what_may_still_run_on_the_server_is_said_with_its_id() {
    for (result, reason) in [
        (R::Unavailable, Reason::CONNECTION),
        (R::Detached, Reason::INTERRUPTED),
        (R::Detached, Reason::CANCEL_TIMEOUT),
        (R::Crashed, Reason::PANIC),
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
fn a_hint_that_came_with_the_error_is_what_to_do_next() {
    let mut project = because("shop", R::Rejected, Reason::http(401));
    project.error = Some(ErrorInfo {
        hint: Some("renew the key".into()),
        ..ErrorInfo::default()
    });
    assert_eq!(
        next(Operation::Deploy, &project).as_deref(),
        Some("renew the key")
    );
}

#[test]
fn what_stopped_a_hook_is_named() {
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
        ..because("shop", R::Failed, Reason::POST_HOOK)
    };
    let late = ProjectReport {
        hooks: vec![record(Hook::Pre, "its pre hook ./seed.sh was stopped")],
        ..because("shop", R::TimedOut, Reason::PROJECT_TIMEOUT)
    };
    let all = [stopped("interrupted"), stopped("project_timeout"), late];
    let all: Vec<String> = all.iter().map(said).collect();
    insta::assert_snapshot!(all.join("\n"), @r"
    it is deployed, but a signal stopped the run before its post hook had ended well
    -> deploy again, so that its post hook runs to its end
    it is deployed, but the project's time limit ran out before its post hook had ended well
    -> see what its post hook waits for, or raise the time limit; then deploy again
    the project's time limit ran out: its pre hook ./seed.sh was stopped
    -> see what its pre hook waits for, or raise the project's timeout (--project-timeout); then deploy again
    ");
}
